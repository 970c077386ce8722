//! Webhooks cut down to what is needed of them: one item each, so that each waits and is replayed by itself,
//! and of a help desk what is read alone, as its tickets hold what people wrote.

use events::InputError;
use events::source::{Choice, Mapping, Pattern, Piece, Source, SourceKind, Template};
use serde_json::{Map, Value, json};
use sla::Instant;

use crate::body::{Body, Request};
use crate::facts::find;
use crate::kind::{Kind, alerts_cut_off, listed, read};
use crate::message::Item;
use crate::queued::Webhook;

/// Beginnings of headers that say nothing about an item: whoever passes it on adds them anew each time.
const PASSING_HEADERS: [&str; 3] = ["x-amz", "x-forwarded", "x-request-id"];
/// Seconds by which a second reading comes later: it tells the item's own instants from the receipt.
const LATER_S: i64 = 3600;

/// A webhook in parts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Split {
    /// The webhooks of one item each, in the order of the body.
    pub items: Vec<Webhook>,
    /// The items that the sender has left out: nothing can be replayed of them.
    pub losses: Vec<(Webhook, InputError)>,
}

impl Webhook {
    /// Splits the webhook into one for each item, with no more than is needed of it.
    ///
    /// # Errors
    /// Returns an [`InputError`] for a body that is too long, too deep, no JSON, or without its list of
    /// items.
    pub fn split(&self, source: &Source) -> Result<Split, InputError> {
        let kind = Kind::of(source);
        let is_whole = kind.list.is_none() && !source.tells_tickets();
        if is_whole {
            return Ok(Split { items: vec![self.with(source, None)], losses: Vec::new() });
        }
        let Body { value, .. } = Body::read(&self.request, kind.form)?;
        let cut = |item: &Value| if source.tells_tickets() { cut(source, item) } else { item.clone() };
        let Some(list) = kind.list else {
            return Ok(Split { items: vec![self.with(source, Some(&cut(&value)))], losses: Vec::new() });
        };
        let within = |items: Value, field: Option<(&str, &Value)>| {
            let mut body = json!({});
            put(&mut body, list, items);
            field.into_iter().for_each(|(name, value)| put(&mut body, name, value.clone()));
            self.with(source, Some(&body))
        };
        let items = listed(&value, list)?.iter().map(|item| within(json!([cut(item)]), None)).collect();
        let loss = alerts_cut_off(source.kind, &value);
        let losses = loss.map(|(name, count, error)| (within(json!([]), Some((name, count))), error));
        Ok(Split { items, losses: losses.into_iter().collect() })
    }

    /// Returns the webhook without its body, where that cannot be read and may hold what people wrote.
    #[must_use]
    pub fn without_body(&self, source: &Source) -> Self {
        self.with(source, Some(&json!({})))
    }

    /// Returns the webhook as each repetition of it is: where its item has instants of its own, the receipt
    /// tells nothing, and is set to the last of them.
    #[must_use]
    pub fn timeless(&self, source: &Source) -> Self {
        let at = self.request.received_at;
        let own = instants(source, &self.request, at);
        let last = own.iter().max().filter(|_| own == instants(source, &self.request, at.plus_s(LATER_S)));
        let received_at = last.copied().unwrap_or(at);
        Self { request: Request { received_at, ..self.request.clone() }, ..self.clone() }
    }

    /// Returns the seconds from the instant at which the webhook says that it was sent to its receipt.
    pub fn skew_s(&self, source: &Source) -> Option<i64> {
        let own = self.request.header("webhook-timestamp");
        let signed = || self.request.header(source.auth.timestamp_header()?);
        let sent = own.or_else(signed)?.trim();
        let sent_s = sent.parse().ok().or_else(|| Some(sent.parse::<Instant>().ok()?.epoch_s()))?;
        self.request.received_at.epoch_s().checked_sub(sent_s)
    }

    /// Returns the webhook with another body, if one is given, and the headers that say something about it.
    fn with(&self, source: &Source, body: Option<&Value>) -> Self {
        let mut request = self.request.clone();
        if let Some(body) = body {
            request.body = body.to_string().into_bytes();
        }
        let named: Vec<&str> = source.map.iter().flat_map(paths).collect();
        // A cut body is JSON, whatever the whole one was.
        let is_told = |name: &str| {
            let is_own = name.starts_with("x-") || name.starts_with("webhook-");
            let passes = PASSING_HEADERS.iter().any(|passing| name.starts_with(passing));
            let is_named = named.contains(&format!("header.{name}").as_str());
            is_named || (is_own && !passes) || (name == "content-type" && body.is_none())
        };
        request.headers.retain(|name, _| is_told(name));
        Self { source_id: self.source_id.clone(), request }
    }
}

/// Returns the instants that the items of a request tell, as if it were received at an instant.
fn instants(source: &Source, request: &Request, received_at: Instant) -> Vec<Instant> {
    let request = Request { received_at, ..request.clone() };
    let items = read(source, &request).map(|message| message.items).unwrap_or_default();
    let of = |item: &Item| match item {
        Item::Reading(reading) => {
            reading.failed.map(|(at, _)| at).into_iter().chain(reading.cleared_at).collect()
        }
        Item::Ticket(reading) => reading.changes.iter().map(|change| change.at).collect(),
        Item::Test | Item::Nothing(_) | Item::Refused(_) => Vec::new(),
    };
    items.iter().flat_map(of).collect()
}

/// Returns what a help desk's kind reads: paths, and of a list's elements the names.
const fn read_by(kind: SourceKind) -> &'static [(&'static str, &'static [&'static str])] {
    match kind {
        SourceKind::Zammad => &[
            ("ticket.id", &[]),
            ("ticket.updated_at", &[]),
            ("ticket.created_at", &[]),
            ("ticket.title", &[]),
        ],
        SourceKind::Jira => &[
            ("issue.key", &[]),
            ("issue.fields.created", &[]),
            ("issue.fields.summary", &[]),
            ("issue.fields.status.name", &[]),
            ("issue.fields.priority.name", &[]),
            ("timestamp", &[]),
            ("webhookEvent", &[]),
            (CHANGELOG, &[CHANGED_FIELD, "toString"]),
        ],
        SourceKind::Zendesk => &[
            ("detail.id", &[]),
            ("detail.created_at", &[]),
            ("detail.subject", &[]),
            ("time", &[]),
            ("id", &[]),
        ],
        SourceKind::DjangoHelpdesk => &[
            ("ticket.id", &[]),
            ("ticket.title", &[]),
            ("ticket.followup_set", &["id", "date", "public", "user", "new_status"]),
        ],
        SourceKind::Tmf621 => &[
            ("eventType", &[]),
            ("eventTime", &[]),
            ("event.troubleTicket.id", &[]),
            ("event.troubleTicket.creationDate", &[]),
            ("event.troubleTicket.lastUpdate", &[]),
            ("event.troubleTicket.status", &[]),
            ("event.troubleTicket.name", &[]),
            ("event.troubleTicket.statusChange", &["status", "statusChangeDate"]),
            ("event.troubleTicket.relatedParty", &["role", "id"]),
            ("event.troubleTicket.relatedEntity", &["@referredType", "id"]),
        ],
        _ => &[],
    }
}

/// Path of Jira's list of changes, and the name of a change's field in it.
const CHANGELOG: &str = "changelog.items";
const CHANGED_FIELD: &str = "field";
/// Fields whose changes Jira's kind itself tells apart.
const CHANGES_READ: [&str; 2] = ["status", "priority"];

/// Cuts an item of a help desk down to what its kind reads and its mappings name.
fn cut(source: &Source, item: &Value) -> Value {
    let mut kept = json!({});
    let own = read_by(source.kind);
    let named: Vec<&str> = source.map.iter().flat_map(paths).collect();
    for path in own.iter().map(|(path, _)| *path).chain(template_paths(source)).chain(named.iter().copied()) {
        let fields = own.iter().find(|(own, _)| *own == path).map_or(&[][..], |(_, fields)| *fields);
        let found = match find(item, path) {
            Some(Value::Array(elements)) => {
                let is_named = |element: &&Value| path != CHANGELOG || is_change_named(element, &named);
                elements.iter().filter(is_named).map(|element| with_fields(element, fields)).collect()
            }
            Some(Value::Object(_)) | None => continue,
            Some(value) => value.clone(),
        };
        put(&mut kept, path, found);
    }
    // Only a ticket without a name is called by its description.
    let [name, text] = ["name", "description"].map(|field| format!("event.troubleTicket.{field}"));
    if source.kind == SourceKind::Tmf621
        && find(item, &name).is_none()
        && let Some(description) = find(item, &text)
    {
        put(&mut kept, &text, description.clone());
    }
    kept
}

fn is_change_named(element: &Value, named: &[&str]) -> bool {
    let field = element.get(CHANGED_FIELD).and_then(Value::as_str).unwrap_or_default();
    CHANGES_READ.contains(&field) || named.contains(&format!("changed.{field}").as_str())
}

fn with_fields(element: &Value, fields: &[&str]) -> Value {
    let field = |name: &&str| Some(((*name).to_owned(), element.get(*name)?.clone()));
    fields.iter().filter_map(field).collect::<Map<_, _>>().into()
}

/// Lists the paths of a template's values in its item.
fn template_paths(source: &Source) -> impl Iterator<Item = &str> {
    source.template.iter().flat_map(|template| {
        let Template { at, started_at, event_id, created_at, title, .. } = template;
        let optional = [at, started_at, event_id, created_at, title].into_iter().flatten();
        std::iter::once(&template.key).chain(optional).map(|path| path.as_str())
    })
}

/// Lists the paths of the values by which a mapping decides.
fn paths(mapping: &Mapping) -> Vec<&str> {
    fn of<T>(choice: Option<&Choice<T>>) -> Option<&str> {
        match choice {
            Some(Choice::By(table)) => Some(table.path.as_str()),
            Some(Choice::Always(_)) | None => None,
        }
    }
    fn in_pattern(pattern: Option<&Pattern>) -> impl Iterator<Item = &str> {
        pattern.into_iter().flat_map(Pattern::pieces).filter_map(|piece| match piece {
            Piece::Path(path) => Some(path),
            Piece::Literal(_) => None,
        })
    }
    let Mapping { when, service_id, kind, customer_id, level, channel, ticket_id, .. } = mapping;
    let tables = [
        of(service_id.as_ref()),
        of(kind.as_ref()),
        of(customer_id.as_ref()),
        of(level.as_ref()),
        of(channel.as_ref()),
    ];
    let conditions = when.keys().map(|path| path.as_str());
    conditions.chain(tables.into_iter().flatten()).chain(in_pattern(ticket_id.as_ref())).collect()
}

/// Puts a value where its path finds it: a name with dots is a name of its own.
fn put(body: &mut Value, path: &str, value: Value) {
    let plain = |name: &str| name.replace("~1", "/").replace("~0", "~");
    let names: Vec<String> = match path.strip_prefix('/') {
        Some(pointer) => pointer.split('/').map(plain).collect(),
        None => vec![path.to_owned()],
    };
    let mut place = body;
    for name in names {
        let Value::Object(fields) = place else { return };
        place = fields.entry(name).or_insert_with(|| json!({}));
    }
    *place = value;
}
