//! How much of a box its HTTP servers may take together: places for connections, file descriptors, bodies. One for the whole
//! process, handed to every server of it.

use super::bodies::Bodies;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Numbers of connections and bytes of bodies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HttpLimits {
    /// Connections of one address to one server.
    pub per_address: usize,
    /// The same of an address that has logged in.
    pub logged_in: usize,
    /// Connections to one server.
    pub per_server: usize,
    /// Connections to all servers of the process, where there are no more than the usual few.
    pub in_all: usize,
    /// Of those, what each server has to itself: no crowd at another takes it.
    pub own: usize,
    /// Bytes of bodies that are read or worked on, of all servers.
    pub bodies: usize,
}

impl HttpLimits {
    /// What a box can bear where a process may have so many files open.
    pub fn of_box(open_files: usize) -> Self {
        // Cameras, brokers, the platform and the database come first; with very few files they have half.
        let left = open_files.saturating_sub(RESERVED_FILES).max(open_files / 2).max(1);
        let in_all = left.min(CONNECTIONS);
        Self {
            per_address: 8,
            logged_in: 128,
            per_server: in_all,
            in_all,
            own: (in_all / (2 * SERVERS)).min(8),
            bodies: 32 << 20,
        }
    }

    /// What the people of a box may take by the socket on it, beside all others: no crowd on the network keeps them out.
    pub fn of_socket() -> Self {
        let most = 16;
        Self::of_one(most, 8 << 20)
    }

    /// A simulated platform serves one lot, as fast as that can.
    #[cfg(feature = "self-test")]
    pub fn of_simulation() -> Self {
        let most = 4096;
        Self::of_one(most, 1 << 30)
    }

    /// Of a server that shares with none, for callers who are known.
    fn of_one(most: usize, bodies: usize) -> Self {
        let (per_address, logged_in) = (most, most);
        Self { per_address, logged_in, per_server: most, in_all: most, own: 0, bodies }
    }
}

/// Connections to all servers of a box.
const CONNECTIONS: usize = 256;
/// A box has the booth's, the callback's and one for each kind of camera that pushes; so many have places of their own within
/// the bound, and each further one adds to it what it has to itself.
pub(super) const SERVERS: usize = 8;
/// File descriptors that no caller can take from the lanes.
const RESERVED_FILES: usize = 256;
/// What is supposed where it cannot be read how many files a process may have open.
const USUAL_FILES: usize = 1024;

/// What the servers of a process share.
#[derive(Debug, Clone)]
pub struct HttpBounds(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    limits: HttpLimits,
    connections: Arc<Semaphore>,
    bodies: Bodies,
    device_bodies: Bodies,
}

impl HttpBounds {
    /// By limits.
    pub fn new(limits: HttpLimits) -> Self {
        let shared = limits.in_all.saturating_sub(SERVERS * limits.own);
        let connections = Arc::new(Semaphore::new(shared));
        let half = limits.bodies / 2;
        let (bodies, device_bodies) = (Bodies::new(half), Bodies::new(half));
        Self(Arc::new(Shared { limits, connections, bodies, device_bodies }))
    }

    /// By what this process may have open.
    pub fn of_process() -> Self {
        let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
        Self::new(HttpLimits::of_box(open_files(&limits).unwrap_or(USUAL_FILES)))
    }

    /// Where bodies of people and platforms are read.
    pub fn bodies(&self) -> &Bodies {
        &self.0.bodies
    }

    /// Where those of the lot's own devices are: no other keeps them waiting.
    pub fn device_bodies(&self) -> &Bodies {
        &self.0.device_bodies
    }

    pub(super) fn limits(&self) -> HttpLimits {
        self.0.limits
    }

    pub(super) fn connections(&self) -> Arc<Semaphore> {
        Arc::clone(&self.0.connections)
    }
}

/// The soft limit in `/proc/self/limits`.
fn open_files(limits: &str) -> Option<usize> {
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn callers_leave_descriptors_to_the_lanes() {
        let text = "Limit                     Soft Limit           Hard Limit           Units     \n\
                    Max processes             95873                95873                processes \n\
                    Max open files            1024                 524288               files     \n";
        assert_eq!(open_files(text), Some(1024));
        assert_eq!(open_files("Max open files   unlimited  unlimited files"), None);
        assert_eq!(HttpLimits::of_box(4096).in_all, CONNECTIONS);
        assert_eq!(HttpLimits::of_box(400).in_all, 200, "half of a few");
        for files in [1, 2, 30, 400, 4096] {
            let limits = HttpLimits::of_box(files);
            assert!(SERVERS * limits.own <= limits.in_all / 2 && limits.in_all > 0, "{files}");
        }
    }
}
