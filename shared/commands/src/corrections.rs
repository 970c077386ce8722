//! Corrections of registrations before their first close (rules, 2).

use events::command::CorrectService;
use events::text::Line;
use outcome::Failure;
use serde_json::Value;
use sla::{Instant, Scope, Service, TermsBook};
use table::Registration;
use table::outbox::told_late;

use crate::Desk;
use crate::answers::saved;
use crate::customers::{require_known, unknown_customer};
use crate::services::{require_readable, unknown_service};

impl Desk<'_> {
    /// Corrects a service. What decides its slots, months and windows is corrected before its first check.
    pub async fn correct_service(&self, command: CorrectService) -> Result<Value, Failure> {
        self.settle("correct a service", || async {
            let id = &command.service_id;
            let known = self.table.registration(id).await?.ok_or_else(|| unknown_service(id))?;
            if let Some(answer) = known.service.value.answer_to(&self.by) {
                return Ok(Some(answer.clone()));
            }
            let was = &known.service.value.object;
            let is = corrected(was, command.clone());
            let customer = self.table.customer(&was.customer_id).await?;
            require_known(&customer.ok_or_else(|| unknown_customer(&was.customer_id))?.value.object)?;
            require_correctable(&known, &is)?;
            let terms = self.table.terms().await?;
            require_readable(&is)?;
            let mut news = Vec::new();
            if was.region != is.region {
                for window in self.table.maintenance_ahead(&is, was.registered_at.unwrap_or(self.now)).await?
                {
                    if !matches!(window.scope, Scope::Region { .. }) {
                        continue;
                    }
                    require_told(&is, &window, &terms, self.now)?;
                    news.extend(told_late(&is, &window, &terms, self.now));
                }
            }
            let (made, answer) = self.change(known.service.clone(), is)?;
            Ok(saved(self.table.correct_service(&known, &made, &news, self.now).await?, answer))
        })
        .await
    }
}

/// Builds the service as it is meant.
fn corrected(was: &Service, command: CorrectService) -> Service {
    Service {
        name: command.name.map_or_else(|| was.name.clone(), Line::into_string),
        plan: command.plan.unwrap_or(was.plan),
        monthly_fee: command.monthly_fee.unwrap_or(was.monthly_fee),
        region: command.region.unwrap_or_else(|| was.region.clone()),
        time_zone: command.time_zone.unwrap_or(was.time_zone),
        activated_at: command.activated_at.unwrap_or(was.activated_at),
        resolution_s: command.resolution_s.unwrap_or(was.resolution_s),
        check_interval_s: command.check_interval_s.map_or(was.check_interval_s, |interval| interval.get()),
        max_silence_s: match command.max_silence_s {
            Some(given) => given.map(|silence| silence.get()),
            None => was.max_silence_s,
        },
        quorum: command.quorum.map_or(was.quorum, |quorum| quorum.get()),
        ..was.clone()
    }
}

fn require_correctable(known: &Registration, is: &Service) -> Result<(), Failure> {
    let was = &known.service.value.object;
    let id = &was.service_id;
    if was == is {
        return Err(Failure::BadRequest(format!(
            "service_id: `{id}` is registered so already: give what is to be corrected"
        )));
    }
    if known.is_closed() {
        return Err(Failure::Conflict(format!(
            "service_id: a month of `{id}` is closed: change plan and fee with change_service, or end it \
             with terminate_service and register another service"
        )));
    }
    let recorded = known.recorded(false);
    if !was.is_measured_like(is) && !recorded.is_empty() {
        return Err(Failure::Conflict(format!(
            "service_id: {} of `{id}` are recorded: only name, plan and fee can be corrected now; for the \
             rest, end it with terminate_service and register another service",
            recorded.join(" and ")
        )));
    }
    let currency = is.monthly_fee.currency;
    if is.changes.iter().filter_map(|change| change.monthly_fee).any(|fee| fee.currency != currency) {
        return Err(Failure::BadRequest(format!(
            "monthly_fee: a change of the fee of `{id}` to come is in another currency than {currency}: give \
             the fee in that currency"
        )));
    }
    match is.terminated_at.filter(|end| *end < is.activated_at) {
        Some(end) => Err(Failure::BadRequest(format!(
            "activated_at: {} lies after the service's end at {end}: give an earlier instant",
            is.activated_at
        ))),
        None => Ok(()),
    }
}

/// Requires that a window over the right region, which was announced without the customer being told, does
/// not count.
fn require_told(
    is: &Service,
    window: &sla::exclusion::Maintenance,
    terms: &TermsBook,
    now: Instant,
) -> Result<(), Failure> {
    let told_now = Service { registered_at: Some(now), ..is.clone() };
    if window.counts_for(is, terms) && !window.counts_for(&told_now, terms) {
        return Err(Failure::Conflict(format!(
            "region: maintenance `{}` over `{}` would count for `{}` from {} on, and its customer was not told in \
             time: register another service in that region",
            window.window_id, is.region, is.service_id, window.starts_at
        )));
    }
    Ok(())
}
