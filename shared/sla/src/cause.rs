//! Causes that change a service-month's statement, claims and ledger: closing, restating, reviewing,
//! claiming, and the passing of time (rules, 3 to 6). One function says what follows from each.

use crate::Inputs;
use crate::assessment::Assessment;
use crate::claim::{Claim, ClaimState, ClaimWindow};
use crate::closing::{LateChanges, close, restate, restate_by_order, review};
use crate::consequence::{Consequences, KnownMonth};
use crate::id::StaffId;
use crate::intake::take_in;
use crate::review::Review;
use crate::settlement::Settlement;
use crate::statement::StatementError;

/// Something that happens to a service-month.
#[derive(Debug, Clone, Copy)]
pub enum Cause<'a> {
    /// The month is over, and its checks have had their time to arrive.
    Close {
        /// Everything that is known of it.
        inputs: &'a Inputs,
        /// Everything else announced of the service now: before the close, so that nothing is left unsaid.
        assessment: &'a Assessment,
    },
    /// Checks or decisions came after the close.
    Restate {
        /// Everything that is known now.
        present: &'a Inputs,
        /// The kinds of change that came.
        late: LateChanges,
    },
    /// A person orders that everything known now counts.
    Order {
        /// Everything that is known now.
        present: &'a Inputs,
        /// The person and the reason.
        order: &'a Order,
    },
    /// A person decides where data is missing.
    Review(&'a Review),
    /// Claims are filed, changed by the ticket that makes them, or reviewed by a person.
    Claim {
        /// The claims as they are then, before the month's statement decides them.
        changed: &'a [Claim],
        /// The window to claim the availability of an open month that is breached, as things stand.
        window: Option<ClaimWindow>,
    },
    /// The customer repeats a claim, which notes that and decides nothing.
    ClaimAgain(&'a Claim),
    /// Time passes: the customer is reminded, an unclaimed credit lapses, and one that no bill will carry is
    /// paid out.
    Lapse,
}

/// A person's order, to be told to the customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// The person who gave it.
    pub by: StaffId,
    /// The reason.
    pub reason: String,
}

impl KnownMonth<'_> {
    /// Decides the held claims, as the service turns out not to be provided in their month.
    fn claims_about_nothing(&self) -> Settlement {
        let held = self.books.claims.iter().filter(|claim| claim.state == ClaimState::Held);
        let claims = held.map(|claim| claim.about_nothing(self.now)).collect();
        Settlement { claims, ..Settlement::default() }
    }
}

impl Consequences {
    /// Returns what follows for a service-month from a cause. The same cause again changes nothing more.
    ///
    /// # Errors
    /// Returns a [`StatementError`] if the stored slots cannot be read.
    pub fn of(known: &KnownMonth<'_>, cause: Cause<'_>) -> Result<Self, StatementError> {
        let consequences = match (cause, known.stated) {
            (Cause::Close { inputs, assessment }, _) => {
                let known = KnownMonth { announcements: &assessment.announcements, ..*known };
                close(&known, inputs)?.or_else(|| Some(Self::of_nothing_provided(&known)))
            }
            (Cause::Restate { present, late }, Some((stored, _))) => restate(known, stored, present, late)?,
            (Cause::Order { present, .. }, Some((stored, _))) => restate_by_order(known, stored, present)?,
            (Cause::Review(found), Some((stored, _))) => review(known, stored, found)?,
            // A month that is still open needs no restatement: its close will read everything.
            (Cause::Restate { .. } | Cause::Order { .. } | Cause::Review(_), None) => None,
            (Cause::Claim { changed, window }, _) => Some(take_in(known, changed, window)?),
            (Cause::ClaimAgain(claim), _) => Some(Self::of_repetition(known, claim)),
            (Cause::Lapse, _) => Some(Self::of_time(known)?),
        };
        Ok(consequences.unwrap_or_else(|| Self::none(known)))
    }

    fn none(known: &KnownMonth<'_>) -> Self {
        Self { closing: None, settlement: Settlement::default(), announcements: known.announcements.clone() }
    }

    /// Closes a month without a slot of the service: there is nothing to state.
    fn of_nothing_provided(known: &KnownMonth<'_>) -> Self {
        let mut announcements = known.announcements.clone();
        announcements.close(known.month, known.service);
        Self { closing: None, settlement: known.claims_about_nothing(), announcements }
    }

    fn of_repetition(known: &KnownMonth<'_>, claim: &Claim) -> Self {
        let claims = if known.books.claims.contains(claim) { Vec::new() } else { vec![claim.clone()] };
        Self { settlement: Settlement { claims, ..Settlement::default() }, ..Self::none(known) }
    }

    fn of_time(known: &KnownMonth<'_>) -> Result<Self, StatementError> {
        let mut announcements = known.announcements.clone();
        let settlement = match known.stated {
            Some(stated) => known.settle(stated, known.books, &mut announcements)?,
            None if known.service.is_counted_in(known.month) => Settlement::default(),
            None => known.claims_about_nothing(),
        };
        Ok(Self { closing: None, settlement, announcements })
    }
}
