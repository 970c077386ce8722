//! Pages of targets of the prober.

use maud::Markup;
use pages::desk::{self, Part, TargetPage, Targets};
use serde_json::{Value, json};
use sla::Status;
use sla::timeline::SlotReport;

use super::super::{Sample, at, of};

fn target(id: &str, check: Value) -> events::Target {
    let service = "nordlicht-00";
    of(json!({ "target_id": id, "service_id": service, "region": "eu-1", "check": check }))
}

fn page() -> events::Target {
    target("home", json!({ "http": { "url": "https://www.nordlicht.example/", "body_pattern": "Welcome" } }))
}

impl Sample {
    pub(super) fn desk_targets(&self) -> Markup {
        let targets = vec![
            page(),
            target("mail", json!({ "tcp": { "host": "mail.nordlicht.example", "port": 25 } })),
            target("name", json!({ "dns": { "name": "nordlicht.example", "record": "AAAA" } })),
            target("tls", json!({ "tls": { "host": "192.0.2.7", "port": 853, "certificate_days": 14 } })),
        ];
        let view = Targets { service_id: None, targets, after: Some("tls".parse().unwrap()) };
        desk::targets(&self.desk(Part::Targets), &view)
    }

    pub(super) fn desk_no_target(&self) -> Markup {
        let mut frame = self.desk(Part::Targets);
        if let Some(signed_in) = &mut frame.signed_in {
            signed_in.mandates = pages::Mandates { staff: false, finance: true };
        }
        let service_id = Some("nordlicht-00".parse().unwrap());
        desk::targets(&frame, &Targets { service_id, ..Targets::default() })
    }

    pub(super) fn desk_target(&self) -> Markup {
        let view = TargetPage {
            target: page(),
            is_removed: false,
            last: Some(SlotReport { slot: at("2026-06-17T09:29:00Z"), status: Status::Down }),
            warnings: vec![self.say("quorum: `nordlicht-00` is down once 2 probes say so")],
            trail: self.trail("target:home", false),
        };
        desk::target(&self.desk(Part::Targets), &view)
    }

    pub(super) fn desk_target_removed(&self) -> Markup {
        let trail = self.trail("target:home", false);
        let (target, warnings) = (page(), Vec::new());
        let view = TargetPage { target, is_removed: true, last: None, warnings, trail };
        desk::target(&self.desk(Part::Targets), &view)
    }

    pub(super) fn desk_new_target(&self) -> Markup {
        let form = desk::new_target(Some(&"nordlicht-00".parse().unwrap()), Some("http"));
        desk::command_page(&self.desk(Part::Targets), &form)
    }
}
