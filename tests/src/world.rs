//! A world for one test: the whole system in memory under a virtual clock, seeded by invocations, and shown
//! as one canonical dump of its content.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::http::StatusCode;
use events::command::CommandName;
use nines::error::LocalError;
use nines::stand_ins::topics::PublishedMessage;
use nines::stand_ins::wire::{OpenPassage, Passage};
use nines::system::{Engines, System, TABLE, VantageSettings};
use outcome::{Clock, Failure};
use serde_json::{Value, json};
use sla::{Instant, sha256_hex};

use crate::calls::{Calls, CallsError, Record};

/// The most pages of a scan of a test's table; 64 × 1 MB.
const DUMP_PAGES_MAX: usize = 64;

/// One invocation of a function.
#[derive(Clone, Debug)]
pub struct Event {
    /// The function's name.
    pub function: &'static str,
    /// The event.
    pub payload: Value,
}

impl Event {
    /// Builds an invocation of `function` with `payload`.
    pub fn new(function: &'static str, payload: Value) -> Self {
        Event { function, payload }
    }

    /// True if a form at the desk does the same.
    fn has_form(&self) -> bool {
        self.function == "publish-terms" || self.command().is_some_and(CommandName::changes)
    }

    /// Returns the command of staff that the event carries.
    fn command(&self) -> Option<CommandName> {
        let name = self.payload.get("command").and_then(Value::as_str).unwrap_or_default();
        CommandName::of(name).filter(|_| self.function == "run-desk")
    }
}

/// A reason why a world could not be made, used or shown.
#[derive(Debug, thiserror::Error)]
pub enum WorldError {
    /// The program around the functions failed.
    #[error("{}", .0.explain())]
    Local(#[from] LocalError),
    /// A function refused or failed where the test expects an answer.
    #[error("{function} was refused: {error_type}: {message}")]
    Refused {
        /// The function.
        function: &'static str,
        /// The error's type.
        error_type: String,
        /// The message.
        message: String,
    },
    /// The portal answered otherwise than the test expects.
    #[error("{path} was answered with {status}: {text}")]
    Answered {
        /// The path requested.
        path: String,
        /// The answer's status.
        status: StatusCode,
        /// Its body.
        text: String,
    },
    /// A test's instant is malformed.
    #[error("{0}")]
    Instant(String),
    /// A function made a call that its role would not allow.
    #[error(transparent)]
    Calls(#[from] CallsError),
    /// The table could not be read.
    #[error("the table could not be read: {0}")]
    Table(String),
}

/// One test's system in memory. Clones share it.
#[derive(Clone)]
pub struct World {
    engines: Engines,
    clock: Clock,
    /// The functions' calls, here and in forks.
    record: Record,
    /// The calls of those events that a form at the desk does as well.
    record_of_forms: Record,
    /// Names of the commands that were given, here and in forks.
    commands: Arc<Mutex<BTreeSet<&'static str>>>,
    /// The permissions of the roles; none if the world is there to record them.
    allowed: Option<&'static Calls>,
}

impl World {
    /// Builds an empty world whose clock stands at `now`.
    pub async fn at(now: &str) -> Result<Self, WorldError> {
        Ok(World { allowed: Some(Calls::committed()?), ..World::without_roles(now).await? })
    }

    /// Builds an empty world in which functions may make any call.
    pub async fn without_roles(now: &str) -> Result<Self, WorldError> {
        let (engines, clock) = (Engines::memory().await?, Clock::virtual_at(instant(now)?));
        Ok(World {
            engines,
            clock,
            record: Record::default(),
            record_of_forms: Record::default(),
            commands: Arc::default(),
            allowed: None,
        })
    }

    /// Returns an independent copy.
    pub fn fork(&self) -> Result<Self, WorldError> {
        Ok(World {
            engines: self.engines.fork()?,
            clock: Clock::virtual_at(self.clock.now()),
            ..self.clone()
        })
    }

    /// Advances the clock.
    pub fn advance_to(&self, now: &str) -> Result<(), WorldError> {
        self.clock.advance_to(instant(now)?);
        Ok(())
    }

    /// Builds a new process over this world, whose SDK calls go through the passage.
    pub fn process(&self, passage: Arc<dyn Passage>) -> Result<System, WorldError> {
        let process = System::over(self.engines.clone(), self.clock.clone(), self.record.before(passage))?;
        Ok(process.checking_from(nobody_outside()))
    }

    /// Invokes a function and pumps the stream.
    pub async fn invoke(&self, event: &Event) -> Result<Result<Value, Failure>, WorldError> {
        self.given().extend(event.command().map(CommandName::as_str));
        let open: Arc<dyn Passage> = Arc::new(OpenPassage);
        let process =
            self.process(if event.has_form() { self.record_of_forms.before(open) } else { open })?;
        // Boxed: the handlers' futures are large, and a test that awaits many would overflow its stack.
        let outcome = Box::pin(process.invoke(event.function, event.payload.to_string().as_bytes())).await;
        self.keeps_to_roles()?;
        Ok(outcome)
    }

    /// Invokes functions one after the other; each must answer.
    pub async fn seed(&self, events: &[Event]) -> Result<Vec<Value>, WorldError> {
        let mut answers = Vec::with_capacity(events.len());
        for event in events {
            answers.push(answered(event, self.invoke(event).await?)?);
        }
        Ok(answers)
    }

    /// Invokes functions one after the other, without pumping the stream: their notices stay in the outbox.
    /// Each must answer.
    pub async fn seed_unsent(&self, events: &[Event]) -> Result<(), WorldError> {
        let process = self.process(Arc::new(OpenPassage))?;
        for event in events {
            let outcome = process.invoke_alone(event.function, event.payload.to_string().as_bytes()).await;
            self.keeps_to_roles()?;
            answered(event, outcome)?;
        }
        Ok(())
    }

    /// Fails if a function made a call, in this world or a fork of it, that its role does not allow.
    pub fn keeps_to_roles(&self) -> Result<(), WorldError> {
        Ok(self.allowed.map_or(Ok(()), |allowed| self.record.allowed_by(allowed))?)
    }

    /// Returns the functions' calls in this world and its forks.
    pub fn calls(&self) -> Calls {
        self.record.calls()
    }

    /// Returns the functions' calls for events that a form at the desk does as well.
    pub fn calls_of_forms(&self) -> Calls {
        self.record_of_forms.calls()
    }

    /// Returns the names of the commands that were given in this world and its forks.
    pub fn commands(&self) -> BTreeSet<&'static str> {
        self.given().clone()
    }

    fn given(&self) -> MutexGuard<'_, BTreeSet<&'static str>> {
        self.commands.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the clock, which stands still.
    pub fn clock(&self) -> Clock {
        self.clock.clone()
    }

    /// Returns the engines.
    pub fn engines(&self) -> &Engines {
        &self.engines
    }

    /// Returns every published message, in order.
    pub fn published(&self) -> Result<Vec<PublishedMessage>, WorldError> {
        Ok(self.engines.topics().published()?)
    }

    /// Returns everything in this world, in canonical form, but for the requests of a customer's day: what
    /// was asked counts, whatever becomes of it, and again when it is sent again.
    pub fn dump(&self) -> Result<Dump, WorldError> {
        let mut holdings = self.table_items()?;
        for published in self.published()? {
            // A notice may be published more than once: it counts by its id.
            let id = published.message.get("notice_id").cloned().unwrap_or_default();
            holdings.insert(format!("notice {} {id}", published.topic), json!(published));
        }
        let topics = self.engines.topics();
        for (name, attributes) in topics.register().topics {
            holdings.insert(format!("topic {name}"), json!(attributes));
        }
        for (arn, subscribed) in topics.register().subscriptions {
            holdings.insert(format!("subscription {arn}"), json!(subscribed));
        }
        for delivered in topics.delivered()? {
            let name = format!("delivery {} {}", delivered.endpoint, delivered.notice_id);
            holdings.insert(name, json!(delivered));
        }
        for schedule in self.engines.schedules().all() {
            holdings.insert(format!("schedule {}", schedule.name), schedule.definition);
        }
        add_files(&self.engines.objects(), "", &mut holdings)?;
        Ok(Dump(holdings))
    }

    fn table_items(&self) -> Result<BTreeMap<String, Value>, WorldError> {
        let fault = |e: &dyn fmt::Display| WorldError::Table(e.to_string());
        let mut items = BTreeMap::new();
        let mut start = Value::Null;
        for _ in 0..DUMP_PAGES_MAX {
            let mut request = json!({ "TableName": TABLE });
            if let (Some(fields), false) = (request.as_object_mut(), start.is_null()) {
                fields.insert("ExclusiveStartKey".to_owned(), start);
            }
            let request = serde_json::from_value(request).map_err(|e| fault(&e))?;
            let page = self.engines.database().scan(request).map_err(|e| fault(&e))?;
            let page = serde_json::to_value(page).map_err(|e| fault(&e))?;
            for item in page.get("Items").and_then(Value::as_array).into_iter().flatten() {
                let key = |name: &str| item.pointer(name).and_then(Value::as_str).unwrap_or("?").to_owned();
                if !key("/SK/S").starts_with("ASKED#") {
                    items.insert(format!("item {} {}", key("/PK/S"), key("/SK/S")), in_order(item.clone()));
                }
            }
            start = page.get("LastEvaluatedKey").cloned().unwrap_or_default();
            if start.is_null() {
                return Ok(items);
            }
        }
        Err(WorldError::Table(format!("it has more than {DUMP_PAGES_MAX} pages")))
    }
}

/// Returns a vantage whose controls are of this machine and never answer: what is checked from it is unknown.
fn nobody_outside() -> VantageSettings {
    VantageSettings { controls: "localhost:1,localhost:2".to_owned(), ..VantageSettings::default() }
}

fn answered(event: &Event, outcome: Result<Value, Failure>) -> Result<Value, WorldError> {
    outcome.map_err(|failure| WorldError::Refused {
        function: event.function,
        error_type: failure.error_type().to_owned(),
        message: failure.message(),
    })
}

/// The content of a world: table items, notices, schedules, objects, each under its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dump(pub BTreeMap<String, Value>);

impl Dump {
    /// Returns the dump without some attributes, wherever they occur, and without holdings whose name begins
    /// with one of `names`.
    #[must_use]
    pub fn without(mut self, attributes: &[&str], names: &[&str]) -> Self {
        self.0.retain(|name, _| !names.iter().any(|prefix| name.starts_with(prefix)));
        for holding in self.0.values_mut() {
            if let Some(fields) = holding.as_object_mut() {
                fields.retain(|name, _| !attributes.contains(&name.as_str()));
            }
        }
        self
    }

    /// Lists the differences from another dump, a line each: `-` only here, `+` only there, `~` in both.
    pub fn difference(&self, other: &Dump) -> String {
        let mut lines = Vec::new();
        for (name, mine) in &self.0 {
            match other.0.get(name) {
                None => lines.push(format!("- {name}: {mine}")),
                Some(theirs) if theirs != mine => lines.push(format!("~ {name}:\n    {mine}\n    {theirs}")),
                Some(_) => {}
            }
        }
        let added = other.0.iter().filter(|(name, _)| !self.0.contains_key(*name));
        lines.extend(added.map(|(name, theirs)| format!("+ {name}: {theirs}")));
        lines.join("\n")
    }
}

impl fmt::Display for Dump {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|(name, holding)| writeln!(f, "{name}: {holding}"))
    }
}

/// Sorts the sets of an item, which have no order.
fn in_order(mut item: Value) -> Value {
    if let Some(fields) = item.as_object_mut() {
        for (name, value) in fields.iter_mut() {
            match value {
                Value::Array(members) if matches!(name.as_str(), "SS" | "NS" | "BS") => {
                    members.sort_by_key(ToString::to_string);
                }
                other => *other = in_order(std::mem::take(other)),
            }
        }
    }
    item
}

fn add_files(folder: &Path, prefix: &str, into: &mut BTreeMap<String, Value>) -> Result<(), WorldError> {
    let fault = |e| LocalError::io("read the folder", folder, e);
    for entry in fs::read_dir(folder).map_err(fault)? {
        let entry = entry.map_err(fault)?;
        let name = format!("{prefix}/{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            add_files(&entry.path(), &name, into)?;
        } else {
            let bytes = fs::read(entry.path()).map_err(fault)?;
            // A binary object is shown by its digest, so that different bytes look different.
            let shown = String::from_utf8(bytes).unwrap_or_else(|e| sha256_hex(e.as_bytes()));
            into.insert(format!("object {name}"), json!(shown));
        }
    }
    Ok(())
}

fn instant(text: &str) -> Result<Instant, WorldError> {
    text.parse().map_err(|e: sla::InstantError| WorldError::Instant(e.to_string()))
}
