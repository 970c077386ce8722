//! Findings about claims and credits: at the desk, in notices, and in finance's export.

use cucumber::gherkin::Step as GherkinStep;
use cucumber::then;
use serde_json::{Value, json};
use sla::{Instant, Money};

use crate::findings::{Figure, compare, ends_with, text};
use crate::tale::{CUSTOMER, Step, Tale, wrong};
use crate::wording::{Amount, Day, Listener, NamedMonth, News, claim_reason, claim_state, credit_kind};

/// The words of a table for a credit on no bill: it is paid out, or it pays nothing.
const ON_NO_BILL: [&str; 2] = ["paid out", "on no bill"];

/// Returns a figure of a claim by finance's name for it.
fn figure(tale: &Tale, claim: &Value, label: &str) -> Step<Figure> {
    let word = |name: &str| claim.get(name).and_then(Value::as_str);
    Ok(match label {
        "the claim is" => Figure::Words(claim_state(word("state").unwrap_or_default())?.to_owned()),
        "because" => Figure::Words(word("reason").map_or(Ok("none"), claim_reason)?.to_owned()),
        "for" => Figure::Words(credit_kind(word("kind").unwrap_or_default())?.to_owned()),
        "made" => {
            let through = if word("ticket_id").is_some() { "through support" } else { "in the dashboard" };
            Figure::Words(through.to_owned())
        }
        "made on" => Figure::Words(moment(tale, word("filed_at"))?),
        "in time before" => Figure::Words(moment(tale, word("claim_until"))?),
        "worth" => match claim.get("amount") {
            None => Figure::Words("none".to_owned()),
            Some(amount) => Figure::Money(money(amount)?),
        },
        "decisions" => Figure::Words(claim.get("decisions").map_or("0".to_owned(), Value::to_string)),
        other => return Err(wrong(format!("a claim shows no `{other}`"))),
    })
}

fn money(value: &Value) -> Step<Money> {
    serde_json::from_value(value.clone()).map_err(|e| wrong(format!("{value} is no amount: {e}")))
}

/// Formats an instant of an answer on the customer's clock.
fn moment(tale: &Tale, at: Option<&str>) -> Step<String> {
    let Some(at) = at else { return Ok("none".to_owned()) };
    let at: Instant = at.parse().map_err(|_| wrong(format!("`{at}` is no instant")))?;
    Ok(tale.moment(at))
}

impl Tale {
    /// Returns the customer's claims, in the order of filing.
    pub async fn claims(&self) -> Step<Vec<Value>> {
        self.settled()?;
        let wanted = json!({ "command": "list_claims", "customer_id": CUSTOMER });
        let answer = self.ask("run-desk", wanted).await?;
        let mut claims = answer.get("claims").and_then(Value::as_array).cloned().unwrap_or_default();
        claims
            .sort_by_key(|claim| ["filed_at", "claim_id"].map(|name| claim.get(name).map(Value::to_string)));
        Ok(claims)
    }

    /// Returns the entry in the last notice of a credit of this kind.
    fn last_entry(&self, listener: &Listener, news: &str) -> Step<Value> {
        let told = self.told(listener, news.parse()?)?;
        let last = told.last().ok_or_else(|| wrong(format!("{} has not heard that {news}", listener.0)))?;
        let entry = last.message.pointer("/data/entry");
        entry.cloned().ok_or_else(|| wrong(format!("no entry is named: {}", last.message)))
    }
}

/// Fails unless a notice's ledger entry has this amount.
fn is_worth(entry: &Value, amount: Amount) -> Step {
    let minor = entry.get("amount_minor").and_then(Value::as_i64).map(i64::unsigned_abs);
    let found = json!({ "minor": minor, "currency": entry.get("currency") });
    if money(&found)? == amount.0 { Ok(()) } else { Err(wrong(format!("it is {}", money(&found)?))) }
}

#[then("the claim says:")]
async fn claim_says(tale: &mut Tale, step: &GherkinStep) -> Step {
    let claims = tale.claims().await?;
    let claim = claims.last().ok_or_else(|| wrong("nothing has been claimed"))?;
    compare(step, |label| figure(tale, claim, label))
}

#[then("the first claim says:")]
async fn first_claim_says(tale: &mut Tale, step: &GherkinStep) -> Step {
    let claims = tale.claims().await?;
    let claim = claims.first().ok_or_else(|| wrong("nothing has been claimed"))?;
    compare(step, |label| figure(tale, claim, label))
}

#[then(expr = "{audience} has/have been told once that {news}")]
async fn told_once(tale: &mut Tale, listener: Listener, news: News) -> Step {
    match tale.told(&listener, news)?.len() {
        1 => Ok(()),
        heard => Err(wrong(format!("{} has heard of {} {heard} times", listener.0, news.0))),
    }
}

#[then(expr = "{int} claim(s) is/are on record")]
async fn on_record(tale: &mut Tale, expected: usize) -> Step {
    match tale.claims().await?.len() {
        found if found == expected => Ok(()),
        found => Err(wrong(format!("{found} are"))),
    }
}

#[then(expr = "the customer has been reminded that claims are in time until the end of {day}")]
async fn reminded_until(tale: &mut Tale, day: Day) -> Step {
    let told = tale.told(&"the customer".parse()?, "the time to claim is running out".parse()?)?;
    let last = told.last().ok_or_else(|| wrong("the customer has not been reminded"))?;
    ends_with(tale, last, "/data/closing/claim_until", day)
}

#[then(expr = "the customer has been reminded that {amount} would lapse")]
async fn reminded_of(tale: &mut Tale, amount: Amount) -> Step {
    let told = tale.told(&"the customer".parse()?, "the time to claim is running out".parse()?)?;
    let last = told.last().ok_or_else(|| wrong("the customer has not been reminded"))?;
    let credit = money(last.message.pointer("/data/closing/credit").unwrap_or(&Value::Null))?;
    if credit == amount.0 { Ok(()) } else { Err(wrong(format!("it says {}", text(last, "/text")))) }
}

#[then(expr = "{audience} has/have been told that a credit of {amount} lapsed")]
async fn lapsed(tale: &mut Tale, listener: Listener, amount: Amount) -> Step {
    is_worth(&tale.last_entry(&listener, "a credit lapsed")?, amount)
}

#[then(expr = "{audience} has/have been told that a credit of {amount} was taken back")]
async fn taken_back(tale: &mut Tale, listener: Listener, amount: Amount) -> Step {
    is_worth(&tale.last_entry(&listener, "a credit was taken back")?, amount)
}

#[then(
    expr = "{audience} has/have been told that a credit of {amount} was granted, with the bill of {month}"
)]
async fn granted(tale: &mut Tale, listener: Listener, amount: Amount, billed: NamedMonth) -> Step {
    let entry = tale.last_entry(&listener, "a credit was granted")?;
    is_worth(&entry, amount)?;
    match entry.get("billing_month") {
        Some(month) if *month == json!(billed.0) => Ok(()),
        month => Err(wrong(format!("it appears on the bill of {month:?}"))),
    }
}

#[then(expr = "{audience} has/have been told that a credit of {amount} is paid out")]
async fn told_paid_out(tale: &mut Tale, listener: Listener, amount: Amount) -> Step {
    let entry = tale.last_entry(&listener, "a credit was granted")?;
    is_worth(&entry, amount)?;
    match entry.get("billing_month") {
        None | Some(Value::Null) => Ok(()),
        Some(month) => Err(wrong(format!("it appears on the bill of {month}"))),
    }
}

/// Compares a month's ledger with the step's rows, in any order: kind, state, amount, bill.
async fn compare_ledger(tale: &Tale, month: NamedMonth, revision: Option<u64>, step: &GherkinStep) -> Step {
    let mut found = Vec::new();
    for row in tale.credits_of(month, revision).await? {
        let cell = |name: &str| row.get(name).cloned().unwrap_or_default();
        let billed = Some(cell("billing_month")).filter(|billed| !billed.is_empty());
        let [paid_out, lapsed] = ON_NO_BILL;
        let unbilled = if cell("state") == "lapsed" { lapsed } else { paid_out };
        found.push(vec![
            credit_kind(&cell("kind"))?.to_owned(),
            cell("state"),
            format!("{} {}", cell("amount"), cell("currency")),
            billed.unwrap_or_else(|| unbilled.to_owned()),
        ]);
    }
    let mut expected = Vec::new();
    for row in step.table.iter().flat_map(|table| &table.rows) {
        let [kind, state, amount, billed] = row.as_slice() else { return Err(wrong("a row has four cells")) };
        let billed = match billed.as_str() {
            words if ON_NO_BILL.contains(&words) => words.to_owned(),
            month => month.parse::<NamedMonth>()?.0.to_string(),
        };
        expected.push(vec![kind.clone(), state.clone(), amount.clone(), billed]);
    }
    // An export sorts by the credits' ids, not by time.
    found.sort();
    expected.sort();
    if found == expected { Ok(()) } else { Err(wrong(format!("the export holds {found:?}"))) }
}

#[then(expr = "finance's ledger of {month} reads:")]
async fn ledger(tale: &mut Tale, month: NamedMonth, step: &GherkinStep) -> Step {
    compare_ledger(tale, month, None, step).await
}

#[then(expr = "revision {int} of finance's export of {month} adds only:")]
async fn revision_adds(tale: &mut Tale, revision: u64, month: NamedMonth, step: &GherkinStep) -> Step {
    compare_ledger(tale, month, Some(revision), step).await
}
