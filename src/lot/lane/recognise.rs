//! Which car a reading means: one that is known by its plate or another of its plates, the one that stands in the lane
//! already, one without a plate; one that is like a car inside is `alike`'s. It finds a name for the car; what it may do
//! is decided by that name elsewhere.

use super::{alike, condition};
use crate::lot::case::Case;
use crate::lot::likeness::{self, PlateReading};
use crate::lot::rights::access;
use crate::lot::rules::{Lane, LaneDirection};
use crate::lot::stay::rename;
use crate::lot::stay::sighting::Sighting;
use crate::model::event::PlateRead;
use crate::standard::plate::PlateNo;
use crate::standard::plate_kind::{PlateKind, plate_kind};
use crate::standard::ticket_number::is_ticket_number;
use crate::store::{Passing, SeenCar, StoreError};
use jiff::{SignedDuration, Timestamp};

/// Readings of one lane this close to each other can be of one car.
const ONE_CAR_WITHIN: SignedDuration = SignedDuration::from_secs(10);
/// Sooner than this after the last reading of a car no other stands where it stood.
pub const AT_ONCE: SignedDuration = SignedDuration::from_secs(2);
/// A text outside the grammar is still taken for a plate if it has as many characters and digits.
const STRANGE: (usize, usize) = (6, 2);

/// The car that a reading means, by the plate it is known by.
pub fn recognise(
    case: &mut Case<'_>,
    lane: &Lane,
    read: &PlateRead,
    live: bool,
) -> Result<SeenCar, StoreError> {
    let car = as_read(read);
    if live && let Some(present) = present(case, lane, &car)? {
        return Ok(present);
    }
    let Some(plate_no) = read.plate.as_ref() else { return Ok(car) };
    if let Some(known) = known_by(case, lane, &car, case.now)? {
        return Ok(car.known_as(known));
    }
    // What is late asks nobody to look again: a plate is a plate.
    let confidence = read.confidence.filter(|_| live);
    let none = is_none(case, plate_no, confidence);
    if live && (none || plate_kind(plate_no.as_str()).is_none()) {
        ask_again(case, lane)?;
    }
    if none {
        return Ok(car.known_as(PlateNo::none()));
    }
    // Who was inside then nobody can tell of a read that was sent late.
    let sure = if live { alike::sure_match(case, lane, &car)? } else { None };
    match sure {
        Some(record) => alike::matched(case, car, &record, lane),
        None => Ok(car),
    }
}

/// The camera is asked to read once more; once for a car that stands there.
fn ask_again(case: &mut Case<'_>, lane: &Lane) -> Result<(), StoreError> {
    let waiting = case.tx.waiting_in(lane.id.as_str())?;
    if !waiting.is_some_and(|waiting| is_fresh(case, waiting.last_read)) {
        case.out.triggers.push(lane.camera.clone());
    }
    Ok(())
}

/// What a read tells of its car.
fn as_read(read: &PlateRead) -> SeenCar {
    SeenCar {
        plate_no: read.plate.clone().unwrap_or_else(PlateNo::none),
        plate_color: read.plate_color.clone(),
        license_plate_type: read.license_plate_type,
        car_model: read.car_model,
        car_color: read.car_color.clone(),
        car_logo: read.car_logo.clone(),
        device_id: read.device_id.clone(),
        images: read.images.clone(),
        images_of: read.pictures.follow().then(|| read.message.clone()),
        heading: read.heading,
        confidence: read.confidence,
        read_as: None,
        by_hand: false,
        by_staff: false,
        aliases: read.aliases.clone(),
    }
}

/// Whether a reading is that of no plate at all: the camera is not sure enough, or what it read can be none.
fn is_none(case: &Case<'_>, plate_no: &PlateNo, confidence: Option<u8>) -> bool {
    if confidence.is_some_and(|sure| sure < case.rules.min_confidence) {
        return true;
    }
    let text = plate_no.as_str();
    let (characters, digits) = STRANGE;
    let strange = text.chars().count() < characters
        || text.chars().filter(char::is_ascii_digit).count() < digits;
    plate_kind(text).is_none() && strange
}

/// By which of its plates a car is known here: inside, where it can go out; expected, where it can come in.
fn known_by(
    case: &Case<'_>,
    lane: &Lane,
    car: &SeenCar,
    at: Timestamp,
) -> Result<Option<PlateNo>, StoreError> {
    let plates = || std::iter::once(&car.plate_no).chain(&car.aliases);
    // Who is on the control list is known by that plate.
    for plate_no in plates() {
        if car.aliases.is_empty() {
            break;
        }
        if !case.tx.controls_of(plate_no.as_str(), (at, case.ends_after(at)))?.is_empty()
            && case.tx.open_record_by_any_plate(plate_no.as_str())?.is_none()
        {
            return Ok(Some(plate_no.clone()));
        }
    }
    for plate_no in plates() {
        if let Some(record) = case.tx.open_record_by_any_plate(plate_no.as_str())?
            && (lane.direction != LaneDirection::Entry
                || record.plate_no.as_ref() == Some(plate_no))
        {
            return Ok(record.plate_no);
        }
    }
    for plate_no in plates() {
        let text = plate_no.as_str();
        let known = if lane.direction == LaneDirection::Exit {
            !car.aliases.is_empty() && access::leaves_unseen(case, text, at)?
        } else {
            access::is_expected(case, text, at)?
        };
        if known {
            return Ok(Some(plate_no.clone()));
        }
    }
    Ok(None)
}

/// The car that stands in the lane already, if this is a reading of it. A plate that is known for itself is never a
/// misreading of the car before it: the next car may stand close behind, and may not pass.
fn present(case: &mut Case<'_>, lane: &Lane, car: &SeenCar) -> Result<Option<SeenCar>, StoreError> {
    if let Some(passing) = case.tx.passing_in(lane.id.as_str())? {
        if passing.car.is_of(&car.plate_no) {
            return Ok(Some(again(car, &passing.car)));
        }
        if passing.on_loop || is_itself(case, &car.plate_no)? {
            return Ok(None);
        }
        // One that is known stands there until it has gone, whatever else is read of it.
        let known = passing.leaves || is_known(case, lane, &passing.car)?;
        let since = passing.opened_at.unwrap_or(passing.last_read);
        let undone = passing.record_id.is_none();
        let ticket = is_ticket_number(passing.car.plate_no.as_str());
        // A reading of nothing is no other car while the one before is not through.
        let nothing = !car.has_plate() && (undone || ticket);
        let there = nothing || is_fresh(case, since) || (known && passing.opened_at.is_none());
        // Who was given a number and has not been seen to move shows its plate now.
        let joined = undone && ticket && passing.opened_at.is_none() && car.has_plate();
        return if joined
            || (there && is_one_car(&passing.car, car, case.now.duration_since(passing.last_read)))
        {
            better_while_passing(case, passing, car, known).map(Some)
        } else {
            Ok(None)
        };
    }
    if let Some(before) = case.tx.unseen_passage(car.plate_no.as_str())?
        && before.lane_id == lane.id
        && let Ok(plate_no) = before.plate_no.parse()
    {
        return Ok(Some(car.clone().known_as(plate_no)));
    }
    let Some(waiting) = case.tx.waiting_in(lane.id.as_str())? else { return Ok(None) };
    if waiting.car.has_plate() && waiting.car.is_of(&car.plate_no) {
        return Ok(Some(again(car, &waiting.car)));
    }
    if is_itself(case, &car.plate_no)? {
        return Ok(None);
    }
    let known = waiting.car.has_plate() && is_known(case, lane, &waiting.car)?;
    let there = is_fresh(case, waiting.last_read)
        || ((known || !car.has_plate()) && condition::still_stands(case, &waiting));
    let same = there && is_one_car(&waiting.car, car, case.now.duration_since(waiting.last_read));
    Ok((same && (known || !is_better(&waiting.car, car))).then(|| again(car, &waiting.car)))
}

/// Whether a plate means something by itself: it is inside, expected, locked or on the control list.
fn is_itself(case: &Case<'_>, plate_no: &PlateNo) -> Result<bool, StoreError> {
    let text = plate_no.as_str();
    Ok(*plate_no != PlateNo::none()
        && (case.tx.open_record_by_any_plate(text)?.is_some()
            || access::is_expected(case, text, case.now)?
            || !case.tx.controls_of(text, (case.now, case.ends_after(case.now)))?.is_empty()))
}

/// Whether a car in the lane is known by its plate: inside, or by a right or a stay that came of one.
fn is_known(case: &Case<'_>, lane: &Lane, car: &SeenCar) -> Result<bool, StoreError> {
    let text = car.plate_no.as_str();
    if let Some(record) = case.tx.open_record_of(text)? {
        let came_by_right = record.lease_key.is_some() || record.share_id.is_some();
        let long_inside = case.now.duration_since(record.enter_time) > ONE_CAR_WITHIN;
        let elsewhere = record.enter_lane.as_ref() != Some(&lane.id);
        return Ok(came_by_right || long_inside || elsewhere);
    }
    Ok(access::is_expected(case, text, case.now)?
        || !case.tx.controls_of(text, (case.now, case.ends_after(case.now)))?.is_empty())
}

/// Whether a read that was sent late is another reading of a car whose passage at that moment is recorded: a plate that
/// means something by itself is not.
pub fn is_of_one_that_passed(case: &Case<'_>, sighting: &Sighting<'_>) -> Result<bool, StoreError> {
    if is_itself(case, sighting.plate())? || alike::came_and_left(case, sighting.plate().as_str())?
    {
        return Ok(false);
    }
    let passed = case.tx.passed_about(&sighting.lane.id, sighting.at, ONE_CAR_WITHIN)?;
    let reading = sighting.plate().as_str();
    // Many cars may have passed about then, a fleet's one behind the other.
    let is_same = |plate: &String| {
        !likeness::differ_in_digits_alone(plate, reading) && likeness::is_one_car(plate, reading)
    };
    Ok(passed.iter().any(is_same))
}

fn is_fresh(case: &Case<'_>, moment: Timestamp) -> bool {
    case.now.duration_since(moment) < ONE_CAR_WITHIN
}

/// Whether two readings of one lane, one soon after the other, are of one car. A reading of nothing tells nothing of
/// another car.
fn is_one_car(before: &SeenCar, now: &SeenCar, since: SignedDuration) -> bool {
    if !now.has_plate() || !before.has_plate() {
        return !now.has_plate();
    }
    let first = before.read_as.as_ref().unwrap_or(&before.plate_no).as_str();
    let second = now.plate_no.as_str();
    let reading = |plate, car: &SeenCar| PlateReading { plate, confidence: car.confidence };
    let (before, now) = (reading(before.plate_no.as_str(), before), reading(second, now));
    let doubt = likeness::is_doubt(before, now, since < AT_ONCE);
    doubt || likeness::is_one_car(first, second)
}

/// Whether the later reading of one car is the better one.
fn is_better(before: &SeenCar, now: &SeenCar) -> bool {
    if !now.has_plate() || !before.has_plate() {
        return now.has_plate();
    }
    let reading = |car: &SeenCar| (car.plate_no.clone(), car.confidence);
    let (first, second) = (reading(before), reading(now));
    let first = PlateReading { plate: first.0.as_str(), confidence: first.1 };
    let second = PlateReading { plate: second.0.as_str(), confidence: second.1 };
    let told =
        first.confidence.zip(second.confidence).is_some_and(|(first, second)| second > first);
    let fits = |plate: &str| plate_kind(plate).is_some_and(PlateKind::is_trusted);
    // What is neither surer nor fits where the first does not is no better.
    (told || fits(first.plate) != fits(second.plate))
        && likeness::better(first, second).plate == second.plate
}

/// The present car as it was read once more.
fn again(read: &SeenCar, present: &SeenCar) -> SeenCar {
    let read_as = if read.plate_no == present.plate_no || !read.has_plate() {
        present.read_as.clone()
    } else {
        Some(read.plate_no.clone())
    };
    let mut aliases = present.aliases.clone();
    aliases.extend(read.aliases.iter().filter(|alias| !present.is_of(alias)).cloned());
    // What this reading does not tell is as it was told before.
    let (read, present) = (read.clone(), present.clone());
    SeenCar {
        plate_no: present.plate_no,
        plate_color: read.plate_color.or(present.plate_color),
        license_plate_type: read.license_plate_type.or(present.license_plate_type),
        car_model: read.car_model.or(present.car_model),
        car_color: read.car_color.or(present.car_color),
        car_logo: read.car_logo.or(present.car_logo),
        device_id: read.device_id,
        images: if read.images.is_empty() { present.images } else { read.images },
        images_of: read.images_of.or(present.images_of),
        heading: read.heading.or(present.heading),
        confidence: read.confidence.or(present.confidence),
        read_as,
        by_hand: false,
        by_staff: false,
        aliases,
    }
}

/// A car that was let pass is read otherwise before it has gone. One that comes in goes by the better reading; one that
/// goes out is known by its record.
fn better_while_passing(
    case: &mut Case<'_>,
    passing: Passing,
    car: &SeenCar,
    known: bool,
) -> Result<SeenCar, StoreError> {
    let better = !known
        && (is_better(&passing.car, car)
            || (car.has_plate() && is_ticket_number(passing.car.plate_no.as_str())))
        && case.tx.open_record_of(car.plate_no.as_str())?.is_none();
    if !better {
        return Ok(again(car, &passing.car));
    }
    let before = passing.car.clone();
    if let Some(record_id) = &passing.record_id {
        rename::rename(case, record_id, &car.plate_no, car.plate_color.as_deref())?;
    }
    let car = SeenCar { read_as: Some(before.plate_no), ..car.clone() };
    case.tx.set_passing(&Passing { car: car.clone(), ..passing })?;
    Ok(car)
}
