//! A simulated RS-485 bus behind a real pty: a relay board with a barrier on it, a space detector and a
//! display. It can be unplugged, be noisy, and have units that are silent or late.

use super::mishaps::Luck;
use super::pty::Pty;
use crate::devices::modbus::rtu::CRC;
use encoding_rs::GBK;
use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::task::JoinHandle;

/// The relay board's address.
pub const RELAY_UNIT: u8 = 1;
/// The detector's address.
pub const DETECTOR_UNIT: u8 = 2;
/// The board's inputs: the loop under the arm, the limit switch, the button.
pub const LOOP: usize = 0;
/// The limit switch: closed while the arm is up.
pub const ARM_UP: usize = 1;
/// The attendant's button.
pub const BUTTON: usize = 2;

/// The arm needs this long to rise.
const RISES: Duration = Duration::from_millis(150);
/// A car needs this long to drive over the loop.
const ON_LOOP: Duration = Duration::from_millis(250);
/// Half a frame is given up after this.
const FRAME_WITHIN: Duration = Duration::from_millis(60);

/// A bus.
pub struct SimulatedBus {
    link: PathBuf,
    shared: Arc<Mutex<Units>>,
    task: Option<JoinHandle<()>>,
}

/// What hangs on it.
#[derive(Debug, Default)]
pub struct Units {
    /// The board's coils.
    pub coils: [bool; 8],
    /// The board's inputs.
    pub inputs: [bool; 8],
    /// Coils pressed so far, in order.
    pub presses: Vec<usize>,
    /// Whether the detector sees a car, by its discrete inputs.
    pub detector: [bool; 16],
    /// What the display showed, the newest last: its lines.
    pub shown: Vec<Vec<String>>,
    /// Units that do not answer.
    pub silent: BTreeSet<u8>,
    /// This unit answers so much later.
    pub late: Option<(u8, Duration)>,
    /// Only understood at this speed, in baud.
    pub speed: Option<u32>,
    /// Bytes that stand before every answer.
    pub noise: Vec<u8>,
    /// Whether cars drive through by themselves once the arm is up.
    pub cars_drive: bool,
    /// So many cars follow the next one through before the arm comes down.
    pub followers: u32,
    /// The relay board does not hear so many commands from now on.
    pub deaf_to: usize,
    /// Which others it does not hear.
    pub luck: Luck,
    /// Whether the arm is stuck.
    pub stuck: bool,
    off_at: [Option<Instant>; 8],
    arm: Option<Instant>,
}

impl SimulatedBus {
    /// Plugs the bus in; `link` names its port.
    pub fn plug(link: &Path) -> io::Result<Self> {
        let shared = Arc::<Mutex<Units>>::default();
        let mut bus = Self { link: link.to_owned(), shared, task: None };
        bus.plug_again()?;
        Ok(bus)
    }

    /// Plugs it in again: a new port under the same name.
    pub fn plug_again(&mut self) -> io::Result<()> {
        self.unplug();
        let (ours, name) = Pty::open()?;
        std::os::unix::fs::symlink(name, &self.link)?;
        self.task = Some(tokio::spawn(serve(ours, Arc::clone(&self.shared))));
        Ok(())
    }

    /// Pulls the adapter out.
    pub fn unplug(&mut self) {
        if let Some(task) = self.task.take() {
            task.abort();
        }
        // It may never have been there.
        let _ = std::fs::remove_file(&self.link);
    }

    /// The port's name.
    pub fn port(&self) -> &Path {
        &self.link
    }

    /// What hangs on it, to look at or to change.
    pub fn units(&self) -> MutexGuard<'_, Units> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A car drives over the loop.
    pub async fn drive_through(&self) {
        self.units().inputs[LOOP] = true;
        tokio::time::sleep(ON_LOOP).await;
        let mut units = self.units();
        units.inputs[LOOP] = false;
        units.inputs[ARM_UP] = false;
    }
}

impl Drop for SimulatedBus {
    fn drop(&mut self) {
        self.unplug();
    }
}

async fn serve(mut port: Pty, shared: Arc<Mutex<Units>>) {
    let mut received = Vec::new();
    loop {
        let more = tokio::time::timeout(FRAME_WITHIN, port.read(&mut received)).await;
        match more {
            // Nobody has the port open just now.
            Ok(Ok(0) | Err(_)) => tokio::time::sleep(Duration::from_millis(20)).await,
            Ok(Ok(_)) => {}
            Err(_) => received.clear(),
        }
        let wrong = {
            let speed = shared.lock().unwrap_or_else(PoisonError::into_inner).speed;
            speed.is_some_and(|speed| port.speed().ok() != Some(speed))
        };
        if wrong {
            received.clear();
        }
        while let Some(frame) = take_frame(&mut received) {
            let (answer, delay) = {
                let mut units = shared.lock().unwrap_or_else(PoisonError::into_inner);
                let delay =
                    units.late.filter(|(unit, _)| *unit == frame[0]).map(|(_, delay)| delay);
                (units.obey(&frame, Instant::now()), delay)
            };
            let Some(answer) = answer else { continue };
            tokio::time::sleep(delay.unwrap_or_default()).await;
            // Whoever has left does not hear it.
            let _ = port.write(&answer).await;
        }
        shared.lock().unwrap_or_else(PoisonError::into_inner).pass_time(Instant::now());
    }
}

/// The next whole frame of a display or a Modbus unit; bytes that begin none are passed over.
fn take_frame(received: &mut Vec<u8>) -> Option<Vec<u8>> {
    while received.len() >= 8 {
        let length = match received.as_slice() {
            [_, 0x64, 0xFF, 0xFF, _, length, ..] => 8 + usize::from(*length),
            [_, 15 | 16, _, _, _, _, bytes, ..] => 9 + usize::from(*bytes),
            _ => 8,
        };
        if received.len() < length && length < 300 {
            return None;
        }
        let (framed, crc) = received.get(..length)?.split_at(length - 2);
        if CRC.checksum(framed).to_le_bytes() == crc {
            return Some(received.drain(..length).collect());
        }
        received.remove(0);
    }
    None
}

impl Units {
    fn obey(&mut self, frame: &[u8], now: Instant) -> Option<Vec<u8>> {
        let unit = frame[0];
        if frame[1] == 0x64 {
            if frame[4] == 0x6F {
                self.shown.push(lines(&frame[6..frame.len() - 2]));
            }
            return None;
        }
        if self.silent.contains(&unit) {
            return None;
        }
        let word = |at: usize| u16::from_be_bytes([frame[at], frame[at + 1]]);
        let (address, value) = (usize::from(word(2)), word(4));
        let bits = |all: &[bool]| -> Vec<u8> {
            let bit =
                |n: usize| u8::from(all.get(address + n).copied().unwrap_or(false)) << (n % 8);
            let count = usize::from(value);
            let packed: Vec<u8> = (0..count)
                .collect::<Vec<_>>()
                .chunks(8)
                .map(|byte| byte.iter().map(|n| bit(*n)).sum())
                .collect();
            let mut pdu = vec![frame[1], u8::try_from(packed.len()).unwrap_or(u8::MAX)];
            pdu.extend(packed);
            pdu
        };
        let pdu = match (unit, frame[1]) {
            (RELAY_UNIT, 1) => bits(&self.coils),
            (RELAY_UNIT, 2) => bits(&self.inputs),
            (DETECTOR_UNIT, 2) => bits(&self.detector),
            (RELAY_UNIT, 5) if self.loses_command() => return None,
            (RELAY_UNIT, 5) => {
                self.switch(address, value, now);
                frame[1..6].to_vec()
            }
            (RELAY_UNIT | DETECTOR_UNIT, function) => vec![function | 0x80, 1],
            _ => return None,
        };
        let mut answer = self.noise.clone();
        let mut framed = vec![unit];
        framed.extend(pdu);
        framed.extend(CRC.checksum(&framed).to_le_bytes());
        answer.extend(framed);
        Some(answer)
    }

    /// Whether a command does not reach the board.
    fn loses_command(&mut self) -> bool {
        let deaf = self.deaf_to > 0;
        self.deaf_to = self.deaf_to.saturating_sub(1);
        deaf || self.luck.loses()
    }

    /// Coil on or off; with 0200 in its address it goes off by itself after so many tenths of a second.
    fn switch(&mut self, address: usize, value: u16, now: Instant) {
        let (flash, coil) = (address & 0xFF00 == 0x0200, address & 0x07);
        let on = flash || value == 0xFF00;
        if on && !self.coils[coil] {
            self.presses.push(coil);
            if coil == 0 && !self.stuck {
                self.arm = Some(now + RISES);
            }
        }
        self.coils[coil] = on;
        self.off_at[coil] = flash.then(|| now + Duration::from_millis(100) * u32::from(value));
    }

    fn pass_time(&mut self, now: Instant) {
        for (coil, off_at) in self.off_at.iter_mut().enumerate() {
            if off_at.is_some_and(|off_at| now >= off_at) {
                *off_at = None;
                self.coils[coil] = false;
            }
        }
        let Some(up_at) = self.arm else { return };
        self.inputs[ARM_UP] |= now >= up_at;
        if self.cars_drive {
            // One after the other, each as long before the loop as on it.
            let steps = now.saturating_duration_since(up_at).as_millis() / ON_LOOP.as_millis();
            let all_through = steps >= 2 * (1 + u128::from(self.followers));
            self.inputs[LOOP] = !all_through && steps % 2 == 1;
            if all_through {
                self.inputs[ARM_UP] = false;
                self.arm = None;
                self.followers = 0;
            }
        } else if self.inputs[ARM_UP] {
            self.arm = None;
        }
    }
}

/// The texts of a display's frame with several lines.
fn lines(data: &[u8]) -> Vec<String> {
    let mut lines = Vec::new();
    let mut rest = data.get(3..).unwrap_or_default();
    for _ in 0..data.get(2).copied().unwrap_or_default() {
        let Some(length) = rest.get(11) else { break };
        let end = 12 + usize::from(*length);
        let Some(text) = rest.get(12..end) else { break };
        lines.push(GBK.decode(text).0.into_owned());
        rest = rest.get(end + 1..).unwrap_or_default();
    }
    lines
}
