//! The desk's changes: a form's fields become a command, and a refused form comes back with its errors.

use ::commands::CommandError;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use events::command::CommandName;
use pages::FieldError;
use pages::desk::{CommandForm, Part};
use serde_json::{Map, Value};
use web::{Page, PostedForm, Problem, Session, fault};

use crate::Desk;
use crate::api;
use crate::fields;
use crate::picking::{Unpicked, pick};
use crate::visit::Visit;

/// Runs the command of a form; a form sent twice changes things once.
pub async fn run(
    State(desk): State<Desk>,
    session: Session,
    Path(command): Path<String>,
    form: PostedForm,
) -> Page {
    let mut form = form.of(&session, &desk.sign_in)?;
    let command = CommandName::of(&command).filter(|command| command.changes());
    let command = command.ok_or_else(Problem::no_such_page)?;
    let visit = desk.visit(&session, Part::Elsewhere, None)?;
    visit.staff.permit(command)?;
    let picked = pick(visit.staff.table(), command, &mut form).await.map_err(fault)?;
    if !picked.errors.is_empty() {
        return again(&visit, command, &form, picked, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let (fields, mut errors) = fields::of_form(command, &form);
    if !errors.is_empty() {
        let others = visit.staff.refusal(command, fields);
        let others = others.map(FieldError::each).into_iter().flatten();
        errors.extend(others.filter(|other| !form.contains_key(&other.field)).collect::<Vec<_>>());
        return again(&visit, command, &form, refused(errors), StatusCode::UNPROCESSABLE_ENTITY);
    }
    let error = match visit.staff.run(command, fields, visit.now).await {
        Ok(answer) => {
            if let Some(waits) = waiting_page(&answer) {
                return Ok(waits);
            }
            // The command was carried out, so these are ids and months: no character is special there.
            let value = |name: &str| {
                let text = answer.get(name).or_else(|| form.get(name)).and_then(Value::as_str);
                text.unwrap_or_default().trim().to_owned()
            };
            let to = pages::desk::leads_to(command, value);
            return Ok(web::redirect(&format!("{to}?done={}", command.as_str())));
        }
        Err(error) => error,
    };
    // Other fields mend a refused command, but neither a missing scope nor a reused key.
    let (errors, problem) = match error {
        CommandError::Input(refusal) => (FieldError::each(refusal.clone()), Problem::from(refusal)),
        CommandError::Failure(failure) => {
            let problem = Problem::from(failure);
            (vec![FieldError::of(&problem.detail)], problem)
        }
        error => return Err(api::problem(error).into()),
    };
    if problem.code().is_server_error() {
        return Err(problem.into());
    }
    again(&visit, command, &form, refused(errors), problem.code())
}

/// Leads to the page of a change that waits for a second person, if the answer names one.
pub fn waiting_page(answer: &Value) -> Option<Response> {
    let change = answer.get("waiting").and_then(Value::as_str)?;
    Some(web::redirect(&format!("/waiting/{change}?done=waiting")))
}

/// Builds the refusal of a form without anything to choose.
fn refused(errors: Vec<FieldError>) -> Unpicked {
    Unpicked { errors, ..Unpicked::default() }
}

/// Shows a refused command's form with the posted values and the errors.
fn again(
    visit: &Visit,
    command: CommandName,
    form: &Map<String, Value>,
    Unpicked { errors, choices }: Unpicked,
    status: StatusCode,
) -> Page {
    let sent = form.iter().filter(|(name, _)| *name != "csrf");
    let values = sent.map(|(name, value)| (name.clone(), value.as_str().unwrap_or_default().to_owned()));
    let form = CommandForm { command, values: values.collect(), errors, choices };
    Ok(web::html(status, pages::desk::command_page(&visit.frame, &form).into_string()))
}
