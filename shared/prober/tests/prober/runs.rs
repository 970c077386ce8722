//! Runs: controls, time, many targets at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use events::Target;
use outcome::Clock;
use prober::{Finding, Prober, System};
use serde_json::json;
use sla::Status::{self, Down, Unknown, Up};

use crate::town::{
    Part, Town, answer, expect, look, page, serve, serve_http, settings, target, target_within,
};

fn tcp(host: &str) -> Target {
    target(json!({ "tcp": { "host": host, "port": 25 } }))
}

fn statuses(findings: &[Finding]) -> Vec<Status> {
    findings.iter().map(|finding| finding.status).collect()
}

#[tokio::test]
async fn without_a_control_nothing_is_looked_at_and_all_is_unknown() {
    let town = Town::new().await;
    let (at, asked) = serve_http(vec![page(200, "", "")]).await;
    town.shop("shop.example.com", "93.184.216.34", 80, at);
    town.cut_off_after(0);
    let check = json!({ "http": { "url": "http://shop.example.com/" } });
    expect(&look(&town, check.clone()).await, &[Unknown], "no control answers");
    assert!(asked.lock().unwrap().is_empty());
    let town = Town::new().await;
    town.shop("shop.example.com", "93.184.216.34", 80, at);
    for control in ["control-a.example.com", "control-b.example.com"] {
        assert_eq!(statuses(&look(&town, check.clone()).await), [Up], "one control is enough");
        town.name(control, &[&[]]);
    }
    expect(&look(&town, check).await, &[Unknown], "no control answers");
}

#[tokio::test]
async fn a_failure_is_believed_only_while_a_control_answers() {
    let town = Town::new().await;
    town.name("shop.example.com", &[&["93.184.216.34"]]);
    let at = serve(|_stream| async {}).await;
    town.shop("open.example.com", "93.184.216.35", 25, at);
    let prober = Prober::new(settings(&town)).unwrap();
    let targets = [tcp("shop.example.com"), tcp("open.example.com")];
    assert_eq!(statuses(&prober.run(&targets).await), [Down, Down, Up]);
    // Both controls, two tries and one, and then nothing.
    let town = Town::new().await;
    town.name("shop.example.com", &[&["93.184.216.34"]]);
    town.shop("open.example.com", "93.184.216.35", 25, at);
    town.cut_off_after(5);
    let findings = Prober::new(settings(&town)).unwrap().run(&targets).await;
    expect(&findings, &[Unknown, Unknown, Unknown], "no control answers any more");
    assert_eq!(findings[2].latency_ms(), None);
}

#[tokio::test]
async fn a_name_that_is_not_resolved_is_down_while_others_are() {
    let town = Town::new().await;
    expect(
        &look(&town, json!({ "tcp": { "host": "gone.example.com", "port": 25 } })).await,
        &[Down, Down],
        "is not resolved",
    );
    assert_eq!(town.called(), [""; 0]);
}

#[tokio::test]
async fn what_the_run_has_no_time_for_is_unknown() {
    let town = Town::new().await;
    let at = serve(|_stream| async {}).await;
    town.shop("open.example.com", "93.184.216.35", 25, at);
    let (silent, _) = serve_http(vec![vec![Part::Wait(9_000)]]).await;
    town.shop("silent.example.com", "93.184.216.36", 80, silent);
    let mut settings = settings(&town);
    settings.run_time = Duration::from_millis(1_500);
    let prober = Prober::new(settings).unwrap();
    let silent = target_within(1, json!({ "http": { "url": "http://silent.example.com/" } }));
    let findings = prober.run(&[silent, tcp("open.example.com")]).await;
    // The first try had failed: without the second, nobody can say more.
    expect(&findings, &[Unknown, Up], "no time left");
}

#[tokio::test]
async fn many_targets_are_tried_and_told_in_their_order() {
    let town = Town::new().await;
    let at = serve(|_stream| async {}).await;
    let targets: Vec<Target> = (0..1_003).map(|nth| tcp(&format!("t{nth}.example.com"))).collect();
    for nth in 0..1_003 {
        let address = format!("93.184.{}.{}", nth / 200, nth % 200);
        town.shop(&format!("t{nth}.example.com"), &address, 25, at);
    }
    let findings = Prober::new(settings(&town)).unwrap().run(&targets).await;
    assert!(findings[..1_000].iter().all(|finding| finding.status == Up));
    expect(&findings[1_000..], &[Unknown, Unknown, Unknown], "no time left");
    assert_eq!(town.called().len(), 1_000);
}

#[tokio::test]
async fn only_so_many_are_tried_at_the_same_time() {
    static OPEN: [AtomicUsize; 2] = [AtomicUsize::new(0), AtomicUsize::new(0)];
    let town = Town::new().await;
    let at = serve(|mut stream| async move {
        let [now, most] = &OPEN;
        most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        answer(&mut stream, &[vec![Part::Wait(50)], page(200, "", "")].concat()).await;
        now.fetch_sub(1, Ordering::SeqCst);
    });
    town.shop("shop.example.com", "93.184.216.34", 80, at.await);
    let targets = vec![target(json!({ "http": { "url": "http://shop.example.com/" } })); 200];
    let findings = Prober::new(settings(&town)).unwrap().run(&targets).await;
    assert!(findings.iter().all(|finding| finding.status == Up));
    assert!((33..=64).contains(&OPEN[1].load(Ordering::SeqCst)), "{OPEN:?}");
}

#[tokio::test]
async fn a_clock_that_stands_still_makes_all_unknown() {
    let town = Town::new().await;
    let (silent, _) = serve_http(vec![vec![Part::Wait(9_000)]]).await;
    town.shop("silent.example.com", "93.184.216.36", 80, silent);
    let mut settings = settings(&town);
    settings.clock = Clock::virtual_at("2026-06-01T00:00:00Z".parse().unwrap());
    let silent = target_within(2, json!({ "http": { "url": "http://silent.example.com/" } }));
    expect(&Prober::new(settings).unwrap().run(&[silent]).await, &[Unknown], "the clock has jumped");
}

#[tokio::test]
async fn the_machines_own_network_resolves_and_connects() {
    let town = Town::new().await;
    let at = serve(|_stream| async {}).await;
    let place = json!({ "host": "localhost", "port": at.port() });
    let other = serve(|_stream| async {}).await;
    let further = json!({ "host": "localhost", "port": other.port() });
    let mut settings = settings(&town);
    settings.network = Arc::new(System);
    settings.controls = vec![events::read(&place).unwrap(), events::read(&further).unwrap()];
    settings.allowed = settings.controls.iter().cloned().collect();
    let prober = Prober::new(settings).unwrap();
    let findings = prober.run(&[target(json!({ "tcp": place })), tcp("localhost")]).await;
    expect(&findings, &[Up, Unknown], "");
}

#[tokio::test]
async fn settings_are_refused_by_their_name() {
    let town = Town::new().await;
    let place = |host: &str| events::read(&json!({ "host": host, "port": 443 })).unwrap();
    let refused = |controls, roots: &[u8]| {
        let settings = prober::Settings { controls, roots: roots.to_vec(), ..settings(&town) };
        Prober::new(settings).unwrap_err().to_string()
    };
    let good = || settings(&town).controls;
    let pem = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let messages = [
        refused(vec![place("a.example.com"), place("A.example.com")], b""),
        refused(vec![place("a.example.com"), place("8.8.8.8")], b""),
        refused(good(), b"-----BEGIN CERTIFICATE-----\n?\n-----END CERTIFICATE-----\n"),
        refused(good(), pem),
    ];
    insta::assert_snapshot!(messages.join("\n"), @"
    controls: 1 different ones: give 2 to 8 names with their ports
    controls: 8.8.8.8 is an address: give a name, which also shows that names are resolved
    roots: they cannot be read: give certificates in PEM, each between its BEGIN and END
    roots: one is no certificate: give root certificates in PEM
    ");
}
