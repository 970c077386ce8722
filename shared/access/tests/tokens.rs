//! The requirements on a token, and the permissions of a valid one: a table each.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use access::{Audience, Keys, Scope, StaffAccess, TokenError, key_id};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use p256::pkcs8::EncodePrivateKey;
use serde_json::{Value, json};
use sla::Instant;

const NOW: &str = "2026-06-10T12:00:00Z";

fn now() -> Instant {
    NOW.parse().unwrap()
}

fn key(number: u8) -> EncodingKey {
    let secret = p256::SecretKey::from_slice(&[number; 32]).unwrap();
    EncodingKey::from_ec_der(secret.to_pkcs8_der().unwrap().as_bytes())
}

fn keys() -> Keys {
    let mut jwk = Jwk::from_encoding_key(&key(1), Algorithm::ES256).unwrap();
    jwk.common.key_id = Some("one".to_owned());
    let encryption = json!({"kty": "EC", "crv": "P-256", "use": "enc", "kid": "two", "x": "AQ", "y": "AQ"});
    let symmetric = json!({"kty": "oct", "kid": "three", "k": "c2VjcmV0"});
    Keys::parse(json!({ "keys": [jwk, encryption, symmetric] }).to_string().as_bytes()).unwrap()
}

fn audience() -> Audience {
    Audience { issuer: "https://id.example".to_owned(), audience: "portal".to_owned() }
}

fn claims(change: &Value) -> Value {
    let mut claims = json!({
        "iss": "https://id.example", "sub": "7f1c", "aud": "portal", "scope": "openid customer",
        "exp": now().epoch_s() + 600, "customer_id": "acme",
    });
    for (name, value) in change.as_object().unwrap() {
        claims[name] = value.clone();
    }
    claims
}

fn signed(typ: Option<&str>, kid: &str, key: &EncodingKey, change: &Value) -> String {
    let header =
        Header { typ: typ.map(str::to_owned), kid: Some(kid.to_owned()), ..Header::new(Algorithm::ES256) };
    encode(&header, &claims(change), key).unwrap()
}

fn access(change: &Value) -> String {
    signed(Some("at+jwt"), "one", &key(1), change)
}

#[track_caller]
fn refused(token: &str, expect: &TokenError) {
    assert_eq!(&audience().verify(token, &keys(), now()).unwrap_err(), expect, "{token}");
}

/// Builds a token without a signature.
fn forged(header: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.", part(header), part(&claims(&json!({}))))
}

fn of_algorithm(alg: &str) -> String {
    forged(&json!({"alg": alg, "typ": "at+jwt", "kid": "one"}))
}

/// Builds a correctly signed token whose header requires extensions to be understood.
fn critical(names: &[&str]) -> String {
    let header = Header {
        typ: Some("at+jwt".to_owned()),
        kid: Some("one".to_owned()),
        crit: Some(names.iter().map(ToString::to_string).collect()),
        ..Header::new(Algorithm::ES256)
    };
    encode(&header, &claims(&json!({})), &key(1)).unwrap()
}

/// Builds a token whose header has a member twice.
fn twice(member: &str) -> String {
    let header = format!(r#"{{"alg":"ES256","typ":"at+jwt","kid":"one","{member}":"two"}}"#);
    format!("{}.{}.", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims(&json!({})).to_string()))
}

#[test]
fn a_key_signs_nothing_but_what_it_is_for() {
    let ec = |change: &Value| {
        let mut jwk =
            serde_json::to_value(Jwk::from_encoding_key(&key(1), Algorithm::ES256).unwrap()).unwrap();
        jwk["kid"] = json!("one");
        jwk.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        jwk
    };
    // The modulus is never used: a key's length is checked before the signature.
    let rsa = |bytes: usize, change: &Value| {
        let modulus = [vec![0_u8; 3], vec![0xff; bytes]].concat();
        let mut jwk = json!({"kty": "RSA", "kid": "one", "e": "AQAB", "n": URL_SAFE_NO_PAD.encode(modulus)});
        jwk.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        jwk
    };
    let as_rsa = of_algorithm("RS256");
    let verified = |token: &str, keys: &[Value]| {
        let keys = Keys::parse(json!({ "keys": keys }).to_string().as_bytes()).unwrap();
        audience().verify(token, &keys, now()).map(|_| ())
    };
    let token = access(&json!({}));
    let encryption = rsa(256, &json!({"use": "enc"}));
    assert_eq!(verified(&token, &[ec(&json!({}))]), Ok(()));
    assert_eq!(
        verified(&token, &[ec(&json!({"key_ops": ["verify"], "alg": "ES256", "use": "sig"}))]),
        Ok(())
    );
    assert_eq!(verified(&token, &[encryption, ec(&json!({}))]), Ok(()), "another key of the same id");
    let others = json!({"kty": "AKP", "kid": "one", "alg": "ML-DSA-44", "pub": "AQ"});
    assert_eq!(verified(&token, &[others, ec(&json!({}))]), Ok(()), "a key of a type that nobody knew");
    for change in
        [json!({"key_ops": ["sign"]}), json!({"key_ops": []}), json!({"use": "enc"}), json!({"alg": "ES384"})]
    {
        assert_eq!(verified(&token, &[ec(&change)]), Err(TokenError::UnknownKey), "{change}");
    }
    for change in [json!({"alg": "RSA-OAEP"}), json!({"alg": "PS256"}), json!({"crv": "P-384", "kty": "EC"})]
    {
        assert_eq!(verified(&as_rsa, &[rsa(256, &change)]), Err(TokenError::UnknownKey), "{change}");
    }
    assert_eq!(verified(&as_rsa, &[rsa(256, &json!({}))]), Err(TokenError::Signature));
    assert_eq!(verified(&as_rsa, &[rsa(255, &json!({}))]), Err(TokenError::WeakKey));
    assert_eq!(verified(&as_rsa, &[rsa(128, &json!({}))]), Err(TokenError::WeakKey));
    assert_eq!(verified(&as_rsa, &[rsa(256, &json!({"n": "?"}))]), Err(TokenError::WeakKey));
}

#[test]
fn a_token_must_hold_in_every_respect() {
    assert!(audience().verify(&access(&json!({})), &keys(), now()).is_ok());
    let past = now().epoch_s();
    let cases = [
        (access(&json!({"exp": past})), TokenError::Expired),
        (access(&json!({"nbf": past + 31})), TokenError::NotYet),
        (access(&json!({"iss": "https://evil.example"})), TokenError::Issuer),
        (access(&json!({"aud": "another"})), TokenError::Audience),
        (access(&json!({"aud": ["another"]})), TokenError::Audience),
        (access(&json!({"aud": null, "client_id": "another"})), TokenError::Audience),
        (access(&json!({"aud": null})), TokenError::Audience),
        (access(&json!({"token_use": "id"})), TokenError::NotAccess),
        (access(&json!({"customer_id": "a#b"})), TokenError::Malformed),
        (signed(Some("JWT"), "one", &key(1), &json!({})), TokenError::NotAccess),
        (signed(None, "one", &key(1), &json!({})), TokenError::NotAccess),
        (signed(Some("at+jwt"), "one", &key(2), &json!({})), TokenError::Signature),
        (signed(Some("at+jwt"), "unknown", &key(1), &json!({})), TokenError::UnknownKey),
        (signed(Some("at+jwt"), "two", &key(1), &json!({})), TokenError::UnknownKey),
        (signed(Some("at+jwt"), "three", &key(1), &json!({})), TokenError::UnknownKey),
        (of_algorithm("none"), TokenError::Malformed),
        (of_algorithm("HS256"), TokenError::Signature),
        (of_algorithm("ES256"), TokenError::Signature),
        (critical(&["b64"]), TokenError::Critical),
        (critical(&[]), TokenError::Critical),
        (
            forged(&json!({"alg": "ES256", "typ": "at+jwt", "kid": "one", "crit": null})),
            TokenError::Signature,
        ),
        (
            forged(&json!({"alg": "ES256", "typ": "at+jwt", "kid": "one", "crit": "b64"})),
            TokenError::Malformed,
        ),
        (forged(&json!({"alg": "ES256", "typ": "at+jwt"})), TokenError::Malformed),
        (twice("kid"), TokenError::Malformed),
        (String::new(), TokenError::Malformed),
        ("a.b.c".to_owned(), TokenError::Malformed),
        (access(&json!({"padding": "x".repeat(4000)})), TokenError::Malformed),
    ];
    for (token, error) in &cases {
        refused(token, error);
    }
}

#[test]
fn clocks_may_differ_a_little_about_the_beginning_only() {
    let early = json!({"nbf": now().epoch_s() + 30});
    assert!(audience().verify(&access(&early), &keys(), now()).is_ok());
    let token = access(&json!({"exp": now().epoch_s() + 1}));
    assert!(audience().verify(&token, &keys(), now()).is_ok());
    let later = now().plus_s(1);
    assert_eq!(audience().verify(&token, &keys(), later).unwrap_err(), TokenError::Expired);
}

#[test]
fn what_a_token_allows_is_in_its_scopes() {
    let shown = |change: &Value| {
        let access = audience().verify(&access(change), &keys(), now()).unwrap();
        let customer = access
            .customer()
            .map_or_else(|e| e.to_string(), |c| format!("{} as {}", c.customer_id(), c.who()));
        let theirs = |s: &StaffAccess| {
            let all = [Scope::Staff, Scope::Finance].into_iter().filter(|scope| s.require(*scope).is_ok());
            all.map(Scope::as_str).collect::<Vec<_>>().join(" and ")
        };
        let staff =
            access.staff().map_or_else(|e| e.to_string(), |s| format!("{} of {}", s.staff_id(), theirs(&s)));
        format!("{change}\n  customer: {customer}\n  staff: {staff}")
    };
    let cases = [
        json!({}),
        json!({"scope": "nines/customer", "token_use": "access", "username": "ann@acme.example"}),
        json!({"scope": "nines/staff openid", "username": "ann"}),
        json!({"scope": "staff", "username": "ann müller"}),
        json!({"scope": "staff", "sub": "#", "username": null}),
        json!({"scope": "staff finance customer"}),
        json!({"scope": "finance"}),
        json!({"scope": "nines/staff nines/finance", "token_use": "access", "cognito:groups": ["staff"]}),
        json!({"scope": "nines/staff nines/finance", "token_use": "access", "cognito:groups": ["finance", "staff"]}),
        json!({"scope": "nines/staff nines/finance", "token_use": "access"}),
        json!({"scope": "customers staffs"}),
        json!({"scope": null}),
        json!({"customer_id": null}),
        json!({"customer_id": null, "cognito:groups": ["admins", "customer:globex"]}),
        json!({"customer_id": null, "cognito:groups": ["customer:globex", "customer:acme"]}),
        json!({"customer_id": null, "cognito:groups": ["customer:a#b"]}),
    ];
    insta::assert_snapshot!(cases.iter().map(shown).collect::<Vec<_>>().join("\n"));
}

#[test]
fn the_key_is_named_before_anything_is_believed() {
    assert_eq!(key_id(&access(&json!({}))).unwrap(), "one");
    assert_eq!(key_id("nothing"), Err(TokenError::Malformed));
    assert!(keys().has("one") && !keys().has("four"));
    let many: Vec<Value> = (0..51).map(|n| json!({"kty": "oct", "kid": n.to_string(), "k": "AQ"})).collect();
    let error = Keys::parse(json!({ "keys": many }).to_string().as_bytes()).unwrap_err();
    assert_eq!(error.to_string(), "the issuer's key set has 51 keys: at most 50 are read");
    assert!(Keys::parse(b"{").is_err());
}
