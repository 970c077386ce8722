//! Holds the features against the agreement: each of its sentences is quoted by a feature, or listed with the
//! reason why none plays it. Also writes the table of both. “Typographic quotation marks” quote.

use std::path::{Path, PathBuf};
use std::{fs, io};

use cucumber::gherkin::{Feature, GherkinEnv, ParseFileError, Rule, Scenario};

/// The provider's own text.
const AGREEMENT: &str = include_str!("../../shared/sla/agreement.txt");

/// The headings of the agreement; a section ends at the next heading.
const HEADINGS: [&str; 12] = [
    "Service Level Agreement",
    "Overview",
    "Our Commitment to Quality Service",
    "Service Availability",
    "Support Response Time",
    "Incident Resolution",
    "Performance Metrics",
    "Service Credits",
    "Exclusions and Limitations",
    "Reporting and Escalation Process",
    "Priority Levels and Response Times",
    "Updates and Revisions",
];

/// The marks that begin a list's line.
const MARKS: [&str; 6] = ["– ", "• ", "-", "1. ", "2. ", "3. "];

/// Scenarios of one feature that the table names; the others are counted.
const NAMED_MAX: usize = 2;

/// The lines around the table.
const MARKERS: [&str; 2] = [
    "<!-- The clauses: `cargo run -p acceptance --example write_clauses` writes this table anew. -->\n",
    "<!-- The clauses end here. -->\n",
];

/// A reason why no feature plays a sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Why {
    /// No program can find out whether it is kept.
    NotAutomatable(&'static str),
    /// It is about pages, and is played in a browser.
    InBrowser(&'static str),
}

/// A sentence that no feature quotes as a whole.
struct UnplayedSentence {
    sentence: &'static str,
    why: Why,
}

/// The sentences that no feature quotes as a whole, in the agreement's order.
const UNPLAYED: [UnplayedSentence; 8] = [
    UnplayedSentence {
        sentence: "By clearly defining our service commitments, Infopromo Communications aims to provide you with \
                   peace of mind and confidence in our ability to support your business effectively",
        why: Why::NotAutomatable("an aim; the commitments themselves follow"),
    },
    UnplayedSentence {
        sentence: "For more detailed information on our SLA, please review the full document below",
        why: Why::NotAutomatable("it promises nothing"),
    },
    UnplayedSentence {
        sentence: "At Infopromo Communications, our commitment to delivering reliable, high-quality communication \
                   services forms the foundation of our business",
        why: Why::NotAutomatable("it names no measure; availability and performance are promised below"),
    },
    UnplayedSentence {
        sentence: "This Service Level Agreement (SLA) outlines the performance standards you can expect from us, as \
                   well as the guarantees we provide to ensure that your operations run smoothly and efficiently",
        why: Why::NotAutomatable("it announces the standards that follow"),
    },
    UnplayedSentence {
        sentence: "We understand the critical role that seamless communication services play in your business",
        why: Why::NotAutomatable("it promises nothing"),
    },
    UnplayedSentence {
        sentence: "To ensure transparency and reliability, our SLA is designed to provide clear expectations across \
                   several key areas, including service availability, support response times, and incident resolution",
        why: Why::NotAutomatable("it announces the sections that follow, each of which is played"),
    },
    UnplayedSentence {
        sentence: "Track Progress: You can track the status of your ticket via the customer dashboard, where updates \
                   will be provided in real-time",
        why: Why::InBrowser(
            "[follows_a_ticket](../browser/journeys/follows_a_ticket.mjs): what support does is on the customer's \
             page within 3.5 s; escalation.feature quotes what it shows",
        ),
    },
    UnplayedSentence {
        sentence: "We will notify you in advance of any significant updates, and any changes will be reflected on \
                   this page and in your customer portal",
        why: Why::InBrowser(
            "[reads_coming_terms](../browser/journeys/reads_coming_terms.mjs): a coming revision stands in the portal \
             with its differences; revisions.feature tells how customers are notified, and quotes that much",
        ),
    },
];

/// A reason why the agreement's sentences cannot be held against the features.
#[derive(Debug, thiserror::Error)]
pub enum QuoteError {
    /// The folder of the features, or the file of the table, could not be read or written.
    #[error("cannot use {0}")]
    File(PathBuf, #[source] io::Error),
    /// A feature is not Gherkin.
    #[error("cannot read a feature")]
    Feature(#[source] Box<ParseFileError>),
    /// Neither played nor listed.
    #[error(
        "“{0}” is quoted by no feature: write a scenario, or list the sentence in UNPLAYED with a reason"
    )]
    Unanswered(String),
    /// Both played and listed.
    #[error("“{0}” is quoted by a feature: take it out of UNPLAYED")]
    Played(String),
    /// The page has no place for the table.
    #[error(
        "tests/clauses/README.md lacks one of the lines between which the table stands: `{}` and `{}`",
        MARKERS[0].trim(),
        MARKERS[1].trim()
    )]
    NoPlace,
}

/// A sentence of the agreement, without list mark and full stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Sentence {
    section: &'static str,
    text: &'static str,
}

/// Returns the sentences of the agreement, in order, without headings.
fn agreement() -> Vec<Sentence> {
    let (mut section, mut found) = ("", Vec::new());
    for line in AGREEMENT.lines() {
        match HEADINGS.iter().find(|heading| **heading == line) {
            Some(heading) => section = heading,
            None => found.extend(sentences(line).map(|text| Sentence { section, text })),
        }
    }
    found
}

/// Returns the sentences of a line, without list mark and full stop.
fn sentences(line: &str) -> impl Iterator<Item = &str> {
    let text = MARKS.iter().find_map(|mark| line.strip_prefix(mark)).unwrap_or(line);
    text.split(". ").map(|sentence| sentence.trim_end_matches('.')).filter(|sentence| !sentence.is_empty())
}

/// Reads the features, in the order of their files.
///
/// # Errors
/// Returns an error if the folder cannot be read, or a feature is not Gherkin.
pub fn features() -> Result<Vec<Feature>, QuoteError> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("clauses");
    let unreadable = |e| QuoteError::File(folder.clone(), e);
    let mut paths = Vec::new();
    for entry in fs::read_dir(&folder).map_err(unreadable)? {
        paths.push(entry.map_err(unreadable)?.path());
    }
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "feature"));
    paths.sort();
    let parse = |path| Feature::parse_path(path, GherkinEnv::default());
    paths.into_iter().map(parse).collect::<Result<_, _>>().map_err(|e| QuoteError::Feature(Box::new(e)))
}

/// Returns the quotations in a text, without their marks.
fn quotations(text: &str) -> impl Iterator<Item = &str> {
    text.split('“').skip(1).filter_map(|rest| rest.split_once('”')).map(|(quotation, _)| quotation)
}

/// True if a text quotes a sentence as a whole.
fn quotes(text: &str, sentence: &str) -> bool {
    quotations(text).any(|quotation| quotation.contains(sentence))
}

/// The scenarios of a feature that play a sentence.
#[derive(Debug, Default, PartialEq, Eq)]
struct Playing {
    /// The names of the scenarios.
    names: Vec<String>,
    /// Number of their stories: an outline has one for each of its examples.
    stories: usize,
}

impl Playing {
    /// Finds the scenarios that play a sentence: those that quote it, all those of a rule that quotes it or,
    /// if only the feature itself quotes it, all.
    fn of(feature: &Feature, sentence: &str) -> Self {
        let mut playing = Self::default();
        let says = |text: &Option<String>| text.as_ref().is_some_and(|text| quotes(text, sentence));
        for rule in &feature.rules {
            if quotes(&rule.name, sentence) || says(&rule.description) {
                playing.add_all(rule);
                continue;
            }
            for scenario in &rule.scenarios {
                if says(&scenario.description) {
                    playing.add(scenario.name.clone(), stories(scenario));
                }
                for name in examples(scenario, sentence) {
                    playing.add(name, 1);
                }
            }
        }
        if playing.names.is_empty() && says(&feature.description) {
            feature.rules.iter().for_each(|rule| playing.add_all(rule));
        }
        playing
    }

    fn add_all(&mut self, rule: &Rule) {
        for scenario in &rule.scenarios {
            self.add(scenario.name.clone(), stories(scenario));
        }
    }

    fn add(&mut self, name: String, stories: usize) {
        self.names.push(name);
        self.stories += stories;
    }

    /// Formats it as a cell of the table, with a link to the feature.
    fn cell(&self, feature: &Feature) -> String {
        let path = feature.path.as_deref().and_then(Path::file_name).unwrap_or_default().to_string_lossy();
        let named: Vec<String> = self.names.iter().take(NAMED_MAX).map(|name| format!("“{name}”")).collect();
        let rest = match self.names.len().saturating_sub(NAMED_MAX) {
            0 => String::new(),
            1 => ", and one more".to_owned(),
            more => format!(", and {more} more"),
        };
        let stories =
            if self.stories == 1 { "1 story".to_owned() } else { format!("{} stories", self.stories) };
        format!("[{path}]({path}): {}{rest} ({stories})", named.join(", "))
    }
}

/// Counts a scenario's stories: an outline has one for each of its examples.
fn stories(scenario: &Scenario) -> usize {
    let tables = scenario.examples.iter().filter_map(|examples| examples.table.as_ref());
    match tables.map(|table| table.rows.len().saturating_sub(1)).sum() {
        0 => 1,
        examples => examples,
    }
}

/// Returns the examples of an outline that quote a sentence, each in its own words.
fn examples(scenario: &Scenario, sentence: &str) -> Vec<String> {
    let mut names = Vec::new();
    for table in scenario.examples.iter().filter_map(|examples| examples.table.as_ref()) {
        let Some((columns, rows)) = table.rows.split_first() else { continue };
        for row in rows.iter().filter(|row| row.iter().any(|cell| quotes(cell, sentence))) {
            let fill =
                |name: String, (column, cell): (&String, &String)| name.replace(&format!("<{column}>"), cell);
            names.push(columns.iter().zip(row).fold(scenario.name.clone(), fill));
        }
    }
    names
}

/// Builds the table of the agreement's sentences with the scenarios that play each, in Markdown.
///
/// # Errors
/// Returns an error for a sentence that is neither played nor listed with a reason, or both.
pub fn table(features: &[Feature]) -> Result<String, QuoteError> {
    let mut lines = vec!["| the agreement says | played by |".to_owned(), "|---|---|".to_owned()];
    let mut section = "";
    for sentence in agreement() {
        if sentence.section != section {
            section = sentence.section;
            lines.push(format!("| **{section}** | |"));
        }
        let answer = answer(features, sentence.text)?;
        lines.push(format!("| {} | {} |", escaped(sentence.text), escaped(&answer)));
    }
    Ok(lines.join("\n") + "\n")
}

/// Formats the scenarios that play a sentence, or the reason why none does.
fn answer(features: &[Feature], sentence: &str) -> Result<String, QuoteError> {
    let played: Vec<String> = features
        .iter()
        .map(|feature| (feature, Playing::of(feature, sentence)))
        .filter(|(_, playing)| !playing.names.is_empty())
        .map(|(feature, playing)| playing.cell(feature))
        .collect();
    let listed = UNPLAYED.iter().find(|unplayed| unplayed.sentence == sentence);
    match (played.is_empty(), listed.map(|unplayed| unplayed.why)) {
        (false, None) => Ok(played.join("; ")),
        (true, Some(Why::NotAutomatable(reason))) => Ok(format!("not automatable: {reason}")),
        (true, Some(Why::InBrowser(journey))) => Ok(format!("in a browser: {journey}")),
        (false, Some(_)) => Err(QuoteError::Played(sentence.to_owned())),
        (true, None) => Err(QuoteError::Unanswered(sentence.to_owned())),
    }
}

/// Escapes characters that Markdown would take for a tag or a cell's end.
fn escaped(text: &str) -> String {
    text.replace('<', "\\<").replace('|', "\\|")
}

/// Replaces the table between the marking lines of a page.
///
/// # Errors
/// Returns an error if the page has no marking lines.
pub fn with_table(page: &str, table: &str) -> Result<String, QuoteError> {
    let [begin, end] = MARKERS;
    let (before, rest) = page.split_once(begin).ok_or(QuoteError::NoPlace)?;
    let (_, after) = rest.split_once(end).ok_or(QuoteError::NoPlace)?;
    Ok(format!("{before}{begin}\n{table}\n{end}{after}"))
}

/// Path of the page that shows the table.
fn page() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("clauses/README.md")
}

/// Rewrites the table in `tests/clauses/README.md`.
///
/// # Errors
/// Returns an error of [`table()`] or [`with_table`], or if the page cannot be read or written.
pub fn write_page() -> Result<(), QuoteError> {
    let path = page();
    let text = fs::read_to_string(&path).map_err(|e| QuoteError::File(path.clone(), e))?;
    let written = with_table(&text, &table(&features()?)?)?;
    fs::write(&path, written).map_err(|e| QuoteError::File(path, e))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns every text of a feature that may quote: its descriptions, rules, scenarios and their examples.
    fn texts(feature: &Feature) -> Vec<String> {
        let mut texts: Vec<String> = feature.description.iter().cloned().collect();
        for rule in &feature.rules {
            texts.push(rule.name.clone());
            texts.extend(rule.description.iter().cloned());
            for scenario in &rule.scenarios {
                texts.extend(scenario.description.iter().cloned());
                let tables = scenario.examples.iter().filter_map(|examples| examples.table.as_ref());
                texts.extend(tables.flat_map(|table| table.rows.iter().flatten().cloned()));
            }
        }
        texts
    }

    #[test]
    fn the_handbook_shows_the_terms_that_are_built_in() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../infra/handbook/terms.md");
        let shown = format!("```toml\n{}```\n", sla::terms::BUILT_IN_DOCUMENT);
        assert!(
            fs::read_to_string(path).unwrap().contains(&shown),
            "infra/handbook/terms.md: copy shared/sla/terms-revision-1.toml there"
        );
    }

    #[test]
    fn every_quotation_is_in_the_agreement() {
        let features = features().unwrap();
        assert!(features.len() >= 9, "{} features are left", features.len());
        for feature in &features {
            for text in texts(feature) {
                let marks = |mark| text.matches(mark).count();
                assert_eq!(marks('“'), marks('”'), "{}: a quotation does not end: {text}", feature.name);
                for quotation in quotations(&text) {
                    assert!(
                        AGREEMENT.contains(quotation),
                        "{}: “{quotation}” is not in the agreement",
                        feature.name
                    );
                }
            }
        }
    }

    #[test]
    fn every_scenario_stands_under_a_sentence_of_the_agreement() {
        for feature in features().unwrap() {
            assert!(feature.scenarios.is_empty(), "{}: a scenario stands under no rule", feature.name);
            for rule in &feature.rules {
                assert!(!rule.scenarios.is_empty(), "{}: {} has no scenario", feature.name, rule.name);
                let whole = rule.name.starts_with('“') && rule.name.ends_with('”');
                assert!(
                    whole && quotations(&rule.name).count() == 1,
                    "{}: {} is no quotation",
                    feature.name,
                    rule.name
                );
            }
        }
    }

    #[test]
    fn no_scenario_is_excused() {
        // A tag could skip a scenario, and an outline without examples is never played.
        for feature in features().unwrap() {
            for scenario in feature.rules.iter().flat_map(|rule| &rule.scenarios) {
                let (name, examples) = (&scenario.name, &scenario.examples);
                let tags =
                    [&feature.tags, &scenario.tags].into_iter().chain(examples.iter().map(|e| &e.tags));
                assert_eq!(tags.flatten().next(), None, "{}: {name} has a tag", feature.name);
                let is_outline = scenario.keyword != "Scenario";
                let rows = |table: &cucumber::gherkin::Table| table.rows.len() > 1;
                let plays =
                    !examples.is_empty() && examples.iter().all(|e| e.table.as_ref().is_some_and(rows));
                assert!(!is_outline || plays, "{}: {name} has no examples", feature.name);
            }
            assert!(
                feature.rules.iter().all(|rule| rule.tags.is_empty()),
                "{}: a rule has a tag",
                feature.name
            );
        }
    }

    #[test]
    fn the_sections_are_the_agreements_and_what_is_listed_is_in_it() {
        let seen: Vec<&str> = AGREEMENT.lines().filter(|line| HEADINGS.contains(line)).collect();
        assert_eq!(seen, HEADINGS, "the headings are the agreement's, in its order");
        let sentences: Vec<&str> = agreement().iter().map(|sentence| sentence.text).collect();
        for UnplayedSentence { sentence, .. } in &UNPLAYED {
            assert!(sentences.contains(sentence), "“{sentence}” is no sentence of the agreement");
        }
    }

    #[test]
    fn the_page_says_what_plays_every_sentence_of_the_agreement() {
        let table = table(&features().unwrap()).unwrap();
        let text = fs::read_to_string(page()).unwrap();
        assert_eq!(
            text,
            with_table(&text, &table).unwrap(),
            "run `cargo run -p acceptance --example write_clauses` and commit the result"
        );
    }

    #[test]
    fn a_list_is_read_without_its_marks() {
        let read = |line| sentences(line).collect::<Vec<_>>();
        assert_eq!(
            read("• Critical: within 5-15 minutes. Applies."),
            ["Critical: within 5-15 minutes", "Applies"]
        );
        assert_eq!(read("2. Provide Details: such as"), ["Provide Details: such as"]);
        assert_eq!(read("-"), Vec::<&str>::new());
    }

    fn feature(text: &str) -> Feature {
        let text = format!("Feature: F\n  “All of it.”\n\n{text}");
        let path = Some("clauses/f.feature".into());
        Feature { path, ..Feature::parse(text, GherkinEnv::default()).unwrap() }
    }

    #[track_caller]
    fn check_cell(text: &str, sentence: &str, cell: &str) {
        let feature = feature(text);
        assert_eq!(Playing::of(&feature, sentence).cell(&feature), format!("[f.feature](f.feature): {cell}"));
    }

    #[test]
    fn a_sentence_is_played_by_the_scenario_the_rule_or_the_feature_that_quotes_it() {
        let text = "  Rule: “One. Two.”\n    Scenario: A\n    Scenario: B\n      “Three”\n    Scenario Outline: C <c>\n      \
                    Examples:\n        | c | q |\n        | 1 | “Four” |\n        | 2 | “Five” |\n";
        check_cell(text, "Two", "“A”, “B”, and one more (4 stories)");
        check_cell(text, "Three", "“B” (1 story)");
        check_cell(text, "Five", "“C 2” (1 story)");
        check_cell(text, "All of it", "“A”, “B”, and one more (4 stories)");
        assert_eq!(Playing::of(&feature(text), "Six"), Playing::default());
    }

    #[test]
    fn a_sentence_is_played_or_listed_and_not_both() {
        let of = |sentence: &str| {
            answer(&[feature(&format!("  Rule: “{sentence}”\n    Scenario: A\n"))], sentence)
        };
        let listed = UNPLAYED[0].sentence;
        assert!(matches!(of(listed), Err(QuoteError::Played(_))));
        assert!(matches!(answer(&[], "Standard Plan: 99.9% uptime"), Err(QuoteError::Unanswered(_))));
        assert!(answer(&[], listed).unwrap().starts_with("not automatable: "));
    }
}
