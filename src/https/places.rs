//! Who has a place at a server: so many an address, more for one that has logged in, so many in all. Where none is free,
//! whoever has been idle longest gives up its place, so that idle callers keep nobody out. For the accept loop; it knows no
//! socket.

use super::bounds::{HttpBounds, HttpLimits};
use super::progress::{ConnectionProgress, ConnectionStep};
use std::collections::{BTreeMap, HashMap};
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

/// An address is known for so long after its last login.
const KNOWN_FOR: Duration = Duration::from_secs(600);
/// So many addresses are known at once.
const KNOWN_AT_MOST: usize = 1024;
/// That there is no place is told so often.
const TOLD_EVERY: Duration = Duration::from_secs(60);

/// The part of an address that is one caller's: of IPv6 whoever has one address has a whole network. None comes by the socket
/// on this machine, past which its folder lets nobody.
pub(super) type Origin = Option<IpAddr>;

/// The origin of a caller.
pub(super) fn origin(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & !0 << 64)),
        v4 @ IpAddr::V4(_) => v4,
    }
}

/// The places of one server.
#[derive(Debug)]
pub(super) struct Places {
    limits: HttpLimits,
    /// What it has to itself, and what it shares with the others.
    own: Arc<Semaphore>,
    of_process: Arc<Semaphore>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    next: u64,
    taken: BTreeMap<u64, Taken>,
    known: HashMap<Origin, Instant>,
    without: u64,
    told: Option<Instant>,
}

#[derive(Debug)]
struct Taken {
    origin: Origin,
    progress: Arc<ConnectionProgress>,
    room: OwnedSemaphorePermit,
}

/// A place, until it is dropped or given to another.
#[derive(Debug)]
pub(super) struct HeldPlace {
    number: u64,
    origin: Origin,
    progress: Arc<ConnectionProgress>,
    places: Arc<Places>,
}

/// What came of asking for a place.
#[derive(Debug)]
pub(super) struct PlaceAnswer {
    /// None where all are taken by those who are worked for.
    pub(super) place: Option<HeldPlace>,
    /// How many got none or lost theirs since it was last told, where it is to be told now.
    pub(super) crowded: Option<u64>,
}

impl Places {
    pub(super) fn new(bounds: &HttpBounds) -> Arc<Self> {
        let (limits, of_process) = (bounds.limits(), bounds.connections());
        let own = Arc::new(Semaphore::new(limits.own));
        Arc::new(Self { limits, own, of_process, state: Mutex::default() })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place for one that begins with this step.
    pub(super) fn take(self: &Arc<Self>, origin: Origin, first: ConnectionStep) -> PlaceAnswer {
        let now = Instant::now();
        let mut state = self.state();
        let before = state.taken.len();
        let Some(room) = self.room(&mut state, origin, now) else {
            return PlaceAnswer { place: None, crowded: state.crowd(now) };
        };
        let crowded = (state.taken.len() < before).then(|| state.crowd(now)).flatten();
        let (number, progress) = (state.next, ConnectionProgress::new(first));
        state.next += 1;
        state.taken.insert(number, Taken { origin, progress: Arc::clone(&progress), room });
        let place = HeldPlace { number, origin, progress, places: Arc::clone(self) };
        PlaceAnswer { place: Some(place), crowded }
    }

    /// What is free, or becomes it by whoever has been idle longest: of the same origin where that has all it may have, else of
    /// those that have not logged in; one that has is put behind none of them.
    fn room(
        &self,
        state: &mut State,
        origin: Origin,
        now: Instant,
    ) -> Option<OwnedSemaphorePermit> {
        let known = state.knows(origin, now);
        let most = if known { self.limits.logged_in } else { self.limits.per_address };
        let mine = state.taken.values().filter(|taken| taken.origin == origin).count();
        if mine >= most {
            return state.displace(|taken, _| taken == origin, now);
        }
        if state.taken.len() < self.limits.per_server
            && let Some(free) = free(&self.own).or_else(|| free(&self.of_process))
        {
            return Some(free);
        }
        let displaced = state.displace(|_, is_known| !is_known, now);
        displaced.or_else(|| known.then(|| state.displace(|_, _| true, now)).flatten())
    }
}

fn free(room: &Arc<Semaphore>) -> Option<OwnedSemaphorePermit> {
    Arc::clone(room).try_acquire_owned().ok()
}

impl State {
    /// Callers on this machine's socket are known by its folder's rights.
    fn knows(&self, origin: Origin, now: Instant) -> bool {
        let Some(at) = self.known.get(&origin) else { return origin.is_none() };
        now.saturating_duration_since(*at) < KNOWN_FOR
    }

    /// Takes the place of whoever has been idle longest of those.
    fn displace(
        &mut self,
        of: impl Fn(Origin, bool) -> bool,
        now: Instant,
    ) -> Option<OwnedSemaphorePermit> {
        let idle = self.taken.iter().filter_map(|(number, taken)| {
            let since = taken.progress.idle_since()?;
            of(taken.origin, self.knows(taken.origin, now)).then_some((since, *number))
        });
        let (_, number) = idle.min()?;
        let taken = self.taken.remove(&number)?;
        taken.progress.comes_to(ConnectionStep::Displaced);
        Some(taken.room)
    }

    /// One has no place, or no longer.
    fn crowd(&mut self, now: Instant) -> Option<u64> {
        self.without += 1;
        if self.told.is_some_and(|at| now.saturating_duration_since(at) < TOLD_EVERY) {
            return None;
        }
        self.told = Some(now);
        Some(std::mem::take(&mut self.without))
    }
}

impl HeldPlace {
    pub(super) fn progress(&self) -> &Arc<ConnectionProgress> {
        &self.progress
    }

    /// Whoever has it has logged in.
    pub(super) fn logged_in(&self) {
        let now = Instant::now();
        let mut state = self.places.state();
        if state.known.len() >= KNOWN_AT_MOST && !state.known.contains_key(&self.origin) {
            state.known.retain(|_, at| now.saturating_duration_since(*at) < KNOWN_FOR);
        }
        if state.known.len() < KNOWN_AT_MOST || state.known.contains_key(&self.origin) {
            state.known.insert(self.origin, now);
        }
    }
}

impl Drop for HeldPlace {
    fn drop(&mut self) {
        self.places.state().taken.remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::super::bounds::SERVERS;
    use super::*;

    const FEW: HttpLimits =
        HttpLimits { per_address: 2, logged_in: 3, per_server: 4, in_all: 4, own: 0, bodies: 0 };

    fn places(limits: HttpLimits) -> Arc<Places> {
        Places::new(&HttpBounds::new(limits))
    }

    fn address(last: u8) -> IpAddr {
        origin(IpAddr::from([192, 0, 2, last]))
    }

    fn asked(places: &Arc<Places>, last: u8) -> Option<HeldPlace> {
        places.take(Some(address(last)), ConnectionStep::Headers).place
    }

    fn idle(places: &Arc<Places>, last: u8) -> HeldPlace {
        asked(places, last).unwrap()
    }

    fn busy(places: &Arc<Places>, last: u8) -> HeldPlace {
        let place = idle(places, last);
        place.progress().comes_to(ConnectionStep::Request);
        place
    }

    fn is_displaced(place: &HeldPlace) -> bool {
        place.progress().idle_since().is_none() && !place.progress().is_at_work()
    }

    #[test]
    fn an_address_has_its_places_and_its_idle_ones_give_way_to_its_next() {
        let places = places(FEW);
        let (first, second) = (idle(&places, 1), busy(&places, 1));
        let third = idle(&places, 1);
        assert!(is_displaced(&first) && !is_displaced(&second));
        third.progress().comes_to(ConnectionStep::Request);
        assert!(asked(&places, 1).is_none());
        drop(first);
        assert!(asked(&places, 1).is_none(), "its place was another's");
        drop(second);
        assert!(asked(&places, 1).is_some());
    }

    #[test]
    fn one_that_has_logged_in_has_more_and_is_kept_out_by_no_stranger() {
        let places = places(FEW);
        let booth = busy(&places, 1);
        booth.logged_in();
        let strangers: Vec<_> = (2..=4).map(|last| idle(&places, last)).collect();
        let second = busy(&places, 1);
        assert!(is_displaced(&strangers[0]));
        let third = busy(&places, 1);
        assert!(is_displaced(&strangers[1]));
        assert!(asked(&places, 1).is_none(), "that is all it may have");
        third.progress().comes_to(ConnectionStep::Rest);
        let stranger = idle(&places, 5);
        assert!(is_displaced(&strangers[2]) && !is_displaced(&third), "not the booth's");
        drop((stranger, second));
    }

    #[test]
    fn that_it_is_crowded_is_told_at_once_and_then_with_how_many() {
        let places = places(FEW);
        let _held = (busy(&places, 1), busy(&places, 1));
        let ask = |last| places.take(Some(address(last)), ConnectionStep::Headers).crowded;
        assert_eq!((ask(1), ask(1), ask(2)), (Some(1), None, None));
        places.state().told = None;
        assert_eq!(ask(1), Some(2), "one of them before");
    }

    #[test]
    fn all_servers_together_have_no_more_than_the_process_may() {
        let bounds = HttpBounds::new(HttpLimits { in_all: 1, ..FEW });
        let (one, other) = (Places::new(&bounds), Places::new(&bounds));
        let place = idle(&one, 1);
        assert!(asked(&other, 1).is_none());
        drop(place);
        assert!(asked(&other, 1).is_some());
    }

    #[test]
    fn a_crowd_that_is_worked_for_at_one_server_shuts_none_of_the_others() {
        let limits = HttpLimits { per_server: 100, in_all: 20, own: 2, ..FEW };
        let bounds = HttpBounds::new(limits);
        let servers: Vec<_> = (0..SERVERS).map(|_| Places::new(&bounds)).collect();
        let crowd = |places: &Arc<Places>| -> Vec<_> {
            let come = (1..=100).map_while(|last| asked(places, last));
            come.inspect(|place| place.progress().comes_to(ConnectionStep::Request)).collect()
        };
        let held: Vec<_> = servers.iter().map(crowd).collect();
        let counts: Vec<_> = held.iter().map(Vec::len).collect();
        assert_eq!(counts[0], 20 - SERVERS * 2 + 2, "its own and all that is shared");
        assert!(counts[1..].iter().all(|count| *count == 2), "{counts:?}");
        assert_eq!(counts.iter().sum::<usize>(), limits.in_all);
    }

    #[test]
    fn a_network_of_ipv6_is_one_caller_and_a_mapped_address_is_itself() {
        let of = |text: &str| origin(text.parse().unwrap());
        assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff::9"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_eq!(of("::ffff:192.0.2.1"), address(1));
    }
}
