//! The vantage of this machine: what `run-checks` may call from here, which is more than in the cloud.

use std::collections::BTreeSet;

use events::target::TcpCheck;
use outcome::Clock;
use prober::Settings;
use run_checks::{CONTROLS, Vantage, VantageError, outside};

/// The settings of `run-checks` on this machine.
#[derive(Clone, Debug)]
pub struct VantageSettings {
    /// The region, which is the probe under which it reports.
    pub region: String,
    /// Seconds from one run to the next.
    pub run_every_s: u32,
    /// Names and ports that always answer, joined by commas: at least two.
    pub controls: String,
    /// Hosts and ports that may be called although their addresses are not public.
    pub allowed: BTreeSet<TcpCheck>,
}

impl Default for VantageSettings {
    /// Calls the public internet alone, each minute.
    fn default() -> Self {
        let (region, controls) = ("local".to_owned(), CONTROLS.to_owned());
        Self { region, run_every_s: 60, controls, allowed: BTreeSet::new() }
    }
}

impl VantageSettings {
    /// Builds the vantage.
    pub(super) fn build(&self, clock: &Clock) -> Result<Vantage, VantageError> {
        let settings = outside(&self.controls, clock.clone())?;
        let vantage = Vantage::new(&self.region, Settings { allowed: self.allowed.clone(), ..settings })?;
        Ok(vantage.each(self.run_every_s))
    }
}
