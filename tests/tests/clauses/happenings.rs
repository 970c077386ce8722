//! Happenings of a story: the service fails, people announce, raise, decide and change; time passes. Steps
//! stand in the order of time. A step dated by its day alone happens at noon, the customer's time.

use chrono::NaiveTime;
use cucumber::when;
use serde_json::json;
use sla::{Instant, Terms};

use crate::tale::{CUSTOMER, SERVICE, Step, Tale, wrong};
use crate::wording::{Amount, Day, Length, MeasuredField, NamedMonth, Observation, Places, Time, Under};

/// Noon.
fn noon() -> NaiveTime {
    NaiveTime::MIN + chrono::Duration::hours(12)
}

impl Tale {
    /// Some places see the service with this status from one instant to another; all do if none is named.
    async fn see(&mut self, places: &[String], seen: Observation, span: (Instant, Instant)) -> Step {
        self.settled()?;
        self.pass_to(span.0).await?;
        let status = match seen {
            Observation::As(status) => Some(status),
            Observation::NotAtAll => None,
        };
        self.watch(places, status)?;
        self.pass_to(span.1).await?;
        self.watch(places, Some("up"))
    }

    pub async fn pass_to_noon(&mut self, day: Day) -> Step {
        self.settled()?;
        self.pass_to(self.instant(day.0, noon())?).await
    }
}

#[when(expr = "the service {seen} on {day} from {time} to {time}")]
async fn seen_from_to(tale: &mut Tale, seen: Observation, day: Day, from: Time, to: Time) -> Step {
    let span = tale.span(day.0, from.0, to.0)?;
    tale.see(&[], seen, span).await
}

#[when(expr = "the service {seen} on {day} from {time} for {duration}")]
async fn seen_for(tale: &mut Tale, seen: Observation, day: Day, from: Time, length: Length) -> Step {
    let start = tale.instant(day.0, from.0)?;
    tale.see(&[], seen, (start, start.plus_s(length.0))).await
}

#[when(expr = "the service is down as seen from {places} on {day} from {time} to {time}")]
async fn down_as_seen_from(tale: &mut Tale, places: Places, day: Day, from: Time, to: Time) -> Step {
    let span = tale.span(day.0, from.0, to.0)?;
    tale.see(&places.0, Observation::As("down"), span).await
}

#[when(expr = "the service goes down on {day} at {time}")]
async fn goes_down(tale: &mut Tale, day: Day, time: Time) -> Step {
    tale.settled()?;
    tale.pass_to(tale.instant(day.0, time.0)?).await?;
    tale.watch(&[], Some("down"))
}

#[when(expr = "the service is back on {day} at {time}")]
async fn is_back(tale: &mut Tale, day: Day, time: Time) -> Step {
    tale.settled()?;
    tale.pass_to(tale.instant(day.0, time.0)?).await?;
    tale.watch(&[], Some("up"))
}

#[when(
    expr = "a report arrives late, on {day} at {time}: the service was {word} on {day} from {time} to {time}"
)]
async fn late_report(
    tale: &mut Tale,
    day: Day,
    time: Time,
    was: String,
    on: Day,
    from: Time,
    to: Time,
) -> Step {
    tale.settled()?;
    tale.pass_to(tale.instant(day.0, time.0)?).await?;
    let span = tale.span(on.0, from.0, to.0)?;
    tale.report_late(&was, span).await
}

#[when(expr = "a {measured} is measured on {day} from {time} for {duration}")]
async fn measured_at(tale: &mut Tale, measured: MeasuredField, day: Day, from: Time, length: Length) -> Step {
    tale.settled()?;
    let start = tale.instant(day.0, from.0)?;
    let end = start.plus_s(length.0);
    tale.pass_to(end.max(tale.now()?)).await?;
    tale.report_measured(None, &measured, start, end).await
}

#[when(expr = "a {measured} is measured from {places} on {day} from {time} for {duration}")]
async fn measured_from(
    tale: &mut Tale,
    measured: MeasuredField,
    places: Places,
    day: Day,
    from: Time,
    length: Length,
) -> Step {
    tale.settled()?;
    let start = tale.instant(day.0, from.0)?;
    let end = start.plus_s(length.0);
    tale.pass_to(end.max(tale.now()?)).await?;
    for place in &places.0 {
        tale.report_measured(Some(place), &measured, start, end).await?;
    }
    Ok(())
}

#[when(
    expr = "a report arrives late, on {day} at {time}: a {measured} was measured on {day} from {time} for {duration}"
)]
async fn late_measured(
    tale: &mut Tale,
    day: Day,
    time: Time,
    measured: MeasuredField,
    on: Day,
    from: Time,
    length: Length,
) -> Step {
    tale.settled()?;
    tale.pass_to(tale.instant(day.0, time.0)?).await?;
    let start = tale.instant(on.0, from.0)?;
    tale.report_measured(None, &measured, start, start.plus_s(length.0)).await
}

#[when(expr = "it is {day}, {time}")]
async fn it_is(tale: &mut Tale, day: Day, time: Time) -> Step {
    tale.settled()?;
    tale.pass_to(tale.instant(day.0, time.0)?).await
}

#[when(expr = "{month} has been closed, a day after its end")]
async fn closed(tale: &mut Tale, month: NamedMonth) -> Step {
    tale.settled()?;
    let zone = tale.sla_zone()?;
    let closes_at = month.0.next().start(zone).plus_s(Terms::built_in().close_after_h * 3_600);
    tale.pass_to(closes_at).await
}

#[when(expr = "maintenance is announced on {day} at {time} for {day} from {time} to {time}")]
async fn announce(tale: &mut Tale, day: Day, time: Time, on: Day, from: Time, to: Time) -> Step {
    tale.settled()?;
    tale.pass_to(tale.instant(day.0, time.0)?).await?;
    let (starts_at, ends_at) = tale.span(on.0, from.0, to.0)?;
    let command = json!({
        "window_id": tale.name_new("window"), "starts_at": starts_at, "ends_at": ends_at,
        "scope": { "services": [SERVICE] }, "reason": "new disks",
    });
    tale.command("announce_maintenance", command).await
}

#[when(expr = "the end of the maintenance is moved to {day}, {time}, on {day} at {time}")]
async fn shorten(tale: &mut Tale, end_day: Day, end: Time, day: Day, time: Time) -> Step {
    tale.settled()?;
    tale.pass_to(tale.instant(day.0, time.0)?).await?;
    let ends_at = tale.instant(end_day.0, end.0)?;
    let command = json!({ "window_id": tale.name_last("window"), "ends_at": ends_at });
    tale.command("shorten_maintenance", command).await
}

#[when(expr = "the maintenance is cancelled on {day} at {time}")]
async fn cancel(tale: &mut Tale, day: Day, time: Time) -> Step {
    tale.settled()?;
    tale.pass_to(tale.instant(day.0, time.0)?).await?;
    let command = json!({ "window_id": tale.name_last("window") });
    tale.command("cancel_maintenance", command).await
}

#[when(expr = "{word} raises an exclusion on {day} for {day} from {time} to {time}, as {clause}: {string}")]
#[expect(clippy::too_many_arguments, reason = "one for each word that the sentence leaves open")]
async fn raise(
    tale: &mut Tale,
    person: String,
    day: Day,
    on: Day,
    from: Time,
    to: Time,
    under: Under,
    evidence: String,
) -> Step {
    tale.pass_to_noon(day).await?;
    let (starts_at, ends_at) = tale.span(on.0, from.0, to.0)?;
    let command = json!({
        "exclusion_id": tale.name_new("exclusion"), "services": [SERVICE], "clause": under.0,
        "starts_at": starts_at, "ends_at": ends_at, "evidence": evidence, "raised_by": person,
    });
    tale.command("raise_exclusion", command).await
}

#[when(expr = "{word} approves/rejects/withdraws it on {day}")]
async fn decide(tale: &mut Tale, person: String, day: Day, step: &cucumber::gherkin::Step) -> Step {
    tale.pass_to_noon(day).await?;
    let exclusion_id = tale.name_last("exclusion");
    let note = "I have read the evidence.";
    let decision = match step.value.split(' ').nth(1) {
        Some("approves") => "approve",
        Some("rejects") => "reject",
        Some("withdraws") => {
            let command = json!({ "exclusion_id": exclusion_id, "by": person, "note": note });
            return tale.command("withdraw_exclusion", command).await;
        }
        _ => return Err(wrong("an exclusion is approved, rejected or withdrawn")),
    };
    let command = json!({
        "exclusion_id": exclusion_id, "decision": decision, "decided_by": person, "note": note,
    });
    tale.command("decide_exclusion", command).await
}

#[when(expr = "{word} raises a void on {day} of what {places} saw on {day} from {time} to {time}: {string}")]
#[expect(clippy::too_many_arguments, reason = "one for each word that the sentence leaves open")]
async fn void(
    tale: &mut Tale,
    person: String,
    day: Day,
    places: Places,
    on: Day,
    from: Time,
    to: Time,
    evidence: String,
) -> Step {
    tale.pass_to_noon(day).await?;
    let (starts_at, ends_at) = tale.span(on.0, from.0, to.0)?;
    let [probe] = places.0.as_slice() else { return Err(wrong("a void is of one place's reports")) };
    let command = json!({
        "void_id": tale.name_new("void"), "service_id": SERVICE, "probe": probe,
        "starts_at": starts_at, "ends_at": ends_at, "evidence": evidence, "raised_by": person,
    });
    tale.command("void_checks", command).await
}

#[when(expr = "{word} approves/rejects the void on {day}")]
async fn decide_void(tale: &mut Tale, person: String, day: Day, step: &cucumber::gherkin::Step) -> Step {
    tale.pass_to_noon(day).await?;
    let decision = if step.value.contains(" approves ") { "approve" } else { "reject" };
    let command = json!({
        "void_id": tale.name_last("void"), "decision": decision, "decided_by": person,
        "note": "I have read the evidence.",
    });
    tale.command("decide_void", command).await
}

#[when(expr = "the customer disputes it on {day} at {time}: {string}")]
async fn dispute(tale: &mut Tale, day: Day, time: Time, statement: String) -> Step {
    tale.settled()?;
    tale.pass_to(tale.instant(day.0, time.0)?).await?;
    let command = json!({
        "exclusion_id": tale.name_last("exclusion"), "customer_id": CUSTOMER, "statement": statement,
    });
    tale.command("dispute_exclusion", command).await
}

#[when(expr = "on {day} the customer changes to the {word} plan for {amount} from {month} on")]
async fn change_plan(tale: &mut Tale, day: Day, plan: String, fee: Amount, from: NamedMonth) -> Step {
    tale.pass_to_noon(day).await?;
    let command = json!({
        "service_id": SERVICE, "from_month": from.0, "plan": plan.to_lowercase(), "monthly_fee": fee.0,
    });
    tale.command("change_service", command).await
}

#[when(expr = "on {day} the service is ended as of {day}, {time}")]
async fn terminate(tale: &mut Tale, day: Day, end_day: Day, end: Time) -> Step {
    tale.pass_to_noon(day).await?;
    let at = tale.instant(end_day.0, end.0)?;
    tale.end(at);
    tale.command("terminate_service", json!({ "service_id": SERVICE, "at": at })).await
}
