//! Durations in words, for people to read and to write.

/// Seconds in a day, an hour, a minute and a second.
const UNITS: [(i64, &str); 4] = [(86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")];

/// Writes seconds such as `1 h 12 min 30 s`, without the units that are zero.
pub fn in_words(seconds: i64) -> String {
    let mut rest = seconds.max(0);
    let mut words = Vec::with_capacity(UNITS.len());
    for (unit_s, unit) in UNITS {
        if rest >= unit_s {
            words.push(format!("{} {unit}", rest / unit_s));
        }
        rest %= unit_s;
    }
    if words.is_empty() { "0 s".to_owned() } else { words.join(" ") }
}

/// Reads seconds written as [`in_words`] writes them, or as plain seconds: `4 h`, `31d`, `1 h 30 min`, `90`.
/// Units come once each, the largest first; `m` and `w` (7 days) are taken too. `None` for anything else.
pub fn of_words(text: &str) -> Option<i64> {
    const MEANT: [(&str, i64); 6] =
        [("w", 7 * 86_400), ("d", 86_400), ("h", 3_600), ("min", 60), ("m", 60), ("s", 1)];
    if let Ok(seconds) = text.trim().parse() {
        return Some(seconds);
    }
    let (mut rest, mut total, mut above) = (text.trim(), 0_i64, i64::MAX);
    while !rest.is_empty() {
        let (count, after) = rest.split_at(rest.find(|c: char| !c.is_ascii_digit())?);
        let after = after.trim_start();
        let (unit, after) = after.split_at(after.find(|c: char| !c.is_alphabetic()).unwrap_or(after.len()));
        let (_, unit_s) = MEANT.into_iter().find(|(name, unit_s)| *name == unit && *unit_s < above)?;
        total = total.checked_add(count.parse::<i64>().ok()?.checked_mul(unit_s)?)?;
        (rest, above) = (after.trim_start(), unit_s);
    }
    (above < i64::MAX).then_some(total)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_written_is_read(seconds in 0_i64..100_000_000) {
            let words = in_words(seconds);
            prop_assert_eq!(of_words(&words), Some(seconds));
            prop_assert_eq!(of_words(&words.replace(' ', "")), Some(seconds));
            prop_assert_eq!(of_words(&words.replace(' ', "\u{a0}")), Some(seconds));
        }
    }

    #[test]
    fn only_durations_are_read() {
        for (text, seconds) in [
            (" 90 ", 90),
            ("4 h", 14_400),
            ("31 d", 2_678_400),
            ("1w", 604_800),
            ("2 m 5 s", 125),
            ("-1", -1),
        ] {
            assert_eq!(of_words(text), Some(seconds), "{text}");
        }
        for text in
            ["", "h", "4 hours", "1 s 1 h", "1 h 1 h", "1.5 h", "4 h 5", "99999999999999999999 d", "- 1 h"]
        {
            assert_eq!(of_words(text), None, "{text}");
        }
    }

    #[test]
    fn durations_name_only_the_units_that_they_have() {
        for (seconds, words) in [
            (0, "0 s"),
            (59, "59 s"),
            (60, "1 min"),
            (4350, "1 h 12 min 30 s"),
            (86_400, "1 d"),
            (97_201, "1 d 3 h 1 s"),
        ] {
            assert_eq!(in_words(seconds), words);
        }
    }
}
