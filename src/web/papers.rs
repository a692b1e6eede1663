//! Papers as the API tells how it read them. For the endpoints that take one; it knows none.

use crate::lang::{Lang, Words as _};
use crate::papers::Layout;
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use serde::Serialize;
use utoipa::ToSchema;

/// How a list was read.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct TakenAs {
    /// What it is saved as: UTF-8, UTF-16 or GBK.
    encoding: &'static str,
    /// What stands between its cells.
    separator: String,
    /// The line that names its columns.
    heading_line: Option<u64>,
    /// Its columns.
    columns: Vec<ColumnTaken>,
}

/// A column of a list.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ColumnTaken {
    /// Its number, from 1.
    column: usize,
    /// What it is called there.
    heading: String,
    /// What it was taken for, in words; absent where it is not used.
    #[serde(skip_serializing_if = "Option::is_none")]
    taken_for: Option<String>,
}

/// How a paper was read, in words.
pub(super) fn columns_taken(layout: &Layout, lang: Lang) -> TakenAs {
    let columns = layout.columns.iter().enumerate().map(|(at, column)| ColumnTaken {
        column: at + 1,
        heading: column.heading.clone(),
        taken_for: column.taken_for.map(|one| one.text(lang)),
    });
    TakenAs {
        encoding: layout.encoding,
        separator: layout.separator.to_string(),
        heading_line: layout.heading_line,
        columns: columns.collect(),
    }
}

/// Whether a request says that it is CSV.
pub(super) fn is_csv(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let essence = kind.split(';').next().unwrap_or_default();
    essence.trim().eq_ignore_ascii_case("text/csv")
}
