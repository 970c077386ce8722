//! Sources on the wire: senders whose webhooks Nines takes in, how each proves itself, and what its words
//! mean here (contract, "A source"). A secret is never part of a source.

mod choice;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use sla::id::SourceId;
use sla::named;
use sla::ticket::{Channel, Level};
use sla::{CustomerId, OwnSilence, ServiceId, Status, Zone};

pub use choice::{Choice, Table};

use crate::input::{InputError, read};
use crate::text::Count;

/// Most mappings of a source. Together they have at most [`MAP_BYTES_MAX`].
pub const MAPPINGS_MAX: usize = 500;
/// Most bytes of a source's mappings as JSON: of an item's 400 KB they leave half for its history.
pub const MAP_BYTES_MAX: usize = 200_000;
/// Most conditions of one mapping.
pub const WHEN_MAX: usize = 8;
/// Longest path, pattern or word, in characters.
pub const WORD_CHARS_MAX: usize = 200;
/// Most placeholders in a pattern: an id has 64 characters.
const PLACEHOLDERS_MAX: usize = 8;
/// Longest lead or tail: a day.
pub(crate) const DAY_S: u32 = 86_400;
/// Longest delay of heartbeats: an hour. Beyond it nobody would call a page alive.
pub(crate) const DELAY_S_MAX: u32 = 3600;
/// Warning of a silence that is null.
const WARNED_NEVER: &str = "max_silence_s: null carries an `up` for ever, and it counts as up when the sender dies: \
                            tell the customers, or choose heartbeats or a number of seconds";
/// Warning of a silence that is absent.
const WARNED_ABSENT: &str = "max_silence_s: absent, so that each service's own holds; where that is null, an `up` is \
                             carried for ever and counts as up: tell those customers, or choose heartbeats";
/// Warning of what heartbeats assert late.
const WARNED_LATE: &str = "delay_s: what heartbeats assert is as old, so the max_silence_s of a service that nothing else \
                           watches has to be longer than delay_s and max_silence_s together: else checks.silent is \
                           announced while proofs arrive";
/// Longest silence: 366 days.
const DAYS_366_S: u32 = 366 * DAY_S;
/// Delay of heartbeats that name none.
const DELAY_S: u32 = 600;
/// Longest time between two proofs of life, unless the source has another: 5 minutes.
const PROOF_GAP_S: u32 = 300;

named! {
    /// The kind of a source: which program sends, and so what its bodies look like.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
    pub enum SourceKind {
        /// Prometheus Alertmanager, and whatever speaks like it (Mimir, VictoriaMetrics, Loki).
        Alertmanager = "alertmanager",
        /// Grafana Alerting.
        Grafana = "grafana",
        /// Uptime Kuma.
        UptimeKuma = "uptime-kuma",
        /// Zabbix, by the media type in the guide.
        Zabbix = "zabbix",
        /// Icinga 2, Nagios and Naemon, by the notification command in the guide.
        Icinga = "icinga",
        /// Gatus, by a custom provider.
        Gatus = "gatus",
        /// Better Stack: incidents, monitors, or each check.
        BetterStack = "better-stack",
        /// UptimeRobot.
        UptimeRobot = "uptimerobot",
        /// Pingdom.
        Pingdom = "pingdom",
        /// Checkly.
        Checkly = "checkly",
        /// Zammad: tickets.
        Zammad = "zammad",
        /// Jira Service Management: tickets.
        Jira = "jira",
        /// Zendesk: tickets.
        Zendesk = "zendesk",
        /// django-helpdesk: tickets.
        DjangoHelpdesk = "django-helpdesk",
        /// Events of TMF621, such as ServiceNow sends: tickets.
        Tmf621 = "tmf621",
        /// JSON of any shape, signed as Standard Webhooks say.
        StandardWebhooks = "standard-webhooks",
        /// JSON of any shape.
        Template = "template",
    }

    /// The way in which a sender proves itself.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
    pub enum Scheme {
        /// `Authorization: Bearer SECRET`.
        Bearer = "bearer",
        /// `Authorization: Basic`; the secret is `user:password`.
        Basic = "basic",
        /// The secret in a header of its own.
        Header = "header",
        /// The secret as last part of the path; it is logged by whatever lies between.
        PathToken = "path-token",
        /// Lower-case hex HMAC-SHA256 of the body, or of `TIMESTAMP:BODY` (Grafana, Checkly).
        HmacSha256Hex = "hmac-sha256-hex",
        /// Base64 HMAC-SHA256 of timestamp and body, without anything between them (Zendesk).
        HmacSha256Base64 = "hmac-sha256-base64",
        /// `sha256=HEX`, the HMAC-SHA256 of the body (Jira).
        Websub = "websub",
        /// `sha1=HEX`, the HMAC-SHA1 of the body (Zammad).
        WebsubSha1 = "websub-sha1",
        /// `webhook-id`, `webhook-timestamp`, `webhook-signature`; the secret begins with `whsec_`.
        StandardWebhooks = "standard-webhooks",
    }

    /// The fate of an item that no mapping fits.
    #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
    pub enum UnmappedAction {
        /// It is kept, with the key that would have to be registered.
        #[default]
        Quarantine = "quarantine",
        /// It is dropped: the sender also tells of what is no service here.
        Ignore = "ignore",
    }

    /// The way in which a source's edges become checks (rules, 2).
    #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
    pub enum Mode {
        /// Points at the start and the end of an outage; carrying fills what lies between.
        #[default]
        Edges = "edges",
        /// The last known state, asserted for as long as the source proves that it lives.
        Heartbeats = "heartbeats",
    }

    /// The unit of a template's instants; it is never guessed from their size.
    #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
    pub enum TimeUnit {
        /// A text such as RFC 3339; without an offset, in the source's zone.
        #[default]
        Text = "text",
        /// Seconds since the Unix epoch.
        UnixS = "unix_s",
        /// Milliseconds since the Unix epoch.
        UnixMs = "unix_ms",
    }

    /// The kind of a ticket event that a help desk's message means.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
    pub enum TicketKind {
        /// A customer reported a problem.
        Opened = "opened",
        /// Support has taken it up.
        Acknowledged = "acknowledged",
        /// Its level changed: it had been wrong.
        LevelChanged = "level_changed",
        /// Support waits for the customer.
        WaitingOnCustomer = "waiting_on_customer",
        /// The customer has answered.
        Resumed = "resumed",
        /// The problem is solved.
        Resolved = "resolved",
        /// The problem is back.
        Reopened = "reopened",
        /// The ticket is filed away.
        Closed = "closed",
        /// The ticket was a mistake.
        Cancelled = "cancelled",
    }
}

/// Bounds of a word: the characters that it may have, and their number.
struct Bounds {
    fits: fn(&str) -> bool,
    expected: &'static str,
    pattern: &'static str,
    /// True if an error may show the text: whoever pastes a secret here must not read it in a log.
    is_shown: bool,
}

const PATH: Bounds = Bounds {
    fits: |text| !text.chars().any(sla::text::disturbs),
    expected: "a path such as labels.severity, header.x-trigger, query.key or /data/0/id",
    pattern: "^.{1,200}$",
    is_shown: true,
};
const PATTERN: Bounds = Bounds {
    fits: is_pattern,
    expected: "a pattern for ids: letters, digits, `.`, `_`, `:`, `-` and up to 8 paths in braces, such as \
               am-1.{fingerprint}",
    pattern: "^([A-Za-z0-9._:-]|\\{[^{}]+\\}){1,200}$",
    is_shown: true,
};
const HEADER: Bounds = Bounds {
    fits: |text| text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'),
    expected: "the name of a header in lower case, such as x-hub-signature",
    pattern: "^[a-z0-9-]{1,200}$",
    is_shown: true,
};
const SECRET: Bounds = Bounds {
    fits: |text| text.bytes().all(|b| b.is_ascii_alphanumeric() || b"/._-".contains(&b)),
    expected: "the name of a secret in the store, such as sources/am-1; the secret itself is entered apart",
    pattern: "^[A-Za-z0-9/._-]{1,200}$",
    is_shown: false,
};

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident = $bounds:ident;)+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Returns the text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = InputError;
            fn from_str(text: &str) -> Result<Self, InputError> {
                let is_long = text.is_empty() || text.chars().count() > WORD_CHARS_MAX;
                if is_long || !($bounds.fits)(text) {
                    let shown = if $bounds.is_shown { sla::shown(text) } else { "…".into() };
                    return Err(InputError::new(format_args!("`{shown}` is not {}", $bounds.expected)));
                }
                Ok(Self(text.to_owned()))
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Cow::<'_, str>::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "string", "pattern": $bounds.pattern })
            }
        }
    )+};
}

words! {
    /// The place of a value in a message: names joined by dots, or a JSON pointer. `header.` and `query.`
    /// lead to the request.
    Path = PATH;
    /// The form of an id: literal characters, and paths in braces.
    Pattern = PATTERN;
    /// The name of a header, in lower case.
    HeaderName = HEADER;
    /// The name under which the secret store keeps a source's secrets.
    SecretName = SECRET;
}

/// A piece of a [`Pattern`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Characters that stand for themselves.
    Literal(&'a str),
    /// The path of a value.
    Path(&'a str),
}

impl Pattern {
    /// Splits the pattern into its pieces.
    pub fn pieces(&self) -> impl Iterator<Item = Piece<'_>> {
        self.0.split_inclusive(['{', '}']).filter_map(|piece| {
            let path = piece.strip_suffix('}').map(Piece::Path);
            let literal = || piece.strip_suffix('{').unwrap_or(piece);
            path.or_else(|| Some(literal()).filter(|text| !text.is_empty()).map(Piece::Literal))
        })
    }
}

fn is_pattern(text: &str) -> bool {
    let in_id = |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._:-".contains(&b));
    let mut parts = text.split('{');
    let placeholders = text.matches('{').count();
    parts.next().is_some_and(in_id)
        && placeholders <= PLACEHOLDERS_MAX
        && parts.all(|part| {
            part.split_once('}').is_some_and(|(path, rest)| !path.trim().is_empty() && in_id(rest))
        })
}

/// The proof that a sender gives with each request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a proof: an object with scheme")]
pub struct Auth {
    /// The scheme.
    pub scheme: Scheme,
    /// The name of the secret; `sources/SOURCE_ID` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<SecretName>,
    /// The header with the secret or its signature; the kind's own if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header: Option<HeaderName>,
    /// The header with the signed time, for the `hmac-` schemes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timestamp_header: Option<HeaderName>,
}

/// The meaning of a sender's items: those that fit all conditions are about one service, or about tickets.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a mapping: an object with service_id or ticket_id")]
pub struct Mapping {
    /// Conditions: a path and the text that stands there. None fits every item.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub when: BTreeMap<Path, String>,
    /// The service; of a ticket, the service concerned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service_id: Option<Choice<ServiceId>>,
    /// The probe; `SOURCE_ID.{key}` if absent, as each alert series is a probe of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub probe: Option<Pattern>,
    /// The status that a failing item means; the kind's own if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<Table<Status>>,
    /// Seconds from the failure to the sender's start, instead of the source's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lead_s: Option<Count<0, DAY_S>>,
    /// Seconds from the recovery to the sender's end, instead of the source's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tail_s: Option<Count<0, DAY_S>>,
    /// True if the item proves that the source lives, and says nothing about a service.
    #[serde(skip_serializing_if = "is_false")]
    pub heartbeat: bool,
    /// The kind of ticket event.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<Choice<TicketKind>>,
    /// The ticket.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ticket_id: Option<Pattern>,
    /// The customer who reported it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer_id: Option<Choice<CustomerId>>,
    /// The level.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub level: Option<Choice<Level>>,
    /// The channel of the report; `email` if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<Choice<Channel>>,
}

/// The places of a template's values in its JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a template: an object with key")]
pub struct Template {
    /// The list of items; the body is the only item if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub list: Option<Path>,
    /// The series: a monitor's or a ticket's own id. An item in which it is empty is a test.
    pub key: Path,
    /// The status, by the word at a path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<Table<Status>>,
    /// The instant since which this holds; the receipt if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Path>,
    /// The start of the outage, where a recovery tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Path>,
    /// The unit of all instants.
    #[serde(default)]
    pub time: TimeUnit,
    /// The latency in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency_ms: Option<Path>,
    /// The latency in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency_s: Option<Path>,
    /// The throughput in megabits per second.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub throughput_mbps: Option<Path>,
    /// The throughput in bits per second.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub throughput_bps: Option<Path>,
    /// The packet loss in percent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub packet_loss_pct: Option<Path>,
    /// The id of a ticket's event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_id: Option<Path>,
    /// The opening of a ticket.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Path>,
    /// The title of a ticket.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<Path>,
}

/// A source: a sender of webhooks, as it is registered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(expecting = "a source: an object with source_id, kind, auth and map")]
pub struct Source {
    /// The id; the address of its webhooks ends with it.
    pub source_id: SourceId,
    /// The kind.
    pub kind: SourceKind,
    /// The proof that it gives.
    pub auth: Auth,
    /// The meaning of its items.
    pub map: Vec<Mapping>,
    /// Places of values, for the kinds `template` and `standard-webhooks`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<Template>,
    /// Seconds by which its starts come after the failure (such as `for` of an alert rule); 0 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lead_s: Option<Count<0, DAY_S>>,
    /// Seconds by which its ends come after the recovery; 0 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tail_s: Option<Count<0, DAY_S>>,
    /// The zone of its instants without an offset; such instants are refused if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<Zone>,
    /// Longest time for which the checks of its probes are carried; null for ever; the service's if absent. A
    /// probe keeps what was registered at its first check. With heartbeats: the longest time between two proofs
    /// of life, 300 s if absent.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub max_silence_s: Option<Option<Count<0, DAYS_366_S>>>,
    /// The fate of items that no mapping fits.
    #[serde(default)]
    pub unmapped: UnmappedAction,
    /// The way in which its edges become checks.
    #[serde(default)]
    pub mode: Mode,
    /// Seconds after which heartbeats are asserted; 600 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delay_s: Option<Count<0, DELAY_S_MAX>>,
}

impl SourceKind {
    /// True if the kind sends tickets, false if it measures, none if its mappings say which.
    pub const fn is_help_desk(self) -> Option<bool> {
        match self {
            Self::Zammad | Self::Jira | Self::Zendesk | Self::DjangoHelpdesk | Self::Tmf621 => Some(true),
            Self::StandardWebhooks | Self::Template => None,
            _ => Some(false),
        }
    }

    /// True if the kind has its own states of tickets, so that no mapping names them.
    const fn has_own_states(self) -> bool {
        matches!(self, Self::DjangoHelpdesk | Self::Tmf621)
    }
}

impl Auth {
    /// Returns the header with the secret or its signature: the registered one, or the kind's own.
    pub fn header(&self, kind: SourceKind) -> &str {
        let own = match (kind, self.scheme) {
            (SourceKind::Checkly, Scheme::HmacSha256Hex) => "x-checkly-signature",
            (_, Scheme::HmacSha256Hex) => "x-grafana-alerting-signature",
            (_, Scheme::HmacSha256Base64) => "x-zendesk-webhook-signature",
            (_, Scheme::Websub | Scheme::WebsubSha1) => "x-hub-signature",
            _ => "authorization",
        };
        self.header.as_ref().map_or(own, HeaderName::as_str)
    }

    /// Returns the header with the signed time, if there is one.
    pub fn timestamp_header(&self) -> Option<&str> {
        let own =
            (self.scheme == Scheme::HmacSha256Base64).then_some("x-zendesk-webhook-signature-timestamp");
        self.timestamp_header.as_ref().map(HeaderName::as_str).or(own)
    }

    fn check(&self) -> Result<(), InputError> {
        let (scheme, header) = (self.scheme, self.header.is_some());
        let is_hmac = matches!(scheme, Scheme::HmacSha256Hex | Scheme::HmacSha256Base64);
        let may = is_hmac || matches!(scheme, Scheme::Header | Scheme::Websub | Scheme::WebsubSha1);
        let wrong = |field: &str, remedy: &str| {
            Err(InputError::new(format_args!("auth.{field}: {remedy} by the scheme `{}`", scheme.as_str())))
        };
        match () {
            () if header && !may => wrong("header", "leave it out: none is read"),
            () if scheme == Scheme::Header && !header => {
                wrong("header", "missing: name the header that is read")
            }
            () if self.timestamp_header.is_some() && !is_hmac => {
                wrong("timestamp_header", "leave it out: none is read")
            }
            () => Ok(()),
        }
    }
}

impl Source {
    /// Reads a source, and checks it as [`Source::check`] does.
    ///
    /// # Errors
    /// Returns an [`InputError`] with name, value and remedy for the first field that is missing or wrong.
    pub fn read(value: &Value) -> Result<Self, InputError> {
        let source: Self = read(value)?;
        source.check()?;
        Ok(source)
    }

    /// Checks what its fields mean together, and how much they are.
    ///
    /// # Errors
    /// Returns an [`InputError`] with name, value and remedy for the first field that is wrong.
    pub fn check(&self) -> Result<(), InputError> {
        self.auth.check()?;
        let mappings = self.map.len();
        if mappings > MAPPINGS_MAX {
            return Err(InputError::new(format_args!(
                "map: {mappings} mappings: give at most {MAPPINGS_MAX}, by tables of words, or as two sources"
            )));
        }
        let bytes = serde_json::to_vec(&self.map).map_or(0, |map| map.len());
        if bytes > MAP_BYTES_MAX {
            return Err(InputError::new(format_args!(
                "map: {bytes} bytes: give at most {MAP_BYTES_MAX}, or two sources"
            )));
        }
        let has_template = matches!(self.kind, SourceKind::Template | SourceKind::StandardWebhooks);
        if has_template != self.template.is_some() {
            let remedy = if has_template { "missing: say where values are" } else { "leave it out" };
            return Err(self.wrong("template", remedy));
        }
        if self.mode == Mode::Edges && self.delay_s.is_some() {
            return Err(InputError::new(
                "delay_s: leave it out: edges are never delayed, only heartbeats are",
            ));
        }
        let is_long = |silence: Option<Count<0, DAYS_366_S>>| silence.is_none_or(|gap| gap.get() > DAY_S);
        if self.mode == Mode::Heartbeats && self.max_silence_s.is_some_and(is_long) {
            return Err(InputError::new(format_args!(
                "max_silence_s: give the longest time between two heartbeats, at most {DAY_S} seconds"
            )));
        }
        let proves = self.map.iter().any(|mapping| mapping.heartbeat);
        if self.mode == Mode::Heartbeats && !proves {
            return Err(InputError::new(
                "map: no mapping has `heartbeat`: map the item that proves that the source lives, or choose \
                 edges",
            ));
        }
        self.map.iter().enumerate().try_for_each(|(place, mapping)| self.check_mapping(place, mapping))
    }

    fn check_mapping(&self, place: usize, mapping: &Mapping) -> Result<(), InputError> {
        let wrong = |field: &str, remedy: &str| self.wrong(&format!("map[{place}].{field}"), remedy);
        let Mapping { service_id, probe, status, kind, ticket_id, customer_id, level, channel, .. } = mapping;
        if mapping.when.len() > WHEN_MAX {
            return Err(wrong("when", "more than 8 conditions: leave some out"));
        }
        if mapping.when.values().any(|word| word.chars().count() > WORD_CHARS_MAX) {
            return Err(wrong("when", "a text of more than 200 characters: shorten it"));
        }
        if status.as_ref().is_some_and(|status| status.words.values().any(|status| *status == Status::Up)) {
            return Err(wrong(
                "status",
                "`up`: leave the word out; only a recovery says that a service is up",
            ));
        }
        let is_ticket = self.kind.is_help_desk().unwrap_or(ticket_id.is_some());
        let measures = self.template.as_ref().map(|template| template.status.is_some());
        if measures == Some(is_ticket) {
            let remedy =
                if is_ticket { "leave it out: tickets have none" } else { "missing: say what is up" };
            return Err(self.wrong("template.status", remedy));
        }
        let of_tickets = [
            ("kind", kind.is_some()),
            ("ticket_id", ticket_id.is_some()),
            ("customer_id", customer_id.is_some()),
            ("level", level.is_some()),
            ("channel", channel.is_some()),
        ];
        let of_checks = [
            ("probe", probe.is_some()),
            ("status", status.is_some()),
            ("lead_s", mapping.lead_s.is_some()),
            ("tail_s", mapping.tail_s.is_some()),
            ("heartbeat", mapping.heartbeat),
        ];
        let strange = if is_ticket { &of_checks } else { &of_tickets };
        if let Some((field, _)) = strange.iter().find(|(_, given)| *given) {
            let remedy =
                if is_ticket { "leave it out: it is for checks" } else { "leave it out: it is for tickets" };
            return Err(wrong(field, remedy));
        }
        if !is_ticket {
            return match (mapping.heartbeat, service_id.is_some()) {
                (true, true) => Err(wrong("service_id", "leave it out: a heartbeat is about no service")),
                (false, false) => Err(wrong("service_id", "missing: name the service")),
                _ => Ok(()),
            };
        }
        match () {
            () if ticket_id.is_none() => {
                Err(wrong("ticket_id", "missing: write one such as desk-{ticket.id}"))
            }
            () if kind.is_some() == self.kind.has_own_states() => {
                let own = "leave it out: the sender's own states are known";
                Err(wrong("kind", if kind.is_some() { own } else { "missing: name the kind of event" }))
            }
            () => Ok(()),
        }
    }

    fn wrong(&self, field: &str, remedy: &str) -> InputError {
        InputError::new(format_args!("{field}: {remedy} (kind `{}`)", self.kind.as_str()))
    }

    /// True if the source sends tickets, false if it measures.
    pub fn tells_tickets(&self) -> bool {
        let of_template = || self.template.as_ref().is_some_and(|template| template.status.is_none());
        self.kind.is_help_desk().unwrap_or_else(of_template)
    }

    /// Returns the name under which the store keeps the source's secrets.
    pub fn secret_name(&self) -> Cow<'_, str> {
        match &self.auth.secret {
            Some(name) => name.as_str().into(),
            None => format!("sources/{}", self.source_id).into(),
        }
    }

    /// Returns the seconds by which a mapping's starts come after the failure.
    pub fn lead_s(&self, mapping: &Mapping) -> i64 {
        mapping.lead_s.or(self.lead_s).map_or(0, |lead| lead.get().into())
    }

    /// Returns the seconds by which a mapping's ends come after the recovery.
    pub fn tail_s(&self, mapping: &Mapping) -> i64 {
        mapping.tail_s.or(self.tail_s).map_or(0, |tail| tail.get().into())
    }

    /// Returns the seconds after which heartbeats are asserted.
    pub fn delay_s(&self) -> i64 {
        self.delay_s.map_or(DELAY_S, Count::get).into()
    }

    /// Returns the silence of the source's probes, if they have their own. With heartbeats they have none: the
    /// source's field bounds the time between two proofs.
    pub fn own_silence(&self) -> Option<OwnSilence> {
        let silence = self.max_silence_s.filter(|_| self.mode == Mode::Edges);
        silence.map(|silence| OwnSilence::after(silence.map(Count::get)))
    }

    /// Returns what whoever registers the source must know of the time for which its probes are carried.
    pub fn warnings(&self) -> Vec<&'static str> {
        match self.max_silence_s {
            _ if self.tells_tickets() => Vec::new(),
            _ if self.mode == Mode::Heartbeats => vec![WARNED_LATE],
            None => vec![WARNED_ABSENT],
            Some(None) => vec![WARNED_NEVER],
            Some(Some(_)) => Vec::new(),
        }
    }

    /// Returns the longest time between two proofs of life, in seconds.
    pub fn proof_gap_s(&self) -> i64 {
        self.max_silence_s.flatten().map_or(PROOF_GAP_S, Count::get).into()
    }
}

const fn is_false(flag: &bool) -> bool {
    !*flag
}

/// Reads a value that is there, and tells null from absence.
fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn source(kind: &str, fields: Value, mapping: Value) -> Value {
        let mut source = json!({
            "source_id": "am-ber1", "kind": kind, "auth": { "scheme": "bearer" }, "map": [mapping],
        });
        source.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        source
    }

    fn monitor(fields: Value) -> Value {
        source("alertmanager", fields, json!({ "service_id": "api" }))
    }

    fn mapped(mapping: Value) -> Value {
        source("alertmanager", json!({}), mapping)
    }

    fn desk(mapping: Value) -> Value {
        source("zammad", json!({}), mapping)
    }

    #[test]
    fn the_examples_of_the_design_are_read_and_written_as_they_are() {
        let monitor = json!({
            "source_id": "am-ber1", "kind": "alertmanager",
            "auth": { "scheme": "bearer", "secret": "sources/am-ber1" }, "lead_s": 60,
            "unmapped": "quarantine", "mode": "edges",
            "map": [{
                "when": { "labels.nines_service": "api" }, "service_id": "api",
                "probe": "am-ber1.{fingerprint}",
                "status": {
                    "labels.severity": { "critical": "down", "warning": "degraded", "nodata": "unknown" }
                },
            }],
        });
        let desk = json!({
            "source_id": "desk", "kind": "zammad",
            "auth": { "scheme": "websub-sha1", "secret": "sources/desk" },
            "zone": "UTC", "unmapped": "quarantine", "mode": "edges",
            "map": [{
                "when": { "header.x-zammad-trigger": "nines resolved" }, "kind": "resolved",
                "ticket_id": "desk-{ticket.id}",
                "customer_id": { "ticket.organization_id": { "3": "cust-17" } },
                "level": { "ticket.priority.name": { "3 high": 1, "2 normal": 2, "1 low": 3 } },
            }],
        });
        for example in [monitor, desk] {
            let source = Source::read(&example).unwrap();
            assert_eq!(serde_json::to_value(&source).unwrap(), example);
            assert_eq!(serde_json::from_value::<Source>(example).unwrap(), source);
        }
    }

    #[test]
    fn a_pattern_has_pieces() {
        let pattern: Pattern = "a.{labels.x}-{key}z".parse().unwrap();
        let pieces: Vec<Piece<'_>> = pattern.pieces().collect();
        use Piece::{Literal, Path};
        assert_eq!(pieces, [Literal("a."), Path("labels.x"), Literal("-"), Path("key"), Literal("z")]);
    }

    #[test]
    fn silence_tells_null_from_absence() {
        let silence = |fields: Value| {
            let silence = Source::read(&monitor(fields)).unwrap().max_silence_s;
            silence.map(|silence| silence.map(Count::get))
        };
        assert_eq!(silence(json!({})), None);
        assert_eq!(silence(json!({ "max_silence_s": null })), Some(None));
        assert_eq!(silence(json!({ "max_silence_s": 90 })), Some(Some(90)));
    }

    #[test]
    fn a_wrong_source_is_refused_by_field_value_and_remedy() {
        let ticket = |kind: Value| json!({ "ticket_id": "desk-{ticket.id}", "kind": kind });
        let many: serde_json::Map<String, Value> = (0..9).map(|n| (format!("p{n}"), json!("x"))).collect();
        let mut crowded = monitor(json!({}));
        crowded["map"] = vec![json!({ "service_id": "api" }); MAPPINGS_MAX + 1].into();
        let when = json!({ "x": "y".repeat(200), "z": "y".repeat(200) });
        let mut long = monitor(json!({}));
        long["map"] = vec![json!({ "service_id": "api", "when": when }); MAPPINGS_MAX].into();
        let sources = [
            monitor(json!({ "kind": "nagios" })),
            monitor(json!({ "source_id": "a b" })),
            monitor(json!({ "auth": { "scheme": "hmac" } })),
            monitor(json!({ "auth": { "scheme": "bearer", "token": "s3cret" } })),
            monitor(json!({ "auth": { "scheme": "bearer", "secret": "my secret!" } })),
            monitor(json!({ "auth": { "scheme": "bearer", "header": "x-token" } })),
            monitor(json!({ "auth": { "scheme": "header" } })),
            monitor(json!({ "auth": { "scheme": "header", "header": "X-Token" } })),
            monitor(json!({ "auth": { "scheme": "websub", "timestamp_header": "x-time" } })),
            monitor(json!({ "lead_s": -1 })),
            monitor(json!({ "zone": "Berlin" })),
            monitor(json!({ "delay_s": 60 })),
            monitor(json!({ "mode": "heartbeats", "max_silence_s": null })),
            monitor(json!({ "mode": "heartbeats" })),
            monitor(json!({ "template": { "key": "id" } })),
            source("template", json!({}), json!({ "service_id": "api" })),
            crowded,
            long,
            mapped(json!({ "service_id": "api", "whn": {} })),
            mapped(json!({ "service_id": "api", "when": many })),
            mapped(json!({ "service_id": "api", "when": { "x": "y".repeat(201) } })),
            mapped(json!({ "service_id": "api", "probe": "{fingerprint" })),
            mapped(json!({ "service_id": "api", "probe": "a b" })),
            mapped(json!({ "service_id": "api", "status": { "labels.severity": { "info": "up" } } })),
            mapped(json!({ "service_id": "api", "status": { "a": { "x": "down" }, "b": { "y": "down" } } })),
            mapped(json!({ "service_id": { "labels.service": { "api": "a b" } } })),
            mapped(json!({ "service_id": { "labels.service": {} } })),
            mapped(json!({})),
            mapped(json!({ "service_id": "api", "heartbeat": true })),
            mapped(json!({ "service_id": "api", "level": 1 })),
            desk(json!({ "kind": "resolved" })),
            desk(json!({ "ticket_id": "desk-{ticket.id}" })),
            desk(ticket(json!("solved"))),
            desk(json!({ "ticket_id": "t", "kind": "closed", "probe": "p" })),
            source("tmf621", json!({}), ticket(json!("closed"))),
        ];
        let told =
            |source: &Value| Source::read(source).map_or_else(|e| e.to_string(), |_| "read".to_owned());
        let messages: Vec<String> = sources.iter().map(told).collect();
        insta::assert_snapshot!(messages.join("\n"));
    }
}
