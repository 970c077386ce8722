//! Commands of a signed-in person: recorded under the id of their token, whatever the command names.

use crate::proposals::{ProposedChange, make};
use crate::signing::signed;
use access::{Refusal, Scope, StaffAccess};
use events::change::{Hand, Via};
use events::command::{CommandName, Mandate};
use events::{Command, InputError};
use outcome::Failure;
use serde_json::{Map, Value};
use sla::id::StaffId;
use sla::{CustomerId, Instant, Terms};
use table::{CustomerView, EarlierAcceptance, Request, Table};

/// The most attempts at a request: one, and another if the same request was accepted concurrently.
const BEGINNINGS_MAX: usize = 2;

/// The table, as one member of staff may see and change it.
#[derive(Debug, Clone)]
pub struct Staff {
    table: Table,
    access: StaffAccess,
}

/// The reason why a person's command was not carried out.
#[derive(Debug)]
pub enum CommandError {
    /// The person lacks the scope.
    Access(Refusal),
    /// The command cannot be read.
    Input(InputError),
    /// The key was accepted for another command.
    KeyReused,
    /// The command is refused, or failed.
    Failure(Failure),
}

/// Returns the scope that a command needs; none for one that changes nothing.
const fn scope_of(command: CommandName) -> Option<Scope> {
    match command.mandate() {
        Mandate::Anyone => None,
        Mandate::Staff(_) => Some(Scope::Staff),
        Mandate::Finance(_) => Some(Scope::Finance),
    }
}

impl Staff {
    /// Builds the view of a verified person.
    pub fn new(table: &Table, access: StaffAccess) -> Self {
        Self { table: table.clone(), access }
    }

    /// Returns the table.
    pub const fn table(&self) -> &Table {
        &self.table
    }

    /// Returns the person's id, under which every action is recorded.
    pub const fn staff_id(&self) -> &StaffId {
        self.access.staff_id()
    }

    /// Returns the person, by the issuer's name for them.
    pub fn who(&self) -> &str {
        self.access.who()
    }

    /// True if the person has a scope.
    pub fn may(&self, scope: Scope) -> bool {
        self.access.require(scope).is_ok()
    }

    /// Requires a scope of the person.
    ///
    /// # Errors
    /// Returns a [`Refusal`] if the person lacks it.
    pub fn require(&self, scope: Scope) -> Result<(), Refusal> {
        self.access.require(scope)
    }

    /// Requires the scope that a command takes of the person.
    ///
    /// # Errors
    /// Returns a [`Refusal`] if the person lacks it.
    pub fn permit(&self, command: CommandName) -> Result<(), Refusal> {
        scope_of(command).map_or(Ok(()), |scope| self.access.require(scope))
    }

    /// Returns the read-only view of a customer.
    pub fn seen_by(&self, customer_id: CustomerId) -> CustomerView {
        self.table.seen_by(&self.access, customer_id)
    }

    /// Returns the hand of the person at the desk, by which their changes are noted.
    pub fn hand(&self) -> Hand {
        Hand::at(Via::Desk, self.who())
    }

    /// Runs a command as given by this person at the desk, whoever it names.
    ///
    /// # Errors
    /// Returns a [`CommandError`] if the command is out of scope, cannot be read, or is refused.
    pub async fn run(
        &self,
        name: CommandName,
        fields: Map<String, Value>,
        now: Instant,
    ) -> Result<Value, CommandError> {
        let command = read_as(&self.access, name, fields)?;
        self.make(&self.table, now, command, &self.hand()).await.map_err(CommandError::Failure)
    }

    /// Returns what a command that cannot be read lacks, if it cannot be read; nothing is done.
    pub fn refusal(&self, name: CommandName, fields: Map<String, Value>) -> Option<InputError> {
        Command::read(&signed(name, fields, self.access.staff_id())).err()
    }

    /// Publishes a revision of the terms, or proposes it to a second person.
    ///
    /// # Errors
    /// Returns a [`CommandError`] if the person lacks the scope, or the document is refused.
    pub async fn publish_terms(&self, terms: Terms, now: Instant) -> Result<Value, CommandError> {
        self.access.require(Scope::Staff).map_err(CommandError::Access)?;
        let change = ProposedChange::Terms(Box::new(terms));
        let made = Box::pin(make(&self.table, now, change, (Some(self.staff_id()), &self.hand()))).await;
        made.map_err(CommandError::Failure)
    }

    /// Makes a change, or proposes it if it takes two people.
    async fn make(
        &self,
        table: &Table,
        now: Instant,
        command: Command,
        hand: &Hand,
    ) -> Result<Value, Failure> {
        Box::pin(make(table, now, ProposedChange::Command(Box::new(command)), (Some(self.staff_id()), hand)))
            .await
    }

    /// Runs a command as given by this person's program under an idempotency key. For 30 days after an
    /// acceptance the key returns the same answer, and rejects any other command. A refusal leaves no trace.
    ///
    /// # Errors
    /// Returns a [`CommandError`] as [`Staff::run`] does, or if the key was used for another command.
    pub async fn run_once(
        &self,
        key: &str,
        name: CommandName,
        fields: Map<String, Value>,
        now: Instant,
    ) -> Result<Value, CommandError> {
        let content = serde_json::to_string(&(name.as_str(), &fields)).map_err(Failure::unexpected);
        let content = content.map_err(CommandError::Failure)?;
        let command = read_as(&self.access, name, fields)?;
        if !name.changes() {
            let answer = crate::run(&self.table, now, command, &self.hand()).await;
            return answer.map_err(CommandError::Failure);
        }
        let mut beginning = 1;
        loop {
            let request = Request::of_staff(&self.access, key, &content, now);
            let before = self.table.accepted(&request).await.map_err(failed)?;
            match before {
                Some(EarlierAcceptance::Another) => return Err(CommandError::KeyReused),
                Some(EarlierAcceptance::Same(Some(answer))) => return Ok(answer),
                Some(EarlierAcceptance::Same(None)) | None => {}
            }
            let answer = self.accept(&request, command.clone(), now).await;
            // Of two concurrent requests, the second gets the answer of the first.
            let may_be_overtaken = beginning < BEGINNINGS_MAX && before.is_none() && answer.is_err();
            if !may_be_overtaken || self.table.accepted(&request).await.map_err(failed)?.is_none() {
                return answer;
            }
            beginning += 1;
        }
    }

    async fn accept(&self, request: &Request, command: Command, now: Instant) -> Result<Value, CommandError> {
        let table = self.table.accepting(request);
        let hand = Hand::at(Via::Api, self.who());
        let answer = self.make(&table, now, command, &hand).await.map_err(CommandError::Failure)?;
        self.table.accept(request, Some(&answer)).await.map_err(failed)?;
        Ok(answer)
    }
}

/// Reads a command as given by a person, and requires the scope that it needs.
fn read_as(
    access: &StaffAccess,
    name: CommandName,
    fields: Map<String, Value>,
) -> Result<Command, CommandError> {
    if let Some(scope) = scope_of(name) {
        access.require(scope).map_err(CommandError::Access)?;
    }
    Command::read(&signed(name, fields, access.staff_id())).map_err(CommandError::Input)
}

fn failed(error: table::TableError) -> CommandError {
    CommandError::Failure(error.into())
}

#[cfg(test)]
mod tests {
    use events::command::Presence;
    use serde_json::json;

    use super::*;

    fn of_scope(scope: Option<Scope>) -> Vec<&'static str> {
        let own = CommandName::ALL.iter().filter(|command| scope_of(**command) == scope);
        own.map(|command| command.as_str()).collect()
    }

    #[test]
    fn bills_are_finances_and_what_shows_something_is_for_both() {
        assert_eq!(of_scope(Some(Scope::Finance)), ["mark_invoiced"]);
        let shows = of_scope(None);
        let reads = |name: &&str| *name == "search" || name.starts_with("list_") || name.starts_with("show_");
        assert!(shows.iter().all(reads), "{shows:?}");
        let staffs = of_scope(Some(Scope::Staff));
        assert_eq!(shows.len() + 1 + staffs.len(), CommandName::ALL.len());
        assert!(!staffs.iter().any(reads));
    }

    #[test]
    fn a_command_is_signed_by_the_person_of_the_token_whatever_its_fields_say() {
        let ann: StaffId = "ann".parse().unwrap();
        let written = |name, fields: Value| signed(name, fields.as_object().unwrap().clone(), &ann);
        let decision = json!({ "void_id": "v-1", "decided_by": "bob", "command": "file_claim" });
        let signed_by_ann = json!({ "void_id": "v-1", "decided_by": "ann", "command": "decide_void" });
        assert_eq!(written(CommandName::DecideVoid, decision), signed_by_ann);
        let shown = json!({ "month": "2026-06", "command": "list_notices" });
        assert_eq!(written(CommandName::ListNotices, json!({ "month": "2026-06" })), shown);
    }

    #[test]
    fn every_change_is_signed_and_who_need_not_sign_is_named_by_the_invocation() {
        let signed = |name: &CommandName| {
            let by = name.signed_by()?;
            let field = name.fields().iter().find(|field| field.name == by).unwrap();
            let needed = if field.presence == Presence::Required { "" } else { "?" };
            Some(format!("{} {by}{needed}", name.as_str()))
        };
        let signed: Vec<String> = CommandName::ALL.iter().filter_map(signed).collect();
        assert_eq!(signed.len(), CommandName::ALL.iter().filter(|name| name.changes()).count());
        let (optional, required): (Vec<_>, Vec<_>) = signed.iter().partition(|signed| signed.ends_with('?'));
        assert!(optional.iter().all(|signed| signed.ends_with(" by?")), "{optional:?}");
        let expected = [
            "raise_exclusion raised_by",
            "decide_exclusion decided_by",
            "withdraw_exclusion by",
            "void_checks raised_by",
            "decide_void decided_by",
            "review_claim by",
            "review_statement by",
            "restate_month by",
            "decide_change by",
        ];
        assert_eq!(required, expected);
    }
}
