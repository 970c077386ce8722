//! The outside world of a vantage as a trait: name resolution and connections. Tests answer by themselves.

use std::fmt;
use std::future::Future;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket as StdUdpSocket};
use std::pin::Pin;

use tokio::net::{TcpStream, UdpSocket, lookup_host};

/// The port of a name server.
pub const DNS_PORT: u16 = 53;

/// Something of the outside world that is under way.
pub type Asked<T> = Pin<Box<dyn Future<Output = io::Result<T>> + Send>>;

/// Name resolution and connections.
pub trait Network: fmt::Debug + Send + Sync {
    /// Resolves a name into addresses, the preferred one first.
    fn addresses(&self, name: &str) -> Asked<Vec<IpAddr>>;
    /// Connects over TCP.
    fn connect(&self, to: SocketAddr) -> Asked<TcpStream>;
    /// Makes a socket of UDP that hears one peer alone.
    fn connect_udp(&self, to: SocketAddr) -> Asked<UdpSocket>;
}

/// The machine's own network. It knows no proxy and reads no environment.
#[derive(Debug, Clone, Copy)]
pub struct System;

impl Network for System {
    /// Resolves as every program of the machine does. The order is the system's (RFC 6724): it puts the
    /// families that have no route from here last.
    fn addresses(&self, name: &str) -> Asked<Vec<IpAddr>> {
        let name = name.to_owned();
        Box::pin(async move { Ok(lookup_host((name.as_str(), 0)).await?.map(|found| found.ip()).collect()) })
    }

    fn connect(&self, to: SocketAddr) -> Asked<TcpStream> {
        Box::pin(async move {
            let stream = TcpStream::connect(to).await?;
            stream.set_nodelay(true)?;
            Ok(stream)
        })
    }

    fn connect_udp(&self, to: SocketAddr) -> Asked<UdpSocket> {
        Box::pin(async move {
            let any: IpAddr = if to.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { [0_u16; 8].into() };
            let socket = StdUdpSocket::bind((any, 0))?;
            socket.set_nonblocking(true)?;
            socket.connect(to)?;
            UdpSocket::from_std(socket)
        })
    }
}

/// Returns the first name server that a text such as `/etc/resolv.conf` names.
pub fn name_server(text: &str) -> Option<SocketAddr> {
    let address =
        |line: &str| line.strip_prefix("nameserver")?.split_whitespace().next()?.parse::<IpAddr>().ok();
    text.lines().find_map(address).map(|address| (address, DNS_PORT).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_name_server_is_taken() {
        let text = "# by the network\nsearch example.com\nnameserver fd00::2\nnameserver 10.0.0.2\n";
        assert_eq!(name_server(text), Some("[fd00::2]:53".parse().unwrap()));
        assert_eq!(name_server("nameserver localhost\n"), None);
    }
}
