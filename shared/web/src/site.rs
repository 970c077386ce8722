//! Sites of pages: responses of their handlers, error pages, signing in, and the router around them.

use axum::Router;
use axum::extract::{FromRef, Query, RawQuery, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};
use maud::Markup;
use outcome::Failure;
use pages::Frame;
use serde::Deserialize;

use crate::answer::{asset, bounded, guarded, in_place_of};
use crate::session::sign_out;
use crate::sign_in::{begin, finish};
use crate::{Posted, Problem, Session, SignIn, html, query_text};

/// A site of pages, which is the state of their handlers.
pub trait Site: Clone + Send + Sync + 'static {
    /// Returns the settings and keys for signing in.
    fn sign_in(&self) -> &SignIn;

    /// Builds the frame of a page that anyone may see.
    fn public_frame(&self) -> Frame;

    /// Builds the frame of a signed-in person's error page; `None` if the person may see no page.
    fn frame_of(&self, session: &Session, status: StatusCode) -> impl Future<Output = Option<Frame>> + Send;

    /// Renders the page that offers to sign in at an address.
    fn sign_in_page(frame: &Frame, begin: &str) -> Markup;
}

/// A problem that is shown instead of a page.
#[derive(Debug)]
pub struct PageError(pub Problem);

/// The response of a page handler.
pub type Page = Result<Response, PageError>;

/// The query parameters of all pages; each handler uses those that it knows.
#[derive(Debug, Default, Deserialize)]
pub struct Parameters {
    /// A month.
    pub month: Option<String>,
    /// A statement's revision.
    pub revision: Option<String>,
    /// Cursor of a list's page.
    pub after: Option<String>,
    /// Service that a form is about.
    pub service_id: Option<String>,
    /// Customer that a form is about.
    pub customer_id: Option<String>,
    /// Kind of claim selected in a form, or of the thing whose changes are shown.
    pub kind: Option<String>,
    /// Id of the thing whose changes are shown.
    pub id: Option<String>,
    /// Person whose changes are shown.
    pub person: Option<String>,
    /// The action that the previous request carried out.
    pub done: Option<String>,
    /// Address to return to after signing in.
    pub return_to: Option<String>,
}

impl<E: Into<Problem>> From<E> for PageError {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        self.0.into_response()
    }
}

/// Builds the router of a site: its pages with their assets, and its API, behind limits and headers.
pub fn site<S: Site>(state: S, pages: Router<S>, api: Router) -> Router {
    let (css, script) = (pages::assets::css(), pages::assets::script());
    let routes = pages
        .route(css.path, get(|| async { asset(css.content_type, css.body) }))
        .route(script.path, get(|| async { asset(script.content_type, script.body) }))
        .fallback(async || PageError(Problem::no_such_page()))
        .with_state(state.clone());
    // Each is one service: a layer on the routes themselves would be built once per route, at every start.
    let pages =
        bounded(Router::new().fallback_service(routes)).layer(from_fn_with_state(state, as_page::<S>));
    let api = bounded(Router::new().fallback_service(api));
    guarded(Router::new().nest_service("/api", api).fallback_service(pages))
}

/// Lists the routes of signing in and out.
pub fn sign_in_routes<S: Site>() -> [(&'static str, MethodRouter<S>); 4]
where
    SignIn: FromRef<S>,
{
    [
        ("/sign-in", get(sign_in_page::<S>)),
        ("/sign-in/begin", get(sign_in_begin)),
        ("/sign-in/callback", get(sign_in_callback)),
        ("/sign-out", post(sign_out_of)),
    ]
}

/// Converts a fault of the table into a problem.
pub fn fault(error: impl Into<Failure>) -> Problem {
    Problem::fault(&error.into())
}

/// Responds with a page.
pub fn shown(page: Markup) -> Page {
    Ok(html(StatusCode::OK, page.into_string()))
}

/// Responds with a form that shows its errors.
pub fn shown_again(page: Markup) -> Page {
    Ok(html(StatusCode::UNPROCESSABLE_ENTITY, page.into_string()))
}

/// Turns any problem into an error page; a signed-in person keeps their navigation.
async fn as_page<S: Site>(State(site): State<S>, request: Request, next: Next) -> Response {
    let headers = request.headers().clone();
    let response = next.run(request).await;
    let Some(problem) = response.extensions().get::<Problem>() else { return response };
    let (status, title, what_to_do) = (problem.status, problem.title.clone(), problem.detail.clone());
    let own = match Session::of(site.sign_in(), &headers).await {
        Ok(session) => site.frame_of(&session, problem.code()).await,
        Err(_) => None,
    };
    let frame = own.unwrap_or_else(|| site.public_frame());
    let page = pages::error(&frame, &pages::Failure { status, title, what_to_do });
    let page = html(problem.code(), page.into_string());
    in_place_of(response, page)
}

/// Shows the page that offers to sign in.
async fn sign_in_page<S: Site>(State(site): State<S>, Query(query): Query<Parameters>) -> Page {
    let to = query.return_to.as_deref().unwrap_or("/");
    let begin = format!("/sign-in/begin?return_to={}", query_text(to));
    shown(S::sign_in_page(&site.public_frame(), &begin))
}

/// Redirects to the issuer.
async fn sign_in_begin(State(sign_in): State<SignIn>, Query(query): Query<Parameters>) -> Page {
    Ok(begin(&sign_in, query.return_to.as_deref()).await?)
}

/// Receives a person back from the issuer.
async fn sign_in_callback(
    State(sign_in): State<SignIn>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Page {
    Ok(finish(&sign_in, &headers, &query.unwrap_or_default()).await?)
}

/// Ends a session.
async fn sign_out_of(State(sign_in): State<SignIn>, session: Session, form: Posted) -> Page {
    form.of(&session, &sign_in)?;
    Ok(sign_out(&sign_in))
}
