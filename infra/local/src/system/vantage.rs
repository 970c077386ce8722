//! The vantages of this machine: the regions from which `run-checks` checks here, and what it may call from
//! each, which is more than in the cloud.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use events::target::TcpCheck;
use outcome::Clock;
use prober::{Asked, Network, Settings};
use run_checks::{CONTROLS, Vantage, VantageError, outside};
use tokio::net::{TcpStream, UdpSocket};

/// The region of this machine, and of events that name none.
pub const LOCAL: &str = "local";

/// The region of targets on the public internet, checked from this machine.
pub const INTERNET: &str = "internet";

/// The settings of `run-checks` for a region on this machine.
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
        let (region, controls) = (LOCAL.to_owned(), CONTROLS.to_owned());
        Self { region, run_every_s: 60, controls, allowed: BTreeSet::new() }
    }
}

impl VantageSettings {
    /// Builds the vantage.
    pub(super) fn build(&self, clock: &Clock) -> Result<Vantage, VantageError> {
        let settings = outside(&self.controls, clock.clone())?;
        let (network, allowed) = (Arc::new(Own), self.allowed.clone());
        let vantage = Vantage::new(&self.region, Settings { network, allowed, ..settings })?;
        Ok(vantage.each(self.run_every_s))
    }
}

/// The machine's own network, where `localhost` is the loopback address on which this program listens, and no
/// other that a machine may put before it.
#[derive(Debug)]
struct Own;

impl Network for Own {
    fn addresses(&self, name: &str) -> Asked<Vec<IpAddr>> {
        match name {
            "localhost" => Box::pin(async { Ok(vec![Ipv4Addr::LOCALHOST.into()]) }),
            name => prober::System.addresses(name),
        }
    }

    fn connect(&self, to: SocketAddr) -> Asked<TcpStream> {
        prober::System.connect(to)
    }

    fn connect_udp(&self, to: SocketAddr) -> Asked<UdpSocket> {
        prober::System.connect_udp(to)
    }
}
