//! Which devices were online when last we knew.

use super::{StoreError, Transaction};

impl Transaction<'_> {
    /// Notes a device's state; false when it was known already.
    pub fn set_device_online(&self, id: &str, online: bool) -> Result<bool, StoreError> {
        let sql = "INSERT INTO device (id, online) VALUES (?1, ?2)
                   ON CONFLICT (id) DO UPDATE SET online = ?2 WHERE online <> ?2";
        Ok(self.execute(sql, (id, online))? == 1)
    }
}
