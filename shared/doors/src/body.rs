//! A webhook as it came, and its body: JSON, or a form or query string where a sender has nothing better.

use std::collections::BTreeMap;

use events::InputError;
use serde_json::{Map, Value};
use sla::Instant;

/// Longest body. A message of the queue has the same limit; a longer body is answered 413.
pub const BODY_BYTES_MAX: usize = 256 * 1024;
/// Deepest nesting of a body.
pub const DEPTH_MAX: usize = 32;

/// A request of a sender, whole: the proof is over its raw bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Headers, by their names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The query string, as it came.
    pub query: String,
    /// The last part of the path, if there is one behind the source's id.
    pub path_token: Option<String>,
    /// The body, decoded from whatever the gateway made of it.
    pub body: Vec<u8>,
    /// Instant of the receipt.
    pub received_at: Instant,
}

/// Content of a body as JSON: of a form, an object of texts.
pub(crate) struct Body {
    /// The JSON.
    pub value: Value,
    /// The query string's fields.
    pub query: BTreeMap<String, String>,
}

/// Forms other than JSON that a kind sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// Nothing else.
    Json,
    /// Forms, and query strings without a body.
    Fields,
    /// Bodies that are broken: what counts is beside them.
    Anything,
}

impl Request {
    /// Returns a header by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }
}

impl Body {
    /// Reads the body of a request.
    pub fn read(request: &Request, form: Form) -> Result<Self, InputError> {
        let bytes = request.body.len();
        if bytes > BODY_BYTES_MAX {
            return Err(InputError::new(format_args!(
                "the body has {bytes} bytes: send at most {BODY_BYTES_MAX}, in smaller groups"
            )));
        }
        let query = fields(request.query.as_bytes())?;
        let value = match form {
            Form::Json => events::parse(&request.body)?,
            Form::Fields => any_form(request, &query)?,
            Form::Anything => any_form(request, &query).unwrap_or_else(|_| object(&query)),
        };
        if depth(&value) > DEPTH_MAX {
            let error = format_args!("the body is nested more than {DEPTH_MAX} levels: send less");
            return Err(InputError::new(error));
        }
        Ok(Self { value, query })
    }
}

/// Reads JSON, the field `data` of a multipart form, the fields of a form, or those of the query string where
/// there is no body.
fn any_form(request: &Request, query: &BTreeMap<String, String>) -> Result<Value, InputError> {
    let kind = request.header("content-type").unwrap_or_default();
    let body = request.body.trim_ascii();
    if let Some(boundary) = boundary(kind) {
        let data = part(body, boundary, "data").ok_or_else(|| {
            InputError::new("the form has no field `data`: set the sender's body to its preset for forms")
        })?;
        return events::parse(data);
    }
    // A custom body of Uptime Kuma is JSON that calls itself a form.
    let is_json = body.starts_with(b"{") || body.starts_with(b"[");
    match body {
        [] => Ok(object(query)),
        form if !is_json && kind.starts_with("application/x-www-form-urlencoded") => {
            Ok(object(&fields(form)?))
        }
        json => events::parse(json),
    }
}

fn object(fields: &BTreeMap<String, String>) -> Value {
    fields
        .iter()
        .map(|(name, text)| (name.clone(), Value::String(text.clone())))
        .collect::<Map<_, _>>()
        .into()
}

fn fields(form: &[u8]) -> Result<BTreeMap<String, String>, InputError> {
    let wrong =
        |error: &dyn std::fmt::Display| InputError::new(format_args!("the form cannot be read: {error}"));
    let pairs: Vec<(String, String)> = serde_urlencoded::from_bytes(form).map_err(|error| wrong(&error))?;
    let count = pairs.len();
    let fields: BTreeMap<String, String> = pairs.into_iter().collect();
    if fields.len() == count { Ok(fields) } else { Err(wrong(&"a field comes twice: send each once")) }
}

/// Returns the boundary of a multipart form, by its content type.
fn boundary(content_type: &str) -> Option<&str> {
    let parameters = content_type.strip_prefix("multipart/form-data")?;
    let boundary = parameters.split(';').find_map(|parameter| parameter.trim().strip_prefix("boundary="))?;
    Some(boundary.trim_matches('"')).filter(|boundary| !boundary.is_empty())
}

/// Returns a field of a multipart form. No sender here has more than a few short ones.
fn part<'a>(body: &'a [u8], boundary: &str, name: &str) -> Option<&'a [u8]> {
    let text = str::from_utf8(body).ok()?;
    let wanted = format!("name=\"{name}\"");
    text.split(&format!("--{boundary}")).find_map(|part| {
        let (head, content) = part.split_once("\r\n\r\n")?;
        let is_wanted = head.split([';', '\r', '\n']).any(|parameter| parameter.trim() == wanted);
        is_wanted.then(|| content.strip_suffix("\r\n").unwrap_or(content).as_bytes())
    })
}

/// Returns the number of nested levels. The parser has refused more than 128.
fn depth(value: &Value) -> usize {
    match value {
        Value::Array(values) => 1 + values.iter().map(depth).max().unwrap_or_default(),
        Value::Object(fields) => 1 + fields.values().map(depth).max().unwrap_or_default(),
        _ => 0,
    }
}
