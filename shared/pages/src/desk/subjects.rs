//! Page of each subject of the commands: where a form leads back to, and where a command leads to.

use events::command::{CommandName, Subject};
use sla::Month;

use super::Part;
use super::sheets::sheet;
use crate::words::encoded;

/// Returns the address of the page that follows a command: that of its subject, else of the subject on whose
/// page its form stands, else the list of its kind.
pub fn leads_to(command: CommandName, value: impl Fn(&str) -> String) -> String {
    let Some(subject) = command.subject() else { return "/".to_owned() };
    let (part, page) = place(subject);
    let stands_on = sheet(command).and_then(|sheet| sheet.about).and_then(|about| place(about).1);
    page.or(stands_on).map_or_else(|| part.listed().0.to_owned(), |page| address(page, value))
}

/// Returns the address of a thing that was found: its page, or its place in the month of maintenance.
pub fn found_at(kind: Subject, id: &str, month: Option<Month>) -> String {
    match (place(kind), month) {
        ((_, Some(page)), _) => address(page, |_| encoded(id)),
        ((part, None), Some(month)) => format!("{}?month={month}#window-{}", part.listed().0, encoded(id)),
        ((part, None), None) => part.listed().0.to_owned(),
    }
}

/// Writes the address of a subject's page, each of whose parts `value` gives by its field.
pub(crate) fn address((start, fields): Page, value: impl Fn(&str) -> String) -> String {
    fields.iter().fold(start.to_owned(), |address, field| format!("{address}/{}", value(field)))
}

/// Page of a subject: its address begins so, and goes on with the values of these fields.
pub(crate) type Page = (&'static str, &'static [&'static str]);

/// Returns the part of the desk that lists a subject, and its page if it has one of its own.
pub(crate) const fn place(subject: Subject) -> (Part, Option<Page>) {
    match subject {
        Subject::Customer => (Part::Customers, Some(("/customers", &["customer_id"]))),
        Subject::Service => (Part::Services, Some(("/services", &["service_id"]))),
        Subject::Alarm => (Part::Customers, None),
        Subject::Target => (Part::Targets, Some(("/targets", &["target_id"]))),
        Subject::Source => (Part::Sources, Some(("/sources", &["source_id"]))),
        Subject::Import => (Part::Customers, Some(("/imports", &["import_id"]))),
        Subject::Maintenance => (Part::Maintenance, None),
        Subject::Exclusion => (Part::Exclusions, Some(("/exclusions", &["exclusion_id"]))),
        Subject::Void => (Part::Voids, Some(("/voids", &["void_id"]))),
        Subject::Claim => (Part::Reviews, Some(("/claims", &["claim_id"]))),
        Subject::Statement => (Part::Reviews, Some(("/statements", &["service_id", "month"]))),
        Subject::Bills => (Part::Months, Some(("/months", &["month"]))),
        Subject::Waiting => (Part::Waiting, Some(("/waiting", &["change_id"]))),
        Subject::Quarantine => (Part::Quarantine, Some(("/quarantine", &["quarantine_id"]))),
        Subject::Ticket => (Part::Tickets, Some(("/tickets", &["ticket_id"]))),
        Subject::Subscription => (Part::Customers, None),
        Subject::Terms => (Part::Terms, None),
        Subject::Role => (Part::Roles, None),
    }
}
