//! What barriers are told, and why they did not obey, in types. Nothing here decides.

/// What a barrier's output is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// A short pulse: the button is pressed.
    Pulse {
        /// Which output.
        output: u8,
        /// Whether the barrier opens by it.
        opens: bool,
    },
    /// On until released.
    Hold {
        /// Which output.
        output: u8,
    },
    /// Off again.
    Release {
        /// Which output.
        output: u8,
    },
}

impl Act {
    /// Whether the barrier is to open by it.
    pub fn opens(self) -> bool {
        matches!(self, Self::Pulse { opens: true, .. } | Self::Hold { .. })
    }
}

/// How staff move a barrier other than letting a car pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
    /// The device did not answer in time.
    Silent,
    /// The device cannot be reached.
    Unreachable,
    /// The lane has no barrier that we drive.
    NoBarrier,
    /// The arm was not up in time.
    NotUp,
}
