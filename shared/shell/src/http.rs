//! The HTTP client under the SDK: HTTP/1.1 over hyper, TLS over ring, built once and shared by all clients.
//! The SDK's own adds HTTP/2, proxies and a second pool, and reads the certificates again for every client.

use std::borrow::Cow;
use std::error::Error;
use std::time::Duration;

use aws_smithy_runtime_api::client::connection::{CaptureSmithyConnection, ConnectionMetadata};
use aws_smithy_runtime_api::client::connector_metadata::ConnectorMetadata;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::retry::ErrorKind;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::{CaptureConnection, capture_connection};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

type Tcp = hyper_util::client::legacy::connect::HttpConnector;
pub(crate) type Hyper = Client<HttpsConnector<Tcp>, SdkBody>;

/// Timeout for a connection, in milliseconds: the SDK's own 3.1 s.
const CONNECT_MS: u64 = 3_100;

/// Builds the client for the SDK and for plain requests, trusting the given PEM certificates.
///
/// # Errors
/// Returns an error if the certificates cannot be read, or there are none.
pub(crate) fn http_client(roots: &[u8]) -> Result<(SharedHttpClient, Hyper), Box<dyn Error + Send + Sync>> {
    let mut trusted = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(roots) {
        trusted.add(certificate?)?;
    }
    if trusted.is_empty() {
        return Err(
            "there is no certificate to trust: give them in PEM, each between its BEGIN and END".into()
        );
    }
    let ring = rustls::crypto::ring::default_provider();
    let tls = ClientConfig::builder_with_provider(ring.into())
        .with_safe_default_protocol_versions()?
        .with_root_certificates(trusted)
        .with_no_client_auth();
    let mut tcp = Tcp::new();
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    tcp.set_connect_timeout(Some(Duration::from_millis(CONNECT_MS)));
    let https = HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http().enable_http1();
    let client =
        Client::builder(TokioExecutor::new()).pool_timer(TokioTimer::new()).build(https.wrap_connector(tcp));
    let plain = client.clone();
    Ok((SharedHttpClient::new(Http(SharedHttpConnector::new(Connector(client)))), plain))
}

#[derive(Debug)]
struct Http(SharedHttpConnector);

impl HttpClient for Http {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        self.0.clone()
    }

    fn connector_metadata(&self) -> Option<ConnectorMetadata> {
        Some(ConnectorMetadata::new("hyper", Some(Cow::Borrowed("1.x"))))
    }
}

#[derive(Debug)]
struct Connector(Hyper);

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let mut request = match request.try_into_http1x() {
            Ok(request) => request,
            Err(error) => return HttpConnectorFuture::ready(Err(ConnectorError::user(error.into()))),
        };
        let connection = capture_connection(&mut request);
        if let Some(capture) = request.extensions().get::<CaptureSmithyConnection>() {
            capture.set_connection_retriever(move || poisonable(&connection));
        }
        let answer = self.0.request(request);
        HttpConnectorFuture::new(async move {
            let answer = answer.await.map_err(|error| connector_error(error.into()))?;
            HttpResponse::try_from(answer.map(SdkBody::from_body_1_x))
                .map_err(|error| ConnectorError::other(error.into(), None))
        })
    }
}

/// Returns the SDK's handle for discarding a connection after a fault.
fn poisonable(connection: &CaptureConnection) -> Option<ConnectionMetadata> {
    connection.connection_metadata().as_ref()?;
    let connection = connection.clone();
    let poison = move || {
        if let Some(connected) = connection.connection_metadata().as_ref() {
            connected.poison();
        }
    };
    Some(ConnectionMetadata::builder().poison_fn(poison).build())
}

fn cause<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    let mut causes =
        std::iter::successors(Some(error), |error: &&'a (dyn Error + 'static)| (*error).source());
    causes.find_map(|error| error.downcast_ref())
}

/// Classifies an error in the SDK's terms, by which it retries or gives up.
fn connector_error(error: Box<dyn Error + Send + Sync>) -> ConnectorError {
    let never_sent =
        cause::<hyper_util::client::legacy::Error>(error.as_ref()).is_some_and(|e| e.is_connect());
    let io = cause::<std::io::Error>(error.as_ref()).is_some();
    match cause::<hyper::Error>(error.as_ref()) {
        Some(hyper) if hyper.is_timeout() => ConnectorError::timeout(error),
        Some(hyper) if hyper.is_user() => ConnectorError::user(error),
        Some(hyper) if hyper.is_closed() || hyper.is_canceled() => ConnectorError::io(error),
        // The server hung up before its answer was complete.
        Some(hyper) if hyper.is_incomplete_message() => {
            ConnectorError::other(error, Some(ErrorKind::TransientError))
        }
        _ if never_sent || io => ConnectorError::io(error),
        _ => ConnectorError::other(error, None),
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::{SocketAddr, TcpListener};
    use std::thread::JoinHandle;

    use aws_sdk_dynamodb::Client;
    use aws_sdk_dynamodb::config::{Credentials, Region, retry::RetryConfig};

    use super::*;

    const ROOTS: &[u8] = include_bytes!("../amazon-roots.pem");
    const TABLES: &str = "{\"TableNames\":[\"nines\"]}";

    /// Serves connections one by one, each with a number of answers before it hangs up; returns the requests.
    fn serve(answers: &'static [usize]) -> (SocketAddr, JoinHandle<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{TABLES}", TABLES.len());
        let serving = std::thread::spawn(move || {
            let mut asked = String::new();
            for count in answers {
                let (mut connection, _) = listener.accept().unwrap();
                for nth in 0..=*count {
                    let mut part = [0; 4096];
                    let length = connection.read(&mut part).unwrap();
                    asked.push_str(&String::from_utf8_lossy(&part[..length]));
                    if nth < *count {
                        connection.write_all(answer.as_bytes()).unwrap();
                    }
                }
            }
            asked
        });
        (address, serving)
    }

    /// Waits for the server's end without blocking the runtime, which has to close the client's connections.
    async fn ended(serving: JoinHandle<String>) -> String {
        tokio::task::spawn_blocking(|| serving.join().unwrap()).await.unwrap()
    }

    fn dynamodb(endpoint: &str, attempts_max: u32) -> Client {
        let config = aws_sdk_dynamodb::Config::builder()
            .region(Region::new("eu-central-1"))
            .credentials_provider(Credentials::new("AKIA", "secret", None, None, "test"))
            .endpoint_url(endpoint)
            .retry_config(RetryConfig::standard().with_max_attempts(attempts_max))
            .http_client(http_client(ROOTS).unwrap().0);
        Client::from_conf(config.build())
    }

    #[tokio::test]
    async fn a_connection_is_used_again() {
        let (address, serving) = serve(&[2]);
        let client = dynamodb(&format!("http://{address}"), 1);
        for _ in 0..2 {
            assert_eq!(client.list_tables().send().await.unwrap().table_names(), ["nines"]);
        }
        drop(client);
        let asked = ended(serving).await;
        assert_eq!(asked.matches("POST / HTTP/1.1").count(), 2, "{asked}");
    }

    #[tokio::test]
    async fn a_server_that_hangs_up_is_asked_again() {
        let (address, serving) = serve(&[0, 1]);
        let client = dynamodb(&format!("http://{address}"), 2);
        assert_eq!(client.list_tables().send().await.unwrap().table_names(), ["nines"]);
        drop(client);
        ended(serving).await;
    }

    #[tokio::test]
    async fn what_cannot_be_reached_is_a_dispatch_failure_of_io() {
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        for scheme in ["http", "https"] {
            let client = dynamodb(&format!("{scheme}://{address}"), 1);
            let error = client.list_tables().send().await.unwrap_err();
            let failure = format!("{error:?}");
            assert!(
                matches!(&error, aws_sdk_dynamodb::error::SdkError::DispatchFailure(f) if f.is_io()),
                "{failure}"
            );
        }
    }

    #[test]
    fn the_amazon_roots_are_five_and_a_file_without_any_is_refused() {
        assert_eq!(CertificateDer::pem_slice_iter(ROOTS).filter(|one| one.is_ok()).count(), 5);
        let error = http_client(b"rubbish\n").unwrap_err();
        insta::assert_snapshot!(error, @"there is no certificate to trust: give them in PEM, each between its BEGIN and END");
    }

    /// Returns the end of a certificate's validity, in seconds since the epoch: the second of its two times
    /// (RFC 5280, 4.1.2.5).
    fn valid_until_s(certificate: &CertificateDer<'_>) -> i64 {
        let text = String::from_utf8_lossy(certificate);
        // UTCTime, 13 characters: YYMMDDHHMMSSZ.
        let times = text.match_indices("\u{17}\u{d}").map(|(at, tag)| &text[at + tag.len()..][..13]);
        let until = format!("20{}", times.filter(|time| time.ends_with('Z')).nth(1).unwrap());
        chrono::NaiveDateTime::parse_from_str(&until, "%Y%m%d%H%M%SZ").unwrap().and_utc().timestamp()
    }

    #[test]
    fn the_amazon_roots_are_current_for_another_year() {
        let in_a_year_s = outcome::Clock::System.now().epoch_s() + 365 * 86_400;
        for certificate in CertificateDer::pem_slice_iter(ROOTS).map(Result::unwrap) {
            assert!(valid_until_s(&certificate) > in_a_year_s, "until {}", valid_until_s(&certificate));
        }
    }
}
