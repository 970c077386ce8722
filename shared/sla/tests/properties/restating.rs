//! A closed month is restated for changes of a figure, never for mere changes of its inputs; a review is lost
//! to nothing that is worth less.

use proptest::prelude::*;
use sla::assessment::Announcements;
use sla::availability::Verdict;
use sla::cause::{Cause, Order};
use sla::closing::LateChanges;
use sla::consequence::Closing;
use sla::review::{Finding, Review, ReviewRequest};
use sla::void::VoidSpan;
use sla::{Inputs, Instant, Statement, Window, WindowKind};

use crate::world::{NO_BOOKS, World, dense_world, follow, probe_id, world};

/// A world at its close, and its later facts: other checks, windows and voids, or the same.
#[derive(Debug, Clone)]
struct LaterWorld {
    stored: Inputs,
    present: Inputs,
    late: LateChanges,
}

/// True for each of checks, windows and voids of which only half is known at the close; true for a void and a
/// window that change nothing.
type Halves = (bool, bool, bool, bool, bool);

fn later(
    world: World,
    (checks, windows, voids, moot_void, moot_window): Halves,
    found: Finding,
) -> LaterWorld {
    let world = World { as_of: world.service.closes_at(world.month, 24), ..world };
    let half = |length: usize, is_half: bool| if is_half { length / 2 } else { length };
    let stored = World {
        checks: world.checks[..half(world.checks.len(), checks)].to_vec(),
        windows: world.windows[..half(world.windows.len(), windows)].to_vec(),
        voids: world.voids[..half(world.voids.len(), voids)].to_vec(),
        ..world.clone()
    };
    let (mut present, mut stored) = (world.inputs(), stored.inputs());
    if moot_void {
        let (starts_at, ends_at) = (world.service.activated_at, world.as_of);
        present.voids.push(VoidSpan { id: "moot".parse().unwrap(), probe: probe_id(7), starts_at, ends_at });
    }
    if moot_window && let Some(window) = stored.windows.first() {
        let (kind, id) = (WindowKind::CyberAttack, "within-another".to_owned());
        present.windows.push(Window { kind, id, ..window.clone() });
    }
    stored.review = reviewed(&stored, found);
    let late = LateChanges { checks: true, decisions: true };
    LaterWorld { stored, present, late }
}

/// Reviews a month, if there is anything to review.
fn reviewed(inputs: &Inputs, verdict: Finding) -> Option<Review> {
    let statement = inputs.statement().unwrap()?;
    let asked = ReviewRequest {
        verdict,
        down_s: None,
        by: "erin".parse().unwrap(),
        reason: "carrier logs".to_owned(),
    };
    let commitment_ppm = inputs.terms.promise(statement.plan).commitment_ppm;
    Review::of(&statement, asked, commitment_ppm).ok()
}

fn any_later() -> impl Strategy<Value = LaterWorld> {
    let halves = any::<Halves>();
    let finding = prop_oneof![Just(Finding::Met), Just(Finding::Breached)];
    (prop_oneof![world(), dense_world()], halves, finding)
        .prop_map(|(world, halves, finding)| later(world, halves, finding))
}

fn after() -> Instant {
    "2030-01-01T00:00:00Z".parse().unwrap()
}

fn announcements(inputs: &Inputs) -> Announcements {
    let mut announcements = Announcements::nothing(&inputs.service);
    let statement = inputs.statement().unwrap();
    let breached = statement.is_some_and(|statement| statement.verdict == Verdict::Breached);
    announcements.breach(inputs.month, breached, inputs.as_of);
    announcements
}

/// Returns the figures of a month, without the name of its reviewer.
fn figures(inputs: &Inputs) -> Option<Statement> {
    let unreviewed = Inputs { review: None, revision: 1, ..inputs.clone() };
    let mut statement = unreviewed.statement().unwrap()?;
    statement.digest.clear();
    statement.excluded.retain(|excluded| excluded.excluded_s > 0);
    Some(statement)
}

/// Returns the worth of a month.
fn worth(inputs: &Inputs) -> (u8, u64) {
    let statement = inputs.statement().unwrap().unwrap();
    let verdict = match statement.verdict {
        Verdict::Met | Verdict::NotApplicable => 0,
        Verdict::Indeterminate => 1,
        Verdict::Breached => 2,
    };
    (verdict, statement.credit.amount.minor)
}

fn by_order(later: &LaterWorld) -> Option<Closing> {
    let order = &Order { by: "erin".parse().unwrap(), reason: "logs of the carrier".to_owned() };
    restated(later, Cause::Order { present: &later.present, order })
}

fn by_itself(later: &LaterWorld, late: LateChanges) -> Option<Closing> {
    restated(later, Cause::Restate { present: &later.present, late })
}

fn restated(later: &LaterWorld, cause: Cause<'_>) -> Option<Closing> {
    follow(&later.stored, &announcements(&later.stored), NO_BOOKS, after(), cause).closing
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn an_order_makes_a_revision_exactly_if_a_figure_changes(later in any_later()) {
        let closing = by_order(&later);
        let changes = figures(&later.present) != figures(&later.stored) && figures(&later.stored).is_some();
        prop_assert_eq!(closing.is_some(), changes);
        if let Some(Closing { inputs, statement, .. }) = closing {
            prop_assert_eq!((statement.revision, statement.review.as_ref()), (2, None));
            prop_assert_eq!(figures(&inputs), figures(&later.present));
        }
    }

    #[test]
    fn decisions_make_a_revision_exactly_if_a_figure_changes(later in any_later()) {
        let Inputs { windows, voids, .. } = later.present.clone();
        let decided = Inputs { windows, voids, ..later.stored.clone() };
        let closing = by_itself(&later, LateChanges { checks: false, decisions: true });
        let changes = figures(&decided) != figures(&later.stored);
        prop_assert_eq!(closing.is_some(), changes);
        if let Some(closing) = closing {
            prop_assert_eq!(figures(&closing.inputs), figures(&decided));
        }
    }

    #[test]
    fn late_checks_take_nothing_from_the_customer_that_a_review_gave(later in any_later()) {
        for decisions in [false, true] {
            let stored = Inputs { review: None, ..later.stored.clone() };
            let Inputs { windows, voids, .. } = later.present.clone();
            let decided = Inputs { windows, voids, ..stored.clone() };
            if decisions && figures(&decided) != figures(&stored) {
                continue;
            }
            let Some(closing) = by_itself(&later, LateChanges { checks: true, decisions }) else { continue };
            prop_assert!(worth(&closing.inputs) >= worth(&later.stored));
            prop_assert_ne!(figures(&closing.inputs), figures(&later.stored));
            // Present decisions that change nothing by themselves still bear on a late check.
            if figures(&decided) == figures(&stored) {
                prop_assert_eq!(&closing.inputs.voids, &later.present.voids);
            }
        }
    }

    #[test]
    fn what_was_taken_in_is_not_taken_in_again(later in any_later()) {
        let Some(closing) = by_itself(&later, later.late) else { return Ok(()) };
        let again = LaterWorld { stored: closing.inputs, ..later };
        prop_assert!(by_itself(&again, again.late).is_none());
    }
}
