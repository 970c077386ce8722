//! Journeys, lives, faults and facts of the repository, over the real handlers. One binary: each would link
//! everything again.

mod arrows;
mod cases;
mod checks;
mod circles;
mod citations;
mod claims;
mod desk;
mod export;
mod faults;
mod faults_claims;
mod faults_sources;
mod journey;
mod ledger;
mod lives;
mod performance;
mod portal;
mod reviews;
mod roles;
mod sources;
mod terms;
mod tickets;
