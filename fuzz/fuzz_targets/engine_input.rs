#![no_main]
//! Whatever may come in, from a camera, the platform or staff, of any moment and any sum, behind the doors that bound
//! them: decided by the rules of the example configuration, and committed. The bytes are a row of inputs; moments and
//! sums are drawn from those that are near and those that are far off.
use jiff::{SignedDuration, Timestamp};
use libfuzzer_sys::fuzz_target;
use lotgate::config::parse;
use lotgate::gateway;
use lotgate::lot::{self, Case, Rules};
use lotgate::model::event::{Arrival, DeviceEvent, PlateRead, ReadMoment};
use lotgate::model::input::{Answer, Command, Input};
use lotgate::model::merchant::{
    CouponChoice, CouponTarget, CouponTerms, NewCoupon, NewPass, Reduction,
};
use lotgate::model::outcome::Outcome;
use lotgate::model::staff::{
    Correction, NamedCar, Refund, StaffAction, StaffCommand, StaffPayment, StockCount,
};
use lotgate::standard::entities::MonthlyRentalLease;
use lotgate::standard::money::Money;
use lotgate::standard::plate::PlateNo;
use lotgate::store::Store;
use serde_json::{Value, json};
use std::path::Path;
use std::sync::OnceLock;

const STEPS: usize = 24;
const PLATES: [&str; 4] = ["粤B12345", "粤BD12345", "粤B88888", "京A00001"];
const TEXTS: [&str; 12] = [
    "",
    "0",
    "-1",
    "9223372036854775807",
    "9999-12-31 23:59:59",
    "9999-12-31",
    "0000-01-01",
    "1e400",
    "粤B12345",
    "23:59:59",
    "2026-03-02 08:00:00",
    "99999999.99",
];

/// What the bytes say; nothing but zeros behind their end.
struct Bytes<'b>(&'b [u8]);

impl Bytes<'_> {
    fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    fn of<'t, T>(&mut self, all: &'t [T]) -> &'t T {
        &all[usize::from(self.byte()) % all.len()]
    }

    fn number(&mut self) -> i64 {
        let bytes = std::array::from_fn(|_| self.byte());
        match self.byte() % 4 {
            0 => i64::from(self.byte()),
            1 => i64::from(i32::from_be_bytes(bytes)),
            2 => *self.of(&[
                0,
                -1,
                i64::MAX,
                i64::MIN,
                i64::from(i32::MAX),
                253_402_300_799,
                -377_705_116_800,
            ]),
            _ => i64::from_be_bytes([
                bytes[0],
                bytes[1],
                bytes[2],
                bytes[3],
                0,
                self.byte(),
                self.byte(),
                self.byte(),
            ]),
        }
    }

    fn moment(&mut self, now: Timestamp) -> Timestamp {
        match self.byte() % 4 {
            0 => *self.of(&[Timestamp::MIN, Timestamp::MAX, Timestamp::UNIX_EPOCH]),
            1 => Timestamp::from_second(self.number()).unwrap_or(Timestamp::MAX),
            2 => now.saturating_add(SignedDuration::from_secs(self.number())).unwrap_or(now),
            _ => {
                now.saturating_sub(SignedDuration::from_mins(i64::from(self.byte()))).unwrap_or(now)
            }
        }
    }

    fn money(&mut self) -> Money {
        match self.byte() % 3 {
            0 => Money::MOST,
            1 => Money::yuan(i64::from(self.byte())),
            _ => Money::new(rust_decimal(self.number())).unwrap_or_default(),
        }
    }

    fn plate(&mut self) -> PlateNo {
        self.of(&PLATES).parse().unwrap()
    }

    fn value(&mut self) -> Value {
        match self.byte() % 6 {
            0 => json!(self.number()),
            1 => json!([self.number()]),
            2 => json!(self.of(&[0.5, -1.0, 1e300, 1e-9])),
            3 => json!({}),
            _ => json!(self.of(&TEXTS)),
        }
    }
}

fn rust_decimal(number: i64) -> rust_decimal::Decimal {
    rust_decimal::Decimal::new(number, 2)
}

/// The commands of the platform, as they should be.
fn command(code: u16, park: &str, plate: &str, record: &str, time: &str) -> Value {
    let car = json!({ "plateNo": plate, "eidEquiped": false });
    match code {
        4001 => {
            json!({ "state": 1, "blackWhiteGraySheet": { "id": "c1", "parkCode": park, "parkCarInfo": car,
            "strategyType": 5, "beginDate": time, "endDate": time, "strategyFrom": "x" } })
        }
        6001 => json!({ "parkCode": park, "bookCode": "b1", "bookTime": time, "overTime": time,
            "parkCarInfo": car, "bookMoney": 1, "obligatTime": 15 }),
        6002 => json!({ "bookCode": "b1", "confirmstate": 1 }),
        6003 => {
            json!({ "id": "l1", "parkCode": park, "plateNo": plate, "lockFlag": 0, "featureCode": "f" })
        }
        6004 => {
            json!({ "id": "s1", "parkCode": park, "plateNo": plate, "actionType": 0, "startDate": "2026-03-01",
            "endDate": "2026-12-31", "startTime": "00:00:00", "endTime": "23:00:00", "bufferTime": 10, "rule": [1, 2] })
        }
        6006 => {
            json!({ "parkCode": park, "plateNo": plate, "endTime": time, "couponType": 2, "couponValue": "1" })
        }
        6007 => {
            json!({ "chargeInfo": { "id": "p1", "recordId": record, "payTime": time, "receivables": 5,
            "discount": 0, "received": 5, "payType": 2, "payFrom": "x", "parkCarInfo": car } })
        }
        6010 => {
            json!({ "lease": { "id": "x", "parkCode": park, "isFixed": 1, "spaceNoList": ["1"], "pricing": [],
            "plateNoList": [plate], "beginDate": "2026-01-01", "endDate": "2026-12-31", "moment": 1 } })
        }
        8005 => json!({ "garageCode": "A1", "plateNo": plate, "bookTime": time }),
        _ => json!({ "parkCode": park, "plateNo": plate }),
    }
}

/// Some attribute, however deep, is something else.
fn spoil(value: &mut Value, bytes: &mut Bytes<'_>) {
    let Some(map) = value.as_object_mut() else { return };
    let which = usize::from(bytes.byte()) % map.len().max(1);
    let Some((_, one)) = map.iter_mut().nth(which) else { return };
    if one.is_object() && bytes.byte() % 4 > 0 {
        spoil(one, bytes);
    } else {
        *one = bytes.value();
    }
}

fn staff(bytes: &mut Bytes<'_>, rules: &Rules, record: &str, now: Timestamp) -> StaffAction {
    let (lane_id, reason) = (bytes.of(&rules.lanes).id.clone(), "x".to_owned());
    let plate_no = bytes.plate();
    match bytes.byte() % 13 {
        0 => StaffAction::Correct(Box::new(Correction {
            record_id: Some(record.into()),
            enter_time: Some(bytes.moment(now)).filter(|_| bytes.byte() % 2 > 0),
            leave_time: Some(bytes.moment(now)).filter(|_| bytes.byte() % 2 > 0),
            ..Correction::default()
        })),
        1 => StaffAction::Pay(Box::new(StaffPayment {
            plate_no,
            received: bytes.money(),
            discount: bytes.money(),
            pay_type: bytes.number(),
            pay_from: "x".to_owned(),
            discounts: Vec::new(),
        })),
        2 => StaffAction::Refund(Refund {
            record_id: record.into(),
            refund_money: bytes.money(),
            refund_type: 1,
            refund_from: "x".to_owned(),
        }),
        3 => StaffAction::GivePass(Box::new(NewPass {
            plates: vec![plate_no],
            from: bytes.moment(now),
            until: bytes.moment(now),
            free: Some(SignedDuration::from_secs(bytes.number())).filter(|_| bytes.byte() % 2 > 0),
            reason,
        })),
        4 => {
            let reduction = match bytes.byte() % 4 {
                0 => Reduction::Amount(bytes.money()),
                1 => Reduction::Hours(SignedDuration::from_secs(bytes.number())),
                2 => Reduction::Percent(bytes.byte()),
                _ => Reduction::All,
            };
            let (name, at_most) =
                (String::new(), Some(bytes.money()).filter(|_| bytes.byte() % 2 > 0));
            let terms =
                CouponTerms { name, reduction, at_most, stackable: true, entry_bound: false };
            let (from, until) = (Some(bytes.moment(now)), Some(bytes.moment(now)));
            let which = CouponChoice::Free { terms, from, until };
            StaffAction::GiveCoupon(Box::new(NewCoupon {
                which,
                target: CouponTarget::Plate(plate_no),
            }))
        }
        5 => {
            let date = |at: Timestamp| jiff::tz::TimeZone::UTC.to_datetime(at).date();
            StaffAction::SetLease(Box::new(MonthlyRentalLease {
                id: "x".into(),
                park_code: rules.park_code.clone(),
                is_fixed: i64::from(bytes.byte() % 2),
                space_no_list: vec!["1".to_owned()],
                pricing: Vec::new(),
                plate_no_list: vec![plate_no],
                begin_date: date(bytes.moment(now)),
                end_date: date(bytes.moment(now)),
                unpaid_months: None,
                moment: bytes.number(),
            }))
        }
        6 => StaffAction::Quote { plate_no },
        7 => StaffAction::OpenLane { lane_id, reason, record_id: None },
        8 => StaffAction::LetThrough {
            lane_id,
            car: NamedCar { plate_no: Some(plate_no), ..NamedCar::default() },
            reason,
        },
        9 => StaffAction::RaiseAll { reason },
        10 => StaffAction::EndRaiseAll { reason },
        11 => {
            let at = Some(bytes.moment(now));
            let plates = vec![plate_no, bytes.plate()];
            StaffAction::TakeStock(Box::new(StockCount { at, plates, reason }))
        }
        _ => StaffAction::TakeStockBack { number: None },
    }
}

fn input(bytes: &mut Bytes<'_>, rules: &Rules, record: &str, now: Timestamp, step: usize) -> Input {
    match bytes.byte() % 8 {
        0 => Input::Tick { free_disk: Some(u64::from(bytes.byte())) },
        1 => Input::Started,
        2 | 3 => {
            let code = *bytes
                .of(&[4001, 6001, 6002, 6003, 6004, 6006, 6007, 6009, 6010, 8004, 8005, 9001]);
            let time = match bytes.byte() % 3 {
                0 => (*bytes.of(&TEXTS)).to_owned(),
                _ => {
                    let at = bytes.moment(now);
                    lotgate::standard::datetime::DateTime::at(at, &rules.time_zone).to_string()
                }
            };
            let plate = *bytes.of(&PLATES);
            let mut element = command(code, &rules.park_code, plate, record, &time);
            for _ in 0..bytes.byte() % 3 {
                spoil(&mut element, bytes);
            }
            let (timestamp, data) = (bytes.number(), vec![element]);
            Input::Command(Command { code, timestamp, data, max_age: None })
        }
        4 | 5 => Input::Staff(StaffCommand {
            id: format!("{step:032}").into(),
            said: None,
            operator: "x".to_owned(),
            action: staff(bytes, rules, record, now),
        }),
        _ => {
            let camera = bytes.of(&rules.lanes).camera.clone();
            let message = format!("{camera}:{}", bytes.byte());
            let read = PlateRead::of(camera, message, Some(bytes.plate()));
            let late = bytes.byte() % 2 > 0;
            let moment = if late { ReadMoment::Late(bytes.moment(now)) } else { ReadMoment::Live };
            let sent = Some(bytes.moment(now)).filter(|_| bytes.byte() % 2 > 0);
            let silence =
                Some((bytes.moment(now), bytes.moment(now))).filter(|_| bytes.byte() % 2 > 0);
            let arrival = match bytes.byte() % 3 {
                0 => Arrival::Unmarked,
                1 => Arrival::BeforeMarker { broker: "b".to_owned() },
                _ => Arrival::Fresh,
            };
            Input::Device(DeviceEvent::PlateRead(Box::new(PlateRead {
                moment,
                sent,
                silence,
                arrival,
                ..read
            })))
        }
    }
}

fn rules() -> &'static Rules {
    static RULES: OnceLock<Rules> = OnceLock::new();
    RULES.get_or_init(|| {
        let text = include_str!("../../config.example.toml");
        let config = parse(text, Path::new("config.example.toml")).config.unwrap();
        gateway::rules(&config, Timestamp::UNIX_EPOCH).unwrap()
    })
}

/// An empty database, copied for each case.
fn template() -> &'static [u8] {
    static TEMPLATE: OnceLock<Vec<u8>> = OnceLock::new();
    TEMPLATE.get_or_init(|| {
        let path =
            std::env::temp_dir().join(format!("lotgate-fuzz-{}-empty.db", std::process::id()));
        drop(Store::open(&path, Timestamp::UNIX_EPOCH).unwrap());
        let bytes = std::fs::read(&path).unwrap();
        remove(&path);
        bytes
    })
}

fn remove(path: &Path) {
    for ending in ["", "-wal", "-shm", ".lock"] {
        let _ = std::fs::remove_file(format!("{}{ending}", path.display()));
    }
}

/// One input, decided and committed.
fn take(store: &mut Store, rules: &Rules, now: Timestamp, input: &Input) -> (Answer, Outcome) {
    let tx = store.begin().unwrap();
    let mut case = Case::new(&tx, rules, now);
    let answer = lot::apply(&mut case, input).unwrap();
    let outcome = case.into_outcome();
    tx.commit().unwrap();
    (answer, outcome)
}

fuzz_target!(|bytes: &[u8]| {
    let (mut bytes, rules) = (Bytes(bytes), rules());
    let path = std::env::temp_dir().join(format!("lotgate-fuzz-{}.db", std::process::id()));
    std::fs::write(&path, template()).unwrap();
    let (mut store, _) = Store::open(&path, Timestamp::UNIX_EPOCH).unwrap();
    let mut now: Timestamp = "2026-03-02T00:00:00Z".parse().unwrap();
    let mut record = "r".to_owned();
    for step in 0..STEPS {
        if bytes.0.is_empty() {
            break;
        }
        if bytes.byte() % 4 == 0 {
            // Our own clock goes astray, too, within what it can show.
            now = *bytes.of(&[
                now,
                "1970-01-01T00:00:30Z".parse().unwrap(),
                "2199-12-31T23:59:59Z".parse().unwrap(),
            ]);
            now += SignedDuration::from_secs(i64::from(bytes.byte()) * 60);
        }
        let input = input(&mut bytes, rules, &record, now, step);
        let (_, outcome) = take(&mut store, rules, now, &input);
        for happening in &outcome.happenings {
            if let lotgate::model::happening::Happening::Entered { record: id, .. } = happening {
                record = id.to_string();
            }
        }
        for actuation in outcome.actuations {
            let lotgate::model::outcome::Actuation { id, lane_id, act, .. } = actuation;
            let result = Ok(std::time::Duration::from_millis(5));
            let event = DeviceEvent::BarrierAnswered { actuation: id, lane_id, act, result };
            take(&mut store, rules, now, &Input::Device(event));
        }
    }
    drop(store);
    remove(&path);
});
