//! Records status checks: timeline, outages, breach notices; sweeps for the effects of missing checks.
//! parse (envelope) → load, decide, save (`table`, with `sla`) → answer. A bad check never stops its
//! neighbours.

use std::collections::BTreeSet;

use events::alarm::ALARM_DETAIL_TYPE;
use events::answer::RecordAnswer;
use events::input;
use outcome::{Clock, Failure};
use serde_json::{Value, json};
use shell::QueueRecord;
use shell::envelope::{Envelope, Feed, Message, record_queue};
use sla::Instant;
use table::{Recording, Source, Table};

/// Envelopes and quarantine sources of checks.
const FEED: Feed = Feed {
    detail_type: "status check",
    whole: Some(ALARM_DETAIL_TYPE),
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
        Message::Sweep => Ok(json!({ "swept": table.sweep(now).await? })),
        Message::Items(checks) => {
            let answer = record(table, now, checks).await?;
            serde_json::to_value(answer).map_err(Failure::unexpected)
        }
    }
}

/// Records checks and alarm state changes; the answer lists each bad one beside the results of the others.
async fn record(table: &Table, now: Instant, checks: Vec<Value>) -> Result<RecordAnswer, Failure> {
    let received = FEED.sort(table, now, table.receive(checks, now).await?).await?;
    let outcomes = table.record(&received.items, now).await?.whole()?;
    let outcomes = outcomes.into_iter().map(Some).collect();
    FEED.answer(table, now, received, outcomes, |check| &check.raw).await
}

/// Records the checks of queue records; returns the places of records whose service could not be written.
async fn record_all(
    table: &Table,
    now: Instant,
    records: Vec<QueueRecord>,
) -> Result<BTreeSet<usize>, Failure> {
    let (mut checks, mut records_of) = (Vec::new(), Vec::new());
    for (place, message) in FEED.queued(table, now, records).await? {
        match message {
            Message::Items(own) => {
                records_of.extend(std::iter::repeat_n(place, own.len()));
                checks.extend(own);
            }
            Message::Sweep => drop(table.sweep(now).await?),
        }
    }
    let received = FEED.sort(table, now, table.receive(checks, now).await?).await?;
    let Recording { outcomes, failed } = table.record(&received.items, now).await?;
    let places = received.places.iter().zip(&outcomes).filter(|(_, outcome)| outcome.is_none());
    let again: BTreeSet<usize> = places.filter_map(|(place, _)| records_of.get(*place).copied()).collect();
    if let Some(error) = failed {
        tracing::error!(
            records = again.len(),
            error = &error as &dyn std::error::Error,
            "cannot record checks"
        );
    }
    let answer = FEED.answer(table, now, received, outcomes, |check| &check.raw).await?;
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
        detail-type: "other" is not known: send "status check" or "CloudWatch Alarm State Change"
        detail: missing or no object: send a check or {"checks": [...]}
        specversion: "0.3" is not known: send "1.0"
        data_base64: binary data is not understood: send JSON in data
        "#);
    }
}
