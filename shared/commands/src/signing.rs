//! Signing: a command is completed with its name and the person who gives it.

use events::command::CommandName;
use serde_json::{Map, Value};
use sla::id::StaffId;

/// Completes a command's fields with its name and the person as its signer, whoever the fields name.
pub fn signed(name: CommandName, mut fields: Map<String, Value>, staff_id: &StaffId) -> Value {
    fields.insert("command".to_owned(), name.as_str().into());
    if let Some(field) = name.signed_by() {
        fields.insert(field.to_owned(), staff_id.as_str().into());
    }
    Value::Object(fields)
}
