//! HTTP: statuses, bodies, redirects, time.

use std::time::Duration;

use prober::{BODY_BYTES_MAX, REDIRECTS_MAX};
use serde_json::{Value, json};
use sla::Status::{Degraded, Down, Unknown, Up};

use crate::town::{Part, Town, expect, look, look_for_a_second, page, serve_http};

/// Checks a server that gives these answers, and returns what came of it with the requests.
async fn checked(answers: Vec<Vec<Part>>, fields: Value) -> (Vec<prober::Finding>, Vec<String>) {
    let town = Town::new().await;
    let (at, asked) = serve_http(answers).await;
    town.shop("shop.example.com", "93.184.216.34", 80, at);
    let mut check = json!({ "url": "http://shop.example.com/a?b=1" });
    check.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    let findings = look(&town, json!({ "http": check })).await;
    let asked = asked.lock().unwrap().clone();
    (findings, asked)
}

fn say(text: &str) -> Part {
    Part::Say(text.to_owned())
}

#[tokio::test]
async fn what_answers_is_up_with_its_latency() {
    let (findings, asked) = checked(vec![page(200, "", "fine")], json!({})).await;
    expect(&findings, &[Up], "");
    assert!(findings[0].latency_ms().is_some_and(|ms| ms < 4_000.0), "{findings:?}");
    assert!(findings[0].phases.resolve.is_some() && findings[0].phases.first_byte.is_some());
    let agent = concat!("Nines/", env!("CARGO_PKG_VERSION"));
    let head = format!(
        "GET /a?b=1 HTTP/1.1\r\nhost: shop.example.com\r\nuser-agent: {agent}\r\naccept: */*\r\n\
         connection: close\r\n\r\n"
    );
    assert_eq!(asked, [head]);
    let (findings, asked) = checked(vec![page(200, "", "")], json!({ "method": "HEAD" })).await;
    expect(&findings, &[Up], "");
    assert!(asked[0].starts_with("HEAD /a?b=1 "), "{asked:?}");
}

#[tokio::test]
async fn a_status_is_accepted_or_not() {
    let (findings, asked) = checked(vec![page(503, "", "busy")], json!({})).await;
    expect(&findings, &[Down, Down], "status 503 is not accepted");
    assert_eq!(asked.len(), 2, "a second try at once");
    assert!(findings.iter().all(|finding| finding.latency_ms().is_some()), "the network was measured");
    let (findings, _) = checked(vec![page(401, "", "")], json!({ "status": ["200-299", "401"] })).await;
    expect(&findings, &[Up], "");
    let (findings, _) = checked(vec![page(302, "Location: /x\r\n", "")], json!({ "status": ["302"] })).await;
    expect(&findings, &[Up], "");
    let (findings, _) = checked(vec![page(304, "", "")], json!({})).await;
    expect(&findings, &[Down, Down], "status 304");
}

#[tokio::test]
async fn a_failure_that_is_not_confirmed_is_degraded() {
    let (findings, _) = checked(vec![page(500, "", ""), page(200, "", "")], json!({})).await;
    expect(&findings, &[Degraded, Up], "status 500");
}

#[tokio::test]
async fn nothing_listening_and_rubbish_are_down() {
    let town = Town::new().await;
    town.name("shop.example.com", &[&["93.184.216.34"]]);
    let findings = look(&town, json!({ "http": { "url": "http://shop.example.com/" } })).await;
    expect(&findings, &[Down, Down], "93.184.216.34:80 is not reached: connection refused");
    assert_eq!(findings[0].latency_ms(), None);
    for rubbish in ["", "SSH-2.0-x\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort"] {
        let (findings, _) = checked(vec![vec![say(rubbish)]], json!({})).await;
        expect(&findings, &[Down, Down], "no whole answer over HTTP");
    }
}

#[tokio::test]
async fn a_slow_answer_is_up_and_one_without_end_is_down() {
    let slow = [vec![Part::Wait(300)], page(200, "", "fine")].concat();
    let (findings, _) = checked(vec![slow], json!({})).await;
    expect(&findings, &[Up], "");
    assert!(findings[0].phases.first_byte.unwrap() >= Duration::from_millis(250));
    assert!(findings[0].phases.connect < findings[0].phases.first_byte, "latency is the connection's");
    let town = Town::new().await;
    let (at, _) = serve_http(vec![vec![Part::Wait(5_000)]]).await;
    town.shop("shop.example.com", "93.184.216.34", 80, at);
    let findings = look_for_a_second(&town, json!({ "http": { "url": "http://shop.example.com/" } })).await;
    expect(&findings, &[Down, Down], "no end within 1 s");
    assert!(findings.iter().all(|finding| finding.latency_ms().is_some()), "what was measured stays");
    let second_s = findings[1].checked_at.epoch_s() - findings[0].checked_at.epoch_s();
    assert!((0..=2).contains(&second_s), "each try has its own instant: {second_s}");
}

#[tokio::test]
async fn a_pattern_is_found_across_chunks_and_within_64_kb() {
    let ready = json!({ "body_pattern": "is rea[d]y" });
    let chunks = |parts: &[&str]| {
        let chunk = |part: &&str| say(&format!("{:x}\r\n{part}\r\n", part.len()));
        let mut all = vec![say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")];
        all.extend(parts.iter().flat_map(|part| [Part::Wait(10), chunk(part)]));
        all.push(say("0\r\n\r\n"));
        vec![all]
    };
    let (findings, _) = checked(chunks(&["all is r", "ea", "dy."]), ready.clone()).await;
    expect(&findings, &[Up], "");
    let (findings, _) = checked(chunks(&["all is r", "ipe."]), ready.clone()).await;
    expect(&findings, &[Down, Down], "the first 12 bytes of the body lack the pattern");
    let before = |length: usize| vec![page(200, "", &format!("{}is ready", "x".repeat(length)))];
    let (findings, _) = checked(before(BODY_BYTES_MAX - 8), ready.clone()).await;
    expect(&findings, &[Up], "");
    let (findings, _) = checked(before(BODY_BYTES_MAX - 7), ready.clone()).await;
    expect(&findings, &[Down, Down], "the first 65536 bytes");
}

#[tokio::test]
async fn a_body_without_end_is_read_up_to_64_kb() {
    let endless = vec![say("HTTP/1.1 200 OK\r\n\r\n"), Part::Babble];
    expect(&checked(vec![endless], json!({})).await.0, &[Up], "");
}

#[tokio::test]
async fn a_redirect_is_followed_and_carries_nothing_over() {
    let there = page(301, "Location: ../c\r\nSet-Cookie: a=b\r\nWWW-Authenticate: Basic\r\n", "gone");
    let (findings, asked) = checked(vec![there, page(200, "", "")], json!({})).await;
    expect(&findings, &[Up], "");
    assert!(asked[1].starts_with("GET /c HTTP/1.1\r\nhost: shop.example.com\r\n"), "{asked:?}");
    let names = |head: &String| {
        head.lines().skip(1).filter_map(|line| Some(line.split_once(':')?.0.to_owned())).collect()
    };
    let names: Vec<Vec<String>> = asked.iter().map(names).collect();
    assert_eq!(names[0], names[1], "the same headers");
}

#[tokio::test]
async fn redirects_have_an_end() {
    let (findings, asked) = checked(vec![page(302, "Location: /a\r\n", "")], json!({})).await;
    expect(&findings, &[Down, Down], "more than 5 redirects");
    assert_eq!(asked.len(), 2 * (1 + REDIRECTS_MAX));
    let mut last = vec![page(307, "Location: ?n\r\n", ""); REDIRECTS_MAX];
    last.push(page(200, "", ""));
    expect(&checked(last, json!({})).await.0, &[Up], "");
    let (findings, _) = checked(vec![page(302, "Location: ftp://a.example.com/\r\n", "")], json!({})).await;
    expect(&findings, &[Down, Down], "does not begin with http");
    let (findings, _) = checked(vec![page(302, "", "")], json!({})).await;
    expect(&findings, &[Down, Down], "status 302");
}

#[tokio::test]
async fn a_redirect_into_a_private_network_is_not_followed() {
    for inside in ["10.0.0.1", "127.0.0.1:80", "[::1]", "169.254.169.254", "inside.example.com"] {
        let town = Town::new().await;
        let (at, _) = serve_http(vec![page(302, &format!("Location: http://{inside}/\r\n"), "")]).await;
        town.shop("shop.example.com", "93.184.216.34", 80, at);
        town.name("inside.example.com", &[&["192.168.1.1"]]);
        let findings = look(&town, json!({ "http": { "url": "http://shop.example.com/" } })).await;
        expect(&findings, &[Unknown], "which is not public: it is not called");
        assert_eq!(town.called(), ["93.184.216.34:80"], "{inside}");
    }
}
