//! Whether the lot that a file describes can be: its codes, places, sums, lanes, equipment, and what is left of
//! the example. For `lotgate check`; it walks over what is written, whether or not every key could be read, says
//! what is odd at its place, and changes nothing of what was read.

mod codes;
mod equipment;
mod example;
mod kinds;
mod places;
mod prices;
mod spaces;
mod sums;
mod surroundings;

pub(super) use spaces::survey_space;
pub(crate) use surroundings::{SpaceFacts, Surroundings};

use super::reader::Section;

/// What is known of the numbered spaces; nothing where their table could not be read.
pub(super) type Spaces<'s> = Option<&'s [SpaceFacts]>;

pub(super) use prices::survey as survey_prices;

/// Looks at everything but the spaces themselves, which are looked at where they are read.
pub(super) fn survey(root: &Section<'_>, around: &Surroundings, spaces: Spaces<'_>) {
    codes::survey(root, around);
    places::survey(root);
    sums::survey(root, spaces);
    kinds::survey(root, around, spaces);
    equipment::survey(root, spaces);
    example::survey(root);
}
