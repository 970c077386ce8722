//! The event of `run-checks`.

use std::collections::BTreeSet;

use events::InputError;
use events::input::read;
use serde::Deserialize;
use serde_json::Value;
use sla::{ProbeId, TargetId};

/// Targets that an event may name: as many as one read takes, and a run tries.
const TARGETS_MAX: usize = 100;

/// An event, parsed.
#[derive(Debug, Deserialize)]
#[serde(expecting = "an object, with region and targets or without")]
pub struct Event {
    /// The region whose targets are checked; the function's own if absent.
    pub region: Option<ProbeId>,
    /// The targets to check, due or not; those that are due if absent.
    pub targets: Option<Vec<TargetId>>,
}

impl Event {
    /// Parses an event.
    pub fn of(event: &Value) -> Result<Self, InputError> {
        let event: Self = read(event)?;
        let named = event.targets.as_deref().unwrap_or_default();
        if named.len() > TARGETS_MAX {
            return Err(InputError::new(format_args!(
                "targets: {} at once: name at most {TARGETS_MAX}, or none for all that are due",
                named.len()
            )));
        }
        let mut once = BTreeSet::new();
        match named.iter().find(|id| !once.insert(*id)) {
            Some(id) => {
                Err(InputError::new(format_args!("targets: `{id}` is there twice: name each target once")))
            }
            None => Ok(event),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(event: &str) -> Result<Event, InputError> {
        Event::of(&events::parse(event.as_bytes()).unwrap())
    }

    #[test]
    fn every_recorded_event_is_understood() {
        let due = of(include_str!("../events/due.json")).unwrap();
        assert!(due.region.is_none() && due.targets.is_none());
        let region = of(include_str!("../events/region.json")).unwrap();
        assert_eq!(region.region.unwrap().as_str(), "us-east-1");
        let targets = of(include_str!("../events/targets.json")).unwrap();
        assert_eq!(targets.targets.unwrap().len(), 2);
    }

    #[test]
    fn a_bad_event_says_what_would_be_right() {
        #[track_caller]
        fn check(event: &str, expect: &str) {
            let said = of(event).unwrap_err().to_string();
            assert!(said.contains(expect), "{said}");
        }
        check(r#"{"region": "eu 1"}"#, "region: `eu 1` is not an id");
        check(r#"{"targets": "t"}"#, "targets: invalid type");
        check(r#"{"targets": ["t", "t"]}"#, "targets: `t` is there twice: name each target once");
        let many = format!(r#"{{"targets": [{}"t"]}}"#, r#""t", "#.repeat(TARGETS_MAX));
        check(&many, "targets: 101 at once: name at most 100, or none for all that are due");
    }
}
