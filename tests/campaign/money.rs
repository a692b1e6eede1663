//! Payments and locks, said again and again with the same id until they are answered, as a booth's software and the
//! platform do.

use crate::findings::Harm;
use crate::lot::{Lot, PATIENCE};
use crate::model::{Fen, Paid};
use fastrand::Rng;
use lotgate::sim::plan::PARK_CODE;
use lotgate::standard::id::Id;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Before it is said again.
const AGAIN: Duration = Duration::from_millis(250);

/// Somebody pays what the car owes, at the booth or with his telephone.
pub async fn pay(lot: &Lot, plate: &str, rng: &mut Rng) {
    let amount = lot.model().owes(plate);
    let id = Id::random();
    let paid = match rng.bool().then(|| record(lot, plate)).flatten() {
        Some(record) => by_telephone(lot, plate, &id, &record, amount).await,
        None => at_the_booth(lot, plate, &id, amount).await,
    };
    if paid {
        lot.model().has_paid(plate, Paid { id: id.to_string().to_lowercase(), amount });
    }
}

/// The record of a car's present stay, if the platform knows it already.
fn record(lot: &Lot, plate: &str) -> Option<String> {
    let ledger = lot.world.lot.platform.ledger();
    let of_plate: Vec<_> =
        ledger.stays.values().filter(|stay| stay.plate() == Some(plate)).collect();
    if of_plate.len() < lot.model().stays[plate].len() {
        return None;
    }
    let newest = of_plate.into_iter().max_by_key(|stay| stay.newest["enterTime"].to_string())?;
    newest.newest["id"].as_str().map(str::to_owned)
}

fn yuan(amount: Fen) -> Value {
    json!(amount / 100)
}

async fn at_the_booth(lot: &Lot, plate: &str, id: &Id, amount: Fen) -> bool {
    let body = json!({ "id": id, "plateNo": plate, "received": yuan(amount), "operator": "张三" });
    let begun = Instant::now();
    loop {
        let said = match lot.world.try_booth("/api/payments", &body).await {
            Ok((status, _)) if status.contains(" 200 ") => return true,
            Ok((status, body)) => format!("{status} {body}"),
            Err(error) => error.to_string(),
        };
        if begun.elapsed() > PATIENCE {
            lot.find(Harm::Held, begun, format!("{plate} cannot pay {amount} fen: {said}"));
            return false;
        }
        tokio::time::sleep(AGAIN).await;
    }
}

async fn by_telephone(lot: &Lot, plate: &str, id: &Id, record: &str, amount: Fen) -> bool {
    let charge = json!({
        "id": id, "recordId": record, "payTime": lot.world.lot.local(jiff::Timestamp::now()),
        "receivables": yuan(amount), "discount": 0, "received": yuan(amount), "payType": 2,
        "payFrom": "微信公众号", "parkCarInfo": { "plateNo": plate, "eidEquiped": false },
    });
    let notice = json!({ "parkCode": PARK_CODE, "chargeInfo": charge });
    command(lot, 6007, &notice).await
}

/// A car is locked by its owner; its lock's id.
pub async fn lock(lot: &Lot, plate: &str) -> Option<Id> {
    let id = Id::random();
    command(lot, 6003, &locking(&id, plate, 0)).await.then_some(id)
}

/// And unlocked.
pub async fn unlock(lot: &Lot, plate: &str, id: &Id) {
    command(lot, 6003, &locking(id, plate, 1)).await;
}

fn locking(id: &Id, plate: &str, flag: i64) -> Value {
    json!({ "id": id, "parkCode": PARK_CODE, "plateNo": plate, "lockFlag": flag,
            "featureCode": "14d9be81f014d9" })
}

/// A command of the platform, said until it is answered.
pub async fn command(lot: &Lot, code: u16, element: &Value) -> bool {
    let begun = Instant::now();
    loop {
        let said = match lot.world.lot.platform.command(code, std::slice::from_ref(element)).await {
            Ok(reply) if reply.succeeded() => return true,
            Ok(reply) => format!("{reply:?}"),
            Err(error) => error,
        };
        if begun.elapsed() > PATIENCE {
            lot.find(Harm::Held, begun, format!("{code} is not taken: {said}: {element}"));
            return false;
        }
        tokio::time::sleep(AGAIN).await;
    }
}
