//! A service-month from afar: its days up to an instant, and what is needed to go on from there with the latest
//! checks alone. Derived like everything else: whoever has the timelines can make it again.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::availability::{Seconds, Verdict};
use crate::day::{Day, days};
use crate::statement::{Account, StatementError};
use crate::timeline::{CodecError, EncodedChunk, ProbeTimeline, Reported};
use crate::void::Voided;
use crate::{
    Inputs, Instant, Money, Month, ProbeId, Service, ServiceId, Span, Statement, Status, Window, WindowKind,
};

/// Open months that are summed up: a month is closed some days after its end, so there are seldom more than two.
const MONTHS_MAX: usize = 4;
/// Chunks that can have been written since a service was last looked at: that of the look, and the next, which a
/// check ahead of its time begins. The first check of any later one is a reason to look.
const CHUNKS_UNSEEN_MAX: usize = 2;
/// Months without a summary that are shown: 90 days touch four besides the present one.
const MONTHS_UNSEEN_MAX: usize = 4;

/// What a service-month comes to, day by day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// The service.
    pub service_id: ServiceId,
    /// The month.
    pub month: Month,
    /// The days account for every slot before this one.
    pub to: Instant,
    /// The first day.
    from: Option<NaiveDate>,
    /// Up, down, unknown and excluded seconds of each day.
    days: Vec<[i64; 4]>,
    /// The service's probes, and what each last said before `to`: nothing yet, if it began after that.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    said: BTreeMap<ProbeId, Option<Reported>>,
    /// What the newest statement says, once the month is closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stated: Option<Stated>,
}

/// What a month's newest statement says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stated {
    /// Its revision.
    pub revision: u32,
    /// up / (up + down), in percent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub availability_pct: Option<String>,
    /// The commitment, in percent.
    pub commitment_pct: String,
    /// Whether it was kept.
    pub verdict: Verdict,
    /// The credit that follows.
    pub credit: Money,
}

/// What there is to know about a service's open month besides its summary.
#[derive(Debug, Clone, Copy)]
pub struct Latest<'a> {
    /// The service.
    pub service: &'a Service,
    /// The chunks of its probes from the summary's end on.
    pub chunks: &'a BTreeMap<ProbeId, Vec<EncodedChunk>>,
    /// Maintenance and approved exclusions that touch what follows.
    pub windows: &'a [Window],
    /// Approved voids that can matter to it.
    pub voids: &'a [Voided],
    /// The present instant.
    pub now: Instant,
}

/// What is shown of a service: its latest days and its present month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lately {
    /// The days of earlier months.
    pub days_before: Vec<Day>,
    /// The present month.
    pub present: Present,
}

/// An open month up to now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Present {
    /// Its days so far.
    pub days: Vec<Day>,
    /// What the service is in the present slot; unknown before it begins and after it ends.
    pub state: ServiceState,
    /// Since when its status is what it is, if that is within what the latest chunks tell.
    pub since: Option<Instant>,
}

/// What a service is now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ServiceState {
    /// It is up.
    Up,
    /// It is up, and not as good as it should be.
    Degraded,
    /// It is down.
    Down,
    /// It is not known.
    Unknown,
    /// It is in scheduled maintenance.
    Maintenance,
}

impl ServiceState {
    /// Names what a service is in a slot, by the slot's status and the windows around it: maintenance goes before
    /// whatever is measured, an exclusion does not.
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
    /// Sums up the open months of a service up to the chunk that holds the present.
    ///
    /// # Errors
    /// Stored slots that this version cannot read.
    pub fn of_open_months(
        service: &Service,
        probes: &[ProbeTimeline],
        windows: &[Window],
        voids: &[Voided],
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
            let said = said_before(service, probes, part.end)?;
            summaries.push(Self::new(service, month, &account, part, said));
        }
        Ok(summaries)
    }

    /// Sums up a closed month from what its newest statement follows from.
    ///
    /// # Errors
    /// Stored slots that this version cannot read.
    pub fn of_statement(inputs: &Inputs, statement: &Statement) -> Result<Self, StatementError> {
        let Inputs { service, probes, windows, voids, .. } = inputs;
        let account = Account::of(service, probes, windows, voids, statement.period)?;
        let stated = Stated {
            revision: statement.revision,
            availability_pct: statement.availability_pct.clone(),
            commitment_pct: statement.commitment_pct.clone(),
            verdict: statement.verdict,
            credit: statement.credit.amount,
        };
        // Of a later month in which nobody looks, the service is what was last said in this one.
        let said = said_before(service, probes, statement.period.end)?;
        let summary = Self::new(service, inputs.month, &account, statement.period, said);
        Ok(Self { stated: Some(stated), ..summary })
    }

    /// Makes the summary of a month in which nobody has looked at the service: nothing is known but what the newest
    /// earlier summary has last heard of its probes.
    fn unseen(service: &Service, month: Month, before: Option<&Self>) -> Self {
        Self {
            service_id: service.service_id.clone(),
            month,
            to: month.start(service.time_zone),
            from: None,
            days: Vec::new(),
            said: before.map(|before| before.said.clone()).unwrap_or_default(),
            stated: None,
        }
    }

    fn new(
        service: &Service,
        month: Month,
        account: &Account,
        part: Span,
        said: BTreeMap<ProbeId, Option<Reported>>,
    ) -> Self {
        let days = days(account, service.resolution_s, service.time_zone, part);
        Self {
            service_id: service.service_id.clone(),
            month,
            to: part.end,
            from: days.first().map(|day| day.date),
            days: days.iter().map(|day| written(day.seconds)).collect(),
            said,
            stated: None,
        }
    }

    /// Returns the days.
    pub fn days(&self) -> Vec<Day> {
        let Some(from) = self.from else { return Vec::new() };
        let dates = (0..).map_while(|nth| from.checked_add_days(Days::new(nth)));
        dates.zip(&self.days).map(|(date, figures)| Day { date, seconds: read(*figures) }).collect()
    }

    /// Returns the starts of the chunks that tell what came after a service's newest summary.
    pub fn chunks_since(&self, service: &Service, now: Instant) -> Vec<Instant> {
        let resolution = service.resolution_s;
        let is_present = self.month == Month::of(now, service.time_zone);
        let chunks_max = if is_present { usize::MAX } else { CHUNKS_UNSEEN_MAX };
        let first = resolution.chunk(self.to);
        let chunks = (0..).map(|nth| first.plus_s(nth * resolution.chunk_s()));
        chunks.take_while(|chunk| *chunk <= now).take(chunks_max).collect()
    }

    /// Returns the probes that have said anything.
    pub fn probes(&self) -> impl Iterator<Item = &ProbeId> {
        self.said.keys()
    }

    /// Goes on from the summary to the present.
    ///
    /// # Errors
    /// Stored slots that this version cannot read.
    pub fn up_to_now(&self, latest: Latest<'_>) -> Result<Present, CodecError> {
        let Latest { service, chunks, windows, voids, now } = latest;
        let mut present = Present { days: Vec::new(), state: ServiceState::Unknown, since: None };
        // A service may have ended before a month that was looked at.
        let Some(period) = service.period(self.month, now.plus_s(1)) else { return Ok(present) };
        present.days = self.days();
        let part = Span::new(self.to.max(period.start), period.end);
        if part.is_empty() {
            return Ok(present);
        }
        let timeline = |probe: &ProbeId| {
            let carried_in = self.said.get(probe).copied().flatten();
            ProbeTimeline::new(probe.clone(), carried_in, chunks.get(probe).cloned().unwrap_or_default())
        };
        let known = self.said.keys().chain(chunks.keys().filter(|probe| !self.said.contains_key(*probe)));
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

/// Shows a service by its summaries, in order of their months, and what came after the newest of them.
///
/// A month in which nobody looked at the service has no summary: it goes on from the newest earlier one. Without any,
/// the month is unknown since its start.
///
/// # Errors
/// Stored slots that this version cannot read.
pub fn lately(summaries: &[Summary], latest: Latest<'_>) -> Result<Lately, CodecError> {
    let Latest { service, now, .. } = latest;
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
    Ok(Lately { days_before, present: own.up_to_now(latest)? })
}

/// Returns what each probe last said in a slot before an instant.
fn said_before(
    service: &Service,
    probes: &[ProbeTimeline],
    to: Instant,
) -> Result<BTreeMap<ProbeId, Option<Reported>>, CodecError> {
    let resolution = service.resolution_s;
    let mut said = BTreeMap::new();
    for probe in probes {
        let reported = probe.reported(resolution)?;
        let last = reported.iter().rev().find(|(span, _)| span.start < to);
        let last = last.map(|(span, status)| Reported {
            slot: span.end.min(to).plus_s(-resolution.seconds()),
            status: *status,
        });
        said.insert(probe.probe.clone(), last);
    }
    Ok(said)
}

fn written(Seconds { up, down, unknown, excluded, .. }: Seconds) -> [i64; 4] {
    [up, down, unknown, excluded]
}

fn read([up, down, unknown, excluded]: [i64; 4]) -> Seconds {
    Seconds { period: up + down + unknown + excluded, up, down, unknown, excluded }
}
