//! A Modbus TCP connection, made when it is needed and made again when it breaks. Requests take turns:
//! many slaves and every gateway to a serial bus answer one at a time anyway.

use super::pdu::{UnitAnswer, UnitFault, UnitRequest, Wait};
use crate::addresses::{self, Reached};
use crate::config::ModbusTcp;
use crate::model::happening::Happening;
use crate::teller::Teller;
use std::collections::VecDeque;
use std::io;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Mutex;
use tokio::time::Instant;

/// A connection is not tried more often than this.
const AGAIN_AFTER: Duration = Duration::from_secs(1);
const CONNECT_WITHIN: Duration = Duration::from_secs(2);
/// After so many requests without any answer at all the connection itself is given up: the other side
/// may have restarted without our hearing of it.
const UNANSWERED: u32 = 3;
/// Requests without an answer whose numbers are remembered: an answer to one of them is only late.
const LATE: usize = 16;
/// The header: transaction, protocol (0), length, unit.
const HEADER: usize = 7;
/// The longest frame there is.
const MAX_FRAME: usize = 260;

/// A connection.
pub struct ModbusConnection {
    config: ModbusTcp,
    line: Mutex<Line>,
    teller: Teller,
}

struct Line {
    stream: Option<TcpStream>,
    received: Vec<u8>,
    transaction: u16,
    /// Those that were given up.
    given_up: VecDeque<u16>,
    /// Whether the other side sends our requests back, once a read has shown it.
    echoes: Option<bool>,
    unanswered: u32,
    tried: Option<Instant>,
    /// What was told last.
    up: Option<bool>,
}

impl ModbusConnection {
    /// A connection, not made yet.
    pub fn new(config: &ModbusTcp, teller: Teller) -> Self {
        let line = Line {
            stream: None,
            received: Vec::new(),
            transaction: 0,
            given_up: VecDeque::new(),
            echoes: None,
            unanswered: 0,
            tried: None,
            up: None,
        };
        Self { config: config.clone(), line: Mutex::new(line), teller }
    }

    /// Asks a unit.
    pub async fn call(
        &self,
        unit: u8,
        request: &UnitRequest,
        wait: impl Into<Wait>,
    ) -> Result<UnitAnswer, UnitFault> {
        let (mut line, wait) = (self.line.lock().await, wait.into());
        if !request.is_read() && line.echoes.is_none() {
            // Writes are answered by what they began with: what only sends back would obey everything.
            let probe = self.ask(&mut line, unit, &UnitRequest::PROBE, wait).await;
            if let Err(UnitFault::Unreachable(error)) = &probe {
                line.close();
                self.tell(&mut line, false, error);
                return probe;
            }
            if probe.is_err() {
                line.give_up();
            }
        }
        self.exchange(&mut line, unit, request, wait).await
    }

    async fn exchange(
        &self,
        line: &mut Line,
        unit: u8,
        request: &UnitRequest,
        wait: Wait,
    ) -> Result<UnitAnswer, UnitFault> {
        let result = self.ask(line, unit, request, wait).await;
        match &result {
            Ok(_) | Err(UnitFault::Exception(_)) => line.unanswered = 0,
            Err(UnitFault::TooLate) => {}
            Err(UnitFault::Silent | UnitFault::Misnumbered { .. }) => {
                line.give_up();
                line.unanswered += 1;
                if line.unanswered >= UNANSWERED {
                    line.close();
                }
            }
            Err(UnitFault::Unreachable(error)) => {
                line.close();
                self.tell(line, false, error);
            }
        }
        result
    }

    async fn ask(
        &self,
        line: &mut Line,
        unit: u8,
        request: &UnitRequest,
        wait: Wait,
    ) -> Result<UnitAnswer, UnitFault> {
        if line.stream.is_none() {
            self.connect(line).await?;
        }
        if wait.is_over() {
            return Err(UnitFault::TooLate);
        }
        line.transaction = line.transaction.wrapping_add(1);
        let transaction = line.transaction;
        let frame = frame(transaction, unit, request);
        let Line { stream: Some(stream), received, given_up, echoes, .. } = line else {
            return Err(UnitFault::Silent);
        };
        let sent = request.encode();
        let (mut misnumbered, mut echoed) = (None, false);
        let hears_itself = *echoes == Some(true);
        let mut sent_whole = false;
        let asking = async {
            stream.write_all(&frame).await?;
            sent_whole = true;
            loop {
                while let Some((answered, answering, pdu)) = next_frame(received)? {
                    if answered == transaction && pdu == sent && !echoed {
                        echoed = true;
                        if request.is_read() || hears_itself {
                            continue;
                        }
                    }
                    // An answer to a request that was given up, or of another unit: not ours.
                    let Some(answer) = request.decode(&pdu).filter(|_| answering == unit) else {
                        continue;
                    };
                    if answered == transaction {
                        return Ok(answer);
                    }
                    if !given_up.contains(&answered) {
                        misnumbered = Some(answered);
                    }
                }
                if stream.read_buf(received).await? == 0 {
                    return Err(io::Error::from(io::ErrorKind::UnexpectedEof));
                }
            }
        };
        let result = tokio::time::timeout(wait.answer, asking).await;
        if request.is_read() && *echoes != Some(true) {
            *echoes = Some(echoed);
        }
        match (result, misnumbered) {
            (Ok(Ok(answer)), _) => answer.map_err(UnitFault::from),
            // It may have obeyed before it hung up.
            (Ok(Err(error)), _) if sent_whole && !request.is_read() => {
                line.close();
                self.tell(line, false, &error.to_string());
                Err(UnitFault::Silent)
            }
            (Ok(Err(error)), _) => Err(UnitFault::Unreachable(error.to_string())),
            (Err(_), Some(answered)) => {
                Err(UnitFault::Misnumbered { asked: transaction, answered })
            }
            (Err(_), None) => Err(UnitFault::Silent),
        }
    }

    async fn connect(&self, line: &mut Line) -> Result<(), UnitFault> {
        if line.tried.is_some_and(|tried| tried.elapsed() < AGAIN_AFTER) {
            return Err(UnitFault::Unreachable("not connected".to_owned()));
        }
        line.tried = Some(Instant::now());
        let connecting = addresses::connect(&self.config.host, self.config.port);
        let stream = match tokio::time::timeout(CONNECT_WITHIN, connecting).await {
            Ok(Ok(Reached { stream, at, of })) => {
                if of > 1 {
                    let host = self.config.host.clone();
                    self.teller.tell(Happening::ReachedAt { host, at: at.to_string(), of });
                }
                stream
            }
            Ok(Err(error)) => return Err(UnitFault::Unreachable(error.to_string())),
            Err(_) => return Err(UnitFault::Unreachable("no connection within 2 s".to_owned())),
        };
        // Small requests that each wait for their answer.
        let _ = stream.set_nodelay(true);
        line.stream = Some(stream);
        line.unanswered = 0;
        self.tell(line, true, "");
        Ok(())
    }

    fn tell(&self, line: &mut Line, up: bool, error: &str) {
        if line.up != Some(up) {
            line.up = Some(up);
            let (bus, error) = (self.config.name.clone(), error.to_owned());
            self.teller.tell(if up {
                Happening::BusUp { bus }
            } else {
                Happening::BusDown { bus, error }
            });
        }
    }
}

impl Line {
    fn give_up(&mut self) {
        self.given_up.push_back(self.transaction);
        if self.given_up.len() > LATE {
            self.given_up.pop_front();
        }
    }

    fn close(&mut self) {
        self.given_up.clear();
        self.echoes = None;
        self.stream = None;
        self.received.clear();
    }
}

fn frame(transaction: u16, unit: u8, request: &UnitRequest) -> Vec<u8> {
    let pdu = request.encode();
    let length = u16::try_from(pdu.len() + 1).unwrap_or(u16::MAX);
    let mut frame = Vec::with_capacity(HEADER + pdu.len());
    frame.extend(transaction.to_be_bytes());
    frame.extend([0, 0]);
    frame.extend(length.to_be_bytes());
    frame.push(unit);
    frame.extend(pdu);
    frame
}

/// Takes the next whole frame: transaction, unit, function code and data. An error when these bytes are
/// no Modbus TCP; there is no way to find the next frame then.
pub fn next_frame(received: &mut Vec<u8>) -> io::Result<Option<(u16, u8, Vec<u8>)>> {
    let [t1, t2, p1, p2, l1, l2, unit, ..] = *received.as_slice() else { return Ok(None) };
    let length = usize::from(u16::from_be_bytes([l1, l2]));
    let whole = HEADER - 1 + length;
    if (p1, p2) != (0, 0) || length < 2 || whole > MAX_FRAME {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "not Modbus TCP"));
    }
    if received.len() < whole {
        return Ok(None);
    }
    let pdu = received.get(HEADER..whole).unwrap_or_default().to_vec();
    received.drain(..whole);
    Ok(Some((u16::from_be_bytes([t1, t2]), unit, pdu)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::PointTable;
    use proptest::prelude::*;

    #[test]
    fn frames_are_taken_one_by_one_however_they_arrive() {
        let request = UnitRequest::Read { table: PointTable::Holding, address: 1, count: 2 };
        let whole = frame(7, 3, &request);
        assert_eq!(whole, [0, 7, 0, 0, 0, 6, 3, 3, 0, 1, 0, 2]);
        let mut received = whole[..5].to_vec();
        assert_eq!(next_frame(&mut received).unwrap(), None);
        received.extend(&whole[5..]);
        received.extend(&whole[..3]);
        assert_eq!(next_frame(&mut received).unwrap(), Some((7, 3, vec![3, 0, 1, 0, 2])));
        assert_eq!(received, &whole[..3]);
    }

    proptest! {
        #[test]
        fn any_bytes_end_in_frames_more_to_come_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            let mut received = bytes;
            while let Ok(Some((_, _, pdu))) = next_frame(&mut received) {
                prop_assert!(!pdu.is_empty());
            }
        }
    }
}
