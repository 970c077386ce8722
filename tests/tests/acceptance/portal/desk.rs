//! The desk: only staff and finance see it, each act is done under one's own name, and open work is listed as
//! long as it is open.

use std::collections::BTreeSet;

use acceptance::faults::runtime;
use acceptance::short_june::{
    CLOSED, Course, START, checks, desk, file_claim, june, june_in, mark_invoiced, raise_exclusion, service,
    ticket_opening, tickets, with,
};
use acceptance::webhooks::register;
use acceptance::world::World;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use events::command::{CommandName, Mandate};
use serde_json::{Value, json};
use sla::Instant;

use crate::portal::visitor::{Answer, NOW, Visited, visit_desk};

/// The fields of a form.
type Fields = &'static [(&'static str, &'static str)];

/// Every path to read.
const SHOWN: [&str; 47] = [
    "/",
    "/search",
    "/search?words=nothing",
    "/waiting",
    "/tickets",
    "/tickets?show=resolved&customer_id=acme",
    "/tickets/T-1",
    "/tickets/T-1/state",
    "/tickets/new",
    "/customers",
    "/customers/new",
    "/customers/acme",
    "/services/new?customer_id=acme",
    "/services/api",
    "/services",
    "/services?show=down",
    "/sources",
    "/sources/new?kind=alertmanager",
    "/sources/am",
    "/sources/am/map?key=7c&service_id=api",
    "/sources/am/trial",
    "/targets",
    "/targets/new?kind=http&service_id=api",
    "/targets/t-1",
    "/statements/api/2026-06",
    "/statements/api/2026-06?revision=1",
    "/imports/new",
    "/maintenance",
    "/maintenance?month=2026-08",
    "/maintenance/new",
    "/exclusions",
    "/exclusions?month=2026-06",
    "/exclusions/new?service_id=api",
    "/exclusions/x-1",
    "/voids",
    "/roles",
    "/voids/new?service_id=api",
    "/voids/v-1",
    "/reviews",
    "/quarantine",
    "/terms",
    "/terms/draft",
    "/months",
    "/months/2026-06",
    "/changes",
    "/changes?kind=void&id=v-1",
    "/openapi.json",
];

/// The pages that are a form of staff.
const FORMS: [&str; 11] = [
    "/tickets/new",
    "/customers/new",
    "/services/new?customer_id=acme",
    "/sources/new?kind=alertmanager",
    "/sources/am/map?key=7c&service_id=api",
    "/targets/new?kind=http&service_id=api",
    "/imports/new",
    "/maintenance/new",
    "/exclusions/new?service_id=api",
    "/voids/new?service_id=api",
    "/terms/draft",
];

/// Every form that changes something, valid except for its sender.
const CHANGED: [(&str, Fields); 19] = [
    ("/reviews", &[("month api 2026-06", "yes"), ("verdict", "met"), ("reason", "it was up")]),
    (
        "/commands/open_ticket",
        &[
            ("ticket_id", "T-2"),
            ("customer_id", "acme"),
            ("level", "1"),
            ("channel", "phone"),
            ("title", "No calls"),
        ],
    ),
    ("/commands/acknowledge_ticket", &[("ticket_id", "T-1"), ("note", "seen")]),
    ("/commands/take_ticket", &[("ticket_id", "T-1")]),
    ("/commands/register_customer", &[("customer_id", "new"), ("name", "New")]),
    ("/commands/change_customer", &[("customer_id", "acme"), ("name", "Acme plc")]),
    ("/commands/terminate_service", &[("service_id", "api"), ("at", "2026-09-01T00:00")]),
    (
        "/commands/announce_maintenance",
        &[
            ("window_id", "m-1"),
            ("starts_at", "2026-08-01T02:00"),
            ("ends_at", "2026-08-01T04:00"),
            ("scope_kind", "all"),
            ("reason", "new switches"),
        ],
    ),
    (
        "/commands/raise_exclusion",
        &[
            ("exclusion_id", "x-2"),
            ("services", "api"),
            ("clause", "third_party"),
            ("starts_at", "2026-06-30T23:00"),
            ("ends_at", "2026-06-30T23:01"),
            ("evidence", "the carrier's report"),
        ],
    ),
    ("/commands/decide_exclusion", &[("exclusion_id", "x-1"), ("decision", "approve"), ("note", "verified")]),
    ("/commands/withdraw_exclusion", &[("exclusion_id", "x-1"), ("note", "it was ours")]),
    (
        "/commands/void_checks",
        &[
            ("void_id", "v-2"),
            ("service_id", "api"),
            ("probe", "default"),
            ("starts_at", "2026-06-30T23:00"),
            ("ends_at", "2026-06-30T23:01"),
            ("evidence", "its clock was wrong"),
        ],
    ),
    ("/commands/decide_void", &[("void_id", "v-1"), ("decision", "reject"), ("note", "it was right")]),
    (
        "/commands/review_statement",
        &[("service_id", "dark"), ("month", "2026-06"), ("verdict", "met"), ("reason", "its own log")],
    ),
    ("/commands/restate_month", &[("service_id", "api"), ("month", "2026-06"), ("reason", "late logs")]),
    (
        "/commands/file_claim",
        &[("service_id", "api"), ("month", "2026-06"), ("customer_id", "acme"), ("kind", "uptime")],
    ),
    ("/commands/mark_invoiced", &[("month", "2026-06")]),
    ("/terms", &[("document", "revision = 2")]),
    ("/sources/am/secret", &[("act", "enter_secret"), ("secret", "a-secret-of-some-length")]),
];

/// A June that leaves open work of every kind to staff: an exclusion, a void, an indeterminate month, a
/// performance claim, a dispute, an unreadable check.
async fn world() -> World {
    let services = [("api", Course::Breached), ("dark", Course::Unknown), ("slow", Course::Slow)];
    let world = june_in(World::without_roles(START).await.unwrap(), &services, CLOSED).await.unwrap();
    let void = json!({
        "command": "void_checks", "void_id": "v-1", "service_id": "api", "probe": "default",
        "starts_at": "2026-06-30T23:00:00Z", "ends_at": "2026-06-30T23:03:00Z", "evidence": "its disk was full",
        "raised_by": "ada",
    });
    let raised = |id: &str, service: &str| {
        let mut command = raise_exclusion(service);
        command["exclusion_id"] = json!(id);
        command["raised_by"] = json!("ada");
        desk(command)
    };
    let dispute = json!({
        "command": "dispute_exclusion", "exclusion_id": "x-3", "customer_id": "acme",
        "statement": "our other line worked",
    });
    world.advance_to("2026-07-02T01:00:00Z").unwrap();
    let unreadable = json!({ "service_id": "api", "checked_at": "2026-07-01T00:00:00Z", "status": "fine" });
    world
        .seed(&[
            raised("x-1", "api"),
            raised("x-3", "slow"),
            desk(void),
            desk(file_claim("slow", "performance")),
            desk(dispute),
            checks(&[unreadable]),
            register("am", "alertmanager", &json!({})),
            desk(json!({
                "command": "register_target", "target_id": "t-1", "service_id": "api", "region": "eu-1",
                "check": { "tcp": { "host": "a.example.com", "port": 443 } },
            })),
            tickets(&[ticket_opening("2026-07-02T00:00:00Z")]),
        ])
        .await
        .unwrap();
    world.advance_to(NOW).unwrap();
    world
}

/// Approves a change as Ada, or Grace if Ada proposed it, if an answer leads to one that waits.
async fn approve(at_desk: &Visited, location: &str) {
    let Some(change) = location.strip_prefix("/waiting/").and_then(|rest| rest.split('?').next()) else {
        return;
    };
    let id = change.parse().unwrap();
    let proposal = at_desk.system.directory().proposal(&id).await.unwrap().unwrap().value;
    let second = at_desk.staff(if proposal.proposed_by.as_str() == "ada" { "grace" } else { "ada" });
    let csrf = at_desk.csrf(&second).await;
    let fields = [("change_id", change), ("decision", "approve"), ("csrf", &csrf)];
    let answer = at_desk.post("/commands/decide_change", Some(&second), &fields).await;
    let to = answer.headers.get("location").and_then(|to| to.to_str().ok());
    assert_eq!(to, Some(format!("/waiting/{change}?done=decide_change").as_str()), "{}", answer.text);
    let page = at_desk.get(to.unwrap(), Some(&second)).await;
    assert!(page.text.contains("Approved"), "{}", page.text);
}

fn text(answer: &Answer) -> &str {
    &answer.text
}

/// True if the first page lists open work of a kind; kinds without any are named in one line below.
fn waits(page: &str, name: &str) -> bool {
    page.contains(&format!(">{name}</a>"))
}

#[test]
fn nobody_sees_or_changes_anything_at_the_desk_without_being_of_staff() {
    runtime().unwrap().block_on(async {
        let world = world().await;
        let at_desk = visit_desk(&world);
        let before = world.dump().unwrap();
        let now_s = NOW.parse::<Instant>().unwrap().epoch_s();
        let claims = |change: Value| {
            let mut claims = json!({ "sub": "ada", "aud": "desk", "scope": "openid staff" });
            claims.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
            at_desk.issuer.token(&claims).unwrap()
        };
        let id_token = json!({
            "iss": "https://id.example", "aud": "desk", "sub": "ada", "scope": "openid staff", "exp": now_s + 600,
        });
        let token = at_desk.staff("ada");
        let parts: Vec<&str> = token.split('.').collect();
        let none = format!("eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0Iiwia2lkIjoibGFwdG9wIn0.{}.", parts[1]);
        let strangers = [
            ("no token", None),
            ("a customer", Some(at_desk.token("acme"))),
            ("expired", Some(claims(json!({ "exp": now_s })))),
            ("another issuer", Some(claims(json!({ "iss": "https://evil.example" })))),
            ("alg none", Some(none)),
            ("another signature", Some(format!("{}.{}.{}", parts[0], parts[1], "A".repeat(86)))),
            ("an ID token", Some(at_desk.issuer.sign(&id_token, "JWT").unwrap())),
        ];
        for (who, token) in &strangers {
            for path in SHOWN {
                let answer = at_desk.get(path, token.as_deref()).await;
                assert_eq!(answer.status, StatusCode::SEE_OTHER, "{who} at {path}");
                assert_eq!(text(&answer), "", "{who} at {path}");
            }
            for (path, fields) in CHANGED {
                let answer = at_desk.post(path, token.as_deref(), fields).await;
                assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{who} at {path}");
            }
        }
        let known = [
            ("a customer of the desk's client", json!({ "scope": "openid customer", "customer_id": "acme" })),
            ("no scope", json!({ "scope": "openid" })),
            ("nobody", json!({ "sub": "a b c" })),
        ];
        let csrf = at_desk.csrf(&token).await;
        for (who, change) in known {
            let token = claims(change);
            for path in SHOWN {
                let answer = at_desk.get(path, Some(&token)).await;
                assert_eq!(answer.status, StatusCode::FORBIDDEN, "{who} at {path}");
                assert!(!text(&answer).contains("acme"), "{who} at {path}: {}", text(&answer));
            }
            for (path, fields) in CHANGED {
                let answer = at_desk.post(path, Some(&token), &[fields, &[("csrf", &csrf)]].concat()).await;
                assert_eq!(answer.status, StatusCode::FORBIDDEN, "{who} at {path}");
            }
        }
        for (path, fields) in CHANGED {
            let missing = at_desk.post(path, Some(&token), fields).await;
            assert_eq!(missing.status, StatusCode::FORBIDDEN, "{path} without the session's secret");
        }
        for path in SHOWN {
            let answer = at_desk.get(path, Some(&token)).await;
            assert_eq!(answer.status, StatusCode::OK, "{path}: {}", text(&answer));
        }
        assert_eq!(world.dump().unwrap().difference(&before), "", "nothing was written");
    });
}

#[test]
fn an_exclusion_takes_two_people_whatever_the_form_says() {
    runtime().unwrap().block_on(async {
        let world = world().await;
        let at_desk = visit_desk(&world);
        let (ada, grace) = (at_desk.staff("ada"), at_desk.staff("grace"));
        let raise = CHANGED.iter().find(|(path, _)| path.ends_with("raise_exclusion")).unwrap();
        let csrf = at_desk.csrf(&ada).await;
        let fields = [raise.1, &[("csrf", csrf.as_str()), ("raised_by", "grace")]].concat();
        for _ in 0..2 {
            let raised = at_desk.post(raise.0, Some(&ada), &fields).await;
            assert_eq!(raised.status, StatusCode::SEE_OTHER, "{}", text(&raised));
            assert_eq!(raised.headers["location"], "/exclusions/x-2?done=raise_exclusion");
        }
        let page = at_desk.get("/exclusions/x-2", Some(&ada)).await;
        assert!(!text(&page).contains("/commands/decide_exclusion"), "{}", text(&page));
        let decide = |csrf: &str| {
            [
                ("exclusion_id", "x-2"),
                ("decision", "approve"),
                ("note", "the report is genuine"),
                ("decided_by", "grace"),
            ]
            .into_iter()
            .chain([("csrf", csrf)])
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect::<Vec<_>>()
        };
        let own = decide(&csrf);
        let own: Vec<(&str, &str)> =
            own.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let refused = at_desk.post("/commands/decide_exclusion", Some(&ada), &own).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
        assert!(
            text(&refused).contains("the report is genuine"),
            "what was written is kept: {}",
            text(&refused)
        );
        let others = decide(&at_desk.csrf(&grace).await);
        let others: Vec<(&str, &str)> = others.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let decided = at_desk.post("/commands/decide_exclusion", Some(&grace), &others).await;
        assert_eq!(decided.status, StatusCode::SEE_OTHER, "{}", text(&decided));
        let exclusion = at_desk.system.directory().exclusion(&"x-2".parse().unwrap()).await.unwrap().unwrap();
        let exclusion = exclusion.value.object;
        assert_eq!(exclusion.raised_by.as_str(), "ada");
        assert_eq!(exclusion.decision.unwrap().by.as_str(), "grace");
        // Approved after the close: the daily run or a person restates, and the statement shows it.
        let restate =
            [("service_id", "api"), ("month", "2026-06"), ("reason", "an exclusion"), ("csrf", &csrf)];
        let restated = at_desk.post("/commands/restate_month", Some(&ada), &restate).await;
        assert_eq!(restated.headers["location"], "/statements/api/2026-06?done=restate_month");
        let statement = at_desk.get("/statements/api/2026-06", Some(&ada)).await;
        assert!(text(&statement).contains("Revision 2"), "{}", text(&statement));
    });
}

#[test]
fn what_waits_is_shown_until_it_is_decided() {
    runtime().unwrap().block_on(async {
        let world = world().await;
        let at_desk = visit_desk(&world);
        let grace = at_desk.staff("grace");
        let csrf = at_desk.csrf(&grace).await;
        let table = at_desk.system.directory();
        let now: Instant = NOW.parse().unwrap();
        let counts = || async {
            [
                table.waiting_exclusions(9).await.unwrap().first.len(),
                table.waiting_voids(9).await.unwrap().first.len(),
                table.undecided_statements(9).await.unwrap().first.len(),
                table.disputed_exclusions(now, 9).await.unwrap().first.len(),
                table.waiting_quarantine(9).await.unwrap().first.len(),
            ]
        };
        // A disputed exclusion that is still open is listed once, for its decision.
        assert_eq!(counts().await, [2, 1, 1, 0, 1]);
        let page = at_desk.get("/", Some(&grace)).await;
        for name in ["Exclusions", "Voids", "Indeterminate months", "Claims in review", "Quarantined input"] {
            assert!(waits(text(&page), name), "{name}: {}", text(&page));
        }
        let quarantined =
            table.waiting_quarantine(9).await.unwrap().first.remove(0).quarantine_id.to_string();
        let claim = table.claims(&table::WantedClaims::default(), 9).await.unwrap();
        let claim = claim.iter().find(|claim| claim.service_id.as_str() == "slow").unwrap();
        let mended = r#"{"service_id": "api", "checked_at": "2026-07-01T00:00:00Z", "status": "up"}"#;
        let claim_id = claim.claim_id.to_string();
        let forms: [(&str, Vec<(&str, &str)>); 7] = [
            ("decide_exclusion", vec![("exclusion_id", "x-1"), ("decision", "reject"), ("note", "ours")]),
            ("decide_exclusion", vec![("exclusion_id", "x-3"), ("decision", "approve"), ("note", "theirs")]),
            ("decide_void", vec![("void_id", "v-1"), ("decision", "reject"), ("note", "right")]),
            (
                "review_statement",
                vec![("service_id", "dark"), ("month", "2026-06"), ("verdict", "met"), ("reason", "log")],
            ),
            (
                "review_claim",
                vec![
                    ("claim_id", claim_id.as_str()),
                    ("decision", "approve"),
                    ("amount", "12.34 EUR"),
                    ("reason", "slow"),
                ],
            ),
            ("replay_quarantine", vec![("quarantine_id", quarantined.as_str()), ("payload", mended)]),
            ("replay_quarantine", vec![("quarantine_id", quarantined.as_str()), ("payload", mended)]),
        ];
        for (command, fields) in forms {
            let fields = [fields.as_slice(), &[("csrf", csrf.as_str())]].concat();
            let answer = at_desk.post(&format!("/commands/{command}"), Some(&grace), &fields).await;
            assert_eq!(answer.status, StatusCode::SEE_OTHER, "{command}: {}", text(&answer));
            let to = answer.headers["location"].to_str().unwrap();
            let shown = at_desk.get(to, Some(&grace)).await;
            assert_eq!(shown.status, StatusCode::OK, "{to}: {}", text(&shown));
            assert!(text(&shown).contains("Done"), "{to}: {}", text(&shown));
            approve(&at_desk, to).await;
        }
        // An approved and disputed exclusion waits for an answer to the customer.
        assert_eq!(counts().await, [0, 0, 0, 1, 0]);
        let credit = table.claim(&claim.claim_id).await.unwrap().unwrap();
        assert_eq!(credit.amount.map(|amount| amount.to_string()), Some("12.34 EUR".to_owned()));
        let withdraw = [("exclusion_id", "x-3"), ("note", "the customer is right"), ("csrf", csrf.as_str())];
        let answer = at_desk.post("/commands/withdraw_exclusion", Some(&grace), &withdraw).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
        approve(&at_desk, answer.headers["location"].to_str().unwrap()).await;
        assert_eq!(counts().await, [0, 0, 0, 0, 0]);
    });
}

#[test]
fn a_month_waits_for_its_review_again_when_it_is_restated_and_no_longer_once_it_is_certain() {
    runtime().unwrap().block_on(async {
        let world = world().await;
        let at_desk = visit_desk(&world);
        let table = at_desk.system.directory();
        let review = json!({
            "command": "review_statement", "service_id": "dark", "month": "2026-06", "verdict": "met",
            "by": "grace", "reason": "its own log",
        });
        world.seed(&[desk(review)]).await.unwrap();
        assert_eq!(table.undecided_statements(9).await.unwrap().first.len(), 0);
        // Other probes know more: half of the time at first, then the rest.
        let seen = |probe: &str, at: &str, status: &str| {
            let at = format!("2026-06-30T{at}:00Z");
            checks(&[json!({ "service_id": "dark", "probe": probe, "checked_at": at, "status": status })])
        };
        let restate = |reason: &str| {
            desk(json!({
                "command": "restate_month", "service_id": "dark", "month": "2026-06", "by": "ada", "reason": reason,
            }))
        };
        let half = [seen("second", "23:00", "up"), seen("second", "23:05", "unknown"), restate("a second probe")];
        world.seed(&half).await.unwrap();
        assert_eq!(table.undecided_statements(9).await.unwrap().first.len(), 1, "a review is of one revision");
        world.seed(&[seen("third", "23:05", "up"), restate("the rest of it")]).await.unwrap();
        let newest = table.newest_statement(&"dark".parse().unwrap(), "2026-06".parse().unwrap()).await;
        let newest = newest.unwrap().unwrap().statement;
        assert_eq!(newest.seconds.unknown, 0, "{newest:?}");
        assert_eq!(table.undecided_statements(9).await.unwrap().first.len(), 0);
    });
}

#[test]
fn bills_are_finances_and_decisions_are_staffs() {
    runtime().unwrap().block_on(async {
        let world = world().await;
        let at_desk = visit_desk(&world);
        let before = world.dump().unwrap();
        let (ada, luca) = (at_desk.staff("ada"), at_desk.staff("luca"));
        let (csrf_ada, csrf_luca) = (at_desk.csrf(&ada).await, at_desk.csrf(&luca).await);
        for path in SHOWN.into_iter().filter(|path| !FORMS.contains(path)) {
            let status = at_desk.get(path, Some(&luca)).await.status;
            assert_eq!(status, StatusCode::OK, "finance looks at {path}");
        }
        for (path, fields) in CHANGED.iter().filter(|(path, _)| !path.ends_with("mark_invoiced")) {
            let fields = [fields, [("csrf", csrf_luca.as_str())].as_slice()].concat();
            let answer = at_desk.post(path, Some(&luca), &fields).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "finance at {path}");
        }
        let invoiced = [("month", "2026-06"), ("csrf", csrf_ada.as_str())];
        let answer = at_desk.post("/commands/mark_invoiced", Some(&ada), &invoiced).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "staff marks a month as invoiced");
        assert_eq!(world.dump().unwrap().difference(&before), "", "nothing was written");
        let invoiced = [("month", "2026-06"), ("csrf", csrf_luca.as_str())];
        let answer = at_desk.post("/commands/mark_invoiced", Some(&luca), &invoiced).await;
        assert_eq!(answer.headers["location"], "/months/2026-06?done=mark_invoiced");
        let table = at_desk.system.directory();
        assert_eq!(table.invoiced_to().await.unwrap(), Some("2026-06".parse().unwrap()));
        // The function itself accepts the command from everybody who may invoke it.
        world.seed(&[desk(mark_invoiced("2026-07"))]).await.unwrap();
        assert_eq!(table.invoiced_to().await.unwrap(), Some("2026-07".parse().unwrap()));
    });
}

/// The evidence in a form that is refused.
const EVIDENCE: &str = "a report with <b>markup</b>";

/// Refused forms: the status, and the field at fault.
const REFUSED: [(&str, Fields, StatusCode, &str); 6] = [
    (
        "raise_exclusion",
        &[
            ("exclusion_id", "x-9"),
            ("services", "nothing"),
            ("clause", "third_party"),
            ("starts_at", "2026-06-30T23:00"),
            ("ends_at", "2026-06-30T23:01"),
            ("evidence", EVIDENCE),
        ],
        StatusCode::NOT_FOUND,
        "services",
    ),
    (
        "raise_exclusion",
        &[
            ("exclusion_id", "x-9"),
            ("services", "api"),
            ("clause", "third_party"),
            ("starts_at", "soon"),
            ("ends_at", "2026-06-30T23:01"),
            ("evidence", EVIDENCE),
        ],
        StatusCode::UNPROCESSABLE_ENTITY,
        "starts_at",
    ),
    (
        "register_service",
        &[
            ("service_id", "new"),
            ("customer_id", "acme"),
            ("name", EVIDENCE),
            ("plan", "premium"),
            ("monthly_fee", "a lot"),
            ("region", "eu"),
            ("activated_at", "2026-07-01T00:00"),
        ],
        StatusCode::UNPROCESSABLE_ENTITY,
        "monthly_fee",
    ),
    (
        "announce_maintenance",
        &[
            ("window_id", "m-9"),
            ("starts_at", "2026-07-03T14:00"),
            ("ends_at", "2026-07-03T15:00"),
            ("scope_kind", "all"),
            ("reason", EVIDENCE),
        ],
        StatusCode::UNPROCESSABLE_ENTITY,
        "starts_at",
    ),
    ("announce_maintenance", &[("reason", EVIDENCE)], StatusCode::UNPROCESSABLE_ENTITY, "scope_kind"),
    (
        "decide_exclusion",
        &[("exclusion_id", "x-1"), ("decision", "approve"), ("note", EVIDENCE)],
        StatusCode::FORBIDDEN,
        "",
    ),
];

#[test]
fn a_form_that_is_refused_comes_back_with_what_was_written() {
    runtime().unwrap().block_on(async {
        let world = world().await;
        let at_desk = visit_desk(&world);
        let ada = at_desk.staff("ada");
        let csrf = at_desk.csrf(&ada).await;
        let before = world.dump().unwrap();
        for (command, fields, status, wrong) in REFUSED {
            let fields = [fields, &[("csrf", csrf.as_str())]].concat();
            let answer = at_desk.post(&format!("/commands/{command}"), Some(&ada), &fields).await;
            assert_eq!(answer.status, status, "{command}: {}", text(&answer));
            assert!(text(&answer).contains("There is a problem"), "{command}: {}", text(&answer));
            assert!(text(&answer).contains("&lt;b&gt;markup"), "{command} keeps: {}", text(&answer));
            if !wrong.is_empty() {
                assert!(
                    text(&answer).contains(&format!("{wrong}-error")),
                    "{command} {wrong}: {}",
                    text(&answer)
                );
            }
        }
        for name in ["list_services", "show_ticket", "no_such_command", "..%2Fterms"] {
            let answer = at_desk.post(&format!("/commands/{name}"), Some(&ada), &[("csrf", &csrf)]).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{name}");
        }
        assert_eq!(world.dump().unwrap().difference(&before), "", "nothing was written");
    });
}

#[test]
fn a_revision_of_the_terms_is_looked_through_before_it_is_published() {
    runtime().unwrap().block_on(async {
        let world = world().await;
        let at_desk = visit_desk(&world);
        let ada = at_desk.staff("ada");
        let csrf = at_desk.csrf(&ada).await;
        let page = at_desk.get("/terms/draft", Some(&ada)).await;
        let begun = text(&page).split("<textarea").nth(1).and_then(|rest| rest.split_once('>')).unwrap().1;
        let begun = begun.split("</textarea>").next().unwrap().replace("&quot;", "\"");
        let send = |path: &'static str, document: String| {
            let (at_desk, ada, csrf) = (&at_desk, ada.as_str(), csrf.as_str());
            async move { at_desk.post(path, Some(ada), &[("document", &document), ("csrf", csrf)]).await }
        };
        let same = send("/terms/draft", begun.clone()).await;
        assert_eq!(same.status, StatusCode::OK);
        let better = begun.replace("commitment_ppm = 999500", "commitment_ppm = 999700");
        assert_ne!(better, begun, "{begun}");
        let looked_through = send("/terms/draft", better.clone()).await;
        assert!(text(&looked_through).contains("99.97"), "{}", text(&looked_through));
        assert!(text(&looked_through).contains("action=\"/terms\""), "{}", text(&looked_through));
        let wrong = better.replace("999700", "1999700");
        let refused = send("/terms", wrong.clone()).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", text(&refused));
        for document in [wrong, "revision = ".to_owned(), "{}".to_owned(), String::new()] {
            let told = send("/terms/draft", document).await;
            assert_eq!(told.status, StatusCode::OK);
            assert!(!text(&told).contains("action=\"/terms\""), "{}", text(&told));
        }
        let table = at_desk.system.directory();
        assert_eq!(table.terms().await.unwrap().latest().revision, 1);
        let proposed = send("/terms", better.clone()).await;
        let waiting = proposed.headers["location"].to_str().unwrap().to_owned();
        assert!(waiting.starts_with("/waiting/C-"), "{waiting}");
        assert_eq!(send("/terms", better.clone()).await.headers["location"], waiting.as_str());
        assert_eq!(table.terms().await.unwrap().latest().revision, 1, "one person publishes nothing");
        approve(&at_desk, &waiting).await;
        let published = send("/terms", better.clone()).await;
        assert_eq!(published.headers["location"], "/terms?done=publish_terms", "{}", text(&published));
        assert_eq!(table.terms().await.unwrap().latest().revision, 2);
        let page = at_desk.get("/terms", Some(&ada)).await;
        assert!(text(&page).contains("99.97"), "{}", text(&page));
    });
}

#[test]
fn ids_that_are_none_are_refused_at_the_desk() {
    runtime().unwrap().block_on(async {
        let world = world().await;
        let at_desk: Visited = visit_desk(&world);
        let ada = at_desk.staff("ada");
        for id in ["a%23b", "a%00", "%E2%80%AEapi", "..%2F..", "%20", &"a".repeat(600)] {
            for path in ["customers", "services", "exclusions", "voids", "claims", "quarantine", "months"] {
                let answer = at_desk.get(&format!("/{path}/{id}"), Some(&ada)).await;
                assert_eq!(answer.status, StatusCode::BAD_REQUEST, "/{path}/{id}");
                assert!(!answer.text.contains('\u{202e}') && !answer.text.contains('\0'), "{path}");
            }
        }
        for path in ["customers/x", "services/x", "exclusions/x", "voids/x", "statements/x/2026-06"] {
            let answer = at_desk.get(&format!("/{path}"), Some(&ada)).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "/{path}");
        }
    });
}

#[test]
fn programs_give_commands_with_a_token_and_a_key_and_under_its_persons_name() {
    runtime().unwrap().block_on(async {
        let world = world().await;
        let at_desk = visit_desk(&world);
        let (ada, luca) = (at_desk.staff("ada"), at_desk.staff("luca"));
        let ask = |token: Option<String>, key: Option<&'static str>, command: &'static str, body: Value| {
            let at_desk = &at_desk;
            async move {
                let mut request = Request::post(format!("/api/v1/commands/{command}"))
                    .header("content-type", "application/json");
                if let Some(token) = token {
                    request = request.header("authorization", format!("Bearer {token}"));
                }
                if let Some(key) = key {
                    request = request.header("idempotency-key", key);
                }
                at_desk.ask(request.body(body.to_string().into()).unwrap()).await
            }
        };
        let raise = json!({
            "exclusion_id": "x-7", "services": ["api"], "clause": "third_party",
            "starts_at": "2026-06-30T23:00:00Z", "ends_at": "2026-06-30T23:01:00Z", "evidence": "a report",
            "raised_by": "grace",
        });
        let before = world.dump().unwrap();
        let refused = [
            (None, Some("k"), StatusCode::UNAUTHORIZED),
            (Some("a.b.c".to_owned()), Some("k"), StatusCode::UNAUTHORIZED),
            (Some(at_desk.token("acme")), Some("k"), StatusCode::UNAUTHORIZED),
            (Some(ada.clone()), None, StatusCode::BAD_REQUEST),
        ];
        for (token, key, status) in refused {
            let answer = ask(token, key, "raise_exclusion", raise.clone()).await;
            assert_eq!(answer.status, status, "{}", text(&answer));
            assert_eq!(answer.headers["content-type"], "application/problem+json");
        }
        let cookie = Request::post("/api/v1/commands/list_services")
            .header("cookie", format!("__Host-nines-desk={ada}"))
            .header("content-type", "application/json")
            .header("idempotency-key", "k");
        let cookie = at_desk.ask(cookie.body("{}".into()).unwrap()).await;
        assert_eq!(cookie.status, StatusCode::UNAUTHORIZED, "a cookie opens no API");
        assert_eq!(world.dump().unwrap().difference(&before), "", "nothing was written");
        let finance = ask(Some(luca.clone()), Some("k-0"), "raise_exclusion", raise.clone()).await;
        assert_eq!(finance.status, StatusCode::FORBIDDEN, "{}", text(&finance));
        let first = ask(Some(ada.clone()), Some("k-1"), "raise_exclusion", raise.clone()).await;
        assert_eq!(first.status, StatusCode::OK, "{}", text(&first));
        let raised: Value = serde_json::from_str(text(&first)).unwrap();
        assert_eq!((&raised["exclusion_id"], &raised["raised_by"]), (&json!("x-7"), &json!("ada")));
        let again = ask(Some(ada.clone()), Some("k-1"), "raise_exclusion", raise.clone()).await;
        assert_eq!((again.status, text(&again)), (first.status, text(&first)));
        let decide =
            json!({ "exclusion_id": "x-7", "decision": "approve", "note": "mine", "decided_by": "grace" });
        let other = ask(Some(ada.clone()), Some("k-1"), "decide_exclusion", decide.clone()).await;
        assert_eq!(other.status, StatusCode::UNPROCESSABLE_ENTITY, "the key of another request");
        let own = ask(Some(ada.clone()), Some("k-2"), "decide_exclusion", decide.clone()).await;
        assert_eq!(own.status, StatusCode::FORBIDDEN, "{}", text(&own));
        let grace = ask(Some(at_desk.staff("grace")), Some("k-1"), "decide_exclusion", decide).await;
        assert_eq!(grace.status, StatusCode::OK, "a key is one person's: {}", text(&grace));
        let listed = ask(Some(luca), Some("k-3"), "list_services", json!({})).await;
        assert_eq!(listed.status, StatusCode::OK, "{}", text(&listed));
        for (command, body, status) in [
            ("no_such_command", json!({}), StatusCode::NOT_FOUND),
            ("raise_exclusion", json!({ "exclusion_id": "a#b" }), StatusCode::UNPROCESSABLE_ENTITY),
            ("raise_exclusion", json!(["x"]), StatusCode::UNPROCESSABLE_ENTITY),
        ] {
            let answer = ask(Some(ada.clone()), Some("k-9"), command, body).await;
            assert!(answer.status == status, "{command}: {} {}", answer.status, text(&answer));
        }
    });
}

#[test]
fn an_error_page_of_the_desk_keeps_the_time_and_the_navigation() {
    runtime().unwrap().block_on(async {
        let world = world().await;
        let desk = visit_desk(&world);
        let answer = desk.get("/customers/nothing-at-all", Some(&desk.staff("ada"))).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
        for text in [NOW, "aria-label=\"Desk\"", "Sign out", "Ada"] {
            assert!(answer.text.contains(text), "without {text}: {}", answer.text);
        }
        let stranger = desk.get("/nowhere", None).await;
        assert!(stranger.text.contains(NOW) && !stranger.text.contains("<nav"), "{}", stranger.text);
    });
}

/// Returns the commands whose forms a page holds.
fn offered(page: &str) -> impl Iterator<Item = CommandName> + '_ {
    let names = page.split("action=\"/commands/").skip(1).filter_map(|rest| rest.split('"').next());
    names.map(|name| CommandName::of(name).unwrap())
}

#[test]
fn what_a_role_cannot_do_is_not_offered_and_its_address_says_which_scope_it_takes() {
    runtime().unwrap().block_on(async {
        let world = world().await;
        let at_desk = visit_desk(&world);
        let table = at_desk.system.directory();
        let claim = table.claims(&table::WantedClaims::default(), 9).await.unwrap().remove(0).claim_id;
        let quarantined = table.waiting_quarantine(9).await.unwrap().first.remove(0).quarantine_id;
        let more = [
            format!("/claims/{claim}"),
            format!("/quarantine/{quarantined}"),
            "/exclusions/x-3".to_owned(),
            "/statements/dark/2026-06".to_owned(),
        ];
        let pages: Vec<&str> = SHOWN.into_iter().chain(more.iter().map(String::as_str)).collect();
        // Grace has raised nothing, so that she may decide all.
        for (who, scope) in [("grace", "staff"), ("luca", "finance")] {
            let token = at_desk.staff(who);
            let mut all = BTreeSet::new();
            for path in &pages {
                let page = at_desk.get(path, Some(&token)).await;
                if scope == "finance" && FORMS.contains(path) {
                    assert_eq!(page.status, StatusCode::FORBIDDEN, "{who} at {path}");
                    assert!(
                        text(&page).contains("lacks the scope `staff`"),
                        "{who} at {path}: {}",
                        text(&page)
                    );
                    continue;
                }
                assert_eq!(page.status, StatusCode::OK, "{who} at {path}: {}", text(&page));
                for command in offered(text(&page)) {
                    let own = match command.mandate() {
                        Mandate::Staff(_) => "staff",
                        Mandate::Finance(_) => "finance",
                        Mandate::Anyone => "no form",
                    };
                    assert_eq!(own, scope, "{command:?} at {path}");
                    all.insert(command.as_str());
                }
                let leads = FORMS.iter().any(|form| text(&page).contains(&format!("href=\"{form}\"")));
                assert!(scope == "staff" || !leads, "{path} leads to a form: {}", text(&page));
            }
            let count = CommandName::ALL.iter().filter(|command| match command.mandate() {
                Mandate::Staff(_) => scope == "staff",
                Mandate::Finance(_) => scope == "finance",
                Mandate::Anyone => false,
            });
            // An alarm is removed, a window changed, a change decided, and a file imported, where there is one.
            let not_here = [
                "cancel_maintenance",
                "decide_change",
                "import_services",
                "remove_alarm",
                "shorten_maintenance",
                "undo_import",
                // A wait is ended, and a ticket reopened, where there is one.
                "resume_ticket",
                "reopen_ticket",
            ];
            let expected: BTreeSet<&str> = count.map(|command| command.as_str()).collect();
            let expected = expected.into_iter().filter(|name| !not_here.contains(name)).collect();
            assert_eq!(all, expected, "{who}");
        }
    });
}

#[test]
fn the_api_is_described_to_whoever_may_use_it() {
    runtime().unwrap().block_on(async {
        let world = world().await;
        let at_desk = visit_desk(&world);
        let asked = |token: Option<String>| {
            let request = Request::get("/openapi.json");
            let request = match token {
                Some(token) => request.header("authorization", format!("Bearer {token}")),
                None => request,
            };
            at_desk.ask(request.body(Body::empty()).unwrap())
        };
        assert_eq!(asked(Some(at_desk.staff("luca"))).await.status, StatusCode::OK);
        assert_eq!(asked(Some("none".to_owned())).await.status, StatusCode::UNAUTHORIZED);
        let of_customers = asked(Some(at_desk.token("acme"))).await;
        assert_eq!(of_customers.status, StatusCode::UNAUTHORIZED, "another audience");
        let nobody = asked(None).await;
        assert_eq!(nobody.status, StatusCode::SEE_OTHER);
        assert_eq!(nobody.headers["location"], "/sign-in?return_to=%2Fopenapi%2Ejson");
    });
}

#[test]
fn a_file_is_looked_through_then_imported_and_undone() {
    const HEADER: &str = "customer_id;service_id;name;plan;monthly_fee;currency;region;activated_at";
    runtime().unwrap().block_on(async {
        let world = world().await;
        let at_desk = visit_desk(&world);
        let ada = at_desk.staff("ada");
        let csrf = at_desk.csrf(&ada).await;
        let wrong = format!("{HEADER}\nacme;bulk;Bulk;gold;10;EUR;eu;2026-08-01T00:00:00Z\n");
        let right = wrong.replace("gold", "premium");
        let before = world.dump().unwrap();
        let send = |path: &'static str, csv: String| {
            let (at_desk, ada, csrf) = (&at_desk, ada.as_str(), csrf.as_str());
            async move { at_desk.post(path, Some(ada), &[("csv", csv.as_str()), ("csrf", csrf)]).await }
        };
        let refused = send("/imports/new", wrong.clone()).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(text(&refused).contains("unknown variant"), "{}", text(&refused));
        assert!(!text(&refused).contains("/commands/import_services"), "{}", text(&refused));
        let found = send("/imports/new", right.clone()).await;
        assert_eq!(found.status, StatusCode::OK, "{}", text(&found));
        assert!(text(&found).contains("/commands/import_services"), "{}", text(&found));
        assert_eq!(world.dump().unwrap().difference(&before), "", "nothing was written");
        let refused = send("/commands/import_services", wrong).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        let imported = send("/commands/import_services", right).await;
        assert_eq!(imported.status, StatusCode::SEE_OTHER, "{}", text(&imported));
        let location = imported.headers["location"].to_str().unwrap().to_owned();
        let page = at_desk.get(&location, Some(&ada)).await;
        assert!(text(&page).contains("/services/bulk"), "{location}: {}", text(&page));
        let id = location.trim_start_matches("/imports/").split('?').next().unwrap();
        let undone = at_desk
            .post("/commands/undo_import", Some(&ada), &[("import_id", id), ("csrf", csrf.as_str())])
            .await;
        assert_eq!(undone.status, StatusCode::SEE_OTHER, "{}", text(&undone));
        assert_eq!(at_desk.get("/services/bulk", Some(&ada)).await.status, StatusCode::NOT_FOUND);
    });
}

#[test]
fn an_outage_stands_on_the_first_page_from_its_first_check_until_it_ends() {
    runtime().unwrap().block_on(async {
        let world = world().await;
        let at_desk = visit_desk(&world);
        let ada = at_desk.staff("ada");
        let check = |at: &str, status: &str| {
            checks(&[json!({ "service_id": "api", "checked_at": at, "status": status })])
        };
        let shown = async |path: &str| text(&at_desk.get(path, Some(&ada)).await).to_owned();
        let is_down =
            |page: &str| page.contains("href=\"/services/api\"") && page.contains("</svg>Down</span>");
        assert!(!is_down(&shown("/services?show=down").await));
        let (began, ended) = ("2026-07-03T11:57:00Z", "2026-07-03T11:59:00Z");
        world.seed(&[check(began, "down")]).await.unwrap();
        for path in ["/", "/services", "/services?show=down"] {
            let page = shown(path).await;
            assert!(is_down(&page) && page.contains(began), "{path}: {page}");
        }
        assert!(!shown("/services?show=silent").await.contains("href=\"/services/api\""));
        world.seed(&[check(ended, "up")]).await.unwrap();
        let page = shown("/services/api").await;
        let lead = "/exclusions/new?service_id=api&amp;starts_at=2026-07-03T11:57:00&amp;ends_at=2026-07-03T11:59:00";
        assert!(page.contains(lead) && page.contains("2\u{a0}min counted"), "{page}");
        let form = shown(&lead.replace("&amp;", "&")).await;
        assert!(form.contains("value=\"2026-07-03T11:57:00\"") && form.contains("api</textarea>"), "{form}");
        let form = shown("/maintenance/new?service_id=api").await;
        let is_chosen = form.contains("value=\"services\" required aria-describedby=\"scope_kind-means\" checked");
        assert!(is_chosen && form.contains("api</textarea>"), "{form}");
        assert!(!is_down(&shown("/services?show=down").await));
        let refused = at_desk.get("/services?show=slow", Some(&ada)).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST);
        assert!(
            text(&refused).contains("write one of down, silent, at-risk, breached"),
            "{}",
            text(&refused)
        );
    });
}

#[test]
fn a_form_takes_a_number_or_words_and_offers_what_fits() {
    runtime().unwrap().block_on(async {
        let world = world().await;
        let named = |id: &str, name: &str| {
            desk(with(service(id, "acme", 100, "EUR").payload, json!({ "name": name })))
        };
        world.seed(&[named("north", "Line Nord"), named("south", "Line Süd")]).await.unwrap();
        let at_desk = visit_desk(&world);
        let token = at_desk.staff("ada");
        let csrf = at_desk.csrf(&token).await;
        let number = events::search::Number::of(events::change::Subject::Service, "north");
        for (nth, typed) in ["north", number.short(), "lin nor", "line nord\nsud"].into_iter().enumerate() {
            let id = format!("x-picked-{nth}");
            let fields = [
                ("exclusion_id", id.as_str()),
                ("services", typed),
                ("clause", "third_party"),
                ("starts_at", "2026-06-30T23:00"),
                ("ends_at", "2026-06-30T23:01"),
                ("evidence", "the report"),
                ("csrf", &csrf),
            ];
            let answer = at_desk.post("/commands/raise_exclusion", Some(&token), &fields).await;
            assert_eq!(answer.status, StatusCode::SEE_OTHER, "{typed}: {}", answer.text);
            let raised = at_desk.system.directory().exclusion(&id.parse().unwrap()).await.unwrap().unwrap();
            let services = raised.value.object.services;
            assert!(services.iter().any(|service| service.as_str() == "north"), "{typed}: {services:?}");
        }
        let ticket = |customer: &'static str, service: &'static str| {
            [
                ("ticket_id", "T-picked"),
                ("customer_id", customer),
                ("service_id", service),
                ("level", "1"),
                ("channel", "phone"),
                ("title", "No calls"),
            ]
        };
        let fields = [ticket("acme", "line").as_slice(), &[("csrf", &csrf)]].concat();
        let several = at_desk.post("/commands/open_ticket", Some(&token), &fields).await;
        assert_eq!(several.status, StatusCode::UNPROCESSABLE_ENTITY);
        for part in
            ["type=\"radio\"", "name=\"service_id\" value=\"north\"", "Line Süd", "value=\"No calls\""]
        {
            assert!(several.text.contains(part), "{part}: {}", several.text);
        }
        // The chosen one follows what was typed, and counts.
        let chosen = [fields.as_slice(), &[("service_id", "south")]].concat();
        let opened = at_desk.post("/commands/open_ticket", Some(&token), &chosen).await;
        assert_eq!(opened.status, StatusCode::SEE_OTHER, "{}", opened.text);
        let fields = [ticket("nobody at all", "").as_slice(), &[("csrf", &csrf)]].concat();
        let nothing = at_desk.post("/commands/open_ticket", Some(&token), &fields).await;
        assert!(nothing.text.contains("Nothing is found for `nobody at all`"), "{}", nothing.text);
    });
}

#[test]
fn many_months_are_reviewed_at_once_each_by_its_own_command() {
    runtime().unwrap().block_on(async {
        let services = [("dark", Course::Unknown), ("dim", Course::Unknown), ("api", Course::Kept)];
        let world = june(&services, CLOSED).await.unwrap();
        let at_desk = visit_desk(&world);
        let token = at_desk.staff("ada");
        let csrf = at_desk.csrf(&token).await;
        let page = at_desk.get("/reviews", Some(&token)).await;
        assert!(page.text.contains("name=\"month dim 2026-06\""), "{}", page.text);
        let fields = [
            ("month dark 2026-06", "yes"),
            ("month dim 2026-06", "yes"),
            ("month api 2026-06", "yes"),
            ("verdict", "met"),
            ("reason", "the prober was broken"),
            ("csrf", &csrf),
        ];
        let answer = at_desk.post("/reviews", Some(&token), &fields).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        assert_eq!(answer.text.matches("Waits for a second person").count(), 2, "{}", answer.text);
        assert_eq!(
            answer.text.matches("Refused").count(),
            1,
            "a month that is kept takes none: {}",
            answer.text
        );
        let waiting =
            at_desk.system.directory().waiting_proposals(None, NOW.parse().unwrap(), 10).await.unwrap();
        assert_eq!(waiting.first.len(), 2);
        let none = at_desk.post("/reviews", Some(&token), &[("verdict", "met"), ("csrf", &csrf)]).await;
        assert_eq!(none.status, StatusCode::BAD_REQUEST, "{}", none.text);
    });
}
