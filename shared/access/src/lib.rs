//! Who may: OIDC access tokens, verified against an issuer's keys; what a token allows is a type.
//! Architecture invariant: pure. Keys and the present instant are passed in.
