//! Every fault at every SDK call of a handler, and every interleaving of two handlers: the event is delivered
//! again by new processes until it succeeds, and the world must end as if nothing had happened.

mod lost;
mod reach;

use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_smithy_runtime_api::client::result::ConnectorError;
use axum::body::Bytes;
use axum::http::{HeaderValue, StatusCode};
use exhaustigen::Gen;
use nines::stand_ins::wire::{AnswerFuture, Call, Onward, Passage, Reply, Service, reply, sdk_response};
use nines::system::System;
use outcome::Failure;
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::{Notify, Semaphore};

use crate::world::{Dump, Event, World, WorldError};
pub use lost::Lost;
use reach::Reach;

/// The most schedules of one scenario; a scenario with more is too big to be exhausted.
pub const SCHEDULES_MAX: usize = 20_000;

/// The deliveries that an event gets before it counts as stuck.
pub const DELIVERIES_MAX: usize = 12;

/// The most SDK calls in one schedule; a handler with more loops.
pub const CALLS_MAX: usize = 2_000;

/// The time limit of a delivery, as Lambda's: 15 min × 60 s. Time jumps, so the wait costs nothing.
const DELIVERY_LIMIT: Duration = Duration::from_secs(15 * 60);

/// A condition that is always true, for use in place of another with its names and values.
const ALWAYS_TRUE: &str = "attribute_exists(PK) OR attribute_not_exists(PK)";

/// A fault of one SDK call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The process dies before the call reaches the service.
    CrashBefore,
    /// The process dies after the call was carried out.
    CrashAfter,
    /// The call is carried out and the client sees a timeout.
    LostResponse,
    /// The service throttles the call.
    Throttle,
    /// Another transaction holds the item.
    Conflict,
    /// The table refuses a transaction or answers no key of a batch, as a partition is throttled.
    HeldBack,
}

impl Fault {
    /// Returns the faults that make a difference to a call.
    fn befalling(call: &Call) -> &'static [Fault] {
        use Fault::{Conflict, CrashAfter, CrashBefore, HeldBack, LostResponse, Throttle};
        match (call.service, call.operation.as_str()) {
            (Service::DynamoDb, "TransactWriteItems") => {
                &[CrashBefore, CrashAfter, LostResponse, Throttle, Conflict, HeldBack]
            }
            (Service::DynamoDb, "BatchGetItem") => &[CrashBefore, Throttle, HeldBack],
            (Service::DynamoDb, "PutItem" | "UpdateItem" | "DeleteItem") => {
                &[CrashBefore, CrashAfter, LostResponse, Throttle, Conflict]
            }
            _ if call.is_write() => &[CrashBefore, CrashAfter, LostResponse, Throttle],
            // A lost answer to a read changes nothing: it equals a throttled read.
            _ => &[CrashBefore, Throttle],
        }
    }
}

/// A way to deliver an event to a process.
pub type Delivery =
    for<'a> fn(&'a System, &'a Event) -> Pin<Box<dyn Future<Output = Result<Value, Failure>> + 'a>>;

/// A handler under test: the world before, the events delivered, and the differences allowed afterwards.
#[derive(Clone)]
pub struct Scenario {
    /// The world before the deliveries.
    pub world: World,
    /// The events, delivered in order.
    pub events: Vec<Event>,
    /// The way to deliver them; by default, invoking the function that they name.
    pub delivery: Delivery,
    /// The most faults in one schedule.
    pub faults_max: usize,
    /// Attributes that may differ from the fault-free run.
    pub ignored_attributes: &'static [&'static str],
    /// Prefixes of the names of holdings that may differ, such as `notice ` or `item QUARANTINE#`.
    pub ignored_holdings: &'static [&'static str],
    /// A condition expression to treat as true, to show that the harness notices.
    pub weakened: Option<String>,
}

impl Scenario {
    /// Builds a scenario with one fault a schedule, in which nothing may differ.
    pub fn new(world: World, events: Vec<Event>) -> Self {
        let none: &[&str] = &[];
        Scenario {
            world,
            events,
            delivery: invoke,
            faults_max: 1,
            ignored_attributes: none,
            ignored_holdings: none,
            weakened: None,
        }
    }

    fn shown(&self, world: &World) -> Result<Dump, WorldError> {
        Ok(world.dump()?.without(self.ignored_attributes, self.ignored_holdings))
    }
}

fn invoke<'a>(
    process: &'a System,
    event: &'a Event,
) -> Pin<Box<dyn Future<Output = Result<Value, Failure>> + 'a>> {
    Box::pin(async { process.invoke_alone(event.function, event.payload.to_string().as_bytes()).await })
}

/// The result of exhausting a scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The SDK calls of the fault-free run, such as `dynamodb:GetItem`.
    pub calls: Vec<String>,
    /// The schedules tried.
    pub schedules: usize,
    /// Every condition expression that the fault-free run sent.
    pub conditions: Vec<String>,
}

/// A reason why a scenario does not hold, or could not be tried.
#[derive(Debug, thiserror::Error)]
pub enum FaultError {
    /// The world failed.
    #[error(transparent)]
    World(#[from] WorldError),
    /// The runtime could not be built.
    #[error("the runtime could not be built: {0}")]
    Runtime(#[from] std::io::Error),
    /// A schedule ended in another state than the fault-free run.
    #[error("after [{schedule}] the world differs from the fault-free one:\n{difference}")]
    Differs {
        /// The faults or steps, in order.
        schedule: String,
        /// The difference.
        difference: String,
    },
    /// An event was refused that succeeds in the fault-free run.
    #[error("after [{schedule}] {function} was refused: {message}")]
    Refused {
        /// The faults or steps, in order.
        schedule: String,
        /// The function.
        function: &'static str,
        /// The refusal's message.
        message: String,
    },
    /// An event does not succeed, however often it is delivered.
    #[error("after [{schedule}] {function} is stuck: {DELIVERIES_MAX} deliveries, the last one: {message}")]
    Stuck {
        /// The faults or steps, in order.
        schedule: String,
        /// The function.
        function: &'static str,
        /// The last message.
        message: String,
    },
    /// The test's own check of the world failed.
    #[error("after [{schedule}]: {message}")]
    Unfit {
        /// The faults or steps, in order.
        schedule: String,
        /// The finding.
        message: String,
    },
    /// There are more schedules than the limit.
    #[error("more than {SCHEDULES_MAX} schedules: make the scenario smaller")]
    TooMany,
}

/// Builds the runtime of a fault test: one thread, and time that jumps over every wait.
pub fn runtime() -> std::io::Result<Runtime> {
    Builder::new_current_thread().enable_all().start_paused(true).build()
}

/// Tries every fault at every SDK call of the scenario's deliveries, and each event twice.
pub fn every(scenario: &Scenario) -> Result<Report, FaultError> {
    let runtime = runtime()?;
    let mut report = Report { calls: Vec::new(), schedules: 0, conditions: Vec::new() };
    let mut expected: Option<Dump> = None;
    let mut choices = Gen::new();
    while !choices.done() {
        report.schedules += 1;
        if report.schedules > SCHEDULES_MAX {
            return Err(FaultError::TooMany);
        }
        let weather = Arc::new(Weather::new(choices, scenario));
        let world = runtime.block_on(deliver(scenario, &weather, &scenario.events))?;
        let seen = weather.finish();
        choices = seen.choices;
        let shown = scenario.shown(&world)?;
        match &expected {
            None => {
                (report.calls, report.conditions) = (seen.calls, seen.conditions);
                expected = Some(shown);
            }
            Some(expected) => compare(expected, &shown, seen.struck.join(", "))?,
        }
    }
    if let Some(expected) = &expected {
        report.schedules += twice(&runtime, scenario, expected)?;
    }
    Ok(report)
}

/// Delivers each event once more: right after its success, and after all others.
fn twice(runtime: &Runtime, scenario: &Scenario, expected: &Dump) -> Result<usize, FaultError> {
    let mut schedules = 0;
    for (place, event) in scenario.events.iter().enumerate() {
        for again_at in [place + 1, scenario.events.len()] {
            let mut events = scenario.events.clone();
            events.insert(again_at, event.clone());
            let weather = Arc::new(Weather::fair(scenario));
            let world = runtime.block_on(deliver(scenario, &weather, &events))?;
            compare(expected, &scenario.shown(&world)?, format!("event {place} twice"))?;
            schedules += 1;
        }
    }
    Ok(schedules)
}

fn compare(expected: &Dump, shown: &Dump, schedule: String) -> Result<(), FaultError> {
    if shown == expected {
        return Ok(());
    }
    Err(FaultError::Differs { schedule, difference: expected.difference(shown) })
}

/// Delivers events to a fork of the scenario's world, each until it succeeds.
async fn deliver(scenario: &Scenario, weather: &Arc<Weather>, events: &[Event]) -> Result<World, FaultError> {
    let world = scenario.world.fork()?;
    for event in events {
        deliver_until_done(scenario, &world, weather, event).await?;
    }
    Ok(world)
}

async fn deliver_until_done(
    scenario: &Scenario,
    world: &World,
    weather: &Arc<Weather>,
    event: &Event,
) -> Result<(), FaultError> {
    let mut last = String::new();
    for _ in 0..DELIVERIES_MAX {
        let process = world.process(weather.clone())?;
        let outcome = tokio::select! {
            biased;
            () = weather.crashed.notified() => Verdict::Again("the process died".to_owned()),
            outcome = (scenario.delivery)(&process, event) => verdict(outcome),
            () = tokio::time::sleep(DELIVERY_LIMIT) => Verdict::Again("it took too long".to_owned()),
        };
        world.keeps_to_roles()?;
        match outcome {
            Verdict::Done => return Ok(()),
            Verdict::Again(reason) => last = reason,
            Verdict::Refused(message) => {
                let schedule = weather.schedule();
                return Err(FaultError::Refused { schedule, function: event.function, message });
            }
        }
    }
    Err(FaultError::Stuck { schedule: weather.schedule(), function: event.function, message: last })
}

/// The sender's reading of an answer.
enum Verdict {
    Done,
    Again(String),
    Refused(String),
}

fn verdict(outcome: Result<Value, Failure>) -> Verdict {
    match outcome {
        Ok(answer) => match answer.get("batchItemFailures").and_then(Value::as_array) {
            Some(failures) if !failures.is_empty() => Verdict::Again(answer.to_string()),
            _ => Verdict::Done,
        },
        Err(failure) => {
            let message = format!("{}: {}", failure.error_type(), failure.message());
            if failure.is_fault() { Verdict::Again(message) } else { Verdict::Refused(message) }
        }
    }
}

/// Chooses a fault or none for each call, as the enumeration goes.
struct Weather {
    state: Mutex<ScheduleState>,
    crashed: Arc<Notify>,
    weakened: Option<String>,
}

/// The choices and calls of one schedule.
struct ScheduleState {
    choices: Gen,
    faults_left: usize,
    calls: Vec<String>,
    conditions: Vec<String>,
    struck: Vec<String>,
}

impl Weather {
    fn new(choices: Gen, scenario: &Scenario) -> Self {
        let seen = ScheduleState {
            choices,
            faults_left: scenario.faults_max,
            calls: Vec::new(),
            conditions: Vec::new(),
            struck: Vec::new(),
        };
        Weather { state: Mutex::new(seen), crashed: Arc::default(), weakened: scenario.weakened.clone() }
    }

    /// Builds a weather without faults.
    fn fair(scenario: &Scenario) -> Self {
        let weather = Weather::new(Gen::new(), scenario);
        weather.with(|seen| seen.faults_left = 0);
        weather
    }

    fn with<T>(&self, look: impl FnOnce(&mut ScheduleState) -> T) -> T {
        look(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn schedule(&self) -> String {
        self.with(|seen| seen.struck.join(", "))
    }

    /// Takes the record of the schedule, with the enumeration in it.
    fn finish(&self) -> ScheduleState {
        let empty = ScheduleState {
            choices: Gen::new(),
            faults_left: 0,
            calls: Vec::new(),
            conditions: Vec::new(),
            struck: Vec::new(),
        };
        self.with(|seen| std::mem::replace(seen, empty))
    }

    fn choose(&self, call: &Call) -> Option<Fault> {
        self.with(|seen| {
            seen.calls.push(call.to_string());
            note_conditions(&serde_json::from_slice(&call.body).unwrap_or_default(), &mut seen.conditions);
            if seen.faults_left == 0 || seen.calls.len() > CALLS_MAX {
                return None;
            }
            let faults = Fault::befalling(call);
            let choice = seen.choices.r#gen(faults.len());
            let fault = *faults.get(choice.checked_sub(1)?)?;
            seen.faults_left -= 1;
            seen.struck.push(format!("{fault:?} at call {} {call}", seen.calls.len()));
            Some(fault)
        })
    }
}

impl Passage for Weather {
    fn pass(&self, call: Call, onward: Onward) -> AnswerFuture {
        let fault = self.choose(&call);
        let body = weaken(call.body.clone(), self.weakened.as_deref());
        let crashed = self.crashed.clone();
        Box::pin(async move {
            match fault {
                None => onward(body).await,
                Some(Fault::CrashBefore) => die(&crashed).await,
                Some(Fault::CrashAfter) => {
                    let _ = onward(body).await;
                    die(&crashed).await
                }
                Some(Fault::LostResponse) => {
                    let _ = onward(body).await;
                    Err(ConnectorError::timeout("the response was lost".into()))
                }
                Some(Fault::Throttle) => sdk_response(throttled(call.service)),
                Some(Fault::Conflict) => sdk_response(conflict(&call)),
                Some(Fault::HeldBack) => sdk_response(held_back(&call)),
            }
        })
    }
}

/// Ends the process: the caller drops the handler's future, and this one never returns.
async fn die<T>(crashed: &Notify) -> T {
    crashed.notify_one();
    std::future::pending().await
}

fn throttled(service: Service) -> Reply {
    match service {
        Service::DynamoDb => dynamodb_error(json!({
            "__type": "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException",
            "message": "too fast",
        })),
        Service::Sns => reply(
            StatusCode::BAD_REQUEST,
            "text/xml",
            "<ErrorResponse><Error><Type>Sender</Type><Code>Throttling</Code><Message>too fast</Message>\
             </Error><RequestId>local</RequestId></ErrorResponse>",
        ),
        Service::S3 => reply(
            StatusCode::SERVICE_UNAVAILABLE,
            "application/xml",
            "<Error><Code>SlowDown</Code><Message>too fast</Message></Error>",
        ),
        Service::Sqs | Service::Ssm => reply(
            StatusCode::BAD_REQUEST,
            "application/x-amz-json-1.1",
            json!({ "__type": "ThrottlingException", "message": "too fast" }).to_string(),
        ),
        Service::Scheduler => {
            let body = json!({ "Message": "too fast" }).to_string();
            let mut refused = reply(StatusCode::TOO_MANY_REQUESTS, "application/json", body);
            let kind = HeaderValue::from_static("ThrottlingException");
            refused.headers_mut().insert("x-amzn-errortype", kind);
            refused
        }
    }
}

fn conflict(call: &Call) -> Reply {
    let body: Value = serde_json::from_slice(&call.body).unwrap_or_default();
    let prefix = "com.amazonaws.dynamodb.v20120810#";
    let Some(items) = body.get("TransactItems").and_then(Value::as_array) else {
        return dynamodb_error(json!({
            "__type": format!("{prefix}TransactionConflictException"),
            "message": "another transaction holds the item",
        }));
    };
    cancelled(items.len(), "TransactionConflict")
}

/// Answers that a transaction was cancelled because of its first item alone.
fn cancelled(items: usize, code: &str) -> Reply {
    let reasons: Vec<Value> =
        (0..items).map(|place| json!({ "Code": if place == 0 { code } else { "None" } })).collect();
    dynamodb_error(json!({
        "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
        "Message": "the first item was in the way",
        "CancellationReasons": reasons,
    }))
}

/// Leaves all of a batch's keys unprocessed, or cancels a transaction.
fn held_back(call: &Call) -> Reply {
    let body: Value = serde_json::from_slice(&call.body).unwrap_or_default();
    match body.get("TransactItems").and_then(Value::as_array) {
        Some(items) => cancelled(items.len(), "ThrottlingError"),
        None => {
            let answer = json!({ "Responses": {}, "UnprocessedKeys": body.get("RequestItems") });
            reply(StatusCode::OK, "application/x-amz-json-1.0", answer.to_string())
        }
    }
}

fn dynamodb_error(body: Value) -> Reply {
    reply(StatusCode::BAD_REQUEST, "application/x-amz-json-1.0", body.to_string())
}

/// Collects the distinct condition expressions of a request.
fn note_conditions(request: &Value, into: &mut Vec<String>) {
    match request {
        Value::Object(fields) => {
            if let Some(condition) = fields.get("ConditionExpression").and_then(Value::as_str)
                && !into.iter().any(|known| known == condition)
            {
                into.push(condition.to_owned());
            }
            fields.values().for_each(|value| note_conditions(value, into));
        }
        Value::Array(values) => values.iter().for_each(|value| note_conditions(value, into)),
        _ => {}
    }
}

/// Replaces one condition expression, wherever it occurs in a request, by a true one.
fn weaken(body: Bytes, condition: Option<&str>) -> Bytes {
    let Some(condition) = condition else { return body };
    let Ok(mut request) = serde_json::from_slice(&body) else { return body };
    weaken_value(&mut request, condition);
    Bytes::from(request.to_string())
}

fn weaken_value(request: &mut Value, condition: &str) {
    match request {
        Value::Object(fields) => {
            for (name, value) in fields {
                if name == "ConditionExpression" && value == condition {
                    *value = json!(format!("({condition}) OR {ALWAYS_TRUE}"));
                } else {
                    weaken_value(value, condition);
                }
            }
        }
        Value::Array(values) => values.iter_mut().for_each(|value| weaken_value(value, condition)),
        _ => {}
    }
}

/// Tries two deliveries with their SDK calls in every order that can make a difference. Two calls commute if
/// neither writes a partition that the other reaches; of orders that differ only in such pairs, one is tried
/// (sleep sets). Each order must end as one delivery after the other does, pass `fit`, and survive delivering
/// both events again.
pub fn interleaved(
    scenario: &Scenario,
    fit: impl Fn(&World) -> Result<(), String>,
) -> Result<Report, FaultError> {
    let runtime = runtime()?;
    let [first, second] = scenario.events.as_slice() else {
        let message = format!("two events are interleaved, not {}", scenario.events.len());
        return Err(FaultError::Unfit { schedule: String::new(), message });
    };
    let mut serial = Vec::new();
    let mut report = Report { calls: Vec::new(), schedules: 0, conditions: Vec::new() };
    for order in [[first, second], [second, first]] {
        let weather = Arc::new(Weather::fair(scenario));
        let world = runtime.block_on(deliver(scenario, &weather, &order.map(Clone::clone)))?;
        fit(&world).map_err(|message| FaultError::Unfit { schedule: "one by one".to_owned(), message })?;
        serial.push(scenario.shown(&world)?);
        let seen = weather.finish();
        (report.calls, report.conditions) = (seen.calls, seen.conditions);
    }
    let mut choices = Gen::new();
    while !choices.done() {
        report.schedules += 1;
        if report.schedules > SCHEDULES_MAX {
            return Err(FaultError::TooMany);
        }
        let world = scenario.world.fork()?;
        let schedule = runtime.block_on(interleave(scenario, &world, [first, second], &mut choices))?;
        fit(&world).map_err(|message| FaultError::Unfit { schedule: schedule.clone(), message })?;
        let shown = scenario.shown(&world)?;
        if let Some(expected) = serial.first()
            && !serial.contains(&shown)
        {
            return Err(FaultError::Differs { schedule, difference: expected.difference(&shown) });
        }
    }
    Ok(report)
}

/// Runs two deliveries, each held at every SDK call until it is chosen. Returns the order.
async fn interleave(
    scenario: &Scenario,
    world: &World,
    events: [&Event; 2],
    choices: &mut Gen,
) -> Result<String, FaultError> {
    let gates = [(); 2].map(|()| Arc::new(Gate::new(scenario.weakened.clone())));
    let processes = [world.process(gates[0].clone())?, world.process(gates[1].clone())?];
    let mut runs = [0, 1].map(|side| Some((scenario.delivery)(&processes[side], events[side])));
    let mut steps = Vec::new();
    let mut asleep = None;
    let mut unfinished = Vec::new();
    let mut side_next = Some(0);
    for _ in 0..CALLS_MAX {
        let Some(side) = side_next else { break };
        if let Some(run) = &mut runs[side] {
            let outcome = tokio::select! {
                biased;
                outcome = run => Some(verdict(outcome)),
                () = gates[side].reached.notified() => None,
                () = tokio::time::sleep(DELIVERY_LIMIT) => Some(Verdict::Again("it took too long".to_owned())),
            };
            if let Some(verdict) = outcome {
                runs[side] = None;
                unfinished.extend((!matches!(verdict, Verdict::Done)).then_some(side));
            }
        }
        side_next = choose_side(&runs.each_ref().map(Option::is_some), &gates, &mut asleep, choices);
        if let Some(side) = side_next
            && gates[side].open()
        {
            steps.push(format!("{}", side + 1));
        }
    }
    drop(runs);
    world.keeps_to_roles()?;
    for side in unfinished {
        let weather = Arc::new(Weather::fair(scenario));
        deliver_until_done(scenario, world, &weather, events[side]).await?;
    }
    Ok(steps.join(" "))
}

/// Chooses the next side. A side that has not begun runs to its first call; then the orders are tried. A side
/// whose call was tried before the other's sleeps while the calls commute: until then no order is new.
fn choose_side(
    running: &[bool; 2],
    gates: &[Arc<Gate>; 2],
    asleep: &mut Option<usize>,
    choices: &mut Gen,
) -> Option<usize> {
    let side = match running {
        [true, true] if !gates[1].was_reached() => return Some(1),
        [true, true] => match *asleep {
            Some(sleeper) => 1 - sleeper,
            None => {
                let side = choices.r#gen(1);
                let commute = gates[0].reach().commutes_with(&gates[1].reach());
                *asleep = (side == 1 && commute).then_some(0);
                side
            }
        },
        [true, false] => 0,
        [false, true] => 1,
        [false, false] => return None,
    };
    if asleep.is_some_and(|sleeper| !gates[sleeper].reach().commutes_with(&gates[side].reach())) {
        *asleep = None;
    }
    Some(side)
}

/// Holds each SDK call of one delivery until the gate opens.
struct Gate {
    reached: Notify,
    permits: Arc<Semaphore>,
    held: Mutex<HeldCalls>,
    weakened: Option<String>,
}

/// The calls held at a gate.
#[derive(Default)]
struct HeldCalls {
    waiting: usize,
    reach: Reach,
    ever: bool,
}

impl Gate {
    fn new(weakened: Option<String>) -> Self {
        let permits = Arc::new(Semaphore::new(0));
        Gate { reached: Notify::new(), permits, held: Mutex::default(), weakened }
    }

    /// True if any call has arrived so far.
    fn was_reached(&self) -> bool {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).ever
    }

    /// Lets the held calls through: one, or those that a handler makes at once. Returns true if there were
    /// any.
    fn open(&self) -> bool {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = std::mem::take(&mut held.waiting);
        held.reach = Reach::default();
        self.permits.add_permits(waiting);
        waiting > 0
    }

    /// Returns the partitions that the held calls reach.
    fn reach(&self) -> Reach {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).reach.clone()
    }

    fn arrive(&self, call: &Call) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.waiting += 1;
        held.reach.add(call);
        held.ever = true;
        self.reached.notify_one();
    }
}

impl Passage for Gate {
    fn pass(&self, call: Call, onward: Onward) -> AnswerFuture {
        self.arrive(&call);
        let permits = self.permits.clone();
        let body = weaken(call.body, self.weakened.as_deref());
        Box::pin(async move {
            match permits.acquire().await {
                Ok(permit) => permit.forget(),
                Err(closed) => return Err(ConnectorError::other(closed.into(), None)),
            }
            onward(body).await
        })
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} schedules over {} calls: {}", self.schedules, self.calls.len(), self.calls.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::error::DisplayErrorContext;
    use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
    use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem, Update};
    use nines::system::TABLE;
    use shell::{OneShot, ScheduleError};

    use super::*;

    type Outcome = Result<Value, Failure>;

    fn text(value: &str) -> AttributeValue {
        AttributeValue::S(value.to_owned())
    }

    fn failed(error: impl std::error::Error) -> Failure {
        Failure::unexpected(DisplayErrorContext(error).to_string())
    }

    /// Locks, pays, marks as done: the usual way, which pays twice.
    async fn pay_under_a_lock(process: &System, event: &Event) -> Outcome {
        let id = event.payload.to_string();
        let client = process.dynamodb();
        let key = |name: &str| (text(name), text("-"));
        let (lock, sort) = key(&id);
        let locked = client.put_item().table_name(TABLE).item("PK", lock.clone()).item("SK", sort.clone());
        let locked = locked.condition_expression("attribute_not_exists(PK)").send().await;
        if let Err(error) = locked {
            if !error.as_service_error().is_some_and(|e| e.is_conditional_check_failed_exception()) {
                return Err(failed(error));
            }
            let found = client.get_item().table_name(TABLE).key("PK", lock.clone()).key("SK", sort.clone());
            let found = found.consistent_read(true).send().await.map_err(failed)?;
            if found.item().is_some_and(|item| item.contains_key("done")) {
                return Ok(Value::Null);
            }
        }
        let (ledger, ledger_sort) = key("ledger");
        let paid = client.update_item().table_name(TABLE).key("PK", ledger).key("SK", ledger_sort);
        let paid = paid.update_expression("ADD amount :a");
        paid.expression_attribute_values(":a", AttributeValue::N("100".to_owned()))
            .send()
            .await
            .map_err(failed)?;
        let done = client.update_item().table_name(TABLE).key("PK", lock).key("SK", sort);
        let done = done.update_expression("SET done = :d").expression_attribute_values(":d", text("yes"));
        done.send().await.map_err(failed)?;
        Ok(Value::Null)
    }

    /// Inbox and effect in one transaction: once, whatever happens.
    async fn pay_in_one_transaction(process: &System, event: &Event) -> Outcome {
        let inbox = Put::builder().table_name(TABLE).item("PK", text(&event.payload.to_string()));
        let inbox =
            inbox.item("SK", text("-")).condition_expression("attribute_not_exists(PK)").build().unwrap();
        let ledger = Update::builder().table_name(TABLE).key("PK", text("ledger")).key("SK", text("-"));
        let ledger = ledger.update_expression("ADD amount :a");
        let ledger = ledger.expression_attribute_values(":a", AttributeValue::N("100".to_owned()));
        let paid = process
            .dynamodb()
            .transact_write_items()
            .transact_items(TransactWriteItem::builder().put(inbox).build())
            .transact_items(TransactWriteItem::builder().update(ledger.build().unwrap()).build())
            .send()
            .await;
        match paid {
            Ok(_) => Ok(Value::Null),
            Err(error) => match error.as_service_error() {
                Some(TransactWriteItemsError::TransactionCanceledException(canceled))
                    if canceled.cancellation_reasons().first().and_then(|reason| reason.code())
                        == Some("ConditionalCheckFailed") =>
                {
                    Ok(Value::Null)
                }
                _ => Err(failed(error)),
            },
        }
    }

    fn scenario(delivery: Delivery, events: &[&str]) -> Scenario {
        let world = runtime().unwrap().block_on(World::at("2026-06-01T00:00:00Z")).unwrap();
        let events = events.iter().map(|id| Event::new("run-desk", json!(id))).collect();
        Scenario { delivery, faults_max: 2, ..Scenario::new(world, events) }
    }

    fn locked(events: &[&str]) -> Scenario {
        scenario(|process, event| Box::pin(pay_under_a_lock(process, event)), events)
    }

    fn atomic(events: &[&str]) -> Scenario {
        scenario(|process, event| Box::pin(pay_in_one_transaction(process, event)), events)
    }

    #[test]
    fn one_transaction_survives_every_pair_of_faults_and_a_lock_does_not() {
        let report = every(&atomic(&["e1", "e2"])).unwrap();
        assert_eq!(report.calls, ["dynamodb:TransactWriteItems"; 2]);
        assert!(report.schedules > 50, "{report}");
        println!("{report}");
        let error = every(&locked(&["e1"])).unwrap_err().to_string();
        assert!(error.contains("dynamodb:UpdateItem"), "{error}");
        assert!(error.contains(r#""amount":{"N":"200"}"#), "{error}");
    }

    #[test]
    fn a_condition_taken_as_true_turns_the_harness_red() {
        let whole = every(&atomic(&["e1"])).unwrap();
        assert_eq!(whole.conditions, ["attribute_not_exists(PK)"]);
        let weakened = Scenario { weakened: whole.conditions.first().cloned(), ..atomic(&["e1"]) };
        assert!(matches!(every(&weakened), Err(FaultError::Differs { .. })));
    }

    /// Makes a schedule and removes another one. A failing call is no fault here: the SDK tries again.
    async fn arm_and_disarm(process: &System, name: &str) -> Outcome {
        let at = process.clock().now().plus_s(60);
        let one = OneShot { name: name.to_owned(), at, input: "{}".to_owned() };
        let refused = |error: ScheduleError| Failure::BadRequest(DisplayErrorContext(error).to_string());
        process.schedules().arm(&one).await.map_err(refused)?;
        process.schedules().disarm("another").await.map_err(refused)?;
        Ok(Value::Null)
    }

    #[test]
    fn every_fault_befalls_the_scheduler_as_well() {
        let named = scenario(|process, _| Box::pin(arm_and_disarm(process, "one")), &["e1"]);
        let report = every(&Scenario { faults_max: 1, ..named }).unwrap();
        assert_eq!(report.calls, ["scheduler:CreateSchedule", "scheduler:DeleteSchedule"]);
        // The fault-free run, four faults at each of two calls, and the event twice in two ways.
        assert_eq!(report.schedules, 1 + 2 * 4 + 2);
        let numbered = scenario(
            |process, _| {
                let name = format!("one-{}", process.engines().schedules().all().len());
                Box::pin(async move { arm_and_disarm(process, &name).await })
            },
            &["e1"],
        );
        let error = every(&numbered).unwrap_err().to_string();
        assert!(error.contains("+ schedule one-1"), "{error}");
    }

    #[test]
    fn two_deliveries_meet_in_every_order() {
        let report = interleaved(&atomic(&["e1", "e1"]), |_| Ok(())).unwrap();
        assert_eq!(report.schedules, 2);
        let error = interleaved(&locked(&["e1", "e1"]), |_| Ok(())).unwrap_err();
        assert!(matches!(error, FaultError::Differs { .. }), "{error}");
    }
}
