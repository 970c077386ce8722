//! The manifest of a revision: checks that it is complete and describes its own folder, and lists its files.

use std::collections::BTreeSet;
use std::fs;
use std::io;

use events::answer::ExportedFile;
use events::export::Manifest;
use sla::{canonical_json, sha256_hex};

use crate::error::VerifyError;

use super::columns::SHEETS;
use super::folders::{RevisionFolder, entries, name_of};
use super::problem::Problems;

/// The manifest's name.
pub const MANIFEST: &str = "manifest.json";

/// A manifest as it was read.
#[derive(Debug)]
pub struct ReadManifest {
    /// The content; none if it cannot be parsed.
    pub manifest: Option<Manifest>,
    /// The SHA-256 of its bytes.
    pub sha256: String,
}

/// Reads the manifest of a revision; none if there is no file.
pub fn read(folder: &RevisionFolder, problems: &mut Problems) -> Result<Option<ReadManifest>, VerifyError> {
    let (path, file) = (folder.path.join(MANIFEST), folder.name(MANIFEST));
    let bytes = match fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            problems.says(&file, "is missing: the revision is not finished, or the file was removed");
            return Ok(None);
        }
        Err(error) => return Err(VerifyError::io("read", &path, error)),
    };
    let sha256 = sha256_hex(&bytes);
    let manifest = match serde_json::from_slice::<Manifest>(&bytes) {
        Ok(manifest) => {
            look_at_whole(&manifest, &bytes, &file, problems);
            Some(manifest)
        }
        Err(error) => {
            problems.says(&file, format_args!("cannot be read: {error}"));
            None
        }
    };
    Ok(Some(ReadManifest { manifest, sha256 }))
}

fn look_at_whole(manifest: &Manifest, bytes: &[u8], file: &str, problems: &mut Problems) {
    if canonical_json(manifest).ok().is_none_or(|json| json.as_bytes() != bytes) {
        problems.says(file, "is not the canonical JSON (RFC 8785) of what it says");
    }
    match manifest.computed_digest() {
        Ok(digest) if digest == manifest.digest => {}
        Ok(digest) => problems.differs(file, "digest", digest, &manifest.digest),
        Err(error) => problems.says(file, format_args!("digest: cannot be computed: {error}")),
    }
}

/// Checks that the manifest describes its own folder, and names the required files.
pub fn look_at_place(folder: &RevisionFolder, manifest: &Manifest, problems: &mut Problems) {
    let file = folder.name(MANIFEST);
    if manifest.month != folder.month {
        problems.differs(&file, "month", folder.month, manifest.month);
    }
    if manifest.revision != folder.revision {
        problems.differs(&file, "revision", folder.revision, manifest.revision);
    }
    let keys = |list: &[ExportedFile]| list.iter().map(|one| one.key.clone()).collect::<Vec<_>>();
    let prefixed = |names: Vec<String>| {
        names.into_iter().map(|name| format!("{}{name}", folder.prefix())).collect::<Vec<_>>()
    };
    let sheets = |extension: &str| SHEETS.map(|sheet| format!("{}.{extension}", sheet.name));
    let tables = prefixed([sheets("csv"), sheets("parquet")].concat());
    let parts = prefixed((1..=manifest.inputs.len()).map(|nth| format!("inputs-{nth:04}.ndjson")).collect());
    for (what, expected, found) in
        [("files", tables, keys(&manifest.files)), ("inputs", parts, keys(&manifest.inputs))]
    {
        let length = expected.len().max(found.len());
        let nothing = String::new();
        for nth in 0..length {
            let (expected, found) = (expected.get(nth), found.get(nth));
            if expected != found {
                let what = format!("{what}, entry {}", nth + 1);
                problems.differs(&file, &what, expected.unwrap_or(&nothing), found.unwrap_or(&nothing));
            }
        }
    }
}

/// Checks that every listed file exists with its SHA-256, and no other file does; returns the names of the
/// existing files and of the sound ones.
pub fn look_at_files(
    folder: &RevisionFolder,
    manifest: &Manifest,
    problems: &mut Problems,
) -> Result<Files, VerifyError> {
    let there: BTreeSet<String> = entries(&folder.path)?.iter().map(|path| name_of(path)).collect();
    let mut files = Files::default();
    let mut listed: BTreeSet<&str> = [MANIFEST].into();
    for ExportedFile { key, sha256, .. } in manifest.files.iter().chain(&manifest.inputs) {
        // A key of another folder has been reported already.
        let Some(name) = key.strip_prefix(&folder.prefix()).filter(|name| !name.contains('/')) else {
            continue;
        };
        listed.insert(name);
        if !there.contains(name) {
            problems.says(&folder.name(name), "is missing");
            continue;
        }
        let path = folder.path.join(name);
        let found = sha256_hex(&fs::read(&path).map_err(|e| VerifyError::io("read", &path, e))?);
        files.there.insert(name.to_owned());
        if found == *sha256 {
            files.sound.insert(name.to_owned());
        } else {
            problems.differs(&folder.name(name), "SHA-256", sha256, found);
        }
    }
    for name in there.iter().filter(|name| !listed.contains(name.as_str())) {
        problems.says(&folder.name(name), "is not listed in the manifest");
    }
    Ok(files)
}

/// The listed files of a revision, by name.
#[derive(Debug, Default)]
pub struct Files {
    /// Files that exist.
    pub there: BTreeSet<String>,
    /// Existing files whose digest is the manifest's.
    pub sound: BTreeSet<String>,
}
