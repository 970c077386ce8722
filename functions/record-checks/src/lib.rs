//! Records status checks: timeline, outages, breach notices; sweeps for what happens when no check arrives.
//! parse (envelope) → load, decide, save (`table`, with `sla`) → answer. A bad check never stops its neighbours.

mod envelope;

use events::answer::{RecordAnswer, Refused};
use events::{CheckEvent, InputError, input};
use serde_json::{Value, json};
use shell::{BatchReply, Clock, Failure, QueueRecord};
use sla::Instant;
use table::{Outcome, Quarantined, Received, Source, Table};

use envelope::{Envelope, Message};

/// Answers one event: checks, a sweep, or a batch of a queue.
///
/// # Errors
/// `BadRequest` for a payload that is no JSON or no known envelope; a fault if the table fails.
pub async fn handle(table: &Table, clock: &Clock, event: &[u8]) -> Result<Value, Failure> {
    let now = clock.now();
    match Envelope::of(&input::parse(event)?)? {
        Envelope::Message(message) => act(table, now, message).await,
        Envelope::Queue(records) => {
            let reply = record_queue(table, now, records).await;
            serde_json::to_value(reply).map_err(Failure::unexpected)
        }
    }
}

async fn act(table: &Table, now: Instant, message: Message) -> Result<Value, Failure> {
    match message {
        Message::Sweep => Ok(json!({ "swept": table.sweep(now).await? })),
        Message::Checks(checks) => {
            let answer = record(table, now, checks).await?;
            serde_json::to_value(answer).map_err(Failure::unexpected)
        }
    }
}

/// Records checks; what is wrong with one is answered beside the others.
async fn record(table: &Table, now: Instant, checks: Vec<Value>) -> Result<RecordAnswer, Failure> {
    let mut answer = RecordAnswer::default();
    let (mut received, mut indices) = (Vec::with_capacity(checks.len()), Vec::with_capacity(checks.len()));
    for (index, raw) in checks.into_iter().enumerate() {
        match input::read::<CheckEvent>(&raw) {
            Ok(event) => {
                received.push(Received { check: event.into(), raw });
                indices.push(index);
            }
            Err(error) => {
                quarantine(table, Source::Check, &raw, &error, now).await?;
                answer.quarantined.push(Refused { index, error: error.to_string() });
            }
        }
    }
    for (index, outcome) in indices.into_iter().zip(table.record(&received, now).await?) {
        match outcome {
            Outcome::Accepted => answer.accepted += 1,
            Outcome::Duplicate => answer.duplicates += 1,
            Outcome::Quarantined(error) => {
                let error = InputError::new(error).to_string();
                answer.quarantined.push(Refused { index, error });
            }
        }
    }
    answer.quarantined.sort_by_key(|refused| refused.index);
    Ok(answer)
}

async fn quarantine(
    table: &Table,
    source: Source,
    raw: &Value,
    error: &InputError,
    now: Instant,
) -> Result<(), Failure> {
    table.quarantine(&Quarantined::new(source, raw, error.to_string(), now)?).await?;
    Ok(())
}

/// Records a queue's batch together, so that a service's checks are one write; if that fails, each record alone.
async fn record_queue(table: &Table, now: Instant, records: Vec<QueueRecord>) -> BatchReply {
    if record_alone(table, now, records.clone()).await {
        return BatchReply::default();
    }
    let mut reply = BatchReply::default();
    for record in records {
        let message_id = record.message_id.clone();
        if !record_alone(table, now, vec![record]).await {
            reply.fail(message_id);
        }
    }
    reply
}

/// Records some of a queue's records in a task of their own, so that a panic is theirs alone; says whether it went well.
async fn record_alone(table: &Table, now: Instant, records: Vec<QueueRecord>) -> bool {
    let ids: Vec<String> = records.iter().map(|record| record.message_id.clone()).collect();
    let table = table.clone();
    let task = tokio::spawn(async move { record_all(&table, now, records).await });
    let fault = match task.await {
        Ok(Ok(())) => return true,
        Ok(Err(failure)) => failure.message(),
        Err(panicked) => panicked.to_string(),
    };
    tracing::error!(message_ids = ?ids, "cannot record checks from the queue: {fault}");
    false
}

async fn record_all(table: &Table, now: Instant, records: Vec<QueueRecord>) -> Result<(), Failure> {
    let mut checks = Vec::new();
    for QueueRecord { body, .. } in records {
        match input::parse(body.as_bytes()).and_then(|value| Message::of(&value)) {
            Ok(Message::Checks(own)) => checks.extend(own),
            Ok(Message::Sweep) => drop(table.sweep(now).await?),
            Err(error) => quarantine(table, Source::Record, &Value::String(body), &error, now).await?,
        }
    }
    let answer = record(table, now, checks).await?;
    tracing::info!(
        accepted = answer.accepted,
        duplicates = answer.duplicates,
        quarantined = answer.quarantined.len(),
        "recorded checks from the queue"
    );
    Ok(())
}
