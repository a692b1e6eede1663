//! Modbus units on serial buses and TCP connections: asked, waited for, left alone when they are dead.

pub mod pdu;
pub mod points;
pub mod rtu;
pub mod tcp;

use super::serial::SerialBus;
use crate::config::ModbusUnit;
use pdu::{Answer, Request};
use points::Registers;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// A unit that has not answered this often in a row is asked less and less often, so that it does not
/// keep the others on its bus waiting.
const PATIENCE: u32 = 3;
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// What Modbus units hang on.
#[derive(Clone)]
pub enum ModbusBus {
    /// Modbus RTU.
    Serial(Arc<SerialBus>),
    /// Modbus TCP.
    Tcp(Arc<tcp::Connection>),
}

/// Why a unit did not do as it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnitFault {
    /// The bus is not there.
    #[error("{0}")]
    Unreachable(String),
    /// No answer in time.
    #[error("no answer")]
    Silent,
    /// It refused: 1 unknown function, 2 unknown address, 3 bad value, 4 failure, 6 busy.
    #[error("exception {0}")]
    Exception(u8),
}

/// One unit.
pub struct Unit {
    bus: ModbusBus,
    config: ModbusUnit,
    failures: u32,
}

impl Unit {
    /// A unit on its bus.
    pub fn new(bus: ModbusBus, config: &ModbusUnit) -> Self {
        Self { bus, config: config.clone(), failures: 0 }
    }

    /// Asks it once.
    pub async fn call(&mut self, request: &Request) -> Result<Answer, UnitFault> {
        let ModbusUnit { unit, timeout, .. } = self.config;
        let result = match &self.bus {
            ModbusBus::Serial(bus) => bus.ask(unit, request, timeout).await,
            ModbusBus::Tcp(connection) => connection.call(unit, request, timeout).await,
        };
        match result {
            Err(UnitFault::Silent | UnitFault::Unreachable(_)) => {
                self.failures = self.failures.saturating_add(1);
            }
            Ok(_) | Err(UnitFault::Exception(_)) => self.failures = 0,
        }
        result
    }

    /// Reads everything `requests` ask for.
    pub async fn read(&mut self, requests: &[Request]) -> Result<Registers, UnitFault> {
        let mut registers = Registers::default();
        for request in requests {
            let answer = self.call(request).await?;
            registers.take(request, &answer);
        }
        Ok(registers)
    }

    /// When it is to be read again.
    pub fn next_poll(&self) -> Instant {
        let doubled = self.failures.saturating_sub(PATIENCE).min(16);
        let pause = self.config.poll_every.saturating_mul(1 << doubled);
        Instant::now() + pause.min(LONGEST_PAUSE.max(self.config.poll_every))
    }
}
