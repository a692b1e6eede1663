//! A stay from its beginning to its end: what its parking record says and what is reported of it. The
//! terms were decided before ([`Decision`]) and are not asked again; whether the barrier moves is the
//! lane's.

pub(super) mod booking;
pub(super) mod contract;
pub(super) mod counted;
pub(super) mod coupon;
pub(super) mod image;
pub(super) mod lease;
pub(super) mod payment;
pub(super) mod rename;
pub(super) mod sighting;
pub(super) mod space;
pub(super) mod unseen_entry;
pub(super) mod unseen_exit;

use super::case::Case;
use super::money::relief::Taken;
use super::report::{self, subject};
use super::rights::access::{self, Coming, Decision, Leaving, Terms};
use super::rights::conditions;
use super::spaces;
use crate::model::happening::Happening;
use crate::standard::codes::{RecordReport, SpaceState};
use crate::standard::id::Id;
use crate::standard::money::Money;
use crate::store::{ParkingRecord, RecordType, SeenCar, StoreError};
use image::End;
use jiff::Timestamp;
use sighting::Sighting;

/// The car has passed: its stay begins or ends, on the terms decided. Returns its record, where there is one.
pub fn begin_or_end(
    case: &mut Case<'_>,
    sighting: &Sighting<'_>,
    decision: Decision,
) -> Result<Option<Id>, StoreError> {
    let by_people = case.by_people;
    case.by_people |= sighting.car.by_staff;
    let record_id = come_or_gone(case, sighting, decision)?;
    case.by_people = by_people;
    report::occupancy::changed(case)?;
    Ok(record_id)
}

fn come_or_gone(
    case: &mut Case<'_>,
    sighting: &Sighting<'_>,
    decision: Decision,
) -> Result<Option<Id>, StoreError> {
    // What was sent late says nothing of who let it pass.
    let listed = decision.is_listed() && sighting.live;
    Ok(match decision.terms {
        Terms::ComeIn(coming) => Some(begin(case, sighting, *coming, listed)?),
        Terms::Leave(leaving) => {
            let record_id = leaving.record.id.clone();
            end(case, sighting, *leaving, listed)?;
            case.space_freed();
            Some(record_id)
        }
        Terms::Unknown if sighting.live => Some(leave_unknown(case, sighting)?),
        // There is nothing to close, and what one camera says of a day gone by makes no record.
        Terms::Unknown => {
            case.tell(Happening::LeftUnknownEarlier {
                lane: sighting.lane.name.clone(),
                plate: sighting.plate().to_string(),
            });
            None
        }
    })
}

/// A stay that began and was none: its car has turned back at the entry.
pub fn end_as_none(case: &mut Case<'_>, record_id: &Id) -> Result<(), StoreError> {
    let Some(mut record) = case.tx.open_record(record_id)? else { return Ok(()) };
    record.leave_time = Some(case.now.max(record.enter_time));
    record.receivables = Money::ZERO;
    record.record_type = RecordType::Abnormal;
    case.tx.unlock(record.plate_text())?;
    coupon::loosen(case, &record.id)?;
    close(case, &record, &[])?;
    case.tx.count_exit(&record.id, case.now)?;
    case.space_freed();
    report::occupancy::changed(case)
}

/// A car has come in.
fn begin(
    case: &mut Case<'_>,
    sighting: &Sighting<'_>,
    coming: Coming,
    listed: bool,
) -> Result<Id, StoreError> {
    if let Some(unseen) = coming.unseen {
        close_unseen(case, unseen, sighting)?;
    }
    let space_no = booking::arrive(case, coming.bookings)?;
    let mut record = ParkingRecord { space_no, share_id: coming.share_id, ..seen_coming(sighting) };
    if listed {
        record.record_type = RecordType::Abnormal;
    }
    let record = insert(case, record)?;
    if sighting.ours {
        case.tx.count_entry(&record.id, record.enter_time)?;
    }
    case.tx.set_aliases(&record.id, &sighting.car.aliases)?;
    case.listing_changed(record.plate_text());
    if let Some(key) = &coming.lease_key {
        lease::take_at_entry(case, &record, key)?;
    }
    coupon::begin(case, &record, sighting.car.plates())?;
    image::keep(case, sighting, &record, End::Entry)?;
    if let Some(space_no) = &record.space_no {
        report::space_state(case, space_no)?;
    }
    if sighting.live {
        contract::ask(case, &record, contract::AT_ENTRY);
    }
    report::record(case, RecordReport::In, &record)?;
    if !sighting.live {
        // What has begun since it came in is used up, too.
        booking::begin(case)?;
    }
    case.tell(Happening::Entered {
        lane: sighting.lane.name.clone(),
        plate: sighting.plate().to_string(),
        record: record.id.clone(),
    });
    Ok(record.id)
}

/// Staff say that a stay ended at a moment when a car went out that nobody read.
pub fn end_by_hand(case: &mut Case<'_>, record_id: &Id, at: Timestamp) -> Result<(), StoreError> {
    let Some(mut record) = case.tx.open_record(record_id)? else { return Ok(()) };
    let taken = end_at(case, &mut record, at)?;
    record.record_type = RecordType::Abnormal;
    case.tx.unlock(record.plate_text())?;
    close(case, &record, &taken)?;
    payment::ask(case, &record)?;
    case.space_freed();
    report::occupancy::changed(case)
}

/// The record of a car that comes in here.
fn seen_coming(sighting: &Sighting<'_>) -> ParkingRecord {
    let plate_no = Some(sighting.plate().clone());
    ParkingRecord {
        plate_color: sighting.car.plate_color.clone(),
        license_plate_type: sighting.car.license_plate_type,
        car_model: sighting.car.car_model,
        car_color: sighting.car.car_color.clone(),
        car_logo: sighting.car.car_logo.clone(),
        enter_lane: Some(sighting.lane.id.clone()),
        in_equipment_id: Some(sighting.car.device_id.clone()),
        ..ParkingRecord::begun(Id::of_moment(sighting.at), plate_no, sighting.at)
    }
}

/// A stay whose end nobody saw: the car must have left before it came in again.
fn close_unseen(
    case: &mut Case<'_>,
    record: ParkingRecord,
    sighting: &Sighting<'_>,
) -> Result<(), StoreError> {
    let id = record.id.clone();
    close_as_unseen(case, record, sighting.at)?;
    if sighting.ours {
        case.tx.count_exit(&id, sighting.at)?;
    }
    Ok(())
}

/// A car was held at an exit and is not there any more: another gateway, which took its money, has let it out.
pub fn let_out_by_another(case: &mut Case<'_>, record: ParkingRecord) -> Result<(), StoreError> {
    let id = record.id.clone();
    close_as_unseen(case, record, case.now)?;
    case.tx.count_exit(&id, case.now)?;
    case.space_freed();
    report::occupancy::changed(case)
}

/// A stay begins. Where another gateway drives, that one sees it, too, and tells the platform of it, but of what
/// people do here it does not know.
fn insert(case: &mut Case<'_>, record: ParkingRecord) -> Result<ParkingRecord, StoreError> {
    let record =
        ParkingRecord { is_untold: report::another_told(case, record.enter_time)?, ..record };
    case.tx.insert_record(&record)?;
    Ok(record)
}

/// What a stay that nobody saw end would have owed is unknown, so nothing is claimed beyond what was paid.
fn close_as_unseen(
    case: &mut Case<'_>,
    mut record: ParkingRecord,
    at: Timestamp,
) -> Result<(), StoreError> {
    let taken = end_unseen_at(case, &mut record, at)?;
    case.tx.unlock(record.plate_text())?;
    close(case, &record, &taken)?;
    let plate = record.plate_text().to_owned();
    case.tell(Happening::ClosedUnseen { plate, record: record.id });
    Ok(())
}

/// Writes into an open record that it ends at `at`, and what it cost by then; returns what its coupons let off of that.
pub fn end_at(
    case: &Case<'_>,
    record: &mut ParkingRecord,
    at: Timestamp,
) -> Result<Vec<Taken>, StoreError> {
    let at = at.max(record.enter_time);
    let bill = access::bill(case, record, at)?;
    bill.write_to(record);
    record.leave_time = Some(at);
    Ok(bill.taken)
}

/// The same of a stay that nobody saw end: of what it cost no more is claimed than was paid.
pub fn end_unseen_at(
    case: &Case<'_>,
    record: &mut ParkingRecord,
    at: Timestamp,
) -> Result<Vec<Taken>, StoreError> {
    let taken = end_at(case, record, at)?;
    record.discount = coupon::let_off(case, record)?;
    record.receivables = record.receivables.min(record.received + record.discount);
    record.record_type = RecordType::Abnormal;
    Ok(taken)
}

/// A car has left.
fn end(
    case: &mut Case<'_>,
    sighting: &Sighting<'_>,
    leaving: Leaving,
    listed: bool,
) -> Result<(), StoreError> {
    let Leaving { mut record, bill, by_contract, share_id } = leaving;
    let locked = case.tx.unlock(record.plate_text())?;
    let unpaid = bill.due > Money::ZERO && !by_contract;
    seen_leaving(&mut record, sighting);
    bill.write_to(&mut record);
    let by_another = !sighting.live && report::another_was_about(case, record.enter_time)?;
    if unpaid && (sighting.by_camera || by_another) {
        // The lot's own camera has let it out, or another gateway that took its money: nothing is claimed afterwards.
        record.receivables = record.receivables.min(record.received + record.discount);
    }
    record.share_id = share_id.or(record.share_id);
    record.record_type = match (locked, listed || unpaid) {
        (true, _) => RecordType::LeftLocked,
        (false, true) => RecordType::Abnormal,
        (false, false) => record.record_type,
    };
    if by_contract {
        record.contract = Some(true);
    }
    image::keep(case, sighting, &record, End::Exit)?;
    close(case, &record, &bill.taken)?;
    if let Some(left) = record.leave_time.filter(|left| sighting.ours && *left == sighting.at) {
        case.tx.count_exit(&record.id, left)?;
    }
    if by_contract {
        // The lot's report asks for the deduction; the platform's payment confirms it (C.1.2.6).
        payment::ask(case, &record)?;
    }
    case.tell(Happening::Left {
        lane: sighting.lane.name.clone(),
        plate: record.plate_text().to_owned(),
        record: record.id,
        received: record.received,
    });
    Ok(())
}

fn seen_leaving(record: &mut ParkingRecord, sighting: &Sighting<'_>) {
    record.leave_time = Some(sighting.at.max(record.enter_time));
    record.leave_lane = Some(sighting.lane.id.clone());
    record.out_equipment_id = Some(sighting.car.device_id.clone());
    learn(record, &sighting.car);
}

/// What a later read tells of a car and the first did not. Its size stays: it decides what it pays.
fn learn(record: &mut ParkingRecord, car: &SeenCar) {
    record.plate_color = record.plate_color.take().or_else(|| car.plate_color.clone());
    record.license_plate_type = record.license_plate_type.or(car.license_plate_type);
    record.car_color = record.car_color.take().or_else(|| car.car_color.clone());
    record.car_logo = record.car_logo.take().or_else(|| car.car_logo.clone());
}

/// A camera that tells a passage twice, at once and once more with everything it has made out, tells of the
/// same stay: what is new goes with its next report.
pub fn see_more(case: &mut Case<'_>, sighting: &Sighting<'_>) -> Result<(), StoreError> {
    let Some(before) = case.tx.open_record_of(sighting.plate().as_str())? else { return Ok(()) };
    let mut record = before.clone();
    learn(&mut record, &sighting.car);
    if record == before { Ok(()) } else { case.tx.update_record(&record) }
}

/// A car that staff let out and of which no entry is known: a record of its own, begun and ended at once,
/// so that the platform hears of it and the count stays that of the open stays.
fn leave_unknown(case: &mut Case<'_>, sighting: &Sighting<'_>) -> Result<Id, StoreError> {
    let mut record = ParkingRecord { record_type: RecordType::Abnormal, ..seen_coming(sighting) };
    report_in_and_out(case, &mut record, sighting)?;
    case.tell(Happening::LeftUnknown {
        lane: sighting.lane.name.clone(),
        plate: sighting.plate().to_string(),
        record: record.id.clone(),
    });
    Ok(record.id)
}

fn report_in_and_out(
    case: &mut Case<'_>,
    record: &mut ParkingRecord,
    sighting: &Sighting<'_>,
) -> Result<(), StoreError> {
    seen_leaving(record, sighting);
    *record = insert(case, record.clone())?;
    // It is never late.
    case.tx.count_entry(&record.id, record.enter_time)?;
    case.tx.count_exit(&record.id, record.enter_time)?;
    image::keep(case, sighting, record, End::Exit)?;
    report::record(case, RecordReport::In, record)?;
    report::record(case, RecordReport::Out, record)
}

/// Writes down that a stay has ended, on a bill by which its coupons let off `taken`, and frees its space.
fn close(case: &mut Case<'_>, record: &ParkingRecord, taken: &[Taken]) -> Result<(), StoreError> {
    case.tx.update_record(record)?;
    if let Some(since) = conditions::visits_as_one(case, record)? {
        case.tx.set_visits_since(&record.id, since)?;
    }
    lease::leave(case, record)?;
    case.listing_changed(record.plate_text());
    if !case.rules.list_cameras.is_empty() {
        for plate in case.tx.aliases_of(&record.id)? {
            case.listing_changed(&plate);
        }
    }
    coupon::end(case, record, taken)?;
    // Whoever has left is not asked for money any more.
    case.tx.withdraw(&subject::order(&record.id))?;
    report::record(case, RecordReport::Out, record)?;
    vacate(case, record)
}

/// The space of a stay that has ended is free, unless a sensor tells, or somebody else has it by now.
pub fn vacate(case: &mut Case<'_>, record: &ParkingRecord) -> Result<(), StoreError> {
    let Some(space_no) = &record.space_no else { return Ok(()) };
    if !spaces::is_watched(case, space_no) && !is_stored_there(case, record, space_no)? {
        spaces::note(case, space_no, SpaceState::Free)?;
    }
    report::space_state(case, space_no)
}

/// Whether a garage has put another car there.
fn is_stored_there(
    case: &Case<'_>,
    record: &ParkingRecord,
    space_no: &str,
) -> Result<bool, StoreError> {
    let stored = spaces::stored_in(case, space_no)?;
    let other = |plate_no: String| plate_no != record.plate_text();
    Ok(stored.and_then(|mission| mission.plate_no).is_some_and(other))
}
