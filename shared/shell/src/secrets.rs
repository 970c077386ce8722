//! Secrets of senders of webhooks: in SSM Parameter Store, or in a file on a laptop; never in the table or
//! the environment. A name holds both valid ones, so that one write replaces a secret and no reader sees half
//! of it.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_ssm::Client;
use aws_sdk_ssm::types::ParameterType;
use outcome::{Dependency, Failure};
use serde::{Deserialize, Serialize};

/// Shortest secret, in bytes: what people can guess is no proof.
pub const SECRET_BYTES_MIN: usize = 16;
/// Longest secret, in bytes: a parameter has 4 KB, and two secrets with every character escaped take 4,000.
pub const SECRET_BYTES_MAX: usize = 1000;

/// The place of secrets in Parameter Store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParametersPlace {
    /// The path that their names begin with, such as `/nines`.
    pub path: String,
    /// The key that encrypts them; the account's own key for parameters if absent.
    pub key_id: Option<String>,
}

/// The valid secrets of one source. It is never shown, not even for debugging.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Secret {
    current: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    previous: Option<String>,
}

/// A store of secrets by their names.
#[derive(Debug, Clone)]
pub struct Secrets(Store);

#[derive(Debug, Clone)]
enum Store {
    Parameters(Client, ParametersPlace),
    File(Arc<Mutex<PathBuf>>),
}

/// A secret that was not entered, or a failed operation on the store. No message holds anything of a secret.
#[derive(Debug, thiserror::Error)]
pub enum SecretsError {
    /// The secret cannot be used.
    #[error(
        "secret: {0} bytes: enter {SECRET_BYTES_MIN} to {SECRET_BYTES_MAX} visible ASCII characters, \
         such as `openssl rand -hex 32` writes"
    )]
    Unfit(usize),
    /// Stored value that is no secret.
    #[error("the secret {0} cannot be read: enter it anew")]
    Unreadable(String),
    /// The store failed.
    #[error("cannot {operation} the secret {name}")]
    Fault {
        /// The attempt.
        operation: &'static str,
        /// The name.
        name: String,
        /// The cause.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl From<SecretsError> for Failure {
    fn from(error: SecretsError) -> Self {
        match error {
            SecretsError::Unfit(_) => Self::BadRequest(error.to_string()),
            error => Self::fault(Dependency::Secrets, error),
        }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl Secret {
    /// Returns the valid texts, the newest first.
    pub fn valid(&self) -> impl Iterator<Item = &str> {
        [Some(&self.current), self.previous.as_ref()].into_iter().flatten().map(String::as_str)
    }

    /// Returns the secret that follows this one, which stays valid beside it.
    fn followed_by(known: Option<Self>, current: &str) -> Self {
        match known {
            // Whoever enters a secret twice has not replaced it.
            Some(known) if known.current == current => known,
            known => Self { current: current.to_owned(), previous: known.map(|known| known.current) },
        }
    }
}

impl Secrets {
    /// Keeps secrets in Parameter Store, each as a `SecureString`.
    pub fn parameters(client: Client, place: ParametersPlace) -> Self {
        Self(Store::Parameters(client, place))
    }

    /// Keeps secrets in a file that only its owner may read.
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self(Store::File(Arc::new(Mutex::new(path.into()))))
    }

    /// Reads the secret of a name, if one was entered.
    ///
    /// # Errors
    /// Returns a [`SecretsError`] if the store fails.
    pub async fn get(&self, name: &str) -> Result<Option<Secret>, SecretsError> {
        match &self.0 {
            Store::Parameters(client, place) => {
                let request = client.get_parameter().name(place.parameter(name)).with_decryption(true);
                let answer = match request.send().await {
                    Err(error) if error.as_service_error().is_some_and(|e| e.is_parameter_not_found()) => {
                        return Ok(None);
                    }
                    answer => answer.map_err(|error| fault("read", name, error))?,
                };
                let text = answer.parameter.and_then(|parameter| parameter.value).unwrap_or_default();
                // The cause would quote what is stored.
                serde_json::from_str(&text).map(Some).map_err(|_| SecretsError::Unreadable(name.to_owned()))
            }
            Store::File(path) => {
                let path = path.lock().unwrap_or_else(PoisonError::into_inner);
                Ok(read(&path, name)?.remove(name))
            }
        }
    }

    /// Enters a secret; the one before stays valid beside it. Nothing ever shows it again.
    ///
    /// # Errors
    /// Returns a [`SecretsError`] if it is unfit, or if the store fails.
    pub async fn enter(&self, name: &str, secret: &str) -> Result<(), SecretsError> {
        require_fit(secret)?;
        self.change(name, |known| Some(Secret::followed_by(known, secret))).await
    }

    /// Ends the secret before the present one: every sender has the new one.
    ///
    /// # Errors
    /// Returns a [`SecretsError`] if the store fails.
    pub async fn end_previous(&self, name: &str) -> Result<(), SecretsError> {
        self.change(name, |known| known.map(|known| Secret { previous: None, ..known })).await
    }

    /// Removes the secrets of a name, if there are any.
    ///
    /// # Errors
    /// Returns a [`SecretsError`] if the store fails.
    pub async fn remove(&self, name: &str) -> Result<(), SecretsError> {
        match &self.0 {
            Store::Parameters(client, place) => {
                match client.delete_parameter().name(place.parameter(name)).send().await {
                    Err(error) if error.as_service_error().is_some_and(|e| e.is_parameter_not_found()) => {
                        Ok(())
                    }
                    answer => answer.map(|_| ()).map_err(|error| fault("remove", name, error)),
                }
            }
            Store::File(_) => self.change(name, |_| None).await,
        }
    }

    /// Changes what a name holds. Parameter Store has no condition on a write: of two people at once, the
    /// last wins.
    async fn change(
        &self,
        name: &str,
        next: impl FnOnce(Option<Secret>) -> Option<Secret>,
    ) -> Result<(), SecretsError> {
        match &self.0 {
            Store::Parameters(client, place) => {
                let known = match self.get(name).await {
                    // What cannot be read is entered anew.
                    Err(SecretsError::Unreadable(_)) => None,
                    known => known?,
                };
                let Some(changed) = next(known.clone()).filter(|changed| known.as_ref() != Some(changed))
                else {
                    return Ok(());
                };
                let value = serde_json::to_string(&changed).map_err(|error| fault("write", name, error))?;
                let request = client.put_parameter().name(place.parameter(name)).value(value);
                let request = request.r#type(ParameterType::SecureString).overwrite(true);
                let answer = request.set_key_id(place.key_id.clone()).send().await;
                answer.map(|_| ()).map_err(|error| fault("write", name, error))
            }
            Store::File(path) => {
                let path = path.lock().unwrap_or_else(PoisonError::into_inner);
                let mut secrets = read(&path, name)?;
                let changed = next(secrets.remove(name));
                secrets.extend(changed.map(|changed| (name.to_owned(), changed)));
                write(&path, &secrets).map_err(|error| fault("write", name, error))
            }
        }
    }
}

/// Requires that a secret can be entered.
///
/// # Errors
/// Returns a [`SecretsError`] if it is too short, too long, or has other than visible ASCII characters.
pub fn require_fit(secret: &str) -> Result<(), SecretsError> {
    let is_fit = (SECRET_BYTES_MIN..=SECRET_BYTES_MAX).contains(&secret.len());
    if is_fit && secret.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(());
    }
    Err(SecretsError::Unfit(secret.len()))
}

impl ParametersPlace {
    /// Returns the parameter of a name. A colon, which an id may have, would ask for a version of another
    /// parameter.
    fn parameter(&self, name: &str) -> String {
        format!("{}/{}", self.path, name.replace(':', "/."))
    }
}

fn fault(
    operation: &'static str,
    name: &str,
    source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> SecretsError {
    SecretsError::Fault { operation, name: name.to_owned(), source: source.into() }
}

/// Reads the file of secrets; one that is not there yet holds none.
fn read(path: &Path, name: &str) -> Result<BTreeMap<String, Secret>, SecretsError> {
    match std::fs::read(path) {
        Ok(bytes) => serde_json::from_slice(&bytes).map_err(|_| SecretsError::Unreadable(name.to_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(BTreeMap::new()),
        Err(error) => Err(fault("read", name, error)),
    }
}

/// Writes the file of secrets anew: a reader finds the old file or the new one.
fn write(path: &Path, secrets: &BTreeMap<String, Secret>) -> io::Result<()> {
    let new = path.with_extension("new");
    // One that a crash has left behind is written over, with the rights that it was made with.
    let mut file =
        std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&new)?;
    file.write_all(&serde_json::to_vec_pretty(secrets)?)?;
    file.sync_all()?;
    std::fs::rename(new, path)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    const FIRST: &str = "first-secret-of-16";
    const SECOND: &str = "second-secret-of-16";

    async fn valid(secrets: &Secrets, name: &str) -> Vec<String> {
        secrets.get(name).await.unwrap().iter().flat_map(Secret::valid).map(str::to_owned).collect()
    }

    #[tokio::test]
    async fn two_secrets_are_valid_until_the_first_is_ended() {
        let folder = std::env::temp_dir().join(format!("nines-secrets-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("secrets.json");
        let secrets = Secrets::file(&path);
        assert_eq!(secrets.get("sources/am-1").await.unwrap(), None);
        secrets.enter("sources/am-1", FIRST).await.unwrap();
        secrets.enter("sources/am-1", FIRST).await.unwrap();
        assert_eq!(valid(&secrets, "sources/am-1").await, [FIRST]);
        secrets.enter("sources/am-1", SECOND).await.unwrap();
        secrets.enter("sources/am-1", SECOND).await.unwrap();
        assert_eq!(valid(&secrets, "sources/am-1").await, [SECOND, FIRST]);
        assert_eq!(valid(&Secrets::file(&path), "sources/am-1").await, [SECOND, FIRST]);
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        secrets.end_previous("sources/am-1").await.unwrap();
        assert_eq!(valid(&secrets, "sources/am-1").await, [SECOND]);
        secrets.remove("sources/am-1").await.unwrap();
        secrets.remove("sources/am-1").await.unwrap();
        secrets.end_previous("sources/am-1").await.unwrap();
        assert_eq!(secrets.get("sources/am-1").await.unwrap(), None);
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[tokio::test]
    async fn no_error_and_no_debugging_shows_a_secret() {
        let unused = Secrets::file("/nowhere/secrets.json");
        let long = "x".repeat(SECRET_BYTES_MAX + 1);
        for unfit in ["s3cret", "s3cret with spaces in it", "s3cret\nof two lines", "s3cret-of-ümlaut", &long]
        {
            let error = unused.enter("sources/am-1", unfit).await.unwrap_err();
            assert!(
                !error.to_string().contains("s3cret") && error.to_string().contains("openssl"),
                "{error}"
            );
            assert!(matches!(Failure::from(error), Failure::BadRequest(_)));
        }
        let fault = Failure::from(unused.enter("sources/am-1", FIRST).await.unwrap_err());
        assert!(fault.is_fault() && !fault.message().contains(FIRST), "{}", fault.message());
        let secret = Secret::followed_by(None, FIRST);
        assert_eq!(format!("{secret:?}"), "Secret(…)");
    }

    #[tokio::test]
    async fn what_is_no_secret_is_a_fault_that_does_not_quote_it() {
        let path = std::env::temp_dir().join(format!("nines-no-secrets-{}.json", std::process::id()));
        std::fs::write(&path, format!("{{\"sources/am-1\": \"{FIRST}\"}}")).unwrap();
        let failure = Failure::from(Secrets::file(&path).get("sources/am-1").await.unwrap_err());
        std::fs::remove_file(path).unwrap();
        assert_eq!(failure.error_type(), "SecretsFault");
        assert!(!failure.message().contains(FIRST) && failure.message().contains("enter it anew"));
    }

    #[test]
    fn a_colon_names_no_version_of_another_parameter() {
        let place = ParametersPlace { path: "/nines".to_owned(), key_id: None };
        assert_eq!(place.parameter("sources/am-1"), "/nines/sources/am-1");
        assert_eq!(place.parameter("sources/am:1"), "/nines/sources/am/.1");
    }
}
