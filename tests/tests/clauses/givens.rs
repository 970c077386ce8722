//! How a story begins: a customer with a service, and the agreement that is in force.

use chrono::{NaiveDate, NaiveTime};
use chrono_tz::Tz;
use cucumber::gherkin::Step as Told;
use cucumber::given;
use serde_json::json;
use sla::Terms;
use sla::terms::ClaimMode;
use table::Committed;

use crate::tale::{CUSTOMER, SERVICE, Step, Tale, instant_in, wrong};
use crate::wording::{Amount, Day, Length, Named, Places};

/// A story begins so long before its service is provided: five days, so that maintenance can be announced
/// for the first day.
const BEFORE_S: i64 = 5 * 86_400;

/// A service as a feature describes it.
struct Described {
    plan: String,
    fee: Amount,
    since: NaiveDate,
    zone: Tz,
    slot: Option<Length>,
    places: Vec<String>,
    agreeing: u32,
}

impl Described {
    fn read(step: &Told) -> Step<Self> {
        let mut described = Described {
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
async fn service(tale: &mut Tale, step: &Told) -> Step {
    let described = Described::read(step)?;
    let Described { plan, fee, since, zone, slot, places, agreeing } = described;
    let activated_at = instant_in(zone, since, NaiveTime::MIN)?;
    tale.begin(activated_at.plus_s(-BEFORE_S), zone, &places, activated_at).await?;
    tale.command("register_customer", json!({ "customer_id": CUSTOMER, "name": "Harbour Hotels" })).await?;
    let mut service = json!({
        "service_id": SERVICE, "customer_id": CUSTOMER, "name": "Reservations",
        "plan": plan.to_lowercase(), "monthly_fee": fee.0, "region": "eu-central",
        "time_zone": zone.name(), "activated_at": activated_at, "quorum": agreeing,
    });
    if let (Some(fields), Some(slot)) = (service.as_object_mut(), slot) {
        fields.insert("resolution_s".to_owned(), json!(slot.0));
    }
    tale.command("register_service", service).await?;
    tale.settled()
}

#[given(expr = "from {month} on, credits are granted without a claim")]
async fn automatic_credits(tale: &mut Tale, month: Named) -> Step {
    let mut terms = Terms { revision: 2, effective_from: month.0, ..Terms::built_in() };
    terms.claims.mode = ClaimMode::Automatic;
    let stored = tale.system()?.directory().store_terms(&terms).await;
    match stored.map_err(|e| wrong(e.to_string()))? {
        Committed::Done => Ok(()),
        Committed::Conflict => Err(wrong("the agreement has a second revision already")),
    }
}
