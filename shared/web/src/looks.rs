//! Looks: when a person last looked at a list, kept by their browser in a cookie that says nothing else. The
//! table learns nothing of what anybody reads, and a page that is read again shows the same marks.

use axum::http::{HeaderMap, HeaderValue};
use sla::{Instant, sha256_hex};

use crate::session::{cookie, cookie_of};

/// A look lasts half an hour after the page was last opened.
const LOOK_S: i64 = 1800;
/// A notice may be written two minutes after its instant: those of the time before a look count as new.
const LATE_S: i64 = 120;
/// Without a look, what the last 30 days brought is new.
const NEW_S: i64 = 30 * 86_400;
/// Browsers keep a cookie for 400 days at most.
const KEPT_S: i64 = 400 * 86_400;
/// Characters of the digest that tells the persons of one browser apart.
const DIGEST_CHARS: usize = 16;

/// A person's looks at a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Looks {
    name: String,
    person: String,
    /// Instants of the end of the look before, and of the last one.
    looked: Option<(Instant, Instant)>,
}

impl Looks {
    /// Reads the looks of a person, given by the parts of their identity, from the cookie of a name.
    pub(crate) fn of(headers: &HeaderMap, name: String, person: &[&str]) -> Self {
        let person = sha256_hex(person.join("\n").as_bytes())[..DIGEST_CHARS].to_owned();
        let looked = cookie_of(headers, &name).and_then(|text| {
            let (own, looked) = text.split_once('.')?;
            let (before, last) = looked.split_once('.').filter(|_| own == person)?;
            Some((Instant::from_epoch_s(before.parse().ok()?), Instant::from_epoch_s(last.parse().ok()?)))
        });
        Self { name, person, looked }
    }

    /// Returns the instant from which on a fact is new to the person.
    pub fn new_from(&self, now: Instant) -> Instant {
        self.looked.map_or_else(|| now.plus_s(-NEW_S), |(_, last)| last.min(now).plus_s(-LATE_S))
    }

    /// Returns the instant from which on the list marks a fact: the end of the look before this one.
    pub fn marked_from(&self, now: Instant) -> Instant {
        self.looked.map_or_else(|| now.plus_s(-NEW_S), |_| self.before(now).plus_s(-LATE_S))
    }

    fn before(&self, now: Instant) -> Instant {
        match self.looked {
            Some((before, last)) if now <= last.plus_s(LOOK_S) => before,
            Some((_, last)) => last,
            None => now.plus_s(-NEW_S),
        }
    }

    /// Builds the cookie after a look.
    pub fn cookie(&self, now: Instant) -> HeaderValue {
        let (before, last) = (self.before(now).epoch_s(), now.epoch_s());
        cookie(&self.name, &format!("{}.{before}.{last}", self.person), KEPT_S)
    }
}

#[cfg(test)]
mod tests {
    use axum::http::header;

    use super::*;

    fn at(minute: i64) -> Instant {
        Instant::from_epoch_s(1_780_000_000 + minute * 60)
    }

    fn of(cookie: &HeaderValue, person: &str) -> Looks {
        let pair = cookie.to_str().unwrap().split(';').next().unwrap().to_owned();
        let headers = HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_str(&pair).unwrap())]);
        Looks::of(&headers, "seen".to_owned(), &["acme", person])
    }

    #[test]
    fn a_page_read_again_shows_the_same_marks_until_the_look_is_over() {
        let never = Looks::of(&HeaderMap::new(), "seen".to_owned(), &["acme", "ann"]);
        assert_eq!(never.marked_from(at(0)), at(-30 * 24 * 60));
        let first = of(&never.cookie(at(0)), "ann");
        assert_eq!(first.new_from(at(5)), at(-2), "what was shown is no longer new");
        assert_eq!(first.marked_from(at(5)), at(-30 * 24 * 60 - 2), "but it keeps its marks");
        let again = of(&first.cookie(at(5)), "ann");
        assert_eq!(again.marked_from(at(5)), first.marked_from(at(5)));
        assert_eq!(again.marked_from(at(40)), at(3), "the next look marks what came since");
        assert_eq!(of(&again.cookie(at(40)), "ann").marked_from(at(41)), at(3));
    }

    #[test]
    fn another_person_of_the_same_browser_has_looked_at_nothing() {
        let looked = Looks::of(&HeaderMap::new(), "seen".to_owned(), &["acme", "ann"]).cookie(at(0));
        assert_eq!(of(&looked, "bob").new_from(at(1)), at(1 - 30 * 24 * 60));
        for bad in ["seen=x", "seen=x.1.2", "seen=..", "seen=\u{20}"] {
            let looks = of(&HeaderValue::from_str(bad).unwrap(), "ann");
            assert_eq!(looks.looked, None, "{bad}");
        }
    }
}
