//! A numbered space (table 10) beside what stands around it: its lot's kind and code, the garages, the charging
//! piles. For wherever spaces are read, the file itself or a table of its own.

use super::surroundings::Surroundings;
use super::{codes, places};
use crate::config::reader::Section;
use crate::lang::LotProblem;

/// Looks at one space.
pub(crate) fn survey_space(space: &Section<'_>, around: &Surroundings) {
    codes::space_no(space, around);
    codes::garage_code(space, around);
    codes::garage_is_there(space, around);
    places::coordinates(space);
    let position = space.written_int("position_type").filter(|kind| (0..=2).contains(kind));
    if let (Some(position), Some(on_street)) = (position, around.on_street)
        && (position == 0) != on_street
    {
        space.problem("position_type", LotProblem::PositionOfOther { on_street }.into());
    }
    let mechanical = space.written_int("material_type").filter(|kind| (0..=1).contains(kind));
    if let Some(mechanical) = mechanical.map(|kind| kind == 1)
        && mechanical != space.has("garage_code")
    {
        space.problem("material_type", LotProblem::MaterialOfOther { mechanical }.into());
    }
    let has_pile = |number: &str| around.piles.iter().any(|pile| pile == number);
    if space.written_int("with_charging_pile") == Some(1)
        && space.written_text("space_no").is_some_and(|number| !has_pile(number))
    {
        space.problem("with_charging_pile", LotProblem::PileWithoutEquipment.into());
    }
}
