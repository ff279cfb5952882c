//! Drives a conversation of the core: it says what it needs next, and this does it.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::{Rc, Weak};
use std::task::{Context, Poll, Waker};

use futures_util::future::{AbortHandle, abortable};
use jumpcloud_core::{Conversation, Now, Request, Result, Step, Ticket};

use crate::client::Client;
use crate::host::Local;

type AnyOf<G> = Box<dyn Conversation<Gives = G>>;

/// A conversation on its way. When it is dropped, what is in flight is aborted, and others may have what it held.
pub(crate) struct Talk<G> {
    inner: Rc<Inner<G>>,
    /// What it waits for, beside its bell.
    timer: Option<Local<()>>,
    rests: bool,
}

struct Inner<G> {
    // In this order they are dropped: requests, the conversation with what it holds, and then others are told.
    in_flight: RefCell<Vec<(u64, Task)>>,
    conversation: RefCell<AnyOf<G>>,
    place: Place,
    client: Client,
    tasks: Cell<u64>,
}

/// Something that goes on beside the conversation, until this is dropped.
struct Task(AbortHandle);

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// What a conversation is called by when something has happened.
#[derive(Default)]
struct Bell {
    rung: Cell<bool>,
    waker: RefCell<Option<Waker>>,
}

impl Bell {
    fn ring(&self) {
        self.rung.set(true);
        let waker = self.waker.borrow_mut().take();
        waker.into_iter().for_each(Waker::wake);
    }
}

/// The conversations of a client that hold for what another one has, in the order in which they began to.
#[derive(Clone, Default)]
pub(crate) struct Holding(Rc<RefCell<VecDeque<Rc<Bell>>>>);

impl Holding {
    /// Whether both are of one client.
    pub(crate) fn is(&self, other: &Holding) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }

    /// Something has happened that others may hold for: the first of them looks.
    fn news(&self) {
        let first = self.0.borrow().front().cloned();
        first.into_iter().for_each(|bell| bell.ring());
    }
}

/// A conversation's bell, and its place among those that hold.
struct Place {
    bell: Rc<Bell>,
    holding: Holding,
}

impl Place {
    fn hold(&self) {
        let mut holding = self.holding.0.borrow_mut();
        if !holding.iter().any(|bell| Rc::ptr_eq(bell, &self.bell)) {
            holding.push_back(self.bell.clone());
        }
    }

    /// Leaves the place; the next one looks.
    fn leave(&self) {
        let held = {
            let mut holding = self.holding.0.borrow_mut();
            let before = holding.len();
            holding.retain(|bell| !Rc::ptr_eq(bell, &self.bell));
            before > holding.len()
        };
        if held {
            self.holding.news();
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.holding.0.borrow_mut().retain(|bell| !Rc::ptr_eq(bell, &self.bell));
        self.holding.news();
    }
}

impl<G: 'static> Talk<G> {
    pub(crate) fn new(client: &Client, conversation: impl Conversation<Gives = G> + 'static) -> Talk<G> {
        let place = Place { bell: Rc::default(), holding: client.holding.clone() };
        let inner = Inner {
            in_flight: RefCell::default(),
            conversation: RefCell::new(Box::new(conversation)),
            place,
            client: client.clone(),
            tasks: Cell::new(0),
        };
        Talk { inner: Rc::new(inner), timer: None, rests: false }
    }

    /// What the conversation says of itself.
    pub(crate) fn ask<T>(&self, ask: impl FnOnce(&dyn Conversation<Gives = G>) -> T) -> T {
        ask(&**self.inner.conversation.borrow())
    }

    /// Goes on until there is something to hand out.
    pub(crate) async fn next(&mut self) -> Result<G> {
        std::future::poll_fn(|context| self.poll(context)).await
    }

    pub(crate) fn poll(&mut self, context: &mut Context<'_>) -> Poll<Result<G>> {
        let inner = self.inner.clone();
        let bell = &inner.place.bell;
        *bell.waker.borrow_mut() = Some(context.waker().clone());
        loop {
            if self.rests && !bell.rung.get() {
                let over = self.timer.as_mut().is_some_and(|timer| timer.as_mut().poll(context).is_ready());
                if !over {
                    return Poll::Pending;
                }
            }
            (self.rests, self.timer) = (false, None);
            bell.rung.set(false);
            let step = inner.conversation.borrow_mut().step(inner.client.host.now());
            match step {
                Ok(Step::Hold(_)) => inner.place.hold(),
                _ => inner.place.leave(),
            }
            match step? {
                Step::Send(ticket, request) => inner.send(ticket, request),
                Step::Sign(input) => {
                    let signature = inner.client.sign(input.bytes);
                    inner.start(signature, |conversation, signature, _| conversation.signed(signature));
                }
                Step::Identify => {
                    let said = inner.client.identify();
                    inner.start(said, |conversation, said, now| conversation.identified(said, now));
                }
                Step::Wait(time) | Step::Hold(time) => {
                    (self.rests, self.timer) = (true, Some(inner.client.host.sleep(time)));
                }
                Step::Receive => self.rests = true,
                Step::Give(given) => return Poll::Ready(Ok(given)),
            }
        }
    }
}

impl<G: 'static> Inner<G> {
    fn send(self: &Rc<Self>, ticket: Ticket, request: Request) {
        let answer = self.client.host.send(request, self.client.content.clone());
        self.start(answer, move |conversation, answer, now| match answer {
            Ok(response) => conversation.received(ticket, response, now),
            Err(failure) => conversation.failed(ticket, failure, now),
        });
    }

    /// Has something done, and the conversation told what came of it: at once, also while nobody asks for the next step, as
    /// others may hold for it.
    fn start<T: 'static>(
        self: &Rc<Self>,
        work: Local<T>,
        tell: impl FnOnce(&mut dyn Conversation<Gives = G>, T, Now) + 'static,
    ) {
        let number = self.tasks.get();
        self.tasks.set(number + 1);
        let inner: Weak<Inner<G>> = Rc::downgrade(self);
        let (task, handle) = abortable(async move {
            let came = work.await;
            let Some(inner) = inner.upgrade() else { return };
            tell(&mut **inner.conversation.borrow_mut(), came, inner.client.host.now());
            inner.in_flight.borrow_mut().retain(|(known, _)| *known != number);
            inner.place.bell.ring();
            inner.place.holding.news();
        });
        self.in_flight.borrow_mut().push((number, Task(handle)));
        wasm_bindgen_futures::spawn_local(async move {
            let _ = task.await;
        });
    }
}
