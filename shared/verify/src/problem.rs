//! Differences found, one line each: file, row, the value expected and the value found.

use std::fmt;

use sla::shown;

/// The most problems of one revision that are listed; the rest is counted.
const PROBLEMS_MAX: usize = 1000;

/// A difference found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The file, from the month's folder on.
    pub file: String,
    /// The difference.
    pub what: String,
}

/// A row of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row<'a> {
    /// The file, from the month's folder on.
    pub file: &'a str,
    /// Its number, starting at 1 after the header.
    pub number: usize,
    /// The id that identifies it.
    pub id: &'a str,
}

/// The problems found so far.
#[derive(Debug, Default)]
pub struct Problems {
    list: Vec<Problem>,
    untold: usize,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}{}", self.file, if self.what.starts_with(',') { "" } else { ": " }, self.what)
    }
}

impl Problems {
    /// Adds a problem with a file.
    pub fn says(&mut self, file: &str, what: impl fmt::Display) {
        if self.list.len() < PROBLEMS_MAX {
            self.list.push(Problem { file: file.to_owned(), what: what.to_string() });
        } else {
            self.untold += 1;
        }
    }

    /// Adds a difference in a file.
    pub fn differs(&mut self, file: &str, what: &str, expected: impl fmt::Display, found: impl fmt::Display) {
        self.says(file, format_args!("{what}: {}", difference(&expected, &found)));
    }

    /// Adds a problem with a row.
    pub fn row_says(&mut self, row: Row<'_>, what: impl fmt::Display) {
        self.says(row.file, format_args!(", row {} ({}): {what}", row.number, shown(row.id)));
    }

    /// Adds a difference in a row.
    pub fn row_differs(
        &mut self,
        row: Row<'_>,
        column: &str,
        expected: impl fmt::Display,
        found: impl fmt::Display,
    ) {
        self.row_says(row, format_args!("{column}: {}", difference(&expected, &found)));
    }

    /// Returns all problems, and a last one with the number of unlisted ones.
    pub fn into_list(mut self) -> Vec<Problem> {
        if let (Some(last), more @ 1..) = (self.list.last(), self.untold) {
            let file = last.file.clone();
            self.list.push(Problem { file, what: format!("and {more} more problems in this revision") });
        }
        self.list
    }
}

fn difference(expected: &impl fmt::Display, found: &impl fmt::Display) -> String {
    format!("expected {}, found {}", value(expected), value(found))
}

/// Formats a value from a file so that it cannot disturb a terminal.
fn value(value: &impl fmt::Display) -> String {
    match shown(&value.to_string()) {
        empty if empty.is_empty() => "nothing".to_owned(),
        text => text,
    }
}
