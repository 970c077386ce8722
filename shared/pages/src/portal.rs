//! The portal's pages: a customer's services, statements, tickets, claims and notices.

pub(crate) mod agreement;
mod claimable;
mod claims;
mod notices;
pub(crate) mod overview;
mod service;
pub(crate) mod statement;
pub(crate) mod statements;
mod subscriptions;
pub(crate) mod ticket;
pub(crate) mod tickets;

pub use agreement::{Agreement, PastTerms, agreement};
pub use claimable::{ClaimableLine, ClaimableList};
pub use claims::{ClaimForm, ClaimLine, ClaimValues, Claims, claim_form, claims};
pub use notices::{Headline, KindGroup, Notices, notices};
pub use overview::{Overview, ServiceCard, Upcoming, overview};
pub use service::{OpenClaim, ServiceMonth, service};
pub use statement::{StatementPage, statement};
pub use statements::{StatementLine, Statements, statements};
pub use subscriptions::{SeenState, SubscriptionLine, SubscriptionValues, Subscriptions, subscriptions};
pub use ticket::{TicketPage, ticket, ticket_state, ticket_state_tag};
pub use tickets::{TicketForm, TicketLine, TicketValues, Tickets, ticket_form, tickets};
