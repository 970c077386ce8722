//! The notices of a close, of a restatement, and of the claims and credits that follow.

mod facts;

use sla::availability::Verdict;
use sla::cause::{Cause, Order};
use sla::claim::Claim;
use sla::consequence::{Closing, Consequences, KnownMonth, Turn};
use sla::ledger::EntryState;
use sla::performance::Miss;
use sla::settlement::{Settlement, WindowClosing};
use sla::{Instant, Service, Statement};

use crate::notice::{StatementFigures, Subject};
use crate::{Happening, NoticeRecord};

pub use facts::notice_of;

/// Builds the notices of what follows from a cause, in the order in which they are published.
pub(crate) fn notices(
    known: &KnownMonth<'_>,
    cause: Cause<'_>,
    Consequences { closing, settlement, .. }: &Consequences,
) -> Vec<NoticeRecord> {
    let (facts, order) = match cause {
        Cause::Close { assessment, .. } => (&assessment.facts[..], None),
        Cause::Order { order, .. } => (&[][..], Some(order.clone())),
        Cause::Review(review) => {
            (&[][..], Some(Order { by: review.by.clone(), reason: review.reason.clone() }))
        }
        Cause::Restate { .. } | Cause::Claim { .. } | Cause::ClaimAgain(_) | Cause::Lapse => (&[][..], None),
    };
    let mut notices: Vec<NoticeRecord> = facts.iter().map(|fact| notice_of(known.service, fact)).collect();
    match closing {
        Some(closing) if closing.is_for_reading() => {}
        Some(closing) => notices.extend(stated(known, closing, settlement, order)),
        None => notices.extend(settled(known.service, known, settlement, known.now)),
    }
    notices
}

/// Builds the notices of a new revision. Those of a close are dated by the statement, except those that open
/// a claim window.
fn stated(
    known: &KnownMonth<'_>,
    closing: &Closing,
    settlement: &Settlement,
    order: Option<Order>,
) -> Vec<NoticeRecord> {
    let statement = &closing.statement;
    // The inputs hold no name.
    let service = Subject::of(known.service, statement.month);
    let (at, happening) = match known.stated {
        None => {
            let result = StatementFigures::from(statement);
            (statement.as_of, Happening::StatementClosed { service, result })
        }
        Some((_, previous)) => {
            let figures = |statement: &Statement| Box::new(StatementFigures::from(statement));
            let (result, previous) = (figures(statement), figures(previous));
            let (by, reason) = order.map(|order| (order.by, order.reason)).unzip();
            (known.now, Happening::StatementRestated { service, result, previous, by, reason })
        }
    };
    let mut notices = Vec::new();
    if let Some(turn) = &closing.turn {
        notices.push(turned(known.service, turn, at));
    }
    if statement.verdict == Verdict::Indeterminate {
        let (service, result) =
            (Subject::of(known.service, statement.month), StatementFigures::from(statement));
        notices.push(about(closing, at, Happening::StatementIndeterminate { service, result }));
    }
    notices.extend(settled(known.service, known, settlement, at));
    notices.extend(performance(known, closing));
    notices.push(about(closing, at, happening));
    notices
}

/// Builds the notice of a month that is breached after all, or no longer certainly so.
fn turned(service: &Service, turn: &Turn, at: Instant) -> NoticeRecord {
    let (Turn::Breached(breach) | Turn::Withdrawn(breach)) = turn;
    let (month, episode, breach) = (breach.month, breach.episode, breach.clone());
    let subject = Subject::of(service, month);
    let happening = match turn {
        Turn::Breached(_) => Happening::Breached { service: subject, breach },
        Turn::Withdrawn(_) => Happening::BreachWithdrawn { service: subject, breach },
    };
    NoticeRecord::about(service, Some(month), at, happening, format_args!("{month}|{episode}"))
}

/// Builds the notices of a settlement: received and decided claims, credits, and closing windows.
fn settled(
    service: &Service,
    known: &KnownMonth<'_>,
    settlement: &Settlement,
    at: Instant,
) -> Vec<NoticeRecord> {
    let subject = Subject::of(service, known.month);
    let mut notices = Vec::new();
    for claim in &settlement.claims {
        let earlier = known.books.claims.iter().find(|other| other.claim_id == claim.claim_id);
        notices.extend(claim_notices(Some(&subject), claim, earlier));
    }
    for entry in &settlement.entries {
        let (service_ref, entry, id) = (subject.clone(), Box::new(entry.clone()), entry.credit_id.clone());
        let happening = match entry.state {
            EntryState::Approved => Happening::CreditApproved { service: service_ref, entry },
            EntryState::Reversal => Happening::CreditReversed { service: service_ref, entry },
            EntryState::Lapsed => Happening::CreditLapsed { service: service_ref, entry },
        };
        notices.push(NoticeRecord::about(service, Some(known.month), at, happening, id));
    }
    notices.extend(settlement.closing.iter().map(|closing| window_closing(service, closing)));
    notices
}

/// Builds the notice of a claim window about to close, dated by the instant at which it was due.
fn window_closing(service: &Service, closing: &WindowClosing) -> NoticeRecord {
    let WindowClosing { month, kind, claim_until, reminder_h, .. } = *closing;
    let at = claim_until.plus_s(-reminder_h * 3600);
    let subject = Subject::of(service, month);
    let happening = Happening::ClaimWindowClosing { service: subject, closing: closing.clone() };
    let identity = format_args!("{month}|{}|{claim_until}", kind.as_str()).to_string();
    NoticeRecord::about(service, Some(month), at, happening, identity)
}

/// Builds the notices of a claim: received, if it is new, and decided, if this settlement decided it.
pub fn claim_notices(service: Option<&Subject>, claim: &Claim, earlier: Option<&Claim>) -> Vec<NoticeRecord> {
    let boxed = || Box::new(claim.clone());
    let mut notices = Vec::new();
    if earlier.is_none() {
        let happening = Happening::ClaimReceived { service: service.cloned(), claim: boxed() };
        notices.push(NoticeRecord::about_claim(claim, claim.filed_at, happening));
    }
    let decided = claim.decisions > earlier.map_or(0, |earlier| earlier.decisions);
    if let Some(at) = claim.decided_at.filter(|_| decided) {
        let happening = Happening::ClaimDecided { service: service.cloned(), claim: boxed() };
        notices.push(NoticeRecord::about_claim(claim, at, happening));
    }
    notices
}

fn about(closing: &Closing, at: Instant, happening: Happening) -> NoticeRecord {
    let Statement { month, revision, .. } = closing.statement;
    let identity = format_args!("{month}|{revision}").to_string();
    NoticeRecord::about(&closing.inputs.service, Some(month), at, happening, identity)
}

/// Builds the notice of each newly missed metric; its claim window starts on the day of the notice.
///
/// The revision in the identity distinguishes a metric that was missed, met and missed again.
fn performance(known: &KnownMonth<'_>, closing: &Closing) -> Vec<NoticeRecord> {
    let Closing { statement: Statement { month, .. }, missed, .. } = closing;
    let notice = |miss: &Miss| {
        let service = Subject::of(known.service, *month);
        let identity = format!("{month}|{}|{}", miss.figures.metric.as_str(), miss.revision);
        let happening = Happening::PerformanceMissed { service, miss: miss.clone() };
        NoticeRecord::about(known.service, Some(*month), known.now, happening, identity)
    };
    missed.iter().map(notice).collect()
}
