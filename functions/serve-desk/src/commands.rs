//! The desk's changes: a form's fields become a command, and a refused form comes back with its errors.

use ::commands::Refused;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use pages::FieldError;
use pages::desk::{CommandForm, Part};
use serde_json::{Map, Value};
use web::{Posted, Problem, RequestKey, Session};

use crate::Desk;
use crate::answers::{Page, Visit};
use crate::fields;

/// Runs the command of a form; a form sent twice changes things once.
pub async fn run(
    State(desk): State<Desk>,
    session: Session,
    Path(command): Path<String>,
    form: Posted,
) -> Page {
    let form = form.of(&session, &desk.sign_in)?;
    if !pages::desk::has_form(&command) {
        return Err(Problem::no_such_page().into());
    }
    let visit = desk.visit(&session, Part::Elsewhere, None)?;
    let fields = match fields::of_form(&command, &form) {
        Ok(fields) => fields,
        Err(errors) => return again(&visit, &command, &form, errors, StatusCode::UNPROCESSABLE_ENTITY),
    };
    let problem = match visit.staff.run(&command, fields, visit.now).await {
        Ok(answer) => {
            let to = leads_to(&command, &form, &answer);
            return Ok(web::redirect(&format!("{to}?done={command}")));
        }
        Err(Refused::Access(refusal)) => return Err(refusal.into()),
        Err(Refused::Input(error)) => Problem::from(error),
        Err(Refused::Failure(failure)) => Problem::from(failure),
        Err(Refused::Reused) => return Err(RequestKey::reused().into()),
    };
    if problem.code().is_server_error() {
        return Err(problem.into());
    }
    again(&visit, &command, &form, vec![FieldError::of(&problem.detail)], problem.code())
}

/// Shows a refused command's form with the posted values and the errors.
fn again(
    visit: &Visit,
    command: &str,
    form: &Map<String, Value>,
    errors: Vec<FieldError>,
    status: StatusCode,
) -> Page {
    let sent = form.iter().filter(|(name, _)| *name != "csrf");
    let values = sent.map(|(name, value)| (name.clone(), value.as_str().unwrap_or_default().to_owned()));
    let form = CommandForm { command: command.to_owned(), values: values.collect(), errors };
    Ok(web::html(status, pages::desk::command_page(&visit.frame, &form).into_string()))
}

/// Returns the page of the object that a command created or changed.
fn leads_to(command: &str, form: &Map<String, Value>, answer: &Value) -> String {
    // The command was carried out, so these are ids and months: no character is special in an address.
    let part = |name: &str| {
        let text = answer.get(name).or_else(|| form.get(name)).and_then(Value::as_str);
        text.unwrap_or_default().trim()
    };
    match command {
        "register_customer" | "change_customer" => format!("/customers/{}", part("customer_id")),
        "register_service" | "change_service" | "terminate_service" => {
            format!("/services/{}", part("service_id"))
        }
        "raise_exclusion" | "decide_exclusion" | "withdraw_exclusion" | "dispute_exclusion" => {
            format!("/exclusions/{}", part("exclusion_id"))
        }
        "void_checks" | "decide_void" => format!("/voids/{}", part("void_id")),
        "file_claim" | "review_claim" => format!("/claims/{}", part("claim_id")),
        "review_statement" | "restate_month" => {
            format!("/statements/{}/{}", part("service_id"), part("month"))
        }
        "mark_invoiced" => format!("/months/{}", part("month")),
        "replay_quarantine" => format!("/quarantine/{}", part("quarantine_id")),
        _ => "/maintenance".to_owned(),
    }
}
