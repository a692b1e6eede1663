//! What a lot may cost its box, so that nothing grows without anybody seeing it: lines of log while everything is away,
//! memory and open files over an hour's traffic, bytes and syncs on the medium for a passage. Each bound is half as much
//! again and more than what is seen, which is printed beside it (`just wire --test budgets -- --nocapture`).

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod common;
#[path = "common/disk.rs"]
#[allow(dead_code, reason = "images of power cuts are another test's")]
mod disk;

use common::{PATIENCE, World, distinct_plate as plate};
use lotgate::sim::broker::BrokerProcess;
use lotgate::sim::camera::{ReadOptions, SimulatedCamera};
use lotgate::sim::platform::Fault;
use std::path::Path;
use std::time::{Duration, Instant};

/// Cars of a busy hour, each in and out.
const HOUR: u32 = 400;
/// What is needed once is there after so many.
const WARM: u32 = 100;

#[tokio::test(flavor = "multi_thread")]
async fn everything_that_is_away_costs_few_lines_of_log() {
    /// For so long it is counted.
    const WATCHED: Duration = Duration::from_secs(20);
    const A_MINUTE: usize = 40;
    let listen = lotgate::sim::free_address().unwrap();
    let broker = BrokerProcess::start(env!("CARGO_BIN_EXE_lotgate"), listen).unwrap();
    let away = "[platform]|timeout = \"1s\"";
    let world = World::with(|plan| plan.broker = Some(listen), away).await;
    world.enter("粤B00001").await;
    world.lot.platform.fail(Some(Fault::Drop));
    world.lot.entry.read("粤B00002").await;
    assert!(world.lot.entry.opened(2, PATIENCE).await, "{}", world.log());
    drop(broker);
    world.until("the loss", || world.log().contains("MQTT `lot` is gone")).await;
    world.until("the outage", || world.log().contains("platform not available")).await;
    let before = world.log().lines().count();
    tokio::time::sleep(WATCHED).await;
    let log = world.log();
    let lines = log.lines().skip(before).collect::<Vec<_>>();
    let a_minute = lines.len() * 60 / usize::try_from(WATCHED.as_secs()).unwrap();
    println!("platform and broker away: {a_minute} lines a minute of at most {A_MINUTE}");
    assert!(a_minute <= A_MINUTE, "{a_minute} lines a minute:\n{}", lines.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_hours_traffic_leaves_memory_and_open_files_as_they_were() {
    /// Of the build of the tests, which is larger than a box's.
    const RESIDENT_KB: u64 = 72_000;
    const GROWN_KB: u64 = 10_000;
    let spacious = |plan: &mut lotgate::sim::plan::Plan| plan.total_spaces = 1_000_000;
    let world = World::with(spacious, "").await;
    drive(&world, 0..WARM).await;
    let (files, before) = (open_files(&world), resident(&world));
    let begun = Instant::now();
    drive(&world, WARM..WARM + HOUR).await;
    let took = begun.elapsed();
    let (files_after, after) = (open_files(&world), resident(&world));
    println!(
        "{HOUR} cars in and out in {took:.1?}: resident {before} kB, then {after} kB of at most {RESIDENT_KB}; open files {files}, then {files_after}"
    );
    assert!(after <= RESIDENT_KB, "{after} kB are resident");
    assert!(after <= before + GROWN_KB, "from {before} to {after} kB");
    // Connections to the platform come and go.
    assert!(files_after <= files + 4, "open files: {:#?}", names_of_open_files(&world));
    world.assert_lawful().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passage_costs_the_medium_few_bytes_and_syncs() {
    const PASSAGES: usize = 60;
    /// By the shim's count of what was written to the database and its log, whatever the file system makes of it.
    const BYTES: usize = 110_000;
    const SYNCS: usize = 6;
    let workshop = workshop();
    let Some(shim) = disk::shim(workshop.path()) else { return };
    let log = workshop.path().join("disk.log");
    let world = watched(&shim, &log).await;
    one_by_one(&world, 0..20).await;
    let (bytes, syncs) = volume(&log);
    one_by_one(&world, 20..20 + u32::try_from(PASSAGES).unwrap()).await;
    let (bytes_after, syncs_after) = volume(&log);
    let each = |after: usize, before: usize| (after - before) / PASSAGES;
    let (bytes, syncs) = (each(bytes_after, bytes), each(syncs_after, syncs));
    println!(
        "a car in and out: {bytes} bytes of at most {BYTES}, {syncs} syncs of at most {SYNCS}"
    );
    assert!(bytes <= BYTES, "{bytes} bytes a car");
    assert!(syncs <= SYNCS, "{syncs} syncs a car");
    world.assert_lawful().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_car_that_comes_in_costs_the_medium_few_bytes_and_syncs() {
    const CARS: usize = 100;
    /// They come so soon one after the other.
    const APART: Duration = Duration::from_millis(150);
    const BYTES: usize = 38_000;
    /// In a hundred cars.
    const SYNCS: usize = 150;
    let workshop = workshop();
    let Some(shim) = disk::shim(workshop.path()) else { return };
    let log = workshop.path().join("disk.log");
    let world = watched(&shim, &log).await;
    let come = async |numbers: std::ops::Range<usize>| {
        let all = numbers.end;
        let mut next = tokio::time::interval(APART);
        for number in numbers {
            next.tick().await;
            world.lot.entry.read(&plate(u32::try_from(number).unwrap())).await;
        }
        let told = || world.lot.platform.received(5004).len() >= all;
        world.until("all reports", told).await;
        world
            .until("an empty queue", || {
                world.lotgate_json(&["status", "--json"])["queue"]["pending"] == 0
            })
            .await;
    };
    come(0..20).await;
    let (bytes, syncs) = volume(&log);
    come(20..20 + CARS).await;
    let (bytes_after, syncs_after) = volume(&log);
    let (bytes, syncs) = ((bytes_after - bytes) / CARS, (syncs_after - syncs) * 100 / CARS);
    println!(
        "a car that comes in: {bytes} bytes of at most {BYTES}, {syncs} syncs a hundred of at most {SYNCS}"
    );
    assert!(bytes <= BYTES, "{bytes} bytes a car");
    assert!(syncs <= SYNCS, "{syncs} syncs a hundred cars");
    let (all, whole) = disk::syncs(&disk::read(&log), "lotgate.db-wal");
    assert_eq!((all > CARS, whole), (true, 0), "the log is synced by fdatasync");
}

/// Where the watch itself writes: not on the disk that is watched, where there is another.
fn workshop() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

/// A lot whose disk is watched, at work.
async fn watched(shim: &Path, log: &Path) -> World {
    let spacious = |plan: &mut lotgate::sim::plan::Plan| plan.total_spaces = 1_000_000;
    let mut world = World::at_rest(spacious, "").await;
    let folder = world.folder.path().to_owned();
    let environment = disk::watched(shim, &folder, log);
    world.start_with(&environment);
    world.ready().await;
    world
}

fn volume(log: &Path) -> (usize, usize) {
    disk::volume(&disk::read(log), "lotgate.db")
}

/// Cars come and go, one after the other, each when the one before has gone and is told of.
async fn one_by_one(world: &World, numbers: std::ops::Range<u32>) {
    for number in numbers {
        world.enter(&plate(number)).await;
        let opens = world.lot.exit.opens().len();
        world.lot.exit.read(&plate(number)).await;
        assert!(world.lot.exit.opened(opens + 1, PATIENCE).await, "{}", world.log());
        world.report(5005, |left| common::plate_of(left) == plate(number)).await;
    }
}

/// Cars come and go as fast as both lanes let them, every tenth with a picture.
async fn drive(world: &World, numbers: std::ops::Range<u32>) {
    let pass = async |camera: &SimulatedCamera, number: u32| {
        let image_bytes = if number.is_multiple_of(10) { 50_000 } else { 0 };
        let options = ReadOptions { image_bytes, ..ReadOptions::default() };
        let opens = camera.opens().len();
        camera.publish(camera.message(&plate(number), &options)).await;
        assert!(camera.opened(opens + 1, PATIENCE).await, "{number}: {}", world.log());
    };
    let (came, mut inside) = tokio::sync::watch::channel(numbers.start);
    let comes = async {
        for number in numbers.clone() {
            pass(&world.lot.entry, number).await;
            came.send_replace(number + 1);
        }
    };
    let goes = async {
        for number in numbers.clone() {
            inside.wait_for(|came| *came > number).await.unwrap();
            pass(&world.lot.exit, number).await;
        }
    };
    tokio::join!(comes, goes);
    let wanted = usize::try_from(numbers.end).unwrap();
    let all = || world.lot.platform.received(5005).len() >= wanted;
    world.until("all reports", all).await;
}

/// What a process has in memory.
fn resident(world: &World) -> u64 {
    let status = format!("/proc/{}/status", world.process());
    let status = std::fs::read_to_string(status).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

fn names_of_open_files(world: &World) -> Vec<String> {
    let folder = format!("/proc/{}/fd", world.process());
    let files = std::fs::read_dir(folder).unwrap().flatten();
    // One may be closed meanwhile.
    files
        .filter_map(|file| Some(std::fs::read_link(file.path()).ok()?.display().to_string()))
        .collect()
}

fn open_files(world: &World) -> usize {
    names_of_open_files(world).len()
}
