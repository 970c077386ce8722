//! Jira Service Management (documented; read in receivers). `timestamp` is milliseconds, dates have offsets
//! without a colon. `changed.status` and `changed.priority` are added: what the changelog says, or what a new
//! issue begins with; an update of anything else has neither.

use events::{InputError, Source};
use serde_json::{Map, Value, json};

use crate::facts::Facts;
use crate::message::{Item, TicketChange, TicketReading};
use crate::time::{UNIX_MS, Writing};

pub(super) fn item(mut facts: Facts, source: &Source) -> Result<Item, InputError> {
    let key = facts.need("issue.key")?;
    let created_at = facts.instant("issue.fields.created", Writing::text(source.zone))?;
    let at = facts.instant("timestamp", UNIX_MS)?.unwrap_or(facts.received_at());
    let changed = changed(&facts);
    facts.add("changed", changed);
    let change = TicketChange { at, id: facts.text("header.x-atlassian-webhook-identifier"), kind: None };
    let title = facts.title("issue.fields.summary");
    Ok(TicketReading { key, facts, title, created_at, changes: vec![change] }.into())
}

fn changed(facts: &Facts) -> Value {
    if facts.text("webhookEvent").as_deref() == Some("jira:issue_created") {
        let [status, priority] =
            ["status", "priority"].map(|field| facts.text(&format!("issue.fields.{field}.name")));
        return json!({ "status": status, "priority": priority });
    }
    let Some(Value::Array(items)) = facts.value("changelog.items") else { return json!({}) };
    let one = |item: &Value| Some((item.get("field")?.as_str()?.to_owned(), item.get("toString")?.clone()));
    items.iter().filter_map(one).collect::<Map<_, _>>().into()
}
