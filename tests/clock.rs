//! The real binary on a box whose clocks are wrong: it wakes in 1970, and its clock is stepped while it runs.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]
// What stands for the machine is known to builds for tests only.
#![cfg(debug_assertions)]

mod common;

use common::{A_WHILE, PATIENCE, World, plate_of};
use jiff::{SignedDuration, Timestamp};
use lotgate::sim::platform::Fault;
use serde_json::Value;

/// Changes what stands for the machine.
fn set(world: &World, name: &str, text: impl std::fmt::Display) {
    let text = format!("{text}");
    std::fs::write(world.machine().join(name), text).unwrap();
}

fn forget(world: &World, name: &str) {
    std::fs::remove_file(world.machine().join(name)).unwrap();
}

/// The box is switched off and on: its clock begins in 1970, and nobody has set it yet.
fn wake_in_1970(world: &mut World, boot: &str) {
    world.kill();
    forget(world, "synchronized");
    let up = std::fs::read_to_string("/proc/uptime").unwrap();
    set(world, "started", up.split('.').next().unwrap());
    set(world, "ahead", 30 - Timestamp::now().as_second());
    set(world, "boot", boot);
}

async fn says(world: &World, words: &str) {
    world.until(words, || world.log().contains(words)).await;
}

/// How far a moment that was told lies from now.
fn ago(world: &World, told: &Value) -> SignedDuration {
    let told: jiff::civil::DateTime = told.as_str().unwrap().parse().unwrap();
    let now = world.lot.local(Timestamp::now()).0;
    now.duration_since(told)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_box_that_wakes_in_1970_lets_nobody_pay_for_it_and_tells_the_true_moments() {
    let mut world = World::new().await;
    let first = world.enter("粤B00001").await;
    world.lot.platform.fail(Some(Fault::Drop));
    wake_in_1970(&mut world, "the second");
    world.start();
    world.listens().await;
    says(&world, "the clock is not proven").await;
    world.lot.entry.read("粤B00002").await;
    assert!(world.lot.entry.opened(2, PATIENCE).await, "entry as always:\n{}", world.log());
    world.lot.exit.read("粤B00001").await;
    says(&world, "粤B00001 is held: 10 yuan due").await;
    // Nobody knows whose clock is wrong.
    world.lot.entry.keep_alive(-3600).await;
    assert_eq!(world.lot.entry.commanded("set_time"), Vec::<Value>::new());
    // It is killed, and goes on as it was.
    world.kill();
    world.start();
    world.listens().await;
    world.lot.entry.read("粤B00003").await;
    assert!(world.lot.entry.opened(3, PATIENCE).await, "{}", world.log());
    assert!(!world.lot.platform.until(A_WHILE, |lot| lot.received(5004).len() > 1).await);
    // Its certificate is valid though it is 1970, and its answer says what time it is, unless cameras were quicker.
    world.lot.platform.fail(None);
    says(&world, "logged in to the platform").await;
    says(&world, "the clock is proven by").await;
    for plate in ["粤B00002", "粤B00003"] {
        let told = world.report(5004, |record| plate_of(record) == plate).await;
        assert!(ago(&world, &told["enterTime"]).abs() < SignedDuration::from_mins(2), "{told}");
    }
    world.lot.exit.read("粤B00002").await;
    says(&world, "粤B00002 is held: 10 yuan due").await;
    world.lot.entry.keep_alive(-3600).await;
    world.until("the camera is set", || !world.lot.entry.commanded("set_time").is_empty()).await;
    let told = world.report(5004, |record| plate_of(record) == "粤B00001").await;
    assert_eq!(told["enterTime"], first["enterTime"]);
    world.assert_lawful().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_stepped_while_a_car_is_inside_changes_nothing_of_its_fee() {
    let mut world = World::new().await;
    world.enter("粤B00001").await;
    let fifty_years = 50 * 365 * 86_400_i64;
    for ahead in [3600, -3600, 86_400, fifty_years, -fifty_years] {
        set(&world, "ahead", ahead);
        world.lot.exit.read("粤B00001").await;
        let due = || world.log().matches("粤B00001 is held: 10 yuan due").count();
        world.until("the fee", || due() > 0).await;
        world.kill();
        world.restart().await;
    }
    // Somebody who knows has stepped it.
    set(&world, "ahead", 7200);
    set(&world, "synchronized", "");
    says(&world, "the clock has stepped by 7200 s").await;
    world.lot.exit.read("粤B00001").await;
    // Time has not passed: it is not a read of long ago.
    says(&world, "粤B00001 is held: 10 yuan due").await;
    assert!(!world.log().contains("12 yuan due") && !world.log().contains("32 yuan due"));
}

#[tokio::test(flavor = "multi_thread")]
async fn cameras_that_agree_a_time_server_or_the_hardware_clock_vouch_too() {
    let mut world = World::new().await;
    world.lot.platform.fail(Some(Fault::Drop));
    wake_in_1970(&mut world, "the second");
    world.start();
    world.listens().await;
    world.lot.entry.keep_alive(0).await;
    world.lot.exit.keep_alive(0).await;
    says(&world, "the clock is proven by cameras that agree").await;
    wake_in_1970_again(&mut world, "the third");
    set(&world, "rtc", Timestamp::now().as_second());
    world.start();
    world.listens().await;
    world.lot.entry.read("粤B00001").await;
    assert!(world.lot.entry.opened(1, PATIENCE).await, "{}", world.log());
    assert!(!world.log().contains("the clock is not proven"), "{}", world.log());
    wake_in_1970_again(&mut world, "the fourth");
    // Its battery is empty.
    set(&world, "rtc", 946_684_800);
    world.start();
    world.listens().await;
    says(&world, "the clock is not proven").await;
    set(&world, "ahead", 0);
    set(&world, "synchronized", "");
    says(&world, "the clock is proven by a time server").await;
}

fn wake_in_1970_again(world: &mut World, boot: &str) {
    set(world, "synchronized", "");
    wake_in_1970(world, boot);
}
