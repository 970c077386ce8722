//! The notices of a close, of a restatement, and of the claims and credits that follow.

use events::notice::{Result as Figures, Subject};
use events::{Happening, NoticeRecord};
use sla::availability::Verdict;
use sla::claim::Claim;
use sla::closing::{Closing, Turn};
use sla::id::StaffId;
use sla::ledger::{Entry, EntryState};
use sla::performance::Miss;
use sla::settlement::WindowClosing;
use sla::{Instant, Month, Service, Statement};

/// The person behind a restatement or review, and the reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// The person.
    pub by: StaffId,
    /// The reason.
    pub reason: String,
}

/// The results of settling a month, beside the claims before it.
#[derive(Debug, Clone, Copy)]
pub struct Settled<'a> {
    /// The claims before settling.
    pub before: &'a [Claim],
    /// The new and changed claims.
    pub claims: &'a [Claim],
    /// The new ledger entries.
    pub entries: &'a [Entry],
    /// The claim windows that are about to close.
    pub closing: &'a [WindowClosing],
}

/// Builds the notices of a close. They are dated by the statement, except those that open a claim window.
pub fn closed(closing: &Closing, before: &[Claim], now: Instant) -> Vec<NoticeRecord> {
    let Closing { inputs, statement, .. } = closing;
    if closing.is_for_reading() {
        return Vec::new();
    }
    let mut notices = common(closing, before, statement.as_of, now);
    let service = Subject::of(&inputs.service, statement.month);
    let result = Figures::from(statement);
    notices.push(about(closing, statement.as_of, Happening::StatementClosed { service, result }));
    notices
}

/// Builds the notices of a restatement, with the previous statement and the person's order, if any.
pub fn restated(
    closing: &Closing,
    previous: &Statement,
    order: Option<Order>,
    before: &[Claim],
    now: Instant,
) -> Vec<NoticeRecord> {
    let Closing { inputs, statement, .. } = closing;
    if closing.is_for_reading() {
        return Vec::new();
    }
    let mut notices = common(closing, before, now, now);
    let figures = |statement: &Statement| Box::new(Figures::from(statement));
    let (result, previous) = (figures(statement), figures(previous));
    let service = Subject::of(&inputs.service, statement.month);
    let (by, reason) = order.map(|order| (order.by, order.reason)).unzip();
    let happening = Happening::StatementRestated { service, result, previous, by, reason };
    notices.push(about(closing, now, happening));
    notices
}

/// Builds the notices of a settlement: received and decided claims, credits, and closing windows.
pub fn settled(service: &Service, month: Month, settled: Settled<'_>, at: Instant) -> Vec<NoticeRecord> {
    let subject = Subject::of(service, month);
    let mut notices = Vec::new();
    for claim in settled.claims {
        let earlier = settled.before.iter().find(|other| other.claim_id == claim.claim_id);
        notices.extend(claim_notices(Some(&subject), claim, earlier));
    }
    for entry in settled.entries {
        let (service_ref, entry, id) = (subject.clone(), Box::new(entry.clone()), entry.credit_id.clone());
        let happening = match entry.state {
            EntryState::Approved => Happening::CreditApproved { service: service_ref, entry },
            EntryState::Reversal => Happening::CreditReversed { service: service_ref, entry },
            EntryState::Lapsed => Happening::CreditLapsed { service: service_ref, entry },
        };
        notices.push(NoticeRecord::about(service, Some(month), at, happening, id));
    }
    notices.extend(settled.closing.iter().map(|closing| window_closing(service, closing)));
    notices
}

/// Builds the notices of decided claims to a month.
pub fn claims(service: &Service, month: Month, before: &[Claim], claims: &[Claim]) -> Vec<NoticeRecord> {
    let (entries, closing) = (&[], &[]);
    let at = claims.iter().filter_map(|claim| claim.decided_at).max();
    let came = Settled { before, claims, entries, closing };
    at.map(|at| settled(service, month, came, at)).unwrap_or_default()
}

/// Builds the notice of a claim window about to close, dated by the instant at which it was due.
pub fn window_closing(service: &Service, closing: &WindowClosing) -> NoticeRecord {
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
    NoticeRecord::about(
        &closing.inputs.service,
        Some(month),
        at,
        happening,
        format_args!("{month}|{revision}"),
    )
}

/// Builds the notice of each newly missed metric; its claim window starts on the day of the notice.
///
/// The revision in the identity distinguishes a metric that was missed, met and missed again.
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

/// Builds the notices common to all statements: a changed verdict, a month to review, missed metrics, and the
/// results for claims and credits.
fn common(closing: &Closing, before: &[Claim], at: Instant, now: Instant) -> Vec<NoticeRecord> {
    let Closing { inputs, statement, settlement, turn, .. } = closing;
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
        notices.push(about(closing, at, Happening::StatementIndeterminate { service, result }));
    }
    let came = Settled {
        before,
        claims: &settlement.claims,
        entries: &settlement.entries,
        closing: &settlement.closing,
    };
    notices.extend(settled(customer, month, came, at));
    notices.extend(performance(closing, now));
    notices
}
