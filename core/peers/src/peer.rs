//! What everybody does, and how it is timed.

use crate::documents::GENUINE;
use rustix::time::{ClockId, clock_gettime};
use serde_json::{Value, json};
use std::{hint::black_box, time::Duration};

pub const SUITES: [&str; 6] =
    ["eddsa-rdfc-2022", "eddsa-jcs-2022", "ecdsa-rdfc-2019", "ecdsa-jcs-2019", "ecdsa-sd-2023", "bbs-2023"];

/// Why something cannot be done.
pub type No = String;

/// One implementation with one cryptosuite and one document.
pub trait Peer {
    /// From the document in memory to the text of the secured one.
    fn issue(&self) -> Result<String, No>;

    /// From the text of a secured document to the text of what is disclosed of it.
    fn derive(&self, secured: &str) -> Result<String, No>;

    /// From text to verdict.
    fn verify(&self, secured: &str) -> Result<(), No>;
}

pub fn is_selective(suite: &str) -> bool {
    matches!(suite, "ecdsa-sd-2023" | "bbs-2023")
}

/// How often `work` is done in a second of processor time, of all threads together, so that the others on a
/// busy machine do not count.
pub fn per_second(work: impl Fn()) -> f64 {
    const WARMING: Duration = Duration::from_millis(100);
    const MEASURED: Duration = Duration::from_millis(500);
    let start = processor_time();
    while processor_time() - start < WARMING {
        work();
    }
    let (start, mut done) = (processor_time(), 0_u32);
    loop {
        work();
        done += 1;
        let spent = processor_time() - start;
        if done >= 3 && spent >= MEASURED {
            return f64::from(done) / spent.as_secs_f64();
        }
    }
}

fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or_default())
}

/// All that `peer` does, as rows `{who, work, per_second}` or `{who, work, no}`, and what it issued or derived.
pub fn measure(who: &str, suite: &str, peer: &dyn Peer) -> (Vec<Value>, Option<String>) {
    let mut rows = Vec::new();
    let mut row = |work: &str, result: Result<f64, &No>| {
        rows.push(match result {
            Ok(rate) => json!({ "who": who, "work": work, "per_second": rate }),
            Err(no) => json!({ "who": who, "work": work, "no": no }),
        });
    };
    let secured = peer.issue();
    row("issue", secured.as_ref().map(|_| per_second(|| drop(black_box(peer.issue())))));
    let shown = match &secured {
        Ok(secured) if is_selective(suite) => {
            let derived = peer.derive(secured);
            row("derive", derived.as_ref().map(|_| per_second(|| drop(black_box(peer.derive(secured))))));
            derived
        }
        other => other.clone(),
    };
    let judged = shown.as_ref().map_err(No::clone).and_then(|shown| peer.verify(shown));
    if let (Ok(shown), Ok(())) = (&shown, &judged) {
        assert!(shown.contains(GENUINE), "{who} {suite}: the number is shown");
        let forged = shown.replace(GENUINE, "京（2026）朝阳区不动产权第0000002号");
        assert!(peer.verify(&forged).is_err(), "{who} {suite}: a forgery passes");
        row(
            "verify",
            Ok(per_second(|| black_box(peer.verify(black_box(shown))).expect("it verified before"))),
        );
    } else if let Err(no) = &judged {
        row("verify", Err(no));
    }
    (rows, shown.ok())
}
