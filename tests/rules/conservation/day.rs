//! A day: what happens in a lot, one thing after another.

use super::site::Site;
use crate::prelude::*;

pub const CARS: u8 = 4;

/// Something that happens, so many seconds after what came before it.
#[derive(Debug, Clone)]
pub struct Step {
    pub after: i64,
    pub what: Action,
}

/// What may happen. Cars and lanes by number; on the street a car's number means a space.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    Wait,
    Read {
        lane: usize,
        car: u8,
    },
    ReadAgain {
        lane: usize,
    },
    ReadLate {
        lane: usize,
        car: u8,
        ago: i64,
    },
    NoPlate {
        lane: usize,
    },
    Forged {
        lane: usize,
        car: u8,
    },
    TurnBack {
        lane: usize,
    },
    DriveOn {
        lane: usize,
    },
    Loop {
        lane: usize,
        on: bool,
    },
    BarrierAnswers {
        lane: usize,
        well: bool,
    },
    Cash {
        car: u8,
        sum: Sum,
    },
    Quote {
        car: u8,
        coupon: Coupon,
        end: End,
    },
    Pay {
        car: u8,
        order: Which,
        sum: Sum,
        ago: i64,
    },
    PayAgain,
    Book {
        car: u8,
        from: From,
        minutes: i64,
        kept: i64,
    },
    /// A booking told once more, for another time.
    BookAgain {
        booking: usize,
        from: From,
        minutes: i64,
    },
    Confirm {
        booking: usize,
        state: i64,
    },
    Lease {
        car: u8,
    },
    Share {
        car: u8,
        from: u8,
        hours: u8,
    },
    Lock {
        car: u8,
        locked: bool,
    },
    List {
        car: u8,
        strategy: i64,
    },
    Unlist {
        car: u8,
    },
    Contract {
        car: u8,
        open: bool,
    },
    ContractAnswer {
        car: u8,
        open: bool,
    },
    Space {
        space: usize,
        seen: Seen,
    },
    Store {
        car: u8,
    },
    Retrieve {
        car: u8,
    },
    Mission {
        done: bool,
    },
    OpenByHand {
        lane: usize,
    },
    Button {
        lane: usize,
    },
    EndStay {
        car: u8,
    },
    NamePlate {
        car: u8,
        plate: u8,
    },
    Refund {
        car: u8,
        all: bool,
    },
    ReleaseLock {
        car: u8,
    },
    AskPayment {
        car: u8,
    },
    Restart,
}

/// How much is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sum {
    Right,
    Less,
    More,
}

/// Table 83's coupons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coupon {
    None,
    Money(i64),
    Hours(i64),
    All,
}

/// Up to which moment is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    Now,
    Later(i64),
    Earlier(i64),
}

/// Which order is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    Newest,
    Former,
    None,
}

/// When a booking begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum From {
    Now,
    InHours(i64),
    Tonight,
}

/// What a sensor sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    Free,
    Occupied,
    Unknown,
}

pub fn day(steps: usize) -> impl Strategy<Value = (Site, Vec<Step>)> {
    let scene = prop_oneof![1 => prop::collection::vec(step(), 1..=4), 1 => super::story::story()];
    let scenes = prop::collection::vec(scene, 1..=steps / 4);
    let flat = scenes.prop_map(move |scenes| scenes.into_iter().flatten().take(steps).collect());
    (Site::strategy(), flat)
}

fn step() -> impl Strategy<Value = Step> {
    (seconds(), action()).prop_map(|(after, what)| Step { after, what })
}

pub fn seconds() -> impl Strategy<Value = i64> {
    prop_oneof![6 => 0_i64..=30, 5 => 31_i64..=200, 3 => 200_i64..=1500, 1 => 3600_i64..=80_000]
}

fn action() -> impl Strategy<Value = Action> {
    prop_oneof![
        16 => lanes(),
        10 => money(),
        5 => bookings(),
        5 => rights(),
        5 => spaces(),
        4 => staff(),
        1 => Just(Action::Restart),
        1 => Just(Action::Wait),
    ]
}

pub fn car() -> impl Strategy<Value = u8> {
    0..CARS
}

pub fn lane() -> impl Strategy<Value = usize> {
    0_usize..3
}

fn lanes() -> impl Strategy<Value = Action> {
    prop_oneof![
        12 => (lane(), car()).prop_map(|(lane, car)| Action::Read { lane, car }),
        3 => lane().prop_map(|lane| Action::ReadAgain { lane }),
        2 => (lane(), car(), 1_i64..1000)
            .prop_map(|(lane, car, ago)| Action::ReadLate { lane, car, ago }),
        1 => lane().prop_map(|lane| Action::NoPlate { lane }),
        1 => (lane(), car()).prop_map(|(lane, car)| Action::Forged { lane, car }),
        1 => lane().prop_map(|lane| Action::TurnBack { lane }),
        6 => lane().prop_map(|lane| Action::DriveOn { lane }),
        2 => (lane(), any::<bool>()).prop_map(|(lane, on)| Action::Loop { lane, on }),
        3 => (lane(), prop::bool::weighted(0.8))
            .prop_map(|(lane, well)| Action::BarrierAnswers { lane, well }),
    ]
}

pub fn sum() -> impl Strategy<Value = Sum> {
    prop_oneof![4 => Just(Sum::Right), 1 => Just(Sum::Less), 1 => Just(Sum::More)]
}

pub fn coupon() -> impl Strategy<Value = Coupon> {
    prop_oneof![
        5 => Just(Coupon::None),
        2 => (1_i64..4).prop_map(Coupon::Money),
        1 => (1_i64..3).prop_map(Coupon::Hours),
        1 => Just(Coupon::All),
    ]
}

pub fn end() -> impl Strategy<Value = End> {
    prop_oneof![
        6 => Just(End::Now),
        1 => (1_i64..300).prop_map(End::Later),
        1 => (1_i64..300).prop_map(End::Earlier),
    ]
}

fn money() -> impl Strategy<Value = Action> {
    let order =
        prop_oneof![5 => Just(Which::Newest), 1 => Just(Which::Former), 2 => Just(Which::None)];
    let ago = prop_oneof![2 => Just(0_i64), 2 => 0_i64..700];
    prop_oneof![
        2 => (car(), sum()).prop_map(|(car, sum)| Action::Cash { car, sum }),
        4 => (car(), coupon(), end()).prop_map(|(car, coupon, end)| Action::Quote { car, coupon, end }),
        5 => (car(), order, sum(), ago)
            .prop_map(|(car, order, sum, ago)| Action::Pay { car, order, sum, ago }),
        1 => Just(Action::PayAgain),
    ]
}

pub fn from() -> impl Strategy<Value = From> {
    prop_oneof![
        4 => Just(From::Now),
        1 => Just(From::InHours(3)),
        1 => Just(From::InHours(24)),
        1 => Just(From::InHours(7 * 24)),
        1 => Just(From::Tonight),
    ]
}

fn bookings() -> impl Strategy<Value = Action> {
    prop_oneof![
        3 => (car(), from(), 10_i64..100, 0_i64..40)
            .prop_map(|(car, from, minutes, kept)| Action::Book { car, from, minutes, kept }),
        1 => (0_usize..4, from(), 10_i64..100)
            .prop_map(|(booking, from, minutes)| Action::BookAgain { booking, from, minutes }),
        2 => (0_usize..4, 0_i64..3).prop_map(|(booking, state)| Action::Confirm { booking, state }),
    ]
}

fn rights() -> impl Strategy<Value = Action> {
    prop_oneof![
        1 => car().prop_map(|car| Action::Lease { car }),
        1 => (car(), 6_u8..12, 1_u8..10)
            .prop_map(|(car, from, hours)| Action::Share { car, from, hours }),
        4 => (car(), any::<bool>()).prop_map(|(car, locked)| Action::Lock { car, locked }),
        4 => (car(), 1_i64..6).prop_map(|(car, strategy)| Action::List { car, strategy }),
        2 => car().prop_map(|car| Action::Unlist { car }),
        3 => (car(), any::<bool>()).prop_map(|(car, open)| Action::Contract { car, open }),
        2 => (car(), any::<bool>()).prop_map(|(car, open)| Action::ContractAnswer { car, open }),
    ]
}

fn spaces() -> impl Strategy<Value = Action> {
    let seen =
        prop_oneof![4 => Just(Seen::Occupied), 4 => Just(Seen::Free), 1 => Just(Seen::Unknown)];
    prop_oneof![
        4 => (0_usize..4, seen).prop_map(|(space, seen)| Action::Space { space, seen }),
        2 => car().prop_map(|car| Action::Store { car }),
        2 => car().prop_map(|car| Action::Retrieve { car }),
        4 => prop::bool::weighted(0.9).prop_map(|done| Action::Mission { done }),
    ]
}

fn staff() -> impl Strategy<Value = Action> {
    prop_oneof![
        3 => lane().prop_map(|lane| Action::OpenByHand { lane }),
        1 => lane().prop_map(|lane| Action::Button { lane }),
        1 => car().prop_map(|car| Action::EndStay { car }),
        1 => (car(), car()).prop_map(|(car, plate)| Action::NamePlate { car, plate }),
        2 => (car(), any::<bool>()).prop_map(|(car, all)| Action::Refund { car, all }),
        1 => car().prop_map(|car| Action::ReleaseLock { car }),
        1 => car().prop_map(|car| Action::AskPayment { car }),
    ]
}
