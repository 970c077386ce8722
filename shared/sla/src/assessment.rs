//! Finds the facts to announce now: outages, used budgets, breaches certain or uncertain again, silence. A
//! pure comparison of the present knowledge with the announcements on record: repeating it announces nothing
//! twice.

mod announcements;
mod fact;
mod months;
mod outages;
mod progress;
mod silence;
#[cfg(test)]
mod tests;
mod troubles;

use std::collections::BTreeMap;

use crate::account::Account;
use crate::claim::ClaimWindow;
use crate::exclusion::Window;
use crate::timeline::{CodecError, ProbeTimeline};
use crate::void::VoidSpan;
use crate::{Instant, Month, Service, Span, Status, TermsBook};

pub use announcements::Announcements;
pub(crate) use announcements::ClosedPart;
pub use fact::{Breach, Budget, Fact, Silence};
pub use outages::ANNOUNCED_OUTAGES_MAX;
pub use troubles::Troubles;

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

    /// True if the service is terminated.
    fn over(&self) -> bool {
        self.knowledge.service.terminated_at.is_some_and(|at| at <= self.knowledge.now)
    }

    fn open_start(&self) -> Instant {
        self.announcements.open_from.start(self.knowledge.service.time_zone)
    }
}
