//! Findings about a ticket: its figures, history and deadlines at the desk, and the news about it.

use cucumber::gherkin::Step as GherkinStep;
use cucumber::then;
use nines::stand_ins::topics::PublishedMessage;
use serde_json::{Value, json};
use sla::Instant;

use super::SERVICE_NAME;
use crate::findings::{Figure, compare, text};
use crate::tale::{Step, Tale, wrong};
use crate::wording::{Listener, Means};

/// The ticket's clocks.
const CLOCKS: [Clock; 2] = [
    Clock { verb: "acknowledge", noun: "acknowledgement", done: "acknowledged" },
    Clock { verb: "resolve", noun: "resolution", done: "resolved" },
];

/// The words for a clock; the verb is its name on the wire.
struct Clock {
    verb: &'static str,
    noun: &'static str,
    done: &'static str,
}

impl Clock {
    fn named(verb: &str) -> Step<&'static Self> {
        CLOCKS.iter().find(|clock| clock.verb == verb).ok_or_else(|| wrong(format!("no clock: {verb}")))
    }

    /// Returns a figure of the clock by finance's name for it.
    fn figure(&self, tale: &Tale, ticket: &Value, label: &str) -> Step<Option<Figure>> {
        let Self { verb, noun, done } = self;
        let field = |name: &str| ticket.pointer(&format!("/{verb}/{name}")).unwrap_or(&Value::Null);
        Ok(Some(if label == *noun {
            Figure::Words(verdict(field("verdict"))?.to_owned())
        } else if label == format!("target to {verb}") {
            Figure::Seconds(field("target_s").as_i64().unwrap_or_default())
        } else if label == format!("commitment to {verb}") {
            Figure::Seconds(seconds(field("limit_s"))?)
        } else if label == format!("time to {verb}") {
            Figure::Seconds(seconds(field("elapsed_s"))?)
        } else if label == format!("to be {done} by") {
            Figure::Words(shown_at(tale, field("limit_at"))?)
        } else if label == format!("{noun} missed at") {
            Figure::Words(shown_at(tale, field("missed_at"))?)
        } else if label == *done {
            Figure::Words(shown_at(tale, field("stopped_at"))?)
        } else {
            return Ok(None);
        }))
    }
}

/// Returns a figure of a ticket by finance's name for it.
fn figure(tale: &Tale, ticket: &Value, label: &str) -> Step<Figure> {
    let field = |name: &str| ticket.get(name).unwrap_or(&Value::Null);
    let words = |name: &str| Figure::Words(field(name).as_str().unwrap_or("none").to_owned());
    Ok(match label {
        "level" => Figure::Words(field("level").to_string()),
        "how" => {
            let channel = field("channel");
            let means = Means::ALL.into_iter().find(|means| json!(means.0) == *channel);
            Figure::Words(means.map_or("none", Means::as_str).to_owned())
        }
        "service" if field("service_id").is_string() => Figure::Words(SERVICE_NAME.to_owned()),
        "service" => Figure::Words("none".to_owned()),
        "in a line" => words("title"),
        "description" => words("description"),
        "takes up" => match field("links_to").as_str() {
            Some(earlier) if earlier == tale.ticket_id(1)? => Figure::Words("the earlier ticket".to_owned()),
            _ => words("links_to"),
        },
        "reported" => Figure::Words(shown_at(tale, field("opened_at"))?),
        "cancelled" => Figure::Words(shown_at(tale, field("cancelled_at"))?),
        "without waiting for the customer" => Figure::Seconds(seconds(field("resolve_net_s"))?),
        "times reopened" => Figure::Words(field("reopened_count").to_string()),
        "corrections by late word" => Figure::Words(field("backdated_count").to_string()),
        other => {
            for clock in &CLOCKS {
                if let Some(figure) = clock.figure(tale, ticket, other)? {
                    return Ok(figure);
                }
            }
            return Err(wrong(format!("a ticket shows no `{other}`")));
        }
    })
}

/// Formats a verdict.
fn verdict(verdict: &Value) -> Step<&'static str> {
    match verdict.as_str() {
        None => Ok("not judged"),
        Some("met") => Ok("in time"),
        Some("missed") => Ok("missed"),
        Some("running") => Ok("still open"),
        Some(other) => Err(wrong(format!("`{other}` is no verdict"))),
    }
}

fn seconds(value: &Value) -> Step<i64> {
    value.as_i64().ok_or_else(|| wrong(format!("{value} is no length of time")))
}

/// Formats an instant of an answer on the customer's clock.
fn shown_at(tale: &Tale, at: &Value) -> Step<String> {
    let Some(at) = at.as_str() else { return Ok("not yet".to_owned()) };
    let at: Instant = at.parse().map_err(|_| wrong(format!("`{at}` is no instant")))?;
    Ok(tale.moment(at))
}

/// Formats a threshold of a clock.
fn threshold(reached: &Value) -> Step<String> {
    let text = |name: &str| reached.get(name).and_then(Value::as_str).unwrap_or_default();
    let verb = Clock::named(text("clock"))?.verb;
    Ok(match text("threshold") {
        "target" => format!("the target to {verb} it was missed"),
        "limit" => format!("the commitment to {verb} it was missed"),
        percent => format!("{percent} % of the time to {verb} it had passed"),
    })
}

/// Formats a piece of news about a ticket.
fn news(message: &PublishedMessage) -> Step<String> {
    let data = |pointer: &str| message.message.pointer(&format!("/data/{pointer}")).unwrap_or(&Value::Null);
    Ok(match text(message, "/kind").as_str() {
        "ticket.opened" => "it was opened".to_owned(),
        "ticket.escalated" => format!("it was escalated to the {}", text(message, "/data/step/role")),
        "ticket.level_changed" => format!("it has level {} now", data("level")),
        "ticket.resolved" => match verdict(data("verdict"))? {
            "missed" => "it was resolved, after a missed promise".to_owned(),
            in_time => format!("it was resolved {in_time}"),
        },
        "ticket.corrected" => {
            let clock = Clock::named(&text(message, "/data/correction/clock"))?;
            format!("the verdict was corrected: {} {}", clock.noun, verdict(data("correction/after"))?)
        }
        _ => threshold(data("reached"))?,
    })
}

/// Compares the rows of the step's table with the rows found, in any order.
fn compare_rows(step: &GherkinStep, mut found: Vec<Vec<String>>) -> Step {
    let mut expected: Vec<Vec<String>> = step.table.iter().flat_map(|table| &table.rows).cloned().collect();
    expected.sort();
    found.sort();
    if expected == found {
        return Ok(());
    }
    let only = |rows: &[Vec<String>], others: &[Vec<String>]| {
        let rows: Vec<String> =
            rows.iter().filter(|row| !others.contains(row)).map(|row| row.join(" | ")).collect();
        rows.join("; ")
    };
    Err(wrong(format!(
        "{} rows are expected, {} were found; only expected: {}; only found: {}",
        expected.len(),
        found.len(),
        only(&expected, &found),
        only(&found, &expected)
    )))
}

impl Tale {
    async fn shown_ticket(&self) -> Step<Value> {
        self.settled()?;
        let command = json!({ "command": "show_ticket", "ticket_id": self.ticket_id(0)? });
        self.ask("run-desk", command).await
    }

    /// Returns the rows of a list about the ticket at the desk: instant and content.
    async fn listed(
        &self,
        list: &str,
        at: &str,
        what: impl Fn(&Value) -> Step<String>,
    ) -> Step<Vec<Vec<String>>> {
        let ticket = self.shown_ticket().await?;
        let entries = ticket.get(list).and_then(Value::as_array).cloned().unwrap_or_default();
        let row =
            |entry: &Value| Ok(vec![shown_at(self, entry.get(at).unwrap_or(&Value::Null))?, what(entry)?]);
        entries.iter().map(row).collect()
    }
}

#[then("the ticket says:")]
async fn ticket_says(tale: &mut Tale, step: &GherkinStep) -> Step {
    let ticket = tale.shown_ticket().await?;
    compare(step, |label| figure(tale, &ticket, label))
}

#[then("the ticket's history is:")]
async fn history(tale: &mut Tale, step: &GherkinStep) -> Step {
    let what = |event: &Value| {
        let text = |name: &str| event.get(name).and_then(Value::as_str).unwrap_or_default();
        let kind = text("kind").replace('_', " ");
        Ok(match text("effect") {
            "effective" => kind,
            effect => format!("{kind}, {}", effect.replace('_', " ")),
        })
    };
    compare_rows(step, tale.listed("events", "occurred_at", what).await?)
}

#[then("if nothing happens, these will be told of the ticket:")]
async fn deadlines(tale: &mut Tale, step: &GherkinStep) -> Step {
    compare_rows(step, tale.listed("deadlines", "due_at", threshold).await?)
}

#[then("nothing will be due on the ticket any more")]
async fn no_deadlines(tale: &mut Tale) -> Step {
    match tale.listed("deadlines", "due_at", threshold).await?.as_slice() {
        [] => Ok(()),
        rows => Err(wrong(format!("due are {rows:?}"))),
    }
}

#[then(expr = "{audience} has/have been told of the ticket:")]
async fn told_of(tale: &mut Tale, listener: Listener, step: &GherkinStep) -> Step {
    tale.settled()?;
    let ticket_id = tale.ticket_id(0)?;
    let published = tale.system()?.engines().topics().published().map_err(|e| wrong(e.explain()))?;
    let about_it = published
        .iter()
        .filter(|message| message.topic == listener.0 && text(message, "/ticket_id") == ticket_id);
    let row = |message: &PublishedMessage| {
        Ok(vec![shown_at(tale, &json!(text(message, "/occurred_at")))?, news(message)?])
    };
    compare_rows(step, about_it.map(row).collect::<Step<_>>()?)
}
