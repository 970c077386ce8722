//! A closed month recomputed under another revision: its stored inputs, with other terms. Slots keep the
//! length that is fixed for a service's life, and people's decisions stay.

use crate::statement::StatementError;
use crate::{Inputs, Metric, Statement, Terms};

/// A service-month as stated, and under other terms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WhatIf {
    /// The statement under the month's own terms.
    pub stated: Statement,
    /// The statement under the other terms.
    pub supposed: Statement,
}

/// Recomputes a statement under other terms; `None` for a service-month without a slot.
///
/// # Errors
/// Returns a [`StatementError`] if the stored slots cannot be read.
pub fn what_if(inputs: &Inputs, terms: &Terms) -> Result<Option<WhatIf>, StatementError> {
    let supposed = Inputs { terms: terms.clone(), ..inputs.clone() };
    let statements = inputs.statement()?.zip(supposed.statement()?);
    Ok(statements.map(|(stated, supposed)| WhatIf { stated, supposed }))
}

impl WhatIf {
    /// True if a verdict or an amount would change.
    pub fn changes(&self) -> bool {
        let Self { stated, supposed } = self;
        let money = |statement: &Statement| (statement.credit.amount, statement.credit.amount_max);
        stated.verdict != supposed.verdict
            || money(stated) != money(supposed)
            || self.metrics().next().is_some()
    }

    /// Lists the metrics whose verdict would change.
    pub fn metrics(&self) -> impl Iterator<Item = Metric> {
        let pairs = self.stated.performance.iter().zip(&self.supposed.performance);
        pairs.filter(|(stated, supposed)| stated.verdict != supposed.verdict).map(|(stated, _)| stated.metric)
    }
}

/// Lists the changes of a revision that cannot be applied to a closed month's inputs.
pub fn caveats(stated: &Terms, supposed: &Terms) -> Vec<&'static str> {
    let resolutions = |terms: &Terms| {
        [&terms.plans.standard, &terms.plans.premium, &terms.plans.enterprise].map(|p| p.resolution_s)
    };
    let tickets = (&stated.levels, &stated.tickets) != (&supposed.levels, &supposed.tickets);
    let windows = (&stated.maintenance, &stated.exclusions) != (&supposed.maintenance, &supposed.exclusions);
    let all = [
        (
            resolutions(stated) != resolutions(supposed),
            "Slots keep their length: it is fixed for a service's life.",
        ),
        (windows, "Maintenance and exclusions stay as they were announced and decided."),
        (
            stated.close_after_h != supposed.close_after_h,
            "Months stay closed as of the instant at which they were.",
        ),
        (tickets, "Tickets stay as they were judged: their clocks have run by the terms of their opening."),
        (
            stated.claims != supposed.claims,
            "Claims stay as they are: amounts are what a breach earns, claimed or not.",
        ),
    ];
    all.into_iter().filter(|(applies, _)| *applies).map(|(_, caveat)| caveat).collect()
}
