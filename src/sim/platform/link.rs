//! The platform's side of the long connection: login, heartbeats within 9 s, commands and replies.

use super::state::{Order, Shared};
use crate::standard::envelope::{RawBody, Reply, decode_request};
use crate::standard::frame::{Frame, FrameDecoder, FrameDirection};
use jiff::tz::TimeZone;
use rustls::ServerConfig;
use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt, ReadHalf, WriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;
use tokio_rustls::{TlsAcceptor, server::TlsStream};
use tokio_util::sync::CancellationToken;

/// A gateway without a heartbeat for this long is disconnected (6.1.3).
const HEARTBEAT_WITHIN: Duration = Duration::from_secs(9);

pub(super) async fn serve(
    listener: TcpListener,
    tls: Arc<ServerConfig>,
    shared: Arc<Shared>,
    stop: CancellationToken,
) {
    let acceptor = TlsAcceptor::from(tls);
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        let Ok((stream, _)) = accepted else { continue };
        let (acceptor, shared, stop) = (acceptor.clone(), Arc::clone(&shared), stop.clone());
        tokio::spawn(async move {
            let (commands, orders) = mpsc::channel::<Order>(64);
            let served = async {
                let Ok(stream) = acceptor.accept(stream).await else { return };
                Gateway::new(stream, &shared).serve(&commands, orders).await;
            };
            tokio::select! {
                () = stop.cancelled() => {}
                () = served => {}
            }
            // Who logged in last is told; another may have done so meanwhile.
            let mut state = shared.lock();
            if state.commands.as_ref().is_some_and(|last| last.same_channel(&commands)) {
                state.commands = None;
                shared.link.send_replace(false);
            }
        });
    }
}

struct Gateway<'s> {
    shared: &'s Shared,
    read: ReadHalf<TlsStream<TcpStream>>,
    write: WriteHalf<TlsStream<TcpStream>>,
    decoder: FrameDecoder,
    logged_in: bool,
    heard: Instant,
    next_packet_no: u32,
    waiting: HashMap<u32, (u16, oneshot::Sender<Vec<u8>>)>,
}

impl<'s> Gateway<'s> {
    fn new(stream: TlsStream<TcpStream>, shared: &'s Shared) -> Self {
        let (read, write) = tokio::io::split(stream);
        Self {
            shared,
            read,
            write,
            decoder: FrameDecoder::default(),
            logged_in: false,
            heard: Instant::now(),
            next_packet_no: 1,
            waiting: HashMap::new(),
        }
    }

    /// Ends when the gateway leaves or must go.
    async fn serve(mut self, commands: &mpsc::Sender<Order>, mut orders: mpsc::Receiver<Order>) {
        let mut buffer = vec![0; 16 * 1024];
        loop {
            let silent_at = self.heard + HEARTBEAT_WITHIN;
            let step = tokio::select! {
                () = tokio::time::sleep_until(silent_at) => {
                    self.shared.violation("no heartbeat within 9 s".to_owned());
                    return;
                }
                Some(order) = orders.recv() => self.order(order).await,
                received = self.read.read(&mut buffer) => match received {
                    Ok(length) if length > 0 => {
                        self.decoder.push(buffer.get(..length).unwrap_or_default());
                        self.frames(commands).await
                    }
                    _ => return,
                },
            };
            if !matches!(step, Ok(true)) {
                return;
            }
        }
    }

    /// False when the connection has come to its end.
    async fn frames(&mut self, commands: &mpsc::Sender<Order>) -> io::Result<bool> {
        while let Some(frame) = self.decoder.next_frame() {
            let go_on = match frame {
                Ok(frame) if frame.direction == FrameDirection::Reply => {
                    self.replied(frame);
                    true
                }
                Ok(frame) => self.requested(&frame, commands).await?,
                Err(error) => {
                    self.shared.violation(format!("frame: {error}"));
                    false
                }
            };
            if !go_on {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn replied(&mut self, frame: Frame) {
        match self.waiting.remove(&frame.packet_no) {
            Some((code, reply)) if code == frame.command => {
                // Whoever asked may have given up.
                let _ = reply.send(frame.data);
            }
            _ => self
                .shared
                .violation(format!("reply {} {} to no command", frame.command, frame.packet_no)),
        }
    }

    async fn requested(
        &mut self,
        frame: &Frame,
        commands: &mpsc::Sender<Order>,
    ) -> io::Result<bool> {
        let request = decode_request(RawBody::bare(&frame.data), self.shared.sign, &TimeZone::UTC);
        if let Err(error) = &request {
            self.shared.violation(format!("{}: {error}", frame.command));
        }
        if frame.version != (1, 0) || frame.packet_no == 0 {
            self.shared.violation(format!("{}: version or packet number", frame.command));
        }
        let reply = match (frame.command, request) {
            (_, Err(error)) => Reply::failed(&error.to_string()),
            (1004, Ok(request)) => {
                let element = request.data.first().cloned().unwrap_or_default();
                let known =
                    self.shared.knows(element["userId"].as_str(), element["password"].as_str());
                if known {
                    self.logged_in = true;
                    self.shared.lock().commands = Some(commands.clone());
                    Reply::ok(vec![])
                } else {
                    Reply::failed("用户名或密码错误")
                }
            }
            (1005 | 1006, Ok(_)) if self.logged_in => Reply::ok(vec![]),
            _ => Reply::failed("未登录"),
        };
        if frame.command == 1006 || frame.command == 1004 {
            self.heard = Instant::now();
        }
        let data = self.shared.answer(frame.command, &reply).body;
        let answer = Frame { direction: FrameDirection::Reply, data, ..frame.clone() };
        self.send(&answer).await?;
        if self.logged_in && frame.command == 1004 {
            let closes = {
                let mut state = self.shared.lock();
                state.link_logins += 1;
                state.closes_links
            };
            if closes {
                return Ok(false);
            }
            self.shared.link.send_replace(true);
        }
        Ok(frame.command != 1005)
    }

    async fn order(&mut self, order: Order) -> io::Result<bool> {
        let Order { code, body, reply } = order;
        let packet_no = self.next_packet_no;
        self.next_packet_no += 1;
        self.waiting.insert(packet_no, (code, reply));
        let direction = FrameDirection::Request;
        self.send(&Frame { version: (1, 0), packet_no, direction, command: code, data: body })
            .await?;
        Ok(true)
    }

    async fn send(&mut self, frame: &Frame) -> io::Result<()> {
        let bytes = frame.encode().map_err(io::Error::other)?;
        self.write.write_all(&bytes).await?;
        self.write.flush().await
    }
}
