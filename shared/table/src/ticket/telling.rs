//! The notices of a ticket; the same news gives the same id.

use events::notice::EscalatedTo;
use events::ticket::{ClockFigures, ReachedThreshold, TicketSubject};
use events::{Happening, NoticeRecord};
use sla::ticket::deadline::{Deadline, Mark};
use sla::ticket::log::News;
use sla::ticket::{ClockKind, Fact, TicketEvent, TicketHappening, TicketRecord};
use sla::{Instant, Service, Terms};

use super::Present;
use crate::Role;
use crate::store::TableError;

/// Seconds of a day.
const DAY_S: i64 = 86_400;

/// The context of a ticket's notices.
pub struct NoticeContext<'a> {
    pub present: &'a Present,
    pub service: Option<&'a Service>,
    pub terms: &'a Terms,
    pub record: &'a TicketRecord,
    /// The roles with their people, if the news escalates.
    pub roles: &'a [Role],
}

impl NoticeContext<'_> {
    /// Builds the notice of a piece of news.
    ///
    /// # Errors
    /// None in practice: notices are plain JSON.
    pub fn notice(&self, news: &News, now: Instant) -> Result<NoticeRecord, TableError> {
        let worded = match news {
            News::Opened(note) => self.opened(note.clone()),
            News::LevelChanged(event) => self.level_changed(event),
            News::Resolved(event) => self.resolved(event),
            News::Clock(fact) => Ok(self.clock(fact)),
            News::Corrected(correction) => {
                let happening = Happening::TicketCorrected {
                    ticket: self.subject(),
                    correction: *correction,
                    backdated_count: self.record.backdated_count,
                };
                let episode = self.record.episode(correction.clock);
                Ok(self.about(now, happening, &format!("{}|{episode}", correction.clock.as_str())))
            }
        };
        worded.map_err(|error| TableError::new("word a ticket's notice", error))
    }

    fn subject(&self) -> TicketSubject {
        TicketSubject::of(&self.present.ticket, self.service)
    }

    fn clocks(&self) -> [ClockFigures; 2] {
        ClockKind::ALL.map(|kind| ClockFigures::of(&self.present.ticket, kind))
    }

    fn about(&self, at: Instant, happening: Happening, identity: &str) -> NoticeRecord {
        let ticket = &self.present.ticket;
        // Another customer's notices are distinct.
        let customer = match self.record.earlier_openings {
            0 => String::new(),
            _ => format!("|{}", ticket.opening.customer_id),
        };
        NoticeRecord::about_ticket(ticket, self.present.month, at, happening, format!("{identity}{customer}"))
    }

    /// Builds a notice whose content a late event may change; a changed one is a new notice.
    fn about_content(
        &self,
        at: Instant,
        happening: Happening,
        identity: &str,
    ) -> serde_json::Result<NoticeRecord> {
        let content = sla::digest_hex(&happening)?;
        Ok(self.about(at, happening, &format!("{identity}|{content}")))
    }

    fn opened(&self, note: Option<String>) -> serde_json::Result<NoticeRecord> {
        let opening = &self.present.ticket.opening;
        let happening = Happening::TicketOpened {
            ticket: self.subject(),
            channel: opening.channel,
            clocks: self.clocks(),
            note,
        };
        let identity = opening.customer_id.as_str();
        match self.record.earlier_openings {
            0 => Ok(self.about(opening.opened_at, happening, identity)),
            _ => self.about_content(opening.opened_at, happening, identity),
        }
    }

    fn level_changed(&self, event: &TicketEvent) -> serde_json::Result<NoticeRecord> {
        let (level, reason) = match &event.happening {
            TicketHappening::LevelChanged { level, reason } => (*level, *reason),
            _ => (self.present.ticket.level, sla::ticket::LevelReason::default()),
        };
        let happening = Happening::TicketLevelChanged {
            ticket: self.subject(),
            level,
            reason,
            changed_at: event.occurred_at,
            clocks: self.clocks(),
            note: event.notes.note.clone(),
        };
        self.about_content(event.occurred_at, happening, event.event_id.as_str())
    }

    fn resolved(&self, event: &TicketEvent) -> serde_json::Result<NoticeRecord> {
        let (ticket, at) = (&self.present.ticket, event.occurred_at);
        let happening = Happening::TicketResolved {
            ticket: self.subject(),
            resolved_at: at,
            elapsed_s: ticket.resolve.elapsed_s(at),
            net_s: ticket.resolve_net_s(at),
            limit_s: ticket.resolve.promise.limit_s,
            verdict: ticket.resolve.verdict(at),
            reopened_count: ticket.reopened_count,
            reopen_until: at.plus_s(self.terms.tickets.reopen_days * DAY_S),
            note: event.notes.note.clone(),
        };
        self.about_content(at, happening, &at.to_string())
    }

    fn clock(&self, fact: &Fact) -> NoticeRecord {
        let (deadline, step) = match fact {
            Fact::Reached(deadline) => (*deadline, None),
            Fact::Escalated(deadline, step) => (*deadline, Some(step)),
        };
        let reached = ReachedThreshold::of(&self.present.ticket, deadline);
        let identity = identity(&deadline, self.record.episode(deadline.mark.clock));
        match step {
            None => self.about(deadline.due_at, Happening::reached(self.subject(), reached), &identity),
            Some(step) => {
                let role = self.roles.iter().find(|own| own.role == step.role);
                let to = role.and_then(|own| EscalatedTo::of(&own.people, deadline.due_at));
                let (ticket, step) = (self.subject(), step.clone());
                let happening = Happening::TicketEscalated { ticket, reached, step: step.clone(), to };
                let identity = format!("{identity}|{}|{}", step.role, step.name);
                self.about(deadline.due_at, happening, &identity)
            }
        }
    }
}

/// Returns the identity of a threshold notice: once for each clock, start, limit and threshold, and again
/// only after a corrected verdict.
fn identity(deadline: &Deadline, episode: usize) -> String {
    let Mark { clock, started_at, limit_s, threshold } = deadline.mark;
    let episode = if episode == 0 { String::new() } else { format!("|{episode}") };
    format!("{}|{started_at}|{limit_s}|{threshold}{episode}", clock.as_str())
}
