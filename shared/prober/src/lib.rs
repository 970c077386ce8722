//! Checks targets from outside and says what came of it: tries (`Prober`), findings, and batches of wire
//! checks. Architecture invariant: the only crate that calls hosts named by others. It connects to the
//! address that it has judged, knows no table and no SDK, and what is not measured is unknown.

mod batch;
mod dns;
mod finding;
mod network;
mod prober;
mod tls;
mod trouble;
mod vantage;
mod web;

pub use batch::messages;
pub use finding::Finding;
pub use network::{Asked, DNS_PORT, Network, System, name_server};
pub use prober::{Prober, Settings, SettingsError};
pub use tls::TlsError;
pub use vantage::Phases;
pub use web::{BODY_BYTES_MAX, REDIRECTS_MAX};
