//! Files and folders that hold plates and pictures are their owner's alone, whatever umask the process was given. For
//! whoever writes such files; it knows nothing of what stands in them.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{
    DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _, chown,
};
use std::path::Path;

/// A file that only its owner may read.
const FILE: u32 = 0o600;
/// A folder that only its owner may enter.
const FOLDER: u32 = 0o700;
/// Whatever others may do.
const OTHERS: u32 = 0o077;
/// Everybody may put files there, and only their own owners take them away.
const STICKY: u32 = 0o1000;

/// How such a file is opened: made for its owner alone where it is not there.
pub fn options() -> OpenOptions {
    let mut options = File::options();
    options.mode(FILE);
    options
}

/// Writes a file.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    options().write(true).create(true).truncate(true).open(path)?.write_all(bytes)
}

/// Makes a folder, and those above it, where it is not there.
pub fn make_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(FOLDER).create(path)
}

/// Takes from others what they may do with a file, where it is there and ours.
pub fn tighten(path: &Path) -> io::Result<()> {
    match fs::metadata(path) {
        Ok(meta) if meta.mode() & OTHERS == 0 || !is_ours(&meta) => Ok(()),
        Ok(meta) => {
            fs::set_permissions(path, Permissions::from_mode(meta.mode() & !OTHERS & 0o7777))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

/// The same of a folder, unless it is one for all: of another owner, or with somebody else's files in it.
pub fn tighten_folder(path: &Path) -> io::Result<()> {
    let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
    let meta = fs::metadata(path)?;
    let shared = || -> io::Result<bool> {
        for entry in fs::read_dir(path)? {
            if entry?.metadata().is_ok_and(|entry| entry.uid() != meta.uid()) {
                return Ok(true);
            }
        }
        Ok(false)
    };
    if !is_ours(&meta) || meta.mode() & STICKY != 0 || path.parent().is_none() || shared()? {
        return Ok(());
    }
    tighten(path)
}

/// Gives a file to whom another belongs: what root makes for the service is the service's.
pub fn give_to_owner_of(other: &Path, path: &Path) -> io::Result<()> {
    let other = if other.as_os_str().is_empty() { Path::new(".") } else { other };
    let (owner, there) = (fs::metadata(other)?, fs::metadata(path)?);
    // Only root can give files away, and only root needs to.
    if (there.uid(), there.gid()) != (owner.uid(), owner.gid())
        && rustix::process::geteuid().is_root()
    {
        chown(path, Some(owner.uid()), Some(owner.gid()))?;
    }
    Ok(())
}

fn is_ours(meta: &fs::Metadata) -> bool {
    meta.uid() == rustix::process::geteuid().as_raw()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().mode() & 0o777
    }

    #[test]
    fn what_is_made_is_its_owners_alone_and_what_is_there_becomes_so() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("a/b");
        make_folder(&inner).unwrap();
        let file = inner.join("x");
        write(&file, b"plates").unwrap();
        assert_eq!((mode(&inner), mode(&inner.join("..")), mode(&file)), (0o700, 0o700, 0o600));
        for (path, open) in [(&inner, 0o755), (&file, 0o664)] {
            fs::set_permissions(path, Permissions::from_mode(open)).unwrap();
        }
        tighten_folder(&inner).unwrap();
        tighten(&file).unwrap();
        assert_eq!((mode(&inner), mode(&file)), (0o700, 0o600));
        tighten(&inner.join("absent")).unwrap();
    }

    #[test]
    fn a_folder_for_all_stays_one() {
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), Permissions::from_mode(0o1777)).unwrap();
        tighten_folder(folder.path()).unwrap();
        assert_eq!(mode(folder.path()), 0o777);
    }
}
