//! Which form of each piece of base data (3001–3005, 8001) the platform last acknowledged.

use super::{StoreError, Transaction};

impl Transaction<'_> {
    /// The form last acknowledged.
    pub fn acknowledged_form(&self, code: u16, key: &str) -> Result<Option<String>, StoreError> {
        let sql = "SELECT form FROM base_data WHERE code = ?1 AND key = ?2";
        self.row(sql, (code, key), |row| row.get(0))
    }

    /// Notes an acknowledgement.
    pub fn set_acknowledged_form(
        &self,
        code: u16,
        key: &str,
        form: &str,
    ) -> Result<(), StoreError> {
        let sql = "INSERT INTO base_data (code, key, form) VALUES (?1, ?2, ?3)
                   ON CONFLICT (code, key) DO UPDATE SET form = ?3";
        self.execute(sql, (code, key, form))?;
        Ok(())
    }
}
