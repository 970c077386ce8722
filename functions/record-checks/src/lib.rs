//! Records status checks: timeline, outages, breach notices; sweeps for the effects of missing checks.
//! parse (envelope) → load, decide, save (`table`, with `sla`) → answer. A bad check never stops its
//! neighbours.

use std::collections::BTreeSet;

use doors::WEBHOOK_DETAIL_TYPE;
use events::alarm::ALARM_DETAIL_TYPE;
use events::answer::RecordAnswer;
use events::input;
use outcome::{Clock, Failure};
use serde_json::{Value, json};
use shell::QueueRecord;
use shell::envelope::{Envelope, Feed, Message, about_items, record_queue};
use sla::Instant;
use table::{Recording, ReportKind, Source, Table, TableError};

/// Envelopes and quarantine sources of checks.
const FEED: Feed = Feed {
    detail_type: "status check",
    whole: &[ALARM_DETAIL_TYPE, WEBHOOK_DETAIL_TYPE],
    list: "checks",
    item: "a check",
    sweeps: true,
    item_source: Source::Check,
    record_source: Source::Record,
};

/// Handles one event: checks, a sweep, or a queue batch.
///
/// # Errors
/// Returns `BadRequest` if the payload is no JSON or no known envelope, a fault if the table fails.
pub async fn handle(table: &Table, clock: &Clock, event: &[u8]) -> Result<Value, Failure> {
    let now = clock.now();
    match FEED.envelope(&input::parse(event)?)? {
        Envelope::Message(message) => act(table, now, message).await,
        Envelope::Queue(records) => {
            let reply = record_queue(records, |records| {
                let table = table.clone();
                async move { record_all(&table, now, records).await }
            });
            let reply = reply.await;
            serde_json::to_value(reply).map_err(Failure::unexpected)
        }
    }
}

async fn act(table: &Table, now: Instant, message: Message) -> Result<Value, Failure> {
    match message {
        Message::Sweep => Ok(json!({ "swept": sweep(table, now).await? })),
        Message::Items(items) => {
            let Recorded { answer, failed, .. } = record(table, now, items).await?;
            failed.map_or(Ok(()), Err)?;
            serde_json::to_value(answer).map_err(Failure::unexpected)
        }
    }
}

/// Asserts what sources with heartbeats have told, then looks at each service that is due.
async fn sweep(table: &Table, now: Instant) -> Result<usize, Failure> {
    let asserted = table.assert_lives(now).await;
    let swept = table.sweep(now).await?;
    Ok(asserted? + swept)
}

/// The outcome of recording items.
struct Recorded {
    /// The answer about each, bad ones beside the results of the others.
    answer: RecordAnswer,
    /// The indices of the items that could not be written.
    again: BTreeSet<usize>,
    /// The error of the first service that could not be written.
    failed: Option<TableError>,
}

/// Records checks, alarm state changes, and what webhooks hold.
async fn record(table: &Table, now: Instant, items: Vec<Value>) -> Result<Recorded, Failure> {
    let mut opened = table.open(items, ReportKind::Checks, now).await?;
    let refused = FEED.refuse(table, now, std::mem::take(&mut opened.refused)).await?;
    let (indices, checks): (Vec<usize>, Vec<Value>) = std::mem::take(&mut opened.items).into_iter().unzip();
    let mut received = FEED.sort(table, now, table.receive(checks, now).await?).await?;
    opened.note_silences(&mut received.items);
    let Recording { outcomes, failed } = table.record(&received.items, now).await?;
    let places = received.places.iter().zip(&outcomes).filter(|(_, outcome)| outcome.is_none());
    let again = places.filter_map(|(place, _)| indices.get(*place).copied()).collect();
    let answer = FEED.answer(table, now, received, outcomes, |check| &check.raw).await?;
    let answer = about_items(answer, &indices, (opened.silent, opened.repeated), refused);
    if failed.is_none() {
        table.note_recorded(&opened).await?;
    }
    Ok(Recorded { answer, again, failed })
}

/// Records the items of queue records; returns the places of records to be delivered again.
async fn record_all(
    table: &Table,
    now: Instant,
    records: Vec<QueueRecord>,
) -> Result<BTreeSet<usize>, Failure> {
    let (mut items, mut records_of) = (Vec::new(), Vec::new());
    for (place, message) in FEED.queued(table, now, records).await? {
        match message {
            Message::Items(own) => {
                records_of.extend(std::iter::repeat_n(place, own.len()));
                items.extend(own);
            }
            Message::Sweep => drop(sweep(table, now).await?),
        }
    }
    let Recorded { answer, again, failed } = record(table, now, items).await?;
    let again: BTreeSet<usize> = again.iter().filter_map(|index| records_of.get(*index).copied()).collect();
    if let Some(error) = failed {
        tracing::error!(
            records = again.len(),
            error = &error as &dyn std::error::Error,
            "cannot record checks"
        );
    }
    tracing::info!(
        accepted = answer.accepted,
        duplicates = answer.duplicates,
        quarantined = answer.quarantined.len(),
        "recorded checks from the queue"
    );
    Ok(again)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recorded(event: &str) -> Envelope {
        FEED.envelope(&events::parse(event.as_bytes()).unwrap()).unwrap()
    }

    #[test]
    fn every_recorded_envelope_is_unwrapped() {
        let direct = recorded(include_str!("../events/direct.json"));
        let Envelope::Message(Message::Items(expected)) = direct else { panic!("no checks") };
        assert_eq!(expected[0]["service_id"], "api");
        for event in [include_str!("../events/eventbridge.json"), include_str!("../events/cloudevents.json")]
        {
            assert!(
                matches!(recorded(event), Envelope::Message(Message::Items(checks)) if checks == expected)
            );
        }
        let sweep = recorded(include_str!("../events/sweep.json"));
        assert!(matches!(sweep, Envelope::Message(Message::Sweep)));
        let Envelope::Queue(records) = recorded(include_str!("../events/sqs.json")) else {
            panic!("no queue")
        };
        let body = events::parse(records[0].body.as_bytes()).unwrap();
        assert!(matches!(FEED.message(&body), Ok(Message::Items(checks)) if checks.len() == 1));
        let many = json!({"detail-type": "status check", "detail": {"checks": expected}});
        assert_eq!(FEED.message(&many), Ok(Message::Items(expected)));
    }

    #[test]
    fn a_change_of_an_alarms_state_is_an_item_as_it_is() {
        let event = events::parse(include_bytes!("../events/alarm.json")).unwrap();
        let Envelope::Message(Message::Items(items)) = FEED.envelope(&event).unwrap() else {
            panic!("no item")
        };
        assert_eq!(items, [event]);
        let change = events::AlarmEvent::read(&items[0]).unwrap().unwrap();
        assert!(change.alarm_arn().as_str().ends_with(":api answers too few requests"));
        assert_eq!(change.detail.state.timestamp.to_string(), "2026-06-10T11:59:00Z");
    }

    #[test]
    fn an_unknown_envelope_says_what_to_send() {
        let events = [
            json!([]),
            json!({}),
            json!({"checks": 1}),
            json!({"sweep": 1}),
            json!({"detail-type": "other", "detail": {}}),
            json!({"detail-type": "status check", "detail": 7}),
            json!({"specversion": "0.3", "data": {}}),
            json!({"specversion": "1.0", "data_base64": "e30="}),
        ];
        let messages: Vec<String> = events.iter().map(|e| FEED.message(e).unwrap_err().to_string()).collect();
        insta::assert_snapshot!(messages.join("\n"), @r#"
        the event is no JSON object: send {"checks": [...]}
        checks: missing: send {"checks": [...]} or {"sweep": true}
        checks: not a list: send {"checks": [...]}
        sweep: 1 is not true: send {"sweep": true}
        detail-type: "other" is not known: send "status check" or "CloudWatch Alarm State Change" or "webhook"
        detail: missing or no object: send a check or {"checks": [...]}
        specversion: "0.3" is not known: send "1.0"
        data_base64: binary data is not understood: send JSON in data
        "#);
    }
}
