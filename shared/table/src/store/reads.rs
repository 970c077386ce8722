//! Reads: batches by key, and queries in pages. DynamoDB ends a page at 1 MB, and a batch at 1 MB of one
//! partition or 16 MB in all; every read goes on until it is complete.

use std::collections::{HashMap, HashSet, VecDeque};

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes};
use sla::Instant;

use super::{Attributes, DuePage, Item, Store, TableError, key_attributes};
use crate::keys::{self, Key};
use crate::store::attempts::Attempts;
use crate::store::schema::{DUE, DUE_AT};

/// Keys that one BatchGetItem accepts.
const BATCH_KEYS_MAX: usize = 100;
/// The most pages of one query, at 1 MB each.
const PAGES_MAX: usize = 1000;

/// A run of a partition's items, from one sort key to another, inclusively.
#[derive(Debug, Clone)]
pub struct Run {
    pub pk: String,
    pub from: String,
    pub to: String,
}

impl Run {
    /// A whole partition, or what comes after a sort key.
    pub fn new(pk: String, after: Option<&str>) -> Self {
        let from = after.map_or_else(|| " ".to_owned(), |after| format!("{after}!"));
        Self { pk, from, to: keys::LAST.to_string() }
    }

    /// Returns the runs of a list's partitions, whose names ascend, after a key of the list.
    pub fn all(partitions: impl Iterator<Item = String>, after: Option<&Key>) -> impl Iterator<Item = Self> {
        let partitions = partitions.filter(move |pk| after.is_none_or(|after| *pk >= after.pk));
        partitions.map(move |pk| {
            let after = after.filter(|after| after.pk == pk);
            Self::new(pk, after.map(|after| after.sk.as_str()))
        })
    }

    fn go_on_after(&mut self, sk: &str) {
        self.from = format!("{sk}!");
    }
}

fn sort_key(item: &Item) -> &str {
    &item.key.sk
}

impl Store {
    /// Reads items by key, consistently; a missing item is missing from the answer. For many large items of
    /// one partition use `query`: a round of this brings only 1 MB of them.
    pub async fn get(&self, keys: &[Key]) -> Result<HashMap<Key, Item>, TableError> {
        let mut found = HashMap::new();
        let mut asked = HashSet::new();
        // DynamoDB rejects a batch that names a key twice.
        let once: Vec<&Key> = keys.iter().filter(|key| asked.insert(*key)).collect();
        for batch in once.chunks(BATCH_KEYS_MAX) {
            let mut wanted: Vec<Attributes> = batch.iter().map(|key| key_attributes(key)).collect();
            let mut attempts = Attempts::default();
            // Each round answers at least one of the keys, or uses up an attempt.
            while !wanted.is_empty() {
                if !attempts.begin().await {
                    let held_back = "keys stay unprocessed: the table is throttled";
                    return Err(TableError::unexpected("read items", held_back));
                }
                let asked_for = wanted.len();
                // Boxed like all SDK calls here: their futures are large, and each caller would hold them.
                let (items, rest) = Box::pin(self.get_round(wanted)).await?;
                if rest.len() < asked_for {
                    attempts = Attempts::default();
                }
                found.extend(items.into_iter().map(|item| (item.key.clone(), item)));
                wanted = rest;
            }
        }
        if let Some(rehearsal) = &self.rehearsal {
            for key in asked {
                match rehearsal.item(key)? {
                    Some(Some(item)) => drop(found.insert(key.clone(), item)),
                    Some(None) => drop(found.remove(key)),
                    None => {}
                }
            }
        }
        Ok(found)
    }

    /// Reads one round of a batch; returns the items that it brought, and the keys that it left unprocessed.
    async fn get_round(&self, wanted: Vec<Attributes>) -> Result<(Vec<Item>, Vec<Attributes>), TableError> {
        let request = KeysAndAttributes::builder().set_keys(Some(wanted)).consistent_read(true).build();
        let request = request.map_err(|error| TableError::new("read items", error))?;
        let answer = self.client.batch_get_item().request_items(&self.name, request).send().await;
        let answer = answer.map_err(|error| TableError::new("read items", error))?;
        let items = answer.responses.unwrap_or_default().remove(&self.name).unwrap_or_default();
        let rest = answer.unprocessed_keys.unwrap_or_default().remove(&self.name);
        let items = items.into_iter().map(Item::of).collect::<Result<_, _>>()?;
        Ok((items, rest.map(|keys| keys.keys).unwrap_or_default()))
    }

    /// Reads one item, consistently.
    pub async fn get_one(&self, key: &Key) -> Result<Option<Item>, TableError> {
        let rehearsed = self.rehearsal.as_ref().map(|rehearsal| rehearsal.item(key)).transpose()?;
        if let Some(rehearsed) = rehearsed.flatten() {
            return Ok(rehearsed);
        }
        let request = self.client.get_item().table_name(&self.name).set_key(Some(key_attributes(key)));
        let answer =
            request.consistent_read(true).send().await.map_err(|e| TableError::new("read an item", e))?;
        answer.item.map(Item::of).transpose()
    }

    /// Reads the items of a partition between two sort keys (both inclusive), ascending.
    pub async fn query(&self, pk: &str, from: &str, to: &str) -> Result<Vec<Item>, TableError> {
        let (items, _) = pages(self.between(pk, from, to), None, None).await?;
        match &self.rehearsal {
            Some(rehearsal) => rehearsal.over((pk, from, to), items, true),
            None => Ok(items),
        }
    }

    /// Reads up to `limit` items of a partition between two sort keys, in either direction; fewer means that
    /// there are no more.
    pub async fn query_some(
        &self,
        pk: &str,
        from: &str,
        to: &str,
        ascending: bool,
        limit: i32,
    ) -> Result<Vec<Item>, TableError> {
        let request = self.between(pk, from, to).scan_index_forward(ascending);
        let Some(rehearsal) = &self.rehearsal else {
            return pages(request, Some(limit), None).await.map(|(items, _)| items);
        };
        let removed = i32::try_from(rehearsal.removed(pk, from, to)).unwrap_or(i32::MAX);
        let (items, _) = pages(request, Some(limit.saturating_add(removed)), None).await?;
        let mut items = rehearsal.over((pk, from, to), items, ascending)?;
        items.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(items)
    }

    /// Reads one page of a partition's items between two sort keys: up to `limit` items and 1 MB. The flag is
    /// true if there may be more.
    pub async fn query_page(
        &self,
        pk: &str,
        from: &str,
        to: &str,
        limit: i32,
    ) -> Result<(Vec<Item>, bool), TableError> {
        if self.rehearsal.is_some() {
            return Ok((self.query(pk, from, to).await?, false));
        }
        let (items, last) = Box::pin(page(self.between(pk, from, to).limit(limit))).await?;
        Ok((items, last.is_some()))
    }

    /// Lists what `read` makes of the items of some runs, one run after the other: at most `limit`, or all.
    pub async fn list<T>(
        &self,
        runs: impl IntoIterator<Item = Run>,
        limit: usize,
        read: impl Fn(&Item) -> Result<Option<T>, TableError>,
    ) -> Result<Vec<T>, TableError> {
        let mut listed = Vec::new();
        for mut run in runs {
            while listed.len() < limit {
                let rest = limit - listed.len();
                let items = self.query_run(&run, rest).await?;
                for item in &items {
                    listed.extend(read(item)?);
                }
                match items.last() {
                    Some(last) if items.len() >= rest => run.go_on_after(&last.key.sk),
                    _ => break,
                }
            }
        }
        Ok(listed)
    }

    /// Lists the first `limit` items of some runs in order of their sort keys, each sort key once. Each run
    /// is read a share at a time, so that hardly more items are read than listed.
    pub async fn merge(&self, runs: Vec<Run>, limit: usize) -> Result<Vec<Item>, TableError> {
        let share = limit / runs.len().max(1) + 1;
        let mut readings: Vec<(Option<Run>, VecDeque<Item>)> =
            runs.into_iter().map(|run| (Some(run), VecDeque::new())).collect();
        let mut merged: Vec<Item> = Vec::new();
        while merged.len() < limit {
            for (rest, items) in readings.iter_mut().filter(|(_, items)| items.is_empty()) {
                let Some(mut run) = rest.take() else { continue };
                *items = self.query_run(&run, share).await?.into();
                if let Some(last) = items.back().filter(|_| items.len() >= share) {
                    run.go_on_after(&last.key.sk);
                    *rest = Some(run);
                }
            }
            let heads = readings.iter_mut().map(|(_, items)| items).filter(|items| !items.is_empty());
            let first = heads.min_by(|a, b| a.front().map(sort_key).cmp(&b.front().map(sort_key)));
            let Some(next) = first.and_then(VecDeque::pop_front) else { break };
            // An item that moves from one run to another meanwhile is seen in both.
            if merged.last().is_none_or(|last| last.key.sk != next.key.sk) {
                merged.push(next);
            }
        }
        Ok(merged)
    }

    async fn query_run(&self, run: &Run, limit: usize) -> Result<Vec<Item>, TableError> {
        let limit = i32::try_from(limit).unwrap_or(i32::MAX);
        self.query_some(&run.pk, &run.from, &run.to, true, limit).await
    }

    fn between(&self, pk: &str, from: &str, to: &str) -> QueryFluentBuilder {
        self.client
            .query()
            .table_name(&self.name)
            .consistent_read(true)
            .key_condition_expression("PK = :pk AND SK BETWEEN :from AND :to")
            .expression_attribute_values(":pk", AttributeValue::S(pk.to_owned()))
            .expression_attribute_values(":from", AttributeValue::S(from.to_owned()))
            .expression_attribute_values(":to", AttributeValue::S(to.to_owned()))
    }

    /// Lists the keys due by an instant, earliest first, up to `limit`; fewer means that there are no more.
    pub async fn due(&self, what: &str, by: Instant, limit: i32) -> Result<Vec<Key>, TableError> {
        self.due_page(what, by, limit, None).await.map(|page| page.keys)
    }

    /// Lists the keys due by an instant, earliest first, up to `limit`, from the end of an earlier page.
    pub async fn due_page(
        &self,
        what: &str,
        by: Instant,
        limit: i32,
        after: Option<Attributes>,
    ) -> Result<DuePage, TableError> {
        let request = self.indexed(what, by).key_condition_expression("due = :due AND due_at <= :by");
        let (items, last) = pages(request, Some(limit), after).await?;
        Ok(DuePage { keys: items.into_iter().map(|item| item.key).collect(), last })
    }

    /// Lists the keys due between two instants (both inclusive), earliest first, each with its instant, up to
    /// `limit`; fewer means that there are no more.
    pub async fn due_between(
        &self,
        what: &str,
        from: Instant,
        by: Instant,
        limit: i32,
    ) -> Result<Vec<(Key, Instant)>, TableError> {
        let request = self
            .indexed(what, by)
            .key_condition_expression("due = :due AND due_at BETWEEN :from AND :by")
            .expression_attribute_values(":from", AttributeValue::S(from.to_string()));
        let (items, _) = pages(request, Some(limit), None).await?;
        let place = |item: Item| match item.attribute(DUE_AT).map(str::parse) {
            Some(Ok(at)) => Ok((item.key, at)),
            _ => Err(TableError::unexpected("read the index", format!("`{}` has no instant", item.key.sk))),
        };
        items.into_iter().map(place).collect()
    }

    fn indexed(&self, what: &str, by: Instant) -> QueryFluentBuilder {
        self.client
            .query()
            .table_name(&self.name)
            .index_name(DUE)
            .expression_attribute_values(":due", AttributeValue::S(what.to_owned()))
            .expression_attribute_values(":by", AttributeValue::S(by.to_string()))
    }
}

/// Follows a query's pages until it has `limit` items or all; returns the end position if there may be more.
async fn pages(
    request: QueryFluentBuilder,
    limit: Option<i32>,
    after: Option<Attributes>,
) -> Result<(Vec<Item>, Option<Attributes>), TableError> {
    let mut items = Vec::new();
    let mut start = after;
    for _ in 0..PAGES_MAX {
        let found = i32::try_from(items.len()).unwrap_or(i32::MAX);
        let rest = limit.map(|limit| limit.saturating_sub(found));
        let request = request.clone().set_limit(rest).set_exclusive_start_key(start);
        let (more, last) = Box::pin(page(request)).await?;
        items.extend(more);
        start = last;
        let is_full =
            limit.is_some_and(|limit| usize::try_from(limit).is_ok_and(|limit| items.len() >= limit));
        if start.is_none() || is_full {
            return Ok((items, start));
        }
    }
    Err(TableError::unexpected("query the table", format!("the answer has more than {PAGES_MAX} pages")))
}

/// Reads one page of a query, and its end position if there may be more.
async fn page(request: QueryFluentBuilder) -> Result<(Vec<Item>, Option<Attributes>), TableError> {
    let answer = request.send().await.map_err(|error| TableError::new("query the table", error))?;
    let items = answer.items.unwrap_or_default().into_iter().map(Item::of).collect::<Result<_, _>>()?;
    Ok((items, answer.last_evaluated_key))
}
