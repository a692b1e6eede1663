//! Modbus units on serial buses and TCP connections: asked, waited for, left alone when they are dead.

pub mod pdu;
pub mod points;
pub mod rtu;
pub mod tcp;

use super::context::DeviceContext;
use super::liveness::Liveness;
use super::serial::SerialBus;
use crate::config::ModbusUnit;
use crate::model::happening::Happening;
use pdu::{UnitAnswer, UnitFault, UnitRequest, Wait};
use points::Registers;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// A unit that has not answered this often in a row is asked less and less often, so that it does not
/// keep the others on its bus waiting.
const PATIENCE: u32 = 3;
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// A command's answer is waited for at least so long: a slow board obeys before it answers.
const COMMAND_PATIENCE: Duration = Duration::from_secs(5);

/// What Modbus units hang on.
#[derive(Clone)]
pub enum ModbusBus {
    /// Modbus RTU.
    Serial(Arc<SerialBus>),
    /// Modbus TCP.
    Tcp(Arc<tcp::ModbusConnection>),
}

/// One unit.
pub struct Unit {
    bus: ModbusBus,
    config: ModbusUnit,
    failures: u32,
    /// The refusal told last, so that a wrong address is told once.
    refused: Option<u8>,
    /// Whether it was told that its answers are numbered wrongly.
    misnumbers: bool,
}

impl Unit {
    /// A unit on its bus.
    pub fn new(bus: ModbusBus, config: &ModbusUnit) -> Self {
        Self { bus, config: config.clone(), failures: 0, refused: None, misnumbers: false }
    }

    /// Asks it once.
    pub async fn call(&mut self, request: &UnitRequest) -> Result<UnitAnswer, UnitFault> {
        self.ask(request, self.config.timeout.into()).await
    }

    /// Has it do something, that must not leave later than `until`.
    pub async fn command(
        &mut self,
        request: &UnitRequest,
        until: Option<std::time::Instant>,
    ) -> Result<UnitAnswer, UnitFault> {
        // One that is dead keeps no neighbour waiting.
        let patience = if self.failures > PATIENCE { Duration::ZERO } else { COMMAND_PATIENCE };
        let answer = self.config.timeout.max(patience);
        self.ask(request, Wait { answer, until }).await
    }

    async fn ask(&mut self, request: &UnitRequest, wait: Wait) -> Result<UnitAnswer, UnitFault> {
        let unit = self.config.unit;
        let result = match &self.bus {
            ModbusBus::Serial(bus) => rtu::ask(bus, unit, request, wait).await,
            ModbusBus::Tcp(connection) => connection.call(unit, request, wait).await,
        };
        match result {
            Err(UnitFault::Silent | UnitFault::Unreachable(_) | UnitFault::Misnumbered { .. }) => {
                self.failures = self.failures.saturating_add(1);
            }
            Ok(_) | Err(UnitFault::Exception(_)) => self.failures = 0,
            Err(UnitFault::TooLate) => {}
        }
        result
    }

    /// Reads everything `requests` ask for.
    pub async fn read(&mut self, requests: &[UnitRequest]) -> Result<Registers, UnitFault> {
        let mut registers = Registers::default();
        for request in requests {
            let answer = self.call(request).await?;
            registers.take(request, &answer);
        }
        Ok(registers)
    }

    /// Takes note of what came of asking; returns what was answered. A refusal is a sign of life, too.
    pub(super) async fn judge<T>(
        &mut self,
        live: &mut Liveness,
        context: &DeviceContext,
        result: Result<T, UnitFault>,
    ) -> Option<T> {
        match result {
            Ok(answer) => {
                self.refused = None;
                self.misnumbers = false;
                live.heard(context).await;
                Some(answer)
            }
            Err(UnitFault::Exception(exception)) => {
                live.heard(context).await;
                if self.refused.replace(exception) != Some(exception) {
                    let device = live.name().to_owned();
                    context.teller.tell(Happening::UnitRefused { device, exception });
                }
                None
            }
            Err(UnitFault::Misnumbered { asked, answered }) => {
                self.tell_misnumbered(live, context, (asked, answered));
                live.silent(context).await;
                None
            }
            Err(UnitFault::Silent | UnitFault::Unreachable(_) | UnitFault::TooLate) => {
                live.silent(context).await;
                None
            }
        }
    }

    /// Its answer has another number than it was asked with: that is told once.
    pub(super) fn tell_misnumbered(
        &mut self,
        live: &Liveness,
        context: &DeviceContext,
        (asked, answered): (u16, u16),
    ) {
        if !std::mem::replace(&mut self.misnumbers, true) {
            let device = live.name().to_owned();
            context.teller.tell(Happening::UnitMisnumbered { device, asked, answered });
        }
    }

    /// When it is to be read again.
    pub fn next_poll(&self) -> Instant {
        let doubled = self.failures.saturating_sub(PATIENCE).min(16);
        let pause = self.config.poll_every.saturating_mul(1 << doubled);
        Instant::now() + pause.min(LONGEST_PAUSE.max(self.config.poll_every))
    }
}
