//! Two boxes for one lot: an exchanged one that is still alive, ids that are the same, what a dead one has left behind.
//! Real gateways' processes on a real broker; where mosquitto is not installed these tests say so and pass.

#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used, clippy::indexing_slicing)]

mod common;
#[path = "common/mosquitto.rs"]
mod mosquitto;

use common::{A_WHILE, PATIENCE, World, distinct_plate, lotgate};
use lotgate::sim::free_address;
use lotgate::sim::plan::PARK_CODE;
use lotgate::store::Store;
use mosquitto::Mosquitto;
use rumqttc::{AsyncClient, Event, Incoming, MqttOptions, QoS};
use serde_json::json;
use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Child, Output, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A box that is silent is gone after half a minute.
const LONG: Duration = Duration::from_secs(75);
/// A box says so often that it is there.
const CLAIMED_EVERY: Duration = Duration::from_secs(6);
/// Who has driven for so much longer has done so by any claim, which may be 5 s old.
const LONGER: Duration = Duration::from_secs(7);
/// The gateway's login at the broker, with the password `box-password`.
const LOGIN: &str = "lotgate:$7$101$bG90Z2F0ZS1zYWx0$XufaxAmvy1SCQFOBU57ruWyRYCVw3vOhmgyIflhFEawZ2KXaxU5qKZEbK+gMozLGdwDpcyqrpqawdEqwfhozLg==";
const LOGS_IN: &str = "[[mqtt]]|username = \"lotgate\"\n[[mqtt]]|password = \"box-password\"\n";
const STANDS_BACK: &str = "this one opens no barrier by itself";
const STANDS_BACK_LOG: &str = "opens no barrier by itself";
const COMMANDS: &str = "commands the barriers and the other stands back";
const LINK_UP: &str = "command link logged in";
const LINK_LEFT: &str = "the command link is left to it";
const ALONE: &str = "no other gateway is heard any more";

/// A broker with the rights that `lotgate init --broker` gives the gateway; cameras have no login here.
fn protected() -> Option<(Mosquitto, TempDir)> {
    let folder = tempfile::tempdir().unwrap();
    let (passwords, rights) = (folder.path().join("passwd"), folder.path().join("acl"));
    fs::write(&passwords, format!("{LOGIN}\n")).unwrap();
    let acl = "topic readwrite device/#\n\nuser lotgate\ntopic write #\ntopic read #\ntopic deny lotgate-doctor/#\n";
    fs::write(&rights, acl).unwrap();
    let listen = free_address().unwrap();
    let own = format!(
        "listener {} 127.0.0.1\nallow_anonymous true\npassword_file {}\nacl_file {}",
        listen.port(),
        passwords.display(),
        rights.display()
    );
    Some((Mosquitto::start_with(&own, listen)?, folder))
}

async fn first_box(broker: &Mosquitto, more: &str) -> World {
    let listen = broker.listen;
    let world = World::at_rest(|plan| plan.broker = Some(listen), more).await;
    let mut world = world;
    world.start();
    world.until("the claims' connection", || world.log().contains("connected")).await;
    world
}

/// Another box for the same lot, with a database of its own.
struct SecondBox {
    folder: TempDir,
    child: Option<Child>,
}

impl SecondBox {
    fn beside(world: &World) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for file in ["ca.pem", "callback.pem", "callback.key"] {
            fs::copy(world.folder.path().join(file), folder.path().join(file)).unwrap();
        }
        let text = fs::read_to_string(world.lot.config_path()).unwrap();
        let (web, callback) = (free_address().unwrap(), free_address().unwrap());
        let text = text.replace(&world.lot.web().to_string(), &web.to_string());
        let text = text.replace(&world.lot.callback().to_string(), &callback.to_string());
        fs::write(folder.path().join("config.toml"), text).unwrap();
        let mut second = Self { folder, child: None };
        second.start(world);
        second
    }

    fn start(&mut self, world: &World) {
        let log = File::options().create(true).append(true).open(self.folder.path().join("log"));
        let log = log.unwrap();
        let mut command = lotgate();
        command
            .args(["run", "--lang", "en", "--config"])
            .arg(self.config())
            .env("RUNTIME_DIRECTORY", self.folder.path())
            .env("LOTGATE_TEST_MACHINE", world.machine())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .stdin(Stdio::null());
        self.child = Some(command.spawn().unwrap());
    }

    fn config(&self) -> PathBuf {
        self.folder.path().join("config.toml")
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    fn lotgate(&self, arguments: &[&str]) -> Output {
        let mut command = lotgate();
        command.args(arguments).args(["--lang", "en", "--config"]).arg(self.config());
        command.output().unwrap()
    }
}

impl Drop for SecondBox {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn text(output: &Output) -> String {
    let (out, err) = (&output.stdout, &output.stderr);
    format!("{}{}", String::from_utf8_lossy(out), String::from_utf8_lossy(err))
}

async fn comes(what: &str, log: impl Fn() -> String, times: usize) {
    let begun = Instant::now();
    while log().matches(what).count() < times {
        assert!(begun.elapsed() < LONG, "{what} did not come {times} times:\n{}", log());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_boxes_one_opens_until_it_falls_silent_or_somebody_says_the_other() {
    let Some((broker, _files)) = protected() else { return };
    let mut first = first_box(&broker, LOGS_IN).await;
    first.listens().await;
    tokio::time::sleep(LONGER).await;
    let mut second = SecondBox::beside(&first);
    comes(STANDS_BACK_LOG, || second.log(), 1).await;
    comes(COMMANDS, || first.log(), 1).await;
    assert!(
        text(&second.lotgate(&["status"])).contains(STANDS_BACK),
        "{}",
        text(&second.lotgate(&["status"]))
    );

    // Both see the car, one opens.
    let entry = &first.lot.entry;
    entry.read(&distinct_plate(1)).await;
    assert!(entry.opened(1, PATIENCE).await, "{}", first.log());
    let plate = distinct_plate(1);
    comes(&plate, || second.log(), 1).await;
    tokio::time::sleep(A_WHILE).await;
    assert_eq!(entry.opens().len(), 1, "{}\n{}", first.log(), second.log());
    // It is told by one, and what the platform sends comes to that one.
    let told = |car: u32| {
        let plate = distinct_plate(car);
        let records = first.lot.platform.received(5004);
        records.iter().filter(|record| record["parkCarInfo"]["plateNo"] == *plate).count()
    };
    first.until("its report", || told(1) > 0).await;
    tokio::time::sleep(A_WHILE).await;
    assert_eq!(told(1), 1, "{}", second.log());
    comes(LINK_LEFT, || second.log(), 1).await;
    // Whoever logged in last has left: the one that drives logs in anew, or commands would come to nobody.
    assert!(first.lot.platform.linked(PATIENCE).await, "{}", first.log());
    let asked = json!({ "parkCode": PARK_CODE, "plateNo": plate });
    let fee = first.lot.platform.command(6006, &[asked]).await;
    assert!(fee.is_ok_and(|reply| reply.succeeded()), "{}", first.log());
    let before = second.log().matches(LINK_UP).count();

    // The first dies: nobody opens, until its silence has lasted.
    first.kill();
    // It may have said that it is there until then.
    tokio::time::sleep(CLAIMED_EVERY).await;
    first.lot.entry.read(&distinct_plate(2)).await;
    tokio::time::sleep(A_WHILE).await;
    assert_eq!(first.lot.entry.opens().len(), 1);
    comes(ALONE, || second.log(), 1).await;
    assert!(first.lot.entry.opened(2, PATIENCE).await, "who stands there: {}", second.log());
    comes(LINK_UP, || second.log(), before + 1).await;
    first.lot.entry.read(&distinct_plate(3)).await;
    assert!(first.lot.entry.opened(3, PATIENCE).await, "{}", second.log());

    // Who came in while the first drove goes out: the second tells the platform of the whole stay.
    first.lot.exit.read(&distinct_plate(1)).await;
    assert!(first.lot.exit.opened(1, PATIENCE).await, "{}", second.log());
    let of_first_car = |code: u16| {
        let records = first.lot.platform.received(code).into_iter();
        let plate = distinct_plate(1);
        let own = records.filter(|record| record["parkCarInfo"]["plateNo"] == *plate);
        own.map(|record| record["id"].clone()).collect::<Vec<_>>()
    };
    first.until("its end", || of_first_car(5005).len() == 1).await;
    assert!(of_first_car(5004).contains(&of_first_car(5005)[0]), "{}", second.log());
    let mut kept = Store::open_reading(&second.folder.path().join("lotgate.db")).unwrap();
    assert_eq!(kept.snapshot().unwrap().listed(0, true, None, 100).unwrap(), [], "dead letters");

    // It comes back and has driven for less time: it stands back until somebody says which one.
    first.start();
    comes(STANDS_BACK_LOG, || first.log(), 1).await;
    let said = first.lotgate(&["drive", "--yes", "--reason", "the other goes to the workshop"]);
    assert!(said.status.success(), "{}", text(&said));
    comes(STANDS_BACK_LOG, || second.log(), 2).await;
    comes(COMMANDS, || first.log(), 1).await;
    let opens = first.lot.entry.opens().len();
    first.lot.entry.read(&distinct_plate(4)).await;
    assert!(first.lot.entry.opened(opens + 1, PATIENCE).await, "{}", first.log());
    tokio::time::sleep(A_WHILE).await;
    assert_eq!(first.lot.entry.opens().len(), opens + 1);

    // A person at the one that stands back still opens.
    let body = r#"{"id":"a1dc1d9fccdc441fb6238fb43faba9ff","operator":"boss","reason":"test","laneId":"LANE"}"#;
    let body = body.replace("LANE", lotgate::sim::plan::ENTRY_LANE);
    let head = "content-type: application/json\r\nhost: localhost\r\n";
    let socket = second.folder.path().join("lotgate.db.sock");
    let answer = on_box(&socket, "/api/lanes/open", head, &body).await;
    assert!(first.lot.entry.opened(opens + 2, PATIENCE).await, "{answer}\n{}", second.log());
    if let Some(child) = &mut second.child {
        child.kill().unwrap();
    }
}

async fn on_box(socket: &std::path::Path, path: &str, head: &str, body: &str) -> String {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let mut stream = tokio::net::UnixStream::connect(socket).await.unwrap();
    let length = body.len();
    let request = format!(
        "POST {path} HTTP/1.1\r\nconnection: close\r\ncontent-length: {length}\r\n{head}\r\n{body}"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    let reading = stream.read_to_string(&mut answer);
    tokio::time::timeout(PATIENCE, reading).await.unwrap().unwrap();
    answer
}

#[tokio::test(flavor = "multi_thread")]
async fn two_boxes_of_one_client_id_know_of_each_other() {
    let Some((broker, _files)) = protected() else { return };
    let more = format!("{LOGS_IN}[[mqtt]]|client_id = \"gate\"\n");
    let first = first_box(&broker, &more).await;
    tokio::time::sleep(LONGER).await;
    let second = SecondBox::beside(&first);
    comes(STANDS_BACK_LOG, || second.log(), 1).await;
    comes(COMMANDS, || first.log(), 1).await;
    // The one that stands back leaves the name to the other, and hears the cameras by one of its own: every car is one of both.
    let mut cars = 1..100;
    let mut both_hear = 0;
    while both_hear < 3 {
        let car = distinct_plate(cars.next().expect("both are connected by then"));
        first.lot.entry.read(&car).await;
        tokio::time::sleep(A_WHILE).await;
        let heard = [first.log(), second.log()].iter().all(|log| log.contains(&car));
        both_hear = if heard { both_hear + 1 } else { 0 };
    }
    let opens = first.lot.entry.opens().len();
    let lines = [&first.log(), &second.log()].map(|log| log.matches("is gone").count());
    let car = distinct_plate(200);
    first.lot.entry.read(&car).await;
    assert!(first.lot.entry.opened(opens + 1, PATIENCE).await, "{}", first.log());
    comes(&car, || second.log(), 1).await;
    tokio::time::sleep(A_WHILE).await;
    assert_eq!(first.lot.entry.opens().len(), opens + 1, "{}", second.log());
    let now = [&first.log(), &second.log()].map(|log| log.matches("is gone").count());
    assert_eq!(now, lines, "nobody is thrown out any more");

    // The driver dies: the name is taken up again, with what has come under it meanwhile.
    let mut first = first;
    first.kill();
    comes(ALONE, || second.log(), 1).await;
    first.lot.entry.read(&distinct_plate(201)).await;
    assert!(first.lot.entry.opened(opens + 2, PATIENCE).await, "{}", second.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_exchanged_box_drives_at_once_beside_the_kept_claim_of_the_dead_one() {
    let Some((broker, _files)) = protected() else { return };
    let mut options =
        MqttOptions::new("dead", broker.listen.ip().to_string(), broker.listen.port());
    options.set_credentials("lotgate", "box-password");
    let (client, mut events) = AsyncClient::new(options, 10);
    let topic = format!("lotgate-claim/{PARK_CODE}/dead");
    let claim = r#"{"box":"dead","run":"dead","number":900,"driven":9999999,"said":0}"#;
    client.publish(topic, QoS::AtLeastOnce, true, claim).await.unwrap();
    loop {
        if let Event::Incoming(Incoming::PubAck(_)) = events.poll().await.unwrap() {
            break;
        }
    }
    let world = first_box(&broker, LOGS_IN).await;
    world.listens().await;
    for car in 1..=4 {
        world.lot.entry.read(&distinct_plate(car)).await;
        assert!(world.lot.entry.opened(car as usize, PATIENCE).await, "{}", world.log());
    }
    assert!(!world.log().contains("another gateway"), "{}", world.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn where_anybody_may_claim_both_go_on_and_say_so() {
    let Some(broker) = Mosquitto::start("") else { return };
    let first = first_box(&broker, "").await;
    first.listens().await;
    let second = SecondBox::beside(&first);
    for log in [&(|| first.log()) as &dyn Fn() -> String, &|| second.log()] {
        comes("the broker lets anybody claim that", log, 1).await;
    }
    first.lot.entry.read(&distinct_plate(1)).await;
    assert!(first.lot.entry.opened(2, PATIENCE).await, "{}\n{}", first.log(), second.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_is_taken_over_again_and_again_is_said_and_stops_nothing() {
    let mut world = World::at_rest(|_| {}, "").await;
    world.lot.platform.close_links(true);
    world.start();
    world.listens().await;
    comes("times soon after the login", || world.log(), 1).await;
    world.lot.entry.read(&distinct_plate(1)).await;
    assert!(world.lot.entry.opened(1, PATIENCE).await, "{}", world.log());
    let status = text(&world.lotgate(&["status"]));
    assert!(status.contains("another gateway may log in with the same userId"), "{status}");
}
