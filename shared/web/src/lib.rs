//! What functions behind HTTP share: signing in, sessions, forms, problem details, limits.
//! Architecture invariant: a handler that shows or changes anything takes a [`Session`], which cannot be made
//! without a token that was verified.

mod answer;
mod form;
mod problem;
mod session;
mod sign_in;

pub use answer::{asset, framed, html, in_place_of, redirect, tagged};
pub use form::{FormError, Posted, read_form};
pub use problem::Problem;
pub use session::{Session, SessionError, sign_out};
pub use sign_in::{SignIn, SignInError, SignInSettings, begin, finish, own_path, query_text};
