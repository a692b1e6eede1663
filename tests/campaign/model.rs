//! What has to be true of the lot in the end, written from the standard and the lot's rules and not from the program:
//! which cars are inside, what each read had to become, what each car owes by the tariff, what the platform must have in
//! its books. It knows no network and no process.

use std::collections::BTreeMap;
use std::time::{Duration, Instant, SystemTime};

/// Amounts are in fen.
pub type Fen = i64;

const YUAN: Fen = 100;
const HOUR: u64 = 3600;

/// What parking for so long costs, up to a day: the first hour begun 10 yuan, each further one 2, at most 30.
pub fn fee(stayed: Duration) -> Fen {
    let hours = Fen::try_from(stayed.as_secs().div_ceil(HOUR).max(1)).unwrap();
    (10 + 2 * (hours - 1)).min(30) * YUAN
}

/// Who a car is to the lot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Anybody: pays.
    Visitor,
    /// Has a lease: pays nothing.
    Tenant,
}

/// Which way a car wants to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// In.
    In,
    /// Out.
    Out,
}

/// One read of a car.
#[derive(Debug, Clone)]
pub struct Read {
    /// The id that its camera gave it.
    pub id: String,
    /// When it left its camera.
    pub at: Instant,
}

/// One coming of a car to a lane: all its reads there are of one passage.
#[derive(Debug, Clone)]
pub struct Coming {
    /// Its plate.
    pub plate: String,
    /// Whither.
    pub way: Way,
    /// Its reads.
    pub reads: Vec<Read>,
    /// When it came.
    pub came: SystemTime,
    /// When the barrier opened for it.
    pub opened: Option<SystemTime>,
    /// Why it was to be held, where it was, and whether it was told.
    pub told: Option<&'static str>,
    /// A moment gone by that its read was sent late for: nothing opens.
    pub late: Option<SystemTime>,
    /// Nothing came of it, and it turned back: it has not passed.
    pub turned_back: bool,
}

/// Money that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paid {
    /// Its id.
    pub id: String,
    /// How much.
    pub amount: Fen,
}

/// One stay of a car.
#[derive(Debug, Clone)]
pub struct Stay {
    /// The coming it began with.
    pub in_by: usize,
    /// The coming it ended with.
    pub out_by: Option<usize>,
    /// What was paid for it.
    pub paid: Vec<Paid>,
    /// Whether it costs nothing.
    pub free: bool,
}

/// The lot as it must be.
#[derive(Debug, Default)]
pub struct Model {
    /// All comings, in order.
    pub comings: Vec<Coming>,
    /// All stays of each plate, in order.
    pub stays: BTreeMap<String, Vec<Stay>>,
}

impl Model {
    /// A car comes to a lane.
    pub fn comes(&mut self, plate: &str, way: Way, late: Option<SystemTime>) -> usize {
        self.comings.push(Coming {
            plate: plate.to_owned(),
            way,
            reads: Vec::new(),
            came: SystemTime::now(),
            opened: None,
            told: None,
            late,
            turned_back: false,
        });
        self.comings.len() - 1
    }

    /// Its camera reads it.
    pub fn is_read(&mut self, coming: usize, id: String) {
        self.comings[coming].reads.push(Read { id, at: Instant::now() });
    }

    /// It was told why it is held.
    pub fn is_told(&mut self, coming: usize, why: &'static str) {
        self.comings[coming].told = Some(why);
    }

    /// It is tired of waiting.
    pub fn turns_back(&mut self, coming: usize) {
        self.comings[coming].turned_back = true;
    }

    /// It is in.
    pub fn is_in(&mut self, coming: usize, kind: Kind) {
        let plate = self.comings[coming].plate.clone();
        let free = kind == Kind::Tenant;
        let stay = Stay { in_by: coming, out_by: None, paid: Vec::new(), free };
        self.stays.entry(plate).or_default().push(stay);
        self.comings[coming].opened = Some(SystemTime::now());
    }

    /// It has paid.
    pub fn has_paid(&mut self, plate: &str, paid: Paid) {
        self.open_stay(plate).paid.push(paid);
    }

    /// It is out.
    pub fn is_out(&mut self, coming: usize) {
        let plate = self.comings[coming].plate.clone();
        self.open_stay(&plate).out_by = Some(coming);
        self.comings[coming].opened = Some(SystemTime::now());
    }

    fn open_stay(&mut self, plate: &str) -> &mut Stay {
        let stays = self.stays.get_mut(plate).unwrap();
        stays.iter_mut().find(|stay| stay.out_by.is_none()).unwrap()
    }

    /// When its stay began, at the earliest.
    pub fn began(&self, plate: &str) -> SystemTime {
        let stay = self.stays[plate].iter().find(|stay| stay.out_by.is_none()).unwrap();
        let coming = &self.comings[stay.in_by];
        coming.late.unwrap_or(coming.came)
    }

    /// What a car that is inside owes now.
    pub fn owes(&self, plate: &str) -> Fen {
        let stay = self.stays[plate].iter().find(|stay| stay.out_by.is_none()).unwrap();
        if stay.free {
            return 0;
        }
        let stayed = self.began(plate).elapsed().unwrap_or_default();
        fee(stayed) - stay.paid.iter().map(|paid| paid.amount).sum::<Fen>()
    }

    /// How many cars are inside.
    pub fn inside(&self) -> usize {
        self.stays.values().flatten().filter(|stay| stay.out_by.is_none()).count()
    }
}

#[test]
fn a_stay_costs_what_the_sign_at_the_entry_says() {
    let hours = |hours: f64| fee(Duration::from_secs_f64(hours * 3600.0)) / YUAN;
    assert_eq!(
        [0.0, 0.1, 1.0, 1.01, 2.0, 5.5, 11.0, 12.0].map(hours),
        [10, 10, 10, 12, 12, 20, 30, 30]
    );
}
