//! An entry of the ledger as its row in the export has it.

use std::collections::BTreeMap;

/// An entry as its row has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its id.
    pub credit_id: String,
    /// The kind of credit.
    pub kind: String,
    /// The service.
    pub service_id: String,
    /// The fee in minor units.
    pub monthly_fee_minor: i64,
    /// The amount in minor units.
    pub amount_minor: i64,
    /// The state.
    pub state: String,
    /// The revision of the statement that it follows from.
    pub statement_revision: i64,
    /// That statement's digest.
    pub statement_digest: String,
    /// The entry that it reverses; empty if none.
    pub reverses: String,
    /// All cells of its row, by column.
    pub cells: BTreeMap<&'static str, String>,
}

impl Entry {
    /// Returns a cell of its row; empty for an unknown column.
    pub fn cell(&self, column: &str) -> &str {
        self.cells.get(column).map_or("", String::as_str)
    }
}
