//! Targets of the prober: registered, changed and removed by data alone. What a target may be is checked by
//! its type; a command that finds everything as it asks changes nothing.

use events::Target;
use events::command::{ChangeTarget, ListTargets, RegisterTarget, RemoveTarget, ShowTarget};
use outcome::Failure;
use serde_json::{Value, json};
use sla::{Service, TargetId};
use table::{KnownTarget, ServiceTargets, TARGETS_OF_REGION_MAX, Table, Versioned};

use crate::Desk;
use crate::answers::{Attempt, saved, shown, unknown};

/// Targets on one page: 100 of at most 30 KB (20 answers of 1 KB, and a URL) are 3 MB, and Lambda answers 6 MB.
const PAGE_MAX: usize = 100;
/// Targets of a service: 100 ids and regions of 64 characters are 15 KB of an item's 400.
const TARGETS_OF_SERVICE_MAX: usize = 100;

impl Desk<'_> {
    /// Registers a target; a removed one can be registered anew.
    pub async fn register_target(&self, command: RegisterTarget) -> Result<Value, Failure> {
        let RegisterTarget { target_id, service_id, region, check, interval_s, timeout_s, .. } = command;
        let target = Target::new(target_id, service_id, region, check, interval_s, timeout_s)?;
        let registered_by = sla::digest_hex(&self.by).map_err(Failure::unexpected)?;
        self.settle("register a target", || async {
            let id = &target.target_id;
            let found = self.table.target(id).await?;
            match found.as_ref().map(|found| &found.value).filter(|known| !known.is_removed) {
                Some(known) if known.registered_by == registered_by => {
                    return self.with_warnings(&known.target).await.map(Some);
                }
                Some(_) => {
                    return Err(Failure::Conflict(format!(
                        "target_id: `{id}` exists with other content: change it with change_target, or choose \
                         another id"
                    )));
                }
                None => {}
            }
            self.require_room(&target).await?;
            let registered_by = registered_by.clone();
            let known = KnownTarget { target: target.clone(), registered_by, is_removed: false };
            self.save_target(found.and_then(|found| found.version), known).await
        })
        .await
    }

    /// Changes what a target checks, and how often.
    pub async fn change_target(&self, command: ChangeTarget) -> Result<Value, Failure> {
        self.settle("change a target", || async {
            let found = known_target(self.table, &command.target_id).await?;
            let target = changed(&found.value.target, &command)?;
            if target == found.value.target {
                return self.with_warnings(&target).await.map(Some);
            }
            self.save_target(found.version, KnownTarget { target, ..found.value }).await
        })
        .await
    }

    /// Removes a target; its reports stay.
    pub async fn remove_target(&self, command: &RemoveTarget) -> Result<Value, Failure> {
        self.settle("remove a target", || async {
            let found = self.table.target(&command.target_id).await?;
            let mut found = found.ok_or_else(|| unknown_target(&command.target_id))?;
            let answer = shown(&found.value.target)?;
            if found.value.is_removed {
                return Ok(Some(answer));
            }
            found.value.is_removed = true;
            let mut of_service = self.table.targets_of(&found.value.target.service_id).await?;
            of_service.value.remove(&found.value.target);
            Ok(saved(self.table.save_target(&found, &of_service).await?, answer))
        })
        .await
    }

    /// Lists a page of the registered targets; `next` is present if there are more.
    pub async fn list_targets(&self, command: ListTargets) -> Result<Value, Failure> {
        let targets = self.table.targets_page(command.after.as_ref(), PAGE_MAX + 1).await?;
        match targets.get(..PAGE_MAX).filter(|_| targets.len() > PAGE_MAX) {
            Some(page) => {
                let next = page.last().map(|target| &target.target_id);
                Ok(json!({ "targets": page, "next": next }))
            }
            None => Ok(json!({ "targets": targets })),
        }
    }

    /// Shows a target, with warnings of what its service lacks.
    pub async fn show_target(&self, command: &ShowTarget) -> Result<Value, Failure> {
        let target = known_target(self.table, &command.target_id).await?.value.target;
        self.with_warnings(&target).await
    }

    async fn save_target(&self, version: Option<u64>, known: KnownTarget) -> Attempt {
        let service = self.known_service(&known.target.service_id).await?.value.object;
        let mut of_service = self.table.targets_of(&known.target.service_id).await?;
        require_one_interval(&known.target, &of_service.value)?;
        of_service.value.add(&known.target);
        if of_service.value.count() > TARGETS_OF_SERVICE_MAX {
            return Err(Failure::Conflict(format!(
                "service_id: `{}` has {TARGETS_OF_SERVICE_MAX} targets, the most that a service takes: remove \
                 one first, with remove_target",
                service.service_id
            )));
        }
        let answer = answer(&known.target, &service, &of_service.value)?;
        Ok(saved(self.table.save_target(&Versioned { value: known, version }, &of_service).await?, answer))
    }

    async fn require_room(&self, target: &Target) -> Result<(), Failure> {
        if self.table.targets_in(&target.region).await?.len() < TARGETS_OF_REGION_MAX {
            return Ok(());
        }
        Err(Failure::Conflict(format!(
            "region: `{}` has {TARGETS_OF_REGION_MAX} targets, the most that one run tries: name another region, \
             for which run-checks is scheduled as well, or remove targets with remove_target",
            target.region
        )))
    }

    async fn with_warnings(&self, target: &Target) -> Result<Value, Failure> {
        let service = self.known_service(&target.service_id).await?.value.object;
        answer(target, &service, &self.table.targets_of(&target.service_id).await?.value)
    }
}

/// Reads a target that is registered.
pub async fn known_target(table: &Table, id: &TargetId) -> Result<Versioned<KnownTarget>, Failure> {
    let found = table.target(id).await?.filter(|found| !found.value.is_removed);
    found.ok_or_else(|| unknown_target(id))
}

fn unknown_target(id: &TargetId) -> Failure {
    unknown("target_id", id, "register it with register_target, or look it up with list_targets")
}

/// Returns a target as a command changes it.
pub fn changed(target: &Target, command: &ChangeTarget) -> Result<Target, Failure> {
    Ok(target.changed(command.check.clone(), command.interval_s, command.timeout_s)?)
}

/// Requires the interval of the other targets of the same probe: a slow one's failure would end with the next
/// check of a quick one.
fn require_one_interval(target: &Target, of_service: &ServiceTargets) -> Result<(), Failure> {
    let Some(probe) = of_service.0.get(&target.region) else { return Ok(()) };
    let other = probe.target_ids.iter().find(|id| **id != target.target_id);
    let (Some(other), false) = (other, probe.interval_s == target.interval_s.get()) else { return Ok(()) };
    let Target { service_id, region, interval_s, .. } = target;
    let known_s = probe.interval_s;
    Err(Failure::Conflict(format!(
        "interval_s: {interval_s} is not that of `{other}`, which checks `{service_id}` from `{region}` each \
         {known_s} s: give {known_s}, as the targets of a probe have one interval, or remove the others first"
    )))
}

fn answer(target: &Target, service: &Service, of_service: &ServiceTargets) -> Result<Value, Failure> {
    let mut answer = shown(target)?;
    if let Some(fields) = answer.as_object_mut() {
        fields.insert("warnings".to_owned(), json!(target_warnings(target, service, of_service)));
    }
    Ok(answer)
}

/// Returns what keeps a target's checks from counting as they should.
pub fn target_warnings(target: &Target, service: &Service, of_service: &ServiceTargets) -> Vec<String> {
    let (service_id, regions) = (&service.service_id, of_service.0.len());
    let quorum = usize::try_from(service.quorum).unwrap_or(usize::MAX);
    let few = (regions < quorum).then(|| {
        format!(
            "quorum: `{service_id}` is down once {quorum} probes say so, and has targets in {regions}: register \
             targets in {} more, or let other probes report for it",
            quorum - regions
        )
    });
    let interval_s = target.interval_s.get();
    let rare = service.max_silence_s.filter(|silence_s| interval_s > silence_s / 2).map(|silence_s| {
        format!(
            "interval_s: {interval_s} is more than half of the {silence_s} s after which `{service_id}` is \
             unknown: give at most {}",
            silence_s / 2
        )
    });
    few.into_iter().chain(rare).collect()
}
