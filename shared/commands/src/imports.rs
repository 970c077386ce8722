//! Imports: customers and services from CSV, looked through as a whole, then registered one by one.
//! Architecture invariant: an import names what it registers before it registers anything, so that a
//! repetition goes on where an interrupted one ended, and undoing takes back nothing else.

use std::collections::{BTreeMap, BTreeSet};

use events::Command;
use events::change::{Change, Hand, Object, Person};
use events::command::{ImportServices, RegisterCustomer, RegisterService, Subject, UndoImport};
use events::import::{CellError, Given, Registrations};
use events::text::CsvText;
use outcome::Failure;
use serde::Serialize;
use serde_json::{Map, Value, json};
use sla::id::ImportId;
use sla::service::Customer;
use sla::{CustomerId, Instant, ServiceId, TermsBook, digest_hex};
use table::{Committed, Import, ImportState, ObjectRecord, Registration, Table, Versioned};

use crate::Desk;
use crate::answers::{shown, unknown};
use crate::services::registered;

/// Registrations that an import would make.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ImportPreview {
    /// The import.
    pub import_id: ImportId,
    /// True: nothing was changed.
    pub dry_run: bool,
    /// Customers to be registered.
    pub customers: Vec<CustomerId>,
    /// Services to be registered, in the order of their lines.
    pub services: Vec<ServiceId>,
    /// Services that are registered already, with the same content.
    pub known: Vec<ServiceId>,
    /// Errors, by line; with any, nothing is registered.
    pub errors: Vec<CellError>,
    /// Registrations of the file.
    #[serde(skip)]
    pub read: Registrations,
}

/// Looks through a file: what it would register, and every error.
///
/// # Errors
/// Returns a [`Failure`] if the table fails.
pub async fn preview_import(table: &Table, csv: &CsvText, now: Instant) -> Result<ImportPreview, Failure> {
    let mut read = Registrations::read(csv.as_str());
    let ids: BTreeSet<&CustomerId> = read.services.iter().map(|own| &own.registration.customer_id).collect();
    let ids: Vec<CustomerId> = ids.into_iter().chain(read.customers.keys()).cloned().collect();
    let present = table.customers(&ids).await?;
    let present: BTreeMap<&CustomerId, &Customer> =
        present.iter().map(|own| (&own.customer_id, own)).collect();
    let wanted: Vec<ServiceId> =
        read.services.iter().map(|own| own.registration.service_id.clone()).collect();
    let records = table.service_records(&wanted).await?;
    let records: BTreeMap<_, _> = records.iter().map(|record| (&record.object.service_id, record)).collect();
    let terms = table.terms().await?;
    let (mut services, mut known, mut errors) = (Vec::new(), Vec::new(), Vec::new());
    for given in read.customers.values() {
        errors
            .extend(present.get(&given.registration.customer_id).and_then(|own| other_customer(given, own)));
    }
    for given in &read.services {
        let Given { line, registration } = given;
        let (id, customer) = (&registration.service_id, &registration.customer_id);
        match present.get(customer) {
            Some(own) => errors.extend(erased(*line, own)),
            None if read.customers.contains_key(customer) => {}
            None => errors.push(CellError::new(
                *line,
                "customer_id",
                customer.as_str(),
                format_args!("`{customer}` is not registered: give its name as customer_name on one line"),
            )),
        }
        match records.get(id) {
            Some(record) => match same(record, registration)? {
                true => known.push(id.clone()),
                false => errors.push(taken(*line, id)),
            },
            None => match refused(given, &terms, now)? {
                Some(error) => errors.push(error),
                None => services.push(id.clone()),
            },
        }
    }
    let customers = read.customers.keys().filter(|id| !present.contains_key(id)).cloned().collect();
    read.errors.extend(errors);
    read.errors.sort_by_key(|error| error.line);
    let import_id = ImportId::of(csv.as_str());
    Ok(ImportPreview {
        import_id,
        dry_run: true,
        customers,
        services,
        known,
        errors: read.errors.clone(),
        read,
    })
}

/// Returns the error of a customer who is registered otherwise.
fn other_customer(given: &Given<RegisterCustomer>, own: &Customer) -> Option<CellError> {
    let RegisterCustomer { customer_id, name, email, .. } = &given.registration;
    let is_same =
        own.name == name.as_str() && email.as_ref().is_none_or(|email| Some(email) == own.email.as_ref());
    (!is_same && own.erased_at.is_none()).then(|| {
        let error = format_args!(
            "`{customer_id}` is registered with another name or address: leave both empty, or change the customer \
             first"
        );
        CellError::new(given.line, "customer_name", name.as_str(), error)
    })
}

fn erased(line: u64, own: &Customer) -> Option<CellError> {
    own.erased_at.map(|at| {
        let error =
            format_args!("the personal data of `{}` were erased at {at}: use a new id", own.customer_id);
        CellError::new(line, "customer_id", own.customer_id.as_str(), error)
    })
}

fn taken(line: u64, id: &ServiceId) -> CellError {
    let error = format_args!(
        "`{id}` is registered with other content: leave the line out, or correct it with correct_service"
    );
    CellError::new(line, "service_id", id.as_str(), error)
}

/// True if a service was registered by the same command.
fn same(record: &ObjectRecord<sla::Service>, registration: &RegisterService) -> Result<bool, Failure> {
    let written = Command::RegisterService(registration.clone()).written().map_err(Failure::unexpected)?;
    Ok(record.answer_to(&written).is_some())
}

/// Returns the error for which registering a service would be refused.
fn refused(
    given: &Given<RegisterService>,
    terms: &TermsBook,
    now: Instant,
) -> Result<Option<CellError>, Failure> {
    match registered(given.registration.clone(), terms, now) {
        Ok(_) => Ok(None),
        Err(Failure::BadRequest(message)) => {
            let (column, error) = message.split_once(": ").unwrap_or(("", &message));
            let value = given.registration.statements_from.map(|from| from.to_string()).unwrap_or_default();
            Ok(Some(CellError::new(given.line, column, &value, error)))
        }
        Err(failure) => Err(failure),
    }
}

impl Desk<'_> {
    /// Registers the customers and services of a file, or says what it would register.
    pub async fn import_services(&self, command: &ImportServices, hand: &Hand) -> Result<Value, Failure> {
        if command.dry_run {
            return shown(&preview_import(self.table, &command.csv, self.now).await?);
        }
        let id = ImportId::of(command.csv.as_str());
        let begun = self.settle("begin an import", || async { self.begin(&id, &command.csv).await }).await?;
        let mut import: Import = serde_json::from_value(begun).map_err(Failure::unexpected)?;
        match import.state {
            ImportState::Whole => return Ok(import.answer),
            ImportState::Undoing | ImportState::Undone(_) => {
                return Err(Failure::Conflict(format!(
                    "csv: import `{id}` of this file was undone: change the file, such as by a blank line at its \
                     end, to import it again"
                )));
            }
            ImportState::Begun => {}
        }
        let Registrations { customers, services, .. } = Registrations::read(command.csv.as_str());
        for Given { line, registration } in customers.into_values() {
            if import.customers.contains_key(&registration.customer_id) {
                let by = command.by.clone();
                let command = Command::RegisterCustomer(RegisterCustomer { by, ..registration });
                self.register(line, command, hand).await?;
            }
        }
        for Given { line, registration } in services {
            if import.services.contains_key(&registration.service_id) {
                let by = command.by.clone();
                let command = Command::RegisterService(RegisterService { by, ..registration });
                self.register(line, command, hand).await?;
            }
        }
        import.state = ImportState::Whole;
        self.settle("end an import", || async {
            let Some(found) = self.table.import(&id).await? else { return Ok(None) };
            if found.value.state != ImportState::Begun {
                return Ok(Some(found.value.answer));
            }
            let whole = Versioned { value: import.clone(), version: found.version };
            Ok(self.table.adding_nothing().save_import(&whole).await?.then(import.answer.clone()))
        })
        .await
    }

    /// Reads the import of a file, or begins it: names what it is to register.
    async fn begin(&self, id: &ImportId, csv: &CsvText) -> Result<Option<Value>, Failure> {
        if let Some(found) = self.table.import(id).await? {
            return shown(&found.value).map(Some);
        }
        let preview = preview_import(self.table, csv, self.now).await?;
        if !preview.errors.is_empty() {
            let told: Vec<String> = preview.errors.iter().map(ToString::to_string).collect();
            return Err(Failure::BadRequest(format!("csv: nothing was imported: {}", told.join("\n"))));
        }
        let mut import = Import {
            import_id: id.clone(),
            begun_at: self.now,
            customers: BTreeMap::new(),
            services: BTreeMap::new(),
            answer: json!({
                "import_id": id, "customers": preview.customers, "services": preview.services,
                "known": preview.known,
            }),
            state: ImportState::Begun,
        };
        for given in preview.read.customers.into_values() {
            let id = given.registration.customer_id.clone();
            if preview.customers.contains(&id) {
                import.customers.insert(id, digest(&Command::RegisterCustomer(given.registration))?);
            }
        }
        for given in preview.read.services {
            let id = given.registration.service_id.clone();
            if preview.services.contains(&id) {
                import.services.insert(id, digest(&Command::RegisterService(given.registration))?);
            }
        }
        let new = Versioned { value: import, version: None };
        match self.table.save_import(&new).await? {
            Committed::Done => shown(&new.value).map(Some),
            Committed::Conflict => Ok(None),
        }
    }

    /// Registers what a line gives, as its own command does.
    async fn register(&self, line: u64, command: Command, hand: &Hand) -> Result<(), Failure> {
        let at_line = |message: String| format!("csv: line {line}: {message}");
        // The import was noted when it was begun.
        let table = self.table.adding_nothing();
        match Box::pin(crate::run(&table, self.now, command, hand)).await {
            Ok(_) => Ok(()),
            Err(Failure::BadRequest(message)) => Err(Failure::BadRequest(at_line(message))),
            Err(Failure::NotFound(message)) => Err(Failure::NotFound(at_line(message))),
            Err(Failure::Conflict(message)) => Err(Failure::Conflict(at_line(message))),
            Err(failure) => Err(failure),
        }
    }

    /// Takes an import back: what it registered, and for which nothing was recorded since. A customer of whom
    /// anything else is stored stays.
    pub async fn undo_import(&self, command: &UndoImport, hand: &Hand) -> Result<Value, Failure> {
        let id = &command.import_id;
        self.settle("undo an import", || async {
            let found = self.table.import(id).await?;
            let found = found.ok_or_else(|| unknown("import_id", id, "look it up with list_changes"))?;
            if let ImportState::Undone(answer) = &found.value.state {
                return Ok(Some(answer.clone()));
            }
            let mine = self.registrations(&found.value).await?;
            if found.value.state != ImportState::Undoing {
                require_unused(&mine)?;
                let value = Import { state: ImportState::Undoing, ..found.value };
                self.table.save_import(&Versioned { value, version: found.version }).await?;
                // It is read anew, with the version of the mark.
                return Ok(None);
            }
            for own in &mine {
                require_unused(std::slice::from_ref(own))?;
                let service = &own.service.value.object;
                let object = Object::of(Subject::Service, &[service.service_id.as_str()]);
                let table = self.undoing(command, hand, object)?;
                if table.unregister_service(own, self.now).await? == Committed::Conflict {
                    return Ok(None);
                }
            }
            let Some(kept) = self.undo_customers(&found.value, command, hand).await? else { return Ok(None) };
            let customers: Vec<_> = found.value.customers.keys().filter(|own| !kept.contains(own)).collect();
            let services: Vec<_> = found.value.services.keys().collect();
            let answer = json!({
                "import_id": id, "customers": customers, "services": services, "customers_kept": kept,
            });
            let value = Import { state: ImportState::Undone(answer.clone()), ..found.value.clone() };
            let undone = Versioned { value, version: found.version };
            Ok(self.table.adding_nothing().save_import(&undone).await?.then(answer))
        })
        .await
    }

    /// Reads the services that an import registered and that are still there.
    async fn registrations(&self, import: &Import) -> Result<Vec<Registration>, Failure> {
        let mut mine = Vec::new();
        for (id, digest) in &import.services {
            let found = Box::pin(self.table.registration(id)).await?;
            let is_mine =
                |own: &Registration| digest_hex(&own.service.value.by).is_ok_and(|by| by == *digest);
            mine.extend(found.filter(is_mine));
        }
        Ok(mine)
    }

    /// Removes the customers whom an import registered, and of whom nothing else is stored; returns those who
    /// stay, or `None` if another writer was faster.
    async fn undo_customers(
        &self,
        import: &Import,
        command: &UndoImport,
        hand: &Hand,
    ) -> Result<Option<Vec<CustomerId>>, Failure> {
        let mut kept = Vec::new();
        for (id, digest) in &import.customers {
            let Some(found) = self.table.customer(id).await? else { continue };
            let is_mine = digest_hex(&found.value.by).is_ok_and(|by| by == *digest);
            if !is_mine || !self.table.is_only_registered(id).await? {
                kept.push(id.clone());
                continue;
            }
            let table = self.undoing(command, hand, Object::of(Subject::Customer, &[id.as_str()]))?;
            if table.unregister_customer(&found).await? == Committed::Conflict {
                return Ok(None);
            }
        }
        Ok(Some(kept))
    }

    /// Returns a table that notes that an import is undone with one of the things that it registered.
    fn undoing(&self, command: &UndoImport, hand: &Hand, object: Object) -> Result<Table, Failure> {
        let by = command.by.as_ref().map_or_else(Person::direct, Person::from);
        let content = json!({ "import_id": command.import_id });
        let details = Map::from_iter([("import_id".to_owned(), json!(command.import_id))]);
        let change = Change::new((self.now, by, hand), ("undo_import", object), &content, details);
        Ok(self.table.adding_nothing().noting(Some(change.map_err(Failure::unexpected)?), hand))
    }
}

/// Returns the digest of a command, by which an import knows what it registered.
fn digest(command: &Command) -> Result<String, Failure> {
    digest_hex(&command.written().map_err(Failure::unexpected)?).map_err(Failure::unexpected)
}

/// Requires that nothing was recorded for services; names all for which something was.
fn require_unused(registrations: &[Registration]) -> Result<(), Failure> {
    let used = registrations.iter().filter_map(|own| {
        let (id, recorded) = (&own.service.value.object.service_id, own.recorded(true));
        (!recorded.is_empty()).then(|| format!("`{id}` ({})", recorded.join(", ")))
    });
    let used: Vec<String> = used.collect();
    if used.is_empty() {
        return Ok(());
    }
    Err(Failure::Conflict(format!(
        "import_id: something was recorded for {}: end these with terminate_service, or correct them with \
         correct_service",
        used.join(", ")
    )))
}
