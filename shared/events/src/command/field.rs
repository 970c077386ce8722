//! Field of a command: its name, its kind, and whether it must be given. Forms are drawn and read by these.

use std::collections::BTreeSet;

use serde_json::Value;
use sla::claim::ClaimState;
use sla::exclusion::{Clause, Ruling};
use sla::id::{ChangeId, ImportId, ProposalId, QuarantineId, SourceId, StaffId};
use sla::ledger::CreditKind;
use sla::review::Finding;
use sla::ticket::{Channel, Level, LevelReason, TicketState};
use sla::{
    ClaimId, CustomerId, EventId, ExclusionId, Instant, Money, Month, Plan, ProbeId, RegionId, Resolution,
    Scope, ServiceId, TargetId, TicketId, VoidId, WindowId, Zone,
};

use crate::alarm::AlarmArn;
use crate::change::{Object, Person};
use crate::duty::People;
use crate::source::{Auth, Mapping, Mode, SourceKind, Template, UnmappedAction};
use crate::target::{Bounded, TargetCheck};
use crate::text::{Count, CsvText, Line, Note, Prose, Remark, Report};

/// Field of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// Name, as in the command's JSON.
    pub name: &'static str,
    /// Presence that the command asks for.
    pub presence: Presence,
    /// Kind of its values.
    pub kind: FieldKind,
}

/// Presence of a field in a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// The field must be given.
    Required,
    /// The field may be left out.
    Optional,
    /// The field may be left out, and a null that is given means something of its own.
    OptionalOrNull,
}

/// Kind of a field's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldKind {
    /// One line that names something: an id, a month, a zone.
    Line,
    /// One line of free text: a name, an address.
    Text,
    /// Text of several lines.
    Prose,
    /// Instant.
    Instant,
    /// Amount of money.
    Amount,
    /// Whole number.
    Number,
    /// Ids of services.
    Services,
    /// One of a few words.
    Choice,
    /// True or false.
    Flag,
    /// Scope of maintenance.
    Scope,
    /// JSON of any shape.
    Json,
    /// File as CSV.
    Csv,
    /// Member of staff who signs the command.
    Signer,
}

impl FieldKind {
    /// True if the trail keeps values of this kind: they are neither written by a person nor about one.
    pub const fn is_kept(self) -> bool {
        match self {
            Self::Line
            | Self::Instant
            | Self::Amount
            | Self::Number
            | Self::Services
            | Self::Choice
            | Self::Flag
            | Self::Scope => true,
            Self::Text | Self::Prose | Self::Json | Self::Csv | Self::Signer => false,
        }
    }
}

/// Type of a field, which gives the field its kind.
pub(super) trait FieldType {
    const KIND: FieldKind;
}

impl<T: FieldType> FieldType for Option<T> {
    const KIND: FieldKind = T::KIND;
}

impl<const MIN: u32, const MAX: u32> FieldType for Count<MIN, MAX> {
    const KIND: FieldKind = FieldKind::Number;
}

impl<const MIN: u32, const MAX: u32> FieldType for Bounded<MIN, MAX> {
    const KIND: FieldKind = FieldKind::Number;
}

macro_rules! kinds {
    ($($kind:ident: $($type:ty),+;)+) => {
        $($(impl FieldType for $type { const KIND: FieldKind = FieldKind::$kind; })+)+
    };
}

kinds! {
    Csv: CsvText;
    Line: AlarmArn, ChangeId, ClaimId, CustomerId, EventId, ExclusionId, ImportId, Month, Object, Person, ProbeId, ProposalId,
        QuarantineId, RegionId, ServiceId, SourceId, TargetId, TicketId, VoidId, WindowId, Zone;
    Text: Line, String;
    Prose: Note, People, Prose, Remark, Report;
    Instant: Instant;
    Amount: Money;
    Number: Level, Resolution, i64, u32;
    Services: BTreeSet<ServiceId>;
    Choice: Channel, ClaimState, Clause, CreditKind, Finding, LevelReason, Mode, Plan, Ruling, SourceKind,
        TicketState, UnmappedAction;
    Flag: bool;
    Scope: Scope;
    Json: Auth, TargetCheck, Template, Value, Vec<Mapping>;
    Signer: StaffId;
}
