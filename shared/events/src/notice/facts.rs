//! Facts that notices share: the service, what maintenance covers, the figures of a statement.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sla::availability::Verdict;
use sla::duty::{self, DutyPerson};
use sla::review::Review;
use sla::statement::TermsReference;
use sla::{Instant, Metric, Money, Month, Plan, Service, ServiceId, Statement, Zone};

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

/// A service that a maintenance window or an exclusion covers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CoveredService {
    /// The service.
    pub service_id: ServiceId,
    /// Its name.
    pub service_name: String,
    /// True if downtime within the window is excluded. It counts if the service was registered too late for
    /// the agreement's notice.
    pub counts: bool,
    /// The month in which the window begins in its own zone, if that is not the notice's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub month: Option<Month>,
}

/// A customer's services that a maintenance window or an exclusion covers. Absent in old notices, which were
/// about a single service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CoveredServices {
    /// The services by id, at most [`COVERED_MAX`].
    pub services: Vec<CoveredService>,
    /// Number of further services.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub others: usize,
}

/// The people whom an escalation reaches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EscalatedTo {
    /// The people.
    pub people: Vec<EscalatedPerson>,
    /// True if somebody is on duty; else they are everybody of the role.
    pub on_duty: bool,
}

/// A person whom an escalation reaches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EscalatedPerson {
    /// The name.
    pub name: String,
    /// The address.
    pub address: String,
}

impl EscalatedTo {
    /// Returns whom an escalation to a role's people reaches at an instant; `None` if the role has none.
    pub fn of(people: &[DutyPerson], at: Instant) -> Option<Self> {
        let reached = duty::reached(people, at);
        let person = |person: &&DutyPerson| EscalatedPerson {
            name: person.name.clone(),
            address: person.address.clone(),
        };
        let people: Vec<EscalatedPerson> = reached.people.iter().map(person).collect();
        (!people.is_empty()).then_some(Self { people, on_duty: reached.is_on_duty })
    }
}

/// Limit on the services that a notice lists: 100 of at most 300 bytes each, in words and as data, are
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
