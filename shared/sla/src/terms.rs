//! The agreement as data: every choice that its text leaves open is a named field (rules, 9).

pub mod difference;
pub mod lint;
pub mod publication;
pub mod what_if;

use std::sync::LazyLock;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::clause::Clause;
use crate::measurement::Limit;
use crate::service::OPEN_MONTHS_MAX;
use crate::ticket::{ClockKind, Level, Threshold};
use crate::{Instant, Metric, Month, Plan, RegionId, TermsId, Zone, digest_hex};

pub use difference::difference;
pub use lint::{Finding, Severity, lint};
pub use publication::{Publication, PublicationError};

/// The built-in revision as a document for people, with the agreement's words beside its values.
pub const BUILT_IN_DOCUMENT: &str = include_str!("../terms-revision-1.toml");

/// The built-in revision with its digest, which statements name: comparing is cheaper than hashing.
static BUILT_IN: LazyLock<(Terms, Option<String>)> = LazyLock::new(|| {
    let terms = Terms::built_in();
    let digest = digest_hex(&terms).ok();
    (terms, digest)
});

/// One revision of the agreement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Terms {
    /// The document.
    pub terms_id: TermsId,
    /// Its revision, from 1.
    pub revision: u32,
    /// The first month judged by this revision.
    pub effective_from: Month,
    /// Fewest days between the publication of a revision and 00:00 UTC of its first month.
    pub notice_days: i64,
    /// Hours from a month's end to its close.
    pub close_after_h: i64,
    /// Scheduled maintenance, which is excluded from downtime.
    pub maintenance: MaintenanceTerms,
    /// Exclusions under the agreement's clauses.
    pub exclusions: ExclusionTerms,
    /// The promises of the plans.
    pub plans: PlanTerms,
    /// Percentages of the allowed downtime at which customers are warned, ascending.
    pub warnings_pct: Vec<i64>,
    /// The promises about the metrics.
    pub metrics: MetricTerms,
    /// The credit for a breach.
    pub credits: CreditTerms,
    /// The rules for claiming a credit.
    pub claims: ClaimTerms,
    /// The promises of the priority levels.
    pub levels: LevelTerms,
    /// The rules for tickets of every level.
    pub tickets: TicketTerms,
    /// The rules for reviews; those of revision 1 if absent.
    #[serde(default, skip_serializing_if = "ReviewTerms::is_built_in")]
    pub reviews: ReviewTerms,
}

/// The terms of scheduled maintenance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MaintenanceTerms {
    /// Fewest hours between announcement and start.
    pub notice_h: i64,
    /// Hours before the start at which customers are reminded.
    pub reminder_h: i64,
}

/// The terms of exclusions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ExclusionTerms {
    /// The clauses under which time may be excluded.
    pub clauses: Vec<Clause>,
    /// Days after the time covered within which an exclusion can be raised.
    pub raise_days: i64,
    /// Days within which a customer may dispute an exclusion.
    pub dispute_days: i64,
}

/// The promises of the plans.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PlanTerms {
    /// "Standard Plan: 99.9% uptime"
    pub standard: PlanPromise,
    /// "Premium Plan: 99.95% uptime"
    pub premium: PlanPromise,
    /// "Enterprise Plan: 99.99% uptime"
    pub enterprise: PlanPromise,
}

/// The promise of one plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PlanPromise {
    /// The committed availability in parts per million.
    pub commitment_ppm: i64,
    /// The default slot length of a new service, in seconds.
    pub resolution_s: u32,
    /// The plan's own throughput floor in kilobits per second, instead of the agreement's; null for none.
    pub throughput_floor_kbps: Option<u32>,
}

/// The promises about the monthly mean of each metric (agreement, "Performance Metrics").
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MetricTerms {
    /// "Network Latency: We target latency levels of <50 ms for most regions."
    pub latency: LatencyTerms,
    /// "Data Throughput: Guaranteed at 100 Mbps or higher": the floor in kilobits per second.
    pub throughput_floor_kbps: u32,
    /// "Packet Loss: We maintain a packet loss rate of <0.1%": the bound in parts per million.
    pub loss_limit_ppm: u32,
}

/// The promises about latency: "<50 ms for most regions".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LatencyTerms {
    /// The bound in microseconds, in every region that is not listed.
    pub limit_us: u32,
    /// The regions with another promise, or none.
    pub regions: Vec<RegionLatency>,
}

/// A region that is not among the "most regions".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RegionLatency {
    /// The region.
    pub region: RegionId,
    /// The bound in microseconds; null if nothing is promised.
    pub limit_us: Option<u32>,
}

/// The rule that turns a share of downtime into a share of the fee.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CreditStep {
    /// In proportion to downtime.
    ProRata,
    /// For each percent of downtime begun.
    Started,
    /// For each full percent of downtime.
    Whole,
}

/// The credit for a breach: "a 10% service credit of your monthly fees for every 1% of downtime".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CreditTerms {
    /// Percent of the monthly fee for every percent of downtime.
    pub rate_pct: i64,
    /// The treatment of fractions of a percent of downtime.
    pub step: CreditStep,
    /// The cap of a credit, in percent of the monthly fee.
    pub cap_pct: i64,
}

/// The condition for a credit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClaimMode {
    /// A credit needs a claim.
    Claimed,
    /// A credit is given at the close, without a claim.
    Automatic,
}

/// The rules for claiming a credit: "you must notify us within 7 days of the service failure".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ClaimTerms {
    /// Local calendar days in the claim window.
    pub window_days: u32,
    /// Hours before the end of the window at which a customer who has not claimed is reminded.
    pub reminder_h: i64,
    /// The condition for a credit.
    pub mode: ClaimMode,
}

/// The rules for reviews of statements and claims (rules, 11).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReviewTerms {
    /// Percent of the monthly fee by which one person may move what a service-month is credited.
    pub single_person_up_to_pct: i64,
}

/// The promises of the priority levels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LevelTerms {
    /// "Level 1 – Critical"
    pub critical: LevelPromise,
    /// "Level 2 – Degraded Service"
    pub degraded: LevelPromise,
    /// "Level 3 – General Issues"
    pub general: LevelPromise,
}

/// The promise of one priority level.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LevelPromise {
    /// The promise about the acknowledgement of a report.
    pub acknowledge: ClockPromise,
    /// The promise about its resolution.
    pub resolve: ClockPromise,
    /// The people to be told until a report is acknowledged, each at a threshold of the acknowledge clock.
    pub escalation: Vec<EscalationStep>,
}

/// A range of the agreement: its lower bound is the target, its upper bound the commitment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ClockPromise {
    /// Target in seconds; missing it warns and escalates.
    pub target_s: Option<i64>,
    /// Limit in seconds; missing it is a breach.
    pub limit_s: i64,
}

/// A step of the escalation chain: "our support team will escalate incidents as needed".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EscalationStep {
    /// The threshold of the acknowledge clock that triggers the step.
    pub threshold: Threshold,
    /// The role that takes over.
    pub role: String,
    /// The person in that role.
    pub name: String,
    /// The way to reach that person.
    pub channel: String,
}

/// The rules for tickets of every level.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TicketTerms {
    /// Percentages of a limit at which staff are warned, ascending.
    pub warnings_pct: Vec<u8>,
    /// Days after its resolution within which a ticket can be reopened.
    pub reopen_days: i64,
}

impl LevelPromise {
    /// Returns the promise about one clock.
    pub const fn of(&self, clock: ClockKind) -> ClockPromise {
        match clock {
            ClockKind::Acknowledge => self.acknowledge,
            ClockKind::Resolve => self.resolve,
        }
    }
}

impl Default for ReviewTerms {
    fn default() -> Self {
        Self { single_person_up_to_pct: 10 }
    }
}

impl ReviewTerms {
    /// True for the rules of revision 1, which a document leaves out: the digest of an older one stays.
    fn is_built_in(&self) -> bool {
        *self == Self::default()
    }
}

impl LevelTerms {
    /// Returns the promise of a level.
    pub const fn promise(&self, level: Level) -> &LevelPromise {
        match level {
            Level::Critical => &self.critical,
            Level::Degraded => &self.degraded,
            Level::General => &self.general,
        }
    }

    /// Returns the levels of the agreement.
    fn built_in() -> Self {
        let clock = |target_min: Option<i64>, limit_min: i64| ClockPromise {
            target_s: target_min.map(|minutes| minutes * 60),
            limit_s: limit_min * 60,
        };
        let step = |threshold, role: &str, name: &str| EscalationStep {
            threshold,
            role: role.to_owned(),
            name: name.to_owned(),
            channel: "phone".to_owned(),
        };
        Self {
            critical: LevelPromise {
                acknowledge: clock(Some(5), 15),
                resolve: clock(None, 24 * 60),
                escalation: vec![
                    step(Threshold::Target, "team lead", "Support team lead on call"),
                    step(Threshold::Limit, "duty manager", "Duty manager on call"),
                ],
            },
            degraded: LevelPromise {
                acknowledge: clock(Some(15), 30),
                resolve: clock(None, 72 * 60),
                escalation: Vec::new(),
            },
            general: LevelPromise {
                acknowledge: clock(None, 30),
                resolve: clock(Some(60), 12 * 60),
                escalation: Vec::new(),
            },
        }
    }
}

impl Terms {
    /// Returns revision 1: the agreement's own text, with the defaults of the rules.
    pub fn built_in() -> Self {
        let promise = |commitment_ppm, resolution_s| PlanPromise {
            commitment_ppm,
            resolution_s,
            throughput_floor_kbps: None,
        };
        Self {
            terms_id: TermsId::built_in(),
            revision: 1,
            effective_from: Month::first(),
            notice_days: 30,
            close_after_h: 24,
            maintenance: MaintenanceTerms { notice_h: 72, reminder_h: 24 },
            exclusions: ExclusionTerms {
                clauses: vec![Clause::ForceMajeure, Clause::ThirdParty, Clause::CyberAttack],
                raise_days: 30,
                dispute_days: 14,
            },
            plans: PlanTerms {
                standard: promise(999_000, 60),
                premium: promise(999_500, 60),
                enterprise: promise(999_900, 10),
            },
            warnings_pct: vec![50, 75, 90],
            metrics: MetricTerms {
                latency: LatencyTerms { limit_us: 50_000, regions: Vec::new() },
                throughput_floor_kbps: 100_000,
                loss_limit_ppm: 1_000,
            },
            credits: CreditTerms { rate_pct: 10, step: CreditStep::ProRata, cap_pct: 100 },
            claims: ClaimTerms { window_days: 7, reminder_h: 24, mode: ClaimMode::Claimed },
            levels: LevelTerms::built_in(),
            tickets: TicketTerms { warnings_pct: vec![50, 75, 90], reopen_days: 7 },
            reviews: ReviewTerms::default(),
        }
    }

    /// Returns the promise of a plan.
    pub fn promise(&self, plan: Plan) -> &PlanPromise {
        match plan {
            Plan::Standard => &self.plans.standard,
            Plan::Premium => &self.plans.premium,
            Plan::Enterprise => &self.plans.enterprise,
        }
    }

    /// Returns the limit on a metric's monthly mean; `None` if nothing is promised.
    pub fn limit(&self, metric: Metric, plan: Plan, region: &RegionId) -> Option<Limit> {
        match metric {
            Metric::LatencyMs => {
                let LatencyTerms { limit_us, regions } = &self.metrics.latency;
                let own = regions.iter().find(|own| own.region == *region);
                own.map_or(Some(*limit_us), |own| own.limit_us).map(Limit::Below)
            }
            Metric::ThroughputMbps => {
                let own = self.promise(plan).throughput_floor_kbps;
                Some(Limit::AtLeast(own.unwrap_or(self.metrics.throughput_floor_kbps)))
            }
            Metric::PacketLossPct => Some(Limit::Below(self.metrics.loss_limit_ppm)),
        }
    }

    /// Returns the digest by which results name the revision.
    ///
    /// # Errors
    /// None in practice, as terms are plain JSON.
    pub fn digest(&self) -> Result<String, serde_json::Error> {
        match &*BUILT_IN {
            (terms, Some(digest)) if terms == self => Ok(digest.clone()),
            _ => digest_hex(self),
        }
    }

    /// Returns the instant at which a month under this revision closes in a zone.
    pub fn closes_at(&self, month: Month, zone: Zone) -> Instant {
        month.bounds(zone).end.plus_s(self.close_after_h * 3600)
    }
}

/// All published revisions, with the built-in one before any of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TermsBook(Vec<Terms>);

impl TermsBook {
    /// Builds a book of the published revisions.
    pub fn new(published: Vec<Terms>) -> Self {
        let mut revisions = published;
        revisions.push(Terms::built_in());
        revisions.sort_by_key(|terms| std::cmp::Reverse((terms.effective_from, terms.revision)));
        Self(revisions)
    }

    /// Returns the revision in force at the start of a month: the latest that has taken effect by then.
    pub fn in_force(&self, month: Month) -> &Terms {
        let found = self.0.iter().find(|terms| terms.effective_from <= month);
        // The built-in revision takes effect with the earliest month, so the last one always applies.
        found.unwrap_or(&self.0[self.0.len() - 1])
    }

    /// Returns the instant at which a month closes in a zone.
    pub fn closes_at(&self, month: Month, zone: Zone) -> Instant {
        self.in_force(month).closes_at(month, zone)
    }

    /// Returns the first close of a UTC month after an instant.
    pub fn next_close(&self, after: Instant) -> Instant {
        let mut month = Month::of(after, Zone::UTC);
        for _ in 0..OPEN_MONTHS_MAX {
            if self.closes_at(month.previous(), Zone::UTC) <= after {
                break;
            }
            month = month.previous();
        }
        self.closes_at(month, Zone::UTC)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_terms_are_the_agreement() {
        insta::assert_snapshot!(serde_json::to_string_pretty(&Terms::built_in()).unwrap());
    }

    #[test]
    fn the_digest_that_is_remembered_is_that_of_the_terms() {
        let dearer = |rate_pct| {
            let mut terms = Terms::built_in();
            terms.credits.rate_pct = rate_pct;
            terms
        };
        for terms in [Terms::built_in(), dearer(10), dearer(11)] {
            assert_eq!(terms.digest().unwrap(), digest_hex(&terms).unwrap());
        }
        assert_ne!(dearer(11).digest().unwrap(), Terms::built_in().digest().unwrap());
    }

    #[test]
    fn a_month_is_judged_by_the_revision_in_force_at_its_start() {
        let second = Terms { revision: 2, effective_from: "2026-08".parse().unwrap(), ..Terms::built_in() };
        let book = TermsBook::new(vec![second]);
        let revision = |month: &str| book.in_force(month.parse().unwrap()).revision;
        assert_eq!(
            [revision("2000-01"), revision("2026-07"), revision("2026-08"), revision("2099-12")],
            [1, 1, 2, 2]
        );
    }

    #[test]
    fn the_next_close_is_that_of_the_first_utc_month_that_is_not_closed() {
        let late = Terms {
            revision: 2,
            effective_from: "2026-08".parse().unwrap(),
            close_after_h: 40 * 24,
            ..Terms::built_in()
        };
        let book = TermsBook::new(vec![late]);
        let next = |after: &str| book.next_close(after.parse().unwrap()).to_string();
        assert_eq!(next("2026-06-15T00:00:00Z"), "2026-07-02T00:00:00Z");
        assert_eq!(next("2026-07-01T23:59:59Z"), "2026-07-02T00:00:00Z");
        assert_eq!(next("2026-07-02T00:00:00Z"), "2026-08-02T00:00:00Z");
        // August closes on 11 October: 40 days after its end.
        assert_eq!(next("2026-09-30T00:00:00Z"), "2026-10-11T00:00:00Z");
        assert_eq!(next("2026-10-11T00:00:00Z"), "2026-11-10T00:00:00Z");
    }
}
