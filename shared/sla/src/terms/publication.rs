//! Publishing a revision: it follows the latest one, and is announced as far ahead as the terms in force
//! require (rules, 9).

use super::difference::changes;
use super::lint::{Finding, lint};
use super::{Terms, TermsBook};
use crate::{Instant, Month, Zone};

/// Number of findings that an error shows.
const SHOWN_MAX: usize = 50;

/// The result of publishing a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Publication {
    /// The same document is already published.
    Known,
    /// The document is a new revision.
    New {
        /// The changes from the revision in force just before it.
        changes: Vec<String>,
    },
}

/// A reason for refusing a document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PublicationError {
    /// The revision exists with other content.
    #[error(
        "revision: {0} is published already with other content, and what is published is never edited: \
         publish the change as revision {1}"
    )]
    Published(u32, u32),
    /// The document has errors.
    #[error("{}", listed(.0))]
    Refused(Vec<Finding>),
}

/// Writes findings, a line each.
pub fn listed(findings: &[Finding]) -> String {
    let mut lines: Vec<String> = findings.iter().take(SHOWN_MAX).map(Finding::to_string).collect();
    if findings.len() > SHOWN_MAX {
        lines.push(format!("and {} more", findings.len() - SHOWN_MAX));
    }
    lines.join("\n")
}

impl TermsBook {
    /// Decides the result of publishing a document now.
    ///
    /// # Errors
    /// Returns a [`PublicationError`] if the revision exists with other content, or the linter finds errors.
    pub fn publish(&self, terms: &Terms, now: Instant) -> Result<Publication, PublicationError> {
        if let Some(published) = self.revision(terms.revision) {
            let next = self.latest().revision + 1;
            return if published == terms {
                Ok(Publication::Known)
            } else {
                Err(PublicationError::Published(terms.revision, next))
            };
        }
        let mut errors: Vec<Finding> = lint(terms).into_iter().filter(Finding::is_error).collect();
        errors.extend(self.follows(terms, now));
        if errors.is_empty() {
            let before = self.in_force(terms.effective_from.previous());
            Ok(Publication::New { changes: changes(before, terms) })
        } else {
            Err(PublicationError::Refused(errors))
        }
    }

    /// Checks that a document follows the latest revision and is published in time.
    fn follows(&self, terms: &Terms, now: Instant) -> Vec<Finding> {
        let latest = self.latest();
        let mut errors = Vec::new();
        if terms.terms_id != latest.terms_id {
            let message = format!("{} is another document: write {}", terms.terms_id, latest.terms_id);
            errors.push(Finding::error("terms_id", message));
        }
        if terms.revision != latest.revision + 1 {
            let next = latest.revision + 1;
            let message = format!("{} does not follow {}: give {next}", terms.revision, latest.revision);
            errors.push(Finding::error("revision", message));
        }
        let first = self.first_possible(now);
        if terms.effective_from <= latest.effective_from {
            let message = format!(
                "{} is not after {}, from which revision {} is in force: the first month possible is {first}",
                terms.effective_from, latest.effective_from, latest.revision
            );
            errors.push(Finding::error("effective_from", message));
        } else if terms.effective_from < first {
            let message = format!(
                "{} begins less than {} days after now ({now}): the first month possible is {first}",
                terms.effective_from,
                self.today(now).notice_days
            );
            errors.push(Finding::error("effective_from", message));
        }
        errors
    }

    /// Returns the first month for which a revision published now can take effect.
    pub fn first_possible(&self, now: Instant) -> Month {
        let earliest = now.plus_s(self.today(now).notice_days * 86_400);
        let first = Month::of(earliest.plus_s(-1), Zone::UTC).next();
        first.max(self.latest().effective_from.next())
    }

    /// Returns the revision in force today, in UTC; it sets the notice for changes.
    fn today(&self, now: Instant) -> &Terms {
        self.in_force(Month::of(now, Zone::UTC))
    }

    /// Returns a revision by its number.
    pub fn revision(&self, revision: u32) -> Option<&Terms> {
        self.revisions().find(|terms| terms.revision == revision)
    }

    /// Returns the latest revision, in force or coming.
    pub fn latest(&self) -> &Terms {
        &self.0[0]
    }

    /// Lists the revisions, the latest first.
    pub fn revisions(&self) -> impl Iterator<Item = &Terms> {
        self.0.iter()
    }
}
