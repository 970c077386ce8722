//! The whole system in one process: engines, clients, clock, topics, schedules, bucket and the functions over
//! them. Every path (replay, server, tests) invokes a function here and so runs the same code.

mod engines;
mod vantage;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::middleware::{Next, from_fn};
use notices::{OwnTopics, Publisher};
use outcome::{Clock, Failure};
use serde_json::Value;
use shell::{Bucket, Secrets};
use sla::ledger::Entry;
use sla::{Instant, Month, Service, Statement, TermsBook};
use table::Table;

use crate::agenda::{Agenda, Errand};
use crate::error::LocalError;
use crate::stand_ins::bucket;
use crate::stand_ins::embedded;
use crate::stand_ins::issuer::{self, Issuer};
use crate::stand_ins::schedules;
use crate::stand_ins::stream::{Deliver, Stream};
use crate::stand_ins::topics::{self, topic_arn};
use crate::stand_ins::wire::{self, OpenPassage, Passage, Tally};

pub use self::engines::{Engines, TABLE_FILE, copy_folder};
pub use self::vantage::{INTERNET, LOCAL, VantageSettings};

/// The table's name.
pub const TABLE: &str = "nines";

/// The names of the functions, sorted.
pub const FUNCTIONS: [&str; 9] = [
    "close-month",
    "export-month",
    "keep-deadlines",
    "publish-terms",
    "record-checks",
    "record-tickets",
    "run-checks",
    "run-desk",
    "send-notices",
];

/// The function that serves customers over HTTP.
pub const PORTAL: &str = "serve-portal";

/// The function that serves staff over HTTP.
pub const DESK: &str = "serve-desk";

/// The function that receives webhooks over HTTP.
pub const HOOKS: &str = "receive-webhooks";

/// Years for which personal data are kept after the contract: the template's default.
const KEPT_FOR: Option<close_month::Years> = close_month::Years::new(10);

/// Services in one page of the directory.
const DIRECTORY_PAGE: usize = 100;

/// The most pages of the directory: 1,000 × 100 services.
const DIRECTORY_PAGES_MAX: usize = 1_000;

/// One running copy of the system: clients and a clock over the engines.
pub struct System {
    engines: Engines,
    clock: Clock,
    dynamodb: aws_sdk_dynamodb::Client,
    table: Table,
    directory: Table,
    publisher: Publisher,
    own_topics: OwnTopics,
    schedules: shell::Schedules,
    bucket: Bucket,
    secrets: Secrets,
    checks: shell::Queue,
    tickets: shell::Queue,
    stream: tokio::sync::Mutex<Stream>,
    tally: Tally,
    writes_pumped: AtomicU64,
    vantages: Vec<VantageSettings>,
}

impl System {
    /// Builds a system in memory.
    pub async fn memory(clock: Clock) -> Result<Self, LocalError> {
        System::over(Engines::memory().await?, clock, Arc::new(OpenPassage))
    }

    /// Opens a system whose state is in a folder.
    pub async fn open(state: &Path, clock: Clock) -> Result<Self, LocalError> {
        System::over(Engines::open(state).await?, clock, Arc::new(OpenPassage))
    }

    /// Builds a new process over the engines: its clients are fresh, and their calls go through the passage.
    pub fn over(engines: Engines, clock: Clock, passage: Arc<dyn Passage>) -> Result<Self, LocalError> {
        let tally = Tally::default();
        let client = |passage, tally| embedded::client(engines.database.clone(), passage, tally);
        let dynamodb = client(passage.clone(), tally.clone());
        let audiences = notices::Topics {
            customer: topic_arn("customer"),
            operations: topic_arn("operations"),
            finance: topic_arn("finance"),
        };
        let sns = engines.topics.client(passage.clone(), tally.clone());
        let scheduler = engines.schedules.client(passage.clone(), tally.clone());
        let queue = |function| engines.queues.queue(function, passage.clone(), tally.clone());
        let (checks, tickets) = (queue("record-checks"), queue("record-tickets"));
        let secrets = match &engines.secrets_file {
            Some(file) => Secrets::file(file),
            None => engines.parameters.secrets(passage.clone(), tally.clone()),
        };
        let s3 = bucket::client(engines.s3.clone(), passage, tally.clone());
        let position_file = engines.position_file.clone();
        Ok(System {
            clock,
            table: Table::new(dynamodb.clone(), TABLE.to_owned()),
            dynamodb,
            directory: Table::new(client(Arc::new(OpenPassage), Tally::default()), TABLE.to_owned()),
            own_topics: OwnTopics::new(
                {
                    let sns = sns.clone();
                    move || sns
                },
                topics::own_topics(),
            ),
            publisher: Publisher::new(sns, audiences),
            schedules: shell::Schedules::new(scheduler, schedules::target()),
            bucket: Bucket::new(s3, bucket::BUCKET.to_owned()),
            secrets,
            checks,
            tickets,
            stream: tokio::sync::Mutex::new(Stream::open(engines.database.clone(), TABLE, position_file)?),
            tally,
            writes_pumped: AtomicU64::new(0),
            vantages: Vec::new(),
            engines,
        })
    }

    /// Links notices to the portal at an origin.
    #[must_use]
    pub fn linking_to(self, portal: &str) -> Self {
        Self { publisher: self.publisher.linking(Some(portal.to_owned())), ..self }
    }

    /// Sets from where `run-checks` checks, and what it may call.
    #[must_use]
    pub fn checking_from(self, vantage: VantageSettings) -> Self {
        Self { vantages: vec![vantage], ..self }
    }

    /// Adds another region from which `run-checks` checks.
    #[must_use]
    pub fn and_from(mut self, vantage: VantageSettings) -> Self {
        self.vantages.push(vantage);
        self
    }

    /// Returns the vantage of the region that an event names, or else the first.
    fn vantage_of(&self, event: &[u8]) -> VantageSettings {
        // A malformed event is refused by the function.
        let event: Value = serde_json::from_slice(event).unwrap_or_default();
        let asked = self.vantages.iter().find(|vantage| event["region"] == *vantage.region);
        asked.or(self.vantages.first()).cloned().unwrap_or_default()
    }

    /// Invokes a function as Lambda would, then pumps the stream.
    pub async fn invoke(&self, function: &str, payload: &[u8]) -> Result<Value, Failure> {
        let answer = self.invoke_alone(function, payload).await;
        if let Err(error) = self.pump_what_was_written().await {
            tracing::warn!(reason = error.explain(), "the stream could not be read: the sweep will do");
        }
        answer
    }

    /// Invokes a function without pumping the stream.
    pub async fn invoke_alone(&self, function: &str, payload: &[u8]) -> Result<Value, Failure> {
        let known = FUNCTIONS.into_iter().find(|name| *name == function);
        wire::invoked(known, self.handle(function, payload)).await
    }

    async fn handle(&self, function: &str, payload: &[u8]) -> Result<Value, Failure> {
        let System { table, schedules, bucket, publisher, clock, .. } = self;
        // Boxed: a caller with many pending invocations would otherwise hold the largest handler's state for
        // each.
        match function {
            "close-month" => Box::pin(close_month::handle(table, clock, payload, KEPT_FOR)).await,
            "export-month" => Box::pin(export_month::handle(table, bucket, clock, payload)).await,
            "keep-deadlines" => Box::pin(keep_deadlines::handle(table, schedules, clock, payload)).await,
            "publish-terms" => {
                Box::pin(publish_terms::handle(table, clock, (payload, None), run_desk::People::One)).await
            }
            "record-checks" => Box::pin(record_checks::handle(table, clock, payload)).await,
            "record-tickets" => Box::pin(record_tickets::handle(table, schedules, clock, payload)).await,
            "run-checks" => {
                let vantage = self.vantage_of(payload).build(clock).map_err(Failure::unexpected)?;
                Box::pin(run_checks::handle(table, (&vantage, &self.checks), clock, payload)).await
            }
            "run-desk" => {
                let table = table.followed_by(Arc::new(schedules.clone()));
                Box::pin(run_desk::handle(&table, clock, (payload, None), run_desk::People::One)).await
            }
            "send-notices" => Box::pin(send_notices::handle(table, publisher, clock, payload)).await,
            other => Err(Failure::NotFound(unknown_function(other))),
        }
    }

    /// Builds the portal over this system; customers sign in with a local issuer.
    pub fn portal(&self, issuer: &Issuer) -> Router {
        let settings = web::SignInSettings {
            issuer: issuer.origin().to_owned(),
            client_id: issuer::PORTAL.to_owned(),
            scope: issuer::PORTAL_SCOPE.to_owned(),
            origin: issuer.origins().portal.clone(),
            session_cookie: serve_portal::SESSION_COOKIE,
        };
        let sign_in = web::SignIn::new(settings, Arc::new(issuer.fetch()), self.clock.clone());
        let (table, schedules) = (self.table.clone(), self.schedules.clone());
        let portal = serve_portal::Portal::new(table, schedules, self.own_topics.clone(), sign_in);
        let named = |request, next: Next| wire::invoked(Some(PORTAL), next.run(request));
        serve_portal::router(portal).layer(from_fn(named))
    }

    /// Builds the desk over this system; staff sign in with a local issuer.
    pub fn desk(&self, issuer: &Issuer) -> Router {
        let settings = web::SignInSettings {
            issuer: issuer.origin().to_owned(),
            client_id: issuer::DESK.to_owned(),
            scope: issuer::DESK_SCOPE.to_owned(),
            origin: issuer.origins().desk.clone(),
            session_cookie: serve_desk::SESSION_COOKIE,
        };
        let sign_in = web::SignIn::new(settings, Arc::new(issuer.fetch()), self.clock.clone());
        let senders =
            serve_desk::Senders { secrets: self.secrets.clone(), hooks: issuer.origins().hooks.clone() };
        let table = self.table.followed_by(Arc::new(self.schedules.clone()));
        let desk = serve_desk::Desk::new(table, sign_in, senders);
        let named = |request, next: Next| wire::invoked(Some(DESK), next.run(request));
        serve_desk::router(desk).layer(from_fn(named))
    }

    /// Builds the receiver of webhooks over this system; what it queues waits for
    /// [`System::hand_over_queued`].
    pub fn hooks(&self) -> Router {
        let (table, secrets) = (self.table.clone(), self.secrets.clone());
        let (checks, tickets) = (self.checks.clone(), self.tickets.clone());
        let services = receive_webhooks::Services { table, secrets, checks, tickets };
        let hooks = receive_webhooks::Hooks::new(services, self.clock.clone());
        let named = |request, next: Next| wire::invoked(Some(HOOKS), next.run(request));
        receive_webhooks::router(hooks).layer(from_fn(named))
    }

    /// Hands what waits in the queues to the functions that read them; what fails waits for the next time.
    pub async fn hand_over_queued(&self) -> Result<(), LocalError> {
        for message in self.engines.queues.waiting() {
            let answer = self.invoke(&message.function, &message.event()).await;
            let failed =
                |answer: &Value| answer["batchItemFailures"].as_array().is_none_or(|f| !f.is_empty());
            let is_taken = answer.as_ref().is_ok_and(|answer| !failed(answer));
            if self.engines.queues.handed_over(&message, is_taken)? {
                tracing::warn!(function = message.function, "a message is left aside: it failed each time");
            }
        }
        Ok(())
    }

    /// Returns the secrets of senders of webhooks.
    pub fn secrets(&self) -> &Secrets {
        &self.secrets
    }

    /// Delivers the waiting records of the table's stream to `send-notices`. Returns true if none is left.
    pub async fn pump(&self) -> Result<bool, LocalError> {
        self.stream.lock().await.pump(self).await
    }

    /// Pumps the stream if functions have written since the last time: most errands do not write.
    pub async fn pump_what_was_written(&self) -> Result<(), LocalError> {
        if self.tally.writes() == self.writes_pumped.load(Ordering::SeqCst) {
            return Ok(());
        }
        if self.pump().await? {
            // Writes made while pumping were pumped too: the stream was read to its end.
            self.writes_pumped.store(self.tally.writes(), Ordering::SeqCst);
        }
        Ok(())
    }

    /// Takes the first errand due at or before `until`, from the agenda and from the schedules that functions
    /// made. A schedule in the past is due now: time never runs backwards.
    pub fn take_due(&self, agenda: &mut Agenda, until: Instant) -> Result<Option<Errand>, LocalError> {
        // Deadlines come first in an instant: an errand of the agenda waits for those of its own instant.
        let deadlines_until = agenda.next_at().map_or(until, |at| at.min(until));
        match self.engines.schedules.take_due(deadlines_until)? {
            Some(schedule) => {
                let at = schedule.at.max(self.clock.now());
                Ok(Some(Errand::of_schedule(schedule, at)))
            }
            None => Ok(agenda.take_due(until)),
        }
    }

    /// True if a sweep would find nothing: its part of the index holds nothing due by `now`.
    pub fn finds_nothing(&self, function: &str, now: Instant) -> Result<bool, LocalError> {
        let partitions = table::swept_by(function);
        for partition in &partitions {
            if embedded::is_due(&self.engines.database, TABLE, partition, now)? {
                return Ok(false);
            }
        }
        Ok(!partitions.is_empty())
    }

    /// Returns the functions' clock.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Returns the engines.
    pub fn engines(&self) -> &Engines {
        &self.engines
    }

    /// Returns every service of the directory, by id.
    pub async fn services(&self) -> Result<Vec<Service>, LocalError> {
        let fault = |e| LocalError::database("read the directory", e);
        let mut services: Vec<Service> = Vec::new();
        for _ in 0..DIRECTORY_PAGES_MAX {
            let last = services.last().map(|service| service.service_id.clone());
            let page = self.directory.services_page(last.as_ref(), DIRECTORY_PAGE).await.map_err(fault)?;
            if page.is_empty() {
                services.sort_by(|a, b| a.service_id.cmp(&b.service_id));
                return Ok(services);
            }
            services.extend(page);
        }
        Err(LocalError::database("read the directory", "it has more services than a laptop is for"))
    }

    /// Returns all revisions of the terms.
    pub async fn terms(&self) -> Result<TermsBook, LocalError> {
        self.directory.terms().await.map_err(|e| LocalError::database("read the terms", e))
    }

    /// Returns the newest stored revision of every statement, by service and month.
    pub async fn statements(&self) -> Result<Vec<Statement>, LocalError> {
        let mut statements = Vec::new();
        for service in self.services().await? {
            let newest = self.directory.newest_statements(&service.service_id).await;
            statements.extend(newest.map_err(|e| LocalError::database("read the statements", e))?);
        }
        Ok(statements)
    }

    /// Returns the credits and reversals of a month, by service.
    pub async fn ledger(&self, month: Month) -> Result<Vec<Entry>, LocalError> {
        let mut entries = Vec::new();
        for service in self.services().await? {
            let known = self.directory.service_month(&service.service_id, month).await;
            let known = known.map_err(|e| LocalError::database("read the ledger", e))?;
            entries.extend(known.into_iter().flat_map(|known| known.entries));
        }
        Ok(entries)
    }

    /// True if any part of the month is due for export by now.
    pub async fn is_export_due(&self, month: Month) -> Result<bool, LocalError> {
        let marks = self.directory.export_marks(month).await;
        let marks = marks.map_err(|e| LocalError::database("read what is to be exported", e))?;
        Ok(marks.is_due(self.clock.now()))
    }

    /// Returns the table as the program itself reads it: uncounted, and past every passage.
    pub fn directory(&self) -> &Table {
        &self.directory
    }

    /// Returns the functions' schedules.
    pub fn schedules(&self) -> &shell::Schedules {
        &self.schedules
    }

    /// Returns the functions' DynamoDB client.
    pub fn dynamodb(&self) -> &aws_sdk_dynamodb::Client {
        &self.dynamodb
    }

    /// Returns the count of the functions' SDK calls.
    pub fn tally(&self) -> &Tally {
        &self.tally
    }
}

impl Deliver for System {
    async fn deliver(&self, event: Vec<u8>) -> Result<Value, Failure> {
        self.invoke_alone("send-notices", &event).await
    }
}

/// Formats the refusal of an unknown function.
pub fn unknown_function(name: &str) -> String {
    format!("there is no function `{name}`; the functions are {}", FUNCTIONS.join(", "))
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use shell::OneShot;

    use super::*;

    async fn system(now: &str) -> System {
        System::memory(Clock::virtual_at(now.parse().unwrap())).await.unwrap()
    }

    async fn arm(system: &System, name: &str, at: &str) {
        let input = json!({ "ticket_id": name }).to_string();
        let one = OneShot { name: name.to_owned(), at: at.parse().unwrap(), input };
        system.schedules().arm(&one).await.unwrap();
    }

    /// Takes everything due by `until`, one line each.
    fn taken(system: &System, agenda: &mut Agenda, until: &str) -> Vec<String> {
        let until = until.parse().unwrap();
        std::iter::from_fn(|| system.take_due(agenda, until).unwrap())
            .map(|Errand { at, kind, key, function, .. }| format!("{at} {kind:?} {key} {function}"))
            .collect()
    }

    #[tokio::test]
    async fn what_is_due_of_agenda_and_schedules_happens_in_one_order() {
        let system = system("2026-07-01T23:58:00Z").await;
        let mut agenda = Agenda::starting(system.clock().now());
        // The service's months begin and end at 03:00 UTC, when the daily run is due.
        let service = json!({
            "service_id": "api", "customer_id": "acme", "name": "API", "plan": "standard",
            "monthly_fee": {"minor": 49900, "currency": "EUR"}, "region": "sa",
            "time_zone": "America/Argentina/Buenos_Aires", "activated_at": "2026-06-02T00:00:00Z",
            "resolution_s": 60, "check_interval_s": 60, "max_silence_s": 120, "quorum": 1,
        });
        agenda.set_services(vec![serde_json::from_value(service).unwrap()]);
        for (name, at) in [("t-2", "03:00:00"), ("t-1", "03:00:00"), ("t-3", "02:59:59"), ("t-0", "03:00:01")]
        {
            arm(&system, name, &format!("2026-07-02T{at}Z")).await;
        }
        let all = taken(&system, &mut agenda, "2026-07-02T03:00:00Z");
        let midnight: Vec<&String> = all.iter().filter(|line| line.starts_with("2026-07-02T00:00")).collect();
        assert_eq!(
            midnight,
            [
                "2026-07-02T00:00:00Z Sweep keep-deadlines keep-deadlines",
                "2026-07-02T00:00:00Z Sweep record-checks record-checks",
                "2026-07-02T00:00:00Z Sweep send-notices send-notices",
                "2026-07-02T00:00:00Z Export sweep export-month",
            ]
        );
        assert_eq!(
            all[all.len() - 10..],
            [
                r#"2026-07-02T02:59:59Z Deadline {"ticket_id":"t-3"} keep-deadlines"#,
                r#"2026-07-02T03:00:00Z Deadline {"ticket_id":"t-1"} keep-deadlines"#,
                r#"2026-07-02T03:00:00Z Deadline {"ticket_id":"t-2"} keep-deadlines"#,
                "2026-07-02T03:00:00Z Sweep keep-deadlines keep-deadlines",
                "2026-07-02T03:00:00Z Sweep record-checks record-checks",
                "2026-07-02T03:00:00Z Sweep send-notices send-notices",
                "2026-07-02T03:00:00Z MonthEnd api close-month",
                "2026-07-02T03:00:00Z Export 2026-06 export-month",
                "2026-07-02T03:00:00Z DailyRun close-month close-month",
                "2026-07-02T03:00:00Z DailyRun export-month export-month",
            ]
        );
        let left: Vec<String> = system.engines().schedules().all().into_iter().map(|one| one.name).collect();
        assert_eq!(left, ["t-0"]);
    }

    #[tokio::test]
    async fn a_schedule_in_the_past_is_due_now() {
        let system = system("2026-06-01T12:01:00Z").await;
        let mut agenda = Agenda::starting(system.clock().now());
        arm(&system, "t-1", "2026-05-01T00:00:00Z").await;
        let deadline = r#"2026-06-01T12:01:00Z Deadline {"ticket_id":"t-1"} keep-deadlines"#;
        assert_eq!(taken(&system, &mut agenda, "2026-06-01T12:04:59Z"), [deadline]);
    }
}
