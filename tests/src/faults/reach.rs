//! The reach of an SDK call: partitions of the table, or the whole of another service. Two calls commute if
//! neither writes what the other reaches, so that one order of them stands for both.

use std::collections::BTreeSet;

use nines::stand_ins::wire::{Call, Service};
use serde_json::Value;

/// The name of a whole service, in place of a partition's.
const WHOLE: &str = "*";

/// The reach of some calls.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reach {
    read: BTreeSet<Place>,
    written: BTreeSet<Place>,
}

/// A partition of a service, or all of it.
type Place = (Service, String);

impl Reach {
    /// Adds the reach of one more call.
    pub fn add(&mut self, call: &Call) {
        let places = if call.is_write() { &mut self.written } else { &mut self.read };
        places.extend(partitions(call).into_iter().map(|partition| (call.service, partition)));
    }

    /// True if the order of the two makes no difference.
    pub fn commutes_with(&self, other: &Self) -> bool {
        let apart = |one: &Self, two: &Self| {
            let all: Vec<&Place> = two.read.iter().chain(&two.written).collect();
            one.written.iter().all(|place| all.iter().all(|other| !meet(place, other)))
        };
        apart(self, other) && apart(other, self)
    }
}

fn meet(one: &Place, two: &Place) -> bool {
    one.0 == two.0 && (one.1 == two.1 || one.1 == WHOLE || two.1 == WHOLE)
}

/// Returns the partitions that a call of the table reaches; all if it uses an index or names none.
fn partitions(call: &Call) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    if call.service == Service::DynamoDb {
        let body: Value = serde_json::from_slice(&call.body).unwrap_or_default();
        if body.get("IndexName").is_none() {
            found.extend(
                body.pointer("/ExpressionAttributeValues/:pk/S").and_then(Value::as_str).map(Into::into),
            );
            collect(&body, &mut found);
        }
    }
    if found.is_empty() {
        found.insert(WHOLE.to_owned());
    }
    found
}

/// Collects the partition keys of keys and items.
fn collect(request: &Value, into: &mut BTreeSet<String>) {
    match request {
        Value::Object(fields) => {
            into.extend(request.pointer("/PK/S").and_then(Value::as_str).map(Into::into));
            fields.values().for_each(|value| collect(value, into));
        }
        Value::Array(values) => values.iter().for_each(|value| collect(value, into)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Bytes;
    use serde_json::json;

    use super::*;

    fn reach(operation: &str, body: &Value) -> Reach {
        let (operation, body) = (operation.to_owned(), Bytes::from(body.to_string()));
        let mut reach = Reach::default();
        reach.add(&Call { service: Service::DynamoDb, operation, body, function: None });
        reach
    }

    fn get(pk: &str) -> Reach {
        reach("GetItem", &json!({"Key": {"PK": {"S": pk}, "SK": {"S": "-"}}}))
    }

    fn put(pk: &str) -> Reach {
        let item = json!({"Put": {"Item": {"PK": {"S": pk}, "SK": {"S": "-"}}}});
        let check = json!({"ConditionCheck": {"Key": {"PK": {"S": "lock"}, "SK": {"S": "-"}}}});
        reach("TransactWriteItems", &json!({"TransactItems": [item, check]}))
    }

    #[test]
    fn calls_commute_unless_one_writes_what_the_other_reaches() {
        let query = |pk: &str| reach("Query", &json!({"ExpressionAttributeValues": {":pk": {"S": pk}}}));
        let batch = reach("BatchGetItem", &json!({"RequestItems": {"t": {"Keys": [{"PK": {"S": "a"}}]}}}));
        let index = reach("Query", &json!({"IndexName": "due", "ExpressionAttributeValues": {}}));
        assert!(get("a").commutes_with(&query("a")), "two reads");
        assert!(index.commutes_with(&batch), "two reads");
        for read in [get("a"), query("a"), batch, index] {
            assert!(!put("a").commutes_with(&read) && !read.commutes_with(&put("a")), "{read:?}");
        }
        assert!(put("a").commutes_with(&get("b")) && query("b").commutes_with(&put("a")));
        assert!(!put("a").commutes_with(&put("b")), "both look at the lock");
        assert!(!put("a").commutes_with(&get("lock")));
    }
}
