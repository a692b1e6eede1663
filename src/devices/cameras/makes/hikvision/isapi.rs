//! What requests and answers of ISAPI have in common. Pure.

use crate::devices::cameras::makes::http::{Ended, Learned, Question};
use crate::devices::cameras::makes::{codec, text, xml};
use serde_json::Value;

/// A document to be put there.
pub(super) fn put(target: String, body: &str) -> Question {
    let body = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>{body}");
    Question { method: "PUT", target, kind: "application/xml", body, headers: Vec::new() }
}

/// A number that an answer names, in XML or in JSON.
pub(super) fn answered_number(body: &[u8], names: &[&str]) -> Option<i64> {
    let in_json = || {
        let value: Value = codec::json(body).ok()?;
        let inside = value.as_object()?.values().find(|one| one.is_object());
        let at =
            |name: &&str| value.get(*name).or_else(|| inside?.get(*name)).and_then(codec::number);
        names.iter().find_map(at)
    };
    let in_xml = xml::with_root(body, |root| {
        let at = |name: &&str| root.anywhere(name)?.parse().ok();
        names.iter().find_map(at)
    });
    in_xml.ok().flatten().or_else(in_json)
}

/// What a command's answer means; none where it names no code.
pub(super) fn judge(status: u16, body: &[u8]) -> Option<Ended> {
    const BUSY: i64 = 2;
    const NOT_SUPPORTED: i64 = 4;
    let text = text::of_message(body);
    let unable = text.contains("notSupport") || matches!(status, 404 | 405 | 501);
    match answered_number(body, &["statusCode"]) {
        _ if unable => Some(Ended::Unable),
        Some(NOT_SUPPORTED) => Some(Ended::Unable),
        Some(0 | 1) if (200..300).contains(&status) => Some(Ended::Done(Learned::default())),
        Some(BUSY) => Some(Ended::Busy),
        Some(code) if code > 1 => Some(Ended::Refused(code)),
        _ => None,
    }
}

/// Chinese firmware writes the plate's colour before it.
pub(super) fn without_color(shown: &str) -> (Option<&'static str>, &str) {
    const COLORS: [(&str, &str); 6] = [
        ("黄绿", "黄绿色"),
        ("蓝", "蓝色"),
        ("黄", "黄色"),
        ("白", "白色"),
        ("黑", "黑色"),
        ("绿", "绿色"),
    ];
    for (word, color) in COLORS {
        let bare = shown.strip_prefix(word).filter(|bare| text::begins_with_province(bare));
        if let Some(bare) = bare {
            return (Some(color), bare);
        }
    }
    (None, shown)
}
