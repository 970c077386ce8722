//! Reads a table from Parquet, each cell as the text that CSV would have for its type.

use std::fs::File;

use arrow_array::cast::AsArray;
use arrow_array::types::{Decimal128Type, Int64Type, TimestampMillisecondType};
use arrow_array::{Array, RecordBatch};
use arrow_schema::{ArrowError, DataType, Schema};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::errors::ParquetError;
use sla::{Currency, Instant};

use super::columns::neutralised;
use super::columns::{Kind, Sheet};

/// Decimals of amounts and percentages in Parquet.
const DECIMALS: usize = 4;
const MS_PER_S: i64 = 1000;

/// A reason why a file is not the expected table.
#[derive(Debug, thiserror::Error)]
pub enum ParquetProblem {
    /// The file is not Parquet.
    #[error("{0}")]
    Format(#[from] ParquetError),
    /// A batch cannot be decoded.
    #[error("{0}")]
    Batch(#[from] ArrowError),
    /// The columns differ.
    #[error("it has the columns {found}; expected {expected}")]
    Columns {
        /// The expected columns.
        expected: String,
        /// The columns found.
        found: String,
    },
}

/// Reads all rows.
pub fn read(file: File, sheet: Sheet) -> Result<Vec<Vec<String>>, ParquetProblem> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(file)?;
    let found = columns(builder.schema());
    let named = sheet.columns.iter().map(|(name, kind)| column(name, &kind.data_type()));
    let expected = named.collect::<Vec<_>>().join(", ");
    if found != expected {
        return Err(ParquetProblem::Columns { expected, found });
    }
    let mut rows = Vec::new();
    for batch in builder.build()? {
        let batch = batch?;
        rows.extend((0..batch.num_rows()).map(|nth| row(&batch, sheet, nth)));
    }
    Ok(rows)
}

fn columns(schema: &Schema) -> String {
    let fields = schema.fields().iter().map(|field| column(field.name(), field.data_type()));
    fields.collect::<Vec<_>>().join(", ")
}

fn column(name: &str, data_type: &DataType) -> String {
    format!("{name} {data_type}")
}

fn row(batch: &RecordBatch, sheet: Sheet, nth: usize) -> Vec<String> {
    let currency = batch.column_by_name("currency").and_then(|array| array.as_string_opt::<i32>());
    let currency: Option<Currency> = currency.and_then(|array| array.value(nth).parse().ok());
    let cells = sheet.columns.iter().zip(batch.columns());
    cells.map(|((_, kind), array)| cell(*kind, array, nth, currency).unwrap_or_default()).collect()
}

/// Formats a cell; none for null. The types are those of the sheet, as checked before.
fn cell(kind: Kind, array: &dyn Array, nth: usize, currency: Option<Currency>) -> Option<String> {
    if array.is_null(nth) {
        return None;
    }
    Some(match kind {
        Kind::Text => neutralised(array.as_string_opt::<i32>()?.value(nth)),
        Kind::Flag => array.as_boolean_opt()?.value(nth).to_string(),
        Kind::Integer => array.as_primitive_opt::<Int64Type>()?.value(nth).to_string(),
        Kind::Percent => decimal(array.as_primitive_opt::<Decimal128Type>()?.value(nth), DECIMALS),
        Kind::Amount => {
            let decimals = currency.map_or(DECIMALS, Currency::decimals);
            decimal(array.as_primitive_opt::<Decimal128Type>()?.value(nth), decimals)
        }
        Kind::Instant => instant(array.as_primitive_opt::<TimestampMillisecondType>()?.value(nth)),
    })
}

/// Formats ten-thousandths with the given decimals, or with all four if cutting would lose digits.
fn decimal(units: i128, decimals: usize) -> String {
    let (sign, digits) = (if units < 0 { "-" } else { "" }, units.unsigned_abs().to_string());
    let padded = format!("{digits:0>width$}", width = DECIMALS + 1);
    let (whole, fraction) = padded.split_at(padded.len() - DECIMALS);
    let (shown, rest) = fraction.split_at(decimals.min(DECIMALS));
    match (shown, rest.trim_matches('0')) {
        ("", "") => format!("{sign}{whole}"),
        (shown, "") => format!("{sign}{whole}.{shown}"),
        _ => format!("{sign}{whole}.{fraction}"),
    }
}

fn instant(ms: i64) -> String {
    if ms % MS_PER_S == 0 { Instant::from_epoch_s(ms / MS_PER_S).to_string() } else { format!("{ms} ms") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_cut_only_where_nothing_is_lost() {
        let cases: [(i128, usize, &str); 8] = [
            (1_320_300, 2, "132.03"),
            (-1_320_300, 2, "-132.03"),
            (132_030_000, 0, "13203"),
            (132_030, 3, "13.203"),
            (13_203, 4, "1.3203"),
            (0, 2, "0.00"),
            (1_320_301, 2, "132.0301"),
            (5, 0, "0.0005"),
        ];
        for (units, decimals, shown) in cases {
            assert_eq!(decimal(units, decimals), shown);
        }
    }

    #[test]
    fn instants_are_whole_seconds_or_shown_as_they_are() {
        assert_eq!(instant(1_780_272_000_000), "2026-06-01T00:00:00Z");
        assert_eq!(instant(1_780_272_000_001), "1780272000001 ms");
    }
}
