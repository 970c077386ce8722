//! The words of the features about claims and reviews: what is claimed, who decides, what became of it.

use std::str::FromStr;

use cucumber::Parameter;
use sla::ledger::CreditKind;

use crate::tale::{CUSTOMER, Wrong};

/// What a customer claims.
#[derive(Debug, Clone, Copy, Parameter)]
#[param(name = "credit", regex = "a credit|a performance credit")]
pub struct Claimed(pub CreditKind);

/// Who decides, by the name that the desk knows them by.
#[derive(Debug, Clone, Parameter)]
#[param(name = "person", regex = "Anna|Ben|the customer itself")]
pub struct Person(pub String);

impl FromStr for Claimed {
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

/// Words the state of a claim, by its name on the wire.
pub fn claim_state(state: &str) -> Result<&'static str, Wrong> {
    Ok(match state {
        "held" => "held until the close",
        "approved" => "approved",
        "rejected" => "rejected",
        "review" => "in review",
        _ => return Err(Wrong(format!("`{state}` is no state of a claim"))),
    })
}

/// Words why a claim was rejected, by the reason's name on the wire.
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

/// Words what a credit is for, by its kind on the wire.
pub fn credit_kind(kind: &str) -> Result<&'static str, Wrong> {
    Ok(match kind {
        "uptime" => "availability",
        "performance" => "performance",
        _ => return Err(Wrong(format!("`{kind}` is nothing that is credited"))),
    })
}
