//! Rehearsals: what a change would come to, found by making it in memory. The fan-outs, looks and
//! restatements that follow it are made there as well, beside a rehearsal without the change.

use std::collections::{BTreeMap, BTreeSet};

use events::NoticeRecord;
use sla::closing::LateChanges;
use sla::effect::{Effect, Figures, MonthEffect, Recipients};
use sla::void::Void;
use sla::{Instant, Month, Scope, Service, ServiceId, Span};

use crate::outbox::Fanout;
use crate::store::{Item, TableError};
use crate::{CompanionItems, LateMark, ObjectRecord, Table, keys};

/// Service-months whose figures an effect lists. An exclusion touches at most 25 services of 2 months each,
/// and a void at most one service of 2; a replay may reach more.
const MONTHS_MAX: usize = 60;
/// Steps of one fan-out to named services: 25 services, 33 a step, and a last step that finds nobody.
const FANOUT_STEPS_MAX: usize = 3;

type Months = BTreeSet<(ServiceId, Month)>;

impl Table {
    /// Returns a table whose writes are rehearsed: they stay in memory, and it is read as if they were made.
    pub fn rehearsing(&self) -> Self {
        Self::over(self.store.rehearsing())
    }

    /// True if a change was rehearsed that writes anything.
    ///
    /// # Errors
    /// Returns a [`TableError`] if a rehearsed item cannot be read.
    pub fn has_rehearsed(&self) -> Result<bool, TableError> {
        Ok(!self.store.rehearsed()?.is_empty())
    }

    /// Returns the effect of a rehearsed change, against this table.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails or this version cannot read the stored slots.
    pub async fn effect(&self, rehearsed: &Self, now: Instant) -> Result<Effect, TableError> {
        let mut told = Recipients::default();
        for fanout in rehearsed.fanouts()? {
            match fanout.reach() {
                Some(Scope::Region { region }) => told = Recipients::Everyone(Some(region.clone())),
                Some(Scope::All { .. }) => told = Recipients::Everyone(None),
                Some(Scope::Services { .. }) | None => {
                    Box::pin(rehearsed.fan_out_to_end(&fanout, now)).await?
                }
            }
        }
        let touched = rehearsed.touched(now).await?;
        let others = touched.len().saturating_sub(MONTHS_MAX);
        let touched: Months = touched.into_iter().take(MONTHS_MAX).collect();
        let unchanged = self.rehearsing();
        Box::pin(rehearsed.carry_on(&touched, now)).await?;
        Box::pin(unchanged.carry_on(&touched, now)).await?;

        let said_anyway: BTreeSet<String> =
            unchanged.rehearsed_notices()?.into_iter().map(|notice| notice.notice_id).collect();
        let mut notices = rehearsed.rehearsed_notices()?;
        notices.retain(|notice| !said_anyway.contains(&notice.notice_id));
        if let Recipients::Customers(customers) = &mut told {
            customers.extend(notices.iter().filter_map(|notice| notice.customer_id.clone()));
        }
        let mut months = Vec::new();
        for (service_id, month) in touched {
            let before = Box::pin(unchanged.figures(&service_id, month, now)).await?;
            let after = Box::pin(rehearsed.figures(&service_id, month, now)).await?;
            if let Some(((service, is_open, before), (.., after))) = before.zip(after) {
                let customer_id = service.customer_id;
                months.push(MonthEffect { service_id, customer_id, month, is_open, before, after });
            }
        }
        let kinds = notices.iter().map(|notice| notice.happening.kind().to_owned()).collect();
        Ok(Effect { months, others, notices: kinds, told, costs: Vec::new() })
    }

    fn fanouts(&self) -> Result<Vec<Fanout>, TableError> {
        self.store.rehearsed()?.iter().filter(|item| keys::is_fanout(&item.key)).map(Item::body).collect()
    }

    async fn fan_out_to_end(&self, fanout: &Fanout, now: Instant) -> Result<(), TableError> {
        for _ in 0..FANOUT_STEPS_MAX {
            if !self.fan_out(&fanout.cause, now).await? {
                break;
            }
        }
        Ok(())
    }

    fn rehearsed_notices(&self) -> Result<Vec<NoticeRecord>, TableError> {
        self.store.rehearsed()?.iter().filter(|item| keys::is_notice(&item.key)).map(Item::body).collect()
    }

    /// Lists the service-months that the rehearsed items concern.
    async fn touched(&self, now: Instant) -> Result<Months, TableError> {
        let mut months = Months::new();
        let mut spans: Vec<(ServiceId, Span)> = Vec::new();
        for item in self.store.rehearsed()? {
            let key = &item.key;
            if keys::is_fanout(key) {
                let fanout: Fanout = item.body()?;
                let services = fanout.named().into_iter().flatten().cloned();
                spans.extend(services.map(|service| (service, fanout.span())));
            } else if keys::is_void(key) {
                let Void { service_id, starts_at, ends_at, .. } = item.body::<ObjectRecord<Void>>()?.object;
                spans.push((service_id, Span::new(starts_at, ends_at)));
            } else if let Some(id) = keys::service_of(key).filter(|id| *key == keys::service(id)) {
                let Service { activated_at, .. } = item.body::<ObjectRecord<Service>>()?.object;
                spans.push((id, Span::new(activated_at.min(now), now.plus_s(1))));
            } else if let Some(id) = keys::service_of(key) {
                months.extend(keys::month_of_service_item(key).map(|month| (id.clone(), month)));
                spans.extend(
                    keys::chunk_of_timeline(key).map(|start| (id, Span::new(start, start.plus_s(1)))),
                );
            }
        }
        for mark in self.rehearsed_marks()? {
            let own = std::iter::successors(Some(mark), LateMark::after_first);
            months.extend(own.take(MONTHS_MAX + 1).map(|mark| (mark.service_id.clone(), mark.from)));
        }
        let ids: Vec<ServiceId> = spans.iter().map(|(id, _)| id.clone()).collect();
        let services = self.services(&ids).await?;
        let zones: BTreeMap<_, _> =
            services.iter().map(|service| (&service.service_id, service.time_zone)).collect();
        for (id, span) in &spans {
            let Some(zone) = zones.get(id) else { continue };
            let (first, last) = (Month::of(span.start, *zone), Month::of(span.end.plus_s(-1), *zone));
            let own = std::iter::successors(Some(first), |month| Some(month.next()));
            months.extend(own.take_while(|month| *month <= last).map(|month| (id.clone(), month)));
        }
        Ok(months)
    }

    fn rehearsed_marks(&self) -> Result<Vec<LateMark>, TableError> {
        self.store.rehearsed()?.iter().filter(|item| keys::is_late(&item.key)).map(Item::body).collect()
    }

    /// Rehearses what follows a change by itself: each service is looked at, and its closed months restated.
    async fn carry_on(&self, touched: &Months, now: Instant) -> Result<(), TableError> {
        let ids: BTreeSet<&ServiceId> = touched.iter().map(|(id, _)| id).collect();
        for id in ids {
            Box::pin(self.say_everything(id, &[], now)).await?;
        }
        for (id, month) in touched {
            let marks = self.late_marks(id, *month).await?;
            let Some(late) = LateChanges::of(marks.iter().map(LateMark::is_checks)) else { continue };
            if let Some(known) = self.service_month(id, *month).await? {
                let posting = self.restatement(&known, late, now).await?;
                self.post(&known, &posting, &CompanionItems::default(), now).await?;
            }
        }
        Ok(())
    }

    /// Reads the late marks that reach a service-month.
    async fn late_marks(&self, id: &ServiceId, month: Month) -> Result<Vec<LateMark>, TableError> {
        let (pk, prefix) = keys::late_marks(id);
        let items = self.store.query(&pk, &prefix, &format!("{prefix}{}", keys::LAST)).await?;
        let marks = items.iter().map(Item::body).collect::<Result<Vec<LateMark>, _>>()?;
        Ok(marks.into_iter().filter(|mark| mark.reaches(month)).collect())
    }

    /// Returns the figures of a service-month, true beside them if it is open; `None` before the service
    /// begins.
    async fn figures(
        &self,
        id: &ServiceId,
        month: Month,
        now: Instant,
    ) -> Result<Option<(Service, bool, Figures)>, TableError> {
        let Some(known) = self.service_month(id, month).await? else { return Ok(None) };
        if let Some(newest) = &known.newest {
            let figures = Figures::of(&newest.statement, &known.entries);
            return Ok(Some((known.service, false, figures)));
        }
        let inputs = self.gather(&known, now, now).await?;
        let statement = inputs.statement().map_err(|error| TableError::new("account for a month", error))?;
        let figures = statement.map(|statement| Figures::of(&statement, &known.entries));
        Ok(figures.map(|figures| (known.service, true, figures)))
    }
}
