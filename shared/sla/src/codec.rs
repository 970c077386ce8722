//! Run-length coding with variable-length integers (LEB128), the storage format of timelines and
//! measurements.

/// An error in stored bytes that no version of this code wrote.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CodecError {
    /// The first byte names another format.
    #[error("format {0} is not known to this version")]
    Format(u8),
    /// The bytes end within a number, or a number is too large.
    #[error("the bytes end early or hold a number that is too large")]
    Number,
    /// A run is empty, has an unknown code or reaches beyond the chunk.
    #[error("a run does not fit its chunk")]
    Run,
}

pub(crate) fn write_number(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

/// Reads one number from the front of `bytes`.
pub(crate) fn read_number(bytes: &mut &[u8]) -> Result<u64, CodecError> {
    let mut number = 0_u64;
    // 9 groups of 7 bits are 63 bits: more than any number written here.
    for group in 0..9 {
        let (&byte, rest) = bytes.split_first().ok_or(CodecError::Number)?;
        *bytes = rest;
        number |= u64::from(byte & 0x7f) << (7 * group);
        if byte < 0x80 {
            return Ok(number);
        }
    }
    Err(CodecError::Number)
}

/// Groups equal neighbours: `(first index, length, value)`.
pub(crate) fn runs<T: PartialEq + Copy>(values: &[T]) -> impl Iterator<Item = (usize, usize, T)> + '_ {
    let mut first = 0;
    values.chunk_by(T::eq).map(move |run| {
        let start = first;
        first += run.len();
        (start, run.len(), run[0])
    })
}
