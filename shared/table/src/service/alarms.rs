//! CloudWatch alarms, each registered for a service's probe, and received checks, including alarm events.

use std::collections::{BTreeSet, HashMap};

use events::{Alarm, AlarmArn, AlarmEvent, CheckEvent, InputError, input};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sla::{Check, Instant, ProbeId, Service, ServiceId};

use crate::service::merging::ReceivedCheck;
use crate::service::record::admit;
use crate::store::Versioned;
use crate::store::{Committed, Draft, Run, TableError, Transaction};
use crate::{Table, keys};

/// An alarm that is or was registered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownAlarm {
    /// The alarm, with its service and probe.
    #[serde(flatten)]
    pub alarm: Alarm,
    /// True if the alarm was removed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_removed: bool,
}

/// A probe's reference to the alarm that reports for it.
#[derive(Debug, Serialize, Deserialize)]
struct Reporter {
    alarm_arn: AlarmArn,
}

impl Table {
    /// Reads an alarm, even if it was removed.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn alarm(&self, arn: &AlarmArn) -> Result<Option<Versioned<KnownAlarm>>, TableError> {
        self.store.get_one(&keys::alarm(arn)).await?.as_ref().map(Versioned::of).transpose()
    }

    /// Returns the alarm that reports for a probe, if there is one.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn alarm_of_probe(
        &self,
        service_id: &ServiceId,
        probe: &ProbeId,
    ) -> Result<Option<AlarmArn>, TableError> {
        let found = self.store.get_one(&keys::alarm_of_probe(service_id, probe)).await?;
        found.map(|item| item.body::<Reporter>().map(|reporter| reporter.alarm_arn)).transpose()
    }

    /// Writes a registered or removed alarm under the version that was read, with its probe's reference.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn save_alarm(&self, known: &Versioned<KnownAlarm>) -> Result<Committed, TableError> {
        let KnownAlarm { alarm, is_removed } = &known.value;
        let probe = keys::alarm_of_probe(&alarm.service_id, &alarm.probe);
        let mut transaction = Transaction::default();
        transaction
            .put_versioned(Draft::with_body(&keys::alarm(&alarm.alarm_arn), &known.value)?, known.version);
        if *is_removed {
            // No other writer touches it while the alarm is registered.
            transaction.delete(probe);
        } else {
            let reporter = Reporter { alarm_arn: alarm.alarm_arn.clone() };
            transaction.put_new(Draft::with_body(&probe, &reporter)?);
        }
        self.store.commit(transaction).await
    }

    /// Lists up to `limit` registered alarms after the given one; fewer means that there are no more.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn alarms_page(
        &self,
        after: Option<&AlarmArn>,
        limit: usize,
    ) -> Result<Vec<Alarm>, TableError> {
        let after = after.map(keys::alarm);
        self.store
            .list(Run::all(keys::alarm_partitions(), after.as_ref()), limit, |item| {
                let known: KnownAlarm = item.body()?;
                Ok((!known.is_removed).then_some(known.alarm))
            })
            .await
    }

    /// Reads received checks; an alarm's change of state is a check of the service that it watches. An
    /// unreadable item is returned with its error.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn receive(
        &self,
        items: Vec<Value>,
        now: Instant,
    ) -> Result<Vec<Result<ReceivedCheck, (Value, InputError)>>, TableError> {
        let changes: Vec<Option<Result<AlarmEvent, InputError>>> =
            items.iter().map(AlarmEvent::read).collect();
        let watched = self.watched_by(changes.iter().flatten().flatten()).await?;
        let read = |(raw, change): (Value, Option<Result<AlarmEvent, InputError>>)| {
            let check = match change {
                None => input::read::<CheckEvent>(&raw).map(Into::into),
                Some(Err(error)) => Err(error),
                Some(Ok(event)) => match watched.get(event.alarm_arn()) {
                    Some((alarm, service)) => Ok(event.check(alarm, service.resolution_s)),
                    None => Err(unregistered(event.alarm_arn())),
                },
            };
            (raw, check)
        };
        let read: Vec<(Value, Result<Check, InputError>)> =
            items.into_iter().zip(changes).map(read).collect();
        let ids: BTreeSet<_> =
            read.iter().flat_map(|(_, check)| check).map(|c| c.service_id.clone()).collect();
        let services = self.settings(&ids.into_iter().collect::<Vec<_>>()).await?;
        let services: HashMap<_, _> = services.iter().map(|s| (&s.service_id, s)).collect();
        let admitted = |(raw, check): (Value, Result<Check, InputError>)| {
            // The settings that refuse it may have been corrected: the next check reads them anew.
            let admit = |check: Check| {
                admit(&check, services.get(&check.service_id).copied(), now)
                    .inspect_err(|_| self.forget(&check.service_id))
                    .map(|()| check)
            };
            match check.and_then(admit) {
                Ok(check) => Ok(ReceivedCheck { check, raw, silence: None }),
                Err(error) => Err((raw, error)),
            }
        };
        Ok(read.into_iter().map(admitted).collect())
    }

    /// Reads alarms with their services; an unregistered alarm is missing from the answer.
    async fn watched_by(
        &self,
        changes: impl Iterator<Item = &AlarmEvent>,
    ) -> Result<HashMap<AlarmArn, (Alarm, Service)>, TableError> {
        let wanted: BTreeSet<_> = changes.map(|event| keys::alarm(event.alarm_arn())).collect();
        let found = self.store.get(&wanted.into_iter().collect::<Vec<_>>()).await?;
        let known = found.values().map(|item| item.body::<KnownAlarm>()).collect::<Result<Vec<_>, _>>()?;
        let alarms: Vec<Alarm> =
            known.into_iter().filter(|known| !known.is_removed).map(|known| known.alarm).collect();
        let ids: BTreeSet<ServiceId> = alarms.iter().map(|alarm| alarm.service_id.clone()).collect();
        let services = self.settings(&ids.into_iter().collect::<Vec<_>>()).await?;
        let service = |alarm: &Alarm| services.iter().find(|s| s.service_id == alarm.service_id).cloned();
        let with_service = |alarm: Alarm| service(&alarm).map(|s| (alarm.alarm_arn.clone(), (alarm, s)));
        Ok(alarms.into_iter().filter_map(with_service).collect())
    }
}

fn unregistered(arn: &AlarmArn) -> InputError {
    InputError::new(format_args!(
        "resources[0]: the alarm `{arn}` is not registered: register it with register_alarm, then replay \
         this with replay_quarantine"
    ))
}
