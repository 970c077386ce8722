//! Durations in words, for human readers.

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

#[cfg(test)]
mod tests {
    use super::*;

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
