//! One-shot schedules of EventBridge Scheduler, created under a deterministic name and deleted after firing.

use aws_sdk_scheduler::Client;
use aws_sdk_scheduler::types::{
    ActionAfterCompletion, DeadLetterConfig, FlexibleTimeWindow, FlexibleTimeWindowMode, Target,
};
use outcome::{Dependency, Failure};
use sla::Instant;

/// The group and the target of schedules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduleTarget {
    /// The schedule group.
    pub group: String,
    /// The ARN of the invoked function.
    pub function_arn: String,
    /// The ARN of the role that invokes it.
    pub role_arn: String,
    /// The ARN of the queue for undeliverable events.
    pub dead_letter_arn: String,
}

/// A one-shot schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OneShot {
    /// The name, which identifies the purpose: the same purpose gives the same name.
    pub name: String,
    /// Instant at which it fires.
    pub at: Instant,
    /// The JSON event with which the function is invoked.
    pub input: String,
}

/// A client of EventBridge Scheduler, with the target of its schedules.
#[derive(Debug, Clone)]
pub struct Schedules {
    client: Client,
    target: ScheduleTarget,
}

/// A failed operation on a schedule.
#[derive(Debug, thiserror::Error)]
#[error("cannot {operation} the schedule {name}")]
pub struct ScheduleError {
    operation: &'static str,
    name: String,
    #[source]
    source: Box<dyn std::error::Error + Send + Sync>,
}

impl From<ScheduleError> for Failure {
    fn from(error: ScheduleError) -> Self {
        Self::fault(Dependency::Scheduler, error)
    }
}

impl Schedules {
    /// Builds the schedules from a client and a target.
    pub fn new(client: Client, target: ScheduleTarget) -> Self {
        Self { client, target }
    }

    /// Creates a schedule; an existing one of that name is the same one.
    ///
    /// # Errors
    /// Returns a [`ScheduleError`] if Scheduler fails.
    pub async fn arm(&self, one: &OneShot) -> Result<(), ScheduleError> {
        let fault = |source| ScheduleError { operation: "make", name: one.name.clone(), source };
        let ScheduleTarget { group, function_arn, role_arn, dead_letter_arn } = &self.target;
        let target = Target::builder()
            .arn(function_arn)
            .role_arn(role_arn)
            .input(&one.input)
            .dead_letter_config(DeadLetterConfig::builder().arn(dead_letter_arn).build())
            .build()
            .map_err(|error| fault(error.into()))?;
        let window = FlexibleTimeWindow::builder().mode(FlexibleTimeWindowMode::Off).build();
        // The expression takes UTC without the final Z.
        let at = one.at.to_string();
        let answer = self
            .client
            .create_schedule()
            .group_name(group)
            .name(&one.name)
            .schedule_expression(format!("at({})", at.trim_end_matches('Z')))
            .action_after_completion(ActionAfterCompletion::Delete)
            .flexible_time_window(window.map_err(|error| fault(error.into()))?)
            .target(target)
            .send()
            .await;
        match answer {
            Ok(_) => Ok(()),
            Err(error) if error.as_service_error().is_some_and(|e| e.is_conflict_exception()) => Ok(()),
            Err(error) => Err(fault(error.into())),
        }
    }

    /// Removes a schedule; a missing one has fired or was removed before.
    ///
    /// # Errors
    /// Returns a [`ScheduleError`] if Scheduler fails.
    pub async fn disarm(&self, name: &str) -> Result<(), ScheduleError> {
        let answer = self.client.delete_schedule().group_name(&self.target.group).name(name).send().await;
        match answer {
            Ok(_) => Ok(()),
            Err(error) if error.as_service_error().is_some_and(|e| e.is_resource_not_found_exception()) => {
                Ok(())
            }
            Err(error) => {
                Err(ScheduleError { operation: "remove", name: name.to_owned(), source: error.into() })
            }
        }
    }
}
