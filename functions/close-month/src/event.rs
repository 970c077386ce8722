//! What `close-month` is asked for.

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
    /// Close every service whose time has come.
    Every {
        /// The month.
        month: Month,
    },
    /// Take up what arrived after a close.
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
                "as_of: {as_of} lies after now ({now}): a statement speaks of the past"
            ))),
            (Some(service_id), None, as_of) => Ok(Self::One { month, service_id, as_of }),
            (_, _, Some(_)) => {
                Err(InputError::new("as_of: needs service_id: a provisional statement is of one service"))
            }
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
