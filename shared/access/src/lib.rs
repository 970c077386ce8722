//! Who may: OIDC access tokens, verified against an issuer's keys; what a token allows is a type of its own.
//! Architecture invariant: pure. Keys and the present instant are passed in, and nothing here can be made without
//! a token that holds.

mod keys;
mod token;

pub use keys::{Keys, KeysError};
pub use token::{Access, Audience, CustomerAccess, Refusal, Scope, StaffAccess, TokenError, key_id};
