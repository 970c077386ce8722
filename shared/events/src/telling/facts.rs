//! The notice of each fact that an assessment finds.

use sla::assessment::Fact;
use sla::{Month, Service};

use super::window_closing;
use crate::notice::Subject;
use crate::{Happening, NoticeRecord};

/// Builds the notice of a fact; the same fact gives the same id.
pub fn notice_of(service: &Service, fact: &Fact) -> NoticeRecord {
    let month = |at| Month::of(at, service.time_zone);
    let subject = |month| Subject::of(service, month);
    match fact.clone() {
        Fact::OutageOpened { started_at, opening } => {
            let month = month(started_at);
            let happening = Happening::OutageOpened { service: subject(month), started_at, opening };
            NoticeRecord::about(
                service,
                Some(month),
                started_at,
                happening,
                format_args!("{started_at}|{opening}"),
            )
        }
        Fact::OutageClosed { started_at, ended_at, down_s, excluded_s } => {
            let month = month(started_at);
            let service_ref = subject(month);
            let happening =
                Happening::OutageClosed { service: service_ref, started_at, ended_at, down_s, excluded_s };
            NoticeRecord::about(
                service,
                Some(month),
                ended_at,
                happening,
                format_args!("{started_at}|{ended_at}"),
            )
        }
        Fact::AtRisk(budget) => {
            let (month, at, threshold) = (budget.month, budget.occurred_at, budget.threshold_pct);
            // The first warning has no number in its id: such ids are older than repeated warnings.
            let identity = match budget.episode {
                1 => format!("{month}|{threshold}"),
                episode => format!("{month}|{threshold}|{episode}"),
            };
            let happening = Happening::AtRisk { service: subject(month), budget };
            NoticeRecord::about(service, Some(month), at, happening, identity)
        }
        Fact::Breached(breach) => {
            let (month, at, episode) = (breach.month, breach.occurred_at, breach.episode);
            let happening = Happening::Breached { service: subject(month), breach };
            NoticeRecord::about(service, Some(month), at, happening, format_args!("{month}|{episode}"))
        }
        Fact::BreachWithdrawn(breach) => {
            let (month, at, episode) = (breach.month, breach.occurred_at, breach.episode);
            let happening = Happening::BreachWithdrawn { service: subject(month), breach };
            NoticeRecord::about(service, Some(month), at, happening, format_args!("{month}|{episode}"))
        }
        Fact::WindowClosing(closing) => window_closing(service, &closing),
        Fact::Silent(silence) => {
            let (since, probe) =
                (silence.since, silence.probe.as_ref().map_or("", |probe| probe.as_str()).to_owned());
            let happening = Happening::Silent { service: subject(month(since)), silence };
            NoticeRecord::about(
                service,
                Some(month(since)),
                since,
                happening,
                format_args!("{probe}|{since}"),
            )
        }
    }
}
