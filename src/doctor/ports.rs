//! Serial ports: there or not, whose, and whether they open.

use super::account::{self, Account, Want};
use crate::config::{Parity, Serial};
use crate::lang::WireFinding;
use std::path::{Path, PathBuf};
use tokio_serial::{SerialPort as _, SerialPortBuilderExt as _};

/// Where ports have names that stay when adapters are plugged elsewhere.
const BY_ID: &str = "/dev/serial/by-id";

/// How a port's line is set, as a technician writes it: `9600 8N1`.
pub fn line(serial: &Serial) -> String {
    let parity = match serial.parity {
        Parity::None => 'N',
        Parity::Even => 'E',
        Parity::Odd => 'O',
    };
    format!("{} 8{parity}{}", serial.baud, serial.stop_bits)
}

/// The same as keys of `[[serial]]`.
pub fn keys(serial: &Serial) -> String {
    let parity = match serial.parity {
        Parity::None => "none",
        Parity::Even => "even",
        Parity::Odd => "odd",
    };
    let Serial { baud, stop_bits, .. } = serial;
    format!("baud = {baud}, parity = \"{parity}\", stop_bits = {stop_bits}")
}

/// Looks at a port without speaking on it. The last finding is `PortOpens` where it can be used.
pub fn examine(serial: &Serial, account: &Account) -> Vec<WireFinding> {
    let (bus, shown) = (serial.name.clone(), serial.port.display().to_string());
    let Ok(meta) = std::fs::metadata(&serial.port) else {
        return vec![WireFinding::PortAbsent { bus, port: shown, others: others() }];
    };
    let port = std::fs::canonicalize(&serial.port).unwrap_or_else(|_| serial.port.clone());
    let mut found = Vec::new();
    if is_console(&port, Path::new("/proc/consoles")) {
        found.push(WireFinding::PortConsole { bus: bus.clone(), port: shown.clone() });
    }
    found.push(if !account.may(&meta, Want::Write) {
        let group = account::group_of(&meta);
        WireFinding::PortForbidden { bus, port: shown, user: account.name.clone(), group }
    } else if let Some(by) = holder(&port, Path::new("/proc")) {
        WireFinding::PortBusy { bus, port: shown, by }
    } else {
        open(serial, bus, shown)
    });
    found
}

fn open(serial: &Serial, bus: String, port: String) -> WireFinding {
    let opened = tokio_serial::new(port.as_str(), serial.baud).open_native_async();
    // Some adapters take any rate and run at the nearest one they have.
    match opened.and_then(|opened| opened.baud_rate()) {
        Ok(baud) if baud.abs_diff(serial.baud) <= serial.baud / 50 => {
            WireFinding::PortOpens { bus, port, line: line(serial) }
        }
        Ok(baud) => {
            let error = format!("{} → {baud} baud", serial.baud);
            WireFinding::PortFails { bus, port, error }
        }
        Err(error) => WireFinding::PortFails { bus, port, error: error.to_string() },
    }
}

/// The ports there are, by the names that stay where there are such.
fn others() -> String {
    let names = |folder: &str, wanted: fn(&str) -> bool| {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        let names = entries.filter(|entry| entry.file_name().to_str().is_some_and(wanted));
        let mut names: Vec<_> = names.map(|entry| entry.path().display().to_string()).collect();
        names.sort();
        names
    };
    let mut found = names(BY_ID, |_| true);
    found.extend(names("/dev", |name| {
        ["ttyUSB", "ttyACM", "ttyAMA", "ttymxc", "ttySC"].iter().any(|kind| name.starts_with(kind))
    }));
    if found.is_empty() { "–".to_owned() } else { found.join(", ") }
}

/// Whether the kernel writes its own lines on this port.
fn is_console(port: &Path, consoles: &Path) -> bool {
    let Some(name) = port.file_name().and_then(|name| name.to_str()) else { return false };
    let text = std::fs::read_to_string(consoles).unwrap_or_default();
    text.lines().any(|line| line.split_whitespace().next() == Some(name))
}

/// Which other process has the port open, as far as we may see.
fn holder(port: &Path, proc: &Path) -> Option<String> {
    let own = std::process::id().to_string();
    let processes = std::fs::read_dir(proc).ok()?.flatten().filter(|entry| {
        let name = entry.file_name();
        name != own.as_str() && name.to_string_lossy().bytes().all(|byte| byte.is_ascii_digit())
    });
    let has_it = |process: &PathBuf| {
        let files = std::fs::read_dir(process.join("fd")).into_iter().flatten().flatten();
        files.filter_map(|file| std::fs::read_link(file.path()).ok()).any(|target| target == port)
    };
    let holder = processes.map(|entry| entry.path()).find(has_it)?;
    let command = std::fs::read_to_string(holder.join("comm")).unwrap_or_default();
    let id = holder.file_name().unwrap_or_default().to_string_lossy().into_owned();
    Some(format!("{} ({id})", command.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_process_that_holds_a_port_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let port = folder.path().join("ttyUSB0");
        std::fs::write(&port, "").unwrap();
        let process = folder.path().join("4711");
        std::fs::create_dir_all(process.join("fd")).unwrap();
        std::fs::write(process.join("comm"), "ModemManager\n").unwrap();
        assert_eq!(holder(&port, folder.path()), None);
        std::os::unix::fs::symlink(&port, process.join("fd/3")).unwrap();
        assert_eq!(holder(&port, folder.path()), Some("ModemManager (4711)".to_owned()));
    }

    #[test]
    fn a_port_with_kernel_messages_on_it_is_a_console() {
        let folder = tempfile::tempdir().unwrap();
        let consoles = folder.path().join("consoles");
        std::fs::write(&consoles, "ttyS0                -W- (EC p a)    4:64\n").unwrap();
        assert!(is_console(Path::new("/dev/ttyS0"), &consoles));
        assert!(!is_console(Path::new("/dev/ttyS1"), &consoles));
    }
}
