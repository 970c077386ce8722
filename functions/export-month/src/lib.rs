//! Exports a closed month for finance: freezes new rows, writes their files, inputs and manifest, then
//! notifies.
//! Architecture invariant: objects are never overwritten; a rerun completes a revision with the same bytes.

mod csv_file;
mod inputs;
mod manifest;
mod marks;
mod parquet_file;
#[cfg(test)]
mod roundings;
#[cfg(test)]
mod sample;
mod step;

use std::collections::BTreeMap;

use events::answer::{ExportAnswer, ExportedFile};
use events::export::{ExportEvent, ExportedMonths};
use events::{Happening, NoticeRecord};
use outcome::{Clock, Failure};
use serde::Serialize;
use serde_json::Value;
use shell::{Bucket, PutOutcome};
use sla::{Instant, Month, ServiceId, TermsBook, Zone};
use table::{
    ATTEMPTS_MAX, Attempts, Committed, ExportMarks, ExportRow, ExportState, RevisionDraft, Table, Versioned,
};

use crate::inputs::Parts;
use crate::manifest::{File, Place, Revision, Tables};
use crate::step::{FrozenRevision, Step, StoredExport};

/// Months that one daily run exports: ten years.
const MONTHS_MAX: usize = 120;
/// Services read at once.
const SERVICES_PAGE: usize = 500;
/// Pages of services: 1,000 × 500 = 500,000 services.
const SERVICES_PAGES_MAX: usize = 1000;
/// Statements whose inputs are read at once: 25 × 8 parts of 350 KB = 70 MB, if all are large.
const STATEMENTS_AT_ONCE: usize = 25;

/// The answer of the daily run.
#[derive(Debug, Serialize)]
struct DailyAnswer {
    /// The months with a new revision.
    exported: Vec<MonthAnswer>,
}

#[derive(Debug, Serialize)]
struct MonthAnswer {
    month: Month,
    #[serde(flatten)]
    answer: ExportAnswer,
}

/// Handles one event: a month, or the daily run over every month with new rows.
///
/// # Errors
/// Returns a refusal that says what to do, or a fault that may be retried.
pub async fn handle(table: &Table, bucket: &Bucket, clock: &Clock, event: &[u8]) -> Result<Value, Failure> {
    let exporter = Exporter { table, bucket, now: clock.now() };
    let event: ExportEvent = events::read(&events::parse(event)?)?;
    let answer = match event.wanted()? {
        ExportedMonths::Month(month) => serde_json::to_value(Box::pin(exporter.export(month)).await?),
        ExportedMonths::EveryDueMonth => serde_json::to_value(exporter.export_every_due_month().await?),
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
    /// Exports each month with new rows; one failure does not stop the others.
    async fn export_every_due_month(&self) -> Result<DailyAnswer, Failure> {
        let mut exported = Vec::new();
        let mut first_failure = None;
        for month in self.table.exports_due(self.now).await?.into_iter().take(MONTHS_MAX) {
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

    /// Finishes the month's interrupted revision, if any, then exports the new rows.
    async fn export(&self, month: Month) -> Result<ExportAnswer, Failure> {
        let mut finished = None;
        let mut attempts = Attempts::default();
        while attempts.begin().await {
            // Marks are read before rows and tickets, so that a change is read before its mark is removed.
            let marks = self.table.export_marks(month).await?;
            let known = self.load(month, &marks).await?;
            let (held, is_new) = match known.next_step() {
                Step::Wait(waiting) => return Err(Failure::Conflict(waiting.message(month))),
                Step::Rest => {
                    self.settle(&known, &marks).await?;
                    let revision = known.last_revision();
                    return Ok(finished.unwrap_or(ExportAnswer {
                        prefix: None,
                        files: Vec::new(),
                        revision,
                    }));
                }
                Step::Freeze(draft) => match self.freeze(&draft, &marks).await? {
                    Some(state) => (FrozenRevision { state, rows: draft.rows }, true),
                    // Another run froze this revision first, or new statements arrived: look again.
                    None => continue,
                },
                Step::Finish(held) => (held, false),
            };
            let (answer, committed) = self.finish(&known, held).await?;
            if is_new && committed == Committed::Done {
                self.settle(&known, &marks).await?;
                return Ok(answer);
            }
            // Rows that arrived after the freeze belong to the next revision.
            finished = Some(answer);
        }
        Err(Failure::unexpected(format!(
            "other runs exported {month} {ATTEMPTS_MAX} times meanwhile: try again"
        )))
    }

    /// Freezes rows, or returns `None` if a statement was written while they were read: the rows could hold a
    /// statement without its credits, or a credit without the reversal of its predecessor.
    async fn freeze(
        &self,
        draft: &RevisionDraft,
        marks: &ExportMarks,
    ) -> Result<Option<Versioned<ExportState>>, Failure> {
        if self.table.export_marks(draft.month).await?.statements != marks.statements {
            return Ok(None);
        }
        Ok(self.table.freeze(draft, self.now).await?)
    }

    async fn load(&self, month: Month, marks: &ExportMarks) -> Result<StoredExport, Failure> {
        let mut revisions = Vec::new();
        for state in self.table.exports(month).await? {
            let rows = self.table.frozen(&state.value).await?;
            revisions.push(FrozenRevision { state, rows });
        }
        let terms = self.table.terms_now(self.now).await?;
        let services =
            if revisions.is_empty() { self.services(month, &terms).await? } else { BTreeMap::new() };
        let utc_close = Some(terms.closes_at(month, Zone::UTC));
        let of_tickets = utc_close.filter(|_| !marks.tickets.is_empty());
        let last_close = services.values().copied().chain(of_tickets).max().or(utc_close);
        let closes_at = last_close.unwrap_or(self.now);
        // Rows are read after services: a service that closes in between must not count as open.
        let rows = self.table.export_rows(month).await?.into_iter().collect();
        let mut known = StoredExport {
            month,
            now: self.now,
            terms,
            closes_at,
            revisions,
            services: services.into_keys().collect(),
            rows,
            marks: marks.tickets.clone(),
            tickets: BTreeMap::new(),
        };
        if known.is_ready() {
            let due = known.tickets_due();
            known.tickets = self.table.ticket_snapshots(month, &due, known.as_of(), self.now).await?;
        }
        Ok(known)
    }

    /// Lists the services that must have a statement of the month, each with the instant of its close.
    async fn services(
        &self,
        month: Month,
        terms: &TermsBook,
    ) -> Result<BTreeMap<ServiceId, Instant>, Failure> {
        let mut found = BTreeMap::new();
        let mut last = None;
        for _ in 0..SERVICES_PAGES_MAX {
            let page = self.table.services_page(last.as_ref(), SERVICES_PAGE).await?;
            let Some(end) = page.last() else { return Ok(found) };
            last = Some(end.service_id.clone());
            let of_month = page.into_iter().filter(|service| service.is_stated_in(month));
            found.extend(of_month.map(|service| {
                let closes_at = terms.closes_at(month, service.time_zone);
                (service.service_id, closes_at)
            }));
        }
        Err(Failure::unexpected(format!("there are more than {SERVICES_PAGES_MAX} pages of services")))
    }

    /// Removes the marks of everything exported; a ticket that changed since keeps its mark.
    async fn settle(&self, known: &StoredExport, marks: &ExportMarks) -> Result<(), Failure> {
        self.table.settle_statements(&marks.statements).await?;
        Ok(self.table.settle_tickets(known.month, &known.settlings()).await?)
    }

    /// Writes the files of a frozen revision, the manifest last, and notifies finance; existing files stay.
    async fn finish(
        &self,
        known: &StoredExport,
        held: FrozenRevision,
    ) -> Result<(ExportAnswer, Committed), Failure> {
        let tables = known.tables(&held)?;
        let mut state = held.state;
        for file in &tables.files {
            self.write(file).await?;
        }
        let inputs = self.write_inputs(known.month, &tables).await?;
        let revision = tables.sealed(inputs).map_err(Failure::unexpected)?;
        self.write(&revision.file).await?;
        state.value.manifest_sha256 = Some(revision.manifest_sha256.clone());
        let notice = ready(&state.value, &revision);
        let committed = self.table.exported(&state, &notice, self.now).await?;
        Ok((revision.answer(), committed))
    }

    /// Writes the statements' inputs part by part, so that memory holds only one part; lists the parts.
    async fn write_inputs(&self, month: Month, tables: &Tables) -> Result<Vec<ExportedFile>, Failure> {
        let mut listed = Vec::new();
        let mut parts = Parts::beneath(tables.prefix());
        for statements in tables.statements.chunks(STATEMENTS_AT_ONCE) {
            for inputs in self.table.inputs_of(month, statements).await? {
                if let Some(part) = parts.add(&inputs).map_err(Failure::unexpected)? {
                    self.write(&part.file).await?;
                    listed.push(part.listed);
                }
            }
        }
        if let Some(part) = parts.complete() {
            self.write(&part.file).await?;
            listed.push(part.listed);
        }
        Ok(listed)
    }

    async fn write(&self, File { key, content_type, bytes }: &File) -> Result<(), Failure> {
        match self.bucket.put_new(key, content_type, bytes.clone()).await? {
            PutOutcome::Written => Ok(()),
            PutOutcome::Exists if self.bucket.get(key).await? == *bytes => Ok(()),
            PutOutcome::Exists => Err(Failure::unexpected(format!(
                "{key} exists with different content and is never overwritten: find out who wrote it, \
                 move it away, then export the month again"
            ))),
        }
    }
}

impl StoredExport {
    /// Builds the tables of a frozen revision.
    fn tables(&self, held: &FrozenRevision) -> Result<Tables, Failure> {
        let state = &held.state.value;
        let mut earlier = self.revisions.iter().rev().map(|held| &held.state.value);
        let before = earlier.find(|other| other.revision < state.revision);
        let place = Place {
            month: state.month,
            revision: state.revision,
            as_of: state.as_of(),
            previous_manifest_sha256: before.and_then(|other| other.manifest_sha256.as_deref()),
        };
        let mut rows: BTreeMap<&String, &ExportRow> = BTreeMap::new();
        for key in &held.rows.keys {
            let row = self.rows.get(key);
            rows.insert(
                key,
                row.ok_or_else(|| Failure::unexpected(format!("the frozen row {key} is gone")))?,
            );
        }
        let tickets = held.rows.tickets.iter().map(|ticket| &ticket.row);
        Tables::of(place, rows, tickets).map_err(Failure::unexpected)
    }
}

/// Builds the notice of a revision; it is dated by the freeze, so that a rerun sends the same notice.
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

    fn parse(event: &[u8]) -> Result<ExportedMonths, Failure> {
        let event: ExportEvent = events::read(&events::parse(event)?)?;
        Ok(event.wanted()?)
    }

    #[test]
    fn recorded_events_are_understood() {
        let june = ExportedMonths::Month(sample::june());
        assert_eq!(parse(include_bytes!("../events/month.json")).unwrap(), june);
        assert_eq!(parse(include_bytes!("../events/sweep.json")).unwrap(), ExportedMonths::EveryDueMonth);
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
        insta::assert_snapshot!(messages.join("\n"), @r#"
        {} → BadRequest: missing field `month`: write a month such as {"month": "2026-06"}, or {"sweep": true} for every month that has something new
        {"month": null, "sweep": false} → BadRequest: missing field `month`: write a month such as {"month": "2026-06"}, or {"sweep": true} for every month that has something new
        {"month": "2026-13"} → BadRequest: month: `2026-13` is not a month: write YYYY-MM between 2000-01 and 2099-12, such as 2026-06
        {"month": "1999-12"} → BadRequest: month: `1999-12` is not a month: write YYYY-MM between 2000-01 and 2099-12, such as 2026-06
        {"month": 202606} → BadRequest: month: invalid type: integer `202606`, expected a string
        {"month": "2026-06", "sweep": true} → BadRequest: `month` is 2026-06 and `sweep` is true: give one of them
        {"sweep": "yes"} → BadRequest: sweep: invalid type: string "yes", expected a boolean
        [] → BadRequest: missing field `month`: write a month such as {"month": "2026-06"}, or {"sweep": true} for every month that has something new
        { → BadRequest: the payload is no JSON: EOF while parsing an object at line 1 column 1
        "#);
    }
}
