//! Notices as headlines that unfold, the latest first, with filters that are addresses; those since the
//! reader's last look are marked.

use std::collections::BTreeSet;
use std::str::FromStr;

use events::notice::CoveredServices;
use events::{Notice, Severity};
use maud::{Markup, html};
use sla::id::RegionId;
use sla::{Instant, Month, ServiceId};

use crate::form::{ServiceChoice, offered};
use crate::frame::Frame;
use crate::words::{Tone, badge, count, encoded, month, time};

/// A group of kinds, by which the list is filtered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KindGroup {
    /// Name in addresses.
    pub name: &'static str,
    words: &'static str,
    prefixes: &'static [&'static str],
}

/// The page that lists notices.
#[derive(Debug, Clone, PartialEq)]
pub struct Notices {
    /// The headlines, in display order.
    pub headlines: Vec<Headline>,
    /// The only group of kinds that is listed, if the address names one.
    pub group: Option<KindGroup>,
    /// The only service whose notices are listed, if the address names one.
    pub service_id: Option<ServiceId>,
    /// The last month that is listed, if the address names one.
    pub month: Option<Month>,
    /// The services by which the list can be filtered.
    pub services: Vec<ServiceChoice>,
    /// The place after which the next page continues.
    pub older: Option<String>,
    /// True unless the page continues another.
    pub is_first: bool,
    /// Instant from which on notices are marked as new.
    pub marked_from: Instant,
}

/// A headline: a notice, or outages of several services of a region that begin or end together.
#[derive(Debug, Clone, PartialEq)]
pub struct Headline {
    /// The notices, the latest first; at least one.
    pub notices: Vec<Notice>,
    /// The region of outages.
    pub region: Option<RegionId>,
}

impl KindGroup {
    /// All groups, in display order.
    pub const ALL: [Self; 6] = [
        Self::of("outages", "Outages and availability", &["outage.", "availability.", "performance."]),
        Self::of("windows", "Maintenance and exclusions", &["maintenance.", "exclusion."]),
        Self::of("tickets", "Tickets", &["ticket."]),
        Self::of("statements", "Statements", &["statement."]),
        Self::of("claims", "Claims and credits", &["claim.", "credit."]),
        Self::of("agreement", "The agreement", &["terms."]),
    ];

    const fn of(name: &'static str, words: &'static str, prefixes: &'static [&'static str]) -> Self {
        Self { name, words, prefixes }
    }

    /// True if a kind is of the group.
    pub fn has(&self, kind: &str) -> bool {
        self.prefixes.iter().any(|prefix| kind.starts_with(prefix))
    }
}

impl FromStr for KindGroup {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|group| group.name == text).ok_or_else(|| {
            let names = Self::ALL.map(|group| group.name).join(", ");
            format!("`{}` is no group of notices: use one of {names}", sla::shown(text))
        })
    }
}

impl Notices {
    /// Returns the address of the list with a group and a service, from its first page on.
    fn address(group: Option<KindGroup>, service_id: Option<&ServiceId>) -> String {
        let group = group.map(|group| format!("kind={}", group.name));
        let service = service_id.map(|id| format!("service_id={id}"));
        let fields: Vec<String> = group.into_iter().chain(service).collect();
        if fields.is_empty() { "/notices".to_owned() } else { format!("/notices?{}", fields.join("&")) }
    }
}

/// Renders the list (`GET /notices`).
pub fn notices(frame: &Frame, view: &Notices) -> Markup {
    let own = Notices::address(view.group, view.service_id.as_ref());
    let body = html! {
        div.head {
            h1 { "Notices" }
            a.button.second href="/subscriptions" { "Get notified" }
        }
        (filters(view))
        @if let Some(last) = view.month { p.soft { "Up to the end of " (month(last)) "." } }
        section.card aria-label="Notices" {
            @if view.headlines.is_empty() {
                p.empty {
                    @if view.older.is_some() { "None among the notices looked at so far." } @else { "There are no notices." }
                }
            }
            ol.notices.headlines {
                @for headline in &view.headlines { li { (unfolding(frame, view, headline)) } }
            }
            p.links {
                @if !view.is_first || view.month.is_some() { a href=(own) { "Latest notices" } }
                @if let Some(older) = &view.older {
                    a rel="next" href={ (own) (if own.contains('?') { "&" } else { "?" }) "after=" (encoded(older)) } {
                        "Older notices"
                    }
                }
            }
        }
    };
    frame.page("Notices", &body)
}

fn filters(view: &Notices) -> Markup {
    let service_id = view.service_id.as_ref();
    html! {
        nav.filters aria-label="Kinds of notice" {
            @let all = view.group.is_none().then_some("true");
            a href=(Notices::address(None, service_id)) aria-current=[all] { "All" }
            @for group in KindGroup::ALL {
                @let current = (view.group == Some(group)).then_some("true");
                a href=(Notices::address(Some(group), service_id)) aria-current=[current] { (group.words) }
            }
        }
        @if view.services.len() > 1 {
            form.filter method="get" action="/notices" {
                @if let Some(group) = view.group { input type="hidden" name="kind" value=(group.name); }
                label for="service_id" { "Service" }
                select #service_id name="service_id" {
                    option value="" selected[service_id.is_none()] { "All services" }
                    @for (id, words) in offered(&view.services) {
                        option value=(id) selected[service_id.is_some_and(|own| own.as_str() == id)] { (words) }
                    }
                }
                button.quiet type="submit" { "Show" }
            }
        }
    }
}

/// Renders a headline with what it unfolds to.
fn unfolding(frame: &Frame, view: &Notices, headline: &Headline) -> Markup {
    let Some(latest) = headline.notices.first() else { return html! {} };
    let is_new = |notice: &Notice| notice.occurred_at >= view.marked_from;
    if let ([_, _, ..], Some(region)) = (headline.notices.as_slice(), &headline.region) {
        let services: BTreeSet<_> = headline.notices.iter().filter_map(|n| n.service_id.as_ref()).collect();
        let happened = if latest.kind == "outage.opened" { "went down" } else { "came back up" };
        let subject = format!("{} in {region} {happened}", count(services.len(), "service", "services"));
        return html! {
            details {
                (summary(frame, latest, &subject, headline.notices.iter().any(is_new)))
                ul.notices { @for notice in &headline.notices { li { (single(frame, notice, is_new(notice))) } } }
            }
        };
    }
    single(frame, latest, is_new(latest))
}

fn single(frame: &Frame, notice: &Notice, is_new: bool) -> Markup {
    html! {
        details {
            (summary(frame, notice, &notice.subject, is_new))
            p.prose dir="auto" { (notice.text) }
            (links(notice))
        }
    }
}

fn summary(frame: &Frame, notice: &Notice, subject: &str, is_new: bool) -> Markup {
    let (tone, word) = match notice.severity {
        Severity::Info => (Tone::Note, "For information"),
        Severity::Warning => (Tone::Warn, "Warning"),
        Severity::Critical => (Tone::Bad, "Critical"),
    };
    html! {
        summary {
            strong dir="auto" { (subject) } " "
            @if is_new { span.tag { "New" } " " }
            span.when { (badge(tone, word)) " " span.soft { (time(notice.occurred_at, frame.zone)) } }
        }
    }
}

/// Renders the links to what can be done. A link of this portal is relative, so that it leads nowhere else.
fn links(notice: &Notice) -> Markup {
    let covered = notice.data.get("covered").cloned().map(serde_json::from_value::<CoveredServices>);
    let covered = covered.and_then(Result::ok).filter(|_| notice.service_id.is_none());
    let own = |url: &&str| url.starts_with('/') && !url.starts_with("//");
    let url = notice.url.as_deref().filter(own);
    let fragment = url.and_then(|url| url.split_once('#')).map(|(_, fragment)| fragment).unwrap_or_default();
    html! {
        @if let Some(CoveredServices { services, others }) = &covered {
            ul.plain {
                @for service in services {
                    li {
                        a href={ "/services/" (service.service_id)
                            @if let Some(month) = service.month.or(notice.month) { "?month=" (month) }
                            "#" (fragment) } dir="auto" { (service.service_name) }
                    }
                }
                @if *others > 0 { li { "and " (others) " more" } }
            }
        }
        p.links {
            @if let Some(path) = notice.claim_url.as_deref().filter(own) {
                a href=(path) { "Claim the credit" }
            } @else if let Some(url) = url.filter(|_| covered.is_none()) {
                a href=(url) { (to_do(notice)) }
            }
            @if let Some(service_id) = notice.service_id.as_ref().filter(|_| url.is_none_or(|url| !url.starts_with("/services/"))) {
                a href={ "/services/" (service_id)
                    @if let Some(month) = notice.month { "?month=" (month) } } { "Service " (service_id) }
            }
        }
    }
}

/// Returns the words of the link to what can be done.
fn to_do(notice: &Notice) -> String {
    let words = match notice.kind.split('.').next().unwrap_or_default() {
        "ticket" => {
            return notice
                .ticket_id
                .as_ref()
                .map_or_else(|| "Ticket".to_owned(), |id| format!("Ticket {id}"));
        }
        "maintenance" => "The maintenance",
        "exclusion" => "Read or dispute it",
        "statement" | "credit" => "The statement",
        "claim" => "Your claims",
        "terms" => "The agreement",
        _ => "Minute by minute",
    };
    words.to_owned()
}
