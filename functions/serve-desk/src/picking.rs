//! Services and customers in forms: people type an id, a number or words of a name. What names exactly one thing
//! is taken; among several a person chooses.

use events::command::{CommandName, Field, FieldKind, Subject};
use pages::FieldError;
use pages::desk::{FieldChoice, posted_fields};
use serde_json::{Map, Value};
use table::{Found, Table, TableError};

/// The most things that are offered for one text.
const OFFERED_MAX: usize = 10;
/// The most texts of a form that are looked for, at up to 6 calls each. Further ones must be ids.
const LOOKED_FOR_MAX: usize = 3;

/// What could not be taken: the errors, and what a person may choose.
#[derive(Debug, Default)]
pub struct Unpicked {
    /// The errors, by field.
    pub errors: Vec<FieldError>,
    /// The things to choose from, by field.
    pub choices: Vec<FieldChoice>,
}

/// Returns the kind of the things that a field names, unless the command makes the thing.
fn kind(command: CommandName, field: &Field) -> Option<Subject> {
    match (field.name, command) {
        ("service_id", CommandName::RegisterService) | ("customer_id", CommandName::RegisterCustomer) => None,
        ("service_id", _) => Some(Subject::Service),
        ("customer_id", _) => Some(Subject::Customer),
        _ if field.kind == FieldKind::Services => Some(Subject::Service),
        _ => None,
    }
}

/// Puts ids in the place of what a form's fields call services and customers.
pub async fn pick(
    table: &Table,
    command: CommandName,
    form: &mut Map<String, Value>,
) -> Result<Unpicked, TableError> {
    let (mut unpicked, mut looked_for) = (Unpicked::default(), 0);
    for field in posted_fields(command) {
        let Some(kind) = kind(command, &field) else { continue };
        let Some(text) = form.get(field.name).and_then(Value::as_str).map(str::to_owned) else { continue };
        let ends: &[char] = if field.kind == FieldKind::Services { &['\n', ','] } else { &[] };
        let mut parts: Vec<String> = text.split(ends).map(|part| part.trim().to_owned()).collect();
        parts.retain(|part| !part.is_empty());
        let known = known(table, kind, &parts).await?;
        for place in 0..parts.len() {
            let part = parts[place].clone();
            if known.contains(&part) || looked_for == LOOKED_FOR_MAX {
                continue;
            }
            looked_for += 1;
            let mut found = table.search(&part).await?;
            found.things.retain(|own| own.kind == kind);
            match (found.things.as_slice(), found.is_more) {
                ([only], false) => parts[place].clone_from(&only.id),
                // An id that nobody knows is for the command to refuse.
                ([], _) if part.parse::<sla::ServiceId>().is_ok() => {}
                ([], _) => unpicked.errors.push(FieldError {
                    field: field.name.to_owned(),
                    text: format!(
                        "Nothing is found for `{part}`: write an id, a number, or words of a name."
                    ),
                }),
                (several, is_more) => {
                    let more = if is_more || several.len() > OFFERED_MAX {
                        " There are more: add a word."
                    } else {
                        ""
                    };
                    unpicked.errors.push(FieldError {
                        field: field.name.to_owned(),
                        text: format!("`{part}` fits several: choose one of them.{more}"),
                    });
                    let choice = |own: &Found| {
                        let mut chosen = parts.clone();
                        chosen[place].clone_from(&own.id);
                        FieldChoice {
                            field: field.name.to_owned(),
                            value: chosen.join("\n"),
                            kind,
                            id: own.id.clone(),
                            name: own.name.clone().unwrap_or_default(),
                            customer_name: own.customer.clone().map(|(_, name)| name),
                        }
                    };
                    unpicked.choices.extend(several.iter().take(OFFERED_MAX).map(choice));
                    break;
                }
            }
        }
        form.insert(field.name.to_owned(), parts.join("\n").into());
    }
    Ok(unpicked)
}

/// Returns which of some texts are ids of things that are there.
async fn known(table: &Table, kind: Subject, parts: &[String]) -> Result<Vec<String>, TableError> {
    Ok(match kind {
        Subject::Customer => {
            let ids: Vec<_> = parts.iter().filter_map(|part| part.parse().ok()).collect();
            table.customers(&ids).await?.iter().map(|own| own.customer_id.to_string()).collect()
        }
        _ => {
            let ids: Vec<_> = parts.iter().filter_map(|part| part.parse().ok()).collect();
            table.services(&ids).await?.iter().map(|own| own.service_id.to_string()).collect()
        }
    })
}
