//! What staff can do: commands about customers, services, alarms, maintenance, exclusions, voids, claims, reviews,
//! quarantine; and the terms, published.
//! Architecture invariant: the same command with the same content has the same answer, whatever came between.

mod alarms;
mod answers;
mod claims;
mod customers;
mod exclusions;
mod lists;
mod maintenance;
mod quarantine;
mod reviews;
mod services;
mod staff;
mod terms;
mod tickets;
mod voids;

pub use sla::terms::publication::listed;
pub use staff::{Refused, Staff, who_gives};
pub use terms::publish_terms;

use events::Command;
use outcome::Failure;
use serde_json::Value;
use sla::Instant;
use table::Table;

/// What every command is run with.
struct Desk<'a> {
    table: &'a Table,
    now: Instant,
    /// The command as it was understood, to be kept beside what it makes or changes.
    by: Value,
}

/// Runs one command.
///
/// # Errors
/// A refusal that says what to do, or a fault that may be retried.
pub async fn run(table: &Table, now: Instant, command: Command) -> Result<Value, Failure> {
    let by = command.written().map_err(Failure::unexpected)?;
    let desk = Desk { table, now, by };
    match command {
        Command::RegisterCustomer(command) => desk.register_customer(command).await,
        Command::ChangeCustomer(command) => desk.change_customer(command).await,
        Command::RegisterService(command) => desk.register_service(command).await,
        Command::ChangeService(command) => desk.change_service(command).await,
        Command::TerminateService(command) => desk.terminate_service(command).await,
        Command::RegisterAlarm(command) => desk.register_alarm(command).await,
        Command::RemoveAlarm(command) => desk.remove_alarm(command).await,
        Command::ListAlarms(command) => desk.list_alarms(command).await,
        Command::AnnounceMaintenance(command) => desk.announce_maintenance(command).await,
        Command::ShortenMaintenance(command) => desk.shorten_maintenance(command).await,
        Command::CancelMaintenance(command) => desk.cancel_maintenance(command).await,
        Command::RaiseExclusion(command) => desk.raise_exclusion(command).await,
        Command::DecideExclusion(command) => desk.decide_exclusion(command).await,
        Command::WithdrawExclusion(command) => desk.withdraw_exclusion(command).await,
        Command::FileClaim(command) => desk.file_claim(command).await,
        Command::ReviewClaim(command) => desk.review_claim(command).await,
        Command::ReviewStatement(command) => desk.review_statement(command).await,
        Command::RestateMonth(command) => desk.restate_month(command).await,
        Command::MarkInvoiced(command) => desk.mark_invoiced(command).await,
        Command::ListClaims(command) => desk.list_claims(command).await,
        Command::DisputeExclusion(command) => desk.dispute_exclusion(command).await,
        Command::VoidChecks(command) => desk.void_checks(command).await,
        Command::DecideVoid(command) => desk.decide_void(command).await,
        Command::ListQuarantine(command) => desk.list_quarantine(command).await,
        Command::ReplayQuarantine(command) => desk.replay_quarantine(command).await,
        Command::ShowService(command) => desk.show_service(command).await,
        Command::ShowStatement(command) => desk.show_statement(command).await,
        Command::ShowTicket(command) => desk.show_ticket(command).await,
        Command::ListServices(command) => desk.list_services(command).await,
        Command::ListNotices(command) => desk.list_notices(command).await,
    }
}
