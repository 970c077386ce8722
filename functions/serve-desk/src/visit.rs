//! Visits: a signed-in person at the desk with the frame of their pages.

use ::commands::Staff;
use access::Scope;
use axum::http::StatusCode;
use events::command::CommandName;
use maud::Markup;
use pages::desk::Part;
use pages::{Frame, Mandates, Message, Section, SignedIn};
use sla::effect::Effect;
use sla::id::StaffId;
use sla::{Instant, Zone};
use web::{PageError, Problem, Session, SignIn, Site};

use crate::Desk;

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

impl Site for Desk {
    fn sign_in(&self) -> &SignIn {
        &self.sign_in
    }

    fn public_frame(&self) -> Frame {
        frame(Part::Elsewhere, self.sign_in.now(), None)
    }

    async fn frame_of(&self, session: &Session, _status: StatusCode) -> Option<Frame> {
        self.visit(session, Part::Elsewhere, None).ok().map(|visit| visit.frame)
    }

    fn sign_in_page(frame: &Frame, begin: &str) -> Markup {
        pages::desk::sign_in(frame, begin)
    }
}

impl Visit {
    /// Returns the effect that approving an exclusion or a void would have, whoever does; `None` if it would
    /// be refused.
    pub async fn effect_of_approval(
        &self,
        command: CommandName,
        id: &str,
        raised_by: &StaffId,
    ) -> Result<Option<Effect>, Problem> {
        let effect = ::commands::effect_of_approval(self.staff.table(), self.now, (command, id), raised_by);
        effect.await.map_err(|failure| Problem::fault(&failure))
    }
}

/// Builds a frame in UTC, as staff serve customers in many zones.
fn frame(part: Part, now: Instant, signed_in: Option<SignedIn>) -> Frame {
    Frame::new(Section::Desk(part), Zone::UTC, now, signed_in)
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
            mandates: Mandates { staff: staff.may(Scope::Staff), finance: staff.may(Scope::Finance) },
        };
        let mut frame = frame(part, now, Some(signed_in));
        frame.message = done.and_then(said).map(|text| Message::Done(text.to_owned()));
        Ok(Visit { staff, now, frame })
    }
}

/// Returns the confirmation of a command, or of a publication of terms, which is no command.
fn said(done: &str) -> Option<&'static str> {
    match done {
        "publish_terms" => Some("The revision is published, and every customer is notified."),
        "enter_secret" => Some("The secret is entered. Give the same one to the sender."),
        "end_previous_secret" => Some("The previous secret has ended: it is refused within a minute."),
        "remove_secret" => Some("The secrets are removed: what the sender sends is refused within a minute."),
        "waiting" => Some("The change waits for a second person. Nothing is changed yet."),
        command => CommandName::of(command).and_then(pages::desk::done),
    }
}
