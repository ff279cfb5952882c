//! What a conversation needs of the outside, and the Web's.

use std::future::Future;
use std::pin::Pin;
use std::time::{Duration, SystemTime};

use gloo_timers::future::TimeoutFuture;
use js_sys::{Date, Math, Reflect};
use jumpcloud_core::{Failure, Now, Request, Response};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::Performance;

use crate::content::Content;
use crate::transport;

/// A future that stays in its thread.
pub type Local<T> = Pin<Box<dyn Future<Output = T>>>;

/// Sends, waits and knows the time. An app of tests has one of its own; every other one has [`Web`].
pub trait Host {
    /// Does a request, to the last byte of its answer; `content` goes where it has an attachment. Whoever drops the future
    /// wants no answer any more.
    fn send(&self, request: Request, content: Option<Content>) -> Local<Result<Response, Failure>>;
    /// Waits so long.
    fn sleep(&self, time: Duration) -> Local<()>;
    /// The time.
    fn now(&self) -> Now;
    /// A number that differs from call to call.
    fn seed(&self) -> u64;
}

/// The Web: `fetch`, timers, clocks and randomness of browsers, workers, Node and edge runtimes.
#[derive(Clone, Debug)]
pub struct Web {
    timeout: Duration,
}

impl Default for Web {
    fn default() -> Web {
        Web { timeout: Duration::from_secs(60) }
    }
}

impl Web {
    /// A request has no answer if it takes longer than this: a minute unless it is set.
    #[must_use]
    pub fn timeout(self, timeout: Duration) -> Web {
        Web { timeout }
    }
}

impl Host for Web {
    fn send(&self, request: Request, content: Option<Content>) -> Local<Result<Response, Failure>> {
        let (answer, late) = (transport::send(request, content), self.sleep(self.timeout));
        let why = format!("it took longer than {} ms", self.timeout.as_millis());
        Box::pin(async move {
            use futures_util::future::{Either, select};
            match select(Box::pin(answer), late).await {
                Either::Left((answer, _)) => answer,
                // The answer's future is dropped here, which aborts it.
                Either::Right(_) => Err(Failure::NoAnswer(why)),
            }
        })
    }

    fn sleep(&self, time: Duration) -> Local<()> {
        // Timers of more milliseconds go off at once, and those of a fraction too early: who waits asks again.
        let milliseconds = time.as_micros().div_ceil(1000).min(0x7fff_ffff) as u32;
        Box::pin(TimeoutFuture::new(milliseconds))
    }

    fn now(&self) -> Now {
        let performance = Reflect::get(&js_sys::global(), &JsValue::from_str("performance"));
        let performance = performance.ok().and_then(|found| found.dyn_into::<Performance>().ok());
        let milliseconds = |time: f64| Duration::from_secs_f64(time.max(0.0) / 1000.0);
        Now {
            wall: SystemTime::UNIX_EPOCH + milliseconds(Date::now()),
            steady: milliseconds(performance.map_or_else(Date::now, |clock| clock.now())),
        }
    }

    fn seed(&self) -> u64 {
        (Math::random() * (1_u64 << 53) as f64) as u64
    }
}
