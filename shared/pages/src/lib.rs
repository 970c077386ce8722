//! The pages of portal and desk, with their charts, style and script, rendered from the core's types.
//! Architecture invariant: pure. A page is a function of its arguments; nothing here reads storage, decides
//! anything or asks a clock.

mod agreement;
pub mod assets;
mod chart;
mod claims;
pub mod desk;
mod form;
mod frame;
mod notices;
mod overview;
mod plain;
mod refusal;
mod service;
mod statement;
mod statements;
mod subscriptions;
mod ticket;
mod tickets;
mod timeline;
mod words;

pub use agreement::{Agreement, PastTerms, agreement};
pub use chart::MetricDays;
pub use claims::{ClaimForm, ClaimLine, ClaimValues, Claims, claim_form, claims};
pub use form::{FieldError, ServiceChoice};
pub use frame::{Frame, Message, Section, SignedIn};
pub use notices::{Notices, notices};
pub use overview::{Overview, ServiceCard, Upcoming, overview};
pub use plain::{Failure, Identity, IssuerChoice, error, issuer_choice, sign_in};
pub use service::{OpenClaim, ServiceMonth, service};
pub use statement::{StatementPage, statement};
pub use statements::{StatementLine, Statements, statements};
pub use subscriptions::{SeenState, SubscriptionLine, SubscriptionValues, Subscriptions, subscriptions};
pub use ticket::{TicketPage, ticket, ticket_state, ticket_state_tag};
pub use tickets::{TicketForm, TicketLine, TicketValues, Tickets, ticket_form, tickets};
