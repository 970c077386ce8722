//! Pages quarantined input.

use maud::Markup;
use pages::desk::{self, InputSource, Part, Quarantine, QuarantineLine, QuarantinedInput, ReplayLine};
use serde_json::json;

use super::super::{Sample, at};
use super::{nothing_noted, staff};

impl Sample {
    pub(super) fn quarantined(&self, source: InputSource, is_replayed: bool) -> QuarantineLine {
        let message = "status: `dwon` is not one of up, degraded, down, unknown: write one of them";
        QuarantineLine {
            quarantine_id: "9f2c41d07ab3e6554710aa01bb02cc03".parse().unwrap(),
            source,
            source_id: (source == InputSource::Check).then(|| "am-ber1".parse().unwrap()),
            error: self.say(message),
            received_at: at("2026-06-17T09:29:40Z"),
            replayed_at: is_replayed.then(|| at("2026-06-17T09:30:00Z")),
        }
    }

    pub(super) fn desk_quarantine(&self) -> Markup {
        let line = |source, is_replayed| self.quarantined(source, is_replayed);
        let view = Quarantine {
            inputs: vec![
                line(InputSource::Check, false),
                line(InputSource::TicketRecord, true),
                line(InputSource::Outbox, false),
            ],
            after: Some("9f2c41d07ab3e6554710aa01bb02cc03".parse().unwrap()),
        };
        desk::quarantine(&self.desk(Part::Quarantine), &view)
    }

    pub(super) fn desk_quarantined(&self, is_whole: bool) -> Markup {
        let checked_at = at("2026-06-17T09:29:00Z");
        let payload = json!({ "service_id": "nordlicht-02", "checked_at": checked_at, "status": "dwon" });
        let payload = serde_json::to_string_pretty(&payload).unwrap();
        let source = if is_whole { InputSource::Check } else { InputSource::Record };
        let replay = |by: &str, changed_to: Option<&str>| ReplayLine {
            at: at("2026-06-17T09:30:00Z"),
            by: staff(by),
            content: sla::sha256_hex(by.as_bytes()),
            changed_to: changed_to.map(|text| self.say(text)),
            outcome: changed_to.map(|_| (1, 0)),
        };
        let view = QuarantinedInput {
            replays: if is_whole {
                vec![replay("ada", Some("{\n  \"status\": \"down\"\n}")), replay("grace", None)]
            } else {
                Vec::new()
            },
            line: self.quarantined(source, false),
            length: if is_whole { 91 } else { 412_003 },
            sha256: sla::sha256_hex(payload.as_bytes()),
            is_whole,
            payload: self.say(&payload),
            trail: nothing_noted("quarantine:q-1"),
        };
        desk::quarantined(&self.desk(Part::Quarantine), &view)
    }
}
