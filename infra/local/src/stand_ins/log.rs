//! An append-only file of JSON lines. A last line cut short by a kill was never acknowledged: it is dropped.

use std::fs::{self, File, OpenOptions};
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::LocalError;

/// A file of JSON lines.
pub struct Log {
    path: PathBuf,
    file: File,
    count: usize,
}

impl Log {
    /// Opens the file, making it if needed, and drops an incomplete last line.
    pub fn open(path: &Path) -> Result<Self, LocalError> {
        let fault = |e| LocalError::io("open", path, e);
        let mut file = append_to(path).map_err(fault)?;
        let mut text = Vec::new();
        file.read_to_end(&mut text).map_err(fault)?;
        let whole = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        file.set_len(whole as u64).map_err(fault)?;
        let count = text.iter().take(whole).filter(|byte| **byte == b'\n').count();
        Ok(Log { path: path.to_path_buf(), file, count })
    }

    /// The number of lines.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Reads every line, in order.
    pub fn read<T: DeserializeOwned>(&self) -> Result<Vec<T>, LocalError> {
        let fault = |e| LocalError::io("read", &self.path, e);
        let file = File::open(&self.path).map_err(fault)?;
        let lines = BufReader::new(file).lines();
        lines.map(|line| Ok(serde_json::from_str(&line?)?)).collect::<std::io::Result<_>>().map_err(fault)
    }

    /// Appends one line per value, in one write.
    pub fn append(&mut self, values: &[impl Serialize]) -> Result<(), LocalError> {
        let written = lines(values).and_then(|lines| self.file.write_all(&lines));
        written.map_err(|e| LocalError::io("write", &self.path, e))?;
        self.count += values.len();
        Ok(())
    }

    /// Replaces all lines: a kill leaves the old ones or the new ones.
    pub fn replace(&mut self, values: &[impl Serialize]) -> Result<(), LocalError> {
        let next = self.path.with_extension("next");
        let write = |e| LocalError::io("write", &next, e);
        fs::write(&next, lines(values).map_err(write)?).map_err(write)?;
        let replace = |e| LocalError::io("replace", &self.path, e);
        fs::rename(&next, &self.path).map_err(replace)?;
        self.file = append_to(&self.path).map_err(replace)?;
        self.count = values.len();
        Ok(())
    }
}

fn append_to(path: &Path) -> std::io::Result<File> {
    OpenOptions::new().read(true).append(true).create(true).open(path)
}

fn lines(values: &[impl Serialize]) -> std::io::Result<Vec<u8>> {
    let mut lines = Vec::new();
    for value in values {
        serde_json::to_writer(&mut lines, value)?;
        lines.push(b'\n');
    }
    Ok(lines)
}
