//! JSON of any shape, by the paths that the source registers; also what Standard Webhooks carry, whose ids
//! are the same in each retry. The status is a word of the registered table: no other one means anything. An
//! item without a key is a test, as some senders fill empty templates with *up*.

use events::check::{LATENCY_MS_MAX, LOSS_PCT_MAX, THROUGHPUT_MBPS_MAX};
use events::source::{Path, Template};
use events::{InputError, Source};
use sla::Status;

use crate::facts::Facts;
use crate::message::{Item, Metrics, Reading, TicketChange, TicketReading, unknown_word};
use crate::time::Writing;

pub(super) fn item(facts: Facts, source: &Source) -> Result<Item, InputError> {
    let Some(template) = &source.template else {
        return Err(InputError::new("template: missing: register where this source's values are"));
    };
    let Some(key) = facts.text(template.key.as_str()) else { return Ok(Item::Test) };
    let writing = Writing { unit: template.time, zone: source.zone };
    let instant = |path: &Option<Path>| match path {
        Some(path) => facts.instant(path.as_str(), writing),
        None => Ok(None),
    };
    let at = match &template.at {
        Some(path) => facts.need_instant(path.as_str(), writing)?,
        None => facts.received_at(),
    };
    let Some(status) = &template.status else {
        let text = |path: &Option<Path>| path.as_ref().and_then(|path| facts.text(path.as_str()));
        let id = text(&template.event_id).or_else(|| facts.text("header.webhook-id"));
        let title = template.title.as_ref().map(|path| facts.title(path.as_str())).unwrap_or_default();
        let created_at = instant(&template.created_at)?;
        let changes = vec![TicketChange { at, id, kind: None }];
        return Ok(TicketReading { key, facts, title, created_at, changes }.into());
    };
    let word = facts.need(status.path.as_str())?;
    let known = || status.words.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
    let meant = status.words.get(&word).ok_or_else(|| unknown_word(status.path.as_str(), &word, &known()))?;
    let started_at = instant(&template.started_at)?;
    let reading =
        Reading { metrics: metrics(&facts, template), alive_at: Some(at), ..Reading::of(key, facts) };
    Ok(match meant {
        Status::Up => reading.failed(started_at, Status::Down).cleared(at).into(),
        failing => reading.failed(Some(started_at.unwrap_or(at)), *failing).into(),
    })
}

fn metrics(facts: &Facts, template: &Template) -> Metrics {
    let measured = |path: &Option<Path>, power, max| facts.measured(path.as_ref()?.as_str(), power, max);
    let latency = |path, power| measured(path, power, LATENCY_MS_MAX);
    let throughput = |path, power| measured(path, power, THROUGHPUT_MBPS_MAX);
    Metrics {
        latency_ms: latency(&template.latency_ms, 0).or_else(|| latency(&template.latency_s, 3)),
        throughput_mbps: throughput(&template.throughput_mbps, 0)
            .or_else(|| throughput(&template.throughput_bps, -6)),
        packet_loss_pct: measured(&template.packet_loss_pct, 0, LOSS_PCT_MAX),
    }
}
