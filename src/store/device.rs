//! What we last knew of each device: online or not, and whether its clock is right.

use super::{StoreError, Transaction, millis};
use crate::standard::id::Id;
use jiff::Timestamp;
use std::collections::BTreeSet;

impl Transaction<'_> {
    /// Notes a device's state; false when it was known already.
    pub fn set_device_online(
        &self,
        id: &str,
        online: bool,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let sql = "INSERT INTO device (id, online, since) VALUES (?1, ?2, ?3)
                   ON CONFLICT (id) DO UPDATE SET online = ?2, since = ?3 WHERE online IS NOT ?2";
        Ok(self.execute_of(Some(id), sql, (id, online, now.as_millisecond()))? == 1)
    }

    /// Since when a device is online or offline; none while that is not known.
    pub fn device_since(&self, id: &str) -> Result<Option<Timestamp>, StoreError> {
        let sql = "SELECT since FROM device WHERE id = ?1 AND online IS NOT NULL";
        Ok(self.row(sql, [id], |row| row.get::<_, Option<i64>>(0))?.flatten().map(millis))
    }

    /// Whether a device was heard; none while it is not known.
    pub fn device_online(&self, id: &str) -> Result<Option<bool>, StoreError> {
        let sql = "SELECT online FROM device WHERE id = ?1";
        let ask = || Ok(self.row(sql, [id], |row| row.get(0))?.flatten());
        self.kept.online.or(id, ask)
    }

    /// Devices that are known not to be heard.
    pub fn devices_offline(&self) -> Result<BTreeSet<Id>, StoreError> {
        let sql = "SELECT id FROM device WHERE online = 0";
        Ok(self.rows(sql, [], |row| row.get(0))?.into_iter().collect())
    }

    /// Notes whether a device's clock agrees with ours; false when that was known already.
    pub fn set_device_clock(&self, id: &str, right: bool) -> Result<bool, StoreError> {
        let sql = "INSERT INTO device (id, clock_right) VALUES (?1, ?2)
                   ON CONFLICT (id) DO UPDATE SET clock_right = ?2 WHERE clock_right <> ?2";
        Ok(self.execute_of(Some(id), sql, (id, right))? == 1)
    }

    /// Whether a device's clock agreed with ours when last heard.
    pub fn device_clock_right(&self, id: &str) -> Result<bool, StoreError> {
        let sql = "SELECT clock_right FROM device WHERE id = ?1";
        Ok(self.row(sql, [id], |row| row.get(0))?.unwrap_or(false))
    }
}
