//! Permissions that a function's SDK calls need, in IAM's terms, compared with `infra/aws/calls.json`, the
//! list of the roles. A call that is not listed is refused in the cloud; a permission nobody uses is not
//! granted.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use nines::stand_ins::wire::{AnswerFuture, Call, Onward, Passage, Service};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The way to mend a difference between calls and list.
const REMEDY: &str = "let a world of tests/src/roles.rs make the call, or none if it is gone; then \
                      `cargo run -p acceptance --example write_calls` writes infra/aws/calls.json anew, \
                      and the function's role follows it";

/// The committed list.
const COMMITTED: &str = include_str!("../../infra/aws/calls.json");

/// The prefix of the names of topics and roles.
const PREFIX: &str = "nines-";

/// The next part of the names of customers' own topics.
const OWN_TOPICS: &str = "customer-";

/// A permission that a role grants a function.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Permission {
    /// The function.
    pub function: String,
    /// The action, such as `dynamodb:PutItem`.
    pub action: String,
    /// The resource, such as `table`, `table/index/due` or `topic/customer`.
    pub resource: String,
    /// The partitions of the table or index, as a pattern of leading keys such as `SERVICE#*`.
    pub partitions: Option<String>,
}

/// The permissions that functions need.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Calls(BTreeSet<Permission>);

/// A fault of the committed list.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallsError {
    /// It cannot be read.
    #[error("infra/aws/calls.json: {0}; {REMEDY}")]
    Unreadable(String),
    /// It differs from the calls.
    #[error("{0}\n{REMEDY}")]
    Differs(String),
}

/// One action on one resource in the file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ListedAction {
    action: String,
    resource: String,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    partitions: BTreeSet<String>,
}

impl Calls {
    /// Returns the committed list.
    ///
    /// # Errors
    /// Returns an error if the list is malformed.
    pub fn committed() -> Result<&'static Self, CallsError> {
        static CALLS: LazyLock<Result<Calls, CallsError>> = LazyLock::new(|| Calls::parse(COMMITTED));
        CALLS.as_ref().map_err(Clone::clone)
    }

    /// Returns the path of the committed list.
    #[must_use]
    pub fn file() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../infra/aws/calls.json")
    }

    /// Parses a list.
    ///
    /// # Errors
    /// Returns an error if the list is malformed.
    pub fn parse(text: &str) -> Result<Self, CallsError> {
        let listed: BTreeMap<String, Vec<ListedAction>> =
            serde_json::from_str(text).map_err(|e| CallsError::Unreadable(e.to_string()))?;
        let mut calls = Calls::default();
        for (function, listed) in listed {
            for ListedAction { action, resource, partitions } in listed {
                let permission = |partitions| Permission {
                    function: function.clone(),
                    action: action.clone(),
                    resource: resource.clone(),
                    partitions,
                };
                match partitions.is_empty() {
                    true => drop(calls.0.insert(permission(None))),
                    false => calls.0.extend(partitions.into_iter().map(Some).map(permission)),
                }
            }
        }
        Ok(calls)
    }

    /// Adds the permissions for a call; a call outside an invocation needs none.
    pub fn add(&mut self, call: &Call) {
        self.0.extend(needs(call));
    }

    /// Adds other permissions.
    pub fn extend(&mut self, other: Calls) {
        self.0.extend(other.0);
    }

    /// Returns the permissions of `functions` as those of `other`, a function with the same calls.
    #[must_use]
    pub fn made_by(&self, functions: &[&str], other: &str) -> Self {
        let theirs = self.0.iter().filter(|permission| functions.contains(&permission.function.as_str()));
        Self(
            theirs
                .map(|permission| Permission { function: other.to_owned(), ..permission.clone() })
                .collect(),
        )
    }

    /// Checks that these permissions are listed.
    ///
    /// # Errors
    /// Names each permission that is not, with its function.
    pub fn allowed_by(&self, listed: &Calls) -> Result<(), CallsError> {
        differs(self.lines(listed, "is needed, but not listed"))
    }

    /// Checks that these permissions are exactly the listed ones.
    ///
    /// # Errors
    /// Names each permission that differs, with its function.
    pub fn same_as(&self, listed: &Calls) -> Result<(), CallsError> {
        let mut lines = self.lines(listed, "is needed, but not listed");
        lines.extend(listed.lines(self, "is listed, but no world of the roles needs it"));
        differs(lines)
    }

    fn lines(&self, other: &Calls, verdict: &str) -> Vec<String> {
        self.0.difference(&other.0).map(|permission| format!("{permission} {verdict}")).collect()
    }
}

fn differs(lines: Vec<String>) -> Result<(), CallsError> {
    if lines.is_empty() { Ok(()) } else { Err(CallsError::Differs(lines.join("\n"))) }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Permission { function, action, resource, partitions } = self;
        write!(f, "{function}: {action} on {resource}")?;
        partitions.iter().try_for_each(|partitions| write!(f, " ({partitions})"))
    }
}

/// Formats the file: functions, actions, resources and partitions in order.
impl fmt::Display for Calls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut by_function: BTreeMap<&str, Vec<ListedAction>> = BTreeMap::new();
        for Permission { function, action, resource, partitions } in &self.0 {
            let listed = by_function.entry(function).or_default();
            match listed.last_mut() {
                Some(last) if last.action == *action && last.resource == *resource => {
                    last.partitions.extend(partitions.clone());
                }
                _ => listed.push(ListedAction {
                    action: action.clone(),
                    resource: resource.clone(),
                    partitions: partitions.clone().into_iter().collect(),
                }),
            }
        }
        writeln!(f, "{}", serde_json::to_string_pretty(&by_function).map_err(|_| fmt::Error)?)
    }
}

/// Records the permissions that passing calls need.
#[derive(Clone, Debug, Default)]
pub struct Record(Arc<Mutex<Calls>>);

impl Record {
    /// Returns the permissions recorded so far.
    #[must_use]
    pub fn calls(&self) -> Calls {
        self.with(|calls| calls.clone())
    }

    /// Checks that the permissions recorded so far are listed.
    ///
    /// # Errors
    /// Names each permission that is not, with its function.
    pub fn allowed_by(&self, listed: &Calls) -> Result<(), CallsError> {
        self.with(|calls| calls.allowed_by(listed))
    }

    /// Builds a passage that records each call before `inner` handles it.
    pub fn before(&self, inner: Arc<dyn Passage>) -> Arc<dyn Passage> {
        Arc::new(Recording { record: self.clone(), inner })
    }

    fn with<T>(&self, look: impl FnOnce(&mut Calls) -> T) -> T {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Records the permissions of passing calls, one set a call, in order; ids do not show.
#[derive(Clone, Debug, Default)]
pub struct Sequence(Arc<Mutex<Vec<BTreeSet<Permission>>>>);

impl Sequence {
    /// Takes the sets recorded since the last call.
    #[must_use]
    pub fn take(&self) -> Vec<BTreeSet<Permission>> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Passage for Sequence {
    fn pass(&self, call: Call, onward: Onward) -> AnswerFuture {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(needs(&call).into_iter().collect());
        onward(call.body)
    }
}

struct Recording {
    record: Record,
    inner: Arc<dyn Passage>,
}

impl Passage for Recording {
    fn pass(&self, call: Call, onward: Onward) -> AnswerFuture {
        self.record.with(|calls| calls.add(&call));
        self.inner.pass(call, onward)
    }
}

/// Returns the permissions that a call needs.
fn needs(call: &Call) -> Vec<Permission> {
    let Some(function) = call.function else { return Vec::new() };
    let body: Value = serde_json::from_slice(&call.body).unwrap_or_default();
    let needed = match call.service {
        Service::DynamoDb => of_table(&call.operation, &body),
        Service::S3 => vec![plain(of_bucket(&call.operation), "bucket".to_owned())],
        Service::Sns => vec![of_topics(&call.operation, &call.body)],
        Service::Scheduler => of_schedules(&call.operation, &body),
        Service::Sqs => vec![plain(format!("sqs:{}", call.operation), of_queues(&body))],
        Service::Ssm => vec![plain(format!("ssm:{}", call.operation), "secrets".to_owned())],
    };
    let permission = |NeededPermission { action, resource, partitions }| {
        let function = function.to_owned();
        Permission { function, action, resource, partitions }
    };
    needed.into_iter().map(permission).collect()
}

/// A permission of the calling function.
struct NeededPermission {
    action: String,
    resource: String,
    partitions: Option<String>,
}

fn plain(action: String, resource: String) -> NeededPermission {
    NeededPermission { action, resource, partitions: None }
}

/// Maps a call of the table. A transaction has no action of its own: each entry counts as a single call.
fn of_table(operation: &str, body: &Value) -> Vec<NeededPermission> {
    let needed = |operation: &str, resource: String, partition: &str| NeededPermission {
        action: format!("dynamodb:{operation}"),
        resource,
        partitions: Some(pattern(partition)).filter(|pattern| !pattern.is_empty()),
    };
    let on_table = |operation: &str, keys: &Value| needed(operation, "table".to_owned(), text(keys, "/PK/S"));
    let empty = Vec::new();
    let list = |pointer: &str| body.pointer(pointer).and_then(Value::as_array).unwrap_or(&empty);
    match operation {
        "TransactWriteItems" => {
            let entries = list("/TransactItems").iter().filter_map(Value::as_object).flat_map(Map::iter);
            entries
                .map(|(kind, entry)| {
                    let is_check = kind == "ConditionCheck";
                    let operation =
                        if is_check { "ConditionCheckItem".to_owned() } else { format!("{kind}Item") };
                    on_table(&operation, item_or_key(entry))
                })
                .collect()
        }
        "BatchGetItem" => {
            let requests =
                body.get("RequestItems").and_then(Value::as_object).into_iter().flat_map(Map::values);
            let keys = requests.filter_map(|request| request.get("Keys")?.as_array()).flatten();
            keys.map(|key| on_table(operation, key)).collect()
        }
        "Query" => {
            let index = body.get("IndexName").and_then(Value::as_str);
            let resource = index.map_or("table".to_owned(), |index| format!("table/index/{index}"));
            vec![needed(operation, resource, queried(body))]
        }
        _ => vec![on_table(operation, item_or_key(body))],
    }
}

fn item_or_key(entry: &Value) -> &Value {
    entry.get("Item").or_else(|| entry.get("Key")).unwrap_or(&Value::Null)
}

/// Returns the partition in a query's first condition: `PK = :pk AND …`, with its value beside it.
fn queried(body: &Value) -> &str {
    let name = text(body, "/KeyConditionExpression").split_whitespace().nth(2).unwrap_or_default();
    text(body, &format!("/ExpressionAttributeValues/{name}/S"))
}

/// Returns the pattern of a leading key: its kind. The rest is an id, a month or a shard.
fn pattern(partition: &str) -> String {
    match partition.split_once('#') {
        Some((kind, _)) => format!("{kind}#*"),
        None => partition.to_owned(),
    }
}

fn of_bucket(operation: &str) -> String {
    let action = match operation {
        "HeadObject" => "GetObject",
        "ListObjectsV2" | "HeadBucket" => "ListBucket",
        other => other,
    };
    format!("s3:{action}")
}

/// Maps a call of Scheduler. Making a schedule also passes on the role that fires it.
fn of_schedules(operation: &str, body: &Value) -> Vec<NeededPermission> {
    let mut needed = vec![plain(format!("scheduler:{operation}"), "schedule-group".to_owned())];
    let role = text(body, "/Target/RoleArn").rsplit('/').next().filter(|role| !role.is_empty());
    let passed = |role: &str| format!("role/{}", role.strip_prefix(PREFIX).unwrap_or(role));
    needed.extend(role.map(|role| plain("iam:PassRole".to_owned(), passed(role))));
    needed
}

/// Returns the queue of a call, by what the function that reads it records: its URL ends with that function
/// here.
fn of_queues(body: &Value) -> String {
    let reader = text(body, "/QueueUrl").rsplit('/').next().unwrap_or_default();
    format!("queue/{}", reader.strip_prefix("record-").unwrap_or(reader))
}

/// Maps a call of SNS. A batch has no action of its own, and a call about a subscription names no topic.
fn of_topics(operation: &str, form: &[u8]) -> NeededPermission {
    let action = if operation == "PublishBatch" { "Publish" } else { operation };
    let resource = match operation {
        "GetSubscriptionAttributes" | "SetSubscriptionAttributes" | "Unsubscribe" => {
            "subscription".to_owned()
        }
        _ => format!("topic/{}", topic(form)),
    };
    plain(format!("sns:{action}"), resource)
}

/// Returns the audience of a form's topic: the end of `TopicArn=arn%3Aaws%3Asns%3A…%3Anines-customer`.
/// Customers' own topics count as one: their names end with a digest.
fn topic(form: &[u8]) -> String {
    let form = String::from_utf8_lossy(form);
    let named = |field: &str| form.split('&').find_map(|pair| pair.strip_prefix(field));
    let arn = named("TopicArn=").or_else(|| named("Name=")).unwrap_or_default();
    let name = arn.rsplit("%3A").next().unwrap_or_default();
    let name = name.strip_prefix(PREFIX).unwrap_or(name);
    if name.starts_with(OWN_TOPICS) { format!("{OWN_TOPICS}*") } else { name.to_owned() }
}

fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use axum::body::Bytes;
    use serde_json::json;

    use super::*;

    fn key(partition: &str) -> Value {
        json!({ "PK": { "S": partition }, "SK": { "S": "-" } })
    }

    fn call(service: Service, operation: &str, body: String) -> Call {
        let (operation, body) = (operation.to_owned(), Bytes::from(body));
        Call { service, operation, body, function: Some("run-desk") }
    }

    fn calls(calls: &[Call]) -> Calls {
        let mut all = Calls::default();
        calls.iter().for_each(|call| all.add(call));
        all
    }

    fn shown(call: Call) -> String {
        let name = call.to_string();
        let lines: Vec<String> = calls(&[call]).0.iter().map(|needed| format!("    {needed}")).collect();
        format!("{name}\n{}", lines.join("\n"))
    }

    fn put(partition: &str) -> Call {
        call(Service::DynamoDb, "PutItem", json!({ "Item": key(partition) }).to_string())
    }

    #[test]
    fn each_call_needs_the_actions_that_iam_asks_for() {
        let values = json!({ ":pk": { "S": "WINDOWS#REGION#eu" }, ":due": { "S": "OUTBOX#00" } });
        let query = |condition: &str| {
            let mut query = json!({ "ExpressionAttributeValues": values.clone() });
            query["KeyConditionExpression"] = json!(condition);
            query
        };
        let mut of_index = query("due = :due AND due_at <= :by");
        of_index["IndexName"] = json!("due");
        let entries = json!({ "TransactItems": [
            { "Put": { "Item": key("SERVICE#api") } },
            { "Put": { "Item": key("SERVICE#other") } },
            { "Update": { "Key": key("TERMS") } },
            { "Delete": { "Key": key("CLAIMS#held#03") } },
            { "ConditionCheck": { "Key": key("INVOICED#07") } },
        ] });
        let batch =
            json!({ "RequestItems": { "nines": { "Keys": [key("SERVICE#api"), key("TICKET#T-1")] } } });
        let target = json!({ "Target": { "RoleArn": "arn:aws:iam::000000000000:role/nines-schedules" } });
        let publish =
            "Action=PublishBatch&TopicArn=arn%3Aaws%3Asns%3Aeu%3A000000000000%3Anines-finance&x=%3A1";
        let table = |operation: &str, body: Value| call(Service::DynamoDb, operation, body.to_string());
        let plain = |service, operation: &str| call(service, operation, String::new());
        let lines = [
            table("GetItem", json!({ "Key": key("TICKET#T-1") })),
            put("SERVICE#api"),
            table("BatchGetItem", batch),
            table("Query", query("PK = :pk AND SK BETWEEN :from AND :to")),
            table("Query", of_index),
            table("TransactWriteItems", entries),
            table("Scan", json!({})),
            plain(Service::S3, "PutObject"),
            plain(Service::S3, "HeadObject"),
            call(Service::Sns, "PublishBatch", publish.to_owned()),
            call(Service::Sns, "PublishBatch", publish.replace("finance", "customer-0123abcd")),
            call(Service::Sns, "CreateTopic", "Action=CreateTopic&Name=nines-customer-0123abcd".to_owned()),
            call(
                Service::Sns,
                "Unsubscribe",
                "SubscriptionArn=arn%3Aaws%3Asns%3Aeu%3A0%3Anines-a%3A1".to_owned(),
            ),
            call(Service::Scheduler, "CreateSchedule", target.to_string()),
            plain(Service::Scheduler, "DeleteSchedule"),
            call(
                Service::Sqs,
                "SendMessage",
                json!({ "QueueUrl": "http://127.0.0.1/000000000000/record-checks" }).to_string(),
            ),
            plain(Service::Ssm, "GetParameter"),
        ];
        insta::assert_snapshot!(lines.map(shown).join("\n"));
    }

    #[test]
    fn what_another_function_does_by_itself_it_needs_as_well() {
        let of = |function, partition| Call { function: Some(function), ..put(partition) };
        let all = calls(&[put("TERMS"), of("send-notices", "SERVICE#api")]);
        assert_eq!(all.made_by(&["run-desk"], "serve-desk"), calls(&[of("serve-desk", "TERMS")]));
    }

    #[test]
    fn a_call_outside_of_an_invocation_needs_no_role() {
        assert_eq!(calls(&[Call { function: None, ..put("SERVICE#api") }]), Calls::default());
    }

    #[test]
    fn what_is_missing_and_what_is_superfluous_is_named_with_the_remedy() {
        let listed = calls(&[put("SERVICE#api"), put("TERMS")]);
        let needed = calls(&[put("SERVICE#other"), put("VOID#v-1")]);
        assert_eq!(needed.same_as(&needed), Ok(()));
        insta::assert_snapshot!(needed.same_as(&listed).unwrap_err().to_string(), @r"
        run-desk: dynamodb:PutItem on table (VOID#*) is needed, but not listed
        run-desk: dynamodb:PutItem on table (TERMS) is listed, but no world of the roles needs it
        let a world of tests/src/roles.rs make the call, or none if it is gone; then `cargo run -p acceptance --example write_calls` writes infra/aws/calls.json anew, and the function's role follows it
        ");
        let refusal = needed.allowed_by(&listed).unwrap_err().to_string();
        assert!(refusal.contains("VOID#*") && !refusal.contains("TERMS"), "{refusal}");
        let more = calls(&[put("SERVICE#api"), put("TERMS"), put("VOID#v-1")]);
        assert_eq!(needed.allowed_by(&more), Ok(()));
    }

    #[test]
    fn a_list_is_read_as_it_is_written() {
        let plain = call(Service::S3, "GetObject", String::new());
        let all = calls(&[put("TERMS"), put("SERVICE#api"), plain]);
        insta::assert_snapshot!(all.to_string());
        assert_eq!(Calls::parse(&all.to_string()), Ok(all));
        let odd = r#"{"run-desk": [{"action": "s3:GetObject", "on": "bucket"}]}"#;
        insta::assert_snapshot!("a_list_that_cannot_be_read", Calls::parse(odd).unwrap_err().to_string());
    }
}
