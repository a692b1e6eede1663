//! `[lot]`, `[[garage]]` and `[[space]]`: the car park itself as its technician describes it.

use super::reader::Section;
use crate::lang::Problem;
use crate::standard::id::Id;
use crate::standard::tables::entities::{GARAGE_INFO, PARK_INFO, SPACE_INFO};
use jiff::{SignedDuration, tz::TimeZone};
use serde_json::{Map, Value};

/// `[lot]`
#[derive(Debug, Clone)]
pub struct Lot {
    /// Table 3's attributes as written.
    pub park_info: Map<String, Value>,
    /// `parkCode`
    pub park_code: String,
    /// `totalSpaces`
    pub total_spaces: i64,
    /// The lot's time zone.
    pub time_zone: TimeZone,
    /// A plate read again in the same lane within this time is the same passage.
    pub repeat_window: SignedDuration,
    /// A held car counts as still standing there this long after its last read.
    pub waiting_for: SignedDuration,
    /// A car held longer than this makes its lane congested.
    pub congested_after: SignedDuration,
    /// Counts (5003) are reported at most this often.
    pub counts_every: SignedDuration,
    /// The equipment that events of the gateway itself name (table 27).
    pub equipment_id: Option<Id>,
    /// Where guidance (9001) is published, `{parkCode}` standing for the lot it is about.
    pub guidance_topic: String,
}

/// `[[space]]`
#[derive(Debug, Clone)]
pub struct Space {
    /// Table 10's attributes as written.
    pub space_info: Map<String, Value>,
    /// `spaceNo`
    pub space_no: String,
}

/// `[[garage]]`
#[derive(Debug, Clone)]
pub struct Garage {
    /// Table 7's attributes as written.
    pub garage_info: Map<String, Value>,
    /// `garageCode`
    pub garage_code: String,
}

const LOT: &[&str] = &[
    "parkCode",
    "parkName",
    "parkType",
    "isGarage",
    "province",
    "city",
    "district",
    "area",
    "districtCode",
    "roadName",
    "address",
    "totalSpaces",
    "reservableSpaces",
    "sharedSpaces",
    "longitude",
    "latitude",
    "shenzhenX",
    "shenzhenY",
    "shenzhenH",
    "operatorId",
    "owner",
    "garagesmaintainer",
    "serviceType",
    "affiliatedStation",
    "responsibleOfficer",
    "committeeInfo",
    "taxpayer",
    "taxpayerId",
    "publicInfo",
];
const GARAGE: &[&str] = &[
    "id",
    "garageCode",
    "garageName",
    "operator",
    "garagesOwner",
    "garagesmaintainer",
    "manufacturer",
    "totalSpaces",
    "garageType",
    "longitude",
    "latitude",
];
const SPACE: &[&str] = &[
    "spaceNo",
    "garageCode",
    "manageType",
    "ownerType",
    "positionType",
    "sizeType",
    "materialType",
    "usageType",
    "visitType",
    "floor",
    "areaName",
    "withLocker",
    "withChargingPile",
    "longitude",
    "latitude",
];
pub(super) fn read_lot(root: &Section<'_>) -> Option<Lot> {
    let Some(section) = root.section("lot") else {
        root.missing("lot");
        return None;
    };
    let park_info = section.entity(&PARK_INFO, LOT);
    let name = section.text("time_zone").unwrap_or_else(|| "Asia/Shanghai".to_owned());
    let time_zone = TimeZone::get(&name).unwrap_or_else(|_| {
        section.problem("time_zone", Problem::NotATimeZone { name });
        TimeZone::UTC
    });
    let repeat_window = section.duration("repeat_window").unwrap_or(SignedDuration::from_secs(60));
    let waiting_for = section.duration("waiting_for").unwrap_or(SignedDuration::from_secs(60));
    let congested_after =
        section.duration("congested_after").unwrap_or(SignedDuration::from_mins(2));
    let counts_every = section.duration("counts_every").unwrap_or(SignedDuration::from_secs(5));
    let equipment_id = section.optional_id("equipment_id");
    let guidance_topic =
        section.text("guidance_topic").unwrap_or_else(|| "lotgate/guidance/{parkCode}".to_owned());
    section.finish();
    let park_code = park_info.get("parkCode")?.as_str()?.to_owned();
    let total_spaces = park_info.get("totalSpaces")?.as_i64()?;
    Some(Lot {
        park_info,
        park_code,
        total_spaces,
        time_zone,
        repeat_window,
        waiting_for,
        congested_after,
        counts_every,
        equipment_id: equipment_id.map(Id::from),
        guidance_topic,
    })
}

pub(super) fn read_garages(root: &Section<'_>) -> Vec<Garage> {
    let mut garages: Vec<Garage> = Vec::new();
    for section in root.sections("garage") {
        let garage_info = section.entity(&GARAGE_INFO, GARAGE);
        let code = garage_info.get("garageCode").and_then(Value::as_str).map(str::to_owned);
        let taken = |code: &String| garages.iter().any(|garage| garage.garage_code == *code);
        if let Some(value) = code.clone().filter(taken) {
            section.problem("garage_code", Problem::Twice { key: "garage_code".to_owned(), value });
        }
        section.finish();
        if let Some(garage_code) = code {
            garages.push(Garage { garage_info, garage_code });
        }
    }
    garages
}

pub(super) fn read_spaces(root: &Section<'_>) -> Vec<Space> {
    let mut spaces: Vec<Space> = Vec::new();
    for section in root.sections("space") {
        let space_info = section.entity(&SPACE_INFO, SPACE);
        let space_no = space_info.get("spaceNo").and_then(Value::as_str).map(str::to_owned);
        if let Some(value) =
            space_no.clone().filter(|number| spaces.iter().any(|space| space.space_no == *number))
        {
            section.problem("space_no", Problem::Twice { key: "space_no".to_owned(), value });
        }
        section.finish();
        if let Some(space_no) = space_no {
            spaces.push(Space { space_info, space_no });
        }
    }
    spaces
}
