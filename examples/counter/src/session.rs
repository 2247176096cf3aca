//! A scan in progress: which frames a tablet's camera has seen, and which code's verdict it shows.

use std::collections::{HashMap, HashSet};
use yufu_core::qr::frames::{Collector, FrameError, Progress};
use yufu_verifier::Reason;

/// Tablets and windows that may scan at once; the one idle longest makes room.
const MOST_SESSIONS: usize = 64;

/// What a scan came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// No code in sight.
    Looking,
    /// Some frames are missing.
    Collecting { have: usize, total: usize },
    /// Frames of two codes are in sight.
    Mixed,
    /// The code whose verdict was given is still in sight.
    Same,
    /// A code is whole.
    Complete(Vec<u8>),
    /// What was given cannot be a code.
    Unreadable(Reason),
}

/// One tablet's scan.
#[derive(Default)]
struct Session {
    collector: Collector,
    /// Frames of the code being read.
    frames: HashSet<String>,
    /// Frames of the code whose verdict is on the screen.
    shown: Option<HashSet<String>>,
    touched_ms: u64,
}

/// All tablets' scans. Holds frames of codes that are being read, in memory only.
#[derive(Default)]
pub(crate) struct Sessions(HashMap<String, Session>);

impl Sessions {
    /// What the camera of `session` sees now. While a verdict is on the screen, no other code is taken:
    /// the phone renews its code every 30 seconds, and one person gets one verdict.
    pub(crate) fn camera(&mut self, session: &str, texts: &[String], now_ms: u64) -> Step {
        let session = self.session(session, now_ms);
        let mut step = Step::Looking;
        for text in texts {
            if session.shown.as_ref().is_some_and(|shown| !shown.contains(text.as_str())) {
                continue;
            }
            match session.push(text, now_ms) {
                // Other codes in view, or a blurred one: look on.
                Err(FrameError::NotAFrame | FrameError::Damaged) => {}
                Err(FrameError::Mixed) => step = Step::Mixed,
                Err(error) => return Step::Unreadable(error.into()),
                Ok(found @ Step::Complete(_)) => return found,
                Ok(found) => step = found,
            }
        }
        step
    }

    /// A text that a scanner or a person typed: an act of its own, so it also follows a verdict that is
    /// still on the screen.
    pub(crate) fn typed(&mut self, session: &str, text: &str, now_ms: u64) -> Step {
        let session = self.session(session, now_ms);
        session.shown = None;
        session.push(text, now_ms).unwrap_or_else(|error| Step::Unreadable(error.into()))
    }

    /// The verdict left the screen.
    pub(crate) fn clear(&mut self, session: &str) {
        if let Some(session) = self.0.get_mut(session) {
            session.shown = None;
            session.frames.clear();
        }
    }

    fn session(&mut self, name: &str, now_ms: u64) -> &mut Session {
        if !self.0.contains_key(name) && self.0.len() >= MOST_SESSIONS {
            let idle = self.0.iter().min_by_key(|(_, s)| s.touched_ms).map(|(name, _)| name.clone());
            if let Some(idle) = idle {
                self.0.remove(&idle);
            }
        }
        let session = self.0.entry(name.to_owned()).or_default();
        session.touched_ms = now_ms;
        session
    }
}

impl Session {
    fn push(&mut self, text: &str, now_ms: u64) -> Result<Step, FrameError> {
        let progress = self.collector.push(text, now_ms)?;
        if progress != Progress::Held {
            self.frames.insert(text.to_owned());
        }
        Ok(match progress {
            Progress::Collecting { have, total } => {
                if have == 1 {
                    // The collector may have begun anew: frames of an earlier code are of no use.
                    self.frames.retain(|seen| seen == text);
                }
                Step::Collecting { have, total }
            }
            Progress::Held => Step::Same,
            Progress::Complete(payload) => {
                self.shown = Some(std::mem::take(&mut self.frames));
                Step::Complete(payload)
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use yufu_core::qr::frames::split;

    fn code(fill: u8) -> Vec<String> {
        split(&[fill; 900], 500).unwrap()
    }

    #[test]
    fn a_code_in_several_frames_is_read_in_any_order_and_verified_once_while_in_sight() {
        let mut sessions = Sessions::default();
        let frames = code(1);
        assert_eq!(sessions.camera("a", &[], 0), Step::Looking);
        assert_eq!(sessions.camera("a", &frames[1..], 10), Step::Collecting { have: 1, total: 2 });
        assert_eq!(sessions.camera("a", &frames[..1], 20), Step::Complete(vec![1; 900]));
        for at in [30, 1_000, 3_000, 5_900] {
            assert_eq!(sessions.camera("a", &frames, at), Step::Same);
        }
    }

    #[test]
    fn a_renewed_code_gets_no_second_verdict_while_the_first_is_on_the_screen() {
        let mut sessions = Sessions::default();
        assert!(matches!(sessions.camera("a", &code(1), 0), Step::Complete(_)));
        assert_eq!(sessions.camera("a", &code(2), 100), Step::Looking);
        sessions.clear("a");
        assert!(matches!(sessions.camera("a", &code(2), 200), Step::Complete(_)));
    }

    #[test]
    fn the_same_code_shown_again_after_the_screen_was_cleared_is_handed_out_again() {
        let mut sessions = Sessions::default();
        assert!(matches!(sessions.camera("a", &code(1), 0), Step::Complete(_)));
        sessions.clear("a");
        assert_eq!(sessions.camera("a", &code(1), 500), Step::Same, "still held to the camera");
        assert!(matches!(sessions.camera("a", &code(1), 4_000), Step::Complete(_)), "shown again");
    }

    #[test]
    fn the_camera_passes_over_other_codes_and_says_when_two_are_in_sight() {
        let mut sessions = Sessions::default();
        assert_eq!(sessions.camera("a", &["https://example.org".into()], 0), Step::Looking);
        sessions.camera("a", &code(1)[..1], 10);
        assert_eq!(sessions.camera("a", &code(2)[..1], 20), Step::Mixed);
    }

    #[test]
    fn a_typed_text_that_is_no_code_is_unreadable() {
        let mut sessions = Sessions::default();
        assert_eq!(sessions.typed("a", "hello", 0), Step::Unreadable(Reason::Malformed));
    }

    #[test]
    fn two_tablets_do_not_disturb_each_other_and_idle_ones_make_room() {
        let mut sessions = Sessions::default();
        sessions.camera("a", &code(1)[..1], 1);
        sessions.camera("b", &code(2)[..1], 2);
        assert!(matches!(sessions.camera("a", &code(1)[1..], 3), Step::Complete(_)));
        for i in 0..200 {
            sessions.camera(&format!("t{i}"), &[], 10 + i);
        }
        assert!(sessions.0.len() <= MOST_SESSIONS);
    }
}
