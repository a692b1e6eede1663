//! Vzenith's numbers and words, the same however a camera sends them: triggers, colours, kinds of plates, inputs. Pure.

use crate::devices::cameras::makes::codec::{
    self, CameraMessage, INPUT_SOURCE, Level, OddValue, input_name, number,
};
use crate::devices::cameras::makes::text;
use crate::model::event::Heading;
use serde_json::Value;

/// Triggers of a passage are the bits 1 (automatic), 2 (input), 4 (software), 8 (virtual loop). 64 and 65 are stays, and
/// what newer firmware adds (85, 86) nobody has said to be a passage.
pub(super) const PASSAGE: std::ops::RangeInclusive<i64> = 0..=15;
/// The one that says the car has gone back where it came from.
pub(super) const TURNED_BACK: i64 = 66;
/// Where a camera says that a read is sent late.
pub(super) const OFFLINE: &str = "isoffline";
/// What `ctrltype` says of an output that its own list has opened while nobody spoke with it.
const BY_ITS_LIST: i64 = 2;
/// No plate is longer than this; a text that is was not meant to be read.
const LONGEST_PLATE: usize = 15;
/// Why a plate is not read, for who has to switch that off.
pub(super) const IN_CIPHER: &str =
    "the plate is encrypted: switch plate encryption off in the camera";

/// Whether a plate is in cipher, by what the camera says (`is_encrypted`) or by its length.
pub(super) fn is_in_cipher(said: &Value, license: &str) -> bool {
    codec::is_yes(said) || text::longest(license) > LONGEST_PLATE
}

/// Whether its own list has opened, by what became of its outputs with a read (`gioouts`).
pub(super) fn opened_by_its_list(outputs: &Value) -> bool {
    let by_list = |one: &Value| one.get("ctrltype").and_then(number) == Some(BY_ITS_LIST);
    outputs.as_array().is_some_and(|all| all.iter().any(by_list))
}

/// What a contact says: which (`source`) and how it is (`value`).
pub(super) fn contact(source: &Value, value: &Value) -> CameraMessage {
    let input = number(source).and_then(|source| u16::try_from(source).ok());
    match (input, level(value)) {
        (Some(input), Some(level)) => CameraMessage::Input { input, level },
        (Some(input), None) => CameraMessage::OddInput(OddValue::new(input_name(input), value)),
        (None, _) => CameraMessage::OddInput(OddValue::new(INPUT_SOURCE, source)),
    }
}

/// An input's `value`.
fn level(value: &Value) -> Option<Level> {
    let level = number(value).or_else(|| value.as_bool().map(i64::from));
    match level? {
        0 => Some(Level::Open),
        1 => Some(Level::Closed),
        2 => Some(Level::Pulse),
        _ => None,
    }
}

/// `direction`: 1 and 2 are left and right, 3 upwards and 4 downwards in the picture.
pub(super) fn heading(direction: i64) -> Option<Heading> {
    match direction {
        3 => Some(Heading::Receding),
        4 => Some(Heading::Approaching),
        _ => None,
    }
}

/// `colorType` in the standard's words.
pub(super) fn color(color_type: i64) -> Option<&'static str> {
    match color_type {
        1 => Some("蓝色"),
        2 => Some("黄色"),
        3 => Some("白色"),
        4 => Some("黑色"),
        5 => Some("绿色"),
        6 => Some("黄绿色"),
        _ => None,
    }
}

/// Table 11's `licensePlateType` of a plate's `type`: all that the camera knows by name are permanent plates;
/// 0 is unknown, and from 29 on it is none, or none of the kind.
pub(super) fn license_plate_type(kind: i64) -> Option<i64> {
    const PERMANENT: i64 = 1;
    (1..=28).contains(&kind).then_some(PERMANENT)
}

/// `carColor` in the standard's words: a number of its list, or the word itself.
pub(super) fn car_color(value: &Value) -> Option<String> {
    const COLORS: [&str; 9] =
        ["白色", "银色", "黄色", "粉色", "红色", "绿色", "蓝色", "棕色", "黑色"];
    let listed = number(value).and_then(|number| COLORS.get(usize::try_from(number).ok()?));
    listed
        .map(|color| (*color).to_owned())
        .or_else(|| codec::color(codec::only_text(value)).filter(|_| number(value).is_none()))
}
