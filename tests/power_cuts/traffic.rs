//! What happens in a lot whose disk is watched: cars come and go, pay, are locked and unlocked, the platform is away for a
//! while, and once the process is killed.

use crate::claims::{Claim, Claims};
use crate::common::{PATIENCE, World};
use crate::disk;
use crate::mosquitto::Mosquitto;
use crate::now;
use crate::tap::Tap;
use lotgate::sim::camera::ReadOptions;
use lotgate::sim::platform::Fault;
use lotgate::standard::id::Id;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

const CARS: u32 = 130;
/// So many cars stay inside before the first leaves.
const INSIDE: u32 = 12;

/// A lot at work with its disk watched from its first write to its end in order.
pub async fn run(shim: &Path, log: &Path) -> (World, Claims) {
    let broker = Mosquitto::start("max_queued_messages 0");
    let listen = broker.as_ref().map(|broker| broker.listen);
    let short = "[platform]|timeout = \"1s\"";
    let free = |plan: &mut lotgate::sim::plan::Plan| {
        "0s".clone_into(&mut plan.free);
        plan.broker = listen;
    };
    let mut world = World::at_rest(free, short).await;
    let tap = Tap::start(world.lot.broker).await.unwrap();
    let (direct, tapped) = (world.lot.broker.to_string(), tap.listen.to_string());
    world.change_configuration(&direct, &tapped);
    let folder = world.folder.path().to_owned();
    let environment = disk::watched(shim, &folder, log);
    world.start_with(&environment);
    world.ready().await;
    let mut lot = Lot { world, claims: Claims::default(), heard: 0, pictured: HashMap::new() };
    for number in 0..CARS {
        match number {
            40 => lot.world.lot.platform.fail(Some(Fault::Drop)),
            60 => lot.world.lot.platform.fail(None),
            80 => {
                kill_between_writes(&mut lot.world, log).await;
                lot.world.start_with(&environment);
                lot.world.ready().await;
            }
            _ => {}
        }
        lot.comes(number).await;
        if let Some(leaving) = number.checked_sub(INSIDE) {
            lot.leaves(leaving).await;
        }
    }
    lot.until_all_is_told().await;
    let Lot { mut world, mut claims, pictured, .. } = lot;
    for (read, at) in tap.acknowledged() {
        if let Some(plate) = pictured.get(&read) {
            claims.add(at, Claim::Pictured(plate.clone()));
        }
        claims.add(at, Claim::Read(read));
    }
    println!("acknowledged: {}", claims.summary());
    assert!(world.terminate().await.1, "{}", world.log());
    // Later starts are not watched, and need a broker.
    world.change_configuration(&tapped, &direct);
    if let Some(broker) = broker {
        // As long as the process of the test: later starts need it.
        std::mem::forget(broker);
    }
    (world, claims)
}

/// Kills the process where everything it wrote has been noted, too: what is written and not noted would be there for the
/// next start and in no image, and whatever follows it in the write-ahead log with it.
async fn kill_between_writes(world: &mut World, log: &Path) {
    let begun = Instant::now();
    loop {
        world.signal("-STOP");
        world.until("a standstill", || world.stands_still()).await;
        if crate::is_all_noted(&crate::disk::read(log), world.folder.path()) {
            return world.kill();
        }
        assert!(begun.elapsed() < PATIENCE, "the shim missed writes");
        world.signal("-CONT");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

struct Lot {
    world: World,
    claims: Claims,
    /// So many of the platform's reports were claimed.
    heard: usize,
    /// Plates of reads that came with a picture, by their camera's id for them.
    pictured: HashMap<String, String>,
}

fn plate(number: u32) -> String {
    format!("粤B{number:05}")
}

impl Lot {
    async fn comes(&mut self, number: u32) {
        let entry = &self.world.lot.entry;
        let opens = entry.opens().len();
        let image_bytes = if number.is_multiple_of(5) { 30_000 } else { 0 };
        let message =
            entry.message(&plate(number), &ReadOptions { image_bytes, ..ReadOptions::default() });
        if image_bytes > 0 {
            let said: Value = serde_json::from_str(&message).unwrap();
            self.pictured.insert(said["id"].as_str().unwrap().to_owned(), plate(number));
        }
        entry.publish(message).await;
        assert!(entry.opened(opens + 1, PATIENCE).await, "{}", self.world.log());
        self.hear();
    }

    async fn leaves(&mut self, number: u32) {
        let plate = plate(number);
        let id = Id::random();
        let locked = number.is_multiple_of(9);
        if locked {
            self.lock(&id, &plate, 0).await;
        }
        let opens = self.world.lot.exit.opens().len();
        self.world.lot.exit.read(&plate).await;
        let held = format!("{plate} is held");
        self.world.until("the hold", || self.world.log().contains(&held)).await;
        if locked {
            self.lock(&id, &plate, 1).await;
        }
        let payment = Id::random();
        let paid = json!({ "id": payment, "plateNo": plate, "received": 10, "operator": "张三" });
        let (status, body) = self.world.pay(&paid).await;
        assert!(status.contains("200"), "{status} {body}");
        self.claims.add(now(), Claim::Staff(payment.to_string()));
        let opened = self.world.lot.exit.opened(opens + 1, PATIENCE).await;
        assert!(opened, "{plate}: {}", self.world.log());
        self.hear();
    }

    async fn lock(&mut self, id: &Id, plate: &str, flag: i64) {
        let reply = self.world.lock(id, plate, flag).await;
        assert!(reply.succeeded(), "{reply:?}");
        self.claims.add(now(), Claim::Locked(id.to_string()));
    }

    /// What the platform has by now, the gateway must know by now.
    fn hear(&mut self) {
        let platform = &self.world.lot.platform;
        if platform.stored() == self.heard {
            return;
        }
        let all = platform.all_received();
        let at: SystemTime = now();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        for report in all.iter().skip(self.heard) {
            let id = text(&report.element["id"]);
            match report.code {
                5004 => self.claims.add(at, Claim::Entered(id)),
                5005 => self.claims.add(at, Claim::Left(id)),
                5008 => self.claims.add(at, Claim::Charged(id)),
                _ => {}
            }
        }
        self.heard = all.len();
    }

    async fn until_all_is_told(&mut self) {
        let wanted = (CARS as usize, (CARS - INSIDE) as usize);
        let told = |platform: &lotgate::sim::platform::SimulatedPlatform| {
            (platform.received(5004).len(), platform.received(5005).len()) == wanted
        };
        assert!(self.world.lot.platform.until(PATIENCE, told).await, "{}", self.world.log());
        self.hear();
        // Some more is written after the last of it: answers are settled.
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
}
