//! Replays a scenario against the real functions under a virtual clock: before each line, the clock moves to
//! it and everything due by then runs. The same scenario gives the same bytes, each time.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use outcome::{Clock, Failure};
use serde::Serialize;
use serde_json::{Value, json};
use sla::Instant;

use crate::agenda::{Agenda, Errand, Kind};
use crate::commands::scenario::Line;
use crate::error::LocalError;
use crate::measure::invariants::{self, Receipts};
use crate::system::{System, copy_folder};

/// Desk commands after which the agenda reads the directory again.
const DIRECTORY_COMMANDS: [&str; 2] = ["register_service", "terminate_service"];

/// The function after which the agenda reads the terms again.
pub const PUBLISHING: &str = "publish-terms";

/// The folder of the exports, in the bucket and in a replay's results.
const EXPORTS_FOLDER: &str = "exports";

/// The answer to a line.
#[derive(Clone, Debug, Serialize)]
pub struct Response {
    /// The instant of the line.
    pub at: Instant,
    /// The function invoked.
    pub invoke: String,
    /// The answer or the refusal.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// An answer or a refusal.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// The function's answer.
    Ok(Value),
    /// The refusal: `errorType` and `errorMessage`.
    Error(Value),
}

/// A replay under way.
pub struct Replay {
    system: System,
    agenda: Agenda,
    receipts: Receipts,
    problems: Vec<String>,
    errand_count: u64,
    line_calls: u64,
}

impl Replay {
    /// Starts at `start`, with nothing due before it. The system's clock must be virtual.
    pub fn starting(system: System, start: Instant) -> Self {
        Self::with_agenda(system, Agenda::starting(start))
    }

    /// Starts with a given agenda.
    pub fn with_agenda(system: System, agenda: Agenda) -> Self {
        Replay {
            system,
            agenda,
            receipts: Receipts::default(),
            problems: Vec::new(),
            errand_count: 0,
            line_calls: 0,
        }
    }

    /// Runs everything due by `instant`, and moves the clock there.
    pub async fn pass_time(&mut self, instant: Instant) {
        while let Some(errand) = self.take_due(instant) {
            self.system.clock().advance_to(errand.at);
            if self.is_idle(&errand) {
                continue;
            }
            self.errand_count += 1;
            if let Err(failure) = self.system.invoke(&errand.function, errand.payload.as_bytes()).await
                && !errand.may_fail_so(&failure)
            {
                self.problems.push(describe(&errand, &failure));
            }
        }
        self.system.clock().advance_to(instant);
    }

    /// True if an errand is a sweep that would find nothing, as nine of ten do; a month has thousands.
    fn is_idle(&mut self, errand: &Errand) -> bool {
        if errand.kind != Kind::Sweep {
            return false;
        }
        self.system.finds_nothing(&errand.function, errand.at).unwrap_or_else(|error| {
            self.problems.push(error.explain());
            false
        })
    }

    fn take_due(&mut self, instant: Instant) -> Option<Errand> {
        self.system.take_due(&mut self.agenda, instant).unwrap_or_else(|error| {
            self.problems.push(error.explain());
            None
        })
    }

    /// Moves the clock to the line's instant and invokes its function.
    pub async fn perform(&mut self, line: &Line) -> Result<Response, LocalError> {
        self.pass_time(line.at).await;
        let payload = line.payload.as_str();
        let calls_before = self.system.tally().total();
        let answer = self.system.invoke_alone(&line.invoke, payload.as_bytes()).await;
        self.line_calls += self.system.tally().total() - calls_before;
        self.system.pump_what_was_written().await?;
        if line.invoke == "run-desk" && answer.is_ok() && changes_directory(payload) {
            self.agenda.set_services(self.system.services().await?);
        }
        if line.invoke == PUBLISHING && answer.is_ok() {
            self.agenda.set_terms(self.system.terms().await?);
        }
        if let Ok(answer) = &answer {
            self.problems.extend(self.receipts.add(line, answer));
        }
        let outcome = match answer {
            Ok(answer) => Outcome::Ok(answer),
            Err(failure) => Outcome::Error(failure_json(&failure)),
        };
        Ok(Response { at: line.at, invoke: line.invoke.clone(), outcome })
    }

    /// Returns the system.
    pub fn system(&self) -> &System {
        &self.system
    }

    /// Returns the counts of checks and ticket events so far.
    pub fn receipts(&self) -> &Receipts {
        &self.receipts
    }

    /// Returns the number of errands run so far.
    pub fn errand_count(&self) -> u64 {
        self.errand_count
    }

    /// Returns the number of SDK calls by the lines' own invocations so far.
    pub fn line_calls(&self) -> u64 {
        self.line_calls
    }

    /// Checks the invariants; lists those that do not hold, and the problems of the run.
    pub async fn problems(&self) -> Result<Vec<String>, LocalError> {
        let mut problems = self.problems.clone();
        problems.extend(invariants::check(&self.system).await?);
        Ok(problems)
    }
}

/// A request for a replay.
#[derive(Clone, Debug)]
pub struct Request {
    /// The lines, in order.
    pub lines: Vec<Line>,
    /// The instant at which it ends; with the last line if none.
    pub until: Option<Instant>,
    /// True if only the lines run, as in a record of another installation: no sweeps, month ends or daily
    /// runs. Deadlines fire all the same.
    pub as_invoked: bool,
    /// The folder for the results.
    pub out: PathBuf,
}

/// The totals of a replay.
#[derive(Clone, Debug, Serialize)]
pub struct Summary {
    /// Lines run.
    pub lines: u64,
    /// Lines refused.
    pub refused: u64,
    /// Errands run.
    pub errands: u64,
    /// Messages published.
    pub notices: u64,
    /// Statements stored, newest revisions only.
    pub statements: u64,
    /// SDK calls made by the functions, errands and stream included.
    pub sdk_calls: u64,
    /// SDK calls made by the lines' own invocations.
    pub line_calls: u64,
    /// Counts of checks and ticket events.
    pub receipts: Receipts,
}

/// Runs a scenario in memory and writes its results. Fails if an invariant does not hold.
pub async fn run(request: &Request) -> Result<Summary, LocalError> {
    let within = |line: &&Line| request.until.is_none_or(|until| line.at <= until);
    let start = request.lines.iter().find(within).map(|line| line.at).or(request.until);
    let start = start.unwrap_or(Instant::from_epoch_s(0));
    let agenda = if request.as_invoked { Agenda::blank() } else { Agenda::starting(start) };
    let mut replay = Replay::with_agenda(System::memory(Clock::virtual_at(start)).await?, agenda);
    let mut responses = Ndjson::create(&request.out, "responses.ndjson")?;
    let (mut lines, mut refused) = (0, 0);
    for line in request.lines.iter().filter(within) {
        let response = replay.perform(line).await?;
        lines += 1;
        refused += u64::from(matches!(response.outcome, Outcome::Error(_)));
        responses.write(&response)?;
    }
    if let Some(until) = request.until {
        replay.pass_time(until).await;
    }
    responses.finish()?;
    let statements = write_results(replay.system(), &request.out).await?;
    let summary = Summary {
        lines,
        refused,
        errands: replay.errand_count(),
        notices: replay.system().engines().topics().published_count() as u64,
        statements,
        sdk_calls: replay.system().tally().total(),
        line_calls: replay.line_calls,
        receipts: replay.receipts().clone(),
    };
    match replay.problems().await? {
        problems if problems.is_empty() => Ok(summary),
        problems => Err(LocalError::Invariants(problems)),
    }
}

async fn write_results(system: &System, out: &Path) -> Result<u64, LocalError> {
    let mut notices = Ndjson::create(out, "notices.ndjson")?;
    for message in system.engines().topics().published()? {
        notices.write(&message)?;
    }
    notices.finish()?;
    let statements = system.statements().await?;
    let file = out.join("statements.json");
    let mut text = serde_json::to_vec_pretty(&statements).unwrap_or_default();
    text.push(b'\n');
    fs::write(&file, text).map_err(|e| LocalError::io("write", &file, e))?;
    let exports = out.join(EXPORTS_FOLDER);
    if exports.exists() {
        fs::remove_dir_all(&exports).map_err(|e| LocalError::io("clear", &exports, e))?;
    }
    copy_folder(&system.engines().objects().join(EXPORTS_FOLDER), &exports)?;
    Ok(statements.len() as u64)
}

/// Formats a failure as Lambda's answer has it.
pub fn failure_json(failure: &Failure) -> Value {
    json!({ "errorType": failure.error_type(), "errorMessage": failure.message() })
}

/// True if a desk command may have changed what is due.
pub fn changes_directory(payload: &str) -> bool {
    DIRECTORY_COMMANDS.iter().any(|command| payload.contains(command))
}

/// Describes an errand that failed, for a person.
pub fn describe(errand: &Errand, failure: &Failure) -> String {
    let Errand { at, function, payload, .. } = errand;
    format!("{function} {payload} at {at} failed with {}: {}", failure.error_type(), failure.message())
}

/// A file of JSON lines.
struct Ndjson {
    path: PathBuf,
    file: BufWriter<File>,
}

impl Ndjson {
    fn create(folder: &Path, name: &str) -> Result<Self, LocalError> {
        fs::create_dir_all(folder).map_err(|e| LocalError::io("make the folder", folder, e))?;
        let path = folder.join(name);
        let file = File::create(&path).map_err(|e| LocalError::io("write", &path, e))?;
        Ok(Ndjson { path, file: BufWriter::new(file) })
    }

    fn write(&mut self, line: &impl Serialize) -> Result<(), LocalError> {
        let written = serde_json::to_writer(&mut self.file, line).map_err(std::io::Error::from);
        let written = written.and_then(|()| self.file.write_all(b"\n"));
        written.map_err(|e| LocalError::io("write", &self.path, e))
    }

    fn finish(mut self) -> Result<(), LocalError> {
        self.file.flush().map_err(|e| LocalError::io("write", &self.path, e))
    }
}
