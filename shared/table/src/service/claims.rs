//! Claims under their service's standing: filing, settling, listing. Filing, deciding and reviewing write the
//! claim, the ledger and the notices in one transaction with the standing.

use std::collections::BTreeSet;

use events::Posting;
use events::change::{Object, Subject};
use serde_json::Value;
use sla::account::Account;
use sla::cause::Cause;
use sla::claim::{Claim, ClaimError, ClaimState, Filing, OutagesEnd, Rejection};
use sla::statement::StatementError;
use sla::{ClaimId, CustomerId, Inputs, Instant, Month, ServiceId, Span, Status};

use crate::service::statements::{Act, act_key};
use crate::store::attempts::until_written;
use crate::store::{Committed, Draft, Item, Run, TableError, Transaction};
use crate::{CompanionItems, ServiceMonth, Table, keys};

/// Seconds of a long outage that are read at once: 31 days.
const LOOK_S: i64 = 31 * 86_400;
/// The most reads that follow an outage beyond its month: 120 × 31 days, ten years.
const LOOKS_MAX: usize = 120;

/// The outcome of filing a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FilingOutcome {
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
pub struct ClaimFilter {
    /// The customer, or all.
    pub customer_id: Option<CustomerId>,
    /// The state, or any.
    pub state: Option<ClaimState>,
    /// The claim after which the list continues.
    pub after: Option<ClaimId>,
}

impl ServiceMonth {
    /// Returns the claims that the customer sees: all but the withdrawn ones.
    pub fn listed_claims(&self) -> Vec<Claim> {
        let is_listed = |claim: &&Claim| claim.reason != Some(Rejection::Withdrawn);
        self.claims.iter().filter(is_listed).cloned().collect()
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
    ) -> Result<FilingOutcome, TableError> {
        until_written("file a claim", || self.try_to_file(filing, by, now)).await
    }

    async fn try_to_file(
        &self,
        filing: &Filing,
        by: Option<&Value>,
        now: Instant,
    ) -> Result<Option<FilingOutcome>, TableError> {
        let (id, month) = (&filing.service_id, filing.month);
        if let Some(by) = by
            && let Some(act) = self.act(id, by).await?
        {
            return Ok(Some(FilingOutcome::Again(act.answer)));
        }
        let Some(known) = self.service_month(id, month).await? else {
            return Ok(Some(FilingOutcome::NoService));
        };
        if known.service.customer_id != filing.customer_id {
            let error = ClaimError::NotTheirs(id.clone(), filing.customer_id.clone());
            return Ok(Some(FilingOutcome::Refused(error)));
        }
        let mut of_kind = known.claims.iter().filter(|claim| claim.kind == filing.kind);
        let nth = of_kind.clone().count() + 1;
        let (claim, posting) = match of_kind.find(|claim| claim.is_first()) {
            Some(first) => {
                let claim = first.claimed_again(filing.filed_at);
                let month = known.known(None, OutagesEnd::None, now);
                let posting = Posting::of(&month, Cause::ClaimAgain(&claim)).map_err(unreadable)?;
                (claim, posting)
            }
            None => match Claim::file(filing, &known.service, nth, true, now) {
                Ok(claim) => {
                    let posting = self.take_in(&known, std::slice::from_ref(&claim), now).await?;
                    (claim, posting)
                }
                Err(error) => return Ok(Some(FilingOutcome::Refused(error))),
            },
        };
        let claim = posting.claim(&claim.claim_id).cloned().unwrap_or(claim);
        let act = |by: &Value| {
            let answer = serde_json::to_value(&claim).map_err(|e| TableError::new("write a claim", e))?;
            Ok::<_, TableError>(Act { by: by.clone(), answer })
        };
        let beside = CompanionItems { act: by.map(act).transpose()?, ..CompanionItems::default() };
        let noted = self.about(Object::of(Subject::Claim, &[claim.claim_id.as_str()]));
        let committed = noted.post(&known, &posting, &beside, now).await?;
        Ok((committed == Committed::Done).then(|| FilingOutcome::Claim(Box::new(claim))))
    }

    /// Returns the posting of new and changed claims: held while the month is open, decided once it is
    /// closed.
    pub(crate) async fn take_in(
        &self,
        known: &ServiceMonth,
        changed: &[Claim],
        now: Instant,
    ) -> Result<Posting, TableError> {
        let (stored, outage_after) = self.stored(known, now).await?;
        let window = match stored {
            Some(_) => None,
            None => self.looked_at(known, now).await?.assessment.windows.get(&known.month).copied(),
        };
        let month = known.known(stored.as_ref(), outage_after, now);
        Posting::of(&month, Cause::Claim { changed, window }).map_err(unreadable)
    }

    /// Reads the inputs of a month's newest statement, if it has one, and the end of an outage that outlasts
    /// the month.
    async fn stored(
        &self,
        known: &ServiceMonth,
        now: Instant,
    ) -> Result<(Option<Inputs>, OutagesEnd), TableError> {
        let Some(newest) = &known.newest else { return Ok((None, OutagesEnd::None)) };
        let stored = self.inputs(newest).await?;
        let outage_after = self.outage_after(known, &[&stored], now).await?;
        Ok((Some(stored), outage_after))
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
            let (probes, silences) = (known.standing.probes_from(part.start), &known.standing.silences);
            let probes = self.timelines(service, probes, silences, part).await?;
            let voids = self.windows(service, part, &terms).await?.voids(service, silences, part);
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
        until_written("settle a month", || async {
            let Some(known) = self.service_month(id, month).await? else { return Ok(Some(())) };
            let (stored, outage_after) = self.stored(&known, now).await?;
            let facts = known.known(stored.as_ref(), outage_after, now);
            let posting = Posting::of(&facts, Cause::Lapse).map_err(unreadable)?;
            if !posting.changes(&known.standing.announcements) {
                return Ok(Some(()));
            }
            Ok::<_, TableError>(self.post(&known, &posting, &CompanionItems::default(), now).await?.then(()))
        })
        .await
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
    pub async fn claims(&self, wanted: &ClaimFilter, limit: usize) -> Result<Vec<Claim>, TableError> {
        let ClaimFilter { customer_id, state, after } = wanted;
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

/// Reads a claim among its customer's, if it is wanted.
fn listed_claim(
    item: &Item,
    ClaimFilter { state, after, .. }: &ClaimFilter,
) -> Result<Option<Claim>, TableError> {
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
