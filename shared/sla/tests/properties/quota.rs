//! Quotas against a model that keeps every request: who is let through, until when the rest waits, and of
//! what staff are told.

use std::collections::BTreeMap;

use proptest::prelude::*;
use sla::Instant;
use sla::quota::{DailyUsage, QuotaExceeded, QuotaKind, QuotaReached, QuotaRequest, Quotas, day_of};
use sla::ticket::Level;

const DAY_S: i64 = 86_400;
const HOUR_S: i64 = 3_600;

fn any_ask() -> impl Strategy<Value = QuotaRequest> {
    use Level::{Critical, Degraded, General};
    let level = prop_oneof![3 => Just(Critical), 1 => Just(Degraded), 1 => Just(General)];
    prop_oneof![
        4 => level.prop_map(QuotaRequest::Ticket),
        1 => Just(QuotaRequest::Reply),
        1 => Just(QuotaRequest::Dispute),
        1 => Just(QuotaRequest::Confirmation),
        2 => Just(QuotaRequest::Claim),
    ]
}

fn any_quotas() -> impl Strategy<Value = Quotas> {
    let small = || 0_u32..6;
    let three = || (small(), small(), small());
    (three(), three(), 0_u32..3).prop_map(|((tickets, level_1_an_hour, replies), rest, per_month)| {
        let (disputes, confirmations, claims) = rest;
        let claims_per_service_month = per_month;
        Quotas {
            tickets,
            level_1_an_hour,
            replies,
            disputes,
            confirmations,
            claims,
            claims_per_service_month,
        }
    })
}

/// Requests in the order of time, most of them close together, over some days.
fn any_requests() -> impl Strategy<Value = Vec<(QuotaRequest, Instant)>> {
    let pause_s = prop_oneof![8 => 0_i64..60, 2 => 0..HOUR_S, 1 => 0..DAY_S];
    proptest::collection::vec((any_ask(), pause_s), 1..80).prop_map(|requests| {
        let mut now = Instant::from_epoch_s(1_800_000_000 / DAY_S * DAY_S + DAY_S - 1800);
        let at = |(ask, pause_s)| {
            now = now.plus_s(pause_s);
            (ask, now)
        };
        requests.into_iter().map(at).collect()
    })
}

/// Requests that were let through so far, and the quotas of which staff were told.
#[derive(Default)]
struct Model {
    through: Vec<(QuotaKind, Instant)>,
    beyond: Vec<Instant>,
    told: Vec<(QuotaKind, Instant)>,
}

impl Model {
    fn ask(&mut self, limit: u32, an_hour: u32, ask: QuotaRequest, now: Instant) -> (Option<Instant>, bool) {
        let (kind, day) = (ask.kind(), now.epoch_s().div_euclid(DAY_S));
        let same_day = |at: &Instant| at.epoch_s().div_euclid(DAY_S) == day;
        let same_hour = |at: &Instant| at.epoch_s().div_euclid(HOUR_S) == now.epoch_s().div_euclid(HOUR_S);
        let used = |through: &[(QuotaKind, Instant)]| {
            through.iter().filter(|(own, at)| *own == kind && same_day(at)).count()
        };
        let refused_until = if used(&self.through) < limit as usize {
            self.through.push((kind, now));
            None
        } else if ask != QuotaRequest::Ticket(Level::Critical) {
            Some(Instant::from_epoch_s((day + 1) * DAY_S))
        } else if self.beyond.iter().filter(|at| same_hour(at)).count() < an_hour as usize {
            self.beyond.push(now);
            None
        } else {
            Some(Instant::from_epoch_s((now.epoch_s().div_euclid(HOUR_S) + 1) * HOUR_S))
        };
        let told_before = self.told.iter().any(|(own, at)| *own == kind && same_day(at));
        let is_told = used(&self.through) >= limit as usize && !told_before;
        if is_told {
            self.told.push((kind, now));
        }
        (refused_until, is_told)
    }
}

/// Returns the quota of a kind, for a customer with `months` service-months.
fn limit(quotas: &Quotas, kind: QuotaKind, months: u32) -> u32 {
    match kind {
        QuotaKind::Tickets => quotas.tickets,
        QuotaKind::Replies => quotas.replies,
        QuotaKind::Disputes => quotas.disputes,
        QuotaKind::Confirmations => quotas.confirmations,
        QuotaKind::Claims => quotas.claims + quotas.claims_per_service_month * months,
    }
}

proptest! {
    #[test]
    fn quotas_are_those_of_a_model_that_keeps_everything(
        quotas in any_quotas(),
        months in 0_u32..4,
        requests in any_requests(),
    ) {
        let (mut model, mut days) = (Model::default(), BTreeMap::<Instant, DailyUsage>::new());
        for (ask, now) in requests {
            let day = day_of(now);
            let asked = days.entry(day).or_default();
            // Between two requests the counts are stored.
            let stored = serde_json::to_string(asked).unwrap();
            *asked = serde_json::from_str(&stored).unwrap();
            if asked.needs_service_months(&quotas, ask) {
                asked.service_months = Some(months);
            }
            let before = asked.clone();
            let (admitted, reached) = asked.ask(&quotas, ask, now);
            let (refused_until, is_told) =
                model.ask(limit(&quotas, ask.kind(), months), quotas.level_1_an_hour, ask, now);
            prop_assert_eq!(admitted.err().map(|QuotaExceeded { until, .. }| until), refused_until);
            let (kind, limit, until) = (ask.kind(), limit(&quotas, ask.kind(), months), day.plus_s(DAY_S));
            prop_assert_eq!(reached, is_told.then_some(QuotaReached { kind, limit, day, until }));
            // What is refused without being told costs no write.
            prop_assert_eq!(*asked == before, refused_until.is_some() && !is_told);
        }
    }
}
