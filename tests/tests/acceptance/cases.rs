//! Past faults in notices, statements or payments, each as a scenario of a few lines, replayed over the real
//! handlers as `nines replay` does. `fixtures/cases/README.md` describes each.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod checks;
mod claims;
mod metrics;
mod outages;
mod reports;
mod reviews;

use acceptance::replayed::Replayed;

/// Replays a case until an instant and compares the view of its services' customers then, line by line.
async fn check(name: &str, until: &str, services: &[(&str, &str)]) {
    let replayed = Replayed::case(name, until).await.unwrap();
    assert_eq!(replayed.refusals(), Vec::<&serde_json::Value>::new(), "{name}: every line is answered");
    for (service, expected) in services {
        let shown = replayed.shown(service).await.unwrap();
        let expected: Vec<&str> = expected.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        assert_eq!(shown.lines().collect::<Vec<_>>(), expected, "{name}: service {service} until {until}");
    }
    assert_eq!(replayed.problems().await.unwrap(), Vec::<String>::new(), "{name}");
}
