//! Time, injected: the system's clock, or a virtual one on which a month passes in seconds.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use sla::Instant;

/// A source of the present instant.
#[derive(Debug, Clone)]
pub enum Clock {
    /// The system's clock.
    System,
    /// A clock that moves only by [`Clock::advance_to`].
    Virtual(Arc<AtomicI64>),
}

impl Clock {
    /// Builds a virtual clock set to an instant.
    pub fn virtual_at(instant: Instant) -> Self {
        Self::Virtual(Arc::new(AtomicI64::new(instant.epoch_s())))
    }

    /// Returns the present instant.
    #[expect(clippy::disallowed_methods, reason = "this is the clock that everyone else asks")]
    pub fn now(&self) -> Instant {
        match self {
            Self::System => Instant::from_epoch_s(chrono::Utc::now().timestamp()),
            Self::Virtual(epoch_s) => Instant::from_epoch_s(epoch_s.load(Ordering::SeqCst)),
        }
    }

    /// Moves a virtual clock forward, never back; has no effect on the system's clock.
    pub fn advance_to(&self, instant: Instant) {
        if let Self::Virtual(epoch_s) = self {
            epoch_s.fetch_max(instant.epoch_s(), Ordering::SeqCst);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_virtual_clock_never_goes_back() {
        let clock = Clock::virtual_at(Instant::from_epoch_s(1_000_000_000));
        clock.advance_to(Instant::from_epoch_s(1_000_000_060));
        clock.advance_to(Instant::from_epoch_s(1_000_000_030));
        assert_eq!(clock.now(), Instant::from_epoch_s(1_000_000_060));
    }
}
