//! Signing in and out; the issuer does the rest.

use axum::extract::{Query, RawQuery, State};
use axum::http::HeaderMap;
use web::{Posted, Session};

use crate::Portal;
use crate::answers::{Page, public_frame, shown};
use crate::inputs::Asked;

/// Shows the page that offers to sign in.
pub async fn page(State(portal): State<Portal>, Query(asked): Query<Asked>) -> Page {
    let to = asked.return_to.as_deref().unwrap_or("/");
    let begin = format!("/sign-in/begin?return_to={}", web::query_text(to));
    shown(pages::sign_in(&public_frame(&portal), &begin))
}

/// Redirects to the issuer.
pub async fn begin(State(portal): State<Portal>, Query(asked): Query<Asked>) -> Page {
    Ok(web::begin(&portal.sign_in, asked.return_to.as_deref()).await?)
}

/// Completes signing in after the issuer's redirect.
pub async fn callback(State(portal): State<Portal>, headers: HeaderMap, RawQuery(query): RawQuery) -> Page {
    Ok(web::finish(&portal.sign_in, &headers, &query.unwrap_or_default()).await?)
}

/// Ends a session.
pub async fn sign_out(State(portal): State<Portal>, session: Session, form: Posted) -> Page {
    form.of(&session, &portal.sign_in)?;
    Ok(web::sign_out(&portal.sign_in))
}
