//! Steps about reports to support and their tickets. Of several, the last is "the ticket". An event is
//! recorded at once, unless a step says that word of it arrives late.

mod findings;

use cucumber::gherkin::Step as GherkinStep;
use cucumber::when;
use outcome::Failure;
use serde_json::{Value, json};
use sla::Instant;
use sla::ticket::Level;

use crate::tale::{CUSTOMER, SERVICE, Step, Tale, wrong};
use crate::wording::{Day, Event, Issue, Length, Means, Time};

/// The name of the story's service in reports.
const SERVICE_NAME: &str = "Reservations";

/// The reports so far.
#[derive(Debug, Default)]
pub struct Reports {
    tickets: usize,
    events: usize,
    last: Option<Report>,
}

/// The report that opened the last ticket.
#[derive(Debug)]
struct Report {
    at: Instant,
    details: Value,
}

impl Reports {
    /// Counts a new ticket, which becomes "the ticket".
    pub fn begin(&mut self, at: Instant, details: Value) {
        self.tickets += 1;
        self.last = Some(Report { at, details });
    }

    fn last(&self) -> Step<&Report> {
        self.last.as_ref().ok_or_else(|| wrong("nothing has been reported yet"))
    }
}

/// Returns the details of a report whose level alone matters.
pub fn plain(level: Level) -> Value {
    json!({
        "kind": "opened", "customer_id": CUSTOMER, "service_id": SERVICE, "level": level,
        "channel": "portal", "title": "No bookings go through",
    })
}

/// Returns the details given by a table.
fn detailed(level: Level, step: &GherkinStep) -> Step<Value> {
    let mut details = plain(level);
    for row in step.table.iter().flat_map(|table| &table.rows) {
        let [label, value] = row.as_slice() else { return Err(wrong("a row has two cells")) };
        let (name, detail) = match (label.as_str(), value.as_str()) {
            ("how", how) => ("channel", json!(how.parse::<Means>()?.0)),
            ("service", "none") => ("service_id", Value::Null),
            ("service", SERVICE_NAME) => ("service_id", json!(SERVICE)),
            ("service", other) => ("service_id", json!(other.to_lowercase().replace(' ', "-"))),
            ("in a line", title) => ("title", json!(title)),
            ("description", description) => ("description", json!(description)),
            (other, _) => return Err(wrong(format!("a report has no `{other}`"))),
        };
        details[name] = detail;
    }
    Ok(details)
}

impl Tale {
    /// Returns the id of the ticket opened `before` tickets before the last.
    fn ticket_id(&self, before: usize) -> Step<String> {
        let number = self.reports.tickets.checked_sub(before).filter(|number| *number > 0);
        number.map(|number| format!("ticket-{number}")).ok_or_else(|| wrong("there is no such ticket"))
    }

    /// Opens a ticket.
    pub async fn report(&mut self, (day, time): (Day, Time), details: Value) -> Step {
        self.settled()?;
        let at = self.instant(day.0, time.0)?;
        self.pass_to(at).await?;
        self.reports.begin(at, details.clone());
        self.record_event(at, details).await
    }

    /// Lets an event of the ticket happen.
    async fn happen(&mut self, event: Event, at: Instant) -> Step {
        self.settled()?;
        self.pass_to(at).await?;
        self.record_event(at, json!(event.0)).await
    }

    /// Records an event of the ticket.
    pub async fn record_event(&mut self, at: Instant, mut event: Value) -> Step {
        self.reports.events += 1;
        event["event_id"] = json!(format!("event-{:03}", self.reports.events));
        event["ticket_id"] = json!(self.ticket_id(0)?);
        event["occurred_at"] = json!(at);
        let answer = self.ask("record-tickets", json!({ "events": [event] })).await?;
        if let Some(error) = answer.pointer("/quarantined/0/error").and_then(Value::as_str) {
            self.refuse(Failure::BadRequest(error.to_owned()));
        }
        Ok(())
    }
}

#[when(expr = "{issue} is reported on {day} at {time}")]
async fn is_reported(tale: &mut Tale, issue: Issue, day: Day, time: Time) -> Step {
    tale.report((day, time), plain(issue.0)).await
}

#[when(expr = "{issue} is reported {channel} on {day} at {time}")]
async fn is_reported_by(tale: &mut Tale, issue: Issue, means: Means, day: Day, time: Time) -> Step {
    let mut details = plain(issue.0);
    details["channel"] = json!(means.0);
    tale.report((day, time), details).await
}

#[when(expr = "{issue} is reported on {day} at {time}, with these details:")]
async fn is_reported_with(tale: &mut Tale, issue: Issue, day: Day, time: Time, step: &GherkinStep) -> Step {
    tale.report((day, time), detailed(issue.0, step)?).await
}

#[when(expr = "{issue} is reported on {day} at {time}, which takes up the earlier ticket")]
async fn is_taken_up(tale: &mut Tale, issue: Issue, day: Day, time: Time) -> Step {
    let mut details = plain(issue.0);
    details["links_to"] = json!(tale.ticket_id(0)?);
    tale.report((day, time), details).await
}

#[when(expr = "{event} on {day} at {time}")]
async fn happens_on(tale: &mut Tale, event: Event, day: Day, time: Time) -> Step {
    tale.happen(event, tale.instant(day.0, time.0)?).await
}

/// An event, a length of time after the report.
#[when(expr = "{event} after {duration}")]
async fn happens_after(tale: &mut Tale, event: Event, length: Length) -> Step {
    tale.happen(event, tale.reports.last()?.at.plus_s(length.0)).await
}

/// An event, a length of time after the previous step.
#[when(expr = "{event} {duration} later")]
async fn happens_later(tale: &mut Tale, event: Event, length: Length) -> Step {
    tale.happen(event, tale.now()?.plus_s(length.0)).await
}

#[when(expr = "word arrives late, on {day} at {time}, that {event} on {day} at {time}")]
async fn happened(tale: &mut Tale, day: Day, time: Time, event: Event, on: Day, at: Time) -> Step {
    tale.settled()?;
    tale.pass_to(tale.instant(day.0, time.0)?).await?;
    tale.record_event(tale.instant(on.0, at.0)?, json!(event.0)).await
}

#[when(
    expr = "word arrives late, on {day} at {time}, that the problem was first reported on {day} at {time}"
)]
async fn was_reported(tale: &mut Tale, day: Day, time: Time, on: Day, at: Time) -> Step {
    tale.settled()?;
    tale.pass_to(tale.instant(day.0, time.0)?).await?;
    let details = tale.reports.last()?.details.clone();
    tale.record_event(tale.instant(on.0, at.0)?, details).await
}
