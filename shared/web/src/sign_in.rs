//! Signing in with an OIDC issuer (authorization code with PKCE, RFC 7636), and verifying its access tokens.
//! The issuer's keys are cached, and outlast an outage of the issuer.

use std::fmt;
use std::sync::{Arc, Mutex};

use access::{Access, Audience, Keys, TokenError, key_id};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use outcome::{Clock, Fetch, FetchError};
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use sla::Instant;

use crate::session::{cookie, cookie_of, forget};
use crate::{Problem, redirect};

/// Seconds after which cached keys are refreshed.
const REMEMBERED_S: i64 = 3600;
/// Seconds for which keys serve while the issuer is unavailable: a day.
const KEPT_S: i64 = 86_400;
/// Seconds for which an unavailable issuer is not called again.
const FAILURE_S: i64 = 30;
/// Seconds between two refreshes of the keys for an unknown key id.
const REFRESH_S: i64 = 60;
/// Seconds within which a sign-in must be finished.
const BEGUN_S: i64 = 600;
/// Beginning of the issuers that are user pools of Cognito.
const COGNITO: &str = "https://cognito-idp.";
/// Path of the page that offers to sign in, to which the issuer leads back from the end of its own session.
const SIGN_IN: &str = "/sign-in";
/// Path to which the issuer redirects people.
const CALLBACK: &str = "/sign-in/callback";

/// Settings of signing in: the issuer, the client and the function's origin.
#[derive(Debug, Clone)]
pub struct SignInSettings {
    /// The issuer as named in its tokens; its configuration is found below it.
    pub issuer: String,
    /// The OIDC client, which is also the tokens' audience.
    pub client_id: String,
    /// The requested scopes.
    pub scope: String,
    /// The function's origin, without a final slash.
    pub origin: String,
    /// The session cookie's name. With the prefix `__Host-` it is bound to this host, all paths and TLS;
    /// applications on several ports of one host need one name each.
    pub session_cookie: &'static str,
}

/// The reason why a sign-in failed.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// The token is not valid.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// The issuer is unavailable.
    #[error("cannot ask the issuer")]
    Issuer(#[source] IssuerError),
    /// The issuer refused, or its redirect was not accepted.
    #[error("{0}")]
    Refused(String),
}

/// The reason why the issuer is unavailable, shared by all requests that waited for it.
pub type IssuerError = Arc<dyn std::error::Error + Send + Sync>;

impl SignInError {
    fn issuer(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        let error: Box<dyn std::error::Error + Send + Sync> = error.into();
        Self::Issuer(error.into())
    }
}

impl From<FetchError> for SignInError {
    fn from(error: FetchError) -> Self {
        Self::issuer(error)
    }
}

/// The issuer's endpoints (OIDC discovery).
#[derive(Debug, Clone, Deserialize)]
struct Addresses {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    #[serde(default)]
    end_session_endpoint: Option<String>,
}

impl Addresses {
    /// Returns the address at which the issuer's own session ends, with the names of client and way back
    /// there. Cognito's is derived from its hosted domain, and has a name of its own for the way back.
    fn session_end(&self) -> Option<(String, &'static str)> {
        let named = self.end_session_endpoint.clone();
        if !self.issuer.starts_with(COGNITO) {
            return named.map(|address| (address, "post_logout_redirect_uri"));
        }
        let domain = self.authorization_endpoint.strip_suffix("/oauth2/authorize");
        named.or_else(|| Some(format!("{}/logout", domain?))).map(|address| (address, "logout_uri"))
    }
}

#[derive(Debug, Clone)]
struct IssuerDocuments {
    addresses: Addresses,
    keys: Keys,
    read_at: Instant,
}

impl IssuerDocuments {
    /// True if it was read less than `age_s` ago; after a clock was set back it counts as old.
    fn is_younger_than(&self, age_s: i64, now: Instant) -> bool {
        self.read_at <= now && now < self.read_at.plus_s(age_s)
    }

    /// True if it has the key, or none is wanted.
    fn has(&self, key_id: Option<&str>) -> bool {
        key_id.is_none_or(|key_id| self.keys.has(key_id))
    }
}

/// The service for signing in and verifying tokens.
#[derive(Clone)]
pub struct SignIn(Arc<Inner>);

struct Inner {
    settings: SignInSettings,
    audience: Audience,
    fetch: Arc<dyn Fetch>,
    clock: Clock,
    random: fn() -> Option<String>,
    known: Mutex<Option<IssuerDocuments>>,
    /// Held while the issuer is called; contains the instant and reason of its last failure.
    asking: tokio::sync::Mutex<Option<(Instant, IssuerError)>>,
}

impl fmt::Debug for SignIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SignIn({})", self.0.settings.issuer)
    }
}

impl SignIn {
    /// Builds the service from its settings, an HTTP client for the issuer, and a clock.
    pub fn new(settings: SignInSettings, fetch: Arc<dyn Fetch>, clock: Clock) -> Self {
        let audience = Audience { issuer: settings.issuer.clone(), audience: settings.client_id.clone() };
        let random = || outcome::random_text().ok();
        let (known, asking) = Default::default();
        Self(Arc::new(Inner { settings, audience, fetch, clock, random, known, asking }))
    }

    /// Returns the function's origin.
    pub fn origin(&self) -> &str {
        &self.0.settings.origin
    }

    /// Returns the session cookie's name.
    pub fn session_cookie(&self) -> &'static str {
        self.0.settings.session_cookie
    }

    /// Returns the name of the cookie of a sign-in under way.
    fn begun_cookie(&self) -> String {
        format!("{}-sign-in", self.session_cookie())
    }

    /// Returns the present instant.
    pub fn now(&self) -> Instant {
        self.0.clock.now()
    }

    /// Verifies an access token.
    ///
    /// # Errors
    /// Returns a [`SignInError`] if the token is not valid or the issuer is unavailable for its keys.
    pub async fn verify(&self, token: &str) -> Result<Access, SignInError> {
        let key_id = key_id(token)?;
        let now = self.now();
        let known = self.known(now, Some(&key_id)).await?;
        Ok(self.0.audience.verify(token, &known.keys, now)?)
    }

    /// Returns the issuer's endpoints and keys, refreshed if they are old or lack the key. One request calls
    /// the issuer; concurrent ones share its answer or failure.
    async fn known(&self, now: Instant, key_id: Option<&str>) -> Result<IssuerDocuments, SignInError> {
        let serves = |known: &IssuerDocuments| {
            known.is_younger_than(if known.has(key_id) { REMEMBERED_S } else { REFRESH_S }, now)
        };
        if let Some(known) = self.remembered().filter(serves) {
            return Ok(known);
        }
        let mut failure = self.0.asking.lock().await;
        let before = self.remembered();
        if let Some(known) = before.clone().filter(serves) {
            return Ok(known);
        }
        let recent = failure.clone().filter(|(at, _)| *at <= now && now < at.plus_s(FAILURE_S));
        let error = match recent {
            Some((_, error)) => SignInError::Issuer(error),
            None => match self.ask(now).await {
                Ok(known) => {
                    *failure = None;
                    return Ok(known);
                }
                Err(error) => {
                    if let SignInError::Issuer(cause) = &error {
                        let reason: &(dyn std::error::Error + 'static) = cause.as_ref();
                        tracing::warn!(
                            error = reason,
                            "the issuer cannot be asked: keys that are known still serve"
                        );
                        *failure = Some((now, cause.clone()));
                    }
                    error
                }
            },
        };
        // An unknown key may be the issuer's newest, so its token cannot be judged now.
        before.filter(|known| known.has(key_id) && known.is_younger_than(KEPT_S, now)).ok_or(error)
    }

    fn remembered(&self) -> Option<IssuerDocuments> {
        self.0.known.lock().ok().and_then(|known| known.clone())
    }

    async fn ask(&self, now: Instant) -> Result<IssuerDocuments, SignInError> {
        let issuer = self.0.settings.issuer.trim_end_matches('/');
        let url = format!("{issuer}/.well-known/openid-configuration");
        let addresses: Addresses =
            serde_json::from_slice(&self.document(&url).await?).map_err(SignInError::issuer)?;
        if addresses.issuer != self.0.settings.issuer {
            let error = format!("{url} is the configuration of {}", sla::shown(&addresses.issuer));
            return Err(SignInError::issuer(error));
        }
        let keys = Keys::parse(&self.document(&addresses.jwks_uri).await?).map_err(SignInError::issuer)?;
        let known = IssuerDocuments { addresses, keys, read_at: now };
        if let Ok(mut remembered) = self.0.known.lock() {
            *remembered = Some(known.clone());
        }
        Ok(known)
    }

    async fn document(&self, url: &str) -> Result<Vec<u8>, SignInError> {
        let answer = self.0.fetch.get(url).await?;
        if answer.status != StatusCode::OK.as_u16() {
            return Err(SignInError::issuer(format!("{url} answered {}", answer.status)));
        }
        Ok(answer.body)
    }

    /// Returns the address that ends the issuer's own session and leads back to the sign-in page; `None` if
    /// the issuer names none, or cannot be asked.
    pub async fn session_end(&self) -> Option<String> {
        let addresses = self.known(self.now(), None).await.ok()?.addresses;
        let (address, back) = addresses.session_end()?;
        let Inner { settings: SignInSettings { client_id, origin, .. }, .. } = &*self.0;
        let asked = query(&[("client_id", client_id), (back, &format!("{origin}{SIGN_IN}"))]);
        Some(format!("{address}{}{asked}", if address.contains('?') { '&' } else { '?' }))
    }

    fn callback(&self) -> String {
        format!("{}{CALLBACK}", self.0.settings.origin)
    }

    async fn exchange(&self, code: &str, verifier: &str) -> Result<String, SignInError> {
        #[derive(Deserialize)]
        struct Tokens {
            access_token: String,
        }
        let addresses = self.known(self.now(), None).await?.addresses;
        let form = query(&[
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", &self.callback()),
            ("client_id", &self.0.settings.client_id),
            ("code_verifier", verifier),
        ]);
        let answer = self.0.fetch.post_form(&addresses.token_endpoint, form).await?;
        if answer.status != StatusCode::OK.as_u16() {
            return Err(SignInError::Refused("The code is no longer good: sign in again.".to_owned()));
        }
        let tokens: Tokens = serde_json::from_slice(&answer.body).map_err(SignInError::issuer)?;
        Ok(tokens.access_token)
    }
}

/// Encodes a text for a query.
pub fn query_text(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

/// Encodes fields as a query or form.
fn query(fields: &[(&str, &str)]) -> String {
    let field = |(name, value): &(&str, &str)| format!("{name}={}", query_text(value));
    fields.iter().map(field).collect::<Vec<_>>().join("&")
}

fn hashed(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(text.as_bytes()))
}

/// Returns the state that must come back with the code: derived from the secret, without revealing it.
fn state_of(verifier: &str) -> String {
    hashed(&format!("state:{verifier}"))
}

/// Returns a path on this site as it is; `/` for anything that a browser takes for another host.
pub fn own_path(path: &str) -> &str {
    let own = path.starts_with('/') && !path.starts_with("//") && !path.contains(['\\', '\r', '\n', '\t']);
    if own { path } else { "/" }
}

/// Redirects a person to the issuer; a cookie keeps this attempt's secret and the path to return to.
///
/// # Errors
/// Returns a [`Problem`] if the issuer is unavailable.
pub async fn begin(sign_in: &SignIn, return_to: Option<&str>) -> Result<Response, Problem> {
    let addresses = sign_in.known(sign_in.now(), None).await.map_err(Problem::from)?.addresses;
    let none = || SignInError::issuer("the system gives no random bytes");
    let verifier = (sign_in.0.random)().ok_or_else(none)?;
    let asked = query(&[
        ("response_type", "code"),
        ("client_id", &sign_in.0.settings.client_id),
        ("redirect_uri", &sign_in.callback()),
        ("scope", &sign_in.0.settings.scope),
        ("state", &state_of(&verifier)),
        ("code_challenge", &hashed(&verifier)),
        ("code_challenge_method", "S256"),
    ]);
    let return_to = query_text(own_path(return_to.unwrap_or("/")));
    let remembered = cookie(&sign_in.begun_cookie(), &format!("{verifier}.{return_to}"), BEGUN_S);
    let mut response = redirect(&format!("{}?{asked}", addresses.authorization_endpoint));
    response.headers_mut().append(header::SET_COOKIE, remembered);
    Ok(response)
}

/// Finishes a sign-in on return from the issuer: exchanges the code for a token, which becomes the session.
///
/// # Errors
/// Returns a [`Problem`] if the attempt did not begin here, the issuer refused, or the token is not valid.
pub async fn finish(sign_in: &SignIn, headers: &HeaderMap, fields: &str) -> Result<Response, Problem> {
    #[derive(Deserialize)]
    struct Back {
        code: Option<String>,
        state: Option<String>,
        error: Option<String>,
    }
    let back: Back = serde_urlencoded::from_str(fields)
        .map_err(|_| Problem::bad_request("The issuer's answer cannot be read: sign in again."))?;
    let begun = cookie_of(headers, &sign_in.begun_cookie()).ok_or_else(|| {
        Problem::bad_request("No sign-in was begun here, or it took too long: sign in again.")
    })?;
    let (verifier, return_to) = begun.split_once('.').unwrap_or((begun, "%2F"));
    if back.state.as_deref() != Some(&state_of(verifier)) {
        return Err(Problem::bad_request("This answer belongs to another sign-in: sign in again."));
    }
    let Some(code) = back.code else {
        let why = sla::shown(back.error.as_deref().unwrap_or("no code"));
        return Err(Problem::bad_request(format!("The issuer did not sign you in ({why}): sign in again.")));
    };
    let token = sign_in.exchange(&code, verifier).await?;
    let access = sign_in.verify(&token).await?;
    let return_to = percent_decode_str(return_to).decode_utf8_lossy();
    let mut response = redirect(own_path(&return_to)).into_response();
    let lifetime_s = access.expires_at().epoch_s() - sign_in.now().epoch_s();
    let cookies: [HeaderValue; 2] =
        [cookie(sign_in.session_cookie(), &token, lifetime_s), forget(&sign_in.begun_cookie())];
    for cookie in cookies {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

    use outcome::{FetchFuture, FetchedAnswer};

    use super::*;

    /// An issuer that can be down, and counts the requests for its keys.
    #[derive(Debug, Default, Clone)]
    struct Issuer {
        down: Arc<AtomicBool>,
        asked: Arc<AtomicUsize>,
    }

    impl Fetch for Issuer {
        fn get(&self, url: &str) -> FetchFuture {
            let body = if url.ends_with("jwks") {
                self.asked.fetch_add(1, Ordering::SeqCst);
                r#"{"keys": [{"kty": "EC", "crv": "P-256", "kid": "one", "x": "AQ", "y": "AQ"}]}"#
            } else {
                r#"{"issuer": "https://id", "authorization_endpoint": "", "token_endpoint": "", "jwks_uri": "jwks"}"#
            };
            // Only the keys fail: their address is known by then.
            let down = self.down.load(Ordering::SeqCst) && url.ends_with("jwks");
            let status = if down { 503 } else { 200 };
            Box::pin(async move {
                tokio::task::yield_now().await;
                Ok(FetchedAnswer { status, body: body.as_bytes().to_vec() })
            })
        }

        fn post_form(&self, _: &str, _: String) -> FetchFuture {
            unreachable!()
        }
    }

    const START: Instant = Instant::from_epoch_s(1_800_000_000);

    fn sign_in() -> (Issuer, SignIn) {
        let issuer = Issuer::default();
        let settings = SignInSettings {
            issuer: "https://id".to_owned(),
            client_id: "portal".to_owned(),
            scope: "openid".to_owned(),
            origin: "https://portal".to_owned(),
            session_cookie: "__Host-nines",
        };
        (issuer.clone(), SignIn::new(settings, Arc::new(issuer), Clock::virtual_at(START)))
    }

    /// Looks for a key after some seconds; returns true if it is known, and the count of requests.
    async fn look(sign_in: &SignIn, issuer: &Issuer, after_s: i64, key_id: &str) -> (Option<bool>, usize) {
        let known = sign_in.known(START.plus_s(after_s), Some(key_id)).await;
        (known.ok().map(|known| known.has(Some(key_id))), issuer.asked.load(Ordering::SeqCst))
    }

    #[tokio::test]
    async fn keys_serve_for_a_day_while_the_issuer_is_down_and_it_is_asked_every_half_minute() {
        let (issuer, sign_in) = sign_in();
        let look = async |after_s, key_id| look(&sign_in, &issuer, after_s, key_id).await;
        assert_eq!(look(0, "one").await, (Some(true), 1));
        issuer.down.store(true, Ordering::SeqCst);
        assert_eq!(look(3599, "one").await, (Some(true), 1), "an hour is not over");
        assert_eq!(look(3600, "one").await, (Some(true), 2), "old keys serve");
        assert_eq!(look(3629, "one").await, (Some(true), 2), "the failure is remembered");
        assert_eq!(look(3629, "two").await, (None, 2), "nobody knows whether there is such a key");
        assert_eq!(look(3630, "one").await, (Some(true), 3));
        assert_eq!(look(86_399, "one").await, (Some(true), 4));
        assert_eq!(look(86_400, "one").await, (None, 4), "a day is over");
        issuer.down.store(false, Ordering::SeqCst);
        assert_eq!(look(86_428, "one").await, (None, 4), "the failure is remembered");
        assert_eq!(look(86_429, "one").await, (Some(true), 5));
        assert_eq!(look(86_429, "two").await, (Some(false), 5), "within a minute nobody asks again");
        assert_eq!(look(86_489, "two").await, (Some(false), 6));
    }

    #[tokio::test]
    async fn an_issuer_that_was_never_reached_is_asked_every_half_minute() {
        let (issuer, sign_in) = sign_in();
        issuer.down.store(true, Ordering::SeqCst);
        for after_s in [0, 1, 29] {
            assert_eq!(look(&sign_in, &issuer, after_s, "one").await, (None, 1));
        }
        assert_eq!(look(&sign_in, &issuer, 30, "one").await, (None, 2));
    }

    #[tokio::test]
    async fn of_requests_that_come_together_one_asks() {
        for down in [false, true] {
            let (issuer, sign_in) = sign_in();
            issuer.down.store(down, Ordering::SeqCst);
            let one = || look(&sign_in, &issuer, 0, "one");
            let answers = tokio::join!(one(), one(), one());
            assert_eq!(issuer.asked.load(Ordering::SeqCst), 1);
            assert_eq!([answers.0.0, answers.1.0, answers.2.0], [(!down).then_some(true); 3]);
        }
    }

    #[track_caller]
    fn check_session_end(issuer: &str, named: Option<&str>, expect: Option<(&str, &str)>) {
        let addresses = Addresses {
            issuer: issuer.to_owned(),
            authorization_endpoint: "https://people.example/oauth2/authorize".to_owned(),
            token_endpoint: String::new(),
            jwks_uri: String::new(),
            end_session_endpoint: named.map(str::to_owned),
        };
        let expect = expect.map(|(address, back)| (address.to_owned(), back));
        assert_eq!(addresses.session_end(), expect, "{issuer}");
    }

    #[test]
    fn the_issuers_session_ends_where_it_says_and_cognitos_at_its_domain() {
        let (pool, back) = ("https://cognito-idp.eu-central-1.amazonaws.com/p_1", "post_logout_redirect_uri");
        check_session_end("https://id", Some("https://id/end"), Some(("https://id/end", back)));
        check_session_end("https://id", None, None);
        check_session_end(pool, None, Some(("https://people.example/logout", "logout_uri")));
        check_session_end(pool, Some("https://p/logout"), Some(("https://p/logout", "logout_uri")));
    }

    #[test]
    fn nobody_is_sent_to_another_site() {
        let own = ["/", "/tickets/T-1?x=1#y", "/services/a:b"];
        assert!(own.iter().all(|path| own_path(path) == *path));
        let foreign =
            ["//evil.example", "https://evil.example", "/\\evil.example", "", "tickets", "/\t/evil.example"];
        assert!(foreign.iter().all(|path| own_path(path) == "/"));
    }
}
