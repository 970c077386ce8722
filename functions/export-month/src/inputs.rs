//! The inputs of a revision's statements, exported beside them so that anyone can recompute the statements.
//! One line per statement, in the same order, in parts: a run holds only one part in memory.

use events::answer::ExportedFile;
use sla::{Inputs, canonical_json, sha256_hex};

use crate::manifest::File;

/// Lines per part.
const LINES_MAX: usize = 500;
/// Size at which a part is full: 500 lines of 64 KB, an ordinary month of measurements.
const BYTES_FULL: usize = 32 * 1024 * 1024;

/// Cuts the inputs of a revision into parts.
#[derive(Debug)]
pub struct Parts {
    prefix: String,
    count: usize,
    lines: usize,
    bytes: Vec<u8>,
}

/// A complete part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The part's line in the manifest.
    pub listed: ExportedFile,
    /// The object to write.
    pub file: File,
}

impl Parts {
    /// Starts the parts of the revision whose keys begin with `prefix`.
    pub const fn beneath(prefix: String) -> Self {
        Self { prefix, count: 0, lines: 0, bytes: Vec::new() }
    }

    /// Adds the inputs of the next statement; returns the part that they complete, if any.
    ///
    /// # Errors
    /// Returns an error if JSON cannot hold the inputs.
    pub fn add(&mut self, inputs: &Inputs) -> Result<Option<Part>, serde_json::Error> {
        self.bytes.extend_from_slice(canonical_json(inputs)?.as_bytes());
        self.bytes.push(b'\n');
        self.lines += 1;
        let is_full = self.lines == LINES_MAX || self.bytes.len() >= BYTES_FULL;
        Ok(if is_full { self.complete() } else { None })
    }

    /// Returns the part in progress, if there is one.
    pub fn complete(&mut self) -> Option<Part> {
        let rows = std::mem::take(&mut self.lines);
        if rows == 0 {
            return None;
        }
        self.count += 1;
        let key = format!("{}inputs-{:04}.ndjson", self.prefix, self.count);
        let bytes = std::mem::take(&mut self.bytes);
        let listed = ExportedFile { key: key.clone(), rows, sha256: sha256_hex(&bytes) };
        Some(Part { listed, file: File { key, content_type: "application/x-ndjson", bytes } })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::inputs;

    #[test]
    fn a_part_holds_five_hundred_lines_and_the_last_what_is_left() {
        let mut parts = Parts::beneath("exports/month=2026-06/revision=1/".to_owned());
        let mut complete = Vec::new();
        for nth in 0..1001 {
            let fee_minor = nth;
            complete.extend(parts.add(&inputs("api", fee_minor, "EUR")).unwrap());
        }
        complete.extend(parts.complete());
        assert_eq!(parts.complete(), None);
        let shown: Vec<_> =
            complete.iter().map(|part| (part.listed.key.as_str(), part.listed.rows)).collect();
        let key = |nth| format!("exports/month=2026-06/revision=1/inputs-000{nth}.ndjson");
        assert_eq!(shown, [(key(1).as_str(), 500), (key(2).as_str(), 500), (key(3).as_str(), 1)]);
        let lines: Vec<&str> =
            complete.iter().flat_map(|part| str::from_utf8(&part.file.bytes).unwrap().lines()).collect();
        for (nth, line) in lines.iter().enumerate() {
            let inputs: Inputs = serde_json::from_str(line).unwrap();
            assert_eq!(
                (inputs.service.monthly_fee.minor, canonical_json(&inputs).unwrap()),
                (nth as u64, (*line).to_owned())
            );
        }
        for Part { listed, file } in &complete {
            assert_eq!((&listed.key, &listed.sha256), (&file.key, &sha256_hex(&file.bytes)));
        }
    }

    #[test]
    fn a_part_that_is_large_takes_no_further_line() {
        let mut parts = Parts::beneath(String::new());
        let mut large = inputs("api", 1, "EUR");
        large.service.name = "n".repeat(BYTES_FULL / 2);
        assert_eq!(parts.add(&large).unwrap(), None);
        assert_eq!(parts.add(&large).unwrap().map(|part| part.listed.rows), Some(2));
        assert_eq!(parts.complete(), None);
    }
}
