//! Believable pages for the tests and for a look in a browser; each free text can be replaced.

#![expect(clippy::unwrap_used, reason = "a sample that cannot be read has failed")]

mod desk;

use chrono::{Days, NaiveDate};
use maud::Markup;
use pages::portal::{
    Agreement, ClaimForm, ClaimLine, ClaimValues, Claims, Notices, OpenClaim, Overview, PastTerms, SeenState,
    ServiceCard, ServiceMonth, StatementLine, StatementPage, Statements, SubscriptionLine,
    SubscriptionValues, Subscriptions, TicketForm, TicketLine, TicketPage, TicketValues, Tickets, Upcoming,
};
use pages::{
    Failure, FieldError, Frame, Identity, IssuerChoice, KeptForm, Mandates, Message, MetricDays, Section,
    ServiceChoice, SignedIn, SignedOut,
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use sla::availability::{Seconds, percent};
use sla::credit::Credit;
use sla::day::Day;
use sla::exclusion::{Exclusion, Maintenance};
use sla::ledger::CreditKind;
use sla::outage::Outage;
use sla::performance::Limit;
use sla::quorum::Stretch;
use sla::summary::ServiceState;
use sla::ticket::{Effect, Ticket, TicketEvent};
use sla::{Allowance, Instant, Metric, Month, Plan, Service, Span, Statement, Status, Terms};

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

    fn card(&self, index: usize) -> ServiceCard {
        let service = self.service(index);
        let (state, since) = match index {
            2 => (ServiceState::Down, at("2026-06-17T09:04:00Z")),
            3 => (ServiceState::Degraded, at("2026-06-17T08:41:00Z")),
            6 => (ServiceState::Unknown, at("2026-03-19T09:20:00Z")),
            7 => (ServiceState::Maintenance, at("2026-06-17T09:00:00Z")),
            _ => (ServiceState::Up, at("2026-05-30T21:12:00Z")),
        };
        let known = |day: i64| match (day * 7 + i64::try_from(index).unwrap() * 13) % 41 {
            3 => seconds(86_400 - 1_560, 1_560, 0, 0),
            9 if index.is_multiple_of(2) => seconds(86_400 - 900, 0, 900, 0),
            17 => seconds(86_400 - 7_200, 0, 0, 7_200),
            30 if index % 4 == 2 => seconds(86_400 - 21_600, 14_400, 3_600, 3_600),
            _ => seconds(86_400, 0, 0, 0),
        };
        let spent = |day: i64| match index {
            // A day without any check.
            6 => seconds(0, 0, 86_400, 0),
            _ => known(day),
        };
        let today = NaiveDate::from_ymd_opt(2026, 6, 17).unwrap();
        let recorded = 0..if index == 4 { 40_i64 } else { 90 };
        let day = |back: i64| Day {
            date: today.checked_sub_days(Days::new(u64::try_from(back).unwrap())).unwrap(),
            seconds: spent(back),
        };
        let down = [0, 410, 1_560, 0, 1_020, 96][index % 6];
        ServiceCard {
            state,
            since: Some(since),
            month: month("2026-06"),
            seconds: match index {
                6 => seconds(0, 0, 1_423_812, 0),
                _ => seconds(1_423_812 - down, down, if index % 5 == 1 { 300 } else { 0 }, 0),
            },
            allowance: Allowance {
                commitment_ppm: Terms::built_in().promise(service.plan).commitment_ppm,
                agreed_s: 2_592_000,
            },
            days: recorded.rev().map(day).collect(),
            service,
        }
    }

    fn maintenance(&self) -> Maintenance {
        of(json!({
            "window_id": "router-swap", "starts_at": "2026-06-21T01:00:00Z", "ends_at":
                "2026-06-21T03:00:00Z",
            "scope": { "region": "eu-central" }, "announced_at": "2026-06-15T08:00:00Z",
            "reason": self.say("The core router in Frankfurt is replaced."),
        }))
    }

    pub fn overview(&self, services: usize) -> Markup {
        let maintenance = Upcoming {
            maintenance: self.maintenance(),
            service_names: vec![self.say("Berlin uplink"), self.say("Frankfurt data link")],
        };
        let services = (0..services).map(|index| self.card(index)).collect();
        pages::portal::overview(
            &self.frame(Section::Services),
            &Overview {
                services,
                maintenance: vec![maintenance],
                after: Some("service-02".parse().unwrap()),
            },
        )
    }

    fn exclusions(&self) -> Vec<Exclusion> {
        let exclusion = |id: &str, more: Value| {
            let mut fields = json!({
                "exclusion_id": id, "services": ["nordlicht-02"], "clause": "third_party",
                "starts_at": "2026-06-03T12:10:00Z", "ends_at": "2026-06-03T12:40:00Z", "raised_by":
                    "m.keller",
                "evidence": self.say("The carrier's own report of the cut cable at Spandau:\nticket 4711, \
                     14:10–14:40."),
                "raised_at": "2026-06-04T09:00:00Z", "dispute_until": "2026-06-25T09:00:00Z",
            });
            for (name, value) in more.as_object().unwrap() {
                fields[name] = value.clone();
            }
            of(fields)
        };
        let note = self.say("The report names our line.");
        let decision = json!({ "by": "s.lorenz", "note": note, "at": "2026-06-11T09:00:00Z" });
        let dispute = json!({
            "customer_id": "nordlicht", "at": "2026-06-12T10:00:00Z",
            "statement": self.say("Your second uplink should have taken over."),
        });
        vec![
            exclusion("spandau", json!({ "ruling": "approve", "decision": decision })),
            exclusion("ddos-0609", json!({ "clause": "cyber_attack", "disputes": [dispute] })),
        ]
    }

    /// Returns the month's stretches in order, with the gaps filled by `up`.
    fn combined(marked: &[(&str, &str, Status)], period: Span) -> Vec<Stretch> {
        let mut combined = Vec::new();
        let mut from = period.start;
        for (start, end, status) in marked {
            combined.push(Stretch { span: Span::new(from, at(start)), status: Status::Up });
            combined.push(Stretch { span: span(start, end), status: *status });
            from = at(end);
        }
        combined.push(Stretch { span: Span::new(from, period.end), status: Status::Up });
        combined.retain(|stretch| !stretch.span.is_empty());
        combined
    }

    fn service_month(&self) -> ServiceMonth {
        let period = span("2026-05-31T22:00:00Z", "2026-06-17T09:30:00Z");
        let combined = Self::combined(
            &[
                ("2026-06-03T12:10:00Z", "2026-06-03T12:52:00Z", Status::Down),
                ("2026-06-05T06:00:00Z", "2026-06-05T09:20:00Z", Status::Degraded),
                ("2026-06-09T20:30:00Z", "2026-06-10T01:15:00Z", Status::Unknown),
                ("2026-06-12T03:21:00Z", "2026-06-12T03:23:00Z", Status::Down),
                ("2026-06-17T09:04:00Z", "2026-06-17T09:30:00Z", Status::Down),
            ],
            period,
        );
        let union = vec![
            span("2026-06-03T12:10:00Z", "2026-06-03T12:40:00Z"),
            span("2026-06-14T01:00:00Z", "2026-06-14T03:00:00Z"),
        ];
        let outage = |from, to, down_s, excluded_s, ongoing| Outage {
            started_at: at(from),
            ended_at: at(to),
            down_s,
            excluded_s,
            ongoing,
        };
        ServiceMonth {
            service: self.service(2),
            state: ServiceState::Down,
            since: Some(at("2026-06-17T09:04:00Z")),
            month: month("2026-06"),
            seconds: Seconds::partition(&combined, &union),
            allowance: Allowance { commitment_ppm: 999_900, agreed_s: 2_583_000 },
            combined,
            union,
            outages: vec![
                outage("2026-06-03T12:10:00Z", "2026-06-03T12:52:00Z", 720, 1_800, false),
                outage("2026-06-12T03:21:00Z", "2026-06-12T03:23:00Z", 120, 0, false),
                outage("2026-06-17T09:04:00Z", "2026-06-17T09:30:00Z", 1_560, 0, true),
            ],
            others: None,
            maintenance: vec![self.maintenance()],
            exclusions: self.exclusions(),
            charts: charts(),
            earlier: Some(month("2026-05")),
            later: None,
            statement_revision: None,
            claims: vec![OpenClaim { kind: CreditKind::Uptime, until: Some(at("2026-06-24T22:00:00Z")) }],
        }
    }

    pub fn service_page(&self) -> Markup {
        let done = Message::Done(self.say("Your dispute is recorded. We decide and tell you."));
        pages::portal::service(&self.told(Section::Services, done), &self.service_month())
    }

    /// Renders a month that is over and closed.
    pub fn past_service_page(&self) -> Markup {
        let period = span("2026-04-30T22:00:00Z", "2026-05-31T22:00:00Z");
        let down = ("2026-05-12T03:21:00Z", "2026-05-12T03:24:00Z", Status::Down);
        let combined = Self::combined(&[down], period);
        let view = ServiceMonth {
            state: ServiceState::Unknown,
            since: None,
            month: month("2026-05"),
            seconds: Seconds::partition(&combined, &[]),
            allowance: Allowance { commitment_ppm: 999_900, agreed_s: period.length_s() },
            combined,
            union: Vec::new(),
            outages: Vec::new(),
            maintenance: Vec::new(),
            exclusions: Vec::new(),
            charts: Vec::new(),
            earlier: Some(month("2026-04")),
            later: Some(month("2026-06")),
            statement_revision: Some(2),
            claims: Vec::new(),
            ..self.service_month()
        };
        pages::portal::service(&self.frame(Section::Services), &view)
    }

    pub fn statements(&self) -> Markup {
        let line = |index: usize, month: &str, verdict: &str, available: &str, credit| StatementLine {
            service_id: self.service(index).service_id,
            service_name: self.service(index).name,
            month: month.parse().unwrap(),
            revision: if index == 2 { 2 } else { 1 },
            verdict: of(json!(verdict)),
            availability_pct: Some(available.to_owned()),
            commitment_pct: "99.9500".to_owned(),
            credit: of(euros(credit)),
        };
        let statements = vec![
            line(0, "2026-05", "breached", "99.8381", 807),
            line(1, "2026-05", "met", "99.9998", 0),
            line(2, "2026-05", "indeterminate", "99.9604", 0),
            line(3, "2026-05", "not_applicable", "100.0000", 0),
            line(4, "2026-04", "breached", "88.1000", 49_900),
        ];
        let view = Statements { statements, after: Some("nordlicht-04 2026-04".to_owned()) };
        pages::portal::statements(&self.frame(Section::Statements), &view)
    }

    fn statement(&self) -> Statement {
        let terms = Terms::built_in();
        let seconds = seconds(2_665_080, 4_320, 1_800, 7_200);
        let verdict = seconds.verdict(999_500);
        let fee = of(euros(49_900));
        let figures = |metric: &str, mean: &str, limit: &str, verdict: &str| {
            json!({
                "metric": metric, "mean": mean, "p50": "21.300", "p95": "48.120", "p99": "77.004",
                "limit": limit, "samples": 44_512, "verdict": verdict,
            })
        };
        let not_measured = json!({
            "metric": "throughput_mbps", "mean": null, "p50": null, "p95": null, "p99": null, "limit":
                "100.000",
            "samples": 0, "verdict": "not_measured",
        });
        let mut statement = Statement {
            service_id: self.service(0).service_id,
            customer_id: "nordlicht".parse().unwrap(),
            plan: Plan::Premium,
            month: month("2026-05"),
            time_zone: "Europe/Berlin".parse().unwrap(),
            revision: 2,
            provisional: false,
            as_of: at("2026-06-01T22:00:00Z"),
            terms: of(json!({ "id": "sla", "revision": 1, "digest": terms.digest().unwrap() })),
            period: span("2026-04-30T22:00:00Z", "2026-05-31T22:00:00Z"),
            seconds,
            availability_pct: percent(seconds.up, seconds.up + seconds.down),
            best_pct: percent(seconds.up + seconds.unknown, seconds.agreed()),
            worst_pct: percent(seconds.up, seconds.agreed()),
            commitment_pct: "99.9500".to_owned(),
            verdict,
            review: Some(of(json!({
                "verdict": "breached", "down_s": 4_920, "by": "s.lorenz",
                "reason": self.say("Ten of the thirty unknown minutes were an outage: the customer's router \
                     log shows it."),
            }))),
            outages: vec![of(
                json!({ "started_at": "2026-05-12T03:21:00Z", "ended_at": "2026-05-12T04:33:00Z",
                    "down_s": 4_320, "excluded_s": 0, "ongoing": false }),
            )],
            others: None,
            excluded: vec![of(
                json!({ "starts_at": "2026-05-17T01:00:00Z", "ends_at": "2026-05-17T03:00:00Z",
                "kind": "maintenance", "id": "fibre-move", "excluded_s": 7_200 }),
            )],
            credit: Credit::compute(&terms.credits, fee, seconds.reviewed(4_920), verdict),
            performance: vec![
                of(figures("latency_ms", "23.417", "50.000", "met")),
                of(not_measured),
                of(figures("packet_loss_pct", "0.104", "0.100", "missed")),
            ],
            tickets: of(
                json!({ "opened": 3, "acknowledge_met": 2, "acknowledge_missed": 1, "resolve_met": 3,
                "resolve_missed": 0, "running": 0 }),
            ),
            digest: String::new(),
        };
        statement.digest = statement.computed_digest().unwrap();
        statement
    }

    fn entry(&self, id: &str, state: &str, minor: i64, more: Value) -> sla::ledger::Entry {
        let mut fields = json!({
            "credit_id": id, "kind": "uptime", "month": "2026-05", "customer_id": "nordlicht",
            "service_id": "nordlicht-00", "plan": "premium", "currency": "EUR", "monthly_fee_minor": 49_900,
            "commitment_pct": "99.9500", "availability_pct": "99.8381", "down_s": 4_920, "agreed_s":
                2_671_200,
            "share_pct": "1.8418", "amount_minor": minor, "state": state, "statement_revision": 2,
            "statement_digest": "00", "terms_revision": 1,
        });
        for (name, value) in more.as_object().unwrap() {
            fields[name] = value.clone();
        }
        of(fields)
    }

    fn claim(&self, id: &str, state: &str, more: Value) -> sla::claim::Claim {
        let mut fields = json!({
            "claim_id": id, "service_id": "nordlicht-00", "customer_id": "nordlicht", "month": "2026-05",
            "kind": "uptime", "filed_at": "2026-06-02T07:30:00Z", "state": state, "in_time": true,
            "claim_until": "2026-06-09T22:00:00Z", "note": self.say("As discussed with your support."),
        });
        for (name, value) in more.as_object().unwrap() {
            fields[name] = value.clone();
        }
        of(fields)
    }

    /// Renders a statement without a claim: its credit awaits one, or has lapsed.
    fn unclaimed(&self, entries: Vec<sla::ledger::Entry>, open_claims: Vec<OpenClaim>) -> Markup {
        let view = StatementPage {
            statement: self.statement(),
            service_name: self.service(0).name,
            fee: of(euros(49_900)),
            credit_terms: Terms::built_in().credits,
            newest_revision: 2,
            revisions: Vec::new(),
            entries,
            claims: Vec::new(),
            open_claims,
        };
        pages::portal::statement(&self.frame(Section::Statements), &view)
    }

    pub fn claimable_statement(&self) -> Markup {
        let open = OpenClaim { kind: CreditKind::Uptime, until: Some(at("2026-06-19T22:00:00Z")) };
        self.unclaimed(Vec::new(), vec![open])
    }

    pub fn lapsed_statement(&self) -> Markup {
        self.unclaimed(
            vec![self.entry("nordlicht-00:2026-05:uptime:1", "lapsed", 919, json!({}))],
            Vec::new(),
        )
    }

    pub fn statement_page(&self) -> Markup {
        let billed = json!({ "billing_month": "2026-07", "claim_id": "c-1" });
        let entries = vec![
            self.entry("nordlicht-00:2026-05:uptime:1", "approved", 807, billed.clone()),
            self.entry(
                "nordlicht-00:2026-05:uptime:2",
                "reversal",
                -807,
                json!({ "billing_month": "2026-07", "reverses": "nordlicht-00:2026-05:uptime:1" }),
            ),
            self.entry("nordlicht-00:2026-05:uptime:3", "approved", 919, billed),
        ];
        let view = StatementPage {
            statement: self.statement(),
            service_name: self.service(0).name,
            fee: of(euros(49_900)),
            credit_terms: Terms::built_in().credits,
            newest_revision: 3,
            revisions: vec![(1, of(json!("indeterminate"))), (3, of(json!("breached")))],
            entries,
            claims: vec![self.claim("c-1", "approved", json!({ "amount": euros(919) }))],
            open_claims: Vec::new(),
        };
        pages::portal::statement(&self.frame(Section::Statements), &view)
    }

    fn events(&self, ticket_id: &str, kinds: &[(&str, &str, Value)]) -> Vec<TicketEvent> {
        let event = |(index, (kind, at, more)): (usize, &(&str, &str, Value))| {
            let mut fields = json!({
                "event_id": format!("e{index}"), "ticket_id": ticket_id, "kind": kind, "occurred_at": at,
            });
            for (name, value) in more.as_object().unwrap() {
                fields[name] = value.clone();
            }
            of(fields)
        };
        kinds.iter().enumerate().map(event).collect()
    }

    fn opened(&self, level: u8, title: &str) -> Value {
        json!({
            "customer_id": "nordlicht", "service_id": "nordlicht-02", "level": level, "channel": "portal",
            "title": self.say(title), "links_to": "T-1007",
            "description": self.say("Since 11:04 nobody in Munich can reach the data centre.\n\nTried: \
                 restarted the router."),
        })
    }

    fn ticket_page(&self) -> TicketPage {
        let events = self.events(
            "T-1042",
            &[
                ("opened", "2026-06-17T09:06:00Z", self.opened(2, "Munich office is offline")),
                ("acknowledged", "2026-06-17T09:11:30Z", json!({})),
                ("level_changed", "2026-06-17T09:14:00Z", json!({ "level": 1, "reason": "misclassified" })),
                ("waiting_on_customer", "2026-06-17T09:20:00Z", json!({})),
                ("acknowledged", "2026-06-17T09:22:00Z", json!({})),
            ],
        );
        let folded = Ticket::fold(&events, &Terms::built_in()).unwrap();
        let effect = |event: TicketEvent| {
            let effect = folded.effects.get(&event.event_id).cloned().unwrap_or(Effect::Effective);
            (event, effect)
        };
        TicketPage {
            service: Some((self.service(2).service_id, self.service(2).name)),
            events: events.into_iter().map(effect).collect(),
            ticket: folded.ticket,
            backdated_count: 0,
            reopen_until: None,
            key: "9f2c".to_owned(),
        }
    }

    fn resolved(&self) -> Ticket {
        let events = self.events(
            "T-1007",
            &[
                ("opened", "2026-06-14T07:00:00Z", self.opened(3, "How do I add a number?")),
                ("acknowledged", "2026-06-14T07:44:00Z", json!({})),
                ("resolved", "2026-06-14T09:00:00Z", json!({})),
                ("reopened", "2026-06-15T09:00:00Z", json!({})),
                ("resolved", "2026-06-15T10:00:00Z", json!({})),
            ],
        );
        Ticket::fold(&events, &Terms::built_in()).unwrap().ticket
    }

    pub fn tickets(&self) -> Markup {
        let line = |ticket| TicketLine { ticket, service_name: Some(self.service(2).name) };
        let view = Tickets { tickets: vec![line(self.ticket_page().ticket), line(self.resolved())] };
        pages::portal::tickets(&self.frame(Section::Tickets), &view)
    }

    pub fn ticket(&self) -> Markup {
        pages::portal::ticket(&self.frame(Section::Tickets), &self.ticket_page())
    }

    pub fn ticket_state(&self) -> Markup {
        pages::portal::ticket_state(&self.frame(Section::Tickets), &self.ticket_page())
    }

    /// Returns the tag of the live part `later_s` seconds later.
    pub fn ticket_state_tag(&self, later_s: i64) -> String {
        let frame = Frame { now: now().plus_s(later_s), ..self.frame(Section::Tickets) };
        pages::portal::ticket_state_tag(&frame, &self.ticket_page())
    }

    pub fn resolved_ticket(&self) -> Markup {
        let view = TicketPage {
            ticket: self.resolved(),
            events: Vec::new(),
            backdated_count: 1,
            reopen_until: Some(at("2026-06-22T10:00:00Z")),
            ..self.ticket_page()
        };
        pages::portal::ticket(&self.frame(Section::Tickets), &view)
    }

    fn choices(&self) -> Vec<ServiceChoice> {
        let choice = |service: Service| ServiceChoice { service_id: service.service_id, name: service.name };
        (0..4).map(|index| choice(self.service(index))).collect()
    }

    pub fn ticket_form(&self, refused: bool) -> Markup {
        let error = |field: &str, text: &str| FieldError { field: field.to_owned(), text: text.to_owned() };
        let errors = if refused {
            vec![
                error("level", "Choose how urgent it is"),
                error("title", "Say in a line what is wrong"),
                error("key", &self.say("The form is too old: send it again")),
            ]
        } else {
            Vec::new()
        };
        let values = TicketValues {
            service_id: if refused { "nordlicht-02".to_owned() } else { String::new() },
            description: if refused {
                self.say("Nobody in Munich can reach the data centre.")
            } else {
                String::new()
            },
            title: if self.text.is_some() { self.say("") } else { String::new() },
            ..TicketValues::default()
        };
        let levels = Terms::built_in().levels;
        let view = TicketForm { key: "9f2c".to_owned(), services: self.choices(), levels, values, errors };
        pages::portal::ticket_form(&self.frame(Section::Tickets), &view)
    }

    pub fn claims(&self) -> Markup {
        let line = |claim, entry| ClaimLine { claim, service_name: Some(self.service(0).name), entry };
        let reason = |reason: &str| {
            json!({ "reason": reason, "amount": euros(807), "decided_at":
            "2026-06-10T00:00:00Z" })
        };
        let review = json!({ "reason": "reviewed", "review": {
            "by": "s.lorenz", "reason": self.say("The samples come from a probe that was itself congested."),
            "at": "2026-06-10T00:00:00Z", "statement_revision": 2,
        }});
        let entry = self.entry(
            "nordlicht-00:2026-05:uptime:3",
            "approved",
            919,
            json!({ "billing_month": "2026-07" }),
        );
        let view = Claims {
            claims: vec![
                line(self.claim("c-5", "held", json!({ "month": "2026-06" })), None),
                line(self.claim("c-1", "approved", json!({ "amount": euros(919) })), Some(entry)),
                line(self.claim("c-2", "review", json!({ "kind": "performance" })), None),
                line(self.claim("c-3", "rejected", reason("late")), None),
                line(self.claim("c-4", "rejected", review), None),
            ],
        };
        pages::portal::claims(&self.frame(Section::Claims), &view)
    }

    pub fn claim_form(&self) -> Markup {
        let values = ClaimValues {
            service_id: "nordlicht-02".to_owned(),
            month: "2026-06".to_owned(),
            kind: "uptime".to_owned(),
            note: self.say("Munich was down on the 17th."),
        };
        let view = ClaimForm {
            services: self.choices(),
            months: vec![month("2026-06"), month("2026-05")],
            claim_until: Some(at("2026-06-24T22:00:00Z")),
            values,
            errors: Vec::new(),
        };
        pages::portal::claim_form(&self.frame(Section::Claims), &view)
    }

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
        let about = json!({ "service_id": "nordlicht-02" });
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
                about,
            ),
            notice(
                "ticket.resolved",
                "info",
                "2026-06-15T10:00:00Z",
                "Ticket T-1007 is resolved",
                "It took 3 h.",
                json!({ "ticket_id": "T-1007" }),
            ),
        ];
        let view = Notices { month: month("2026-06"), earlier: Some(month("2026-05")), later: None, notices };
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

    pub fn error(&self) -> Markup {
        let view = Failure {
            status: 404,
            title: "This page does not exist".to_owned(),
            what_to_do: self.say("Check the address, or look for the service on the overview."),
        };
        pages::error(&self.frame(Section::Elsewhere), &view)
    }

    pub fn failed(&self) -> Markup {
        let failed =
            Message::Failed(self.say("The claim was not filed: June 2026 has not begun for this service."));
        pages::portal::claims(&self.told(Section::Claims, failed), &Claims::default())
    }

    pub fn sign_in(&self) -> Markup {
        pages::sign_in(&self.signed_out(), "/sign-in")
    }

    pub fn issuer_choice(&self) -> Markup {
        let identity = |label: &str, description: &str, value: &str| Identity {
            label: self.say(label),
            description: self.say(description),
            value: value.to_owned(),
        };
        pages::issuer_choice(&IssuerChoice {
            action: "/authorize".to_owned(),
            name: "subject".to_owned(),
            carried: vec![("state".to_owned(), self.say("af0ifjsldkj"))],
            identities: vec![
                identity("Nordlicht Logistik GmbH", "A customer with ten services", "customer:nordlicht"),
                identity("Sabine Lorenz", "Staff: reviews statements and claims", "staff:s.lorenz"),
            ],
            css_path: pages::assets::css().path.to_owned(),
        })
    }

    fn signed_out_page(&self, ends_at: Option<&str>) -> Markup {
        let (ends_at, begin) = (ends_at.map(str::to_owned), "/sign-in/begin".to_owned());
        pages::signed_out(&self.signed_out(), &SignedOut { ends_at, begin })
    }

    fn kept_form(&self, frame: &Frame, title: &str, text: &str, begin: Option<&str>) -> Markup {
        let field = |name: &str, text: &str| (name.to_owned(), text.to_owned());
        let fields = vec![
            field("key", "9b74c9897bac770f"),
            ("title".to_owned(), self.say("Pages load slowly")),
            ("description".to_owned(), self.say("Since this morning.\nOnly in Spandau.")),
            field("steps_tried", ""),
            field("level", "2"),
        ];
        let (title, text, action) = (title.to_owned(), text.to_owned(), "/tickets".to_owned());
        let begin = begin.map(str::to_owned);
        pages::kept_form(frame, &KeptForm { title, text, action, fields, begin })
    }

    fn kept_pages(&self) -> [(&'static str, Markup); 2] {
        let (ended, renewed) = ("Nothing is lost.", "Look at it once more, then send it.");
        let begin = Some("/sign-in/begin?return_to=%2Fsign-in%3Fdone%3Dbeside");
        let own = self.frame(Section::Elsewhere);
        [
            ("kept_ended", self.kept_form(&self.signed_out(), "Your session has ended", ended, begin)),
            ("kept_renewed", self.kept_form(&own, "Send it again?", renewed, None)),
        ]
    }

    /// Returns every page by its file name.
    pub fn pages(&self) -> Vec<(&'static str, Markup)> {
        vec![
            ("overview", self.overview(8)),
            ("service", self.service_page()),
            ("service_past", self.past_service_page()),
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
            ("signed_out", self.signed_out_page(Some("/end-session"))),
            ("signed_out_here", self.signed_out_page(None)),
            ("signed_in_beside", pages::signed_in_beside(&self.signed_out())),
        ]
        .into_iter()
        .chain(self.kept_pages())
        .collect()
    }
}

fn charts() -> Vec<MetricDays> {
    let days = |base: u32, swing: u32| {
        let value = |day: u32| base + (day * 37 % 11) * swing;
        let date = |day: u32| NaiveDate::from_ymd_opt(2026, 6, day).unwrap();
        // Three days are without measurements.
        let measured = (1..=17).filter(|day| ![6, 7, 12].contains(day));
        measured.map(|day| (date(day), value(day))).collect()
    };
    let chart = |metric, limit, days| MetricDays { metric, limit: Some(limit), days };
    vec![
        chart(Metric::LatencyMs, Limit::Below(50_000), days(18_000, 3_400)),
        chart(Metric::ThroughputMbps, Limit::AtLeast(100_000), days(96_000, 5_200)),
        chart(Metric::PacketLossPct, Limit::Below(1_000), days(120, 95)),
    ]
}
