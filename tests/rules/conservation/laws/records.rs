//! Every stay begins once and ends once, in order, and its car was there.

use super::must;
use crate::conservation::day::Action;
use crate::conservation::drive::{World, plate};
use crate::conservation::platform::{enter_time, id, leave_time, text};
use std::collections::{BTreeMap, BTreeSet};

pub fn in_order(world: &World) -> Result<(), String> {
    let platform = &world.platform;
    must(platform.before_entry.is_empty(), || platform.before_entry.join("; "))?;
    let mut inside = BTreeSet::new();
    for (record, told) in &platform.stays {
        must(told.entered.len() == 1, || format!("{record} entered {} times", told.entered.len()))?;
        must(told.left.len() <= 1, || format!("{record} left {} times", told.left.len()))?;
        must(told.left.is_empty() || leave_time(told).is_some(), || {
            format!("{record} has left and is inside again")
        })?;
        let backwards = leave_time(told) < enter_time(told) && leave_time(told).is_some();
        must(!backwards, || format!("{record} left before it entered"))?;
        if let Some(plate) = told.plate().filter(|_| told.is_open()) {
            must(inside.insert(plate), || format!("{plate} is inside twice"))?;
        }
    }
    who_enters_was_there(world)
}

fn who_enters_was_there(world: &World) -> Result<(), String> {
    if world.site.is_street() {
        return Ok(());
    }
    let lanes = world.seen.lanes_before.iter().chain(&world.model.lanes).flatten();
    let mut there: BTreeSet<_> = lanes.map(|car| car.plate.clone()).collect();
    if let Some(Action::ReadLate { car, .. }) = world.seen.action {
        there.insert(plate(car));
    }
    for (_, body) in world.platform.fresh.iter().filter(|(code, _)| *code == 5004) {
        let plate = text(&body["parkCarInfo"]["plateNo"]).unwrap_or_default();
        must(there.contains(plate), || format!("{plate} entered and was not there"))?;
    }
    Ok(())
}

pub fn charges_in_order(world: &World) -> Result<(), String> {
    for (record, told) in &world.platform.stays {
        let times: BTreeMap<_, _> =
            told.charges.iter().map(|one| (id(one, "id"), one["payTime"].to_string())).collect();
        let listed = told.newest["chargeIdList"].as_array().into_iter().flatten();
        let listed: Vec<_> =
            listed.filter_map(|id| times.get(&id.as_str()?.to_lowercase())).collect();
        must(listed.is_sorted(), || format!("{record} lists its charges as of {listed:?}"))?;
    }
    Ok(())
}
