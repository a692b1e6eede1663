//! What of a file is looked at from elsewhere in it, as written: the lot's kind and code, garages, charging piles,
//! and of each numbered space what the rest must agree with. It judges nothing.

use crate::config::reader::Section;
use crate::standard::equipment::CHARGING_PILE;

/// What a space must agree with.
#[derive(Debug, Default)]
pub(crate) struct Surroundings {
    pub(super) park_code: Option<String>,
    /// Table 3's `parkType` 0; nothing where it cannot be told.
    pub(super) on_street: Option<bool>,
    /// The codes of the lot's garages.
    pub(super) garages: Vec<String>,
    /// The spaces that a charging pile's equipment names.
    pub(super) piles: Vec<String>,
}

/// What the rest of the file needs to know of a space.
#[derive(Debug)]
pub(crate) struct SpaceFacts {
    pub(crate) space_no: String,
    pub(crate) garage_code: Option<String>,
    pub(crate) with_pile: bool,
}

impl Surroundings {
    /// As written.
    pub(crate) fn of(root: &Section<'_>) -> Self {
        let lot = root.section("lot");
        let kind = lot.as_ref().and_then(|lot| lot.written_int("park_type"));
        let texts = |sections: Vec<Section<'_>>, key: &str| {
            let texts = sections.iter().filter_map(|section| section.written_text(key));
            texts.map(str::to_owned).collect()
        };
        let piles = root.sections("device").into_iter().filter(|device| {
            device.written_text("equipment_type") == Some(CHARGING_PILE)
                || device.written_int("charge_type").is_some_and(|kind| kind != 0)
        });
        let piles = texts(piles.collect(), "space_no");
        Self {
            park_code: lot.and_then(|lot| lot.written_text("park_code").map(str::to_owned)),
            on_street: kind.filter(|kind| (0..=2).contains(kind)).map(|kind| kind == 0),
            garages: texts(root.sections("garage"), "garage_code"),
            piles,
        }
    }
}
