//! What addresses and queries carry, read into the core's types.

use serde::Deserialize;
pub use web::{optional, part};

/// What queries may carry: each address takes what it knows.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    /// A month.
    pub month: Option<String>,
    /// A statement's revision.
    pub revision: Option<String>,
    /// Where a page of a list begins.
    pub after: Option<String>,
    /// A service to choose.
    pub service_id: Option<String>,
    /// A kind of claim to choose.
    pub kind: Option<String>,
    /// What the request before has done.
    pub done: Option<String>,
    /// Where to go once one is signed in.
    pub return_to: Option<String>,
}
