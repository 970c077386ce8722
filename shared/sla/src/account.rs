//! The account of a period: every second of a service, with the time that does not count.

use crate::availability::Seconds;
use crate::codec::CodecError;
use crate::exclusion::{Excluded, Window, exclude};
use crate::quorum::{Stretch, combine};
use crate::timeline::ProbeTimeline;
use crate::void::{VoidSpan, slots_of, unsaid, unseen};
use crate::{Service, Span};

/// The status of a period, slot by slot, with its exclusions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The combined status of every slot.
    pub combined: Vec<Stretch>,
    /// The excluded seconds of each window.
    pub excluded: Vec<Excluded>,
    /// The excluded time as an ascending union.
    pub union: Vec<Span>,
    /// The seconds of the period, each exactly once.
    pub seconds: Seconds,
}

impl Account {
    /// Accounts for every slot of a period.
    ///
    /// # Errors
    /// Returns a [`CodecError`] if the stored slots cannot be read.
    pub fn of(
        service: &Service,
        probes: &[ProbeTimeline],
        windows: &[Window],
        voids: &[VoidSpan],
        period: Span,
    ) -> Result<Self, CodecError> {
        let filled = probes
            .iter()
            .map(|probe| {
                let voided = slots_of(voids, &probe.probe, service.resolution_s);
                let reported = unsaid(probe.reported(service.resolution_s)?, &voided);
                Ok(unseen(service.carrying(probe.silence).fill(&reported, period), &voided))
            })
            .collect::<Result<Vec<_>, CodecError>>()?;
        let combined = combine(&filled, service.quorum, period);
        let (excluded, union) = exclude(windows, service.resolution_s, period);
        let seconds = Seconds::partition(&combined, &union);
        Ok(Self { combined, excluded, union, seconds })
    }

    /// Returns the counted part of a period: all but the excluded union, ascending.
    pub fn counted(&self, period: Span) -> Vec<Span> {
        let starts = std::iter::once(period.start).chain(self.union.iter().map(|excluded| excluded.end));
        let ends = self.union.iter().map(|excluded| excluded.start).chain([period.end]);
        starts.zip(ends).map(|(start, end)| Span::new(start, end)).filter(|span| !span.is_empty()).collect()
    }
}
