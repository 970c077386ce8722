//! Follow-up of changed tickets: whoever built the table says how schedules are armed and cancelled.

use std::fmt::Debug;
use std::pin::Pin;
use std::sync::Arc;

use sla::Instant;

use super::ChangedTicket;
use crate::Table;

/// Consequences of changed tickets outside the table: their schedules.
pub trait FollowUp: Debug + Send + Sync {
    /// Compares the claims of changed tickets, and brings their schedules in line. What fails is left to the
    /// sweep of `keep-deadlines`.
    fn follow_up<'a>(
        &'a self,
        table: &'a Table,
        changed: &'a [ChangedTicket],
        now: Instant,
    ) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>>;
}

impl Table {
    /// Returns a table whose changed tickets are followed up. Without it the sweep does what is left.
    #[must_use]
    pub fn followed_by(&self, follow_up: Arc<dyn FollowUp>) -> Self {
        Self { follow_up: Some(follow_up), ..self.clone() }
    }

    /// Follows up tickets that staff changed.
    pub async fn follow_up(&self, changed: &[ChangedTicket], now: Instant) {
        if let Some(follow_up) = &self.follow_up {
            follow_up.follow_up(self, changed, now).await;
        }
    }
}
