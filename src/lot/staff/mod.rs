//! What staff do through the operator's own software: payments, refunds, corrections, leases, lanes,
//! locks. Each command carries an id of its sender; the same id happens once and is answered the same.

mod correct;
mod lane;
mod lease;
mod lock;
mod pay;
mod refund;

pub use correct::Correction;
pub use lane::{Movement, open_by_hand};
pub use pay::StaffPayment;
pub use refund::Refund;

use super::{Context, LotError, Outcome};
use crate::standard::entities::MonthlyRentalLease;
use crate::standard::id::Id;
use crate::standard::plate::PlateNo;
use crate::store::Transaction;
use serde_json::Value;

/// One thing staff do.
#[derive(Debug, Clone)]
pub struct StaffCommand {
    /// The sender's id for it.
    pub id: Id,
    /// Who does it.
    pub operator: String,
    /// What.
    pub action: StaffAction,
}

/// What staff do.
#[derive(Debug, Clone)]
pub enum StaffAction {
    /// Take a payment for a car that is inside.
    Pay(Box<StaffPayment>),
    /// Ask the platform to collect what a car owes (5007).
    AskPayment {
        /// The car's plate.
        plate_no: PlateNo,
    },
    /// Give money back.
    Refund(Refund),
    /// Correct a parking record.
    Correct(Box<Correction>),
    /// Make a lease or change it.
    SetLease(Box<MonthlyRentalLease>),
    /// End a lease.
    EndLease {
        /// Its plates.
        plates: Vec<PlateNo>,
    },
    /// Open a lane's barrier, for the car that waits there if there is one.
    OpenLane {
        /// The lane.
        lane_id: Id,
        /// Why.
        reason: String,
    },
    /// Take a lane out of service.
    StopLane {
        /// The lane.
        lane_id: Id,
        /// Why.
        reason: String,
    },
    /// Put a lane back into service.
    NormalLane {
        /// The lane.
        lane_id: Id,
    },
    /// Move a lane's barrier otherwise than to let a car pass.
    MoveBarrier {
        /// The lane.
        lane_id: Id,
        /// How.
        movement: Movement,
    },
    /// Let a locked car out.
    ReleaseLock {
        /// The car's plate.
        plate_no: PlateNo,
    },
}

/// What a command came to.
#[derive(Debug, Clone, PartialEq)]
pub enum StaffAnswer {
    /// Done, now or before.
    Done(Value),
    /// Not done; nothing changed.
    Refused(Refusal),
}

/// Why a command was not carried out. The sentences are in the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// No car of that plate is inside.
    NotInside,
    /// There is no such parking record.
    NoRecord,
    /// There is no such lane.
    NoLane,
    /// There is no such lease.
    NoLease,
    /// That car is not locked.
    NotLocked,
    /// Nothing is owed.
    NothingDue,
    /// More than was received.
    MoreThanReceived,
    /// Another car of that plate is inside.
    PlateInside,
    /// A stay that would end before it began.
    EndsBeforeItBegan,
    /// A lease without plates or spaces, or one that ends before it begins.
    BadLease,
    /// The charge's id is another charge's.
    ChargeKnown,
    /// No output moves the barrier that way.
    NoSuchOutput,
}

impl Refusal {
    /// The field of the request it is about.
    pub fn field(self) -> &'static str {
        match self {
            Self::NotInside | Self::NotLocked | Self::NothingDue | Self::PlateInside => "plateNo",
            Self::NoRecord => "recordId",
            Self::NoLane | Self::NoSuchOutput => "laneId",
            Self::NoLease => "plateNoList",
            Self::MoreThanReceived => "refundMoney",
            Self::EndsBeforeItBegan => "leaveTime",
            Self::BadLease => "lease",
            Self::ChargeKnown => "id",
        }
    }

    /// Whether what the request names does not exist.
    pub fn is_absence(self) -> bool {
        matches!(
            self,
            Self::NotInside | Self::NoRecord | Self::NoLane | Self::NoLease | Self::NotLocked
        )
    }
}

/// A step's result: what to answer, or why not.
type Done = Result<Value, Refusal>;

/// Carries a command out, or answers it as before.
pub fn carry_out(
    tx: &Transaction<'_>,
    context: Context<'_>,
    command: &StaffCommand,
) -> Result<(StaffAnswer, Outcome), LotError> {
    let mut out = Outcome::default();
    let id = command.id.as_str().to_ascii_lowercase();
    if let Some(reply) = tx.staff_reply(&id)? {
        let reply = serde_json::from_str(&reply).unwrap_or_default();
        return Ok((StaffAnswer::Done(reply), out));
    }
    Ok(match act(tx, context, command, &mut out)? {
        Ok(reply) => {
            tx.add_staff_command(&id, &command.operator, &reply.to_string(), context.now)?;
            (StaffAnswer::Done(reply), out)
        }
        // Whatever a refused step has told so far did not happen.
        Err(refusal) => (StaffAnswer::Refused(refusal), Outcome::default()),
    })
}

fn act(
    tx: &Transaction<'_>,
    context: Context<'_>,
    command: &StaffCommand,
    out: &mut Outcome,
) -> Result<Done, LotError> {
    let StaffCommand { id, operator, action } = command;
    match action {
        StaffAction::Pay(payment) => pay::pay(tx, context, id, payment, out),
        StaffAction::AskPayment { plate_no } => pay::ask(tx, context, plate_no, out),
        StaffAction::Refund(refund) => refund::refund(tx, context, id, refund, out),
        StaffAction::Correct(correction) => {
            correct::correct(tx, context, operator, correction, out)
        }
        StaffAction::SetLease(lease) => lease::set(tx, context, lease, out),
        StaffAction::EndLease { plates } => lease::end(tx, context, plates, out),
        StaffAction::OpenLane { lane_id, reason } => {
            lane::open(tx, context, lane_id, operator, reason, out)
        }
        StaffAction::StopLane { lane_id, reason } => {
            let stopped_by = Some(format!("{operator}：{reason}"));
            lane::set_stopped(tx, context, lane_id, stopped_by, out)
        }
        StaffAction::NormalLane { lane_id } => lane::set_stopped(tx, context, lane_id, None, out),
        StaffAction::MoveBarrier { lane_id, movement } => {
            lane::move_barrier(tx, context, lane_id, *movement, operator, out)
        }
        StaffAction::ReleaseLock { plate_no } => {
            lock::release(tx, context, plate_no, operator, out)
        }
    }
}
