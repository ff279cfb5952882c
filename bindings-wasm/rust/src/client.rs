//! The client: a core's, and what does what it says.

use std::future::Future;
use std::rc::Rc;

use jumpcloud_core::conversation::Credential;
use jumpcloud_core::playbook::Told;
use jumpcloud_core::system_context::PrivateKey;
use jumpcloud_core::typed::{self, TypedCall, TypedList};
use jumpcloud_core::{Options, Parameters, Reply, Request, Result};
use serde::de::DeserializeOwned;

use crate::content::Content;
use crate::host::{Host, Local, Web};
use crate::list::{Items, Pages};
use crate::signing;
use crate::talk::{Holding, Talk};

type Sign = Rc<dyn Fn(Vec<u8>) -> Local<std::result::Result<Vec<u8>, String>>>;
type Identify = Rc<dyn Fn() -> Local<Option<Credential>>>;

/// Calls JumpCloud. Clones are the same client, and may call at the same time.
#[derive(Clone)]
pub struct Client {
    core: jumpcloud_core::Client,
    options: Rc<Options>,
    sign: Option<Sign>,
    identify: Option<Identify>,
    pub(crate) host: Rc<dyn Host>,
    pub(crate) content: Option<Content>,
    pub(crate) holding: Holding,
}

/// Whether they are clones of one client, with the same options: for what is drawn anew only when it differs.
impl PartialEq for Client {
    fn eq(&self, other: &Client) -> bool {
        self.holding.is(&other.holding) && Rc::ptr_eq(&self.options, &other.options)
    }
}

impl From<jumpcloud_core::Client> for Client {
    fn from(core: jumpcloud_core::Client) -> Client {
        Client::new(core)
    }
}

impl Client {
    /// Does what this client of the core says: it has the credentials, the region, the base URL.
    pub fn new(core: jumpcloud_core::Client) -> Client {
        Client {
            // As a fetch does: a list over several organizations is one for each, in turn.
            core: core.joins_headers(),
            options: Rc::default(),
            sign: None,
            identify: None,
            host: Rc::new(Web::default()),
            content: None,
            holding: Holding::default(),
        }
    }

    /// Sends, waits and looks at the time by other means, or with another timeout: `Web::default().timeout(…)`.
    #[must_use]
    pub fn host(mut self, host: impl Host + 'static) -> Client {
        self.host = Rc::new(host);
        self
    }

    /// Signs with the private key of a system's agent (PEM or DER), for
    /// [`Credentials::SystemContext`](jumpcloud_core::Credentials). Not in browsers, which let no program set the header `date`
    /// that is signed: there a call ends with an error of the kind `signing`, and nothing is sent.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidRequest`](jumpcloud_core::ErrorKind) when it is no such key.
    pub fn private_key(self, key: &[u8]) -> Result<Client> {
        let key = Rc::new(PrivateKey::parse(key)?);
        Ok(self.signer(move |bytes| {
            let key = key.clone();
            async move { signing::sign(&key, &bytes).await }
        }))
    }

    /// Signs by other means: RSASSA-PKCS1-v1_5 with SHA-256.
    #[must_use]
    pub fn signer<F>(mut self, sign: impl Fn(Vec<u8>) -> F + 'static) -> Client
    where
        F: Future<Output = std::result::Result<Vec<u8>, String>> + 'static,
    {
        self.sign = Some(Rc::new(move |bytes| Box::pin(sign(bytes))));
        self
    }

    /// Says who calls, for [`Credentials::Function`](jumpcloud_core::Credentials); nothing when it cannot tell.
    #[must_use]
    pub fn credentials<F>(mut self, identify: impl Fn() -> F + 'static) -> Client
    where
        F: Future<Output = Option<Credential>> + 'static,
    {
        self.identify = Some(Rc::new(move || Box::pin(identify())));
        self
    }

    /// The same client, with options for what is called with it. A `seed` of 0 stands for one by chance.
    ///
    /// ```no_run
    /// # async fn run(client: jumpcloud_web::Client) -> jumpcloud_core::Result<()> {
    /// use jumpcloud_core::{Options, Parameters};
    /// use std::time::Duration;
    ///
    /// let patient = client.options(Options { deadline: Some(Duration::from_secs(5)), ..Options::default() });
    /// patient.call("v1.systemUsers.get", Parameters::new().with("id", "5f1b")).await?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn options(&self, options: Options) -> Client {
        Client { options: Rc::new(options), ..self.clone() }
    }

    /// The same client, with content for the attachment in what is called with it.
    ///
    /// ```no_run
    /// # async fn run(client: jumpcloud_web::Client, file: web_sys::File) -> jumpcloud_core::Result<()> {
    /// use jumpcloud_core::Parameters;
    /// use jumpcloud_web::Content;
    ///
    /// let logo = Content::from(file);
    /// let body = serde_json::json!({ "image": logo.attachment("logo.png", "image/png") });
    /// let parameters = Parameters::new().with("application_id", "5f1b").with("body", body);
    /// client.attach(logo).call("v2.applications.logo.save", parameters).await?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn attach(&self, content: impl Into<Content>) -> Client {
        Client { content: Some(content.into()), ..self.clone() }
    }

    /// Calls an operation.
    ///
    /// # Errors
    /// The call's, as the core has them.
    pub async fn call(&self, operation: &str, parameters: Parameters) -> Result<Reply> {
        let call = self.core.call(operation, parameters, self.chosen())?;
        Talk::new(self, call).next().await
    }

    /// The request for a call, not sent.
    ///
    /// # Errors
    /// As [`jumpcloud_core::Client::prepare`].
    pub fn prepare(&self, operation: &str, parameters: &Parameters) -> Result<Request> {
        self.core.prepare(operation, parameters, &self.chosen())
    }

    /// All items of a list, as what serde makes of them.
    ///
    /// # Errors
    /// What is wrong with the parameters; everything else comes with the stream.
    pub fn items<T: DeserializeOwned>(&self, operation: &str, parameters: Parameters) -> Result<Items<T>> {
        Ok(Items::new(self.pages(operation, parameters)?))
    }

    /// All pages of a list.
    ///
    /// # Errors
    /// As [`Client::items`].
    pub fn pages(&self, operation: &str, parameters: Parameters) -> Result<Pages> {
        Ok(Pages::new(self, self.core.pages(operation, parameters, self.chosen())?))
    }

    /// Runs a [playbook](jumpcloud_core::playbooks), and gives its outcome as what serde makes of it: a type of
    /// [`typed::models`](jumpcloud_core::typed), or a [`serde_json::Value`].
    ///
    /// # Errors
    /// The playbook's, as the core has them.
    pub async fn playbook<T: DeserializeOwned>(&self, name: &str, parameters: Parameters) -> Result<T> {
        let playbook = self.core.playbook(name, parameters, self.chosen())?;
        let mut talk = Talk::new(self, playbook);
        loop {
            if let Told::Outcome(json) = talk.next().await? {
                return typed::outcome(name, &json);
            }
        }
    }

    /// Sends a typed request, and gives what its operation answers.
    ///
    /// # Errors
    /// As [`Client::call`], and when the answer is not what it should be.
    pub async fn send<C: TypedCall>(&self, call: C) -> Result<C::Reply> {
        C::reply(&self.call(C::NAME, call.parameters()).await?)
    }

    /// All items of a typed list.
    ///
    /// # Errors
    /// As [`Client::items`].
    pub fn list<L: TypedList>(&self, list: L) -> Result<Items<L::Item>> {
        self.items(L::NAME, list.parameters())
    }

    fn chosen(&self) -> Options {
        let mut options = Options::clone(&self.options);
        if options.seed == 0 {
            options.seed = self.host.seed();
        }
        options
    }

    pub(crate) fn sign(&self, bytes: Vec<u8>) -> Local<std::result::Result<Vec<u8>, String>> {
        match &self.sign {
            Some(sign) => sign(bytes),
            None => Box::pin(async { Err("no private key was given".to_owned()) }),
        }
    }

    pub(crate) fn identify(&self) -> Local<Result<Credential>> {
        let said = self.identify.as_ref().map(|identify| identify());
        Box::pin(async move {
            match said {
                Some(said) => said.await.ok_or_else(Credential::missing),
                None => Err(Credential::missing()),
            }
        })
    }
}
