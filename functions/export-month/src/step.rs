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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{june, rows, stated};

    /// A revision of these rows, finished or not.
    fn revision(number: u32, keys: &[&str], finished: bool) -> (Versioned<ExportState>, Vec<String>) {
        let state = ExportState {
            month: june(),
            revision: number,
            rows_digest: "d".to_owned(),
            parts: 1,
            frozen_at: "2026-07-02T00:00:00Z".parse().unwrap(),
            manifest_sha256: finished.then(|| "m".to_owned()),
        };
        let keys = keys.iter().map(|key| (*key).to_owned()).collect();
        (Versioned { thing: state, version: Some(1) }, keys)
    }

    #[track_caller]
    fn check(
        revisions: Vec<(Versioned<ExportState>, Vec<String>)>,
        services: &[&str],
        closed: &[&str],
        expect: &str,
    ) {
        let statements: Vec<_> = closed.iter().map(|id| stated(id, 100, "EUR", 0, 0).0).collect();
        let services = services.iter().map(|id| id.parse().unwrap()).collect();
        let known = Known { revisions, services, rows: rows(&statements, &[]).into_iter().collect() };
        let got = match known.next_step() {
            Step::Wait(open) => {
                format!("wait for {}", open.iter().map(ServiceId::as_str).collect::<String>())
            }
            Step::Finish => format!("finish {}", known.last_revision()),
            Step::Freeze(keys) => format!("freeze {} of {}", keys.join(" "), known.last_revision() + 1),
            Step::Rest => format!("rest at {}", known.last_revision()),
        };
        assert_eq!(got, expect);
    }

    const A: &str = "STATEMENT#a#r0001";
    const B: &str = "STATEMENT#b#r0001";

    #[test]
    fn the_first_revision_waits_until_every_service_of_the_month_is_closed() {
        check(vec![], &[], &[], "rest at 0");
        check(vec![], &["a", "b"], &["a"], "wait for b");
        check(vec![], &["a", "b"], &["a", "b"], &format!("freeze {A} {B} of 1"));
    }

    #[test]
    fn an_interrupted_revision_is_finished_before_anything_else() {
        check(vec![revision(1, &[A], false)], &[], &["a", "b"], "finish 1");
        check(vec![revision(1, &[A], true), revision(2, &[B], false)], &[], &["a", "b"], "finish 2");
    }

    #[test]
    fn a_later_revision_holds_only_what_no_earlier_one_does() {
        check(vec![revision(1, &[A], true)], &[], &["a"], "rest at 1");
        check(vec![revision(1, &[A], true)], &[], &["a", "b"], &format!("freeze {B} of 2"));
        check(vec![revision(1, &[A], true), revision(2, &[B], true)], &[], &["a", "b"], "rest at 2");
    }

    #[test]
    fn a_refusal_counts_the_open_services_names_the_first_and_says_what_to_do() {
        let open =
            |n: usize| -> Vec<ServiceId> { (1..=n).map(|i| format!("s{i}").parse().unwrap()).collect() };
        let messages = [1, 5, 7].map(|n| wait_message(june(), &open(n)));
        insta::assert_snapshot!(messages.join("\n"));
    }
}
