//! The trail: who did what to which thing, on a page with filters and as a section of a thing's own page.

use events::change::{Change, ListedChange, Object, Subject, Via};
use events::command::CommandName;
use maud::{Markup, html};
use sla::id::ChangeId;

use super::sheets::sheet;
use super::subjects::{address, place};
use crate::form::Field;
use crate::frame::Frame;
use crate::table::{Column, table};
use crate::words::{encoded, time};

/// The latest changes of an object, for its page.
#[derive(Debug, Clone, PartialEq)]
pub struct Trail {
    /// The object.
    pub object: Object,
    /// Its latest changes, the newest first.
    pub latest: Vec<ListedChange>,
    /// True if there are older ones.
    pub is_more: bool,
}

/// The page of the trail.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Changes {
    /// The kind of the object that was asked for, if any.
    pub kind: String,
    /// Its id.
    pub id: String,
    /// The person who was asked for, if no object was.
    pub person: String,
    /// The changes, the newest first.
    pub changes: Vec<ListedChange>,
    /// The change after which the next page begins, if there is one.
    pub after: Option<ChangeId>,
}

/// Renders the trail (`GET /changes`).
pub fn changes(frame: &Frame, view: &Changes) -> Markup {
    let body = html! {
        h1 { "Changes" }
        p.lead { "Who did what, for as long as the thing lives. A thing’s own page shows its latest." }
        section.card aria-labelledby="find" {
            h2 #find { "Find changes" }
            (filters(view))
        }
        section.card aria-labelledby="found" {
            h2 #found { (heading(view)) }
            @if view.changes.is_empty() { p.empty { "None." } }
            @else { (change_table(frame, &view.changes, "Table of changes")) }
            @if let Some(after) = &view.after {
                p { a rel="next" href={ (here(view)) "&after=" (encoded(after.as_str())) } { "Older →" } }
            }
        }
    };
    frame.page("Changes", &body)
}

fn heading(view: &Changes) -> String {
    match view.kind.as_str() {
        "" => format!("By {}", view.person),
        kind => format!("Of {kind} {}", view.id),
    }
}

fn here(view: &Changes) -> String {
    match view.kind.as_str() {
        "" => format!("/changes?person={}", encoded(&view.person)),
        kind => format!("/changes?kind={kind}&id={}", encoded(&view.id)),
    }
}

fn filters(view: &Changes) -> Markup {
    let field = |name, label, hint| Field { form: "", name, label, hint, errors: &[] };
    let kinds = Subject::ALL.map(|kind| (kind.as_str().to_owned(), kind.as_str().to_owned()));
    let id_hint = "Of a statement the service and the month, such as api:2026-06; of the terms their name.";
    html! {
        form method="get" action="/changes" {
            (field("kind", "Kind of thing", "").choice(&view.kind, Some("Any, of a person"), &kinds))
            (field("id", "Its id", id_hint).line(&view.id, false))
            (field("person", "Or a person", "The id by which they sign in, in any case of letters.")
                .line(&view.person, false))
            button type="submit" { "Show the changes" }
        }
    }
}

/// Renders the latest changes of an object, with a link to all of them.
pub(crate) fn trail(frame: &Frame, view: &Trail) -> Markup {
    html! {
        section.card aria-labelledby="trail" {
            h2 #trail { "Who did what" }
            @if view.latest.is_empty() { p.empty { "Nothing is noted of it." } }
            @else { (change_table(frame, &view.latest, "Latest changes")) }
            @if view.is_more { p { a href=(trail_of(&view.object)) { "All changes →" } } }
        }
    }
}

/// Returns the address of an object's changes.
pub(crate) fn trail_of(object: &Object) -> String {
    format!("/changes?kind={}&id={}", object.kind.as_str(), encoded(&object.id))
}

/// Columns of changes.
const COLUMNS: [Column; 5] = [
    Column::text("When"),
    Column::text("Who"),
    Column::text("What"),
    Column::text("To what"),
    Column::wide("With"),
];

/// Renders changes; the column of their objects is there if these differ.
fn change_table(frame: &Frame, changes: &[ListedChange], label: &str) -> Markup {
    let names_objects = changes.windows(2).any(|pair| pair[0].change.object != pair[1].change.object);
    let [when, who, what, _, with] = COLUMNS;
    let rows = changes.iter().map(|listed| row(frame, listed));
    match names_objects {
        true => table(label, COLUMNS, rows),
        false => table(
            label,
            [when, who, what, with],
            rows.map(|[when, who, what, _, with]| [when, who, what, with]),
        ),
    }
}

fn row(frame: &Frame, listed: &ListedChange) -> [Markup; 5] {
    let ListedChange { change, by_name } = listed;
    [
        time(change.at, frame.zone),
        html! {
            @if let Some(name) = by_name { span dir="auto" { (name) } " (" }
            a href={ "/changes?person=" (encoded(change.by.as_str())) } { code { (change.by) } }
            @if by_name.is_some() { ")" }
            p.soft { (way(change)) }
        },
        html! { (act(&change.act)) },
        object(&change.object),
        details(change),
    ]
}

fn way(change: &Change) -> Markup {
    html! {
        @match change.via {
            Via::Desk => "at the desk",
            Via::Portal => "in the portal",
            Via::Api => "by the API",
            Via::Direct => "by direct invocation",
        }
        @if let Some(id) = &change.request_id { " " code { (id) } }
    }
}

/// Words an act: a command by the title of its form.
fn act(name: &str) -> &str {
    match name {
        "open_ticket" => "Open a ticket",
        "reply_to_ticket" => "Reply to a ticket",
        "subscribe" => "Subscribe to notices",
        "unsubscribe" => "End a subscription",
        "publish_terms" => "Publish the terms",
        "enter_secret" => "Enter a secret",
        "end_previous_secret" => "End the previous secret",
        "remove_secret" => "Remove the secrets",
        command => CommandName::of(command).and_then(sheet).map_or(command, |sheet| sheet.title),
    }
}

fn object(object: &Object) -> Markup {
    let Object { kind, id } = object;
    let value = |field: &str| match (field, id.rsplit_once(':')) {
        ("service_id", Some((service, _))) if *kind == Subject::Statement => encoded(service),
        ("month", Some((_, month))) if *kind == Subject::Statement => encoded(month),
        _ => encoded(id),
    };
    html! {
        (kind.as_str()) " "
        @match place(*kind).1 {
            Some(page) => a href=(address(page, value)) { code { (id) } },
            None => code { (id) },
        }
    }
}

/// Writes the fields of a change that its object does not say.
fn details(change: &Change) -> Markup {
    let told = change.details_told().filter(|(_, value)| *value != change.object.id);
    html! {
        @for (index, (name, value)) in told.enumerate() {
            @if index > 0 { ", " }
            (name.replace('_', " ")) ": " code { (value) }
        }
    }
}
