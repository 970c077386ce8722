//! Keys of all items: one function for each entity, and no key is made elsewhere.

use events::change::{Object, Person, Subject};
use events::search::Number;
use events::{AlarmArn, Change};
use sla::claim::ClaimState;
use sla::id::{ImportId, QuarantineId, SourceId, StaffId, TargetId};
use sla::{
    ClaimId, CreditId, CustomerId, EventId, ExclusionId, Instant, Month, ProbeId, ProposalId, RegionId,
    ServiceId, SubscriptionId, TicketId, VoidId, WindowId, sha256_hex,
};

/// Partition and sort key of an item.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    /// The partition key.
    pub pk: String,
    /// The sort key.
    pub sk: String,
}

/// A character that sorts after every character used in a key.
pub const LAST: char = '~';
/// Partitions for a month's export rows.
pub const MONTH_SHARDS: u8 = 16;
/// Partitions for the claims in one state.
pub const CLAIM_SHARDS: u8 = 16;
/// Copies of the last invoiced month: every write of a credit checks one of them.
pub const INVOICED_SHARDS: u8 = 16;
/// Partitions for the alarms.
const ALARM_SHARDS: u8 = 64;
/// Partitions for the sources.
const SOURCE_SHARDS: u8 = 16;
/// Partitions for the targets.
const TARGET_SHARDS: u8 = 16;
/// Partitions for the services in trouble: an outage of 8,000 services is listed within a second.
const TROUBLE_SHARDS: u8 = 4;
/// First characters of the names in each partition of a list by name: digits, six parts of the alphabet of
/// which each has about as many names, and all other letters.
const NAMES_FROM: [char; 8] = ['\0', 'a', 'd', 'h', 'm', 'q', 't', '{'];
/// Characters of a word, or of a number, by which its partition is named.
const LEADING_CHARS: usize = 2;
/// The greatest character: it sorts after every character of a name, as [`LAST`] does after those of ids.
const GREATEST: char = char::MAX;
/// Partitions for the notices that concern no customer.
const GENERAL_SHARDS: u8 = 16;

fn key(pk: String, sk: impl Into<String>) -> Key {
    Key { pk, sk: sk.into() }
}

/// Returns a number below `buckets` that depends only on the text.
pub fn bucket(text: &str, buckets: u8) -> u8 {
    let digest = sha256_hex(text.as_bytes());
    u8::from_str_radix(&digest[..2], 16).unwrap_or(0) % buckets
}

fn customer_partition(id: &CustomerId) -> String {
    format!("CUSTOMER#{id}")
}

pub fn customer(id: &CustomerId) -> Key {
    key(customer_partition(id), "CUSTOMER")
}

/// Returns the key of a service in its customer's list.
pub fn service_of_customer(customer: &CustomerId, service: &ServiceId) -> Key {
    key(customer_partition(customer), format!("SERVICE#{service}"))
}

pub fn services_of_customer(customer: &CustomerId) -> (String, String) {
    (customer_partition(customer), "SERVICE#".to_owned())
}

/// Returns the service that a key in a customer's list names.
pub fn listed_service(key: &Key) -> Option<ServiceId> {
    key.sk.strip_prefix("SERVICE#").and_then(|id| id.parse().ok())
}

/// Returns the key of a service-month's summary, beside those of the customer's other services, by month.
pub fn summary(customer: &CustomerId, month: Month, service: &ServiceId) -> Key {
    key(customer_partition(customer), format!("SUMMARY#{month}#{service}"))
}

/// Returns the partition of a customer's summaries, and the sort key bounds of a range of months.
pub fn summaries(customer: &CustomerId, from: Month, to: Month) -> (String, String, String) {
    (customer_partition(customer), format!("SUMMARY#{from}#"), format!("SUMMARY#{to}#{LAST}"))
}

/// Returns the key of a ticket in its customer's list.
pub fn ticket_of_customer(customer: &CustomerId, opened_at: Instant, id: &TicketId) -> Key {
    key(customer_partition(customer), format!("TICKET#{opened_at}#{id}"))
}

pub fn tickets_of_customer(customer: &CustomerId) -> (String, String) {
    (customer_partition(customer), "TICKET#".to_owned())
}

/// Returns the ticket that a key in a customer's list names; neither an instant nor an id contains a `#`.
pub fn listed_ticket(key: &Key) -> Option<TicketId> {
    key.sk.strip_prefix("TICKET#")?.split_once('#').and_then(|(_, id)| id.parse().ok())
}

/// Returns the partition of a customer, and the bounds of all its items after a sort key.
pub fn of_customer(customer: &CustomerId, after: Option<&str>) -> (String, String, String) {
    let from = after.map_or_else(|| " ".to_owned(), |after| format!("{after}!"));
    (customer_partition(customer), from, LAST.to_string())
}

/// Returns the customer that a key in its partition names.
pub fn customer_of(key: &Key) -> Option<CustomerId> {
    key.pk.strip_prefix("CUSTOMER#").and_then(|id| id.parse().ok())
}

/// Returns the key of the mark that a customer's personal data are being erased.
pub fn erasure(customer: &CustomerId) -> Key {
    key(customer_partition(customer), "ERASURE")
}

/// Returns the key of the mark that a service of a customer has an end, after which personal data are erased.
pub fn contract_end(customer: &CustomerId) -> Key {
    key(customer_partition(customer), "CONTRACT-END")
}

/// Returns the key of the name of a customer's person, whatever the case of the id.
pub fn person_of_customer(customer: &CustomerId, person: &Person) -> Key {
    key(customer_partition(customer), format!("{PERSON_OF_CUSTOMER}{}", person.folded()))
}

const PERSON_OF_CUSTOMER: &str = "PERSON#";

/// True if a key among a customer's is the name of a person or a subscription.
pub fn is_address_of_customer(key: &Key) -> bool {
    key.sk.starts_with(PERSON_OF_CUSTOMER) || key.sk.starts_with("SUBSCRIPTION#")
}

/// Returns the key of an accepted request of a customer, by the digest of the idempotency key.
pub fn request(customer: &CustomerId, digest: &str) -> Key {
    key(customer_partition(customer), format!("REQUEST#{digest}"))
}

/// Returns the key of a customer's own topic, whose item lists the subscriptions.
pub fn own_topic(customer: &CustomerId) -> Key {
    key(customer_partition(customer), "TOPIC")
}

/// True if the key is that of a customer's own topic.
pub fn is_own_topic(key: &Key) -> bool {
    key.pk.starts_with("CUSTOMER#") && key.sk == "TOPIC"
}

/// Returns the key of what a customer has asked on a day, by the start of the day.
pub fn asked(customer: &CustomerId, day: Instant) -> Key {
    key(customer_partition(customer), format!("ASKED#{day}"))
}

/// Returns the key of the mark that an address was sent a confirmation on a day, at any customer's request.
pub fn confirmation_to(digest: &str, day: Instant) -> Key {
    key(format!("ADDRESS#{digest}"), format!("CONFIRMATION#{day}"))
}

/// Returns the key of a customer's subscription.
pub fn subscription(customer: &CustomerId, id: &SubscriptionId) -> Key {
    key(customer_partition(customer), format!("SUBSCRIPTION#{id}"))
}

/// Returns the key of an accepted request of a member of staff, by the digest of the idempotency key.
pub fn request_of_staff(person: &StaffId, digest: &str) -> Key {
    key(format!("STAFF#{person}"), format!("REQUEST#{digest}"))
}

/// Returns the partition of an object's changes.
pub fn changes_of_object(object: &Object) -> String {
    format!("TRAIL#OBJECT#{}#{}", object.kind.as_str(), object.id)
}

/// Returns the partition of a person's changes, whatever the case of the id.
pub fn changes_of_person(person: &Person) -> String {
    format!("TRAIL#PERSON#{}", person.folded())
}

/// Returns the keys of a change: by its object and by its person.
pub fn of_change(change: &Change) -> [Key; 2] {
    [changes_of_object(&change.object), changes_of_person(&change.by)]
        .map(|pk| key(pk, change.change_id.as_str()))
}

/// Returns the key of the name of a person, whatever the case of the id.
pub fn person(person: &Person) -> Key {
    key(format!("PERSON#{}", person.folded()), "PERSON")
}

pub fn import(id: &ImportId) -> Key {
    key(format!("IMPORT#{id}"), "IMPORT")
}

pub fn directory(kind: &str, bucket: u8) -> String {
    format!("{kind}#{bucket:02}")
}

/// Returns the key of a thing in the list of its kind by name.
pub fn named(kind: Subject, sorted: &str, id: &str) -> Key {
    let place = names_place(sorted);
    key(names_partition(kind, place), format!("{sorted}#{id}"))
}

/// Returns in which of the partitions a name is, or what follows it begins.
fn names_place(sorted: &str) -> usize {
    let first = sorted.chars().next().filter(|first| *first != '#').unwrap_or_default();
    NAMES_FROM.iter().rposition(|from| *from <= first).unwrap_or_default()
}

fn names_partition(kind: Subject, place: usize) -> String {
    format!("NAMES#{}#{place}", kind.as_str())
}

/// Returns the partition and the bounds of each part of a list by name after a place in it.
pub fn names_after(kind: Subject, after: Option<&str>) -> Vec<(String, String, String)> {
    let first = after.map_or(0, names_place);
    let part = |place: usize| {
        let from = match after.filter(|_| place == first) {
            Some(after) => format!("{after}!"),
            None => " ".to_owned(),
        };
        (names_partition(kind, place), from, GREATEST.to_string())
    };
    (first..NAMES_FROM.len()).map(part).collect()
}

/// Returns the id that a key in a list by name, of words or of numbers ends with; an id contains no `#`.
pub fn indexed(key: &Key) -> &str {
    key.sk.rsplit('#').next().unwrap_or_default()
}

/// Returns the kind that a key of a word or of a number names before the id.
pub fn indexed_kind(key: &Key) -> Option<Subject> {
    key.sk.rsplit('#').nth(1).and_then(Subject::of)
}

fn leading(text: &str) -> String {
    text.chars().take(LEADING_CHARS).collect()
}

/// Returns the key of a thing under a word of its name.
pub fn word(word: &str, kind: Subject, id: &str) -> Key {
    key(format!("WORD#{}", leading(word)), format!("{word}#{}#{id}", kind.as_str()))
}

/// Returns the partition and the bounds of the words that begin with one.
pub fn words(beginning: &str) -> (String, String, String) {
    (format!("WORD#{}", leading(beginning)), beginning.to_owned(), format!("{beginning}{GREATEST}"))
}

/// Returns the key of a thing under its number.
pub fn number(kind: Subject, id: &str) -> Key {
    let number = Number::of(kind, id);
    let sk = format!("{}#{}#{id}", number.as_str(), kind.as_str());
    key(format!("NUMBER#{}", leading(number.as_str())), sk)
}

/// Returns the partition and the bounds of the numbers that begin so.
pub fn numbers(beginning: &str) -> (String, String, String) {
    (format!("NUMBER#{}", leading(beginning)), beginning.to_owned(), format!("{beginning}{LAST}"))
}

/// Returns the key of the number of a customer's services.
pub fn service_count(customer: &CustomerId) -> Key {
    key(customer_partition(customer), SERVICE_COUNT)
}

/// Sort key of the number of a customer's services, and its kind among the customer's items.
pub const SERVICE_COUNT: &str = "COUNT";

/// Returns the partitions of all alarms, in listing order.
pub fn alarm_partitions() -> impl Iterator<Item = String> {
    (0..ALARM_SHARDS).map(|shard| directory("ALARMS", shard))
}

/// Returns the key of an alarm, by digest: a name may be longer than a sort key, with any character.
pub fn alarm(arn: &AlarmArn) -> Key {
    key(directory("ALARMS", bucket(arn.as_str(), ALARM_SHARDS)), sha256_hex(arn.as_str().as_bytes()))
}

/// Returns the key under which a probe names the alarm that reports for it.
pub fn alarm_of_probe(id: &ServiceId, probe: &ProbeId) -> Key {
    key(service_partition(id), format!("ALARM#{probe}"))
}

/// Returns the partitions of all sources, in listing order.
pub fn source_partitions() -> impl Iterator<Item = String> {
    (0..SOURCE_SHARDS).map(|shard| directory("SOURCES", shard))
}

pub fn source(id: &SourceId) -> Key {
    key(directory("SOURCES", bucket(id.as_str(), SOURCE_SHARDS)), id.as_str())
}

fn source_partition(id: &SourceId) -> String {
    format!("SOURCE#{id}")
}

/// Returns the key of what a source has sent of late.
pub fn source_state(id: &SourceId) -> Key {
    key(source_partition(id), "STATE")
}

/// Returns the key of the proofs that a source lives.
pub fn life(id: &SourceId) -> Key {
    key(source_partition(id), "LIFE")
}

/// Returns the source whose life a key names.
pub fn source_of_life(key: &Key) -> Option<SourceId> {
    key.pk.strip_prefix("SOURCE#").filter(|_| key.sk == "LIFE").and_then(|id| id.parse().ok())
}

/// Returns the key of what is remembered of a series of a source.
pub fn series(id: &SourceId, service: &ServiceId, probe: &ProbeId) -> Key {
    key(source_partition(id), format!("SERIES#{service}#{probe}"))
}

/// Returns the partition and prefix of all series of a source.
pub fn all_series(id: &SourceId) -> (String, String) {
    (source_partition(id), "SERIES#".to_owned())
}

/// Returns the service and the probe that the key of a series names; an id contains no `#`.
pub fn series_of(key: &Key) -> Option<(ServiceId, ProbeId)> {
    let (service, probe) = key.sk.strip_prefix("SERIES#")?.split_once('#')?;
    service.parse().ok().zip(probe.parse().ok())
}

/// Returns the key of all series of a source for a service, as one probe.
pub fn joined(id: &SourceId, service: &ServiceId) -> Key {
    key(source_partition(id), format!("JOINED#{service}"))
}

/// Returns the partitions of all targets, in listing order.
pub fn target_partitions() -> impl Iterator<Item = String> {
    (0..TARGET_SHARDS).map(|shard| directory("TARGETS", shard))
}

pub fn target(id: &TargetId) -> Key {
    key(directory("TARGETS", bucket(id.as_str(), TARGET_SHARDS)), id.as_str())
}

/// Returns the partitions of all services in trouble, in listing order.
pub fn trouble_partitions() -> impl Iterator<Item = String> {
    (0..TROUBLE_SHARDS).map(|shard| directory("TROUBLED", shard))
}

/// Returns the key of a service among those in trouble.
pub fn trouble(id: &ServiceId) -> Key {
    key(directory("TROUBLED", bucket(id.as_str(), TROUBLE_SHARDS)), id.as_str())
}

/// Returns the key of a target among those of its region, which one query reads for a run.
pub fn target_in_region(region: &ProbeId, id: &TargetId) -> Key {
    key(targets_in_region(region), id.as_str())
}

pub fn targets_in_region(region: &ProbeId) -> String {
    format!("VANTAGE#{region}")
}

/// Returns the key of the targets of a service, by region.
pub fn targets_of_service(id: &ServiceId) -> Key {
    key(service_partition(id), "TARGETS")
}

fn service_partition(id: &ServiceId) -> String {
    format!("SERVICE#{id}")
}

pub fn service(id: &ServiceId) -> Key {
    key(service_partition(id), "SERVICE")
}

/// Returns the service that a key in its partition names.
pub fn service_of(key: &Key) -> Option<ServiceId> {
    key.pk.strip_prefix("SERVICE#").and_then(|id| id.parse().ok())
}

pub fn standing(id: &ServiceId) -> Key {
    key(service_partition(id), "STANDING")
}

pub fn poke(id: &ServiceId, cause: &str) -> Key {
    key(service_partition(id), format!("POKE#{cause}"))
}

/// Returns the partition and prefix of a service's pokes.
pub fn pokes(id: &ServiceId) -> (String, String) {
    (service_partition(id), "POKE#".to_owned())
}

/// Returns the partition of a service.
pub fn of_service(id: &ServiceId) -> String {
    service_partition(id)
}

/// Cause of the poke to look at a service once its end is known.
pub const ENDING: &str = "ending";

/// Cause of the poke to look at a service after its end.
pub const END: &str = "end";

/// True if the key is the poke for a service's end.
pub fn is_end(key: &Key) -> bool {
    key.sk == format!("POKE#{END}")
}

/// Returns the key of a mark on a range of months that changed after their end.
pub fn late(id: &ServiceId, from: Month, to: Month, cause: &str) -> Key {
    let to = if to > from { format!("..{to}") } else { String::new() };
    key(service_partition(id), format!("LATE#{from}{to}#{cause}"))
}

/// Returns the partition and prefix of a service's late marks.
pub fn late_marks(id: &ServiceId) -> (String, String) {
    (service_partition(id), "LATE#".to_owned())
}

/// True if the key is that of a late mark.
pub fn is_late(key: &Key) -> bool {
    key.pk.starts_with("SERVICE#") && key.sk.starts_with("LATE#")
}

pub fn timeline(id: &ServiceId, probe: &ProbeId, chunk: Instant) -> Key {
    key(service_partition(id), format!("TIMELINE#{probe}#{chunk}"))
}

pub fn timelines(id: &ServiceId, probe: &ProbeId) -> (String, String) {
    (service_partition(id), format!("TIMELINE#{probe}#"))
}

/// Returns the start of the chunk that a timeline's key names.
pub fn chunk_of(key: &Key) -> Option<Instant> {
    key.sk.rsplit('#').next().and_then(|start| start.parse().ok())
}

/// Returns the start of the chunk that a key names, if it is one of a timeline or of measurements.
pub fn chunk_of_timeline(key: &Key) -> Option<Instant> {
    let is_chunk = ["TIMELINE#", "MEASURED#"].iter().any(|prefix| key.sk.starts_with(prefix));
    chunk_of(key).filter(|_| is_chunk)
}

pub fn measured(id: &ServiceId, probe: &ProbeId, chunk: Instant) -> Key {
    key(service_partition(id), format!("MEASURED#{probe}#{chunk}"))
}

pub fn statement(id: &ServiceId, month: Month, revision: u32) -> Key {
    key(service_partition(id), format!("STATEMENT#{month}#r{revision:04}"))
}

pub fn statements(id: &ServiceId, month: Option<Month>) -> (String, String) {
    let month = month.map(|month| format!("{month}#")).unwrap_or_default();
    (service_partition(id), format!("STATEMENT#{month}"))
}

pub fn inputs(id: &ServiceId, month: Month, digest: &str, part: usize) -> Key {
    let (pk, prefix) = parts_of_inputs(id, month, digest);
    key(pk, format!("{prefix}{part:02}"))
}

pub fn parts_of_inputs(id: &ServiceId, month: Month, digest: &str) -> (String, String) {
    (service_partition(id), format!("INPUTS#{month}#{digest}#"))
}

/// Returns the partition and prefix of a month's books: one query reads claims and ledger entries.
pub fn books(id: &ServiceId, month: Month) -> (String, String) {
    (service_partition(id), format!("BOOKS#{month}#"))
}

/// Returns the partition and prefix of the books of all months of a service.
pub fn all_books(id: &ServiceId) -> (String, String) {
    (service_partition(id), "BOOKS#".to_owned())
}

fn month_after(key: &Key, prefix: &str) -> Option<Month> {
    key.sk.strip_prefix(prefix)?.split('#').next()?.parse().ok()
}

/// Returns the month that a key among a service's books names.
pub fn month_of_books(key: &Key) -> Option<Month> {
    month_after(key, "BOOKS#")
}

/// Returns the month that a key among a service's statements or books names.
pub fn month_of_service_item(key: &Key) -> Option<Month> {
    month_after(key, "STATEMENT#").or_else(|| month_of_books(key))
}

pub fn entry(id: &ServiceId, month: Month, nth: usize) -> Key {
    key(service_partition(id), format!("BOOKS#{month}#ENTRY#{nth:04}"))
}

pub fn claim(id: &ServiceId, month: Month, claim_id: &ClaimId) -> Key {
    key(service_partition(id), format!("BOOKS#{month}#CLAIM#{claim_id}"))
}

/// True if a key among a month's books is a claim's.
pub fn is_claim(key: &Key) -> bool {
    key.sk.contains("#CLAIM#")
}

pub fn claim_of_customer(customer: &CustomerId, month: Month, claim_id: &ClaimId) -> Key {
    key(customer_partition(customer), format!("CLAIM#{month}#{claim_id}"))
}

pub fn claims_of_customer(customer: &CustomerId) -> (String, String) {
    (customer_partition(customer), "CLAIM#".to_owned())
}

/// Returns from which sort key on a customer's claims follow a claim. They lie in order of their ids, which
/// begin with `claim:` and the month.
pub fn claims_of_customer_after(claim_id: &ClaimId) -> String {
    let month = claim_id.as_str().split(':').nth(1).unwrap_or_default();
    format!("CLAIM#{month}#{claim_id}!")
}

/// True if a key among a customer's is a claim's.
pub fn is_claim_of_customer(key: &Key) -> bool {
    key.sk.starts_with("CLAIM#") && !is_entry_of_claim(key)
}

/// Returns where the latest entry of the ledger that answers a claim is, beside the claim among its
/// customer's.
pub fn entry_of_claim(customer: &CustomerId, month: Month, claim_id: &ClaimId) -> Key {
    key(customer_partition(customer), format!("CLAIM#{month}#{claim_id}#ENTRY"))
}

/// True if a key among a customer's claims is that of an entry.
pub fn is_entry_of_claim(key: &Key) -> bool {
    key.sk.ends_with("#ENTRY")
}

pub fn claims_in_state(state: ClaimState, bucket: u8) -> String {
    format!("CLAIMS#{}#{bucket:02}", state.as_str())
}

pub fn claim_in_state(state: ClaimState, claim_id: &ClaimId) -> Key {
    key(claims_in_state(state, bucket(claim_id.as_str(), CLAIM_SHARDS)), claim_id.as_str())
}

/// Returns the key under which a ticket's event waits until its claim is filed.
pub fn claim_to_file(ticket: &TicketId, event: &EventId) -> Key {
    key(ticket_partition(ticket), format!("CLAIM#{event}"))
}

/// Returns the ticket and the event that the key of a waiting claim names.
pub fn event_of_claim_to_file(key: &Key) -> Option<(TicketId, EventId)> {
    ticket_of(key).zip(key.sk.strip_prefix("CLAIM#").and_then(|id| id.parse().ok()))
}

/// Returns the key of the record of a command about a service-month, by the command's digest.
pub fn act(id: &ServiceId, digest: &str) -> Key {
    key(service_partition(id), format!("ACT#{digest}"))
}

/// Returns the partition and prefix of the records of commands about a service.
pub fn acts(id: &ServiceId) -> (String, String) {
    (service_partition(id), "ACT#".to_owned())
}

pub fn invoiced(shard: u8) -> Key {
    key(format!("INVOICED#{shard:02}"), "INVOICED")
}

/// Returns the key of the copy of the last invoiced month that a service reads.
pub fn invoiced_for(id: &ServiceId) -> Key {
    invoiced(bucket(id.as_str(), INVOICED_SHARDS))
}

/// Returns the key of the mark that the months before a service's registration are to be closed for reading.
pub fn reading(id: &ServiceId) -> Key {
    key(service_partition(id), READING)
}

/// Returns the service that a mark of [`reading`] names.
pub fn reading_service(key: &Key) -> Option<ServiceId> {
    service_of(key).filter(|_| key.sk == READING)
}

const READING: &str = "READING";

/// Prefix of the partitions of windows that name a service.
const WINDOWS_OF_SERVICE: &str = "WINDOWS#SERVICE#";

pub fn windows_of_service(id: &ServiceId, month: Month) -> Key {
    key(format!("{WINDOWS_OF_SERVICE}{id}"), month.to_string())
}

/// True if the key belongs to windows that name a service, rather than a region or all services.
pub fn is_windows_of_service(key: &Key) -> bool {
    key.pk.starts_with(WINDOWS_OF_SERVICE)
}

pub fn windows_of_region(region: &RegionId, month: Month) -> Key {
    key(format!("WINDOWS#REGION#{region}"), month.to_string())
}

pub fn windows_of_all(month: Month) -> Key {
    key("WINDOWS#ALL".to_owned(), month.to_string())
}

pub fn maintenance(id: &WindowId) -> Key {
    key(format!("WINDOW#{id}"), "MAINTENANCE")
}

pub fn exclusion(id: &ExclusionId) -> Key {
    key(format!("EXCLUSION#{id}"), "EXCLUSION")
}

/// Returns the key of an exclusion in the list of a service that it names.
pub fn exclusion_of_service(service: &ServiceId, starts_at: Instant, id: &ExclusionId) -> Key {
    key(service_partition(service), format!("EXCLUSION#{starts_at}#{id}"))
}

/// Returns the partition of a service's exclusions, and the sort key bounds of those that begin in a span.
pub fn exclusions_of_service(service: &ServiceId, from: Instant, to: Instant) -> (String, String, String) {
    (service_partition(service), format!("EXCLUSION#{from}#"), format!("EXCLUSION#{to}#{LAST}"))
}

/// Returns the partition and prefix of all exclusions of a service.
pub fn all_exclusions_of_service(service: &ServiceId) -> (String, String) {
    (service_partition(service), "EXCLUSION#".to_owned())
}

/// Returns the exclusion that a key in a service's list names.
pub fn listed_exclusion(key: &Key) -> Option<ExclusionId> {
    key.sk.strip_prefix("EXCLUSION#")?.split_once('#').and_then(|(_, id)| id.parse().ok())
}

/// Returns the key of an entry in a month's (UTC) calendar, by kind and start.
pub fn calendar(month: Month, kind: &str, starts_at: Instant, id: &str) -> Key {
    key(format!("CALENDAR#{month}"), format!("{kind}#{starts_at}#{id}"))
}

/// Returns the partition of a month's calendar, and the sort key prefix of a kind.
pub fn calendar_of(month: Month, kind: &str) -> (String, String) {
    (format!("CALENDAR#{month}"), format!("{kind}#"))
}

/// Returns the id that a key in a calendar names; neither an instant nor an id contains a `#`.
pub fn listed_in_calendar(key: &Key) -> Option<&str> {
    key.sk.rsplit('#').next()
}

/// Returns the key of the mark that a month waits for a review.
pub fn review(id: &ServiceId, month: Month) -> Key {
    key(service_partition(id), format!("REVIEW#{month}"))
}

/// Returns the key of the mark that a metric missed its limit in a month.
pub fn finding(id: &ServiceId, month: Month) -> Key {
    key(service_partition(id), format!("FINDING#{month}"))
}

/// Returns the service and the month that the key of a waiting review or of a finding names.
pub fn reviewed(key: &Key) -> Option<(ServiceId, Month)> {
    service_of(key).zip(month_after(key, "REVIEW#").or_else(|| month_after(key, "FINDING#")))
}

pub fn proposal(id: &ProposalId) -> Key {
    key(format!("PROPOSAL#{id}"), "PROPOSAL")
}

pub fn void(id: &VoidId) -> Key {
    key(format!("VOID#{id}"), "VOID")
}

/// True if the key is that of a void.
pub fn is_void(key: &Key) -> bool {
    key.sk == "VOID"
}

/// Returns the key of the list of a service's approved voids.
pub fn voids(id: &ServiceId) -> Key {
    key(service_partition(id), "VOIDS")
}

pub fn fanout(cause: &str) -> Key {
    key(format!("FANOUT#{cause}"), "FANOUT")
}

/// True if the key is that of a fan-out.
pub fn is_fanout(key: &Key) -> bool {
    key.sk == "FANOUT"
}

pub fn circular(cause: &str) -> Key {
    key(format!("CIRCULAR#{cause}"), "CIRCULAR")
}

pub fn notice(customer: Option<&CustomerId>, occurred_at: Instant, notice_id: &str) -> Key {
    let partition = customer
        .map_or_else(|| format!("GENERAL#{:02}", bucket(notice_id, GENERAL_SHARDS)), customer_partition);
    key(partition, format!("NOTICE#{occurred_at}#{notice_id}"))
}

/// True if the key is that of a notice.
pub fn is_notice(key: &Key) -> bool {
    key.sk.starts_with("NOTICE#")
}

/// Returns the key of a role of the escalation chain, by its name: it lies beside the terms, which whoever
/// escalates reads.
pub fn role(role: &str) -> Key {
    key(terms_partition(), format!("ROLE#{role}"))
}

/// Returns the bounds of a customer's notices from an instant on and before another notice; the upper bound is
/// not among them.
pub fn notices_between(
    customer: &CustomerId,
    since: Option<Instant>,
    before: Option<&(Instant, String)>,
) -> (String, String, String) {
    let from = since.map_or_else(|| "NOTICE#".to_owned(), |since| format!("NOTICE#{since}#"));
    let to = before.map_or_else(|| format!("NOTICE#{LAST}"), |(at, id)| format!("NOTICE#{at}#{id}"));
    (customer_partition(customer), from, to)
}

pub fn customer_notices(customer: &CustomerId, month: Month) -> (String, String) {
    (customer_partition(customer), format!("NOTICE#{month}-"))
}

pub fn quarantine(id: &QuarantineId) -> Key {
    key(format!("QUARANTINE#{}", &id.as_str()[..1]), id.as_str())
}

/// Returns the key of a replay's corrected content, by the digest of that content.
pub fn replayed(id: &QuarantineId, content: &str) -> Key {
    key(format!("QUARANTINE#REPLAYS#{id}"), content)
}

/// Returns the partitions of the quarantine, in order of its ids.
pub fn quarantine_partitions() -> impl Iterator<Item = String> {
    "0123456789abcdef".chars().map(|first| format!("QUARANTINE#{first}"))
}

pub fn month_rows(month: Month, shard: u8) -> String {
    format!("MONTH#{month}#{shard:02}")
}

pub fn statement_row(month: Month, id: &ServiceId, revision: u32) -> Key {
    key(month_rows(month, bucket(id.as_str(), MONTH_SHARDS)), format!("STATEMENT#{id}#r{revision:04}"))
}

pub fn credit_row(month: Month, id: &CreditId) -> Key {
    key(month_rows(month, bucket(id.as_str(), MONTH_SHARDS)), format!("CREDIT#{id}"))
}

pub fn export(month: Month, revision: u32) -> Key {
    key(format!("EXPORT#{month}"), format!("REVISION#{revision:04}"))
}

pub fn export_rows(month: Month, digest: &str, part: usize) -> Key {
    let (pk, prefix) = parts_of_export_rows(month, digest);
    key(pk, format!("{prefix}{part:04}"))
}

pub fn parts_of_export_rows(month: Month, digest: &str) -> (String, String) {
    (format!("EXPORT#{month}"), format!("ROWS#{digest}#"))
}

pub fn export_tickets(month: Month, digest: &str, part: usize) -> Key {
    let (pk, prefix) = parts_of_export_tickets(month, digest);
    key(pk, format!("{prefix}{part:04}"))
}

pub fn parts_of_export_tickets(month: Month, digest: &str) -> (String, String) {
    (format!("EXPORT#{month}"), format!("TICKETS#{digest}#"))
}

/// Returns the month that a key in an export's partition names.
pub fn month_of_export(key: &Key) -> Option<Month> {
    key.pk.strip_prefix("EXPORT#").and_then(|month| month.parse().ok())
}

pub fn export_due(month: Month, id: &ServiceId, revision: u32) -> Key {
    key(format!("EXPORT#{month}"), format!("DUE#{id}#r{revision:04}"))
}

/// Returns the key of the mark to export a ledger entry that came without a new statement.
pub fn export_due_entry(month: Month, id: &ServiceId, nth: usize) -> Key {
    key(format!("EXPORT#{month}"), format!("DUE#{id}#e{nth:04}"))
}

/// Returns the key of the mark to export a ticket; ids are never empty, so no service's mark begins like it.
pub fn export_due_ticket(month: Month, id: &TicketId) -> Key {
    key(format!("EXPORT#{month}"), format!("DUE##TICKET#{id}"))
}

/// Returns the ticket that its export mark names.
pub fn ticket_of_export_due(key: &Key) -> Option<TicketId> {
    key.sk.strip_prefix("DUE##TICKET#").and_then(|id| id.parse().ok())
}

fn ticket_partition(id: &TicketId) -> String {
    format!("TICKET#{id}")
}

/// Returns the key of a ticket. It sorts before the ticket's events, so that a query never pairs an old set
/// of events with a new version.
pub fn ticket(id: &TicketId) -> Key {
    key(ticket_partition(id), "TICKET")
}

/// Returns the ticket that a key in its partition names.
pub fn ticket_of(key: &Key) -> Option<TicketId> {
    key.pk.strip_prefix("TICKET#").and_then(|id| id.parse().ok())
}

pub fn ticket_event(id: &TicketId, event: &EventId) -> Key {
    key(ticket_partition(id), format!("TICKET#EVENT#{event}"))
}

/// Returns the partition of the tickets that are open or, apart from them, finished. Ids contain no `#`, so
/// that no ticket's own partition is named like it.
pub fn ticket_list(is_open: bool) -> String {
    format!("TICKET##{}", if is_open { "OPEN" } else { "FINISHED" })
}

/// Returns the key of a ticket in such a list, by the instant of its next deadline or its end.
pub fn listed_by(is_open: bool, at: Instant, id: &TicketId) -> Key {
    key(ticket_list(is_open), format!("{at}#{id}"))
}

pub fn service_ticket(service: &ServiceId, month: Month, id: &TicketId) -> Key {
    key(service_partition(service), format!("TICKET#{month}#{id}"))
}

/// Returns the ticket that a key in a service's list names; neither a month nor an id contains a `#`.
pub fn ticket_of_service(key: &Key) -> Option<TicketId> {
    key.sk.strip_prefix("TICKET#")?.split_once('#').and_then(|(_, id)| id.parse().ok())
}

pub fn service_tickets(service: &ServiceId, month: Month) -> (String, String) {
    (service_partition(service), format!("TICKET#{month}#"))
}

pub fn terms_partition() -> String {
    "TERMS".to_owned()
}

pub fn terms(revision: u32) -> Key {
    key(terms_partition(), format!("REVISION#{revision:04}"))
}
