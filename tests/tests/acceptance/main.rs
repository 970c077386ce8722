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
mod faults_targets;
mod journey;
mod ledger;
mod lives;
mod performance;
mod portal;
mod reviews;
mod roles;
mod sources;
mod targets;
mod terms;
mod tickets;
