//! Commands whose timestamp is far off the lot's clock: a platform whose clock is wrong, an outage that lasted, or somebody who
//! sends again what others said. They are carried out and counted; the configuration may want them refused.

use crate::lot::case::Case;
use crate::model::happening::Happening;
use crate::model::input::Command;
use crate::store::StoreError;
use jiff::SignedDuration;

/// Clocks that are kept differ by less.
const USUAL: SignedDuration = SignedDuration::from_mins(10);

/// What is true however late it is heard: payments, and whether a car pays by contract.
const TRUE_AT_ANY_AGE: [u16; 2] = [6007, 6008];

/// How far a command is off.
pub(super) struct OffTime {
    /// Seconds that its timestamp is behind our clock; before it when negative.
    seconds: i64,
    refused: bool,
}

/// How far it is off, where that matters; nothing while nobody vouches for our own clock.
pub(super) fn of(case: &Case<'_>, command: &Command) -> Option<OffTime> {
    let seconds = case.came_at().as_second().saturating_sub(command.timestamp);
    let beyond = |most: SignedDuration| seconds.unsigned_abs() > most.as_secs().unsigned_abs();
    let most = command.max_age.filter(|_| !TRUE_AT_ANY_AGE.contains(&command.code));
    let refused = most.is_some_and(beyond);
    let matters = case.clock_trusted() && (refused || beyond(USUAL));
    matters.then_some(OffTime { seconds, refused })
}

impl OffTime {
    /// Whether the configuration wants it refused.
    pub(super) fn is_refused(&self) -> bool {
        self.refused
    }

    /// Counts it, for doctor and the log.
    pub(super) fn count(&self, case: &mut Case<'_>, code: u16) -> Result<(), StoreError> {
        let Self { seconds, refused } = *self;
        case.tx.count_off_time(code, seconds, case.now)?;
        case.tell(Happening::CommandOffTime { code, seconds, refused });
        Ok(())
    }
}
