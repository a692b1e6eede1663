//! The machine's clocks: its wall clock, the time since it was started, which start that was, the clock that runs while
//! the power is off, and what its time service says. For the keeper; it believes nothing and decides nothing.
//!
//! In builds for tests a folder named by `LOTGATE_TEST_MACHINE` stands for the machine, and may be changed while we run.

use crate::standard::id::Id;
use jiff::{SignedDuration, Timestamp};
use rustix::time::{ClockId, clock_gettime};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// Where systemd, whose `%b` it is, gives us the start's id: the kernel's own file is hidden from the service.
const BOOT_ID: &str = "LOTGATE_BOOT_ID";
const KERNEL_BOOT_ID: &str = "/proc/sys/kernel/random/boot_id";
/// The folder that stands for the machine.
#[cfg(debug_assertions)]
const TEST_MACHINE: &str = "LOTGATE_TEST_MACHINE";
/// Both clocks are read between two looks that are no further apart.
const AT_ONCE: SignedDuration = SignedDuration::from_millis(2);
const TRIES: usize = 5;
/// A time service that has set the clock so long ago has lost its servers.
const SYNCHRONIZED_WITHIN: SignedDuration = SignedDuration::from_hours(24);

/// Both clocks at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct BothClocks {
    /// What the machine takes for the time.
    pub(super) wall: Timestamp,
    /// How long ago it was started.
    pub(super) up: SignedDuration,
}

impl BothClocks {
    /// When the machine was started, by its wall clock.
    pub(super) fn starts(self) -> Timestamp {
        before(self.wall, self.up)
    }
}

/// A moment so long before another.
pub(super) fn before(moment: Timestamp, by: SignedDuration) -> Timestamp {
    moment.checked_sub(by).unwrap_or(Timestamp::MIN)
}

/// A moment so long after another.
pub(super) fn after(moment: Timestamp, by: SignedDuration) -> Timestamp {
    moment.checked_add(by).unwrap_or(Timestamp::MAX)
}

/// The machine we run on.
#[derive(Debug)]
pub(super) struct Machine {
    hardware_clock: PathBuf,
    synchronized: PathBuf,
    /// The folder that stands for it.
    stand_in: Option<PathBuf>,
    /// Which start this is.
    pub(super) boot: String,
    /// Whether that is known, and not made up for this process.
    pub(super) knows_boot: bool,
}

impl Machine {
    /// This one.
    pub(super) fn this() -> Self {
        #[cfg(debug_assertions)]
        if let Some(folder) = std::env::var_os(TEST_MACHINE) {
            return Self::stand_in(Path::new(&folder));
        }
        let boot = std::env::var(BOOT_ID).ok().or_else(|| line(Path::new(KERNEL_BOOT_ID)));
        // systemd writes it without hyphens, the kernel with them.
        let boot = boot.map(|id| id.trim().replace('-', "")).filter(|id| !id.is_empty());
        Self {
            hardware_clock: PathBuf::from("/sys/class/rtc/rtc0/since_epoch"),
            synchronized: PathBuf::from("/run/systemd/timesync/synchronized"),
            stand_in: None,
            knows_boot: boot.is_some(),
            boot: boot.unwrap_or_else(|| Id::random().to_string()),
        }
    }

    /// A folder for one: in `ahead` the seconds its wall clock is ahead of ours, in `boot` which start it is, in `started`
    /// the seconds after ours that was; `rtc` is its hardware clock, `synchronized` its time service's file, `servers`
    /// names time servers.
    #[cfg(debug_assertions)]
    pub(super) fn stand_in(folder: &Path) -> Self {
        let boot = line(&folder.join("boot"));
        Self {
            hardware_clock: folder.join("rtc"),
            synchronized: folder.join("synchronized"),
            stand_in: Some(folder.to_owned()),
            knows_boot: boot.is_some(),
            boot: boot.unwrap_or_else(|| Id::random().to_string()),
        }
    }

    /// Both clocks at one moment; where the process is kept from that, the last try.
    pub(super) fn glance(&self) -> BothClocks {
        let mut glance = self.try_glance();
        for _ in 1..TRIES {
            if glance.1 <= AT_ONCE {
                break;
            }
            glance = self.try_glance();
        }
        glance.0
    }

    fn try_glance(&self) -> (BothClocks, SignedDuration) {
        let first = up();
        let wall = Timestamp::now();
        let up = up();
        let glance = BothClocks {
            wall: after(wall, self.stand_in_number("ahead")),
            up: up - self.stand_in_number("started"),
        };
        (glance, up - first)
    }

    /// What its hardware clock shows.
    pub(super) fn hardware_clock(&self) -> Option<Timestamp> {
        let second = line(&self.hardware_clock)?.trim().parse().ok()?;
        // It shows whole seconds: half of one has gone by in the middle.
        let half = SignedDuration::from_millis(500);
        Timestamp::from_second(second).ok().map(|shown| after(shown, half))
    }

    /// Whether its time service has set the wall clock lately, and since it was started or last stepped `since`.
    pub(super) fn is_synchronized(&self, glance: BothClocks, since: SignedDuration) -> bool {
        let set = std::fs::metadata(&self.synchronized).and_then(|file| file.modified()).ok();
        // The file's time is the system's own: in a stand-in not the wall clock's.
        let shown = set.and_then(|set| Timestamp::try_from(set).ok());
        let Some(set) = shown.map(|set| after(set, self.stand_in_number("ahead"))) else {
            return false;
        };
        let slack = SignedDuration::from_secs(5);
        let ago = glance.wall.duration_since(set);
        -slack <= ago
            && ago <= SYNCHRONIZED_WITHIN
            && set.duration_since(glance.starts()) >= since - slack
    }

    /// The time servers to ask in place of the machine's own.
    pub(super) fn servers(&self) -> Option<Vec<String>> {
        let folder = self.stand_in.as_ref()?;
        let named = std::fs::read_to_string(folder.join("servers")).unwrap_or_default();
        Some(named.split_whitespace().map(str::to_owned).collect())
    }

    fn stand_in_number(&self, name: &str) -> SignedDuration {
        let Some(folder) = &self.stand_in else { return SignedDuration::ZERO };
        let number = line(&folder.join(name)).and_then(|text| text.trim().parse().ok());
        SignedDuration::from_secs(number.unwrap_or(0))
    }
}

/// How long ago the system was started, sleep included.
fn up() -> SignedDuration {
    let up = clock_gettime(ClockId::Boottime);
    let nanoseconds = i32::try_from(up.tv_nsec).unwrap_or(0);
    SignedDuration::new(up.tv_sec, nanoseconds)
}

/// The time of a system's clock so far from it.
pub(super) fn system_time(offset_seconds: f64) -> Option<Timestamp> {
    let by = Duration::try_from_secs_f64(offset_seconds.abs()).ok()?;
    let now = SystemTime::now();
    let now = if offset_seconds < 0.0 { now.checked_sub(by) } else { now.checked_add(by) };
    Timestamp::try_from(now?).ok()
}

fn line(path: &Path) -> Option<String> {
    let text = std::fs::read_to_string(path).ok()?;
    text.lines().next().map(|line| line.trim().to_owned())
}
