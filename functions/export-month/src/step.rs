//! What an export run does next, decided from what is known of the month.
//! Every run starts from what is stored, so that one that was interrupted is simply gone on with.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use sla::{Month, ServiceId};
use table::{ExportRow, ExportState, RowKind, Versioned};

/// Open services that a refusal names.
const NAMED_MAX: usize = 5;

/// What is known of a month.
#[derive(Debug, Clone)]
pub struct Known {
    /// The revisions in order, each with the keys of its rows.
    pub revisions: Vec<(Versioned<ExportState>, Vec<String>)>,
    /// While there is no revision: the services with a period in the month.
    pub services: Vec<ServiceId>,
    /// All rows by key.
    pub rows: BTreeMap<String, ExportRow>,
}

/// What comes next.
#[derive(Debug, Clone)]
pub enum Step {
    /// Wait: services that are not closed yet.
    Wait(Vec<ServiceId>),
    /// Write the files of the last revision, whose rows are frozen.
    Finish,
    /// Freeze these rows as the next revision.
    Freeze(Vec<String>),
    /// Nothing is new.
    Rest,
}

impl Known {
    /// Decides what comes next.
    pub fn next_step(&self) -> Step {
        match self.revisions.last() {
            Some((last, _)) if last.thing.manifest_sha256.is_none() => return Step::Finish,
            Some(_) => {}
            None => {
                let open = self.open();
                if !open.is_empty() {
                    return Step::Wait(open);
                }
            }
        }
        let frozen: BTreeSet<&String> = self.revisions.iter().flat_map(|(_, keys)| keys).collect();
        let new: Vec<String> = self.rows.keys().filter(|key| !frozen.contains(key)).cloned().collect();
        if new.is_empty() { Step::Rest } else { Step::Freeze(new) }
    }

    /// Returns the last revision, 0 if there is none.
    pub fn last_revision(&self) -> u32 {
        self.revisions.last().map_or(0, |(state, _)| state.thing.revision)
    }

    /// Lists services of the month that have no statement.
    fn open(&self) -> Vec<ServiceId> {
        let statements = self.rows.values().filter(|row| row.kind == RowKind::Statement);
        let closed: BTreeSet<&str> =
            statements.filter_map(|row| row.fact.get("service_id").and_then(Value::as_str)).collect();
        self.services.iter().filter(|id| !closed.contains(id.as_str())).cloned().collect()
    }
}

/// Says which services must be closed first, and how.
pub fn wait_message(month: Month, open: &[ServiceId]) -> String {
    let mut named: Vec<String> = open.iter().take(NAMED_MAX).map(ToString::to_string).collect();
    if open.len() > NAMED_MAX {
        named.push(format!("and {} more", open.len() - NAMED_MAX));
    }
    format!(
        "{month} cannot be exported yet: {} not closed ({}); close the month first: \
         invoke close-month with {{\"month\": \"{month}\"}}",
        if open.len() == 1 { "1 service is".to_owned() } else { format!("{} services are", open.len()) },
        named.join(", ")
    )
}
