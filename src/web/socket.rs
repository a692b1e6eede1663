//! The socket beside the database: the same API for whoever may open it, without a token, for the command line first of all.
//! It is made anew where it was taken away; one at which another process listens is left to that. It knows no endpoint.

use super::service::Service;
use super::{LotView, serve};
use crate::engine::EngineHandle;
use crate::https::{Doorkeeper, HttpBounds, HttpLimits, HttpListener};
use crate::machine_users;
use crate::model::happening::Happening;
use crate::private_files;
use crate::store::Reader;
use crate::teller::Teller;
use std::fs;
use std::io;
use std::net::IpAddr;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

/// Whoever is in this group may call it, where the machine has the group.
const GROUP: &str = "lotgate";
/// So often it is looked whether it is there yet, and tried to make it where it is not.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// The server at the socket.
pub struct SocketServer {
    path: PathBuf,
    service: Service,
}

impl SocketServer {
    /// It takes nothing yet. Its places and its room for bodies are its own: no crowd on the network takes them.
    pub fn new(
        path: PathBuf,
        engine: EngineHandle,
        reader: Reader,
        lot: watch::Receiver<LotView>,
        teller: Teller,
    ) -> Self {
        let http = HttpBounds::new(HttpLimits::of_socket());
        Self { path, service: Service::new(engine, reader, lot, teller, http) }
    }

    /// Serves until told to stop. A socket that cannot be made is told of once and tried again: it stops no lot.
    pub async fn run(self, stop: CancellationToken) {
        let mut told = false;
        while !stop.is_cancelled() {
            match claim(&self.path).await {
                Ok(listener) => {
                    told = false;
                    self.serve(listener, &stop).await;
                }
                Err(error) => {
                    if !told {
                        let (path, error) = (self.path.display().to_string(), error.to_string());
                        self.service.teller.tell(Happening::SocketShut { path, error });
                    }
                    told = true;
                    let _ = timeout(LOOK_EVERY, stop.cancelled()).await;
                }
            }
        }
    }

    /// Until told to stop, or nobody can find it any more.
    async fn serve(&self, listener: UnixListener, stop: &CancellationToken) {
        let Some(ours) = identity(&self.path) else { return };
        let until = stop.child_token();
        let looking = async {
            while identity(&self.path) == Some(ours) {
                if timeout(LOOK_EVERY, until.cancelled()).await.is_ok() {
                    return;
                }
            }
            until.cancel();
        };
        let listener = HttpListener::Unix(listener);
        let serving = serve(self.service.clone(), listener, KnownByRights, until.clone());
        tokio::join!(serving, looking);
        if identity(&self.path) == Some(ours) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Who comes here could open it.
struct KnownByRights;

impl Doorkeeper for KnownByRights {
    fn admits(&self, _address: IpAddr) -> bool {
        true
    }

    fn crowded(&self, _address: IpAddr, _times: u64) {}
}

/// Makes the socket, for its owner and its group.
async fn claim(path: &Path) -> io::Result<UnixListener> {
    let listener = match UnixListener::bind(path) {
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
            clear_away(path).await?;
            UnixListener::bind(path)?
        }
        bound => bound?,
    };
    private_files::give_to_owner_of(path.parent().unwrap_or(Path::new("")), path)?;
    private_files::share_socket(path, machine_users::group(GROUP))?;
    Ok(listener)
}

/// Takes away what a process that was killed has left; a socket at which one listens, and what is no socket, stays.
async fn clear_away(path: &Path) -> io::Result<()> {
    let in_use = || io::Error::from(io::ErrorKind::AddrInUse);
    if !fs::symlink_metadata(path)?.file_type().is_socket() {
        return Err(in_use());
    }
    match UnixStream::connect(path).await {
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => fs::remove_file(path),
        Ok(_) | Err(_) => Err(in_use()),
    }
}

/// Which file stands there.
fn identity(path: &Path) -> Option<(u64, u64)> {
    fs::symlink_metadata(path).ok().map(|meta| (meta.dev(), meta.ino()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_a_killed_process_left_is_replaced_and_a_live_ones_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lotgate.db.sock");
        let first = claim(&path).await.unwrap();
        let ours = identity(&path);
        let error = claim(&path).await.unwrap_err();
        assert_eq!((error.kind(), identity(&path)), (io::ErrorKind::AddrInUse, ours));
        // Nothing takes the file away where a process is killed.
        drop(first);
        assert!(path.exists());
        let second = claim(&path).await.unwrap();
        UnixStream::connect(&path).await.unwrap();
        drop(second);
    }

    #[tokio::test]
    async fn a_file_that_is_no_socket_is_nobodys_to_take_away() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lotgate.db.sock");
        fs::write(&path, "notes").unwrap();
        assert!(claim(&path).await.is_err());
        assert_eq!(fs::read_to_string(&path).unwrap(), "notes");
    }
}
