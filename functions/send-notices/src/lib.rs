//! Publishes notices from the table's stream; the sweep is the backstop for what the stream lost.
//! parse → publish → mark as delivered; a fact for many, or for all, is first told to them, page by page.
//! What cannot be read is quarantined, stays due, and holds back nothing.

use std::collections::BTreeSet;
use std::error::Error;

use events::input::{self, InputError};
use events::{Audience, NoticeRecord};
use notices::Publisher;
use serde_json::{Value, json};
use shell::{BatchReply, Clock, Failure, stream_records};
use sla::{CustomerId, Instant};
use table::outbox::{Entry, Fanout, Undone, Unreadable, Untold, entry_of_image};
use table::{Circular, Quarantined, Source, Table, TableError};

/// Entries that one sweep takes up; the next one goes on with the rest.
const SWEPT_MAX: usize = 1000;
/// Pages of a fan-out that one event tells; the sweep goes on with the rest: 20,000 services, 50,000
/// customers.
const PAGES_MAX: usize = 1000;

/// Answers a batch of the stream, or `{"sweep": true}`.
///
/// # Errors
/// `BadRequest` for another event; a fault if the table or a topic fails during a sweep.
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

/// Delivers a batch of the stream; on a fault, all of it is to come again from the first record that is not done.
async fn deliver_stream(
    table: &Table,
    publisher: &Publisher,
    now: Instant,
    records: &[(String, Option<&Value>)],
) -> BatchReply {
    let mut reply = BatchReply::default();
    let mut due = Undone::default();
    for image in records.iter().filter_map(|(_, image)| *image) {
        match entry_of_image(image, now) {
            Ok(entry) => due.entries.extend(entry),
            Err(unreadable) => due.unreadable.push(unreadable),
        }
    }
    if let Err(failure) = deal_with(table, publisher, now, due).await {
        tracing::error!(error_type = failure.error_type(), "cannot deliver notices: {}", failure.message());
        reply
            .failures
            .extend(records.first().map(|(number, _)| shell::FailedItem { identifier: number.clone() }));
    }
    reply
}

/// Delivers what is due and undone. What a fan-out writes meanwhile is the stream's to deliver, not this sweep's.
async fn sweep(table: &Table, publisher: &Publisher, now: Instant) -> Result<Value, Failure> {
    let undone = table.undone(now, SWEPT_MAX).await?;
    let delivered = undone.entries.len();
    // An alarm looks at this figure (infra/aws/alarms.yaml).
    let undelivered_for_s = undone.oldest_due_at.map_or(0, |due_at| now.epoch_s() - due_at.epoch_s());
    tracing::info!(undelivered_for_s, delivered, "swept the outbox");
    deal_with(table, publisher, now, undone).await?;
    Ok(json!({ "delivered": delivered }))
}

/// Sets aside what cannot be read, and delivers the rest in any case.
async fn deal_with(
    table: &Table,
    publisher: &Publisher,
    now: Instant,
    undone: Undone,
) -> Result<(), Failure> {
    let mut set_aside = Ok(());
    for unreadable in undone.unreadable {
        set_aside = set_aside.and(quarantine(table, now, unreadable).await);
    }
    deliver(table, publisher, now, undone.entries).await.and(set_aside)
}

/// Quarantines what is due and cannot be read: trying again cannot help, and it must not be forgotten.
async fn quarantine(table: &Table, now: Instant, unreadable: Unreadable) -> Result<(), Failure> {
    let Unreadable { payload, error } = unreadable;
    let cause = error.source().map(ToString::to_string).unwrap_or_default();
    let error = InputError::new(format_args!(
        "{error}: {cause}: it stays in the outbox: deploy a version that can read it, and the sweep delivers \
         it"
    ));
    let quarantined = Quarantined::new(Source::Outbox, &payload, error.to_string(), now)?;
    let quarantine_id = &quarantined.quarantine_id;
    tracing::error!(%quarantine_id, error = quarantined.error, "cannot read what is due in the outbox");
    Ok(table.quarantine(&quarantined).await?)
}

async fn deliver(
    table: &Table,
    publisher: &Publisher,
    now: Instant,
    entries: Vec<Entry>,
) -> Result<(), Failure> {
    let mut notices: Vec<Untold> = Vec::new();
    let mut fanouts: Vec<Fanout> = Vec::new();
    let mut circulars: Vec<Circular> = Vec::new();
    for entry in entries {
        match entry {
            Entry::Notice(notice) => notices.push(*notice),
            Entry::Fanout(fanout) => fanouts.push(*fanout),
            Entry::Circular(circular) => circulars.push(*circular),
        }
    }
    // One fact that cannot be told does not hold back the others.
    let mut first_failure = publish(table, publisher, notices).await.err();
    for Fanout { cause, .. } in fanouts {
        if let Err(error) = fan_out(table, &cause, now).await {
            tracing::error!(cause, error = &error as &dyn Error, "cannot tell a fact to all");
            first_failure.get_or_insert(error.into());
        }
    }
    for Circular { cause, .. } in circulars {
        if let Err(error) = circulate(table, &cause, now).await {
            tracing::error!(cause, error = &error as &dyn Error, "cannot tell every customer");
            first_failure.get_or_insert(error.into());
        }
    }
    first_failure.map_or(Ok(()), Err)
}

/// Publishes notices to their audiences, then to the own topics of their customers, and marks as delivered those that no
/// topic refused. What only an own topic has not got stays due for the sweep, and is not told to the audiences again.
async fn publish(table: &Table, publisher: &Publisher, notices: Vec<Untold>) -> Result<(), Failure> {
    if notices.is_empty() {
        return Ok(());
    }
    let (owed, new): (Vec<Untold>, Vec<Untold>) =
        notices.into_iter().partition(|untold| untold.own_topic_only);
    let records: Vec<NoticeRecord> = new.iter().map(|untold| untold.record.clone()).collect();
    // An audience that cannot be told does not keep from an own topic what is owed to it alone.
    let (mut told, failure) = match publisher.publish(&records).await {
        Ok(refused) => {
            let told = new.into_iter().filter(|untold| !refused.contains(&untold.record.notice_id));
            let failure = (!refused.is_empty())
                .then(|| Failure::unexpected(format!("{} notices were refused by a topic", refused.len())));
            (told.collect::<Vec<Untold>>(), failure)
        }
        Err(error) => (Vec::new(), Some(error.into())),
    };
    told.extend(owed);
    publish_own(table, publisher, told).await?;
    failure.map_or(Ok(()), Err)
}

/// Publishes to own topics what the audiences have, and notes what became of it.
async fn publish_own(table: &Table, publisher: &Publisher, told: Vec<Untold>) -> Result<(), Failure> {
    let of_customers = told.iter().filter(|untold| untold.record.audiences().contains(&Audience::Customer));
    let customers: BTreeSet<&CustomerId> =
        of_customers.filter_map(|untold| untold.record.customer_id.as_ref()).collect();
    let topics = table.own_topics(&customers).await?;
    let records: Vec<&NoticeRecord> = told.iter().map(|untold| &untold.record).collect();
    let left = publisher.publish_own(&records, &topics).await;
    let (owed, delivered): (Vec<Untold>, Vec<Untold>) =
        told.into_iter().partition(|untold| left.contains(&untold.record.notice_id));
    let delivered: Vec<NoticeRecord> = delivered.into_iter().map(|untold| untold.record).collect();
    table.delivered(&delivered).await?;
    let newly_owed: Vec<Untold> = owed.into_iter().filter(|untold| !untold.own_topic_only).collect();
    Ok(table.owed_to_own_topic(&newly_owed).await?)
}

/// Tells a fact to its services, page after page.
async fn fan_out(table: &Table, cause: &str, now: Instant) -> Result<(), TableError> {
    for _ in 0..PAGES_MAX {
        if !table.fan_out(cause, now).await? {
            break;
        }
    }
    Ok(())
}

/// Tells every customer, page after page.
async fn circulate(table: &Table, cause: &str, now: Instant) -> Result<(), TableError> {
    for _ in 0..PAGES_MAX {
        if !table.circulate(cause, now).await? {
            break;
        }
    }
    Ok(())
}
