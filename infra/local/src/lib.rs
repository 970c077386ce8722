//! nines
