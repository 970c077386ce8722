//! The pages of portal and desk, with their charts, style and script, rendered from the core's types.
//! Architecture invariant: pure. A page is a function of its arguments; nothing here reads storage, decides
//! anything or asks a clock.

pub mod assets;
mod chart;
pub mod desk;
mod form;
mod frame;
mod kept;
mod plain;
pub mod portal;
mod refusal;
mod search;
mod table;
mod timeline;
mod words;

pub use chart::MetricDays;
pub use form::{FieldError, ServiceChoice};
pub use frame::{Frame, Mandates, Message, Section, SignedIn, UNREAD_MAX};
pub use kept::{KeptForm, kept_form, signed_in_beside};
pub use plain::{
    Demo, Failure, Identity, IssuerChoice, SignedOut, demo, error, issuer_choice, sign_in, signed_out,
};
pub use search::{SearchHit, SearchPage, search};
