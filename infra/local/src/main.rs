//! The program `nines`: runs the system locally, replays scenarios, verifies exports, measures itself.

use std::fs::{File, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use nines::commands::replay::{self, Summary};
use nines::commands::serve::{self, Listeners, Port};
use nines::commands::{documents, living, sample, scenario, what_if};
use nines::error::LocalError;
use nines::measure::bench;
use nines::measure::invariants::Receipts;
use nines::report;
use nines::system::{Engines, INTERNET, System, VantageSettings};
use outcome::Clock;
use sla::terms::BUILT_IN_DOCUMENT;
use sla::{Instant, Month};
use verify::VerifyError;

/// The exit code for a wrong command line or scenario, and for a folder without state or export.
const EXIT_USAGE: u8 = 2;

/// The most progress lines shown a second.
const PROGRESS_HZ: u8 = 10;

const EXAMPLES: &str = "\
Examples:
  nines                                   start on this machine, with the sample month; Ctrl-C ends it
  nines --no-sample                       start empty, to register a customer, a service and what watches it
  nines --once                            show what the sample month came to, and exit
  nines --state /var/tmp/nines            keep the state elsewhere than in ./.nines
  nines replay --until 2026-07-02T12:00:00Z --out june june.ndjson
  nines terms show > terms-2.toml         begin a revision of the agreement with what is built in
  nines terms lint terms-2.toml           say what is wrong or odd with it
  nines what-if --terms terms-2.toml --month 2026-06    what it would have cost
  nines verify june                       prove the exports in june/exports, whoever wrote them
  nines bench                             measure everything; nines bench closing: the month end alone

A line of a scenario is one invocation:
  {\"at\": \"2026-06-01T01:07:20Z\", \"invoke\": \"record-checks\", \"payload\": {\"checks\": [ … ]}}

A running system is asked with the AWS CLI or an SDK, or with JSON:
  curl --json '{\"command\": \"list_services\"}' http://127.0.0.1:9001/2015-03-31/functions/run-desk/invocations";

/// An agreement that keeps itself: status checks become downtime, breaches, statements and credits.
///
/// Without a command, starts the whole system on this machine: the same functions that run in the cloud,
/// over an embedded DynamoDB, S3 as a folder and a stand-in for SNS and Scheduler. An empty state folder
/// is filled with a real month of status checks first; then the program watches its own pages.
#[derive(Parser)]
#[command(name = "nines", version, term_width = 0, after_help = EXAMPLES, args_conflicts_with_subcommands = true)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    start: Start,
}

#[derive(Args)]
struct Start {
    /// The folder that keeps table, objects, published messages and schedules
    #[arg(long, value_name = "DIR", default_value = ".nines")]
    state: PathBuf,
    /// Start with an empty table instead of the sample month
    #[arg(long)]
    no_sample: bool,
    /// Show what the state holds and exit, without serving
    #[arg(long)]
    once: bool,
    /// The port of the Lambda Invoke API; 0 for any
    #[arg(long, value_name = "PORT", default_value_t = 9001)]
    invoke_port: u16,
    /// The port of DynamoDB; 0 for any
    #[arg(long, value_name = "PORT", default_value_t = 9002)]
    dynamodb_port: u16,
    /// The port of the stand-in for SNS and Scheduler; 0 for any
    #[arg(long, value_name = "PORT", default_value_t = 9003)]
    topics_port: u16,
    /// The port of S3; 0 for any
    #[arg(long, value_name = "PORT", default_value_t = 9004)]
    s3_port: u16,
    /// The port of the customer portal; 0 for any
    #[arg(long, value_name = "PORT", default_value_t = 9005)]
    portal_port: u16,
    /// The port of the stand-in for an identity provider; 0 for any
    #[arg(long, value_name = "PORT", default_value_t = 9006)]
    issuer_port: u16,
    /// The port of the staff desk; 0 for any
    #[arg(long, value_name = "PORT", default_value_t = 9007)]
    desk_port: u16,
    /// The port of webhooks; 0 for any
    #[arg(long, value_name = "PORT", default_value_t = 9008)]
    hooks_port: u16,
    /// The port of the demo, a page to break and to mend; 0 for any
    #[arg(long, value_name = "PORT", default_value_t = 9009)]
    demo_port: u16,
    /// List every listener too, with credentials and an example
    #[arg(long)]
    listeners: bool,
}

#[derive(Subcommand)]
enum Command {
    /// Run scenarios against the real functions under a virtual clock, and write the results
    Replay(ReplayArguments),
    /// Recompute an export from its own inputs, check every digest, sum and row, and list the differences
    Verify(VerifyArguments),
    /// Lint, compare, convert or show documents of the agreement's terms, TOML or JSON
    #[command(subcommand)]
    Terms(TermsCommand),
    /// Recompute a closed month under other terms, and show what would change, by service and in total;
    /// nothing is written
    WhatIf(WhatIfArguments),
    /// Measure the sample replay, recording, the month's arithmetic, a month end, tickets and an overview
    Bench {
        /// Measure only this part
        #[arg(value_name = "PART")]
        only: Option<bench::Part>,
        /// The number of customers whose month is closed, a multiple of 100; 10,000 if absent
        #[arg(long, value_name = "NUMBER")]
        customers: Option<usize>,
    },
}

#[derive(Args)]
struct ReplayArguments {
    /// Run no line after this instant, and move the clock to it at the end
    #[arg(long, value_name = "INSTANT")]
    until: Option<Instant>,
    /// Run the lines alone, without sweeps, month ends or daily runs; ticket deadlines still fire
    #[arg(long)]
    as_invoked: bool,
    /// The folder for responses.ndjson, notices.ndjson, statements.json and exports/
    #[arg(long, value_name = "DIR", default_value = "nines-out")]
    out: PathBuf,
    /// Scenario files, merged by instant
    #[arg(required = true, value_name = "SCENARIO.ndjson")]
    scenarios: Vec<PathBuf>,
}

#[derive(Subcommand)]
enum TermsCommand {
    /// Report errors and warnings in a document; exit with 0 if it can be published, 1 if not, 2 if it cannot
    /// be read
    Lint {
        /// The document, .toml or .json
        file: PathBuf,
    },
    /// List the differences between two documents, as customers read them
    Diff {
        /// The older document
        old: PathBuf,
        /// The newer document
        new: PathBuf,
    },
    /// Convert a document that can be published to JSON: the event of publish-terms
    Json {
        /// The document, .toml or .json
        file: PathBuf,
    },
    /// Show the built-in revision as a document, to begin a new revision with a copy of it
    Show,
}

#[derive(Args)]
struct WhatIfArguments {
    /// The document of the other terms, .toml or .json
    #[arg(long, value_name = "FILE")]
    terms: PathBuf,
    /// The month, such as 2026-06; may be given more than once
    #[arg(long = "month", value_name = "MONTH", required = true)]
    months: Vec<Month>,
    /// The folder that keeps the state
    #[arg(long, value_name = "DIR", default_value = ".nines")]
    state: PathBuf,
}

#[derive(Args)]
struct VerifyArguments {
    /// A folder that holds exports/, that folder, or one of its month=… or revision=… folders
    #[arg(value_name = "DIR")]
    dir: PathBuf,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    verify::fit_terminal();
    let outcome = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(run(arguments)),
        Err(e) => Err(LocalError::io("start in", Path::new("."), e)),
    };
    match outcome {
        Ok(code) => code,
        Err(error) => {
            eprintln!("nines: {}", error.explain());
            let is_usage = matches!(
                error,
                LocalError::Scenario(_)
                    | LocalError::Port { .. }
                    | LocalError::Document { .. }
                    | LocalError::NoState(_)
                    | LocalError::NotForState { .. }
                    | LocalError::Verify(VerifyError::NoExport(_))
            );
            if is_usage { ExitCode::from(EXIT_USAGE) } else { ExitCode::FAILURE }
        }
    }
}

async fn run(arguments: Arguments) -> Result<ExitCode, LocalError> {
    match arguments.command {
        Some(Command::Replay(arguments)) => run_replay(arguments).await?,
        Some(Command::Verify(arguments)) => run_verify(&arguments.dir)?,
        Some(Command::Terms(command)) => return run_terms(&command),
        Some(Command::WhatIf(arguments)) => run_what_if(&arguments).await?,
        Some(Command::Bench { only, customers }) => say(&bench::run(only, customers).await?)?,
        None => start(&arguments.start).await?,
    }
    Ok(ExitCode::SUCCESS)
}

fn run_terms(command: &TermsCommand) -> Result<ExitCode, LocalError> {
    match command {
        TermsCommand::Lint { file } => {
            let linted = documents::lint_file(file)?;
            say(&linted.told)?;
            if !linted.publishable {
                return Ok(ExitCode::FAILURE);
            }
        }
        TermsCommand::Diff { old, new } => say(&documents::compare_files(old, new)?)?,
        TermsCommand::Json { file } => say(&documents::json_of_file(file)?)?,
        TermsCommand::Show => say(BUILT_IN_DOCUMENT.trim_end())?,
    }
    Ok(ExitCode::SUCCESS)
}

async fn run_what_if(arguments: &WhatIfArguments) -> Result<(), LocalError> {
    let WhatIfArguments { terms, months, state } = arguments;
    let terms = documents::read_publishable(terms)?;
    if !Engines::are_in(state) {
        return Err(LocalError::NoState(state.clone()));
    }
    let _lock = lock(state)?;
    let system = System::open(state, Clock::System).await?;
    for (place, month) in months.iter().enumerate() {
        let separator = if place == 0 { "" } else { "\n" };
        say(&format!("{separator}{}", what_if::tell(&system, &terms, *month).await?))?;
    }
    Ok(())
}

async fn run_replay(arguments: ReplayArguments) -> Result<(), LocalError> {
    let lines = scenario::read(&arguments.scenarios)?;
    let ReplayArguments { until, as_invoked, out, .. } = arguments;
    let request = replay::Request { lines, until, as_invoked, out };
    let summary = replay::run(&request).await?;
    say(&summarise(&summary, &request.out))
}

fn run_verify(dir: &Path) -> Result<(), LocalError> {
    let report = verify::verify(dir)?;
    say(&report.to_string())?;
    match report.problems.len() {
        0 => Ok(()),
        problems => Err(LocalError::Differs { dir: dir.to_path_buf(), problems }),
    }
}

fn summarise(summary: &Summary, out: &Path) -> String {
    let Receipts { checks, ticket_events } = &summary.receipts;
    format!(
        "{} lines run, {} refused; {} errands by the clock; {} SDK calls, {} of them by the lines\n\
         checks: {checks}\n\
         ticket events: {ticket_events}\n\
         {} statements, {} messages published; the invariants hold\n\
         results in {}",
        summary.lines,
        summary.refused,
        summary.errands,
        summary.sdk_calls,
        summary.line_calls,
        summary.statements,
        summary.notices,
        out.display()
    )
}

async fn start(arguments: &Start) -> Result<(), LocalError> {
    let state = &arguments.state;
    Engines::look(state)?;
    if let Some(parent) = state.parent() {
        std::fs::create_dir_all(parent).map_err(|e| LocalError::io("make the folder", parent, e))?;
    }
    let _lock = lock(state)?;
    let listeners = if arguments.once { None } else { Some(Listeners::bind(ports(arguments)).await?) };
    if !Engines::are_in(state) && !arguments.no_sample {
        load_sample(state).await?;
    }
    let system = System::open(state, Clock::System).await?;
    let Some(listeners) = listeners else { return say(&report::tell(&system).await?) };
    let system = system.checking_from(listeners.vantage()?).and_from(VantageSettings {
        region: INTERNET.to_owned(),
        run_every_s: living::CHECK_EVERY_S,
        ..VantageSettings::default()
    });
    let is_living = living::begin(&system, listeners.watched()?).await?;
    say(&report::tell(&system).await?)?;
    say(&format!(
        "\nState in {}. Deadlines, sweeps, month ends and exports now follow this machine's clock.\n",
        state.display()
    ))?;
    if arguments.listeners {
        say(&format!("{}\n", listeners.tell()?))?;
    }
    say(&listeners.lead(is_living)?)?;
    serve::run(system, listeners).await?;
    say("\nStopped. Everything acknowledged is kept; start again to go on.")
}

fn ports(arguments: &Start) -> [Port; 9] {
    [
        Port { number: arguments.invoke_port, flag: "--invoke-port" },
        Port { number: arguments.dynamodb_port, flag: "--dynamodb-port" },
        Port { number: arguments.topics_port, flag: "--topics-port" },
        Port { number: arguments.s3_port, flag: "--s3-port" },
        Port { number: arguments.portal_port, flag: "--portal-port" },
        Port { number: arguments.issuer_port, flag: "--issuer-port" },
        Port { number: arguments.desk_port, flag: "--desk-port" },
        Port { number: arguments.hooks_port, flag: "--hooks-port" },
        Port { number: arguments.demo_port, flag: "--demo-port" },
    ]
}

/// Locks a state folder, so that only one process uses it. The lock ends with the process.
fn lock(state: &Path) -> Result<File, LocalError> {
    let path = sample::beside(state, "lock");
    let file = File::create(&path).map_err(|e| LocalError::io("make the lock", &path, e))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(LocalError::InUse(state.to_path_buf())),
        Err(TryLockError::Error(e)) => Err(LocalError::io("lock", &path, e)),
    }
}

async fn load_sample(state: &Path) -> Result<(), LocalError> {
    let lines = sample::lines()?.len() as u64;
    let bar = ProgressBar::with_draw_target(Some(lines), ProgressDrawTarget::stderr_with_hz(PROGRESS_HZ));
    if let Ok(style) = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len} {eta}") {
        bar.set_style(style);
    }
    bar.set_message("Living through June 2026");
    sample::load(state, |_| bar.inc(1)).await?;
    bar.finish_and_clear();
    Ok(())
}

/// Writes to standard output; a closed pipe is no fault.
fn say(text: &str) -> Result<(), LocalError> {
    match writeln!(std::io::stdout(), "{text}") {
        Err(e) if e.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(LocalError::io("write to", Path::new("standard output"), e))
        }
        _ => Ok(()),
    }
}
