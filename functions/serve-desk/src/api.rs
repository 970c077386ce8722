//! The JSON API of the desk: the commands, for programs of staff and finance with access tokens.
//! `openapi.json` describes it and is generated from the commands' own types.
//! Architecture invariant: no cookie opens it, so that no other site's page can make a browser use it.

use ::commands::{CommandError, Staff};
use axum::extract::{FromRequestParts, Path, State};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use events::command::CommandName;
use serde_json::{Map, Value};
use sla::Instant;
use web::{Bearer, JsonBody, Problem, RequestKey, Session};

use crate::Desk;

/// Base path of the API; another version would stand beside it.
pub const BASE: &str = "/api/v1";
/// The committed description.
const DOCUMENT: &str = include_str!("../openapi.json");

/// The calling person of staff or finance.
#[derive(Debug)]
struct Caller {
    staff: Staff,
    now: Instant,
}

impl FromRequestParts<Desk> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, desk: &Desk) -> Result<Self, Problem> {
        let Bearer(access) = Bearer::from_request_parts(parts, desk).await?;
        Ok(Self { staff: Staff::new(&desk.table, access.staff()?), now: desk.sign_in.now() })
    }
}

/// Builds the API's router, to be mounted at `/api`.
pub(crate) fn router(desk: Desk) -> Router {
    Router::new().route("/v1/commands/{command}", post(run)).fallback(nowhere).with_state(desk)
}

/// Serves the description to whoever may use the API: a person by session, a program by token.
pub(crate) async fn document(State(desk): State<Desk>, mut parts: Parts) -> Result<Response, Response> {
    let access = if parts.headers.contains_key(header::AUTHORIZATION) {
        let bearer = Bearer::from_request_parts(&mut parts, &desk).await;
        bearer.map_err(IntoResponse::into_response)?.0
    } else {
        let session = Session::from_request_parts(&mut parts, &desk).await;
        session.map_err(IntoResponse::into_response)?.access
    };
    access.staff().map_err(|refusal| Problem::from(refusal).into_response())?;
    Ok(web::tagged(&parts.headers, "application/json", DOCUMENT.as_bytes().to_vec()))
}

async fn nowhere() -> Problem {
    let detail = "Nothing is served at this address: /openapi.json lists the addresses.";
    Problem::new(StatusCode::NOT_FOUND, detail)
}

/// Runs a command; the same key and body get the same answer again.
async fn run(
    caller: Caller,
    Path(command): Path<String>,
    RequestKey(key): RequestKey,
    JsonBody(fields): JsonBody<Map<String, Value>>,
) -> Result<Json<Value>, Problem> {
    let Caller { staff, now } = caller;
    let Some(command) = CommandName::of(&command) else {
        return Err(Problem::not_found("command", sla::shown(&command)));
    };
    staff.run_once(&key, command, fields, now).await.map(Json).map_err(problem)
}

/// Converts the reason why a command was not carried out.
pub(crate) fn problem(error: CommandError) -> Problem {
    match error {
        CommandError::Access(refusal) => refusal.into(),
        CommandError::Input(error) => error.into(),
        CommandError::KeyReused => RequestKey::reused(),
        CommandError::Failure(failure) => failure.into(),
    }
}
