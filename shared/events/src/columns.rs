//! The columns of the exported tables. CSV and Parquet are written from the same list for each table, so that
//! names, types and cells cannot diverge.

use std::fmt::Display;

use sla::ledger::Entry;
use sla::ticket::{TicketRow, Verdict};
use sla::{Currency, Instant, Money, Statement};

/// A column: its name, and the cell that it shows of a fact.
pub type Column<T> = (&'static str, ColumnValue<T>);

/// The type of a column's cells, with the value that it shows of a fact; `None` is an empty cell.
#[derive(Debug, Clone, Copy)]
pub enum ColumnValue<T> {
    /// A text, which CSV neutralises where it begins like a formula.
    Text(fn(&T) -> Option<String>),
    /// True or false.
    Flag(fn(&T) -> bool),
    /// A whole number.
    Integer(fn(&T) -> i64),
    /// A percentage with four decimals.
    Percent(fn(&T) -> Option<&str>),
    /// An amount of money, which may be negative.
    Amount(fn(&T) -> Amount),
    /// An instant in whole seconds.
    Instant(fn(&T) -> Option<Instant>),
}

/// An amount in the ledger; negative in a reversal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Amount {
    /// The amount in minor units.
    pub minor: i64,
    /// The currency.
    pub currency: Currency,
}

use ColumnValue::{Flag, Integer, Percent, Text};

/// `statements`: the scalar fields of a statement.
pub const STATEMENT: [Column<Statement>; 31] = [
    ("service_id", Text(|s| text(&s.service_id))),
    ("customer_id", Text(|s| text(&s.customer_id))),
    ("plan", Text(|s| text(s.plan.as_str()))),
    ("month", Text(|s| text(s.month))),
    ("time_zone", Text(|s| text(s.time_zone))),
    ("revision", Integer(|s| s.revision.into())),
    ("provisional", Flag(|s| s.provisional)),
    ("as_of", ColumnValue::Instant(|s| Some(s.as_of))),
    ("terms_id", Text(|s| text(&s.terms.id))),
    ("terms_revision", Integer(|s| s.terms.revision.into())),
    ("terms_digest", Text(|s| text(&s.terms.digest))),
    ("period_start", ColumnValue::Instant(|s| Some(s.period.start))),
    ("period_end", ColumnValue::Instant(|s| Some(s.period.end))),
    ("up_s", Integer(|s| s.seconds.up)),
    ("down_s", Integer(|s| s.seconds.down)),
    ("unknown_s", Integer(|s| s.seconds.unknown)),
    ("excluded_s", Integer(|s| s.seconds.excluded)),
    ("period_s", Integer(|s| s.seconds.period)),
    ("availability_pct", Percent(|s| s.availability_pct.as_deref())),
    ("best_pct", Percent(|s| s.best_pct.as_deref())),
    ("worst_pct", Percent(|s| s.worst_pct.as_deref())),
    ("commitment_pct", Percent(|s| Some(&s.commitment_pct))),
    ("verdict", Text(|s| text(s.verdict.as_str()))),
    ("currency", Text(|s| text(s.credit.amount.currency))),
    ("credit_share_pct", Percent(|s| s.credit.share_pct.as_deref())),
    ("credit_amount", ColumnValue::Amount(|s| s.credit.amount.into())),
    ("credit_amount_max", ColumnValue::Amount(|s| s.credit.amount_max.into())),
    ("credit_pro_rata", ColumnValue::Amount(|s| s.credit.alternatives.pro_rata.into())),
    ("credit_started", ColumnValue::Amount(|s| s.credit.alternatives.started.into())),
    ("credit_whole", ColumnValue::Amount(|s| s.credit.alternatives.whole.into())),
    ("digest", Text(|s| text(&s.digest))),
];

/// `credits`: a ledger entry (contract, "A finance export").
pub const CREDIT: [Column<Entry>; 21] = [
    ("credit_id", Text(|e| text(&e.credit_id))),
    ("kind", Text(|e| text(e.kind.as_str()))),
    ("month", Text(|e| text(e.month))),
    ("billing_month", Text(|e| e.billing_month.and_then(text))),
    ("customer_id", Text(|e| text(&e.customer_id))),
    ("service_id", Text(|e| text(&e.service_id))),
    ("plan", Text(|e| text(e.plan.as_str()))),
    ("currency", Text(|e| text(e.currency))),
    (
        "monthly_fee",
        ColumnValue::Amount(|e| Money { minor: e.monthly_fee_minor, currency: e.currency }.into()),
    ),
    ("commitment_pct", Percent(|e| Some(&e.commitment_pct))),
    ("availability_pct", Percent(|e| e.availability_pct.as_deref())),
    ("down_s", Integer(|e| e.down_s)),
    ("agreed_s", Integer(|e| e.agreed_s)),
    ("share_pct", Percent(|e| e.share_pct.as_deref())),
    ("amount", ColumnValue::Amount(|e| Amount { minor: e.amount_minor, currency: e.currency })),
    ("state", Text(|e| text(e.state.as_str()))),
    ("claim_id", Text(|e| e.claim_id.as_ref().and_then(text))),
    ("statement_revision", Integer(|e| e.statement_revision.into())),
    ("statement_digest", Text(|e| text(&e.statement_digest))),
    ("terms_revision", Integer(|e| e.terms_revision.into())),
    ("reverses", Text(|e| e.reverses.as_ref().and_then(text))),
];

/// `tickets`: a ticket as of the revision's `as_of` (contract, "A finance export").
pub const TICKET: [Column<TicketRow>; 17] = [
    ("ticket_id", Text(|t| text(&t.ticket_id))),
    ("customer_id", Text(|t| text(&t.customer_id))),
    ("service_id", Text(|t| t.service_id.as_ref().and_then(text))),
    ("level", Integer(|t| t.level.number().into())),
    ("opened_at", ColumnValue::Instant(|t| Some(t.opened_at))),
    ("acknowledged_at", ColumnValue::Instant(|t| t.acknowledged_at)),
    ("acknowledge_limit_s", Integer(|t| t.acknowledge_limit_s)),
    ("acknowledge_elapsed_s", Integer(|t| t.acknowledge_elapsed_s)),
    ("acknowledge_verdict", Text(|t| t.acknowledge_verdict.map(Verdict::as_str).and_then(text))),
    ("resolved_at", ColumnValue::Instant(|t| t.resolved_at)),
    ("resolve_limit_s", Integer(|t| t.resolve_limit_s)),
    ("resolve_elapsed_s", Integer(|t| t.resolve_elapsed_s)),
    ("resolve_net_s", Integer(|t| t.resolve_net_s)),
    ("resolve_verdict", Text(|t| t.resolve_verdict.map(Verdict::as_str).and_then(text))),
    ("reopened_count", Integer(|t| t.reopened_count.into())),
    ("backdated_count", Integer(|t| t.backdated_count.into())),
    ("terms_revision", Integer(|t| t.terms_revision.into())),
];

fn text(value: impl Display) -> Option<String> {
    Some(value.to_string())
}

impl From<Money> for Amount {
    fn from(money: Money) -> Self {
        Self { minor: i64::try_from(money.minor).unwrap_or(i64::MAX), currency: money.currency }
    }
}
