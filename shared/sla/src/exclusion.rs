//! Excluded time: scheduled maintenance, and exclusions under the agreement's clauses (rules, 3).

mod maintenance;
mod refusal;
mod window;

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use self::refusal::{check_services, check_span};
use crate::id::StaffId;
use crate::terms::ExclusionTerms;
use crate::{CustomerId, ExclusionId, Instant, Service, ServiceId, Span, Terms};

pub use self::maintenance::{Maintenance, Scope};
pub use self::refusal::{NAMED_SERVICES_MAX, WINDOW_S_MAX, WindowError};
pub use self::window::{Excluded, Window, WindowKind, exclude, excluded_s};
pub use crate::clause::Clause;

/// The ruling on an exclusion or a void.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Ruling {
    /// The time does not count.
    Approve,
    /// The time counts.
    Reject,
}

/// A step that a person takes with an exclusion or a void.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Step {
    /// The person.
    pub by: StaffId,
    /// The reason.
    pub note: String,
    /// Instant of the step.
    pub at: Instant,
}

/// A customer's counter-statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Dispute {
    /// The customer.
    pub customer_id: CustomerId,
    /// The customer's statement.
    pub statement: String,
    /// Instant of the dispute.
    pub at: Instant,
}

/// An exclusion under a clause of the agreement: raised by one person with evidence, decided by another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Exclusion {
    /// The exclusion's id.
    pub exclusion_id: ExclusionId,
    /// The services whose time it covers.
    pub services: BTreeSet<ServiceId>,
    /// The clause.
    pub clause: Clause,
    /// The first instant that it covers.
    pub starts_at: Instant,
    /// The first instant after that.
    pub ends_at: Instant,
    /// The evidence that the clause applies.
    pub evidence: String,
    /// The person who raised it.
    pub raised_by: StaffId,
    /// Instant at which it was raised.
    pub raised_at: Instant,
    /// The ruling.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ruling: Option<Ruling>,
    /// The decision behind the ruling.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision: Option<Step>,
    /// The withdrawal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub withdrawal: Option<Step>,
    /// First instant at which a customer can no longer dispute it; none before it is raised, and after it is
    /// rejected or withdrawn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dispute_until: Option<Instant>,
    /// The customers' counter-statements, at most one each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub disputes: Vec<Dispute>,
}

impl Exclusion {
    /// Raises an exclusion at `raised_at`.
    ///
    /// # Errors
    /// Returns a [`WindowError`] if the span or the list is impossible, the terms do not list the clause, or
    /// the time lies in the future or too far in the past.
    pub fn raise(self, terms: &Terms) -> Result<Self, WindowError> {
        check_span(Span::new(self.starts_at, self.ends_at))?;
        check_services(&self.services)?;
        let ExclusionTerms { clauses, raise_days: days, dispute_days } = &terms.exclusions;
        let (now, days) = (self.raised_at, *days);
        if !clauses.contains(&self.clause) {
            Err(WindowError::Clause(self.clause.as_str(), names(clauses)))
        } else if self.ends_at > now {
            Err(WindowError::Future(self.ends_at, now))
        } else if self.ends_at.plus_s(days * 86_400) < now {
            Err(WindowError::TooLate(self.ends_at, days, now))
        } else {
            Ok(Self { dispute_until: Some(now.plus_s(dispute_days * 86_400)), ..self })
        }
    }

    /// Returns the state: `raised`, `approved`, `rejected` or `withdrawn`.
    pub fn state(&self) -> &'static str {
        match (&self.withdrawal, self.ruling) {
            (Some(_), _) => "withdrawn",
            (None, Some(Ruling::Approve)) => "approved",
            (None, Some(Ruling::Reject)) => "rejected",
            (None, None) => "raised",
        }
    }

    /// Decides a raised exclusion. Approval restarts the time for disputes.
    ///
    /// # Errors
    /// Returns a [`WindowError`] if the person raised it, or the exclusion is no longer open.
    pub fn decide(&self, ruling: Ruling, step: Step) -> Result<Self, WindowError> {
        if step.by.is_same_person(self.raised_by.as_str()) {
            return Err(WindowError::SamePerson(step.by));
        }
        match self.state() {
            "raised" => {
                let anew = |until: Instant| step.at.plus_s(Span::new(self.raised_at, until).length_s());
                let dispute_until = self.dispute_until.filter(|_| ruling == Ruling::Approve).map(anew);
                Ok(Self { ruling: Some(ruling), decision: Some(step), dispute_until, ..self.clone() })
            }
            state => Err(WindowError::State(state, "raised can be decided")),
        }
    }

    /// Withdraws a raised or approved exclusion: its seconds count again.
    ///
    /// # Errors
    /// Returns a [`WindowError`] if the exclusion was rejected or withdrawn.
    pub fn withdraw(&self, step: Step) -> Result<Self, WindowError> {
        match self.state() {
            "raised" | "approved" => Ok(Self { withdrawal: Some(step), dispute_until: None, ..self.clone() }),
            state => Err(WindowError::State(state, "raised or approved can be withdrawn")),
        }
    }

    /// True if the exclusion covers time of a service.
    pub fn covers(&self, service: &Service) -> bool {
        let span = Span::new(self.starts_at, self.ends_at);
        self.services.contains(&service.service_id) && service.provided().overlaps(span)
    }

    /// Records a customer's dispute. Repeating it has no effect, and it cannot be changed.
    ///
    /// `services` are those that the exclusion names.
    ///
    /// # Errors
    /// Returns a [`WindowError`] if the exclusion covers no service of the customer or has no effect, or the
    /// customer's statement is a second one or too late.
    pub fn dispute(&self, dispute: Dispute, services: &[Service]) -> Result<Self, WindowError> {
        if !services.iter().any(|s| s.customer_id == dispute.customer_id && self.covers(s)) {
            return Err(WindowError::NotCovered(self.exclusion_id.clone()));
        }
        match self.disputed_by(&dispute.customer_id) {
            Some(other) if other.statement == dispute.statement => return Ok(self.clone()),
            Some(other) => return Err(WindowError::Disputed(dispute.customer_id, other.at)),
            None => {}
        }
        let until = self.dispute_until.ok_or_else(|| WindowError::NothingToDispute(self.state()))?;
        if dispute.at >= until {
            return Err(WindowError::DisputeOver(until, dispute.at));
        }
        let mut disputed = self.clone();
        disputed.disputes.push(dispute);
        Ok(disputed)
    }

    /// Returns the dispute of a customer.
    pub fn disputed_by(&self, customer_id: &CustomerId) -> Option<&Dispute> {
        self.disputes.iter().find(|dispute| dispute.customer_id == *customer_id)
    }

    /// Returns the exclusion without disputes, each of which concerns only its customer.
    #[must_use]
    pub fn without_disputes(&self) -> Self {
        Self { disputes: Vec::new(), ..self.clone() }
    }

    /// Returns the exclusion as shown to the customer of a service: without other services and without
    /// disputes.
    #[must_use]
    pub fn as_of_service(&self, service_id: &ServiceId) -> Self {
        self.as_of_services(&BTreeSet::from([service_id.clone()]))
    }

    /// Returns the exclusion as shown to the customer of these services: without others and without disputes.
    #[must_use]
    pub fn as_of_services(&self, own: &BTreeSet<ServiceId>) -> Self {
        Self { services: &self.services & own, ..self.without_disputes() }
    }

    /// Returns the exclusion as shown to the customer of a service, including that customer's own dispute.
    #[must_use]
    pub fn as_of_customer(&self, service: &Service) -> Self {
        let own = self.disputed_by(&service.customer_id).cloned();
        Self { disputes: own.into_iter().collect(), ..self.as_of_service(&service.service_id) }
    }

    /// Returns the excluded time, if the exclusion is approved and stands.
    pub fn window(&self) -> Option<Window> {
        (self.state() == "approved").then(|| Window {
            starts_at: self.starts_at,
            ends_at: self.ends_at,
            kind: self.clause.into(),
            id: self.exclusion_id.to_string(),
        })
    }
}

fn names(clauses: &[Clause]) -> String {
    let names: Vec<&str> = clauses.iter().map(|clause| clause.as_str()).collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Instant {
        text.parse().unwrap()
    }

    fn exclusion() -> Exclusion {
        Exclusion {
            exclusion_id: "x-1".parse().unwrap(),
            services: ["svc".parse().unwrap()].into(),
            clause: Clause::ThirdParty,
            starts_at: at("2026-06-10T02:00:00Z"),
            ends_at: at("2026-06-10T04:00:00Z"),
            evidence: "carrier report 4711".into(),
            raised_by: "ann".parse().unwrap(),
            raised_at: at("2026-06-11T00:00:00Z"),
            ruling: None,
            decision: None,
            withdrawal: None,
            dispute_until: None,
            disputes: Vec::new(),
        }
    }

    fn step(by: &str) -> Step {
        Step { by: by.parse().unwrap(), note: "checked".into(), at: at("2026-06-12T00:00:00Z") }
    }

    #[test]
    fn an_exclusion_takes_two_people() {
        let raised = exclusion().raise(&Terms::built_in()).unwrap();
        assert_eq!(raised.window(), None, "until approved the time counts as downtime");
        insta::assert_snapshot!(raised.decide(Ruling::Approve, step("ann")).unwrap_err(), @"decided_by: `ann` raised the exclusion: another person must decide it");
        let approved = raised.decide(Ruling::Approve, step("bob")).unwrap();
        assert!(approved.window().is_some());
        assert!(approved.decide(Ruling::Reject, step("cyd")).is_err(), "decided once");
        assert_eq!(
            approved.withdraw(step("bob")).unwrap().window(),
            None,
            "a withdrawn approval restores the seconds"
        );
        assert_eq!(raised.decide(Ruling::Reject, step("bob")).unwrap().window(), None);
    }

    #[test]
    fn an_exclusion_is_raised_for_the_past_and_in_time() {
        let terms = Terms::built_in();
        let raise = |now: &str| Exclusion { raised_at: at(now), ..exclusion() }.raise(&terms);
        assert!(raise("2026-06-10T04:00:00Z").is_ok() && raise("2026-07-10T04:00:00Z").is_ok());
        assert!(raise("2026-06-10T03:59:59Z").is_err() && raise("2026-07-10T04:00:01Z").is_err());
    }

    #[test]
    fn an_exclusion_is_raised_under_a_clause_of_the_terms() {
        let mut terms = Terms::built_in();
        terms.exclusions.clauses = vec![Clause::ForceMajeure, Clause::CyberAttack];
        insta::assert_snapshot!(exclusion().raise(&terms).unwrap_err(), @"clause: `third_party` is not listed by the terms: raise it under one of force_majeure, cyber_attack");
        assert!(Exclusion { clause: Clause::CyberAttack, ..exclusion() }.raise(&terms).is_ok());
    }

    fn service(service_id: &str, customer_id: &str) -> Service {
        serde_json::from_value(serde_json::json!({
            "service_id": service_id, "customer_id": customer_id, "name": "Uplink", "plan": "standard",
            "monthly_fee": {"minor": 49900, "currency": "EUR"}, "region": "eu", "time_zone": "UTC",
            "activated_at": "2026-06-01T00:00:00Z", "resolution_s": 60, "check_interval_s": 60,
            "max_silence_s": 120, "quorum": 1,
        }))
        .unwrap()
    }

    fn dispute(at_text: &str) -> Dispute {
        let (customer_id, statement) = ("acme".parse().unwrap(), "The carrier was up.".to_owned());
        Dispute { customer_id, statement, at: at(at_text) }
    }

    #[test]
    fn a_customer_disputes_for_fourteen_days_after_the_latest_word() {
        let services = [service("svc", "acme"), service("other", "globex")];
        let raised = exclusion().raise(&Terms::built_in()).unwrap();
        let approved = raised.decide(Ruling::Approve, step("bob")).unwrap();
        let disputed = |exclusion: &Exclusion, at| exclusion.dispute(dispute(at), &services);
        for (exclusion, last, late) in [
            (&raised, "2026-06-24T23:59:59Z", "2026-06-25T00:00:00Z"),
            (&approved, "2026-06-25T23:59:59Z", "2026-06-26T00:00:00Z"),
        ] {
            let disputed_last = disputed(exclusion, last).unwrap();
            assert_eq!(disputed_last.disputes, [dispute(last)]);
            assert_eq!(disputed_last.window(), exclusion.window(), "no second changes");
            let error = disputed(exclusion, late).unwrap_err();
            assert_eq!(error, WindowError::DisputeOver(at(late), at(late)));
            let again = disputed_last.dispute(dispute(late), &services).unwrap();
            assert_eq!(again, disputed_last, "the same again is answered, however late");
        }
        let before = disputed(&raised, "2026-06-12T00:00:00Z").unwrap();
        let decided = before.decide(Ruling::Approve, step("bob")).unwrap();
        assert_eq!(decided.disputes.len(), 1, "what was said stays");
        let with = |change: fn(&mut Dispute)| {
            let mut dispute = dispute("2026-06-12T00:00:00Z");
            change(&mut dispute);
            decided.dispute(dispute, &services).unwrap_err().to_string()
        };
        let now = "2026-06-13T00:00:00Z";
        let shown = [
            with(|dispute| dispute.statement = "Other.".into()),
            with(|dispute| dispute.customer_id = "globex".parse().unwrap()),
            disputed(&raised, "2026-06-25T00:00:00Z").unwrap_err().to_string(),
            disputed(&raised.withdraw(step("ann")).unwrap(), now).unwrap_err().to_string(),
            disputed(&approved.withdraw(step("ann")).unwrap(), now).unwrap_err().to_string(),
            disputed(&raised.decide(Ruling::Reject, step("bob")).unwrap(), now).unwrap_err().to_string(),
        ];
        insta::assert_snapshot!(shown.join("\n"), @r"
        statement: `acme` disputed the exclusion with another one at 2026-06-12T00:00:00Z: repeat it as it was, or add to it in a ticket
        exclusion_id: `x-1` is not known: give the id that the notice names
        the exclusion could be disputed before 2026-06-25T00:00:00Z, and now is 2026-06-25T00:00:00Z: open a ticket if it is wrong
        the exclusion is withdrawn: the time counts as downtime, so that there is nothing to dispute
        the exclusion is withdrawn: the time counts as downtime, so that there is nothing to dispute
        the exclusion is rejected: the time counts as downtime, so that there is nothing to dispute
        ");
        let ended = Service { terminated_at: Some(at("2026-06-10T02:00:00Z")), ..service("svc", "acme") };
        let error = raised.dispute(dispute(now), &[ended]).unwrap_err();
        assert_eq!(error, WindowError::NotCovered("x-1".parse().unwrap()), "it takes nothing out of it");
    }

    #[test]
    fn a_customer_sees_neither_other_services_nor_what_others_said() {
        let services = ["svc".parse().unwrap(), "other".parse().unwrap()].into();
        let raised = Exclusion { services, ..exclusion() }.raise(&Terms::built_in()).unwrap();
        let both = [service("svc", "acme"), service("other", "globex")];
        let disputed = raised.dispute(dispute("2026-06-12T00:00:00Z"), &both).unwrap();
        let seen = disputed.as_of_service(&"other".parse().unwrap());
        assert_eq!((seen.services.len(), seen.disputes.len()), (1, 0));
    }
}
