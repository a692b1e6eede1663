//! What the platform would know of the lot by now: every report, read as its tables say.

use crate::prelude::*;
use lotgate::store::Reader;
use std::collections::BTreeMap;

/// What the reports have said so far.
#[derive(Default)]
pub struct Platform {
    last_seq: i64,
    /// What has come in this phase.
    pub fresh: Vec<(u16, Value)>,
    /// Parking records by their id.
    pub records: BTreeMap<String, Record>,
    /// The newest 5003.
    pub counts: Option<Value>,
    /// The newest 5001 of each space.
    pub spaces: BTreeMap<String, i64>,
    /// Records by the number of an order.
    pub orders: BTreeMap<String, String>,
    /// 5009 of an order that nothing else has named.
    pub lost_refunds: Vec<Value>,
    /// What came that no platform can make sense of.
    pub nonsense: Vec<String>,
}

/// What the reports have said of one stay.
#[derive(Default)]
pub struct Record {
    /// 5004
    pub entered: Vec<Value>,
    /// 5005
    pub left: Vec<Value>,
    /// The newest of 5004, 5005 and 5006.
    pub newest: Value,
    /// 5008
    pub charges: Vec<Value>,
    /// 5009
    pub refunds: Vec<Value>,
    /// 5007
    pub asked: Vec<Value>,
}

impl Record {
    pub fn is_open(&self) -> bool {
        !self.entered.is_empty() && self.leave_time().is_none()
    }

    pub fn leave_time(&self) -> Option<Timestamp> {
        moment(&self.newest["leaveTime"])
    }

    pub fn enter_time(&self) -> Option<Timestamp> {
        moment(&self.newest["enterTime"])
    }

    pub fn plate(&self) -> Option<&str> {
        text(&self.newest["parkCarInfo"]["plateNo"])
    }

    pub fn space(&self) -> Option<&str> {
        text(&self.newest["spaceNo"])
    }

    /// All that was received and all that was given back.
    pub fn received(&self) -> i64 {
        self.charges.iter().map(|one| fen(&one["received"])).sum()
    }

    pub fn refunded(&self) -> i64 {
        self.refunds.iter().map(|one| fen(&one["refundMoney"])).sum()
    }
}

impl Platform {
    /// Reads what has been queued since the look before.
    pub fn gather(&mut self, reader: &Reader) {
        let pending = |urgency: &Urgency| reader.pending(*urgency, self.last_seq, 10_000).unwrap();
        let rows: BTreeMap<_, _> =
            Urgency::ALL.iter().flat_map(pending).map(|row| (row.seq, row)).collect();
        self.last_seq = rows.keys().next_back().copied().unwrap_or(self.last_seq);
        let read = |body: &str| serde_json::from_str(body).unwrap();
        for row in rows.into_values() {
            self.fresh.push((row.code, read(&row.body)));
            self.take(row.code, read(&row.body));
        }
    }

    fn take(&mut self, code: u16, body: Value) {
        match code {
            5001 => {
                let space = body["spaceNo"].as_str().unwrap().to_owned();
                self.spaces.insert(space, body["state"].as_i64().unwrap());
            }
            5003 => self.counts = Some(body),
            5004..=5006 => self.take_record(code, body),
            5007 | 5008 => self.take_money(code, body),
            5009 => self.take_refund(body),
            _ => {}
        }
    }

    fn take_record(&mut self, code: u16, body: Value) {
        let record = self.records.entry(id(&body, "id")).or_default();
        record.newest = body.clone();
        match code {
            5004 => record.entered.push(body),
            5005 => record.left.push(body),
            _ => {}
        }
        if record.entered.is_empty() {
            self.nonsense.push(format!("{code} before its 5004: {}", record.newest));
        }
    }

    fn take_money(&mut self, code: u16, body: Value) {
        let record = id(&body, "recordId");
        if let Some(order) = text(&body["orderNo"]) {
            self.orders.insert(order.to_owned(), record.clone());
        }
        let its = self.records.entry(record).or_default();
        if its.entered.is_empty() {
            self.nonsense.push(format!("{code} before its 5004: {body}"));
        }
        if code == 5007 { its.asked.push(body) } else { its.charges.push(body) }
    }

    fn take_refund(&mut self, body: Value) {
        let order = body["orderNo"].as_str().unwrap_or_default();
        match self.orders.get(order).and_then(|record| self.records.get_mut(record)) {
            Some(record) => record.refunds.push(body),
            None => self.lost_refunds.push(body),
        }
    }

    /// The open record of a plate.
    pub fn open_of(&self, plate: &str) -> Option<(&String, &Record)> {
        self.records.iter().find(|(_, one)| one.is_open() && one.plate() == Some(plate))
    }

    /// The open record in a space.
    pub fn open_at(&self, space: &str) -> Option<(&String, &Record)> {
        self.records.iter().find(|(_, one)| one.is_open() && one.space() == Some(space))
    }

    pub fn open_stays(&self) -> i64 {
        i64::try_from(self.records.values().filter(|one| one.is_open()).count()).unwrap()
    }
}

/// An amount, in fen.
pub fn fen(amount: &Value) -> i64 {
    let text = amount.to_string();
    let (yuan, rest) = text.split_once('.').unwrap_or((&text, "0"));
    let yuan: i64 = yuan.parse().unwrap_or(0);
    yuan * 100 + format!("{rest:0<2}")[..2].parse::<i64>().unwrap_or(0)
}

pub fn moment(local: &Value) -> Option<Timestamp> {
    let text = text(local)?;
    zone().to_timestamp(text.replace(' ', "T").parse().ok()?).ok()
}

pub fn text(value: &Value) -> Option<&str> {
    value.as_str().filter(|text| !text.is_empty())
}

pub fn id(body: &Value, name: &str) -> String {
    body[name].as_str().unwrap_or_default().to_lowercase()
}
