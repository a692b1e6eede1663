//! Every phrase of the language and what it means: options, events, expectations.

use super::expected::Wanted;
use super::grammar::{Phrase, Said, number, pairs};
use super::play::{ARM, BUTTON, LOOP, Play, coupon, lane_of, wire};
use crate::prelude::*;
use lotgate::lot::Rules;
use lotgate::lot::tariff::{
    ClassDefinition, DayPrices, ONCE, Period, Prices, TariffRule, VehicleClass, Visits, Waiver,
    WaiverPer,
};
use lotgate::model::event::{Heading, OpenedBy, PlateRead, ReadMoment};
use lotgate::model::exit::{NoEntry, PlateMatch};
use lotgate::model::lease::OnFree;
use lotgate::model::merchant::{CouponChoice, CouponTarget, NewCoupon, Quota, Reduction};
use lotgate::model::staff::{ClassOf, NamedCar};
use lotgate::store::CouponFilter;

pub type Change = fn(&mut Rules, &Said);
pub type Event = fn(&mut Play, &Said) -> Result<(), String>;
pub type Expected = fn(&Said) -> Wanted;

/// The spaces a scenario names, each watched by a sensor where one is given.
fn spaces(said: &Said, sensor: Option<&str>) -> Vec<Space> {
    let space = |name: &str| Space {
        space_no: name.to_owned(),
        sensor: sensor.map(str::to_owned),
        ..Space::default()
    };
    said["words"].split(' ').map(space).collect()
}

/// A class of the lot's own.
fn class(rules: &mut Rules, said: &Said, free: bool) {
    let name = said["class"].clone();
    rules.tariff.classes.push(ClassDefinition { name, free, ..ClassDefinition::default() });
}

/// The class of a car, said by staff.
fn class_of(said: &Said, this_stay: bool) -> ClassOf {
    let (plate_no, name) = (said["plate"].parse().unwrap(), said["class"].clone());
    ClassOf { plate_no, name, until: None, this_stay }
}

/// What may stand at the top of a scenario, after `lot:`.
pub const OPTIONS: &[Phrase<Change>] = &[
    ("spaces {number}", |rules, said| rules.total_spaces = number(said, "number")),
    ("for visitors {number}", |rules, said| rules.visitor_spaces = Some(number(said, "number"))),
    ("bookable {number}", |rules, said| rules.reservable_spaces = Some(number(said, "number"))),
    ("numbered {words}", |rules, said| {
        let sensor = rules.on_street.then(|| "sensor".to_owned());
        rules.spaces = spaces(said, sensor.as_deref());
    }),
    ("watched {words}", |rules, said| rules.spaces = spaces(said, Some("sensor"))),
    ("on street", |rules, _| rules.on_street = true),
    ("loop at {lane}", |rules, said| {
        let lane = lane_of(&said["lane"]);
        rules.lanes[lane].passing_loop = Some(wire(lane, LOOP));
    }),
    ("arm switch at {lane}", |rules, said| {
        let lane = lane_of(&said["lane"]);
        rules.lanes[lane].barrier_up = Some(wire(lane, ARM));
    }),
    ("button at {lane}", |rules, said| {
        let lane = lane_of(&said["lane"]);
        rules.lanes[lane].button = Some(wire(lane, BUTTON));
    }),
    ("second pulse closes at {lane}", |rules, said| {
        let barrier = rules.lanes[lane_of(&said["lane"])].barrier.as_mut();
        barrier.unwrap().repeat = false;
    }),
    ("sure plates are taken", |rules, _| rules.plate_match = PlateMatch::Sure),
    ("plates are exact", |rules, _| rules.plate_match = PlateMatch::Exact),
    ("least fee without entry", |rules, _| rules.no_entry = NoEntry::Least),
    ("{money} without entry", |rules, said| {
        rules.no_entry = NoEntry::Amount(said["money"].parse().unwrap());
    }),
    ("both lanes at one gate", |rules, _| {
        for lane in &mut rules.lanes {
            lane.gate = Some("east".to_owned());
        }
    }),
    ("fire alarm wired", |rules, _| rules.fire_alarm = Some(wire(3, ARM))),
    ("who waits for a leased space stays a visitor", |rules, _| {
        rules.on_free = OnFree::StayTemporary;
    }),
    ("one gate", |rules, _| rules.lanes[0].direction = LaneDirection::Both),
    ("leave then charge", |rules, _| {
        for lane in &mut rules.lanes {
            lane.contract_rule = ContractRule::LeaveThenCharge;
        }
    }),
    ("class {class} pays {money} a stay", |rules, said| {
        let named = VehicleClass::named(&said["class"]);
        let period = Period { seconds: ONCE, price: said["money"].parse().unwrap() };
        let prices = Prices { first: Some(period), ..Prices::default() };
        let rule = TariffRule {
            vehicles: Some(vec![named]),
            days: DayPrices { prices, ..DayPrices::default() },
            ..TariffRule::default()
        };
        rules.tariff.rules.insert(0, rule);
        class(rules, said, false);
    }),
    ("class {class} parks free", |rules, said| class(rules, said, true)),
    ("{hours} hours a day waived for {class}", |rules, said| {
        rules.tariff.waivers.push(Waiver {
            vehicles: vec![VehicleClass::named(&said["class"])],
            length: SignedDuration::from_hours(said["hours"].parse().unwrap()),
            per: WaiverPer::Day,
        });
    }),
    ("visits within {hours} hours are one", |rules, said| {
        let hours: i64 = said["hours"].parse().unwrap();
        for rule in &mut rules.tariff.rules {
            rule.visits = Some(Visits::Within(hours * 3600));
        }
    }),
    ("a shop", |rules, _| rules.merchants = vec![shop(Quota::default())]),
    ("a shop with {number} coupons a day", |rules, said| {
        let per_day = Some(number(said, "number"));
        rules.merchants = vec![shop(Quota { per_day, ..Quota::default() })];
    }),
    ("free minutes {number}", |rules, said| {
        rules.tariff.free = SignedDuration::from_mins(number(said, "number"));
    }),
    ("leaving minutes {number}", |rules, said| {
        rules.tariff.leave_within = SignedDuration::from_mins(number(said, "number"));
    }),
];

/// What may happen.
pub const EVENTS: &[Phrase<Event>] = &[
    ("{plate} at {lane}", |play, said| play.read(said, Some(&said["plate"]), ReadMoment::Live)),
    ("{plate} at {lane} by {number} of 100", |play, said| {
        let confidence = said["number"].parse().ok();
        play.read_with(said, |read| PlateRead { confidence, ..read })
    }),
    ("{plate} at {lane} with {other}", |play, said| {
        let aliases = vec![said["other"].parse().unwrap()];
        play.read_with(said, |read| PlateRead { aliases, ..read })
    }),
    ("{plate} on white at {lane}", |play, said| {
        let plate_color = Some("白色".to_owned());
        play.read_with(said, |read| PlateRead { plate_color, ..read })
    }),
    ("{plate} passed {lane} by its list at {time}", |play, said| {
        let moment = ReadMoment::Late(play.moment(&said["time"]));
        play.read_with(said, |read| PlateRead { moment, opened_by: OpenedBy::CameraList, ..read })
    }),
    ("{plate} at {lane} driving away", |play, said| {
        let heading = Some(Heading::Receding);
        play.read_with(said, |read| PlateRead { heading, ..read })
    }),
    ("fire alarm goes", |play, _| {
        let Contact { device_id, input, .. } = wire(3, ARM);
        play.device(DeviceEvent::Contact { device_id, input, closed: true, just_now: true })
    }),
    ("fire alarm stops", |play, _| {
        let Contact { device_id, input, .. } = wire(3, ARM);
        play.device(DeviceEvent::Contact { device_id, input, closed: false, just_now: true })
    }),
    ("staff say {plate} waits at {lane}", |play, said| {
        let car = NamedCar { plate_no: said["plate"].parse().ok(), ..NamedCar::default() };
        let lane_id = play.lane_id(said);
        play.staff(StaffAction::NameCar { lane_id, car, reason: "误识别".to_owned() })
    }),
    ("staff choose {plate} at {lane}", |play, said| {
        let (lane_id, record_id) = (play.lane_id(said), play.record_of(&said["plate"])?);
        let reason = "误识别".to_owned();
        play.staff(StaffAction::ChooseStay { lane_id, record_id, plate_no: None, reason })
    }),
    ("staff choose {plate} at {lane} as {new}", |play, said| {
        let (lane_id, record_id) = (play.lane_id(said), play.record_of(&said["plate"])?);
        let (plate_no, reason) = (said["new"].parse().ok(), "误识别".to_owned());
        play.staff(StaffAction::ChooseStay { lane_id, record_id, plate_no, reason })
    }),
    ("staff let {plate} through {lane}", |play, said| {
        let car = NamedCar { plate_no: said["plate"].parse().ok(), ..NamedCar::default() };
        let lane_id = play.lane_id(said);
        play.staff(StaffAction::LetThrough { lane_id, car, reason: "断网".to_owned() })
    }),
    ("staff let a car through {lane}", |play, said| {
        let (lane_id, car) = (play.lane_id(said), NamedCar::default());
        play.staff(StaffAction::LetThrough { lane_id, car, reason: "无牌".to_owned() })
    }),
    ("staff say car at {lane} has gone back", |play, said| {
        let (lane_id, reason) = (play.lane_id(said), "掉头".to_owned());
        play.staff(StaffAction::BackedOut { lane_id, reason })
    }),
    ("staff say {plate} went behind at {lane}", |play, said| {
        let record_id = Some(play.record_of(&said["plate"])?);
        play.settle_tail(said, record_id)
    }),
    ("staff say it was a trailer at {lane}", |play, said| play.settle_tail(said, None)),
    ("staff raise all", |play, _| {
        play.staff(StaffAction::RaiseAll { reason: "消防演习".to_owned() })
    }),
    ("staff end raised", |play, _| {
        play.staff(StaffAction::EndRaiseAll { reason: "演习结束".to_owned() })
    }),
    ("text {text} at {lane}", |play, said| play.read(said, Some(&said["text"]), ReadMoment::Live)),
    ("no plate at {lane}", |play, said| play.read(said, None, ReadMoment::Live)),
    ("{plate} was at {lane} at {time}", |play, said| {
        let moment = ReadMoment::Late(play.moment(&said["time"]));
        play.read(said, Some(&said["plate"]), moment)
    }),
    ("{plate} turns back at {lane}", |play, said| {
        let plate = Some(said["plate"].parse().unwrap());
        let device_id = play.lot.rules.lanes[lane_of(&said["lane"])].camera.clone();
        play.device(DeviceEvent::TurnedBack { device_id, plate })
    }),
    ("loop at {lane} on", |play, said| play.contact(said, LOOP, true)),
    ("loop at {lane} off", |play, said| play.contact(said, LOOP, false)),
    ("arm at {lane} up", |play, said| play.contact(said, ARM, true)),
    ("arm at {lane} down", |play, said| play.contact(said, ARM, false)),
    ("button at {lane} pressed", |play, said| {
        play.contact(said, BUTTON, false)?;
        play.contact(said, BUTTON, true)
    }),
    ("loops silent", |play, _| play.device(DeviceEvent::Offline(BOARD.into()))),
    ("loops back", |play, _| play.device(DeviceEvent::Online(BOARD.into()))),
    ("barriers are deaf", |play, _| {
        play.lot.deaf = true;
        Ok(())
    }),
    ("barriers hear", |play, _| {
        play.lot.deaf = false;
        Ok(())
    }),
    ("barrier at {lane} is busy", |play, said| play.barrier_answers(said, Err(BarrierFault::Busy))),
    ("barrier at {lane} answers", |play, said| {
        play.barrier_answers(said, Ok(Duration::from_millis(5)))
    }),
    ("earlier barrier at {lane} answers", |play, said| play.earlier_command_answered(said)),
    ("barrier at {lane} does not answer", |play, said| {
        play.barrier_answers(said, Err(BarrierFault::Silent))
    }),
    ("space {space} taken", |play, said| play.space(said, SpaceSeen::Occupied)),
    ("space {space} left", |play, said| play.space(said, SpaceSeen::Free)),
    ("space {space} silent", |play, said| play.space(said, SpaceSeen::Unknown)),
    ("time passes", |_, _| Ok(())),
    ("gateway starts again", |play, _| {
        let (_, out) = play.lot.apply(&Input::Started);
        play.take(out);
        Ok(())
    }),
    // Money.
    ("asks fee of {plate}", |play, said| play.ask_fee(&fee(&said["plate"]))),
    ("asks fee of space {space}", |play, said| play.ask_fee(&json!({ "spaceNo": said["space"] }))),
    ("asks fee of {plate} at {time}", |play, said| {
        let mut query = fee(&said["plate"]);
        query["endTime"] = json!(local(play.moment(&said["time"])));
        play.ask_fee(&query)
    }),
    ("asks fee of {plate} with {money} off", |play, said| {
        play.ask_fee(&coupon(said, 1, &said["money"]))
    }),
    ("asks fee of {plate} with {hours} hours off", |play, said| {
        play.ask_fee(&coupon(said, 2, &said["hours"]))
    }),
    ("asks fee of {plate} with all off", |play, said| play.ask_fee(&coupon(said, 3, "1"))),
    ("pays {money} for {plate} by platform", |play, said| play.pay(said, "plate", "0")),
    ("pays {money} for space {space} by platform", |play, said| play.pay(said, "space", "0")),
    ("pays {money} for {plate} by platform with {discount} off", |play, said| {
        play.pay(said, "plate", &said["discount"])
    }),
    ("pays {money} for {plate} at booth", |play, said| {
        play.staff(StaffAction::Pay(Box::new(StaffPayment {
            plate_no: said["plate"].parse().unwrap(),
            received: said["money"].parse().unwrap(),
            discount: Money::ZERO,
            pay_type: 1,
            pay_from: "线下缴费".to_owned(),
            discounts: Vec::new(),
        })))
    }),
    // Staff.
    ("staff open {lane}", |play, said| {
        let lane_id = play.lot.rules.lanes[lane_of(&said["lane"])].id.clone();
        play.staff(StaffAction::OpenLane { lane_id, reason: "领导".to_owned(), record_id: None })
    }),
    ("staff hold {lane} open", |play, said| play.move_barrier(said, Movement::HoldOpen)),
    ("staff let {lane} go", |play, said| play.move_barrier(said, Movement::Release)),
    ("staff close {lane}", |play, said| play.move_barrier(said, Movement::Close)),
    ("staff stop {lane}", |play, said| {
        let lane_id = play.lot.rules.lanes[lane_of(&said["lane"])].id.clone();
        play.staff(StaffAction::StopLane { lane_id, reason: "维修".to_owned() })
    }),
    ("staff put {lane} back", |play, said| {
        let lane_id = play.lot.rules.lanes[lane_of(&said["lane"])].id.clone();
        play.staff(StaffAction::NormalLane { lane_id })
    }),
    ("staff correct {plate} to {new}", |play, said| {
        let plate_no = Some(said["new"].parse().unwrap());
        play.correct(said, |correction| correction.plate_no = plate_no)
    }),
    ("staff correct entry of {plate} to {time}", |play, said| {
        let moment = play.moment(&said["time"]);
        play.correct(said, |correction| correction.enter_time = Some(moment))
    }),
    ("staff end stay of {plate} at {time}", |play, said| {
        let moment = play.moment(&said["time"]);
        play.correct(said, |correction| correction.leave_time = Some(moment))
    }),
    ("staff say {plate} is {class}", |play, said| {
        let (class, reason) = (class_of(said, false), "证件".to_owned());
        play.staff(StaffAction::GiveClass { class, reason })
    }),
    ("staff say {plate} is {class} this time", |play, said| {
        let (class, reason) = (class_of(said, true), "证件".to_owned());
        play.staff(StaffAction::GiveClass { class, reason })
    }),
    ("staff say {plate} is no {class}", |play, said| {
        play.staff(StaffAction::TakeClass { class: class_of(said, false) })
    }),
    ("staff release {plate}", |play, said| {
        play.staff(StaffAction::ReleaseLock { plate_no: said["plate"].parse().unwrap() })
    }),
    ("staff ask payment of {plate}", |play, said| {
        play.staff(StaffAction::AskPayment { plate_no: said["plate"].parse().unwrap() })
    }),
    ("staff refund {money} to {plate}", |play, said| {
        let record_id = play.record_of(&said["plate"])?;
        play.staff(StaffAction::Refund(Refund {
            record_id,
            refund_money: said["money"].parse().unwrap(),
            refund_type: 1,
            refund_from: "线下缴费".to_owned(),
        }))
    }),
    ("staff give {plate} a pass from {from} to {until}", |play, said| play.give_pass(said, None)),
    ("staff give {plate} a pass from {from} to {until} for {number} hours", |play, said| {
        play.give_pass(said, Some(SignedDuration::from_hours(number(said, "number"))))
    }),
    ("staff withdraw the pass of {plate}", |play, said| {
        let passes = play.lot.look(|tx| tx.passes_of(&said["plate"], play.lot.now).unwrap());
        let pass_id = passes.first().ok_or("it has no pass")?.id.clone();
        play.staff(StaffAction::WithdrawPass { pass_id })
    }),
    ("staff give {plate} {money} off", |play, said| {
        let reduction = Reduction::Amount(said["money"].parse().unwrap());
        play.give_coupon(said, reduction, false)
    }),
    ("staff give {plate} {money} off with others", |play, said| {
        let reduction = Reduction::Amount(said["money"].parse().unwrap());
        play.give_coupon(said, reduction, true)
    }),
    ("staff give {plate} {number} hours off with others", |play, said| {
        let time = SignedDuration::from_hours(number(said, "number"));
        play.give_coupon(said, Reduction::Hours(time), true)
    }),
    ("staff give {plate} {number} percent off with others", |play, said| {
        let percent = u8::try_from(number(said, "number")).unwrap();
        play.give_coupon(said, Reduction::Percent(percent), true)
    }),
    ("staff give {plate} {money} off from {from}", |play, said| {
        let reduction = Reduction::Amount(said["money"].parse().unwrap());
        let from = play.moment(&said["from"]);
        play.give_coupon_from(said, reduction, false, Some(from))
    }),
    ("staff give {plate} the prices of {class}", |play, said| {
        let class = said["class"].clone();
        play.give_coupon(said, Reduction::Class(class), false)
    }),
    ("staff take back the coupon of {plate}", |play, said| {
        let plate_no = Some(said["plate"].clone());
        let filter = CouponFilter { plate_no, ..CouponFilter::default() };
        let coupons = play.lot.look(|tx| tx.coupons(&filter, 1).unwrap());
        let number = coupons.first().ok_or("it has no coupon")?.number;
        play.staff(StaffAction::ReturnCoupon { number, merchant: None })
    }),
    ("shop gives {plate} {words}", |play, said| {
        let which =
            CouponChoice::Offered { merchant: SHOP.to_owned(), name: said["words"].clone() };
        let target = CouponTarget::Plate(said["plate"].parse().unwrap());
        play.staff(StaffAction::GiveCoupon(Box::new(NewCoupon { which, target })))
    }),
    // The platform.
    ("platform bans {plate} from entering", |play, said| play.list(said, 1, &Value::Null)),
    ("platform bans {plate} from leaving", |play, said| play.list(said, 2, &Value::Null)),
    ("platform bans {plate} both ways", |play, said| play.list(said, 3, &Value::Null)),
    ("platform watches {plate}", |play, said| play.list(said, 4, &Value::Null)),
    ("platform frees {plate}", |play, said| play.list(said, 5, &Value::Null)),
    ("platform frees {plate} from {from} to {until}", |play, said| {
        let moment = |name| local(play.moment(&said[name]));
        let period = json!({ "beginDate": moment("from"), "endDate": moment("until") });
        play.list(said, 5, &period)
    }),
    ("platform unlists {plate}", |play, said| {
        let known: Vec<_> = play.listed.iter().filter(|(_, p)| *p == said["plate"]).collect();
        let ids: Vec<_> = known.iter().map(|(id, _)| id.clone()).collect();
        play.listed.retain(|(_, plate)| *plate != said["plate"]);
        let sheet = |id| json!({ "state": 2, "blackWhiteGraySheet": { "id": id } });
        ids.into_iter().try_for_each(|id| play.command(4001, &sheet(id)))
    }),
    ("platform books {code} for {plate} from {from} to {until}", |play, said| play.book(said, 0)),
    ("platform books {code} for {plate} from {from} to {until} kept {number}", |play, said| {
        play.book(said, number(said, "number"))
    }),
    ("platform cancels {code}", |play, said| play.command(6002, &confirm(&said["code"], 0))),
    ("platform confirms {code}", |play, said| play.command(6002, &confirm(&said["code"], 1))),
    ("platform extends {code}", |play, said| play.command(6002, &confirm(&said["code"], 2))),
    ("platform locks {plate}", |play, said| play.lock(said, 0)),
    ("platform unlocks {plate}", |play, said| play.lock(said, 1)),
    ("platform shares {from} to {until} with {plate}", |play, said| play.share(said, 0, 0)),
    ("platform shares {from} to {until} with {plate} buffer {number}", |play, said| {
        play.share(said, number(said, "number"), 0)
    }),
    ("platform unshares {from} to {until} with {plate}", |play, said| play.share(said, 0, 1)),
    ("platform opens contract of {plate}", |play, said| play.contract(said, 1)),
    ("platform closes contract of {plate}", |play, said| play.contract(said, 0)),
    ("platform answers contract of {plate} open", |play, said| play.answer_contract(said, true)),
    ("platform answers contract of {plate} closed", |play, said| play.answer_contract(said, false)),
    ("staff end lease of {plates}", |play, said| {
        let plates = said["plates"].split(' ').map(|plate| plate.parse().unwrap()).collect();
        play.staff(StaffAction::EndLease { plates })
    }),
    ("platform leases {number} spaces to {plates} from {first} to {last}", |play, said| {
        let plates: Vec<_> = said["plates"].split(' ').collect();
        let spaces = usize::try_from(number(said, "number")).unwrap();
        let moment = play.lot.now.as_millisecond();
        play.command(6010, &lease(&plates, spaces, &said["first"], &said["last"], moment))
    }),
];

/// What may be expected; the words a phrase leaves open follow it by name.
pub const EXPECTED: &[Phrase<Expected>] = &[
    ("opens", |_| Wanted::Opens(None)),
    ("opens {lane}", |said| Wanted::Opens(Some(lane_of(&said["lane"])))),
    ("closes", |_| Wanted::Closes),
    ("stays shut", |_| Wanted::Shut(None)),
    ("stays shut: no plate", |_| Wanted::shut("no plate")),
    ("stays shut: full", |_| Wanted::shut("full")),
    ("stays shut: not inside", |_| Wanted::shut("not inside")),
    ("stays shut: out of service", |_| Wanted::shut("out of service")),
    ("stays shut: locked", |_| Wanted::shut("locked")),
    ("stays shut: listed", |_| Wanted::shut("listed")),
    ("stays shut: {money} due", |said| Wanted::shut(&format!("{} due", said["money"]))),
    ("{report}", |said| Wanted::report(said)),
    ("{report} {fields}", |said| Wanted::report(said)),
    ("due {money}", |said| Wanted::Due(said["money"].clone())),
    ("answer {fields}", |said| Wanted::Answer(pairs(&said["fields"]))),
    ("refused", |_| Wanted::Refused(None)),
    ("refused {number}", |said| Wanted::Refused(Some(said["number"].clone()))),
    ("inside {number}", |said| Wanted::Count("usedSpaces", number(said, "number"))),
    ("kept {number}", |said| Wanted::Count("reservedSpaces", number(said, "number"))),
    ("free {number}", |said| Wanted::Count("unusedSpaces", number(said, "number"))),
    ("space {space} unknown", |said| Wanted::Space(said["space"].clone(), -1)),
    ("space {space} free", |said| Wanted::Space(said["space"].clone(), 0)),
    ("space {space} booked", |said| Wanted::Space(said["space"].clone(), 1)),
    ("space {space} occupied", |said| Wanted::Space(said["space"].clone(), 2)),
    ("{lane} normal", |said| Wanted::Lane(lane_of(&said["lane"]), 1)),
    ("{lane} badly congested", |said| Wanted::Lane(lane_of(&said["lane"]), 3)),
    ("{lane} congested", |said| Wanted::Lane(lane_of(&said["lane"]), 2)),
    ("{lane} out of service", |said| Wanted::Lane(lane_of(&said["lane"]), 4)),
    ("asks for contract", |_| Wanted::Question),
    ("shows welcome", |_| Wanted::Shows("welcome".to_owned())),
    ("shows contract", |_| Wanted::Shows("contract".to_owned())),
    ("shows goodbye", |_| Wanted::Shows("goodbye".to_owned())),
    ("shows held", |_| Wanted::Shows("held".to_owned())),
    ("shows fee {money}", |said| Wanted::Shows(format!("fee {}", said["money"]))),
];
