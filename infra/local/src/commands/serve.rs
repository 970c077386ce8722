//! The running system: nine loopback ports, and the agenda by the system's clock. Ctrl-C ends it cleanly; a
//! kill loses nothing that was acknowledged, since everything acknowledged is in a file.

use std::cell::RefCell;
use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use outcome::Failure;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::{LocalSet, spawn_local};
use tokio::time::MissedTickBehavior;

use crate::agenda::{Agenda, Errand};
use crate::commands::living::{CHECK_EVERY_S, CUSTOMER_NAME, LIVING_SHOP, Watched};
use crate::commands::replay::{PUBLISHING, changes_directory, describe};
use crate::error::LocalError;
use crate::stand_ins::bucket;
use crate::stand_ins::demo::{self, Demo};
use crate::stand_ins::embedded;
use crate::stand_ins::guard;
use crate::stand_ins::invoke_api::{self, Invoke};
use crate::stand_ins::issuer::{Issuer, Origins};
use crate::stand_ins::wire;
use crate::system::{INTERNET, LOCAL, System, VantageSettings};

/// The interval between looks at the agenda, the stream and the queues.
const TICK: Duration = Duration::from_secs(1);

/// The most invocations waiting to be taken up.
const REQUESTS_WAITING_MAX: usize = 64;

/// The time that pending work may take after Ctrl-C.
const FAREWELL: Duration = Duration::from_secs(10);

/// Functions swept right after a start, for everything that came due while the system was down.
const CATCH_UP: [&str; 5] =
    ["keep-deadlines", "record-checks", "close-month", "export-month", "send-notices"];

/// A port to listen on, and the flag that chooses it.
#[derive(Clone, Copy, Debug)]
pub struct Port {
    /// The number; 0 for any that is free.
    pub number: u16,
    /// The flag of the command line.
    pub flag: &'static str,
}

/// The listeners of a running system.
pub struct Listeners {
    invoke: TcpListener,
    dynamodb: TcpListener,
    topics: TcpListener,
    s3: TcpListener,
    portal: TcpListener,
    desk: TcpListener,
    issuer: TcpListener,
    hooks: TcpListener,
    demo: TcpListener,
}

impl Listeners {
    /// Binds the ports on loopback: Lambda Invoke API, DynamoDB, SNS with Scheduler, S3, portal, issuer,
    /// desk, webhooks and demo.
    pub async fn bind(ports: [Port; 9]) -> Result<Self, LocalError> {
        let [invoke, dynamodb, topics, s3, portal, issuer, desk, hooks, demo] = ports;
        Ok(Listeners {
            invoke: listen(invoke).await?,
            dynamodb: listen(dynamodb).await?,
            topics: listen(topics).await?,
            s3: listen(s3).await?,
            portal: listen(portal).await?,
            desk: listen(desk).await?,
            issuer: listen(issuer).await?,
            hooks: listen(hooks).await?,
            demo: listen(demo).await?,
        })
    }

    /// Returns the ports of the pages that are watched.
    pub fn watched(&self) -> Result<Watched, LocalError> {
        Ok(Watched { demo: port(&self.demo)?, portal: port(&self.portal)?, desk: port(&self.desk)? })
    }

    /// Returns the vantage of this machine's own pages.
    pub fn vantage(&self) -> Result<VantageSettings, LocalError> {
        Ok(self.watched()?.vantage([port(&self.invoke)?, port(&self.issuer)?]))
    }

    /// Tells a person in five lines where to go, who to be, and what to try first.
    pub fn lead(&self, is_living: bool) -> Result<String, LocalError> {
        let Watched { demo, portal, desk } = self.watched()?;
        let (customer, demo_is, try_first) = match is_living {
            true => (
                format!("be {CUSTOMER_NAME}, watched every {CHECK_EVERY_S} s, or a customer of June"),
                format!("what their {LIVING_SHOP} is, with a switch"),
                "break the demo; see the outage in the portal within 20 s; claim there once the month is breached",
            ),
            false => (
                "be a customer, once one is registered".to_owned(),
                format!("a target to break and mend: http://127.0.0.1:{demo}{}", demo::HEALTH),
                "at the desk, register your first customer, its service, and a source or target that watches it",
            ),
        };
        Ok(format!(
            "Portal  http://127.0.0.1:{portal}   {customer}\n\
             Desk    http://127.0.0.1:{desk}   be Ada or Grace, who are staff, or Luca, who is of finance\n\
             Demo    http://127.0.0.1:{demo}   {demo_is}\n\
             Try     {try_first}\n\
             End     Ctrl-C; the state is kept. No page wants a password; --listeners lists the other ports"
        ))
    }

    /// Lists the ports, for a person.
    pub fn tell(&self) -> Result<String, LocalError> {
        let (invoke, dynamodb) = (port(&self.invoke)?, port(&self.dynamodb)?);
        let (portal, desk, issuer) = (port(&self.portal)?, port(&self.desk)?, port(&self.issuer)?);
        let (topics, s3, hooks) = (port(&self.topics)?, port(&self.s3)?, port(&self.hooks)?);
        let demo = port(&self.demo)?;
        Ok(format!(
            "Listening on loopback only:\n  \
             Customer portal     http://127.0.0.1:{portal}\n  \
             Desk of staff       http://127.0.0.1:{desk}\n  \
             Their issuer        http://127.0.0.1:{issuer}   a stand-in: it asks for no password, choose an identity\n  \
             Webhooks            http://127.0.0.1:{hooks}   each to /hooks/ and the id of its source\n  \
             Demo                http://127.0.0.1:{demo}   a target to break and mend\n  \
             Lambda Invoke API   http://127.0.0.1:{invoke}\n  \
             DynamoDB            http://127.0.0.1:{dynamodb}   table nines\n  \
             S3                  http://127.0.0.1:{s3}   bucket {}, path style\n  \
             SNS and Scheduler   http://127.0.0.1:{topics}   a stand-in: it keeps what is published, and what \
             each subscriber would have got, and delivers it to nobody; schedules do fire\n\
             Credentials for all: AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=localsecret \
             AWS_REGION=eu-central-1\n\n\
             Try:\n  \
             aws lambda invoke --endpoint-url http://127.0.0.1:{invoke} --function-name run-desk \\\n    \
             --cli-binary-format raw-in-base64-out --payload '{{\"command\":\"list_services\"}}' /dev/stdout\n  \
             curl --json '{{\"command\":\"list_services\"}}' \\\n    \
             http://127.0.0.1:{invoke}/2015-03-31/functions/run-desk/invocations",
            bucket::BUCKET
        ))
    }
}

fn port(listener: &TcpListener) -> Result<u16, LocalError> {
    let address = listener.local_addr();
    address.map(|a| a.port()).map_err(|e| LocalError::io("ask for the port of", "a listener".as_ref(), e))
}

fn origin(listener: &TcpListener) -> Result<String, LocalError> {
    Ok(format!("http://127.0.0.1:{}", port(listener)?))
}

async fn listen(port: Port) -> Result<TcpListener, LocalError> {
    let Port { number, flag } = port;
    let bound = TcpListener::bind(("127.0.0.1", number)).await;
    bound.map_err(|source| LocalError::Port { port: number, flag, source })
}

/// An invocation on its way to the thread that runs the functions.
struct Request {
    function: String,
    payload: Vec<u8>,
    answer: oneshot::Sender<Result<Value, Failure>>,
}

/// The entrance for invocations: passes them to the thread that runs the functions.
struct Counter(mpsc::Sender<Request>);

impl Invoke for Counter {
    async fn invoke(&self, function: &str, payload: &[u8]) -> Result<Value, Failure> {
        let (answer, answered) = oneshot::channel();
        let request = Request { function: function.to_owned(), payload: payload.to_owned(), answer };
        self.0.send(request).await.map_err(Failure::unexpected)?;
        answered.await.map_err(Failure::unexpected)?
    }
}

/// A system that runs by the machine's clock.
struct RunningSystem {
    system: System,
    agenda: RefCell<Agenda>,
}

impl RunningSystem {
    async fn answer(&self, request: Request) {
        let Request { function, payload, answer } = request;
        let outcome = self.system.invoke(&function, &payload).await;
        if function == "run-desk" && outcome.is_ok() && changes_directory(&String::from_utf8_lossy(&payload))
        {
            self.learn_services().await;
        }
        if function == PUBLISHING && outcome.is_ok() {
            self.learn_terms().await;
        }
        // The client may have gone away; the answer is then dropped.
        let _ = answer.send(outcome);
    }

    async fn learn_services(&self) {
        match self.system.services().await {
            Ok(services) => self.agenda.borrow_mut().set_services(services),
            Err(error) => complain(&error.explain()),
        }
    }

    async fn learn_terms(&self) {
        match self.system.terms().await {
            Ok(terms) => self.agenda.borrow_mut().set_terms(terms),
            Err(error) => complain(&error.explain()),
        }
    }

    async fn catch_up(&self) {
        for function in CATCH_UP {
            if let Err(failure) = self.system.invoke(function, br#"{"sweep":true}"#).await {
                complain(&format!("{function} failed: {}", failure.message()));
            }
        }
    }

    /// Runs what is due, forever.
    async fn keep_agenda(&self) {
        loop {
            tokio::time::sleep(TICK).await;
            if let Err(error) = self.system.pump().await {
                complain(&error.explain());
            }
            while let Some(errand) = self.take_due() {
                if let Err(failure) = self.system.invoke(&errand.function, errand.payload.as_bytes()).await
                    && !errand.may_fail_so(&failure)
                {
                    complain(&describe(&errand, &failure));
                }
            }
        }
    }

    /// Hands over what waits in queues, forever: it does not wait for what is due.
    async fn keep_handing_over(&self) {
        loop {
            if let Err(error) = self.system.hand_over_queued().await {
                complain(&error.explain());
            }
            tokio::time::sleep(TICK).await;
        }
    }

    /// Checks the targets that are reached from here, forever. What a run has no time for waits for the next.
    async fn keep_checking(&self) {
        let mut turns = tokio::time::interval(Duration::from_secs(CHECK_EVERY_S.into()));
        turns.set_missed_tick_behavior(MissedTickBehavior::Skip);
        loop {
            turns.tick().await;
            tokio::join!(self.check(LOCAL), self.check(INTERNET));
        }
    }

    async fn check(&self, region: &str) {
        let event = json!({ "region": region }).to_string();
        if let Err(failure) = self.system.invoke("run-checks", event.as_bytes()).await {
            complain(&format!("run-checks in {region} failed: {}", failure.message()));
        }
    }

    fn take_due(&self) -> Option<Errand> {
        let taken = self.system.take_due(&mut self.agenda.borrow_mut(), self.system.clock().now());
        taken.unwrap_or_else(|error| {
            complain(&error.explain());
            None
        })
    }
}

/// Serves until Ctrl-C or a request to terminate. The functions run on this thread.
pub async fn run(system: System, listeners: Listeners) -> Result<(), LocalError> {
    LocalSet::new().run_until(run_here(system, listeners)).await
}

async fn run_here(system: System, listeners: Listeners) -> Result<(), LocalError> {
    let engines = system.engines().clone();
    let agenda = RefCell::new(Agenda::starting(system.clock().now()));
    let origins = Origins {
        issuer: origin(&listeners.issuer)?,
        portal: origin(&listeners.portal)?,
        desk: origin(&listeners.desk)?,
        hooks: origin(&listeners.hooks)?,
    };
    let system = system.linking_to(&origins.portal);
    let demo = Demo::new(&origins.portal, CHECK_EVERY_S);
    let issuer = Issuer::new(origins, system.directory().clone(), system.clock().clone())?;
    let (portal, desk, hooks) = (system.portal(&issuer), system.desk(&issuer), system.hooks());
    let running = Rc::new(RunningSystem { system, agenda });
    running.learn_terms().await;
    running.learn_services().await;
    let (requests, handed_in) = mpsc::channel(REQUESTS_WAITING_MAX);
    let (goodbye, leaving) = watch::channel(false);
    let left = |mut leaving: watch::Receiver<bool>| async move {
        // An error means that the sender is gone, which ends the service as well.
        let _ = leaving.wait_for(|left| *left).await;
    };
    let serve = |listener: TcpListener, router: Router| {
        let router = guard::guarded(router, port(&listener)?);
        let serving = axum::serve(listener, router).with_graceful_shutdown(left(leaving.clone()));
        Ok::<_, LocalError>(tokio::spawn(serving.into_future()))
    };
    let stand_in = engines.topics().router().merge(engines.schedules().router());
    let serving = [
        serve(listeners.invoke, invoke_api::router(Arc::new(Counter(requests))))?,
        serve(listeners.dynamodb, embedded::router(engines.database().clone()))?,
        serve(listeners.topics, stand_in)?,
        serve(listeners.s3, wire::router(Arc::new(engines.s3().clone())))?,
        serve(listeners.portal, portal)?,
        serve(listeners.desk, desk)?,
        serve(listeners.issuer, issuer.router())?,
        serve(listeners.hooks, hooks)?,
        serve(listeners.demo, demo.router())?,
    ];
    let answering = spawn_local(answer_all(running.clone(), handed_in));
    let (checking, handing_over) = (running.clone(), running.clone());
    let checking = spawn_local(async move { checking.keep_checking().await });
    let handing_over = spawn_local(async move { handing_over.keep_handing_over().await });
    let agenda = spawn_local(async move {
        running.catch_up().await;
        running.keep_agenda().await;
    });
    interrupted().await.map_err(|e| LocalError::io("listen for Ctrl-C in", ".".as_ref(), e))?;
    let _ = goodbye.send(true);
    for task in [agenda, checking, handing_over] {
        task.abort();
    }
    let served = async {
        for port in serving {
            let _ = port.await;
        }
        answering.await
    };
    if tokio::time::timeout(FAREWELL, served).await.is_err() {
        complain("a connection was still open and is cut");
    }
    Ok(())
}

/// Answers invocations until all entrances are closed.
async fn answer_all(running: Rc<RunningSystem>, mut handed_in: mpsc::Receiver<Request>) {
    while let Some(request) = handed_in.recv().await {
        let running = running.clone();
        spawn_local(async move { running.answer(request).await });
    }
}

async fn interrupted() -> io::Result<()> {
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::select! {
        interrupt = tokio::signal::ctrl_c() => interrupt,
        _ = terminate.recv() => Ok(()),
    }
}

fn complain(message: &str) {
    eprintln!("nines: {message}");
}
