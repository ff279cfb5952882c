//! What the columns of the table say of an operation, each as a type.

use std::fmt;

use crate::schema::Schema;

/// The HTTP method of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Method {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

impl Method {
    /// As it stands in the request line.
    pub fn as_str(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Patch => "PATCH",
            Method::Delete => "DELETE",
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Which API an operation belongs to: the first word of its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Api {
    /// `console…/api`
    V1,
    /// `console…/api/v2`
    V2,
    /// Directory Insights
    Insights,
    /// The token endpoint of service accounts
    OAuth,
    /// Uploads to an address that another operation gave
    Storage,
}

/// Which credentials an operation accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accepts {
    /// An API key or a bearer token.
    KeyOrBearer,
    /// An API key, a bearer token or System Context.
    KeyBearerOrSystem,
    /// The id and secret of a service account.
    ClientSecret,
    /// None: sending any would give them away.
    Nothing,
}

/// Whether an operation takes the organization header `x-org-id`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Organization {
    /// It does not: JumpCloud answers 403 when the header is there.
    Refused,
    /// One organization, or none.
    Optional,
    /// One organization.
    Required,
    /// Any number, one header each (Directory Insights).
    Several,
}

/// Where a parameter goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// A segment of the path.
    Path,
    /// The query.
    Query,
    /// A header.
    Header,
    /// A filter that is written into the body, under this key.
    Body(&'static str),
}

/// How an array or object is written into the query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// One value.
    Single,
    /// Joined by commas: `fields=a,b` (most of v2).
    Comma,
    /// One parameter each: `filter=a&filter=b` (v1, and v2's gRPC-backed services).
    Repeated,
    /// Joined by spaces: `fields=a%20b` (v1).
    Space,
    /// Nested keys: `search[fields][0]=a` (v1).
    Deep,
}

/// A parameter of an operation.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// JumpCloud's own name.
    pub name: &'static str,
    /// What JumpCloud called it before: still taken from a caller, and never sent.
    pub former_names: Vec<&'static str>,
    /// Where it goes.
    pub place: Place,
    /// Whether a request without it is refused.
    pub required: bool,
    /// How several values are written.
    pub style: Style,
    /// One value; for a filter, text.
    pub schema: Schema,
    /// Whether it takes a [filter](crate::filter).
    pub filter: bool,
    /// Whether its filter says `gte` and `lte` where the others of v2 say `ge` and `le`.
    pub spells_gte: bool,
}

/// The form of a request's body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyForm {
    /// `application/json`
    Json,
    /// `application/json`, or an attachment as `application/octet-stream`
    JsonOrBytes,
    /// `multipart/form-data`
    Multipart,
    /// `application/x-www-form-urlencoded`
    Form,
    /// `application/octet-stream`
    Bytes,
}

/// The body an operation takes.
#[derive(Clone, Debug)]
pub struct Body {
    /// How it is encoded.
    pub form: BodyForm,
    /// Whether a request without it is refused.
    pub required: bool,
    /// What it should look like.
    pub schema: Schema,
}

/// What the body of a success is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answers {
    /// JSON
    Json,
    /// JSON or text: the reply says which.
    JsonOrText,
    /// Text
    Text,
    /// A file, an image, …
    Bytes,
    /// Nothing
    Empty,
}

/// How the pages of a list follow one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strategy {
    /// Everything comes at once.
    Single,
    /// A page size and an offset in the query.
    Skip,
    /// A page size and an offset in the body (v1 searches).
    BodySkip,
    /// A token from the body of one page asks for the next.
    Token,
    /// A header gives the array that the next body must hold (Directory Insights).
    SearchAfter,
}

impl Strategy {
    /// The strategy's name in the catalogue.
    pub fn name(self) -> &'static str {
        match self {
            Strategy::Single => "single",
            Strategy::Skip => "skip",
            Strategy::BodySkip => "body-skip",
            Strategy::Token => "token",
            Strategy::SearchAfter => "search-after",
        }
    }
}

/// The paging of a list.
#[derive(Clone, Debug)]
pub struct Paging {
    /// How pages follow one another.
    pub strategy: Strategy,
    /// The parameter or body key that asks for a page size; empty when there is none.
    pub size: &'static str,
    /// The parameter or body key that moves on: offset, token or cursor.
    pub position: &'static str,
    /// The largest page, which is what we ask for.
    pub maximum: u64,
    /// Whether JumpCloud states the maximum. If not, a short page is no proof of the end.
    pub maximum_known: bool,
    /// The key of the items; empty when the reply is the array itself.
    pub items: &'static str,
    /// Whether a single item may come as it is, without the object around it.
    pub alone: bool,
    /// The key of the total; empty when only a header may tell.
    pub total: &'static str,
    /// The key of the next page's token.
    pub cursor: &'static str,
    /// The field to sort by when the caller does not say, so that no item is missed or doubled between pages; empty
    /// where JumpCloud names none for this operation, as a wrong one would be answered 400.
    pub sort: &'static str,
    /// The field that tells items apart: `_id`, `id`, `objectId`, `to.id`, …; empty when they have none.
    pub identity: &'static str,
    /// In which order items come when the caller does not sort.
    pub order: Order,
    /// Which total may be believed.
    pub counts: Counts,
    /// Of a list of events, which arrive late: where their times are.
    pub times: Option<Times>,
}

/// Where the times of a list of events are: paths with dots, of which one that ends in `seconds` leads to seconds since
/// 1970, and any other to RFC 3339.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Times {
    /// In an event: when it happened.
    pub event: &'static str,
    /// In the body: no event before this.
    pub since: &'static str,
    /// In the body: no event after this.
    pub until: &'static str,
}

/// In which order the items of a list come when the caller does not sort.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// By what tells them apart: we ask for it.
    Id,
    /// JumpCloud's own, which is taken to stay the same from page to page.
    Server,
}

/// Which total of a list counts what its offsets count, so that its end is known by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counts {
    /// The one in the body, under [`Paging::total`].
    Body,
    /// The header `x-total-count`.
    Header,
    /// None is known to: a total is only a number to show.
    None,
}

impl Order {
    /// Its name in the catalogue.
    pub fn name(self) -> &'static str {
        match self {
            Order::Id => "id",
            Order::Server => "server",
        }
    }
}

impl Counts {
    /// Its name in the catalogue.
    pub fn name(self) -> &'static str {
        match self {
            Counts::Body => "body",
            Counts::Header => "header",
            Counts::None => "none",
        }
    }
}
