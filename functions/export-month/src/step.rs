//! Decides the next step of an export run from the stored state of the month.
//! Every run starts from that state, so that an interrupted one simply continues.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use sla::{Instant, Month, ServiceId, TermsBook, TicketId, Zone};
use table::{
    ExportRow, ExportState, FrozenRows, RevisionDraft, RowKind, TicketMark, TicketSnapshot, Versioned,
};

/// Open services that a refusal names.
const NAMED_MAX: usize = 5;

/// The stored state of a month's export.
#[derive(Debug, Clone)]
pub struct StoredExport {
    /// The month.
    pub month: Month,
    /// Instant of the run.
    pub now: Instant,
    /// The terms, which set the instants of closes.
    pub terms: TermsBook,
    /// Instant of the month's close: the last of its services', or that of UTC.
    pub closes_at: Instant,
    /// The revisions, ascending.
    pub revisions: Vec<FrozenRevision>,
    /// The services that must have a statement of the month; empty once a revision exists.
    pub services: Vec<ServiceId>,
    /// All rows of statements and ledger entries by key.
    pub rows: BTreeMap<String, ExportRow>,
    /// Marks of tickets, read before the tickets.
    pub marks: Vec<TicketMark>,
    /// The month's tickets that are due.
    pub tickets: BTreeMap<TicketId, TicketSnapshot>,
}

/// A revision with its frozen rows.
#[derive(Debug, Clone)]
pub struct FrozenRevision {
    /// The revision.
    pub state: Versioned<ExportState>,
    /// Its rows.
    pub rows: FrozenRows,
}

/// The next step of a run.
#[derive(Debug, Clone)]
pub enum Step {
    /// Wait for the month's close.
    Wait(Obstacles),
    /// Write the files of the last revision, whose rows are frozen.
    Finish(FrozenRevision),
    /// Freeze these rows as the next revision.
    Freeze(RevisionDraft),
    /// Do nothing: no rows are new.
    Rest,
}

/// The conditions that hold up the first export of a month.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Obstacles {
    /// Instant of the month's close in UTC, if that is still to come.
    pub closes_at: Option<Instant>,
    /// Services whose month is still open.
    pub open: Vec<ServiceId>,
}

impl StoredExport {
    /// Decides the next step.
    pub fn next_step(&self) -> Step {
        if let Some(held) = self.unfinished() {
            return Step::Finish(held.clone());
        }
        if let Some(waiting) = self.waiting() {
            return Step::Wait(waiting);
        }
        let rows = FrozenRows { keys: self.new_keys(), tickets: self.changed_tickets() };
        if rows == FrozenRows::default() {
            return Step::Rest;
        }
        let revision = self.last_revision() + 1;
        Step::Freeze(RevisionDraft { month: self.month, revision, as_of: self.as_of(), rows })
    }

    /// True if rows can be frozen now.
    pub fn is_ready(&self) -> bool {
        self.unfinished().is_none() && self.waiting().is_none()
    }

    /// Returns the number of the last revision, 0 if there is none.
    pub fn last_revision(&self) -> u32 {
        self.revisions.last().map_or(0, |held| held.state.value.revision)
    }

    fn unfinished(&self) -> Option<&FrozenRevision> {
        self.revisions.last().filter(|held| held.state.value.manifest_sha256.is_none())
    }

    /// Returns the conditions that hold up the first revision, if any.
    fn waiting(&self) -> Option<Obstacles> {
        if !self.revisions.is_empty() {
            return None;
        }
        // Tickets without a service belong to the month in UTC.
        let utc_close = self.terms.closes_at(self.month, Zone::UTC);
        let closes_at = Some(utc_close).filter(|at| *at > self.now && !self.marks.is_empty());
        let waiting = Obstacles { closes_at, open: self.open() };
        (waiting != Obstacles::default()).then_some(waiting)
    }

    /// Lists the keys of rows that no revision holds.
    ///
    /// A ledger entry whose statement is not among the rows was written while they were read: it waits for
    /// the next revision, so that no revision refers to a later one.
    fn new_keys(&self) -> Vec<String> {
        let frozen: BTreeSet<&String> = self.revisions.iter().flat_map(|held| &held.rows.keys).collect();
        let text = |row: &ExportRow, name: &str| row.fact.get(name).map(Value::to_string);
        let of_kind = |kind| self.rows.values().filter(move |row| row.kind == kind);
        let statements: BTreeSet<_> =
            of_kind(RowKind::Statement).map(|row| (text(row, "service_id"), text(row, "revision"))).collect();
        let is_whole = |row: &ExportRow| {
            let statement = (text(row, "service_id"), text(row, "statement_revision"));
            row.kind == RowKind::Statement || statements.contains(&statement)
        };
        let new = self.rows.iter().filter(|(key, row)| !frozen.contains(key) && is_whole(row));
        new.map(|(key, _)| key.clone()).collect()
    }

    /// Lists the month's services that have no statement.
    fn open(&self) -> Vec<ServiceId> {
        let statements = self.rows.values().filter(|row| row.kind == RowKind::Statement);
        let closed: BTreeSet<&str> =
            statements.filter_map(|row| row.fact.get("service_id").and_then(Value::as_str)).collect();
        self.services.iter().filter(|id| !closed.contains(id.as_str())).cloned().collect()
    }
}

impl Obstacles {
    /// Explains the wait and says what to do.
    pub fn message(&self, month: Month) -> String {
        match (self.closes_at, self.open.as_slice()) {
            (None, open) => format!(
                "{month} cannot be exported yet: {}; close the month first: \
                 invoke close-month with {{\"month\": \"{month}\"}}",
                not_closed(open)
            ),
            (Some(at), []) => {
                format!("{month} cannot be exported yet: it closes at {at}; export it from then on")
            }
            (Some(at), open) => format!(
                "{month} cannot be exported yet: it closes at {at}, and {}; \
                 export it once they are, from then on",
                not_closed(open)
            ),
        }
    }
}

/// Says how many services are open, and names the first.
fn not_closed(open: &[ServiceId]) -> String {
    let mut named: Vec<String> = open.iter().take(NAMED_MAX).map(ToString::to_string).collect();
    if open.len() > NAMED_MAX {
        named.push(format!("and {} more", open.len() - NAMED_MAX));
    }
    let count =
        if open.len() == 1 { "1 service is".to_owned() } else { format!("{} services are", open.len()) };
    format!("{count} not closed ({})", named.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{closes_at, frozen, held, june, known, rows, snapshot, stated, ticket_mark};
    use table::Validity;

    #[track_caller]
    fn check(revisions: Vec<FrozenRevision>, services: &[&str], closed: &[&str], expect: &str) {
        let statements: Vec<_> = closed.iter().map(|id| stated(id, 100, "EUR", 0, 0).0).collect();
        let services = services.iter().map(|id| id.parse().unwrap()).collect();
        let rows = rows(&statements, &[]).into_iter().collect();
        assert_eq!(shown(&StoredExport { revisions, services, rows, ..known() }), expect);
    }

    fn shown(known: &StoredExport) -> String {
        match known.next_step() {
            Step::Wait(Obstacles { closes_at, open }) => {
                let open: Vec<String> = open.iter().map(ToString::to_string).collect();
                let until = closes_at.map(|at| at.to_string());
                format!("wait for {}", until.into_iter().chain(open).collect::<Vec<_>>().join(" "))
            }
            Step::Finish(held) => format!("finish {}", held.state.value.revision),
            Step::Freeze(RevisionDraft { revision, as_of, rows: FrozenRows { keys, tickets }, .. }) => {
                let ids = tickets.iter().map(|ticket| ticket.row.ticket_id.to_string());
                let all: Vec<String> = keys.into_iter().chain(ids).collect();
                format!("freeze {} of {revision} as of {as_of}", all.join(" "))
            }
            Step::Rest => format!("rest at {}", known.last_revision()),
        }
    }

    const A: &str = "STATEMENT#a#r0001";
    const B: &str = "STATEMENT#b#r0001";
    const CLOSE: &str = "2026-07-02T00:00:00Z";
    const NOW: &str = "2026-07-05T03:00:00Z";

    #[test]
    fn the_first_revision_waits_until_every_service_of_the_month_is_closed() {
        check(vec![], &[], &[], "rest at 0");
        check(vec![], &["a", "b"], &["a"], "wait for b");
        check(vec![], &["a", "b"], &["a", "b"], &format!("freeze {A} {B} of 1 as of {CLOSE}"));
    }

    #[test]
    fn with_tickets_the_first_revision_waits_for_the_close_in_utc_and_speaks_of_the_last_close() {
        let no_ticket = StoredExport { now: closes_at().plus_s(-1), ..known() };
        assert_eq!(shown(&no_ticket), "rest at 0");
        let early = StoredExport { now: closes_at().plus_s(-1), ..with_ticket(Validity::Lasting) };
        assert_eq!(shown(&early), format!("wait for {CLOSE}"));
        let open = StoredExport { services: vec!["b".parse().unwrap()], ..early };
        assert_eq!(shown(&open), format!("wait for {CLOSE} b"));
        let on_time = StoredExport { now: closes_at(), ..with_ticket(Validity::Lasting) };
        assert_eq!(shown(&on_time), format!("freeze T-1 of 1 as of {CLOSE}"));
        let in_havana =
            StoredExport { closes_at: closes_at().plus_s(4 * 3600), ..with_ticket(Validity::Lasting) };
        assert_eq!(shown(&in_havana), "freeze T-1 of 1 as of 2026-07-02T04:00:00Z");
    }

    /// Returns a month with nothing but a ticket.
    fn with_ticket(validity: Validity) -> StoredExport {
        let snapshot = snapshot("T-1", validity);
        StoredExport { marks: vec![ticket_mark("T-1", 3, CLOSE)], tickets: [snapshot].into(), ..known() }
    }

    #[test]
    fn an_interrupted_revision_is_finished_before_anything_else() {
        check(vec![held(1, &[A], &[], false)], &[], &["a", "b"], "finish 1");
        check(vec![held(1, &[A], &[], true), held(2, &[B], &[], false)], &[], &["a", "b"], "finish 2");
        let known =
            StoredExport { revisions: vec![held(1, &[], &[], false)], ..with_ticket(Validity::Lasting) };
        assert_eq!(shown(&known), "finish 1");
    }

    #[test]
    fn a_later_revision_holds_only_what_no_earlier_one_does() {
        check(vec![held(1, &[A], &[], true)], &[], &["a"], "rest at 1");
        check(vec![held(1, &[A], &[], true)], &[], &["a", "b"], &format!("freeze {B} of 2 as of {NOW}"));
        check(vec![held(1, &[A], &[], true), held(2, &[B], &[], true)], &[], &["a", "b"], "rest at 2");
    }

    #[test]
    fn a_ledger_entry_waits_for_its_statement() {
        let (statement, entries) = stated("a", 100, "EUR", 185_880, 0);
        let credit = format!("CREDIT#{}", entries[0].credit_id);
        let known = |statements: &[_], entries: &[_]| StoredExport {
            revisions: vec![held(1, &[], &[], true)],
            rows: rows(statements, entries).into_iter().collect(),
            ..known()
        };
        assert_eq!(shown(&known(&[], &entries)), "rest at 1");
        let both = known(std::slice::from_ref(&statement), &entries);
        assert_eq!(shown(&both), format!("freeze {credit} {A} of 2 as of {NOW}"));
        let of_later = sla::ledger::Entry { statement_revision: 2, ..entries[0].clone() };
        assert_eq!(shown(&known(&[statement], &[of_later])), format!("freeze {A} of 2 as of {NOW}"));
    }

    #[test]
    fn a_revision_holds_statements_or_tickets_or_both() {
        let tickets = with_ticket(Validity::Lasting);
        assert_eq!(shown(&tickets), format!("freeze T-1 of 1 as of {CLOSE}"));
        let rows = rows(&[stated("a", 100, "EUR", 0, 0).0], &[]).into_iter().collect();
        let both = StoredExport { rows, ..tickets };
        assert_eq!(shown(&both), format!("freeze {A} T-1 of 1 as of {CLOSE}"));
        let revisions = vec![held(1, &[], &[], true)];
        assert_eq!(shown(&StoredExport { revisions, ..both }), format!("freeze {A} T-1 of 2 as of {NOW}"));
        let revisions = vec![held(1, &[A], &[frozen("T-1", 2, None)], true)];
        assert_eq!(shown(&StoredExport { revisions, ..with_ticket(Validity::Lasting) }), "rest at 1");
    }

    #[test]
    fn a_refusal_counts_the_open_services_names_the_first_and_says_what_to_do() {
        let open = |n: usize| (1..=n).map(|i| format!("s{i}").parse().unwrap()).collect();
        let closes_at = Some(closes_at());
        let messages = [(None, 1), (None, 5), (None, 7), (closes_at, 0), (closes_at, 2)]
            .map(|(closes_at, n)| Obstacles { closes_at, open: open(n) }.message(june()));
        insta::assert_snapshot!(messages.join("\n"), @r#"
        2026-06 cannot be exported yet: 1 service is not closed (s1); close the month first: invoke close-month with {"month": "2026-06"}
        2026-06 cannot be exported yet: 5 services are not closed (s1, s2, s3, s4, s5); close the month first: invoke close-month with {"month": "2026-06"}
        2026-06 cannot be exported yet: 7 services are not closed (s1, s2, s3, s4, s5, and 2 more); close the month first: invoke close-month with {"month": "2026-06"}
        2026-06 cannot be exported yet: it closes at 2026-07-02T00:00:00Z; export it from then on
        2026-06 cannot be exported yet: it closes at 2026-07-02T00:00:00Z, and 2 services are not closed (s1, s2); export it once they are, from then on
        "#);
    }
}
