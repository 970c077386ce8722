//! The oracle: notices and statements must equal those of a fresh computation from everything known now. It
//! follows the rules and knows nothing of how the system remembers.

use std::collections::{BTreeMap, BTreeSet};

use sla::availability::Verdict;
use sla::{Instant, Month, Service, Statement};

use super::belief::{AvailabilityNotice, Belief};
use super::model::{Evidence, Judgement, Run, Tally, View};

/// Percentages of the allowed downtime at which a customer is warned.
const WARNINGS_PCT: [i64; 3] = [50, 75, 90];

/// A closed month's newest revision, by the rules.
#[derive(Clone, Debug)]
pub struct ClosedMonth {
    /// The evidence behind it.
    evidence: Evidence,
    /// The finding of a review, if any.
    review: Option<ReviewFinding>,
}

/// A review's finding: the verdict, and the seconds of downtime.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct ReviewFinding {
    down_s: i64,
    judgement: Judgement,
}

/// The content of a revision, from which its worth to the customer follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Worth {
    tally: Tally,
    found: Option<ReviewFinding>,
}

impl Worth {
    fn judgement(self, commitment_ppm: i64) -> Judgement {
        self.found.map_or_else(|| self.tally.judged(commitment_ppm), |found| found.judgement)
    }

    /// Returns the least and the most downtime that it allows for.
    fn bounds(self) -> (i64, i64) {
        let Tally { down, unknown, .. } = self.tally;
        self.found.map_or((down, down + unknown), |found| (found.down_s, found.down_s))
    }

    /// True if this is better for the customer in some respect, and worse in none.
    fn beats(self, other: Self, commitment_ppm: i64) -> bool {
        self != other && self.is_no_worse(other, commitment_ppm) && !other.is_no_worse(self, commitment_ppm)
    }

    fn is_no_worse(self, other: Self, commitment_ppm: i64) -> bool {
        let ((least, most), (least_before, most_before)) = (self.bounds(), other.bounds());
        // Excluded time changes the weight of a second of downtime: the larger share of agreed time is the
        // better.
        let agreed = (i128::from(self.tally.agreed().max(1)), i128::from(other.tally.agreed().max(1)));
        let share = |mine: i64, theirs: i64| i128::from(mine) * agreed.1 >= i128::from(theirs) * agreed.0;
        self.judgement(commitment_ppm) >= other.judgement(commitment_ppm)
            && share(least, least_before)
            && share(most, most_before)
    }
}

/// The notices and statements of one service so far, to be compared with the evidence.
#[derive(Clone, Debug, Default)]
pub struct Oracle {
    belief: Belief,
    /// Closed months.
    stated: BTreeMap<Month, ClosedMonth>,
    /// Closed months that late checks may have changed since the last daily run.
    late: BTreeSet<Month>,
    /// Warnings already reached when every notice had last been sent.
    used: BTreeSet<(Month, i64)>,
    /// Warnings and breaches announced since then.
    said: Vec<AvailabilityNotice>,
}

/// The verdict of a part of the oracle: none, or an objection.
pub type Objection = Result<(), String>;

impl Oracle {
    /// True if a month is closed.
    pub fn is_closed(&self, month: Month) -> bool {
        self.stated.contains_key(&month)
    }

    /// Objects to a notice of one invocation that is untrue by the evidence after it.
    pub fn hear(
        &mut self,
        notices: &[serde_json::Value],
        view: &View<'_>,
        newest: &[Statement],
    ) -> Objection {
        let new = self.belief.hear(notices);
        self.said.extend(new.iter().cloned());
        let runs = view.runs();
        for said in &new {
            let is_true = match *said {
                AvailabilityNotice::Opened { started_at, opening } => {
                    self.is_open(&runs, started_at, opening, view)
                }
                AvailabilityNotice::Closed { started_at, ended_at, .. } => {
                    self.is_over(&runs, started_at, ended_at, view)
                }
                AvailabilityNotice::AtRisk { month, threshold_pct } => view.has_used(month, threshold_pct),
                AvailabilityNotice::Breached { month, .. } => self.is_breached(month, view, newest),
                AvailabilityNotice::Withdrawn { month, .. } => !self.is_breached(month, view, newest),
            };
            if !is_true {
                return Err(format!("(c) false when it was said: {}", shown(said)));
            }
            if let AvailabilityNotice::Closed { started_at, ended_at, down_s, excluded_s } = *said
                && let Some(run) = runs.iter().find(|run| (run.start, run.end) == (started_at, ended_at))
                && !self.is_disputed(*run, view)
            {
                let excluded = view.excluded_s(run.start, run.end);
                let down = run.end - run.start - excluded;
                if (down, excluded) != (down_s, excluded_s) {
                    let figures = format!("{down} s down, {excluded} s excluded");
                    return Err(format!("(c) {} is said, but it was {figures}", shown(said)));
                }
            }
        }
        Ok(())
    }

    /// True if an opening is justified: the service was down then, or, for a repeated one, is down now.
    fn is_open(&self, runs: &[Run], started_at: i64, opening: u64, view: &View<'_>) -> bool {
        let zone = view.service.time_zone;
        let begins_month = |at: i64| {
            let at = Instant::from_epoch_s(at);
            Month::of(at, zone).start(zone) == at
        };
        let starts = |run: &Run| {
            run.start == started_at
                || (run.start < started_at && started_at < run.end && begins_month(started_at))
        };
        runs.iter().any(starts) || (opening > 1 && runs.iter().any(|run| run.ongoing))
    }

    /// True if an end is justified: the service was down up to it and not from it on, or was never down at
    /// all.
    fn is_over(&self, runs: &[Run], started_at: i64, ended_at: i64, view: &View<'_>) -> bool {
        let is_down = |at: i64| runs.iter().any(|run| run.start <= at && at < run.end);
        let begins_open = |at: i64| self.open_start(view) == at;
        match started_at == ended_at {
            true => !is_down(started_at) || runs.iter().all(|run| run.start != started_at),
            false => {
                runs.iter().any(|run| run.end == ended_at && !run.ongoing)
                    || (begins_open(ended_at) && !is_down(ended_at))
            }
        }
    }

    /// True if an outage reaches into a closed month with late checks that await a person's decision.
    fn is_disputed(&self, run: Run, view: &View<'_>) -> bool {
        let zone = view.service.time_zone;
        let touched = |month: &Month| {
            let bounds = month.bounds(zone);
            bounds.start.epoch_s() < run.end && run.start < bounds.end.epoch_s()
        };
        let mut closed = self.stated.iter().filter(|(month, _)| touched(month));
        closed.any(|(month, stated)| tally_of(&stated.evidence, view, *month) != view.tally(*month))
    }

    fn is_breached(&self, month: Month, view: &View<'_>, newest: &[Statement]) -> bool {
        match newest.iter().find(|statement| statement.month == month) {
            Some(statement) => statement.verdict == Verdict::Breached,
            None => !self.is_closed(month) && view.is_broken(month),
        }
    }

    /// Returns the first instant of the first open month.
    fn open_start(&self, view: &View<'_>) -> i64 {
        let zone = view.service.time_zone;
        let first = Month::of(view.service.activated_at, zone);
        let months = std::iter::successors(Some(first), |month| Some(month.next()));
        let open = months.take(self.stated.len() + 1).find(|month| !self.is_closed(*month));
        open.map_or(i64::MAX, |month| month.start(zone).epoch_s())
    }

    /// Objects if the customer's belief differs from a fresh computation, once everything due has happened.
    pub fn compare(&mut self, view: &View<'_>, newest: &[Statement]) -> Objection {
        self.compare_outages(view)?;
        self.compare_breaches(view, newest)?;
        self.compare_warnings(view)
    }

    fn compare_outages(&self, view: &View<'_>) -> Objection {
        let (open_start, runs) = (self.open_start(view), view.runs());
        let is_end = |run: &Run, ended_at: Option<i64>| match ended_at {
            None => run.ongoing,
            Some(ended_at) => ended_at == run.end && !run.ongoing,
        };
        for run in runs.iter().filter(|run| run.end > open_start) {
            let mut touching = self.belief.outages.iter().filter(|(start, ended_at)| {
                **start < run.end && ended_at.is_none_or(|ended_at| ended_at > run.start)
            });
            if !touching.any(|(_, ended_at)| is_end(run, *ended_at)) {
                let said = believed(&self.belief.outages);
                return Err(format!("(a) {} is not said; believed are {said}", shown_run(run)));
            }
        }
        for (start, ended_at) in &self.belief.outages {
            let end = ended_at.unwrap_or(i64::MAX);
            let lasts = end > *start && end > open_start;
            let mut runs = runs.iter().filter(|run| run.start < end && run.end > *start);
            let is_true = match ended_at {
                None => runs.any(|run| run.ongoing),
                Some(_) => runs.next().is_some(),
            };
            if lasts && !is_true {
                let end = ended_at.map_or_else(|| "open".to_owned(), shown_at);
                return Err(format!("(a) an outage is believed that is none: {} to {end}", shown_at(*start)));
            }
        }
        Ok(())
    }

    fn compare_breaches(&self, view: &View<'_>, newest: &[Statement]) -> Objection {
        let mut months: BTreeSet<Month> = self.belief.months().collect();
        months.extend(lived(view.service, view.now));
        for month in months {
            let (is, believed) = (self.is_breached(month, view, newest), self.belief.is_breached(month));
            if is != believed {
                return Err(format!(
                    "(a) {month}: breached is {is}, but the customer was last told {believed}"
                ));
            }
        }
        Ok(())
    }

    fn compare_warnings(&mut self, view: &View<'_>) -> Objection {
        let months = lived(view.service, view.now).into_iter().filter(|month| !self.is_closed(*month));
        let all = months.flat_map(|month| WARNINGS_PCT.map(|percent| (month, percent)));
        let used: BTreeSet<(Month, i64)> =
            all.filter(|(month, percent)| view.has_used(*month, *percent)).collect();
        let said = std::mem::take(&mut self.said);
        let before = std::mem::replace(&mut self.used, used);
        let warned = |month: Month, percent: i64| {
            said.contains(&AvailabilityNotice::AtRisk { month, threshold_pct: percent })
                || said.iter().any(
                    |said| matches!(said, AvailabilityNotice::Breached { month: of, .. } if *of == month),
                )
        };
        let unsaid = self.used.difference(&before).find(|(month, percent)| !warned(*month, *percent));
        if let Some((month, percent)) = unsaid.filter(|(month, _)| !self.belief.is_breached(*month)) {
            return Err(format!(
                "(a) {month}: {percent} % of the budget was reached anew, and nobody is warned"
            ));
        }
        let again = |(month, percent): &&(Month, i64)| {
            said.contains(&AvailabilityNotice::AtRisk { month: *month, threshold_pct: *percent })
                && !self.belief.months().any(|told| told == *month)
        };
        match self.used.intersection(&before).find(again) {
            Some((month, percent)) => Err(format!("(a) {month}: {percent} % is warned of twice")),
            None => Ok(()),
        }
    }

    /// Records that a month was closed now.
    pub fn closed(&mut self, month: Month, view: &View<'_>) {
        self.stated.insert(month, ClosedMonth { evidence: view.evidence.clone(), review: None });
    }

    /// Records that a person reviewed the newest statement of a month.
    pub fn reviewed(&mut self, month: Month, breached: bool, down_s: i64) {
        let judgement = if breached { Judgement::Broken } else { Judgement::Kept };
        if let Some(stated) = self.stated.get_mut(&month) {
            stated.review = Some(ReviewFinding { down_s, judgement });
        }
    }

    /// Records that checks arrived: the next daily run looks at the closed months that they change.
    pub fn recorded(&mut self, before: &Evidence, view: &View<'_>) {
        let changed = |month: &&Month| tally_of(before, view, **month) != view.tally(**month);
        self.late.extend(self.stated.keys().filter(changed));
    }

    /// Records that a person ordered a month restated, from all evidence.
    pub fn ordered(&mut self, month: Month, view: &View<'_>) {
        let Some(stated) = self.stated.get_mut(&month) else { return };
        let before = tally_of(&stated.evidence, view, month);
        stated.evidence = view.evidence.clone();
        stated.review = stated.review.filter(|_| before == view.tally(month));
    }

    /// Takes over the daily run's statements of closed months, and objects to any that the rules do not
    /// allow.
    pub fn daily(&mut self, view: &View<'_>, newest: &[Statement]) -> Objection {
        for (month, stated) in &mut self.stated {
            let options = options(stated, view, *month, self.late.contains(month));
            let Some(statement) = newest.iter().find(|statement| statement.month == *month) else { continue };
            let fits = |option: &ClosedMonth| says(option, view, *month, statement);
            match options.iter().find(|option| fits(option)) {
                Some(option) => *stated = option.clone(),
                None => {
                    let expected: Vec<String> =
                        options.iter().map(|option| shown_worth(worth_of(option, view, *month))).collect();
                    return Err(format!(
                        "(b) {month}: revision {} says {}, but everything known comes to {}",
                        statement.revision,
                        shown_statement(statement),
                        expected.join(" or ")
                    ));
                }
            }
        }
        self.late.clear();
        Ok(())
    }

    /// Objects if a closed month has no statement, an open one has one, or a statement has wrong content.
    pub fn compare_statements(&self, view: &View<'_>, newest: &[Statement]) -> Objection {
        for (month, stated) in &self.stated {
            let statement = newest.iter().find(|statement| statement.month == *month);
            let expected = worth_of(stated, view, *month);
            let says = match (statement, expected) {
                (None, None) => true,
                (Some(statement), _) => says(stated, view, *month, statement),
                (None, Some(_)) => false,
            };
            if !says {
                let said = statement.map_or_else(|| "nothing".to_owned(), shown_statement);
                let expected = shown_worth(expected);
                return Err(format!("(b) {month}: the statement says {said}, but it was {expected}"));
            }
        }
        let early = newest.iter().find(|statement| !self.is_closed(statement.month));
        early.map_or(Ok(()), |statement| Err(format!("(b) {} has a statement, but is open", statement.month)))
    }

    /// Objects if a month that was restated by order in a fork does not follow from all evidence.
    pub fn compare_restated(&self, month: Month, view: &View<'_>, statement: &Statement) -> Objection {
        let all = ClosedMonth { evidence: view.evidence.clone(), review: None };
        let before = self.stated.get(&month).and_then(|stated| tally_of(&stated.evidence, view, month));
        let kept = self.stated.get(&month).filter(|_| before == view.tally(month));
        let expected = ClosedMonth { review: kept.and_then(|stated| stated.review), ..all };
        match says(&expected, view, month, statement) {
            true => Ok(()),
            false => Err(format!(
                "(b) {month}: restated by order it says {}, but everything known comes to {}",
                shown_statement(statement),
                shown_worth(worth_of(&expected, view, month))
            )),
        }
    }

    /// Returns the closed months.
    pub fn months(&self) -> impl Iterator<Item = Month> + '_ {
        self.stated.keys().copied()
    }
}

/// Returns the revisions that a daily run may leave a closed month with. Decisions always count, late checks
/// only in the customer's favour; a result that is better in one respect and worse in another may be taken or
/// left.
fn options(stated: &ClosedMonth, view: &View<'_>, month: Month, is_late: bool) -> Vec<ClosedMonth> {
    let Evidence { windows, voids, .. } = view.evidence.clone();
    let checks = stated.evidence.checks.clone();
    let decided = ClosedMonth { evidence: Evidence { checks, windows, voids }, review: None };
    let all = ClosedMonth { evidence: view.evidence.clone(), review: None };
    let commitment_ppm = view.commitment_ppm(month);
    let (before, after) = (tally_of(&stated.evidence, view, month), tally_of(&decided.evidence, view, month));
    let standing = ClosedMonth { review: stated.review.filter(|_| before == after), ..decided };
    let (Some(worth), Some(with_all)) = (worth_of(&standing, view, month), worth_of(&all, view, month))
    else {
        return vec![standing];
    };
    // A review yields only to a result that is better than its finding and than the statement that it
    // reviewed.
    let before = [worth, Worth { found: None, ..worth }];
    if before.iter().any(|before| before.is_no_worse(with_all, commitment_ppm)) {
        return vec![standing];
    }
    if is_late && before.iter().all(|before| with_all.beats(*before, commitment_ppm)) {
        return vec![all];
    }
    vec![standing, all]
}

fn tally_of(evidence: &Evidence, view: &View<'_>, month: Month) -> Option<Tally> {
    view.tally_by(evidence, month)
}

fn worth_of(stated: &ClosedMonth, view: &View<'_>, month: Month) -> Option<Worth> {
    tally_of(&stated.evidence, view, month).map(|tally| Worth { tally, found: stated.review })
}

/// True if a statement has the content that it should.
fn says(stated: &ClosedMonth, view: &View<'_>, month: Month, statement: &Statement) -> bool {
    worth_of(stated, view, month).is_some_and(|worth| {
        let verdict = match statement.verdict {
            Verdict::Met | Verdict::NotApplicable => Judgement::Kept,
            Verdict::Indeterminate => Judgement::Open,
            Verdict::Breached => Judgement::Broken,
        };
        tally(statement) == worth.tally
            && verdict == worth.judgement(view.commitment_ppm(month))
            && statement.review.as_ref().map(|review| review.down_s) == worth.found.map(|found| found.down_s)
    })
}

fn tally(statement: &Statement) -> Tally {
    let seconds = statement.seconds;
    Tally { up: seconds.up, down: seconds.down, unknown: seconds.unknown, excluded: seconds.excluded }
}

/// Returns the months from a service's activation to the present one.
pub fn lived(service: &Service, now: i64) -> Vec<Month> {
    let first = Month::of(service.activated_at, service.time_zone);
    let present = Month::of(Instant::from_epoch_s(now), service.time_zone);
    std::iter::successors(Some(first), |month| Some(month.next()))
        .take_while(|month| *month <= present)
        .collect()
}

fn shown_at(at: i64) -> String {
    Instant::from_epoch_s(at).to_string()
}

fn shown_run(run: &Run) -> String {
    let end = if run.ongoing { "now".to_owned() } else { shown_at(run.end) };
    format!("an outage from {} to {end}", shown_at(run.start))
}

fn believed(outages: &BTreeMap<i64, Option<i64>>) -> String {
    let one = |(start, end): (&i64, &Option<i64>)| {
        format!("{} to {}", shown_at(*start), end.map_or_else(|| "open".to_owned(), shown_at))
    };
    format!("[{}]", outages.iter().map(one).collect::<Vec<_>>().join(", "))
}

fn shown(said: &AvailabilityNotice) -> String {
    match said {
        AvailabilityNotice::Opened { started_at, opening } => {
            format!("opened {} (opening {opening})", shown_at(*started_at))
        }
        AvailabilityNotice::Closed { started_at, ended_at, down_s, excluded_s } => format!(
            "closed {} to {}: {down_s} s down, {excluded_s} s excluded",
            shown_at(*started_at),
            shown_at(*ended_at)
        ),
        AvailabilityNotice::AtRisk { month, threshold_pct } => format!("at risk {month} {threshold_pct} %"),
        AvailabilityNotice::Breached { month, episode } => format!("breached {month} ({episode})"),
        AvailabilityNotice::Withdrawn { month, episode } => format!("withdrawn {month} ({episode})"),
    }
}

fn shown_statement(statement: &Statement) -> String {
    let review = statement
        .review
        .as_ref()
        .map_or_else(String::new, |review| format!(", reviewed: {} s", review.down_s));
    format!("{:?} {}{review}", statement.verdict, shown_tally(tally(statement)))
}

fn shown_worth(worth: Option<Worth>) -> String {
    worth.map_or_else(
        || "no slot".to_owned(),
        |worth| {
            let review =
                worth.found.map_or_else(String::new, |found| format!(", reviewed: {} s", found.down_s));
            format!("{}{review}", shown_tally(worth.tally))
        },
    )
}

fn shown_tally(tally: Tally) -> String {
    let Tally { up, down, unknown, excluded } = tally;
    format!("{up} s up, {down} s down, {unknown} s unknown, {excluded} s excluded")
}
