//! S3 as a folder: `s3s-fs` behind the real SDK in process, and on a loopback port for other clients.
//! Objects are plain files under `<root>/<bucket>/`, for people to read and copy.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use aws_smithy_runtime_api::client::result::ConnectorError;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::{Method, Request, Response};
use s3s::auth::SimpleAuth;
use s3s::service::{S3Service, S3ServiceBuilder};

use crate::error::LocalError;
use crate::stand_ins::account::{ACCESS_KEY, SECRET_KEY};
use crate::stand_ins::wire::{Engine, Passage, ReplyFuture, Service, Tally, Wire};

/// The bucket of the exports.
pub const BUCKET: &str = "nines-exports";

/// The most bytes of an object read back in process: 1 GB.
const OBJECT_BYTES_MAX: usize = 1024 * 1024 * 1024;

/// The folder, with the service over it built on first use: building it takes longer than a test.
#[derive(Clone)]
pub struct Folder(Arc<UnopenedBucket>);

struct UnopenedBucket {
    root: PathBuf,
    service: OnceLock<S3Service>,
}

impl Folder {
    /// Opens the folder `root` and makes the bucket in it.
    pub fn open(root: &Path) -> Result<Self, LocalError> {
        let bucket = root.join(BUCKET);
        std::fs::create_dir_all(&bucket).map_err(|e| LocalError::io("make the folder", &bucket, e))?;
        Ok(Folder(Arc::new(UnopenedBucket { root: root.to_path_buf(), service: OnceLock::new() })))
    }

    /// Returns the S3 service over the folder.
    pub fn service(&self) -> Result<S3Service, LocalError> {
        if let Some(service) = self.0.service.get() {
            return Ok(service.clone());
        }
        let files = s3s_fs::FileSystem::new(&self.0.root)
            .map_err(|e| LocalError::bucket("open the folder", format!("{e:?}")))?;
        let mut builder = S3ServiceBuilder::new(files);
        builder.set_auth(SimpleAuth::from_single(ACCESS_KEY, SECRET_KEY));
        Ok(self.0.service.get_or_init(|| builder.build()).clone())
    }
}

/// Builds the real S3 client over the folder, without a socket.
pub fn client(folder: Folder, passage: Arc<dyn Passage>, tally: Tally) -> aws_sdk_s3::Client {
    Wire::new(Arc::new(folder), passage, tally).clients().s3()
}

impl Engine for Folder {
    fn service(&self) -> Service {
        Service::S3
    }

    fn operation(&self, request: &Request<Bytes>) -> String {
        let has_key = request.uri().path().trim_matches('/').contains('/');
        let name = match (request.method(), has_key) {
            (&Method::PUT, true) => "PutObject",
            (&Method::GET, true) => "GetObject",
            (&Method::HEAD, true) => "HeadObject",
            (&Method::DELETE, true) => "DeleteObject",
            (&Method::PUT, false) => "CreateBucket",
            (&Method::GET, false) => "ListObjectsV2",
            (&Method::HEAD, false) => "HeadBucket",
            _ => "Unknown",
        };
        name.to_owned()
    }

    fn answer(&self, request: Request<Bytes>) -> ReplyFuture {
        let service = self.service();
        Box::pin(async move {
            let service = service.map_err(|e| ConnectorError::user(e.into()))?;
            let answered = service.call(request.map(s3s::Body::from)).await;
            let response = answered.map_err(|e| ConnectorError::other(format!("{e:?}").into(), None))?;
            let (parts, body) = response.into_parts();
            let bytes = to_bytes(Body::new(body), OBJECT_BYTES_MAX).await;
            Ok(Response::from_parts(parts, bytes.map_err(|e| ConnectorError::io(e.into()))?))
        })
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_s3::primitives::ByteStream;

    use super::*;
    use crate::stand_ins::wire::OpenPassage;

    #[tokio::test]
    async fn an_object_is_a_plain_file_written_once_and_listed() {
        let root = tempfile::tempdir().unwrap();
        let tally = Tally::default();
        let s3 = client(Folder::open(root.path()).unwrap(), Arc::new(OpenPassage), tally.clone());
        let key = "exports/month=2026-06/revision=1/manifest.json";
        let put = async |body: &'static [u8]| {
            let put = s3.put_object().bucket(BUCKET).key(key).if_none_match("*");
            put.body(ByteStream::from_static(body)).send().await
        };
        put(b"{}").await.unwrap();
        let again = put(b"[]").await.unwrap_err().into_service_error();
        assert_eq!(again.meta().code(), Some("PreconditionFailed"));
        assert_eq!(std::fs::read(root.path().join(BUCKET).join(key)).unwrap(), b"{}");
        let got = s3.get_object().bucket(BUCKET).key(key).send().await.unwrap();
        assert_eq!(got.body.collect().await.unwrap().into_bytes().as_ref(), b"{}");
        let listed = s3.list_objects_v2().bucket(BUCKET).prefix("exports/").send().await.unwrap();
        assert_eq!(listed.contents().iter().filter_map(|object| object.key()).collect::<Vec<_>>(), [key]);
        let absent = s3.get_object().bucket(BUCKET).key("exports/absent").send().await.unwrap_err();
        assert!(absent.into_service_error().is_no_such_key());
        let operations: Vec<String> =
            tally.counts().into_iter().map(|((_, name), n)| format!("{name} {n}")).collect();
        assert_eq!(operations, ["GetObject 2", "ListObjectsV2 1", "PutObject 2"]);
    }
}
