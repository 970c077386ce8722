//! The result of closing many services: counts of the closed ones, or a failure that names the others.

use events::answer::ClosedAnswer;
use outcome::Failure;
use sla::availability::Verdict;
use sla::{Month, ServiceId, Statement};

/// Services that a failure names.
const NAMED_MAX: usize = 20;

/// Counts the outcomes of a month's services.
#[derive(Debug, Default)]
pub struct Tally {
    closed: ClosedAnswer,
    services: usize,
    failed: usize,
    /// The first services that failed.
    named: Vec<ServiceId>,
    /// The first fault, which a retry may overcome, or else the first refusal, with its service.
    cause: Option<(ServiceId, Failure)>,
}

impl Tally {
    /// Counts a service: its statement, or `None` if its close is not due.
    pub fn add(&mut self, id: &ServiceId, outcome: Result<Option<Statement>, Failure>) {
        self.services += 1;
        match outcome {
            Ok(None) => {}
            Ok(Some(statement)) => {
                self.closed.closed += 1;
                self.closed.breached += usize::from(statement.verdict == Verdict::Breached);
                self.closed.indeterminate += usize::from(statement.verdict == Verdict::Indeterminate);
            }
            Err(failure) => {
                self.failed += 1;
                if self.named.len() < NAMED_MAX {
                    self.named.push(id.clone());
                }
                let is_worse = |cause: &Failure| !cause.is_fault() && failure.is_fault();
                if self.cause.as_ref().is_none_or(|(_, cause)| is_worse(cause)) {
                    self.cause = Some((id.clone(), failure));
                }
            }
        }
    }

    /// Returns the counts if no service failed.
    ///
    /// # Errors
    /// Returns the number and names of failed services with the first cause: a fault if any cause is one.
    pub fn answer(self, month: Month) -> Result<ClosedAnswer, Failure> {
        let Some((first, cause)) = self.cause else { return Ok(self.closed) };
        let named: Vec<&str> = self.named.iter().map(ServiceId::as_str).collect();
        let more = match self.failed - named.len() {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let (failed, services, named) = (self.failed, self.services, named.join(", "));
        let message = format!(
            "{failed} of {services} services could not be closed for {month}: {named}{more}; the first \
             cause, of {first}"
        );
        Err(Failure::Several(message, Box::new(cause)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused() -> Failure {
        Failure::NotFound("service_id: `svc-1` is not registered: register it first".to_owned())
    }

    fn fault() -> Failure {
        table::TableError::unexpected("read a timeline", "the chunk is torn").into()
    }

    fn failure(services: usize, of: impl Fn(usize) -> Result<Option<Statement>, Failure>) -> Failure {
        let mut tally = Tally::default();
        for nth in 0..services {
            tally.add(&format!("svc-{nth}").parse().unwrap(), of(nth));
        }
        tally.answer("2026-06".parse().unwrap()).unwrap_err()
    }

    #[test]
    fn a_failure_says_which_services_were_not_closed_and_why_the_first() {
        let failures = [
            failure(3, |nth| if nth == 1 { Err(refused()) } else { Ok(None) }),
            failure(50, |nth| if nth % 2 == 0 { Err(fault()) } else { Ok(None) }),
            failure(20, |_| Err(refused())),
        ];
        let shown = failures.map(|failure| format!("{}: {}", failure.error_type(), failure.message()));
        insta::assert_snapshot!(shown.join("\n"));
    }

    #[test]
    fn it_may_be_tried_again_if_any_cause_is_a_fault() {
        let mixed = failure(3, |nth| Err(if nth == 1 { fault() } else { refused() }));
        assert!(mixed.is_fault());
        assert_eq!(mixed.error_type(), "TableFault");
        assert!(mixed.message().contains("svc-0, svc-1, svc-2; the first cause, of svc-1: the table failed"));
        assert!(!failure(2, |_| Err(refused())).is_fault());
    }

    #[test]
    fn without_a_failure_the_counts_are_answered() {
        let mut tally = Tally::default();
        tally.add(&"api".parse().unwrap(), Ok(None));
        assert_eq!(tally.answer("2026-06".parse().unwrap()).unwrap(), ClosedAnswer::default());
    }
}
