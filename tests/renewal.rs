//! What a platform is reached by changes while we run: its certificates, ours, and where its name is. Nobody restarts
//! anything.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod common;

use common::{PATIENCE, World, plate_of};
use lotgate::sim::authority::Authority;
use lotgate::sim::plan::user;
use lotgate::sim::platform::{Settings, SimulatedPlatform};
use lotgate::tls;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ServerConfig};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use tokio_rustls::{TlsAcceptor, TlsConnector};

/// Ends the platform and starts one with certificates of that authority where it was.
async fn platform_by(world: &mut World, authority: &Authority) {
    let settings = world.lot.platform_settings();
    let spare = Settings::local().unwrap();
    let spare = SimulatedPlatform::start(authority, user().unwrap(), spare).await.unwrap();
    std::mem::replace(&mut world.lot.platform, spare).stop().await;
    let back = SimulatedPlatform::start(authority, user().unwrap(), settings).await.unwrap();
    std::mem::replace(&mut world.lot.platform, back).stop().await;
}

async fn reports_and_link(world: &World, plate: &str) {
    world.lot.entry.read(plate).await;
    world.report(5004, |record| plate_of(record) == plate).await;
    assert!(world.lot.platform.linked(PATIENCE).await, "{}", world.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renewed_ca_counts_at_the_next_connection_over_https_and_on_the_link() {
    let mut world = World::with(|_| {}, "[platform]|timeout = \"1s\"").await;
    world.enter("粤B00001").await;
    let renewed = Authority::new().unwrap();
    platform_by(&mut world, &renewed).await;
    world.until("its refusal", || world.log().contains("invalid peer certificate")).await;
    std::fs::write(world.folder.path().join("ca.pem"), renewed.ca_pem()).unwrap();
    reports_and_link(&world, "粤B00002").await;
    world.until("the word", || world.log().contains("ca.pem were renewed")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ca_file_that_is_half_written_leaves_the_old_one_in_place() {
    let mut world = World::with(|_| {}, "[platform]|timeout = \"1s\"").await;
    world.enter("粤B00001").await;
    let ca_file = world.folder.path().join("ca.pem");
    let whole = std::fs::read_to_string(&ca_file).unwrap();
    std::fs::write(&ca_file, &whole[..whole.len() / 2]).unwrap();
    let authority = world.lot.authority.clone();
    platform_by(&mut world, &authority).await;
    reports_and_link(&world, "粤B00002").await;
    std::fs::remove_file(&ca_file).unwrap();
    platform_by(&mut world, &authority).await;
    reports_and_link(&world, "粤B00003").await;
    assert_eq!(world.log().matches("the one before is used on").count(), 1, "{}", world.log());
}

/// What it shows a client that trusts `ca` and shows this certificate, and whether it let that in.
async fn call(
    listen: SocketAddr,
    ca: &Path,
    own: Option<(&Path, &Path)>,
) -> std::io::Result<CertificateDer<'static>> {
    let config = tls::client_config(Some(ca), own).map_err(std::io::Error::other)?;
    let (name, stream) = (ServerName::try_from("localhost").unwrap(), TcpStream::connect(listen));
    let mut stream = TlsConnector::from(Arc::new(config)).connect(name, stream.await?).await?;
    // Only what is read shows that the server was content.
    stream.write_all(b"GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").await?;
    stream.read_u8().await?;
    let shown = stream.get_ref().1.peer_certificates().unwrap();
    Ok(shown[0].clone())
}

/// A certificate of that authority and its key, put into the folder under that name.
fn write(folder: &Path, name: &str, authority: &Authority) -> (PathBuf, PathBuf) {
    let issued = authority.issue().unwrap();
    let (chain, key) = (folder.join(format!("{name}.pem")), folder.join(format!("{name}.key")));
    std::fs::write(&chain, issued.certificate_pem).unwrap();
    std::fs::write(&key, issued.key_pem).unwrap();
    (chain, key)
}

#[tokio::test(flavor = "multi_thread")]
async fn our_door_for_commands_shows_its_renewed_certificate_and_asks_by_its_renewed_ca() {
    let more = "[platform.callback]|client_ca_file = \"callers.pem\"";
    let mut world = World::at_rest(|_| {}, more).await;
    let folder = world.folder.path().to_owned();
    let (callers, ca) = (folder.join("callers.pem"), folder.join("ca.pem"));
    let (old, new) = (Authority::new().unwrap(), Authority::new().unwrap());
    std::fs::write(&callers, old.ca_pem()).unwrap();
    let (of_old, of_new) = (write(&folder, "old", &old), write(&folder, "new", &new));
    let (of_old, of_new) =
        (Some((&*of_old.0, &*of_old.1)), Some((of_new.0.as_path(), of_new.1.as_path())));
    world.start();
    world.ready().await;
    let door = world.lot.callback();

    let before = call(door, &ca, of_old).await.unwrap();
    assert!(call(door, &ca, of_new).await.is_err());
    std::fs::write(&callers, new.ca_pem()).unwrap();
    assert!(call(door, &ca, of_old).await.is_err());
    assert_eq!(call(door, &ca, of_new).await.unwrap(), before);
    assert!(call(door, &ca, None).await.is_err());

    // The chain is there, its key is not yet: it makes no pair.
    write(&folder, "next", &world.lot.authority);
    std::fs::copy(folder.join("next.pem"), folder.join("callback.pem")).unwrap();
    assert_eq!(call(door, &ca, of_new).await.unwrap(), before);
    std::fs::copy(folder.join("next.key"), folder.join("callback.key")).unwrap();
    let next = tls::certificates(&folder.join("next.pem")).unwrap();
    assert_eq!(call(door, &ca, of_new).await.unwrap(), next[0]);
}

/// Shakes hands with a server that wants a certificate; says whether it got one that it takes.
async fn shake(config: &Arc<ClientConfig>, server: &Arc<ServerConfig>) -> bool {
    let (ours, theirs) = tokio::io::duplex(64 * 1024);
    let name = ServerName::try_from("localhost").unwrap();
    let accepting = async {
        let stream = TlsAcceptor::from(Arc::clone(server)).accept(theirs).await;
        stream.is_ok_and(|stream| stream.get_ref().1.peer_certificates().is_some())
    };
    let connecting = TlsConnector::from(Arc::clone(config)).connect(name, ours);
    tokio::join!(accepting, connecting).0
}

#[tokio::test]
async fn our_own_certificate_is_shown_as_its_files_are_and_never_half_of_it() {
    tls::install_provider();
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let (old, new) = (Authority::new().unwrap(), Authority::new().unwrap());
    let server = write(folder.path(), "server", &old);
    let server_wanting = |authority: &Authority, name: &str| {
        std::fs::write(at(name), authority.ca_pem()).unwrap();
        let callers = tls::CallersCertificate { ca_file: &at(name), name: None };
        Arc::new(tls::server_config(&server.0, &server.1, Some(callers)).unwrap())
    };
    let (wants_old, wants_new) = (server_wanting(&old, "old.ca"), server_wanting(&new, "new.ca"));
    let (chain, key) = write(folder.path(), "own", &old);
    let config = tls::client_config(Some(&at("old.ca")), Some((&chain, &key))).unwrap();
    let config = Arc::new(config);
    assert!(shake(&config, &wants_old).await);
    assert!(!shake(&config, &wants_new).await);
    // The chain is there, its key is not yet.
    let next = write(folder.path(), "next", &new);
    std::fs::copy(&next.0, &chain).unwrap();
    assert!(shake(&config, &wants_old).await);
    std::fs::copy(&next.1, &key).unwrap();
    assert!(shake(&config, &wants_new).await);
    assert!(!shake(&config, &wants_old).await);
}

/// TLS before a broker that has none, by a certificate of that authority; its connections end with it. `refused` counts
/// who does not want that.
fn before_the_broker(
    listener: std::net::TcpListener,
    broker: SocketAddr,
    by: &Authority,
    refused: Arc<AtomicUsize>,
) -> JoinHandle<()> {
    let acceptor = TlsAcceptor::from(by.server_config());
    listener.set_nonblocking(true).unwrap();
    let listener = TcpListener::from_std(listener).unwrap();
    tokio::spawn(async move {
        let mut lines = JoinSet::new();
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, refused) = (acceptor.clone(), Arc::clone(&refused));
            lines.spawn(async move {
                let Ok(mut client) = acceptor.accept(stream).await else {
                    refused.fetch_add(1, Ordering::SeqCst);
                    return;
                };
                let Ok(mut server) = TcpStream::connect(broker).await else { return };
                let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
            });
        }
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renewed_ca_counts_at_the_next_connection_to_a_broker() {
    let mut world = World::at_rest(|_| {}, "").await;
    let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let broker = world.lot.broker;
    let tls = format!("mqtts://localhost:{port}\"\nca_file = \"broker.pem");
    world.change_configuration(&format!("mqtt://{broker}"), &tls);
    let (old, new) = (Authority::new().unwrap(), Authority::new().unwrap());
    let ca_file = world.folder.path().join("broker.pem");
    std::fs::write(&ca_file, old.ca_pem()).unwrap();
    let refused = Arc::<AtomicUsize>::default();
    let count = Arc::clone(&refused);
    let way = before_the_broker(listener.try_clone().unwrap(), broker, &old, count);
    world.start();
    world.ready().await;
    world.enter("粤B00001").await;
    way.abort();
    assert!(way.await.unwrap_err().is_cancelled());
    let way = before_the_broker(listener, broker, &new, Arc::clone(&refused));
    world.until("its refusal", || refused.load(Ordering::SeqCst) > 0).await;
    std::fs::write(&ca_file, new.ca_pem()).unwrap();
    world.until("the word", || world.log().contains("broker.pem were renewed")).await;
    world.enter("粤B00002").await;
    way.abort();
}

/// A lot whose platform's name is `localhost`, which stands in a file of its own.
async fn movable() -> (World, std::path::PathBuf) {
    let mut world = World::with(|_| {}, "").await;
    world.kill();
    let hosts = world.folder.path().join("hosts");
    let path = hosts.display().to_string();
    std::fs::write(&hosts, "127.0.0.1 localhost\n").unwrap();
    world.start_with(&[("LOTGATE_SIM_HOSTS", &path)]);
    world.ready().await;
    world.enter("粤B00001").await;
    (world, hosts)
}

/// The same platform's next machine.
async fn elsewhere(world: &World) -> SimulatedPlatform {
    let there = |address: SocketAddr| SocketAddr::from(([127, 0, 0, 2], address.port()));
    let before = world.lot.platform_settings();
    let settings = Settings { https: there(before.https), tcp: there(before.tcp), ..before };
    SimulatedPlatform::start(&world.lot.authority, user().unwrap(), settings).await.unwrap()
}

/// What a machine does when its name leaves it.
#[derive(Debug, Clone, Copy)]
enum Left {
    /// It closes whatever connects, and has done so for long.
    Closed,
    /// It takes connections and says nothing.
    Silent,
    /// It goes on as if nothing had happened.
    Well,
}

/// After so many tries of the link pauses are far longer than it may take to find it.
const TRIES: usize = 8;
/// So soon a platform is to be found that has moved.
const FOUND_WITHIN: Duration = Duration::from_secs(15);

/// A lot whose platform's name moves, and is found: over HTTPS and on the link.
async fn moves_and_is_found(left: Left) {
    let (mut world, hosts) = movable().await;
    let there = elsewhere(&world).await;
    let before = world.lot.platform_settings();
    let old = std::mem::replace(&mut world.lot.platform, there);
    let tries = Arc::<AtomicUsize>::default();
    let old = leave(left, old, &before, &tries).await;
    if !matches!(left, Left::Well) {
        world.lot.entry.read("粤B00002").await;
        world.until("the loss", || world.log().contains("platform not available")).await;
    }
    let begun = Instant::now();
    while matches!(left, Left::Closed) && tries.load(Ordering::SeqCst) < TRIES {
        assert!(begun.elapsed() < PATIENCE * 10, "{}", world.log());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    std::fs::write(&hosts, "127.0.0.2 localhost\n").unwrap();
    let moved = Instant::now();
    assert!(world.lot.platform.linked(FOUND_WITHIN).await, "{left:?}, link:\n{}", world.log());
    let mut number = 2;
    while world.lot.platform.received(5004).is_empty() {
        let rest = FOUND_WITHIN.saturating_sub(moved.elapsed());
        assert!(!rest.is_zero(), "{left:?}, HTTPS:\n{}", world.log());
        // What came before may have been taken where it was, if that is well.
        number += 1;
        world.lot.entry.read(&format!("粤B{number:05}")).await;
        let soon = rest.min(Duration::from_secs(1));
        world.lot.platform.until(soon, |platform| !platform.received(5004).is_empty()).await;
    }
    drop(old);
}

/// What is left there; `tries` counts who comes to where the link was.
async fn leave(
    left: Left,
    old: SimulatedPlatform,
    before: &Settings,
    tries: &Arc<AtomicUsize>,
) -> (Option<SimulatedPlatform>, JoinSet<()>) {
    let mut doors = JoinSet::new();
    if let Left::Well = left {
        return (Some(old), doors);
    }
    old.stop().await;
    for (address, tries) in [(before.https, None), (before.tcp, Some(Arc::clone(tries)))] {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, address.port())).await.unwrap();
        doors.spawn(say_nothing(listener, matches!(left, Left::Silent), tries));
    }
    (None, doors)
}

/// Takes connections, and holds them or closes them at once.
async fn say_nothing(listener: TcpListener, holds: bool, tries: Option<Arc<AtomicUsize>>) {
    let mut held = Vec::new();
    while let Ok((stream, _)) = listener.accept().await {
        if let Some(tries) = &tries {
            tries.fetch_add(1, Ordering::SeqCst);
        }
        held.extend(holds.then_some(stream));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_platform_whose_name_moves_is_found_though_it_was_away_for_long() {
    moves_and_is_found(Left::Closed).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_platform_whose_name_moves_is_found_where_connections_are_taken_and_nothing_is_said() {
    moves_and_is_found(Left::Silent).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_platform_whose_name_moves_is_found_though_all_is_well_where_it_was() {
    moves_and_is_found(Left::Well).await;
}

/// A port on which nobody answers: its queue of connections is full, so that the kernel drops who comes.
fn swallow(address: SocketAddr) -> JoinSet<()> {
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind(address).unwrap();
    let listener = socket.listen(1).unwrap();
    let mut full = JoinSet::new();
    for _ in 0..4 {
        full.spawn(async move {
            let _held = TcpStream::connect(address).await;
            std::future::pending::<()>().await;
        });
    }
    full.spawn(async move {
        let _listener = listener;
        std::future::pending::<()>().await;
    });
    full
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_first_address_of_a_name_swallows_packets_the_second_is_reached_by_everybody() {
    let mut world = World::at_rest(|_| {}, "").await;
    let settings = world.lot.platform_settings();
    let deaf = |port: u16| swallow(SocketAddr::from(([127, 0, 0, 3], port)));
    let _deaf = (deaf(settings.https.port()), deaf(settings.tcp.port()));
    let hosts = world.folder.path().join("hosts").display().to_string();
    std::fs::write(&hosts, "127.0.0.3 localhost\n127.0.0.1 localhost\n").unwrap();
    let environment = [("LOTGATE_SIM_HOSTS", hosts.as_str())];
    world.start_with(&environment);
    world.ready().await;
    world.enter("粤B00001").await;
    for port in [settings.https.port(), settings.tcp.port()] {
        let words = format!("localhost has 2 addresses; 127.0.0.1:{port} answered");
        world.until("which one answered", || world.log().contains(&words)).await;
    }
    let doctor = common::lotgate()
        .args(["doctor", "--lang", "en", "--listen", "0s", "--ntp", "127.0.0.1:9", "--config"])
        .arg(world.lot.config_path())
        .envs(environment)
        .output()
        .unwrap();
    let said = String::from_utf8(doctor.stdout).unwrap();
    for port in [settings.https.port(), settings.tcp.port()] {
        assert!(said.contains(&format!("localhost:{port} (127.0.0.1)")), "{said}");
    }
}
