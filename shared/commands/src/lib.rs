//! The commands of staff: customers, services, alarms, maintenance, exclusions, voids, claims, reviews, the
//! quarantine; and publishing the terms. Architecture invariant: a repeated command with the same content
//! gets the same answer, whatever happened in between.

mod alarms;
mod answers;
mod changes;
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
pub use staff::{CommandError, Staff};
pub use terms::publish_terms;

use events::Command;
use events::change::Hand;
use outcome::Failure;
use serde_json::Value;
use sla::Instant;
use table::Table;

/// The context of a command.
struct Desk<'a> {
    table: &'a Table,
    now: Instant,
    /// The command as parsed, stored with each object that it makes or changes.
    by: Value,
}

/// Runs a command; what it changes is noted in the trail with the change.
///
/// # Errors
/// Returns a [`Failure`]: a refusal with its remedy, or a fault that may be retried.
pub async fn run(table: &Table, now: Instant, command: Command, hand: &Hand) -> Result<Value, Failure> {
    let by = command.written().map_err(Failure::unexpected)?;
    let change = command.change(now, hand).map_err(Failure::unexpected)?;
    let table = &table.noting(change, hand);
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
        Command::ListChanges(command) => desk.list_changes(command).await,
        Command::ShowService(command) => desk.show_service(command).await,
        Command::ShowStatement(command) => desk.show_statement(command).await,
        Command::ShowTicket(command) => desk.show_ticket(command).await,
        Command::ListServices(command) => desk.list_services(command).await,
        Command::ListNotices(command) => desk.list_notices(command).await,
    }
}
