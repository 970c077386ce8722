//! Alarms: the registration of CloudWatch alarms for services' probes.

use events::command::{ListAlarms, RegisterAlarm, RemoveAlarm};
use events::{Alarm, AlarmArn};
use outcome::Failure;
use serde_json::{Value, json};
use table::{KnownAlarm, Versioned};

use crate::Desk;
use crate::answers::{saved, shown, unknown};

/// Alarms on one page.
const PAGE_MAX: usize = 100;

impl Desk<'_> {
    /// Registers an alarm for a service's probe; it must be removed before it can watch another.
    pub async fn register_alarm(&self, command: RegisterAlarm) -> Result<Value, Failure> {
        let RegisterAlarm { alarm_arn, service_id, probe, .. } = command;
        let alarm = Alarm { alarm_arn, service_id, probe };
        self.settle("register an alarm", || async {
            let (arn, answer) = (&alarm.alarm_arn, shown(&alarm)?);
            let found = self.table.alarm(arn).await?;
            match found.as_ref().map(|found| &found.value).filter(|known| !known.is_removed) {
                Some(known) if known.alarm == alarm => return Ok(Some(answer)),
                Some(KnownAlarm { alarm: Alarm { service_id, probe, .. }, .. }) => {
                    return Err(Failure::Conflict(format!(
                        "alarm_arn: `{arn}` watches `{service_id}` as the probe `{probe}`: remove it first, \
                         with remove_alarm"
                    )));
                }
                None => {}
            }
            self.known_service(&alarm.service_id).await?;
            if let Some(other) = self.table.alarm_of_probe(&alarm.service_id, &alarm.probe).await? {
                return Err(taken(&alarm, &other));
            }
            let known = KnownAlarm { alarm: alarm.clone(), is_removed: false };
            let version = found.and_then(|found| found.version);
            Ok(saved(self.table.save_alarm(&Versioned { value: known, version }).await?, answer))
        })
        .await
    }

    /// Removes an alarm; its reports stay.
    pub async fn remove_alarm(&self, command: RemoveAlarm) -> Result<Value, Failure> {
        let arn = command.alarm_arn;
        self.settle("remove an alarm", || async {
            let found = self.table.alarm(&arn).await?;
            let remedy = "look it up with list_alarms";
            let mut found = found.ok_or_else(|| unknown("alarm_arn", &arn, remedy))?;
            let answer = shown(&found.value.alarm)?;
            if found.value.is_removed {
                return Ok(Some(answer));
            }
            found.value.is_removed = true;
            Ok(saved(self.table.save_alarm(&found).await?, answer))
        })
        .await
    }

    /// Lists a page of the registered alarms; `next` is present if there are more.
    pub async fn list_alarms(&self, command: ListAlarms) -> Result<Value, Failure> {
        let alarms = self.table.alarms_page(command.after.as_ref(), PAGE_MAX + 1).await?;
        match alarms.get(..PAGE_MAX).filter(|_| alarms.len() > PAGE_MAX) {
            Some(page) => {
                let next = page.last().map(|alarm| &alarm.alarm_arn);
                Ok(json!({ "alarms": page, "next": next }))
            }
            None => Ok(json!({ "alarms": alarms })),
        }
    }
}

/// Returns the refusal of a probe that has another alarm: a healthy one would hide the other's reports.
fn taken(alarm: &Alarm, other: &AlarmArn) -> Failure {
    let Alarm { service_id, probe, .. } = alarm;
    Failure::Conflict(format!(
        "probe: the alarm `{other}` reports for the probe `{probe}` of `{service_id}`: give this one a probe \
         of its own, or remove the other first, with remove_alarm"
    ))
}
