//! Columns as values: what cannot be read is an error with the text that was found, never nothing.

use super::StoreError;
use crate::standard::id::Id;
use jiff::Timestamp;
use rusqlite::Row;
use rusqlite::types::{FromSql, FromSqlResult, ToSql, ToSqlOutput, Type, ValueRef};
use serde::de::DeserializeOwned;
use std::ops::Range;
use std::time::Duration;

/// A stored text that is not what its column holds.
#[derive(Debug, thiserror::Error)]
#[error("`{value}` where {wanted} belongs")]
struct BadColumn {
    value: String,
    wanted: &'static str,
}

/// Characters of a bad value that are shown.
const SHOWN: usize = 200;

fn bad(column: usize, value: &str, wanted: &'static str) -> rusqlite::Error {
    let value = value.chars().take(SHOWN).collect();
    let error = Box::new(BadColumn { value, wanted });
    rusqlite::Error::FromSqlConversionFailure(column, Type::Text, error)
}

/// A text column as what `read` makes of it.
pub(super) fn text<T>(
    row: &Row<'_>,
    column: usize,
    wanted: &'static str,
    read: impl FnOnce(&str) -> Option<T>,
) -> rusqlite::Result<T> {
    let value = row.get_ref(column)?.as_str()?;
    read(value).ok_or_else(|| bad(column, value, wanted))
}

/// A number column as what `read` makes of it.
pub(super) fn number<T>(
    row: &Row<'_>,
    column: usize,
    wanted: &'static str,
    read: impl FnOnce(i64) -> Option<T>,
) -> rusqlite::Result<T> {
    let value: i64 = row.get(column)?;
    read(value).ok_or_else(|| bad(column, &value.to_string(), wanted))
}

/// A column of milliseconds.
pub(super) fn duration(row: &Row<'_>, column: usize) -> rusqlite::Result<Duration> {
    let read = |millis: i64| u64::try_from(millis).ok().map(Duration::from_millis);
    number(row, column, "milliseconds", read)
}

/// Whole milliseconds for such a column.
pub(super) fn whole_millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// A column that may be empty, read by `read` where it is not.
pub(super) fn optional<T>(
    row: &Row<'_>,
    column: usize,
    read: impl FnOnce(&Row<'_>, usize) -> rusqlite::Result<T>,
) -> rusqlite::Result<Option<T>> {
    if matches!(row.get_ref(column)?, ValueRef::Null) {
        Ok(None)
    } else {
        read(row, column).map(Some)
    }
}

/// A column of JSON.
pub(super) fn json<T: DeserializeOwned>(
    row: &Row<'_>,
    column: usize,
    wanted: &'static str,
) -> rusqlite::Result<T> {
    text(row, column, wanted, |value| serde_json::from_str(value).ok())
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        if let rusqlite::Error::FromSqlConversionFailure(_, _, inner) = &error
            && let Some(BadColumn { value, wanted }) = inner.downcast_ref()
        {
            return Self::Value { value: value.clone(), wanted };
        }
        if is_of_a_value(&error) {
            return Self::Value { value: error.to_string(), wanted: "what this program wrote" };
        }
        Self::Sqlite(error)
    }
}

/// Whether it is about what stands in a row, as its kind or its encoding, and not about the database.
fn is_of_a_value(error: &rusqlite::Error) -> bool {
    use rusqlite::Error::{
        FromSqlConversionFailure, IntegralValueOutOfRange, InvalidColumnType, Utf8Error,
    };
    matches!(
        error,
        FromSqlConversionFailure(..)
            | IntegralValueOutOfRange(..)
            | InvalidColumnType(..)
            | Utf8Error(..)
    )
}

/// A moment that somebody has lived through, in milliseconds: of the years 2000 to 2199.
pub(super) fn moment(row: &Row<'_>, column: usize) -> rusqlite::Result<Timestamp> {
    const YEARS: Range<i64> = 946_684_800_000..7_258_118_400_000;
    let read =
        |millis| Timestamp::from_millisecond(millis).ok().filter(|_| YEARS.contains(&millis));
    number(row, column, "a moment of the years 2000 to 2199", read)
}

/// Keys are kept folded, so that an id is found however its sender spells it.
impl ToSql for Id {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.folded().into())
    }
}

impl FromSql for Id {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        Ok(value.as_str()?.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_that_cannot_be_read_is_named_with_what_belongs_there() {
        let connection = rusqlite::Connection::open_in_memory().unwrap();
        let read = connection.query_row("SELECT '[oops'", [], |row| {
            json::<Vec<String>>(row, 0, "the pictures of a read")
        });
        let error = StoreError::from(read.unwrap_err());
        assert_eq!(
            error.to_string(),
            "the database holds `[oops` where the pictures of a read belongs"
        );
    }

    #[test]
    fn an_id_is_found_in_any_case() {
        let connection = rusqlite::Connection::open_in_memory().unwrap();
        let found: Id = connection
            .query_row("SELECT ?1 WHERE ?1 = 'ab'", [Id::from("AB")], |row| row.get(0))
            .unwrap();
        assert_eq!(found, Id::from("ab"));
    }
}
