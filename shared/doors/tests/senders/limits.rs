//! Limits of a body, each at the last value that is taken and the first that is not.

use doors::{BODY_BYTES_MAX, ITEMS_MAX, Request};
use serde_json::{Value, json};

use crate::world::{changed, meaning, request, source, source_of};

const FIRING: &str = "alertmanager-0.25.0-1-firing";

fn error(request: &Request) -> String {
    doors::read(&source_of(FIRING), request).unwrap_err().to_string()
}

#[test]
fn five_hundred_alerts_are_read_and_one_more_is_refused() {
    let alerts = |count: usize| {
        changed(FIRING, |body| {
            let one = json!({
                "status": "firing", "labels": { "nines_service": "api", "severity": "critical" },
                "startsAt": "2026-11-29T21:41:35.883Z", "endsAt": "0001-01-01T00:00:00Z",
            });
            let with_print = |place: usize| {
                let mut alert = one.clone();
                alert["fingerprint"] = format!("{place:016x}").into();
                alert
            };
            body["alerts"] = (0..count).map(with_print).collect();
        })
    };
    let read = meaning(&source_of(FIRING), &alerts(ITEMS_MAX));
    assert_eq!((read.sightings.len(), read.series().len()), (500, 500));
    assert_eq!(error(&alerts(ITEMS_MAX + 1)), "alerts: 501 items: send at most 500 at once");
}

#[test]
fn a_body_of_256_kilobytes_is_read_and_one_byte_more_is_refused() {
    let padded = |bytes: usize| {
        let mut request = request(FIRING);
        request.body.resize(bytes, b' ');
        request
    };
    assert_eq!(meaning(&source_of(FIRING), &padded(BODY_BYTES_MAX)).sightings.len(), 1);
    let expect = "the body has 262145 bytes: send at most 262144, in smaller groups";
    assert_eq!(error(&padded(BODY_BYTES_MAX + 1)), expect);
}

#[test]
fn depth_duplicate_keys_and_what_is_no_json_are_refused() {
    let nested = |levels: usize| {
        changed(FIRING, |body| {
            // The body and the list around it are two of the levels.
            body["deep"] = (2..levels).fold(json!([]), |inner, _| json!([inner]));
        })
    };
    assert_eq!(meaning(&source_of(FIRING), &nested(32)).sightings.len(), 1);
    assert_eq!(error(&nested(33)), "the body is nested more than 32 levels: send less");
    let text = |text: &str| error(&Request { body: text.into(), ..request(FIRING) });
    assert!(text(r#"{"alerts": [], "alerts": []}"#).contains("alerts"));
    assert!(text(&"[".repeat(200_000)).starts_with("the payload is no JSON"));
    assert!(text("alerts=firing").starts_with("the payload is no JSON"));
    assert_eq!(text("{}"), "alerts: no list: set the sender to its own format");
}

#[test]
fn one_bad_alert_never_stops_its_neighbours() {
    let request = changed(FIRING, |body| {
        let good = body["alerts"][0].clone();
        let mut bad = good.clone();
        bad["startsAt"] = Value::Null;
        body["alerts"] = json!([bad, 7, good]);
    });
    let meaning = meaning(&source_of(FIRING), &request);
    assert_eq!((meaning.sightings.len(), meaning.refused.len()), (1, 2));
}

#[test]
fn a_body_that_breaks_costs_gatus_nothing_and_others_their_message() {
    let broken = |name: &str| Request { body: br#"{"a": "b"c""#.to_vec(), ..request(name) };
    assert_eq!(meaning(&source_of("gatus"), &broken("gatus-triggered")).sightings.len(), 1);
    for name in ["uptimerobot-down", "uptime-kuma-2.5.3-4-down", "standard-webhooks-recovered"] {
        let error = doors::read(&source_of(name), &broken(name)).unwrap_err().to_string();
        assert!(error.starts_with("the payload is no JSON"), "{name}: {error}");
    }
}

#[test]
fn no_path_leads_to_what_proves_the_sender() {
    let source = source(
        "alertmanager",
        &json!({
            "auth": { "scheme": "header", "header": "x-secret" },
            "map": [{ "when": { "header.x-secret": "a", "header.authorization": "b", "header.x-open": "c" },
                "service_id": "api" }],
        }),
    );
    let mut request = request(FIRING);
    for name in ["x-secret", "x-open"] {
        request.headers.insert(name.to_owned(), "shown?".to_owned());
    }
    let unmapped = meaning(&source, &request).unmapped;
    let words: Vec<&String> = unmapped[0].words.keys().collect();
    assert_eq!(words, ["header.x-open"]);
}

#[test]
fn a_field_that_comes_twice_in_a_form_is_refused() {
    let request = Request { query: "key=a&key=b&state=TRIGGERED".to_owned(), ..request("gatus-triggered") };
    let error = doors::read(&source_of("gatus-triggered"), &request).unwrap_err().to_string();
    assert_eq!(error, "the form cannot be read: a field comes twice: send each once");
}
