//! Pumps the table's stream into `send-notices` as Lambda's event source mapping would: only records that ask
//! for a notice, in order, and again from the first one that failed.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use dynoxide::Database;
use dynoxide::actions::describe_table::DescribeTableRequest;
use dynoxide::actions::get_records::{GetRecordsRequest, GetRecordsResponse, Record};
use dynoxide::actions::get_shard_iterator::GetShardIteratorRequest;
use dynoxide::types::AttributeValue;
use outcome::Failure;
use serde_json::{Value, json};
use table::outbox::OUTBOX;
use table::schema::DUE;

use crate::error::LocalError;

/// The most records in one read.
const READ_RECORDS_MAX: usize = 1_000;

/// The most reads in one run of the pump: 100 × 1,000 records; the rest waits for the next run.
const READS_MAX: usize = 100;

/// The most records in one event, as the mapping's batch size.
const BATCH_RECORDS_MAX: usize = 100;

/// The most tries of a batch before it is left to the sweep.
const BATCH_TRIES_MAX: usize = 3;

/// The receiver of the stream's events: `send-notices`.
pub trait Deliver: Sync {
    /// Takes one event and answers as a Lambda function does.
    fn deliver(&self, event: Vec<u8>) -> impl Future<Output = Result<Value, Failure>> + Send;
}

/// A reader of one table's stream. Its position is kept in a file, if it has one.
pub struct Stream {
    database: Database,
    arn: String,
    iterator: String,
    position_file: Option<PathBuf>,
}

impl Stream {
    /// Opens the stream of `table` at the position in `position_file`, or at its start.
    pub fn open(database: Database, table: &str, position_file: Option<PathBuf>) -> Result<Self, LocalError> {
        let described = database
            .describe_table(DescribeTableRequest { table_name: table.to_owned() })
            .map_err(|e| LocalError::database("describe the table", e))?;
        let arn = described.table.latest_stream_arn.unwrap_or_default();
        let position = position_file.as_deref().map(read_position).transpose()?.flatten();
        let iterator = shard_iterator(&database, table, &arn, position)?;
        Ok(Stream { database, arn, iterator, position_file })
    }

    /// Delivers the waiting records and saves the position. Returns true if the end of the stream was
    /// reached.
    pub async fn pump(&mut self, reader: &impl Deliver) -> Result<bool, LocalError> {
        for _ in 0..READS_MAX {
            let read = self.read()?;
            let Some(last) = read.records.last() else { return Ok(true) };
            let position = last.dynamodb.sequence_number.clone();
            let wanted: Vec<Value> =
                read.records.iter().filter(|r| asks_for_a_notice(r)).map(|r| self.event(r)).collect();
            for batch in wanted.chunks(BATCH_RECORDS_MAX) {
                deliver_batch(batch, reader).await;
            }
            if let Some(next) = read.next_shard_iterator {
                self.iterator = next;
            }
            self.remember(&position)?;
        }
        Ok(false)
    }

    fn read(&self) -> Result<GetRecordsResponse, LocalError> {
        let request =
            GetRecordsRequest { shard_iterator: self.iterator.clone(), limit: Some(READ_RECORDS_MAX) };
        self.database.get_records(request).map_err(|e| LocalError::database("read the stream", e))
    }

    fn event(&self, record: &Record) -> Value {
        let mut event = serde_json::to_value(record).unwrap_or_default();
        if let Some(fields) = event.as_object_mut() {
            fields.insert("eventSourceARN".to_owned(), json!(self.arn));
        }
        event
    }

    fn remember(&self, position: &str) -> Result<(), LocalError> {
        let Some(file) = &self.position_file else { return Ok(()) };
        let next = file.with_extension("next");
        fs::write(&next, position).map_err(|e| LocalError::io("write", &next, e))?;
        fs::rename(&next, file).map_err(|e| LocalError::io("replace", file, e))
    }
}

/// Delivers one batch: again from the first failed record, until the tries are used up.
async fn deliver_batch(batch: &[Value], reader: &impl Deliver) {
    let mut rest = batch;
    for _ in 0..BATCH_TRIES_MAX {
        let event = json!({ "Records": rest }).to_string().into_bytes();
        match reader.deliver(event).await {
            Ok(answer) => match first_failed(rest, &answer) {
                None => return,
                Some(place) => rest = rest.get(place..).unwrap_or_default(),
            },
            Err(failure) => tracing::debug!(reason = failure.message(), "send-notices failed"),
        }
    }
    tracing::warn!(records = rest.len(), "send-notices keeps failing: its sweep will send these notices");
}

/// Returns the index of the earliest record that the answer names as failed, as Lambda does.
fn first_failed(batch: &[Value], answer: &Value) -> Option<usize> {
    let failures = answer.get("batchItemFailures")?.as_array()?;
    let failed = |record: &Value| {
        let number = record.pointer("/dynamodb/SequenceNumber");
        failures.iter().any(|failure| failure.get("itemIdentifier") == number)
    };
    // An unknown identifier fails the whole batch.
    if failures.is_empty() { None } else { Some(batch.iter().position(failed).unwrap_or(0)) }
}

/// Applies the filter of the cloud's event source mapping.
fn asks_for_a_notice(record: &Record) -> bool {
    let due = record.dynamodb.new_image.as_ref().and_then(|image| image.get(DUE));
    matches!(due, Some(AttributeValue::S(due)) if due.starts_with(OUTBOX))
}

fn read_position(file: &Path) -> Result<Option<String>, LocalError> {
    match fs::read_to_string(file) {
        Ok(position) => Ok(Some(position)),
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
        Err(e) => Err(LocalError::io("read", file, e)),
    }
}

fn shard_iterator(
    database: &Database,
    table: &str,
    arn: &str,
    position: Option<String>,
) -> Result<String, LocalError> {
    let kind = if position.is_some() { "AFTER_SEQUENCE_NUMBER" } else { "TRIM_HORIZON" };
    let request = GetShardIteratorRequest {
        stream_arn: arn.to_owned(),
        shard_id: dynoxide::streams::shard_id(table),
        shard_iterator_type: kind.to_owned(),
        sequence_number: position,
    };
    let answer = database
        .get_shard_iterator(request)
        .map_err(|e| LocalError::database("find the place in the stream", e))?;
    answer.shard_iterator.ok_or_else(|| LocalError::database("find the place in the stream", "no iterator"))
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use aws_sdk_dynamodb::types::AttributeValue as Value_;

    use super::*;
    use crate::stand_ins::embedded;
    use crate::stand_ins::wire::{OpenPassage, Tally};
    use crate::system::{Engines, TABLE};

    async fn put(engines: &Engines, key: &str, due: Option<&str>) {
        let text = |text: &str| Value_::S(text.to_owned());
        let client = embedded::client(engines.database().clone(), Arc::new(OpenPassage), Tally::default());
        let put = client.put_item().table_name(TABLE).item("PK", text(key)).item("SK", text("-"));
        let put = match due {
            Some(due) => put.item("due", text(due)).item("due_at", text("2026-06-01T00:00:00Z")),
            None => put,
        };
        put.send().await.unwrap();
    }

    /// Records the keys of each event, and returns the given answers in turn.
    struct Reader<'a> {
        answers: &'a [&'a str],
        seen: Mutex<Vec<String>>,
    }

    impl Deliver for Reader<'_> {
        async fn deliver(&self, event: Vec<u8>) -> Result<Value, Failure> {
            let event: Value = serde_json::from_slice(&event).unwrap();
            let records = event["Records"].as_array().unwrap();
            let key = |record: &Value| record["dynamodb"]["Keys"]["PK"]["S"].as_str().unwrap().to_owned();
            let mut seen = self.seen.lock().unwrap();
            seen.push(records.iter().map(key).collect::<Vec<_>>().join(" "));
            match self.answers.get(seen.len() - 1).copied().unwrap_or("") {
                "" => Ok(json!({ "batchItemFailures": [] })),
                "fault" => Err(Failure::BadRequest("a fault".to_owned())),
                failed => {
                    let record = records.iter().find(|record| key(record) == failed).unwrap();
                    let number = &record["dynamodb"]["SequenceNumber"];
                    Ok(json!({ "batchItemFailures": [{ "itemIdentifier": number }] }))
                }
            }
        }
    }

    async fn pump(stream: &mut Stream, answers: &[&str]) -> Vec<String> {
        let reader = Reader { answers, seen: Mutex::default() };
        stream.pump(&reader).await.unwrap();
        reader.seen.into_inner().unwrap()
    }

    #[tokio::test]
    async fn only_records_with_a_notice_come_and_again_from_the_one_that_failed() {
        let engines = Engines::memory().await.unwrap();
        let mut stream = Stream::open(engines.database().clone(), TABLE, None).unwrap();
        for key in ["a", "b", "c"] {
            put(&engines, key, Some("OUTBOX#00")).await;
            put(&engines, &format!("{key}-steady"), None).await;
        }
        assert_eq!(pump(&mut stream, &["b", "fault"]).await, ["a b c", "b c", "b c"]);
        assert_eq!(pump(&mut stream, &[]).await, [""; 0]);
        put(&engines, "d", Some("OUTBOX#00")).await;
        assert_eq!(pump(&mut stream, &["fault", "fault", "fault", "fault"]).await, ["d", "d", "d"]);
    }

    #[tokio::test]
    async fn a_restart_reads_on_where_the_last_run_stopped() {
        let state = tempfile::tempdir().unwrap();
        let position = state.path().join("stream-position");
        for (key, expected) in [("a", vec!["a"]), ("b", vec!["b"])] {
            let engines = Engines::open(state.path()).await.unwrap();
            put(&engines, key, Some("OUTBOX#00")).await;
            let database = engines.database().clone();
            let mut stream = Stream::open(database, TABLE, Some(position.clone())).unwrap();
            assert_eq!(pump(&mut stream, &[]).await, expected);
        }
    }

    #[tokio::test]
    async fn the_stream_stays_fast_and_short_however_much_is_written() {
        let state = tempfile::tempdir().unwrap();
        let engines = Engines::open(state.path()).await.unwrap();
        put(&engines, "a", None).await;
        let connection = rusqlite::Connection::open(state.path().join("table.db")).unwrap();
        let plan: String = connection
            .query_row(
                "EXPLAIN QUERY PLAN SELECT COALESCE(MAX(CAST(sequence_number AS INTEGER)), 0) + 1
                 FROM _stream_records WHERE table_name = ?1",
                [TABLE],
                |row| row.get(3),
            )
            .unwrap();
        assert!(plan.contains("nines_stream_position"), "{plan}");
    }
}
