//! What barriers are told, and why they did not obey, in types. Nothing here decides.

use serde::{Deserialize, Serialize};

/// What a barrier is told to do, and by which of its device's outputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Open: a short pulse, the button is pressed.
    Open {
        /// Which output.
        output: u8,
    },
    /// Close: a short pulse.
    Close {
        /// Which output.
        output: u8,
    },
    /// Stop where it is: a short pulse.
    Stop {
        /// Which output.
        output: u8,
    },
    /// Stay open: on until released.
    Hold {
        /// Which output.
        output: u8,
    },
    /// No longer stay open: off again.
    Release {
        /// Which output.
        output: u8,
    },
}

impl Act {
    /// Whether the barrier is to be up by it.
    pub fn opens(self) -> bool {
        self.movement().is_none_or(|movement| movement == Movement::HoldOpen)
    }

    /// How staff would call it; none for the opening that lets a car pass.
    pub fn movement(self) -> Option<Movement> {
        match self {
            Self::Open { .. } => None,
            Self::Close { .. } => Some(Movement::Close),
            Self::Stop { .. } => Some(Movement::Stop),
            Self::Hold { .. } => Some(Movement::HoldOpen),
            Self::Release { .. } => Some(Movement::Release),
        }
    }
}

/// How staff move a barrier other than letting a car pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "named for what they do")]
pub enum Movement {
    Close,
    Stop,
    HoldOpen,
    Release,
}

/// What went wrong with a barrier command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BarrierFault {
    /// The device said no, with its code.
    Refused(i64),
    /// The device is busy with something else and will hear it again.
    Busy,
    /// The device did not answer in time.
    Silent,
    /// Its time was over before it could leave; it was not sent.
    TooLate,
    /// The device cannot be reached.
    Unreachable,
    /// Its broker does not take what we publish on that topic; nothing was sent.
    Forbidden(String),
    /// The lane has no barrier that we drive.
    NoBarrier,
    /// The arm was not up in time.
    NotUp,
    /// Nothing has told whether it opened.
    Unproven,
}
