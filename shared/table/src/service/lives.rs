//! Lives of sources in the mode *heartbeats*: what each has last told is asserted by the sweep, as far as it
//! proves that it lives (rules, 2).

use std::collections::BTreeMap;

use doors::heartbeat::Life;
use doors::memory::{Memory, Series};
use events::source::Mode;
use events::{CheckEvent, Source};
use sla::id::SourceId;
use sla::{Instant, Resolution, ServiceId};

use crate::service::silences::Silences;
use crate::service::sources::{KnownSource, SeriesRecord};
use crate::store::{Committed, Draft, Item, TableError};
use crate::{Attempts, Table, keys};

/// Index partition of the sources with something to assert.
pub(crate) const LIVES_DUE: &str = "SOURCES#ALIVE";
/// Sources that one sweep asserts, those due first; the next sweep goes on.
const LIVES_MAX: i32 = 200;
/// Series of one source that are asserted: 1,000 checks for each run of proofs.
const SERIES_MAX: i32 = 1000;

/// Writes a life, due if its source is in the mode that asserts it; at once, if what was told may be unrecorded.
pub(crate) fn draft_of_life(
    id: &SourceId,
    life: &SeriesRecord<Life>,
    source: Option<&Source>,
) -> Result<Draft, TableError> {
    let source = source.filter(|source| source.mode == Mode::Heartbeats);
    let due_at = source.and_then(|source| life.memory.due_at(source));
    let due_at = if life.told.is_empty() { due_at } else { Some(Instant::from_epoch_s(0)) };
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
            let (mut life, mut version) = (item.body::<SeriesRecord<Life>>()?, item.version());
            if life.told.is_empty() {
                life.told = self.asserted(source.as_ref(), &mut life.memory, now).await?;
                // Remembered with its checks before any is recorded: an edge that came meanwhile conflicts.
                let draft = draft_of_life(id, &life, source.as_ref())?;
                if self.put_all(&[(draft, version)]).await? == Committed::Conflict {
                    continue;
                }
                if life.told.is_empty() {
                    return Ok(());
                }
                version = version.map(|version| version + 1);
            }
            // What proves that it lives has no silence of its own.
            self.record_told(std::mem::take(&mut life.told), &Silences::default(), now).await?;
            let draft = draft_of_life(id, &life, source.as_ref())?;
            self.put_all(&[(draft, version)]).await?;
        }
        Err(TableError::faster("assert a source"))
    }

    /// Asserts what is due of a source; nothing of one that was removed, or tells edges now.
    async fn asserted(
        &self,
        source: Option<&Source>,
        life: &mut Life,
        now: Instant,
    ) -> Result<Vec<CheckEvent>, TableError> {
        let Some(source) = source else { return Ok(Vec::new()) };
        let memories = self.all_memories(&source.source_id).await?;
        let resolutions = self.resolutions(&memories).await?;
        let minute = Resolution::try_from(60).map_err(|error| TableError::new("assert a source", error))?;
        let known = memories.into_iter().filter(|((id, _), _)| resolutions.contains_key(id)).collect();
        Ok(life.assert(source, now, &known, |id| resolutions.get(id).copied().unwrap_or(minute)))
    }

    async fn all_memories(&self, id: &SourceId) -> Result<BTreeMap<Series, Memory>, TableError> {
        let (pk, prefix) = keys::all_series(id);
        let to = format!("{prefix}{}", keys::LAST);
        let items = self.store.query_some(&pk, &prefix, &to, true, SERIES_MAX).await?;
        let series = items.iter().filter_map(|item| Some((keys::series_of(&item.key)?, item)));
        series.map(|(series, item)| Ok((series, item.body::<SeriesRecord<Memory>>()?.memory))).collect()
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
}
