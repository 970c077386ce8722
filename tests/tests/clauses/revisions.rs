//! Revisions of the agreement: published with a few changes from the latest, announced to the customer.

use cucumber::gherkin::Step as GherkinStep;
use cucumber::{then, when};
use sla::Terms;

use crate::tale::{Step, Tale, wrong};
use crate::wording::{Day, Length, NamedMonth, News, Time};

/// Changes the terms by the rows of a table.
fn changed(mut terms: Terms, step: &GherkinStep) -> Step<Terms> {
    for row in step.table.iter().flat_map(|table| &table.rows) {
        let [label, value] = row.as_slice() else { return Err(wrong("a row has two cells")) };
        match label.as_str() {
            "uptime of the Premium plan" => terms.plans.premium.commitment_ppm = ppm(value)?,
            "credit for every percent of downtime" => terms.credits.rate_pct = ppm(value)? / 10_000,
            "a critical report is acknowledged within" => {
                terms.levels.critical.acknowledge.limit_s = value.parse::<Length>()?.0;
            }
            "claims are in time for" => {
                let days = value.parse::<Length>()?.0 / 86_400;
                terms.claims.window_days = u32::try_from(days).map_err(|e| wrong(e.to_string()))?;
            }
            "a revision is announced ahead by" => terms.notice_days = value.parse::<Length>()?.0 / 86_400,
            other => return Err(wrong(format!("`{other}` is nothing that a revision changes"))),
        }
    }
    Ok(terms)
}

/// Parses a percentage such as `99.97 %` as parts per million.
fn ppm(text: &str) -> Step<i64> {
    let wrong = || wrong(format!("`{text}` is no percentage: write one such as 99.97 %"));
    let (whole, fraction) =
        text.strip_suffix(" %").map(|n| n.split_once('.').unwrap_or((n, ""))).ok_or_else(wrong)?;
    if fraction.len() > 4 {
        return Err(wrong());
    }
    format!("{whole}{fraction:0<4}").parse().map_err(|_| wrong())
}

impl Tale {
    async fn latest_terms(&self) -> Step<Terms> {
        let book = self.system()?.terms().await.map_err(|e| wrong(e.explain()))?;
        Ok(book.latest().clone())
    }

    async fn publish_on(&mut self, day: Day, time: Time, terms: Terms) -> Step {
        self.settled()?;
        self.pass_to(self.instant(day.0, time.0)?).await?;
        let document = serde_json::to_value(terms).map_err(|e| wrong(e.to_string()))?;
        self.publish(document).await
    }
}

#[when(expr = "on {day} at {time} a revision of the agreement is published, in force from {month}:")]
async fn published(tale: &mut Tale, day: Day, time: Time, month: NamedMonth, step: &GherkinStep) -> Step {
    let latest = tale.latest_terms().await?;
    let next = Terms { revision: latest.revision + 1, effective_from: month.0, ..latest };
    tale.publish_on(day, time, changed(next, step)?).await
}

#[when(expr = "on {day} at {time} the same revision is published with another content:")]
async fn published_anew(tale: &mut Tale, day: Day, time: Time, step: &GherkinStep) -> Step {
    let latest = tale.latest_terms().await?;
    tale.publish_on(day, time, changed(latest, step)?).await
}

#[then(expr = "the customer has been told of this change: {string}")]
async fn told_of(tale: &mut Tale, change: String) -> Step {
    let news: News = "the agreement changes".parse()?;
    let told = tale.told(&"the customer".parse()?, news)?;
    let lines = told.iter().filter_map(|message| message.message.pointer("/data/revised/difference"));
    let lines: Vec<_> = lines.filter_map(|lines| lines.as_array()).flatten().collect();
    if lines.iter().any(|line| **line == change) {
        Ok(())
    } else {
        Err(wrong(format!("told were {lines:?}")))
    }
}
