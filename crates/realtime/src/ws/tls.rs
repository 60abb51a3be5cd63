//! TLS as every connection shares it: one configuration, and so one cache of sessions to resume.

use std::io;
use std::sync::Arc;

use rustls::crypto::aws_lc_rs;
use rustls::{ClientConfig, RootCertStore};
use tokio::sync::OnceCell;
use tokio::task::spawn_blocking;

static CONFIG: OnceCell<Arc<ClientConfig>> = OnceCell::const_new();

/// The shared configuration; the first call reads the system's certificates. `None` where there are none.
pub(super) async fn config() -> io::Result<Option<Arc<ClientConfig>>> {
    let load = || async {
        let config = spawn_blocking(load).await.map_err(io::Error::other)?;
        config.map(Arc::new).ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))
    };
    match CONFIG.get_or_try_init(load).await {
        Ok(config) => Ok(Some(Arc::clone(config))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn load() -> Option<ClientConfig> {
    let found = rustls_native_certs::load_native_certs();
    for error in &found.errors {
        tracing::warn!(%error, "some of the system's certificates cannot be read");
    }
    let mut roots = RootCertStore::empty();
    let (added, _) = roots.add_parsable_certificates(found.certs);
    (added > 0).then(|| {
        let mut config =
            ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
                .with_safe_default_protocol_versions()
                .expect("the provider has the default versions")
                .with_root_certificates(roots)
                .with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        config
    })
}
