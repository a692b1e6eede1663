//! Which form of each piece of base data (3001–3005, 8001) the platform last acknowledged.

use super::{StoreError, Transaction};

/// A piece of base data the platform knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownBaseData {
    /// Its interface.
    pub code: u16,
    /// What the platform names it by.
    pub key: String,
    /// The element acknowledged last.
    pub body: String,
}

impl Transaction<'_> {
    /// The form last acknowledged.
    pub fn acknowledged_form(&self, code: u16, key: &str) -> Result<Option<String>, StoreError> {
        let sql = "SELECT form FROM base_data WHERE code = ?1 AND key = ?2";
        self.row(sql, (code, key), |row| row.get(0))
    }

    /// Everything the platform knows.
    pub fn known_base_data(&self) -> Result<Vec<KnownBaseData>, StoreError> {
        self.rows("SELECT code, key, body FROM base_data ORDER BY code DESC, key", [], |row| {
            Ok(KnownBaseData { code: row.get(0)?, key: row.get(1)?, body: row.get(2)? })
        })
    }

    /// Notes an acknowledgement.
    pub fn set_acknowledged_form(
        &self,
        code: u16,
        key: &str,
        form: &str,
        body: &str,
    ) -> Result<(), StoreError> {
        let sql = "INSERT INTO base_data (code, key, form, body) VALUES (?1, ?2, ?3, ?4)
                   ON CONFLICT (code, key) DO UPDATE SET form = ?3, body = ?4";
        self.execute(sql, (code, key, form, body))?;
        Ok(())
    }

    /// The platform no longer knows a piece.
    pub fn forget_base_data(&self, code: u16, key: &str) -> Result<(), StoreError> {
        self.execute("DELETE FROM base_data WHERE code = ?1 AND key = ?2", (code, key))?;
        Ok(())
    }

    /// The platform knows nothing of this interface after all.
    pub fn forget_base_data_of(&self, code: u16) -> Result<(), StoreError> {
        self.execute("DELETE FROM base_data WHERE code = ?1", [code])?;
        Ok(())
    }
}
