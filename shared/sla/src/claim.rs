//! Claims: filed by a customer, held until the month is closed, decided by its statement
//! (agreement, "Claim Process"; rules, 6). A claim once found in time stays in time, whatever is found later.

mod of_ticket;
mod window;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use of_ticket::ClaimEvent;
pub use window::{ClaimWindow, OutagesEnd, window_closes_at};

use crate::availability::Verdict;
use crate::id::StaffId;
use crate::ledger::CreditKind;
use crate::named;
use crate::{ClaimId, CustomerId, EventId, Instant, Money, Month, Service, ServiceId, Statement, TicketId};

named! {
    /// The state of a claim.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
    pub enum ClaimState {
        /// The claim waits for the close of the month.
        Held = "held",
        /// The claim is credited.
        Approved = "approved",
        /// The claim is not credited, for the reason given with it.
        Rejected = "rejected",
        /// A person must decide.
        Review = "review",
    }
}

impl ClaimState {
    /// All states.
    pub const ALL: [Self; 4] = [Self::Held, Self::Approved, Self::Rejected, Self::Review];
}

/// A reason for rejecting a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Rejection {
    /// The promise was kept.
    Met,
    /// The claim was filed after its window had closed.
    Late,
    /// The promise was kept only because of excluded time.
    Excluded,
    /// Another claim about the same month came first.
    Duplicate,
    /// The service is not the customer's, or the month is not one of the service's.
    NotFound,
    /// A reviewer rejected the claim, and the review gives the reason.
    Reviewed,
    /// The ticket that carried the claim turned out to be another customer's.
    Withdrawn,
}

/// The receipt of a claim that somebody passed on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct PassedOn {
    /// Instant of receipt.
    pub received_at: Instant,
    /// The sender; `direct` if none is named.
    pub by: StaffId,
}

/// A review of a claim.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ClaimReview {
    /// The granted amount; none if the claim is rejected.
    pub amount: Option<Money>,
    /// The person who decided.
    pub by: StaffId,
    /// The reason.
    pub reason: String,
    /// Instant of the decision.
    pub at: Instant,
    /// The revision of the reviewed statement.
    pub statement_revision: u32,
}

/// A customer's claim to the credit of a service-month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Claim {
    /// The claim's id.
    pub claim_id: ClaimId,
    /// The service.
    pub service_id: ServiceId,
    /// The customer.
    pub customer_id: CustomerId,
    /// The claimed month.
    pub month: Month,
    /// The kind of credit claimed.
    pub kind: CreditKind,
    /// Instant at which the customer filed it.
    pub filed_at: Instant,
    /// The ticket that carried the claim; none for a claim through the dashboard.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket_id: Option<TicketId>,
    /// The receipt of the ticket's claim, unless that was in time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passed_on: Option<PassedOn>,
    /// Instant at which the customer made the same claim without the ticket.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub also_filed_at: Option<Instant>,
    /// The customer's note.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// The state.
    pub state: ClaimState,
    /// The reason for its rejection.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Rejection>,
    /// The credited amount; for a late claim, the amount that it would have earned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Money>,
    /// True if the claim was ever found to be in time.
    pub in_time: bool,
    /// First late instant of its window, as of the last decision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim_until: Option<Instant>,
    /// The revision of the statement that decided it last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statement_revision: Option<u32>,
    /// Instant of the last decision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_at: Option<Instant>,
    /// Number of decisions.
    #[serde(default)]
    pub decisions: u32,
    /// The review, if it took one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review: Option<ClaimReview>,
}

/// A claim as filed by a customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filing {
    /// The service.
    pub service_id: ServiceId,
    /// The month.
    pub month: Month,
    /// The customer.
    pub customer_id: CustomerId,
    /// The kind of credit claimed.
    pub kind: CreditKind,
    /// The customer's note.
    pub note: Option<String>,
    /// Instant of filing.
    pub filed_at: Instant,
    /// The ticket and its event, for a claim through support.
    pub ticket: Option<(TicketId, EventId)>,
    /// The receipt, for a claim through support.
    pub passed_on: Option<PassedOn>,
}

/// The facts that decide a claim.
#[derive(Debug, Clone, Copy)]
pub struct ClaimFacts<'a> {
    /// The month's newest statement.
    pub statement: &'a Statement,
    /// The window for claims of this kind.
    pub window: ClaimWindow,
    /// Instant at which the month was first claimed for this kind.
    pub filed_at: Instant,
    /// Instant at which support first heard of such a claim.
    pub heard_at: Instant,
    /// The receipt of the first such claim, if it was passed on.
    pub passed_on: Option<&'a PassedOn>,
    /// Instant at which the customer was last told of a missed limit.
    pub missed_at: Option<Instant>,
    /// True if the promise would have been broken without the excluded time.
    pub kept_by_exclusion: bool,
    /// The fee less the credit of the other kind.
    pub left: Money,
}

/// A reason for refusing to record a claim, or a review of one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClaimError {
    /// The service is another customer's.
    #[error("service_id: `{0}` is not a service of `{1}`: give one of the customer's own services")]
    NotTheirs(ServiceId, CustomerId),
    /// The month has not begun.
    #[error("month: {0} had not begun in {1}'s zone: claim it once something has happened in it")]
    NotBegun(Month, ServiceId),
    /// The customer would decide its own claim.
    #[error("by: `{0}` is the customer that claims: a member of staff must decide")]
    OwnClaim(StaffId),
    /// The claim is not in review.
    #[error("claim_id: `{0}` is {1}: only a claim in review can be reviewed")]
    NotInReview(ClaimId, &'static str),
    /// The amount differs from the one in the statement.
    #[error("amount: {0} is not {1}, what the statement says that the month is worth: leave it out")]
    NotTheStatements(Money, Money),
    /// The claim waits for the review of its statement.
    #[error("claim_id: `{0}` waits for missing data to be judged: decide the month with review_statement")]
    NeedsStatement(ClaimId),
    /// The amount is missing.
    #[error("amount: missing: say what is granted, such as {{\"minor\": 1000, \"currency\": \"{0}\"}}")]
    NoAmount(crate::Currency),
    /// A rejection has an amount.
    #[error("amount: given, but the claim is rejected: leave it out")]
    AmountOfNothing,
    /// The amount is in another currency, 0 or too large.
    #[error(
        "amount: {0} is not more than 0 and at most {1}, what is left of the monthly fee: give such an amount"
    )]
    TooMuch(Money, Money),
}

impl Claim {
    /// Files the `nth` claim of its service-month and kind, as a duplicate unless `is_first`.
    ///
    /// # Errors
    /// Returns a [`ClaimError`] if the service is another customer's, or the month has not begun.
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

    /// Records a claim by ticket about a service that the customer does not have.
    pub fn astray(filing: &Filing, now: Instant) -> Self {
        let event = filing.ticket.as_ref().map(|(ticket, event)| format!("{ticket}|{event}"));
        let claim_id = ClaimId::astray(filing.month, &event.unwrap_or_default());
        Self::new(filing, claim_id).rejected_at_once(Rejection::NotFound, now)
    }

    pub(crate) fn new(filing: &Filing, claim_id: ClaimId) -> Self {
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

    pub(crate) fn rejected_at_once(self, reason: Rejection, now: Instant) -> Self {
        Self {
            state: ClaimState::Rejected,
            reason: Some(reason),
            decided_at: Some(now),
            decisions: 1,
            ..self
        }
    }

    /// Builds the performance claim that a ticket's claim includes, as a ticket names a month but no kind.
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

    /// Records that the customer makes the same claim again, without the ticket that made it first.
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

    /// True if it is the standing claim of its service-month and kind.
    pub const fn is_first(&self) -> bool {
        !matches!(self.reason, Some(Rejection::Duplicate | Rejection::Withdrawn))
    }

    /// True if the month's statements decide it. Duplicate, unfounded and withdrawn claims stay rejected.
    pub const fn is_open(&self) -> bool {
        self.is_first() && !matches!(self.reason, Some(Rejection::NotFound))
    }

    /// True if support heard of the claim in time.
    pub const fn is_prompt(&self) -> bool {
        self.in_time && self.passed_on.is_none()
    }

    /// True if the claim's credit is due: it was in time and, if passed on late, a person has granted it.
    pub fn is_due(&self) -> bool {
        let is_granted = || self.review.as_ref().is_some_and(|review| review.amount.is_some());
        self.in_time && (self.passed_on.is_none() || is_granted())
    }

    /// True if a person must decide because the claim was passed on late.
    pub const fn awaits_review(&self) -> bool {
        self.in_time && self.passed_on.is_some() && self.review.is_none()
    }

    /// Returns the instant at which support heard of the claim.
    pub fn heard_at(&self) -> Instant {
        self.passed_on.as_ref().map_or(self.filed_at, |passed_on| passed_on.received_at)
    }

    /// Adds a review: it grants a claim that was passed on late, or sets the amount of a performance claim,
    /// at most `left` of the fee.
    ///
    /// # Errors
    /// Returns a [`ClaimError`] if the customer decides its own claim, the claim is not in review or waits
    /// for its statement, or the amount is impossible.
    pub fn reviewed(&self, review: ClaimReview, left: Money) -> Result<Self, ClaimError> {
        if review.by.is_same_person(self.customer_id.as_str()) {
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

    /// Returns the state, reason and amount that follow from a statement.
    fn judged(
        &self,
        ClaimFacts { statement, kept_by_exclusion, left, missed_at, .. }: ClaimFacts<'_>,
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
                    // The certain amount is credited; a person decides on the rest.
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
                // A metric missed after the review opens the right to a claim anew.
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

    /// Decides the claim by a closed month's statement; `None` if nothing about it changes.
    pub fn decided(&self, judging: ClaimFacts<'_>, now: Instant) -> Option<Self> {
        if !self.is_open() {
            return None;
        }
        let ClaimFacts { statement, window, filed_at, heard_at, passed_on, .. } = judging;
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
