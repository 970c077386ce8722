//! The handbook's pages for senders at the desk: the same text, with the address and the id of a source
//! filled in. The handbook is the one place where it stands; this shows the little Markdown that it uses.

use events::source::SourceKind;
use maud::{Markup, html};
use serde_json::{Map, Value};
use sla::id::SourceId;

/// Placeholder of the handbook's pages for the origin of webhooks.
const ORIGIN: &str = "https://HOOKS_HOST";
/// Sections that the desk leaves out: it shows what is registered, and has no room for all the rest.
const LEFT_OUT: [&str; 2] = ["At Nines", "What to expect"];

/// Returns the handbook's page of a kind.
const fn page(kind: SourceKind) -> &'static str {
    macro_rules! pages {
        ($($kind:ident $file:literal;)+) => {
            match kind {
                $(SourceKind::$kind => {
                    include_str!(concat!("../../../../infra/handbook/sources/", $file, ".md"))
                })+
            }
        };
    }
    pages! {
        Alertmanager "alertmanager"; Grafana "grafana"; UptimeKuma "uptime-kuma"; Zabbix "zabbix";
        Icinga "icinga"; Gatus "gatus"; BetterStack "better-stack"; UptimeRobot "uptimerobot";
        Pingdom "pingdom"; Checkly "checkly"; Zammad "zammad"; Jira "jira"; Zendesk "zendesk";
        DjangoHelpdesk "django-helpdesk"; Tmf621 "tmf621"; StandardWebhooks "standard-webhooks";
        Template "template";
    }
}

/// Returns the registrations on a page.
fn registrations(page: &str) -> impl Iterator<Item = Map<String, Value>> {
    let blocks = page.split("```json\n").skip(1).filter_map(|rest| rest.split_once("```"));
    let read = blocks.filter_map(|(block, _)| serde_json::from_str::<Map<String, Value>>(block).ok());
    read.filter(|fields| fields.get("command").and_then(Value::as_str) == Some("register_source"))
}

/// Returns the fields of the registration that the handbook recommends for a kind, as a form has them. The id
/// is the reader's to choose.
pub fn recommended(kind: SourceKind) -> Vec<(String, String)> {
    let fields = registrations(page(kind)).next().unwrap_or_default();
    let given = fields
        .into_iter()
        .filter(|(name, value)| !matches!(name.as_str(), "command" | "source_id") && !value.is_null());
    let written = |value: Value| match value {
        Value::String(text) => text,
        value => format!("{value:#}"),
    };
    given.map(|(name, value)| (name, written(value))).collect()
}

/// Renders what the handbook says about the sender of a kind, for one source.
pub(crate) fn guide(kind: SourceKind, origin: &str, id: &SourceId) -> Markup {
    let filled = filled(kind, origin, id);
    let sections = filled.split("\n## ").skip(1).filter_map(|section| section.split_once('\n'));
    html! {
        @for (title, text) in sections.filter(|(title, _)| !LEFT_OUT.contains(title)) {
            h3 { (inline(title)) }
            @for block in blocks(text) { (drawn(&block)) }
        }
    }
}

/// Returns the page of a kind with the address and the id of a source instead of its examples.
fn filled(kind: SourceKind, origin: &str, id: &SourceId) -> String {
    let page = page(kind);
    let examples =
        registrations(page).filter_map(|fields| Some(fields.get("source_id")?.as_str()?.to_owned()));
    let own = examples.fold(page.to_owned(), |text, example| text.replace(&example, id.as_str()));
    own.replace(ORIGIN, origin)
}

/// A block of Markdown.
#[derive(Debug, PartialEq, Eq)]
enum Block {
    Code(String),
    Table(Vec<Vec<String>>),
    List(Vec<String>),
    Paragraph(String),
}

/// Splits a text into its blocks.
fn blocks(text: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let (mut is_code, mut is_open) = (false, false);
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            is_code = !is_code;
            if is_code {
                blocks.push(Block::Code(String::new()));
            }
            is_open = is_code;
            continue;
        }
        if !is_code && line.trim().is_empty() {
            is_open = false;
            continue;
        }
        let (last, item) = (blocks.last_mut().filter(|_| is_open), line.strip_prefix("- "));
        match (last, item) {
            (Some(Block::Code(code)), _) => {
                code.push_str(line);
                code.push('\n');
            }
            (Some(Block::Table(rows)), _) => rows.extend(row(line)),
            (Some(Block::List(items)), Some(item)) => items.push(item.to_owned()),
            (Some(Block::List(items)), None) => {
                items.last_mut().into_iter().for_each(|item| join(item, line))
            }
            (Some(Block::Paragraph(text)), None) => join(text, line),
            (_, Some(item)) => blocks.push(Block::List(vec![item.to_owned()])),
            (None, None) if line.starts_with('|') => {
                blocks.push(Block::Table(row(line).into_iter().collect()))
            }
            (None, None) => blocks.push(Block::Paragraph(line.to_owned())),
        }
        is_open = true;
    }
    blocks
}

fn join(text: &mut String, line: &str) {
    text.push(' ');
    text.push_str(line.trim());
}

/// Returns the cells of a table's row; none of the line below its head.
fn row(line: &str) -> Option<Vec<String>> {
    let cells = line.trim().trim_matches('|').split('|').map(|cell| cell.trim().to_owned());
    let cells: Vec<String> = cells.collect();
    (!cells.iter().all(|cell| cell.chars().all(|c| c == '-'))).then_some(cells)
}

fn drawn(block: &Block) -> Markup {
    html! {
        @match block {
            Block::Code(code) => pre.prose tabindex="0" dir="ltr" { (code) },
            Block::Paragraph(text) => p { (inline(text)) },
            Block::List(items) => ul { @for item in items { li { (inline(item)) } } },
            Block::Table(rows) => {
                div.scroll role="region" tabindex="0" aria-label="Table of the guide" {
                    table {
                        @if let Some(head) = rows.first() {
                            thead { tr { @for cell in head { th scope="col" { (inline(cell)) } } } }
                        }
                        tbody {
                            @for row in rows.iter().skip(1) {
                                tr { @for cell in row { td.wide { (inline(cell)) } } }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Renders a line: code between backticks, and no other marks.
fn inline(text: &str) -> Markup {
    html! {
        @for (place, piece) in text.split('`').enumerate() {
            @if place % 2 == 1 { code { (piece) } } @else { (plain(piece)) }
        }
    }
}

/// Takes emphasis and the targets of links out of a text.
fn plain(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("](") {
        plain.push_str(before);
        rest = after.split_once(')').map_or("", |(_, rest)| rest);
    }
    plain.push_str(rest);
    plain.replace(['*', '['], "")
}

#[cfg(test)]
mod tests {
    use super::*;

    const KINDS: [SourceKind; 17] = [
        SourceKind::Alertmanager,
        SourceKind::Grafana,
        SourceKind::UptimeKuma,
        SourceKind::Zabbix,
        SourceKind::Icinga,
        SourceKind::Gatus,
        SourceKind::BetterStack,
        SourceKind::UptimeRobot,
        SourceKind::Pingdom,
        SourceKind::Checkly,
        SourceKind::Zammad,
        SourceKind::Jira,
        SourceKind::Zendesk,
        SourceKind::DjangoHelpdesk,
        SourceKind::Tmf621,
        SourceKind::StandardWebhooks,
        SourceKind::Template,
    ];

    #[test]
    fn the_guide_of_every_kind_names_the_source_and_its_address() {
        let id: SourceId = "own:source".parse().unwrap();
        for kind in KINDS {
            let shown = guide(kind, "https://in.example", &id).into_string();
            let name = kind.as_str();
            assert!(page(kind).starts_with("# ") && shown.contains("See that it works"), "{name}");
            assert!(shown.contains("https://in.example/hooks/own:source"), "{name}: {shown}");
            let examples = registrations(page(kind)).map(|fields| fields["source_id"].to_string());
            for left in examples.map(|example| example.replace('"', "")).chain(["HOOKS_HOST".to_owned()]) {
                assert!(!shown.contains(&left), "{name} still says {left}");
            }
            for mark in ["**", "](", "```", "## "] {
                assert!(!shown.contains(mark), "{name} shows {mark}");
            }
        }
    }

    #[test]
    fn the_form_of_every_kind_can_be_filled_in() {
        for kind in KINDS {
            let fields = recommended(kind);
            let value =
                |name: &str| fields.iter().find(|(own, _)| own == name).map(|(_, text)| text.as_str());
            assert_eq!(value("kind"), Some(kind.as_str()));
            assert!(value("auth").unwrap().contains("scheme") && value("map").unwrap().starts_with('['));
            assert!(value("source_id").is_none() && value("command").is_none());
        }
    }

    #[test]
    fn what_the_handbook_uses_of_markdown_is_read() {
        let text = "\nOne\nparagraph.\n\n- a\n  b\n- c\n\n| x | y |\n|---|---|\n| 1 | `2` |\n\n\
                    ```sh\na\n\nb\n```\nEnd\n";
        let cells = |cells: [&str; 2]| cells.map(str::to_owned).to_vec();
        let expected = [
            Block::Paragraph("One paragraph.".to_owned()),
            Block::List(cells(["a b", "c"])),
            Block::Table(vec![cells(["x", "y"]), cells(["1", "`2`"])]),
            Block::Code("a\n\nb\n".to_owned()),
            Block::Paragraph("End".to_owned()),
        ];
        assert_eq!(blocks(text), expected);
        let line = inline("**Bold**, *soft*, [a link](x.md) and `<code>`").into_string();
        assert_eq!(line, "Bold, soft, a link and <code>&lt;code&gt;</code>");
    }
}
