//! Sites of pages: responses of their handlers, error pages, signing in, and the router around them.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{FromRef, Query, RawQuery, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};
use maud::Markup;
use outcome::Failure;
use pages::{Frame, KeptForm, SignedOut};
use serde::Deserialize;

use crate::answer::{BODY_BYTES_MAX, asset, bounded, guarded, in_place_of};
use crate::body::is_of_type;
use crate::form::FORM;
use crate::session::sign_out;
use crate::sign_in::{begin, finish};
use crate::{PostedForm, Problem, Session, SignIn, SignInError, html, query_text};

/// Path of the form that ends a session.
const SIGN_OUT: &str = "/sign-out";
/// The longest form that is kept over the end of its session, in bytes as posted: a ticket of 200 KB in
/// percent encoding is 600 KB.
const KEPT_BYTES_MAX: usize = 1024 * 1024;
/// Advice on a form whose session has ended.
const ENDED: &str = "Nothing is lost: what you wrote is kept on this page, and nowhere else.";
/// Advice on a form that an earlier session opened.
const RENEWED: &str = "Your session began after this form was opened. Look at it once more, then send it.";

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
    /// The things that a list shows.
    pub show: Option<String>,
    /// The words of a search.
    pub words: Option<String>,
    /// Series or ticket of a source, as the sender names it.
    pub key: Option<String>,
    /// Start of the span that a form is about.
    pub starts_at: Option<String>,
    /// End of the span that a form is about.
    pub ends_at: Option<String>,
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
    let routes =
        Router::new().fallback_service(routes).layer(from_fn_with_state(state.clone(), keeping::<S>));
    let pages = bounded(routes).layer(from_fn_with_state(state, as_page::<S>));
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

/// Keeps forms whose session has ended; see [`kept`].
async fn keeping<S: Site>(State(site): State<S>, request: Request, next: Next) -> Response {
    match kept(&site, request).await {
        Ok(request) => next.run(request).await,
        Err(page) => page,
    }
}

/// Returns a request for its handler. A form of this site whose session has ended, or was renewed since,
/// becomes a page that keeps its fields instead; what another site's form says is never shown.
async fn kept<S: Site>(site: &S, request: Request) -> Result<Request, Response> {
    let (sign_in, (parts, body)) = (site.sign_in(), request.into_parts());
    let origin = parts.headers.get(header::ORIGIN).map(HeaderValue::as_bytes);
    let is_own = parts.method == Method::POST && origin == Some(sign_in.origin().as_bytes());
    if !is_own || parts.uri.path() == SIGN_OUT || !is_of_type(&parts.headers, FORM) {
        return Ok(Request::from_parts(parts, body));
    }
    let bytes = to_bytes(body, BODY_BYTES_MAX).await;
    let bytes = bytes.map_err(|_| Problem::of_status(StatusCode::PAYLOAD_TOO_LARGE).into_response())?;
    let small = Some(&bytes).filter(|bytes| bytes.len() <= KEPT_BYTES_MAX);
    let fields: Vec<(String, String)> =
        small.and_then(|bytes| serde_urlencoded::from_bytes(bytes).ok()).unwrap_or_default();
    let (secrets, mut fields): (Vec<_>, Vec<_>) = fields.into_iter().partition(|(name, _)| name == "csrf");
    // What nobody may see again is entered again.
    fields.retain(|(name, _)| name != pages::desk::SECRET_FIELD);
    let action = parts.uri.path().to_owned();
    let session = Session::of(sign_in, &parts.headers).await;
    let request = Request::from_parts(parts, Body::from(bytes));
    let Some((_, secret)) = secrets.last() else { return Ok(request) };
    let (status, frame, title, text, begin) = match &session {
        Ok(session) if session.csrf == *secret => return Ok(request),
        Ok(session) => match site.frame_of(session, StatusCode::FORBIDDEN).await {
            Some(frame) => (StatusCode::FORBIDDEN, frame, "Send it again?", RENEWED, None),
            None => return Ok(request),
        },
        Err(SignInError::Issuer(_)) => return Ok(request),
        Err(_) => {
            let begin = format!("/sign-in/begin?return_to={}", query_text("/sign-in?done=beside"));
            let status = StatusCode::UNAUTHORIZED;
            (status, site.public_frame(), "Your session has ended", ENDED, Some(begin))
        }
    };
    let view = KeptForm { title: title.to_owned(), text: text.to_owned(), action, fields, begin };
    Err(html(status, pages::kept_form(&frame, &view).into_string()))
}

/// Shows the page that offers to sign in, or says that a session has ended or begun. From the first, a
/// browser goes on to the end of the issuer's own session: not by a redirect of the form, as `form-action`
/// forbids that.
async fn sign_in_page<S: Site>(State(site): State<S>, Query(query): Query<Parameters>) -> Page {
    let to = query.return_to.as_deref().unwrap_or("/");
    let (frame, begin) = (site.public_frame(), format!("/sign-in/begin?return_to={}", query_text(to)));
    match query.done.as_deref() {
        Some("beside") => shown(pages::signed_in_beside(&frame)),
        Some("sign-out") => {
            let ends_at = site.sign_in().session_end().await;
            let refresh = ends_at.as_ref().and_then(|to| HeaderValue::from_str(&format!("0; url={to}")).ok());
            let mut page = shown(pages::signed_out(&frame, &SignedOut { ends_at, begin }))?;
            page.headers_mut().extend(refresh.map(|to| (header::REFRESH, to)));
            Ok(page)
        }
        _ => shown(S::sign_in_page(&frame, &begin)),
    }
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
async fn sign_out_of(State(sign_in): State<SignIn>, session: Session, form: PostedForm) -> Page {
    form.of(&session, &sign_in)?;
    Ok(sign_out(&sign_in))
}
