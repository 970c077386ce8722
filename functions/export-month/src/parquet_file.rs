//! A table as Parquet: the same facts give the same bytes on every machine, at any time, with any build.
//! Texts are never neutralised: no spreadsheet takes a typed column for a formula.

use std::sync::Arc;

use arrow_array::{
    ArrayRef, BooleanArray, Decimal128Array, Int64Array, RecordBatch, StringArray, TimestampMillisecondArray,
};
use arrow_schema::{ArrowError, DataType, Field, Schema, TimeUnit};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::basic::Compression;
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;

use events::columns::{Amount, Column, ColumnValue};

/// Media type of Parquet.
pub const CONTENT_TYPE: &str = "application/vnd.apache.parquet";

/// Digits of an amount: all that a 128-bit decimal holds, so that readers can sum without overflow.
const AMOUNT_DIGITS: u8 = 38;
/// Decimals of an amount in major units: the most in ISO 4217 (CLF and UYW have 4), so that one column holds
/// every currency exactly. An `i64` of minor units needs 19 + 4 = 23 of 38 digits.
const AMOUNT_DECIMALS: u8 = 4;
/// Digits of a percentage: 100.0000.
const PERCENT_DIGITS: u8 = 7;
/// Decimals of a percentage (contract, "A statement").
const PERCENT_DECIMALS: u8 = 4;
/// Rows per group: a reader needs some 30 columns × 10,000 rows × 64 bytes = 20 MB for a group.
const ROW_GROUP_ROWS: usize = 10_000;
/// Time zone of the instants.
const UTC: &str = "UTC";
const MS_PER_S: i64 = 1000;

/// An error of writing a table as Parquet.
#[derive(Debug, thiserror::Error)]
pub enum ParquetFileError {
    /// The columns do not form a table.
    #[error("the columns do not form a table")]
    Columns(#[from] ArrowError),
    /// The Parquet writer failed.
    #[error("cannot write Parquet")]
    Writing(#[from] ParquetError),
    /// A percentage does not have four decimals.
    #[error("{column}: `{value}` is not a percentage with {PERCENT_DECIMALS} decimals, such as 99.9000")]
    Percent {
        /// The column.
        column: &'static str,
        /// The cell.
        value: String,
    },
}

/// Writes a table with one row per fact, in the given order.
///
/// # Errors
/// Returns an error if a percentage does not have four decimals.
pub fn parquet_file<T>(columns: &[Column<T>], facts: &[T]) -> Result<Vec<u8>, ParquetFileError> {
    let fields: Vec<Field> =
        columns.iter().map(|(name, shown)| Field::new(*name, shown.data_type(), true)).collect();
    let arrays =
        columns.iter().map(|(name, shown)| shown.array(name, facts)).collect::<Result<Vec<_>, _>>()?;
    let schema = Arc::new(Schema::new(fields));
    let batch = RecordBatch::try_new(schema.clone(), arrays)?;
    // The writer's version and the machine must not show in the file.
    let properties = WriterProperties::builder()
        .set_created_by("nines".to_owned())
        .set_compression(Compression::SNAPPY)
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS));
    let options =
        ArrowWriterOptions::new().with_properties(properties.build()).with_skip_arrow_metadata(true);
    let mut writer = ArrowWriter::try_new_with_options(Vec::new(), schema, options)?;
    writer.write(&batch)?;
    Ok(writer.into_inner()?)
}

/// Conversion of a column to Arrow.
trait InArrow<T> {
    fn data_type(&self) -> DataType;
    fn array(&self, column: &'static str, facts: &[T]) -> Result<ArrayRef, ParquetFileError>;
}

impl<T> InArrow<T> for ColumnValue<T> {
    fn data_type(&self) -> DataType {
        match self {
            Self::Text(_) => DataType::Utf8,
            Self::Flag(_) => DataType::Boolean,
            Self::Integer(_) => DataType::Int64,
            Self::Percent(_) => DataType::Decimal128(PERCENT_DIGITS, PERCENT_DECIMALS as i8),
            Self::Amount(_) => DataType::Decimal128(AMOUNT_DIGITS, AMOUNT_DECIMALS as i8),
            Self::Instant(_) => DataType::Timestamp(TimeUnit::Millisecond, Some(UTC.into())),
        }
    }

    fn array(&self, column: &'static str, facts: &[T]) -> Result<ArrayRef, ParquetFileError> {
        let facts = facts.iter();
        Ok(match self {
            Self::Text(of) => Arc::new(facts.map(of).collect::<StringArray>()),
            Self::Flag(of) => Arc::new(facts.map(|fact| Some(of(fact))).collect::<BooleanArray>()),
            Self::Integer(of) => Arc::new(facts.map(|fact| Some(of(fact))).collect::<Int64Array>()),
            Self::Percent(of) => {
                let units = facts.map(|fact| of(fact).map(|text| percent(column, text)).transpose());
                let array = units.collect::<Result<Decimal128Array, _>>()?;
                Arc::new(array.with_precision_and_scale(PERCENT_DIGITS, PERCENT_DECIMALS as i8)?)
            }
            Self::Amount(of) => {
                let array: Decimal128Array = facts.map(|fact| Some(units(of(fact)))).collect();
                Arc::new(array.with_precision_and_scale(AMOUNT_DIGITS, AMOUNT_DECIMALS as i8)?)
            }
            Self::Instant(of) => {
                let instants = facts.map(|fact| of(fact).map(|at| at.epoch_s() * MS_PER_S));
                Arc::new(instants.collect::<TimestampMillisecondArray>().with_timezone(UTC))
            }
        })
    }
}

/// Returns an amount in units of the column's last decimal.
fn units(Amount { minor, currency }: Amount) -> i128 {
    let missing = usize::from(AMOUNT_DECIMALS).saturating_sub(currency.decimals());
    (0..missing).fold(i128::from(minor), |units, _| units * 10)
}

/// Reads `97.3541` as 973,541 units of the last decimal.
fn percent(column: &'static str, text: &str) -> Result<i128, ParquetFileError> {
    let decimals = text.split_once('.').map(|(_, decimals)| decimals.len());
    let units = text.replace('.', "").parse().ok();
    units
        .filter(|_| decimals == Some(usize::from(PERCENT_DECIMALS)))
        .ok_or_else(|| ParquetFileError::Percent { column, value: text.to_owned() })
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use sla::Currency;

    use super::*;
    use crate::sample::{reversed, stated, tickets};
    use events::columns::{CREDIT, STATEMENT, TICKET};

    /// Shows the schema stored in a file, and its cells by column.
    fn shown(bytes: Vec<u8>) -> String {
        let bytes = Bytes::from(bytes);
        let reader = SerializedFileReader::new(bytes.clone()).unwrap();
        let mut schema = Vec::new();
        parquet::schema::printer::print_schema(&mut schema, reader.metadata().file_metadata().schema());
        let mut shown = String::from_utf8(schema).unwrap();
        for batch in ParquetRecordBatchReaderBuilder::try_new(bytes).unwrap().build().unwrap() {
            let batch = batch.unwrap();
            for (field, array) in batch.schema().fields().iter().zip(batch.columns()) {
                // Arrow would print local times, and has no time zones here.
                let debug = format!("{array:?}").replace(" (Unknown Time Zone 'UTC')", "Z");
                let cells: Vec<&str> = debug
                    .lines()
                    .filter_map(|line| line.strip_prefix("  "))
                    .map(|l| l.trim_end_matches(','))
                    .collect();
                shown.push_str(&format!("{}: {}\n", field.name(), cells.join(" | ")));
            }
        }
        shown
    }

    #[test]
    fn credits_have_exact_amounts_of_every_currency_in_one_column() {
        let mut entries = Vec::new();
        for (id, currency) in [("api-eur", "EUR"), ("api-jpy", "JPY"), ("api-kwd", "KWD"), ("api-clf", "CLF")]
        {
            entries.extend(stated(id, 49_900, currency, 68_580, 0).1);
        }
        entries.push(reversed(&entries[0]));
        insta::assert_snapshot!(shown(parquet_file(&CREDIT, &entries).unwrap()));
    }

    #[test]
    fn statements_have_typed_columns_and_nulls_where_nothing_is_known() {
        let statements = [
            stated("api-jpy", 129_900, "JPY", 185_880, 228_900).0,
            stated("unknown", 100, "EUR", 0, 2_592_000).0,
        ];
        insta::assert_snapshot!(shown(parquet_file(&STATEMENT, &statements).unwrap()));
    }

    #[test]
    fn tickets_have_instants_in_utc() {
        insta::assert_snapshot!(shown(parquet_file(&TICKET, &tickets()).unwrap()));
    }

    #[test]
    fn texts_are_not_neutralised() {
        const COLUMNS: [Column<&str>; 1] = [("text", ColumnValue::Text(|t| Some((*t).to_owned())))];
        let shown = shown(parquet_file(&COLUMNS, &["=1+1", "größer 日本", ""]).unwrap());
        assert!(shown.ends_with("text: \"=1+1\" | \"größer 日本\" | \"\"\n"), "{shown}");
    }

    #[test]
    fn the_same_rows_are_the_same_bytes_in_groups_of_a_fixed_size() {
        let rows: Vec<_> = tickets().into_iter().cycle().take(2 * ROW_GROUP_ROWS + 1).collect();
        let bytes = parquet_file(&TICKET, &rows).unwrap();
        assert_eq!(bytes, parquet_file(&TICKET, &rows).unwrap());
        let reader = SerializedFileReader::new(Bytes::from(bytes)).unwrap();
        let groups: Vec<i64> = reader.metadata().row_groups().iter().map(|group| group.num_rows()).collect();
        assert_eq!(groups, [10_000, 10_000, 1]);
        let file = reader.metadata().file_metadata();
        assert_eq!((file.created_by(), file.key_value_metadata()), (Some("nines"), None));
    }

    #[test]
    fn no_rows_are_a_table_with_all_columns() {
        let bytes = Bytes::from(parquet_file(&CREDIT, &[]).unwrap());
        let reader = ParquetRecordBatchReaderBuilder::try_new(bytes).unwrap();
        assert_eq!(reader.schema().fields().len(), CREDIT.len());
        assert_eq!(reader.build().unwrap().count(), 0);
    }

    #[test]
    fn every_currency_has_room_for_its_decimals() {
        let letters = 'A'..='Z';
        let mut currencies = 0;
        for first in letters.clone() {
            for second in letters.clone() {
                for third in letters.clone() {
                    let code = String::from_iter([first, second, third]);
                    let Ok(currency) = code.parse::<Currency>() else { continue };
                    currencies += 1;
                    let decimals = currency.decimals();
                    assert!(decimals <= usize::from(AMOUNT_DECIMALS), "{code} has {decimals} decimals");
                    let units = units(Amount { minor: i64::MIN, currency });
                    let factor = 10_i128.pow(u32::try_from(usize::from(AMOUNT_DECIMALS) - decimals).unwrap());
                    assert_eq!(units, i128::from(i64::MIN) * factor);
                }
            }
        }
        assert!(currencies > 150, "{currencies}");
    }

    #[test]
    fn a_percentage_without_four_decimals_is_named() {
        const COLUMNS: [Column<&str>; 1] = [("share_pct", ColumnValue::Percent(|t| Some(t)))];
        for wrong in ["99.9", "99", "a.0000", ""] {
            assert!(parquet_file(&COLUMNS, &[wrong]).is_err(), "{wrong}");
        }
        insta::assert_snapshot!(
            parquet_file(&COLUMNS, &["99.9"]).unwrap_err(),
            @"share_pct: `99.9` is not a percentage with 4 decimals, such as 99.9000"
        );
    }
}
