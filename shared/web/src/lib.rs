//! The common parts of functions behind HTTP: signing in, sessions, forms, problem details, limits.
//! Architecture invariant: every handler that shows or changes data takes a [`Session`] or a [`Bearer`], and
//! neither can be made without a verified token.

mod address;
mod answer;
mod bearer;
mod body;
mod form;
mod problem;
mod request_key;
mod session;
mod sign_in;

pub use address::{optional, part};
pub use answer::{asset, bounded, guarded, html, in_place_of, json, redirect, tagged};
pub use bearer::Bearer;
pub use body::JsonBody;
pub use form::{FormError, Posted, read_form};
pub use problem::Problem;
pub use request_key::RequestKey;
pub use session::{Session, SessionError, sign_out};
pub use sign_in::{IssuerError, SignIn, SignInError, SignInSettings, begin, finish, own_path, query_text};
