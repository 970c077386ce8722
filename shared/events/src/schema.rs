//! JSON Schemas of the contract, generated from the types; `schemas/` holds them, and a test keeps them true.

use schemars::{Schema, schema_for};

use crate::alarm::AlarmEvent;
use crate::answer::{ClosedAnswer, ExportAnswer, PublishedAnswer, RecordAnswer, StatementsAnswer};
use crate::change::ListedChange;
use crate::check::ChecksEvent;
use crate::export::{ExportEvent, Manifest};
use crate::ticket::{DeadlineEvent, TicketsEvent};
use crate::{Notice, command};

/// Returns every schema with its file name, sorted.
pub fn schemas() -> Vec<(String, Schema)> {
    let mut all = vec![
        ("answer.close-month.many".to_owned(), schema_for!(ClosedAnswer)),
        ("answer.close-month.one".to_owned(), schema_for!(StatementsAnswer)),
        ("answer.export-month".to_owned(), schema_for!(ExportAnswer)),
        ("answer.publish-terms".to_owned(), schema_for!(PublishedAnswer)),
        ("answer.record-checks".to_owned(), schema_for!(RecordAnswer)),
        ("answer.record-tickets".to_owned(), schema_for!(RecordAnswer)),
        ("change".to_owned(), schema_for!(ListedChange)),
        ("claim".to_owned(), schema_for!(sla::claim::Claim)),
        ("event.export-month".to_owned(), schema_for!(ExportEvent)),
        ("event.keep-deadlines".to_owned(), schema_for!(DeadlineEvent)),
        ("event.publish-terms".to_owned(), schema_for!(sla::Terms)),
        ("event.record-checks".to_owned(), schema_for!(ChecksEvent)),
        ("event.record-checks.alarm".to_owned(), schema_for!(AlarmEvent)),
        ("event.record-tickets".to_owned(), schema_for!(TicketsEvent)),
        ("export.manifest".to_owned(), schema_for!(Manifest)),
        ("notice".to_owned(), schema_for!(Notice)),
        ("statement".to_owned(), schema_for!(sla::Statement)),
    ];
    command::schemas(|name, schema| all.push((format!("command.{name}"), schema)));
    all.sort_by(|a, b| a.0.cmp(&b.0));
    all.into_iter().map(|(name, schema)| (format!("{name}.schema.json"), schema)).collect()
}
