//! The lots a day is played in. Prices are by the minute, so that boundaries are met often.

use crate::prelude::*;
use lotgate::lot::Rules;
use lotgate::lot::tariff::{Cap, CapWindow, DayPrices, Period, Prices, TariffRule};
use lotgate::store::Store;

pub const ENTRY_LANE: usize = 0;
pub const EXIT_LANE: usize = 1;
pub const LANE_NAMES: [&str; 3] = ["入口", "出口", "双向"];
/// A space that is somebody's own, in lots with numbers.
pub const OWNED_SPACE: &str = "A4";

/// What is known of the lot's spaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ground {
    /// Nothing but how many there are.
    Anonymous,
    /// Four numbers: A1 and A2 for visitors, A3 for visitors and watched, A4 sold.
    Numbered,
    /// Two of the four are a garage's: G1 and G2.
    Garage,
    /// Three on the street, each watched.
    Street,
}

/// One lot.
#[derive(Debug, Clone, Copy)]
pub struct Site {
    pub ground: Ground,
    /// Whether loops lie under the arms.
    pub loops: bool,
    /// What cars with a contract do first.
    pub leave_first: bool,
}

impl Site {
    pub const PLAIN: Self = Self { ground: Ground::Anonymous, loops: false, leave_first: false };

    pub fn strategy() -> impl Strategy<Value = Self> {
        let ground = prop_oneof![
            3 => Just(Ground::Anonymous),
            3 => Just(Ground::Numbered),
            2 => Just(Ground::Garage),
            2 => Just(Ground::Street),
        ];
        (ground, any::<bool>(), any::<bool>()).prop_map(|(ground, loops, leave_first)| Self {
            ground,
            loops,
            leave_first,
        })
    }

    /// The numbers of its spaces.
    pub fn space_numbers(self) -> &'static [&'static str] {
        match self.ground {
            Ground::Anonymous => &[],
            Ground::Numbered => &["A1", "A2", "A3", OWNED_SPACE],
            Ground::Garage => &["G1", "G2"],
            Ground::Street => &["A1", "A2", "A3"],
        }
    }

    /// Whether a sensor watches a space.
    pub fn is_watched(self, space_no: &str) -> bool {
        self.ground == Ground::Street || space_no == "A3"
    }

    pub fn is_street(self) -> bool {
        self.ground == Ground::Street
    }

    pub fn total_spaces(self) -> i64 {
        if self.is_street() { 3 } else { 4 }
    }

    /// What visitors may take: all that is not leased, sold or dedicated.
    pub fn visitor_spaces(self) -> i64 {
        self.total_spaces() - i64::from(self.ground == Ground::Numbered)
    }

    pub fn lot(self) -> Lot {
        let mut lot = Lot::with(|rules| self.arrange(rules));
        in_memory(&mut lot);
        for device in [BOARD, PLC] {
            online(&mut lot, device, true);
        }
        lot
    }

    fn arrange(self, rules: &mut Rules) {
        rules.on_street = self.is_street();
        rules.total_spaces = self.total_spaces();
        rules.reservable_spaces = Some(3);
        rules.spaces = self.space_numbers().iter().map(|number| self.space(number)).collect();
        rules.lanes.push(lane(
            "90731c48a7ea4c27bd4d57ff0e13d003",
            LaneDirection::Both,
            "a1dc1d9fccdc441fb6238fb43faba906",
        ));
        for (number, lane) in rules.lanes.iter_mut().enumerate() {
            LANE_NAMES[number].clone_into(&mut lane.name);
            lane.passing_loop = self.loops.then(|| loop_of(number));
            lane.button = Some(button_of(number));
            if self.leave_first {
                lane.contract_rule = ContractRule::LeaveThenCharge;
            }
        }
        if self.ground == Ground::Garage {
            rules.garages = vec![garage()];
        }
        prices(rules);
    }

    fn space(self, number: &str) -> Space {
        let in_garage = self.ground == Ground::Garage;
        Space {
            space_no: number.to_owned(),
            garage_code: in_garage.then(|| GARAGE_CODE.to_owned()),
            plc_number: in_garage.then(|| number[1..].parse().unwrap()),
            manage_type: Some(if number == OWNED_SPACE { 3 } else { 0 }),
            sensor: self.is_watched(number).then(|| "sensor".to_owned()),
            ..Space::default()
        }
    }
}

/// Thousands of commits a second: where the system has a folder in memory, the store is there.
fn in_memory(lot: &mut Lot) {
    if let Ok(folder) = tempfile::tempdir_in("/dev/shm") {
        let path = folder.path().join("lotgate.db");
        lot.store = Store::open(&path, Timestamp::UNIX_EPOCH).unwrap().0;
        lot.folder = folder;
    }
}

/// Two minutes are free, the first five cost 3, each further one 1, a day 30 at most.
fn prices(rules: &mut Rules) {
    let period =
        |minutes: i64, yuan| Some(Period { seconds: minutes * 60, price: Money::yuan(yuan) });
    rules.tariff.free = SignedDuration::from_mins(2);
    rules.tariff.leave_within = SignedDuration::from_mins(4);
    rules.tariff.rules = vec![TariffRule {
        days: DayPrices {
            prices: Prices { first: period(5, 3), then: period(1, 1), ..Prices::default() },
            ..DayPrices::default()
        },
        cap: Some(Cap { window: CapWindow::FromEntry(86_400), prices: vec![Money::yuan(30)] }),
        ..TariffRule::default()
    }];
}

pub fn loop_of(lane: usize) -> Contact {
    contact(lane, 0)
}

pub fn button_of(lane: usize) -> Contact {
    contact(lane, 1)
}

fn contact(lane: usize, what: u16) -> Contact {
    let input = u16::try_from(lane).unwrap() * 2 + what;
    Contact { device_id: BOARD.into(), input, inverted: false }
}

fn garage() -> Garage {
    let takes = SignedDuration::from_secs(60);
    Garage {
        garage_code: GARAGE_CODE.to_owned(),
        passages: Vec::new(),
        plc: Some(GaragePlc {
            device_id: PLC.into(),
            takes_space: true,
            store_takes: takes,
            retrieve_takes: takes,
        }),
        ..Garage::default()
    }
}
