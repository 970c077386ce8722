//! Warnings, breaches and claim reminders of the open months.

use std::collections::BTreeSet;

use super::announcements::AnnouncedMonth;
use super::fact::{Breach, Budget, Fact};
use super::progress::Progress;
use super::{Assessor, Knowledge};
use crate::account::Account;
use crate::availability::percent_of_ppm;
use crate::claim::{ClaimWindow, OutagesEnd};
use crate::credit::Credit;
use crate::ledger::CreditKind;
use crate::settlement::WindowClosing;
use crate::terms::ClaimMode;
use crate::{Instant, Month, Span};

impl Assessor<'_> {
    pub(super) fn months(&mut self, account: &Account, range: Span, facts_max: usize) {
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
    pub(super) fn turns_at(&self, account: &Account, range: Span) -> Instant {
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
}
