//! The terms in force, to come and past; drafts, their check, and publication.

use axum::extract::{Query, State};
use axum::http::StatusCode;
use events::command::Subject;
use outcome::Failure;
use pages::desk::{Draft, Part, Revision, TermsDifference, TermsPage};
use serde_json::{Map, Value};
use sla::terms::{Finding, PublicationError, difference, lint};
use sla::{Instant, Month, Terms, TermsBook, Zone};
use web::{Page, PageError, Parameters, PostedForm, Problem, Session, fault, shown};

use ::commands::CommandError;

use crate::Desk;
use crate::api::problem;
use crate::changes::trail;
use crate::commands::waiting_page;
use crate::visit::Visit;

/// Shows the terms.
pub async fn page(State(desk): State<Desk>, session: Session, Query(query): Query<Parameters>) -> Page {
    let visit = desk.visit(&session, Part::Terms, query.done.as_deref())?;
    let table = visit.staff.table();
    let book = table.terms().await.map_err(fault)?;
    let present = Month::of(visit.now, Zone::UTC);
    let mut coming: Vec<Terms> =
        book.revisions().filter(|terms| terms.effective_from > present).cloned().collect();
    coming.sort_by_key(|terms| terms.effective_from);
    let revision = |terms: &Terms| {
        let digest = terms.digest().map_err(|error| Problem::fault(&Failure::unexpected(error)))?;
        Ok::<_, Problem>(Revision { revision: terms.revision, effective_from: terms.effective_from, digest })
    };
    let view = TermsPage {
        in_force: book.in_force(present).clone(),
        coming,
        revisions: book.revisions().map(revision).collect::<Result<_, _>>()?,
        first_possible: book.first_possible(visit.now),
        trail: trail(table, Subject::Terms, &[book.latest().terms_id.as_str()]).await.map_err(fault)?,
    };
    shown(pages::desk::terms(&visit.frame, &view))
}

/// Shows a first draft: the latest revision with the next number and the first possible month.
pub async fn draft(State(desk): State<Desk>, session: Session) -> Page {
    let visit = desk.visit(&session, Part::Terms, None)?;
    visit.staff.require(access::Scope::Staff)?;
    let book = visit.staff.table().terms().await.map_err(fault)?;
    let latest = book.latest();
    let effective_from = book.first_possible(visit.now);
    let next = Terms { revision: latest.revision + 1, effective_from, ..latest.clone() };
    let document = toml::to_string_pretty(&next);
    let document = document.map_err(|error| Problem::fault(&Failure::unexpected(error)))?;
    shown(pages::desk::terms_draft(&visit.frame, &Draft { document, ..Draft::default() }))
}

/// Reads a document in TOML or JSON.
fn read(document: &str) -> Result<Terms, Vec<Finding>> {
    let text = document.trim();
    let value: Result<Value, String> = match text.starts_with('{') {
        true => events::parse(text.as_bytes()).map_err(|error| error.to_string()),
        false => toml::from_str(text).map_err(|error| error.to_string()),
    };
    events::terms::read(&value.map_err(|error| vec![Finding::error("document", error.trim_end())])?)
}

/// Checks a document: lists everything wrong with it and its changes.
fn look_through(document: String, book: &TermsBook, now: Instant) -> (Draft, Option<Terms>) {
    let terms = match read(&document) {
        Ok(terms) => terms,
        Err(findings) => {
            return (Draft { document, is_checked: true, findings, ..Draft::default() }, None);
        }
    };
    let mut findings = lint(&terms);
    match book.publish(&terms, now) {
        // The linter's own findings are among these: only new ones are added.
        Err(PublicationError::Refused(errors)) => {
            let new = errors.into_iter().filter(|error| !findings.contains(error)).collect::<Vec<_>>();
            findings.extend(new);
        }
        Err(error @ PublicationError::Published(..)) => {
            findings.push(Finding::error("revision", error.to_string()));
        }
        Ok(_) => {}
    }
    findings.sort_by_key(|finding| !finding.is_error());
    let before = book.in_force(terms.effective_from.previous());
    let draft = Draft {
        document,
        is_checked: true,
        names: Some((terms.revision, terms.effective_from)),
        findings,
        difference: Some(TermsDifference { against: before.revision, changes: difference(before, &terms) }),
    };
    (draft, Some(terms))
}

fn document(fields: &Map<String, Value>) -> String {
    fields.get("document").and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// Checks a draft without storing anything.
pub async fn preview(State(desk): State<Desk>, session: Session, form: PostedForm) -> Page {
    let fields = form.of(&session, &desk.sign_in)?;
    let visit = desk.visit(&session, Part::Terms, None)?;
    visit.staff.require(access::Scope::Staff)?;
    let book = visit.staff.table().terms().await.map_err(fault)?;
    let (draft, _) = look_through(document(&fields), &book, visit.now);
    shown(pages::desk::terms_draft(&visit.frame, &draft))
}

/// Publishes a revision; a form sent twice publishes it once.
pub async fn publish(State(desk): State<Desk>, session: Session, form: PostedForm) -> Page {
    let fields = form.of(&session, &desk.sign_in)?;
    let visit = desk.visit(&session, Part::Terms, None)?;
    visit.staff.require(access::Scope::Staff)?;
    let book = visit.staff.table().terms().await.map_err(fault)?;
    let (draft, terms) = look_through(document(&fields), &book, visit.now);
    let Some(terms) = terms else { return again(&visit, &draft) };
    match visit.staff.publish_terms(terms, visit.now).await {
        Ok(answer) => Ok(waiting_page(&answer).unwrap_or_else(|| web::redirect("/terms?done=publish_terms"))),
        Err(CommandError::Failure(Failure::BadRequest(_) | Failure::Conflict(_))) => again(&visit, &draft),
        Err(error) => Err(PageError(problem(error))),
    }
}

fn again(visit: &Visit, draft: &Draft) -> Page {
    let page = pages::desk::terms_draft(&visit.frame, draft);
    Ok(web::html(StatusCode::UNPROCESSABLE_ENTITY, page.into_string()))
}
