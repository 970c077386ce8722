//! Steps about claims, reviews and bills. Of several claims, the last is "the claim". A step dated by its day
//! alone happens at noon, the customer's time.

mod findings;

use cucumber::when;
use serde_json::{Value, json};
use sla::ledger::CreditKind;
use sla::ticket::Level;

use crate::tale::{CUSTOMER, SERVICE, Step, Tale, wrong};
use crate::tickets::plain;
use crate::wording::{Amount, ClaimedCredit, Day, Length, NamedMonth, Person, Time};

/// A customer without a part in the story's service.
const STRANGER: &str = "alpine-rail";

impl Tale {
    /// A customer claims a month of the story's service on the dashboard.
    async fn claim(
        &mut self,
        customer: &str,
        kind: CreditKind,
        month: NamedMonth,
        (day, time): (Day, Time),
    ) -> Step {
        self.settled()?;
        self.pass_to(self.instant(day.0, time.0)?).await?;
        let claim = json!({
            "service_id": SERVICE, "month": month.0, "customer_id": customer, "kind": kind.as_str(),
        });
        self.command("file_claim", claim).await
    }

    /// The customer claims a service's month with a new ticket.
    async fn claim_through_support(
        &mut self,
        service: &str,
        month: NamedMonth,
        (day, time): (Day, Time),
    ) -> Step {
        self.report((day, time), plain(Level::General)).await?;
        let at = self.instant(day.0, time.0)?;
        self.record_event(at, claim_event(service, month)).await
    }

    /// A person decides an indeterminate month.
    async fn find(
        &mut self,
        person: Person,
        day: Day,
        month: NamedMonth,
        verdict: &str,
        down: Option<Length>,
    ) -> Step {
        self.pass_to_noon(day).await?;
        let mut review = json!({
            "service_id": SERVICE, "month": month.0, "verdict": verdict, "by": person.0,
            "reason": "I have read the logs of the load balancer.",
        });
        if let Some(down) = down {
            review["down_s"] = json!(down.0);
        }
        self.command("review_statement", review).await
    }

    /// A person decides the last claim.
    async fn review_claim(&mut self, person: Person, day: Day, amount: Option<Amount>) -> Step {
        self.pass_to_noon(day).await?;
        let claims = self.claims().await?;
        let claim = claims.last().ok_or_else(|| wrong("nothing has been claimed"))?;
        let mut review = json!({
            "claim_id": claim.get("claim_id"), "by": person.0, "reason": "Calls stuttered for three hours.",
            "decision": if amount.is_some() { "approve" } else { "reject" },
        });
        if let Some(amount) = amount {
            review["amount"] = json!(amount.0);
        }
        self.command("review_claim", review).await
    }
}

/// The event by which support passes a claim on.
fn claim_event(service: &str, month: NamedMonth) -> Value {
    json!({ "kind": "claim", "service_id": service, "month": month.0 })
}

#[when(expr = "the customer claims {credit} for {month} in the dashboard on {day} at {time}")]
async fn claims_in_the_dashboard(
    tale: &mut Tale,
    credit: ClaimedCredit,
    month: NamedMonth,
    day: Day,
    time: Time,
) -> Step {
    tale.claim(CUSTOMER, credit.0, month, (day, time)).await
}

#[when(expr = "another customer claims {credit} for {month} in the dashboard on {day} at {time}")]
async fn another_claims(
    tale: &mut Tale,
    credit: ClaimedCredit,
    month: NamedMonth,
    day: Day,
    time: Time,
) -> Step {
    let customer = json!({ "customer_id": STRANGER, "name": "Alpine Rail" });
    tale.command("register_customer", customer).await?;
    tale.claim(STRANGER, credit.0, month, (day, time)).await
}

#[when(expr = "the customer claims a credit for {month} through support on {day} at {time}")]
async fn claims_through_support(tale: &mut Tale, month: NamedMonth, day: Day, time: Time) -> Step {
    tale.claim_through_support(SERVICE, month, (day, time)).await
}

#[when(expr = "the customer claims {month} of the service {string} through support on {day} at {time}")]
async fn claims_a_strange_service(
    tale: &mut Tale,
    month: NamedMonth,
    service: String,
    day: Day,
    time: Time,
) -> Step {
    let service = service.to_lowercase().replace(' ', "-");
    tale.claim_through_support(&service, month, (day, time)).await
}

#[when(expr = "the customer claims a credit for {month} with the same ticket on {day} at {time}")]
async fn claims_with_the_same_ticket(tale: &mut Tale, month: NamedMonth, day: Day, time: Time) -> Step {
    tale.settled()?;
    let at = tale.instant(day.0, time.0)?;
    tale.pass_to(at).await?;
    tale.record_event(at, claim_event(SERVICE, month)).await
}

#[when(expr = "on {day} at {time} support passes a claim for {month} on that was made on {day} at {time}")]
async fn passes_a_claim_on(
    tale: &mut Tale,
    day: Day,
    time: Time,
    month: NamedMonth,
    made_day: Day,
    made: Time,
) -> Step {
    tale.settled()?;
    tale.pass_to(tale.instant(day.0, time.0)?).await?;
    let made_at = tale.instant(made_day.0, made.0)?;
    tale.reports.begin(made_at, plain(Level::General));
    tale.record_event(made_at, plain(Level::General)).await?;
    tale.record_event(made_at, claim_event(SERVICE, month)).await
}

#[when(expr = "{person} finds on {day} that the commitment was missed in {month}")]
async fn finds_it_missed(tale: &mut Tale, person: Person, day: Day, month: NamedMonth) -> Step {
    tale.find(person, day, month, "breached", None).await
}

#[when(
    expr = "{person} finds on {day} that the commitment was missed in {month}, with {duration} of downtime"
)]
async fn finds_so_much(tale: &mut Tale, person: Person, day: Day, month: NamedMonth, down: Length) -> Step {
    tale.find(person, day, month, "breached", Some(down)).await
}

#[when(expr = "{person} finds on {day} that the commitment was kept in {month}")]
async fn finds_it_kept(tale: &mut Tale, person: Person, day: Day, month: NamedMonth) -> Step {
    tale.find(person, day, month, "met", None).await
}

#[when(expr = "{person} finds on {day} that the commitment was kept in {month}, with {duration} of downtime")]
async fn finds_it_kept_with(
    tale: &mut Tale,
    person: Person,
    day: Day,
    month: NamedMonth,
    down: Length,
) -> Step {
    tale.find(person, day, month, "met", Some(down)).await
}

#[when(expr = "{person} grants {amount} for the claim on {day}")]
async fn grants(tale: &mut Tale, person: Person, amount: Amount, day: Day) -> Step {
    tale.review_claim(person, day, Some(amount)).await
}

#[when(expr = "{person} rejects the claim on {day}")]
async fn rejects(tale: &mut Tale, person: Person, day: Day) -> Step {
    tale.review_claim(person, day, None).await
}

#[when(expr = "{person} has {month} restated on {day}")]
async fn has_restated(tale: &mut Tale, person: Person, month: NamedMonth, day: Day) -> Step {
    tale.pass_to_noon(day).await?;
    let order = json!({
        "service_id": SERVICE, "month": month.0, "by": person.0, "reason": "A probe's log came to light.",
    });
    tale.command("restate_month", order).await
}

#[when(expr = "the bills of {month} are sent out on {day}")]
async fn bills_are_out(tale: &mut Tale, month: NamedMonth, day: Day) -> Step {
    tale.pass_to_noon(day).await?;
    tale.command("mark_invoiced", json!({ "month": month.0 })).await
}
