//! `nines verify` proves credits: a cell forged in CSV and Parquet alike, with fitting totals and digests,
//! differs from the statement or from the reversed entry. Right cells are not reported.

use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;

use ::verify::verify;
use acceptance::short_june::{
    self, CLOSED, Course, LATE, check, checks, daily, desk, file_claim, review_claim, review_statement,
};
use acceptance::world::Event;
use arrow_array::{ArrayRef, Decimal128Array, Int64Array, RecordBatch, StringArray};
use arrow_schema::{DataType, Schema};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::{Value, json};
use sla::{ClaimId, Currency};

use super::verify::{Copy, without_digests};

/// Decimals of amounts and percentages in Parquet.
const DECIMALS: usize = 4;

/// A forged cell of a revision's credits: revision, row from 1, column, value.
type Cell = (u32, usize, &'static str, &'static str);

/// Cells of credits with an amount of their own: those of `api-jpy`, which no entry reverses.
const OWN: [Cell; 19] = [
    (1, 1, "amount", "23334"),
    (1, 1, "amount", "0"),
    (1, 1, "kind", "performance"),
    (1, 1, "customer_id", "other"),
    (1, 1, "service_id", "api-met"),
    (1, 1, "plan", "professional"),
    (1, 1, "currency", "KRW"),
    (1, 1, "monthly_fee", "80000"),
    (1, 1, "commitment_pct", "99.5000"),
    (1, 1, "availability_pct", ""),
    (1, 1, "down_s", "86401"),
    (1, 1, "agreed_s", "2592001"),
    (1, 1, "share_pct", "33.3334"),
    (1, 1, "terms_revision", "1"),
    (1, 1, "month", "2026-05"),
    (1, 1, "state", "lapsed"),
    (1, 1, "billing_month", "2026-06"),
    (1, 1, "billing_month", "2025-12"),
    (1, 1, "billing_month", "2026-7"),
];

/// Cells of the reversal of `api-eur`'s credit.
const REVERSAL: [Cell; 16] = [
    (2, 2, "amount", "-166.34"),
    (2, 2, "kind", "performance"),
    (2, 2, "customer_id", "other"),
    (2, 2, "service_id", "api-jpy"),
    (2, 2, "plan", "professional"),
    (2, 2, "currency", "USD"),
    (2, 2, "monthly_fee", "500.00"),
    (2, 2, "commitment_pct", "99.5000"),
    (2, 2, "availability_pct", "90.0000"),
    (2, 2, "down_s", "259200"),
    (2, 2, "agreed_s", "2592001"),
    (2, 2, "share_pct", "100.0000"),
    (2, 2, "claim_id", "claim:2026-06:uptime:1"),
    (2, 2, "terms_revision", "1"),
    (2, 2, "statement_revision", "1"),
    (2, 2, "billing_month", "2026-06"),
];

#[tokio::test]
async fn a_credit_that_is_not_its_statements_is_told_though_csv_and_parquet_agree() {
    insta::assert_snapshot!(told_of(&OWN).await);
}

#[tokio::test]
async fn a_reversal_that_does_not_repeat_what_it_takes_back_is_told() {
    insta::assert_snapshot!(told_of(&REVERSAL).await);
}

/// Forges one cell after the other; returns the problems reported for each.
async fn told_of(cells: &[Cell]) -> String {
    let sound = Copy::new().await;
    let mut told = String::new();
    for cell in cells {
        let copy = sound.copied();
        forge(&copy, *cell);
        let problems = copy.problems();
        assert!(!problems.is_empty(), "{cell:?} was forged unseen");
        let (revision, row, column, value) = cell;
        told += &format!(
            "revision {revision}, row {row}, {column} = {value}\n    {}\n\n",
            problems.join("\n    ")
        );
    }
    without_digests(&told)
}

#[tokio::test]
async fn a_copy_that_is_written_anew_but_not_changed_is_not_told() {
    let copy = Copy::new().await;
    forge(&copy, (1, 1, "amount", "23333"));
    assert_eq!(copy.problems(), [""; 0]);
}

/// Changes a cell in CSV and Parquet, and makes totals and digests fit.
fn forge(copy: &Copy, (revision, row, column, value): Cell) {
    let path = |extension: &str| copy.path(&format!("revision={revision}/credits.{extension}"));
    let mut reader = csv::Reader::from_path(path("csv")).unwrap();
    let header = reader.headers().unwrap().clone();
    let place = |column: &str| header.iter().position(|name| name == column).unwrap();
    let mut rows: Vec<Vec<String>> =
        reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect();
    rows[row - 1][place(column)] = value.to_owned();

    let terminator = csv::Terminator::CRLF;
    let mut writer = csv::WriterBuilder::new().terminator(terminator).from_path(path("csv")).unwrap();
    writer.write_record(&header).unwrap();
    rows.iter().for_each(|row| writer.write_record(row).unwrap());
    writer.flush().unwrap();

    let sound = fs::File::open(path("parquet")).unwrap();
    let schema = ParquetRecordBatchReaderBuilder::try_new(sound).unwrap().schema().clone();
    fs::write(path("parquet"), parquet_of(&schema, &rows)).unwrap();

    let totals = totals(&rows, [place("currency"), place("state"), place("amount")]);
    copy.seal(revision, &|manifest| manifest["totals"] = totals.clone());
}

fn parquet_of(schema: &Arc<Schema>, rows: &[Vec<String>]) -> Vec<u8> {
    let columns = schema.fields().iter().enumerate().map(|(place, field)| -> ArrayRef {
        let cells = rows.iter().map(|row| Some(row[place].as_str()).filter(|cell| !cell.is_empty()));
        match field.data_type() {
            DataType::Utf8 => Arc::new(cells.collect::<StringArray>()),
            DataType::Int64 => {
                Arc::new(cells.map(|cell| cell.map(|cell| cell.parse().unwrap())).collect::<Int64Array>())
            }
            DataType::Decimal128(precision, scale) => {
                let units = cells.map(|cell| cell.map(units)).collect::<Decimal128Array>();
                Arc::new(units.with_precision_and_scale(*precision, *scale).unwrap())
            }
            other => unreachable!("no column of the credits is {other}"),
        }
    });
    let batch = RecordBatch::try_new(schema.clone(), columns.collect()).unwrap();
    let mut writer = ArrowWriter::try_new(Vec::new(), schema.clone(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.into_inner().unwrap()
}

/// Parses a decimal as ten-thousandths.
fn units(decimal: &str) -> i128 {
    let (whole, fraction) = decimal.split_once('.').unwrap_or((decimal, ""));
    format!("{whole}{fraction:0<DECIMALS$}").parse().unwrap()
}

/// Returns the manifest's totals of the rows; the columns of currency, state and amount are given.
fn totals(rows: &[Vec<String>], [currency, state, amount]: [usize; 3]) -> Value {
    let mut totals = BTreeMap::<(&str, &str), (usize, i128)>::new();
    for row in rows {
        let decimals = row[currency].parse::<Currency>().unwrap().decimals();
        let minor = units(&row[amount]) / 10_i128.pow(u32::try_from(DECIMALS - decimals).unwrap());
        let total = totals.entry((&row[currency], &row[state])).or_default();
        *total = (total.0 + 1, total.1 + minor);
    }
    let shown = totals.into_iter().map(|((currency, state), (entries, minor))| {
        let minor = i64::try_from(minor).unwrap();
        json!({ "currency": currency, "state": state, "entries": entries, "minor": minor })
    });
    shown.collect()
}

#[tokio::test]
async fn credits_of_claims_reviews_and_lapsed_windows_are_proven() {
    let services = [
        ("breached", Course::Breached),
        ("lapsed", Course::Breached),
        ("unknown", Course::Unknown),
        ("partly", Course::PartlyUnknown),
        ("slow", Course::Slow),
        ("both", Course::SlowAndBreached),
    ];
    let world = short_june::june(&services, CLOSED).await.unwrap();
    let mut commands = vec![review_statement("unknown", "breached"), review_statement("partly", "breached")];
    for id in ["breached", "unknown", "partly", "both"] {
        commands.push(file_claim(id, "uptime"));
    }
    for (id, cents) in [("slow", 10_000), ("both", 37_425)] {
        let claim_id = ClaimId::nth(&id.parse().unwrap(), super::june(), "performance", 1);
        commands.extend([file_claim(id, "performance"), review_claim(&claim_id.to_string(), Some(cents))]);
    }
    let commands: Vec<Event> = commands.into_iter().map(desk).collect();
    world.seed(&commands).await.unwrap();
    world.advance_to(LATE).unwrap();
    world.seed(&[short_june::sweep(), short_june::export()]).await.unwrap();
    // More downtime becomes known and earns more: approved and lapsed credits are taken back.
    world.advance_to("2026-07-09T03:00:00Z").unwrap();
    let later = ["breached", "lapsed", "partly"].map(|id| check(id, "2026-06-30T23:30:00Z", "down"));
    world.seed(&[checks(&later), daily(), short_june::export()]).await.unwrap();

    let report = verify(&world.engines().objects()).unwrap();
    assert_eq!(report.problems, []);
    let mut entries = String::new();
    for revision in [super::REVISION_1, super::REVISION_2] {
        let mut reader =
            csv::Reader::from_path(super::object(&world, &format!("{revision}credits.csv"))).unwrap();
        let header = reader.headers().unwrap().clone();
        for row in reader.records() {
            let row = row.unwrap();
            let cell =
                |column: &str| row.get(header.iter().position(|name| name == column).unwrap()).unwrap();
            let shown =
                ["service_id", "kind", "state", "amount", "down_s", "share_pct", "billing_month"].map(cell);
            let revision = cell("statement_revision");
            entries += &format!("{}, statement {revision}\n", shown.join(" | "));
        }
    }
    insta::assert_snapshot!(entries);
}
