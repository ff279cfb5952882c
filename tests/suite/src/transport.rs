//! A small blocking transport: the ten lines that every binding has, in Rust.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use jumpcloud_core::conversation::Credential;
use jumpcloud_core::request::Body;
use jumpcloud_core::system_context::PrivateKey;
use jumpcloud_core::{
    Client, Conversation, Error, Failure, Now, Options, Page, Parameters, Reply, Request, Response, Step,
    Ticket,
};
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};

/// Sees each request before it is sent.
pub type Watch = Arc<dyn Fn(&Request) + Send + Sync>;

/// Says who calls, where the client's credentials are a function.
pub type Function = Arc<dyn Fn() -> Result<Credential, Error> + Send + Sync>;

/// What comes to a conversation: an answer, or nothing but the news that another one had one.
type News = Option<(Ticket, Result<Response, Failure>)>;

/// The milliseconds that were passed over instead of waited.
static PASSED_OVER: AtomicU64 = AtomicU64::new(0);

/// The time, on both clocks.
pub fn now() -> Now {
    static BEGUN: LazyLock<Instant> = LazyLock::new(Instant::now);
    let passed = Duration::from_millis(PASSED_OVER.load(Ordering::Relaxed));
    Now { wall: SystemTime::now(), steady: BEGUN.elapsed() + passed }
}

/// The conversations that hold for what another one has, in the order in which they began to.
type Holding = Arc<Mutex<VecDeque<(u64, Sender<News>)>>>;

fn lock(holding: &Holding) -> MutexGuard<'_, VecDeque<(u64, Sender<News>)>> {
    holding.lock().unwrap_or_else(PoisonError::into_inner)
}

fn wake(holding: &Holding) {
    lock(holding).front().into_iter().for_each(|(_, first)| drop(first.send(None)));
}

/// A place among those that hold. When it is left, the next one looks.
struct Place {
    place: u64,
    holding: Holding,
}

impl Drop for Place {
    fn drop(&mut self) {
        lock(&self.holding).retain(|(place, _)| *place != self.place);
        wake(&self.holding);
    }
}

/// Sends requests with `ureq`, each on a thread of its own, and signs with an RSA key.
#[derive(Clone)]
pub struct Transport {
    agent: ureq::Agent,
    key: Option<Arc<RsaKeyPair>>,
    /// Says who calls.
    pub function: Option<Function>,
    content: Option<Arc<Vec<u8>>>,
    /// Called with each request before it is sent.
    pub watch: Option<Watch>,
    /// A wait while nothing is in flight is passed over: the steady clock goes on by it at once. For tests of what is tried again.
    hurries: bool,
    holding: Holding,
}

impl Default for Transport {
    fn default() -> Transport {
        // Statuses are the core's to judge, and redirects are not followed.
        let configuration = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .max_idle_connections(16)
            .max_idle_connections_per_host(16)
            .timeout_global(Some(Duration::from_secs(30)))
            .build();
        Transport {
            agent: configuration.into(),
            key: None,
            function: None,
            content: None,
            watch: None,
            hurries: false,
            holding: Arc::default(),
        }
    }
}

impl Transport {
    /// Signs with this private key (PEM or DER).
    pub fn with_key(mut self, key: &[u8]) -> Result<Transport, Box<dyn std::error::Error>> {
        let key = PrivateKey::parse(key)?;
        let pair = RsaKeyPair::from_der(key.as_pkcs1()).map_err(|error| error.to_string())?;
        self.key = Some(pair.into());
        Ok(self)
    }

    /// Passes over waits.
    pub fn hurrying(self) -> Transport {
        Transport { hurries: true, ..self }
    }

    /// Puts these bytes where a request has an attachment.
    pub fn with_content(mut self, content: Vec<u8>) -> Transport {
        self.content = Some(content.into());
        self
    }

    /// Calls an operation and waits for its reply.
    pub fn call(&self, client: &Client, operation: &str, parameters: Parameters) -> Result<Reply, Error> {
        let mut call = client.call(operation, parameters, Options::default())?;
        let mut done = None;
        self.drive(&mut call, |reply| {
            done = Some(reply);
            false
        })?;
        Ok(done.expect("a call ends with its reply or an error"))
    }

    /// Walks a list and hands each page to `each`, until it returns false.
    pub fn list(
        &self,
        client: &Client,
        operation: &str,
        parameters: Parameters,
        options: Options,
        mut each: impl FnMut(&Page) -> bool,
    ) -> Result<(), Error> {
        let mut pages = client.pages(operation, parameters, options)?;
        self.drive(&mut pages, |page| page.is_some_and(|page| each(&page)))
    }

    /// The driving loop: does what the conversation says until it fails, or `each` wants no more of what it gives.
    pub fn drive<C: Conversation + ?Sized>(
        &self,
        conversation: &mut C,
        mut each: impl FnMut(C::Gives) -> bool,
    ) -> Result<(), Error> {
        let (answers, inbox) = mpsc::channel::<News>();
        let mut in_flight = 0;
        let mut held = None;
        let ended = loop {
            let step = conversation.step(now());
            if !matches!(step, Ok(Step::Hold(_))) {
                // It holds no longer: the next one looks.
                drop(held.take());
            }
            let news = match step {
                Err(error) => break Err(error),
                Ok(Step::Send(ticket, request)) => {
                    if let Some(watch) = &self.watch {
                        watch(&request);
                    }
                    let (transport, answers) = (self.clone(), answers.clone());
                    in_flight += 1;
                    std::thread::spawn(move || answers.send(Some((ticket, transport.send(request)))));
                    continue;
                }
                Ok(Step::Sign(input)) => {
                    conversation.signed(self.sign(&input.bytes));
                    continue;
                }
                Ok(Step::Identify) => {
                    let credential =
                        self.function.as_ref().map_or_else(|| Err(Credential::missing()), |who| who());
                    conversation.identified(credential, now());
                    self.wake();
                    continue;
                }
                Ok(Step::Give(given)) => match each(given) {
                    true => continue,
                    false => break Ok(()),
                },
                Ok(Step::Wait(time)) if self.hurries && in_flight == 0 => {
                    // A fraction of a millisecond counts as a whole one.
                    PASSED_OVER.fetch_add(time.as_millis() as u64 + 1, Ordering::Relaxed);
                    continue;
                }
                Ok(Step::Wait(time)) => inbox.recv_timeout(time).ok(),
                Ok(Step::Hold(time)) => {
                    if held.is_none() {
                        held = Some(self.hold(&answers));
                        // What it holds for may have come just before.
                        continue;
                    }
                    inbox.recv_timeout(time).ok()
                }
                Ok(Step::Receive) => inbox.recv().ok(),
            };
            if let Some(Some((ticket, answer))) = news {
                in_flight -= 1;
                match answer {
                    Ok(response) => conversation.received(ticket, response, now()),
                    Err(failure) => conversation.failed(ticket, failure, now()),
                }
                self.wake();
            }
        };
        drop(held);
        self.wake();
        ended
    }

    /// A place among those that hold, until it is dropped.
    fn hold(&self, answers: &Sender<News>) -> Place {
        static PLACES: AtomicU64 = AtomicU64::new(0);
        let place = PLACES.fetch_add(1, Ordering::Relaxed);
        lock(&self.holding).push_back((place, answers.clone()));
        Place { place, holding: self.holding.clone() }
    }

    /// Tells the first of those that hold that something has happened.
    fn wake(&self) {
        wake(&self.holding);
    }

    fn sign(&self, bytes: &[u8]) -> Result<Vec<u8>, String> {
        let key = self.key.as_ref().ok_or("no private key was given")?;
        let mut signature = vec![0; key.public().modulus_len()];
        let signed = key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), bytes, &mut signature);
        signed.map(|()| signature).map_err(|error| error.to_string())
    }

    fn send(&self, request: Request) -> Result<Response, Failure> {
        let max_body = request.max_body;
        let mut builder = ureq::http::Request::builder().method(request.method.as_str()).uri(&request.url);
        for (name, value) in &request.headers {
            builder = builder.header(&**name, value);
        }
        let body = match request.body {
            Body::Bytes(bytes) => bytes,
            Body::Empty => Vec::new(),
            Body::Attachment { before, after, length } => match &self.content {
                Some(content) if content.len() as u64 == length => {
                    [&before[..], &content[..], &after[..]].concat()
                }
                Some(content) => {
                    return Err(Failure::Refused(format!(
                        "{length} bytes were announced, {} given",
                        content.len()
                    )));
                }
                None => return Err(Failure::Refused("no content was given for the attachment".into())),
            },
        };
        let not_sent = |error: &dyn std::fmt::Display| Failure::NotSent(error.to_string());
        let request = builder.body(body).map_err(|error| not_sent(&error))?;
        let mut response = self.agent.run(request).map_err(|error| match error {
            ureq::Error::ConnectionFailed | ureq::Error::HostNotFound => not_sent(&error),
            ureq::Error::Io(inner) if inner.kind() == std::io::ErrorKind::ConnectionRefused => {
                not_sent(&inner)
            }
            error => Failure::NoAnswer(error.to_string()),
        })?;
        let headers = response.headers().iter();
        let headers = headers
            .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()));
        let (status, headers) = (response.status().as_u16(), headers.collect());
        let body = response.body_mut().with_config().limit(max_body.saturating_add(1)).read_to_vec();
        let body = body.map_err(|error| match error {
            ureq::Error::BodyExceedsLimit(_) => Failure::TooLarge,
            error => Failure::NoAnswer(error.to_string()),
        })?;
        Ok(Response { status, headers, body })
    }
}
