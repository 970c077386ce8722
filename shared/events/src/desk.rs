//! Commands of staff: what `run-desk` understands (contract, "desk commands").

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use sla::claim::ClaimState;
use sla::exclusion::{Clause, Ruling};
use sla::id::{QuarantineId, StaffId};
use sla::ledger::CreditKind;
use sla::review::Finding;
use sla::{
    ClaimId, CustomerId, ExclusionId, Instant, Money, Month, Plan, ProbeId, RegionId, Resolution, Scope,
    ServiceId, TicketId, VoidId, WindowId, Zone,
};

use crate::alarm::AlarmArn;
use crate::check::default_probe;
use crate::input::{InputError, read};
use crate::text::{Count, Line, Prose, Remark};

/// The longest interval or silence: 366 days.
const DAYS_366_S: u32 = 366 * 86_400;

/// A command with its fields.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// `register_customer`
    RegisterCustomer(RegisterCustomer),
    /// `change_customer`
    ChangeCustomer(ChangeCustomer),
    /// `register_service`
    RegisterService(RegisterService),
    /// `change_service`
    ChangeService(ChangeService),
    /// `terminate_service`
    TerminateService(TerminateService),
    /// `register_alarm`
    RegisterAlarm(RegisterAlarm),
    /// `remove_alarm`
    RemoveAlarm(RemoveAlarm),
    /// `list_alarms`
    ListAlarms(ListAlarms),
    /// `announce_maintenance`
    AnnounceMaintenance(AnnounceMaintenance),
    /// `shorten_maintenance`
    ShortenMaintenance(ShortenMaintenance),
    /// `cancel_maintenance`
    CancelMaintenance(CancelMaintenance),
    /// `raise_exclusion`
    RaiseExclusion(RaiseExclusion),
    /// `decide_exclusion`
    DecideExclusion(DecideExclusion),
    /// `withdraw_exclusion`
    WithdrawExclusion(WithdrawExclusion),
    /// `dispute_exclusion`
    DisputeExclusion(DisputeExclusion),
    /// `void_checks`
    VoidChecks(VoidChecks),
    /// `decide_void`
    DecideVoid(DecideVoid),
    /// `file_claim`
    FileClaim(FileClaim),
    /// `review_claim`
    ReviewClaim(ReviewClaim),
    /// `review_statement`
    ReviewStatement(ReviewStatement),
    /// `restate_month`
    RestateMonth(RestateMonth),
    /// `mark_invoiced`
    MarkInvoiced(MarkInvoiced),
    /// `list_claims`
    ListClaims(ListClaims),
    /// `list_quarantine`
    ListQuarantine(ListQuarantine),
    /// `replay_quarantine`
    ReplayQuarantine(ReplayQuarantine),
    /// `show_service`
    ShowService(ShowService),
    /// `show_statement`
    ShowStatement(ShowStatement),
    /// `show_ticket`
    ShowTicket(ShowTicket),
    /// `list_services`
    ListServices(ListServices),
    /// `list_notices`
    ListNotices(ListNotices),
}

macro_rules! commands {
    ($($name:literal => $variant:ident),+ $(,)?) => {
        /// The commands' names.
        pub const COMMANDS: &[&str] = &[$($name),+];

        impl Command {
            /// Reads a command from its event.
            ///
            /// # Errors
            /// No or an unknown `command`, or a field that is missing or wrong.
            pub fn read(event: &Value) -> Result<Self, InputError> {
                match event.get("command").and_then(Value::as_str) {
                    $(Some($name) => read(event).map(Self::$variant),)+
                    Some(other) => Err(InputError::new(format_args!(
                        "command: `{}` is not known: write one of {}", sla::shown(other), COMMANDS.join(", ")))),
                    None => Err(InputError::new(format_args!(
                        "command: missing: write one of {}", COMMANDS.join(", ")))),
                }
            }
        }

        impl Command {
            /// Writes the command as it was understood: the same content is written the same.
            ///
            /// # Errors
            /// None in practice: commands are plain JSON.
            pub fn written(&self) -> Result<Value, serde_json::Error> {
                match self { $(Self::$variant(fields) => named($name, fields),)+ }
            }
        }

        /// Calls `visit` with each command's name and JSON Schema.
        pub(crate) fn schemas(mut visit: impl FnMut(&'static str, schemars::Schema)) {
            $(visit($name, schemars::schema_for!($variant));)+
        }
    };
}
commands! {
    "register_customer" => RegisterCustomer,
    "change_customer" => ChangeCustomer,
    "register_service" => RegisterService,
    "change_service" => ChangeService,
    "terminate_service" => TerminateService,
    "register_alarm" => RegisterAlarm,
    "remove_alarm" => RemoveAlarm,
    "list_alarms" => ListAlarms,
    "announce_maintenance" => AnnounceMaintenance,
    "shorten_maintenance" => ShortenMaintenance,
    "cancel_maintenance" => CancelMaintenance,
    "raise_exclusion" => RaiseExclusion,
    "decide_exclusion" => DecideExclusion,
    "withdraw_exclusion" => WithdrawExclusion,
    "dispute_exclusion" => DisputeExclusion,
    "void_checks" => VoidChecks,
    "decide_void" => DecideVoid,
    "file_claim" => FileClaim,
    "review_claim" => ReviewClaim,
    "review_statement" => ReviewStatement,
    "restate_month" => RestateMonth,
    "mark_invoiced" => MarkInvoiced,
    "list_claims" => ListClaims,
    "list_quarantine" => ListQuarantine,
    "replay_quarantine" => ReplayQuarantine,
    "show_service" => ShowService,
    "show_statement" => ShowStatement,
    "show_ticket" => ShowTicket,
    "list_services" => ListServices,
    "list_notices" => ListNotices,
}

macro_rules! command_structs {
    ($($(#[$doc:meta])* $name:ident { $($(#[$field_meta:meta])* $field:ident: $type:ty),* $(,)? })+) => { $(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
        pub struct $name { $($(#[$field_meta])* pub $field: $type),* }
    )+ };
}

command_structs! {
    /// Registers a customer.
    RegisterCustomer {
        /// The new customer's id.
        customer_id: CustomerId,
        /// The customer's name.
        name: Line,
        /// Where to reach the customer.
        #[serde(default, deserialize_with = "email", skip_serializing_if = "Option::is_none")]
        email: Option<String>,
    }

    /// Changes a customer's name or address.
    ChangeCustomer {
        /// The customer.
        customer_id: CustomerId,
        /// The new name.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<Line>,
        /// The new address.
        #[serde(default, deserialize_with = "email", skip_serializing_if = "Option::is_none")]
        email: Option<String>,
    }

    /// Registers a service of a customer.
    RegisterService {
        /// The new service's id.
        service_id: ServiceId,
        /// Whose it is.
        customer_id: CustomerId,
        /// Its name.
        name: Line,
        /// Its plan.
        plan: Plan,
        /// The recurring monthly fee.
        monthly_fee: Money,
        /// Its region.
        region: RegionId,
        /// The zone of its billing months; UTC if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        time_zone: Option<Zone>,
        /// From when it is provided.
        activated_at: Instant,
        /// The slot length; 60 s, or 10 s for the Enterprise plan, if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        resolution_s: Option<Resolution>,
        /// How often it is checked; 60 s if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        check_interval_s: Option<Count<1, DAYS_366_S>>,
        /// How long a check is carried; null for ever; twice the interval if absent.
        #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
        max_silence_s: Option<Option<Count<0, DAYS_366_S>>>,
        /// How many probes must agree that it is down; 1 if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        quorum: Option<Count<1, 64>>,
    }

    /// Changes plan or fee from the start of a month not yet begun.
    ChangeService {
        /// The service.
        service_id: ServiceId,
        /// The first month with the change.
        from_month: Month,
        /// The new plan.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        plan: Option<Plan>,
        /// The new fee.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        monthly_fee: Option<Money>,
    }

    /// Ends a service.
    TerminateService {
        /// The service.
        service_id: ServiceId,
        /// The first instant at which it is no longer provided.
        at: Instant,
    }

    /// Registers which service a CloudWatch alarm watches: `OK` is up, `ALARM` down, `INSUFFICIENT_DATA`
    /// unknown.
    ///
    /// Alarms report only changes: register their service with `max_silence_s: null`, and send its present
    /// state once, as a check of the same probe. Nothing else reports for that probe: each alarm has its own.
    RegisterAlarm {
        /// The alarm's ARN.
        alarm_arn: AlarmArn,
        /// The service that it watches.
        service_id: ServiceId,
        /// The probe as which it reports; `default` if absent.
        #[serde(default = "default_probe")]
        probe: ProbeId,
    }

    /// Removes an alarm: its changes are quarantined from then on. What it reported stays.
    RemoveAlarm {
        /// The alarm's ARN.
        alarm_arn: AlarmArn,
    }

    /// Lists the registered alarms, in an order of their own.
    ListAlarms {
        /// The alarm after which to go on.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<AlarmArn>,
    }

    /// Announces scheduled maintenance.
    AnnounceMaintenance {
        /// The new window's id.
        window_id: WindowId,
        /// Its first instant, at least 72 h ahead.
        starts_at: Instant,
        /// The first instant after it.
        ends_at: Instant,
        /// `{"services": […]}`, `{"region": …}` or `{"all": true}`.
        scope: Scope,
        /// Why it is needed.
        reason: Prose,
    }

    /// Ends a maintenance window earlier.
    ShortenMaintenance {
        /// The window.
        window_id: WindowId,
        /// The new end, not before now.
        ends_at: Instant,
    }

    /// Cancels a maintenance window before it begins.
    CancelMaintenance {
        /// The window.
        window_id: WindowId,
    }

    /// Raises an exclusion with its evidence.
    RaiseExclusion {
        /// The new exclusion's id.
        exclusion_id: ExclusionId,
        /// The services whose time it covers.
        services: BTreeSet<ServiceId>,
        /// The clause of the agreement.
        clause: Clause,
        /// The first instant that it covers.
        starts_at: Instant,
        /// The first instant after that.
        ends_at: Instant,
        /// What shows that the clause applies.
        evidence: Prose,
        /// Who raises it.
        raised_by: StaffId,
    }

    /// Decides an exclusion.
    DecideExclusion {
        /// The exclusion.
        exclusion_id: ExclusionId,
        /// Whether the time counts.
        decision: Ruling,
        /// Who decides: not who raised it.
        decided_by: StaffId,
        /// Why.
        note: Prose,
    }

    /// Withdraws an exclusion.
    WithdrawExclusion {
        /// The exclusion.
        exclusion_id: ExclusionId,
        /// Who withdraws it.
        by: StaffId,
        /// Why.
        note: Prose,
    }

    /// Notes what a customer says against an exclusion.
    DisputeExclusion {
        /// The exclusion.
        exclusion_id: ExclusionId,
        /// The customer of a service that it covers.
        customer_id: CustomerId,
        /// What the customer says.
        statement: Remark,
    }

    /// Raises a void: the reports of a broken probe are to count as unknown.
    VoidChecks {
        /// The new void's id.
        void_id: VoidId,
        /// The service.
        service_id: ServiceId,
        /// The probe that was broken.
        probe: ProbeId,
        /// The first instant whose reports are false.
        starts_at: Instant,
        /// The first instant after that.
        ends_at: Instant,
        /// What shows that the probe was broken.
        evidence: Prose,
        /// Who raises it.
        raised_by: StaffId,
    }

    /// Decides a void.
    DecideVoid {
        /// The void.
        void_id: VoidId,
        /// Whether the reports count as unknown.
        decision: Ruling,
        /// Who decides: not who raised it.
        decided_by: StaffId,
        /// Why.
        note: Prose,
    }

    /// Files a customer's claim to a month's credit; repeated, it finds the first one.
    FileClaim {
        /// The service.
        service_id: ServiceId,
        /// The month that is claimed.
        month: Month,
        /// Whose claim it is.
        customer_id: CustomerId,
        /// What for.
        kind: CreditKind,
        /// What the customer says.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<Prose>,
    }

    /// Decides a performance claim that is in review.
    ReviewClaim {
        /// The claim.
        claim_id: ClaimId,
        /// Whether it is granted.
        decision: Ruling,
        /// What is granted, at most what is left of the monthly fee; only with an approval.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        amount: Option<Money>,
        /// Who decides: not the customer.
        by: StaffId,
        /// Why.
        reason: Prose,
    }

    /// Decides a closed month in which missing data decides, or part of its credit.
    ReviewStatement {
        /// The service.
        service_id: ServiceId,
        /// The month.
        month: Month,
        /// Whether the commitment was kept.
        verdict: Finding,
        /// The seconds of downtime: at least the known ones, at most with all unknown time, which is the default
        /// if it is breached.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        down_s: Option<i64>,
        /// Who decides: not the customer.
        by: StaffId,
        /// Why.
        reason: Prose,
    }

    /// Restates a closed month with everything that is known now, in whoever's favour it is.
    RestateMonth {
        /// The service.
        service_id: ServiceId,
        /// The month.
        month: Month,
        /// Why.
        reason: Prose,
        /// Who orders it.
        by: StaffId,
    }

    /// Notes that a month's bills are out: credits entered from now on appear on later ones.
    MarkInvoiced {
        /// The month.
        month: Month,
    }

    /// Lists claims.
    ListClaims {
        /// Whose; everybody's if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        customer_id: Option<CustomerId>,
        /// In which state; in any if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        state: Option<ClaimState>,
        /// The claim after which to go on.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<ClaimId>,
    }

    /// Lists quarantined input by id.
    ListQuarantine {
        /// The id after which to go on.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<QuarantineId>,
    }

    /// Takes quarantined input in again.
    ReplayQuarantine {
        /// Which.
        quarantine_id: QuarantineId,
        /// The mended check or ticket event, if it needed mending.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        payload: Option<Value>,
    }

    /// Shows a service.
    ShowService {
        /// Which.
        service_id: ServiceId,
    }

    /// Shows a stored statement.
    ShowStatement {
        /// Whose.
        service_id: ServiceId,
        /// Of which month.
        month: Month,
        /// Which revision; the newest if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        revision: Option<u32>,
    }

    /// Shows a ticket: its clocks, what is due on them, and its events.
    ShowTicket {
        /// Which.
        ticket_id: TicketId,
    }

    /// Lists services in pages of 100, or their ids alone in pages of 1,000.
    ListServices {
        /// The id after which to go on: `next` of the page before.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<ServiceId>,
        /// Whether only ids are listed, as `service_ids`.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        ids_only: bool,
    }

    /// Lists the notices of a customer that occurred in a month (UTC).
    ListNotices {
        /// Whose.
        customer_id: CustomerId,
        /// Of which month.
        month: Month,
    }
}

fn named<T: Serialize>(name: &str, fields: &T) -> Result<Value, serde_json::Error> {
    let mut written = serde_json::to_value(fields)?;
    if let Some(fields) = written.as_object_mut() {
        fields.insert("command".to_owned(), name.into());
    }
    Ok(written)
}

/// Tells a null that was given (`Some(None)`) from an absent field (`None`).
fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::<T>::deserialize(deserializer).map(Some)
}

fn email<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let Some(line) = Option::<Line>::deserialize(deserializer)? else { return Ok(None) };
    let address = line.into_string();
    match address.split_once('@') {
        Some((name, host))
            if !name.is_empty() && !host.is_empty() && !address.contains(char::is_whitespace) =>
        {
            Ok(Some(address))
        }
        _ => Err(serde::de::Error::custom(format_args!(
            "`{}` is not an e-mail address: write one such as ops@example.com",
            sla::shown(&address)
        ))),
    }
}
