//! The desk: the pages that staff read, and a form for each of their commands.
//! Architecture invariant: every form posts its command's fields by their names; the sender's name is never a
//! field.

mod changes;
mod claim;
mod command;
mod customers;
mod effect;
mod exclusions;
mod guide;
mod imports;
mod maintenance;
mod marks;
mod months;
mod proposals;
mod quarantine;
mod reviews;
mod roles;
mod service;
mod services;
mod sheets;
mod sources;
mod statement;
mod subjects;
mod targets;
mod terms;
mod tickets;
mod trial;
mod voids;
mod waiting;

pub use changes::{Changes, Trail, changes};
pub use claim::{ClaimPage, claim};
pub use command::{CommandForm, FieldChoice, command_page};
pub use customers::{CustomerPage, Customers, customer, customers};
pub use exclusions::{CoveredMonth, CoveredService, ExclusionPage, Exclusions, exclusion, exclusions};
pub use guide::recommended;
pub use imports::{ImportDraft, ImportFindings, ImportPage, import, import_draft};
pub use maintenance::{MaintenanceMonth, maintenance};
pub use months::{
    CurrencyTotal, ExportFile, ExportRevision, MonthFruits, MonthLine, MonthPage, Months, OpenService,
    VerdictTotal, month, months,
};
pub use proposals::{ProposalPage, Proposals, proposal, proposals};
pub use quarantine::{
    InputSource, Quarantine, QuarantineLine, QuarantinedInput, ReplayLine, quarantine, quarantined,
};
pub use reviews::{
    ClaimInReview, Dispute, Finding, OpenMonth, REVIEWED_MAX, ReviewedMonth, ReviewedMonths, Reviews,
    reviewed, reviews,
};
pub use roles::{RoleView, roles};
pub use service::{MonthSoFar, ServicePage, service};
pub use services::{ServiceLine, Services, ServicesNow, Trouble, services};
pub use sheets::{done, posted_fields};
pub use sources::{
    SECRET_FIELD, SecretState, SourceHealth, SourceLine, SourcePage, Sources, UnmappedLine, source, sources,
};
pub use statement::{StatementPage, statement};
pub use subjects::{found_at, leads_to};
pub use targets::{TargetPage, Targets, new_target, target, targets};
pub use terms::{Draft, Revision, TermsDifference, TermsPage, terms, terms_draft};
pub use tickets::{DeskTicket, QueuedTicket, Show, TicketQueue, ticket, ticket_state, tickets};
pub use trial::{TrialLine, TrialPage, TriedMessage, trial};
pub use voids::{VoidPage, Voids, void, voids};
pub use waiting::{FirstSteps, Queue, WaitingWork, sign_in, waiting};

pub use crate::frame::Part;
