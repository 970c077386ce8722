//! The one DynamoDB table: keys, items, transactions, outbox.
//! Architecture invariants: only this crate knows DynamoDB; every write is deterministic, and conditional or
//! idempotent by construction; a fact and its notices are one transaction.

mod alarms;
mod attempts;
mod calendar;
mod circulars;
mod claims;
mod disputes;
mod exports;
mod keys;
mod looking;
mod month_end;
mod people;
mod quarantine;
mod record;
mod requests;
mod scope;
mod standing;
mod statements;
mod store;
mod summaries;
mod terms;
mod tickets;
mod timelines;
mod voids;
mod waiting;
mod windows;

pub mod outbox;
pub mod schema;

pub use alarms::KnownAlarm;
pub use attempts::{ATTEMPTS_MAX, Attempts};
pub use circulars::Circular;
pub use claims::{Filed, Wanted as WantedClaims};
pub use disputes::Disputed;
pub use exports::{
    ExportMarks, ExportRow, ExportState, FrozenRows, FrozenTicket, RevisionDraft, RowKind, Settling,
    StatementMark, TicketMark,
};
pub use looking::Looked;
pub use month_end::MonthEnd;
pub use people::{DIRECTORY_BUCKETS, Directory, Made, Versioned};
pub use quarantine::{QUARANTINED, Quarantined, REPLAYS_MAX, Replay, ReplayOutcome, Source, WHOLE_BYTES_MAX};
pub use record::{Outcome, Received, Recording};
pub use requests::{Accepted, Request};
pub use scope::{
    Asked, BeforeAtSns, CONFIRMATIONS_PER_DAY_MAX, CustomerScope, CustomerView, DueAtSns, NewClaim,
    NewTicket, Overview, Recorded, Reply, SUBSCRIPTIONS_MAX, SeenMonth, SeenService, SeenStatement,
    SeenTicket, Subscription,
};
pub use standing::Standing;
pub use statements::{Act, Beside, Invoiced, LateMark, ServiceMonth, StoredStatement};
pub use store::{Committed, TableError};
pub use tickets::{ChangedTicket, KeptEvent, Present, ReceivedEvent, StoredTicket, TicketSnapshot, Validity};
pub use voids::ProbeReports;
pub use waiting::{Queue, Waiting};
pub use windows::ScopeWindows;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use sla::{Instant, Service, ServiceId, TermsBook};

/// Returns the partitions of the index `due` that a function's sweep looks at, and all that it looks at.
pub fn swept_by(function: &str) -> Vec<String> {
    match function {
        "keep-deadlines" => vec![tickets::CLAIMS_DUE.to_owned(), tickets::DEADLINES_DUE.to_owned()],
        "record-checks" => standing::shards().collect(),
        "send-notices" => outbox::shards().collect(),
        _ => Vec::new(),
    }
}

/// Notices that one transaction takes beside its fact: 100 items, less room for chunks and markers.
pub const NOTICES_PER_TRANSACTION_MAX: usize = 24;

/// The table, with the client that reaches it.
#[derive(Debug, Clone)]
pub struct Table {
    store: store::Store,
    settings: Arc<Mutex<HashMap<ServiceId, Service>>>,
    terms: Arc<Mutex<Option<(Instant, TermsBook)>>>,
}

impl Table {
    /// Takes a client and the table's name.
    pub fn new(client: aws_sdk_dynamodb::Client, name: impl Into<String>) -> Self {
        Self {
            store: store::Store::new(client, name.into()),
            settings: Arc::default(),
            terms: Arc::default(),
        }
    }
}
