//! Received webhooks, opened: the checks or ticket events in them, and what is remembered of their series.
//! Architecture invariant: what checks follow from is remembered with them, under the version that was read,
//! before any is recorded. Whoever comes next records them first, so no check stands of which nobody knows.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use doors::edges::{self, Joined};
use doors::heartbeat::Life;
use doors::memory::Memory;
use doors::{Meaning, Sighting, Webhook, tickets};
use events::source::Mode;
use events::{CheckEvent, InputError, Source};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use sla::id::SourceId;
use sla::ticket::TicketHappening;
use sla::{Instant, ProbeId, Resolution, Service, ServiceId, TicketId};

use crate::keys::Key;
use crate::service::lives::draft_of_life;
use crate::service::merging::ReceivedCheck;
use crate::service::quarantine::{QuarantineEntry, Source as Origin};
use crate::service::silences::Silences;
use crate::service::sources::{KnownSource, SeriesRecord, SourceState};
use crate::store::{Committed, Draft, Item, TableError, Transaction, VERSION_FIRST};
use crate::{Attempts, StoredTicket, Table, keys};

/// Memories of one transaction: 90 of at most 20 KB each, of 100 items and 4 MB.
const REMEMBERED_AT_ONCE: usize = 90;

/// Longest key of a series that is remembered as it is.
const KEY_BYTES_MAX: usize = 64;

/// Kind of a source's reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportKind {
    /// Checks.
    Checks,
    /// Ticket events.
    Tickets,
}

/// Received items, with the webhooks among them opened. Each comes with the index of the item that held it.
#[derive(Debug, Default)]
pub struct OpenedWebhooks {
    /// The checks or ticket events.
    pub items: Vec<(usize, Value)>,
    /// The items that go into the quarantine, each with its error.
    pub refused: Vec<(usize, Value, InputError)>,
    /// Number of webhooks from which nothing follows: tests, proofs of life, what is ignored.
    pub silent: usize,
    /// Number of webhooks that tell what is known of their ticket.
    pub repeated: usize,
    /// Checks that were told before, and may not be recorded yet.
    unrecorded: Vec<CheckEvent>,
    webhooks: Vec<(usize, Webhook)>,
    /// Numbers of items and of refused ones that are no webhooks.
    beside: (usize, usize),
    remembered: Remembered,
}

/// State that was read, with what it has become.
#[derive(Debug)]
struct LoadedState<T> {
    version: Option<u64>,
    was: T,
    now: T,
}

impl<T: Clone + Default + DeserializeOwned + PartialEq> LoadedState<T> {
    fn of(item: Option<&Item>) -> Result<Self, TableError> {
        let was: T = item.map(Item::body).transpose()?.unwrap_or_default();
        Ok(Self { version: item.and_then(Item::version), now: was.clone(), was })
    }

    fn is_changed(&self) -> bool {
        self.was != self.now
    }

    /// Returns the version after it is written, if it is.
    fn written_version(&self) -> Option<u64> {
        let written = self.version.map_or(VERSION_FIRST, |version| version + 1);
        if self.is_changed() { Some(written) } else { self.version }
    }
}

/// Knowledge of sources and their series.
#[derive(Debug, Default)]
struct Remembered {
    states: BTreeMap<SourceId, LoadedState<SourceState>>,
    lives: BTreeMap<SourceId, Living>,
    series: BTreeMap<Key, LoadedState<SeriesRecord<Memory>>>,
    joined: BTreeMap<Key, LoadedState<SeriesRecord<Joined>>>,
    /// The silences that the sources have registered for their probes.
    silences: Silences,
}

/// The life of a source.
#[derive(Debug)]
struct Living {
    source: Source,
    life: LoadedState<SeriesRecord<Life>>,
    /// True if a series has changed: whoever asserts the source meanwhile has not seen that.
    is_heard: bool,
}

/// One item of a webhook, with its meaning.
struct Part<'a> {
    index: usize,
    source: &'a Source,
    webhook: Webhook,
    meaning: Meaning,
}

/// Registrations, as the parts of webhooks need them.
struct Registered {
    services: HashMap<ServiceId, Service>,
    /// Tickets that have been opened.
    tickets: BTreeSet<TicketId>,
}

impl Table {
    /// Opens the webhooks among received items, and remembers what they tell, before it is recorded. One that
    /// cannot be opened is refused; one item of it that cannot be read or mapped, alone.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn open(
        &self,
        items: Vec<Value>,
        told: ReportKind,
        now: Instant,
    ) -> Result<OpenedWebhooks, TableError> {
        let opened = self.look_into(items, told).await?;
        if opened.webhooks.is_empty() {
            return Ok(opened);
        }
        // Boxed: most batches hold no webhook, and its future is large.
        Box::pin(self.remember_anew(opened, told, now)).await
    }

    async fn remember_anew(
        &self,
        mut opened: OpenedWebhooks,
        told: ReportKind,
        now: Instant,
    ) -> Result<OpenedWebhooks, TableError> {
        let mut attempts = Attempts::default();
        while attempts.begin().await {
            if self.remember(&opened).await? == Committed::Done {
                let told = std::mem::take(&mut opened.unrecorded);
                self.record_told(told, &opened.remembered.silences, now).await?;
                return Ok(opened);
            }
            // The webhooks are opened anew; what is none stays.
            let (plain, unread) = opened.beside;
            opened.items.truncate(plain);
            opened.refused.truncate(unread);
            (opened.silent, opened.repeated) = (0, 0);
            self.open_webhooks(&mut opened, told).await?;
        }
        Err(TableError::faster("remember what sources told"))
    }

    /// Opens the webhooks among items without remembering anything.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn look_into(&self, items: Vec<Value>, told: ReportKind) -> Result<OpenedWebhooks, TableError> {
        let mut opened = OpenedWebhooks::default();
        for (index, item) in items.into_iter().enumerate() {
            match Webhook::read(&item) {
                Ok(None) => opened.items.push((index, item)),
                Ok(Some(webhook)) => opened.webhooks.push((index, webhook)),
                Err(error) => opened.refused.push((index, item, error)),
            }
        }
        opened.beside = (opened.items.len(), opened.refused.len());
        if !opened.webhooks.is_empty() {
            Box::pin(self.open_webhooks(&mut opened, told)).await?;
        }
        Ok(opened)
    }

    async fn open_webhooks(&self, opened: &mut OpenedWebhooks, told: ReportKind) -> Result<(), TableError> {
        opened.remembered = Remembered::default();
        let sources = self.known_sources(opened.webhooks.iter().map(|(_, webhook)| webhook)).await?;
        opened.remembered.states = self.load(sources.keys(), keys::source_state).await?;
        let parts = opened.split(&sources, told);
        let mut registered = self.registered(&parts).await?;
        opened.unrecorded = self.load_series(&parts, &registered, &mut opened.remembered).await?;
        for part in parts {
            opened.add(part, &mut registered)?;
        }
        Ok(())
    }

    async fn known_sources(
        &self,
        webhooks: impl Iterator<Item = &Webhook>,
    ) -> Result<BTreeMap<SourceId, KnownSource>, TableError> {
        let wanted: BTreeSet<Key> = webhooks.map(|webhook| keys::source(&webhook.source_id)).collect();
        let found = self.store.get(&wanted.into_iter().collect::<Vec<_>>()).await?;
        let known = found.values().map(Item::body::<KnownSource>);
        known.map(|known| known.map(|known| (known.source.source_id.clone(), known))).collect()
    }

    /// Reads things by a key that each has.
    async fn load<'k, K: Ord + Clone + 'k, T: Clone + Default + DeserializeOwned + PartialEq>(
        &self,
        names: impl Iterator<Item = &'k K>,
        key: impl Fn(&K) -> Key,
    ) -> Result<BTreeMap<K, LoadedState<T>>, TableError> {
        let keys: BTreeMap<&K, Key> = names.map(|name| (name, key(name))).collect();
        let found = self.store.get(&keys.values().cloned().collect::<Vec<_>>()).await?;
        keys.into_iter().map(|(name, key)| Ok((name.clone(), LoadedState::of(found.get(&key))?))).collect()
    }

    async fn registered(&self, parts: &[Part<'_>]) -> Result<Registered, TableError> {
        let seen = || parts.iter().flat_map(|part| &part.meaning.sightings);
        let ids: BTreeSet<&ServiceId> = seen().map(|seen| &seen.service_id).collect();
        let services = self.settings(&ids.into_iter().cloned().collect::<Vec<_>>()).await?;
        let told = parts.iter().flat_map(|part| &part.meaning.told);
        let wanted: BTreeSet<Key> = told.map(|told| keys::ticket(&told.ticket_id)).collect();
        let found = self.store.get(&wanted.into_iter().collect::<Vec<_>>()).await?;
        let stored = found.values().map(Item::body::<StoredTicket>).collect::<Result<Vec<_>, _>>()?;
        let opened = stored.into_iter().filter(|ticket| ticket.present.is_some());
        Ok(Registered {
            services: services.into_iter().map(|service| (service.service_id.clone(), service)).collect(),
            tickets: opened.map(|ticket| ticket.ticket_id).collect(),
        })
    }

    async fn load_series(
        &self,
        parts: &[Part<'_>],
        registered: &Registered,
        remembered: &mut Remembered,
    ) -> Result<Vec<CheckEvent>, TableError> {
        let (mut series, mut joined, mut alive) = (BTreeSet::new(), BTreeSet::new(), BTreeMap::new());
        for Part { source, meaning, .. } in parts {
            let proves = !meaning.proofs.is_empty() || !meaning.sightings.is_empty();
            if source.mode == Mode::Heartbeats && proves {
                alive.insert(source.source_id.clone(), *source);
            }
            for seen in &meaning.sightings {
                match registered.services.get(&seen.service_id) {
                    Some(service) if is_joined(source, service) => {
                        remembered.silences.state(source, &seen.service_id, &one_probe(source)?);
                        joined.insert(keys::joined(&source.source_id, &seen.service_id))
                    }
                    _ => {
                        remembered.silences.state(source, &seen.service_id, &seen.probe);
                        series.insert(keys::series(&source.source_id, &seen.service_id, &seen.probe))
                    }
                };
            }
        }
        remembered.series = self.load(series.iter(), Key::clone).await?;
        remembered.joined = self.load(joined.iter(), Key::clone).await?;
        let told = remembered.series.values().flat_map(|kept| &kept.was.told);
        let told = told.chain(remembered.joined.values().flat_map(|kept| &kept.was.told));
        let unrecorded = told.cloned().collect();
        let lives = self.load(alive.keys(), keys::life).await?;
        let living = |(id, life): (SourceId, LoadedState<SeriesRecord<Life>>)| {
            let source = (*alive.get(&id)?).clone();
            Some((id, Living { source, life, is_heard: false }))
        };
        remembered.lives = lives.into_iter().filter_map(living).collect();
        Ok(unrecorded)
    }

    /// Remembers what was opened, if nobody has remembered more meanwhile.
    async fn remember(&self, opened: &OpenedWebhooks) -> Result<Committed, TableError> {
        let Remembered { states, lives, series, joined, .. } = &opened.remembered;
        let mut drafts = Vec::new();
        // With the series that changed, so that whoever asserts the source has seen both or neither.
        for (id, Living { source, life, is_heard }) in lives {
            if *is_heard || life.is_changed() {
                drafts.push((draft_of_life(id, &life.now, Some(source))?, life.version));
            }
        }
        add_changed(&mut drafts, series.iter(), Key::clone)?;
        add_changed(&mut drafts, states.iter(), keys::source_state)?;
        let mut large = Vec::new();
        add_changed(&mut large, joined.iter(), Key::clone)?;
        // Joined series take up to 400 KB, and are written alone.
        for drafts in large.chunks(1).chain(drafts.chunks(REMEMBERED_AT_ONCE)) {
            if self.put_all(drafts).await? == Committed::Conflict {
                return Ok(Committed::Conflict);
            }
        }
        Ok(Committed::Done)
    }

    /// Writes drafts together, each under the version that was read.
    pub(crate) async fn put_all(&self, drafts: &[(Draft, Option<u64>)]) -> Result<Committed, TableError> {
        let mut transaction = Transaction::default();
        for (draft, version) in drafts {
            transaction.put_versioned(draft.clone(), *version);
        }
        self.store.commit(transaction).await
    }

    /// Notes that what was opened is recorded. Whoever has remembered more meanwhile notes it later.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn note_recorded(&self, opened: &OpenedWebhooks) -> Result<(), TableError> {
        let Remembered { series, joined, .. } = &opened.remembered;
        let mut drafts = Vec::new();
        add_recorded(&mut drafts, joined)?;
        add_recorded(&mut drafts, series)?;
        for drafts in drafts.chunks(1) {
            self.put_all(drafts).await?;
        }
        Ok(())
    }

    /// Records checks that were told; what a service does not take, as it has ended, goes to the quarantine.
    pub(crate) async fn record_told(
        &self,
        told: Vec<CheckEvent>,
        silences: &Silences,
        now: Instant,
    ) -> Result<(), TableError> {
        let checks = told.iter().map(serde_json::to_value).collect::<Result<_, _>>();
        let checks = checks.map_err(|error| TableError::new("write a check", error))?;
        let mut received = Vec::new();
        for check in self.receive(checks, now).await? {
            match check {
                Ok(check) => received.push(check),
                Err((raw, error)) => {
                    self.quarantine(&QuarantineEntry::new(Origin::Check, &raw, error.to_string(), now)?)
                        .await?;
                }
            }
        }
        silences.note_on(&mut received);
        self.record(&received, now).await?.whole().map(drop)
    }
}

/// Adds what is to be forgotten of the told checks, once they are recorded.
fn add_recorded<T: Clone + Default + DeserializeOwned + PartialEq + Serialize>(
    drafts: &mut Vec<(Draft, Option<u64>)>,
    loaded: &BTreeMap<Key, LoadedState<SeriesRecord<T>>>,
) -> Result<(), TableError> {
    for (key, kept) in loaded.iter().filter(|(_, kept)| !kept.now.told.is_empty()) {
        let recorded = SeriesRecord { memory: kept.now.memory.clone(), told: Vec::new() };
        drafts.push((Draft::with_body(key, &recorded)?, kept.written_version()));
    }
    Ok(())
}

fn add_changed<'a, K: 'a, T: Clone + Default + DeserializeOwned + PartialEq + Serialize + 'a>(
    drafts: &mut Vec<(Draft, Option<u64>)>,
    loaded: impl Iterator<Item = (&'a K, &'a LoadedState<T>)>,
    key: impl Fn(&K) -> Key,
) -> Result<(), TableError> {
    for (name, loaded) in loaded.filter(|(_, loaded)| loaded.is_changed()) {
        drafts.push((Draft::with_body(&key(name), &loaded.now)?, loaded.version));
    }
    Ok(())
}

/// True if all series of the source are one probe of the service.
fn is_joined(source: &Source, service: &Service) -> bool {
    source.mode == Mode::Edges && service.quorum > 1
}

impl OpenedWebhooks {
    /// Notes on received checks the silence that their sources have registered.
    pub fn note_silences(&self, checks: &mut [ReceivedCheck]) {
        self.remembered.silences.note_on(checks);
    }

    /// Splits the webhooks into their items, with what each means; notes each message.
    fn split<'a>(&mut self, sources: &'a BTreeMap<SourceId, KnownSource>, told: ReportKind) -> Vec<Part<'a>> {
        let mut parts = Vec::new();
        for (index, webhook) in &self.webhooks {
            let known = sources.get(&webhook.source_id);
            let source = match known.filter(|known| !known.is_removed) {
                Some(known) => &known.source,
                None => {
                    let message =
                        known.map_or_else(|| webhook.message(), |known| kept(&known.source, webhook));
                    self.refused.push((*index, message, unregistered(&webhook.source_id)));
                    continue;
                }
            };
            if source.tells_tickets() != (told == ReportKind::Tickets) {
                self.refused.push((*index, kept(source, webhook), misled(source)));
                continue;
            }
            let at = webhook.request.received_at;
            let state = self.remembered.states.get_mut(&source.source_id);
            if let Some(state) = state {
                state.now.hear(at, webhook.skew_s(source));
            }
            match webhook.split(source) {
                Err(error) => self.refused.push((*index, kept(source, webhook), error)),
                Ok(split) => {
                    for (loss, error) in split.losses {
                        if let Some(state) = self.remembered.states.get_mut(&source.source_id) {
                            state.now.lose(at, error.to_string());
                        }
                        self.refused.push((*index, loss.message(), error));
                    }
                    for webhook in split.items {
                        match doors::read(source, &webhook.request) {
                            Ok(message) => {
                                let meaning = Meaning::of(source, message);
                                parts.push(Part { index: *index, source, webhook, meaning });
                            }
                            Err(error) => self.refused.push((*index, webhook.message(), error)),
                        }
                    }
                }
            }
        }
        parts
    }

    /// Adds what one item of a webhook means.
    fn add(&mut self, part: Part<'_>, registered: &mut Registered) -> Result<(), TableError> {
        let before = self.items.len() + self.refused.len();
        let Part { index, source, webhook, meaning } = &part;
        let at = webhook.request.received_at;
        for unmapped in &meaning.unmapped {
            self.miss(&part, unmapped)?;
        }
        for error in &meaning.refused {
            self.refused.push((*index, webhook.message(), error.clone()));
        }
        for seen in &meaning.sightings {
            self.see(&part, seen, registered)?;
        }
        for told in &meaning.told {
            match tickets::events(source, told, &registered.tickets) {
                Ok(events) => {
                    self.note_mapped(source, told.ticket_id.as_str(), at);
                    for event in events {
                        if matches!(event.happening, TicketHappening::Opened { .. }) {
                            registered.tickets.insert(event.ticket_id.clone());
                        }
                        let event = serde_json::to_value(event);
                        let event = event.map_err(|error| TableError::new("write a ticket event", error))?;
                        self.items.push((*index, event));
                    }
                }
                Err(error) => {
                    let key = told.ticket_id.to_string();
                    self.miss(&part, &doors::Unmapped { key, words: BTreeMap::new(), error })?;
                }
            }
        }
        if let Some(state) = self.remembered.states.get_mut(&source.source_id) {
            meaning.proofs.iter().for_each(|proof| state.now.prove(*proof));
            if meaning.tests > 0 {
                state.now.hear_test(at);
            }
        }
        if let Some(living) = self.remembered.lives.get_mut(&source.source_id) {
            meaning.proofs.iter().for_each(|proof| living.life.now.memory.prove(*proof));
        }
        if self.items.len() + self.refused.len() == before {
            let is_repeated = !meaning.told.is_empty();
            self.repeated += usize::from(is_repeated);
            self.silent += usize::from(!is_repeated);
        }
        Ok(())
    }

    /// Adds an item that no mapping fits, for the quarantine.
    fn miss(&mut self, part: &Part<'_>, unmapped: &doors::Unmapped) -> Result<(), TableError> {
        let Part { index, source, webhook, .. } = part;
        let (at, message) = (webhook.request.received_at, webhook.timeless(source).message());
        let id = QuarantineEntry::new(Origin::Check, &message, String::new(), at)?.quarantine_id;
        if let Some(state) = self.remembered.states.get_mut(&source.source_id) {
            state.now.miss(unmapped, id, at);
        }
        let error = format_args!("key `{}`: {}", sla::shown(&unmapped.key), unmapped.error);
        self.refused.push((*index, message, InputError::new(error)));
        Ok(())
    }

    fn note_mapped(&mut self, source: &Source, key: &str, at: Instant) {
        if let Some(state) = self.remembered.states.get_mut(&source.source_id) {
            state.now.map(key, at);
        }
    }

    /// Adds the checks that a sighting means.
    fn see(&mut self, part: &Part<'_>, seen: &Sighting, registered: &Registered) -> Result<(), TableError> {
        let Part { index, source, webhook, .. } = part;
        let Some(service) = registered.services.get(&seen.service_id) else {
            self.refused.push((*index, webhook.message(), no_service(&seen.service_id)));
            return Ok(());
        };
        let resolution = service.resolution_s;
        let checks = match source.mode {
            Mode::Edges if is_joined(source, service) => {
                let (probe, series) = (one_probe(source)?, short_key(&seen.series));
                let seen = Sighting { probe, series, ..seen.clone() };
                let key = keys::joined(&source.source_id, &seen.service_id);
                let joined = self.remembered.joined.get_mut(&key);
                let tell = |joined: &mut Joined| edges::joined_checks(&seen, resolution, joined);
                joined.map(|joined| joined.now.tell(tell))
            }
            Mode::Edges => {
                let tell = |memory: &mut Memory| edges::checks(seen, resolution, memory);
                self.series(source, seen).map(|kept| kept.tell(tell))
            }
            Mode::Heartbeats => {
                let (checks, late) = self.take(source, seen, resolution);
                let late = late.iter().map(|late| (*index, webhook.message(), late.error()));
                self.refused.extend(late);
                Some(checks)
            }
        };
        self.note_mapped(source, &seen.series, webhook.request.received_at);
        for check in checks.into_iter().flatten() {
            let check =
                serde_json::to_value(check).map_err(|error| TableError::new("write a check", error))?;
            self.items.push((*index, check));
        }
        Ok(())
    }

    fn series(&mut self, source: &Source, seen: &Sighting) -> Option<&mut SeriesRecord<Memory>> {
        let key = keys::series(&source.source_id, &seen.service_id, &seen.probe);
        self.remembered.series.get_mut(&key).map(|kept| &mut kept.now)
    }

    /// Takes a sighting of a source with heartbeats.
    fn take(
        &mut self,
        source: &Source,
        seen: &Sighting,
        resolution: Resolution,
    ) -> (Vec<CheckEvent>, Vec<doors::heartbeat::Late>) {
        let key = keys::series(&source.source_id, &seen.service_id, &seen.probe);
        let Remembered { lives, series, .. } = &mut self.remembered;
        match (lives.get_mut(&source.source_id), series.get_mut(&key)) {
            (Some(living), Some(kept)) => {
                let mut late = Vec::new();
                let checks = kept.now.tell(|memory| {
                    let taken = living.life.now.memory.take(seen, resolution, memory);
                    late = taken.1;
                    taken.0
                });
                living.is_heard |= kept.is_changed();
                (checks, late)
            }
            _ => (Vec::new(), Vec::new()),
        }
    }
}

/// Returns what the quarantine keeps of a webhook that cannot be opened: nothing of what people wrote.
fn kept(source: &Source, webhook: &Webhook) -> Value {
    let kept = if source.tells_tickets() { webhook.without_body(source) } else { webhook.clone() };
    kept.message()
}

/// Returns the key of a series, or the digest of one that is long.
fn short_key(key: &str) -> String {
    if key.len() <= KEY_BYTES_MAX { key.to_owned() } else { sla::sha256_hex(key.as_bytes()) }
}

/// Returns the probe that all series of a source are where a quorum asks: the source itself.
fn one_probe(source: &Source) -> Result<ProbeId, TableError> {
    source.source_id.as_str().parse().map_err(|error| TableError::new("name a probe", error))
}

fn unregistered(id: &SourceId) -> InputError {
    InputError::new(format_args!(
        "source_id: `{id}` is not registered: register it with register_source, then replay this with \
         replay_quarantine"
    ))
}

/// Returns the refusal of a webhook that came to the wrong function; its body may hold what people wrote.
fn misled(source: &Source) -> InputError {
    let (told, function) =
        if source.tells_tickets() { ("tickets", "record-tickets") } else { ("checks", "record-checks") };
    InputError::new(format_args!("source_id: `{}` tells of {told}: send it to {function}", source.source_id))
}

fn no_service(id: &ServiceId) -> InputError {
    InputError::new(format_args!(
        "service_id: `{id}` is not registered: register it with register_service, then replay this with \
         replay_quarantine"
    ))
}
