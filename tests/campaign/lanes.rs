//! Cars at the two lanes, one after the other at each: who comes is drawn from the seed, what becomes of it is looked at
//! from outside and noted in the model.

use crate::common::distinct_plate;
use crate::lot::{Lot, Waited};
use crate::model::{Kind, Model, Way};
use crate::money;
use fastrand::Rng;
use lotgate::sim::camera::ReadOptions;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// More are not inside at once.
const INSIDE: usize = 60;
/// Plates with a lease, and those that may not come in, are the first of all.
pub const TENANTS: std::ops::Range<u32> = 0..20;
/// See there.
pub const BANNED: std::ops::Range<u32> = 20..25;
/// Nobody comes again sooner.
const AWAY: Duration = Duration::from_secs(5);
/// Whoever has turned back comes again after this.
const BACK_AFTER: Duration = Duration::from_secs(60);
/// Cameras say so often that they live.
const BEAT: Duration = Duration::from_secs(1);
/// While there is nobody to come or to go.
const A_MOMENT: Duration = Duration::from_millis(20);

/// Numbers of cars that have not been here before.
#[derive(Debug)]
pub struct Numbers(AtomicU32);

impl Default for Numbers {
    fn default() -> Self {
        Self(AtomicU32::new(BANNED.end))
    }
}

impl Numbers {
    fn next(&self) -> String {
        distinct_plate(self.0.fetch_add(1, Ordering::Relaxed))
    }
}

/// Both cameras say that they live, by which they are known to be there again after an outage of their broker.
pub async fn beat(lot: Arc<Lot>) {
    loop {
        tokio::time::sleep(BEAT).await;
        lot.camera(Way::In).keep_alive(0).await;
        lot.camera(Way::Out).keep_alive(0).await;
    }
}

/// Cars come in until the lot is stopped.
pub async fn entry(lot: Arc<Lot>, numbers: Arc<Numbers>, mut rng: Rng) {
    while !lot.is_stopped() {
        if lot.model().inside() >= INSIDE {
            tokio::time::sleep(A_MOMENT).await;
            continue;
        }
        let before = lot.is_free(Way::In).await;
        if rng.u8(..100) < 4 {
            noise(&lot, Way::In, &mut rng).await;
        }
        match rng.u8(..100) {
            0..5 => banned(&lot, before, &distinct_plate(rng.u32(BANNED))).await,
            5..13 => told_late(&lot, &numbers.next(), &mut rng).await,
            13..33 => match outside(&lot, &mut rng, true) {
                Some(plate) => comes(&lot, before, &plate, Kind::Tenant).await,
                None => comes(&lot, before, &numbers.next(), Kind::Visitor).await,
            },
            33..45 => match outside(&lot, &mut rng, false) {
                Some(plate) => comes(&lot, before, &plate, Kind::Visitor).await,
                None => comes(&lot, before, &numbers.next(), Kind::Visitor).await,
            },
            _ => comes(&lot, before, &numbers.next(), Kind::Visitor).await,
        }
    }
}

/// A car that is not inside and has gone for a while, if it was here before: a tenant, or anybody else.
fn outside(lot: &Lot, rng: &mut Rng, tenant: bool) -> Option<String> {
    let tenants: Vec<_> = TENANTS.map(distinct_plate).collect();
    let model = lot.model();
    let is_away = |plate: &String| match model.stays.get(plate).and_then(|stays| stays.last()) {
        None => true,
        Some(stay) => stay.out_by.is_some_and(|out| {
            let left = model.comings[out].opened.and_then(|left| left.elapsed().ok());
            left.is_some_and(|left| left > AWAY)
        }),
    };
    let known: Vec<_> = if tenant {
        tenants
    } else {
        model.stays.keys().filter(|plate| !tenants.contains(plate)).cloned().collect()
    };
    let is_away = |plate: &String| is_away(plate) && !turned_back_lately(&model, plate);
    let away: Vec<_> = known.into_iter().filter(is_away).collect();
    (!away.is_empty()).then(|| away[rng.usize(..away.len())].clone())
}

/// Whoever has turned back stays away for a while: what is booked of him in the meantime is of that coming.
fn turned_back_lately(model: &Model, plate: &str) -> bool {
    let last = model.comings.iter().rev().find(|coming| coming.plate == plate);
    let is_lately = |came: SystemTime| came.elapsed().is_ok_and(|ago| ago < BACK_AFTER);
    last.is_some_and(|coming| coming.turned_back && is_lately(coming.came))
}

async fn comes(lot: &Lot, before: usize, plate: &str, kind: Kind) {
    let coming = lot.model().comes(plate, Way::In, None);
    if lot.until_open(coming, Way::In, before).await == Waited::AsItShould {
        lot.model().is_in(coming, kind);
    }
}

async fn banned(lot: &Lot, before: usize, plate: &str) {
    let coming = lot.model().comes(plate, Way::In, None);
    lot.until_told(coming, Way::In, "listed", before).await;
    // It turns back.
    lot.all_are_taken(coming).await;
}

/// Its camera could not tell of it when it came, and tells it now.
async fn told_late(lot: &Lot, plate: &str, rng: &mut Rng) {
    let ago = Duration::from_secs(rng.u64(0..15) * 3600 + rng.u64(10..45) * 60);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let at = now - ago.as_secs();
    let late = UNIX_EPOCH + Duration::from_secs(at);
    let coming = lot.model().comes(plate, Way::In, Some(late));
    let options = ReadOptions { offline: Some(at), ..ReadOptions::default() };
    let message = lot.camera(Way::In).message(plate, &options);
    lot.publish(coming, Way::In, message.clone()).await;
    while !lot.all_are_taken(coming).await {
        lot.camera(Way::In).publish(message.clone()).await;
        tokio::time::sleep(BEAT).await;
    }
    lot.model().is_in(coming, Kind::Visitor);
}

/// Something that is no read.
async fn noise(lot: &Lot, way: Way, rng: &mut Rng) {
    let bytes = ["", "{}", "\u{0}\u{1}", "{\"payload\":{\"AlarmInfoPlate\":{}}}", "[[[["];
    lot.camera(way).publish(bytes[rng.usize(..bytes.len())].to_owned()).await;
}

/// Cars go out until the lot is stopped.
pub async fn exit(lot: Arc<Lot>, numbers: Arc<Numbers>, mut rng: Rng) {
    while !lot.is_stopped() {
        let before = lot.is_free(Way::Out).await;
        if rng.u8(..100) < 4 {
            noise(&lot, Way::Out, &mut rng).await;
        }
        if rng.u8(..100) < 6 {
            stranger(&lot, before, &numbers.next()).await;
            continue;
        }
        let Some(plate) = inside(&lot, &mut rng) else {
            tokio::time::sleep(A_MOMENT).await;
            continue;
        };
        leaves(&lot, &plate, &mut rng).await;
    }
}

fn inside(lot: &Lot, rng: &mut Rng) -> Option<String> {
    let model = lot.model();
    let open = model.stays.iter().filter(|(_, stays)| stays.last().unwrap().out_by.is_none());
    let open = open.map(|(plate, _)| plate.clone());
    let open: Vec<_> = open.filter(|plate| !turned_back_lately(&model, plate)).collect();
    (!open.is_empty()).then(|| open[rng.usize(..open.len())].clone())
}

async fn stranger(lot: &Lot, before: usize, plate: &str) {
    let coming = lot.model().comes(plate, Way::Out, None);
    lot.until_told(coming, Way::Out, "not-inside", before).await;
    lot.all_are_taken(coming).await;
}

async fn leaves(lot: &Lot, plate: &str, rng: &mut Rng) {
    let locked = match rng.u8(..100) {
        0..6 => money::lock(lot, plate).await,
        _ => None,
    };
    // Who is locked has paid before, so that the lock alone holds it.
    if (locked.is_some() || rng.u8(..100) < 35) && lot.model().owes(plate) > 0 {
        money::pay(lot, plate, rng).await;
    }
    // It took its time.
    let before = lot.is_free(Way::Out).await;
    let coming = lot.model().comes(plate, Way::Out, None);
    if let Some(id) = locked {
        let waited = lot.until_told(coming, Way::Out, "locked", before).await;
        money::unlock(lot, plate, &id).await;
        if waited != Waited::AsItShould {
            return gives_up(lot, coming, waited);
        }
    }
    if lot.model().owes(plate) > 0 {
        let waited = lot.until_told(coming, Way::Out, "payment-due", before).await;
        if waited != Waited::AsItShould {
            return gives_up(lot, coming, waited);
        }
        money::pay(lot, plate, rng).await;
    }
    if lot.until_open(coming, Way::Out, before).await == Waited::AsItShould {
        lot.model().is_out(coming);
    }
}

/// It stays inside where it turned back; where it was let through, it is out.
fn gives_up(lot: &Lot, coming: usize, waited: Waited) {
    if waited == Waited::Otherwise {
        lot.model().is_out(coming);
    }
}
