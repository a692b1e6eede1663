//! A small lot, its rules by plain calls, time in hand.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use lotgate::lot::tariff::{Cap, CapWindow, DayPrices, Period, Prices, Tariff, TariffRule};
use lotgate::lot::{
    self, Barrier, Bounds, Case, ContractRule, Garage, Lane, LaneDirection, Rules, Space,
};
use lotgate::model::event::{DeviceEvent, PlateRead, ReadImage, ReadMoment};
use lotgate::model::event_kind::EventCodes;
use lotgate::model::input::{Answer, Command, Delivery, Fate, Input, StoreBack};
use lotgate::model::lease::UnknownLease;
use lotgate::model::merchant::{CouponOffer, CouponTerms, Merchant, Quota, Reduction};
use lotgate::model::moment::{Boot, LotMoment, Voucher};
use lotgate::model::outcome::{Actuation, Outcome, Show};
use lotgate::model::staff::{StaffAction, StaffAnswer, StaffCommand};
use lotgate::model::without_store::{Mended, StoreAway, WhenItFails};
use lotgate::standard::envelope::Reply;
use lotgate::standard::id::Id;
use lotgate::standard::interface::Interface;
use lotgate::standard::money::{Money, MoneyStyle};
use lotgate::standard::plate_kind::PlateKind;
use lotgate::standard::share_order_id::ShareOrderIdStyle;
use lotgate::standard::verify::verify;
use lotgate::store::{Reader, Store, Transaction, Urgency};
use serde_json::{Value, json};
use tempfile::TempDir;

pub const PARK_CODE: &str = "44030400100101000010";
pub const ENTRY: &str = "a1dc1d9fccdc441fb6238fb43faba901";
pub const EXIT: &str = "a1dc1d9fccdc441fb6238fb43faba902";
pub const GARAGE_CODE: &str = "4403040010010100001001";
pub const PLATE: &str = "粤B88888";
pub const BOARD: &str = "a1dc1d9fccdc441fb6238fb43faba903";
pub const DISPLAY: &str = "a1dc1d9fccdc441fb6238fb43faba904";
pub const PLC: &str = "a1dc1d9fccdc441fb6238fb43faba905";

/// A lot of four spaces, two of which may be booked; an hour costs 10, each further one 2, a day 30.
pub struct Lot {
    pub folder: TempDir,
    pub store: Store,
    pub rules: Rules,
    pub now: Timestamp,
    pub sent: i64,
    /// How old a command may be that was never seen before.
    pub max_age: Option<SignedDuration>,
    pub reads: u64,
    /// What cameras send with each read.
    pub images: Vec<ReadImage>,
    /// What displays were told with reads.
    pub shows: Vec<Show>,
    /// Barriers do not answer by themselves.
    pub deaf: bool,
    /// The clock that says what time it is, where that matters.
    pub clock: Option<BoxClock>,
}

/// The clock of a box, by which it is `now`.
pub struct BoxClock {
    pub boot: Boot,
    pub voucher: Option<Voucher>,
    pub lower_bound: Timestamp,
    pub noted: Option<LotMoment>,
}

pub fn zone() -> TimeZone {
    TimeZone::get("Asia/Shanghai").unwrap()
}

pub fn at(local: &str) -> Timestamp {
    zone().to_timestamp(local.parse::<DateTime>().unwrap()).unwrap()
}

pub fn local(moment: Timestamp) -> String {
    lotgate::standard::datetime::DateTime::at(moment, &zone()).to_string()
}

pub fn lane(id: &str, direction: LaneDirection, camera: &str) -> Lane {
    Lane {
        id: id.into(),
        name: "车道".to_owned(),
        gate: None,
        direction,
        camera: camera.into(),
        barrier: Some(Barrier {
            device_id: camera.into(),
            output: 0,
            close: Some(1),
            stop: None,
            repeat: true,
        }),
        display: None,
        passing_loop: None,
        barrier_up: None,
        button: None,
        open_within: SignedDuration::from_secs(8),
        pass_within: SignedDuration::from_secs(60),
        contract_rule: ContractRule::ChargeThenLeave,
    }
}

pub fn rules() -> Rules {
    let period = |yuan| Period { seconds: 3600, price: Money::yuan(yuan) };
    Rules {
        when_it_fails: WhenItFails::default(),
        park_code: PARK_CODE.to_owned(),
        total_spaces: 4,
        reservable_spaces: Some(2),
        spaces: Vec::new(),
        on_street: false,
        garages: vec![Garage {
            garage_code: GARAGE_CODE.to_owned(),
            watched: true,
            totals_given: true,
            available_given: true,
            ..Garage::default()
        }],
        guidance_topic: "lotgate/guidance/{parkCode}".to_owned(),
        device_names: Vec::new(),
        lanes: vec![
            lane("90731c48a7ea4c27bd4d57ff0e13d001", LaneDirection::Entry, ENTRY),
            lane("90731c48a7ea4c27bd4d57ff0e13d002", LaneDirection::Exit, EXIT),
        ],
        fire_alarm: None,
        merchants: Vec::new(),
        tariff: Tariff {
            free: SignedDuration::from_mins(15),
            leave_within: SignedDuration::from_mins(15),
            pay_within: SignedDuration::from_mins(5),
            rules: vec![TariffRule {
                days: DayPrices {
                    prices: Prices {
                        first: Some(period(10)),
                        then: Some(period(2)),
                        ..Prices::default()
                    },
                    ..DayPrices::default()
                },
                cap: Some(Cap {
                    window: CapWindow::FromEntry(86_400),
                    prices: vec![Money::yuan(30)],
                }),
                ..TariffRule::default()
            }],
            free_kinds: vec![PlateKind::Police, PlateKind::ArmedPolice, PlateKind::Military],
            ..Tariff::free_of_charge(zone())
        },
        repeat_window: SignedDuration::from_secs(60),
        min_confidence: 60,
        plate_match: lotgate::model::exit::PlateMatch::default(),
        no_entry: lotgate::model::exit::NoEntry::default(),
        waiting_for: SignedDuration::from_secs(60),
        gone_after: SignedDuration::from_secs(60),
        congested_after: SignedDuration::from_mins(2),
        badly_congested_after: SignedDuration::from_mins(6),
        eid_equipped: false,
        share_order_id: ShareOrderIdStyle::Fitting,
        counts_every: SignedDuration::ZERO,
        equipment_id: "a1dc1d9fccdc441fb6238fb43faba900".into(),
        bounds: Bounds { max_rows: 1000, max_bytes: 1 << 30, min_free_disk: 1000 },
        base_data: Vec::new(),
        no_garage_segment: None,
        events: EventCodes::default(),
        time_zone: zone(),
        lengths: lotgate::standard::lengths::Lengths::PRINTED,
        money_style: MoneyStyle::Shortest,
        report_platform_payments: true,
        unknown_lease: UnknownLease::Make,
        list_cameras: Vec::new(),
        camera_identities: Vec::new(),
        on_free: lotgate::model::lease::OnFree::default(),
        visitor_spaces: None,
    }
}

impl Lot {
    pub fn new() -> Self {
        Self::with(|_| {})
    }

    pub fn with(change: impl FnOnce(&mut Rules)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (store, _) =
            Store::open(&folder.path().join("lotgate.db"), Timestamp::UNIX_EPOCH).unwrap();
        let mut rules = rules();
        change(&mut rules);
        // A Monday.
        Self {
            folder,
            store,
            rules,
            now: at("2026-03-02T08:00"),
            sent: 0,
            max_age: None,
            reads: 0,
            images: Vec::new(),
            shows: Vec::new(),
            deaf: false,
            clock: None,
        }
    }

    fn moment(&self) -> LotMoment {
        let Some(clock) = &self.clock else { return self.now.into() };
        let (boot, voucher) = (Some(clock.boot.clone()), clock.voucher);
        LotMoment { now: self.now, boot, voucher, lower_bound: clock.lower_bound }
    }

    /// One input, committed, and what its barriers answer at once.
    pub fn apply(&mut self, input: &Input) -> (Answer, Outcome) {
        let (answer, mut outcome) = self.apply_alone(input);
        let mut answered = if self.deaf { outcome.actuations.len() } else { 0 };
        while let Some(Actuation { id, lane_id, act, .. }) = outcome.actuations.get(answered) {
            answered += 1;
            let (actuation, lane_id, act) = (id.clone(), lane_id.clone(), *act);
            let result = Ok(std::time::Duration::from_millis(5));
            let event = DeviceEvent::BarrierAnswered { actuation, lane_id, act, result };
            let (_, more) = self.apply_alone(&Input::Device(event));
            outcome.actuations.extend(more.actuations);
            outcome.happenings.extend(more.happenings);
            outcome.shows.extend(more.shows);
            outcome.questions.extend(more.questions);
            outcome.reported |= more.reported;
        }
        (answer, outcome)
    }

    /// One input, committed.
    fn apply_alone(&mut self, input: &Input) -> (Answer, Outcome) {
        let moment = self.moment();
        let tx = self.store.begin().unwrap();
        let mut case = Case::new(&tx, &self.rules, moment.clone());
        let noted = self.clock.as_ref().and_then(|clock| clock.noted.as_ref());
        let noted = lot::keep_clock(&mut case, noted).unwrap();
        let answer = lot::apply(&mut case, input).unwrap();
        let outcome = case.into_outcome();
        tx.commit().unwrap();
        if let Some(clock) = self.clock.as_mut().filter(|_| noted) {
            clock.noted = Some(moment);
        }
        (answer, outcome)
    }

    /// What a device tells.
    pub fn device(&mut self, event: DeviceEvent) -> Outcome {
        self.apply(&Input::Device(event)).1
    }

    /// The platform has a row.
    pub fn acknowledged(&mut self, seq: i64) {
        self.apply(&Input::Delivered(vec![Delivery { seq, fate: Fate::Acknowledged }]));
    }

    /// What the store says now.
    pub fn look<T>(&self, look: impl FnOnce(&Transaction<'_>) -> T) -> T {
        let mut reader = self.reader();
        let snapshot = reader.snapshot().unwrap();
        look(&snapshot)
    }

    pub fn reader(&self) -> Reader {
        Store::open_reading(&self.folder.path().join("lotgate.db")).unwrap()
    }

    pub fn pass_time(&mut self, minutes: i64) {
        self.now += SignedDuration::from_mins(minutes);
        self.tick();
    }

    pub fn tick(&mut self) -> Outcome {
        self.tick_with(None)
    }

    /// Time passes, and so much is free on the disk.
    pub fn tick_with(&mut self, free_disk: Option<u64>) -> Outcome {
        self.apply(&Input::Tick { free_disk }).1
    }

    /// A camera reads a plate; whether a barrier opens.
    pub fn read(&mut self, camera: &str, plate: &str) -> bool {
        self.read_at(camera, plate, ReadMoment::Live)
    }

    /// A camera sends late what it read at a moment.
    pub fn read_late(&mut self, camera: &str, plate: &str, moment: Timestamp) -> bool {
        self.read_at(camera, plate, ReadMoment::Late(moment))
    }

    fn read_at(&mut self, camera: &str, plate: &str, moment: ReadMoment) -> bool {
        let read = self.sight(camera, plate, moment);
        self.take_read(read)
    }

    /// What a camera tells; whether a barrier opens.
    pub fn take_read(&mut self, read: PlateRead) -> bool {
        let out = self.device(DeviceEvent::PlateRead(Box::new(read)));
        self.shows.extend(out.shows);
        !out.actuations.is_empty()
    }

    /// What a camera tells of a plate, under an id of its own.
    pub fn sight(&mut self, camera: &str, plate: &str, moment: ReadMoment) -> PlateRead {
        self.reads += 1;
        PlateRead {
            plate_color: Some("蓝色".to_owned()),
            car_model: Some(3),
            moment,
            images: self.images.clone(),
            ..PlateRead::of(camera.into(), self.reads.to_string(), Some(plate.parse().unwrap()))
        }
    }

    pub fn enter(&mut self, plate: &str) -> bool {
        self.read(ENTRY, plate)
    }

    pub fn leave(&mut self, plate: &str) -> bool {
        self.read(EXIT, plate)
    }

    /// A command, answered; every element of the answer is as its table prints it.
    pub fn command(&mut self, code: u16, element: &Value) -> Reply {
        self.sent += 1;
        self.command_at(self.sent, code, std::slice::from_ref(element)).0
    }

    pub fn command_at(&mut self, timestamp: i64, code: u16, data: &[Value]) -> (Reply, Outcome) {
        let (reply, _, out) = self.order_at(timestamp, code, data);
        (reply, out)
    }

    /// A command whose answer may not be final: the answer, whether it is, what shall happen.
    pub fn order_at(
        &mut self,
        timestamp: i64,
        code: u16,
        data: &[Value],
    ) -> (Reply, bool, Outcome) {
        let command = Command { code, timestamp, data: data.to_vec(), max_age: self.max_age };
        let (answer, out) = self.apply(&Input::Command(command));
        let (reply, settled) = match answer {
            Answer::Reply(reply) => (reply, true),
            Answer::Unsettled(reply) => (reply, false),
            other => panic!("{code} answered {other:?}"),
        };
        let table = Interface::find(code).unwrap().reply;
        for element in reply.data.iter().filter(|element| element.get("code").is_none()) {
            let violations = verify(table.unwrap(), element);
            assert!(violations.is_empty(), "{code}: {violations:?} in {element}");
        }
        (reply, settled, out)
    }

    /// What staff do, under an id.
    pub fn staff(&mut self, id: &str, action: StaffAction) -> (StaffAnswer, Outcome) {
        let id = format!("{id:0>32}").as_str().into();
        let command = StaffCommand { id, said: None, operator: "张三".to_owned(), action };
        match self.apply(&Input::Staff(command)) {
            (Answer::Staff(answer), out) => (answer, out),
            (other, _) => panic!("staff answered {other:?}"),
        }
    }

    /// Staff let out whoever stands at the exit.
    pub fn open_exit(&mut self, id: &str) {
        let lane_id = self.rules.lanes[1].id.clone();
        let reason = "断网".to_owned();
        self.staff(id, StaffAction::OpenLane { lane_id, reason, record_id: None });
    }

    /// A command that must succeed.
    pub fn ok(&mut self, code: u16, element: &Value) -> Value {
        let reply = self.command(code, element);
        assert!(reply.succeeded(), "{code}: {reply:?}");
        reply.data.first().cloned().unwrap_or_default()
    }

    /// The A.2 code a command is refused with.
    pub fn refused(&mut self, code: u16, element: &Value) -> i64 {
        let reply = self.command(code, element);
        assert_eq!(reply.result_code, 1, "{code}: {reply:?}");
        assert!(!reply.data[0]["message"].as_str().unwrap().is_empty());
        reply.data[0]["code"].as_i64().unwrap()
    }

    /// What waits in the outbox for an interface, the oldest first.
    pub fn reports(&self, code: u16) -> Vec<Value> {
        let reader = self.reader();
        let mut rows: Vec<_> = Urgency::ALL
            .iter()
            .flat_map(|urgency| reader.pending(*urgency, 0, 10_000).unwrap())
            .filter(|row| row.code == code)
            .collect();
        rows.sort_by_key(|row| row.seq);
        rows.iter().map(|row| serde_json::from_str(&row.body).unwrap()).collect()
    }

    pub fn counts(&self) -> (i64, i64, i64) {
        let counts = self.reports(5003).pop().unwrap();
        let number = |name: &str| counts[name].as_i64().unwrap();
        (number("usedSpaces"), number("reservedSpaces"), number("unusedSpaces"))
    }
}

pub const SHOP: &str = "一楼超市";

/// A coupon that is used alone.
pub fn terms(name: &str, reduction: Reduction) -> CouponTerms {
    let name = name.to_owned();
    CouponTerms { name, reduction, at_most: None, stackable: false, entry_bound: false }
}

/// A shop that may give three coupons, each for a day.
pub fn shop(quota: Quota) -> Merchant {
    let offer = |name, reduction, at_most: Option<i64>| CouponOffer {
        terms: CouponTerms { at_most: at_most.map(Money::yuan), ..terms(name, reduction) },
        valid_for: SignedDuration::from_hours(24),
    };
    Merchant {
        name: SHOP.to_owned(),
        org_code: Some("91440300MA5FXXXX1A".to_owned()),
        offers: vec![
            offer("5 off", Reduction::Amount(Money::yuan(5)), None),
            offer("an hour off", Reduction::Hours(SignedDuration::from_hours(1)), Some(20)),
            offer("all off", Reduction::All, Some(50)),
        ],
        quota,
    }
}

/// A street of two spaces, each watched by a sensor.
pub fn street() -> Lot {
    Lot::with(|rules| {
        rules.on_street = true;
        let space = |number: &str| Space {
            space_no: number.to_owned(),
            sensor: Some("sensor".to_owned()),
            ..Space::default()
        };
        rules.spaces = ["A1", "A2"].map(space).to_vec();
    })
}

pub fn control(id: &str, strategy: i64) -> Value {
    json!({ "state": 1, "blackWhiteGraySheet": {
        "id": format!("{id:0>32}"), "parkCode": PARK_CODE,
        "parkCarInfo": { "plateNo": PLATE, "eidEquiped": false },
        "strategyType": strategy, "endDate": "2030-01-01 00:00:00", "strategyFrom": "交警",
    } })
}

pub fn book(code: &str, plate: &str, from: Timestamp, minutes: i64) -> Value {
    json!({
        "bookCode": code, "parkCode": PARK_CODE,
        "parkCarInfo": { "plateNo": plate, "eidEquiped": false },
        "bookTime": local(from), "overTime": local(from + SignedDuration::from_mins(minutes)),
        "bookMoney": 5, "obligatTime": 30,
    })
}

pub fn confirm(code: &str, state: i64) -> Value {
    json!({ "bookCode": code, "parkCode": PARK_CODE, "confirmstate": state })
}

pub fn share(start: &str, end: &str, buffer: i64) -> Value {
    json!({
        "id": "ff8080814d9be81f014d9beb81090003", "parkCode": PARK_CODE, "plateNo": PLATE,
        "startDate": "2026-03-01", "endDate": "2026-03-31", "startTime": start, "endTime": end,
        "bufferTime": buffer, "rule": [1, 2, 3, 4, 5], "actionType": 0,
    })
}

pub fn lease(plates: &[&str], spaces: usize, begin: &str, end: &str, moment: i64) -> Value {
    let spaces: Vec<_> = (0..spaces).map(|number| format!("S{number}")).collect();
    json!({ "lease": {
        "id": "3234567546be81f014d9beb809994500", "parkCode": PARK_CODE, "isFixed": 1,
        "spaceNoList": spaces, "pricing": [{ "cycles": 1, "cycleType": 1, "amount": 220 }],
        "plateNoList": plates, "beginDate": begin, "endDate": end, "moment": moment,
    } })
}

pub fn fee(plate: &str) -> Value {
    json!({ "parkCode": PARK_CODE, "plateNo": plate })
}

pub fn paid(lot: &Lot, id: &str, received: i64) -> Value {
    let record = lot.reports(5004).pop().unwrap();
    json!({ "parkCode": PARK_CODE, "chargeInfo": {
        "id": format!("{id:0>32}"), "recordId": record["id"], "payTime": local(lot.now),
        "receivables": received, "discount": 0, "received": received, "payType": 2,
        "payFrom": "微信公众号", "parkCarInfo": { "plateNo": PLATE, "eidEquiped": false },
    } })
}

pub fn online(lot: &mut Lot, device: &str, online: bool) -> Outcome {
    let id = device.into();
    lot.device(if online { DeviceEvent::Online(id) } else { DeviceEvent::Offline(id) })
}

/// The newest parking record.
pub fn record_of(lot: &Lot) -> Id {
    lot.reports(5004).pop().unwrap()["id"].as_str().unwrap().into()
}

/// The database can be written again, which it could not for a moment; where it was damaged, with what became of it.
pub fn store_back(now: Timestamp, mended: Option<Mended>) -> Input {
    let away = StoreAway {
        since: now,
        fault: "database disk image is malformed".to_owned(),
        when_it_fails: WhenItFails::default(),
        kept: 2,
        dropped: 0,
    };
    Input::StoreBack(Box::new(StoreBack { away, mended, contacts: Vec::new() }))
}
