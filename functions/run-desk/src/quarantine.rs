//! The quarantine: listed in pages, and replayed once mended.

use events::CheckEvent;
use events::desk::{ListQuarantine, ReplayQuarantine};
use serde_json::{Value, json};
use shell::Failure;
use table::{Outcome, Quarantined, Received};

use crate::Desk;
use crate::answers::{Attempt, saved, shown, unknown};

/// Quarantined inputs of one page.
const PAGE_MAX: usize = 100;
/// Bytes of one page: Lambda answers at most 6 MB, one input is at most 300 KB and its error.
const PAGE_BYTES_MAX: usize = 5_000_000;

impl Desk<'_> {
    /// Lists a page of the quarantine; `next` is there if there is more.
    pub async fn list_quarantine(&self, command: ListQuarantine) -> Result<Value, Failure> {
        let listed = self.table.list_quarantine(command.after.as_ref(), PAGE_MAX + 1).await?;
        let (mut page, mut bytes, mut last) = (Vec::new(), 0, None);
        for quarantined in &listed {
            let value = shown(quarantined)?;
            bytes += value.to_string().len();
            if page.len() == PAGE_MAX || (bytes > PAGE_BYTES_MAX && !page.is_empty()) {
                return Ok(json!({ "quarantined": page, "next": last }));
            }
            page.push(value);
            last = Some(&quarantined.quarantine_id);
        }
        Ok(json!({ "quarantined": page }))
    }

    /// Takes quarantined input in, as it was kept or as it was mended; all of it or nothing.
    pub async fn replay_quarantine(&self, command: ReplayQuarantine) -> Result<Value, Failure> {
        let ReplayQuarantine { quarantine_id: id, payload } = command;
        self.settle("replay quarantined input", || async {
            let found = self.table.quarantined(&id).await?;
            let mut found =
                found.ok_or_else(|| unknown("quarantine_id", &id, "look it up with list_quarantine"))?;
            let received = received(&found.thing, payload.as_ref())?;
            if let Some(error) = self.table.refusal(&received, self.now).await? {
                return Err(still_refused(&error));
            }
            let outcomes = self.table.record(&received, self.now).await?;
            let count = |wanted| outcomes.iter().filter(|outcome| **outcome == wanted).count();
            let (accepted, duplicates) = (count(Outcome::Accepted), count(Outcome::Duplicate));
            let answer = json!({
                "quarantine_id": id, "accepted": accepted, "duplicates": duplicates, "quarantined": [],
            });
            self.note_replayed(&mut found, answer).await
        })
        .await
    }

    async fn note_replayed(&self, found: &mut table::Versioned<Quarantined>, answer: Value) -> Attempt {
        if found.thing.replayed_at.is_some() {
            return Ok(Some(answer));
        }
        found.thing.replayed_at = Some(self.now);
        Ok(saved(self.table.replayed(found).await?, answer))
    }
}

/// Reads the checks of quarantined input, or of what it was mended to.
fn received(quarantined: &Quarantined, mended: Option<&Value>) -> Result<Vec<Received>, Failure> {
    let payload = match mended {
        Some(payload) => payload,
        None if quarantined.whole => &quarantined.payload,
        None => {
            return Err(Failure::BadRequest(format!(
                "payload: missing: only a prefix of the {} bytes was kept: give the mended input",
                quarantined.length
            )));
        }
    };
    let parsed = match payload {
        Value::String(text) => events::parse(text.as_bytes()).map_err(|error| still_refused(&error))?,
        value => value.clone(),
    };
    let checks = match parsed.get("checks").and_then(Value::as_array) {
        Some(checks) => checks.clone(),
        None => vec![parsed],
    };
    if checks.is_empty() {
        return Err(still_refused(&"checks: empty: give at least one check"));
    }
    let read = |raw: Value| {
        let check = events::read::<CheckEvent>(&raw).map_err(|error| still_refused(&error))?;
        Ok(Received { check: check.into(), raw })
    };
    checks.into_iter().map(read).collect()
}

fn still_refused(error: &impl ToString) -> Failure {
    let error = error.to_string();
    Failure::BadRequest(format!("payload: still refused, nothing was changed: {error}"))
}
