//! The platform is busy, out in part, or something else answers in its place: nothing is blamed for it, and
//! what alone is not taken holds up nobody.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod common;

use common::{PATIENCE, World, plate_of};
use lotgate::sim::camera::ReadOptions;
use lotgate::sim::platform::{Fault, SimulatedPlatform, TurnedAway};
use lotgate::store::{ListedRow, NotTaken, OutboxRow, Store, Urgency};
use serde_json::json;
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

const ENTRY_LANE: &str = "90731c48a7ea4c27bd4d57ff0e13d001";
const BUSY: &str = "系统繁忙，请稍后再试";

fn plates(world: &World, code: u16) -> BTreeSet<String> {
    let reports = world.lot.platform.received(code);
    reports.iter().map(|report| plate_of(report).to_owned()).collect()
}

fn dead_letters(world: &World) -> Vec<ListedRow> {
    let mut reader = Store::open_reading(&world.folder.path().join("lotgate.db")).unwrap();
    reader.snapshot().unwrap().listed(0, true, None, 100).unwrap()
}

fn records_waiting(world: &World) -> Vec<OutboxRow> {
    let reader = Store::open_reading(&world.folder.path().join("lotgate.db")).unwrap();
    reader.pending(Urgency::Record, 0, 100).unwrap()
}

fn not_taken(world: &World) -> Vec<NotTaken> {
    let mut reader = Store::open_reading(&world.folder.path().join("lotgate.db")).unwrap();
    reader.snapshot().unwrap().not_taken().unwrap()
}

fn told(world: &World, words: &str) -> usize {
    world.log().matches(words).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_busy_platform_refuses_nothing_however_long_and_though_we_are_killed() {
    // Far shorter than it is busy: what nobody's records are taken in does not count.
    let mut world = World::with(|_| {}, "[platform]|give_up_after = \"1s\"").await;
    world.enter("粤B00001").await;
    world.lot.platform.fail(Some(Fault::Busy));
    for number in 2..8 {
        world.lot.entry.read(&format!("粤B{number:05}")).await;
    }
    assert!(world.lot.entry.opened(7, PATIENCE).await, "{}", world.log());
    let tries = world.lot.platform.failed();
    world.until("several tries", || world.lot.platform.failed() >= tries + 4).await;
    world.until("the word", || told(&world, BUSY) > 0).await;
    world.kill();
    let tries = world.lot.platform.failed();
    world.start();
    world.until("tries after the kill", || world.lot.platform.failed() >= tries + 2).await;
    assert_eq!(dead_letters(&world), []);
    world.lot.platform.fail(None);
    let all = |_: &SimulatedPlatform| plates(&world, 5004).len() == 7;
    assert!(world.lot.platform.until(PATIENCE, all).await, "{}", world.log());
    assert_eq!(dead_letters(&world), []);
    world.assert_lawful().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_alone_is_not_taken_holds_up_nobody_and_is_put_aside_in_the_end() {
    let world = World::with(|_| {}, "[platform]|give_up_after = \"3s\"").await;
    world.enter("粤B00001").await;
    world.lot.platform.choke_on("粤B00003");
    for number in 2..6 {
        world.lot.entry.read(&format!("粤B{number:05}")).await;
    }
    let others = |_: &SimulatedPlatform| plates(&world, 5004).len() == 4;
    assert!(world.lot.platform.until(PATIENCE, others).await, "{}", world.log());
    // That others are taken shows that it is its own fault, so others have to come.
    for number in 6.. {
        if !dead_letters(&world).is_empty() {
            break;
        }
        world.enter(&format!("粤B{number:05}")).await;
    }
    let dead = dead_letters(&world);
    assert_eq!((dead.len(), dead[0].refusal.as_deref()), (1, Some(BUSY)), "{dead:?}");
    assert!(dead[0].body.contains("粤B00003"));
    world.until("the word about it", || told(&world, "but takes others") > 0).await;
    world.until("the word about its end", || told(&world, "in which it took others") == 1).await;
    // A person sends it again, and now it is taken.
    world.lot.platform.forgive();
    let rows = json!({ "rows": [dead[0].seq] });
    assert!(world.booth("/api/queue/retry", &rows).await.0.contains("200"));
    world.report(5004, |record| plate_of(record) == "粤B00003").await;
    world.assert_lawful().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn how_long_a_record_was_not_taken_is_still_known_after_a_kill() {
    let mut world = World::with(|_| {}, "").await;
    world.enter("粤B00001").await;
    world.lot.platform.choke_on("粤B00002");
    let refused_for = |world: &World| {
        let rows = records_waiting(world);
        let row = rows.iter().find(|row| row.body.contains("粤B00002"));
        row.map_or(Duration::ZERO, |row| row.refused_for)
    };
    world.lot.entry.read("粤B00002").await;
    for number in 3.. {
        if refused_for(&world) > Duration::ZERO {
            break;
        }
        world.enter(&format!("粤B{number:05}")).await;
    }
    let words: Vec<_> = not_taken(&world).into_iter().map(|one| (one.code, one.words)).collect();
    assert_eq!(words, [(5004, BUSY.to_owned())]);
    let before = refused_for(&world);
    world.kill();
    world.restart().await;
    for number in 100.. {
        if refused_for(&world) > before {
            break;
        }
        world.enter(&format!("粤B{number:05}")).await;
    }
    world.lot.platform.forgive();
    world.report(5004, |record| plate_of(record) == "粤B00002").await;
    world.assert_lawful().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interface_that_takes_nothing_waits_alone() {
    let world = World::with(|_| {}, "[platform]|give_up_after = \"1s\"").await;
    world.enter("粤B00001").await;
    for kind in [5011, 2002] {
        world.lot.platform.refuse_interface(kind, None);
    }
    let lane = json!({ "laneId": ENTRY_LANE, "operator": "张三", "reason": "维修" });
    assert!(world.booth("/api/lanes/stop", &lane).await.0.contains("200"));
    assert!(world.booth("/api/lanes/normal", &lane).await.0.contains("200"));
    for number in 2.. {
        if told(&world, "takes no 5011") > 0 {
            break;
        }
        world.enter(&format!("粤B{number:05}")).await;
    }
    assert_eq!(dead_letters(&world), []);
    world.enter("粤B09999").await;
    world.lot.platform.forgive();
    world.report(5011, |lane| lane["state"] == 1).await;
    world.until("its return", || told(&world, "takes 5011") > 0).await;
    world.assert_lawful().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn base_data_that_are_not_taken_do_not_keep_the_rest_for_ever() {
    let world = World::with(|_| {}, "[platform]|timeout = \"1s\"").await;
    world.report(3003, |_| true).await;
    world.lot.platform.refuse_interface(3002, None);
    let path = world.lot.config_path();
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("name = \"东入口\"", "name = \"南入口\"")).unwrap();
    world.hang_up();
    world.until("the refusal", || world.log().contains("不予受理")).await;
    world.lot.entry.read("粤B00001").await;
    // It is tried eight times first, with pauses that grow.
    let came = |p: &SimulatedPlatform| !p.received(5004).is_empty();
    assert!(world.lot.platform.until(Duration::from_secs(180), came).await, "{}", world.log());
    assert_eq!(dead_letters(&world), []);
    world.lot.platform.forgive();
    let renamed = |p: &SimulatedPlatform| {
        p.received(3002).iter().any(|lane| lane["entranceExitInfo"]["name"] == "南入口")
    };
    // It waits for five minutes at most.
    assert!(world.lot.platform.until(Duration::from_secs(330), renamed).await, "{}", world.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_a_network_answers_in_the_platforms_place_is_an_outage() {
    let world = World::with(|_| {}, "[platform]|give_up_after = \"1s\"").await;
    world.report(3003, |_| true).await;
    let faults = [
        Fault::Redirect,
        Fault::Garbage,
        Fault::Nonsense,
        Fault::Status(511),
        Fault::Status(404),
        Fault::Status(200),
    ];
    for (fault, number) in faults.into_iter().zip(1..) {
        world.lot.platform.fail(Some(fault));
        let before = world.lot.platform.failed();
        world.lot.entry.read(&format!("粤B{number:05}")).await;
        world.until("two tries", || world.lot.platform.failed() > before + 1).await;
        world.lot.platform.fail(None);
        world.report(5004, |record| plate_of(record) == format!("粤B{number:05}")).await;
        assert_eq!(dead_letters(&world), [], "{fault:?}");
    }
    world.assert_lawful().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_network_that_speaks_no_tls_or_breaks_it_off_is_an_outage() {
    let mut world = World::with(|_| {}, "[platform]|timeout = \"1s\"").await;
    world.enter("粤B00001").await;
    let settings = world.lot.platform_settings();
    let (user, authority) = (lotgate::sim::plan::user().unwrap(), world.lot.authority.clone());
    let spare = lotgate::sim::platform::Settings::local().unwrap();
    let spare = SimulatedPlatform::start(&authority, user.clone(), spare).await.unwrap();
    std::mem::replace(&mut world.lot.platform, spare).stop().await;
    world.lot.entry.read("粤B00002").await;
    // In plain text the way to a page; the beginning of a handshake; nothing.
    let answers: [&[u8]; 3] =
        [b"HTTP/1.1 302 Found\r\nlocation: http://192.0.2.1/\r\n\r\n", &[22, 3, 3, 0, 80, 2], b""];
    for answer in answers {
        let listener = TcpListener::bind(settings.https).await.unwrap();
        for _ in 0..2 {
            let (mut stream, _) =
                tokio::time::timeout(PATIENCE, listener.accept()).await.unwrap().unwrap();
            let _ = stream.read(&mut [0; 64]).await;
            let _ = stream.write_all(answer).await;
        }
    }
    let back = SimulatedPlatform::start(&authority, user, settings).await.unwrap();
    std::mem::replace(&mut world.lot.platform, back).stop().await;
    world.report(5004, |record| plate_of(record) == "粤B00002").await;
    assert_eq!(dead_letters(&world), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_is_too_large_or_otherwise_unwanted_is_put_aside_and_named_and_the_rest_goes_on()
 {
    let of_platform = r#"{"resultCode":1,"resultMsg":"报文不合要求","data":[]}"#;
    let ways = [(413, None, "HTTP 413"), (415, None, "HTTP 415")];
    let by_itself = [(422, Some(of_platform), "HTTP 422: 报文不合要求")];
    for (status, json, words) in ways.into_iter().chain(by_itself) {
        let world = World::with(|_| {}, "").await;
        world.enter("粤B00001").await;
        let bad = TurnedAway::holding(5004, "粤B00007", status);
        world.lot.platform.turn_away(match json {
            Some(json) => bad.saying(json),
            None => bad,
        });
        // So that they go together.
        world.lot.platform.fail(Some(Fault::Drop));
        for number in 2..22 {
            world.lot.entry.read(&format!("粤B{number:05}")).await;
        }
        assert!(world.lot.entry.opened(21, PATIENCE).await, "{}", world.log());
        world.lot.platform.fail(None);
        let others = |_: &SimulatedPlatform| plates(&world, 5004).len() == 20;
        assert!(world.lot.platform.until(PATIENCE, others).await, "{}", world.log());
        let outages = told(&world, "platform not available");
        // Nobody else comes.
        world.until("it aside", || !dead_letters(&world).is_empty()).await;
        let dead = dead_letters(&world);
        assert_eq!((dead.len(), dead[0].refusal.as_deref()), (1, Some(words)), "{dead:?}");
        assert!(dead[0].body.contains("粤B00007"));
        assert_eq!(told(&world, "platform not available"), outages, "{}", world.log());
        assert_eq!(told(&world, "at the third time"), 1, "{}", world.log());
        world
            .until("its name", || told(&world, "again and again the platform did not take") == 1)
            .await;
        assert!(world.log().contains(&dead[0].key), "{}", world.log());
        assert_eq!(world.lotgate_json(&["status", "--json"])["queue"]["dead"], 1);
        world.report(2002, |event| event.to_string().contains(words)).await;
        world.lot.platform.forgive();
        let rows = json!({ "rows": [dead[0].seq] });
        assert!(world.booth("/api/queue/retry", &rows).await.0.contains("200"));
        world.report(5004, |record| plate_of(record) == "粤B00007").await;
        world.assert_lawful().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn while_none_of_an_interface_is_wanted_all_wait_however_often_and_though_we_are_killed() {
    for status in [413, 415, 422] {
        let mut world = World::with(|_| {}, "[platform]|give_up_after = \"1s\"").await;
        world.enter("粤B00001").await;
        world.lot.platform.turn_away(TurnedAway::holding(5004, "", status));
        for number in 2..12 {
            world.lot.entry.read(&format!("粤B{number:05}")).await;
        }
        assert!(world.lot.entry.opened(11, PATIENCE).await, "{}", world.log());
        // Each lets the next wait longer.
        world.until("tries", || world.lot.platform.turns() >= 5).await;
        world.kill();
        world.start();
        let turned = world.lot.platform.turns();
        world.until("tries after the kill", || world.lot.platform.turns() >= turned + 4).await;
        assert_eq!(dead_letters(&world), []);
        world.lot.platform.forgive();
        let all = |_: &SimulatedPlatform| plates(&world, 5004).len() == 11;
        assert!(world.lot.platform.until(PATIENCE, all).await, "{}", world.log());
        assert_eq!(dead_letters(&world), []);
        world.assert_lawful().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_that_are_too_large_are_made_smaller_until_they_pass_and_nobody_is_blamed() {
    let world = World::with(|_| {}, "").await;
    world.enter("粤B00001").await;
    world.lot.platform.turn_away(TurnedAway::over(5004, 4000));
    world.lot.platform.fail(Some(Fault::Drop));
    for number in 2..52 {
        world.lot.entry.read(&format!("粤B{number:05}")).await;
    }
    assert!(world.lot.entry.opened(51, PATIENCE).await, "{}", world.log());
    world.until("the outage", || told(&world, "platform not available") > 0).await;
    world.lot.platform.fail(None);
    world.until("a request that is too large", || world.lot.platform.turns() > 0).await;
    let outages = told(&world, "platform not available");
    let all = |_: &SimulatedPlatform| plates(&world, 5004).len() == 51;
    assert!(world.lot.platform.until(PATIENCE, all).await, "{}", world.log());
    assert_eq!(told(&world, "platform not available"), outages, "{}", world.log());
    assert_eq!(dead_letters(&world), []);
    world.assert_lawful().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_that_alone_is_not_taken_holds_up_no_other() {
    for status in [None, Some(413), Some(500)] {
        let world = World::with(|_| {}, "[platform]|give_up_after = \"2s\"").await;
        let options = ReadOptions { image_bytes: 20_000, ..ReadOptions::default() };
        let with_picture = async |plate: &str| {
            world.lot.entry.publish(world.lot.entry.message(plate, &options)).await;
            world.report(5004, |record| plate_of(record) == plate).await
        };
        world.enter("粤B00001").await;
        // Which record is the bad one is known only when it has come: until then all are refused.
        let refuse = |text: &str| match status {
            Some(status) => world.lot.platform.answer_image(text, status),
            None => world.lot.platform.choke_on(text),
        };
        refuse("/");
        let bad = with_picture("粤B00002").await;
        let record = bad["id"].as_str().unwrap().to_owned();
        world.until("a try in vain", || !not_taken(&world).is_empty()).await;
        world.lot.platform.forgive();
        refuse(&record);
        with_picture("粤B00003").await;
        world.until("the other", || !world.lot.platform.images().is_empty()).await;
        for number in 4.. {
            let aside = told(&world, "kept as a dead letter, lotgate") > 0;
            if status == Some(500) || aside || told(&world, "kept as a dead letter, the rest") > 0 {
                break;
            }
            let images = world.lot.platform.images().len();
            with_picture(&format!("粤B{number:05}")).await;
            world.until("one more", || world.lot.platform.images().len() > images).await;
        }
        let images = world.lot.platform.images();
        assert!(images.iter().all(|one| !one.fields["destPath"].contains(&record)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_success_that_says_nothing_counts_and_is_told_where_words_came_before() {
    let world = World::with(|_| {}, "").await;
    world.enter("粤B00001").await;
    for (number, nothing) in [(2, "null"), (4, "{}")] {
        let platform = &world.lot.platform;
        platform.turn_away(TurnedAway::holding(5004, "", 200).saying(nothing));
        for one in [number, number + 1] {
            let turns = platform.turns();
            world.lot.entry.read(&format!("粤B{one:05}")).await;
            assert!(platform.until(PATIENCE, |all| all.turns() > turns).await, "{}", world.log());
            world.until("nothing that waits", || records_waiting(&world).is_empty()).await;
        }
        assert_eq!(told(&world, "a success that says nothing"), number / 2, "{}", world.log());
        platform.forgive();
        world.enter(&format!("粤B9000{number}")).await;
    }
}
