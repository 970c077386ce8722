//! The quarantine: listed in pages, and replayed once mended.

use events::desk::{ListQuarantine, ReplayQuarantine};
use events::ticket::read_ticket_event;
use serde_json::{Value, json};
use shell::Failure;
use sla::id::QuarantineId;
use table::{ChangedTicket, Outcome, Quarantined, ReceivedEvent, Source};

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
            let payloads = |list, one| payloads(&found.thing, payload.as_ref(), list, one);
            let outcomes = match found.thing.source {
                Source::Check | Source::Record => self.replay_checks(&payloads("checks", "check")?).await?,
                Source::TicketEvent | Source::TicketRecord => {
                    self.replay_ticket_events(&payloads("events", "ticket event")?).await?
                }
                Source::Outbox => return Err(still_due(&id)),
            };
            let count = |wanted| outcomes.iter().filter(|outcome| **outcome == wanted).count();
            let (accepted, duplicates) = (count(Outcome::Accepted), count(Outcome::Duplicate));
            let answer = json!({
                "quarantine_id": id, "accepted": accepted, "duplicates": duplicates, "quarantined": [],
            });
            self.note_replayed(&mut found, answer).await
        })
        .await
    }

    async fn replay_checks(&self, payloads: &[Value]) -> Result<Vec<Outcome>, Failure> {
        let read = self.table.receive(payloads.to_vec()).await?.into_iter();
        let received = read.map(|read| read.map_err(|(_, error)| still_refused(&error)));
        let received = received.collect::<Result<Vec<_>, Failure>>()?;
        if let Some(error) = self.table.refusal(&received, self.now).await? {
            return Err(still_refused(&error));
        }
        Ok(self.table.record(&received, self.now).await?.whole()?)
    }

    /// Takes ticket events in; the sweep of `keep-deadlines` makes the schedules that they need.
    async fn replay_ticket_events(&self, payloads: &[Value]) -> Result<Vec<Outcome>, Failure> {
        let read = |raw: &Value| {
            let event = read_ticket_event(raw).map_err(|error| still_refused(&error))?;
            Ok(ReceivedEvent { event, raw: raw.clone() })
        };
        let received = payloads.iter().map(read).collect::<Result<Vec<_>, Failure>>()?;
        if let Some(error) = self.table.ticket_refusal(&received, self.now).await? {
            return Err(still_refused(&error));
        }
        let (outcomes, changed) = self.table.record_tickets(&received, self.now).await?;
        for ChangedTicket { ticket, claims, .. } in &changed {
            for event in claims {
                self.table.compare_claims(&ticket.ticket_id, event, self.now).await?;
            }
        }
        Ok(outcomes)
    }

    async fn note_replayed(&self, found: &mut table::Versioned<Quarantined>, answer: Value) -> Attempt {
        if found.thing.replayed_at.is_some() {
            return Ok(Some(answer));
        }
        found.thing.replayed_at = Some(self.now);
        Ok(saved(self.table.replayed(found).await?, answer))
    }
}

/// Returns the checks or ticket events of quarantined input, or of what it was mended to.
fn payloads(
    quarantined: &Quarantined,
    mended: Option<&Value>,
    list: &str,
    one: &str,
) -> Result<Vec<Value>, Failure> {
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
    match parsed.get(list).and_then(Value::as_array) {
        Some(listed) if listed.is_empty() => {
            Err(still_refused(&format_args!("{list}: empty: give at least one {one}")))
        }
        Some(listed) => Ok(listed.clone()),
        None => Ok(vec![parsed]),
    }
}

/// Refuses to take in what never left the outbox.
fn still_due(id: &QuarantineId) -> Failure {
    Failure::Conflict(format!(
        "quarantine_id: `{id}` was never taken out of the outbox, from which this version cannot read it: \
         deploy a version that can, and the sweep of send-notices delivers it"
    ))
}

fn still_refused(error: &impl ToString) -> Failure {
    let error = error.to_string();
    Failure::BadRequest(format!("payload: still refused, nothing was changed: {error}"))
}
