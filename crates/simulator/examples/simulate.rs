//! Serves the simulator on a port of this machine, for any Realtime client:
//! `cargo run --example simulate -p switchboard-simulator -- 127.0.0.1:8090 [settings.toml]`.

use std::error::Error;
use std::sync::Arc;

use switchboard_simulator::{Settings, Simulator};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let address = arguments.next().unwrap_or_else(|| "127.0.0.1:8090".to_owned());
    let settings = arguments.next().map(Settings::from_file).transpose()?.unwrap_or_default();
    let listener = TcpListener::bind(&address).await?;
    eprintln!("ws://{}/v1/realtime", listener.local_addr()?);
    let until_interrupted = async {
        // Without signals, the simulator runs until it is killed.
        let _ = tokio::signal::ctrl_c().await;
    };
    Arc::new(Simulator::new(settings)).serve(listener, until_interrupted).await;
    Ok(())
}
