//! Stays by a count of the cars that truly stand there: one whose car was not there is closed, one of a car of which no entry is
//! known begins with the count, and a closed one whose car turns up after all goes on, as a new record with what was paid.

use super::sighting::Sighting;
use super::{close, contract, coupon, end_unseen_at, insert, unseen_exit};
use crate::lot::case::Case;
use crate::lot::report;
use crate::lot::rights::lease::for_entry;
use crate::lot::rules::LaneDirection;
use crate::lot::stay::lease;
use crate::model::happening::Happening;
use crate::standard::codes::RecordReport;
use crate::standard::id::Id;
use crate::standard::money::Money;
use crate::standard::plate::PlateNo;
use crate::store::{
    GivenCoupon, KeptOfStay, ParkingRecord, RecordType, StockStay, StoreError, VehicleLock,
};
use jiff::Timestamp;

/// A stay whose car was not there when cars were counted ended then at the latest: no money is claimed for it.
pub fn close_missing(
    case: &mut Case<'_>,
    mut record: ParkingRecord,
    taking: i64,
    counted_at: Timestamp,
) -> Result<(), StoreError> {
    let plate = record.plate_text().to_owned();
    let lock = case.tx.lock_of(&plate)?;
    let lock = lock.map(|lock| (lock.lock_id.to_string(), lock.feature_code, lock.released_by));
    let used = |coupon: GivenCoupon| Some((coupon.number, coupon.used_since?.as_millisecond()));
    let coupons = case.tx.coupons_of_stay(&record.id)?.into_iter().filter_map(used);
    let kept = KeptOfStay {
        receivables: record.receivables.to_string(),
        discount: record.discount.to_string(),
        lock,
        lease: record.lease_key.clone(),
        coupons: coupons.collect(),
        ..KeptOfStay::default()
    };
    let taken = end_unseen_at(case, &mut record, counted_at)?;
    case.tx.unlock(&plate)?;
    close(case, &record, &taken)?;
    let (record_id, goes_on) = (record.id, None);
    case.tx.add_stock_stay(&StockStay { record_id, taking, entered: false, kept, goes_on })
}

/// A car stands there of which no entry is known: its stay begins with the count.
pub fn begin_found(
    case: &mut Case<'_>,
    plate_no: &PlateNo,
    taking: i64,
    counted_at: Timestamp,
) -> Result<Id, StoreError> {
    let lease = for_entry(case, plate_no.as_str(), counted_at, None)?;
    let record = ParkingRecord {
        record_type: RecordType::Abnormal,
        ..ParkingRecord::begun(Id::of_moment(case.now), Some(plate_no.clone()), counted_at)
    };
    let record = insert(case, record)?;
    case.listing_changed(record.plate_text());
    if let Some(lease) = lease {
        lease::take_at_entry(case, &record, &lease.key)?;
    }
    coupon::begin(case, &record, std::iter::once(plate_no.as_str()))?;
    contract::ask(case, &record, contract::AT_ENTRY);
    report::record(case, RecordReport::In, &record)?;
    let (record_id, kept) = (record.id.clone(), KeptOfStay::default());
    case.tx.add_stock_stay(&StockStay { record_id, taking, entered: true, kept, goes_on: None })?;
    Ok(record.id)
}

/// A stay that an earlier count closed and this one finds goes on; whether it does.
pub fn find_again(
    case: &mut Case<'_>,
    closed: &ParkingRecord,
    taking: i64,
) -> Result<bool, StoreError> {
    let closed_by = case.tx.stock_stay(&closed.id)?.map(|stay| stay.taking);
    let Some(record_id) = go_on(case, closed)? else { return Ok(false) };
    let kept = KeptOfStay { closed_by, ..KeptOfStay::default() };
    case.tx.add_stock_stay(&StockStay { record_id, taking, entered: true, kept, goes_on: None })?;
    Ok(true)
}

/// A read from before a count, sent late, of a car that the count has entered: the stay goes by the count, and by that read
/// should the count be taken back.
pub fn told_earlier(case: &Case<'_>, sighting: &Sighting<'_>) -> Result<(), StoreError> {
    let Some(record) = case.tx.open_record_of(sighting.plate().as_str())? else { return Ok(()) };
    let stay = case.tx.stock_stay(&record.id)?;
    let Some(mut stay) = stay.filter(|stay| stay.entered && stay.kept.closed_by.is_none()) else {
        return Ok(());
    };
    if sighting.lane.direction == LaneDirection::Exit {
        return case.tx.set_early_exit(&sighting.early_exit());
    }
    let at = sighting.at.as_millisecond();
    if stay.kept.came.as_ref().is_none_or(|(before, ..)| *before < at) {
        stay.kept.came = Some((at, sighting.lane.id.clone(), sighting.car.clone()));
        case.tx.add_stock_stay(&stay)?;
    }
    Ok(())
}

/// The stay of a plate that a count closed last, where nothing has come of it since.
pub fn closed_of(case: &Case<'_>, plate_no: &str) -> Result<Option<ParkingRecord>, StoreError> {
    let own = case.tx.last_closed_record_of(plate_no)?;
    let left = own.as_ref().and_then(|record| record.leave_time);
    if let Some(record) = own
        && may_go_on(case, &record)?
    {
        return Ok(Some(record));
    }
    for id in case.tx.ended_by_alias(plate_no)? {
        if let Some(record) = case.tx.record(&id)?
            // Who came and left by this plate since is not inside for that long.
            && record.leave_time > left
            && may_go_on(case, &record)?
        {
            return Ok(Some(record));
        }
    }
    Ok(None)
}

/// Whether a stay was closed by a count and nobody has told since how it ended, nor does it go on already.
fn may_go_on(case: &Case<'_>, record: &ParkingRecord) -> Result<bool, StoreError> {
    let untold = record.leave_time.is_some()
        && record.leave_lane.is_none()
        && record.out_equipment_id.is_none()
        && record.plate_no.is_some();
    let closed = case.tx.stock_stay(&record.id)?;
    Ok(untold && closed.is_some_and(|stay| !stay.entered && stay.goes_on.is_none()))
}

/// A stay that a count closed goes on, as a new record that began when it did, with what was paid, its lock and its lease: of
/// the closed one nothing is left but that it was none. The new record's id; none where another car has its plate by now.
pub fn go_on(case: &mut Case<'_>, closed: &ParkingRecord) -> Result<Option<Id>, StoreError> {
    let Some(stay) = case.tx.stock_stay(&closed.id)? else { return Ok(None) };
    let plates = std::iter::once(closed.plate_text().to_owned());
    let aliases = case.tx.aliases_of(&closed.id)?;
    for plate in plates.chain(aliases.iter().cloned()) {
        if case.tx.open_record_by_any_plate(&plate)?.is_some() {
            return Ok(None);
        }
    }
    let (receivables, discount) = stay.kept.sums();
    let space_no = match &closed.space_no {
        Some(space_no) if case.tx.open_record_at(space_no)?.is_none() => closed.space_no.clone(),
        _ => None,
    };
    let record = ParkingRecord {
        id: Id::random(),
        leave_time: None,
        receivables,
        discount,
        record_type: RecordType::Abnormal,
        lease_key: None,
        space_no,
        ..closed.clone()
    };
    let record = insert(case, record)?;
    case.tx.go_on_as(&closed.id, &record.id)?;
    let aliases: Vec<PlateNo> = aliases.iter().filter_map(|plate| plate.parse().ok()).collect();
    case.tx.set_aliases(&record.id, &aliases)?;
    give_back(case, &record, closed, &stay.kept)?;
    was_none(case, closed)?;
    report::record(case, RecordReport::In, &record)?;
    if let Some(space_no) = &record.space_no {
        report::space_state(case, space_no)?;
    }
    case.listing_changed(record.plate_text());
    case.may_pass(record.plate_text());
    Ok(Some(record.id))
}

/// What a stay had besides its sums: its lock, its lease, its coupons.
fn give_back(
    case: &mut Case<'_>,
    record: &ParkingRecord,
    closed: &ParkingRecord,
    kept: &KeptOfStay,
) -> Result<(), StoreError> {
    if let Some((lock_id, feature_code, released_by)) = kept.lock.clone() {
        let (lock_id, record_id) = (lock_id.as_str().into(), record.id.clone());
        let lock = VehicleLock { lock_id, record_id, feature_code, released_by: None };
        case.tx.lock(record.plate_text(), &lock, case.now)?;
        if let Some(by) = released_by {
            case.tx.release_lock(record.plate_text(), &by)?;
        }
    }
    for coupon in &kept.coupons {
        case.tx.use_coupon_again(*coupon, &closed.id, &record.id)?;
    }
    let Some(key) = &kept.lease else { return Ok(()) };
    if let Some(lease) = case.tx.lease(key)? {
        let taken = case.tx.covered_by_lease(key)?;
        if taken < lease.spaces {
            case.tx.reopen_lease_use(&record.id, key)?;
        }
        case.lease_changed(key);
    }
    Ok(())
}

/// The closed record was none: what was paid for it stands with the one in its place (5006).
fn was_none(case: &mut Case<'_>, closed: &ParkingRecord) -> Result<(), StoreError> {
    let none = ParkingRecord {
        leave_time: Some(closed.enter_time),
        receivables: Money::ZERO,
        discount: Money::ZERO,
        received: Money::ZERO,
        lease_key: None,
        ..closed.clone()
    };
    case.tx.update_record(&none)?;
    report::record(case, RecordReport::Corrected, &none)
}

/// What came of a car that wants out, or went out, and whose stay a count had closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TurnedUp {
    /// It is no such car.
    No,
    /// Its stay goes on.
    GoesOn,
    /// It had gone before the count: its stay has its true end.
    HadGone,
}

/// A car that a count found missing is read at an exit: its stay goes on, or has its true end, where it was read there before.
pub fn read_at_exit(case: &mut Case<'_>, sighting: &Sighting<'_>) -> Result<TurnedUp, StoreError> {
    if sighting.lane.direction != LaneDirection::Exit || !sighting.car.has_plate() {
        return Ok(TurnedUp::No);
    }
    let plates: Vec<String> = sighting.car.plates().map(str::to_owned).collect();
    for plate in plates {
        if case.tx.open_record_by_any_plate(&plate)?.is_some() {
            return Ok(TurnedUp::No);
        }
        let Some(closed) = closed_of(case, &plate)? else { continue };
        if closed.leave_time.is_some_and(|counted_at| sighting.at < counted_at) {
            let told = closed.enter_time < sighting.at && unseen_exit::told(case, sighting)?;
            return Ok(if told { TurnedUp::HadGone } else { TurnedUp::No });
        }
        if let Some(record) = go_on(case, &closed)? {
            let (lane, plate) = (sighting.lane.name.clone(), closed.plate_text().to_owned());
            case.tell(Happening::MissingTurnedUp { lane, plate, record });
            report::occupancy::changed(case)?;
            return Ok(TurnedUp::GoesOn);
        }
    }
    Ok(TurnedUp::No)
}
