//! Since when we have been away: an empty file in memory (never on flash), touched once a second while we hear
//! a broker. The next process knows by it how long nobody listened there.

use crate::config::Config;
use jiff::Timestamp;
use rustix::fs::{Mode, OFlags, open};
use sha1::{Digest, Sha1};
use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// How often it is touched.
pub const EVERY: Duration = Duration::from_secs(1);

/// One broker's file; none where there is no folder in memory.
#[derive(Debug, Clone)]
pub struct Alive(Option<PathBuf>);

impl Alive {
    /// The file of a broker of this lot.
    pub fn of(config: &Config, broker: &str) -> Self {
        let path = &config.store.path;
        let database = std::path::absolute(path).unwrap_or_else(|_| path.clone());
        let park = &config.lot.park_code;
        let named = format!("{}\0{park}\0{broker}", database.display());
        let name = crate::standard::sign::hex(&Sha1::digest(named));
        let folder = folder(|name| std::env::var_os(name));
        Self(folder.map(|folder| folder.join(format!("lotgate-{name}.alive"))))
    }

    /// A file of that name.
    pub fn at(path: PathBuf) -> Self {
        Self(Some(path))
    }

    /// When the process before this one was there last. Nobody else's file is believed, nor the future.
    pub fn last(&self) -> Option<Timestamp> {
        let file = self.0.as_deref().and_then(|path| ours(path, OFlags::RDONLY).ok())?;
        let touched = file.metadata().and_then(|meta| meta.modified()).ok()?;
        Timestamp::try_from(touched).ok().filter(|touched| *touched <= Timestamp::now())
    }

    /// We are there now.
    pub fn touch(&self) {
        let Some(path) = &self.0 else { return };
        // Without it the next process knows nothing of us, which it can live with.
        let _ = ours(path, OFlags::WRONLY | OFlags::CREATE)
            .and_then(|file| file.set_modified(SystemTime::now()));
    }
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
fn ours(path: &Path, how: OFlags) -> io::Result<File> {
    let how = how | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
    let file = File::from(open(path, how, Mode::RUSR | Mode::WUSR)?);
    let meta = file.metadata()?;
    let fine = meta.is_file() && meta.uid() == rustix::process::geteuid().as_raw();
    fine.then_some(file).ok_or_else(|| io::Error::from(io::ErrorKind::PermissionDenied))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_process_knows_when_this_one_was_there_last() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.alive");
        let alive = Alive(Some(path.clone()));
        assert_eq!(alive.last(), None, "the first start");
        alive.touch();
        let ago = Timestamp::now().duration_since(alive.last().unwrap());
        assert!(ago.as_secs() < 5, "{ago}");
        let file = File::options().write(true).open(&path).unwrap();
        file.set_modified(SystemTime::now() + Duration::from_secs(60)).unwrap();
        assert_eq!(alive.last(), None, "nobody was there in the future");
        Alive(None).touch();
        assert_eq!(Alive(None).last(), None);
    }

    #[test]
    fn a_link_to_something_else_is_nobodys_word() {
        let folder = tempfile::tempdir().unwrap();
        let (path, other) = (folder.path().join("a.alive"), folder.path().join("other"));
        std::fs::write(&other, "").unwrap();
        std::os::unix::fs::symlink(&other, &path).unwrap();
        assert_eq!(Alive(Some(path)).last(), None);
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
