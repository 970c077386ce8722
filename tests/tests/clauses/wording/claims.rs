//! The words of the features about claims and reviews: the credit claimed, the person who decides, the
//! result.

use std::str::FromStr;

use cucumber::Parameter;
use sla::ledger::CreditKind;

use crate::tale::{CUSTOMER, Wrong};

/// A kind of claim.
#[derive(Debug, Clone, Copy, Parameter)]
#[param(name = "credit", regex = "a credit|a performance credit")]
pub struct ClaimedCredit(pub CreditKind);

/// A person who decides, by their name at the desk.
#[derive(Debug, Clone, Parameter)]
#[param(name = "person", regex = "Anna|Ben|the customer itself")]
pub struct Person(pub String);

impl FromStr for ClaimedCredit {
    type Err = Wrong;
    fn from_str(text: &str) -> Result<Self, Wrong> {
        match text {
            "a credit" => Ok(Self(CreditKind::Uptime)),
            "a performance credit" => Ok(Self(CreditKind::Performance)),
            _ => Err(Wrong(format!("`{text}` is nothing that is claimed"))),
        }
    }
}

impl FromStr for Person {
    type Err = Wrong;
    fn from_str(text: &str) -> Result<Self, Wrong> {
        Ok(Self(if text == "the customer itself" { CUSTOMER } else { text }.to_owned()))
    }
}

/// Translates the state of a claim from its name on the wire.
pub fn claim_state(state: &str) -> Result<&'static str, Wrong> {
    Ok(match state {
        "held" => "held until the close",
        "approved" => "approved",
        "rejected" => "rejected",
        "review" => "in review",
        _ => return Err(Wrong(format!("`{state}` is no state of a claim"))),
    })
}

/// Translates the reason of a rejection from its name on the wire.
pub fn claim_reason(reason: &str) -> Result<&'static str, Wrong> {
    Ok(match reason {
        "met" => "the promise was kept",
        "late" => "it came too late",
        "excluded" => "time was excluded",
        "duplicate" => "the month was claimed before",
        "not_found" => "there is no such service or month",
        "reviewed" => "a person found so",
        _ => return Err(Wrong(format!("`{reason}` is no reason"))),
    })
}

/// Translates the kind of a credit from its name on the wire.
pub fn credit_kind(kind: &str) -> Result<&'static str, Wrong> {
    Ok(match kind {
        "uptime" => "availability",
        "performance" => "performance",
        _ => return Err(Wrong(format!("`{kind}` is nothing that is credited"))),
    })
}
