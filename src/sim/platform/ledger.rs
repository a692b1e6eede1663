//! The platform's books: what reports have said of each stay, put together and summed, and what of it
//! cannot all be true. For whoever asks whether money and spaces add up; it checks no attribute (that is
//! done before) and knows no tariff.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;
use serde_json::Value;
use std::collections::BTreeMap;

/// What the reports have said so far.
#[derive(Debug, Clone, Default)]
pub struct Ledger {
    /// Parking records by their id in small letters.
    pub stays: BTreeMap<String, Stay>,
    /// The newest 5003.
    pub counts: Option<Value>,
    /// The newest state of each space (5001).
    pub spaces: BTreeMap<String, i64>,
    /// 5009 of orders that nothing has named before: table 17 names its record by the order alone.
    pub lost_refunds: Vec<Value>,
    /// Reports of records whose 5004 has not come.
    pub before_entry: Vec<String>,
    /// Records by the number of an order.
    orders: BTreeMap<String, String>,
    /// Payments the lot was told of (6007) and took, by their id.
    notices: BTreeMap<String, Value>,
    /// Whether reports were refused: books without them cannot be summed.
    refused: bool,
}

/// What the reports have said of one parking record.
#[derive(Debug, Clone, Default)]
pub struct Stay {
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

/// All books in one line, in fen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// Σ `received` of 5008.
    pub charged: i64,
    /// Σ `refundMoney` of 5009.
    pub refunded: i64,
    /// Σ `received` of the newest record of stays that have ended.
    pub recorded: i64,
}

impl Stay {
    /// Whether it has come and not gone.
    pub fn is_open(&self) -> bool {
        !self.entered.is_empty() && text(&self.newest["leaveTime"]).is_none()
    }

    /// Its plate as last told; none for a car nobody has read.
    pub fn plate(&self) -> Option<&str> {
        text(&self.newest["parkCarInfo"]["plateNo"])
    }

    /// Its space as last told.
    pub fn space(&self) -> Option<&str> {
        text(&self.newest["spaceNo"])
    }

    /// Σ `received` of its charges, in fen.
    pub fn received(&self) -> i64 {
        self.charges.iter().map(|charge| fen(&charge["received"])).sum()
    }

    /// Σ `refundMoney` of its refunds, in fen.
    pub fn refunded(&self) -> i64 {
        self.refunds.iter().map(|refund| fen(&refund["refundMoney"])).sum()
    }
}

impl Ledger {
    /// Enters a report.
    pub fn take(&mut self, code: u16, element: &Value) {
        match code {
            5001 => {
                let space = element["spaceNo"].as_str().unwrap_or_default();
                let state = element["state"].as_i64().unwrap_or_default();
                self.spaces.insert(space.to_owned(), state);
            }
            5003 => self.counts = Some(element.clone()),
            5004..=5006 => self.take_record(code, element),
            5007 | 5008 => self.take_money(code, element),
            5009 => self.take_refund(element),
            _ => {}
        }
    }

    /// Enters a payment that the lot was told of and took: 6007's `chargeInfo`.
    pub fn notice(&mut self, charge: &Value) {
        self.notices.insert(id(charge, "id"), charge.clone());
    }

    /// A report was refused.
    pub fn refuse(&mut self) {
        self.refused = true;
    }

    fn take_record(&mut self, code: u16, element: &Value) {
        let stay = self.stay(code, element, "id");
        stay.newest = element.clone();
        match code {
            5004 => stay.entered.push(element.clone()),
            5005 => stay.left.push(element.clone()),
            _ => {}
        }
    }

    fn take_money(&mut self, code: u16, element: &Value) {
        if let Some(order) = text(&element["orderNo"]) {
            self.orders.insert(order.to_owned(), id(element, "recordId"));
        }
        let stay = self.stay(code, element, "recordId");
        if code == 5007 { &mut stay.asked } else { &mut stay.charges }.push(element.clone());
    }

    fn take_refund(&mut self, element: &Value) {
        let record = text(&element["orderNo"]).and_then(|order| self.orders.get(order));
        match record.and_then(|record| self.stays.get_mut(record)) {
            Some(stay) => stay.refunds.push(element.clone()),
            None => self.lost_refunds.push(element.clone()),
        }
    }

    fn stay(&mut self, code: u16, element: &Value, name: &str) -> &mut Stay {
        let record = id(element, name);
        let stay = self.stays.entry(record.clone()).or_default();
        if code != 5004 && stay.entered.is_empty() {
            self.before_entry.push(format!("{code} of {record} before its 5004"));
        }
        stay
    }

    /// The open record of a plate.
    pub fn open_of(&self, plate: &str) -> Option<(&String, &Stay)> {
        self.stays.iter().find(|(_, stay)| stay.is_open() && stay.plate() == Some(plate))
    }

    /// The open record in a space.
    pub fn open_at(&self, space: &str) -> Option<(&String, &Stay)> {
        self.stays.iter().find(|(_, stay)| stay.is_open() && stay.space() == Some(space))
    }

    /// Cars inside, by the records.
    pub fn open_stays(&self) -> i64 {
        self.stays.values().map(|stay| i64::from(stay.is_open())).sum()
    }

    /// The sums of all stays.
    pub fn totals(&self) -> Totals {
        let ended = self.stays.values().filter(|stay| !stay.is_open());
        Totals {
            charged: self.stays.values().map(Stay::received).sum(),
            refunded: self.stays.values().map(Stay::refunded).sum(),
            recorded: ended.map(|stay| fen(&stay.newest["received"])).sum(),
        }
    }

    /// What of it cannot all be true once everything has come; empty when the books balance.
    pub fn contradictions(&self) -> Vec<String> {
        if self.refused {
            return Vec::new();
        }
        let mut found = self.before_entry.clone();
        found
            .extend(self.lost_refunds.iter().map(|one| format!("5009 of an unknown order: {one}")));
        let gone_over = self.gone_over();
        for (record, stay) in &self.stays {
            let charges = self.charges_of(record, stay, &gone_over);
            let wrong = stay.contradictions(&charges).into_iter();
            found.extend(wrong.map(|what| format!("{record}: {what}")));
        }
        let charges: BTreeMap<_, _> = self
            .stays
            .values()
            .flat_map(|stay| &stay.charges)
            .map(|charge| (id(charge, "id"), charge))
            .collect();
        for (id, notice) in &self.notices {
            let told = charges.get(id).map(|charge| fen(&charge["received"]));
            let paid = fen(&notice["received"]);
            if told != Some(paid) {
                found.push(format!("6007 {id} of {paid} fen, 5008 says {told:?}"));
            }
        }
        found.extend(self.miscounted());
        found
    }

    /// Charges that stand with another record than they name: one of the same car and the same beginning, since the lot had
    /// closed the first by mistake; by their ids, with the record that lists them now.
    fn gone_over(&self) -> BTreeMap<String, String> {
        let mut gone_over = BTreeMap::new();
        for (record, stay) in &self.stays {
            for listed in stay.listed().into_iter().filter(|listed| stay.charge(listed).is_none()) {
                let named = self.stays.iter().find(|(_, other)| other.charge(&listed).is_some());
                let same = |other: &Stay| {
                    let began = |stay: &Stay| text(&stay.newest["enterTime"]).map(str::to_owned);
                    other.plate() == stay.plate() && began(other) == began(stay)
                };
                if let Some((_, other)) = named
                    && same(other)
                    && !other.listed().contains(&listed)
                {
                    gone_over.insert(listed, record.clone());
                }
            }
        }
        gone_over
    }

    /// The charges of a record, whichever they name.
    fn charges_of<'l>(
        &'l self,
        record: &str,
        stay: &'l Stay,
        gone_over: &BTreeMap<String, String>,
    ) -> Vec<&'l Value> {
        let own = stay.charges.iter().filter(|charge| !gone_over.contains_key(&id(charge, "id")));
        let came = gone_over.iter().filter(|(_, to)| *to == record);
        let came =
            came.filter_map(|(charge, _)| self.stays.values().find_map(|one| one.charge(charge)));
        own.chain(came).collect()
    }

    fn miscounted(&self) -> Option<String> {
        let used = self.counts.as_ref()?["usedSpaces"].as_i64()?;
        let open = self.open_stays();
        (open != used).then(|| format!("{open} cars inside by their records, {used} by 5003"))
    }
}

impl Stay {
    /// The charges it lists.
    fn listed(&self) -> Vec<String> {
        let listed = self.newest["chargeIdList"].as_array().into_iter().flatten();
        listed.filter_map(Value::as_str).map(str::to_lowercase).collect()
    }

    fn charge(&self, charge_id: &str) -> Option<&Value> {
        self.charges.iter().find(|charge| id(charge, "id") == charge_id)
    }

    fn contradictions(&self, charges: &[&Value]) -> Vec<String> {
        let mut found = Vec::new();
        if self.entered.len() > 1 || self.left.len() > 1 {
            found.push(format!("came {} times, left {}", self.entered.len(), self.left.len()));
        }
        let (came, went) = (text(&self.newest["enterTime"]), text(&self.newest["leaveTime"]));
        // Both are written alike, so that the texts compare as the moments do.
        if let (Some(came), Some(went)) = (came, went)
            && went < came
        {
            found.push(format!("left at {went}, before it came at {came}"));
        }
        if self.is_open() {
            return found;
        }
        let charged: i64 = charges.iter().map(|charge| fen(&charge["received"])).sum();
        let says = fen(&self.newest["received"]);
        if says != charged && says != charged - self.refunded() {
            found.push(format!("received {says} fen by its record, {charged} by its charges"));
        }
        found.extend(self.mislisted(charges));
        found.extend(self.unasked());
        found
    }

    /// `chargeIdList` names each charge once, in order of time.
    fn mislisted(&self, charges: &[&Value]) -> Option<String> {
        let listed = self.listed();
        let paid_at: BTreeMap<_, _> =
            charges.iter().map(|one| (id(one, "id"), text(&one["payTime"]))).collect();
        let times: Vec<_> = listed.iter().map(|id| paid_at.get(id)).collect();
        let all = listed.len() == paid_at.len() && times.iter().all(Option::is_some);
        (!all || !times.is_sorted()).then(|| format!("lists the charges {listed:?} of {paid_at:?}"))
    }

    /// C.1.2.6 f, C.2.2.5: what a stay that ended in the ordinary way leaves unpaid is asked for.
    fn unasked(&self) -> Option<String> {
        let sum = |name: &str| fen(&self.newest[name]);
        let unpaid = sum("receivables") - sum("discount") - sum("received");
        (unpaid > 0 && self.asked.is_empty())
            .then(|| format!("{unpaid} fen are unpaid and nobody is asked for them"))
    }
}

/// An amount, in fen.
pub fn fen(amount: &Value) -> i64 {
    let yuan = amount.to_string().parse::<Decimal>().unwrap_or_default();
    (yuan * Decimal::ONE_HUNDRED).round().to_i64().unwrap_or(i64::MAX)
}

/// A text that is there and says something.
pub fn text(value: &Value) -> Option<&str> {
    value.as_str().filter(|text| !text.is_empty())
}

/// An id as a key: platforms write them in either case.
pub fn id(element: &Value, name: &str) -> String {
    element[name].as_str().unwrap_or_default().to_lowercase()
}
