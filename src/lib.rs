//! lotgate: a car park's controller between its own hardware and the city parking management platform.
//!
//! ```text
//!  cameras, relay boards, displays,                                  city platform
//!  sensors, mechanical garages                                   ▲                 │
//!      │ events        ▲ commands                      reports   │                 │ commands
//! ┌────▼───────────────┴────┐                             ┌──────┴─────┐    ┌──────▼─────┐
//! │         devices         │                             │   uplink   │    │  downlink  │
//! └────┬───────────────▲────┘                             └──▲──────┬──┘    └──┬──────▲──┘
//!      │ Input         │ Outcome                        rows │      │ Delivery │ Input│ Answer
//! ┌────▼───────────────┴─────────────────────────────────────┴──────▼──────────▼──────┴──┐
//! │ engine: one thread; takes what waits, has lot decide, commits, lets the effects out  │
//! │         lot: the rules, no clock, no network     store: the lot as it is, the outbox │
//! └──────────────────────────────────────────────────────────────────────────────────────┘
//! ```
//!
//! Nothing leaves before what it follows from is on disk. The rest of the house is there for that line.
//!
//! # A car's way
//!
//! 1. A camera publishes a read. [`devices`] receives it ([`devices::mqtt`]), the camera's codec
//!    ([`devices::cameras`]) turns bytes into an event of [`model::event`]: plate, colour, moment, pictures.
//! 2. The event is posted to the [`engine`] as a [`model::input::Input`]. The engine takes what waits, opens
//!    one transaction of the [`store`], and hands input and transaction to the rules by their one door,
//!    [`lot::apply`].
//! 3. The rules look at the car's rights, its stay, its dues ([`lot::tariff`]), and decide. What they change
//!    stands in the transaction, and so does each report: checked against its table by [`standard`], put into
//!    the outbox. What shall happen is noted in the [`lot::Case`]: a barrier to open, words to show.
//! 4. The transaction commits. Only now the effects go ([`model::outcome`]): [`devices`] pulses the barrier's
//!    relay, the display greets, the camera's message is acknowledged.
//! 5. [`uplink`] is woken, reads the row from the outbox and sends it: which row is next, and what an answer
//!    means, are pure functions beside it. What became of it returns to the engine as an input.
//! 6. A car that may not pass waits. Money taken in the booth ([`web`]), a payment or an order of the platform
//!    ([`downlink`]) are inputs like the read was; when one of them frees the car, the rules look at it again.
//!
//! What happened on the way is told in types ([`model::happening`]) by the [`teller`]; log, demo and tests read
//! that one stream, and [`lang`] has its words in Chinese and English.
//!
//! # Around it
//!
//! [`cli`] is the command line, [`config`] the technician's file with the place of every mistake, and the
//! gateway's room puts the parts together and takes them apart. [`doctor`] says what is wrong with a box;
//! [`connections`] notes how each connection stands. [`https`], [`tls`],
//! [`renewed`], [`addresses`], [`whereabouts`] and [`backoff`] serve the others; [`papers`] reads lists out of spreadsheets.
//! `sim` is the world outside for demo, self-test and tests: a strict platform, a broker, cameras, wires.
//!
//! ARCHITECTURE.md has the invariants and where to add what, CONTRIBUTING.md how to work here.

pub mod addresses;
pub mod away;
pub mod backoff;
pub mod cli;
pub mod clock;
pub mod config;
pub mod connections;
pub mod devices;
pub mod doctor;
pub mod downlink;
pub mod engine;
pub mod foreign;
pub mod gateway;
pub mod https;
pub mod in_memory;
pub mod lang;
pub mod lot;
mod machine_users;
pub mod model;
pub mod papers;
mod private_files;
pub mod renewed;
#[cfg(feature = "self-test")]
pub mod sim;
pub mod standard;
pub mod store;
pub mod teller;
mod this_machine;
pub mod tls;
pub mod uplink;
pub mod web;
pub mod whereabouts;
