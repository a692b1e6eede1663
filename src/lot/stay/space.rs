//! Numbered spaces as their sensors see them: 5001 on change; on the street a stay begins and ends with
//! its space (5004 and 5005 by `spaceNo`, without a plate).

use super::{booking, payment};
use crate::lot::case::Case;
use crate::lot::report;
use crate::lot::spaces;
use crate::model::event::SpaceSeen;
use crate::model::happening::Happening;
use crate::standard::codes::{RecordReport, SpaceState};
use crate::standard::id::Id;
use crate::store::{ParkingRecord, StoreError};
use jiff::Timestamp;

fn state(seen: SpaceSeen) -> SpaceState {
    match seen {
        SpaceSeen::Free => SpaceState::Free,
        SpaceSeen::Occupied => SpaceState::Occupied,
        SpaceSeen::Unknown => SpaceState::Unknown,
    }
}

/// A sensor saw a space otherwise than before.
pub fn seen(case: &mut Case<'_>, space_no: &str, seen: SpaceSeen) -> Result<(), StoreError> {
    if case.rules.space(space_no).is_none() || !spaces::note(case, space_no, state(seen))? {
        return Ok(());
    }
    if case.rules.on_street {
        let at = case.now;
        match seen {
            SpaceSeen::Occupied => begin(case, space_no, at)?,
            SpaceSeen::Free => end(case, space_no, at)?,
            // A silent sensor ends no stay.
            SpaceSeen::Unknown => {}
        }
    }
    report::space_state(case, space_no)?;
    report::occupancy::changed(case)?;
    case.tell(Happening::SpaceSeen { space_no: space_no.to_owned(), seen });
    Ok(())
}

/// A garage has put a car into a space, or taken it out. Where a sensor watches the space, it tells.
pub fn moved(case: &mut Case<'_>, space_no: &str, stored: bool) -> Result<(), StoreError> {
    if case.rules.space(space_no).is_none() || spaces::is_watched(case, space_no) {
        return Ok(());
    }
    let state = if stored { SpaceState::Occupied } else { SpaceState::Free };
    spaces::note(case, space_no, state)?;
    report::space_state(case, space_no)?;
    report::occupancy::changed(case)
}

fn begin(case: &mut Case<'_>, space_no: &str, at: Timestamp) -> Result<(), StoreError> {
    if case.tx.open_record_at(space_no)?.is_some() {
        // The sensor was silent for a while; the stay goes on.
        return Ok(());
    }
    booking::arrive_at(case, space_no)?;
    let begun = ParkingRecord::begun(Id::of_moment(case.now), None, at);
    let record = ParkingRecord { space_no: Some(space_no.to_owned()), ..begun };
    let record = super::insert(case, record)?;
    case.tx.count_entry(&record.id, at)?;
    report::record(case, RecordReport::In, &record)
}

fn end(case: &mut Case<'_>, space_no: &str, at: Timestamp) -> Result<(), StoreError> {
    let Some(mut record) = case.tx.open_record_at(space_no)? else { return Ok(()) };
    let taken = super::end_at(case, &mut record, at)?;
    super::close(case, &record, &taken)?;
    case.tx.count_exit(&record.id, at)?;
    // What was not paid is owed; the platform collects it later (C.2.2.5).
    payment::ask(case, &record)?;
    Ok(())
}
