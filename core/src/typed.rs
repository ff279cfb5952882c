//! Typed requests and replies: a struct for every operation, a type for every schema.
//!
//! Each area of the API (`system-users`, `user-groups`, …) is a cargo feature and none is on by default: a program
//! compiles what it uses. A request's path is the operation's dotted name, and the type its verb:
//!
#![cfg_attr(feature = "user-groups", doc = "```")]
#![cfg_attr(not(feature = "user-groups"), doc = "```ignore")]
//! use jumpcloud_core::reply::{Response, parse};
//! use jumpcloud_core::request::{Settings, build};
//! use jumpcloud_core::typed::v2::user_groups::members::List;
//! use jumpcloud_core::typed::{TypedCall, TypedList};
//!
//! let call = List { group_id: "5f1b".into(), limit: Some(100), ..List::default() };
//! let settings = Settings { origin: "https://console.jumpcloud.com".into(), ..Settings::default() };
//! let request = build(call.operation(), &call.parameters(), &settings)?;
//! assert_eq!(request.url, "https://console.jumpcloud.com/api/v2/usergroups/5f1b/members?limit=100");
//!
//! let body = br#"[{"to": {"id": "60ab", "type": "user"}}]"#.to_vec();
//! let reply = parse(call.operation(), Response { status: 200, headers: vec![], body })?;
//! let members = List::items(&reply)?;
//! assert_eq!(members[0].to.as_ref().and_then(|to| to.id.as_deref()), Some("60ab"));
//! # Ok::<(), jumpcloud_core::Error>(())
//! ```
//!
//! Nothing that JumpCloud answers breaks a type. A record's fields are optional, but for the ids that JumpCloud always
//! sends, in types that are only received: they are texts, and empty in the rare reply without one (which no request
//! takes for an id). A key that the description does not have, and a value that is not what it says, are in `extra`
//! under their key; an enum has an `Other` for values that are new. Dates stay text, as JumpCloud does not always write them the same way.
//!
//! In a body, `None` is left out. [`Model::null`] sends a `null`, which clears a value:
//!
#![cfg_attr(feature = "system-users", doc = "```")]
#![cfg_attr(not(feature = "system-users"), doc = "```ignore")]
//! use jumpcloud_core::typed::{Model, models::SystemUserPut};
//!
//! let body = SystemUserPut { department: Some("IT".into()), ..Default::default() }.null("manager");
//! assert_eq!(serde_json::to_string(&body)?, r#"{"department":"IT","manager":null}"#);
//! # Ok::<(), serde_json::Error>(())
//! ```

// The records' own documentation says which of JumpCloud's schemas they are; the rest of this module is one decoder
// and one encoder for all of them (`record`). Derived serde impls would be compiled once for each of 1,300 structs.
#[macro_use]
mod record;
mod client;
mod decimal;

pub mod insights;
pub mod models;
pub mod oauth;
pub mod storage;
pub mod v1;
pub mod v2;

use std::collections::BTreeMap;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::reply::{Content, Reply};
use crate::{Error, ErrorKind, Operation, Parameters, Result};

pub use client::{Listed, Sent};
pub use decimal::Decimal;
#[doc(hidden)]
pub use record::Field;

/// What the generated modules name.
mod prelude {
    #![allow(unused_imports)]
    pub(super) use super::{Decimal, Extra, models};
    pub(super) use crate::Attachment;
    pub(super) use crate::filter::Filter;
    pub(super) use serde_json::Value;
    pub(super) use std::collections::BTreeMap;
}

/// What came, or is to be sent, beyond a record's own fields.
pub type Extra = BTreeMap<String, Value>;

/// A record of JumpCloud's: the type of an object in a body or a reply.
pub trait Model: record::Record + Clone + Default + Serialize + DeserializeOwned {
    /// Sends `null` for this of JumpCloud's keys, which clears its value. The field must be `None`.
    #[must_use]
    fn null(self, key: &str) -> Self {
        self.with(key, Value::Null)
    }

    /// Sends a value under a key that the type does not have. A field that is set goes before it.
    #[must_use]
    fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        if let Some(extra) = self.extra_mut() {
            extra.insert(key.to_owned(), value.into());
        }
        self
    }
}

/// The request of an operation.
pub trait TypedCall: record::Record + Clone + Default + Serialize + DeserializeOwned {
    /// The operation's dotted name.
    const NAME: &'static str;
    /// What a success holds.
    type Reply;

    /// The operation.
    fn operation(&self) -> &'static Operation {
        // The generator writes request and table from the same description; a test calls this for all of them.
        Operation::find(Self::NAME).unwrap_or_else(|_| unreachable!("{} is in the table", Self::NAME))
    }

    /// The parameters as a dynamic call takes them.
    fn parameters(&self) -> Parameters {
        record::parameters(self, self.operation())
    }

    /// Reads what came; an empty body, or a word that confirms a change, is an empty value.
    ///
    /// # Errors
    /// [`ErrorKind::Decode`](crate::ErrorKind) with the raw body.
    fn reply(reply: &Reply) -> Result<Self::Reply>;
}

/// The request of an operation that lists.
pub trait TypedList: TypedCall {
    /// One of the list.
    type Item: DeserializeOwned;

    /// Reads the items of a page.
    ///
    /// # Errors
    /// [`ErrorKind::Decode`](crate::ErrorKind) with the raw body, when one of them is not what it should be:
    /// none is ever left out.
    fn items(reply: &Reply) -> Result<Vec<Self::Item>> {
        let decoded = reply.items().map(serde_json::from_slice).collect::<serde_json::Result<_>>();
        decoded.map_err(|error| Error::undecodable(reply, &error.to_string()).caused_by(error))
    }
}

/// The JSON paths of what the types do not describe: unknown keys, and values that are not what they should be.
///
#[cfg_attr(feature = "system-users", doc = "```")]
#[cfg_attr(not(feature = "system-users"), doc = "```ignore")]
/// use jumpcloud_core::typed::{models::SystemUser, unfit};
///
/// let user: SystemUser = serde_json::from_str(r#"{"email": 5, "mfa": {"configured": true, "level": 3}}"#)?;
/// assert_eq!(unfit(&user), ["email", "mfa.level"]);
/// # Ok::<(), serde_json::Error>(())
/// ```
pub fn unfit(value: &dyn Field) -> Vec<String> {
    let mut found = Vec::new();
    record::unfit(value.view(), &mut String::new(), &mut found);
    found
}

/// A playbook's outcome as what serde makes of it: one of its types in [`models`], or a [`Value`].
///
/// ```
/// let outcome: serde_json::Value = jumpcloud_core::typed::outcome("systems.lock", r#"{"changed":true}"#)?;
/// assert_eq!(outcome["changed"], true);
///
/// let error = jumpcloud_core::typed::outcome::<u8>("systems.lock", r#"{"changed":true}"#).unwrap_err();
/// assert!(std::error::Error::source(&error).is_some_and(|source| source.is::<serde_json::Error>()));
/// # Ok::<(), jumpcloud_core::Error>(())
/// ```
///
/// # Errors
/// [`ErrorKind::Decode`](crate::ErrorKind) when it is not of that type.
pub fn outcome<T: DeserializeOwned>(playbook: &str, json: &str) -> Result<T> {
    serde_json::from_str(json).map_err(|error| {
        let message = format!("the outcome of {playbook} does not decode: {error}");
        Error::new(ErrorKind::Decode, message).caused_by(error)
    })
}

/// A reply in JSON; nothing, or a word that confirms a change, is an empty value.
fn json<T: DeserializeOwned + Default>(reply: &Reply) -> Result<T> {
    match reply.content {
        Content::Json => serde_json::from_slice(&reply.body)
            .map_err(|error| Error::undecodable(reply, &error.to_string()).caused_by(error)),
        _ => Ok(T::default()),
    }
}

/// A reply in JSON or in text: text becomes a JSON string.
#[allow(dead_code)]
fn json_or_text<T: DeserializeOwned + Default + From<String>>(reply: &Reply) -> Result<T> {
    match reply.content {
        Content::Text => text(reply).map(T::from),
        _ => json(reply),
    }
}

#[allow(dead_code)]
fn text(reply: &Reply) -> Result<String> {
    std::str::from_utf8(&reply.body)
        .map(str::to_owned)
        .map_err(|error| Error::undecodable(reply, &error.to_string()))
}

#[allow(dead_code)]
fn bytes(reply: &Reply) -> Result<Vec<u8>> {
    Ok(reply.body.clone())
}

#[allow(dead_code)]
fn empty(_: &Reply) -> Result<()> {
    Ok(())
}
