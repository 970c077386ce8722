//! Every captured and documented body, as the checks and ticket events that it means.

use std::fmt::Write;

use serde_json::{Value, json};

use crate::world::{Receiver, changed, event_line, line, meaning, names, request, source, source_of};

fn told(folder: &str) -> String {
    let mut told = String::new();
    for name in names(folder) {
        let source = source_of(&name);
        let mut receiver = Receiver::default();
        let meaning = meaning(&source, &request(&name));
        writeln!(told, "{name}").unwrap();
        for check in receiver.take(&source, &request(&name)) {
            writeln!(told, "  {}", line(&check)).unwrap();
        }
        for event in &receiver.events {
            writeln!(told, "  {}", event_line(event)).unwrap();
        }
        let lists = (&meaning.unmapped, &meaning.refused, &meaning.losses, &meaning.nothings);
        assert!(meaning.unmapped.is_empty() && meaning.refused.is_empty(), "{name}: {lists:?}");
        for _ in 0..meaning.tests {
            writeln!(told, "  a test").unwrap();
        }
        for nothing in meaning.nothings {
            writeln!(told, "  nothing: {nothing}").unwrap();
        }
    }
    told
}

#[test]
fn what_real_programs_sent_is_read() {
    insta::assert_snapshot!(told("captured"));
}

#[test]
fn what_others_document_is_read() {
    insta::assert_snapshot!(told("documented"));
}

/// Changes a body, and tells what comes of it.
fn answer(name: &str, change: impl FnOnce(&mut Value)) -> String {
    let (source, request) = (source_of(name), changed(name, change));
    let message = match doors::read(&source, &request) {
        Ok(message) => message,
        Err(error) => return error.to_string(),
    };
    let meaning = doors::Meaning::of(&source, message);
    let errors = meaning.refused.iter().chain(&meaning.losses).map(ToString::to_string);
    let unmapped =
        meaning.unmapped.iter().map(|lack| format!("{} {:?}: {}", lack.key, lack.words, lack.error));
    let tests = std::iter::repeat_n("a test".to_owned(), meaning.tests);
    let seen = meaning.sightings.iter().map(|seen| format!("{:?} {:?}", seen.failed, seen.cleared_at));
    let told = meaning.told.iter().map(|told| format!("{:?}", told.changes));
    errors
        .chain(unmapped)
        .chain(tests)
        .chain(meaning.nothings.clone())
        .chain(seen)
        .chain(told)
        .collect::<Vec<_>>()
        .join("; ")
}

#[test]
fn a_message_that_means_no_check_says_why() {
    let firing = "alertmanager-0.25.0-1-firing";
    let problem = "zabbix-6.0.14-1-problem";
    let resolved = "zabbix-6.0.14-2-resolved";
    let down = "uptime-kuma-2.5.3-4-down";
    let set = |pointer: &'static str, value: Value| {
        move |body: &mut Value| {
            let (parent, name) = pointer.rsplit_once('/').unwrap();
            body.pointer_mut(parent).unwrap()[name] = value;
        }
    };
    let answers = [
        answer(firing, set("/truncatedAlerts", json!(3))),
        answer(firing, set("/alerts/0/labels/nines_service", json!("web"))),
        answer(firing, set("/alerts/0/labels/severity", json!("info"))),
        answer(firing, set("/alerts/0/startsAt", json!("0001-01-01T00:00:00Z"))),
        answer(firing, set("/alerts/0/startsAt", json!("2026-11-29T21:41:35"))),
        answer(firing, set("/alerts/0/startsAt", json!("2026-11-29T21:46:39Z"))),
        answer(firing, set("/alerts/0/status", json!("pending"))),
        answer(firing, set("/alerts", json!("none"))),
        answer(firing, |body| *body = json!([1])),
        answer(problem, set("/EVENT.ID", json!("{EVENT.ID}"))),
        answer(problem, set("/EVENT.DATE", json!("{EVENT.DATE}"))),
        answer(problem, set("/ZONE", json!("Berlin"))),
        answer(problem, set("/ZONE", json!("Asia/Tokyo"))),
        answer(problem, set("/EVENT.TIMESTAMP", json!("1795989970"))),
        answer(problem, set("/EVENT.UPDATE.STATUS", json!("1"))),
        answer(problem, set("/EVENT.TAGSJSON", json!("[]"))),
        answer(resolved, set("/EVENT.RECOVERY.TIME", json!("*UNKNOWN*"))),
        answer(resolved, set("/EVENT.RECOVERY.TIME", json!("22:06:09"))),
        answer(down, set("/heartbeat", Value::Null)),
        answer(down, set("/heartbeat/status", json!(3))),
        answer("icinga2-2.13.6-1-problem", set("/type", json!("DOWNTIMESTART"))),
        answer("icinga2-2.13.6-1-problem", set("/state", json!("WARNING"))),
        answer("uptimerobot-up", set("/monitorID", json!("*monitorID*"))),
        answer("checkly-failure", set("/alert_type", json!("ALERT_SSL"))),
        answer("jira-resolved", set("/changelog/items", json!([{ "field": "labels", "toString": "x" }]))),
        answer("zammad-resolved", set("/ticket/id", Value::Null)),
        answer("zendesk-solved", set("/event/current", json!("HOLD"))),
        answer("uptime-kuma-2.5.3-6-down-custom-template", set("/checks/0/status", json!("{{status}}"))),
        answer("uptime-kuma-2.5.3-6-down-custom-template", set("/checks/0/service_id", json!(""))),
    ];
    insta::assert_snapshot!(answers.join("\n"));
}

#[test]
fn a_zone_is_needed_where_a_sender_writes_none() {
    let fields = |zone: Option<&str>| {
        let mut fields = json!({ "map": [{ "service_id": "api" }] });
        if let Some(zone) = zone {
            fields["zone"] = json!(zone);
        }
        fields
    };
    let start = |zone: Option<&str>| {
        let meaning = meaning(&source("zabbix", &fields(zone)), &request("zabbix-6.0.14-1-problem"));
        let refused = meaning.refused.first().map(ToString::to_string);
        refused.unwrap_or_else(|| meaning.sightings[0].failed.unwrap().0.to_string())
    };
    assert_eq!(start(Some("UTC")), "2026-11-29T22:06:10Z");
    assert_eq!(start(Some("Europe/Berlin")), "2026-11-29T21:06:10Z");
    let error = start(None);
    assert!(
        error.ends_with("has no offset: register the source's zone, or send one such as +02:00"),
        "{error}"
    );
    let ahead = start(Some("America/New_York"));
    assert!(ahead.contains("17998 s ahead of the receipt"), "{ahead}");
}
