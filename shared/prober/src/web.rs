//! An HTTP check: one request on a connection of its own, redirects followed within limits. Each hop is
//! resolved, judged and connected to anew, and carries nothing over from the hop before: no cookie, no
//! header.

use std::time::Instant as Monotonic;

use events::target::{HttpCheck, HttpUrl, Method};
use http_body_util::{BodyExt, Empty};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1;
use hyper::header::{ACCEPT, CONNECTION, HOST, LOCATION, USER_AGENT};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::JoinSet;

use crate::tls::Speech;
use crate::trouble::Trouble;
use crate::vantage::{Record, Vantage};

/// The name that every request gives.
const AGENT: &str = concat!("Nines/", env!("CARGO_PKG_VERSION"));
/// The most redirects followed.
pub const REDIRECTS_MAX: usize = 5;
/// The most of a body that is read, in bytes.
pub const BODY_BYTES_MAX: usize = 64 * 1024;
/// The longest head of an answer, in bytes.
const HEAD_BYTES_MAX: usize = 64 * 1024;
/// The statuses of a redirect that repeats the method; HEAD and GET repeat it with all of them.
const REDIRECTS: [u16; 5] = [301, 302, 303, 307, 308];

/// An answer as far as it is read.
struct Answer {
    status: u16,
    location: Option<String>,
    body: Vec<u8>,
}

impl Vantage {
    /// Asks for a document until an answer is no redirect, and judges that answer.
    ///
    /// # Errors
    /// Returns the [`Trouble`] that keeps the answer from being the expected one.
    pub async fn try_http(&self, check: &HttpCheck, record: &mut Record) -> Result<(), Trouble> {
        let mut url = check.url.clone();
        for _ in 0..=REDIRECTS_MAX {
            let answer = self.ask(check, &url, record).await?;
            if check.accepts(answer.status) {
                let missing = check.body_pattern.as_ref().is_some_and(|pattern| !pattern.is_in(&answer.body));
                return if missing { Err(Trouble::NoPattern(answer.body.len())) } else { Ok(()) };
            }
            let location = answer.location.filter(|_| REDIRECTS.contains(&answer.status));
            let location = location.ok_or(Trouble::Status(answer.status))?;
            let next = url.join(&location).map_err(Trouble::Location)?;
            if url.is_secure() && !next.is_secure() {
                return Err(Trouble::LessSecure(next.host().to_string()));
            }
            url = next;
        }
        Err(Trouble::Redirects(REDIRECTS_MAX))
    }

    async fn ask(&self, check: &HttpCheck, url: &HttpUrl, record: &mut Record) -> Result<Answer, Trouble> {
        let stream = self.connect(url.host(), url.port(), record).await?;
        if !url.is_secure() {
            return exchange(check, url, stream, record).await;
        }
        let started = Monotonic::now();
        let stream = self.tls.handshake(Speech::Web, url.host(), stream).await?;
        record.phases.tls.get_or_insert(started.elapsed());
        if let Some(days) = check.certificate_days {
            record.ends_soon |= self.tls.ends_within(days, url.host(), &stream);
        }
        exchange(check, url, stream, record).await
    }
}

async fn exchange<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
    check: &HttpCheck,
    url: &HttpUrl,
    stream: S,
    record: &mut Record,
) -> Result<Answer, Trouble> {
    let request = Request::builder()
        .method(check.method.as_str())
        .uri(url.path())
        .header(HOST, url.authority())
        .header(USER_AGENT, AGENT)
        .header(ACCEPT, "*/*")
        .header(CONNECTION, "close")
        .body(Empty::<Bytes>::new())
        .map_err(Trouble::Request)?;
    let handshake = http1::Builder::new().max_buf_size(HEAD_BYTES_MAX).handshake(TokioIo::new(stream)).await;
    let (mut sender, connection) = handshake.map_err(Trouble::Broken)?;
    // The connection ends with this function, however it ends.
    let mut driving = JoinSet::new();
    driving.spawn(connection);
    let started = Monotonic::now();
    let answer = sender.send_request(request).await.map_err(Trouble::Broken)?;
    record.phases.first_byte.get_or_insert(started.elapsed());
    let status = answer.status().as_u16();
    let location =
        answer.headers().get(LOCATION).and_then(|location| location.to_str().ok()).map(str::to_owned);
    let is_read = check.accepts(status) && check.method == Method::Get;
    let body = if is_read { body_of(answer).await? } else { Vec::new() };
    Ok(Answer { status, location, body })
}

/// Reads the body up to [`BODY_BYTES_MAX`]. A shorter one must be whole.
async fn body_of(mut answer: Response<Incoming>) -> Result<Vec<u8>, Trouble> {
    let mut body = Vec::new();
    while let Some(frame) = answer.frame().await {
        let Ok(part) = frame.map_err(Trouble::Broken)?.into_data() else { continue };
        let room = BODY_BYTES_MAX - body.len();
        body.extend_from_slice(&part[..part.len().min(room)]);
        if body.len() == BODY_BYTES_MAX {
            break;
        }
    }
    Ok(body)
}
