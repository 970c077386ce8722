//! `nines verify`: an export of two revisions is proven, and every change in it is found, whoever made it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use ::verify::verify;
use acceptance::june;
use acceptance::world::{Event, World};
use nines::system::copy_folder;
use serde_json::{Value, json};
use sla::availability::Verdict;
use sla::{Edition, Inputs, canonical_json, canonical_json_without, sha256_hex};
use tempfile::TempDir;

use super::tickets::{happened, record};
use super::{export, june_is_closed};

/// Bytes of a file that are flipped, spread from the first to the last.
const FLIPS: usize = 16;
/// Hexadecimal digits of a SHA-256.
const SHA256_HEX: usize = 64;

/// Exports June in two revisions: the second restates two services, in three currencies; each has a ticket.
async fn june_is_exported_twice() -> World {
    let world = june_is_closed().await;
    let ticket = |kind| happened("late", "2026-06-10T09:00:00Z", kind);
    record(&world, &[ticket("opened"), happened("late", "2026-06-10T09:10:00Z", "acknowledged")]).await;
    world.seed(&[export()]).await.unwrap();
    world.advance_to("2026-07-03T03:00:00Z").unwrap();
    record(&world, &[happened("late", "2026-07-02T09:00:00Z", "resolved")]).await;
    for service in ["api-eur", "api-met"] {
        world.seed(&[june::check(service, "2026-06-29T00:00:00Z", "down")]).await.unwrap();
    }
    world.seed(&[Event::new("close-month", json!({ "sweep": true })), export()]).await.unwrap();
    world
}

/// A copy of that export that a test may change.
pub struct Copy(TempDir);

impl Copy {
    pub async fn new() -> Self {
        let world = june_is_exported_twice().await;
        let copy = Copy(tempfile::tempdir().unwrap());
        copy_folder(&world.engines().objects(), copy.0.path()).unwrap();
        copy
    }

    /// Returns another copy of it.
    pub fn copied(&self) -> Self {
        let copy = Copy(tempfile::tempdir().unwrap());
        copy_folder(self.0.path(), copy.0.path()).unwrap();
        copy
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join("exports/month=2026-06").join(name)
    }

    /// Returns every file, by its name from the month's folder on.
    fn files(&self) -> BTreeMap<String, PathBuf> {
        let revisions = ["revision=1", "revision=2"].map(|revision| self.path(revision));
        let files = revisions.iter().flat_map(|folder| fs::read_dir(folder).unwrap());
        let name = |path: &Path| {
            let name = path.strip_prefix(self.path("")).unwrap();
            format!("month=2026-06/{}", name.display())
        };
        files.map(|file| file.unwrap().path()).map(|path| (name(&path), path)).collect()
    }

    /// Returns the problems, a line each.
    pub fn problems(&self) -> Vec<String> {
        verify(self.0.path()).unwrap().problems.iter().map(ToString::to_string).collect()
    }

    fn edit(&self, name: &str, edit: impl Fn(&str) -> String) {
        let path = self.path(name);
        let before = fs::read_to_string(&path).unwrap();
        let after = edit(&before);
        assert_ne!(before, after, "the edit of {name} changes nothing");
        fs::write(path, after).unwrap();
    }

    /// Makes a revision's manifest fit its files again, as a forger would, and the next one fit the manifest.
    pub fn seal(&self, revision: u32, edit: &dyn Fn(&mut Value)) {
        let path = self.path(&format!("revision={revision}/manifest.json"));
        let mut manifest: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        for list in ["files", "inputs"] {
            for file in manifest[list].as_array_mut().unwrap() {
                let bytes = fs::read(self.0.path().join(file["key"].as_str().unwrap())).unwrap();
                file["sha256"] = json!(sha256_hex(&bytes));
            }
        }
        edit(&mut manifest);
        manifest["digest"] =
            json!(sha256_hex(canonical_json_without(&manifest, "digest").unwrap().as_bytes()));
        let bytes = canonical_json(&manifest).unwrap();
        fs::write(path, &bytes).unwrap();
        if self.path(&format!("revision={}", revision + 1)).exists() {
            let sha256 = sha256_hex(bytes.as_bytes());
            self.seal(revision + 1, &|next| next["previous_manifest_sha256"] = json!(sha256));
        }
    }
}

/// Replaces digests: they change with every field that a statement or the terms grow.
pub fn without_digests(text: &str) -> String {
    let words = text.split_inclusive(|c: char| !c.is_ascii_hexdigit());
    words
        .map(|word| match word.char_indices().nth(SHA256_HEX) {
            Some((end, _)) if word.chars().take(SHA256_HEX).all(|c| c.is_ascii_hexdigit()) => {
                format!("SHA-256{}", &word[end..])
            }
            None if word.len() == SHA256_HEX => "SHA-256".to_owned(),
            _ => word.to_owned(),
        })
        .collect()
}

#[tokio::test]
async fn an_export_is_proven_from_each_of_its_folders() {
    let copy = Copy::new().await;
    let all = verify(copy.0.path()).unwrap().to_string();
    insta::assert_snapshot!(without_digests(&all));
    for folder in [copy.0.path().join("exports"), copy.path("")] {
        assert_eq!(verify(&folder).unwrap().to_string(), all);
    }
    insta::assert_snapshot!(without_digests(&verify(&copy.path("revision=2")).unwrap().to_string()));
}

#[test]
fn an_export_of_the_first_edition_of_the_rules_is_proven_for_ever() {
    let written = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/edition-1");
    let verified = verify(&written).unwrap();
    assert_eq!(verified.problems.iter().map(ToString::to_string).collect::<Vec<_>>(), [""; 0]);
    assert!(
        verified.to_string().contains("7d920e257411da7836924c7f38301520e1ef5af3c47d664b9de378df21593147")
    );
    // By the present edition, the undecided month would promise the most that a review may find.
    let inputs =
        fs::read_to_string(written.join("exports/month=2026-06/revision=1/inputs-0001.ndjson")).unwrap();
    let amounts = |rules: Edition| -> Vec<u64> {
        let read = |line| Inputs { rules, ..serde_json::from_str(line).unwrap() };
        let statements = inputs.lines().map(|line| read(line).statement().unwrap().unwrap());
        let undecided = statements.filter(|statement| statement.verdict == Verdict::Indeterminate);
        undecided.map(|statement| statement.credit.amount_max.minor).collect()
    };
    assert_eq!(
        [amounts(Edition::First), amounts(Edition::PRESENT)],
        [vec![0, 0, 0], vec![6_931, 1_386, 1_386]]
    );
}

#[tokio::test]
async fn one_flipped_byte_in_any_file_is_found() {
    let copy = Copy::new().await;
    let files = copy.files();
    assert_eq!(files.len(), 2 * 8);
    for (name, path) in files {
        let sound = fs::read(&path).unwrap();
        let last = sound.len() - 1;
        for nth in 0..FLIPS {
            let place = last * nth / (FLIPS - 1);
            for bit in [0x01, 0x20] {
                let mut flipped = sound.clone();
                flipped[place] ^= bit;
                fs::write(&path, flipped).unwrap();
                let problems = copy.problems();
                assert!(problems.iter().any(|p| p.starts_with(&name)), "{name}, byte {place}: {problems:?}");
            }
        }
        fs::write(&path, sound).unwrap();
    }
    assert_eq!(copy.problems(), [""; 0]);
}

#[tokio::test]
async fn a_file_that_was_removed_or_added_is_found() {
    let copy = Copy::new().await;
    for (name, path) in copy.files() {
        let sound = fs::read(&path).unwrap();
        fs::remove_file(&path).unwrap();
        let problems = copy.problems();
        let of_it = problems.iter().find(|problem| problem.starts_with(&name));
        assert!(of_it.is_some_and(|problem| problem.contains(": is missing")), "{name}: {problems:?}");
        fs::write(&path, sound).unwrap();
    }
    let mut told = Vec::new();
    for name in
        ["revision=2/statements.csv.bak", "revision=2/inputs-0002.ndjson", "notes.txt", "../notes.txt"]
    {
        fs::write(copy.path(name), "x").unwrap();
        told.extend(copy.problems());
        fs::remove_file(copy.path(name)).unwrap();
    }
    insta::assert_snapshot!(told.join("\n"), @"
    month=2026-06/revision=2/statements.csv.bak: is not listed in the manifest
    month=2026-06/revision=2/inputs-0002.ndjson: is not listed in the manifest
    month=2026-06/notes.txt: does not belong to an export: move it elsewhere
    notes.txt: does not belong to an export: move it elsewhere
    ");
}

#[tokio::test]
async fn revisions_that_were_swapped_are_found() {
    let copy = Copy::new().await;
    fs::rename(copy.path("revision=1"), copy.path("aside")).unwrap();
    fs::rename(copy.path("revision=2"), copy.path("revision=1")).unwrap();
    fs::rename(copy.path("aside"), copy.path("revision=2")).unwrap();
    let problems = copy.problems();
    let said = |what: &str| problems.iter().any(|problem| problem.ends_with(what));
    assert!(said("revision=1/manifest.json: revision: expected 1, found 2"), "{problems:#?}");
    assert!(said("revision=2/manifest.json: revision: expected 2, found 1"), "{problems:#?}");
}

#[tokio::test]
async fn a_revision_alone_is_proven_as_far_as_it_goes() {
    let copy = Copy::new().await;
    fs::remove_dir_all(copy.path("revision=1")).unwrap();
    insta::assert_snapshot!(without_digests(&verify(&copy.path("revision=2")).unwrap().to_string()));
}

/// A forgery: a file, and the change to it.
struct Forgery {
    name: &'static str,
    edit: fn(&str) -> String,
}

/// Changes by a forger who then makes every digest fit.
const FORGERIES: [Forgery; 14] = [
    Forgery { name: "revision=1/credits.csv", edit: |csv| csv.replace(",166.33,", ",166.34,") },
    Forgery { name: "revision=1/credits.csv", edit: |csv| csv.replace(",166.33,", ",166.330,") },
    Forgery { name: "revision=2/credits.csv", edit: |csv| csv.replace(",-166.33,", ",-16.33,") },
    Forgery {
        name: "revision=2/credits.csv",
        edit: |csv| csv.replace("-166.33,reversal", "-166.33,approved"),
    },
    Forgery { name: "revision=2/credits.csv", edit: |csv| csv.replace(":1\r\n", ":9\r\n") },
    Forgery { name: "revision=2/credits.csv", edit: |csv| without_line(csv, 1) },
    Forgery { name: "revision=1/statements.csv", edit: |csv| csv.replace(",86400,0,", ",80000,0,") },
    Forgery { name: "revision=1/statements.csv", edit: |csv| csv.replace("met,KWD", "breached,KWD") },
    Forgery { name: "revision=1/statements.csv", edit: |csv| csv.replace("verdict", "outcome") },
    Forgery { name: "revision=1/tickets.csv", edit: |csv| csv.replace(",600,met,", ",601,met,") },
    Forgery { name: "revision=1/inputs-0001.ndjson", edit: |lines| lines.replacen("49900", "59900", 1) },
    Forgery { name: "revision=1/inputs-0001.ndjson", edit: |lines| lines.replacen('{', "[", 1) },
    Forgery { name: "revision=1/inputs-0001.ndjson", edit: |lines| without_line(lines, 1) },
    Forgery { name: "revision=1/inputs-0001.ndjson", edit: |lines| swapped(lines) },
];

fn without_line(text: &str, nth: usize) -> String {
    let lines = text.split_inclusive('\n').enumerate();
    lines.filter(|(place, _)| *place != nth).map(|(_, line)| line).collect()
}

/// Swaps the first two lines.
fn swapped(text: &str) -> String {
    let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
    lines.swap(0, 1);
    lines.concat()
}

#[tokio::test]
async fn a_forgery_with_digests_that_fit_is_told_by_file_and_row() {
    let copy = Copy::new().await;
    let mut told = String::new();
    for Forgery { name, edit } in FORGERIES {
        let forged = copy.copied();
        forged.edit(name, edit);
        forged.seal(1, &|_| {});
        let problems = forged.problems();
        assert!(!problems.is_empty(), "{name} was forged unseen");
        told.push_str(&format!("{}\n\n", problems.join("\n")));
    }
    insta::assert_snapshot!(without_digests(&told));
}

#[tokio::test]
async fn a_manifest_that_says_something_else_is_told() {
    let copy = Copy::new().await;
    let mut told = String::new();
    let forgeries: [fn(&mut Value); 8] = [
        |manifest| manifest["totals"][0]["minor"] = json!(1),
        |manifest| manifest["totals"].as_array_mut().unwrap().clear(),
        |manifest| manifest["verdicts"]["met"] = json!(7),
        |manifest| manifest["terms"][0]["digest"] = json!("0".repeat(64)),
        |manifest| manifest["month"] = json!("2026-07"),
        |manifest| manifest["previous_manifest_sha256"] = json!("0".repeat(64)),
        |manifest| manifest["inputs"][0]["rows"] = json!(4),
        |manifest| {
            manifest["files"].as_array_mut().unwrap().swap(0, 1);
        },
    ];
    for forge in forgeries {
        let forged = copy.copied();
        forged.seal(1, &forge);
        told.push_str(&format!("{}\n\n", forged.problems().join("\n")));
    }
    let spaced = copy.copied();
    spaced.edit("revision=2/manifest.json", |json| json.replacen(':', ": ", 1));
    told.push_str(&spaced.problems().join("\n"));
    insta::assert_snapshot!(without_digests(&told));
}
