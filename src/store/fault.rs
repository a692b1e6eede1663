//! What an error says of the database as a whole: its contents are damaged, or its medium takes nothing. Whoever writes
//! goes on accordingly; any other error is the affair of what was being written.

use super::StoreError;
use rusqlite::ErrorCode;

/// Why the database as a whole cannot be worked with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreFault {
    /// What kind.
    pub kind: FaultKind,
    /// SQLite's own words.
    pub words: String,
}

/// Kinds of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// What stands in the file is not what was written.
    Damaged,
    /// No room is left.
    Full,
    /// Something is left to be written down from before.
    Left,
    /// The medium is gone, read-only or broken, or somebody else holds the file.
    Medium,
}

impl StoreError {
    /// What it says of the whole database; none where only what was being written is at fault.
    pub fn fault(&self) -> Option<StoreFault> {
        let kind = match self {
            Self::Sqlite(error) => kind_of(error)?,
            Self::Deleted { .. } => FaultKind::Damaged,
            Self::Lock { .. } | Self::MoveAside { .. } | Self::Gone { .. } => FaultKind::Medium,
            Self::Value { .. } | Self::TooNew { .. } | Self::InUse { .. } => return None,
        };
        Some(StoreFault { kind, words: self.to_string() })
    }
}

fn kind_of(error: &rusqlite::Error) -> Option<FaultKind> {
    match error.sqlite_error_code()? {
        ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => Some(FaultKind::Damaged),
        ErrorCode::DiskFull => Some(FaultKind::Full),
        ErrorCode::SystemIoFailure
        | ErrorCode::ReadOnly
        | ErrorCode::CannotOpen
        | ErrorCode::PermissionDenied
        | ErrorCode::FileLockingProtocolFailed
        | ErrorCode::DatabaseBusy
        | ErrorCode::DatabaseLocked => Some(FaultKind::Medium),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rusqlite::ffi;

    #[test]
    fn what_is_wrong_with_the_whole_database_is_told_from_what_is_wrong_with_an_input() {
        let of = |code| {
            let error = ffi::Error::new(code);
            StoreError::Sqlite(rusqlite::Error::SqliteFailure(error, None)).fault()
        };
        let kind = |code| of(code).map(|fault| fault.kind);
        assert_eq!(kind(ffi::SQLITE_CORRUPT_INDEX), Some(FaultKind::Damaged));
        assert_eq!(kind(ffi::SQLITE_NOTADB), Some(FaultKind::Damaged));
        assert_eq!(kind(ffi::SQLITE_FULL), Some(FaultKind::Full));
        for code in [ffi::SQLITE_IOERR_FSYNC, ffi::SQLITE_READONLY, ffi::SQLITE_CANTOPEN] {
            assert_eq!(kind(code), Some(FaultKind::Medium));
        }
        assert_eq!(kind(ffi::SQLITE_BUSY), Some(FaultKind::Medium));
        assert_eq!(kind(ffi::SQLITE_CONSTRAINT), None);
    }
}
