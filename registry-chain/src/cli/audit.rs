//! The public audit.

use super::{Failure, Locale, arguments::Audit, block_on, read::connect, say};
use crate::audit::{AuditedChain, audit as follow};
use yufu_core::{Clock as _, time::SystemClock};

pub(super) fn audit(locale: Locale, arguments: &Audit) -> Result<(), Failure> {
    let (client, light) = connect(&arguments.registry)?;
    let folder = std::env::temp_dir().join(format!("yufu-audit-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let mut progress = |height: u64, last: u64| {
        let arguments = [("height", height.into()), ("last", last.into())];
        eprintln!("{}", say(locale, "registry-audit-progress", &arguments));
    };
    let audited = block_on(follow(
        &client,
        light,
        &folder,
        arguments.import.as_deref(),
        SystemClock.now_ms(),
        &mut progress,
    ));
    let removed = std::fs::remove_dir_all(&folder);
    let audited: AuditedChain = audited??;
    removed?;
    if arguments.json {
        println!("{}", serde_json::to_string(&audited)?);
    } else {
        println!("height {}", audited.height);
        println!("digest {}", audited.digest);
        println!("transactions {}", audited.transactions);
        println!("anchors_certified {}", audited.anchors_certified);
        println!("anchors_uncertified {}", audited.anchors_uncertified);
    }
    eprintln!("{}", say(locale, "registry-audit-kept", &[("height", audited.height.into())]));
    Ok(())
}
