//! Outages to announce: those that opened, ended, vanished, or continue from closed months.

use super::announcements::{AnnouncedOutage, ClosedPart};
use super::fact::Fact;
use super::{Assessor, Knowledge};
use crate::account::Account;
use crate::{Instant, Month, Span, Status};

/// Outages of one month announced one by one. Beyond that, flapping holds back notices, never seconds.
pub const ANNOUNCED_OUTAGES_MAX: usize = 1000;

impl Assessor<'_> {
    pub(super) fn outages(&mut self, account: &Account, range: Span, facts_max: usize) {
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

    /// Schedules closed months for settling if the outage that continued beyond their end is over.
    pub(super) fn outages_of_closed_months(&mut self, account: &Account, range: Span) {
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
}
