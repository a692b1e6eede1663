//! Values that are still the example's: a lot that reports itself by them is another one, or none. For whoever
//! copied the example and changed less than there was to change.

use crate::config::reader::Section;
use crate::lang::LotProblem;

/// The example's values by section and key, which no lot shares by accident.
const VALUES: &[(&str, &str, &[&str])] = &[
    ("lot", "park_code", &["44030400100101000010"]),
    ("lot", "park_name", &["示例停车场"]),
    ("lot", "operator_id", &["B76238DF08"]),
    ("lot", "owner", &["示例物业"]),
    ("lot", "garagesmaintainer", &["示例维保"]),
    ("lot", "affiliated_station", &["示例派出所"]),
    ("lot", "responsible_officer", &["张三"]),
    ("lot", "committee_info", &["示例居委会"]),
    ("lot", "taxpayer", &["示例物业"]),
    ("lot", "taxpayer_id", &["91440300XXXXXXXXXX"]),
    ("platform", "base_url", &["https://localhost:9443/api/1.0"]),
    ("platform", "user_id", &["b38080814d9be81f014d9beb8109033a"]),
    ("platform", "password", &["lot-password"]),
    ("platform", "des_key", &["12345678"]),
    ("lot", "online_order_url", &["https://pay.example.cn?parkCode={parkCode}&plateNo={plateNo}"]),
    ("platform.tcp", "address", &["localhost:9444"]),
    ("platform.callback", "url", &["https://box.example.cn:9445/callback"]),
    ("device", "sn", &["265e1040-85e01fb7", "8fcd1c4e-20ca9ecb", "15ZK231028466482"]),
    ("device", "secret", &["in1-k7Qz2m9x", "out1-p3Rw8t5v", "in2-d6Hn4b1c"]),
    ("device", "password", &["south-secret", "north-secret"]),
    ("device", "application_id", &["17c82e96-be03-4f38-aef3-f83d48582d97"]),
    ("garage", "operator", &["示例物业"]),
    ("garage", "garages_owner", &["示例物业"]),
    ("garage", "garagesmaintainer", &["示例维保"]),
    ("garage", "manufacturer", &["示例制造"]),
    ("web", "token", &["change-this-token-of-the-booth"]),
    ("merchant", "name", &["示例超市"]),
    ("merchant", "token", &["change-this-token-of-the-shop"]),
    ("tariff", "permit_no", &["663434"]),
    ("tariff", "charger", &["示例物业"]),
];

/// What the example's ids and equipment codes begin with.
const BEGINNINGS: &[(&str, &str, &str)] = &[
    ("lot", "equipment_id", "a1dc1d9fccdc441fb6238fb43fab"),
    ("device", "id", "a1dc1d9fccdc441fb6238fb43fab"),
    ("device", "equipment_code", "77775555001"),
    ("lane", "id", "90731c48a7ea4c27bd4d57ff0e13d0"),
    ("garage", "id", "a1dc1d9fccdc441fb6238fb43fab"),
];

/// Longitude and latitude.
const PLACE: (f64, f64) = (114.0866, 22.5562);

/// Names every value that is the example's.
pub(super) fn survey(root: &Section<'_>) {
    for (place, key, values) in VALUES {
        for section in sections(root, place) {
            let written = section.written_text(key);
            if written.is_some_and(|written| values.contains(&written)) {
                section.problem(key, LotProblem::FromExample { key: (*key).to_owned() }.into());
            }
        }
    }
    for (place, key, beginning) in BEGINNINGS {
        for section in sections(root, place) {
            let written = section.written_text(key).map(str::to_ascii_lowercase);
            if written.is_some_and(|written| written.starts_with(beginning)) {
                section.problem(key, LotProblem::FromExample { key: (*key).to_owned() }.into());
            }
        }
    }
    let is = |section: &Section<'_>, key: &str, number: f64| {
        section.written_number(key).is_some_and(|written| (written - number).abs() < 1e-9)
    };
    for place in ["lot", "lane", "garage"] {
        for section in sections(root, place) {
            if is(&section, "longitude", PLACE.0) && is(&section, "latitude", PLACE.1) {
                let key = "longitude".to_owned();
                section.problem("longitude", LotProblem::FromExample { key }.into());
            }
        }
    }
}

/// `[a.b]`, or every `[[a]]`.
fn sections<'t>(root: &Section<'t>, place: &str) -> Vec<Section<'t>> {
    if matches!(place, "device" | "lane" | "garage" | "merchant") {
        return root.sections(place);
    }
    let mut found = None;
    for name in place.split('.') {
        found = match &found {
            None => root.section(name),
            Some(outer) => Section::section(outer, name),
        };
        if found.is_none() {
            return Vec::new();
        }
    }
    found.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXAMPLE: &str = include_str!("../../../config.example.toml");
    const SMALLEST: &str = include_str!("../../../packaging/config.toml");

    #[test]
    fn every_value_stands_in_an_example() {
        let stands = |key: &str, value: &str| {
            let line = |line: &str| {
                let (name, written) = line.trim_start_matches(['#', ' ']).split_once('=')?;
                (name.trim() == key && written.contains(value)).then_some(())
            };
            EXAMPLE.lines().chain(SMALLEST.lines()).any(|one| line(one).is_some())
        };
        for (_, key, values) in VALUES {
            assert!(values.iter().all(|value| stands(key, value)), "{key}");
        }
        for (_, key, beginning) in BEGINNINGS {
            assert!(stands(key, beginning), "{key}");
        }
        assert!(stands("longitude", "114.0866") && stands("latitude", "22.5562"));
    }
}
