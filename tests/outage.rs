//! The platform, the broker or the gateway itself fails in the middle of traffic: nothing is lost,
//! nothing is doubled.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod common;
#[path = "common/mosquitto.rs"]
mod mosquitto;

use common::{PATIENCE, World, plate_of};
use lotgate::sim::broker::BrokerProcess;
use lotgate::sim::camera::ReadOptions;
use lotgate::sim::platform::{Fault, SimulatedPlatform};
use mosquitto::Mosquitto;
use std::collections::BTreeSet;
use std::time::Duration;

/// A short time-out so that the tests need not wait the standard's 20 s.
const SHORT_TIMEOUT: &str = "[platform]|timeout = \"1s\"";

fn plates(world: &World, code: u16) -> Vec<String> {
    let reports = world.lot.platform.received(code);
    let mut plates: Vec<_> = reports.iter().map(|report| plate_of(report).to_owned()).collect();
    plates.sort();
    plates
}

fn all(range: std::ops::Range<u32>) -> Vec<String> {
    range.map(|number| format!("粤B{number:05}")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn kill_9_in_the_middle_of_traffic_loses_and_doubles_nothing() {
    let mut world = World::new().await;
    for round in 0..4 {
        for number in round * 50..(round + 1) * 50 {
            world.lot.entry.read(&format!("粤B{number:05}")).await;
            if number == round * 50 + 25 {
                world.kill();
            }
        }
        world.restart().await;
    }
    let complete = |_: &SimulatedPlatform| plates(&world, 5004).len() >= 200;
    assert!(world.lot.platform.until(PATIENCE, complete).await, "{}", plates(&world, 5004).len());
    assert_eq!(plates(&world, 5004), all(0..200));
    let ids: BTreeSet<_> =
        world.lot.platform.received(5004).iter().map(|record| record["id"].to_string()).collect();
    assert_eq!(ids.len(), 200);
    world.report(5003, |counts| counts["usedSpaces"] == 200).await;
    world.assert_lawful().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_read_while_a_process_is_down_that_lived_for_a_moment_stands_there_yet() {
    let Some(broker) = Mosquitto::start("") else { return };
    let mut world = World::at_rest(|plan| plan.broker = Some(broker.listen), "").await;
    world.start();
    world.until("the broker", || world.log().contains("MQTT `lot` connected")).await;
    for number in 0..2 {
        world.lot.entry.read(&format!("粤B{number:05}")).await;
        assert!(world.lot.entry.opened(number + 1, PATIENCE).await, "{}", world.log());
    }
    world.kill();
    world.lot.entry.read("粤B00002").await;
    world.restart().await;
    world.until("the broker's marker", || world.log().contains("reads that lay there")).await;
    assert!(world.log().contains("1 cars stand there still, 0 are late"), "{}", world.log());
    world.assert_lawful().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_lanes_go_on_through_an_outage_and_a_kill_and_everything_is_reported_after_it() {
    let mut world = World::with(|_| {}, SHORT_TIMEOUT).await;
    world.enter("粤B00000").await;
    world.lot.platform.fail(Some(Fault::Drop));
    for number in 1..20 {
        world.lot.entry.read(&format!("粤B{number:05}")).await;
    }
    assert!(world.lot.entry.opened(20, PATIENCE).await, "{}", world.log());
    for number in 1..10 {
        world.lot.exit.read(&format!("粤B{number:05}")).await;
    }
    assert!(world.lot.exit.opened(9, PATIENCE).await, "{}", world.log());
    world.kill();
    world.lot.platform.fail(None);
    world.restart().await;
    let complete =
        |p: &SimulatedPlatform| p.received(5004).len() == 20 && p.received(5005).len() == 9;
    assert!(world.lot.platform.until(PATIENCE, complete).await, "{}", world.log());
    assert_eq!((plates(&world, 5004), plates(&world, 5005)), (all(0..20), all(1..10)));
    // Of the counts only the newest was kept.
    world.report(5003, |counts| counts["usedSpaces"] == 11).await;
    assert!(world.lot.platform.received(5003).len() < 25);
    world.assert_lawful().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn reports_whose_answers_were_lost_come_again_with_the_same_content() {
    let world = World::with(|_| {}, SHORT_TIMEOUT).await;
    world.enter("粤B00001").await;
    world.lot.platform.fail(Some(Fault::DropReply));
    world.lot.entry.read("粤B00002").await;
    world.until("the lost answer", || world.lot.platform.calls(5004) >= 2).await;
    world.lot.platform.fail(None);
    world.until("the end of it", || world.log().contains("platform is back")).await;
    world.enter("粤B00003").await;
    assert_eq!(plates(&world, 5004), all(1..4));
    assert!(world.lot.platform.repeats() > 0);
    world.assert_lawful().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_way_a_platform_fails_is_survived() {
    let world = World::with(|_| {}, SHORT_TIMEOUT).await;
    world.report(3003, |_| true).await;
    let faults = [Fault::TimeOut, Fault::Status(503), Fault::Garbage, Fault::Drop];
    for (fault, number) in faults.into_iter().zip(1..) {
        world.lot.platform.fail(Some(fault));
        let before = world.log().matches("platform not available").count();
        world.lot.entry.read(&format!("粤B{number:05}")).await;
        world
            .until("the outage", || world.log().matches("platform not available").count() > before)
            .await;
        world.lot.platform.fail(None);
        world.report(5004, |record| plate_of(record) == format!("粤B{number:05}")).await;
    }
    world.assert_lawful().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_token_is_replaced_and_nothing_is_lost() {
    let world = World::new().await;
    world.enter("粤B00001").await;
    world.lot.platform.expire_tokens();
    world.enter("粤B00002").await;
    assert_eq!(plates(&world, 5004), all(1..3));
    assert!(world.lot.platform.calls(1002) >= 1, "a token is renewed before a new login");
    assert_eq!(world.lot.platform.calls(1001), 2, "the renewal was refused: one more login");
    world.assert_lawful().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_the_platform_has_forgotten_is_begun_anew_at_once_however_it_says_so() {
    let world = World::with(|plan| plan.settings.token_life = Duration::from_secs(7200), "").await;
    let ways = [
        Fault::Status(401),
        Fault::Status(403),
        Fault::Status(419),
        Fault::Status(440),
        Fault::Status(498),
        Fault::Garbage,
        Fault::Redirect,
        Fault::Nonsense,
        Fault::Busy,
    ];
    for (way, number) in ways.into_iter().zip(1..) {
        world.lot.platform.answer_strangers(Some(way));
        world.lot.platform.expire_tokens();
        let logins = world.lot.platform.calls(1001);
        world.enter(&format!("粤B{number:05}")).await;
        assert_eq!(world.lot.platform.calls(1001), logins + 1, "{way:?}: {}", world.log());
    }
    assert_eq!(plates(&world, 5004), all(1..10));
    assert_eq!(world.log().matches("platform not available").count(), 0, "{}", world.log());
    world.assert_lawful().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_platform_that_refuses_every_session_is_an_outage_and_is_not_logged_in_to_without_end() {
    let world = World::with(|_| {}, "").await;
    world.enter("粤B00001").await;
    world.until("an empty queue", || waiting(&world) == 0).await;
    world.lot.platform.refuse_sessions(true);
    world.lot.platform.answer_strangers(Some(Fault::Status(403)));
    let logins = world.lot.platform.calls(1001);
    world.lot.entry.read("粤B00002").await;
    let failed = world.lot.platform.failed();
    world.until("the outage", || world.log().contains("platform not available")).await;
    world.until("more tries", || world.lot.platform.failed() >= failed + 12).await;
    // The first try is refused, asks for another token in vain, logs in, and is refused again; those after it leave ever more
    // time between their logins.
    let (failed, logins) =
        (world.lot.platform.failed() - failed, world.lot.platform.calls(1001) - logins);
    assert!((1..=3).contains(&logins), "{logins} logins, {failed} refused: {}", world.log());
    world.lot.platform.refuse_sessions(false);
    world.report(5004, |record| plate_of(record) == "粤B00002").await;
    world.assert_lawful().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_is_taken_and_closed_at_once_is_made_ever_more_seldom() {
    let mut world = World::at_rest(|_| {}, "").await;
    world.lot.platform.close_links(true);
    world.start();
    world.until("five links", || world.lot.platform.link_logins() >= 5).await;
    let begun = std::time::Instant::now();
    let logins = world.lot.platform.link_logins();
    world.until("one more", || world.lot.platform.link_logins() > logins).await;
    // A tenth of 16 s at least: the pauses have not forgotten how long they were.
    assert!(begun.elapsed() > Duration::from_millis(1000), "{}", world.log());
    world.lot.platform.close_links(false);
    // The pause that runs may be 32 s long.
    assert!(world.lot.platform.linked(2 * PATIENCE).await, "no link: {}", world.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_left_the_queue_is_not_sent_from_the_senders_memory() {
    let world = World::with(|_| {}, SHORT_TIMEOUT).await;
    world.until("an empty queue", || waiting(&world) == 0).await;
    world.lot.platform.fail(Some(Fault::Status(503)));
    let lane = serde_json::json!({ "laneId": "90731c48a7ea4c27bd4d57ff0e13d001",
        "operator": "张三", "reason": "维修" });
    assert!(world.booth("/api/lanes/stop", &lane).await.0.contains("200"));
    world.until("a try in vain", || world.log().contains("platform not available")).await;
    // The state that was tried is replaced by a newer one.
    assert!(world.booth("/api/lanes/normal", &lane).await.0.contains("200"));
    world.lot.platform.fail(None);
    world.report(5011, |lane| lane["state"] == 1).await;
    let told: Vec<_> = world.lot.platform.received(5011);
    assert_eq!(told.len(), 1, "{told:?}");
    world.assert_lawful().await;
}

/// How many reports wait.
fn waiting(world: &World) -> i64 {
    let mut status = common::lotgate();
    let output = status
        .args(["status", "--json", "--config"])
        .arg(world.lot.config_path())
        .output()
        .unwrap();
    let status: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    status["queue"]["pending"].as_i64().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_is_told_though_there_is_nothing_to_send_and_though_the_platform_was_away() {
    let mut world = World::new().await;
    world.enter("粤B00001").await;
    world.until("an empty queue", || waiting(&world) == 0).await;
    world.kill();
    let logins = world.lot.platform.calls(1001);
    world.lot.platform.fail(Some(Fault::Status(503)));
    world.restart().await;
    world.until("the outage", || world.log().contains("platform not available")).await;
    world.lot.platform.fail(None);
    let told = move |p: &SimulatedPlatform| p.calls(1001) > logins;
    assert!(world.lot.platform.until(PATIENCE, told).await, "{}", world.log());
    world.until("its return", || world.log().contains("platform is back")).await;
    world.assert_lawful().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_renewed_before_it_expires() {
    let world = World::with(|plan| plan.settings.token_life = Duration::from_secs(10), "").await;
    let renewed = |p: &SimulatedPlatform| p.calls(1002) >= 2;
    assert!(world.lot.platform.until(PATIENCE, renewed).await, "{}", world.log());
    world.enter("粤B00001").await;
    assert_eq!(world.lot.platform.calls(1001), 1);
    world.assert_lawful().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_record_is_kept_with_the_platforms_words_and_holds_up_nobody() {
    let world = World::new().await;
    world.report(3003, |_| true).await;
    world.lot.platform.refuse("粤B00002", 1007, "车牌不合规定");
    for number in 1..5 {
        world.lot.entry.read(&format!("粤B{number:05}")).await;
    }
    let complete = |p: &SimulatedPlatform| p.received(5004).len() == 3;
    assert!(world.lot.platform.until(PATIENCE, complete).await, "{}", world.log());
    world.until("the refusal", || world.log().contains("1007 车牌不合规定")).await;
    assert_eq!(plates(&world, 5004), ["粤B00001", "粤B00003", "粤B00004"]);
    let mut reader =
        lotgate::store::Store::open_reading(&world.folder.path().join("lotgate.db")).unwrap();
    let dead = reader.snapshot().unwrap().listed(0, true, None, 10).unwrap();
    assert_eq!(dead.len(), 1);
    assert!(dead[0].body.contains("粤B00002"), "{dead:?}");
    assert_eq!(dead[0].refusal.as_deref(), Some("1007 车牌不合规定"));
    world.assert_lawful().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_platform_may_go_away_and_come_back_on_the_same_port() {
    let mut world = World::new().await;
    world.enter("粤B00001").await;
    let settings = world.lot.platform_settings();
    let authority = world.lot.authority.clone();
    let again = SimulatedPlatform::start(
        &authority,
        lotgate::sim::plan::user().unwrap(),
        lotgate::sim::platform::Settings::local().unwrap(),
    );
    let spare = again.await.unwrap();
    std::mem::replace(&mut world.lot.platform, spare).stop().await;
    world.lot.entry.read("粤B00002").await;
    assert!(world.lot.entry.opened(2, PATIENCE).await, "{}", world.log());
    let user = lotgate::sim::plan::user().unwrap();
    let back = SimulatedPlatform::start(&authority, user, settings).await.unwrap();
    std::mem::replace(&mut world.lot.platform, back).stop().await;
    // This platform has forgotten everything: it misses the lot and gets it, and then the report.
    assert!(world.lot.platform.linked(PATIENCE).await, "{}", world.log());
    world.report(5004, |record| plate_of(record) == "粤B00002").await;
    assert_eq!(world.lot.platform.received(3001).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn images_survive_an_outage_and_a_kill_and_follow_their_records() {
    let mut world = World::with(|_| {}, SHORT_TIMEOUT).await;
    world.enter("粤B00000").await;
    world.lot.platform.fail(Some(Fault::Drop));
    let options = ReadOptions { image_bytes: 20_000, ..ReadOptions::default() };
    for number in 1..4 {
        let message = world.lot.entry.message(&format!("粤B{number:05}"), &options);
        world.lot.entry.publish(message).await;
    }
    assert!(world.lot.entry.opened(4, PATIENCE).await, "{}", world.log());
    world.kill();
    world.lot.platform.fail(None);
    world.restart().await;
    world.until("the images", || world.lot.platform.images().len() == 3).await;
    assert_eq!(plates(&world, 5004), all(0..4));
    world.assert_lawful().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_restarts_is_found_again_and_subscribed_to_again() {
    let listen = lotgate::sim::free_address().unwrap();
    let broker = BrokerProcess::start(env!("CARGO_BIN_EXE_lotgate"), listen).unwrap();
    let world = World::with(|plan| plan.broker = Some(listen), "").await;
    world.enter("粤B00001").await;
    drop(broker);
    world.until("the loss", || world.log().contains("MQTT `lot` is gone")).await;
    let _broker = BrokerProcess::start(env!("CARGO_BIN_EXE_lotgate"), listen).unwrap();
    world.until("the return", || world.log().matches("MQTT `lot` connected").count() == 2).await;
    world.lot.entry.connected().await;
    world.enter("粤B00002").await;
    assert_eq!(plates(&world, 5004), all(1..3));
    world.assert_lawful().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lot_whose_ca_file_is_gone_runs_and_reports_when_it_is_back() {
    let mut world = World::new().await;
    assert!(world.terminate().await.1);
    let (ca_file, away) = (world.folder.path().join("ca.pem"), world.folder.path().join("away"));
    std::fs::rename(&ca_file, &away).unwrap();
    std::fs::remove_file(world.folder.path().join("log")).unwrap();
    world.start();
    world.until("the broker", || world.log().contains("MQTT `lot` connected")).await;
    world.lot.entry.read("粤B12345").await;
    assert!(world.lot.entry.opened(1, PATIENCE).await, "{}", world.log());
    world.until("a word about it", || world.log().contains("ca.pem: ")).await;
    std::fs::rename(&away, &ca_file).unwrap();
    world.report(5004, |record| plate_of(record) == "粤B12345").await;
    assert!(world.lot.platform.linked(PATIENCE).await, "{}", world.log());
    world.assert_lawful().await;
}
