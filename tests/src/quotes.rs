//! The features quote the agreement word for word: every rule is a sentence of it, and every sentence of its
//! sections is quoted, or listed as later.
//! Quotations stand in “typographic quotation marks”.

use std::fs;
use std::path::Path;

use cucumber::gherkin::{Feature, GherkinEnv};

/// The provider's own text.
const AGREEMENT: &str = include_str!("../../shared/sla/agreement.txt");

/// The headings of the agreement's sections; each section ends where a line names another.
const HEADINGS: [&str; 9] = [
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

/// What a line of a list begins with.
const MARKS: [&str; 6] = ["– ", "• ", "-", "1. ", "2. ", "3. "];

/// A sentence that no feature is about yet.
struct Later {
    sentence: &'static str,
    until: &'static str,
}

/// What comes later.
const LATER: [Later; 3] = [
    Later {
        sentence: "Claims can be made via the customer dashboard or by contacting our support team directly",
        until: "customers claim",
    },
    Later {
        sentence: "Track Progress: You can track the status of your ticket via the customer dashboard, \
                   where updates will be provided in real-time",
        until: "there is a dashboard; escalation.feature tracks tickets at the desk, and quotes that much",
    },
    Later {
        sentence: "We will notify you in advance of any significant updates, and any changes will be \
                   reflected on this page and in your customer portal",
        until: "there is a portal that shows the terms; revisions.feature quotes the notice in advance",
    },
];

fn features() -> Vec<Feature> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("clauses");
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "feature"));
    paths.sort();
    paths.iter().map(|path| Feature::parse_path(path, GherkinEnv::default()).unwrap()).collect()
}

/// The quotations in a text, without their marks.
fn quotations(text: &str) -> Vec<&str> {
    text.split('“').skip(1).map(|rest| rest.split_once('”').expect("a quotation ends").0).collect()
}

/// Every text of a feature that may quote: its descriptions, its rules, its scenarios and their examples.
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
fn every_quotation_is_in_the_agreement() {
    let features = features();
    assert_eq!(features.len(), 9);
    for feature in &features {
        for text in texts(feature) {
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
    for feature in features() {
        assert!(feature.scenarios.is_empty(), "{}: a scenario stands under no rule", feature.name);
        for rule in &feature.rules {
            assert!(!rule.scenarios.is_empty(), "{}: {} has no scenario", feature.name, rule.name);
            let whole = rule.name.starts_with('“') && rule.name.ends_with('”');
            assert!(
                whole && quotations(&rule.name).len() == 1,
                "{}: {} is no quotation",
                feature.name,
                rule.name
            );
        }
    }
}

#[test]
fn every_sentence_of_the_sections_is_quoted_or_comes_later() {
    let features = features();
    let texts: Vec<String> = features.iter().flat_map(texts).collect();
    let quoted: Vec<&str> = texts.iter().flat_map(|text| quotations(text)).collect();
    let mut missing = Vec::new();
    let (mut section, mut seen) = ("", Vec::new());
    for line in AGREEMENT.lines() {
        if let Some(heading) = HEADINGS.iter().find(|heading| **heading == line) {
            section = heading;
            seen.push(*heading);
        } else if HEADINGS.contains(&section) {
            let is_quoted = |sentence: &&str| quoted.iter().any(|quotation| quotation.contains(sentence));
            missing.extend(sentences(line).filter(|sentence| !is_quoted(sentence)));
        }
    }
    assert_eq!(seen, HEADINGS, "the headings are the agreement's, in its order");
    let later: Vec<&str> = LATER.iter().map(|later| later.sentence).collect();
    let reasons: Vec<&str> = LATER.iter().map(|later| later.until).collect();
    assert_eq!(missing, later, "what no feature quotes comes later, each until {reasons:#?}");
}

/// The sentences of a line, without the mark of a list and the full stop.
fn sentences(line: &str) -> impl Iterator<Item = &str> {
    let text = MARKS.iter().find_map(|mark| line.strip_prefix(mark)).unwrap_or(line);
    text.split(". ").map(|sentence| sentence.trim_end_matches('.')).filter(|sentence| !sentence.is_empty())
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
