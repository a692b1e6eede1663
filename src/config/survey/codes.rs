//! Codes as their tables print them: `parkCode` 20 (table 3), `garageCode` 22 (table 7), `spaceNo` 28 characters
//! (table 10), the last two beginning with the lot's own as in every example of Annex D, and garages that are
//! there. What is longer than its table allows is refused by the reader already.

use super::surroundings::Surroundings;
use crate::config::reader::{Section, nearest};
use crate::lang::{LotProblem, Problem};

/// The codes of the lot, its garages, lanes and devices.
pub(super) fn survey(root: &Section<'_>, around: &Surroundings) {
    if let Some(lot) = root.section("lot") {
        shaped(&lot, "park_code", ("parkCode", 20), false);
        district(&lot);
        if let Some(is_garage) = lot.written_int("is_garage")
            && (is_garage == 1) == around.garages.is_empty()
        {
            lot.problem("is_garage", LotProblem::IsGarage { written: is_garage }.into());
        }
    }
    for garage in root.sections("garage") {
        garage_code(&garage, around);
    }
    for other in root.sections("lane").iter().chain(&root.sections("device")) {
        garage_code(other, around);
        garage_is_there(other, around);
    }
    for device in root.sections("device") {
        space_no(&device, around);
    }
}

/// Codes of GB/T 2260 and GB/T 10114 one after the other: 9 digits (table 3), 6 where a platform wants no more.
fn district(lot: &Section<'_>) {
    let Some(code) = lot.written_text("district_code").filter(|code| !code.is_empty()) else {
        return;
    };
    let (want, have) = (lot.lengths().of("districtCode", 9).min(9), code.chars().count());
    if have < usize::from(want) {
        lot.problem("district_code", LotProblem::ShortDistrict { want, have }.into());
    }
    characters(lot, "district_code", code, false);
}

/// A garage's code.
pub(super) fn garage_code(section: &Section<'_>, around: &Surroundings) {
    shaped(section, "garage_code", ("garageCode", 22), false);
    of_this_lot(section, "garage_code", around);
}

/// A space's number.
pub(super) fn space_no(section: &Section<'_>, around: &Surroundings) {
    shaped(section, "space_no", ("spaceNo", 28), true);
    of_this_lot(section, "space_no", around);
}

/// A garage that something is in must be one of the file's.
pub(super) fn garage_is_there(section: &Section<'_>, around: &Surroundings) {
    let Some(code) = section.written_text("garage_code").filter(|code| !code.is_empty()) else {
        return;
    };
    if !around.garages.iter().any(|garage| garage == code) {
        let nearest = nearest(code, around.garages.iter().map(String::as_str));
        let problem = LotProblem::NoGarage { code: code.to_owned(), nearest };
        section.problem("garage_code", problem.into());
    }
}

/// A code's length and characters: digits, and capitals where they may be.
fn shaped(section: &Section<'_>, key: &str, attribute: (&str, u16), capitals: bool) {
    let Some(code) = section.written_text(key).filter(|code| !code.is_empty()) else { return };
    let (name, printed) = attribute;
    let (want, have) = (section.lengths().of(name, printed), code.chars().count());
    if have < usize::from(want) {
        let key_text = key.to_owned();
        section.problem(key, LotProblem::CodeLength { key: key_text, want, have }.into());
    }
    characters(section, key, code, capitals);
}

fn characters(section: &Section<'_>, key: &str, code: &str, capitals: bool) {
    let fits = |c: char| c.is_ascii_digit() || (capitals && c.is_ascii_uppercase());
    if let Some(odd) = code.chars().find(|c| !fits(*c)) {
        let problem = LotProblem::CodeCharacter { key: key.to_owned(), odd, capitals };
        section.problem(key, problem.into());
    }
}

fn of_this_lot(section: &Section<'_>, key: &str, around: &Surroundings) {
    let Some(code) = section.written_text(key).filter(|code| !code.is_empty()) else { return };
    let Some(park_code) = around.park_code.as_deref().filter(|code| !code.is_empty()) else {
        return;
    };
    if !code.starts_with(park_code) {
        let (key_text, park_code) = (key.to_owned(), park_code.to_owned());
        let problem: Problem = LotProblem::CodeOfOther { key: key_text, park_code }.into();
        section.problem(key, problem);
    }
}
