//! Customers in the table: the directory, what a verified token may see and do, requests, circulars.

pub(crate) mod circulars;
pub(crate) mod erasing;
pub(crate) mod people;
pub(crate) mod requests;
pub(crate) mod scope;
