//! The events of `close-month`.

use events::InputError;
use events::input::read;
use serde::Deserialize;
use serde_json::Value;
use sla::{Instant, Month, ServiceId};

/// Services that one page of the fan-out names.
const PAGE_SERVICES_MAX: usize = 1000;

/// An event, parsed.
pub enum Event {
    /// Close or state one service-month.
    One {
        /// The month.
        month: Month,
        /// The service.
        service_id: ServiceId,
        /// A provisional statement as of this instant.
        as_of: Option<Instant>,
    },
    /// Close a page of services.
    Some {
        /// The month.
        month: Month,
        /// The services.
        service_ids: Vec<ServiceId>,
    },
    /// Close every service whose close is due.
    Every {
        /// The month.
        month: Month,
    },
    /// Process everything that arrived after a close.
    Daily,
}

#[derive(Deserialize)]
struct Fields {
    month: Month,
    service_id: Option<ServiceId>,
    service_ids: Option<Vec<ServiceId>>,
    as_of: Option<Instant>,
}

impl Event {
    /// Parses an event.
    pub fn of(event: &Value, now: Instant) -> Result<Self, InputError> {
        if event.get("sweep") == Some(&Value::Bool(true)) {
            return Ok(Self::Daily);
        }
        let Fields { month, service_id, service_ids, as_of } = read(event)?;
        match (service_id, service_ids, as_of) {
            (_, _, Some(as_of)) if as_of > now => Err(InputError::new(format_args!(
                "as_of: {as_of} is in the future (now is {now}): send an instant that has passed"
            ))),
            (Some(service_id), None, as_of) => Ok(Self::One { month, service_id, as_of }),
            (_, _, Some(_)) => Err(InputError::new(
                "as_of: a provisional statement covers one service: send service_id too, and no service_ids",
            )),
            (None, Some(service_ids), None) if service_ids.len() <= PAGE_SERVICES_MAX => {
                Ok(Self::Some { month, service_ids })
            }
            (None, Some(service_ids), None) => Err(InputError::new(format_args!(
                "service_ids: {} in one page: send at most {PAGE_SERVICES_MAX}",
                service_ids.len()
            ))),
            (Some(_), Some(_), None) => Err(InputError::new("service_id: send it or service_ids, not both")),
            (None, None, None) => Ok(Self::Every { month }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(event: &str) -> Result<Event, InputError> {
        Event::of(&events::parse(event.as_bytes()).unwrap(), "2026-07-02T00:00:00Z".parse().unwrap())
    }

    #[test]
    fn every_recorded_event_is_understood() {
        assert!(matches!(of(include_str!("../events/one.json")), Ok(Event::One { as_of: None, .. })));
        assert!(matches!(
            of(include_str!("../events/provisional.json")),
            Ok(Event::One { as_of: Some(_), .. })
        ));
        let page = of(include_str!("../events/page.json"));
        assert!(matches!(page, Ok(Event::Some { service_ids, .. }) if service_ids.len() == 2));
        assert!(matches!(of(include_str!("../events/every.json")), Ok(Event::Every { .. })));
        assert!(matches!(of(include_str!("../events/sweep.json")), Ok(Event::Daily)));
    }

    #[test]
    fn a_bad_event_says_what_would_be_right() {
        let events = [
            r#"{"month": "2026-13"}"#,
            "{}",
            r#"{"month": "2026-06", "service_id": "a#b"}"#,
            r#"{"month": "2026-06", "service_id": "api", "as_of": "2026-07-02T00:00:01Z"}"#,
            r#"{"month": "2026-06", "as_of": "2026-06-15T00:00:00Z"}"#,
            r#"{"month": "2026-06", "service_id": "api", "service_ids": ["api"]}"#,
        ];
        let messages: Vec<String> =
            events.iter().filter_map(|event| of(event).err()).map(|e| e.to_string()).collect();
        assert_eq!(messages.len(), events.len());
        insta::assert_snapshot!(messages.join("\n"), @r"
        month: `2026-13` is not a month: write YYYY-MM between 2000-01 and 2099-12, such as 2026-06
        missing field `month`
        service_id: `a#b` is not an id: use 1 to 64 letters, digits, `.`, `_`, `:` or `-`, beginning with a letter or digit
        as_of: 2026-07-02T00:00:01Z is in the future (now is 2026-07-02T00:00:00Z): send an instant that has passed
        as_of: a provisional statement covers one service: send service_id too, and no service_ids
        service_id: send it or service_ids, not both
        ");
    }
}
