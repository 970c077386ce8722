//! A local OIDC issuer that asks for no password, to try portal and desk with. It issues codes with PKCE,
//! signed access tokens and its keys, as a real issuer does; all end with the program.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::{Bytes, to_bytes};
use axum::extract::{RawForm, RawQuery, State};
use axum::http::{HeaderValue, Request, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use outcome::{Clock, Fetch, FetchError, FetchFuture, FetchedAnswer};
use p256::pkcs8::EncodePrivateKey;
use pages::{Identity, IssuerChoice};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use sla::CustomerId;
use sla::service::Customer;
use table::Table;
use tower::ServiceExt;

use crate::error::LocalError;

/// The client that customers sign in to at the portal, and the audience of its tokens.
pub const PORTAL: &str = "portal";
/// The scopes that the portal requests.
pub const PORTAL_SCOPE: &str = "openid customer";
/// The client that staff sign in to at the desk, and the audience of its tokens.
pub const DESK: &str = "desk";
/// The scopes that the desk requests; a person gets those of them that are theirs.
pub const DESK_SCOPE: &str = "openid staff finance";
/// The local staff: two people, so that one can decide what the other raised, and one of finance.
pub const STAFF: [Member; 3] = [
    Member { id: "ada", name: "Ada", role: "Operations, on call", scope: "openid staff" },
    Member { id: "grace", name: "Grace", role: "Operations", scope: "openid staff" },
    Member { id: "luca", name: "Luca", role: "Finance", scope: "openid finance" },
];
/// The id of the only key.
const KEY_ID: &str = "laptop";
/// Lifetime of a token.
const TOKEN_S: i64 = 8 * 3600;
/// Lifetime of a code.
const CODE_S: i64 = 60;
/// The most codes that await their exchange.
const CODES_MAX: usize = 1000;
/// The most customers that the page offers.
const OFFERED_MAX: usize = 100;
/// The reason to refuse a token.
const NO_GRANT: &str = "the grant is not good, or no longer";
/// The reason to refuse a redirect address.
const ELSEWHERE: &str = "this issuer signs people in at the portal and the desk of this machine alone";
/// The longest answer read in this process.
const ANSWER_BYTES_MAX: usize = 256 * 1024;

/// A member of staff.
#[derive(Debug, Clone, Copy)]
pub struct Member {
    /// The subject of their tokens.
    pub id: &'static str,
    name: &'static str,
    role: &'static str,
    scope: &'static str,
}

/// The origins of the issuer, of the clients that it serves, and of webhooks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origins {
    /// The issuer itself.
    pub issuer: String,
    /// The portal, to which customers are sent back.
    pub portal: String,
    /// The desk, to which staff are sent back.
    pub desk: String,
    /// The receiver of webhooks, to which senders send.
    pub hooks: String,
}

/// The issuer. Clones share its key and codes.
#[derive(Clone)]
pub struct Issuer(Arc<Inner>);

struct Inner {
    origins: Origins,
    key: EncodingKey,
    keys: Value,
    table: Table,
    clock: Clock,
    codes: Mutex<HashMap<String, Code>>,
}

/// A code: the token that it will be exchanged for, and the request that it answers.
#[derive(Debug, Clone)]
struct Code {
    token: String,
    challenge: String,
    redirect_uri: String,
    until: sla::Instant,
}

impl fmt::Debug for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Issuer({})", self.0.origins.issuer)
    }
}

impl Issuer {
    /// Makes an issuer with a new key, which redirects only to portal and desk.
    pub fn new(origins: Origins, table: Table, clock: Clock) -> Result<Self, LocalError> {
        let fault = |source| LocalError::Issuer { source };
        let mut secret = [0; 32];
        getrandom::fill(&mut secret).map_err(|error| fault(error.to_string().into()))?;
        let secret = p256::SecretKey::from_slice(&secret).map_err(|error| fault(error.into()))?;
        let document = secret.to_pkcs8_der().map_err(|error| fault(error.into()))?;
        let key = EncodingKey::from_ec_der(document.as_bytes());
        let mut public =
            Jwk::from_encoding_key(&key, Algorithm::ES256).map_err(|error| fault(error.into()))?;
        public.common.key_id = Some(KEY_ID.to_owned());
        let inner =
            Inner { origins, key, keys: json!({ "keys": [public] }), table, clock, codes: Mutex::default() };
        Ok(Self(Arc::new(inner)))
    }

    /// Returns its origin, which its tokens name.
    pub fn origin(&self) -> &str {
        &self.0.origins.issuer
    }

    /// Returns the origins of the issuer and its clients.
    pub fn origins(&self) -> &Origins {
        &self.0.origins
    }

    /// Signs an access token for a customer's client; `claims` replace or extend the default ones.
    pub fn token(&self, claims: &Value) -> Result<String, LocalError> {
        let now = self.0.clock.now().epoch_s();
        let mut all = json!({
            "iss": self.0.origins.issuer, "aud": PORTAL, "sub": "someone", "iat": now, "exp": now + TOKEN_S,
            "scope": PORTAL_SCOPE,
        });
        if let (Some(all), Some(claims)) = (all.as_object_mut(), claims.as_object()) {
            all.extend(claims.clone());
        }
        self.sign(&all, "at+jwt")
    }

    /// Signs any claims as a token of type `kind`.
    pub fn sign(&self, claims: &Value, kind: &str) -> Result<String, LocalError> {
        let header = Header {
            typ: Some(kind.to_owned()),
            kid: Some(KEY_ID.to_owned()),
            ..Header::new(Algorithm::ES256)
        };
        jsonwebtoken::encode(&header, claims, &self.0.key)
            .map_err(|error| LocalError::Issuer { source: error.into() })
    }

    /// Signs a customer's token.
    pub fn customer_token(&self, customer: &CustomerId) -> Result<String, LocalError> {
        self.token(&json!({
            "sub": format!("someone-at-{customer}"), "customer_id": customer,
            "username": format!("Someone at {customer}"),
        }))
    }

    /// Signs the token of a member of staff.
    pub fn staff_token(&self, member: &Member) -> Result<String, LocalError> {
        self.token(&json!({
            "sub": member.id, "aud": DESK, "scope": member.scope, "username": member.name,
        }))
    }

    /// Signs the token of the identity chosen at a client.
    fn token_of(&self, client: &str, identity: &str) -> Option<Result<String, LocalError>> {
        if client == DESK {
            return STAFF.iter().find(|member| member.id == identity).map(|member| self.staff_token(member));
        }
        identity.parse().ok().map(|customer| self.customer_token(&customer))
    }

    /// Lists the identities that a client offers.
    async fn identities(&self, client: &str) -> Vec<Identity> {
        if client == DESK {
            let identity = |member: &Member| Identity {
                label: member.name.to_owned(),
                description: member.role.to_owned(),
                value: member.id.to_owned(),
            };
            return STAFF.iter().map(identity).collect();
        }
        // An unreadable table offers nobody to choose; the next page then names the fault.
        let customers = self.0.table.customers_page(None, OFFERED_MAX).await.unwrap_or_default();
        let identity = |customer: Customer| Identity {
            label: customer.name,
            description: format!("Customer {}", customer.customer_id),
            value: customer.customer_id.to_string(),
        };
        let mut identities: Vec<Identity> = customers.into_iter().map(identity).collect();
        identities.sort_by(|a, b| a.label.cmp(&b.label));
        identities
    }

    /// Builds the issuer's HTTP interface.
    pub fn router(&self) -> Router {
        let css = pages::assets::css();
        Router::new()
            .route("/.well-known/openid-configuration", get(configuration))
            .route("/jwks.json", get(keys))
            .route("/authorize", get(choose).post(chosen))
            .route("/token", post(exchange))
            .route("/end-session", get(end_session))
            .route(css.path, get(|| async { web::asset(css.content_type, css.body) }))
            .with_state(self.clone())
    }

    /// Returns a client that reaches the issuer without a socket.
    pub fn fetch(&self) -> impl Fetch + use<> {
        InProcess(self.router())
    }

    fn codes(&self) -> std::sync::MutexGuard<'_, HashMap<String, Code>> {
        self.0.codes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the origin of a client.
    fn origin_of(&self, client: &str) -> Option<&str> {
        match client {
            PORTAL => Some(&self.0.origins.portal),
            DESK => Some(&self.0.origins.desk),
            _ => None,
        }
    }

    /// True if the request names a client's own callback and a challenge of type S256.
    fn knows(&self, asked: &SignInRequest) -> bool {
        let callback = self.origin_of(&asked.client_id).map(|origin| format!("{origin}/sign-in/callback"));
        callback.as_ref() == Some(&asked.redirect_uri) && asked.code_challenge_method == "S256"
    }
}

/// A client's request to sign a person in.
#[derive(Debug, Clone, Deserialize)]
struct SignInRequest {
    client_id: String,
    redirect_uri: String,
    state: String,
    code_challenge: String,
    code_challenge_method: String,
    /// The chosen identity, once there is one.
    identity: Option<String>,
}

/// A client's request to end a person's session.
#[derive(Debug, Deserialize)]
struct SignOutRequest {
    client_id: String,
    post_logout_redirect_uri: String,
}

/// A client's request for a token.
#[derive(Debug, Deserialize)]
struct Grant {
    grant_type: String,
    client_id: String,
    code: Option<String>,
    code_verifier: Option<String>,
    redirect_uri: Option<String>,
}

async fn configuration(State(issuer): State<Issuer>) -> Json<Value> {
    let origin = issuer.origin();
    Json(json!({
        "issuer": origin,
        "authorization_endpoint": format!("{origin}/authorize"),
        "token_endpoint": format!("{origin}/token"),
        "jwks_uri": format!("{origin}/jwks.json"),
        "end_session_endpoint": format!("{origin}/end-session"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256"],
        "code_challenge_methods_supported": ["S256"],
    }))
}

async fn keys(State(issuer): State<Issuer>) -> Json<Value> {
    Json(issuer.0.keys.clone())
}

fn refused(why: &str) -> Response {
    (StatusCode::BAD_REQUEST, Json(json!({ "error": "invalid_request", "error_description": why })))
        .into_response()
}

/// Shows the identities to choose from.
async fn choose(State(issuer): State<Issuer>, RawQuery(query): RawQuery) -> Response {
    let query = query.unwrap_or_default();
    let asked: SignInRequest = match serde_urlencoded::from_str(&query) {
        Ok(asked) if issuer.knows(&asked) => asked,
        Ok(_) => return refused(ELSEWHERE),
        Err(error) => return refused(&error.to_string()),
    };
    let identities = issuer.identities(&asked.client_id).await;
    let back_to = issuer.origin_of(&asked.client_id).unwrap_or_default().to_owned();
    let carried = [
        ("client_id", asked.client_id),
        ("redirect_uri", asked.redirect_uri),
        ("state", asked.state),
        ("code_challenge", asked.code_challenge),
        ("code_challenge_method", asked.code_challenge_method),
    ];
    let view = IssuerChoice {
        action: "/authorize".to_owned(),
        name: "identity".to_owned(),
        carried: carried.map(|(name, value)| (name.to_owned(), value)).to_vec(),
        identities,
        css_path: pages::assets::css().path.to_owned(),
    };
    let mut page = web::html(StatusCode::OK, pages::issuer_choice(&view).into_string());
    // The form submits to the client's origin, by a redirect.
    let policy = format!(
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src data:; form-action 'self' {}; frame-ancestors 'none'",
        back_to
    );
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        page.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    page
}

/// Leads back from the end of a session, of which this stand-in keeps none: it asks each time who to be.
async fn end_session(State(issuer): State<Issuer>, RawQuery(query): RawQuery) -> Response {
    let asked: Result<SignOutRequest, _> = serde_urlencoded::from_str(&query.unwrap_or_default());
    let SignOutRequest { client_id, post_logout_redirect_uri: back } = match asked {
        Ok(ended) => ended,
        Err(error) => return refused(&error.to_string()),
    };
    let own = issuer.origin_of(&client_id).map(|origin| format!("{origin}/sign-in"));
    if own.as_ref() == Some(&back) { web::redirect(&back) } else { refused(ELSEWHERE) }
}

/// Redirects back to the client with a code for the chosen identity.
async fn chosen(State(issuer): State<Issuer>, RawForm(form): RawForm) -> Response {
    let asked: SignInRequest = match serde_urlencoded::from_bytes(&form) {
        Ok(asked) if issuer.knows(&asked) => asked,
        Ok(_) => return refused(ELSEWHERE),
        Err(error) => return refused(&error.to_string()),
    };
    let chosen = asked.identity.as_deref().and_then(|identity| issuer.token_of(&asked.client_id, identity));
    let token = match chosen {
        Some(Ok(token)) => token,
        Some(Err(error)) => return refused(&error.explain()),
        None => return refused("identity: missing or unknown: choose an identity"),
    };
    let Ok(code) = outcome::random_text() else { return refused("this machine gives no random bytes") };
    let now = issuer.0.clock.now();
    let mut codes = issuer.codes();
    codes.retain(|_, code| code.until > now);
    if codes.len() >= CODES_MAX {
        return refused("too many sign-ins at once: wait a minute");
    }
    let SignInRequest { code_challenge: challenge, redirect_uri, state, .. } = asked;
    let to = format!("{redirect_uri}?code={code}&state={}", web::query_text(&state));
    codes.insert(code, Code { token, challenge, redirect_uri, until: now.plus_s(CODE_S) });
    web::redirect(&to)
}

/// Issues a token: for a code, once, or to a program that names its customer or member of staff.
async fn exchange(State(issuer): State<Issuer>, RawForm(form): RawForm) -> Response {
    let grant: Grant = match serde_urlencoded::from_bytes(&form) {
        Ok(grant) => grant,
        Err(error) => return refused(&error.to_string()),
    };
    let token = match grant.grant_type.as_str() {
        "authorization_code" => issuer.redeem(&grant).map(Ok),
        // A stand-in believes every program: its client id is the customer's, or that of a member of staff.
        "client_credentials" => {
            let at_desk = STAFF.iter().any(|member| member.id == grant.client_id);
            issuer.token_of(if at_desk { DESK } else { PORTAL }, &grant.client_id)
        }
        _ => None,
    };
    match token.unwrap_or_else(|| Err(LocalError::Issuer { source: NO_GRANT.into() })) {
        Ok(token) => Json(json!({ "access_token": token, "token_type": "Bearer", "expires_in": TOKEN_S }))
            .into_response(),
        Err(error) => refused(&error.explain()),
    }
}

impl Issuer {
    fn redeem(&self, grant: &Grant) -> Option<String> {
        let code = self.codes().remove(grant.code.as_deref()?)?;
        let hashed = URL_SAFE_NO_PAD.encode(Sha256::digest(grant.code_verifier.as_deref()?.as_bytes()));
        let good = hashed == code.challenge
            && grant.redirect_uri.as_ref() == Some(&code.redirect_uri)
            && self.0.clock.now() < code.until;
        good.then_some(code.token)
    }
}

/// Fetches from a router in this process.
#[derive(Debug, Clone)]
struct InProcess(Router);

impl InProcess {
    fn send(&self, url: &str, form: Option<String>) -> FetchFuture {
        let (router, url) = (self.0.clone(), url.to_owned());
        Box::pin(async move {
            let path = url.splitn(4, '/').nth(3).map_or_else(|| "/".to_owned(), |path| format!("/{path}"));
            let request = Request::builder().method(if form.is_some() { "POST" } else { "GET" }).uri(path);
            let request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
            let body = axum::body::Body::from(form.unwrap_or_default());
            let request = request.body(body).map_err(|error| FetchError::new(&url, error))?;
            let answer = match router.oneshot(request).await {
                Ok(answer) => answer,
                Err(never) => match never {},
            };
            let status = answer.status().as_u16();
            let body: Bytes = to_bytes(answer.into_body(), ANSWER_BYTES_MAX)
                .await
                .map_err(|error| FetchError::new(&url, error))?;
            Ok(FetchedAnswer { status, body: body.to_vec() })
        })
    }
}

impl Fetch for InProcess {
    fn get(&self, url: &str) -> FetchFuture {
        self.send(url, None)
    }

    fn post_form(&self, url: &str, form: String) -> FetchFuture {
        self.send(url, Some(form))
    }
}
