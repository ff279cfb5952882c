//! What a list remembers so that it can say where it stands: of most programs nobody asks, so a wasm module can be split there.

use std::time::SystemTime;

use super::course::Course;
use super::position::{self, Position, Standpoint};
use crate::Result;
use crate::client::Options;
use crate::operation::{Operation, Paging};
use crate::parameters::Parameters;
use crate::reply::Reply;

/// What a list tells of itself while it is read, and what it leaves out.
pub(super) trait Stands: Send {
    /// Of events, says to what time they are asked for: whether what is asked for has changed; nothing when there is nothing
    /// to ask for yet.
    fn begin(
        &mut self,
        paging: &Paging,
        parameters: &mut Parameters,
        now: SystemTime,
    ) -> Result<Option<bool>>;
    /// A first reply has come.
    fn told(&mut self, reply: &Reply);
    /// Leaves out what was handed out before, and notes the rest.
    fn hand_out(&mut self, reply: &mut Reply, places: &mut Vec<usize>);
    /// Only so many of them are handed out.
    fn cut(&mut self, reply: &Reply, given: usize);
    /// The course is over; the list may have been read to its end.
    fn left(&mut self, course: &dyn Course<Box<Reply>>, ended: bool);
    /// Where the list stands when so many of the items that were handed out last are taken.
    fn position(&self, taken: usize, course: Option<&dyn Course<Box<Reply>>>) -> Position;
    /// Where the lists of several organizations stand, as one position.
    fn of_all(&self, operation: &str, each: &[(&str, Position)]) -> Position;
}

/// A list that knows where it stands, and where it begins if not at its start.
pub(super) struct Begun {
    pub(super) stands: Box<dyn Stands>,
    pub(super) from: Option<Standpoint>,
}

type Begin = fn(&'static Operation, &Paging, &mut Parameters, &[String], &Options) -> Result<Begun>;

type Places = fn(&Position, &[String]) -> Result<Vec<Option<Position>>>;

const BEGIN: (Begin, Places) = (position::begin, position::places);

/// Named by nothing that a list leads to; see [`provide_composer`](crate::request::provide_composer).
#[cfg(not(feature = "composer"))]
static PROVIDED: std::sync::OnceLock<(Begin, Places)> = std::sync::OnceLock::new();

#[cfg(not(feature = "composer"))]
pub(crate) fn provide() {
    PROVIDED.get_or_init(|| std::hint::black_box(BEGIN));
}

/// Nothing where nobody asks, and what does it is not at hand.
pub(super) fn begin(
    operation: &'static Operation,
    paging: &Paging,
    parameters: &mut Parameters,
    organizations: &[String],
    options: &Options,
) -> Result<Option<Begun>> {
    #[cfg(feature = "composer")]
    return BEGIN.0(operation, paging, parameters, organizations, options).map(Some);
    #[cfg(not(feature = "composer"))]
    {
        if options.from.is_none() && options.lag.is_none() && options.overlap.is_none() {
            return Ok(None);
        }
        let begin = PROVIDED.get().ok_or_else(crate::Error::without_composer)?;
        begin.0(operation, paging, parameters, organizations, options).map(Some)
    }
}

/// Where the list of each organization begins, as the position of all says.
pub(super) fn places(from: &Position, organizations: &[String]) -> Result<Vec<Option<Position>>> {
    #[cfg(feature = "composer")]
    return BEGIN.1(from, organizations);
    #[cfg(not(feature = "composer"))]
    return PROVIDED.get().ok_or_else(crate::Error::without_composer)?.1(from, organizations);
}
