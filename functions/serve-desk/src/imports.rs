//! Imports: a file is looked through, then imported by its command; an import's own page.

use ::commands::preview_import;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use events::command::{CommandName, Subject};
use events::text::CsvText;
use pages::FieldError;
use pages::desk::{ImportDraft, ImportFindings, ImportPage, Part};
use sla::id::ImportId;
use table::ImportState;
use web::{Page, Parameters, PostedForm, Problem, Session, fault, part, shown};

use crate::Desk;
use crate::changes::trail;

/// Shows the form of a file.
pub async fn form(State(desk): State<Desk>, session: Session) -> Page {
    let visit = desk.visit(&session, Part::Customers, None)?;
    visit.staff.permit(CommandName::ImportServices)?;
    shown(pages::desk::import_draft(&visit.frame, &ImportDraft::default()))
}

/// Looks through a file without storing anything.
pub async fn preview(State(desk): State<Desk>, session: Session, form: PostedForm) -> Page {
    let fields = form.of(&session, &desk.sign_in)?;
    let visit = desk.visit(&session, Part::Customers, None)?;
    visit.staff.permit(CommandName::ImportServices)?;
    let sent = fields.get("csv").cloned().unwrap_or_default();
    let mut draft =
        ImportDraft { csv: sent.as_str().unwrap_or_default().to_owned(), ..ImportDraft::default() };
    let csv: CsvText = match events::read(&sent) {
        Ok(csv) => csv,
        Err(error) => {
            draft.error = Some(FieldError { field: "csv".to_owned(), text: error.to_string() });
            return refused(&visit, &draft);
        }
    };
    let found = preview_import(visit.staff.table(), &csv, visit.now).await;
    let found = found.map_err(|failure| Problem::fault(&failure))?;
    let (services, known) = (found.read.services, found.known);
    let is_refused = !found.errors.is_empty();
    let found = ImportFindings { customers: found.customers, services, known, errors: found.errors };
    draft.found = Some(found);
    if is_refused { refused(&visit, &draft) } else { shown(pages::desk::import_draft(&visit.frame, &draft)) }
}

fn refused(visit: &crate::visit::Visit, draft: &ImportDraft) -> Page {
    let page = pages::desk::import_draft(&visit.frame, draft);
    Ok(web::html(StatusCode::UNPROCESSABLE_ENTITY, page.into_string()))
}

/// Shows an import.
pub async fn page(
    State(desk): State<Desk>,
    session: Session,
    Path(import_id): Path<String>,
    Query(query): Query<Parameters>,
) -> Page {
    let id: ImportId = part("import_id", &import_id)?;
    let visit = desk.visit(&session, Part::Customers, query.done.as_deref())?;
    let table = visit.staff.table();
    let found = table.import(&id).await.map_err(fault)?;
    let import = found.ok_or_else(|| Problem::not_found("import_id", &id))?.value;
    let page = ImportPage {
        is_whole: import.state == ImportState::Whole,
        is_undone: matches!(import.state, ImportState::Undoing | ImportState::Undone(_)),
        customers: import.customers.into_keys().collect(),
        services: import.services.into_keys().collect(),
        trail: trail(table, Subject::Import, &[id.as_str()]).await.map_err(fault)?,
        import_id: id,
    };
    shown(pages::desk::import(&visit.frame, &page))
}
