//! The agreement made exact, as `shared/sla/rules.md` has it: time, timeline, outages, exclusions, credits,
//! statements. Architecture invariant: pure and synchronous. No I/O, clock, randomness, environment or SDK in
//! this crate; everything is an integer, and every function is total on the types that it takes.

mod canonical;
mod codec;
mod names;
mod shown;

pub mod account;
pub mod allowance;
pub mod assessment;
pub mod availability;
pub mod cause;
pub mod check;
pub mod claim;
mod clause;
pub mod closing;
pub mod consequence;
pub mod credit;
pub mod day;
pub mod duration;
pub mod duty;
pub mod edition;
pub mod effect;
pub mod exclusion;
pub mod id;
pub mod instant;
mod intake;
pub mod ledger;
pub mod measurement;
pub mod money;
pub mod month;
pub mod outage;
pub mod performance;
pub mod proposal;
pub mod quorum;
pub mod quota;
pub mod review;
pub mod service;
pub mod settlement;
pub mod silence;
pub mod span;
pub mod statement;
pub mod summary;
pub mod terms;
pub mod text;
pub mod ticket;
pub mod timeline;
pub mod void;
pub mod zone;

pub use allowance::Allowance;
pub use canonical::{canonical_json, canonical_json_without, digest_hex, sha256_hex};
pub use check::{Check, Status};
pub use edition::Edition;
pub use exclusion::{Scope, Window, WindowKind};
pub use id::{
    ChangeId, ClaimId, CreditId, CustomerId, EventId, ExclusionId, IdError, ProbeId, ProposalId, RegionId,
    ServiceId, SourceId, SubscriptionId, TargetId, TermsId, TicketId, VoidId, WindowId,
};
pub use instant::{Instant, InstantError};
pub use measurement::Metric;
pub use money::{Currency, Money, MoneyError};
pub use month::Month;
pub use service::{Plan, Service};
pub use shown::shown;
pub use silence::{OwnSilence, OwnSilences};
pub use span::Span;
pub use statement::{Inputs, Statement};
pub use terms::{Terms, TermsBook};
pub use timeline::{Chunk, Resolution};
pub use zone::Zone;
