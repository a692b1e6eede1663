//! What an init system sees of the real binary, and what packages are made of.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod common;

use common::World;
use std::os::unix::net::UnixDatagram;
use std::process::Command;
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn systemd_hears_when_it_is_ready_alive_reloading_and_stopping() {
    let mut world = World::new().await;
    world.kill();
    let path = world.folder.path().join("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let heard = || {
        let mut buffer = [0; 256];
        let length = socket.recv(&mut buffer).unwrap();
        String::from_utf8_lossy(&buffer[..length]).into_owned()
    };
    world.start_with(&[("NOTIFY_SOCKET", path.to_str().unwrap())]);
    let mut first = heard();
    // The engine may have answered its first tick before everything is ready.
    while first.contains("WATCHDOG=1") {
        first = heard();
    }
    assert!(first.contains("READY=1"), "{first}");
    // The engine's own answers, one a second.
    assert!(heard().contains("WATCHDOG=1"));
    assert!(heard().contains("WATCHDOG=1"));
    world.hang_up();
    let until = |word: &str| while !heard().contains(word) {};
    until("RELOADING=1");
    until("READY=1");
    assert!(world.terminate().await.1);
    until("STOPPING=1");
}

#[test]
fn packages_get_a_man_page_and_completions_made_from_the_command_line() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_lotgate"));
    let status = command.arg("package-files").arg(folder.path()).status().unwrap();
    assert!(status.success());
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    assert!(read("lotgate.1").contains("Run the gateway until it is told to stop"));
    for name in ["lotgate.bash", "_lotgate", "lotgate.fish"] {
        assert!(read(name).contains("queue"), "{name}");
        // Simulations are not in a box's build.
        assert!(!read(name).contains("demo"), "{name}");
    }
}
