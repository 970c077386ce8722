//! TLS: whom a certificate is trusted from, for which name, and until when. The clock is a virtual one.

use std::sync::Arc;

use outcome::Clock;
use prober::{Finding, Prober};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, crypto::ring};
use serde_json::{Value, json};
use sla::Status::{Degraded, Down, Unknown, Up};
use tokio::io::AsyncWriteExt;
use tokio_rustls::TlsAcceptor;

use crate::town::{Town, answer, expect, page, serve, serve_http, settings, target};

type Issuer = CertifiedIssuer<'static, KeyPair>;

/// Makes a certification authority of its own.
fn authority() -> Issuer {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// A shop with a certificate for a name, valid from 2026-01-01 to a day of June.
fn acceptor(issuer: Option<&Issuer>, name: &str, until_day: u8) -> TlsAcceptor {
    let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    params.not_before = date_time_ymd(2026, 1, 1);
    params.not_after = date_time_ymd(2026, 6, until_day);
    let key = KeyPair::generate().unwrap();
    let certificate = match issuer {
        Some(issuer) => params.signed_by(&key, issuer),
        None => params.self_signed(&key),
    };
    let chain = vec![certificate.unwrap().der().clone()];
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = ServerConfig::builder_with_provider(ring::default_provider().into())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key);
    Arc::new(config.unwrap()).into()
}

/// Checks `shop.example.com` on 1 June 2026, trusting an authority.
async fn checked(town: &Town, trusted: &Issuer, check: Value) -> Vec<Finding> {
    let mut settings = settings(town);
    settings.clock = Clock::virtual_at("2026-06-01T00:00:00Z".parse().unwrap());
    settings.roots = trusted.pem().into_bytes();
    Prober::new(settings).unwrap().run(&[target(check)]).await
}

async fn opened(acceptor: TlsAcceptor, head: &'static str) -> Town {
    let town = Town::new().await;
    let at = serve(move |stream| {
        let acceptor = acceptor.clone();
        async move {
            if let Ok(mut stream) = acceptor.accept(stream).await {
                answer(&mut stream, &page(if head.is_empty() { 200 } else { 302 }, head, "")).await;
            }
        }
    });
    town.shop("shop.example.com", "93.184.216.34", 443, at.await);
    town
}

fn both(fields: Value) -> [Value; 2] {
    let with = |mut check: Value| {
        check.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        check
    };
    [
        json!({ "http": with(json!({ "url": "https://shop.example.com/" })) }),
        json!({ "tls": with(json!({ "host": "shop.example.com", "port": 443 })) }),
    ]
}

#[tokio::test]
async fn a_trusted_certificate_is_up_until_it_ends_too_soon() {
    let issuer = authority();
    let town = opened(acceptor(Some(&issuer), "shop.example.com", 6), "").await;
    for (fields, status, reason) in [
        (json!({}), Up, ""),
        (json!({ "certificate_days": 4 }), Up, ""),
        (json!({ "certificate_days": 6 }), Degraded, "a certificate ends sooner than the target wants"),
        (json!({ "certificate_days": 14 }), Degraded, "a certificate ends sooner than the target wants"),
    ] {
        for check in both(fields) {
            let findings = checked(&town, &issuer, check).await;
            expect(&findings, &[status], reason);
            assert!(findings[0].phases.tls.is_some() && findings[0].latency_ms().is_some());
        }
    }
}

#[tokio::test]
async fn an_untrusted_certificate_is_down() {
    let (issuer, stranger) = (authority(), authority());
    for (acceptor, reason) in [
        (acceptor(None, "shop.example.com", 30), "no TLS with shop.example.com: invalid peer certificate: "),
        (acceptor(Some(&stranger), "shop.example.com", 30), "invalid peer certificate: "),
        (
            acceptor(Some(&issuer), "other.example.com", 30),
            "certificate not valid for name \"shop.example.com\"",
        ),
        (acceptor(Some(&issuer), "shop.example.com", 1), "certificate expired"),
    ] {
        // The last one ended at midnight, when the check is made; a second later it is over.
        let town = opened(acceptor, "").await;
        let mut settings = settings(&town);
        settings.clock = Clock::virtual_at("2026-06-01T00:00:01Z".parse().unwrap());
        settings.roots = issuer.pem().into_bytes();
        let prober = Prober::new(settings).unwrap();
        for check in both(json!({})) {
            expect(&prober.run(&[target(check)]).await, &[Down, Down], reason);
        }
    }
}

#[tokio::test]
async fn a_server_without_tls_is_down() {
    let town = Town::new().await;
    let at =
        serve(|mut stream| async move { drop(stream.write_all(b"220 mail.example.com\r\n").await) }).await;
    town.shop("shop.example.com", "93.184.216.34", 443, at);
    for check in both(json!({})) {
        expect(&checked(&town, &authority(), check).await, &[Down, Down], "no TLS with shop.example.com");
    }
}

#[tokio::test]
async fn a_redirect_may_lead_to_tls_and_not_back() {
    let issuer = authority();
    let town = opened(acceptor(Some(&issuer), "shop.example.com", 30), "").await;
    let (plain, _) = serve_http(vec![page(301, "Location: https://shop.example.com/\r\n", "")]).await;
    town.lead("93.184.216.34:80", plain);
    let check = json!({ "http": { "url": "http://shop.example.com/" } });
    expect(&checked(&town, &issuer, check).await, &[Up], "");
    assert_eq!(town.called(), ["93.184.216.34:80", "93.184.216.34:443"]);
    let back = "Location: http://shop.example.com/\r\n";
    let town = opened(acceptor(Some(&issuer), "shop.example.com", 30), back).await;
    town.lead("93.184.216.34:80", plain);
    let check = json!({ "http": { "url": "https://shop.example.com/" } });
    expect(&checked(&town, &issuer, check).await, &[Unknown], "without TLS: it is not followed");
    assert_eq!(town.called(), ["93.184.216.34:443"]);
}
