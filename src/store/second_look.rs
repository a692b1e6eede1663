//! A database that seemed damaged is looked at whole before it is put together anew: a medium that answers now and then
//! makes a sound one seem damaged.

use super::fault::of_check;
use super::{FaultKind, Reader, StoreError, StoreFault, broken_log, progress, shared_memory};
use rusqlite::Connection;
use std::path::Path;
use std::time::Duration;

/// Damage is found so many times before it is believed...
const LOOKS: usize = 3;
/// ... with so long between.
const BETWEEN: Duration = Duration::from_millis(300);

/// Looks at all of it, with its indexes; an error of the kind damage is sure, any other may be the medium's.
pub fn look_again(database: &Path) -> Result<(), StoreFault> {
    let mut looked = look_once(database);
    for _ in 1..LOOKS {
        if looked.as_ref().is_err_and(|fault| fault.kind == FaultKind::Damaged) {
            std::thread::sleep(BETWEEN);
            looked = look_once(database);
        }
    }
    looked
}

fn look_once(database: &Path) -> Result<(), StoreFault> {
    let medium = |words: String| StoreFault { kind: FaultKind::Medium, words };
    if !database.try_exists().map_err(|error| medium(error.to_string()))? {
        let words = StoreError::Deleted { path: database.to_owned() }.to_string();
        return Err(StoreFault { kind: FaultKind::Damaged, words });
    }
    // Nobody else has it open now: whoever does makes the index of its log anew.
    let looked = shared_memory::refuse_without_room(database)
        .and_then(|()| broken_log::refuse(database))
        .and_then(|()| Reader::of(database).read(|connection| check(connection, database)));
    looked.map_err(|error| error.fault().unwrap_or_else(|| medium(error.to_string())))
}

fn check(connection: &Connection, database: &Path) -> rusqlite::Result<()> {
    let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if version < 1 {
        // A file that was emptied is a sound database of nothing.
        return Err(of_check("nothing of ours is in it".to_owned()));
    }
    let sql = "PRAGMA integrity_check(1)";
    match connection.query_row(sql, [], |row| row.get::<_, String>(0))? {
        answer if answer == "ok" => progress::refuse_older(connection, database),
        answer => Err(of_check(answer)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;
    use jiff::Timestamp;

    #[test]
    fn what_is_sound_is_told_from_what_is_damaged_emptied_or_gone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lotgate.db");
        let kind = || look_again(&path).map_err(|fault| fault.kind);
        assert_eq!(kind(), Err(FaultKind::Damaged), "it is gone");
        assert!(!path.exists(), "a look makes none");
        drop(Store::open(&path, Timestamp::UNIX_EPOCH).unwrap());
        assert_eq!(kind(), Ok(()));
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[8192..].fill(0x5a);
        std::fs::write(&path, &bytes).unwrap();
        assert_eq!(kind(), Err(FaultKind::Damaged));
        std::fs::write(&path, b"").unwrap();
        assert_eq!(kind(), Err(FaultKind::Damaged), "it is empty");
        std::fs::remove_file(&path).unwrap();
        std::fs::create_dir(&path).unwrap();
        assert_eq!(kind(), Err(FaultKind::Medium), "it cannot be opened");
    }
}
