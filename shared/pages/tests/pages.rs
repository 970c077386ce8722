//! Snapshots of every page, and checks that hold on each: escaping, content security policy, ids, labels.

#![expect(clippy::unwrap_used, reason = "a page that cannot be read has failed")]

mod sample;

use std::collections::BTreeSet;

use events::command::CommandName;
use proptest::prelude::*;
use sample::Sample;

/// Texts that would break out of their place, or reverse the text around them.
const HOSTILE: [&str; 7] = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "' autofocus onfocus='alert(1)",
    "</textarea></title><svg onload=alert(1)>",
    "&lt;b&gt; &amp; <b>",
    "\u{202e}evil \u{5e9}\u{5dc}\u{5d5}\u{5dd} \u{645}\u{631}\u{62d}\u{628}\u{627}",
    "👩‍👩‍👧 🇩🇪 ✅ <3",
];

/// A harmless text that no page contains by itself.
const PLAIN: &str = "unmistakable";

fn samples() -> Vec<(String, String)> {
    rendered(&Sample { text: None })
}

fn rendered(sample: &Sample) -> Vec<(String, String)> {
    let portal = sample.pages().into_iter().map(|(name, page)| (name.to_owned(), page.into_string()));
    let desk =
        sample.desk_pages().into_iter().map(|(name, page)| (format!("desk_{name}"), page.into_string()));
    portal.chain(desk).collect()
}

/// Returns a page tag by tag, without the content-dependent names of style and script.
fn lines(page: &str) -> String {
    let unnamed = page
        .replace(pages::assets::css().path, "/assets/portal.css")
        .replace(pages::assets::script().path, "/assets/portal.js");
    unnamed.replace("><", ">\n<")
}

/// Returns every tag of a page without its brackets; quoted values hold no bracket, as they are escaped.
fn tags(page: &str) -> Vec<&str> {
    let opened = page.split('<').skip(1);
    opened.map(|rest| rest.split_once('>').unwrap().0).collect()
}

/// Returns the attributes of a tag with their values.
fn attributes(tag: &str) -> Vec<(&str, &str)> {
    let mut rest = tag.split_once(' ').map_or("", |(_, attributes)| attributes);
    let mut found = Vec::new();
    while !rest.is_empty() {
        let end = rest.find([' ', '=']).unwrap_or(rest.len());
        let name = &rest[..end];
        rest = &rest[end..];
        let mut value = "";
        if let Some(quoted) = rest.strip_prefix("=\"") {
            (value, rest) = quoted.split_once('"').unwrap();
        }
        rest = rest.trim_start();
        found.push((name, value));
    }
    found
}

fn values<'a>(page: &'a str, name: &str) -> Vec<&'a str> {
    let all = tags(page).into_iter().flat_map(attributes);
    all.filter(|(own, _)| *own == name).map(|(_, value)| value).collect()
}

#[test]
fn every_page_reads_well() {
    for (name, page) in samples() {
        // One page is enough to show the desk's frame.
        let shown = if name.starts_with("desk_") && name != "desk_waiting" { main_of(&page) } else { &page };
        insta::assert_snapshot!(name, lines(shown));
    }
}

#[test]
fn the_live_part_reads_well() {
    let state = Sample { text: None }.ticket_state().into_string();
    assert!(Sample { text: None }.ticket().into_string().contains(&state), "the page shows the same");
    insta::assert_snapshot!("ticket_state", lines(&state));
}

#[test]
fn the_live_part_is_another_only_when_more_than_the_time_has_changed() {
    let tag = |later_s| Sample { text: None }.ticket_state_tag(later_s);
    assert_eq!(tag(0), tag(60));
    // The limit, 24 h after 09:06:00, has passed.
    assert_ne!(tag(0), tag(86_400));
    assert_eq!(tag(86_400), tag(90_000));
}

#[test]
fn whatever_a_text_holds_is_shown_and_never_meant() {
    for text in HOSTILE {
        check_escaped(text);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn any_text_is_shown_and_never_meant(text in "[<>&\"'`=/ a-z\\PC]{12,40}") {
        // A title is one line, and begins and ends with a visible character.
        check_escaped(&format!("a{}z", text.replace(['\u{2028}', '\u{2029}'], " ")));
    }
}

#[track_caller]
fn check_escaped(text: &str) {
    let plain = rendered(&Sample { text: Some(PLAIN.to_owned()) });
    let hostile = rendered(&Sample { text: Some(text.to_owned()) });
    // A report's own text is shown plain: without control characters that reorder the text around it.
    let escaped = sla::text::plain(text)
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;");
    for ((name, plain), (_, page)) in plain.iter().zip(&hostile) {
        let count = plain.matches(PLAIN).count();
        assert_eq!(sla::text::plain(page).matches(&escaped).count(), count, "{name} {text}");
        assert_eq!(skeleton(page), skeleton(plain), "{name} has the same tags, whatever the text: {text}");
    }
}

/// Returns the tags of a page with the names of their attributes.
fn skeleton(page: &str) -> Vec<String> {
    let own = |tag: &str| {
        let names: Vec<_> = attributes(tag).into_iter().map(|(name, _)| name).collect();
        format!("{} {names:?}", tag.split(' ').next().unwrap())
    };
    tags(page).into_iter().map(own).collect()
}

#[test]
fn no_page_needs_more_than_the_policy_grants() {
    for (name, page) in samples() {
        for tag in tags(&page) {
            for (attribute, value) in attributes(tag) {
                assert!(attribute != "style" && !attribute.starts_with("on"), "{name}: {tag}");
                let refers = ["href", "src", "action", "data-poll"].contains(&attribute);
                let own = ["/", "#", "data:,", "?"].iter().any(|start| value.starts_with(start));
                assert!(!refers || own && !value.starts_with("//"), "{name}: {tag}");
                // Text that people wrote stands in values and labels, never in addresses.
                let words = ["value", "aria-label"].contains(&attribute);
                assert!(words || !value.contains("://"), "{name}: {tag}");
            }
            assert!(!tag.starts_with("style"), "{name}: {tag}");
        }
        assert_eq!(page.matches("<script").count(), page.matches("<script src=").count(), "{name}");
    }
    for asset in [pages::assets::css(), pages::assets::script()] {
        for foreign in ["http:", "https:", "@import", "url(", "eval("] {
            assert!(!asset.body.contains(foreign), "{} has {foreign}", asset.path);
        }
    }
}

#[test]
fn ids_are_unique_and_whatever_names_one_finds_it() {
    for (name, page) in samples() {
        let ids = values(&page, "id");
        let unique: BTreeSet<_> = ids.iter().copied().collect();
        assert_eq!(ids.len(), unique.len(), "{name}: {ids:?}");
        let named =
            ["for", "aria-labelledby", "aria-describedby"].into_iter().flat_map(|by| values(&page, by));
        let linked = values(&page, "href").into_iter().filter_map(|href| href.strip_prefix('#'));
        for id in named.flat_map(str::split_whitespace).chain(linked) {
            assert!(unique.contains(id), "{name}: nothing has the id {id}");
        }
    }
}

#[test]
fn every_field_has_a_label_and_every_form_its_token() {
    for (name, page) in samples() {
        let labelled: BTreeSet<_> = values(&page, "for").into_iter().collect();
        for tag in tags(&page) {
            let of =
                |wanted| attributes(tag).into_iter().find(|(own, _)| *own == wanted).map(|(_, value)| value);
            let field = ["input ", "select ", "textarea "].iter().any(|start| tag.starts_with(start));
            if field && of("type") != Some("hidden") {
                assert!(of("id").is_some_and(|id| labelled.contains(id)), "{name}: {tag}");
            }
        }
        if !["issuer_choice", "demo", "demo_broken"].contains(&name.as_str()) {
            // A form that only asks carries no token: its address would show it.
            let posts = |tag: &&str| tag.starts_with("form ") && tag.contains("method=\"post\"");
            let forms = tags(&page).into_iter().filter(posts).count();
            assert_eq!(forms, page.matches("name=\"csrf\"").count(), "{name}");
        }
    }
}

#[test]
fn headings_go_down_a_step_at_a_time() {
    for (name, page) in samples() {
        let levels =
            tags(&page).into_iter().filter_map(|tag| tag.split(' ').next()?.strip_prefix('h')?.parse().ok());
        // The error summary stands before the title, as in GOV.UK's forms.
        let levels: Vec<u8> = levels.skip_while(|level| *level != 1).collect();
        assert_eq!(levels.iter().filter(|level| **level == 1).count(), 1, "{name}");
        for pair in levels.windows(2) {
            assert!(pair[1] <= pair[0] + 1, "{name}: {levels:?}");
        }
    }
}

#[test]
fn an_overview_of_sixty_services_stays_small() {
    let page = Sample { text: None }.overview(60).into_string();
    assert!(page.len() < 60_000, "{}", page.len());
    assert!(!page.contains("\n\n"));
}

#[test]
fn an_asset_is_named_by_its_content() {
    for (asset, extension) in [(pages::assets::css(), "css"), (pages::assets::script(), "js")] {
        let digest = sla::sha256_hex(asset.body.as_bytes());
        assert_eq!(asset.path, format!("/assets/portal-{}.{extension}", &digest[..16]));
    }
}

#[test]
fn each_command_that_changes_something_has_a_form_and_posts_its_own_fields() {
    for command in CommandName::ALL {
        let page = Sample { text: None }.desk_form(*command).into_string();
        if !command.changes() {
            assert!(page.is_empty(), "{command:?} shows something, and needs no form");
            continue;
        }
        assert!(page.contains(&format!("action=\"/commands/{}\"", command.as_str())), "{command:?}");
        let posted: BTreeSet<_> = values(main_of(&page), "name").into_iter().collect();
        let own = pages::desk::posted_fields(*command).into_iter().map(|field| field.name);
        assert_eq!(posted, own.chain(["csrf"]).collect(), "{command:?}");
    }
}

#[test]
fn a_command_leads_to_the_page_of_its_subject() {
    let commands = CommandName::ALL.iter().filter(|command| command.changes());
    let addresses = commands.map(|command| {
        let address = pages::desk::leads_to(*command, |field| format!("{{{field}}}"));
        format!("{} {address}", command.as_str())
    });
    insta::assert_snapshot!(addresses.collect::<Vec<_>>().join("\n"), @r"
    register_customer /customers/{customer_id}
    change_customer /customers/{customer_id}
    erase_personal_data /customers/{customer_id}
    index_customer /customers/{customer_id}
    register_service /services/{service_id}
    import_services /imports/{import_id}
    undo_import /imports/{import_id}
    correct_service /services/{service_id}
    change_service /services/{service_id}
    terminate_service /services/{service_id}
    register_alarm /services/{service_id}
    remove_alarm /customers
    set_role /roles
    register_source /sources/{source_id}
    change_source /sources/{source_id}
    map_source /sources/{source_id}
    remove_source /sources/{source_id}
    register_target /targets/{target_id}
    change_target /targets/{target_id}
    remove_target /targets/{target_id}
    announce_maintenance /maintenance
    shorten_maintenance /maintenance
    cancel_maintenance /maintenance
    raise_exclusion /exclusions/{exclusion_id}
    decide_exclusion /exclusions/{exclusion_id}
    withdraw_exclusion /exclusions/{exclusion_id}
    dispute_exclusion /exclusions/{exclusion_id}
    void_checks /voids/{void_id}
    decide_void /voids/{void_id}
    file_claim /claims/{claim_id}
    review_claim /claims/{claim_id}
    review_statement /statements/{service_id}/{month}
    restate_month /statements/{service_id}/{month}
    mark_invoiced /months/{month}
    decide_change /waiting/{change_id}
    replay_quarantine /quarantine/{quarantine_id}
    open_ticket /tickets/{ticket_id}
    acknowledge_ticket /tickets/{ticket_id}
    ask_customer /tickets/{ticket_id}
    resume_ticket /tickets/{ticket_id}
    change_level /tickets/{ticket_id}
    resolve_ticket /tickets/{ticket_id}
    reopen_ticket /tickets/{ticket_id}
    take_ticket /tickets/{ticket_id}
    ");
}

/// Returns the main part of a page, without its frame.
fn main_of(page: &str) -> &str {
    page.split_once("<main").unwrap().1.split_once("</main>").unwrap().0
}

#[test]
fn whoever_raised_a_thing_gets_no_form_to_decide_it() {
    let pages = samples();
    let of =
        |wanted: &str| pages.iter().find(|(name, _)| name == wanted).map(|(_, page)| page.as_str()).unwrap();
    for (thing, command) in [("exclusion", "decide_exclusion"), ("void", "decide_void")] {
        let action = format!("/commands/{command}");
        assert!(of(&format!("desk_{thing}")).contains(&action));
        let own = of(&format!("desk_{thing}_own"));
        assert!(!own.contains(&action) && own.contains("nobody decides their own"));
        assert!(!of(&format!("desk_{thing}_decided")).contains(&action));
    }
    let action = "/commands/decide_change";
    assert!(of("desk_proposal").contains(action));
    for other in ["desk_proposal_own", "desk_proposal_lapsed", "desk_proposal_rejected"] {
        assert!(!of(other).contains(action), "{other}");
    }
}

#[test]
fn a_draft_is_published_as_it_was_checked_and_only_without_an_error() {
    let pages = samples();
    let of =
        |wanted: &str| pages.iter().find(|(name, _)| name == wanted).map(|(_, page)| page.as_str()).unwrap();
    let publish = "action=\"/terms\"";
    assert!(of("desk_terms_draft").contains(publish));
    assert!(
        !of("desk_terms_draft_first").contains(publish) && !of("desk_terms_draft_refused").contains(publish)
    );
}

#[test]
fn no_decision_is_chosen_beforehand() {
    for (name, page) in samples().into_iter().filter(|(name, _)| name.starts_with("desk_form_")) {
        let chosen =
            tags(&page).into_iter().filter(|tag| tag.contains("type=\"radio\"") && tag.contains(" checked"));
        assert_eq!(chosen.count(), 0, "{name}");
    }
}
