//! A life: lines of a scenario over the real handlers, with sweeps, month ends and daily runs when due, and
//! the oracle's verdict after each of them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use nines::commands::scenario::Line;
use nines::stand_ins::wire::OpenPassage;
use nines::system::System;
use serde_json::{Value, json};
use sla::{Instant, Month, Service, Statement, Status};

use super::model::{AcceptedCheck, Evidence, View};
use super::oracle::{Objection, Oracle, lived};
use crate::world::{World, WorldError};

/// Seconds between sweeps: 5 min × 60 s.
const SWEEP_EVERY_S: i64 = 300;
/// Seconds of a UTC day: 24 h × 3,600 s.
const DAY_S: i64 = 86_400;
/// The daily run's second of the UTC day: 3 h × 3,600 s.
const DAILY_RUN_AT_S: i64 = 10_800;
/// Hours between a month's end and its close.
const CLOSE_AFTER_H: i64 = 24;

/// The end of a life: the oracle objected, or the system could not go on.
#[derive(Debug, thiserror::Error)]
pub enum LifeError {
    /// The oracle objects.
    #[error("{at} {service}: {objection}")]
    Objection {
        /// The instant.
        at: Instant,
        /// The service.
        service: String,
        /// The objection.
        objection: String,
    },
    /// A function failed: a queue would retry it forever.
    #[error("{at} {function} failed: {message}")]
    Fault {
        /// The instant.
        at: Instant,
        /// The function.
        function: String,
        /// The error message.
        message: String,
    },
    /// The world around the functions failed.
    #[error(transparent)]
    World(#[from] WorldError),
}

/// The facts known about one service.
#[derive(Default)]
struct Biography {
    evidence: Evidence,
    oracle: Oracle,
}

/// A system that is watched while it lives.
pub struct Life {
    world: World,
    system: System,
    services: BTreeMap<String, Service>,
    biographies: BTreeMap<String, Biography>,
    /// Exclusions raised, with their services and span.
    exclusions: BTreeMap<String, (Vec<String>, i64, i64)>,
    /// Voids raised: service, probe and span.
    voids: BTreeMap<String, (String, String, i64, i64)>,
    /// Number of notices heard so far.
    heard: usize,
    /// True if anything has happened since the last sweep.
    is_unswept: bool,
    /// True if anything has happened since the last daily run.
    is_restless: bool,
}

impl Life {
    /// Plays a scenario until an instant.
    ///
    /// # Errors
    /// Returns the oracle's first objection, or a fault.
    pub async fn live(lines: &[Line], until: &str) -> Result<Self, LifeError> {
        let until: Instant =
            until.parse().map_err(|e: sla::InstantError| WorldError::Instant(e.to_string()))?;
        let start = lines.first().map_or(until, |line| line.at);
        let mut life = Self::begin(start).await?;
        for line in lines {
            Box::pin(life.happens(line)).await?;
        }
        Box::pin(life.pass(until)).await?;
        Box::pin(life.compare_restated()).await?;
        Ok(life)
    }

    async fn begin(start: Instant) -> Result<Self, LifeError> {
        let world = World::without_roles(&start.to_string()).await?;
        let system = world.process(Arc::new(OpenPassage))?;
        Ok(Life {
            world,
            system,
            services: BTreeMap::new(),
            biographies: BTreeMap::new(),
            exclusions: BTreeMap::new(),
            voids: BTreeMap::new(),
            heard: 0,
            is_unswept: true,
            is_restless: true,
        })
    }

    /// Passes time up to a line, invokes it, and lets the next sweep send the notices that it left.
    async fn happens(&mut self, line: &Line) -> Result<(), LifeError> {
        Box::pin(self.pass(line.at)).await?;
        (self.is_unswept, self.is_restless) = (true, true);
        let payload: Value = serde_json::from_str(&line.payload).unwrap_or_default();
        if let Ok(answer) = self.invoke(&line.invoke, &payload).await? {
            self.learn(&payload, &answer).await?;
        }
        self.hear().await?;
        let sweep = ceil(self.now() + 1, SWEEP_EVERY_S, 0);
        Box::pin(self.pass(Instant::from_epoch_s(sweep))).await
    }

    fn now(&self) -> i64 {
        self.world.clock().now().epoch_s()
    }

    /// Invokes a function. A refusal is an answer; a fault ends the life.
    async fn invoke(&self, function: &str, payload: &Value) -> Result<Result<Value, String>, LifeError> {
        match Box::pin(self.system.invoke(function, payload.to_string().as_bytes())).await {
            Ok(answer) => Ok(Ok(answer)),
            Err(failure) if failure.is_fault() => Err(LifeError::Fault {
                at: self.world.clock().now(),
                function: function.to_owned(),
                message: failure.message(),
            }),
            Err(failure) => Ok(Err(failure.message())),
        }
    }

    /// Adds the facts that an answered line brought.
    async fn learn(&mut self, payload: &Value, answer: &Value) -> Result<(), LifeError> {
        if let Some(checks) = payload["checks"].as_array() {
            self.learn_checks(checks, answer);
        }
        let (text, at) = (
            |name: &str| payload[name].as_str().unwrap_or_default().to_owned(),
            |name: &str| instant(&payload[name]),
        );
        match payload["command"].as_str().unwrap_or_default() {
            "register_service" | "terminate_service" => {
                let services = self.system.services().await.map_err(WorldError::from)?;
                self.services = services.into_iter().map(|s| (s.service_id.to_string(), s)).collect();
                self.biographies.entry(text("service_id")).or_default();
            }
            "announce_maintenance" => {
                let services = names(&payload["scope"]["services"]);
                self.exclude(&text("window_id"), &services, (at("starts_at"), at("ends_at")));
            }
            "raise_exclusion" => {
                let raised = (names(&payload["services"]), at("starts_at"), at("ends_at"));
                self.exclusions.insert(text("exclusion_id"), raised);
            }
            "decide_exclusion" if payload["decision"] == "approve" => {
                let id = text("exclusion_id");
                if let Some((services, from, to)) = self.exclusions.get(&id).cloned() {
                    self.exclude(&id, &services, (from, to));
                }
            }
            "withdraw_exclusion" => {
                for biography in self.biographies.values_mut() {
                    biography.evidence.windows.remove(&text("exclusion_id"));
                }
            }
            "void_checks" => {
                let raised = (text("service_id"), text("probe"), at("starts_at"), at("ends_at"));
                self.voids.insert(text("void_id"), raised);
            }
            "decide_void" if payload["decision"] == "approve" => {
                if let Some((service, probe, from, to)) = self.voids.get(&text("void_id")).cloned() {
                    let biography = self.biographies.entry(service).or_default();
                    biography.evidence.voids.insert(text("void_id"), (probe, from, to));
                }
            }
            "review_statement" => self.learn_review(payload, answer),
            "restate_month" => {
                let month = payload["month"].as_str().and_then(|month| month.parse().ok());
                let now = self.now();
                let service = self.services.get(&text("service_id"));
                let biography = self.biographies.get_mut(&text("service_id"));
                if let (Some(month), Some(service), Some(own)) = (month, service, biography) {
                    own.oracle.ordered(month, &View::of(service, &own.evidence, now));
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn learn_review(&mut self, payload: &Value, answer: &Value) {
        let month = payload["month"].as_str().and_then(|month| month.parse().ok());
        let own = payload["service_id"].as_str().and_then(|id| self.biographies.get_mut(id));
        let review = find(answer, "review");
        if let (Some(month), Some(own), Some(review)) = (month, own, review) {
            own.oracle.reviewed(
                month,
                payload["verdict"] == "breached",
                review["down_s"].as_i64().unwrap_or(-1),
            );
        }
    }

    fn exclude(&mut self, id: &str, services: &[String], span: (i64, i64)) {
        for service in services {
            let biography = self.biographies.entry(service.clone()).or_default();
            biography.evidence.windows.insert(id.to_owned(), span);
        }
    }

    /// Adds the checks that were not quarantined.
    fn learn_checks(&mut self, checks: &[Value], answer: &Value) {
        let quarantined = answer["quarantined"].as_array().into_iter().flatten();
        let aside: BTreeSet<u64> = quarantined.filter_map(|one| one["index"].as_u64()).collect();
        let before: BTreeMap<String, Evidence> =
            self.biographies.iter().map(|(id, own)| (id.clone(), own.evidence.clone())).collect();
        for (_, check) in (0..).zip(checks).filter(|(index, _)| !aside.contains(index)) {
            let id = check["service_id"].as_str().unwrap_or_default();
            let (Some(service), Some(own)) = (self.services.get(id), self.biographies.get_mut(id)) else {
                continue;
            };
            let slot = |at: i64| service.resolution_s.slot(Instant::from_epoch_s(at)).epoch_s();
            let first = instant(&check["checked_at"]);
            let last = if check["until"].is_string() { instant(&check["until"]) } else { first };
            own.evidence.checks.push(AcceptedCheck {
                probe: check["probe"].as_str().unwrap_or("default").to_owned(),
                first: slot(first),
                last: slot(last),
                status: status(&check["status"]),
            });
        }
        let now = self.now();
        for (id, own) in &mut self.biographies {
            if let (Some(before), Some(service)) = (before.get(id), self.services.get(id)) {
                own.oracle.recorded(before, &View::of(service, &own.evidence, now));
            }
        }
    }

    /// Runs everything due up to an instant, and moves there.
    async fn pass(&mut self, until: Instant) -> Result<(), LifeError> {
        while let Some(at) = self.next_due(until).await? {
            self.world.advance_to(&at.to_string())?;
            let now = at.epoch_s();
            if now % SWEEP_EVERY_S == 0 {
                self.is_unswept = false;
                self.answered("record-checks", &json!({ "sweep": true })).await?;
                self.hear().await?;
                self.compare().await?;
            }
            self.close_months(at).await?;
            if now.rem_euclid(DAY_S) == DAILY_RUN_AT_S && self.is_restless {
                self.is_restless = false;
                self.answered("close-month", &json!({ "sweep": true })).await?;
                self.look(Oracle::daily).await?;
                self.hear().await?;
                self.answered("record-checks", &json!({ "sweep": true })).await?;
                self.hear().await?;
                self.compare().await?;
            }
        }
        self.world.advance_to(&until.to_string())?;
        Ok(())
    }

    /// Returns the next instant at which something is due: a sweep with work, a month's end or the daily run.
    async fn next_due(&self, until: Instant) -> Result<Option<Instant>, LifeError> {
        let now = self.now();
        let mut due: Vec<i64> = Vec::new();
        if self.is_restless {
            due.push(ceil(now + 1, DAY_S, DAILY_RUN_AT_S));
        }
        if self.is_unswept {
            due.push(ceil(now + 1, SWEEP_EVERY_S, 0));
        }
        for service in self.services.values() {
            let month = Month::of(Instant::from_epoch_s(now), service.time_zone);
            let known = self.system.directory().service_month(&service.service_id, month).await;
            let known = known.map_err(|error| WorldError::Table(error.to_string()))?;
            let look_at = known.and_then(|known| known.standing.due_at).map(Instant::epoch_s);
            due.extend(look_at.map(|at| ceil(at.max(now + 1), SWEEP_EVERY_S, 0)));
            due.extend(self.open_months(service).first().map(|month| closes_at(service, *month)));
        }
        let next = due.into_iter().filter(|at| *at > now && *at <= until.epoch_s()).min();
        Ok(next.map(Instant::from_epoch_s))
    }

    /// Returns the open months of a service, up to the present one.
    fn open_months(&self, service: &Service) -> Vec<Month> {
        let id = service.service_id.to_string();
        let Some(own) = self.biographies.get(&id) else { return Vec::new() };
        let months = lived(service, self.now()).into_iter();
        months.filter(|month| !own.oracle.is_closed(*month)).collect()
    }

    /// Closes the months that are due.
    async fn close_months(&mut self, now: Instant) -> Result<(), LifeError> {
        let services: Vec<Service> = self.services.values().cloned().collect();
        for service in services {
            for month in self.open_months(&service) {
                if closes_at(&service, month) > now.epoch_s() {
                    break;
                }
                let id = service.service_id.to_string();
                self.answered("close-month", &json!({ "month": month, "service_id": id })).await?;
                if let Some(own) = self.biographies.get_mut(&id) {
                    let view = View::of(&service, &own.evidence, now.epoch_s());
                    own.oracle.closed(month, &view);
                }
                self.is_restless = true;
                self.hear().await?;
                self.compare().await?;
            }
        }
        Ok(())
    }

    /// Invokes a function that must not refuse.
    async fn answered(&self, function: &str, payload: &Value) -> Result<Value, LifeError> {
        self.invoke(function, payload).await?.map_err(|message| LifeError::Fault {
            at: self.world.clock().now(),
            function: function.to_owned(),
            message,
        })
    }

    /// Hears the newly published notices, and objects to untrue ones.
    async fn hear(&mut self) -> Result<(), LifeError> {
        let published = self.world.published()?;
        let new: Vec<Value> = published[self.heard..]
            .iter()
            .filter(|notice| notice.topic.ends_with("customer"))
            .map(|notice| notice.message.clone())
            .collect();
        self.heard = published.len();
        if new.is_empty() {
            return Ok(());
        }
        self.look(|oracle, view, newest| {
            let own = new.iter().filter(|notice| notice["service_id"] == view.service.service_id.as_str());
            oracle.hear(&own.cloned().collect::<Vec<_>>(), view, newest)
        })
        .await
    }

    /// Compares everything with a fresh computation.
    async fn compare(&mut self) -> Result<(), LifeError> {
        self.compare_troubles().await?;
        self.look(|oracle, view, newest| {
            oracle.compare(view, newest)?;
            oracle.compare_statements(view, newest)
        })
        .await
    }

    /// Compares the desk's list of troubles with what each service's standing announces.
    async fn compare_troubles(&self) -> Result<(), LifeError> {
        let fault = |error: table::TableError| WorldError::Table(error.to_string());
        let table = self.system.directory();
        for (id, service) in &self.services {
            let ids = [service.service_id.clone()];
            let listed = table.troubles_of(&ids).await.map_err(fault)?.remove(&ids[0]).unwrap_or_default();
            let now = Instant::from_epoch_s(self.now());
            let known =
                table.service_month(&ids[0], Month::of(now, service.time_zone)).await.map_err(fault)?;
            let announced = known.map(|known| known.standing.announcements.troubles()).unwrap_or_default();
            if listed != announced {
                let objection = format!("the desk lists {listed:?}, announced is {announced:?}");
                return Err(LifeError::Objection { at: now, service: id.clone(), objection });
            }
        }
        Ok(())
    }

    /// Orders each closed month restated in a fork of the world, and objects to a wrong result.
    async fn compare_restated(&mut self) -> Result<(), LifeError> {
        let fork = self.world.fork()?;
        let process = fork.process(Arc::new(OpenPassage))?;
        let orders: Vec<(String, Month)> = self
            .biographies
            .iter()
            .flat_map(|(id, own)| own.oracle.months().map(|month| (id.clone(), month)).collect::<Vec<_>>())
            .collect();
        for (id, month) in orders {
            let order = json!({
                "command": "restate_month", "service_id": id, "month": month, "reason": "asked", "by": "olga",
            });
            // A month without a slot cannot be restated.
            let _ = Box::pin(process.invoke("run-desk", order.to_string().as_bytes())).await;
        }
        let statements = process.statements().await.map_err(WorldError::from)?;
        self.look(|oracle, view, _| {
            let mut own = statements.iter().filter(|s| s.service_id == view.service.service_id);
            own.try_for_each(|statement| oracle.compare_restated(statement.month, view, statement))
        })
        .await
    }

    /// Gives the oracle of each service everything known about it, with its newest statements.
    async fn look(
        &mut self,
        opinion: impl Fn(&mut Oracle, &View<'_>, &[Statement]) -> Objection,
    ) -> Result<(), LifeError> {
        let now = self.now();
        for (id, own) in &mut self.biographies {
            let Some(service) = self.services.get(id) else { continue };
            let newest = self.system.directory().newest_statements(&service.service_id).await;
            let newest = newest.map_err(|error| WorldError::Table(error.to_string()))?;
            let view = View::of(service, &own.evidence, now);
            opinion(&mut own.oracle, &view, &newest).map_err(|objection| LifeError::Objection {
                at: Instant::from_epoch_s(now),
                service: id.clone(),
                objection,
            })?;
        }
        Ok(())
    }
}

fn closes_at(service: &Service, month: Month) -> i64 {
    service.closes_at(month, CLOSE_AFTER_H).epoch_s()
}

/// The first instant at or after `from` that lies `offset_s` after a multiple of `step_s`.
fn ceil(from: i64, step_s: i64, offset_s: i64) -> i64 {
    (from - offset_s + step_s - 1).div_euclid(step_s) * step_s + offset_s
}

fn instant(value: &Value) -> i64 {
    value.as_str().and_then(|text| text.parse::<Instant>().ok()).map_or(0, Instant::epoch_s)
}

fn names(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().filter_map(|name| name.as_str().map(str::to_owned)).collect()
}

fn status(value: &Value) -> Status {
    serde_json::from_value(value.clone()).unwrap_or(Status::Unknown)
}

/// Finds a field anywhere in an answer.
fn find<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    match value {
        Value::Object(fields) => {
            fields.get(name).or_else(|| fields.values().find_map(|field| find(field, name)))
        }
        _ => None,
    }
}
