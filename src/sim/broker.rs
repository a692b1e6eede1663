//! A real MQTT broker inside this process. It lives as long as the process does; to restart one, run it
//! as a process of its own (`lotgate sim broker`).

use rumqttd::{Broker, Config, ConnectionSettings, RouterConfig, ServerSettings};
use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Cameras send images of several MB.
const MAX_PAYLOAD: usize = 64 * 1024 * 1024;

/// Serves at `listen` for ever, in the calling thread.
pub fn serve(listen: SocketAddr) -> io::Result<()> {
    let connections = ConnectionSettings {
        connection_timeout_ms: 5000,
        max_payload_size: MAX_PAYLOAD,
        max_inflight_count: 200,
        auth: None,
        external_auth: None,
        dynamic_filters: true,
    };
    let server = ServerSettings {
        name: "mqtt".to_owned(),
        listen,
        tls: None,
        next_connection_delay_ms: 1,
        connections,
    };
    let router = RouterConfig {
        max_connections: 100,
        max_outgoing_packet_count: 200,
        max_segment_size: 100 * 1024 * 1024,
        max_segment_count: 4,
        ..RouterConfig::default()
    };
    let v4 = Some(HashMap::from([("1".to_owned(), server)]));
    let mut broker = Broker::new(Config { router, v4, ..Config::default() });
    broker.start().map_err(|error| io::Error::other(format!("{error:?}")))
}

/// Starts a broker in a thread of its own and waits until it takes connections.
pub fn start(listen: SocketAddr) -> io::Result<()> {
    let serving = move || {
        if let Err(error) = serve(listen) {
            eprintln!("simulated broker: {error}");
        }
    };
    std::thread::Builder::new().name("broker".to_owned()).spawn(serving)?;
    wait_for(listen)
}

/// A broker in a process of its own, which can be killed and started again; it dies with its handle.
pub struct BrokerProcess(Child);

impl BrokerProcess {
    /// Starts `lotgate`, the program at `program`, as a broker and waits until it takes connections.
    pub fn start(program: &str, listen: SocketAddr) -> io::Result<Self> {
        let child = Command::new(program)
            .args(["sim", "broker", "--listen", &listen.to_string()])
            .stdin(Stdio::null())
            .spawn()?;
        let process = Self(child);
        wait_for(listen)?;
        Ok(process)
    }
}

impl Drop for BrokerProcess {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Waits until something takes connections at `address`.
pub fn wait_for(address: SocketAddr) -> io::Result<()> {
    let begun = Instant::now();
    loop {
        match std::net::TcpStream::connect_timeout(&address, Duration::from_millis(200)) {
            Ok(_) => return Ok(()),
            Err(error) if begun.elapsed() > Duration::from_secs(10) => return Err(error),
            Err(_) => std::thread::sleep(Duration::from_millis(20)),
        }
    }
}
