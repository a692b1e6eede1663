//! The process under test: started, killed, stopped; started again when it ends by itself, as systemd would, which is
//! noted.

use crate::common::World;
use std::process::{Child, Command};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// So often it is looked whether it runs.
const LOOKED_EVERY: Duration = Duration::from_millis(100);
/// As `RestartSec` of the unit.
const STARTED_AFTER: Duration = Duration::from_secs(1);

/// The gateway's process.
pub struct Gateway {
    world: Arc<World>,
    environment: Vec<(String, String)>,
    child: Mutex<Option<Child>>,
    kills: Mutex<Vec<Instant>>,
    ended: Mutex<Vec<String>>,
    /// How often its database was damaged since it was started.
    damaged: AtomicUsize,
}

impl Gateway {
    /// Starts it, and watches over it.
    pub fn start(world: Arc<World>, environment: Vec<(String, String)>) -> Arc<Self> {
        let gateway = Arc::new(Self {
            world,
            environment,
            child: Mutex::default(),
            kills: Mutex::default(),
            ended: Mutex::default(),
            damaged: AtomicUsize::default(),
        });
        gateway.start_again();
        tokio::spawn(watch_over(Arc::clone(&gateway)));
        gateway
    }

    /// Starts it after a kill.
    pub fn start_again(&self) {
        let environment = self.environment.iter().map(|(name, value)| (name, value));
        let child = self.world.command().envs(environment).spawn().unwrap();
        *lock(&self.child) = Some(child);
        self.damaged.store(0, Ordering::Relaxed);
    }

    /// Whether the process may be asked to mend its database once more; it does so three times an hour.
    pub fn may_be_damaged(&self) -> bool {
        self.damaged.fetch_add(1, Ordering::Relaxed) < 2
    }

    /// `kill -9`.
    pub fn kill(&self) {
        let Some(mut child) = lock(&self.child).take() else { return };
        lock(&self.kills).push(Instant::now());
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// Sends it a signal.
    pub fn signal(&self, name: &str) {
        let child = lock(&self.child);
        let Some(child) = child.as_ref() else { return };
        // It may have ended just now.
        let _ = Command::new("kill").args([name, &child.id().to_string()]).status();
    }

    /// When it was killed, or ended by itself.
    pub fn kills(&self) -> Vec<Instant> {
        lock(&self.kills).clone()
    }

    /// How it ended by itself.
    pub fn ended(&self) -> Vec<String> {
        lock(&self.ended).clone()
    }

    fn has_ended(&self) -> bool {
        let mut child = lock(&self.child);
        let Some(running) = child.as_mut() else { return false };
        let Some(status) = running.try_wait().unwrap() else { return false };
        *child = None;
        lock(&self.kills).push(Instant::now());
        let log = self.world.log();
        let last: Vec<_> = log.lines().rev().take(3).collect();
        lock(&self.ended).push(format!("it ended by itself, {status}: {last:?}"));
        true
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.kill();
    }
}

async fn watch_over(gateway: Arc<Gateway>) {
    // As long as somebody else has it.
    while Arc::strong_count(&gateway) > 1 {
        tokio::time::sleep(LOOKED_EVERY).await;
        if gateway.has_ended() {
            tokio::time::sleep(STARTED_AFTER).await;
            gateway.start_again();
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
