//! Progress of a month toward a breach: its allowance, and its counted downtime.

use super::Knowledge;
use crate::account::Account;
use crate::availability::Seconds;
use crate::exclusion::exclude;
use crate::{Allowance, Instant, Money, Month, Span, Status, Terms};

/// The progress of a month toward a breach.
pub(super) struct Progress<'a> {
    pub(super) month: Month,
    pub(super) terms: &'a Terms,
    /// The allowance of the whole month.
    pub(super) allowance: Allowance,
    pub(super) downtime: Downtime,
}

impl<'a> Progress<'a> {
    pub(super) fn of(knowledge: &Knowledge<'a>, month: Month, account: &Account) -> Self {
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
    pub(super) fn seconds(&self) -> Seconds {
        self.allowance.seconds(self.downtime.counted_s())
    }

    /// Returns the credit of a month with this fee if no downtime is added.
    pub(super) fn credit(&self, fee: Money) -> Money {
        self.allowance.credit_so_far(&self.terms.credits, fee, self.downtime.counted_s())
    }
}

/// The counted downtime of a month: down, and not excluded.
pub(super) struct Downtime(Vec<Span>);

impl Downtime {
    pub(super) fn of(account: &Account, union: &[Span], period: Span) -> Self {
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

    pub(super) fn counted_s(&self) -> i64 {
        self.0.iter().map(|span| span.length_s()).sum()
    }

    /// Returns the start of the slot in which the downtime reaches `seconds`.
    pub(super) fn reached(&self, seconds: i64, slot_s: i64) -> Option<Instant> {
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
    pub(super) fn latest_end(&self, account: &Account, over: bool) -> Option<Instant> {
        let last = self.0.last()?;
        let end = account.combined.last()?.span.end;
        let mut runs = account.combined.iter().filter(|stretch| stretch.status == Status::Down);
        let run = runs.find(|stretch| stretch.span.overlaps(*last))?;
        Some(run.span.end).filter(|&run_end| over || run_end < end)
    }
}
