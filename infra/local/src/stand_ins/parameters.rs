//! A stand-in for SSM Parameter Store, in memory, for systems without a state folder: those keep senders'
//! secrets in a file instead.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::Bytes;
use axum::http::{Request, StatusCode};
use serde_json::{Value, json};
use shell::{ParametersPlace, Secrets};

use crate::stand_ins::queues::target;
use crate::stand_ins::wire::{Engine, Passage, ReplyFuture, Service, Tally, Wire, reply};

/// The content type of SSM.
const JSON: &str = "application/x-amz-json-1.1";

/// The parameters of one system. Clones share them.
#[derive(Clone, Default)]
pub struct Parameters(Arc<Mutex<BTreeMap<String, String>>>);

impl Parameters {
    /// Returns an independent copy.
    pub fn fork(&self) -> Self {
        Self(Arc::new(Mutex::new(self.look().clone())))
    }

    /// Builds the secrets over the real SSM client, without a socket.
    pub fn secrets(&self, passage: Arc<dyn Passage>, tally: Tally) -> Secrets {
        let client = Wire::new(Arc::new(self.clone()), passage, tally).clients().ssm();
        let place = ParametersPlace { path: "/nines".to_owned(), key_id: None };
        Secrets::parameters(client, place)
    }

    /// Answers an operation with its result, or with the kind of its refusal.
    fn asked(&self, operation: &str, body: &[u8]) -> Result<Value, &'static str> {
        let request: Value = serde_json::from_slice(body).unwrap_or_default();
        let text = |field: &str| request.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
        let (name, mut parameters) = (text("Name"), self.look());
        match operation {
            "GetParameter" => {
                let value = parameters.get(&name).ok_or("ParameterNotFound")?;
                Ok(json!({ "Parameter": { "Name": name, "Type": "SecureString", "Value": value } }))
            }
            "PutParameter" if text("Type") != "SecureString" => Err("UnsupportedParameterType"),
            "PutParameter" => {
                parameters.insert(name, text("Value"));
                Ok(json!({ "Version": 1, "Tier": "Standard" }))
            }
            "DeleteParameter" => parameters.remove(&name).map(|_| json!({})).ok_or("ParameterNotFound"),
            _ => Err("UnsupportedOperation"),
        }
    }

    fn look(&self) -> MutexGuard<'_, BTreeMap<String, String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Engine for Parameters {
    fn service(&self) -> Service {
        Service::Ssm
    }

    fn operation(&self, request: &Request<Bytes>) -> String {
        target(request)
    }

    fn answer(&self, request: Request<Bytes>) -> ReplyFuture {
        let (status, answer) = match self.asked(&target(&request), request.body()) {
            Ok(answer) => (StatusCode::OK, answer),
            Err(kind) => (StatusCode::BAD_REQUEST, json!({ "__type": kind, "message": kind })),
        };
        Box::pin(async move { Ok(reply(status, JSON, answer.to_string())) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stand_ins::wire::OpenPassage;

    #[tokio::test]
    async fn the_sdk_keeps_two_secrets_under_one_name() {
        let (parameters, tally) = (Parameters::default(), Tally::default());
        let secrets = parameters.secrets(Arc::new(OpenPassage), tally.clone());
        let valid = async || {
            let found = secrets.get("sources/am:1").await.unwrap();
            found.iter().flat_map(shell::Secret::valid).map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(valid().await, [""; 0]);
        secrets.end_previous("sources/am:1").await.unwrap();
        secrets.enter("sources/am:1", "the-first-secret-of-it").await.unwrap();
        secrets.enter("sources/am:1", "the-other-secret-of-it").await.unwrap();
        assert_eq!(valid().await, ["the-other-secret-of-it", "the-first-secret-of-it"]);
        assert_eq!(parameters.look().keys().collect::<Vec<_>>(), ["/nines/sources/am/.1"]);
        secrets.end_previous("sources/am:1").await.unwrap();
        assert_eq!(valid().await, ["the-other-secret-of-it"]);
        let fork = parameters.fork();
        for _ in 0..2 {
            secrets.remove("sources/am:1").await.unwrap();
        }
        assert_eq!((valid().await.len(), fork.look().len()), (0, 1));
        // Whoever enters the same secret again, or ends what is not there, writes nothing.
        assert_eq!(tally.counts()[&(Service::Ssm, "PutParameter".to_owned())], 3);
    }
}
