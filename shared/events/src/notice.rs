//! Notices: their facts, ids and audiences. The wording is added at publication.

use std::fmt;

use schemars::JsonSchema;
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sla::assessment::{Breach, Budget, Silence};
use sla::availability::Verdict;
use sla::claim::Claim;
use sla::exclusion::{Dispute, Exclusion, Maintenance};
use sla::id::StaffId;
use sla::ledger::Entry;
use sla::performance::Miss;
use sla::review::Review;
use sla::settlement::WindowClosing;
use sla::statement::TermsReference;
use sla::terms::EscalationStep;
use sla::ticket::log::Correction;
use sla::ticket::{Channel, ClockKind, Level, LevelReason, Threshold, Ticket, Verdict as TicketVerdict};
use sla::{
    CustomerId, Instant, Metric, Money, Month, Plan, Service, ServiceId, Statement, TicketId, Zone, quota,
    sha256_hex,
};

use crate::answer::ExportedFile;
use crate::ticket::{ClockFigures, ReachedThreshold, TicketSubject};

sla::named! {
    /// The severity of a notice.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
    pub enum Severity {
        /// For information.
        Info = "info",
        /// Action may be needed.
        Warning = "warning",
        /// A promise is broken, or a service is down.
        Critical = "critical",
    }
}

sla::named! {
    /// An audience of notices, with one topic each.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
    pub enum Audience {
        /// The customer of the service.
        Customer = "customer",
        /// The operators of the services.
        Operations = "operations",
        /// The finance team.
        Finance = "finance",
    }
}

impl Severity {
    /// All severities, the least urgent first.
    pub const ALL: [Self; 3] = [Self::Info, Self::Warning, Self::Critical];
}

impl Audience {
    /// All audiences, in the order of publishing.
    pub const ALL: [Self; 3] = [Self::Customer, Self::Operations, Self::Finance];
}

/// A kind of notice that customers receive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct CustomerKind(&'static str);

impl CustomerKind {
    /// The names on the wire, grouped by subject.
    pub const NAMES: [&'static str; 28] = [
        "outage.opened",
        "outage.closed",
        "availability.at_risk",
        "availability.breached",
        "availability.breach_withdrawn",
        "performance.missed",
        "maintenance.announced",
        "maintenance.reminder",
        "maintenance.changed",
        "exclusion.raised",
        "exclusion.decided",
        "exclusion.disputed",
        "ticket.opened",
        "ticket.acknowledge_missed",
        "ticket.resolve_missed",
        "ticket.level_changed",
        "ticket.corrected",
        "ticket.resolved",
        "statement.closed",
        "statement.restated",
        "claim.received",
        "claim.decided",
        "claim.window_closing",
        "credit.approved",
        "credit.reversed",
        "credit.lapsed",
        "terms.announced",
        "terms.effective",
    ];

    /// Returns all kinds, in that order.
    pub fn all() -> impl Iterator<Item = Self> {
        Self::NAMES.into_iter().map(Self)
    }

    /// Returns the name on the wire.
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

impl<'de> Deserialize<'de> for CustomerKind {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'_, str>::deserialize(deserializer)?;
        Self::all().find(|kind| kind.as_str() == text).ok_or_else(|| {
            D::Error::custom(format_args!(
                "`{}` is no notice that customers get: leave it out, or write one such as outage.opened",
                sla::shown(&text)
            ))
        })
    }
}

impl JsonSchema for CustomerKind {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "CustomerKind".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "enum": Self::NAMES })
    }
}

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
    /// The facts behind the wording.
    pub data: Value,
}

/// The service that a notice is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// Its name.
    pub service_name: String,
    /// Its plan, in the month concerned.
    pub plan: Plan,
    /// The zone in which its customer reads times.
    pub time_zone: Zone,
}

impl Subject {
    /// Describes a service in a month.
    pub fn of(service: &Service, month: Month) -> Self {
        Self {
            service_name: service.name.clone(),
            plan: service.in_month(month).0,
            time_zone: service.time_zone,
        }
    }
}

/// A service that a maintenance window covers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CoveredService {
    /// The service.
    pub service_id: ServiceId,
    /// Its name.
    pub service_name: String,
    /// True if downtime within the window is excluded. It counts if the service was registered too late for
    /// the agreement's notice.
    pub counts: bool,
}

/// A customer's services that a maintenance window covers. Absent in old notices, which were about a single
/// service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CoveredServices {
    /// The services by id, at most [`COVERED_MAX`].
    pub services: Vec<CoveredService>,
    /// Number of further services.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub others: usize,
}

/// Limit on the services in a notice of maintenance: 100 of at most 300 bytes each, in words and as data, are
/// 60 KB of the 256 KB that SNS takes.
pub const COVERED_MAX: usize = 100;

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn is_zero(count: &usize) -> bool {
    *count == 0
}

/// The figures of a statement, for its notices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatementFigures {
    /// The statement's revision.
    pub revision: u32,
    /// Its digest.
    pub digest: String,
    /// The verdict on the commitment.
    pub verdict: Verdict,
    /// up / (up + down).
    pub availability_pct: Option<String>,
    /// (up + unknown) / agreed.
    pub best_pct: Option<String>,
    /// up / agreed.
    pub worst_pct: Option<String>,
    /// The plan's commitment.
    pub commitment_pct: String,
    /// Counted downtime, in seconds.
    pub down_s: i64,
    /// Unknown seconds.
    pub unknown_s: i64,
    /// Excluded seconds.
    pub excluded_s: i64,
    /// The amount that a breach earns for certain.
    pub amount: Money,
    /// The amount that the month would earn if every unknown second had been down.
    pub amount_max: Money,
    /// The metrics that missed their limits.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missed: Vec<Metric>,
    /// A person's review, where missing data left the verdict open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review: Option<Review>,
}

impl From<&Statement> for StatementFigures {
    fn from(statement: &Statement) -> Self {
        Self {
            revision: statement.revision,
            digest: statement.digest.clone(),
            verdict: statement.verdict,
            availability_pct: statement.availability_pct.clone(),
            best_pct: statement.best_pct.clone(),
            worst_pct: statement.worst_pct.clone(),
            commitment_pct: statement.commitment_pct.clone(),
            down_s: statement.seconds.down,
            unknown_s: statement.seconds.unknown,
            excluded_s: statement.seconds.excluded,
            amount: statement.credit.amount,
            amount_max: statement.credit.amount_max,
            missed: statement.missed().map(|figures| figures.metric).collect(),
            review: statement.review.clone(),
        }
    }
}

/// Totals of one currency in an export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ExportTotal {
    /// The currency.
    pub currency: sla::Currency,
    /// The entries' state.
    pub state: String,
    /// Number of entries.
    pub entries: usize,
    /// Their sum in minor units.
    pub minor: i64,
}

/// A revision of the terms, as announced and as taking effect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevisedTerms {
    /// The revision.
    pub terms: TermsReference,
    /// The first month judged by it.
    pub effective_from: Month,
    /// The changes, a line each.
    pub difference: Vec<String>,
}

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
    ExclusionRaised { service: Subject, exclusion: Exclusion },
    #[serde(rename = "exclusion.decided")]
    ExclusionDecided { service: Subject, exclusion: Exclusion },
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
    TicketOpened { ticket: TicketSubject, channel: Channel, clocks: [ClockFigures; 2] },
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
    TicketEscalated { ticket: TicketSubject, reached: ReachedThreshold, step: EscalationStep },
    #[serde(rename = "ticket.level_changed")]
    TicketLevelChanged {
        ticket: TicketSubject,
        level: Level,
        reason: LevelReason,
        changed_at: Instant,
        clocks: [ClockFigures; 2],
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
    "exclusion.raised" => ExclusionRaised { service, exclusion },
    "exclusion.decided" => ExclusionDecided { service, exclusion },
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
    "ticket.opened" => TicketOpened { ticket, channel, clocks },
    "ticket.warning" => TicketWarning { ticket, reached },
    "ticket.acknowledge_target_missed" => TicketAcknowledgeTargetMissed { ticket, reached },
    "ticket.acknowledge_missed" => TicketAcknowledgeMissed { ticket, reached },
    "ticket.resolve_target_missed" => TicketResolveTargetMissed { ticket, reached },
    "ticket.resolve_missed" => TicketResolveMissed { ticket, reached },
    "ticket.escalated" => TicketEscalated { ticket, reached, step },
    "ticket.level_changed" => TicketLevelChanged { ticket, level, reason, changed_at, clocks },
    "ticket.corrected" => TicketCorrected { ticket, correction, backdated_count },
    "ticket.resolved" => TicketResolved {
        ticket, resolved_at, elapsed_s, net_s, limit_s, verdict, reopened_count, reopen_until,
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

    /// Builds a notice to or about a customer, but about no service; `identity` tells it from others of its kind.
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
