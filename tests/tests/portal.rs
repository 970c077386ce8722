//! Portal and desk, asked over HTTP without a socket: whoever asks for what, nothing of another customer's comes back;
//! what is shown is what the functions recorded.

#![expect(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

#[path = "portal/accepted.rs"]
mod accepted;
#[path = "portal/api.rs"]
mod api;
#[path = "portal/desk.rs"]
mod desk;
#[path = "portal/isolation.rs"]
mod isolation;
#[path = "portal/requests.rs"]
mod requests;
#[path = "portal/shown.rs"]
mod shown;
#[path = "portal/subscriptions.rs"]
mod subscriptions;
#[path = "portal/visitor.rs"]
mod visitor;
