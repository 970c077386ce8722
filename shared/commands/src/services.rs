//! Services: registered with defaults, changed from a future month, ended.

use events::command::{ChangeService, RegisterService, TerminateService};
use outcome::Failure;
use serde_json::Value;
use sla::service::{PlanChange, ServiceError};
use sla::{Instant, Month, Resolution, Service, ServiceId, TermsBook, Zone};
use table::outbox::told_late;
use table::{ObjectRecord, Versioned};

use crate::Desk;
use crate::answers::{Attempt, saved, unknown};
use crate::customers::{require_known, unknown_customer};

/// The most months before its registration for which a service can have statements: ten years.
const READING_MONTHS_MAX: usize = 120;
/// Check interval if the registration gives none, in seconds.
const CHECK_INTERVAL_S: u32 = 60;

impl Desk<'_> {
    /// Registers a service.
    pub async fn register_service(&self, command: RegisterService) -> Result<Value, Failure> {
        self.settle("register a service", || async {
            if let Some(found) = self.table.service(&command.service_id).await? {
                return self.answer_again(&found.value, "service_id", &command.service_id);
            }
            let customer = self.table.customer(&command.customer_id).await?;
            require_known(&customer.ok_or_else(|| unknown_customer(&command.customer_id))?.value.object)?;
            let terms = self.table.terms().await?;
            let service = registered(command.clone(), &terms, self.now)?;
            let ahead = self.table.maintenance_ahead(&service, self.now).await?;
            let news: Vec<_> =
                ahead.iter().filter_map(|window| told_late(&service, window, &terms, self.now)).collect();
            let (made, answer) = self.make(service)?;
            Ok(saved(self.table.register_service(&made, &news, self.now).await?, answer))
        })
        .await
    }

    /// Changes the plan or fee of a service from a future month.
    pub async fn change_service(&self, command: ChangeService) -> Result<Value, Failure> {
        let ChangeService { service_id, from_month, plan, monthly_fee, .. } = command;
        let change = PlanChange { from_month, plan, monthly_fee };
        self.settle("change a service", || async {
            let found = self.known_service(&service_id).await?;
            let changed = found.value.object.change(change.clone(), self.now);
            self.save_changed(found, changed).await
        })
        .await
    }

    /// Ends a service.
    pub async fn terminate_service(&self, command: TerminateService) -> Result<Value, Failure> {
        self.settle("end a service", || async {
            let found = self.known_service(&command.service_id).await?;
            let terms = self.table.terms().await?;
            let ended = found.value.object.terminate(command.at, &terms, self.now);
            self.save_changed(found, ended).await
        })
        .await
    }

    /// Reads a service that must exist.
    pub async fn known_service(&self, id: &ServiceId) -> Result<Versioned<ObjectRecord<Service>>, Failure> {
        self.table.service(id).await?.ok_or_else(|| unknown_service(id))
    }

    async fn save_changed(
        &self,
        found: Versioned<ObjectRecord<Service>>,
        changed: Result<Service, ServiceError>,
    ) -> Attempt {
        if let Some(answer) = found.value.answer_to(&self.by) {
            return Ok(Some(answer.clone()));
        }
        let (made, answer) = self.change(found, changed.map_err(refused)?)?;
        Ok(saved(self.table.save_service(&made).await?, answer))
    }
}

/// Returns the refusal of an unknown service.
pub fn unknown_service(id: &ServiceId) -> Failure {
    unknown("service_id", id, "register it with register_service, or look it up with list_services")
}

/// Builds the service of a registration; the terms of its first month give the default slot length.
pub fn registered(command: RegisterService, terms: &TermsBook, now: Instant) -> Result<Service, Failure> {
    let time_zone = command.time_zone.unwrap_or(Zone::UTC);
    let promise = terms.in_force(Month::of(command.activated_at, time_zone)).promise(command.plan);
    let check_interval_s = command.check_interval_s.map_or(CHECK_INTERVAL_S, |interval| interval.get());
    let max_silence_s = match command.max_silence_s {
        Some(given) => given.map(|silence| silence.get()),
        None => Some(check_interval_s * 2),
    };
    let service = Service {
        service_id: command.service_id,
        customer_id: command.customer_id,
        name: command.name.into_string(),
        plan: command.plan,
        monthly_fee: command.monthly_fee,
        region: command.region,
        time_zone,
        activated_at: command.activated_at,
        terminated_at: None,
        resolution_s: match command.resolution_s {
            Some(resolution) => resolution,
            None => Resolution::try_from(promise.resolution_s).map_err(Failure::unexpected)?,
        },
        check_interval_s,
        max_silence_s,
        quorum: command.quorum.map_or(1, |quorum| quorum.get()),
        changes: Vec::new(),
        registered_at: Some(now),
        statements_from: command.statements_from,
    };
    require_readable(&service)?;
    Ok(service)
}

/// Requires that the months for reading that a service asks for are months before its registration.
pub fn require_readable(service: &Service) -> Result<(), Failure> {
    if let Some(from) = service.statements_from {
        let first = Month::of(service.activated_at, service.time_zone);
        let counted = service.counted_from();
        if from < first || from >= counted || service.months_for_reading().nth(READING_MONTHS_MAX).is_some() {
            return Err(Failure::BadRequest(format!(
                "statements_from: {from} is no month from the activation in {first} to before {counted}, from which \
                 on there are statements anyway, at most {READING_MONTHS_MAX} months back: give such a month, or \
                 leave it out"
            )));
        }
    }
    Ok(())
}

fn refused(error: ServiceError) -> Failure {
    let message = error.to_string();
    match error {
        ServiceError::Changed(_) | ServiceError::Ended(_) => Failure::Conflict(message),
        ServiceError::Nothing
        | ServiceError::Begun(..)
        | ServiceError::BeforeActivation(..)
        | ServiceError::AfterEnd(..)
        | ServiceError::Currency(..)
        | ServiceError::EndBeforeActivation(..)
        | ServiceError::EndInClosed(..) => Failure::BadRequest(message),
    }
}
