//! The staff calendar: maintenance, exclusions and voids by the UTC months that they touch.

use sla::Zone;
use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use sla::Month;
use sla::Span;
use sla::exclusion::{Exclusion, Maintenance};
use sla::void::Void;

use crate::customer::people::ObjectRecord;
use crate::keys::Key;
use crate::store::Versioned;
use crate::store::{Draft, TableError, Transaction};
use crate::{Table, keys};

/// The most UTC months that one read of windows covers.
const MONTHS_MAX: usize = 120;

/// A kind of calendar entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CalendarKind {
    Maintenance,
    Exclusions,
    Voids,
}

impl CalendarKind {
    const fn kind(self) -> &'static str {
        match self {
            Self::Maintenance => "MAINTENANCE",
            Self::Exclusions => "EXCLUSION",
            Self::Voids => "VOID",
        }
    }
}

/// Lists a new item in each month that it touches, by its first announced or raised span.
pub fn list(transaction: &mut Transaction, listed: CalendarKind, span: Span, id: &str) {
    for month in utc_months(span) {
        transaction.put(Draft::new(&keys::calendar(month, listed.kind(), span.start, id)));
    }
}

impl Table {
    /// Reads the maintenance windows that touch one of some months (UTC), in any state: up to `limit` of each month, in the
    /// order of the months and of their start.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn maintenance_of(
        &self,
        months: &[Month],
        limit: usize,
    ) -> Result<Vec<Maintenance>, TableError> {
        let key = |id: &str| id.parse().ok().map(|id| keys::maintenance(&id));
        self.listed(months, CalendarKind::Maintenance, limit, key).await
    }

    /// Reads the exclusions that touch one of some months (UTC), in any state: up to `limit` of each month, in the
    /// order of the months and of their start.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn exclusions_of(&self, months: &[Month], limit: usize) -> Result<Vec<Exclusion>, TableError> {
        let key = |id: &str| id.parse().ok().map(|id| keys::exclusion(&id));
        self.listed(months, CalendarKind::Exclusions, limit, key).await
    }

    /// Reads the voids that touch one of some months (UTC), in any state: up to `limit` of each month, in the
    /// order of the months and of their start.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn voids_of(&self, months: &[Month], limit: usize) -> Result<Vec<Void>, TableError> {
        self.listed(months, CalendarKind::Voids, limit, |id| id.parse().ok().map(|id| keys::void(&id))).await
    }

    async fn listed<T: DeserializeOwned>(
        &self,
        months: &[Month],
        listed: CalendarKind,
        limit: usize,
        key: impl Fn(&str) -> Option<Key>,
    ) -> Result<Vec<T>, TableError> {
        let limit = i32::try_from(limit).unwrap_or(i32::MAX);
        let mut wanted: Vec<Key> = Vec::new();
        for month in months {
            let (pk, prefix) = keys::calendar_of(*month, listed.kind());
            let to = format!("{prefix}{}", keys::LAST);
            let items = self.store.query_some(&pk, &prefix, &to, true, limit).await?;
            wanted
                .extend(items.iter().filter_map(|item| keys::listed_in_calendar(&item.key)).filter_map(&key));
        }
        // What touches two months is listed in both, and read once.
        self.made(&wanted).await
    }

    /// Reads objects by key, in the given order, each once; a missing object is missing from the answer.
    pub(crate) async fn made<T: DeserializeOwned>(&self, wanted: &[Key]) -> Result<Vec<T>, TableError> {
        let mut found: BTreeMap<_, _> = self.store.get(wanted).await?.into_iter().collect();
        let items = wanted.iter().filter_map(|key| found.remove(key));
        items.map(|item| Ok(Versioned::<ObjectRecord<T>>::of(&item)?.value.object)).collect()
    }
}

/// Returns the UTC months that a span touches.
pub(crate) fn utc_months(span: Span) -> Vec<Month> {
    let mut months = Vec::new();
    let mut month = Month::of(span.start, Zone::UTC);
    while month.start(Zone::UTC) < span.end && months.len() < MONTHS_MAX {
        months.push(month);
        month = month.next();
    }
    months
}
