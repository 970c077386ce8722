//! Claims: filed by a customer, held until the month is closed, decided by its statement (agreement, "Claim
//! Process"; rules, 6). A claim once in time stays in time, whatever is found out later.

mod intake;
mod of_ticket;
mod window;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub(crate) use intake::take_in;
pub use of_ticket::ClaimEvent;
pub use window::{ClaimWindow, OutagesEnd, window_closes_at};

use crate::availability::Verdict;
use crate::id::StaffId;
use crate::ledger::CreditKind;
use crate::{ClaimId, CustomerId, EventId, Instant, Money, Month, Service, ServiceId, Statement, TicketId};

/// What has become of a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ClaimState {
    /// The month is not closed yet: its close decides.
    Held,
    /// It is credited.
    Approved,
    /// It is not credited, for the reason that stands beside it.
    Rejected,
    /// A person must decide.
    Review,
}

impl ClaimState {
    /// All states.
    pub const ALL: [Self; 4] = [Self::Held, Self::Approved, Self::Rejected, Self::Review];

    /// Returns the state's name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
            Self::Review => "review",
        }
    }
}

/// Why a claim is rejected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Rejection {
    /// The promise was kept.
    Met,
    /// It was filed after its window had closed.
    Late,
    /// The promise was kept only because time is excluded.
    Excluded,
    /// Another claim about the same month came first.
    Duplicate,
    /// The customer has no such service, or the service no such month.
    NotFound,
    /// A person reviewed it and said no; the review says why.
    Reviewed,
    /// The ticket with which it was filed turned out to be another customer's.
    Withdrawn,
}

/// Receipt of a claim that somebody passed on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct PassedOn {
    /// When it was received.
    pub received_at: Instant,
    /// Who sent it; `direct` if that was not said.
    pub by: StaffId,
}

/// A person's decision on a claim in review.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ClaimReview {
    /// What is granted; none if the claim is rejected.
    pub amount: Option<Money>,
    /// Who decided.
    pub by: StaffId,
    /// Why.
    pub reason: String,
    /// When.
    pub at: Instant,
    /// The statement's revision that was reviewed.
    pub statement_revision: u32,
}

/// A customer's claim to the credit of a service-month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Claim {
    /// The claim's id.
    pub claim_id: ClaimId,
    /// The service.
    pub service_id: ServiceId,
    /// Whose claim it is.
    pub customer_id: CustomerId,
    /// The month that is claimed.
    pub month: Month,
    /// What is claimed for.
    pub kind: CreditKind,
    /// When the customer filed it.
    pub filed_at: Instant,
    /// The ticket with which it was filed; none if it came through the dashboard.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket_id: Option<TicketId>,
    /// Receipt of the ticket's claim, unless that was found to be in time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passed_on: Option<PassedOn>,
    /// When the customer claimed the same without the ticket.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub also_filed_at: Option<Instant>,
    /// What the customer wrote.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// What has become of it.
    pub state: ClaimState,
    /// Why it is rejected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Rejection>,
    /// What is credited or, if it came late, what it would have been worth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Money>,
    /// Whether it was ever found to be in time.
    pub in_time: bool,
    /// The first instant at which it was late, as found when it was last decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim_until: Option<Instant>,
    /// The statement's revision by which it was last decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statement_revision: Option<u32>,
    /// When it was last decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_at: Option<Instant>,
    /// How often it has been decided.
    #[serde(default)]
    pub decisions: u32,
    /// A person's decision, if it took one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review: Option<ClaimReview>,
}

/// A claim as a customer files it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filing {
    /// The service.
    pub service_id: ServiceId,
    /// The month.
    pub month: Month,
    /// Who claims.
    pub customer_id: CustomerId,
    /// What for.
    pub kind: CreditKind,
    /// What the customer wrote.
    pub note: Option<String>,
    /// When.
    pub filed_at: Instant,
    /// The ticket and its event, if it came through support.
    pub ticket: Option<(TicketId, EventId)>,
    /// Its receipt, if it came through support.
    pub passed_on: Option<PassedOn>,
}

/// By what a claim is decided.
#[derive(Debug, Clone, Copy)]
pub struct Judging<'a> {
    /// The month's newest statement.
    pub statement: &'a Statement,
    /// Until when a claim of this kind is in time.
    pub window: ClaimWindow,
    /// When the month was first claimed for this kind.
    pub filed_at: Instant,
    /// When support first heard of such a claim.
    pub heard_at: Instant,
    /// Receipt of the first such claim, if it was passed on.
    pub passed_on: Option<&'a PassedOn>,
    /// When the customer was last told of a metric that missed its limit.
    pub missed_at: Option<Instant>,
    /// Whether the promise would have been broken if no time were excluded.
    pub kept_by_exclusion: bool,
    /// What the other kind's credit leaves of the fee.
    pub left: Money,
}

/// Why a claim is refused instead of being recorded, or a review of one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClaimError {
    /// Not the customer's service.
    #[error("service_id: `{0}` is not a service of `{1}`: give one of the customer's own services")]
    NotTheirs(ServiceId, CustomerId),
    /// A month to come.
    #[error("month: {0} had not begun in {1}'s zone: claim it once something has happened in it")]
    NotBegun(Month, ServiceId),
    /// Nobody decides on their own claim.
    #[error("by: `{0}` is the customer that claims: a member of staff must decide")]
    OwnClaim(StaffId),
    /// It is not in review.
    #[error("claim_id: `{0}` is {1}: only a claim in review can be reviewed")]
    NotInReview(ClaimId, &'static str),
    /// The statement says what it is worth.
    #[error("amount: {0} is not {1}, what the statement says that the month is worth: leave it out")]
    NotTheStatements(Money, Money),
    /// It waits for the review of its statement.
    #[error("claim_id: `{0}` waits for missing data to be judged: decide the month with review_statement")]
    NeedsStatement(ClaimId),
    /// No amount.
    #[error("amount: missing: say what is granted, such as {{\"minor\": 1000, \"currency\": \"{0}\"}}")]
    NoAmount(crate::Currency),
    /// An amount beside a rejection.
    #[error("amount: given, but the claim is rejected: leave it out")]
    AmountOfNothing,
    /// Another currency, or too much.
    #[error(
        "amount: {0} is not more than 0 and at most {1}, what is left of the monthly fee: give such an amount"
    )]
    TooMuch(Money, Money),
}

impl Claim {
    /// Files a claim: the `nth` of its service-month and kind, and a duplicate unless it is the first that stands.
    ///
    /// # Errors
    /// A service of another customer, or a month that has not begun.
    pub fn file(
        filing: &Filing,
        service: &Service,
        nth: usize,
        is_first: bool,
        now: Instant,
    ) -> Result<Self, ClaimError> {
        let Filing { service_id, month, customer_id, kind, .. } = filing;
        if service.customer_id != *customer_id {
            return Err(ClaimError::NotTheirs(service_id.clone(), customer_id.clone()));
        }
        if month.start(service.time_zone) > filing.filed_at {
            return Err(ClaimError::NotBegun(*month, service_id.clone()));
        }
        let claim = Self::new(filing, ClaimId::nth(service_id, *month, kind.as_str(), nth));
        if !is_first {
            return Ok(claim.rejected_at_once(Rejection::Duplicate, now));
        }
        if !service.is_counted_in(*month) {
            return Ok(claim.rejected_at_once(Rejection::NotFound, now));
        }
        Ok(claim)
    }

    /// Records a claim about a service that the customer does not have, which came with a ticket.
    pub fn astray(filing: &Filing, now: Instant) -> Self {
        let event = filing.ticket.as_ref().map(|(ticket, event)| format!("{ticket}|{event}"));
        let claim_id = ClaimId::astray(filing.month, &event.unwrap_or_default());
        Self::new(filing, claim_id).rejected_at_once(Rejection::NotFound, now)
    }

    fn new(filing: &Filing, claim_id: ClaimId) -> Self {
        Self {
            claim_id,
            service_id: filing.service_id.clone(),
            customer_id: filing.customer_id.clone(),
            month: filing.month,
            kind: filing.kind,
            filed_at: filing.filed_at,
            ticket_id: filing.ticket.as_ref().map(|(ticket, _)| ticket.clone()),
            passed_on: filing.passed_on.clone(),
            also_filed_at: None,
            note: filing.note.clone(),
            state: ClaimState::Held,
            reason: None,
            amount: None,
            in_time: false,
            claim_until: None,
            statement_revision: None,
            decided_at: None,
            decisions: 0,
            review: None,
        }
    }

    fn rejected_at_once(self, reason: Rejection, now: Instant) -> Self {
        Self {
            state: ClaimState::Rejected,
            reason: Some(reason),
            decided_at: Some(now),
            decisions: 1,
            ..self
        }
    }

    /// Makes the claim to the performance's credit that a ticket's claim is as well: it names a month, not a kind.
    #[must_use]
    pub fn for_performance(&self) -> Self {
        let filing = Filing {
            service_id: self.service_id.clone(),
            month: self.month,
            customer_id: self.customer_id.clone(),
            kind: CreditKind::Performance,
            note: self.note.clone(),
            filed_at: self.filed_at,
            ticket: None,
            passed_on: None,
        };
        let claim_id = ClaimId::nth(&self.service_id, self.month, filing.kind.as_str(), 1);
        Self { ticket_id: self.ticket_id.clone(), ..Self::new(&filing, claim_id) }
    }

    /// Notes that the customer claims the same without the ticket that claimed it first.
    #[must_use]
    pub fn claimed_again(&self, at: Instant) -> Self {
        let also_filed_at = self.ticket_id.as_ref().map(|_| self.also_filed_at.unwrap_or(at));
        Self { also_filed_at, ..self.clone() }
    }

    /// Rejects a held claim to a month in which the service turns out not to be provided.
    #[must_use]
    pub fn about_nothing(&self, now: Instant) -> Self {
        self.clone().rejected_at_once(Rejection::NotFound, now)
    }

    /// Says whether it stands as the first of its service-month and kind.
    pub const fn is_first(&self) -> bool {
        !matches!(self.reason, Some(Rejection::Duplicate | Rejection::Withdrawn))
    }

    /// Says whether the month's statements decide it: a second claim, one about nothing and one that was taken back are
    /// rejected for good.
    pub const fn is_open(&self) -> bool {
        self.is_first() && !matches!(self.reason, Some(Rejection::NotFound))
    }

    /// Says whether support heard of it in time.
    pub const fn is_prompt(&self) -> bool {
        self.in_time && self.passed_on.is_none()
    }

    /// Says whether its credit is due: it was in time, and a person has granted it if it was passed on late.
    pub fn is_due(&self) -> bool {
        let is_granted = || self.review.as_ref().is_some_and(|review| review.amount.is_some());
        self.in_time && (self.passed_on.is_none() || is_granted())
    }

    /// Says whether a person must decide because it was passed on late.
    pub const fn awaits_review(&self) -> bool {
        self.in_time && self.passed_on.is_some() && self.review.is_none()
    }

    /// Returns when support heard of it.
    pub fn heard_at(&self) -> Instant {
        self.passed_on.as_ref().map_or(self.filed_at, |passed_on| passed_on.received_at)
    }

    /// Reviews a claim: a person grants one that was passed on late, or sets the amount of a performance claim, at most
    /// `left` of the fee.
    ///
    /// # Errors
    /// The customer itself, a claim that is not in review or waits for its statement, or an impossible amount.
    pub fn reviewed(&self, review: ClaimReview, left: Money) -> Result<Self, ClaimError> {
        if review.by.as_str() == self.customer_id.as_str() {
            return Err(ClaimError::OwnClaim(review.by));
        }
        if self.state != ClaimState::Review {
            return Err(ClaimError::NotInReview(self.claim_id.clone(), self.state.as_str()));
        }
        if self.kind == CreditKind::Uptime {
            return match (self.amount.filter(|_| self.awaits_review()), review.amount) {
                (None, _) => Err(ClaimError::NeedsStatement(self.claim_id.clone())),
                (Some(worth), Some(amount)) if amount != worth => {
                    Err(ClaimError::NotTheStatements(amount, worth))
                }
                (Some(_), _) => Ok(Self { review: Some(review), ..self.clone() }),
            };
        }
        if let Some(amount) = review.amount
            && (amount.currency != left.currency || amount.minor == 0 || amount.minor > left.minor)
        {
            return Err(ClaimError::TooMuch(amount, left));
        }
        Ok(Self { review: Some(review), ..self.clone() })
    }

    /// Returns what a statement makes of the claim: its state, the reason and the amount.
    fn judged(
        &self,
        Judging { statement, kept_by_exclusion, left, missed_at, .. }: Judging<'_>,
    ) -> (ClaimState, Option<Rejection>, Option<Money>) {
        let rejected = |reason| (ClaimState::Rejected, Some(reason), None);
        let kept = if kept_by_exclusion { Rejection::Excluded } else { Rejection::Met };
        match self.kind {
            CreditKind::Uptime => {
                let (amount, amount_max) = (statement.credit.amount, statement.credit.amount_max);
                match statement.verdict {
                    Verdict::Met | Verdict::NotApplicable => rejected(kept),
                    Verdict::Indeterminate => (ClaimState::Review, None, None),
                    Verdict::Breached if !self.in_time => {
                        (ClaimState::Rejected, Some(Rejection::Late), Some(amount))
                    }
                    Verdict::Breached if self.awaits_review() => (ClaimState::Review, None, Some(amount)),
                    Verdict::Breached if !self.is_due() => rejected(Rejection::Reviewed),
                    Verdict::Breached if amount_max == amount => (ClaimState::Approved, None, Some(amount)),
                    // What is certain is credited; the rest of it is for a person to find.
                    Verdict::Breached => (ClaimState::Review, None, Some(amount)),
                }
            }
            CreditKind::Performance => match &self.review {
                _ if statement.missed().next().is_none() => rejected(kept),
                _ if !self.in_time => rejected(Rejection::Late),
                Some(ClaimReview { amount: Some(amount), .. }) => {
                    let minor = amount.minor.min(left.minor);
                    (ClaimState::Approved, None, Some(Money { minor, ..*amount }))
                }
                // A metric that was missed since opens the right to a claim anew.
                Some(ClaimReview { amount: None, at, .. })
                    if missed_at.is_none_or(|missed| missed <= *at) =>
                {
                    rejected(Rejection::Reviewed)
                }
                Some(_) => (ClaimState::Review, None, None),
                None => (ClaimState::Review, None, None),
            },
        }
    }

    /// Decides the claim by a closed month's statement; `None` if that changes nothing about it.
    pub fn decided(&self, judging: Judging<'_>, now: Instant) -> Option<Self> {
        if !self.is_open() {
            return None;
        }
        let Judging { statement, window, filed_at, heard_at, passed_on, .. } = judging;
        let in_time = self.in_time || window.admits(filed_at);
        let is_prompt = self.is_prompt() || window.admits(heard_at);
        let passed_on = passed_on.filter(|_| !is_prompt).cloned();
        let timely = Self { in_time, passed_on, ..self.clone() };
        let (state, reason, amount) = timely.judged(judging);
        let same = (self.state, self.reason, self.amount) == (state, reason, amount);
        if same && (in_time, &timely.passed_on) == (self.in_time, &self.passed_on) {
            return None;
        }
        Some(Self {
            state,
            reason,
            amount,
            claim_until: window.until(),
            statement_revision: Some(statement.revision),
            decided_at: Some(now),
            decisions: self.decisions + u32::from(!same),
            ..timely
        })
    }
}
