//! The vantage of a function: its region, how often it runs, and the prober that it has.
//! Architecture invariant: only who builds a vantage by hand lets places through that are not public;
//! [`outside`] lets none.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use events::Target;
use events::target::TcpCheck;
use outcome::Clock;
use prober::{DNS_PORT, Finding, Prober, Settings, SettingsError, System, name_server};
use sla::ProbeId;

/// Seconds from one run to the next, as the clock of the template has it.
const RUN_EVERY_S: u32 = 60;
/// The longest run, its controls apart: with twice 3 s for them, the rest of a minute is for table and queue.
const RUN_TIME: Duration = Duration::from_secs(45);
/// The file that names the name server.
const RESOLV_CONF: &str = "/etc/resolv.conf";
/// Controls that always answer: names of two providers.
pub const CONTROLS: &str = "one.one.one.one:443,dns.google:443";

/// The place from which a function checks. Clones share its prober.
#[derive(Debug, Clone)]
pub struct Vantage {
    region: ProbeId,
    run_every_s: u32,
    prober: Prober,
}

/// A reason why a vantage cannot be built.
#[derive(Debug, thiserror::Error)]
pub enum VantageError {
    /// The region is no id.
    #[error("the region is no id of a probe")]
    Region(#[source] sla::IdError),
    /// A control is no name with a port.
    #[error("controls: `{0}` is no name with its port: give some such as {CONTROLS}")]
    Control(String),
    /// The prober refuses its settings.
    #[error(transparent)]
    Prober(#[from] SettingsError),
}

impl Vantage {
    /// Builds the vantage of a region that is run each minute.
    ///
    /// # Errors
    /// Returns a [`VantageError`] that names the setting.
    pub fn new(region: &str, prober: Settings) -> Result<Self, VantageError> {
        let region = region.parse().map_err(VantageError::Region)?;
        Ok(Self { region, run_every_s: RUN_EVERY_S, prober: Prober::new(prober)? })
    }

    /// Returns the vantage with another time from one run to the next.
    #[must_use]
    pub fn each(self, run_every_s: u32) -> Self {
        Self { run_every_s, ..self }
    }

    /// Returns the region.
    pub fn region(&self) -> &ProbeId {
        &self.region
    }

    /// Returns the seconds from one run to the next.
    pub fn run_every_s(&self) -> u32 {
        self.run_every_s
    }

    /// Tries targets.
    pub async fn run(&self, targets: &[Target]) -> Vec<Finding> {
        self.prober.run(targets).await
    }
}

/// Returns the settings of a prober that calls the public internet, and nothing else.
///
/// # Errors
/// Returns a [`VantageError`] for a control that is none.
pub fn outside(controls: &str, clock: Clock) -> Result<Settings, VantageError> {
    let controls = controls.split(',').map(str::trim).filter(|control| !control.is_empty());
    Ok(Settings {
        clock,
        network: Arc::new(System),
        resolver: resolver(),
        controls: controls.map(control).collect::<Result<_, _>>()?,
        allowed: BTreeSet::new(),
        roots: Vec::new(),
        run_time: RUN_TIME,
    })
}

fn control(text: &str) -> Result<TcpCheck, VantageError> {
    let read = || {
        let (host, port) = text.rsplit_once(':')?;
        Some(TcpCheck { host: host.parse().ok()?, port: port.parse::<u16>().ok()?.try_into().ok()? })
    };
    read().ok_or_else(|| VantageError::Control(text.to_owned()))
}

/// Returns the machine's name server; where none is named, it is the machine itself (resolv.conf(5)).
fn resolver() -> SocketAddr {
    let named = std::fs::read_to_string(RESOLV_CONF).ok().as_deref().and_then(name_server);
    named.unwrap_or_else(|| (Ipv4Addr::LOCALHOST, DNS_PORT).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_function_of_the_cloud_lets_nothing_through_that_is_not_public() {
        let settings = outside(CONTROLS, Clock::System).unwrap();
        assert_eq!(settings.allowed, BTreeSet::new());
        assert_eq!(settings.controls.len(), 2);
        assert!(settings.roots.is_empty(), "no authority of ours is trusted");
        let wiring = include_str!("main.rs");
        assert!(wiring.contains("outside(&place.controls, clock.clone())?"), "it has these settings");
        for own in ["allowed", "Settings {", "prober::"] {
            assert!(!wiring.contains(own), "it has no settings of its own: {own}");
        }
    }

    #[test]
    fn controls_are_names_with_ports() {
        #[track_caller]
        fn check(controls: &str, expect: &str) {
            let built = outside(controls, Clock::System).and_then(|settings| Vantage::new("eu", settings));
            let said = built.map(|_| ()).unwrap_err().to_string();
            assert!(said.contains(expect), "{said}");
        }
        check("a.example.com", "controls: `a.example.com` is no name with its port");
        check("a.example.com:0", "controls: `a.example.com:0` is no name with its port");
        check("a.example.com:1", "controls: 1 different ones");
        check("8.8.8.8:53,b.example.com:1", "controls: 8.8.8.8 is an address");
        check("", "controls: 0 different ones");
    }
}
