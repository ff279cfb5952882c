//! Who calls, where a function of the host's says so.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::client::{Client, Credentials};
use crate::settings;
use crate::{Error, ErrorKind, Result};

/// What such a function says: a credential, and how long it may be kept.
///
/// ```
/// use jumpcloud_core::conversation::Credential;
///
/// let credential = Credential::from_json(r#"{"apiKey":"your-key","expiresIn":300000}"#)?;
/// assert!(!format!("{credential:?}").contains("your-key"));
/// # Ok::<(), jumpcloud_core::Error>(())
/// ```
#[derive(Clone)]
pub struct Credential {
    pub(super) credentials: Credentials,
    pub(super) life: Duration,
}

/// What never ends by itself: it is kept until JumpCloud refuses it.
const FOREVER: Duration = Duration::MAX;

impl Credential {
    /// An API key or a service account, kept until JumpCloud refuses it.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidRequest`](crate::ErrorKind) for other credentials: a system says itself who it is, and a function
    /// does not name another one.
    pub fn new(credentials: Credentials) -> Result<Credential> {
        match credentials {
            Credentials::ApiKey(_) | Credentials::ServiceAccount { .. } => {
                Ok(Credential { credentials, life: FOREVER })
            }
            _ => Err(Error::invalid("a function gives an API key or a service account")),
        }
    }

    /// Kept for so long; with nothing it serves the call that asked for it and no other.
    #[must_use]
    pub fn expires_in(mut self, life: Duration) -> Credential {
        self.life = life;
        self
    }

    /// Why there is none, where the function failed. Of its reason nothing is said: it may hold a secret.
    pub fn missing() -> Error {
        Error::new(ErrorKind::Authentication, "the function that gives the credential failed")
    }

    /// What a binding is given: `apiKey`, or `serviceAccount` with `id` and `secret`; and `expiresIn` (ms) as far as it ends.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidRequest`](crate::ErrorKind) for anything else. No message holds a value that may be secret.
    pub fn from_json(json: &str) -> Result<Credential> {
        let (credentials, life) = settings::credential(json)?;
        Ok(Credential { credentials, life: life.unwrap_or(FOREVER) })
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Credential({:?})", self.credentials)
    }
}

/// The client that a function's credential makes: with it goes the token that the credential has got.
#[derive(Clone, Debug)]
pub(crate) struct Known(pub(super) Arc<Client>);

impl PartialEq for Known {
    fn eq(&self, other: &Known) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Known {
    /// The client that has been known, where the function says the same again: its token goes on serving.
    pub(super) fn of(asker: &Client, credentials: Credentials) -> Known {
        let known = asker.identities.latest().filter(|known| known.0.credentials == credentials);
        known.unwrap_or_else(|| {
            let mut client = asker.clone();
            (client.credentials, client.session) = (credentials, Arc::default());
            Known(Arc::new(client))
        })
    }
}
