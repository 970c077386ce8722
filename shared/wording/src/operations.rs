//! Wording for finance and operations: exports, silent probes, and quotas that are used up.

use events::notice::{ExportTotal, Subject};
use events::{Happening, NoticeRecord};
use sla::assessment::Silence;
use sla::quota::{QuotaKind, QuotaReached};
use sla::{CustomerId, Zone};

use super::{Wording, at};

/// Words a notice about an export, a silence or a quota.
pub fn word(record: &NoticeRecord) -> Wording {
    match &record.happening {
        Happening::ExportReady { prefix, revision, files, totals } => {
            let month = record.month.map(|month| month.to_string()).unwrap_or_default();
            let what = format!("Revision {revision} of the export of {month} is complete, in {prefix}.");
            let files = files.iter().map(|f| format!("- {} (rows: {}, SHA-256 {})", f.key, f.rows, f.sha256));
            let mut texts = vec![what, "Files:".to_owned()];
            texts.extend(files);
            texts.push(match totals.is_empty() {
                true => "It contains no ledger entries.".to_owned(),
                false => "Totals, never summed across currencies:".to_owned(),
            });
            texts.extend(totals.iter().map(total));
            texts.push(
                "Import the manifest's files, each once. A later change comes as the next revision, which \
                 contains only what is new."
                    .to_owned(),
            );
            Wording::general(&format!("Export ready: {month}, revision {revision}"), &texts)
        }
        Happening::Silent { service, silence } => silent(service, silence),
        Happening::QuotaReached { quota } => used_up(record.customer_id.as_ref(), quota),
        other => Wording::general(other.kind(), &[]),
    }
}

fn total(total: &ExportTotal) -> String {
    let ExportTotal { currency, state, entries, minor } = total;
    format!("- {} {currency} {state} (entries: {entries})", currency.major(*minor))
}

fn silent(service: &Subject, silence: &Silence) -> Wording {
    let (name, since) = (&service.service_name, at(silence.since, service.time_zone));
    let what = match &silence.probe {
        Some(probe) => {
            format!("Probe {probe} of {name} is silent: its last check is valid only until {since}.")
        }
        None => format!("{name} has never been checked; its first check was due by {since}."),
    };
    let money = "From then on the probe's time is unknown: neither up nor down, and never in our favour. If \
                 no other probe reports, a person may have to decide the month.";
    let todo = "Repair the probe, and send the checks that it missed: late checks are accepted. A probe that \
                is retired sends a last check with status unknown.";
    let probe = silence.probe.as_ref().map(|probe| format!("probe {probe} of ")).unwrap_or_default();
    Wording::about(&format!("No checks: {probe}"), service, "", &[what, money.to_owned(), todo.to_owned()])
}

fn used_up(customer: Option<&CustomerId>, quota: &QuotaReached) -> Wording {
    let QuotaReached { kind, limit, until, .. } = quota;
    let customer = customer.map_or_else(String::new, ToString::to_string);
    let what = match kind {
        QuotaKind::Tickets => "tickets",
        QuotaKind::Replies => "replies to tickets",
        QuotaKind::Disputes => "disputes of exclusions",
        QuotaKind::Confirmations => "confirmations of subscriptions",
        QuotaKind::Claims => "claims",
    };
    let said = format!("Customer {customer} has asked for {limit} {what} today, as many as a day may have.");
    let refused = format!("Until {} the portal and its API refuse further ones.", at(*until, Zone::UTC));
    let exception = match kind {
        QuotaKind::Tickets => "Tickets of level 1 are still taken, a few an hour.",
        _ => "",
    };
    let todo = "Ask the customer: a program of theirs may have gone wrong, or somebody has their access. What \
                comes through the help desk is not limited. The quotas are a setting of the portal.";
    let texts = [said, refused, exception.to_owned(), todo.to_owned()];
    Wording::general(&format!("Quota of {} used up: {customer}", kind.as_str()), &texts)
}
