//! Counts what is read: of each item of the table, how often it came in an answer.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use nines::stand_ins::wire::{AnswerFuture, Call, Onward, Passage, Service};
use serde_json::Value;

/// Counts of items in the answers of the table, by sort key. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Reads(Arc<Mutex<BTreeMap<String, usize>>>);

impl Reads {
    /// Takes the counts since the last time.
    #[must_use]
    pub fn take(&self) -> BTreeMap<String, usize> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Passage for Reads {
    fn pass(&self, call: Call, onward: Onward) -> AnswerFuture {
        if call.service != Service::DynamoDb || call.is_write() {
            return onward(call.body);
        }
        let reads = self.clone();
        Box::pin(async move {
            let answer = onward(call.body).await?;
            let body = answer.body().bytes().unwrap_or_default();
            let mut counts = reads.0.lock().unwrap_or_else(PoisonError::into_inner);
            for key in sort_keys(&serde_json::from_slice(body).unwrap_or_default()) {
                *counts.entry(key).or_default() += 1;
            }
            drop(counts);
            Ok(answer)
        })
    }
}

/// Returns the sort keys of the items in an answer: one item, a page of a query, or a batch.
fn sort_keys(answer: &Value) -> Vec<String> {
    let batches = answer.get("Responses").and_then(Value::as_object);
    let lists = batches.into_iter().flat_map(|tables| tables.values()).chain(answer.get("Items"));
    let listed = lists.filter_map(Value::as_array).flatten().chain(answer.get("Item"));
    listed.filter_map(|item| Some(item.pointer("/SK/S")?.as_str()?.to_owned())).collect()
}
