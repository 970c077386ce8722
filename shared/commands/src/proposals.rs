//! Changes that take two people (rules, 11): proposed with their effect, and made once another person
//! approves them. Architecture invariant: whether a command takes two people is decided here alone, for every
//! command.

use events::change::Hand;
use events::command::{
    ChangeSource, ChangeTarget, CommandName, DecideChange, ListWaiting, MapSource, RemoveSource,
    RemoveTarget, ReplayQuarantine, ReviewClaim, ReviewStatement,
};
use events::text::Prose;
use events::{AlarmArn, Command, Source};
use outcome::Failure;
use serde_json::{Map, Value, json};
use sla::effect::{Cost, Effect, Recipients, moved_by_reviews};
use sla::exclusion::{Ruling, Step};
use sla::id::StaffId;
use sla::proposal::{Proposal, ProposalError, ProposalState};
use sla::terms::what_if::what_if;
use sla::{Instant, Month, ProposalId, Scope, ServiceId, TargetId, Terms, Zone};
use std::collections::BTreeMap;
use table::{Committed, Directory, Table, Versioned, until_written};

use crate::answers::{shown, unknown};
use crate::signing::signed;
use crate::sources::changed;
use crate::targets;

/// Changes on one page. An effect lists at most 60 service-months of some 500 bytes, and Lambda answers 6 MB.
const PAGE_MAX: usize = 100;
/// Proposals of one content: each is decided or lapses before the next.
const PROPOSALS_MAX: usize = 1000;
/// Closed months over which a revision of the terms is costed.
const COSTED_MONTHS: usize = 3;
/// Services of which these months are computed anew, in the order of the directory.
const COSTED_SERVICES_MAX: usize = 200;
/// Name under which a publication of terms waits, beside the commands.
const PUBLISH_TERMS: &str = "publish_terms";

/// Change that may take two people.
#[derive(Debug, Clone)]
pub enum ProposedChange {
    /// Command.
    Command(Box<Command>),
    /// Publication of a revision of the terms.
    Terms(Box<Terms>),
}

impl ProposedChange {
    /// Reads a change as it was proposed.
    fn read(written: &Value) -> Result<Self, Failure> {
        match written.get(PUBLISH_TERMS) {
            Some(terms) => {
                let terms = serde_json::from_value(terms.clone()).map_err(Failure::unexpected)?;
                Ok(Self::Terms(Box::new(terms)))
            }
            None => Ok(Self::Command(Box::new(Command::read(written)?))),
        }
    }

    /// Writes the change as it waits, signed by whoever proposes it.
    fn written(&self, by: &StaffId) -> Result<Value, Failure> {
        match self {
            Self::Terms(terms) => Ok(json!({ PUBLISH_TERMS: terms })),
            Self::Command(command) => {
                let written = command.written().map_err(Failure::unexpected)?;
                let fields = written.as_object().cloned().unwrap_or_default();
                Ok(signed(command.name(), fields, by))
            }
        }
    }

    /// Makes the change.
    async fn make(
        &self,
        table: &Table,
        now: Instant,
        (by, hand): (&StaffId, &Hand),
    ) -> Result<Value, Failure> {
        match self {
            Self::Command(command) => Box::pin(crate::run(table, now, (**command).clone(), hand)).await,
            Self::Terms(terms) => crate::publish_terms(table, now, terms, (Some(by), hand)).await,
        }
    }

    /// Returns the effect of a change that takes two people; `None` of one that takes one, or changes
    /// nothing.
    ///
    /// # Errors
    /// Returns a [`Failure`]: the change itself is refused, or the table fails.
    async fn effect(&self, table: &Table, now: Instant, by: &StaffId) -> Result<Option<Effect>, Failure> {
        if !Box::pin(self.may_take_two(table)).await? {
            return Ok(None);
        }
        let rehearsed = table.rehearsing();
        Box::pin(self.make(&rehearsed, now, (by, &Hand::direct(None)))).await?;
        if !rehearsed.has_rehearsed()? || !self.takes_two(&rehearsed).await? {
            return Ok(None);
        }
        // Boxed: its future holds those of every read, and each caller's would hold it.
        let effect = Box::pin(table.effect(&rehearsed, now)).await?;
        Ok(Some(match self {
            Self::Command(_) => effect,
            Self::Terms(terms) => {
                Effect { told: Recipients::Everyone(None), costs: costs(table, terms, now).await?, ..effect }
            }
        }))
    }

    /// True if the change takes two people for all that can be said before it is rehearsed.
    #[expect(clippy::too_many_lines, reason = "a line for each command, so that a new one is decided")]
    async fn may_take_two(&self, table: &Table) -> Result<bool, Failure> {
        let Self::Command(command) = self else { return Ok(true) };
        Ok(match &**command {
            Command::AnnounceMaintenance(command) => is_wide(&command.scope),
            Command::ShortenMaintenance(command) => is_wide_window(table, &command.window_id).await?,
            Command::CancelMaintenance(command) => is_wide_window(table, &command.window_id).await?,
            Command::WithdrawExclusion(command) => {
                let found = table.exclusion(&command.exclusion_id).await?;
                found.is_some_and(|found| found.value.object.window().is_some())
            }
            Command::RemoveAlarm(command) => has_reported(table, &command.alarm_arn).await?,
            Command::ChangeSource(command) => Box::pin(changes_meaning(table, command)).await?,
            Command::MapSource(command) if command.remove.as_ref().is_none_or(Vec::is_empty) => false,
            Command::MapSource(MapSource { source_id, .. })
            | Command::RemoveSource(RemoveSource { source_id, .. }) => {
                Box::pin(table.source_state(source_id)).await?.last_mapped_at.is_some()
            }
            Command::ChangeTarget(ChangeTarget { target_id, .. })
            | Command::RemoveTarget(RemoveTarget { target_id, .. }) => {
                Box::pin(ends_reports(table, target_id, command)).await?
            }
            Command::ReplayQuarantine(command) => command.payload.is_some(),
            Command::CorrectService(command) => is_checked(table, &command.service_id).await?,
            Command::ReviewClaim(_) | Command::ReviewStatement(_) | Command::ErasePersonalData(_) => true,
            // Two people raise and decide each.
            Command::RaiseExclusion(_)
            | Command::DecideExclusion(_)
            | Command::VoidChecks(_)
            | Command::DecideVoid(_)
            | Command::DecideChange(_) => false,
            Command::RegisterCustomer(_)
            | Command::ChangeCustomer(_)
            | Command::IndexCustomer(_)
            | Command::RegisterService(_)
            | Command::ImportServices(_)
            | Command::UndoImport(_)
            | Command::ChangeService(_)
            | Command::TerminateService(_)
            | Command::RegisterAlarm(_)
            | Command::RegisterSource(_)
            | Command::RegisterTarget(_)
            | Command::DisputeExclusion(_)
            | Command::FileClaim(_)
            | Command::RestateMonth(_)
            | Command::MarkInvoiced(_)
            | Command::OpenTicket(_)
            | Command::AcknowledgeTicket(_)
            | Command::AskCustomer(_)
            | Command::ResumeTicket(_)
            | Command::ChangeLevel(_)
            | Command::ResolveTicket(_)
            | Command::ReopenTicket(_)
            | Command::TakeTicket(_)
            | Command::SetRole(_) => false,
            Command::ListAlarms(_)
            | Command::ListRoles(_)
            | Command::ListSources(_)
            | Command::ShowSource(_)
            | Command::ListTargets(_)
            | Command::ShowTarget(_)
            | Command::ListChanges(_)
            | Command::ListClaims(_)
            | Command::ListQuarantine(_)
            | Command::ListWaiting(_)
            | Command::ShowService(_)
            | Command::ShowStatement(_)
            | Command::ShowTicket(_)
            | Command::ListTickets(_)
            | Command::Search(_)
            | Command::ListServices(_)
            | Command::ListNotices(_) => false,
        })
    }

    /// True if the change takes two people, once it is rehearsed.
    async fn takes_two(&self, rehearsed: &Table) -> Result<bool, Failure> {
        let Self::Command(command) = self else { return Ok(true) };
        match &**command {
            Command::ReviewStatement(ReviewStatement { service_id, month, .. }) => {
                moves_much(rehearsed, service_id, *month).await
            }
            Command::ReviewClaim(ReviewClaim { claim_id, .. }) => match rehearsed.claim(claim_id).await? {
                Some(claim) => moves_much(rehearsed, &claim.service_id, claim.month).await,
                None => Ok(false),
            },
            Command::ReplayQuarantine(ReplayQuarantine { quarantine_id, .. }) => {
                let input = rehearsed.quarantined(quarantine_id).await?;
                Ok(input.is_some_and(|input| input.value.replays.last().is_some_and(|last| last.is_changed)))
            }
            _ => Ok(true),
        }
    }
}

const fn is_wide(scope: &Scope) -> bool {
    match scope {
        Scope::Services { .. } => false,
        Scope::Region { .. } | Scope::All { .. } => true,
    }
}

/// True if an alarm that is registered has reported.
async fn has_reported(table: &Table, arn: &AlarmArn) -> Result<bool, Failure> {
    let Some(known) = table.alarm(arn).await?.filter(|known| !known.value.is_removed) else {
        return Ok(false);
    };
    let alarm = &known.value.alarm;
    Ok(table.has_reported(&alarm.service_id, &alarm.probe).await?)
}

/// True if a service was checked.
async fn is_checked(table: &Table, id: &ServiceId) -> Result<bool, Failure> {
    let known = Box::pin(table.registration(id)).await?;
    Ok(known.is_some_and(|known| known.is_checked()))
}

async fn is_wide_window(table: &Table, id: &sla::WindowId) -> Result<bool, Failure> {
    Ok(table.maintenance(id).await?.is_some_and(|found| is_wide(&found.value.object.scope)))
}

/// True if a command changes what the messages of a source that has reported mean. Its proof is no part of it.
async fn changes_meaning(table: &Table, command: &ChangeSource) -> Result<bool, Failure> {
    let Some(known) = table.source(&command.source_id).await? else { return Ok(false) };
    let source = &known.value.source;
    let changed = Source { auth: source.auth.clone(), ..changed(source, command) };
    let is_known = changed == *source || known.value.is_removed;
    Ok(!is_known && table.source_state(&source.source_id).await?.last_mapped_at.is_some())
}

/// True if a command changes or removes a target whose probe has reported.
async fn ends_reports(table: &Table, id: &TargetId, command: &Command) -> Result<bool, Failure> {
    let Some(found) = table.target(id).await?.filter(|found| !found.value.is_removed) else {
        return Ok(false);
    };
    let target = &found.value.target;
    let is_known = match command {
        Command::ChangeTarget(command) => targets::changed(target, command)? == *target,
        _ => false,
    };
    Ok(!is_known && table.has_reported(&target.service_id, &target.region).await?)
}

/// True if the reviews of a service-month move its credit by more than one person may.
async fn moves_much(table: &Table, id: &ServiceId, month: Month) -> Result<bool, Failure> {
    let Some(known) = table.service_month(id, month).await? else { return Ok(false) };
    let Some(newest) = &known.newest else { return Ok(false) };
    let inputs = table.inputs(newest).await?;
    let moved = moved_by_reviews(&inputs, &newest.statement, &known.claims, &known.entries);
    let fee = inputs.service.in_month(month).1;
    Ok(inputs.terms.reviews.takes_two(moved.map_err(Failure::unexpected)?, fee))
}

/// Computes the last closed months anew under a revision of the terms.
async fn costs(table: &Table, terms: &Terms, now: Instant) -> Result<Vec<Cost>, Failure> {
    let last = Month::of(now, Zone::UTC).previous();
    let months: Vec<Month> =
        std::iter::successors(Some(last), |month| Some(month.previous())).take(COSTED_MONTHS).collect();
    let mut ids = table.directory_page(Directory::Services, None, COSTED_SERVICES_MAX + 1).await?;
    let is_part = ids.len() > COSTED_SERVICES_MAX;
    ids.truncate(COSTED_SERVICES_MAX);
    let mut costs: BTreeMap<&str, Cost> = BTreeMap::new();
    for id in ids {
        let id: ServiceId = id.parse().map_err(Failure::unexpected)?;
        for &month in &months {
            let Some(newest) = table.newest_statement(&id, month).await? else { continue };
            let supposed = what_if(&table.inputs(&newest).await?, terms).map_err(Failure::unexpected)?;
            let Some(what_if) = supposed else { continue };
            let currency = what_if.stated.credit.amount.currency;
            let cost = costs.entry(currency.code()).or_insert_with(|| Cost {
                from: months.last().copied().unwrap_or(last),
                to: last,
                currency,
                statements: 0,
                is_part,
                stated_minor: 0,
                supposed_minor: 0,
            });
            cost.statements += 1;
            cost.stated_minor += what_if.stated.credit.amount.minor;
            cost.supposed_minor += what_if.supposed.credit.amount.minor;
        }
    }
    Ok(costs.into_values().collect())
}

/// Makes a change, or proposes it with its effect if it takes two people, the first of whom must be named.
///
/// # Errors
/// Returns a [`Failure`]: the change is refused, or the table fails.
pub async fn make(
    table: &Table,
    now: Instant,
    change: ProposedChange,
    (by, hand): (Option<&StaffId>, &Hand),
) -> Result<Value, Failure> {
    let signer = by.cloned().unwrap_or_else(StaffId::direct);
    match (Box::pin(change.effect(table, now, &signer)).await?, by) {
        (None, _) => change.make(table, now, (&signer, hand)).await,
        (Some(effect), Some(by)) => propose(table, now, &change, by, effect).await,
        (Some(_), None) => Err(Failure::BadRequest(
            "by: missing: this takes two people here: name the person who gives the command".to_owned(),
        )),
    }
}

/// Returns the effect that approving an exclusion or a void would have; `None` if it would be refused.
///
/// # Errors
/// Returns a [`Failure`] if the table fails.
pub async fn effect_of_approval(
    table: &Table,
    now: Instant,
    (command, id): (CommandName, &str),
    raised_by: &StaffId,
) -> Result<Option<Effect>, Failure> {
    // Anybody but the person who raised it would have the same effect.
    let second = if raised_by.is_same_person("a") { "b" } else { "a" };
    let mut fields =
        Map::from_iter([("decision", "approve"), ("note", "–")].map(|(n, v)| (n.to_owned(), v.into())));
    fields.extend(command.fields().first().map(|field| (field.name.to_owned(), id.into())));
    let decision = signed(command, fields, &second.parse().map_err(Failure::unexpected)?);
    let rehearsed = table.rehearsing();
    match crate::run(&rehearsed, now, Command::read(&decision)?, &Hand::direct(None)).await {
        Ok(_) => Ok(Some(Box::pin(table.effect(&rehearsed, now)).await?)),
        Err(failure @ Failure::Fault(..)) => Err(failure),
        Err(_) => Ok(None),
    }
}

async fn propose(
    table: &Table,
    now: Instant,
    change: &ProposedChange,
    by: &StaffId,
    effect: Effect,
) -> Result<Value, Failure> {
    let written = change.written(by)?;
    let content = sla::sha256_hex(written.to_string().as_bytes());
    for nth in 0..PROPOSALS_MAX {
        let id = ProposalId::nth(&content, nth);
        match table.proposal(&id).await? {
            Some(found) if found.value.state(now) == ProposalState::Waiting => {
                return waiting(&found.value);
            }
            Some(_) => {}
            None => {
                let proposal = Proposal::new(id, written.clone(), by.clone(), effect.clone(), now);
                if table.save_proposal(&Versioned { value: proposal.clone(), version: None }).await?
                    == Committed::Done
                {
                    return waiting(&proposal);
                }
            }
        }
    }
    Err(Failure::Conflict(format!("this change was proposed {PROPOSALS_MAX} times: change its reason")))
}

fn waiting(proposal: &Proposal) -> Result<Value, Failure> {
    Ok(json!({ "waiting": proposal.change_id, "effect": shown(&proposal.effect)? }))
}

/// Decides a change that waits. An approval judges the change anew, and is refused if its effect has changed.
///
/// # Errors
/// Returns a [`Failure`]: the decision or the change itself is refused, or the table fails.
pub async fn decide(
    table: &Table,
    now: Instant,
    command: &DecideChange,
    hand: &Hand,
) -> Result<Value, Failure> {
    let DecideChange { change_id, decision, by, note } = command;
    let note = note.clone().map(Prose::into_string).unwrap_or_default();
    let step = Step { by: by.clone(), note, at: now };
    until_written("decide a change", || async {
        let found = table.proposal(change_id).await?;
        let found = found.ok_or_else(|| unknown("change_id", change_id, "look it up with list_waiting"))?;
        let change = ProposedChange::read(&found.value.change)?;
        // The change is its proposer's: the name that came with the approval is another person's.
        let proposer = (&found.value.proposed_by, &Hand { name: None, ..hand.clone() });
        let is_repeated = found.value.ruling == Some(*decision)
            && found
                .value
                .decision
                .as_ref()
                .is_some_and(|own| (&own.by, &own.note) == (&step.by, &step.note));
        let decided = match found.value.decide(*decision, step.clone()) {
            _ if is_repeated => found.value.clone(),
            decided => decided.map_err(refused)?,
        };
        let decided = Versioned { value: decided, version: found.version };
        if *decision == Ruling::Reject {
            let answer = answer(&decided.value, None)?;
            return Ok(match is_repeated {
                true => Some(answer),
                false => table.save_proposal(&decided).await?.then(answer),
            });
        }
        if is_repeated {
            // Each command gives its first answer again.
            return answer(&decided.value, Some(change.make(table, now, proposer).await?)).map(Some);
        }
        Box::pin(judge_anew(table, now, &change, &found)).await?;
        let made = change.make(&table.approving(&decided)?, now, proposer).await;
        let present = table.proposal(change_id).await?;
        match (made, present.is_some_and(|present| present.value.ruling.is_some())) {
            (Ok(made), true) => answer(&decided.value, Some(made)).map(Some),
            // Nothing was left to change: the approval stands by itself.
            (Ok(made), false) => {
                Ok(table.save_proposal(&decided).await?.then(answer(&decided.value, Some(made))?))
            }
            // Another person decided meanwhile.
            (Err(Failure::Fault(..)), true) => Ok(None),
            (Err(failure), _) => Err(failure),
        }
    })
    .await
}

/// Compares the effect of a change with the one that was shown; keeps a new one, for the next look.
async fn judge_anew(
    table: &Table,
    now: Instant,
    change: &ProposedChange,
    found: &Versioned<Proposal>,
) -> Result<(), Failure> {
    let effect = Box::pin(change.effect(table, now, &found.value.proposed_by)).await?.unwrap_or_default();
    if effect.is_same(&found.value.effect) {
        return Ok(());
    }
    let id = &found.value.change_id;
    let message = format!(
        "change_id: the effect of `{id}` is no longer the one that was shown: look at the new one, and decide \
         again: {}",
        shown(&effect)?
    );
    let value = Proposal { effect, ..found.value.clone() };
    table.keep_effect(&Versioned { value, version: found.version }).await?;
    Err(Failure::Conflict(message))
}

fn answer(decided: &Proposal, made: Option<Value>) -> Result<Value, Failure> {
    let Proposal { change_id, ruling, decision, .. } = decided;
    let mut answer =
        json!({ "change_id": change_id, "decision": ruling, "by": decision.as_ref().map(|step| &step.by) });
    if let (Some(fields), Some(made)) = (answer.as_object_mut(), made) {
        fields.insert("answer".to_owned(), made);
    }
    Ok(answer)
}

/// Lists a page of the changes that wait; `next` is present if there are more.
///
/// # Errors
/// Returns a [`Failure`] if `after` is unknown or the table fails.
pub async fn list(table: &Table, now: Instant, command: &ListWaiting) -> Result<Value, Failure> {
    let after = match &command.after {
        None => None,
        Some(id) => {
            let found = table.proposal(id).await?;
            Some(found.ok_or_else(|| unknown("after", id, "give `next` of the page before"))?.value)
        }
    };
    let page = table.waiting_proposals(after.as_ref(), now, PAGE_MAX).await?;
    match page.first.last().filter(|_| page.is_more) {
        Some(last) => Ok(json!({ "waiting": page.first, "next": last.change_id })),
        None => Ok(json!({ "waiting": page.first })),
    }
}

fn refused(error: ProposalError) -> Failure {
    let message = error.to_string();
    match error {
        ProposalError::SamePerson(_) => Failure::Forbidden(message),
        ProposalError::Decided(..) | ProposalError::Lapsed(..) => Failure::Conflict(message),
    }
}
