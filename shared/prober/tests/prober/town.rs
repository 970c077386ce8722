//! A town: names, the addresses that they have from time to time, and the local servers to which public
//! addresses lead. It keeps what was asked of it.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Error, ErrorKind};
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use events::Target;
use events::target::TcpCheck;
use outcome::Clock;
use prober::{Asked, Finding, Network, Prober, Settings};
use serde_json::{Value, json};
use sla::Status;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};

/// The address of the name server for checks that name none.
pub const RESOLVER: &str = "10.0.0.2:53";
/// The addresses of the two controls.
const CONTROLS: [(&str, &str); 2] =
    [("control-a.example.com", "1.1.1.1"), ("control-b.example.com", "8.8.4.4")];

#[derive(Debug, Default)]
struct Streets {
    /// Names with the answers that they give one after the other; the last one stays.
    names: BTreeMap<String, Vec<Vec<IpAddr>>>,
    routes: BTreeMap<SocketAddr, SocketAddr>,
    called: Vec<SocketAddr>,
    /// The number of calls after which nothing is reached any more.
    cut_off_after: Option<usize>,
}

/// A network in which everything is somewhere else.
#[derive(Debug, Clone, Default)]
pub struct Town(Arc<Mutex<Streets>>);

impl Town {
    /// Builds a town in which the two controls answer.
    pub async fn new() -> Self {
        let town = Self::default();
        let control = serve(|_stream| async {}).await;
        for (name, address) in CONTROLS {
            town.name(name, &[&[address]]);
            town.lead(&format!("{address}:443"), control);
        }
        town
    }

    /// Gives a name its addresses, one list for each time that it is asked for.
    pub fn name(&self, name: &str, answers: &[&[&str]]) {
        let addresses = |list: &&[&str]| list.iter().map(|address| address.parse().unwrap()).collect();
        self.0.lock().unwrap().names.insert(name.to_owned(), answers.iter().map(addresses).collect());
    }

    /// Leads an address to a local one.
    pub fn lead(&self, from: &str, to: SocketAddr) {
        self.0.lock().unwrap().routes.insert(from.parse().unwrap(), to);
    }

    /// Opens a shop: a name with a public address of its own that leads to a local server at a port.
    pub fn shop(&self, name: &str, address: &str, port: u16, to: SocketAddr) {
        self.name(name, &[&[address]]);
        self.lead(&format!("{address}:{port}"), to);
    }

    /// Lets nothing be reached any more after some calls.
    pub fn cut_off_after(&self, calls: usize) {
        self.0.lock().unwrap().cut_off_after = Some(calls);
    }

    /// Returns the addresses that were called, the controls left out.
    pub fn called(&self) -> Vec<String> {
        let called = self.0.lock().unwrap().called.clone();
        let is_control =
            |to: &SocketAddr| CONTROLS.iter().any(|(_, control)| to.ip().to_string() == *control);
        called.iter().filter(|to| !is_control(to)).map(SocketAddr::to_string).collect()
    }

    fn way(&self, to: SocketAddr) -> Result<SocketAddr, Error> {
        let mut streets = self.0.lock().unwrap();
        streets.called.push(to);
        if streets.cut_off_after.is_some_and(|calls| streets.called.len() > calls) {
            return Err(ErrorKind::NetworkUnreachable.into());
        }
        streets.routes.get(&to).copied().ok_or_else(|| ErrorKind::ConnectionRefused.into())
    }
}

impl Network for Town {
    fn addresses(&self, name: &str) -> Asked<Vec<IpAddr>> {
        let mut streets = self.0.lock().unwrap();
        let answers = streets.names.get_mut(name);
        let answer =
            answers.map(|answers| if answers.len() > 1 { answers.remove(0) } else { answers[0].clone() });
        Box::pin(async move { answer.ok_or_else(|| Error::other("no such name")) })
    }

    fn connect(&self, to: SocketAddr) -> Asked<TcpStream> {
        let way = self.way(to);
        Box::pin(async move { TcpStream::connect(way?).await })
    }

    fn connect_udp(&self, to: SocketAddr) -> Asked<UdpSocket> {
        let way = self.way(to);
        Box::pin(async move {
            let socket = UdpSocket::bind("127.0.0.1:0").await?;
            socket.connect(way?).await?;
            Ok(socket)
        })
    }
}

/// Returns what a prober of a town works with.
pub fn settings(town: &Town) -> Settings {
    let control =
        |(name, _): (&str, &str)| TcpCheck { host: name.parse().unwrap(), port: 443.try_into().unwrap() };
    Settings {
        clock: Clock::System,
        network: Arc::new(town.clone()),
        resolver: RESOLVER.parse().unwrap(),
        controls: CONTROLS.map(control).to_vec(),
        allowed: BTreeSet::new(),
        roots: Vec::new(),
        run_time: Duration::from_secs(20),
    }
}

/// Reads a target whose tries end long before their timeout.
pub fn target(check: Value) -> Target {
    target_within(4, check)
}

/// Reads a target with a timeout.
pub fn target_within(timeout_s: u32, check: Value) -> Target {
    let target = json!({
        "target_id": "t", "service_id": "api", "region": "eu-1", "check": check,
        "interval_s": 10, "timeout_s": timeout_s,
    });
    events::read(&target).unwrap()
}

/// Checks one target from a town.
pub async fn look(town: &Town, check: Value) -> Vec<Finding> {
    Prober::new(settings(town)).unwrap().run(&[target(check)]).await
}

/// Checks one target that does not answer, for a second each time.
pub async fn look_for_a_second(town: &Town, check: Value) -> Vec<Finding> {
    Prober::new(settings(town)).unwrap().run(&[target_within(1, check)]).await
}

/// Expects the statuses of a target's tries, and words in the reason of the first.
#[track_caller]
pub fn expect(findings: &[Finding], statuses: &[Status], reason: &str) {
    let said: Vec<Status> = findings.iter().map(|finding| finding.status).collect();
    assert_eq!(said, statuses, "{findings:#?}");
    let told = findings[0].reason.clone().unwrap_or_default();
    assert!(told.contains(reason) && told.is_empty() == reason.is_empty(), "{told:?} lacks {reason:?}");
}

/// Serves each connection by a function.
pub async fn serve<F, Served>(handle: F) -> SocketAddr
where
    F: Fn(TcpStream) -> Served + Send + 'static,
    Served: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(handle(stream));
        }
    });
    address
}

/// A part of an answer.
#[derive(Debug, Clone)]
pub enum Part {
    /// Bytes.
    Say(String),
    /// Milliseconds without any.
    Wait(u64),
    /// Bytes without end.
    Babble,
}

/// Answers a request on a connection, and returns the head of the request.
pub async fn answer<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut S, parts: &[Part]) -> String {
    let (mut asked, mut part) = (Vec::new(), [0; 1024]);
    while !asked.ends_with(b"\r\n\r\n") {
        match stream.read(&mut part).await {
            Ok(length) if length > 0 => asked.extend_from_slice(&part[..length]),
            _ => break,
        }
    }
    for part in parts {
        match part {
            // A client that has read enough hangs up.
            Part::Say(text) => drop(stream.write_all(text.as_bytes()).await),
            Part::Wait(ms) => tokio::time::sleep(Duration::from_millis(*ms)).await,
            Part::Babble => while stream.write_all(&[b'x'; 8192]).await.is_ok() {},
        }
        let _ = stream.flush().await;
    }
    let _ = stream.shutdown().await;
    String::from_utf8_lossy(&asked).into_owned()
}

/// Serves HTTP: the nth connection gets the nth answer, and the last one all that follow. Returns where, and
/// the heads of the requests as they come.
pub async fn serve_http(answers: Vec<Vec<Part>>) -> (SocketAddr, Arc<Mutex<Vec<String>>>) {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let (heard, count) = (asked.clone(), Arc::new(AtomicUsize::new(0)));
    let address = serve(move |mut stream| {
        let nth = count.fetch_add(1, Ordering::SeqCst).min(answers.len() - 1);
        let (parts, heard) = (answers[nth].clone(), heard.clone());
        async move {
            let head = answer(&mut stream, &parts).await;
            heard.lock().unwrap().push(head);
        }
    });
    (address.await, asked)
}

/// Returns an answer with a status, headers and a body.
pub fn page(status: u16, headers: &str, body: &str) -> Vec<Part> {
    let length = body.len();
    vec![Part::Say(format!("HTTP/1.1 {status} Said\r\n{headers}Content-Length: {length}\r\n\r\n{body}"))]
}
