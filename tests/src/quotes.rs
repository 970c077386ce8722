//! The features quote the agreement word for word: every rule is a sentence of it, and every sentence on
//! availability, credits and exclusions is quoted. Quotations stand in “typographic quotation marks”.

use std::fs;
use std::path::Path;

use cucumber::gherkin::{Feature, GherkinEnv};

/// The provider's own text.
const AGREEMENT: &str = include_str!("../../shared/sla/agreement.txt");

/// The sections that the features are about; each ends where a line names another section.
const SECTIONS: [&str; 3] = ["Service Availability", "Service Credits", "Exclusions and Limitations"];

/// The headings of the agreement's sections.
const HEADINGS: [&str; 6] = [
    "Service Availability",
    "Support Response Time",
    "Performance Metrics",
    "Service Credits",
    "Exclusions and Limitations",
    "Reporting and Escalation Process",
];

/// What no feature here is about: how a claim is made comes with the claims.
const LATER: &str =
    "Claims can be made via the customer dashboard or by contacting our support team directly";

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
    assert_eq!(features.len(), 5);
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
fn every_sentence_on_availability_credits_and_exclusions_is_quoted() {
    let features = features();
    let texts: Vec<String> = features.iter().flat_map(texts).collect();
    let quoted: Vec<&str> = texts.iter().flat_map(|text| quotations(text)).collect();
    let mut missing = Vec::new();
    let mut section = "";
    for line in AGREEMENT.lines() {
        if let Some(heading) = HEADINGS.iter().find(|heading| **heading == line) {
            section = heading;
        } else if SECTIONS.contains(&section) {
            let is_quoted = |sentence: &&str| quoted.iter().any(|quotation| quotation.contains(sentence));
            missing.extend(sentences(line).filter(|sentence| *sentence != LATER && !is_quoted(sentence)));
        }
    }
    assert!(missing.is_empty(), "no feature quotes: {missing:#?}");
}

/// The sentences of a line, without the dash of a list and the full stop.
fn sentences(line: &str) -> impl Iterator<Item = &str> {
    line.trim_start_matches("– ").split(". ").map(|sentence| sentence.trim_end_matches('.'))
}
