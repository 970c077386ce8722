//! Portal and desk over HTTP, without a socket: no request gets anything of another customer's, and pages
//! show what the functions recorded.

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
