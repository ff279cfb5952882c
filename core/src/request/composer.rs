//! What composes filters and bodies: of programs that only read, many do without.

use super::{Body, Settings, body, url};
use crate::Result;
use crate::operation::{Operation, Parameter};

/// A parameter of the query: its name, its value, and whether the commas in it join values.
pub(super) type Query = (String, String, bool);

/// The parameters of an operation with the JSON that was given for each.
pub(super) type Given<'g> = [(&'g Parameter, Option<&'g str>)];

/// A body, and its media type.
pub(super) type Composed = (Option<String>, Body);

#[derive(Clone, Copy)]
pub(super) struct Composer {
    /// A filter in the query.
    pub(super) filter: fn(&Operation, &Parameter, &str) -> Result<Vec<Query>>,
    /// A body, the filters in it included.
    pub(super) body: fn(&Operation, &Given<'_>, Option<&str>, &Settings) -> Result<Composed>,
}

const COMPOSER: Composer = Composer { filter: url::filter, body: body::compose };

/// Named by nothing that a call leads to: a wasm module can be split by that.
#[cfg(not(feature = "composer"))]
static PROVIDED: std::sync::OnceLock<Composer> = std::sync::OnceLock::new();

pub(super) fn composer() -> Result<Composer> {
    #[cfg(feature = "composer")]
    return Ok(COMPOSER);
    #[cfg(not(feature = "composer"))]
    PROVIDED.get().copied().ok_or_else(crate::Error::without_composer)
}

/// Has a core without the feature `composer` compose filters and bodies, and have lists say where they stand, from now on. Until then a request that has one
/// fails with an error that [says so](crate::Error::needs_composer). With the feature nothing changes.
///
/// ```
/// use jumpcloud_core::{Operation, Parameters, request};
///
/// request::provide_composer();
/// let named = Parameters::new().with("filter", "name:eq:staff");
/// let request = request::build(Operation::find("v2.userGroups.list")?, &named, &request::Settings::default())?;
/// assert_eq!(request.target(), "/api/v2/usergroups?filter=name:eq:staff");
/// # Ok::<(), jumpcloud_core::Error>(())
/// ```
pub fn provide_composer() {
    // An optimizer that sees that there is but one would lead every call to it.
    #[cfg(not(feature = "composer"))]
    {
        PROVIDED.get_or_init(|| std::hint::black_box(COMPOSER));
        crate::conversation::provide_positions();
    }
}
