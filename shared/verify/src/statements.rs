//! Recomputes every statement of a revision from its inputs, and compares it with its row, field by field.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader};

use events::answer::ExportedFile;
use serde_json::Value;
use sla::{Currency, Inputs, Statement};

use crate::error::VerifyError;

use super::basis::{Bases, Basis};
use super::columns::neutralised;
use super::columns::{Kind, STATEMENTS};
use super::folders::{RevisionFolder, name_of};
use super::problem::{Problems, Row};
use super::tables::Rows;

/// Pointers into a statement, for columns that are not fields of the same name.
const SOURCES: [(&str, &str); 17] = [
    ("terms_id", "/terms/id"),
    ("terms_revision", "/terms/revision"),
    ("terms_digest", "/terms/digest"),
    ("period_start", "/period/start"),
    ("period_end", "/period/end"),
    ("up_s", "/seconds/up"),
    ("down_s", "/seconds/down"),
    ("unknown_s", "/seconds/unknown"),
    ("excluded_s", "/seconds/excluded"),
    ("period_s", "/seconds/period"),
    ("currency", "/credit/amount/currency"),
    ("credit_share_pct", "/credit/share_pct"),
    ("credit_amount", "/credit/amount"),
    ("credit_amount_max", "/credit/amount_max"),
    ("credit_pro_rata", "/credit/alternatives/pro_rata"),
    ("credit_started", "/credit/alternatives/started"),
    ("credit_whole", "/credit/alternatives/whole"),
];

/// The statements' rows, and the rows whose inputs have not been found yet.
struct PendingRows<'a> {
    rows: &'a Rows,
    /// The rows without inputs so far, by service and revision.
    open: BTreeMap<(String, i64), usize>,
    /// Inputs read so far, in all parts.
    count: usize,
    /// The bases of credits from the recomputed statements.
    bases: Bases,
}

/// Recomputes every statement of a revision from the parts of its inputs that exist; returns the bases of
/// its credits.
pub fn look_at(
    folder: &RevisionFolder,
    parts: &[&ExportedFile],
    rows: &Rows,
    problems: &mut Problems,
) -> Result<Bases, VerifyError> {
    let by_name = |nth| {
        let revision = rows.number(nth, "revision").unwrap_or_default();
        ((rows.cell(nth, "service_id").to_owned(), revision), nth)
    };
    let open = (0..rows.count()).map(by_name).collect();
    let mut rest = PendingRows { rows, open, count: 0, bases: Bases::new() };
    for part in parts {
        let name = name_of(part.key.as_ref());
        let (path, file) = (folder.path.join(&name), folder.name(&name));
        let opened = File::open(&path).map_err(|e| VerifyError::io("open", &path, e))?;
        let mut lines = 0;
        for line in BufReader::new(opened).split(b'\n') {
            let line = line.map_err(|e| VerifyError::io("read", &path, e))?;
            lines += 1;
            rest.look_at_line(&line, &file, lines, folder, problems);
        }
        if lines != part.rows {
            problems.differs(&file, "lines as in the manifest", part.rows, lines);
        }
    }
    for (_, nth) in rest.open {
        problems.row_says(rows.row(nth), "has no inputs to compute it from");
    }
    Ok(rest.bases)
}

impl PendingRows<'_> {
    fn look_at_line(
        &mut self,
        line: &[u8],
        file: &str,
        number: usize,
        folder: &RevisionFolder,
        problems: &mut Problems,
    ) {
        let place = self.count;
        self.count += 1;
        let inputs: Inputs = match serde_json::from_slice(line) {
            Ok(inputs) => inputs,
            Err(error) => {
                return problems
                    .row_says(Row { file, number, id: "?" }, format_args!("cannot be read: {error}"));
            }
        };
        let id = inputs.service.service_id.to_string();
        let row = Row { file, number, id: &id };
        let statement = match inputs.statement() {
            Ok(Some(statement)) => statement,
            Ok(None) => return problems.row_says(row, "gives no statement"),
            Err(error) => return problems.row_says(row, format_args!("gives no statement: {error}")),
        };
        if statement.month != folder.month {
            problems.row_differs(row, "month", folder.month, statement.month);
        }
        if statement.provisional {
            problems.row_says(row, "gives a provisional statement, which is never exported");
        }
        let key = (id.clone(), statement.revision.into());
        match self.open.remove(&key) {
            None => problems.row_says(row, "gives a statement that has no row"),
            Some(nth) => {
                if nth != place {
                    let place = place + 1;
                    problems
                        .row_says(row, format_args!("is of row {}, expected that of row {place}", nth + 1));
                }
                compare(&statement, self.rows, nth, problems);
                self.bases.insert(key, Basis::of(&statement, &inputs));
            }
        }
    }
}

/// Compares a row with the statement computed from its inputs.
fn compare(statement: &Statement, rows: &Rows, nth: usize, problems: &mut Problems) {
    let computed = match serde_json::to_value(statement) {
        Ok(computed) => computed,
        Err(error) => return problems.row_says(rows.row(nth), format_args!("cannot be computed: {error}")),
    };
    for (column, kind) in STATEMENTS.columns {
        let expected = cell(&computed, column, *kind);
        let found = rows.cell(nth, column);
        if expected != found {
            problems.row_differs(rows.row(nth), &format!("{column} as computed"), expected, found);
        }
    }
}

/// Formats a statement's value for a column.
fn cell(statement: &Value, column: &str, kind: Kind) -> String {
    let own = format!("/{column}");
    let source = SOURCES.iter().find(|(name, _)| *name == column).map_or(own.as_str(), |(_, source)| *source);
    match (kind, statement.pointer(source)) {
        (Kind::Amount, Some(money)) => amount(money).unwrap_or_default(),
        (_, Some(Value::String(text))) => neutralised(text),
        (_, Some(Value::Null) | None) => String::new(),
        (_, Some(value)) => value.to_string(),
    }
}

fn amount(money: &Value) -> Option<String> {
    let currency: Currency = money.get("currency")?.as_str()?.parse().ok()?;
    Some(currency.major(money.get("minor")?.as_i64()?))
}
