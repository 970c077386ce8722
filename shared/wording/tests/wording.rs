//! Every kind of notice in words, side by side for review.

#![expect(clippy::unwrap_used, reason = "a sample that cannot be read has failed")]

use std::collections::BTreeSet;

use events::{Audience, CustomerKind, Notice, NoticeRecord};
use serde_json::{Value, json};
use wording::{word, word_linked};

/// Words a stored fact; `facts` are its fields beside the service.
fn worded(kind: &str, facts: Value) -> Notice {
    worded_for("Berlin uplink", "Europe/Berlin", kind, facts)
}

fn worded_for(name: &str, time_zone: &str, kind: &str, mut facts: Value) -> Notice {
    facts["service"] = json!({ "service_name": name, "plan": "standard", "time_zone": time_zone });
    let record: NoticeRecord = serde_json::from_value(json!({
        "notice_id": format!("{kind}:0123456789abcdef01234567"), "customer_id": "acme", "service_id": "uplink",
        "month": "2026-06", "occurred_at": "2026-06-03T12:10:00Z", "kind": kind, "data": facts,
    }))
    .unwrap();
    assert_eq!(record.happening.kind(), kind);
    assert_eq!(serde_json::from_value::<NoticeRecord>(json!(record)).unwrap(), record);
    checked(&record)
}

/// Words a fact; asserts that customers can choose its kind exactly if it is sent to them.
fn checked(record: &NoticeRecord) -> Notice {
    let kind = record.happening.kind();
    let for_customers = record.happening.audiences().contains(&Audience::Customer);
    assert_eq!(CustomerKind::NAMES.contains(&kind), for_customers, "{kind}");
    word(record)
}

fn euros(minor: u64) -> Value {
    json!({ "minor": minor, "currency": "EUR" })
}

fn merged(mut base: Value, fields: Value) -> Value {
    for (name, value) in fields.as_object().unwrap() {
        base[name] = value.clone();
    }
    base
}

#[test]
fn what_can_be_claimed_links_to_the_filled_form() {
    let told = |kind: &str, mut facts: Value| {
        facts["service"] =
            json!({ "service_name": "Berlin uplink", "plan": "standard", "time_zone": "Europe/Berlin" });
        let record: NoticeRecord = serde_json::from_value(json!({
            "notice_id": "n", "customer_id": "acme", "service_id": "uplink", "month": "2026-06",
            "occurred_at": "2026-06-03T12:10:00Z", "kind": kind, "data": facts,
        }))
        .unwrap();
        [None, Some("https://portal.example/")].map(|portal| word_linked(&record, portal))
    };
    let path = "/claims/new?service_id=uplink&month=2026-06&kind=uptime";
    let [plain, linked] = told("availability.breached", breach(json!({})));
    assert_eq!(plain.claim_url.as_deref(), Some(path));
    assert!(!plain.text.contains("/claims/new"), "{}", plain.text);
    let url = format!("https://portal.example{path}");
    assert_eq!(linked.claim_url.as_deref(), Some(url.as_str()));
    assert!(linked.text.ends_with(&format!("already filled in: {url}")), "{}", linked.text);
    assert!(wording::letter::text(&linked).contains(&url));
    let automatic = json!({ "claims": { "window_days": 7, "reminder_h": 24, "mode": "automatic" } });
    for [plain, linked] in
        [told("availability.breached", breach(automatic)), told("outage.opened", outage(1))]
    {
        assert_eq!((plain.claim_url, linked.claim_url), (None, None));
        let url = "https://portal.example/services/uplink?month=2026-06";
        assert_eq!(linked.url.as_deref(), Some(url));
        assert_eq!(linked.text, format!("{}\nThe service, minute by minute: {url}", plain.text));
    }
}

#[test]
fn every_kind_that_customers_get_leads_to_what_can_be_done() {
    let kinds: Vec<&str> = wording::links::LINKS.iter().map(|(kind, ..)| *kind).collect();
    let (all, own) = (BTreeSet::from(CustomerKind::NAMES), BTreeSet::from_iter(kinds));
    assert_eq!(own, all);
    for (what, notice) in samples() {
        assert_eq!(notice.url.is_some(), own.contains(notice.kind.as_str()), "{what}: {:?}", notice.url);
        assert!(!notice.url.is_some_and(|url| url.contains(['{', '}'])), "{what}");
    }
}

#[test]
fn an_exclusion_of_several_services_leads_to_each_of_them() {
    let mut record = serde_json::from_value::<NoticeRecord>(json!({
        "notice_id": "n", "customer_id": "acme", "month": "2026-06", "occurred_at": "2026-06-03T12:10:00Z",
        "kind": "exclusion.raised",
        "data": merged(exclusion(json!({})), json!({
            "service": { "service_name": "Berlin uplink", "plan": "standard", "time_zone": "Europe/Berlin" },
            "covered": { "services": [
                { "service_id": "uplink", "service_name": "Berlin uplink", "counts": true },
                { "service_id": "far", "service_name": "Far off", "counts": true, "month": "2026-05" },
            ], "others": 1 },
        })),
    }))
    .unwrap();
    let letter = word_linked(&record, Some("https://portal.example"));
    assert_eq!(letter.subject, "Exclusion proposed: 3 services");
    assert_eq!(
        letter.url.as_deref(),
        Some("https://portal.example/services/uplink?month=2026-06#exclusions")
    );
    let lines: Vec<&str> = letter.text.lines().collect();
    insta::assert_snapshot!([&lines[..2], &lines[lines.len() - 2..]].concat().join("\n"), @"
    The exclusion x-1 is proposed for 3 services: from 3 June 2026, 14:10 CEST (12:10 UTC) to 3 June 2026, 15:00 CEST (13:00 UTC), 50 min, because of a third party's outage.
    Services: Berlin uplink, Far off, and 1 more.
    Read it, and dispute it if it is wrong, for Berlin uplink: https://portal.example/services/uplink?month=2026-06#exclusions
    Read it, and dispute it if it is wrong, for Far off: https://portal.example/services/far?month=2026-05#exclusions
    ");
    record.service_id = Some("uplink".parse().unwrap());
    let letter = word_linked(&record, Some("https://portal.example"));
    assert_eq!(letter.text.matches("https://").count(), 1, "{}", letter.text);
}

fn outage(opening: u32) -> Value {
    json!({ "started_at": "2026-06-03T12:10:00Z", "opening": opening })
}

fn outage_over(ended_at: &str, down_s: i64, excluded_s: i64) -> Value {
    json!({
        "started_at": "2026-06-03T12:10:00Z", "ended_at": ended_at, "down_s": down_s, "excluded_s": excluded_s,
    })
}

fn breach(fields: Value) -> Value {
    let breach = json!({
        "month": "2026-06", "episode": 1, "occurred_at": "2026-06-03T12:53:00Z", "down_s": 2640, "allowed_s": 2592,
        "best_pct": "99.8981", "commitment_pct": "99.9000", "credit": euros(508),
        "credit_max": euros(49_900), "claims": { "window_days": 7, "reminder_h": 24, "mode": "claimed" },
    });
    json!({ "breach": merged(breach, fields) })
}

/// A sample of maintenance that covers services, each of which counts or not, and a number of others.
fn covering(counts: &[bool], others: usize) -> Value {
    let service = |(nth, counts): (usize, &bool)| {
        let name = format!("Line {nth}");
        json!({ "service_id": format!("line-{nth}"), "service_name": name, "counts": counts })
    };
    let services: Vec<Value> = counts.iter().enumerate().map(service).collect();
    merged(maintenance(json!({})), json!({ "covered": { "services": services, "others": others } }))
}

fn maintenance(fields: Value) -> Value {
    let maintenance = json!({
        "window_id": "w-1", "starts_at": "2026-06-10T00:00:00Z", "ends_at": "2026-06-10T04:30:00Z",
        "scope": { "all": true }, "reason": "switch replacement", "announced_at": "2026-06-01T08:00:00Z",
    });
    json!({ "maintenance": merged(maintenance, fields) })
}

fn exclusion(fields: Value) -> Value {
    let exclusion = json!({
        "exclusion_id": "x-1", "services": ["uplink"], "clause": "third_party",
        "starts_at": "2026-06-03T12:10:00Z", "ends_at": "2026-06-03T13:00:00Z",
        "evidence": "carrier report 4711", "raised_by": "ann", "raised_at": "2026-06-04T08:00:00Z",
        "dispute_until": "2026-06-18T08:00:00Z",
    });
    json!({ "exclusion": merged(exclusion, fields) })
}

fn step(by: &str, note: &str) -> Value {
    json!({ "by": by, "note": note, "at": "2026-06-05T08:00:00Z" })
}

fn result(fields: Value) -> Value {
    let result = json!({
        "revision": 1, "digest": "0f".repeat(32), "verdict": "met", "availability_pct": "99.9799",
        "best_pct": "99.9800", "worst_pct": "99.9500", "commitment_pct": "99.9000", "down_s": 520,
        "unknown_s": 780, "excluded_s": 16_200, "amount": euros(0), "amount_max": euros(0),
    });
    merged(result, fields)
}

fn missed() -> Value {
    result(json!({
        "verdict": "breached", "availability_pct": "99.8981", "best_pct": "99.8981", "worst_pct": "99.8981",
        "down_s": 2640, "unknown_s": 0, "amount": euros(508), "amount_max": euros(508),
    }))
}

/// A metric that missed its limit: mean, percentiles and limit.
fn miss(metric: &str, [mean, p50, p95, p99, limit]: [&str; 5]) -> Value {
    json!({ "miss": {
        "metric": metric, "mean": mean, "p50": p50, "p95": p95, "p99": p99, "limit": limit, "samples": 43_139,
        "verdict": "missed", "revision": 1, "claim_until": "2026-07-09T22:00:00Z",
    } })
}

fn entry(state: &str, amount_minor: i64) -> Value {
    json!({ "entry": {
        "credit_id": "credit:2026-06:uptime:0123456789abcdef:1", "kind": "uptime", "month": "2026-06",
        "billing_month": "2026-07", "customer_id": "acme", "service_id": "uplink", "plan": "standard",
        "currency": "EUR", "monthly_fee_minor": 49_900, "commitment_pct": "99.9000",
        "availability_pct": "99.8981", "down_s": 2640, "agreed_s": 2_592_000, "share_pct": "1.0185",
        "amount_minor": amount_minor, "state": state, "statement_revision": 1,
        "statement_digest": "0f".repeat(32), "terms_revision": 1,
    } })
}

fn export() -> Value {
    json!({
        "prefix": "exports/month=2026-06/revision=1/", "revision": 1,
        "files": [{
            "key": "exports/month=2026-06/revision=1/credits.csv", "rows": 2, "sha256": "ab".repeat(32),
        }],
        "totals": [
            { "currency": "EUR", "state": "approved", "entries": 1, "minor": 508 },
            { "currency": "JPY", "state": "approved", "entries": 1, "minor": 700 },
        ],
    })
}

/// Words a fact about the sample ticket: level 1, about a service in Berlin.
fn told(kind: &str, facts: Value) -> Notice {
    told_of(json!({}), kind, facts)
}

/// Words a fact about a ticket; `fields` replace those of the sample ticket.
fn told_of(fields: Value, kind: &str, mut facts: Value) -> Notice {
    let ticket = json!({
        "ticket_id": "T-100", "title": "Calls drop on all lines", "level": 1,
        "opened_at": "2026-06-03T12:10:00Z", "service_name": "Berlin uplink", "time_zone": "Europe/Berlin",
    });
    facts["ticket"] = merged(ticket, fields);
    let record: NoticeRecord = serde_json::from_value(json!({
        "notice_id": format!("{kind}:0123456789abcdef01234567"), "customer_id": "acme",
        "ticket_id": facts["ticket"]["ticket_id"], "month": "2026-06", "occurred_at": "2026-06-03T12:10:00Z",
        "kind": kind, "data": facts,
    }))
    .unwrap();
    checked(&record)
}

/// A level 3 ticket without a service: its times are in UTC.
fn general() -> Value {
    json!({ "title": "How do I add a number?", "level": 3, "service_name": null, "time_zone": "UTC" })
}

/// Both clocks of level 1 from the opening; `fields` are added to each.
fn clocks(acknowledge: Value, resolve: Value) -> Value {
    let start = json!({ "started_at": "2026-06-03T12:10:00Z" });
    let first = json!({
        "clock": "acknowledge", "target_s": 300, "limit_s": 900, "limit_at": "2026-06-03T12:25:00Z",
    });
    let second = json!({
        "clock": "resolve", "target_s": null, "limit_s": 86_400, "limit_at": "2026-06-04T12:10:00Z",
    });
    json!([merged(merged(start.clone(), first), acknowledge), merged(merged(start, second), resolve)])
}

/// A threshold of the acknowledge clock of level 1.
fn acknowledging(threshold: &str, due_at: &str, fields: Value) -> Value {
    let reached = json!({
        "clock": "acknowledge", "started_at": "2026-06-03T12:10:00Z", "limit_s": 900, "target_s": 300,
        "threshold": threshold, "due_at": due_at, "applies_from": "2026-06-03T12:10:00Z",
        "limit_at": "2026-06-03T12:25:00Z",
    });
    json!({ "reached": merged(reached, fields) })
}

/// A threshold of the resolve clock of level 3.
fn resolving(threshold: &str, due_at: &str, fields: Value) -> Value {
    let reached = json!({
        "clock": "resolve", "limit_s": 43_200, "target_s": 3600, "limit_at": "2026-06-04T00:10:00Z",
    });
    acknowledging(threshold, due_at, merged(reached, fields))
}

fn escalation(mut reached: Value, role: &str, name: &str) -> Value {
    let threshold = reached["reached"]["threshold"].clone();
    reached["step"] = json!({ "threshold": threshold, "role": role, "name": name, "channel": "phone" });
    reached
}

fn level_change(level: u8, reason: &str, clocks: Value) -> Value {
    json!({ "level": level, "reason": reason, "changed_at": "2026-06-03T13:10:00Z", "clocks": clocks })
}

fn correction(clock: &str, before: (&str, &str), after: Option<&str>, backdated_count: u32) -> Value {
    let (verdict, at) = before;
    json!({
        "correction": { "clock": clock, "before": { "verdict": verdict, "at": at }, "after": after },
        "backdated_count": backdated_count,
    })
}

fn resolution(resolved_at: &str, elapsed_s: i64, verdict: Option<&str>, fields: Value) -> Value {
    let reopen_until = resolved_at.parse::<sla::Instant>().unwrap().plus_s(7 * 86_400);
    let resolution = json!({
        "resolved_at": resolved_at, "elapsed_s": elapsed_s, "net_s": elapsed_s, "limit_s": 86_400,
        "verdict": verdict, "reopened_count": 0, "reopen_until": reopen_until,
    });
    merged(resolution, fields)
}

type Sample = (&'static str, Notice);

fn samples() -> Vec<Sample> {
    let mut samples = samples_of_time();
    samples.extend(samples_of_exclusions());
    samples.extend(samples_of_money());
    samples.extend(samples_of_performance());
    samples.extend(samples_of_claims());
    samples.extend(samples_of_tickets());
    samples.extend(samples_of_terms());
    samples
}

/// A claim in the customer dashboard, three days after the breach.
fn claim(fields: Value) -> Value {
    let claim = json!({
        "claim_id": "claim:2026-06:uptime:0123456789abcdef:1", "service_id": "uplink", "customer_id": "acme",
        "month": "2026-06", "kind": "uptime", "filed_at": "2026-06-06T09:30:00Z", "state": "held",
        "in_time": true, "decisions": 0,
    });
    json!({ "claim": merged(claim, fields) })
}

fn decided(fields: Value) -> Value {
    let decided = json!({
        "statement_revision": 1, "decided_at": "2026-07-02T22:00:00Z", "decisions": 1,
        "claim_until": "2026-06-10T22:00:00Z",
    });
    claim(merged(decided, fields))
}

fn samples_of_claims() -> Vec<Sample> {
    let rejected = |reason: &str| decided(json!({ "state": "rejected", "reason": reason }));
    let late = merged_in(rejected("late"), "claim", json!({ "amount": euros(508), "in_time": false }));
    let ticket = json!({ "ticket_id": "INC0000045" });
    let granted = json!({
        "kind": "performance", "state": "approved", "amount": euros(2_500),
        "review": {
            "amount": euros(2_500), "by": "erin", "reason": "Voice calls suffered for four days.",
            "at": "2026-07-04T08:00:00Z", "statement_revision": 1,
        },
    });
    let refused = json!({
        "kind": "performance", "state": "rejected", "reason": "reviewed",
        "review": {
            "by": "erin", "reason": "The probe's own line was slow.", "at": "2026-07-04T08:00:00Z",
            "statement_revision": 1,
        },
    });
    let closing = |fields| {
        let closing = json!({
            "month": "2026-06", "kind": "uptime", "claim_until": "2026-06-10T22:00:00Z", "reminder_h": 24,
        });
        json!({ "closing": merged(closing, fields) })
    };
    let received = |fields| worded("claim.received", claim(fields));
    let told = |facts| worded("claim.decided", facts);
    vec![
        ("a claim comes through the dashboard", received(json!({}))),
        ("a claim comes through support", received(ticket)),
        (
            "a claim for performance comes after the close",
            received(json!({ "kind": "performance", "state": "review" })),
        ),
        ("a claim is approved", told(decided(json!({ "state": "approved", "amount": euros(508) })))),
        ("nothing was missed", told(rejected("met"))),
        ("it came late", told(late)),
        ("only exclusions kept the commitment", told(rejected("excluded"))),
        ("it was claimed before", told(rejected("duplicate"))),
        ("nothing is known of it", told_of_no_service(rejected("not_found"))),
        ("a person must decide the month", told(decided(json!({ "state": "review" })))),
        ("a person must decide the rest", told(decided(json!({ "state": "review", "amount": euros(508) })))),
        ("a person must set the amount", told(decided(json!({ "state": "review", "kind": "performance" })))),
        ("a person granted it", told(decided(granted))),
        ("a person refused it", told(decided(refused))),
        (
            "a window is about to close",
            worded("claim.window_closing", closing(json!({ "credit": euros(508) }))),
        ),
        (
            "a window for performance is about to close",
            worded("claim.window_closing", closing(json!({ "kind": "performance" }))),
        ),
        ("nobody claimed", worded("credit.lapsed", entry("lapsed", 508))),
        ("what lapsed is taken back", worded("credit.lapsed", entry("lapsed", -508))),
        (
            "a performance credit is approved",
            worded("credit.approved", of_performance(entry("approved", 2_500))),
        ),
        ("a credit is paid out", worded("credit.approved", without_bill(entry("approved", 508)))),
        ("a credit is set off", worded("credit.reversed", without_bill(entry("reversal", -508)))),
    ]
}

fn merged_in(mut base: Value, name: &str, fields: Value) -> Value {
    base[name] = merged(base[name].take(), fields);
    base
}

fn without_bill(mut facts: Value) -> Value {
    facts["entry"].as_object_mut().unwrap().remove("billing_month");
    facts
}

fn of_performance(mut facts: Value) -> Value {
    facts["entry"]["kind"] = json!("performance");
    facts["entry"].as_object_mut().unwrap().remove("share_pct");
    facts
}

/// Words a claim about a service that the customer does not have.
fn told_of_no_service(mut facts: Value) -> Notice {
    facts["service"] = Value::Null;
    let record: NoticeRecord = serde_json::from_value(json!({
        "notice_id": "claim.decided:0123456789abcdef01234567", "customer_id": "acme", "month": "2026-06",
        "occurred_at": "2026-06-06T09:30:00Z", "kind": "claim.decided", "data": facts,
    }))
    .unwrap();
    checked(&record)
}

/// Samples of the notices of a revision of the terms, which every customer gets.
fn samples_of_terms() -> Vec<Sample> {
    let revised = |kind: &str, difference: &[&str]| {
        let record: NoticeRecord = serde_json::from_value(json!({
            "notice_id": format!("{kind}:0123456789abcdef01234567"), "customer_id": "acme",
            "month": "2026-09", "occurred_at": "2026-06-03T12:10:00Z", "kind": kind,
            "data": { "revised": {
                "terms": { "id": "infopromo-sla", "revision": 2, "digest": "0f".repeat(32) },
                "effective_from": "2026-09", "difference": difference,
            } },
        }))
        .unwrap();
        checked(&record)
    };
    let lines =
        ["Premium plan, uptime: 99.95 % → 99.97 %", "A claim is made: within 7 days → within 14 days"];
    vec![
        ("a revision is announced", revised("terms.announced", &lines)),
        ("a revision that changes no promise is announced", revised("terms.announced", &[])),
        ("a revision takes effect", revised("terms.effective", &lines)),
    ]
}

fn samples_of_time() -> Vec<Sample> {
    let until = json!({ "claim_until": "2026-06-10T22:00:00Z" });
    let budget = json!({ "budget": {
        "month": "2026-06", "threshold_pct": 75, "occurred_at": "2026-06-03T12:42:00Z", "down_s": 1980,
        "allowed_s": 2592, "commitment_pct": "99.9000",
    } });
    vec![
        ("an outage begins", worded("outage.opened", outage(1))),
        ("an outage goes on after all", worded("outage.opened", outage(2))),
        ("an outage ends", worded("outage.closed", outage_over("2026-06-03T13:22:30Z", 4350, 0))),
        (
            "an outage ends, partly excluded",
            worded("outage.closed", outage_over("2026-06-03T13:10:00Z", 600, 3000)),
        ),
        (
            "an outage turns out to be none",
            worded("outage.closed", outage_over("2026-06-03T12:10:00Z", 0, 0)),
        ),
        ("three quarters are used", worded("availability.at_risk", budget)),
        ("a breach, with its deadline", worded("availability.breached", breach(until))),
        (
            "a breach that is credited without a claim",
            worded(
                "availability.breached",
                breach(json!({ "claims": { "window_days": 7, "reminder_h": 24, "mode": "automatic" } })),
            ),
        ),
        ("a breach in an open outage", worded("availability.breached", breach(json!({})))),
        (
            "a breach is uncertain again",
            worded("availability.breach_withdrawn", breach(json!({ "down_s": 0, "best_pct": "100.0000" }))),
        ),
        (
            "a breach of a month before which the service ended",
            worded(
                "availability.breach_withdrawn",
                breach(json!({ "down_s": 0, "allowed_s": 0, "best_pct": null })),
            ),
        ),
        ("maintenance is announced", worded("maintenance.announced", maintenance(json!({})))),
        ("maintenance is near", worded("maintenance.reminder", maintenance(json!({})))),
        ("maintenance of several services", worded("maintenance.announced", covering(&[true, false], 3))),
        ("maintenance that came too soon", worded("maintenance.reminder", covering(&[false], 0))),
        (
            "maintenance is shortened",
            worded(
                "maintenance.changed",
                maintenance(json!({
                    "ends_at": "2026-06-10T02:00:00Z", "shortened_at": "2026-06-10T01:00:00Z",
                })),
            ),
        ),
        (
            "maintenance is cancelled",
            worded("maintenance.changed", maintenance(json!({ "cancelled_at": "2026-06-02T08:00:00Z" }))),
        ),
    ]
}

fn samples_of_exclusions() -> Vec<Sample> {
    let approved = json!({
        "ruling": "approve", "decision": step("bob", "report verified"),
        "dispute_until": "2026-06-19T08:00:00Z",
    });
    let rejected = json!({
        "ruling": "reject", "decision": step("bob", "the report names another day"), "dispute_until": null,
    });
    let withdrawal = json!({ "withdrawal": step("cyd", "the report was wrong"), "dispute_until": null });
    let withdrawn = merged(approved.clone(), withdrawal);
    let dispute = json!({ "dispute": {
        "customer_id": "acme", "statement": "The carrier was up.", "at": "2026-06-05T09:30:00Z",
    } });
    let disputed = |fields| worded("exclusion.disputed", merged(exclusion(fields), dispute.clone()));
    vec![
        ("an exclusion is raised", worded("exclusion.raised", exclusion(json!({})))),
        ("an exclusion is approved", worded("exclusion.decided", exclusion(approved.clone()))),
        ("an exclusion is rejected", worded("exclusion.decided", exclusion(rejected))),
        (
            "an exclusion is withdrawn before it was decided",
            worded(
                "exclusion.decided",
                exclusion(json!({
                    "withdrawal": step("ann", "raised by mistake"), "dispute_until": null,
                })),
            ),
        ),
        ("an exclusion is withdrawn", worded("exclusion.decided", exclusion(withdrawn))),
        ("an exclusion is disputed before it is decided", disputed(json!({}))),
        ("an approved exclusion is disputed", disputed(approved)),
    ]
}

fn samples_of_money() -> Vec<Sample> {
    let restated = json!({
        "previous": missed(),
        "result": result(json!({ "revision": 2, "unknown_s": 0, "excluded_s": 3000 })),
    });
    let dearer = json!({
        "previous": result(json!({ "unknown_s": 0 })), "result": merged(missed(), json!({ "revision": 2 })),
    });
    let partly = merged(missed(), json!({ "unknown_s": 780, "amount_max": euros(658) }));
    let open = result(json!({ "verdict": "indeterminate", "best_pct": "99.9100", "worst_pct": "99.8800" }));
    let excluded =
        result(json!({ "verdict": "not_applicable", "availability_pct": null, "down_s": 0, "unknown_s": 0 }));
    let silence = json!({ "silence": { "probe": "fra-1", "since": "2026-06-03T12:10:00Z" } });
    let never = json!({ "silence": { "since": "2026-06-03T12:10:00Z" } });
    vec![
        ("a month is met", worded("statement.closed", json!({ "result": result(json!({})) }))),
        ("a month is breached", worded("statement.closed", json!({ "result": missed() }))),
        ("a month is breached, partly unknown", worded("statement.closed", json!({ "result": partly }))),
        ("a month is open to decide", worded("statement.closed", json!({ "result": open.clone() }))),
        ("a month without agreed time", worded("statement.closed", json!({ "result": excluded }))),
        ("the people who decide it", worded("statement.indeterminate", json!({ "result": open }))),
        ("a statement is restated, for less", worded("statement.restated", restated)),
        ("a statement is restated, for more", worded("statement.restated", dearer)),
        ("a credit is approved", worded("credit.approved", entry("approved", 508))),
        ("a credit is reversed", worded("credit.reversed", entry("reversal", -508))),
        ("an export is ready", worded("export.ready", export())),
        ("a probe is silent", worded("checks.silent", silence)),
        ("a service was never checked", worded("checks.silent", never)),
        ("a quota is used up", used_up("tickets", 200)),
        ("a quota of claims is used up", used_up("claims", 74)),
        (
            "a service in UTC with a very long name",
            worded_for(&"Very long uplink ".repeat(12), "UTC", "availability.breached", breach(json!({}))),
        ),
    ]
}

/// Words that a customer's quota is used up; it is about no service.
fn used_up(kind: &str, limit: u32) -> Notice {
    let (day, until) = ("2026-06-03T00:00:00Z", "2026-06-04T00:00:00Z");
    let record: NoticeRecord = serde_json::from_value(json!({
        "notice_id": "quota.reached:0123456789abcdef01234567", "customer_id": "acme", "month": "2026-06",
        "occurred_at": "2026-06-03T12:10:00Z", "kind": "quota.reached",
        "data": { "quota": { "kind": kind, "limit": limit, "day": day, "until": until } },
    }))
    .unwrap();
    checked(&record)
}

fn samples_of_performance() -> Vec<Sample> {
    let latency = miss("latency_ms", ["61.204", "48.100", "190.000", "412.500", "50.000"]);
    let throughput = miss("throughput_mbps", ["99.999", "100.000", "100.000", "100.000", "100.000"]);
    let loss = miss("packet_loss_pct", ["0.100", "0.000", "0.400", "2.000", "0.100"]);
    let slow = |revision: u32, missed: Value| result(json!({ "revision": revision, "missed": missed }));
    let two = slow(2, json!(["latency_ms", "packet_loss_pct"]));
    let turned = json!({ "previous": slow(1, json!([])), "result": two });
    let back = json!({ "previous": slow(1, json!(["latency_ms"])), "result": slow(2, json!([])) });
    let both = merged(missed(), json!({ "missed": ["throughput_mbps"] }));
    vec![
        ("the latency is missed", worded("performance.missed", latency)),
        ("the throughput is missed", worded("performance.missed", throughput)),
        ("the packet loss is missed", worded("performance.missed", loss)),
        (
            "a month is met, but not its latency",
            worded("statement.closed", json!({ "result": slow(1, json!(["latency_ms"])) })),
        ),
        (
            "a month is breached, and its throughput missed",
            worded("statement.closed", json!({ "result": both })),
        ),
        ("late checks turn metrics to missed", worded("statement.restated", turned)),
        ("an exclusion turns a metric to met", worded("statement.restated", back)),
    ]
}

fn samples_of_tickets() -> Vec<Sample> {
    let mut samples = samples_of_openings_and_levels();
    samples.extend(samples_of_thresholds());
    samples.extend(samples_of_limits_and_escalation());
    samples.extend(samples_of_verdicts());
    samples
}

fn samples_of_openings_and_levels() -> Vec<Sample> {
    let general_clocks = clocks(
        json!({ "target_s": null, "limit_s": 1800, "limit_at": "2026-06-03T12:40:00Z" }),
        json!({ "target_s": 3600, "limit_s": 43_200, "limit_at": "2026-06-04T00:10:00Z" }),
    );
    let late_clocks = clocks(
        json!({ "stopped_at": "2026-06-03T12:14:00Z" }),
        json!({ "stopped_at": "2026-06-04T13:10:00Z" }),
    );
    let late = json!({ "stopped_at": "2026-06-03T12:30:00Z" });
    let anew = json!({ "started_at": "2026-06-03T13:10:00Z", "limit_at": "2026-06-04T13:10:00Z" });
    let milder = clocks(
        json!({ "target_s": 900, "limit_s": 1800, "limit_at": "2026-06-03T12:40:00Z" }),
        json!({ "limit_s": 259_200, "limit_at": "2026-06-06T12:10:00Z" }),
    );
    let opened = json!({ "channel": "phone", "clocks": clocks(json!({}), json!({})) });
    let hostile = json!({
        "ticket_id": "T".repeat(64), "title": format!("Calls\r\nBcc: x\u{2028}{}", "drop ".repeat(38)),
    });
    vec![
        ("a ticket is opened", told("ticket.opened", opened.clone())),
        (
            "a ticket without a service is opened",
            told_of(general(), "ticket.opened", json!({ "channel": "portal", "clocks": general_clocks })),
        ),
        (
            "a ticket's opening is known late",
            told("ticket.opened", json!({ "channel": "email", "clocks": late_clocks })),
        ),
        (
            "a ticket with a long title that forges lines",
            told_of(
                json!({ "title": hostile["title"] }),
                "ticket.opened",
                merged(opened.clone(), json!({ "channel": "chat" })),
            ),
        ),
        (
            "a ticket is opened with a note",
            told("ticket.opened", merged(opened.clone(), json!({ "note": "We are on it.\nAda" }))),
        ),
        ("a ticket with the longest id", told_of(hostile, "ticket.opened", opened)),
        (
            "a level was wrong, and its limit has passed",
            told("ticket.level_changed", level_change(1, "misclassified", clocks(json!({}), json!({})))),
        ),
        (
            "a problem has become worse, acknowledged before",
            told(
                "ticket.level_changed",
                merged(
                    level_change(1, "worsened", clocks(late, anew)),
                    json!({ "note": "All sites are hit." }),
                ),
            ),
        ),
        (
            "a level was changed twice",
            told_of(json!({ "level": 2 }), "ticket.level_changed", level_change(1, "misclassified", milder)),
        ),
    ]
}

fn samples_of_thresholds() -> Vec<Sample> {
    vec![
        (
            "three quarters of the time to acknowledge",
            told("ticket.warning", acknowledging("75", "2026-06-03T12:21:15Z", json!({}))),
        ),
        (
            "three quarters of the time to acknowledge, with the longest id",
            told_of(
                json!({ "ticket_id": "T".repeat(64) }),
                "ticket.warning",
                acknowledging("75", "2026-06-03T12:21:15Z", json!({})),
            ),
        ),
        (
            "half of the time to resolve, without a service",
            told_of(general(), "ticket.warning", resolving("50", "2026-06-03T18:10:00Z", json!({}))),
        ),
        (
            "not acknowledged within the target",
            told(
                "ticket.acknowledge_target_missed",
                acknowledging("target", "2026-06-03T12:15:01Z", json!({})),
            ),
        ),
        (
            "acknowledged after the target, known late",
            told(
                "ticket.acknowledge_target_missed",
                acknowledging(
                    "target",
                    "2026-06-03T12:15:01Z",
                    json!({ "stopped_at": "2026-06-03T12:25:00Z" }),
                ),
            ),
        ),
        (
            "not resolved within the target, without a service",
            told_of(
                general(),
                "ticket.resolve_target_missed",
                resolving("target", "2026-06-03T13:10:01Z", json!({})),
            ),
        ),
    ]
}

fn samples_of_limits_and_escalation() -> Vec<Sample> {
    let target = acknowledging("target", "2026-06-03T12:15:01Z", json!({}));
    let limit = acknowledging("limit", "2026-06-03T12:25:01Z", json!({}));
    let half = acknowledging("50", "2026-06-03T12:17:30Z", json!({}));
    let late = json!({ "stopped_at": "2026-06-03T12:29:30Z" });
    let changed = json!({
        "due_at": "2026-06-03T13:10:00Z", "applies_from": "2026-06-03T13:10:00Z",
        "stopped_at": "2026-06-03T12:29:30Z",
    });
    let miss = "2026-06-03T12:25:01Z";
    vec![
        ("not acknowledged within the limit", told("ticket.acknowledge_missed", limit.clone())),
        (
            "acknowledged after the limit, known late",
            told("ticket.acknowledge_missed", acknowledging("limit", miss, late)),
        ),
        (
            "acknowledged after a limit that came to apply later",
            told("ticket.acknowledge_missed", acknowledging("limit", miss, changed)),
        ),
        (
            "not resolved within the limit, without a service",
            told_of(
                general(),
                "ticket.resolve_missed",
                resolving("limit", "2026-06-04T00:10:01Z", json!({})),
            ),
        ),
        (
            "resolved after the limit, known late",
            told_of(
                json!({ "level": 3 }),
                "ticket.resolve_missed",
                resolving("limit", "2026-06-04T00:10:01Z", json!({ "stopped_at": "2026-06-05T01:10:00Z" })),
            ),
        ),
        (
            "the team lead takes over",
            told("ticket.escalated", escalation(target, "team lead", "Support team lead on call")),
        ),
        (
            "the duty manager takes over",
            told("ticket.escalated", escalation(limit, "duty manager", "Duty manager on call")),
        ),
        (
            "a long role takes over at half of the time",
            told("ticket.escalated", escalation(half, "head of customer operations", "Ann\nOncall")),
        ),
    ]
}

fn samples_of_verdicts() -> Vec<Sample> {
    let resolved =
        |at, elapsed_s, verdict, fields| told("ticket.resolved", resolution(at, elapsed_s, verdict, fields));
    let corrected =
        |clock, before, after, count| told("ticket.corrected", correction(clock, before, after, count));
    let asked = json!({ "net_s": 67_500, "reopened_count": 1, "note": "A cable was replaced." });
    let again = json!({ "reopened_count": 2 });
    let general_late =
        resolution("2026-06-04T00:10:01Z", 43_201, Some("missed"), json!({ "limit_s": 43_200 }));
    let milder = resolution("2026-06-04T13:10:00Z", 90_000, Some("missed"), json!({ "limit_s": 259_200 }));
    let missed = ("missed", "2026-06-03T12:25:01Z");
    let open = correction("resolve", ("missed", "2026-06-04T00:10:01Z"), Some("running"), 1);
    vec![
        ("resolved in time", resolved("2026-06-04T10:00:00Z", 78_600, Some("met"), json!({}))),
        (
            "reopened and resolved in time, the customer was asked",
            resolved("2026-06-06T10:00:00Z", 72_000, Some("met"), asked),
        ),
        ("reopened and resolved late", resolved("2026-06-07T10:00:00Z", 90_000, Some("missed"), again)),
        ("resolved late, without a service", told_of(general(), "ticket.resolved", general_late)),
        (
            "resolved after the limit of an earlier level",
            told_of(json!({ "level": 2 }), "ticket.resolved", milder),
        ),
        ("resolved, then cancelled", resolved("2026-06-03T12:20:00Z", 600, None, json!({}))),
        ("acknowledged in time after all", corrected("acknowledge", missed, Some("met"), 1)),
        ("resolved late after all", corrected("resolve", ("met", "2026-06-04T11:00:00Z"), Some("missed"), 2)),
        ("to be resolved after all", told_of(general(), "ticket.corrected", open)),
        ("cancelled before the limit after all", corrected("acknowledge", missed, None, 3)),
    ]
}

fn shown(samples: Vec<Sample>) -> String {
    let mut shown = String::new();
    for (what, Notice { kind, severity, subject, text, .. }) in samples {
        shown += &format!("# {what} ({kind}, {})\n{subject}\n\n{text}\n\n", severity.as_str());
    }
    shown
}

#[test]
fn every_kind_reads_well() {
    let mut samples = samples_of_time();
    samples.extend(samples_of_exclusions());
    samples.extend(samples_of_money());
    samples.extend(samples_of_performance());
    insta::assert_snapshot!(shown(samples));
}

#[test]
fn every_word_on_claims_reads_well() {
    insta::assert_snapshot!(shown(samples_of_claims()));
}

#[test]
fn every_kind_about_a_ticket_reads_well() {
    insta::assert_snapshot!(shown(samples_of_tickets()));
}

#[test]
fn every_kind_about_the_terms_reads_well() {
    insta::assert_snapshot!(shown(samples_of_terms()));
}

#[test]
fn every_kind_is_among_the_samples() {
    let kinds: BTreeSet<String> = samples().into_iter().map(|(_, notice)| notice.kind).collect();
    // The kinds of `events::Happening`; a new one must be added here with its sample.
    assert_eq!(kinds.len(), 36, "{kinds:?}");
}

#[test]
fn a_subject_is_one_short_printable_line() {
    for (what, Notice { subject, text, .. }) in samples() {
        assert!(!subject.is_empty() && subject.chars().count() < 100, "{what}: {subject}");
        assert!(!subject.chars().any(char::is_control), "{what}");
        assert!(!text.is_empty() && !text.contains('@'), "{what}");
        let breaks = |c: char| (c.is_control() && c != '\n') || matches!(c, '\u{2028}' | '\u{2029}');
        assert!(!text.chars().any(breaks), "{what}: {text}");
    }
}
