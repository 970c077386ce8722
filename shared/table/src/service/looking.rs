//! Assessing a service: which facts to announce now, with or without a new check, and the sweep over all due
//! services. Every announcement is one transaction with the standing that led to it.

use std::collections::{BTreeSet, HashMap};

use events::telling::notice_of;
use sla::assessment::{Assessment, Fact, Knowledge, Silence, assess};
use sla::summary::Summary;
use sla::timeline::{CodecError, ProbeTimeline};
use sla::{Instant, Month, ProbeId, Service, ServiceId, Span};

use crate::keys::Key;
use crate::service::merging::MergedChunks;
use crate::service::standing::Standing;
use crate::service::timelines::encoded;
use crate::store::{Committed, Draft, Item, TableError, Transaction};
use crate::{Attempts, NOTICES_PER_TRANSACTION_MAX, ObjectRecord, Table, Versioned, keys, outbox};

/// Pokes that one transaction removes. With the standing and its entry among the troubles, 24 notices, as many
/// held chunks and the summaries, these are 99 items of 100.
const POKES_AT_ONCE: usize = 40;
/// Summaries that one transaction writes, newest first; a service with more open months takes several.
const SUMMARIES_AT_ONCE: usize = 9;
/// Transactions that announce everything about one service: 24,000 notices.
const STEPS_MAX: usize = 1000;
impl Table {
    /// Assesses every service that is due although no check arrived; returns their number.
    ///
    /// # Errors
    /// Returns the [`TableError`] of the first service that failed; the others have been assessed.
    pub async fn sweep(&self, now: Instant) -> Result<usize, TableError> {
        let watched = self.watched(now).await?;
        let mut failed = None;
        for (id, pokes) in &watched {
            if let Err(error) = self.say_everything(id, pokes, now).await {
                tracing::warn!(service_id = %id, error = &error as &dyn std::error::Error, "cannot look at a service");
                failed.get_or_insert(error);
            }
        }
        failed.map_or(Ok(watched.len()), Err)
    }

    /// Announces everything that is due about a service.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails or the service does not exist.
    pub async fn say_everything(
        &self,
        id: &ServiceId,
        pokes: &[Key],
        now: Instant,
    ) -> Result<(), TableError> {
        let standing = self.store.get_one(&keys::standing(id)).await?;
        let standing = standing.as_ref().map(Standing::of).transpose()?;
        if standing.is_none() && self.store.get_one(&keys::service(id)).await?.is_none() {
            // The registration was taken back after the poke.
            let mut transaction = Transaction::default();
            pokes.iter().take(POKES_AT_ONCE).for_each(|poke| transaction.delete(poke.clone()));
            return self.store.commit_surely(transaction).await;
        }
        if let Some(standing) = standing {
            if standing.in_parts_until(now).is_some() {
                return Ok(());
            }
            for month in standing.announcements.months_to_settle(now) {
                self.settle_month(id, month, now).await?;
            }
        }
        if pokes.iter().any(keys::is_end) {
            self.settle_after_end(id, now).await?;
        }
        let mut pokes = pokes.chunks(POKES_AT_ONCE);
        let mut poked = pokes.next();
        let (mut step, mut attempts) = (0, Attempts::default());
        while step < STEPS_MAX && attempts.begin().await {
            let found = self.store.get(&[keys::service(id), keys::standing(id)]).await?;
            let (service, standing) = present(id, &found)?;
            let mut transaction = Transaction::default();
            for poke in poked.into_iter().flatten() {
                transaction.delete(poke.clone());
            }
            let said =
                self.say(&service, standing, &MergedChunks::default(), step, now, &mut transaction).await?;
            match said {
                Some(more) if self.store.commit(transaction).await? == Committed::Done => {
                    poked = pokes.next();
                    if !more && poked.is_none() {
                        return Ok(());
                    }
                    (step, attempts) = (step + 1, Attempts::default());
                }
                _ => {}
            }
        }
        Err(TableError::unexpected(
            "look at a service",
            "other writers were faster, or there is too much to say",
        ))
    }

    /// Adds the due notices of a service, its summaries from a step on and its standing to a transaction.
    /// Returns true if more is left, `None` if another writer was faster.
    ///
    /// While a batch of checks is being written in parts the data is incomplete, so nothing is announced.
    pub(crate) async fn say(
        &self,
        service: &Service,
        mut standing: Standing,
        merged: &MergedChunks,
        step: usize,
        now: Instant,
        transaction: &mut Transaction,
    ) -> Result<Option<bool>, TableError> {
        standing.hear_all(merged);
        if let Some(until) = standing.in_parts_until(now) {
            standing.due_at = Some(until);
            standing.save(&service.service_id, transaction)?;
            return Ok(Some(false));
        }
        let ServiceAssessment { assessment, summaries, .. } =
            self.look(service, &standing, merged, now).await?;
        for fact in &assessment.facts {
            outbox::add(transaction, &notice_of(service, fact), now)?;
        }
        if !self.hold_silent_chunks(service, &assessment, merged, transaction).await? {
            return Ok(None);
        }
        let mut left = summaries.iter().rev().skip(step * SUMMARIES_AT_ONCE);
        for summary in left.by_ref().take(SUMMARIES_AT_ONCE) {
            crate::service::summaries::add(transaction, &service.customer_id, summary)?;
        }
        let more = assessment.facts.len() >= NOTICES_PER_TRANSACTION_MAX || left.next().is_some();
        standing.announcements = assessment.announcements;
        standing.due_at = if more { Some(now) } else { assessment.due_at };
        standing.save(&service.service_id, transaction)?;
        Ok(Some(more))
    }

    /// Rewrites, unchanged, the last chunk of each probe that is announced as silent. A steady check under
    /// way was judged before the announcement: the new version makes it start over and end the silence.
    /// Returns false if the probe has reported meanwhile.
    async fn hold_silent_chunks(
        &self,
        service: &Service,
        assessment: &Assessment,
        merged: &MergedChunks,
        transaction: &mut Transaction,
    ) -> Result<bool, TableError> {
        for fact in &assessment.facts {
            let Fact::Silent(Silence { probe: Some(probe), since }) = fact else { continue };
            if merged.chunks.keys().any(|(own, _)| own == probe) {
                continue;
            }
            let (pk, prefix) = keys::timelines(&service.service_id, probe);
            let to = format!("{prefix}{}", keys::LAST);
            let newest = self.store.query_some(&pk, &prefix, &to, false, 1).await?;
            let Some(item) = newest.first() else { continue };
            let last = encoded(item)?.last_reported(service.resolution_s);
            let last = last.map_err(|error| TableError::new("read a timeline", error))?;
            let own = item.silence()?;
            if last.and_then(|last| service.carrying(own).silent_from(last.slot)) != Some(*since) {
                return Ok(false);
            }
            let draft = Draft::with_slots(&item.key, item.slots()).silence(own);
            transaction.put_versioned(draft, item.version());
        }
        Ok(true)
    }

    /// Assesses a service's open months: the facts to announce, and the summaries that its customer sees.
    pub(crate) async fn look(
        &self,
        service: &Service,
        standing: &Standing,
        merged: &MergedChunks,
        now: Instant,
    ) -> Result<ServiceAssessment, TableError> {
        let open_start = standing.announcements.open_from.start(service.time_zone);
        let ahead = now.plus_s(sla::check::FUTURE_S_MAX + service.resolution_s.seconds());
        let open = Span::new(open_start, ahead.max(open_start));
        let months =
            Span::new(open_start, Month::of(open.end, service.time_zone).bounds(service.time_zone).end);
        let silences = &standing.silences;
        let probes = self.timelines_with(service, &standing.probes, silences, open, merged).await?;
        let terms = self.terms_now(now).await?;
        let known = self.windows(service, months, &terms).await?;
        let (windows, voids) = (known.in_span(months), known.voids(service, silences, months));
        let fault = |error| TableError::new("read a timeline", error);
        let idle = idle(service, &probes, open).map_err(fault)?;
        let (probes, windows, voids) = (&probes[..], &windows[..], &voids[..]);
        let knowledge = Knowledge { service, terms: &terms, probes, windows, voids, now };
        let assessment =
            assess(&knowledge, &standing.announcements, NOTICES_PER_TRANSACTION_MAX).map_err(fault)?;
        let open_from = assessment.announcements.open_from;
        let summaries = Summary::of_open_months(service, probes, windows, voids, open_from, now);
        Ok(ServiceAssessment { assessment, summaries: summaries.map_err(fault)?, idle })
    }
}

/// An assessment of a service's open months.
#[derive(Debug, Clone)]
pub struct ServiceAssessment {
    /// The facts to announce.
    pub assessment: Assessment,
    /// The summaries of the months, ascending.
    pub(crate) summaries: Vec<Summary>,
    /// The probes without known slots in those months.
    pub idle: BTreeSet<ProbeId>,
}

/// Returns the probes without a known slot in a span. A voided slot is known: the void may be withdrawn.
fn idle(service: &Service, probes: &[ProbeTimeline], span: Span) -> Result<BTreeSet<ProbeId>, CodecError> {
    let mut idle = BTreeSet::new();
    for timeline in probes {
        if !timeline.is_known_in(span, service.carrying(timeline.silence))? {
            idle.insert(timeline.probe.clone());
        }
    }
    Ok(idle)
}

/// Reads a service and its standing from fetched items.
pub(crate) fn present(id: &ServiceId, found: &HashMap<Key, Item>) -> Result<(Service, Standing), TableError> {
    let missing = || TableError::unexpected("read a service", format!("{id} has no settings or standing"));
    let service = found.get(&keys::service(id)).ok_or_else(missing)?;
    let standing = found.get(&keys::standing(id)).ok_or_else(missing)?;
    Ok((Versioned::<ObjectRecord<Service>>::of(service)?.value.object, Standing::of(standing)?))
}
