//! Records ticket events: clocks, deadlines, notices. A bad event never stops its neighbours.
//! parse (envelope) → load, decide, save (`table`, with `sla`) → update the schedules → answer.

use std::collections::BTreeSet;

use doors::WEBHOOK_DETAIL_TYPE;
use events::answer::RecordAnswer;
use events::input;
use outcome::{Clock, Failure};
use serde_json::Value;
use shell::envelope::{Envelope, Feed, Message, about_items, record_queue};
use shell::{QueueRecord, Schedules, deadlines};
use sla::Instant;
use table::{ReportKind, Source, Table};

/// Envelopes and quarantine sources of ticket events.
const FEED: Feed = Feed {
    detail_type: "ticket event",
    whole: &[WEBHOOK_DETAIL_TYPE],
    list: "events",
    item: "a ticket event",
    sweeps: false,
    item_source: Source::TicketEvent,
    record_source: Source::TicketRecord,
};

/// The dependencies and the instant of one invocation.
#[derive(Debug, Clone)]
struct Recorder {
    table: Table,
    schedules: Schedules,
    now: Instant,
}

/// Handles one event: ticket events, or a queue batch.
///
/// # Errors
/// Returns `BadRequest` if the payload is no JSON or no known envelope, a fault if the table fails.
pub async fn handle(
    table: &Table,
    schedules: &Schedules,
    clock: &Clock,
    event: &[u8],
) -> Result<Value, Failure> {
    let recorder = Recorder { table: table.clone(), schedules: schedules.clone(), now: clock.now() };
    let answer = match FEED.envelope(&input::parse(event)?)? {
        Envelope::Message(message) => serde_json::to_value(recorder.record(items(message)).await?),
        Envelope::Queue(records) => {
            let reply = record_queue(records, |records| {
                let recorder = recorder.clone();
                async move { recorder.record_all(records).await }
            });
            serde_json::to_value(reply.await)
        }
    };
    answer.map_err(Failure::unexpected)
}

/// Returns the events of a message; a sweep has none here.
fn items(message: Message) -> Vec<Value> {
    match message {
        Message::Items(items) => items,
        Message::Sweep => Vec::new(),
    }
}

impl Recorder {
    /// Records events, and what webhooks hold; the answer lists each bad one beside the results of the
    /// others.
    async fn record(&self, items: Vec<Value>) -> Result<RecordAnswer, Failure> {
        let (table, now) = (&self.table, self.now);
        let mut opened = table.open(items, ReportKind::Tickets, now).await?;
        let refused = FEED.refuse(table, now, std::mem::take(&mut opened.refused)).await?;
        let (indices, events): (Vec<usize>, Vec<Value>) =
            std::mem::take(&mut opened.items).into_iter().unzip();
        let received = FEED.sort(table, now, table.receive_ticket_events(events, now).await?).await?;
        let (outcomes, changed) = table.record_tickets(&received.items, now).await?;
        deadlines::follow_up(table, &self.schedules, &changed, now).await;
        let outcomes = outcomes.into_iter().map(Some).collect();
        let answer = FEED.answer(table, now, received, outcomes, |event| &event.raw).await?;
        Ok(about_items(answer, &indices, (opened.silent, opened.repeated), refused))
    }

    async fn record_all(&self, records: Vec<QueueRecord>) -> Result<BTreeSet<usize>, Failure> {
        let messages = FEED.queued(&self.table, self.now, records).await?;
        let events = messages.into_iter().flat_map(|(_, message)| items(message)).collect();
        let answer = self.record(events).await?;
        tracing::info!(
            accepted = answer.accepted,
            duplicates = answer.duplicates,
            quarantined = answer.quarantined.len(),
            "recorded ticket events from the queue"
        );
        Ok(BTreeSet::new())
    }
}

#[cfg(test)]
mod tests {
    use events::ticket::read_ticket_event;
    use serde_json::json;

    use super::*;

    fn recorded(event: &str) -> Envelope {
        FEED.envelope(&events::parse(event.as_bytes()).unwrap()).unwrap()
    }

    #[test]
    fn every_recorded_envelope_is_unwrapped() {
        let Envelope::Message(Message::Items(expected)) = recorded(include_str!("../events/direct.json"))
        else {
            panic!("no events")
        };
        assert!(expected.iter().all(|event| read_ticket_event(event).is_ok()));
        for event in [include_str!("../events/eventbridge.json"), include_str!("../events/cloudevents.json")]
        {
            assert_eq!(recorded(event), Envelope::Message(Message::Items(vec![expected[0].clone()])));
        }
        let Envelope::Queue(records) = recorded(include_str!("../events/sqs.json")) else {
            panic!("no queue")
        };
        let body = events::parse(records[0].body.as_bytes()).unwrap();
        assert_eq!(FEED.message(&body).unwrap(), Message::Items(expected));
    }

    #[test]
    fn an_unknown_envelope_says_what_to_send() {
        let events = [
            json!([]),
            json!({}),
            json!({"events": 1}),
            json!({"sweep": true}),
            json!({"detail-type": "status check", "detail": {}}),
            json!({"specversion": "1.0", "data": 7}),
        ];
        let messages: Vec<String> = events.iter().map(|e| FEED.message(e).unwrap_err().to_string()).collect();
        insta::assert_snapshot!(messages.join("\n"), @r#"
        the event is no JSON object: send {"events": [...]}
        events: missing: send {"events": [...]}
        events: not a list: send {"events": [...]}
        events: missing: send {"events": [...]}
        detail-type: "status check" is not known: send "ticket event" or "webhook"
        data: missing or no object: send a ticket event or {"events": [...]}
        "#);
    }
}
