//! Pauses between retries, after a conflict with another writer or throttling. Each pause is a random part of
//! a span that doubles (full jitter), so that writers that collided once do not collide again.

use std::time::Duration;

use super::TableError;

/// The most attempts at an operation.
pub const ATTEMPTS_MAX: usize = 10;
/// The longest pause before the second attempt, in milliseconds; it doubles with each further attempt.
const PAUSE_MS_FIRST: u64 = 20;
/// The longest pause of all, in milliseconds. Nine pauses are 20 + 40 + 80 + 160 + 320 + 4 × 500 ms = 2.6 s
/// at most, half that on average.
const PAUSE_MS_MAX: u64 = 500;

/// Attempts at an operation: at most [`ATTEMPTS_MAX`], with a pause before each but the first.
#[derive(Debug, Default)]
pub struct Attempts(usize);

impl Attempts {
    /// Begins an attempt, after a pause unless it is the first; returns false once all attempts are used up.
    pub async fn begin(&mut self) -> bool {
        if self.0 == ATTEMPTS_MAX {
            return false;
        }
        if self.0 > 0 {
            // If there is no randomness, the pause is the whole span.
            tokio::time::sleep(pause(self.0, getrandom::u32().unwrap_or(u32::MAX))).await;
        }
        self.0 += 1;
        true
    }
}

/// Makes attempts at an operation until one of them writes; one that returns nothing found another writer
/// faster.
///
/// # Errors
/// The first error of an attempt, or a [`TableError`] that names the operation once all attempts are used up.
pub async fn until_written<T, E: From<TableError>, F: Future<Output = Result<Option<T>, E>>>(
    operation: &'static str,
    attempt: impl Fn() -> F,
) -> Result<T, E> {
    let mut attempts = Attempts::default();
    while attempts.begin().await {
        if let Some(done) = attempt().await? {
            return Ok(done);
        }
    }
    Err(TableError::faster(operation).into())
}

/// Returns the pause after `failed` attempts; `random` selects a part of the span.
fn pause(failed: usize, random: u32) -> Duration {
    let doublings = u32::try_from(failed.saturating_sub(1)).unwrap_or(u32::MAX);
    let span_ms = 2_u64.saturating_pow(doublings).saturating_mul(PAUSE_MS_FIRST).min(PAUSE_MS_MAX);
    Duration::from_millis(span_ms * u64::from(random) / u64::from(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_span_of_a_pause_doubles_up_to_the_longest() {
        let spans_ms = [1, 2, 3, 4, 5, 6, 7, 8, 9, 100].map(|failed| pause(failed, u32::MAX).as_millis());
        assert_eq!(spans_ms, [20, 40, 80, 160, 320, 500, 500, 500, 500, 500]);
    }

    #[test]
    fn chance_chooses_any_part_of_the_span() {
        assert_eq!(pause(9, 0), Duration::ZERO);
        assert_eq!(pause(9, u32::MAX / 2).as_millis(), 249);
    }
}
