//! Roles of the escalation chain: their people and hours, and who is on duty now.

use events::command::CommandName;
use events::duty::lines;
use events::notice::EscalatedTo;
use maud::{Markup, html};
use sla::duty::DutyPerson;

use super::command::{CommandForm, folded};
use crate::frame::Frame;
use crate::table::{Column, table};
use crate::words::{Tone, badge};

/// A role with its people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleView {
    /// The name, as the terms have it.
    pub role: String,
    /// True if the terms in force escalate to it.
    pub is_named: bool,
    /// The people.
    pub people: Vec<DutyPerson>,
    /// Whom an escalation would reach now.
    pub reaches: Option<EscalatedTo>,
}

/// Renders the roles (`GET /roles`).
pub fn roles(frame: &Frame, view: &[RoleView]) -> Markup {
    let body = html! {
        h1 { "Roles" }
        p { "A ticket that is not acknowledged in time is escalated to the roles of the terms. The notice to operations \
             names the people on duty; a subscription of an address, filtered by it, gets what reaches that address." }
        @for (nth, own) in view.iter().enumerate() { (role(frame, nth, own)) }
        (folded(frame, &CommandForm::with(CommandName::SetRole, []), "new-", "Set the people of another role"))
    };
    frame.page("Roles", &body)
}

fn role(frame: &Frame, nth: usize, own: &RoleView) -> Markup {
    let id = format!("role-{nth}");
    let is_reached = |person: &DutyPerson| {
        own.reaches.as_ref().is_some_and(|to| {
            to.on_duty && to.people.iter().any(|one| one.name == person.name && one.address == person.address)
        })
    };
    let listed = table(
        &format!("People of the role {}", own.role),
        [Column::text("Name"), Column::text("Address"), Column::text("Hours"), Column::text("Now")],
        own.people.iter().map(|person| {
            [
                html! { span dir="auto" { (person.name) } },
                html! { span.address dir="auto" { (person.address) } },
                html! { (person.hours) },
                if is_reached(person) {
                    badge(Tone::Good, "On duty")
                } else {
                    html! { span.soft { "Off duty" } }
                },
            ]
        }),
    );
    let values = [("role", own.role.clone()), ("people", lines(&own.people))];
    html! {
        section.card aria-labelledby=(id) {
            h2 id=(id) dir="auto" { (own.role) }
            @if !own.is_named { p.soft { "The terms in force do not escalate to it." } }
            @match &own.reaches {
                None => p { (badge(Tone::Warn, "Nobody")) " An escalation to this role names nobody to call." },
                Some(to) => {
                    @if !to.on_duty { p { (badge(Tone::Warn, "Nobody is on duty")) " An escalation goes to everybody." } }
                    (listed)
                }
            }
            (folded(frame, &CommandForm::with(CommandName::SetRole, values), &format!("{id}-"), "Change the people"))
        }
    }
}
