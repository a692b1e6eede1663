//! The medium under the database fails: it is full, read-only, broken or gone. The gateway goes on, people open lanes, and
//! what happened is written down when it can be. Each test has a small disk of its own; where none can be mounted it says
//! so and is not tried.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod common;

use common::{PATIENCE, World, plate_of};
use lotgate::sim::camera::ReadOptions;
use lotgate::sim::platform::SimulatedPlatform;
use lotgate::standard::id::Id;
use serde_json::{Value, json};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

const ENTRY_LANE: &str = "90731c48a7ea4c27bd4d57ff0e13d001";
const EXIT_LANE: &str = "90731c48a7ea4c27bd4d57ff0e13d002";

/// A button at the entry, the fire alarm's contact, and what is called a full disk.
const INPUTS: &str = "camera = \"入口相机\"|button = { device = \"入口相机\", input = 1 }
[store]|min_free_disk = \"0KB\"
[fire_alarm]
device = \"出口相机\"
input = 1";

/// A small disk that is mounted in a folder.
struct Disk {
    folder: PathBuf,
}

impl Disk {
    /// None where this user may not mount one.
    fn mount(folder: &Path, megabytes: u32, options: &str) -> Option<Self> {
        let folder = folder.join("disk");
        std::fs::create_dir(&folder).unwrap();
        let size = format!("size={megabytes}m,mode=0755{options}");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(&folder);
        let mounted = mount.status().is_ok_and(|status| status.success());
        if !mounted {
            eprintln!("no disk can be mounted here: not tried");
            assert!(std::env::var_os("LOTGATE_TRY_ALL").is_none(), "all must be tried");
        }
        mounted.then_some(Self { folder })
    }

    /// One with blocks of 1 KB, as a small partition has them; none where this user cannot mount a file.
    fn of_small_blocks(folder: &Path, megabytes: u64) -> Option<Self> {
        let (image, folder) = (folder.join("disk.img"), folder.join("disk"));
        std::fs::create_dir(&folder).unwrap();
        std::fs::File::create(&image).unwrap().set_len(megabytes << 20).unwrap();
        let quietly = |command: &mut Command| command.status().is_ok_and(|status| status.success());
        let made = quietly(Command::new("mkfs.ext4").args(["-qFm0", "-b1024"]).arg(&image));
        let mounted =
            made && quietly(Command::new("mount").args(["-o", "loop"]).arg(&image).arg(&folder));
        if !mounted {
            eprintln!("no file can be mounted as a disk here: not tried");
            let all = std::env::var_os("LOTGATE_TRY_ALL").is_some();
            assert!(!all || std::env::var_os("LOTGATE_NO_LOOP").is_some(), "all must be tried");
        }
        mounted.then_some(Self { folder })
    }

    fn remount(&self, options: &str) {
        let options = format!("remount,{options}");
        let status = Command::new("mount").args(["-o", &options]).arg(&self.folder).status();
        assert!(status.unwrap().success());
    }

    /// Takes all the room there is.
    fn fill(&self) {
        let path = self.folder.join("somebody-elses");
        let mut file = std::fs::File::options().create(true).append(true).open(path).unwrap();
        while file.write_all(&[0x55; 4096]).is_ok() {}
    }

    /// Takes what room there is again and again, to the last byte, until that is set.
    fn keep_full(&self) -> (Arc<AtomicBool>, std::thread::JoinHandle<()>) {
        let path = self.folder.join("somebody-elses");
        let ended = Arc::new(AtomicBool::new(false));
        let end = Arc::clone(&ended);
        let filling = std::thread::spawn(move || {
            let mut file = std::fs::File::options().create(true).append(true).open(path).unwrap();
            while !end.load(Ordering::Relaxed) {
                for size in [4096, 64] {
                    while file.write_all(&[0x55; 4096][..size]).is_ok() {}
                }
                std::thread::sleep(Duration::from_millis(2));
            }
        });
        (ended, filling)
    }

    fn empty(&self) {
        std::fs::remove_file(self.folder.join("somebody-elses")).unwrap();
    }

    fn has(&self, name: &str) -> bool {
        self.folder.join(name).exists()
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.folder).status();
    }
}

/// A lot whose database lies on a small disk; not started yet.
async fn lot(megabytes: u32, options: &str, more: &str) -> Option<(World, Disk)> {
    let world = World::at_rest(|plan| "1d".clone_into(&mut plan.free), more).await;
    let disk = Disk::mount(world.folder.path(), megabytes, options)?;
    world.change_configuration("path = \"lotgate.db\"", "path = \"disk/lotgate.db\"");
    Some((world, disk))
}

fn status(world: &World) -> (Value, bool) {
    let mut command = common::lotgate();
    let command = command.env("RUNTIME_DIRECTORY", world.folder.path());
    let command = command.args(["status", "--json", "--lang", "en", "--config"]);
    let output = command.arg(world.lot.config_path()).output().unwrap();
    let shown = serde_json::from_slice(&output.stdout).unwrap_or_default();
    (shown, output.status.success())
}

fn plates(platform: &SimulatedPlatform) -> Vec<String> {
    let reports = platform.received(5004);
    let mut plates: Vec<_> = reports.iter().map(|report| plate_of(report).to_owned()).collect();
    plates.sort();
    plates
}

fn plate(number: usize) -> String {
    format!("粤B{number:05}")
}

/// Cars come until nothing more can be written down; returns how many.
async fn until_nothing_can_be_written(world: &World, disk: &Disk) -> usize {
    for number in 1.. {
        disk.fill();
        world.lot.entry.read(&plate(number)).await;
        let opened = world.lot.entry.opens().len();
        world
            .until("the car let in, or that nothing can be written", || {
                world.lot.entry.opens().len() > opened.min(number - 1) || is_lost(world)
            })
            .await;
        if is_lost(world) {
            return number;
        }
    }
    0
}

fn is_lost(world: &World) -> bool {
    world.log().contains("nothing can be written down (")
}

async fn until_back(world: &World) {
    world.until("the store", || world.log().contains("the database can be written again")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_full_disk_the_ballast_goes_then_people_open_lanes_and_it_is_written_down_later() {
    let more = format!("{INPUTS}\n[store]|ballast = \"1MB\"");
    let Some((mut world, disk)) = lot(24, "", &more).await else { return };
    world.start();
    world.ready().await;
    world.until("the ballast", || disk.has("lotgate.db.ballast")).await;
    let cars = until_nothing_can_be_written(&world, &disk).await;
    assert!(world.log().contains("the ballast file went"), "{}", world.log());
    assert!(!disk.has("lotgate.db.ballast"));
    let before = world.lot.entry.opens().len();
    // The booth.
    let open = json!({ "id": Id::random(), "laneId": ENTRY_LANE, "operator": "张三", "reason": "磁盘已满" });
    let (first, _) = world.booth("/api/lanes/open", &open).await;
    assert!(first.contains("200"), "{first}\n{}", world.log());
    assert!(world.lot.entry.opened(before + 1, PATIENCE).await, "{}", world.log());
    assert!(world.booth("/api/lanes/open", &open).await.0.contains("200"), "the same once more");
    let pay = json!({ "id": Id::random(), "plateNo": plate(1), "received": 1, "payType": 1,
        "payFrom": "现金", "operator": "张三" });
    assert!(world.pay(&pay).await.0.contains("503"), "money is not taken on trust");
    // The button.
    world.lot.entry.input(1, 0).await;
    world.lot.entry.input(1, 1).await;
    assert!(world.lot.entry.opened(before + 2, PATIENCE).await, "{}", world.log());
    // Nothing that was sent is sent again and again.
    let calls = world.lot.platform.calls(5004);
    let (shown, well) = status(&world);
    assert!(!well && shown["store"]["away"]["fault"].as_str().unwrap().contains("full"), "{shown}");
    assert_eq!(shown["store"]["whenItFails"], json!({ "entry": "hold", "exit": "hold" }));
    // The fire alarm.
    world.lot.exit.input(1, 0).await;
    world.lot.exit.input(1, 1).await;
    world.until("all barriers up", || world.log().contains("all barriers up")).await;
    let held = |camera: &lotgate::sim::camera::SimulatedCamera| {
        camera.commanded("set_io_lock_status").iter().any(|body| body["status"] == 1)
    };
    let both = || held(&world.lot.entry) && held(&world.lot.exit);
    world.until("both held", both).await;
    assert_eq!(world.lot.platform.calls(5004), calls, "{}", world.log());
    disk.empty();
    until_back(&world).await;
    world.report(2002, |event| event["remark"].as_str().unwrap().contains("数据库中断")).await;
    world.report(2002, |event| event["remark"].as_str().unwrap().contains("消防")).await;
    let all: Vec<_> = (1..=cars).map(plate).collect();
    let complete = |platform: &SimulatedPlatform| plates(platform) == all;
    assert!(
        world.lot.platform.until(PATIENCE, complete).await,
        "{:?}\n{}",
        plates(&world.lot.platform),
        world.log()
    );
    assert_eq!(world.lot.platform.repeats(), 0, "{}", world.log());
    let again = world.booth("/api/lanes/open", &open).await;
    assert!(again.0.contains("200") && again.1["status"] == "opened", "{again:?}");
    let ended = json!({ "operator": "张三", "reason": "演习结束" });
    assert!(world.booth("/api/lanes/all-up/end", &ended).await.0.contains("200"), "they were up");
    world.until("the ballast again", || disk.has("lotgate.db.ballast")).await;
    let (shown, well) = status(&world);
    assert!(well && shown["store"]["losses"].as_array().unwrap().len() == 1, "{shown}");
    world.assert_lawful().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lanes_open_by_themselves_on_a_medium_that_takes_nothing_from_the_start_where_that_is_wanted()
 {
    let more = "[store]|min_free_disk = \"0KB\"\n[store]|when_it_fails = { entry = \"open\", exit = \"hold\" }";
    let Some((mut world, disk)) = lot(24, ",ro", more).await else { return };
    world.start();
    world.ready().await;
    world.until("a word about it", || is_lost(&world)).await;
    for number in 1..=4 {
        world.lot.entry.read(&plate(number)).await;
        assert!(world.lot.entry.opened(number, PATIENCE).await, "{number}\n{}", world.log());
    }
    world.lot.exit.read(&plate(9)).await;
    world
        .until("the hold", || {
            world.log().contains(&format!("{}, nothing", plate(9)))
                || world.log().contains("staff, please open")
        })
        .await;
    let lane = json!({ "laneId": EXIT_LANE, "operator": "张三", "reason": "放行" });
    assert!(world.booth("/api/lanes/open", &lane).await.0.contains("200"));
    assert!(world.lot.exit.opened(1, PATIENCE).await, "{}", world.log());
    let (shown, well) = status(&world);
    assert!(!well && shown["store"]["away"]["kept"].as_u64().unwrap() >= 6, "{shown}");
    disk.remount("rw");
    until_back(&world).await;
    let all: Vec<_> = (1..=4).map(plate).collect();
    let complete = |platform: &SimulatedPlatform| {
        plates(platform).iter().filter(|one| all.contains(one)).count() == 4
    };
    assert!(world.lot.platform.until(PATIENCE, complete).await, "{}", world.log());
    world.enter(&plate(5)).await;
    world.assert_lawful().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_medium_that_is_read_only_at_a_start_after_a_kill_is_written_as_soon_as_it_can_be() {
    let more = "[store]|min_free_disk = \"0KB\"";
    let Some((mut world, disk)) = lot(24, "", more).await else { return };
    world.start();
    world.ready().await;
    world.enter(&plate(1)).await;
    world.kill();
    disk.remount("ro");
    world.start();
    world.ready().await;
    world.until("a word about it", || is_lost(&world)).await;
    // People look at the lot meanwhile.
    world.look("/api/status").await;
    world.look("/api/passes").await;
    disk.remount("rw");
    until_back(&world).await;
    world.enter(&plate(2)).await;
    assert!(world.look("/api/passes").await.0.contains("200"), "{}", world.log());
    world.assert_lawful().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_kept_while_nothing_could_be_written_outlives_the_process() {
    let more = "[store]|min_free_disk = \"0KB\"\n[store]|when_it_fails = { entry = \"open\", exit = \"open\" }";
    let Some((mut world, disk)) = lot(24, ",ro", more).await else { return };
    world.start();
    world.ready().await;
    world.until("a word about it", || is_lost(&world)).await;
    for number in 1..=3 {
        world.lot.entry.read(&plate(number)).await;
        assert!(world.lot.entry.opened(number, PATIENCE).await, "{number}\n{}", world.log());
    }
    world.kill();
    world.start();
    world.ready().await;
    world.until("a word about it", || is_lost(&world)).await;
    world.kill();
    disk.remount("rw");
    world.restart().await;
    until_back(&world).await;
    let all: Vec<_> = (1..=3).map(plate).collect();
    let complete = |platform: &SimulatedPlatform| plates(platform) == all;
    assert!(
        world.lot.platform.until(PATIENCE, complete).await,
        "{:?}\n{}",
        plates(&world.lot.platform),
        world.log()
    );
    assert_eq!(world.lot.entry.opens().len(), 3, "none was opened for twice");
    world.assert_lawful().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_before_the_disk_is_mounted_waits_for_it_and_makes_no_new_database() {
    let more = "[store]|min_free_disk = \"0KB\"\n[store]|backup = { keep = 0 }";
    let world = World::at_rest(|plan| "1d".clone_into(&mut plan.free), more).await;
    let Some(disk) = Disk::mount(world.folder.path(), 24, "") else { return };
    let mut world = world;
    let place = world.folder.path().join("place");
    std::fs::create_dir(&place).unwrap();
    let mount = |mut command: Command| assert!(command.status().unwrap().success());
    let bind = || {
        let mut command = Command::new("mount");
        command.arg("--bind").arg(&disk.folder).arg(&place);
        command
    };
    let unmount = || {
        let mut command = Command::new("umount");
        command.arg("-l").arg(&place);
        command
    };
    world.change_configuration("path = \"lotgate.db\"", "path = \"place/lotgate.db\"");
    mount(bind());
    world.start();
    world.ready().await;
    world.enter(&plate(1)).await;
    world.kill();
    mount(unmount());
    world.start();
    world.ready().await;
    world.until("a word about it", || is_lost(&world)).await;
    assert!(!place.join("lotgate.db").exists(), "none is made where the disk is not mounted");
    mount(bind());
    until_back(&world).await;
    world.lot.exit.read(&plate(1)).await;
    assert!(world.lot.exit.opened(1, PATIENCE).await, "{}", world.log());
    world.enter(&plate(2)).await;
    world.assert_lawful().await;
    // After the box's own start nothing tells of a disk that no table names.
    world.kill();
    mount(unmount());
    let entries = std::fs::read_dir(world.folder.path()).unwrap().flatten();
    let names = entries.filter(|entry| entry.file_name().to_string_lossy().contains("disk"));
    let notes: Vec<_> = names.map(|entry| entry.path()).filter(|path| path.is_file()).collect();
    assert_eq!(notes.len(), 1, "{notes:?}");
    std::fs::remove_file(&notes[0]).unwrap();
    world.start();
    world.ready().await;
    let begun = || world.log().contains("a new one is begun");
    world.until("that one is begun", begun).await;
    world.enter(&plate(3)).await;
    // What a kill left in the log there is no other's to take away.
    let log = std::fs::metadata(disk.folder.join("lotgate.db-wal")).unwrap().len();
    assert!(log > 0);
    mount(bind());
    world.until("that it is in use", || world.log().contains("was mounted after the start")).await;
    world.lot.exit.read(&plate(2)).await;
    assert!(world.lot.exit.opened(2, PATIENCE).await, "{}", world.log());
    world
        .report(2002, |event| event["remark"].as_str().unwrap().contains("期间记录可能不全"))
        .await;
    let kept = std::fs::read_dir(&place).unwrap().flatten().map(|entry| entry.path());
    let kept = kept.filter(|path| path.to_string_lossy().contains("lotgate.db.underneath-"));
    let kept: Vec<_> = kept.collect();
    assert_eq!(kept.len(), 1, "{kept:?}");
    let kept = rusqlite::Connection::open(&kept[0]).unwrap();
    let plates: String = kept
        .query_row("SELECT group_concat(plate_no) FROM parking_record", [], |row| row.get(0))
        .unwrap();
    assert_eq!(plates, plate(3));
    drop(world);
    mount(unmount());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_on_a_full_disk_of_small_blocks_ends_no_process() {
    let more = "[store]|min_free_disk = \"0KB\"";
    let mut world = World::at_rest(|plan| "1d".clone_into(&mut plan.free), more).await;
    let Some(disk) = Disk::of_small_blocks(world.folder.path(), 48) else { return };
    world.change_configuration("path = \"lotgate.db\"", "path = \"disk/lotgate.db\"");
    world.start();
    world.ready().await;
    world.enter(&plate(1)).await;
    let (ended, filling) = disk.keep_full();
    for _ in 0..6 {
        world.kill();
        world.start();
        world.ready().await;
        world.until("a word about it", || is_lost(&world)).await;
        let open = json!({ "laneId": ENTRY_LANE, "operator": "张三", "reason": "磁盘已满" });
        assert!(world.booth("/api/lanes/open", &open).await.0.contains("200"), "{}", world.log());
    }
    ended.store(true, Ordering::Relaxed);
    filling.join().unwrap();
    disk.empty();
    until_back(&world).await;
    world.enter(&plate(2)).await;
    world.assert_lawful().await;
}

/// What the database says to a question of one number.
fn number(world: &World, sql: &str) -> i64 {
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
    let path = world.folder.path().join("lotgate.db");
    let connection = rusqlite::Connection::open_with_flags(path, flags).unwrap();
    connection.query_row(sql, [], |row| row.get(0)).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_deleted_under_the_gateway_is_written_out_again_with_all_it_holds() {
    let mut world = World::with(|plan| "1d".clone_into(&mut plan.free), "").await;
    world.enter(&plate(1)).await;
    let path = world.folder.path().join("lotgate.db");
    std::fs::remove_file(&path).unwrap();
    world.until("the database again", || path.exists()).await;
    world
        .until("a word about it", || world.log().contains("was deleted; the running gateway"))
        .await;
    world.enter(&plate(2)).await;
    assert_eq!(number(&world, "SELECT used FROM tally"), 2);
    world.kill();
    world.restart().await;
    for (count, car) in [(1, plate(1)), (2, plate(2))] {
        world.lot.exit.read(&car).await;
        assert!(world.lot.exit.opened(count, PATIENCE).await, "{car}\n{}", world.log());
    }
    world.assert_lawful().await;
}

/// Writes garbage over leaves of a table or an index: so many behind the first ones.
fn damage(database: &Path, of: &str, (behind, count): (i64, i64)) {
    use std::os::unix::fs::FileExt as _;
    let connection = rusqlite::Connection::open(database).unwrap();
    let sql = "SELECT pageno FROM dbstat WHERE name = ?1 AND pagetype = 'leaf' ORDER BY path LIMIT ?3 OFFSET ?2";
    let mut statement = connection.prepare(sql).unwrap();
    let pages = statement.query_map((of, behind, count), |row| row.get::<_, i64>(0)).unwrap();
    let pages: Vec<u64> = pages.map(|page| page.unwrap().try_into().unwrap()).collect();
    assert!(!pages.is_empty(), "{of}");
    drop(statement);
    drop(connection);
    let file = std::fs::File::options().write(true).open(database).unwrap();
    for page in pages {
        file.write_all_at(&[0x5a; 1024], (page - 1) * 1024).unwrap();
    }
}

/// What goes through a whole large database takes its time on a machine that others use.
async fn at_length(world: &World, what: &str, happened: impl Fn() -> bool) {
    let begun = std::time::Instant::now();
    while !happened() {
        assert!(begun.elapsed() < 4 * PATIENCE, "{what} did not come:\n{}", world.log());
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_page_of_a_large_database_is_mended_at_a_start_and_while_the_gateway_runs() {
    let more = "[store]|backup = { every = \"10s\" }";
    let mut world = World::with(|plan| "1d".clone_into(&mut plan.free), more).await;
    for number in 1..=4 {
        world.enter(&plate(number)).await;
    }
    assert!(world.terminate().await.1);
    let database = world.folder.path().join("lotgate.db");
    let filling = rusqlite::Connection::open(&database).unwrap();
    filling.execute_batch(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9000)
         INSERT INTO outbox (class, code, subject, key, body, created, state)
             SELECT 2, 5004, 's' || i, 'k', hex(randomblob(2000)), i, 'dead' FROM n;
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
         INSERT INTO parking_record (id, plate_no, enter_time, leave_time)
             SELECT printf('%032d', i), printf('粤A%05d', i), unixepoch() * 1000, unixepoch() * 1000 FROM n;
         PRAGMA wal_checkpoint(TRUNCATE);",
    ).unwrap();
    drop(filling);
    assert!(std::fs::metadata(&database).unwrap().len() > 32 << 20);
    std::fs::remove_file(world.folder.path().join("log")).unwrap();
    world.restart().await;
    let copies = || {
        std::fs::read_dir(world.folder.path().join("backups"))
            .into_iter()
            .flatten()
            .flatten()
            .filter(|one| one.file_name().to_string_lossy().ends_with('Z'))
            .count()
    };
    at_length(&world, "a copy", || copies() > 0).await;
    // Since the copy.
    world.enter(&plate(5)).await;
    world.kill();
    damage(&database, "parking_record", (2, 1));
    world.restart().await;
    at_length(&world, "the mending", || world.log().contains("is put together anew")).await;
    for (count, number) in [(1, 1), (2, 5)] {
        world.lot.exit.read(&plate(number)).await;
        assert!(world.lot.exit.opened(count, PATIENCE).await, "{number}\n{}", world.log());
    }
    assert_eq!(number(&world, "SELECT count(*) FROM parking_record"), 3005, "{}", world.log());
    world
        .report(2002, |event| event["remark"].as_str().unwrap().contains("数据库损坏并已重建"))
        .await;
    // While it runs: nobody has met these pages yet.
    let mended = || world.log().matches("is put together anew").count();
    let before = mended();
    damage(&database, "parking_record_left", (0, -1));
    world.enter("粤A01500").await;
    world.lot.exit.read("粤A01500").await;
    assert!(world.lot.exit.opened(3, PATIENCE).await, "{}", world.log());
    at_length(&world, "the second mending", || mended() == before + 1).await;
    until_back(&world).await;
    world.report(5005, |record| plate_of(record) == "粤A01500").await;
    world.enter(&plate(6)).await;
    assert_eq!(number(&world, "SELECT count(*) FROM parking_record"), 3007);
    let aside = std::fs::read_dir(world.folder.path())
        .unwrap()
        .flatten()
        .filter(|one| one.file_name().to_string_lossy().contains(".damaged-"))
        .count();
    assert!(aside >= 2, "none is deleted");
    world.assert_lawful().await;
}

/// What the doctor finds, in English.
async fn doctor(world: &World) -> String {
    let mut command = common::lotgate();
    command.args(["--lang", "en", "--config"]).arg(world.lot.config_path());
    command.args(["doctor", "--json", "--listen", "0s", "--ntp", "127.0.0.1:9"]);
    let found = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    String::from_utf8_lossy(&found.stdout).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn copies_that_cannot_be_made_are_told_to_everybody_and_so_is_that_they_are_made_again() {
    let world = World::with(|_| {}, "[store]|backup = { every = \"10s\" }").await;
    let folder = world.folder.path().join("backups");
    // Somebody has put a file there.
    std::fs::write(&folder, b"a list of backups").unwrap();
    let logged = async |words: &str| {
        let begun = std::time::Instant::now();
        while !world.log().contains(words) {
            assert!(begun.elapsed() < 4 * PATIENCE, "not told: {words}\n{}", world.log());
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    let fails = "no copy of the database can be made";
    logged(fails).await;
    world.report(2002, |event| event["remark"].as_str().unwrap().contains("数据库无法备份")).await;
    let found = doctor(&world).await;
    assert!(found.contains("no copy of the database can be made in"), "{found}");
    assert!(found.contains("File exists"), "{found}");
    std::fs::remove_file(&folder).unwrap();
    logged("copies of the database are made again").await;
    assert_eq!(world.log().matches(fails).count(), 1, "{}", world.log());
    let found = doctor(&world).await;
    assert!(found.contains("the newest copy of the database is of"), "{found}");
    assert!(!found.contains(fails), "{found}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_stays_open_is_named_and_the_log_it_made_grow_is_cut_back_when_it_goes() {
    let world = World::with(|plan| "1d".clone_into(&mut plan.free), "").await;
    let database = world.folder.path().join("lotgate.db");
    let log = || std::fs::metadata(world.folder.path().join("lotgate.db-wal")).unwrap().len();
    // Somebody's shell, in the middle of something.
    let shell = rusqlite::Connection::open(&database).unwrap();
    shell.execute_batch("BEGIN; SELECT count(*) FROM outbox;").unwrap();
    // A day's traffic.
    let traffic = rusqlite::Connection::open(&database).unwrap();
    traffic.busy_timeout(PATIENCE).unwrap();
    traffic.execute_batch("CREATE TABLE day (bytes BLOB)").unwrap();
    while log() < 20 << 20 {
        traffic.execute_batch("INSERT INTO day VALUES (zeroblob(400000))").unwrap();
    }
    world.until("a word about it", || world.log().contains("somebody reads in the database")).await;
    world.enter(&plate(1)).await;
    let me = format!("({})", std::process::id());
    let found = doctor(&world).await;
    let line = found.lines().find(|line| line.contains("reads and does not end"));
    assert!(line.is_some_and(|line| line.contains(&me)), "{me}: {found}");
    shell.execute_batch("COMMIT").unwrap();
    world.until("a usual log", || log() < 5 << 20).await;
    world.enter(&plate(2)).await;
    assert!(!doctor(&world).await.contains("log (-wal)"));
    assert_eq!(world.log().matches("is cut back").count(), 1);
    world.assert_lawful().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_holds_the_lock_to_write_is_named_and_lanes_go_on_when_it_lets_go() {
    let world = World::with(|plan| "1d".clone_into(&mut plan.free), "").await;
    let shell = rusqlite::Connection::open(world.folder.path().join("lotgate.db")).unwrap();
    shell.busy_timeout(PATIENCE).unwrap();
    shell.execute_batch("BEGIN IMMEDIATE").unwrap();
    let found = doctor(&world).await;
    let line = found.lines().find(|line| line.contains("holds the lock to write"));
    let me = format!("({})", std::process::id());
    assert!(line.is_some_and(|line| line.contains(&me)), "{me}: {found}");
    shell.execute_batch("COMMIT").unwrap();
    world.enter(&plate(1)).await;
    assert!(!doctor(&world).await.contains("holds the lock to write"));
    world.assert_lawful().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_page_that_only_the_booth_reads_is_mended_at_once() {
    let world = World::with(|plan| "1d".clone_into(&mut plan.free), "").await;
    world.enter(&plate(1)).await;
    assert!(world.look("/api/passes").await.0.contains("200"));
    let database = world.folder.path().join("lotgate.db");
    // The first look through the database is over.
    tokio::time::sleep(std::time::Duration::from_secs(6)).await;
    let connection = rusqlite::Connection::open(&database).unwrap();
    connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    drop(connection);
    damage(&database, "visitor_pass", (0, -1));
    assert!(world.look("/api/passes").await.0.contains("503"));
    world.until("the mending", || world.log().contains("is put together anew")).await;
    until_back(&world).await;
    assert!(world.look("/api/passes").await.0.contains("200"));
    world.lot.exit.read(&plate(1)).await;
    assert!(world.lot.exit.opened(1, PATIENCE).await, "{}", world.log());
    world.assert_lawful().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_car_that_is_held_and_read_again_and_again_while_nothing_can_be_written_stands_there_yet()
{
    let more = format!("{INPUTS}\n[store]|ballast = \"1MB\"");
    let Some((mut world, disk)) = lot(24, "", &more).await else { return };
    world.change_configuration("free = \"1d\"", "free = \"0s\"");
    world.start();
    world.ready().await;
    let two_hours_ago = u64::try_from(jiff::Timestamp::now().as_second()).unwrap() - 7200;
    let options = ReadOptions { offline: Some(two_hours_ago), ..ReadOptions::default() };
    world.lot.entry.publish(world.lot.entry.message("粤C20000", &options)).await;
    world.report(5004, |_| true).await;
    until_nothing_can_be_written(&world, &disk).await;
    let told = || world.log().matches("粤C20000 arrives, nothing can be written down").count();
    for times in 1..=3 {
        world.lot.exit.read("粤C20000").await;
        world.until("a word why not", || told() == times).await;
    }
    disk.empty();
    until_back(&world).await;
    world.until("the hold", || world.log().contains("粤C20000 is held: 14 yuan due")).await;
    let paid =
        json!({ "id": Id::random(), "plateNo": "粤C20000", "received": 14, "operator": "张三" });
    assert!(world.pay(&paid).await.0.contains("200"), "{}", world.log());
    assert!(world.lot.exit.opened(1, PATIENCE).await, "{}", world.log());
    let left = world.report(5005, |_| true).await;
    assert_eq!((&left["receivables"], &left["received"]), (&json!(14), &json!(14)));
    world.assert_lawful().await;
}

/// How often the log says that the database was put together anew, and the platform was told so.
fn told_of_mending(world: &World) -> (usize, usize) {
    let is_of_it =
        |event: &&Value| event["remark"].as_str().unwrap().contains("数据库损坏并已重建");
    let events = world.lot.platform.received(2002);
    (world.log().matches("is put together anew").count(), events.iter().filter(is_of_it).count())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mending_is_told_once_though_the_process_ends_as_soon_as_the_new_one_is_in_its_place() {
    let mut world = World::with(|plan| "1d".clone_into(&mut plan.free), "").await;
    world.enter(&plate(1)).await;
    world.kill();
    let database = world.folder.path().join("lotgate.db");
    let copies = lotgate::store::Copies::new(&database, world.folder.path(), None, 0);
    lotgate::store::mend(&copies, "a test has it", jiff::Timestamp::now()).unwrap();
    // What the doctor says before anybody starts it.
    assert!(doctor(&world).await.contains("(a test has it) and was put together anew"));
    world.restart().await;
    world.report(2002, |event| event["remark"].as_str().unwrap().contains("已重建")).await;
    world.until("a word about it", || told_of_mending(&world) == (1, 1)).await;
    world.enter(&plate(2)).await;
    world.kill();
    world.restart().await;
    world.enter(&plate(3)).await;
    assert_eq!(told_of_mending(&world), (0, 1), "its own log says nothing: {}", world.log());
    assert!(doctor(&world).await.contains("(a test has it) and was put together anew"));
    world.assert_lawful().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_that_is_cut_off_anywhere_leaves_the_one_or_the_other_and_is_told() {
    let mut world = World::with(|plan| "1d".clone_into(&mut plan.free), "").await;
    world.enter(&plate(1)).await;
    let copy = world.folder.path().join("copy.db");
    let lotgate = |arguments: &[&str], world: &World| {
        let mut command = common::lotgate();
        command.args(["--lang", "en", "--config"]).arg(world.lot.config_path()).args(arguments);
        assert!(command.status().unwrap().success(), "{arguments:?}");
    };
    lotgate(&["backup", copy.to_str().unwrap()], &world);
    world.enter(&plate(2)).await;
    world.kill();
    lotgate(&["restore", "--yes", copy.to_str().unwrap()], &world);
    // It was cut off before the last step, with the former one's log in its place still.
    let folder = world.folder.path().to_owned();
    let beside = |suffix: &str| folder.join(format!("lotgate.db{suffix}"));
    let former = std::fs::read_dir(world.folder.path()).unwrap().flatten();
    let former = former.map(|one| one.path()).find(|path| {
        let name = path.file_name().unwrap().to_string_lossy();
        name.contains(".before-") && name.ends_with("-wal")
    });
    let former = former.unwrap();
    let log = std::fs::read(&former).unwrap();
    std::fs::rename(&former, beside("-wal")).unwrap();
    std::fs::rename(beside(""), beside(".mended")).unwrap();
    std::fs::write(beside(".part"), b"begun before").unwrap();
    world.restart().await;
    world.until("a word about it", || world.log().contains("copy.db was restored")).await;
    world
        .report(2002, |event| event["remark"].as_str().unwrap().contains("期间记录可能不全"))
        .await;
    let plates = "SELECT count(*) FROM parking_record WHERE plate_no = '粤B0000";
    let count = |last: u32| number(&world, &format!("{plates}{last}'"));
    assert_eq!((count(1), count(2)), (1, 0));
    assert_eq!(std::fs::read(&former).unwrap(), log, "nothing is lost");
    assert!(!beside(".part").exists() && !beside(".mended").exists());
    assert!(doctor(&world).await.contains("copy.db was restored"));
    // One that was cut off before the first step has changed nothing.
    world.kill();
    std::fs::copy(&copy, beside(".mended")).unwrap();
    world.restart().await;
    world.enter(&plate(3)).await;
    assert!(!beside(".mended").exists());
    assert!(!world.log().contains("was restored"), "it was told: {}", world.log());
    world.lot.exit.read(&plate(1)).await;
    assert!(world.lot.exit.opened(1, PATIENCE).await, "{}", world.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_log_that_somebody_puts_back_is_told_and_what_a_copy_has_since_is_there() {
    let mut world = World::with(|plan| "1d".clone_into(&mut plan.free), "").await;
    let folder = world.folder.path().to_owned();
    let beside = |suffix: &str| folder.join(format!("lotgate.db{suffix}"));
    world.enter(&plate(1)).await;
    world.kill();
    let older = ["-wal", "-shm"].map(|part| (part, std::fs::read(beside(part)).unwrap()));
    world.restart().await;
    world.enter(&plate(2)).await;
    // It is noted with the next tick.
    let reached = number(&world, "SELECT sum(seq) FROM sqlite_sequence");
    let is_noted = || {
        let note = std::fs::read_to_string(beside(".progress")).unwrap_or_default();
        note.split_whitespace().next().and_then(|one| one.parse().ok()) >= Some(reached)
    };
    world.until("the note", is_noted).await;
    let lotgate = |arguments: &[&str]| {
        let mut command = common::lotgate();
        command.args(["--lang", "en", "--config"]).arg(folder.join("config.toml"));
        let output = command.args(arguments).output().unwrap();
        (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    std::fs::create_dir_all(folder.join("backups")).unwrap();
    let stamp = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%SZ");
    let copy = folder.join(format!("backups/lotgate.db.{stamp}"));
    assert!(lotgate(&["backup", copy.to_str().unwrap()]).0);
    world.kill();
    for (part, bytes) in &older {
        std::fs::write(beside(part), bytes).unwrap();
    }
    assert!(doctor(&world).await.contains("somebody has put an older one"));
    let (listed, words) = lotgate(&["queue", "ls"]);
    assert!(listed && words.contains("may be older"), "{words}");
    let (copied, words) = lotgate(&["backup", folder.join("y.db").to_str().unwrap()]);
    assert!(!copied && words.contains("somebody has put an older one"), "{words}");
    world.restart().await;
    world.until("a word about it", || world.log().contains("is put together anew")).await;
    world.report(2002, |event| event["remark"].as_str().unwrap().contains("已重建")).await;
    for (count, number) in [(1, 1), (2, 2)] {
        world.lot.exit.read(&plate(number)).await;
        assert!(world.lot.exit.opened(count, PATIENCE).await, "{number}\n{}", world.log());
    }
    world.kill();
    world.restart().await;
    world.enter(&plate(3)).await;
    assert!(!world.log().contains("put together anew"), "a kill is none: {}", world.log());
}
