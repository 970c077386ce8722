//! Kinds of sources: one file each says what its program sends. A kind reads one item; what surrounds items
//! (the list, its limits, forms) is read here.

mod alertmanager;
mod better_stack;
mod checkly;
mod django_helpdesk;
mod gatus;
mod grafana;
mod icinga;
mod jira;
mod pingdom;
mod template;
mod tmf621;
mod uptime_kuma;
mod uptimerobot;
mod zabbix;
mod zammad;
mod zendesk;

use std::sync::Arc;

use events::InputError;
use events::source::{Source, SourceKind};
use serde_json::Value;

use crate::body::{Body, Form, Request};
use crate::facts::{Around, Facts, find};
use crate::message::{Item, Message};

pub(crate) use alertmanager::truncated as alerts_cut_off;

/// Most items of one message: 500 alerts of 500 bytes are 250 KB.
pub const ITEMS_MAX: usize = 500;

/// Headers with secrets.
pub(crate) const SECRET_HEADERS: [&str; 3] = ["authorization", "cookie", "proxy-authorization"];

/// A kind: what else than JSON it sends, where its items are, and how one is read.
pub(crate) struct Kind<'a> {
    pub(crate) form: Form,
    pub(crate) list: Option<&'a str>,
    item: fn(Facts, &Source) -> Result<Item, InputError>,
}

impl<'a> Kind<'a> {
    pub(crate) fn of(source: &'a Source) -> Self {
        let one = |item| Self { form: Form::Json, list: None, item };
        let form = |item| Self { form: Form::Fields, list: None, item };
        match source.kind {
            SourceKind::Alertmanager => {
                Self { form: Form::Json, list: Some("alerts"), item: alertmanager::item }
            }
            SourceKind::Grafana => Self { form: Form::Json, list: Some("alerts"), item: grafana::item },
            SourceKind::UptimeKuma => form(uptime_kuma::item),
            SourceKind::Zabbix => one(zabbix::item),
            SourceKind::Icinga => one(icinga::item),
            SourceKind::Gatus => Self { form: Form::Anything, ..one(gatus::item) },
            SourceKind::BetterStack => one(better_stack::item),
            SourceKind::UptimeRobot => form(uptimerobot::item),
            SourceKind::Pingdom => one(pingdom::item),
            SourceKind::Checkly => one(checkly::item),
            SourceKind::Zammad => one(zammad::item),
            SourceKind::Jira => one(jira::item),
            SourceKind::Zendesk => one(zendesk::item),
            SourceKind::DjangoHelpdesk => one(django_helpdesk::item),
            SourceKind::Tmf621 => one(tmf621::item),
            SourceKind::StandardWebhooks | SourceKind::Template => {
                let list = source.template.as_ref().and_then(|template| template.list.as_ref());
                let form = if source.kind == SourceKind::Template { Form::Fields } else { Form::Json };
                Self { form, list: list.map(|list| list.as_str()), item: template::item }
            }
        }
    }
}

/// Reads a request. One bad item never stops its neighbours.
///
/// # Errors
/// Returns an [`InputError`] for a body that is too long, too deep, no JSON, or without its list of items.
pub fn read(source: &Source, request: &Request) -> Result<Message, InputError> {
    let kind = Kind::of(source);
    let Body { value, query } = Body::read(request, kind.form)?;
    let losses = alerts_cut_off(source.kind, &value).map(|(.., error)| error).into_iter().collect();
    // Whatever proves the sender is no fact: it must not come to be shown.
    let secret = [&SECRET_HEADERS[..], &[source.auth.header(source.kind)]].concat();
    let mut headers = request.headers.clone();
    headers.retain(|name, _| !secret.contains(&name.as_str()));
    let around = Arc::new(Around { headers, query, received_at: request.received_at });
    let body = Facts::new(value, Arc::clone(&around));
    let bodies = match kind.list {
        None if !matches!(body.item(), Value::Object(_)) => {
            return Err(InputError::new("the body is no JSON object: set the sender to its own format"));
        }
        None => vec![body],
        Some(list) => listed(body.item(), list)?
            .iter()
            .map(|item| Facts::new(item.clone(), Arc::clone(&around)))
            .collect(),
    };
    let items =
        bodies.into_iter().map(|facts| (kind.item)(facts, source).unwrap_or_else(Item::Refused)).collect();
    Ok(Message { items, losses })
}

pub(crate) fn listed<'b>(body: &'b Value, list: &str) -> Result<&'b [Value], InputError> {
    let Some(Value::Array(items)) = find(body, list) else {
        return Err(InputError::new(format_args!("{list}: no list: set the sender to its own format")));
    };
    let count = items.len();
    if count > ITEMS_MAX {
        return Err(InputError::new(format_args!("{list}: {count} items: send at most {ITEMS_MAX} at once")));
    }
    Ok(items)
}
