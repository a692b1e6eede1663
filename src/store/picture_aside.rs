//! Pictures put aside: dead letters among the queue's rows, by numbers below 0, each its image's. For people who look at
//! the queue, send them again or throw them away.

use super::image::{COLUMNS, image};
use super::{Image, ListedRow, StoreError, Transaction};
use serde_json::json;

/// Their interface.
const CODE: u16 = 2001;
/// `ready` of an image that is put aside; 0 is one whose record the platform has not yet, 1 one that may go.
const ASIDE: i64 = 2;

impl Transaction<'_> {
    /// Puts an image aside: it is kept for people, and does not go any more by itself; none when it was not noted.
    pub fn put_image_aside(&self, id: i64, words: &str) -> Result<Option<Image>, StoreError> {
        let sql = format!(
            "UPDATE image SET ready = {ASIDE}, refusal = ?2 WHERE id = ?1 RETURNING {COLUMNS}"
        );
        self.row(&sql, (id, words), image)
    }

    /// How many pictures are put aside.
    pub fn pictures_aside(&self) -> Result<i64, StoreError> {
        let sql = format!("SELECT count(*) FROM image WHERE ready = {ASIDE}");
        Ok(self.row(&sql, [], |row| row.get(0))?.unwrap_or_default())
    }

    /// The pictures put aside behind the number `after`, the newest first: in the order of their numbers.
    pub fn listed_pictures(&self, after: i64, limit: u32) -> Result<Vec<ListedRow>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS}, refusal FROM image WHERE ready = {ASIDE} AND -id > ?1
             ORDER BY id DESC LIMIT ?2"
        );
        self.scan(&sql, (after, limit), listed)
    }

    /// The picture of that number, if it is put aside.
    pub(super) fn listed_picture(&self, row: i64) -> Result<Option<ListedRow>, StoreError> {
        let sql =
            format!("SELECT {COLUMNS}, refusal FROM image WHERE id = -?1 AND ready = {ASIDE}");
        self.row(&sql, [row], listed)
    }

    /// Has it go again; false when none of that number is put aside.
    pub(super) fn retry_picture(&self, row: i64) -> Result<bool, StoreError> {
        let sql = format!(
            "UPDATE image SET ready = 1, refusals = 0, refused_for = 0, refusal = NULL
             WHERE id = -?1 AND ready = {ASIDE}"
        );
        Ok(self.execute(&sql, [row])? == 1)
    }

    /// Strikes it; false when none of that number is put aside. Its file is swept away later.
    pub(super) fn drop_picture(&self, row: i64) -> Result<bool, StoreError> {
        let sql = format!("DELETE FROM image WHERE id = -?1 AND ready = {ASIDE}");
        Ok(self.execute(&sql, [row])? == 1)
    }
}

fn listed(row: &rusqlite::Row<'_>) -> rusqlite::Result<ListedRow> {
    let image = image(row)?;
    let body = json!({
        "fileName": image.file_name,
        "imageBizType": image.biz_type.number(),
        "destPath": image.dest_path,
        "bytes": image.bytes,
    });
    Ok(ListedRow {
        seq: image.id.saturating_neg(),
        code: CODE,
        subject: image.record_id.to_string(),
        key: image.place_there(),
        body: body.to_string(),
        created: image.pick_time,
        attempts: u32::try_from(image.refusals).unwrap_or(u32::MAX),
        state: "dead".to_owned(),
        refusal: row.get("refusal")?,
    })
}
