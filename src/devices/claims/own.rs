//! Who this box is, by its hardware, how long it has driven the lot and who said that it shall: kept in a file beside the
//! database, which on another box, by a copied card, counts for nothing.

use crate::private_files;
use crate::standard::sign::hex;
use sha1::{Digest as _, Sha1};
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// A serial number and the like is no longer than this.
const LONGEST: usize = 16;
/// Files in which a processor, or a board, says which one it is, where it does.
const SERIALS: [&str; 3] = [
    "proc/device-tree/serial-number",
    "sys/class/dmi/id/product_uuid",
    "sys/class/dmi/id/product_serial",
];

/// The name of a box: a digest of what its machine and hardware are called, and of where the lot's database is, so that two
/// lots on one machine are two.
pub fn box_id(root: &Path, database: &Path) -> String {
    let mut digest = Sha1::new();
    let mut add = |bytes: &[u8]| {
        digest.update(bytes);
        digest.update([0]);
    };
    let read = |path: &str| fs::read(root.join(path)).unwrap_or_default();
    add(read("etc/machine-id").trim_ascii());
    for path in SERIALS {
        add(read(path).trim_ascii());
    }
    let processor = read("proc/cpuinfo");
    let serial = processor.split(|byte| *byte == b'\n').find(|line| line.starts_with(b"Serial"));
    add(serial.unwrap_or_default());
    for address in addresses(root) {
        add(&address);
    }
    let database = std::path::absolute(database).unwrap_or_else(|_| database.to_owned());
    add(database.as_os_str().as_encoded_bytes());
    let name = hex(&digest.finalize());
    name.chars().take(LONGEST).collect()
}

/// The addresses of network cards that are hardware and not plugged in from outside, in their order.
fn addresses(root: &Path) -> Vec<Vec<u8>> {
    let cards = fs::read_dir(root.join("sys/class/net")).into_iter().flatten().flatten();
    let is_built_in = |card: &PathBuf| {
        let device = fs::canonicalize(card.join("device"));
        device.is_ok_and(|device| !device.components().any(|part| is_usb(part.as_os_str())))
    };
    let cards = cards.map(|card| card.path()).filter(is_built_in);
    let addresses = cards.filter_map(|card| fs::read(card.join("address")).ok());
    let mut addresses: Vec<_> = addresses.map(|one| one.trim_ascii().to_vec()).collect();
    addresses.sort();
    addresses
}

fn is_usb(part: &std::ffi::OsStr) -> bool {
    part.as_encoded_bytes().starts_with(b"usb")
}

/// What is kept of this box.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnRecord {
    path: PathBuf,
    /// The box.
    pub box_id: String,
    /// For how many seconds it has driven.
    pub driven: u64,
    /// By which number a person said that it shall; 0 where nobody did.
    pub said: u64,
}

impl OwnRecord {
    /// That of the box at a database. What another box has written, or nobody can read, counts for nothing.
    pub fn of(database: &Path, box_id: String) -> Self {
        let mut path = OsString::from(database);
        path.push(".claim");
        let path = PathBuf::from(path);
        let text = fs::read_to_string(&path).unwrap_or_default();
        let mut words = text.split_whitespace();
        let is_ours = words.next() == Some(&box_id);
        let mut number = || words.next().filter(|_| is_ours)?.parse().ok();
        let (driven, said) = (number().unwrap_or_default(), number().unwrap_or_default());
        Self { path, box_id, driven, said }
    }

    /// Writes it down, whole or not at all.
    pub fn write(&self) -> io::Result<()> {
        let mut new = self.path.clone().into_os_string();
        new.push(".new");
        let text = format!("{} {} {}\n", self.box_id, self.driven, self.said);
        private_files::write(Path::new(&new), text.as_bytes())?;
        fs::File::open(&new)?.sync_all()?;
        fs::rename(&new, &self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copied_card_in_another_box_is_another_box_that_has_driven_nothing() {
        let machine = tempfile::tempdir().unwrap();
        let database = machine.path().join("lotgate.db");
        let root = machine.path();
        let write = |path: &str, text: &str| {
            let path = root.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write("etc/machine-id", "0123\n");
        write("proc/cpuinfo", "Hardware : BCM\nSerial : 0001\n");
        write("sys/class/net/eth0/address", "00:11\n");
        fs::create_dir_all(root.join("sys/class/net/eth0/device")).unwrap();
        let first = box_id(root, &database);
        assert_eq!(first, box_id(root, &database));
        let mut record = OwnRecord::of(&database, first.clone());
        record.driven = 70;
        record.said = 2;
        record.write().unwrap();
        assert_eq!(OwnRecord::of(&database, first.clone()), record);

        write("proc/cpuinfo", "Hardware : BCM\nSerial : 0002\n");
        let second = box_id(root, &database);
        assert_ne!(first, second);
        write("sys/class/net/eth0/address", "00:12\n");
        assert_ne!(second, box_id(root, &database));
        assert_ne!(first, box_id(root, &root.join("another.db")));
        let copied = OwnRecord::of(&database, second);
        assert_eq!((copied.driven, copied.said), (0, 0));
    }
}
