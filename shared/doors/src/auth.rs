//! Proofs of senders, over the raw bytes and in constant time. Two secrets are valid at a time, so that one
//! can be replaced; a request is refused as a replay only where its time is signed.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use events::source::{Scheme, Source};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use sla::{Instant, Zone};
use subtle::ConstantTimeEq;

use crate::body::Request;
use crate::time::{UNIX_S, Writing};

/// Most secrets of a source: the one in use, and the one that follows it.
pub const SECRETS_MAX: usize = 2;
/// Greatest distance of a signed time from the receipt, in seconds: 5 minutes.
pub const REPLAY_S_MAX: i64 = 300;
/// The prefix of a secret of Standard Webhooks.
const WHSEC: &str = "whsec_";
/// Most signatures in one header: a sender that rotates has two.
const SIGNATURES_MAX: usize = 8;

/// A request whose sender has proven itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verified {
    /// Instant of sending, where it is signed; its distance from the receipt is the sender's skew.
    pub sent_at: Option<Instant>,
}

/// A reason why a sender has not proven itself. No message holds anything of a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AuthError {
    /// The source has no secret yet.
    #[error("the source has no secret: enter one at the desk, and the same one at the sender")]
    NoSecret,
    /// The request has no proof.
    #[error("`{0}` is missing or malformed: set the sender to the scheme that the source is registered with")]
    Missing(String),
    /// The proof is by another secret, or over other bytes.
    #[error("the proof is wrong: enter the same secret at the sender and at the desk")]
    Wrong,
    /// The signed time is not the present one.
    #[error("the request was signed {0} s away from its receipt, more than 300: set the sender's clock")]
    Replayed(i64),
}

/// Verifies the proof of a request by any of the source's secrets; those beyond the second do not count.
///
/// # Errors
/// Returns an [`AuthError`] if no secret gives the proof, or if a signed time is more than five minutes off.
pub fn verify(source: &Source, request: &Request, secrets: &[&str]) -> Result<Verified, AuthError> {
    let secrets: Vec<&str> =
        secrets.iter().take(SECRETS_MAX).filter(|secret| !secret.is_empty()).copied().collect();
    if secrets.is_empty() {
        return Err(AuthError::NoSecret);
    }
    let proof = Proof::of(source, request)?;
    // Every secret is tried, so that the time taken does not tell which one is valid.
    let is_proven = secrets.iter().fold(false, |proven, secret| proof.is_by(secret) | proven);
    if !is_proven {
        return Err(AuthError::Wrong);
    }
    let Some(sent_at) = proof.sent_at else { return Ok(Verified { sent_at: None }) };
    let distance_s = request.received_at.epoch_s() - sent_at.epoch_s();
    if distance_s.abs() > REPLAY_S_MAX {
        Err(AuthError::Replayed(distance_s))
    } else {
        Ok(Verified { sent_at: Some(sent_at) })
    }
}

/// The proof that a request brings.
struct Proof {
    given: Given,
    sent_at: Option<Instant>,
}

enum Given {
    /// The secret itself.
    Secret(Vec<u8>),
    /// Signatures of a text, any of which may be right.
    Sha256 { signed: Vec<u8>, signatures: Vec<Vec<u8>>, is_whsec: bool },
    /// The signature of a text, by the old algorithm.
    Sha1 { signed: Vec<u8>, signature: Vec<u8> },
}

impl Proof {
    fn of(source: &Source, request: &Request) -> Result<Self, AuthError> {
        let auth = &source.auth;
        let name = auth.header(source.kind);
        let missing = |name: &str| AuthError::Missing(name.to_owned());
        let header = |name: &str| request.header(name).ok_or_else(|| missing(name));
        let secret = |given: &[u8]| Ok(Self { given: Given::Secret(given.to_vec()), sent_at: None });
        let signed = |signed: Vec<u8>, signature: Option<Vec<u8>>, sent_at| {
            let signatures = vec![signature.ok_or_else(|| missing(name))?];
            Ok(Self { given: Given::Sha256 { signed, signatures, is_whsec: false }, sent_at })
        };
        match auth.scheme {
            Scheme::Bearer => {
                secret(credentials(header(name)?, "bearer").ok_or_else(|| missing(name))?.as_bytes())
            }
            Scheme::Basic => {
                let coded = credentials(header(name)?, "basic").ok_or_else(|| missing(name))?;
                secret(&STANDARD.decode(coded).map_err(|_| missing(name))?)
            }
            Scheme::Header => secret(header(name)?.as_bytes()),
            Scheme::PathToken => {
                secret(request.path_token.as_ref().ok_or_else(|| missing("token"))?.as_bytes())
            }
            Scheme::HmacSha256Hex => {
                let signature = hex::decode(header(name)?.trim()).ok();
                let Some(at) = auth.timestamp_header() else {
                    return signed(request.body.clone(), signature, None);
                };
                let time = header(at)?;
                let sent_at = UNIX_S.read(time).ok().flatten().ok_or_else(|| missing(at))?;
                signed([time.as_bytes(), b":", &request.body].concat(), signature, Some(sent_at))
            }
            Scheme::HmacSha256Base64 => {
                let at = auth.timestamp_header().unwrap_or_default();
                let time = header(at)?;
                let sent_at =
                    Writing::text(Some(Zone::UTC)).read(time).ok().flatten().ok_or_else(|| missing(at))?;
                let signature = STANDARD.decode(header(name)?.trim()).ok();
                signed([time.as_bytes(), &request.body].concat(), signature, Some(sent_at))
            }
            Scheme::Websub => {
                let signature =
                    header(name)?.strip_prefix("sha256=").and_then(|digits| hex::decode(digits).ok());
                signed(request.body.clone(), signature, None)
            }
            Scheme::WebsubSha1 => {
                let signature =
                    header(name)?.strip_prefix("sha1=").and_then(|digits| hex::decode(digits).ok());
                let signature = signature.ok_or_else(|| missing(name))?;
                Ok(Self { given: Given::Sha1 { signed: request.body.clone(), signature }, sent_at: None })
            }
            Scheme::StandardWebhooks => Self::standard(request),
        }
    }

    /// Reads the headers of Standard Webhooks, or the same ones as Svix names them.
    fn standard(request: &Request) -> Result<Self, AuthError> {
        let header = |name: &str| {
            let (own, svix) = (format!("webhook-{name}"), format!("svix-{name}"));
            request.header(&own).or_else(|| request.header(&svix)).ok_or(AuthError::Missing(own))
        };
        let (id, time) = (header("id")?, header("timestamp")?);
        let missing = |name: &str| AuthError::Missing(name.to_owned());
        let sent_at = UNIX_S.read(time).ok().flatten().ok_or_else(|| missing("webhook-timestamp"))?;
        let each = header("signature")?.split(' ').take(SIGNATURES_MAX);
        let signatures =
            each.filter_map(|signature| STANDARD.decode(signature.strip_prefix("v1,")?).ok()).collect();
        let signed = [id.as_bytes(), b".", time.as_bytes(), b".", &request.body].concat();
        Ok(Self { given: Given::Sha256 { signed, signatures, is_whsec: true }, sent_at: Some(sent_at) })
    }

    fn is_by(&self, secret: &str) -> bool {
        match &self.given {
            // Digests have one length, so nothing tells that of the secret.
            Given::Secret(given) => Sha256::digest(given).ct_eq(&Sha256::digest(secret.as_bytes())).into(),
            Given::Sha1 { signed, signature } => {
                is_mac::<Hmac<sha1::Sha1>>(secret.as_bytes(), signed, signature)
            }
            Given::Sha256 { signed, signatures, is_whsec } => {
                let key = if *is_whsec { whsec(secret) } else { Some(secret.as_bytes().to_vec()) };
                let Some(key) = key else { return false };
                let is_right = |signature: &Vec<u8>| is_mac::<Hmac<Sha256>>(&key, signed, signature);
                signatures.iter().fold(false, |right, signature| is_right(signature) | right)
            }
        }
    }
}

/// Returns the credentials of an authorization of one scheme, which is written in any case.
fn credentials<'a>(header: &'a str, scheme: &str) -> Option<&'a str> {
    let (given, credentials) = header.split_once(' ')?;
    given.eq_ignore_ascii_case(scheme).then_some(credentials.trim())
}

/// Returns the key of a secret of Standard Webhooks; `None` if it is no such secret.
fn whsec(secret: &str) -> Option<Vec<u8>> {
    STANDARD.decode(secret.strip_prefix(WHSEC).unwrap_or(secret)).ok().filter(|key| !key.is_empty())
}

/// True if the signature is that of the text; the comparison takes the same time wherever they differ.
fn is_mac<M: Mac + KeyInit>(key: &[u8], signed: &[u8], signature: &[u8]) -> bool {
    <M as KeyInit>::new_from_slice(key)
        .is_ok_and(|mac| mac.chain_update(signed).verify_slice(signature).is_ok())
}
