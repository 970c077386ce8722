//! Subscriptions: where a customer has notices sent. What is asked for is noted first, then SNS is asked; whoever dies in
//! between completes it by asking again, as SNS answers what is there already.

use axum::extract::{Path, Query, State};
use events::{Choice, InputError};
use notices::{SubscribeError, SubscriptionState};
use pages::{FieldError, Section, SeenState, SubscriptionLine, SubscriptionValues, Subscriptions};
use serde_json::{Map, Value};
use shell::Failure;
use sla::SubscriptionId;
use table::{
    ATTEMPTS_MAX, Asked as Noted, Attempts, Committed, CustomerScope, SUBSCRIPTIONS_MAX, Subscription,
    Versioned,
};
use web::{Posted, Problem, Session};

use crate::Portal;
use crate::answers::{Page, Visit, shown, shown_again};
use crate::inputs::{Asked, part};
use crate::requests::{Settled, begin, fault, is_repeated};
use crate::tickets::fresh_key;

/// What the names of the form's boxes begin with, before the kind or the severity.
const KINDS: &str = "kinds.";
const SEVERITIES: &str = "severities.";
/// The operations whose requests are remembered.
const SUBSCRIBE: &str = "subscribe";
const UNSUBSCRIBE: &str = "unsubscribe";

/// Shows what is subscribed, and the form that subscribes more.
pub async fn page(State(portal): State<Portal>, session: Session, Query(asked): Query<Asked>) -> Page {
    let mut visit = portal.visit(&session, Section::Notices).await?;
    visit.say(asked.done.as_deref());
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
    let page = pages::subscriptions(&visit.frame, &view);
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

/// Subscribes an endpoint, or changes what it gets; the form that is sent twice does so once.
pub async fn subscribe(State(portal): State<Portal>, session: Session, form: Posted) -> Page {
    let fields = form.of(&session, &portal.sign_in)?;
    let visit = portal.visit(&session, Section::Notices).await?;
    let key = text(&fields, "key");
    let values = values(&fields);
    let choice = match read_choice(fields) {
        Ok(choice) => choice,
        Err(error) => return show(&portal, &visit, values, vec![FieldError::of(&error.to_string())]).await,
    };
    match ask_to_subscribe(&portal, &visit.scope, &key, &choice).await? {
        Ok(_) => Ok(web::redirect("/subscriptions?done=subscription")),
        Err(problem) => show(&portal, &visit, values, vec![FieldError::of(&problem.detail)]).await,
    }
}

/// Reads the boxes that are ticked as lists.
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

/// Subscribes an endpoint under the key of its request, or says why not.
pub async fn ask_to_subscribe(
    portal: &Portal,
    scope: &CustomerScope,
    key: &str,
    choice: &Choice,
) -> Result<Settled<Subscription>, Problem> {
    let begun = match begin(scope, key, SUBSCRIBE, choice, portal.now()).await? {
        Ok(begun) => begun,
        Err(problem) => return Ok(Err(problem)),
    };
    match scope.ask_to_subscribe(choice, (key, begun.at)).await.map_err(fault)? {
        Noted::Noted(id) => settle(portal, scope, &id).await,
        Noted::TooMany => Ok(Err(Problem::unprocessable(format!(
            "endpoint: you have {SUBSCRIPTIONS_MAX} subscriptions, as many as there may be: end one that is not needed"
        )))),
    }
}

/// Brings SNS to what is noted. If the note was changed meanwhile, SNS may have been told what no longer holds: again.
async fn settle(
    portal: &Portal,
    scope: &CustomerScope,
    id: &SubscriptionId,
) -> Result<Settled<Subscription>, Problem> {
    let mut made = None;
    let mut attempts = Attempts::default();
    while attempts.begin().await {
        let Some(noted) = scope.subscription(id).await.map_err(fault)? else {
            // Somebody unsubscribed meanwhile: what was made since is to go as well.
            if let Some((topic_arn, choice, arn)) = made {
                end(portal, (topic_arn, &choice, Some(arn))).await?;
            }
            return Ok(Err(Problem::not_found("subscription_id", id)));
        };
        match tell(portal, scope, &noted.thing.choice).await {
            Ok((topic_arn, arn)) => {
                if scope.subscribed(&noted, &arn).await.map_err(fault)? == Committed::Done {
                    return Ok(Ok(Subscription { subscription_arn: Some(arn), ..noted.thing }));
                }
                made = Some((topic_arn, noted.thing.choice, arn));
            }
            Err(Failure::Subscribe(SubscribeError::Refused(reason))) => {
                return refused(scope, noted, &reason).await;
            }
            Err(failure) => return Err(Problem::fault(&failure)),
        }
    }
    Err(Problem::fault(&Failure::unexpected("a subscription was changed again and again")))
}

/// Makes the customer's own topic if it is not there, and subscribes; returns both ARNs.
async fn tell(portal: &Portal, scope: &CustomerScope, choice: &Choice) -> Result<(String, String), Failure> {
    if let Some(topic_arn) = scope.own_topic_arn().await? {
        match portal.own_topics.subscribe(&topic_arn, choice).await {
            // It was deleted: another one takes its place, and its name.
            Err(SubscribeError::NoTopic) => {}
            subscribed => return Ok((topic_arn, subscribed?)),
        }
    }
    let topic_arn = portal.own_topics.make(scope.customer_id()).await?;
    scope.own_topic_made(&topic_arn).await?;
    let subscription_arn = portal.own_topics.subscribe(&topic_arn, choice).await?;
    Ok((topic_arn, subscription_arn))
}

/// Forgets what SNS does not take, and passes on why.
async fn refused(
    scope: &CustomerScope,
    noted: Versioned<Subscription>,
    reason: &str,
) -> Result<Settled<Subscription>, Problem> {
    if noted.thing.subscription_arn.is_none() {
        scope.forget_subscription(&noted).await.map_err(fault)?;
    }
    let error = InputError::new(format_args!(
        "endpoint: `{}` is not taken by the service that sends (it says: {reason}): give another one",
        sla::shown(&noted.thing.choice.endpoint)
    ));
    Ok(Err(error.into()))
}

/// Ends a subscription; whoever sends the form again finds it ended.
pub async fn unsubscribe(
    State(portal): State<Portal>,
    session: Session,
    Path(subscription_id): Path<String>,
    form: Posted,
) -> Page {
    let id: SubscriptionId = part("subscription_id", &subscription_id)?;
    let key = text(&form.of(&session, &portal.sign_in)?, "key");
    end_subscription(&portal, &portal.scope(&session.access)?, &key, &id).await??;
    Ok(web::redirect("/subscriptions?done=unsubscription"))
}

/// Ends a subscription under the key of its request, or says why not: at SNS first, so that none is left that nobody
/// sees.
pub async fn end_subscription(
    portal: &Portal,
    scope: &CustomerScope,
    key: &str,
    id: &SubscriptionId,
) -> Result<Settled<()>, Problem> {
    for attempt in 0..ATTEMPTS_MAX {
        let Some(noted) = scope.subscription(id).await.map_err(fault)? else {
            let asked = attempt > 0 || is_repeated(scope, key, UNSUBSCRIBE, id).await?;
            let unknown = || Problem::not_found("subscription_id", id);
            return Ok(asked.then_some(()).ok_or_else(unknown));
        };
        if attempt == 0
            && let Err(problem) = begin(scope, key, UNSUBSCRIBE, id, portal.now()).await?
        {
            return Ok(Err(problem));
        }
        if let Some(topic_arn) = scope.own_topic_arn().await.map_err(fault)? {
            let Subscription { choice, subscription_arn, .. } = &noted.thing;
            end(portal, (topic_arn, choice, subscription_arn.clone())).await?;
        }
        if scope.forget_subscription(&noted).await.map_err(fault)? == Committed::Done {
            return Ok(Ok(()));
        }
    }
    Err(Problem::fault(&Failure::unexpected("a subscription was changed again and again")))
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

/// Keeps what was sent, so that nobody types it twice.
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
