//! Lists, as streams of their pages and of their items. Which there are, and when a list ends, is the core's to say.

use std::collections::VecDeque;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use jumpcloud_core::{Page, Position, Result};
use serde::de::DeserializeOwned;

use crate::client::Client;
use crate::talk::Talk;

/// The pages of a list, each fetched when it is asked for; made by [`Client::pages`]. An error ends it.
pub struct Pages {
    talk: Talk<Option<Page>>,
    total: Option<u64>,
    over: bool,
}

impl Pages {
    pub(crate) fn new(client: &Client, pages: jumpcloud_core::Pages) -> Pages {
        Pages { talk: Talk::new(client, pages), total: None, over: false }
    }

    /// How many items the list has, once a page has come and if JumpCloud says.
    pub fn total(&self) -> Option<u64> {
        self.total
    }

    /// Where the list stands, behind the page that was handed out last: [`Options::from`](jumpcloud_core::Options) begins
    /// there again. Only a list that was given a `from` knows.
    pub fn position(&self) -> Option<Position> {
        self.position_after(usize::MAX)
    }

    fn position_after(&self, taken: usize) -> Option<Position> {
        self.talk.ask(|conversation| conversation.stands(taken))
    }
}

impl Stream for Pages {
    type Item = Result<Page>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Page>>> {
        if self.over {
            return Poll::Ready(None);
        }
        let page = ready!(self.talk.poll(context)).transpose();
        match &page {
            Some(Ok(page)) => self.total = page.total.or(self.total),
            _ => self.over = true,
        }
        Poll::Ready(page)
    }
}

/// The items of a list, one by one; made by [`Client::items`] and [`Client::list`]. An error ends it.
pub struct Items<T> {
    pages: Pages,
    page: Option<Page>,
    items: VecDeque<std::ops::Range<usize>>,
    taken: usize,
    of: PhantomData<fn() -> T>,
}

impl<T> Items<T> {
    pub(crate) fn new(pages: Pages) -> Items<T> {
        Items { pages, page: None, items: VecDeque::new(), taken: 0, of: PhantomData }
    }

    /// How many items the list has, once one has come and if JumpCloud says.
    pub fn total(&self) -> Option<u64> {
        self.pages.total()
    }

    /// Where the list stands, behind the item that was handed out last: see [`Pages::position`].
    pub fn position(&self) -> Option<Position> {
        self.pages.position_after(self.taken)
    }
}

impl<T: DeserializeOwned> Stream for Items<T> {
    type Item = Result<T>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<T>>> {
        loop {
            if let Some(item) = self.items.pop_front() {
                self.taken += 1;
                let Some(page) = &self.page else { continue };
                let item = serde_json::from_slice(page.reply.body.get(item).unwrap_or_default());
                let item = item.map_err(|_| page.reply.undecodable());
                if item.is_err() {
                    self.items.clear();
                    self.pages.over = true;
                }
                return Poll::Ready(Some(item));
            }
            let Some(page) = ready!(Pin::new(&mut self.pages).poll_next(context)).transpose()? else {
                return Poll::Ready(None);
            };
            self.items = page.reply.list.as_ref().map(|list| list.items.clone()).unwrap_or_default().into();
            (self.page, self.taken) = (Some(page), 0);
        }
    }
}
