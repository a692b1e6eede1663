//! A space is one car's, and reported as it is.

use super::must;
use crate::conservation::day::Seen;
use crate::conservation::drive::{Asked, World};
use crate::conservation::platform::text;
use std::collections::BTreeSet;

pub fn owned_once(world: &World) -> Result<(), String> {
    let mut taken = BTreeSet::new();
    let open = world.platform.stays.values().filter(|one| one.is_open());
    for space in open.filter_map(|one| one.space()) {
        must(taken.insert(space), || format!("{space} is in two records of cars inside"))?;
    }
    let Asked::Book { shares, owned, .. } = &world.seen.asked else { return Ok(()) };
    let Some(space) = booked_now(world) else { return Ok(()) };
    if let Some(shared) = shares {
        let same = shared.as_deref() == Some(space);
        return must(same, || format!("two bookings of one car keep {shared:?} and {space}"));
    }
    must(!owned.contains(space), || format!("{space} is booked and somebody's already"))
}

pub fn booked_is_seen_free(world: &World) -> Result<(), String> {
    let shares = matches!(world.seen.asked, Asked::Book { shares: Some(_), .. });
    let Some(space) = booked_now(world).filter(|space| world.site.is_watched(space) && !shares)
    else {
        return Ok(());
    };
    let seen = world.model.sensors.get(space);
    must(seen == Some(&Seen::Free), || format!("{space} is booked, its sensor says {seen:?}"))
}

/// The space that was booked just now.
fn booked_now(world: &World) -> Option<&str> {
    let Asked::Book { reply, .. } = &world.seen.asked else { return None };
    let given = reply.data.first().filter(|_| reply.succeeded())?;
    text(&given["spaceNo"])
}

/// The newest 5001 of each space is its sensor's word where one watches it, else what records, bookings and
/// the garage make it.
pub fn truth(world: &World) -> Result<(), String> {
    for space in world.site.space_numbers() {
        if world.model.errands.values().any(|one| one.space.as_deref() == Some(*space)) {
            continue;
        }
        let told = world.platform.spaces.get(*space).copied();
        let is =
            if world.site.is_watched(space) { seen(world, space) } else { reckoned(world, space) };
        let right = match told {
            Some(told) => is.contains(&told),
            // Nothing has been told yet: as good as free, or unknown.
            None => is.contains(&0) || is.contains(&-1),
        };
        must(right, || format!("{space} is told as {told:?}, is {is:?}"))?;
    }
    Ok(())
}

fn seen(world: &World, space: &str) -> Vec<i64> {
    match world.model.sensors.get(space) {
        Some(Seen::Occupied) => vec![2],
        Some(Seen::Free) => booked(world, space),
        Some(Seen::Unknown) | None if booked(world, space) != [0] => vec![-1, 1],
        Some(Seen::Unknown) | None => vec![-1],
    }
}

fn reckoned(world: &World, space: &str) -> Vec<i64> {
    let occupied =
        world.platform.open_at(space).is_some() || world.model.stored.contains_key(space);
    if occupied { vec![2] } else { booked(world, space) }
}

fn booked(world: &World, space: &str) -> Vec<i64> {
    let bookings = &world.model.bookings;
    let kept = bookings.kept().any(|one| one.space.as_deref() == Some(space));
    if bookings.unsure { vec![0, 1] } else { vec![i64::from(kept)] }
}
