//! Claims under their service's standing: filing, settling, listing. Filing, deciding and reviewing write the
//! claim, the ledger and the notices in one transaction with the standing.

use std::collections::BTreeSet;

use serde_json::Value;
use sla::account::Account;
use sla::claim::{Claim, ClaimError, ClaimState, ClaimWindow, Filing, OutagesEnd, Rejection};
use sla::ledger::CreditKind;
use sla::settlement::{Books, Settlement, settle_month};
use sla::statement::StatementError;
use sla::{ClaimId, CustomerId, Inputs, Instant, Month, ServiceId, Span, Status};

use crate::service::statements::{Act, act_key};
use crate::service::telling::{Settled, settled};
use crate::store::attempts::until_written;
use crate::store::{Committed, Draft, Item, Run, TableError, Transaction};
use crate::{Attempts, ServiceMonth, Stating, StoredStatement, Table, keys};

/// Seconds of a long outage that are read at once: 31 days.
const LOOK_S: i64 = 31 * 86_400;
/// The most reads that follow an outage beyond its month: 120 × 31 days, ten years.
const LOOKS_MAX: usize = 120;

/// The outcome of filing a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filed {
    /// The claim, as it is now.
    Claim(Box<Claim>),
    /// The command was carried out before; holds its answer.
    Again(Value),
    /// The claim was refused.
    Refused(ClaimError),
    /// There is no such service.
    NoService,
}

/// A filter for listing claims.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// The customer, or all.
    pub customer_id: Option<CustomerId>,
    /// The state, or any.
    pub state: Option<ClaimState>,
    /// The claim after which the list continues.
    pub after: Option<ClaimId>,
}

impl ServiceMonth {
    /// Returns the month's books, with the end of an outage that outlasts the month.
    pub fn books(&self, outage_after: OutagesEnd) -> Books<'_> {
        Books {
            claims: &self.claims,
            entries: &self.entries,
            outage_after,
            invoiced_to: self.invoiced.to,
            terminated_at: self.service.terminated_at,
        }
    }
}

impl ServiceMonth {
    /// Returns the claims that the customer sees: all but the withdrawn ones.
    pub fn listed_claims(&self) -> Vec<Claim> {
        let is_listed = |claim: &&Claim| claim.reason != Some(Rejection::Withdrawn);
        self.claims.iter().filter(is_listed).cloned().collect()
    }

    /// Returns the held claims as decided if the service turns out not to be provided in their month.
    pub fn claims_about_nothing(&self, now: Instant) -> Vec<Claim> {
        let held = self.claims.iter().filter(|claim| claim.state == ClaimState::Held);
        held.map(|claim| claim.about_nothing(now)).collect()
    }
}

impl Stating {
    /// Takes over the claims and entries of a settlement; the notices are made separately.
    pub fn settle(&mut self, settlement: &Settlement) {
        self.claims.clone_from(&settlement.claims);
        self.entries.clone_from(&settlement.entries);
    }
}

impl Table {
    /// Files a claim, or finds the one filed before. `by` is the command, if a command files it.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn file_claim(
        &self,
        filing: &Filing,
        by: Option<&Value>,
        now: Instant,
    ) -> Result<Filed, TableError> {
        until_written("file a claim", || self.try_to_file(filing, by, now)).await
    }

    async fn try_to_file(
        &self,
        filing: &Filing,
        by: Option<&Value>,
        now: Instant,
    ) -> Result<Option<Filed>, TableError> {
        let (id, month) = (&filing.service_id, filing.month);
        if let Some(by) = by
            && let Some(act) = self.act(id, by).await?
        {
            return Ok(Some(Filed::Again(act.answer)));
        }
        let Some(mut known) = self.service_month(id, month).await? else {
            return Ok(Some(Filed::NoService));
        };
        if known.service.customer_id != filing.customer_id {
            let error = ClaimError::NotTheirs(id.clone(), filing.customer_id.clone());
            return Ok(Some(Filed::Refused(error)));
        }
        let mut of_kind = known.claims.iter().filter(|claim| claim.kind == filing.kind);
        let nth = of_kind.clone().count() + 1;
        let mut stating = Stating::default();
        let claim = match of_kind.find(|claim| claim.is_first()).cloned() {
            Some(first) => {
                let claim = first.claimed_again(filing.filed_at);
                stating.claims.extend((claim != first).then(|| claim.clone()));
                claim
            }
            None => match Claim::file(filing, &known.service, nth, true, now) {
                Ok(claim) => {
                    let id = claim.claim_id.clone();
                    self.take_in(&mut known, vec![claim.clone()], &mut stating, now).await?;
                    let taken = stating.claims.iter().find(|other| other.claim_id == id);
                    taken.cloned().unwrap_or(claim)
                }
                Err(error) => return Ok(Some(Filed::Refused(error))),
            },
        };
        if let Some(by) = by {
            let answer = serde_json::to_value(&claim).map_err(|e| TableError::new("write a claim", e))?;
            stating.act = Some(Act { by: by.clone(), answer });
        }
        let committed = self.state(&known, &stating, now).await?;
        Ok((committed == Committed::Done).then(|| Filed::Claim(Box::new(claim))))
    }

    /// Adds new and changed claims: held while the month is open, decided once it is closed.
    pub(crate) async fn take_in(
        &self,
        known: &mut ServiceMonth,
        changed: Vec<Claim>,
        stating: &mut Stating,
        now: Instant,
    ) -> Result<(), TableError> {
        let Some(month) = changed.first().map(|claim| claim.month) else { return Ok(()) };
        let before = known.claims.clone();
        let mut closing = Vec::new();
        known.claims = merged(&before, &changed);
        if let Some(newest) = known.newest.clone() {
            let settlement = self.settlement(known, &newest, now).await?;
            known.standing.said.tell(month, settlement.told.clone());
            stating.settle(&settlement);
            closing.clone_from(&settlement.closing);
            let decided = |claim: &Claim| settlement.claims.iter().any(|own| own.claim_id == claim.claim_id);
            stating.claims.extend(changed.into_iter().filter(|claim| !decided(claim)));
        } else {
            // A claim once in time stays in time: later findings must not undo that.
            let window = self.looked_at(known, now).await?.assessment.windows.get(&month).copied();
            stating.claims = held(&known.claims, changed, window);
            let is_claim = |claim: &Claim| claim.kind == CreditKind::Uptime && claim.is_open();
            let is_claimed = known.claims.iter().any(is_claim);
            known.standing.said.note_claims(month, is_claimed);
        }
        known.claims = before;
        let (claims, entries) = (&stating.claims, &stating.entries);
        let came = Settled { before: &known.claims, claims, entries, closing: &closing };
        stating.notices = settled(&known.service, month, came, now);
        Ok(())
    }

    /// Settles a closed month by its newest statement and the books.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails or this version cannot read the stored slots.
    pub async fn settlement(
        &self,
        known: &ServiceMonth,
        newest: &StoredStatement,
        now: Instant,
    ) -> Result<Settlement, TableError> {
        let inputs = self.inputs(newest).await?;
        let after = self.outage_after(known, &[&inputs], now).await?;
        let told = known.standing.said.told(inputs.month);
        settle_month(&inputs, &newest.statement, known.books(after), &told, now).map_err(unreadable)
    }

    /// Returns the unclipped end of an outage that lasts to the end of the month by any of the inputs.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails or this version cannot read the stored slots.
    pub async fn outage_after(
        &self,
        known: &ServiceMonth,
        inputs: &[&Inputs],
        now: Instant,
    ) -> Result<OutagesEnd, TableError> {
        let service = &known.service;
        let mut open = None;
        for inputs in inputs {
            if inputs.outages_end().map_err(unreadable)? == OutagesEnd::Open {
                open = service.period(inputs.month, inputs.as_of);
            }
        }
        let Some(period) = open else { return Ok(OutagesEnd::None) };
        let terms = self.terms_now(now).await?;
        let until = now.plus_s(1).min(service.provided().end);
        let mut from = period.end;
        for _ in 0..LOOKS_MAX {
            let part = service.resolution_s.slots_in(Span::new(from, until.min(from.plus_s(LOOK_S))));
            if part.is_empty() {
                break;
            }
            let probes = self.timelines(service, known.standing.probes_from(part.start), part).await?;
            let voids = self.windows(service, part, &terms).await?.voids(service, part);
            let account = Account::of(service, &probes, &[], &voids, part);
            let account = account.map_err(|error| unreadable(error.into()))?;
            match account.combined.first().filter(|first| first.status == Status::Down) {
                None => return Ok(OutagesEnd::At(from)),
                Some(first) if first.span.end < part.end => return Ok(OutagesEnd::At(first.span.end)),
                Some(_) => from = part.end,
            }
        }
        let is_over = service.terminated_at.is_some_and(|end| end <= now);
        Ok(if is_over { OutagesEnd::At(from) } else { OutagesEnd::Open })
    }

    /// Settles every month of an ended service: credits that wait for a bill are paid out, and claims to
    /// months in which it is no longer provided are decided.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub(crate) async fn settle_after_end(&self, id: &ServiceId, now: Instant) -> Result<(), TableError> {
        let (pk, prefix) = keys::all_books(id);
        let books = self.store.query(&pk, &prefix, &format!("{prefix}{}", keys::LAST)).await?;
        let months: BTreeSet<Month> =
            books.iter().filter_map(|item| keys::month_of_books(&item.key)).collect();
        let mut first_failure = None;
        for month in months {
            if let Err(error) = self.settle_month(id, month, now).await {
                tracing::error!(service_id = %id, %month, error = &error as &dyn std::error::Error, "cannot settle");
                first_failure.get_or_insert(error);
            }
        }
        first_failure.map_or(Ok(()), Err)
    }

    pub(crate) async fn settle_month(
        &self,
        id: &ServiceId,
        month: Month,
        now: Instant,
    ) -> Result<(), TableError> {
        let mut attempts = Attempts::default();
        while attempts.begin().await {
            let Some(mut known) = self.service_month(id, month).await? else { return Ok(()) };
            let before = known.standing.said.clone();
            let mut stating = Stating::default();
            let mut closing = Vec::new();
            if let Some(newest) = known.newest.clone() {
                let settlement = self.settlement(&known, &newest, now).await?;
                stating.settle(&settlement);
                closing = settlement.closing;
                known.standing.said.tell(month, settlement.told);
            } else if !known.service.is_counted_in(month) {
                stating.claims = known.claims_about_nothing(now);
            }
            let Stating { claims, entries, .. } = &stating;
            if known.standing.said == before && claims.is_empty() && entries.is_empty() {
                return Ok(());
            }
            let came = Settled { before: &known.claims, claims, entries, closing: &closing };
            stating.notices = settled(&known.service, month, came, now);
            if self.state(&known, &stating, now).await? == Committed::Done {
                return Ok(());
            }
        }
        Err(TableError::faster("settle a month"))
    }

    /// Reads the record of a command about a service, if it was carried out.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn act(&self, id: &ServiceId, by: &Value) -> Result<Option<Act>, TableError> {
        self.store.get_one(&act_key(id, by)?).await?.as_ref().map(Item::body).transpose()
    }

    /// Reads a claim.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn claim(&self, id: &ClaimId) -> Result<Option<Claim>, TableError> {
        let wanted = ClaimState::ALL.map(|state| keys::claim_in_state(state, id));
        let found = self.store.get(&wanted).await?;
        found.values().next().map(Item::body).transpose()
    }

    /// Lists claims, a customer's or all, up to `limit` after the given one, in the order of their ids.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn claims(&self, wanted: &Wanted, limit: usize) -> Result<Vec<Claim>, TableError> {
        let Wanted { customer_id, state, after } = wanted;
        if let Some(customer) = customer_id {
            let (pk, prefix) = keys::claims_of_customer(customer);
            let to = format!("{prefix}{}", keys::LAST);
            let from = after.as_ref().map_or(prefix, keys::claims_of_customer_after);
            return self.store.list([Run { pk, from, to }], limit, |item| listed_claim(item, wanted)).await;
        }
        let states = ClaimState::ALL.into_iter().filter(|own| state.is_none_or(|state| state == *own));
        let places = states.flat_map(|state| (0..keys::CLAIM_SHARDS).map(move |shard| (state, shard)));
        let after = after.as_ref().map(ClaimId::as_str);
        let run = |(state, shard)| Run::new(keys::claims_in_state(state, shard), after);
        self.store.merge(places.map(run).collect(), limit).await?.iter().map(Item::body).collect()
    }

    /// Records that a month has been invoiced: credits entered from now on go on a later bill.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn mark_invoiced(&self, month: Month) -> Result<(), TableError> {
        until_written("mark a month as invoiced", || async {
            let wanted: Vec<_> = (0..keys::INVOICED_SHARDS).map(keys::invoiced).collect();
            let found = self.store.get(&wanted).await?;
            let mut transaction = Transaction::default();
            for key in wanted {
                let item = found.get(&key);
                let before: Option<Month> = item.map(Item::body).transpose()?;
                if before.is_none_or(|before| before < month) {
                    let draft = Draft::with_body(&key, &month)?;
                    transaction.put_versioned(draft, item.and_then(Item::version));
                }
            }
            Ok::<_, TableError>(self.store.commit(transaction).await?.then(()))
        })
        .await
    }
}

/// Replaces changed claims and appends new ones.
fn merged(claims: &[Claim], changed: &[Claim]) -> Vec<Claim> {
    let now = |id: &ClaimId| changed.iter().find(|claim| claim.claim_id == *id);
    let kept = claims.iter().map(|claim| now(&claim.claim_id).unwrap_or(claim).clone());
    let new = changed.iter().filter(|claim| !claims.iter().any(|own| own.claim_id == claim.claim_id));
    kept.chain(new.cloned()).collect()
}

/// Marks changed claims to an open month as in time by its present window; a second claim in time opens the
/// month for an earlier claim.
fn held(claims: &[Claim], changed: Vec<Claim>, window: Option<ClaimWindow>) -> Vec<Claim> {
    let mut taken = Vec::new();
    for claim in changed {
        let window = window.filter(|_| claim.kind == CreditKind::Uptime);
        let admits = |at| window.is_none_or(|window| window.admits(at));
        let passed_on = claim.passed_on.clone().filter(|passed_on| !admits(passed_on.received_at));
        let timely = Claim { in_time: claim.in_time || admits(claim.filed_at), passed_on, ..claim.clone() };
        if claim.state == ClaimState::Held {
            taken.push(Claim { claim_until: window.and_then(ClaimWindow::until), ..timely });
            continue;
        }
        let late = |first: &&Claim| {
            first.kind == claim.kind && first.state == ClaimState::Held && !first.is_prompt()
        };
        let opened =
            claims.iter().find(late).filter(|first| timely.in_time && (!first.in_time || timely.is_prompt()));
        if let Some(first) = opened.filter(|_| claim.reason == Some(Rejection::Duplicate)) {
            taken.push(Claim { in_time: true, passed_on: timely.passed_on, ..first.clone() });
        }
        taken.push(claim);
    }
    taken
}

/// Reads a claim among its customer's, if it is wanted.
fn listed_claim(item: &Item, Wanted { state, after, .. }: &Wanted) -> Result<Option<Claim>, TableError> {
    if keys::is_entry_of_claim(&item.key) {
        return Ok(None);
    }
    let claim: Claim = item.body()?;
    let is_after = after.as_ref().is_none_or(|after| claim.claim_id > *after);
    Ok(Some(claim).filter(|claim| is_after && state.is_none_or(|state| state == claim.state)))
}

fn unreadable(error: StatementError) -> TableError {
    TableError::new("read a month's inputs", error)
}
