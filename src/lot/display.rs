//! What drivers are shown and told at a lane: which scene, with which figures. The words and the
//! display's language are its driver's.

use super::event::Show;
use super::{Context, HoldReason, Lane, Outcome};
use crate::standard::id::Id;
use crate::standard::money::Money;

/// One thing a display can show.
#[derive(Debug, Clone, PartialEq)]
pub enum Scene {
    /// Nobody is there.
    Idle {
        /// Free spaces.
        unused: i64,
    },
    /// A car comes in.
    Welcome {
        /// Its plate.
        plate: String,
    },
    /// A car leaves.
    Goodbye {
        /// Its plate.
        plate: String,
    },
    /// A car has to pay first.
    Fee {
        /// Its plate.
        plate: String,
        /// What it owes.
        fee: Money,
    },
    /// A car may not pass.
    Held {
        /// Its plate.
        plate: String,
        /// Why.
        reason: HoldReason,
    },
}

/// Shows something at a lane that has a display.
pub(super) fn show(lane: &Lane, scene: Scene, out: &mut Outcome) {
    if let Some(display) = &lane.display {
        out.shows.push(Show { device_id: display.clone(), scene });
    }
}

/// Shows why a car is held.
pub(super) fn held(lane: &Lane, plate: &str, reason: &HoldReason, out: &mut Outcome) {
    let plate = plate.to_owned();
    let scene = match reason {
        HoldReason::PaymentDue(fee) => Scene::Fee { plate, fee: *fee },
        reason => Scene::Held { plate, reason: reason.clone() },
    };
    show(lane, scene, out);
}

/// Tells all displays how much is free.
pub(super) fn idle(context: Context<'_>, unused: i64, out: &mut Outcome) {
    let mut told: Vec<&Id> = Vec::new();
    for display in context.rules.lanes.iter().filter_map(|lane| lane.display.as_ref()) {
        if !told.contains(&display) {
            told.push(display);
            out.shows.push(Show { device_id: display.clone(), scene: Scene::Idle { unused } });
        }
    }
}
