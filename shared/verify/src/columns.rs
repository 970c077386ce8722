//! The columns of an export's tables (contract, "A finance export"), written down a second time, so that the
//! exporter does not check itself.

use arrow_schema::{DataType, TimeUnit};

/// First characters of a text that CSV neutralises by an apostrophe (contract, "A finance export").
const FORMULA: [char; 11] =
    ['=', '+', '-', '@', '\t', '\r', '\n', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}'];

/// The type of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A text.
    Text,
    /// True or false.
    Flag,
    /// A whole number.
    Integer,
    /// A percentage with four decimals.
    Percent,
    /// An amount, with as many decimals as its row's currency.
    Amount,
    /// An instant.
    Instant,
}

/// A table of a revision.
#[derive(Debug, Clone, Copy)]
pub struct Sheet {
    /// Its name, without extension.
    pub name: &'static str,
    /// Its columns.
    pub columns: &'static [(&'static str, Kind)],
    /// The columns that identify a row and sort the rows, ascending.
    pub order: &'static [&'static str],
}

use Kind::{Amount, Flag, Instant, Integer, Percent, Text};

/// The statements.
pub const STATEMENTS: Sheet = Sheet {
    name: "statements",
    columns: &[
        ("service_id", Text),
        ("customer_id", Text),
        ("plan", Text),
        ("month", Text),
        ("time_zone", Text),
        ("revision", Integer),
        ("provisional", Flag),
        ("as_of", Instant),
        ("terms_id", Text),
        ("terms_revision", Integer),
        ("terms_digest", Text),
        ("period_start", Instant),
        ("period_end", Instant),
        ("up_s", Integer),
        ("down_s", Integer),
        ("unknown_s", Integer),
        ("excluded_s", Integer),
        ("period_s", Integer),
        ("availability_pct", Percent),
        ("best_pct", Percent),
        ("worst_pct", Percent),
        ("commitment_pct", Percent),
        ("verdict", Text),
        ("currency", Text),
        ("credit_share_pct", Percent),
        ("credit_amount", Amount),
        ("credit_amount_max", Amount),
        ("credit_pro_rata", Amount),
        ("credit_started", Amount),
        ("credit_whole", Amount),
        ("digest", Text),
    ],
    order: &["service_id", "revision"],
};

/// The ledger entries.
pub const CREDITS: Sheet = Sheet {
    name: "credits",
    columns: &[
        ("credit_id", Text),
        ("kind", Text),
        ("month", Text),
        ("billing_month", Text),
        ("customer_id", Text),
        ("service_id", Text),
        ("plan", Text),
        ("currency", Text),
        ("monthly_fee", Amount),
        ("commitment_pct", Percent),
        ("availability_pct", Percent),
        ("down_s", Integer),
        ("agreed_s", Integer),
        ("share_pct", Percent),
        ("amount", Amount),
        ("state", Text),
        ("claim_id", Text),
        ("statement_revision", Integer),
        ("statement_digest", Text),
        ("terms_revision", Integer),
        ("reverses", Text),
    ],
    order: &["credit_id"],
};

/// The tickets.
pub const TICKETS: Sheet = Sheet {
    name: "tickets",
    columns: &[
        ("ticket_id", Text),
        ("customer_id", Text),
        ("service_id", Text),
        ("level", Integer),
        ("opened_at", Instant),
        ("acknowledged_at", Instant),
        ("acknowledge_limit_s", Integer),
        ("acknowledge_elapsed_s", Integer),
        ("acknowledge_verdict", Text),
        ("resolved_at", Instant),
        ("resolve_limit_s", Integer),
        ("resolve_elapsed_s", Integer),
        ("resolve_net_s", Integer),
        ("resolve_verdict", Text),
        ("reopened_count", Integer),
        ("backdated_count", Integer),
        ("terms_revision", Integer),
    ],
    order: &["opened_at", "ticket_id"],
};

/// The tables in the order in which a manifest lists them.
pub const SHEETS: [Sheet; 3] = [STATEMENTS, CREDITS, TICKETS];

impl Kind {
    /// Returns the column's type in Parquet.
    pub fn data_type(self) -> DataType {
        match self {
            Text => DataType::Utf8,
            Flag => DataType::Boolean,
            Integer => DataType::Int64,
            Percent => DataType::Decimal128(7, 4),
            Amount => DataType::Decimal128(38, 4),
            Instant => DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into())),
        }
    }
}

/// Neutralises a text as CSV does.
pub fn neutralised(text: &str) -> String {
    if text.starts_with(FORMULA) { format!("'{text}") } else { text.to_owned() }
}
