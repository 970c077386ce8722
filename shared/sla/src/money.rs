//! Money in ISO 4217 minor units: never a float, never two currencies in one sum.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Error, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::shown;

/// The largest amount: 2^53 − 1 minor units, so that every JSON reader keeps it exactly.
pub const MINOR_MAX: u64 = (1 << 53) - 1;

/// An ISO 4217 currency that has minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Currency(iso_currency::Currency);

/// A text that is not a currency.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is not a currency: write an ISO 4217 code such as EUR, JPY or KWD", shown(.0))]
pub struct CurrencyError(pub String);

/// A non-negative amount in minor units of its currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Money {
    /// The amount in minor units (cents of EUR, yen of JPY), at most 2^53 − 1.
    #[serde(deserialize_with = "minor")]
    #[schemars(range(min = 0, max = 9_007_199_254_740_991_i64))]
    pub minor: u64,
    /// The currency.
    pub currency: Currency,
}

impl Currency {
    /// Returns the code, such as `EUR`.
    pub fn code(self) -> &'static str {
        self.0.code()
    }

    /// Returns the number of decimals of the major unit: 2 for EUR, 0 for JPY, 3 for KWD.
    pub fn decimals(self) -> usize {
        self.0.exponent().map_or(0, usize::from)
    }

    /// Writes an amount in decimal major units with the currency's own number of decimals, such as `-132.03`.
    pub fn major(self, minor: i64) -> String {
        let (sign, digits) = (if minor < 0 { "-" } else { "" }, minor.unsigned_abs().to_string());
        let decimals = self.decimals();
        if decimals == 0 {
            return format!("{sign}{digits}");
        }
        let padded = format!("{digits:0>width$}", width = decimals + 1);
        let (units, fraction) = padded.split_at(padded.len() - decimals);
        format!("{sign}{units}.{fraction}")
    }
}

impl Money {
    /// Writes the amount in decimal major units with the currency's own number of decimals, such as `132.03`.
    pub fn major(self) -> String {
        self.currency.major(i64::try_from(self.minor).unwrap_or(i64::MAX))
    }
}

/// A text that is not an amount.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// Not a number followed by a currency.
    #[error("`{}` is not an amount: write a number and its currency, such as 499.00 EUR", shown(.0))]
    Form(String),
    /// Too many decimals for the currency, or too large.
    #[error(
        "`{}` is not an amount of {currency}: write at most {} decimals, and no more than {MINOR_MAX} minor units",
        shown(text), currency.decimals()
    )]
    Digits {
        /// The refused text.
        text: String,
        /// The currency in the text.
        currency: Currency,
    },
    /// The currency is unknown.
    #[error(transparent)]
    Currency(#[from] CurrencyError),
}

impl FromStr for Money {
    type Err = MoneyError;

    /// Parses decimal major units and a currency, such as `499.00 EUR`.
    fn from_str(text: &str) -> Result<Self, MoneyError> {
        let (number, code) = text.trim().split_once(' ').ok_or_else(|| MoneyError::Form(text.to_owned()))?;
        let currency = Currency::from_str(code.trim())?;
        let (units, fraction) = number.split_once('.').unwrap_or((number, ""));
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if units.is_empty() || !digits(units) || !digits(fraction) || number.ends_with('.') {
            return Err(MoneyError::Form(text.to_owned()));
        }
        let decimals = currency.decimals();
        let refused = || MoneyError::Digits { text: text.to_owned(), currency };
        if fraction.len() > decimals {
            return Err(refused());
        }
        let minor: u64 = format!("{units}{fraction:0<decimals$}").parse().map_err(|_| refused())?;
        if minor > MINOR_MAX { Err(refused()) } else { Ok(Self { minor, currency }) }
    }
}

impl FromStr for Currency {
    type Err = CurrencyError;
    fn from_str(text: &str) -> Result<Self, CurrencyError> {
        iso_currency::Currency::from_code(text)
            .filter(|currency| currency.exponent().is_some())
            .map(Self)
            .ok_or_else(|| CurrencyError(text.to_owned()))
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.major(), self.currency)
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Cow::<'_, str>::deserialize(deserializer)?.parse().map_err(Error::custom)
    }
}

impl JsonSchema for Currency {
    fn schema_name() -> Cow<'static, str> {
        "Currency".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^[A-Z]{3}$", "description": "ISO 4217 code" })
    }
}

fn minor<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    struct Minor;
    impl Visitor<'_> for Minor {
        type Value = u64;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "a whole number of minor units from 0 to {MINOR_MAX}, such as 49900 for 499.00 EUR")
        }
        fn visit_u64<E: Error>(self, value: u64) -> Result<u64, E> {
            if value <= MINOR_MAX {
                Ok(value)
            } else {
                Err(E::invalid_value(Unexpected::Unsigned(value), &self))
            }
        }
    }
    deserializer.deserialize_any(Minor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_written_with_their_own_decimals() {
        for (code, minor, text) in [
            ("EUR", 13203, "132.03"),
            ("EUR", 5, "0.05"),
            ("EUR", -90, "-0.90"),
            ("JPY", 7, "7"),
            ("KWD", 1005, "1.005"),
        ] {
            assert_eq!(code.parse::<Currency>().unwrap().major(minor), text);
        }
    }

    #[test]
    fn an_amount_is_read_as_it_is_written_and_nothing_else_is() {
        for text in ["132.03 EUR", "0.05 EUR", "7 JPY", "1.005 KWD", "90071992547409.91 EUR"] {
            assert_eq!(text.parse::<Money>().unwrap().to_string(), text);
        }
        assert_eq!("499 EUR".parse::<Money>().unwrap().minor, 49_900);
        assert_eq!(" 0.5 EUR".parse::<Money>().unwrap().minor, 50);
        let refused = [
            "",
            "499",
            "499EUR",
            "EUR 499",
            "-1 EUR",
            "+1 EUR",
            "1.234 EUR",
            "0.5 JPY",
            ".5 EUR",
            "5. EUR",
            "1,00 EUR",
            "1e3 EUR",
            "90071992547409.92 EUR",
            "99999999999999999999 EUR",
            "1.00 XAU",
        ];
        let messages = refused.map(|text| text.parse::<Money>().unwrap_err().to_string());
        insta::assert_snapshot!(messages.join("\n"));
    }

    #[test]
    fn a_bad_amount_says_what_would_be_right() {
        let refuse = |json: &str| serde_json::from_str::<Money>(json).unwrap_err().to_string();
        insta::assert_snapshot!(refuse(r#"{"minor": 499.5, "currency": "EUR"}"#), @"invalid type: floating point `499.5`, expected a whole number of minor units from 0 to 9007199254740991, such as 49900 for 499.00 EUR at line 1 column 15");
        insta::assert_snapshot!(refuse(r#"{"minor": -1, "currency": "EUR"}"#), @"invalid type: integer `-1`, expected a whole number of minor units from 0 to 9007199254740991, such as 49900 for 499.00 EUR at line 1 column 12");
        insta::assert_snapshot!(refuse(r#"{"minor": 1, "currency": "XAU"}"#), @"`XAU` is not a currency: write an ISO 4217 code such as EUR, JPY or KWD at line 1 column 31");
    }
}
