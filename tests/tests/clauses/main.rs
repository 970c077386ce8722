//! The agreement's clauses as stories: `clauses/*.feature`, on the real handlers under a virtual clock.
//! A step that no function here understands is skipped, and a skipped step fails.

// The steps are futures within futures: their types are deep.
#![recursion_limit = "256"]

mod claims;
mod findings;
mod givens;
mod happenings;
mod revisions;
mod tale;
mod tickets;
mod wording;

use cucumber::World as _;

use tale::Tale;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    Tale::cucumber()
        .with_default_cli()
        .max_concurrent_scenarios(1)
        .fail_on_skipped()
        .run_and_exit(concat!(env!("CARGO_MANIFEST_DIR"), "/clauses"))
        .await;
}
