//! Who may write the database: one process at a time, by a lock beside it. For whoever opens or looks at one; it knows no table.

use super::StoreError;
use super::files::{FileId, beside, folder_of};
use crate::private_files;
use std::fs::{File, TryLockError};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::sync::Arc;

/// Who has the lock on this file beside the database writes it. The lock goes with its process, however
/// that ends; the file stays.
pub(super) const LOCK: &str = ".lock";

/// The right to write a database, for as long as any copy of it lives.
#[derive(Debug, Clone)]
pub(super) struct WriterClaim {
    file: Arc<File>,
}

impl WriterClaim {
    /// Whether it is the lock that stands beside the database now: a medium that was changed has another, or none.
    pub(super) fn is_of(&self, path: &Path) -> bool {
        let ours = self.file.metadata();
        let ours = ours.ok().map(|meta| FileId { device: meta.dev(), inode: meta.ino() });
        ours.is_some() && ours == FileId::of(&beside(path, LOCK))
    }
}

/// Takes the lock; none while another process has it.
pub(super) fn claim(path: &Path) -> Result<Option<WriterClaim>, StoreError> {
    let lock = beside(path, LOCK);
    let failed = |error| StoreError::Lock { path: lock.clone(), error };
    let there = lock.exists();
    let mut options = File::options();
    let options = options.read(true).write(true).create(true).truncate(false);
    let file = match private_files::open(options, &lock) {
        // Another user's, or on a medium that takes nothing; a lock needs no more than reading.
        Err(error)
            if matches!(
                error.kind(),
                std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem
            ) =>
        {
            File::open(&lock)
        }
        opened => opened,
    };
    let file = file.map_err(failed)?;
    if !there {
        private_files::give_to_owner_of(folder_of(path), &lock).map_err(failed)?;
    }
    match file.try_lock() {
        Ok(()) => Ok(Some(WriterClaim { file: Arc::new(file) })),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(failed(error)),
    }
}
