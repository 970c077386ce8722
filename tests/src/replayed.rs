//! A scenario of a few lines, replayed as `nines replay` does, and the result for each party as lines of
//! text: statements, notices, claims and ledger.

use std::collections::BTreeSet;
use std::path::Path;

use nines::agenda::Agenda;
use nines::commands::replay::{Outcome, Replay, Response};
use nines::commands::scenario::{self, Line};
use nines::error::LocalError;
use nines::stand_ins::topics::PublishedMessage;
use nines::system::System;
use outcome::Clock;
use serde_json::{Value, json};
use sla::performance::MetricVerdict;
use sla::{Instant, Statement};

use crate::world::WorldError;

/// A scenario that has been replayed.
pub struct Replayed {
    replay: Replay,
    /// The answer to each line.
    pub responses: Vec<Response>,
}

impl Replayed {
    /// Replays a file of `fixtures/cases` until an instant, with everything due by then.
    ///
    /// # Errors
    /// Returns an error if the file cannot be read, or the program around the functions fails.
    pub async fn case(name: &str, until: &str) -> Result<Self, WorldError> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/cases");
        Self::of(&scenario::read(&[folder.join(format!("{name}.ndjson"))])?, until, Agenda::starting).await
    }

    /// Replays the lines of such a file alone, without sweeps, month ends or daily runs.
    ///
    /// # Errors
    /// Returns an error if the file cannot be read, or the program around the functions fails.
    pub async fn case_as_invoked(name: &str, until: &str) -> Result<Self, WorldError> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/cases");
        let lines = scenario::read(&[folder.join(format!("{name}.ndjson"))])?;
        Self::of(&lines, until, |_| Agenda::blank()).await
    }

    /// Replays lines until an instant.
    ///
    /// # Errors
    /// Returns an error if the program around the functions fails.
    pub async fn of(
        lines: &[Line],
        until: &str,
        agenda: impl FnOnce(Instant) -> Agenda,
    ) -> Result<Self, WorldError> {
        let until: Instant =
            until.parse().map_err(|e: sla::InstantError| WorldError::Instant(e.to_string()))?;
        let start = lines.first().map_or(until, |line| line.at);
        let mut replay = Replay::with_agenda(System::memory(Clock::virtual_at(start)).await?, agenda(start));
        let mut responses = Vec::with_capacity(lines.len());
        for line in lines {
            responses.push(Box::pin(replay.perform(line)).await?);
        }
        replay.pass_time(until).await;
        Ok(Replayed { replay, responses })
    }

    /// Returns the customer's view of a service: statements, notices of outages and breaches, claims, ledger.
    ///
    /// # Errors
    /// Returns an error if the table cannot be read.
    pub async fn shown(&self, service: &str) -> Result<String, WorldError> {
        let mut lines = self.statements(service).await?;
        lines.extend(self.told(service)?);
        lines.extend(self.claims(service).await?);
        lines.extend(self.ledger(service).await?);
        Ok(lines.join("\n"))
    }

    /// Returns the newest statement of each month of a service.
    ///
    /// # Errors
    /// Returns an error if the table cannot be read.
    pub async fn statements(&self, service: &str) -> Result<Vec<String>, WorldError> {
        let statements = self.system().statements().await?;
        Ok(statements.iter().filter(|s| s.service_id.as_str() == service).map(statement_line).collect())
    }

    /// Returns the notices of a service's outages, warnings and breaches, each once, in order of publication.
    ///
    /// # Errors
    /// Returns an error if the topics cannot be read.
    pub fn told(&self, service: &str) -> Result<Vec<String>, WorldError> {
        let mut ids = BTreeSet::new();
        let notices = self.notices()?.into_iter().filter(|notice| {
            notice.topic.ends_with("customer")
                && notice.message["service_id"] == service
                && ids.insert(notice.message["notice_id"].to_string())
        });
        Ok(notices.filter_map(|notice| told_line(&notice.message)).collect())
    }

    /// Returns every published message, in order.
    ///
    /// # Errors
    /// Returns an error if the topics cannot be read.
    pub fn notices(&self) -> Result<Vec<PublishedMessage>, WorldError> {
        Ok(self.system().engines().topics().published()?)
    }

    /// Returns the claims of a service's owner.
    ///
    /// # Errors
    /// Returns an error if the table cannot be read.
    async fn claims(&self, service: &str) -> Result<Vec<String>, WorldError> {
        let services = self.system().services().await?;
        let owner = services.iter().find(|s| s.service_id.as_str() == service);
        let owner = owner.map_or_else(String::new, |service| service.customer_id.to_string());
        let claims = self.desk(&json!({ "command": "list_claims", "customer_id": owner })).await?;
        let own = claims["claims"].as_array().cloned().unwrap_or_default().into_iter();
        let own = own.filter(|claim| claim["service_id"] == service);
        Ok(own
            .map(|claim| {
                let reason =
                    claim.get("reason").map_or_else(String::new, |reason| format!(" {}", text(reason)));
                let amount =
                    claim.get("amount").map_or_else(String::new, |amount| format!(" {}", minor(amount)));
                format!("claim {} {}{reason}{amount}", text(&claim["month"]), text(&claim["state"]))
            })
            .collect())
    }

    /// Returns the ledger of a service's closed months.
    ///
    /// # Errors
    /// Returns an error if the table cannot be read.
    async fn ledger(&self, service: &str) -> Result<Vec<String>, WorldError> {
        let statements = self.system().statements().await?;
        let mut lines = Vec::new();
        for month in statements.iter().filter(|s| s.service_id.as_str() == service).map(|s| s.month) {
            let entries = self.system().ledger(month).await?.into_iter();
            let entries = entries.filter(|entry| entry.service_id.as_str() == service);
            lines.extend(
                entries
                    .map(|entry| format!("ledger {month} {} {}", entry.state.as_str(), entry.amount_minor)),
            );
        }
        Ok(lines)
    }

    /// Sends a command to the desk.
    ///
    /// # Errors
    /// Returns the refusal.
    pub async fn desk(&self, command: &Value) -> Result<Value, WorldError> {
        let answer = Box::pin(self.system().invoke("run-desk", command.to_string().as_bytes())).await;
        answer.map_err(|failure| WorldError::Refused {
            function: "run-desk",
            error_type: failure.error_type().to_owned(),
            message: failure.message(),
        })
    }

    /// Returns the refusals of lines.
    pub fn refusals(&self) -> Vec<&Value> {
        let refusals = self.responses.iter().filter_map(|response| match &response.outcome {
            Outcome::Error(error) => Some(error),
            Outcome::Ok(_) => None,
        });
        refusals.collect()
    }

    /// Checks the invariants of every replay; returns those that do not hold.
    ///
    /// # Errors
    /// Returns an error if the table cannot be read.
    pub async fn problems(&self) -> Result<Vec<String>, LocalError> {
        Box::pin(self.replay.problems()).await
    }

    fn system(&self) -> &System {
        self.replay.system()
    }
}

/// Formats a statement's month, revision, verdict, seconds and credit, with the measured metrics.
fn statement_line(statement: &Statement) -> String {
    let Statement { month, revision, seconds, verdict, credit, .. } = statement;
    let mut line = format!(
        "{month} r{revision} {}: {} down, {} unknown, {} excluded, {}",
        verdict.as_str(),
        seconds.down,
        seconds.unknown,
        seconds.excluded,
        credit.amount.minor
    );
    if let Some(review) = &statement.review {
        line += &format!(", reviewed by {}", review.by);
    }
    let measured = statement.performance.iter().filter(|m| m.verdict != MetricVerdict::NotMeasured);
    for figures in measured {
        let mean = figures.mean.as_deref().unwrap_or("none");
        let verdict = if figures.verdict == MetricVerdict::Missed { "missed" } else { "met" };
        line += &format!(", {} {verdict} {mean}", figures.metric.as_str());
    }
    line
}

/// Formats a notice of an outage, a warning or a breach; none for other kinds.
fn told_line(notice: &Value) -> Option<String> {
    let data = &notice["data"];
    let kind = notice["kind"].as_str().unwrap_or_default();
    Some(match kind {
        "outage.opened" => format!("opened {}", text(&data["started_at"])),
        "outage.closed" => format!(
            "closed {} to {}: {} down, {} excluded",
            text(&data["started_at"]),
            text(&data["ended_at"]),
            data["down_s"],
            data["excluded_s"]
        ),
        "availability.at_risk" => {
            format!("at risk {} {} %", text(&notice["month"]), data["budget"]["threshold_pct"])
        }
        "availability.breached" => format!("breached {}", text(&notice["month"])),
        "availability.breach_withdrawn" => format!("withdrawn {}", text(&notice["month"])),
        _ => return None,
    })
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or("?")
}

fn minor(money: &Value) -> String {
    money["minor"].to_string()
}
