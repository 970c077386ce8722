//! Visits: a signed-in customer with the frame of their pages.

use std::collections::BTreeMap;

use access::Access;
use axum::http::StatusCode;
use maud::Markup;
use pages::{Frame, Mandates, Message, Section, ServiceChoice, SignedIn, UNREAD_MAX};
use sla::{Instant, Service, ServiceId, Zone};
use table::CustomerScope;
use web::{PageError, Problem, Session, SignIn, Site, fault};

use crate::Portal;

/// Notices that are read to count the new ones: twice as many as are counted, since some are not for customers.
const UNREAD_READ: usize = 2 * (UNREAD_MAX + 1);
/// Limit on the services that a page names or offers.
pub const NAMED_MAX: usize = 1000;

/// A signed-in customer with the frame of their pages.
#[derive(Debug)]
pub struct Visit {
    /// The table, limited to the customer's own data.
    pub scope: CustomerScope,
    /// The current instant.
    pub now: Instant,
    /// The frame of the page.
    pub frame: Frame,
    /// The customer's services, as many as the page needs.
    services: Vec<Service>,
}

impl Portal {
    /// Returns the scope of a token's customer, or refuses a token without one.
    pub fn scope(&self, access: &Access) -> Result<CustomerScope, Problem> {
        Ok(self.table.scope(&access.customer()?))
    }

    /// Admits a customer and reads the frame's data: the customer's name, and the zone of one service.
    pub async fn visit(&self, session: &Session, section: Section) -> Result<Visit, PageError> {
        self.visit_with(session, section, 1).await
    }

    /// Admits a customer to a page that names or offers services.
    pub async fn visit_with_services(&self, session: &Session, section: Section) -> Result<Visit, PageError> {
        self.visit_with(session, section, NAMED_MAX).await
    }

    async fn visit_with(
        &self,
        session: &Session,
        section: Section,
        services_max: usize,
    ) -> Result<Visit, PageError> {
        let scope = self.scope(&session.access)?;
        let customer = scope.customer().await.map_err(fault)?;
        let services = scope.services(None, services_max).await.map_err(fault)?;
        let zone = services.first().map_or(Zone::UTC, |service| service.time_zone);
        let name = customer.map_or_else(|| scope.customer_id().to_string(), |customer| customer.name);
        Visit { services, ..self.visit_as(session, section, scope, (name, zone)) }.counting(session).await
    }

    /// Builds the frame of a page from known data.
    pub fn visit_as(
        &self,
        session: &Session,
        section: Section,
        scope: CustomerScope,
        (customer_name, zone): (String, Zone),
    ) -> Visit {
        let now = self.now();
        let label = scope.who().to_owned();
        let signed_in =
            SignedIn { customer_name, label, csrf: session.csrf.clone(), mandates: Mandates::default() };
        Visit { scope, now, frame: Frame::new(section, zone, now, Some(signed_in)), services: Vec::new() }
    }
}

impl Site for Portal {
    fn sign_in(&self) -> &SignIn {
        &self.sign_in
    }

    fn public_frame(&self) -> Frame {
        Frame::new(Section::Elsewhere, Zone::UTC, self.now(), None)
    }

    // After a server fault the customer's id serves as name.
    async fn frame_of(&self, session: &Session, status: StatusCode) -> Option<Frame> {
        let scope = self.scope(&session.access).ok()?;
        let is_fault = status.is_server_error() || status == StatusCode::REQUEST_TIMEOUT;
        let customer = if is_fault { None } else { scope.customer().await.ok().flatten() };
        let name = customer.map_or_else(|| scope.customer_id().to_string(), |customer| customer.name);
        Some(self.visit_as(session, Section::Elsewhere, scope, (name, Zone::UTC)).frame)
    }

    fn sign_in_page(frame: &Frame, begin: &str) -> Markup {
        pages::sign_in(frame, begin)
    }
}

impl Visit {
    /// Counts the notices that are new to the person, for the navigation.
    pub async fn counting(mut self, session: &Session) -> Result<Self, PageError> {
        let since = Some(session.looks.new_from(self.now));
        let new = self.scope.notices_between(since, None, UNREAD_READ).await.map_err(fault)?;
        self.frame.unread = new.iter().filter(|record| record.is_for_customers()).count();
        Ok(self)
    }

    /// Returns the names of the customer's services by id.
    pub fn names(&self) -> BTreeMap<&ServiceId, &str> {
        self.services.iter().map(|service| (&service.service_id, service.name.as_str())).collect()
    }

    /// Returns the customer's services, as many as the page needs.
    pub fn services(&self) -> &[Service] {
        &self.services
    }

    /// Lists the services that a form offers.
    pub fn choices(&self) -> Vec<ServiceChoice> {
        let choice = |service: &Service| ServiceChoice {
            service_id: service.service_id.clone(),
            name: service.name.clone(),
        };
        self.services.iter().map(choice).collect()
    }

    /// Confirms the previous request in a message.
    pub fn say(&mut self, done: Option<&str>) {
        if done == Some("claim-rejected") {
            let text = "Your claim is recorded and was decided at once; the reason is below.";
            self.frame.message = Some(Message::Rejected(text.to_owned()));
        }
        let text = match done {
            Some("ticket") => "Your ticket is open. Its clocks run from now on.",
            Some("reply") => "Your message is recorded.",
            Some("claim") => "Your claim is filed; its outcome is shown below.",
            Some("subscription") => {
                "The subscription is saved. Its state below says whether it must be confirmed."
            }
            Some("unsubscription") => "Notices are no longer sent to that address.",
            Some("dispute") => "Your objection has been recorded, and our staff have been notified.",
            _ => return,
        };
        self.frame.message = Some(Message::Done(text.to_owned()));
    }
}
