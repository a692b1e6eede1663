//! Device messages already taken, so that a redelivered one does nothing twice. Their names hold plates: what is kept is
//! whose message it was, and a digest of the rest.

use super::{StoreError, Transaction};
use crate::standard::id::Id;
use crate::standard::sign::hex;
use jiff::Timestamp;
use sha1::{Digest as _, Sha1};

/// Messages taken before a moment, the oldest first.
pub(super) const PRUNE: &str = "DELETE FROM seen WHERE message IN (SELECT message FROM seen
    WHERE at < ?1 ORDER BY at LIMIT ?2)";

/// What is kept of a message's name: what stands before the first colon, and a digest.
fn digested(message: &str) -> String {
    let whose = message.split_once(':').map_or("", |(whose, _)| whose);
    format!("{whose}:{}", hex(&Sha1::digest(message)))
}

impl Transaction<'_> {
    /// Notes the message; false when it had been noted before.
    pub fn first_sight(&self, message: &str, now: Timestamp) -> Result<bool, StoreError> {
        // A program before this one noted them as they are named.
        let sql = "INSERT OR IGNORE INTO seen (message, at)
                   SELECT ?1, ?2 WHERE NOT EXISTS (SELECT 1 FROM seen WHERE message = ?3)";
        Ok(self.execute(sql, (digested(message), now.as_millisecond(), message))? == 1)
    }

    /// How many messages of a device were taken after a moment and up to another, and when the last of them was.
    pub fn messages_of(
        &self,
        device: &Id,
        after: Timestamp,
        to: Timestamp,
    ) -> Result<(u64, Option<Timestamp>), StoreError> {
        // Their names begin with the device's id and a colon; a semicolon is what comes next.
        let sql = "SELECT COUNT(*), MAX(at) FROM seen
                   WHERE message >= ?1 || ':' AND message < ?1 || ';' AND at > ?2 AND at <= ?3";
        let of = (device.as_str(), after.as_millisecond(), to.as_millisecond());
        let found = self.row(sql, of, |row| {
            let last: Option<i64> = row.get(1)?;
            Ok((row.get::<_, i64>(0)?, last.map(super::millis)))
        })?;
        let (count, last) = found.unwrap_or_default();
        Ok((u64::try_from(count).unwrap_or_default(), last))
    }
}
