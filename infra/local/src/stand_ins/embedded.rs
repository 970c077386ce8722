//! DynamoDB in this process: `dynoxide` behind the real SDK, and on a loopback port for other clients.
//! Adds what the engine lacks: an index and a retention for the stream, and AWS's limit on batches.

use std::collections::HashMap;
use std::fmt::Display;
use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::http::{Request, StatusCode};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use dynoxide::Database;
use dynoxide::actions::batch_get_item::{BatchGetItemRequest, BatchGetItemResponse};
use dynoxide::types::{AttributeValue, item_size};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use table::schema::{DUE, DUE_AT, PARTITION_KEY, SORT_KEY};

use crate::error::LocalError;
use crate::stand_ins::guard::is_of_program;
use crate::stand_ins::wire::{self, Engine, Passage, Reply, ReplyFuture, Service, Tally, Wire, reply};

/// Stream records kept; the cloud keeps 24 hours. A reader that falls further behind misses records, and
/// the sweep of `send-notices` finds them.
const STREAM_RECORDS_KEPT_MAX: u32 = 10_000;

/// Bytes of one partition that AWS reads in one BatchGetItem: 1 MB. The engine has the other limits (1 MB a
/// page of a query, 16 MB a batch, 400 KB an item, 4 MB a transaction).
const PARTITION_BYTES_MAX: usize = 1024 * 1024;

/// The content type of every DynamoDB answer.
const CONTENT_TYPE: &str = "application/x-amz-json-1.0";

/// Opens the database file, making it if needed, and prepares its stream.
pub fn open(file: &Path) -> Result<Database, LocalError> {
    let path = text(file)?;
    let database = Database::new(path).map_err(|e| LocalError::database("open the database", e))?;
    ready_stream(file)?;
    Ok(database)
}

/// Makes a database in memory. `scratch` is a folder used only while making it.
pub fn memory(scratch: &Path) -> Result<Database, LocalError> {
    through_a_file(&new_memory()?, scratch, ready_stream)
}

/// Makes a copy of a database in memory.
pub fn fork(original: &Database, scratch: &Path) -> Result<Database, LocalError> {
    through_a_file(original, scratch, |_| Ok(()))
}

fn through_a_file(
    original: &Database,
    scratch: &Path,
    ready: impl FnOnce(&Path) -> Result<(), LocalError>,
) -> Result<Database, LocalError> {
    let database = new_memory()?;
    let copy = scratch.join("copy.db");
    let path = text(&copy)?;
    original.vacuum_into(path).map_err(|e| LocalError::database("copy the database", e))?;
    ready(&copy)?;
    database.restore_from(path).map_err(|e| LocalError::database("read the copy", e))?;
    std::fs::remove_file(&copy).map_err(|e| LocalError::io("remove", &copy, e))?;
    Ok(database)
}

fn new_memory() -> Result<Database, LocalError> {
    let database = Database::memory().map_err(|e| LocalError::database("make a database", e))?;
    // Nothing in memory outlives the process, so writes need not be forced to disk.
    database.enable_bulk_loading().map_err(|e| LocalError::database("make a database", e))?;
    Ok(database)
}

/// Builds the real SDK client over the embedded database.
pub fn client(database: Database, passage: Arc<dyn Passage>, tally: Tally) -> aws_sdk_dynamodb::Client {
    Wire::new(Arc::new(Table(database)), passage, tally).clients().dynamodb()
}

/// True if a partition of the table's index of due items holds anything due by `now`.
pub fn is_due(
    database: &Database,
    table: &str,
    partition: &str,
    now: sla::Instant,
) -> Result<bool, LocalError> {
    let request = json!({
        "TableName": table, "IndexName": DUE, "Limit": 1, "Select": "COUNT",
        "KeyConditionExpression": format!("{DUE} = :due AND {DUE_AT} <= :by"),
        "ExpressionAttributeValues": { ":due": { "S": partition }, ":by": { "S": now } },
    });
    let fault = |e: String| LocalError::database("query what is due", e);
    let request = serde_json::from_value(request).map_err(|e| fault(e.to_string()))?;
    Ok(database.query(request).map_err(|e| fault(e.to_string()))?.count > 0)
}

/// Serves the embedded database, for the AWS CLI and the curious.
pub fn router(database: Database) -> Router {
    wire::router(Arc::new(Table(database))).layer(from_fn(programs_alone))
}

async fn programs_alone(request: axum::extract::Request, next: Next) -> Response {
    if is_of_program(request.headers()) {
        return next.run(request).await;
    }
    let why = "Content-Type: send the request as `application/x-amz-json-1.0`\n";
    (StatusCode::UNSUPPORTED_MEDIA_TYPE, why).into_response()
}

/// Adds an index and a trigger to the stream's table. The engine scans the whole stream to find its next
/// number and unread records, and never drops one; the index makes that one step, the trigger keeps the
/// stream short.
fn ready_stream(file: &Path) -> Result<(), LocalError> {
    let statements = format!(
        "CREATE INDEX IF NOT EXISTS nines_stream_position
            ON _stream_records (table_name, CAST(sequence_number AS INTEGER));
         CREATE TRIGGER IF NOT EXISTS nines_stream_retention AFTER INSERT ON _stream_records
            BEGIN DELETE FROM _stream_records WHERE id <= NEW.id - {STREAM_RECORDS_KEPT_MAX}; END;"
    );
    let connection =
        rusqlite::Connection::open(file).map_err(|e| LocalError::database("open the stream table", e))?;
    connection.execute_batch(&statements).map_err(|e| LocalError::database("ready the stream table", e))
}

fn text(path: &Path) -> Result<&str, LocalError> {
    path.to_str().ok_or_else(|| LocalError::Path(path.to_path_buf()))
}

/// The database as the engine behind the SDK.
struct Table(Database);

impl Engine for Table {
    fn service(&self) -> Service {
        Service::DynamoDb
    }

    fn operation(&self, request: &Request<Bytes>) -> String {
        let target = request.headers().get("x-amz-target").and_then(|value| value.to_str().ok());
        target.and_then(|target| target.rsplit('.').next()).unwrap_or("Unknown").to_owned()
    }

    fn answer(&self, request: Request<Bytes>) -> ReplyFuture {
        let reply = self.execute(&self.operation(&request), request.body());
        Box::pin(async move { Ok(reply) })
    }
}

impl Table {
    fn execute(&self, operation: &str, body: &[u8]) -> Reply {
        let db = &self.0;
        match operation {
            "BatchGetItem" => run(body, |r: BatchGetItemRequest| db.batch_get_item(r).map(within_partitions)),
            "BatchWriteItem" => run(body, |r| db.batch_write_item(r)),
            "CreateTable" => run(body, |r| db.create_table(r)),
            "DeleteItem" => run(body, |r| db.delete_item(r)),
            "DescribeStream" => run(body, |r| db.describe_stream(r)),
            "DescribeTable" => run(body, |r| db.describe_table(r)),
            "DescribeTimeToLive" => run(body, |r| db.describe_time_to_live(r)),
            "ExecuteStatement" => run(body, |r| db.execute_statement(r)),
            "GetItem" => run(body, |r| db.get_item(r)),
            "GetRecords" => run(body, |r| db.get_records(r)),
            "GetShardIterator" => run(body, |r| db.get_shard_iterator(r)),
            "ListStreams" => run(body, |r| db.list_streams(r)),
            "ListTables" => run(body, |r| db.list_tables(r)),
            "PutItem" => run(body, |r| db.put_item(r)),
            "Query" => run(body, |r| db.query(r)),
            "Scan" => run(body, |r| db.scan(r)),
            "TransactGetItems" => run(body, |r| db.transact_get_items(r)),
            "TransactWriteItems" => run(body, |r| db.transact_write_items(r)),
            "UpdateItem" => run(body, |r| db.update_item(r)),
            "UpdateTimeToLive" => run(body, |r| db.update_time_to_live(r)),
            other => refusal("UnknownOperationException", &format!("{other} is not offered on this machine")),
        }
    }
}

/// Moves items beyond their partition's limit to the unprocessed keys.
fn within_partitions(mut answer: BatchGetItemResponse) -> BatchGetItemResponse {
    for (table, items) in &mut answer.responses {
        let mut bytes: HashMap<String, usize> = HashMap::new();
        let mut left = Vec::new();
        items.retain(|item| {
            let Some(AttributeValue::S(partition)) = item.get(PARTITION_KEY) else { return true };
            let read = bytes.entry(partition.clone()).or_default();
            let fits = *read == 0 || *read + item_size(item) <= PARTITION_BYTES_MAX;
            if fits {
                *read += item_size(item);
            } else {
                left.push(json!({ PARTITION_KEY: item.get(PARTITION_KEY), SORT_KEY: item.get(SORT_KEY) }));
            }
            fits
        });
        if left.is_empty() {
            continue;
        }
        let rest = answer.unprocessed_keys.entry(table.clone());
        let rest = rest.or_insert_with(|| json!({ "Keys": [], "ConsistentRead": true }));
        if let Some(keys) = rest.get_mut("Keys").and_then(serde_json::Value::as_array_mut) {
            keys.extend(left);
        }
    }
    answer
}

fn run<Q, A, E>(body: &[u8], operation: impl FnOnce(Q) -> Result<A, E>) -> Reply
where
    Q: DeserializeOwned,
    A: Serialize,
    E: Into<dynoxide::DynoxideError> + Display,
{
    let request = match serde_json::from_slice(body) {
        Ok(request) => request,
        Err(e) => return refusal("SerializationException", &e.to_string()),
    };
    match operation(request).map_err(Into::into) {
        Ok(answer) => match serde_json::to_vec(&answer) {
            Ok(bytes) => reply(StatusCode::OK, CONTENT_TYPE, bytes),
            Err(e) => refusal("InternalServerError", &e.to_string()),
        },
        Err(e) => {
            let status = StatusCode::from_u16(e.status_code()).unwrap_or(StatusCode::BAD_REQUEST);
            reply(status, CONTENT_TYPE, e.to_json())
        }
    }
}

fn refusal(kind: &str, message: &str) -> Reply {
    let body = serde_json::json!({ "__type": kind, "message": message }).to_string();
    reply(StatusCode::BAD_REQUEST, CONTENT_TYPE, body)
}
