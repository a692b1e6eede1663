//! The socket beside the database: who may open it, whose it is, and that nobody on the network shuts it.

use crate::common::{World, lotgate};
use serde_json::json;
use std::fs::Permissions;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpSocket;

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().mode() & 0o777
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_its_owners_and_groups_and_stays_so_whatever_opens_the_database() {
    let mut world = World::at_rest(|_| {}, "").await;
    let folder = world.folder.path().to_owned();
    std::fs::set_permissions(&folder, Permissions::from_mode(0o755)).unwrap();
    world.start();
    world.ready().await;
    world.until("the socket", || world.socket().exists()).await;
    let stands = || {
        assert_eq!((mode(&world.socket()), mode(&folder)), (0o660, 0o710));
        assert_eq!(mode(&folder.join("lotgate.db")), 0o600);
    };
    stands();
    // What else opens the database looks after its folder, too.
    for arguments in [&["status"][..], &["queue", "ls"], &["doctor"], &["queue", "retry", "--all"]]
    {
        world.lotgate(arguments);
        stands();
    }
    let (head, _) = world.http_on_box("GET", "/api/status", "host: anything\r\n", "").await;
    assert!(head.contains("200") && head.to_lowercase().contains("nosniff"), "{head}");
    // A stop takes it away, and whoever opens the database then shuts its folder.
    world.terminate().await;
    assert!(!world.socket().exists());
    assert!(world.lotgate(&["queue", "retry", "1"]).status.code().is_some());
    assert_eq!(mode(&folder), 0o700);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_killed_process_left_is_replaced_and_a_second_gateway_takes_it_from_nobody() {
    let mut world = World::new().await;
    world.until("the socket", || world.socket().exists()).await;
    let (path, config) = (world.socket(), world.lot.config_path());
    let which = || std::fs::metadata(&path).unwrap().ino();
    let first = which();
    let second = tokio::task::spawn_blocking(move || {
        lotgate().args(["run", "--config"]).arg(config).output().unwrap()
    });
    assert!(!second.await.unwrap().status.success(), "one writer");
    assert_eq!(which(), first);
    assert!(world.http_on_box("GET", "/api/status", "host: x\r\n", "").await.0.contains("200"));
    world.kill();
    assert!(path.exists(), "nothing takes it away");
    world.restart().await;
    let answers = || std::os::unix::net::UnixStream::connect(&path).is_ok();
    world.until("the new socket", answers).await;
    assert!(world.http_on_box("GET", "/api/status", "host: x\r\n", "").await.0.contains("200"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crowd_on_the_network_that_is_worked_for_keeps_no_command_line_waiting() {
    let world = World::new().await;
    world.until("the socket", || world.socket().exists()).await;
    let mut held = Vec::new();
    for number in 0..300_u16 {
        let socket = TcpSocket::new_v4().unwrap();
        let last = u8::try_from(number / 8).unwrap() + 1;
        socket.bind(SocketAddr::from((Ipv4Addr::new(127, 0, 11, last), 0))).unwrap();
        let Ok(mut stream) = socket.connect(world.lot.web()).await else { continue };
        // A large body that never comes: its place is not given to others, and it has taken room.
        let head = "POST /api/coupons HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
                    authorization: Bearer token-of-the-booth\r\ncontent-length: 2000000\r\n\r\n{";
        let _ = stream.write_all(head.as_bytes()).await;
        held.push(stream);
    }
    let begun = std::time::Instant::now();
    let unknown = ["queue", "drop", "--yes", "--reason", "x", "4711"];
    let answered = world.lotgate(&unknown);
    let words = String::from_utf8(answered.stderr).unwrap();
    assert!(words.contains("4711"), "answered by the gateway: {words}");
    let large = json!({ "rows": vec![1; 600_000] }).to_string();
    let kind = "host: x\r\ncontent-type: application/json\r\n";
    let (head, body) = world.http_on_box("POST", "/api/queue/retry", kind, &large).await;
    assert!(head.contains("422"), "{head} {body}");
    // The crowd is there yet: whoever rests is let go after 30 s.
    assert!(begun.elapsed().as_secs() < 20, "{:?}", begun.elapsed());
    drop(held);
}
