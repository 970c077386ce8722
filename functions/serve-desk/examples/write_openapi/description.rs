//! The description of the desk's API: a path for each command, whose body is the command's own schema.

use events::command::CommandName;
use serde_json::{Map, Value, json};

/// Statuses of refusals with their causes.
const REFUSALS: [(&str, &str); 10] = [
    ("400", "The body is not JSON, or `Idempotency-Key` is missing."),
    ("401", "The access token is missing or invalid."),
    ("403", "The token lacks the scope, or the person may not: nobody decides what they raised."),
    ("404", "A named object does not exist."),
    ("408", "The request took too long."),
    ("409", "An object of that id exists with other content, or in a state that does not allow the command."),
    ("413", "The body is too long."),
    ("415", "The body is not `application/json`."),
    ("422", "A field is missing or wrong, or the key was used for another request."),
    ("503", "A dependency failed; nothing was lost."),
];

/// Builds the document.
pub fn document() -> Value {
    let (mut paths, mut schemas) = (Map::new(), Map::new());
    for (file, schema) in events::schema::schemas() {
        let named = file.strip_prefix("command.").and_then(|rest| rest.strip_suffix(".schema.json"));
        let Some(command) = named else { continue };
        let mut schema = schema.to_value();
        take_definitions(&mut schema, &mut schemas);
        forget_signer(&mut schema, command);
        let summary = schema.get("description").cloned().unwrap_or_default();
        schemas.insert(command.to_owned(), schema);
        paths.insert(format!("{}/commands/{command}", serve_desk::api::BASE), path(command, &summary));
    }
    schemas.insert("problem".to_owned(), problem());
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Nines: the desk",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "The commands of staff and finance. The token names the person who gives a command.",
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "token": {
                    "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
                    "description": "An access token with the scope `staff`, or `finance` for bills.",
                },
            },
        },
        "security": [{ "token": [] }],
    })
}

fn path(command: &str, summary: &Value) -> Value {
    let mut responses = Map::new();
    let answer = json!({ "application/json": { "schema": { "type": "object" } } });
    let done = "The object made, changed or shown; the same for the same command.";
    responses.insert("200".to_owned(), json!({ "description": done, "content": answer }));
    for (status, description) in REFUSALS {
        let content =
            json!({ "application/problem+json": { "schema": { "$ref": "#/components/schemas/problem" } } });
        responses.insert(status.to_owned(), json!({ "description": description, "content": content }));
    }
    let key = json!({
        "name": "Idempotency-Key", "in": "header", "required": true,
        "description": "A key of the caller's choice; the same key with another command or body is refused.",
        "schema": { "type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$" },
    });
    let body = json!({ "schema": { "$ref": format!("#/components/schemas/{command}") } });
    json!({
        "post": {
            "operationId": command,
            "summary": summary,
            "parameters": [key],
            "requestBody": { "required": true, "content": { "application/json": body } },
            "responses": responses,
        },
    })
}

/// Removes the signer from a command's schema: the token names the person.
fn forget_signer(schema: &mut Value, command: &str) {
    let Some(field) = CommandName::of(command).and_then(CommandName::signed_by) else { return };
    if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
        properties.remove(field);
    }
    if let Some(required) = schema.get_mut("required").and_then(Value::as_array_mut) {
        required.retain(|name| name != field);
    }
}

/// Moves a schema's definitions to the shared ones.
fn take_definitions(schema: &mut Value, all: &mut Map<String, Value>) {
    let Some(own) = schema.as_object_mut() else { return };
    own.remove("$schema");
    if let Some(Value::Object(definitions)) = own.remove("$defs") {
        for (name, mut definition) in definitions {
            point_to_components(&mut definition);
            all.insert(name, definition);
        }
    }
    point_to_components(schema);
}

fn point_to_components(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            if let Some(Value::String(to)) = fields.get_mut("$ref") {
                *to = to.replace("#/$defs/", "#/components/schemas/");
            }
            fields.values_mut().for_each(point_to_components);
        }
        Value::Array(values) => values.iter_mut().for_each(point_to_components),
        _ => {}
    }
}

fn problem() -> Value {
    json!({
        "type": "object",
        "description": "Problem details (RFC 9457).",
        "required": ["status", "title", "detail"],
        "properties": {
            "status": { "type": "integer", "description": "The status, as in the status line." },
            "title": { "type": "string", "description": "The kind of problem." },
            "detail": { "type": "string", "description": "The error in this request, and what to do." },
        },
    })
}
