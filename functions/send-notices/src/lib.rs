//! Publishes notices from the table's stream; the sweep catches everything that the stream lost.
//! parse → publish → mark as delivered. A fact for many customers is first fanned out, page by page.
//! An unreadable entry is quarantined, stays due, and holds back nothing.

use std::collections::BTreeSet;
use std::error::Error;

use events::input::{self, InputError};
use events::{Audience, NoticeRecord};
use notices::{Publisher, UndeliveredNotices};
use outcome::{Clock, Failure};
use serde_json::{Value, json};
use shell::{BatchReply, stream_records};
use sla::{CustomerId, Instant};
use table::outbox::{Entry, Fanout, UndeliveredNotice, Unreadable, due_of_image};
use table::{Circular, QuarantineEntry, Source, Table, TableError};

/// Limit on the entries of one sweep; the next sweep continues.
const SWEPT_MAX: usize = 1000;
/// Notices published before they are marked: the most that PublishBatch takes, and that a crash can repeat.
const PUBLISHED_AT_ONCE: usize = 10;
/// Pages that one event fans out; the sweep continues: 20,000 services, 50,000 customers.
const PAGES_MAX: usize = 1000;

/// Handles a stream batch, or `{"sweep": true}`.
///
/// # Errors
/// Returns `BadRequest` for any other event, a fault if the table or a topic fails during a sweep.
pub async fn handle(
    table: &Table,
    publisher: &Publisher,
    clock: &Clock,
    event: &[u8],
) -> Result<Value, Failure> {
    let (now, event) = (clock.now(), input::parse(event)?);
    if let Some(records) = stream_records(&event) {
        let reply = deliver_stream(table, publisher, now, &records).await;
        return serde_json::to_value(reply).map_err(Failure::unexpected);
    }
    match event.get("sweep") {
        Some(Value::Bool(true)) => sweep(table, publisher, now).await,
        _ => Err(InputError::new("the event is neither a batch of the stream nor {\"sweep\": true}").into()),
    }
}

/// Delivers the entries of a stream batch that the table confirms as due. An undeliverable entry stays due
/// for the sweep. Lambda repeats the whole batch only if the table could not be read or an entry not
/// quarantined.
async fn deliver_stream(
    table: &Table,
    publisher: &Publisher,
    now: Instant,
    records: &[(String, Option<&Value>)],
) -> BatchReply {
    let mut reply = BatchReply::default();
    if let Err(failure) = deliver_shown(table, publisher, now, records).await {
        tracing::error!(error_type = failure.error_type(), "cannot deliver notices: {}", failure.message());
        reply
            .failures
            .extend(records.first().map(|(number, _)| shell::FailedItem { identifier: number.clone() }));
    }
    reply
}

async fn deliver_shown(
    table: &Table,
    publisher: &Publisher,
    now: Instant,
    records: &[(String, Option<&Value>)],
) -> Result<(), Failure> {
    let (mut shown, mut keyless) = (Vec::new(), Vec::new());
    for image in records.iter().filter_map(|(_, image)| *image) {
        match due_of_image(image, now) {
            Ok(due) => shown.extend(due),
            Err(unreadable) => keyless.push(unreadable),
        }
    }
    let mut undone = table.still_due(shown, now).await?;
    undone.unreadable.extend(keyless);
    let set_aside = set_aside(table, now, undone.unreadable).await;
    if let Some(failure) = deliver(table, publisher, now, undone.entries).await.failure {
        tracing::warn!(error_type = failure.error_type(), "left to the sweep: {}", failure.message());
    }
    set_aside
}

/// Delivers everything due. Entries that a fan-out writes meanwhile are left to the stream.
async fn sweep(table: &Table, publisher: &Publisher, now: Instant) -> Result<Value, Failure> {
    let undone = table.undone(now, SWEPT_MAX).await?;
    let due = undone.entries.len();
    // An alarm watches this figure (infra/aws/alarms.yaml).
    let undelivered_for_s = undone.oldest_due_at.map_or(0, |due_at| now.epoch_s() - due_at.epoch_s());
    tracing::info!(undelivered_for_s, due, "swept the outbox");
    let set_aside = set_aside(table, now, undone.unreadable).await;
    let rest = deliver(table, publisher, now, undone.entries).await;
    rest.failure.map_or(set_aside, Err)?;
    Ok(json!({ "delivered": due - rest.entries }))
}

/// Quarantines unreadable entries: a retry cannot help, and they must not be forgotten.
async fn set_aside(table: &Table, now: Instant, all: Vec<Unreadable>) -> Result<(), Failure> {
    let mut set_aside = Ok(());
    for Unreadable { payload, error } in all {
        let cause = error.source().map(ToString::to_string).unwrap_or_default();
        let why =
            format!("{error}: {cause}: it stays in the outbox until a version that can read it is deployed");
        set_aside = set_aside.and(quarantine(table, now, &payload, &why).await);
    }
    set_aside
}

async fn quarantine(table: &Table, now: Instant, payload: &Value, why: &str) -> Result<(), Failure> {
    let error = InputError::new(format_args!("{why}; the sweep then delivers it"));
    let quarantined = QuarantineEntry::new(Source::Outbox, payload, error.to_string(), now)?;
    let quarantine_id = &quarantined.quarantine_id;
    tracing::error!(%quarantine_id, error = quarantined.error, "cannot deliver what is due in the outbox");
    Ok(table.quarantine(&quarantined).await?)
}

/// The undelivered entries of a run; they stay due.
#[derive(Default)]
struct RemainingEntries {
    /// Number of undelivered entries.
    entries: usize,
    /// The first failure that a retry may overcome.
    failure: Option<Failure>,
}

impl RemainingEntries {
    fn add(&mut self, entries: usize, failure: Failure) {
        self.entries += entries;
        self.failure.get_or_insert(failure);
    }
}

/// Delivers entries; one failure does not hold back the others.
async fn deliver(
    table: &Table,
    publisher: &Publisher,
    now: Instant,
    entries: Vec<Entry>,
) -> RemainingEntries {
    let mut notices: Vec<UndeliveredNotice> = Vec::new();
    let mut fanouts: Vec<Fanout> = Vec::new();
    let mut circulars: Vec<Circular> = Vec::new();
    for entry in entries {
        match entry {
            Entry::Notice(notice) => notices.push(*notice),
            Entry::Fanout(fanout) => fanouts.push(*fanout),
            Entry::Circular(circular) => circulars.push(*circular),
        }
    }
    let mut rest = RemainingEntries::default();
    publish(table, publisher, now, &notices, &mut rest).await;
    for Fanout { cause, .. } in fanouts {
        if let Err(error) = fan_out(table, &cause, now).await {
            tracing::error!(cause, error = &error as &dyn Error, "cannot tell a fact to all");
            rest.add(1, error.into());
        }
    }
    for Circular { cause, .. } in circulars {
        if let Err(error) = circulate(table, &cause, now).await {
            tracing::error!(cause, error = &error as &dyn Error, "cannot tell every customer");
            rest.add(1, error.into());
        }
    }
    rest
}

/// Publishes notices chunk by chunk and marks each chunk at once, so that a later crash cannot repeat it.
/// Stops trying once SNS does not answer.
async fn publish(
    table: &Table,
    publisher: &Publisher,
    now: Instant,
    notices: &[UndeliveredNotice],
    rest: &mut RemainingEntries,
) {
    let mut tried = 0;
    for some in notices.chunks(PUBLISHED_AT_ONCE) {
        tried += some.len();
        match publish_some(table, publisher, now, some, rest).await {
            Ok(true) => {}
            Ok(false) => break,
            Err(failure) => rest.add(some.len(), failure),
        }
    }
    rest.entries += notices.len() - tried;
}

/// Publishes some notices to their remaining recipients, first the audiences, then customers' own topics;
/// returns true if SNS answers.
async fn publish_some(
    table: &Table,
    publisher: &Publisher,
    now: Instant,
    some: &[UndeliveredNotice],
    rest: &mut RemainingEntries,
) -> Result<bool, Failure> {
    let customers =
        some.iter().filter(|undelivered| undelivered.record.audiences().contains(&Audience::Customer));
    let customers: BTreeSet<&CustomerId> =
        customers.filter_map(|undelivered| undelivered.record.customer_id.as_ref()).collect();
    let topics = table.own_topics(&customers).await?;
    let owed: Vec<_> =
        some.iter().map(|undelivered| (&undelivered.record, &undelivered.owed.audiences)).collect();
    let left = publisher.publish(&owed).await;
    let mut after = some.to_vec();
    for UndeliveredNotice { record, owed, .. } in &mut after {
        let is_left = |audience: &Audience| {
            left.iter().any(|left| left.audience == *audience && left.notice_ids.contains(&record.notice_id))
        };
        owed.audiences.retain(is_left);
    }
    // A customer's own topic gets a notice only once the customer audience has it.
    let is_next = |undelivered: &UndeliveredNotice| {
        undelivered.owed.own_topic && !undelivered.owed.audiences.contains(&Audience::Customer)
    };
    let next: Vec<&NoticeRecord> = after
        .iter()
        .filter(|undelivered| is_next(undelivered))
        .map(|undelivered| &undelivered.record)
        .collect();
    let left_own = publisher.publish_own(&next, &topics).await;
    for undelivered in after.iter_mut().filter(|undelivered| is_next(undelivered)) {
        let is_left = |left: &UndeliveredNotices| left.notice_ids.contains(&undelivered.record.notice_id);
        undelivered.owed.own_topic = left_own.iter().any(is_left);
    }
    let news = after.iter().zip(some).filter(|(after, before)| after.owed != before.owed);
    let news: Vec<UndeliveredNotice> = news.map(|(after, _)| after.clone()).collect();
    table.mark_delivered(&news).await?;
    let answers = !left.iter().chain(&left_own).any(|left| left.error.is_unanswered());
    // Other failures at own topics were logged while publishing, and do not fail the run.
    let left = left.into_iter().chain(left_own.into_iter().filter(|left| left.error.is_final()));
    if let Err(failure) = account_for(table, now, some, left).await {
        rest.failure.get_or_insert(failure);
    }
    rest.entries += after.iter().filter(|undelivered| !undelivered.owed.is_nothing()).count();
    Ok(answers)
}

/// Logs the unpublished notices with their errors and quarantines those that SNS will never accept; returns
/// the first error that a retry may overcome.
async fn account_for(
    table: &Table,
    now: Instant,
    some: &[UndeliveredNotice],
    all: impl Iterator<Item = UndeliveredNotices>,
) -> Result<(), Failure> {
    let mut accounted = Ok(());
    for UndeliveredNotices { audience, notice_ids, error } in all {
        tracing::error!(
            audience = audience.as_str(),
            ?notice_ids,
            error = &error as &dyn Error,
            "cannot publish notices"
        );
        if !error.is_final() {
            accounted = accounted.and(Err(error.into()));
            continue;
        }
        let why =
            format!("{error}: it stays in the outbox until a version is deployed whose message SNS accepts");
        for undelivered in
            some.iter().filter(|undelivered| notice_ids.contains(&undelivered.record.notice_id))
        {
            accounted = accounted.and(quarantine(table, now, &undelivered.payload()?, &why).await);
        }
    }
    accounted
}

/// Notifies all services of one fact, page by page.
async fn fan_out(table: &Table, cause: &str, now: Instant) -> Result<(), TableError> {
    for _ in 0..PAGES_MAX {
        if !table.fan_out(cause, now).await? {
            break;
        }
    }
    Ok(())
}

/// Notifies all customers, page by page.
async fn circulate(table: &Table, cause: &str, now: Instant) -> Result<(), TableError> {
    for _ in 0..PAGES_MAX {
        if !table.circulate(cause, now).await? {
            break;
        }
    }
    Ok(())
}
