//! Pages of statements and claims that a person decides.

use maud::Markup;
use pages::desk::{self, ClaimInReview, ClaimPage, Dispute, Finding, OpenMonth, Part, Reviews};
use pages::portal::StatementPage;
use serde_json::json;
use sla::availability::Verdict;
use sla::credit::Credit;
use sla::{Statement, Terms};

use super::super::{Sample, at, euros, of, seconds};
use super::nothing_noted;

impl Sample {
    /// Returns the statement of a month with too much unknown time for a verdict.
    pub(super) fn indeterminate(&self) -> Statement {
        let seconds = seconds(2_669_400, 900, 3_600, 4_500);
        Statement {
            seconds,
            verdict: Verdict::Indeterminate,
            review: None,
            credit: Credit::compute(
                &Terms::built_in().credits,
                of(euros(49_900)),
                seconds,
                Verdict::Indeterminate,
            ),
            availability_pct: Some("99.9662".to_owned()),
            best_pct: Some("99.9663".to_owned()),
            worst_pct: Some("99.8316".to_owned()),
            ..self.statement()
        }
    }

    pub(super) fn desk_statement(&self) -> Markup {
        let page = StatementPage {
            open_claims: Vec::new(),
            statement: self.indeterminate(),
            service_name: self.service(0).name,
            fee: of(euros(49_900)),
            credit_terms: Terms::built_in().credits,
            newest_revision: 2,
            revisions: vec![(1, Verdict::Breached)],
            entries: Vec::new(),
            claims: vec![self.claim("claim:2026-05:uptime:9f2c41d07ab3e655:1", "review", json!({}))],
        };
        let trail = nothing_noted("statement:nordlicht-00:2026-05");
        let view = desk::StatementPage { page, customer_name: self.desk_customer().name, trail };
        desk::statement(&self.desk(Part::Reviews), &view)
    }

    pub(super) fn performance_claim(&self) -> sla::claim::Claim {
        let id = "claim:2026-05:performance:9f2c41d07ab3e655:1";
        self.claim(id, "review", json!({ "kind": "performance", "ticket_id": "T-1042" }))
    }

    pub(super) fn desk_reviews(&self) -> Markup {
        let statement = self.indeterminate();
        let open = OpenMonth {
            service_id: statement.service_id.clone(),
            service_name: self.service(0).name,
            customer_name: self.desk_customer().name,
            month: statement.month,
            since: at("2026-06-02T00:00:00Z"),
            seconds: statement.seconds,
            commitment_pct: statement.commitment_pct.clone(),
            worst_pct: statement.worst_pct.clone(),
            best_pct: statement.best_pct.clone(),
            credit_max: of(euros(840)),
        };
        let claim = ClaimInReview {
            claim: self.performance_claim(),
            service_name: self.service(0).name,
            customer_name: self.desk_customer().name,
        };
        let finding = Finding {
            service_id: statement.service_id.clone(),
            service_name: self.service(0).name,
            customer_name: self.desk_customer().name,
            month: statement.month,
            since: at("2026-06-02T00:00:00Z"),
            missed: statement.missed().cloned().collect(),
            claim_id: None,
        };
        let dispute = Dispute {
            exclusion_id: "ddos-0609".parse().unwrap(),
            clause: sla::exclusion::Clause::CyberAttack,
            customer_id: "nordlicht".parse().unwrap(),
            customer_name: self.desk_customer().name,
            statement: self.say("Your second uplink should have taken over."),
            at: at("2026-06-12T10:00:00Z"),
        };
        let view = Reviews {
            indeterminate: vec![open],
            claims: vec![claim],
            performance: vec![finding],
            disputes: vec![dispute],
            is_capped: true,
        };
        desk::reviews(&self.desk(Part::Reviews), &view)
    }

    pub(super) fn desk_claim(&self, decided: bool) -> Markup {
        let review = json!({
            "kind": "performance", "amount": euros(2_500), "decided_at": "2026-06-12T00:00:00Z",
            "statement_revision": 2, "review": {
                "amount": euros(2_500), "by": "m.keller", "at": "2026-06-12T00:00:00Z",
                "statement_revision": 2,
                "reason": self.say("Voice suffered for two days."),
            },
        });
        let id = "claim:2026-05:performance:9f2c41d07ab3e655:1";
        let entry = self.entry(
            "credit:2026-05:performance:9f2c41d07ab3e655:1",
            "approved",
            2_500,
            json!({ "kind": "performance", "billing_month": "2026-07" }),
        );
        let view = ClaimPage {
            claim: if decided { self.claim(id, "approved", review) } else { self.performance_claim() },
            service_name: self.service(0).name,
            time_zone: "Europe/Berlin".parse().unwrap(),
            customer_name: self.desk_customer().name,
            statement: Some(self.statement()),
            entries: if decided { vec![entry] } else { Vec::new() },
            left: Some(of(euros(48_981))),
            trail: nothing_noted(&format!("claim:{id}")),
        };
        desk::claim(&self.desk(Part::Reviews), &view)
    }
}
