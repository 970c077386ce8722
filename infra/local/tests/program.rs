//! The program as its user meets it: its output, its refusals, and its state after a `kill -9`.

#![expect(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use sla::sha256_hex;

/// The time limit of a request.
const PATIENCE: Duration = Duration::from_secs(30);

fn nines(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_nines")).current_dir(folder).args(arguments).output().unwrap()
}

/// A running system with an empty table, its ports, and that of its Invoke API.
struct Running {
    child: Child,
    ports: Vec<u16>,
    port: u16,
}

impl Running {
    fn start(folder: &Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_nines"))
            .current_dir(folder)
            .args([
                "--no-sample",
                "--invoke-port=0",
                "--dynamodb-port=0",
                "--topics-port=0",
                "--s3-port=0",
                "--portal-port=0",
                "--issuer-port=0",
                "--desk-port=0",
                "--hooks-port=0",
                "--demo-port=0",
                "--listeners",
            ])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        let told: Vec<String> = lines.by_ref().take_while(|line| !line.starts_with("Credentials")).collect();
        let port =
            |line: &String| line.split_once("http://127.0.0.1:")?.1.split_whitespace().next()?.parse().ok();
        let invoke = told.iter().find(|line| line.trim().starts_with("Lambda Invoke API")).and_then(port);
        let ports = told.iter().filter_map(port).collect();
        // A writer to a closed pipe is killed: keep reading.
        std::thread::spawn(move || lines.count());
        Running { child, ports, port: invoke.unwrap() }
    }

    /// Invokes `run-desk`; `None` if no answer came.
    fn desk(&self, command: &Value) -> Option<Value> {
        let body = command.to_string();
        let mut socket = TcpStream::connect(("127.0.0.1", self.port)).ok()?;
        socket.set_read_timeout(Some(PATIENCE)).ok()?;
        let path = "/2015-03-31/functions/run-desk/invocations";
        let length = body.len();
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: localhost:{}\r\nContent-Type: application/json\r\nConnection: close\r\n\
             Content-Length: {length}\r\n\r\n{body}",
            self.port
        );
        socket.write_all(request.as_bytes()).ok()?;
        let mut answer = String::new();
        socket.read_to_string(&mut answer).ok()?;
        serde_json::from_str(answer.split_once("\r\n\r\n")?.1).ok()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn customer(place: usize, name: &str) -> Value {
    json!({"command": "register_customer", "customer_id": format!("customer-{place}"), "name": name})
}

#[test]
fn a_kill_loses_nothing_that_was_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let mut acknowledged = 0;
    for _ in 0..3 {
        let running = Running::start(folder.path());
        let first = acknowledged;
        let begun = AtomicBool::new(false);
        acknowledged += std::thread::scope(|scope| {
            let registering = scope.spawn(|| {
                let answered = |place: &usize| {
                    let is_answered = running.desk(&customer(*place, "A")).is_some();
                    begun.fetch_or(is_answered, Ordering::SeqCst);
                    is_answered
                };
                (first..).take_while(answered).count()
            });
            // However slow the machine, the kill comes between two acknowledgements.
            while !begun.load(Ordering::SeqCst) && !registering.is_finished() {
                std::thread::sleep(Duration::from_millis(10));
            }
            std::thread::sleep(Duration::from_millis(400));
            Command::new("kill").args(["-9", &running.child.id().to_string()]).status().unwrap();
            registering.join().unwrap()
        });
    }
    assert!(acknowledged > 0);
    let running = Running::start(folder.path());
    for place in 0..acknowledged {
        let answer = running.desk(&customer(place, "B")).unwrap();
        assert_eq!(answer["errorType"], "Conflict", "customer {place} of {acknowledged}: {answer}");
    }
}

#[test]
fn a_second_program_on_the_same_state_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let running = Running::start(folder.path());
    let second = nines(folder.path(), &["--no-sample", "--once"]);
    drop(running);
    assert_eq!(second.status.code(), Some(1));
    insta::assert_snapshot!(String::from_utf8_lossy(&second.stderr), @"nines: another nines works on .nines; end it, or choose another folder with --state");
}

#[test]
fn what_cannot_keep_the_state_is_refused_before_anything_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let names = || {
        let entries = std::fs::read_dir(folder.path()).unwrap();
        entries.map(|entry| entry.unwrap().file_name()).collect::<std::collections::BTreeSet<_>>()
    };
    std::fs::write(folder.path().join("notes.txt"), "mine").unwrap();
    std::fs::create_dir_all(folder.path().join("photos/june")).unwrap();
    std::fs::create_dir_all(folder.path().join("odd/table.db")).unwrap();
    let before = names();
    let refused = ["notes.txt", "photos", "odd"].map(|name| told(&nines(folder.path(), &["--state", name])));
    assert_eq!(names(), before);
    assert_eq!(std::fs::read(folder.path().join("notes.txt")).unwrap(), b"mine");
    insta::assert_snapshot!(refused.concat(), @r"
    nines: notes.txt cannot keep the state: it is no folder; name a new or empty folder with --state
    exit code 2
    nines: photos cannot keep the state: it holds other things; name a new or empty folder with --state
    exit code 2
    nines: odd cannot keep the state: it holds other things; name a new or empty folder with --state
    exit code 2
    ");
    let within = nines(folder.path(), &["--state", "notes.txt/state"]);
    assert_eq!((within.status.code(), names()), (Some(1), before.clone()), "{}", told(&within));
    // A symbolic link cannot be replaced by the sample's folder.
    std::fs::create_dir(folder.path().join("empty")).unwrap();
    std::os::unix::fs::symlink("empty", folder.path().join("link")).unwrap();
    let link = told(&nines(folder.path(), &["--once", "--state", "link"]));
    assert!(link.starts_with("nines: could not replace link\n"), "{link}");
    assert!(!folder.path().join("link.loading").exists());
}

#[test]
fn only_programs_and_own_pages_are_answered_on_every_port() {
    let folder = tempfile::tempdir().unwrap();
    let running = Running::start(folder.path());
    assert_eq!(running.ports.len(), 9, "{:?}", running.ports);
    for port in &running.ports {
        let refused = |host: &str, origin: &str| {
            let mut socket = TcpStream::connect(("127.0.0.1", *port)).unwrap();
            socket.set_read_timeout(Some(PATIENCE)).unwrap();
            let request = format!("GET / HTTP/1.1\r\nHost: {host}\r\n{origin}Connection: close\r\n\r\n");
            socket.write_all(request.as_bytes()).unwrap();
            let mut answer = String::new();
            socket.read_to_string(&mut answer).unwrap();
            assert!(!answer.to_lowercase().contains("access-control-allow"), "{answer}");
            answer.contains("is no name of this machine") || answer.contains("is another site")
        };
        let own = format!("127.0.0.1:{port}");
        assert!(!refused(&own, ""), "{port}");
        assert!(!refused(&own, &format!("Origin: http://{own}\r\n")), "{port}");
        assert!(refused(&format!("evil.example:{port}"), ""), "{port}");
        assert!(refused(&own, "Origin: https://evil.example\r\n"), "{port}");
        assert!(refused(&own, "Origin: null\r\n"), "{port}");
    }
}

#[test]
fn a_port_in_use_is_named_with_its_flag() {
    let taken = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let folder = tempfile::tempdir().unwrap();
    let refused = nines(folder.path(), &["--no-sample", "--invoke-port", &port]);
    assert_eq!(refused.status.code(), Some(2));
    let told = String::from_utf8_lossy(&refused.stderr).replace(&port, "PORT_NUMBER");
    assert!(
        told.starts_with("nines: port PORT_NUMBER is in use; choose another with --invoke-port PORT"),
        "{told}"
    );
}

#[test]
fn a_wrong_scenario_is_refused_before_anything_runs() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("june.ndjson"), "{\"at\": \"yesterday\"}\n").unwrap();
    let refused = nines(folder.path(), &["replay", "june.ndjson"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(!folder.path().join("nines-out").exists());
    insta::assert_snapshot!(String::from_utf8_lossy(&refused.stderr), @r#"nines: june.ndjson, line 1: field `invoke` is missing; write {"at": "2026-06-01T01:07:20Z", "invoke": "record-checks", "payload": {"checks": []}}"#);
    let absent = nines(folder.path(), &["replay", "july.ndjson"]);
    assert_eq!(absent.status.code(), Some(1));
    insta::assert_snapshot!(String::from_utf8_lossy(&absent.stderr), @r"
    nines: could not read the scenario july.ndjson
      because: No such file or directory (os error 2)
    ");
}

/// Writes the built-in document with some texts replaced, and returns the program's verdict on it.
fn changed_document(folder: &Path, name: &str, changes: &[(&str, &str)]) {
    let shown = nines(folder, &["terms", "show"]);
    let mut document = String::from_utf8(shown.stdout).unwrap();
    for (from, to) in changes {
        assert!(document.contains(from), "{from}");
        document = document.replacen(from, to, 1);
    }
    std::fs::write(folder.join(name), document).unwrap();
}

fn told(output: &Output) -> String {
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    format!("{stdout}{stderr}exit code {}\n", output.status.code().unwrap())
}

#[test]
fn documents_of_terms_are_shown_linted_and_compared() {
    let folder = tempfile::tempdir().unwrap();
    changed_document(folder.path(), "terms-1.toml", &[]);
    let second = [
        ("revision = 1", "revision = 2"),
        ("effective_from = \"2000-01\"", "effective_from = \"2026-09\""),
        ("commitment_ppm = 999_500", "commitment_ppm = 999_700"),
        ("regions = []", "regions = [{ region = \"ap-south\" }]"),
        ("window_days = 7", "window_days = 14"),
    ];
    changed_document(folder.path(), "terms-2.toml", &second);
    let wrong = [
        ("rate_pct = 10", "rate_pct = 0"),
        ("target_s = 300", "target_s = 900"),
        ("commitment_ppm = 999_900", "commitment_ppm = 1_000_000"),
    ];
    changed_document(folder.path(), "wrong.toml", &wrong);
    changed_document(folder.path(), "misspelt.toml", &[("reminder_h = 24", "remainder_h = 24")]);
    std::fs::write(folder.path().join("broken.toml"), "revision = [\n").unwrap();
    let json = nines(folder.path(), &["terms", "json", "terms-1.toml"]).stdout;
    assert_eq!(serde_json::from_slice::<sla::Terms>(&json).unwrap(), sla::Terms::built_in());
    std::fs::write(folder.path().join("terms-1.json"), json).unwrap();
    std::fs::write(folder.path().join("terms.yaml"), "revision: 1").unwrap();
    let mut all = String::new();
    for arguments in [
        &["terms", "lint", "terms-1.toml"][..],
        &["terms", "lint", "terms-1.json"],
        &["terms", "lint", "terms-2.toml"],
        &["terms", "lint", "wrong.toml"],
        &["terms", "lint", "misspelt.toml"],
        &["terms", "lint", "broken.toml"],
        &["terms", "lint", "absent.toml"],
        &["terms", "lint", "terms.yaml"],
        &["terms", "diff", "terms-1.toml", "terms-2.toml"],
        &["terms", "diff", "terms-1.toml", "terms-1.json"],
        &["terms", "diff", "terms-1.toml", "misspelt.toml"],
        &["terms", "json", "misspelt.toml"],
        &["what-if", "--terms", "wrong.toml", "--month", "2026-06"],
        &["what-if", "--terms", "terms-2.toml", "--month", "2026-06"],
        &["what-if", "--terms", "terms-2.toml", "--month", "June"],
    ] {
        all += &format!("$ nines {}\n{}\n", arguments.join(" "), told(&nines(folder.path(), arguments)));
    }
    insta::assert_snapshot!(all);
    assert!(!folder.path().join(".nines").exists(), "no state is made by asking");
}

/// June 2026 of one service, as a scenario.
fn scenario_of_june() -> String {
    let service = json!({
        "command": "register_service", "service_id": "api", "customer_id": "acme", "name": "API",
        "plan": "standard", "monthly_fee": {"minor": 49_900, "currency": "EUR"}, "region": "eu",
        "activated_at": "2026-06-01T00:00:00Z", "max_silence_s": null,
    });
    let check = |at: &str, status: &str| {
        let checks = json!([{"service_id": "api", "checked_at": at, "status": status}]);
        json!({"at": at, "invoke": "record-checks", "payload": {"checks": checks}})
    };
    let desk =
        |payload: Value| json!({"at": "2026-06-01T00:00:00Z", "invoke": "run-desk", "payload": payload});
    let lines = [
        desk(json!({"command": "register_customer", "customer_id": "acme", "name": "Acme"})),
        desk(service),
        check("2026-06-01T00:00:00Z", "up"),
        check("2026-06-05T00:00:00Z", "down"),
        check("2026-06-06T00:00:00Z", "up"),
    ];
    lines.iter().map(|line| format!("{line}\n")).collect()
}

#[test]
fn an_export_is_verified_and_the_exit_code_says_what_came_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("june.ndjson"), scenario_of_june()).unwrap();
    let replay = ["replay", "--until", "2026-07-02T04:00:00Z", "--out", "june", "june.ndjson"];
    assert_eq!(nines(folder.path(), &replay).status.code(), Some(0));
    let proven = nines(folder.path(), &["verify", "june"]);
    assert_eq!((proven.status.code(), proven.stderr.is_empty()), (Some(0), true));
    let manifest = std::fs::read(path("june/exports/month=2026-06/revision=1/manifest.json")).unwrap();
    let told = String::from_utf8_lossy(&proven.stdout).replace(&sha256_hex(&manifest), "MANIFEST");
    insta::assert_snapshot!(told);

    let statements = path("june/exports/month=2026-06/revision=1/statements.csv");
    let written = std::fs::read_to_string(&statements).unwrap();
    let forged = written.replace(",breached,", ",met,");
    std::fs::write(&statements, &forged).unwrap();
    let refuted = nines(folder.path(), &["verify", "june/exports/month=2026-06/revision=1"]);
    assert_eq!(refuted.status.code(), Some(1));
    let told = String::from_utf8_lossy(&refuted.stdout)
        .replace(&sha256_hex(written.as_bytes()), "WRITTEN")
        .replace(&sha256_hex(forged.as_bytes()), "FORGED");
    insta::assert_snapshot!(told, @r"
    month=2026-06/revision=1/statements.csv: SHA-256: expected WRITTEN, found FORGED
    month=2026-06/revision=1/statements.parquet, row 1 (api): verdict as in the CSV: expected met, found breached
    month=2026-06/revision=1/manifest.json: verdicts, breached: expected nothing, found 1
    month=2026-06/revision=1/manifest.json: verdicts, met: expected 1, found nothing
    month=2026-06/revision=1/statements.csv, row 1 (api): verdict as computed: expected breached, found met
    ");
    insta::assert_snapshot!(String::from_utf8_lossy(&refuted.stderr), @"nines: the export in june/exports/month=2026-06/revision=1 differs in 5 place(s), told above");

    std::fs::create_dir(path("empty")).unwrap();
    let none = nines(folder.path(), &["verify", "empty"]);
    assert_eq!(none.status.code(), Some(2));
    let told = String::from_utf8_lossy(&none.stderr).replace(&folder.path().display().to_string(), "FOLDER");
    insta::assert_snapshot!(told, @"nines: FOLDER/empty is no export: give a folder that holds exports/, that folder, or one of its month=… or revision=… folders");
    let absent = nines(folder.path(), &["verify", "absent"]);
    assert_eq!(absent.status.code(), Some(2));
    insta::assert_snapshot!(String::from_utf8_lossy(&absent.stderr), @"nines: absent is no export: give a folder that holds exports/, that folder, or one of its month=… or revision=… folders");
}

#[test]
fn the_help_explains_the_program() {
    let folder = tempfile::tempdir().unwrap();
    insta::assert_snapshot!(String::from_utf8_lossy(&nines(folder.path(), &["--help"]).stdout));
}
