//! A car at a lane: read, decided, held or let pass.
//!
//! Each car is decided once at each read and the decision goes with it. One that is held is looked at
//! again at once when something was changed for it while it still waits ([`look_again`]).

use super::out_of_time::{self, LATE_AT_MOST};
use super::pass::{ByHand, is_let_pass_again, let_pass_by_hand, pass, plate_event};
use super::{alike, condition, crossing, display, gate, recognise, ticket, unseen};
use crate::lot::case::{Case, Marks};
use crate::lot::rights::access::{self, Decision, Leaving, Terms};
use crate::lot::rights::entitlement;
use crate::lot::rules::{Lane, LaneDirection};
use crate::lot::stay;
use crate::lot::stay::counted::{self, TurnedUp};
use crate::lot::stay::sighting::Sighting;
use crate::lot::stay::{contract, image, payment, unseen_entry, unseen_exit};
use crate::model::event::{Arrival, OpenedBy, PlateRead, ReadMoment};
use crate::model::event_kind::EventKind;
use crate::model::happening::{Happening, Hold, HoldReason};
use crate::model::remark::Remark;
use crate::standard::datetime::DateTime;
use crate::standard::id::Id;
use crate::standard::plate::PlateNo;
use crate::standard::years::{earlier, later};
use crate::store::{AllUp, Passing, SeenCar, StoreError, Waiting};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;

/// Pictures of a read that came before them come so soon after it.
const PICTURES_WITHIN: SignedDuration = SignedDuration::from_secs(10);

/// A camera read a plate.
pub fn plate_read(case: &mut Case<'_>, read: &PlateRead) -> Result<(), StoreError> {
    if is_known(case, read)? {
        let device = case.rules.device_name(&read.device_id);
        case.tell(Happening::Redelivered { device });
        return Ok(());
    }
    match (&read.arrival, read.moment) {
        (_, ReadMoment::Late(made)) if out_of_time::is_out_of_time(case, made) => {
            out_of_time::keep(case, read, made)
        }
        (Arrival::BeforeMarker { broker }, ReadMoment::Live) => {
            case.tx.add_undecided_read(broker, read, case.now)
        }
        _ => take(case, read, moment_of(case, read)?),
    }
}

/// A read that was put aside is taken up again as one of a moment gone by.
pub fn take_up(case: &mut Case<'_>, read: &PlateRead, made: Timestamp) -> Result<(), StoreError> {
    // It may have been noted when it was put aside, or not; from now on it has been taken.
    case.tx.first_sight(&read.message, case.now)?;
    if out_of_time::is_out_of_time(case, made) {
        return out_of_time::keep(case, read, made);
    }
    take(case, read, ReadMoment::Late(made))
}

/// Whether the message was taken before. What a camera sends without id and moment is the same again only where the
/// broker says so: another visit of that car has the same content.
fn is_known(case: &Case<'_>, read: &PlateRead) -> Result<bool, StoreError> {
    let first = case.tx.first_sight(&read.message, case.now)?;
    if !first && (read.told_apart || read.redelivered) {
        return Ok(true);
    }
    // Sent again late under another id, it has its camera's moment yet.
    let made = match read.moment {
        ReadMoment::Late(made) => Some(made),
        ReadMoment::Live => read.sent,
    };
    let (Some(made), Some(plate_no)) = (made, &read.plate) else { return Ok(false) };
    let made = format!("{}:@{}:{plate_no}", read.device_id, made.as_second());
    let first = case.tx.first_sight(&made, case.now)?;
    Ok(!first && matches!(read.moment, ReadMoment::Late(_)))
}

/// A car is or was at its camera's lane at that moment.
pub fn take(case: &mut Case<'_>, read: &PlateRead, moment: ReadMoment) -> Result<(), StoreError> {
    let Some(lane) = case.rules.lane_of_camera(&read.device_id) else {
        let device = case.rules.device_name(&read.device_id);
        case.tell(Happening::NoLane { device });
        return Ok(());
    };
    let live = moment == ReadMoment::Live;
    let car = recognise::recognise(case, lane, read, live)?;
    let read_as = read.plate.as_ref();
    let plate = read_as.map_or_else(|| "—".to_owned(), ToString::to_string);
    case.tell(Happening::PlateRead { lane: lane.name.clone(), plate, live });
    let is_inside = case.tx.open_record_by_any_plate(car.plate_no.as_str())?.is_some();
    let at = match moment {
        ReadMoment::Live => case.now,
        // When it came we know by our own clock, which may have been years off then.
        ReadMoment::Late(moment) if case.now.duration_since(moment) > LATE_AT_MOST => case.now,
        // Nobody knows yet whether it is in the future; for how long a car was here only as far as that is sure, so that
        // nobody pays for more.
        ReadMoment::Late(moment) if !case.clock_trusted() && !is_inside => moment,
        ReadMoment::Late(moment) => moment.min(case.now),
    };
    let told = [read.moment, read.sent.map_or(ReadMoment::Live, ReadMoment::Late)];
    let ours = at == case.now || !told.contains(&ReadMoment::Late(at));
    let read_plate = read.plate.is_some();
    let by_camera = read.opened_by == OpenedBy::CameraList;
    let sighting =
        Sighting { lane, car, at, live, ours, read_plate, by_camera, cause: read.received };
    if by_camera {
        let (lane, plate) = (lane.name.clone(), sighting.plate().to_string());
        let at = DateTime::at(at, &case.rules.time_zone).to_string();
        case.tell(Happening::OpenedByCamera { lane, plate, at });
    }
    if read.fake {
        report_cloned(case, &sighting)?;
    }
    decide(case, &sighting)
}

/// 2002 for a plate that its camera takes for a forged one: once for each time it comes, however often and
/// in however many messages it is read there.
fn report_cloned(case: &mut Case<'_>, sighting: &Sighting<'_>) -> Result<(), StoreError> {
    let (lane, plate) = (&sighting.lane.id, sighting.plate());
    let came = came_at(case, sighting)?.as_millisecond();
    if case.tx.first_sight(&format!("cloned:{lane}:{came}:{plate}"), case.now)? {
        plate_event(case, EventKind::ClonedPlate, sighting, &Remark::ForgedPlate)?;
    }
    Ok(())
}

/// When the car that is read here came to this lane: it waits, passes or has passed since, or comes now.
fn came_at(case: &Case<'_>, sighting: &Sighting<'_>) -> Result<Timestamp, StoreError> {
    let waiting = case.tx.waiting_in(sighting.lane.id.as_str())?.filter(|_| sighting.live);
    if let Some(waiting) = waiting.filter(|one| one.car.plate_no == *sighting.plate()) {
        return Ok(waiting.since);
    }
    let passing = case.tx.passing_in(sighting.lane.id.as_str())?;
    if let Some(passing) = passing.filter(|one| one.car.plate_no == *sighting.plate()) {
        return Ok(passing.decided_at);
    }
    if !is_repeat(case, sighting)? && unseen::may_pass_again(case, sighting)?.is_none() {
        return Ok(sighting.at);
    }
    let plate_no = sighting.plate().as_str();
    if let Some(inside) = case.tx.open_record_of(plate_no)? {
        return Ok(inside.enter_time);
    }
    let left = case.tx.last_closed_record_of(plate_no)?;
    Ok(left.and_then(|left| left.leave_time).unwrap_or(sighting.at))
}

/// When a read was made that did not lie in a broker. What its camera could not send while nobody heard it is late, if
/// its moment falls into that silence; any other old moment, and one before anything is sent late, is a clock gone wrong. Where the broker's marker is missing
/// only a clock known to be right can tell.
pub fn moment_of(case: &Case<'_>, read: &PlateRead) -> Result<ReadMoment, StoreError> {
    if read.moment == ReadMoment::Live && case.waited > case.rules.waiting_for {
        // It has lain with us.
        return Ok(ReadMoment::Late(case.came_at()));
    }
    let Some(sent) = read.sent.filter(|_| read.moment == ReadMoment::Live) else {
        return Ok(read.moment);
    };
    let ago = case.now.duration_since(sent);
    let old = case.rules.waiting_for < ago && ago <= LATE_AT_MOST;
    let late = match read.arrival {
        Arrival::Unmarked => case.tx.device_clock_right(read.device_id.as_str())?,
        Arrival::Fresh | Arrival::BeforeMarker { .. } => {
            read.silence.is_some_and(|(from, until)| from <= sent && sent <= until)
        }
    };
    Ok(if old && late { ReadMoment::Late(sent) } else { ReadMoment::Live })
}

/// Decides again about the cars that wait and that an input has helped, the longest waiting first.
pub fn look_again(case: &mut Case<'_>, marks: &Marks) -> Result<(), StoreError> {
    for waiting in case.tx.all_waiting()? {
        // Only a person helps a car that shows no plate.
        let nameless = !waiting.car.has_plate() && case.tx.all_up()?.is_none();
        if !condition::still_stands(case, &waiting) || nameless {
            continue;
        }
        let helped = marks.everybody
            || is_marked(case, &waiting.car, &marks.plates)?
            || (marks.space_freed && waiting.reason == Hold::Full);
        let lane = case.rules.lane(&Id::from(waiting.lane_id.as_str()));
        let Some(lane) = lane.filter(|_| helped) else { continue };
        if !case.comes_to(format_args!("waiting {}", lane.id)) {
            continue;
        }
        let sighting = Sighting::kept(lane, waiting.car.clone(), case.now);
        let decision = judge(case, &sighting)?;
        if case.tx.all_up()?.is_some() {
            pass_all_up(case, &sighting, &decision)?;
            continue;
        }
        match decision.hold.clone() {
            // Only a read tells that the car is still there, so its last read stays what it was.
            Some(reason) => hold(case, &sighting, &decision, &reason, waiting.last_read)?,
            None => pass(case, &sighting, decision)?,
        }
    }
    Ok(())
}

/// Whether something was changed for one of a car's plates, also for one that only its record knows.
fn is_marked(
    case: &Case<'_>,
    car: &SeenCar,
    plates: &BTreeSet<String>,
) -> Result<bool, StoreError> {
    if car.plates().any(|one| plates.contains(one)) {
        return Ok(true);
    }
    if plates.is_empty() {
        return Ok(false);
    }
    let Some(record) = case.tx.open_record_of(car.plate_no.as_str())? else { return Ok(false) };
    let others = case.tx.aliases_of(&record.id)?;
    Ok(others.iter().any(|plate| plates.contains(plate)))
}

/// The car that waits in a lane now.
pub fn waiting_car(case: &Case<'_>, lane: &Lane) -> Result<Option<Waiting>, StoreError> {
    let waiting = case.tx.waiting_in(lane.id.as_str())?;
    Ok(waiting.filter(|waiting| condition::still_stands(case, waiting)))
}

/// The lane where a car of that plate waits now.
pub fn lane_of_waiting<'a>(
    case: &Case<'a>,
    plate_no: &PlateNo,
) -> Result<Option<&'a Lane>, StoreError> {
    let waiting = case.tx.all_waiting()?.into_iter().find(|waiting| {
        waiting.car.plate_no == *plate_no && condition::still_stands(case, waiting)
    });
    Ok(waiting.and_then(|waiting| case.rules.lane(&Id::from(waiting.lane_id.as_str()))))
}

/// Somebody says which car stands in a lane: it is decided anew, whenever it passed last.
pub fn decide_named(case: &mut Case<'_>, sighting: &Sighting<'_>) -> Result<(), StoreError> {
    leave_other_lanes(case, sighting)?;
    if stands_there_still(case, sighting)? {
        return Ok(());
    }
    pass_or_hold(case, sighting)
}

/// A car is or was at a lane: it passes, or is held.
pub fn decide(case: &mut Case<'_>, sighting: &Sighting<'_>) -> Result<(), StoreError> {
    if sighting.live {
        if sighting.car.has_plate() {
            if gate::is_same_passage(case, sighting)? {
                return repeated(case, sighting);
            }
            leave_other_lanes(case, sighting)?;
        }
        if stands_there_still(case, sighting)? {
            return Ok(());
        }
    } else if !sighting.car.has_plate() {
        // Which car it was nobody can tell any more.
        tell_unread_earlier(case, sighting);
        return Ok(());
    }
    let (lane, plate) = (sighting.lane.name.clone(), sighting.plate().to_string());
    if is_of_an_earlier_stay(case, sighting)? {
        let goes_out = sighting.lane.direction == LaneDirection::Exit;
        if !goes_out || is_repeat(case, sighting)? || !unseen_exit::told(case, sighting)? {
            counted::told_earlier(case, sighting)?;
            case.tell(Happening::Repeat { lane, plate });
        }
        return Ok(());
    }
    if is_repeat(case, sighting)? {
        return repeated(case, sighting);
    }
    pass_or_hold(case, sighting)
}

fn pass_or_hold(case: &mut Case<'_>, sighting: &Sighting<'_>) -> Result<(), StoreError> {
    let (lane, plate) = (sighting.lane.name.clone(), sighting.plate().to_string());
    if counted::read_at_exit(case, sighting)? == TurnedUp::HadGone {
        return Ok(());
    }
    let decision = judge_at_the_exit(case, sighting)?;
    if sighting.live && case.tx.all_up()?.is_some() {
        return pass_all_up(case, sighting, &decision);
    }
    match decision.hold.clone() {
        Some(reason) if sighting.live => {
            crossing::settle_former(case, sighting.lane, Some(sighting.plate()))?;
            hold(case, sighting, &decision, &reason, case.now)?;
            case.tell(Happening::Held { lane, plate, reason });
            Ok(())
        }
        // A read sent late tells what has already happened; holding it would keep nobody.
        _ => pass(case, sighting, decision),
    }
}

/// A car without a readable plate was at a lane at a moment gone by.
fn tell_unread_earlier(case: &mut Case<'_>, sighting: &Sighting<'_>) {
    let place = sighting.car.images.first().map(|image| image.place.clone());
    let at = DateTime::at(sighting.at, &case.rules.time_zone).to_string();
    case.tell(Happening::UnreadEarlier { lane: sighting.lane.name.clone(), at, place });
}

/// All barriers are up: nobody is held, and nothing is waited for; who would have been held was let pass by whoever
/// wanted them up.
fn pass_all_up(
    case: &mut Case<'_>,
    sighting: &Sighting<'_>,
    decision: &Decision,
) -> Result<(), StoreError> {
    let Some(AllUp { by, reason, .. }) = case.tx.all_up()? else { return Ok(()) };
    let lane = sighting.lane;
    let mut car = sighting.car.clone();
    if !car.has_plate() {
        car = ticket::give(case, lane, car)?;
    }
    car.by_hand = true;
    let sighting =
        Sighting { lane, car, ..Sighting::kept(lane, sighting.car.clone(), sighting.at) };
    let hand = ByHand::Staff { operator: &by, reason: &reason };
    let held = decision.hold.clone().filter(|held| *held != HoldReason::Stopped);
    let decision = access::decide(case, lane, sighting.shown(), sighting.at)?;
    if let Some(held) = held.or(decision.hold.clone()) {
        let_pass_by_hand(case, &sighting, &held, hand)?;
    }
    pass(case, &sighting, decision)?;
    crossing::pass_at_once(case, lane)
}

/// What a car may do, and what it may in this lane.
fn judge(case: &Case<'_>, sighting: &Sighting<'_>) -> Result<Decision, StoreError> {
    let mut decision = access::decide(case, sighting.lane, sighting.shown(), sighting.at)?;
    if !sighting.car.has_plate() {
        decision.hold = Some(HoldReason::NoPlate);
    }
    // Emergency vehicles stop for nobody, whichever car inside they may be.
    let stops = !entitlement::is_emergency(sighting.plate().as_str());
    if matches!(decision.terms, Terms::Unknown)
        && decision.hold.is_none()
        && sighting.live
        && stops
        && alike::may_be_another(case, sighting.lane, &sighting.car)?
    {
        decision.hold = Some(HoldReason::NotInside);
    }
    if sighting.live && stops && alike::rather_goes_out(case, sighting.lane, &sighting.car)? {
        decision.hold = Some(HoldReason::NotInside);
    }
    if sighting.live && is_shut(case, sighting)? {
        decision.hold = Some(HoldReason::Stopped);
    }
    Ok(decision)
}

/// The same; who wants out, was seen by nobody coming in and can be no other car gets a record where there is reason to.
fn judge_at_the_exit(case: &mut Case<'_>, sighting: &Sighting<'_>) -> Result<Decision, StoreError> {
    let decision = judge(case, sighting)?;
    if decision.hold != Some(HoldReason::NotInside)
        || !sighting.live
        || !alike::candidates(case, sighting.lane, &sighting.car)?.is_empty()
    {
        return Ok(decision);
    }
    unseen_entry::supply(case, sighting)?;
    judge(case, sighting)
}

/// Whether staff have stopped the lane for a car that is read there. Emergency vehicles stop for nobody.
fn is_shut(case: &Case<'_>, sighting: &Sighting<'_>) -> Result<bool, StoreError> {
    let emergency = entitlement::is_emergency(sighting.plate().as_str());
    let condition = case.tx.lane_condition(sighting.lane.id.as_str())?;
    Ok(condition.stopped_by.is_some() && !emergency && case.tx.all_up()?.is_none())
}

/// A car that was let pass here is read again before it has gone: nothing is decided anew, and its barrier is opened
/// again where nothing says that it is up. False when it is another car, or may not pass any more.
fn stands_there_still(case: &mut Case<'_>, sighting: &Sighting<'_>) -> Result<bool, StoreError> {
    let lane = sighting.lane;
    crossing::come_back(case, lane, sighting.plate())?;
    let again = unseen::may_pass_again(case, sighting)?;
    if let Some(passing) = crossing::passing(case, lane, sighting.plate())? {
        let plate_no = sighting.plate().as_str();
        if passing.record_id.is_none()
            && !passing.car.by_hand
            && !passing.on_loop
            && (access::is_held_by_others(case, plate_no, passing.leaves, case.now)?
                || is_shut(case, sighting)?)
            && case.tx.all_up()?.is_none()
        {
            crossing::take_back(case, lane, &passing)?;
            return Ok(false);
        }
        if passing.record_id.is_some() && again.is_some() {
            repeated(case, sighting)?;
            crossing::read_again(case, sighting, passing)?;
            return Ok(true);
        }
        if passing.record_id.is_none() {
            // Its record is yet to be made, and gets what this read tells.
            let (lane, plate) = (lane.name.clone(), plate_no.to_owned());
            case.tell(Happening::Repeat { lane, plate });
            let car = told_more(&passing.car, &sighting.car);
            crossing::read_again(case, sighting, Passing { car, ..passing })?;
            return Ok(true);
        }
    }
    let Some(before) = again else { return Ok(false) };
    if is_shut(case, sighting)? {
        return Ok(false);
    }
    repeated(case, sighting)?;
    crossing::begin_again(case, sighting, &before)?;
    is_let_pass_again(case, sighting, before.leaves)?;
    Ok(true)
}

/// A car that was let pass, with what a further read tells of it.
fn told_more(before: &SeenCar, now: &SeenCar) -> SeenCar {
    let mut car = before.clone();
    if car.images.is_empty() && car.images_of.is_none() {
        car.images.clone_from(&now.images);
        car.images_of.clone_from(&now.images_of);
    }
    for alias in &now.aliases {
        if !car.is_of(alias) {
            car.aliases.push(alias.clone());
        }
    }
    if now.read_as.is_some() {
        car.read_as.clone_from(&now.read_as);
    }
    car
}

/// The same passage told once more: what is new in it is kept.
fn repeated(case: &mut Case<'_>, sighting: &Sighting<'_>) -> Result<(), StoreError> {
    let (lane, plate) = (sighting.lane.name.clone(), sighting.plate().to_string());
    case.tell(Happening::Repeat { lane, plate });
    stay::see_more(case, sighting)?;
    // Some cameras send a read at once and once more with its pictures; later reads have pictures of their own.
    let just_passed = case
        .tx
        .passing_in(sighting.lane.id.as_str())?
        .is_none_or(|passing| case.now.duration_since(passing.decided_at) < PICTURES_WITHIN);
    let any = !sighting.car.images.is_empty() || sighting.car.images_of.is_some();
    if just_passed && any {
        image::keep_late(case, sighting)?;
    }
    Ok(())
}

/// A car stands in one lane: read here, it waits nowhere else, and what helps it later opens no other
/// barrier.
pub fn leave_other_lanes(case: &mut Case<'_>, sighting: &Sighting<'_>) -> Result<(), StoreError> {
    crossing::leave_other_lanes(case, sighting)?;
    let here = sighting.lane.id.as_str();
    for lane_id in case.tx.waiting_elsewhere(sighting.plate().as_str(), here)? {
        case.tx.clear_waiting(&lane_id)?;
        if let Some(lane) = case.rules.lane(&Id::from(lane_id.as_str())) {
            condition::review(case, lane)?;
        }
    }
    Ok(())
}

/// The same car in the same lane, seen through a moment ago and nothing since. Where nothing saw it through, it may stand
/// there still.
fn is_repeat(case: &Case<'_>, sighting: &Sighting<'_>) -> Result<bool, StoreError> {
    let here = |lane: &Id| *lane == sighting.lane.id;
    let within =
        |moment: Timestamp| sighting.at.duration_since(moment).abs() < case.rules.repeat_window;
    let plate_no = sighting.plate().as_str();
    if !sighting.live {
        let (lane_id, window) = (&sighting.lane.id, case.rules.repeat_window);
        let passing = case.tx.passing_in(lane_id.as_str())?;
        let passing = passing.filter(|one| one.car.is_of(sighting.plate()));
        if let Some(one) = passing.filter(|one| within(one.decided_at))
            && !has_moved(case, plate_no, one.decided_at, sighting.at)?
        {
            return Ok(true);
        }
        let about = (earlier(sighting.at, window), later(sighting.at, window));
        return Ok(case.tx.has_passed(lane_id, plate_no, about, sighting.at)?
            || recognise::is_of_one_that_passed(case, sighting)?);
    }
    if sighting.lane.barrier.is_some() && sighting.lane.passing_loop.is_none() {
        return Ok(false);
    }
    if let Some(inside) = case.tx.open_record_of(plate_no)? {
        return Ok(inside.enter_lane.as_ref().is_some_and(here) && within(inside.enter_time));
    }
    let left = case.tx.last_closed_record_of(plate_no)?;
    Ok(left.is_some_and(|left| {
        left.leave_lane.as_ref().is_some_and(here) && left.leave_time.is_some_and(within)
    }))
}

/// Whether a car came in or left after one moment and by another.
fn has_moved(
    case: &Case<'_>,
    plate_no: &str,
    after: Timestamp,
    by: Timestamp,
) -> Result<bool, StoreError> {
    let between = |moment: Timestamp| after < moment && moment <= by;
    let inside = case.tx.open_record_of(plate_no)?;
    let left = case.tx.last_closed_record_of(plate_no)?.and_then(|left| left.leave_time);
    Ok(inside.is_some_and(|inside| between(inside.enter_time)) || left.is_some_and(between))
}

/// A read sent late whose car has come in anew since: the present stay is none of its business.
fn is_of_an_earlier_stay(case: &Case<'_>, sighting: &Sighting<'_>) -> Result<bool, StoreError> {
    if sighting.live {
        return Ok(false);
    }
    let inside = case.tx.open_record_of(sighting.plate().as_str())?;
    Ok(inside.is_some_and(|inside| inside.enter_time > sighting.at))
}

fn hold(
    case: &mut Case<'_>,
    sighting: &Sighting<'_>,
    decision: &Decision,
    reason: &HoldReason,
    last_read: Timestamp,
) -> Result<(), StoreError> {
    let lane_id = sighting.lane.id.to_string();
    let before = case.tx.waiting_in(&lane_id)?;
    if let Some(before) = before.as_ref().filter(|one| one.car.plate_no != *sighting.plate()) {
        unseen_entry::withdraw(case, &before.car)?;
    }
    let same = before.filter(|one| one.car.plate_no == *sighting.plate());
    if same.as_ref().is_none_or(|car| car.reason != reason.kind()) {
        report_hold(case, sighting, decision, reason)?;
    }
    if let Terms::Leave(leaving) = &decision.terms {
        case.tx.note_exit_read(&leaving.record.id, last_read)?;
    }
    if matches!(reason, HoldReason::PaymentDue(_))
        && let Terms::Leave(leaving) = &decision.terms
    {
        wants_money(case, leaving, last_read, same.is_none())?;
    }
    let unknown = matches!(reason, HoldReason::NotInside | HoldReason::NoPlate);
    let candidates =
        if unknown { alike::candidates(case, sighting.lane, &sighting.car)? } else { Vec::new() };
    case.out.press();
    case.tx.set_waiting(&Waiting {
        lane_id,
        candidates,
        car: sighting.car.clone(),
        reason: reason.kind(),
        since: same.map_or(last_read, |one| one.since),
        last_read,
    })?;
    display::held(case, sighting.lane, sighting.plate().as_str(), reason);
    Ok(())
}

/// A car is held for its money. Where another gateway drives, that one asks for it, and lets the car out.
fn wants_money(
    case: &mut Case<'_>,
    leaving: &Leaving,
    last_read: Timestamp,
    is_new: bool,
) -> Result<(), StoreError> {
    let record = &leaving.record;
    if case.tx.stands_back()? {
        return case.tx.leave_to_another(&record.id, last_read);
    }
    if is_new {
        case.tx.take_from_another(&record.id)?;
    }
    payment::ask_once(case, record, &leaving.bill)?;
    if record.contract.is_none() && is_new {
        contract::ask(case, record, contract::AT_EXIT);
    }
    Ok(())
}

/// 2002, where somebody should come and look; once for each car and reason.
fn report_hold(
    case: &mut Case<'_>,
    sighting: &Sighting<'_>,
    decision: &Decision,
    reason: &HoldReason,
) -> Result<(), StoreError> {
    let control = &decision.control;
    let entry = if decision.is_exit() { control.holds_exit() } else { control.holds_entry() };
    match (reason, entry) {
        (HoldReason::Locked, _) => {
            plate_event(case, EventKind::Lock, sighting, &Remark::LockedHeld)
        }
        (HoldReason::Listed, Some(entry)) => {
            let (strategy, from) = (entry.strategy_type.number(), entry.strategy_from.as_str());
            let remark = Remark::ListedHeld { strategy, from };
            plate_event(case, EventKind::ListHit, sighting, &remark)
        }
        _ => Ok(()),
    }
}
