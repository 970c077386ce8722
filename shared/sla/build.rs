//! Writes the table of zones that `src/zone.rs` reads: the data of `chrono-tz` for 2000 to 2100, as plain
//! numbers. The tables of `chrono-tz` hold a pointer for each change of a clock, a sixth of a function's
//! binary.

#![expect(
    clippy::disallowed_methods,
    reason = "cargo names the folder for generated files in the environment"
)]

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write;
use std::path::Path;

use chrono::{DateTime, Offset};
use chrono_tz::{TZ_VARIANTS, Tz};

/// 2000-01-01, less two days: no local calendar is further ahead.
const FROM_S: i64 = 946_684_800 - 2 * 86_400;
/// 2100-01-01, and two days.
const UNTIL_S: i64 = 4_102_444_800 + 2 * 86_400;
/// Step of the search, in seconds. No clock changes and changes back within it; Morocco's does so over
/// Ramadan.
const STEP_S: i64 = 7 * 86_400;

/// A dial: seconds ahead of UTC, and the name of the offset.
type Dial = (i32, String);
/// The changes of a clock, each with its dial; the first stands for all time before it.
type Changes = Vec<(i64, Dial)>;

fn dial(zone: Tz, at_s: i64) -> Result<Dial, Box<dyn Error>> {
    let instant = DateTime::from_timestamp(at_s, 0).ok_or("no such instant")?;
    let offset = *instant.with_timezone(&zone).offset();
    Ok((offset.fix().local_minus_utc(), offset.to_string()))
}

fn changes(zone: Tz) -> Result<Changes, Box<dyn Error>> {
    let mut found = vec![(0, dial(zone, FROM_S)?)];
    for step in (FROM_S..UNTIL_S).step_by(usize::try_from(STEP_S)?) {
        let (mut before, mut after) = (step, step + STEP_S);
        let old = dial(zone, before)?;
        if dial(zone, after)? == old {
            continue;
        }
        while after - before > 1 {
            let middle = before.midpoint(after);
            if dial(zone, middle)? == old { before = middle } else { after = middle }
        }
        found.push((after, dial(zone, after)?));
    }
    Ok(found)
}

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    let mut dials: BTreeMap<Dial, usize> = BTreeMap::new();
    // Many names share one history: each is written once.
    let mut places: BTreeMap<Changes, usize> = BTreeMap::new();
    let (mut zones, mut since, mut shown) = (String::new(), String::new(), String::new());
    let mut written = 0;
    let mut sorted: Vec<Tz> = TZ_VARIANTS.to_vec();
    sorted.sort_by_key(|zone| zone.name());
    let utc = sorted.iter().position(|zone| *zone == Tz::UTC).ok_or("there is no UTC")?;
    for zone in sorted {
        let changes = changes(zone)?;
        let count = changes.len();
        let place = *places.entry(changes.clone()).or_insert(written);
        writeln!(zones, "    ({:?}, {place}, {count}),", zone.name())?;
        if place < written {
            continue;
        }
        written += count;
        for (at_s, dial) in changes {
            let next = dials.len();
            writeln!(since, "    {at_s},")?;
            writeln!(shown, "    {},", *dials.entry(dial).or_insert(next))?;
        }
    }
    let mut in_order: Vec<(&Dial, &usize)> = dials.iter().collect();
    in_order.sort_by_key(|(_, place)| **place);
    let dials: String =
        in_order.iter().map(|((offset_s, name), _)| format!("    ({offset_s}, {name:?}),\n")).collect();
    let table = format!(
        "const UTC: usize = {utc};\nstatic ZONES: &[(&str, u16, u16)] = &[\n{zones}];\nstatic SINCE: &[u32] = &[\n{since}];\n\
         static SHOWN: &[u8] = &[\n{shown}];\nstatic DIALS: &[(i32, &str)] = &[\n{dials}];\n"
    );
    Ok(std::fs::write(Path::new(&std::env::var("OUT_DIR")?).join("zones.rs"), table)?)
}
