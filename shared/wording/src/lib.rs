//! Wording by kind: the event, its meaning for the money, and the action needed with its deadline.
//! Architecture invariant: a pure function of the stored fact, so that a notice always reads the same.

pub mod letter;
pub mod links;

mod availability;
mod claims;
mod operations;
mod performance;
mod statements;
mod terms;
mod tickets;
mod windows;

use events::notice::Subject;
use events::ticket::TicketSubject;
use events::{Happening, Notice, NoticeRecord};
use sla::{Instant, Span, Zone};

/// The longest subject, in characters: SNS accepts fewer than 100.
const SUBJECT_CHARS_MAX: usize = 99;
/// The shortest useful piece of a ticket's title, in characters.
const TITLE_CHARS_MIN: usize = 8;

/// The subject and text of a notice.
struct Wording {
    subject: String,
    text: String,
}

/// Renders a notice in words.
pub fn word(record: &NoticeRecord) -> Notice {
    let data = serde_json::to_value(&record.happening)
        .ok()
        .and_then(|mut value| value.get_mut("data").map(std::mem::take));
    let Wording { subject, text } = wording(record);
    Notice {
        notice_id: record.notice_id.clone(),
        kind: record.happening.kind().to_owned(),
        severity: record.happening.severity(),
        customer_id: record.customer_id.clone(),
        service_id: record.service_id.clone(),
        ticket_id: record.ticket_id.clone(),
        month: record.month,
        occurred_at: record.occurred_at,
        subject,
        text,
        claim_url: links::claim(record),
        url: links::path(record),
        data: data.unwrap_or_default(),
    }
}

/// Renders a notice in words, with links to the portal if its origin is given.
pub fn word_linked(record: &NoticeRecord, portal: Option<&str>) -> Notice {
    let mut notice = word(record);
    let Some(origin) = portal.map(|origin| origin.trim_end_matches('/')) else { return notice };
    for url in [&mut notice.claim_url, &mut notice.url].into_iter().flatten() {
        url.insert_str(0, origin);
    }
    for line in links::lines(record, origin) {
        notice.text += &format!("\n{line}");
    }
    notice
}

fn wording(record: &NoticeRecord) -> Wording {
    match &record.happening {
        Happening::OutageOpened { .. }
        | Happening::OutageClosed { .. }
        | Happening::AtRisk { .. }
        | Happening::Breached { .. }
        | Happening::BreachWithdrawn { .. } => availability::word(&record.happening),
        Happening::MaintenanceAnnounced { .. }
        | Happening::MaintenanceReminder { .. }
        | Happening::MaintenanceChanged { .. }
        | Happening::ExclusionRaised { .. }
        | Happening::ExclusionDecided { .. }
        | Happening::ExclusionDisputed { .. } => windows::word(&record.happening),
        Happening::StatementClosed { .. }
        | Happening::StatementRestated { .. }
        | Happening::StatementIndeterminate { .. }
        | Happening::CreditApproved { .. }
        | Happening::CreditReversed { .. }
        | Happening::CreditLapsed { .. } => statements::word(&record.happening, record.month),
        Happening::ClaimReceived { .. }
        | Happening::ClaimDecided { .. }
        | Happening::ClaimWindowClosing { .. } => claims::word(&record.happening),
        Happening::PerformanceMissed { .. } => performance::word(&record.happening, record.month),
        Happening::TicketOpened { .. }
        | Happening::TicketWarning { .. }
        | Happening::TicketAcknowledgeTargetMissed { .. }
        | Happening::TicketAcknowledgeMissed { .. }
        | Happening::TicketResolveTargetMissed { .. }
        | Happening::TicketResolveMissed { .. }
        | Happening::TicketEscalated { .. }
        | Happening::TicketLevelChanged { .. }
        | Happening::TicketCorrected { .. }
        | Happening::TicketResolved { .. } => tickets::word(&record.happening),
        Happening::TermsAnnounced { .. } | Happening::TermsEffective { .. } => terms::word(&record.happening),
        Happening::ExportReady { .. } | Happening::Silent { .. } | Happening::QuotaReached { .. } => {
            operations::word(record)
        }
    }
}

impl Wording {
    /// Words a notice about a service. The subject is `{before}{name}{after}`, with a shortened name if
    /// needed.
    fn about(before: &str, service: &Subject, after: &str, sentences: &[String]) -> Self {
        let room = SUBJECT_CHARS_MAX.saturating_sub(before.chars().count() + after.chars().count());
        let name = shortened(&service.service_name, room);
        Self { subject: format!("{before}{name}{after}"), text: lines(sentences) }
    }

    /// Words a notice about a ticket. The subject is `Ticket {id} {what}: {title}`, shortened to fit.
    fn about_ticket(ticket: &TicketSubject, what: &str, sentences: &[String]) -> Self {
        let mut subject = shortened(&format!("Ticket {} {what}", ticket.ticket_id), SUBJECT_CHARS_MAX);
        let room = SUBJECT_CHARS_MAX.saturating_sub(subject.chars().count() + ": ".len());
        if room >= TITLE_CHARS_MIN {
            subject += &format!(": {}", shortened(&ticket.title, room));
        }
        Self { subject, text: lines(sentences) }
    }

    /// Words a notice that does not concern a service or ticket.
    fn general(subject: &str, sentences: &[String]) -> Self {
        let subject = printable(subject).chars().take(SUBJECT_CHARS_MAX).collect();
        Self { subject, text: lines(sentences) }
    }
}

/// Joins the sentences, one on each line; empty ones are left out.
fn lines(sentences: &[String]) -> String {
    let given = sentences.iter().map(String::as_str).filter(|sentence| !sentence.is_empty());
    given.collect::<Vec<_>>().join("\n")
}

/// Shortens a text to one line of at most `room` characters.
fn shortened(text: &str, room: usize) -> String {
    let text = printable(text);
    if text.chars().count() <= room {
        return text;
    }
    text.chars().take(room.saturating_sub(1)).chain(['…']).collect()
}

/// Keeps a text on one line: control characters and Unicode line breaks become spaces.
fn printable(text: &str) -> String {
    let breaks = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    text.chars().map(|c| if breaks(c) { ' ' } else { c }).collect()
}

/// Formats an instant for its customer: `3 June 2026, 14:10 CEST (12:10 UTC)`.
///
/// The UTC time shows non-zero seconds, and its date if it differs.
fn at(instant: Instant, zone: Zone) -> String {
    let day = |zone: Zone| zone.date(instant).format("%-d %B %Y").to_string();
    let utc = instant.to_utc().format("%H:%M:%S").to_string();
    let utc = utc.strip_suffix(":00").unwrap_or(&utc);
    let (own, in_utc) = (day(zone), day(Zone::UTC));
    if zone == Zone::UTC {
        return format!("{in_utc}, {utc} UTC");
    }
    let local = zone.local(instant);
    let (_, clock) = local.split_once(' ').unwrap_or_default();
    let in_utc = if own == in_utc { String::new() } else { format!("{in_utc}, ") };
    format!("{own}, {clock} ({in_utc}{utc} UTC)")
}

/// Formats a span for the service's customer, with its length.
fn from_to(span: Span, zone: Zone) -> String {
    let length = sla::duration::in_words(span.length_s());
    format!("from {} to {}, {length}", at(span.start, zone), at(span.end, zone))
}

/// Formats a percentage, or `none`.
fn percent(figure: Option<&String>) -> String {
    figure.map_or_else(|| "none".to_owned(), |figure| format!("{figure} %"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(instant: &str, zone: &str, expect: &str) {
        assert_eq!(at(instant.parse().unwrap(), zone.parse().unwrap()), expect);
    }

    #[test]
    fn an_instant_reads_as_its_customer_writes_it() {
        check("2026-06-02T14:00:00Z", "UTC", "2 June 2026, 14:00 UTC");
        check("2026-06-02T14:00:01Z", "UTC", "2 June 2026, 14:00:01 UTC");
        check("2026-06-03T12:10:00Z", "Europe/Berlin", "3 June 2026, 14:10 CEST (12:10 UTC)");
        check("2026-06-03T00:00:01Z", "Europe/Berlin", "3 June 2026, 02:00 CEST (00:00:01 UTC)");
        check("2026-06-10T22:00:00Z", "Europe/Berlin", "11 June 2026, 00:00 CEST (10 June 2026, 22:00 UTC)");
    }
}
