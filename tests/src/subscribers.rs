//! Customers' subscriptions, made as the portal makes them, but outside every invocation.

use std::sync::Arc;

use access::{Audience, Keys};
use axum::body::{Body, Bytes, to_bytes};
use axum::http::{Request, StatusCode};
use events::Choice;
use nines::stand_ins::issuer::{Issuer, Origins, PORTAL};
use nines::stand_ins::topics::own_topics;
use nines::stand_ins::wire::{
    AnswerFuture, Call, Onward, OpenPassage, Passage, Service, reply, sdk_response,
};
use nines::system::{System, TABLE};
use notices::OwnTopics;
use serde_json::Value;
use table::{BeforeAtSns, CustomerScope, SubscriptionOutcome, Table};
use tower::ServiceExt;

use crate::world::{World, WorldError};

/// The longest key set.
const KEYS_BYTES_MAX: usize = 64 * 1024;

fn fault(error: impl std::fmt::Display) -> WorldError {
    WorldError::Table(error.to_string())
}

/// Refuses some calls as SNS does.
#[derive(Debug)]
pub struct Refusing {
    /// The calls.
    pub which: fn(&Call) -> bool,
    /// The code of the refusal.
    pub code: &'static str,
}

impl Passage for Refusing {
    fn pass(&self, call: Call, onward: Onward) -> AnswerFuture {
        if !(self.which)(&call) {
            return onward(call.body);
        }
        let body = format!(
            "<ErrorResponse><Error><Type>Sender</Type><Code>{}</Code><Message>as the test says</Message></Error>\
             <RequestId>local</RequestId></ErrorResponse>",
            self.code
        );
        Box::pin(async { sdk_response(reply(StatusCode::BAD_REQUEST, "text/xml", Bytes::from(body))) })
    }
}

/// True if a call publishes to a customer's own topic.
#[must_use]
pub fn to_own_topic(call: &Call) -> bool {
    call.service == Service::Sns && String::from_utf8_lossy(&call.body).contains("nines-customer-")
}

/// Returns a customer's scope of the table, through an uncounted client.
///
/// # Errors
/// Returns an error if the token cannot be issued or read.
pub async fn scope(world: &World, customer: &str) -> Result<CustomerScope, WorldError> {
    let system = System::over(world.engines().clone(), world.clock(), Arc::new(OpenPassage))?;
    let origin = |host: &str| format!("https://{host}.example");
    let [issuer, portal, desk, hooks] = ["id", "portal", "desk", "hooks"].map(origin);
    let origins = Origins { issuer, portal, desk, hooks };
    let issuer = Issuer::new(origins, system.directory().clone(), world.clock())?;
    let token = issuer.customer_token(&customer.parse().map_err(fault)?)?;
    let keys = Request::get("/jwks.json").body(Body::empty()).map_err(fault)?;
    let keys = issuer.router().oneshot(keys).await.map_err(fault)?;
    let keys =
        Keys::parse(&to_bytes(keys.into_body(), KEYS_BYTES_MAX).await.map_err(fault)?).map_err(fault)?;
    let audience = Audience { issuer: issuer.origin().to_owned(), audience: PORTAL.to_owned() };
    let access = audience.verify(&token, &keys, world.clock().now()).map_err(fault)?;
    Ok(Table::new(system.dynamodb().clone(), TABLE).scope(&access.customer().map_err(fault)?))
}

/// Subscribes an endpoint to a customer's own topic.
///
/// # Errors
/// Returns an error if the table or the topics fail.
pub async fn subscribe(world: &World, customer: &str, choice: &Value) -> Result<(), WorldError> {
    let scope = scope(world, customer).await?;
    let choice = Choice::read(choice).map_err(fault)?;
    let sns =
        world.engines().topics().client(Arc::new(OpenPassage), nines::stand_ins::wire::Tally::default());
    let topics = OwnTopics::new(move || sns, own_topics());
    let (quotas, now) = (sla::quota::Quotas::default(), world.clock().now());
    let asked = scope.ask_to_subscribe(&choice, BeforeAtSns::Nothing, &quotas, now).await;
    let SubscriptionOutcome::Noted(id) = asked.map_err(fault)? else {
        return Err(fault("the subscription is not noted: ask on another day, or for another address"));
    };
    let topic_arn = topics.make(scope.customer_id()).await.map_err(fault)?;
    scope.own_topic_made(&topic_arn).await.map_err(fault)?;
    let arn = topics.subscribe(&topic_arn, &choice).await.map_err(fault)?;
    if let Some(noted) = scope.subscription(&id).await.map_err(fault)? {
        scope.subscribed(&noted, &arn).await.map_err(fault)?;
    }
    Ok(())
}
