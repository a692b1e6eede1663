//! The broker that lots have, where it is installed.

#![allow(dead_code, reason = "each test file uses its own part")]

use lotgate::sim::{broker::wait_for, free_address};
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

fn program() -> Option<&'static str> {
    let program = ["/usr/sbin/mosquitto", "/usr/bin/mosquitto", "/usr/local/sbin/mosquitto"];
    program.into_iter().find(|program| Path::new(program).exists())
}

/// Whether it is of the version that lets a whole further window out for each acknowledgement.
pub fn overruns_its_window() -> bool {
    let Some(program) = program() else { return false };
    let said = Command::new(program).arg("-h").output().unwrap().stdout;
    String::from_utf8_lossy(&said).starts_with("mosquitto version 2.0.11")
}

/// A mosquitto with its files in a folder; it dies with its handle.
pub struct Mosquitto {
    pub folder: TempDir,
    pub listen: SocketAddr,
    child: Child,
}

impl Mosquitto {
    /// None where it is not installed.
    pub fn start(more: &str) -> Option<Self> {
        let listen = free_address().unwrap();
        let own = format!("listener {} 127.0.0.1\nallow_anonymous true\n{more}", listen.port());
        Self::start_with(&own, listen)
    }

    /// One whose listeners and rights are the caller's; `listen` is where it is waited for.
    pub fn start_with(own: &str, listen: SocketAddr) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let shared =
            format!("persistence_location {}/\nuser root\n{own}\n", folder.path().display());
        std::fs::write(folder.path().join("broker.conf"), shared).unwrap();
        let child = Self::spawn(folder.path(), listen)?;
        Some(Self { folder, listen, child })
    }

    fn spawn(folder: &Path, listen: SocketAddr) -> Option<Child> {
        let Some(program) = program() else {
            eprintln!("no mosquitto here: not tried");
            assert!(std::env::var_os("LOTGATE_TRY_ALL").is_none(), "all must be tried");
            return None;
        };
        let child = Command::new(program)
            .arg("-c")
            .arg(folder.join("broker.conf"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        wait_for(listen).unwrap();
        Some(child)
    }

    pub fn process(&self) -> u32 {
        self.child.id()
    }

    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Stopped in order.
    pub fn end(&mut self) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        self.child.wait().unwrap();
    }

    pub fn start_again(&mut self) {
        self.child = Self::spawn(self.folder.path(), self.listen).unwrap();
    }
}

impl Drop for Mosquitto {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The same broker as one that knows no MQTT 5: whoever begins with it is refused as 3.1.1 has it.
pub fn older(broker: SocketAddr) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for client in listener.incoming().flatten() {
            std::thread::spawn(move || as_older(client, broker));
        }
    });
    address
}

fn as_older(mut client: TcpStream, broker: SocketAddr) -> Option<()> {
    // A hello begins with its kind, a length of one byte, its protocol's name and its version.
    let mut hello = [0; 9];
    client.read_exact(&mut hello).ok()?;
    if hello[8] > 4 {
        return client.write_all(b"\x20\x02\x00\x01").ok();
    }
    let mut server = TcpStream::connect(broker).ok()?;
    server.write_all(&hello).ok()?;
    let (mut from_client, mut to_server) = (client.try_clone().ok()?, server.try_clone().ok()?);
    std::thread::spawn(move || {
        let _ = std::io::copy(&mut from_client, &mut to_server);
        let _ = to_server.shutdown(std::net::Shutdown::Both);
    });
    let _ = std::io::copy(&mut server, &mut client);
    let _ = client.shutdown(std::net::Shutdown::Both);
    Some(())
}
