//! The lists that cameras keep themselves: what each is to hold is compared with what it is known to hold, and worked off
//! one order at a time, what is to come off first and at exits first. What fails is tried again; a plate that does not
//! come off is told. Who may stand on a list is decided in `rights::camera_list`.

use crate::lot::case::{Case, Marks};
use crate::lot::report;
use crate::lot::rights::camera_list::{Newcomers, listed_until};
use crate::lot::rules::{Lane, LaneDirection};
use crate::model::camera_list::{ListChange, ListFault, ListMode, ListOrder, ListedPlate};
use crate::model::event_kind::EventKind;
use crate::model::happening::Happening;
use crate::model::remark::Remark;
use crate::standard::codes::EventLevel;
use crate::standard::id::Id;
use crate::store::{CameraListOrder, CameraListRow, ListWork, StoreError};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// Plates that one second looks at.
const AT_ONCE: u32 = 50;
/// A round over all plates begins this often: what time alone changes is found so.
const ROUND_EVERY: SignedDuration = SignedDuration::from_mins(10);
/// Plates on one camera's list at most.
const LONGEST: i64 = 5000;
/// An order without any answer for this long never gets one.
const ANSWER_WITHIN: SignedDuration = SignedDuration::from_secs(30);
/// After so many failures it is told.
const TOLD_AFTER: i64 = 3;
/// So is a plate that cannot be taken off for so long, because its camera is not heard.
const TOLD_WITHIN: SignedDuration = SignedDuration::from_mins(1);
/// Of one camera so many are told in one second.
const TOLD_AT_ONCE: u32 = 10;
/// A camera is behind by so much at most.
const CLOCKS_DIFFER: SignedDuration = SignedDuration::from_hours(24);
/// Longest pause between two attempts.
const LONGEST_PAUSE: SignedDuration = SignedDuration::from_mins(5);

/// What an input has changed for plates and leases may change lists.
pub fn note(case: &mut Case<'_>, marks: &Marks) -> Result<(), StoreError> {
    if case.rules.list_cameras.is_empty() {
        return Ok(());
    }
    for key in &marks.leases {
        if let Some(lease) = case.tx.lease(key)? {
            for plate in &lease.plates {
                case.tx.look_at_listing_alone(plate)?;
            }
        }
    }
    for plate in marks.plates.iter().chain(&marks.listing) {
        case.tx.look_at_listing(plate)?;
    }
    Ok(())
}

/// The gateway has started, or its rules are others: what was not answered is done once more, everything is looked at.
pub fn begin(case: &mut Case<'_>) -> Result<(), StoreError> {
    for device_id in case.tx.cameras_with_lists()? {
        case.tx.clear_camera_list_order(&device_id)?;
        if !case.rules.device_names.iter().any(|(known, _)| *known == device_id) {
            let plates = case.tx.camera_list_length(&device_id)?;
            case.tx.forget_camera_list(&device_id)?;
            if plates > 0 {
                case.tell(Happening::CameraListLeft { device: device_id.to_string(), plates });
            }
        }
    }
    for (device_id, camera) in &case.rules.camera_identities {
        if case.tx.set_camera_list_holder(device_id, camera)? {
            // Another camera stands there now: what it holds nobody has told.
            case.tx.doubt_camera_list(device_id, case.now)?;
        }
    }
    if !case.rules.list_cameras.is_empty() {
        for plate_no in case.rules.tariff.listed_free() {
            case.tx.look_at_listing(plate_no)?;
        }
    }
    case.tx.set_listing_round(case.now, Some(""))
}

/// Time has passed: plates are looked at, orders given.
pub fn tick(case: &mut Case<'_>) -> Result<(), StoreError> {
    if !is_kept(case)? {
        return Ok(());
    }
    let mut plates = next_to_look_at(case)?;
    plates.extend(next_of_the_round(case)?);
    look_at(case, &plates)?;
    for device_id in cameras(case)? {
        order_next(case, &device_id)?;
        tell_late(case, &device_id)?;
    }
    Ok(())
}

/// A camera is heard: it is asked how its list opens, and what has failed is tried again.
pub fn heard(case: &mut Case<'_>, device_id: &Id) -> Result<(), StoreError> {
    ask_mode(case, device_id);
    case.tx.retry_camera_list(device_id, case.now)
}

fn ask_mode(case: &mut Case<'_>, device_id: &Id) {
    if case.rules.list_cameras.contains(device_id) {
        let (device_id, id) = (device_id.clone(), Id::random().to_string());
        case.out.list_orders.push(ListOrder { device_id, id, change: ListChange::AskMode });
    }
}

/// A camera has answered an order, or has not.
pub fn answered(
    case: &mut Case<'_>,
    device_id: &Id,
    order_id: &str,
    result: Result<(), ListFault>,
) -> Result<(), StoreError> {
    let order = case.tx.camera_list_order(device_id)?;
    let Some(order) = order.filter(|order| order.id == order_id) else { return Ok(()) };
    case.tx.clear_camera_list_order(device_id)?;
    if let Some(row) = case.tx.camera_list_row(device_id, &order.plate_no)? {
        match result {
            Ok(()) => case.tx.set_camera_list_row(&CameraListRow {
                held_until: order.until,
                unsure: false,
                attempts: 0,
                error: None,
                due: case.now,
                ..row
            })?,
            Err(fault) => failed(case, row, fault)?,
        }
    }
    order_next(case, device_id)
}

/// A camera tells how its list opens; by always it opens for its list's cars beside the gateway.
pub fn mode_told(case: &mut Case<'_>, device_id: &Id, mode: ListMode) -> Result<(), StoreError> {
    if case.tx.set_camera_list_mode(device_id, mode, case.now)? && mode != ListMode::WhenOffline {
        let device = case.rules.device_name(device_id);
        case.tell(Happening::CameraListMode { device, always: mode == ListMode::Always });
    }
    Ok(())
}

/// Whether any camera keeps a list, or may hold what one that kept it was told.
fn is_kept(case: &Case<'_>) -> Result<bool, StoreError> {
    Ok(!case.rules.list_cameras.is_empty() || case.tx.any_camera_list()?)
}

/// Cameras with lists, those at exits first.
fn cameras(case: &Case<'_>) -> Result<Vec<Id>, StoreError> {
    let order = |lane: &&Lane| match lane.direction {
        LaneDirection::Exit => 0,
        LaneDirection::Both => 1,
        LaneDirection::Entry => 2,
    };
    let mut lanes: Vec<&Lane> = case.rules.lanes.iter().collect();
    lanes.sort_by_key(order);
    let at_lanes = lanes.into_iter().map(|lane| &lane.camera);
    let elsewhere = case.rules.device_names.iter().map(|(id, _)| id);
    let elsewhere = elsewhere.filter(|id| case.rules.lane_of_camera(id).is_none());
    let mut cameras = Vec::new();
    for camera in at_lanes.chain(elsewhere) {
        if !cameras.contains(camera) && case.tx.has_camera_list(camera)? {
            cameras.push(camera.clone());
        }
    }
    Ok(cameras)
}

fn next_of_the_round(case: &mut Case<'_>) -> Result<Vec<String>, StoreError> {
    let (begun, after) = match case.tx.listing_round()? {
        Some((begun, Some(after))) => (begun, after),
        Some((begun, None)) if case.now.duration_since(begun).abs() < ROUND_EVERY => {
            return Ok(Vec::new());
        }
        _ => {
            // Somebody may have set it otherwise since.
            for device_id in &case.rules.list_cameras {
                if case.tx.device_online(device_id.as_str())? == Some(true) {
                    ask_mode(case, device_id);
                }
            }
            (case.now, String::new())
        }
    };
    let plates = case.tx.plates_named_after(&after, AT_ONCE)?;
    case.tx.set_listing_round(begun, plates.last().map(String::as_str))?;
    Ok(plates)
}

/// Plates that are to be looked at next. Behind those that something has changed for come the others of their cars and
/// of their leases: of one lease's plates each may be in the place of another.
fn next_to_look_at(case: &Case<'_>) -> Result<BTreeSet<String>, StoreError> {
    let mut leases = BTreeSet::new();
    let mut plates = BTreeSet::new();
    for (plate, alone) in case.tx.take_listing_looks(AT_ONCE)? {
        if !alone {
            for lease in case.tx.leases_of(&plate)? {
                if leases.insert(lease.key.clone()) {
                    others(case, &lease.plates)?;
                }
            }
            if let Some(record) = case.tx.open_record_by_any_plate(&plate)? {
                others(case, &case.tx.aliases_of(&record.id)?)?;
                others(case, &[record.plate_text().to_owned()])?;
            }
        }
        plates.insert(plate);
    }
    // There may be room for some of them yet.
    let room = AT_ONCE.saturating_sub(u32::try_from(plates.len()).unwrap_or(AT_ONCE));
    plates.extend(case.tx.take_listing_looks(room)?.into_iter().map(|(plate, _)| plate));
    Ok(plates)
}

fn others(case: &Case<'_>, plates: &[String]) -> Result<(), StoreError> {
    plates.iter().try_for_each(|plate| case.tx.look_at_listing_alone(plate))
}

fn look_at(case: &mut Case<'_>, plates: &BTreeSet<String>) -> Result<(), StoreError> {
    let mut newcomers = Newcomers::default();
    let mut lengths = BTreeMap::new();
    let rules = case.rules;
    for plate in plates {
        if !case.comes_to(format_args!("listing {plate}")) {
            continue;
        }
        for lane in &rules.lanes {
            if rules.lane_of_camera(&lane.camera).is_none_or(|first| first.id != lane.id) {
                continue;
            }
            let kept = rules.list_cameras.contains(&lane.camera);
            let until = if kept {
                listed_until(case, &mut newcomers, lane.direction, plate)?
            } else {
                None
            };
            want(case, &mut lengths, &lane.camera, plate, until)?;
        }
        for device_id in case.tx.cameras_listing(plate)? {
            if rules.lane_of_camera(&device_id).is_none() {
                want(case, &mut lengths, &device_id, plate, None)?;
            }
        }
    }
    Ok(())
}

fn want(
    case: &mut Case<'_>,
    lengths: &mut BTreeMap<Id, i64>,
    device_id: &Id,
    plate: &str,
    until: Option<Timestamp>,
) -> Result<(), StoreError> {
    let row = case.tx.camera_list_row(device_id, plate)?;
    if row.as_ref().and_then(|row| row.wanted_until) == until {
        return Ok(());
    }
    if row.is_none() && !has_room(case, lengths, device_id)? {
        return Ok(());
    }
    let row = row.unwrap_or_else(|| CameraListRow::new(device_id, plate, case.now));
    let (wanted_until, since, due) = (until, case.now, case.now);
    case.tx.set_camera_list_row(&CameraListRow {
        wanted_until,
        since,
        due,
        attempts: 0,
        error: None,
        told: false,
        ..row
    })
}

/// Whether one more plate fits on a camera's list, which takes it; that it does not is told once a day. `lengths` are
/// those of the lists that were asked for one in this look.
fn has_room(
    case: &mut Case<'_>,
    lengths: &mut BTreeMap<Id, i64>,
    device_id: &Id,
) -> Result<bool, StoreError> {
    let length = match lengths.get(device_id) {
        Some(length) => *length,
        None => case.tx.camera_list_length(device_id)?,
    };
    let has_room = length < LONGEST;
    lengths.insert(device_id.clone(), length.saturating_add(i64::from(has_room)));
    if !has_room {
        let day = case.rules.time_zone.to_datetime(case.now).date();
        if case.tx.first_sight(&format!("camera-list-full:{device_id}:{day}"), case.now)? {
            let device = case.rules.device_name(device_id);
            case.tell(Happening::CameraListFull { device, plates: LONGEST });
        }
    }
    Ok(has_room)
}

/// Plates that are to come off the list of a camera that is not heard, and have been for a while: it opens for them.
fn tell_late(case: &mut Case<'_>, device_id: &Id) -> Result<(), StoreError> {
    if case.tx.device_online(device_id.as_str())? == Some(true) {
        return Ok(());
    }
    let before = case.now.checked_sub(TOLD_WITHIN).unwrap_or(case.now);
    for row in case.tx.late_removals(device_id, before, TOLD_AT_ONCE)? {
        tell_stuck(case, &row, ListFault::Unreachable)?;
        case.tx.set_camera_list_row(&CameraListRow { told: true, ..row })?;
    }
    Ok(())
}

/// Gives a camera its next order, where it listens and has answered the one before.
fn order_next(case: &mut Case<'_>, device_id: &Id) -> Result<(), StoreError> {
    if let Some(order) = case.tx.camera_list_order(device_id)? {
        if case.now.duration_since(order.sent).abs() < ANSWER_WITHIN {
            return Ok(());
        }
        case.tx.clear_camera_list_order(device_id)?;
        if let Some(row) = case.tx.camera_list_row(device_id, &order.plate_no)? {
            failed(case, row, ListFault::Silent)?;
        }
    }
    if case.tx.device_online(device_id.as_str())? != Some(true) {
        return Ok(());
    }
    let Some(row) = case.tx.next_camera_list_work(device_id, case.now)? else { return Ok(()) };
    let plate_no = row.plate_no.clone();
    let (change, until) = match (row.work(), row.wanted_until) {
        (ListWork::Put, Some(until)) => {
            // A camera whose clock is slow opens, too.
            let from = case.now.checked_sub(CLOCKS_DIFFER).unwrap_or(case.now);
            (ListChange::Put(ListedPlate { plate_no: plate_no.clone(), from, until }), Some(until))
        }
        _ => (ListChange::Remove { plate_no: plate_no.clone() }, None),
    };
    let id = Id::random().to_string();
    let order = CameraListOrder { id: id.clone(), plate_no, until, sent: case.now };
    case.tx.set_camera_list_order(device_id, &order)?;
    // Until it is answered nobody knows what the camera holds.
    case.tx.set_camera_list_row(&CameraListRow { unsure: true, ..row })?;
    case.out.list_orders.push(ListOrder { device_id: device_id.clone(), id, change });
    Ok(())
}

/// An order was not carried out: again after a pause; a plate that does not come off is told.
fn failed(case: &mut Case<'_>, row: CameraListRow, fault: ListFault) -> Result<(), StoreError> {
    let attempts = row.attempts.saturating_add(1);
    let seconds = 1_i64 << attempts.clamp(0, 9);
    let pause = match fault {
        // What does not come off opens: it is tried again, whatever the camera says of itself.
        ListFault::Unsupported if row.work() != ListWork::Remove => SignedDuration::from_hours(24),
        _ => SignedDuration::from_secs(seconds).min(LONGEST_PAUSE),
    };
    let due = case.now.checked_add(pause).unwrap_or(case.now);
    let mut told = row.told;
    let often = attempts == TOLD_AFTER || (fault == ListFault::Unsupported && attempts == 1);
    if often && !told {
        tell_stuck(case, &row, fault)?;
        told = true;
    }
    let error = Some(fault.word());
    case.tx.set_camera_list_row(&CameraListRow { attempts, due, error, told, ..row })
}

/// A plate does not come on a list, or off it.
fn tell_stuck(
    case: &mut Case<'_>,
    row: &CameraListRow,
    fault: ListFault,
) -> Result<(), StoreError> {
    let removing = row.work() == ListWork::Remove;
    let device = case.rules.device_name(&row.device_id);
    let plate = row.plate_no.clone();
    case.tell(Happening::CameraListStuck { device, plate, removing, fault });
    if removing {
        let kind = (EventKind::CameraList, EventLevel::Alarm);
        let remark = Remark::ListedYet { plate: &row.plate_no };
        report::device_event(case, kind, &row.device_id, &remark, None)?;
    }
    Ok(())
}
