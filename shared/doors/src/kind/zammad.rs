//! Zammad (read in its source): ticket and article, as they are when the job runs, not as they were. Which
//! change it was is known from the trigger alone: register one trigger per kind of event, and its name as the
//! condition `header.x-zammad-trigger`. The delivery's id is the same in each retry.

use events::{InputError, Source};

use crate::facts::Facts;
use crate::message::{Item, TicketChange, TicketReading};
use crate::time::Writing;

pub(super) fn item(facts: Facts, source: &Source) -> Result<Item, InputError> {
    let writing = Writing::text(source.zone);
    let key = facts.need("ticket.id")?;
    let at = facts.instant("ticket.updated_at", writing)?.unwrap_or(facts.received_at());
    let created_at = facts.instant("ticket.created_at", writing)?;
    let change = TicketChange { at, id: facts.text("header.x-zammad-delivery"), kind: None };
    let title = facts.title("ticket.title");
    Ok(TicketReading { key, facts, title, created_at, changes: vec![change] }.into())
}
