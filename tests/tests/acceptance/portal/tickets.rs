//! Tickets of staff: opened, asked about and resolved at the desk, answered in the portal. What staff alone
//! read stays there, and a form that is sent twice acts once.

use acceptance::faults::runtime;
use acceptance::short_june::{daily, ticket_event, ticket_opening, tickets, with};
use acceptance::world::{Event, World};
use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::{Value, json};

use crate::portal::visitor::{Answer, NOW, Visited, hidden, visit, visit_desk, world};

/// A text that only staff may read.
const INTERNAL: &str = "Mallory broke it";

/// A member of staff with the forms of the desk.
struct AtDesk {
    desk: Visited,
    token: String,
    csrf: String,
}

impl AtDesk {
    async fn of(world: &World) -> Self {
        let desk = visit_desk(world);
        let token = desk.staff("ada");
        let csrf = desk.csrf(&token).await;
        Self { desk, token, csrf }
    }

    async fn give(&self, command: &str, fields: &[(&str, &str)]) -> Answer {
        let fields = [fields, &[("csrf", self.csrf.as_str())]].concat();
        self.desk.post(&format!("/commands/{command}"), Some(&self.token), &fields).await
    }

    /// Sends an act of the ticket's page, which must be offered there, with the page's own id of the event.
    async fn act(&self, ticket: &str, command: &str, fields: &[(&str, &str)]) {
        let page = self.page(ticket).await;
        let form = page.split(&format!("action=\"/commands/{command}\"")).nth(1);
        assert!(form.is_some(), "no {command}: {page}");
        let event_id = hidden(form.unwrap(), "event_id");
        let named = [("ticket_id", ticket), ("event_id", event_id.as_str())];
        let answer = self.give(command, &[&named, fields].concat()).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{command}: {}", answer.text);
        assert_eq!(answer.headers["location"], format!("/tickets/{ticket}?done={command}"));
    }

    async fn page(&self, ticket: &str) -> String {
        self.shown(&format!("/tickets/{ticket}")).await
    }

    async fn shown(&self, path: &str) -> String {
        let answer = self.desk.get(path, Some(&self.token)).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text);
        answer.text
    }
}

/// The fields of a call at level 1.
fn call(id: &str) -> Vec<(&str, &str)> {
    vec![
        ("ticket_id", id),
        ("customer_id", "acme"),
        ("service_id", "api"),
        ("level", "1"),
        ("channel", "phone"),
        ("title", "No calls reach Berlin"),
        ("description", "Since noon\r\nnothing rings"),
        ("note", "We are on it"),
        ("internal_note", INTERNAL),
    ]
}

async fn of_api(portal: &Visited, path: &str) -> Answer {
    let request = Request::get(path).header("authorization", format!("Bearer {}", portal.token("acme")));
    portal.ask(request.body(Body::empty()).unwrap()).await
}

async fn command(world: &World, fields: Value) -> Result<Value, String> {
    let answer = world.invoke(&Event::new("run-desk", fields)).await.unwrap();
    answer.map_err(|failure| format!("{}: {}", failure.error_type(), failure.message()))
}

#[test]
fn a_call_is_opened_asked_about_answered_and_resolved_in_pages() {
    runtime().unwrap().block_on(async {
        let world = world().await;
        let (ada, portal) = (AtDesk::of(&world).await, visit(&world));
        let acme = portal.token("acme");
        let opened = ada.give("open_ticket", &call("T-call")).await;
        assert_eq!(opened.status, StatusCode::SEE_OTHER, "{}", opened.text);
        assert_eq!(opened.headers["location"], "/tickets/T-call?done=open_ticket");
        let armed = || world.engines().schedules().all().into_iter().filter(|s| s.name.starts_with("T-call"));
        assert!(armed().count() > 3, "deadlines are armed at once");
        world.advance_to("2026-07-03T12:04:00Z").unwrap();
        ada.act("T-call", "acknowledge_ticket", &[]).await;
        ada.act("T-call", "take_ticket", &[]).await;
        ada.act("T-call", "ask_customer", &[("note", "Which numbers?"), ("internal_note", INTERNAL)]).await;
        world.advance_to("2026-07-03T12:05:00Z").unwrap();
        let seen = portal.get("/tickets/T-call", Some(&acme)).await.text;
        for shown in ["We are on it", "We need something from you", "Which numbers?", "Your answer"] {
            assert!(seen.contains(shown), "{shown}: {seen}");
        }
        let (csrf, key) = (portal.csrf(&acme).await, hidden(&seen, "key"));
        let answer = [
            ("csrf", csrf.as_str()),
            ("key", &key),
            ("kind", "resumed"),
            ("note", "All of 030\r\nand \u{202e}031"),
        ];
        for _ in 0..2 {
            let sent = portal.post("/tickets/T-call/events", Some(&acme), &answer).await;
            assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text);
        }
        let page = ada.page("T-call").await;
        assert!(page.contains("All of 030\nand 031") && page.contains("The customer has answered"), "{page}");
        world.advance_to("2026-07-03T13:00:00Z").unwrap();
        ada.act("T-call", "resolve_ticket", &[("note", "A cable was replaced"), ("internal_note", INTERNAL)])
            .await;
        assert_eq!(armed().count(), 0, "schedules are cancelled at once");
        let page = ada.page("T-call").await;
        assert_eq!(page.matches(INTERNAL).count(), 3, "{page}");
        assert!(page.contains("Taken by") && page.contains("/commands/reopen_ticket"), "{page}");
        world.advance_to("2026-07-03T13:05:00Z").unwrap();
        let csrf = portal.csrf(&acme).await;
        let key = hidden(&portal.get("/tickets/T-call", Some(&acme)).await.text, "key");
        let back =
            [("csrf", csrf.as_str()), ("key", &key), ("kind", "reopened"), ("note", "031 is still dead")];
        portal.post("/tickets/T-call/events", Some(&acme), &back).await;
        world.advance_to("2026-07-03T13:06:00Z").unwrap();
        assert!(ada.page("T-call").await.contains("031 is still dead"));
        ada.act("T-call", "resolve_ticket", &[]).await;
    });
}

#[test]
fn what_staff_alone_read_reaches_no_customer() {
    runtime().unwrap().block_on(async {
        let world = world().await;
        let (ada, portal) = (AtDesk::of(&world).await, visit(&world));
        let acme = portal.token("acme");
        ada.give("open_ticket", &call("T-call")).await;
        let notes = json!({ "note": "as agreed", "internal_note": INTERNAL });
        let of = |id: &str, kind: &str, fields: Value| {
            with(with(ticket_event(id, NOW, kind, fields), notes.clone()), json!({ "ticket_id": "T-call" }))
        };
        let sent = [
            of("e1", "acknowledged", json!({})),
            of("e2", "level_changed", json!({ "level": 2 })),
            of("e3", "waiting_on_customer", json!({})),
            of("e4", "resumed", json!({})),
            of("e5", "resolved", json!({})),
        ];
        world.seed(&[tickets(&sent), Event::new("send-notices", json!({ "sweep": true }))]).await.unwrap();
        assert!(ada.page("T-call").await.contains(INTERNAL));
        let mut texts = Vec::new();
        for path in ["/tickets/T-call", "/tickets/T-call/state", "/tickets", "/notices?month=2026-07"] {
            texts.push(portal.get(path, Some(&acme)).await.text);
        }
        for path in ["/api/v1/tickets/T-call", "/api/v1/tickets", "/api/v1/notices?month=2026-07"] {
            let answer = of_api(&portal, path).await;
            assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text);
            texts.push(answer.text);
        }
        assert!(texts[..2].iter().all(|page| page.contains("as agreed")), "what the customer reads is there");
        let api = texts[4].clone();
        assert!(api.contains(r#""note":"as agreed""#) && !api.contains("internal_note"), "{api}");
        let published = world.published().unwrap();
        texts.extend(published.iter().map(|published| published.message.to_string()));
        for kind in ["ticket.opened", "ticket.level_changed", "ticket.resolved"] {
            let notice = published.iter().find(|published| {
                published.message["kind"] == kind && published.message["ticket_id"] == "T-call"
            });
            assert!(notice.is_some(), "no {kind}");
            let notice = &notice.unwrap().message;
            let (note, text) = (notice["data"]["note"].as_str().unwrap(), notice["text"].as_str().unwrap());
            assert!(text.contains(&format!("Note: {note}")), "{text}");
        }
        world.advance_to("2026-08-05T03:00:00Z").unwrap();
        let month = json!({ "month": "2026-07" });
        world.seed(&[daily(), Event::new("close-month", month.clone())]).await.unwrap();
        world.seed(&[Event::new("export-month", month)]).await.unwrap();
        for (name, body) in world.dump().unwrap().0 {
            if !name.starts_with("item TICKET#") {
                texts.push(format!("{name} {body}"));
            }
        }
        for text in texts {
            assert!(!text.contains("Mallory"), "{text}");
        }
    });
}

#[test]
fn a_form_sent_twice_acts_once_and_a_refusal_is_told() {
    runtime().unwrap().block_on(async {
        let world = world().await;
        let ada = AtDesk::of(&world).await;
        for _ in 0..2 {
            assert_eq!(ada.give("open_ticket", &call("T-call")).await.status, StatusCode::SEE_OTHER);
        }
        let ack = [("ticket_id", "T-call"), ("event_id", "E-1"), ("note", "seen")];
        ada.give("acknowledge_ticket", &ack).await;
        let once = world.dump().unwrap();
        assert_eq!(ada.give("acknowledge_ticket", &ack).await.status, StatusCode::SEE_OTHER);
        assert_eq!(world.dump().unwrap().difference(&once), "", "nothing happened twice");
        let mut taken = call("T-call");
        taken[5].1 = "Another title";
        let refused = [
            ("open_ticket", taken, StatusCode::CONFLICT, "exists with other content"),
            (
                "open_ticket",
                [&call("T-other")[1..], &[("ticket_id", "T-other"), ("links_to", "secret-ticket")]].concat(),
                StatusCode::CONFLICT,
                "is no ticket of",
            ),
            (
                "open_ticket",
                [&call("T-other")[..4], &[("channel", "portal"), ("title", "x")]].concat(),
                StatusCode::UNPROCESSABLE_ENTITY,
                "give phone, chat or email",
            ),
            (
                "acknowledge_ticket",
                vec![("ticket_id", "T-call"), ("event_id", "E-2")],
                StatusCode::CONFLICT,
                "the ticket is acknowledged since",
            ),
            (
                "acknowledge_ticket",
                vec![("ticket_id", "T-call"), ("event_id", "E-1"), ("note", "other")],
                StatusCode::CONFLICT,
                "exists with other content",
            ),
            ("resume_ticket", vec![("ticket_id", "T-call")], StatusCode::CONFLICT, "was not waited for"),
            ("resolve_ticket", vec![("ticket_id", "T-none")], StatusCode::NOT_FOUND, "is not known"),
            ("take_ticket", vec![("ticket_id", "T-none")], StatusCode::NOT_FOUND, "is not known"),
        ];
        for (name, fields, status, told) in refused {
            let answer = ada.give(name, &fields).await;
            assert_eq!(answer.status, status, "{name} {fields:?}: {}", answer.text);
            assert!(answer.text.contains(told), "{name} {told}: {}", answer.text);
        }
        assert_eq!(world.dump().unwrap().difference(&once), "", "a refusal leaves nothing behind");
    });
}

#[test]
fn a_command_without_an_event_id_is_repeated_until_its_ticket_would_take_it_again() {
    runtime().unwrap().block_on(async {
        let world = world().await;
        let give = |name: &str| {
            let fields = json!({ "command": name, "ticket_id": "T-1", "note": "please" });
            let world = &world;
            async move { command(world, fields).await }
        };
        let first = give("ask_customer").await.unwrap();
        assert_eq!(give("ask_customer").await.unwrap(), first);
        give("resume_ticket").await.unwrap();
        world.advance_to("2026-07-03T12:10:00Z").unwrap();
        let second = give("ask_customer").await.unwrap();
        assert_ne!(second, first, "it is asked again");
        assert_eq!(give("ask_customer").await.unwrap(), second);
        let level =
            json!({ "command": "change_level", "ticket_id": "T-1", "level": 2, "reason": "worsened" });
        let changed = command(&world, level.clone()).await.unwrap();
        world.advance_to("2026-07-03T12:20:00Z").unwrap();
        assert_eq!(command(&world, level).await.unwrap(), changed, "no clock starts again");
    });
}

#[test]
fn the_queue_has_open_tickets_by_their_next_deadline_and_finished_ones_apart() {
    runtime().unwrap().block_on(async {
        let world = world().await;
        let ada = AtDesk::of(&world).await;
        let open = |id: &'static str, level: u8| {
            let fields = json!({
                "ticket_id": id, "service_id": "api", "title": id, "level": level, "event_id": "e0",
            });
            with(ticket_opening(NOW), fields)
        };
        world.seed(&[tickets(&[open("T-3", 3), open("T-2", 2), open("T-one", 1)])]).await.unwrap();
        let listed = |show: &'static str| {
            let ada = &ada;
            async move {
                let page = ada.shown(&format!("/tickets?show={show}")).await;
                let rows = page.split("href=\"/tickets/").skip(1).filter_map(|rest| rest.split('"').next());
                rows.filter(|id| !id.starts_with("new")).map(str::to_owned).collect::<Vec<_>>().join(" ")
            }
        };
        // Two of June are unacknowledged and overdue.
        assert_eq!(listed("all").await, "T-1 secret-ticket T-one T-2 T-3");
        let give = |name: &str, id: &str| {
            let fields = json!({ "command": name, "ticket_id": id, "by": "ada" });
            let world = &world;
            async move { command(world, fields).await.unwrap() }
        };
        give("acknowledge_ticket", "T-one").await;
        give("ask_customer", "T-one").await;
        give("take_ticket", "T-2").await;
        world.advance_to("2026-07-03T12:00:30Z").unwrap();
        give("resolve_ticket", "T-1").await;
        give("resolve_ticket", "secret-ticket").await;
        assert_eq!(listed("all").await, "T-2 T-3 T-one");
        assert_eq!(listed("mine").await, "T-2");
        assert_eq!(listed("unacknowledged").await, "T-2 T-3");
        assert_eq!(listed("waiting").await, "T-one");
        assert_eq!(listed("resolved").await, "secret-ticket T-1");
        assert_eq!(listed("all&customer_id=other").await, "");
        let list = |fields: Value| {
            let world = &world;
            async move { command(world, with(json!({ "command": "list_tickets" }), fields)).await }
        };
        let all = list(json!({})).await.unwrap();
        let ids = |answer: &Value| {
            let tickets = answer["tickets"].as_array().unwrap().iter();
            tickets.map(|ticket| ticket["ticket_id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(ids(&all), ["T-2", "T-3", "T-one"]);
        assert_eq!(all["tickets"][0]["taken"]["by"], "ada");
        let next = all["tickets"][0]["next_at"].as_str().unwrap();
        let rest = list(json!({ "after": format!("{next}/T-2") })).await.unwrap();
        assert_eq!(ids(&rest), ["T-3", "T-one"]);
        let done = list(json!({ "state": "finished", "service_id": "api" })).await.unwrap();
        assert_eq!(ids(&done), ["T-1"]);
        let refused = list(json!({ "after": "T-2" })).await.unwrap_err();
        assert_eq!(
            refused,
            "BadRequest: after: `T-2` is no place in the list: give `next` of the previous page"
        );
    });
}
