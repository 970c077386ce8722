//! The place from which targets are tried: its network, clock, trust and permissions. An address is judged
//! after resolution, and the very address that was judged is connected to.

use std::collections::BTreeSet;
use std::io::{Error, ErrorKind};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant as Monotonic};

use events::address::is_public;
use events::target::{Host, Port, TcpCheck};
use outcome::Clock;
use sla::Instant;
use tokio::net::TcpStream;

use crate::network::Network;
use crate::tls::Tls;
use crate::trouble::Trouble;

/// The durations of a try's phases, by a monotonic clock; those of the first address if there are redirects.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Phases {
    /// Resolving the name.
    pub resolve: Option<Duration>,
    /// Connecting over TCP: the latency that is reported.
    pub connect: Option<Duration>,
    /// The TLS handshake.
    pub tls: Option<Duration>,
    /// From the request to the head of the answer.
    pub first_byte: Option<Duration>,
}

/// Findings of a try on its way; they stay when the try is cut off.
#[derive(Debug, Default)]
pub struct Record {
    /// The instant of the first connection.
    pub connected_at: Option<Instant>,
    /// The durations.
    pub phases: Phases,
    /// True if a certificate ends sooner than the target wants.
    pub ends_soon: bool,
}

/// The place from which targets are tried.
#[derive(Debug)]
pub struct Vantage {
    /// The clock of the wall.
    pub clock: Clock,
    /// The network.
    pub network: Arc<dyn Network>,
    /// TLS.
    pub tls: Tls,
    /// The name server for DNS checks that name none.
    pub resolver: SocketAddr,
    /// Hosts and ports that may be called wherever they are.
    pub allowed: BTreeSet<TcpCheck>,
}

impl Vantage {
    /// Resolves a host and judges its address: the first one that resolution gives, of either family.
    ///
    /// # Errors
    /// Returns a [`Trouble`] if there is no address, or one that is not public.
    pub async fn address(&self, host: &Host, port: Port, record: &mut Record) -> Result<SocketAddr, Trouble> {
        let address = match host.address() {
            Some(address) => address,
            None => {
                let unresolved = |source| Trouble::Unresolved { host: host.to_string(), source };
                let started = Monotonic::now();
                let found = self.network.addresses(host.as_str()).await.map_err(unresolved)?;
                record.phases.resolve.get_or_insert(started.elapsed());
                *found.first().ok_or_else(|| unresolved(Error::new(ErrorKind::NotFound, "no address")))?
            }
        };
        if is_public(address) || self.allowed.contains(&TcpCheck { host: host.clone(), port }) {
            Ok((address, port.get()).into())
        } else {
            Err(Trouble::NotPublic { host: host.to_string(), address })
        }
    }

    /// Connects to a host: one connection to one address.
    ///
    /// # Errors
    /// Returns a [`Trouble`] if the host may not or cannot be reached.
    pub async fn connect(&self, host: &Host, port: Port, record: &mut Record) -> Result<TcpStream, Trouble> {
        let to = self.address(host, port, record).await?;
        record.connected_at.get_or_insert_with(|| self.clock.now());
        let started = Monotonic::now();
        let stream = self.network.connect(to).await;
        let stream = stream.map_err(|source| Trouble::Unconnected { to, source })?;
        record.phases.connect.get_or_insert(started.elapsed());
        Ok(stream)
    }
}
