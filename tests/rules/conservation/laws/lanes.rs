//! Who is let pass and who is not.

use super::must;
use crate::conservation::drive::{Asked, World};
use crate::conservation::model::{AtLane, Stay};
use crate::conservation::site::{ENTRY_LANE, EXIT_LANE};
use crate::prelude::*;
use lotgate::model::happening::Hold;

/// A car held for money counts as standing there so long after its last read.
const STANDS: SignedDuration = SignedDuration::from_mins(5);

pub fn paid_order_opens(world: &World) -> Result<(), String> {
    not_held(world, |stay| stay.settled.is_some_and(|one| one.by_order))?;
    opens_at_once(world)
}

pub fn paid_otherwise_opens(world: &World) -> Result<(), String> {
    not_held(world, |stay| stay.settled.is_some_and(|one| !one.by_order))
}

fn not_held(world: &World, settled: impl Fn(&Stay) -> bool) -> Result<(), String> {
    let now = world.lot.now;
    for (_, plate, reason) in &world.seen.held {
        let stay = world.platform.open_of(plate).map(|(record, _)| &world.model.stays[record]);
        let Some(stay) = stay.filter(|stay| stay.priced && settled(stay)) else { continue };
        let for_money = reason.kind() == Hold::PaymentDue;
        must(!(for_money && stay.may_leave(now)), || {
            format!("{plate} is held ({reason:?}) and may leave: {stay:?}")
        })?;
    }
    Ok(())
}

/// A car that waits for nothing but money is let pass by the payment.
fn opens_at_once(world: &World) -> Result<(), String> {
    let Asked::Settled { record } = &world.seen.asked else { return Ok(()) };
    let stay = &world.model.stays[record];
    let waits = |car: &AtLane| {
        car.plate == stay.plate
            && car.held == Some(Hold::PaymentDue)
            && world.lot.now - car.read <= STANDS
    };
    for (lane, car) in world.seen.lanes_before.iter().enumerate() {
        if !stay.priced || !car.as_ref().is_some_and(waits) || otherwise_held(world, record, stay) {
            continue;
        }
        must(world.seen.opens.contains(&lane), || {
            format!("{} has paid and waits in lane {lane} for nothing: {stay:?}", stay.plate)
        })?;
    }
    Ok(())
}

fn otherwise_held(world: &World, record: &String, stay: &Stay) -> bool {
    world.model.locked.get(&stay.plate) == Some(record)
        || world.model.is_listed(&stay.plate, &[2, 3])
}

pub fn only_who_may(world: &World) -> Result<(), String> {
    if world.seen.by_hand {
        return Ok(());
    }
    for lane in &world.seen.opens {
        let Some(car) = &world.model.lanes[*lane] else {
            return Err(format!("lane {lane} opens for nobody"));
        };
        let before = world.seen.lanes_before[*lane].as_ref();
        let goes_on = |before: &AtLane| before.plate == car.plate && before.let_pass.is_some();
        if before.is_some_and(goes_on) && car.let_pass.is_some_and(|moment| moment < world.lot.now)
        {
            continue;
        }
        if let Some(why) = must_be_held(world, *lane, &car.plate) {
            return Err(format!("lane {lane} opens for {}, {why}", car.plate));
        }
    }
    Ok(())
}

/// Why a car may not pass a lane.
fn must_be_held(world: &World, lane: usize, plate: &str) -> Option<String> {
    let model = &world.model;
    let inside = world.seen.inside_before.get(plate).filter(|_| lane != ENTRY_LANE);
    let Some(record) = inside else {
        let unknown =
            lane == EXIT_LANE && !renamed(world, plate) && !may_leave_unseen(world, plate);
        let listed = model.is_listed(plate, &[1, 3]);
        return (unknown || listed).then(|| format!("not inside, listed: {listed}"));
    };
    let stay = &model.stays[record];
    let due = model.due(stay, stay.left.unwrap_or(world.lot.now));
    let pays = stay.priced && !model.leaves_first(plate) && due > 0;
    let locked = model.locked.get(plate) == Some(record);
    let listed = model.is_listed(plate, &[2, 3]);
    let held = pays || locked || listed;
    held.then(|| format!("due {due} fen ({pays}), locked {locked}, listed {listed}"))
}

/// Whether a car that nobody saw come in may have a right to leave all the same.
pub fn may_leave_unseen(world: &World, plate: &str) -> bool {
    let model = &world.model;
    model.leased.contains(plate)
        || model.unpriced.contains(plate)
        || model.listed.iter().any(|one| one.plate == plate && one.strategy == 5)
        || model.bookings.all.iter().any(|one| one.plate == plate)
}

/// Whether staff have just given this plate to a record.
fn renamed(world: &World, plate: &str) -> bool {
    let changed = world.platform.fresh.iter().filter(|(code, _)| *code == 5006);
    changed.into_iter().any(|(_, body)| body["parkCarInfo"]["plateNo"] == plate)
}
