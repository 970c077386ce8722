//! Subscriptions: the addresses to which a customer's notices are sent. The request is stored before SNS is
//! called; if that is interrupted, a repeated request completes it, since SNS calls are idempotent.

use axum::extract::{Path, Query, State};
use events::{Choice, InputError};
use notices::{SubscribeError, SubscriptionState};
use outcome::Failure;
use pages::portal::{SeenState, SubscriptionLine, SubscriptionValues, Subscriptions};
use pages::{FieldError, Section};
use serde_json::{Map, Value};
use sla::{Instant, SubscriptionId};
use table::{
    Attempts, BeforeAtSns, Committed, CustomerScope, DueAtSns, SUBSCRIPTIONS_MAX, Subscription,
    SubscriptionOutcome, TableError,
};
use web::{Page, Parameters, PostedForm, Problem, Session, fault, part, shown, shown_again};

use crate::Portal;
use crate::requests::{RequestResult, RequestState, once};
use crate::tickets::fresh_key;
use crate::visit::Visit;

/// Prefixes of the form's check box names, followed by the kind or the severity.
const KINDS: &str = "kinds.";
const SEVERITIES: &str = "severities.";
/// Names of the operations, part of each request's key.
const SUBSCRIBE: &str = "subscribe";
const UNSUBSCRIBE: &str = "unsubscribe";

/// Shows the subscriptions, and the form for a new one.
pub async fn page(State(portal): State<Portal>, session: Session, Query(query): Query<Parameters>) -> Page {
    let mut visit = portal.visit(&session, Section::Notices).await?;
    visit.say(query.done.as_deref());
    show(&portal, &visit, SubscriptionValues::default(), Vec::new()).await
}

async fn show(portal: &Portal, visit: &Visit, values: SubscriptionValues, errors: Vec<FieldError>) -> Page {
    let mut lines = Vec::new();
    let mut asks = true;
    for subscription in visit.scope.subscriptions().await.map_err(fault)? {
        let state = match &subscription.subscription_arn {
            None => SeenState::Begun,
            Some(arn) if asks => state(portal, arn).await,
            Some(_) => SeenState::Unknown,
        };
        // Once SNS does not answer, the rest of the page does not wait for it.
        asks &= state != SeenState::Unknown;
        let Subscription { subscription_id, choice, asked_at, .. } = subscription;
        lines.push(SubscriptionLine { subscription_id, choice, asked_at, state, key: fresh_key()? });
    }
    let refused = !errors.is_empty();
    let view = Subscriptions { lines, lines_max: SUBSCRIPTIONS_MAX, key: fresh_key()?, values, errors };
    let page = pages::portal::subscriptions(&visit.frame, &view);
    if refused { shown_again(page) } else { shown(page) }
}

async fn state(portal: &Portal, subscription_arn: &str) -> SeenState {
    match portal.own_topics.state(subscription_arn).await {
        Ok(SubscriptionState::Waiting) => SeenState::Waiting,
        Ok(SubscriptionState::Confirmed) => SeenState::Confirmed,
        Ok(SubscriptionState::Gone) => SeenState::Gone,
        Err(error) => {
            let failure = Failure::from(error);
            tracing::error!(error_type = failure.error_type(), "{}", failure.message());
            SeenState::Unknown
        }
    }
}

/// Subscribes an endpoint or changes its filter; a form sent twice does so once.
pub async fn subscribe(State(portal): State<Portal>, session: Session, form: PostedForm) -> Page {
    let fields = form.of(&session, &portal.sign_in)?;
    let visit = portal.visit(&session, Section::Notices).await?;
    let key = text(&fields, "key");
    let values = values(&fields);
    let choice = match read_choice(fields) {
        Ok(choice) => choice,
        Err(refusal) => return show(&portal, &visit, values, FieldError::each(refusal)).await,
    };
    match ask_to_subscribe(&portal, &visit.scope, &key, &choice).await? {
        Ok(_) => Ok(web::redirect("/subscriptions?done=subscription")),
        Err(problem) => {
            let page = show(&portal, &visit, values, vec![FieldError::of(&problem.detail)]).await?;
            Ok(problem.shown_on(page))
        }
    }
}

/// Reads the ticked check boxes as lists.
fn read_choice(fields: Map<String, Value>) -> Result<Choice, InputError> {
    let mut event = Map::new();
    let (mut kinds, mut severities) = (Vec::new(), Vec::new());
    for (name, value) in fields {
        if let Some(kind) = name.strip_prefix(KINDS) {
            kinds.push(Value::from(kind));
        } else if let Some(severity) = name.strip_prefix(SEVERITIES) {
            severities.push(Value::from(severity));
        } else if value.as_str().is_some_and(|text| !text.trim().is_empty()) {
            event.insert(name, value);
        }
    }
    event.insert("kinds".to_owned(), kinds.into());
    event.insert("severities".to_owned(), severities.into());
    Choice::read(&Value::Object(event))
}

/// Subscribes an endpoint under the key of its request, or returns the refusal.
pub async fn ask_to_subscribe(
    portal: &Portal,
    scope: &CustomerScope,
    key: &str,
    choice: &Choice,
) -> Result<RequestResult<()>, Problem> {
    let now = portal.now();
    once((portal, scope), (key, SUBSCRIBE, None), choice, now, |begun| async move {
        let id = scope.subscription_id(choice);
        if !begun.is_accepted {
            let at_sns = look(portal, scope, &id).await?;
            let asked = begun.scope.ask_to_subscribe(choice, at_sns, &portal.quotas, now).await;
            if let Some(problem) = why_not(&asked.map_err(fault)?, choice, now) {
                return Ok(Err(problem));
            }
        }
        settle(portal, &begun, &id).await
    })
    .await
}

/// Reads the state that SNS has for a subscription.
async fn look(portal: &Portal, scope: &CustomerScope, id: &SubscriptionId) -> Result<BeforeAtSns, Problem> {
    let noted = scope.subscription(id).await.map_err(fault)?;
    let Some(arn) = noted.and_then(|noted| noted.value.subscription_arn) else {
        return Ok(BeforeAtSns::Nothing);
    };
    let state = portal.own_topics.state(&arn).await.map_err(|error| Problem::fault(&error.into()))?;
    Ok(match state {
        SubscriptionState::Gone => BeforeAtSns::Nothing,
        SubscriptionState::Waiting => BeforeAtSns::Waiting,
        SubscriptionState::Confirmed => BeforeAtSns::Confirmed,
    })
}

/// Returns the reason why the request was not stored, if it was not.
fn why_not(asked: &SubscriptionOutcome, choice: &Choice, now: Instant) -> Option<Problem> {
    match asked {
        SubscriptionOutcome::Noted(_) => None,
        SubscriptionOutcome::TooMany => Some(Problem::unprocessable(format!(
            "endpoint: you have {SUBSCRIPTIONS_MAX} subscriptions, the maximum: end one that is not needed"
        ))),
        SubscriptionOutcome::Beyond(beyond) => Some(Problem::beyond(beyond, now)),
        SubscriptionOutcome::SentToday(until) => Some(Problem::unprocessable(format!(
            "endpoint: `{}` was already asked today to confirm a subscription, and is asked once a day: try \
             again from {until} on",
            sla::shown(&choice.endpoint)
        ))),
    }
}

/// Brings SNS in line with the stored subscription; starts again if that was changed meanwhile.
async fn settle(
    portal: &Portal,
    begun: &RequestState,
    id: &SubscriptionId,
) -> Result<RequestResult<()>, Problem> {
    let scope = &begun.scope;
    let mut made = None;
    let mut attempts = Attempts::default();
    while attempts.begin().await {
        let Some(noted) = scope.subscription(id).await.map_err(fault)? else {
            // Somebody unsubscribed meanwhile: the subscription made since must go as well.
            if let Some((topic_arn, choice, arn)) = made {
                end(portal, (topic_arn, &choice, Some(arn))).await?;
            }
            return Ok(Ok(()));
        };
        let Some(due) = noted.value.due else { return Ok(Ok(())) };
        match tell(portal, scope, &noted.value, due).await {
            Ok((topic_arn, arn)) => {
                if scope.subscribed(&noted, &arn).await.map_err(fault)? == Committed::Done {
                    return Ok(Ok(()));
                }
                made = Some((topic_arn, noted.value.choice, arn));
            }
            Err(TellError::Refused(reason)) => {
                if scope.not_taken(&noted, &begun.request).await.map_err(fault)? == Committed::Done {
                    return Ok(Err(not_taken(&noted.value.choice, &reason)));
                }
            }
            Err(TellError::Failure(failure)) => return Err(Problem::fault(&failure)),
        }
    }
    Err(Problem::fault(&Failure::unexpected("a subscription was changed concurrently too often")))
}

/// A change that SNS was told of, and did not carry out.
enum TellError {
    /// SNS does not take the endpoint, for the reason that it gives.
    Refused(String),
    /// SNS or the table failed.
    Failure(Failure),
}

impl From<SubscribeError> for TellError {
    fn from(error: SubscribeError) -> Self {
        match error {
            SubscribeError::Refused(reason) => Self::Refused(reason),
            other => Self::Failure(other.into()),
        }
    }
}

impl From<TableError> for TellError {
    fn from(error: TableError) -> Self {
        Self::Failure(error.into())
    }
}

/// Changes or creates a subscription, and the customer's own topic if it is missing; returns both ARNs.
async fn tell(
    portal: &Portal,
    scope: &CustomerScope,
    noted: &Subscription,
    due: DueAtSns,
) -> Result<(String, String), TellError> {
    let choice = &noted.choice;
    if let Some(topic_arn) = scope.own_topic_arn().await? {
        if let (DueAtSns::Filter, Some(arn)) = (due, &noted.subscription_arn) {
            portal.own_topics.choose(arn, choice).await?;
            return Ok((topic_arn, arn.clone()));
        }
        match portal.own_topics.subscribe(&topic_arn, choice).await {
            // The topic was deleted: a new one takes its place and its name.
            Err(SubscribeError::NoTopic) => {}
            subscribed => return Ok((topic_arn, subscribed?)),
        }
    }
    let topic_arn = portal.own_topics.make(scope.customer_id()).await?;
    scope.own_topic_made(&topic_arn).await?;
    let subscription_arn = portal.own_topics.subscribe(&topic_arn, choice).await?;
    Ok((topic_arn, subscription_arn))
}

/// Reports that SNS refused an endpoint, with its reason.
fn not_taken(choice: &Choice, reason: &str) -> Problem {
    let endpoint = sla::shown(&choice.endpoint);
    Problem::unprocessable(format!(
        "endpoint: the delivery service rejected `{endpoint}` ({reason}): give another one"
    ))
}

/// Ends a subscription; a form sent again finds it ended.
pub async fn unsubscribe(
    State(portal): State<Portal>,
    session: Session,
    Path(subscription_id): Path<String>,
    form: PostedForm,
) -> Page {
    let id: SubscriptionId = part("subscription_id", &subscription_id)?;
    let key = text(&form.of(&session, &portal.sign_in)?, "key");
    end_subscription(&portal, &portal.scope(&session.access)?, &key, &id).await??;
    Ok(web::redirect("/subscriptions?done=unsubscription"))
}

/// Ends a subscription under the key of its request, or returns the refusal. SNS comes first, so that no
/// subscription remains there unseen.
pub async fn end_subscription(
    portal: &Portal,
    scope: &CustomerScope,
    key: &str,
    id: &SubscriptionId,
) -> Result<RequestResult<()>, Problem> {
    let keyed = (key, UNSUBSCRIBE, None);
    once((portal, scope), keyed, id, portal.now(), |begun| async move {
        if begun.is_accepted {
            return Ok(Ok(()));
        }
        let scope = &begun.scope;
        let (mut attempts, mut by_another) = (Attempts::default(), false);
        while attempts.begin().await {
            let Some(noted) = scope.subscription(id).await.map_err(fault)? else {
                return Ok(by_another.then_some(()).ok_or_else(|| Problem::not_found("subscription_id", id)));
            };
            if let Some(topic_arn) = scope.own_topic_arn().await.map_err(fault)? {
                let Subscription { choice, subscription_arn, .. } = &noted.value;
                end(portal, (topic_arn, choice, subscription_arn.clone())).await?;
            }
            if scope.forget_subscription(&noted, portal.now()).await.map_err(fault)? == Committed::Done {
                return Ok(Ok(()));
            }
            by_another = true;
        }
        Err(Problem::fault(&Failure::unexpected("a subscription was changed concurrently too often")))
    })
    .await
}

async fn end(
    portal: &Portal,
    (topic_arn, choice, subscription_arn): (String, &Choice, Option<String>),
) -> Result<(), Problem> {
    let ended = portal.own_topics.unsubscribe(&topic_arn, choice, subscription_arn.as_deref()).await;
    ended.map_err(|error| Problem::fault(&error.into()))
}

fn text(fields: &Map<String, Value>, name: &str) -> String {
    fields.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// Keeps the posted values, so that nobody has to type them twice.
fn values(fields: &Map<String, Value>) -> SubscriptionValues {
    let ticked = |prefix: &str| {
        fields.keys().filter_map(|name| name.strip_prefix(prefix)).map(str::to_owned).collect()
    };
    SubscriptionValues {
        protocol: text(fields, "protocol"),
        endpoint: text(fields, "endpoint"),
        kinds: ticked(KINDS),
        severities: ticked(SEVERITIES),
    }
}
