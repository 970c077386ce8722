//! Keeps the deadlines of tickets: warnings, escalations and misses, each announced once and at its instant.
//! A firing only names the ticket; the ticket's present state decides what is due, so a stale, early or
//! repeated firing does nothing. The sweep covers tickets whose schedule or claim comparison was lost.

use events::ticket::DeadlineEvent;
use events::{InputError, input};
use outcome::{Clock, Failure};
use serde_json::{Value, json};
use shell::{Schedules, deadlines};
use sla::{Instant, TicketId};
use table::Table;

/// Limit on the tickets, and on the claim comparisons, of one sweep.
const SWEPT_MAX: i32 = 1000;

/// The parsed event.
#[derive(Debug, PartialEq)]
enum Event {
    /// Look at the ticket whose deadline fires.
    Fires(TicketId),
    /// Look at every ticket on which something is due.
    Sweep,
}

impl Event {
    fn of(event: &Value) -> Result<Self, InputError> {
        match event.get("sweep") {
            Some(Value::Bool(true)) => Ok(Self::Sweep),
            Some(other) => {
                Err(InputError::new(format_args!("sweep: {other} is not true: send {{\"sweep\": true}}")))
            }
            None => input::read::<DeadlineEvent>(event).map(|fires| Self::Fires(fires.ticket_id)),
        }
    }
}

/// Handles one event: a deadline that fires, or the sweep.
///
/// Returns `BadRequest` for any other event, `NotFound` for an unknown ticket, a fault if the table or
/// Scheduler fails.
pub async fn handle(
    table: &Table,
    schedules: &Schedules,
    clock: &Clock,
    event: &[u8],
) -> Result<Value, Failure> {
    let now = clock.now();
    let fired = match Event::of(&input::parse(event)?)? {
        Event::Fires(ticket_id) => keep(table, schedules, &ticket_id, now).await?,
        Event::Sweep => sweep(table, schedules, now).await?,
    };
    Ok(json!({ "fired": fired }))
}

/// Announces what is due on a ticket and updates its schedules; returns the number of thresholds announced.
async fn keep(
    table: &Table,
    schedules: &Schedules,
    ticket_id: &TicketId,
    now: Instant,
) -> Result<usize, Failure> {
    let kept = table.keep_ticket(ticket_id, now).await?;
    let (fired, changed) = kept.ok_or_else(|| {
        Failure::NotFound(format!(
            "ticket_id: `{ticket_id}` is unknown: send its `opened` event to record-tickets"
        ))
    })?;
    deadlines::bring_in_line(table, schedules, &changed, now).await?;
    Ok(fired)
}

/// Compares the claims of changed tickets, then checks every ticket with something due; one failure does not
/// stop the others.
async fn sweep(table: &Table, schedules: &Schedules, now: Instant) -> Result<usize, Failure> {
    let (mut fired, mut first_failure) = (0, None);
    for (ticket_id, event) in table.claims_to_compare(now, SWEPT_MAX).await? {
        if let Err(error) = table.compare_claims(&ticket_id, &event, now).await {
            let failure = Failure::from(error);
            tracing::error!(%ticket_id, "cannot compare a ticket's claims: {}", failure.message());
            first_failure.get_or_insert(failure);
        }
    }
    for ticket_id in table.tickets_due(now, SWEPT_MAX).await? {
        match keep(table, schedules, &ticket_id, now).await {
            Ok(own) => fired += own,
            Err(failure) => {
                tracing::error!(%ticket_id, "cannot keep a ticket's deadlines: {}", failure.message());
                first_failure.get_or_insert(failure);
            }
        }
    }
    first_failure.map_or(Ok(fired), Err)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(event: &str) -> Result<Event, InputError> {
        Event::of(&events::parse(event.as_bytes()).unwrap())
    }

    #[test]
    fn every_recorded_event_is_understood() {
        let fires = Event::Fires("INC0000045".parse().unwrap());
        assert_eq!(of(include_str!("../events/deadline.json")).unwrap(), fires);
        assert_eq!(of(include_str!("../events/sweep.json")).unwrap(), Event::Sweep);
    }

    #[test]
    fn a_bad_event_says_what_would_be_right() {
        let events = [
            "{}",
            "[]",
            r#"{"sweep": 1}"#,
            r#"{"ticket_id": "a#b", "clock": "resolve", "threshold": "50"}"#,
            r#"{"ticket_id": "T1", "clock": "reply", "threshold": "50"}"#,
            r#"{"ticket_id": "T1", "clock": "resolve", "threshold": "100"}"#,
            r#"{"ticket_id": "T1", "clock": "resolve"}"#,
        ];
        let messages: Vec<String> = events.iter().map(|event| of(event).unwrap_err().to_string()).collect();
        insta::assert_snapshot!(messages.join("\n"), @r#"
        missing field `ticket_id`
        invalid length 0, expected a deadline: an object with ticket_id, clock and threshold, or {"sweep": true}
        sweep: 1 is not true: send {"sweep": true}
        ticket_id: `a#b` is not an id: use 1 to 64 letters, digits, `.`, `_`, `:` or `-`, beginning with a letter or digit
        clock: unknown variant `reply`, expected `acknowledge` or `resolve`
        threshold: `100` is not a threshold: write a percentage such as 50, `target` or `limit`
        missing field `threshold`
        "#);
    }
}
