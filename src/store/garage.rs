//! What was last known of each mechanical garage, and when all of them were reported.

use super::{StoreError, Transaction, column, millis};
use crate::model::event::{GarageCondition, GarageSpaces};
use crate::standard::codes::EventLevel;
use jiff::Timestamp;

const COLUMNS: &str = "garage_code, state, comment, total_large, total_small, available_large,
                       available_small";

impl Transaction<'_> {
    /// How a garage stood last.
    pub fn garage(&self, garage_code: &str) -> Result<Option<GarageCondition>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM garage WHERE garage_code = ?1");
        self.row(&sql, [garage_code], garage)
    }

    /// How all garages stood last.
    pub fn garages(&self) -> Result<Vec<GarageCondition>, StoreError> {
        self.scan(&format!("SELECT {COLUMNS} FROM garage ORDER BY garage_code"), [], garage)
    }

    /// Writes down how a garage stands.
    pub fn set_garage(&self, garage: &GarageCondition) -> Result<(), StoreError> {
        let sql = format!(
            "INSERT OR REPLACE INTO garage ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"
        );
        let GarageCondition { garage_code, state, comment, spaces } = garage;
        let GarageSpaces { total_large, total_small, available_large, available_small } = spaces;
        self.execute(
            &sql,
            (
                garage_code,
                state,
                comment,
                total_large,
                total_small,
                available_large,
                available_small,
            ),
        )?;
        Ok(())
    }

    /// What is wrong in a garage: table A.3's codes and levels, in their order.
    pub fn garage_alarms(&self, garage_code: &str) -> Result<Vec<(i64, EventLevel)>, StoreError> {
        let sql =
            "SELECT code, level FROM garage_alarm WHERE garage_code = ?1 ORDER BY code, level";
        self.scan(sql, [garage_code], |row| {
            let level = column::number(row, 1, "a level of events", EventLevel::from_number)?;
            Ok((row.get(0)?, level))
        })
    }

    /// Writes down what is wrong in a garage now.
    pub fn set_garage_alarms(
        &self,
        garage_code: &str,
        alarms: &[(i64, EventLevel)],
    ) -> Result<(), StoreError> {
        self.execute("DELETE FROM garage_alarm WHERE garage_code = ?1", [garage_code])?;
        for (code, level) in alarms {
            let sql =
                "INSERT OR IGNORE INTO garage_alarm (garage_code, code, level) VALUES (?1, ?2, ?3)";
            self.execute(sql, (garage_code, code, level.number()))?;
        }
        Ok(())
    }

    /// When all of them were reported last.
    pub fn garages_reported(&self) -> Result<Option<Timestamp>, StoreError> {
        self.row("SELECT reported FROM garages_reported", [], |row| Ok(millis(row.get(0)?)))
    }

    /// Notes that all of them are reported now.
    pub fn set_garages_reported(&self, now: Timestamp) -> Result<(), StoreError> {
        let sql = "INSERT OR REPLACE INTO garages_reported (only_row, reported) VALUES (1, ?1)";
        self.execute(sql, [now.as_millisecond()])?;
        Ok(())
    }
}

fn garage(row: &rusqlite::Row<'_>) -> rusqlite::Result<GarageCondition> {
    Ok(GarageCondition {
        garage_code: row.get(0)?,
        state: row.get(1)?,
        comment: row.get(2)?,
        spaces: GarageSpaces {
            total_large: row.get(3)?,
            total_small: row.get(4)?,
            available_large: row.get(5)?,
            available_small: row.get(6)?,
        },
    })
}
