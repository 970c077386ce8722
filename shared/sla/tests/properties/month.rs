//! Every generated month agrees with the slow model, adds up, and does not depend on the order of its checks.

use proptest::prelude::*;
use sla::availability::Verdict;
use sla::performance::{MetricFigures, MetricVerdict};
use sla::review::{Finding, Review, ReviewRequest};
use sla::{Edition, Inputs, Statement, canonical_json};

use crate::model::{self, Figures};
use crate::world::{World, world};

/// Returns a statement's figures in the model's shape.
fn figures(statement: &Statement) -> Figures {
    let Statement { seconds, credit, .. } = statement;
    Figures {
        period: [statement.period.start.epoch_s(), statement.period.end.epoch_s()],
        seconds: [seconds.period, seconds.up, seconds.down, seconds.unknown, seconds.excluded],
        verdict: statement.verdict.as_str(),
        percentages: [
            statement.availability_pct.clone(),
            statement.best_pct.clone(),
            statement.worst_pct.clone(),
        ],
        outages: statement
            .outages
            .iter()
            .map(|o| (o.started_at.epoch_s(), o.ended_at.epoch_s(), o.down_s, o.excluded_s, o.ongoing))
            .collect(),
        amounts: [
            credit.amount,
            credit.amount_max,
            credit.alternatives.pro_rata,
            credit.alternatives.started,
            credit.alternatives.whole,
        ]
        .map(|money| money.minor),
        performance: statement
            .performance
            .iter()
            .map(|m| {
                let MetricFigures { mean, p50, p95, p99, samples, .. } = m.clone();
                let verdict = match m.verdict {
                    MetricVerdict::Met => "met",
                    MetricVerdict::Missed => "missed",
                    MetricVerdict::NotMeasured => "not_measured",
                };
                ([mean, p50, p95, p99], samples, verdict)
            })
            .collect(),
    }
}

/// Shuffles by a seed, so that a failing case shrinks.
pub fn shuffled<T: Clone>(items: &[T], mut seed: u64) -> Vec<T> {
    let mut left = items.to_vec();
    let mut shuffled = Vec::with_capacity(left.len());
    while !left.is_empty() {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let length = left.len();
        shuffled.push(left.swap_remove((seed >> 33) as usize % length));
    }
    shuffled
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(120))]

    #[test]
    fn the_fast_statement_agrees_with_the_slow_model(world in world()) {
        let statement = world.inputs().statement().unwrap();
        prop_assert_eq!(statement.as_ref().map(figures), model::figures(&world));
    }

    #[test]
    fn a_review_finds_at_most_what_the_month_could_earn(world in world()) {
        let inputs = world.inputs();
        let Some(open) = inputs.statement().unwrap() else { return Ok(()) };
        if !matches!(open.verdict, Verdict::Indeterminate | Verdict::Breached) || open.seconds.unknown == 0 {
            return Ok(());
        }
        let (by, reason) = ("ann".parse().unwrap(), "the router's log".to_owned());
        let asked = ReviewRequest { verdict: Finding::Breached, down_s: None, by, reason };
        let commitment_ppm = inputs.terms.promise(open.plan).commitment_ppm;
        let review = Some(Review::of(&open, asked, commitment_ppm).unwrap());
        let reviewed = Inputs { review, ..inputs.clone() }.statement().unwrap().unwrap();
        prop_assert_eq!(reviewed.credit.amount, open.credit.amount_max);
        prop_assert_eq!(reviewed.credit.amount_max, reviewed.credit.amount);
    }

    #[test]
    fn editions_differ_in_what_an_undecided_month_could_earn_and_nothing_else(world in world()) {
        let inputs = world.inputs();
        let first = Inputs { rules: Edition::First, ..inputs.clone() }.statement().unwrap();
        let (Some(mut first), Some(present)) = (first, inputs.statement().unwrap()) else { return Ok(()) };
        if first.verdict == Verdict::Indeterminate {
            prop_assert_eq!(first.credit.amount_max.minor, 0);
            prop_assert_eq!(first.credit_at_most(&inputs.terms.credits, inputs.service.in_month(inputs.month).1), present.credit.amount_max);
            first.credit.amount_max = present.credit.amount_max;
            first.digest = first.computed_digest().unwrap();
        }
        prop_assert_eq!(first, present);
    }

    #[test]
    fn every_second_is_accounted_for_exactly_once(world in world()) {
        let Some(statement) = world.inputs().statement().unwrap() else { return Ok(()) };
        let seconds = statement.seconds;
        prop_assert_eq!(seconds.up + seconds.down + seconds.unknown + seconds.excluded, seconds.period);
        prop_assert_eq!(seconds.period, statement.period.length_s());
        prop_assert_eq!(statement.outages.iter().map(|o| o.down_s).sum::<i64>(), seconds.down);
        prop_assert_eq!(statement.excluded.iter().map(|x| x.excluded_s).sum::<i64>(), seconds.excluded);
        for outage in &statement.outages {
            prop_assert_eq!(outage.down_s + outage.excluded_s, outage.span().length_s());
        }
    }

    #[test]
    fn order_and_repetition_change_no_byte(world in world(), seed in any::<u64>()) {
        let World { checks, .. } = &world;
        let twice = [checks.as_slice(), &checks[..checks.len() / 2]].concat();
        let (inputs, again) = (world.inputs(), world.inputs_of(&shuffled(&twice, seed)));
        prop_assert_eq!(&inputs.probes, &again.probes);
        prop_assert_eq!(&inputs.measurements, &again.measurements);
        let json = |inputs: &Inputs| canonical_json(&inputs.statement().unwrap()).unwrap();
        prop_assert_eq!(json(&inputs), json(&again));
    }
}
