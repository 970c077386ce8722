//! The API's description (OpenAPI 3.1): paths and responses are listed here, the shapes of bodies come from
//! types. It is generated during development, so that the function only embeds the text.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};
use serve_portal::api::{
    Agreement, BASE, Claims, NewClaim, NewDispute, NewReply, NewTicket, Notices, OpenedTicket, Overview,
    RecordedReply, ServiceMonth, StatedMonth, Statements, TicketHistory, Tickets,
};
use sla::claim::Claim;
use sla::exclusion::Dispute;
use sla::{ExclusionId, Month, ServiceId, TicketId};
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::link::LinkBuilder;
use utoipa::openapi::path::{Operation, OperationBuilder, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::response::{Response, ResponseBuilder};
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{
    ComponentsBuilder, ContentBuilder, HttpMethod, InfoBuilder, OpenApiBuilder, Paths, Ref, RefOr, Required,
    Schema, ServerBuilder,
};
use web::Problem;

/// Name of the token among the security schemes.
const TOKEN: &str = "accessToken";
/// Statuses of refusals that every operation has.
const REFUSALS: [u16; 4] = [401, 403, 408, 503];
/// Further statuses of operations with a request body.
const BODY_REFUSALS: [u16; 5] = [400, 413, 415, 422, 429];

/// A service of the sample month, for trying the API on a laptop.
const SERVICE: &str = "access-website-public-webpage";
/// The sample month.
const MONTH: &str = "2026-06";

/// The description of one operation.
struct OperationDescription {
    method: HttpMethod,
    path: &'static str,
    id: &'static str,
    summary: &'static str,
    answer: &'static str,
    body: Option<(&'static str, Value)>,
    parameters: Vec<Parameter>,
    refusals: &'static [u16],
}

fn shape(name: &str) -> RefOr<Schema> {
    RefOr::Ref(Ref::from_schema_name(name))
}

fn parameter(place: ParameterIn, name: &str, schema: &str, text: &str, example: Option<Value>) -> Parameter {
    let required = match place {
        ParameterIn::Path => Required::True,
        _ => Required::False,
    };
    ParameterBuilder::new()
        .name(name)
        .parameter_in(place)
        .required(required)
        .description(Some(text))
        .schema(Some(shape(schema)))
        .example(example)
        .build()
}

fn in_path(name: &str, schema: &str, text: &str, example: Value) -> Parameter {
    parameter(ParameterIn::Path, name, schema, text, Some(example))
}

fn after() -> Parameter {
    let text = "The `next` of the previous page; without it, the first page.";
    parameter(ParameterIn::Query, "after", "Cursor", text, None)
}

fn service_id() -> Parameter {
    in_path("service_id", "ServiceId", "A service of the customer.", json!(SERVICE))
}

fn month_in_path() -> Parameter {
    in_path("month", "Month", "A month in the service's zone.", json!(MONTH))
}

fn ticket_id() -> Parameter {
    in_path("ticket_id", "TicketId", "A ticket of the customer.", json!("T-0123456789abcdef01234567"))
}

fn number_in_path() -> Parameter {
    in_path("revision", "RevisionNumber", "The revision's number.", json!(1))
}

fn month_in_query() -> Parameter {
    let text = "A month (UTC); without it, the current one.";
    parameter(ParameterIn::Query, "month", "Month", text, Some(json!(MONTH)))
}

fn number_in_query() -> Parameter {
    let text = "The revision's number; without it, the newest.";
    parameter(ParameterIn::Query, "revision", "RevisionNumber", text, Some(json!(1)))
}

fn get(
    path: &'static str,
    id: &'static str,
    summary: &'static str,
    answer: &'static str,
    parameters: Vec<Parameter>,
) -> OperationDescription {
    let refusals: &[u16] = match (parameters.is_empty(), path.contains('{')) {
        (true, _) => &[],
        (false, false) => &[400],
        (false, true) => &[400, 404],
    };
    OperationDescription {
        method: HttpMethod::Get,
        path,
        id,
        summary,
        answer,
        body: None,
        parameters,
        refusals,
    }
}

fn post(
    path: &'static str,
    id: &'static str,
    summary: &'static str,
    (body, example): (&'static str, Value),
    answer: &'static str,
) -> OperationDescription {
    let body = Some((body, example));
    OperationDescription {
        method: HttpMethod::Post,
        path,
        id,
        summary,
        answer,
        body,
        parameters: Vec::new(),
        refusals: &[],
    }
}

fn reads() -> Vec<OperationDescription> {
    vec![
        get("/overview", "showOverview", "Shows the state of every service", "Overview", vec![after()]),
        get(
            "/services/{service_id}/months/{month}",
            "showServiceMonth",
            "Shows a month of a service, with the evidence for its figures",
            "ServiceMonth",
            vec![service_id(), month_in_path()],
        ),
        get(
            "/statements",
            "listStatements",
            "Lists the newest statement of each service-month",
            "Statements",
            vec![after()],
        ),
        get(
            "/statements/{service_id}/{month}",
            "showStatement",
            "Shows a statement, and what belongs to its month",
            "StatedMonth",
            vec![service_id(), month_in_path(), number_in_query()],
        ),
        get(
            "/tickets",
            "listTickets",
            "Lists the tickets, the latest opened first",
            "Tickets",
            vec![after()],
        ),
        get(
            "/tickets/{ticket_id}",
            "showTicket",
            "Shows a ticket, its clocks and its events",
            "TicketHistory",
            vec![ticket_id()],
        ),
        get("/claims", "listClaims", "Lists the claims, each with its outcome", "Claims", Vec::new()),
        get("/agreement", "showAgreement", "Shows the terms in force", "Agreement", Vec::new()),
        get(
            "/agreement/{revision}",
            "showRevision",
            "Shows a revision of the terms",
            "Agreement",
            vec![number_in_path()],
        ),
        get(
            "/notices",
            "listNotices",
            "Lists the customer's notices of a month, the latest first",
            "Notices",
            vec![month_in_query(), after()],
        ),
    ]
}

fn writes() -> Vec<OperationDescription> {
    let ticket = json!({ "level": 2, "title": "Pages load slowly", "service_id": SERVICE,
        "description": "Since this morning.", "steps_tried": "Another browser." });
    let claim = json!({ "service_id": SERVICE, "month": MONTH, "kind": "uptime" });
    let dispute = json!({ "statement": "Our own probes saw it up to the edge of your network." });
    let exclusion = "An exclusion that covers a service of the customer.";
    vec![
        post("/tickets", "openTicket", "Opens a ticket", ("NewTicket", ticket), "OpenedTicket"),
        OperationDescription {
            parameters: vec![ticket_id()],
            refusals: &[404],
            ..post(
                "/tickets/{ticket_id}/events",
                "replyToTicket",
                "Records the customer's reply to a ticket",
                ("NewReply", json!({ "kind": "resumed", "note": "All numbers that begin with 030." })),
                "RecordedReply",
            )
        },
        OperationDescription {
            refusals: &[404],
            ..post("/claims", "fileClaim", "Files a claim", ("NewClaim", claim), "Claim")
        },
        OperationDescription {
            parameters: vec![in_path("exclusion_id", "ExclusionId", exclusion, json!("x-1"))],
            refusals: &[404, 409],
            ..post(
                "/exclusions/{exclusion_id}/disputes",
                "disputeExclusion",
                "Records the customer's dispute of an exclusion",
                ("NewDispute", dispute),
                "Dispute",
            )
        },
    ]
}

/// Returns the meaning of a refusal's status.
fn meaning(status: u16) -> &'static str {
    match status {
        400 => "The request cannot be read: an id, a cursor, the key or the JSON is malformed.",
        401 => "The access token is missing or invalid.",
        403 => "The token is not a customer's.",
        404 => "The customer has no such object, whether or not another customer has.",
        408 => "The request took too long.",
        409 => "It cannot be disputed (any more), or was disputed with another statement.",
        413 => "The body is longer than 4 MB.",
        415 => "The body is not `application/json`.",
        422 => "The body cannot be accepted, or the key was used for another request.",
        429 => "The day's quota of such requests is used up.",
        _ => "A dependency failed; nothing was lost.",
    }
}

fn header(schema: &str, text: &str) -> utoipa::openapi::header::Header {
    HeaderBuilder::new().schema(Some(shape(schema))).description(Some(text)).build()
}

fn refusal_name(status: u16) -> String {
    format!("Refused{status}")
}

fn refusal(status: u16) -> Response {
    let content = ContentBuilder::new().schema(Some(shape("Problem"))).build();
    let response =
        ResponseBuilder::new().description(meaning(status)).content("application/problem+json", content);
    match status {
        401 | 403 => response.header("WWW-Authenticate", header("Challenge", "The required authentication.")),
        429 => response.header("Retry-After", header("RetryAfter", "The seconds until the next attempt.")),
        _ => response,
    }
    .build()
}

fn operation(described: &OperationDescription) -> Operation {
    let OperationDescription { id, summary, answer, body, parameters, refusals, .. } = described;
    let content = ContentBuilder::new().schema(Some(shape(answer))).build();
    let answered = ResponseBuilder::new().content("application/json", content);
    let mut operation = OperationBuilder::new()
        .operation_id(Some(*id))
        .summary(Some(*summary))
        .parameters(Some(parameters.clone()));
    let mut statuses: Vec<u16> = [&REFUSALS, *refusals].concat();
    if let Some((shape_name, example)) = body {
        let key = "A key of the caller's choice: the same key with the same body gets the same answer.";
        let key = parameter(ParameterIn::Header, "Idempotency-Key", "IdempotencyKey", key, None);
        let key = ParameterBuilder::from(key).required(Required::True).build();
        let content =
            ContentBuilder::new().schema(Some(shape(shape_name))).example(Some(example.clone())).build();
        let body =
            RequestBodyBuilder::new().required(Some(Required::True)).content("application/json", content);
        let mut done = answered.description("Done, by this request or an earlier one with the same key.");
        if *id == "openTicket" {
            for next in ["showTicket", "replyToTicket"] {
                let link = LinkBuilder::new().operation_id(next);
                done = done.link(next, link.parameter("ticket_id", "$response.body#/ticket_id").build());
            }
        }
        operation = operation.parameter(key).request_body(Some(body.build())).response("201", done.build());
        statuses.extend(BODY_REFUSALS);
    } else {
        let tag = "Identifies the content: sent as `If-None-Match`, it gets the content only if changed.";
        let unchanged =
            ResponseBuilder::new().description("The content that `If-None-Match` identifies is current.");
        let known = "The `ETag` of the content that the caller has.";
        operation = operation
            .parameter(parameter(ParameterIn::Header, "If-None-Match", "EntityTag", known, None))
            .response(
                "200",
                answered.description("The current content.").header("ETag", header("EntityTag", tag)).build(),
            )
            .response("304", unchanged.header("ETag", header("EntityTag", tag)).build());
    }
    statuses.sort_unstable();
    statuses.dedup();
    for status in statuses {
        let place = RefOr::<Response>::Ref(Ref::from_response_name(refusal_name(status)));
        operation = operation.response(status.to_string(), place);
    }
    operation.build()
}

fn shapes_of(generator: &mut SchemaGenerator, add: &[fn(&mut SchemaGenerator)]) -> Map<String, Value> {
    for add in add {
        add(generator);
    }
    generator.take_definitions(true)
}

fn add<T: JsonSchema>(generator: &mut SchemaGenerator) {
    generator.subschema_for::<T>();
}

/// Builds the schemas of all bodies and parameters.
fn shapes() -> Result<Map<String, Value>, String> {
    let settings =
        || SchemaSettings::draft2020_12().with(|own| own.definitions_path = "/components/schemas".into());
    let mut shapes = shapes_of(
        &mut settings().for_serialize().into_generator(),
        &[
            add::<Overview>,
            add::<ServiceMonth>,
            add::<Statements>,
            add::<StatedMonth>,
            add::<Tickets>,
            add::<TicketHistory>,
            add::<OpenedTicket>,
            add::<RecordedReply>,
            add::<Claims>,
            add::<Claim>,
            add::<Dispute>,
            add::<Agreement>,
            add::<Notices>,
            add::<Problem>,
            add::<ServiceId>,
            add::<Month>,
            add::<TicketId>,
            add::<ExclusionId>,
        ],
    );
    let requests = shapes_of(
        &mut settings().for_deserialize().into_generator(),
        &[add::<NewTicket>, add::<NewReply>, add::<NewClaim>, add::<NewDispute>],
    );
    let plain = json!({
        "Cursor": { "type": "string", "pattern": "^[A-Za-z0-9_-]*$" },
        "IdempotencyKey": { "type": "string", "pattern": "^[!-~]([ -~]{0,253}[!-~])?$" },
        "EntityTag": { "type": "string" },
        "Challenge": { "type": "string" },
        "RetryAfter": { "type": "integer", "minimum": 1 },
        "RevisionNumber": { "type": "integer", "minimum": 0, "maximum": u32::MAX },
    });
    for (name, shape) in requests.into_iter().chain(plain.as_object().cloned().unwrap_or_default()) {
        match shapes.get(&name) {
            Some(other) if *other != shape => {
                return Err(format!("{name} has two shapes: name one of them anew"));
            }
            _ => shapes.insert(name, shape),
        };
    }
    Ok(shapes)
}

/// Builds the document.
pub fn document() -> Result<Value, String> {
    let mut paths = Paths::new();
    for described in reads().into_iter().chain(writes()) {
        let place = format!("{BASE}{}", described.path);
        paths.add_path_operation(place, vec![described.method.clone()], operation(&described));
    }
    let mut http = Http::new(HttpAuthScheme::Bearer);
    http.bearer_format = Some("JWT".to_owned());
    http.description = Some("An access token of the issuer, with the scope `customer`.".to_owned());
    let text = "The customer portal, for programs. Errors are problem details (RFC 9457). Lists continue \
                with `next`. All data belongs to the token's customer.";
    let mut components = ComponentsBuilder::new().security_scheme(TOKEN, SecurityScheme::Http(http));
    for status in [&REFUSALS[..], &BODY_REFUSALS, &[404, 409]].concat() {
        components = components.response(refusal_name(status), refusal(status));
    }
    let document = OpenApiBuilder::new()
        .info(InfoBuilder::new().title("Nines").version("1").description(Some(text)).build())
        .servers(Some([ServerBuilder::new().url("/").build()]))
        .paths(paths)
        .components(Some(components.build()))
        .security(Some([SecurityRequirement::new::<_, [&str; 0], &str>(TOKEN, [])]))
        .build();
    let mut document = serde_json::to_value(document).map_err(|error| error.to_string())?;
    document["components"]["schemas"] = Value::Object(shapes()?);
    Ok(document)
}
