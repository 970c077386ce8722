//! The commands of staff: customers, services, alarms, targets, maintenance, exclusions, voids, claims, reviews, tickets,
//! the quarantine; and publishing the terms. Architecture invariant: a repeated command with the same content
//! gets the same answer, whatever happened in between.

mod alarms;
mod answers;
mod changes;
mod claims;
mod corrections;
mod customers;
mod exclusions;
mod imports;
mod lists;
mod maintenance;
mod proposals;
mod quarantine;
mod reviews;
mod roles;
mod search;
mod secrets;
mod services;
mod signing;
mod sources;
mod staff;
mod targets;
mod terms;
mod tickets;
mod voids;

pub use imports::{ImportPreview, preview_import};
pub use proposals::effect_of_approval;
pub use roles::{RoleNow, roles_now};
pub use secrets::SecretChange;
pub use sla::terms::publication::listed;
pub use staff::{CommandError, Staff};
pub use targets::target_warnings;
pub use terms::publish_terms;
pub use tickets::{read_place, write_place};

use std::pin::Pin;

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

/// People whom an installation asks for, where a command by direct invocation moves money or the agreement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum People {
    /// One: whoever may invoke the function decides.
    One,
    /// Two, as at the desk.
    Two,
}

/// Runs a command of a direct invocation.
///
/// # Errors
/// Returns a [`Failure`]: a refusal with its remedy, or a fault that may be retried.
pub async fn invoke(
    table: &Table,
    now: Instant,
    command: Command,
    (people, hand): (People, &Hand),
) -> Result<Value, Failure> {
    match people {
        People::One => run(table, now, command, hand).await,
        People::Two => {
            let by = command.signer().cloned();
            let change = proposals::ProposedChange::Command(Box::new(command));
            Box::pin(proposals::make(table, now, change, (by.as_ref(), hand))).await
        }
    }
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
    // Boxed: a future holds those of all its reads and writes, and this one would hold them all.
    match command {
        Command::RegisterCustomer(command) => desk.register_customer(command).await,
        Command::ChangeCustomer(command) => desk.change_customer(command).await,
        Command::ErasePersonalData(command) => boxed(|| desk.erase_personal_data(&command)).await,
        Command::IndexCustomer(command) => boxed(|| desk.index_customer(&command)).await,
        Command::RegisterService(command) => boxed(|| desk.register_service(command)).await,
        Command::ImportServices(command) => boxed(|| desk.import_services(&command, hand)).await,
        Command::UndoImport(command) => boxed(|| desk.undo_import(&command, hand)).await,
        Command::CorrectService(command) => boxed(|| desk.correct_service(command)).await,
        Command::ChangeService(command) => desk.change_service(command).await,
        Command::TerminateService(command) => desk.terminate_service(command).await,
        Command::RegisterAlarm(command) => desk.register_alarm(command).await,
        Command::RemoveAlarm(command) => desk.remove_alarm(command).await,
        Command::ListAlarms(command) => desk.list_alarms(command).await,
        Command::SetRole(command) => boxed(|| desk.set_role(command)).await,
        Command::ListRoles(command) => boxed(|| desk.list_roles(command)).await,
        Command::RegisterSource(command) => boxed(|| desk.register_source(command)).await,
        Command::ChangeSource(command) => boxed(|| desk.change_source(command)).await,
        Command::MapSource(command) => boxed(|| desk.map_source(command)).await,
        Command::RemoveSource(command) => boxed(|| desk.remove_source(&command)).await,
        Command::ListSources(command) => boxed(|| desk.list_sources(command)).await,
        Command::ShowSource(command) => boxed(|| desk.show_source(&command)).await,
        Command::RegisterTarget(command) => boxed(|| desk.register_target(command)).await,
        Command::ChangeTarget(command) => boxed(|| desk.change_target(command)).await,
        Command::RemoveTarget(command) => boxed(|| desk.remove_target(&command)).await,
        Command::ListTargets(command) => boxed(|| desk.list_targets(command)).await,
        Command::ShowTarget(command) => boxed(|| desk.show_target(&command)).await,
        Command::AnnounceMaintenance(command) => boxed(|| desk.announce_maintenance(command)).await,
        Command::ShortenMaintenance(command) => boxed(|| desk.shorten_maintenance(command)).await,
        Command::CancelMaintenance(command) => boxed(|| desk.cancel_maintenance(command)).await,
        Command::RaiseExclusion(command) => boxed(|| desk.raise_exclusion(command)).await,
        Command::DecideExclusion(command) => boxed(|| desk.decide_exclusion(command)).await,
        Command::WithdrawExclusion(command) => boxed(|| desk.withdraw_exclusion(command)).await,
        Command::FileClaim(command) => boxed(|| desk.file_claim(command)).await,
        Command::ReviewClaim(command) => boxed(|| desk.review_claim(command)).await,
        Command::ReviewStatement(command) => boxed(|| desk.review_statement(command)).await,
        Command::RestateMonth(command) => boxed(|| desk.restate_month(command)).await,
        Command::MarkInvoiced(command) => desk.mark_invoiced(command).await,
        Command::DecideChange(command) => boxed(|| proposals::decide(table, now, &command, hand)).await,
        Command::ListWaiting(command) => proposals::list(table, now, &command).await,
        Command::ListClaims(command) => desk.list_claims(command).await,
        Command::DisputeExclusion(command) => desk.dispute_exclusion(command).await,
        Command::VoidChecks(command) => boxed(|| desk.void_checks(command)).await,
        Command::DecideVoid(command) => boxed(|| desk.decide_void(command)).await,
        Command::ListQuarantine(command) => desk.list_quarantine(command).await,
        Command::ReplayQuarantine(command) => boxed(|| desk.replay_quarantine(command)).await,
        Command::ListChanges(command) => desk.list_changes(command).await,
        Command::ShowService(command) => desk.show_service(command).await,
        Command::ShowStatement(command) => desk.show_statement(command).await,
        Command::ShowTicket(command) => desk.show_ticket(command).await,
        Command::ListTickets(command) => boxed(|| desk.list_tickets(command)).await,
        Command::OpenTicket(command) => boxed(|| desk.open_ticket(command)).await,
        Command::AcknowledgeTicket(command) => boxed(|| desk.acknowledge_ticket(command)).await,
        Command::AskCustomer(command) => boxed(|| desk.ask_customer(command)).await,
        Command::ResumeTicket(command) => boxed(|| desk.resume_ticket(command)).await,
        Command::ChangeLevel(command) => boxed(|| desk.change_level(command)).await,
        Command::ResolveTicket(command) => boxed(|| desk.resolve_ticket(command)).await,
        Command::ReopenTicket(command) => boxed(|| desk.reopen_ticket(command)).await,
        Command::TakeTicket(command) => boxed(|| desk.take_ticket(command)).await,
        Command::Search(command) => boxed(|| desk.search(command)).await,
        Command::ListServices(command) => desk.list_services(command).await,
        Command::ListNotices(command) => desk.list_notices(command).await,
    }
}

/// Builds a future on the heap. It never lies on the stack of whoever awaits it: without this, the frame of a
/// function that awaits many has room for the sum of them.
fn boxed<F: Future>(build: impl FnOnce() -> F) -> Pin<Box<F>> {
    Box::pin(build())
}
