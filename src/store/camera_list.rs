//! Cameras' own lists: what each is to hold, what it is known to hold, the one order it has not answered, and which plates
//! are to be looked at.

use super::{StoreError, Transaction, column, millis};
use crate::model::camera_list::ListMode;
use crate::standard::id::Id;
use jiff::Timestamp;

/// What is to be done about a plate on a camera's list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListWork {
    /// Nothing.
    None,
    /// It is to be taken off.
    Remove,
    /// It is to be put on, or to end at another time.
    Put,
}

/// A plate on a camera's list, or to be put on it or taken off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CameraListRow {
    /// The camera.
    pub device_id: Id,
    /// The plate.
    pub plate_no: String,
    /// Up to when it is to be there; none where it is not.
    pub wanted_until: Option<Timestamp>,
    /// Up to when the camera has confirmed it; none where it has not.
    pub held_until: Option<Timestamp>,
    /// Whether something was sent of which nobody knows what came.
    pub unsure: bool,
    /// Since when there is something to do.
    pub since: Timestamp,
    /// How often that has failed.
    pub attempts: i64,
    /// Not before this.
    pub due: Timestamp,
    /// What went wrong last.
    pub error: Option<String>,
    /// Whether that was told.
    pub told: bool,
}

impl CameraListRow {
    /// A plate of which nothing is known on that camera.
    pub fn new(device_id: &Id, plate_no: &str, now: Timestamp) -> Self {
        Self {
            device_id: device_id.clone(),
            plate_no: plate_no.to_owned(),
            wanted_until: None,
            held_until: None,
            unsure: false,
            since: now,
            attempts: 0,
            due: now,
            error: None,
            told: false,
        }
    }

    /// What is to be done about it.
    pub fn work(&self) -> ListWork {
        match self.wanted_until {
            None if self.held_until.is_some() || self.unsure => ListWork::Remove,
            Some(_) if self.held_until != self.wanted_until || self.unsure => ListWork::Put,
            _ => ListWork::None,
        }
    }
}

/// An order that a camera has not answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CameraListOrder {
    /// Its id.
    pub id: String,
    /// The plate.
    pub plate_no: String,
    /// Up to when it is put on; none where it is taken off.
    pub until: Option<Timestamp>,
    /// When it was given.
    pub sent: Timestamp,
}

const COLUMNS: &str =
    "device_id, plate_no, wanted_until, held_until, unsure, since, attempts, due, error, told";

impl Transaction<'_> {
    /// What is known of a plate on a camera's list.
    pub fn camera_list_row(
        &self,
        device_id: &Id,
        plate_no: &str,
    ) -> Result<Option<CameraListRow>, StoreError> {
        let sql =
            format!("SELECT {COLUMNS} FROM camera_list WHERE device_id = ?1 AND plate_no = ?2");
        self.row(&sql, (device_id, plate_no), list_row)
    }

    /// Notes it; one that is neither wanted nor held is forgotten.
    pub fn set_camera_list_row(&self, row: &CameraListRow) -> Result<(), StoreError> {
        let work = match row.work() {
            ListWork::None if row.wanted_until.is_none() => {
                let sql = "DELETE FROM camera_list WHERE device_id = ?1 AND plate_no = ?2";
                self.execute(sql, (&row.device_id, &row.plate_no))?;
                return Ok(());
            }
            ListWork::None => 0,
            ListWork::Remove => 1,
            ListWork::Put => 2,
        };
        let sql =
            "INSERT OR REPLACE INTO camera_list (device_id, plate_no, wanted_until, held_until,
                   unsure, since, attempts, due, error, work, told)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
        self.execute(
            sql,
            (
                &row.device_id,
                &row.plate_no,
                row.wanted_until.map(Timestamp::as_millisecond),
                row.held_until.map(Timestamp::as_millisecond),
                row.unsure,
                row.since.as_millisecond(),
                row.attempts,
                row.due.as_millisecond(),
                &row.error,
                work,
                row.told,
            ),
        )?;
        Ok(())
    }

    /// What is to be done next on a camera's list: what is to come off it goes first.
    pub fn next_camera_list_work(
        &self,
        device_id: &Id,
        now: Timestamp,
    ) -> Result<Option<CameraListRow>, StoreError> {
        let now = now.as_millisecond();
        for work in [1, 2] {
            let sql = format!(
                "SELECT {COLUMNS} FROM camera_list
                 WHERE device_id = ?1 AND work <> 0 AND work = ?2 AND due <= ?3 ORDER BY due LIMIT 1"
            );
            if let Some(row) = self.row(&sql, (device_id, work, now), list_row)? {
                return Ok(Some(row));
            }
        }
        Ok(None)
    }

    /// What has failed on a camera's list is tried at once: it is heard again.
    pub fn retry_camera_list(&self, device_id: &Id, now: Timestamp) -> Result<(), StoreError> {
        let sql = "UPDATE camera_list SET due = ?2 WHERE device_id = ?1 AND work <> 0 AND due > ?2";
        self.execute(sql, (device_id, now.as_millisecond()))?;
        self.clear_camera_list_order(device_id)
    }

    /// How many plates a camera's list holds or is to hold.
    pub fn camera_list_length(&self, device_id: &Id) -> Result<i64, StoreError> {
        let sql = "SELECT count(*) FROM camera_list WHERE device_id = ?1";
        Ok(self.row(sql, [device_id], |row| row.get(0))?.unwrap_or_default())
    }

    /// All that is known of a camera's list, by plate.
    pub fn camera_list(&self, device_id: &Id) -> Result<Vec<CameraListRow>, StoreError> {
        let sql =
            format!("SELECT {COLUMNS} FROM camera_list WHERE device_id = ?1 ORDER BY plate_no");
        self.scan(&sql, [device_id], list_row)
    }

    /// The cameras on whose lists a plate stands, or may.
    pub fn cameras_listing(&self, plate_no: &str) -> Result<Vec<Id>, StoreError> {
        let sql = "SELECT device_id FROM camera_list WHERE plate_no = ?1 ORDER BY device_id";
        self.scan(sql, [plate_no], |row| row.get(0))
    }

    /// Whether anything is known of any camera's list.
    pub fn any_camera_list(&self) -> Result<bool, StoreError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM camera_list)";
        Ok(self.row(sql, [], |row| row.get(0))?.unwrap_or(false))
    }

    /// Whether anything is known of a camera's list.
    pub fn has_camera_list(&self, device_id: &Id) -> Result<bool, StoreError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM camera_list WHERE device_id = ?1)";
        Ok(self.row(sql, [device_id], |row| row.get(0))?.unwrap_or(false))
    }

    /// Cameras of whose lists anything is known.
    pub fn cameras_with_lists(&self) -> Result<Vec<Id>, StoreError> {
        let sql = "SELECT DISTINCT device_id FROM camera_list ORDER BY device_id";
        self.scan(sql, [], |row| row.get(0))
    }

    /// A camera that is there no more is asked nothing.
    pub fn forget_camera_list(&self, device_id: &Id) -> Result<(), StoreError> {
        self.execute("DELETE FROM camera_list WHERE device_id = ?1", [device_id])?;
        self.execute("DELETE FROM camera_list_order WHERE device_id = ?1", [device_id])?;
        self.execute("DELETE FROM camera_list_mode WHERE device_id = ?1", [device_id])?;
        self.execute("DELETE FROM camera_list_holder WHERE device_id = ?1", [device_id])?;
        Ok(())
    }

    /// Notes which camera keeps a list; true where that was another before.
    pub fn set_camera_list_holder(&self, device_id: &Id, camera: &str) -> Result<bool, StoreError> {
        let sql = "SELECT camera FROM camera_list_holder WHERE device_id = ?1";
        let before: Option<String> = self.row(sql, [device_id], |row| row.get(0))?;
        if before.as_deref() == Some(camera) {
            return Ok(false);
        }
        let sql = "INSERT OR REPLACE INTO camera_list_holder (device_id, camera) VALUES (?1, ?2)";
        self.execute(sql, (device_id, camera))?;
        Ok(before.is_some())
    }

    /// Nobody knows any more what of all that stands on a camera's list, nor by which mode that opens.
    pub fn doubt_camera_list(&self, device_id: &Id, now: Timestamp) -> Result<(), StoreError> {
        let sql = "UPDATE camera_list SET unsure = 1, attempts = 0, error = NULL, told = 0,
                       since = ?2, due = ?2, work = CASE WHEN wanted_until IS NULL THEN 1 ELSE 2 END
                   WHERE device_id = ?1";
        self.execute(sql, (device_id, now.as_millisecond()))?;
        self.execute("DELETE FROM camera_list_mode WHERE device_id = ?1", [device_id])?;
        self.clear_camera_list_order(device_id)
    }

    /// Plates that have been to come off a camera's list since before a moment, and of which nobody was told.
    pub fn late_removals(
        &self,
        device_id: &Id,
        before: Timestamp,
        limit: u32,
    ) -> Result<Vec<CameraListRow>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM camera_list
             WHERE device_id = ?1 AND work = 1 AND told = 0 AND since <= ?2 ORDER BY since LIMIT ?3"
        );
        self.scan(&sql, (device_id, before.as_millisecond(), limit), list_row)
    }

    /// The order that a camera has not answered.
    pub fn camera_list_order(&self, device_id: &Id) -> Result<Option<CameraListOrder>, StoreError> {
        let sql = "SELECT id, plate_no, until, sent FROM camera_list_order WHERE device_id = ?1";
        self.row(sql, [device_id], |row| {
            Ok(CameraListOrder {
                id: row.get(0)?,
                plate_no: row.get(1)?,
                until: row.get::<_, Option<i64>>(2)?.map(millis),
                sent: millis(row.get(3)?),
            })
        })
    }

    /// Notes an order that a camera is given now.
    pub fn set_camera_list_order(
        &self,
        device_id: &Id,
        order: &CameraListOrder,
    ) -> Result<(), StoreError> {
        let sql = "INSERT OR REPLACE INTO camera_list_order (device_id, id, plate_no, until, sent)
                   VALUES (?1, ?2, ?3, ?4, ?5)";
        let until = order.until.map(Timestamp::as_millisecond);
        let sent = order.sent.as_millisecond();
        self.execute(sql, (device_id, &order.id, &order.plate_no, until, sent))?;
        Ok(())
    }

    /// Nothing is awaited from a camera any more.
    pub fn clear_camera_list_order(&self, device_id: &Id) -> Result<(), StoreError> {
        self.execute("DELETE FROM camera_list_order WHERE device_id = ?1", [device_id])?;
        Ok(())
    }

    /// Notes by which mode a camera's list opens; false when that was known.
    pub fn set_camera_list_mode(
        &self,
        device_id: &Id,
        mode: ListMode,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let sql = "INSERT INTO camera_list_mode (device_id, mode, at) VALUES (?1, ?2, ?3)
                   ON CONFLICT (device_id) DO UPDATE SET mode = ?2, at = ?3 WHERE mode <> ?2";
        Ok(self.execute(sql, (device_id, mode.word(), now.as_millisecond()))? == 1)
    }

    /// By which mode a camera's list opens, where it has told.
    pub fn camera_list_mode(&self, device_id: &Id) -> Result<Option<ListMode>, StoreError> {
        let sql = "SELECT mode FROM camera_list_mode WHERE device_id = ?1";
        self.row(sql, [device_id], |row| {
            column::text(row, 0, "a mode of a list", ListMode::from_word)
        })
    }

    /// A plate may be on lists otherwise now, and with it the others of its car and its leases.
    pub fn look_at_listing(&self, plate_no: &str) -> Result<(), StoreError> {
        let sql = "INSERT INTO camera_list_look (plate_no, alone) VALUES (?1, 0)
                   ON CONFLICT (plate_no) DO UPDATE SET alone = 0";
        self.execute(sql, [plate_no])?;
        Ok(())
    }

    /// A plate may be on lists otherwise now, and no other because of it.
    pub fn look_at_listing_alone(&self, plate_no: &str) -> Result<(), StoreError> {
        let sql = "INSERT OR IGNORE INTO camera_list_look (plate_no, alone) VALUES (?1, 1)";
        self.execute(sql, [plate_no])?;
        Ok(())
    }

    /// Plates that are to be looked at with or (true) without others, taken out; those with others first.
    pub fn take_listing_looks(&self, limit: u32) -> Result<Vec<(String, bool)>, StoreError> {
        let sql = "SELECT plate_no, alone FROM camera_list_look ORDER BY alone, plate_no LIMIT ?1";
        let looks = self.scan(sql, [limit], |row| Ok((row.get(0)?, row.get(1)?)))?;
        for (plate, _) in &looks {
            self.execute("DELETE FROM camera_list_look WHERE plate_no = ?1", [plate])?;
        }
        Ok(looks)
    }

    /// How many plates are yet to be looked at.
    pub fn listing_looks(&self) -> Result<i64, StoreError> {
        let sql = "SELECT count(*) FROM camera_list_look";
        Ok(self.row(sql, [], |row| row.get(0))?.unwrap_or_default())
    }

    /// When the round over all plates has begun last, and the plate it has come to; none where it is over.
    pub fn listing_round(&self) -> Result<Option<(Timestamp, Option<String>)>, StoreError> {
        let sql = "SELECT begun, after FROM camera_list_round";
        self.row(sql, [], |row| Ok((millis(row.get(0)?), row.get(1)?)))
    }

    /// Notes how far it has come.
    pub fn set_listing_round(
        &self,
        begun: Timestamp,
        after: Option<&str>,
    ) -> Result<(), StoreError> {
        let sql =
            "INSERT OR REPLACE INTO camera_list_round (only_row, begun, after) VALUES (1, ?1, ?2)";
        self.execute(sql, (begun.as_millisecond(), after))?;
        Ok(())
    }

    /// Plates behind `after` that leases, the control list or cameras' lists name, in order.
    pub fn plates_named_after(&self, after: &str, limit: u32) -> Result<Vec<String>, StoreError> {
        let mut plates: Vec<String> = Vec::new();
        for table in ["lease_plate", "control_list", "vehicle_class", "camera_list"] {
            let sql = format!(
                "SELECT DISTINCT plate_no FROM {table} WHERE plate_no > ?1 ORDER BY plate_no LIMIT ?2"
            );
            let named: Vec<String> = self.scan(&sql, (after, limit), |row| row.get(0))?;
            plates.extend(named);
        }
        plates.sort_unstable();
        plates.dedup();
        plates.truncate(limit as usize);
        Ok(plates)
    }
}

fn list_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<CameraListRow> {
    let moment = |value: Option<i64>| value.map(millis);
    Ok(CameraListRow {
        device_id: row.get(0)?,
        plate_no: row.get(1)?,
        wanted_until: moment(row.get(2)?),
        held_until: moment(row.get(3)?),
        unsure: row.get(4)?,
        since: millis(row.get(5)?),
        attempts: row.get(6)?,
        due: millis(row.get(7)?),
        error: row.get(8)?,
        told: row.get(9)?,
    })
}
