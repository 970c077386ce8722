//! Proofs of senders: right, wrong, by the secret that follows, and replayed.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use doors::{AuthError, Request, Verified, verify};
use events::Source;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::world::{at, request, source};

const OLD: &str = "old secret";
const NEW: &str = "new secret";

fn by(kind: &str, auth: &Value) -> Source {
    let mapping = match kind {
        "zammad" | "jira" | "zendesk" => json!([]),
        _ => json!([{ "service_id": "api" }]),
    };
    let template =
        (kind == "standard-webhooks").then(|| json!({ "key": "k", "status": { "s": { "u": "up" } } }));
    let mut fields = json!({ "auth": auth, "map": mapping });
    if let Some(template) = template {
        fields["template"] = template;
    }
    source(kind, &fields)
}

fn mac<M: Mac + KeyInit>(secret: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    let mut mac = <M as KeyInit>::new_from_slice(secret).unwrap();
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().to_vec()
}

fn sha256(secret: &str, parts: &[&[u8]]) -> Vec<u8> {
    mac::<Hmac<Sha256>>(secret.as_bytes(), parts)
}

/// Returns a request with headers, received at an instant whose Unix time is 1781086790.
fn with(headers: &[(&str, String)]) -> Request {
    let mut request = request("zendesk-solved");
    request.headers = headers.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    request.received_at = at("2026-06-10T10:19:50Z");
    request
}

/// Expects that a request proves itself by either of two secrets, by no other one, and with no other body.
#[track_caller]
fn check(source: &Source, request: &Request, is_signed: bool) {
    let proven = verify(source, request, &[NEW, OLD]);
    assert_eq!(proven, verify(source, request, &[OLD]));
    assert!(proven.is_ok(), "{proven:?}");
    for secrets in [&[NEW][..], &["", NEW], &[NEW, "third", OLD]] {
        assert_eq!(verify(source, request, secrets), Err(AuthError::Wrong), "{secrets:?}");
    }
    assert_eq!(verify(source, request, &[]), Err(AuthError::NoSecret));
    assert_eq!(verify(source, request, &[""]), Err(AuthError::NoSecret));
    let mut other = request.clone();
    other.body.push(b' ');
    assert_eq!(verify(source, &other, &[OLD]).is_err(), is_signed);
    let bare = Request { headers: [].into(), path_token: None, ..request.clone() };
    assert!(matches!(verify(source, &bare, &[OLD]), Err(AuthError::Missing(_))));
}

#[test]
fn a_secret_that_is_sent_is_compared() {
    let bearer = by("alertmanager", &json!({ "scheme": "bearer" }));
    check(&bearer, &with(&[("authorization", format!("Bearer {OLD}"))]), false);
    check(&bearer, &with(&[("authorization", format!("bearer {OLD}"))]), false);
    let basic = by("alertmanager", &json!({ "scheme": "basic" }));
    check(&basic, &with(&[("authorization", format!("Basic {}", STANDARD.encode(OLD)))]), false);
    let header = by("uptime-kuma", &json!({ "scheme": "header", "header": "x-nines" }));
    check(&header, &with(&[("x-nines", OLD.to_owned())]), false);
    let token = by("pingdom", &json!({ "scheme": "path-token" }));
    check(&token, &Request { path_token: Some(OLD.to_owned()), ..with(&[]) }, false);
    let captured = request("alertmanager-0.25.0-1-firing");
    assert_eq!(verify(&bearer, &captured, &["secret-token"]), Ok(Verified { sent_at: None }));
    let captured = request("alertmanager-0.25.0-4-firing-answered-503");
    assert_eq!(verify(&basic, &captured, &["nines:pw"]), Ok(Verified { sent_at: None }));
    assert!(matches!(verify(&bearer, &captured, &["nines:pw"]), Err(AuthError::Missing(_))));
}

#[test]
fn a_signature_covers_the_raw_bytes() {
    let body = request("zendesk-solved").body;
    let hex = |parts: &[&[u8]]| hex::encode(sha256(OLD, parts));
    let grafana = by("grafana", &json!({ "scheme": "hmac-sha256-hex" }));
    check(&grafana, &with(&[("x-grafana-alerting-signature", hex(&[&body]))]), true);
    let named = by("grafana", &json!({ "scheme": "hmac-sha256-hex", "header": "x-grafana-alert-signature" }));
    check(&named, &with(&[("x-grafana-alert-signature", hex(&[&body]))]), true);
    let checkly = by("checkly", &json!({ "scheme": "hmac-sha256-hex" }));
    check(&checkly, &with(&[("x-checkly-signature", hex(&[&body]))]), true);
    let jira = by("jira", &json!({ "scheme": "websub" }));
    check(&jira, &with(&[("x-hub-signature", format!("sha256={}", hex(&[&body])))]), true);
    let zammad = by("zammad", &json!({ "scheme": "websub-sha1" }));
    let sha1 = hex::encode(mac::<Hmac<sha1::Sha1>>(OLD.as_bytes(), &[&body]));
    check(&zammad, &with(&[("x-hub-signature", format!("sha1={sha1}"))]), true);
    // A weaker method than the registered one is no proof.
    let weak = with(&[("x-hub-signature", format!("sha1={sha1}"))]);
    assert!(matches!(verify(&jira, &weak, &[OLD]), Err(AuthError::Missing(_))));
    let short = with(&[("x-grafana-alerting-signature", hex(&[&body])[..32].to_owned())]);
    assert_eq!(verify(&grafana, &short, &[OLD]), Err(AuthError::Wrong));
}

#[test]
fn a_signed_time_is_within_five_minutes_of_the_receipt() {
    let body = request("zendesk-solved").body;
    let grafana = by("grafana", &json!({ "scheme": "hmac-sha256-hex", "timestamp_header": "x-time" }));
    let zendesk = by("zendesk", &json!({ "scheme": "hmac-sha256-base64" }));
    let standard = by("standard-webhooks", &json!({ "scheme": "standard-webhooks" }));
    let of_grafana = |time: &str| {
        let signature = hex::encode(sha256(OLD, &[time.as_bytes(), b":", &body]));
        with(&[("x-time", time.to_owned()), ("x-grafana-alerting-signature", signature)])
    };
    let of_zendesk = |time: &str| {
        let signature = STANDARD.encode(sha256(OLD, &[time.as_bytes(), &body]));
        let header = "x-zendesk-webhook-signature";
        with(&[(header, signature), ("x-zendesk-webhook-signature-timestamp", time.to_owned())])
    };
    let whsec = format!("whsec_{}", STANDARD.encode(OLD));
    let of_standard = |prefix: &str, time: &str| {
        let signature = STANDARD.encode(sha256(OLD, &[b"msg_1.", time.as_bytes(), b".", &body]));
        let header = |name: &str, value: String| (format!("{prefix}-{name}"), value);
        let signatures = format!("v1,{} v1a,AAAA v1,{signature}", STANDARD.encode([0; 32]));
        let headers = [
            header("id", "msg_1".to_owned()),
            header("timestamp", time.to_owned()),
            header("signature", signatures),
        ];
        let mut request = with(&[]);
        request.headers = headers.into();
        request
    };
    check(&grafana, &of_grafana("1781086790"), true);
    check(&zendesk, &of_zendesk("2026-06-10T10:19:50Z"), true);
    let sent_at = Some(at("2026-06-10T10:15:00Z"));
    for (source, secret, request) in [
        (&grafana, OLD, of_grafana("1781086500")),
        (&zendesk, OLD, of_zendesk("2026-06-10T10:15:00Z")),
        (&standard, &whsec, of_standard("webhook", "1781086500")),
        (&standard, &whsec, of_standard("svix", "1781086500")),
    ] {
        assert_eq!(verify(source, &request, &[secret]), Ok(Verified { sent_at }));
        assert_eq!(verify(source, &request, &["whsec_AAAA", "other"]), Err(AuthError::Wrong));
        let later =
            |seconds: i64| Request { received_at: request.received_at.plus_s(seconds), ..request.clone() };
        assert!(verify(source, &later(10), &[secret]).is_ok());
        assert_eq!(verify(source, &later(11), &[secret]), Err(AuthError::Replayed(301)));
        assert_eq!(verify(source, &later(-591), &[secret]), Err(AuthError::Replayed(-301)));
        // A wrong signature does not tell that the time is wrong too.
        assert_eq!(verify(source, &later(11), &["other"]), Err(AuthError::Wrong));
    }
}

#[test]
fn no_error_holds_anything_of_a_secret() {
    let bearer = by("alertmanager", &json!({ "scheme": "bearer" }));
    for header in ["Bearer s3cr3t", "Basic s3cr3t", "s3cr3t", ""] {
        let error = verify(&bearer, &with(&[("authorization", header.to_owned())]), &[OLD]).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("s3cr3t"), "{error}");
    }
}
