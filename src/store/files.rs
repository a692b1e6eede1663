//! The files of a database by their names: which there are, and which file a name is. For whoever opens, copies or mends one.

use jiff::Timestamp;
use std::collections::BTreeSet;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// What a person has put another in the place of, before the second.
pub(super) const BEFORE: &str = ".before-";
/// What was begun where its disk was not mounted yet, before the second.
pub(super) const UNDERNEATH: &str = ".underneath-";

/// Which file it is, whatever its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FileId {
    /// Its disk.
    pub(super) device: u64,
    /// Its number there.
    pub(super) inode: u64,
}

impl FileId {
    /// The file of that name; none where there is none.
    pub(super) fn of(path: &Path) -> Option<Self> {
        let meta = std::fs::metadata(path).ok()?;
        Some(Self { device: meta.dev(), inode: meta.ino() })
    }
}

/// Whether nothing stands in a file, or there is none.
pub(super) fn is_empty(path: &Path) -> bool {
    std::fs::metadata(path).map_or_else(
        |error| error.kind() == std::io::ErrorKind::NotFound,
        |meta| meta.is_file() && meta.len() == 0,
    )
}

/// The folder a file is in.
pub(super) fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// The name of what stands beside the database: its own with something behind it.
pub(super) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// Databases that were moved aside under such a name.
pub(super) fn set_aside(path: &Path, mark: &str) -> Vec<PathBuf> {
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else { return Vec::new() };
    let mark = format!("{}{mark}", name.to_string_lossy());
    let entries = std::fs::read_dir(folder_of(path)).into_iter().flatten().flatten();
    // Of one whose file was gone only these are left.
    let aside = |name: &str| {
        let name = ["-wal", "-shm"].iter().find_map(|part| name.strip_suffix(part)).unwrap_or(name);
        name.starts_with(&mark).then(|| folder.join(name))
    };
    let found: BTreeSet<_> =
        entries.filter_map(|entry| aside(&entry.file_name().to_string_lossy())).collect();
    found.into_iter().collect()
}

/// Where one that is moved aside at that second goes: what is there already stays.
pub(super) fn place_aside(path: &Path, mark: &str, now: Timestamp) -> PathBuf {
    let is_free =
        |aside: &PathBuf| ["", "-wal", "-shm"].iter().all(|part| !beside(aside, part).exists());
    let second = now.as_second();
    let aside = |second: i64| beside(path, &format!("{mark}{second}"));
    (second..second.saturating_add(1000)).map(aside).find(is_free).unwrap_or_else(|| aside(second))
}

/// When a person has last put another in a database's place, as far as what was there before still stands aside.
pub(super) fn restored_at(path: &Path) -> Option<Timestamp> {
    let second = |aside: &PathBuf| {
        let name = aside.to_string_lossy();
        name.rsplit_once('-').and_then(|(_, second)| second.parse::<i64>().ok())
    };
    let last = set_aside(path, BEFORE).iter().filter_map(second).max()?;
    Timestamp::from_second(last).ok()
}

/// Removes a file that is not finished, and what stands beside it.
pub(super) fn discard(part: &Path) {
    for suffix in ["", "-journal", "-wal", "-shm"] {
        let _ = std::fs::remove_file(beside(part, suffix));
    }
}
