//! The end of a session: at the issuer as well, and without the loss of a form.

use acceptance::faults::runtime;
use axum::http::StatusCode;
use serde_json::json;
use sla::Instant;

use crate::portal::visitor::{Answer, NOW, Visited, hidden, visit, visit_desk, world};

/// A ticket, with what a page must escape.
const TICKET: [(&str, &str); 5] = [
    ("key", "k-1"),
    ("service_id", "api"),
    ("level", "2"),
    ("title", "Pages load <slowly>"),
    ("description", "Since this morning.\nOnly in Spandau."),
];

/// Returns a customer's token that ends so many seconds after [`NOW`].
fn token_for(portal: &Visited, customer: &str, seconds: i64) -> String {
    let until = NOW.parse::<Instant>().unwrap().epoch_s() + seconds;
    portal.issuer.token(&json!({ "sub": "ann", "customer_id": customer, "exp": until })).unwrap()
}

/// Posts a form again as its kept page holds it.
async fn go_on(portal: &Visited, token: &str, page: &Answer) -> Answer {
    let names = ["key", "service_id", "level", "title", "description"];
    let csrf = hidden(&page.text, "csrf");
    let text = |name| hidden(&page.text, name).replace("&lt;", "<").replace("&gt;", ">");
    let values: Vec<(&str, String)> = names.into_iter().map(|name| (name, text(name))).collect();
    let fields: Vec<(&str, &str)> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let action =
        page.text.split("<form method=\"post\" action=\"").last().unwrap().split('"').next().unwrap();
    portal.post(action, Some(token), &[&fields[..], &[("csrf", csrf.as_str())]].concat()).await
}

#[test]
fn a_form_survives_the_end_of_its_session() {
    runtime().unwrap().block_on(async {
        let world = world().await;
        let portal = visit(&world);
        let short = token_for(&portal, "acme", 60);
        let csrf = portal.csrf(&short).await;
        world.advance_to("2026-07-03T12:01:00Z").unwrap();
        let form = [&TICKET[..], &[("csrf", csrf.as_str())]].concat();
        let before = world.dump().unwrap();
        // A browser drops the cookie with the token; an old one that is sent has ended as well.
        for token in [None, Some(short.as_str())] {
            let ended = portal.post("/tickets", token, &form).await;
            assert_eq!(ended.status, StatusCode::UNAUTHORIZED, "{}", ended.text);
            for kept in ["Your session has ended", "Pages load &lt;slowly&gt;", "target=\"_blank\""] {
                assert!(ended.text.contains(kept), "{}", ended.text);
            }
            assert!(!ended.text.contains(&csrf), "the old secret is of no more use");
        }
        let ended = portal.post("/tickets", None, &form).await;
        // Signed in again beside it: the fields are shown once more, with the new session's secret.
        let token = token_for(&portal, "acme", 3600);
        let again = go_on(&portal, &token, &ended).await;
        assert_eq!(again.status, StatusCode::FORBIDDEN);
        assert_eq!(hidden(&again.text, "csrf"), portal.csrf(&token).await);
        assert_eq!(world.dump().unwrap().difference(&before), "", "nothing is done until it is sent");
        let sent = go_on(&portal, &token, &again).await;
        assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text);
        let ticket = portal.get(sent.headers["location"].to_str().unwrap(), Some(&token)).await;
        assert!(ticket.text.contains("Only in Spandau."), "{}", ticket.text);
    });
}

#[test]
fn what_another_site_or_an_endless_form_posts_is_not_shown() {
    runtime().unwrap().block_on(async {
        let world = world().await;
        let portal = visit(&world);
        let post = |origin: Option<&str>, body: String| {
            let mut request = axum::http::Request::post("/tickets")
                .header("content-type", "application/x-www-form-urlencoded");
            if let Some(origin) = origin {
                request = request.header("origin", origin);
            }
            portal.ask(request.body(body.into()).unwrap())
        };
        for origin in [None, Some("https://evil.example"), Some("null")] {
            let refused = post(origin, "csrf=x&title=send+this".to_owned()).await;
            assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
            assert!(!refused.text.contains("send this"), "{}", refused.text);
        }
        let own = Some("https://portal.example");
        let shown = post(own, "csrf=x&title=send+this".to_owned()).await;
        assert!(shown.text.contains("send this"), "{}", shown.text);
        let long = post(own, format!("csrf=x&title={}", "a".repeat(1024 * 1024))).await;
        assert_eq!(long.status, StatusCode::UNAUTHORIZED);
        assert!(long.text.len() < 10_000);
        assert_eq!(post(own, "a".repeat(5 * 1024 * 1024)).await.status, StatusCode::PAYLOAD_TOO_LARGE);
        // A session that may see no page is told why, and gets no form.
        let at_desk = visit_desk(&world);
        let stranger = json!({ "sub": "eve", "aud": "desk", "scope": "openid" });
        let token = at_desk.issuer.token(&stranger).unwrap();
        let fields = [("csrf", "x"), ("name", "send this")];
        let refused = at_desk.post("/commands/register_customer", Some(&token), &fields).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
        assert!(!refused.text.contains("send this"), "{}", refused.text);
    });
}

#[test]
fn signing_out_ends_the_issuers_session_as_well() {
    runtime().unwrap().block_on(async {
        let world = world().await;
        for (site, client) in [(visit(&world), "portal"), (visit_desk(&world), "desk")] {
            let token = if client == "desk" { site.staff("ada") } else { site.token("acme") };
            let csrf = site.csrf(&token).await;
            let out = site.post("/sign-out", Some(&token), &[("csrf", csrf.as_str())]).await;
            assert_eq!(out.status, StatusCode::SEE_OTHER);
            assert_eq!(out.headers["location"], "/sign-in?done=sign-out");
            assert_eq!(out.headers["clear-site-data"], "\"cache\", \"storage\"");
            let page = site.get("/sign-in?done=sign-out", None).await;
            assert_eq!(page.status, StatusCode::OK);
            let refresh = page.headers["refresh"].to_str().unwrap();
            let to = refresh.strip_prefix("0; url=https://id.example").unwrap();
            let back = format!("https%3A%2F%2F{client}%2Eexample%2Fsign%2Din");
            assert_eq!(to, format!("/end-session?client_id={client}&post_logout_redirect_uri={back}"));
            let ended = tower::ServiceExt::oneshot(
                site.issuer.router(),
                axum::http::Request::get(to).body(axum::body::Body::empty()).unwrap(),
            );
            let ended = ended.await.unwrap();
            assert_eq!(ended.status(), StatusCode::SEE_OTHER);
            assert_eq!(ended.headers()["location"], format!("https://{client}.example/sign-in"));
            let shown = site.get("/sign-in", None).await;
            assert!(!shown.headers.contains_key("refresh"), "it leads on once");
        }
    });
}
