//! Voids: two people take out a broken probe's false reports (rules, 2). In a voided slot the probe counts as
//! having reported `unknown`: never up, and nothing is carried out of it. The checks themselves stay.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::exclusion::{Ruling, Step, WINDOW_S_MAX};
use crate::id::{StaffId, VoidId};
use crate::quorum::Stretch;
use crate::silence::{OwnSilence, OwnSilences};
use crate::{Instant, ProbeId, Resolution, Service, ServiceId, Span, Status};

/// Limit on the approved voids of one service, which are one item: 1,000 × 300 bytes are 300 KB of 400.
pub const VOIDS_MAX: usize = 1000;
/// Longest time over which one void may change statuses: 7 × 366 days, so that it touches at most 86 months.
pub const REACH_S_MAX: i64 = 7 * 366 * 86_400;
/// Limit on the probes named in a refusal.
const PROBES_SHOWN: usize = 20;

/// A stretch of time in which a probe's reports do not count.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct VoidSpan {
    /// The void's id.
    pub id: VoidId,
    /// The probe.
    pub probe: ProbeId,
    /// Its first instant.
    pub starts_at: Instant,
    /// The first instant after it.
    pub ends_at: Instant,
}

/// A void: one person reports a probe's checks as false, and another decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Void {
    /// The void's id.
    pub void_id: VoidId,
    /// The service.
    pub service_id: ServiceId,
    /// The broken probe.
    pub probe: ProbeId,
    /// First instant of the false reports.
    pub starts_at: Instant,
    /// End of the false reports.
    pub ends_at: Instant,
    /// The evidence that the probe was broken.
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
}

/// A reason for refusing a void.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VoidError {
    /// The span is empty.
    #[error("ends_at: {1} is not after starts_at {0}: give an end after the start")]
    Empty(Instant, Instant),
    /// The span is longer than 31 days.
    #[error("ends_at: {1} lies more than 31 days after starts_at {0}: split it")]
    TooLong(Instant, Instant),
    /// The span lies in the future.
    #[error("ends_at: {0} lies after now ({1}): checks are voided for the past")]
    Future(Instant, Instant),
    /// The span lies before the activation.
    #[error("starts_at: {0} lies before the service's activation at {1}: start then, or later")]
    BeforeActivation(Instant, Instant),
    /// The probe never checked the service.
    #[error("probe: `{probe}` never checked the service: {}", known_probes(.known))]
    Probe {
        /// The probe.
        probe: ProbeId,
        /// The probes that did.
        known: BTreeSet<ProbeId>,
    },
    /// The person who raised it would decide it.
    #[error("decided_by: `{0}` raised the void: another person must decide it")]
    SamePerson(StaffId),
    /// The void has been decided.
    #[error("the void is {0}: only one that is raised can be decided; raise a new one if need be")]
    State(&'static str),
    /// The service has too many voids.
    #[error("void_id: the service has {VOIDS_MAX} approved voids: void one longer stretch instead")]
    Many,
    /// The void would change more than seven years.
    #[error(
        "void_id: the probe said nothing between {0} and {1}, and its last check is carried through more than 7 years: record what it should have said after {0} first, then decide"
    )]
    Reach(Instant, Instant),
}

fn known_probes(probes: &BTreeSet<ProbeId>) -> String {
    if probes.is_empty() {
        return "no probe did yet, so that there is nothing to void".to_owned();
    }
    let shown: Vec<String> = probes.iter().take(PROBES_SHOWN).map(|probe| format!("`{probe}`")).collect();
    let more = match probes.len().saturating_sub(PROBES_SHOWN) {
        0 => String::new(),
        more => format!(" or {more} others"),
    };
    format!("name one that did: {}{more}", shown.join(", "))
}

impl Void {
    /// Raises a void for a service that `probes` have checked, however long ago.
    ///
    /// # Errors
    /// Returns a [`VoidError`] if the span is impossible, in the future or before the activation, or the
    /// probe never checked the service.
    pub fn raise(self, service: &Service, probes: &BTreeSet<ProbeId>) -> Result<Self, VoidError> {
        let span = Span::new(self.starts_at, self.ends_at);
        if span.is_empty() {
            Err(VoidError::Empty(span.start, span.end))
        } else if span.length_s() > WINDOW_S_MAX {
            Err(VoidError::TooLong(span.start, span.end))
        } else if span.end > self.raised_at {
            Err(VoidError::Future(span.end, self.raised_at))
        } else if span.start < service.activated_at {
            Err(VoidError::BeforeActivation(span.start, service.activated_at))
        } else if !probes.contains(&self.probe) {
            Err(VoidError::Probe { probe: self.probe, known: probes.clone() })
        } else {
            Ok(self)
        }
    }

    /// Decides a raised void.
    ///
    /// # Errors
    /// Returns a [`VoidError`] if the person raised it, or the void has been decided.
    pub fn decide(&self, ruling: Ruling, step: Step) -> Result<Self, VoidError> {
        if step.by.is_same_person(self.raised_by.as_str()) {
            return Err(VoidError::SamePerson(step.by));
        }
        match self.ruling {
            None => Ok(Self { ruling: Some(ruling), decision: Some(step), ..self.clone() }),
            Some(Ruling::Approve) => Err(VoidError::State("approved")),
            Some(Ruling::Reject) => Err(VoidError::State("rejected")),
        }
    }

    /// Returns the voided time, if the void is approved.
    pub fn voided(&self) -> Option<VoidSpan> {
        (self.ruling == Some(Ruling::Approve)).then(|| VoidSpan {
            id: self.void_id.clone(),
            probe: self.probe.clone(),
            starts_at: self.starts_at,
            ends_at: self.ends_at,
        })
    }

    /// Adds the void, if approved, to the voids of its service, and returns them all, sorted.
    ///
    /// # Errors
    /// Returns a [`VoidError`] if the service has the maximum number.
    pub fn beside(&self, others: &[VoidSpan]) -> Result<Vec<VoidSpan>, VoidError> {
        let own = self.voided();
        if own.is_some() && others.len() >= VOIDS_MAX {
            return Err(VoidError::Many);
        }
        let mut all: Vec<VoidSpan> = others.iter().cloned().chain(own).collect();
        all.sort();
        Ok(all)
    }

    /// Returns the span in which an approved void may change a status. It ends at the probe's next check or
    /// where the carrying from the last voided check ends, and no later than `now`. `silence` is the probe's
    /// own. Months that are closed, up to `closed_until`, go by the checks that they were closed with: the next
    /// check may have come late, and ends nothing there.
    ///
    /// # Errors
    /// Returns a [`VoidError`] if the span exceeds seven years.
    pub fn reach(
        &self,
        service: &Service,
        silence: Option<OwnSilence>,
        next_check: Option<Instant>,
        closed_until: Instant,
        now: Instant,
    ) -> Result<Span, VoidError> {
        if self.voided().is_none() {
            return Ok(Span::new(self.starts_at, self.starts_at));
        }
        let (carrying, voided) = (service.carrying(silence), Span::new(self.starts_at, self.ends_at));
        let known = carrying.reach(voided, next_check);
        let known = Span::new(known.start, known.end.min(now).max(self.ends_at));
        if known.length_s() > REACH_S_MAX {
            return Err(VoidError::Reach(self.ends_at, known.end));
        }
        let in_closed = carrying.reach(voided, None).end.min(closed_until).min(now);
        Ok(Span::new(known.start, known.end.max(in_closed)))
    }
}

/// Returns the voids that can affect a span: their slots lie in it, or would be carried into it.
pub fn touching(voids: &[VoidSpan], service: &Service, silences: &OwnSilences, span: Span) -> Vec<VoidSpan> {
    let carrying = |probe: &ProbeId| service.carrying(silences.of(probe));
    let reach = |void: &VoidSpan| carrying(&void.probe).reach(Span::new(void.starts_at, void.ends_at), None);
    let reaches = |void: &&VoidSpan| reach(void).overlaps(span);
    voids.iter().filter(reaches).cloned().collect()
}

/// Returns the voided slots of a probe, as an ascending union.
pub fn slots_of(voids: &[VoidSpan], probe: &ProbeId, resolution: Resolution) -> Vec<Span> {
    let own = voids.iter().filter(|void| void.probe == *probe);
    let mut spans: Vec<Span> =
        own.map(|void| resolution.slots_in(Span::new(void.starts_at, void.ends_at))).collect();
    spans.sort_by_key(|span| span.start);
    let mut union: Vec<Span> = Vec::with_capacity(spans.len());
    for span in spans.into_iter().filter(|span| !span.is_empty()) {
        match union.last_mut() {
            Some(last) if span.start <= last.end => last.end = last.end.max(span.end),
            _ => union.push(span),
        }
    }
    union
}

/// Turns every report in voided slots into unknown, so that nothing else is carried out of them.
pub fn unsaid(reported: Vec<(Span, Status)>, voided: &[Span]) -> Vec<(Span, Status)> {
    if voided.is_empty() {
        return reported;
    }
    let said = |void, status| if void { Status::Unknown } else { status };
    let parts = reported.into_iter().flat_map(|(span, status)| {
        cut(span, voided).into_iter().map(move |(part, void)| (part, said(void, status)))
    });
    parts.collect()
}

/// Turns voided slots without a report into unknown too, whatever is carried through them.
pub fn unseen(filled: Vec<Stretch>, voided: &[Span]) -> Vec<Stretch> {
    let runs = filled.into_iter().map(|stretch| (stretch.span, stretch.status)).collect();
    unsaid(runs, voided).into_iter().map(|(span, status)| Stretch { span, status }).collect()
}

/// Returns the ascending spans without the voided slots.
pub fn left_of(spans: &[Span], voided: &[Span]) -> Vec<Span> {
    spans.iter().flat_map(|span| cut(*span, voided)).filter(|(_, void)| !void).map(|(part, _)| part).collect()
}

/// Splits a span along an ascending union: its parts in order, each with true if it lies in the union.
fn cut(span: Span, union: &[Span]) -> Vec<(Span, bool)> {
    let first = union.partition_point(|other| other.end <= span.start);
    let mut parts = Vec::with_capacity(1);
    let mut start = span.start;
    for other in union[first..].iter().take_while(|other| other.start < span.end) {
        let inside = other.intersect(span);
        parts.push((Span::new(start, inside.start), false));
        parts.push((inside, true));
        start = inside.end;
    }
    parts.push((Span::new(start, span.end), false));
    parts.retain(|(part, _)| !part.is_empty());
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Instant {
        format!("2026-06-{text}Z").parse().unwrap()
    }

    fn service(max_silence_s: Option<u32>) -> Service {
        serde_json::from_value(serde_json::json!({
            "service_id": "svc", "customer_id": "acme", "name": "Uplink", "plan": "standard",
            "monthly_fee": {"minor": 49900, "currency": "EUR"}, "region": "eu", "time_zone": "UTC",
            "activated_at": "2026-06-02T00:00:00Z", "resolution_s": 60, "check_interval_s": 60,
            "max_silence_s": max_silence_s, "quorum": 1,
        }))
        .unwrap()
    }

    fn void(starts_at: Instant, ends_at: Instant) -> Void {
        Void {
            void_id: "v-1".parse().unwrap(),
            service_id: "svc".parse().unwrap(),
            probe: "fra".parse().unwrap(),
            starts_at,
            ends_at,
            evidence: "its disk was full".into(),
            raised_by: "ann".parse().unwrap(),
            raised_at: at("20T00:00:00"),
            ruling: None,
            decision: None,
        }
    }

    fn step(by: &str) -> Step {
        Step { by: by.parse().unwrap(), note: "checked".into(), at: at("21T00:00:00") }
    }

    fn voided(probe: &str, starts_at: &str, ends_at: &str) -> VoidSpan {
        let (id, probe) = ("v-1".parse().unwrap(), probe.parse().unwrap());
        VoidSpan { id, probe, starts_at: at(starts_at), ends_at: at(ends_at) }
    }

    #[test]
    fn a_void_is_raised_for_what_a_probe_of_the_service_reported() {
        let probes = BTreeSet::from(["fra".parse().unwrap(), "par".parse().unwrap()]);
        let raise = |void: Void, probes| void.raise(&service(Some(120)), probes);
        for (starts_at, ends_at) in [("02T00:00:00", "03T00:00:00"), ("19T23:59:59", "20T00:00:00")] {
            assert!(raise(void(at(starts_at), at(ends_at)), &probes).is_ok(), "{starts_at}");
        }
        let years_later = Void {
            raised_at: at("20T00:00:00").plus_s(9 * 366 * 86_400),
            ..void(at("03T00:00:00"), at("04T00:00:00"))
        };
        assert!(raise(years_later, &probes).is_ok(), "the rules set no limit");
        let month = |length_s| {
            let starts_at = at("02T00:00:00");
            let raised_at = at("20T00:00:00").plus_s(30 * 86_400);
            raise(Void { raised_at, ..void(starts_at, starts_at.plus_s(length_s)) }, &probes)
        };
        assert!(month(31 * 86_400).is_ok());
        let other = Void { probe: "oslo".parse().unwrap(), ..void(at("03T00:00:00"), at("04T00:00:00")) };
        let many: BTreeSet<ProbeId> = (10..32).map(|nth| format!("p{nth}").parse().unwrap()).collect();
        let refusals = [
            month(31 * 86_400 + 1),
            raise(void(at("03T00:00:00"), at("03T00:00:00")), &probes),
            raise(void(at("19T00:00:00"), at("20T00:00:01")), &probes),
            raise(void(at("01T23:59:59"), at("03T00:00:00")), &probes),
            raise(other.clone(), &probes),
            raise(other.clone(), &many),
            raise(other, &BTreeSet::new()),
        ];
        let shown: Vec<String> = refusals.map(|refusal| refusal.unwrap_err().to_string()).into();
        insta::assert_snapshot!(shown.join("\n"));
    }

    #[test]
    fn a_void_takes_two_people_and_is_decided_once() {
        let raised = void(at("03T00:00:00"), at("04T00:00:00"));
        assert_eq!(raised.voided(), None, "until it is approved the reports count");
        let approved = raised.decide(Ruling::Approve, step("bob")).unwrap();
        assert_eq!(approved.voided(), Some(voided("fra", "03T00:00:00", "04T00:00:00")));
        let rejected = raised.decide(Ruling::Reject, step("bob")).unwrap();
        assert_eq!(rejected.voided(), None);
        let refusals = [
            raised.decide(Ruling::Approve, step("ann")),
            approved.decide(Ruling::Reject, step("cyd")),
            rejected.decide(Ruling::Approve, step("cyd")),
        ];
        let shown: Vec<String> = refusals.map(|refusal| refusal.unwrap_err().to_string()).into();
        insta::assert_snapshot!(shown.join("\n"), @r"
        decided_by: `ann` raised the void: another person must decide it
        the void is approved: only one that is raised can be decided; raise a new one if need be
        the void is rejected: only one that is raised can be decided; raise a new one if need be
        ");
    }

    #[test]
    fn a_service_has_so_many_voids_and_no_more() {
        let approved =
            void(at("03T00:00:00"), at("04T00:00:00")).decide(Ruling::Approve, step("bob")).unwrap();
        let others = vec![voided("par", "05T00:00:00", "06T00:00:00"); VOIDS_MAX];
        assert_eq!(approved.beside(&others[1..]).unwrap().len(), VOIDS_MAX);
        insta::assert_snapshot!(approved.beside(&others).unwrap_err(), @"void_id: the service has 1000 approved voids: void one longer stretch instead");
        let rejected =
            void(at("03T00:00:00"), at("04T00:00:00")).decide(Ruling::Reject, step("bob")).unwrap();
        assert_eq!(rejected.beside(&others).unwrap(), others, "which takes nothing out needs no room");
    }

    #[test]
    fn a_void_reaches_as_far_as_its_last_report_is_carried() {
        let raised = void(at("03T00:00:00"), at("04T00:00:00"));
        let nothing = raised.reach(&service(None), None, None, at("01T00:00:00"), at("20T00:00:00")).unwrap();
        assert!(nothing.is_empty(), "until it is approved");
        let void = raised.decide(Ruling::Approve, step("bob")).unwrap();
        let reach = |silence, next: Option<&str>, now: &str| {
            void.reach(&service(silence), None, next.map(at), at("01T00:00:00"), at(now)).unwrap().end
        };
        // The last slot, 23:59, speaks until 00:02.
        assert_eq!(reach(Some(120), None, "20T00:00:00"), at("04T00:02:00"));
        assert_eq!(reach(Some(120), Some("04T00:01:00"), "20T00:00:00"), at("04T00:01:00"));
        assert_eq!(reach(Some(120), None, "04T00:00:30"), at("04T00:00:30"));
        assert_eq!(reach(None, Some("09T10:00:00"), "20T00:00:00"), at("09T10:00:00"));
        assert_eq!(reach(None, None, "20T00:00:00"), at("20T00:00:00"));
        let closed = |next| {
            let reach =
                void.reach(&service(None), None, Some(at(next)), at("10T00:00:00"), at("20T00:00:00"));
            reach.unwrap().end
        };
        assert_eq!(closed("09T10:00:00"), at("10T00:00:00"), "a closed month may not have had that check");
        assert_eq!(closed("11T10:00:00"), at("11T10:00:00"));
        let years = |seconds| {
            let now = void.starts_at.plus_s(seconds);
            void.reach(&service(None), None, None, at("01T00:00:00"), now)
        };
        assert!(years(REACH_S_MAX).is_ok());
        insta::assert_snapshot!(years(REACH_S_MAX + 1).unwrap_err());
    }

    #[test]
    fn only_what_reaches_a_span_touches_it() {
        let july = Span::new(at("30T23:59:00").plus_s(60), at("30T23:59:00").plus_s(31 * 86_400));
        let with = |void: VoidSpan, silence, own: &OwnSilences| {
            !touching(&[void], &service(silence), own, july).is_empty()
        };
        let touches = |void: VoidSpan, silence| with(void, silence, &OwnSilences::default());
        assert!(touches(voided("fra", "29T00:00:00", "30T23:58:01"), Some(120)), "carried into July");
        assert!(!touches(voided("fra", "29T00:00:00", "30T23:58:00"), Some(120)));
        assert!(touches(voided("fra", "03T00:00:00", "03T00:01:00"), None), "carried for ever");
        let early = || voided("fra", "03T00:00:00", "03T00:01:00");
        let own = |silence| OwnSilences::from_iter([("fra".parse().unwrap(), silence)]);
        assert!(with(early(), Some(120), &own(OwnSilence::NEVER)), "carried for ever by its probe");
        assert!(!with(early(), None, &own(OwnSilence::after(Some(120)))));
        let later = VoidSpan {
            starts_at: july.end,
            ends_at: july.end.plus_s(60),
            ..voided("fra", "03T00:00:00", "03T00:01:00")
        };
        assert!(!touches(later, None));
    }

    #[test]
    fn overlapping_voids_of_a_probe_are_one_and_its_slots_are_those_that_start_in_them() {
        let voids = [
            voided("fra", "03T00:10:00", "03T00:20:00"),
            voided("fra", "03T00:00:01", "03T00:12:00"),
            voided("par", "03T00:00:00", "03T09:00:00"),
            voided("fra", "03T00:20:00", "03T00:20:01"),
            voided("fra", "03T00:30:01", "03T00:30:59"),
        ];
        let slots = slots_of(&voids, &"fra".parse().unwrap(), 60.try_into().unwrap());
        assert_eq!(slots, [Span::new(at("03T00:01:00"), at("03T00:21:00"))]);
    }

    #[test]
    fn a_false_report_is_not_carried_out_of_a_void_and_a_true_one_passes_through() {
        #[track_caller]
        fn check(reported: &str, voided: &str, expect: &str) {
            let slot = |index: usize| {
                Span::new(
                    at("03T00:00:00").plus_s(60 * index as i64),
                    at("03T00:01:00").plus_s(60 * index as i64),
                )
            };
            let status = |letter| match letter {
                'u' => Some(Status::Up),
                'X' => Some(Status::Down),
                '?' => Some(Status::Unknown),
                _ => None,
            };
            let runs = reported.chars().enumerate().filter_map(|(n, c)| status(c).map(|s| (slot(n), s)));
            let union: Vec<Span> =
                voided.char_indices().filter(|(_, c)| *c == 'v').map(|(n, _)| slot(n)).collect();
            let period = Span::new(slot(0).start, slot(reported.len()).start);
            let carrying =
                crate::quorum::CarryRule { resolution: 60.try_into().unwrap(), max_silence_s: None };
            let filled = unseen(carrying.fill(&unsaid(runs.collect(), &union), period), &union);
            let letter = |status| {
                if status == Status::Up {
                    'u'
                } else if status == Status::Down {
                    'X'
                } else {
                    '?'
                }
            };
            let shown: String = filled
                .iter()
                .flat_map(|s| std::iter::repeat_n(letter(s.status), (s.span.length_s() / 60) as usize))
                .collect();
            assert_eq!(shown, expect, "{reported} {voided}");
        }
        check("u.X..u.", "..vv...", "uu???uu");
        check("u.....u", "..vv...", "uu??uuu");
        check("X.....u", "..vv...", "XX??XXu");
        check("u.u...X", "..vv...", "uu????X");
        check("XXXXXXX", ".v.v..v", "X?X?XX?");
        check("X......", "v......", "???????");
        check("X......", "vvvvvvv", "???????");
        check("X......", ".......", "XXXXXXX");
    }
}
