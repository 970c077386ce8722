//! Beginnings of a story: a customer with a service, and the agreement in force.

use chrono::{NaiveDate, NaiveTime};
use chrono_tz::Tz;
use cucumber::gherkin::Step as GherkinStep;
use cucumber::given;
use serde_json::json;
use sla::Terms;
use sla::terms::{ClaimMode, RegionLatency};
use table::Committed;

use crate::tale::{CUSTOMER, SERVICE, Step, Tale, instant_in, wrong};
use crate::wording::{Amount, Day, Length, NamedMonth, Places};

/// The time from a story's beginning to the start of its service: five days, so that maintenance can be
/// announced for the first day.
const BEFORE_S: i64 = 5 * 86_400;

/// The region of every story's service.
const REGION: &str = "eu-central";

/// A service as a feature describes it.
struct ServiceDescription {
    plan: String,
    fee: Amount,
    since: NaiveDate,
    zone: Tz,
    slot: Option<Length>,
    places: Vec<String>,
    agreeing: u32,
}

impl ServiceDescription {
    fn read(step: &GherkinStep) -> Step<Self> {
        let mut described = ServiceDescription {
            plan: "Standard".to_owned(),
            fee: "499.00 EUR".parse()?,
            since: "1 June 2026".parse::<Day>()?.0,
            zone: Tz::UTC,
            slot: None,
            places: vec!["Frankfurt".to_owned()],
            agreeing: 1,
        };
        for row in step.table.iter().flat_map(|table| &table.rows) {
            let [label, value] = row.as_slice() else { return Err(wrong("a row has two cells")) };
            match label.as_str() {
                "plan" => described.plan.clone_from(value),
                "monthly fee" => described.fee = value.parse()?,
                "provided from" => described.since = value.parse::<Day>()?.0,
                "customer's time zone" => {
                    described.zone = value.parse().map_err(|_| wrong(format!("no time zone: {value}")))?;
                }
                "measured in steps of" => described.slot = Some(value.parse()?),
                "checked from" => described.places = value.parse::<Places>()?.0,
                "places that must agree that it is down" => {
                    described.agreeing = value.parse().map_err(|_| wrong(format!("no number: {value}")))?;
                }
                other => return Err(wrong(format!("`{other}` is nothing that describes a service"))),
            }
        }
        Ok(described)
    }
}

#[given("the service of Harbour Hotels:")]
async fn service(tale: &mut Tale, step: &GherkinStep) -> Step {
    let described = ServiceDescription::read(step)?;
    let ServiceDescription { plan, fee, since, zone, slot, places, agreeing } = described;
    let activated_at = instant_in(zone, since, NaiveTime::MIN)?;
    tale.begin(activated_at.plus_s(-BEFORE_S), zone, &places, activated_at).await?;
    tale.command("register_customer", json!({ "customer_id": CUSTOMER, "name": "Harbour Hotels" })).await?;
    let mut service = json!({
        "service_id": SERVICE, "customer_id": CUSTOMER, "name": "Reservations",
        "plan": plan.to_lowercase(), "monthly_fee": fee.0, "region": REGION,
        "time_zone": zone.name(), "activated_at": activated_at, "quorum": agreeing,
    });
    if let (Some(fields), Some(slot)) = (service.as_object_mut(), slot) {
        fields.insert("resolution_s".to_owned(), json!(slot.0));
    }
    tale.command("register_service", service).await?;
    tale.settled()
}

#[given(expr = "from {month} on, credits are granted without a claim")]
async fn automatic_credits(tale: &mut Tale, month: NamedMonth) -> Step {
    let mut terms = Terms::built_in();
    terms.claims.mode = ClaimMode::Automatic;
    revise(tale, month, terms).await
}

#[given(expr = "from {month} on, no latency is promised in the service's region")]
async fn no_latency(tale: &mut Tale, month: NamedMonth) -> Step {
    revise(tale, month, latency_in_the_region(None)?).await
}

#[given(expr = "from {month} on, a latency of less than {int} ms is promised in the service's region")]
async fn own_latency(tale: &mut Tale, month: NamedMonth, limit_ms: u32) -> Step {
    revise(tale, month, latency_in_the_region(Some(limit_ms * 1_000))?).await
}

#[given(expr = "from {month} on, the Premium plan promises a throughput of {int} Mbps")]
async fn own_throughput(tale: &mut Tale, month: NamedMonth, floor_mbps: u32) -> Step {
    let mut terms = Terms::built_in();
    terms.plans.premium.throughput_floor_kbps = Some(floor_mbps * 1_000);
    revise(tale, month, terms).await
}

fn latency_in_the_region(limit_us: Option<u32>) -> Step<Terms> {
    let region = REGION.parse().map_err(|_| wrong("the service has no region"))?;
    let mut terms = Terms::built_in();
    terms.metrics.latency.regions.push(RegionLatency { region, limit_us });
    Ok(terms)
}

/// Stores terms as the second revision of the agreement.
async fn revise(tale: &Tale, month: NamedMonth, terms: Terms) -> Step {
    let terms = Terms { revision: 2, effective_from: month.0, ..terms };
    let stored = tale.system()?.directory().store_terms(&terms).await;
    match stored.map_err(|e| wrong(e.to_string()))? {
        Committed::Done => Ok(()),
        Committed::Conflict => Err(wrong("the agreement has a second revision already")),
    }
}
