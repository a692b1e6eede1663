//! What ends the process each time it is tried is put aside, it alone, and the lot goes on. In debug builds a variable of
//! the environment ends the process at what says a certain text.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod common;
#[path = "common/mosquitto.rs"]
mod mosquitto;

use common::{PATIENCE, World, plate_of};
use lotgate::model::put_aside::{AsideKind, KeptAside};
use lotgate::sim::plan::{PARK_CODE, Plan};
use lotgate::sim::platform::SimulatedPlatform;
use lotgate::store::Store;
use mosquitto::Mosquitto;
use serde_json::json;
use std::collections::BTreeSet;
use std::time::Duration;

const BAD: &str = "粤B66666";
const AT_INPUT: &str = "LOTGATE_ABORT_AT_INPUT";
const AT_ROW: &str = "LOTGATE_ABORT_AT_ROW";

impl World {
    fn put_aside(&self) -> Vec<KeptAside> {
        let mut reader = Store::open_reading(&self.folder.path().join("lotgate.db")).unwrap();
        reader.snapshot().unwrap().all_put_aside(i64::MAX, 1000).unwrap()
    }

    /// What `lotgate …` beside it prints.
    fn said(&self, arguments: &[&str]) -> String {
        let mut command = common::lotgate();
        command.args(arguments).args(["--lang", "en", "--config"]).arg(self.lot.config_path());
        let output = command.output().unwrap();
        String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap()
    }

    /// Starts it until it stays; how often it ended.
    async fn start_until_it_stays(&mut self, environment: &[(&str, &str)]) -> usize {
        for ended in 0..10 {
            self.start_with(environment);
            let told = "is put aside";
            self.until("an end, or what was put aside", || {
                self.has_ended() || self.log().contains(told)
            })
            .await;
            if !self.has_ended() {
                self.ready().await;
                return ended;
            }
            self.kill();
        }
        panic!("it ends each time");
    }
}

/// A car without a 7: of two at one moment in one lane that differ by a 1 and a 7 one is a misreading.
fn good(number: u32) -> String {
    let digit =
        |place: u32| ["0", "1", "2", "3", "4", "5", "6", "8", "9"][(number / place % 9) as usize];
    format!("粤B00{}{}{}", digit(81), digit(9), digit(1))
}

#[tokio::test(flavor = "multi_thread")]
async fn of_512_good_reads_around_a_bad_one_exactly_that_is_put_aside_in_a_hundred_kills() {
    let Some(broker) = Mosquitto::start("") else { return };
    let change = |plan: &mut Plan| {
        (plan.total_spaces, plan.broker) = (1000, Some(broker.listen));
    };
    let mut world = World::with(change, "").await;
    world.kill();
    let (mut sent, mut ended) = (0_u32, 0);
    for kill in 0..100_u32 {
        while sent < 513 * (kill + 1) / 100 {
            let plate = if sent == 256 { BAD.to_owned() } else { good(sent) };
            world.lot.entry.read(&plate).await;
            sent += 1;
        }
        world.start_with(&[(AT_INPUT, BAD)]);
        world.until("the broker", || world.has_ended() || world.log().contains("connected")).await;
        // Some kills come in the middle of a commit; the bad read kills by itself.
        let within = Duration::from_micros(u64::from(kill * 7919 % 100) * 600);
        let by_itself = tokio::time::timeout(within, world.until("", || world.has_ended())).await;
        ended += usize::from(by_itself.is_ok());
        world.kill();
    }
    world.start_with(&[(AT_INPUT, BAD)]);
    world.ready().await;
    let all: BTreeSet<_> = (0..513).filter(|number| *number != 256).map(good).collect();
    let came = |platform: &SimulatedPlatform| -> Vec<String> {
        platform.received(5004).iter().map(|record| plate_of(record).to_owned()).collect()
    };
    let complete = world.lot.platform.until(PATIENCE, |platform| came(platform).len() >= 512).await;
    let arrived: BTreeSet<_> = came(&world.lot.platform).into_iter().collect();
    let missing: Vec<_> = all.difference(&arrived).collect();
    let aside = world.put_aside();
    assert!(complete, "{missing:?} missing, {ended} ended, {aside:?}\n{}", world.log());
    assert_eq!(arrived, all);
    assert_eq!(came(&world.lot.platform).len(), 512, "none twice");
    let what: Vec<_> = aside.iter().map(|one| (one.what.kind, one.what.plate_no.clone())).collect();
    assert_eq!(what, [(AsideKind::Read, Some(BAD.to_owned()))], "{ended} ended by themselves");
    assert!(ended >= 3, "{ended}");
    let event = world.report(2002, |event| event["plateNo"] == BAD).await;
    assert!(event["remark"].as_str().unwrap().contains("已搁置"), "{event}");
    let lane = world.report(5011, |lane| lane["comment"].is_string()).await;
    assert_eq!(lane["state"], 2, "the lane says that somebody has to come: {lane}");
    world.assert_lawful().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_that_waits_to_be_decided_is_put_aside_by_itself_and_the_others_are_decided() {
    let mut world = World::new().await;
    world.kill();
    for plate in [&good(1), BAD, &good(2)] {
        world.lot.entry.read(plate).await;
    }
    let ended = world.start_until_it_stays(&[(AT_ROW, BAD)]).await;
    assert!((3..=5).contains(&ended), "{ended}");
    for plate in [good(1), good(2)] {
        world.report(5004, |record| plate_of(record) == plate).await;
    }
    let aside = world.put_aside();
    assert_eq!(aside.len(), 1, "{aside:?}");
    assert_eq!(
        (aside[0].what.kind, aside[0].what.plate_no.as_deref()),
        (AsideKind::Read, Some(BAD))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn where_time_passing_or_a_start_ends_the_process_only_the_row_it_was_at_is_put_aside() {
    for row in ["booking YD1", "step calendar", "step guidance"] {
        let mut world = World::new().await;
        let now = jiff::Timestamp::now();
        let book = json!({
            "bookCode": "YD1", "parkCode": PARK_CODE,
            "parkCarInfo": { "plateNo": good(1), "eidEquiped": false },
            "bookTime": world.lot.local(now), "bookMoney": 0, "obligatTime": 0,
            "overTime": world.lot.local(now + jiff::SignedDuration::from_secs(2)),
        });
        assert!(world.lot.platform.command(6001, &[book]).await.unwrap().succeeded());
        world.kill();
        let ended = world.start_until_it_stays(&[(AT_ROW, row)]).await;
        assert!((3..=5).contains(&ended), "{row}: {ended}");
        let aside = world.put_aside();
        let names: Vec<_> = aside.iter().map(|one| (one.what.kind, &*one.what.name)).collect();
        assert_eq!(names, [(AsideKind::Row, row)]);
        // Time goes on for everybody else.
        world.enter(&good(2)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_power_cut_nobody_knows_how_often_anything_ended_the_process() {
    let mut world = World::new().await;
    world.kill();
    world.lot.entry.read(BAD).await;
    for _ in 0..4 {
        world.start_with(&[(AT_INPUT, BAD)]);
        world.until("its end", || world.has_ended()).await;
        world.kill();
        // What a power cut leaves of a folder in memory.
        let files = std::fs::read_dir(world.folder.path()).unwrap().flatten();
        let in_memory = |name: &str| name.ends_with(".at-work") || name.ends_with(".suspects");
        let files = files.filter(|file| file.file_name().to_str().is_some_and(in_memory));
        for file in files {
            std::fs::remove_file(file.path()).unwrap();
        }
    }
    assert_eq!(world.put_aside(), [], "nobody knows how often it was");
    // With the error mended.
    world.restart().await;
    world.report(5004, |record| plate_of(record) == BAD).await;
    assert_eq!(world.put_aside(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_put_aside_is_thrown_away_with_a_trace_and_money_on_the_box_only() {
    let mut world = World::new().await;
    let record = world.enter(&good(1)).await;
    let paid = json!({ "parkCode": PARK_CODE, "chargeInfo": {
        "id": format!("{:0>32}", "p1"), "recordId": record["id"], "payTime": record["enterTime"],
        "receivables": 1, "discount": 0, "received": 1, "payType": 2, "payFrom": "x",
        "parkCarInfo": { "plateNo": good(1), "eidEquiped": false },
    } });
    world.kill();
    world.lot.entry.read(BAD).await;
    world.start_until_it_stays(&[(AT_INPUT, BAD)]).await;
    world.kill();
    // The platform repeats what was not answered.
    let mut answered = None;
    for _ in 0..6 {
        world.start_with(&[(AT_INPUT, "chargeInfo")]);
        world.ready().await;
        let sent = world.lot.platform.command(6007, std::slice::from_ref(&paid)).await;
        if let Ok(reply) = sent {
            answered = Some(reply);
            break;
        }
        world.until("its end", || world.has_ended()).await;
        world.kill();
    }
    let answered = answered.unwrap();
    assert!(!answered.succeeded() && answered.result_msg.contains("已搁置"), "{answered:?}");
    let aside = world.put_aside();
    let of = |kind| aside.iter().find(|one| one.what.kind == kind).unwrap().number;
    let (read, money) = (of(AsideKind::Read), of(AsideKind::Command));
    let unwanted = |number: i64| json!({ "numbers": [number], "operator": "张三", "reason": "x" });
    let refused = world.booth("/api/put-aside/drop", &unwanted(money)).await;
    assert!(refused.0.contains("403"), "{refused:?}");
    assert_eq!(world.booth("/api/put-aside/drop", &unwanted(read)).await.1["count"], 1);
    world.until("the line", || world.log().contains("张三 threw away number")).await;
    // While the gateway rests it is done on the box, and taken up at the next start.
    world.kill();
    assert!(world.said(&["aside", "retry", &money.to_string()]).contains("1 done"));
    world.restart().await;
    world.until("the payment", || world.put_aside().is_empty()).await;
    let bill = world.look("/api/bill?plateNo=%E7%B2%A4B00001").await.1;
    assert_eq!(bill["received"], 1, "{bill}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_put_aside_is_answered_and_done_again_when_somebody_wants_it() {
    let mut world = World::new().await;
    world.enter(&good(1)).await;
    world.kill();
    world.lot.entry.read(BAD).await;
    world.start_until_it_stays(&[(AT_INPUT, BAD)]).await;
    let [aside] = &world.put_aside()[..] else { panic!("{:?}", world.put_aside()) };
    let shown = world.look("/api/put-aside").await.1;
    assert_eq!(shown["putAside"][0]["plateNo"], BAD, "{shown}");
    let lanes = world.look("/api/lanes").await.1;
    let needed = lanes["lanes"].as_array().unwrap().iter().filter(|lane| lane["putAside"] == 1);
    assert_eq!(needed.count(), 1, "{lanes}");
    assert!(world.said(&["aside", "ls"]).contains(BAD));
    assert!(world.said(&["status"]).contains("put aside: 1 ended the process"));
    let doctor = world.said(&["doctor", "--listen", "0s"]);
    assert!(
        doctor.contains("1 things ended the process each time, or cannot be stored,"),
        "{doctor}"
    );
    // With the error mended.
    world.kill();
    world.restart().await;
    let wanted = json!({ "numbers": [aside.number] });
    assert_eq!(world.booth("/api/put-aside/retry", &wanted).await.1["count"], 1);
    world.report(5004, |record| plate_of(record) == BAD).await;
    assert_eq!(world.put_aside(), []);
    world.report(5011, |lane| lane["state"] == 1 && lane.get("comment").is_none()).await;
    assert!(world.booth("/api/put-aside/retry", &wanted).await.0.contains("404"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_about_a_stay_that_cannot_be_read_is_for_people_and_its_broker_goes_on() {
    let Some(broker) = Mosquitto::start("") else { return };
    let mut world = World::with(|plan: &mut Plan| plan.broker = Some(broker.listen), "").await;
    world.enter(&good(1)).await;
    world.kill();
    let database = rusqlite::Connection::open(world.folder.path().join("lotgate.db")).unwrap();
    let spoil = "DELETE FROM passing; UPDATE parking_record SET received = 'much'";
    database.execute_batch(spoil).unwrap();
    drop(database);
    world.restart().await;
    world.lot.entry.read(&good(1)).await;
    world.until("what was put aside", || world.log().contains("is put aside")).await;
    let aside = world.put_aside();
    let plates: Vec<_> = aside.iter().map(|one| one.what.plate_no.as_deref()).collect();
    assert_eq!(plates, [Some(&*good(1))], "{}", world.log());
    // Whoever comes by the same broker afterwards.
    world.enter(&good(2)).await;
    assert_eq!(world.put_aside().len(), 1);
}
