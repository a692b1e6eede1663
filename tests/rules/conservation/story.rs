//! What people come to a car park for: a few steps that belong together. Whatever else may happen comes
//! before, between and after them.

use super::day::{Action, Coupon, End, From, Seen, Step, Sum, Which, coupon, end, from, sum};
use crate::prelude::*;

pub fn story() -> impl Strategy<Value = Vec<Step>> {
    (visit(), 0_u8..3, prop::collection::vec(gap(), 8)).prop_map(|(visit, car, gaps)| {
        let actions = visit.steps(car);
        let steps = actions.into_iter().zip(gaps.into_iter().cycle());
        steps.map(|(what, after)| Step { after, what }).collect()
    })
}

/// Long enough for a price to change, short enough for an order to bind.
fn gap() -> impl Strategy<Value = i64> {
    prop_oneof![3 => 0_i64..20, 3 => 20_i64..130, 2 => 130_i64..420]
}

/// Why a car comes.
#[derive(Debug, Clone)]
enum Visit {
    /// It is paid for by the platform before it drives to the exit, or there.
    PaysOnline {
        coupon: Coupon,
        end: End,
        sum: Sum,
        ago: i64,
        at_exit: bool,
        read_again: bool,
    },
    PaysAtBooth {
        sum: Sum,
        at_exit: bool,
    },
    PaysBothWays {
        again: bool,
    },
    Books {
        from: From,
        minutes: i64,
        kept: i64,
        confirm: i64,
        second: bool,
    },
    IsLocked {
        freed: bool,
    },
    IsListed {
        strategy: i64,
        at_entry: bool,
    },
    HasContract {
        by_notice: bool,
        sum: Sum,
    },
    IsStored {
        other: u8,
        retrieved: bool,
    },
    ParksOnStreet {
        space: usize,
        paid: bool,
        late: bool,
    },
    IsLetOut {
        refund: bool,
    },
    Turns {
        lane: usize,
    },
    HasLease,
}

fn visit() -> impl Strategy<Value = Visit> {
    prop_oneof![
        5 => (coupon(), end(), sum(), 0_i64..400, any::<bool>(), any::<bool>()).prop_map(
            |(coupon, end, sum, ago, at_exit, read_again)| {
                Visit::PaysOnline { coupon, end, sum, ago, at_exit, read_again }
            }
        ),
        2 => (sum(), any::<bool>()).prop_map(|(sum, at_exit)| Visit::PaysAtBooth { sum, at_exit }),
        1 => any::<bool>().prop_map(|again| Visit::PaysBothWays { again }),
        3 => (from(), 10_i64..60, 0_i64..20, 0_i64..3, any::<bool>()).prop_map(
            |(from, minutes, kept, confirm, second)| {
                Visit::Books { from, minutes, kept, confirm, second }
            }
        ),
        1 => any::<bool>().prop_map(|freed| Visit::IsLocked { freed }),
        1 => (1_i64..6, any::<bool>())
            .prop_map(|(strategy, at_entry)| Visit::IsListed { strategy, at_entry }),
        2 => (any::<bool>(), sum())
            .prop_map(|(by_notice, sum)| Visit::HasContract { by_notice, sum }),
        2 => (0_u8..3, any::<bool>())
            .prop_map(|(other, retrieved)| Visit::IsStored { other, retrieved }),
        2 => (0_usize..3, any::<bool>(), any::<bool>())
            .prop_map(|(space, paid, late)| Visit::ParksOnStreet { space, paid, late }),
        1 => any::<bool>().prop_map(|refund| Visit::IsLetOut { refund }),
        1 => (0_usize..3).prop_map(|lane| Visit::Turns { lane }),
        1 => Just(Visit::HasLease),
    ]
}

fn comes_in(car: u8) -> Vec<Action> {
    vec![Action::Read { lane: 0, car }, Action::DriveOn { lane: 0 }, Action::Wait]
}

fn goes_out(car: u8) -> Vec<Action> {
    vec![Action::Read { lane: 1, car }, Action::DriveOn { lane: 1 }]
}

fn pays(car: u8, order: Which, sum: Sum, ago: i64) -> Action {
    Action::Pay { car, order, sum, ago }
}

impl Visit {
    fn steps(&self, car: u8) -> Vec<Action> {
        let inside = match *self {
            Self::Books { from, minutes, kept, confirm, second } => {
                let book = Action::Book { car, from, minutes, kept };
                let again = if second { book.clone() } else { Action::Wait };
                let confirm = Action::Confirm { booking: 0, state: confirm };
                let mut all = vec![book, again, confirm.clone()];
                all.extend(comes_in(car));
                all.push(confirm);
                all.extend(goes_out(car));
                return all;
            }
            Self::ParksOnStreet { space, paid, late } => return on_street(car, space, paid, late),
            Self::Turns { lane } => {
                return vec![Action::Read { lane, car }, Action::TurnBack { lane }];
            }
            Self::IsListed { strategy, at_entry: true } => {
                let list = Action::List { car, strategy };
                return [vec![list], comes_in(car), goes_out(car), vec![Action::Unlist { car }]]
                    .concat();
            }
            _ => self.inside(car),
        };
        [comes_in(car), inside, goes_out(car), self.afterwards(car)].concat()
    }

    /// What happens between its entry and its exit.
    fn inside(&self, car: u8) -> Vec<Action> {
        let at = |exit: bool| if exit { goes_out(car) } else { Vec::new() };
        match *self {
            Self::PaysOnline { coupon, end, sum, ago, at_exit, read_again } => {
                let quote = Action::Quote { car, coupon, end };
                let again = if read_again { Action::ReadAgain { lane: 1 } } else { Action::Wait };
                [at(at_exit), vec![quote, again, pays(car, Which::Newest, sum, ago)]].concat()
            }
            Self::PaysAtBooth { sum, at_exit } => {
                [at(at_exit), vec![Action::Cash { car, sum }]].concat()
            }
            Self::PaysBothWays { again } => {
                let quote = Action::Quote { car, coupon: Coupon::None, end: End::Now };
                let cash = Action::Cash { car, sum: Sum::Right };
                let again = if again { Action::PayAgain } else { Action::Wait };
                vec![quote, cash, pays(car, Which::Newest, Sum::Right, 0), again]
            }
            Self::IsLocked { .. } => {
                vec![Action::Lock { car, locked: true }, Action::Cash { car, sum: Sum::Right }]
            }
            Self::IsListed { strategy, .. } => {
                vec![Action::List { car, strategy }, Action::Cash { car, sum: Sum::Right }]
            }
            Self::HasContract { by_notice: true, .. } => vec![Action::Contract { car, open: true }],
            Self::HasContract { .. } => vec![Action::ContractAnswer { car, open: true }],
            Self::IsStored { other, retrieved } => {
                let mission = Action::Mission { done: true };
                let back = [Action::Retrieve { car }, mission.clone()];
                let next = [comes_in(other), vec![Action::Store { car: other }, mission.clone()]];
                let back = if retrieved { back.to_vec() } else { Vec::new() };
                [vec![Action::Store { car }, mission], back, next.concat()].concat()
            }
            Self::HasLease => vec![Action::Lease { car }],
            _ => Vec::new(),
        }
    }

    fn afterwards(&self, car: u8) -> Vec<Action> {
        match *self {
            Self::IsLocked { freed: true } => vec![Action::Lock { car, locked: false }],
            Self::IsLocked { freed: false } => vec![Action::ReleaseLock { car }],
            Self::IsListed { .. } => vec![Action::Unlist { car }],
            Self::HasContract { sum, .. } => vec![pays(car, Which::Newest, sum, 0)],
            Self::IsLetOut { refund } => {
                let refund = if refund { Action::Refund { car, all: true } } else { Action::Wait };
                let late = pays(car, Which::Newest, Sum::Right, 0);
                vec![Action::OpenByHand { lane: 1 }, late, refund]
            }
            _ => Vec::new(),
        }
    }
}

fn on_street(car: u8, space: usize, paid: bool, late: bool) -> Vec<Action> {
    let sense = |seen| Action::Space { space, seen };
    let car_there = u8::try_from(space).unwrap();
    let quote = Action::Quote { car: car_there, coupon: Coupon::None, end: End::Now };
    let pay = pays(car_there, Which::Newest, Sum::Right, 0);
    let wait = |is: bool, action: Action| if is { action } else { Action::Wait };
    vec![
        sense(Seen::Occupied),
        Action::NamePlate { car: car_there, plate: car },
        Action::Wait,
        wait(paid || late, quote),
        wait(paid, pay.clone()),
        Action::Wait,
        sense(Seen::Free),
        wait(late, pay),
    ]
}
