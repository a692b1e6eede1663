//! The newest 5003 says how it is (table 19).

use super::must;
use crate::conservation::drive::World;

pub fn used(world: &World) -> Result<(), String> {
    let open = world.platform.open_stays();
    says(world, "usedSpaces", open)?;
    let kept = world.lot.look(|tx| tx.used_spaces().unwrap());
    must(kept == open, || format!("{open} stays are open, the store has {kept}"))
}

pub fn reserved(world: &World) -> Result<(), String> {
    if world.model.bookings.unsure {
        return Ok(());
    }
    says(world, "reservedSpaces", world.model.bookings.reserved())
}

/// What visitors may take.
pub fn unused(world: &World) -> Result<(), String> {
    if world.model.bookings.unsure {
        return Ok(());
    }
    let open = || world.platform.stays.values().filter(|one| one.is_open());
    let holds_lease =
        |plate: Option<&str>| plate.is_some_and(|one| world.model.leased.contains(one));
    let visitors = i64::try_from(open().filter(|one| !holds_lease(one.plate())).count()).unwrap();
    let kept = world.model.bookings.reserved();
    let for_visitors = world.site.visitor_spaces() - visitors - kept;
    let in_all = world.site.total_spaces() - world.platform.open_stays() - kept;
    says(world, "unusedSpaces", for_visitors.min(in_all).max(0))
}

fn says(world: &World, name: &str, is: i64) -> Result<(), String> {
    let Some(counts) = &world.platform.counts else { return Ok(()) };
    let told = counts[name].as_i64().unwrap_or_default();
    must(told == is, || format!("{name} is told as {told}, is {is}"))
}
