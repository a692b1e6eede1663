//! Disks that this machine mounts by its `fstab`: whether the one under a path is there. For whoever would make a database
//! where its disk is not mounted yet.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// Where Linux has its table of disks.
const TABLE: &str = "/etc/fstab";

/// Whether the disk on which that path lies by the machine's table is not mounted.
pub(super) fn is_awaited(path: &Path) -> bool {
    let table = std::fs::read_to_string(TABLE).unwrap_or_default();
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    place_of(&table, &path).is_some_and(|place| !is_mounted(&place))
}

/// Where the disk is mounted on which a path lies; none where that is the root's.
fn place_of(table: &str, path: &Path) -> Option<PathBuf> {
    let lines = table.lines().map(str::trim).filter(|line| !line.starts_with('#'));
    let places = lines.filter_map(|line| line.split_whitespace().nth(1)).map(unescaped);
    let above = places.filter(|place| path.starts_with(place) && place.parent().is_some());
    above.max_by_key(|place| place.components().count())
}

/// A space stands there by its octal number.
fn unescaped(place: &str) -> PathBuf {
    PathBuf::from(place.replace("\\040", " ").replace("\\011", "\t").replace("\\134", "\\"))
}

/// Another disk begins there, or the same is bound to it.
fn is_mounted(place: &Path) -> bool {
    let device = |path: &Path| std::fs::metadata(path).map(|meta| meta.dev()).ok();
    let above = place.parent().and_then(device);
    let differs = device(place).is_some_and(|here| above != Some(here));
    differs
        || std::fs::read_to_string("/proc/self/mountinfo").is_ok_and(|mounts| {
            let places = mounts.lines().filter_map(|line| line.split_whitespace().nth(4));
            places.map(unescaped).any(|mounted| mounted == place)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_disk_under_a_path_is_the_nearest_one_above_it() {
        let table = "# <file system> <mount point>\n/dev/sda1 / ext4 defaults 0 1\n\nUUID=1 /data ext4 nofail 0 2\n\
                     /dev/sdb1\t/data/lot\\0401 ext4\n/dev/sdb2 none swap sw 0 0\n#/dev/sdc1 /srv ext4\n";
        let of =
            |path: &str| place_of(table, Path::new(path)).map(|place| place.display().to_string());
        assert_eq!(of("/data/lotgate.db").as_deref(), Some("/data"));
        assert_eq!(of("/data/lot 1/lotgate.db").as_deref(), Some("/data/lot 1"));
        assert_eq!(of("/database/lotgate.db"), None);
        assert_eq!(of("/srv/lotgate.db"), None);
    }

    #[test]
    fn a_folder_is_no_disk_and_a_disk_is_one() {
        let folder = tempfile::tempdir().unwrap();
        assert!(!is_mounted(folder.path()));
        assert!(is_mounted(Path::new("/proc")));
        assert!(!is_mounted(Path::new("/nowhere/at/all")));
    }
}
