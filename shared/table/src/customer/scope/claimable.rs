//! Months whose credit the customer can still claim, over all its services.

use std::collections::BTreeSet;

use sla::account::Account;
use sla::claim::{Claim, ClaimState, window_closes_at};
use sla::ledger::{CreditKind, Entry};
use sla::terms::ClaimMode;
use sla::{Allowance, Inputs, Instant, Money, Month, Service, Terms};

use super::CustomerScope;
use crate::service::standing::Standing;
use crate::store::TableError;
use crate::{ServiceMonth, keys};

/// Months before the present one in which a breach is looked for, as many as the form of a claim offers.
const MONTHS_BACK: usize = 12;

/// A month whose credit can be claimed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimable {
    /// The service.
    pub service: Service,
    /// The month.
    pub month: Month,
    /// The kind of credit.
    pub kind: CreditKind,
    /// True if the month is closed, and the amount its statement's.
    pub is_closed: bool,
    /// The credit: that of the newest statement, or what the downtime of an open month earns so far. None for
    /// performance, whose amount a person sets.
    pub amount: Option<Money>,
    /// The first instant at which a claim is late; none while an outage is open.
    pub until: Option<Instant>,
}

/// The months that can be claimed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClaimableMonths {
    /// The months, those whose window closes first at the front.
    pub months: Vec<Claimable>,
    /// Number of service-months that were not looked at, because the limit was reached.
    pub others: usize,
}

/// A service-month of which the customer was told something that can be claimed.
struct Told {
    at: Instant,
    service: Service,
    standing: Standing,
    month: Month,
}

impl CustomerScope {
    /// Lists what can be claimed for some services, given the claims made so far; at most `limit` months are
    /// looked at.
    ///
    /// Calls: one for 100 services; for each month two if it is closed, else one and two for each probe.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails or this version cannot read the stored slots.
    pub async fn claimable_months(
        &self,
        services: &[Service],
        claims: &[(Claim, Option<Entry>)],
        limit: usize,
        now: Instant,
    ) -> Result<ClaimableMonths, TableError> {
        let terms = self.table.terms_now(now).await?;
        let standings: Vec<keys::Key> =
            services.iter().map(|service| keys::standing(&service.service_id)).collect();
        let found = self.table.store.get(&standings).await?;
        let standing = claims.iter().map(|(claim, _)| claim).filter(|own| own.state != ClaimState::Rejected);
        let made: BTreeSet<_> = standing.map(|own| (own.service_id.clone(), own.month, own.kind)).collect();
        let mut told = Vec::new();
        for (service, key) in services.iter().zip(&standings) {
            let Some(item) = found.get(key) else { continue };
            let standing = Standing::of(item)?;
            let months = std::iter::successors(Some(Month::of(now, service.time_zone)), |month| {
                Some(month.previous())
            });
            for month in months.take(MONTHS_BACK + 1) {
                let unmade = |kind| !made.contains(&(service.service_id.clone(), month, kind));
                if let Some(at) = told_at(service, &standing, month, terms.in_force(month), now, unmade) {
                    told.push(Told { at, service: service.clone(), standing: standing.clone(), month });
                }
            }
        }
        told.sort_by_key(|told| told.at);
        let others = told.len().saturating_sub(limit);
        let mut months = Vec::new();
        for told in told.into_iter().take(limit) {
            months.extend(self.claimable_of(told, &terms, now).await?);
        }
        months.retain(|own| !made.contains(&(own.service.service_id.clone(), own.month, own.kind)));
        months.sort_by_key(|own| (own.until.is_none(), own.until));
        Ok(ClaimableMonths { months, others })
    }

    async fn claimable_of(
        &self,
        Told { service, standing, month, .. }: Told,
        terms: &sla::TermsBook,
        now: Instant,
    ) -> Result<Vec<Claimable>, TableError> {
        let is_closed = standing.announcements.is_closed(month);
        let id = &service.service_id;
        let newest = if is_closed { self.table.newest_statement(id, month).await? } else { None };
        let known = ServiceMonth::unbooked(service, month, standing, newest);
        let (inputs, credit) = match &known.newest {
            Some(newest) => (self.table.inputs(newest).await?, newest.statement.credit.amount),
            None => {
                // With the present slot, so that an outage that is over is known to be.
                let inputs = self.table.gather_downtime(&known, now.plus_s(1), now).await?;
                let credit = credit_so_far(&known.service, &inputs)?;
                (inputs, credit)
            }
        };
        let claimable = self.claimable(&known, &inputs, now).await?;
        let is_automatic = terms.in_force(month).claims.mode == ClaimMode::Automatic;
        let claimable = claimable.into_iter().filter(|(kind, _)| needs_claim(*kind, is_automatic));
        let month = |(kind, until)| Claimable {
            service: known.service.clone(),
            month,
            kind,
            is_closed,
            amount: (kind == CreditKind::Uptime).then_some(credit),
            until,
        };
        Ok(claimable.map(month).collect())
    }
}

fn needs_claim(kind: CreditKind, is_automatic: bool) -> bool {
    kind == CreditKind::Performance || !is_automatic
}

/// Returns the instant at which the customer was told of something in a month that it can perhaps still claim.
///
/// The window of a closed month is over some days after the month and the telling, unless an outage outlasted
/// the month: then the month is settled again, and its reminders say so.
fn told_at(
    service: &Service,
    standing: &Standing,
    month: Month,
    terms: &Terms,
    now: Instant,
    unmade: impl Fn(CreditKind) -> bool,
) -> Option<Instant> {
    let announcements = &standing.announcements;
    let reminders = announcements.reminders(month);
    let is_automatic = terms.claims.mode == ClaimMode::Automatic;
    let breach = reminders.breach_at.filter(|_| announcements.breached(month));
    let told = [(CreditKind::Uptime, breach), (CreditKind::Performance, reminders.missed_at)];
    let told = told.into_iter().filter(|(kind, _)| unmade(*kind) && needs_claim(*kind, is_automatic));
    let at = told.filter_map(|(_, at)| at).max()?;
    let end = month.bounds(service.time_zone).end;
    let closes_at = window_closes_at(at.max(end), terms.claims.window_days, service.time_zone);
    let may_go_on = reminders.awaits_outage || reminders.look_at.is_some();
    (!announcements.is_closed(month) || now < closes_at || may_go_on).then_some(at)
}

/// Returns the credit that an open month earns if no downtime is added.
fn credit_so_far(service: &Service, inputs: &Inputs) -> Result<Money, TableError> {
    let (month, (_, fee)) = (inputs.month, service.in_month(inputs.month));
    let nothing = Money { minor: 0, currency: fee.currency };
    let Some(period) = service.period(month, inputs.as_of) else { return Ok(nothing) };
    let account = Account::of(service, &inputs.probes, &inputs.windows, &inputs.voids, period);
    let account = account.map_err(|error| TableError::new("account for a month", error))?;
    let allowance = Allowance::of(service, month, &inputs.windows, &inputs.terms).unwrap_or_default();
    Ok(allowance.credit_so_far(&inputs.terms.credits, fee, account.seconds.down))
}
