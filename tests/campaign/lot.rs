//! The lot under attack: the world around the process, the model beside it, and what was found. Its verbs are those of
//! drivers: a car is read, waits for its barrier or for a word why not.

use crate::barriers::{Pulse, Seen};
use crate::common::{World, distinct_plate};
use crate::findings::{Finding, Harm};
use crate::gateway::Gateway;
use crate::lanes::TENANTS;
use crate::model::{Kind, Model, Way};
use crate::tap::Tap;
use lotgate::sim::camera::{Open, ReadOptions, SimulatedCamera};
use lotgate::sim::plan::{ENTRY_LANE, EXIT_LANE};
use serde_json::Value;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

/// What does not come within this time after everything is well again does not come.
pub const PATIENCE: Duration = Duration::from_secs(60);
/// A car that waits is read again, unless its read was acknowledged: then something has to come of that one...
const READ_AGAIN: Duration = Duration::from_secs(2);
/// ... within this time, in which a disk that failed is tried again, too.
const COMES_OF_IT_WITHIN: Duration = Duration::from_secs(40);
/// A read that is not acknowledged by then lies in no broker any more.
const TAKEN_WITHIN: Duration = Duration::from_secs(15);
/// Cameras have found a broker that was away by then.
const REACHED_AGAIN: Duration = Duration::from_secs(5);
/// So often the lanes are looked at.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// ARCHITECTURE.md, invariant 3: what left within two seconds before the end goes out again; and as long as a command may
/// be on its way.
const AGAIN_WITHIN: Duration = Duration::from_millis(2500);

/// A process that was killed hears its broker, and knows that nothing lies there, by then.
const LISTENS_WITHIN: Duration = Duration::from_secs(2);
/// Nobody waits longer at a barrier that does nothing though his read was taken, where he is impatient.
const IMPATIENT_AFTER: Duration = Duration::from_secs(1);

/// How a car's waiting for its barrier, or for a word, has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waited {
    /// As it should.
    AsItShould,
    /// Nothing came of its read, and it turned back.
    TurnedBack,
    /// Otherwise, which is a finding.
    Otherwise,
}

/// Everything that the drivers of cars share.
pub struct Lot {
    /// Around the process.
    pub world: Arc<World>,
    /// The process.
    pub gateway: Arc<Gateway>,
    /// Between it and its broker.
    pub tap: Tap,
    model: Mutex<Model>,
    findings: Mutex<Vec<Finding>>,
    moved: Mutex<Vec<Instant>>,
    stopped: AtomicBool,
    /// Commands that came again after a kill, as they may.
    pub repeated: AtomicUsize,
    /// Openings at a further read of a car that has gone meanwhile.
    pub at_a_further_read: AtomicUsize,
    /// Cars that nothing came of and that turned back.
    pub turned_back: AtomicUsize,
    lanes: [Mutex<Lane>; 2],
    published: AtomicUsize,
    /// When the broker was killed.
    broker_ended: Mutex<Vec<Instant>>,
}

/// What is known of a lane's pulses.
#[derive(Debug, Default)]
struct Lane {
    /// So many are accounted for.
    handled: usize,
    /// The last car that it opened for.
    coming: Option<usize>,
    /// Its reads.
    reads: usize,
    /// Pulses for it.
    pulses: usize,
    /// The car that turned back here last, while no other has come.
    turned_back: Option<usize>,
}

impl Lot {
    /// Nothing has happened yet.
    pub fn new(world: Arc<World>, gateway: Arc<Gateway>, tap: Tap) -> Self {
        Self {
            world,
            gateway,
            tap,
            model: Mutex::default(),
            findings: Mutex::default(),
            moved: Mutex::default(),
            stopped: AtomicBool::default(),
            repeated: AtomicUsize::default(),
            at_a_further_read: AtomicUsize::default(),
            turned_back: AtomicUsize::default(),
            lanes: [Mutex::default(), Mutex::default()],
            published: AtomicUsize::default(),
            broker_ended: Mutex::default(),
        }
    }

    /// The lot as it must be.
    pub fn model(&self) -> MutexGuard<'_, Model> {
        lock(&self.model)
    }

    /// Something is not as it must be.
    pub fn find(&self, harm: Harm, at: Instant, what: String) {
        eprintln!("found: {what}");
        lock(&self.findings).push(Finding { harm, at, what });
    }

    /// All that was found.
    pub fn findings(&self) -> Vec<Finding> {
        lock(&self.findings).clone()
    }

    /// The first time after a moment that a lane opened or told a car why not.
    pub fn moved_after(&self, moment: Instant) -> Option<Instant> {
        lock(&self.moved).iter().copied().find(|at| *at > moment)
    }

    fn moves(&self) {
        lock(&self.moved).push(Instant::now());
    }

    /// The broker is killed, or starts again: what it took last it may not have kept, and not every camera is there yet.
    pub fn broker_is_away(&self) {
        lock(&self.broker_ended).push(Instant::now());
    }

    /// Whether the broker was away after a moment, or so shortly before that a camera could not be reached yet.
    fn broker_ended_since(&self, moment: Instant) -> bool {
        lock(&self.broker_ended).iter().any(|ended| *ended + REACHED_AGAIN > moment)
    }

    /// No further car comes.
    pub fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
    }

    /// Whether no further car is to come.
    pub fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }

    /// The camera of the lane in or out.
    pub fn camera(&self, way: Way) -> &SimulatedCamera {
        match way {
            Way::In => &self.world.lot.entry,
            Way::Out => &self.world.lot.exit,
        }
    }

    /// About when a coming was, by the clock that strikes are noted with.
    pub fn struck_at(&self, coming: usize) -> Instant {
        let coming = self.model().comings[coming].clone();
        let ago = coming.opened.unwrap_or(coming.came).elapsed().unwrap_or_default();
        Instant::now().checked_sub(ago).unwrap_or_else(Instant::now)
    }

    /// The car is read.
    pub async fn is_read(&self, coming: usize) {
        let (plate, way) = {
            let model = self.model();
            (model.comings[coming].plate.clone(), model.comings[coming].way)
        };
        let message = self.camera(way).message(&plate, &ReadOptions::default());
        self.publish(coming, way, message).await;
    }

    /// A message about the car leaves its camera; now and then twice, as cameras send what is not acknowledged at once.
    pub async fn publish(&self, coming: usize, way: Way, message: String) {
        let read: Value = serde_json::from_str(&message).unwrap();
        self.model().is_read(coming, read["id"].as_str().unwrap().to_owned());
        if self.published.fetch_add(1, Ordering::Relaxed).is_multiple_of(31) {
            self.camera(way).publish(message.clone()).await;
        }
        self.camera(way).publish(message).await;
    }

    /// A lane is free for the next car: nobody comes to stand there before what a kill lets leave again has left, and what
    /// has opened since the last car went is accounted for. Returns how often it has opened by now.
    pub async fn is_free(&self, way: Way) -> usize {
        // Nor before what was read of the one before it has done what it does.
        let (coming, reads) = {
            let lane = lock(&self.lanes[way as usize]);
            (lane.coming, lane.reads)
        };
        if let Some(coming) = coming.filter(|_| reads > 1) {
            self.all_are_taken(coming).await;
            tokio::time::sleep(LOOK_EVERY).await;
        }
        // Nor before a car that turned back has seen whether the lane opens for it after all: it is decided when the store is
        // back, and whoever stands there then would drive through in its place.
        let waits_for_store = lock(&self.lanes[way as usize]).turned_back.is_some();
        if waits_for_store {
            while self.store_is_away().await {
                tokio::time::sleep(LOOK_EVERY).await;
            }
            tokio::time::sleep(AGAIN_WITHIN).await;
        }
        let last = self.camera(way).opens().last().map(|open| open.at);
        if let Some(last) = last {
            let struck = |kill: &Instant| {
                *kill + Duration::from_secs(1) > last && *kill < last + AGAIN_WITHIN
            };
            if let Some(kill) = self.gateway.kills().iter().rev().find(|kill| struck(kill)) {
                // As long as it may take until the process is there again and has said it once more.
                let over = (*kill + AGAIN_WITHIN).max(last + AGAIN_WITHIN);
                while self.moved_or_idle(over).await {}
            }
        }
        self.account(way)
    }

    async fn moved_or_idle(&self, over: Instant) -> bool {
        tokio::time::sleep(LOOK_EVERY).await;
        // It answers again, and a while has gone by.
        let answers = matches!(self.world.try_look("/healthz").await, Ok((status, _)) if status.contains("200"));
        !(answers && Instant::now() > over)
    }

    /// Looks at every pulse since the last car went: there was nobody to open for.
    fn account(&self, way: Way) -> usize {
        let count = self.camera(way).opens().len();
        self.account_until(way, count);
        count
    }

    fn account_until(&self, way: Way, count: usize) {
        let opens = self.camera(way).opens();
        let mut lane = lock(&self.lanes[way as usize]);
        for extra in lane.handled..count {
            if let Some(coming) = lane.turned_back.take() {
                // What was read while nothing could be written down is decided when it can be, and nothing tells the
                // lane that this car does not stand there any more: it is let pass, sees it, and drives through.
                self.passes_after_all(coming, way);
            } else if self.is_repeat_after_a_kill(&opens, extra) {
                self.repeated.fetch_add(1, Ordering::Relaxed);
            } else if lane.reads > lane.pulses {
                // Each read of a car opens for it while nothing has told that its barrier went up.
                lane.pulses += 1;
                self.at_a_further_read.fetch_add(1, Ordering::Relaxed);
            } else {
                let what = format!("lane {way:?} opened for nobody: {}", self.about(&opens, extra));
                self.find(Harm::Doubled, opens[extra].at, what);
            }
        }
        lane.handled = count;
    }

    fn passes_after_all(&self, coming: usize, way: Way) {
        let mut model = self.model();
        model.comings[coming].turned_back = false;
        match way {
            Way::In => {
                let is_tenant =
                    TENANTS.map(distinct_plate).any(|one| one == model.comings[coming].plate);
                model.is_in(coming, if is_tenant { Kind::Tenant } else { Kind::Visitor });
            }
            Way::Out => model.is_out(coming),
        }
    }

    /// Another car has come to that lane.
    fn is_taken(&self, way: Way) {
        lock(&self.lanes[way as usize]).turned_back = None;
    }

    /// What there is to know of a pulse.
    fn about(&self, opens: &[Open], extra: usize) -> String {
        let again = &opens[extra];
        let before = |at: Instant| again.at.saturating_duration_since(at);
        let same = opens[..extra].iter().rev().find(|open| open.id == again.id);
        let last = extra.checked_sub(1).map(|last| before(opens[last].at));
        let kills: Vec<_> =
            self.gateway.kills().into_iter().map(before).filter(|ago| ago.as_secs() < 12).collect();
        format!(
            "{again:?}, {last:.1?} after the pulse before, {:.1?} after the same command, kills {kills:.1?} ago",
            same.map(|same| before(same.at))
        )
    }

    /// The same command as one before, and a kill not later than two seconds after that one.
    fn is_repeat_after_a_kill(&self, opens: &[Open], extra: usize) -> bool {
        let again = &opens[extra];
        let first = opens[..extra].iter().find(|open| open.id == again.id);
        first.is_some_and(|first| {
            // The first may have lain in a broker that was killed with it.
            let from = first.at.checked_sub(2 * AGAIN_WITHIN).unwrap_or(first.at);
            self.gateway
                .kills()
                .iter()
                .any(|kill| from < *kill && *kill < first.at + AGAIN_WITHIN && *kill < again.at)
        })
    }

    /// Whether the barrier has opened for the car that came when it had opened `before` times. The same command once more
    /// is for the car before it: it comes out of place here only because cars follow each other so closely.
    fn has_opened(&self, way: Way, before: usize) -> Option<usize> {
        let opens = self.camera(way).opens();
        let is_new = |at: &usize| opens[..*at].iter().all(|open| open.id != opens[*at].id);
        (before..opens.len()).find(is_new)
    }

    /// Waits until it has, or the car wants to be read again.
    async fn opens(&self, coming: usize, way: Way, before: usize) -> Option<usize> {
        loop {
            if let Some(at) = self.has_opened(way, before) {
                return Some(at);
            }
            if self.wants_reading(coming) || self.is_tired(coming).await {
                return None;
            }
            let count = self.camera(way).opens().len();
            self.camera(way).opened(count + 1, LOOK_EVERY).await;
        }
    }

    /// Whether the car that nothing came of has to be read once more. A read that the gateway has acknowledged is its own
    /// from then on, through kills and failing disks: whoever has to be read again after that was lost.
    fn wants_reading(&self, coming: usize) -> bool {
        let Some(read) = self.model().comings[coming].reads.last().cloned() else { return true };
        if read.at.elapsed() < READ_AGAIN {
            return false;
        }
        let acknowledged = self.tap.acknowledged().contains_key(&read.id);
        // What was to open may have gone with the broker.
        if !acknowledged || self.broker_ended_since(read.at) {
            return true;
        }
        if read.at.elapsed() < COMES_OF_IT_WITHIN {
            return false;
        }
        let what = format!("{} was acknowledged: {:?}", read.id, self.model().comings[coming]);
        self.find(Harm::Lost, read.at, format!("nothing came of a read: {what}"));
        true
    }

    /// Reads the car again and again until its barrier opens, or it turns back.
    pub async fn until_open(&self, coming: usize, way: Way, before: usize) -> Waited {
        let begun = Instant::now();
        self.is_taken(way);
        loop {
            self.is_read(coming).await;
            if let Some(at) = self.opens(coming, way, before).await {
                self.drives_through(coming, way, at);
                return Waited::AsItShould;
            }
            if self.is_tired(coming).await && self.turns_back(coming, way, before) {
                return Waited::TurnedBack;
            }
            if begun.elapsed() > PATIENCE {
                let what = format!("nobody opened for {:?}", self.model().comings[coming]);
                self.find(Harm::Held, begun, what);
                return Waited::Otherwise;
            }
        }
    }

    /// Its barrier has opened, with that pulse.
    fn drives_through(&self, coming: usize, way: Way, at: usize) {
        self.account_until(way, at);
        let reads = self.model().comings[coming].reads.len();
        let lane =
            Lane { handled: at + 1, coming: Some(coming), reads, pulses: 1, turned_back: None };
        *lock(&self.lanes[way as usize]) = lane;
        self.moves();
    }

    /// Whether a car that waits has enough of it: two of three have, where its lane can write nothing down and so holds
    /// whoever is read. Who turns back when the process or its broker was away may be taken for one that has gone
    /// through meanwhile, opened for by people: nobody could know better. So nobody does.
    async fn is_tired(&self, coming: usize) -> bool {
        if coming.is_multiple_of(3) || !self.is_impatient(coming) {
            return false;
        }
        self.store_is_away().await
    }

    async fn store_is_away(&self) -> bool {
        let Ok((_, status)) = self.world.try_look("/api/status").await else { return false };
        status["store"]["away"].is_object()
    }

    fn is_impatient(&self, coming: usize) -> bool {
        let reads = self.model().comings[coming].reads.clone();
        let acknowledged = self.tap.acknowledged();
        let (Some(first), Some(last)) = (reads.first(), reads.last()) else { return false };
        let kills = self.gateway.kills();
        let undisturbed = !self.broker_ended_since(first.at)
            && kills.last().is_none_or(|kill| *kill + LISTENS_WITHIN < first.at);
        let taken = reads.iter().all(|read| acknowledged.contains_key(&read.id));
        taken && undisturbed && last.at.elapsed() > IMPATIENT_AFTER
    }

    /// It turns back, unless its barrier opens just then.
    fn turns_back(&self, coming: usize, way: Way, before: usize) -> bool {
        if self.has_opened(way, before).is_some() {
            return false;
        }
        self.model().turns_back(coming);
        lock(&self.lanes[way as usize]).turned_back = Some(coming);
        self.turned_back.fetch_add(1, Ordering::Relaxed);
        true
    }

    /// Reads the car again and again until its lane says that it waits, and why; it must not open meanwhile.
    pub async fn until_told(
        &self,
        coming: usize,
        way: Way,
        why: &'static str,
        before: usize,
    ) -> Waited {
        let begun = Instant::now();
        let plate = self.model().comings[coming].plate.clone();
        self.is_taken(way);
        loop {
            self.is_read(coming).await;
            while !self.wants_reading(coming) {
                if let Some(at) = self.has_opened(way, before) {
                    let about = self.about(&self.camera(way).opens(), at);
                    let what = format!("opened before {:?}: {about}", self.model().comings[coming]);
                    self.find(Harm::LetThrough, Instant::now(), what);
                    return Waited::Otherwise;
                }
                if self.says(way, &plate, why).await {
                    self.model().is_told(coming, why);
                    self.moves();
                    return Waited::AsItShould;
                }
                if self.is_tired(coming).await && self.turns_back(coming, way, before) {
                    return Waited::TurnedBack;
                }
                tokio::time::sleep(LOOK_EVERY).await;
            }
            if begun.elapsed() > PATIENCE {
                let lanes = self.world.try_look("/api/lanes").await;
                let what = format!("nobody told {why} to {:?}", self.model().comings[coming]);
                let what = format!("{what}: {lanes:?}");
                self.find(Harm::Held, begun, what);
                return Waited::Otherwise;
            }
        }
    }

    async fn says(&self, way: Way, plate: &str, why: &str) -> bool {
        let lane = match way {
            Way::In => ENTRY_LANE,
            Way::Out => EXIT_LANE,
        };
        let Ok((_, lanes)) = self.world.try_look("/api/lanes").await else { return false };
        let lanes = lanes["lanes"].as_array().cloned().unwrap_or_default();
        lanes.iter().any(|one| {
            let waiting = &one["waiting"];
            one["laneId"] == lane && waiting["plateNo"] == plate && waiting["reason"] == why
        })
    }

    /// What somebody at the lanes has seen.
    pub fn seen(&self) -> Seen {
        let mut pulses = Vec::new();
        for way in [Way::In, Way::Out] {
            pulses.extend(self.camera(way).opens().into_iter().map(|open| Pulse {
                way,
                at: SystemTime::now() - open.at.elapsed(),
                command: open.id,
            }));
        }
        Seen { pulses, acknowledged: self.tap.acknowledged().into_keys().collect() }
    }

    /// Reads that were never acknowledged, though their broker lived; the last are waited for.
    pub async fn not_taken(&self) -> Vec<(Instant, String)> {
        let begun = Instant::now();
        loop {
            let left = self.not_taken_yet();
            if left.is_empty() || begun.elapsed() > TAKEN_WITHIN {
                return left;
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    fn not_taken_yet(&self) -> Vec<(Instant, String)> {
        let acknowledged = self.tap.acknowledged();
        let model = self.model();
        let reads =
            model.comings.iter().flat_map(|one| one.reads.iter().map(move |read| (one, read)));
        let lost = reads.filter(|(_, read)| {
            !acknowledged.contains_key(&read.id) && !self.broker_ended_since(read.at)
        });
        lost.map(|(coming, read)| (read.at, format!("{} was never taken: {coming:?}", read.id)))
            .collect()
    }

    /// Waits until all its reads were acknowledged: it goes away, and nothing of it may lie in the broker then. False when
    /// one of them has left so long ago that its broker must have lost it.
    pub async fn all_are_taken(&self, coming: usize) -> bool {
        loop {
            let acknowledged = self.tap.acknowledged();
            let mut reads = self.model().comings[coming].reads.clone();
            reads.retain(|read| !acknowledged.contains_key(&read.id));
            if reads.is_empty() {
                return true;
            }
            if reads.iter().all(|read| read.at.elapsed() > TAKEN_WITHIN) {
                return false;
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
