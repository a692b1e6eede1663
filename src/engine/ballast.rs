//! A file beside the database that holds nothing but room: when the disk is full it goes, and the store goes on with its
//! room until somebody has made more. It is made anew later.

use crate::private_files;
use rustix::fs::{FallocateFlags, fallocate};
use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// What the ballast's name ends in.
const BALLAST: &str = ".ballast";
/// What a file's name ends in that is written to see whether there is room, and how much of it.
const PROBE: &str = "probe";
const PROBED: usize = 64 * 1024;
/// So many times its size must be free for it to be made.
const ROOM: u64 = 4;

/// The file, where one is wanted.
#[derive(Debug, Default)]
pub(super) struct Ballast {
    place: Option<(PathBuf, u64)>,
    is_there: bool,
}

impl Ballast {
    /// So many bytes beside a database; none at 0.
    pub(super) fn beside(database: &Path, bytes: u64) -> Self {
        let mut name = database.as_os_str().to_owned();
        name.push(BALLAST);
        let path = PathBuf::from(name);
        // One that a process has not ended to fill is made anew.
        let is_there = std::fs::metadata(&path).is_ok_and(|meta| meta.len() >= bytes);
        Self { place: (bytes > 0).then_some((path, bytes)), is_there }
    }

    /// Gives its room away; false when it has none to give.
    pub(super) fn let_go(&mut self) -> bool {
        let Some((path, _)) = &self.place else { return false };
        self.is_there = false;
        std::fs::remove_file(path).is_ok()
    }

    /// Whether there is no more room for us, whatever the disk has: SQLite takes that for a fault of the medium.
    pub(super) fn meets_quota(&self) -> bool {
        let Some((path, _)) = self.place.as_ref().filter(|_| self.is_there) else { return false };
        let probe = path.with_extension(PROBE);
        let wrote = write_anew(&probe).and_then(|mut file| {
            file.write_all(&vec![0xa5; PROBED])?;
            file.sync_all()
        });
        // What cannot be removed is written over the next time.
        let _ = std::fs::remove_file(&probe);
        wrote.is_err_and(|error| error.kind() == io::ErrorKind::QuotaExceeded)
    }

    /// Makes it where it is not there and there is room; true when it was made.
    pub(super) fn make(&mut self, free_disk: Option<u64>) -> bool {
        let Some((path, bytes)) = self.place.as_ref().filter(|_| !self.is_there) else {
            return false;
        };
        if free_disk.is_none_or(|free| free < bytes.saturating_mul(ROOM)) {
            return false;
        }
        self.is_there = fill(path, *bytes).is_ok();
        if !self.is_there {
            let _ = std::fs::remove_file(path);
        }
        self.is_there
    }
}

fn write_anew(path: &Path) -> io::Result<File> {
    private_files::open(File::options().write(true).create(true).truncate(true), path)
}

/// Takes the room for good: a file of holes would take none.
fn fill(path: &Path, bytes: u64) -> io::Result<()> {
    let mut file = write_anew(path)?;
    if fallocate(&file, FallocateFlags::empty(), 0, bytes).is_err() {
        let zeros = vec![0; 64 * 1024];
        let mut left = bytes;
        while left > 0 {
            let next = left.min(zeros.len() as u64);
            file.write_all(
                zeros.get(..usize::try_from(next).unwrap_or_default()).unwrap_or(&zeros),
            )?;
            left -= next;
        }
    }
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::MetadataExt as _;

    #[test]
    fn it_takes_its_room_gives_it_once_and_is_made_anew_where_there_is_room() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("lotgate.db");
        let mut ballast = Ballast::beside(&database, 1 << 20);
        assert!(!ballast.make(Some(3 << 20)), "it would be most of what there is");
        assert!(ballast.make(Some(4 << 20)));
        let file = std::fs::metadata(folder.path().join("lotgate.db.ballast")).unwrap();
        assert!(file.blocks() * 512 >= 1 << 20, "no hole");
        assert!(!ballast.make(Some(4 << 20)), "it is there");
        assert!(!ballast.meets_quota(), "there is room");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left of that");
        let mut next = Ballast::beside(&database, 1 << 20);
        assert!(next.let_go() && !next.let_go());
        assert!(!Ballast::beside(&database, 0).let_go());
    }

    #[test]
    fn one_that_was_cut_short_is_made_whole() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("lotgate.db");
        let path = folder.path().join("lotgate.db.ballast");
        std::fs::write(&path, vec![0; 1 << 16]).unwrap();
        let mut ballast = Ballast::beside(&database, 1 << 20);
        assert!(ballast.make(Some(4 << 20)));
        assert_eq!(std::fs::metadata(&path).unwrap().len(), 1 << 20);
        assert!(!Ballast::beside(&database, 1 << 20).make(Some(4 << 20)), "it is whole");
    }
}
