//! The quarantine: listed in pages with its replays, and replayed once corrected. Architecture invariant:
//! each content is processed once, and recorded with the person who ordered it before any of it is processed.

use events::InputError;
use events::command::{ListQuarantine, ReplayQuarantine};
use outcome::Failure;
use serde_json::{Value, json};
use sla::id::{QuarantineId, StaffId};
use table::{
    ChangedTicket, OpenedWebhooks, Outcome, QuarantineEntry, REPLAYS_MAX, ReceivedCheck, ReceivedEvent,
    Replay, ReplayOutcome, ReportKind, Source, Versioned, WHOLE_BYTES_MAX,
};

use crate::Desk;
use crate::answers::{Attempt, saved, shown, unknown};

/// Quarantined inputs on one page.
const PAGE_MAX: usize = 100;
/// Bytes of one page: Lambda answers at most 6 MB, and one input has at most 300 KB and its error.
const PAGE_BYTES_MAX: usize = 5_000_000;

impl Desk<'_> {
    /// Lists a page of the quarantine; `next` is present if there are more.
    pub async fn list_quarantine(&self, command: ListQuarantine) -> Result<Value, Failure> {
        let listed = self.table.list_quarantine(command.after.as_ref(), PAGE_MAX + 1).await?;
        let (mut page, mut bytes, mut last) = (Vec::new(), 0, None);
        for quarantined in &listed {
            let value = self.with_contents(quarantined).await?;
            bytes += value.to_string().len();
            if page.len() == PAGE_MAX || (bytes > PAGE_BYTES_MAX && !page.is_empty()) {
                return Ok(json!({ "quarantined": page, "next": last }));
            }
            page.push(value);
            last = Some(&quarantined.quarantine_id);
        }
        Ok(json!({ "quarantined": page }))
    }

    /// Shows quarantined input, with the corrected content beside each replay.
    async fn with_contents(&self, quarantined: &QuarantineEntry) -> Result<Value, Failure> {
        let mut value = shown(quarantined)?;
        for (nth, replay) in quarantined.replays.iter().enumerate().filter(|(_, replay)| replay.is_changed) {
            let content = self.table.replayed_content(&quarantined.quarantine_id, replay).await?;
            if let Some(replay) = value.pointer_mut(&format!("/replays/{nth}")).and_then(Value::as_object_mut)
            {
                replay.insert("payload".to_owned(), content.unwrap_or_default());
            }
        }
        Ok(value)
    }

    /// Processes quarantined input, as kept or as corrected, all or nothing. The same content is processed
    /// once; a repetition gets the same answer.
    pub async fn replay_quarantine(&self, command: ReplayQuarantine) -> Result<Value, Failure> {
        let ReplayQuarantine { quarantine_id: id, payload, by } = command;
        let by = by.unwrap_or_else(StaffId::direct);
        self.settle("replay quarantined input", || async {
            let found = self.table.quarantined(&id).await?;
            let found =
                found.ok_or_else(|| unknown("quarantine_id", &id, "look it up with list_quarantine"))?;
            if found.value.source == Source::Outbox {
                return Err(still_due(&id));
            }
            let content = content(&found.value, payload.as_ref())?;
            let digest = digest(&content);
            let before = found.value.replays.iter().position(|replay| replay.content == digest);
            match before.and_then(|nth| found.value.replays[nth].outcome) {
                Some(outcome) => Ok(Some(answer(&id, outcome))),
                None => Box::pin(self.take_in(found, before, content, (digest, &by))).await,
            }
        })
        .await
    }

    /// Records a new replay, or processes one recorded before and records its outcome.
    async fn take_in(
        &self,
        mut found: Versioned<QuarantineEntry>,
        noted: Option<usize>,
        content: Value,
        (digest, by): (String, &StaffId),
    ) -> Attempt {
        let is_of_checks = matches!(found.value.source, Source::Check | Source::Record);
        let (list, one, told) = match is_of_checks {
            true => ("checks", "check", ReportKind::Checks),
            false => ("events", "ticket event", ReportKind::Tickets),
        };
        let items = listed(&content, list, one)?;
        // Nothing is remembered before the order to replay it is noted.
        let opened = match noted {
            None => self.table.look_into(items, told).await?,
            Some(_) => self.table.adding_nothing().open(items, told, self.now).await?,
        };
        let payloads = payloads(&opened)?;
        let replayed = match told {
            ReportKind::Checks => self.read_checks(&opened, payloads).await?,
            ReportKind::Tickets => self.read_ticket_events(payloads).await?,
        };
        let Some(nth) = noted else {
            let replay = self.replay_of(&found.value, &content, (digest, by))?;
            found.value.replays.push(replay.clone());
            let changed = Some((&replay, &content)).filter(|_| replay.is_changed);
            // The stored replays are read again and processed, whether or not this write happened.
            return self.table.note_replays(&found, changed).await.map(|_| None).map_err(Failure::from);
        };
        // The order was noted when it was recorded: completing it is not another change, and the transactions
        // of checks have no room for more.
        let desk = Desk { table: &self.table.adding_nothing(), now: self.now, by: self.by.clone() };
        let outcomes = match replayed {
            Readable::Checks(checks) => desk.table.record(&checks, self.now).await?.whole()?,
            Readable::TicketEvents(events) => desk.record_ticket_events(&events).await?,
        };
        // What came in between may refuse an event that would have been taken.
        if let Some(Outcome::Refused(error)) = outcomes.iter().find(|o| matches!(o, Outcome::Refused(_))) {
            return Err(still_refused(error));
        }
        desk.table.note_recorded(&opened).await?;
        let count = |wanted| outcomes.iter().filter(|outcome| **outcome == wanted).count();
        let accepted = count(Outcome::Accepted) + opened.silent;
        let duplicates = count(Outcome::Duplicate) + opened.repeated;
        let outcome = ReplayOutcome { accepted, duplicates };
        found.value.replays[nth].outcome = Some(outcome);
        found.value.replayed_at.get_or_insert(self.now);
        let committed = desk.table.note_replays(&found, None).await?;
        Ok(saved(committed, answer(&found.value.quarantine_id, outcome)))
    }

    /// Builds the record of a new replay.
    fn replay_of(
        &self,
        input: &QuarantineEntry,
        content: &Value,
        (digest, by): (String, &StaffId),
    ) -> Result<Replay, Failure> {
        let is_changed = self::content(input, None).map_or(true, |own| own != *content);
        let bytes = content.to_string().len();
        if is_changed && bytes > WHOLE_BYTES_MAX {
            return Err(Failure::BadRequest(format!(
                "payload: has {bytes} bytes, and what input is mended to is kept: give at most {WHOLE_BYTES_MAX}, \
                 and send the rest as new input"
            )));
        }
        if input.replays.len() >= REPLAYS_MAX {
            return Err(Failure::Conflict(format!(
                "quarantine_id: `{}` was replayed with {REPLAYS_MAX} contents: send another one as new input",
                input.quarantine_id
            )));
        }
        Ok(Replay { at: self.now, by: by.clone(), content: digest, is_changed, outcome: None })
    }

    async fn read_checks(&self, opened: &OpenedWebhooks, payloads: Vec<Value>) -> Result<Readable, Failure> {
        let received = self.table.receive(payloads, self.now).await?;
        let mut checks = received.into_iter().collect::<Result<Vec<_>, _>>().map_err(unread)?;
        opened.note_silences(&mut checks);
        Ok(Readable::Checks(checks))
    }

    async fn read_ticket_events(&self, payloads: Vec<Value>) -> Result<Readable, Failure> {
        let received = self.table.receive_ticket_events(payloads, self.now).await?;
        let received = received.into_iter().collect::<Result<Vec<_>, _>>().map_err(unread)?;
        if let Some(error) = self.table.ticket_refusal(&received, self.now).await? {
            return Err(still_refused(&error));
        }
        Ok(Readable::TicketEvents(received))
    }

    /// Records ticket events; the sweep of `keep-deadlines` creates the schedules that they need.
    async fn record_ticket_events(&self, received: &[ReceivedEvent]) -> Result<Vec<Outcome>, Failure> {
        let (outcomes, changed) = self.table.record_tickets(received, self.now).await?;
        for ChangedTicket { ticket, claims, .. } in &changed {
            for event in claims {
                self.table.compare_claims(&ticket.ticket_id, event, self.now).await?;
            }
        }
        Ok(outcomes)
    }
}

/// Input that can be processed.
enum Readable {
    Checks(Vec<ReceivedCheck>),
    TicketEvents(Vec<ReceivedEvent>),
}

fn answer(id: &QuarantineId, ReplayOutcome { accepted, duplicates }: ReplayOutcome) -> Value {
    json!({ "quarantine_id": id, "accepted": accepted, "duplicates": duplicates, "quarantined": [] })
}

/// Returns the digest that names a content: the same JSON gives the same digest, however it is formatted.
fn digest(content: &Value) -> String {
    sla::sha256_hex(content.to_string().as_bytes())
}

/// Returns the corrected content, or else that of the quarantined input.
fn content(quarantined: &QuarantineEntry, mended: Option<&Value>) -> Result<Value, Failure> {
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
    match payload {
        Value::String(text) => events::parse(text.as_bytes()).map_err(|error| still_refused(&error)),
        value => Ok(value.clone()),
    }
}

/// Returns what was found in webhooks and beside them; none of it may be refused.
fn payloads(opened: &OpenedWebhooks) -> Result<Vec<Value>, Failure> {
    match opened.refused.first() {
        Some((_, _, error)) => Err(still_refused(error)),
        None => Ok(opened.items.iter().map(|(_, payload)| payload.clone()).collect()),
    }
}

/// Returns the checks or ticket events in a content.
fn listed(content: &Value, list: &str, one: &str) -> Result<Vec<Value>, Failure> {
    match content.get(list).and_then(Value::as_array) {
        Some(listed) if listed.is_empty() => {
            Err(still_refused(&format_args!("{list}: empty: give at least one {one}")))
        }
        Some(listed) => Ok(listed.clone()),
        None => Ok(vec![content.clone()]),
    }
}

/// Returns the refusal to replay an entry that is still in the outbox.
fn still_due(id: &QuarantineId) -> Failure {
    Failure::Conflict(format!(
        "quarantine_id: `{id}` was never taken out of the outbox, from which this version cannot read it: \
         deploy a version that can, and the sweep of send-notices delivers it"
    ))
}

fn unread((_, error): (Value, InputError)) -> Failure {
    still_refused(&error)
}

fn still_refused(error: &impl ToString) -> Failure {
    let error = error.to_string();
    Failure::BadRequest(format!("payload: still refused, nothing was changed: {error}"))
}
