//! Settings from the environment, read once at start.

use std::num::NonZeroU16;

use notices::{OwnTopicsPlace, Topics};
use sla::quota::Quotas;

use crate::schedules::ScheduleTarget;
use crate::secrets::ParametersPlace;

/// A function's settings from its environment.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `NINES_HOME_REGION`, where table and queues are, or else `AWS_REGION`.
    pub region: String,
    /// `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN`.
    pub credentials: aws_credential_types::Credentials,
    /// `AWS_ENDPOINT_URL`: another endpoint for every service.
    pub endpoint_url: Option<String>,
    /// `NINES_CA_FILE`: certificates in PEM to trust instead of Amazon's.
    pub ca_file: Option<String>,
}

/// The issuer and the client for signing in, and the function's own origin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignInPlace {
    /// The OIDC issuer.
    pub issuer: String,
    /// The client at that issuer.
    pub client_id: String,
    /// The scopes to ask for.
    pub scope: String,
    /// The function's own origin.
    pub origin: String,
}

/// The queues on which webhooks wait.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookQueues {
    /// The URL of the queue that `record-checks` reads.
    pub checks: String,
    /// The URL of the queue that `record-tickets` reads.
    pub tickets: String,
}

/// The place from which targets are checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VantagePlace {
    /// The region.
    pub region: String,
    /// Names and ports that always answer, joined by commas.
    pub controls: String,
    /// The URL of the queue that `record-checks` reads.
    pub checks_queue: String,
}

/// A missing or wrong setting, with its purpose.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the environment variable {0} is missing or wrong: the function needs {1}")]
pub struct SettingsError(&'static str, &'static str);

#[expect(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// A setting that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error(
    "the environment variable NINES_QUOTAS cannot be read ({0}): give JSON such as {{\"tickets\": 200}}, or leave it out"
)]
pub struct QuotasError(#[source] serde_json::Error);

fn own_region() -> Result<String, SettingsError> {
    needed("AWS_REGION", "a region")
}

fn needed(name: &'static str, what: &'static str) -> Result<String, SettingsError> {
    variable(name).ok_or(SettingsError(name, what))
}

impl Settings {
    /// True if `NINES_TWO_PEOPLE_DIRECTLY` is `true`: what takes two people at the desk then takes two by
    /// direct invocation as well.
    pub fn two_people_directly() -> bool {
        variable("NINES_TWO_PEOPLE_DIRECTLY").is_some_and(|value| value == "true")
    }

    /// Reads the environment that Lambda sets.
    ///
    /// # Errors
    /// Returns a [`SettingsError`] naming the first missing variable.
    pub fn from_environment() -> Result<Self, SettingsError> {
        let key = needed("AWS_ACCESS_KEY_ID", "credentials")?;
        let secret = needed("AWS_SECRET_ACCESS_KEY", "credentials")?;
        let token = variable("AWS_SESSION_TOKEN");
        Ok(Self {
            region: variable("NINES_HOME_REGION").map_or_else(own_region, Ok)?,
            credentials: aws_credential_types::Credentials::new(key, secret, token, None, "environment"),
            endpoint_url: variable("AWS_ENDPOINT_URL"),
            ca_file: variable("NINES_CA_FILE"),
        })
    }

    /// Reads `NINES_TABLE`, the table's name.
    ///
    /// # Errors
    /// Returns a [`SettingsError`] if it is missing.
    pub fn table_name() -> Result<String, SettingsError> {
        needed("NINES_TABLE", "the table's name")
    }

    /// Reads `NINES_PERSONAL_DATA_YEARS`, for how many years after the contract personal data are kept; for
    /// ever if it is 0 or not set.
    ///
    /// # Errors
    /// Returns a [`SettingsError`] if it is no number of years.
    pub fn personal_data_years() -> Result<Option<NonZeroU16>, SettingsError> {
        let name = "NINES_PERSONAL_DATA_YEARS";
        let years = variable(name).map_or(Ok(0), |years| years.parse::<u16>());
        years.map(NonZeroU16::new).map_err(|_| SettingsError(name, "a whole number of years"))
    }

    /// Reads `NINES_BUCKET`, the name of the bucket for exports.
    ///
    /// # Errors
    /// Returns a [`SettingsError`] if it is missing.
    pub fn bucket_name() -> Result<String, SettingsError> {
        needed("NINES_BUCKET", "the name of the bucket for exports")
    }

    /// Reads `NINES_SCHEDULE_GROUP`, `NINES_DEADLINES_ARN`, `NINES_SCHEDULE_ROLE_ARN` and
    /// `NINES_SCHEDULE_DLQ_ARN`.
    ///
    /// # Errors
    /// Returns a [`SettingsError`] naming the first missing variable.
    pub fn schedules() -> Result<ScheduleTarget, SettingsError> {
        Ok(ScheduleTarget {
            group: needed("NINES_SCHEDULE_GROUP", "the group of its schedules")?,
            function_arn: needed("NINES_DEADLINES_ARN", "the ARN of keep-deadlines")?,
            role_arn: needed("NINES_SCHEDULE_ROLE_ARN", "the ARN of the role that invokes keep-deadlines")?,
            dead_letter_arn: needed("NINES_SCHEDULE_DLQ_ARN", "the ARN of a dead-letter queue")?,
        })
    }

    /// Reads `NINES_ISSUER`, `NINES_CLIENT_ID`, `NINES_SCOPE` and `NINES_ORIGIN`.
    ///
    /// # Errors
    /// Returns a [`SettingsError`] naming the first missing variable.
    pub fn sign_in() -> Result<SignInPlace, SettingsError> {
        Ok(SignInPlace {
            issuer: needed("NINES_ISSUER", "the OIDC issuer with whom people sign in")?,
            client_id: needed("NINES_CLIENT_ID", "the client at that issuer")?,
            scope: needed("NINES_SCOPE", "the scopes to ask for")?,
            origin: needed("NINES_ORIGIN", "its own origin, such as https://portal.example")?,
        })
    }

    /// Reads `NINES_OWN_TOPICS`, the ARN prefix of customers' own topics, and `NINES_TOPIC_KEY`, their
    /// encryption key; without a key they are not encrypted.
    ///
    /// # Errors
    /// Returns a [`SettingsError`] if the prefix is missing.
    pub fn own_topics() -> Result<OwnTopicsPlace, SettingsError> {
        let what = "what the ARNs of customers' own topics begin with";
        Ok(OwnTopicsPlace {
            arn_prefix: needed("NINES_OWN_TOPICS", what)?,
            key_id: variable("NINES_TOPIC_KEY"),
        })
    }

    /// Reads `NINES_CHECKS_QUEUE` and `NINES_TICKETS_QUEUE`, the URLs of the queues on which webhooks wait.
    ///
    /// # Errors
    /// Returns a [`SettingsError`] naming the first missing variable.
    pub fn webhook_queues() -> Result<WebhookQueues, SettingsError> {
        let what = "the URL of a queue for webhooks";
        Ok(WebhookQueues {
            checks: needed("NINES_CHECKS_QUEUE", what)?,
            tickets: needed("NINES_TICKETS_QUEUE", what)?,
        })
    }

    /// Reads `AWS_REGION`, `NINES_CONTROLS` and `NINES_CHECKS_QUEUE`.
    ///
    /// # Errors
    /// Returns a [`SettingsError`] naming the first missing variable.
    pub fn vantage() -> Result<VantagePlace, SettingsError> {
        let what = "names and ports that always answer, such as one.one.one.one:443,dns.google:443";
        Ok(VantagePlace {
            region: own_region()?,
            controls: needed("NINES_CONTROLS", what)?,
            checks_queue: needed("NINES_CHECKS_QUEUE", "the URL of the queue of checks")?,
        })
    }

    /// Reads `NINES_SECRETS`, the path of senders' secrets in Parameter Store, and `NINES_SECRETS_KEY`, the
    /// key that encrypts those entered; without it they are encrypted by the account's own key.
    ///
    /// # Errors
    /// Returns a [`SettingsError`] if the path is missing.
    pub fn secrets() -> Result<ParametersPlace, SettingsError> {
        Ok(ParametersPlace {
            path: needed("NINES_SECRETS", "the path of senders' secrets, such as /nines")?,
            key_id: variable("NINES_SECRETS_KEY"),
        })
    }

    /// Reads `NINES_HOOKS`, the origin to which senders of webhooks send.
    ///
    /// # Errors
    /// Returns a [`SettingsError`] if it is missing.
    pub fn hooks() -> Result<String, SettingsError> {
        needed("NINES_HOOKS", "the origin of webhooks, such as https://hooks.example")
    }

    /// Reads `NINES_QUOTAS`, what each customer may ask in a day, as JSON; what is left out has its default.
    ///
    /// # Errors
    /// Returns a [`QuotasError`] if it is no JSON, or names a quota that there is not.
    pub fn quotas() -> Result<Quotas, QuotasError> {
        variable("NINES_QUOTAS").map_or(Ok(Quotas::default()), |text| read_quotas(&text))
    }

    /// Reads `NINES_PORTAL`, the portal's origin, to which notices link; without it they have no links.
    pub fn portal_origin() -> Option<String> {
        variable("NINES_PORTAL")
    }

    /// Reads `NINES_TOPIC_CUSTOMER`, `NINES_TOPIC_OPERATIONS` and `NINES_TOPIC_FINANCE`, the topics' ARNs.
    ///
    /// # Errors
    /// Returns a [`SettingsError`] naming the first missing variable.
    pub fn topics() -> Result<Topics, SettingsError> {
        let what = "the ARN of a topic";
        Ok(Topics {
            customer: needed("NINES_TOPIC_CUSTOMER", what)?,
            operations: needed("NINES_TOPIC_OPERATIONS", what)?,
            finance: needed("NINES_TOPIC_FINANCE", what)?,
        })
    }
}

fn read_quotas(text: &str) -> Result<Quotas, QuotasError> {
    serde_json::from_str(text).map_err(QuotasError)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotas_are_read_strictly() {
        let own = read_quotas(r#"{"tickets": 7, "level_1_an_hour": 3}"#).unwrap();
        assert_eq!(own, Quotas { tickets: 7, level_1_an_hour: 3, ..Quotas::default() });
        assert_eq!(read_quotas("{}").unwrap(), Quotas::default());
        let check = |text: &str, expect: &str| {
            let said = read_quotas(text).unwrap_err().to_string();
            assert!(said.contains(expect) && said.contains("give JSON such as"), "{said}");
        };
        check(r#"{"ticket": 7}"#, "unknown field `ticket`, expected one of `tickets`");
        check(r#"{"tickets": -1}"#, "invalid value: integer `-1`, expected u32");
        check(r#"{"tickets": "7"}"#, "invalid type: string");
        check("200", "invalid type: integer `200`, expected struct Quotas");
        check("{", "EOF while parsing");
    }
}
