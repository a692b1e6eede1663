//! Numbers for cars that show no plate, in its place on everything that is told of them.

use crate::lot::case::Case;
use crate::lot::rules::Lane;
use crate::model::happening::Happening;
use crate::standard::plate::PlateNo;
use crate::standard::ticket_number::{is_ticket_number, ticket_number};
use crate::store::{SeenCar, StoreError};

/// Table 11's `licensePlateType` of a number given in place of a plate.
const TEMPORARY: i64 = 2;

/// Gives a car that shows no plate a number that nobody inside has.
pub fn give(case: &mut Case<'_>, lane: &Lane, car: SeenCar) -> Result<SeenCar, StoreError> {
    let mut plate_no = PlateNo::none();
    while !is_ticket_number(plate_no.as_str())
        || case.tx.open_record_of(plate_no.as_str())?.is_some()
    {
        let number = ticket_number(case.tx.next_ticket()?);
        plate_no = number.parse().unwrap_or(plate_no);
    }
    let (lane, plate) = (lane.name.clone(), plate_no.to_string());
    case.tell(Happening::TicketGiven { lane, plate });
    Ok(SeenCar { plate_no, read_as: None, license_plate_type: Some(TEMPORARY), ..car })
}
