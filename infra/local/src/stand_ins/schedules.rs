//! A loopback stand-in for EventBridge Scheduler: it keeps one-shot schedules, and the driver of the clock
//! takes those that are due, each once. In process or on a port; in memory or in a file.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::Bytes;
use axum::extract::{Path as UrlPath, Query, State};
use axum::http::{Method, Request, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use shell::ScheduleTarget;
use sla::Instant;

use crate::error::LocalError;
use crate::stand_ins::account::function_named;
use crate::stand_ins::account::{ACCOUNT, REGION};
use crate::stand_ins::log::Log;
use crate::stand_ins::wire::{Engine, Passage, ReplyFuture, Service, Tally, Wire, ask};

/// The longest name of a schedule or group that Scheduler takes.
const NAME_LEN_MAX: usize = 64;

/// The group of a request that names none.
const GROUP_DEFAULT: &str = "default";

/// The event of a schedule that has no input.
const INPUT_DEFAULT: &str = "{}";

/// One schedule. It fires once and is then gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// Its name.
    pub name: String,
    /// Its group.
    pub group: String,
    /// The instant at which it fires.
    pub at: Instant,
    /// The function that it invokes.
    pub function: String,
    /// The event: the input.
    pub payload: String,
    /// The definition, as Scheduler shows it.
    pub definition: Value,
}

/// The schedules of one system. Clones share them.
#[derive(Clone, Default)]
pub struct Schedules(Arc<Mutex<Calendar>>);

/// Returns the group and the target of the local functions' schedules.
pub fn target() -> ScheduleTarget {
    ScheduleTarget {
        group: "nines".to_owned(),
        function_arn: format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:keep-deadlines"),
        role_arn: format!("arn:aws:iam::{ACCOUNT}:role/nines-schedules"),
        dead_letter_arn: format!("arn:aws:sqs:{REGION}:{ACCOUNT}:nines-schedules-undelivered"),
    }
}

impl Schedules {
    /// Keeps schedules in memory.
    pub fn memory() -> Self {
        Schedules::default()
    }

    /// Keeps schedules in a file, one JSON line a change, starting with those of earlier runs.
    pub fn open(path: &Path) -> Result<Self, LocalError> {
        let mut log = Log::open(path)?;
        let mut calendar = Calendar::default();
        for change in log.read()? {
            match change {
                Change::Made { key, definition } => {
                    let schedule = Schedule::new(key, definition);
                    calendar.hold(schedule.map_err(|refusal| misread(path, refusal))?);
                }
                Change::Removed { key } => calendar.let_go(&key),
            }
        }
        let made: Vec<Change> = calendar.schedules.values().map(Schedule::made).collect();
        log.replace(&made)?;
        calendar.log = Some(log);
        Ok(Schedules(Arc::new(Mutex::new(calendar))))
    }

    /// Returns an independent copy, in memory.
    pub fn fork(&self) -> Self {
        let mut calendar = Calendar::default();
        self.all().into_iter().for_each(|schedule| calendar.hold(schedule));
        Schedules(Arc::new(Mutex::new(calendar)))
    }

    /// Returns every schedule that has not fired, in the order of firing: by instant, input and name.
    pub fn all(&self) -> Vec<Schedule> {
        let calendar = self.look();
        calendar.due.iter().filter_map(|turn| calendar.schedules.get(&turn.key)).cloned().collect()
    }

    /// Takes the first schedule due at or before `until`, if any: it will not fire again.
    pub fn take_due(&self, until: Instant) -> Result<Option<Schedule>, LocalError> {
        let mut calendar = self.look();
        let Some(turn) = calendar.due.first().filter(|turn| turn.at <= until) else { return Ok(None) };
        let key = turn.key.clone();
        let schedule = calendar.schedules.get(&key).cloned();
        calendar.remove(&key)?;
        Ok(schedule)
    }

    /// Builds the HTTP interface: a schedule at `/schedules/{name}`.
    pub fn router(&self) -> Router {
        Router::new().route("/schedules/{name}", any(answer)).with_state(self.clone())
    }

    /// Builds the real Scheduler client over this shim, without a socket.
    pub fn client(&self, passage: Arc<dyn Passage>, tally: Tally) -> aws_sdk_scheduler::Client {
        Wire::new(Arc::new(Shim(self.router())), passage, tally).clients().scheduler()
    }

    fn look(&self) -> MutexGuard<'_, Calendar> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Identifies a schedule.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Key {
    name: String,
    group: String,
}

/// A schedule's place in the order of firing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Turn {
    at: Instant,
    payload: String,
    key: Key,
}

/// One line of the file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Change {
    /// A schedule was made or replaced.
    Made { key: Key, definition: Value },
    /// A schedule fired or was removed.
    Removed { key: Key },
}

/// The schedules by key and in order of firing, with the file that keeps them.
#[derive(Default)]
struct Calendar {
    schedules: BTreeMap<Key, Schedule>,
    due: BTreeSet<Turn>,
    log: Option<Log>,
}

impl Calendar {
    /// Keeps a schedule, replacing one with the same key.
    fn put(&mut self, schedule: Schedule) -> Result<(), LocalError> {
        self.note(schedule.made())?;
        self.hold(schedule);
        Ok(())
    }

    fn remove(&mut self, key: &Key) -> Result<(), LocalError> {
        self.note(Change::Removed { key: key.clone() })?;
        self.let_go(key);
        Ok(())
    }

    /// Logs a change before it is applied.
    fn note(&mut self, change: Change) -> Result<(), LocalError> {
        self.log.as_mut().map_or(Ok(()), |log| log.append(&[change]))
    }

    fn hold(&mut self, schedule: Schedule) {
        self.let_go(&schedule.key());
        self.due.insert(schedule.turn());
        self.schedules.insert(schedule.key(), schedule);
    }

    fn let_go(&mut self, key: &Key) {
        if let Some(schedule) = self.schedules.remove(key) {
            self.due.remove(&schedule.turn());
        }
    }
}

/// A refusal, as Scheduler answers it.
struct Refusal {
    status: StatusCode,
    kind: &'static str,
    message: String,
}

/// Refuses a request that AWS would refuse, or that this stand-in would treat differently.
fn invalid(message: String) -> Refusal {
    Refusal { status: StatusCode::BAD_REQUEST, kind: "ValidationException", message }
}

fn misread(path: &Path, refusal: Refusal) -> LocalError {
    LocalError::io("understand", path, std::io::Error::other(refusal.message))
}

impl Schedule {
    /// Reads a schedule from a request's body.
    fn new(key: Key, mut definition: Value) -> Result<Self, Refusal> {
        let Key { name, group } = &key;
        check_name("Name", name)?;
        check_name("GroupName", group)?;
        let fields = definition.as_object_mut();
        // The token identifies repeated requests and is no part of the schedule.
        let fields = fields.ok_or_else(|| invalid("the body is no JSON object".to_owned()))?;
        fields.remove("ClientToken");
        fields.insert("GroupName".to_owned(), json!(group));
        fields.insert("Name".to_owned(), json!(name));
        let at = instant(needed(&definition, "/ScheduleExpression")?)?;
        let function = function_named(needed(&definition, "/Target/Arn")?).to_owned();
        needed(&definition, "/Target/RoleArn")?;
        one_of(&definition, "/FlexibleTimeWindow/Mode", &["OFF", "FLEXIBLE"], None)?;
        one_of(&definition, "/ScheduleExpressionTimezone", &["UTC"], Some("UTC"))?;
        one_of(&definition, "/State", &["ENABLED"], Some("ENABLED"))?;
        one_of(&definition, "/ActionAfterCompletion", &["DELETE"], None)?;
        let payload = text(&definition, "/Target/Input").unwrap_or(INPUT_DEFAULT).to_owned();
        let Key { name, group } = key;
        Ok(Schedule { name, group, at, function, payload, definition })
    }

    fn key(&self) -> Key {
        Key { name: self.name.clone(), group: self.group.clone() }
    }

    fn turn(&self) -> Turn {
        Turn { at: self.at, payload: self.payload.clone(), key: self.key() }
    }

    fn made(&self) -> Change {
        Change::Made { key: self.key(), definition: self.definition.clone() }
    }

    fn arn(&self) -> String {
        let Schedule { name, group, .. } = self;
        format!("arn:aws:scheduler:{REGION}:{ACCOUNT}:schedule/{group}/{name}")
    }
}

fn check_name(field: &str, name: &str) -> Result<(), Refusal> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if name.is_empty() || name.len() > NAME_LEN_MAX || !name.chars().all(allowed) {
        return Err(invalid(format!("{field} `{name}`: write 1 to {NAME_LEN_MAX} of 0-9 a-z A-Z - _ .")));
    }
    Ok(())
}

fn text<'a>(definition: &'a Value, pointer: &str) -> Option<&'a str> {
    definition.pointer(pointer).and_then(Value::as_str)
}

fn needed<'a>(definition: &'a Value, pointer: &str) -> Result<&'a str, Refusal> {
    let found = text(definition, pointer).filter(|text| !text.is_empty());
    found.ok_or_else(|| invalid(format!("{pointer} is missing")))
}

/// Checks a word that this stand-in acts upon: AWS knows others, with effects that are missing here.
fn one_of(definition: &Value, pointer: &str, known: &[&str], default: Option<&str>) -> Result<(), Refusal> {
    match text(definition, pointer).or(default) {
        Some(word) if known.contains(&word) => Ok(()),
        Some(word) => Err(invalid(format!("{pointer} `{word}`: this shim knows {}", known.join(", ")))),
        None => Err(invalid(format!("{pointer} is missing: this shim knows {}", known.join(", ")))),
    }
}

/// Parses an expression such as `at(2026-06-01T00:00:00)`, in UTC.
fn instant(expression: &str) -> Result<Instant, Refusal> {
    let local = expression.strip_prefix("at(").and_then(|rest| rest.strip_suffix(')'));
    let utc = local.map(|local| format!("{local}Z"));
    let parsed =
        utc.as_deref().and_then(|utc| utc.parse::<Instant>().ok().filter(|at| at.to_string() == utc));
    parsed.ok_or_else(|| {
        invalid(format!("/ScheduleExpression `{expression}`: write at(yyyy-mm-ddThh:mm:ss), in UTC"))
    })
}

/// The stand-in as the engine behind the Scheduler client.
struct Shim(Router);

impl Engine for Shim {
    fn service(&self) -> Service {
        Service::Scheduler
    }

    fn operation(&self, request: &Request<Bytes>) -> String {
        let operation = match *request.method() {
            Method::POST => "CreateSchedule",
            Method::GET => "GetSchedule",
            Method::PUT => "UpdateSchedule",
            Method::DELETE => "DeleteSchedule",
            _ => "Unknown",
        };
        operation.to_owned()
    }

    fn answer(&self, request: Request<Bytes>) -> ReplyFuture {
        ask(self.0.clone(), request)
    }
}

async fn answer(
    State(schedules): State<Schedules>,
    UrlPath(name): UrlPath<String>,
    Query(query): Query<BTreeMap<String, String>>,
    method: Method,
    body: Bytes,
) -> Response {
    let body: Value = serde_json::from_slice(&body).unwrap_or(Value::Null);
    let group = text(&body, "/GroupName").or_else(|| query.get("groupName").map(String::as_str));
    let key = Key { name, group: group.unwrap_or(GROUP_DEFAULT).to_owned() };
    match carry_out(&mut schedules.look(), &method, key, body) {
        Ok(result) => Json(result).into_response(),
        Err(Refusal { status, kind, message }) => {
            (status, [("x-amzn-errortype", kind)], Json(json!({ "Message": message }))).into_response()
        }
    }
}

fn carry_out(calendar: &mut Calendar, method: &Method, key: Key, body: Value) -> Result<Value, Refusal> {
    let known = calendar.schedules.get(&key).cloned();
    match (method, known) {
        (&Method::POST, Some(known)) => {
            let message = format!("Schedule {} already exists.", known.name);
            Err(Refusal { status: StatusCode::CONFLICT, kind: "ConflictException", message })
        }
        (&Method::POST, None) | (&Method::PUT, Some(_)) => {
            let schedule = Schedule::new(key, body)?;
            let made = json!({ "ScheduleArn": schedule.arn() });
            calendar.put(schedule).map_err(internal)?;
            Ok(made)
        }
        (&Method::GET, Some(mut known)) => {
            let arn = known.arn();
            known.definition.as_object_mut().map(|fields| fields.insert("Arn".to_owned(), json!(arn)));
            Ok(known.definition)
        }
        (&Method::DELETE, Some(_)) => {
            calendar.remove(&key).map_err(internal)?;
            Ok(json!({}))
        }
        (&Method::GET | &Method::PUT | &Method::DELETE, None) => {
            let message = format!("Schedule {} does not exist.", key.name);
            Err(Refusal { status: StatusCode::NOT_FOUND, kind: "ResourceNotFoundException", message })
        }
        (other, _) => Err(invalid(format!("{other} is no call that this shim answers"))),
    }
}

fn internal(error: LocalError) -> Refusal {
    let message = error.explain();
    Refusal { status: StatusCode::INTERNAL_SERVER_ERROR, kind: "InternalServerException", message }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Write;

    use aws_sdk_scheduler::error::ProvideErrorMetadata;
    use axum::body::Body;
    use shell::OneShot;
    use tower::ServiceExt;

    use super::*;
    use crate::stand_ins::wire::OpenPassage;

    fn client(schedules: &Schedules) -> aws_sdk_scheduler::Client {
        schedules.client(Arc::new(OpenPassage), Tally::default())
    }

    /// Makes a schedule as the functions do.
    async fn arm(schedules: &Schedules, name: &str, at: &str, input: &str) {
        let one = OneShot { name: name.to_owned(), at: at.parse().unwrap(), input: input.to_owned() };
        shell::Schedules::new(client(schedules), target()).arm(&one).await.unwrap();
    }

    async fn disarm(schedules: &Schedules, name: &str) {
        shell::Schedules::new(client(schedules), target()).disarm(name).await.unwrap();
    }

    fn shown(schedules: &[Schedule]) -> Vec<String> {
        let shown = |Schedule { name, at, function, payload, .. }: &Schedule| {
            format!("{at} {name} {function} {payload}")
        };
        schedules.iter().map(shown).collect()
    }

    /// Takes the schedules due by `until`.
    fn fired(schedules: &Schedules, until: &str) -> Vec<String> {
        let until = until.parse().unwrap();
        shown(&std::iter::from_fn(|| schedules.take_due(until).unwrap()).collect::<Vec<_>>())
    }

    /// Sends a request without the SDK; returns the answer in one line.
    async fn send(schedules: &Schedules, method: Method, name: &str, body: &Value) -> String {
        let request = Request::builder().method(method).uri(format!("/schedules/{name}"));
        let request = request.body(Body::from(body.to_string())).unwrap();
        let response = schedules.router().oneshot(request).await.unwrap();
        let kind = response.headers().get("x-amzn-errortype").map(|kind| kind.to_str().unwrap().to_owned());
        let status = response.status().as_u16();
        let bytes = axum::body::to_bytes(response.into_body(), 10_000).await.unwrap();
        let body: Value = serde_json::from_slice(&bytes).unwrap();
        format!("{status} {} {}", kind.unwrap_or_default(), body["Message"].as_str().unwrap_or_default())
    }

    /// A valid request body.
    fn body() -> Value {
        let ScheduleTarget { group, function_arn, role_arn, .. } = target();
        json!({
            "GroupName": group, "ScheduleExpression": "at(2026-06-01T00:00:00)",
            "ActionAfterCompletion": "DELETE", "FlexibleTimeWindow": {"Mode": "OFF"},
            "Target": {"Arn": function_arn, "RoleArn": role_arn, "Input": "{}"},
        })
    }

    #[tokio::test]
    async fn a_schedule_made_twice_is_one_and_removed_twice_is_gone() {
        let schedules = Schedules::memory();
        arm(&schedules, "t-1.warning", "2026-06-01T08:00:00Z", "{}").await;
        arm(&schedules, "t-1.warning", "2026-06-01T09:00:00Z", "{}").await;
        assert_eq!(shown(&schedules.all()), ["2026-06-01T08:00:00Z t-1.warning keep-deadlines {}"]);
        let made = client(&schedules).get_schedule().group_name("nines").name("t-1.warning").send().await;
        let made = made.unwrap();
        assert_eq!(made.schedule_expression(), Some("at(2026-06-01T08:00:00)"));
        assert_eq!(
            made.arn(),
            Some("arn:aws:scheduler:eu-central-1:000000000000:schedule/nines/t-1.warning")
        );
        assert_eq!(
            send(&schedules, Method::POST, "t-1.warning", &body()).await,
            "409 ConflictException Schedule t-1.warning already exists."
        );
        disarm(&schedules, "t-1.warning").await;
        disarm(&schedules, "t-1.warning").await;
        assert_eq!(shown(&schedules.all()), [""; 0]);
        let absent = client(&schedules).delete_schedule().group_name("nines").name("t-1.warning");
        let absent = absent.send().await.unwrap_err().into_service_error();
        assert!(absent.is_resource_not_found_exception(), "{absent:?}");
    }

    #[tokio::test]
    async fn a_schedule_that_is_changed_fires_as_it_is_now() {
        let schedules = Schedules::memory();
        assert!(send(&schedules, Method::PUT, "t-1", &body()).await.starts_with("404 ResourceNotFound"));
        send(&schedules, Method::POST, "t-1", &body()).await;
        let mut later = body();
        later["ScheduleExpression"] = json!("at(2026-06-02T00:00:00)");
        assert_eq!(send(&schedules, Method::PUT, "t-1", &later).await, "200  ");
        assert_eq!(fired(&schedules, "2026-06-01T23:59:59Z"), [""; 0]);
        assert_eq!(fired(&schedules, "2026-06-02T00:00:00Z"), ["2026-06-02T00:00:00Z t-1 keep-deadlines {}"]);
    }

    #[tokio::test]
    async fn what_aws_would_refuse_is_refused() {
        let schedules = Schedules::memory();
        let without = |pointer: &str, field: &str| {
            let mut body = body();
            body.pointer_mut(pointer).unwrap().as_object_mut().unwrap().remove(field);
            body
        };
        let with = |pointer: &str, value: &str| {
            let mut body = body();
            *body.pointer_mut(pointer).unwrap() = json!(value);
            body
        };
        let long = "x".repeat(NAME_LEN_MAX + 1);
        let mut answers = Vec::new();
        for (name, body) in [
            ("a:b", body()),
            (long.as_str(), body()),
            ("x", with("/GroupName", "nines!")),
            ("x", with("/ScheduleExpression", "rate(5 minutes)")),
            ("x", with("/ScheduleExpression", "at(2026-06-01T00:00:00Z)")),
            ("x", with("/ScheduleExpression", "at(2026-06-31T00:00:00)")),
            ("x", without("", "ScheduleExpression")),
            ("x", without("/Target", "Arn")),
            ("x", without("/Target", "RoleArn")),
            ("x", without("", "FlexibleTimeWindow")),
            ("x", with("/FlexibleTimeWindow/Mode", "ON")),
            ("x", without("", "ActionAfterCompletion")),
            ("x", with("/ActionAfterCompletion", "NONE")),
            ("x", Value::Null),
        ] {
            answers.push(send(&schedules, Method::POST, name, &body).await);
        }
        insta::assert_snapshot!(answers.join("\n"));
        let one = OneShot { name: "a:b".to_owned(), at: Instant::from_epoch_s(0), input: String::new() };
        let refused = shell::Schedules::new(client(&schedules), target()).arm(&one).await.unwrap_err();
        let refused = std::error::Error::source(&refused).unwrap();
        type CreateError = aws_sdk_scheduler::operation::create_schedule::CreateScheduleError;
        let refused = refused.downcast_ref::<aws_sdk_scheduler::error::SdkError<CreateError>>().unwrap();
        assert_eq!(refused.code(), Some("ValidationException"));
        assert_eq!(shown(&schedules.all()), [""; 0]);
    }

    #[tokio::test]
    async fn schedules_fire_once_by_instant_input_and_name() {
        let schedules = Schedules::memory();
        for (name, at, input) in [
            ("a", "2026-06-01T08:00:01Z", "{}"),
            ("b", "2026-06-01T08:00:00Z", r#"{"n":2}"#),
            ("d", "2026-06-01T08:00:00Z", r#"{"n":1}"#),
            ("c", "2026-06-01T08:00:00Z", r#"{"n":1}"#),
        ] {
            arm(&schedules, name, at, input).await;
        }
        let apart = schedules.fork();
        assert_eq!(fired(&schedules, "2026-06-01T07:59:59Z"), [""; 0]);
        let first = [
            r#"2026-06-01T08:00:00Z c keep-deadlines {"n":1}"#,
            r#"2026-06-01T08:00:00Z d keep-deadlines {"n":1}"#,
            r#"2026-06-01T08:00:00Z b keep-deadlines {"n":2}"#,
        ];
        assert_eq!(fired(&schedules, "2026-06-01T08:00:00Z"), first);
        assert_eq!(fired(&schedules, "2026-06-01T08:00:00Z"), [""; 0]);
        assert_eq!(fired(&schedules, "2026-07-01T00:00:00Z"), ["2026-06-01T08:00:01Z a keep-deadlines {}"]);
        assert_eq!(shown(&apart.all()).len(), 4, "a fork has schedules of its own");
    }

    #[tokio::test]
    async fn schedules_survive_a_restart_without_a_line_cut_short() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("schedules.ndjson");
        let schedules = Schedules::open(&path).unwrap();
        for (name, at) in [
            ("fired", "2026-06-01T08:00:00Z"),
            ("gone", "2026-06-01T09:00:00Z"),
            ("kept", "2026-06-01T10:00:00Z"),
        ] {
            arm(&schedules, name, at, "{}").await;
        }
        assert_eq!(fired(&schedules, "2026-06-01T08:00:00Z").len(), 1);
        disarm(&schedules, "gone").await;
        drop(schedules);
        fs::OpenOptions::new().append(true).open(&path).unwrap().write_all(b"{\"removed\":{\"key").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), 6);
        let schedules = Schedules::open(&path).unwrap();
        let kept = "2026-06-01T10:00:00Z kept keep-deadlines {}";
        assert_eq!(shown(&schedules.all()), [kept]);
        assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), 1, "what is over is dropped");
        arm(&schedules, "later", "2026-06-01T11:00:00Z", "{}").await;
        let schedules = Schedules::open(&path).unwrap();
        assert_eq!(shown(&schedules.all()), [kept, "2026-06-01T11:00:00Z later keep-deadlines {}"]);
    }
}
