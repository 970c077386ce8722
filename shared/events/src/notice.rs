//! Notices: their facts, ids and audiences. The wording is added at publication.

mod audience;
mod facts;
mod happening;

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sla::claim::Claim;
use sla::ledger::CreditKind;
use sla::ticket::Ticket;
use sla::{CustomerId, Instant, Month, Service, ServiceId, TicketId, sha256_hex};

pub use self::audience::{Audience, CustomerKind, Severity};
pub use self::facts::{
    COVERED_MAX, CoveredService, CoveredServices, EscalatedPerson, EscalatedTo, ExportTotal, RevisedTerms,
    StatementFigures, Subject,
};
pub use self::happening::Happening;

/// A notice as it is published (contract, "A notice").
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Notice {
    /// The id of the fact: the same fact has the same id, however often it is published.
    pub notice_id: String,
    /// The kind of the fact.
    pub kind: String,
    /// The severity.
    pub severity: Severity,
    /// The customer, if it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer_id: Option<CustomerId>,
    /// The service, if it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service_id: Option<ServiceId>,
    /// The ticket, if it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ticket_id: Option<TicketId>,
    /// The month, if it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub month: Option<Month>,
    /// Instant of the fact.
    pub occurred_at: Instant,
    /// The subject, in one line.
    pub subject: String,
    /// The text: the event, its meaning, and the action to take with its deadline.
    pub text: String,
    /// Address of the claim form, filled for the month, if the fact can be claimed: whole where the portal's
    /// origin is known to the publisher, else as it follows that origin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim_url: Option<String>,
    /// Address of what can be done about it in the portal, if customers get the kind: whole where the portal's
    /// origin is known to the publisher, else as it follows that origin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The facts behind the wording.
    pub data: Value,
}

/// Returns the portal's path of the claim form, filled for a service-month and a kind of credit.
pub fn claim_path(service_id: &ServiceId, month: Month, kind: CreditKind) -> String {
    format!("/claims/new?service_id={service_id}&month={month}&kind={}", kind.as_str())
}

/// A notice without its wording, as the table stores it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticeRecord {
    /// The id of the fact.
    pub notice_id: String,
    /// The customer, if it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer_id: Option<CustomerId>,
    /// The service, if it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_id: Option<ServiceId>,
    /// The ticket, if it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket_id: Option<TicketId>,
    /// The month, if it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub month: Option<Month>,
    /// Instant of the fact.
    pub occurred_at: Instant,
    /// The content.
    #[serde(flatten)]
    pub happening: Happening,
}

impl NoticeRecord {
    /// Builds a notice about a service; `identity` tells it from others of its kind about the same service.
    pub fn about(
        service: &Service,
        month: Option<Month>,
        occurred_at: Instant,
        happening: Happening,
        identity: impl fmt::Display,
    ) -> Self {
        let identity = format!("{}|{identity}", service.service_id);
        Self {
            notice_id: notice_id(happening.kind(), &identity),
            customer_id: Some(service.customer_id.clone()),
            service_id: Some(service.service_id.clone()),
            ticket_id: None,
            month,
            occurred_at,
            happening,
        }
    }

    /// Builds a notice that is about no service.
    pub fn general(
        month: Option<Month>,
        occurred_at: Instant,
        happening: Happening,
        identity: impl fmt::Display,
    ) -> Self {
        let notice_id = notice_id(happening.kind(), &identity.to_string());
        Self {
            notice_id,
            customer_id: None,
            service_id: None,
            ticket_id: None,
            month,
            occurred_at,
            happening,
        }
    }

    /// Builds a notice about a claim, whose service need not be the customer's.
    pub fn about_claim(claim: &Claim, occurred_at: Instant, happening: Happening) -> Self {
        let identity = format!("{}|{}", claim.claim_id, claim.decisions);
        let of_customer = match &happening {
            Happening::ClaimReceived { service, .. } | Happening::ClaimDecided { service, .. } => {
                service.is_some()
            }
            _ => false,
        };
        Self {
            notice_id: notice_id(happening.kind(), &identity),
            customer_id: Some(claim.customer_id.clone()),
            service_id: of_customer.then(|| claim.service_id.clone()),
            ticket_id: claim.ticket_id.clone(),
            month: Some(claim.month),
            occurred_at,
            happening,
        }
    }

    /// Builds a notice to or about a customer, but about no service; `identity` tells it from others of its
    /// kind.
    pub fn to_customer(
        customer_id: &CustomerId,
        month: Option<Month>,
        occurred_at: Instant,
        happening: Happening,
        identity: impl fmt::Display,
    ) -> Self {
        let identity = format!("{customer_id}|{identity}");
        let general = Self::general(month, occurred_at, happening, identity);
        Self { customer_id: Some(customer_id.clone()), ..general }
    }

    /// Returns the audiences. News for all customers goes to each in a notice of their own, and to staff
    /// once.
    pub fn audiences(&self) -> &'static [Audience] {
        let for_all =
            matches!(self.happening, Happening::TermsAnnounced { .. } | Happening::TermsEffective { .. });
        match (for_all, &self.customer_id) {
            (true, Some(_)) => &[Audience::Customer],
            (true, None) => &[Audience::Operations, Audience::Finance],
            (false, _) => self.happening.audiences(),
        }
    }

    /// True if it is, or may be, about a service: a list of services ends somewhere.
    pub fn concerns(&self, service_id: &ServiceId) -> bool {
        let is_listed = |covered: &CoveredServices| {
            covered.others > 0 || covered.services.iter().any(|service| service.service_id == *service_id)
        };
        self.service_id.as_ref() == Some(service_id) || self.happening.covered().is_some_and(is_listed)
    }

    /// True if customers get it.
    pub fn is_for_customers(&self) -> bool {
        self.audiences().contains(&Audience::Customer)
    }

    /// Builds a notice about a ticket; `identity` tells it from others of its kind about the same ticket.
    pub fn about_ticket(
        ticket: &Ticket,
        month: Month,
        occurred_at: Instant,
        happening: Happening,
        identity: impl fmt::Display,
    ) -> Self {
        let identity = format!("{}|{identity}", ticket.ticket_id);
        Self {
            notice_id: notice_id(happening.kind(), &identity),
            customer_id: Some(ticket.opening.customer_id.clone()),
            service_id: ticket.opening.service_id.clone(),
            ticket_id: Some(ticket.ticket_id.clone()),
            month: Some(month),
            occurred_at,
            happening,
        }
    }
}

/// Returns the id of a fact: its kind, and 96 bits of the SHA-256 of its identity.
fn notice_id(kind: &str, identity: &str) -> String {
    format!("{kind}:{}", &sha256_hex(format!("{kind}|{identity}").as_bytes())[..24])
}
