//! Answers: the same one to a repeated command, a refusal to another with its id, a retry after a conflict.

use std::collections::BTreeSet;
use std::fmt::Display;

use outcome::Failure;
use serde::Serialize;
use serde_json::Value;
use sla::ServiceId;
use table::{Committed, ObjectRecord, Versioned, until_written};

use crate::Desk;

/// The outcome of an attempt: an answer, or `None` if another writer was faster.
pub type Attempt = Result<Option<Value>, Failure>;

impl Desk<'_> {
    /// Retries an attempt until no other writer is faster.
    pub async fn settle<F: Future<Output = Attempt>>(
        &self,
        operation: &'static str,
        attempt: impl Fn() -> F,
    ) -> Result<Value, Failure> {
        until_written(operation, attempt).await
    }

    /// Returns the earlier answer to the command that made an object; refuses another one with the same id.
    pub fn answer_again<T>(&self, made: &ObjectRecord<T>, field: &str, id: &dyn Display) -> Attempt {
        match made.answer_to(&self.by) {
            Some(answer) => Ok(Some(answer.clone())),
            None => Err(taken(field, id)),
        }
    }

    /// Builds a new object, ready to be saved, and its answer.
    pub fn make<T: Serialize>(&self, object: T) -> Result<(Versioned<ObjectRecord<T>>, Value), Failure> {
        let answer = shown(&object)?;
        let made = ObjectRecord::new(object, self.by.clone(), answer.clone());
        Ok((Versioned { value: made, version: None }, answer))
    }

    /// Changes an object, ready to be saved, and returns it with its answer.
    pub fn change<T: Serialize>(
        &self,
        read: Versioned<ObjectRecord<T>>,
        object: T,
    ) -> Result<(Versioned<ObjectRecord<T>>, Value), Failure> {
        let answer = shown(&object)?;
        let made = read.value.changed(object, self.by.clone(), answer.clone());
        Ok((Versioned { value: made, version: read.version }, answer))
    }

    /// Requires that all services are registered.
    pub async fn require_services(&self, ids: &BTreeSet<ServiceId>) -> Result<(), Failure> {
        let wanted: Vec<ServiceId> = ids.iter().cloned().collect();
        let found = self.table.services(&wanted).await?;
        match wanted.iter().find(|id| found.iter().all(|service| service.service_id != **id)) {
            Some(id) => Err(unknown("services", id, "register it with register_service, or leave it out")),
            None => Ok(()),
        }
    }
}

/// Returns the answer if the write was committed.
pub fn saved(committed: Committed, answer: Value) -> Option<Value> {
    match committed {
        Committed::Done => Some(answer),
        Committed::Conflict => None,
    }
}

/// Renders an answer as JSON.
pub fn shown(object: &impl Serialize) -> Result<Value, Failure> {
    serde_json::to_value(object).map_err(Failure::unexpected)
}

/// Returns the refusal of an unknown id.
pub fn unknown(field: &str, id: &dyn Display, remedy: &str) -> Failure {
    Failure::NotFound(format!("{field}: `{id}` is not known: {remedy}"))
}

/// Returns the refusal of an id that exists with other content.
fn taken(field: &str, id: &dyn Display) -> Failure {
    Failure::Conflict(format!(
        "{field}: `{id}` exists with other content: repeat the command as it was, or choose another id"
    ))
}
