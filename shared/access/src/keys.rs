//! The keys of an issuer: a JSON Web Key Set (RFC 7517).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::{
    AlgorithmParameters, EllipticCurve, Jwk, JwkSet, KeyAlgorithm, KeyOperations, PublicKeyUse,
};
use jsonwebtoken::{Algorithm, DecodingKey};

use crate::TokenError;

/// Limit on the keys of one set; issuers have two or three.
const KEYS_MAX: usize = 50;
/// Shortest modulus with which RSA may sign (RFC 7518, 3.3).
const RSA_BITS_MIN: usize = 2048;

/// The keys with which an issuer signs.
#[derive(Debug, Clone)]
pub struct Keys(JwkSet);

/// A failure to read a key set.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// It is not JSON, or not a key set.
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
    /// Returns a [`KeysError`] if the document is not a key set, or has more than 50 keys.
    pub fn parse(document: &[u8]) -> Result<Self, KeysError> {
        let set: JwkSet = serde_json::from_slice(document)?;
        if set.keys.len() > KEYS_MAX { Err(KeysError::TooMany(set.keys.len())) } else { Ok(Self(set)) }
    }

    /// Returns the key with an id, and the one algorithm allowed for it. The token does not choose the
    /// algorithm.
    ///
    /// # Errors
    /// Returns a [`TokenError`] if no signing key has this id, or the key is too short.
    pub(crate) fn find(&self, key_id: &str) -> Result<(DecodingKey, Algorithm), TokenError> {
        let (key, algorithm) = self.signing(key_id).ok_or(TokenError::UnknownKey)?;
        if let AlgorithmParameters::RSA(rsa) = &key.algorithm
            && bits(&rsa.n) < RSA_BITS_MIN
        {
            return Err(TokenError::WeakKey);
        }
        let decoding = DecodingKey::from_jwk(key).map_err(|_| TokenError::UnknownKey)?;
        Ok((decoding, algorithm))
    }

    /// True if there is a signing key with this id.
    pub fn has(&self, key_id: &str) -> bool {
        self.signing(key_id).is_some()
    }

    /// Skips keys of other types and uses, which may have the same id (RFC 7517, 4.5).
    fn signing(&self, key_id: &str) -> Option<(&Jwk, Algorithm)> {
        let named = self.0.keys.iter().filter(|key| key.common.key_id.as_deref() == Some(key_id));
        named.filter_map(|key| Some((key, algorithm(key)?))).next()
    }
}

/// Allows RS256 and ES256, by the key's type. Symmetric keys, and keys for any other use, sign nothing.
fn algorithm(key: &Jwk) -> Option<Algorithm> {
    let (algorithm, named) = match &key.algorithm {
        AlgorithmParameters::RSA(_) => (Algorithm::RS256, KeyAlgorithm::RS256),
        AlgorithmParameters::EllipticCurve(curve) if curve.curve == EllipticCurve::P256 => {
            (Algorithm::ES256, KeyAlgorithm::ES256)
        }
        _ => return None,
    };
    let common = &key.common;
    let is_for_it = common.public_key_use.as_ref().is_none_or(|own| *own == PublicKeyUse::Signature)
        && common.key_operations.as_ref().is_none_or(|own| own.contains(&KeyOperations::Verify))
        && common.key_algorithm.is_none_or(|own| own == named);
    is_for_it.then_some(algorithm)
}

/// Counts the bits of a number in a key set's encoding (RFC 7518, 2); 0 if it is malformed.
fn bits(number: &str) -> usize {
    let bytes = URL_SAFE_NO_PAD.decode(number).unwrap_or_default();
    let mut digits = bytes.iter().skip_while(|byte| **byte == 0);
    digits.next().map_or(0, |first| 8 - first.leading_zeros() as usize + 8 * digits.count())
}
