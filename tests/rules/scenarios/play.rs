//! A scenario as it is played: the lot it is played in and everything that can be done to it.

#![allow(clippy::unnecessary_wraps, reason = "what an event does has one shape")]

use super::grammar::{Said, clock};
use super::reader::{FIRST_DAY, Scenario, Step};
use crate::prelude::*;
use jiff::civil::Date;
use lotgate::model::event::{PlateRead, ReadMoment};
use lotgate::model::merchant::{
    CouponChoice, CouponTarget, CouponTerms, NewCoupon, NewPass, Reduction,
};
use std::collections::{BTreeMap, HashMap};

pub const LANES: [(&str, usize); 3] = [("entry", 0), ("exit", 1), ("gate", 0)];
pub const LOOP: u16 = 0;
pub const ARM: u16 = 1;
pub const BUTTON: u16 = 2;

pub fn lane_of(name: &str) -> usize {
    LANES.iter().find(|(known, _)| *known == name).unwrap().1
}

pub fn lane_name(lane: usize) -> &'static str {
    LANES[lane].0
}

pub fn wire(lane: usize, what: u16) -> Contact {
    let input = u16::try_from(lane).unwrap() * 3 + what;
    Contact { device_id: BOARD.into(), input, inverted: false }
}

pub fn coupon(said: &Said, kind: i64, value: &str) -> Value {
    let mut query = fee(&said["plate"]);
    query["couponType"] = json!(kind);
    query["couponValue"] = serde_json::from_str(value).unwrap();
    query
}

/// What has come since the line before.
#[derive(Default)]
pub struct Happened {
    pub opened: Vec<usize>,
    pub closed: usize,
    pub held: Vec<String>,
    pub shown: Vec<String>,
    pub questions: Vec<String>,
    pub answer: Option<Value>,
    pub refused: Option<String>,
    pub reports: Vec<(u16, Value)>,
}

pub struct Play {
    pub lot: Lot,
    pub day: Date,
    pub happened: Happened,
    pub last_seq: i64,
    /// Entries of the control list and their plates.
    pub listed: Vec<(String, String)>,
    /// The newest order of each plate or space, as the platform knows it.
    pub orders: HashMap<String, Value>,
    pub ids: u32,
    /// The newest command to each lane's barrier.
    pub commanded: HashMap<Id, String>,
    /// The commands before those, each for another car.
    pub commanded_earlier: HashMap<Id, String>,
}

impl Play {
    pub fn new(scenario: &Scenario) -> Self {
        let mut lot = Lot::with(|rules| {
            for lane in &mut rules.lanes {
                lane.display = Some(DISPLAY.into());
            }
            for (option, said) in &scenario.options {
                option(rules, said);
            }
        });
        if let Some(first) = scenario.steps.first() {
            lot.now = first.moment;
        }
        online(&mut lot, BOARD, true);
        Self {
            lot,
            day: FIRST_DAY.parse().unwrap(),
            happened: Happened::default(),
            last_seq: 0,
            listed: Vec::new(),
            orders: HashMap::new(),
            ids: 0,
            commanded: HashMap::new(),
            commanded_earlier: HashMap::new(),
        }
    }

    pub fn step(&mut self, step: &Step) -> Result<(), String> {
        self.day = zone().to_datetime(step.moment).date();
        self.happened = Happened::default();
        self.wait_until(step.moment);
        if let Some((event, said)) = &step.event {
            event(self, said)?;
        }
        self.gather_reports();
        let Some(wanted) = &step.wanted else {
            let refused = self.happened.refused.take();
            return refused.map_or(Ok(()), |code| Err(format!("refused {code}")));
        };
        let complaints = self.complaints(wanted);
        if complaints.is_empty() {
            return Ok(());
        }
        let happened = self.happened.told();
        Err(format!("{}\n    happened: {happened}", complaints.join("\n    ")))
    }

    /// Time passes: closely at first, by the minute when nothing has happened for long.
    pub fn wait_until(&mut self, moment: Timestamp) {
        let since = self.lot.now;
        while self.lot.now < moment {
            let close = self.lot.now - since < SignedDuration::from_mins(3);
            let pace = SignedDuration::from_secs(if close { 10 } else { 60 });
            self.lot.now = (self.lot.now + pace).min(moment);
            let out = self.lot.tick();
            self.take(out);
        }
    }

    pub fn take(&mut self, out: Outcome) {
        let happened = &mut self.happened;
        for actuation in out.actuations {
            let (lane_id, id) = (actuation.lane_id.clone(), actuation.id);
            if let Some(before) = self.commanded.insert(lane_id.clone(), id.clone())
                && before != id
            {
                self.commanded_earlier.insert(lane_id, before);
            }
            match actuation.act {
                Act::Open { .. } | Act::Hold { .. } => {
                    let is_its = |lane: &lotgate::lot::Lane| lane.id == actuation.lane_id;
                    happened.opened.extend(self.lot.rules.lanes.iter().position(is_its));
                }
                Act::Close { .. } | Act::Stop { .. } | Act::Release { .. } => happened.closed += 1,
            }
        }
        for one in out.happenings {
            if let Happening::Held { reason, .. } = one {
                happened.held.push(match reason {
                    HoldReason::NoPlate => "no plate".to_owned(),
                    HoldReason::Full => "full".to_owned(),
                    HoldReason::NotInside => "not inside".to_owned(),
                    HoldReason::Locked => "locked".to_owned(),
                    HoldReason::Listed => "listed".to_owned(),
                    HoldReason::Stopped => "out of service".to_owned(),
                    HoldReason::WithoutStore => "without a store".to_owned(),
                    HoldReason::PaymentDue(due) => format!("{due} due"),
                });
            }
        }
        happened.shown.extend(out.shows.into_iter().filter_map(|show| match show.scene {
            Scene::Idle { .. } => None,
            Scene::Welcome { .. } => Some("welcome".to_owned()),
            Scene::ContractWelcome { .. } => Some("contract".to_owned()),
            Scene::Goodbye { .. } => Some("goodbye".to_owned()),
            Scene::Fee { fee, .. } => Some(format!("fee {fee}")),
            Scene::Held { .. } => Some("held".to_owned()),
            Scene::CallStaff { .. } => Some("call staff".to_owned()),
        }));
        happened.questions.extend(out.questions.into_iter().map(|one| one.plate_no));
    }

    pub fn gather_reports(&mut self) {
        let reader = self.lot.reader();
        let pending = |urgency: &Urgency| reader.pending(*urgency, 0, 10_000).unwrap();
        let rows = Urgency::ALL.iter().flat_map(pending).filter(|row| row.seq > self.last_seq);
        let rows: BTreeMap<_, _> = rows.map(|row| (row.seq, row)).collect();
        self.last_seq = rows.keys().next_back().copied().unwrap_or(self.last_seq);
        let bodies = rows.into_values();
        self.happened.reports =
            bodies.map(|row| (row.code, serde_json::from_str(&row.body).unwrap())).collect();
    }

    pub fn moment(&self, word: &str) -> Timestamp {
        let civil = clock(word).map(|time| self.day.to_datetime(time));
        zone().to_timestamp(civil.unwrap_or_else(|| word.parse().unwrap())).unwrap()
    }

    pub fn id(&mut self) -> String {
        self.ids += 1;
        format!("{:0>32}", self.ids)
    }

    pub fn device(&mut self, event: DeviceEvent) -> Result<(), String> {
        let out = self.lot.device(event);
        self.take(out);
        Ok(())
    }

    pub fn lane_id(&self, said: &Said) -> Id {
        self.lot.rules.lanes[lane_of(&said["lane"])].id.clone()
    }

    pub fn settle_tail(&mut self, said: &Said, record_id: Option<Id>) -> Result<(), String> {
        let lane_id = self.lane_id(said);
        let tails = self.lot.look(|tx| tx.open_tails(&lane_id).unwrap());
        let tail = tails.first().ok_or("nobody drove through behind another")?.id;
        self.staff(StaffAction::SettleTail { tail, record_id, reason: "录像".to_owned() })
    }

    /// A read by somewhat more than its plate.
    pub fn read_with(
        &mut self,
        said: &Said,
        more: impl FnOnce(PlateRead) -> PlateRead,
    ) -> Result<(), String> {
        let message = self.id();
        let device_id = self.lot.rules.lanes[lane_of(&said["lane"])].camera.clone();
        let plate_no = Some(said["plate"].parse().unwrap());
        let read = PlateRead { car_model: Some(3), ..PlateRead::of(device_id, message, plate_no) };
        self.device(DeviceEvent::PlateRead(Box::new(more(read))))
    }

    pub fn read(
        &mut self,
        said: &Said,
        plate: Option<&str>,
        moment: ReadMoment,
    ) -> Result<(), String> {
        let message = self.id();
        let device_id = self.lot.rules.lanes[lane_of(&said["lane"])].camera.clone();
        let green = plate.is_some_and(|plate| plate.chars().count() == 8);
        let plate_no = plate.map(|plate| plate.parse().unwrap());
        self.device(DeviceEvent::PlateRead(Box::new(PlateRead {
            plate_color: plate.map(|_| if green { "绿色" } else { "蓝色" }.to_owned()),
            car_model: Some(3),
            moment,
            ..PlateRead::of(device_id, message, plate_no)
        })))
    }

    pub fn contact(&mut self, said: &Said, what: u16, closed: bool) -> Result<(), String> {
        let Contact { device_id, input, .. } = wire(lane_of(&said["lane"]), what);
        self.device(DeviceEvent::Contact { device_id, input, closed, just_now: false })
    }

    pub fn barrier_answers(
        &mut self,
        said: &Said,
        result: Result<Duration, BarrierFault>,
    ) -> Result<(), String> {
        let lane_id = self.lot.rules.lanes[lane_of(&said["lane"])].id.clone();
        let act = Act::Open { output: 0 };
        let actuation = self.commanded.get(&lane_id).cloned().ok_or("it was told nothing")?;
        self.device(DeviceEvent::BarrierAnswered { actuation, lane_id, act, result })
    }

    pub fn earlier_command_answered(&mut self, said: &Said) -> Result<(), String> {
        let lane_id = self.lot.rules.lanes[lane_of(&said["lane"])].id.clone();
        let (act, result) = (Act::Open { output: 0 }, Ok(Duration::from_secs(3)));
        let before = self.commanded_earlier.get(&lane_id).cloned();
        let actuation = before.ok_or("it was told nothing earlier")?;
        self.device(DeviceEvent::BarrierAnswered { actuation, lane_id, act, result })
    }

    pub fn space(&mut self, said: &Said, seen: SpaceSeen) -> Result<(), String> {
        self.device(DeviceEvent::Space { space_no: said["space"].clone(), seen })
    }

    pub fn command(&mut self, code: u16, element: &Value) -> Result<(), String> {
        self.lot.sent += 1;
        let (reply, out) = self.lot.command_at(self.lot.sent, code, std::slice::from_ref(element));
        self.take(out);
        let answer = reply.data.first().cloned().unwrap_or_default();
        if reply.succeeded() {
            self.happened.answer = Some(answer);
        } else {
            self.happened.refused = Some(answer["code"].to_string());
        }
        Ok(())
    }

    pub fn staff(&mut self, action: StaffAction) -> Result<(), String> {
        let id = self.id();
        let (answer, out) = self.lot.staff(&id, action);
        self.take(out);
        match answer {
            StaffAnswer::Done(reply) => self.happened.answer = Some(reply),
            StaffAnswer::Refused(refusal) => self.happened.refused = Some(format!("{refusal:?}")),
        }
        Ok(())
    }

    pub fn give_pass(&mut self, said: &Said, free: Option<SignedDuration>) -> Result<(), String> {
        let pass = NewPass {
            plates: vec![said["plate"].parse().unwrap()],
            from: self.moment(&said["from"]),
            until: self.moment(&said["until"]),
            free,
            reason: "访客".to_owned(),
        };
        self.staff(StaffAction::GivePass(Box::new(pass)))
    }

    pub fn give_coupon(
        &mut self,
        said: &Said,
        reduction: Reduction,
        stackable: bool,
    ) -> Result<(), String> {
        self.give_coupon_from(said, reduction, stackable, None)
    }

    pub fn give_coupon_from(
        &mut self,
        said: &Said,
        reduction: Reduction,
        stackable: bool,
        from: Option<Timestamp>,
    ) -> Result<(), String> {
        let terms = CouponTerms { stackable, ..terms("", reduction) };
        let which = CouponChoice::Free { terms, from, until: None };
        let target = CouponTarget::Plate(said["plate"].parse().unwrap());
        self.staff(StaffAction::GiveCoupon(Box::new(NewCoupon { which, target })))
    }

    pub fn move_barrier(&mut self, said: &Said, movement: Movement) -> Result<(), String> {
        let lane_id = self.lot.rules.lanes[lane_of(&said["lane"])].id.clone();
        self.staff(StaffAction::MoveBarrier { lane_id, movement })
    }

    pub fn correct(
        &mut self,
        said: &Said,
        change: impl FnOnce(&mut Correction),
    ) -> Result<(), String> {
        let record_id = Some(self.record_of(&said["plate"])?);
        let mut correction = Correction { record_id, ..Correction::default() };
        change(&mut correction);
        self.staff(StaffAction::Correct(Box::new(correction)))
    }

    /// The newest parking record of a plate or a space.
    pub fn record_of(&self, whose: &str) -> Result<Id, String> {
        let reports = [5006, 5005, 5004].into_iter().flat_map(|code| self.lot.reports(code));
        let its =
            reports.filter(|one| one["parkCarInfo"]["plateNo"] == whose || one["spaceNo"] == whose);
        let newest = its.max_by_key(|one| one["enterTime"].as_str().unwrap().to_owned());
        let newest = newest.ok_or_else(|| format!("{whose} has no parking record"))?;
        Ok(newest["id"].as_str().unwrap().into())
    }

    pub fn ask_fee(&mut self, query: &Value) -> Result<(), String> {
        self.command(6006, query)?;
        let whose = query["plateNo"].as_str().or(query["spaceNo"].as_str()).unwrap();
        if let Some(order) = &self.happened.answer {
            self.orders.insert(whose.to_owned(), order["orderNo"].clone());
        }
        Ok(())
    }

    pub fn pay(&mut self, said: &Said, whose: &str, discount: &str) -> Result<(), String> {
        let whose = &said[whose];
        let (received, discount): (Money, Money) =
            (said["money"].parse().unwrap(), discount.parse().unwrap());
        let mut info = json!({
            "id": self.id(), "recordId": self.record_of(whose)?, "payTime": local(self.lot.now),
            "receivables": received + discount, "discount": discount, "received": received,
            "payType": 2, "payFrom": "微信公众号",
        });
        if let Some(order_no) = self.orders.get(whose) {
            info["orderNo"] = order_no.clone();
        }
        if said.contains_key("plate") {
            info["parkCarInfo"] = json!({ "plateNo": whose, "eidEquiped": false });
        }
        self.command(6007, &json!({ "parkCode": PARK_CODE, "chargeInfo": info }))
    }

    pub fn list(&mut self, said: &Said, strategy: i64, period: &Value) -> Result<(), String> {
        let id = self.id();
        let mut sheet = control(&id, strategy);
        let entry = &mut sheet["blackWhiteGraySheet"];
        entry["parkCarInfo"]["plateNo"] = json!(said["plate"]);
        for (name, value) in period.as_object().into_iter().flatten() {
            entry[name] = value.clone();
        }
        self.listed.push((id, said["plate"].clone()));
        self.command(4001, &sheet)
    }

    pub fn book(&mut self, said: &Said, kept: i64) -> Result<(), String> {
        let (from, until) = (self.moment(&said["from"]), self.moment(&said["until"]));
        let mut order = book(&said["code"], &said["plate"], from, 0);
        order["overTime"] = json!(local(until));
        order["obligatTime"] = json!(kept);
        self.command(6001, &order)
    }

    pub fn lock(&mut self, said: &Said, flag: i64) -> Result<(), String> {
        let id = self.id();
        let lock = json!({ "id": id, "parkCode": PARK_CODE, "plateNo": said["plate"],
            "lockFlag": flag, "featureCode": "14d9" });
        self.command(6003, &lock)
    }

    pub fn share(&mut self, said: &Said, buffer: i64, action: i64) -> Result<(), String> {
        let mut element = share(&said["from"], &said["until"], buffer);
        element["plateNo"] = json!(said["plate"]);
        element["actionType"] = json!(action);
        self.command(6004, &element)
    }

    pub fn contract(&mut self, said: &Said, state: i64) -> Result<(), String> {
        let notice = json!({ "parkCode": PARK_CODE, "plateNo": said["plate"], "state": state });
        self.command(6008, &notice)
    }

    pub fn answer_contract(&mut self, said: &Said, open: bool) -> Result<(), String> {
        let record_id = self.record_of(&said["plate"])?;
        let (_, out) = self.lot.apply(&Input::ContractAnswered { record_id, open });
        self.take(out);
        Ok(())
    }
}
