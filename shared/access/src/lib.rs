//! Access control: OIDC access tokens, verified against an issuer's keys; each permission has its own type.
//! Architecture invariant: pure. Keys and the present instant are passed in; permissions need a valid token.

mod keys;
mod token;

pub use keys::{Keys, KeysError};
pub use token::{Access, Audience, CustomerAccess, Refusal, Scope, StaffAccess, TokenError, key_id};
