//! Every 2002 has a cause of its own kind, and its kind's code.

use super::lanes::may_leave_unseen;
use super::must;
use crate::conservation::day::Action;
use crate::conservation::drive::{World, plate};
use crate::prelude::*;

/// What an event is about, by its words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Forged,
    LockedHeld,
    ListedHeld,
    ListedPasses,
    ByHand,
    BarrierNotOpened,
    NoEntry,
    Tailed,
    Garage,
    Other,
}

const KINDS: [Kind; 9] = [
    Kind::Forged,
    Kind::LockedHeld,
    Kind::ListedHeld,
    Kind::ListedPasses,
    Kind::ByHand,
    Kind::BarrierNotOpened,
    Kind::NoEntry,
    Kind::Tailed,
    Kind::Garage,
];

fn kind(event: &Value) -> Kind {
    let remark = event["remark"].as_str().unwrap_or_default();
    let begins = |words: &str| remark.starts_with(words);
    match () {
        () if event["eventType"].as_i64().is_some_and(|code| code >= 8000) => Kind::Garage,
        () if begins("相机识别为疑似套牌车") => Kind::Forged,
        () if begins("车主已锁车") => Kind::LockedHeld,
        () if begins("管控名单车辆拦截") => Kind::ListedHeld,
        () if begins("管控名单车辆") => Kind::ListedPasses,
        () if begins("人工放行") => Kind::ByHand,
        () if begins("无入场记录") => Kind::NoEntry,
        () if begins("一次开闸多车") => Kind::Tailed,
        () if begins("道闸未打开") => Kind::BarrierNotOpened,
        () => Kind::Other,
    }
}

pub fn have_causes(world: &World) -> Result<(), String> {
    let events = || world.platform.fresh.iter().filter(|(code, _)| *code == 2002);
    for (_, event) in events() {
        must(kind(event) != Kind::Other, || format!("an event of no kind: {event}"))?;
    }
    for wanted in KINDS {
        let told = events().filter(|(_, event)| kind(event) == wanted).count();
        let causes = causes(world, wanted);
        must(told <= causes, || format!("{told} events {wanted:?} of {causes} causes"))?;
    }
    let forged =
        matches!(world.seen.action, Some(Action::Forged { .. })) && !world.site.is_street();
    let told = events().any(|(_, event)| kind(event) == Kind::Forged);
    let first_read = |car: &crate::conservation::model::AtLane| car.read == world.lot.now;
    let fresh = !world.seen.lanes_before.iter().flatten().any(first_read);
    must(told || !(forged && fresh), || "a forged plate and no event".to_owned())
}

/// How often something of that kind may have happened just now.
fn causes(world: &World, kind: Kind) -> usize {
    let model = &world.model;
    let action = world.seen.action.as_ref();
    let stand = || model.lanes.iter().chain(&world.seen.lanes_before).flatten();
    let stands = |is: &dyn Fn(&str) -> bool| {
        let mut plates: Vec<_> =
            stand().map(|car| car.plate.as_str()).filter(|one| is(one)).collect();
        plates.sort_unstable();
        plates.dedup();
        plates.len()
    };
    let is_action = |is: bool| usize::from(is);
    match kind {
        Kind::Forged => is_action(matches!(action, Some(Action::Forged { .. }))),
        Kind::LockedHeld => stands(&|plate| model.locked.contains_key(plate)),
        Kind::ListedHeld => stands(&|plate| model.listed.iter().any(|one| one.plate == plate)),
        Kind::ListedPasses => {
            passes(world).filter(|plate| model.listed.iter().any(|one| one.plate == *plate)).count()
        }
        Kind::ByHand => {
            is_action(world.seen.by_hand || matches!(action, Some(Action::ReleaseLock { .. })))
        }
        Kind::BarrierNotOpened => {
            is_action(matches!(action, Some(Action::BarrierAnswers { well: false, .. })))
        }
        Kind::NoEntry => stands(&|plate| may_leave_unseen(world, plate)),
        Kind::Tailed => is_action(matches!(
            action,
            Some(Action::DriveOn { .. } | Action::Loop { on: false, .. })
        )),
        Kind::Garage => is_action(matches!(action, Some(Action::Mission { .. }))),
        Kind::Other => 0,
    }
}

/// Plates that have passed just now; one that was read late has passed, too.
fn passes(world: &World) -> impl Iterator<Item = String> {
    let late = match world.seen.action {
        Some(Action::ReadLate { car, .. }) => Some(plate(car)),
        _ => None,
    };
    let passed = world.seen.passed.iter().cloned();
    let opened = world.seen.opens.iter().filter_map(|lane| world.model.lanes[*lane].as_ref());
    let mut all: Vec<_> = passed.chain(opened.map(|car| car.plate.clone())).chain(late).collect();
    all.sort_unstable();
    all.dedup();
    all.into_iter()
}

/// 1001 is a cloned plate's, 1002 a motor's, 8xxx a garage's; what A.3 has no code for is 5000.
pub fn codes(world: &World) -> Result<(), String> {
    for (_, event) in world.platform.fresh.iter().filter(|(code, _)| *code == 2002) {
        let code = event["eventType"].as_i64().unwrap_or_default();
        let right = match kind(event) {
            Kind::Forged => code == 1001,
            Kind::Garage => (8001..=8031).contains(&code),
            _ => code == 5000,
        };
        must(right, || format!("event {code}: {}", event["remark"]))?;
    }
    Ok(())
}
