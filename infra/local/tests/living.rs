//! The living services: watched from the sample's first start on, broken and mended at the demo, and claimed.

#![expect(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use axum::routing::get;
use nines::commands::living::{Watched, begin};
use nines::stand_ins::demo::Demo;
use nines::stand_ins::issuer::{Issuer, Origins, STAFF};
use nines::system::{LOCAL, System};
use outcome::Clock;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tower::ServiceExt;

/// A laptop in July: portal, desk and demo answer on ports of their own, and two others are controls.
struct Laptop {
    system: System,
    watched: Watched,
    demo: Router,
    _controls: [TcpListener; 2],
}

async fn listener() -> (TcpListener, u16) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, port)
}

async fn served(router: Router) -> u16 {
    let (listener, port) = listener().await;
    tokio::spawn(axum::serve(listener, router).into_future());
    port
}

impl Laptop {
    async fn open() -> Self {
        let demo = Demo::new("http://127.0.0.1:9005", 10).router();
        let site = Router::new().route("/sign-in", get(async || "a page"));
        let watched = Watched {
            demo: served(demo.clone()).await,
            portal: served(site.clone()).await,
            desk: served(site).await,
        };
        let [(one, one_port), (other, other_port)] = [listener().await, listener().await];
        let clock = Clock::virtual_at("2026-07-02T12:00:00Z".parse().unwrap());
        let vantage = watched.vantage([one_port, other_port]);
        let system = System::memory(clock).await.unwrap().checking_from(vantage);
        Laptop { system, watched, demo, _controls: [one, other] }
    }

    async fn run(&self, function: &str, event: Value) -> Value {
        self.system.invoke(function, event.to_string().as_bytes()).await.unwrap()
    }

    /// Registers the service by which the sample is known.
    async fn load_sample(&self) {
        self.run("run-desk", json!({"command": "register_customer", "customer_id": "cust-1", "name": "A"}))
            .await;
        let service = json!({
            "command": "register_service", "service_id": "access-registry-technical-endpoint",
            "customer_id": "cust-1", "name": "API", "plan": "standard", "region": "us",
            "monthly_fee": {"minor": 49_900, "currency": "EUR"}, "activated_at": "2026-05-31T00:00:00Z",
        });
        self.run("run-desk", service).await;
    }

    async fn switch(&self, to: &str) {
        let form = Request::post("/").header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        let form = form.body(Body::from(format!("switch={to}"))).unwrap();
        assert_eq!(self.demo.clone().oneshot(form).await.unwrap().status(), StatusCode::SEE_OTHER);
    }

    /// Checks once, `after_s` seconds later, and takes in what was found.
    async fn check(&self, after_s: i64) -> Value {
        let clock = self.system.clock();
        clock.advance_to(clock.now().plus_s(after_s));
        let found = self.run("run-checks", json!({ "region": LOCAL })).await;
        self.system.hand_over_queued().await.unwrap();
        found
    }

    /// Lists the kinds of notices to the customer so far.
    fn told(&self) -> Vec<String> {
        let published = self.system.engines().topics().published().unwrap();
        let own = published.iter().filter(|message| message.topic == "nines-customer");
        own.map(|message| message.attributes["kind"].clone()).collect()
    }

    /// Returns the seconds of the Web shop's month so far.
    async fn shop_so_far(&self) -> Value {
        let as_of = self.system.clock().now();
        let asked = json!({ "month": "2026-07", "service_id": "aldermoor-shop", "as_of": as_of });
        self.run("close-month", asked).await["statements"][0]["seconds"].take()
    }
}

#[tokio::test]
async fn the_demo_is_watched_broken_claimed_and_mended() {
    let laptop = Laptop::open().await;
    assert!(!begin(&laptop.system, laptop.watched).await.unwrap(), "a state that began empty has none");
    laptop.load_sample().await;
    assert!(begin(&laptop.system, laptop.watched).await.unwrap());
    assert_eq!(laptop.check(0).await, json!({ "checked": 3, "up": 3, "down": 0, "unknown": 0 }));

    laptop.switch("break").await;
    assert_eq!(laptop.check(10).await, json!({ "checked": 3, "up": 2, "down": 1, "unknown": 0 }));
    assert_eq!(laptop.told(), ["outage.opened"]);
    // A month of 29 days and a half allows 255 s of downtime.
    for _ in 0..26 {
        laptop.check(10).await;
    }
    assert!(laptop.told().contains(&"availability.breached".to_owned()), "{:?}", laptop.told());
    let claim = json!({
        "command": "file_claim", "service_id": "aldermoor-shop", "month": "2026-07",
        "customer_id": "aldermoor", "kind": "uptime",
    });
    assert_eq!(laptop.run("run-desk", claim).await["state"], "held", "it is decided at the month's close");

    laptop.switch("mend").await;
    assert_eq!(laptop.check(10).await["up"], 3);
    assert_eq!(laptop.told().last().unwrap(), "outage.closed");
}

#[tokio::test]
async fn the_time_while_the_program_was_off_is_unknown() {
    let laptop = Laptop::open().await;
    laptop.load_sample().await;
    begin(&laptop.system, laptop.watched).await.unwrap();
    laptop.check(0).await;
    laptop.check(3_600).await;
    let Laptop { watched, .. } = laptop;
    // Another start, with other ports: the targets follow, and nothing is registered twice.
    assert!(begin(&laptop.system, Watched { demo: watched.portal, ..watched }).await.unwrap());
    let found = laptop.check(10).await;
    assert_eq!(found, json!({ "checked": 3, "up": 2, "down": 1, "unknown": 0 }), "that page has no health");
    insta::assert_snapshot!(
        laptop.shop_so_far().await,
        @r#"{"down":0,"excluded":0,"period":3610,"unknown":3530,"up":80}"#
    );
}

/// Returns the steps that the desk's first page shows to Ada: each that is done, and where the next leads.
async fn first_steps(system: &System) -> Vec<String> {
    let origin = |host: &str| format!("https://{host}.example");
    let origins = Origins {
        issuer: origin("id"),
        portal: origin("portal"),
        desk: origin("desk"),
        hooks: origin("hooks"),
    };
    let issuer = Issuer::new(origins, system.directory().clone(), system.clock().clone()).unwrap();
    let cookie = format!("{}={}", serve_desk::SESSION_COOKIE, issuer.staff_token(&STAFF[0]).unwrap());
    let request = Request::get("/").header(header::COOKIE, cookie).body(Body::empty()).unwrap();
    let answer = system.desk(&issuer).oneshot(request).await.unwrap();
    let page = to_bytes(answer.into_body(), 1_000_000).await.unwrap();
    let page = String::from_utf8_lossy(&page).into_owned();
    let Some((_, steps)) = page.split_once("<ol>") else { return Vec::new() };
    let steps = steps.split_once("</ol>").unwrap().0.split("<li>").skip(1);
    let link = |step: &str| Some(step.split_once("href=\"")?.1.split('"').next()?.to_owned());
    let shown = |step: &str| {
        let done = if step.contains("Done") { " done" } else { "" };
        format!("{}{done}", link(step).unwrap_or_default())
    };
    steps.map(shown).collect()
}

#[tokio::test]
async fn an_empty_desk_leads_to_the_first_customer_its_service_and_what_watches_it() {
    let laptop = Laptop::open().await;
    let mut shown = vec![first_steps(&laptop.system).await];
    laptop.run("run-desk", json!({"command": "register_customer", "customer_id": "acme", "name": "A"})).await;
    shown.push(first_steps(&laptop.system).await);
    laptop
        .run(
            "run-desk",
            json!({
                "command": "register_service", "service_id": "api", "customer_id": "acme", "name": "API",
                "plan": "standard", "monthly_fee": {"minor": 1, "currency": "EUR"}, "region": "eu",
                "activated_at": "2026-07-01T00:00:00Z",
            }),
        )
        .await;
    shown.push(first_steps(&laptop.system).await);
    let target = json!({
        "command": "register_target", "target_id": "api", "service_id": "api", "region": LOCAL,
        "check": { "tcp": { "host": "127.0.0.1", "port": laptop.watched.demo } },
    });
    laptop.run("run-desk", target).await;
    shown.push(first_steps(&laptop.system).await);
    let shown: Vec<String> = shown.iter().map(|steps| format!("{steps:?}")).collect();
    insta::assert_snapshot!(shown.join("\n"), @r#"
    ["/customers/new", "", "/sources/new"]
    ["/customers/acme done", "/services/new?customer_id=acme", "/sources/new"]
    ["/customers/acme done", "/services/api done", "/sources/new"]
    []
    "#);
}
