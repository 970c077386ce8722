//! Responses: a page in its frame, or an error page.

use ::commands::Staff;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use events::command::CommandName;
use maud::Markup;
use outcome::Failure as Fault;
use pages::desk::Part;
use pages::{Failure, Frame, Message, Section, SignedIn};
use sla::{Instant, Zone};
use table::TableError;
use web::{Problem, Session};

use crate::Desk;

/// A problem that is shown instead of a page.
#[derive(Debug)]
pub struct PageError(pub Problem);

/// The response of a page handler.
pub type Page = Result<Response, PageError>;

/// A signed-in person at the desk with the frame of their pages.
#[derive(Debug)]
pub struct Visit {
    /// The table, as the person may see and change it.
    pub staff: Staff,
    /// The current instant.
    pub now: Instant,
    /// The frame of the page.
    pub frame: Frame,
}

impl<E: Into<Problem>> From<E> for PageError {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

/// Converts a table error into an error page.
pub fn fault(error: TableError) -> PageError {
    PageError(Problem::from(Fault::from(error)))
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        self.0.into_response()
    }
}

/// Turns any problem into an error page; signed-in staff keep their navigation.
pub async fn as_page(State(desk): State<Desk>, request: Request, next: Next) -> Response {
    let headers = request.headers().clone();
    let response = next.run(request).await;
    let Some(problem) = response.extensions().get::<Problem>() else { return response };
    let view =
        Failure { status: problem.status, title: problem.title.clone(), what_to_do: problem.detail.clone() };
    let session = Session::of(&desk.sign_in, &headers).await.ok();
    let visit = session.and_then(|session| desk.visit(&session, Part::Elsewhere, None).ok());
    let frame = visit.map_or_else(|| public_frame(&desk), |visit| visit.frame);
    let page = web::html(problem.code(), pages::error(&frame, &view).into_string());
    web::in_place_of(response, page)
}

fn frame(part: Part, now: Instant, signed_in: Option<SignedIn>) -> Frame {
    Frame {
        signed_in,
        section: Section::Desk(part),
        // Staff serve customers in many zones, so the desk shows UTC.
        zone: Zone::UTC,
        now,
        message: None,
        css_path: pages::assets::css().path.to_owned(),
        script_path: pages::assets::script().path.to_owned(),
    }
}

/// Builds the frame of a page that anyone may see.
pub fn public_frame(desk: &Desk) -> Frame {
    frame(Part::Elsewhere, desk.sign_in.now(), None)
}

impl Desk {
    /// Admits a person who is signed in as staff or finance.
    pub fn visit(&self, session: &Session, part: Part, done: Option<&str>) -> Result<Visit, PageError> {
        let staff = Staff::new(&self.table, session.access.staff()?);
        let now = self.sign_in.now();
        let signed_in = SignedIn {
            customer_name: staff.who().to_owned(),
            label: staff.staff_id().to_string(),
            csrf: session.csrf.clone(),
        };
        let mut frame = frame(part, now, Some(signed_in));
        frame.message = done.and_then(said).map(|text| Message::Done(text.to_owned()));
        Ok(Visit { staff, now, frame })
    }
}

/// Returns the confirmation of a command, or of a publication of terms, which is no command.
fn said(done: &str) -> Option<&'static str> {
    match done {
        "publish_terms" => Some("The revision is published, and every customer is told."),
        command => CommandName::of(command).and_then(pages::desk::done),
    }
}

/// Responds with a page.
#[expect(clippy::unnecessary_wraps, reason = "handlers end with it")]
pub fn shown(page: Markup) -> Page {
    Ok(web::html(StatusCode::OK, page.into_string()))
}

/// Responds to an unknown address.
pub async fn nowhere() -> PageError {
    PageError(Problem::no_such_page())
}
