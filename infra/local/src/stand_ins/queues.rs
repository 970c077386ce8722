//! A loopback stand-in for SQS: it keeps the messages that functions send, in memory or in a file, until the
//! function that reads their queue has taken them. A queue here has the name of that function.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::Bytes;
use axum::http::{Request, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use shell::{MESSAGE_BYTES_MAX, Queue};

use crate::error::LocalError;
use crate::stand_ins::account::ACCOUNT;
use crate::stand_ins::log::Log;
use crate::stand_ins::wire::{Engine, Passage, ReplyFuture, Service, Tally, Wire, reply};

/// The most times that a message is handed over before it is left aside: as in the template.
const TRIES_MAX: u32 = 5;

/// The content type of SQS.
const JSON: &str = "application/x-amz-json-1.0";

/// The queues of one system. Clones share them.
#[derive(Clone, Default)]
pub struct Queues(Arc<Mutex<Waiting>>);

/// A message that waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Its number.
    id: u64,
    /// The function that reads its queue.
    pub function: String,
    /// The text.
    pub body: String,
    #[serde(skip)]
    tries: u32,
}

/// One line of the file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Change {
    /// A message was sent.
    Sent(Message),
    /// It was taken.
    Taken(u64),
}

/// The messages in the order of sending, with the file that keeps them.
#[derive(Default)]
struct Waiting {
    messages: Vec<Message>,
    sent: u64,
    log: Option<Log>,
}

impl Message {
    /// Writes the event by which SQS hands the message over.
    pub fn event(&self) -> Vec<u8> {
        let record = json!({ "messageId": self.id.to_string(), "body": self.body, "eventSource": "aws:sqs" });
        json!({ "Records": [record] }).to_string().into_bytes()
    }
}

impl Queues {
    /// Keeps messages in memory.
    pub fn memory() -> Self {
        Self::default()
    }

    /// Keeps messages in a file, one JSON line a change, starting with those of earlier runs.
    pub fn open(path: &Path) -> Result<Self, LocalError> {
        let mut log = Log::open(path)?;
        let mut waiting = Waiting::default();
        for change in log.read()? {
            match change {
                Change::Sent(message) => waiting.hold(message),
                Change::Taken(id) => waiting.messages.retain(|message| message.id != id),
            }
        }
        let left: Vec<Change> = waiting.messages.iter().cloned().map(Change::Sent).collect();
        log.replace(&left)?;
        waiting.log = Some(log);
        Ok(Self(Arc::new(Mutex::new(waiting))))
    }

    /// Returns an independent copy, in memory.
    pub fn fork(&self) -> Self {
        let waiting = self.look();
        let (messages, sent) = (waiting.messages.clone(), waiting.sent);
        Self(Arc::new(Mutex::new(Waiting { messages, sent, log: None })))
    }

    /// Returns the messages to hand over, in the order of sending.
    pub fn waiting(&self) -> Vec<Message> {
        self.look().messages.iter().filter(|message| message.tries < TRIES_MAX).cloned().collect()
    }

    /// Notes that a message was taken, or that it was handed over in vain. Returns true if it is left aside
    /// now: it is kept, and tried again after the next start.
    pub fn handed_over(&self, message: &Message, is_taken: bool) -> Result<bool, LocalError> {
        let mut waiting = self.look();
        if is_taken {
            waiting.take(message.id)?;
            return Ok(false);
        }
        let tried = waiting.messages.iter_mut().find(|one| one.id == message.id);
        Ok(tried.is_some_and(|one| {
            one.tries += 1;
            one.tries == TRIES_MAX
        }))
    }

    /// Builds the queue that a function reads, over the real SQS client, without a socket.
    pub fn queue(&self, function: &str, passage: Arc<dyn Passage>, tally: Tally) -> Queue {
        let client = Wire::new(Arc::new(self.clone()), passage, tally).clients().sqs();
        Queue::new(client, format!("http://127.0.0.1/{ACCOUNT}/{function}"))
    }

    fn send(&self, body: &[u8]) -> Result<u64, Refusal> {
        let request: Value = serde_json::from_slice(body).unwrap_or_default();
        let text = |field: &str| request.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
        let (url, body) = (text("QueueUrl"), text("MessageBody"));
        let function = url.rsplit('/').next().unwrap_or_default().to_owned();
        if body.is_empty() || body.len() > MESSAGE_BYTES_MAX {
            let why = format!("MessageBody: {} bytes: send 1 to {MESSAGE_BYTES_MAX}", body.len());
            return Err(Refusal("InvalidParameterValue", why));
        }
        let mut waiting = self.look();
        let message = Message { id: waiting.sent, function, body, tries: 0 };
        let id = message.id;
        waiting.put(message).map_err(|error| Refusal("InternalError", error.explain()))?;
        Ok(id)
    }

    fn look(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A refusal, as SQS answers it.
struct Refusal(&'static str, String);

impl Waiting {
    fn put(&mut self, message: Message) -> Result<(), LocalError> {
        self.log.as_mut().map_or(Ok(()), |log| log.append(&[Change::Sent(message.clone())]))?;
        self.hold(message);
        Ok(())
    }

    fn hold(&mut self, message: Message) {
        self.sent = message.id + 1;
        self.messages.push(message);
    }

    /// Lets go of a message. The file of a queue in which nothing waits holds nothing: bodies may be
    /// personal.
    fn take(&mut self, id: u64) -> Result<(), LocalError> {
        let is_last = self.messages.iter().all(|message| message.id == id);
        if let Some(log) = &mut self.log {
            if is_last { log.replace(&[] as &[Change])? } else { log.append(&[Change::Taken(id)])? }
        }
        self.messages.retain(|message| message.id != id);
        Ok(())
    }
}

impl Engine for Queues {
    fn service(&self) -> Service {
        Service::Sqs
    }

    fn operation(&self, request: &Request<Bytes>) -> String {
        target(request)
    }

    fn answer(&self, request: Request<Bytes>) -> ReplyFuture {
        let answer = match target(&request).as_str() {
            "SendMessage" => self.send(request.body()),
            other => Err(Refusal("UnsupportedOperation", format!("this machine has no {other}"))),
        };
        Box::pin(async move {
            Ok(match answer {
                Ok(id) => reply(StatusCode::OK, JSON, json!({ "MessageId": id.to_string() }).to_string()),
                Err(Refusal(kind, why)) => {
                    let error = json!({ "__type": format!("com.amazonaws.sqs#{kind}"), "message": why });
                    reply(StatusCode::BAD_REQUEST, JSON, error.to_string())
                }
            })
        })
    }
}

/// Returns the operation that a request in JSON asks for.
pub(crate) fn target(request: &Request<Bytes>) -> String {
    let target = request.headers().get("x-amz-target").and_then(|target| target.to_str().ok());
    target.and_then(|target| target.rsplit('.').next()).unwrap_or("Unknown").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stand_ins::wire::OpenPassage;

    fn bodies(queues: &Queues) -> Vec<String> {
        queues.waiting().into_iter().map(|message| message.body).collect()
    }

    #[tokio::test]
    async fn what_the_sdk_sends_waits_until_it_is_taken() {
        let queues = Queues::memory();
        let tally = Tally::default();
        let queue = queues.queue("record-checks", Arc::new(OpenPassage), tally.clone());
        for body in ["a", "b\"\u{fffd}"] {
            queue.send(body.to_owned()).await.unwrap();
        }
        let [first, second] = queues.waiting().try_into().unwrap();
        assert_eq!((first.function.as_str(), first.body.as_str()), ("record-checks", "a"));
        assert_eq!(
            serde_json::from_slice::<Value>(&second.event()).unwrap()["Records"][0]["body"],
            "b\"\u{fffd}"
        );
        let fork = queues.fork();
        assert!(!queues.handed_over(&first, true).unwrap());
        assert_eq!((bodies(&queues).len(), bodies(&fork).len()), (1, 2));
        let left_aside: Vec<bool> =
            (0..TRIES_MAX).map(|_| queues.handed_over(&second, false).unwrap()).collect();
        assert_eq!((left_aside, bodies(&queues).len()), (vec![false, false, false, false, true], 0));
        assert!(queue.send("x".repeat(MESSAGE_BYTES_MAX + 1)).await.is_err());
        assert_eq!(tally.counts()[&(Service::Sqs, "SendMessage".to_owned())], 3);
    }

    #[tokio::test]
    async fn a_file_keeps_what_waits_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("queues.ndjson");
        let open = || Queues::open(&path).unwrap();
        let send = async |queues: &Queues, body: &str| {
            let queue = queues.queue("record-tickets", Arc::new(OpenPassage), Tally::default());
            queue.send(body.to_owned()).await.unwrap();
        };
        let queues = open();
        send(&queues, "a").await;
        send(&queues, "b").await;
        queues.handed_over(&queues.waiting()[0], true).unwrap();
        let queues = open();
        assert_eq!(bodies(&queues), ["b"]);
        send(&queues, "c").await;
        assert_eq!(bodies(&open()), ["b", "c"]);
        for message in queues.waiting() {
            queues.handed_over(&message, true).unwrap();
        }
        assert_eq!(std::fs::read(&path).unwrap(), b"");
    }
}
