//! Cost of reading the rows of an export's revision, at N to 8N rows: calls, bytes, read units, time.

use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant as Stopwatch;

use outcome::Clock;
use sla::{Month, Zone};
use table::{FrozenRows, RevisionDraft, Table};

use super::MONTH_START;
use crate::error::LocalError;
use crate::stand_ins::wire::{AnswerFuture, Call, Onward, Passage};
use crate::system::{Engines, System, TABLE};

/// N: the rows of 4 parts.
const ROWS: usize = 14_000;
/// Multiples of N that are measured.
const TIMES: [usize; 4] = [1, 2, 4, 8];
/// Bytes in one consistent read unit.
const UNIT_BYTES: u64 = 4096;

/// Lets every call through and adds up the bytes of the answers.
#[derive(Clone, Default)]
struct ByteCounter(Arc<AtomicU64>);

impl Passage for ByteCounter {
    fn pass(&self, call: Call, onward: Onward) -> AnswerFuture {
        let bytes = self.0.clone();
        Box::pin(async move {
            let answer = onward(call.body).await?;
            let length = answer.body().bytes().map_or(0, <[u8]>::len);
            bytes.fetch_add(u64::try_from(length).unwrap_or(u64::MAX), Ordering::SeqCst);
            Ok(answer)
        })
    }
}

/// Measures reading revisions of growing size.
pub async fn measure(told: &mut String) -> Result<(), LocalError> {
    let fault = |error: table::TableError| LocalError::database("measure an export", error);
    for times in TIMES {
        let weighed = ByteCounter::default();
        let passage = Arc::new(weighed.clone());
        let system = System::over(Engines::memory().await?, Clock::virtual_at(MONTH_START), passage)?;
        let table = Table::new(system.dynamodb().clone(), TABLE);
        let keys: Vec<String> = (0..ROWS * times).map(|nth| format!("STATEMENT#{nth:0>80}#r0001")).collect();
        let draft = RevisionDraft {
            month: Month::of(MONTH_START, Zone::UTC),
            revision: 1,
            as_of: MONTH_START,
            rows: FrozenRows { keys, tickets: Vec::new() },
        };
        let Some(state) = table.freeze(&draft, MONTH_START).await.map_err(fault)? else { continue };
        let calls = system.tally().total();
        weighed.0.store(0, Ordering::SeqCst);
        let watch = Stopwatch::now();
        let rows = table.frozen(&state.value).await.map_err(fault)?.keys.len();
        let took = watch.elapsed();
        let (calls, bytes) = (system.tally().total() - calls, weighed.0.load(Ordering::SeqCst));
        let (parts, units) = (state.value.parts, bytes.div_ceil(UNIT_BYTES));
        let _ = writeln!(
            told,
            "reading {rows} frozen rows of {parts} parts: {calls} SDK calls, {bytes} bytes, {units} read units, {} ms",
            took.as_millis()
        );
    }
    Ok(())
}
