//! Whether the database itself is well, for whoever examines a box.

use super::opening::MIGRATIONS;
use super::{Reader, StoreError, broken_log};
use std::path::Path;

/// What an examination found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    /// SQLite's own words about what is wrong; empty when nothing is.
    pub faults: Vec<String>,
    /// The schema's version.
    pub version: usize,
    /// The version this program makes of it at the next start.
    pub newest: usize,
}

/// Faults told at most; one is enough to act.
const FAULTS: u32 = 5;

impl Reader {
    /// Reads every page, index and reference. Takes as long as the disk takes to read the file.
    pub fn examine(&mut self) -> Result<Health, StoreError> {
        let fault = self.fault.clone();
        let tx = self.snapshot()?;
        let sql = format!("PRAGMA integrity_check({FAULTS})");
        let mut faults: Vec<String> = tx.rows(&sql, [], |row| row.get(0))?;
        faults.retain(|fault| fault != "ok");
        faults.extend(fault);
        let dangling = tx.rows("PRAGMA foreign_key_check", [], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, String>(2)?))
        })?;
        if let Some((table, parent)) = dangling.first() {
            faults.push(format!("{} rows of {table} without their {parent}", dangling.len()));
        }
        let version = tx.row("PRAGMA user_version", [], |row| row.get::<_, i64>(0))?;
        let version = usize::try_from(version.unwrap_or_default()).unwrap_or_default();
        Ok(Health { faults, version, newest: MIGRATIONS.len() })
    }

    /// Writes a copy of the whole database, as it stands now, into a new file. The gateway may go on
    /// meanwhile.
    pub(super) fn copy_to(&self, file: &Path) -> Result<(), StoreError> {
        if let Some(fault) = &self.fault {
            return Err(broken_log::error(fault.clone()));
        }
        self.read(|connection| connection.execute("VACUUM INTO ?1", [file.to_string_lossy()]))?;
        Ok(())
    }
}
