//! What functions behind HTTP share: sessions, forms, problem details, limits.
