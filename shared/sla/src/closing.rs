//! Closing a month, restating it when something arrives afterwards, and reviewing it (rules, 3 to 6).

use crate::account::Account;
use crate::assessment::{Breach, ClosedPart};
use crate::availability::Verdict;
use crate::claim::{ClaimWindow, window_closes_at};
use crate::consequence::{Closing, Consequences, KnownMonth, Turn};
use crate::credit::Credit;
use crate::performance::Miss;
use crate::review::Review;
use crate::statement::StatementError;
use crate::{Allowance, Inputs, Instant, Metric, Statement, Status};

/// The kinds of change that touched a month after its close.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LateChanges {
    /// True if checks arrived. They count only in the customer's favour.
    pub checks: bool,
    /// True if people decided or withdrew exclusions or voids. These count either way.
    pub decisions: bool,
}

impl LateChanges {
    /// Builds the kinds of some changes, each true if it is of checks; `None` without a change.
    pub fn of(changes: impl Iterator<Item = bool>) -> Option<Self> {
        let of_checks: Vec<bool> = changes.collect();
        let (checks, decisions) = (of_checks.contains(&true), of_checks.contains(&false));
        (checks || decisions).then_some(Self { checks, decisions })
    }
}

/// Closes a month with its first statement; `None` for a service-month without a slot.
pub(crate) fn close(known: &KnownMonth<'_>, inputs: &Inputs) -> Result<Option<Consequences>, StatementError> {
    state(known, Inputs { revision: 1, ..inputs.clone() }, None)
}

/// Restates a closed month from its stored inputs and the present ones; `None` if nothing changes.
///
/// Inputs are compared by their statements, so that a change without effect on any figure removes no review.
/// The statuses and the measurements of late checks are accepted independently: no availability figure
/// depends on a measurement, and no performance figure on a status.
pub(crate) fn restate(
    known: &KnownMonth<'_>,
    stored: &Inputs,
    present: &Inputs,
    late: LateChanges,
) -> Result<Option<Consequences>, StatementError> {
    let Some(before) = stored.statement()? else { return Ok(None) };
    // A review belongs to the revision that it made.
    let unreviewed = Inputs { review: None, ..stored.clone() };
    let decided =
        Inputs { windows: present.windows.clone(), voids: present.voids.clone(), ..unreviewed.clone() };
    let decisions_change = come_to_another(&decided, &unreviewed)?;
    // Decisions that change nothing by themselves may still change the effect of a late check.
    let mut inputs = if late.decisions || !decisions_change { decided } else { unreviewed };
    let mut changes = late.decisions && decisions_change;
    if late.checks {
        let with_checks = Inputs { probes: present.probes.clone(), ..inputs.clone() };
        // A review is lost only to a better result for the customer, unless people's decisions have removed
        // it already.
        let reviewed = (!changes).then(|| customers_favour(&before));
        let with = favour(&with_checks)?;
        if with > favour(&inputs)? && with > reviewed {
            inputs.probes = with_checks.probes;
            changes = true;
        }
        let with_measured = Inputs { measurements: present.measurements.clone(), ..inputs.clone() };
        let reviewed = (!changes).then(|| customers_favour(&before));
        if only_misses_more(&with_measured, &inputs)? && favour(&with_measured)? >= reviewed {
            inputs.measurements = with_measured.measurements;
            changes = true;
        }
    }
    if !changes {
        return Ok(None);
    }
    restated(known, inputs, &before)
}

/// Restates a closed month on a person's order, with all present facts, in either party's favour; `None` if
/// nothing changes.
pub(crate) fn restate_by_order(
    known: &KnownMonth<'_>,
    stored: &Inputs,
    present: &Inputs,
) -> Result<Option<Consequences>, StatementError> {
    let Some(before) = stored.statement()? else { return Ok(None) };
    // Service, terms and edition stay: a later promise or fee does not apply to a closed month.
    let inputs = Inputs {
        service: stored.service.clone(),
        terms: stored.terms.clone(),
        rules: stored.rules,
        revision: stored.revision,
        as_of: stored.as_of,
        review: None,
        ..present.clone()
    };
    if !come_to_another(&inputs, &Inputs { review: None, ..stored.clone() })? {
        return Ok(None);
    }
    restated(known, inputs, &before)
}

/// Builds the reviewed revision of a closed month.
pub(crate) fn review(
    known: &KnownMonth<'_>,
    stored: &Inputs,
    review: &Review,
) -> Result<Option<Consequences>, StatementError> {
    let Some(before) = stored.statement()? else { return Ok(None) };
    restated(known, Inputs { review: Some(review.clone()), ..stored.clone() }, &before)
}

/// Builds the next revision of a closed month.
fn restated(
    known: &KnownMonth<'_>,
    inputs: Inputs,
    before: &Statement,
) -> Result<Option<Consequences>, StatementError> {
    state(known, Inputs { revision: before.revision + 1, ..inputs }, Some(before))
}

/// Rank in the order of [`customers_favour`].
type Favour = (u8, u64, u64, i64, i64);

/// Ranks statements by their value to the customer: verdict, certain amount, possible amount, downtime, and
/// the unknown time that a person might still find down. A review has settled that unknown time.
fn customers_favour(statement: &Statement) -> Favour {
    let verdict = match statement.verdict {
        Verdict::Met | Verdict::NotApplicable => 0,
        Verdict::Indeterminate => 1,
        Verdict::Breached => 2,
    };
    let (credit, found) = (&statement.credit, statement.review.as_ref());
    let seconds = found.map_or(statement.seconds, |review| statement.seconds.reviewed(review.down_s));
    (verdict, credit.amount.minor, credit.amount_max.minor, seconds.down, seconds.unknown)
}

/// Returns the rank of the statement that follows from the inputs.
fn favour(inputs: &Inputs) -> Result<Option<Favour>, StatementError> {
    Ok(inputs.statement()?.as_ref().map(customers_favour))
}

/// True if new measurements are in the customer's favour: at least one more metric misses its limit, and none
/// that missed it now keeps it. A miss opens the right to a claim, which only a person closes.
fn only_misses_more(present: &Inputs, stored: &Inputs) -> Result<bool, StatementError> {
    if present.measurements == stored.measurements {
        return Ok(false);
    }
    let misses = |inputs: &Inputs| {
        let statement = inputs.statement()?;
        Ok::<_, StatementError>(
            Metric::ALL.map(|metric| statement.as_ref().is_some_and(|s| s.misses(metric))),
        )
    };
    let (now, before) = (misses(present)?, misses(stored)?);
    Ok(now != before && now.iter().zip(before).all(|(now, before)| *now >= before))
}

/// True if two inputs give different statements, apart from the revision. A window that excludes no second
/// makes no difference.
fn come_to_another(inputs: &Inputs, others: &Inputs) -> Result<bool, StatementError> {
    if inputs == others {
        return Ok(false);
    }
    let figures = |inputs: &Inputs| {
        let statement = inputs.statement()?;
        Ok::<_, StatementError>(statement.map(|mut statement| {
            statement.excluded.retain(|excluded| excluded.excluded_s > 0);
            Statement { revision: 0, digest: String::new(), ..statement }
        }))
    };
    Ok(figures(inputs)? != figures(others)?)
}

fn state(
    known: &KnownMonth<'_>,
    inputs: Inputs,
    before: Option<&Statement>,
) -> Result<Option<Consequences>, StatementError> {
    let now = known.now;
    let Some(statement) = inputs.statement()? else { return Ok(None) };
    let (mut announcements, month) = (known.announcements.clone(), statement.month);
    if !inputs.service.is_counted_in(month) {
        let settlement = known.settle((&inputs, &statement), known.books, &mut announcements)?;
        let closing = Some(Closing { inputs, statement, turn: None, missed: Vec::new() });
        return Ok(Some(Consequences { closing, settlement, announcements }));
    }
    let breached = statement.verdict == Verdict::Breached;
    let turned = breached != announcements.breached(month);
    let episode = announcements.breach(month, breached, now);
    let missed = newly_missed(&inputs, &statement, before, now);
    if !missed.is_empty() {
        announcements.missed(month, now);
    }
    let settlement = known.settle((&inputs, &statement), known.books, &mut announcements)?;
    let turn = match (turned, breached) {
        (false, _) => None,
        (true, true) => Some(Turn::Breached(announcement(known, &inputs, &statement, episode)?)),
        (true, false) => Some(Turn::Withdrawn(announcement(known, &inputs, &statement, episode)?)),
    };
    if announcements.lasts_beyond(month, &inputs.service) {
        announcements.set_closed_part(month, last_part(&inputs, &statement)?);
    }
    announcements.close(month, &inputs.service);
    let closing = Some(Closing { inputs, statement, turn, missed });
    Ok(Some(Consequences { closing, settlement, announcements }))
}

/// Returns the month's part of an outage that continues beyond its end; empty if its last slot is not down.
fn last_part(inputs: &Inputs, statement: &Statement) -> Result<ClosedPart, StatementError> {
    let Inputs { service, probes, windows, voids, .. } = inputs;
    let account = Account::of(service, probes, windows, voids, statement.period)?;
    let last = account.combined.last().filter(|last| last.status == Status::Down);
    Ok(last.map_or_else(ClosedPart::default, |last| ClosedPart::of(last.span, &account.union)))
}

/// Returns the metrics that this statement misses and the one before it did not. Their claim window counts
/// from now, the day on which the customer is told.
fn newly_missed(
    inputs: &Inputs,
    statement: &Statement,
    before: Option<&Statement>,
    now: Instant,
) -> Vec<Miss> {
    let days = inputs.terms.claims.window_days;
    let claim_until = window_closes_at(now, days, statement.time_zone);
    let new = statement.missed().filter(|missed| !before.is_some_and(|before| before.misses(missed.metric)));
    let miss = |figures| Miss { figures, revision: statement.revision, claim_until };
    new.cloned().map(miss).collect()
}

/// Builds the announcement of a breach. Its claim window counts from now, when the customer is told.
fn announcement(
    known: &KnownMonth<'_>,
    inputs: &Inputs,
    statement: &Statement,
    episode: u32,
) -> Result<Breach, StatementError> {
    let KnownMonth { books, now, .. } = *known;
    let commitment_ppm = inputs.terms.promise(statement.plan).commitment_ppm;
    let outages = inputs.outages_end()?.or_after(books.outage_after);
    let window = ClaimWindow::of(Some(now), outages, inputs.terms.claims.window_days, statement.time_zone);
    Ok(Breach {
        month: statement.month,
        episode,
        occurred_at: now,
        down_s: statement.counted_down_s(),
        allowed_s: Allowance { commitment_ppm, agreed_s: statement.seconds.agreed() }.allowed_s(),
        best_pct: statement.best_pct.clone(),
        commitment_pct: statement.commitment_pct.clone(),
        credit: statement.credit.amount,
        credit_max: Credit::most(&inputs.terms.credits, inputs.service.in_month(statement.month).1),
        claims: inputs.terms.claims.clone(),
        claim_until: window.until().filter(|_| statement.verdict == Verdict::Breached),
    })
}
