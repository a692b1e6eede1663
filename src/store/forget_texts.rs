//! A plate taken out of what people, platforms and devices wrote freely, in whatever print it stands there: reasons, names,
//! what a camera said. For whoever forgets plates; which columns are such, and nothing of what they mean, is known here.

use super::{StoreError, Transaction};
use crate::standard::plate_in_text::without_plate;
use rusqlite::types::Value;

/// What happens to a row in whose texts it stands.
#[derive(Clone, Copy)]
enum Then {
    /// The texts lose it.
    Cut,
    /// It goes: done again without it, it would mean something else.
    Goes,
}

/// Texts of a table that are written freely, and the key by which its rows are looked through.
struct Written {
    table: &'static str,
    key: &'static str,
    texts: &'static [&'static str],
    then: Then,
}

const fn cut(table: &'static str, key: &'static str, texts: &'static [&'static str]) -> Written {
    Written { table, key, texts, then: Then::Cut }
}

/// All of them.
const WRITTEN: &[Written] = &[
    Written {
        table: "put_aside",
        key: "rowid",
        texts: &["name", "plate_no", "said", "body"],
        then: Then::Goes,
    },
    cut("all_up", "rowid", &["by", "reason"]),
    cut("camera_list", "device_id", &["error"]),
    cut("camera_list_holder", "device_id", &["camera"]),
    cut("camera_list_mode", "device_id", &["mode"]),
    cut("charge", "rowid", &["pay_from", "list_discounts"]),
    cut("command", "rowid", &["identity", "reply"]),
    cut("connection", "name", &["error"]),
    cut("control_list", "rowid", &["strategy_from"]),
    cut("coupon", "rowid", &["name", "given_by"]),
    cut("garage", "garage_code", &["comment"]),
    cut("image", "rowid", &["refusal"]),
    cut("lane", "id", &["stopped_by"]),
    cut("lease", "rowid", &["body"]),
    cut("mission", "rowid", &["fault"]),
    cut("parking_order", "rowid", &["coupon"]),
    cut("parking_record", "rowid", &["car_color", "car_logo", "image_url"]),
    cut("record_class", "record_id", &["given_by"]),
    cut("space", "space_no", &["told_by"]),
    cut("staff_command", "id", &["operator", "reply"]),
    cut("stock_taking", "rowid", &["by", "reason"]),
    cut("store_loss", "rowid", &["fault"]),
    cut("tail", "rowid", &["images"]),
    cut("trail", "rowid", &["by", "reason", "what"]),
    cut("vehicle_class", "plate_no", &["given_by", "reason"]),
    cut("vehicle_lock", "rowid", &["feature_code", "released_by"]),
    cut("visitor_pass", "rowid", &["reason", "given_by"]),
];

impl Transaction<'_> {
    /// Takes a plate out of such texts of so many rows behind a place, or a few more; returns the place it has come to, none at
    /// the end.
    pub fn forget_in_texts(
        &self,
        plate_no: &str,
        after: &str,
        limit: u32,
    ) -> Result<Option<String>, StoreError> {
        let (table, key) = after.split_once(':').unwrap_or(("0", ""));
        let (mut at, mut behind) = (table.parse().unwrap_or(0), key.to_owned());
        let mut left = limit;
        while let Some(written) = WRITTEN.get(at) {
            let (last, rows) = written.forget(self, plate_no, &behind, left)?;
            match last {
                Some(last) => behind = last,
                None => (at, behind) = (at.saturating_add(1), String::new()),
            }
            left = left.saturating_sub(rows);
            if left == 0 {
                return Ok(Some(format!("{at}:{behind}")));
            }
        }
        Ok(None)
    }
}

impl Written {
    /// The last key looked through, none where no row is behind the one given; and how many rows were.
    fn forget(
        &self,
        tx: &Transaction<'_>,
        plate_no: &str,
        behind: &str,
        limit: u32,
    ) -> Result<(Option<String>, u32), StoreError> {
        let Self { table, key, texts, then } = self;
        let behind = self.key_of(behind);
        let sql = format!(
            "SELECT max({key}) FROM (SELECT {key} FROM {table} WHERE {key} > ?1 ORDER BY {key} LIMIT ?2)"
        );
        let last: Option<Value> = tx.row(&sql, (&behind, limit), |row| row.get(0))?;
        let last = match last {
            None | Some(Value::Null) => return Ok((None, 0)),
            Some(last) => last,
        };
        let columns = texts.join(", ");
        let sql = format!("SELECT {columns}, {key} FROM {table} WHERE {key} > ?1 AND {key} <= ?2");
        let mut rows = 0_u32;
        let mut found = Vec::new();
        tx.rows(&sql, (&behind, &last), |row| {
            rows = rows.saturating_add(1);
            for (at, column) in texts.iter().enumerate() {
                let text: Option<String> = row.get(at)?;
                let Some(text) = text else { continue };
                if let Some(left) = without_plate(&text, plate_no) {
                    found.push((*column, row.get::<_, Value>(texts.len())?, text, left));
                }
            }
            Ok(())
        })?;
        for (column, key_of_row, text, left) in found {
            // One key may be of several rows.
            match then {
                Then::Cut => {
                    let sql = format!(
                        "UPDATE {table} SET {column} = ?3 WHERE {key} = ?1 AND {column} = ?2"
                    );
                    tx.execute(&sql, (&key_of_row, &text, left))?;
                }
                Then::Goes => {
                    let sql = format!("DELETE FROM {table} WHERE {key} = ?1 AND {column} = ?2");
                    tx.execute(&sql, (&key_of_row, &text))?;
                }
            }
        }
        let last = match last {
            Value::Integer(number) => number.to_string(),
            Value::Text(text) => text,
            _ => return Ok((None, rows)),
        };
        Ok((Some(last), rows))
    }

    /// A key as it is written down, in the type it has.
    fn key_of(&self, text: &str) -> Value {
        match self.key {
            "rowid" => Value::Integer(text.parse().unwrap_or(i64::MIN)),
            _ => Value::Text(text.to_owned()),
        }
    }
}
