//! Converts the text of form fields to the JSON types of a command's fields.

use pages::FieldError;
use serde_json::{Map, Value, json};
use sla::Money;

/// Fields that hold an instant, written as `2026-06-01T02:00` in UTC.
const INSTANTS: [&str; 4] = ["activated_at", "at", "ends_at", "starts_at"];
/// Fields that hold an amount, written as `499.00 EUR`.
const AMOUNTS: [&str; 2] = ["amount", "monthly_fee"];
/// Fields that hold a whole number.
const NUMBERS: [&str; 5] = ["check_interval_s", "down_s", "max_silence_s", "quorum", "resolution_s"];
/// Characters of an instant without its seconds, as a browser sends it.
const MINUTES: usize = "2026-06-01T02:00".len();
/// Text for silence without end; commands take it as a JSON null.
const FOR_EVER: &str = "null";

/// Converts the fields of a form to those of a command; empty fields count as absent.
///
/// # Errors
/// Returns every field that cannot be read, with what would be right.
pub fn of_form(command: &str, form: &Map<String, Value>) -> Result<Map<String, Value>, Vec<FieldError>> {
    let (mut fields, mut errors) = (Map::new(), Vec::new());
    for (name, value) in form {
        let text = value.as_str().unwrap_or_default();
        if name == "csrf" || text.trim().is_empty() {
            continue;
        }
        match read(command, name, text) {
            Ok(read) => {
                fields.insert(name.clone(), read);
            }
            Err(text) => errors.push(FieldError { field: name.clone(), text }),
        }
    }
    if command == "announce_maintenance" {
        errors.extend(take_scope(&mut fields).err());
    }
    if errors.is_empty() { Ok(fields) } else { Err(errors) }
}

fn read(command: &str, name: &str, text: &str) -> Result<Value, String> {
    let trimmed = text.trim();
    if INSTANTS.contains(&name) {
        return Ok(instant(trimmed).into());
    }
    if AMOUNTS.contains(&name) {
        let money: Money = trimmed.parse().map_err(|error: sla::MoneyError| error.to_string())?;
        return Ok(json!(money));
    }
    if name == "max_silence_s" && trimmed == FOR_EVER {
        return Ok(Value::Null);
    }
    if NUMBERS.contains(&name) {
        let number: i64 = trimmed
            .parse()
            .map_err(|_| format!("`{}` is not a whole number: write digits alone", sla::shown(trimmed)))?;
        return Ok(number.into());
    }
    match (command, name) {
        (_, "services") => {
            let lines = trimmed.split(['\n', ',']).map(str::trim).filter(|line| !line.is_empty());
            Ok(lines.collect::<Vec<_>>().into())
        }
        // Text that was a queue record stays text: the replay reads it as the queue's record was read.
        ("replay_quarantine", "payload") => {
            Ok(events::parse(text.as_bytes()).unwrap_or_else(|_| text.into()))
        }
        // Names and ids have no space around them; prose keeps its lines.
        _ => Ok(trimmed.into()),
    }
}

/// Completes an instant as browsers send it to RFC 3339; anything else is left for the command to refuse.
fn instant(text: &str) -> String {
    let is_local = text.len() >= MINUTES && text.as_bytes().get(10) == Some(&b'T') && !text.ends_with('Z');
    match (is_local, text.len() == MINUTES) {
        (true, true) => format!("{text}:00Z"),
        (true, false) => format!("{text}Z"),
        (false, _) => text.to_owned(),
    }
}

/// Reads the scope of maintenance: services, a region, or all.
fn take_scope(fields: &mut Map<String, Value>) -> Result<(), FieldError> {
    let kind = fields.remove("scope_kind");
    let (services, region) = (fields.remove("services"), fields.remove("region"));
    let missing = |field: &str, text: &str| FieldError { field: field.to_owned(), text: text.to_owned() };
    let scope = match kind.as_ref().and_then(Value::as_str) {
        Some("services") => {
            let services = services.ok_or_else(|| missing("services", "Name at least one service."))?;
            json!({ "services": services })
        }
        Some("region") => {
            let region = region.ok_or_else(|| missing("region", "Name the region."))?;
            json!({ "region": region })
        }
        Some("all") => json!({ "all": true }),
        _ => return Err(missing("scope_kind", "Choose what the maintenance covers.")),
    };
    fields.insert("scope".to_owned(), scope);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(fields: &[(&str, &str)]) -> Map<String, Value> {
        fields.iter().map(|(name, text)| ((*name).to_owned(), (*text).into())).collect()
    }

    #[track_caller]
    fn fields(command: &str, given: &[(&str, &str)]) -> String {
        Value::Object(of_form(command, &form(given)).unwrap()).to_string()
    }

    #[test]
    fn what_people_write_becomes_what_commands_take() {
        let cases = [
            ("terminate_service", vec![("service_id", " api "), ("at", "2026-06-01T02:00"), ("csrf", "x")]),
            ("terminate_service", vec![("at", "2026-06-01T02:00:30")]),
            ("terminate_service", vec![("at", "2026-06-01T02:00:00Z")]),
            ("terminate_service", vec![("at", "tomorrow")]),
            (
                "register_service",
                vec![("monthly_fee", "499 EUR"), ("quorum", "2"), ("max_silence_s", "null")],
            ),
            ("register_service", vec![("max_silence_s", "120"), ("region", " ")]),
            ("raise_exclusion", vec![("services", "api\n db ,web\n"), ("evidence", "a\n\nb ")]),
            ("announce_maintenance", vec![("scope_kind", "services"), ("services", "api"), ("region", "eu")]),
            ("announce_maintenance", vec![("scope_kind", "region"), ("region", "eu")]),
            ("announce_maintenance", vec![("scope_kind", "all")]),
            ("replay_quarantine", vec![("payload", "{\"a\": 1}")]),
            ("replay_quarantine", vec![("payload", "{\"a\": ")]),
        ];
        let read = cases.map(|(command, given)| format!("{command} {}", fields(command, &given)));
        insta::assert_snapshot!(read.join("\n"));
    }

    #[test]
    fn what_cannot_be_read_is_told_by_field() {
        let cases = [
            ("register_service", vec![("monthly_fee", "much"), ("quorum", "two")]),
            ("announce_maintenance", vec![]),
            ("announce_maintenance", vec![("scope_kind", "services")]),
            ("announce_maintenance", vec![("scope_kind", "region"), ("services", "api")]),
        ];
        let told = cases.map(|(command, given)| {
            let errors = of_form(command, &form(&given)).unwrap_err();
            let told: Vec<String> = errors.iter().map(|e| format!("{}: {}", e.field, e.text)).collect();
            format!("{command}: {}", told.join(" | "))
        });
        insta::assert_snapshot!(told.join("\n"));
    }
}
