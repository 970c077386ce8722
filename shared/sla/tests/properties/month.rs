//! Every generated month agrees with the slow model, adds up, and forgets the order in which its checks came.

use proptest::prelude::*;
use sla::performance::{MetricFigures, MetricVerdict};
use sla::{Statement, canonical_json};

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
        let json = |inputs: &sla::Inputs| canonical_json(&inputs.statement().unwrap()).unwrap();
        prop_assert_eq!(json(&inputs), json(&again));
    }
}
