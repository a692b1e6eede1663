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
    /// Whether that was the form last acknowledged.
    pub fn is_acknowledged_form(
        &self,
        code: u16,
        key: &str,
        form: &str,
    ) -> Result<bool, StoreError> {
        let sql = "SELECT 1 FROM base_data WHERE code = ?1 AND key = ?2 AND form = ?3";
        Ok(self.row(sql, (code, key, form), |_| Ok(()))?.is_some())
    }

    /// Of everything the platform knows what is wanted, by its interface and key.
    pub fn known_base_data(
        &self,
        wanted: impl Fn(u16, &str) -> bool,
    ) -> Result<Vec<KnownBaseData>, StoreError> {
        let sql = "SELECT code, key, body FROM base_data ORDER BY code DESC, key";
        self.some_base_data(sql, [], wanted)
    }

    /// There may be many thousands: only those wanted are ever held.
    pub(super) fn some_base_data(
        &self,
        sql: &str,
        params: impl rusqlite::Params,
        wanted: impl Fn(u16, &str) -> bool,
    ) -> Result<Vec<KnownBaseData>, StoreError> {
        let some = self.scan(sql, params, |row| {
            let (code, key) = (row.get(0)?, row.get_ref(1)?.as_str()?);
            if !wanted(code, key) {
                return Ok(None);
            }
            Ok(Some(KnownBaseData { code, key: key.to_owned(), body: row.get(2)? }))
        })?;
        Ok(some.into_iter().flatten().collect())
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
