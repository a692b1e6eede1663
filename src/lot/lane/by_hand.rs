//! A car let pass by a person: by the booth's software, by the lane's button, or by whoever wanted all barriers up. What
//! held it is told with who took the responsibility; the rest is as for any car.

use super::pass::{ByHand, let_pass_by_hand, pass};
use super::{barrier, condition, crossing, passage, tailing, ticket};
use crate::lot::case::Case;
use crate::lot::rights::access;
use crate::lot::rules::Lane;
use crate::lot::stay::counted;
use crate::lot::stay::sighting::Sighting;
use crate::lot::stay::unseen_entry;
use crate::model::happening::{Happening, HoldReason};
use crate::standard::plate::PlateNo;
use crate::store::{Passing, SeenCar, StoreError};
use jiff::SignedDuration;

/// Who passed and was read so lately is the one that somebody sees.
const SEEN_WITHIN: SignedDuration = SignedDuration::from_secs(10);

/// What staff know of the car they open for.
#[derive(Debug)]
pub enum Known {
    /// No more than the lane.
    Nothing,
    /// It came in under another plate than is read here; its record is put right.
    Misread,
    /// Its record; no camera has read it here.
    Car(Box<SeenCar>),
}

impl Known {
    fn car(self) -> Option<SeenCar> {
        match self {
            Self::Car(car) => Some(*car),
            Self::Nothing | Self::Misread => None,
        }
    }
}

/// Opens a lane for whoever stands there; returns the plate of the car that waits, if one does, else of the
/// `known` one. Where neither is known its camera takes a picture of who came through.
pub fn open_by_hand(
    case: &mut Case<'_>,
    lane: &Lane,
    hand: ByHand<'_>,
    known: Known,
) -> Result<Option<PlateNo>, StoreError> {
    case.tell(match hand {
        ByHand::Staff { operator, reason } => Happening::OpenedByHand {
            lane: lane.name.clone(),
            by: operator.to_owned(),
            reason: reason.to_owned(),
        },
        ByHand::Button => Happening::OpenedByButton { lane: lane.name.clone() },
    });
    let waiting = case.tx.waiting_in(lane.id.as_str())?;
    let waiting = waiting.filter(|waiting| condition::still_stands(case, waiting));
    let misread = matches!(known, Known::Misread);
    let waiting = waiting.map(|waiting| waiting.car);
    let passing = case.tx.passing_in(lane.id.as_str())?.filter(|passing| {
        let just_read = case.now.duration_since(passing.last_read) < SEEN_WITHIN;
        passing.record_id.is_none() || just_read
    });
    if let (None, Known::Nothing, Some(passing)) = (&waiting, &known, passing) {
        // It was let pass, and somebody sees that it stands there still.
        barrier::open(case, lane, None)?;
        let plate_no = passing.car.plate_no.clone();
        case.tx.set_passing(&Passing { last_read: case.now, ..passing })?;
        return Ok(Some(plate_no));
    }
    let Some(car) = waiting.or(known.car()) else {
        barrier::open(case, lane, None)?;
        tailing::note_opened(case, lane)?;
        case.out.snapshots.push((lane.camera.clone(), lane.name.clone()));
        return Ok(None);
    };
    let car = if car.has_plate() { car } else { ticket::give(case, lane, car)? };
    let car = SeenCar { by_hand: true, by_staff: hand.is_staff(), ..car };
    let sighting = Sighting::kept(lane, car, case.now);
    let plate = sighting.plate().clone();
    let decision = access::decide(case, lane, sighting.shown(), case.now)?;
    // Read as another plate than it came in with, it was held as unknown, and staff say whose it is.
    let held = decision.hold.clone().or(misread.then_some(HoldReason::NotInside));
    if let Some(held) = &held {
        let_pass_by_hand(case, &sighting, held, hand)?;
    }
    pass(case, &sighting, decision)?;
    Ok(Some(plate))
}

/// Staff say which car it is that waits in a lane, or that nobody has read there: it is decided anew.
pub fn named_by_hand(case: &mut Case<'_>, lane: &Lane, car: SeenCar) -> Result<(), StoreError> {
    let sighting = Sighting::kept(lane, car, case.now);
    crossing::settle_former(case, lane, Some(sighting.plate()))?;
    if let Some(before) = case.tx.waiting_in(lane.id.as_str())?
        && before.car.plate_no != *sighting.plate()
    {
        unseen_entry::withdraw(case, &before.car)?;
    }
    passage::decide_named(case, &sighting)
}

/// Staff let a car through that they name, or that shows no plate; it comes in or goes out with a record.
pub fn let_through(
    case: &mut Case<'_>,
    lane: &Lane,
    hand: ByHand<'_>,
    car: SeenCar,
) -> Result<PlateNo, StoreError> {
    let car = if car.has_plate() { car } else { ticket::give(case, lane, car)? };
    let car = SeenCar { by_hand: true, by_staff: hand.is_staff(), ..car };
    let sighting = Sighting::kept(lane, car, case.now);
    passage::leave_other_lanes(case, &sighting)?;
    counted::read_at_exit(case, &sighting)?;
    let decision = access::decide(case, lane, sighting.shown(), case.now)?;
    let held = decision.hold.clone().unwrap_or(HoldReason::NoPlate);
    let_pass_by_hand(case, &sighting, &held, hand)?;
    let plate_no = sighting.plate().clone();
    case.out.snapshots.push((lane.camera.clone(), lane.name.clone()));
    pass(case, &sighting, decision)?;
    Ok(plate_no)
}
