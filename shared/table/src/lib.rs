//! The one DynamoDB table: keys, items, transactions, outbox.
//! Architecture invariants: only this crate knows DynamoDB; every write is deterministic, and conditional or
//! idempotent by construction; a fact and its notices are one transaction.

mod customer;
mod entering;
mod export;
mod index;
mod roles;
mod search;
mod service;
mod store;
mod terms;
mod ticket;
mod trail;

pub mod outbox;

pub use customer::circulars::Circular;
pub use customer::erasing::Contract;
pub use customer::people::{DIRECTORY_BUCKETS, Directory, ObjectRecord};
pub use customer::requests::{EarlierAcceptance, Request};
pub use customer::scope::{
    BeforeAtSns, Claimable, ClaimableMonths, CustomerScope, CustomerView, DueAtSns, NewClaim, NewTicket,
    Overview, RecordingOutcome, Reply, SUBSCRIPTIONS_MAX, SeenMonth, SeenService, SeenStatement, SeenTicket,
    ServiceOrder, Subscription, SubscriptionOutcome,
};
pub use export::{
    ExportMarks, ExportRow, ExportState, FrozenRows, FrozenTicket, MarkRemoval, RevisionDraft, RowKind,
    StatementMark, TicketMark,
};
pub use roles::{ROLES_MAX, Role};
pub use search::{Found, FoundThings};
pub use service::alarms::KnownAlarm;
pub use service::claims::{ClaimFilter as WantedClaims, FilingOutcome};
pub use service::corrections::Registration;
pub use service::disputes::DisputeOutcome;
pub use service::imports::{Import, ImportState};
pub use service::looking::ServiceAssessment;
pub use service::merging::ReceivedCheck;
pub use service::month_end::MonthEnd;
pub use service::quarantine::{
    QUARANTINED, QuarantineEntry, REPLAYS_MAX, Replay, ReplayOutcome, Source, WHOLE_BYTES_MAX,
};
pub use service::queue::Queue;
pub use service::record::{Outcome, Recording};
pub use service::sources::{EnteredSecret, KnownSource, Loss, SourceState, UnmappedKey};
pub use service::standing::Standing;
pub use service::statements::{Act, CompanionItems, InvoicedMonth, LateMark, ServiceMonth, StoredStatement};
pub use service::targets::{KnownTarget, ServiceTargets, TARGETS_OF_REGION_MAX, TargetsOfProbe};
pub use service::voids::ProbeReports;
pub use service::waiting::{QueueHead, QueueLength, disputes_from};
pub use service::webhooks::{OpenedWebhooks, ReportKind};
pub use service::windows::ScopeWindows;
pub use store::attempts::{ATTEMPTS_MAX, Attempts, until_written};
pub use store::{Committed, TableError, Versioned, schema};
pub use ticket::following::FollowUp;
pub use ticket::listing::{TicketList, WantedTickets};
pub use ticket::staff::{StaffAct, StaffOutcome, TakeOutcome};
pub use ticket::{
    ChangedTicket, KeptEvent, Present, ReceivedEvent, StoredTicket, Taken, TicketSnapshot, Validity,
};
pub use trail::ChangesOf;

use store::keys;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use sla::{Instant, Service, ServiceId, TermsBook};

/// Returns all partitions of the index `due` that a function's sweep reads.
pub fn swept_by(function: &str) -> Vec<String> {
    match function {
        "keep-deadlines" => vec![ticket::CLAIMS_DUE.to_owned(), ticket::DEADLINES_DUE.to_owned()],
        "record-checks" => service::watch::shards().chain([service::lives::LIVES_DUE.to_owned()]).collect(),
        "send-notices" => outbox::shards().collect(),
        _ => Vec::new(),
    }
}

/// The most notices written in one transaction with their fact: 100 items, less room for chunks and markers.
pub const NOTICES_PER_TRANSACTION_MAX: usize = 24;

/// The table: the client and name behind every read and write.
#[derive(Debug, Clone)]
pub struct Table {
    store: store::Store,
    settings: Arc<Mutex<HashMap<ServiceId, Service>>>,
    terms: Arc<Mutex<Option<(Instant, TermsBook)>>>,
    follow_up: Option<Arc<dyn FollowUp>>,
}

impl Table {
    /// Builds a table from a client and the table's name.
    pub fn new(client: aws_sdk_dynamodb::Client, name: impl Into<String>) -> Self {
        Self::over(store::Store::new(client, name.into()))
    }

    fn over(store: store::Store) -> Self {
        Self { store, settings: Arc::default(), terms: Arc::default(), follow_up: None }
    }
}
