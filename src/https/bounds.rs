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
    /// Connections to all servers of the process.
    pub in_all: usize,
    /// Bytes of bodies that are read or worked on, of all servers.
    pub bodies: usize,
}

impl HttpLimits {
    /// What a box can bear where a process may have so many files open.
    pub fn of_box(open_files: usize) -> Self {
        Self {
            per_address: 8,
            logged_in: 128,
            per_server: 256,
            // Cameras, brokers, the platform and the database come first; with very few files they have half.
            in_all: open_files.saturating_sub(RESERVED_FILES).max(open_files / 2).max(1),
            bodies: 32 << 20,
        }
    }

    /// What the people of a box may take by the socket on it, beside all others: no crowd on the network keeps them out.
    pub fn of_socket() -> Self {
        let most = 16;
        Self { per_address: most, logged_in: most, per_server: most, in_all: most, bodies: 8 << 20 }
    }

    /// A simulated platform serves one lot, as fast as that can.
    #[cfg(feature = "self-test")]
    pub fn of_simulation() -> Self {
        let most = 4096;
        Self { per_address: most, logged_in: most, per_server: most, in_all: most, bodies: 1 << 30 }
    }
}

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
        let connections = Arc::new(Semaphore::new(limits.in_all));
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
        assert_eq!(HttpLimits::of_box(1024).in_all, 1024 - RESERVED_FILES);
        assert_eq!(HttpLimits::of_box(256).in_all, 128, "half of a few");
    }
}
