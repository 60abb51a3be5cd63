//! What several tests need: tools without an application, and a model that is nowhere.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use switchboard_agent::{Agent, AgentId, Roster};
use switchboard_realtime::ws::Endpoint;
use switchboard_session::{Model, RealtimeModel};
use switchboard_store::MemoryStore;
use url::Url;

use crate::company::{Opened, gateway};
use crate::settings::Settings;

/// A directory of its own, which goes away with this value.
#[derive(Debug)]
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("switchboard-{}-{number}", std::process::id());
        let directory = std::env::temp_dir().join(name);
        fs::create_dir_all(&directory).unwrap();
        Self(directory)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// Writes a file in it, and says where.
    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.join(name);
        fs::write(&path, text).unwrap();
        path
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// One agent, without tools of its own.
pub(crate) fn roster() -> Roster<()> {
    let host = Agent::new(AgentId::new("host")).instructions("Greet the caller.");
    Roster::new([host]).unwrap()
}

/// That agent's tools, with a store that ends with them.
pub(crate) fn opened(change: impl FnOnce(&mut Settings)) -> Opened {
    let mut settings = Settings::default();
    change(&mut settings);
    gateway(roster(), (), Arc::new(MemoryStore::new()), &settings).unwrap()
}

/// A model that nobody can reach.
pub(crate) fn nowhere() -> Arc<dyn Model> {
    let url = Url::parse("ws://127.0.0.1:9/v1/realtime").unwrap();
    Arc::new(RealtimeModel::new(Endpoint::new(url)))
}
