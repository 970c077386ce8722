//! Guards the loopback ports: only programs and the system's own pages are answered. Otherwise any page open
//! in a browser here could read and write through a port, by DNS rebinding or across origins.

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::IntoResponse;

/// The host names of loopback.
const NAMES: [&str; 3] = ["127.0.0.1", "localhost", "[::1]"];
/// Body types that programs send; a page may send them across origins only after a preflight (Fetch,
/// CORS-safelisted headers).
const PROGRAMS_TYPES: [&str; 3] =
    ["application/json", "application/x-amz-json-1.0", "application/octet-stream"];

/// Answers only requests that name the port by a loopback host, and come from no other origin.
pub fn guarded(router: Router, port: u16) -> Router {
    router.layer(from_fn(move |request: Request, next: Next| async move {
        match refusal(&request, port) {
            None => next.run(request).await,
            Some(why) => (StatusCode::FORBIDDEN, why).into_response(),
        }
    }))
}

/// Returns the reason to refuse a request, if any.
fn refusal(request: &Request, port: u16) -> Option<String> {
    let own = |authority: &str| {
        NAMES.iter().any(|name| authority.eq_ignore_ascii_case(&format!("{name}:{port}")))
            || (port == 80 && NAMES.iter().any(|name| authority.eq_ignore_ascii_case(name)))
    };
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let all = |name| request.headers().get_all(name).iter().map(text);
    let mut hosts = all(header::HOST).chain(request.uri().authority().map(ToString::to_string)).peekable();
    let remedy = format!("ask for http://127.0.0.1:{port} or http://localhost:{port}");
    if hosts.peek().is_none() {
        return Some(format!("Host: missing: {remedy}\n"));
    }
    if let Some(foreign) = hosts.find(|host| !own(host)) {
        return Some(format!("Host: `{}` is no name of this machine: {remedy}\n", sla::shown(&foreign)));
    }
    let foreign = all(header::ORIGIN).find(|origin| !origin.strip_prefix("http://").is_some_and(own))?;
    let foreign = sla::shown(&foreign);
    Some(format!(
        "Origin: `{foreign}` is another site: open http://127.0.0.1:{port} itself, or ask with a program\n"
    ))
}

/// True if a program sent the request: it has a body type of programs, or a signature without a type, as the
/// AWS CLI sends. A page may send neither to another origin without a preflight.
pub fn is_of_program(headers: &HeaderMap) -> bool {
    match headers.get(header::CONTENT_TYPE).map(|kind| kind.to_str().unwrap_or_default()) {
        Some(kind) => {
            let own = kind.split(';').next().unwrap_or_default().trim();
            PROGRAMS_TYPES.iter().any(|known| own.eq_ignore_ascii_case(known))
        }
        None => headers.contains_key(header::AUTHORIZATION),
    }
}

#[cfg(test)]
mod tests {
    use axum::body::{Body, to_bytes};
    use axum::routing::get;
    use tower::ServiceExt;

    use super::*;

    async fn answered(port: u16, uri: &str, headers: &[(&str, &str)]) -> String {
        let router = guarded(Router::new().route("/", get(|| async { "shown" })), port);
        let mut request = Request::get(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = router.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        let status = answer.status().as_u16();
        let body = to_bytes(answer.into_body(), 1000).await.unwrap();
        format!("{status} {}", String::from_utf8_lossy(&body).trim_end())
    }

    #[tokio::test]
    async fn a_port_is_asked_by_its_own_name_and_from_its_own_pages() {
        let own = [
            vec![("host", "127.0.0.1:9001")],
            vec![("host", "LocalHost:9001")],
            vec![("host", "[::1]:9001")],
            vec![("host", "127.0.0.1:9001"), ("origin", "http://127.0.0.1:9001")],
            vec![("host", "localhost:9001"), ("origin", "http://localhost:9001")],
        ];
        for headers in own {
            assert_eq!(answered(9001, "/", &headers).await, "200 shown", "{headers:?}");
        }
        assert_eq!(
            answered(80, "/", &[("host", "localhost"), ("origin", "http://localhost")]).await,
            "200 shown"
        );
        assert_eq!(answered(9001, "http://localhost:9001/", &[]).await, "200 shown");
        let foreign = [
            vec![],
            vec![("host", "evil.example:9001")],
            vec![("host", "127.0.0.1")],
            vec![("host", "127.0.0.1:9002")],
            vec![("host", "127.0.0.1:9001.evil.example")],
            vec![("host", "localhost.evil.example:9001")],
            vec![("host", "127.0.0.1:9001"), ("host", "evil.example:9001")],
            vec![("host", "127.0.0.1:9001"), ("origin", "https://evil.example")],
            vec![("host", "127.0.0.1:9001"), ("origin", "null")],
            vec![("host", "127.0.0.1:9001"), ("origin", "http://127.0.0.1:3000")],
            vec![("host", "127.0.0.1:9001"), ("origin", "https://127.0.0.1:9001")],
            vec![
                ("host", "127.0.0.1:9001"),
                ("origin", "http://127.0.0.1:9001"),
                ("origin", "http://evil.example"),
            ],
        ];
        for headers in foreign {
            assert!(answered(9001, "/", &headers).await.starts_with("403 "), "{headers:?}");
            assert!(answered(9001, "/nowhere", &headers).await.starts_with("403 "), "{headers:?}");
        }
        assert!(
            answered(9001, "http://evil.example/", &[("host", "127.0.0.1:9001")]).await.starts_with("403 ")
        );
        insta::assert_snapshot!(
            answered(9001, "/", &[("host", "evil.example:9001")]).await,
            @"403 Host: `evil.example:9001` is no name of this machine: ask for http://127.0.0.1:9001 or http://localhost:9001"
        );
        insta::assert_snapshot!(
            answered(9001, "/", &[("host", "localhost:9001"), ("origin", "https://evil.example")]).await,
            @"403 Origin: `https://evil.example` is another site: open http://127.0.0.1:9001 itself, or ask with a program"
        );
    }

    #[test]
    fn what_a_page_may_send_unasked_is_of_no_program() {
        let of_program = |headers: &[(header::HeaderName, &'static str)]| {
            is_of_program(
                &headers
                    .iter()
                    .map(|(name, value)| (name.clone(), HeaderValue::from_static(value)))
                    .collect(),
            )
        };
        let signed = (header::AUTHORIZATION, "AWS4-HMAC-SHA256 Credential=local");
        for kind in ["application/json", "Application/JSON; charset=utf-8", "application/octet-stream"] {
            assert!(of_program(&[(header::CONTENT_TYPE, kind)]), "{kind}");
        }
        assert!(of_program(std::slice::from_ref(&signed)));
        let simple = [
            "text/plain",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=application/json",
            "",
        ];
        for kind in simple {
            assert!(!of_program(&[(header::CONTENT_TYPE, kind), signed.clone()]), "{kind}");
        }
        assert!(!of_program(&[]));
    }
}
