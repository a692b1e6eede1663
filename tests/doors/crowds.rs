//! Many callers at once: they keep nobody out, take no memory for good, and no lane notices.

use crate::common::{PATIENCE, World};
use crate::units;
use std::net::{Ipv4Addr, SocketAddr};
use std::task::Poll;
use std::time::Instant;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

/// From an address of this machine's own network.
async fn connect_from(last: u8, to: SocketAddr) -> std::io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(SocketAddr::from((Ipv4Addr::new(127, 0, 9, last), 0)))?;
    socket.connect(to).await
}

/// After how many seconds the other side closes.
async fn closed(stream: &mut TcpStream, since: Instant) -> f64 {
    let mut bytes = Vec::new();
    // A reset is an end, too.
    let _ = tokio::time::timeout(PATIENCE * 3, stream.read_to_end(&mut bytes)).await;
    since.elapsed().as_secs_f64()
}

impl World {
    fn descriptors(&self) -> usize {
        std::fs::read_dir(format!("/proc/{}/fd", self.process())).unwrap().count()
    }

    /// A line of the process's status, in KiB.
    fn memory(&self, line: &str) -> u64 {
        let path = format!("/proc/{}/status", self.process());
        let text = std::fs::read_to_string(path).unwrap();
        let value = text.lines().find_map(|one| one.strip_prefix(line)).unwrap();
        value.trim_start_matches(':').split_whitespace().next().unwrap().parse().unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_idle_callers_at_each_door_keep_neither_the_booth_nor_a_lane_waiting() {
    let world = World::new().await;
    let before = world.descriptors();
    let mut idle = Vec::new();
    for door in [world.lot.web(), world.lot.callback()] {
        for number in 0..500_u16 {
            // From one address, and from many.
            let last = if number < 250 { 1 } else { u8::try_from(number % 250).unwrap() + 2 };
            idle.push(connect_from(last, door).await.unwrap());
        }
    }
    assert!(world.look("/healthz").await.0.contains("200"));
    world.enter("粤B00001").await;
    // The connections that were too many have been closed.
    let most = before + 256 + 16;
    world.until("the end of those too many", || world.descriptors() <= most).await;
    world.until("the line", || world.log().contains("too many connections")).await;
    drop(idle);
    world.assert_lawful().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_shakes_no_hand_or_sends_no_headers_or_rests_too_long_is_let_go() {
    let world = World::new().await;
    let (web, callback) = (world.lot.web(), world.lot.callback());
    let begun = Instant::now();
    let mut silent = TcpStream::connect(callback).await.unwrap();
    let mut slow = TcpStream::connect(web).await.unwrap();
    slow.write_all(b"GET /healthz HTTP/1.1\r\nHo").await.unwrap();
    let mut resting = TcpStream::connect(web).await.unwrap();
    let request = format!("GET /healthz HTTP/1.1\r\nHost: {web}\r\n\r\n");
    resting.write_all(request.as_bytes()).await.unwrap();
    assert!(resting.read(&mut [0; 4096]).await.unwrap() > 0);
    let (silent, slow, resting) = tokio::join!(
        closed(&mut silent, begun),
        closed(&mut slow, begun),
        closed(&mut resting, begun)
    );
    // 5 s, 10 s and 30 s, with what a slow machine needs: twice as long would be too long.
    assert!((4.5..9.5).contains(&silent), "{silent} s without a handshake");
    assert!((9.5..19.0).contains(&slow), "{slow} s without headers");
    assert!((29.0..50.0).contains(&resting), "{resting} s at rest");
}

/// What each of these comes to, all at once.
async fn all<F: Future>(futures: Vec<F>) -> Vec<F::Output> {
    let mut futures: Vec<_> = futures.into_iter().map(|one| (Box::pin(one), None)).collect();
    std::future::poll_fn(|context| {
        for (future, output) in &mut futures {
            if output.is_none()
                && let Poll::Ready(ready) = future.as_mut().poll(context)
            {
                *output = Some(ready);
            }
        }
        if futures.iter().all(|(_, output)| output.is_some()) {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
    futures.into_iter().filter_map(|(_, output)| output).collect()
}

/// Bodies that the callback refuses, each in its own way, all of 10 MB.
fn large_bodies() -> [Vec<u8>; 3] {
    let filled = |begin: &str, with: &str, end: &str| {
        let times = ((10 << 20) - begin.len() - end.len()) / with.len();
        format!("{begin}{}{end}", with.repeat(times)).into_bytes()
    };
    [
        filled(r#"{"timestamp":1,"sign":"00","data":["#, "0,", "0]}"),
        filled(r#"{"timestamp":1,"sign":"00","data":[""#, "x", "\"]}"),
        filled("", "{", ""),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_callers_with_ten_megabytes_each_stop_no_lane_and_their_memory_goes_back() {
    let mut world = World::new().await;
    world.kill();
    let environment = units::environment();
    let environment: Vec<_> =
        environment.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    world.start_with(&environment);
    world.ready().await;
    let announced = || world.lot.platform.callback_server().is_some();
    world.until("the login", announced).await;
    world.enter("粤B00001").await;
    let before = world.memory("VmRSS");
    let bodies = large_bodies();
    let platform = &world.lot.platform;
    let calls = (0..100).map(|number| platform.call_back_raw(6005, bodies[number % 3].clone()));
    let lane = async {
        for number in 2..6 {
            world.enter(&format!("粤B0000{number}")).await;
        }
    };
    let (answers, ()) = tokio::join!(all(calls.collect()), lane);
    assert!(answers.iter().any(Result::is_ok), "{:?}", answers.first());
    let peak = world.memory("VmHWM");
    assert!(peak < before + (192 << 10), "{before} KiB before, {peak} KiB at the most");
    let settled = || world.memory("VmRSS") < before + (48 << 10);
    world.until("the memory", settled).await;
    let small = world.lot.platform.call_back(6005, &[]).await.unwrap();
    assert_eq!(small.result_code, 1, "and it answers on");
    world.assert_lawful().await;
}
