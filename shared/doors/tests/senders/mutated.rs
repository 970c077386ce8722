//! Captured and documented bodies, mutated: nothing panics, and nothing that no mapping names is recorded.

use std::collections::BTreeSet;

use doors::memory::Memory;
use doors::{Meaning, Request, edges, tickets};
use events::Source;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Value, json};

use crate::world::{minute, names, request, source_of};

/// A change of a message.
#[derive(Debug, Clone)]
enum Mutation {
    /// One value, by the number of its place, becomes another.
    Replaced(Index, Value),
    /// One value goes.
    Removed(Index),
    /// One value becomes that of another place.
    Copied(Index, Index),
    /// The body is cut off.
    Cut(Index),
    /// One byte becomes another.
    Byte(Index, u8),
    /// The query string is cut off.
    Query(Index),
}

fn odd_value() -> impl Strategy<Value = Value> {
    let odd = [
        json!(null),
        json!(true),
        json!(-1),
        json!(9.5e300),
        json!(u64::MAX),
        json!(i64::MIN),
        json!(""),
        json!([]),
        json!({}),
        json!("{EVENT.ID}"),
        json!("*UNKNOWN*"),
        json!("[KEY]"),
        json!("0001-01-01T00:00:00Z"),
        json!("9999-12-31T23:59:59Z"),
        json!("2026-02-30T00:00:00Z"),
        json!("é\u{202e}\u{0}"),
        json!("api"),
        json!("web"),
        json!("x".repeat(500)),
        json!("1"),
        json!("0"),
        json!([[[]]]),
        json!("2026-11-29 21:43:49"),
    ];
    select(odd.to_vec())
}

fn mutation() -> impl Strategy<Value = Mutation> {
    let place = any::<Index>;
    prop_oneof![
        6 => (place(), odd_value()).prop_map(|(place, value)| Mutation::Replaced(place, value)),
        3 => place().prop_map(Mutation::Removed),
        3 => (place(), place()).prop_map(|(from, to)| Mutation::Copied(from, to)),
        1 => place().prop_map(Mutation::Cut),
        1 => (place(), any::<u8>()).prop_map(|(place, byte)| Mutation::Byte(place, byte)),
        1 => place().prop_map(Mutation::Query),
    ]
}

/// Returns the pointers of all values below a value.
fn pointers(value: &Value, at: &str, pointers: &mut Vec<String>) {
    let mut below = |name: &str, value: &Value| {
        let pointer = format!("{at}/{}", name.replace('~', "~0").replace('/', "~1"));
        self::pointers(value, &pointer, pointers);
        pointers.push(pointer);
    };
    match value {
        Value::Array(values) => values.iter().enumerate().for_each(|(n, value)| below(&n.to_string(), value)),
        Value::Object(fields) => fields.iter().for_each(|(name, value)| below(name, value)),
        _ => {}
    }
}

fn mutate(request: &mut Request, mutation: &Mutation) {
    match mutation {
        Mutation::Cut(at) => request.body.truncate(at.index(request.body.len() + 1)),
        Mutation::Query(at) => {
            let end =
                request.query.char_indices().map(|(place, _)| place).nth(at.index(request.query.len() + 1));
            request.query.truncate(end.unwrap_or(request.query.len()));
        }
        Mutation::Byte(at, byte) if !request.body.is_empty() => {
            let place = at.index(request.body.len());
            request.body[place] = *byte;
        }
        _ => {}
    }
    let Ok(mut body) = serde_json::from_slice::<Value>(&request.body) else { return };
    let mut places = Vec::new();
    pointers(&body, "", &mut places);
    let place = |at: &Index| places.get(at.index(places.len().max(1))).cloned().unwrap_or_default();
    match mutation {
        Mutation::Replaced(at, value) => {
            body.pointer_mut(&place(at)).into_iter().for_each(|old| *old = value.clone());
        }
        Mutation::Removed(at) => {
            let place = place(at);
            let (parent, name) = place.rsplit_once('/').unwrap_or_default();
            let fields = body.pointer_mut(parent).and_then(Value::as_object_mut);
            fields.map(|fields| fields.remove(&name.replace("~1", "/").replace("~0", "~")));
        }
        Mutation::Copied(from, to) => {
            let value = body.pointer(&place(from)).cloned().unwrap_or_default();
            body.pointer_mut(&place(to)).into_iter().for_each(|old| *old = value.clone());
        }
        Mutation::Cut(_) | Mutation::Byte(..) | Mutation::Query(_) => return,
    }
    request.body = serde_json::to_vec(&body).unwrap();
}

/// Takes a request in, and returns the services and customers that its checks and events name.
fn named(source: &Source, request: &Request) -> BTreeSet<String> {
    let Ok(message) = doors::read(source, request) else { return BTreeSet::new() };
    let meaning = Meaning::of(source, message);
    let mut named = BTreeSet::new();
    for seen in &meaning.sightings {
        let checks = edges::checks(seen, minute(), &mut Memory::default());
        assert!(checks.len() <= 2, "{checks:?}");
        for check in checks {
            assert!(check.until.is_none_or(|until| until > check.checked_at), "{check:?}");
            assert!(check.checked_at <= request.received_at.plus_s(300), "{check:?}");
            let read = serde_json::from_value::<events::CheckEvent>(serde_json::to_value(&check).unwrap());
            assert_eq!(read.unwrap(), check);
            named.insert(check.service_id.to_string());
        }
    }
    for event in
        meaning.told.iter().filter_map(|told| tickets::events(source, told, &BTreeSet::new()).ok()).flatten()
    {
        let written = serde_json::to_value(&event).unwrap();
        assert_eq!(events::ticket::read_ticket_event(&written).unwrap(), event);
        for field in ["customer_id", "service_id"] {
            named.extend(written.get(field).and_then(Value::as_str).map(str::to_owned));
        }
    }
    named
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn a_mutated_message_never_panics_and_never_speaks_for_what_is_not_mapped(
        name in select([names("captured"), names("documented")].concat()),
        mutations in proptest::collection::vec(mutation(), 1..6)
    ) {
        let (source, mut request) = (source_of(&name), request(&name));
        mutations.iter().for_each(|mutation| mutate(&mut request, mutation));
        let mapped = ["api", "cust-17"];
        let named = named(&source, &request);
        prop_assert!(named.iter().all(|name| mapped.contains(&name.as_str())), "{:?}", named);
        let unmapped = Source { map: Vec::new(), ..source };
        prop_assert!(self::named(&unmapped, &request).is_empty());
    }
}
