//! Lives of sources in the mode *heartbeats*: what each has last told is asserted by the sweep, as far as it
//! proves that it lives (rules, 2).

use std::collections::BTreeMap;

use doors::heartbeat::Life;
use doors::memory::{Memory, Series};
use events::Source;
use events::source::Mode;
use sla::id::SourceId;
use sla::{Instant, Resolution, ServiceId};

use crate::service::quarantine::{Quarantined, Source as Origin};
use crate::service::sources::KnownSource;
use crate::store::{Committed, Draft, Item, TableError, Transaction};
use crate::{Attempts, Table, keys};

/// Index partition of the sources with something to assert.
pub(crate) const LIVES_DUE: &str = "SOURCES#ALIVE";
/// Sources that one sweep asserts, those due first; the next sweep goes on.
const LIVES_MAX: i32 = 200;
/// Series of one source that are asserted: 1,000 checks for each run of proofs.
const SERIES_MAX: i32 = 1000;

/// Writes a life, due if its source is in the mode that asserts it.
pub(crate) fn draft_of_life(
    id: &SourceId,
    life: &Life,
    source: Option<&Source>,
) -> Result<Draft, TableError> {
    let source = source.filter(|source| source.mode == Mode::Heartbeats);
    let due_at = source.and_then(|source| life.due_at(source));
    Ok(Draft::with_body(&keys::life(id), life)?.due(LIVES_DUE, due_at))
}

impl Table {
    /// Asserts what is due of the sources that prove that they live; returns their number.
    ///
    /// # Errors
    /// Returns the [`TableError`] of the first source that failed; the others are asserted.
    pub async fn assert_lives(&self, now: Instant) -> Result<usize, TableError> {
        let due = self.store.due(LIVES_DUE, now, LIVES_MAX).await?;
        let mut failed = None;
        for id in due.iter().filter_map(keys::source_of_life) {
            if let Err(error) = Box::pin(self.assert_life(&id, now)).await {
                tracing::warn!(source_id = %id, error = &error as &dyn std::error::Error, "cannot assert a source");
                failed.get_or_insert(error);
            }
        }
        failed.map_or(Ok(due.len()), Err)
    }

    async fn assert_life(&self, id: &SourceId, now: Instant) -> Result<(), TableError> {
        let mut attempts = Attempts::default();
        while attempts.begin().await {
            let found = self.store.get(&[keys::source(id), keys::life(id)]).await?;
            let Some(item) = found.get(&keys::life(id)) else { return Ok(()) };
            let known = found.get(&keys::source(id)).map(Item::body::<KnownSource>).transpose()?;
            let source = known.filter(|known| !known.is_removed).map(|known| known.source);
            let source = source.filter(|source| source.mode == Mode::Heartbeats);
            let mut life: Life = item.body()?;
            if let Some(source) = &source {
                let memories = self.all_memories(id).await?;
                let resolutions = self.resolutions(&memories).await?;
                let minute = Resolution::try_from(60).map_err(|e| TableError::new("assert a source", e))?;
                let resolution = |id: &ServiceId| resolutions.get(id).copied().unwrap_or(minute);
                let known =
                    memories.into_iter().filter(|((id, _), _)| resolutions.contains_key(id)).collect();
                let checks = life.assert(source, now, &known, resolution);
                let checks = checks.iter().map(serde_json::to_value).collect::<Result<_, _>>();
                let checks = checks.map_err(|error| TableError::new("write a check", error))?;
                self.record_asserted(checks, now).await?;
            }
            let mut transaction = Transaction::default();
            transaction.put_versioned(draft_of_life(id, &life, source.as_ref())?, item.version());
            if self.store.commit(transaction).await? == Committed::Done {
                return Ok(());
            }
        }
        Err(TableError::faster("assert a source"))
    }

    async fn all_memories(&self, id: &SourceId) -> Result<BTreeMap<Series, Memory>, TableError> {
        let (pk, prefix) = keys::all_series(id);
        let to = format!("{prefix}{}", keys::LAST);
        let items = self.store.query_some(&pk, &prefix, &to, true, SERIES_MAX).await?;
        let series = items.iter().filter_map(|item| Some((keys::series_of(&item.key)?, item)));
        series.map(|(series, item)| Ok((series, item.body()?))).collect()
    }

    async fn resolutions(
        &self,
        memories: &BTreeMap<Series, Memory>,
    ) -> Result<BTreeMap<ServiceId, Resolution>, TableError> {
        let mut ids: Vec<ServiceId> = memories.keys().map(|(id, _)| id.clone()).collect();
        ids.dedup();
        let services = self.settings(&ids).await?;
        Ok(services.into_iter().map(|service| (service.service_id, service.resolution_s)).collect())
    }

    /// Records asserted checks; what a service does not take, as it has ended, goes to the quarantine.
    async fn record_asserted(&self, checks: Vec<serde_json::Value>, now: Instant) -> Result<(), TableError> {
        let mut received = Vec::new();
        for check in self.receive(checks, now).await? {
            match check {
                Ok(check) => received.push(check),
                Err((raw, error)) => {
                    self.quarantine(&Quarantined::new(Origin::Check, &raw, error.to_string(), now)?).await?;
                }
            }
        }
        self.record(&received, now).await?.whole().map(drop)
    }
}
