//! Messages in order, in memory or in a file.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::error::LocalError;
use crate::stand_ins::log::Log;

/// A store of messages, in order.
pub(super) enum Shelf {
    Memory(Vec<Value>),
    File(Log),
}

impl Shelf {
    pub(super) fn read<T: DeserializeOwned>(&self) -> Result<Vec<T>, LocalError> {
        match self {
            Shelf::Memory(values) => {
                let read = values.iter().cloned().map(serde_json::from_value);
                let fault = |e: serde_json::Error| LocalError::io("read", "memory".as_ref(), e.into());
                read.collect::<Result<_, _>>().map_err(fault)
            }
            Shelf::File(log) => log.read(),
        }
    }

    pub(super) fn count(&self) -> usize {
        match self {
            Shelf::Memory(values) => values.len(),
            Shelf::File(log) => log.count(),
        }
    }

    pub(super) fn append(&mut self, values: &[impl Serialize]) -> Result<(), LocalError> {
        match self {
            Shelf::Memory(kept) => {
                let written = values.iter().map(serde_json::to_value).collect::<Result<Vec<_>, _>>();
                let fault = |e: serde_json::Error| LocalError::io("write", "memory".as_ref(), e.into());
                kept.extend(written.map_err(fault)?);
                Ok(())
            }
            Shelf::File(_) if values.is_empty() => Ok(()),
            Shelf::File(log) => log.append(values),
        }
    }
}
