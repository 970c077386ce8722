//! A target of this machine's own, to break and to mend: a page with a switch, and the health that it stands
//! for. Its state is kept in memory, so a start mends it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Router;
use axum::extract::{RawForm, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::Deserialize;

/// The path that the prober asks for.
pub const HEALTH: &str = "/health";
/// The path that leads to the portal: pages refer to no other origin.
const PORTAL: &str = "/portal";

/// The demo: its state, and what its page tells.
#[derive(Debug, Clone)]
pub struct Demo {
    is_broken: Arc<AtomicBool>,
    portal: Arc<str>,
    every_s: u32,
}

/// The switch of the page.
#[derive(Deserialize)]
struct Posted {
    switch: Switch,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Switch {
    Break,
    Mend,
}

impl Demo {
    /// Makes a demo that works. Its page leads to the portal, and says that it is checked every `every_s`
    /// seconds.
    pub fn new(portal: &str, every_s: u32) -> Self {
        Demo { is_broken: Arc::default(), portal: portal.into(), every_s }
    }

    /// Builds the demo's HTTP interface.
    pub fn router(self) -> Router {
        let css = pages::assets::css();
        let routes = Router::new()
            .route("/", get(show).post(turn))
            .route(HEALTH, get(health))
            .route(PORTAL, get(async |State(demo): State<Demo>| web::redirect(&demo.portal)))
            .route(css.path, get(|| async { web::asset(css.content_type, css.body) }))
            .with_state(self);
        web::guarded(web::bounded(routes))
    }
}

/// Shows the state with its switch.
async fn show(State(demo): State<Demo>) -> Response {
    let page = pages::demo(&pages::Demo {
        is_broken: demo.is_broken.load(Ordering::SeqCst),
        health: HEALTH,
        every_s: demo.every_s,
        portal: PORTAL,
        css_path: pages::assets::css().path.to_owned(),
    });
    web::html(StatusCode::OK, page.into_string())
}

/// Breaks or mends, and shows the page again.
async fn turn(State(demo): State<Demo>, RawForm(form): RawForm) -> Response {
    let Ok(Posted { switch }) = serde_urlencoded::from_bytes(&form) else {
        return (StatusCode::BAD_REQUEST, "switch: missing or unknown: post break or mend\n").into_response();
    };
    demo.is_broken.store(matches!(switch, Switch::Break), Ordering::SeqCst);
    web::redirect("/")
}

/// Answers the prober: 200 as long as nobody has broken it.
async fn health(State(demo): State<Demo>) -> Response {
    match demo.is_broken.load(Ordering::SeqCst) {
        false => (StatusCode::OK, "works\n").into_response(),
        true => (StatusCode::SERVICE_UNAVAILABLE, "broken\n").into_response(),
    }
}

#[cfg(test)]
mod tests {
    use axum::body::{Body, to_bytes};
    use axum::http::{Request, header};
    use tower::ServiceExt;

    use super::*;

    #[tokio::test]
    async fn the_switch_breaks_and_mends_what_the_prober_asks() {
        let router = Demo::new("http://127.0.0.1:9005", 10).router();
        let ask = async |method: &str, path: &str, body: &str| {
            let request = Request::builder().method(method).uri(path);
            let request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
            let answer =
                router.clone().oneshot(request.body(Body::from(body.to_owned())).unwrap()).await.unwrap();
            let status = answer.status().as_u16();
            let page = to_bytes(answer.into_body(), 10_000).await.unwrap();
            let page = String::from_utf8_lossy(&page).into_owned();
            let title = page.split_once("<h1>").and_then(|(_, rest)| rest.split_once("</h1>"));
            let title = title.map_or("", |(title, _)| title);
            format!("{method} {path} {body}: {status} {title}").trim_end().to_owned()
        };
        let mut told = Vec::new();
        for switch in ["", "switch=break", "switch=break", "switch=both", "switch=mend"] {
            if !switch.is_empty() {
                told.push(ask("POST", "/", switch).await);
            }
            told.push(ask("GET", "/", "").await);
            told.push(ask("GET", HEALTH, "").await);
        }
        insta::assert_snapshot!(told.join("\n"), @r"
        GET / : 200 The demo works
        GET /health : 200
        POST / switch=break: 303
        GET / : 200 The demo is broken
        GET /health : 503
        POST / switch=break: 303
        GET / : 200 The demo is broken
        GET /health : 503
        POST / switch=both: 400
        GET / : 200 The demo is broken
        GET /health : 503
        POST / switch=mend: 303
        GET / : 200 The demo works
        GET /health : 200
        ");
    }
}
