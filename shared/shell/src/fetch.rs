//! Plain HTTP beside the SDK, for the issuer's keys and tokens at a sign-in; and random text.

use std::time::Duration;

use hyper::header::{ACCEPT, CONTENT_TYPE};
use hyper::{Method, Request, Uri};
use outcome::{Fetch, FetchError, FetchFuture, FetchedAnswer};

use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;

use crate::http::Hyper;

/// Timeout of a request with its answer, in seconds.
const REQUEST_S: u64 = 5;
/// The longest answer that is read, in bytes; a key set has some kilobytes.
const ANSWER_BYTES_MAX: u64 = 256 * 1024;
/// The HTTP client shared with the SDK.
#[derive(Debug, Clone)]
pub struct HttpFetch(pub(crate) Hyper);

impl HttpFetch {
    fn send(&self, method: Method, url: &str, form: Option<String>) -> FetchFuture {
        let (client, url) = (self.0.clone(), url.to_owned());
        Box::pin(async move {
            let asked = async {
                let uri: Uri = url.parse().map_err(|error| FetchError::new(&url, error))?;
                let mut request =
                    Request::builder().method(method).uri(uri).header(ACCEPT, "application/json");
                if form.is_some() {
                    request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
                }
                let body = form.map_or_else(SdkBody::empty, SdkBody::from);
                let request = request.body(body).map_err(|error| FetchError::new(&url, error))?;
                let answer = client.request(request).await.map_err(|error| FetchError::new(&url, error))?;
                let status = answer.status().as_u16();
                let declared = answer.headers().get(hyper::header::CONTENT_LENGTH);
                let length = declared.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
                if length.is_some_and(|length| length > ANSWER_BYTES_MAX) {
                    return Err(FetchError::new(&url, "the answer is longer than 256 KB"));
                }
                let body = read(answer.into_body()).await.map_err(|error| FetchError::new(&url, error))?;
                Ok(FetchedAnswer { status, body })
            };
            let limit = Duration::from_secs(REQUEST_S);
            tokio::time::timeout(limit, asked).await.map_err(|error| FetchError::new(&url, error))?
        })
    }
}

/// Reads a body up to [`ANSWER_BYTES_MAX`].
async fn read(body: hyper::body::Incoming) -> Result<Vec<u8>, Box<dyn std::error::Error + Send + Sync>> {
    let mut stream = ByteStream::new(SdkBody::from_body_1_x(body));
    let mut bytes = Vec::new();
    while let Some(part) = stream.next().await {
        bytes.extend_from_slice(&part?);
        if bytes.len() as u64 > ANSWER_BYTES_MAX {
            return Err("the answer is longer than 256 KB".into());
        }
    }
    Ok(bytes)
}

impl Fetch for HttpFetch {
    fn get(&self, url: &str) -> FetchFuture {
        self.send(Method::GET, url, None)
    }

    fn post_form(&self, url: &str, form: String) -> FetchFuture {
        self.send(Method::POST, url, Some(form))
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpListener;

    use super::*;
    use crate::http::http_client;

    async fn fetched(
        answer: &'static [u8],
        form: Option<&str>,
    ) -> (Result<FetchedAnswer, FetchError>, String) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/keys?a=1", listener.local_addr().unwrap());
        let serving = std::thread::spawn(move || {
            let (mut connection, _) = listener.accept().unwrap();
            let mut part = [0; 4096];
            let length = connection.read(&mut part).unwrap();
            // A client that has read enough hangs up.
            let _ = connection.write_all(answer);
            String::from_utf8_lossy(&part[..length]).into_owned()
        });
        let (_, plain) = http_client(include_bytes!("../amazon-roots.pem")).unwrap();
        let fetch = HttpFetch(plain);
        let answer = match form {
            None => fetch.get(&url).await,
            Some(form) => fetch.post_form(&url, form.to_owned()).await,
        };
        (answer, tokio::task::spawn_blocking(|| serving.join().unwrap()).await.unwrap())
    }

    #[tokio::test]
    async fn documents_and_forms_are_sent_and_answers_read() {
        let (answer, asked) = fetched(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", None).await;
        assert_eq!(answer.unwrap(), FetchedAnswer { status: 200, body: b"{}".to_vec() });
        assert!(asked.starts_with("GET /keys?a=1 HTTP/1.1\r\n"), "{asked}");
        let (answer, asked) =
            fetched(b"HTTP/1.1 400 Bad\r\nContent-Length: 1\r\n\r\nx", Some("code=1&b=2")).await;
        assert_eq!(answer.unwrap().status, 400);
        assert!(
            asked.contains("application/x-www-form-urlencoded") && asked.ends_with("code=1&b=2"),
            "{asked}"
        );
    }

    #[tokio::test]
    async fn an_answer_without_end_is_cut_off() {
        let (answer, _) = fetched(b"HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n", None).await;
        let error = answer.unwrap_err();
        assert_eq!(
            std::error::Error::source(&error).unwrap().to_string(),
            "the answer is longer than 256 KB"
        );
    }
}
