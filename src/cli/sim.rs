//! `lotgate sim`: a part of the simulation by itself.

use super::mishap_options::MishapOptions;
use super::sim_platform::{self, PlatformOptions};
use super::terminal;
use crate::lang::{Lang, say};
use crate::sim::broker;
use crate::sim::camera::SimulatedCamera;
use crate::sim::configuration;
use crate::sim::hardware::Hardware;
use crate::sim::mishaps::{Glance, Mishaps};
use crate::sim::plan::{DETECTOR_SPACES, ENTRY_CAMERA, EXIT_CAMERA, HardwarePlan, SENSOR_SPACES};
use crate::sim::serial_bus::BUTTON;
use anyhow::Context as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, BufReader};

#[derive(Debug, clap::Subcommand)]
pub(super) enum Part {
    /// An MQTT broker.
    Broker {
        /// Where it listens.
        #[arg(long, default_value = "127.0.0.1:1883")]
        listen: SocketAddr,
    },
    /// A strict city platform, that says what it takes and sends what is typed to it. Writes the configuration that fits it.
    Platform(PlatformOptions),
    /// A lot's devices without hardware: cameras, a serial bus with relay board, detector and display,
    /// sensors, a garage. Writes the configuration that fits them and obeys lines typed to it.
    Devices {
        /// Where its broker listens.
        #[arg(long, default_value = "127.0.0.1:1883")]
        listen: SocketAddr,
        /// Where its garage's PLC listens.
        #[arg(long, default_value = "127.0.0.1:1502")]
        garage: SocketAddr,
        /// Where `devices.toml` and the serial port `rs485` are made.
        #[arg(long, default_value = ".")]
        folder: PathBuf,
        #[command(flatten)]
        mishaps: MishapOptions,
    },
}

pub(super) fn sim(part: Part, lang: Lang) -> anyhow::Result<ExitCode> {
    match part {
        Part::Broker { listen } => broker::serve(listen)?,
        Part::Platform(options) => {
            let runtime = tokio::runtime::Runtime::new()?;
            let served = runtime.block_on(sim_platform::serve(options, lang));
            // Standard input may be waited for on a thread of its own.
            runtime.shutdown_timeout(Duration::from_millis(200));
            served?;
        }
        Part::Devices { listen, garage, folder, mishaps } => {
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .worker_threads(2)
                .enable_all()
                .build()?;
            let served = runtime.block_on(serve((listen, garage), &folder, mishaps.into(), lang));
            // The broker's threads know no end.
            runtime.shutdown_timeout(Duration::from_millis(200));
            served?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// All devices of the simulated lot.
struct Devices {
    entry: SimulatedCamera,
    exit: SimulatedCamera,
    hardware: Hardware,
}

impl Devices {
    /// The one that a line begins with.
    fn camera(&self, words: &[&str]) -> &SimulatedCamera {
        if words.first() == Some(&"in") { &self.entry } else { &self.exit }
    }
}

async fn serve(
    (listen, garage): (SocketAddr, SocketAddr),
    folder: &Path,
    mishaps: Mishaps,
    lang: Lang,
) -> anyhow::Result<()> {
    tokio::task::spawn_blocking(move || broker::start(listen)).await??;
    let plan = HardwarePlan::default();
    let hardware = Hardware::start(folder, listen, garage, plan, mishaps).await?;
    let path = folder.join("devices.toml");
    let port = folder.canonicalize()?.join("rs485");
    let text = configuration::devices(listen, &port, hardware.garage.address(), plan);
    std::fs::write(&path, text).with_context(|| path.display().to_string())?;
    let devices = Devices {
        entry: SimulatedCamera::start_with(listen, ENTRY_CAMERA, mishaps),
        exit: SimulatedCamera::start_with(listen, EXIT_CAMERA, mishaps),
        hardware,
    };
    devices.entry.connected().await;
    devices.exit.connected().await;
    let (path, port) = (path.display(), port.display());
    terminal::print(&say!(
        lang,
        "设备已就绪：MQTT {listen}，串口 {port}。把 {path} 的内容接在您的 [lot]、[platform]、[store]、[web]、[tariff] 之后即可。",
        "ready: MQTT {listen}, serial port {port}. Put the lines of {path} behind your [lot], [platform], [store], [web], [tariff]."
    ));
    terminal::print(&say!(
        lang,
        "命令：in|out 车牌 [misread] | in|out（无牌车） | deaf in|out | tail | sensor 1|2 on|off | detector 1|2 on|off | button | alarm on|off | unplug | plug | quit",
        "Say: in|out PLATE [misread] | in|out (no plate) | deaf in|out | tail | sensor 1|2 on|off | detector 1|2 on|off | button | alarm on|off | unplug | plug | quit"
    ));
    tokio::select! {
        stopped = super::run::stopped_by_signal() => stopped?,
        done = obey(&devices, lang) => done?,
        () = tell(&devices, lang) => {}
    }
    Ok(())
}

/// Does what lines on standard input say.
async fn obey(devices: &Devices, lang: Lang) -> anyhow::Result<()> {
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    while let Some(line) = lines.next_line().await? {
        let words: Vec<&str> = line.split_whitespace().collect();
        let on = words.last() == Some(&"on");
        let which = |spaces: std::ops::Range<u32>| {
            let number: u32 = words.get(1)?.parse().ok()?;
            (1..=u32::try_from(spaces.len()).ok()?).contains(&number).then_some(number)
        };
        let bus = &devices.hardware.bus;
        match words.as_slice() {
            [] => {}
            ["in" | "out", plate] => {
                let glance = devices.camera(&words).read(plate).await;
                tell_misread(plate, &glance, lang);
            }
            ["in" | "out"] => {
                devices.camera(&words).read_nothing().await;
            }
            ["in" | "out", plate, "misread"] => {
                let glance = devices.camera(&words).misread(plate).await;
                tell_misread(plate, &glance, lang);
            }
            ["deaf", "in"] => devices.entry.deafen(1),
            ["deaf", "out"] => bus.lock().await.units().deaf_to += 1,
            ["tail"] => bus.lock().await.units().followers += 1,
            ["sensor", _, "on" | "off"] if which(SENSOR_SPACES).is_some() => {
                devices.hardware.sensors.sees(which(SENSOR_SPACES).unwrap_or(1), on).await;
            }
            ["detector", _, "on" | "off"] if which(DETECTOR_SPACES).is_some() => {
                let at = usize::try_from(which(DETECTOR_SPACES).unwrap_or(1) - 1).unwrap_or(0);
                if let Some(input) = bus.lock().await.units().detector.get_mut(at) {
                    *input = on;
                }
            }
            ["button"] => {
                bus.lock().await.units().inputs[BUTTON] = true;
                tokio::time::sleep(Duration::from_millis(300)).await;
                bus.lock().await.units().inputs[BUTTON] = false;
            }
            ["alarm", "on" | "off"] => {
                devices.hardware.garage.set(crate::sim::garage::register::ALARMS, u16::from(on));
            }
            ["unplug"] => bus.lock().await.unplug(),
            ["plug"] => bus.lock().await.plug_again()?,
            ["quit"] => return Ok(()),
            _ => terminal::print(&say!(lang, "听不懂：{line}", "not understood: {line}")),
        }
    }
    // Without anybody typing it serves until it is stopped.
    std::future::pending().await
}

/// Says what a camera made of a plate, where it is something else.
fn tell_misread(plate: &str, glance: &Glance, lang: Lang) {
    let reading = glance.reading.as_deref().unwrap_or("—");
    if reading != plate {
        terminal::print(&say!(
            lang,
            "相机把 {plate} 识别成 {reading}",
            "the camera reads {plate} as {reading}"
        ));
    }
}

/// Says what the gateway does with the devices.
async fn tell(devices: &Devices, lang: Lang) {
    let (mut opened, mut pressed, mut shown, mut moved) = (0, 0, 0, 0);
    loop {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let opens = devices.entry.opens().len() + devices.exit.opens().len();
        for _ in opened..opens {
            terminal::print(&say!(lang, "相机继电器吸合", "a camera's relay closed"));
        }
        opened = opens;
        {
            let bus = devices.hardware.bus.lock().await;
            let units = bus.units();
            for coil in units.presses.iter().skip(pressed) {
                terminal::print(&say!(
                    lang,
                    "继电器板：线圈 {coil} 吸合",
                    "relay board: coil {coil} closed"
                ));
            }
            for lines in units.shown.iter().skip(shown) {
                let lines = lines.join(" | ");
                terminal::print(&say!(lang, "显示屏：{lines}", "display: {lines}"));
            }
            (pressed, shown) = (units.presses.len(), units.shown.len());
        }
        let moves = devices.hardware.garage.moves();
        for one in moves.iter().skip(moved) {
            let (job, space) = (one.job, one.space);
            let (zh, en) =
                if one.store { ("存车", "stores into") } else { ("取车", "retrieves from") };
            terminal::print(&say!(
                lang,
                "车库：{zh} {space} 号车位（任务 {job}）",
                "garage: {en} space {space} (job {job})"
            ));
        }
        moved = moves.len();
    }
}
