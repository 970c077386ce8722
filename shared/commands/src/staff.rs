//! Commands of a signed-in person: recorded under the id of their token, whatever the command names.

use access::{Refusal, Scope, StaffAccess};
use events::{Command, InputError};
use outcome::Failure;
use serde_json::{Map, Value};
use sla::id::StaffId;
use sla::{CustomerId, Instant};
use table::{Accepted, CustomerView, Request, Table};

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
pub enum Refused {
    /// The person lacks the scope.
    Access(Refusal),
    /// The command cannot be read.
    Input(InputError),
    /// The key was accepted for another command.
    Reused,
    /// The command is refused, or failed.
    Failure(Failure),
}

/// Returns the field of a command that names its giver, which is the person of the token.
pub fn who_gives(command: &str) -> Option<&'static str> {
    match command {
        "raise_exclusion" | "void_checks" => Some("raised_by"),
        "decide_exclusion" | "decide_void" => Some("decided_by"),
        "withdraw_exclusion" | "review_claim" | "review_statement" | "restate_month"
        | "replay_quarantine" => Some("by"),
        _ => None,
    }
}

/// Returns the scope that a command needs: finance for bills, none for queries, staff for all others.
fn scope_of(command: &Command) -> Option<Scope> {
    match command {
        Command::MarkInvoiced(_) => Some(Scope::Finance),
        Command::ListAlarms(_)
        | Command::ListClaims(_)
        | Command::ListNotices(_)
        | Command::ListQuarantine(_)
        | Command::ListServices(_)
        | Command::ShowService(_)
        | Command::ShowStatement(_)
        | Command::ShowTicket(_) => None,
        _ => Some(Scope::Staff),
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

    /// Returns the read-only view of a customer.
    pub fn seen_by(&self, customer_id: CustomerId) -> CustomerView {
        self.table.seen_by(&self.access, customer_id)
    }

    /// Runs a command as given by this person, whoever it names.
    ///
    /// # Errors
    /// Returns a [`Refused`] if the command is out of scope, cannot be read, or is refused.
    pub async fn run(&self, name: &str, fields: Map<String, Value>, now: Instant) -> Result<Value, Refused> {
        let (command, _) = self.read(name, fields)?;
        crate::run(&self.table, now, command).await.map_err(Refused::Failure)
    }

    /// Runs a command as given by this person under an idempotency key. For 30 days after an acceptance the
    /// key returns the same answer, and rejects any other command. A refusal leaves no trace.
    ///
    /// # Errors
    /// Returns a [`Refused`] as [`Staff::run`] does, or if the key was used for another command.
    pub async fn run_once(
        &self,
        key: &str,
        name: &str,
        fields: Map<String, Value>,
        now: Instant,
    ) -> Result<Value, Refused> {
        let content = serde_json::to_string(&(name, &fields)).map_err(Failure::unexpected);
        let content = content.map_err(Refused::Failure)?;
        let (command, changes) = self.read(name, fields)?;
        if !changes {
            return crate::run(&self.table, now, command).await.map_err(Refused::Failure);
        }
        let mut beginning = 1;
        loop {
            let request = Request::of_staff(&self.access, key, &content, now);
            let before = self.table.accepted(&request).await.map_err(failed)?;
            match before {
                Some(Accepted::Another) => return Err(Refused::Reused),
                Some(Accepted::Same(Some(answer))) => return Ok(answer),
                Some(Accepted::Same(None)) | None => {}
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

    async fn accept(&self, request: &Request, command: Command, now: Instant) -> Result<Value, Refused> {
        let table = self.table.accepting(request);
        let answer = crate::run(&table, now, command).await.map_err(Refused::Failure)?;
        self.table.accept(request, Some(&answer)).await.map_err(failed)?;
        Ok(answer)
    }

    /// Reads a command as given by this person; the flag is true if it may change something.
    fn read(&self, name: &str, mut fields: Map<String, Value>) -> Result<(Command, bool), Refused> {
        fields.insert("command".to_owned(), name.into());
        if let Some(field) = who_gives(name) {
            fields.insert(field.to_owned(), self.staff_id().as_str().into());
        }
        let command = Command::read(&Value::Object(fields)).map_err(Refused::Input)?;
        let scope = scope_of(&command);
        if let Some(scope) = scope {
            self.access.require(scope).map_err(Refused::Access)?;
        }
        Ok((command, scope.is_some()))
    }
}

fn failed(error: table::TableError) -> Refused {
    Refused::Failure(error.into())
}
