//! Ten thousand credits exactly between two minor units, in currencies of no, two and three decimals:
//! statement, ledger, CSV, Parquet and manifest show the same sums, each in its own currency.

use std::collections::BTreeMap;

use arrow_array::cast::AsArray;
use arrow_array::types::Decimal128Type;
use bytes::Bytes;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use sla::availability::{Seconds, percent};
use sla::credit::Credit;
use sla::ledger::{Billing, Due, Entry, EntryState, settle};
use sla::{Currency, Inputs, Money, Statement};

use crate::manifest::{File, Place, Tables};
use crate::sample::{closes_at, inputs, june, rows, stated};

/// Number of credits, spread over the currencies.
const ROUNDINGS: u64 = 10_000;
const CURRENCIES: [(&str, usize); 3] = [("JPY", 0), ("EUR", 2), ("KWD", 3)];
/// 0.2 % of June: 10 × 0.002 × fee = fee / 50.
const DOWN_S: i64 = 5184;

/// Sums in minor units by currency.
type Sums = BTreeMap<String, i128>;

/// Returns the fee of the nth credit; a fiftieth of it ends in one half.
const fn fee_minor(nth: u64) -> u64 {
    50 * nth + 25
}

/// Returns the amount of the nth credit: nth and a half, rounded up.
const fn credit_minor(nth: u64) -> u64 {
    nth + 1
}

/// Returns the nth statement and its ledger entry.
fn rounding(nth: u64, template: &Statement, known: &Inputs) -> (Statement, Entry) {
    let (code, _) = CURRENCIES[usize::try_from(nth).unwrap() % CURRENCIES.len()];
    let currency: Currency = code.parse().unwrap();
    let fee = Money { minor: fee_minor(nth), currency };
    let mut known = known.clone();
    known.service.service_id = format!("s{nth:05}").parse().unwrap();
    known.service.monthly_fee = fee;
    let statement = Statement {
        service_id: known.service.service_id.clone(),
        credit: Credit::compute(&known.terms.credits, fee, template.seconds, template.verdict),
        ..template.clone()
    };
    assert_eq!(statement.credit.amount, Money { minor: credit_minor(nth), currency });
    let due = [Due::of_uptime(&statement, EntryState::Approved, None)];
    let mut entries =
        settle(&known, &statement, &[], &due, Billing { service: &known.service, invoiced_to: None });
    assert_eq!(entries.len(), 1);
    (statement, entries.remove(0))
}

fn tables() -> Tables {
    let (mut template, _) = stated("template", 100, "EUR", DOWN_S, 0);
    let period = template.seconds.period;
    template.seconds = Seconds { up: period - DOWN_S, down: DOWN_S, unknown: 0, ..template.seconds };
    template.availability_pct = percent(period - DOWN_S, period);
    let known = inputs("template", 100, "EUR");
    let (statements, entries): (Vec<_>, Vec<_>) =
        (0..ROUNDINGS).map(|nth| rounding(nth, &template, &known)).unzip();
    let rows = rows(&statements, &entries);
    let place = Place { month: june(), revision: 1, as_of: closes_at(), previous_manifest_sha256: None };
    Tables::of(place, rows.iter().map(|(key, row)| (key, row)), &[]).unwrap()
}

/// Computes the sums independently, by plain arithmetic.
fn expected() -> Sums {
    let mut sums = Sums::new();
    for nth in 0..ROUNDINGS {
        let (code, _) = CURRENCIES[usize::try_from(nth).unwrap() % CURRENCIES.len()];
        *sums.entry(code.to_owned()).or_default() += i128::from(credit_minor(nth));
    }
    sums
}

fn bytes<'a>(tables: &'a Tables, name: &str) -> &'a [u8] {
    let is_named = |file: &&File| file.key.ends_with(&format!("/{name}"));
    &tables.files.iter().find(is_named).unwrap().bytes
}

fn csv_sums(tables: &Tables, name: &str, column: &str) -> Sums {
    let mut sums = Sums::new();
    let mut reader = csv::Reader::from_reader(bytes(tables, name));
    for row in reader.deserialize::<BTreeMap<String, String>>() {
        let row = row.unwrap();
        let decimals = row[column].split_once('.').map_or(0, |(_, decimals)| decimals.len());
        assert!(CURRENCIES.contains(&(row["currency"].as_str(), decimals)), "{row:?}");
        let minor: i128 = row[column].replace('.', "").parse().unwrap();
        *sums.entry(row["currency"].clone()).or_default() += minor;
    }
    sums
}

fn parquet_sums(tables: &Tables, name: &str, column: &str) -> Sums {
    let mut sums = Sums::new();
    let file = Bytes::copy_from_slice(bytes(tables, name));
    for batch in ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap() {
        let batch = batch.unwrap();
        let amounts = batch.column_by_name(column).unwrap().as_primitive::<Decimal128Type>();
        let currencies = batch.column_by_name("currency").unwrap().as_string::<i32>();
        for (units, currency) in amounts.values().iter().zip(currencies) {
            let currency = currency.unwrap();
            let (_, decimals) = CURRENCIES.iter().find(|(code, _)| *code == currency).unwrap();
            // The column has four decimals.
            let minor_units = 10_i128.pow(4 - u32::try_from(*decimals).unwrap());
            assert_eq!(units % minor_units, 0);
            *sums.entry(currency.to_owned()).or_default() += units / minor_units;
        }
    }
    sums
}

#[test]
fn ten_thousand_half_units_in_three_currencies_reconcile_everywhere() {
    let (tables, expected) = (tables(), expected());
    assert_eq!(csv_sums(&tables, "statements.csv", "credit_amount"), expected);
    assert_eq!(csv_sums(&tables, "credits.csv", "amount"), expected);
    assert_eq!(parquet_sums(&tables, "statements.parquet", "credit_amount"), expected);
    assert_eq!(parquet_sums(&tables, "credits.parquet", "amount"), expected);
    let manifest = tables.sealed(Vec::new()).unwrap().manifest;
    let totals = manifest.totals.iter().map(|total| {
        assert_eq!(total.state, "approved");
        (total.currency.to_string(), i128::from(total.minor))
    });
    assert_eq!(totals.collect::<Sums>(), expected);
    assert_eq!(manifest.totals.iter().map(|total| total.entries as u64).sum::<u64>(), ROUNDINGS);
    // By hand: 1 + 4 + … + 10,000, 2 + 5 + … + 9,998 and 3 + 6 + … + 9,999.
    assert_eq!(expected.values().copied().collect::<Vec<_>>(), [16_665_000, 16_671_667, 16_668_333]);
}
