use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, Once};

use axum::body::Body;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;
use sla::Instant;
use tower::ServiceExt as _;

use super::*;

const NOW: i64 = 1_800_000_000;
const SECRET: &str = "the-present-secret";
const OLD: &str = "the-former-secret";
const FIRING: &str = r#"{"version":"4","status":"firing","alerts":[]}"#;

/// A double of the outside, which counts and can break.
#[derive(Default)]
struct Double {
    sources: BTreeMap<String, Source>,
    secrets: Mutex<BTreeMap<String, Secret>>,
    queued: Mutex<Vec<(Recorder, String)>>,
    reads: AtomicUsize,
    secret_reads: AtomicUsize,
    table_fails: AtomicBool,
    store_fails: AtomicBool,
    queue_fails: AtomicBool,
    queue_hangs: AtomicBool,
}

fn broken(flag: &AtomicBool) -> Result<(), Failure> {
    let failure = || Failure::unexpected("it is down");
    if flag.load(Ordering::SeqCst) { Err(failure()) } else { Ok(()) }
}

impl Outside for Arc<Double> {
    async fn source(&self, id: &SourceId) -> Result<Option<Source>, Failure> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        broken(&self.table_fails)?;
        Ok(self.sources.get(id.as_str()).cloned())
    }

    async fn secret(&self, name: &str) -> Result<Option<Secret>, Failure> {
        self.secret_reads.fetch_add(1, Ordering::SeqCst);
        broken(&self.store_fails)?;
        Ok(self.secrets.lock().unwrap().get(name).cloned())
    }

    async fn queue(&self, to: Recorder, message: String) -> Result<(), Failure> {
        broken(&self.queue_fails)?;
        if self.queue_hangs.load(Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
        self.queued.lock().unwrap().push((to, message));
        Ok(())
    }
}

/// The function over a double, and a clock that it moves.
struct Desk {
    double: Arc<Double>,
    clock: Clock,
    router: Router,
}

fn source(id: &str, kind: &str, auth: Value) -> Source {
    let mapping = match kind {
        "zammad" | "zendesk" => json!({ "ticket_id": "t-{ticket.id}", "kind": "opened" }),
        "tmf621" => json!({ "ticket_id": "t-{ticket.id}" }),
        "template" if id == "own-tickets" => json!({ "ticket_id": "t-{id}", "kind": "opened" }),
        _ => json!({ "service_id": "api" }),
    };
    let mut source = json!({ "source_id": id, "kind": kind, "auth": auth, "map": [mapping] });
    if kind == "template" {
        let status = json!({ "state": { "bad": "down" } });
        let measures = if id == "own-tickets" { Value::Null } else { status };
        source["template"] = json!({ "key": "id", "status": measures });
    }
    Source::read(&source).unwrap()
}

fn secret(current: &str, previous: Option<&str>) -> Secret {
    serde_json::from_value(json!({ "current": current, "previous": previous })).unwrap()
}

impl Desk {
    fn open() -> Self {
        log_everything();
        let bearer = || json!({ "scheme": "bearer" });
        let sources = [
            source("am-1", "alertmanager", bearer()),
            source("no-secret", "alertmanager", bearer()),
            source("kuma", "uptime-kuma", json!({ "scheme": "path-token" })),
            source("own", "template", json!({ "scheme": "header", "header": "x-token" })),
            source("own-tickets", "template", json!({ "scheme": "basic" })),
            source("listener", "tmf621", bearer()),
            source("zammad", "zammad", bearer()),
            source("zendesk", "zendesk", json!({ "scheme": "hmac-sha256-base64" })),
        ];
        let secrets = sources.iter().filter(|source| source.source_id.as_str() != "no-secret");
        let secrets = secrets.map(|source| (source.secret_name().into_owned(), secret(SECRET, None)));
        let double = Arc::new(Double {
            secrets: Mutex::new(secrets.collect()),
            sources: sources.into_iter().map(|source| (source.source_id.to_string(), source)).collect(),
            ..Double::default()
        });
        let clock = Clock::virtual_at(Instant::from_epoch_s(NOW));
        let hooks = Hooks::new(double.clone(), clock.clone());
        let router = router(Hooks { patience: Duration::from_millis(500), ..hooks });
        Self { double, clock, router }
    }

    async fn asked<B>(&self, request: axum::http::Request<B>) -> Answer
    where
        Router: tower::Service<axum::http::Request<B>, Response = Response, Error = std::convert::Infallible>,
        B: Send + 'static,
        <Router as tower::Service<axum::http::Request<B>>>::Future: Send,
    {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap();
        Answer {
            status: parts.status.as_u16(),
            headers: headers(&parts.headers),
            body: String::from_utf8(body.to_vec()).unwrap(),
        }
    }

    async fn sent(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> Answer {
        let mut request = axum::http::Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.asked(request.body(body.into()).unwrap()).await
    }

    async fn alert(&self, secret: &str) -> u16 {
        let bearer = format!("Bearer {secret}");
        self.sent("POST", "/hooks/am-1", &[("authorization", &bearer)], FIRING).await.status
    }

    fn pass(&self, seconds: i64) {
        self.clock.advance_to(self.clock.now().plus_s(seconds));
    }

    fn queued(&self) -> Vec<(Recorder, Webhook)> {
        let queued = self.double.queued.lock().unwrap();
        let read = |text: &str| Webhook::read(&serde_json::from_str(text).unwrap()).unwrap().unwrap();
        queued.iter().map(|(to, text)| (*to, read(text))).collect()
    }

    fn enter(&self, current: &str, previous: Option<&str>) {
        self.double.secrets.lock().unwrap().insert("sources/am-1".to_owned(), secret(current, previous));
    }
}

#[derive(Debug, Clone, PartialEq)]
struct Answer {
    status: u16,
    headers: BTreeMap<String, String>,
    body: String,
}

fn bearer() -> (&'static str, String) {
    ("authorization", format!("Bearer {SECRET}"))
}

/// Returns the headers of a request that Zendesk signed at an instant.
fn signed(body: &[u8], at: i64) -> [(&'static str, String); 2] {
    let time = Instant::from_epoch_s(at).to_string();
    let mac = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(SECRET.as_bytes()).unwrap();
    let mac = mac.chain_update(time.as_bytes()).chain_update(body).finalize().into_bytes();
    [("x-zendesk-webhook-signature", STANDARD.encode(mac)), ("x-zendesk-webhook-signature-timestamp", time)]
}

#[tokio::test]
async fn a_proven_request_is_queued_whole_and_then_answered() {
    let desk = Desk::open();
    let (name, value) = bearer();
    let headers =
        [(name, value.as_str()), ("Content-Type", "application/json"), ("X-More", "a"), ("x-more", "b")];
    let answer = desk.sent("POST", "/hooks/am-1?key=1%202&key=3", &headers, FIRING).await;
    assert_eq!((answer.status, answer.body.as_str()), (200, r#"{"queued":true}"#));
    assert_eq!(answer.headers["cache-control"], "no-store");
    let [(to, webhook)] = desk.queued().try_into().unwrap();
    assert_eq!((to, webhook.source_id.as_str()), (Recorder::Checks, "am-1"));
    let doors::Request { headers, query, body, received_at, .. } = webhook.request;
    assert_eq!((query.as_str(), body.as_slice()), ("key=1%202&key=3", FIRING.as_bytes()));
    assert_eq!(received_at.epoch_s(), NOW);
    let kept =
        [("content-type", "application/json"), ("x-more", "a,b")].map(|(n, v)| (n.to_owned(), v.to_owned()));
    assert_eq!(headers, kept.into());
}

#[tokio::test]
async fn each_kind_waits_for_its_reader_and_has_its_answer() {
    let desk = Desk::open();
    let (name, value) = bearer();
    let bearer = [(name, value.as_str())];
    let basic = format!("basic {}", STANDARD.encode(SECRET));
    let statuses = [
        desk.sent("PUT", "/hooks/am-1", &bearer, FIRING).await.status,
        desk.sent("POST", &format!("/hooks/kuma/{SECRET}"), &[], "{}").await.status,
        desk.sent("GET", &format!("/hooks/kuma/{SECRET}?msg=Testing"), &[], "").await.status,
        desk.sent("POST", "/hooks/own", &[("X-Token", SECRET)], "{}").await.status,
        desk.sent("POST", "/hooks/own-tickets", &[("authorization", &basic)], "{}").await.status,
        desk.sent("POST", "/hooks/listener", &bearer, "{}").await.status,
        desk.sent("POST", "/hooks/zammad", &bearer, "{}").await.status,
    ];
    assert_eq!(statuses, [200, 200, 200, 200, 200, 204, 200]);
    use Recorder::{Checks, Tickets};
    let readers: Vec<Recorder> = desk.queued().into_iter().map(|(to, _)| to).collect();
    assert_eq!(readers, [Checks, Checks, Checks, Checks, Tickets, Tickets, Tickets]);
    assert_eq!(desk.queued()[2].1.request.query, "msg=Testing");
}

#[tokio::test]
async fn nobody_learns_from_a_refusal_what_was_wrong_with_a_proof() {
    let desk = Desk::open();
    let refusals = [
        desk.sent("POST", "/hooks/am-1", &[], FIRING).await,
        desk.sent("POST", "/hooks/am-1", &[("authorization", "Bearer the-present-secreT")], FIRING).await,
        desk.sent("POST", "/hooks/am-1", &[("authorization", "Basic eDp5")], FIRING).await,
        desk.sent("POST", &format!("/hooks/am-1/{SECRET}"), &[], FIRING).await,
        desk.sent("POST", "/hooks/no-secret", &[("authorization", "Bearer ")], FIRING).await,
    ];
    assert!(refusals.iter().all(|refusal| *refusal == refusals[0]), "{refusals:?}");
    assert_eq!((refusals[0].status, refusals[0].headers["www-authenticate"].as_str()), (401, "Bearer"));
    insta::assert_snapshot!(refusals[0].body, @r#"{"status":401,"title":"Unauthorized","detail":"The sender is not proven: this source takes the scheme `bearer`, with the secret that was entered for it."}"#);
    let basic = desk.sent("POST", "/hooks/own-tickets", &[], "{}").await;
    assert_eq!((basic.status, basic.headers["www-authenticate"].as_str()), (401, "Basic"));
    assert_eq!(desk.queued(), []);
}

#[tokio::test]
async fn what_is_at_no_address_is_told_in_the_same_words() {
    let desk = Desk::open();
    let (name, value) = bearer();
    let bearer = [(name, value.as_str())];
    let answers = [
        desk.sent("POST", "/hooks/removed", &bearer, FIRING).await,
        desk.sent("POST", "/hooks/a%20secret%20in%20the%20wrong%20place", &bearer, FIRING).await,
        desk.sent("GET", "/hooks/removed/x", &[], "").await,
    ];
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    assert_eq!(answers[0].status, 404);
    insta::assert_snapshot!(answers[0].body, @r#"{"status":404,"title":"Not Found","detail":"There is no source at this address: register it at the desk, or send to the address that it shows there."}"#);
    for path in ["/", "/hooks", "/hooks/am-1/a/b"] {
        assert_eq!(desk.sent("POST", path, &bearer, FIRING).await.status, 404, "{path}");
    }
    assert_eq!(desk.queued(), []);
}

#[tokio::test]
async fn a_method_that_a_kind_has_no_use_for_is_refused() {
    let desk = Desk::open();
    let (name, value) = bearer();
    let bearer = [(name, value.as_str())];
    for (method, path, allowed) in [
        ("GET", "/hooks/am-1".to_owned(), "POST, PUT"),
        ("HEAD", format!("/hooks/kuma/{SECRET}"), "GET, POST, PUT"),
        ("DELETE", format!("/hooks/kuma/{SECRET}"), "GET, POST, PUT"),
        ("OPTIONS", "/hooks/zammad".to_owned(), "POST, PUT"),
    ] {
        let answer = desk.sent(method, &path, &bearer, "").await;
        assert_eq!((answer.status, answer.headers["allow"].as_str()), (405, allowed), "{method} {path}");
    }
    assert_eq!(desk.queued(), []);
}

#[tokio::test]
async fn a_signature_is_over_the_bytes_and_of_the_present() {
    let desk = Desk::open();
    let send = async |body: &[u8], of: &[u8], at: i64| {
        let [one, other] = signed(of, at);
        let headers = [(one.0, one.1.as_str()), (other.0, other.1.as_str())];
        desk.sent("POST", "/hooks/zendesk", &headers, body.to_vec()).await
    };
    assert_eq!(send(b"{ }", b"{ }", NOW).await.status, 200);
    assert_eq!(send(b"{}", b"{ }", NOW).await.status, 401);
    assert_eq!(send(b"{ }", b"{ }", NOW - 300).await.status, 200);
    let replayed = send(b"{ }", b"{ }", NOW - 301).await;
    assert_eq!(replayed.status, 403);
    insta::assert_snapshot!(replayed.body, @r#"{"status":403,"title":"Forbidden","detail":"The request was not signed just now: set the sender's clock, and send it again."}"#);
    assert_eq!(send(b"\xff\x00", b"\xff\x00", NOW).await.status, 200);
    assert_eq!(desk.queued()[2].1.request.body, b"\xff\x00");
}

#[tokio::test]
async fn a_body_that_the_gateway_has_coded_is_proven_and_queued_as_it_was() {
    let desk = Desk::open();
    let body = b"{\"text\": \"\xc3\xbc\"}";
    let [one, other] = signed(body, NOW);
    let event = |body: String, coded: bool| {
        json!({
            "version": "2.0", "routeKey": "POST /hooks/{source_id}", "rawPath": "/hooks/zendesk",
            "rawQueryString": "a=1&a=%202", "body": body, "isBase64Encoded": coded,
            "headers": { one.0: one.1, other.0: other.1, "content-type": "application/json", "host": "x.example" },
            "pathParameters": { "source_id": "zendesk" },
            "requestContext": {
                "accountId": "123456789012", "apiId": "api", "domainName": "x.example", "domainPrefix": "x",
                "http": {
                    "method": "POST", "path": "/hooks/zendesk", "protocol": "HTTP/1.1",
                    "sourceIp": "192.0.2.1", "userAgent": "Zendesk Webhook",
                },
                "requestId": "id", "routeKey": "POST /hooks/{source_id}", "stage": "$default",
                "time": "15/Jan/2027:08:00:00 +0000", "timeEpoch": 1_800_000_000_000_i64,
            },
        })
        .to_string()
    };
    for event in [event(STANDARD.encode(body), true), event(String::from_utf8(body.to_vec()).unwrap(), false)]
    {
        let request = lambda_http::request::from_str(&event).unwrap();
        assert_eq!(desk.asked(request).await.status, 200);
    }
    for (_, webhook) in desk.queued() {
        assert_eq!(
            (webhook.request.body.as_slice(), webhook.request.query.as_str()),
            (&body[..], "a=1&a=%202")
        );
    }
    assert_eq!(desk.queued().len(), 2);
}

#[tokio::test]
async fn what_is_too_long_is_refused_before_anything_is_asked() {
    let desk = Desk::open();
    let (name, value) = bearer();
    let bearer = [(name, value.as_str())];
    let long = desk.sent("POST", "/hooks/nobody", &[], vec![b' '; BODY_BYTES_MAX + 1]).await;
    assert_eq!((long.status, desk.double.reads.load(Ordering::SeqCst)), (413, 0));
    insta::assert_snapshot!(long.body, @r#"{"status":413,"title":"Payload Too Large","detail":"The body is longer than 262144 bytes, or becomes so by its characters. Send less at once, in smaller groups."}"#);
    // Whatever is JSON becomes at most twice as long by being quoted. Only what no sender sends becomes
    // longer.
    let quotes = "\"".repeat(BODY_BYTES_MAX);
    assert_eq!(desk.sent("POST", "/hooks/am-1", &bearer, quotes.clone()).await.status, 200);
    let controls = "\u{1}".repeat(BODY_BYTES_MAX);
    assert_eq!(desk.sent("POST", "/hooks/am-1", &bearer, controls).await.status, 413);
    let [(_, webhook)] = desk.queued().try_into().unwrap();
    assert_eq!(webhook.request.body, quotes.as_bytes());
    assert!(desk.double.queued.lock().unwrap()[0].1.len() < MESSAGE_BYTES_MAX);
}

#[tokio::test]
async fn five_hundred_alerts_are_one_message() {
    let desk = Desk::open();
    let alert = |n: usize| {
        json!({
            "status": "firing", "labels": { "alertname": "Down", "instance": format!("host-{n}") }, "annotations": {},
            "startsAt": "2027-01-15T07:59:00.123Z", "endsAt": "0001-01-01T00:00:00Z",
            "generatorURL": format!("http://prometheus.example/graph?g0.expr=up+%3D%3D+0&n={n}"),
            "fingerprint": format!("{n:016x}"),
        })
    };
    let alerts: Vec<Value> = (0..500).map(alert).collect();
    let body =
        json!({ "version": "4", "status": "firing", "truncatedAlerts": 0, "alerts": alerts }).to_string();
    let (name, value) = bearer();
    assert_eq!(desk.sent("POST", "/hooks/am-1", &[(name, &value)], body.clone()).await.status, 200);
    let [(_, webhook)] = desk.queued().try_into().unwrap();
    assert_eq!(webhook.request.body, body.as_bytes());
    let message = doors::read(&desk.double.sources["am-1"], &webhook.request).unwrap();
    assert_eq!(message.items.len(), 500);
}

#[tokio::test]
async fn characters_that_the_queue_refuses_arrive_all_the_same() {
    let desk = Desk::open();
    let (name, value) = bearer();
    let body = "{\"a\":\"\u{fffe}\u{ffff}\u{7f}\u{10ffff}\"}";
    assert_eq!(desk.sent("POST", "/hooks/am-1", &[(name, &value)], body).await.status, 200);
    let text = desk.double.queued.lock().unwrap()[0].1.clone();
    // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
    let taken = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..='\u{10ffff}');
    assert!(text.chars().all(taken), "{text}");
    assert_eq!(desk.queued()[0].1.request.body, body.as_bytes());
}

#[tokio::test]
async fn a_fault_of_ours_asks_to_send_again() {
    let desk = Desk::open();
    let (name, value) = bearer();
    let bearer = [(name, value.as_str())];
    let double = &desk.double;
    for flag in [&double.table_fails, &double.store_fails, &double.queue_fails] {
        flag.store(true, Ordering::SeqCst);
        let answer = desk.sent("POST", "/hooks/am-1", &bearer, FIRING).await;
        flag.store(false, Ordering::SeqCst);
        assert_eq!((answer.status, answer.headers["retry-after"].as_str()), (503, "30"));
        assert!(!answer.body.contains("it is down"), "{}", answer.body);
        assert_eq!(desk.queued(), []);
    }
    assert_eq!(desk.sent("POST", "/hooks/am-1", &bearer, FIRING).await.status, 200);
    double.queue_hangs.store(true, Ordering::SeqCst);
    assert_eq!(desk.sent("POST", "/hooks/am-1", &bearer, FIRING).await.status, 503);
}

#[tokio::test]
async fn a_secret_is_replaced_without_losing_a_message() {
    let desk = Desk::open();
    desk.enter(OLD, None);
    assert_eq!((desk.alert(OLD).await, desk.alert(SECRET).await), (200, 401));
    desk.pass(ASKED_AGAIN_S);
    desk.enter(SECRET, Some(OLD));
    // The store is asked again for a proof that fails, long before the minute is over.
    assert_eq!((desk.alert(SECRET).await, desk.alert(OLD).await), (200, 200));
    desk.enter(SECRET, None);
    desk.pass(SECRET_S - 1);
    assert_eq!(desk.alert(OLD).await, 200);
    desk.pass(1);
    assert_eq!((desk.alert(OLD).await, desk.alert(SECRET).await), (401, 200));
}

#[tokio::test]
async fn a_flood_costs_few_reads() {
    let desk = Desk::open();
    for _ in 0..50 {
        assert_eq!(desk.sent("POST", "/hooks/removed", &[], FIRING).await.status, 404);
        assert_eq!(desk.alert("a wrong secret").await, 401);
    }
    let reads =
        || (desk.double.reads.load(Ordering::SeqCst), desk.double.secret_reads.load(Ordering::SeqCst));
    assert_eq!(reads(), (2, 1));
    desk.pass(SOURCE_S);
    assert_eq!(desk.alert("a wrong secret").await, 401);
    assert_eq!(reads(), (3, 2));
    for _ in 0..59 {
        desk.pass(1);
        assert_eq!(desk.alert(SECRET).await, 200);
    }
    assert_eq!(reads(), (14, 2));
}

thread_local! {
    /// The log of a test: each has its thread.
    static LOG: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// A writer to the log of the thread.
struct Lines;

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LOG.with_borrow_mut(|log| log.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Begins to log in every test: whether a place logs is decided once for all threads.
fn log_everything() {
    static BEGUN: Once = Once::new();
    BEGUN.call_once(|| {
        tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(|| Lines).init();
    });
}

#[tokio::test]
async fn no_secret_and_no_body_reaches_the_queue_a_log_or_an_answer() {
    let desk = Desk::open();
    let bearer = format!("Bearer {SECRET}");
    let basic = format!("Basic {}", STANDARD.encode(SECRET));
    let by_path = format!("/hooks/kuma/{SECRET}");
    let private = r#"{"customer": "private words"}"#;
    let mut answers = Vec::new();
    for (path, headers) in [
        ("/hooks/am-1", vec![("authorization", bearer.as_str()), ("x-copy", &bearer), ("cookie", "a=b")]),
        (&by_path, vec![("x-original-uri", by_path.as_str()), ("referer", &by_path)]),
        ("/hooks/own", vec![("x-token", SECRET)]),
        ("/hooks/own-tickets", vec![("authorization", &basic)]),
        // Refused: the right secret in the wrong place.
        (&format!("/hooks/am-1/{SECRET}"), vec![]),
        (&format!("/hooks/{SECRET}"), vec![]),
        ("/hooks/own", vec![("authorization", &bearer)]),
    ] {
        answers.push(desk.sent("POST", path, &headers, private).await);
    }
    assert_eq!(
        answers.iter().map(|answer| answer.status).collect::<Vec<_>>(),
        [200, 200, 200, 200, 401, 404, 401]
    );
    desk.double.queue_fails.store(true, Ordering::SeqCst);
    answers.push(desk.sent("POST", &by_path, &[], private).await);
    assert_eq!(answers[7].status, 503);
    let log = LOG.with_borrow(|log| String::from_utf8(log.clone()).unwrap());
    assert!(log.contains("am-1") && log.contains("it is down"), "{log}");
    let queued = format!("{:?}", desk.double.queued.lock().unwrap());
    assert!(queued.contains("private words"));
    let coded = STANDARD.encode(SECRET);
    for text in [&log, &queued, &format!("{answers:?}")] {
        assert!(!text.contains(SECRET) && !text.contains(&coded), "{text}");
    }
    assert!(!log.contains("private words"), "{log}");
}

/// Prints the time from the receipt to the queue (infra/handbook/figures.md).
#[tokio::test]
#[ignore = "it measures"]
async fn measured_from_receipt_to_queue() {
    const ROUNDS: u32 = 2000;
    let desk = Desk::open();
    let (name, value) = bearer();
    for kilobytes in [1, 8, 64, 256] {
        let alert = r#"{"status":"firing","labels":{"alertname":"Down"},"startsAt":"2027-01-15T07:59:00Z"},"#;
        let body: Bytes = alert.repeat(kilobytes * 1024 / alert.len()).into();
        let started = std::time::Instant::now();
        for _ in 0..ROUNDS {
            assert_eq!(desk.sent("POST", "/hooks/am-1", &[(name, &value)], body.clone()).await.status, 200);
            desk.double.queued.lock().unwrap().clear();
        }
        let each = started.elapsed() / ROUNDS;
        println!("{kilobytes} KB: {} µs, {:.0} a second", each.as_micros(), 1.0 / each.as_secs_f64());
    }
}
