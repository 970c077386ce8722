//! Pages of sources of webhooks.

use events::source::{Mode, SourceKind, TicketKind};
use maud::Markup;
use pages::desk::{
    self, Part, SecretState, SourceHealth, SourceLine, SourcePage, Sources, TrialLine, TrialPage,
    TriedMessage, UnmappedLine,
};
use serde_json::json;
use sla::Status;

use super::super::{Sample, at, of};
use super::{error, nothing_noted, staff};

impl Sample {
    pub(super) fn desk_sources(&self) -> Markup {
        let line = |id: &str, kind, health, unmapped| SourceLine {
            source_id: id.parse().unwrap(),
            kind,
            health,
            last_message_at: (health < SourceHealth::WithoutSecret).then(|| at("2026-06-17T09:29:00Z")),
            last_test_at: (health == SourceHealth::Silent).then(|| at("2026-06-10T09:29:00Z")),
            unmapped,
        };
        let view = Sources {
            sources: vec![
                line("am-ber1", SourceKind::Alertmanager, SourceHealth::Silent, 2),
                line("grafana-1", SourceKind::Grafana, SourceHealth::Lossy, 0),
                line("desk", SourceKind::Zammad, SourceHealth::Unmapped, 1),
                line("icinga-1", SourceKind::Icinga, SourceHealth::WithoutSecret, 0),
                line("kuma-1", SourceKind::UptimeKuma, SourceHealth::Unheard, 0),
                line("own-1", SourceKind::Template, SourceHealth::Reporting, 0),
            ],
            after: Some("own-1".parse().unwrap()),
        };
        desk::sources(&self.desk(Part::Sources), &view)
    }

    pub(super) fn desk_no_source(&self) -> Markup {
        let mut frame = self.desk(Part::Sources);
        if let Some(signed_in) = &mut frame.signed_in {
            signed_in.mandates = pages::Mandates { staff: false, finance: true };
        }
        desk::sources(&frame, &Sources::default())
    }

    fn source(&self) -> SourcePage {
        let source = json!({
            "source_id": "am-ber1", "kind": "alertmanager", "auth": { "scheme": "bearer" },
            "mode": "heartbeats",
            "map": [
                { "when": { "labels.nines": "heartbeat" }, "heartbeat": true },
                { "when": { "labels.nines": "service" },
                  "service_id": { "labels.service": { "a": "nordlicht-00" } } },
                { "service_id": "nordlicht-02", "lead_s": 60 },
            ],
        });
        let word = |path: &str, word: &str| (path.to_owned(), self.say(word));
        let unmapped = UnmappedLine {
            key: self.say("7cbed133254481e3"),
            words: [word("labels.service", "b"), word("labels.nines", "service")].into(),
            error: self.say("labels.service: `b` is not in the table of service_id: register it there"),
            quarantine_id: "9f2c41d07ab3e6554710aa01bb02cc03".parse().unwrap(),
            last_at: at("2026-06-17T09:29:00Z"),
            count: 3,
        };
        SourcePage {
            source: of(source),
            health: SourceHealth::Unmapped,
            last_at: [Some(at("2026-06-17T09:29:00Z")), None, Some(at("2026-06-17T09:20:00Z"))],
            last_proof_at: Some(at("2026-06-17T09:28:00Z")),
            skew_s: Some(2),
            last_loss: Some((at("2026-06-01T09:28:00Z"), self.say("truncatedAlerts: 3 alerts are missing"))),
            unmapped: vec![unmapped],
            secret: SecretState::Entered { has_previous: true },
            entered: Some((at("2026-06-16T09:28:00Z"), staff("s.lorenz"))),
            hooks: "https://hooks.infopromo.example".to_owned(),
            errors: Vec::new(),
            trail: self.trail("source:am-ber1", false),
        }
    }

    pub(super) fn desk_source(&self) -> Markup {
        desk::source(&self.desk(Part::Sources), &self.source())
    }

    pub(super) fn desk_source_refused(&self) -> Markup {
        let refused =
            error("secret", &self.say("secret: 5 bytes: enter 16 to 1000 visible ASCII characters"));
        let page = self.source();
        let map = Vec::new();
        let auth = of(json!({ "scheme": "path-token" }));
        let view = SourcePage {
            source: events::Source { kind: SourceKind::Pingdom, auth, map, mode: Mode::Edges, ..page.source },
            health: SourceHealth::WithoutSecret,
            last_at: [None; 3],
            last_proof_at: None,
            skew_s: None,
            last_loss: None,
            unmapped: Vec::new(),
            secret: SecretState::Missing,
            entered: None,
            errors: vec![refused],
            trail: nothing_noted("source:am-ber1"),
            ..page
        };
        desk::source(&self.desk(Part::Sources), &view)
    }

    pub(super) fn desk_source_removed(&self) -> Markup {
        let view =
            SourcePage { health: SourceHealth::Removed, secret: SecretState::Unreadable, ..self.source() };
        desk::source(&self.desk(Part::Sources), &view)
    }

    pub(super) fn desk_source_of_tickets(&self) -> Markup {
        let source = json!({
            "source_id": "zammad-1", "kind": "zammad", "auth": { "scheme": "websub-sha1" },
            "unmapped": "ignore",
            "map": [{ "ticket_id": "desk-{ticket.id}", "kind": "opened", "customer_id": "nordlicht" }],
        });
        let view = SourcePage {
            source: of(source),
            secret: SecretState::Entered { has_previous: false },
            skew_s: Some(-70),
            ..self.source()
        };
        desk::source(&self.desk(Part::Sources), &view)
    }

    pub(super) fn desk_trial(&self) -> Markup {
        let sighting = |failed, cleared_at| TrialLine::Sighting {
            service_id: "nordlicht-02".parse().unwrap(),
            probe: "am-ber1.7cbed133254481e3".parse().unwrap(),
            failed,
            cleared_at,
            measured: vec![(21.5, "ms")],
        };
        let from = at("2026-06-17T09:20:00Z");
        let each =
            [Status::Down, Status::Degraded, Status::Unknown, Status::Up].map(|status| Some((from, status)));
        let mut lines: Vec<TrialLine> = each.into_iter().map(|failed| sighting(failed, None)).collect();
        lines.extend([
            sighting(None, Some(from)),
            TrialLine::Ticket {
                ticket_id: "desk-1".parse().unwrap(),
                changes: vec![(TicketKind::WaitingOnCustomer, from)],
                lacks: vec![self.say("customer: `5` is not in the table of customer_id: register it there")],
            },
            TrialLine::Proof(from),
            TrialLine::Test(1),
            TrialLine::Nothing(self.say("an acknowledgement")),
            TrialLine::Unmapped(self.say("7c"), self.say("no mapping fits")),
            TrialLine::Refused(self.say("startsAt: missing: send it")),
        ]);
        let message = TriedMessage {
            quarantine_id: "9f2c41d07ab3e6554710aa01bb02cc03".parse().unwrap(),
            received_at: at("2026-06-17T09:20:02Z"),
            is_replayed: false,
            lines,
        };
        let view = TrialPage { source_id: "am-ber1".parse().unwrap(), message: Some(message) };
        desk::trial(&self.desk(Part::Sources), &view)
    }

    pub(super) fn desk_no_trial(&self) -> Markup {
        let view = TrialPage { source_id: "am-ber1".parse().unwrap(), message: None };
        desk::trial(&self.desk(Part::Sources), &view)
    }
}
