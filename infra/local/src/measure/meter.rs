//! Counts DynamoDB's read and write units at the SDK's HTTP client: every request asks for the units that it
//! consumes, and every answer states them.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::Bytes;
use serde_json::{Value, json};

use crate::stand_ins::wire::{AnswerFuture, Call, Onward, Passage, Service};

/// Units are counted in tenths: DynamoDB bills in halves.
const TENTHS: u64 = 10;

/// The capacity consumed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ConsumedCapacity {
    /// Read units, in tenths.
    read_tenths: u64,
    /// Write units, in tenths.
    write_tenths: u64,
}

/// Lets every call through and adds up the units in DynamoDB's answers. Clones share the sum.
#[derive(Clone, Debug, Default)]
pub struct Meter(Arc<Mutex<ConsumedCapacity>>);

impl Meter {
    /// Returns the units consumed since the last call, and starts again from zero.
    pub fn take(&self) -> ConsumedCapacity {
        std::mem::take(&mut *self.look())
    }

    fn look(&self) -> MutexGuard<'_, ConsumedCapacity> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ConsumedCapacity {
    /// Formats the units for each of `count`.
    pub fn each(self, count: u64) -> String {
        format!("{} read and {} write units", per(self.read_tenths, count), per(self.write_tenths, count))
    }
}

impl fmt::Display for ConsumedCapacity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.each(1))
    }
}

/// Formats tenths divided by `count` with one decimal, rounded half up.
fn per(tenths: u64, count: u64) -> String {
    let each = (2 * tenths + count) / (2 * count.max(1));
    format!("{}.{}", each / TENTHS, each % TENTHS)
}

impl Passage for Meter {
    fn pass(&self, call: Call, onward: Onward) -> AnswerFuture {
        if call.service != Service::DynamoDb {
            return onward(call.body);
        }
        let (consumed, is_write) = (self.0.clone(), call.is_write());
        let body = asking(&call.body);
        Box::pin(async move {
            let answer = onward(body).await?;
            let tenths = tenths_of(answer.body().bytes().unwrap_or_default());
            let mut consumed = consumed.lock().unwrap_or_else(PoisonError::into_inner);
            let units = if is_write { &mut consumed.write_tenths } else { &mut consumed.read_tenths };
            *units += tenths;
            drop(consumed);
            Ok(answer)
        })
    }
}

/// Adds the request for consumed capacity to a request.
fn asking(body: &Bytes) -> Bytes {
    match serde_json::from_slice::<Value>(body) {
        Ok(Value::Object(mut request)) => {
            request.insert("ReturnConsumedCapacity".to_owned(), json!("TOTAL"));
            Bytes::from(Value::Object(request).to_string())
        }
        _ => body.clone(),
    }
}

/// Reads the consumed capacity from an answer: that of one table, or the sum of several.
fn tenths_of(body: &[u8]) -> u64 {
    let Ok(answer) = serde_json::from_slice::<Value>(body) else { return 0 };
    let consumed = match answer.get("ConsumedCapacity") {
        Some(Value::Array(tables)) => tables.clone(),
        Some(one) => vec![one.clone()],
        None => Vec::new(),
    };
    let units = |table: &Value| table.get("CapacityUnits").map(ToString::to_string);
    consumed.iter().filter_map(units).map(|units| tenths_in(&units)).sum()
}

/// Parses a decimal number as tenths.
fn tenths_in(decimal: &str) -> u64 {
    let (whole, fraction) = decimal.split_once('.').unwrap_or((decimal, "0"));
    let tenth = fraction.get(..1).and_then(|digit| digit.parse().ok()).unwrap_or(0);
    whole.parse::<u64>().unwrap_or(0) * TENTHS + tenth
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_read_from_one_table_and_from_several() {
        let body = br#"{"ConsumedCapacity": {"TableName": "nines", "CapacityUnits": 2.5}}"#;
        assert_eq!(tenths_of(body), 25);
        let body = br#"{"ConsumedCapacity": [{"CapacityUnits": 12.0}, {"CapacityUnits": 3}]}"#;
        assert_eq!(tenths_of(body), 150);
        assert_eq!((tenths_of(b"{}"), tenths_of(b"no JSON")), (0, 0));
    }

    #[test]
    fn every_request_asks_for_what_it_consumes() {
        let asked = asking(&Bytes::from_static(br#"{"TableName": "nines"}"#));
        let asked: Value = serde_json::from_slice(&asked).unwrap();
        assert_eq!(asked, json!({ "TableName": "nines", "ReturnConsumedCapacity": "TOTAL" }));
    }

    #[test]
    fn shares_are_rounded_to_a_tenth() {
        let consumed = ConsumedCapacity { read_tenths: 125, write_tenths: 10 };
        assert_eq!(consumed.each(3), "4.2 read and 0.3 write units");
        assert_eq!(consumed.to_string(), "12.5 read and 1.0 write units");
    }
}
