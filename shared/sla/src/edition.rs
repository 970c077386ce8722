//! Editions of the rules: stored inputs are computed under the edition that they name (rules, 10).

use serde::{Deserialize, Serialize};

/// An edition of the rules. A closed month keeps the edition of its first statement, so that every revision
/// of it can be recomputed after the rules have changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub enum Edition {
    /// The edition of inputs that name none: an indeterminate month has no `amount_max`.
    #[default]
    First,
    /// An indeterminate month's `amount_max` counts its unknown time as down.
    Second,
}

/// An edition that this version does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("rules: {0} is no edition that this version knows, the latest is {latest}: use the version that wrote it, or a later one", latest = u32::from(Edition::PRESENT))]
pub struct UnknownEdition(u32);

impl Edition {
    /// The edition under which months are closed now.
    pub const PRESENT: Self = Self::Second;

    /// True if this is the edition of inputs that name none.
    pub fn is_first(&self) -> bool {
        *self == Self::First
    }
}

impl From<Edition> for u32 {
    fn from(edition: Edition) -> Self {
        match edition {
            Edition::First => 1,
            Edition::Second => 2,
        }
    }
}

impl TryFrom<u32> for Edition {
    type Error = UnknownEdition;
    fn try_from(number: u32) -> Result<Self, UnknownEdition> {
        match number {
            1 => Ok(Self::First),
            2 => Ok(Self::Second),
            other => Err(UnknownEdition(other)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edition_is_a_number_and_a_later_one_is_refused() {
        let read = |json: &str| serde_json::from_str::<Edition>(json);
        assert_eq!([read("1").unwrap(), read("2").unwrap()], [Edition::First, Edition::PRESENT]);
        assert_eq!(serde_json::to_string(&Edition::PRESENT).unwrap(), "2");
        insta::assert_snapshot!(read("3").unwrap_err(), @"rules: 3 is no edition that this version knows, the latest is 2: use the version that wrote it, or a later one");
    }
}
