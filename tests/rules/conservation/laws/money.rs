//! Money adds up, and receivables is what was due, never what was taken.

use super::must;
use crate::conservation::drive::{Asked, World};
use crate::conservation::model::{AtLane, Stay};
use crate::conservation::platform::{fen, id};
use crate::conservation::site::ENTRY_LANE;
use crate::prelude::*;
use lotgate::sim::platform::ledger::Stay as Told;
use std::collections::BTreeSet;

/// Σ5008 − Σ5009 of a record is what the lot took for it.
pub fn adds_up(world: &World) -> Result<(), String> {
    for (record, told) in &world.platform.stays {
        let Some(stay) = world.model.stays.get(record).filter(|stay| stay.counted) else {
            continue;
        };
        let sum = told.received() - told.refunded();
        must(sum == stay.taken, || {
            format!("{}: {} fen were reported, {} taken", stay.plate, sum, stay.taken)
        })?;
    }
    Ok(())
}

/// The booth takes what is due and no more: the rest is refused or change.
pub fn booth_takes_what_is_due(world: &World) -> Result<(), String> {
    let Asked::Cash { due, offered, kept, done } = world.seen.asked else { return Ok(()) };
    let right = due.map_or(offered, |due| offered.min(due));
    let refused = !done && kept == 0 && due.is_none_or(|due| offered > due);
    must(refused || (done && kept == right), || {
        format!("{offered} fen were offered where {due:?} are due: done {done}, kept {kept}")
    })
}

pub fn charged_once(world: &World) -> Result<(), String> {
    let mut known = BTreeSet::new();
    let charges = world.platform.stays.values().flat_map(|one| &one.charges);
    charges.map(|one| id(one, "id")).try_for_each(|id| {
        must(known.insert(id.clone()), || format!("the charge {id} was reported twice"))
    })
}

/// A 5005's receivables are the tariff up to the moment the stay was settled at.
pub fn receivables(world: &World) -> Result<(), String> {
    for (_, left) in world.platform.fresh.iter().filter(|(code, _)| *code == 5005) {
        let stay = &world.model.stays[&id(left, "id")];
        if !stay.priced {
            continue;
        }
        let (right, told) = (right_receivables(world, stay), fen(&left["receivables"]));
        must(right.contains(&told), || {
            format!(
                "{} leaves with receivables {told} fen, right is {right:?}: {stay:?}",
                stay.plate
            )
        })?;
    }
    Ok(())
}

/// With a loop a car is decided about when it is let pass and leaves a little later: either moment is right.
fn right_receivables(world: &World, stay: &Stay) -> BTreeSet<i64> {
    let left = stay.left.unwrap();
    let leaves = |car: &&AtLane| car.plate == stay.plate && stay.exit_reads.contains(&car.read);
    let before = world.seen.lanes_before.iter().skip(ENTRY_LANE + 1).flatten().find(leaves);
    let let_pass = before.and_then(|car| car.let_pass).filter(|moment| *moment <= left);
    let mut right = BTreeSet::new();
    for moment in [Some(left), let_pass].into_iter().flatten() {
        match stay.settled.filter(|settled| moment <= settled.until) {
            Some(settled) => right.insert(world.model.fee(stay, settled.up_to)),
            None => right.insert(world.model.fee(stay, moment)),
        };
        // Who has paid for more than that has paid for the whole stay.
        let whole = world.model.fee(stay, moment);
        if stay.taken + stay.let_off >= whole {
            right.insert(whole);
        }
    }
    right
}

/// Whoever has left has a newest report that knows all that was received.
pub fn sums_are_new(world: &World) -> Result<(), String> {
    for (record, told) in world.platform.stays.iter().filter(|(_, one)| !one.left.is_empty()) {
        if !told.refunds.is_empty() {
            continue;
        }
        let (says, is) = (fen(&told.newest["received"]), told.received());
        must(says == is, || format!("{record}: received {says} fen by its record, {is} by 5008"))?;
        let (listed, charged) =
            (charges_listed(told), told.charges.iter().map(|one| id(one, "id")));
        let charged: BTreeSet<_> = charged.collect();
        must(listed == charged, || format!("{record}: lists {listed:?} of {charged:?}"))?;
    }
    Ok(())
}

fn charges_listed(record: &Told) -> BTreeSet<String> {
    let listed = record.newest["chargeIdList"].as_array().into_iter().flatten();
    listed.filter_map(Value::as_str).map(str::to_lowercase).collect()
}

/// Table 17 names its record by an order only, so somebody must have told of that order.
pub fn refunds_are_known(world: &World) -> Result<(), String> {
    let lost = &world.platform.lost_refunds;
    must(lost.is_empty(), || format!("5009 of an order nobody was told of: {}", json!(lost)))
}

/// C.1.2.6 f, C.2.2.5: what a stay leaves unpaid, on the street or by a contract, is an order (5007).
pub fn unpaid_is_asked(world: &World) -> Result<(), String> {
    for (_, left) in world.platform.fresh.iter().filter(|(code, _)| *code == 5005) {
        let record = id(left, "id");
        let stay = &world.model.stays[&record];
        let sum = |name: &str| fen(&left[name]);
        let unpaid = sum("receivables") - sum("discount") - sum("received");
        let by_contract = world.model.leaves_first(&stay.plate) && !world.seen.by_hand;
        if !stay.priced || unpaid <= 0 || !(world.site.is_street() || by_contract) {
            continue;
        }
        must(!world.platform.stays[&record].asked.is_empty(), || {
            format!("{record} left {unpaid} fen unpaid and nobody is asked for it")
        })?;
    }
    Ok(())
}
