//! Between a gateway and its broker: every byte goes on as it came, and it is noted when the gateway acknowledged which
//! camera's read. A connection can be cut. For tests; it knows no more of MQTT than where an acknowledgement stands.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::broadcast;

/// A way to the broker that is listened to.
pub struct Tap {
    /// Where the gateway connects.
    pub listen: SocketAddr,
    shared: Arc<Shared>,
    cuts: broadcast::Sender<()>,
    task: tokio::task::JoinHandle<()>,
}

#[derive(Default)]
struct Shared {
    acknowledged: Mutex<HashMap<String, SystemTime>>,
}

impl Tap {
    /// Listens on a port of its own and connects each caller to `broker`.
    pub async fn start(broker: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind(lotgate::sim::free_address()?).await?;
        let listen = listener.local_addr()?;
        let shared = Arc::new(Shared::default());
        let cuts = broadcast::Sender::new(1);
        let (within, cut) = (Arc::clone(&shared), cuts.clone());
        let task = tokio::spawn(async move {
            while let Ok((caller, _)) = listener.accept().await {
                let mut cut = cut.subscribe();
                let shared = Arc::clone(&within);
                tokio::spawn(async move {
                    tokio::select! {
                        _ = carry(caller, broker, &shared) => {}
                        _ = cut.recv() => {}
                    }
                });
            }
        });
        Ok(Self { listen, shared, cuts, task })
    }

    /// Cuts every connection that there is.
    pub fn cut(&self) {
        // Without a connection there is nothing to cut.
        let _ = self.cuts.send(());
    }

    /// When each read was acknowledged first, by the id that its camera gave it.
    pub fn acknowledged(&self) -> HashMap<String, SystemTime> {
        lock(&self.shared.acknowledged).clone()
    }
}

impl Drop for Tap {
    fn drop(&mut self) {
        self.task.abort();
        self.cut();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn carry(caller: TcpStream, broker: SocketAddr, shared: &Shared) -> io::Result<()> {
    let broker = TcpStream::connect(broker).await?;
    caller.set_nodelay(true)?;
    broker.set_nodelay(true)?;
    let (from_gateway, to_gateway) = caller.into_split();
    let (from_broker, to_broker) = broker.into_split();
    // Reads by the packet identifier of their delivery on this connection.
    let reads = Mutex::new(HashMap::new());
    let out = pass(from_broker, to_gateway, |packet| {
        if let Some((packet_id, read)) = delivery(packet) {
            lock(&reads).insert(packet_id, read);
        }
    });
    let back = pass(from_gateway, to_broker, |packet| {
        let acknowledged = acknowledgement(packet).and_then(|id| lock(&reads).remove(&id));
        if let Some(read) = acknowledged {
            lock(&shared.acknowledged).entry(read).or_insert_with(SystemTime::now);
        }
    });
    tokio::select! {
        ended = out => ended,
        ended = back => ended,
    }
}

/// Carries packets one way, each looked at before it goes on.
async fn pass(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut look: impl FnMut(&[u8]),
) -> io::Result<()> {
    let mut buffer = Vec::new();
    loop {
        let mut looked = 0;
        while let Some(length) = packet_length(&buffer[looked..]) {
            look(&buffer[looked..looked + length]);
            looked += length;
        }
        to.write_all(&buffer[..looked]).await?;
        buffer.drain(..looked);
        if from.read_buf(&mut buffer).await? == 0 {
            return Ok(());
        }
    }
}

/// How many bytes the first packet has; none while it is not whole.
fn packet_length(bytes: &[u8]) -> Option<usize> {
    let (mut length, mut shift) = (0_usize, 0);
    for (index, byte) in bytes.iter().enumerate().skip(1).take(4) {
        length |= usize::from(byte & 0x7f) << shift;
        shift += 7;
        if byte & 0x80 == 0 {
            let whole = index + 1 + length;
            return (bytes.len() >= whole).then_some(whole);
        }
    }
    None
}

/// What stands behind a packet's head.
fn body(packet: &[u8]) -> Option<&[u8]> {
    let head = 1 + packet.iter().skip(1).position(|byte| byte & 0x80 == 0)? + 1;
    packet.get(head..)
}

/// What stands before a read's id in its payload.
const ID: &[u8] = b"\"id\":\"";

/// The packet identifier of a PUBLISH with QoS 1 and the read it carries. MQTT 5 has properties in front of the
/// payload: they are not looked at.
fn delivery(packet: &[u8]) -> Option<(u16, String)> {
    if packet.first()? & 0xf6 != 0x32 {
        return None;
    }
    let body = body(packet)?;
    let topic = usize::from(u16::from_be_bytes([*body.first()?, *body.get(1)?]));
    let behind = body.get(2 + topic..)?;
    let packet_id = u16::from_be_bytes([*behind.first()?, *behind.get(1)?]);
    let at = behind.windows(ID.len()).position(|window| window == ID)? + ID.len();
    let id = behind.get(at..)?.split(|byte| *byte == b'"').next()?;
    Some((packet_id, String::from_utf8_lossy(id).into_owned()))
}

/// The packet identifier of a PUBACK.
fn acknowledgement(packet: &[u8]) -> Option<u16> {
    if packet.first()? >> 4 != 4 {
        return None;
    }
    let body = body(packet)?;
    Some(u16::from_be_bytes([*body.first()?, *body.get(1)?]))
}
