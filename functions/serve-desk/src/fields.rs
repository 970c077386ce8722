//! Converts the text of form fields to the JSON types of a command's fields.

use events::command::{CommandName, Field, FieldKind, Presence};
use pages::FieldError;
use serde_json::{Map, Value, json};
use sla::Money;

/// Characters of an instant without its seconds, as a browser sends it.
const MINUTES: usize = "2026-06-01T02:00".len();
/// Texts for silence without end; commands take it as a JSON null.
const FOR_EVER: [&str; 2] = ["for ever", "null"];
/// End of the names of fields in seconds, in which people write durations.
const SECONDS: &str = "_s";

/// Converts the fields of a form to those of a command; empty fields count as absent.
/// Returns those that can be read, and of every other what would be right.
pub fn of_form(command: CommandName, form: &Map<String, Value>) -> (Map<String, Value>, Vec<FieldError>) {
    let posted = pages::desk::posted_fields(command);
    let (mut fields, mut errors) = (Map::new(), Vec::new());
    for (name, value) in form {
        let text = value.as_str().unwrap_or_default();
        if name == "csrf" || text.trim().is_empty() {
            continue;
        }
        match read(posted.iter().find(|field| field.name == name), text) {
            Ok(read) => {
                fields.insert(name.clone(), read);
            }
            Err(text) => errors.push(FieldError { field: name.clone(), text }),
        }
    }
    if command.fields().iter().any(|field| field.kind == FieldKind::Scope) {
        errors.extend(take_scope(&mut fields).err());
    }
    (fields, errors)
}

/// Converts the text of a field; a field that the command does not have stays text, which it ignores.
fn read(field: Option<&Field>, text: &str) -> Result<Value, String> {
    let trimmed = text.trim();
    let Some(field) = field else { return Ok(trimmed.into()) };
    match field.kind {
        FieldKind::Instant => Ok(instant(trimmed).into()),
        FieldKind::Amount => {
            let money: Money = trimmed.parse().map_err(|error: sla::MoneyError| error.to_string())?;
            Ok(json!(money))
        }
        FieldKind::Number if field.presence == Presence::OptionalOrNull && FOR_EVER.contains(&trimmed) => {
            Ok(Value::Null)
        }
        FieldKind::Number if field.name.ends_with(SECONDS) => {
            let wrong = || format!("`{}` is not a duration: write it as 90 s or 4 h", sla::shown(trimmed));
            sla::duration::of_words(trimmed).map(Value::from).ok_or_else(wrong)
        }
        FieldKind::Number => {
            let number: Result<i64, _> = trimmed.parse();
            let wrong = |_| format!("`{}` is not a whole number: write digits alone", sla::shown(trimmed));
            number.map(Value::from).map_err(wrong)
        }
        FieldKind::Services => {
            let lines = trimmed.split(['\n', ',']).map(str::trim).filter(|line| !line.is_empty());
            Ok(lines.collect::<Vec<_>>().into())
        }
        // Text that was a queue record stays text: the replay reads it as the queue's record was read.
        FieldKind::Json => Ok(events::parse(text.as_bytes()).unwrap_or_else(|_| text.into())),
        // The file as it was sent: its import is named by it.
        FieldKind::Csv => Ok(text.into()),
        // Names and ids have no space around them; prose keeps its lines.
        FieldKind::Line
        | FieldKind::Text
        | FieldKind::Prose
        | FieldKind::Choice
        | FieldKind::Flag
        | FieldKind::Scope
        | FieldKind::Signer => Ok(trimmed.into()),
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
        Value::Object(of_form(CommandName::of(command).unwrap(), &form(given)).0).to_string()
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
            ("register_service", vec![("max_silence_s", "for ever"), ("check_interval_s", "5 min")]),
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
            ("register_service", vec![("monthly_fee", "much"), ("quorum", "two"), ("max_silence_s", "€")]),
            ("announce_maintenance", vec![]),
            ("announce_maintenance", vec![("scope_kind", "services")]),
            ("announce_maintenance", vec![("scope_kind", "region"), ("services", "api")]),
        ];
        let told = cases.map(|(command, given)| {
            let (_, errors) = of_form(CommandName::of(command).unwrap(), &form(&given));
            let told: Vec<String> = errors.iter().map(|e| format!("{}: {}", e.field, e.text)).collect();
            format!("{command}: {}", told.join(" | "))
        });
        insta::assert_snapshot!(told.join("\n"), @r"
        register_service: max_silence_s: `€` is not a duration: write it as 90 s or 4 h | monthly_fee: `much` is not an amount: write a number and its currency, such as 499.00 EUR | quorum: `two` is not a whole number: write digits alone
        announce_maintenance: scope_kind: Choose what the maintenance covers.
        announce_maintenance: services: Name at least one service.
        announce_maintenance: region: Name the region.
        ");
    }
}
