//! Sessions: the access token in a cookie that scripts cannot read and other sites' forms cannot use. The
//! server keeps no state: a session ends with its token.

use access::Access;
use axum::extract::{FromRef, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use axum::response::{IntoResponse, Response};
use sla::sha256_hex;

use crate::{Looks, Problem, SignIn, SignInError, query_text, redirect};

/// A signed-in person.
#[derive(Debug, Clone)]
pub struct Session {
    /// The access that the token grants.
    pub access: Access,
    /// The secret that every form of the session must carry.
    pub csrf: String,
    /// The person's looks at their notices.
    pub looks: Looks,
}

/// The reason why there is no session.
#[derive(Debug)]
pub enum SessionError {
    /// The person is not signed in; holds the path to return to after signing in.
    SignIn(String),
    /// The request cannot be repeated after a redirect to the sign-in.
    Problem(Problem),
}

/// Builds a cookie header; empty if the value contains a character that cookies do not allow.
pub(crate) fn cookie(name: &str, value: &str, lifetime_s: i64) -> HeaderValue {
    let text = format!("{name}={value}; Path=/; Max-Age={lifetime_s}; HttpOnly; Secure; SameSite=Lax");
    HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static(""))
}

/// Builds the header that deletes a cookie.
pub(crate) fn forget(name: &str) -> HeaderValue {
    cookie(name, "", 0)
}

/// Returns the value of a cookie.
pub(crate) fn cookie_of<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let pairs = all.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.filter(|(own, _)| *own == name).map(|(_, value)| value).find(|value| !value.is_empty())
}

/// Storage that a browser forgets at the end of a session. Its cookies are not among it: that would reach
/// every site of the domain, so the session's own is deleted by its name.
const FORGOTTEN: HeaderValue = HeaderValue::from_static("\"cache\", \"storage\"");

/// Ends the session here, and redirects to the page that ends it at the issuer.
pub fn sign_out(sign_in: &SignIn) -> Response {
    let mut response = redirect("/sign-in?done=sign-out");
    let headers = response.headers_mut();
    headers.append(header::SET_COOKIE, forget(sign_in.session_cookie()));
    headers.insert(HeaderName::from_static("clear-site-data"), FORGOTTEN);
    response
}

/// Returns the secret for forms: derived from the token, which other sites cannot read, without revealing it.
fn csrf_of(token: &str) -> String {
    sha256_hex(format!("csrf:{token}").as_bytes())
}

impl Session {
    /// Returns the session of a request by its cookies.
    ///
    /// # Errors
    /// Returns a [`SignInError`] if there is no valid token, or the issuer is unavailable for its keys.
    pub async fn of(sign_in: &SignIn, headers: &HeaderMap) -> Result<Self, SignInError> {
        let token = cookie_of(headers, sign_in.session_cookie()).ok_or_else(|| {
            SignInError::Refused("You are not signed in: sign in, then send it again.".to_owned())
        })?;
        let access = sign_in.verify(token).await?;
        let customer = access.customer().ok();
        let person = customer.as_ref().map(|own| [own.customer_id().as_str(), own.subject()]);
        let looks =
            Looks::of(headers, format!("{}-seen", sign_in.session_cookie()), &person.unwrap_or_default());
        Ok(Self { access, csrf: csrf_of(token), looks })
    }
}

impl<S> FromRequestParts<S> for Session
where
    SignIn: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = SessionError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, SessionError> {
        match Self::of(&SignIn::from_ref(state), &parts.headers).await {
            Ok(session) => Ok(session),
            Err(SignInError::Issuer(error)) => Err(SessionError::Problem(SignInError::Issuer(error).into())),
            Err(_) if parts.method == Method::GET => {
                let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
                Err(SessionError::SignIn(path.to_owned()))
            }
            Err(error) => {
                let detail = format!("{error}");
                Err(SessionError::Problem(Problem::unauthorized(detail, "invalid_token")))
            }
        }
    }
}

impl IntoResponse for SessionError {
    fn into_response(self) -> Response {
        match self {
            Self::SignIn(path) => redirect(&format!("/sign-in?return_to={}", query_text(&path))),
            Self::Problem(problem) => problem.into_response(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_are_found_by_their_whole_name() {
        let mut headers = HeaderMap::new();
        headers.append(
            header::COOKIE,
            HeaderValue::from_static("a=1; __Host-nines-sign-in=v.%2F; x__Host-nines=0"),
        );
        headers.append(header::COOKIE, HeaderValue::from_static("__Host-nines=a.b.c"));
        assert_eq!(cookie_of(&headers, "__Host-nines"), Some("a.b.c"));
        assert_eq!(cookie_of(&headers, "__Host-nines-sign-in"), Some("v.%2F"));
        assert_eq!(cookie_of(&headers, "b"), None);
    }

    #[test]
    fn a_session_cookie_is_for_this_host_and_no_script() {
        insta::assert_snapshot!(
            cookie("__Host-nines", "a.b.c", 600).to_str().unwrap(),
            @"__Host-nines=a.b.c; Path=/; Max-Age=600; HttpOnly; Secure; SameSite=Lax"
        );
        assert_ne!(csrf_of("a.b.c"), csrf_of("a.b.d"));
    }
}
