//! Stays whose images are yet to come: a read is decided before its pictures are on the disk. By the read's message, of
//! which a digest is kept.

use super::seen::digested;
use super::{StoreError, Transaction};
use crate::standard::id::Id;

impl Transaction<'_> {
    /// Notes that the images of a message are of a stay's exit (`leaves`), or its entry.
    pub fn await_images(
        &self,
        message: &str,
        record_id: &Id,
        leaves: bool,
    ) -> Result<(), StoreError> {
        let sql = "INSERT OR REPLACE INTO awaited_images (message, record_id, leaves)
                   VALUES (?1, ?2, ?3)";
        self.execute(sql, (digested(message), record_id, leaves))?;
        Ok(())
    }

    /// Which stay's exit (true) or entry the images of a message are of; they are not awaited any more.
    pub fn take_awaited_images(&self, message: &str) -> Result<Option<(Id, bool)>, StoreError> {
        let sql = "DELETE FROM awaited_images WHERE message = ?1 RETURNING record_id, leaves";
        self.row(sql, [digested(message)], |row| Ok((row.get(0)?, row.get(1)?)))
    }
}
