//! The rows of the CSV files: RFC 4180, UTF-8, a header always, `\r\n`; the same facts give the same bytes.
//! A column is its name beside what it shows, so that the header cannot come apart from the cells.

use std::fmt::Display;

use csv::{Terminator, WriterBuilder};
use sla::ledger::Entry;
use sla::ticket::{TicketRow, Verdict};
use sla::{Money, Statement};

/// How a text begins that a spreadsheet would take for a formula.
const FORMULA: [char; 11] =
    ['=', '+', '-', '@', '\t', '\r', '\n', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}'];

/// The name of a column, and what it shows of a fact.
type Column<T> = (&'static str, fn(&T) -> Cell);

/// What a cell shows.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Cell {
    /// A text, neutralised where it begins like a formula.
    Text(String),
    /// A number, shown as it is: a negative amount is no formula.
    Number(String),
    /// Nothing.
    Empty,
}

/// `statements.csv`: the scalar fields of a statement.
const STATEMENT: [Column<Statement>; 31] = [
    ("service_id", |s| text(&s.service_id)),
    ("customer_id", |s| text(&s.customer_id)),
    ("plan", |s| text(s.plan.as_str())),
    ("month", |s| text(s.month)),
    ("time_zone", |s| text(s.time_zone)),
    ("revision", |s| number(s.revision)),
    ("provisional", |s| text(s.provisional)),
    ("as_of", |s| text(s.as_of)),
    ("terms_id", |s| text(&s.terms.id)),
    ("terms_revision", |s| number(s.terms.revision)),
    ("terms_digest", |s| text(&s.terms.digest)),
    ("period_start", |s| text(s.period.start)),
    ("period_end", |s| text(s.period.end)),
    ("up_s", |s| number(s.seconds.up)),
    ("down_s", |s| number(s.seconds.down)),
    ("unknown_s", |s| number(s.seconds.unknown)),
    ("excluded_s", |s| number(s.seconds.excluded)),
    ("period_s", |s| number(s.seconds.period)),
    ("availability_pct", |s| number_or_empty(s.availability_pct.as_ref())),
    ("best_pct", |s| number_or_empty(s.best_pct.as_ref())),
    ("worst_pct", |s| number_or_empty(s.worst_pct.as_ref())),
    ("commitment_pct", |s| number(&s.commitment_pct)),
    ("verdict", |s| text(s.verdict.as_str())),
    ("currency", |s| text(s.credit.amount.currency)),
    ("credit_share_pct", |s| number_or_empty(s.credit.share_pct.as_ref())),
    ("credit_amount", |s| number(s.credit.amount.major())),
    ("credit_amount_max", |s| number(s.credit.amount_max.major())),
    ("credit_pro_rata", |s| number(s.credit.alternatives.pro_rata.major())),
    ("credit_started", |s| number(s.credit.alternatives.started.major())),
    ("credit_whole", |s| number(s.credit.alternatives.whole.major())),
    ("digest", |s| text(&s.digest)),
];

/// `credits.csv`: a ledger entry (contract, "A finance export").
const CREDIT: [Column<Entry>; 21] = [
    ("credit_id", |e| text(&e.credit_id)),
    ("kind", |e| text(e.kind.as_str())),
    ("month", |e| text(e.month)),
    ("billing_month", |e| text_or_empty(e.billing_month)),
    ("customer_id", |e| text(&e.customer_id)),
    ("service_id", |e| text(&e.service_id)),
    ("plan", |e| text(e.plan.as_str())),
    ("currency", |e| text(e.currency)),
    ("monthly_fee", |e| number(Money { minor: e.monthly_fee_minor, currency: e.currency }.major())),
    ("commitment_pct", |e| number(&e.commitment_pct)),
    ("availability_pct", |e| number_or_empty(e.availability_pct.as_ref())),
    ("down_s", |e| number(e.down_s)),
    ("agreed_s", |e| number(e.agreed_s)),
    ("share_pct", |e| number_or_empty(e.share_pct.as_ref())),
    ("amount", |e| number(e.currency.major(e.amount_minor))),
    ("state", |e| text(e.state.as_str())),
    ("claim_id", |e| text_or_empty(e.claim_id.as_ref())),
    ("statement_revision", |e| number(e.statement_revision)),
    ("statement_digest", |e| text(&e.statement_digest)),
    ("terms_revision", |e| number(e.terms_revision)),
    ("reverses", |e| text_or_empty(e.reverses.as_ref())),
];

/// `tickets.csv`: a ticket as of the revision's instant (contract, "A finance export").
const TICKET: [Column<TicketRow>; 17] = [
    ("ticket_id", |t| text(&t.ticket_id)),
    ("customer_id", |t| text(&t.customer_id)),
    ("service_id", |t| text_or_empty(t.service_id.as_ref())),
    ("level", |t| number(t.level.number())),
    ("opened_at", |t| text(t.opened_at)),
    ("acknowledged_at", |t| text_or_empty(t.acknowledged_at)),
    ("acknowledge_limit_s", |t| number(t.acknowledge_limit_s)),
    ("acknowledge_elapsed_s", |t| number(t.acknowledge_elapsed_s)),
    ("acknowledge_verdict", |t| text_or_empty(t.acknowledge_verdict.map(Verdict::as_str))),
    ("resolved_at", |t| text_or_empty(t.resolved_at)),
    ("resolve_limit_s", |t| number(t.resolve_limit_s)),
    ("resolve_elapsed_s", |t| number(t.resolve_elapsed_s)),
    ("resolve_net_s", |t| number(t.resolve_net_s)),
    ("resolve_verdict", |t| text_or_empty(t.resolve_verdict.map(Verdict::as_str))),
    ("reopened_count", |t| number(t.reopened_count)),
    ("backdated_count", |t| number(t.backdated_count)),
    ("terms_revision", |t| number(t.terms_revision)),
];

/// Writes `statements.csv`, a row for each statement in the order given.
pub fn statements_csv(statements: &[Statement]) -> Result<Vec<u8>, csv::Error> {
    file(&STATEMENT, statements)
}

/// Writes `credits.csv`, a row for each entry in the order given.
pub fn credits_csv(entries: &[Entry]) -> Result<Vec<u8>, csv::Error> {
    file(&CREDIT, entries)
}

/// Writes `tickets.csv`, a row for each ticket in the order given.
pub fn tickets_csv(tickets: &[TicketRow]) -> Result<Vec<u8>, csv::Error> {
    file(&TICKET, tickets)
}

fn file<T>(columns: &[Column<T>], facts: &[T]) -> Result<Vec<u8>, csv::Error> {
    let mut writer = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(Vec::new());
    writer.write_record(columns.iter().map(|(name, _)| *name))?;
    for fact in facts {
        writer.write_record(columns.iter().map(|(_, cell)| cell(fact).into_field()))?;
    }
    writer.into_inner().map_err(|error| error.into_error().into())
}

fn text(value: impl Display) -> Cell {
    Cell::Text(value.to_string())
}

fn text_or_empty(value: Option<impl Display>) -> Cell {
    value.map_or(Cell::Empty, text)
}

fn number(value: impl Display) -> Cell {
    Cell::Number(value.to_string())
}

fn number_or_empty(value: Option<impl Display>) -> Cell {
    value.map_or(Cell::Empty, number)
}

impl Cell {
    /// Returns what is written, before quoting.
    fn into_field(self) -> String {
        match self {
            Self::Text(text) if text.starts_with(FORMULA) => format!("'{text}"),
            Self::Text(text) | Self::Number(text) => text,
            Self::Empty => String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{reversed, stated, tickets};

    fn shown(bytes: Vec<u8>) -> String {
        // Line ends are shown, so that a lost one is seen.
        String::from_utf8(bytes).unwrap().replace('\r', "␍")
    }

    #[test]
    fn statements_show_seconds_percentages_and_amounts_in_their_own_decimals() {
        let statements = [
            stated("api-eur", 49_900, "EUR", 68_580, 0).0,
            stated("api-jpy", 129_900, "JPY", 185_880, 228_900).0,
            stated("api-kwd", 49_900, "KWD", 60, 0).0,
            stated("unknown", 100, "EUR", 0, 2_592_000).0,
        ];
        insta::assert_snapshot!(shown(statements_csv(&statements).unwrap()));
    }

    #[test]
    fn nulls_are_empty_cells() {
        let (mut statement, _) = stated("excluded", 100, "EUR", 0, 0);
        (statement.availability_pct, statement.best_pct, statement.credit.share_pct) = (None, None, None);
        let csv = shown(statements_csv(&[statement]).unwrap());
        assert!(csv.contains(",2592000,,,100.0000,99.9000,met,EUR,,0.00,"), "{csv}");
    }

    #[test]
    fn credits_show_amounts_in_their_own_decimals_and_reversals_below_zero() {
        let mut entries = Vec::new();
        for (id, currency) in [("api-eur", "EUR"), ("api-jpy", "JPY"), ("api-kwd", "KWD")] {
            entries.extend(stated(id, 49_900, currency, 68_580, 0).1);
        }
        entries.push(reversed(&entries[0]));
        insta::assert_snapshot!(shown(credits_csv(&entries).unwrap()));
    }

    #[test]
    fn tickets_show_their_clocks_by_the_revisions_instant() {
        insta::assert_snapshot!(shown(tickets_csv(&tickets()).unwrap()));
    }

    #[test]
    fn no_rows_are_a_header() {
        assert!(shown(tickets_csv(&[]).unwrap()).ends_with(",backdated_count,terms_revision␍\n"));
        assert_eq!(shown(credits_csv(&[]).unwrap()).lines().count(), 1);
        assert!(shown(statements_csv(&[]).unwrap()).ends_with("digest␍\n"));
    }

    #[test]
    fn cells_are_quoted_and_formulas_neutralised() {
        const COLUMNS: [Column<&str>; 2] = [("text", |t| text(t)), ("number", |t| number(t))];
        let cells = [
            "plain",
            "=1+1",
            "+49 30",
            "-1.00",
            "@SUM(A1)",
            "\ttab",
            "\rreturn",
            "\nnewline",
            "\u{ff1d}1",
            "\u{ff0b}1",
            "\u{ff0d}1",
            "\u{ff20}1",
            "a=b",
            "comma, quote\" and\r\nnewline",
            "=\"a\",1",
            "größer 日本",
            "'=kept",
            "",
        ];
        insta::assert_snapshot!(shown(file(&COLUMNS, &cells).unwrap()));
    }
}
