//! Refusals of a window, an exclusion or a dispute, and the limits behind them.

use std::collections::BTreeSet;

use crate::id::StaffId;
use crate::{CustomerId, ExclusionId, Instant, ServiceId, Span};

/// Longest window or exclusion: 31 days.
pub const WINDOW_S_MAX: i64 = 31 * 86_400;
/// Limit on the services named by one window or exclusion; for more, name a region or all.
pub const NAMED_SERVICES_MAX: usize = 25;

/// A reason for refusing a window, an exclusion or a dispute.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WindowError {
    /// The window is empty.
    #[error("ends_at: {1} is not after starts_at {0}: give an end after the start")]
    Empty(Instant, Instant),
    /// The window is longer than 31 days.
    #[error("ends_at: {1} lies more than 31 days after starts_at {0}: split it")]
    TooLong(Instant, Instant),
    /// The list of services is empty or too long.
    #[error("services: {0} named, but 1 to {NAMED_SERVICES_MAX} can be: split it, or name a region or all")]
    Services(usize),
    /// The scope is `{"all": false}`.
    #[error("scope: all is false: name services or a region, or write true")]
    NotAll,
    /// The announcement is too late.
    #[error(
        "starts_at: {0} is less than {1} h after the announcement at {2}: maintenance on shorter notice counts as downtime"
    )]
    Notice(Instant, i64, Instant),
    /// The window is over.
    #[error("the window ended at {0}: what has happened cannot be changed")]
    Over(Instant),
    /// The window has been cancelled.
    #[error("the window was cancelled at {0}: announce a new one")]
    Cancelled(Instant),
    /// The window has begun.
    #[error("the window began at {0}: it can only be shortened now")]
    Begun(Instant),
    /// The new end is in the past or not inside the window.
    #[error(
        "ends_at: {0} must lie after {1}, not before now ({2}), and before the present end {3}: windows are never extended"
    )]
    NotShorter(Instant, Instant, Instant, Instant),
    /// The exclusion covers future time.
    #[error("ends_at: {0} lies after now ({1}): exclusions are raised for the past")]
    Future(Instant, Instant),
    /// The exclusion is raised too late.
    #[error("ends_at: {0} lies more than {1} days before now ({2}): exclusions are raised within {1} days")]
    TooLate(Instant, i64, Instant),
    /// The terms do not list the clause.
    #[error("clause: `{0}` is not listed by the terms: raise it under one of {1}")]
    Clause(&'static str, String),
    /// The exclusion covers none of the customer's services, so the customer may not learn that it exists.
    #[error("exclusion_id: `{0}` is not known: give the id that the notice names")]
    NotCovered(ExclusionId),
    /// The customer has already made another statement.
    #[error(
        "statement: `{0}` disputed the exclusion with another one at {1}: repeat it as it was, or add to it in a ticket"
    )]
    Disputed(CustomerId, Instant),
    /// The exclusion has no effect: the time counts.
    #[error("the exclusion is {0}: the time counts as downtime, so that there is nothing to dispute")]
    NothingToDispute(&'static str),
    /// The time for disputes is over.
    #[error("the exclusion could be disputed before {0}, and now is {1}: open a ticket if it is wrong")]
    DisputeOver(Instant, Instant),
    /// The person who raised it would decide it.
    #[error("decided_by: `{0}` raised the exclusion: another person must decide it")]
    SamePerson(StaffId),
    /// The state of the exclusion does not allow the step.
    #[error("the exclusion is {0}: only one that is {1}; raise a new one if need be")]
    State(&'static str, &'static str),
}

pub(super) fn check_span(span: Span) -> Result<(), WindowError> {
    if span.is_empty() {
        Err(WindowError::Empty(span.start, span.end))
    } else if span.length_s() > WINDOW_S_MAX {
        Err(WindowError::TooLong(span.start, span.end))
    } else {
        Ok(())
    }
}

pub(super) fn check_services(services: &BTreeSet<ServiceId>) -> Result<(), WindowError> {
    if (1..=NAMED_SERVICES_MAX).contains(&services.len()) {
        Ok(())
    } else {
        Err(WindowError::Services(services.len()))
    }
}
