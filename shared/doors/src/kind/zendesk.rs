//! Zendesk (documented): typed events. `time` is the instant of the event, `id` is the same in each retry;
//! duplicates and any order are documented. `event.current` is what the type's field became.

use events::{InputError, Source};

use crate::facts::Facts;
use crate::message::{Item, TicketChange, TicketReading};
use crate::time::Writing;

pub(super) fn item(facts: Facts, source: &Source) -> Result<Item, InputError> {
    let writing = Writing::text(source.zone);
    let key = facts.need("detail.id")?;
    let created_at = facts.instant("detail.created_at", writing)?;
    let at = facts.need_instant("time", writing)?;
    let change = TicketChange { at, id: Some(facts.need("id")?), kind: None };
    let title = facts.title("detail.subject");
    Ok(TicketReading { key, facts, title, created_at, changes: vec![change] }.into())
}
