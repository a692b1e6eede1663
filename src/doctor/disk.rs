//! The disk under the database: room on it, its kind, its wear.

use crate::lang::BoxFinding;
use rustix::fs::{StatVfsMountFlags, major, minor, stat, statfs, statvfs};
use std::path::{Path, PathBuf};

/// Linux's number for a file system in memory.
const TMPFS: i64 = 0x0102_1994;
/// Linux's number for the other one.
const RAMFS: i64 = 0x8584_58f6;
/// A disk that has used this much of its life should go.
const WORN: u32 = 80;

/// Looks at the disk of `folder`, where `wanted` bytes must stay free.
pub fn examine(folder: &Path, wanted: u64) -> Vec<BoxFinding> {
    let path = folder.display().to_string();
    #[allow(clippy::useless_conversion, reason = "its type differs between processors")]
    let (disk, kind) = match (statvfs(folder), statfs(folder)) {
        (Ok(disk), Ok(kind)) => (disk, i64::try_from(kind.f_type).unwrap_or_default()),
        (Err(error), _) | (_, Err(error)) => {
            return vec![BoxFinding::DiskUnknown { path, error: error.to_string() }];
        }
    };
    let free = disk.f_bavail.saturating_mul(disk.f_frsize);
    let megabytes = free >> 20;
    let mut found = vec![if free < wanted {
        BoxFinding::DiskLow { path: path.clone(), megabytes, wanted: wanted >> 20 }
    } else {
        BoxFinding::DiskFree { path: path.clone(), megabytes }
    }];
    if disk.f_flag.contains(StatVfsMountFlags::RDONLY) {
        found.push(BoxFinding::DiskReadOnly { path: path.clone() });
    }
    if kind == TMPFS || kind == RAMFS {
        found.push(BoxFinding::DiskOfMemory { path });
        return found;
    }
    if let Ok(stat) = stat(folder) {
        let device = format!("{}:{}", major(stat.st_dev), minor(stat.st_dev));
        found.extend(wear(Path::new("/sys"), &device));
    }
    found
}

/// The wear of the block device with this number, where its kind tells it: eMMC does, SD cards do not.
fn wear(sys: &Path, device: &str) -> Option<BoxFinding> {
    let place = std::fs::canonicalize(sys.join("dev/block").join(device)).ok()?;
    // A partition lies within its disk.
    let place: PathBuf =
        if place.join("partition").exists() { place.parent()?.to_owned() } else { place };
    let disk = place.file_name()?.to_string_lossy().into_owned();
    let read = |name: &str| std::fs::read_to_string(place.join("device").join(name)).ok();
    if read("type").is_some_and(|kind| kind.trim() == "SD") {
        return Some(BoxFinding::WearUntold { disk });
    }
    // Two estimates in steps of a tenth, e.g. `0x01 0x02`; 0 means that it does not say.
    let tenths = read("life_time")?;
    let tenths = tenths
        .split_whitespace()
        .filter_map(|estimate| u32::from_str_radix(estimate.trim_start_matches("0x"), 16).ok());
    let used = tenths.max().filter(|tenths| *tenths > 0)? * 10;
    Some(if used > WORN {
        BoxFinding::WearHigh { disk, used }
    } else {
        BoxFinding::Wear { disk, used }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A partition of a disk whose device has these files.
    fn sys(files: &[(&str, &str)]) -> tempfile::TempDir {
        let sys = tempfile::tempdir().unwrap();
        let disk = sys.path().join("devices/mmcblk0");
        std::fs::create_dir_all(disk.join("device")).unwrap();
        std::fs::create_dir_all(disk.join("mmcblk0p2")).unwrap();
        std::fs::write(disk.join("mmcblk0p2/partition"), "2\n").unwrap();
        std::fs::create_dir_all(sys.path().join("dev/block")).unwrap();
        let link = sys.path().join("dev/block/179:2");
        std::os::unix::fs::symlink(disk.join("mmcblk0p2"), link).unwrap();
        for (name, text) in files {
            std::fs::write(disk.join("device").join(name), text).unwrap();
        }
        sys
    }

    #[test]
    fn an_emmc_tells_the_worse_of_its_two_estimates() {
        let disk = "mmcblk0".to_owned();
        let young = sys(&[("type", "MMC\n"), ("life_time", "0x01 0x02\n")]);
        let wear_of = |sys: &tempfile::TempDir| wear(sys.path(), "179:2");
        assert_eq!(wear_of(&young), Some(BoxFinding::Wear { disk: disk.clone(), used: 20 }));
        let old = sys(&[("type", "MMC\n"), ("life_time", "0x0a 0x02\n")]);
        assert_eq!(wear_of(&old), Some(BoxFinding::WearHigh { disk: disk.clone(), used: 100 }));
        let card = sys(&[("type", "SD\n")]);
        assert_eq!(wear_of(&card), Some(BoxFinding::WearUntold { disk }));
        let mute = sys(&[("type", "MMC\n"), ("life_time", "0x00 0x00\n")]);
        assert_eq!(wear_of(&mute), None);
        assert_eq!(wear(mute.path(), "8:1"), None);
    }

    #[test]
    fn a_disk_with_too_little_room_is_a_failure() {
        let folder = tempfile::tempdir().unwrap();
        let found = examine(folder.path(), u64::MAX);
        assert!(matches!(found.first(), Some(BoxFinding::DiskLow { .. })), "{found:?}");
        let found = examine(folder.path(), 1);
        assert!(matches!(found.first(), Some(BoxFinding::DiskFree { .. })), "{found:?}");
    }
}
