//! Settling a closed service-month: decides claims, brings the ledger in line, reminds, and lets unclaimed
//! breaches lapse (rules, 5 and 6). A pure comparison: settling again adds nothing.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::availability::Verdict;
use crate::claim::{Claim, ClaimFacts, ClaimState, ClaimWindow, OutagesEnd, Rejection};
use crate::ledger::{Billing, CreditKind, Due, Entry, EntryState, settle};
use crate::statement::StatementError;
use crate::terms::{ClaimMode, ClaimTerms};
use crate::{Inputs, Instant, Money, Month, Service, Statement};

/// The records of a service-month beside its inputs and its statement.
#[derive(Debug, Clone, Copy)]
pub struct Books<'a> {
    /// The claims, in the order of filing.
    pub claims: &'a [Claim],
    /// The ledger entries, in the order of entry.
    pub entries: &'a [Entry],
    /// End of the outage that continued past the period's end.
    pub outage_after: OutagesEnd,
    /// The last month that was invoiced.
    pub invoiced_to: Option<Month>,
    /// The service's end as known now; it may have been set after the month was closed.
    pub terminated_at: Option<Instant>,
}

/// Claim reminders: what the customer has been told about this month, and when to look again.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimReminders {
    /// Instant at which the customer was told of the standing breach.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub breach_at: Option<Instant>,
    /// Instant at which the customer was last told of a missed limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missed_at: Option<Instant>,
    /// Ends of the claim windows of which the customer has been reminded, by kind of credit.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub reminded: BTreeMap<CreditKind, Instant>,
    /// True if the month's availability credit has been claimed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub claimed: bool,
    /// Instant at which to settle the closed month again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub look_at: Option<Instant>,
    /// True if the month is to be settled again when the outage that continued beyond its end is over.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub awaits_outage: bool,
}

/// A claim window that is about to close.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WindowClosing {
    /// The month.
    pub month: Month,
    /// The kind of credit that can be claimed.
    pub kind: CreditKind,
    /// The first instant at which a claim is late.
    pub claim_until: Instant,
    /// Hours between the reminder and that instant.
    pub reminder_h: i64,
    /// The credit as things stand; none where a person sets the amount.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credit: Option<Money>,
}

/// The result of settling a service-month.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settlement {
    /// New and changed claims.
    pub claims: Vec<Claim>,
    /// New ledger entries.
    pub entries: Vec<Entry>,
    /// The claim windows about to close.
    pub closing: Vec<WindowClosing>,
}

/// A closed service-month that is being settled.
struct SettlementInProgress<'a> {
    inputs: &'a Inputs,
    statement: &'a Statement,
    books: Books<'a>,
    now: Instant,
    reminders: &'a mut ClaimReminders,
    /// The changed claims.
    claims: Vec<Claim>,
    closing: Vec<WindowClosing>,
}

/// Settles a closed service-month by its newest statement as of `now`, and updates its reminders.
pub(crate) fn settle_month(
    inputs: &Inputs,
    statement: &Statement,
    books: Books<'_>,
    reminders: &mut ClaimReminders,
    now: Instant,
) -> Result<Settlement, StatementError> {
    (reminders.look_at, reminders.awaits_outage) = (None, false);
    if !inputs.service.is_counted_in(inputs.month) {
        // A month before the registration is for reading only.
        return Ok(Settlement::default());
    }
    let (claims, closing) = (Vec::new(), Vec::new());
    let mut settling = SettlementInProgress { inputs, statement, books, now, reminders, claims, closing };
    let mut due: Vec<Due> = settling.uptime()?.into_iter().collect();
    let fee = inputs.service.in_month(statement.month).1;
    let credited: i64 =
        due.iter().filter(|due| due.state == EntryState::Approved).map(|due| due.amount_minor).sum();
    let left_minor = fee.minor.saturating_sub(u64::try_from(credited).unwrap_or(0));
    due.extend(settling.performance(Money { minor: left_minor, ..fee })?);
    let SettlementInProgress { claims, closing, .. } = settling;
    let present = Service { terminated_at: books.terminated_at, ..inputs.service.clone() };
    let billing = Billing { service: &present, invoiced_to: books.invoiced_to };
    let entries = settle(inputs, statement, books.entries, &due, billing);
    Ok(Settlement { claims, entries, closing })
}

/// Returns the fee less the uptime credit: the most that a performance claim can be granted.
pub fn left_of_fee(inputs: &Inputs, entries: &[Entry]) -> Money {
    let fee = inputs.service.in_month(inputs.month).1;
    let credited = Entry::standing(entries, CreditKind::Uptime, EntryState::Approved);
    let credited_minor = credited.map_or(0, |entry| u64::try_from(entry.amount_minor).unwrap_or(0));
    Money { minor: fee.minor.saturating_sub(credited_minor), ..fee }
}

impl SettlementInProgress<'_> {
    fn terms(&self) -> &ClaimTerms {
        &self.inputs.terms.claims
    }

    /// Decides the claims to the availability credit and returns the credit due.
    fn uptime(&mut self) -> Result<Option<Due>, StatementError> {
        let (kind, amount) = (CreditKind::Uptime, self.statement.credit.amount);
        let window = self.uptime_window()?;
        let claim = self.decide(kind, window, amount)?;
        if self.statement.verdict != Verdict::Breached {
            return Ok(None);
        }
        let due = |state, claim_id| Due::of_uptime(self.statement, state, claim_id);
        if claim.as_ref().is_some_and(Claim::awaits_review) {
            return Ok(None);
        }
        let granted = claim.filter(Claim::is_due);
        if granted.is_some() || self.terms().mode == ClaimMode::Automatic {
            return Ok(Some(due(EntryState::Approved, granted.map(|claim| claim.claim_id))));
        }
        if window == ClaimWindow::OutageOpen {
            self.reminders.awaits_outage = true;
        }
        let lapsed = self.watch(kind, window, Some(amount));
        Ok(lapsed.then(|| due(EntryState::Lapsed, None)))
    }

    /// Decides the claims to a performance credit and returns the credit due.
    fn performance(&mut self, left: Money) -> Result<Option<Due>, StatementError> {
        let kind = CreditKind::Performance;
        let ClaimTerms { window_days, .. } = *self.terms();
        let zone = self.statement.time_zone;
        let window = ClaimWindow::of(self.reminders.missed_at, OutagesEnd::None, window_days, zone);
        let claim = self.decide(kind, window, left)?;
        if self.statement.missed().next().is_none() {
            return Ok(None);
        }
        let Some(claim) = claim else {
            self.watch(kind, window, None);
            return Ok(None);
        };
        let granted = claim.amount.filter(|_| claim.state == ClaimState::Approved);
        Ok(granted.map(|amount| Due {
            kind,
            state: EntryState::Approved,
            amount_minor: i64::try_from(amount.minor).unwrap_or(i64::MAX),
            claim_id: Some(claim.claim_id),
        }))
    }

    fn uptime_window(&self) -> Result<ClaimWindow, StatementError> {
        // Credits that need no claim have no claim window.
        if self.statement.verdict != Verdict::Breached || self.terms().mode == ClaimMode::Automatic {
            return Ok(ClaimWindow::Unopened);
        }
        let outages = self.inputs.outages_end()?.or_after(self.books.outage_after);
        let ClaimTerms { window_days, .. } = *self.terms();
        Ok(ClaimWindow::of(self.reminders.breach_at, outages, window_days, self.statement.time_zone))
    }

    /// Decides the claims of a kind and returns the one that counts, as decided.
    fn decide(
        &mut self,
        kind: CreditKind,
        window: ClaimWindow,
        left: Money,
    ) -> Result<Option<Claim>, StatementError> {
        let found = self.books.claims.iter().find(|claim| claim.kind == kind && claim.is_open()).cloned();
        let Some(claim) = found.or_else(|| self.claimed_by_ticket(kind, window)) else { return Ok(None) };
        let kept = match kind {
            CreditKind::Uptime => {
                matches!(self.statement.verdict, Verdict::Met | Verdict::NotApplicable)
            }
            CreditKind::Performance => self.statement.missed().next().is_none(),
        };
        let kept_by_exclusion = kept && self.inputs.breaks_without_exclusions(kind)?;
        // One claim in time opens the whole month, even if it was recorded after a late one.
        let is_to_it = |other: &&Claim| {
            other.kind == kind || (kind == CreditKind::Performance && other.ticket_id.is_some())
        };
        let standing = |other: &&Claim| other.reason != Some(Rejection::Withdrawn);
        let claims = self.books.claims.iter().filter(is_to_it).filter(standing).chain([&claim]);
        let earliest = claims.clone().min_by_key(|other| other.filed_at).unwrap_or(&claim);
        let heard_at = claims.map(Claim::heard_at).fold(claim.heard_at(), Instant::min);
        let judging = ClaimFacts {
            statement: self.statement,
            window,
            filed_at: earliest.filed_at,
            heard_at,
            passed_on: earliest.passed_on.as_ref(),
            missed_at: self.reminders.missed_at,
            kept_by_exclusion,
            left,
        };
        Ok(Some(match claim.decided(judging, self.now) {
            None => claim.clone(),
            Some(decided) => {
                self.claims.push(decided.clone());
                decided
            }
        }))
    }

    /// Returns the performance claim that a timely claim by ticket implies, if a metric missed its limit.
    fn claimed_by_ticket(&self, kind: CreditKind, window: ClaimWindow) -> Option<Claim> {
        let is_missed = kind == CreditKind::Performance && self.statement.missed().next().is_some();
        let by_ticket = |claim: &&Claim| {
            let stands = claim.reason != Some(Rejection::Withdrawn);
            stands && claim.ticket_id.is_some() && window.admits(claim.filed_at)
        };
        let claims = self.books.claims.iter().filter(|_| is_missed).filter(by_ticket);
        claims.min_by_key(|claim| claim.filed_at).map(Claim::for_performance)
    }

    /// Watches the window of a month that nobody has claimed, and reminds before it closes. True if it has
    /// closed.
    fn watch(&mut self, kind: CreditKind, window: ClaimWindow, credit: Option<Money>) -> bool {
        let Some(claim_until) = window.until() else { return false };
        if self.now >= claim_until {
            return true;
        }
        let remind_at = claim_until.plus_s(-self.terms().reminder_h * 3600);
        let reminded = self.reminders.reminded.get(&kind) == Some(&claim_until);
        if self.now >= remind_at && !reminded {
            self.reminders.reminded.insert(kind, claim_until);
            let (month, reminder_h) = (self.statement.month, self.terms().reminder_h);
            self.closing.push(WindowClosing { month, kind, claim_until, reminder_h, credit });
        }
        let next = if self.now < remind_at { remind_at } else { claim_until };
        self.reminders.look_at = Some(self.reminders.look_at.map_or(next, |other| other.min(next)));
        false
    }
}
