//! Access tokens (RFC 9068, and those of Cognito): their subjects, scopes and expiry.

use std::collections::BTreeSet;

use jsonwebtoken::{Header, Validation, decode, decode_header};
use serde::Deserialize;
use sla::id::StaffId;
use sla::{CustomerId, Instant};

use crate::Keys;

/// Allowed difference between the clocks of issuer and function, in seconds.
const LEEWAY_S: i64 = 30;
/// Longest token accepted, in bytes: a cookie holds 4,096.
pub(crate) const TOKEN_BYTES_MAX: usize = 4000;
/// Header types of an access token (RFC 9068, 2.1).
const ACCESS_TYPES: [&str; 2] = ["at+jwt", "application/at+jwt"];
/// Prefix of the group that names the customer: Cognito has no other place for a claim of our own.
const CUSTOMER_GROUP: &str = "customer:";
/// Prefix of scopes in Cognito, which names them after the resource server.
const RESOURCE_SERVER: &str = "nines/";

/// The issuer and the audience that a token must name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Audience {
    /// The issuer, as named in tokens.
    pub issuer: String,
    /// The audience, or the client that requested the token.
    pub audience: String,
}

/// A scope of permission.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// A customer's own services, tickets, claims and statements.
    Customer,
    /// All pages and commands of the desk.
    Staff,
    /// The exports and the payments.
    Finance,
}

/// A reason for rejecting a token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// The token is too long, or does not have three parts with a readable header.
    #[error("the token cannot be read: sign in again")]
    Malformed,
    /// The issuer does not have the key.
    #[error("the token's key is not one of the issuer's: sign in again")]
    UnknownKey,
    /// The key is too short to be trusted.
    #[error("the token's RSA key has fewer than 2,048 bits: the issuer must sign with a longer one")]
    WeakKey,
    /// The header requires extensions to be understood (RFC 7515, 4.1.11), and none is.
    #[error(
        "the token's header has `crit`, of which nothing is understood here: have the issuer leave it out"
    )]
    Critical,
    /// The signature is not one of that key by its algorithm.
    #[error("the token's signature does not hold: sign in again")]
    Signature,
    /// The token is from another issuer.
    #[error("the token is of another issuer: sign in here")]
    Issuer,
    /// The token is for another audience.
    #[error("the token was issued for another application: sign in here")]
    Audience,
    /// The token has expired.
    #[error("the token has expired: sign in again")]
    Expired,
    /// The token is not valid yet.
    #[error("the token does not hold yet: check the clock, or sign in again")]
    NotYet,
    /// The token is an ID token, or of no declared kind.
    #[error("the token is no access token: send the access token, not the ID token")]
    NotAccess,
}

/// A reason for denying a valid token a permission.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The scope is missing.
    #[error("the token lacks the scope `{}`: ask whoever runs this for it", .0.as_str())]
    Scope(Scope),
    /// The token names no customer.
    #[error("the token names no customer: ask whoever runs this to set `customer_id`")]
    NoCustomer,
    /// The token names no person by a valid id.
    #[error("the token names nobody: its `sub` must be an id of 1 to 64 letters and digits")]
    NoPerson,
}

/// The contents of a verified token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    subject: String,
    name: Option<String>,
    scopes: BTreeSet<Scope>,
    customer_id: Option<CustomerId>,
    expires_at: Instant,
}

/// The permission to see and do whatever concerns one customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomerAccess {
    customer_id: CustomerId,
    subject: String,
    who: String,
}

/// The permission of a person at the desk: staff, finance or both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StaffAccess {
    staff_id: StaffId,
    who: String,
    scopes: BTreeSet<Scope>,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    exp: i64,
    nbf: Option<i64>,
    #[serde(default)]
    aud: Audiences,
    client_id: Option<String>,
    token_use: Option<String>,
    scope: Option<String>,
    customer_id: Option<CustomerId>,
    #[serde(rename = "cognito:groups", default)]
    groups: Vec<String>,
    username: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(untagged)]
enum Audiences {
    #[default]
    None,
    One(String),
    Many(Vec<String>),
}

/// Returns the key id in a token's header. Nothing else in an unverified token is to be trusted.
///
/// # Errors
/// Returns a [`TokenError`] if the header cannot be read, or names no key.
pub fn key_id(token: &str) -> Result<String, TokenError> {
    header(token)?.kid.ok_or(TokenError::Malformed)
}

fn header(token: &str) -> Result<Header, TokenError> {
    if token.len() > TOKEN_BYTES_MAX {
        return Err(TokenError::Malformed);
    }
    let header = decode_header(token).map_err(|_| TokenError::Malformed)?;
    if header.crit.is_some() { Err(TokenError::Critical) } else { Ok(header) }
}

impl Audience {
    /// Verifies an access token: key, signature, issuer, audience, time and kind.
    ///
    /// # Errors
    /// Returns a [`TokenError`] for the first check that fails.
    pub fn verify(&self, token: &str, keys: &Keys, now: Instant) -> Result<Access, TokenError> {
        let header = header(token)?;
        let key_id = header.kid.as_deref().ok_or(TokenError::Malformed)?;
        let (key, algorithm) = keys.find(key_id)?;
        if header.alg != algorithm {
            return Err(TokenError::Signature);
        }
        // The library checks the signature; the claims are checked here, by the clock that is passed in.
        let mut validation = Validation::new(algorithm);
        validation.required_spec_claims.clear();
        (validation.validate_exp, validation.validate_nbf, validation.validate_aud) = (false, false, false);
        let claims = decode::<Claims>(token, &key, &validation).map_err(|error| match error.kind() {
            jsonwebtoken::errors::ErrorKind::InvalidSignature => TokenError::Signature,
            _ => TokenError::Malformed,
        })?;
        self.check(&claims.claims, &header, now)?;
        Ok(Access::of(claims.claims))
    }

    fn check(&self, claims: &Claims, header: &Header, now: Instant) -> Result<(), TokenError> {
        let typed = header
            .typ
            .as_deref()
            .is_some_and(|own| ACCESS_TYPES.iter().any(|known| own.eq_ignore_ascii_case(known)));
        let is_access = match &claims.token_use {
            Some(own) => own == "access",
            None => typed,
        };
        let for_us = match &claims.aud {
            Audiences::One(own) => *own == self.audience,
            Audiences::Many(all) => all.contains(&self.audience),
            Audiences::None => claims.client_id.as_ref() == Some(&self.audience),
        };
        if claims.iss != self.issuer {
            Err(TokenError::Issuer)
        } else if !is_access {
            Err(TokenError::NotAccess)
        } else if !for_us {
            Err(TokenError::Audience)
        } else if Instant::from_epoch_s(claims.exp) <= now {
            Err(TokenError::Expired)
        } else if claims.nbf.is_some_and(|nbf| nbf > now.epoch_s() + LEEWAY_S) {
            Err(TokenError::NotYet)
        } else {
            Ok(())
        }
    }
}

impl Scope {
    /// Returns the name in a token.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Staff => "staff",
            Self::Finance => "finance",
        }
    }

    fn read(text: &str) -> Option<Self> {
        let name = text.strip_prefix(RESOURCE_SERVER).unwrap_or(text);
        [Self::Customer, Self::Staff, Self::Finance].into_iter().find(|scope| scope.as_str() == name)
    }
}

impl Access {
    fn of(claims: Claims) -> Self {
        let mut named = claims.groups.iter().filter_map(|group| group.strip_prefix(CUSTOMER_GROUP));
        // A person of two customers would have to choose one: such a token names none.
        let group = named.next().filter(|_| named.next().is_none()).and_then(|id| id.parse().ok());
        // Cognito grants scopes by client. The staff scopes that the person really has are in the groups.
        let by_client = claims.token_use.is_some();
        let is_theirs = |scope: &Scope| {
            !by_client || *scope == Scope::Customer || claims.groups.iter().any(|own| own == scope.as_str())
        };
        let scopes = claims.scope.iter().flat_map(|all| all.split(' ')).filter_map(Scope::read);
        Self {
            scopes: scopes.filter(is_theirs).collect(),
            customer_id: claims.customer_id.or(group),
            expires_at: Instant::from_epoch_s(claims.exp),
            subject: claims.sub,
            name: claims.username,
        }
    }

    /// Returns the instant at which the token expires.
    pub const fn expires_at(&self) -> Instant {
        self.expires_at
    }

    fn who(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.subject)
    }

    /// Grants access to the token's customer.
    ///
    /// # Errors
    /// Returns a [`Refusal`] if the token lacks the scope `customer` or a customer.
    pub fn customer(&self) -> Result<CustomerAccess, Refusal> {
        if !self.scopes.contains(&Scope::Customer) {
            return Err(Refusal::Scope(Scope::Customer));
        }
        let customer_id = self.customer_id.clone().ok_or(Refusal::NoCustomer)?;
        Ok(CustomerAccess { customer_id, subject: self.subject.clone(), who: self.who().to_owned() })
    }

    /// Grants a look at the desk. Actions there need [`StaffAccess::require`].
    ///
    /// # Errors
    /// Returns a [`Refusal`] if the token has neither of the scopes `staff` and `finance`, or no valid person
    /// id.
    pub fn staff(&self) -> Result<StaffAccess, Refusal> {
        let scopes: BTreeSet<Scope> =
            self.scopes.iter().copied().filter(|scope| *scope != Scope::Customer).collect();
        if scopes.is_empty() {
            return Err(Refusal::Scope(Scope::Staff));
        }
        // The subject never changes, but a name may. Otherwise one person could pass for two, and decide on
        // their own proposal.
        let staff_id = self.subject.parse().map_err(|_| Refusal::NoPerson)?;
        Ok(StaffAccess { staff_id, who: self.who().to_owned(), scopes })
    }
}

impl CustomerAccess {
    /// Returns the customer's id.
    pub const fn customer_id(&self) -> &CustomerId {
        &self.customer_id
    }

    /// Returns the token's subject: the person's id, which never changes.
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// Returns the person's name, as given by the issuer.
    pub fn who(&self) -> &str {
        &self.who
    }
}

impl StaffAccess {
    /// Returns the person's id.
    pub const fn staff_id(&self) -> &StaffId {
        &self.staff_id
    }

    /// Returns the person's name, as given by the issuer; their actions are recorded under their id.
    pub fn who(&self) -> &str {
        &self.who
    }

    /// Requires a scope for an action.
    ///
    /// # Errors
    /// Returns a [`Refusal`] if the token lacks the scope.
    pub fn require(&self, scope: Scope) -> Result<(), Refusal> {
        if self.scopes.contains(&scope) { Ok(()) } else { Err(Refusal::Scope(scope)) }
    }

    /// Grants a look at a customer's view.
    pub fn looking_at(&self, customer_id: CustomerId) -> CustomerAccess {
        CustomerAccess { customer_id, subject: self.staff_id.to_string(), who: self.who.clone() }
    }
}
