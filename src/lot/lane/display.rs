//! What drivers are shown and told at a lane: which scene, with which figures. The words and the
//! display's language are its driver's.

use crate::lot::case::Case;
use crate::lot::rules::Lane;
use crate::model::happening::HoldReason;
use crate::model::outcome::{Scene, Show};
use crate::store::{ParkingRecord, StoreError};
use jiff::SignedDuration;

/// A car that has just come in looks at the entry's display no longer than this.
const STILL_THERE: SignedDuration = SignedDuration::from_secs(10);

/// Shows something at a lane that has a display.
pub fn show(case: &mut Case<'_>, lane: &Lane, scene: Scene) {
    if let Some(display) = &lane.display {
        case.out.shows.push(Show { device_id: display.clone(), scene });
    }
}

/// The platform has told, while its car was coming in, that its payments are deducted automatically
/// (C.1.2.6): the display that has just welcomed it says so.
pub fn contract_known(case: &mut Case<'_>, record: &ParkingRecord) -> Result<(), StoreError> {
    let lane = record.enter_lane.as_ref().and_then(|lane_id| case.rules.lane(lane_id));
    let Some(lane) = lane.filter(|_| record.leave_time.is_none()) else { return Ok(()) };
    let just_now = case.now.duration_since(record.enter_time) <= STILL_THERE;
    // What is shown is for whoever stands there now.
    if just_now && case.tx.waiting_in(lane.id.as_str())?.is_none() {
        show(case, lane, Scene::ContractWelcome { plate: record.plate_text().to_owned() });
    }
    Ok(())
}

/// Shows why a car is held.
pub fn held(case: &mut Case<'_>, lane: &Lane, plate: &str, reason: &HoldReason) {
    let plate = plate.to_owned();
    let scene = match reason {
        HoldReason::PaymentDue(fee) => Scene::Fee { plate, fee: *fee },
        reason => Scene::Held { plate, reason: reason.clone() },
    };
    show(case, lane, scene);
}
