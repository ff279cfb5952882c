//! Typed requests, sent by the client: conversations that give what their operation answers.

use std::marker::PhantomData;

use super::{TypedCall, TypedList};
use crate::conversation::{Conversation, Credential, Failure, Now, Position, Step, Ticket};
use crate::reply::Response;
use crate::{Call, Client, Options, Pages, Request, Result};

impl Client {
    /// A typed call, to be driven by a transport: it gives what its operation answers.
    ///
    #[cfg_attr(feature = "system-users", doc = "```")]
    #[cfg_attr(not(feature = "system-users"), doc = "```ignore")]
    /// use std::time::{Duration, SystemTime};
    /// use jumpcloud_core::typed::v1::system_users::Get;
    /// use jumpcloud_core::{Client, Conversation, Credentials, Now, Options, Response, Step};
    ///
    /// let client = Client::new(Credentials::api_key("your-key"));
    /// let mut call = client.send(Get { id: "5f1b".into(), ..Get::default() }, Options::default())?;
    /// let now = Now { wall: SystemTime::now(), steady: Duration::ZERO };
    /// let Step::Send(ticket, _) = call.step(now)? else { panic!() };
    /// call.received(ticket, Response { status: 200, headers: vec![], body: br#"{"username":"ada"}"#.to_vec() }, now);
    /// let Step::Give(user) = call.step(now)? else { panic!() };
    /// assert_eq!(user.username.as_deref(), Some("ada"));
    /// # Ok::<(), jumpcloud_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Client::prepare`].
    pub fn send<C: TypedCall>(&self, call: C, options: Options) -> Result<Sent<C>> {
        Ok(Sent { call: self.call(C::NAME, call.parameters(), options)?, of: PhantomData })
    }

    /// All items of a typed list, page by page, to be driven by a transport.
    ///
    #[cfg_attr(feature = "system-users", doc = "```")]
    #[cfg_attr(not(feature = "system-users"), doc = "```ignore")]
    /// use std::time::{Duration, SystemTime};
    /// use jumpcloud_core::filter::eq;
    /// use jumpcloud_core::typed::v1::system_users::List;
    /// use jumpcloud_core::{Client, Conversation, Credentials, Now, Options, Response, Step};
    ///
    /// let client = Client::new(Credentials::api_key("your-key"));
    /// let it = List { filter: Some(eq("department", "IT")), ..List::default() };
    /// let mut list = client.list(it, Options::default())?;
    /// let now = Now { wall: SystemTime::now(), steady: Duration::ZERO };
    /// let Step::Send(ticket, _) = list.step(now)? else { panic!() };
    /// let body = br#"{"totalCount":1,"results":[{"_id":"5f1b2c3d4e5f60718293a4b5","username":"ada"}]}"#;
    /// list.received(ticket, Response { status: 200, headers: vec![], body: body.to_vec() }, now);
    /// let Step::Give(Some(users)) = list.step(now)? else { panic!() };
    /// assert_eq!(users[0].username.as_deref(), Some("ada"));
    /// # Ok::<(), jumpcloud_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Client::pages`].
    pub fn list<L: TypedList>(&self, list: L, options: Options) -> Result<Listed<L>> {
        Ok(Listed { pages: self.pages(L::NAME, list.parameters(), options)?, of: PhantomData })
    }

    /// The request of a typed call, not sent.
    ///
    /// # Errors
    /// As [`Client::prepare`].
    pub fn prepare_typed<C: TypedCall>(&self, call: &C, options: &Options) -> Result<Request> {
        self.prepare(C::NAME, &call.parameters(), options)
    }
}

/// A typed call on its way; made by [`Client::send`].
#[derive(Debug)]
pub struct Sent<C> {
    call: Call,
    of: PhantomData<fn() -> C>,
}

/// A typed list on its way; made by [`Client::list`].
#[derive(Debug)]
pub struct Listed<L> {
    pages: Pages,
    of: PhantomData<fn() -> L>,
}

impl<L> Listed<L> {
    /// The list that gives the pages: it knows the total and the position.
    pub fn pages(&self) -> &Pages {
        &self.pages
    }
}

/// A conversation that gives what another one gives, read.
macro_rules! reads {
    ($name:ident<$of:ident: $bound:ident>, $inner:ident, $gives:ty, $read:expr) => {
        impl<$of: $bound> Conversation for $name<$of> {
            type Gives = $gives;

            fn step(&mut self, now: Now) -> Result<Step<$gives>> {
                match self.$inner.step(now)?.split() {
                    Ok(step) => Ok(step),
                    Err(given) => $read(given).map(Step::Give),
                }
            }

            fn received(&mut self, ticket: Ticket, response: Response, now: Now) {
                self.$inner.received(ticket, response, now);
            }

            fn failed(&mut self, ticket: Ticket, failure: Failure, now: Now) {
                self.$inner.failed(ticket, failure, now);
            }

            fn signed(&mut self, signature: std::result::Result<Vec<u8>, String>) {
                self.$inner.signed(signature);
            }

            fn identified(&mut self, credential: Result<Credential>, now: Now) {
                self.$inner.identified(credential, now);
            }

            fn stands(&self, taken: usize) -> Option<Position> {
                self.$inner.stands(taken)
            }
        }
    };
}

reads!(Sent<C: TypedCall>, call, C::Reply, |reply| C::reply(&reply));
reads!(Listed<L: TypedList>, pages, Option<Vec<L::Item>>, |page: Option<crate::Page>| {
    page.map(|page| L::items(&page.reply)).transpose()
});
