//! The model held against the platform's books when everything has been told: each stay once, at its time, for its money.

use crate::model::{Coming, Fen, Model, Stay as ModelStay, fee};
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use lotgate::sim::platform::ledger::{Ledger, Stay, fen, id, text};
use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// How far a moment may be from when it was seen from outside.
const ABOUT: Duration = Duration::from_secs(3);

/// What is not as it must be, in kinds.
#[derive(Debug, Default)]
pub struct Judgement {
    /// Passages that have become nothing, with the coming they were of.
    pub lost: Vec<(usize, String)>,
    /// Passages that were told though there were none, or more than once.
    pub doubled: Vec<String>,
    /// Moments and sums.
    pub wrong: Vec<(usize, String)>,
}

impl Judgement {
    /// Whether all is as it must be.
    pub fn is_clean(&self) -> bool {
        self.lost.is_empty() && self.doubled.is_empty() && self.wrong.is_empty()
    }
}

/// Holds the one against the other.
pub fn judge(model: &Model, ledger: &Ledger) -> Judgement {
    let mut judgement = Judgement::default();
    let mut told: BTreeMap<&str, Vec<&Stay>> = BTreeMap::new();
    for stay in ledger.stays.values() {
        told.entry(stay.plate().unwrap_or("no plate")).or_default().push(stay);
    }
    for stays in told.values_mut() {
        stays.sort_by_key(|stay| stay.newest["enterTime"].to_string());
    }
    for (plate, stays) in &model.stays {
        let found = told.remove(plate.as_str()).unwrap_or_default();
        for stay in stays.iter().skip(found.len()) {
            let what = format!("no record of {:?}", model.comings[stay.in_by]);
            judgement.lost.push((stay.in_by, what));
        }
        for extra in found.iter().skip(stays.len()) {
            judgement.doubled.push(format!("a record too many of {plate}: {}", extra.newest));
        }
        for (stay, found) in stays.iter().zip(found) {
            compare(model, stay, found, &mut judgement);
        }
    }
    for (plate, found) in told {
        judgement.doubled.push(format!("{} records of {plate}, which never came in", found.len()));
    }
    let used = ledger.counts.as_ref().and_then(|counts| counts["usedSpaces"].as_u64());
    let inside = u64::try_from(model.inside()).ok();
    if used != inside {
        judgement.wrong.push((0, format!("{inside:?} cars are inside, 5003 says {used:?}")));
    }
    judgement
}

fn compare(model: &Model, stay: &ModelStay, found: &Stay, judgement: &mut Judgement) {
    let record = &found.newest;
    let came = &model.comings[stay.in_by];
    let mut wrong = |coming: usize, what: String| {
        judgement.wrong.push((coming, format!("{what}: {record} of {:?}", model.comings[coming])));
    };
    if let Some(late) = came.late {
        if moment(text(&record["enterTime"])) != Some(late) {
            wrong(stay.in_by, "not in at the moment that its camera told late".to_owned());
        }
    } else if !is_about(text(&record["enterTime"]), came) {
        wrong(stay.in_by, "not in when it came".to_owned());
    }
    let mut paid: Vec<_> = stay.paid.iter().map(|paid| (paid.id.clone(), paid.amount)).collect();
    let mut charged: Vec<_> =
        found.charges.iter().map(|one| (id(one, "id"), fen(&one["received"]))).collect();
    paid.sort();
    charged.sort();
    if paid != charged {
        wrong(stay.in_by, format!("paid {paid:?}, told {charged:?}"));
    }
    match (stay.out_by, found.is_open()) {
        (None, true) => {}
        (None, false) => wrong(stay.in_by, "told to have left, and stands inside".to_owned()),
        (Some(out), true) => {
            let what = format!("not told to have left: {:?}", model.comings[out]);
            judgement.lost.push((out, what));
        }
        (Some(out), false) => {
            if !is_about(text(&record["leaveTime"]), &model.comings[out]) {
                wrong(out, "not out when it went".to_owned());
            }
            let stayed = moment(text(&record["leaveTime"]))
                .zip(moment(text(&record["enterTime"])))
                .and_then(|(left, came)| left.duration_since(came).ok());
            let due = if stay.free { Some(0) } else { stayed.map(fee) };
            let (receivables, received) = (fen(&record["receivables"]), fen(&record["received"]));
            let sum: Fen = stay.paid.iter().map(|paid| paid.amount).sum();
            if Some(receivables) != due || received != sum {
                wrong(out, format!("due {due:?}, paid {sum}, told {receivables} and {received}"));
            }
        }
    }
}

/// Whether a moment that was told lies between when the car came and when its barrier opened.
fn is_about(told: Option<&str>, coming: &Coming) -> bool {
    let Some(told) = moment(told) else { return false };
    told + ABOUT >= coming.came && coming.opened.is_none_or(|opened| told <= opened + ABOUT)
}

/// A moment as the standard writes it.
fn moment(told: Option<&str>) -> Option<SystemTime> {
    let local = DateTime::strptime("%Y-%m-%d %H:%M:%S", told?).ok()?;
    let zone = TimeZone::get("Asia/Shanghai").unwrap();
    let seconds = u64::try_from(zone.to_timestamp(local).ok()?.as_second()).ok()?;
    Some(UNIX_EPOCH + Duration::from_secs(seconds))
}
