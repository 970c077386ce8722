//! Targets: what the prober checks, from which vantage, how often, and what it expects.
//! A value of these types has been checked: whatever a registration got wrong is told by field and remedy.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sla::{Instant, ProbeId, ServiceId, TargetId};

use crate::expected::place::port;
use crate::input::InputError;

pub use crate::expected::{
    BodyPattern, Bounded, CertificateDays, DnsCheck, DnsName, Host, HttpCheck, HttpUrl, LocationError,
    Method, Port, Rcode, RecordType, StatusRange,
};

/// Seconds between two checks of a target: from the smallest slot to an hour.
pub type IntervalS = Bounded<10, 3_600>;
/// Seconds that a try may take; beyond the longest, nobody waits for an answer.
pub type TimeoutS = Bounded<1, 30>;

/// The usual interval.
const INTERVAL_S: u32 = 60;
/// The usual timeout, where the interval has room for two tries of it.
const TIMEOUT_S: u32 = 10;

/// A target of the prober (contract, "A target").
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "Registration")]
pub struct Target {
    /// The target.
    pub target_id: TargetId,
    /// The service that it tells of.
    pub service_id: ServiceId,
    /// The region that checks it: the probe under which it reports.
    pub region: ProbeId,
    /// What is checked, and what is expected.
    pub check: TargetCheck,
    /// Seconds between two checks.
    pub interval_s: IntervalS,
    /// Seconds that a try may take.
    timeout_s: TimeoutS,
}

/// What is checked, and what is expected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase", expecting = "a check: an object with one of http, tcp, tls and dns")]
pub enum TargetCheck {
    /// An answer over HTTP or HTTPS.
    Http(HttpCheck),
    /// A connection over TCP.
    Tcp(TcpCheck),
    /// A TLS handshake with a certificate that is trusted.
    Tls(TlsCheck),
    /// An answer of a name server.
    Dns(DnsCheck),
}

/// A connection over TCP.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(expecting = "an object with host and port")]
pub struct TcpCheck {
    /// The name or address.
    pub host: Host,
    /// The port.
    #[serde(deserialize_with = "port")]
    pub port: Port,
}

/// A TLS handshake with a certificate that is trusted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(expecting = "an object with host and port")]
pub struct TlsCheck {
    /// The name or address.
    pub host: Host,
    /// The port.
    #[serde(deserialize_with = "port")]
    pub port: Port,
    /// Days that the certificate must still be valid; fewer are degraded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate_days: Option<CertificateDays>,
}

/// A target as it is registered: each field by itself.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename = "Target", expecting = "a target: an object with target_id, service_id, region and check")]
struct Registration {
    target_id: TargetId,
    service_id: ServiceId,
    region: ProbeId,
    check: TargetCheck,
    #[serde(default)]
    interval_s: Option<IntervalS>,
    #[serde(default)]
    timeout_s: Option<TimeoutS>,
}

impl TryFrom<Registration> for Target {
    type Error = InputError;

    fn try_from(registration: Registration) -> Result<Self, InputError> {
        let Registration { target_id, service_id, region, check, interval_s, timeout_s } = registration;
        Self::new(target_id, service_id, region, check, interval_s, timeout_s)
    }
}

impl Target {
    /// Puts a target together: each 60 s unless it says otherwise, and at most 10 s for a try.
    ///
    /// # Errors
    /// Returns an [`InputError`] for fields that contradict each other.
    pub fn new(
        target_id: TargetId,
        service_id: ServiceId,
        region: ProbeId,
        check: TargetCheck,
        interval_s: Option<IntervalS>,
        timeout_s: Option<TimeoutS>,
    ) -> Result<Self, InputError> {
        check.contradiction().map_or(Ok(()), Err)?;
        let interval_s = interval_s.unwrap_or(IntervalS::clamped(INTERVAL_S));
        // A failure is followed by a second try, and both must have ended before the next check.
        let longest = (interval_s.get() - 1) / 2;
        let timeout_s = timeout_s.unwrap_or(TimeoutS::clamped(TIMEOUT_S.min(longest)));
        if timeout_s.get() > longest {
            return Err(InputError::new(format_args!(
                "timeout_s: {timeout_s} leaves no room for a second try within interval_s {interval_s}: give \
                 at most {longest}, or a longer interval"
            )));
        }
        Ok(Self { target_id, service_id, region, check, interval_s, timeout_s })
    }

    /// Returns the target as a change has it; what is not given stays.
    ///
    /// # Errors
    /// Returns an [`InputError`] for fields that contradict each other.
    pub fn changed(
        &self,
        check: Option<TargetCheck>,
        interval_s: Option<IntervalS>,
        timeout_s: Option<TimeoutS>,
    ) -> Result<Self, InputError> {
        let Self { target_id, service_id, region, .. } = self.clone();
        let check = check.unwrap_or_else(|| self.check.clone());
        let (interval_s, timeout_s) =
            (interval_s.or(Some(self.interval_s)), timeout_s.or(Some(self.timeout_s)));
        Self::new(target_id, service_id, region, check, interval_s, timeout_s)
    }

    /// True if the target's turn has come in a run that begins at `now`, of runs that begin each
    /// `run_every_s`. A run may begin up to half of that earlier or later than it should.
    pub fn is_due(&self, now: Instant, run_every_s: u32) -> bool {
        let run_every_s = i64::from(run_every_s.max(1));
        let run_s = (now.epoch_s() + run_every_s / 2).div_euclid(run_every_s) * run_every_s;
        run_s.rem_euclid(self.interval_s.get().into()) < run_every_s
    }

    /// Returns the time that a try may take: less than half the interval.
    pub fn timeout(&self) -> Duration {
        Duration::from_secs(self.timeout_s.get().into())
    }
}

impl TargetCheck {
    fn contradiction(&self) -> Option<InputError> {
        match self {
            Self::Http(http) => http.contradiction(),
            Self::Dns(dns) => dns.contradiction(),
            Self::Tcp(_) | Self::Tls(_) => None,
        }
    }

    /// True if a check of this kind measures a latency: it connects over TCP.
    pub const fn is_measured(&self) -> bool {
        !matches!(self, Self::Dns(_))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn read(check: Value, others: Value) -> Result<Target, InputError> {
        let mut event = json!({ "target_id": "t", "service_id": "api", "region": "eu-1", "check": check });
        event.as_object_mut().unwrap().extend(others.as_object().unwrap().clone());
        crate::read(&event)
    }

    #[test]
    fn a_target_is_written_as_it_is_read_with_its_defaults() {
        let checks = [
            json!({ "http": { "url": "HTTPS://Api.Example.com" } }),
            json!({ "http": { "url": "http://[2606:4700::1]:8080/?b", "method": "HEAD", "status": ["401"] } }),
            json!({ "http": { "url": "https://a.example.com/", "body_pattern": "o", "certificate_days": 14 } }),
            json!({ "tcp": { "host": "Mail.example.com.", "port": 25 } }),
            json!({ "tls": { "host": "8.8.8.8", "port": 853, "certificate_days": 30 } }),
            json!({ "dns": { "name": "_dmarc.example.com", "record": "TXT", "answers": ["v=DMARC1"] } }),
            json!({ "dns": { "name": "gone.example.com", "record": "A", "rcode": "NXDOMAIN" } }),
            json!({ "dns": { "name": "example.com", "record": "NS", "resolver": "9.9.9.9" } }),
        ];
        let mut written = Vec::new();
        for check in checks {
            let target = read(check, json!({})).unwrap();
            assert_eq!(target.timeout(), Duration::from_secs(10));
            let value = serde_json::to_value(&target).unwrap();
            assert_eq!(crate::read::<Target>(&value).unwrap(), target);
            written.push(value.to_string());
        }
        insta::assert_snapshot!(written.join("\n"));
    }

    #[test]
    fn the_schema_is_that_of_a_registration() {
        let schema = schemars::schema_for!(Target);
        let required = json!(["target_id", "service_id", "region", "check"]);
        assert_eq!(schema.pointer("/required"), Some(&required));
        let interval = schema.pointer("/properties/interval_s").unwrap();
        assert_eq!((&interval["minimum"], &interval["maximum"]), (&json!(10), &json!(3600)));
        assert!(schema.pointer("/properties/timeout_s").is_some(), "{schema:?}");
    }

    #[test]
    fn two_tries_fit_into_an_interval() {
        #[track_caller]
        fn check(others: Value, expect: Option<u64>) {
            let target = read(json!({ "tcp": { "host": "a.example.com", "port": 1 } }), others);
            assert_eq!(target.ok().map(|target| target.timeout().as_secs()), expect);
        }
        check(json!({ "interval_s": 10 }), Some(4));
        check(json!({ "interval_s": 10, "timeout_s": 4 }), Some(4));
        check(json!({ "interval_s": 10, "timeout_s": 5 }), None);
        check(json!({ "interval_s": 21 }), Some(10));
        check(json!({ "interval_s": 60, "timeout_s": 29 }), Some(29));
        check(json!({ "interval_s": 60, "timeout_s": 30 }), None);
        check(json!({ "interval_s": 3600, "timeout_s": 30 }), Some(30));
    }

    #[test]
    fn a_target_has_one_turn_in_each_interval() {
        #[track_caller]
        fn check(interval_s: u32, run_every_s: u32, begins: &[i64], expect: &[i64]) {
            let tcp = json!({ "tcp": { "host": "a.example.com", "port": 1 } });
            let target = read(tcp, json!({ "interval_s": interval_s })).unwrap();
            let at = |s: &&i64| target.is_due(Instant::from_epoch_s(1_000_000_200 + **s), run_every_s);
            let due: Vec<i64> = begins.iter().filter(at).copied().collect();
            assert_eq!(due, expect);
        }
        let runs = [0, 61, 119, 180, 240, 299, 361, 420];
        check(60, 60, &runs, &runs);
        check(10, 60, &runs, &runs);
        check(300, 60, &runs, &[0, 299]);
        check(120, 60, &[-1, 59, 121, 179, 241], &[-1, 121, 241]);
        check(60, 10, &[0, 10, 20, 30, 40, 50, 60], &[0, 60]);
    }

    #[test]
    fn what_is_wrong_is_told_by_field_value_and_remedy() {
        let http = |fields: Value| {
            let mut check = json!({ "url": "https://a.example.com/" });
            check.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
            json!({ "http": check })
        };
        let dns = |fields: Value| {
            let mut check = json!({ "name": "example.com", "record": "A" });
            check.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
            json!({ "dns": check })
        };
        let checks = [
            json!({ "icmp": { "host": "a.example.com" } }),
            json!("http"),
            http(json!({ "url": "ftp://a.example.com" })),
            http(json!({ "url": "https://ann:secret@a.example.com/" })),
            http(json!({ "url": "https://a.example.com/#top" })),
            http(json!({ "url": "https://2130706433/" })),
            http(json!({ "url": "https://a.example.com:0/" })),
            http(json!({ "url": "https://a.example.com:65536/" })),
            http(json!({ "url": "https://a b.example.com/" })),
            http(json!({ "url": format!("https://a.example.com/{}", "x".repeat(2048)) })),
            http(json!({ "method": "POST" })),
            http(json!({ "status": [] })),
            http(json!({ "status": ["299-200"] })),
            http(json!({ "status": ["99"] })),
            http(json!({ "status": [200] })),
            http(json!({ "status": vec!["200"; 21] })),
            http(json!({ "body_pattern": "(" })),
            http(json!({ "body_pattern": "" })),
            http(json!({ "body_pattern": "x".repeat(201) })),
            http(json!({ "body_pattern": "((a{100}){100}){100}" })),
            http(json!({ "method": "HEAD", "body_pattern": "ok" })),
            http(json!({ "url": "http://a.example.com/", "certificate_days": 14 })),
            http(json!({ "certificate_days": 0 })),
            http(json!({ "certificate_days": 399 })),
            json!({ "tcp": { "host": "a..example.com", "port": 25 } }),
            json!({ "tcp": { "host": "127.1", "port": 25 } }),
            json!({ "tcp": { "host": "a.example.com", "port": 0 } }),
            json!({ "tls": { "host": "a.example.com" } }),
            dns(json!({ "name": "-a.example.com" })),
            dns(json!({ "record": "ANY" })),
            dns(json!({ "answers": ["192.0.2"] })),
            dns(json!({ "answers": [""] })),
            dns(json!({ "answers": vec!["192.0.2.1"; 21] })),
            dns(json!({ "rcode": "NXDOMAIN", "answers": ["192.0.2.1"] })),
            dns(json!({ "resolver": "dns.example.com" })),
        ];
        let mut messages: Vec<String> =
            checks.into_iter().map(|check| read(check, json!({})).unwrap_err().to_string()).collect();
        for others in [
            json!({ "interval_s": 5 }),
            json!({ "interval_s": "60" }),
            json!({ "timeout_s": 0 }),
            json!({ "timeout_s": 30 }),
            json!({ "region": "eu 1" }),
            json!({ "target_id": 5 }),
        ] {
            messages.push(read(http(json!({})), others).unwrap_err().to_string());
        }
        insta::assert_snapshot!(messages.join("\n"));
    }
}
