//! Pages of changes that wait for a second person.

use maud::Markup;
use pages::Frame;
use pages::desk::{self, Part, ProposalPage, Proposals};
use serde_json::json;
use sla::effect::Effect;
use sla::exclusion::{Ruling, Step};
use sla::proposal::Proposal;
use sla::{ProposalId, Terms};

use super::super::{Sample, at, euros, of};
use super::staff;

impl Sample {
    /// Returns the effect of excluding half an hour of a breached month, beside an open one.
    pub(super) fn desk_effect(&self) -> Effect {
        let figures = |down_s: i64, availability_pct: &str, verdict: &str, minor: u64| {
            json!({
                "down_s": down_s, "excluded_s": 1_800 - down_s, "unknown_s": 60, "verdict": verdict,
                "availability_pct": availability_pct, "credit": euros(minor), "credit_max": euros(minor + 4),
                "credited": euros(minor),
            })
        };
        let month = |month: &str, is_open: bool, after: serde_json::Value| {
            json!({
                "service_id": "nordlicht-02", "customer_id": "nordlicht", "month": month, "is_open": is_open,
                "before": figures(1_800, "99.9327", "breached", 337), "after": after,
            })
        };
        of(json!({
            "months": [
                month("2026-05", false, figures(0, "100.0000", "met", 0)),
                month("2026-06", true, figures(1_800, "99.9327", "breached", 337)),
            ],
            "others": 2,
            "notices": ["availability.breach_withdrawn", "credit.reversed", "exclusion.decided"],
            "told": { "customers": ["nordlicht"] },
        }))
    }

    /// Returns the withdrawal of an exclusion, as it waits.
    pub(super) fn desk_withdrawal(&self) -> Proposal {
        let change = json!({
            "command": "withdraw_exclusion", "exclusion_id": "spandau", "by": "m.keller",
            "note": self.say("The supplier has shown that its line was up."),
        });
        let id = ProposalId::nth("withdrawal", 0);
        let now = at("2026-06-17T09:00:00Z");
        Proposal::new(id, change, staff("m.keller"), self.desk_effect(), now)
    }

    pub(super) fn desk_proposals(&self) -> Markup {
        let waiting = vec![self.desk_withdrawal(), self.desk_publication()];
        let view = Proposals { reader: staff("m.keller"), waiting, is_more: true };
        desk::proposals(&self.desk(Part::Waiting), &view)
    }

    pub(super) fn desk_proposal(&self, reader: &str, now: &str) -> Markup {
        let frame = Frame { now: at(now), ..self.desk(Part::Waiting) };
        let (proposal, difference) = (self.desk_withdrawal(), Vec::new());
        desk::proposal(&frame, &ProposalPage { proposal, reader: staff(reader), difference })
    }

    /// Returns a publication of terms that waits, with what it would have cost.
    pub(super) fn desk_publication(&self) -> Proposal {
        let cost = json!({
            "from": "2026-03", "to": "2026-05", "currency": "EUR", "statements": 600, "is_part": true,
            "stated_minor": 12_337, "supposed_minor": 4_210,
        });
        let effect = of(json!({
            "months": [], "notices": ["terms.announced"], "told": { "everyone": null }, "costs": [cost],
        }));
        let change = json!({ "publish_terms": Terms::built_in() });
        let now = at("2026-06-17T11:00:00Z");
        Proposal::new(ProposalId::nth("terms", 0), change, staff("s.lorenz"), effect, now)
    }

    pub(super) fn desk_terms_proposed(&self) -> Markup {
        let rejected = Step {
            by: staff("m.keller"),
            note: self.say("The board has not agreed."),
            at: at("2026-06-18T08:00:00Z"),
        };
        let proposal = self.desk_publication().decide(Ruling::Reject, rejected).unwrap();
        let difference = vec!["Credit for every 1 % of downtime: 10 % → 5 % of the monthly fee".to_owned()];
        let view = ProposalPage { proposal, reader: staff("m.keller"), difference };
        desk::proposal(&self.desk(Part::Waiting), &view)
    }
}
