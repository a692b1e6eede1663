//! A car that was let pass, or waits, has gone back: its camera saw it turn, or somebody did.

use super::{barrier, condition, crossing, tailing, unseen};
use crate::lot::case::Case;
use crate::lot::rules::Lane;
use crate::lot::stay::unseen_entry;
use crate::standard::id::Id;
use crate::standard::plate::PlateNo;
use crate::store::{Passing, SeenCar, StoreError};

/// A camera saw a car turn back.
pub fn turned_back(
    case: &mut Case<'_>,
    camera: &Id,
    plate: Option<&PlateNo>,
) -> Result<(), StoreError> {
    let Some(lane) = case.rules.lane_of_camera(camera) else { return Ok(()) };
    if case.tx.all_up()?.is_some() {
        return Ok(());
    }
    let is_it = |car: &SeenCar| plate.is_none_or(|plate| car.is_of(plate));
    if let Some(passing) = case.tx.passing_in(lane.id.as_str())?
        && is_it(&passing.car)
    {
        if passing.on_loop {
            // What the loop tells next is of its going back.
            tailing::note_settled(case, lane, passing.leaves)?;
        }
        back_out(case, lane, &passing)?;
    } else if let Some(plate) = plate {
        unseen::undo(case, lane, plate.as_str())?;
    }
    let waiting = case.tx.waiting_in(lane.id.as_str())?;
    if let Some(gone) = waiting.filter(|one| plate.is_some() && is_it(&one.car)) {
        unseen_entry::withdraw(case, &gone.car)?;
        case.tx.went_back(gone.car.plate_no.as_str())?;
        case.tx.clear_waiting(lane.id.as_str())?;
        case.out.press();
        condition::review(case, lane)?;
    }
    Ok(())
}

/// Whether a car was let pass here that may have gone back: it stands there, or no loop saw it through just before.
pub fn can_go_back(case: &Case<'_>, lane: &Lane) -> Result<bool, StoreError> {
    Ok(case.tx.passing_in(lane.id.as_str())?.is_some()
        || case.tx.last_unseen_passage_in(&lane.id)?.is_some())
}

/// Staff say that it has.
pub fn by_hand(case: &mut Case<'_>, lane: &Lane) -> Result<(), StoreError> {
    if let Some(passing) = case.tx.passing_in(lane.id.as_str())? {
        return back_out(case, lane, &passing);
    }
    let Some(last) = case.tx.last_unseen_passage_in(&lane.id)? else { return Ok(()) };
    unseen::undo(case, lane, &last.plate_no)
}

/// Somebody or something tells that a car which was let pass has gone back.
fn back_out(case: &mut Case<'_>, lane: &Lane, passing: &Passing) -> Result<(), StoreError> {
    barrier::give_up(case, lane, passing.car.plate_no.as_str())?;
    if passing.record_id.is_some() {
        case.tx.clear_passing(passing)?;
        unseen::undo(case, lane, passing.car.plate_no.as_str())?;
    } else {
        crossing::give_up(case, lane, passing)?;
    }
    // Nothing comes down on who stands under the arm.
    if passing.on_loop { Ok(()) } else { barrier::close(case, lane) }
}
