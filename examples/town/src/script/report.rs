//! What the script leaves behind: a line a step on the screen, and the same as Markdown and JSON.

use serde::Serialize;
use std::{fmt::Write as _, fs, io, path::Path, time::Duration};
use yufu_core::Verdict;
use yufu_verifier::Reason;

/// What a step is to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Expected {
    /// The verdict.
    pub verdict: Verdict,
    /// Its reason, where one is named.
    pub reason: Option<Reason>,
}

/// A step that was walked.
#[derive(Clone, Debug, Serialize)]
pub struct Line {
    /// Its number, from 1.
    pub number: usize,
    /// What was tried, in English.
    pub en: &'static str,
    /// The same in Chinese.
    pub zh: &'static str,
    /// What should come of it.
    pub expected: String,
    /// What came of it.
    pub got: String,
    /// How long the check took, in microseconds; for steps without a check, how long they took.
    pub micros: u64,
    /// Whether it is what should come.
    pub ok: bool,
}

/// Sizes that a reader asks for.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Sizes {
    /// The staple, in bytes.
    pub staple: usize,
    /// The show code's payload with face and staple, in bytes.
    pub payload: usize,
    /// QR frames that it takes.
    pub frames: usize,
    /// Digits of the longest frame.
    pub frame_digits: usize,
}

/// Everything that was walked.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Report {
    /// The steps.
    pub lines: Vec<Line>,
    /// Sizes of what was shown.
    pub sizes: Sizes,
}

impl Report {
    /// Notes a step and prints its line.
    #[expect(clippy::print_stdout, reason = "the script's lines are its output")]
    pub fn add(
        &mut self,
        (en, zh): (&'static str, &'static str),
        expected: String,
        got: String,
        took: Duration,
    ) {
        let line = Line {
            number: self.lines.len() + 1,
            en,
            zh,
            ok: expected == got,
            expected,
            got,
            micros: u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
        };
        let mark = if line.ok { "ok  " } else { "FAIL" };
        println!(
            "{mark} {:>2}  {:<64} {:<46} {:>9.2} ms   {}",
            line.number,
            line.en,
            line.got,
            took.as_secs_f64() * 1000.0,
            line.zh
        );
        if !line.ok {
            println!("         expected {}", line.expected);
        }
        self.lines.push(line);
    }

    /// Whether every step came out as expected.
    #[must_use]
    pub fn all_ok(&self) -> bool {
        !self.lines.is_empty() && self.lines.iter().all(|line| line.ok)
    }

    /// Writes `report.md` and `report.json` into `folder`.
    ///
    /// # Errors
    /// What the system said.
    pub fn write(&self, folder: &Path) -> io::Result<()> {
        fs::write(folder.join("report.json"), serde_json::to_vec_pretty(self)?)?;
        fs::write(folder.join("report.md"), self.markdown())
    }

    fn markdown(&self) -> String {
        let mut out = String::from(
            "# Yufu town, walked by script · 鱼符小镇，脚本走查\n\n| | step | 步骤 | verdict | ms |\n|---|---|---|---|---|\n",
        );
        for line in &self.lines {
            let mark = if line.ok { "✓" } else { "✗" };
            let ms = Duration::from_micros(line.micros).as_secs_f64() * 1000.0;
            // Writing into a string does not fail.
            let _ = writeln!(
                out,
                "| {mark} {} | {} | {} | `{}` | {ms:.2} |",
                line.number, line.en, line.zh, line.got
            );
        }
        let Sizes { staple, payload, frames, frame_digits } = self.sizes;
        let _ = writeln!(
            out,
            "\nStaple {staple} B; show code {payload} B in {frames} frames of at most {frame_digits} digits.\n\
             附证 {staple} 字节；亮码 {payload} 字节，{frames} 帧，每帧至多 {frame_digits} 位数字。"
        );
        out
    }
}

/// A verdict and its reason as one word, as reports write them.
#[must_use]
pub fn words(verdict: Verdict, reason: Option<Reason>) -> String {
    match reason {
        Some(reason) => format!("{verdict} ({reason})"),
        None => verdict.to_string(),
    }
}

impl Expected {
    /// `valid`.
    pub const VALID: Self = Self { verdict: Verdict::Valid, reason: None };

    /// The verdict that belongs to `reason`.
    #[must_use]
    pub fn because(reason: Reason) -> Self {
        Self { verdict: reason.verdict(), reason: Some(reason) }
    }
}

impl std::fmt::Display for Expected {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&words(self.verdict, self.reason))
    }
}
