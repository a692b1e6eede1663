//! One gate with two cameras: a car that turns in it is read by both, and makes one passage.

use crate::lot::case::Case;
use crate::lot::stay::sighting::Sighting;
use crate::model::event::Heading;
use crate::standard::years::earlier;
use crate::store::StoreError;
use jiff::SignedDuration;

/// So soon after the other camera it can only be the same car's tail, whatever the camera says of its way.
const SAME_CAR_WITHIN: SignedDuration = SignedDuration::from_secs(10);

/// Whether the car has just passed, or is about to pass, by the other camera of this gate.
pub fn is_same_passage(case: &Case<'_>, sighting: &Sighting<'_>) -> Result<bool, StoreError> {
    let Some(gate) = &sighting.lane.gate else { return Ok(false) };
    let within = match sighting.car.heading {
        Some(Heading::Approaching) => SAME_CAR_WITHIN,
        Some(Heading::Receding) | None => case.rules.repeat_window,
    };
    let plate = sighting.plate();
    for lane in &case.rules.lanes {
        if lane.id == sighting.lane.id || lane.gate.as_ref() != Some(gate) {
            continue;
        }
        let passing = case.tx.passing_in(lane.id.as_str())?;
        let passes = passing.is_some_and(|one| {
            one.car.is_of(plate) && case.now.duration_since(one.last_read) < within
        });
        let lately = (earlier(case.now, within), case.now);
        if passes || case.tx.has_passed(&lane.id, plate.as_str(), lately, lately.0)? {
            return Ok(true);
        }
    }
    Ok(false)
}
