//! TLS to targets: ring under rustls, Mozilla's roots, a whole handshake each time, and how long the
//! certificates that were shown still hold.

use std::sync::Arc;
use std::time::Duration;

use events::target::{CertificateDays, Host};
use outcome::Clock;
use rustls::client::danger::ServerCertVerifier;
use rustls::client::{Resumption, WebPkiServerVerifier};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::time_provider::TimeProvider;
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::trouble::Trouble;

/// Seconds of a day.
const DAY_S: u64 = 86_400;
/// The protocol that HTTP checks offer.
const HTTP_1_1: &[u8] = b"http/1.1";

/// A reason why TLS cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The further roots cannot be read.
    #[error("roots: they cannot be read: give certificates in PEM, each between its BEGIN and END")]
    Pem(#[source] rustls::pki_types::pem::Error),
    /// A further root is no certificate.
    #[error("roots: one is no certificate: give root certificates in PEM")]
    Root(#[source] rustls::Error),
    /// rustls refuses its own set-up.
    #[error("TLS cannot be set up")]
    Rustls(#[source] rustls::Error),
    /// The verifier cannot be built.
    #[error("TLS cannot be set up")]
    Verifier(#[source] rustls::server::VerifierBuilderError),
}

/// TLS as a client.
#[derive(Clone)]
pub struct Tls {
    web: TlsConnector,
    plain: TlsConnector,
    verifier: Arc<WebPkiServerVerifier>,
    clock: Clock,
}

/// Protocol above TLS; a target that speaks HTTP may want to hear its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speech {
    /// HTTP/1.1.
    Web,
    /// Nothing that is named.
    Plain,
}

/// The injected clock as rustls asks it.
#[derive(Debug)]
struct Watch(Clock);

impl Watch {
    fn in_days(&self, days: u64) -> UnixTime {
        let now_s = u64::try_from(self.0.now().epoch_s()).unwrap_or_default();
        UnixTime::since_unix_epoch(Duration::from_secs(now_s.saturating_add(days * DAY_S)))
    }
}

impl TimeProvider for Watch {
    fn current_time(&self) -> Option<UnixTime> {
        Some(self.in_days(0))
    }
}

impl Tls {
    /// Sets TLS up, trusting Mozilla's roots and those of a text in PEM.
    ///
    /// # Errors
    /// Returns a [`TlsError`] if a root cannot be used.
    pub fn new(clock: &Clock, roots: &[u8]) -> Result<Self, TlsError> {
        let mut trusted = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        for certificate in CertificateDer::pem_slice_iter(roots) {
            trusted.add(certificate.map_err(TlsError::Pem)?).map_err(TlsError::Root)?;
        }
        let ring = Arc::new(rustls::crypto::ring::default_provider());
        let verifier = WebPkiServerVerifier::builder_with_provider(trusted.into(), ring.clone()).build();
        let verifier = verifier.map_err(TlsError::Verifier)?;
        let mut config = ClientConfig::builder_with_details(ring, Arc::new(Watch(clock.clone())))
            .with_safe_default_protocol_versions()
            .map_err(TlsError::Rustls)?
            .with_webpki_verifier(verifier.clone())
            .with_no_client_auth();
        config.resumption = Resumption::disabled();
        let plain = Arc::new(config.clone()).into();
        config.alpn_protocols = vec![HTTP_1_1.to_vec()];
        Ok(Self { web: Arc::new(config).into(), plain, verifier, clock: clock.clone() })
    }

    /// Shakes hands with a host whose certificate must be trusted.
    ///
    /// # Errors
    /// Returns [`Trouble::Untrusted`] if it is not, or if there is no handshake.
    pub async fn handshake(
        &self,
        speech: Speech,
        host: &Host,
        stream: TcpStream,
    ) -> Result<TlsStream<TcpStream>, Trouble> {
        let untrusted = |source| Trouble::Untrusted { host: host.to_string(), source };
        let connector = if speech == Speech::Web { &self.web } else { &self.plain };
        let name = server_name(host).map_err(untrusted)?;
        connector.connect(name, stream).await.map_err(untrusted)
    }

    /// True if the chain that a host has shown will be trusted no more in so many days: a certificate of it
    /// ends.
    pub fn ends_within(&self, days: CertificateDays, host: &Host, stream: &TlsStream<TcpStream>) -> bool {
        let shown = stream.get_ref().1.peer_certificates().unwrap_or_default();
        let (Some((first, others)), Ok(name)) = (shown.split_first(), server_name(host)) else { return true };
        let then = Watch(self.clock.clone()).in_days(days.get().into());
        self.verifier.verify_server_cert(first, others, &name, &[], then).is_err()
    }
}

fn server_name(host: &Host) -> std::io::Result<ServerName<'static>> {
    match host.address() {
        Some(address) => Ok(ServerName::from(address)),
        None => ServerName::try_from(host.to_string())
            .map_err(|error| std::io::Error::new(std::io::ErrorKind::InvalidInput, error)),
    }
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tls").finish_non_exhaustive()
    }
}
