//! A car is let pass: on its terms, by whom, and what the lane does for it. Whoever decides it calls here; nothing is
//! decided.

use super::{barrier, condition, crossing, display, unseen};
use crate::lot::case::Case;
use crate::lot::report;
use crate::lot::rights::access::{Decision, Terms};
use crate::lot::rights::entitlement;
use crate::lot::stay::sighting::Sighting;
use crate::lot::stay::unseen_entry;
use crate::model::event_kind::EventKind;
use crate::model::happening::{Happening, HoldReason};
use crate::model::outcome::Scene;
use crate::model::remark::Remark;
use crate::store::StoreError;

/// Who lets a car pass by hand.
#[derive(Debug, Clone, Copy)]
pub enum ByHand<'a> {
    /// Staff, by the operator's software.
    Staff {
        /// Who.
        operator: &'a str,
        /// Why.
        reason: &'a str,
    },
    /// Somebody who pressed the lane's button.
    Button,
}

impl ByHand<'_> {
    /// Whether it is somebody of the staff.
    pub fn is_staff(self) -> bool {
        matches!(self, Self::Staff { .. })
    }
}

/// The car passes on the terms decided.
pub fn pass(
    case: &mut Case<'_>,
    sighting: &Sighting<'_>,
    decision: Decision,
) -> Result<(), StoreError> {
    let leaves = decision.is_exit();
    if let Some(entry) = decision.control.warns() {
        let (strategy, from) = (entry.strategy_type.number(), entry.strategy_from.as_str());
        let remark = Remark::ListedPasses { leaves, strategy, from };
        plate_event(case, EventKind::ListHit, sighting, &remark)?;
    }
    if entitlement::is_emergency(sighting.plate().as_str()) {
        let remark = Remark::EmergencyPasses { leaves };
        plate_event(case, EventKind::Emergency, sighting, &remark)?;
    } else if matches!(decision.terms, Terms::Unknown) && decision.hold.is_none() && sighting.live {
        plate_event(case, EventKind::NoEntry, sighting, &Remark::LeavesUnseen)?;
    }
    // What was sent late is none of the business of whoever stands there now.
    if !sighting.live {
        return unseen::passed_earlier(case, sighting, decision);
    }
    crossing::begin(case, sighting, decision)?;
    is_let_pass(case, sighting, leaves)
}

/// The car waits no more: it is greeted and its barrier opens.
fn is_let_pass(
    case: &mut Case<'_>,
    sighting: &Sighting<'_>,
    leaves: bool,
) -> Result<(), StoreError> {
    greet(case, sighting, leaves)?;
    barrier::open_for(case, sighting.lane, sighting.car.by_hand, sighting.cause)
}

/// The same of a car that was let pass before and stands there yet: an arm that is up needs no further pulse.
pub fn is_let_pass_again(
    case: &mut Case<'_>,
    sighting: &Sighting<'_>,
    leaves: bool,
) -> Result<(), StoreError> {
    greet(case, sighting, leaves)?;
    barrier::open_again(case, sighting.lane, sighting.cause)
}

fn greet(case: &mut Case<'_>, sighting: &Sighting<'_>, leaves: bool) -> Result<(), StoreError> {
    let lane = sighting.lane;
    if let Some(before) = case.tx.waiting_in(lane.id.as_str())?
        && before.car.plate_no != *sighting.plate()
    {
        unseen_entry::withdraw(case, &before.car)?;
    }
    case.tx.clear_waiting(lane.id.as_str())?;
    condition::review(case, lane)?;
    let plate = sighting.plate().to_string();
    let scene = if leaves {
        Scene::Goodbye { plate }
    } else if case.tx.has_contract(&plate)? {
        Scene::ContractWelcome { plate }
    } else {
        Scene::Welcome { plate }
    };
    display::show(case, lane, scene);
    Ok(())
}

/// Staff take the responsibility for what held the car; where somebody else had wanted it held, nobody knows it
/// or it has not paid, the platform hears of it.
pub fn let_pass_by_hand(
    case: &mut Case<'_>,
    sighting: &Sighting<'_>,
    held: &HoldReason,
    hand: ByHand<'_>,
) -> Result<(), StoreError> {
    let (by, reason) = match hand {
        ByHand::Staff { operator, reason } => (Some(operator), reason),
        ByHand::Button => (None, ""),
    };
    if !matches!(held, HoldReason::Full | HoldReason::NoPlate) {
        let remark = Remark::LetPassByHand { held, by, reason };
        plate_event(case, EventKind::OpenedByHand, sighting, &remark)?;
    }
    case.tell(Happening::LetPassByHand {
        lane: sighting.lane.name.clone(),
        plate: sighting.plate().to_string(),
        by: by.map(str::to_owned),
        held: held.clone(),
    });
    Ok(())
}

/// 2002 about the car before a lane.
pub fn plate_event(
    case: &mut Case<'_>,
    kind: EventKind,
    sighting: &Sighting<'_>,
    remark: &Remark<'_>,
) -> Result<(), StoreError> {
    report::plate_event(case, kind, sighting.plate(), Some(sighting.lane), sighting.at, remark)
}
