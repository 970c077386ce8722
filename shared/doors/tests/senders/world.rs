//! Messages and sources of the tests, and the slots that checks fill.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use doors::memory::{Memory, Series};
use doors::{Meaning, Request, edges, tickets};
use events::{CheckEvent, Source};
use serde_json::{Value, json};
use sla::ticket::TicketEvent;
use sla::{Check, Instant, Resolution, Status};

/// Returns the files of a folder beside the tests, by their names without the ending.
pub fn names(folder: &str) -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(folder);
    let stem = |path: PathBuf| {
        let is_json = path.extension().is_some_and(|ending| ending == "json");
        is_json.then(|| path.file_stem().unwrap().to_str().unwrap().to_owned())
    };
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().filter_map(|entry| stem(entry.unwrap().path())).collect();
    names.sort();
    names
}

/// The requests that were read: properties want each a thousand times.
static REQUESTS: Mutex<BTreeMap<String, Request>> = Mutex::new(BTreeMap::new());

/// Returns the request of a file.
pub fn request(name: &str) -> Request {
    let mut requests = REQUESTS.lock().unwrap();
    requests.entry(name.to_owned()).or_insert_with(|| read_request(name)).clone()
}

fn read_request(name: &str) -> Request {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let file = ["captured", "documented"].map(|folder| tests.join(folder).join(format!("{name}.json")));
    let file = file.iter().find(|file| file.exists()).unwrap();
    let file: Value = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
    let path = file["path"].as_str().unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let body = match &file["body"] {
        Value::Null => text(&file["body_text"]).into_bytes(),
        body => serde_json::to_vec(body).unwrap(),
    };
    let headers = file["headers"].as_object().unwrap();
    Request {
        headers: headers.iter().map(|(name, value)| (name.to_lowercase(), text(value))).collect(),
        query: path.split_once('?').map(|(_, query)| query.to_owned()).unwrap_or_default(),
        path_token: None,
        body,
        received_at: at(file["received_at"].as_str().unwrap()),
    }
}

/// Returns a request with another JSON body.
pub fn with_body(request: &Request, body: &Value) -> Request {
    Request { body: serde_json::to_vec(body).unwrap(), ..request.clone() }
}

/// Returns a request as its JSON body is changed.
pub fn changed(name: &str, change: impl FnOnce(&mut Value)) -> Request {
    let request = request(name);
    let mut body: Value = serde_json::from_slice(&request.body).unwrap();
    change(&mut body);
    with_body(&request, &body)
}

pub fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

/// Returns the instant of a clock on the day of the documented bodies.
pub fn clock(text: &str) -> Instant {
    at(&format!("2026-06-10T{text}Z"))
}

pub fn minute() -> Resolution {
    60.try_into().unwrap()
}

/// Returns a source of a kind, with fields of its own.
pub fn source(kind: &str, fields: &Value) -> Source {
    let mut source = json!({ "source_id": kind, "kind": kind, "auth": { "scheme": "bearer" } });
    source.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    Source::read(&source).unwrap()
}

/// Returns the source that the sender of a file would be registered as.
pub fn source_of(name: &str) -> Source {
    let kind = kind_of(name);
    let severity =
        json!({ "labels.severity": { "critical": "down", "warning": "degraded", "nodata": "unknown" } });
    let api = json!([{ "service_id": "api" }]);
    let customer = |path: &str| json!({ path: { "3": "cust-17" } });
    let of_template = |template: Value| json!({ "template": template, "map": api });
    let fields = match kind {
        "alertmanager" | "grafana" => json!({ "map": [{
            "when": { "labels.nines_service": "api" }, "service_id": "api", "status": severity,
        }] }),
        "zabbix" => json!({ "zone": "UTC", "map": [{ "service_id": { "tags.nines": { "api": "api" } } }] }),
        "icinga" => json!({ "map": [{ "service_id": { "nines_service": { "api": "api" } } }] }),
        "zammad" => json!({ "map": [{
            "when": { "header.x-zammad-trigger": "nines resolved" }, "kind": "resolved",
            "ticket_id": "desk-{ticket.id}", "customer_id": customer("ticket.organization_id"),
            "level": { "ticket.priority.name": { "3 high": 1, "2 normal": 2 } },
        }] }),
        "jira" => json!({ "map": [{
            "kind": { "changed.status": { "In Progress": "acknowledged", "Resolved": "resolved" } },
            "ticket_id": "{key}", "customer_id": customer("issue.fields.organization.id"),
            "level": { "issue.fields.priority.name": { "High": 1 } }, "channel": "portal",
        }] }),
        "zendesk" => json!({ "map": [{
            "when": { "type": "zen:event-type:ticket.status_changed" },
            "kind": { "event.current": { "SOLVED": "resolved", "PENDING": "waiting_on_customer" } },
            "ticket_id": "zd-{key}", "customer_id": customer("detail.organization_id"),
            "level": { "detail.priority": { "HIGH": 2 } },
        }] }),
        "django-helpdesk" => json!({ "map": [{
            "ticket_id": "hd-{key}", "customer_id": { "ticket.queue": { "1": "cust-17" } },
            "level": { "ticket.priority": { "1": 1 } },
        }] }),
        "tmf621" => json!({ "map": [{
            "ticket_id": "{key}", "customer_id": customer("customer"),
            "service_id": { "service": { "api": "api" } },
            "level": { "event.troubleTicket.severity": { "Critical": 1 } },
        }] }),
        "standard-webhooks" => of_template(json!({
            "key": "data.monitor", "status": { "data.state": { "recovered": "up", "failed": "down" } },
            "at": "data.since", "started_at": "data.failed_since", "latency_ms": "data.latency_ms",
        })),
        "template" if name.contains("openstatus") => of_template(json!({
            "key": "monitor.id",
            "status": { "status": { "active": "up", "degraded": "degraded", "error": "down" } },
            "at": "cronTimestamp", "time": "unix_ms", "latency_ms": "latency",
        })),
        "template" if name.contains("iperf3") => of_template(json!({
            "key": "line", "status": { "state": { "measured": "up", "failed": "down" } },
            "throughput_bps": "bps", "latency_ms": "rtt_ms", "packet_loss_pct": "loss_pct",
        })),
        "template" => of_template(json!({
            "list": "checks", "key": "service_id", "status": { "status": { "up": "up", "down": "down" } },
            "at": "checked_at",
        })),
        _ => json!({ "map": api }),
    };
    source(kind, &fields)
}

fn kind_of(name: &str) -> &str {
    let kinds = [
        "alertmanager",
        "grafana",
        "zabbix",
        "gatus",
        "better-stack",
        "uptimerobot",
        "pingdom",
        "checkly",
        "zammad",
        "jira",
        "zendesk",
        "django-helpdesk",
        "tmf621",
        "standard-webhooks",
        "template",
    ];
    match name {
        _ if name.contains("custom-template") => "template",
        _ if name.starts_with("uptime-kuma") => "uptime-kuma",
        _ if name.starts_with("icinga2") => "icinga",
        _ => kinds.into_iter().find(|kind| name.starts_with(kind)).unwrap(),
    }
}

/// Returns the meaning of a request.
pub fn meaning(source: &Source, request: &Request) -> Meaning {
    Meaning::of(source, doors::read(source, request).unwrap())
}

/// Messages of a source so far, in mode A.
#[derive(Default)]
pub struct Receiver {
    pub memories: BTreeMap<Series, Memory>,
    pub checks: Vec<CheckEvent>,
    pub events: Vec<TicketEvent>,
}

impl Receiver {
    /// Takes a request in, and returns its checks.
    pub fn take(&mut self, source: &Source, request: &Request) -> Vec<CheckEvent> {
        let meaning = meaning(source, request);
        let mut checks = Vec::new();
        for seen in &meaning.sightings {
            let series = (seen.service_id.clone(), seen.probe.clone());
            checks.extend(edges::checks(seen, minute(), self.memories.entry(series).or_default()));
        }
        for told in &meaning.told {
            self.events.extend(tickets::events(source, told, &BTreeSet::new()).unwrap());
        }
        self.checks.extend(checks.clone());
        checks
    }

    /// Returns the slots that all checks fill.
    pub fn slots(&self) -> BTreeMap<(String, Instant), Status> {
        slots(&self.checks)
    }
}

/// Returns the slots that checks fill, by probe: the worse status of each.
pub fn slots(checks: &[CheckEvent]) -> BTreeMap<(String, Instant), Status> {
    let mut slots = BTreeMap::new();
    for event in checks {
        let check = Check::from(event.clone());
        let span = check.slots(minute());
        let mut slot = span.start;
        while slot < span.end {
            let status = slots.entry((check.probe.to_string(), slot)).or_insert(check.status);
            *status = check.status.max(*status);
            slot = slot.plus_s(60);
        }
    }
    slots
}

/// Returns the statuses of the minutes from one instant to another, carried for ever: `U` up, `d` degraded,
/// `D` down, `?` unknown, `.` before anything was said.
pub fn carried(slots: &BTreeMap<(String, Instant), Status>, from: Instant, to: Instant) -> String {
    let (mut letters, mut slot) = (String::new(), minute().slot(from));
    while slot <= to {
        let last = slots.iter().filter(|((_, at), _)| *at <= slot).max_by_key(|((_, at), _)| *at);
        letters.push(match last.map(|(_, status)| status) {
            None => '.',
            Some(Status::Unknown) => '?',
            Some(Status::Up) => 'U',
            Some(Status::Degraded) => 'd',
            Some(Status::Down) => 'D',
        });
        slot = slot.plus_s(60);
    }
    letters
}

/// Writes a check in a line.
pub fn line(check: &CheckEvent) -> String {
    let until = check.until.map(|until| format!(" until {until}")).unwrap_or_default();
    let metrics = [
        check.latency_ms.map(|ms| format!(" {ms} ms")),
        check.throughput_mbps.map(|mbps| format!(" {mbps} Mbit/s")),
        check.packet_loss_pct.map(|pct| format!(" {pct} % lost")),
    ];
    let metrics = metrics.into_iter().flatten().collect::<String>();
    let CheckEvent { service_id, probe, checked_at, status, .. } = check;
    format!("{service_id} {probe} {checked_at}{until} {status:?}{metrics}")
}

/// Writes a ticket event in a line.
pub fn event_line(event: &TicketEvent) -> String {
    let happening = serde_json::to_string(&event.happening).unwrap();
    format!("{} {} {} {happening}", event.ticket_id, event.event_id, event.occurred_at)
}

/// Returns outages from gaps and lengths, in seconds since ten o'clock: each ends before the next one begins.
pub fn spread(outages: &[(i64, i64)]) -> Vec<(Instant, Instant)> {
    let mut at = clock("10:00:00");
    let mut one = |(gap, lasted): &(i64, i64)| {
        let from = at.plus_s(*gap);
        at = from.plus_s(*lasted);
        (from, at)
    };
    outages.iter().map(&mut one).collect()
}

/// Returns the minutes of outages, by counting: a slot is down from the start's to the one before the end's.
pub fn counted(outages: &[(Instant, Instant)], first: char, from: Instant, to: Instant) -> String {
    let slot_of = |at: Instant| at.epoch_s().div_euclid(60);
    let letter = |slot: i64| {
        let is_down = |(start, end): &(Instant, Instant)| {
            slot == slot_of(*start) || (slot_of(*start)..slot_of(*end)).contains(&slot)
        };
        let is_before = outages.first().is_none_or(|(start, _)| slot < slot_of(*start));
        if outages.iter().any(is_down) {
            'D'
        } else if is_before {
            first
        } else {
            'U'
        }
    };
    (slot_of(from)..=slot_of(to)).map(letter).collect()
}
