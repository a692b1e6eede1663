//! What signs in the neighbourhood shall show (9001), one row a lot.

use super::{StoreError, Transaction};

impl Transaction<'_> {
    /// Keeps what was pushed about a lot in place of what was before.
    pub fn set_guidance(&self, park_code: &str, body: &str) -> Result<(), StoreError> {
        let sql = "INSERT INTO guidance (park_code, body) VALUES (?1, ?2)
                   ON CONFLICT (park_code) DO UPDATE SET body = ?2";
        self.execute(sql, (park_code, body))?;
        Ok(())
    }

    /// Everything kept: lot and body.
    pub fn guidance(&self) -> Result<Vec<(String, String)>, StoreError> {
        self.scan("SELECT park_code, body FROM guidance ORDER BY park_code", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
    }
}
