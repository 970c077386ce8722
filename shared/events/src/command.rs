//! Commands of staff: what `run-desk` understands (contract, "Desk commands"). A new command is an entry in
//! the table of `commands!`; the compiler then names its missing handler and form.

mod field;

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use sla::claim::ClaimState;
use sla::exclusion::{Clause, Ruling};
use sla::id::{ChangeId, ImportId, ProposalId, QuarantineId, SourceId, StaffId};
use sla::ledger::CreditKind;
use sla::review::Finding;
use sla::ticket::{Channel, Level, LevelReason, TicketState};
use sla::{
    ClaimId, CustomerId, EventId, ExclusionId, Instant, Money, Month, Plan, ProbeId, RegionId, Resolution,
    Scope, ServiceId, TargetId, TicketId, VoidId, WindowId, Zone,
};

pub use field::{Field, FieldKind, Presence};

pub use crate::change::Subject;

use self::field::FieldType;
use crate::alarm::AlarmArn;
use crate::change::{Change, Hand, Object, Person};
use crate::check::default_probe;
use crate::duty::People;
use crate::fields::{FieldResult, Fields, given, optional, or_else, required};
use crate::input::InputError;
use crate::source::{Auth, DAY_S, DELAY_S_MAX, Mapping, Mode, SourceKind, Template, UnmappedAction};
use crate::target::{IntervalS, TargetCheck, TimeoutS};
use crate::text::{Count, CsvText, Line, Note, Prose, Remark, Report};

/// Longest interval or silence: 366 days.
pub(crate) const DAYS_366_S: u32 = 366 * 86_400;
/// The most probes of a quorum.
pub(crate) const PROBES_MAX: u32 = 64;

/// Mandate that a command takes: who may give it, and what it changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mandate {
    /// Staff and finance: the command shows something, and changes nothing.
    Anyone,
    /// Staff: the command changes a subject of theirs.
    Staff(Subject),
    /// Finance: the command changes what is billed.
    Finance(Subject),
}

impl CommandName {
    /// Finds a command by its name.
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|command| command.as_str() == name)
    }

    /// Returns the kind of thing that the command makes or changes, if it changes anything.
    pub const fn subject(self) -> Option<Subject> {
        match self.mandate() {
            Mandate::Anyone => None,
            Mandate::Staff(subject) | Mandate::Finance(subject) => Some(subject),
        }
    }

    /// Says whether the command changes something.
    pub const fn changes(self) -> bool {
        self.subject().is_some()
    }
}

impl Command {
    /// Reads a command from its event.
    ///
    /// # Errors
    /// No or an unknown `command`, or a field that is missing or wrong.
    pub fn read(event: &Value) -> Result<Self, InputError> {
        let known = || CommandName::ALL.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(", ");
        let Some(name) = event.get("command").and_then(Value::as_str) else {
            return Err(InputError::new(format_args!("command: missing: write one of {}", known())));
        };
        let Some(command) = CommandName::of(name) else {
            let name = sla::shown(name);
            let error = format_args!("command: `{name}` is not known: write one of {}", known());
            return Err(InputError::new(error));
        };
        command.read(event)
    }

    /// Returns the change that the command makes, for the trail; none for one that only shows something.
    ///
    /// # Errors
    /// None in practice: commands are plain JSON.
    pub fn change(&self, now: Instant, hand: &Hand) -> Result<Option<Change>, serde_json::Error> {
        let object = match self {
            // The file names its import.
            Self::ImportServices(fields) => {
                Some(Object::of(Subject::Import, &[ImportId::of(fields.csv.as_str()).as_str()]))
            }
            _ => self.object()?,
        };
        let Some(object) = object else { return Ok(None) };
        let by = self.signer().map_or_else(Person::direct, Person::from);
        let content = self.written()?;
        let is_kept = |name: &str| {
            let field = self.name().fields().iter().find(|field| field.name == name);
            field.is_some_and(|field| field.kind.is_kept())
        };
        let given = content
            .as_object()
            .into_iter()
            .flatten()
            .filter(|(name, value)| is_kept(name) && !value.is_null());
        let details = given.map(|(name, value)| (name.clone(), value.clone())).collect();
        Change::new((now, by, hand), (self.name().as_str(), object), &content, details).map(Some)
    }
}

/// Defines the commands: for each its name, its mandate, and its fields with their readers. A command that
/// changes something names its object, by its subject and the fields that make its id, and whoever signs it:
/// the field of its own that does (`signed decided_by`), or an optional one that is added (`signed [by]`) and
/// is no part of the content. Derived readers would add 100 KB to the desk.
macro_rules! commands {
    ($(
        $(#[$doc:meta])*
        $name:literal => $command:ident: $mandate:ident
            $(($subject:ident: $($object:ident),+) signed $($signer:ident)? $([$by:ident])?)? {
            $($(#[$field_meta:meta])* $field:ident: $type:ty = $reader:ident),* $(,)?
        }
    )+) => {
        /// Command with its fields.
        #[derive(Debug, Clone, PartialEq)]
        pub enum Command { $($(#[$doc])* $command($command)),+ }

        /// Name of a command.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum CommandName { $($(#[$doc])* $command),+ }

        impl CommandName {
            /// Every command, in the order of the contract.
            pub const ALL: &[Self] = &[$(Self::$command),+];

            /// Returns the name, as `command` has it.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$command => $name),+ }
            }

            /// Returns the mandate that the command takes.
            pub const fn mandate(self) -> Mandate {
                match self { $(Self::$command => Mandate::$mandate $((Subject::$subject))?),+ }
            }

            /// Returns the field with the person who signs the command; none for one that only shows
            /// something.
            pub const fn signed_by(self) -> Option<&'static str> {
                match self { $(Self::$command => signed_by!($(by $($signer)? $($by)?)?)),+ }
            }

            /// Lists the command's fields.
            pub const fn fields(self) -> &'static [Field] {
                match self { $(Self::$command => $command::FIELDS),+ }
            }

            fn read(self, event: &Value) -> Result<Command, InputError> {
                match self { $(Self::$command => $command::read(event).map(Command::$command)),+ }
            }
        }

        impl Command {
            /// Returns the command's name.
            pub const fn name(&self) -> CommandName {
                match self { $(Self::$command(_) => CommandName::$command),+ }
            }

            /// Returns the person who signs the command, if it names one.
            pub fn signer(&self) -> Option<&StaffId> {
                match self { $(Self::$command(fields) => signer!(fields $(by $($signer)? $($by)?)?)),+ }
            }

            /// Returns the object of the command, if it changes one. The id of a claim is found when it is
            /// filed.
            fn object(&self) -> Result<Option<Object>, serde_json::Error> {
                Ok(match self { $(Self::$command(fields) => object!(fields $($subject: $($object),+)?)),+ })
            }

            /// Writes the command as it was understood: the same content is written the same.
            ///
            /// # Errors
            /// None in practice: commands are plain JSON.
            pub fn written(&self) -> Result<Value, serde_json::Error> {
                let mut written = match self { $(Self::$command(fields) => serde_json::to_value(fields)?),+ };
                if let Some(fields) = written.as_object_mut() {
                    fields.insert("command".to_owned(), self.name().as_str().into());
                }
                Ok(written)
            }
        }

        /// Calls `visit` with each command's name and JSON Schema.
        pub(crate) fn schemas(mut visit: impl FnMut(&'static str, schemars::Schema)) {
            $(visit($name, schemars::schema_for!($command));)+
        }

        $(
            $(#[$doc])*
            #[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
            pub struct $command {
                $($(#[$field_meta])* pub $field: $type,)*
                $($(
                    /// The person who gives it; `direct` if absent.
                    #[serde(default, skip_serializing)]
                    pub $by: Option<StaffId>,
                )?)?
            }

            impl $command {
                const FIELDS: &[Field] = &[
                    $(Field {
                        name: stringify!($field),
                        presence: presence!($reader),
                        kind: <$type as FieldType>::KIND,
                    },)*
                    $($(Field {
                        name: stringify!($by),
                        presence: Presence::Optional,
                        kind: FieldKind::Signer,
                    },)?)?
                ];

                fn read(event: &Value) -> Result<Self, InputError> {
                    let mut fields = Fields::of(event);
                    let ($(Ok($field),)* $($(Ok($by),)?)?) = (
                        $($reader(&mut fields, stringify!($field)),)*
                        $($(optional(&mut fields, stringify!($by)),)?)?
                    ) else {
                        return Err(fields.refused());
                    };
                    Ok(Self { $($field,)* $($($by,)?)? })
                }
            }
        )+
    };
}

/// Name of the field that signs a command.
macro_rules! signed_by {
    () => {
        None
    };
    (by $signer:ident) => {
        Some(stringify!($signer))
    };
}

/// Person who signs a command, if it names one.
macro_rules! signer {
    ($fields:ident) => {{
        let _ = $fields;
        None
    }};
    ($fields:ident by $signer:ident) => {
        (&$fields.$signer).into()
    };
}

/// Object of a command: its subject, and the fields that make its id.
macro_rules! object {
    ($fields:ident) => {{
        let _ = $fields;
        None
    }};
    ($fields:ident $subject:ident: $($object:ident),+) => {{
        let parts = [$(serde_json::to_value(&$fields.$object)?),+];
        let parts = parts.each_ref().map(|part| part.as_str().unwrap_or_default());
        Some(Object::of(Subject::$subject, &parts))
    }};
}

/// Presence of a field, by its reader.
macro_rules! presence {
    (required) => {
        Presence::Required
    };
    (given) => {
        Presence::OptionalOrNull
    };
    ($reader:ident) => {
        Presence::Optional
    };
}

commands! {
    /// Registers a customer.
    "register_customer" => RegisterCustomer: Staff(Customer: customer_id) signed [by] {
        /// The new customer's id.
        customer_id: CustomerId = required,
        /// The customer's name.
        name: Line = required,
        /// The customer's e-mail address.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        email: Option<String> = email,
    }

    /// Changes a customer's name or e-mail address.
    "change_customer" => ChangeCustomer: Staff(Customer: customer_id) signed [by] {
        /// The customer.
        customer_id: CustomerId = required,
        /// The new name.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<Line> = optional,
        /// The new e-mail address.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        email: Option<String> = email,
    }

    /// Erases the personal data of a customer whose contract has ended: names, addresses and texts. Figures,
    /// ids and the trail stay. It cannot be undone.
    "erase_personal_data" => ErasePersonalData: Staff(Customer: customer_id) signed [by] {
        /// The customer.
        customer_id: CustomerId = required,
    }

    /// Enters a customer anew into the lists by name and the search, with services, tickets, claims and
    /// exclusions: for what was stored before there were such lists.
    "index_customer" => IndexCustomer: Staff(Customer: customer_id) signed [by] {
        /// The customer.
        customer_id: CustomerId = required,
    }

    /// Registers a service of a customer.
    "register_service" => RegisterService: Staff(Service: service_id) signed [by] {
        /// The new service's id.
        service_id: ServiceId = required,
        /// The customer.
        customer_id: CustomerId = required,
        /// Its name.
        name: Line = required,
        /// Its plan.
        plan: Plan = required,
        /// The recurring monthly fee.
        monthly_fee: Money = required,
        /// Its region.
        region: RegionId = required,
        /// The zone of its billing months; UTC if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        time_zone: Option<Zone> = optional,
        /// Start of the service.
        activated_at: Instant = required,
        /// The first month before that of the registration with a statement, for reading: nothing follows
        /// from it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        statements_from: Option<Month> = optional,
        /// The slot length; 60 s, or 10 s for the Enterprise plan, if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        resolution_s: Option<Resolution> = optional,
        /// Seconds between checks; 60 if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        check_interval_s: Option<Count<1, DAYS_366_S>> = optional,
        /// Longest time that a check is carried, in seconds; null for ever; twice the interval if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        max_silence_s: Option<Option<Count<0, DAYS_366_S>>> = given,
        /// Number of probes that must be down for the service to be down; 1 if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        quorum: Option<Count<1, PROBES_MAX>> = optional,
    }

    /// Registers the customers and services of a CSV file, or says what it would register and every error.
    "import_services" => ImportServices: Staff(Import: csv) signed [by] {
        /// The file, a service a line, with a header. The trail names the import that it makes.
        csv: CsvText = required,
        /// True to change nothing: the answer lists what would be registered, and every error by its line.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        dry_run: bool = flag,
    }

    /// Takes an import back, as long as nothing was recorded for what it registered.
    "undo_import" => UndoImport: Staff(Import: import_id) signed [by] {
        /// The import.
        import_id: ImportId = required,
    }

    /// Corrects the registration of a service before its first close. All but name, plan and fee is corrected
    /// before its first check.
    "correct_service" => CorrectService: Staff(Service: service_id) signed [by] {
        /// The service.
        service_id: ServiceId = required,
        /// The right name.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<Line> = optional,
        /// The right plan at its activation.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        plan: Option<Plan> = optional,
        /// The right fee at its activation.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        monthly_fee: Option<Money> = optional,
        /// The right region.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        region: Option<RegionId> = optional,
        /// The right zone of its billing months.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        time_zone: Option<Zone> = optional,
        /// The right start.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        activated_at: Option<Instant> = optional,
        /// The right slot length.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        resolution_s: Option<Resolution> = optional,
        /// The right number of seconds between checks.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        check_interval_s: Option<Count<1, DAYS_366_S>> = optional,
        /// The right longest time that a check is carried, in seconds; null for ever.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        max_silence_s: Option<Option<Count<0, DAYS_366_S>>> = given,
        /// The right number of probes that must be down for the service to be down.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        quorum: Option<Count<1, PROBES_MAX>> = optional,
    }

    /// Changes plan or fee from the start of a month not yet begun.
    "change_service" => ChangeService: Staff(Service: service_id) signed [by] {
        /// The service.
        service_id: ServiceId = required,
        /// The first month with the change.
        from_month: Month = required,
        /// The new plan.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        plan: Option<Plan> = optional,
        /// The new fee.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        monthly_fee: Option<Money> = optional,
    }

    /// Ends a service.
    "terminate_service" => TerminateService: Staff(Service: service_id) signed [by] {
        /// The service.
        service_id: ServiceId = required,
        /// The first instant at which it is no longer provided.
        at: Instant = required,
    }

    /// Maps a CloudWatch alarm to a service: `OK` is up, `ALARM` down, `INSUFFICIENT_DATA` unknown.
    ///
    /// Alarms report only changes. Register their service with `max_silence_s: null`, and send its present
    /// state once, as a check of the same probe. Each alarm has a probe of its own, for which nothing else
    /// reports.
    "register_alarm" => RegisterAlarm: Staff(Alarm: alarm_arn) signed [by] {
        /// The alarm's ARN.
        alarm_arn: AlarmArn = required,
        /// The service that it watches.
        service_id: ServiceId = required,
        /// The probe under which it reports; `default` if absent.
        #[serde(default = "default_probe")]
        probe: ProbeId = probe,
    }

    /// Removes an alarm. Its later changes are quarantined; its past reports stay.
    "remove_alarm" => RemoveAlarm: Staff(Alarm: alarm_arn) signed [by] {
        /// The alarm's ARN.
        alarm_arn: AlarmArn = required,
    }

    /// Sets the people of a role of the escalation chain, with their hours; those before are replaced.
    "set_role" => SetRole: Staff(Role: role) signed [by] {
        /// The role, as the terms name it.
        role: Line = required,
        /// The people; none takes all away.
        people: People = required,
    }

    /// Lists the roles of the terms in force, and those that have people, with who is on duty now.
    "list_roles" => ListRoles: Anyone {
        /// The only role that is listed; all if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        role: Option<Line> = optional,
    }

    /// Lists the registered alarms, in no particular order.
    "list_alarms" => ListAlarms: Anyone {
        /// The alarm after which to continue.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<AlarmArn> = optional,
    }

    /// Registers a source: a sender of webhooks, how it proves itself, and what its items mean.
    ///
    /// Its secret is entered apart. Sources in the mode `edges` may report only changes: register them with
    /// `max_silence_s: null`, and send their present state once, as a check of the same probe. The answer has
    /// `warnings` where an `up` may be carried for ever: tell the customers.
    "register_source" => RegisterSource: Staff(Source: source_id) signed [by] {
        /// The new source's id; the address of its webhooks ends with it.
        source_id: SourceId = required,
        /// The program that sends.
        kind: SourceKind = required,
        /// The proof that it gives.
        auth: Auth = required,
        /// The meaning of its items; it may be empty, and be added to with `map_source`.
        map: Vec<Mapping> = required,
        /// The places of values, for the kinds `template` and `standard-webhooks`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        template: Option<Template> = optional,
        /// Seconds by which its starts come after the failure, such as `for` of an alert rule.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        lead_s: Option<Count<0, DAY_S>> = optional,
        /// Seconds by which its ends come after the recovery.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        tail_s: Option<Count<0, DAY_S>> = optional,
        /// The zone of its instants without an offset.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        zone: Option<Zone> = optional,
        /// Longest time that a check of its new probes is carried, in seconds; null for ever. With heartbeats:
        /// the longest time between two proofs of life.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        max_silence_s: Option<Option<Count<0, DAYS_366_S>>> = given,
        /// The fate of items that no mapping fits.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        unmapped: Option<UnmappedAction> = optional,
        /// The way in which its edges become checks.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        mode: Option<Mode> = optional,
        /// With heartbeats: seconds after which they are asserted.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        delay_s: Option<Count<0, DELAY_S_MAX>> = optional,
    }

    /// Changes the options of a source. What is not given stays.
    "change_source" => ChangeSource: Staff(Source: source_id) signed [by] {
        /// The source.
        source_id: SourceId = required,
        /// The proof that it gives.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        auth: Option<Auth> = optional,
        /// The places of values, for the kinds `template` and `standard-webhooks`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        template: Option<Template> = optional,
        /// Seconds by which its starts come after the failure, such as `for` of an alert rule.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        lead_s: Option<Count<0, DAY_S>> = optional,
        /// Seconds by which its ends come after the recovery.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        tail_s: Option<Count<0, DAY_S>> = optional,
        /// The zone of its instants without an offset.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        zone: Option<Zone> = optional,
        /// Longest time that a check of its new probes is carried, in seconds; null for ever. With heartbeats:
        /// the longest time between two proofs of life.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        max_silence_s: Option<Option<Count<0, DAYS_366_S>>> = given,
        /// The fate of items that no mapping fits.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        unmapped: Option<UnmappedAction> = optional,
        /// The way in which its edges become checks.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        mode: Option<Mode> = optional,
        /// With heartbeats: seconds after which they are asserted.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        delay_s: Option<Count<0, DELAY_S_MAX>> = optional,
    }

    /// Changes the mappings of a source. A mapping that is added takes the place of the first that is removed,
    /// or comes last.
    "map_source" => MapSource: Staff(Source: source_id) signed [by] {
        /// The source.
        source_id: SourceId = required,
        /// Mappings to add, such as `[{"when": {"key": "7cbed133254481e3"}, "service_id": "api"}]`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        add: Option<Vec<Mapping>> = optional,
        /// Mappings to remove, as they are shown.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        remove: Option<Vec<Mapping>> = optional,
    }

    /// Removes a source; what it has reported stays.
    "remove_source" => RemoveSource: Staff(Source: source_id) signed [by] {
        /// The source.
        source_id: SourceId = required,
    }

    /// Lists the registered sources, in no particular order.
    "list_sources" => ListSources: Anyone {
        /// The source after which to continue.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<SourceId> = optional,
    }

    /// Shows a source: what it sent last, whether it lives, and what of it is not mapped.
    "show_source" => ShowSource: Anyone {
        /// The source.
        source_id: SourceId = required,
    }

    /// Registers a target: what Nines checks by itself, from where, and what it expects.
    ///
    /// All targets of a service in a region are one probe, so they have one interval. The answer has warnings of
    /// what the service lacks.
    "register_target" => RegisterTarget: Staff(Target: target_id) signed [by] {
        /// The new target's id.
        target_id: TargetId = required,
        /// The service that it tells of.
        service_id: ServiceId = required,
        /// The region that checks it: the probe under which it reports.
        region: ProbeId = required,
        /// What is checked and expected, such as `{"http": {"url": "https://api.example.com/health"}}`.
        check: TargetCheck = required,
        /// Seconds between two checks; 60 if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        interval_s: Option<IntervalS> = optional,
        /// Seconds that a try may take, less than half the interval; 10 if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        timeout_s: Option<TimeoutS> = optional,
    }

    /// Changes what a target checks, and how often. What is not given stays.
    "change_target" => ChangeTarget: Staff(Target: target_id) signed [by] {
        /// The target.
        target_id: TargetId = required,
        /// What is checked and expected.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        check: Option<TargetCheck> = optional,
        /// Seconds between two checks.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        interval_s: Option<IntervalS> = optional,
        /// Seconds that a try may take, less than half the interval.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        timeout_s: Option<TimeoutS> = optional,
    }

    /// Removes a target; what it has reported stays.
    "remove_target" => RemoveTarget: Staff(Target: target_id) signed [by] {
        /// The target.
        target_id: TargetId = required,
    }

    /// Lists the registered targets, in no particular order.
    "list_targets" => ListTargets: Anyone {
        /// The target after which to continue.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<TargetId> = optional,
    }

    /// Shows a target, with what its service lacks.
    "show_target" => ShowTarget: Anyone {
        /// The target.
        target_id: TargetId = required,
    }

    /// Announces scheduled maintenance.
    "announce_maintenance" => AnnounceMaintenance: Staff(Maintenance: window_id) signed [by] {
        /// The new window's id.
        window_id: WindowId = required,
        /// First instant of the window, at least 72 h ahead.
        starts_at: Instant = required,
        /// End of the window.
        ends_at: Instant = required,
        /// `{"services": […]}`, `{"region": …}` or `{"all": true}`.
        scope: Scope = required,
        /// The reason for it.
        reason: Prose = required,
    }

    /// Shortens a maintenance window.
    "shorten_maintenance" => ShortenMaintenance: Staff(Maintenance: window_id) signed [by] {
        /// The window.
        window_id: WindowId = required,
        /// The new end, not before now.
        ends_at: Instant = required,
    }

    /// Cancels a maintenance window before it begins.
    "cancel_maintenance" => CancelMaintenance: Staff(Maintenance: window_id) signed [by] {
        /// The window.
        window_id: WindowId = required,
    }

    /// Raises an exclusion with its evidence.
    "raise_exclusion" => RaiseExclusion: Staff(Exclusion: exclusion_id) signed raised_by {
        /// The new exclusion's id.
        exclusion_id: ExclusionId = required,
        /// The services whose time it covers.
        services: BTreeSet<ServiceId> = required,
        /// The clause of the agreement.
        clause: Clause = required,
        /// The first instant that it covers.
        starts_at: Instant = required,
        /// The first instant that it no longer covers.
        ends_at: Instant = required,
        /// The evidence that the clause applies.
        evidence: Prose = required,
        /// The person who raises it.
        raised_by: StaffId = required,
    }

    /// Decides an exclusion.
    "decide_exclusion" => DecideExclusion: Staff(Exclusion: exclusion_id) signed decided_by {
        /// The exclusion.
        exclusion_id: ExclusionId = required,
        /// The ruling: approval excludes the time, rejection lets it count.
        decision: Ruling = required,
        /// The person who decides; not the one who raised it.
        decided_by: StaffId = required,
        /// The reason.
        note: Prose = required,
    }

    /// Withdraws an exclusion.
    "withdraw_exclusion" => WithdrawExclusion: Staff(Exclusion: exclusion_id) signed by {
        /// The exclusion.
        exclusion_id: ExclusionId = required,
        /// The person who withdraws it.
        by: StaffId = required,
        /// The reason.
        note: Prose = required,
    }

    /// Disputes an exclusion on behalf of a customer.
    "dispute_exclusion" => DisputeExclusion: Staff(Exclusion: exclusion_id) signed [by] {
        /// The exclusion.
        exclusion_id: ExclusionId = required,
        /// The customer of a service that it covers.
        customer_id: CustomerId = required,
        /// The customer's statement.
        statement: Remark = required,
    }

    /// Raises a void: the reports of a broken probe are to count as unknown.
    "void_checks" => VoidChecks: Staff(Void: void_id) signed raised_by {
        /// The new void's id.
        void_id: VoidId = required,
        /// The service.
        service_id: ServiceId = required,
        /// The broken probe.
        probe: ProbeId = required,
        /// First instant of the false reports.
        starts_at: Instant = required,
        /// End of the false reports.
        ends_at: Instant = required,
        /// The evidence that the probe was broken.
        evidence: Prose = required,
        /// The person who raises it.
        raised_by: StaffId = required,
    }

    /// Decides a void.
    "decide_void" => DecideVoid: Staff(Void: void_id) signed decided_by {
        /// The void.
        void_id: VoidId = required,
        /// The ruling: approval turns the reports into unknown, rejection lets them count.
        decision: Ruling = required,
        /// The person who decides; not the one who raised it.
        decided_by: StaffId = required,
        /// The reason.
        note: Prose = required,
    }

    /// Files a customer's claim to a month's credit; repeated, it returns the first one.
    "file_claim" => FileClaim: Staff(Claim: service_id, month, kind) signed [by] {
        /// The service.
        service_id: ServiceId = required,
        /// The claimed month.
        month: Month = required,
        /// The customer.
        customer_id: CustomerId = required,
        /// The kind of credit claimed.
        kind: CreditKind = required,
        /// The customer's note.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<Note> = optional,
    }

    /// Decides a claim that is in review.
    "review_claim" => ReviewClaim: Staff(Claim: claim_id) signed by {
        /// The claim.
        claim_id: ClaimId = required,
        /// The ruling on the claim.
        decision: Ruling = required,
        /// The granted amount, at most what is left of the monthly fee; only with an approval.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        amount: Option<Money> = optional,
        /// The person who decides; not the customer.
        by: StaffId = required,
        /// The reason.
        reason: Prose = required,
    }

    /// Reviews a closed month in which missing data decides the verdict or part of the credit.
    "review_statement" => ReviewStatement: Staff(Statement: service_id, month) signed by {
        /// The service.
        service_id: ServiceId = required,
        /// The month.
        month: Month = required,
        /// The finding on the commitment.
        verdict: Finding = required,
        /// The seconds of downtime, from the known ones to those with all unknown time. By default, a breach
        /// includes all unknown time, and a met month none of it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        down_s: Option<i64> = optional,
        /// The person who decides; not the customer.
        by: StaffId = required,
        /// The reason.
        reason: Prose = required,
    }

    /// Restates a closed month with all present facts, in either party's favour.
    "restate_month" => RestateMonth: Staff(Statement: service_id, month) signed by {
        /// The service.
        service_id: ServiceId = required,
        /// The month.
        month: Month = required,
        /// The reason.
        reason: Prose = required,
        /// The person who orders it.
        by: StaffId = required,
    }

    /// Records that a month's bills are out: credits entered from now on appear on later ones.
    "mark_invoiced" => MarkInvoiced: Finance(Bills: month) signed [by] {
        /// The month.
        month: Month = required,
    }

    /// Decides a change that waits for a second person.
    "decide_change" => DecideChange: Staff(Waiting: change_id) signed by {
        /// The change.
        change_id: ProposalId = required,
        /// The ruling: approval makes the change, rejection drops it.
        decision: Ruling = required,
        /// The person who decides; not the one who proposed it.
        by: StaffId = required,
        /// The reason.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<Prose> = optional,
    }

    /// Lists the changes that wait for a second person, oldest first.
    "list_waiting" => ListWaiting: Anyone {
        /// The change after which to continue.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<ProposalId> = optional,
    }

    /// Lists claims.
    "list_claims" => ListClaims: Anyone {
        /// The customer; all customers if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        customer_id: Option<CustomerId> = optional,
        /// The state; any state if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        state: Option<ClaimState> = optional,
        /// The claim after which to continue.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<ClaimId> = optional,
    }

    /// Lists quarantined input by id.
    "list_quarantine" => ListQuarantine: Anyone {
        /// The id after which to continue.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<QuarantineId> = optional,
    }

    /// Replays quarantined input: each content is taken in once, however often it is replayed.
    "replay_quarantine" => ReplayQuarantine: Staff(Quarantine: quarantine_id) signed [by] {
        /// The quarantined input.
        quarantine_id: QuarantineId = required,
        /// The corrected check or ticket event, if the input needed correction. It is kept beside the input.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        payload: Option<Value> = optional,
    }

    /// Lists the changes of an object or of a person, the newest first.
    "list_changes" => ListChanges: Anyone {
        /// The object, as `kind:id`; either it or the person must be given.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        object: Option<Object> = optional,
        /// The person, in any case of letters.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        person: Option<Person> = optional,
        /// The change after which to continue: `next` of the previous page.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<ChangeId> = optional,
    }

    /// Shows a service.
    "show_service" => ShowService: Anyone {
        /// The service.
        service_id: ServiceId = required,
    }

    /// Shows a stored statement.
    "show_statement" => ShowStatement: Anyone {
        /// The service.
        service_id: ServiceId = required,
        /// The month.
        month: Month = required,
        /// The revision; the newest if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        revision: Option<u32> = optional,
    }

    /// Shows a ticket: its clocks, their deadlines and its events.
    "show_ticket" => ShowTicket: Anyone {
        /// The ticket.
        ticket_id: TicketId = required,
    }

    /// Opens a ticket for a customer who reached support by phone, chat or e-mail.
    "open_ticket" => OpenTicket: Staff(Ticket: ticket_id) signed [by] {
        /// The new ticket's id.
        ticket_id: TicketId = required,
        /// The customer.
        customer_id: CustomerId = required,
        /// The service concerned, one of the customer's.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        service_id: Option<ServiceId> = optional,
        /// The urgency.
        level: Level = required,
        /// The channel: phone, chat or email.
        channel: Channel = required,
        /// The title, as the customer reads it.
        title: String = required,
        /// The problem, and the remedies tried.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        description: Option<Report> = optional,
        /// The earlier ticket of the customer that this one continues.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        links_to: Option<TicketId> = optional,
        /// The note that the customer reads.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<Note> = optional,
        /// The note that staff alone read.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        internal_note: Option<Note> = optional,
    }

    /// Acknowledges a ticket: support has taken it up.
    "acknowledge_ticket" => AcknowledgeTicket: Staff(Ticket: ticket_id) signed [by] {
        /// The ticket.
        ticket_id: TicketId = required,
        /// The id of the event within its ticket, by which a repetition is known; one that follows from the
        /// content if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        event_id: Option<EventId> = optional,
        /// The note that the customer reads.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<Note> = optional,
        /// The note that staff alone read.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        internal_note: Option<Note> = optional,
    }

    /// Asks the customer of a ticket for something, and waits for the answer.
    "ask_customer" => AskCustomer: Staff(Ticket: ticket_id) signed [by] {
        /// The ticket.
        ticket_id: TicketId = required,
        /// The id of the event within its ticket, by which a repetition is known; one that follows from the
        /// content if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        event_id: Option<EventId> = optional,
        /// The note that the customer reads.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<Note> = optional,
        /// The note that staff alone read.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        internal_note: Option<Note> = optional,
    }

    /// Ends the wait for the customer of a ticket.
    "resume_ticket" => ResumeTicket: Staff(Ticket: ticket_id) signed [by] {
        /// The ticket.
        ticket_id: TicketId = required,
        /// The id of the event within its ticket, by which a repetition is known; one that follows from the
        /// content if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        event_id: Option<EventId> = optional,
        /// The note that the customer reads.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<Note> = optional,
        /// The note that staff alone read.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        internal_note: Option<Note> = optional,
    }

    /// Changes the level of a ticket.
    "change_level" => ChangeLevel: Staff(Ticket: ticket_id) signed [by] {
        /// The ticket.
        ticket_id: TicketId = required,
        /// The id of the event within its ticket, by which a repetition is known; one that follows from the
        /// content if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        event_id: Option<EventId> = optional,
        /// The new level.
        level: Level = required,
        /// The reason; `misclassified` if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<LevelReason> = optional,
        /// The note that the customer reads.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<Note> = optional,
        /// The note that staff alone read.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        internal_note: Option<Note> = optional,
    }

    /// Resolves a ticket.
    "resolve_ticket" => ResolveTicket: Staff(Ticket: ticket_id) signed [by] {
        /// The ticket.
        ticket_id: TicketId = required,
        /// The id of the event within its ticket, by which a repetition is known; one that follows from the
        /// content if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        event_id: Option<EventId> = optional,
        /// The note that the customer reads.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<Note> = optional,
        /// The note that staff alone read.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        internal_note: Option<Note> = optional,
    }

    /// Reopens a ticket: the problem is back.
    "reopen_ticket" => ReopenTicket: Staff(Ticket: ticket_id) signed [by] {
        /// The ticket.
        ticket_id: TicketId = required,
        /// The id of the event within its ticket, by which a repetition is known; one that follows from the
        /// content if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        event_id: Option<EventId> = optional,
        /// The note that the customer reads.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<Note> = optional,
        /// The note that staff alone read.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        internal_note: Option<Note> = optional,
    }

    /// Takes a ticket, for the other staff to see. No clock depends on it.
    "take_ticket" => TakeTicket: Staff(Ticket: ticket_id) signed [by] {
        /// The ticket.
        ticket_id: TicketId = required,
    }

    /// Lists open tickets by their next deadline, or finished ones by their end, the latest first.
    "list_tickets" => ListTickets: Anyone {
        /// The state; `open` if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        state: Option<TicketState> = optional,
        /// The service; any if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        service_id: Option<ServiceId> = optional,
        /// The customer; any if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        customer_id: Option<CustomerId> = optional,
        /// The place after which to continue: `next` of the previous page.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<Line> = optional,
    }

    /// Finds customers, services, tickets, claims, maintenance windows, exclusions, voids and imports by id, by
    /// number, and customers and services by words of their names.
    "search" => Search: Anyone {
        /// An id, a number or words.
        words: Line = required,
    }

    /// Lists services in pages of 100, or their ids alone in pages of 1,000.
    "list_services" => ListServices: Anyone {
        /// The id after which to continue: `next` of the previous page.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<ServiceId> = optional,
        /// True to list only ids, as `service_ids`.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        ids_only: bool = flag,
    }

    /// Lists the notices of a customer that occurred in a month (UTC).
    "list_notices" => ListNotices: Anyone {
        /// The customer.
        customer_id: CustomerId = required,
        /// The month.
        month: Month = required,
    }
}

/// Takes an optional e-mail address.
fn email(fields: &mut Fields<'_>, field: &'static str) -> FieldResult<Option<String>> {
    let Some(line) = optional::<Line>(fields, field)? else { return Ok(None) };
    mail_address(field, line.into_string()).map(Some).map_err(|error| fields.wrong(field, error))
}

/// Reads an e-mail address: a name and a host, without spaces.
pub(crate) fn mail_address(field: &str, address: String) -> Result<String, InputError> {
    match address.split_once('@') {
        Some((name, host))
            if !name.is_empty() && !host.is_empty() && !address.contains(char::is_whitespace) =>
        {
            Ok(address)
        }
        _ => Err(InputError::new(format_args!(
            "{field}: `{}` is not an e-mail address: write one such as ops@example.com",
            sla::shown(&address)
        ))),
    }
}

/// Takes a probe, by default `default`.
fn probe(fields: &mut Fields<'_>, name: &'static str) -> FieldResult<ProbeId> {
    or_else(fields, name, default_probe)
}

/// Takes a flag, by default false.
fn flag(fields: &mut Fields<'_>, name: &'static str) -> FieldResult<bool> {
    or_else(fields, name, bool::default)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn service(fields: &Value) -> Value {
        let mut event = json!({
            "command": "register_service", "service_id": "web", "customer_id": "acme", "name": "Web",
            "plan": "premium", "monthly_fee": { "minor": 49_900, "currency": "EUR" }, "region": "eu",
            "activated_at": "2026-06-01T00:00:00Z", "of_no_command": 1,
        });
        let known = event.as_object_mut().unwrap();
        known.extend(fields.as_object().unwrap().clone());
        event
    }

    #[test]
    fn what_is_wrong_is_told_before_what_is_missing_each_by_its_path() {
        let window = |scope: Value| json!({ "command": "announce_maintenance", "scope": scope });
        let customer = |email: Value| json!({ "command": "register_customer", "email": email });
        let alarm = |probe: Value| json!({ "command": "register_alarm", "probe": probe });
        let messages = [
            json!({ "command": "register_customer" }),
            json!({ "command": "register_customer", "customer_id": "acme" }),
            customer(json!("at home")),
            customer(json!(5)),
            window(json!({ "services": ["web", 5] })),
            window(json!([])),
            alarm(json!(null)),
            service(&json!({ "monthly_fee": ["much"] })),
            service(&json!({ "name": " ", "plan": "gold", "monthly_fee": { "minor": 1 } })),
            service(&json!({ "region": null, "quorum": 0 })),
            json!({ "command": "list_services", "ids_only": null }),
        ]
        .map(|event| Command::read(&event).unwrap_err().to_string());
        insta::assert_snapshot!(messages.join("\n"));
    }

    #[test]
    fn every_field_that_is_wrong_or_missing_is_told_at_once() {
        let event = json!({ "command": "register_customer", "customer_id": "a b", "email": "at home" });
        let told: Vec<String> = Command::read(&event).unwrap_err().into_each().collect();
        let fields = told.iter().map(|message| message.split(':').next().unwrap());
        assert_eq!(fields.collect::<Vec<_>>(), ["customer_id", "email", "missing field `name`"]);
    }

    #[test]
    fn an_absent_field_is_a_null_except_for_the_silence() {
        let silence = |fields: &Value| match Command::read(&service(fields)).unwrap() {
            Command::RegisterService(read) => (read.quorum.map(|quorum| quorum.get()), read.max_silence_s),
            other => panic!("{other:?}"),
        };
        assert_eq!(silence(&json!({})), (None, None));
        assert_eq!(silence(&json!({ "quorum": null, "max_silence_s": null })), (None, Some(None)));
        let (quorum, given) = silence(&json!({ "quorum": 2, "max_silence_s": 0 }));
        assert_eq!((quorum, given.flatten().map(|silence| silence.get())), (Some(2), Some(0)));
    }
}
