//! Disputes: a customer's statements against exclusions.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use events::text::Remark;
use pages::{KeptForm, Section};
use serde::Deserialize;
use serde_json::Value;
use sla::ExclusionId;
use sla::quota::QuotaRequest;
use web::{Page, PostedForm, Session, part, read_form};

use crate::Portal;
use crate::acts;
use crate::requests::ask;

#[derive(Deserialize)]
struct Dispute {
    statement: Remark,
    #[serde(default)]
    return_to: Option<String>,
}

/// Records a customer's dispute.
pub async fn dispute(
    State(portal): State<Portal>,
    session: Session,
    Path(exclusion_id): Path<String>,
    form: PostedForm,
) -> Page {
    let id: ExclusionId = part("exclusion_id", &exclusion_id)?;
    let fields = form.of(&session, &portal.sign_in)?;
    let Dispute { statement, return_to } = read_form(fields.clone(), &["statement"])?;
    let (scope, now) = (portal.scope(&session.access)?, portal.now());
    if let Err(beyond) = ask(&portal, &scope, QuotaRequest::Dispute, now).await? {
        let visit = portal.visit(&session, Section::Services).await?;
        let sent = fields.into_iter().filter(|(name, _)| name != "csrf");
        let written = |(name, text): (String, Value)| (name, text.as_str().unwrap_or_default().to_owned());
        let (title, text) = (beyond.title.clone(), beyond.detail.clone());
        let (action, fields) = (format!("/exclusions/{id}/disputes"), sent.map(written).collect());
        let page = pages::kept_form(&visit.frame, &KeptForm { title, text, action, fields, begin: None });
        return Ok(beyond.shown_on(web::html(StatusCode::OK, page.into_string())));
    }
    acts::dispute(&scope, &id, statement, now).await??;
    Ok(web::redirect(&and_done(web::own_path(return_to.as_deref().unwrap_or("/")))))
}

/// Adds the completed action to an address: once, in its query and before its fragment.
fn and_done(address: &str) -> String {
    let (address, fragment) = address.split_once('#').map_or((address, None), |(a, f)| (a, Some(f)));
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let others =
        query.split('&').filter(|field| !field.is_empty() && field.split('=').next() != Some("done"));
    let fields: Vec<&str> = others.chain(["done=dispute"]).collect();
    let fragment = fragment.map(|fragment| format!("#{fragment}")).unwrap_or_default();
    format!("{path}?{}{fragment}", fields.join("&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_done_is_said_once_and_in_the_query() {
        let check = |address: &str, expect: &str| assert_eq!(and_done(address), expect);
        check("/", "/?done=dispute");
        check("/services/api?month=2026-06", "/services/api?month=2026-06&done=dispute");
        check("/services/api?done=dispute&month=2026-06", "/services/api?month=2026-06&done=dispute");
        check("/services/api#excluded", "/services/api?done=dispute#excluded");
        check("/services/api?done=dispute#a?b", "/services/api?done=dispute#a?b");
    }
}
