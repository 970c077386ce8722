//! Happenings: the kinds of notices with their facts, severities and audiences.

use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sla::assessment::{Breach, Budget, Silence};
use sla::claim::Claim;
use sla::exclusion::{Dispute, Exclusion, Maintenance};
use sla::id::StaffId;
use sla::ledger::Entry;
use sla::performance::Miss;
use sla::settlement::WindowClosing;
use sla::terms::EscalationStep;
use sla::ticket::log::Correction;
use sla::ticket::{Channel, ClockKind, Level, LevelReason, Threshold, Verdict as TicketVerdict};
use sla::{Instant, quota};

use super::audience::{Audience, Severity};
use super::facts::{CoveredServices, EscalatedTo, ExportTotal, RevisedTerms, StatementFigures, Subject};
use crate::answer::ExportedFile;
use crate::ticket::{ClockFigures, ReachedThreshold, TicketSubject};

/// The content of a notice: its kind and its facts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "data", try_from = "Facts")]
#[expect(missing_docs, reason = "the variants are the contract's kinds, the fields their facts")]
pub enum Happening {
    #[serde(rename = "outage.opened")]
    OutageOpened { service: Subject, started_at: Instant, opening: u32 },
    #[serde(rename = "outage.closed")]
    OutageClosed { service: Subject, started_at: Instant, ended_at: Instant, down_s: i64, excluded_s: i64 },
    #[serde(rename = "availability.at_risk")]
    AtRisk { service: Subject, budget: Budget },
    #[serde(rename = "availability.breached")]
    Breached { service: Subject, breach: Breach },
    #[serde(rename = "availability.breach_withdrawn")]
    BreachWithdrawn { service: Subject, breach: Breach },
    #[serde(rename = "maintenance.announced")]
    MaintenanceAnnounced {
        service: Subject,
        maintenance: Maintenance,
        #[serde(skip_serializing_if = "Option::is_none")]
        covered: Option<CoveredServices>,
    },
    #[serde(rename = "maintenance.reminder")]
    MaintenanceReminder {
        service: Subject,
        maintenance: Maintenance,
        #[serde(skip_serializing_if = "Option::is_none")]
        covered: Option<CoveredServices>,
    },
    #[serde(rename = "maintenance.changed")]
    MaintenanceChanged {
        service: Subject,
        maintenance: Maintenance,
        #[serde(skip_serializing_if = "Option::is_none")]
        covered: Option<CoveredServices>,
    },
    #[serde(rename = "exclusion.raised")]
    ExclusionRaised {
        service: Subject,
        exclusion: Exclusion,
        #[serde(skip_serializing_if = "Option::is_none")]
        covered: Option<CoveredServices>,
    },
    #[serde(rename = "exclusion.decided")]
    ExclusionDecided {
        service: Subject,
        exclusion: Exclusion,
        #[serde(skip_serializing_if = "Option::is_none")]
        covered: Option<CoveredServices>,
    },
    #[serde(rename = "exclusion.disputed")]
    ExclusionDisputed { service: Subject, exclusion: Exclusion, dispute: Dispute },
    #[serde(rename = "statement.closed")]
    StatementClosed { service: Subject, result: StatementFigures },
    #[serde(rename = "statement.restated")]
    StatementRestated {
        service: Subject,
        result: Box<StatementFigures>,
        previous: Box<StatementFigures>,
        #[serde(skip_serializing_if = "Option::is_none")]
        by: Option<StaffId>,
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    #[serde(rename = "statement.indeterminate")]
    StatementIndeterminate { service: Subject, result: StatementFigures },
    #[serde(rename = "performance.missed")]
    PerformanceMissed { service: Subject, miss: Miss },
    #[serde(rename = "claim.received")]
    ClaimReceived { service: Option<Subject>, claim: Box<Claim> },
    #[serde(rename = "claim.decided")]
    ClaimDecided { service: Option<Subject>, claim: Box<Claim> },
    #[serde(rename = "claim.window_closing")]
    ClaimWindowClosing { service: Subject, closing: WindowClosing },
    #[serde(rename = "credit.approved")]
    CreditApproved { service: Subject, entry: Box<Entry> },
    #[serde(rename = "credit.reversed")]
    CreditReversed { service: Subject, entry: Box<Entry> },
    #[serde(rename = "credit.lapsed")]
    CreditLapsed { service: Subject, entry: Box<Entry> },
    #[serde(rename = "ticket.opened")]
    TicketOpened {
        ticket: TicketSubject,
        channel: Channel,
        clocks: [ClockFigures; 2],
        #[serde(skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
    #[serde(rename = "ticket.warning")]
    TicketWarning { ticket: TicketSubject, reached: ReachedThreshold },
    #[serde(rename = "ticket.acknowledge_target_missed")]
    TicketAcknowledgeTargetMissed { ticket: TicketSubject, reached: ReachedThreshold },
    #[serde(rename = "ticket.acknowledge_missed")]
    TicketAcknowledgeMissed { ticket: TicketSubject, reached: ReachedThreshold },
    #[serde(rename = "ticket.resolve_target_missed")]
    TicketResolveTargetMissed { ticket: TicketSubject, reached: ReachedThreshold },
    #[serde(rename = "ticket.resolve_missed")]
    TicketResolveMissed { ticket: TicketSubject, reached: ReachedThreshold },
    #[serde(rename = "ticket.escalated")]
    TicketEscalated {
        ticket: TicketSubject,
        reached: ReachedThreshold,
        step: EscalationStep,
        #[serde(skip_serializing_if = "Option::is_none")]
        to: Option<EscalatedTo>,
    },
    #[serde(rename = "ticket.level_changed")]
    TicketLevelChanged {
        ticket: TicketSubject,
        level: Level,
        reason: LevelReason,
        changed_at: Instant,
        clocks: [ClockFigures; 2],
        #[serde(skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
    #[serde(rename = "ticket.corrected")]
    TicketCorrected { ticket: TicketSubject, correction: Correction, backdated_count: u32 },
    #[serde(rename = "ticket.resolved")]
    TicketResolved {
        ticket: TicketSubject,
        resolved_at: Instant,
        elapsed_s: i64,
        net_s: i64,
        limit_s: i64,
        verdict: Option<TicketVerdict>,
        reopened_count: u32,
        reopen_until: Instant,
        #[serde(skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
    #[serde(rename = "terms.announced")]
    TermsAnnounced { revised: RevisedTerms },
    #[serde(rename = "terms.effective")]
    TermsEffective { revised: RevisedTerms },
    #[serde(rename = "export.ready")]
    ExportReady { prefix: String, revision: u32, files: Vec<ExportedFile>, totals: Vec<ExportTotal> },
    #[serde(rename = "checks.silent")]
    Silent { service: Subject, silence: Silence },
    #[serde(rename = "quota.reached")]
    QuotaReached { quota: quota::QuotaReached },
}

/// A happening as JSON: kind and facts.
#[derive(Deserialize)]
struct Facts {
    kind: String,
    data: Map<String, Value>,
}

impl Facts {
    /// Takes a fact out by way of its text, so that it shares its reader with facts from the table.
    fn take<T: DeserializeOwned>(&mut self, name: &str) -> Result<T, serde_json::Error> {
        let fact = self.data.remove(name).unwrap_or_default().to_string();
        let wrong = |error| serde_json::Error::custom(format_args!("data.{name}: {error}"));
        serde_json::from_str(&fact).map_err(wrong)
    }
}

/// Defines the kinds with their facts, which are read one by one. The code that serde derives, with readers
/// of its own for each kind, takes 150 KB of every function.
macro_rules! kinds {
    ($($kind:literal => $variant:ident { $($fact:ident),+ $(,)? }),+ $(,)?) => {
        impl Happening {
            /// Returns the kind on the wire.
            pub const fn kind(&self) -> &'static str {
                match self { $(Self::$variant { .. } => $kind,)+ }
            }
        }

        impl TryFrom<Facts> for Happening {
            type Error = serde_json::Error;
            fn try_from(mut facts: Facts) -> Result<Self, serde_json::Error> {
                match facts.kind.as_str() {
                    $($kind => Ok(Self::$variant { $($fact: facts.take(stringify!($fact))?),+ }),)+
                    other => Err(serde_json::Error::unknown_variant(other, &[$($kind),+])),
                }
            }
        }
    };
}
kinds! {
    "outage.opened" => OutageOpened { service, started_at, opening },
    "outage.closed" => OutageClosed { service, started_at, ended_at, down_s, excluded_s },
    "availability.at_risk" => AtRisk { service, budget },
    "availability.breached" => Breached { service, breach },
    "availability.breach_withdrawn" => BreachWithdrawn { service, breach },
    "maintenance.announced" => MaintenanceAnnounced { service, maintenance, covered },
    "maintenance.reminder" => MaintenanceReminder { service, maintenance, covered },
    "maintenance.changed" => MaintenanceChanged { service, maintenance, covered },
    "exclusion.raised" => ExclusionRaised { service, exclusion, covered },
    "exclusion.decided" => ExclusionDecided { service, exclusion, covered },
    "exclusion.disputed" => ExclusionDisputed { service, exclusion, dispute },
    "statement.closed" => StatementClosed { service, result },
    "statement.restated" => StatementRestated { service, result, previous, by, reason },
    "statement.indeterminate" => StatementIndeterminate { service, result },
    "performance.missed" => PerformanceMissed { service, miss },
    "claim.received" => ClaimReceived { service, claim },
    "claim.decided" => ClaimDecided { service, claim },
    "claim.window_closing" => ClaimWindowClosing { service, closing },
    "credit.approved" => CreditApproved { service, entry },
    "credit.reversed" => CreditReversed { service, entry },
    "credit.lapsed" => CreditLapsed { service, entry },
    "ticket.opened" => TicketOpened { ticket, channel, clocks, note },
    "ticket.warning" => TicketWarning { ticket, reached },
    "ticket.acknowledge_target_missed" => TicketAcknowledgeTargetMissed { ticket, reached },
    "ticket.acknowledge_missed" => TicketAcknowledgeMissed { ticket, reached },
    "ticket.resolve_target_missed" => TicketResolveTargetMissed { ticket, reached },
    "ticket.resolve_missed" => TicketResolveMissed { ticket, reached },
    "ticket.escalated" => TicketEscalated { ticket, reached, step, to },
    "ticket.level_changed" => TicketLevelChanged { ticket, level, reason, changed_at, clocks, note },
    "ticket.corrected" => TicketCorrected { ticket, correction, backdated_count },
    "ticket.resolved" => TicketResolved {
        ticket, resolved_at, elapsed_s, net_s, limit_s, verdict, reopened_count, reopen_until, note,
    },
    "terms.announced" => TermsAnnounced { revised },
    "terms.effective" => TermsEffective { revised },
    "export.ready" => ExportReady { prefix, revision, files, totals },
    "checks.silent" => Silent { service, silence },
    "quota.reached" => QuotaReached { quota },
}

impl Happening {
    /// Builds the notice of a threshold that a ticket's clock reached.
    pub fn reached(ticket: TicketSubject, reached: ReachedThreshold) -> Self {
        let mark = reached.deadline.mark;
        match (mark.threshold, mark.clock) {
            (Threshold::Percent(_), _) => Self::TicketWarning { ticket, reached },
            (Threshold::Target, ClockKind::Acknowledge) => {
                Self::TicketAcknowledgeTargetMissed { ticket, reached }
            }
            (Threshold::Target, ClockKind::Resolve) => Self::TicketResolveTargetMissed { ticket, reached },
            (Threshold::Limit, ClockKind::Acknowledge) => Self::TicketAcknowledgeMissed { ticket, reached },
            (Threshold::Limit, ClockKind::Resolve) => Self::TicketResolveMissed { ticket, reached },
        }
    }

    /// Returns the services that a window covers, if the notice lists them.
    pub const fn covered(&self) -> Option<&CoveredServices> {
        match self {
            Self::MaintenanceAnnounced { covered, .. }
            | Self::MaintenanceReminder { covered, .. }
            | Self::MaintenanceChanged { covered, .. }
            | Self::ExclusionRaised { covered, .. }
            | Self::ExclusionDecided { covered, .. } => covered.as_ref(),
            _ => None,
        }
    }

    /// Returns the severity.
    pub const fn severity(&self) -> Severity {
        match self {
            Self::OutageOpened { .. }
            | Self::Breached { .. }
            | Self::TicketAcknowledgeMissed { .. }
            | Self::TicketResolveMissed { .. }
            | Self::TicketEscalated { .. } => Severity::Critical,
            Self::AtRisk { .. }
            | Self::StatementIndeterminate { .. }
            | Self::PerformanceMissed { .. }
            | Self::ClaimWindowClosing { .. }
            | Self::ExclusionDisputed { .. }
            | Self::Silent { .. }
            | Self::QuotaReached { .. }
            | Self::TicketWarning { .. }
            | Self::TicketAcknowledgeTargetMissed { .. }
            | Self::TicketResolveTargetMissed { .. } => Severity::Warning,
            _ => Severity::Info,
        }
    }

    /// Returns the audiences.
    pub const fn audiences(&self) -> &'static [Audience] {
        use Audience::{Customer, Finance, Operations};
        match self {
            Self::Breached { .. }
            | Self::BreachWithdrawn { .. }
            | Self::StatementRestated { .. }
            | Self::PerformanceMissed { .. }
            | Self::TermsAnnounced { .. }
            | Self::TermsEffective { .. } => &[Customer, Operations, Finance],
            Self::StatementIndeterminate { .. } => &[Operations, Finance],
            Self::ClaimWindowClosing { .. } => &[Customer],
            Self::StatementClosed { .. }
            | Self::ClaimReceived { .. }
            | Self::ClaimDecided { .. }
            | Self::CreditApproved { .. }
            | Self::CreditReversed { .. }
            | Self::CreditLapsed { .. } => &[Customer, Finance],
            Self::ExportReady { .. } => &[Finance],
            Self::Silent { .. }
            | Self::QuotaReached { .. }
            | Self::TicketWarning { .. }
            | Self::TicketAcknowledgeTargetMissed { .. }
            | Self::TicketResolveTargetMissed { .. }
            | Self::TicketEscalated { .. } => &[Operations],
            _ => &[Customer, Operations],
        }
    }
}
