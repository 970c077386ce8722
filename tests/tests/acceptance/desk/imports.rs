//! Imports and corrections: a file registers what its lines would register one by one, all errors are told at
//! once, and what was wrong is corrected or taken back as long as nothing would be lost.

use acceptance::faults::{Report, Scenario, every, runtime};
use acceptance::world::{Event, World};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Desk, check, with};

const HEADER: &str = "customer_id,customer_name,customer_email,service_id,name,plan,monthly_fee,currency,region,activated_at,\
                      time_zone,resolution_s,check_interval_s,max_silence_s,quorum";
/// Two services of a new customer and one of a known one.
const LINES: [&str; 3] = [
    "hafen,Hafen AG,,portal,Portal,standard,129.50,CHF,eu-north,2026-06-01T00:00:00Z,,,,null,",
    "hafen,,,shop,\"Shop, with checkout\",premium,1200,EUR,eu-north,2026-06-01T00:00:00Z,Europe/Berlin,,,,2",
    "acme,Acme GmbH,,tax,Tax,enterprise,499.00,EUR,eu-central,2026-06-01T00:00:00Z,,,,,",
];

fn file(lines: &[&str]) -> String {
    format!("{HEADER}\n{}\n", lines.join("\n"))
}

fn import(csv: &str) -> Value {
    json!({ "command": "import_services", "csv": csv })
}

fn undo(answer: &Value) -> Value {
    json!({ "command": "undo_import", "import_id": answer["import_id"] })
}

fn correct(fields: Value) -> Value {
    with(json!({ "command": "correct_service", "service_id": "uplink" }), fields)
}

/// A check of the service, some minutes after the month's begin.
fn checked(service: &str, minute: u32, status: &str) -> Value {
    json!({ "checks": [with(check(service, status), json!({ "checked_at": format!("2026-06-01T00:{minute:02}:00Z") }))] })
}

#[tokio::test]
async fn a_dry_run_tells_what_would_come_and_every_error_and_changes_nothing() {
    let desk = Desk::open().await;
    let before = desk.dump();
    let dry = desk.run(with(import(&file(&LINES)), json!({ "dry_run": true }))).await.unwrap();
    insta::assert_snapshot!(dry, @r#"{"customers":["hafen"],"dry_run":true,"errors":[],"import_id":"import-235757b04e2c6547","known":[],"services":["portal","shop","tax"]}"#);
    let wrong = file(&[
        LINES[0],
        "nobody,,,x,X,gold,1.234,EUR,eu,yesterday,,7,,,",
        "nobody,,,y,Y,standard,1,EUR,eu,2026-06-01T00:00:00Z,,,,,",
        "acme,Acme SE,,uplink,Other,standard,1,EUR,eu,2026-06-01T00:00:00Z,,,,,",
        LINES[0],
    ]);
    let dry = desk.run(with(import(&wrong), json!({ "dry_run": true }))).await.unwrap();
    let refused = desk.run(import(&wrong)).await.unwrap_err();
    insta::assert_snapshot!(refused, @r"
    BadRequest: csv: nothing was imported: line 3, plan: unknown variant `gold`, expected one of `standard`, `premium`, `enterprise`
    line 3, activated_at: `yesterday` is not an instant: write RFC 3339 such as 2026-06-01T00:00:00Z (seconds 00 to 59)
    line 3, resolution_s: `7` is not a resolution: write a divisor of 60 (1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30 or 60 seconds)
    line 3, monthly_fee: `1.234 EUR` is not an amount of EUR: write at most 2 decimals, and no more than 9007199254740991 minor units
    line 4, customer_id: `nobody` is not registered: give its name as customer_name on one line
    line 5, customer_name: `acme` is registered with another name or address: leave both empty, or change the customer first
    line 5, service_id: `uplink` is registered with other content: leave the line out, or correct it with correct_service
    line 6, service_id: `portal` is on line 2 already: name each service once
    ");
    let told = dry["errors"].as_array().unwrap();
    let lines: Vec<String> = told.iter().map(|error| error["error"].as_str().unwrap().to_owned()).collect();
    assert!(lines.iter().all(|line| refused.contains(line)), "{lines:?}");
    assert_eq!(before.difference(&desk.dump()), "");
}

/// Returns what there is beside imports, their numbers and the trail.
fn without_imports(dump: acceptance::world::Dump) -> acceptance::world::Dump {
    let mut rest = dump.without(&[], &["item IMPORT#", "item TRAIL#"]);
    rest.0.retain(|name, _| !name.contains("#import#"));
    rest
}

#[tokio::test]
async fn an_import_is_given_once_and_undone_as_long_as_nothing_was_recorded() {
    let desk = Desk::open().await;
    let before = desk.dump();
    let answer = desk.run(import(&file(&LINES))).await.unwrap();
    assert_eq!(answer["services"], json!(["portal", "shop", "tax"]));
    assert_eq!(desk.run(import(&file(&LINES))).await.unwrap(), answer);
    let more = desk.run(import(&file(&[LINES[0], &LINES[1].replace("shop", "web")]))).await.unwrap();
    assert_eq!((&more["services"], &more["known"]), (&json!(["web"]), &json!(["portal"])));
    assert_eq!(more["customers"], json!([]));
    desk.run(json!({ "command": "show_service", "service_id": "web" })).await.unwrap();
    let undone = desk.run(undo(&more)).await.unwrap();
    assert_eq!(desk.run(undo(&more)).await.unwrap(), undone);
    let first = desk.run(undo(&answer)).await.unwrap();
    assert_eq!((&first["customers"], &first["customers_kept"]), (&json!(["hafen"]), &json!([])));
    let rest = |dump: acceptance::world::Dump| without_imports(dump).without(&["version"], &[]);
    assert_eq!(rest(before).difference(&rest(desk.dump())), "", "nothing is left but the trail");
    let again = desk.run(import(&file(&LINES))).await.unwrap_err();
    assert!(again.starts_with("Conflict: csv: import `import-"), "{again}");
    desk.run(import(&format!("{}\n", file(&LINES)))).await.unwrap();
    // What came since, by hand, is not the first import's.
    assert_eq!(desk.run(undo(&answer)).await.unwrap(), first);
    desk.run(json!({ "command": "show_service", "service_id": "tax" })).await.unwrap();
    let trail = desk.run(json!({ "command": "list_changes", "object": "service:tax" })).await.unwrap();
    let acts: Vec<&str> =
        trail["changes"].as_array().unwrap().iter().map(|change| change["act"].as_str().unwrap()).collect();
    assert!(acts.contains(&"undo_import") && acts.contains(&"register_service"), "{acts:?}");
}

#[tokio::test]
async fn an_import_whose_services_are_used_is_not_undone_and_all_of_them_are_named() {
    let desk = Desk::open().await;
    let answer = desk.run(import(&file(&LINES))).await.unwrap();
    desk.0.advance_to("2026-06-01T00:10:00Z").unwrap();
    desk.invoke("record-checks", checked("portal", 5, "up")).await.unwrap();
    let alarm = json!({
        "command": "register_alarm", "service_id": "tax",
        "alarm_arn": "arn:aws:cloudwatch:eu-central-1:000000000000:alarm:tax",
    });
    desk.run(alarm).await.unwrap();
    let window = json!({
        "command": "announce_maintenance", "window_id": "w-9", "starts_at": "2026-06-10T00:00:00Z",
        "ends_at": "2026-06-10T04:00:00Z", "scope": { "services": ["shop"] }, "reason": "switch replacement",
    });
    desk.run(window).await.unwrap();
    let before = desk.dump();
    let refused = desk.run(undo(&answer)).await.unwrap_err();
    insta::assert_snapshot!(refused, @"Conflict: import_id: something was recorded for `portal` (checks), `shop` (maintenance), `tax` (an alarm): end these with terminate_service, or correct them with correct_service");
    assert_eq!(before.difference(&desk.dump()), "");
}

#[tokio::test]
async fn a_customer_who_was_told_something_stays() {
    let desk = Desk::open().await;
    let answer = desk.run(import(&file(&LINES[..2]))).await.unwrap();
    desk.0.advance_to("2026-06-01T00:10:00Z").unwrap();
    desk.invoke("record-checks", json!({ "sweep": true })).await.unwrap();
    let undone = desk.run(undo(&answer)).await.unwrap();
    assert_eq!((&undone["customers"], &undone["customers_kept"]), (&json!([]), &json!(["hafen"])));
    // Nothing of the services is left to be looked at, and what is sent for them is unknown.
    desk.0.advance_to("2026-06-01T01:00:00Z").unwrap();
    desk.invoke("record-checks", json!({ "sweep": true })).await.unwrap();
    let recorded = desk.invoke("record-checks", checked("portal", 5, "up")).await.unwrap();
    assert_eq!(recorded["accepted"], 0);
}

#[tokio::test]
async fn a_wrong_registration_is_corrected_before_the_first_check() {
    let desk = Desk::open().await;
    desk.0.advance_to("2026-06-01T00:10:00Z").unwrap();
    desk.invoke("record-checks", json!({ "sweep": true })).await.unwrap();
    let right = json!({
        "name": "Uplink", "plan": "premium", "monthly_fee": { "minor": 100, "currency": "CHF" }, "region": "eu",
        "time_zone": "UTC", "activated_at": "2026-06-01T00:00:00Z", "resolution_s": 10, "max_silence_s": Value::Null,
        "quorum": 2,
    });
    let mut correction = correct(json!({}));
    right.as_object().unwrap().iter().for_each(|(name, value)| correction[name] = value.clone());
    let corrected = desk.run(correction.clone()).await.unwrap();
    assert_eq!(desk.run(correction).await.unwrap(), corrected, "again");
    for (name, value) in right.as_object().unwrap() {
        assert_eq!(corrected[name], *value, "{name}");
    }
    desk.run(correct(json!({ "quorum": 1 }))).await.unwrap();
    desk.invoke("record-checks", json!({ "sweep": true })).await.unwrap();
    // What is stored for it now is what a service that was registered right has.
    desk.invoke("record-checks", checked("uplink", 5, "up")).await.unwrap();
    desk.invoke(
        "record-checks",
        json!({ "checks": [
        with(check("uplink", "down"), json!({ "checked_at": "2026-06-01T00:06:10Z" })),
        with(check("uplink", "up"), json!({ "checked_at": "2026-06-01T00:06:20Z" })),
    ] }),
    )
    .await
    .unwrap();
    let stated = json!({ "month": "2026-06", "service_id": "uplink", "as_of": "2026-06-01T00:10:00Z" });
    let stated = desk.invoke("close-month", stated).await.unwrap();
    let seconds = &stated["statements"][0]["seconds"];
    assert_eq!(*seconds, json!({ "period": 600, "up": 290, "down": 10, "unknown": 300, "excluded": 0 }));
    let mut shown = desk
        .refusals(&[
            ("zone, once it was checked", correct(json!({ "time_zone": "Europe/Berlin" }))),
            ("nothing new", correct(json!({ "name": "Uplink" }))),
            ("unknown", correct(json!({ "service_id": "nothing", "plan": "premium" }))),
        ])
        .await;
    desk.run(correct(json!({ "plan": "enterprise" }))).await.unwrap();
    desk.0.advance_to("2026-07-02T03:00:00Z").unwrap();
    desk.invoke("close-month", json!({ "month": "2026-06", "service_id": "uplink" })).await.unwrap();
    shown +=
        &desk.refusals(&[("plan, once a month is closed", correct(json!({ "plan": "standard" })))]).await;
    insta::assert_snapshot!(shown, @r"
    zone, once it was checked
        Conflict: service_id: checks of `uplink` are recorded: only name, plan and fee can be corrected now; for the rest, end it with terminate_service and register another service
    nothing new
        BadRequest: service_id: `uplink` is registered so already: give what is to be corrected
    unknown
        NotFound: service_id: `nothing` is not known: register it with register_service, or look it up with list_services
    plan, once a month is closed
        Conflict: service_id: a month of `uplink` is closed: change plan and fee with change_service, or end it with terminate_service and register another service
    ");
}

#[tokio::test]
async fn a_corrected_region_tells_of_its_maintenance_and_takes_none_that_was_not_told() {
    let desk = Desk::open().await;
    let window = |id: &str, region: &str, day: u32| {
        json!({
            "command": "announce_maintenance", "window_id": id, "starts_at": format!("2026-06-{day}T00:00:00Z"),
            "ends_at": format!("2026-06-{day}T04:00:00Z"), "scope": { "region": region }, "reason": "switches",
        })
    };
    for command in [window("w-soon", "soon", 10), window("w-late", "late", 20)] {
        desk.run(command).await.unwrap();
    }
    desk.0.advance_to("2026-06-09T00:00:00Z").unwrap();
    let refused = desk.run(correct(json!({ "region": "soon" }))).await.unwrap_err();
    insta::assert_snapshot!(refused, @"Conflict: region: maintenance `w-soon` over `soon` would count for `uplink` from 2026-06-10T00:00:00Z on, and its customer was not told in time: register another service in that region");
    desk.run(correct(json!({ "region": "late" }))).await.unwrap();
    desk.invoke("send-notices", json!({ "sweep": true })).await.unwrap();
    assert_eq!(desk.published("maintenance.announced"), 1);
}

#[test]
fn imports_survive_every_fault() {
    let world = runtime().unwrap().block_on(async {
        let desk = Desk::open().await;
        desk.0
    });
    let given = Event::new("run-desk", import(&file(&[LINES[0], LINES[2]])));
    println!("{}", survives(&Scenario::new(world.clone(), vec![given.clone()])));
    let answer = runtime().unwrap().block_on(world.seed(&[given])).unwrap().remove(0);
    println!("{}", survives(&Scenario::new(world, vec![Event::new("run-desk", undo(&answer))])));
    let corrected = runtime().unwrap().block_on(async { Desk::open().await.0 });
    let correction = correct(json!({ "time_zone": "UTC", "region": "eu" }));
    println!("{}", survives(&Scenario::new(corrected, vec![Event::new("run-desk", correction)])));
}

fn survives(scenario: &Scenario) -> Report {
    every(scenario).map_err(|error| error.to_string()).unwrap()
}

/// Registrations as commands, of at most four services of two customers.
fn registrations() -> impl Strategy<Value = Vec<Value>> {
    let name = "[A-Za-zäß,;\"'() -]{0,20}[a-z]";
    let number = |from: u32, to: u32| proptest::option::of(from..=to);
    let own = (
        name,
        0..2usize,
        "(standard|premium|enterprise)",
        (1..1_000_000u64, "(EUR|JPY|KWD)"),
        (1..29u32, 0..60u32),
    );
    let measured = (
        proptest::option::of("(UTC|Europe/Berlin|America/New_York)"),
        proptest::option::of(proptest::sample::select(vec![1u32, 10, 30, 60])),
        number(1, 3600),
        proptest::option::of(number(0, 3600)),
        number(1, 64),
    );
    let service = (own, measured).prop_map(|((name, of, plan, (minor, currency), (day, second)), measured)| {
        let (time_zone, resolution_s, check_interval_s, max_silence_s, quorum) = measured;
        let mut command = json!({
            "command": "register_service", "customer_id": format!("c-{of}"), "name": name.trim(), "plan": plan,
            "monthly_fee": { "minor": minor, "currency": currency }, "region": "eu",
            "activated_at": format!("2026-06-{day:02}T00:00:{second:02}Z"), "time_zone": time_zone,
            "resolution_s": resolution_s, "check_interval_s": check_interval_s, "quorum": quorum,
        });
        if let Some(silence) = max_silence_s {
            command["max_silence_s"] = json!(silence);
        }
        command
    });
    proptest::collection::vec(service, 1..5).prop_map(|services| {
        let services = services.into_iter().enumerate();
        services.map(|(nth, own)| with(own, json!({ "service_id": format!("s-{nth}") }))).collect()
    })
}

/// Writes registrations as a file, as a spreadsheet would.
fn written(services: &[Value], separator: u8) -> String {
    let mut writer = csv::WriterBuilder::new().delimiter(separator).from_writer(Vec::new());
    writer.write_record(HEADER.split(',')).unwrap();
    let cell = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    };
    for service in services {
        let fee: sla::Money = serde_json::from_value(service["monthly_fee"].clone()).unwrap();
        let row = HEADER.split(',').map(|column| match column {
            "customer_name" => service["customer_id"].as_str().unwrap().replace("c-", "Customer "),
            "customer_email" => "ops@example.com".to_owned(),
            "monthly_fee" => fee.major(),
            "currency" => fee.currency.to_string(),
            "max_silence_s" if service.get(column) == Some(&Value::Null) => "null".to_owned(),
            column => cell(&service[column]),
        });
        writer.write_record(row).unwrap();
    }
    String::from_utf8(writer.into_inner().unwrap()).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn a_file_registers_what_its_lines_register_one_by_one(
        services in registrations(),
        separator in proptest::sample::select(vec![b',', b';', b'\t']),
    ) {
        let runtime = runtime().unwrap();
        let world = || runtime.block_on(World::at("2026-06-01T00:00:00Z")).unwrap();
        let (single, imported) = (world(), world());
        let mut customers: Vec<&str> = services.iter().map(|own| own["customer_id"].as_str().unwrap()).collect();
        customers.sort_unstable();
        customers.dedup();
        let customers = customers.into_iter().map(|id| json!({
            "command": "register_customer", "customer_id": id, "name": id.replace("c-", "Customer "),
            "email": "ops@example.com",
        }));
        let commands: Vec<Event> =
            customers.chain(services.iter().cloned()).map(|own| Event::new("run-desk", own)).collect();
        runtime.block_on(single.seed(&commands)).unwrap();
        let file = Event::new("run-desk", import(&written(&services, separator)));
        runtime.block_on(imported.seed(&[file])).unwrap();
        let shown = |world: &World| without_imports(world.dump().unwrap());
        prop_assert_eq!(shown(&single).difference(&shown(&imported)), "");
    }
}
