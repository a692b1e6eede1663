//! The power is cut, again and again: what the real binary wrote is put together as a device would have it then, of what
//! was not synced as much as chance wants, and everything that had been acknowledged to anybody outside by then has to
//! stand in it: reads to their broker, reports taken by the platform, answers to staff and to the platform.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

#[path = "../common/mod.rs"]
mod common;
#[path = "../common/disk.rs"]
#[allow(dead_code, reason = "how syncs are made is another test's")]
mod disk;
#[path = "../common/mosquitto.rs"]
mod mosquitto;
#[path = "../common/tap.rs"]
#[allow(dead_code, reason = "it is not cut here")]
mod tap;

mod claims;
mod traffic;

use claims::{Claim, Claims, lost_pictures, missing};
use common::{PATIENCE, World};
use disk::{Disk, Done, Fate, Syncs};
use fastrand::Rng;
use lotgate::store::Store;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Images of a run.
const IMAGES: usize = 200;
/// Images of each control.
const CONTROLS: usize = 40;
/// Images that the real binary starts on.
const STARTED: usize = 4;

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_is_there_after_a_power_cut_at_any_moment() {
    let workshop = tempfile::tempdir().unwrap();
    let Some(shim) = disk::shim(workshop.path()) else { return };
    let seed = seed();
    println!("power cuts with the seed {seed} (LOTGATE_SEED={seed} draws the same images)");
    let log = workshop.path().join("disk.log");
    let (mut world, claims) = traffic::run(&shim, &log).await;
    let done = disk::read(&log);
    assert!(is_all_noted(&done, world.folder.path()), "the shim missed writes");

    let (bytes, syncs) = disk::volume(&done, "lotgate.db");
    println!("{} records, {bytes} bytes of the database, {syncs} syncs", done.len());
    let faults = cut(&done, &claims, Syncs::All, IMAGES, seed);
    assert!(
        faults.is_empty(),
        "seed {seed}: {} of {IMAGES} images:\n{}",
        faults.len(),
        faults.join("\n")
    );
    for syncs in [Syncs::OfFolders, Syncs::None] {
        let found = cut(&done, &claims, syncs, CONTROLS, seed).len();
        println!("control: {syncs:?} of the syncs hold: {found} of {CONTROLS} images with losses");
        assert!(
            found > CONTROLS / 4,
            "with {syncs:?} of the syncs only {found} images are found faulty"
        );
    }
    start_on_images(&mut world, &done, seed).await;
}

fn seed() -> u64 {
    let given = std::env::var("LOTGATE_SEED").ok().and_then(|seed| seed.parse().ok());
    given.unwrap_or_else(|| fastrand::u64(..1_000_000))
}

/// Whether the database's files are what they are by all that was noted.
fn is_all_noted(done: &[Done], folder: &Path) -> bool {
    let mut disk = Disk::new(Syncs::All);
    for one in done {
        disk.take(one);
    }
    let all = disk.after_cut(Fate::all(), &mut Rng::with_seed(0));
    ["lotgate.db", "lotgate.db-wal"].into_iter().all(|name| {
        let there = std::fs::read(folder.join(name)).ok();
        all.get(Path::new(name)) == there.as_ref()
    })
}

/// Cuts the power at so many moments; what is wrong with the images.
fn cut(done: &[Done], claims: &Claims, syncs: Syncs, images: usize, seed: u64) -> Vec<String> {
    let mut rng = Rng::with_seed(seed);
    let first = done.iter().position(|one| claims.any_until(one.at)).unwrap();
    let mut moments: Vec<_> = (0..images).map(|_| rng.usize(first..done.len())).collect();
    moments.sort_unstable();
    let mut disk = Disk::new(syncs);
    let mut taken = 0;
    let mut faults = Vec::new();
    for moment in moments {
        for one in &done[taken..=moment] {
            disk.take(one);
        }
        taken = moment + 1;
        let fate = Fate::draw(&mut rng);
        let folder = tempfile::tempdir().unwrap();
        lay(&disk.after_cut(fate, &mut rng), folder.path(), &mut rng);
        let at = done[moment].at;
        if let Err(fault) = look(&folder.path().join("lotgate.db"), claims.until(at)) {
            faults.push(format!("record {moment} of {}, {fate:?}: {fault}", done.len()));
        }
    }
    faults
}

/// Writes an image down. What stands in the shared memory's file after a power cut is anything.
fn lay(image: &BTreeMap<PathBuf, Vec<u8>>, folder: &Path, rng: &mut Rng) {
    for (name, content) in image {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let garbage = name.to_string_lossy().ends_with("-shm") && rng.bool();
        if garbage {
            let garbage: Vec<u8> = std::iter::repeat_with(|| rng.u8(..)).take(32_768).collect();
            std::fs::write(path, garbage).unwrap();
        } else {
            std::fs::write(path, content).unwrap();
        }
    }
}

/// Opens an image as a start does and looks for everything that was acknowledged.
fn look<'a>(path: &Path, claims: impl Iterator<Item = &'a Claim>) -> Result<(), String> {
    let (store, aside) =
        Store::open(path, jiff::Timestamp::now()).map_err(|error| error.to_string())?;
    if aside.is_some() {
        return Err("the database was damaged and moved aside".to_owned());
    }
    drop(store);
    let mut reader = Store::open_reading(path).map_err(|error| error.to_string())?;
    let health = reader.examine().map_err(|error| error.to_string())?;
    if !health.faults.is_empty() {
        return Err(format!("the database is damaged: {:?}", health.faults));
    }
    let missing = missing(path, claims).map_err(|error| error.to_string())?;
    let lost = lost_pictures(path).map_err(|error| error.to_string())?;
    if let [first, ..] = lost.as_slice() {
        return Err(format!("{} pictures are noted and not there, such as {first}", lost.len()));
    }
    match missing.as_slice() {
        [] => Ok(()),
        [first, ..] => Err(format!("{} acknowledged are lost, such as {first:?}", missing.len())),
    }
}

/// The real binary starts on some of the images, and its lanes open.
async fn start_on_images(world: &mut World, done: &[Done], seed: u64) {
    let mut rng = Rng::with_seed(seed);
    for number in 0..STARTED {
        let mut disk = Disk::new(Syncs::All);
        for one in &done[..rng.usize(done.len() / 4..done.len())] {
            disk.take(one);
        }
        for name in ["lotgate.db", "lotgate.db-wal", "lotgate.db-shm"] {
            // What the start before has left; not all of them are always there.
            let _ = std::fs::remove_file(world.folder.path().join(name));
        }
        lay(&disk.after_cut(Fate::draw(&mut rng), &mut rng), world.folder.path(), &mut rng);
        world.restart().await;
        let opens = world.lot.entry.opens().len();
        world.lot.entry.read(&format!("粤C{number:05}")).await;
        assert!(world.lot.entry.opened(opens + 1, PATIENCE).await, "{}", world.log());
        let log = world.log();
        assert!(!log.contains("damaged"), "{log}");
        world.kill();
    }
}

/// Now, by the clock that the shim reads.
fn now() -> SystemTime {
    SystemTime::now()
}
