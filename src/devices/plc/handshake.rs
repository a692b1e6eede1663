//! The handshake that stores and retrieves, as a pure state machine: registers in, writes and words out.
//!
//! We write the parameters and the job's number, then the command. The PLC answers by setting
//! `acknowledged` to the job's number (to the command, where there is none) and keeps it until we have
//! cleared the command; it says `refused` instead if it will not. It loses the job's number when it
//! restarts, which is how a restart is told from an end. A command is written only when the registers
//! prove that it has not been: in doubt a mission is lost rather than done twice.

use crate::config::{MissionMap, Point};
use crate::devices::modbus::pdu::UnitRequest;
use crate::devices::modbus::points::{Registers, write};
use crate::model::event::{LostWhy, MissionStep};
use crate::model::outcome::{Job, Progress};
use std::time::{Duration, Instant};

/// A PLC that has taken a mission must be busy within this, else it is done already.
const BUSY_WITHIN: Duration = Duration::from_secs(5);
/// A garage that does not become free for this long will not.
const FREE_WITHIN: Duration = Duration::from_secs(900);

/// One mission under way.
#[derive(Debug)]
pub struct Handshake {
    map: MissionMap,
    job: Job,
    phase: Phase,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Phase {
    /// The PLC knows nothing of it.
    Ready {
        since: Option<Instant>,
    },
    /// The command may have been written.
    PerhapsCommanded,
    /// The command was written.
    Commanded {
        since: Instant,
    },
    /// It was taken back, too late perhaps.
    Withdrawn,
    /// The PLC has taken it.
    Taken {
        since: Instant,
        seen_busy: bool,
    },
    Over,
}

/// What to do next, in this order; a step that fails ends the list for now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlcAct {
    /// Write registers.
    Write(Vec<UnitRequest>),
    /// Tell the lot and wait until it is stored.
    Tell(MissionStep),
}

impl Handshake {
    /// Takes a mission up where it stands.
    pub fn new(map: &MissionMap, job: Job, now: Instant) -> Self {
        let phase = match job.progress {
            Progress::Nothing => Phase::Ready { since: None },
            Progress::PerhapsCommanded => Phase::PerhapsCommanded,
            // Whether it was busy meanwhile nobody saw.
            Progress::Taken => Phase::Taken { since: now, seen_busy: true },
        };
        Self { map: map.clone(), job, phase }
    }

    /// The mission's number.
    pub fn id(&self) -> i64 {
        self.job.id
    }

    /// Whether nothing is left to do.
    pub fn is_over(&self) -> bool {
        self.phase == Phase::Over
    }

    /// Looks at the registers and says what to do.
    pub fn next(&mut self, registers: &Registers, now: Instant) -> Vec<PlcAct> {
        match self.phase {
            Phase::Ready { since } => self.begin(registers, since, now),
            Phase::PerhapsCommanded => self.find_out(registers, now),
            Phase::Commanded { since } => self.await_answer(registers, since, now),
            Phase::Withdrawn => self.after_withdrawal(registers, now),
            Phase::Taken { since, seen_busy } => self.await_end(registers, since, seen_busy, now),
            Phase::Over => Vec::new(),
        }
    }

    /// The act that was tried last failed: the PLC may have got it or not.
    pub fn failed(&mut self, act: &PlcAct) {
        self.phase = match (act, self.phase) {
            // The command was the last thing on the list.
            (PlcAct::Write(_), Phase::Commanded { .. }) => Phase::PerhapsCommanded,
            (_, phase) => phase,
        };
    }

    /// The list of acts was cut short before the command: nothing was commanded.
    pub fn not_begun(&mut self) {
        if matches!(self.phase, Phase::Commanded { .. }) {
            self.phase = Phase::Ready { since: None };
        }
    }

    fn begin(
        &mut self,
        registers: &Registers,
        since: Option<Instant>,
        now: Instant,
    ) -> Vec<PlcAct> {
        let since = since.unwrap_or(now);
        if !self.is_free(registers) {
            self.phase = Phase::Ready { since: Some(since) };
            if now.duration_since(since) >= FREE_WITHIN {
                return self.over(MissionStep::Lost(LostWhy::NeverBegan));
            }
            // What was left there by a mission that was lost.
            return if self.commanded(registers) == Some(0) {
                Vec::new()
            } else {
                vec![self.clear()]
            };
        }
        let parameters = [
            (&self.map.space, self.job.space_number),
            (&self.map.passage, self.job.passage),
            (&self.map.job, self.job()),
        ];
        let mut writes = Vec::new();
        for (point, value) in parameters {
            let Some(point) = point else { continue };
            writes.push(write(point, value));
        }
        let Some(writes) = writes.into_iter().collect() else {
            return self.over(MissionStep::Refused(NO_SUCH_SPACE));
        };
        let Some(command) = write(&self.map.command, self.command()) else {
            return self.over(MissionStep::Refused(NO_SUCH_SPACE));
        };
        self.phase = Phase::Commanded { since: now };
        vec![
            PlcAct::Write(writes),
            PlcAct::Tell(MissionStep::Commanding),
            PlcAct::Write(vec![command]),
        ]
    }

    fn find_out(&mut self, registers: &Registers, now: Instant) -> Vec<PlcAct> {
        if self.is_refused(registers) || self.is_acknowledged(registers) {
            return self.await_answer(registers, now, now);
        }
        if self.commanded(registers) == Some(self.command())
            && self.remembers(registers) != Some(false)
        {
            self.phase = Phase::Commanded { since: now };
            return Vec::new();
        }
        // Only the job's number proves that the PLC still is as we left it.
        if self.remembers(registers) == Some(true)
            && self.commanded(registers) == Some(0)
            && let Some(command) = write(&self.map.command, self.command())
        {
            self.phase = Phase::Commanded { since: now };
            return vec![PlcAct::Write(vec![command])];
        }
        self.lost(LostWhy::Restarted)
    }

    fn await_answer(&mut self, registers: &Registers, since: Instant, now: Instant) -> Vec<PlcAct> {
        if self.is_refused(registers) {
            let code = value(self.map.refused.as_ref(), registers).unwrap_or_default();
            let known = (1000..10_000).contains(&code);
            let step = MissionStep::Refused(if known { code } else { NOT_NOW });
            self.phase = Phase::Over;
            return vec![self.clear(), PlcAct::Tell(step)];
        }
        if self.is_acknowledged(registers) {
            return self.taken(registers, now);
        }
        let remembers =
            self.remembers(registers).unwrap_or(self.commanded(registers) == Some(self.command()));
        if !remembers {
            return self.lost(LostWhy::Restarted);
        }
        if now.duration_since(since) >= self.map.acknowledge_within {
            self.phase = Phase::Withdrawn;
            return vec![self.clear()];
        }
        Vec::new()
    }

    fn after_withdrawal(&mut self, registers: &Registers, now: Instant) -> Vec<PlcAct> {
        if self.is_acknowledged(registers) {
            return self.taken(registers, now);
        }
        if self.commanded(registers) != Some(0) {
            return vec![self.clear()];
        }
        self.over(MissionStep::Lost(LostWhy::NotTaken))
    }

    fn taken(&mut self, registers: &Registers, now: Instant) -> Vec<PlcAct> {
        let seen_busy = self.is_busy(registers) == Some(true);
        self.phase = Phase::Taken { since: now, seen_busy };
        // Its taking is stored before the PLC may forget that it has taken it.
        vec![PlcAct::Tell(MissionStep::Taken(self.seconds_left(registers))), self.clear()]
    }

    fn await_end(
        &mut self,
        registers: &Registers,
        since: Instant,
        seen_busy: bool,
        now: Instant,
    ) -> Vec<PlcAct> {
        if self.remembers(registers) == Some(false) {
            return self.lost(LostWhy::Restarted);
        }
        let left = self.seconds_left(registers);
        let busy = self.is_busy(registers).unwrap_or_else(|| match left {
            Some(left) => left > 0,
            None => now.duration_since(since) < self.takes(),
        });
        let seen_busy = seen_busy || busy;
        self.phase = Phase::Taken { since, seen_busy };
        let ended = !busy && (seen_busy || now.duration_since(since) >= BUSY_WITHIN);
        if ended {
            self.phase = Phase::Over;
            return vec![self.clear(), PlcAct::Tell(MissionStep::Done)];
        }
        let mut acts = Vec::new();
        if self.commanded(registers) != Some(0) {
            acts.push(self.clear());
        }
        acts.extend(left.map(|left| PlcAct::Tell(MissionStep::Remaining(left))));
        acts
    }

    fn lost(&mut self, why: LostWhy) -> Vec<PlcAct> {
        self.phase = Phase::Over;
        vec![self.clear(), PlcAct::Tell(MissionStep::Lost(why))]
    }

    fn over(&mut self, step: MissionStep) -> Vec<PlcAct> {
        self.phase = Phase::Over;
        vec![PlcAct::Tell(step)]
    }

    /// 1 to 65535: 0 is what a PLC has when it has forgotten.
    fn job(&self) -> i64 {
        (self.job.id - 1).rem_euclid(65_535) + 1
    }

    fn command(&self) -> i64 {
        if self.job.store { self.map.store } else { self.map.retrieve }
    }

    fn takes(&self) -> Duration {
        let takes = if self.job.store { self.map.store_takes } else { self.map.retrieve_takes };
        Duration::try_from(takes).unwrap_or_default()
    }

    fn clear(&self) -> PlcAct {
        PlcAct::Write(write(&self.map.command, 0).into_iter().collect())
    }

    fn commanded(&self, registers: &Registers) -> Option<i64> {
        registers.value(&self.map.command)
    }

    fn is_acknowledged(&self, registers: &Registers) -> bool {
        let wanted = if self.map.job.is_some() { self.job() } else { self.command() };
        registers.value(&self.map.acknowledged) == Some(wanted)
    }

    fn is_refused(&self, registers: &Registers) -> bool {
        value(self.map.refused.as_ref(), registers).is_some_and(|refused| refused != 0)
    }

    fn is_busy(&self, registers: &Registers) -> Option<bool> {
        Some(value(self.map.busy.as_ref(), registers)? != 0)
    }

    /// Whether the PLC still has our job's number; none where it is not given one.
    fn remembers(&self, registers: &Registers) -> Option<bool> {
        Some(value(self.map.job.as_ref(), registers)? == self.job())
    }

    fn seconds_left(&self, registers: &Registers) -> Option<i64> {
        value(self.map.remaining.as_ref(), registers).filter(|left| *left >= 0)
    }

    /// Whether a command can be given: nothing moves, nothing is left over.
    fn is_free(&self, registers: &Registers) -> bool {
        let quiet = self.is_busy(registers) != Some(true) && self.commanded(registers) == Some(0);
        let acknowledged = match self.map.job {
            Some(_) => self.is_acknowledged(registers),
            None => registers.value(&self.map.acknowledged) != Some(0),
        };
        quiet && !acknowledged && !self.is_refused(registers)
    }
}

fn value(point: Option<&Point>, registers: &Registers) -> Option<i64> {
    registers.value(point?)
}

/// Table A.2: 机械车库的车位不存在.
const NO_SUCH_SPACE: i64 = 5003;
/// Table A.2: 对象已失效, for what the PLC does not explain.
const NOT_NOW: i64 = 1300;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{PointKind, PointTable, WordOrder};
    use crate::devices::modbus::pdu::UnitAnswer;
    use crate::standard::id::Id;
    use jiff::SignedDuration;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    const SPACE: u16 = 0;
    const JOB: u16 = 2;
    const COMMAND: u16 = 3;
    const ACKNOWLEDGED: u16 = 4;
    const BUSY: u16 = 5;
    const REFUSED: u16 = 6;
    const REMAINING: u16 = 7;

    fn point(address: u16) -> Point {
        Point {
            table: PointTable::Holding,
            address,
            bit: None,
            kind: PointKind::U16,
            word_order: WordOrder::HighFirst,
            scale: 1.0,
            map: BTreeMap::new(),
        }
    }

    fn map(with_job: bool) -> MissionMap {
        MissionMap {
            command: point(COMMAND),
            store: 1,
            retrieve: 2,
            space: Some(point(SPACE)),
            passage: None,
            job: with_job.then(|| point(JOB)),
            acknowledged: point(ACKNOWLEDGED),
            busy: Some(point(BUSY)),
            refused: Some(point(REFUSED)),
            remaining: Some(point(REMAINING)),
            acknowledge_within: Duration::from_secs(5),
            store_takes: SignedDuration::from_secs(60),
            retrieve_takes: SignedDuration::from_secs(60),
        }
    }

    fn order(progress: Progress) -> Job {
        Job {
            id: 9,
            device_id: Id::from("p"),
            garage_code: "g".to_owned(),
            store: true,
            space_number: 12,
            passage: 0,
            progress,
        }
    }

    /// A PLC that keeps the handshake, and counts how often it moves.
    #[derive(Debug, Default, Clone)]
    struct Plc {
        words: [u16; 8],
        moves: usize,
        left: u16,
    }

    impl Plc {
        fn registers(&self) -> Registers {
            let mut registers = Registers::default();
            let read = UnitRequest::Read { table: PointTable::Holding, address: 0, count: 8 };
            registers.take(&read, &UnitAnswer::Words(self.words.to_vec()));
            registers
        }

        fn get(&self, address: u16) -> u16 {
            self.words[usize::from(address)]
        }

        fn set(&mut self, address: u16, value: u16) {
            self.words[usize::from(address)] = value;
        }

        fn write(&mut self, requests: &[UnitRequest]) {
            for request in requests {
                if let UnitRequest::WriteRegisters { address, words } = request {
                    self.set(*address, words[0]);
                }
            }
        }

        /// A second passes.
        fn run(&mut self) {
            if self.get(COMMAND) != 0 && self.get(ACKNOWLEDGED) == 0 && self.left == 0 {
                self.set(
                    ACKNOWLEDGED,
                    if self.get(JOB) == 0 { self.get(COMMAND) } else { self.get(JOB) },
                );
                self.moves += 1;
                self.left = 3;
            } else if self.get(COMMAND) == 0 {
                self.set(ACKNOWLEDGED, 0);
            }
            self.left = self.left.saturating_sub(1);
            self.set(BUSY, u16::from(self.left > 0));
            self.set(REMAINING, self.left);
        }

        fn restart(&mut self) {
            *self = Self { moves: self.moves, ..Self::default() };
        }
    }

    /// Carries the acts out; what is told is returned.
    fn act(handshake: &mut Handshake, plc: &mut Plc, now: Instant) -> Vec<MissionStep> {
        let mut told = Vec::new();
        for act in handshake.next(&plc.registers(), now) {
            match act {
                PlcAct::Write(requests) => plc.write(&requests),
                PlcAct::Tell(step) => told.push(step),
            }
        }
        told
    }

    #[test]
    fn a_mission_is_commanded_taken_and_done_and_leaves_nothing_behind() {
        for with_job in [true, false] {
            let (mut plc, now) = (Plc::default(), Instant::now());
            let mut handshake = Handshake::new(&map(with_job), order(Progress::Nothing), now);
            let mut told = Vec::new();
            for second in 0..10 {
                told.extend(act(&mut handshake, &mut plc, now + Duration::from_secs(second)));
                plc.run();
            }
            told.retain(|step| !matches!(step, MissionStep::Remaining(_)));
            let wanted = [MissionStep::Commanding, MissionStep::Taken(Some(2)), MissionStep::Done];
            assert_eq!(told, wanted, "{with_job}");
            assert_eq!((plc.moves, plc.get(COMMAND), plc.get(SPACE)), (1, 0, 12));
            assert!(handshake.is_over());
        }
    }

    #[test]
    fn a_refusal_is_told_with_its_code_and_the_command_taken_back() {
        let (mut plc, now) = (Plc::default(), Instant::now());
        let mut handshake = Handshake::new(&map(true), order(Progress::Nothing), now);
        act(&mut handshake, &mut plc, now);
        plc.set(REFUSED, 5002);
        assert_eq!(act(&mut handshake, &mut plc, now), [MissionStep::Refused(5002)]);
        assert_eq!(plc.get(COMMAND), 0);
    }

    #[test]
    fn a_plc_that_restarts_in_mid_handshake_is_never_commanded_again() {
        for with_job in [true, false] {
            let (mut plc, now) = (Plc::default(), Instant::now());
            let mut handshake = Handshake::new(&map(with_job), order(Progress::Nothing), now);
            act(&mut handshake, &mut plc, now);
            plc.restart();
            let told = act(&mut handshake, &mut plc, now);
            assert_eq!(told, [MissionStep::Lost(LostWhy::Restarted)]);
            plc.run();
            assert_eq!((plc.moves, plc.get(COMMAND)), (0, 0));
        }
        let (mut plc, now) = (Plc::default(), Instant::now());
        let mut handshake = Handshake::new(&map(true), order(Progress::Nothing), now);
        act(&mut handshake, &mut plc, now);
        plc.run();
        act(&mut handshake, &mut plc, now);
        plc.restart();
        let told = act(&mut handshake, &mut plc, now);
        assert_eq!(told, [MissionStep::Lost(LostWhy::Restarted)]);
    }

    #[test]
    fn a_plc_that_does_not_answer_has_its_command_taken_back() {
        let (mut plc, now) = (Plc::default(), Instant::now());
        let mut handshake = Handshake::new(&map(true), order(Progress::Nothing), now);
        act(&mut handshake, &mut plc, now);
        let late = now + Duration::from_secs(6);
        assert_eq!(act(&mut handshake, &mut plc, late), []);
        assert_eq!(plc.get(COMMAND), 0);
        assert_eq!(act(&mut handshake, &mut plc, late), [MissionStep::Lost(LostWhy::NotTaken)]);
    }

    #[test]
    fn after_a_crash_a_command_that_was_not_written_is_written_and_one_that_was_is_not() {
        let now = Instant::now();
        // The number of the job stands there, the command does not.
        let mut plc = Plc::default();
        plc.set(JOB, 9);
        let mut handshake = Handshake::new(&map(true), order(Progress::PerhapsCommanded), now);
        act(&mut handshake, &mut plc, now);
        assert_eq!(plc.get(COMMAND), 1);
        // The PLC has taken it meanwhile.
        plc.run();
        let mut handshake = Handshake::new(&map(true), order(Progress::PerhapsCommanded), now);
        assert_eq!(act(&mut handshake, &mut plc, now), [MissionStep::Taken(Some(2))]);
        // Without a number nobody can know.
        let mut plc = Plc::default();
        let mut handshake = Handshake::new(&map(false), order(Progress::PerhapsCommanded), now);
        assert_eq!(act(&mut handshake, &mut plc, now), [MissionStep::Lost(LostWhy::Restarted)]);
    }

    proptest! {
        /// The gateway is killed, writes fail and the PLC restarts at any moment: it never moves twice
        /// for one mission.
        #[test]
        fn whatever_happens_a_mission_is_never_done_twice(script in prop::collection::vec(0..5_u8, 0..60), with_job: bool) {
            let (mut plc, mut now) = (Plc::default(), Instant::now());
            // What is stored of the mission.
            let mut progress = Some(Progress::Nothing);
            let mut handshake = Handshake::new(&map(with_job), order(Progress::Nothing), now);
            for event in script {
                now += Duration::from_secs(1);
                match event {
                    0 => plc.run(),
                    1 => plc.restart(),
                    2 => if let Some(progress) = progress {
                        handshake = Handshake::new(&map(with_job), order(progress), now);
                    },
                    event => {
                        let acts = handshake.next(&plc.registers(), now);
                        let fails_at = (event == 4).then_some(acts.len().saturating_sub(1));
                        for (at, act) in acts.into_iter().enumerate() {
                            if Some(at) == fails_at {
                                // A write without an answer may have arrived or not.
                                if let PlcAct::Write(requests) = &act && now.elapsed().subsec_nanos() % 2 == 0 {
                                    plc.write(requests);
                                }
                                handshake.failed(&act);
                                break;
                            }
                            match act {
                                PlcAct::Write(requests) => plc.write(&requests),
                                PlcAct::Tell(MissionStep::Commanding) => progress = Some(Progress::PerhapsCommanded),
                                PlcAct::Tell(MissionStep::Taken(_)) => progress = Some(Progress::Taken),
                                PlcAct::Tell(MissionStep::Remaining(_)) => {}
                                PlcAct::Tell(_) => progress = None,
                            }
                        }
                    }
                }
                if progress.is_none() {
                    break;
                }
            }
            prop_assert!(plc.moves <= 1, "{} moves", plc.moves);
        }
    }
}
