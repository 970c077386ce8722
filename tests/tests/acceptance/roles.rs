//! Roles are exact: the calls in worlds that take every function down every path are those in
//! `infra/aws/calls.json`, no more and no less. The template's roles are compared with that list.

use std::fs;

use acceptance::calls::Calls;
use acceptance::roles;

#[test]
fn every_call_is_listed_and_every_listed_call_is_made() {
    let needed = roles::needed().unwrap_or_else(|error| panic!("{error}"));
    let listed = Calls::committed().unwrap_or_else(|error| panic!("{error}"));
    needed.same_as(listed).unwrap_or_else(|error| panic!("{error}"));
    let text = fs::read_to_string(Calls::file()).unwrap_or_default();
    assert_eq!(text, needed.to_string(), "in another order: `cargo run -p acceptance --example write_calls`");
}
