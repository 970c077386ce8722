//! Webhooks of monitors and help desks, without I/O or clock: `verify` proves the sender, `read` reads its
//! message, `Meaning::of` maps it by the registered source, `edges`, `heartbeat` and `tickets` say what to
//! record. Architecture invariant: nothing that no mapping names becomes a check or a ticket event.

mod auth;
mod body;
mod cut;
pub mod edges;
mod facts;
pub mod heartbeat;
mod kind;
mod meaning;
pub mod memory;
mod message;
mod queued;
pub mod tickets;
mod time;

pub use auth::{AuthError, REPLAY_S_MAX, SECRETS_MAX, Verified, verify};
pub use body::{BODY_BYTES_MAX, DEPTH_MAX, Request};
pub use cut::Split;
pub use facts::Facts;
pub use kind::{ITEMS_MAX, read};
pub use meaning::{Meaning, Sighting, TicketReport, Unmapped};
pub use message::{Item, Message, Metrics, Reading, TicketChange, TicketReading};
pub use queued::{WEBHOOK_DETAIL_TYPE, Webhook};
