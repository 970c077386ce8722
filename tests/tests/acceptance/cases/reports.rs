//! Reports are never refused for their texts: each is opened, and its clocks run from its opening.

use std::collections::BTreeSet;

use acceptance::replayed::Replayed;
use nines::agenda::Agenda;
use nines::commands::scenario;
use serde_json::{Value, json};

const OPENED_AT: &str = "2026-06-04T00:00:00Z";

/// Records a report for each ticket id, with the given texts.
async fn reported(reports: &[(String, Value)]) -> Replayed {
    let line = |invoke: &str, at: &str, payload: Value| {
        json!({ "at": at, "invoke": invoke, "payload": payload }).to_string()
    };
    let start = "2026-06-01T00:00:00Z";
    let mut lines = vec![line(
        "run-desk",
        start,
        json!({ "command": "register_customer", "customer_id": "c1", "name": "C" }),
    )];
    for (id, texts) in reports {
        let mut event = json!({
            "event_id": format!("o-{id}"), "ticket_id": id, "kind": "opened", "occurred_at": OPENED_AT,
            "customer_id": "c1", "level": 1, "channel": "email", "title": "t",
        });
        for (name, text) in texts.as_object().unwrap() {
            event[name] = text.clone();
        }
        lines.push(line("record-tickets", OPENED_AT, json!({ "events": [event] })));
    }
    let lines = scenario::parse("reports", &lines.join("\n")).unwrap();
    Replayed::of(&lines, "2026-06-05T00:00:01Z", Agenda::starting).await.unwrap()
}

/// Checks that every report is a ticket opened at its instant, and that its missed clocks are announced.
async fn check(reports: &[(String, Value)]) -> Replayed {
    let replayed = reported(reports).await;
    let quarantine = replayed.desk(&json!({ "command": "list_quarantine" })).await.unwrap();
    assert_eq!(quarantine["quarantined"], json!([]));
    let notices = replayed.notices().unwrap();
    let of_kind = |kind: &str| -> BTreeSet<String> {
        let own = notices.iter().filter(|notice| notice.message["kind"] == kind);
        own.map(|notice| notice.message["ticket_id"].as_str().unwrap().to_owned()).collect()
    };
    let all: BTreeSet<String> = reports.iter().map(|(id, _)| id.clone()).collect();
    for kind in ["ticket.opened", "ticket.acknowledge_missed", "ticket.resolve_missed"] {
        assert_eq!(of_kind(kind), all, "{kind}");
    }
    for (id, _) in reports {
        let shown = replayed.desk(&json!({ "command": "show_ticket", "ticket_id": id })).await.unwrap();
        assert!(shown.to_string().contains(&format!(r#""opened_at":"{OPENED_AT}""#)), "{shown}");
    }
    for notice in notices.iter().filter(|notice| notice.message["kind"] == "ticket.opened") {
        for name in ["subject", "text"] {
            let text = notice.message[name].as_str().unwrap();
            let odd: Vec<char> = text.chars().filter(|c| is_odd(*c)).collect();
            assert_eq!(odd, Vec::<char>::new(), "{name} of {}: {text:?}", notice.message["ticket_id"]);
        }
    }
    replayed
}

/// True for control characters except line ends, and for marks of direction, which reorder their
/// surroundings.
fn is_odd(c: char) -> bool {
    (c.is_control() && c != '\n') || matches!(c, '\u{202a}'..='\u{202e}')
}

#[tokio::test]
async fn reports_with_the_texts_of_real_mails_are_opened() {
    let titles = [
        ("rlm", "שלום\u{200f} (עולם)"),
        ("zwnj", "می\u{200c}خواهم"),
        ("zwj", "👩\u{200d}💻 down"),
        ("tab", "Re:\tdown"),
        ("bom", "\u{feff}down"),
        ("nbsp", "a\u{a0}b"),
        ("shy", "a\u{ad}b"),
        ("ls", "a\u{2028}b"),
        ("fsi", "\u{2068}name\u{2069} wrote"),
        ("nl", "a\nb"),
        ("rlo", "\u{202e}nwod"),
        ("marks", "e\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}"),
        ("blank", " \t "),
        ("unseen", "\u{200b}\u{2060}"),
        ("empty", ""),
    ];
    let descriptions = [
        ("d-crlf", "line one\r\nline two\r\n"),
        ("d-cr", "line one\rline two"),
        ("d-tab", "a\tb"),
        ("d-ff", "page\u{c}break"),
        ("d-ansi", "\u{1b}[31mred\u{1b}[0m log"),
        ("d-rlm", "שלום\u{200f}"),
        ("d-nul", "a\u{0}b"),
        ("d-empty", ""),
    ];
    let titles = titles.map(|(id, title)| (id.to_owned(), json!({ "title": title })));
    let descriptions = descriptions.map(|(id, text)| (id.to_owned(), json!({ "description": text })));
    let replayed = check(&[titles.to_vec(), descriptions.to_vec()].concat()).await;
    for id in ["blank", "unseen", "empty"] {
        let notices = replayed.notices().unwrap();
        let own =
            notices.iter().find(|n| n.message["kind"] == "ticket.opened" && n.message["ticket_id"] == id);
        let own = own.unwrap().message["subject"].as_str().unwrap().to_owned();
        assert!(own.contains("(no subject)"), "{own}");
    }
}

#[tokio::test]
async fn a_report_is_opened_with_every_control_character() {
    let controls = (0..0x20).chain(0x7f..0xa0).filter_map(char::from_u32);
    let marks =
        "\u{200e}\u{200f}\u{202a}\u{202b}\u{202c}\u{202d}\u{202e}\u{2066}\u{2067}\u{2068}\u{2069}\u{61c}";
    let reports = controls.chain(marks.chars()).map(|c| {
        let text = format!("before{c}after");
        (format!("text-{:x}", u32::from(c)), json!({ "title": text, "description": text }))
    });
    check(&reports.collect::<Vec<_>>()).await;
}

#[tokio::test]
async fn a_report_is_opened_however_long_it_is() {
    let sizes = [201, 4_001, 60_000, 200_000, 240_000];
    let reports = sizes.into_iter().flat_map(|size| {
        let text = "x".repeat(size);
        let title = (format!("title-{size}"), json!({ "title": text }));
        [title, (format!("text-{size}"), json!({ "description": text }))]
    });
    check(&reports.collect::<Vec<_>>()).await;
}
