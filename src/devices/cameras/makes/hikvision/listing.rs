//! Reads a Hikvision camera's own list back, page by page. Pure.

use super::isapi::{put, without_color};
use crate::devices::cameras::makes::http::Question;
use crate::devices::cameras::makes::xml;

/// Plates of one page of the list.
pub(super) const PAGE: usize = 50;

/// What a page of the list shows.
pub(super) struct Page {
    /// Whether the plate is on it.
    pub(super) there: bool,
    /// Plates on it.
    pub(super) plates: usize,
    /// Plates on the list.
    pub(super) all: usize,
}

/// Asks for a page. No condition is sent: in which words it takes one is not documented. A camera keeps what a search of
/// one name has found, so each has another.
pub(super) fn search(channel: u16, name: &str, position: usize) -> Question {
    let name: String = name.chars().take(32).collect();
    let body = format!(
        "<LPListAuditSearchDescription><searchID>{name}</searchID>\
         <searchResultPosition>{position}</searchResultPosition><maxResults>{PAGE}</maxResults>\
         </LPListAuditSearchDescription>"
    );
    let target = format!("/ISAPI/Traffic/channels/{channel}/searchLPListAudit");
    Question { method: "POST", ..put(target, &body) }
}

/// What a page shows of a plate; none where it is none.
pub(super) fn page(body: &[u8], plate_no: &str) -> Option<Page> {
    let page = xml::with_root(body, |root| {
        let entries = || root.everywhere("LicensePlateInfo");
        let there = entries().any(|one| {
            let plate = ["LicensePlate", "licensePlate"].iter().find_map(|name| one.text(name));
            let barred = one.text("type").is_some_and(|list| list.starts_with("bl"));
            !barred && plate.is_some_and(|plate| without_color(plate).1 == plate_no)
        });
        let all = root.anywhere("totalMatches")?.parse().ok()?;
        Some(Page { there, plates: entries().count(), all })
    });
    page.ok().flatten()
}

/// A page of a list of so many that shows those.
#[cfg(test)]
pub(super) fn shown(all: usize, plates: &[&str]) -> Vec<u8> {
    let entry = |plate: &&str| {
        format!(
            "<LicensePlateInfo><LicensePlate>{plate}</LicensePlate><type>whiteList</type></LicensePlateInfo>"
        )
    };
    let entries: String = plates.iter().map(entry).collect();
    format!(
        "<LPListAuditSearchResult xmlns=\"http://www.isapi.org/ver20/XMLSchema\"><totalMatches>{all}</totalMatches>\
         <LicensePlateInfoList>{entries}</LicensePlateInfoList></LPListAuditSearchResult>"
    )
    .into_bytes()
}
