//! Partitions of the index with the services that the sweep looks at.

use sla::ServiceId;

use crate::keys;

/// Index partitions that the sweep of `record-checks` reads; each takes about 1,000 changes a second.
pub(crate) const WATCH_SHARDS: u8 = 1;

pub(crate) fn watch_shard(id: &ServiceId) -> String {
    shard_name(keys::bucket(id.as_str(), WATCH_SHARDS))
}

/// Returns the index partitions that the sweep reads.
pub(crate) fn shards() -> impl Iterator<Item = String> {
    (0..WATCH_SHARDS).map(shard_name)
}

fn shard_name(shard: u8) -> String {
    format!("WATCH#{shard:02}")
}
