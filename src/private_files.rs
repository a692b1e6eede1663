//! Files and folders that hold plates and pictures are their owner's alone, whatever umask the process was given. For
//! whoever writes such files; it knows nothing of what stands in them.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{
    DirBuilderExt as _, FileTypeExt as _, MetadataExt as _, OpenOptionsExt as _,
    PermissionsExt as _, chown,
};
use std::path::Path;

/// A file that only its owner may read.
const FILE: u32 = 0o600;
/// A folder that only its owner may enter.
const FOLDER: u32 = 0o700;
/// A file that its group may read, too.
const FOR_GROUP: u32 = 0o640;
/// That the owner may enter a folder.
const ENTER: u32 = 0o100;
/// Whatever others may do.
const OTHERS: u32 = 0o077;
/// A folder's group may go through it to what it knows the name of, and list nothing.
const GROUP_THROUGH: u32 = 0o010;
/// A socket that its owner and its group may call.
const SOCKET: u32 = 0o660;
/// Everybody may put files there, and only their own owners take them away.
const STICKY: u32 = 0o1000;

/// Opens such a file, or makes it. It is its owner's, who may read and write it whatever umask the process was given.
pub fn open(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    let file = options.mode(FILE).open(path)?;
    let meta = file.metadata()?;
    if meta.is_file() && is_ours(&meta) && meta.mode() & 0o777 != FILE {
        file.set_permissions(Permissions::from_mode(FILE))?;
    }
    Ok(file)
}

/// Writes a file.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    open(File::options().write(true).create(true).truncate(true), path)?.write_all(bytes)
}

/// Opens a file that a group may read to write it anew; one that is there keeps its rights.
pub fn open_for_group(path: &Path) -> io::Result<File> {
    let there = path.exists();
    let mut options = File::options();
    let file = options.write(true).create(true).truncate(true).mode(FOR_GROUP).open(path)?;
    if !there {
        file.set_permissions(Permissions::from_mode(FOR_GROUP))?;
    }
    Ok(file)
}

/// Makes a folder, and those above it, where it is not there. One that nobody can enter was made under a umask that took the
/// right to.
pub fn make_folder(path: &Path) -> io::Result<()> {
    let path = or_here(path);
    let Ok(meta) = fs::metadata(path) else { return make_folders(path) };
    if meta.is_dir() && is_ours(&meta) && meta.mode() & ENTER == 0 {
        fs::set_permissions(path, Permissions::from_mode(meta.mode() & 0o7777 | FOLDER))?;
    }
    if meta.is_dir() { Ok(()) } else { make_folders(path) }
}

fn make_folders(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        make_folders(parent)?;
    }
    match DirBuilder::new().mode(FOLDER).create(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
        made => made.and_then(|()| fs::set_permissions(path, Permissions::from_mode(FOLDER))),
    }
}

/// Takes from others what they may do with a file, where it is there and ours.
pub fn tighten(path: &Path) -> io::Result<()> {
    match fs::metadata(path) {
        Ok(meta) => take(path, &meta, OTHERS),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

/// The same of a folder, unless it is one for all: of another owner, or with somebody else's files in it. The group of one with
/// a socket in it may still go through.
pub fn tighten_folder(path: &Path) -> io::Result<()> {
    let path = or_here(path);
    let meta = fs::metadata(path)?;
    match holds(path, &meta)? {
        Holds::Others => Ok(()),
        Holds::Socket => take(path, &meta, OTHERS & !GROUP_THROUGH),
        Holds::OursAlone => take(path, &meta, OTHERS),
    }
}

/// Gives a socket to its owner and a group (the owner's own when absent), and lets that go through its folder, where that is
/// not one for all.
pub fn share_socket(socket: &Path, group: Option<u32>) -> io::Result<()> {
    let folder = or_here(socket.parent().unwrap_or(Path::new("")));
    let meta = fs::metadata(folder)?;
    if group.is_some() {
        // A process that is not of that group cannot give it anything; the owner's own group has it then.
        let _ = chown(socket, None, group);
    }
    fs::set_permissions(socket, Permissions::from_mode(SOCKET))?;
    if matches!(holds(folder, &meta)?, Holds::Others) {
        return Ok(());
    }
    if group.is_some() {
        let _ = chown(folder, None, group);
    }
    let mode = meta.mode() & !OTHERS & 0o7777;
    fs::set_permissions(folder, Permissions::from_mode(mode | GROUP_THROUGH))
}

/// What a folder holds, as far as who may enter it depends on that.
enum Holds {
    /// It is one for all.
    Others,
    Socket,
    OursAlone,
}

fn holds(folder: &Path, meta: &fs::Metadata) -> io::Result<Holds> {
    if !is_ours(meta) || meta.mode() & STICKY != 0 || folder.parent().is_none() {
        return Ok(Holds::Others);
    }
    let mut holds = Holds::OursAlone;
    for entry in fs::read_dir(folder)? {
        let Ok(entry) = entry?.metadata() else { continue };
        if entry.uid() != meta.uid() {
            return Ok(Holds::Others);
        }
        if entry.file_type().is_socket() {
            holds = Holds::Socket;
        }
    }
    Ok(holds)
}

fn take(path: &Path, meta: &fs::Metadata, rights: u32) -> io::Result<()> {
    if meta.mode() & rights == 0 || !is_ours(meta) {
        return Ok(());
    }
    fs::set_permissions(path, Permissions::from_mode(meta.mode() & !rights & 0o7777))
}

fn or_here(path: &Path) -> &Path {
    if path.as_os_str().is_empty() { Path::new(".") } else { path }
}

/// Gives a file to whom another belongs: what root makes for the service is the service's.
pub fn give_to_owner_of(other: &Path, path: &Path) -> io::Result<()> {
    let other = or_here(other);
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

    /// Set for a process that was given a umask: where it makes what.
    const MADE_IN: &str = "LOTGATE_TEST_MADE_IN";

    #[test]
    fn what_is_made_can_be_used_whatever_umask_the_process_was_given() {
        if let Some(folder) = std::env::var_os(MADE_IN) {
            let folder = Path::new(&folder);
            make_folder(&folder.join("a/b")).unwrap();
            write(&folder.join("a/b/x"), b"plates").unwrap();
            drop(open_for_group(&folder.join("c")).unwrap());
            return;
        }
        for umask in ["0177", "0277", "0777", "0000"] {
            let folder = tempfile::tempdir().unwrap();
            let made = std::process::Command::new("sh")
                .args(["-c", &format!("umask {umask}; exec \"$0\" \"$@\"")])
                .arg(std::env::current_exe().unwrap())
                .arg("what_is_made_can_be_used_whatever_umask_the_process_was_given")
                .env(MADE_IN, folder.path())
                .output()
                .unwrap();
            assert!(made.status.success(), "{umask}: {made:?}");
            let of = |name: &str| mode(&folder.path().join(name));
            let modes = ["a", "a/b", "a/b/x", "c"].map(of);
            assert_eq!(modes, [0o700, 0o700, 0o600, 0o640], "{umask}");
        }
    }

    #[test]
    fn a_folder_of_ours_that_nobody_can_enter_is_opened_to_its_owner() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("images");
        make_folder(&inner).unwrap();
        fs::set_permissions(&inner, Permissions::from_mode(0o600)).unwrap();
        make_folder(&inner).unwrap();
        assert_eq!(mode(&inner), 0o700);
    }

    #[test]
    fn the_group_goes_through_a_folder_while_a_socket_is_in_it_and_sees_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("a");
        make_folder(&inner).unwrap();
        let socket = inner.join("s");
        let listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        share_socket(&socket, None).unwrap();
        assert_eq!((mode(&inner), mode(&socket)), (0o710, 0o660));
        for open in [0o755, 0o710, 0o700] {
            fs::set_permissions(&inner, Permissions::from_mode(open)).unwrap();
            tighten_folder(&inner).unwrap();
            assert_eq!(mode(&inner), open & 0o710, "{open:o}");
        }
        drop(listener);
        fs::remove_file(&socket).unwrap();
        fs::set_permissions(&inner, Permissions::from_mode(0o710)).unwrap();
        tighten_folder(&inner).unwrap();
        assert_eq!(mode(&inner), 0o700);
    }

    #[test]
    fn a_folder_for_all_stays_one() {
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), Permissions::from_mode(0o1777)).unwrap();
        tighten_folder(folder.path()).unwrap();
        assert_eq!(mode(folder.path()), 0o777);
    }
}
