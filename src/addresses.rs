//! The addresses of a name, and a connection to the first of them that answers, as RFC 8305 says: families take turns,
//! each next address is tried beside those before it after a quarter of a second, so that one that swallows packets keeps
//! nobody. For every client here; it knows no protocol.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::{TcpStream, lookup_host};
use tokio::task::JoinSet;

/// One address has this long before the next is tried beside it (RFC 8305, 5).
const NEXT_AFTER: Duration = Duration::from_millis(250);

/// A connection, and where it leads.
#[derive(Debug)]
pub struct Reached {
    /// The connection.
    pub stream: TcpStream,
    /// The address that answered.
    pub at: SocketAddr,
    /// How many the name has.
    pub of: usize,
}

/// The addresses of a name now.
pub async fn resolve(host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
    let host = host.trim_matches(['[', ']']);
    #[cfg(feature = "sim")]
    if let Some(written) = written(host) {
        return Ok(written.into_iter().map(|address| (address, port).into()).collect());
    }
    Ok(lookup_host((host, port)).await?.collect())
}

/// A simulated world's own hosts file, where its name is in the environment.
#[cfg(feature = "sim")]
fn written(host: &str) -> Option<Vec<std::net::IpAddr>> {
    let text = std::fs::read_to_string(std::env::var_os("LOTGATE_SIM_HOSTS")?).ok()?;
    let lines = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    let ours = lines.filter(|words| words.iter().skip(1).any(|name| *name == host));
    let found: Vec<_> = ours.filter_map(|words| words.first()?.parse().ok()).collect();
    (!found.is_empty()).then_some(found)
}

/// A connection to where the name is now. An error says of each address what came of it.
pub async fn connect(host: &str, port: u16) -> io::Result<Reached> {
    let addresses = resolve(host, port).await?;
    let of = addresses.len();
    let (stream, at) = first_of(addresses, TcpStream::connect).await?;
    Ok(Reached { stream, at, of })
}

/// The same addresses, the one first that answers first: for clients that make their connections themselves, one address
/// after the other. Where there is one only, nobody is asked.
pub async fn answering_first(mut addresses: Vec<SocketAddr>) -> Vec<SocketAddr> {
    if addresses.len() > 1
        && let Ok((_, answers)) = first_of(addresses.clone(), TcpStream::connect).await
        && let Some(place) = addresses.iter().position(|address| *address == answers)
    {
        let first = addresses.remove(place);
        addresses.insert(0, first);
    }
    addresses
}

/// What comes of the first address that answers.
async fn first_of<T, F>(
    addresses: Vec<SocketAddr>,
    connect: impl Fn(SocketAddr) -> F,
) -> io::Result<(T, SocketAddr)>
where
    T: Send + 'static,
    F: Future<Output = io::Result<T>> + Send + 'static,
{
    let mut addresses = taking_turns(addresses).into_iter();
    let several = addresses.len() > 1;
    let mut trying = JoinSet::new();
    let mut faults: Vec<(SocketAddr, io::Error)> = Vec::new();
    loop {
        match addresses.next() {
            Some(address) => {
                let connecting = connect(address);
                trying.spawn(async move { (address, connecting.await) });
            }
            None if trying.is_empty() => return Err(none_answers(faults, several)),
            None => {}
        }
        let more = !addresses.as_slice().is_empty();
        tokio::select! {
            Some(tried) = trying.join_next() => match tried.map_err(io::Error::other)? {
                (address, Ok(connection)) => return Ok((connection, address)),
                (address, Err(error)) => faults.push((address, error)),
            },
            () = tokio::time::sleep(NEXT_AFTER), if more => {}
        }
    }
}

fn none_answers(mut faults: Vec<(SocketAddr, io::Error)>, several: bool) -> io::Error {
    let last = faults.pop();
    match last {
        None => io::Error::new(io::ErrorKind::NotFound, "the name has no address"),
        Some((_, error)) if !several => error,
        Some((address, error)) => {
            let kind = error.kind();
            faults.push((address, error));
            let words = faults.iter().map(|(address, error)| format!("{}: {error}", address.ip()));
            io::Error::new(kind, words.collect::<Vec<_>>().join("; "))
        }
    }
}

/// Addresses with their families taking turns, the first one's first; within a family as they were.
fn taking_turns(addresses: Vec<SocketAddr>) -> Vec<SocketAddr> {
    let first_is_v6 = addresses.first().is_some_and(SocketAddr::is_ipv6);
    let (firsts, others): (Vec<_>, Vec<_>) =
        addresses.into_iter().partition(|address| address.is_ipv6() == first_is_v6);
    let (mut firsts, mut others) = (firsts.into_iter(), others.into_iter());
    let mut turns = Vec::new();
    loop {
        let pair = [firsts.next(), others.next()];
        if pair == [None, None] {
            return turns;
        }
        turns.extend(pair.into_iter().flatten());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;
    use std::sync::{Arc, Mutex};

    fn at(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    /// How an address behaves in a test.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    enum Behaves {
        Answers,
        Refuses,
        Swallows,
    }

    async fn behave(how: Option<Behaves>) -> io::Result<()> {
        match how {
            Some(Behaves::Answers) => Ok(()),
            Some(Behaves::Refuses) => Err(io::ErrorKind::ConnectionRefused.into()),
            Some(Behaves::Swallows) | None => std::future::pending().await,
        }
    }

    fn run<F: Future>(future: F) -> F::Output {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.unwrap().block_on(future)
    }

    #[test]
    fn families_take_turns_and_nothing_is_lost() {
        let given = ["[2001:db8::1]:1", "[2001:db8::2]:1", "[2001:db8::3]:1", "192.0.2.1:1"];
        let turns = taking_turns(given.map(at).to_vec());
        let expected = ["[2001:db8::1]:1", "192.0.2.1:1", "[2001:db8::2]:1", "[2001:db8::3]:1"];
        assert_eq!(turns, expected.map(at));
        assert_eq!(taking_turns(Vec::new()), []);
    }

    #[test]
    fn all_that_refuse_are_named_with_what_they_said() {
        let refuse = |_| behave(Some(Behaves::Refuses));
        let error = run(first_of(vec![at("192.0.2.1:1"), at("192.0.2.2:1")], refuse)).unwrap_err();
        let words = error.to_string();
        assert!(words.contains("192.0.2.1: ") && words.contains("192.0.2.2: "), "{words}");
        let nobody = run(first_of(Vec::new(), refuse)).unwrap_err();
        assert_eq!(nobody.kind(), io::ErrorKind::NotFound);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]

        #[test]
        fn one_that_answers_is_found_among_others_wherever_it_stands(
            others in proptest::collection::vec((any::<bool>(), any::<bool>()), 0..3),
            place in 0usize..3,
        ) {
            let mut ways: Vec<_> = others
                .iter()
                .zip(1u8..)
                .map(|((v6, swallows), n)| {
                    let address = if *v6 { format!("[2001:db8::{n}]:1") } else { format!("192.0.2.{n}:1") };
                    let how = if *swallows { Behaves::Swallows } else { Behaves::Refuses };
                    (at(&address), how)
                })
                .collect();
            let good = at("198.51.100.1:1");
            ways.insert(place.min(ways.len()), (good, Behaves::Answers));
            let how: BTreeMap<_, _> = ways.iter().copied().collect();
            let tried = Arc::new(Mutex::new(Vec::new()));
            let noted = Arc::clone(&tried);
            let connect = move |address| {
                noted.lock().unwrap().push(address);
                behave(how.get(&address).copied())
            };
            let addresses: Vec<_> = ways.iter().map(|(address, _)| *address).collect();
            let ((), found) = run(first_of(addresses.clone(), connect)).unwrap();
            prop_assert_eq!(found, good);
            // Nobody behind the one that answers at once is asked.
            let turns = taking_turns(addresses);
            let tried = tried.lock().unwrap().clone();
            prop_assert!(turns.starts_with(&tried) && tried.last() == Some(&good), "{:?}", tried);
        }
    }

    #[tokio::test]
    async fn an_address_where_nobody_listens_is_an_error_and_one_where_somebody_does_a_connection()
    {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let reached = connect("127.0.0.1", port).await.unwrap();
        assert_eq!((reached.at.port(), reached.of), (port, 1));
        drop(listener);
        assert!(connect("127.0.0.1", port).await.is_err());
    }

    #[tokio::test]
    async fn a_silent_address_does_not_keep_us_from_the_next() {
        // A queue of connections that nobody takes, full: whoever comes now hears nothing.
        let silent = tokio::net::TcpSocket::new_v4().unwrap();
        silent.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let silent = silent.listen(1).unwrap();
        let deaf = silent.local_addr().unwrap();
        let waiting: Vec<_> = (0..4).map(|_| tokio::spawn(TcpStream::connect(deaf))).collect();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let there = listener.local_addr().unwrap();
        assert_eq!(answering_first(vec![deaf, there]).await, [there, deaf]);
        waiting.iter().for_each(tokio::task::JoinHandle::abort);
    }
}
