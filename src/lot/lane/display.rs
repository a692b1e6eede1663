//! What drivers are shown and told at a lane: which scene, with which figures. The words and the
//! display's language are its driver's.

use crate::lot::case::Case;
use crate::lot::rules::Lane;
use crate::model::happening::HoldReason;
use crate::model::outcome::{Scene, Show};

/// Shows something at a lane that has a display.
pub fn show(case: &mut Case<'_>, lane: &Lane, scene: Scene) {
    if let Some(display) = &lane.display {
        case.out.shows.push(Show { device_id: display.clone(), scene });
    }
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
