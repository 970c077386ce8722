//! The common parts of functions behind HTTP: signing in, sessions, pages, forms, problem details, limits.
//! Architecture invariant: every handler that shows or changes data takes a [`Session`] or a [`Bearer`], and
//! neither can be made without a verified token.

mod address;
mod answer;
mod bearer;
mod body;
mod form;
mod looks;
mod problem;
mod request_key;
mod session;
mod sign_in;
mod site;

pub use address::{optional, part};
pub use answer::{asset, bounded, guarded, html, json, redirect, tagged};
pub use bearer::Bearer;
pub use body::JsonBody;
pub use form::{FormError, PostedForm, read_form};
pub use looks::Looks;
pub use problem::Problem;
pub use request_key::RequestKey;
pub use session::{Session, SessionError};
pub use sign_in::{IssuerError, SignIn, SignInError, SignInSettings, own_path, query_text};
pub use site::{Page, PageError, Parameters, Site, fault, shown, shown_again, sign_in_routes, site};
