//! The parameters of addresses and queries, read into the core's types.

use serde::Deserialize;
pub use web::{optional, part};

/// The query parameters of all pages; each handler uses those that it knows.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    /// A month.
    pub month: Option<String>,
    /// A statement's revision.
    pub revision: Option<String>,
    /// Cursor of a list's page.
    pub after: Option<String>,
    /// Service selected in a form.
    pub service_id: Option<String>,
    /// Kind of claim selected in a form.
    pub kind: Option<String>,
    /// The action that the previous request carried out.
    pub done: Option<String>,
    /// Address to return to after signing in.
    pub return_to: Option<String>,
}
