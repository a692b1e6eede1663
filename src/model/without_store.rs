//! Times in which nothing can be written down: how the database fails, what lanes do by themselves then, and what was done
//! meanwhile, to be written down when it can be. Types; nothing here decides.

use super::barrier::Movement;
use super::event::PlateRead;
use super::staff::{NamedCar, StaffAction, StaffCommand};
use crate::standard::id::Id;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What a lane does by itself with a car while nothing can be written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ByItself {
    /// Its barrier stays down until a person opens.
    #[default]
    Hold,
    /// Its barrier opens for every car that is read.
    Open,
}

/// The same for both ways through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct WhenItFails {
    /// Lanes that lead in.
    pub entry: ByItself,
    /// Lanes that lead out.
    pub exit: ByItself,
}

/// The database cannot be written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StoreAway {
    /// Since when.
    pub since: Timestamp,
    /// Why, in SQLite's words.
    pub fault: String,
    /// What lanes do by themselves meanwhile.
    pub when_it_fails: WhenItFails,
    /// Cars and openings that are kept in memory, to be written down.
    pub kept: usize,
    /// Reads, and what people did, that found no room there.
    pub dropped: u64,
}

/// A database that was damaged and has been put together anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mended {
    /// Where the damaged one is; none where it was gone.
    pub aside: Option<String>,
    /// Of when the copy is that was taken; none where there was none.
    pub copied: Option<Timestamp>,
    /// Rows that were read of the damaged one and that the copy had otherwise or not at all.
    pub taken: u64,
    /// About how many rows could not be read.
    pub unread: u64,
}

/// One thing that was done meanwhile.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Note {
    /// When.
    pub at: Timestamp,
    /// What.
    pub what: Noted,
}

/// What was done.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Noted {
    /// A camera read a car.
    Read {
        /// The read.
        read: Box<PlateRead>,
        /// What became of the car.
        fate: ReadFate,
    },
    /// Staff did something.
    Staff {
        /// The sender's id for it.
        id: Id,
        /// A digest of how it was said.
        said: Option<String>,
        /// Who did it.
        operator: String,
        /// What.
        deed: BarrierDeed,
    },
    /// Somebody pressed a lane's button.
    Button {
        /// The lane.
        lane_id: Id,
    },
    /// The fire alarm's contact raised all barriers.
    FireAlarm,
    /// An arm went up by a command of before: whoever was let pass then has gone, before anything else that is kept.
    ArmUp {
        /// The command's id.
        actuation: String,
        /// The lane.
        lane_id: Id,
        /// By which output of its device.
        output: u8,
    },
}

/// What became of a car that was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReadFate {
    /// Its lane let it pass by itself.
    LetPass,
    /// A person opened for it.
    LetPassByHand,
    /// It was read before, or elsewhere than at the gateway: its own moment says what became of it.
    Gone,
    /// Its read may have lain in a broker, and was the last of its lane: the broker's marker says what became of it.
    Undecided,
    /// Nobody opened for it, and it stands there no more: it has not passed.
    TurnedAway,
    /// Nobody opened for it, and it stands there yet.
    Stands,
}

/// What staff may do then: what moves barriers.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[allow(missing_docs, reason = "as in StaffAction")]
pub enum BarrierDeed {
    Open { lane_id: Id, reason: String, record_id: Option<Id> },
    LetThrough { lane_id: Id, car: NamedCar, reason: String },
    RaiseAll { reason: String },
    EndRaiseAll { reason: String },
    Move { lane_id: Id, movement: Movement },
}

impl BarrierDeed {
    /// What staff want, where it is of this kind.
    pub fn of(action: &StaffAction) -> Option<Self> {
        Some(match action.clone() {
            StaffAction::OpenLane { lane_id, reason, record_id } => {
                Self::Open { lane_id, reason, record_id }
            }
            StaffAction::LetThrough { lane_id, car, reason } => {
                Self::LetThrough { lane_id, car, reason }
            }
            StaffAction::RaiseAll { reason } => Self::RaiseAll { reason },
            StaffAction::EndRaiseAll { reason } => Self::EndRaiseAll { reason },
            StaffAction::MoveBarrier { lane_id, movement } => Self::Move { lane_id, movement },
            _ => return None,
        })
    }

    /// The same as a command.
    pub fn action(&self) -> StaffAction {
        match self.clone() {
            Self::Open { lane_id, reason, record_id } => {
                StaffAction::OpenLane { lane_id, reason, record_id }
            }
            Self::LetThrough { lane_id, car, reason } => {
                StaffAction::LetThrough { lane_id, car, reason }
            }
            Self::RaiseAll { reason } => StaffAction::RaiseAll { reason },
            Self::EndRaiseAll { reason } => StaffAction::EndRaiseAll { reason },
            Self::Move { lane_id, movement } => StaffAction::MoveBarrier { lane_id, movement },
        }
    }

    /// The lane that it opens for a car, if it does.
    pub fn opens(&self) -> Option<&Id> {
        match self {
            Self::Open { lane_id, .. } | Self::LetThrough { lane_id, .. } => Some(lane_id),
            Self::RaiseAll { .. } | Self::EndRaiseAll { .. } | Self::Move { .. } => None,
        }
    }
}

impl Noted {
    /// Whether it raises all barriers, or ends that.
    pub fn is_of_all_barriers(&self) -> bool {
        match self {
            Self::FireAlarm => true,
            Self::Staff { deed, .. } => {
                matches!(deed, BarrierDeed::RaiseAll { .. } | BarrierDeed::EndRaiseAll { .. })
            }
            Self::Read { .. } | Self::Button { .. } | Self::ArmUp { .. } => false,
        }
    }

    /// What staff did, as the command it was.
    pub fn command(&self) -> Option<StaffCommand> {
        let Self::Staff { id, said, operator, deed } = self else { return None };
        let (id, said, operator) = (id.clone(), said.clone(), operator.clone());
        Some(StaffCommand { id, said, operator, action: deed.action() })
    }
}
