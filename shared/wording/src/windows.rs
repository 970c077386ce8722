//! Wording of maintenance and exclusions: time that does not count, or might not.

use events::Happening;
use events::notice::{CoveredService, CoveredServices, Subject};
use sla::exclusion::{Clause, Dispute, Exclusion, Maintenance};
use sla::{Instant, Span};

use super::{Wording, at, from_to};

/// Words a notice about maintenance or an exclusion.
pub fn word(happening: &Happening) -> Wording {
    match happening {
        Happening::MaintenanceAnnounced { service, maintenance, covered } => {
            announced(&AffectedServices::of(service, covered.as_ref()), maintenance)
        }
        Happening::MaintenanceReminder { service, maintenance, covered } => {
            reminder(&AffectedServices::of(service, covered.as_ref()), maintenance)
        }
        Happening::MaintenanceChanged { service, maintenance, covered } => {
            changed(&AffectedServices::of(service, covered.as_ref()), maintenance)
        }
        Happening::ExclusionRaised { service, exclusion, covered } => {
            raised(&AffectedServices::of(service, covered.as_ref()), exclusion)
        }
        Happening::ExclusionDecided { service, exclusion, covered } => {
            decided(&AffectedServices::of(service, covered.as_ref()), exclusion)
        }
        Happening::ExclusionDisputed { service, exclusion, dispute } => disputed(service, exclusion, dispute),
        other => Wording::general(other.kind(), &[]),
    }
}

fn span(service: &Subject, starts_at: Instant, ends_at: Instant) -> String {
    from_to(Span::new(starts_at, ends_at), service.time_zone)
}

/// The services that a notice of a window concerns, in words.
struct AffectedServices {
    /// The only service, or the first of several with their number in place of its name.
    subject: Subject,
    /// The services by name, if there are several.
    list: String,
    /// The services for which the window counts.
    counts: Counts,
}

/// The share of services for which downtime within a window does not count.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Counts {
    All,
    Some,
    None,
}

impl AffectedServices {
    fn of(service: &Subject, covered: Option<&CoveredServices>) -> Self {
        let mut subject = service.clone();
        let Some(CoveredServices { services, others }) = covered else {
            return Self { subject, list: String::new(), counts: Counts::All };
        };
        let counting = services.iter().filter(|service| service.counts).count();
        let counts = match counting {
            0 => Counts::None,
            some if some < services.len() => Counts::Some,
            _ => Counts::All,
        };
        let number = services.len() + others;
        if number == 1 {
            return Self { subject, list: String::new(), counts };
        }
        subject.service_name = format!("{number} services");
        let name = |service: &CoveredService| match (counts, service.counts) {
            (Counts::Some, false) => format!("{} (counts as usual)", service.service_name),
            _ => service.service_name.clone(),
        };
        let mut names: Vec<String> = services.iter().map(name).collect();
        if *others > 0 {
            names.push(format!("and {others} more"));
        }
        Self { subject, list: format!("Services: {}.", names.join(", ")), counts }
    }

    /// Words the window's meaning for the money.
    fn money(&self, all: &str) -> String {
        const LATE: &str = "registered too late for the notice that the agreement requires before a window";
        match self.counts {
            Counts::All => all.to_owned(),
            Counts::Some => format!("{all} For the services marked, it counts: they were {LATE}."),
            Counts::None => format!("Downtime within it counts as usual: the service was {LATE}."),
        }
    }
}

fn announced(affected: &AffectedServices, maintenance: &Maintenance) -> Wording {
    let Maintenance { window_id, starts_at, ends_at, reason, .. } = maintenance;
    let service = &affected.subject;
    let what = format!(
        "Maintenance {window_id} of {} is planned {}. The service may be unavailable then.",
        service.service_name,
        span(service, *starts_at, *ends_at)
    );
    let money = affected.money(
        "It is announced in time: downtime within it does not count and earns no credit. If it takes \
         longer, the rest counts.",
    );
    let todo = "No action is needed; we will remind you before it begins.".to_owned();
    let texts = [what, affected.list.clone(), because(reason), format!("{money} {todo}")];
    Wording::about("Maintenance planned: ", service, "", &texts)
}

fn reminder(affected: &AffectedServices, maintenance: &Maintenance) -> Wording {
    let Maintenance { window_id, starts_at, ends_at, reason, .. } = maintenance;
    let service = &affected.subject;
    let what = format!(
        "Maintenance {window_id} of {} begins soon. It lasts {}. The service may be unavailable then.",
        service.service_name,
        span(service, *starts_at, *ends_at)
    );
    let money = affected.money("Downtime within it does not count. If it takes longer, the rest counts.");
    let texts = [what, affected.list.clone(), because(reason), format!("{money} No action is needed.")];
    Wording::about("Maintenance soon: ", service, "", &texts)
}

fn changed(affected: &AffectedServices, maintenance: &Maintenance) -> Wording {
    let Maintenance { window_id, starts_at, ends_at, cancelled_at, .. } = maintenance;
    let service = &affected.subject;
    let (name, zone) = (&service.service_name, service.time_zone);
    if cancelled_at.is_some() {
        let what = format!(
            "Maintenance {window_id} of {name} is cancelled. It was planned {}.",
            span(service, *starts_at, *ends_at)
        );
        let money = "Downtime in that time counts like any other. No action is needed.".to_owned();
        return Wording::about("Maintenance cancelled: ", service, "", &[what, affected.list.clone(), money]);
    }
    let what = format!(
        "Maintenance {window_id} of {name} ends earlier, on {}. It now lasts {}.",
        at(*ends_at, zone),
        span(service, *starts_at, *ends_at)
    );
    let money = match affected.counts {
        Counts::None => affected.money(""),
        Counts::All | Counts::Some => "Downtime after the new end counts like any other.".to_owned(),
    };
    let texts = [what, affected.list.clone(), format!("{money} No action is needed.")];
    Wording::about("Maintenance shortened: ", service, "", &texts)
}

fn raised(affected: &AffectedServices, exclusion: &Exclusion) -> Wording {
    let service = &affected.subject;
    let what = format!(
        "The exclusion {} is proposed for {}: {}, because of {}.",
        exclusion.exclusion_id,
        service.service_name,
        span(service, exclusion.starts_at, exclusion.ends_at),
        clause(exclusion.clause)
    );
    let evidence = format!("Evidence: {}", exclusion.evidence);
    let money = "Until a second person approves it, the time counts as downtime. If it is approved, the time \
                 does not count, and a credit may become smaller or no longer be due.";
    let texts = [what, affected.list.clone(), evidence, money.to_owned(), objection(service, exclusion)];
    Wording::about("Exclusion proposed: ", service, "", &texts)
}

fn decided(affected: &AffectedServices, exclusion: &Exclusion) -> Wording {
    let service = &affected.subject;
    let closed =
        "If the month is already closed, its statement gets a new revision. The old one stays on record.";
    let (state, money, closed) = match (exclusion.state(), exclusion.ruling) {
        ("approved", _) => (
            "approved",
            "The time does not count as downtime. A credit may become smaller or no longer be due.",
            closed,
        ),
        ("withdrawn", Some(_)) => {
            ("withdrawn", "The time counts as downtime again. A credit may become larger.", closed)
        }
        (state, _) => (state, "The time counts as downtime, as before.", ""),
    };
    let what = format!(
        "The exclusion {} for {} was {state}. It covers the time {}, because of {}.",
        exclusion.exclusion_id,
        service.service_name,
        span(service, exclusion.starts_at, exclusion.ends_at),
        clause(exclusion.clause)
    );
    let step = exclusion.withdrawal.as_ref().or(exclusion.decision.as_ref());
    let note = step.map(|step| format!("Reason: {}", step.note)).unwrap_or_default();
    let evidence = format!("Evidence: {}", exclusion.evidence);
    let todo = objection(service, exclusion);
    let texts = [what, affected.list.clone(), note, evidence, money.to_owned(), closed.to_owned(), todo];
    Wording::about(&format!("Exclusion {state}: "), service, "", &texts)
}

/// Words how and until when the customer may dispute an exclusion.
fn objection(service: &Subject, exclusion: &Exclusion) -> String {
    let Some(until) = exclusion.dispute_until else { return "No action is needed.".to_owned() };
    format!(
        "If you agree, no action is needed. If not, dispute it before {} with a statement of your own, in \
         the customer dashboard or through our support team.",
        at(until, service.time_zone)
    )
}

fn disputed(service: &Subject, exclusion: &Exclusion, dispute: &Dispute) -> Wording {
    let what = format!(
        "The customer disputes the exclusion {} for {}: {}, because of {}. The statement was recorded on {}.",
        exclusion.exclusion_id,
        service.service_name,
        span(service, exclusion.starts_at, exclusion.ends_at),
        clause(exclusion.clause),
        at(dispute.at, service.time_zone)
    );
    let statement = format!("Statement: {}", dispute.statement);
    let evidence = format!("Evidence of the exclusion: {}", exclusion.evidence);
    let (money, todo) = match exclusion.state() {
        "approved" => (
            "The time still does not count as downtime, and the statement alone changes no credit.",
            "The customer need not do anything more. Operations compare the statement with the evidence: if \
             the clause does not apply, they withdraw the exclusion, and the time counts as downtime again.",
        ),
        _ => (
            "The time still counts as downtime until a second person approves the exclusion, and the \
             statement alone changes no credit.",
            "The customer need not do anything more. The person who decides the exclusion reads the \
             statement first.",
        ),
    };
    let texts = [what, statement, evidence, money.to_owned(), todo.to_owned()];
    Wording::about("Exclusion disputed: ", service, "", &texts)
}

fn because(reason: &str) -> String {
    format!("Reason: {reason}")
}

fn clause(clause: Clause) -> &'static str {
    match clause {
        Clause::ForceMajeure => "force majeure",
        Clause::ThirdParty => "a third party's outage",
        Clause::CyberAttack => "a cyber attack",
    }
}
