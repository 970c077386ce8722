//! The summary of a service-month: its days up to an instant, and the state needed to continue from there
//! with only the latest checks. Derived data: it can be rebuilt from the timelines.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::account::Account;
use crate::availability::{Seconds, Verdict};
use crate::day::{Day, days};
use crate::statement::StatementError;
use crate::timeline::{CodecError, EncodedChunk, ProbeTimeline, SlotReport};
use crate::void::VoidSpan;
use crate::{
    Inputs, Instant, Money, Month, OwnSilences, ProbeId, Service, ServiceId, Span, Statement, Status, Window,
    WindowKind,
};

/// Limit on open months summed up: a month is closed some days after its end, so there are seldom more than
/// two.
const MONTHS_MAX: usize = 4;
/// Chunks that can have been written since a service was last looked at: the chunk of that look, and the next
/// one, which a check ahead of its time can begin. The first check of any later chunk triggers a look.
const CHUNKS_UNSEEN_MAX: usize = 2;
/// Limit on months shown without a summary: 90 days touch four besides the present one.
const MONTHS_UNSEEN_MAX: usize = 4;

/// A service-month, day by day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// The service.
    pub service_id: ServiceId,
    /// The month.
    pub month: Month,
    /// End of the summary: its days account for every slot before this one.
    pub to: Instant,
    /// The first day.
    from: Option<NaiveDate>,
    /// Up, down, unknown and excluded seconds of each day.
    days: Vec<[i64; 4]>,
    /// The last report of each probe before `to`; none for a probe that began after it.
    #[serde(rename = "said", default, skip_serializing_if = "BTreeMap::is_empty")]
    last_reports: BTreeMap<ProbeId, Option<SlotReport>>,
    /// The silences of the probes that have their own.
    #[serde(default, skip_serializing_if = "OwnSilences::is_empty")]
    silences: OwnSilences,
    /// The newest statement, once the month is closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stated: Option<NewestStatement>,
}

/// The figures of a month's newest statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewestStatement {
    /// Its revision.
    pub revision: u32,
    /// up / (up + down), in percent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub availability_pct: Option<String>,
    /// The commitment, in percent.
    pub commitment_pct: String,
    /// The verdict on the commitment.
    pub verdict: Verdict,
    /// The credit earned.
    pub credit: Money,
}

/// The facts about a service's open month that its summary does not hold.
#[derive(Debug, Clone, Copy)]
pub struct OpenMonthFacts<'a> {
    /// The service.
    pub service: &'a Service,
    /// The chunks of the probes from the summary's end on.
    pub chunks: &'a BTreeMap<ProbeId, Vec<EncodedChunk>>,
    /// Maintenance and approved exclusions that touch the time after the summary.
    pub windows: &'a [Window],
    /// Approved voids that can affect it.
    pub voids: &'a [VoidSpan],
    /// The present instant.
    pub now: Instant,
}

/// The recent past of a service: its latest days and its present month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecentPast {
    /// The days of earlier months.
    pub days_before: Vec<Day>,
    /// The present month.
    pub present: Present,
}

/// An open month, up to now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Present {
    /// The days so far.
    pub days: Vec<Day>,
    /// The state in the present slot; unknown before the service begins and after it ends.
    pub state: ServiceState,
    /// Instant since which the status has held, if the latest chunks reach that far back.
    pub since: Option<Instant>,
}

/// The present state of a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ServiceState {
    /// Working.
    Up,
    /// Working, but not well.
    Degraded,
    /// Not working.
    Down,
    /// Not known.
    Unknown,
    /// In scheduled maintenance.
    Maintenance,
}

impl ServiceState {
    /// Returns the state in a slot from its status and the windows around it. Maintenance hides the measured
    /// status; an exclusion does not.
    pub fn of(status: Option<Status>, windows: &[Window], slot: Instant) -> Self {
        let in_maintenance =
            |window: &Window| window.kind == WindowKind::Maintenance && window.span().contains(slot);
        match status {
            None => Self::Unknown,
            Some(_) if windows.iter().any(in_maintenance) => Self::Maintenance,
            Some(Status::Up) => Self::Up,
            Some(Status::Degraded) => Self::Degraded,
            Some(Status::Down) => Self::Down,
            Some(Status::Unknown) => Self::Unknown,
        }
    }
}

impl Summary {
    /// Sums up the open months of a service up to the chunk that contains `now`.
    ///
    /// # Errors
    /// Returns a [`CodecError`] if the stored slots cannot be read.
    pub fn of_open_months(
        service: &Service,
        probes: &[ProbeTimeline],
        windows: &[Window],
        voids: &[VoidSpan],
        open_from: Month,
        now: Instant,
    ) -> Result<Vec<Self>, CodecError> {
        let to = service.resolution_s.chunk(now);
        let last = Month::of(now, service.time_zone);
        let mut months: Vec<Month> = Vec::new();
        let mut month = last;
        while month >= open_from && months.len() < MONTHS_MAX {
            months.push(month);
            month = month.previous();
        }
        months.reverse();
        let mut summaries = Vec::new();
        for month in months {
            let Some(period) = service.period(month, Instant::from_epoch_s(i64::MAX)) else { continue };
            let part = Span::new(period.start, period.end.min(to.max(period.start)));
            let account = Account::of(service, probes, windows, voids, part)?;
            summaries.push(Self::new(service, month, &account, part, probes)?);
        }
        Ok(summaries)
    }

    /// Sums up a closed month from its newest statement and the inputs of that statement.
    ///
    /// # Errors
    /// Returns a [`StatementError`] if the stored slots cannot be read.
    pub fn of_statement(inputs: &Inputs, statement: &Statement) -> Result<Self, StatementError> {
        let Inputs { service, probes, windows, voids, .. } = inputs;
        let account = Account::of(service, probes, windows, voids, statement.period)?;
        let stated = NewestStatement {
            revision: statement.revision,
            availability_pct: statement.availability_pct.clone(),
            commitment_pct: statement.commitment_pct.clone(),
            verdict: statement.verdict,
            credit: statement.credit.amount,
        };
        // A later month in which nobody looks continues from these last reports.
        let summary = Self::new(service, inputs.month, &account, statement.period, probes)?;
        Ok(Self { stated: Some(stated), ..summary })
    }

    /// Builds the summary of a month in which nobody has looked at the service: it holds only the last
    /// reports of the newest earlier summary.
    fn unseen(service: &Service, month: Month, before: Option<&Self>) -> Self {
        Self {
            service_id: service.service_id.clone(),
            month,
            to: month.start(service.time_zone),
            from: None,
            days: Vec::new(),
            last_reports: before.map(|before| before.last_reports.clone()).unwrap_or_default(),
            silences: before.map(|before| before.silences.clone()).unwrap_or_default(),
            stated: None,
        }
    }

    fn new(
        service: &Service,
        month: Month,
        account: &Account,
        part: Span,
        probes: &[ProbeTimeline],
    ) -> Result<Self, CodecError> {
        let own = |probe: &ProbeTimeline| Some((probe.probe.clone(), probe.silence?));
        let days = days(account, service.resolution_s, service.time_zone, part);
        Ok(Self {
            service_id: service.service_id.clone(),
            month,
            to: part.end,
            from: days.first().map(|day| day.date),
            days: days.iter().map(|day| written(day.seconds)).collect(),
            last_reports: last_reports_before(service, probes, part.end)?,
            silences: probes.iter().filter_map(own).collect(),
            stated: None,
        })
    }

    /// Returns the days of the summary.
    pub fn days(&self) -> Vec<Day> {
        let Some(from) = self.from else { return Vec::new() };
        let dates = (0..).map_while(|nth| from.checked_add_days(Days::new(nth)));
        dates.zip(&self.days).map(|(date, figures)| Day { date, seconds: read(*figures) }).collect()
    }

    /// Returns the starts of the chunks that may have been written after a service's newest summary.
    pub fn chunks_since(&self, service: &Service, now: Instant) -> Vec<Instant> {
        let resolution = service.resolution_s;
        let is_present = self.month == Month::of(now, service.time_zone);
        let chunks_max = if is_present { usize::MAX } else { CHUNKS_UNSEEN_MAX };
        let first = resolution.chunk(self.to);
        let chunks = (0..).map(|nth| first.plus_s(nth * resolution.chunk_s()));
        chunks.take_while(|chunk| *chunk <= now).take(chunks_max).collect()
    }

    /// Returns the probes that have reported.
    pub fn probes(&self) -> impl Iterator<Item = &ProbeId> {
        self.last_reports.keys()
    }

    /// Continues from the summary to the present.
    ///
    /// # Errors
    /// Returns a [`CodecError`] if the stored slots cannot be read.
    pub fn up_to_now(&self, latest: OpenMonthFacts<'_>) -> Result<Present, CodecError> {
        let OpenMonthFacts { service, chunks, windows, voids, now } = latest;
        let mut present = Present { days: Vec::new(), state: ServiceState::Unknown, since: None };
        // The service may have ended before a month that was looked at.
        let Some(period) = service.period(self.month, now.plus_s(1)) else { return Ok(present) };
        present.days = self.days();
        let part = Span::new(self.to.max(period.start), period.end);
        if part.is_empty() {
            return Ok(present);
        }
        let timeline = |probe: &ProbeId| {
            let carried_in = self.last_reports.get(probe).copied().flatten();
            let chunks = chunks.get(probe).cloned().unwrap_or_default();
            let timeline = ProbeTimeline::new(probe.clone(), carried_in, chunks);
            timeline.with_silence(self.silences.of(probe))
        };
        let known = self
            .last_reports
            .keys()
            .chain(chunks.keys().filter(|probe| !self.last_reports.contains_key(*probe)));
        let probes: Vec<ProbeTimeline> = known.map(timeline).collect();
        let account = Account::of(service, &probes, windows, voids, part)?;
        for day in days(&account, service.resolution_s, service.time_zone, part) {
            match present.days.last_mut().filter(|last| last.date == day.date) {
                Some(last) => last.seconds = last.seconds.plus(day.seconds),
                None => present.days.push(day),
            }
        }
        let slot = service.resolution_s.slot(now);
        if let Some(last) = account.combined.last().filter(|last| last.span.contains(slot)) {
            present.state = ServiceState::of(Some(last.status), windows, slot);
            present.since = Some(last.span.start).filter(|start| *start > part.start);
        }
        Ok(present)
    }
}

/// Builds the view of a service from its summaries, in order of their months, and the latest checks.
///
/// A month in which nobody looked at the service has no summary and continues from the newest earlier one.
/// Without any, the month is unknown from its start.
///
/// # Errors
/// Returns a [`CodecError`] if the stored slots cannot be read.
pub fn lately(summaries: &[Summary], latest: OpenMonthFacts<'_>) -> Result<RecentPast, CodecError> {
    let OpenMonthFacts { service, now, .. } = latest;
    let month = Month::of(now, service.time_zone);
    let newest = summaries.last().filter(|newest| newest.month < month);
    let older = summaries.iter().filter(|s| s.month < newest.map_or(month, |newest| newest.month));
    let older = older.filter(|summary| service.is_provided_in(summary.month));
    let mut days_before: Vec<Day> = older.flat_map(Summary::days).collect();
    if let Some(newest) = newest {
        days_before.extend(newest.up_to_now(latest)?.days);
        let unseen = std::iter::successors(Some(newest.month.next()), |month| Some(month.next()));
        for unseen in unseen.take_while(|unseen| *unseen < month).take(MONTHS_UNSEEN_MAX) {
            days_before.extend(Summary::unseen(service, unseen, Some(newest)).up_to_now(latest)?.days);
        }
    }
    let own = summaries.iter().find(|summary| summary.month == month).cloned();
    let own = own.unwrap_or_else(|| Summary::unseen(service, month, newest));
    Ok(RecentPast { days_before, present: own.up_to_now(latest)? })
}

/// Returns the last report of each probe in a slot before an instant.
fn last_reports_before(
    service: &Service,
    probes: &[ProbeTimeline],
    to: Instant,
) -> Result<BTreeMap<ProbeId, Option<SlotReport>>, CodecError> {
    let resolution = service.resolution_s;
    let mut last_reports = BTreeMap::new();
    for probe in probes {
        let reported = probe.reported(resolution)?;
        let last = reported.iter().rev().find(|(span, _)| span.start < to);
        let last = last.map(|(span, status)| SlotReport {
            slot: span.end.min(to).plus_s(-resolution.seconds()),
            status: *status,
        });
        last_reports.insert(probe.probe.clone(), last);
    }
    Ok(last_reports)
}

fn written(Seconds { up, down, unknown, excluded, .. }: Seconds) -> [i64; 4] {
    [up, down, unknown, excluded]
}

fn read([up, down, unknown, excluded]: [i64; 4]) -> Seconds {
    Seconds { period: up + down + unknown + excluded, up, down, unknown, excluded }
}
