//! The lot's rules as scenarios that a car park's people can read and write: tests/scenarios/*.txt, one
//! line an event and what is expected of it. The language is in tests/scenarios/README.md.

#![allow(clippy::unnecessary_wraps, reason = "what an event does has one shape")]

use crate::prelude::*;
use jiff::civil::{Date, DateTime, Time};
use lotgate::lot::Rules;
use lotgate::model::event::{PlateRead, ReadMoment};
use lotgate::standard::plate::PlateNo;
use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::fs;

const FOLDER: &str = "tests/scenarios";
/// A Monday; `day …` names another.
const FIRST_DAY: &str = "2026-03-02";
/// States may be said at any moment; what is listed here is said only when it has a cause.
const ALWAYS_EXAMINED: [u16; 8] = [2002, 5004, 5005, 5006, 5007, 5008, 5009, 5012];

// Phrases

/// The words a phrase leaves open, by name; [`fits`] says what each takes.
type Said = HashMap<&'static str, String>;
type Phrase<T> = (&'static str, T);
type Change = fn(&mut Rules, &Said);
type Event = fn(&mut Play, &Said) -> Result<(), String>;
type Expected = fn(&Said) -> Wanted;

/// What may stand at the top of a scenario, after `lot:`.
const OPTIONS: &[Phrase<Change>] = &[
    ("spaces {number}", |rules, said| rules.total_spaces = number(said, "number")),
    ("bookable {number}", |rules, said| rules.reservable_spaces = Some(number(said, "number"))),
    ("numbered {words}", |rules, said| {
        let space = |name: &str| Space { space_no: name.to_owned(), ..Space::default() };
        rules.spaces = said["words"].split(' ').map(space).collect();
    }),
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
    ("one gate", |rules, _| rules.lanes[0].direction = LaneDirection::Both),
    ("leave then charge", |rules, _| {
        for lane in &mut rules.lanes {
            lane.contract_rule = ContractRule::LeaveThenCharge;
        }
    }),
    ("free minutes {number}", |rules, said| {
        rules.tariff.free = SignedDuration::from_mins(number(said, "number"));
    }),
    ("leaving minutes {number}", |rules, said| {
        rules.tariff.leave_within = SignedDuration::from_mins(number(said, "number"));
    }),
];

/// What may happen.
const EVENTS: &[Phrase<Event>] = &[
    ("{plate} at {lane}", |play, said| play.read(said, Some(&said["plate"]), ReadMoment::Live)),
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
    ("barrier at {lane} answers", |play, said| {
        play.barrier_answers(said, Ok(Duration::from_millis(5)))
    }),
    ("barrier at {lane} does not answer", |play, said| {
        play.barrier_answers(said, Err(BarrierFault::Silent))
    }),
    ("space {space} taken", |play, said| play.space(said, SpaceSeen::Occupied)),
    ("space {space} left", |play, said| play.space(said, SpaceSeen::Free)),
    ("space {space} silent", |play, said| play.space(said, SpaceSeen::Unknown)),
    ("time passes", |_, _| Ok(())),
    ("gateway starts again", |play, _| {
        let (_, out) = play.lot.apply(&Input::Started { moved_aside: None });
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
        play.staff(StaffAction::OpenLane { lane_id, reason: "领导".to_owned() })
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
    ("platform leases {number} spaces to {plates} from {first} to {last}", |play, said| {
        let plates: Vec<_> = said["plates"].split(' ').collect();
        let spaces = usize::try_from(number(said, "number")).unwrap();
        let moment = play.lot.now.as_millisecond();
        play.command(6010, &lease(&plates, spaces, &said["first"], &said["last"], moment))
    }),
];

/// What may be expected; the words a phrase leaves open follow it by name.
const EXPECTED: &[Phrase<Expected>] = &[
    ("opens", |_| Wanted::Opens(None)),
    ("opens {lane}", |said| Wanted::Opens(Some(lane_of(&said["lane"])))),
    ("closes", |_| Wanted::Closes),
    ("stays shut", |_| Wanted::Shut(None)),
    ("stays shut: no plate", |_| Wanted::shut("no plate")),
    ("stays shut: full", |_| Wanted::shut("full")),
    ("stays shut: not inside", |_| Wanted::shut("not inside")),
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
    ("{lane} congested", |said| Wanted::Lane(lane_of(&said["lane"]), 2)),
    ("{lane} out of service", |said| Wanted::Lane(lane_of(&said["lane"]), 4)),
    ("asks for contract", |_| Wanted::Question),
    ("shows welcome", |_| Wanted::Shows("welcome".to_owned())),
    ("shows goodbye", |_| Wanted::Shows("goodbye".to_owned())),
    ("shows held", |_| Wanted::Shows("held".to_owned())),
    ("shows fee {money}", |said| Wanted::Shows(format!("fee {}", said["money"]))),
];

/// Whether a word may stand where a phrase has this name; `words`, `plates` and `fields` take several.
fn fits(name: &str, word: &str) -> bool {
    match name {
        "plate" | "new" | "plates" => word.chars().count() >= 7 && word.parse::<PlateNo>().is_ok(),
        "lane" => LANES.iter().any(|(known, _)| *known == word),
        "time" | "from" | "until" => clock(word).is_some() || word.parse::<DateTime>().is_ok(),
        "first" | "last" => word.parse::<Date>().is_ok(),
        "money" | "discount" => word.parse::<Money>().is_ok(),
        "number" => word.parse::<i64>().is_ok(),
        "hours" => word.parse::<f64>().is_ok(),
        "report" => word.len() == 4 && word.parse::<u16>().is_ok(),
        _ => true,
    }
}

fn slot(word: &'static str) -> Option<&'static str> {
    word.strip_prefix('{')?.strip_suffix('}')
}

fn matched(pattern: &[&'static str], words: &[&str]) -> Option<Said> {
    let Some((first, rest)) = pattern.split_first() else {
        return words.is_empty().then(Said::new);
    };
    let Some(name) = slot(first) else {
        return matched(rest, words.strip_prefix(&[*first])?);
    };
    let several = matches!(name, "words" | "plates" | "fields");
    let most = if several { words.len() } else { words.len().min(1) };
    (1..=most).take_while(|taken| fits(name, words[taken - 1])).find_map(|taken| {
        let mut said = matched(rest, &words[taken..])?;
        said.insert(name, words[..taken].join(" "));
        Some(said)
    })
}

/// The phrase that a text is, or the nearest one.
fn understand<T: Copy>(phrases: &[Phrase<T>], text: &str) -> Result<(T, Said), String> {
    let words: Vec<_> = text.split_whitespace().collect();
    let found = phrases.iter().find_map(|(pattern, meaning)| {
        Some((*meaning, matched(&pattern.split(' ').collect::<Vec<_>>(), &words)?))
    });
    found.ok_or_else(|| {
        let near = |pattern: &str| distance(&pattern.split(' ').collect::<Vec<_>>(), &words);
        let by_nearness = |a: &&str, b: &&str| near(a).total_cmp(&near(b));
        let nearest = phrases.iter().map(|(pattern, _)| *pattern).min_by(by_nearness);
        format!("no such phrase: `{text}`\n    nearest: {}", nearest.unwrap_or_default())
    })
}

/// How many words must become others before the words are the pattern.
fn distance(pattern: &[&str], words: &[&str]) -> f64 {
    let mut row: Vec<f64> = (0_u32..).take(words.len() + 1).map(f64::from).collect();
    for wanted in pattern {
        let mut diagonal = row[0];
        row[0] += 1.0;
        for (place, word) in words.iter().enumerate() {
            let open = wanted.strip_prefix('{').and_then(|name| name.strip_suffix('}'));
            let other = match open {
                Some(name) if fits(name, word) => 0.1,
                Some(_) => 0.6,
                None => 1.0 - strsim::normalized_levenshtein(wanted, word),
            };
            let best = (diagonal + other).min(row[place] + 1.0).min(row[place + 1] + 1.0);
            diagonal = std::mem::replace(&mut row[place + 1], best);
        }
    }
    row[words.len()]
}

// A scenario as it is written

struct Scenario {
    options: Vec<(Change, Said)>,
    steps: Vec<Step>,
}

struct Step {
    line: usize,
    text: String,
    moment: Timestamp,
    event: Option<(Event, Said)>,
    /// None when the line does not say what shall come of it.
    wanted: Option<Vec<Wanted>>,
}

fn clock(word: &str) -> Option<Time> {
    word.contains(':').then(|| word.parse().ok())?
}

/// A scenario, or what is wrong with it and in which line.
fn read(text: &str) -> Result<Scenario, (usize, String)> {
    let mut scenario = Scenario { options: Vec::new(), steps: Vec::new() };
    let mut day: Date = FIRST_DAY.parse().unwrap();
    if !text.starts_with("# ") {
        return Err((1, "a scenario begins with `# ` and what it shows".to_owned()));
    }
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let said = if let Some(options) = line.strip_prefix("lot:") {
            options.split(',').try_for_each(|option| {
                scenario.options.push(understand(OPTIONS, option.trim())?);
                Ok(())
            })
        } else if let Some(named) = line.strip_prefix("day ") {
            named
                .trim()
                .parse()
                .map(|named| day = named)
                .map_err(|_| format!("`{named}` is no day; write one as {FIRST_DAY}"))
        } else {
            step(number, line, day).map(|step| scenario.steps.push(step))
        };
        said.map_err(|problem| (number, problem))?;
        if let [.., before, last] = &scenario.steps[..]
            && last.moment < before.moment
        {
            return Err((number, "time goes back; a `day …` before it?".to_owned()));
        }
    }
    Ok(scenario)
}

fn step(line: usize, text: &str, day: Date) -> Result<Step, String> {
    let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
    let time = clock(word).ok_or_else(|| format!("`{word}` is no time; write one as 08:00"))?;
    let moment = zone().to_timestamp(day.to_datetime(time)).unwrap();
    let (event, wanted) = match rest.split_once("->") {
        Some((event, wanted)) => (Some(understand(EVENTS, event)?), Some(expectations(wanted)?)),
        // A line of expectations only looks.
        None => match expectations(rest) {
            Ok(wanted) => (None, Some(wanted)),
            Err(_) => (Some(understand(EVENTS, rest)?), None),
        },
    };
    Ok(Step { line, text: text.to_owned(), moment, event, wanted })
}

fn expectations(text: &str) -> Result<Vec<Wanted>, String> {
    let one = |text: &str| understand(EXPECTED, text).map(|(wanted, said)| wanted(&said));
    text.split(',').map(one).collect()
}

fn number(said: &Said, name: &str) -> i64 {
    said[name].parse().unwrap()
}

fn pairs(words: &str) -> Vec<(String, String)> {
    let words: Vec<_> = words.split(' ').map(str::to_owned).collect();
    words
        .chunks(2)
        .map(|pair| (pair[0].clone(), pair.get(1).cloned().unwrap_or_default()))
        .collect()
}

// A scenario as it is played

const LANES: [(&str, usize); 3] = [("entry", 0), ("exit", 1), ("gate", 0)];
const LOOP: u16 = 0;
const ARM: u16 = 1;
const BUTTON: u16 = 2;

fn lane_of(name: &str) -> usize {
    LANES.iter().find(|(known, _)| *known == name).unwrap().1
}

fn lane_name(lane: usize) -> &'static str {
    LANES[lane].0
}

fn wire(lane: usize, what: u16) -> Contact {
    let input = u16::try_from(lane).unwrap() * 3 + what;
    Contact { device_id: BOARD.into(), input, inverted: false }
}

fn coupon(said: &Said, kind: i64, value: &str) -> Value {
    let mut query = fee(&said["plate"]);
    query["couponType"] = json!(kind);
    query["couponValue"] = serde_json::from_str(value).unwrap();
    query
}

/// What has come since the line before.
#[derive(Default)]
struct Happened {
    opened: Vec<usize>,
    closed: usize,
    held: Vec<String>,
    shown: Vec<String>,
    questions: Vec<String>,
    answer: Option<Value>,
    refused: Option<String>,
    reports: Vec<(u16, Value)>,
}

struct Play {
    lot: Lot,
    day: Date,
    happened: Happened,
    last_seq: i64,
    /// Entries of the control list and their plates.
    listed: Vec<(String, String)>,
    /// The newest order of each plate or space, as the platform knows it.
    orders: HashMap<String, Value>,
    ids: u32,
}

impl Play {
    fn new(scenario: &Scenario) -> Self {
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
        }
    }

    fn step(&mut self, step: &Step) -> Result<(), String> {
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
    fn wait_until(&mut self, moment: Timestamp) {
        let since = self.lot.now;
        while self.lot.now < moment {
            let close = self.lot.now - since < SignedDuration::from_mins(3);
            let pace = SignedDuration::from_secs(if close { 10 } else { 60 });
            self.lot.now = (self.lot.now + pace).min(moment);
            let out = self.lot.tick();
            self.take(out);
        }
    }

    fn take(&mut self, out: Outcome) {
        let happened = &mut self.happened;
        for actuation in out.actuations {
            match actuation.act {
                Act::Pulse { opens: true, .. } | Act::Hold { .. } => {
                    let is_its = |lane: &lotgate::lot::Lane| lane.id == actuation.lane_id;
                    happened.opened.extend(self.lot.rules.lanes.iter().position(is_its));
                }
                Act::Pulse { opens: false, .. } | Act::Release { .. } => happened.closed += 1,
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
                    HoldReason::PaymentDue(due) => format!("{due} due"),
                });
            }
        }
        happened.shown.extend(out.shows.into_iter().filter_map(|show| match show.scene {
            Scene::Idle { .. } => None,
            Scene::Welcome { .. } => Some("welcome".to_owned()),
            Scene::Goodbye { .. } => Some("goodbye".to_owned()),
            Scene::Fee { fee, .. } => Some(format!("fee {fee}")),
            Scene::Held { .. } => Some("held".to_owned()),
        }));
        happened.questions.extend(out.questions.into_iter().map(|one| one.plate_no));
    }

    fn gather_reports(&mut self) {
        let reader = self.lot.reader();
        let pending = |urgency: &Urgency| reader.pending(*urgency, 0, 10_000).unwrap();
        let rows = Urgency::ALL.iter().flat_map(pending).filter(|row| row.seq > self.last_seq);
        let rows: BTreeMap<_, _> = rows.map(|row| (row.seq, row)).collect();
        self.last_seq = rows.keys().next_back().copied().unwrap_or(self.last_seq);
        let bodies = rows.into_values();
        self.happened.reports =
            bodies.map(|row| (row.code, serde_json::from_str(&row.body).unwrap())).collect();
    }

    fn moment(&self, word: &str) -> Timestamp {
        let civil = clock(word).map(|time| self.day.to_datetime(time));
        zone().to_timestamp(civil.unwrap_or_else(|| word.parse().unwrap())).unwrap()
    }

    fn id(&mut self) -> String {
        self.ids += 1;
        format!("{:0>32}", self.ids)
    }

    fn device(&mut self, event: DeviceEvent) -> Result<(), String> {
        let out = self.lot.device(event);
        self.take(out);
        Ok(())
    }

    fn read(&mut self, said: &Said, plate: Option<&str>, moment: ReadMoment) -> Result<(), String> {
        let message = self.id();
        let device_id = self.lot.rules.lanes[lane_of(&said["lane"])].camera.clone();
        let green = plate.is_some_and(|plate| plate.chars().count() == 8);
        self.device(DeviceEvent::PlateRead(PlateRead {
            device_id,
            message,
            plate: plate.map(|plate| plate.parse().unwrap()),
            plate_color: plate.map(|_| if green { "绿色" } else { "蓝色" }.to_owned()),
            license_plate_type: None,
            car_model: Some(3),
            moment,
            sent: None,
            images: Vec::new(),
            fake: false,
            received: None,
        }))
    }

    fn contact(&mut self, said: &Said, what: u16, closed: bool) -> Result<(), String> {
        let Contact { device_id, input, .. } = wire(lane_of(&said["lane"]), what);
        self.device(DeviceEvent::Input { device_id, input, closed })
    }

    fn barrier_answers(
        &mut self,
        said: &Said,
        result: Result<Duration, BarrierFault>,
    ) -> Result<(), String> {
        let lane_id = self.lot.rules.lanes[lane_of(&said["lane"])].id.clone();
        let act = Act::Pulse { output: 0, opens: true };
        let actuation = "x".to_owned();
        self.device(DeviceEvent::BarrierAnswered { actuation, lane_id, act, result })
    }

    fn space(&mut self, said: &Said, seen: SpaceSeen) -> Result<(), String> {
        self.device(DeviceEvent::Space { space_no: said["space"].clone(), seen })
    }

    fn command(&mut self, code: u16, element: &Value) -> Result<(), String> {
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

    fn staff(&mut self, action: StaffAction) -> Result<(), String> {
        let id = self.id();
        let (answer, out) = self.lot.staff(&id, action);
        self.take(out);
        match answer {
            StaffAnswer::Done(reply) => self.happened.answer = Some(reply),
            StaffAnswer::Refused(refusal) => self.happened.refused = Some(format!("{refusal:?}")),
        }
        Ok(())
    }

    fn move_barrier(&mut self, said: &Said, movement: Movement) -> Result<(), String> {
        let lane_id = self.lot.rules.lanes[lane_of(&said["lane"])].id.clone();
        self.staff(StaffAction::MoveBarrier { lane_id, movement })
    }

    fn correct(&mut self, said: &Said, change: impl FnOnce(&mut Correction)) -> Result<(), String> {
        let record_id = Some(self.record_of(&said["plate"])?);
        let mut correction = Correction { record_id, ..Correction::default() };
        change(&mut correction);
        self.staff(StaffAction::Correct(Box::new(correction)))
    }

    /// The newest parking record of a plate or a space.
    fn record_of(&self, whose: &str) -> Result<Id, String> {
        let reports = [5006, 5005, 5004].into_iter().flat_map(|code| self.lot.reports(code));
        let its =
            reports.filter(|one| one["parkCarInfo"]["plateNo"] == whose || one["spaceNo"] == whose);
        let newest = its.max_by_key(|one| one["enterTime"].as_str().unwrap().to_owned());
        let newest = newest.ok_or_else(|| format!("{whose} has no parking record"))?;
        Ok(newest["id"].as_str().unwrap().into())
    }

    fn ask_fee(&mut self, query: &Value) -> Result<(), String> {
        self.command(6006, query)?;
        let whose = query["plateNo"].as_str().or(query["spaceNo"].as_str()).unwrap();
        if let Some(order) = &self.happened.answer {
            self.orders.insert(whose.to_owned(), order["orderNo"].clone());
        }
        Ok(())
    }

    fn pay(&mut self, said: &Said, whose: &str, discount: &str) -> Result<(), String> {
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

    fn list(&mut self, said: &Said, strategy: i64, period: &Value) -> Result<(), String> {
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

    fn book(&mut self, said: &Said, kept: i64) -> Result<(), String> {
        let (from, until) = (self.moment(&said["from"]), self.moment(&said["until"]));
        let mut order = book(&said["code"], &said["plate"], from, 0);
        order["overTime"] = json!(local(until));
        order["obligatTime"] = json!(kept);
        self.command(6001, &order)
    }

    fn lock(&mut self, said: &Said, flag: i64) -> Result<(), String> {
        let id = self.id();
        let lock = json!({ "id": id, "parkCode": PARK_CODE, "plateNo": said["plate"],
            "lockFlag": flag, "featureCode": "14d9" });
        self.command(6003, &lock)
    }

    fn share(&mut self, said: &Said, buffer: i64, action: i64) -> Result<(), String> {
        let mut element = share(&said["from"], &said["until"], buffer);
        element["plateNo"] = json!(said["plate"]);
        element["actionType"] = json!(action);
        self.command(6004, &element)
    }

    fn contract(&mut self, said: &Said, state: i64) -> Result<(), String> {
        let notice = json!({ "parkCode": PARK_CODE, "plateNo": said["plate"], "state": state });
        self.command(6008, &notice)
    }

    fn answer_contract(&mut self, said: &Said, open: bool) -> Result<(), String> {
        let record_id = self.record_of(&said["plate"])?;
        let (_, out) = self.lot.apply(&Input::ContractAnswered { record_id, open });
        self.take(out);
        Ok(())
    }
}

// What is expected

enum Wanted {
    Opens(Option<usize>),
    Closes,
    Shut(Option<String>),
    Report(u16, Vec<(String, String)>),
    Due(String),
    Answer(Vec<(String, String)>),
    Refused(Option<String>),
    Count(&'static str, i64),
    Space(String, i64),
    Lane(usize, i64),
    Question,
    Shows(String),
}

impl Wanted {
    fn shut(why: &str) -> Self {
        Self::Shut(Some(why.to_owned()))
    }

    fn report(said: &Said) -> Self {
        let fields = said.get("fields").map(|words| pairs(words)).unwrap_or_default();
        Self::Report(said["report"].parse().unwrap(), fields)
    }
}

impl Happened {
    /// In the words of the language, as far as it has them.
    fn told(&self) -> String {
        let mut told: Vec<String> = Vec::new();
        told.extend(self.opened.iter().map(|lane| format!("opens {}", lane_name(*lane))));
        told.extend((0..self.closed).map(|_| "closes".to_owned()));
        told.extend(self.held.iter().map(|why| format!("stays shut: {why}")));
        told.extend(self.refused.iter().map(|code| format!("refused {code}")));
        let shown = self.reports.iter().filter(|(code, _)| ALWAYS_EXAMINED.contains(code));
        told.extend(shown.map(|(code, body)| format!("{code} {body}")));
        let answer = self.answer.as_ref().filter(|answer| !answer.is_null());
        told.extend(answer.map(|answer| format!("answer {answer}")));
        if told.is_empty() { "nothing".to_owned() } else { told.join(",\n        ") }
    }
}

impl Play {
    /// What is otherwise than wanted; barriers, records, money and events that nobody wanted are, too.
    fn complaints(&self, wanted: &[Wanted]) -> Vec<String> {
        let happened = &self.happened;
        let mut complaints: Vec<String> = wanted.iter().filter_map(|one| self.lacks(one)).collect();
        let opens: Vec<_> = wanted
            .iter()
            .filter_map(|one| if let Wanted::Opens(lane) = one { Some(*lane) } else { None })
            .collect();
        let as_wanted =
            |(wanted, lane): (&Option<usize>, &usize)| wanted.is_none_or(|w| w == *lane);
        if opens.len() != happened.opened.len()
            || !opens.iter().zip(&happened.opened).all(as_wanted)
        {
            complaints.push(format!("expected: {} barriers to open", opens.len()));
        }
        if !wanted.iter().any(|one| matches!(one, Wanted::Refused(_))) && happened.refused.is_some()
        {
            complaints.push("expected: no refusal".to_owned());
        }
        let named: Vec<_> = wanted
            .iter()
            .filter_map(|one| if let Wanted::Report(code, _) = one { Some(*code) } else { None })
            .collect();
        let examined = |code: &u16| ALWAYS_EXAMINED.contains(code) || named.contains(code);
        let came: Vec<_> =
            happened.reports.iter().map(|(code, _)| *code).filter(examined).collect();
        if came == named {
            let fields = wanted.iter().filter_map(|one| match one {
                Wanted::Report(_, fields) => Some(fields),
                _ => None,
            });
            let bodies = happened.reports.iter().filter(|(code, _)| examined(code));
            for (fields, (code, body)) in fields.zip(bodies) {
                complaints.extend(differences(&code.to_string(), fields, body));
            }
        } else {
            complaints.push(format!("expected reports: {named:?}, came: {came:?}"));
        }
        complaints
    }

    fn lacks(&self, wanted: &Wanted) -> Option<String> {
        let happened = &self.happened;
        let newest = |code, about: &dyn Fn(&Value) -> bool| {
            self.lot.reports(code).into_iter().rfind(|report| about(report)).unwrap_or_default()
        };
        let other = |what: &str, wanted: &i64, is: &Value| {
            (*is != json!(wanted)).then(|| format!("expected: {what} {wanted}, is: {is}"))
        };
        match wanted {
            Wanted::Closes if happened.closed == 0 => Some("expected: closes".to_owned()),
            Wanted::Shut(Some(why)) if !happened.held.contains(why) => {
                Some(format!("expected: stays shut: {why}"))
            }
            Wanted::Refused(code) if happened.refused.is_none() => {
                Some(format!("expected: refused {}", code.as_deref().unwrap_or_default()))
            }
            Wanted::Refused(Some(code)) if happened.refused.as_ref() != Some(code) => {
                Some(format!("expected: refused {code}"))
            }
            Wanted::Due(money) => {
                let answer = happened.answer.clone().unwrap_or_default();
                let sum = |name: &str| answer[name].to_string().parse().unwrap_or(Money::ZERO);
                let due = sum("receivables").less(sum("discount")).less(sum("paidAmount"));
                let is = if answer.is_null() { "nothing".to_owned() } else { due.to_string() };
                (is != *money).then(|| format!("expected: due {money}, is: due {is}"))
            }
            Wanted::Answer(fields) => {
                let answer = happened.answer.clone().unwrap_or_default();
                let differing = differences("answer", fields, &answer);
                (!differing.is_empty()).then(|| differing.join("\n    "))
            }
            Wanted::Count(name, number) => other(name, number, &newest(5003, &|_| true)[*name]),
            Wanted::Space(space, state) => {
                let report = newest(5001, &|one| one["spaceNo"] == space.as_str());
                other(&format!("space {space} in state"), state, &report["state"])
            }
            Wanted::Lane(lane, state) => {
                let id = self.lot.rules.lanes[*lane].id.to_string();
                let report = newest(5011, &|one| one["entranceID"] == id);
                other(&format!("{} in state", lane_name(*lane)), state, &report["state"])
            }
            Wanted::Question if happened.questions.is_empty() => {
                Some("expected: asks for contract".to_owned())
            }
            Wanted::Shows(scene) if !happened.shown.contains(scene) => {
                Some(format!("expected: shows {scene}, shown: {:?}", happened.shown))
            }
            _ => None,
        }
    }
}

/// Fields that are otherwise than wanted; a time of day stands for a moment of that day, `none` for nothing.
fn differences(what: &str, fields: &[(String, String)], body: &Value) -> Vec<String> {
    let mut differing = Vec::new();
    for (name, wanted) in fields {
        let found = find(name, body).filter(|value| **value != json!(""));
        let is = match found {
            None | Some(Value::Null) => "none".to_owned(),
            Some(Value::String(text)) => text.clone(),
            Some(value) => value.to_string(),
        };
        let time_of_day = clock(wanted).is_some() && is.get(11..16) == Some(wanted);
        if is != *wanted && !time_of_day {
            differing.push(format!("expected: {what} {name} {wanted}, is: {is}"));
        }
    }
    differing
}

/// A field by its name, however deep.
fn find<'a>(name: &str, body: &'a Value) -> Option<&'a Value> {
    let map = body.as_object()?;
    map.get(name).or_else(|| map.values().find_map(|value| find(name, value)))
}

/// What is wrong with a scenario; nothing when all came as it says.
fn play(name: &str, text: &str) -> Option<String> {
    let scenario = match read(text) {
        Ok(scenario) => scenario,
        Err((line, problem)) => return Some(format!("{name}:{line}: {problem}")),
    };
    let mut play = Play::new(&scenario);
    scenario.steps.iter().find_map(|step| {
        let problem = play.step(step).err()?;
        Some(format!("{name}:{}: {}\n    {problem}", step.line, step.text))
    })
}

#[test]
fn every_scenario_comes_as_it_says() {
    let mut files: Vec<_> = fs::read_dir(FOLDER)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "txt"))
        .collect();
    files.sort();
    assert!(!files.is_empty());
    let mut problems = String::new();
    for file in &files {
        if let Some(problem) = play(&file.display().to_string(), &fs::read_to_string(file).unwrap())
        {
            writeln!(problems, "{problem}").unwrap();
        }
    }
    assert!(problems.is_empty(), "\n{problems}");
}

#[test]
fn what_comes_otherwise_is_told_with_its_line_and_what_came_instead() {
    let told = |text: &str| play("a.txt", &format!("# A scenario.\n{text}"));
    assert_eq!(told("08:00 粤B12345 at entry -> opens, 5004\n08:00 inside 1, free 3"), None);
    for (text, words) in [
        ("08:00 粤B12345 at entry -> opens", ["a.txt:2: ", "expected reports: [], came: [5004]"]),
        ("08:00 粤B12345 at entry -> stays shut: full, 5004", ["barriers", "opens entry"]),
        (
            "08:00 粤B12345 at entry -> opens, 5004 recordType 1",
            ["recordType 1, is: 0", "粤B12345"],
        ),
        ("08:00 粤B12345 at exit -> opens, 5005", ["a.txt:2: ", "stays shut: not inside"]),
        ("08:00 asks fee of 粤B12345", ["a.txt:2: ", "refused 4001"]),
        ("08:00 asks fee of 粤B12345 -> refused 1100", ["a.txt:2: ", "refused 4001"]),
        ("\n08:00 粤B12345 at entry\n08:00 inside 2", ["a.txt:4: ", "usedSpaces 2, is: 1"]),
    ] {
        let problem = told(text).unwrap_or_default();
        assert!(words.iter().all(|word| problem.contains(word)), "{text}: {problem}");
    }
}

#[test]
fn a_line_that_is_not_understood_is_named_with_the_nearest_phrase() {
    for (text, words) in [
        ("08:00 粤B12345 at entry", ["t:1: ", "begins with"]),
        ("# A\nlot: space 4", ["t:2: ", "spaces {number}"]),
        ("# A\n08:00 粤B12345 by entry -> opens", ["t:2: ", "{plate} at {lane}"]),
        ("# A\n08:00 粤B12345 at entrance -> opens", ["t:2: ", "{plate} at {lane}"]),
        ("# A\n08:00 platfrom lock 粤B12345", ["t:2: ", "platform locks {plate}"]),
        ("# A\n08:00 pay 12 for 粤B12345 by platform", ["t:2: ", "pays {money} for {plate} by"]),
        ("# A\n\n08:00 粤B12345 at exit -> stays shut: lock", ["t:3: ", "stays shut: locked"]),
        ("# A\n8 o'clock 粤B12345 at exit", ["t:2: ", "no time"]),
        ("# A\n09:00 time passes\n08:00 time passes", ["t:3: ", "goes back"]),
        ("# A\nday tomorrow", ["t:2: ", "2026-03-02"]),
    ] {
        let problem = play("t", text).unwrap_or_default();
        assert!(words.iter().all(|word| problem.contains(word)), "{text}: {problem}");
    }
}

#[test]
fn the_page_about_the_language_has_every_phrase_and_no_other() {
    let page = fs::read_to_string(format!("{FOLDER}/README.md")).unwrap();
    let of_table = page.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    let mut written: Vec<_> = of_table.collect();
    let mut known: Vec<_> = OPTIONS.iter().map(|(phrase, _)| *phrase).collect();
    known.extend(EVENTS.iter().map(|(phrase, _)| *phrase));
    known.extend(EXPECTED.iter().map(|(phrase, _)| *phrase));
    written.sort_unstable();
    known.sort_unstable();
    assert_eq!(written, known);
}
