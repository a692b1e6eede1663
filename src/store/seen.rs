//! Device messages already taken, so that a redelivered one does nothing twice. Their names end with a plate behind the last
//! colon: of that a digest is kept.

use super::{StoreError, Transaction};
use crate::standard::id::Id;
use crate::standard::sign::hex;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use jiff::Timestamp;
use sha1::{Digest as _, Sha1};

/// Bytes of a digest: what stands before it tells most messages apart already.
const DIGEST: usize = 8;

/// Messages taken before a moment, the oldest first.
pub(super) const PRUNE: &str = "DELETE FROM seen WHERE message IN (SELECT message FROM seen
    WHERE at < ?1 ORDER BY at LIMIT ?2)";

/// What is kept of a message's name: a digest of all of it in the place of its last part.
pub(super) fn digested(message: &str) -> String {
    let digest = hex(Sha1::digest(message).get(..DIGEST).unwrap_or_default());
    match message.rsplit_once(':') {
        Some((before, _)) => format!("{before}:{digest}"),
        None => digest,
    }
}

impl Transaction<'_> {
    /// Programs before this one kept messages by their whole names. Of those behind a name, so many at most, the ones that
    /// tell a plate do so no more; returns the last name.
    pub fn forget_in_messages(
        &self,
        plate_no: &str,
        after: &str,
        limit: u32,
    ) -> Result<Option<String>, StoreError> {
        let sql = "SELECT message FROM seen WHERE message > ?1 ORDER BY message LIMIT ?2";
        let messages = self.rows(sql, (after, limit), |row| row.get::<_, String>(0))?;
        // Cameras name it in base64, too.
        let in_base64 = STANDARD.encode(plate_no);
        let texts = [plate_no, in_base64.trim_end_matches('=')];
        for message in messages.iter().filter(|one| texts.iter().any(|text| one.contains(text))) {
            let sql = "UPDATE OR REPLACE seen SET message = ?2 WHERE message = ?1";
            self.execute(sql, (message, digested(message)))?;
        }
        Ok(messages.into_iter().next_back())
    }

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
