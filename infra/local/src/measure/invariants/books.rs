//! Invariants of the books of every service-month: claims, ledger and statement agree, and nothing is paid
//! twice or beyond the fee.

use std::collections::{BTreeMap, BTreeSet};

use sla::availability::Verdict;
use sla::claim::{Claim, ClaimState, Rejection};
use sla::ledger::{CreditKind, Entry, EntryState};
use sla::terms::ClaimMode;
use sla::{ClaimId, Month, Service, Statement};
use table::WantedClaims;

use crate::error::LocalError;
use crate::system::System;

/// Claims in one page of a list.
const PAGE: usize = 100;
/// The most pages of a list read: a million claims.
const PAGES_MAX: usize = 10_000;

/// The books of a service-month.
#[derive(Clone, Copy, Debug)]
struct Books<'a> {
    service: &'a Service,
    month: Month,
    /// The newest statement; none if the month is open.
    statement: Option<&'a Statement>,
    claims: &'a [Claim],
    entries: &'a [Entry],
    mode: ClaimMode,
}

/// Lists the problems with the books of a month, of every service, and with the lists of its claims.
///
/// # Errors
/// Returns a fault of the database if the table cannot be read.
pub async fn check(system: &System, month: Month) -> Result<Vec<String>, LocalError> {
    let (mut problems, kept) = look(system, month).await?;
    problems.extend(lists_that_differ(system, month, &kept).await?);
    Ok(problems)
}

/// Lists the problems with the books of a month, of every service, without the lists of claims.
///
/// # Errors
/// Returns a fault of the database if the table cannot be read.
pub async fn check_services(system: &System, month: Month) -> Result<Vec<String>, LocalError> {
    Ok(look(system, month).await?.0)
}

/// Lists the problems with the books of a month, and returns their claims.
async fn look(system: &System, month: Month) -> Result<(Vec<String>, BTreeMap<ClaimId, Claim>), LocalError> {
    let fault = |e| LocalError::database("read the books", e);
    let table = system.directory();
    let terms = table.terms().await.map_err(fault)?;
    let (mut problems, mut kept) = (Vec::new(), BTreeMap::new());
    for service in system.services().await? {
        let Some(known) = table.service_month(&service.service_id, month).await.map_err(fault)? else {
            continue;
        };
        let statement = known.newest.as_ref().map(|newest| &newest.statement);
        let mode = terms.in_force(month).claims.mode;
        let (claims, entries) = (known.claims.as_slice(), known.entries.as_slice());
        let books = Books { service: &known.service, month, statement, claims, entries, mode };
        problems.extend(books.problems());
        kept.extend(claims.iter().map(|claim| (claim.claim_id.clone(), claim.clone())));
    }
    Ok((problems, kept))
}

impl Books<'_> {
    fn problems(&self) -> Vec<String> {
        let Self { service, month, .. } = self;
        let found = [self.reversals(), self.payments(), self.states()].concat();
        found.into_iter().map(|problem| format!("{month} of {}: {problem}", service.service_id)).collect()
    }

    /// Returns the entries of a kind and state that no other entry reverses.
    fn unreversed(&self, kind: CreditKind, state: EntryState) -> Vec<&Entry> {
        let reversed: BTreeSet<_> = self.entries.iter().filter_map(|entry| entry.reverses.as_ref()).collect();
        let of_line = |entry: &&Entry| entry.kind == kind && entry.state == state && entry.reverses.is_none();
        self.entries.iter().filter(of_line).filter(|entry| !reversed.contains(&entry.credit_id)).collect()
    }

    /// Checks that each reversal takes back one earlier entry, whole, and that none is taken back twice.
    fn reversals(&self) -> Vec<String> {
        let mut problems = Vec::new();
        let mut taken_back = BTreeSet::new();
        for (nth, entry) in self.entries.iter().enumerate() {
            let Some(reverses) = &entry.reverses else { continue };
            let whole = |other: &Entry| {
                (other.kind, other.amount_minor, other.currency)
                    == (entry.kind, -entry.amount_minor, entry.currency)
            };
            let earlier = self.entries.iter().take(nth).find(|other| other.credit_id == *reverses);
            if !earlier.is_some_and(whole) || !taken_back.insert(reverses) {
                problems.push(format!("{} does not take back {reverses} once and whole", entry.credit_id));
            }
        }
        problems
    }

    /// Checks that at most one credit of each kind stands, of the amount due, and together at most the fee.
    fn payments(&self) -> Vec<String> {
        let mut problems = Vec::new();
        let mut paid_minor = 0;
        for (kind, state) in [
            (CreditKind::Uptime, EntryState::Approved),
            (CreditKind::Performance, EntryState::Approved),
            (CreditKind::Uptime, EntryState::Lapsed),
            (CreditKind::Performance, EntryState::Lapsed),
        ] {
            let standing = self.unreversed(kind, state);
            let minor: i64 = standing.iter().map(|entry| entry.amount_minor).sum();
            if standing.len() > 1 {
                problems.push(format!(
                    "{} {} {} credits stand",
                    standing.len(),
                    state.as_str(),
                    kind.as_str()
                ));
            }
            if state == EntryState::Approved {
                paid_minor += minor;
            }
            let due = self.due_minor(kind, state);
            if !due.contains(&minor) {
                let (kind, state) = (kind.as_str(), state.as_str());
                problems.push(format!("{minor} of {kind} are {state}, due are {due:?}"));
            }
        }
        let fee = self.service.in_month(self.month).1;
        if u64::try_from(paid_minor).is_ok_and(|paid_minor| paid_minor > fee.minor) {
            problems.push(format!("credits of {paid_minor} exceed the fee of {}", fee.minor));
        }
        let early = |entry: &&Entry| entry.billing_month.is_some_and(|billed| billed <= self.month);
        let early = self.entries.iter().filter(early);
        problems.extend(early.map(|entry| format!("{} is on the bill of a month before", entry.credit_id)));
        problems
    }

    /// Returns the amounts that may stand: one, or two for a breach whose claim window may have closed.
    fn due_minor(&self, kind: CreditKind, state: EntryState) -> Vec<i64> {
        let is_counted = self.service.is_counted_in(self.month);
        let Some(statement) = self.statement.filter(|_| is_counted) else { return vec![0] };
        let minor = |minor: u64| i64::try_from(minor).unwrap_or(i64::MAX);
        let counts = |claim: &&Claim| claim.kind == kind && claim.is_open();
        let claim = self.claims.iter().find(counts);
        match (kind, state) {
            (CreditKind::Uptime, EntryState::Approved | EntryState::Lapsed) => {
                let amount = minor(statement.credit.amount.minor);
                let is_breached = statement.verdict == Verdict::Breached;
                let is_paid = self.mode == ClaimMode::Automatic || claim.is_some_and(Claim::is_due);
                match state {
                    EntryState::Approved if is_breached && is_paid => vec![amount],
                    EntryState::Lapsed if claim.is_some_and(Claim::awaits_review) => vec![0],
                    EntryState::Lapsed if is_breached && !is_paid => vec![0, amount],
                    _ => vec![0],
                }
            }
            (CreditKind::Performance, EntryState::Approved) => {
                let granted = claim.filter(|claim| claim.state == ClaimState::Approved);
                vec![granted.and_then(|claim| claim.amount).map_or(0, |amount| minor(amount.minor))]
            }
            _ => vec![0],
        }
    }

    /// Checks that each claim's state fits statement and ledger, and that a rejected claim has a reason.
    fn states(&self) -> Vec<String> {
        let mut problems = Vec::new();
        for claim in self.claims {
            let Claim { claim_id, kind, state, reason, .. } = claim;
            let standing = self.unreversed(*kind, EntryState::Approved);
            let paid_minor: i64 = standing.iter().map(|entry| entry.amount_minor).sum();
            let amount_minor =
                claim.amount.map_or(0, |amount| i64::try_from(amount.minor).unwrap_or(i64::MAX));
            let fits = match (self.statement, state) {
                (None, _) | (_, ClaimState::Rejected) if !claim.is_open() => reason.is_some(),
                (None, state) => *state == ClaimState::Held,
                (Some(_), ClaimState::Held) => false,
                (Some(_), ClaimState::Review)
                    if claim.kind == CreditKind::Uptime && claim.awaits_review() =>
                {
                    paid_minor == 0 || self.mode == ClaimMode::Automatic
                }
                (Some(_), ClaimState::Approved | ClaimState::Review) => paid_minor == amount_minor,
                (Some(_), ClaimState::Rejected) => {
                    reason.is_some() && (paid_minor == 0 || self.mode == ClaimMode::Automatic)
                }
            };
            if !fits || (reason.is_some() != (*state == ClaimState::Rejected)) {
                let (state, amount) = (state.as_str(), amount_minor);
                problems.push(format!(
                    "{claim_id} is {state} ({reason:?}) over {amount}, but {paid_minor} are credited"
                ));
            }
        }
        for kind in [CreditKind::Uptime, CreditKind::Performance] {
            let stands = |claim: &&Claim| claim.kind == kind && claim.reason != Some(Rejection::Withdrawn);
            let of_kind: Vec<&Claim> = self.claims.iter().filter(stands).collect();
            let first = of_kind.iter().filter(|claim| claim.is_first()).count();
            if first != usize::from(!of_kind.is_empty()) {
                problems.push(format!("{first} {} claims are the first", kind.as_str()));
            }
        }
        problems
    }
}

/// Checks that each claim is listed once by state and once by customer, with its present content.
async fn lists_that_differ(
    system: &System,
    month: Month,
    kept: &BTreeMap<ClaimId, Claim>,
) -> Result<Vec<String>, LocalError> {
    let mut problems = Vec::new();
    let mut listed: BTreeMap<ClaimId, Claim> = BTreeMap::new();
    for state in ClaimState::ALL {
        for claim in
            listed_claims(system, WantedClaims { state: Some(state), ..WantedClaims::default() }).await?
        {
            if claim.month == month && listed.insert(claim.claim_id.clone(), claim.clone()).is_some() {
                problems.push(format!("{} is listed in two states", claim.claim_id));
            }
        }
    }
    let customers: BTreeSet<_> = listed.values().map(|claim| claim.customer_id.clone()).collect();
    let mut of_customers = BTreeMap::new();
    for customer_id in customers {
        let wanted = WantedClaims { customer_id: Some(customer_id), ..WantedClaims::default() };
        let claims = listed_claims(system, wanted).await?.into_iter();
        of_customers
            .extend(claims.filter(|claim| claim.month == month).map(|claim| (claim.claim_id.clone(), claim)));
    }
    if listed != of_customers {
        problems.push(format!("the claims of {month} by state are not those by customer"));
    }
    for (id, claim) in kept {
        // A withdrawn claim is kept on record, but not listed.
        let expected = Some(claim).filter(|claim| claim.reason != Some(Rejection::Withdrawn));
        if listed.get(id) != expected {
            problems.push(format!("{id} is not listed as it is"));
        }
    }
    // A claim about no service of the customer's is on no service's books.
    let astray = |claim: &&Claim| claim.reason == Some(Rejection::NotFound);
    let lost = listed.values().filter(|claim| !kept.contains_key(&claim.claim_id) && !astray(claim));
    problems.extend(lost.map(|claim| format!("{} is listed, but on no books", claim.claim_id)));
    Ok(problems)
}

async fn listed_claims(system: &System, mut wanted: WantedClaims) -> Result<Vec<Claim>, LocalError> {
    let mut claims = Vec::new();
    for _ in 0..PAGES_MAX {
        let page = system.directory().claims(&wanted, PAGE).await;
        let page = page.map_err(|e| LocalError::database("list the claims", e))?;
        wanted.after = page.last().map(|last| last.claim_id.clone());
        let is_last = page.len() < PAGE;
        claims.extend(page);
        if is_last {
            break;
        }
    }
    Ok(claims)
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::types::AttributeValue;
    use outcome::Clock;
    use serde_json::{Value, json};
    use sla::Instant;
    use table::ServiceMonth;

    use super::*;
    use crate::measure::invariants;
    use crate::system::TABLE;

    fn june() -> Month {
        "2026-06".parse().unwrap()
    }

    async fn invoke(system: &System, function: &str, event: Value) {
        system.invoke(function, event.to_string().as_bytes()).await.unwrap();
    }

    /// A system in which June was breached, claimed, closed, credited and exported; two hours of it count.
    async fn credited() -> System {
        let at = |text: &str| text.parse::<Instant>().unwrap();
        let system = System::memory(Clock::virtual_at(at("2026-06-30T22:00:00Z"))).await.unwrap();
        let customer = json!({"command": "register_customer", "customer_id": "acme", "name": "Acme"});
        invoke(&system, "run-desk", customer).await;
        let service = json!({
            "command": "register_service", "service_id": "api", "customer_id": "acme", "name": "API",
            "plan": "standard", "monthly_fee": {"minor": 49900, "currency": "EUR"}, "region": "eu",
            "activated_at": "2026-06-30T22:00:00Z", "max_silence_s": null,
        });
        invoke(&system, "run-desk", service).await;
        system.clock().advance_to(at("2026-06-30T23:30:00Z"));
        let check = |at: &str, status: &str| json!({"service_id": "api", "checked_at": at, "status": status});
        let checks = [
            check("2026-06-30T22:00:00Z", "up"),
            check("2026-06-30T23:00:00Z", "down"),
            check("2026-06-30T23:03:00Z", "up"),
        ];
        invoke(&system, "record-checks", json!({"checks": checks})).await;
        let claim = json!({
            "command": "file_claim", "service_id": "api", "month": "2026-06", "customer_id": "acme",
            "kind": "uptime",
        });
        invoke(&system, "run-desk", claim).await;
        system.clock().advance_to(at("2026-07-02T00:00:00Z"));
        invoke(&system, "close-month", json!({"month": "2026-06"})).await;
        invoke(&system, "export-month", json!({"month": "2026-06"})).await;
        system
    }

    /// Returns the problems found after claims and entries have been changed.
    fn found(known: &ServiceMonth, change: impl Fn(&mut Vec<Claim>, &mut Vec<Entry>)) -> Vec<String> {
        let (mut claims, mut entries) = (known.claims.clone(), known.entries.clone());
        change(&mut claims, &mut entries);
        let statement = known.newest.as_ref().map(|newest| &newest.statement);
        let (service, mode) = (&known.service, ClaimMode::Claimed);
        Books { service, month: june(), statement, claims: &claims, entries: &entries, mode }.problems()
    }

    fn reversal(entry: &Entry, nth: usize) -> Entry {
        Entry {
            credit_id: format!("reversal-{nth}").parse().unwrap(),
            amount_minor: -entry.amount_minor,
            state: EntryState::Reversal,
            reverses: Some(entry.credit_id.clone()),
            ..entry.clone()
        }
    }

    #[tokio::test]
    async fn every_contradiction_between_claims_ledger_and_statement_is_found() {
        let system = credited().await;
        let known = system.directory().service_month(&"api".parse().unwrap(), june()).await.unwrap().unwrap();
        assert_eq!(found(&known, |_, _| ()), [""; 0]);
        let mut shown = String::new();
        let mut tell = |changed: &str, change: &dyn Fn(&mut Vec<Claim>, &mut Vec<Entry>)| {
            let found = found(&known, change);
            assert_ne!(found, [""; 0], "{changed}");
            shown += &format!("{changed}\n    {}\n", found.join("\n    "));
        };
        tell("credited twice", &|_, entries| {
            let twice = Entry { credit_id: "credit-2".parse().unwrap(), ..entries[0].clone() };
            entries.push(twice);
        });
        tell("more than the fee", &|_, entries| entries[0].amount_minor = 49_901);
        tell("not credited", &|_, entries| entries.clear());
        tell("reversed, though it is due", &|_, entries| entries.push(reversal(&entries[0], 1)));
        tell("reversed twice", &|_, entries| {
            entries.extend([reversal(&entries[0], 1), reversal(&entries[0], 2)]);
        });
        tell("reversed by another amount", &|_, entries| {
            let half = Entry { amount_minor: -1, ..reversal(&entries[0], 1) };
            entries.push(half);
        });
        tell("lapsed as well", &|_, entries| {
            let lapsed = Entry {
                credit_id: "credit-2".parse().unwrap(),
                state: EntryState::Lapsed,
                ..entries[0].clone()
            };
            entries.push(lapsed);
        });
        tell("billed in its own month", &|_, entries| entries[0].billing_month = Some(june()));
        tell("held", &|claims, _| claims[0].state = ClaimState::Held);
        tell("rejected", &|claims, _| {
            (claims[0].state, claims[0].reason) = (ClaimState::Rejected, Some(Rejection::Met));
        });
        tell("approved with a reason against it", &|claims, _| claims[0].reason = Some(Rejection::Late));
        tell("approved over another amount", &|claims, _| claims[0].amount = None);
        tell("claimed first twice", &|claims, _| claims.push(claims[0].clone()));
        insta::assert_snapshot!(shown);
    }

    #[tokio::test]
    async fn a_claim_that_is_not_listed_as_it_is_is_found() {
        let system = credited().await;
        assert_eq!(check(&system, june()).await.unwrap(), [""; 0]);
        let listed = system.dynamodb().scan().table_name(TABLE).filter_expression("begins_with(PK, :list)");
        let list = AttributeValue::S("CLAIMS#approved".to_owned());
        let listed = listed.expression_attribute_values(":list", list).send().await.unwrap();
        let item = listed.items().first().unwrap();
        let deleted = system.dynamodb().delete_item().table_name(TABLE);
        deleted.key("PK", item["PK"].clone()).key("SK", item["SK"].clone()).send().await.unwrap();
        insta::assert_snapshot!(check(&system, june()).await.unwrap().join("\n"), @"claim:2026-06:uptime:14c2529eb4498c5d:1 is not listed as it is");
    }

    #[tokio::test]
    async fn an_export_that_does_not_add_up_to_the_ledger_is_found() {
        let system = credited().await;
        assert_eq!(invariants::check(&system).await.unwrap(), [""; 0]);
        let folder = system.engines().objects().join("exports/month=2026-06/revision=1");
        let change = |name: &str, from: &str, to: &str| {
            let text = std::fs::read_to_string(folder.join(name)).unwrap();
            assert!(text.contains(from), "{text}");
            std::fs::write(folder.join(name), text.replace(from, to)).unwrap();
        };
        change("credits.csv", ",EUR,", ",JPY,");
        let in_yen = invariants::check(&system).await.unwrap().join("\n");
        change("manifest.json", "\"EUR\"", "\"JPY\"");
        let all_in_yen = invariants::check(&system).await.unwrap().join("\n");
        insta::assert_snapshot!(format!("rows\n{in_yen}\n\nrows and manifest\n{all_in_yen}"), @r"
        rows
        the manifest of 2026-06, revision 1 does not add up to its rows
        the credit credit:2026-06:uptime:14c2529eb4498c5d:1 is not exported as it is

        rows and manifest
        the manifests of 2026-06 do not add up to the ledger
        the credit credit:2026-06:uptime:14c2529eb4498c5d:1 is not exported as it is
        ");
    }
}
