//! Sources at the desk: their secrets, which nothing shows, and their keys, which are mapped there.

use acceptance::faults::runtime;
use acceptance::webhooks::{alert, alerts, body, register, send};
use acceptance::world::{Event, World};
use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::portal::visitor::{Answer, Visited, hidden, visit_desk, world};

const FIRST: &str = "quillfeather-first-secret";
const SECOND: &str = "quillfeather-second-secret";
/// Beginning of both secrets, and of one that is too short.
const MARK: &str = "quillfeather";
const FAILED_AT: &str = "2026-07-03T11:00:00Z";

async fn post(at_desk: &Visited, path: &str, fields: &[(&str, &str)]) -> Answer {
    let ada = at_desk.staff("ada");
    let csrf = at_desk.csrf(&ada).await;
    at_desk.post(path, Some(&ada), &[fields, &[("csrf", csrf.as_str())]].concat()).await
}

/// Changes the secrets of the source, and returns the page that follows.
async fn change(at_desk: &Visited, fields: &[(&str, &str)]) -> String {
    let answer = post(at_desk, "/sources/am/secret", fields).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    let to = answer.headers["location"].to_str().unwrap();
    assert_eq!(to, format!("/sources/am?done={}", fields[0].1));
    page(at_desk, to).await
}

async fn page(at_desk: &Visited, path: &str) -> String {
    let page = at_desk.get(path, Some(&at_desk.staff("ada"))).await;
    assert_eq!(page.status, StatusCode::OK, "{path}: {}", page.text);
    assert!(!page.text.contains(MARK), "{path} shows a secret: {}", page.text);
    page.text
}

/// Returns the status of the answer to a message with a secret; whoever receives it knows no secret yet.
async fn sent(world: &World, secret: &str) -> u16 {
    let system = world.process(std::sync::Arc::new(nines::stand_ins::wire::OpenPassage)).unwrap();
    send(&system, "am", secret, &body(&[])).await.unwrap().as_u16()
}

/// Returns the acts that the trail has of the source, the newest first.
async fn acts(world: &World) -> Vec<Value> {
    let asked = json!({ "command": "list_changes", "object": "source:am" });
    let answer = world.seed(&[Event::new("run-desk", asked)]).await.unwrap().remove(0);
    answer["changes"].as_array().unwrap().clone()
}

#[test]
fn a_secret_is_entered_and_nothing_shows_it_again() {
    runtime().unwrap().block_on(async {
        let world = world().await;
        world.seed(&[register("am", "alertmanager", &json!({}))]).await.unwrap();
        let at_desk = visit_desk(&world);
        let enter = |secret| [("act", "enter_secret"), ("secret", secret)];
        assert!(page(&at_desk, "/sources/am").await.contains("None is entered"));
        let short = post(&at_desk, "/sources/am/secret", &enter("quillfeather")).await;
        assert_eq!(short.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(short.text.contains("openssl") && !short.text.contains(MARK), "{}", short.text);
        assert_eq!(sent(&world, FIRST).await, 401);
        let entered = change(&at_desk, &enter(FIRST)).await;
        assert!(entered.contains("Last entered") && !entered.contains("End the previous"), "{entered}");
        assert_eq!(sent(&world, FIRST).await, 200);
        world.advance_to("2026-07-03T12:00:30Z").unwrap();
        // Sent twice, it is entered once.
        for _ in 0..2 {
            assert!(change(&at_desk, &enter(SECOND)).await.contains("the one before is valid as well"));
        }
        assert_eq!([sent(&world, FIRST).await, sent(&world, SECOND).await], [200, 200]);
        for _ in 0..2 {
            change(&at_desk, &[("act", "end_previous_secret")]).await;
        }
        assert_eq!([sent(&world, FIRST).await, sent(&world, SECOND).await], [401, 200]);
        for _ in 0..2 {
            change(&at_desk, &[("act", "remove_secret")]).await;
        }
        assert_eq!(sent(&world, SECOND).await, 401);
        assert_eq!(post(&at_desk, "/sources/am/secret", &[("act", "show")]).await.status, 404);
        assert_eq!(post(&at_desk, "/sources/nobody/secret", &enter(FIRST)).await.status, 404);
        let acts = acts(&world).await;
        let names: Vec<&str> = acts.iter().map(|change| change["act"].as_str().unwrap()).collect();
        let mut named = names.clone();
        // Those of one second are in no particular order.
        named.sort_unstable();
        let expected =
            ["end_previous_secret", "enter_secret", "enter_secret", "register_source", "remove_secret"];
        assert_eq!(named, expected);
        assert!(acts.iter().filter(|change| change["act"] != "register_source").all(|change| {
            change["by"] == "ada" && change["via"] == "desk" && change.get("details").is_none()
        }));
        let kept = format!("{:?}", world.dump().unwrap());
        assert!(kept.contains("enter_secret") && !kept.contains(MARK));
    });
}

#[test]
fn a_secret_is_not_kept_with_a_form_whose_session_has_ended() {
    runtime().unwrap().block_on(async {
        let world = world().await;
        world.seed(&[register("am", "alertmanager", &json!({}))]).await.unwrap();
        let at_desk = visit_desk(&world);
        let fields = [("act", "enter_secret"), ("secret", FIRST), ("csrf", "an old one")];
        for token in [None, Some(at_desk.staff("ada"))] {
            let kept = at_desk.post("/sources/am/secret", token.as_deref(), &fields).await;
            assert!(kept.text.contains("What you wrote") && !kept.text.contains(MARK), "{}", kept.text);
        }
    });
}

#[test]
fn a_secret_of_another_name_and_one_for_finance_are_refused() {
    runtime().unwrap().block_on(async {
        let world = world().await;
        let elsewhere = json!({ "auth": { "scheme": "bearer", "secret": "shared/all" } });
        world.seed(&[register("am", "alertmanager", &elsewhere)]).await.unwrap();
        let at_desk = visit_desk(&world);
        let refused =
            post(&at_desk, "/sources/am/secret", &[("act", "enter_secret"), ("secret", FIRST)]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.text.contains("shared/all") && !refused.text.contains(MARK), "{}", refused.text);
        let finance = at_desk.get("/sources/am", Some(&at_desk.staff("luca"))).await;
        assert!(!finance.text.contains("type=\"password\""), "{}", finance.text);
        assert_eq!(acts(&world).await.len(), 1);
    });
}

/// Returns what a text area of a page holds.
fn area(page: &str, name: &str) -> String {
    let held = page.split(&format!("name=\"{name}\"")).nth(1).unwrap();
    let held = held.split_once(">\n").unwrap().1.split_once("</textarea>").unwrap().0;
    held.replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

#[test]
fn an_unmapped_key_is_mapped_and_what_has_waited_for_it_is_taken_in() {
    runtime().unwrap().block_on(async {
        let world = world().await;
        world.seed(&[register("am", "alertmanager", &json!({}))]).await.unwrap();
        let key = "7c<b>";
        let told = alerts("am", FAILED_AT, &[alert(key, "api", FAILED_AT, None)]);
        world.seed(&[Event::new("record-checks", told)]).await.unwrap();
        let at_desk = visit_desk(&world);
        let list = page(&at_desk, "/sources").await;
        assert!(list.contains("Not everything is mapped") && list.contains("/sources/am#unmapped"), "{list}");
        let before = world.dump().unwrap();
        let source = page(&at_desk, "/sources/am").await;
        assert_eq!(hidden(&source, "key"), "7c&lt;b&gt;");
        assert!(source.contains("https://hooks.example/hooks/am"), "{source}");
        assert!(page(&at_desk, "/sources/am/trial").await.contains("Not mapped"));
        let form = page(&at_desk, "/sources/am/map?key=7c%3Cb%3E&service_id=api").await;
        assert_eq!(world.dump().unwrap().difference(&before), "", "looking changes nothing");
        let add = area(&form, "add");
        let mapped = post(&at_desk, "/commands/map_source", &[("source_id", "am"), ("add", &add)]).await;
        assert_eq!(mapped.status, StatusCode::SEE_OTHER, "{}", mapped.text);
        assert_eq!(mapped.headers["location"], "/sources/am?done=map_source");
        let before = world.dump().unwrap();
        let trial = page(&at_desk, "/sources/am/trial").await;
        assert!(trial.contains("href=\"/services/api\"") && trial.contains("down from"), "{trial}");
        assert_eq!(world.dump().unwrap().difference(&before), "", "a trial records nothing");
        let id = hidden(&trial, "quarantine_id");
        let replayed = post(&at_desk, "/commands/replay_quarantine", &[("quarantine_id", &id)]).await;
        assert_eq!(replayed.status, StatusCode::SEE_OTHER, "{}", replayed.text);
        let input = page(&at_desk, replayed.headers["location"].to_str().unwrap()).await;
        assert!(input.contains("href=\"/sources/am\"") && input.contains("Replayed"), "{input}");
        assert!(page(&at_desk, "/quarantine").await.contains("href=\"/sources/am\""));
        assert!(!page(&at_desk, "/sources/am").await.contains("id=\"unmapped\""));
        assert!(page(&at_desk, "/sources").await.contains("Reporting"));
    });
}

#[test]
fn a_removed_source_is_shown_until_its_secrets_are_removed_as_well() {
    runtime().unwrap().block_on(async {
        let world = world().await;
        world.seed(&[register("am", "alertmanager", &json!({}))]).await.unwrap();
        let at_desk = visit_desk(&world);
        change(&at_desk, &[("act", "enter_secret"), ("secret", FIRST)]).await;
        let removed = post(&at_desk, "/commands/remove_source", &[("source_id", "am")]).await;
        assert_eq!(removed.headers["location"], "/sources/am?done=remove_source", "{}", removed.text);
        let shown = page(&at_desk, "/sources/am").await;
        assert!(shown.contains("Removed") && !shown.contains("type=\"password\""), "{shown}");
        assert!(!page(&at_desk, "/sources").await.contains("/sources/am"));
        let gone = change(&at_desk, &[("act", "remove_secret")]).await;
        assert!(gone.contains("None is entered"), "{gone}");
    });
}
