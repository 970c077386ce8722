//! The JSON API of the desk: the commands, for programs of staff and finance, with access tokens alone. `openapi.json`
//! describes it, and is made from the commands' own types.
//! Architecture invariant: no cookie opens it, so that no other site's page can make a browser use it.

use ::commands::{Refused, Staff};
use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::post;
use axum::{Json, Router};
use events::command::COMMANDS;
use serde_json::{Map, Value};
use sla::Instant;
use web::{Bearer, JsonBody, Problem, RequestKey};

use crate::Desk;

/// Where the API is; another version would stand beside it.
pub const BASE: &str = "/api/v1";
/// The description, as it is committed.
const DOCUMENT: &str = include_str!("../openapi.json");

/// Whoever calls, as a person at the desk.
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

/// Makes the API's router, which stands below `/api`.
pub(crate) fn router(desk: Desk) -> Router {
    Router::new().route("/v1/commands/{command}", post(run)).fallback(nowhere).with_state(desk)
}

/// Gives the description.
pub(crate) async fn document(headers: HeaderMap) -> Response {
    web::tagged(&headers, "application/json", DOCUMENT.as_bytes().to_vec())
}

async fn nowhere() -> Problem {
    let detail = "There is nothing at this address: /openapi.json lists what there is.";
    Problem::new(StatusCode::NOT_FOUND, detail)
}

/// Runs a command; with the same key and body again it has the same answer.
async fn run(
    caller: Caller,
    Path(command): Path<String>,
    RequestKey(key): RequestKey,
    JsonBody(fields): JsonBody<Map<String, Value>>,
) -> Result<Json<Value>, Problem> {
    let Caller { staff, now } = caller;
    if !COMMANDS.contains(&command.as_str()) {
        return Err(Problem::not_found("command", sla::shown(&command)));
    }
    staff.run_once(&key, &command, fields, now).await.map(Json).map_err(|refused| match refused {
        Refused::Access(refusal) => refusal.into(),
        Refused::Input(error) => error.into(),
        Refused::Reused => RequestKey::reused(),
        Refused::Failure(failure) => failure.into(),
    })
}
