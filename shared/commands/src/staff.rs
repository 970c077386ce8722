//! A person at the desk: what they do is noted under the id of their token, whatever a command says.

use access::{Refusal, Scope, StaffAccess};
use events::{Command, InputError};
use outcome::Failure;
use serde_json::{Map, Value};
use sla::id::StaffId;
use sla::{CustomerId, Instant};
use table::{Accepted, CustomerView, Request, Table};

/// How often a request is begun: once, and again if the same one was accepted while it was under way.
const BEGINNINGS_MAX: usize = 2;

/// The table as a member of staff may see and change it.
#[derive(Debug, Clone)]
pub struct Staff {
    table: Table,
    access: StaffAccess,
}

/// Why a command of a person was not carried out.
#[derive(Debug)]
pub enum Refused {
    /// It is not theirs to give.
    Access(Refusal),
    /// It cannot be read.
    Input(InputError),
    /// Its key was accepted for another one.
    Reused,
    /// The desk refuses it, or something failed.
    Failure(Failure),
}

/// Returns the field of a command that says who gives it: at the desk that is the person of the token.
pub fn who_gives(command: &str) -> Option<&'static str> {
    match command {
        "raise_exclusion" | "void_checks" => Some("raised_by"),
        "decide_exclusion" | "decide_void" => Some("decided_by"),
        "withdraw_exclusion" | "review_claim" | "review_statement" | "restate_month"
        | "replay_quarantine" => Some("by"),
        _ => None,
    }
}

/// Returns whose matter a command is: bills are finance's, looking is for both, all else is staff's.
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
    /// Takes the table, for a person who was verified.
    pub fn new(table: &Table, access: StaffAccess) -> Self {
        Self { table: table.clone(), access }
    }

    /// The table.
    pub const fn table(&self) -> &Table {
        &self.table
    }

    /// The person's id, under which everything is noted.
    pub const fn staff_id(&self) -> &StaffId {
        self.access.staff_id()
    }

    /// The person, as the issuer names them.
    pub fn who(&self) -> &str {
        self.access.who()
    }

    /// Says whether something of a scope is theirs to do.
    pub fn may(&self, scope: Scope) -> bool {
        self.access.require(scope).is_ok()
    }

    /// Requires a scope for what is to be done.
    ///
    /// # Errors
    /// A person without it.
    pub fn require(&self, scope: Scope) -> Result<(), Refusal> {
        self.access.require(scope)
    }

    /// What a customer sees.
    pub fn seen_by(&self, customer_id: CustomerId) -> CustomerView {
        self.table.seen_by(&self.access, customer_id)
    }

    /// Runs a command as this person: whoever it says gives it is them.
    ///
    /// # Errors
    /// A command that is not theirs to give, that cannot be read, or that is refused.
    pub async fn run(&self, name: &str, fields: Map<String, Value>, now: Instant) -> Result<Value, Refused> {
        let (command, _) = self.read(name, fields)?;
        crate::run(&self.table, now, command).await.map_err(Refused::Failure)
    }

    /// Runs a command as this person under the key of its request: for 30 days after it was accepted, the key has the
    /// same answer, and takes no other command. A refused one leaves nothing.
    ///
    /// # Errors
    /// A command that is not theirs to give, that cannot be read, or that is refused; another one under its key.
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
            // Of two that come at once, the second is answered what the first came to.
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

    /// Reads a command as this person's; says whether it may change something.
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
