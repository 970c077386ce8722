//! Decides which tickets a revision holds, and what happens to their marks.
//! A ticket's row is a snapshot: it is exported again if it differs from the row exported last.

use std::collections::BTreeMap;

use sla::{Instant, TicketId};
use table::{FrozenTicket, MarkRemoval, TicketMark, TicketSnapshot, Validity};

use crate::step::StoredExport;

/// Delay after which a ticket that changed after its row's `as_of` is due again: the next run takes it.
const NEXT_RUN_S: i64 = 1;

/// A mark with its next action.
enum MarkAction<'a> {
    /// Settle it: a revision that was interrupted after its manifest already holds the row.
    Exported(&'a FrozenTicket),
    /// Compare the ticket's row.
    Due,
    /// Wait until the mark is due.
    Later,
}

impl StoredExport {
    /// Returns the `as_of` of the next revision's rows; for the first revision this is the month's close.
    pub fn as_of(&self) -> Instant {
        if self.revisions.is_empty() { self.closes_at } else { self.now }
    }

    /// Lists the tickets whose rows must be compared.
    pub fn tickets_due(&self) -> Vec<TicketId> {
        let exported = self.exported();
        let due = self.marks.iter().filter(|mark| matches!(self.marked(&exported, mark), MarkAction::Due));
        due.map(|mark| mark.ticket_id.clone()).collect()
    }

    /// Lists the tickets whose rows differ from those exported last, by opening, then id.
    pub fn changed_tickets(&self) -> Vec<FrozenTicket> {
        let exported = self.exported();
        let due = self.marks.iter().filter(|mark| matches!(self.marked(&exported, mark), MarkAction::Due));
        let frozen = |mark: &TicketMark| {
            let snapshot = self.tickets.get(&mark.ticket_id)?;
            let row = snapshot.row.clone()?;
            let known = exported.get(&mark.ticket_id).is_some_and(|last| last.row == row);
            let again_at = self.again_at(snapshot);
            (!known).then_some(FrozenTicket { row, mark_version: mark.version, again_at })
        };
        let mut changed: Vec<FrozenTicket> = due.filter_map(frozen).collect();
        changed.sort_by(|a, b| (a.row.opened_at, &a.row.ticket_id).cmp(&(b.row.opened_at, &b.row.ticket_id)));
        changed
    }

    /// Returns the changes of the marks once the due rows are exported.
    pub fn settlings(&self) -> Vec<MarkRemoval> {
        let exported = self.exported();
        let settling = |mark: &TicketMark| match self.marked(&exported, mark) {
            MarkAction::Exported(frozen) => Some(frozen.settling()),
            MarkAction::Due => {
                // A ticket that an earlier opening moved to another month is exported with that month.
                let snapshot = self.tickets.get(&mark.ticket_id);
                let again_at = snapshot.and_then(|snapshot| self.again_at(snapshot));
                Some(MarkRemoval { ticket_id: mark.ticket_id.clone(), version: mark.version, again_at })
            }
            MarkAction::Later => None,
        };
        self.marks.iter().filter_map(settling).collect()
    }

    /// Returns the row exported last of each ticket.
    fn exported(&self) -> BTreeMap<&TicketId, &FrozenTicket> {
        let frozen = self.revisions.iter().flat_map(|held| &held.rows.tickets);
        frozen.map(|ticket| (&ticket.row.ticket_id, ticket)).collect()
    }

    fn marked<'a>(
        &self,
        exported: &BTreeMap<&TicketId, &'a FrozenTicket>,
        mark: &TicketMark,
    ) -> MarkAction<'a> {
        // A mark that its revision has already moved shows this by its new due instant.
        let untouched =
            |last: &&&FrozenTicket| last.mark_version == mark.version && last.again_at != Some(mark.due_at);
        match exported.get(&mark.ticket_id).filter(untouched) {
            Some(frozen) => MarkAction::Exported(frozen),
            None if self.revisions.is_empty() || mark.due_at <= self.now => MarkAction::Due,
            None => MarkAction::Later,
        }
    }

    /// Returns the instant at which an unchanged ticket must be compared again.
    fn again_at(&self, snapshot: &TicketSnapshot) -> Option<Instant> {
        match snapshot.validity {
            Validity::Lasting => None,
            Validity::Aging => Some(self.terms.next_close(self.as_of())),
            Validity::Overtaken => Some(self.now.plus_s(NEXT_RUN_S)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{at, frozen, held, known, snapshot, ticket_mark};
    use crate::step::FrozenRevision;

    const CLOSE: &str = "2026-07-02T00:00:00Z";
    const NEXT_CLOSE: &str = "2026-08-02T00:00:00Z";

    fn ids(known: &StoredExport) -> Vec<String> {
        known.changed_tickets().iter().map(|ticket| ticket.row.ticket_id.to_string()).collect()
    }

    /// Checks the settled marks: ticket, version, and the instant at which the mark is due again.
    #[track_caller]
    fn check(known: &StoredExport, expect: &[(&str, u64, Option<&str>)]) {
        let settled = known.settlings().into_iter();
        let settled: Vec<_> = settled
            .map(|s| (s.ticket_id.to_string(), s.version, s.again_at.map(|at| at.to_string())))
            .collect();
        let expect: Vec<_> =
            expect.iter().map(|(id, v, at)| ((*id).to_owned(), *v, at.map(str::to_owned))).collect();
        assert_eq!(settled, expect);
    }

    /// Returns a month with these revisions and one marked ticket.
    fn marked(
        version: u64,
        due_at: &str,
        validity: Validity,
        revisions: Vec<FrozenRevision>,
    ) -> StoredExport {
        let marks = vec![ticket_mark("T-1", version, due_at)];
        StoredExport { marks, tickets: [snapshot("T-1", validity)].into(), revisions, ..known() }
    }

    #[test]
    fn the_first_revision_takes_every_mark_whenever_it_is_due() {
        let known = marked(3, NEXT_CLOSE, Validity::Lasting, vec![]);
        assert_eq!(ids(&known), ["T-1"]);
        check(&known, &[("T-1", 3, None)]);
    }

    #[test]
    fn a_later_revision_takes_the_marks_that_are_due() {
        let revisions = vec![held(1, &[], &[], true)];
        let due = marked(3, CLOSE, Validity::Lasting, revisions.clone());
        assert_eq!((ids(&due).len(), due.tickets_due().len()), (1, 1));
        let later = marked(3, NEXT_CLOSE, Validity::Lasting, revisions);
        assert_eq!((ids(&later).len(), later.tickets_due().len()), (0, 0));
        check(&later, &[]);
    }

    #[test]
    fn a_ticket_whose_clock_runs_is_looked_at_again_at_the_next_utc_close() {
        check(&marked(3, CLOSE, Validity::Aging, vec![]), &[("T-1", 3, Some(NEXT_CLOSE))]);
        // The first revision's row for June is out of date in September.
        let late =
            StoredExport { now: at("2026-09-01T00:00:00Z"), ..marked(3, CLOSE, Validity::Aging, vec![]) };
        check(&late, &[("T-1", 3, Some(NEXT_CLOSE))]);
        let revisions = vec![held(1, &[], &[], true)];
        let second = StoredExport { revisions, ..late };
        check(&second, &[("T-1", 3, Some("2026-09-02T00:00:00Z"))]);
    }

    #[test]
    fn a_ticket_that_has_changed_since_is_left_to_the_next_run() {
        let known = marked(3, CLOSE, Validity::Overtaken, vec![]);
        assert_eq!(ids(&known), ["T-1"]);
        check(&known, &[("T-1", 3, Some("2026-07-05T03:00:01Z"))]);
    }

    #[test]
    fn a_mark_without_a_new_row_is_settled_all_the_same() {
        let exported = vec![held(1, &[], &[frozen("T-1", 2, None)], true)];
        let unchanged = marked(3, CLOSE, Validity::Lasting, exported);
        assert!(ids(&unchanged).is_empty());
        check(&unchanged, &[("T-1", 3, None)]);
        let moved_away =
            StoredExport { tickets: BTreeMap::new(), ..marked(3, CLOSE, Validity::Lasting, vec![]) };
        assert!(ids(&moved_away).is_empty());
        check(&moved_away, &[("T-1", 3, None)]);
        let mut not_opened_yet = marked(3, CLOSE, Validity::Overtaken, vec![]);
        not_opened_yet.tickets.values_mut().for_each(|snapshot| snapshot.row = None);
        assert!(ids(&not_opened_yet).is_empty());
        check(&not_opened_yet, &[("T-1", 3, Some("2026-07-05T03:00:01Z"))]);
    }

    #[test]
    fn a_row_is_compared_with_the_one_that_was_exported_last() {
        let same = || held(1, &[], &[frozen("T-1", 2, None)], true);
        let other = || {
            let mut ticket = frozen("T-1", 1, None);
            ticket.row.reopened_count = 7;
            held(2, &[], &[ticket], true)
        };
        let newest_is_same = vec![other(), same()];
        assert!(ids(&marked(3, CLOSE, Validity::Lasting, newest_is_same)).is_empty());
        let newest_differs = vec![same(), other()];
        assert_eq!(ids(&marked(3, CLOSE, Validity::Lasting, newest_differs)), ["T-1"]);
    }

    #[test]
    fn what_a_cut_off_run_exported_is_settled_as_it_was_frozen() {
        // The run died before it moved the mark: the row is not exported again although its clock runs.
        let revision = |again_at| vec![held(1, &[], &[frozen("T-1", 3, again_at)], true)];
        let known = marked(3, CLOSE, Validity::Aging, revision(Some(at(NEXT_CLOSE))));
        assert!(known.tickets_due().is_empty() && ids(&known).is_empty());
        check(&known, &[("T-1", 3, Some(NEXT_CLOSE))]);
        check(&marked(3, CLOSE, Validity::Lasting, revision(None)), &[("T-1", 3, None)]);
        // A moved mark waits until it is due; then its ticket is compared again.
        let moved = marked(3, NEXT_CLOSE, Validity::Aging, revision(Some(at(NEXT_CLOSE))));
        check(&moved, &[]);
        let due = StoredExport { now: at(NEXT_CLOSE), ..moved };
        assert_eq!(due.tickets_due().len(), 1);
        // A newer mark means a change that the revision has not seen.
        let newer = marked(4, CLOSE, Validity::Aging, revision(Some(at(NEXT_CLOSE))));
        assert_eq!(newer.tickets_due().len(), 1);
        check(&newer, &[("T-1", 4, Some(NEXT_CLOSE))]);
    }

    #[test]
    fn tickets_are_frozen_in_the_order_of_their_rows() {
        let marks = ["T-3", "T-1", "T-2"].map(|id| ticket_mark(id, 1, CLOSE)).into();
        let mut tickets = ["T-1", "T-2", "T-3"].map(|id| snapshot(id, Validity::Lasting));
        if let Some(row) = &mut tickets[0].1.row {
            row.opened_at = at("2026-06-20T00:00:00Z");
        }
        assert_eq!(ids(&StoredExport { marks, tickets: tickets.into(), ..known() }), ["T-2", "T-3", "T-1"]);
    }
}
