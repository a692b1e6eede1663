//! C.1: lots with lanes.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn c_1_1_coming_and_leaving_are_reported_and_answered() {
    let world = World::new().await;
    let came = world.enter(PLATE).await;
    let order = world.asks_fee(PLATE).await;
    world.pays_online(&order).await;
    let left = world.leaves(PLATE).await;
    assert_eq!((&left["id"], &left["enterTime"]), (&came["id"], &came["enterTime"]));
    assert_eq!((sums(&came), sums(&left)), ([0, 0, 0], [10, 0, 10]));
    assert_eq!(world.heard_of(&came), [5004, 5008, 5005]);
    world.counts_are(0, 0, 200).await;
    world.assert_lawful().await;
}

/// 4001 for a plate, in force today.
fn listed(id: &Id, strategy: i64) -> Value {
    json!({ "state": 1, "blackWhiteGraySheet": {
        "id": id, "parkCode": PARK_CODE,
        "parkCarInfo": { "plateNo": PLATE, "eidEquiped": false }, "strategyType": strategy,
        "beginDate": "2020-01-01", "endDate": "2099-12-31", "strategyFrom": "交警",
    } })
}

#[tokio::test(flavor = "multi_thread")]
async fn c_1_2_1_example_1_a_cloned_plate_is_kept_in_for_the_police() {
    let world = World::with(|_| {}, "").await;
    world.enter("粤B00001").await;
    // The police's platform hears of the car and judges its plate to be a clone.
    world.enter(PLATE).await;
    let id = Id::random();
    world.ordered(4001, listed(&id, 2)).await;
    world.is_held(PLATE, "").await;
    let alarm = world.report(2002, |event| event["plateNo"] == PLATE).await;
    assert_eq!(alarm["equipmentId"], "a1dc1d9fccdc441fb6238fb43faba902");
    world.leaves("粤B00001").await;
    assert!(world.lot.platform.received(5005).iter().all(|left| plate_of(left) != PLATE));
    // The police have been there.
    let off = json!({ "state": 2, "blackWhiteGraySheet": { "id": id } });
    world.ordered(4001, off).await;
    world.leaves(PLATE).await;
    world.assert_lawful().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn c_1_2_1_example_2_an_official_car_passes_by_itself() {
    let world = World::with(
        |plan| (plan.total_spaces, plan.reservable_spaces, plan.free) = (1, 0, "0s".to_owned()),
        "",
    )
    .await;
    world.enter("粤B00001").await;
    world.is_turned_away("粤B00002").await;
    world.ordered(4001, listed(&Id::random(), 5)).await;
    world.enter(PLATE).await;
    let left = world.leaves(PLATE).await;
    assert_eq!(sums(&left), [0, 0, 0]);
    assert_eq!(world.lot.platform.received(2002), Vec::<Value>::new(), "nobody is alarmed");
    world.assert_lawful().await;
}

/// 6001 for so many minutes from so many minutes from now.
fn booking(world: &World, code: &str, plate: &str, from: i64, minutes: i64) -> Value {
    json!({
        "bookCode": code, "parkCode": PARK_CODE,
        "parkCarInfo": { "plateNo": plate, "eidEquiped": false },
        "bookTime": world.local(minutes_from_now(from)),
        "overTime": world.local(minutes_from_now(from + minutes)),
        "bookMoney": 5, "obligatTime": 15,
    })
}

fn decision(code: &str, state: i64) -> Value {
    json!({ "bookCode": code, "parkCode": PARK_CODE, "confirmstate": state })
}

/// A lot with three numbered spaces, two of them to be booked.
async fn bookable() -> World {
    World::with(|plan| plan.numbered_spaces = 3, "").await
}

#[tokio::test(flavor = "multi_thread")]
async fn c_1_2_2_a_space_is_booked_paid_prolonged_and_used() {
    let world = bookable().await;
    // a) to c): one space is locked, and its number goes back to the driver.
    let locked = world.ordered(6001, booking(&world, "YD1", PLATE, 0, 30)).await;
    assert_eq!((&locked["bookCode"], &locked["reservableSpace"]), (&json!("YD1"), &json!(1)));
    world.space_is(&locked["spaceNo"], 1).await;
    world.counts_are(0, 1, 199).await;
    // d) to f): the fee is paid, the booking confirmed.
    assert_eq!(world.ordered(6002, decision("YD1", 1)).await, json!({ "bookCode": "YD1" }));
    // g): prolonged by the same way, before coming.
    let again = world.ordered(6001, booking(&world, "YD2", PLATE, 25, 60)).await;
    assert_eq!(
        again["spaceNo"].as_str().unwrap_or(locked["spaceNo"].as_str().unwrap()),
        locked["spaceNo"]
    );
    world.ordered(6002, decision("YD2", 1)).await;
    world.ordered(6002, decision("YD1", 2)).await;
    assert_eq!(world.lot.platform.received(5003).last().unwrap()["reservedSpaces"], 1);
    // i): the car comes, the booking ends; then it is a car like any.
    let came = world.enter(PLATE).await;
    assert_eq!(came["spaceNo"], locked["spaceNo"]);
    world.space_is(&locked["spaceNo"], 2).await;
    world.counts_are(1, 0, 199).await;
    world.leaves(PLATE).await;
    world.space_is(&locked["spaceNo"], 0).await;
    world.counts_are(0, 0, 200).await;
    world.assert_lawful().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn c_1_2_2_h_a_cancelled_booking_frees_its_space() {
    let world = bookable().await;
    let locked = world.ordered(6001, booking(&world, "YD1", PLATE, 0, 30)).await;
    world.space_is(&locked["spaceNo"], 1).await;
    world.ordered(6002, decision("YD1", 1)).await;
    world.ordered(6002, decision("YD1", 0)).await;
    world.space_is(&locked["spaceNo"], 0).await;
    world.counts_are(0, 0, 200).await;
    let other = world.ordered(6001, booking(&world, "YD2", "粤B00001", 0, 30)).await;
    assert_eq!(other["spaceNo"], locked["spaceNo"], "it can be had again");
    world.assert_lawful().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn c_1_2_2_example_who_booked_finds_a_space_in_a_lot_that_is_full() {
    let world = World::with(|plan| (plan.total_spaces, plan.reservable_spaces) = (2, 1), "").await;
    world.ordered(6001, booking(&world, "YD1", PLATE, 0, 30)).await;
    world.ordered(6002, decision("YD1", 1)).await;
    world.enter("粤B00001").await;
    world.is_turned_away("粤B00002").await;
    world.enter(PLATE).await;
    world.counts_are(2, 0, 0).await;
    world.assert_lawful().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn c_1_2_3_example_1_locked_inside_and_unlocked_before_leaving() {
    let world = World::with(|_| {}, "").await;
    let came = world.enter(PLATE).await;
    // a): the driver looks where the car is.
    let found = world.ordered(6005, json!({ "parkCode": PARK_CODE, "plateNo": "88888" })).await;
    assert_eq!(found["id"], came["id"]);
    let id = Id::random();
    assert_eq!(world.lock(&id, PLATE, 0).await.data, [json!({ "id": id, "lockstate": 1 })]);
    assert_eq!(world.lock(&id, PLATE, 1).await.data, [json!({ "id": id, "lockstate": 0 })]);
    let left = world.leaves(PLATE).await;
    assert_eq!(left["recordType"], 0);
    assert_eq!(world.lot.platform.received(2002), Vec::<Value>::new());
    world.assert_lawful().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn c_1_2_3_example_2_a_locked_car_is_stopped_and_staff_unlock_it() {
    let world = World::with(|_| {}, "").await;
    world.enter(PLATE).await;
    world.lock(&Id::random(), PLATE, 0).await;
    world.is_held(PLATE, "its owner locked it").await;
    world.report(2002, |event| event["plateNo"] == PLATE).await;
    let release = json!({ "plateNo": PLATE, "operator": "张三" });
    assert_eq!(world.booth("/api/locks/release", &release).await.1["status"], "released");
    world.exit_opens(1).await;
    assert_eq!(world.left(PLATE).await["recordType"], 2);
    world.assert_lawful().await;
}

/// 6004: all day, every day.
fn shared() -> Value {
    json!({ "id": Id::random(), "parkCode": PARK_CODE, "plateNo": PLATE, "startDate": "2020-01-01",
        "endDate": "2099-12-31", "startTime": "00:00", "endTime": "00:00", "bufferTime": 0,
        "rule": [1, 2, 3, 4, 5, 6, 7], "actionType": 0, "publisher": "李某" })
}

#[tokio::test(flavor = "multi_thread")]
async fn c_1_2_4_who_has_paid_for_shared_time_pays_nothing_at_the_lot() {
    let world = World::new().await;
    world.ordered(6004, shared()).await;
    let came = world.enter(PLATE).await;
    assert_eq!(came["isStagger"], 1);
    let left = world.leaves(PLATE).await;
    assert_eq!((&left["isStagger"], sums(&left)), (&json!(1), [0, 0, 0]));
    assert_eq!(world.heard_of(&came), [5004, 5005], "no charge");
    // Another driver has not.
    world.enter("粤B00001").await;
    world.is_held("粤B00001", "10 yuan due").await;
    world.assert_lawful().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn c_1_2_5_example_1_paid_on_the_phone_before_the_exit() {
    let world = World::new().await;
    let came = world.enter(PLATE).await;
    let order = world.asks_fee(PLATE).await;
    assert_eq!((&order["recordId"], &order["receivables"]), (&came["id"], &json!(10)));
    let charge = world.pays_online(&order).await;
    let told = world.report(5008, |told| told["id"] == charge["id"]).await;
    assert_eq!((sums(&told), &told["orderNo"]), ([10, 0, 10], &order["orderNo"]));
    let left = world.leaves(PLATE).await;
    assert_eq!((sums(&left), &left["chargeIdList"]), ([10, 0, 10], &json!([charge["id"]])));
    world.assert_lawful().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn c_1_2_5_example_2_paid_on_the_phone_while_waiting_at_the_exit() {
    let world = World::new().await;
    let came = world.enter(PLATE).await;
    world.is_held(PLATE, "10 yuan due").await;
    let asked = world.report(5007, |order| order["recordId"] == came["id"]).await;
    assert_eq!(asked["receivables"], 10);
    let order = world.asks_fee(PLATE).await;
    assert_eq!(order["orderNo"], asked["orderNo"], "the very one");
    world.pays_online(&order).await;
    world.exit_opens(1).await;
    world.left(PLATE).await;
    assert_eq!(world.heard_of(&came), [5004, 5007, 5008, 5005]);
    world.assert_lawful().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn c_1_2_6_example_1_a_signed_car_leaves_and_its_fee_is_deducted_afterwards() {
    let rule = "direction = \"exit\"|rule = \"leave-then-charge\"";
    let world = World::with(|plan| "0s".clone_into(&mut plan.free), rule).await;
    world.lot.platform.open_contract(PLATE);
    // a) to d): asked about as it comes.
    let came = world.enter(PLATE).await;
    world.until("the question", || world.lot.platform.calls(5010) == 1).await;
    world.has_contract(PLATE).await;
    // e), f): it leaves, and the deduction is asked for.
    let left = world.leaves(PLATE).await;
    assert_eq!((sums(&left), &left["chargeIdList"]), ([10, 0, 0], &json!(null)));
    let order = world.report(5007, |order| order["recordId"] == came["id"]).await;
    let charge = world.deducts(&order).await;
    let record = world.report(5006, |record| record["id"] == came["id"]).await;
    assert_eq!((sums(&record), &record["chargeIdList"]), ([10, 0, 10], &json!([charge["id"]])));
    assert_eq!(world.heard_of(&came)[3..], [5008, 5006]);
    world.assert_lawful().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn c_1_2_6_e_a_signed_car_waits_for_its_deduction_where_that_comes_first() {
    let world = World::new().await;
    world.lot.platform.open_contract(PLATE);
    let came = world.enter(PLATE).await;
    world.until("the question", || world.lot.platform.calls(5010) == 1).await;
    world.is_held(PLATE, "10 yuan due").await;
    let order = world.report(5007, |order| order["recordId"] == came["id"]).await;
    world.deducts(&order).await;
    world.exit_opens(1).await;
    assert_eq!(sums(&world.left(PLATE).await), [10, 0, 10]);
    assert_eq!(world.heard_of(&came), [5004, 5007, 5008, 5005]);
    world.assert_lawful().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn c_1_2_6_examples_2_and_3_without_a_contract_here_one_pays_as_any_visitor() {
    let rule = "direction = \"exit\"|rule = \"leave-then-charge\"";
    let world = World::with(|plan| "0s".clone_into(&mut plan.free), rule).await;
    // The platform answers no: signed, but not for this lot, or not signed at all.
    world.enter(PLATE).await;
    world.until("the question", || world.lot.platform.calls(5010) == 1).await;
    world.is_held(PLATE, "10 yuan due").await;
    let order = world.asks_fee(PLATE).await;
    world.pays_online(&order).await;
    world.exit_opens(1).await;
    assert_eq!(sums(&world.left(PLATE).await), [10, 0, 10]);
    world.assert_lawful().await;
}
