//! Reads that waited in a real mosquitto while the gateway was away: all of them come, once and in order, on one
//! connection. Where mosquitto is not installed these tests say so and pass.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::expect_used)]

mod common;
#[path = "common/mosquitto.rs"]
mod mosquitto;

use common::World;
use lotgate::sim::camera::ReadOptions;
use lotgate::sim::plan::ENTRY_CAMERA;
use lotgate::sim::platform::Fault;
use mosquitto::Mosquitto;
use rumqttc::{AsyncClient, Event, EventLoop, Incoming, MqttOptions, QoS};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// For slow machines: what is waited for comes in seconds.
const PATIENCE: Duration = Duration::from_secs(240);

/// A lot whose gateway was there once, and is away.
struct Away {
    world: World,
    broker: Mosquitto,
    logged: PathBuf,
    _logs: TempDir,
}

impl Away {
    /// `more` stands in the broker's configuration.
    async fn begin(more: &str) -> Option<Self> {
        let logs = tempfile::tempdir().unwrap();
        let logged = logs.path().join("log");
        let more = format!("{more}\nlog_dest file {}\nlog_type notice\n", logged.display());
        let broker = Mosquitto::start(&more)?;
        let change = |plan: &mut lotgate::sim::plan::Plan| {
            plan.total_spaces = 1_000_000;
            plan.broker = Some(broker.listen);
        };
        let mut world = World::with(change, "").await;
        world.terminate().await;
        // What comes stays where it can be counted.
        world.lot.platform.fail(Some(Fault::Drop));
        Some(Self { world, broker, logged, _logs: logs })
    }

    /// So many cars come.
    async fn cars_come(&self, count: usize, image_bytes: usize) {
        let mut options = MqttOptions::new("cars", "127.0.0.1", self.broker.listen.port());
        options.set_max_packet_size(usize::MAX, 64_000_000);
        let (client, mut events): (AsyncClient, EventLoop) = AsyncClient::new(options, 10);
        let topic = format!("device/{ENTRY_CAMERA}/message/up/ivs_result");
        let options = ReadOptions { image_bytes, ..ReadOptions::default() };
        let messages: Vec<_> =
            (0..count).map(|car| self.world.lot.entry.message(&plate(car), &options)).collect();
        let saying = tokio::spawn(async move {
            for message in messages {
                client.publish(&topic, QoS::AtLeastOnce, false, message).await.unwrap();
            }
            client
        });
        let mut acknowledged = 0;
        while acknowledged < count {
            let event = tokio::time::timeout(PATIENCE, events.poll()).await.unwrap().unwrap();
            acknowledged += usize::from(matches!(event, Event::Incoming(Incoming::PubAck(_))));
        }
        saying.await.unwrap();
    }

    /// How often the gateway's own connection was made, by the broker's word.
    fn connections(&self) -> usize {
        let log = std::fs::read_to_string(&self.logged).unwrap();
        let ours =
            |line: &&str| line.contains("New client connected") && line.contains(" as lotgate-44");
        log.lines().filter(ours).count()
    }

    /// The plates whose entries wait to be reported, in order.
    fn entered(&self) -> Vec<String> {
        let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
        let path = self.world.folder.path().join("lotgate.db");
        let store = rusqlite::Connection::open_with_flags(path, flags).unwrap();
        let sql = "SELECT body FROM outbox WHERE code = 5004 ORDER BY seq";
        let mut rows = store.prepare(sql).unwrap();
        let bodies = rows.query_map([], |row| row.get::<_, String>(0)).unwrap();
        let plate = |body: rusqlite::Result<String>| {
            let body: serde_json::Value = serde_json::from_str(&body.unwrap()).unwrap();
            body["parkCarInfo"]["plateNo"].as_str().unwrap().to_owned()
        };
        bodies.map(plate).collect()
    }

    /// How many there are.
    fn count(&self, sql: &str) -> usize {
        let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
        let path = self.world.folder.path().join("lotgate.db");
        let store = rusqlite::Connection::open_with_flags(path, flags).unwrap();
        let count: i64 = store.query_row(sql, [], |row| row.get(0)).unwrap();
        usize::try_from(count).unwrap()
    }

    async fn until(&self, what: &str, happened: impl Fn() -> bool) {
        let begun = Instant::now();
        while !happened() {
            let log = || self.world.log();
            assert!(
                begun.elapsed() < PATIENCE,
                "{what} did not come: {} entered\n{}",
                self.entered().len(),
                log()
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

fn plate(car: usize) -> String {
    format!("粤B{car:05}")
}

/// So many cars have come while nobody listened; the gateway is back and takes them.
async fn come_once_and_in_order(count: usize, image_bytes: usize) {
    let Some(mut away) = Away::begin(&shipped()).await else { return };
    away.cars_come(count, image_bytes).await;
    let before = away.connections();
    away.world.start();
    let stored = || away.count("SELECT count(*) FROM outbox WHERE code = 5004") >= count;
    away.until("all entries", stored).await;
    assert_eq!(away.connections() - before, 1, "{}", away.world.log());
    let wanted: Vec<_> = (0..count).map(plate).collect();
    assert!(away.entered() == wanted, "lost, doubled or out of order");
}

/// The lines of the configuration we ship, for a broker of these tests.
fn shipped() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("packaging/mosquitto-lotgate.conf");
    let text = std::fs::read_to_string(path).unwrap();
    let listens = ["listener", "allow_anonymous", "password_file", "acl_file"];
    let ours = |line: &&str| !listens.iter().any(|key| line.starts_with(key));
    text.lines().filter(ours).collect::<Vec<_>>().join("\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_thousand_reads_that_waited_come_once_and_in_order_on_one_connection() {
    come_once_and_in_order(20_000, 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn reads_with_pictures_that_waited_come_once_and_in_order_on_one_connection() {
    come_once_and_in_order(150, 200_000).await;
}
