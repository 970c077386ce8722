//! Pages about statements and claims.

use maud::Markup;
use pages::portal::{
    ClaimForm, ClaimLine, ClaimValues, Claims, OpenClaim, StatementLine, StatementPage, Statements,
};
use pages::{Section, ServiceChoice};
use serde_json::{Value, json};
use sla::availability::percent;
use sla::credit::Credit;
use sla::ledger::CreditKind;
use sla::{Plan, Service, Statement, Terms};

use super::{Sample, at, euros, month, of, seconds, span};

impl Sample {
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

    pub(super) fn statement(&self) -> Statement {
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
            carried_for_ever: None,
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

    pub(super) fn entry(&self, id: &str, state: &str, minor: i64, more: Value) -> sla::ledger::Entry {
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

    pub(super) fn claim(&self, id: &str, state: &str, more: Value) -> sla::claim::Claim {
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
    pub(super) fn unclaimed(&self, entries: Vec<sla::ledger::Entry>, open_claims: Vec<OpenClaim>) -> Markup {
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

    pub(super) fn choices(&self) -> Vec<ServiceChoice> {
        let choice = |service: Service| ServiceChoice { service_id: service.service_id, name: service.name };
        (0..4).map(|index| choice(self.service(index))).collect()
    }

    pub fn claims(&self) -> Markup {
        let closes_at = Some(at("2026-07-02T22:00:00Z"));
        let line =
            |claim, entry| ClaimLine { claim, service_name: Some(self.service(0).name), entry, closes_at };
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
            claimable: self.claimable(),
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
}
