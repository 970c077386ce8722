//! The statement of a service-month: a pure function of its inputs, with a digest that anyone can recompute.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::account::Account;
use crate::availability::{Seconds, Verdict, percent_of_ppm};
use crate::canonical::canonical_json_without;
use crate::claim::OutagesEnd;
use crate::credit::Credit;
use crate::edition::Edition;
use crate::exclusion::{Excluded, Window, WindowKind};
use crate::ledger::CreditKind;
use crate::measurement::ProbeMeasurements;
use crate::outage::{Outage, outages};
use crate::performance::{MetricFigures, MetricVerdict, judge};
use crate::review::Review;
use crate::ticket::TicketVerdicts;
use crate::timeline::{CodecError, ProbeTimeline};
use crate::void::VoidSpan;
use crate::{
    CustomerId, Instant, Metric, Month, OwnSilence, Plan, ProbeId, Service, ServiceId, Span, Terms, TermsId,
    Zone, sha256_hex,
};

/// A statement lists this many outages; the rest are counted (contract, "A statement").
pub const OUTAGES_MAX: usize = 1000;
/// A statement names this many probes; the rest are counted: 100 of 66 bytes are 7 KB of an item's 400.
pub const PROBES_NAMED_MAX: usize = 100;

/// The inputs of a statement, from which it can be recomputed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inputs {
    /// The service, with its plan and fee changes.
    pub service: Service,
    /// The month.
    pub month: Month,
    /// The statement's revision: 0 while provisional.
    pub revision: u32,
    /// Instant up to which the statement accounts.
    pub as_of: Instant,
    /// The terms in force at the month's start.
    pub terms: Terms,
    /// Maintenance and approved exclusions that touch the month.
    pub windows: Vec<Window>,
    /// Approved voids that can affect the month.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub voids: Vec<VoidSpan>,
    /// The probes' timelines, including the check carried into the month.
    pub probes: Vec<ProbeTimeline>,
    /// The measurements of the probes that measured anything in the month.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub measurements: Vec<ProbeMeasurements>,
    /// The verdicts of the tickets opened in the month.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tickets: Vec<TicketVerdicts>,
    /// The review of a person, where data is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review: Option<Review>,
    /// The edition of the rules for computing the statement.
    #[serde(default, skip_serializing_if = "Edition::is_first")]
    pub rules: Edition,
}

/// A failure to compute a statement.
#[derive(Debug, thiserror::Error)]
pub enum StatementError {
    /// The stored slots cannot be read by this version.
    #[error("cannot read the timeline")]
    Timeline(#[from] CodecError),
    /// A value that JSON cannot hold.
    #[error("cannot write canonical JSON")]
    Json(#[from] serde_json::Error),
}

/// The terms under which a month was judged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TermsReference {
    /// The document.
    pub id: TermsId,
    /// Its revision.
    pub revision: u32,
    /// Its SHA-256.
    pub digest: String,
}

/// The outages that are not listed one by one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OtherOutages {
    /// Number of these outages.
    pub count: usize,
    /// Their downtime in seconds.
    pub down_s: i64,
}

/// Probes that a statement names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NamedProbes {
    /// The probes, in order.
    pub probes: Vec<ProbeId>,
    /// Number of probes beyond the named ones.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub others: usize,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_zero(count: &usize) -> bool {
    *count == 0
}

/// The month's ticket figures.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TicketFigures {
    /// Tickets opened.
    pub opened: u32,
    /// Acknowledged in time.
    pub acknowledge_met: u32,
    /// Not acknowledged in time.
    pub acknowledge_missed: u32,
    /// Resolved in time.
    pub resolve_met: u32,
    /// Not resolved in time.
    pub resolve_missed: u32,
    /// With a clock still running.
    pub running: u32,
}

/// The statement of a service-month: its events and their consequences (contract, "A statement").
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Statement {
    /// The service.
    pub service_id: ServiceId,
    /// The customer.
    pub customer_id: CustomerId,
    /// The plan in force.
    pub plan: Plan,
    /// The month.
    pub month: Month,
    /// The zone of the month.
    pub time_zone: Zone,
    /// 0 while provisional, then from 1.
    pub revision: u32,
    /// True while the month is open.
    pub provisional: bool,
    /// Instant up to which the statement accounts.
    pub as_of: Instant,
    /// The terms under which it is judged.
    pub terms: TermsReference,
    /// The slots of the period.
    pub period: Span,
    /// The seconds of the period, each exactly once.
    pub seconds: Seconds,
    /// up / (up + down).
    pub availability_pct: Option<String>,
    /// (up + unknown) / agreed.
    pub best_pct: Option<String>,
    /// up / agreed.
    pub worst_pct: Option<String>,
    /// The plan's commitment.
    pub commitment_pct: String,
    /// The verdict on the commitment.
    pub verdict: Verdict,
    /// A person's review, where missing data left the verdict open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub review: Option<Review>,
    /// The outages, in chronological order.
    pub outages: Vec<Outage>,
    /// The outages beyond the listed ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub others: Option<OtherOutages>,
    /// The windows that do not count.
    pub excluded: Vec<Excluded>,
    /// Probes whose last report is carried for ever, by their own silence: an `up` of theirs counts as up for
    /// as long as they say nothing else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carried_for_ever: Option<NamedProbes>,
    /// The credit earned.
    pub credit: Credit,
    /// The metrics, always all three, in their order.
    pub performance: Vec<MetricFigures>,
    /// The ticket figures.
    pub tickets: TicketFigures,
    /// SHA-256 over the canonical JSON (RFC 8785) of everything else.
    pub digest: String,
}

impl Inputs {
    /// Computes the statement; `None` for a service-month without a slot.
    ///
    /// # Errors
    /// Returns a [`StatementError`] if the stored slots cannot be read.
    pub fn statement(&self) -> Result<Option<Statement>, StatementError> {
        let Some(period) = self.service.period(self.month, self.as_of) else { return Ok(None) };
        let account = Account::of(&self.service, &self.probes, &self.windows, &self.voids, period)?;
        let (plan, fee) = self.service.in_month(self.month);
        let commitment_ppm = self.terms.promise(plan).commitment_ppm;
        let seconds = account.seconds;
        let limits = Metric::ALL.map(|metric| self.terms.limit(metric, plan, &self.service.region));
        let (counted, resolution) = (account.counted(period), self.service.resolution_s);
        let performance = judge(&self.measurements, resolution, &counted, &self.voids, limits)?;
        let review = self.review.as_ref();
        let verdict = review.map_or(seconds.verdict(commitment_ppm), |review| review.verdict.verdict());
        let credited = review.map_or(seconds, |review| seconds.reviewed(review.down_s));
        let credit = Credit::compute(&self.terms.credits, fee, credited, verdict);
        let mut outages = outages(&account.combined, &account.union, period);
        let unlisted = outages.split_off(outages.len().min(OUTAGES_MAX));
        let others = (!unlisted.is_empty())
            .then(|| OtherOutages { count: unlisted.len(), down_s: unlisted.iter().map(|o| o.down_s).sum() });
        let mut statement = Statement {
            service_id: self.service.service_id.clone(),
            customer_id: self.service.customer_id.clone(),
            plan,
            month: self.month,
            time_zone: self.service.time_zone,
            revision: self.revision,
            provisional: self.revision == 0,
            as_of: self.as_of,
            terms: TermsReference {
                id: self.terms.terms_id.clone(),
                revision: self.terms.revision,
                digest: self.terms.digest()?,
            },
            period,
            seconds,
            availability_pct: seconds.availability_pct(),
            best_pct: seconds.best_pct(),
            worst_pct: seconds.worst_pct(),
            commitment_pct: percent_of_ppm(commitment_ppm),
            verdict,
            review: self.review.clone(),
            outages,
            others,
            excluded: account.excluded,
            carried_for_ever: self.carried_for_ever(period)?,
            credit: self.rules.credit(credit, verdict),
            performance,
            tickets: TicketFigures::of(&self.tickets),
            digest: String::new(),
        };
        statement.digest = statement.computed_digest()?;
        Ok(Some(statement))
    }
}

impl Inputs {
    /// Names the probes that have reported by the end of a period and are carried for ever by their own silence.
    fn carried_for_ever(&self, period: Span) -> Result<Option<NamedProbes>, CodecError> {
        let mut all = BTreeSet::new();
        for probe in self.probes.iter().filter(|probe| probe.silence == Some(OwnSilence::NEVER)) {
            let reported = probe.reported(self.service.resolution_s)?;
            if reported.first().is_some_and(|(span, _)| span.start < period.end) {
                all.insert(&probe.probe);
            }
        }
        let others = all.len().saturating_sub(PROBES_NAMED_MAX);
        let probes = all.iter().take(PROBES_NAMED_MAX).map(|probe| (*probe).clone()).collect();
        Ok((!all.is_empty()).then_some(NamedProbes { probes, others }))
    }

    /// Returns the end of the last outage that counts in the month, as far as the period tells; `Open` if it
    /// lasts to the period's end and the service goes on.
    ///
    /// # Errors
    /// Returns a [`StatementError`] if the stored slots cannot be read.
    pub fn outages_end(&self) -> Result<OutagesEnd, StatementError> {
        let Some(period) = self.service.period(self.month, self.as_of) else { return Ok(OutagesEnd::None) };
        let account = Account::of(&self.service, &self.probes, &self.windows, &self.voids, period)?;
        let outages = outages(&account.combined, &account.union, period);
        let last = outages.iter().rev().find(|outage| outage.down_s > 0);
        let is_over = |end: Instant| self.service.terminated_at.is_some_and(|terminated| terminated <= end);
        Ok(match last {
            None => OutagesEnd::None,
            Some(last) if last.ongoing && !is_over(last.ended_at) => OutagesEnd::Open,
            Some(last) => OutagesEnd::At(last.ended_at),
        })
    }

    /// True if the promise of a kind would have been broken without the exclusions under the agreement's
    /// clauses. Maintenance windows stay excluded: a customer cannot dispute them.
    ///
    /// # Errors
    /// Returns a [`StatementError`] if the stored slots cannot be read.
    pub fn breaks_without_exclusions(&self, kind: CreditKind) -> Result<bool, StatementError> {
        let is_maintenance = |window: &&Window| window.kind == WindowKind::Maintenance;
        let windows: Vec<Window> = self.windows.iter().filter(is_maintenance).cloned().collect();
        if windows.len() == self.windows.len() {
            return Ok(false);
        }
        let bare = Self { windows, review: None, ..self.clone() }.statement()?;
        Ok(bare.is_some_and(|bare| match kind {
            CreditKind::Uptime => bare.verdict == Verdict::Breached,
            CreditKind::Performance => bare.missed().next().is_some(),
        }))
    }
}

impl Statement {
    /// Returns the seconds that count as downtime: those found by a review, else the known ones.
    pub fn counted_down_s(&self) -> i64 {
        self.review.as_ref().map_or(self.seconds.down, |review| review.down_s)
    }

    /// True if a metric missed its limit.
    pub fn misses(&self, metric: Metric) -> bool {
        self.missed().any(|missed| missed.metric == metric)
    }

    /// Returns the metrics that missed their limits.
    pub fn missed(&self) -> impl Iterator<Item = &MetricFigures> {
        self.performance.iter().filter(|figures| figures.verdict == MetricVerdict::Missed)
    }

    /// Computes the digest: SHA-256 over the canonical JSON of everything but the digest.
    ///
    /// # Errors
    /// None in practice, as statements are plain JSON.
    pub fn computed_digest(&self) -> Result<String, serde_json::Error> {
        canonical_json_without(self, "digest").map(|json| sha256_hex(json.as_bytes()))
    }
}
