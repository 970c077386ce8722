//! Checks the targets of a region that are due, and queues what it finds for `record-checks`.
//! parse → load (`table`) → try (`prober`) → send. Architecture invariant: nothing is kept from one run to
//! the next, so each run sends all that it found, a change among it at once.

mod event;
mod vantage;

use std::collections::BTreeMap;

use outcome::{Clock, Failure};
use prober::Finding;
use serde_json::{Value, json};
use shell::Queue;
use sla::{ProbeId, Status, TargetId};
use table::Table;

use event::Event;
pub use vantage::{CONTROLS, Vantage, VantageError, outside};

/// Handles one event: what is due in a region, or some targets of it at once.
///
/// # Errors
/// Returns `BadRequest` for an event that is not understood or a target that is not registered here, a fault
/// if the table or the queue fails.
pub async fn handle(
    table: &Table,
    (vantage, queue): (&Vantage, &Queue),
    clock: &Clock,
    event: &[u8],
) -> Result<Value, Failure> {
    let Event { region, targets } = Event::of(&events::parse(event)?)?;
    let region = region.as_ref().unwrap_or(vantage.region());
    let targets = match targets {
        Some(ids) => asked(table, region, &ids).await?,
        None => {
            let now = clock.now();
            let registered = table.targets_in(region).await?;
            registered.into_iter().filter(|target| target.is_due(now, vantage.run_every_s())).collect()
        }
    };
    // Without targets nobody is called, the controls neither.
    let findings = if targets.is_empty() { Vec::new() } else { vantage.run(&targets).await };
    log(&findings);
    let answer = answer(&findings);
    for message in prober::messages(findings) {
        queue.send(serde_json::to_string(&message).map_err(Failure::unexpected)?).await?;
    }
    Ok(answer)
}

/// Reads targets that are asked for by their ids; each must be one of the region.
async fn asked(table: &Table, region: &ProbeId, ids: &[TargetId]) -> Result<Vec<events::Target>, Failure> {
    let found = table.targets(ids).await?;
    if let Some(id) = ids.iter().find(|id| found.iter().all(|target| target.target_id != **id)) {
        return Err(Failure::BadRequest(format!(
            "targets: `{id}` is not registered: register it with register_target, or look it up with list_targets"
        )));
    }
    match found.iter().find(|target| target.region != *region) {
        Some(target) => Err(Failure::BadRequest(format!(
            "targets: `{}` is checked from `{}`, not from `{region}`: give its region, where run-checks runs there",
            target.target_id, target.region
        ))),
        None => Ok(found),
    }
}

/// Says why targets are not up; each was checked by itself.
fn log(findings: &[Finding]) {
    for finding in findings.iter().filter(|finding| finding.status != Status::Up) {
        let (status, reason) = (finding.status, finding.reason.as_deref().unwrap_or_default());
        tracing::warn!(target_id = finding.target_id.as_str(), ?status, "a target is not up: {reason}");
    }
}

/// Counts targets by what the last try of each says; what is degraded is up.
fn answer(findings: &[Finding]) -> Value {
    let last: BTreeMap<_, _> = findings.iter().map(|finding| (&finding.target_id, finding.status)).collect();
    let count = |wanted: &[Status]| last.values().filter(|status| wanted.contains(status)).count();
    let (up, down) = (count(&[Status::Up, Status::Degraded]), count(&[Status::Down]));
    json!({ "checked": last.len(), "up": up, "down": down, "unknown": count(&[Status::Unknown]) })
}
