//! Believable pages for the tests and for a look in a browser; each free text can be replaced.

#![expect(clippy::unwrap_used, reason = "a sample that cannot be read has failed")]

mod desk;
mod notices;
mod services;
mod sign_in;
mod statements;
mod tickets;

use maud::Markup;
use pages::{Frame, Mandates, Message, Section, SignedIn};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use sla::availability::Seconds;
use sla::{Instant, Month, Service, Span};

/// The customer's service names, in turn.
const NAMES: [&str; 10] = [
    "Berlin uplink",
    "Hamburg SIP trunk",
    "Munich office fibre",
    "Contact centre voice",
    "SMS gateway",
    "Frankfurt data link",
    "Leipzig backup line",
    "Emergency call routing",
    "Video conferencing bridge",
    "Warehouse radio backhaul",
];

/// The data of the sample pages.
pub struct Sample {
    /// Replacement for every free text; `None` keeps the believable words.
    pub text: Option<String>,
}

pub fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

fn now() -> Instant {
    at("2026-06-17T09:30:12Z")
}

fn month(text: &str) -> Month {
    text.parse().unwrap()
}

fn of<T: DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).unwrap()
}

fn span(from: &str, to: &str) -> Span {
    Span::new(at(from), at(to))
}

fn euros(minor: u64) -> Value {
    json!({ "minor": minor, "currency": "EUR" })
}

fn seconds(up: i64, down: i64, unknown: i64, excluded: i64) -> Seconds {
    Seconds { period: up + down + unknown + excluded, up, down, unknown, excluded }
}

impl Sample {
    fn say(&self, words: &str) -> String {
        self.text.clone().unwrap_or_else(|| words.to_owned())
    }

    pub fn frame(&self, section: Section) -> Frame {
        Frame {
            signed_in: Some(SignedIn {
                customer_name: self.say("Nordlicht Logistik GmbH"),
                label: self.say("anna.weber@nordlicht.example"),
                csrf: "b1946ac92492d2347c6235b4d2611184".to_owned(),
                mandates: Mandates { staff: true, finance: true },
            }),
            section,
            zone: "Europe/Berlin".parse().unwrap(),
            now: now(),
            message: None,
            unread: 3,
            css_path: pages::assets::css().path.to_owned(),
            script_path: pages::assets::script().path.to_owned(),
        }
    }

    fn told(&self, section: Section, message: Message) -> Frame {
        Frame { message: Some(message), ..self.frame(section) }
    }

    fn signed_out(&self) -> Frame {
        Frame { signed_in: None, zone: sla::Zone::UTC, ..self.frame(Section::Elsewhere) }
    }

    fn service(&self, index: usize) -> Service {
        let plan = ["premium", "standard", "enterprise"][index % 3];
        let name = match index / NAMES.len() {
            0 => NAMES[index % NAMES.len()].to_owned(),
            again => format!("{} {}", NAMES[index % NAMES.len()], again + 1),
        };
        of(json!({
            "service_id": format!("nordlicht-{index:02}"), "customer_id": "nordlicht", "name":
                self.say(&name),
            "plan": plan, "monthly_fee": euros(49_900), "region": "eu-central",
            "time_zone": "Europe/Berlin", "activated_at": "2025-01-01T00:00:00Z",
            "resolution_s": 60, "check_interval_s": 60, "max_silence_s": 120, "quorum": 1,
        }))
    }

    fn search(&self) -> Markup {
        let view = pages::SearchPage { words: self.say("switch"), ..pages::SearchPage::default() };
        pages::search(&self.frame(Section::Elsewhere), &view)
    }

    /// Returns every page by its file name.
    pub fn pages(&self) -> Vec<(&'static str, Markup)> {
        vec![
            ("overview", self.overview(8)),
            ("overview_many", self.overview(14)),
            ("service", self.service_page()),
            ("service_past", self.past_service_page()),
            ("search_nothing", self.search()),
            ("statements", self.statements()),
            ("statement", self.statement_page()),
            ("statement_claimable", self.claimable_statement()),
            ("statement_lapsed", self.lapsed_statement()),
            ("tickets", self.tickets()),
            ("ticket", self.ticket()),
            ("ticket_resolved", self.resolved_ticket()),
            ("ticket_form", self.ticket_form(false)),
            ("ticket_form_refused", self.ticket_form(true)),
            ("claims", self.claims()),
            ("claims_failed", self.failed()),
            ("claim_form", self.claim_form()),
            ("agreement", self.agreement()),
            ("notices", self.notices()),
            ("subscriptions", self.subscriptions(false)),
            ("subscriptions_refused", self.subscriptions(true)),
            ("error", self.error()),
            ("sign_in", self.sign_in()),
            ("issuer_choice", self.issuer_choice()),
            ("demo", Self::demo(false)),
            ("demo_broken", Self::demo(true)),
            ("signed_out", self.signed_out_page(Some("/end-session"))),
            ("signed_out_here", self.signed_out_page(None)),
            ("signed_in_beside", pages::signed_in_beside(&self.signed_out())),
        ]
        .into_iter()
        .chain(self.kept_pages())
        .collect()
    }
}
