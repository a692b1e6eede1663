//! What an error says of the database as a whole: its contents are damaged, or its medium takes nothing. Whoever writes
//! goes on accordingly; any other error is the affair of what was being written.

use super::StoreError;
use rusqlite::{ErrorCode, ffi};

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
    /// Whether one row is not what we once wrote: with each try it is the same.
    pub fn is_of_a_row(&self) -> bool {
        matches!(self, Self::Value { .. })
    }

    /// What it says of the whole database; none where only what was being written is at fault.
    pub fn fault(&self) -> Option<StoreFault> {
        let kind = match self {
            Self::Sqlite(error) => kind_of(error)?,
            Self::Deleted { .. } => FaultKind::Damaged,
            Self::Lock { .. } | Self::Log { .. } | Self::Move { .. } | Self::Gone { .. } => {
                FaultKind::Medium
            }
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

/// What a check that does not answer "ok" says: the file is damaged, unless its medium did not give a page of it.
pub(super) fn of_check(answer: String) -> rusqlite::Error {
    let codes = answer.split("error code=").skip(1);
    let of_medium = codes.map(|code| code.split(|sign: char| !sign.is_ascii_digit()).next());
    let is_medium = |code: i32| code & 0xff == ffi::SQLITE_IOERR;
    let mut of_medium = of_medium.flatten().flat_map(str::parse::<i32>).map(is_medium);
    let code = if of_medium.any(|is| is) { ffi::SQLITE_IOERR_READ } else { ffi::SQLITE_CORRUPT };
    rusqlite::Error::SqliteFailure(ffi::Error::new(code), Some(answer))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_that_the_medium_does_not_give_is_told_from_one_that_is_damaged() {
        let kind = |answer: &str| kind_of(&of_check(answer.to_owned()));
        let read = "Tree 5 page 17: unable to get the page. error code=266";
        assert_eq!(kind(read), Some(FaultKind::Medium));
        let damaged = "Tree 5 page 17: btreeInitPage() returns error code 11";
        assert_eq!(kind(damaged), Some(FaultKind::Damaged));
        let short = "Tree 5 page 17: unable to get the page. error code=11";
        assert_eq!(kind(short), Some(FaultKind::Damaged));
    }

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
