//! An outage over the ends of months is closed with the seconds that one look at its whole span finds,
//! although each of those months was closed, excluded and voided in between.

use std::collections::BTreeMap;

use proptest::prelude::*;
use sla::account::Account;
use sla::assessment::{Announcements, Fact, Knowledge, assess};
use sla::cause::Cause;
use sla::check::Check;
use sla::closing::LateChanges;
use sla::consequence::Consequences;
use sla::void::VoidSpan;
use sla::{
    Inputs, Instant, Month, OwnSilence, OwnSilences, Service, Span, Status, TermsBook, Window, WindowKind,
};

use crate::month::shuffled;
use crate::world::{NO_BOOKS, World, check, close, follow, own, probe_id, service, timelines};

/// The instants around which everything happens: the ends of May, June and July.
const ENDS: [&str; 3] = ["2026-06-01T00:00:00Z", "2026-07-01T00:00:00Z", "2026-08-01T00:00:00Z"];
/// More facts than any life has at once.
const FACTS_MAX: usize = 1000;

#[derive(Debug, Clone)]
enum Event {
    Report(Check),
    /// A window starts to count.
    Exclude(Window),
    /// The nth window stops counting.
    Withdraw(usize),
    Void(VoidSpan),
}

/// A service over three months; closed ones are restated as soon as anything is decided.
struct Life {
    service: Service,
    checks: Vec<Check>,
    windows: Vec<Window>,
    voids: Vec<VoidSpan>,
    silences: OwnSilences,
    announcements: Announcements,
    stated: BTreeMap<Month, Inputs>,
}

impl Life {
    fn inputs(&self, month: Month) -> Inputs {
        let world = World {
            service: self.service.clone(),
            month,
            as_of: self.service.closes_at(month, 24),
            checks: self.checks.clone(),
            windows: self.windows.clone(),
            voids: self.voids.clone(),
            silences: self.silences.clone(),
        };
        world.inputs()
    }

    fn take(&mut self, consequences: Consequences) {
        self.announcements = consequences.announcements;
        if let Some(closing) = consequences.closing {
            self.stated.insert(closing.inputs.month, closing.inputs);
        }
    }

    /// Closes the months that are due, and assesses; returns the facts.
    fn look(&mut self, now: Instant) -> Vec<Fact> {
        let mut facts = Vec::new();
        let month = self.announcements.open_from;
        let closes_at = self.service.closes_at(month, 24);
        if closes_at <= now {
            facts = self.assess(closes_at);
            self.take(close(&self.inputs(month), &self.announcements, NO_BOOKS, closes_at));
            facts.extend(self.look(now));
        }
        facts.extend(self.assess(now));
        facts
    }

    fn assess(&mut self, now: Instant) -> Vec<Fact> {
        let open_start = self.announcements.open_from.start(self.service.time_zone);
        let knowledge = Knowledge {
            service: &self.service,
            terms: &TermsBook::new(vec![]),
            probes: &own(timelines(&self.service, &self.checks, open_start), &self.silences),
            windows: &self.windows,
            voids: &self.voids,
            now,
        };
        let assessment = assess(&knowledge, &self.announcements, FACTS_MAX).unwrap();
        for fact in &assessment.facts {
            self.compare(fact, now);
        }
        self.announcements = assessment.announcements;
        assessment.facts
    }

    fn live(&mut self, event: Event, now: Instant) -> Vec<Fact> {
        let mut facts = self.look(now);
        match event {
            Event::Report(check) => self.checks.push(check),
            Event::Exclude(window) => self.windows.push(window),
            Event::Withdraw(_) if self.windows.is_empty() => {}
            Event::Withdraw(nth) => drop(self.windows.remove(nth % self.windows.len())),
            Event::Void(void) => self.voids.push(void),
        }
        for (month, stored) in self.stated.clone() {
            let late = LateChanges { checks: false, decisions: true };
            let cause = Cause::Restate { present: &self.inputs(month), late };
            self.take(follow(&stored, &self.announcements, NO_BOOKS, now, cause));
        }
        facts.extend(self.look(now));
        facts
    }

    /// Compares an outage's seconds with those that a look at its whole span finds.
    fn compare(&self, fact: &Fact, now: Instant) {
        let Fact::OutageClosed { started_at, ended_at, down_s, excluded_s } = fact else { return };
        let Service { activated_at, resolution_s, .. } = self.service;
        let probes = own(timelines(&self.service, &self.checks, activated_at), &self.silences);
        let whole = resolution_s.slots_in(Span::new(activated_at, now.plus_s(1)));
        let account = Account::of(&self.service, &probes, &self.windows, &self.voids, whole).unwrap();
        let run = account
            .combined
            .iter()
            .find(|run| run.status == Status::Down && run.span.end == *ended_at && ended_at > started_at);
        let excluded = run.map_or(0, |run| {
            account.union.iter().map(|window| window.intersect(run.span).length_s()).sum::<i64>()
        });
        let down = run.map_or(0, |run| run.span.length_s() - excluded);
        assert_eq!((*down_s, *excluded_s), (down, excluded), "{started_at} to {ended_at} at {now}");
    }
}

fn near() -> impl Strategy<Value = Instant> {
    let offset_min = prop_oneof![Just(0_i64), -10_i64..10, -3000_i64..3000];
    (0..ENDS.len(), offset_min)
        .prop_map(|(end, minutes)| ENDS[end].parse::<Instant>().unwrap().plus_s(60 * minutes))
}

/// An event, and the instant at which it arrives.
fn event() -> impl Strategy<Value = (Event, Instant)> {
    let status = prop_oneof![3 => Just(Status::Down), 2 => Just(Status::Up), 1 => Just(Status::Unknown)];
    let report = (0_usize..2, near(), status)
        .prop_map(|(probe, at, status)| (Event::Report(check(probe, at, None, status)), at));
    let exclude =
        (near(), 1_i64..4000, 0_i64..200, 0_usize..1000).prop_map(|(starts_at, minutes, hours, nth)| {
            let ends_at = starts_at.plus_s(60 * minutes);
            let window = Window { starts_at, ends_at, kind: WindowKind::ThirdParty, id: format!("x-{nth}") };
            (Event::Exclude(window), ends_at.plus_s(3600 * hours))
        });
    let withdraw = (0_usize..9, near(), 0_i64..200)
        .prop_map(|(nth, at, hours)| (Event::Withdraw(nth), at.plus_s(3600 * hours)));
    let void =
        (0_usize..2, near(), 1_i64..3000, 0_i64..200).prop_map(|(probe, starts_at, minutes, hours)| {
            let (id, ends_at) = ("v".parse().unwrap(), starts_at.plus_s(60 * minutes));
            (
                Event::Void(VoidSpan { id, probe: probe_id(probe), starts_at, ends_at }),
                ends_at.plus_s(3600 * hours),
            )
        });
    prop_oneof![6 => report, 2 => exclude, 1 => withdraw, 1 => void]
}

/// Generates a silence: for ever, or over a month's end.
fn silence() -> impl Strategy<Value = Option<u32>> {
    prop_oneof![3 => Just(None), 1 => Just(Some(200_000_u32))]
}

fn silences_of(silences: &[Option<Option<u32>>]) -> OwnSilences {
    let own = silences.iter().enumerate();
    own.filter_map(|(nth, silence)| Some((probe_id(nth), OwnSilence::after((*silence)?)))).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn an_outage_over_the_ends_of_months_is_closed_with_the_seconds_of_its_whole_span(
        events in prop::collection::vec(event(), 1..25),
        max_silence_s in silence(),
        silences in prop::collection::vec(prop::option::weighted(0.4, silence()), 2),
        seed in any::<u64>(),
    ) {
        let activated_at = "2026-05-20T00:00:00Z".parse().unwrap();
        let service = Service { max_silence_s, ..service("UTC", activated_at) };
        let announcements = Announcements::nothing(&service);
        let mut life = Life {
            service, checks: Vec::new(), windows: Vec::new(), voids: Vec::new(), announcements, stated: BTreeMap::new(),
            silences: silences_of(&silences),
        };
        // Events of the same instant arrive in any order.
        let mut events = shuffled(&events, seed);
        events.sort_by_key(|(_, at)| *at);
        for (event, at) in events {
            life.live(event, at);
        }
        life.look("2026-09-10T00:00:00Z".parse().unwrap());
    }
}
