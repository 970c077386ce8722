//! Finds the facts to announce now: outages, used budgets, breaches certain or uncertain again, silence. A
//! pure comparison of the present knowledge with the announcements on record: repeating it announces nothing
//! twice.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::account::Account;
use crate::availability::{Seconds, percent_of_ppm};
use crate::claim::{ClaimWindow, OutagesEnd};
use crate::credit::Credit;
use crate::exclusion::{Window, exclude, excluded_s};
use crate::ledger::CreditKind;
use crate::settlement::{ClaimReminders, WindowClosing};
use crate::terms::{ClaimMode, ClaimTerms};
use crate::timeline::{CodecError, ProbeTimeline};
use crate::void::VoidSpan;
use crate::{Allowance, Instant, Money, Month, ProbeId, Service, Span, Status, Terms, TermsBook};

/// Outages of one month announced one by one. Beyond that, flapping holds back notices, never seconds.
pub const ANNOUNCED_OUTAGES_MAX: usize = 1000;
/// Closed months summed up for one outage: ten years.
const CLOSED_PARTS_MAX: usize = 120;

/// The facts about a service in the months that are not closed.
#[derive(Debug, Clone, Copy)]
pub struct Knowledge<'a> {
    /// The service.
    pub service: &'a Service,
    /// The revisions of the agreement.
    pub terms: &'a TermsBook,
    /// The probes' timelines from the start of [`Announcements::open_from`], including the carried-in checks.
    pub probes: &'a [ProbeTimeline],
    /// Maintenance and approved exclusions that touch those months.
    pub windows: &'a [Window],
    /// Approved voids that can affect those months. They do not touch silence, which is about the arrival of
    /// checks, not their worth.
    pub voids: &'a [VoidSpan],
    /// The present instant.
    pub now: Instant,
}

/// The announcements on record for a service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Announcements {
    /// The earliest month that is not closed.
    pub open_from: Month,
    /// Later months that were closed before it.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    closed: BTreeSet<Month>,
    /// Announced outages, ascending.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    outages: Vec<AnnouncedOutage>,
    /// The part of each closed month, by its newest statement, in the announced outage that continues beyond
    /// its end.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    closed_parts: BTreeMap<Month, ClosedPart>,
    /// Warnings and breaches by month.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    months: BTreeMap<Month, AnnouncedMonth>,
    /// Probes announced as silent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    silent: Vec<Silence>,
}

/// An announced outage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct AnnouncedOutage {
    started_at: Instant,
    /// The announced end; none while the outage is announced as open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ended_at: Option<Instant>,
    /// Number of announcements that it is open.
    openings: u32,
    /// Other ends announced before; returning to one of them is not announced again.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    earlier_ends: BTreeSet<Instant>,
}

/// The seconds of a closed month within the outage that continues beyond its end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ClosedPart {
    /// Seconds that count as downtime.
    pub(crate) down_s: i64,
    /// Seconds that are excluded.
    pub(crate) excluded_s: i64,
}

/// The announcements about a month.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct AnnouncedMonth {
    /// The standing warnings, in percent of the allowed downtime.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    warned_pct: Vec<i64>,
    /// Number of times that each warning was given and then forgotten.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    forgotten: BTreeMap<i64, u32>,
    /// Number of announced breaches.
    #[serde(default)]
    episodes: u32,
    /// True if the last of them stands.
    #[serde(default)]
    breached: bool,
    /// The claim reminders of the month.
    #[serde(rename = "told", default, skip_serializing_if = "is_default")]
    reminders: ClaimReminders,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// A probe that fell silent, or a service that was never checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Silence {
    /// The probe; none if the service was never checked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probe: Option<ProbeId>,
    /// The first slot without a known status.
    pub since: Instant,
}

/// A fact about a service to announce.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fact {
    /// The service went down, or an outage announced as ended continues.
    OutageOpened {
        /// Start of the first down slot.
        started_at: Instant,
        /// Number of this opening: 1, then one more each time that late checks show the outage to have
        /// continued.
        opening: u32,
    },
    /// The service is no longer known to be down.
    OutageClosed {
        /// Start of the first down slot.
        started_at: Instant,
        /// End of the last down slot; equal to the start if no down slot is left.
        ended_at: Instant,
        /// Seconds that count as downtime.
        down_s: i64,
        /// Seconds that are excluded.
        excluded_s: i64,
    },
    /// A share of the month's allowed downtime is used up.
    AtRisk(Budget),
    /// The month can no longer keep its commitment.
    Breached(Breach),
    /// An announced breach is uncertain again.
    BreachWithdrawn(Breach),
    /// The claim window of a breach is about to close, and nobody has claimed.
    WindowClosing(WindowClosing),
    /// A probe fell silent.
    Silent(Silence),
}

/// The used share of a month's allowed downtime.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Budget {
    /// The month.
    pub month: Month,
    /// The reached percentage of the allowed downtime.
    pub threshold_pct: i64,
    /// Number of this warning within the month, starting at 1. It is given again if downtime falls below the
    /// threshold and reaches it once more.
    #[serde(default = "first", skip_serializing_if = "is_first")]
    pub episode: u32,
    /// Instant at which it was reached.
    pub occurred_at: Instant,
    /// Counted downtime so far, in seconds.
    pub down_s: i64,
    /// Most seconds of downtime that keep the commitment.
    pub allowed_s: i64,
    /// The commitment.
    pub commitment_pct: String,
}

const fn first() -> u32 {
    1
}

const fn is_first(episode: &u32) -> bool {
    *episode == first()
}

/// A breach, as announced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Breach {
    /// The month.
    pub month: Month,
    /// Number of this breach within the month, starting at 1.
    pub episode: u32,
    /// Instant at which it became certain, or uncertain again.
    pub occurred_at: Instant,
    /// Counted downtime so far, in seconds.
    pub down_s: i64,
    /// Most seconds of downtime that keep the commitment.
    pub allowed_s: i64,
    /// Best availability that is still possible.
    pub best_pct: Option<String>,
    /// The commitment.
    pub commitment_pct: String,
    /// The credit for the counted downtime, if none is added.
    pub credit: Money,
    /// The largest credit that the month can earn.
    pub credit_max: Money,
    /// The rules for claiming it.
    pub claims: ClaimTerms,
    /// First instant at which a claim is late, as things stand; none while an outage is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claim_until: Option<Instant>,
}

/// The result of an assessment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assessment {
    /// The facts to publish, each once.
    pub facts: Vec<Fact>,
    /// The announcements on record once the facts are published.
    pub announcements: Announcements,
    /// Instant at which to assess again; none if nothing can happen without a check.
    pub due_at: Option<Instant>,
    /// The claim windows of breached open months, as things stand.
    pub windows: BTreeMap<Month, ClaimWindow>,
}

impl AnnouncedOutage {
    /// Builds the record of an outage not announced yet.
    fn from(started_at: Instant) -> Self {
        Self { started_at, ended_at: None, openings: 0, earlier_ends: BTreeSet::new() }
    }

    /// True if the outage, known to start before a run's end, touches that run, which starts at `start`.
    fn touches_from(&self, start: Instant) -> bool {
        self.started_at >= start || self.ended_at.is_none_or(|ended| ended > start)
    }

    /// Records an end. True if it has not been announced before.
    fn end(&mut self, ended_at: Instant) -> bool {
        self.earlier_ends.extend(self.ended_at);
        self.ended_at = Some(ended_at);
        !self.earlier_ends.remove(&ended_at)
    }

    /// Records that the outage continues, and returns the number of this opening.
    fn open(&mut self) -> u32 {
        self.earlier_ends.extend(self.ended_at.take());
        self.openings += 1;
        self.openings
    }
}

impl ClosedPart {
    /// Accounts for a span of down slots.
    pub(crate) fn of(down: Span, union: &[Span]) -> Self {
        let excluded_s = excluded_s(down, union);
        Self { down_s: down.length_s() - excluded_s, excluded_s }
    }

    const fn plus(self, other: Self) -> Self {
        Self { down_s: self.down_s + other.down_s, excluded_s: self.excluded_s + other.excluded_s }
    }
}

impl AnnouncedMonth {
    /// Records that the customer is now told of a breach or its withdrawal.
    fn turn(&mut self, breached: bool, now: Instant) {
        self.episodes += u32::from(breached);
        self.breached = breached;
        self.reminders.breach_at = breached.then_some(now);
    }

    /// Forgets the warnings whose thresholds are no longer reached.
    fn forget_warnings(&mut self, is_reached: impl Fn(i64) -> bool) {
        let forgotten = self.warned_pct.extract_if(.., |threshold_pct| !is_reached(*threshold_pct));
        for threshold_pct in forgotten {
            *self.forgotten.entry(threshold_pct).or_default() += 1;
        }
    }
}

impl Announcements {
    /// Builds the record of a service without announcements.
    pub fn nothing(service: &Service) -> Self {
        Self {
            open_from: service.counted_from(),
            closed: BTreeSet::new(),
            outages: Vec::new(),
            closed_parts: BTreeMap::new(),
            months: BTreeMap::new(),
            silent: Vec::new(),
        }
    }

    /// Records that a month is closed, and forgets outages that no open month needs.
    pub fn close(&mut self, month: Month, service: &Service) {
        if month >= self.open_from {
            self.closed.insert(month);
        }
        while self.closed.remove(&self.open_from) {
            self.open_from = self.open_from.next();
        }
        let open_start = self.open_from.start(service.time_zone);
        self.outages.retain(|outage| {
            outage.started_at >= open_start || outage.ended_at.is_none_or(|ended| ended > open_start)
        });
        let (open_from, first) = (self.open_from, self.outages.first().map(|outage| outage.started_at));
        self.closed_parts
            .retain(|month, _| first.is_some_and(|first| first < month.bounds(service.time_zone).end));
        self.months.retain(|month, announced| {
            *month >= open_from || announced.episodes > 0 || !is_default(&announced.reminders)
        });
    }

    /// True if an announced outage began before a month's end and continues beyond it.
    pub(crate) fn lasts_beyond(&self, month: Month, service: &Service) -> bool {
        let end = month.bounds(service.time_zone).end;
        self.outages.iter().any(|outage| outage.started_at < end && outage.touches_from(end))
    }

    /// Records a closed month's part of the outage that continues beyond its end.
    pub(crate) fn set_closed_part(&mut self, month: Month, part: ClosedPart) {
        self.closed_parts.insert(month, part);
    }

    /// Returns the part of closed months in an announced outage that continues into the first open month.
    /// Goes back month by month as long as the outage fills them.
    fn closed_part(&self, started_at: Instant, service: &Service) -> ClosedPart {
        let first = Month::of(started_at, service.time_zone);
        let (mut month, mut sum) = (self.open_from, ClosedPart::default());
        for _ in 0..CLOSED_PARTS_MAX {
            if month <= first {
                break;
            }
            month = month.previous();
            let Some(period) = service.period(month, Instant::from_epoch_s(i64::MAX)) else { break };
            // Without a recorded part, the month counts as down: the outage would have ended otherwise.
            let since_start = || Span::new(started_at, period.end).intersect(period).length_s();
            let recorded = self.closed_parts.get(&month).copied();
            let part = recorded.unwrap_or_else(|| ClosedPart { down_s: since_start(), excluded_s: 0 });
            sum = sum.plus(part);
            if part.down_s + part.excluded_s < period.length_s() {
                break;
            }
        }
        sum
    }

    /// True if a month is closed.
    pub fn is_closed(&self, month: Month) -> bool {
        month < self.open_from || self.closed.contains(&month)
    }

    /// Returns the claim reminders of a month.
    pub fn reminders(&self, month: Month) -> ClaimReminders {
        self.months.get(&month).map(|announced| announced.reminders.clone()).unwrap_or_default()
    }

    /// Records the claim reminders of a month.
    pub fn set_reminders(&mut self, month: Month, reminders: ClaimReminders) {
        if reminders != self.reminders(month) {
            self.months.entry(month).or_default().reminders = reminders;
        }
    }

    /// Records that the customer is now told of a missed limit.
    pub fn missed(&mut self, month: Month, now: Instant) {
        self.months.entry(month).or_default().reminders.missed_at = Some(now);
    }

    /// Records that a month's availability is claimed or not: a claimed month gets no reminder.
    pub fn note_claims(&mut self, month: Month, is_claimed: bool) {
        if is_claimed || self.reminders(month).claimed {
            self.months.entry(month).or_default().reminders.claimed = is_claimed;
        }
    }

    /// Lists the closed months to settle again by `now`.
    pub fn months_to_settle(&self, now: Instant) -> Vec<Month> {
        let due = self
            .months
            .iter()
            .filter(|(_, announced)| announced.reminders.look_at.is_some_and(|at| at <= now));
        due.map(|(month, _)| *month).collect()
    }

    /// Returns the instant at which the next closed month is to be settled again.
    pub fn settles_at(&self) -> Option<Instant> {
        self.months.values().filter_map(|announced| announced.reminders.look_at).min()
    }

    /// Returns the month after the last closed one.
    pub fn beyond_closed(&self) -> Month {
        self.closed.last().map_or(self.open_from, |last| last.next())
    }

    /// True if the latest announcement about a month is that it is breached.
    pub fn breached(&self, month: Month) -> bool {
        self.months.get(&month).is_some_and(|announced| announced.breached)
    }

    /// Records the announcement of a breach or its withdrawal, and returns its episode.
    pub fn breach(&mut self, month: Month, breached: bool, now: Instant) -> u32 {
        if breached != self.breached(month) {
            self.months.entry(month).or_default().turn(breached, now);
        }
        self.months.get(&month).map_or(0, |announced| announced.episodes)
    }
}

/// Compares the present knowledge with the announcements on record, and returns at most `facts_max` facts.
///
/// # Errors
/// Returns a [`CodecError`] if the stored slots cannot be read.
pub fn assess(
    knowledge: &Knowledge<'_>,
    announcements: &Announcements,
    facts_max: usize,
) -> Result<Assessment, CodecError> {
    let mut assessor = Assessor {
        knowledge,
        announcements: announcements.clone(),
        facts: Vec::new(),
        windows: BTreeMap::new(),
        reminds_at: None,
    };
    let range = assessor.range()?;
    let Knowledge { service, probes, windows, voids, now, .. } = *knowledge;
    let account = Account::of(service, probes, windows, voids, range)?;
    assessor.outages(&account, range, facts_max);
    assessor.months(&account, range, facts_max);
    assessor.outages_of_closed_months(&account, range);
    let down = account.combined.last().is_some_and(|last| last.status == Status::Down);
    let turns_at = (down && !assessor.over()).then(|| assessor.turns_at(&account, range));
    let silent_at = assessor.silence(facts_max)?;
    // A void may end within the present slot, and the carried status is visible again from the next one.
    let unvoided_at = voids.iter().map(|void| service.resolution_s.slot_from(void.ends_at));
    let unvoided_at = unvoided_at.filter(|at| *at > now).min();
    let due_at = if assessor.facts.len() >= facts_max {
        Some(now)
    } else {
        let by_itself = silent_at.into_iter().chain(turns_at).chain(unvoided_at).chain(assessor.reminds_at);
        by_itself.chain(assessor.announcements.settles_at()).min()
    };
    let Assessor { facts, announcements, windows, .. } = assessor;
    Ok(Assessment { facts, announcements, due_at, windows })
}

struct Assessor<'a> {
    knowledge: &'a Knowledge<'a>,
    announcements: Announcements,
    facts: Vec<Fact>,
    /// The claim windows of breached open months.
    windows: BTreeMap<Month, ClaimWindow>,
    /// Instant of the next claim reminder.
    reminds_at: Option<Instant>,
}

impl Assessor<'_> {
    /// Returns the slots from the first open month to the present one, or to the latest check if that is
    /// ahead. Empty if the service ended before.
    fn range(&self) -> Result<Span, CodecError> {
        let Knowledge { service, probes, now, .. } = *self.knowledge;
        let resolution = service.resolution_s;
        let mut latest = now;
        for probe in probes {
            latest = probe.last_reported(resolution)?.map_or(latest, |reported| latest.max(reported.slot));
        }
        let open = Span::new(self.open_start(), latest.plus_s(1));
        let slots = resolution.slots_in(open.intersect(service.provided()));
        Ok(Span::new(slots.start, slots.end.max(slots.start)))
    }

    fn outages(&mut self, account: &Account, range: Span, facts_max: usize) {
        let mut before = std::mem::take(&mut self.announcements.outages);
        let mut after = Vec::with_capacity(before.len());
        for run in account.combined.iter().filter(|stretch| stretch.status == Status::Down) {
            let ended_at = (self.over() || run.span.end < range.end).then_some(run.span.end);
            let split =
                before.iter().position(|outage| outage.started_at >= run.span.end).unwrap_or(before.len());
            let rest = before.split_off(split);
            // An outage of closed months continues only in a run that starts with the open months.
            let goes_on =
                |outage: &AnnouncedOutage| outage.started_at >= range.start || run.span.start <= range.start;
            let (mut touching, passed): (Vec<_>, Vec<_>) =
                before.into_iter().partition(|outage| outage.touches_from(run.span.start) && goes_on(outage));
            before = rest;
            for outage in passed {
                after.push(self.vanished(outage, range, facts_max));
            }
            self.outage(run.span, ended_at, &mut touching, account, &after, facts_max);
            after.append(&mut touching);
        }
        for outage in before {
            after.push(self.vanished(outage, range, facts_max));
        }
        after.sort_by_key(|outage| outage.started_at);
        self.announcements.outages = after;
    }

    /// Announces the news about one run of down slots, given the announced outages that touch it.
    ///
    /// Announced outages that the run absorbs stay unchanged in `touching`: if late checks split the run
    /// again, nothing is announced twice.
    fn outage(
        &mut self,
        run: Span,
        ended_at: Option<Instant>,
        touching: &mut Vec<AnnouncedOutage>,
        account: &Account,
        announced: &[AnnouncedOutage],
        facts_max: usize,
    ) {
        let open = touching.iter().position(|outage| outage.ended_at.is_none());
        if open.is_none() && ended_at.is_some() && touching.iter().any(|outage| outage.ended_at == ended_at) {
            return;
        }
        // An outage announced as open continues, even if an earlier one has grown into it: its end must
        // follow.
        let known = open.unwrap_or(0);
        // Once its opening was announced, only an outage's end is news. An outage that continues after its
        // announced end is open again.
        let say_opening = if ended_at.is_some() { touching.is_empty() } else { open.is_none() };
        if say_opening {
            if self.facts.len() >= facts_max || self.enough(run.start, announced) {
                return;
            }
            if touching.is_empty() {
                touching.push(AnnouncedOutage::from(run.start));
            }
            let (started_at, opening) = (touching[known].started_at, touching[known].open());
            self.facts.push(Fact::OutageOpened { started_at, opening });
        }
        let Some(ended_at) = ended_at.filter(|_| self.facts.len() < facts_max) else { return };
        let outage = &mut touching[known];
        if outage.end(ended_at) {
            let started_at = outage.started_at;
            let closed_part = self.announcements.closed_part(touching[0].started_at, self.knowledge.service);
            let ClosedPart { down_s, excluded_s } = closed_part.plus(ClosedPart::of(run, &account.union));
            self.facts.push(Fact::OutageClosed { started_at, ended_at, down_s, excluded_s });
        }
    }

    /// Withdraws an announced outage that has no down slot left; it stays on record as an empty one.
    ///
    /// Its part in closed months stands, as their statements have it.
    fn vanished(&mut self, mut announced: AnnouncedOutage, range: Span, facts_max: usize) -> AnnouncedOutage {
        let (started_at, ended_at) = (announced.started_at, announced.started_at.max(range.start));
        if announced.ended_at != Some(ended_at) && self.facts.len() < facts_max && announced.end(ended_at) {
            let part = self.announcements.closed_part(started_at, self.knowledge.service);
            let ClosedPart { down_s, excluded_s } = part;
            self.facts.push(Fact::OutageClosed { started_at, ended_at, down_s, excluded_s });
        }
        announced
    }

    /// True if enough outages of the same month have been announced.
    fn enough(&self, started_at: Instant, announced: &[AnnouncedOutage]) -> bool {
        if announced.len() < ANNOUNCED_OUTAGES_MAX {
            return false;
        }
        let zone = self.knowledge.service.time_zone;
        let month = Month::of(started_at, zone).bounds(zone);
        announced.iter().filter(|outage| month.contains(outage.started_at)).count() >= ANNOUNCED_OUTAGES_MAX
    }

    /// True if the service is terminated.
    fn over(&self) -> bool {
        self.knowledge.service.terminated_at.is_some_and(|at| at <= self.knowledge.now)
    }

    fn open_start(&self) -> Instant {
        self.announcements.open_from.start(self.knowledge.service.time_zone)
    }

    fn months(&mut self, account: &Account, range: Span, facts_max: usize) {
        let zone = self.knowledge.service.time_zone;
        // Announcements about a month that now lies after the service's end are withdrawn.
        let announced =
            self.announcements.months.range(self.announcements.open_from..).map(|(month, _)| *month);
        let mut months: BTreeSet<Month> = announced.collect();
        let mut month = Month::of(range.start, zone);
        while month.start(zone) < range.end {
            months.insert(month);
            month = month.next();
        }
        for month in months {
            if !self.announcements.closed.contains(&month) {
                self.month(month, account, facts_max);
            }
        }
    }

    /// Returns the instant at which a service that stays down reaches its next warning, a breach, the next
    /// month or its end.
    fn turns_at(&self, account: &Account, range: Span) -> Instant {
        let Knowledge { service, .. } = *self.knowledge;
        let month = Month::of(range.end.plus_s(-1), service.time_zone);
        let next_month = month.bounds(service.time_zone).end.min(service.provided().end);
        let progress = Progress::of(self.knowledge, month, account);
        let announced = self.announcements.months.get(&month).cloned().unwrap_or_default();
        let unannounced =
            progress.terms.warnings_pct.iter().filter(|percent| !announced.warned_pct.contains(percent));
        let warnings = unannounced.map(|&percent| progress.allowance.budget_s(percent).max(1));
        let breach = (!announced.breached).then_some(progress.allowance.breaking_s());
        let (down_s, slot_s) = (progress.downtime.counted_s(), service.resolution_s.seconds());
        let left_s =
            warnings.chain(breach).map(|seconds| seconds - down_s).filter(|&left_s| left_s > 0).min();
        // The threshold is reached at the start of the slot that contains its last second.
        left_s.map_or(next_month, |left_s| range.end.plus_s((left_s - 1) / slot_s * slot_s).min(next_month))
    }

    fn month(&mut self, month: Month, account: &Account, facts_max: usize) {
        let progress = Progress::of(self.knowledge, month, account);
        let mut announced = self.announcements.months.get(&month).cloned().unwrap_or_default();
        self.breach(&progress, account, &mut announced, facts_max);
        // A standing breach makes every warning moot.
        if announced.breached {
            self.claims(&progress, account, &mut announced, facts_max);
        } else {
            self.warnings(&progress, &mut announced, facts_max);
        }
        if announced != AnnouncedMonth::default() {
            self.announcements.months.insert(month, announced);
        }
    }

    /// Announces a breach that has become certain, or withdraws one that no longer is.
    fn breach(
        &mut self,
        progress: &Progress<'_>,
        account: &Account,
        announced: &mut AnnouncedMonth,
        facts_max: usize,
    ) {
        let Knowledge { service, now, .. } = *self.knowledge;
        let &Progress { month, terms, allowance, .. } = progress;
        let down_s = progress.downtime.counted_s();
        let breached = allowance.agreed_s > 0 && down_s >= allowance.breaking_s();
        if breached == announced.breached || self.facts.len() >= facts_max {
            return;
        }
        announced.turn(breached, now);
        let (_, fee) = service.in_month(month);
        let reached_at = progress.downtime.reached(allowance.breaking_s(), service.resolution_s.seconds());
        let window = self.window(progress, account, announced);
        let breach = Breach {
            month,
            episode: announced.episodes,
            occurred_at: reached_at.filter(|_| breached).unwrap_or(now),
            down_s,
            allowed_s: allowance.allowed_s(),
            best_pct: progress.seconds().best_pct(),
            commitment_pct: percent_of_ppm(allowance.commitment_ppm),
            credit: progress.credit(fee),
            credit_max: Credit::most(&terms.credits, fee),
            claims: terms.claims.clone(),
            claim_until: window.until().filter(|_| breached),
        };
        self.facts.push(if breached { Fact::Breached(breach) } else { Fact::BreachWithdrawn(breach) });
    }

    /// Returns the claim window of a month, as things stand.
    fn window(&self, progress: &Progress<'_>, account: &Account, announced: &AnnouncedMonth) -> ClaimWindow {
        let outages = match progress.downtime.latest_end(account, self.over()) {
            Some(end) => OutagesEnd::At(end),
            None => OutagesEnd::Open,
        };
        let (days, zone) = (progress.terms.claims.window_days, self.knowledge.service.time_zone);
        ClaimWindow::of(announced.reminders.breach_at, outages, days, zone)
    }

    /// Reminds of a claim window that is about to close in a breached, unclaimed month.
    fn claims(
        &mut self,
        progress: &Progress<'_>,
        account: &Account,
        announced: &mut AnnouncedMonth,
        facts_max: usize,
    ) {
        let Knowledge { service, now, .. } = *self.knowledge;
        let &Progress { month, terms, .. } = progress;
        let window = self.window(progress, account, announced);
        self.windows.insert(month, window);
        let kind = CreditKind::Uptime;
        let Some(claim_until) = window.until().filter(|until| now < *until) else { return };
        if announced.reminders.claimed || terms.claims.mode == ClaimMode::Automatic {
            return;
        }
        if announced.reminders.reminded.get(&kind) == Some(&claim_until) {
            return;
        }
        let reminder_h = terms.claims.reminder_h;
        let remind_at = claim_until.plus_s(-reminder_h * 3600);
        if now < remind_at {
            self.reminds_at = Some(self.reminds_at.map_or(remind_at, |other| other.min(remind_at)));
        } else if self.facts.len() < facts_max {
            let credit = progress.credit(service.in_month(month).1);
            announced.reminders.reminded.insert(kind, claim_until);
            let closing = WindowClosing { month, kind, claim_until, reminder_h, credit: Some(credit) };
            self.facts.push(Fact::WindowClosing(closing));
        }
    }

    /// Schedules closed months for settling if the outage that continued beyond their end is over.
    fn outages_of_closed_months(&mut self, account: &Account, range: Span) {
        let Knowledge { service, now, .. } = *self.knowledge;
        let (over, zone) = (self.over(), service.time_zone);
        for (month, announced) in &mut self.announcements.months {
            let after = month.bounds(zone).end.max(range.start);
            let still_open = account.combined.iter().any(|stretch| {
                let down = stretch.status == Status::Down && stretch.span.contains(after);
                down && stretch.span.end >= range.end && !over
            });
            if announced.reminders.awaits_outage && !still_open {
                announced.reminders.awaits_outage = false;
                announced.reminders.look_at = Some(now);
            }
        }
    }

    /// Warns of each used-up share of the allowed downtime, and forgets warnings no longer reached.
    fn warnings(&mut self, progress: &Progress<'_>, announced: &mut AnnouncedMonth, facts_max: usize) {
        let Knowledge { service, now, .. } = *self.knowledge;
        let &Progress { month, terms, allowance, .. } = progress;
        let down_s = progress.downtime.counted_s();
        let reaching_s = |threshold_pct| allowance.budget_s(threshold_pct).max(1);
        let is_reached = |threshold_pct| allowance.agreed_s > 0 && down_s >= reaching_s(threshold_pct);
        announced.forget_warnings(is_reached);
        for &threshold_pct in &terms.warnings_pct {
            if !is_reached(threshold_pct) || announced.warned_pct.contains(&threshold_pct) {
                continue;
            }
            if self.facts.len() >= facts_max {
                return;
            }
            announced.warned_pct.push(threshold_pct);
            self.facts.push(Fact::AtRisk(Budget {
                month,
                threshold_pct,
                episode: announced.forgotten.get(&threshold_pct).map_or(1, |times| times + 1),
                occurred_at: progress
                    .downtime
                    .reached(reaching_s(threshold_pct), service.resolution_s.seconds())
                    .unwrap_or(now),
                down_s,
                allowed_s: allowance.allowed_s(),
                commitment_pct: percent_of_ppm(allowance.commitment_ppm),
            }));
        }
    }

    /// Announces the probes that fell silent, and returns the instant at which the next one will, if nothing
    /// arrives.
    ///
    /// A probe that is still silent is not announced again, even if a late check moves the start of its
    /// silence.
    fn silence(&mut self, facts_max: usize) -> Result<Option<Instant>, CodecError> {
        let Knowledge { service, probes, now, .. } = *self.knowledge;
        if self.over() {
            self.announcements.silent.clear();
            return Ok(None);
        }
        let mut expected: Vec<Silence> = Vec::new();
        for probe in probes {
            let last =
                probe.last_reported(service.resolution_s)?.filter(|last| last.status != Status::Unknown);
            let since = last.and_then(|last| service.carrying().silent_from(last.slot));
            expected.extend(since.map(|since| Silence { probe: Some(probe.probe.clone()), since }));
        }
        if probes.is_empty() {
            let since = service.carrying().silent_from(service.resolution_s.slot(service.activated_at));
            expected.extend(since.map(|since| Silence { probe: None, since }));
        }
        let (silent, speaking): (Vec<_>, Vec<_>) =
            expected.into_iter().partition(|silence| silence.since <= now);
        let before = std::mem::take(&mut self.announcements.silent);
        // A probe that is no longer looked at stays on record as silent, so that it is not announced twice.
        let is_retired = |announced: &&Silence| {
            announced.probe.as_ref().is_some_and(|own| !probes.iter().any(|probe| probe.probe == *own))
        };
        self.announcements.silent.extend(before.iter().filter(is_retired).cloned());
        for silence in silent {
            if !before.iter().any(|announced| announced.probe == silence.probe) {
                if self.facts.len() >= facts_max {
                    continue;
                }
                self.facts.push(Fact::Silent(silence.clone()));
            }
            self.announcements.silent.push(silence);
        }
        Ok(speaking.into_iter().map(|silence| silence.since).min())
    }
}

/// The progress of a month toward a breach.
struct Progress<'a> {
    month: Month,
    terms: &'a Terms,
    /// The allowance of the whole month.
    allowance: Allowance,
    downtime: Downtime,
}

impl<'a> Progress<'a> {
    fn of(knowledge: &Knowledge<'a>, month: Month, account: &Account) -> Self {
        let Knowledge { service, terms, windows, .. } = *knowledge;
        // The whole month: slots to come are up until a check says otherwise. Nothing is agreed for a month
        // in which the service is not provided.
        let start = month.start(service.time_zone);
        let period =
            service.period(month, Instant::from_epoch_s(i64::MAX)).unwrap_or(Span::new(start, start));
        let terms = terms.in_force(month);
        let (_, union) = exclude(windows, service.resolution_s, period);
        let commitment_ppm = terms.promise(service.in_month(month).0).commitment_ppm;
        Self {
            month,
            terms,
            allowance: Allowance::within(period, &union, commitment_ppm),
            downtime: Downtime::of(account, &union, period),
        }
    }

    /// Returns the agreed seconds of the month, up unless they are known to be down.
    fn seconds(&self) -> Seconds {
        let (period, down) = (self.allowance.agreed_s, self.downtime.counted_s());
        Seconds { period, up: period - down, down, ..Seconds::default() }
    }

    /// Returns the credit of a month with this fee if no downtime is added.
    fn credit(&self, fee: Money) -> Money {
        let seconds = self.seconds();
        let verdict = seconds.verdict(self.allowance.commitment_ppm);
        Credit::compute(&self.terms.credits, fee, seconds, verdict).amount
    }
}

/// The counted downtime of a month: down, and not excluded.
struct Downtime(Vec<Span>);

impl Downtime {
    fn of(account: &Account, union: &[Span], period: Span) -> Self {
        let mut counted = Vec::new();
        for run in account.combined.iter().filter(|stretch| stretch.status == Status::Down) {
            let run = run.span.intersect(period);
            let mut start = run.start;
            for window in union.iter().filter(|window| window.overlaps(run)) {
                counted.push(Span::new(start, window.start));
                start = window.end;
            }
            counted.push(Span::new(start, run.end));
        }
        counted.retain(|span| !span.is_empty());
        Self(counted)
    }

    fn counted_s(&self) -> i64 {
        self.0.iter().map(|span| span.length_s()).sum()
    }

    /// Returns the start of the slot in which the downtime reaches `seconds`.
    fn reached(&self, seconds: i64, slot_s: i64) -> Option<Instant> {
        let mut before_s = 0;
        for span in &self.0 {
            if before_s + span.length_s() >= seconds {
                let into_s = (seconds - before_s - 1).max(0) / slot_s * slot_s;
                return Some(span.start.plus_s(into_s));
            }
            before_s += span.length_s();
        }
        None
    }

    /// Returns the unclipped end of the month's last counted outage; `None` while it is open.
    fn latest_end(&self, account: &Account, over: bool) -> Option<Instant> {
        let last = self.0.last()?;
        let end = account.combined.last()?.span.end;
        let mut runs = account.combined.iter().filter(|stretch| stretch.status == Status::Down);
        let run = runs.find(|stretch| stretch.span.overlaps(*last))?;
        Some(run.span.end).filter(|&run_end| over || run_end < end)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::timeline::EncodedChunk;
    use crate::{Chunk, WindowKind};

    /// The morning of 10 June 2026, as known to the core.
    struct Morning {
        service: Service,
        chunks: BTreeMap<char, Chunk>,
        windows: Vec<Window>,
        voids: Vec<VoidSpan>,
        announcements: Announcements,
    }

    fn at(clock: &str) -> Instant {
        format!("2026-06-10T{clock}:00Z").parse().unwrap()
    }

    fn clock(instant: Instant) -> String {
        instant.to_utc().format("%H:%M").to_string()
    }

    fn show(fact: &Fact) -> String {
        match fact {
            Fact::OutageOpened { started_at, opening } => format!("opened {} #{opening}", clock(*started_at)),
            Fact::OutageClosed { started_at, ended_at, down_s, excluded_s } => {
                format!("closed {}-{}: {down_s} s + {excluded_s} s", clock(*started_at), clock(*ended_at))
            }
            Fact::AtRisk(b) => {
                format!("{} % used at {} #{}", b.threshold_pct, clock(b.occurred_at), b.episode)
            }
            Fact::Breached(b) => {
                let claim_until = b.claim_until.map_or("open".to_owned(), |until| until.to_string());
                format!("breached #{} at {}, claim until {claim_until}", b.episode, clock(b.occurred_at))
            }
            Fact::BreachWithdrawn(b) => format!("withdrawn #{}", b.episode),
            Fact::WindowClosing(w) => format!("{} window closes at {}", w.month, w.claim_until),
            Fact::Silent(Silence { probe, since }) => {
                format!("{} silent since {}", probe.as_ref().map_or("all", ProbeId::as_str), clock(*since))
            }
        }
    }

    impl Morning {
        fn new(quorum: u32) -> Self {
            let service: Service = serde_json::from_value(serde_json::json!({
                "service_id": "svc-1", "customer_id": "cust-1", "name": "Line 1", "plan": "standard",
                "monthly_fee": {"minor": 49900, "currency": "EUR"}, "region": "eu", "time_zone": "UTC",
                "activated_at": "2026-06-01T00:00:00Z",
                "resolution_s": 60, "check_interval_s": 60, "max_silence_s": 120, "quorum": quorum,
            }))
            .unwrap();
            let announcements = Announcements::nothing(&service);
            Self { service, chunks: BTreeMap::new(), windows: vec![], voids: vec![], announcements }
        }

        /// Records that `probe` reported a status in every minute from `first` to `last`.
        fn learn(&mut self, probe: char, first: &str, last: &str, status: Status) {
            let day = at("00:00");
            let chunk = self.chunks.entry(probe).or_insert_with(|| Chunk::empty(day, 60.try_into().unwrap()));
            chunk.join(Span::new(at(first), at(last).plus_s(60)), status);
        }

        fn exclude(&mut self, first: &str, end: &str) {
            let kind = WindowKind::ThirdParty;
            self.windows = vec![Window { starts_at: at(first), ends_at: at(end), kind, id: "x-1".into() }];
        }

        fn void(&mut self, probe: char, first: &str, end: &str) {
            let (id, probe) = ("v-1".parse().unwrap(), probe.to_string().parse().unwrap());
            self.voids = vec![VoidSpan { id, probe, starts_at: at(first), ends_at: at(end) }];
        }

        /// Assesses and expects these facts; a second assessment has nothing to add.
        #[track_caller]
        fn check(&mut self, now: &str, expect: &[&str]) -> Option<Instant> {
            let probes: Vec<ProbeTimeline> = self.chunks.iter().map(timeline).collect();
            let knowledge = Knowledge {
                service: &self.service,
                terms: &TermsBook::new(vec![]),
                probes: &probes,
                windows: &self.windows,
                voids: &self.voids,
                now: at(now),
            };
            let assessment = assess(&knowledge, &self.announcements, 100).unwrap();
            assert_eq!(assessment.facts.iter().map(show).collect::<Vec<_>>(), expect, "at {now}");
            self.announcements = assessment.announcements;
            let again = assess(&knowledge, &self.announcements, 100).unwrap();
            assert_eq!(
                (again.facts, &again.announcements),
                (vec![], &self.announcements),
                "said again at {now}"
            );
            assessment.due_at
        }
    }

    fn timeline((probe, chunk): (&char, &Chunk)) -> ProbeTimeline {
        let chunks = vec![EncodedChunk { start: chunk.start(), slots: chunk.encode() }];
        ProbeTimeline::new(probe.to_string().parse().unwrap(), None, chunks)
    }

    #[test]
    fn an_outage_opens_with_its_first_check_and_closes_with_the_next_good_one() {
        let mut morning = Morning::new(1);
        morning.learn('a', "09:58", "09:59", Status::Up);
        assert_eq!(morning.check("09:59", &[]), Some(at("10:02")), "then the probe would be silent");
        morning.learn('a', "10:00", "10:04", Status::Down);
        assert_eq!(
            morning.check("10:04", &["opened 10:00 #1"]),
            Some(at("10:07")),
            "then the probe would be silent"
        );
        morning.learn('a', "10:05", "10:05", Status::Up);
        morning.check("10:05", &["closed 10:00-10:05: 300 s + 0 s"]);
    }

    #[test]
    fn silence_ends_an_outage_and_a_new_check_begins_another() {
        let mut morning = Morning::new(1);
        morning.learn('a', "10:00", "10:00", Status::Down);
        morning.check("10:02", &["opened 10:00 #1"]);
        let silent = ["closed 10:00-10:03: 180 s + 0 s", "a silent since 10:03"];
        assert_eq!(morning.check("10:03", &silent), None, "nothing more can happen by itself");
        morning.learn('a', "10:05", "10:05", Status::Down);
        morning.check("10:05", &["opened 10:05 #1"]);
    }

    #[test]
    fn a_service_that_was_never_checked_is_silent() {
        let mut morning = Morning::new(1);
        morning.check("10:00", &["all silent since 00:03"]);
    }

    #[test]
    fn an_outage_that_goes_on_after_its_announced_end_opens_again() {
        let mut morning = Morning::new(1);
        morning.learn('a', "10:00", "10:00", Status::Down);
        morning.learn('a', "10:03", "10:03", Status::Unknown);
        morning.check("10:03", &["opened 10:00 #1", "closed 10:00-10:03: 180 s + 0 s"]);
        morning.learn('a', "10:03", "10:04", Status::Down);
        morning.check("10:04", &["opened 10:00 #2"]);
        morning.learn('a', "10:05", "10:05", Status::Up);
        morning.check("10:05", &["closed 10:00-10:05: 300 s + 0 s"]);
    }

    #[test]
    fn late_checks_that_join_two_outages_and_split_them_again_say_nothing_twice() {
        let mut morning = Morning::new(1);
        morning.learn('a', "10:00", "10:01", Status::Down);
        morning.learn('a', "10:04", "10:04", Status::Unknown);
        morning.learn('a', "10:10", "10:10", Status::Down);
        morning.learn('a', "10:13", "10:13", Status::Up);
        let both = ["opened 10:00 #1", "closed 10:00-10:04: 240 s + 0 s", "opened 10:10 #1"];
        morning.check("10:13", &[both.as_slice(), &["closed 10:10-10:13: 180 s + 0 s"]].concat());
        morning.learn('b', "10:04", "10:04", Status::Down);
        morning.learn('b', "10:07", "10:07", Status::Down);
        morning.learn('b', "10:10", "10:10", Status::Up);
        morning.check("10:13", &["b silent since 10:13"]);
        // A late good check takes the minutes 10:05 and 10:06 out of the middle.
        morning.learn('b', "10:05", "10:05", Status::Up);
        morning.check("10:13", &["closed 10:00-10:05: 300 s + 0 s"]);
    }

    #[test]
    fn an_open_outage_that_an_earlier_one_grows_into_still_ends() {
        let mut morning = Morning::new(1);
        morning.learn('a', "10:00", "10:00", Status::Down);
        morning.learn('a', "10:03", "10:03", Status::Unknown);
        morning.learn('a', "10:05", "10:05", Status::Down);
        morning.check("10:05", &["opened 10:00 #1", "closed 10:00-10:03: 180 s + 0 s", "opened 10:05 #1"]);
        morning.learn('a', "10:03", "10:04", Status::Down);
        morning.check("10:05", &[]);
        morning.learn('a', "10:06", "10:06", Status::Up);
        morning.check("10:06", &["closed 10:05-10:06: 360 s + 0 s"]);
    }

    #[test]
    fn an_outage_of_which_nothing_is_left_is_taken_back() {
        let mut morning = Morning::new(2);
        morning.learn('a', "10:00", "10:00", Status::Down);
        morning.learn('b', "10:02", "10:02", Status::Down);
        morning.check("10:02", &["opened 10:02 #1"]);
        morning.learn('a', "10:01", "10:02", Status::Up);
        morning.check("10:02", &["closed 10:02-10:02: 0 s + 0 s"]);
    }

    #[test]
    fn budgets_are_warned_of_and_the_breach_is_said_withdrawn_and_said_again() {
        let mut morning = Morning::new(1);
        // June allows Standard 2,592 s: 22, 33 and 39 minutes reach the thresholds, the 44th breaks it.
        morning.learn('a', "10:00", "10:21", Status::Down);
        morning.check("10:21", &["opened 10:00 #1", "50 % used at 10:21 #1"]);
        morning.learn('a', "10:22", "10:38", Status::Down);
        morning.check("10:38", &["75 % used at 10:32 #1", "90 % used at 10:38 #1"]);
        morning.learn('a', "10:39", "10:42", Status::Down);
        morning.check("10:42", &[]);
        morning.learn('a', "10:43", "10:43", Status::Down);
        morning.check("10:43", &["breached #1 at 10:43, claim until open"]);
        morning.learn('a', "10:44", "10:44", Status::Up);
        morning.check("10:44", &["closed 10:00-10:44: 2640 s + 0 s"]);
        morning.exclude("10:00", "10:10");
        morning.check("10:44", &["withdrawn #1"]);
        morning.windows.clear();
        morning.check("10:44", &["breached #2 at 10:43, claim until 2026-06-18T00:00:00Z"]);
        morning.exclude("10:00", "10:06");
        morning.check("10:44", &["withdrawn #2"]);
    }

    #[test]
    fn a_warning_is_forgotten_below_its_threshold_and_given_again_with_the_next_number() {
        let mut morning = Morning::new(1);
        morning.learn('a', "10:00", "10:38", Status::Down);
        morning.learn('a', "10:39", "10:39", Status::Up);
        let warned = ["50 % used at 10:21 #1", "75 % used at 10:32 #1", "90 % used at 10:38 #1"];
        let over = ["opened 10:00 #1", "closed 10:00-10:39: 2340 s + 0 s"];
        morning.check("10:39", &[over.as_slice(), &warned].concat());
        morning.exclude("10:00", "10:05");
        morning.check("10:39", &[]);
        morning.exclude("10:00", "10:39");
        morning.check("10:39", &[]);
        morning.windows.clear();
        morning.check("10:39", &warned.map(|warning| warning.replace("#1", "#2")).each_ref().map(|w| &w[..]));
    }

    #[test]
    fn a_withdrawn_breach_leaves_the_warnings_that_hold_and_were_never_given() {
        let mut morning = Morning::new(1);
        morning.learn('a', "10:00", "10:43", Status::Down);
        morning.check("10:43", &["opened 10:00 #1", "breached #1 at 10:43, claim until open"]);
        morning.exclude("10:00", "10:20");
        let due_at = morning.check("10:43", &["withdrawn #1", "50 % used at 10:41 #1"]);
        assert_eq!(due_at, Some(at("10:46")), "of the downtime to come, none before the probe is silent");
        morning.learn('a', "10:44", "10:52", Status::Down);
        morning.check("10:52", &["75 % used at 10:52 #1"]);
    }

    #[test]
    fn what_an_installation_has_stored_is_read_and_warns_again() {
        let mut morning = Morning::new(1);
        let stored = r#"{"open_from":"2026-06","months":{"2026-06":{"warned_pct":[50,75,90],"episodes":1,
            "breached":false}}}"#;
        morning.announcements = serde_json::from_str(stored).unwrap();
        morning.learn('a', "10:00", "10:00", Status::Up);
        morning.check("10:00", &[]);
        morning.learn('a', "10:01", "10:22", Status::Down);
        morning.check("10:22", &["opened 10:01 #1", "50 % used at 10:22 #2"]);
        let stored: Announcements =
            serde_json::from_str(&serde_json::to_string(&morning.announcements).unwrap()).unwrap();
        assert_eq!(stored, morning.announcements);
    }

    #[test]
    fn what_was_said_of_a_month_is_taken_back_if_the_service_ended_before_it() {
        let mut morning = Morning::new(1);
        morning.learn('a', "10:00", "10:43", Status::Down);
        morning.check("10:43", &["opened 10:00 #1", "breached #1 at 10:43, claim until open"]);
        morning.service.terminated_at = Some(morning.service.activated_at);
        let due_at = morning.check("10:44", &["closed 10:00-10:00: 0 s + 0 s", "withdrawn #1"]);
        assert_eq!(due_at, None);
    }

    #[test]
    fn an_outage_ends_with_the_closed_month_if_the_service_does() {
        let mut morning = Morning::new(1);
        morning.announcements = serde_json::from_str(
            r#"{"open_from":"2026-07","outages":[{"started_at":"2026-06-10T10:00:00Z","openings":1}],
            "closed_parts":{"2026-06":{"down_s":600,"excluded_s":60}}}"#,
        )
        .unwrap();
        morning.service.terminated_at = Some("2026-07-01T00:00:00Z".parse().unwrap());
        morning.check("10:00", &["closed 10:00-00:00: 600 s + 60 s", "all silent since 00:03"]);
    }

    #[test]
    fn an_outage_of_a_month_closed_before_its_part_was_recorded_was_down_all_the_time() {
        let mut morning = Morning::new(1);
        morning.announcements = serde_json::from_str(
            r#"{"open_from":"2026-06","outages":[{"started_at":"2026-05-30T10:00:00Z","openings":1}]}"#,
        )
        .unwrap();
        morning.service.activated_at = "2026-05-01T00:00:00Z".parse().unwrap();
        morning.check("10:00", &["closed 10:00-00:00: 136800 s + 0 s", "all silent since 00:03"]);
    }

    #[test]
    fn a_void_takes_the_breach_of_a_broken_probe_back() {
        let mut morning = Morning::new(1);
        morning.learn('a', "09:00", "09:59", Status::Up);
        morning.learn('a', "10:00", "10:43", Status::Down);
        morning.check("10:43", &["opened 10:00 #1", "breached #1 at 10:43, claim until open"]);
        morning.void('a', "10:00", "10:40");
        morning.check("10:43", &["withdrawn #1"]);
        morning.void('a', "10:00", "10:44");
        morning.check("10:43", &["closed 10:00-10:00: 0 s + 0 s"]);
        morning.voids.clear();
        morning.check("10:43", &["opened 10:00 #2", "breached #2 at 10:43, claim until open"]);
    }
}
