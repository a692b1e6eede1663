//! Which class of vehicles a car is of, said by staff: its plate until further notice, or its car for this one stay.

use super::Done;
use crate::lot::case::Case;
use crate::model::happening::Happening;
use crate::model::staff::{ClassOf, Refusal};
use crate::standard::id::Id;
use crate::standard::plate::PlateNo;
use crate::store::{ClassOfPlate, ParkingRecord, StoreError};
use serde_json::json;

/// Puts a car into a class; if it waits, it may pass now.
pub(super) fn give(case: &mut Case<'_>, class: &ClassOf, by: &str, reason: &str) -> Done {
    let ClassOf { plate_no, name, until, this_stay } = class;
    if !case.rules.tariff.has_class(name) {
        return Err(Refusal::NoClass.into());
    }
    if until.is_some_and(|until| until <= case.now) {
        return Err(Refusal::AlreadyOver.into());
    }
    let record = inside(case, plate_no)?;
    if *this_stay {
        let Some(record) = &record else { return Err(Refusal::NotInside.into()) };
        case.tx.give_class(&record.id, name, by, case.now)?;
    } else {
        case.tx.set_class_of_plate(&ClassOfPlate {
            plate_no: plate_no.to_string(),
            class: name.clone(),
            until: *until,
            given_by: by.to_owned(),
            reason: reason.to_owned(),
            at: case.now,
        })?;
    }
    tell(case, class, by, true);
    looked_at_again(case, plate_no, record.as_ref());
    Ok(json!({ "status": "given", "recordId": id_of(record) }))
}

/// Takes a car out of a class.
pub(super) fn take(case: &mut Case<'_>, class: &ClassOf, by: &str) -> Done {
    let ClassOf { plate_no, name, this_stay, .. } = class;
    let record = inside(case, plate_no)?;
    let taken = if *this_stay {
        let Some(record) = &record else { return Err(Refusal::NotInside.into()) };
        case.tx.take_class(&record.id, name)?
    } else {
        case.tx.remove_class_of_plate(plate_no.as_str(), name)?
    };
    if !taken {
        return Err(Refusal::NotOfClass.into());
    }
    tell(case, class, by, false);
    looked_at_again(case, plate_no, record.as_ref());
    Ok(json!({ "status": "taken", "recordId": id_of(record) }))
}

/// Any plate of a car means that car.
fn inside(case: &Case<'_>, plate_no: &PlateNo) -> Result<Option<ParkingRecord>, StoreError> {
    case.tx.open_record_by_any_plate(plate_no.as_str())
}

fn id_of(record: Option<ParkingRecord>) -> Option<Id> {
    record.map(|record| record.id)
}

fn looked_at_again(case: &mut Case<'_>, plate_no: &PlateNo, record: Option<&ParkingRecord>) {
    case.may_pass(record.map_or(plate_no.as_str(), ParkingRecord::plate_text));
    case.listing_changed(plate_no.as_str());
}

fn tell(case: &mut Case<'_>, class: &ClassOf, by: &str, given: bool) {
    let (plate, class, by) = (class.plate_no.to_string(), class.name.clone(), by.to_owned());
    case.tell(if given {
        Happening::ClassGiven { plate, class, by }
    } else {
        Happening::ClassTaken { plate, class, by }
    });
}
