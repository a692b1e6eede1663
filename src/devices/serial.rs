//! A serial port as an RS-485 bus: one owner at a time, in the order they came, with silence between
//! turns. A port that is gone (an unplugged adapter) is opened again when it comes back. What the bytes
//! mean it does not know: whoever speaks brings the frame and finds the answer.

use crate::config::{Parity, Serial};
use crate::model::happening::Happening;
use crate::teller::Teller;
use std::io;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::{Mutex, MutexGuard};
use tokio::time::Instant;
use tokio_serial::{SerialPortBuilderExt, SerialStream};

/// A port that could not be opened is not tried more often than this.
const AGAIN_AFTER: Duration = Duration::from_secs(1);
/// Writing a frame at any baud rate takes less.
const WRITE_WITHIN: Duration = Duration::from_secs(3);
/// What others say into our turn is kept no longer than this many bytes.
const MOST_RECEIVED: usize = 4 * LONGEST_FRAME;
/// No protocol on our buses has longer ones.
const LONGEST_FRAME: usize = 256;

/// A bus.
pub struct SerialBus {
    config: Serial,
    port: Mutex<Port>,
    teller: Teller,
}

struct Port {
    stream: Option<SerialStream>,
    tried: Option<Instant>,
    /// When the last byte went over it.
    last_byte: Instant,
    /// What was told last.
    up: Option<bool>,
    /// Whether we hear ourselves on it, once that is known. One echo is proof; an adapter may be another the
    /// next time it is opened.
    echoes: Option<bool>,
}

/// A frame to be sent and answered.
#[derive(Debug, Clone, Copy)]
pub struct Exchange<'f> {
    /// What is sent.
    pub frame: &'f [u8],
    /// An answer later than this is none.
    pub timeout: Duration,
    /// It must not be sent later than this.
    pub until: Option<std::time::Instant>,
    /// Its answer can never be what was sent, so that it shows whether we hear ourselves.
    pub reads: bool,
}

/// Why an exchange brought no answer.
#[derive(Debug, thiserror::Error)]
pub enum BusFault {
    /// The port is not there.
    #[error(transparent)]
    Port(#[from] io::Error),
    /// No answer in time.
    #[error("no answer")]
    Silent,
    /// Its time was over before it had its turn.
    #[error("too late to be sent")]
    TooLate,
}

/// A turn on the bus: nobody else speaks until it ends.
struct Turn<'b> {
    bus: &'b SerialBus,
    port: MutexGuard<'b, Port>,
}

impl SerialBus {
    /// A bus whose port is not opened yet.
    pub fn new(config: &Serial, teller: Teller) -> Self {
        let last_byte = Instant::now();
        let port = Port { stream: None, tried: None, last_byte, up: None, echoes: None };
        Self { config: config.clone(), port: Mutex::new(port), teller }
    }

    /// Sends a frame and waits for what `find` finds among everything that was received since.
    pub async fn exchange<T>(
        &self,
        exchange: Exchange<'_>,
        mut find: impl FnMut(&[u8]) -> Option<T>,
    ) -> Result<T, BusFault> {
        let Exchange { frame, timeout, until: leaves_by, reads } = exchange;
        let mut turn = self.turn().await?;
        if leaves_by.is_some_and(|by| std::time::Instant::now() > by) {
            return Err(BusFault::TooLate);
        }
        turn.send(frame).await?;
        let until = Instant::now() + timeout;
        // Our own bytes come first where we hear ourselves; they are no answer.
        let mut echo_to_come = !reads && turn.port.echoes == Some(true);
        let mut received = Vec::new();
        loop {
            match tokio::time::timeout_at(until, turn.receive(&mut received)).await {
                Ok(more) => more?,
                Err(_) => {
                    turn.learn(reads, frame, &received);
                    return Err(BusFault::Silent);
                }
            }
            if echo_to_come && let Some(behind) = behind(frame, &received) {
                received.drain(..behind);
                echo_to_come = false;
            }
            if !echo_to_come && let Some(answer) = find(&received) {
                turn.learn(reads, frame, &received);
                return Ok(answer);
            }
            if received.len() > MOST_RECEIVED {
                turn.learn(reads, frame, &received);
                received.drain(..received.len() - LONGEST_FRAME);
            }
        }
    }

    /// Whether we hear ourselves on the bus; none while nothing was read on it.
    pub async fn echoes(&self) -> Option<bool> {
        self.port.lock().await.echoes
    }

    /// Sends a frame of a protocol without answers.
    pub async fn say(&self, frame: &[u8]) -> io::Result<()> {
        self.turn().await?.send(frame).await
    }

    async fn turn(&self) -> io::Result<Turn<'_>> {
        let mut port = self.port.lock().await;
        if port.stream.is_none() {
            self.open(&mut port)?;
        }
        let mut turn = Turn { bus: self, port };
        turn.wait_for_silence().await?;
        Ok(turn)
    }

    fn open(&self, port: &mut Port) -> io::Result<()> {
        if port.tried.is_some_and(|tried| tried.elapsed() < AGAIN_AFTER) {
            return Err(io::Error::new(io::ErrorKind::NotConnected, "port not open"));
        }
        port.tried = Some(Instant::now());
        let parity = match self.config.parity {
            Parity::None => tokio_serial::Parity::None,
            Parity::Even => tokio_serial::Parity::Even,
            Parity::Odd => tokio_serial::Parity::Odd,
        };
        let stop_bits = match self.config.stop_bits {
            2 => tokio_serial::StopBits::Two,
            _ => tokio_serial::StopBits::One,
        };
        let path = self.config.port.to_string_lossy();
        let builder = tokio_serial::new(path, self.config.baud).parity(parity).stop_bits(stop_bits);
        match builder.open_native_async() {
            Ok(stream) => {
                port.stream = Some(stream);
                port.echoes = None;
                self.tell(port, true, "");
                Ok(())
            }
            Err(error) => {
                let error = io::Error::from(error);
                self.tell(port, false, &error.to_string());
                Err(error)
            }
        }
    }

    fn tell(&self, port: &mut Port, up: bool, error: &str) {
        if port.up != Some(up) {
            port.up = Some(up);
            let bus = self.config.name.clone();
            let error = format!("{}: {error}", self.config.port.display());
            self.teller.tell(if up {
                Happening::BusUp { bus }
            } else {
                Happening::BusDown { bus, error }
            });
        }
    }
}

impl Turn<'_> {
    /// Whatever still comes belongs to nobody: an answer that was given up, noise.
    async fn wait_for_silence(&mut self) -> io::Result<()> {
        let mut nobodys = Vec::new();
        // A bus that is never silent must still be spoken on.
        let until = Instant::now() + self.bus.config.gap * 20;
        loop {
            let silent = (self.port.last_byte + self.bus.config.gap).min(until);
            match tokio::time::timeout_at(silent, self.receive(&mut nobodys)).await {
                Err(_) => return Ok(()),
                Ok(Err(error)) => return Err(error),
                Ok(Ok(())) if Instant::now() >= until => return Ok(()),
                Ok(Ok(())) => nobodys.clear(),
            }
        }
    }

    /// What came of a read shows whether we hear ourselves.
    fn learn(&mut self, reads: bool, frame: &[u8], received: &[u8]) {
        if reads && self.port.echoes != Some(true) {
            self.port.echoes = Some(behind(frame, received).is_some());
        }
    }

    async fn send(&mut self, frame: &[u8]) -> io::Result<()> {
        let Some(stream) = &mut self.port.stream else { return Err(gone()) };
        let sending = async {
            stream.write_all(frame).await?;
            stream.flush().await
        };
        let late = Err(io::Error::from(io::ErrorKind::TimedOut));
        let sent = tokio::time::timeout(WRITE_WITHIN, sending).await.unwrap_or(late);
        // The kernel has taken the bytes; on the wire they take their time (10 to 12 bits each).
        let bits = u32::try_from(frame.len() * 11).unwrap_or(u32::MAX);
        let on_the_wire =
            Duration::from_secs_f64(f64::from(bits) / f64::from(self.bus.config.baud));
        self.port.last_byte = Instant::now() + on_the_wire;
        self.unless_gone(sent)
    }

    /// Waits for more bytes.
    async fn receive(&mut self, received: &mut Vec<u8>) -> io::Result<()> {
        let Some(stream) = &mut self.port.stream else { return Err(gone()) };
        let read = match stream.read_buf(received).await {
            Ok(0) => Err(gone()),
            Ok(_) => Ok(()),
            Err(error) => Err(error),
        };
        self.port.last_byte = self.port.last_byte.max(Instant::now());
        self.unless_gone(read)
    }

    fn unless_gone(&mut self, result: io::Result<()>) -> io::Result<()> {
        if let Err(error) = &result {
            self.port.stream = None;
            self.bus.tell(&mut self.port, false, &error.to_string());
        }
        result
    }
}

/// Where a frame within what was received ends.
fn behind(frame: &[u8], received: &[u8]) -> Option<usize> {
    let at = received.windows(frame.len().max(1)).position(|part| part == frame)?;
    Some(at + frame.len())
}

fn gone() -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, "the port is gone")
}
