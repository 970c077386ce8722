//! UptimeRobot (documented; read in receivers): variables between asterisks in a query string, form or JSON,
//! all texts. `alertDateTime` is Unix seconds; a recovery has the outage's length. Variables that do not
//! apply arrive as they are written.

use events::{InputError, Source};
use sla::{Instant, Status};

use crate::facts::Facts;
use crate::message::{Item, Reading, unknown_word};
use crate::time::UNIX_S;

pub(super) fn item(facts: Facts, _source: &Source) -> Result<Item, InputError> {
    let Some(key) = facts.text("monitorID") else { return Ok(Item::Test) };
    let kind = facts.need("alertType")?;
    if kind == "3" {
        return Item::nothing("certificate or domain");
    }
    let at = facts.need_instant("alertDateTime", UNIX_S)?;
    let lasted_s = facts.text("alertDuration").and_then(|text| text.parse::<u32>().ok());
    let failed_at: Option<Instant> = lasted_s.map(|lasted_s| at.plus_s(-i64::from(lasted_s)));
    let reading = Reading::of(key, facts);
    match kind.as_str() {
        "1" => Ok(reading.failed(Some(at), Status::Down).into()),
        "2" => Ok(reading.failed(failed_at, Status::Down).cleared(at).into()),
        other => Err(unknown_word("alertType", other, "1 (down), 2 (up), 3 (certificate)")),
    }
}
