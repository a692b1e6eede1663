//! Coordinates: longitude and latitude in GCJ-02 (table 2, note 2), within China, and both or none. That a pair is
//! WGS-84 cannot be seen by looking at it; the words say what is wanted.

use crate::config::reader::Section;
use crate::lang::LotProblem;
use std::ops::RangeInclusive;

/// China's extent, rounded outwards to whole degrees.
const LONGITUDES: RangeInclusive<f64> = 73.0..=136.0;
const LATITUDES: RangeInclusive<f64> = 3.0..=54.0;

/// The coordinates of the lot, its lanes and garages.
pub(super) fn survey(root: &Section<'_>) {
    root.section("lot").iter().for_each(coordinates);
    root.sections("lane").iter().for_each(coordinates);
    root.sections("garage").iter().for_each(coordinates);
}

/// The coordinates of whatever has them.
pub(super) fn coordinates(section: &Section<'_>) {
    for (key, other) in [("longitude", "latitude"), ("latitude", "longitude")] {
        if section.has(key) && !section.has(other) {
            let (key_text, other) = (key.to_owned(), other.to_owned());
            section.problem(key, LotProblem::HalfAPlace { key: key_text, other }.into());
        }
    }
    let longitude = section.written_number("longitude");
    let latitude = section.written_number("latitude");
    let within = |number: Option<f64>, range: &RangeInclusive<f64>| {
        number.is_none_or(|number| range.contains(&number))
    };
    if within(longitude, &LONGITUDES) && within(latitude, &LATITUDES) {
        return;
    }
    if let (Some(longitude), Some(latitude)) = (longitude, latitude)
        && LONGITUDES.contains(&latitude)
        && LATITUDES.contains(&longitude)
    {
        section.problem("longitude", LotProblem::SwappedPlace { longitude, latitude }.into());
        return;
    }
    for (key, number, range) in
        [("longitude", longitude, LONGITUDES), ("latitude", latitude, LATITUDES)]
    {
        if !within(number, &range) {
            let (low, high) = range.into_inner();
            section
                .problem(key, LotProblem::OutsideChina { key: key.to_owned(), low, high }.into());
        }
    }
}
