//! SDK clients, built once and lean: one HTTP client, fixed credentials, five root certificates, timeouts.

use std::borrow::Cow;
use std::time::Duration;

use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;
use aws_types::region::Region;

use crate::fetch::HttpFetch;
use crate::http::http_client;
use crate::settings::Settings;

/// Amazon's root certificates: parsing the system's whole store would take most of a cold start.
const AMAZON_ROOTS: &[u8] = include_bytes!("../amazon-roots.pem");
/// Timeout of one attempt, in seconds.
const ATTEMPT_S: u64 = 5;
/// Timeout of a call with its retries, in seconds.
const CALL_S: u64 = 15;
/// The most attempts of a call.
const ATTEMPTS_MAX: u32 = 3;

/// The configuration shared by all clients.
#[derive(Debug, Clone)]
pub struct Clients {
    config: SdkConfig,
    path_style: bool,
    fetch: Option<HttpFetch>,
}

/// The reason why clients cannot be built.
#[derive(Debug, thiserror::Error)]
pub enum ClientsError {
    /// The certificate file cannot be read.
    #[error("cannot read the certificates in {path} (NINES_CA_FILE)")]
    Certificates {
        /// The file.
        path: String,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
    /// TLS cannot be set up.
    #[error("cannot set up TLS")]
    Tls(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl Clients {
    /// Builds the shared configuration from a function's settings.
    ///
    /// # Errors
    /// Returns a [`ClientsError`] if the certificates cannot be read or used.
    pub fn new(settings: Settings) -> Result<Self, ClientsError> {
        let roots = match &settings.ca_file {
            None => Cow::Borrowed(AMAZON_ROOTS),
            Some(path) => Cow::Owned(
                std::fs::read(path)
                    .map_err(|source| ClientsError::Certificates { path: path.clone(), source })?,
            ),
        };
        let (http, plain) = http_client(&roots).map_err(ClientsError::Tls)?;
        Ok(Self { fetch: Some(HttpFetch(plain)), ..Self::with_http(settings, http) })
    }

    /// Builds the shared configuration over a given HTTP client.
    pub fn with_http(settings: Settings, http: SharedHttpClient) -> Self {
        let timeouts = TimeoutConfig::builder()
            .operation_attempt_timeout(Duration::from_secs(ATTEMPT_S))
            .operation_timeout(Duration::from_secs(CALL_S))
            .build();
        let path_style = settings.endpoint_url.is_some();
        let mut builder = SdkConfig::builder();
        builder.set_endpoint_url(settings.endpoint_url);
        let config = builder
            .region(Region::new(settings.region))
            .credentials_provider(SharedCredentialsProvider::new(settings.credentials))
            .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS_MAX))
            .timeout_config(timeouts)
            .http_client(http)
            .build();
        Self { config, path_style, fetch: None }
    }

    /// Returns a client for plain HTTP; `None` if an HTTP client was given.
    pub fn fetch(&self) -> Option<HttpFetch> {
        self.fetch.clone()
    }

    /// Returns a client of DynamoDB.
    pub fn dynamodb(&self) -> aws_sdk_dynamodb::Client {
        aws_sdk_dynamodb::Client::new(&self.config)
    }

    /// Returns a client of SNS.
    pub fn sns(&self) -> aws_sdk_sns::Client {
        aws_sdk_sns::Client::new(&self.config)
    }

    /// Returns a client of EventBridge Scheduler.
    pub fn scheduler(&self) -> aws_sdk_scheduler::Client {
        aws_sdk_scheduler::Client::new(&self.config)
    }

    /// Returns a client of SQS.
    pub fn sqs(&self) -> aws_sdk_sqs::Client {
        aws_sdk_sqs::Client::new(&self.config)
    }

    /// Returns a client of SSM, for its Parameter Store.
    pub fn ssm(&self) -> aws_sdk_ssm::Client {
        aws_sdk_ssm::Client::new(&self.config)
    }

    /// Returns a client of S3; with a custom endpoint, it puts the bucket in the path.
    pub fn s3(&self) -> aws_sdk_s3::Client {
        let builder = aws_sdk_s3::config::Builder::from(&self.config);
        aws_sdk_s3::Client::from_conf(builder.force_path_style(self.path_style).build())
    }
}
