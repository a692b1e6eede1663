//! Files in memory, never on flash, that outlive the process: what the next one, and people at the box, know of it. For
//! whoever has a word for them; it knows no content.

use crate::config::Config;
use rustix::fs::{Mode, OFlags, open};
use sha1::{Digest, Sha1};
use std::ffi::OsString;
use std::fs::{File, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt as _};
use std::path::{Path, PathBuf};

/// Where systemd puts our folder.
const RUN: &str = "/run/lotgate";

/// The name of this lot's file of that kind; `of` is what it is about.
fn name(config: &Config, of: &str, kind: &str) -> String {
    let path = &config.store.path;
    let database = std::path::absolute(path).unwrap_or_else(|_| path.clone());
    let park = &config.lot.park_code;
    let named = format!("{}\0{park}\0{of}", database.display());
    format!("lotgate-{}.{kind}", crate::standard::sign::hex(&Sha1::digest(named)))
}

/// This lot's file of a kind, in the first folder in memory that the system gives this process; none where it gives none.
pub fn file_of(config: &Config, of: &str, kind: &str) -> Option<PathBuf> {
    let folder = folder(|name| std::env::var_os(name));
    folder.map(|folder| folder.join(name(config, of, kind)))
}

/// This lot's file of a kind in the service's own folder, which goes when the service is stopped; none where no unit gives one.
pub fn file_of_the_service(config: &Config, of: &str, kind: &str) -> Option<PathBuf> {
    of_the_service(&name(config, of, kind))
}

/// The same file as another process of ours has it, wherever the system gave it a folder: for the command line.
pub fn found(config: &Config, of: &str, kind: &str) -> Option<PathBuf> {
    let name = name(config, of, kind);
    let run = Path::new(RUN);
    let units = std::fs::read_dir(run).into_iter().flatten().flatten().map(|entry| entry.path());
    let folders = folder(|name| std::env::var_os(name)).into_iter();
    let folders = folders.chain([run.to_owned()]).chain(units).chain([PathBuf::from("/dev/shm")]);
    folders.map(|folder| folder.join(&name)).find(|path| is_trusted(path, config))
}

/// Whether a file is one, and written by root, this user or whoever owns the database's folder.
fn is_trusted(path: &Path, config: &Config) -> bool {
    let Ok(meta) = std::fs::symlink_metadata(path) else { return false };
    let folder = config.store.path.parent().and_then(|folder| std::fs::metadata(folder).ok());
    let owners = [0, rustix::process::geteuid().as_raw()].into_iter();
    let mut owners = owners.chain(folder.map(|folder| folder.uid()));
    meta.is_file() && owners.any(|owner| owner == meta.uid())
}

/// The file of that name in the service's own folder; none where no unit gives one.
pub fn of_the_service(name: &str) -> Option<PathBuf> {
    let given = std::env::var_os("RUNTIME_DIRECTORY")?;
    let folder = std::env::split_paths(&given).next()?;
    folder.is_absolute().then(|| folder.join(name))
}

/// The first folder in memory that the system gives us.
fn folder(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let given = ["RUNTIME_DIRECTORY", "XDG_RUNTIME_DIR"].into_iter().filter_map(variable);
    // systemd names several with a colon between.
    let given = given.filter_map(|value| std::env::split_paths(&value).next());
    let folders = given.chain([PathBuf::from("/dev/shm")]);
    folders.filter(|folder| folder.is_absolute()).find(|folder| folder.is_dir())
}

/// Opens a file that is a file, and ours.
pub fn ours(path: &Path, how: OFlags) -> io::Result<File> {
    let how = how | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
    let file = File::from(open(path, how, Mode::RUSR | Mode::WUSR)?);
    let meta = file.metadata()?;
    let fine = meta.is_file() && meta.uid() == rustix::process::geteuid().as_raw();
    if !fine {
        return Err(io::ErrorKind::PermissionDenied.into());
    }
    // A umask may have taken from us what the next process needs of it.
    if how.contains(OFlags::CREATE) && meta.mode() & 0o777 != 0o600 {
        file.set_permissions(Permissions::from_mode(0o600))?;
    }
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_to_something_else_is_not_ours() {
        let folder = tempfile::tempdir().unwrap();
        let (path, other) = (folder.path().join("a"), folder.path().join("other"));
        std::fs::write(&other, "").unwrap();
        std::os::unix::fs::symlink(&other, &path).unwrap();
        assert!(ours(&path, OFlags::RDONLY).is_err());
        assert!(ours(&other, OFlags::RDONLY).is_ok());
    }

    #[test]
    fn a_file_of_ours_can_be_written_again_whatever_umask_made_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        std::fs::write(&path, "").unwrap();
        std::fs::set_permissions(&path, Permissions::from_mode(0o400)).unwrap();
        ours(&path, OFlags::RDONLY | OFlags::CREATE).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
    }

    #[test]
    fn the_folder_is_the_services_own_else_the_users_else_memory() {
        let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let several = std::env::join_paths([one.path(), two.path()]).unwrap();
        let of = |service: Option<&OsString>| {
            folder(|name| match name {
                "RUNTIME_DIRECTORY" => service.cloned(),
                _ => Some(two.path().as_os_str().to_owned()),
            })
        };
        assert_eq!(of(Some(&several)).as_deref(), Some(one.path()));
        assert_eq!(of(None).as_deref(), Some(two.path()));
    }
}
