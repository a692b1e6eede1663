//! A simulated mechanical garage: a PLC behind a real Modbus TCP server, which keeps the handshake of
//! `[garage.mission]` and takes its time.

use std::collections::BTreeMap;
use std::future::{Ready, ready};
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_modbus::server::Service;
use tokio_modbus::server::tcp::{Server, accept_tcp_connection};
use tokio_modbus::{ExceptionCode, Request, Response};

/// Its holding registers, from 0.
#[allow(missing_docs, reason = "named as in the configuration")]
pub mod register {
    pub const STATE: u16 = 0;
    pub const AVAILABLE_SMALL: u16 = 1;
    pub const ALARMS: u16 = 9;
    pub const SPACE: u16 = 100;
    pub const PASSAGE: u16 = 101;
    pub const JOB: u16 = 102;
    pub const COMMAND: u16 = 103;
    pub const ACKNOWLEDGED: u16 = 104;
    pub const BUSY: u16 = 105;
    pub const REFUSED: u16 = 106;
    pub const REMAINING: u16 = 107;
}
use register::{
    ACKNOWLEDGED, ALARMS, AVAILABLE_SMALL, BUSY, COMMAND, JOB, REFUSED, REMAINING, SPACE, STATE,
};

/// The command that stores.
const STORE: u16 = 1;
/// What is refused: 1 a space that is taken, 2 one that is empty.
const TAKEN: u16 = 1;
const EMPTY: u16 = 2;
/// The program runs this often.
const CYCLE: Duration = Duration::from_millis(20);

/// One car put in or taken out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Move {
    /// Our number of the job.
    pub job: u16,
    /// Whether stored.
    pub store: bool,
    /// The space's number.
    pub space: u16,
}

/// A garage with its PLC.
pub struct SimulatedGarage {
    address: SocketAddr,
    plc: Arc<Mutex<Plc>>,
    program: JoinHandle<()>,
    server: Mutex<Option<JoinHandle<()>>>,
}

struct Plc {
    holding: BTreeMap<u16, u16>,
    /// Which spaces hold a car, the first is number 1.
    occupied: Vec<bool>,
    moving: Option<(Move, Instant)>,
    moves: Vec<Move>,
    takes: Duration,
    deaf: bool,
    /// What it counts instead of its free spaces.
    miscounts: Option<u16>,
}

impl SimulatedGarage {
    /// A garage of so many empty spaces; each move takes `takes`.
    pub async fn start(address: SocketAddr, spaces: usize, takes: Duration) -> io::Result<Self> {
        let plc = Plc {
            holding: BTreeMap::new(),
            occupied: vec![false; spaces],
            moving: None,
            moves: Vec::new(),
            takes,
            deaf: false,
            miscounts: None,
        };
        let plc = Arc::new(Mutex::new(plc));
        let program = tokio::spawn(run(Arc::clone(&plc)));
        let garage = Self { address, plc, program, server: Mutex::default() };
        garage.connect().await?;
        Ok(garage)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The link is there (again).
    pub async fn connect(&self) -> io::Result<()> {
        let server = Server::new(TcpListener::bind(self.address).await?);
        let plc = Arc::clone(&self.plc);
        let serving = tokio::spawn(async move {
            let connected = |stream, address| {
                let plc = Arc::clone(&plc);
                async move {
                    accept_tcp_connection(stream, address, |_| Ok(Some(Slave(Arc::clone(&plc)))))
                }
            };
            // It ends when it is cut.
            let _ = server.serve(&connected, |_| {}).await;
        });
        *self.server.lock().unwrap_or_else(PoisonError::into_inner) = Some(serving);
        Ok(())
    }

    /// The link is cut, its connections with it.
    pub fn cut(&self) {
        if let Some(server) = self.server.lock().unwrap_or_else(PoisonError::into_inner).take() {
            server.abort();
        }
    }

    /// The PLC restarts: its registers are zeros, what moved stands still; cars stay where they are.
    pub fn restart(&self) {
        let mut plc = self.plc();
        plc.holding.clear();
        plc.moving = None;
    }

    /// From now on it takes no commands (or does again).
    pub fn deafen(&self, deaf: bool) {
        self.plc().deaf = deaf;
    }

    /// From now on it counts so many free spaces whatever is free; with none it counts them again.
    pub fn miscount(&self, count: Option<u16>) {
        self.plc().miscounts = count;
    }

    /// Sets a holding register.
    pub fn set(&self, register: u16, value: u16) {
        self.plc().holding.insert(register, value);
    }

    /// Reads a holding register.
    pub fn get(&self, register: u16) -> u16 {
        self.plc().get(register)
    }

    /// What was moved so far, in order.
    pub fn moves(&self) -> Vec<Move> {
        self.plc().moves.clone()
    }

    /// How many cars are in it.
    pub fn cars(&self) -> usize {
        self.plc().occupied.iter().filter(|occupied| **occupied).count()
    }

    fn plc(&self) -> MutexGuard<'_, Plc> {
        self.plc.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for SimulatedGarage {
    fn drop(&mut self) {
        self.program.abort();
        self.cut();
    }
}

async fn run(plc: Arc<Mutex<Plc>>) {
    let mut cycles = tokio::time::interval(CYCLE);
    loop {
        cycles.tick().await;
        plc.lock().unwrap_or_else(PoisonError::into_inner).cycle(Instant::now());
    }
}

impl Plc {
    fn get(&self, register: u16) -> u16 {
        self.holding.get(&register).copied().unwrap_or_default()
    }

    fn cycle(&mut self, now: Instant) {
        if let Some((_, ends)) = &self.moving
            && now >= *ends
            && let Some((done, _)) = self.moving.take()
            && let Some(place) = self.occupied.get_mut(usize::from(done.space).saturating_sub(1))
        {
            *place = done.store;
        }
        let command = self.get(COMMAND);
        if command == 0 {
            self.holding.insert(ACKNOWLEDGED, 0);
            self.holding.insert(REFUSED, 0);
        } else if self.get(ACKNOWLEDGED) == 0 && self.moving.is_none() && !self.deaf {
            self.take(command, now);
        }
        let left = self.moving.as_ref().map_or(0, |(_, ends)| {
            let left = ends.saturating_duration_since(now).as_millis().div_ceil(1000);
            u16::try_from(left).unwrap_or(u16::MAX)
        });
        self.holding.insert(REMAINING, left);
        self.holding.insert(BUSY, u16::from(self.moving.is_some()));
        self.holding.entry(STATE).or_insert(1);
        self.holding.entry(ALARMS).or_insert(0);
        let free = self.occupied.iter().filter(|occupied| !**occupied).count();
        let counted = self.miscounts.or_else(|| u16::try_from(free).ok());
        self.holding.insert(AVAILABLE_SMALL, counted.unwrap_or(u16::MAX));
    }

    fn take(&mut self, command: u16, now: Instant) {
        let store = command == STORE;
        let space = self.get(SPACE);
        let occupied = self.occupied.get(usize::from(space).wrapping_sub(1)).copied();
        let refused = match (store, occupied) {
            (true, Some(false)) | (false, Some(true)) => 0,
            (true, _) => TAKEN,
            (false, _) => EMPTY,
        };
        if refused != 0 {
            self.holding.insert(REFUSED, refused);
            return;
        }
        let job = self.get(JOB);
        self.holding.insert(ACKNOWLEDGED, if job == 0 { command } else { job });
        let begun = Move { job, store, space };
        self.moves.push(begun.clone());
        self.moving = Some((begun, now + self.takes));
    }
}

/// One connection's view of the PLC.
struct Slave(Arc<Mutex<Plc>>);

impl Service for Slave {
    type Request = Request<'static>;
    type Response = Response;
    type Exception = ExceptionCode;
    type Future = Ready<Result<Response, ExceptionCode>>;

    fn call(&self, request: Self::Request) -> Self::Future {
        let mut plc = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let span = |address: u16, count: u16| address..address.saturating_add(count);
        ready(match request {
            Request::ReadHoldingRegisters(address, count) => Ok(Response::ReadHoldingRegisters(
                span(address, count).map(|at| plc.get(at)).collect(),
            )),
            Request::ReadDiscreteInputs(address, count) => {
                let bit = |at: u16| plc.occupied.get(usize::from(at)).copied();
                match span(address, count).map(bit).collect() {
                    Some(bits) => Ok(Response::ReadDiscreteInputs(bits)),
                    None => Err(ExceptionCode::IllegalDataAddress),
                }
            }
            Request::WriteSingleRegister(address, word) => {
                plc.holding.insert(address, word);
                Ok(Response::WriteSingleRegister(address, word))
            }
            Request::WriteMultipleRegisters(address, words) => {
                let count = u16::try_from(words.len()).unwrap_or(u16::MAX);
                plc.holding.extend(span(address, count).zip(words.iter().copied()));
                Ok(Response::WriteMultipleRegisters(address, count))
            }
            _ => Err(ExceptionCode::IllegalFunction),
        })
    }
}
