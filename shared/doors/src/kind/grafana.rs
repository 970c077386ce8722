//! Grafana Alerting (documented, and read in its source): Alertmanager's body with more fields; offsets are
//! the server's. Its own states come as alerts: no data and data source errors are unknown, never down. The
//! button sends `TestAlert`.

use events::{InputError, Source};
use sla::Status;

use super::alertmanager;
use crate::facts::Facts;
use crate::message::{Item, Reading};

pub(super) fn item(facts: Facts, source: &Source) -> Result<Item, InputError> {
    let name = facts.text("labels.alertname").unwrap_or_default();
    match name.as_str() {
        "TestAlert" if facts.text("labels.instance").as_deref() == Some("Grafana") => Ok(Item::Test),
        "DatasourceNoData" | "DatasourceError" => {
            let reading = alertmanager::alert(facts, source, Status::Unknown)?;
            Ok(Reading { cannot_tell: true, ..reading }.into())
        }
        _ => alertmanager::alert(facts, source, Status::Down).map(Item::from),
    }
}
