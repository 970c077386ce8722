//! Roles of the escalation chain: their people, set as a whole.

use std::collections::{BTreeMap, BTreeSet};

use events::command::{ListRoles, SetRole};
use events::notice::EscalatedTo;
use outcome::Failure;
use serde::Serialize;
use serde_json::{Value, json};
use sla::duty::DutyPerson;
use sla::ticket::Level;
use sla::{Instant, Month, Zone};
use table::{ROLES_MAX, Role, Table, TableError, Versioned};

use crate::Desk;
use crate::answers::{saved, shown};

/// A role as it is now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RoleNow {
    /// The name, as the terms have it.
    pub role: String,
    /// True if the terms in force escalate to it.
    pub is_named: bool,
    /// The people.
    pub people: Vec<DutyPerson>,
    /// Whom an escalation would reach now; `None` if the role has no people.
    pub reaches: Option<EscalatedTo>,
}

/// Lists the roles of the terms in force, in the order of their chains, then others that have people.
///
/// # Errors
/// Returns a [`TableError`] if DynamoDB fails.
pub async fn roles_now(table: &Table, now: Instant) -> Result<Vec<RoleNow>, TableError> {
    let book = table.terms_now(now).await?;
    let levels = &book.in_force(Month::of(now, Zone::UTC)).levels;
    let set = table.roles().await?;
    let mut people: BTreeMap<String, Vec<DutyPerson>> =
        set.into_iter().map(|own| (own.role, own.people)).collect();
    let steps = Level::ALL.into_iter().flat_map(|level| &levels.promise(level).escalation);
    let mut named = Vec::new();
    let mut seen = BTreeSet::new();
    for step in steps.filter(|step| seen.insert(&step.role)) {
        named.push((step.role.clone(), true, people.remove(&step.role).unwrap_or_default()));
    }
    let others = people.into_iter().filter(|(_, people)| !people.is_empty());
    let all = named.into_iter().chain(others.map(|(role, people)| (role, false, people)));
    let now = |(role, is_named, people): (String, bool, Vec<DutyPerson>)| RoleNow {
        reaches: EscalatedTo::of(&people, now),
        role,
        is_named,
        people,
    };
    Ok(all.map(now).collect())
}

impl Desk<'_> {
    /// Sets the people of a role.
    pub async fn set_role(&self, command: SetRole) -> Result<Value, Failure> {
        let role = Role { role: command.role.as_str().to_owned(), people: command.people.into_vec() };
        let answer = shown(&role)?;
        self.settle("set a role", || async {
            let found = self.table.role(&role.role).await?;
            if found.as_ref().is_some_and(|found| found.value == role) {
                return Ok(Some(answer.clone()));
            }
            if found.is_none() && self.table.roles().await?.len() >= ROLES_MAX {
                return Err(Failure::Conflict(format!(
                    "role: there are {ROLES_MAX} roles, the maximum: use one of them, as list_roles names them"
                )));
            }
            let version = found.and_then(|found| found.version);
            let role = Versioned { value: role.clone(), version };
            Ok(saved(self.table.save_role(&role).await?, answer.clone()))
        })
        .await
    }

    /// Lists the roles, and who is on duty now.
    pub async fn list_roles(&self, command: ListRoles) -> Result<Value, Failure> {
        let mut roles = roles_now(self.table, self.now).await?;
        roles.retain(|own| command.role.as_ref().is_none_or(|role| role.as_str() == own.role));
        Ok(json!({ "roles": roles }))
    }
}
