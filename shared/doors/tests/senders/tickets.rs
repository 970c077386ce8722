//! Tickets: whole histories, openings that nobody told, and what must be registered first.

use std::collections::BTreeSet;

use doors::{Meaning, tickets};
use events::Source;
use serde_json::{Value, json};
use sla::Terms;
use sla::ticket::{Ticket, TicketEvent};

use crate::world::{at, changed, meaning, names, request, source, source_of};

fn events_of(source: &Source, meaning: &Meaning, opened: &[&str]) -> Vec<TicketEvent> {
    let opened: BTreeSet<_> = opened.iter().map(|id| id.parse().unwrap()).collect();
    meaning.told.iter().flat_map(|told| tickets::events(source, told, &opened).unwrap()).collect()
}

fn kinds(events: &[TicketEvent]) -> Vec<String> {
    let kind = |event: &TicketEvent| {
        serde_json::to_value(&event.happening).unwrap()["kind"].as_str().unwrap().to_owned()
    };
    events.iter().map(kind).collect()
}

#[test]
fn each_message_of_a_whole_history_says_all_that_was_said_before() {
    let mut before: Vec<TicketEvent> = Vec::new();
    for name in names("captured").iter().filter(|name| name.starts_with("django")) {
        let source = source_of(name);
        let events = events_of(&source, &meaning(&source, &request(name)), &[]);
        assert_eq!(events[..before.len()], before, "{name}");
        before = events;
    }
    let last = "django-helpdesk-2.6.1-5-closed";
    let urgent = changed(last, |body| body["ticket"]["priority"] = 2.into());
    let later = events_of(&source_of(last), &meaning(&source_of(last), &urgent), &["hd-1"]);
    assert_eq!(later, before[1..], "a ticket is opened once, whatever its level becomes");
    assert_eq!(kinds(&before), ["opened", "acknowledged", "resolved", "reopened", "closed"]);
    let ticket = Ticket::fold(&before, &Terms::built_in()).unwrap().ticket;
    assert_eq!(ticket.acknowledge.started_at, at("2026-11-29T21:53:52Z"));
}

#[test]
fn statuses_of_tmf621_mean_what_came_before_them() {
    let name = "tmf621-status-change";
    let kinds_of = |statuses: &[&str]| {
        let request = changed(name, |body| {
            let date = |place: usize| format!("2026-06-10T09:0{place}:00Z");
            let change =
                |(n, status): (usize, &&str)| json!({ "status": status, "statusChangeDate": date(n) });
            body["event"]["troubleTicket"]["statusChange"] =
                statuses.iter().enumerate().map(change).collect();
        });
        kinds(&events_of(&source_of(name), &meaning(&source_of(name), &request), &["TT-5"])).join(" ")
    };
    assert_eq!(kinds_of(&["acknowledged", "held"]), "");
    assert_eq!(kinds_of(&["acknowledged", "inProgress", "held", "inProgress"]), "acknowledged");
    assert_eq!(
        kinds_of(&["acknowledged", "pending", "inProgress"]),
        "waiting_on_customer resumed acknowledged"
    );
    assert_eq!(
        kinds_of(&["inProgress", "resolved", "inProgress", "closed"]),
        "acknowledged resolved reopened closed"
    );
    assert_eq!(kinds_of(&["resolved", "pending", "held"]), "resolved reopened waiting_on_customer resumed");
    assert_eq!(kinds_of(&["acknowledged", "rejected"]), "cancelled");
    let created = changed(name, |body| body["eventType"] = "TroubleTicketResolvedEvent".into());
    let events = |request| events_of(&source_of(name), &meaning(&source_of(name), request), &[]);
    let received = changed(name, |body| {
        body["eventType"] = "TroubleTicketCreateEvent".into();
        body["event"]["troubleTicket"]["statusChange"] = json!([]);
        body["event"]["troubleTicket"]["status"] = "acknowledged".into();
    });
    assert_eq!(kinds(&events(&received)), ["opened"]);
    assert_eq!(events(&created), events(&request(name)), "another event about the same changes");
}

#[test]
fn a_ticket_that_was_never_opened_is_opened_by_its_creation() {
    let name = "zammad-resolved";
    let meaning = meaning(&source_of(name), &request(name));
    let events = events_of(&source_of(name), &meaning, &[]);
    assert_eq!(kinds(&events), ["opened", "resolved"]);
    assert_eq!(events[0].occurred_at, at("2026-06-10T09:00:05Z"));
    assert_eq!(kinds(&events_of(&source_of(name), &meaning, &["desk-81"])), ["resolved"]);
    let written = serde_json::to_string(&events).unwrap();
    for private in ["Ada", "Olga", "@", "spliced"] {
        assert!(!written.contains(private), "{written}");
    }
}

#[test]
fn an_opening_without_its_customer_says_what_to_register() {
    let lacking = |name: &str, change: &dyn Fn(&mut Value)| {
        let meaning = meaning(&source_of(name), &changed(name, change));
        let told = tickets::events(&source_of(name), &meaning.told[0], &BTreeSet::new());
        told.unwrap_err().to_string()
    };
    assert_eq!(
        lacking("zammad-resolved", &|body| body["ticket"]["organization_id"] = 4.into()),
        "ticket.organization_id: `4` is not in the table of customer_id: register it there"
    );
    assert_eq!(
        lacking("zammad-resolved", &|body| body["ticket"]["organization_id"] = Value::Null),
        "ticket.organization_id: missing, so nothing chooses customer_id: send it, or register a mapping \
         without it"
    );
    assert_eq!(
        lacking("zendesk-solved", &|body| body["detail"]["priority"] = "URGENT".into()),
        "detail.priority: `URGENT` is not in the table of level: register it there"
    );
}

#[test]
fn a_template_reads_tickets_too() {
    let source = source(
        "template",
        &json!({
            "template": {
                "key": "ticket", "at": "when", "time": "unix_s", "event_id": "id", "created_at": "born",
            "title": "subject",
            },
            "map": [{
                "kind": { "state": { "new": "opened", "done": "resolved", "prio": "level_changed" } },
            "ticket_id": "rt-{key}",
                "customer_id": "acme", "level": { "urgency": { "high": 1, "low": 3 } },
            }],
        }),
    );
    let told = |state: &str| {
        let body = json!({
            "ticket": 5, "id": "tx 1", "when": 1781086625, "born": 1781085800, "state": state,
            "urgency": "low",
            "subject": "*urgent*",
        });
        let request = changed("zendesk-solved", |old| *old = body);
        let opened: &[&str] = if state == "new" { &[] } else { &["rt-5"] };
        serde_json::to_value(events_of(&source, &meaning(&source, &request), opened)).unwrap()
    };
    assert_eq!(told("new")[0]["occurred_at"], "2026-06-10T10:03:20Z");
    assert_eq!(told("new")[0]["title"], "*urgent*", "a title is a customer's text, and no macro");
    assert_eq!((&told("prio")[0]["level"], &told("prio")[0]["kind"]), (&json!(3), &json!("level_changed")));
    assert_eq!(told("done"), told("done"));
    assert_ne!(told("done")[0]["event_id"], told("prio")[0]["event_id"]);
}
