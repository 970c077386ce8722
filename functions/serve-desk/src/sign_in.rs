//! Signing in and out; the issuer does the rest.

use axum::extract::{Query, RawQuery, State};
use axum::http::HeaderMap;
use web::{Posted, Session};

use crate::Desk;
use crate::answers::{Page, public_frame, shown};
use crate::inputs::Asked;

/// Shows the page that offers to sign in.
pub async fn page(State(desk): State<Desk>, Query(asked): Query<Asked>) -> Page {
    let to = asked.return_to.as_deref().unwrap_or("/");
    let begin = format!("/sign-in/begin?return_to={}", web::query_text(to));
    shown(pages::desk::sign_in(&public_frame(&desk), &begin))
}

/// Redirects to the issuer.
pub async fn begin(State(desk): State<Desk>, Query(asked): Query<Asked>) -> Page {
    Ok(web::begin(&desk.sign_in, asked.return_to.as_deref()).await?)
}

/// Completes signing in after the issuer's redirect.
pub async fn callback(State(desk): State<Desk>, headers: HeaderMap, RawQuery(query): RawQuery) -> Page {
    Ok(web::finish(&desk.sign_in, &headers, &query.unwrap_or_default()).await?)
}

/// Ends a session.
pub async fn sign_out(State(desk): State<Desk>, session: Session, form: Posted) -> Page {
    form.of(&session, &desk.sign_in)?;
    Ok(web::sign_out(&desk.sign_in))
}
