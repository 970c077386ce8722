//! One-shot schedules of EventBridge Scheduler: made once under a deterministic name, and deleted after they fired.

use aws_sdk_scheduler::Client;
use aws_sdk_scheduler::types::{
    ActionAfterCompletion, DeadLetterConfig, FlexibleTimeWindow, FlexibleTimeWindowMode, Target,
};
use outcome::{Dependency, Failure};
use sla::Instant;

/// Where schedules are kept and whom they invoke.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduleTarget {
    /// The schedule group.
    pub group: String,
    /// The ARN of the function that is invoked.
    pub function_arn: String,
    /// The ARN of the role with which it is invoked.
    pub role_arn: String,
    /// The ARN of the queue that takes what could not be delivered.
    pub dead_letter_arn: String,
}

/// Something to happen once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OneShot {
    /// Its name, which says what it is: the same thing has the same name.
    pub name: String,
    /// When it happens.
    pub at: Instant,
    /// The event that the function is invoked with, in JSON.
    pub input: String,
}

/// A client of EventBridge Scheduler, and where its schedules go.
#[derive(Debug, Clone)]
pub struct Schedules {
    client: Client,
    target: ScheduleTarget,
}

/// An operation on a schedule that failed.
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
    /// Takes a client and where its schedules go.
    pub fn new(client: Client, target: ScheduleTarget) -> Self {
        Self { client, target }
    }

    /// Makes a schedule; one of that name that is there already is the same one.
    ///
    /// # Errors
    /// What Scheduler answers.
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

    /// Removes a schedule; one that is not there has fired, or was removed before.
    ///
    /// # Errors
    /// What Scheduler answers.
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
