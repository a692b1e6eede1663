//! A pseudo-terminal: its other side is a serial port for whoever opens it by name. Closed at exec, so
//! that a process started meanwhile does not keep it alive.

use rustix::fs::{OFlags, fcntl_setfl};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::tcgetattr;
use std::io;
use std::os::fd::OwnedFd;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::unix::pipe;

/// Our side. To the reactor a terminal is read and written like a pipe.
pub struct Pty {
    read: pipe::Receiver,
    write: pipe::Sender,
    line: OwnedFd,
}

impl Pty {
    /// A new one, and its other side's name.
    pub fn open() -> io::Result<(Self, String)> {
        let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
        grantpt(&ours)?;
        unlockpt(&ours)?;
        let name = ptsname(&ours, Vec::new())?;
        fcntl_setfl(&ours, OFlags::NONBLOCK)?;
        let name = name.into_string().map_err(io::Error::other)?;
        let read = pipe::Receiver::from_owned_fd_unchecked(ours.try_clone()?)?;
        let write = pipe::Sender::from_owned_fd_unchecked(ours.try_clone()?)?;
        Ok((Self { read, write, line: ours }, name))
    }

    /// The speed that the other side has set, in baud.
    pub fn speed(&self) -> io::Result<u32> {
        Ok(tcgetattr(&self.line)?.input_speed())
    }

    /// Reads what the other side has written; an error while nobody has it open.
    pub async fn read(&mut self, received: &mut Vec<u8>) -> io::Result<usize> {
        self.read.read_buf(received).await
    }

    /// Writes all of it.
    pub async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.write.write_all(bytes).await
    }
}
