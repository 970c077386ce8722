//! The terms as a document: the built-in one, the linter on every kind of mistake, differences, publication.

use proptest::prelude::*;
use serde_json::{Value, json};
use sla::measurement::Measurement;
use sla::terms::lint::unknown_fields;
use sla::terms::{BUILT_IN_DOCUMENT, Finding, Publication, Severity, difference, lint};
use sla::{Edition, Inputs, Instant, Month, Status, Terms, TermsBook, Zone};

use crate::world::{check, measurements, service, timelines, world};

/// Numbers at which unchecked arithmetic goes wrong.
const EXTREMES: [i64; 14] = [
    i64::MIN,
    -1,
    0,
    1,
    2,
    99,
    100,
    366,
    648,
    999_975,
    1_000_000,
    u32::MAX as i64,
    i64::MAX / 3_600,
    i64::MAX,
];

fn built_in() -> Value {
    serde_json::to_value(Terms::built_in()).unwrap()
}

fn read(document: &Value) -> Terms {
    serde_json::from_value(document.clone()).unwrap()
}

/// A document in which every list has an element, and every choice is made.
fn full() -> Value {
    let mut document = built_in();
    let step = document.pointer("/levels/critical/escalation/0").unwrap().clone();
    for level in ["degraded", "general"] {
        document["levels"][level]["escalation"] = json!([step]);
    }
    document["levels"]["general"]["acknowledge"]["target_s"] = json!(900);
    document["metrics"]["latency"]["regions"] = json!([{ "region": "ap-south", "limit_us": 80_000 }]);
    document["plans"]["premium"]["throughput_floor_kbps"] = json!(200_000);
    document
}

fn with(pointer: &str, value: Value) -> Value {
    let mut document = full();
    *document.pointer_mut(pointer).unwrap() = value;
    document
}

fn shown(findings: &[Finding]) -> String {
    let line = |finding: &Finding| {
        let severity = if finding.severity == Severity::Error { "error" } else { "warning" };
        format!("    {severity}: {finding}\n")
    };
    findings.iter().map(line).collect()
}

/// Returns the paths of all scalars in a document.
fn leaves(value: &Value, path: String) -> Vec<String> {
    match value {
        Value::Object(fields) => {
            fields.iter().flat_map(|(name, value)| leaves(value, format!("{path}/{name}"))).collect()
        }
        Value::Array(values) => values
            .iter()
            .enumerate()
            .flat_map(|(nth, value)| leaves(value, format!("{path}/{nth}")))
            .collect(),
        _ => vec![path],
    }
}

#[test]
fn the_document_in_the_project_is_the_built_in_revision() {
    let document: Value = toml::from_str(BUILT_IN_DOCUMENT).unwrap();
    assert_eq!(unknown_fields(&document), []);
    assert_eq!(read(&document), Terms::built_in());
}

#[test]
fn the_built_in_revision_is_warned_of_what_the_agreement_says_of_level_3() {
    insta::assert_snapshot!(shown(&lint(&Terms::built_in())), @"    warning: levels.general.resolve.limit_s: 43200 (12 h) is tighter than level 1's 24 h and level 2's 72 h: kept as written");
    assert!(lint(&read(&full())).iter().all(|finding| !finding.is_error()));
}

/// Mistakes and oddities, each with the change to the full document that causes it.
fn mistakes() -> Vec<(&'static str, Value)> {
    let step = json!({ "threshold": "90", "role": "lead", "name": "On call", "channel": "phone" });
    vec![
        ("/revision", json!(0)),
        ("/revision", json!(10_000)),
        ("/notice_days", json!(0)),
        ("/close_after_h", json!(0)),
        ("/close_after_h", json!(649)),
        ("/maintenance/notice_h", json!(-1)),
        ("/maintenance/reminder_h", json!(73)),
        ("/exclusions/clauses", json!(["third_party", "third_party"])),
        ("/exclusions/clauses", json!([])),
        ("/exclusions/raise_days", json!(0)),
        ("/exclusions/dispute_days", json!(-14)),
        ("/plans/standard/commitment_ppm", json!(0)),
        ("/plans/standard/commitment_ppm", json!(1_000_001)),
        ("/plans/standard/commitment_ppm", json!(999_600)),
        ("/plans/enterprise/commitment_ppm", json!(999_000)),
        ("/plans/enterprise/commitment_ppm", json!(999_996)),
        ("/plans/enterprise/commitment_ppm", json!(1_000_000)),
        ("/plans/premium/commitment_ppm", json!(999_976)),
        ("/plans/premium/resolution_s", json!(7)),
        ("/plans/premium/resolution_s", json!(0)),
        ("/plans/premium/throughput_floor_kbps", json!(0)),
        ("/plans/premium/throughput_floor_kbps", json!(50_000)),
        ("/warnings_pct", json!([50, 50, 100])),
        ("/warnings_pct", json!([90, 0])),
        ("/warnings_pct", json!((1..=21).collect::<Vec<_>>())),
        ("/metrics/latency/limit_us", json!(0)),
        ("/metrics/latency/regions", json!([{ "region": "eu" }, { "region": "eu", "limit_us": 0 }])),
        ("/metrics/throughput_floor_kbps", json!(0)),
        ("/metrics/loss_limit_ppm", json!(1_000_001)),
        ("/credits/rate_pct", json!(0)),
        ("/credits/cap_pct", json!(101)),
        ("/claims/window_days", json!(0)),
        ("/claims/window_days", json!(1)),
        ("/levels/critical/acknowledge/target_s", json!(900)),
        ("/levels/critical/acknowledge/limit_s", json!(1_801)),
        ("/levels/critical/resolve/limit_s", json!(300_000)),
        ("/levels/critical/resolve/limit_s", json!(40_000_000)),
        ("/levels/critical/escalation", json!([])),
        ("/levels/critical/escalation", json!([step, step])),
        ("/levels/critical/escalation/0/threshold", json!("80")),
        ("/levels/critical/escalation/0/role", json!(" ")),
        ("/levels/critical/escalation/1/name", json!("Bell\u{7}")),
        ("/levels/degraded/acknowledge/target_s", json!(null)),
        ("/levels/degraded/acknowledge/limit_s", json!(3_600)),
        ("/levels/degraded/resolve/target_s", json!(0)),
        ("/tickets/warnings_pct", json!([90, 75])),
        ("/tickets/reopen_days", json!(0)),
    ]
}

#[test]
fn every_mistake_is_named_with_field_value_and_remedy() {
    let usual = lint(&read(&full()));
    let mut told = String::new();
    for (pointer, value) in mistakes() {
        let mut findings = lint(&read(&with(pointer, value.clone())));
        findings.retain(|finding| !usual.contains(finding));
        assert!(!findings.is_empty(), "{pointer} {value} is not found");
        told += &format!("{pointer} = {value}\n{}", shown(&findings));
    }
    insta::assert_snapshot!(told);
}

#[test]
fn a_field_that_terms_do_not_have_is_named_wherever_it_is() {
    let mut document = full();
    document["plans"]["premium"]["comitment_ppm"] = json!(999_700);
    document["levels"]["general"]["escalation"][0]["phone"] = json!("+49 30 1234");
    document["metrics"]["latency"]["regions"][0]["limit_ms"] = json!(80);
    document["notice"] = json!(30);
    insta::assert_snapshot!(shown(&unknown_fields(&document)));
    assert_eq!(unknown_fields(&full()), []);
}

/// Values to write at a leaf, some of which its type refuses.
fn others(value: &Value) -> Vec<Value> {
    match value {
        Value::Number(number) => vec![json!(number.as_i64().unwrap() + 1)],
        Value::Null => vec![json!(1)],
        _ => ["started", "automatic", "limit", "target", "force_majeure", "third_party", "2026-09", "other"]
            .map(Value::from)
            .into(),
    }
}

#[test]
fn no_changed_field_escapes_the_difference() {
    let document = full();
    let old = read(&document);
    assert_eq!(difference(&old, &old), Vec::<String>::new());
    let paths = leaves(&document, String::new());
    assert!(paths.len() >= 60, "{}", paths.len());
    for path in paths {
        let changed = others(document.pointer(&path).unwrap()).into_iter().map(|value| with(&path, value));
        let changed: Vec<Terms> =
            changed.filter_map(|document| serde_json::from_value(document).ok()).collect();
        let changed: Vec<&Terms> = changed.iter().filter(|terms| **terms != old).collect();
        assert!(!changed.is_empty(), "nothing else can be written at {path}");
        for new in changed {
            assert_ne!(difference(&old, new), Vec::<String>::new(), "{path}");
        }
    }
}

#[test]
fn the_difference_reads_as_customers_speak() {
    let mut document = full();
    for (pointer, value) in [
        ("/revision", json!(2)),
        ("/effective_from", json!("2026-09")),
        ("/plans/premium/commitment_ppm", json!(999_700)),
        ("/plans/enterprise/resolution_s", json!(5)),
        ("/metrics/latency/limit_us", json!(45_500)),
        ("/metrics/loss_limit_ppm", json!(500)),
        ("/credits/step", json!("started")),
        ("/claims/window_days", json!(14)),
        ("/levels/critical/acknowledge/limit_s", json!(630)),
        ("/levels/general/escalation", json!([])),
        ("/exclusions/clauses", json!(["force_majeure"])),
        ("/tickets/warnings_pct", json!([80])),
        ("/close_after_h", json!(48)),
    ] {
        *document.pointer_mut(pointer).unwrap() = value;
    }
    insta::assert_snapshot!(difference(&Terms::built_in(), &read(&document)).join("\n"));
}

fn second(pointer: &str, value: Value) -> Terms {
    let mut document = built_in();
    document["revision"] = json!(2);
    document["effective_from"] = json!("2026-08");
    *document.pointer_mut(pointer).unwrap() = value;
    read(&document)
}

#[test]
fn a_revision_follows_the_latest_and_is_announced_in_time() {
    let now = |text: &str| text.parse::<Instant>().unwrap();
    let book = TermsBook::new(Vec::new());
    let premium = second("/plans/premium/commitment_ppm", json!(999_700));
    let published =
        Publication::New { changes: vec!["Premium plan, uptime: 99.95 % → 99.97 %".to_owned()] };
    // Thirty days before 00:00 UTC of 1 August is 00:00 UTC of 2 July.
    assert_eq!(book.publish(&premium, now("2026-07-02T00:00:00Z")), Ok(published));
    assert_eq!(book.publish(&Terms::built_in(), now("2026-07-02T00:00:00Z")), Ok(Publication::Known));
    let mut told = String::new();
    let mut refuse = |tried: &str, book: &TermsBook, terms: &Terms, at: &str| {
        told += &format!("{tried}\n    {}\n", book.publish(terms, now(at)).unwrap_err());
    };
    refuse("a second late", &book, &premium, "2026-07-02T00:00:01Z");
    refuse("revision 3 before 2", &book, &second("/revision", json!(3)), "2026-06-01T00:00:00Z");
    refuse("revision 1 anew", &book, &second("/revision", json!(1)), "2026-06-01T00:00:00Z");
    refuse("another document", &book, &second("/terms_id", json!("sla")), "2026-06-01T00:00:00Z");
    refuse("everything at once", &book, &second("/notice_days", json!(0)), "2027-01-15T12:00:00Z");
    let book = TermsBook::new(vec![premium.clone()]);
    assert_eq!(book.publish(&premium, now("2030-01-01T00:00:00Z")), Ok(Publication::Known), "at any time");
    let third = Terms { revision: 3, ..second("/effective_from", json!("2026-08")) };
    refuse("the same month", &book, &third, "2026-06-01T00:00:00Z");
    refuse("revision 2 anew", &book, &second("/notice_days", json!(60)), "2026-06-01T00:00:00Z");
    insta::assert_snapshot!(told);
}

#[test]
fn changes_are_announced_as_the_revision_in_force_today_says() {
    let longer = second("/notice_days", json!(90));
    let book = TermsBook::new(vec![longer]);
    let first = |now: &str| book.first_possible(now.parse().unwrap()).to_string();
    assert_eq!(first("2026-07-31T23:59:59Z"), "2026-09", "by revision 1: 30 days");
    assert_eq!(first("2026-08-01T00:00:00Z"), "2026-11", "by revision 2: 90 days, from 30 October");
    assert_eq!(first("2026-08-03T00:00:00Z"), "2026-11", "90 days to the second");
    assert_eq!(first("2026-08-03T00:00:01Z"), "2026-12");
}

/// A month in which a service was down for half a day and unknown for a while.
fn breached_month(fee: u64) -> Inputs {
    let at = |text: &str| text.parse::<Instant>().unwrap();
    let mut service = service("UTC", at("2026-06-01T00:00:00Z"));
    service.monthly_fee.minor = fee;
    let mut checks = [
        check(1, at("2026-06-01T00:00:00Z"), Some(at("2026-06-10T00:00:00Z")), Status::Up),
        check(1, at("2026-06-10T00:01:00Z"), Some(at("2026-06-10T12:00:00Z")), Status::Down),
        check(1, at("2026-06-10T13:00:00Z"), Some(at("2026-06-30T23:59:00Z")), Status::Up),
    ];
    checks[0].measurement =
        Measurement { latency_us: Some(u32::MAX), throughput_kbps: Some(1), loss_ppm: Some(1_000_000) };
    let month = "2026-06".parse::<Month>().unwrap();
    Inputs {
        voids: Vec::new(),
        review: None,
        rules: Edition::PRESENT,
        probes: timelines(&service, &checks, at("2026-06-01T00:00:00Z")),
        measurements: measurements(&service, &checks, month.bounds(Zone::UTC)),
        tickets: Vec::new(),
        month,
        revision: 1,
        as_of: at("2026-07-02T00:00:00Z"),
        terms: Terms::built_in(),
        windows: Vec::new(),
        service,
    }
}

/// Judges a month under terms that the linter accepts. True if it did.
fn judge(inputs: &Inputs, terms: Terms) -> bool {
    if lint(&terms).iter().any(Finding::is_error) {
        return false;
    }
    let (month, zone, fee) = (inputs.month, inputs.service.time_zone, inputs.service.monthly_fee);
    let closes_at = terms.closes_at(month, zone);
    assert!(closes_at > month.bounds(zone).end && closes_at < month.next().bounds(zone).end, "{closes_at}");
    if let Some(statement) = (Inputs { terms: terms.clone(), ..inputs.clone() }).statement().unwrap() {
        let alternatives = statement.credit.alternatives;
        for amount in [statement.credit.amount, statement.credit.amount_max, alternatives.started] {
            assert!(amount.minor <= fee.minor, "{amount} of {fee}");
        }
        let at_most = (u128::from(fee.minor) * u128::try_from(terms.credits.cap_pct).unwrap()).div_ceil(100);
        assert!(u128::from(statement.credit.amount_max.minor) <= at_most, "the cap holds");
    }
    true
}

#[test]
fn no_number_of_a_document_without_errors_breaks_a_statement() {
    let document = full();
    let months = [1, sla::money::MINOR_MAX].map(breached_month);
    let (mut tried, mut passed) = (0, 0);
    for path in leaves(&document, String::new()) {
        let numbers = EXTREMES.iter().filter(|_| document.pointer(&path).unwrap().is_number());
        for terms in numbers.filter_map(|number| serde_json::from_value(with(&path, json!(number))).ok()) {
            let terms: Terms = terms;
            tried += 1;
            passed += usize::from(months.iter().all(|month| judge(month, terms.clone())));
        }
    }
    assert!(tried > 400 && passed > 50, "{passed} of {tried}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    /// Two or more changes at once, over generated months.
    #[test]
    fn a_document_without_errors_never_breaks_a_statement(
        world in world(),
        changes in prop::collection::vec(
            (any::<prop::sample::Index>(), prop::sample::select(EXTREMES.to_vec())), 2..5,
        ),
    ) {
        let mut document = full();
        let paths = leaves(&document, String::new());
        for (place, number) in changes {
            let path: &String = place.get(&paths);
            let leaf = document.pointer_mut(path).unwrap();
            if leaf.is_number() {
                *leaf = json!(number);
            }
        }
        if let Ok(terms) = serde_json::from_value::<Terms>(document) {
            prop_assert!(!difference(&Terms::built_in(), &terms).is_empty());
            judge(&world.inputs(), terms);
        }
    }
}
