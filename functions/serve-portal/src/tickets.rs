//! Tickets: opened, followed live, answered.

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use events::text::{Line, Prose};
use pages::{FieldError, Section, ServiceChoice, TicketForm, TicketLine, TicketPage, TicketValues, Tickets};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use shell::deadlines::follow_up;
use sla::ticket::{Channel, Effect, Level, Ticket};
use sla::{EventId, Instant, ServiceId, TicketId, sha256_hex};
use table::{CustomerScope, Recorded, Remembered, Reply, Report, SeenTicket};
use web::{Posted, Problem, Session, read_form};

use crate::Portal;
use crate::answers::{Page, PageError, Visit, fault, shown, shown_again};
use crate::claims::field_error;
use crate::inputs::{Asked, part};

/// Tickets of one page.
const PAGE_MAX: usize = 100;
/// Services that a form offers.
const CHOICES_MAX: usize = 500;
/// Characters of a digest in an id: 96 bits.
const ID_DIGITS: usize = 24;
/// A day in seconds.
const DAY_S: i64 = 86_400;

/// A ticket as it is opened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NewTicket {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    service_id: Option<ServiceId>,
    level: Level,
    #[serde(default = "portal_channel")]
    channel: Channel,
    title: Line,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    description: Option<Prose>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    steps_tried: Option<Prose>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    links_to: Option<TicketId>,
}

fn portal_channel() -> Channel {
    Channel::Portal
}

/// Lists the tickets, the latest first.
pub async fn list(State(portal): State<Portal>, session: Session) -> Page {
    let visit = portal.visit(&session, Section::Tickets).await?;
    let stored = visit.scope.tickets(None, PAGE_MAX).await.map_err(fault)?;
    let names = visit.scope.service_names().await.map_err(fault)?;
    let line = |ticket: Ticket| {
        let service_name = ticket.opening.service_id.as_ref().and_then(|id| names.get(id).cloned());
        TicketLine { ticket, service_name }
    };
    let tickets = stored.into_iter().filter_map(|stored| stored.present).map(|present| line(present.ticket));
    shown(pages::tickets(&visit.frame, &Tickets { tickets: tickets.collect() }))
}

/// Lists the services that a form offers.
pub async fn choices(visit: &Visit) -> Result<Vec<ServiceChoice>, PageError> {
    let services = visit.scope.services(None, CHOICES_MAX).await.map_err(fault)?;
    let choice = |service: sla::Service| ServiceChoice { service_id: service.service_id, name: service.name };
    Ok(services.into_iter().map(choice).collect())
}

/// Makes the key of a form.
pub fn fresh_key() -> Result<String, Problem> {
    shell::random_text()
        .map(|text| text.chars().take(ID_DIGITS).collect())
        .map_err(|error| Problem::fault(&shell::Failure::unexpected(error.to_string())))
}

/// Shows the form of a new ticket.
pub async fn form(State(portal): State<Portal>, session: Session, Query(asked): Query<Asked>) -> Page {
    let visit = portal.visit(&session, Section::Tickets).await?;
    let service_id = asked.service_id.unwrap_or_default();
    show_form(&visit, fresh_key()?, TicketValues { service_id, ..TicketValues::default() }, Vec::new()).await
}

async fn show_form(visit: &Visit, key: String, values: TicketValues, errors: Vec<FieldError>) -> Page {
    let terms = visit.scope.terms(visit.now).await.map_err(fault)?;
    let levels = terms.in_force(sla::Month::of(visit.now, visit.frame.zone)).levels.clone();
    let services = choices(visit).await?;
    let refused = !errors.is_empty();
    let page = pages::ticket_form(&visit.frame, &TicketForm { key, services, levels, values, errors });
    if refused { shown_again(page) } else { shown(page) }
}

/// Opens a ticket; the form that is sent twice opens one.
pub async fn open(State(portal): State<Portal>, session: Session, form: Posted) -> Page {
    let fields = form.of(&session, &portal.sign_in)?;
    let visit = portal.visit(&session, Section::Tickets).await?;
    let (key, values) = (text(&fields, "key"), values(&fields));
    let ticket: NewTicket = match read_numbers(fields).and_then(read_form_values) {
        Ok(ticket) => ticket,
        Err(problem) => return show_form(&visit, key, values, vec![field_error(&problem)]).await,
    };
    match open_ticket(&portal, &visit.scope, &key, ticket).await? {
        Ok(id) => Ok(web::redirect(&format!("/tickets/{id}?done=ticket"))),
        Err(problem) => show_form(&visit, fresh_key()?, values, vec![field_error(&problem)]).await,
    }
}

/// Reads the level as the number that it is.
fn read_numbers(mut fields: Map<String, Value>) -> Result<Map<String, Value>, Problem> {
    if let Some(level) = fields.get_mut("level")
        && let Some(number) = level.as_str().and_then(|text| text.trim().parse::<u64>().ok())
    {
        *level = Value::from(number);
    }
    Ok(fields)
}

fn read_form_values(fields: Map<String, Value>) -> Result<NewTicket, Problem> {
    let given =
        fields.into_iter().filter(|(_, value)| value.as_str().is_none_or(|text| !text.trim().is_empty()));
    Ok(events::read(&Value::Object(given.collect()))?)
}

/// Opens a ticket under the key of its request, or says why not.
pub async fn open_ticket(
    portal: &Portal,
    scope: &CustomerScope,
    key: &str,
    ticket: NewTicket,
) -> Result<Result<TicketId, Problem>, Problem> {
    let now = portal.now();
    let (ids, at) = match begin(scope, key, &ticket, now).await? {
        Ok(begun) => begun,
        Err(problem) => return Ok(Err(problem)),
    };
    let NewTicket { service_id, level, channel, title, description, steps_tried, links_to } = ticket;
    let tried = steps_tried.map(|tried| format!("Steps tried:\n{}", tried.into_string()));
    let parts: Vec<String> = description.map(Prose::into_string).into_iter().chain(tried).collect();
    let description = (!parts.is_empty()).then(|| parts.join("\n\n"));
    let title = title.into_string();
    let report = Report { service_id, level, channel, title, description, links_to };
    let id = ids.0.clone();
    let recorded = scope.open_ticket(ids, report, at, now).await.map_err(faulty)?;
    Ok(settled(portal, recorded, &id).await.map(|()| id))
}

/// Records what a customer says about a ticket, under the key of its request, or says why not.
pub async fn reply_to_ticket(
    portal: &Portal,
    scope: &CustomerScope,
    (key, id): (&str, &TicketId),
    reply: Reply,
) -> Result<Result<(), Problem>, Problem> {
    let now = portal.now();
    let ((_, event_id), at) = match begin(scope, key, &(id, reply.as_str()), now).await? {
        Ok(begun) => begun,
        Err(problem) => return Ok(Err(problem)),
    };
    let recorded = scope.reply_to_ticket((id.clone(), event_id), reply, at, now).await.map_err(faulty)?;
    Ok(settled(portal, recorded, id).await)
}

fn faulty(error: table::TableError) -> Problem {
    Problem::fault(&error.into())
}

/// Remembers a request; what it makes is named by its key, and dated by when it first came.
async fn begin(
    scope: &CustomerScope,
    key: &str,
    content: &impl Serialize,
    now: Instant,
) -> Result<Result<((TicketId, EventId), Instant), Problem>, Problem> {
    let unexpected = |error| Problem::fault(&shell::Failure::unexpected(error));
    if key.is_empty() {
        return Ok(Err(Problem::bad_request("key: missing: open the form again, and send it there")));
    }
    let content = serde_json::to_string(content).map_err(unexpected)?;
    match scope.remember(key, &content, now).await.map_err(faulty)? {
        Remembered::At(at) => {
            let digest = sha256_hex(format!("{}|{key}", scope.customer_id()).as_bytes());
            let digits = &digest[..ID_DIGITS];
            let refused = |error: sla::IdError| Problem::bad_request(error.to_string());
            let ticket_id = format!("T-{digits}").parse().map_err(refused)?;
            let event_id = format!("E-{digits}").parse().map_err(refused)?;
            Ok(Ok(((ticket_id, event_id), at)))
        }
        Remembered::Another => Ok(Err(Problem::unprocessable(
            "Idempotency-Key: it was sent with something else before: choose another key for another request",
        ))),
    }
}

async fn settled(portal: &Portal, recorded: Recorded, id: &TicketId) -> Result<(), Problem> {
    match recorded {
        Recorded::Done(changed) => {
            follow_up(&portal.table, &portal.schedules, &changed, portal.now()).await;
            Ok(())
        }
        Recorded::Refused(error) => Err(Problem::unprocessable(error)),
        Recorded::NotFound => Err(Problem::not_found("ticket_id", id)),
    }
}

fn text(fields: &Map<String, Value>, name: &str) -> String {
    fields.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// Keeps what was sent, so that nobody types it twice.
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
    Query(asked): Query<Asked>,
) -> Page {
    let id: TicketId = part("ticket_id", &ticket_id)?;
    let mut visit = portal.visit(&session, Section::Tickets).await?;
    visit.say(asked.done.as_deref());
    let view = view(&mut visit, &id).await?;
    shown(pages::ticket(&visit.frame, &view))
}

/// Shows what changes of a ticket: one query, for a page that looks every two seconds.
pub async fn state(
    State(portal): State<Portal>,
    session: Session,
    headers: HeaderMap,
    Path(ticket_id): Path<String>,
) -> Page {
    let id: TicketId = part("ticket_id", &ticket_id)?;
    let scope = portal.scope(&session)?;
    let mut visit = portal.visit_as(&session, Section::Tickets, scope, (String::new(), sla::Zone::UTC));
    let view = view(&mut visit, &id).await?;
    let tag = format!("\"{}\"", pages::ticket_state_tag(&visit.frame, &view));
    let known = headers.get(header::IF_NONE_MATCH).and_then(|known| known.to_str().ok());
    let mut response = match known.map(|known| known.trim_start_matches("W/")) {
        Some(known) if known == tag => web::html(StatusCode::NOT_MODIFIED, String::new()),
        _ => web::html(StatusCode::OK, pages::ticket_state(&visit.frame, &view).into_string()),
    };
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    Ok(response)
}

async fn view(visit: &mut Visit, id: &TicketId) -> Result<TicketPage, PageError> {
    let seen = visit.scope.ticket(id, visit.now).await.map_err(fault)?;
    let SeenTicket { stored, events } = seen.ok_or_else(|| Problem::not_found("ticket_id", id))?;
    let present = stored.present.ok_or_else(|| Problem::not_found("ticket_id", id))?;
    visit.frame.zone = present.time_zone;
    let terms = visit.scope.terms(visit.now).await.map_err(fault)?;
    let reopen_days = terms.in_force(present.month).tickets.reopen_days;
    let service = present.ticket.opening.service_id.clone();
    let events = events.into_iter().map(|(kept, effect)| (kept.event, effect.unwrap_or(Effect::Effective)));
    Ok(TicketPage {
        service: service.map(|id| (id.clone(), id.to_string())),
        events: events.collect(),
        backdated_count: stored.record.backdated_count,
        reopen_until: present.ticket.resolved_at().map(|at| at.plus_s(reopen_days * DAY_S)),
        key: fresh_key()?,
        ticket: present.ticket,
    })
}

#[derive(Deserialize)]
struct Said {
    key: String,
    kind: String,
}

/// Records what a customer says about a ticket.
pub async fn reply(
    State(portal): State<Portal>,
    session: Session,
    Path(ticket_id): Path<String>,
    form: Posted,
) -> Page {
    let id: TicketId = part("ticket_id", &ticket_id)?;
    let Said { key, kind } = read_form(form.of(&session, &portal.sign_in)?)?;
    let reply = read_reply(&kind)?;
    let scope = portal.scope(&session)?;
    reply_to_ticket(&portal, &scope, (&key, &id), reply).await??;
    Ok(web::redirect(&format!("/tickets/{id}?done=reply")))
}

/// Reads what a customer may say.
pub fn read_reply(kind: &str) -> Result<Reply, Problem> {
    Reply::ALL.into_iter().find(|reply| reply.as_str() == kind).ok_or_else(|| {
        let one_of: Vec<&str> = Reply::ALL.iter().map(|reply| reply.as_str()).collect();
        let detail = format!("kind: `{}` is not known: write one of {}", sla::shown(kind), one_of.join(", "));
        Problem::unprocessable(detail)
    })
}
