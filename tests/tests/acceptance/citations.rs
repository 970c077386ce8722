//! Citations of the specification: each names a section of the rules or a heading of the contract.
//! The forms: `(rules, 2)`, `(rules, 1 and 2)`, `(rules, 3 to 6)`, `(contract, "A notice")`; words may follow
//! after a `;` or `:`.

#![expect(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The pages that are cited.
const RULES: &str = "shared/sla/rules.md";
const CONTRACT: &str = "shared/events/contract.md";
/// Files that may cite, by what their names end in.
const CITING: [&str; 9] = ["feature", "json", "md", "mjs", "py", "rs", "sh", "toml", "yaml"];
/// Folders that hold what others wrote, or what a build made; so do those whose names begin with a dot.
const FOREIGN: [&str; 2] = ["node_modules", "target"];
/// The fewest citations that the repository has: a search that finds fewer is broken.
const CITATIONS_MIN: usize = 60;
/// The fewest relative links that the pages have.
const LINKS_MIN: usize = 50;

/// The sections and headings that can be cited.
struct Specification {
    /// Numbers of the rules' sections.
    sections: BTreeSet<u32>,
    /// Headings of the contract.
    headings: BTreeSet<String>,
}

impl Specification {
    fn of(rules: &str, contract: &str) -> Self {
        let number = |heading: String| heading.split_once(". ")?.0.parse().ok();
        Self {
            sections: headings(rules).filter_map(number).collect(),
            headings: headings(contract).collect(),
        }
    }

    /// Returns what is wrong with a citation, if anything is.
    fn problem(&self, citation: &str) -> Option<String> {
        let (page, place) = citation.split_once(", ").unwrap_or((citation, ""));
        let wrong = match page {
            "rules" => sections(place).is_none_or(|cited| !cited.is_subset(&self.sections)),
            _ => quoted(place).is_none_or(|cited| !cited.is_subset(&self.headings)),
        };
        wrong.then(|| format!("({citation}) names nothing that {page}.md has"))
    }
}

/// Returns a page's headings, without their marks.
fn headings(page: &str) -> impl Iterator<Item = String> {
    page.lines()
        .filter(|line| line.starts_with('#'))
        .map(|line| line.trim_start_matches('#').trim().to_owned())
}

/// Reads numbers of sections: `2`, `1 and 2`, `3 to 6`.
fn sections(place: &str) -> Option<BTreeSet<u32>> {
    let mut cited = BTreeSet::new();
    for part in place.split(" and ") {
        let (first, last) = part.split_once(" to ").unwrap_or((part, part));
        let (first, last): (u32, u32) = (first.parse().ok()?, last.parse().ok()?);
        if first > last {
            return None;
        }
        cited.extend(first..=last);
    }
    Some(cited)
}

/// Reads headings in quotation marks: `"A notice"`, `"A check" and "A notice"`.
fn quoted(place: &str) -> Option<BTreeSet<String>> {
    let heading = |part: &str| Some(part.strip_prefix('"')?.strip_suffix('"')?.to_owned());
    place.split(" and ").map(heading).collect()
}

/// Returns what a file says in words, on one line: the comments of Rust, everything of other files.
fn words(name: &str, text: &str) -> String {
    let is_rust = name.ends_with(".rs");
    let comment = |line: &str| {
        let words = line.trim_start().strip_prefix("//")?;
        Some(words.trim_start_matches(['/', '!']).trim().to_owned())
    };
    let said = |line: &str| if is_rust { comment(line) } else { Some(line.trim().to_owned()) };
    text.lines().filter_map(said).collect::<Vec<_>>().join(" ").replace("\\\"", "\"")
}

/// Finds the citations in words: each begins after `(` or `; `.
fn citations(words: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for page in ["rules", "contract"] {
        for (place, _) in words.match_indices(page) {
            let (before, rest) = (&words[..place], &words[place..]);
            let after = &rest[page.len()..];
            let called = |c: char| c.is_alphanumeric() || c == '_';
            let opened = before.strip_suffix('(').is_some_and(|before| !before.ends_with(called));
            let begins = opened || before.ends_with("; ");
            if begins && after.starts_with([',', ')', ';']) {
                found.push(&rest[..length(rest)]);
            }
        }
    }
    found
}

/// Returns the length of the citation with which a text begins: up to `)`, `;` or `:` outside of quotes.
fn length(text: &str) -> usize {
    let mut is_quoted = false;
    let ends = |c: char| {
        is_quoted ^= c == '"';
        !is_quoted && matches!(c, ')' | ';' | ':')
    };
    text.find(ends).unwrap_or(text.len())
}

/// Returns the repository's folder.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// Lists the files below a folder that may cite.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        let kind = entry.file_type().unwrap();
        let is_own = !name.starts_with('.') && !FOREIGN.contains(&name.as_str());
        if kind.is_dir() && is_own {
            found.extend(files(&entry.path()));
        } else if kind.is_file() && name.rsplit_once('.').is_some_and(|(_, end)| CITING.contains(&end)) {
            found.push(entry.path());
        }
    }
    found
}

#[test]
fn every_citation_names_a_section_of_the_rules_or_a_heading_of_the_contract() {
    let page = |path: &str| fs::read_to_string(root().join(path)).unwrap();
    let specification = Specification::of(&page(RULES), &page(CONTRACT));
    let (mut count, mut problems) = (0, Vec::new());
    for file in files(root()) {
        let name = file.strip_prefix(root()).unwrap().to_string_lossy();
        let said = words(&name, &fs::read_to_string(&file).unwrap());
        for citation in citations(&said) {
            count += 1;
            problems.extend(specification.problem(citation).map(|problem| format!("{name}: {problem}")));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    assert!(count >= CITATIONS_MIN, "only {count} citations are found");
}

#[test]
fn the_rules_sections_are_numbered_in_order() {
    let rules = fs::read_to_string(root().join(RULES)).unwrap();
    let numbers: Vec<u32> = Specification::of(&rules, "").sections.into_iter().collect();
    assert_eq!(numbers, (1..=u32::try_from(numbers.len()).unwrap()).collect::<Vec<_>>());
    assert_eq!(headings(&rules).count(), numbers.len() + 1, "a heading of the rules has no number");
}

#[test]
fn every_relative_link_of_a_page_leads_to_a_file() {
    let (mut count, mut problems) = (0, Vec::new());
    for page in files(root()).into_iter().filter(|file| file.extension().is_some_and(|end| end == "md")) {
        let text = fs::read_to_string(&page).unwrap();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(link, _)| link) {
            let path = link.split('#').next().unwrap();
            if !path.is_empty() && !link.contains("://") {
                count += 1;
                let is_there = page.parent().unwrap().join(path).exists();
                problems.extend((!is_there).then(|| format!("{}: {link}", page.display())));
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    assert!(count >= LINKS_MIN, "only {count} links are found");
}

/// Checks which citations of a comment are found, and which of them name something.
#[track_caller]
fn check(comment: &str, expect: &[(&str, bool)]) {
    let specification = Specification::of(
        "# R\n## 1. Time\n## 2. Checks\n## 3. More\n",
        "## A check\n### A notice: all of it\n",
    );
    let said = words("a.rs", comment);
    let found: Vec<(&str, bool)> = citations(&said)
        .into_iter()
        .map(|citation| (citation, specification.problem(citation).is_none()))
        .collect();
    assert_eq!(found, expect, "{comment}");
}

#[test]
fn a_citation_is_found_wherever_a_comment_breaks_its_line() {
    check("/// Time (rules, 1).", &[("rules, 1", true)]);
    check("//! Slots (rules,\n//! 1 and 2).", &[("rules, 1 and 2", true)]);
    check("//! (agreement, \"Claim\n//! Process\"; rules, 1 to 3). More.", &[("rules, 1 to 3", true)]);
    check("/// (rules, 2: entries stay; one a kind)", &[("rules, 2", true)]);
    check("/// A file (contract, \"A\n    /// check\").", &[("contract, \"A check\"", true)]);
    check("/// (contract, \"A notice: all of it\")", &[("contract, \"A notice: all of it\"", true)]);
    check("\"description\": \"(contract, \\\"A check\\\").\"", &[]);
    check("let both = join(rules, 9);", &[]);
    check("// What `join(rules)` gives.", &[]);
    check("// The rules, 9 of them, and a contract.", &[]);
}

#[test]
fn a_citation_that_names_nothing_is_told() {
    for wrong in
        ["rules", "rules, ", "rules, 4", "rules, 1 to 4", "rules, 3 to 1", "rules, first", "rules, 1, 2"]
    {
        check(&format!("/// Wrong ({wrong})."), &[(wrong, false)]);
    }
    for wrong in ["contract", "contract, \"check\"", "contract, A check", "contract, \"A check\" and \"B\""] {
        check(&format!("/// Wrong ({wrong})."), &[(wrong, false)]);
    }
}
