//! What the configuration chooses for cars that want out and are not known to be inside. Types; nothing decides.

use crate::standard::money::Money;

/// What is done with a plate at the exit that is not inside and is like one that is (`plate_match`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PlateMatch {
    /// Nothing: it is held.
    Exact,
    /// It is held, and staff are shown the cars it may be.
    #[default]
    Ask,
    /// What is sure is taken; else staff are asked.
    Sure,
}

/// What a car pays that leaves and whose entry nobody saw (`no_entry`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum NoEntry {
    /// It is held: staff decide.
    #[default]
    Hold,
    /// The smallest fee of its class.
    Least,
    /// So much.
    Amount(Money),
}
