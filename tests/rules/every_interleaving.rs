//! Every order in which things can happen to two cars at one lane, over the real rules: reads, commands answered, lost or
//! answered late, loop, limit switch, staff, time, a kill and a start. In none of them is a car held that was let pass,
//! does a command open for another, does a stay begin or end twice.

use crate::prelude::*;
use lotgate::lot::{self, Case, Rules};
use lotgate::model::input::Answer;
use lotgate::model::staff::StaffCommand;
use lotgate::store::{ActuationState, Passing, Transaction};
use std::collections::HashMap;
use std::fmt::Write as _;
use std::time::Instant;

const FREE: &str = "粤B11111";
const SHUT: &str = "粤C77777";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Event {
    /// The car that may pass is read.
    ReadFree,
    /// The one that may not.
    ReadShut,
    /// The device answers its newest command.
    Answered,
    /// Nobody answered it in time.
    Unheard,
    /// It is busy.
    Busy,
    /// An answer comes to an earlier command, after another was given.
    AnsweredLate,
    LoopOn,
    LoopOff,
    ArmUp,
    ArmDown,
    Staff,
    /// So many seconds pass.
    Time(i64),
    /// Killed, started again, the device listens.
    Restart,
}

/// What is so in the world, whatever the gateway believes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
struct World {
    /// Who stands before the barrier: the one read last.
    stands: Option<&'static str>,
    /// Seconds since that read.
    read_ago: i64,
    /// Commands sent: for whom, and whether answered.
    commands: Vec<(String, &'static str, bool)>,
    loop_taken: bool,
    /// Who is on the loop.
    on_loop: Option<&'static str>,
    arm_up: bool,
    /// Who has truly gone, as the loop saw.
    gone: Vec<&'static str>,
    begun: Vec<String>,
    ended: Vec<String>,
    now: i64,
}

struct Site {
    name: &'static str,
    rules: Rules,
    lane: usize,
    has_loop: bool,
    has_switch: bool,
}

struct Explorer<'a> {
    tx: &'a Transaction<'a>,
    site: &'a Site,
    start: Timestamp,
    seen: HashMap<String, usize>,
    steps: usize,
    path: Vec<Event>,
    ids: u32,
}

fn sites() -> Vec<Site> {
    let wire = |input| Some(Contact { device_id: BOARD.into(), input, inverted: false });
    let mut sites = Vec::new();
    for (lane, direction) in [(0, "entry"), (1, "exit")] {
        for (has_loop, has_switch, repeat) in
            [(false, false, true), (true, false, true), (false, true, true), (false, false, false)]
        {
            let mut rules = rules();
            let at = &mut rules.lanes[lane];
            at.passing_loop = wire(0).filter(|_| has_loop);
            at.barrier_up = wire(1).filter(|_| has_switch);
            at.barrier.as_mut().unwrap().repeat = repeat;
            let name = match (direction, has_loop, has_switch, repeat) {
                ("entry", false, false, true) => "entry",
                ("entry", true, ..) => "entry with a loop",
                ("entry", _, true, _) => "entry with a switch",
                ("entry", ..) => "entry, one button",
                (_, false, false, true) => "exit",
                (_, true, ..) => "exit with a loop",
                (_, _, true, _) => "exit with a switch",
                _ => "exit, one button",
            };
            sites.push(Site { name, rules, lane, has_loop, has_switch });
        }
    }
    sites
}

impl Explorer<'_> {
    fn events(&self, world: &World) -> Vec<Event> {
        let mut events = vec![Event::ReadShut, Event::Time(5), Event::Time(61), Event::Restart];
        if !world.gone.contains(&FREE) {
            events.push(Event::ReadFree);
        }
        if world.commands.iter().any(|(_, _, answered)| !answered) {
            events.extend([Event::Answered, Event::Unheard, Event::Busy]);
        }
        if world.commands.iter().filter(|(_, _, answered)| !answered).count() > 1 {
            events.push(Event::AnsweredLate);
        }
        if self.site.has_loop {
            events.push(if world.loop_taken { Event::LoopOff } else { Event::LoopOn });
        }
        if self.site.has_switch {
            events.push(if world.arm_up { Event::ArmDown } else { Event::ArmUp });
        }
        if world.stands == Some(FREE) {
            events.push(Event::Staff);
        }
        // A closed barrier lets nobody onto the loop; a car that is held stands before it.
        events.retain(|event| *event != Event::LoopOn || world.stands == Some(FREE));
        events
    }

    fn explore(&mut self, world: &World, depth: usize) {
        let key = self.digest(world);
        if depth == 0 || self.seen.get(&key).is_some_and(|deeper| *deeper >= depth) {
            return;
        }
        self.seen.insert(key, depth);
        for event in self.events(world) {
            self.path.push(event);
            let tx = self.tx;
            tx.undone(|| {
                let after = self.step(world, event);
                self.explore(&after, depth - 1);
            })
            .unwrap();
            self.path.pop();
        }
    }

    fn step(&mut self, world: &World, event: Event) -> World {
        let mut world = world.clone();
        let lane = self.site.rules.lanes[self.site.lane].clone();
        let let_pass = self.tx.passing_in(lane.id.as_str()).unwrap();
        let contact = |input, closed| {
            Input::Device(DeviceEvent::Contact {
                device_id: BOARD.into(),
                input,
                closed,
                just_now: true,
            })
        };
        let inputs = match event {
            Event::ReadFree | Event::ReadShut => {
                let plate = if event == Event::ReadFree { FREE } else { SHUT };
                world.stands = Some(plate);
                world.read_ago = 0;
                self.ids += 1;
                let (camera, message) = (lane.camera.clone(), self.ids.to_string());
                let read = PlateRead::of(camera, message, plate.parse().ok());
                vec![Input::Device(DeviceEvent::PlateRead(Box::new(read)))]
            }
            Event::Answered => vec![self.answer(&mut world, true, Ok(Duration::from_millis(5)))],
            Event::AnsweredLate => {
                vec![self.answer(&mut world, false, Ok(Duration::from_millis(5)))]
            }
            Event::Unheard => vec![self.answer(&mut world, true, Err(BarrierFault::Silent))],
            Event::Busy => vec![self.answer(&mut world, true, Err(BarrierFault::Busy))],
            Event::LoopOn => {
                world.loop_taken = true;
                world.on_loop = world.stands;
                vec![contact(0, true)]
            }
            Event::LoopOff => {
                world.loop_taken = false;
                if let Some(gone) = world.on_loop.take() {
                    world.gone.push(gone);
                    if world.stands == Some(gone) {
                        world.stands = None;
                    }
                }
                vec![contact(0, false)]
            }
            Event::ArmUp => {
                world.arm_up = true;
                vec![contact(1, true)]
            }
            Event::ArmDown => {
                world.arm_up = false;
                vec![contact(1, false)]
            }
            Event::Staff => {
                // They see that it stands there.
                world.read_ago = 0;
                self.ids += 1;
                let id = format!("{:0>32}", self.ids).as_str().into();
                let (lane_id, reason) = (lane.id.clone(), "断网".to_owned());
                let action = StaffAction::OpenLane { lane_id, reason, record_id: None };
                vec![Input::Staff(StaffCommand {
                    id,
                    said: None,
                    operator: "张三".to_owned(),
                    action,
                })]
            }
            Event::Time(seconds) => {
                world.now += seconds;
                world.read_ago += seconds;
                vec![Input::Tick { free_disk: None }]
            }
            Event::Restart => {
                // What was sent before is answered by nobody any more.
                world.commands.clear();
                vec![
                    Input::Started,
                    Input::Device(DeviceEvent::Online(BOARD.into())),
                    Input::Device(DeviceEvent::Reachable(lane.camera.clone())),
                ]
            }
        };
        for input in inputs {
            let out = self.apply(&world, &input);
            self.look(
                &mut world,
                event,
                let_pass.as_ref().map(|one| one.car.plate_no.as_str()),
                &out,
            );
        }
        world
    }

    fn apply(&mut self, world: &World, input: &Input) -> Outcome {
        self.steps += 1;
        let now = self.start + SignedDuration::from_secs(world.now);
        let mut case = Case::new(self.tx, &self.site.rules, now);
        let answer = lot::apply(&mut case, input).unwrap();
        assert!(!matches!(answer, Answer::Staff(StaffAnswer::Refused(_))), "{:?}", self.path);
        case.into_outcome()
    }

    fn answer(
        &self,
        world: &mut World,
        newest: bool,
        result: Result<Duration, BarrierFault>,
    ) -> Input {
        let open = world.commands.iter_mut().filter(|(_, _, answered)| !answered);
        let mut open: Vec<_> = open.collect();
        let command = if newest { open.pop() } else { Some(open.remove(0)) }.unwrap();
        command.2 = true;
        let lane_id = self.site.rules.lanes[self.site.lane].id.clone();
        let (actuation, act) = (command.0.clone(), Act::Open { output: 0 });
        Input::Device(DeviceEvent::BarrierAnswered { actuation, lane_id, act, result })
    }

    /// The laws, after one step.
    fn look(&self, world: &mut World, event: Event, let_pass: Option<&str>, out: &Outcome) {
        let site = self.site.name;
        for happening in &out.happenings {
            match happening {
                Happening::Held { plate, .. } => {
                    assert_ne!(plate, FREE, "{site}: held though it may pass: {:?}", self.path);
                    assert_ne!(
                        Some(plate.as_str()),
                        let_pass,
                        "{site}: held though it was let pass: {:?}",
                        self.path
                    );
                }
                Happening::Entered { plate, .. } => {
                    assert!(!world.begun.contains(plate), "{site}: begun twice: {:?}", self.path);
                    world.begun.push(plate.clone());
                }
                Happening::Left { plate, .. } => {
                    assert!(!world.ended.contains(plate), "{site}: ended twice: {:?}", self.path);
                    world.ended.push(plate.clone());
                }
                Happening::ClosedUnseen { .. } | Happening::LeftUnknown { .. } => {
                    panic!("{site}: {happening:?}: {:?}", self.path)
                }
                _ => {}
            }
        }
        for actuation in &out.actuations {
            if !matches!(actuation.act, Act::Open { .. }) {
                continue;
            }
            assert_eq!(
                world.stands,
                Some(FREE),
                "{site}: a command opens for another: {event:?} in {:?}",
                self.path
            );
            assert!(
                event != Event::Restart || world.read_ago <= 10,
                "{site}: a command that has grown old: {:?}",
                self.path
            );
            if !world.commands.iter().any(|(id, ..)| *id == actuation.id) {
                world.commands.push((actuation.id.clone(), FREE, false));
            } else if let Some(known) =
                world.commands.iter_mut().find(|(id, ..)| *id == actuation.id)
            {
                known.2 = false;
            }
        }
        assert!(
            !world.begun.iter().chain(&world.ended).any(|plate| plate == SHUT),
            "{site}: who may not pass has: {:?}",
            self.path
        );
    }

    /// What of the world and the store decides what can come of it: moments as so long ago.
    fn digest(&self, world: &World) -> String {
        let lane = &self.site.rules.lanes[self.site.lane];
        let lane_id = lane.id.as_str();
        let now = self.start + SignedDuration::from_secs(world.now);
        let ago = |at: Timestamp| now.duration_since(at).as_secs();
        let mut digest = String::new();
        let commands: Vec<bool> = world.commands.iter().map(|(_, _, answered)| *answered).collect();
        write!(
            digest,
            "{:?} {} {commands:?} {} {:?} {} {:?} {:?} {:?}|",
            world.stands,
            world.read_ago.min(62),
            world.loop_taken,
            world.on_loop,
            world.arm_up,
            world.gone,
            world.begun,
            world.ended
        )
        .unwrap();
        let there = [self.tx.ahead_in(lane_id).unwrap(), self.tx.passing_in(lane_id).unwrap()];
        for one in there.into_iter().flatten() {
            let (read, opened) = (ago(one.last_read), one.opened_at.map(ago));
            let (plate, done) = (&one.car.plate_no, one.record_id.is_some());
            let Passing { ahead, on_loop, unwatched, .. } = one;
            write!(digest, "{plate} {ahead} {read} {opened:?} {done} {on_loop} {unwatched}|")
                .unwrap();
        }
        if let Some(one) = self.tx.waiting_in(lane_id).unwrap() {
            write!(digest, "{} {}|", one.car.plate_no, ago(one.last_read)).unwrap();
        }
        for one in self.tx.actuations_of(&lane.id).unwrap() {
            let given_up = one.state == ActuationState::GivenUp;
            write!(digest, "{:?} {} {given_up}|", one.state, ago(one.decided_at)).unwrap();
        }
        if let Some(one) = self.tx.unseen_passage(FREE).unwrap() {
            write!(digest, "{}|", ago(one.at)).unwrap();
        }
        let condition = self.tx.lane_condition(lane_id).unwrap();
        let passed = condition.passed.map(|passed| (ago(passed.at), passed.leaves));
        write!(
            digest,
            "{} {:?} {passed:?} {:?} {:?}",
            condition.barrier_faulty,
            condition.loop_use,
            condition.up_by.map(ago),
            condition.loop_taken_at.map(ago)
        )
        .unwrap();
        digest
    }
}

/// How deep it goes in CI; `LANE_DEPTH` says otherwise.
const DEPTH: usize = 6;

#[test]
fn in_no_order_is_who_was_let_pass_held_or_anybody_elses_barrier_opened() {
    let depth = std::env::var("LANE_DEPTH").ok().and_then(|depth| depth.parse().ok());
    let depth = depth.unwrap_or(DEPTH);
    let begun = Instant::now();
    let (mut states, mut steps) = (0, 0);
    for site in sites() {
        let mut lot = Lot::new();
        lot.rules = site.rules.clone();
        online(&mut lot, BOARD, true);
        if site.lane == 1 {
            // Both are inside; one is locked.
            for plate in [FREE, SHUT] {
                assert!(lot.enter(plate));
                lot.now += SignedDuration::from_secs(120);
                lot.tick();
            }
            let lock = json!({ "id": "ff8080814d9be81f014d9beb81090001", "parkCode": PARK_CODE,
                "plateNo": SHUT, "featureCode": "f", "lockFlag": 0 });
            lot.ok(6003, &lock);
        } else {
            let mut list = control("1", 3);
            list["blackWhiteGraySheet"]["parkCarInfo"]["plateNo"] = json!(SHUT);
            lot.ok(4001, &list);
        }
        let start = lot.now;
        let tx = lot.store.begin().unwrap();
        let mut explorer = Explorer {
            tx: &tx,
            site: &site,
            start,
            seen: HashMap::new(),
            steps: 0,
            path: Vec::new(),
            ids: 0,
        };
        explorer.explore(&World::default(), depth);
        states += explorer.seen.len();
        steps += explorer.steps;
    }
    // Said so that whoever runs it by hand sees how far it came.
    println!("{states} states, {steps} steps, depth {depth}, {:?}", begun.elapsed());
    assert!(states > 1000, "{states}");
}
