//! The living services that follow the sample: a customer whose services are this program's own pages,
//! watched from the first start on. A stopped program watches nothing: the time until the next is unknown.

use events::target::TcpCheck;
use outcome::Failure;
use serde_json::{Value, json};
use sla::Instant;

use crate::error::LocalError;
use crate::stand_ins::demo;
use crate::system::{LOCAL, System, VantageSettings};

/// The customer of the living services.
const CUSTOMER: &str = "aldermoor";

/// The customer's name.
pub const CUSTOMER_NAME: &str = "Aldermoor Bikes";

/// The name of the service that the demo is.
pub const LIVING_SHOP: &str = "Web shop";

/// Seconds between two checks.
pub const CHECK_EVERY_S: u32 = 10;

/// Seconds after which a service without a check is unknown: six checks.
const SILENCE_S: u32 = 60;

/// A service of the sample; its presence tells the sample's state from one that began empty.
const OF_THE_SAMPLE: &str = "access-registry-technical-endpoint";

/// The ports of the pages that are watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Watched {
    /// The demo.
    pub demo: u16,
    /// The portal.
    pub portal: u16,
    /// The desk.
    pub desk: u16,
}

impl Watched {
    /// Lists the living services: the id of each and of its target, its name, and the address checked.
    fn services(self) -> [(&'static str, &'static str, String); 3] {
        let Watched { demo, portal, desk } = self;
        [
            ("aldermoor-shop", LIVING_SHOP, format!("http://127.0.0.1:{demo}{}", demo::HEALTH)),
            ("aldermoor-portal", "Customer portal", format!("http://127.0.0.1:{portal}/sign-in")),
            ("aldermoor-desk", "Service desk", format!("http://127.0.0.1:{desk}/sign-in")),
        ]
    }

    /// Builds the vantage that may call these pages and the controls, and of this machine nothing else. The
    /// controls are ports that answer as long as the program runs, whether or not it is on a network.
    pub fn vantage(self, controls: [u16; 2]) -> VantageSettings {
        let own = [self.demo, self.portal, self.desk].into_iter().chain(controls);
        let of_names = |port: u16| ["127.0.0.1", "localhost"].map(|host| place(host, port));
        VantageSettings {
            region: LOCAL.to_owned(),
            run_every_s: CHECK_EVERY_S,
            controls: controls.map(|port| format!("localhost:{port}")).join(","),
            allowed: own.flat_map(of_names).flatten().collect(),
        }
    }
}

/// Returns a host with its port; none for port 0, which no listener has.
fn place(host: &str, port: u16) -> Option<TcpCheck> {
    Some(TcpCheck { host: host.parse().ok()?, port: port.try_into().ok()? })
}

/// Has the living services watched at their present addresses, and registers them if the state is the
/// sample's and has none. Returns true if there are any.
pub async fn begin(system: &System, watched: Watched) -> Result<bool, LocalError> {
    let services = system.services().await?;
    let is_known = |id: &str| services.iter().any(|service| service.service_id.as_str() == id);
    let own = watched.services();
    let is_new = !own.iter().any(|(id, ..)| is_known(id));
    if is_new && !is_known(OF_THE_SAMPLE) {
        return Ok(false);
    }
    if is_new {
        register(system, &own).await?;
    }
    for (id, _, url) in &own {
        watch(system, id, url, is_new).await?;
    }
    Ok(true)
}

async fn register(system: &System, own: &[(&str, &str, String)]) -> Result<(), LocalError> {
    let customer = json!({ "command": "register_customer", "customer_id": CUSTOMER, "name": CUSTOMER_NAME });
    run(system, customer).await.map_err(refused)?;
    let activated_at: Instant = system.clock().now();
    for (id, name, _) in own {
        let service = json!({
            "command": "register_service", "service_id": id, "customer_id": CUSTOMER, "name": name,
            "plan": "enterprise", "monthly_fee": { "minor": 499_900, "currency": "EUR" }, "region": "eu",
            "activated_at": activated_at, "check_interval_s": CHECK_EVERY_S, "max_silence_s": SILENCE_S,
        });
        run(system, service).await.map_err(refused)?;
    }
    Ok(())
}

/// Registers the service's target, or leads it to its present address: a start may choose other ports. A
/// target that somebody has removed stays removed.
async fn watch(system: &System, id: &str, url: &str, is_new: bool) -> Result<(), LocalError> {
    let check = json!({ "http": { "url": url } });
    let command = match is_new {
        true => json!({
            "command": "register_target", "target_id": id, "service_id": id, "region": LOCAL, "check": check,
            "interval_s": CHECK_EVERY_S,
        }),
        false => json!({ "command": "change_target", "target_id": id, "check": check }),
    };
    match run(system, command).await {
        Err(Failure::NotFound(_)) if !is_new => Ok(()),
        answer => answer.map(drop).map_err(refused),
    }
}

async fn run(system: &System, command: Value) -> Result<Value, Failure> {
    system.invoke("run-desk", command.to_string().as_bytes()).await
}

fn refused(failure: Failure) -> LocalError {
    LocalError::database("register the living services", failure.message().to_owned())
}
