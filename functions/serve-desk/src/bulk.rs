//! Many reviews at once: one verdict and one reason for the months that were ticked, each its own command.

use axum::extract::State;
use events::command::CommandName;
use pages::Message;
use pages::desk::{Part, REVIEWED_MAX, ReviewedMonth, ReviewedMonths};
use serde_json::{Map, Value, json};
use sla::{Month, ServiceId};
use web::{Page, PostedForm, Problem, Session, shown};

use crate::Desk;
use crate::api;
use crate::visit::Visit;

/// Reviews the ticked months, and tells what came of each.
pub async fn review(State(desk): State<Desk>, session: Session, form: PostedForm) -> Page {
    let form = form.of(&session, &desk.sign_in)?;
    let mut visit = desk.visit(&session, Part::Reviews, None)?;
    visit.staff.permit(CommandName::ReviewStatement)?;
    let ticked: Vec<(ServiceId, Month)> = form.keys().filter_map(|name| ticked(name)).collect();
    if ticked.is_empty() || ticked.len() > REVIEWED_MAX {
        let count = ticked.len();
        return Err(Problem::bad_request(format!(
            "months: {count} are ticked: go back, and tick 1 to {REVIEWED_MAX}"
        ))
        .into());
    }
    let mut outcomes = Vec::with_capacity(ticked.len());
    for (service_id, month) in ticked {
        let outcome = Box::pin(reviewed(&visit, &form, &service_id, month)).await;
        outcomes.push(ReviewedMonth { service_id, month, outcome });
    }
    let failed = outcomes.iter().filter(|own| own.outcome.is_err()).count();
    if failed > 0 {
        visit.frame.message = Some(Message::Failed(format!("{failed} of {} were refused.", outcomes.len())));
    }
    shown(pages::desk::reviewed(&visit.frame, &ReviewedMonths { outcomes }))
}

/// Reads which month a check box names; an id contains no space.
fn ticked(name: &str) -> Option<(ServiceId, Month)> {
    let (service, month) = name.strip_prefix("month ")?.split_once(' ')?;
    Some((service.parse().ok()?, month.parse().ok()?))
}

/// Reviews a month; returns the change that waits for a second person, if it does.
async fn reviewed(
    visit: &Visit,
    form: &Map<String, Value>,
    service_id: &ServiceId,
    month: Month,
) -> Result<Option<String>, String> {
    let field =
        |name: &str| form.get(name).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty());
    let fields = json!({
        "service_id": service_id, "month": month, "verdict": field("verdict"), "reason": field("reason"),
    });
    let fields = fields.as_object().cloned().unwrap_or_default();
    match visit.staff.run(CommandName::ReviewStatement, fields, visit.now).await {
        Ok(answer) => Ok(answer.get("waiting").and_then(Value::as_str).map(str::to_owned)),
        Err(error) => Err(api::problem(error).detail),
    }
}
