//! What a process did to the files of a folder, as `disk_shim.c` wrote it down, and what a power cut would have left of
//! it. For tests; it knows no database.
//!
//! What a file's own sync has covered stays. What it has not may be gone, may be there, may be there in part: each
//! write by itself, torn at sectors. Names (made, renamed, removed) are safe with their folder's sync. Folders
//! themselves are taken to be safe when they are made.

use fastrand::Rng;
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::rc::Rc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Builds the shim; none where there is no C compiler, or where the binary under test would not load it.
pub fn shim(folder: &Path) -> Option<PathBuf> {
    if std::env::var("LOTGATE_UNDER_TEST").is_ok_and(|words| words.contains(' ')) {
        eprintln!(
            "the binary under test runs in an emulator, without a library of ours: not tried"
        );
        return None;
    }
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/common/disk_shim.c");
    let library = folder.join("disk_shim.so");
    let mut build = Command::new("cc");
    build.args(["-shared", "-fPIC", "-O1", "-o"]).arg(&library).arg(source);
    match build.args(["-ldl", "-lpthread"]).status() {
        Ok(status) => assert!(status.success(), "the shim does not compile"),
        Err(error) => {
            eprintln!("no C compiler here ({error}): not tried");
            assert!(std::env::var_os("LOTGATE_TRY_ALL").is_none(), "all must be tried");
            return None;
        }
    }
    Some(library)
}

/// What a process is started with, so that what it does to the files of a folder is written down in a log.
pub fn watched<'a>(
    shim: &'a Path,
    folder: &'a Path,
    log: &'a Path,
) -> [(&'static str, &'a str); 3] {
    [("LD_PRELOAD", shim), ("LOTGATE_DISK_FOLDER", folder), ("LOTGATE_DISK_LOG", log)]
        .map(|(name, path)| (name, path.to_str().unwrap()))
}

/// One thing that was done.
#[derive(Debug)]
pub struct Done {
    /// When, by the machine's clock.
    pub at: SystemTime,
    number: u64,
    what: What,
}

#[derive(Debug)]
enum What {
    Opened { name: PathBuf, made: bool },
    Wrote { place: usize, bytes: Rc<[u8]> },
    Sized(usize),
    SyncBegan { token: u64, directory: bool },
    SyncEnded { token: u64, data: bool },
    Named(Naming),
    MadeFolder(PathBuf),
}

/// A change of names.
#[derive(Debug, Clone)]
enum Naming {
    Made(PathBuf, usize),
    Removed(PathBuf),
    Renamed(PathBuf, PathBuf),
    Linked(PathBuf, PathBuf),
}

/// Bytes of a record's head in the log.
const HEAD: usize = 32;

/// Everything that was done, in order; a record torn at the end is left out.
pub fn read(log: &Path) -> Vec<Done> {
    let bytes = std::fs::read(log).unwrap();
    let mut rest = bytes.as_slice();
    let mut all = Vec::new();
    while let Some((head, behind)) = rest.split_at_checked(HEAD) {
        let word = |from: usize| u64::from_le_bytes(head[from..from + 8].try_into().unwrap());
        let length = u32::from_le_bytes(head[4..8].try_into().unwrap()) as usize;
        let Some((payload, behind)) = behind.split_at_checked(length) else { break };
        rest = behind;
        let path = |bytes: &[u8]| PathBuf::from(String::from_utf8_lossy(bytes).into_owned());
        let both = || {
            let mut names = payload.split(|byte| *byte == 0).map(path);
            (names.next().unwrap(), names.next().unwrap_or_default())
        };
        let place = word(24);
        let what = match head[0] {
            b'O' => What::Opened { name: path(payload), made: head[1] == 1 },
            b'W' => What::Wrote { place: usize::try_from(place).unwrap(), bytes: payload.into() },
            b'T' => What::Sized(usize::try_from(place).unwrap()),
            b'S' => What::SyncBegan { token: place, directory: head[2] == 1 },
            b'F' => What::SyncEnded { token: place, data: head[3] == 1 },
            b'U' => What::Named(Naming::Removed(path(payload))),
            b'R' => {
                let (from, to) = both();
                What::Named(Naming::Renamed(from, to))
            }
            b'L' => {
                let (from, to) = both();
                What::Named(Naming::Linked(from, to))
            }
            b'M' => What::MadeFolder(path(payload)),
            other => panic!("a record of kind {other} in the log"),
        };
        let at = UNIX_EPOCH + Duration::from_nanos(word(8));
        all.push(Done { at, number: word(16), what });
    }
    all
}

/// How many bytes were written to files whose name begins so, and how many syncs were made of any.
pub fn volume(all: &[Done], name: &str) -> (usize, usize) {
    let (mut named, mut bytes, mut syncs) = (HashMap::new(), 0, 0);
    for done in all {
        match &done.what {
            What::Opened { name: opened, .. } => {
                named.insert(done.number, opened.to_string_lossy().starts_with(name));
            }
            What::Wrote { bytes: written, .. } if named.get(&done.number) == Some(&true) => {
                bytes += written.len();
            }
            What::SyncEnded { .. } => syncs += 1,
            _ => {}
        }
    }
    (bytes, syncs)
}

/// How many syncs were made of files whose name begins so, and how many of them of more than what stands in the file.
pub fn syncs(all: &[Done], name: &str) -> (usize, usize) {
    let (mut named, mut syncs, mut whole) = (HashMap::new(), 0, 0);
    for done in all {
        match &done.what {
            What::Opened { name: opened, .. } => {
                named.insert(done.number, opened.to_string_lossy().starts_with(name));
            }
            What::SyncEnded { data, .. } if named.get(&done.number) == Some(&true) => {
                syncs += 1;
                whole += usize::from(!data);
            }
            _ => {}
        }
    }
    (syncs, whole)
}

/// A change of a file's content.
#[derive(Debug, Clone)]
enum Change {
    Write(usize, Rc<[u8]>),
    Size(usize),
}

#[derive(Debug, Clone, Default)]
struct File {
    safe: Rc<Vec<u8>>,
    /// With the place in the log where each was done.
    waiting: Vec<(usize, Change)>,
}

/// Which syncs do something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Syncs {
    /// All, as they should.
    All,
    /// Those of folders; what is written into files is never sure.
    OfFolders,
    /// None, as on a device that lies.
    None,
}

/// The folder's device: what is safe on it, and what is not yet.
#[derive(Debug, Clone)]
pub struct Disk {
    syncs: Syncs,
    files: Vec<File>,
    by_number: HashMap<u64, usize>,
    names: BTreeMap<PathBuf, usize>,
    waiting_names: Vec<(usize, Naming)>,
    folders: BTreeMap<u64, PathBuf>,
    began: HashMap<u64, (usize, bool)>,
    /// How many records were taken.
    taken: usize,
}

/// What becomes of what was not synced.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fate {
    /// The share of it that is there.
    pub kept: f64,
    /// The share of it that is there in part, torn at sectors of so many bytes.
    pub torn: f64,
    /// See there.
    pub sector: usize,
    /// Whether names come in the order they were made in, as journals keep them, or each by chance.
    pub names_in_order: bool,
}

impl Fate {
    /// Any.
    pub fn draw(rng: &mut Rng) -> Self {
        let kept = [0.0, 0.1, 0.5, 0.9, 1.0][rng.usize(..5)];
        let torn = [0.0, 0.3, 0.9][rng.usize(..3)];
        let sector = [512, 4096][rng.usize(..2)];
        Self { kept, torn, sector, names_in_order: rng.bool() }
    }

    /// All is there: the process was killed and the power stayed.
    pub fn all() -> Self {
        Self { kept: 1.0, torn: 0.0, sector: 512, names_in_order: true }
    }
}

impl Disk {
    /// An empty folder.
    pub fn new(syncs: Syncs) -> Self {
        Self {
            syncs,
            files: Vec::new(),
            by_number: HashMap::new(),
            names: BTreeMap::new(),
            waiting_names: Vec::new(),
            folders: BTreeMap::new(),
            began: HashMap::new(),
            taken: 0,
        }
    }

    /// The next record of the log.
    pub fn take(&mut self, done: &Done) {
        let at = self.taken;
        self.taken += 1;
        match &done.what {
            What::Opened { name, made } => {
                if *made {
                    self.by_number.insert(done.number, self.files.len());
                    self.waiting_names.push((at, Naming::Made(name.clone(), self.files.len())));
                    self.files.push(File::default());
                }
            }
            What::Wrote { place, bytes } => {
                self.change(at, done.number, Change::Write(*place, Rc::clone(bytes)));
            }
            What::Sized(size) => self.change(at, done.number, Change::Size(*size)),
            What::SyncBegan { token, directory } => {
                self.began.insert(*token, (at, *directory));
            }
            What::SyncEnded { token, .. } => self.synced(*token, done.number),
            What::Named(naming) => self.waiting_names.push((at, naming.clone())),
            What::MadeFolder(name) => {
                self.folders.insert(done.number, name.clone());
            }
        }
    }

    fn change(&mut self, at: usize, number: u64, change: Change) {
        if let Some(file) = self.by_number.get(&number) {
            self.files[*file].waiting.push((at, change));
        }
    }

    fn synced(&mut self, token: u64, number: u64) {
        let Some((began, directory)) = self.began.remove(&token) else { return };
        let does = match self.syncs {
            Syncs::All => true,
            Syncs::OfFolders => directory,
            Syncs::None => false,
        };
        if !does {
            return;
        }
        if directory {
            let folder = self.folders.get(&number).cloned().unwrap_or_default();
            let waiting = std::mem::take(&mut self.waiting_names).into_iter();
            let (safe, waiting): (Vec<_>, Vec<_>) =
                waiting.partition(|(at, naming)| *at < began && naming.is_in(&folder));
            self.waiting_names = waiting;
            for (_, naming) in safe {
                naming.apply(&mut self.names);
            }
            return;
        }
        let Some(file) = self.by_number.get(&number) else { return };
        let file = &mut self.files[*file];
        let until = file.waiting.partition_point(|(at, _)| *at < began);
        let safe = Rc::make_mut(&mut file.safe);
        for (_, change) in file.waiting.drain(..until) {
            change.apply(safe);
        }
    }

    /// What the device holds after the power was cut now: files by their names.
    pub fn after_cut(&self, fate: Fate, rng: &mut Rng) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut names = self.names.clone();
        let enough = rng.usize(..=self.waiting_names.len());
        for (index, (_, naming)) in self.waiting_names.iter().enumerate() {
            let there = match fate {
                Fate { kept: 1.0, .. } => true,
                Fate { names_in_order: true, .. } => index < enough,
                _ => rng.f64() < fate.kept,
            };
            if there {
                naming.apply(&mut names);
            }
        }
        names
            .into_iter()
            .map(|(name, file)| (name, self.files[file].after_cut(fate, rng)))
            .collect()
    }
}

impl File {
    fn after_cut(&self, fate: Fate, rng: &mut Rng) -> Vec<u8> {
        let mut content = self.safe.as_ref().clone();
        for (_, change) in &self.waiting {
            if rng.f64() >= fate.kept && fate.kept < 1.0 {
                continue;
            }
            match change {
                Change::Write(place, bytes) if rng.f64() < fate.torn => {
                    for (start, end) in sectors(*place, bytes.len(), fate.sector) {
                        if rng.bool() {
                            Change::Write(place + start, bytes[start..end].into())
                                .apply(&mut content);
                        }
                    }
                }
                change => change.apply(&mut content),
            }
        }
        content
    }
}

/// The parts of a write that lie in different sectors.
fn sectors(place: usize, length: usize, sector: usize) -> Vec<(usize, usize)> {
    let mut parts = Vec::new();
    let mut start = 0;
    while start < length {
        let end = length.min(((place + start) / sector + 1) * sector - place);
        parts.push((start, end));
        start = end;
    }
    parts
}

impl Change {
    fn apply(&self, content: &mut Vec<u8>) {
        match self {
            Self::Write(place, bytes) => {
                let end = place + bytes.len();
                if content.len() < end {
                    content.resize(end, 0);
                }
                content[*place..end].copy_from_slice(bytes);
            }
            Self::Size(size) => content.resize(*size, 0),
        }
    }
}

impl Naming {
    fn is_in(&self, folder: &Path) -> bool {
        let (Self::Made(name, _)
        | Self::Removed(name)
        | Self::Renamed(_, name)
        | Self::Linked(_, name)) = self;
        name.parent() == Some(folder)
    }

    fn apply(&self, names: &mut BTreeMap<PathBuf, usize>) {
        match self {
            Self::Made(name, file) => {
                names.insert(name.clone(), *file);
            }
            Self::Removed(name) => {
                names.remove(name);
            }
            Self::Renamed(from, to) => {
                if let Some(file) = names.remove(from) {
                    names.insert(to.clone(), file);
                }
            }
            Self::Linked(from, to) => {
                if let Some(file) = names.get(from).copied() {
                    names.insert(to.clone(), file);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn done(number: u64, what: What) -> Done {
        Done { at: UNIX_EPOCH, number, what }
    }

    fn open(number: u64, name: &str) -> Done {
        done(number, What::Opened { name: name.into(), made: true })
    }

    fn write(number: u64, place: usize, bytes: &[u8]) -> Done {
        done(number, What::Wrote { place, bytes: bytes.into() })
    }

    fn sync(token: u64, number: u64, directory: bool) -> [Done; 2] {
        [
            done(number, What::SyncBegan { token, directory }),
            done(number, What::SyncEnded { token, data: false }),
        ]
    }

    fn none() -> Fate {
        Fate { kept: 0.0, ..Fate::all() }
    }

    #[test]
    fn only_what_was_synced_is_sure() {
        let mut disk = Disk::new(Syncs::All);
        let mut rng = Rng::with_seed(1);
        let name = Path::new("db");
        disk.take(&open(7, "db"));
        disk.take(&write(7, 0, b"aaaa"));
        for one in sync(1, 7, false).into_iter().chain(sync(2, 1, true)) {
            disk.take(&one);
        }
        disk.take(&write(7, 2, b"bbbb"));
        assert_eq!(disk.after_cut(none(), &mut rng)[name], b"aaaa");
        assert_eq!(disk.after_cut(Fate::all(), &mut rng)[name], b"aabbbb");
    }

    #[test]
    fn a_write_that_came_while_a_sync_ran_is_not_sure() {
        let mut disk = Disk::new(Syncs::All);
        disk.take(&open(7, "db"));
        for one in sync(2, 1, true) {
            disk.take(&one);
        }
        let [began, ended] = sync(1, 7, false);
        disk.take(&began);
        disk.take(&write(7, 0, b"late"));
        disk.take(&ended);
        let left = disk.after_cut(none(), &mut Rng::with_seed(1));
        assert_eq!(left[Path::new("db")], b"");
    }

    #[test]
    fn a_name_is_sure_with_its_folders_sync_and_a_device_that_lies_keeps_nothing() {
        for (syncs, kept) in [(Syncs::All, 1), (Syncs::OfFolders, 1), (Syncs::None, 0)] {
            let mut disk = Disk::new(syncs);
            disk.take(&open(7, "new"));
            for one in sync(1, 7, false) {
                disk.take(&one);
            }
            let fate = Fate { names_in_order: false, ..none() };
            assert!(disk.after_cut(fate, &mut Rng::with_seed(1)).is_empty());
            for one in sync(2, 1, true) {
                disk.take(&one);
            }
            assert_eq!(disk.after_cut(fate, &mut Rng::with_seed(1)).len(), kept);
        }
    }

    #[test]
    fn writes_are_torn_where_sectors_meet() {
        assert_eq!(sectors(4090, 10, 512), [(0, 6), (6, 10)]);
        assert_eq!(sectors(0, 1024, 512), [(0, 512), (512, 1024)]);
    }
}
