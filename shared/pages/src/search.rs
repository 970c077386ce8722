//! The search of both sites: what was found, and what can be searched where nothing was.

use events::change::Subject;
use maud::{Markup, html};

use crate::frame::Frame;

/// A thing that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchHit {
    /// The kind.
    pub kind: Subject,
    /// The id.
    pub id: String,
    /// The number, as long as it tells the thing from the others.
    pub number: String,
    /// The name or title, if it has one.
    pub name: Option<String>,
    /// Name of its customer, where staff read it.
    pub customer_name: Option<String>,
    /// Address of its page.
    pub address: String,
}

/// The page of what was found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SearchPage {
    /// The words asked for.
    pub words: String,
    /// The things, in order.
    pub hits: Vec<SearchHit>,
    /// True if there may be more.
    pub is_more: bool,
}

/// Names a kind of things.
const fn kind(kind: Subject) -> &'static str {
    match kind {
        Subject::Customer => "Customer",
        Subject::Service => "Service",
        Subject::Ticket => "Ticket",
        Subject::Claim => "Claim",
        Subject::Maintenance => "Maintenance",
        Subject::Exclusion => "Exclusion",
        Subject::Void => "Void",
        Subject::Import => "Import",
        other => other.as_str(),
    }
}

/// Renders what was found (`GET /search`).
pub fn search(frame: &Frame, view: &SearchPage) -> Markup {
    let body = html! {
        h1 { "Search" }
        section.card aria-labelledby="found" {
            @if view.words.is_empty() {
                h2 #found { "What can be searched" }
                (searchable(frame))
            } @else if view.hits.is_empty() {
                h2 #found { "Nothing was found for " span dir="auto" { "“" (view.words) "”" } }
                (searchable(frame))
            } @else {
                h2 #found { "Found for " span dir="auto" { "“" (view.words) "”" } }
                ul.plain { @for hit in &view.hits { (line(hit)) } }
                @if view.is_more { p.soft { "There is more: add a word, or write a whole id or number." } }
            }
        }
    };
    frame.page("Search", &body)
}

fn line(hit: &SearchHit) -> Markup {
    html! {
        li {
            p {
                span.tag { (kind(hit.kind)) } " "
                a href=(hit.address) dir="auto" { (hit.name.as_ref().unwrap_or(&hit.id)) }
            }
            p.soft {
                span.no { (hit.number) } " · " code { (hit.id) }
                @if let Some(name) = &hit.customer_name { " · " span dir="auto" { (name) } }
            }
        }
    }
}

/// Says what a search looks at.
fn searchable(frame: &Frame) -> Markup {
    html! {
        ul {
            @if frame.is_desk() {
                li { "Names of customers and services: the beginnings of their words, in any order." }
                li {
                    "Ids of customers, services, tickets, claims, maintenance, exclusions, voids and imports, written \
                     in full."
                }
            } @else {
                li { "Names of your services, and titles of your latest tickets: the beginnings of their words." }
                li { "Ids of your services, tickets, claims, maintenance and exclusions, written in full." }
            }
            li { "Numbers such as " span.no { "7K3M9Q" } ", as pages show them. Case does not matter." }
        }
    }
}
