//! Pages of the agreement, of notices and of subscriptions to them.

use maud::Markup;
use pages::portal::{
    Agreement, Headline, KindGroup, Notices, PastTerms, SeenState, SubscriptionLine, SubscriptionValues,
    Subscriptions,
};
use pages::{FieldError, Section, ServiceChoice};
use serde_json::{Value, json};
use sla::{Month, Terms};

use super::{Sample, at, month, of};

impl Sample {
    pub fn agreement(&self) -> Markup {
        let mut coming = Terms { revision: 3, effective_from: month("2026-08"), ..Terms::built_in() };
        coming.plans.premium.commitment_ppm = 999_700;
        coming.credits.rate_pct = 12;
        let terms = Terms { revision: 2, effective_from: month("2026-01"), ..Terms::built_in() };
        let view = Agreement {
            digest: terms.digest().unwrap(),
            terms,
            in_force: 2,
            coming: Some(coming),
            past: vec![PastTerms { revision: 1, effective_from: Month::first() }],
        };
        pages::portal::agreement(&self.frame(Section::Agreement), &view)
    }

    #[expect(clippy::too_many_lines, reason = "a notice of each kind of link, as data")]
    pub fn notices(&self) -> Markup {
        let notice = |kind: &str, severity: &str, at: &str, subject: &str, text: &str, more: Value| {
            let mut fields = json!({
                "notice_id": kind, "kind": kind, "severity": severity, "occurred_at": at, "month": "2026-06",
                "subject": self.say(subject), "text": self.say(text), "data": {},
            });
            for (name, value) in more.as_object().unwrap() {
                fields[name] = value.clone();
            }
            of(fields)
        };
        let service = "/services/nordlicht-02?month=2026-06";
        let about = json!({ "service_id": "nordlicht-02", "url": service });
        let of_other = json!({ "service_id": "nordlicht-03", "url": "/services/nordlicht-03?month=2026-06" });
        let several = json!({
            "url": format!("{service}#exclusions"),
            "data": { "covered": { "services": [
                { "service_id": "nordlicht-02", "service_name": self.say("Munich office fibre"), "counts": true },
                { "service_id": "nordlicht-03", "service_name": self.say("Hamburg"), "counts": true, "month": "2026-07" },
            ], "others": 2 } },
        });
        let notices = vec![
            notice(
                "outage.opened",
                "critical",
                "2026-06-17T09:05:00Z",
                "Down: Munich office fibre",
                "Munich office fibre is down since 17 June 2026, 11:04 CEST (09:04 UTC).\nWe are on it.",
                about.clone(),
            ),
            notice(
                "availability.at_risk",
                "warning",
                "2026-06-12T03:24:00Z",
                "90 % of the allowed downtime is used",
                "Four minutes and 19 seconds are allowed in June.",
                about.clone(),
            ),
            notice(
                "ticket.resolved",
                "info",
                "2026-06-15T10:00:00Z",
                "Ticket T-1007 is resolved",
                "It took 3 h.",
                json!({ "ticket_id": "T-1007", "url": "/tickets/T-1007" }),
            ),
            notice(
                "exclusion.raised",
                "info",
                "2026-06-11T10:00:00Z",
                "Exclusion proposed: 4 services",
                "It is proposed.",
                several,
            ),
            notice(
                "availability.breached",
                "critical",
                "2026-06-10T10:00:00Z",
                "June misses its commitment",
                "It can be claimed.",
                json!({ "service_id": "nordlicht-02", "url": "/claims/new?x=1", "claim_url": "/claims/new?x=1" }),
            ),
        ];
        let down = |at: &str, about: &Value| {
            notice("outage.opened", "critical", at, "Down: Munich office fibre", "It is down.", about.clone())
        };
        let together = Headline {
            notices: vec![down("2026-06-17T09:06:00Z", &of_other), down("2026-06-17T09:05:00Z", &about)],
            region: Some("eu-central".parse().unwrap()),
        };
        let single = notices.into_iter().map(|notice| Headline { notices: vec![notice], region: None });
        let service =
            |id: &str| ServiceChoice { service_id: id.parse().unwrap(), name: self.say("Munich office") };
        let view = Notices {
            headlines: [together].into_iter().chain(single).collect(),
            group: Some(KindGroup::ALL[0]),
            service_id: Some("nordlicht-02".parse().unwrap()),
            month: Some(month("2026-06")),
            services: vec![service("nordlicht-02"), service("nordlicht-03")],
            older: Some("bm90aWNlcw".to_owned()),
            is_first: true,
            marked_from: at("2026-06-15T00:00:00Z"),
        };
        pages::portal::notices(&self.frame(Section::Notices), &view)
    }

    pub fn subscriptions(&self, refused: bool) -> Markup {
        let line = |id: &str, state, choice: Value| SubscriptionLine {
            subscription_id: id.parse().unwrap(),
            choice: of(choice),
            asked_at: at("2026-06-16T08:00:00Z"),
            state,
            key: format!("key-of-{id}"),
        };
        let mail = |to: &str| json!({ "protocol": "email", "endpoint": self.say(to) });
        let post = json!({
            "protocol": "https", "endpoint": self.say("https://hooks.nordlicht.example/nines"),
            "kinds": ["outage.opened", "outage.closed"], "severities": ["critical", "info"],
        });
        let lines = vec![
            line("S-1", SeenState::Confirmed, mail("noc@nordlicht.example")),
            line("S-2", SeenState::Waiting, mail("anna.weber@nordlicht.example")),
            line("S-3", SeenState::Waiting, post.clone()),
            line("S-4", SeenState::Gone, mail("former@nordlicht.example")),
            line("S-5", SeenState::Begun, post.clone()),
            line("S-6", SeenState::Unknown, mail("duty@nordlicht.example")),
        ];
        let wrong = FieldError {
            field: "endpoint".to_owned(),
            text: self.say("`http://hooks` does not begin with https://"),
        };
        let tried = SubscriptionValues {
            protocol: "https".to_owned(),
            endpoint: self.say("http://hooks"),
            kinds: ["outage.opened".to_owned()].into(),
            severities: ["critical".to_owned()].into(),
        };
        let view = Subscriptions {
            lines: if refused { Vec::new() } else { lines },
            lines_max: 20,
            key: "c51ce410c124a10e0db5e4b9".to_owned(),
            values: if refused { tried } else { SubscriptionValues::default() },
            errors: if refused { vec![wrong] } else { Vec::new() },
        };
        pages::portal::subscriptions(&self.frame(Section::Notices), &view)
    }
}
