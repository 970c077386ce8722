//! One story: a service, its monitor, and the system that keeps its agreement. Time passes only when a step
//! lets it; then the monitor reports and everything due happens, as in the cloud.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use acceptance::world::World;
use chrono::{DateTime, Days, LocalResult, NaiveDate, NaiveTime, TimeZone, Timelike};
use chrono_tz::Tz;
use nines::agenda::{Agenda, Errand, Kind};
use nines::stand_ins::wire::OpenPassage;
use nines::system::System;
use outcome::Failure;
use serde_json::{Value, json};
use sla::{Instant, Month, Statement, Zone};

use crate::tickets::Reports;
use crate::wording::MeasuredField;

/// The one customer of a story.
pub const CUSTOMER: &str = "harbour-hotels";
/// The one service of a story.
pub const SERVICE: &str = "reservations";
/// The longest span of one check: 31 days.
const RUN_S_MAX: i64 = 31 * 86_400;

/// The reason why a step fails.
#[derive(thiserror::Error)]
#[error("{0}")]
pub struct Wrong(pub String);

/// Shows a failed step's words without quoting them.
impl fmt::Debug for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The result of a step.
pub type Step<T = ()> = Result<T, Wrong>;

/// A place's view of the service from now on.
#[derive(Debug, Clone)]
struct Watch {
    /// The status on the wire; none if nothing is reported.
    status: Option<&'static str>,
    reported_to: Instant,
}

/// One story.
#[derive(cucumber::World)]
#[world(init = Self::new)]
pub struct Tale {
    world: Option<World>,
    system: Option<System>,
    agenda: Agenda,
    zone: Tz,
    watches: BTreeMap<String, Watch>,
    ends_at: Option<Instant>,
    /// True if a month has been closed.
    closed: bool,
    refusal: Option<Failure>,
    /// Number of windows and exclusions so far; "it" is the last one.
    made: usize,
    /// The reports to support.
    pub reports: Reports,
}

impl fmt::Debug for Tale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let now = self.system.as_ref().map(|system| system.clock().now().to_string());
        f.debug_struct("Tale").field("now", &now).field("watches", &self.watches).finish_non_exhaustive()
    }
}

impl Tale {
    fn new() -> Self {
        Tale {
            world: None,
            system: None,
            agenda: Agenda::starting(Instant::from_epoch_s(0)),
            zone: Tz::UTC,
            watches: BTreeMap::new(),
            ends_at: None,
            closed: false,
            refusal: None,
            made: 0,
            reports: Reports::default(),
        }
    }

    /// Begins the story of a service that is watched from some places from `activated_at` on.
    pub async fn begin(&mut self, now: Instant, zone: Tz, places: &[String], activated_at: Instant) -> Step {
        let world = World::at(&now.to_string()).await.map_err(|e| wrong(e.to_string()))?;
        self.system = Some(world.process(Arc::new(OpenPassage)).map_err(|e| wrong(e.to_string()))?);
        self.world = Some(world);
        self.agenda = Agenda::starting(now);
        self.zone = zone;
        let watch = Watch { status: Some("up"), reported_to: activated_at };
        self.watches = places.iter().map(|place| (place.clone(), watch.clone())).collect();
        Ok(())
    }

    /// Invokes a function; fails if its role does not allow one of its calls.
    async fn invoke(&self, function: &str, payload: &Value) -> Step<Result<Value, Failure>> {
        let outcome = self.system()?.invoke(function, payload.to_string().as_bytes()).await;
        let kept = self.world.as_ref().map_or(Ok(()), World::keeps_to_roles);
        kept.map_err(|e| wrong(e.to_string()))?;
        Ok(outcome)
    }

    /// Returns the story's system.
    pub fn system(&self) -> Step<&System> {
        self.system.as_ref().ok_or_else(|| wrong("the story has no service yet: begin with one"))
    }

    /// Returns the present instant.
    pub fn now(&self) -> Step<Instant> {
        Ok(self.system()?.clock().now())
    }

    /// Returns the customer's zone, in which the agreement counts months.
    pub fn sla_zone(&self) -> Step<Zone> {
        self.zone.name().parse().map_err(|_| wrong("the customer has no time zone"))
    }

    /// Formats an instant on the customer's clock.
    pub fn moment(&self, instant: Instant) -> String {
        moment(self.zone, instant)
    }

    /// Returns the instant at which the customer's clock shows this time; the first of two.
    pub fn instant(&self, day: NaiveDate, time: NaiveTime) -> Step<Instant> {
        instant_in(self.zone, day, time)
    }

    /// Returns a span on the customer's clock; if it ends before it begins, it ends on the next day.
    pub fn span(&self, day: NaiveDate, from: NaiveTime, to: NaiveTime) -> Step<(Instant, Instant)> {
        let end_day = if to > from { day } else { day + Days::new(1) };
        Ok((self.instant(day, from)?, self.instant(end_day, to)?))
    }

    /// Passes time: the monitor reports, deadlines, month ends and daily runs happen; then the sweeps.
    pub async fn pass_to(&mut self, instant: Instant) -> Step {
        let now = self.now()?;
        if instant < now {
            return Err(wrong(format!("the story goes back in time, from {now} to {instant}")));
        }
        while let Some(errand) = self.take_due(instant)? {
            match errand.kind {
                // Between two events of a story, a sweep finds nothing that the one at the end does not find,
                // except a reminder: a story about one stops at its instant.
                Kind::Sweep => continue,
                // The daily run has no work before a close.
                Kind::DailyRun if !self.closed => continue,
                Kind::MonthEnd => {
                    self.report_to(errand.at).await?;
                    self.closed = true;
                }
                Kind::Deadline | Kind::DailyRun | Kind::Export => {}
            }
            // Exports are made when the story reads them: see `export`.
            if errand.function == "export-month" {
                continue;
            }
            self.system()?.clock().advance_to(errand.at);
            let payload = serde_json::from_str(&errand.payload).map_err(|e| wrong(e.to_string()))?;
            self.ask(&errand.function, payload).await?;
        }
        self.report_to(instant).await?;
        for function in ["keep-deadlines", "record-checks", "send-notices"] {
            self.ask(function, json!({ "sweep": true })).await?;
        }
        Ok(())
    }

    fn take_due(&mut self, until: Instant) -> Step<Option<Errand>> {
        let Some(system) = &self.system else { return Ok(None) };
        system.take_due(&mut self.agenda, until).map_err(|e| wrong(e.explain()))
    }

    /// Sets what these places see from now on; all of them if none is named.
    pub fn watch(&mut self, places: &[String], status: Option<&'static str>) -> Step {
        let all: Vec<String> = self.watches.keys().cloned().collect();
        for place in if places.is_empty() { &all } else { places } {
            let watch = self.watches.get_mut(place);
            let watch = watch.ok_or_else(|| wrong(format!("the service is not checked from {place}")))?;
            watch.status = status;
        }
        Ok(())
    }

    /// Ends the service: it is not checked from then on.
    pub fn end(&mut self, at: Instant) {
        self.ends_at = Some(at);
    }

    /// Reports for the monitor everything seen until now.
    async fn report_to(&mut self, now: Instant) -> Step {
        self.system()?.clock().advance_to(now);
        let to = self.ends_at.map_or(now, |end| end.min(now));
        let mut checks = Vec::new();
        for (place, watch) in &mut self.watches {
            while watch.reported_to < to {
                let end = to.min(watch.reported_to.plus_s(RUN_S_MAX));
                if let Some(status) = watch.status {
                    checks.push(json!({
                        "service_id": SERVICE, "probe": place, "status": status,
                        "checked_at": watch.reported_to, "until": end.plus_s(-1),
                    }));
                }
                watch.reported_to = end;
            }
        }
        self.record(checks).await
    }

    /// Reports about the past now, from the first place.
    pub async fn report_late(&self, status: &str, (from, to): (Instant, Instant)) -> Step {
        let place = self.watches.keys().next();
        let check = json!({
            "service_id": SERVICE, "probe": place, "status": status,
            "checked_at": from, "until": to.plus_s(-1),
        });
        self.record(vec![check]).await
    }

    /// Reports a measurement now: the service was up, and one place (the first, if none is named) measured
    /// it.
    pub async fn report_measured(
        &self,
        place: Option<&String>,
        measured: &MeasuredField,
        from: Instant,
        to: Instant,
    ) -> Step {
        let place = place.or_else(|| self.watches.keys().next());
        let mut check = json!({
            "service_id": SERVICE, "probe": place, "status": "up", "checked_at": from, "until": to.plus_s(-1),
        });
        if let Some(fields) = check.as_object_mut() {
            fields.insert(measured.metric.as_str().to_owned(), json!(measured.value));
        }
        self.record(vec![check]).await
    }

    async fn record(&self, checks: Vec<Value>) -> Step {
        if checks.is_empty() {
            return Ok(());
        }
        let answer = self.ask("record-checks", json!({ "checks": checks })).await?;
        if answer.get("quarantined").is_none_or(|quarantined| *quarantined != json!([])) {
            return Err(wrong(format!("the monitor's reports were not accepted: {answer}")));
        }
        Ok(())
    }

    /// Invokes a function, which must answer.
    pub async fn ask(&self, function: &str, payload: Value) -> Step<Value> {
        let answer = self.invoke(function, &payload).await?;
        answer.map_err(|failure| wrong(format!("{function} {payload}: {}", describe(&failure))))
    }

    /// Exports the new rows of a month, if all its statements exist; returns the last revision.
    pub async fn export(&self, month: Month) -> Step<u64> {
        let answer = self.ask("export-month", json!({ "month": month })).await?;
        let revision = answer.get("revision").and_then(Value::as_u64);
        revision.ok_or_else(|| wrong(format!("{month} is not exported: {answer}")))
    }

    /// Runs a command of the desk, which the story expects to be carried out or refused.
    pub async fn command(&mut self, command: &str, mut fields: Value) -> Step {
        self.settled()?;
        if let Some(fields) = fields.as_object_mut() {
            fields.insert("command".to_owned(), json!(command));
        }
        let answer = self.invoke("run-desk", &fields).await?;
        match answer {
            Err(failure) if failure.is_fault() => Err(wrong(format!("{command}: {}", describe(&failure)))),
            Err(failure) => {
                self.refuse(failure);
                Ok(())
            }
            Ok(_) => {
                let services = self.system()?.services().await.map_err(|e| wrong(e.explain()))?;
                self.agenda.set_services(services);
                Ok(())
            }
        }
    }

    /// Publishes a revision of the agreement, which the story expects to be taken or refused.
    pub async fn publish(&mut self, document: Value) -> Step {
        let answer = self.invoke("publish-terms", &document).await?;
        match answer {
            Err(failure) if failure.is_fault() => Err(wrong(describe(&failure))),
            Err(failure) => {
                self.refuse(failure);
                Ok(())
            }
            Ok(_) => {
                let terms = self.system()?.terms().await.map_err(|e| wrong(e.explain()))?;
                self.agenda.set_terms(terms);
                Ok(())
            }
        }
    }

    /// Something was refused, which the story must mention.
    pub fn refuse(&mut self, failure: Failure) {
        self.refusal = Some(failure);
    }

    /// The refusal of the last command, which a story must mention.
    pub fn take_refusal(&mut self) -> Step<Failure> {
        self.refusal.take().ok_or_else(|| wrong("it was not refused"))
    }

    /// Fails if a command was refused and the story has not said so.
    pub fn settled(&self) -> Step {
        match &self.refusal {
            Some(failure) => Err(wrong(format!("a command was refused: {}", describe(failure)))),
            None => Ok(()),
        }
    }

    /// A name for a new window or exclusion.
    pub fn name_new(&mut self, kind: &str) -> String {
        self.made += 1;
        self.name_last(kind)
    }

    /// The name of the last window or exclusion.
    pub fn name_last(&self, kind: &str) -> String {
        format!("{kind}-{}", self.made)
    }

    /// Reads a statement out of an answer.
    pub fn statement(answer: Value) -> Step<Statement> {
        serde_json::from_value(answer).map_err(|e| wrong(format!("the answer is no statement: {e}")))
    }
}

/// The instant that a clock of the zone shows so; the first, if it shows it twice.
pub fn instant_in(zone: Tz, day: NaiveDate, time: NaiveTime) -> Step<Instant> {
    let at = |local: DateTime<Tz>| Instant::from_epoch_s(local.timestamp());
    match zone.from_local_datetime(&day.and_time(time)) {
        LocalResult::Single(local) | LocalResult::Ambiguous(local, _) => Ok(at(local)),
        LocalResult::None => Err(wrong(format!("no clock in {zone} shows {day} {time}"))),
    }
}

/// The day and time that a clock of the zone shows, such as `9 June 2026, 10:05` or `9 June 2026, 10:05:01`.
fn moment(zone: Tz, instant: Instant) -> String {
    let local = DateTime::from_timestamp(instant.epoch_s(), 0).unwrap_or_default().with_timezone(&zone);
    let seconds = if local.second() == 0 { "" } else { ":%S" };
    local.format(&format!("%-d %B %Y, %H:%M{seconds}")).to_string()
}

/// Builds the reason why a step fails.
pub fn wrong(why: impl Into<String>) -> Wrong {
    Wrong(why.into())
}

/// Words a failure.
pub fn describe(failure: &Failure) -> String {
    format!("{}: {}", failure.error_type(), failure.message())
}
