//! Findings of a story: statements, refusals, news, and the credits in finance's export. Each is read from
//! the system; nothing here knows a result.

use std::collections::BTreeMap;
use std::fs;

use cucumber::gherkin::Step as GherkinStep;
use cucumber::then;
use nines::stand_ins::topics::PublishedMessage;
use serde_json::json;
use sla::availability::Verdict;
use sla::performance::MetricVerdict;
use sla::{Instant, Money, Statement};

use crate::tale::{CUSTOMER, SERVICE, Step, Tale, describe, wrong};
use crate::wording::{Amount, Day, Length, Listener, NamedMonth, News, Time, duration, named};

/// A figure of a statement or a ticket.
pub enum Figure {
    Words(String),
    Seconds(i64),
    Money(Money),
}

impl Figure {
    /// Returns a figure by finance's name for it.
    fn of(statement: &Statement, label: &str) -> Step<Self> {
        let Statement { seconds, credit, .. } = statement;
        let percent = |pct: &Option<String>| match pct {
            Some(pct) => Self::Words(format!("{pct} %")),
            None => Self::Words("none".to_owned()),
        };
        Ok(match label {
            "plan" => Self::Words(statement.plan.as_str().to_owned()),
            "commitment" => Self::Words(format!("{} %", statement.commitment_pct)),
            "the commitment was" => Self::Words(
                match statement.verdict {
                    Verdict::Met => "kept",
                    Verdict::Breached => "missed",
                    Verdict::Indeterminate => "left undecided",
                    Verdict::NotApplicable => "not applicable",
                }
                .to_owned(),
            ),
            "availability" => percent(&statement.availability_pct),
            "availability at best" => percent(&statement.best_pct),
            "availability at worst" => percent(&statement.worst_pct),
            "time in total" => Self::Seconds(seconds.period),
            "time available" => Self::Seconds(seconds.up),
            "downtime" => Self::Seconds(seconds.down),
            "time unknown" => Self::Seconds(seconds.unknown),
            "time not counted" => Self::Seconds(seconds.excluded),
            "outages" => Self::Words(statement.outages.len().to_string()),
            "share of the fee" => percent(&credit.share_pct),
            "service credit" => Self::Money(credit.amount),
            "service credit at most" => Self::Money(credit.amount_max),
            "in proportion" => Self::Money(credit.alternatives.pro_rata),
            "for each percent begun" => Self::Money(credit.alternatives.started),
            "for each full percent" => Self::Money(credit.alternatives.whole),
            "revision" => Self::Words(statement.revision.to_string()),
            "tickets" => Self::Words(statement.tickets.opened.to_string()),
            "acknowledgements in time" => Self::Words(statement.tickets.acknowledge_met.to_string()),
            "acknowledgements missed" => Self::Words(statement.tickets.acknowledge_missed.to_string()),
            "resolutions in time" => Self::Words(statement.tickets.resolve_met.to_string()),
            "tickets still open" => Self::Words(statement.tickets.running.to_string()),
            "resolutions missed" => Self::Words(statement.tickets.resolve_missed.to_string()),
            other => {
                let words = performance(statement, other);
                Self::Words(words.ok_or_else(|| wrong(format!("a statement shows no `{other}`")))?)
            }
        })
    }

    /// True if the figure is the expected one.
    fn is(&self, expected: &str) -> Step<bool> {
        Ok(match self {
            Self::Words(words) => words.eq_ignore_ascii_case(expected),
            Self::Seconds(seconds) => *seconds == expected.parse::<Length>()?.0,
            Self::Money(money) => *money == expected.parse::<Amount>()?.0,
        })
    }

    fn words(&self) -> String {
        match self {
            Self::Words(words) => words.clone(),
            Self::Seconds(seconds) => duration(*seconds),
            Self::Money(money) => money.to_string(),
        }
    }
}

/// Returns a figure of a metric, such as `mean latency`, `throughput limit` or `the packet loss was`.
fn performance(statement: &Statement, label: &str) -> Option<String> {
    let of = |name: &str| {
        let (metric, unit) = named(name)?;
        Some((statement.performance.iter().find(|figures| figures.metric == metric)?, unit))
    };
    let shown = |figure: &Option<String>, unit: &str| {
        figure.as_ref().map_or_else(|| "none".to_owned(), |figure| format!("{figure} {unit}"))
    };
    if let Some((figures, unit)) = label.strip_prefix("mean ").and_then(of) {
        Some(shown(&figures.mean, unit))
    } else if let Some((figures, unit)) = label.strip_prefix("median ").and_then(of) {
        Some(shown(&figures.p50, unit))
    } else if let Some((figures, unit)) = label.strip_suffix(" of 95 in a hundred").and_then(of) {
        Some(shown(&figures.p95, unit))
    } else if let Some((figures, unit)) = label.strip_suffix(" of 99 in a hundred").and_then(of) {
        Some(shown(&figures.p99, unit))
    } else if let Some((figures, unit)) = label.strip_suffix(" limit").and_then(of) {
        Some(shown(&figures.limit, unit))
    } else if let Some((figures, _)) = label.strip_suffix(" measurements").and_then(of) {
        Some(figures.samples.to_string())
    } else {
        let (figures, _) = label.strip_prefix("the ")?.strip_suffix(" was").and_then(of)?;
        let verdict = match figures.verdict {
            MetricVerdict::Met => "kept",
            MetricVerdict::Missed => "missed",
            MetricVerdict::NotMeasured => "not measured",
        };
        Some(verdict.to_owned())
    }
}

/// Compares every row of the step's table with the figure of its label; reports all differences at once.
pub fn compare(step: &GherkinStep, figure: impl Fn(&str) -> Step<Figure>) -> Step {
    let mut differences = Vec::new();
    let rows: Vec<&Vec<String>> = step.table.iter().flat_map(|table| &table.rows).collect();
    if rows.is_empty() {
        return Err(wrong("the step needs a table of figures"));
    }
    for row in rows {
        let [label, expected] = row.as_slice() else { return Err(wrong("a row has two cells")) };
        let figure = figure(label)?;
        if !figure.is(expected)? {
            differences.push(format!("{label}: expected {expected}, but it says {}", figure.words()));
        }
    }
    if differences.is_empty() { Ok(()) } else { Err(wrong(differences.join("; "))) }
}

impl Tale {
    async fn stored(&self, month: NamedMonth, revision: Option<u32>) -> Step<Statement> {
        self.settled()?;
        let mut command = json!({ "command": "show_statement", "service_id": SERVICE, "month": month.0 });
        if let (Some(fields), Some(revision)) = (command.as_object_mut(), revision) {
            fields.insert("revision".to_owned(), json!(revision));
        }
        Tale::statement(self.ask("run-desk", command).await?)
    }

    async fn provisional(&self, month: NamedMonth) -> Step<Statement> {
        self.settled()?;
        let event = json!({ "month": month.0, "service_id": SERVICE });
        let answer = self.ask("close-month", event).await?;
        Tale::statement(answer.pointer("/statements/0").cloned().unwrap_or_default())
    }

    /// Returns an audience's news of one kind, in order.
    pub fn told(&self, listener: &Listener, news: News) -> Step<Vec<PublishedMessage>> {
        self.settled()?;
        let published = self.system()?.engines().topics().published().map_err(|e| wrong(e.explain()))?;
        let is_it = |message: &PublishedMessage| {
            message.topic == listener.0
                && message.attributes.get("kind").is_some_and(|kind| kind == news.0)
                && message.attributes.get("customer_id").is_some_and(|customer| customer == CUSTOMER)
        };
        Ok(published.into_iter().filter(is_it).collect())
    }

    /// Returns the rows of a month's credits, in the order of the export's revisions.
    async fn credits(&self, month: NamedMonth) -> Step<Vec<BTreeMap<String, String>>> {
        self.credits_of(month, None).await
    }

    /// Returns the rows of a month's credits in one revision of the export, or in all.
    pub async fn credits_of(
        &self,
        month: NamedMonth,
        only: Option<u64>,
    ) -> Step<Vec<BTreeMap<String, String>>> {
        self.settled()?;
        let last = self.export(month.0).await?;
        if last == 0 {
            return Err(wrong(format!("{} has not been exported", month.0)));
        }
        let folder = self.system()?.engines().objects().join(format!("exports/month={}", month.0));
        let mut rows = Vec::new();
        for revision in only.map_or(1..=last, |only| only..=only) {
            let file = folder.join(format!("revision={revision}/credits.csv"));
            let bytes = fs::read(&file).map_err(|e| wrong(format!("{}: {e}", file.display())))?;
            let parsed: Result<Vec<_>, _> =
                csv::Reader::from_reader(bytes.as_slice()).deserialize().collect();
            rows.extend(parsed.map_err(|e| wrong(format!("{}: {e}", file.display())))?);
        }
        Ok(rows)
    }
}

#[then(expr = "the statement of {month} says:")]
async fn statement_says(tale: &mut Tale, month: NamedMonth, step: &GherkinStep) -> Step {
    let statement = tale.stored(month, None).await?;
    compare(step, |label| Figure::of(&statement, label))
}

#[then(expr = "revision {int} of the statement of {month} still says:")]
async fn revision_says(tale: &mut Tale, revision: u32, month: NamedMonth, step: &GherkinStep) -> Step {
    let statement = tale.stored(month, Some(revision)).await?;
    compare(step, |label| Figure::of(&statement, label))
}

#[then(expr = "the provisional statement of {month} says:")]
async fn provisional_says(tale: &mut Tale, month: NamedMonth, step: &GherkinStep) -> Step {
    let statement = tale.provisional(month).await?;
    if !statement.provisional {
        return Err(wrong(format!("the statement is final: {} is closed", month.0)));
    }
    compare(step, |label| Figure::of(&statement, label))
}

#[then(expr = "this is refused: {string}")]
async fn refused(tale: &mut Tale, reason: String) -> Step {
    let failure = tale.take_refusal()?;
    if failure.message().contains(&reason) { Ok(()) } else { Err(wrong(describe(&failure))) }
}

#[then(expr = "{audience} has/have been told that {news}")]
async fn told(tale: &mut Tale, listener: Listener, news: News) -> Step {
    match tale.told(&listener, news)?.len() {
        0 => Err(wrong(format!("{} has heard nothing of {}", listener.0, news.0))),
        _ => Ok(()),
    }
}

#[then(expr = "{audience} has/have been told {int} times that {news}")]
async fn told_times(tale: &mut Tale, listener: Listener, times: usize, news: News) -> Step {
    match tale.told(&listener, news)?.len() {
        heard if heard == times => Ok(()),
        heard => Err(wrong(format!("{} has heard of {} {heard} times", listener.0, news.0))),
    }
}

#[then(expr = "{audience} has/have not been told that {news}")]
async fn not_told(tale: &mut Tale, listener: Listener, news: News) -> Step {
    match tale.told(&listener, news)?.first() {
        None => Ok(()),
        Some(message) => Err(wrong(format!("{} has heard: {}", listener.0, message.message))),
    }
}

#[then(expr = "{audience} has/have been told, as of {day}, {time}, that {news}")]
async fn told_as_of(tale: &mut Tale, listener: Listener, day: Day, time: Time, news: News) -> Step {
    let told = tale.told(&listener, news)?;
    let at: Vec<String> = told.iter().map(|message| text(message, "/occurred_at")).collect();
    if at.contains(&tale.instant(day.0, time.0)?.to_string()) {
        Ok(())
    } else {
        Err(wrong(format!("{} has heard of {} as of {at:?}", listener.0, news.0)))
    }
}

#[then(expr = "the customer has been told that claims are in time until the end of {day}")]
async fn claim_until(tale: &mut Tale, day: Day) -> Step {
    let told = tale.told(&"the customer".parse()?, "the commitment is missed".parse()?)?;
    let last = told.last().ok_or_else(|| wrong("the customer has heard of no breach"))?;
    ends_with(tale, last, "/data/breach/claim_until", day)
}

#[then(expr = "the customer has been told that claims for performance are in time until the end of {day}")]
async fn performance_claim_until(tale: &mut Tale, day: Day) -> Step {
    let told = tale.told(&"the customer".parse()?, "a metric missed its limit".parse()?)?;
    let last = told.last().ok_or_else(|| wrong("the customer has heard of no missed metric"))?;
    ends_with(tale, last, "/data/miss/claim_until", day)
}

/// Compares the deadline in a notice with the end of a day on the customer's calendar.
pub fn ends_with(tale: &Tale, notice: &PublishedMessage, pointer: &str, day: Day) -> Step {
    let until = text(notice, pointer);
    let until: Instant =
        until.parse().map_err(|_| wrong(format!("no deadline is named: {}", notice.message)))?;
    let zone = tale.sla_zone()?;
    let (last_second, after) = (zone.date(until.plus_s(-1)), zone.date(until));
    if last_second == day.0 && after != day.0 { Ok(()) } else { Err(wrong(format!("until {until}"))) }
}

#[then(expr = "the customer has been told of a breach without a claim deadline")]
async fn no_deadline(tale: &mut Tale) -> Step {
    let told = tale.told(&"the customer".parse()?, "the commitment is missed".parse()?)?;
    let last = told.last().ok_or_else(|| wrong("the customer has heard of no breach"))?;
    match last.message.pointer("/data/breach/claim_until") {
        None => Ok(()),
        Some(until) => Err(wrong(format!("the deadline {until} is named"))),
    }
}

#[then(expr = "finance's export of {month} holds these credits:")]
async fn credits(tale: &mut Tale, month: NamedMonth, step: &GherkinStep) -> Step {
    let rows = tale.credits(month).await?;
    let found: Vec<Vec<String>> = rows
        .iter()
        .map(|row| {
            let cell = |name: &str| row.get(name).cloned().unwrap_or_default();
            vec![cell("state"), format!("{} {}", cell("amount"), cell("currency")), cell("billing_month")]
        })
        .collect();
    let mut expected = Vec::new();
    for row in step.table.iter().flat_map(|table| &table.rows) {
        let [state, amount, billed] = row.as_slice() else { return Err(wrong("a row has three cells")) };
        expected.push(vec![state.clone(), amount.clone(), billed.parse::<NamedMonth>()?.0.to_string()]);
    }
    if found == expected { Ok(()) } else { Err(wrong(format!("the export holds {found:?}"))) }
}

#[then(expr = "finance's export of {month} holds no credit")]
async fn no_credits(tale: &mut Tale, month: NamedMonth) -> Step {
    match tale.credits(month).await?.len() {
        0 => Ok(()),
        rows => Err(wrong(format!("it holds {rows}"))),
    }
}

/// Returns the text at a pointer into a message.
pub fn text(message: &PublishedMessage, pointer: &str) -> String {
    message.message.pointer(pointer).and_then(|value| value.as_str()).unwrap_or_default().to_owned()
}
