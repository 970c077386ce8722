//! The agenda: invocations due without a request, such as sweeps, month ends, exports and daily runs.
//! They run in the order (instant, kind, key), by the virtual clock in a replay and by the real one in a
//! running system. Ticket deadlines are schedules, not errands of the agenda.

use std::collections::{BTreeMap, BTreeSet};

use outcome::Failure;
use serde_json::json;
use sla::terms::lint::CLOSE_AFTER_H_MAX;
use sla::{Instant, Month, Service, ServiceId, TermsBook};

use crate::stand_ins::schedules::Schedule;

/// Seconds between sweeps: 5 min × 60 s.
const SWEEP_EVERY_S: i64 = 300;

/// Seconds in a day: 24 h × 3,600 s.
const DAY_S: i64 = 86_400;

/// The daily run's second of the UTC day: 3 h × 3,600 s.
const DAILY_RUN_AT_S: i64 = 3 * 3_600;

/// The longest delay between a month's end and its close, whatever the terms.
const CLOSE_AFTER_S_MAX: i64 = CLOSE_AFTER_H_MAX * 3_600;

/// The months looked at for a service's next close: two that may be closing, the running one, the next.
const MONTHS_AHEAD_MAX: usize = 4;

/// A kind of errand; errands of one instant run in the order of these variants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A schedule made by a function fires.
    Deadline,
    /// The periodic search for work that no check and no stream record triggers.
    Sweep,
    /// A service's month closes.
    MonthEnd,
    /// A month is exported: its last service has closed, or it has closed in UTC (it may have tickets alone).
    Export,
    /// Closed months are restated and exported with what arrived late.
    DailyRun,
}

/// An invocation that is due. Errands are ordered as they run.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Errand {
    /// The instant at which it is due.
    pub at: Instant,
    /// Its kind.
    pub kind: Kind,
    /// Distinguishes errands of one kind and instant.
    pub key: String,
    /// The function to invoke.
    pub function: String,
    /// The event.
    pub payload: String,
    month: Option<Month>,
}

impl Errand {
    /// The errand of a schedule that fires at `at`.
    pub fn of_schedule(schedule: Schedule, at: Instant) -> Self {
        let Schedule { function, payload, .. } = schedule;
        Errand { at, kind: Kind::Deadline, key: payload.clone(), function, payload, month: None }
    }

    /// True if the failure is expected: tickets of the month may still wait for its close in UTC when the
    /// last of its services has closed. The sweep of that instant exports the month.
    pub fn may_fail_so(&self, failure: &Failure) -> bool {
        self.kind == Kind::Export && matches!(failure, Failure::Conflict(_))
    }
}

/// The agenda: every errand due from a moment on, except the schedules that functions made.
#[derive(Debug)]
pub struct Agenda {
    errands: BTreeSet<Errand>,
    services: Vec<Service>,
    terms: TermsBook,
    /// Instant of the last export sweep taken: every month that closed in UTC by then has been exported.
    swept_to: Instant,
    /// The last month end taken of each service.
    closed_to: BTreeMap<ServiceId, Instant>,
    /// True if nothing is ever put on this agenda.
    is_blank: bool,
}

impl Agenda {
    /// Builds an agenda that stays empty: only schedules made by functions fire by themselves.
    pub fn blank() -> Self {
        Agenda {
            errands: BTreeSet::new(),
            services: Vec::new(),
            terms: TermsBook::new(Vec::new()),
            swept_to: Instant::from_epoch_s(0),
            closed_to: BTreeMap::new(),
            is_blank: true,
        }
    }

    /// Builds an agenda from `from` on: no service is known yet, and the built-in terms are in force.
    pub fn starting(from: Instant) -> Self {
        let mut agenda = Agenda { swept_to: from.plus_s(-1), is_blank: false, ..Self::blank() };
        agenda.put_sweeps(next_multiple(from, SWEEP_EVERY_S, 0));
        agenda.put_export_sweep(agenda.terms.next_close(agenda.swept_to));
        agenda.put_daily_runs(next_multiple(from, DAY_S, DAILY_RUN_AT_S));
        agenda
    }

    /// Replaces the known services. A service that was active before it became known has its past month ends
    /// due at once; closing a month again changes nothing.
    pub fn set_services(&mut self, services: Vec<Service>) {
        if self.is_blank {
            return;
        }
        self.services = services;
        self.put_month_ends();
    }

    /// Replaces the known revisions of the terms, which decide when months close.
    pub fn set_terms(&mut self, terms: TermsBook) {
        if self.is_blank {
            return;
        }
        self.terms = terms;
        self.put_month_ends();
        let is_sweep = |errand: &&Errand| errand.kind == Kind::Export && errand.month.is_none();
        if let Some(sweep) = self.errands.iter().find(is_sweep).cloned() {
            self.errands.remove(&sweep);
            // A sweep that was due stays due, exactly once.
            self.put_export_sweep(self.terms.next_close(self.swept_to));
        }
    }

    fn put_month_ends(&mut self) {
        self.errands.retain(|errand| errand.kind != Kind::MonthEnd);
        for service in &self.services {
            let closed_to = self.closed_to.get(&service.service_id).copied();
            self.errands.extend(month_end(
                service,
                &self.terms,
                closed_to.unwrap_or_else(|| counted_since(service)),
            ));
        }
    }

    /// Takes the first errand that is due at or before `until`, if any. Use `System::take_due` to run
    /// errands: it also knows the schedules.
    pub(crate) fn take_due(&mut self, until: Instant) -> Option<Errand> {
        if self.errands.first()?.at > until {
            return None;
        }
        let errand = self.errands.pop_first()?;
        match errand.kind {
            Kind::Sweep if self.is_last_of_its_kind(&errand) => {
                self.put_sweeps(errand.at.plus_s(SWEEP_EVERY_S))
            }
            Kind::DailyRun if self.is_last_of_its_kind(&errand) => {
                self.put_daily_runs(errand.at.plus_s(DAY_S))
            }
            Kind::MonthEnd => self.follow_month_end(&errand),
            Kind::Export if errand.month.is_none() => {
                self.swept_to = errand.at;
                self.put_export_sweep(self.terms.next_close(errand.at));
            }
            Kind::Deadline | Kind::Sweep | Kind::DailyRun | Kind::Export => {}
        }
        Some(errand)
    }

    /// Returns the instant of the next errand.
    pub fn next_at(&self) -> Option<Instant> {
        self.errands.first().map(|errand| errand.at)
    }

    fn is_last_of_its_kind(&self, errand: &Errand) -> bool {
        !self.errands.iter().any(|other| other.kind == errand.kind)
    }

    fn put_sweeps(&mut self, at: Instant) {
        for function in ["keep-deadlines", "record-checks", "send-notices"] {
            self.errands.insert(sweep(at, Kind::Sweep, function));
        }
    }

    /// Puts the export sweep, for what no service's month end triggers: months with tickets and no services,
    /// and the rows of tickets that still run.
    fn put_export_sweep(&mut self, at: Instant) {
        self.errands.insert(Errand { key: "sweep".to_owned(), ..sweep(at, Kind::Export, "export-month") });
    }

    fn put_daily_runs(&mut self, at: Instant) {
        for function in ["close-month", "export-month"] {
            self.errands.insert(sweep(at, Kind::DailyRun, function));
        }
    }

    /// Puts the service's next month end, and the export if this was the month's last.
    fn follow_month_end(&mut self, closed: &Errand) {
        if let Some(service) = self.services.iter().find(|service| service.service_id.as_str() == closed.key)
        {
            self.errands.extend(month_end(service, &self.terms, closed.at));
            self.closed_to.insert(service.service_id.clone(), closed.at);
        }
        let of_month = |errand: &Errand| errand.kind == Kind::MonthEnd && errand.month == closed.month;
        if let Some(month) = closed.month
            && !self.errands.iter().any(of_month)
        {
            self.errands.insert(Errand {
                at: closed.at,
                kind: Kind::Export,
                key: month.to_string(),
                function: "export-month".to_owned(),
                payload: json!({ "month": month }).to_string(),
                month: Some(month),
            });
        }
    }
}

fn sweep(at: Instant, kind: Kind, function: &str) -> Errand {
    let payload = r#"{"sweep":true}"#.to_owned();
    Errand { at, kind, key: function.to_owned(), function: function.to_owned(), payload, month: None }
}

/// Instant from which a service's months close by themselves. Months before its registration are for
/// reading only; the daily run closes them.
fn counted_since(service: &Service) -> Instant {
    service.counted_from().start(service.time_zone).max(service.activated_at)
}

/// The service's first month end after `now`, of a month in which it is counted.
fn month_end(service: &Service, terms: &TermsBook, now: Instant) -> Option<Errand> {
    let closing = now.plus_s(-CLOSE_AFTER_S_MAX).max(service.activated_at);
    let months =
        std::iter::successors(Some(Month::of(closing, service.time_zone)), |month| Some(month.next()));
    let is_next = |month: &Month| {
        let closes_at = terms.closes_at(*month, service.time_zone);
        closes_at > now && service.is_counted_in(*month)
    };
    let month = months.take(MONTHS_AHEAD_MAX).find(is_next)?;
    Some(Errand {
        at: terms.closes_at(month, service.time_zone),
        kind: Kind::MonthEnd,
        key: service.service_id.to_string(),
        function: "close-month".to_owned(),
        payload: json!({ "month": month, "service_id": service.service_id }).to_string(),
        month: Some(month),
    })
}

/// The first instant at or after `from` that lies `offset_s` after a multiple of `step_s`.
fn next_multiple(from: Instant, step_s: i64, offset_s: i64) -> Instant {
    let past_s = (from.epoch_s() - offset_s).rem_euclid(step_s);
    if past_s == 0 { from } else { from.plus_s(step_s - past_s) }
}

#[cfg(test)]
mod tests {
    use sla::Terms;

    use super::*;

    fn at(text: &str) -> Instant {
        text.parse().unwrap()
    }

    fn service(id: &str, zone: &str, activated_at: &str, terminated_at: Option<&str>) -> Service {
        serde_json::from_value(json!({
            "service_id": id, "customer_id": "cust-1", "name": id, "plan": "standard",
            "monthly_fee": {"minor": 49900, "currency": "EUR"}, "region": "eu", "time_zone": zone,
            "activated_at": activated_at, "terminated_at": terminated_at, "resolution_s": 60,
            "check_interval_s": 60, "max_silence_s": 120, "quorum": 1,
        }))
        .unwrap()
    }

    /// Takes the errands up to `until` and lists those of a month, one line each.
    fn months(agenda: &mut Agenda, until: &str) -> Vec<String> {
        std::iter::from_fn(|| agenda.take_due(at(until)))
            .filter(|errand| errand.month.is_some())
            .map(|errand| format!("{} {} {}", errand.at, errand.function, errand.payload))
            .collect()
    }

    #[test]
    fn errands_of_one_instant_happen_by_kind_and_key() {
        let mut agenda = Agenda::starting(at("2026-07-02T02:58:11Z"));
        let lord_howe = service("howe", "UTC", "2026-06-01T00:00:00Z", None);
        agenda.set_services(vec![lord_howe]);
        let taken: Vec<String> = std::iter::from_fn(|| agenda.take_due(at("2026-07-02T03:05:00Z")))
            .map(|errand| format!("{} {:?} {}", errand.at, errand.kind, errand.key))
            .collect();
        assert_eq!(
            taken,
            [
                "2026-07-02T00:00:00Z MonthEnd howe",
                "2026-07-02T00:00:00Z Export 2026-06",
                "2026-07-02T03:00:00Z Sweep keep-deadlines",
                "2026-07-02T03:00:00Z Sweep record-checks",
                "2026-07-02T03:00:00Z Sweep send-notices",
                "2026-07-02T03:00:00Z DailyRun close-month",
                "2026-07-02T03:00:00Z DailyRun export-month",
                "2026-07-02T03:05:00Z Sweep keep-deadlines",
                "2026-07-02T03:05:00Z Sweep record-checks",
                "2026-07-02T03:05:00Z Sweep send-notices",
            ]
        );
    }

    #[test]
    fn a_month_is_exported_when_its_last_service_has_closed() {
        let mut agenda = Agenda::starting(at("2026-06-01T00:00:00Z"));
        let services = vec![
            service("apia", "Pacific/Apia", "2026-06-02T00:00:00Z", None),
            service("ended", "UTC", "2026-06-02T00:00:00Z", Some("2026-06-10T00:00:00Z")),
            service("havana", "America/Havana", "2026-06-02T00:00:00Z", None),
            service("later", "UTC", "2026-07-15T00:00:00Z", None),
        ];
        agenda.set_services(services);
        assert_eq!(
            months(&mut agenda, "2026-08-03T00:00:00Z"),
            [
                r#"2026-07-01T11:00:00Z close-month {"month":"2026-06","service_id":"apia"}"#,
                r#"2026-07-02T00:00:00Z close-month {"month":"2026-06","service_id":"ended"}"#,
                r#"2026-07-02T04:00:00Z close-month {"month":"2026-06","service_id":"havana"}"#,
                r#"2026-07-02T04:00:00Z export-month {"month":"2026-06"}"#,
                r#"2026-08-01T11:00:00Z close-month {"month":"2026-07","service_id":"apia"}"#,
                r#"2026-08-02T00:00:00Z close-month {"month":"2026-07","service_id":"later"}"#,
                r#"2026-08-02T04:00:00Z close-month {"month":"2026-07","service_id":"havana"}"#,
                r#"2026-08-02T04:00:00Z export-month {"month":"2026-07"}"#,
            ]
        );
    }

    #[track_caller]
    fn check_export_sweeps(from: &str, until: &str, expected: &[&str]) {
        let mut agenda = Agenda::starting(at(from));
        let taken: Vec<String> = std::iter::from_fn(|| agenda.take_due(at(until)))
            .filter(|errand| errand.kind == Kind::Export)
            .map(|errand| format!("{} {} {} {}", errand.at, errand.key, errand.function, errand.payload))
            .collect();
        let expected: Vec<String> =
            expected.iter().map(|at| format!(r#"{at} sweep export-month {{"sweep":true}}"#)).collect();
        assert_eq!(taken, expected);
    }

    #[test]
    fn what_no_service_brings_about_is_exported_when_a_month_of_utc_closes() {
        let closes = ["2015-12-02T00:00:00Z", "2016-01-02T00:00:00Z", "2016-02-02T00:00:00Z"];
        check_export_sweeps("2015-12-02T00:00:00Z", "2016-02-02T00:00:00Z", &closes);
        check_export_sweeps("2016-03-02T00:00:01Z", "2016-05-01T23:59:59Z", &["2016-04-02T00:00:00Z"]);
    }

    #[test]
    fn on_a_blank_agenda_nothing_ever_stands() {
        let mut agenda = Agenda::blank();
        agenda.set_services(vec![service("api", "UTC", "2026-05-01T00:00:00Z", None)]);
        agenda.set_terms(TermsBook::new(Vec::new()));
        assert_eq!(agenda.next_at(), None);
        assert_eq!(agenda.take_due(at("2027-01-01T00:00:00Z")), None);
    }

    #[test]
    fn months_close_as_the_terms_that_judge_them_say() {
        let mut agenda = Agenda::starting(at("2026-06-03T00:00:00Z"));
        agenda.set_services(vec![service("api", "UTC", "2026-06-01T00:00:00Z", None)]);
        let late = Terms {
            revision: 2,
            effective_from: "2026-07".parse().unwrap(),
            close_after_h: CLOSE_AFTER_H_MAX,
            ..Terms::built_in()
        };
        let soon = Terms {
            revision: 3,
            effective_from: "2026-08".parse().unwrap(),
            close_after_h: 1,
            ..Terms::built_in()
        };
        agenda.set_terms(TermsBook::new(vec![late, soon]));
        let export = |errand: &Errand| errand.kind == Kind::Export;
        let taken: Vec<String> = std::iter::from_fn(|| agenda.take_due(at("2026-09-30T23:00:00Z")))
            .filter(|errand| errand.month.is_some() || export(errand))
            .map(|errand| format!("{} {} {}", errand.at, errand.function, errand.payload))
            .collect();
        let close = |at: &str, month: &str| {
            [
                format!(r#"{at} close-month {{"month":"{month}","service_id":"api"}}"#),
                format!(r#"{at} export-month {{"month":"{month}"}}"#),
                format!(r#"{at} export-month {{"sweep":true}}"#),
            ]
        };
        let expected = [
            close("2026-07-02T00:00:00Z", "2026-06"),
            close("2026-08-28T00:00:00Z", "2026-07"),
            close("2026-09-01T01:00:00Z", "2026-08"),
        ];
        assert_eq!(taken, expected.concat());
    }

    #[test]
    fn month_ends_before_a_service_was_known_are_due_at_once_and_only_once() {
        let mut agenda = Agenda::starting(at("2026-07-01T12:00:00Z"));
        let services = vec![service("api", "UTC", "2026-05-01T00:00:00Z", None)];
        agenda.set_services(services.clone());
        let may = r#"2026-06-02T00:00:00Z close-month {"month":"2026-05","service_id":"api"}"#;
        let may_export = r#"2026-06-02T00:00:00Z export-month {"month":"2026-05"}"#;
        assert_eq!(months(&mut agenda, "2026-07-01T12:00:00Z"), [may, may_export]);
        agenda.set_services(services);
        assert_eq!(months(&mut agenda, "2026-07-02T00:00:00Z").len(), 2, "June and its export");
    }
}
