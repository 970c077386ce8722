//! The tables of a revision, read back cell by cell as the texts of their CSV, and compared.

use std::collections::BTreeMap;
use std::fs;

use sla::Currency;

use crate::error::VerifyError;

use super::columns::{Kind, Sheet};
use super::folders::RevisionFolder;
use super::parquet;
use super::problem::{Problems, Row};

/// A table that was read, every cell as its CSV has it.
#[derive(Debug)]
pub struct Rows {
    /// The file, from the month's folder on.
    pub file: String,
    sheet: Sheet,
    rows: Vec<Vec<String>>,
}

impl Rows {
    /// Wraps rows that have as many cells as the sheet has columns.
    pub const fn new(file: String, sheet: Sheet, rows: Vec<Vec<String>>) -> Self {
        Self { file, sheet, rows }
    }

    /// Returns the number of rows.
    pub const fn count(&self) -> usize {
        self.rows.len()
    }

    /// Returns a cell; empty for an unknown column or row.
    pub fn cell(&self, nth: usize, column: &str) -> &str {
        let place = self.sheet.columns.iter().position(|(name, _)| *name == column);
        let cell = place.and_then(|place| self.rows.get(nth)?.get(place));
        cell.map_or("", String::as_str)
    }

    /// Returns a cell as a number.
    pub fn number(&self, nth: usize, column: &str) -> Option<i64> {
        self.cell(nth, column).parse().ok()
    }

    /// Returns a row's currency.
    pub fn currency(&self, nth: usize) -> Option<Currency> {
        self.cell(nth, "currency").parse().ok()
    }

    /// Returns an amount in minor units, if it has exactly the decimals of its row's currency.
    pub fn minor(&self, nth: usize, column: &str) -> Option<i64> {
        let (text, currency) = (self.cell(nth, column), self.currency(nth)?);
        let minor = text.replace('.', "").parse().ok()?;
        (currency.major(minor) == text).then_some(minor)
    }

    /// Identifies a row in reports.
    pub fn row(&self, nth: usize) -> Row<'_> {
        let name = self.sheet.order.iter().find(|name| name.ends_with("_id"));
        Row { file: &self.file, number: nth + 1, id: name.map_or("", |name| self.cell(nth, name)) }
    }

    /// Checks that the rows ascend without duplicates, and that amounts have their currency's decimals.
    pub fn look_at_form(&self, problems: &mut Problems) {
        let mut last = None;
        for nth in 0..self.count() {
            let key = self.order_of(nth);
            if last.as_ref().is_some_and(|last| *last >= key) {
                let by = self.sheet.order.join(", ");
                problems
                    .row_says(self.row(nth), format_args!("does not come after the row before it by {by}"));
            }
            last = Some(key);
            for (column, _) in self.sheet.columns.iter().filter(|(_, kind)| *kind == Kind::Amount) {
                if self.minor(nth, column).is_none() {
                    let currency = self.cell(nth, "currency");
                    let expected = format!("an amount with the decimals of {currency}");
                    problems.row_differs(self.row(nth), column, expected, self.cell(nth, column));
                }
            }
        }
    }

    fn order_of(&self, nth: usize) -> Vec<String> {
        let cell = |column: &&str| match self.number(nth, column) {
            // Zero-padded, so that numbers sort as numbers.
            Some(number) => format!("{number:020}"),
            None => self.cell(nth, column).to_owned(),
        };
        self.sheet.order.iter().map(cell).collect()
    }

    /// Checks that the table read from Parquet has the same rows with the same cells.
    pub fn look_at_twin(&self, twin: &Rows, problems: &mut Problems) {
        let mut open: BTreeMap<_, _> = (0..twin.count()).map(|nth| (twin.order_of(nth), nth)).collect();
        for nth in 0..self.count() {
            let Some(other) = open.remove(&self.order_of(nth)) else {
                problems.row_says(self.row(nth), "is not in the Parquet");
                continue;
            };
            for (column, _) in self.sheet.columns {
                let (expected, found) = (self.cell(nth, column), twin.cell(other, column));
                if expected != found {
                    problems.row_differs(
                        twin.row(other),
                        &format!("{column} as in the CSV"),
                        expected,
                        found,
                    );
                }
            }
        }
        for other in open.into_values() {
            problems.row_says(twin.row(other), "is not in the CSV");
        }
    }
}

/// Reads a table from its CSV; none if it is malformed.
pub fn read_csv(
    folder: &RevisionFolder,
    sheet: Sheet,
    problems: &mut Problems,
) -> Result<Option<Rows>, VerifyError> {
    let path = folder.path.join(format!("{}.csv", sheet.name));
    let file = folder.name(&format!("{}.csv", sheet.name));
    let bytes = fs::read(&path).map_err(|e| VerifyError::io("read", &path, e))?;
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(bytes.as_slice());
    let mut rows = Vec::new();
    for record in reader.records() {
        match record {
            Ok(record) => rows.push(record.iter().map(str::to_owned).collect::<Vec<String>>()),
            Err(error) => {
                problems.says(&file, format_args!("cannot be read: {error}"));
                return Ok(None);
            }
        }
    }
    let header = if rows.is_empty() { Vec::new() } else { rows.remove(0) };
    let is_right = look_at_header(sheet, &header, &file, problems);
    Ok(is_right.then(|| Rows::new(file, sheet, rows)))
}

fn look_at_header(sheet: Sheet, header: &[String], file: &str, problems: &mut Problems) -> bool {
    let mut is_right = true;
    for nth in 0..sheet.columns.len().max(header.len()) {
        let expected = sheet.columns.get(nth).map_or("", |(name, _)| name);
        let found = header.get(nth).map_or("", String::as_str);
        if expected != found {
            problems.differs(file, &format!("column {}", nth + 1), expected, found);
            is_right = false;
        }
    }
    is_right
}

/// Reads a table from its Parquet; none if it is malformed.
pub fn read_parquet(
    folder: &RevisionFolder,
    sheet: Sheet,
    problems: &mut Problems,
) -> Result<Option<Rows>, VerifyError> {
    let path = folder.path.join(format!("{}.parquet", sheet.name));
    let file = folder.name(&format!("{}.parquet", sheet.name));
    let opened = fs::File::open(&path).map_err(|e| VerifyError::io("open", &path, e))?;
    match parquet::read(opened, sheet) {
        Ok(rows) => Ok(Some(Rows::new(file, sheet, rows))),
        Err(error) => {
            problems.says(&file, format_args!("cannot be read: {error}"));
            Ok(None)
        }
    }
}
