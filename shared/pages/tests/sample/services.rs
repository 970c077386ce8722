//! Pages about services: the overview, and a service in a month.

use chrono::{Days, NaiveDate};
use maud::Markup;
use pages::portal::{ClaimableLine, ClaimableList, OpenClaim, Overview, ServiceCard, ServiceMonth, Upcoming};
use pages::{Message, MetricDays, Section};
use serde_json::{Value, json};
use sla::availability::Seconds;
use sla::day::Day;
use sla::exclusion::{Exclusion, Maintenance};
use sla::ledger::CreditKind;
use sla::outage::Outage;
use sla::performance::Limit;
use sla::quorum::Stretch;
use sla::summary::ServiceState;
use sla::{Allowance, Metric, Span, Status, Terms};

use super::{Sample, at, month, of, seconds, span};

impl Sample {
    pub(super) fn card(&self, index: usize) -> ServiceCard {
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
            warned_at_s: Some(1_296),
            days: recorded.rev().map(day).collect(),
            service,
        }
    }

    pub(super) fn maintenance(&self) -> Maintenance {
        of(json!({
            "window_id": "router-swap", "starts_at": "2026-06-21T01:00:00Z", "ends_at":
                "2026-06-21T03:00:00Z",
            "scope": { "region": "eu-central" }, "announced_at": "2026-06-15T08:00:00Z",
            "reason": self.say("The core router in Frankfurt is replaced."),
        }))
    }

    /// Returns what can be claimed: of a closed month, of one that is open with its outage, and of a metric.
    pub(super) fn claimable(&self) -> ClaimableList {
        let line = |index: usize, own: &str, kind, amount: Option<u64>, until: Option<&str>| ClaimableLine {
            service_id: self.service(index).service_id,
            service_name: self.service(index).name,
            time_zone: self.service(index).time_zone,
            month: month(own),
            kind,
            is_closed: own == "2026-05",
            amount: amount.map(|minor| of(json!({ "minor": minor, "currency": "EUR" }))),
            until: until.map(at),
        };
        ClaimableList {
            lines: vec![
                line(0, "2026-05", CreditKind::Uptime, Some(13_203), Some("2026-06-19T22:00:00Z")),
                line(1, "2026-05", CreditKind::Performance, None, Some("2026-06-20T22:00:00Z")),
                line(2, "2026-06", CreditKind::Uptime, Some(919), None),
            ],
            others: 2,
        }
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
                claimable: self.claimable(),
                after: Some("service-02".parse().unwrap()),
            },
        )
    }

    pub(super) fn exclusions(&self) -> Vec<Exclusion> {
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
    pub(super) fn combined(marked: &[(&str, &str, Status)], period: Span) -> Vec<Stretch> {
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

    pub(super) fn service_month(&self) -> ServiceMonth {
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
            made: Vec::new(),
            entries: Vec::new(),
            closes_at: Some(at("2026-07-02T22:00:00Z")),
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
            made: vec![self.claim("c-1", "approved", json!({ "decided_at": "2026-06-10T00:00:00Z" }))],
            entries: vec![self.entry(
                "nordlicht-00:2026-05:uptime:1",
                "approved",
                919,
                json!({ "billing_month": "2026-07", "claim_id": "c-1" }),
            )],
            closes_at: None,
            ..self.service_month()
        };
        pages::portal::service(&self.frame(Section::Services), &view)
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
