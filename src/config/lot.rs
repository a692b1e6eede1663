//! `[lot]`: the car park itself as its technician describes it.

use super::reader::Section;
use crate::devices::mqtt::topic::{has_spaces, is_name};
use crate::lang::{LotProblem, Problem};
use crate::model::exit::{NoEntry, PlateMatch};
use crate::model::lease::OnFree;
use crate::standard::id::Id;
use crate::standard::tables::entities::PARK_INFO;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use serde_json::{Map, Value};
use std::path::{Path, PathBuf};

/// `[lot]`
#[derive(Debug, Clone, PartialEq)]
pub struct Lot {
    /// Table 3's attributes as written.
    pub park_info: Map<String, Value>,
    /// `parkCode`
    pub park_code: String,
    /// `totalSpaces`
    pub total_spaces: i64,
    /// How many of its spaces visitors may take; all but those that are somebody's when absent.
    pub visitor_spaces: Option<i64>,
    /// The lot's time zone.
    pub time_zone: TimeZone,
    /// A plate read again in the same lane within this time is the same passage.
    pub repeat_window: SignedDuration,
    /// A camera that is less sure of a plate has read none, 0 to 100.
    pub min_confidence: u8,
    /// What is done with a plate at the exit that is not inside and is like one that is.
    pub plate_match: PlateMatch,
    /// What a car pays that leaves and whose entry nobody saw.
    pub no_entry: NoEntry,
    /// What a lease's space that becomes free means for its car that came in when all were taken.
    pub on_free: OnFree,
    /// A held car counts as still standing there this long after its last read.
    pub waiting_for: SignedDuration,
    /// A car that was let pass has gone this long after its last read, where nothing tells.
    pub gone_after: SignedDuration,
    /// A car held longer than this makes its lane congested.
    pub congested_after: SignedDuration,
    /// A car held longer than this makes its lane badly congested.
    pub badly_congested_after: SignedDuration,
    /// What is said of electronic tags (table 11's `eidEquiped`), which nothing here reads.
    pub eid_equipped: bool,
    /// Counts (5003) are reported at most this often.
    pub counts_every: SignedDuration,
    /// The equipment that events of the gateway itself name (table 27).
    pub equipment_id: Option<Id>,
    /// Where guidance (9001) is published, `{parkCode}` standing for the lot it is about.
    pub guidance_topic: String,
    /// A CSV table of its numbered spaces.
    pub spaces_file: Option<PathBuf>,
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

/// A word or an amount of money.
fn read_no_entry(section: &Section<'_>) -> NoEntry {
    if section.is_text("no_entry") {
        let words = [("hold", NoEntry::Hold), ("least", NoEntry::Least)];
        return section.choice("no_entry", &words).unwrap_or_default();
    }
    section.money("no_entry").map_or(NoEntry::Hold, NoEntry::Amount)
}

/// A lane is badly congested after so many times what makes it congested, unless it is written.
const BADLY: i32 = 3;

/// Where nothing else is written.
const USUAL_TIME_ZONE: &str = "Asia/Shanghai";

pub(super) fn usual_time_zone() -> TimeZone {
    TimeZone::get(USUAL_TIME_ZONE).unwrap_or(TimeZone::UTC)
}

/// The day it is in China.
pub(super) fn today() -> Date {
    usual_time_zone().to_datetime(Timestamp::now()).date()
}

pub(super) fn read_time_zone(lot: &Section<'_>) -> TimeZone {
    let name = lot.text("time_zone").unwrap_or_else(|| USUAL_TIME_ZONE.to_owned());
    TimeZone::get(&name).unwrap_or_else(|_| {
        lot.problem("time_zone", Problem::NotATimeZone { name });
        TimeZone::UTC
    })
}

/// Where guidance is published, `{parkCode}` in it: a topic that brokers take and that a subscriber would write so.
fn read_guidance_topic(section: &Section<'_>, park_info: &Map<String, Value>) -> String {
    let written = section.text("guidance_topic");
    let key = if written.is_some() { "guidance_topic" } else { "park_code" };
    let topic = written.unwrap_or_else(|| "lotgate/guidance/{parkCode}".to_owned());
    let park_code = park_info.get("parkCode").and_then(Value::as_str).unwrap_or_default();
    let published = topic.replace("{parkCode}", park_code);
    if !is_name(&published) || published.starts_with('$') || has_spaces(&published) {
        section.problem(key, LotProblem::NoTopic { key: key.to_owned() }.into());
    }
    topic
}

pub(super) fn read_lot(root: &Section<'_>, folder: &Path) -> Option<Lot> {
    let Some(section) = root.section("lot") else {
        root.missing("lot");
        return None;
    };
    let park_info = section.entity(&PARK_INFO, LOT);
    let time_zone = read_time_zone(&section);
    let visitor_spaces = section.int("visitor_spaces", 0, 1_000_000);
    let repeat_window = section.duration("repeat_window").unwrap_or(SignedDuration::from_secs(60));
    let min_confidence = section.int("min_confidence", 0, 100).and_then(|n| u8::try_from(n).ok());
    let matches =
        [("exact", PlateMatch::Exact), ("ask", PlateMatch::Ask), ("sure", PlateMatch::Sure)];
    let plate_match = section.choice("plate_match", &matches).unwrap_or_default();
    let no_entry = read_no_entry(&section);
    let freed = [("convert", OnFree::Convert), ("stay-temporary", OnFree::StayTemporary)];
    let on_free = section.choice("on_free", &freed).unwrap_or_default();
    let waiting_for = section.duration("waiting_for").unwrap_or(SignedDuration::from_secs(60));
    let gone_after = section.duration("gone_after").unwrap_or(SignedDuration::from_secs(60));
    let congested_after =
        section.duration("congested_after").unwrap_or(SignedDuration::from_mins(2));
    let badly_congested_after = section.duration("badly_congested_after");
    if badly_congested_after.is_some_and(|badly| badly <= congested_after) {
        let (key, than) = ("badly_congested_after".to_owned(), "congested_after".to_owned());
        section.problem("badly_congested_after", Problem::NotLonger { key, than });
    }
    let badly_congested_after =
        badly_congested_after.unwrap_or(congested_after.saturating_mul(BADLY));
    let eid_equipped = section.bool("eid_equipped").unwrap_or(false);
    let counts_every = section.duration("counts_every").unwrap_or(SignedDuration::from_secs(5));
    let equipment_id = section.optional_id("equipment_id");
    let guidance_topic = read_guidance_topic(&section, &park_info);
    let spaces_file = section.file_name("spaces_file").map(|file| folder.join(file));
    section.finish();
    let park_code = park_info.get("parkCode")?.as_str()?.to_owned();
    let total_spaces = park_info.get("totalSpaces")?.as_i64()?;
    Some(Lot {
        park_info,
        park_code,
        total_spaces,
        visitor_spaces,
        time_zone,
        repeat_window,
        min_confidence: min_confidence.unwrap_or(60),
        plate_match,
        no_entry,
        on_free,
        waiting_for,
        gone_after,
        congested_after,
        badly_congested_after,
        eid_equipped,
        counts_every,
        equipment_id: equipment_id.map(Id::from),
        guidance_topic,
        spaces_file,
    })
}
