//! Portal and desk over HTTP, without a socket: no request gets anything of another customer's, and pages
//! show what the functions recorded.

#![expect(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

mod accepted;
mod api;
mod desk;
mod isolation;
mod notices;
mod personal;
mod quotas;
mod requests;
mod search;
mod sessions;
mod shown;
mod sources;
mod subscriptions;
mod tickets;
mod trail;
mod two_people;
mod visitor;
