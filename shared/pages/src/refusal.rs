//! Turns a refusal into the error of the field that it names.

use events::InputError;

use crate::FieldError;

impl FieldError {
    /// Assigns each message of a refusal to its field.
    pub fn each(refusal: InputError) -> Vec<Self> {
        refusal.into_each().map(|detail| Self::of(&detail)).collect()
    }

    /// Assigns a refusal to the field named at its start; a refusal that names none concerns the whole form.
    pub fn of(detail: &str) -> Self {
        let is_name = |field: &str| field.chars().all(|c| c.is_ascii_lowercase() || c == '_');
        let named = detail.split_once(':').filter(|(field, _)| is_name(field));
        let missing = detail.strip_prefix("missing field `").and_then(|rest| rest.split_once('`'));
        match (named, missing) {
            (Some((field, text)), _) => Self { field: field.to_owned(), text: sentence(text.trim()) },
            (_, Some((field, _))) => Self { field: field.to_owned(), text: needed(field) },
            _ => Self { field: String::new(), text: sentence(detail) },
        }
    }
}

/// Asks for the value of a field that was left empty.
fn needed(field: &str) -> String {
    match field {
        "title" => "Summarize the problem in one line.".to_owned(),
        "level" => "Choose how urgent it is.".to_owned(),
        "service_id" => "Choose the service.".to_owned(),
        "month" => "Choose the month.".to_owned(),
        "kind" => "Choose what you claim for.".to_owned(),
        "statement" => "Say why the time should count.".to_owned(),
        "protocol" => "Choose how notices are to be sent.".to_owned(),
        "endpoint" => "Say where notices are to be sent.".to_owned(),
        other => format!("{} is needed.", sentence(&other.replace('_', " "))),
    }
}

fn sentence(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next().map(char::to_uppercase);
    first.into_iter().flatten().chain(characters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_stands_beside_the_field_that_it_names() {
        let told = [
            "starts_at: `x` is no instant: write one",
            "missing field `service_id`: write it",
            "missing field `evidence`",
            "The issuer: it does not answer",
            "nothing is named",
        ]
        .map(FieldError::of)
        .map(|error| format!("[{}] {}", error.field, error.text));
        insta::assert_snapshot!(told.join("\n"), @r"
        [starts_at] `x` is no instant: write one
        [service_id] Choose the service.
        [evidence] Evidence is needed.
        [] The issuer: it does not answer
        [] Nothing is named
        ");
    }
}
