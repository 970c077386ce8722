//! Access tokens (RFC 9068, and those of Cognito): whose they are, what they allow, until when.

use std::collections::BTreeSet;

use jsonwebtoken::{Header, Validation, decode, decode_header};
use serde::Deserialize;
use sla::id::StaffId;
use sla::{CustomerId, Instant};

use crate::Keys;

/// Clocks of issuer and function may differ by so much.
const LEEWAY_S: i64 = 30;
/// The longest token that is looked at: a cookie holds 4,096 bytes.
pub(crate) const TOKEN_BYTES_MAX: usize = 4000;
/// The types of the header that say that a token is an access token (RFC 9068, 2.1).
const ACCESS_TYPES: [&str; 2] = ["at+jwt", "application/at+jwt"];
/// Cognito has no place for a claim of our own but the user's groups: one of them names the customer.
const CUSTOMER_GROUP: &str = "customer:";
/// Cognito names scopes after the resource server.
const RESOURCE_SERVER: &str = "nines/";

/// Who must have issued a token, and for whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Audience {
    /// The issuer, as tokens name it.
    pub issuer: String,
    /// The audience, or the client that asked for the token.
    pub audience: String,
}

/// What a token allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// A customer's own services, tickets, claims and statements.
    Customer,
    /// Everything at the desk.
    Staff,
    /// The exports and what is paid.
    Finance,
}

/// A token that does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// No token of three parts with a readable header, or too long.
    #[error("the token cannot be read: sign in again")]
    Malformed,
    /// A key that the issuer does not have.
    #[error("the token's key is not one of the issuer's: sign in again")]
    UnknownKey,
    /// A key that is too short to be trusted.
    #[error("the token's RSA key has fewer than 2,048 bits: the issuer must sign with a longer one")]
    WeakKey,
    /// A header that names extensions which must be understood (RFC 7515, 4.1.11): none is.
    #[error(
        "the token's header has `crit`, of which nothing is understood here: have the issuer leave it out"
    )]
    Critical,
    /// Not signed with that key by its algorithm.
    #[error("the token's signature does not hold: sign in again")]
    Signature,
    /// Another issuer's.
    #[error("the token is of another issuer: sign in here")]
    Issuer,
    /// For someone else.
    #[error("the token was issued for another application: sign in here")]
    Audience,
    /// It has ended.
    #[error("the token has expired: sign in again")]
    Expired,
    /// It has not begun.
    #[error("the token does not hold yet: check the clock, or sign in again")]
    NotYet,
    /// An ID token, or of no said kind.
    #[error("the token is no access token: send the access token, not the ID token")]
    NotAccess,
}

/// A token that holds, but not for this.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The scope is missing.
    #[error("the token lacks the scope `{}`: ask whoever runs this for it", .0.as_str())]
    Scope(Scope),
    /// It names no customer.
    #[error("the token names no customer: ask whoever runs this to set `customer_id`")]
    NoCustomer,
    /// It names no person whose id could be noted.
    #[error("the token names nobody: its `sub` must be an id of 1 to 64 letters and digits")]
    NoPerson,
}

/// What a verified token says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    subject: String,
    name: Option<String>,
    scopes: BTreeSet<Scope>,
    customer_id: Option<CustomerId>,
    expires_at: Instant,
}

/// A person who may see and do what concerns one customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomerAccess {
    customer_id: CustomerId,
    who: String,
}

/// A person at the desk: of staff, of finance, or both.
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

/// Returns the id of the key that a token says it is signed with; nothing else of it is to be trusted.
///
/// # Errors
/// A token whose header cannot be read, or that names no key.
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
    /// The first of these that does not hold.
    pub fn verify(&self, token: &str, keys: &Keys, now: Instant) -> Result<Access, TokenError> {
        let header = header(token)?;
        let key_id = header.kid.as_deref().ok_or(TokenError::Malformed)?;
        let (key, algorithm) = keys.find(key_id)?;
        if header.alg != algorithm {
            return Err(TokenError::Signature);
        }
        // The signature is the library's; what the claims must say is ours, by the clock that is passed in.
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
    /// Returns the scope's name in a token.
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
        // A person of two customers would have to say which: such a token names none.
        let group = named.next().filter(|_| named.next().is_none()).and_then(|id| id.parse().ok());
        // Cognito gives scopes by client: of staff, the person's groups say which of them are theirs.
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

    /// Returns until when the token holds.
    pub const fn expires_at(&self) -> Instant {
        self.expires_at
    }

    fn who(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.subject)
    }

    /// Allows what concerns the token's customer.
    ///
    /// # Errors
    /// A token without the scope `customer`, or without a customer.
    pub fn customer(&self) -> Result<CustomerAccess, Refusal> {
        if !self.scopes.contains(&Scope::Customer) {
            return Err(Refusal::Scope(Scope::Customer));
        }
        let customer_id = self.customer_id.clone().ok_or(Refusal::NoCustomer)?;
        Ok(CustomerAccess { customer_id, who: self.who().to_owned() })
    }

    /// Allows to look at the desk; what may be done there is a matter of [`StaffAccess::require`].
    ///
    /// # Errors
    /// A token with neither of the scopes `staff` and `finance`, or of nobody whose id can be noted.
    pub fn staff(&self) -> Result<StaffAccess, Refusal> {
        let scopes: BTreeSet<Scope> =
            self.scopes.iter().copied().filter(|scope| *scope != Scope::Customer).collect();
        if scopes.is_empty() {
            return Err(Refusal::Scope(Scope::Staff));
        }
        // The subject never changes, as a name may: else one person could be two, and decide what they raised.
        let staff_id = self.subject.parse().map_err(|_| Refusal::NoPerson)?;
        Ok(StaffAccess { staff_id, who: self.who().to_owned(), scopes })
    }
}

impl CustomerAccess {
    /// Returns the customer.
    pub const fn customer_id(&self) -> &CustomerId {
        &self.customer_id
    }

    /// Returns the person, as the issuer names them.
    pub fn who(&self) -> &str {
        &self.who
    }
}

impl StaffAccess {
    /// Returns the person.
    pub const fn staff_id(&self) -> &StaffId {
        &self.staff_id
    }

    /// Returns the person, as the issuer names them; what they do is noted under their id.
    pub fn who(&self) -> &str {
        &self.who
    }

    /// Requires a scope for what is to be done.
    ///
    /// # Errors
    /// A token without it.
    pub fn require(&self, scope: Scope) -> Result<(), Refusal> {
        if self.scopes.contains(&scope) { Ok(()) } else { Err(Refusal::Scope(scope)) }
    }

    /// Allows to look at what a customer sees.
    pub fn looking_at(&self, customer_id: CustomerId) -> CustomerAccess {
        CustomerAccess { customer_id, who: self.who.clone() }
    }
}
