//! What is measured: this program again, as a child in a role, so that its processor time and memory can be read.

use std::collections::HashMap;
use std::env;
use std::fs;
use std::io::{self, BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::error::BenchError;

const ROLE: &str = "BENCH_ROLE";
const MODEL: &str = "BENCH_MODEL";
/// The settings of Switchboard with the agents for measuring: one caller has more tools run here than any caller would.
const SETTINGS: &str = "measuring.toml";
const UNLIMITED: &str = "[limits.caller]\nper_minute = 0\n";

/// What a child is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// The floor.
    Splice,
    /// Switchboard with the agents for measuring.
    Switchboard,
    /// Switchboard with the demo company and its database.
    Company,
}

impl Role {
    /// The role that this process was started in; `None` for the one that measures.
    pub(crate) fn of_this_process() -> Option<Self> {
        let role = env::var(ROLE).ok()?;
        [Self::Splice, Self::Switchboard, Self::Company]
            .into_iter()
            .find(|known| known.name() == role)
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Splice => "splice",
            Self::Switchboard => "switchboard",
            Self::Company => "company",
        }
    }
}

/// Where the model listens, as a child was told.
pub(crate) fn model_of_this_process() -> Result<SocketAddr, BenchError> {
    let address = env::var(MODEL).ok().and_then(|text| text.parse().ok());
    address.ok_or_else(|| {
        let missing = io::Error::other(format!("`{MODEL}` names no address"));
        BenchError::Io("find the model", missing)
    })
}

/// A directory for the children, removed at the end.
#[derive(Debug)]
pub(crate) struct Room(PathBuf);

impl Room {
    /// Makes an empty one.
    pub(crate) fn new() -> Result<Self, BenchError> {
        let path = env::temp_dir().join(format!("switchboard-bench-{}", std::process::id()));
        fs::create_dir_all(&path).map_err(BenchError::io("make a directory for the children"))?;
        let room = Self(path);
        fs::write(room.file(SETTINGS), UNLIMITED).map_err(BenchError::io("write the settings"))?;
        Ok(room)
    }

    /// A path for a file in it.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        // What is left behind there harms nobody.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A running child, killed when dropped.
#[derive(Debug)]
pub(crate) struct Subject {
    child: Child,
    /// What it is.
    pub(crate) role: Role,
    /// Where it takes calls.
    pub(crate) address: SocketAddr,
    /// From just before it was started until it said where it listens.
    pub(crate) started_in: Duration,
}

impl Subject {
    /// Starts a child, and waits until it listens.
    pub(crate) fn start(role: Role, room: &Room, model: SocketAddr) -> Result<Self, BenchError> {
        let program = env::current_exe().map_err(BenchError::io("find this program"))?;
        let mut command = Command::new(program);
        command.current_dir(&room.0).env_clear().env(ROLE, role.name());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        match role {
            Role::Splice => command.env(MODEL, model.to_string()),
            Role::Switchboard => command
                .args(["--config", SETTINGS, "--listen", "127.0.0.1:0", "--model-url"])
                .arg(format!("ws://{model}{}", crate::model::REALTIME)),
            Role::Company => command.args(["--listen", "127.0.0.1:0"]),
        };
        let before = Instant::now();
        let mut child = command.spawn().map_err(BenchError::io("start a child"))?;
        let line = first_line(&mut child);
        let started_in = before.elapsed();
        let place = line.trim().strip_prefix("listening on http://");
        let Some(address) = place.and_then(|place| place.parse().ok()) else {
            stop(&mut child);
            return Err(BenchError::Child(role.name(), line));
        };
        Ok(Self { child, role, address, started_in })
    }

    /// Processor time so far, by thread. Threads that have ended are not counted, so take the difference by
    /// [`Processor::until`].
    pub(crate) fn processor(&self) -> Processor {
        let mut threads = HashMap::new();
        let tasks = fs::read_dir(self.proc("task")).into_iter().flatten().flatten();
        for task in tasks {
            let stat = fs::read_to_string(task.path().join("schedstat")).unwrap_or_default();
            let nanos = stat.split(' ').next().and_then(|nanos| nanos.parse().ok());
            threads.insert(task.file_name(), Duration::from_nanos(nanos.unwrap_or_default()));
        }
        Processor(threads)
    }

    /// Memory in use, in KiB.
    pub(crate) fn memory(&self) -> f64 {
        let status = fs::read_to_string(self.proc("status")).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok());
        kib.unwrap_or_default()
    }

    fn proc(&self, name: &str) -> PathBuf {
        Path::new("/proc").join(self.child.id().to_string()).join(name)
    }
}

impl Drop for Subject {
    fn drop(&mut self) {
        stop(&mut self.child);
    }
}

/// Processor time of a child's threads.
#[derive(Debug)]
pub(crate) struct Processor(HashMap<std::ffi::OsString, Duration>);

impl Processor {
    /// What was used from here to there.
    pub(crate) fn until(&self, later: &Self) -> Duration {
        let before = |thread| self.0.get(thread).copied().unwrap_or_default();
        later.0.iter().map(|(thread, time)| time.saturating_sub(before(thread))).sum()
    }
}

fn first_line(child: &mut Child) -> String {
    let mut line = String::new();
    if let Some(stdout) = child.stdout.take() {
        // What cannot be read is not where it listens.
        let _ = BufReader::new(stdout).read_line(&mut line);
    }
    line
}

fn stop(child: &mut Child) {
    // It may have ended by itself.
    let _ = child.kill();
    let _ = child.wait();
}
