//! An issuer's keys: a JSON Web Key Set (RFC 7517).

use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, JwkSet, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};

/// Keys that one set may have; issuers have two or three.
const KEYS_MAX: usize = 50;

/// The keys with which an issuer signs.
#[derive(Debug, Clone)]
pub struct Keys(JwkSet);

/// A document that is no key set.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// It is not JSON, or not of this shape.
    #[error("the issuer's key set cannot be read")]
    Json(#[from] serde_json::Error),
    /// It has too many keys.
    #[error("the issuer's key set has {0} keys: at most {KEYS_MAX} are read")]
    TooMany(usize),
}

impl Keys {
    /// Reads a key set.
    ///
    /// # Errors
    /// A document that is none, or has more than 50 keys.
    pub fn parse(document: &[u8]) -> Result<Self, KeysError> {
        let set: JwkSet = serde_json::from_slice(document)?;
        if set.keys.len() > KEYS_MAX { Err(KeysError::TooMany(set.keys.len())) } else { Ok(Self(set)) }
    }

    /// Returns the key of an id, with the one algorithm that it may be used with. The token does not choose it.
    pub(crate) fn find(&self, key_id: &str) -> Option<(DecodingKey, Algorithm)> {
        let key = self.0.find(key_id)?;
        let algorithm = algorithm(key)?;
        DecodingKey::from_jwk(key).ok().map(|decoding| (decoding, algorithm))
    }

    /// Says whether a key of this id is there.
    pub fn has(&self, key_id: &str) -> bool {
        self.0.find(key_id).is_some()
    }
}

/// Allows RS256 and ES256, by the key's type; symmetric keys and keys for encryption sign nothing.
fn algorithm(key: &Jwk) -> Option<Algorithm> {
    let signs = key.common.public_key_use.as_ref().is_none_or(|own| *own == PublicKeyUse::Signature);
    match &key.algorithm {
        AlgorithmParameters::RSA(_) if signs => Some(Algorithm::RS256),
        AlgorithmParameters::EllipticCurve(curve) if signs && curve.curve == EllipticCurve::P256 => {
            Some(Algorithm::ES256)
        }
        _ => None,
    }
}
