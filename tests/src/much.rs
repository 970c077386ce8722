//! A statement with so many inputs that they take several parts: written directly to the table.

use std::fmt::Display;
use std::sync::Arc;

use events::Posting;
use nines::stand_ins::wire::OpenPassage;
use sla::Inputs;
use sla::measurement::ProbeMeasurements;
use table::CompanionItems;

use crate::world::{World, WorldError};

/// Probes without measurements: at some 90 bytes each, inputs of 4 parts of 350 KB.
const PROBES: usize = 14_000;

/// Restates a closed June without changes, from inputs that name many probes; returns them.
pub async fn restate(world: &World, service_id: &str) -> Result<Inputs, WorldError> {
    let fault = |e: &dyn Display| WorldError::Table(e.to_string());
    let process = world.process(Arc::new(OpenPassage))?;
    let (table, now) = (process.directory(), world.clock().now());
    let id = service_id.parse().map_err(|e: sla::IdError| fault(&e))?;
    let month = "2026-06".parse().map_err(|e: sla::month::MonthError| fault(&e))?;
    let known = table.service_month(&id, month).await.map_err(|e| fault(&e))?;
    let known = known.ok_or_else(|| fault(&"there is no such service"))?;
    let newest = known.newest.as_ref().ok_or_else(|| fault(&"June is not closed"))?;
    let mut inputs = table.inputs(newest).await.map_err(|e| fault(&e))?;
    let mut statement = newest.statement.clone();
    statement.revision += 1;
    inputs.revision = statement.revision;
    for nth in 0..PROBES {
        let probe = format!("{nth:0>60}").parse().map_err(|e: sla::IdError| fault(&e))?;
        inputs.measurements.push(ProbeMeasurements { probe, chunks: Vec::new() });
    }
    let statement = Some((statement, inputs.clone()));
    let posting = Posting { statement, ..Posting::none(&known.standing.announcements) };
    table.post(&known, &posting, &CompanionItems::default(), now).await.map_err(|e| fault(&e))?;
    Ok(inputs)
}
