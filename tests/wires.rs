//! Modbus on a real pty and a real TCP connection: adapters that hear themselves, boards that are slow,
//! gateways that number their answers wrongly, commands whose time is over.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use lotgate::config::{Bus, ModbusTcp, ModbusUnit, Parity, PointTable, Serial};
use lotgate::devices::modbus::pdu::{UnitAnswer, UnitFault, UnitRequest, Wait};
use lotgate::devices::modbus::tcp::ModbusConnection;
use lotgate::devices::modbus::{ModbusBus, Unit, rtu};
use lotgate::devices::serial::SerialBus;
use lotgate::sim::pty::Pty;
use lotgate::teller::Teller;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const TIMEOUT: Duration = Duration::from_millis(200);
const OPEN: UnitRequest = UnitRequest::WriteCoil { address: 0, on: true };
const READ: UnitRequest = UnitRequest::Read { table: PointTable::Coil, address: 0, count: 1 };

/// A unit behind an adapter. Reads are answered `01 01 01 00`.
#[derive(Clone, Copy)]
struct Board {
    /// The adapter hears itself.
    echoes: bool,
    /// The unit answers.
    answers: bool,
    /// How much later it does.
    late: Duration,
}

/// The bus that a board hangs on, and how many writes the board has seen.
fn plug(board: Board) -> (SerialBus, Arc<AtomicUsize>) {
    let (mut line, name) = Pty::open().unwrap();
    let writes = Arc::<AtomicUsize>::default();
    let seen = Arc::clone(&writes);
    tokio::spawn(async move {
        loop {
            let mut request = Vec::new();
            while request.len() < 8 {
                if line.read(&mut request).await.is_err() {
                    // Nobody has it open yet.
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
            }
            if board.echoes {
                line.write(&request).await.unwrap();
            }
            let writes = request[1] == 5;
            seen.fetch_add(usize::from(writes), Ordering::Relaxed);
            if board.answers {
                tokio::time::sleep(board.late).await;
                let mut answer = if writes { request[..6].to_vec() } else { vec![1, 1, 1, 0] };
                answer.extend(rtu::CRC.checksum(&answer).to_le_bytes());
                line.write(&answer).await.unwrap();
            }
        }
    });
    let config = Serial {
        name: "485".to_owned(),
        port: name.into(),
        baud: 115_200,
        parity: Parity::None,
        stop_bits: 1,
        gap: Duration::from_millis(5),
    };
    (SerialBus::new(&config, Teller::default()), writes)
}

#[tokio::test]
async fn an_echo_of_our_own_bytes_is_no_answer() {
    for echoes in [false, true] {
        let late = Duration::ZERO;
        let (dead, writes) = plug(Board { echoes, answers: false, late });
        assert_eq!(rtu::ask(&dead, 1, &OPEN, TIMEOUT).await, Err(UnitFault::Silent), "{echoes}");
        assert_eq!((dead.echoes().await, writes.load(Ordering::Relaxed)), (Some(echoes), 1));
        let (well, writes) = plug(Board { echoes, answers: true, late });
        for _ in 0..3 {
            let answer = rtu::ask(&well, 1, &OPEN, TIMEOUT).await;
            assert_eq!(answer, Ok(UnitAnswer::Written), "{echoes}");
            assert!(rtu::ask(&well, 1, &READ, TIMEOUT).await.is_ok());
        }
        assert_eq!((well.echoes().await, writes.load(Ordering::Relaxed)), (Some(echoes), 3));
    }
}

#[tokio::test]
async fn a_command_whose_time_is_over_is_not_sent() {
    let (bus, writes) = plug(Board { echoes: false, answers: true, late: Duration::ZERO });
    assert!(rtu::ask(&bus, 1, &READ, TIMEOUT).await.is_ok());
    let until = Instant::now().checked_sub(Duration::from_millis(1));
    let late = rtu::ask(&bus, 1, &OPEN, Wait { answer: TIMEOUT, until }).await;
    assert_eq!((late, writes.load(Ordering::Relaxed)), (Err(UnitFault::TooLate), 0));
}

#[tokio::test]
async fn a_slow_board_that_obeyed_has_obeyed() {
    let late = Duration::from_millis(700);
    let (bus, writes) = plug(Board { echoes: false, answers: true, late });
    let config = ModbusUnit {
        bus: Bus::Serial("485".to_owned()),
        unit: 1,
        timeout: TIMEOUT,
        poll_every: Duration::from_secs(1),
    };
    let mut unit = Unit::new(ModbusBus::Serial(Arc::new(bus)), &config);
    assert_eq!(unit.call(&READ).await, Err(UnitFault::Silent));
    assert_eq!(unit.command(&OPEN, None).await, Ok(UnitAnswer::Written));
    assert_eq!(writes.load(Ordering::Relaxed), 1);
}

/// A gateway that numbers its answers so; one that only sends back what it gets answers no read.
async fn gateway(number: fn(u16) -> u16, sends_back: bool) -> ModbusConnection {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = [0; 12];
            while stream.read_exact(&mut request).await.is_ok() {
                let asked = u16::from_be_bytes([request[0], request[1]]);
                let mut answer = if sends_back || request[7] == 5 {
                    request.to_vec()
                } else {
                    vec![0, 0, 0, 0, 0, 4, 1, 1, 1, 0]
                };
                answer[..2].copy_from_slice(&number(asked).to_be_bytes());
                stream.write_all(&answer).await.unwrap();
            }
        }
    });
    let config = ModbusTcp { name: "tcp".to_owned(), host: "127.0.0.1".to_owned(), port };
    ModbusConnection::new(&config, Teller::default())
}

#[tokio::test]
async fn a_gateway_that_numbers_its_answers_wrongly_is_named_for_what_it_is() {
    let right = gateway(|asked| asked, false).await;
    assert_eq!(right.call(1, &OPEN, TIMEOUT).await, Ok(UnitAnswer::Written));
    let wrong = gateway(|_| 0x4711, false).await;
    for request in [OPEN, READ] {
        let answer = wrong.call(1, &request, TIMEOUT).await;
        assert!(
            matches!(answer, Err(UnitFault::Misnumbered { answered: 0x4711, .. })),
            "{answer:?}"
        );
    }
}

#[tokio::test]
async fn whoever_only_sends_back_what_it_gets_has_not_obeyed() {
    let echo = gateway(|asked| asked, true).await;
    for _ in 0..2 {
        assert_eq!(echo.call(1, &OPEN, TIMEOUT).await, Err(UnitFault::Silent));
    }
}
