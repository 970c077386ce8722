//! The directions of dependencies: purest package first, functions apart, each outside world known to one
//! crate.

#![expect(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, MetadataCommand};

/// The libraries, purest first; each may depend only on earlier ones.
const LIBRARIES: [&str; 14] = [
    "sla", "events", "doors", "access", "outcome", "wording", "prober", "table", "notices", "pages",
    "verify", "shell", "commands", "web",
];
/// The packages that may call every function's library.
const CALLERS: [&str; 2] = ["nines", "acceptance"];

/// Returns each package of the workspace with its folder and its dependencies outside tests.
fn packages() -> BTreeMap<String, (String, BTreeSet<String>)> {
    let metadata = MetadataCommand::new().no_deps().other_options(["--offline".to_owned()]).exec().unwrap();
    let root = metadata.workspace_root.clone();
    let folder = |path: &cargo_metadata::camino::Utf8Path| {
        path.parent().unwrap().strip_prefix(&root).unwrap().to_string()
    };
    let normal = |package: &cargo_metadata::Package| {
        let dependencies = package.dependencies.iter().filter(|d| d.kind == DependencyKind::Normal);
        dependencies.map(|d| d.name.clone()).collect()
    };
    metadata
        .packages
        .iter()
        .map(|package| (package.name.to_string(), (folder(&package.manifest_path), normal(package))))
        .collect()
}

#[test]
fn libraries_depend_on_purer_ones_only() {
    let packages = packages();
    for (rank, library) in LIBRARIES.iter().enumerate() {
        let (folder, dependencies) = &packages[*library];
        assert_eq!(folder, &format!("shared/{library}"));
        for other in packages.keys().filter(|other| dependencies.contains(*other)) {
            assert!(LIBRARIES[..rank].contains(&other.as_str()), "{library} must not depend on {other}");
        }
    }
}

#[test]
fn a_function_is_a_folder_a_package_and_a_binary_that_depends_on_no_other() {
    let packages = packages();
    let functions: BTreeSet<&String> = packages
        .iter()
        .filter(|(_, (folder, _))| folder.starts_with("functions/"))
        .map(|(name, _)| name)
        .collect();
    assert!(functions.len() >= 5, "{functions:?}");
    for function in &functions {
        let (folder, dependencies) = &packages[*function];
        assert_eq!(folder, &format!("functions/{function}"));
        for other in dependencies.iter().filter(|other| packages.contains_key(*other)) {
            assert!(LIBRARIES.contains(&other.as_str()), "{function} must not depend on {other}");
        }
    }
    for (name, (_, dependencies)) in &packages {
        let calls = dependencies.iter().any(|other| functions.contains(other));
        assert!(!calls || CALLERS.contains(&name.as_str()), "{name} must not depend on a function");
    }
}

#[test]
fn each_outside_world_is_known_to_one_crate() {
    // `shell` builds the clients and passes them on.
    let knows = [
        ("aws-sdk-dynamodb", vec!["shell", "table"]),
        ("aws-sdk-sns", vec!["notices", "shell"]),
        ("aws-sdk-s3", vec!["shell"]),
        ("aws-sdk-scheduler", vec!["shell"]),
        ("aws-sdk-sqs", vec!["shell"]),
        ("aws-sdk-ssm", vec!["shell"]),
        ("dynoxide-rs", vec![]),
        ("simple-dns", vec!["prober"]),
        ("webpki-roots", vec!["prober"]),
        ("jsonwebtoken", vec!["access"]),
        ("hyper", vec!["prober", "shell"]),
        ("lambda_http", vec!["receive-webhooks", "serve-desk", "serve-portal"]),
        (
            "lambda_runtime",
            vec![
                "bare-bootstrap",
                "close-month",
                "export-month",
                "keep-deadlines",
                "publish-terms",
                "record-checks",
                "record-tickets",
                "run-checks",
                "run-desk",
                "send-notices",
                "shell",
            ],
        ),
    ];
    let packages = packages();
    for (world, expected) in knows {
        let who: Vec<&str> = packages
            .iter()
            .filter(|(name, (_, dependencies))| {
                dependencies.contains(world) && !CALLERS.contains(&name.as_str())
            })
            .map(|(name, _)| name.as_str())
            .collect();
        assert_eq!(who, expected, "{world}");
    }
}

#[test]
fn the_core_touches_nothing_outside() {
    let pure: BTreeSet<&str> = [
        "chrono",
        "chrono-tz",
        "hex",
        "iso_currency",
        "schemars",
        "serde",
        "serde_json",
        "serde_json_canonicalizer",
        "sha2",
        "thiserror",
    ]
    .into();
    let dependencies = &packages()["sla"].1;
    assert!(dependencies.iter().all(|d| pure.contains(d.as_str())), "{dependencies:?}");
    let of_doors = ["sla", "events", "base64", "hmac", "serde_urlencoded", "sha1", "subtle"];
    let dependencies = &packages()["doors"].1;
    let is_pure = |d: &String| pure.contains(d.as_str()) || of_doors.contains(&d.as_str());
    assert!(dependencies.iter().all(is_pure), "{dependencies:?}");
}

/// Returns the names of all crates that a package depends on outside of tests, directly or not.
fn closure(package: &str) -> BTreeSet<String> {
    let metadata = MetadataCommand::new().other_options(["--offline".to_owned()]).exec().unwrap();
    let nodes: BTreeMap<_, _> =
        metadata.resolve.as_ref().unwrap().nodes.iter().map(|node| (&node.id, node)).collect();
    let mut waiting = vec![&metadata.packages.iter().find(|p| p.name.as_str() == package).unwrap().id];
    let mut seen = BTreeSet::new();
    while let Some(id) = waiting.pop() {
        let normal = |dependency: &&cargo_metadata::NodeDep| {
            dependency.dep_kinds.iter().any(|kind| kind.kind == DependencyKind::Normal)
        };
        if seen.insert(id) {
            waiting.extend(nodes[id].deps.iter().filter(normal).map(|dependency| &dependency.pkg));
        }
    }
    metadata.packages.iter().filter(|p| seen.contains(&p.id)).map(|p| p.name.to_string()).collect()
}

#[test]
fn light_crates_compile_without_clients_that_they_do_not_call() {
    let web = closure("web");
    assert!(!web.iter().any(|name| name.starts_with("aws-")), "{web:?}");
    let verify = closure("verify");
    assert!(!verify.iter().any(|name| name.starts_with("aws-") || name == "tokio"), "{verify:?}");
    let prober = closure("prober");
    assert!(!prober.iter().any(|name| name.starts_with("aws-") || name == "table"), "{prober:?}");
    let commands = closure("commands");
    for client in ["aws-sdk-sns", "aws-sdk-s3", "aws-sdk-scheduler", "hyper", "rustls"] {
        assert!(!commands.contains(client), "commands must not depend on {client}");
    }
    assert!(commands.contains("aws-sdk-dynamodb"), "{commands:?}");
}
