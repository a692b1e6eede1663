//! What people do with the queue of reports, and why it is not done, in types. Nothing here decides.

use std::time::Duration;

/// What is done with rows of the queue, by their numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum QueueCommand {
    /// Send dead letters again.
    Retry(Vec<i64>),
    /// Throw dead letters away.
    Drop(ThrowAway),
}

/// Dead letters to be thrown away: all of them, or none where one may not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ThrowAway {
    /// Their numbers.
    pub rows: Vec<i64>,
    /// Who wants it.
    pub by: String,
    /// Why.
    pub reason: String,
    /// Where that was said.
    pub said: SaidAt,
}

/// Where something was said: some things are not done for whoever speaks over the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SaidAt {
    /// On the box itself.
    TheBox,
    /// Over the network.
    Network,
}

/// Why nothing was thrown away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QueueRefusal {
    /// There is no such row.
    NoRow {
        /// Its number.
        row: i64,
    },
    /// It still waits for the platform, which has not refused it.
    Waits {
        /// Its number.
        row: i64,
    },
    /// It tells of money, which is thrown away on the box only.
    Money {
        /// Its number.
        row: i64,
        /// Its interface.
        code: u16,
    },
}

/// Why something was not taken, and for how long that has been so.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PutOff {
    /// The platform's words; empty where there are none.
    pub words: String,
    /// For how long it was refused while the platform took others of its interface.
    pub refused_for: Duration,
}
