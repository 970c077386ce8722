//! The notices of a close and of a restatement.

use events::notice::{Result as Figures, Subject};
use events::{Happening, NoticeRecord};
use sla::availability::Verdict;
use sla::closing::{Closing, Turn};
use sla::ledger::EntryState;
use sla::performance::Miss;
use sla::{Instant, Statement};

/// Tells what a close came to; its instant is the statement's own, but for what opens a window to claim.
pub fn closed(closing: &Closing, now: Instant) -> Vec<NoticeRecord> {
    let Closing { inputs, statement, .. } = closing;
    let mut notices = common(closing, statement.as_of);
    notices.extend(performance(closing, now));
    let result = Figures::from(statement);
    let service = Subject::of(&inputs.service, statement.month);
    notices.push(about(closing, statement.as_of, Happening::StatementClosed { service, result }));
    notices
}

/// Tells what a restatement came to, beside what was stated before.
pub fn restated(closing: &Closing, previous: &Statement, now: Instant) -> Vec<NoticeRecord> {
    let Closing { inputs, statement, .. } = closing;
    let mut notices = common(closing, now);
    notices.extend(performance(closing, now));
    let (result, previous) = (Figures::from(statement), Figures::from(previous));
    let service = Subject::of(&inputs.service, statement.month);
    notices.push(about(closing, now, Happening::StatementRestated { service, result, previous }));
    notices
}

fn about(closing: &Closing, at: Instant, happening: Happening) -> NoticeRecord {
    let Statement { month, revision, .. } = closing.statement;
    NoticeRecord::about(
        &closing.inputs.service,
        Some(month),
        at,
        happening,
        format_args!("{month}|{revision}"),
    )
}

/// Tells each metric that missed its limit, and did not before; the window to claim counts from this very
/// day.
///
/// The revision in the identity tells a metric that was missed, met after an exclusion and then missed again.
fn performance(closing: &Closing, now: Instant) -> Vec<NoticeRecord> {
    let Closing { inputs, statement: Statement { month, .. }, missed, .. } = closing;
    let notice = |miss: &Miss| {
        let service = Subject::of(&inputs.service, *month);
        let identity = format!("{month}|{}|{}", miss.figures.metric.as_str(), miss.revision);
        let happening = Happening::PerformanceMissed { service, miss: miss.clone() };
        NoticeRecord::about(&inputs.service, Some(*month), now, happening, identity)
    };
    missed.iter().map(notice).collect()
}

/// Tells what goes with any statement: a verdict that turned, one that a person must find, and the credits.
fn common(closing: &Closing, at: Instant) -> Vec<NoticeRecord> {
    let Closing { inputs, statement, entries, turn, .. } = closing;
    let (customer, month) = (&inputs.service, statement.month);
    let service = Subject::of(customer, month);
    let mut notices = Vec::new();
    if let Some(turn) = turn.clone() {
        let (happening, episode) = match turn {
            Turn::Breached(breach) => {
                let episode = breach.episode;
                (Happening::Breached { service: service.clone(), breach }, episode)
            }
            Turn::Withdrawn(breach) => {
                let episode = breach.episode;
                (Happening::BreachWithdrawn { service: service.clone(), breach }, episode)
            }
        };
        let identity = format_args!("{month}|{episode}").to_string();
        notices.push(NoticeRecord::about(customer, Some(month), at, happening, identity));
    }
    if statement.verdict == Verdict::Indeterminate {
        let result = Figures::from(statement);
        notices.push(about(
            closing,
            at,
            Happening::StatementIndeterminate { service: service.clone(), result },
        ));
    }
    for entry in entries {
        let (service, entry, id) = (service.clone(), Box::new(entry.clone()), entry.credit_id.clone());
        let happening = match entry.state {
            EntryState::Approved => Happening::CreditApproved { service, entry },
            EntryState::Reversal => Happening::CreditReversed { service, entry },
            EntryState::Lapsed => Happening::CreditLapsed { service, entry },
        };
        notices.push(NoticeRecord::about(customer, Some(month), at, happening, id));
    }
    notices
}
