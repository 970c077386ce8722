//! A person at the desk: what they do is noted under the id of their token, whatever a command says.

use access::{Refusal, Scope, StaffAccess};
use events::{Command, InputError};
use serde_json::{Map, Value};
use shell::Failure;
use sla::id::StaffId;
use sla::{CustomerId, Instant};
use table::{CustomerView, Remembered, Table, TableError};

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
    /// The desk refuses it, or something failed.
    Failure(Failure),
}

/// Returns the field of a command that says who gives it: at the desk that is the person of the token.
pub fn who_gives(command: &str) -> Option<&'static str> {
    match command {
        "raise_exclusion" | "void_checks" => Some("raised_by"),
        "decide_exclusion" | "decide_void" => Some("decided_by"),
        "withdraw_exclusion" | "review_claim" | "review_statement" | "restate_month" => Some("by"),
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

    /// Remembers a request of this person under its key, or finds it.
    ///
    /// # Errors
    /// What DynamoDB answers.
    pub async fn remember(&self, key: &str, content: &str, now: Instant) -> Result<Remembered, TableError> {
        self.table.remember_of_staff(&self.access, key, content, now).await
    }

    /// Runs a command as this person: whoever it says gives it is them.
    ///
    /// # Errors
    /// A command that is not theirs to give, that cannot be read, or that is refused.
    pub async fn run(
        &self,
        name: &str,
        mut fields: Map<String, Value>,
        now: Instant,
    ) -> Result<Value, Refused> {
        fields.insert("command".to_owned(), name.into());
        if let Some(field) = who_gives(name) {
            fields.insert(field.to_owned(), self.staff_id().as_str().into());
        }
        let command = Command::read(&Value::Object(fields)).map_err(Refused::Input)?;
        if let Some(scope) = scope_of(&command) {
            self.access.require(scope).map_err(Refused::Access)?;
        }
        crate::run(&self.table, now, command).await.map_err(Refused::Failure)
    }
}
