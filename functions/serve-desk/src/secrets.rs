//! The secrets of sources: entered, ended and removed, and never shown. Architecture invariant: what was
//! entered goes to the store of secrets alone. The trail has the change before the store has the secret.

use ::commands::SecretChange;
use access::Scope;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use pages::FieldError;
use pages::desk::{Part, SECRET_FIELD};
use serde_json::Value;
use shell::{Secret, SecretsError, require_fit};
use sla::id::SourceId;
use web::{Page, PostedForm, Problem, Session, fault, part};

use crate::Desk;
use crate::api::problem;
use crate::sources::{known, looked_at};

/// Beginning of the names of secrets that the desk's role may change.
const PREFIX: &str = "sources/";

/// Changes the secrets of a source; a form sent twice changes them once.
pub async fn change(
    State(desk): State<Desk>,
    session: Session,
    Path(source_id): Path<String>,
    form: PostedForm,
) -> Page {
    let form = form.of(&session, &desk.sign_in)?;
    let id: SourceId = part("source_id", &source_id)?;
    let visit = desk.visit(&session, Part::Sources, None)?;
    visit.staff.require(Scope::Staff)?;
    let text = |name: &str| form.get(name).and_then(Value::as_str).unwrap_or_default().trim();
    let change = SecretChange::of(text("act")).ok_or_else(Problem::no_such_page)?;
    let source = known(visit.staff.table(), &id).await?.source;
    let (name, entered) = (source.secret_name(), text(SECRET_FIELD));
    if let Err(error) = required(change, &name, entered) {
        let errors = vec![FieldError { field: SECRET_FIELD.to_owned(), text: error }];
        let page = pages::desk::source(&visit.frame, &looked_at(&desk, &visit, &id, errors).await?);
        return Ok(web::html(StatusCode::UNPROCESSABLE_ENTITY, page.into_string()));
    }
    let secrets = &desk.senders.secrets;
    let stored = match secrets.get(&name).await {
        // What cannot be read is replaced or removed.
        Err(SecretsError::Unreadable(_)) => None,
        stored => Some(stored.map_err(fault)?),
    };
    if stored.is_none_or(|stored| makes_a_difference(change, stored.as_ref(), entered)) {
        visit.staff.note_secret(&id, change, visit.now).await.map_err(problem)?;
        let made = match change {
            SecretChange::Enter => secrets.enter(&name, entered).await,
            SecretChange::EndPrevious => secrets.end_previous(&name).await,
            SecretChange::Remove => secrets.remove(&name).await,
        };
        made.map_err(fault)?;
    }
    Ok(web::redirect(&format!("/sources/{id}?done={}", change.as_str())))
}

/// Requires what a change takes; the error says what would be right, and nothing of a secret.
fn required(change: SecretChange, name: &str, entered: &str) -> Result<(), String> {
    if !name.starts_with(PREFIX) {
        return Err(format!(
            "The secret of this source is called {name}, and the desk enters those that begin with {PREFIX}: \
             change its proof, or enter the secret by hand."
        ));
    }
    if change != SecretChange::Enter {
        return Ok(());
    }
    require_fit(entered).map_err(|error| error.to_string())
}

/// True if a change makes another of what is stored.
fn makes_a_difference(change: SecretChange, stored: Option<&Secret>, entered: &str) -> bool {
    let mut valid = stored.into_iter().flat_map(Secret::valid);
    match change {
        SecretChange::Enter => valid.next() != Some(entered),
        SecretChange::EndPrevious => valid.nth(1).is_some(),
        SecretChange::Remove => stored.is_some(),
    }
}
