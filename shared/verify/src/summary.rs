//! The result of `nines verify` as a table for a person: as wide as the terminal, otherwise 110 columns.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};

use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, LineStyle, Table, TableStyle};
use sla::Currency;

use super::Report;
use super::revision::VerifiedRevision;

/// The most columns of a table that is not printed to a terminal.
pub const COLUMNS_MAX: u16 = 110;

/// True if tables take the width and the colours of the terminal.
static FITS_TERMINAL: AtomicBool = AtomicBool::new(false);

/// A rule under the header and no others.
const STYLE: TableStyle = TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─'));

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.problems.is_empty() {
            writeln!(f, "{}", self.table())?;
        }
        for problem in &self.problems {
            writeln!(f, "{problem}")?;
        }
        for note in &self.notes {
            writeln!(f, "{note}")?;
        }
        if self.problems.is_empty() { self.proofs(f) } else { Ok(()) }
    }
}

impl Report {
    fn table(&self) -> String {
        let header = ["Month", "Revision", "Statements", "Credits", "Tickets", "Files", "Payable"];
        let mut table = new_table(&header, &[1, 2, 3, 4, 5]);
        for proven in &self.proven {
            let [statements, credits, tickets] = proven.rows;
            table.add_row([
                proven.month.to_string(),
                proven.revision.to_string(),
                statements.to_string(),
                credits.to_string(),
                tickets.to_string(),
                proven.files.to_string(),
                payable(proven),
            ]);
        }
        table.to_string()
    }

    /// Writes the proof and the digest to sign: a month's last manifest names all before it.
    fn proofs(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "Every digest, sum and row holds, and every statement follows from its inputs.")?;
        f.write_str("The last manifest of a month stands for all before it; its SHA-256:")?;
        for (nth, proven) in self.proven.iter().enumerate() {
            if self.proven.get(nth + 1).is_none_or(|next| next.month != proven.month) {
                write!(f, "\n{} revision {}  {}", proven.month, proven.revision, proven.manifest_sha256)?;
            }
        }
        Ok(())
    }
}

fn payable(proven: &VerifiedRevision) -> String {
    let amount = |(code, minor): (&String, &i128)| match (code.parse::<Currency>(), i64::try_from(*minor)) {
        (Ok(currency), Ok(minor)) => format!("{} {currency}", currency.major(minor)),
        _ => format!("{minor} minor units of {code}"),
    };
    let amounts: Vec<String> = proven.payable.iter().map(amount).collect();
    if amounts.is_empty() { "–".to_owned() } else { amounts.join(", ") }
}

/// Lets tables take the width and the colours of standard output, if it is a terminal. Without it, tables are
/// the same wherever they are printed.
pub fn fit_terminal() {
    FITS_TERMINAL.store(true, Ordering::Relaxed);
}

/// Builds an empty table as the program prints it, with `numbers` aligned to the right and never wrapped.
pub fn new_table(header: &[&str], numbers: &[usize]) -> Table {
    let mut table = Table::new();
    table.load_style(STYLE);
    table.set_content_arrangement(ContentArrangement::Dynamic);
    if !FITS_TERMINAL.load(Ordering::Relaxed) {
        table.force_no_tty();
    }
    if table.width().is_none() {
        table.set_width(COLUMNS_MAX);
    }
    table.set_header(header.iter().copied());
    for place in numbers {
        if let Some(column) = table.column_mut(*place) {
            column.set_constraint(ColumnConstraint::ContentWidth).set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}
