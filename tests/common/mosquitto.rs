//! The broker that lots have, where it is installed.

#![allow(dead_code, reason = "each test file uses its own part")]

use lotgate::sim::{broker::wait_for, free_address};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

/// A mosquitto with its files in a folder; it dies with its handle.
pub struct Mosquitto {
    pub folder: TempDir,
    pub listen: SocketAddr,
    child: Child,
}

impl Mosquitto {
    /// None where it is not installed.
    pub fn start(more: &str) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let listen = free_address().unwrap();
        let shared = format!(
            "listener {} 127.0.0.1\nallow_anonymous true\npersistence_location {}/\nuser root\n{more}\n",
            listen.port(),
            folder.path().display()
        );
        std::fs::write(folder.path().join("broker.conf"), shared).unwrap();
        let child = Self::spawn(folder.path(), listen)?;
        Some(Self { folder, listen, child })
    }

    fn spawn(folder: &Path, listen: SocketAddr) -> Option<Child> {
        let program = ["/usr/sbin/mosquitto", "/usr/bin/mosquitto", "/usr/local/sbin/mosquitto"];
        let Some(program) = program.into_iter().find(|program| Path::new(program).exists()) else {
            eprintln!("no mosquitto here: not tried");
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

    pub fn kill(&mut self) {
        self.child.kill().unwrap();
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
