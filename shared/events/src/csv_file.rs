//! Tables as CSV: RFC 4180, UTF-8, always a header, `\r\n`; the same facts give the same bytes.

use csv::{Terminator, WriterBuilder};

use crate::columns::{Amount, Column, ColumnValue};

/// The media type of the files.
pub const CONTENT_TYPE: &str = "text/csv; charset=utf-8; header=present";

/// First characters of texts that a spreadsheet would take for a formula.
const FORMULA: [char; 11] =
    ['=', '+', '-', '@', '\t', '\r', '\n', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}'];

/// Writes a table with a row for each fact, in the given order.
///
/// # Errors
/// None in practice, as a buffer takes everything.
pub fn csv_file<T>(columns: &[Column<T>], facts: &[T]) -> Result<Vec<u8>, csv::Error> {
    let mut writer = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(Vec::new());
    writer.write_record(columns.iter().map(|(name, _)| *name))?;
    for fact in facts {
        writer.write_record(columns.iter().map(|(_, shown)| shown.field(fact)))?;
    }
    writer.into_inner().map_err(|error| error.into_error().into())
}

impl<T> ColumnValue<T> {
    /// Returns the cell of a fact, before quoting. Only texts are neutralised: a negative amount is not a
    /// formula.
    fn field(&self, fact: &T) -> String {
        match self {
            Self::Text(of) => of(fact).map(neutralised).unwrap_or_default(),
            Self::Flag(of) => of(fact).to_string(),
            Self::Integer(of) => of(fact).to_string(),
            Self::Percent(of) => of(fact).unwrap_or_default().to_owned(),
            Self::Amount(of) => {
                let Amount { minor, currency } = of(fact);
                currency.major(minor)
            }
            Self::Instant(of) => of(fact).map(|at| at.to_string()).unwrap_or_default(),
        }
    }
}

fn neutralised(text: String) -> String {
    if text.starts_with(FORMULA) { format!("'{text}") } else { text }
}
