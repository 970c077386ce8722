//! Registrations as CSV: a service a line, with its customer (contract, "An import"). A cell is read as the
//! field of its name is; all errors are found at once, each by its line and column.

use std::collections::BTreeMap;

use csv::{ReaderBuilder, StringRecord};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sla::{Currency, CustomerId, Instant, Money, Month, Plan, RegionId, Resolution, ServiceId, Zone, shown};

use crate::Command;
use crate::command::{DAYS_366_S, PROBES_MAX, RegisterCustomer, RegisterService, mail_address};
use crate::input::{InputError, read_at};
use crate::text::{Count, Line};

/// Services of a file. Each takes some six calls of 8 ms, so these take 12 s of the 20 s of a request at the
/// desk.
pub const SERVICES_MAX: usize = 250;
/// Errors that are told of a file: 1,000 of at most 1 KB are 1 MB of the 6 MB that Lambda answers.
const ERRORS_MAX: usize = 1000;
/// Separators of cells: the first of them that stands in the header is the file's. A copy from a spreadsheet
/// has tabs.
const SEPARATORS: [char; 3] = [',', ';', '\t'];
/// Silence without end.
const FOR_EVER: &str = "null";

/// Column of a file.
struct Column {
    name: &'static str,
    is_required: bool,
    /// Reader of a cell that is not empty, as the value of the field.
    read: fn(&str) -> Result<Value, InputError>,
}

const fn column(
    name: &'static str,
    is_required: bool,
    read: fn(&str) -> Result<Value, InputError>,
) -> Column {
    Column { name, is_required, read }
}

/// Columns of a file: the fields of `register_service`, with the currency of the fee beside it, and those of
/// `register_customer` under names of their own.
const COLUMNS: [Column; 16] = [
    column("customer_id", true, word::<CustomerId>),
    column(NAME_OF_CUSTOMER, false, word::<Line>),
    column(MAIL_OF_CUSTOMER, false, mail),
    column("service_id", true, word::<ServiceId>),
    column("name", true, word::<Line>),
    column("plan", true, word::<Plan>),
    column(FEE, true, |cell| Ok(cell.into())),
    column(CURRENCY, true, word::<Currency>),
    column("region", true, word::<RegionId>),
    column("activated_at", true, word::<Instant>),
    column("time_zone", false, word::<Zone>),
    column("statements_from", false, word::<Month>),
    column("resolution_s", false, number::<Resolution>),
    column("check_interval_s", false, number::<Count<1, DAYS_366_S>>),
    column("max_silence_s", false, silence),
    column("quorum", false, number::<Count<1, PROBES_MAX>>),
];
const NAME_OF_CUSTOMER: &str = "customer_name";
const MAIL_OF_CUSTOMER: &str = "customer_email";
const FEE: &str = "monthly_fee";
const CURRENCY: &str = "currency";

/// Error in a cell, or in a line as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CellError {
    /// The line of the file on which its row begins; the header is line 1.
    pub line: u64,
    /// The column; empty if the error is of the whole line.
    pub column: String,
    /// The value.
    pub value: String,
    /// The error, with what would be right.
    pub error: String,
}

impl CellError {
    /// Builds an error.
    pub fn new(line: u64, column: &str, value: &str, error: impl std::fmt::Display) -> Self {
        let error = InputError::new(error).to_string();
        Self { line, column: column.to_owned(), value: shown(value), error }
    }
}

impl std::fmt::Display for CellError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { line, column, error, .. } = self;
        if column.is_empty() {
            write!(f, "line {line}: {error}")
        } else {
            write!(f, "line {line}, {column}: {error}")
        }
    }
}

/// Registration with the line that gives it.
#[derive(Debug, Clone, PartialEq)]
pub struct Given<T> {
    /// The line.
    pub line: u64,
    /// The registration.
    pub registration: T,
}

/// Registrations of a file, with its errors.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Registrations {
    /// Customers who are named, each once.
    pub customers: BTreeMap<CustomerId, Given<RegisterCustomer>>,
    /// Services, in the order of their lines.
    pub services: Vec<Given<RegisterService>>,
    /// Errors, by line; a line that has one registers nothing.
    pub errors: Vec<CellError>,
}

impl Registrations {
    /// Reads a file.
    pub fn read(csv: &str) -> Self {
        let mut read = Self::default();
        if let Some(line) = open_quote(csv) {
            let error = "a quote opens here and is never closed: write a quote within a cell as two";
            read.errors.push(CellError::new(line, "", "", error));
            return read;
        }
        let header = csv.lines().next().unwrap_or_default();
        let separator = SEPARATORS.into_iter().find(|separator| header.contains(*separator)).unwrap_or(',');
        let delimiter = u8::try_from(separator).unwrap_or(b',');
        let mut reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(delimiter)
            .from_reader(csv.as_bytes());
        let mut rows = reader.records().flatten();
        let columns = read.header(&rows.next().unwrap_or_default());
        for row in rows.filter(|row| row.iter().any(|cell| !cell.trim().is_empty())) {
            let line = row.position().map_or(0, csv::Position::line);
            if read.services.len() == SERVICES_MAX {
                let error = format!("the file has more than {SERVICES_MAX} services: divide it");
                read.errors.push(CellError::new(line, "", "", error));
                break;
            }
            read.row(line, &columns, &row);
        }
        read.errors.sort_by_key(|error| error.line);
        read.errors.truncate(ERRORS_MAX);
        read
    }

    /// Reads the header: a column for each cell that names one.
    fn header(&mut self, header: &StringRecord) -> Vec<Option<&'static Column>> {
        let names = || COLUMNS.iter().map(|column| column.name).collect::<Vec<_>>().join(", ");
        let mut columns: Vec<Option<&'static Column>> = Vec::new();
        for cell in header.iter().map(str::trim) {
            let known = COLUMNS.iter().find(|column| column.name == cell);
            let is_twice = columns.iter().flatten().any(|column| column.name == cell);
            match known {
                None => {
                    let error = format!("`{}` is no column: the columns are {}", shown(cell), names());
                    self.errors.push(CellError::new(1, "", cell, error));
                }
                Some(_) if is_twice => {
                    let error = "the column stands there twice: leave one of them out";
                    self.errors.push(CellError::new(1, cell, cell, error));
                }
                Some(_) => {}
            }
            columns.push(known.filter(|_| !is_twice));
        }
        for column in COLUMNS.iter().filter(|column| column.is_required) {
            if !columns.iter().flatten().any(|own| own.name == column.name) {
                let error = "the column is missing: the first line names the columns";
                self.errors.push(CellError::new(1, column.name, "", error));
            }
        }
        columns
    }

    fn row(&mut self, line: u64, columns: &[Option<&'static Column>], row: &StringRecord) {
        let before = self.errors.len();
        if row.len() != columns.len() {
            let error = format!(
                "the line has {} cells, and the header {}: quote a cell that holds a separator",
                row.len(),
                columns.len()
            );
            self.errors.push(CellError::new(line, "", "", error));
            return;
        }
        let mut fields = Map::new();
        for (column, cell) in columns.iter().zip(row.iter().map(str::trim)) {
            let Some(column) = column else { continue };
            match (cell, column.is_required) {
                ("", true) => self.errors.push(CellError::new(line, column.name, "", "the cell is empty")),
                ("", false) => {}
                (cell, _) => match (column.read)(cell) {
                    Ok(value) => drop(fields.insert(column.name.to_owned(), value)),
                    Err(error) => self.errors.push(CellError::new(line, column.name, cell, error)),
                },
            }
        }
        self.fee(line, &mut fields);
        self.customer(line, &mut fields);
        // Without all of its columns, a file has its cells looked through, and no more.
        let is_whole = COLUMNS.iter().filter(|column| column.is_required && column.name != CURRENCY);
        if self.errors.len() == before && is_whole.clone().all(|column| fields.contains_key(column.name)) {
            self.service(line, fields);
        }
    }

    /// Reads the fee and its currency as one amount.
    fn fee(&mut self, line: u64, fields: &mut Map<String, Value>) {
        let (fee, currency) = (fields.get(FEE).cloned(), fields.remove(CURRENCY));
        let Some((fee, currency)) = fee.as_ref().and_then(Value::as_str).zip(currency) else { return };
        let amount: Result<Money, _> = format!("{fee} {}", currency.as_str().unwrap_or_default()).parse();
        match amount {
            Ok(amount) => drop(fields.insert(FEE.to_owned(), json!(amount))),
            Err(error) => self.errors.push(CellError::new(line, FEE, fee, error)),
        }
    }

    /// Takes the customer of a line, whom other lines may name as well, in the same words.
    fn customer(&mut self, line: u64, fields: &mut Map<String, Value>) {
        let (name, email) = (fields.remove(NAME_OF_CUSTOMER), fields.remove(MAIL_OF_CUSTOMER));
        let Some(id) = fields.get("customer_id") else { return };
        let mut given = Map::from_iter([("customer_id".to_owned(), id.clone())]);
        given.extend(email.map(|email| ("email".to_owned(), email)));
        let Some(name) = name else {
            if let Some(email) = given.get("email").and_then(Value::as_str) {
                let error = "an address without a name: give customer_name as well";
                self.errors.push(CellError::new(line, MAIL_OF_CUSTOMER, email, error));
            }
            return;
        };
        given.insert("name".to_owned(), name);
        given.insert("command".to_owned(), "register_customer".into());
        let registration = match Command::read(&Value::Object(given)) {
            Ok(Command::RegisterCustomer(registration)) => registration,
            Ok(_) => return,
            Err(error) => return self.errors.push(CellError::new(line, "", "", error)),
        };
        let known = self
            .customers
            .entry(registration.customer_id.clone())
            .or_insert_with(|| Given { line, registration: registration.clone() });
        if known.registration.name != registration.name || known.registration.email != registration.email {
            let error = format!(
                "customer `{}` has another name or address on line {}: give the same, or leave both empty \
                 here",
                registration.customer_id, known.line
            );
            let name = registration.name.into_string();
            self.errors.push(CellError::new(line, NAME_OF_CUSTOMER, &name, error));
        }
    }

    fn service(&mut self, line: u64, mut fields: Map<String, Value>) {
        fields.insert("command".to_owned(), "register_service".into());
        let registration = match Command::read(&Value::Object(fields)) {
            Ok(Command::RegisterService(registration)) => registration,
            Ok(_) => return,
            Err(error) => return self.errors.push(CellError::new(line, "", "", error)),
        };
        let id = &registration.service_id;
        match self.services.iter().find(|own| own.registration.service_id == *id) {
            Some(own) => {
                let error = format!("`{id}` is on line {} already: name each service once", own.line);
                self.errors.push(CellError::new(line, "service_id", id.as_str(), error));
            }
            None => self.services.push(Given { line, registration }),
        }
    }
}

/// Returns the line of a quote that is never closed.
fn open_quote(csv: &str) -> Option<u64> {
    let (mut line, mut opened) = (1, None);
    for character in csv.chars() {
        match (character, opened) {
            ('"', None) => opened = Some(line),
            ('"', Some(_)) => opened = None,
            ('\n', _) => line += 1,
            _ => {}
        }
    }
    opened
}

/// Reads a cell as a word, as the type takes it.
fn word<T: DeserializeOwned>(cell: &str) -> Result<Value, InputError> {
    let value = Value::from(cell);
    read_at::<T>("", &value).map(|_| value)
}

/// Reads a cell as a whole number, as the type takes it.
fn number<T: DeserializeOwned>(cell: &str) -> Result<Value, InputError> {
    let number: i64 = cell.parse().map_err(|_| {
        InputError::new(format_args!("`{}` is not a whole number: write digits alone", shown(cell)))
    })?;
    let value = Value::from(number);
    read_at::<T>("", &value).map(|_| value)
}

fn silence(cell: &str) -> Result<Value, InputError> {
    if cell == FOR_EVER { Ok(Value::Null) } else { number::<Count<0, DAYS_366_S>>(cell) }
}

fn mail(cell: &str) -> Result<Value, InputError> {
    read_at::<Line>("", &Value::from(cell))?;
    mail_address("", cell.to_owned()).map(Value::from).map_err(|error| {
        let error = error.to_string();
        InputError::new(error.trim_start_matches(": "))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::CsvText;

    const SAMPLE: &str = include_str!("../../../infra/handbook/services.csv");

    /// Returns the places of the errors: the line and the column of each.
    fn places(csv: &str) -> String {
        let told = Registrations::read(csv).errors;
        told.iter().map(|error| format!("{}:{}", error.line, error.column)).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn the_sample_of_the_handbook_registers_what_it_says() {
        let read = Registrations::read(SAMPLE);
        assert_eq!(read.errors, []);
        let customers = read.customers.values().map(|own| (own.line, own.registration.customer_id.as_str()));
        assert_eq!(customers.collect::<Vec<_>>(), [(4, "hafen"), (2, "nordlicht")]);
        let told = read.services.iter().map(|Given { line, registration: own }| {
            let silence = own.max_silence_s.map(|given| given.map(|silence| silence.get()));
            format!("{line} {} {} {} {silence:?}", own.service_id, own.name.as_str(), own.monthly_fee)
        });
        insta::assert_snapshot!(told.collect::<Vec<_>>().join("\n"), @r"
        2 nordlicht-uplink Berlin uplink 499.00 EUR None
        3 nordlicht-shop Shop, with its checkout 1200.00 EUR Some(Some(300))
        4 hafen-portal Portal 129.50 CHF Some(None)
        ");
    }

    #[test]
    fn a_spreadsheet_may_write_it_with_semicolons_or_tabs() {
        let plain = Registrations::read(SAMPLE);
        for separator in ["\t", ";"] {
            let lines = SAMPLE.replace("Shop, with its checkout", "Shop").replace(',', separator);
            let other = Registrations::read(&format!("{lines}{}\n", separator.repeat(11)));
            assert_eq!(other.errors, []);
            assert_eq!(other.services.len(), plain.services.len());
            assert_eq!(other.services[2], plain.services[2]);
        }
    }

    #[test]
    fn all_errors_are_told_at_once_by_line_and_column() {
        let lines = [
            "customer_id,customer_name,customer_email,service_id,name,plan,monthly_fee,currency,region,activated_at,\
             time_zone,quorum,max_silence_s",
            "acme,Acme,at home,api,API,gold,\"499,00\",EUR,eu,2026-06-01,Mars/Base,0,-1",
            "acme,,ops@acme.example,web,,standard,4.999,EURO,e u,2026-06-01T00:00:00Z,,two,",
            "acme,Acme,,shop,Shop,premium,1.234,EUR,eu,2026-06-01T00:00:00Z,,,",
            "acme,Acme SE,,shop,Shop,premium,10,EUR,eu,2026-06-01T00:00:00Z,,,null",
            "acme,,,tax,Tax,premium,10,EUR,eu,2026-06-01T00:00:00Z,,,",
            "acme,,,tax,Tax,premium,10,EUR,eu,2026-06-01T00:00:00Z,,,",
            "acme,tax",
        ];
        assert_eq!(
            places(&lines.join("\n")),
            "2:customer_email 2:plan 2:activated_at 2:time_zone 2:quorum 2:max_silence_s 2:monthly_fee 3:name \
             3:currency 3:region 3:quorum 3:customer_email 4:monthly_fee 5:customer_name 7:service_id 8:"
        );
        assert_eq!(
            places("customer_id,colour,plan,plan\nacme,red,gold,standard\n"),
            "1: 1:plan 1:service_id 1:name 1:monthly_fee 1:currency 1:region 1:activated_at 2:plan"
        );
        assert_eq!(places("customer_id,name\nacme,\"Acme\nweb,Web\n"), "2:");
    }

    #[test]
    fn a_file_has_a_limit() {
        let header = SAMPLE.lines().next().unwrap();
        let line = |nth: usize| format!("acme,,,s-{nth},S,standard,1,EUR,eu,2026-06-01T00:00:00Z,,");
        let lines: Vec<String> = (0..=SERVICES_MAX).map(line).collect();
        let read = Registrations::read(&format!("{header}\n{}", lines.join("\n")));
        assert_eq!(read.services.len(), SERVICES_MAX);
        insta::assert_snapshot!(read.errors[0], @"line 252: the file has more than 250 services: divide it");
        for text in ["", " \n", &"x".repeat(250_001)] {
            assert!(crate::read::<CsvText>(&Value::from(text)).is_err());
        }
        let plain: CsvText = crate::read(&Value::from("\u{feff}a\r\nb\r\n")).unwrap();
        assert_eq!(plain.as_str(), "a\nb\n");
    }
}
