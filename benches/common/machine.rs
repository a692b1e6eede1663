//! The machine that figures were measured on: what it is, and how fast its disk and its processor are by themselves, so that
//! figures of another can be held against them. For the benches.

#![allow(dead_code, reason = "each bench uses its own part")]

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

/// One yardstick is held to it for so long.
const SO_LONG: Duration = Duration::from_millis(500);

/// What stands beside every set of figures, in words.
pub fn about() -> BTreeMap<String, String> {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let cpu = read("/proc/cpuinfo");
    let model = cpu.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let memory = read("/proc/meminfo").lines().next().unwrap_or_default().replace("MemTotal:", "");
    [
        ("processor", format!("{cores} × {}", model.map_or("unknown", |(_, model)| model))),
        ("memory", memory.trim().to_owned()),
        ("kernel", read("/proc/sys/kernel/osrelease").trim().to_owned()),
        ("disk", disk_of(&std::env::current_dir().unwrap())),
        ("database", "SQLite, write-ahead log, synchronous=FULL by fdatasync".to_owned()),
        ("broker", broker()),
        ("built", built().to_owned()),
    ]
    .map(|(name, words)| (name.to_owned(), words))
    .into()
}

/// The profile that this was built by.
pub fn built() -> &'static str {
    let path = std::env::current_exe().unwrap();
    let is = |name: &str| path.components().any(|part| part.as_os_str() == name);
    match () {
        () if is("counted") => "counted",
        () if is("release") => "release",
        () => "another profile",
    }
}

/// The file system under a folder, and whether it has a journal.
fn disk_of(folder: &Path) -> String {
    let mounts = std::fs::read_to_string("/proc/self/mounts").unwrap_or_default();
    let mounts = mounts.lines().filter_map(|line| {
        let mut words = line.split(' ');
        Some((words.next()?, words.next()?, words.next()?))
    });
    let under =
        mounts.filter(|(_, at, _)| folder.starts_with(at)).max_by_key(|(_, at, _)| at.len());
    let Some((device, _, kind)) = under else { return "unknown".to_owned() };
    let name = device.trim_start_matches("/dev/");
    let journals = std::fs::read_dir("/proc/fs/jbd2").into_iter().flatten().flatten();
    let mut journals = journals.map(|entry| entry.file_name().to_string_lossy().into_owned());
    let journal = match kind {
        "ext3" | "ext4" if journals.any(|one| one.starts_with(&format!("{name}-"))) => "a journal",
        "ext3" | "ext4" => "no journal",
        _ => "a journal of its own kind, if any",
    };
    format!("{kind} on {device}, {journal}")
}

fn broker() -> String {
    let said = ["/usr/sbin/mosquitto", "mosquitto"]
        .iter()
        .find_map(|program| Command::new(program).arg("-h").output().ok());
    let said = said.map(|said| String::from_utf8_lossy(&said.stdout).into_owned());
    said.and_then(|said| Some(said.lines().next()?.to_owned())).unwrap_or_else(|| "none".to_owned())
}

/// How often a second 4 KB are appended to a file in this folder and are on its disk (fdatasync).
pub fn fdatasyncs() -> f64 {
    let mut file = tempfile::tempfile_in(".").unwrap();
    // What a file's growth costs is not asked: a log that is written over does not grow.
    file.write_all(&vec![0; 4 << 20]).unwrap();
    file.sync_all().unwrap();
    rate(|| {
        use std::io::Seek as _;
        file.rewind().unwrap();
        file.write_all(&[1; 4096]).unwrap();
        File::sync_data(&file).unwrap();
    })
}

/// How many million steps of a sum a second this processor does on one core.
pub fn cpu_loops() -> f64 {
    const STEPS: u64 = 1_000_000;
    let mut sum = 1_u64;
    rate(|| {
        for step in 0..STEPS {
            sum = (sum ^ step).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(23);
        }
        std::hint::black_box(sum);
    })
}

#[allow(clippy::cast_precision_loss)]
fn rate(mut once: impl FnMut()) -> f64 {
    let (begun, mut times) = (Instant::now(), 0_u32);
    while begun.elapsed() < SO_LONG {
        once();
        times += 1;
    }
    f64::from(times) / begun.elapsed().as_secs_f64()
}
