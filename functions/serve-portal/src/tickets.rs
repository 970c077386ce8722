//! Tickets: the list, the form of a new one, the live page, and replies.

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use events::text::Note;
use pages::portal::{TicketForm, TicketLine, TicketPage, TicketValues, Tickets};
use pages::{FieldError, Section};
use serde::Deserialize;
use serde_json::{Map, Value};
use sla::ticket::{Effect, Ticket};
use sla::{Instant, TicketId};
use table::{CustomerScope, KeptEvent, NewTicket, Present, Reply, SeenTicket};
use web::{Page, Parameters, PostedForm, Problem, Session, fault, part, read_form, shown, shown_again};

use crate::Portal;
use crate::acts::{open_ticket, reply_to_ticket};
use crate::requests::ID_DIGITS;
use crate::visit::Visit;

/// Tickets per page.
const PAGE_MAX: usize = 100;
/// A day in seconds.
const DAY_S: i64 = 86_400;

/// Lists the tickets, the latest first.
pub async fn list(State(portal): State<Portal>, session: Session) -> Page {
    let visit = portal.visit_with_services(&session, Section::Tickets).await?;
    let stored = visit.scope.tickets(None, PAGE_MAX).await.map_err(fault)?;
    let names = visit.names();
    let line = |ticket: Ticket| {
        let service_id = ticket.opening.service_id.as_ref();
        let service_name = service_id.and_then(|id| names.get(id)).map(ToString::to_string);
        TicketLine { ticket, service_name }
    };
    let tickets = stored.into_iter().filter_map(|stored| stored.present).map(|present| line(present.ticket));
    shown(pages::portal::tickets(&visit.frame, &Tickets { tickets: tickets.collect() }))
}

/// Returns a fresh request key for a form.
pub fn fresh_key() -> Result<String, Problem> {
    outcome::random_text()
        .map(|text| text.chars().take(ID_DIGITS).collect())
        .map_err(|error| Problem::fault(&outcome::Failure::unexpected(error.to_string())))
}

/// Shows the form of a new ticket.
pub async fn form(State(portal): State<Portal>, session: Session, Query(query): Query<Parameters>) -> Page {
    let visit = portal.visit_with_services(&session, Section::Tickets).await?;
    let service_id = query.service_id.unwrap_or_default();
    show_form(&visit, fresh_key()?, TicketValues { service_id, ..TicketValues::default() }, Vec::new()).await
}

async fn show_form(visit: &Visit, key: String, values: TicketValues, errors: Vec<FieldError>) -> Page {
    let terms = visit.scope.terms(visit.now).await.map_err(fault)?;
    let levels = terms.in_force(sla::Month::of(visit.now, visit.frame.zone)).levels.clone();
    let services = visit.choices();
    let refused = !errors.is_empty();
    let page =
        pages::portal::ticket_form(&visit.frame, &TicketForm { key, services, levels, values, errors });
    if refused { shown_again(page) } else { shown(page) }
}

/// Opens a ticket; a form sent twice opens one.
pub async fn open(State(portal): State<Portal>, session: Session, form: PostedForm) -> Page {
    let fields = form.of(&session, &portal.sign_in)?;
    let visit = portal.visit_with_services(&session, Section::Tickets).await?;
    let (key, values) = (text(&fields, "key"), values(&fields));
    let ticket: NewTicket = match read_form(with_level(fields), &["level"]) {
        Ok(ticket) => ticket,
        Err(refusal) => return show_form(&visit, key, values, FieldError::each(refusal)).await,
    };
    match open_ticket(&portal, &visit.scope, &key, ticket).await? {
        Ok(id) => Ok(web::redirect(&format!("/tickets/{id}?done=ticket"))),
        Err(problem) => {
            let errors = vec![FieldError::of(&problem.detail)];
            Ok(problem.shown_on(show_form(&visit, fresh_key()?, values, errors).await?))
        }
    }
}

/// Converts the posted level to a number.
fn with_level(mut fields: Map<String, Value>) -> Map<String, Value> {
    if let Some(level) = fields.get_mut("level")
        && let Some(number) = level.as_str().and_then(|text| text.trim().parse::<u64>().ok())
    {
        *level = Value::from(number);
    }
    fields
}

fn text(fields: &Map<String, Value>, name: &str) -> String {
    fields.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// Keeps the posted values, so that nobody has to type them twice.
fn values(fields: &Map<String, Value>) -> TicketValues {
    TicketValues {
        service_id: text(fields, "service_id"),
        level: text(fields, "level"),
        channel: text(fields, "channel"),
        title: text(fields, "title"),
        description: text(fields, "description"),
        steps_tried: text(fields, "steps_tried"),
        links_to: text(fields, "links_to"),
    }
}

/// Shows a ticket.
pub async fn page(
    State(portal): State<Portal>,
    session: Session,
    Path(ticket_id): Path<String>,
    Query(query): Query<Parameters>,
) -> Page {
    let id: TicketId = part("ticket_id", &ticket_id)?;
    let mut visit = portal.visit(&session, Section::Tickets).await?;
    visit.say(query.done.as_deref());
    let mut view = view(&mut visit, &id).await?;
    if let Some((service_id, name)) = &mut view.service
        && let Some(service) = visit.scope.service(service_id).await.map_err(fault)?
    {
        *name = service.name;
    }
    shown(pages::portal::ticket(&visit.frame, &view))
}

/// Shows the live part of a ticket: a single query, since the page asks every two seconds.
pub async fn state(
    State(portal): State<Portal>,
    session: Session,
    headers: HeaderMap,
    Path(ticket_id): Path<String>,
) -> Page {
    let id: TicketId = part("ticket_id", &ticket_id)?;
    let scope = portal.scope(&session.access)?;
    let mut visit = portal.visit_as(&session, Section::Tickets, scope, (String::new(), sla::Zone::UTC));
    let view = view(&mut visit, &id).await?;
    let tag = format!("\"{}\"", pages::portal::ticket_state_tag(&visit.frame, &view));
    let known = headers.get(header::IF_NONE_MATCH).and_then(|known| known.to_str().ok());
    let mut response = match known.map(|known| known.trim_start_matches("W/")) {
        Some(known) if known == tag => web::html(StatusCode::NOT_MODIFIED, String::new()),
        _ => web::html(StatusCode::OK, pages::portal::ticket_state(&visit.frame, &view).into_string()),
    };
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    Ok(response)
}

/// Builds the view of a ticket; its service is named by id, as the live part does not show it.
async fn view(visit: &mut Visit, id: &TicketId) -> Result<TicketPage, Problem> {
    let FoundTicket { present, events, backdated_count, reopen_until } =
        find(&visit.scope, id, visit.now).await?;
    visit.frame.zone = present.time_zone;
    let service = present.ticket.opening.service_id.clone();
    Ok(TicketPage {
        service: service.map(|id| (id.clone(), id.to_string())),
        events: events.into_iter().map(|(kept, effect)| (kept.event, effect)).collect(),
        backdated_count,
        reopen_until,
        key: fresh_key()?,
        ticket: present.ticket,
    })
}

/// A customer's ticket with its events and their effects.
pub struct FoundTicket {
    /// The state that its events add up to.
    pub present: Present,
    /// Events in the order in which they count.
    pub events: Vec<(KeptEvent, Effect)>,
    /// Number of events that arrived late and corrected a verdict.
    pub backdated_count: u32,
    /// The first instant at which a resolved ticket can no longer be reopened.
    pub reopen_until: Option<Instant>,
}

/// Finds a ticket.
pub async fn find(scope: &CustomerScope, id: &TicketId, now: Instant) -> Result<FoundTicket, Problem> {
    let seen = scope.ticket(id, now).await.map_err(fault)?;
    let SeenTicket { stored, events } = seen.ok_or_else(|| Problem::not_found("ticket_id", id))?;
    let present = stored.present.ok_or_else(|| Problem::not_found("ticket_id", id))?;
    let terms = scope.terms(now).await.map_err(fault)?;
    let reopen_days = terms.in_force(present.month).tickets.reopen_days;
    let effective = |(kept, effect): (KeptEvent, Option<Effect>)| (kept, effect.unwrap_or(Effect::Effective));
    Ok(FoundTicket {
        events: events.into_iter().map(effective).collect(),
        backdated_count: stored.record.backdated_count,
        reopen_until: present.ticket.resolved_at().map(|at| at.plus_s(reopen_days * DAY_S)),
        present,
    })
}

#[derive(Deserialize)]
struct ReplyForm {
    key: String,
    kind: Reply,
    #[serde(default)]
    note: Option<Note>,
}

/// Records a customer's reply to a ticket.
pub async fn reply(
    State(portal): State<Portal>,
    session: Session,
    Path(ticket_id): Path<String>,
    form: PostedForm,
) -> Page {
    let id: TicketId = part("ticket_id", &ticket_id)?;
    let ReplyForm { key, kind, note } = read_form(form.of(&session, &portal.sign_in)?, &["key", "kind"])?;
    let scope = portal.scope(&session.access)?;
    reply_to_ticket(&portal, &scope, (&key, &id), (kind, note)).await??;
    Ok(web::redirect(&format!("/tickets/{id}?done=reply")))
}
