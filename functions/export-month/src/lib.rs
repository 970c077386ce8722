//! Exports a closed month for finance: freeze which rows are new, write their files, then the manifest, then tell.
//! Architecture invariants: an object is written once and never overwritten; a run begins with what is stored, so
//! that one that was cut off at any call is gone on with, to the same bytes.

mod manifest;
mod rows;
#[cfg(test)]
mod sample;
mod step;

use std::collections::BTreeMap;

use events::answer::ExportAnswer;
use events::export::{ExportEvent, Wanted};
use events::{Happening, NoticeRecord};
use serde::Serialize;
use serde_json::Value;
use shell::{Bucket, Clock, Failure, Put};
use sla::{Instant, Month, ServiceId};
use table::{ATTEMPTS_MAX, Committed, ExportRow, ExportState, Table, Versioned};

use crate::manifest::{File, Place, Revision};
use crate::step::{Known, Step, wait_message};

/// Months that one daily run exports: ten years.
const MONTHS_MAX: usize = 120;
/// Services that are read at once.
const SERVICES_PAGE: usize = 500;
/// Pages of services: 1,000 × 500 = 500,000 services.
const SERVICES_PAGES_MAX: usize = 1000;
/// After every month: a service that is not terminated has a period in each.
const END_OF_TIME: Instant = Instant::from_epoch_s(i64::MAX);

/// What the daily run answers.
#[derive(Debug, Serialize)]
struct DailyAnswer {
    /// The months of which something new was exported.
    exported: Vec<MonthAnswer>,
}

#[derive(Debug, Serialize)]
struct MonthAnswer {
    month: Month,
    #[serde(flatten)]
    answer: ExportAnswer,
}

/// Answers one event: a month, or the daily run over every month that has something new.
///
/// # Errors
/// A refusal that says what to do, or a fault that may be retried.
pub async fn handle(table: &Table, bucket: &Bucket, clock: &Clock, event: &[u8]) -> Result<Value, Failure> {
    let exporter = Exporter { table, bucket, now: clock.now() };
    let event: ExportEvent = events::read(&events::parse(event)?)?;
    let answer = match event.wanted()? {
        Wanted::Month(month) => serde_json::to_value(Box::pin(exporter.export(month)).await?),
        Wanted::EveryDueMonth => serde_json::to_value(exporter.export_every_due_month().await?),
    };
    answer.map_err(Failure::unexpected)
}

/// One run, as of one instant.
struct Exporter<'a> {
    table: &'a Table,
    bucket: &'a Bucket,
    now: Instant,
}

impl Exporter<'_> {
    /// Exports each month that has something new; one that fails does not stop the others.
    async fn export_every_due_month(&self) -> Result<DailyAnswer, Failure> {
        let mut exported = Vec::new();
        let mut first_failure = None;
        for month in self.table.exports_due(self.now).await?.into_keys().take(MONTHS_MAX) {
            match Box::pin(self.export(month)).await {
                Ok(answer) if answer.prefix.is_some() => exported.push(MonthAnswer { month, answer }),
                Ok(_) => {}
                Err(Failure::Conflict(reason)) => tracing::info!(%month, reason, "a month is not ready"),
                Err(failure) => {
                    tracing::error!(%month, reason = failure.message(), "a month was not exported");
                    first_failure.get_or_insert(failure);
                }
            }
        }
        first_failure.map_or(Ok(DailyAnswer { exported }), Err)
    }

    /// Exports what is new of a month; what an earlier run left unfinished first.
    async fn export(&self, month: Month) -> Result<ExportAnswer, Failure> {
        let mut finished = None;
        for _ in 0..ATTEMPTS_MAX {
            // Marks before rows: what a mark stands for is seen before the mark is removed.
            let due = self.table.export_due(month).await?;
            let known = self.load(month).await?;
            let frozen = match known.next_step() {
                Step::Wait(open) => return Err(Failure::Conflict(wait_message(month, &open))),
                Step::Rest => {
                    self.table.export_done(&due).await?;
                    let revision = known.last_revision();
                    return Ok(finished.unwrap_or(ExportAnswer {
                        prefix: None,
                        files: Vec::new(),
                        revision,
                    }));
                }
                Step::Freeze(keys) => {
                    let revision = known.last_revision() + 1;
                    self.table.freeze(month, revision, &keys, self.now).await?.map(|state| (state, keys))
                }
                Step::Finish => {
                    if let Some((state, keys)) = known.revisions.last() {
                        let (answer, _) = self.finish(&known, state.clone(), keys).await?;
                        finished = Some(answer);
                    }
                    // Rows that came after it was frozen are the next revision.
                    continue;
                }
            };
            // Whoever was faster decided which rows the revision holds: look again.
            let Some((state, keys)) = frozen else { continue };
            let (answer, committed) = self.finish(&known, state, &keys).await?;
            if committed == Committed::Done {
                self.table.export_done(&due).await?;
                return Ok(answer);
            }
            finished = Some(answer);
        }
        Err(Failure::unexpected(format!(
            "other runs exported {month} {ATTEMPTS_MAX} times meanwhile: try again"
        )))
    }

    async fn load(&self, month: Month) -> Result<Known, Failure> {
        let mut revisions = Vec::new();
        for state in self.table.exports(month).await? {
            let keys = self.table.frozen(&state.thing).await?;
            revisions.push((state, keys));
        }
        let services = if revisions.is_empty() { self.services(month).await? } else { Vec::new() };
        // Rows after services: a service that closes meanwhile is not taken for open.
        let rows = self.table.export_rows(month).await?.into_iter().collect();
        Ok(Known { revisions, services, rows })
    }

    /// Lists the services that have a period in a month.
    async fn services(&self, month: Month) -> Result<Vec<ServiceId>, Failure> {
        let mut found = Vec::new();
        let mut last = None;
        for _ in 0..SERVICES_PAGES_MAX {
            let page = self.table.services_page(last.as_ref(), SERVICES_PAGE).await?;
            let Some(end) = page.last() else {
                found.sort();
                return Ok(found);
            };
            last = Some(end.service_id.clone());
            let of_month = page.into_iter().filter(|service| service.period(month, END_OF_TIME).is_some());
            found.extend(of_month.map(|service| service.service_id));
        }
        Err(Failure::unexpected(format!("there are more than {SERVICES_PAGES_MAX} pages of services")))
    }

    /// Writes the files of a frozen revision, the manifest last, and tells finance; what is there already stays.
    async fn finish(
        &self,
        known: &Known,
        mut state: Versioned<ExportState>,
        keys: &[String],
    ) -> Result<(ExportAnswer, Committed), Failure> {
        let revision = known.revision(&state.thing, keys)?;
        for file in &revision.files {
            self.write(file).await?;
        }
        state.thing.manifest_sha256 = Some(revision.manifest_sha256.clone());
        let notice = ready(&state.thing, &revision);
        let committed = self.table.exported(&state, &notice, self.now).await?;
        Ok((revision.answer(), committed))
    }

    async fn write(&self, File { key, content_type, bytes }: &File) -> Result<(), Failure> {
        match self.bucket.put_new(key, content_type, bytes.clone()).await? {
            Put::Written => Ok(()),
            Put::Exists if self.bucket.get(key).await? == *bytes => Ok(()),
            Put::Exists => Err(Failure::unexpected(format!(
                "{key} exists with other bytes and is not overwritten: find out who wrote it, \
                 move it away, then export the month again"
            ))),
        }
    }
}

impl Known {
    /// Writes a frozen revision as files.
    fn revision(&self, state: &ExportState, keys: &[String]) -> Result<Revision, Failure> {
        let before = self.revisions.iter().rev().find(|(other, _)| other.thing.revision < state.revision);
        let place = Place {
            month: state.month,
            revision: state.revision,
            previous_manifest_sha256: before.and_then(|(other, _)| other.thing.manifest_sha256.as_deref()),
        };
        let mut rows: BTreeMap<&String, &ExportRow> = BTreeMap::new();
        for key in keys {
            let row = self.rows.get(key);
            rows.insert(
                key,
                row.ok_or_else(|| Failure::unexpected(format!("the frozen row {key} is gone")))?,
            );
        }
        Revision::of(place, rows).map_err(Failure::unexpected)
    }
}

/// Makes the notice of a revision; it tells of the instant at which the rows were frozen, so that a run that goes
/// on with a revision tells the same.
fn ready(state: &ExportState, revision: &Revision) -> NoticeRecord {
    let happening = Happening::ExportReady {
        prefix: revision.prefix(),
        revision: state.revision,
        files: revision.manifest.files.clone(),
        totals: revision.manifest.totals.clone(),
    };
    let identity = format_args!("{}|{}", state.month, state.revision).to_string();
    NoticeRecord::general(Some(state.month), state.frozen_at, happening, identity)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(event: &[u8]) -> Result<Wanted, Failure> {
        let event: ExportEvent = events::read(&events::parse(event)?)?;
        Ok(event.wanted()?)
    }

    #[test]
    fn recorded_events_are_understood() {
        let june = Wanted::Month(sample::june());
        assert_eq!(parse(include_bytes!("../events/month.json")).unwrap(), june);
        assert_eq!(parse(include_bytes!("../events/sweep.json")).unwrap(), Wanted::EveryDueMonth);
        assert_eq!(parse(br#"{"month": "2026-06", "sweep": false, "more": 1}"#).unwrap(), june);
    }

    #[test]
    fn a_wrong_event_is_refused_with_its_field_its_value_and_what_would_be_right() {
        let refused = [
            "{}",
            r#"{"month": null, "sweep": false}"#,
            r#"{"month": "2026-13"}"#,
            r#"{"month": "1999-12"}"#,
            r#"{"month": 202606}"#,
            r#"{"month": "2026-06", "sweep": true}"#,
            r#"{"sweep": "yes"}"#,
            "[]",
            "{",
        ];
        let messages = refused.map(|event| {
            let failure = parse(event.as_bytes()).unwrap_err();
            format!("{event} → {}: {}", failure.error_type(), failure.message())
        });
        insta::assert_snapshot!(messages.join("\n"));
    }
}
