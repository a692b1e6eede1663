//! The command line: one file a subcommand.
//!
//! Exit status: 0 well, 1 found a problem, 2 used wrongly.

mod aside;
mod backup;
mod broker;
mod check;
#[cfg(feature = "sim")]
mod demo;
mod doctor;
mod drive;
mod forget;
mod init;
mod lease;
mod local;
mod log;
#[cfg(feature = "sim")]
mod mishap_options;
#[cfg(feature = "sim")]
mod package_files;
mod paper;
mod queue;
mod reminder;
mod run;
#[cfg(feature = "self-test")]
mod self_test;
#[cfg(feature = "sim")]
mod sim;
#[cfg(feature = "sim")]
mod sim_platform;
mod status;
mod status_of_store;
mod stock;
mod tariff;
mod terminal;

use crate::lang::Lang;
use clap::{Parser, Subcommand, ValueEnum};
use std::path::PathBuf;
use std::process::ExitCode;

/// A car park's controller: plate cameras and barriers on one side, the city parking management
/// platform (DB4403/T 313-2023) on the other.
#[derive(Debug, Parser)]
#[command(version, about)]
pub struct Arguments {
    /// The configuration file.
    #[arg(long, global = true, default_value = "/etc/lotgate/config.toml")]
    config: PathBuf,
    /// The language of messages; from LC_ALL, LC_MESSAGES or LANG when absent.
    #[arg(long, global = true, value_enum)]
    lang: Option<LangArgument>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum LangArgument {
    Zh,
    En,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Ask the few questions a first configuration needs and write it.
    Init(Box<init::Answers>),
    /// Run the gateway until it is told to stop.
    Run,
    /// Check the configuration and print every mistake with its place.
    Check {
        /// As JSON, for scripts.
        #[arg(long)]
        json: bool,
    },
    /// Look at everything the box needs and say what is wrong and what to do.
    Doctor(doctor::DoctorArguments),
    /// Show how the lot, its devices and its queue stand.
    Status {
        /// As JSON, for scripts.
        #[arg(long)]
        json: bool,
    },
    /// Work out what stays cost by the prices of the file; `[tariff]` is all it needs.
    Tariff {
        #[command(subcommand)]
        command: tariff::TariffCommand,
    },
    /// List leases, or import them from a spreadsheet's CSV.
    Lease {
        #[command(subcommand)]
        command: lease::LeaseCommand,
    },
    /// Take stock: compare a list of the plates that truly stand there with the cars that are inside by the records, close and
    /// enter what is not so, or take that back within a day.
    Stock(stock::StockArguments),
    /// Say that this box commands the barriers, where another box runs for the lot, too: that one stands back.
    Drive(drive::DriveArguments),
    /// Forget a plate, because its owner wants it: sums and times stay without it.
    Forget(forget::ForgetArguments),
    /// Copy the database into a new file; the gateway may go on meanwhile.
    Backup {
        /// The new file.
        file: PathBuf,
    },
    /// Put a copy in the database's place, while the gateway rests.
    Restore {
        /// The copy.
        file: PathBuf,
        /// Do not ask.
        #[arg(long)]
        yes: bool,
    },
    /// Look after the reports that wait for the platform and those it refused.
    Queue {
        #[command(subcommand)]
        command: queue::QueueSubcommand,
    },
    /// Look after what could not be taken and was put aside: late reads of moments that cannot be right, and what ended the
    /// process each time.
    Aside {
        #[command(subcommand)]
        command: aside::AsideSubcommand,
    },
    /// Show a whole lot at work: simulated platform, broker and cameras around the real gateway.
    #[cfg(feature = "sim")]
    Demo {
        /// Stop by itself after this long, e.g. 15s.
        #[arg(long = "for", value_name = "DURATION", value_parser = duration)]
        length: Option<std::time::Duration>,
        /// Cars that arrive in a second; for more than one there is no arm, no loop and no hard case.
        #[arg(long, default_value_t = 1.0)]
        cars: f64,
    },
    /// Write the man page and shell completions into a folder.
    #[cfg(feature = "sim")]
    #[command(hide = true)]
    PackageFiles {
        /// Where to.
        folder: std::path::PathBuf,
    },
    /// Run a part of the simulation by itself, to try a gateway or a camera against.
    #[cfg(feature = "sim")]
    Sim {
        #[command(subcommand)]
        part: sim::Part,
    },
}

fn duration(text: &str) -> Result<std::time::Duration, String> {
    crate::config::reader::parse_duration(text)
        .and_then(|duration| duration.try_into().ok())
        .ok_or_else(|| "write a number and a unit, e.g. 15s, 2m, 1h".to_owned())
}

/// Parses the command line and does what it says.
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        // Help and the version are asked for.
        Err(wrong) if !wrong.use_stderr() => wrong.exit(),
        Err(wrong) => {
            terminal::complain_all(&wrong.render().to_string());
            return ExitCode::from(2);
        }
    };
    let lang = arguments.lang.map(|lang| match lang {
        LangArgument::Zh => Lang::Zh,
        LangArgument::En => Lang::En,
    });
    crate::tls::install_provider();
    let shown = lang.unwrap_or_else(Lang::from_environment);
    let done = match arguments.command {
        Command::Init(answers) => init::init(&arguments.config, shown, *answers),
        Command::Run => run::run(&arguments.config, lang),
        Command::Check { json } => check::check(&arguments.config, shown, json),
        Command::Doctor(doctor) => doctor::doctor(&arguments.config, shown, doctor),
        Command::Status { json } => status::status(&arguments.config, shown, json),
        Command::Tariff { command } => tariff::tariff(&arguments.config, command, shown),
        Command::Lease { command } => lease::lease(&arguments.config, &command, shown),
        Command::Stock(count) => stock::stock(&arguments.config, &count, shown),
        Command::Drive(said) => drive::drive(&arguments.config, said, shown),
        Command::Forget(plate) => forget::forget(&arguments.config, plate, shown),
        Command::Backup { file } => backup::backup(&arguments.config, &file, shown),
        Command::Restore { file, yes } => backup::put_back(&arguments.config, &file, yes, shown),
        Command::Aside { command } => aside::aside(&arguments.config, command, shown),
        Command::Queue { command } => queue::queue(&arguments.config, command, shown),
        #[cfg(feature = "sim")]
        Command::Demo { length, cars } => demo::demo(length, cars, shown),
        #[cfg(feature = "sim")]
        Command::PackageFiles { folder } => package_files::write(&folder),
        #[cfg(feature = "sim")]
        Command::Sim { part } => sim::sim(part, shown),
    };
    done.unwrap_or_else(|error| {
        terminal::complain(&format!("lotgate: {error:#}"));
        ExitCode::FAILURE
    })
}
