//! Driver `modbus-relay`: a relay board on a Modbus bus. Coils press barriers' buttons or hold them,
//! discrete inputs read loops, limit switches and buttons.

use super::context::{DeviceContext, answer_barrier, is_over, tell_engine};
use super::liveness::Liveness;
use super::modbus::pdu::{UnitAnswer, UnitFault, UnitRequest};
use super::modbus::{ModbusBus, Unit};
use crate::config::{Device, ModbusRelay, PointTable};
use crate::model::barrier::{Act, BarrierFault};
use crate::model::event::DeviceEvent;
use crate::model::happening::Happening;
use crate::model::outcome::{Actuation, DeviceCommand};
use crate::standard::id::Id;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::Instant;

/// Modbus's exception of a board that has something else to do.
const BUSY: u8 = 6;
/// Its exception of a board that has taken the command and not done it yet: told again it would do it twice.
const TAKEN: u8 = 5;
/// A coil that could not be switched off is tried again after so long.
const OFF_AGAIN: Duration = Duration::from_secs(1);
/// A connection that was broken can be had again after so long.
const CALLED_AGAIN: Duration = Duration::from_millis(1100);
/// After a start, coils that were left on by a crash go off; those that staff hold are named to us first.
const HELD_COILS_WITHIN: Duration = Duration::from_secs(2);

/// One board.
pub struct RelayBoard {
    id: Id,
    unit: Unit,
    pulse: Duration,
    flash: bool,
    inputs: u16,
    /// The coils that drive barriers.
    coils: BTreeSet<u8>,
    held: BTreeSet<u8>,
    /// Coils we have to switch off, and when.
    off_at: BTreeMap<u8, Instant>,
    levels: Vec<bool>,
    live: Liveness,
    /// A command has not reached it: it is to be told when it can be reached.
    missed: bool,
}

/// What a board with so many inputs is read by. One without any still has to show that it lives.
pub(super) fn read_of(inputs: u16) -> UnitRequest {
    let (table, count) =
        if inputs > 0 { (PointTable::Discrete, inputs) } else { (PointTable::Coil, 1) };
    UnitRequest::Read { table, address: 0, count }
}

impl RelayBoard {
    /// A board on its bus; `coils` are those that drive barriers.
    pub fn new(device: &Device, keys: &ModbusRelay, bus: ModbusBus, coils: BTreeSet<u8>) -> Self {
        Self {
            id: device.id.clone(),
            unit: Unit::new(bus, &keys.unit),
            pulse: keys.pulse,
            flash: keys.flash,
            inputs: keys.inputs,
            coils,
            held: BTreeSet::new(),
            off_at: BTreeMap::new(),
            levels: Vec::new(),
            live: Liveness::new(device),
            missed: false,
        }
    }

    /// Speaks with the board until told to stop.
    pub async fn run(
        mut self,
        context: DeviceContext,
        mut commands: mpsc::Receiver<DeviceCommand>,
    ) {
        let mut poll_at = Instant::now();
        let mut verify_at = None;
        loop {
            let next_off = self.off_at.values().min().copied();
            tokio::select! {
                biased;
                () = context.stop.cancelled() => break,
                () = sleep_until(next_off) => self.switch_off_due().await,
                command = commands.recv() => match command {
                    Some(DeviceCommand::Barrier(actuation)) => self.obey(&context, actuation).await,
                    Some(_) => {}
                    None => break,
                },
                () = sleep_until(verify_at) => {
                    let verified = self.verify_coils(&context).await;
                    verify_at = (!verified).then(|| Instant::now() + HELD_COILS_WITHIN);
                }
                () = tokio::time::sleep_until(poll_at) => {
                    let was_online = self.live.is_online();
                    let heard = self.poll(&context).await;
                    let back = self.live.is_online() && !was_online;
                    if back || (heard && std::mem::take(&mut self.missed)) {
                        self.missed = false;
                        tell_engine(&context, DeviceEvent::Reachable(self.id.clone())).await;
                    }
                    if back {
                        verify_at = Some(Instant::now() + HELD_COILS_WITHIN);
                    }
                    poll_at = self.unit.next_poll();
                }
            }
        }
        self.switch_off_all().await;
    }

    /// Reads its inputs; whether it answered.
    async fn poll(&mut self, context: &DeviceContext) -> bool {
        let result = self.unit.call(&read_of(self.inputs)).await;
        let answer = self.unit.judge(&mut self.live, context, result).await;
        let answered = answer.is_some();
        let Some(UnitAnswer::Bits(levels)) = answer.filter(|_| self.inputs > 0) else {
            return answered;
        };
        for (input, closed) in (0_u16..).zip(&levels) {
            if self.levels.get(usize::from(input)) != Some(closed) {
                let (device_id, closed) = (self.id.clone(), *closed);
                let contact = DeviceEvent::Contact { device_id, input, closed, just_now: false };
                tell_engine(context, contact).await;
            }
        }
        self.levels = levels;
        true
    }

    async fn obey(&mut self, context: &DeviceContext, actuation: Actuation) {
        if is_over(context, &actuation) {
            return answer_barrier(context, actuation, Err(BarrierFault::TooLate)).await;
        }
        let begun = Instant::now();
        let until = actuation.until;
        let result = match actuation.act {
            Act::Open { output } | Act::Close { output } | Act::Stop { output } if self.flash => {
                let tenths =
                    u16::try_from(self.pulse.as_millis().div_ceil(100)).unwrap_or(u16::MAX);
                self.unit.command(&UnitRequest::FlashCoil { address: output, tenths }, until).await
            }
            Act::Open { output } | Act::Close { output } | Act::Stop { output } => {
                let result = self.command(output, true, until).await;
                if result != Err(UnitFault::TooLate) {
                    // Even after a silence it may be on.
                    self.off_at.insert(output, Instant::now() + self.pulse);
                }
                result
            }
            Act::Hold { output } => {
                self.held.insert(output);
                self.command(output, true, until).await
            }
            Act::Release { output } => {
                self.held.remove(&output);
                self.command(output, false, until).await
            }
        };
        if !matches!(result, Err(UnitFault::Unreachable(_) | UnitFault::TooLate)) {
            // When it had its turn on the bus only the board's answer tells.
            context.teller.tell(Happening::BarrierCommanded {
                lane: actuation.lane.clone(),
                act: actuation.act,
                after: actuation.cause.map(|cause| cause.elapsed()),
            });
        }
        if result == Err(UnitFault::Silent) && actuation.act.opens() && self.live.is_online() {
            // What its limit switch and loop say counts first.
            self.poll(context).await;
        }
        self.missed |= matches!(result, Err(UnitFault::Unreachable(_)));
        if let Err(UnitFault::Misnumbered { asked, answered }) = result {
            self.unit.tell_misnumbered(&self.live, context, (asked, answered));
        }
        let result = match result {
            Ok(_) => Ok(begun.elapsed()),
            Err(UnitFault::Exception(BUSY)) => Err(BarrierFault::Busy),
            Err(UnitFault::Exception(TAKEN)) => Err(BarrierFault::Silent),
            Err(UnitFault::Exception(code)) => Err(BarrierFault::Refused(code.into())),
            Err(UnitFault::Silent | UnitFault::Misnumbered { .. }) => Err(BarrierFault::Silent),
            Err(UnitFault::Unreachable(_)) => Err(BarrierFault::Unreachable),
            Err(UnitFault::TooLate) => Err(BarrierFault::TooLate),
        };
        answer_barrier(context, actuation, result).await;
    }

    /// Switches a coil; where no answer came the coil itself tells whether it was heard.
    async fn command(
        &mut self,
        output: u8,
        on: bool,
        until: Option<std::time::Instant>,
    ) -> Result<UnitAnswer, UnitFault> {
        let request = UnitRequest::WriteCoil { address: output.into(), on };
        let result = self.unit.command(&request, until).await;
        if !matches!(result, Err(UnitFault::Silent | UnitFault::Misnumbered { .. })) {
            return result;
        }
        let (table, address) = (PointTable::Coil, output.into());
        let read = UnitRequest::Read { table, address, count: 1 };
        let mut stands = self.unit.call(&read).await;
        if matches!(stands, Err(UnitFault::Unreachable(_))) {
            // It hung up, and a connection is not made anew at once.
            tokio::time::sleep(CALLED_AGAIN).await;
            stands = self.unit.call(&read).await;
        }
        let obeyed = stands == Ok(UnitAnswer::Bits(vec![on]));
        if obeyed { Ok(UnitAnswer::Written) } else { result }
    }

    async fn write(&mut self, output: u8, on: bool) -> Result<UnitAnswer, UnitFault> {
        self.unit.call(&UnitRequest::WriteCoil { address: output.into(), on }).await
    }

    async fn switch_off_due(&mut self) {
        let now = Instant::now();
        let due: Vec<u8> =
            self.off_at.iter().filter(|(_, at)| **at <= now).map(|(coil, _)| *coil).collect();
        for coil in due {
            let off = self.held.contains(&coil) || self.switch_off(coil).await;
            if off {
                self.off_at.remove(&coil);
            } else {
                // A coil left on keeps the button pressed: it is tried until the board answers.
                self.off_at.insert(coil, Instant::now() + self.pulse.max(OFF_AGAIN));
            }
        }
    }

    /// Switches a coil off, waiting for a slow board as long as for an opening.
    async fn switch_off(&mut self, coil: u8) -> bool {
        let off = UnitRequest::WriteCoil { address: coil.into(), on: false };
        self.unit.command(&off, None).await.is_ok()
    }

    /// Switches off what a crash left on; false when the board did not answer.
    async fn verify_coils(&mut self, context: &DeviceContext) -> bool {
        let Some(highest) = self.coils.last() else { return true };
        let count = u16::from(*highest) + 1;
        let read = UnitRequest::Read { table: PointTable::Coil, address: 0, count };
        let result = self.unit.call(&read).await;
        let Some(UnitAnswer::Bits(on)) = self.unit.judge(&mut self.live, context, result).await
        else {
            return false;
        };
        for coil in self.coils.clone() {
            let is_on = on.get(usize::from(coil)).copied().unwrap_or(false);
            let ours = self.held.contains(&coil) || self.off_at.contains_key(&coil);
            if is_on && !ours && self.write(coil, false).await.is_err() {
                return false;
            }
        }
        true
    }

    /// Before we go: a pulse begun is ended.
    async fn switch_off_all(&mut self) {
        for coil in std::mem::take(&mut self.off_at).into_keys() {
            if !self.held.contains(&coil) {
                let _ = self.write(coil, false).await;
            }
        }
    }
}

/// Waits for a moment, for ever when there is none.
async fn sleep_until(moment: Option<Instant>) {
    match moment {
        Some(moment) => tokio::time::sleep_until(moment).await,
        None => std::future::pending().await,
    }
}
