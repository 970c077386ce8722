//! Webhooks in parts: cut down to what is needed, they mean what the whole means.

use doors::{Meaning, Request, Webhook};
use events::Source;
use serde_json::json;

use crate::world::{at, changed, meaning, names, request, source_of};

fn webhook(source: &Source, request: Request) -> Webhook {
    Webhook::new(source.source_id.clone(), request, "authorization")
}

/// Returns what the parts of a request mean, each read from its own message.
fn of_parts(source: &Source, request: Request) -> Vec<Meaning> {
    let split = webhook(source, request).split(source).unwrap();
    let read = |part: &Webhook| Webhook::read(&part.message()).unwrap().unwrap();
    split.items.iter().map(|part| meaning(source, &read(part).request)).collect()
}

#[test]
fn the_parts_of_every_body_mean_what_the_whole_means() {
    for name in ["captured", "documented"].iter().flat_map(|folder| names(folder)) {
        let source = source_of(&name);
        let whole = meaning(&source, &request(&name));
        let parts = of_parts(&source, request(&name));
        let sightings: Vec<_> = parts.iter().flat_map(|part| part.sightings.clone()).collect();
        let told: Vec<_> = parts.iter().flat_map(|part| part.told.clone()).collect();
        let tests: usize = parts.iter().map(|part| part.tests).sum();
        let nothings: Vec<_> = parts.iter().flat_map(|part| part.nothings.clone()).collect();
        assert_eq!(
            (sightings, told, tests, nothings),
            (whole.sightings, whole.told, whole.tests, whole.nothings),
            "{name}"
        );
    }
}

#[test]
fn of_a_help_desks_message_nothing_is_kept_that_nobody_reads() {
    let helpdesk = |name: &str| {
        ["django", "zammad", "jira", "zendesk", "tmf621"].iter().any(|kind| name.starts_with(kind))
    };
    for name in ["captured", "documented"].iter().flat_map(|folder| names(folder)) {
        if !helpdesk(&name) {
            continue;
        }
        let source = source_of(&name);
        let secret = "from the diary of a customer";
        let request = changed(&name, |body| {
            for part in ["ticket", "article", "issue", "user", "comment", "detail", "event"] {
                if let Some(fields) = body.get_mut(part).and_then(|part| part.as_object_mut()) {
                    fields.insert("body".to_owned(), json!(secret));
                }
            }
            if let Some(fields) = body.as_object_mut() {
                fields.insert("note".to_owned(), json!({ "text": secret }));
            }
            if let Some(changes) = body.pointer_mut("/changelog/items").and_then(|items| items.as_array_mut())
            {
                changes.push(json!({ "field": "description", "toString": secret }));
            }
        });
        assert!(String::from_utf8_lossy(&request.body).contains(secret), "{name}");
        for part in webhook(&source, request).split(&source).unwrap().items {
            let kept = part.message().to_string();
            assert!(!kept.contains(secret), "{name}: {kept}");
        }
    }
}

#[test]
fn repetitions_of_an_item_with_its_own_instants_are_one() {
    let timeless = |name: &str, received_at: &str| {
        let source = source_of(name);
        let request = Request { received_at: at(received_at), ..request(name) };
        webhook(&source, request).split(&source).unwrap().items.remove(0).timeless(&source)
    };
    let (first, second) = ("2026-11-29T22:00:00Z", "2026-11-29T22:05:00Z");
    let firing = "alertmanager-0.25.0-1-firing";
    assert_eq!(timeless(firing, first), timeless(firing, second));
    // A template without instants happens when it is received.
    let mut source = source_of("template-openstatus");
    if let Some(template) = &mut source.template {
        template.at = None;
    }
    let at_receipt = |received_at: &str| {
        let request = Request { received_at: at(received_at), ..request("template-openstatus") };
        webhook(&source, request).timeless(&source)
    };
    assert_ne!(at_receipt(first), at_receipt(second));
}

#[test]
fn the_skew_is_what_the_signed_time_says() {
    let name = "standard-webhooks-recovered";
    let source = source_of(name);
    let mut request = request(name);
    request.headers.insert("webhook-timestamp".to_owned(), (request.received_at.epoch_s() - 7).to_string());
    assert_eq!(webhook(&source, request).skew_s(&source), Some(7));
}
