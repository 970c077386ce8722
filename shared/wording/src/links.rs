//! Links: what can be done about a notice, as an address of the portal; one table of kinds says which.

use events::{Happening, NoticeRecord, claim_path};
use sla::ledger::CreditKind;
use sla::terms::ClaimMode;

/// A service's month, and its parts that windows are listed in.
const SERVICE: &str = "/services/{service_id}?month={month}";
const MAINTENANCE: &str = "/services/{service_id}?month={month}#maintenance";
const EXCLUSIONS: &str = "/services/{service_id}?month={month}#exclusions";
const STATEMENT: &str = "/statements/{service_id}/{month}";
const TICKET: &str = "/tickets/{ticket_id}";
const TICKET_WORDS: &str = "The ticket, where you can reply";
const SERVICE_WORDS: &str = "The service, minute by minute";

/// The kinds that customers get: the address, as the portal's routes have it, and its words in a letter. Where
/// a credit can be claimed, the claim form stands in its place.
pub const LINKS: [(&str, &str, &str); 28] = [
    ("outage.opened", SERVICE, SERVICE_WORDS),
    ("outage.closed", SERVICE, SERVICE_WORDS),
    ("availability.at_risk", SERVICE, SERVICE_WORDS),
    ("availability.breached", SERVICE, SERVICE_WORDS),
    ("availability.breach_withdrawn", SERVICE, SERVICE_WORDS),
    ("performance.missed", SERVICE, SERVICE_WORDS),
    ("maintenance.announced", MAINTENANCE, "The maintenance"),
    ("maintenance.reminder", MAINTENANCE, "The maintenance"),
    ("maintenance.changed", MAINTENANCE, "The maintenance"),
    ("exclusion.raised", EXCLUSIONS, "Read it, and dispute it if it is wrong"),
    ("exclusion.decided", EXCLUSIONS, "Read it, and dispute it if it is wrong"),
    ("exclusion.disputed", EXCLUSIONS, "The exclusion with the statement"),
    ("ticket.opened", TICKET, TICKET_WORDS),
    ("ticket.acknowledge_missed", TICKET, TICKET_WORDS),
    ("ticket.resolve_missed", TICKET, TICKET_WORDS),
    ("ticket.level_changed", TICKET, TICKET_WORDS),
    ("ticket.corrected", TICKET, TICKET_WORDS),
    ("ticket.resolved", TICKET, TICKET_WORDS),
    ("statement.closed", STATEMENT, "The statement"),
    ("statement.restated", STATEMENT, "The statement"),
    ("claim.received", "/claims", "Your claims"),
    ("claim.decided", "/claims", "Your claims"),
    ("claim.window_closing", "/claims", "Your claims"),
    ("credit.approved", STATEMENT, "The statement that it follows from"),
    ("credit.reversed", STATEMENT, "The statement that it follows from"),
    ("credit.lapsed", STATEMENT, "The statement that it follows from"),
    ("terms.announced", "/agreement", "The agreement"),
    ("terms.effective", "/agreement", "The agreement"),
];
/// Words of the claim form in a letter.
const CLAIM_WORDS: &str = "The claim form, already filled in";

/// Returns the portal's path of the claim form for a fact that can be claimed.
pub fn claim(record: &NoticeRecord) -> Option<String> {
    let kind = match &record.happening {
        Happening::Breached { breach, .. } if breach.claims.mode == ClaimMode::Claimed => CreditKind::Uptime,
        Happening::ClaimWindowClosing { closing, .. } => closing.kind,
        Happening::PerformanceMissed { .. } => CreditKind::Performance,
        _ => return None,
    };
    Some(claim_path(record.service_id.as_ref()?, record.month?, kind))
}

/// Returns the portal's path of what can be done; `None` for a kind that customers do not get, or a notice
/// that lacks what the path names.
pub fn path(record: &NoticeRecord) -> Option<String> {
    let (_, pattern, _) = of(record)?;
    claim(record).or_else(|| filled(record, pattern).into_iter().next().map(|(_, path)| path))
}

/// Returns the lines of a letter that lead to what can be done: one for each service that an exclusion covers,
/// else one.
pub fn lines(record: &NoticeRecord, origin: &str) -> Vec<String> {
    let Some((_, pattern, words)) = of(record) else { return Vec::new() };
    if let Some(path) = claim(record) {
        return vec![format!("{CLAIM_WORDS}: {origin}{path}")];
    }
    let mut paths = filled(record, pattern);
    if pattern != EXCLUSIONS {
        paths.truncate(1);
    }
    let line = |(name, path): (Option<&str>, String)| match name {
        Some(name) if pattern == EXCLUSIONS => {
            format!("{words}, for {}: {origin}{path}", super::printable(name))
        }
        _ => format!("{words}: {origin}{path}"),
    };
    paths.into_iter().map(line).collect()
}

fn of(record: &NoticeRecord) -> Option<(&'static str, &'static str, &'static str)> {
    LINKS.into_iter().find(|(kind, ..)| *kind == record.happening.kind())
}

/// Fills a pattern: once, or for each of several services, with its name.
fn filled<'a>(record: &'a NoticeRecord, pattern: &str) -> Vec<(Option<&'a str>, String)> {
    let month = record.month.map(|month| month.to_string());
    let filled = |service_id: Option<&str>, month: Option<&str>| {
        let ticket_id = record.ticket_id.as_ref().map(|id| id.as_str());
        let parts = [("{service_id}", service_id), ("{month}", month), ("{ticket_id}", ticket_id)];
        parts.into_iter().try_fold(pattern.to_owned(), |path, (part, value)| {
            if path.contains(part) { value.map(|value| path.replace(part, value)) } else { Some(path) }
        })
    };
    if let Some(service_id) = &record.service_id {
        return Vec::from_iter(filled(Some(service_id.as_str()), month.as_deref()).map(|path| (None, path)));
    }
    let covered = record.happening.covered().into_iter().flat_map(|covered| &covered.services);
    let several = covered.filter_map(|service| {
        let own = service.month.map(|month| month.to_string());
        let path = filled(Some(service.service_id.as_str()), own.as_deref().or(month.as_deref()))?;
        Some((Some(service.service_name.as_str()), path))
    });
    let several: Vec<_> = several.collect();
    if several.is_empty() {
        Vec::from_iter(filled(None, month.as_deref()).map(|path| (None, path)))
    } else {
        several
    }
}
