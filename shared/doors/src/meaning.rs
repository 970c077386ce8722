//! Meaning of a message: its readings, mapped by the registered source. Nothing here is remembered or
//! decided; what no mapping names is listed with the key that would have to be registered.

use std::collections::{BTreeMap, BTreeSet};

use events::InputError;
use events::source::{Choice, Mapping, Source, Table, TicketKind, UnmappedAction};
use sla::check::FUTURE_S_MAX;
use sla::ticket::{Channel, Level};
use sla::{CustomerId, Instant, ProbeId, ServiceId, Status, TicketId};

use crate::facts::{Facts, in_id};
use crate::memory::Series;
use crate::message::{Item, Message, Metrics, Reading, TicketReading};

/// Most words that an unmapped item shows: those of the paths that its source's mappings use.
const WORDS_SHOWN_MAX: usize = 16;

/// The meaning of a message.
#[derive(Debug, Default, PartialEq)]
pub struct Meaning {
    /// Sightings of services.
    pub sightings: Vec<Sighting>,
    /// Reports of help desks about tickets.
    pub told: Vec<TicketReport>,
    /// Instants at which the source proved that it lives.
    pub proofs: BTreeSet<Instant>,
    /// Items that no mapping fits, for the quarantine.
    pub unmapped: Vec<Unmapped>,
    /// Items that cannot be read, for the quarantine.
    pub refused: Vec<InputError>,
    /// Errors that whoever runs the source must see.
    pub losses: Vec<InputError>,
    /// Number of test messages.
    pub tests: usize,
    /// Names of items that say nothing about a status.
    pub nothings: Vec<String>,
}

/// A sighting: what a source saw of one service, from one probe. Instants are those of the service.
#[derive(Debug, Clone, PartialEq)]
pub struct Sighting {
    /// The service.
    pub service_id: ServiceId,
    /// The probe: one for each series of alerts.
    pub probe: ProbeId,
    /// The series, as the sender names it.
    pub series: String,
    /// The start of the failure, and its status.
    pub failed: Option<(Instant, Status)>,
    /// The end of the failure, or the instant of a good measurement; later than its start.
    pub cleared_at: Option<Instant>,
    /// The metrics of its measurement.
    pub metrics: Metrics,
    /// True if the failure follows a recovery, whether or not that was told.
    pub follows_recovery: bool,
}

/// Report of a help desk about one ticket.
#[derive(Debug, Clone, PartialEq)]
pub struct TicketReport {
    /// The ticket.
    pub ticket_id: TicketId,
    /// The title.
    pub title: String,
    /// Instant of the opening.
    pub created_at: Option<Instant>,
    /// The changes, oldest first: kind, instant, and the sender's id.
    pub changes: Vec<(TicketKind, Instant, Option<String>)>,
    /// The customer, or what would have to be registered.
    pub customer_id: Result<CustomerId, InputError>,
    /// The level, or what would have to be registered.
    pub level: Result<Level, InputError>,
    /// The service concerned, if any, or what would have to be registered.
    pub service_id: Result<Option<ServiceId>, InputError>,
    /// The channel of the report, or what would have to be registered.
    pub channel: Result<Channel, InputError>,
}

/// An item that no mapping fits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unmapped {
    /// The series or ticket, as the sender names it.
    pub key: String,
    /// The words by which a mapping could name it: those at the paths that the source's mappings use.
    pub words: BTreeMap<String, String>,
    /// The error, with its remedy.
    pub error: InputError,
}

/// A reason why a mapping gives nothing.
enum Lack {
    Unmapped(InputError),
    Refused(InputError),
}

impl Meaning {
    /// Maps a message by its source.
    pub fn of(source: &Source, message: Message) -> Self {
        let mut meaning = Self { losses: message.losses, ..Self::default() };
        for item in message.items {
            match item {
                Item::Reading(reading) => meaning.add_reading(source, &reading),
                Item::Ticket(reading) => meaning.add_ticket(source, *reading),
                Item::Test => meaning.tests += 1,
                Item::Nothing(name) => meaning.nothings.push(name),
                Item::Refused(error) => meaning.refused.push(error),
            }
        }
        meaning
    }

    /// Returns the series whose memories are needed to record the sightings.
    pub fn series(&self) -> BTreeSet<Series> {
        self.sightings.iter().map(|seen| (seen.service_id.clone(), seen.probe.clone())).collect()
    }

    /// Adds what a reading means by every mapping that fits: one alert may be about several services.
    fn add_reading(&mut self, source: &Source, reading: &Reading) {
        let fits =
            |mapping: &&Mapping| mapping.ticket_id.is_none() && fits(mapping, (&reading.key, &reading.facts));
        let fitting = source.map.iter().filter(fits);
        let mut is_mapped = false;
        for mapping in fitting {
            is_mapped = true;
            if mapping.heartbeat {
                self.proofs
                    .extend(reading.alive_at.filter(|at| in_time("heartbeat", *at, &reading.facts).is_ok()));
                continue;
            }
            match sighting(source, mapping, reading) {
                Ok(sighting) => self.sightings.push(sighting),
                Err(lack) => self.add_lack(source, (&reading.key, &reading.facts), lack),
            }
        }
        if !is_mapped {
            self.add_lack(source, (&reading.key, &reading.facts), no_mapping());
        }
    }

    /// Adds what a ticket's reading means by the first mapping that fits: an event happens once.
    fn add_ticket(&mut self, source: &Source, reading: TicketReading) {
        let fits =
            |mapping: &&Mapping| mapping.ticket_id.is_some() && fits(mapping, (&reading.key, &reading.facts));
        let told =
            source.map.iter().find(fits).map_or_else(|| Err(no_mapping()), |mapping| told(mapping, &reading));
        match told {
            Ok(told) if told.changes.is_empty() => {
                self.nothings.push("no change of the ticket's status".to_owned())
            }
            Ok(told) => self.told.push(told),
            Err(lack) => self.add_lack(source, (&reading.key, &reading.facts), lack),
        }
    }

    fn add_lack(&mut self, source: &Source, (key, facts): (&str, &Facts), lack: Lack) {
        match lack {
            Lack::Refused(error) => self.refused.push(error),
            Lack::Unmapped(_) if source.unmapped == UnmappedAction::Ignore => {
                self.nothings.push("unmapped".to_owned());
            }
            Lack::Unmapped(error) => {
                let paths: BTreeSet<&str> = source.map.iter().flat_map(paths).collect();
                let word = |path: &&str| facts.text(path).map(|word| ((*path).to_owned(), word));
                let words = paths.iter().filter_map(word).take(WORDS_SHOWN_MAX).collect();
                self.unmapped.push(Unmapped { key: key.to_owned(), words, error });
            }
        }
    }
}

fn no_mapping() -> Lack {
    Lack::Unmapped(InputError::new(
        "no mapping fits: map it to a service, or let the source ignore what is unmapped",
    ))
}

/// Returns the paths by which a mapping decides.
fn paths(mapping: &Mapping) -> impl Iterator<Item = &str> {
    let table = mapping.status.as_ref().map(|table| &table.path);
    let service = match &mapping.service_id {
        Some(Choice::By(table)) => Some(&table.path),
        _ => None,
    };
    let customer = match &mapping.customer_id {
        Some(Choice::By(table)) => Some(&table.path),
        _ => None,
    };
    mapping.when.keys().chain(table).chain(service).chain(customer).map(|path| path.as_str())
}

/// True if an item meets all conditions of a mapping. As in patterns, `key` is its series or ticket.
fn fits(mapping: &Mapping, (key, facts): (&str, &Facts)) -> bool {
    let is = |path: &str, word: &str| match path {
        "key" => key == word,
        path => facts.text(path).as_deref() == Some(word),
    };
    mapping.when.iter().all(|(path, word)| is(path.as_str(), word))
}

/// Chooses a value by its table; `None` if there is none, or no word where it looks.
fn chosen<T: Clone>(field: &str, choice: Option<&Choice<T>>, facts: &Facts) -> Result<Option<T>, InputError> {
    let table = match choice {
        None => return Ok(None),
        Some(Choice::Always(value)) => return Ok(Some(value.clone())),
        Some(Choice::By(table)) => table,
    };
    let Some(word) = facts.text(table.path.as_str()) else { return Ok(None) };
    table.words.get(&word).cloned().map(Some).ok_or_else(|| unregistered(field, table.path.as_str(), &word))
}

fn unregistered(field: &str, path: &str, word: &str) -> InputError {
    InputError::new(format_args!(
        "{path}: `{}` is not in the table of {field}: register it there",
        sla::shown(word)
    ))
}

/// Chooses a value that must be there.
fn needed<T: Clone>(field: &str, choice: Option<&Choice<T>>, facts: &Facts) -> Result<T, InputError> {
    let missing = || match choice {
        Some(Choice::By(Table { path, .. })) => InputError::new(format_args!(
            "{}: missing, so nothing chooses {field}: send it, or register a mapping without it",
            path.as_str()
        )),
        _ => InputError::new(format_args!("{field}: the mapping names none: register it")),
    };
    chosen(field, choice, facts)?.ok_or_else(missing)
}

/// Refuses an instant that lies ahead of the receipt, and says by how much.
fn in_time(field: &str, at: Instant, facts: &Facts) -> Result<(), Lack> {
    let ahead_s = at.epoch_s() - facts.received_at().epoch_s();
    if ahead_s <= FUTURE_S_MAX {
        return Ok(());
    }
    Err(Lack::Refused(InputError::new(format_args!(
        "{field}: {at} lies {ahead_s} s ahead of the receipt at {}, more than {FUTURE_S_MAX}: set the \
         sender's clock and zone, then replay",
        facts.received_at()
    ))))
}

fn sighting(source: &Source, mapping: &Mapping, reading: &Reading) -> Result<Sighting, Lack> {
    let facts = &reading.facts;
    let service_id = needed("service_id", mapping.service_id.as_ref(), facts).map_err(Lack::Unmapped)?;
    let probe = probe(source, mapping, reading).map_err(Lack::Refused)?;
    let failed = match reading.failed {
        None => None,
        Some((at, own)) => {
            in_time("start", at, facts)?;
            let lead_s = if reading.is_measured { 0 } else { source.lead_s(mapping) };
            Some((at.plus_s(-lead_s), status(mapping, reading, own).map_err(Lack::Unmapped)?))
        }
    };
    let cleared_at = match reading.cleared_at {
        None => None,
        Some(at) => {
            in_time("end", at, facts)?;
            if let Some((start, _)) = reading.failed.filter(|(start, _)| at < *start) {
                let error =
                    format_args!("end: {at} lies before the start at {start}: send UTC, or set the zone");
                return Err(Lack::Refused(InputError::new(error)));
            }
            let tail_s = if reading.is_measured { 0 } else { source.tail_s(mapping) };
            let end = at.plus_s(-tail_s);
            // A failure lasts a second at least, so that its end comes after its start.
            Some(failed.map_or(end, |(start, _)| end.max(start.plus_s(1))))
        }
    };
    let (metrics, follows_recovery) = (reading.metrics, reading.follows_recovery);
    let series = reading.key.clone();
    Ok(Sighting { service_id, probe, series, failed, cleared_at, metrics, follows_recovery })
}

fn status(mapping: &Mapping, reading: &Reading, own: Status) -> Result<Status, InputError> {
    let Some(table) = mapping.status.as_ref().filter(|_| !reading.cannot_tell) else { return Ok(own) };
    let Some(word) = reading.facts.text(table.path.as_str()) else { return Ok(own) };
    table.words.get(&word).copied().ok_or_else(|| unregistered("status", table.path.as_str(), &word))
}

fn probe(source: &Source, mapping: &Mapping, reading: &Reading) -> Result<ProbeId, InputError> {
    let Some(pattern) = &mapping.probe else {
        let own = format!("{}.{}", source.source_id, in_id(&reading.key));
        return own.parse().or_else(|_| in_id(&own).parse()).map_err(InputError::new);
    };
    let filled = reading.facts.fill(pattern, &reading.key)?;
    filled.parse().map_err(|error| InputError::new(format_args!("probe: {error}")))
}

fn told(mapping: &Mapping, reading: &TicketReading) -> Result<TicketReport, Lack> {
    let facts = &reading.facts;
    let Some(pattern) = &mapping.ticket_id else { return Err(no_mapping()) };
    let ticket_id = facts.fill(pattern, &reading.key).map_err(Lack::Refused)?;
    let ticket_id =
        ticket_id.parse().map_err(|e| Lack::Refused(InputError::new(format_args!("ticket_id: {e}"))))?;
    let mut changes = Vec::new();
    for change in &reading.changes {
        in_time("occurred_at", change.at, facts)?;
        let chosen = || chosen("kind", mapping.kind.as_ref(), facts).map_err(Lack::Unmapped);
        let kind = change.kind.map_or_else(chosen, |kind| Ok(Some(kind)))?;
        changes.extend(kind.map(|kind| (kind, change.at, change.id.clone())));
    }
    let email = Choice::Always(Channel::Email);
    Ok(TicketReport {
        ticket_id,
        title: reading.title.clone(),
        created_at: reading.created_at,
        changes,
        customer_id: needed("customer_id", mapping.customer_id.as_ref(), facts),
        level: needed("level", mapping.level.as_ref(), facts),
        service_id: chosen("service_id", mapping.service_id.as_ref(), facts),
        channel: needed("channel", mapping.channel.as_ref().or(Some(&email)), facts),
    })
}
