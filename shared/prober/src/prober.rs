//! A run over targets: controls first, each target with a second try at once if it fails, all within a
//! deadline. Whatever goes wrong at this end makes findings unknown: no control, no time, a clock that jumps.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant as Monotonic};

use events::Target;
use events::target::{TargetCheck, TcpCheck, TlsCheck};
use outcome::Clock;
use sla::{Instant, Status};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{Instant as Deadline, timeout, timeout_at};

use crate::finding::{Attempt, Finding, Outcome};
use crate::network::Network;
use crate::tls::{Speech, Tls, TlsError};
use crate::trouble::Trouble;
use crate::vantage::{Record, Vantage};

/// The most targets of a run.
pub const TARGETS_MAX: usize = 1_000;
/// The most targets that are tried at the same time. If all fail by a timeout of 10 s, each takes 20 s: 128
/// targets in 40 s. More at a time would wait for each other's handshakes and call it latency.
const AT_ONCE_MAX: usize = 64;
/// The fewest controls: one alone may fail by itself.
const CONTROLS_MIN: usize = 2;
/// The most controls.
const CONTROLS_MAX: usize = 8;
/// Timeout of a control, in seconds.
const CONTROL_S: u64 = 3;
/// Seconds by which the clock of the wall and the monotonic one may differ over a run: instants are whole
/// seconds, so one is rounding.
const CLOCKS_DIFFER_S_MAX: u64 = 2;

/// Settings of a prober.
#[derive(Debug)]
pub struct Settings {
    /// The clock of the wall, which dates checks.
    pub clock: Clock,
    /// The network.
    pub network: Arc<dyn Network>,
    /// The name server for DNS checks that name none.
    pub resolver: SocketAddr,
    /// Names and ports that always answer: at least two. If none of them does, the fault is ours.
    pub controls: Vec<TcpCheck>,
    /// Hosts and ports that may be called although their addresses are not public.
    pub allowed: BTreeSet<TcpCheck>,
    /// Root certificates in PEM that are trusted beside Mozilla's.
    pub roots: Vec<u8>,
    /// The longest that a run takes, its controls apart.
    pub run_time: Duration,
}

/// A reason why a prober cannot be built.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// Too few controls, or too many.
    #[error("controls: {0} different ones: give {CONTROLS_MIN} to {CONTROLS_MAX} names with their ports")]
    Controls(usize),
    /// A control without a name proves nothing about name resolution.
    #[error("controls: {0} is an address: give a name, which also shows that names are resolved")]
    Unnamed(String),
    /// TLS cannot be set up.
    #[error(transparent)]
    Tls(TlsError),
}

/// Checks targets from one vantage.
#[derive(Debug, Clone)]
pub struct Prober {
    vantage: Arc<Vantage>,
    controls: Arc<BTreeSet<TcpCheck>>,
    run_time: Duration,
}

impl Prober {
    /// Builds a prober.
    ///
    /// # Errors
    /// Returns a [`SettingsError`] that names the setting.
    pub fn new(settings: Settings) -> Result<Self, SettingsError> {
        let Settings { clock, network, resolver, controls, allowed, roots, run_time } = settings;
        let controls: BTreeSet<TcpCheck> = controls.into_iter().collect();
        if !(CONTROLS_MIN..=CONTROLS_MAX).contains(&controls.len()) {
            return Err(SettingsError::Controls(controls.len()));
        }
        if let Some(control) = controls.iter().find(|control| control.host.address().is_some()) {
            return Err(SettingsError::Unnamed(control.host.to_string()));
        }
        let tls = Tls::new(&clock, &roots).map_err(SettingsError::Tls)?;
        let vantage = Vantage { clock, network, tls, resolver, allowed };
        Ok(Self { vantage: vantage.into(), controls: controls.into(), run_time })
    }

    /// Checks targets, and returns one finding for each try, those of a target together and in the targets'
    /// order.
    ///
    /// The controls go first, so that what a fresh process measures worst is not reported.
    pub async fn run(&self, targets: &[Target]) -> Vec<Finding> {
        let clock = &self.vantage.clock;
        let started = (clock.now(), Monotonic::now());
        if !self.is_connected().await {
            return all_unknown(targets, clock.now(), "no control answers");
        }
        let findings = self.look(targets).await;
        let is_doubtful = findings.iter().any(|finding| finding.status != Status::Up);
        let is_connected = !is_doubtful || self.is_connected().await;
        if jumped(started, (clock.now(), Monotonic::now())) {
            return all_unknown(targets, clock.now(), "the clock has jumped");
        }
        if is_connected {
            return findings;
        }
        findings.into_iter().map(|finding| finding.distrusted("no control answers any more")).collect()
    }

    /// Tries the targets, so many at a time, until the run's time is over.
    async fn look(&self, targets: &[Target]) -> Vec<Finding> {
        let deadline = Deadline::now() + self.run_time;
        let begun_at = self.vantage.clock.now();
        let room = Arc::new(Semaphore::new(AT_ONCE_MAX));
        let mut looking = JoinSet::new();
        for (place, target) in targets.iter().take(TARGETS_MAX).cloned().enumerate() {
            let (vantage, room) = (self.vantage.clone(), room.clone());
            looking.spawn(async move {
                // The semaphore is never closed.
                let _permit = room.acquire_owned().await;
                (place, vantage.look_at(&target).await)
            });
        }
        let mut found: Vec<Vec<Finding>> = vec![Vec::new(); targets.len()];
        while let Ok(Some(looked)) = timeout_at(deadline, looking.join_next()).await {
            // A task that panicked leaves its target without a finding.
            if let Ok((place, findings)) = looked {
                found[place] = findings;
            }
        }
        let lost = |target| vec![Finding::unknown(target, begun_at, "the run had no time left for it")];
        let whole = |(target, own): (_, Vec<Finding>)| if own.is_empty() { lost(target) } else { own };
        targets.iter().zip(found).flat_map(whole).collect()
    }

    /// True if any control answers: names are resolved here, and the internet is there.
    async fn is_connected(&self) -> bool {
        let mut asking = JoinSet::new();
        for control in self.controls.iter().cloned() {
            let vantage = self.vantage.clone();
            asking.spawn(async move {
                let mut record = Record::default();
                let answer = vantage.connect(&control.host, control.port, &mut record);
                timeout(Duration::from_secs(CONTROL_S), answer).await.is_ok_and(|answer| answer.is_ok())
            });
        }
        while let Some(answered) = asking.join_next().await {
            if answered.unwrap_or(false) {
                return true;
            }
        }
        false
    }
}

impl Vantage {
    /// Tries a target, and at once a second time if it fails.
    async fn look_at(&self, target: &Target) -> Vec<Finding> {
        let first = self.attempt(target).await;
        let second = if first.is_failure() { Some(self.attempt(target).await) } else { None };
        Finding::tried(target, &first, second.as_ref())
    }

    async fn attempt(&self, target: &Target) -> Attempt {
        let (begun_at, mut record) = (self.clock.now(), Record::default());
        let tried = timeout(target.timeout(), self.try_once(&target.check, &mut record)).await;
        let slow = Trouble::Slow { timeout_s: target.timeout().as_secs() };
        let outcome = match tried.unwrap_or(Err(slow)) {
            Ok(()) if record.ends_soon => Outcome::EndsSoon,
            Ok(()) => Outcome::Works,
            Err(trouble) => Outcome::Failed(trouble),
        };
        Attempt { at: record.connected_at.unwrap_or(begun_at), phases: record.phases, outcome }
    }

    async fn try_once(&self, check: &TargetCheck, record: &mut Record) -> Result<(), Trouble> {
        match check {
            TargetCheck::Http(check) => self.try_http(check, record).await,
            TargetCheck::Tcp(check) => self.connect(&check.host, check.port, record).await.map(drop),
            TargetCheck::Tls(check) => self.try_tls(check, record).await,
            TargetCheck::Dns(check) => self.try_dns(check, record).await,
        }
    }

    async fn try_tls(&self, check: &TlsCheck, record: &mut Record) -> Result<(), Trouble> {
        let stream = self.connect(&check.host, check.port, record).await?;
        let started = Monotonic::now();
        let stream = self.tls.handshake(Speech::Plain, &check.host, stream).await?;
        record.phases.tls = Some(started.elapsed());
        if let Some(days) = check.certificate_days {
            record.ends_soon = self.tls.ends_within(days, &check.host, &stream);
        }
        Ok(())
    }
}

fn all_unknown(targets: &[Target], at: Instant, reason: &str) -> Vec<Finding> {
    targets.iter().map(|target| Finding::unknown(target, at, reason)).collect()
}

/// True if the clock of the wall and the monotonic one tell different times for a run.
fn jumped(from: (Instant, Monotonic), to: (Instant, Monotonic)) -> bool {
    let by_monotonic_s = i64::try_from(to.1.duration_since(from.1).as_secs()).unwrap_or(i64::MAX);
    let by_wall_s = to.0.epoch_s() - from.0.epoch_s();
    by_wall_s.abs_diff(by_monotonic_s) > CLOCKS_DIFFER_S_MAX
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_runs_otherwise_has_jumped() {
        #[track_caller]
        fn check(wall_s: i64, monotonic_s: u64, expect: bool) {
            let (wall, monotonic) = (Instant::from_epoch_s(1_000_000_000), Monotonic::now());
            let to = (wall.plus_s(wall_s), monotonic + Duration::from_secs(monotonic_s));
            assert_eq!(jumped((wall, monotonic), to), expect, "{wall_s} {monotonic_s}");
        }
        check(0, 0, false);
        check(21, 20, false);
        check(22, 20, false);
        check(23, 20, true);
        check(-3, 0, true);
        check(3_600, 5, true);
    }
}
