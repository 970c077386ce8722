//! Customers and their services, with plan and fee by month.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::named;
use crate::quorum::CarryRule;
use crate::silence::OwnSilence;
use crate::{
    Currency, CustomerId, Instant, Money, Month, RegionId, Resolution, ServiceId, Span, TermsBook, Zone,
};

/// Limit on the months searched for the earliest open one; closing takes days, not years.
pub(crate) const OPEN_MONTHS_MAX: usize = 24;

named! {
    /// A service's plan (agreement, "Service Availability").
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
    pub enum Plan {
        /// Standard.
        Standard = "standard",
        /// Premium.
        Premium = "premium",
        /// Enterprise.
        Enterprise = "enterprise",
    }
}

impl Plan {
    /// All plans, the lowest first.
    pub const ALL: [Self; 3] = [Self::Standard, Self::Premium, Self::Enterprise];
}

/// A customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Customer {
    /// The customer's id.
    pub customer_id: CustomerId,
    /// The customer's name.
    pub name: String,
    /// The customer's e-mail address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Instant from which the customer's personal data are erased; the id stands in place of the name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub erased_at: Option<Instant>,
}

impl Customer {
    /// Returns what is left of a customer whose personal data are erased: the id.
    #[must_use]
    pub fn erased(&self, now: Instant) -> Self {
        let customer_id = self.customer_id.clone();
        Self { name: customer_id.to_string(), customer_id, email: None, erased_at: Some(now) }
    }
}

/// A service that a customer buys, and the way it is monitored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Service {
    /// The service's id.
    pub service_id: ServiceId,
    /// The customer.
    pub customer_id: CustomerId,
    /// Its name; empty in a statement's inputs, which hold ids only.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schemars(required)]
    pub name: String,
    /// The plan at activation.
    pub plan: Plan,
    /// The recurring monthly fee at activation.
    pub monthly_fee: Money,
    /// Its region.
    pub region: RegionId,
    /// The zone of its billing months.
    pub time_zone: Zone,
    /// Start of the service.
    pub activated_at: Instant,
    /// End of the service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub terminated_at: Option<Instant>,
    /// The slot length in seconds.
    pub resolution_s: Resolution,
    /// Seconds between checks.
    pub check_interval_s: u32,
    /// Longest time that a check is carried, in seconds; null for ever.
    pub max_silence_s: Option<u32>,
    /// Number of probes that must be down for the service to be down.
    pub quorum: u32,
    /// Plan and fee changes, ascending by month.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<PlanChange>,
    /// Instant of registration; absent for services registered before these instants were stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registered_at: Option<Instant>,
    /// The first month before the registration with a statement for reading; absent if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statements_from: Option<Month>,
}

/// A change of plan or fee from the start of a month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PlanChange {
    /// The first month with the change.
    pub from_month: Month,
    /// The new plan.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan: Option<Plan>,
    /// The new fee.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub monthly_fee: Option<Money>,
}

/// A reason for refusing a change to a service.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ServiceError {
    /// Neither plan nor fee is given.
    #[error("plan, monthly_fee: neither is given: give the new plan, the new fee, or both")]
    Nothing,
    /// The month has begun.
    #[error("from_month: {0} has begun: plan and fee change with a month to come, the first is {1}")]
    Begun(Month, Month),
    /// The month lies before the service's activation.
    #[error("from_month: {0} lies before the service's activation in {1}: give {1} or later")]
    BeforeActivation(Month, Month),
    /// The month lies after the service's end.
    #[error("from_month: {0} begins after the service's end at {1}: nothing is left to change")]
    AfterEnd(Month, Instant),
    /// The fee is in another currency.
    #[error("monthly_fee: {0} is not the service's currency: give the fee in {1}")]
    Currency(Currency, Currency),
    /// The month already has another change.
    #[error("from_month: {0} has another change already: give another month")]
    Changed(Month),
    /// The end lies before the activation.
    #[error("at: {0} lies before the service's activation at {1}: give an instant from then on")]
    EndBeforeActivation(Instant, Instant),
    /// The end lies in a closed month.
    #[error("at: {0} lies in or before a month that is closed: give an instant from {1} on")]
    EndInClosed(Instant, Instant),
    /// The service already ends at another instant.
    #[error(
        "at: the service ends at {0} already, and an end is never moved: register a new service if it goes on"
    )]
    Ended(Instant),
}

impl Service {
    /// Changes plan or fee from the start of a month not yet begun (rules, 5). Repeating a change has no
    /// effect.
    ///
    /// # Errors
    /// Returns a [`ServiceError`] if the month has begun, has another change or lies outside the service's
    /// life, or if the fee is in another currency.
    pub fn change(&self, change: PlanChange, now: Instant) -> Result<Self, ServiceError> {
        let PlanChange { from_month, plan, monthly_fee } = &change;
        if let Some(other) = self.changes.iter().find(|other| other.from_month == *from_month) {
            return if *other == change { Ok(self.clone()) } else { Err(ServiceError::Changed(*from_month)) };
        }
        let first = Month::of(self.activated_at, self.time_zone);
        let starts_at = from_month.start(self.time_zone);
        if plan.is_none() && monthly_fee.is_none() {
            return Err(ServiceError::Nothing);
        }
        if starts_at <= now {
            return Err(ServiceError::Begun(*from_month, Month::of(now, self.time_zone).next().max(first)));
        }
        if *from_month < first {
            return Err(ServiceError::BeforeActivation(*from_month, first));
        }
        if let Some(end) = self.terminated_at.filter(|end| *end <= starts_at) {
            return Err(ServiceError::AfterEnd(*from_month, end));
        }
        let own = self.monthly_fee.currency;
        if let Some(other) = monthly_fee.map(|fee| fee.currency).filter(|other| *other != own) {
            return Err(ServiceError::Currency(other, own));
        }
        let mut changed = self.clone();
        changed.changes.push(change);
        changed.changes.sort_by_key(|change| change.from_month);
        Ok(changed)
    }

    /// Ends the service at a past or future instant. Repeating the same end has no effect.
    ///
    /// # Errors
    /// Returns a [`ServiceError`] if the instant lies before the activation or before the first open month,
    /// or if the service has another end.
    pub fn terminate(&self, at: Instant, terms: &TermsBook, now: Instant) -> Result<Self, ServiceError> {
        match self.terminated_at {
            Some(end) if end == at => return Ok(self.clone()),
            Some(end) => return Err(ServiceError::Ended(end)),
            None => {}
        }
        if at < self.activated_at {
            return Err(ServiceError::EndBeforeActivation(at, self.activated_at));
        }
        let open_from = self.open_from(terms, now).start(self.time_zone);
        if at < open_from {
            return Err(ServiceError::EndInClosed(at, open_from.max(self.activated_at)));
        }
        Ok(Self { terminated_at: Some(at), ..self.clone() })
    }

    /// Returns the earliest month that is not yet due to be closed.
    fn open_from(&self, terms: &TermsBook, now: Instant) -> Month {
        let mut month = Month::of(now, self.time_zone);
        for _ in 0..OPEN_MONTHS_MAX {
            let before = month.previous();
            if self.closes_at(before, terms.in_force(before).close_after_h) <= now {
                break;
            }
            month = before;
        }
        month
    }

    /// Returns the plan and fee in force in a month.
    pub fn in_month(&self, month: Month) -> (Plan, Money) {
        let changes = self.changes.iter().filter(|change| change.from_month <= month);
        changes.fold((self.plan, self.monthly_fee), |(plan, fee), change| {
            (change.plan.unwrap_or(plan), change.monthly_fee.unwrap_or(fee))
        })
    }

    /// True if the service was registered early enough for its customer to be told of a maintenance window
    /// over a region or all with the agreement's notice. Only then does such a window count (rules, 3).
    pub fn has_notice_of(&self, starts_at: Instant, terms: &TermsBook) -> bool {
        let terms = terms.in_force(Month::of(starts_at, self.time_zone));
        let notice_s = terms.maintenance.notice_h * 3600;
        self.registered_at.is_none_or(|registered| registered.plus_s(notice_s) <= starts_at)
    }

    /// True if another registration of the service would be measured in the same slots, months and windows.
    pub fn is_measured_like(&self, other: &Self) -> bool {
        let measured = |own: &Self| {
            let Self { region, time_zone, activated_at, resolution_s, .. } = own;
            let carried = (own.check_interval_s, own.max_silence_s, own.quorum);
            (region.clone(), *time_zone, *activated_at, *resolution_s, carried)
        };
        measured(self) == measured(other)
    }

    /// Returns the service without its name, as a statement's inputs hold it.
    #[must_use]
    pub fn nameless(&self) -> Self {
        Self { name: String::new(), ..self.clone() }
    }

    /// Returns `[activated, terminated)`.
    pub fn provided(&self) -> Span {
        Span::new(self.activated_at, self.terminated_at.unwrap_or(Instant::from_epoch_s(i64::MAX)))
    }

    /// Returns the first month with notices, claims and credits: that of the activation, or of the
    /// registration if later.
    /// if later.
    pub fn counted_from(&self) -> Month {
        let since = self.activated_at.max(self.registered_at.unwrap_or(self.activated_at));
        // West of Greenwich the earliest instant falls into the month before the earliest month.
        Month::of(since, self.time_zone).max(Month::first())
    }

    /// True if a month can be claimed and credited: the service is provided in it, and was registered by its
    /// end.
    pub fn is_counted_in(&self, month: Month) -> bool {
        month >= self.counted_from() && self.is_provided_in(month)
    }

    /// True if a month has a statement once it is closed. Months before the registration have one on request
    /// only, for reading.
    pub fn is_stated_in(&self, month: Month) -> bool {
        let from = self.statements_from.map_or(self.counted_from(), |from| from.min(self.counted_from()));
        month >= from && self.is_provided_in(month)
    }

    /// Lists the months before the registration that have a statement for reading, in order.
    pub fn months_for_reading(&self) -> impl Iterator<Item = Month> + '_ {
        let asked = self.statements_from.map(|from| from.max(Month::of(self.activated_at, self.time_zone)));
        let months = std::iter::successors(asked, |month| Some(month.next()));
        months.take_while(|month| *month < self.counted_from()).filter(|month| self.is_provided_in(*month))
    }

    /// True if the service is provided in any part of a month.
    pub fn is_provided_in(&self, month: Month) -> bool {
        self.period(month, Instant::from_epoch_s(i64::MAX)).is_some()
    }

    /// Returns the slots of month ∩ [activated, terminated) ∩ (−∞, as_of); `None` if there are none
    /// (rules, 4).
    pub fn period(&self, month: Month, as_of: Instant) -> Option<Span> {
        let known = Span::new(Instant::from_epoch_s(i64::MIN), as_of);
        let instants = month.bounds(self.time_zone).intersect(self.provided()).intersect(known);
        if instants.is_empty() {
            return None;
        }
        Some(self.resolution_s.slots_in(instants)).filter(|slots| !slots.is_empty())
    }

    /// Returns the instant at which a month is closed for this service.
    pub fn closes_at(&self, month: Month, close_after_h: i64) -> Instant {
        month.bounds(self.time_zone).end.plus_s(close_after_h * 3600)
    }

    /// Returns the carrying rule of a probe's checks: by its own silence, else by the service's.
    pub fn carrying(&self, own: Option<OwnSilence>) -> CarryRule {
        let max_silence_s = own.map_or(self.max_silence_s, OwnSilence::max_silence_s);
        CarryRule { resolution: self.resolution_s, max_silence_s }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Instant {
        text.parse().unwrap()
    }

    fn month(text: &str) -> Month {
        text.parse().unwrap()
    }

    fn euros(minor: u64) -> Money {
        Money { minor, currency: "EUR".parse().unwrap() }
    }

    fn service() -> Service {
        Service {
            service_id: "svc".parse().unwrap(),
            customer_id: "acme".parse().unwrap(),
            name: "Uplink".into(),
            plan: Plan::Standard,
            monthly_fee: euros(49_900),
            region: "eu".parse().unwrap(),
            time_zone: "Europe/Berlin".parse().unwrap(),
            activated_at: at("2026-03-10T00:00:00Z"),
            terminated_at: None,
            resolution_s: 60.try_into().unwrap(),
            check_interval_s: 60,
            max_silence_s: Some(120),
            quorum: 1,
            changes: Vec::new(),
            registered_at: None,
            statements_from: None,
        }
    }

    fn plan_change(from_month: &str, plan: Option<Plan>, fee: Option<Money>) -> PlanChange {
        PlanChange { from_month: month(from_month), plan, monthly_fee: fee }
    }

    #[test]
    fn plan_and_fee_change_with_a_month_not_yet_begun() {
        // Berlin's July begins at 22:00 UTC of 30 June.
        let premium = plan_change("2026-07", Some(Plan::Premium), None);
        assert!(service().change(premium.clone(), at("2026-06-30T21:59:59Z")).is_ok());
        assert_eq!(
            service().change(premium.clone(), at("2026-06-30T22:00:00Z")),
            Err(ServiceError::Begun(month("2026-07"), month("2026-08")))
        );
        let now = at("2026-06-01T00:00:00Z");
        let dearer = plan_change("2026-07", None, Some(euros(59_900)));
        let later = service().change(plan_change("2026-09", None, Some(euros(1))), now).unwrap();
        let changed = later.change(premium.clone(), now).unwrap();
        assert_eq!(changed.changes[0], premium, "changes ascend by month");
        assert_eq!(changed.change(premium, at("2026-08-01T00:00:00Z")), Ok(changed.clone()), "again");
        assert_eq!(changed.change(dearer, now), Err(ServiceError::Changed(month("2026-07"))));
        assert_eq!(
            [changed.in_month(month("2026-06")), changed.in_month(month("2026-09"))],
            [(Plan::Standard, euros(49_900)), (Plan::Premium, euros(1))]
        );
    }

    #[test]
    fn maintenance_counts_with_the_notice_that_its_customer_can_have_had() {
        let terms = TermsBook::new(Vec::new());
        let registered = |since: Option<&str>| Service { registered_at: since.map(at), ..service() };
        let told = |since: Option<&str>| registered(since).has_notice_of(at("2026-06-10T02:00:00Z"), &terms);
        assert!(told(None), "registered before the instants were stored");
        assert!(told(Some("2026-06-07T02:00:00Z")), "72 hours before it begins");
        assert!(!told(Some("2026-06-07T02:00:01Z")));
        assert!(!told(Some("2026-06-20T00:00:00Z")), "with an activation in the past");
    }

    #[test]
    fn a_service_is_stated_from_the_month_of_its_registration_and_before_it_for_reading() {
        #[track_caller]
        fn check(registered_at: Option<&str>, from: Option<&str>, stated: &[&str], counted: &[&str]) {
            let (registered_at, statements_from) = (registered_at.map(at), from.map(month));
            let service = Service { registered_at, statements_from, ..service() };
            let months = ["2026-02", "2026-03", "2026-04", "2026-05", "2026-06"].map(month);
            let names = |is: &dyn Fn(Month) -> bool| -> Vec<String> {
                months.iter().filter(|month| is(**month)).map(ToString::to_string).collect()
            };
            assert_eq!(names(&|month| service.is_stated_in(month)), stated);
            assert_eq!(names(&|month| service.is_counted_in(month)), counted);
            let reading: Vec<String> = service.months_for_reading().map(|month| month.to_string()).collect();
            assert_eq!(reading, &stated[..stated.len() - counted.len()]);
        }
        let all = &["2026-03", "2026-04", "2026-05", "2026-06"];
        check(None, None, all, all);
        check(Some("2026-02-10T00:00:00Z"), None, all, all);
        // Berlin's May begins at 22:00 UTC of 30 April.
        check(Some("2026-04-30T21:59:59Z"), None, &all[1..], &all[1..]);
        check(Some("2026-04-30T22:00:00Z"), None, &all[2..], &all[2..]);
        check(Some("2026-05-20T00:00:00Z"), Some("2026-04"), &all[1..], &all[2..]);
        check(Some("2026-05-20T00:00:00Z"), Some("2025-01"), all, &all[2..]);
        check(Some("2026-05-20T00:00:00Z"), Some("2026-09"), &all[2..], &all[2..]);
    }

    #[test]
    fn a_service_ends_in_a_month_that_is_not_closed() {
        let terms = TermsBook::new(Vec::new());
        // Berlin's May ends at 22:00 UTC of 31 May, and is closed 24 h later.
        let end = |text: &str, now: &str| service().terminate(at(text), &terms, at(now));
        assert!(end("2026-05-20T00:00:00Z", "2026-06-01T21:59:59Z").is_ok());
        assert_eq!(
            end("2026-05-20T00:00:00Z", "2026-06-01T22:00:00Z"),
            Err(ServiceError::EndInClosed(at("2026-05-20T00:00:00Z"), at("2026-05-31T22:00:00Z")))
        );
        assert!(end("2026-05-31T22:00:00Z", "2026-06-01T22:00:00Z").is_ok());
        let ended = end("2026-07-01T00:00:00Z", "2026-06-01T22:00:00Z").unwrap();
        assert_eq!(
            ended.terminate(at("2026-07-01T00:00:00Z"), &terms, at("2026-09-01T00:00:00Z")),
            Ok(ended)
        );
    }
}
