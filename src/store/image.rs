//! Images on their way to the platform (2001).

use super::column::whole_millis;
use super::{Reader, StoreError, Transaction, column, millis};
use crate::standard::codes::ImageKind;
use crate::standard::id::Id;
use jiff::Timestamp;
use serde_json::json;
use std::time::Duration;

/// An image that belongs to a parking record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// Its number; 0 for one that is not stored yet.
    pub id: i64,
    /// The parking record.
    pub record_id: Id,
    /// Table 42's `imageBizType`.
    pub biz_type: ImageKind,
    /// A file in the folder of images, or an address to fetch it from.
    pub place: String,
    /// Table 42's `fileName`.
    pub file_name: String,
    /// Table 42's `destPath`.
    pub dest_path: String,
    /// When it was taken.
    pub pick_time: Timestamp,
    /// Its size on this disk.
    pub bytes: i64,
    /// How often the platform refused it.
    pub refusals: i64,
    /// For how long it was refused without a reason while the platform took others.
    pub refused_for: Duration,
}

pub(super) const COLUMNS: &str =
    "id, record_id, biz_type, place, file_name, dest_path, pick_time, bytes, refusals, refused_for";

/// Images taken before a moment, the oldest first.
pub(super) const PRUNE: &str = "DELETE FROM image WHERE id IN (SELECT id FROM image
    WHERE pick_time < ?1 ORDER BY id LIMIT ?2)";

impl Image {
    /// Where the platform keeps it, or is to.
    pub fn place_there(&self) -> String {
        format!("{}{}", self.dest_path, self.file_name)
    }

    /// The file in the folder of images that it is put into when it has been fetched. Its number alone may be another's
    /// after it.
    pub fn fetched_file(&self) -> String {
        format!("fetched-{}-{}", self.id, self.file_name)
    }
}

impl Transaction<'_> {
    /// Notes an image; it waits until the platform has its record, where it has not yet.
    pub fn add_image(&self, image: &Image) -> Result<(), StoreError> {
        let sql = "INSERT INTO image (record_id, biz_type, place, file_name, dest_path, pick_time,
                   bytes, ready) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7,
                   coalesce((SELECT reported >= 1 + (?2 >= 5) FROM parking_record WHERE id = ?1), 0))";
        self.execute(
            sql,
            (
                &image.record_id,
                image.biz_type.number(),
                &image.place,
                &image.file_name,
                &image.dest_path,
                image.pick_time.as_millisecond(),
                image.bytes,
            ),
        )?;
        Ok(())
    }

    /// The platform has a record's entry, or its exit: their images may go, now and later.
    pub fn release_images(&self, record_id: &Id, exit: bool) -> Result<(), StoreError> {
        let sql = "UPDATE parking_record SET reported = max(reported, ?2) WHERE id = ?1";
        self.execute(sql, (record_id, if exit { 2 } else { 1 }))?;
        let sql = "UPDATE image SET ready = 1 WHERE record_id = ?1 AND (biz_type >= 5) = ?2 AND ready = 0";
        self.execute(sql, (record_id, exit))?;
        Ok(())
    }

    /// Whether images of a record's entry, or its exit, are noted and on their way.
    pub fn has_images(&self, record_id: &Id, exit: bool) -> Result<bool, StoreError> {
        let sql = "SELECT 1 FROM image WHERE record_id = ?1 AND (biz_type >= 5) = ?2 LIMIT 1";
        Ok(self.row(sql, (record_id, exit), |_| Ok(()))?.is_some())
    }

    /// Strikes an image that was uploaded or given up; none when it was not noted.
    pub fn remove_image(&self, id: i64) -> Result<Option<Image>, StoreError> {
        let sql = format!("DELETE FROM image WHERE id = ?1 RETURNING {COLUMNS}");
        self.row(&sql, [id], image)
    }

    /// Notes that the platform refused an image; returns how often it has.
    pub fn image_refused(&self, id: i64) -> Result<i64, StoreError> {
        let sql = "UPDATE image SET refusals = refusals + 1 WHERE id = ?1 RETURNING refusals";
        Ok(self.row(sql, [id], |row| row.get(0))?.unwrap_or_default())
    }

    /// Notes that an image was sent in vain, with the platform's words where there are any, and for how long it
    /// was refused while others were taken.
    pub fn put_off_image(
        &self,
        id: i64,
        words: &str,
        refused_for: Duration,
    ) -> Result<(), StoreError> {
        let sql = "UPDATE image SET refusal = coalesce(nullif(?2, ''), refusal), refused_for = ?3
                   WHERE id = ?1";
        self.execute(sql, (id, words, whole_millis(refused_for)))?;
        Ok(())
    }

    /// How many images may go and have not gone.
    pub fn images_waiting(&self) -> Result<i64, StoreError> {
        let sql = "SELECT count(*) FROM image WHERE ready = 1";
        Ok(self.row(sql, [], |row| row.get(0))?.unwrap_or_default())
    }

    /// Bytes of all images noted.
    pub fn image_bytes(&self) -> Result<i64, StoreError> {
        let bytes = self.row("SELECT image_bytes FROM tally", [], |row| row.get(0))?;
        Ok(bytes.unwrap_or_default())
    }

    /// Strikes the oldest images to make room. Returns their places; files are wanted no more unless somebody else
    /// names them ([`is_wanted`](Self::is_wanted)).
    pub fn evict_images(&self, limit: i64) -> Result<Vec<String>, StoreError> {
        // Nor are they kept for people to compare.
        let sql = "DELETE FROM entry_picture WHERE (record_id, place) IN
                   (SELECT record_id, place FROM entry_picture LIMIT ?1)";
        self.execute(sql, [limit])?;
        let sql = "DELETE FROM image WHERE id IN (SELECT id FROM image ORDER BY id LIMIT ?1)
                   RETURNING place";
        self.scan(sql, [limit], |row| row.get(0))
    }

    /// Whether a file is that of a car inside or in a lane.
    pub fn is_wanted(&self, place: &str) -> Result<bool, StoreError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM entry_picture WHERE place = ?1
                   UNION ALL SELECT 1 FROM waiting, json_each(iif(json_valid(car), car, '{}'), '$.images') WHERE json_extract(value, '$.place') = ?1
                   UNION ALL SELECT 1 FROM passing, json_each(iif(json_valid(car), car, '{}'), '$.images') WHERE json_extract(value, '$.place') = ?1
                   UNION ALL SELECT 1 FROM tail, json_each(iif(json_valid(images), images, '[]')) WHERE settled = 0 AND json_extract(value, '$.place') = ?1)";
        Ok(self.row(sql, [place], |row| row.get(0))?.unwrap_or(true))
    }

    /// Every file that is still wanted: of images noted, fetched or not, and of cars that wait.
    pub fn wanted_files(&self) -> Result<Vec<String>, StoreError> {
        let sql = "SELECT place FROM image
                   UNION SELECT 'fetched-' || id || '-' || file_name FROM image
                   UNION SELECT place FROM entry_picture
                   UNION SELECT json_extract(value, '$.place') FROM waiting, json_each(iif(json_valid(car), car, '{}'), '$.images')
                   UNION SELECT json_extract(value, '$.place') FROM passing, json_each(iif(json_valid(car), car, '{}'), '$.images')
                   UNION SELECT json_extract(value, '$.place') FROM undecided_read, json_each(iif(json_valid(body), body, '{}'), '$.images')
                   UNION SELECT json_extract(value, '$.place') FROM put_aside, json_each(iif(json_valid(body), body, '{}'), '$.images')
                         WHERE kind = 'read' AND body IS NOT NULL
                   UNION SELECT json_extract(value, '$.place') FROM tail, json_each(iif(json_valid(images), images, '[]'))";
        self.scan(sql, [], |row| row.get(0))
    }

    /// Keeps a picture of how a car came in for as long as it is inside.
    pub fn add_entry_picture(&self, record_id: &Id, place: &str) -> Result<(), StoreError> {
        let sql = "INSERT OR IGNORE INTO entry_picture (record_id, place) VALUES (?1, ?2)";
        self.execute(sql, (record_id, place))?;
        Ok(())
    }

    /// The pictures of how a car that is inside came in.
    pub fn entry_pictures(&self, record_id: &Id) -> Result<Vec<String>, StoreError> {
        let sql = "SELECT place FROM entry_picture WHERE record_id = ?1";
        self.rows(sql, [record_id], |row| row.get(0))
    }

    /// Whether a picture is one of those.
    pub fn is_entry_picture(&self, place: &str) -> Result<bool, StoreError> {
        let sql = "SELECT 1 FROM entry_picture WHERE place = ?1";
        Ok(self.row(sql, [place], |_| Ok(()))?.is_some())
    }
}

impl Reader {
    /// Images that may go, the oldest first.
    pub fn ready_images(&mut self, limit: i64) -> Result<Vec<Image>, StoreError> {
        self.ready_images_but(&[], limit)
    }

    /// Images that may go but for these, the oldest first.
    pub fn ready_images_but(
        &mut self,
        waiting: &[i64],
        limit: i64,
    ) -> Result<Vec<Image>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM image WHERE ready = 1
             AND id NOT IN (SELECT value FROM json_each(?1)) ORDER BY id LIMIT ?2"
        );
        self.snapshot()?.rows(&sql, (json!(waiting).to_string(), limit), image)
    }

    /// Whether an image is still to go.
    pub fn is_image_ready(&mut self, id: i64) -> Result<bool, StoreError> {
        let sql = "SELECT 1 FROM image WHERE id = ?1 AND ready = 1";
        Ok(self.snapshot()?.row(sql, [id], |_| Ok(()))?.is_some())
    }
}

pub(super) fn image(row: &rusqlite::Row<'_>) -> rusqlite::Result<Image> {
    Ok(Image {
        id: row.get(0)?,
        record_id: row.get(1)?,
        biz_type: column::number(row, 2, "a kind of images", ImageKind::from_number)?,
        place: row.get(3)?,
        file_name: row.get(4)?,
        dest_path: row.get(5)?,
        pick_time: millis(row.get(6)?),
        bytes: row.get(7)?,
        refusals: row.get(8)?,
        refused_for: column::duration(row, 9)?,
    })
}
