//! Services in the table: the standing, the timelines and what they come to, claims, and what staff decide.

pub(crate) mod alarms;
pub(crate) mod calendar;
pub(crate) mod claims;
pub(crate) mod disputes;
pub(crate) mod lives;
pub(crate) mod looking;
pub(crate) mod merging;
pub(crate) mod month_end;
pub(crate) mod proposals;
pub(crate) mod quarantine;
pub(crate) mod queue;
pub(crate) mod record;
pub(crate) mod rehearsing;
pub(crate) mod sources;
pub(crate) mod standing;
pub(crate) mod statements;
pub(crate) mod summaries;
pub(crate) mod targets;
pub(crate) mod timelines;
pub(crate) mod voids;
pub(crate) mod waiting;
pub(crate) mod watch;
pub(crate) mod webhooks;
pub(crate) mod windows;
