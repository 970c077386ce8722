//! Answers: a page in its frame, or a page that says what went wrong.

use ::commands::Staff;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use maud::Markup;
use outcome::Failure as Fault;
use pages::desk::Part;
use pages::{Failure, Frame, Message, Section, SignedIn};
use sla::{Instant, Zone};
use table::TableError;
use web::{Problem, Session};

use crate::Desk;

/// A page that cannot be shown.
#[derive(Debug)]
pub struct PageError(pub Problem);

/// What a page handler answers.
pub type Page = Result<Response, PageError>;

/// Someone at the desk, with what their pages are framed with.
#[derive(Debug)]
pub struct Visit {
    /// The table, as they may see and change it.
    pub staff: Staff,
    /// The present instant.
    pub now: Instant,
    /// The frame of the page.
    pub frame: Frame,
}

impl<E: Into<Problem>> From<E> for PageError {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

/// Takes a fault of the table for a page.
pub fn fault(error: TableError) -> PageError {
    PageError(Problem::from(Fault::from(error)))
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        self.0.into_response()
    }
}

/// Shows what went wrong to people as a page, wherever it went wrong; whoever is signed in keeps their navigation.
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
        // Whoever decides at night decides for customers of many zones: the desk speaks UTC.
        zone: Zone::UTC,
        now,
        message: None,
        css_path: pages::assets::css().path.to_owned(),
        script_path: pages::assets::script().path.to_owned(),
    }
}

/// Makes the frame of a page that anyone may see.
pub fn public_frame(desk: &Desk) -> Frame {
    frame(Part::Elsewhere, desk.sign_in.now(), None)
}

impl Desk {
    /// Lets a person in who is signed in as staff or finance.
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

/// Says what a command has done.
fn said(command: &str) -> Option<&'static str> {
    Some(match command {
        "register_customer" => "The customer is registered.",
        "change_customer" => "The customer is changed.",
        "register_service" => "The service is registered. It is watched from its activation on.",
        "change_service" => "The service changes with that month. What was billed before stays.",
        "terminate_service" => "The service ends then. Its last month is closed like any other.",
        "announce_maintenance" => "The maintenance is announced, and its customers are told.",
        "shorten_maintenance" => "The maintenance ends earlier now, and its customers are told.",
        "cancel_maintenance" => "The maintenance is cancelled, and its customers are told.",
        "raise_exclusion" => "The exclusion is raised. Until a second person approves it, the time counts.",
        "decide_exclusion" => "The exclusion is decided, and its customers are told.",
        "withdraw_exclusion" => {
            "The exclusion is withdrawn: the time counts again, and its customers are told."
        }
        "dispute_exclusion" => "The customer's statement is noted.",
        "void_checks" => "The void is raised. Until a second person approves it, the reports count.",
        "decide_void" => "The void is decided.",
        "file_claim" => "The claim is filed. What became of it stands below.",
        "review_claim" => "The claim is decided, and the customer is told.",
        "review_statement" => "The month is decided. Its new revision stands below.",
        "restate_month" => "The month is restated with everything that is known now.",
        "mark_invoiced" => "The month's bills are out: later credits appear on later ones.",
        "replay_quarantine" => "The input is taken in.",
        "publish_terms" => "The revision is published, and every customer is told.",
        _ => return None,
    })
}

/// Answers a page.
#[expect(clippy::unnecessary_wraps, reason = "handlers end with it")]
pub fn shown(page: Markup) -> Page {
    Ok(web::html(StatusCode::OK, page.into_string()))
}

/// Answers an address that leads nowhere.
pub async fn nowhere() -> PageError {
    PageError(Problem::no_such_page())
}
