//! Things that wait for the person's next step, under names that nobody can guess.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use yufu_core::{Random, RandomError, SystemRandom};

/// Things that wait at one time; the oldest makes room.
const MOST: usize = 16;

/// Things that wait for the person's next step.
pub(super) struct Pending<T>(Mutex<VecDeque<(String, Arc<T>)>>);

impl<T> Default for Pending<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T> Pending<T> {
    /// Keeps `thing` and gives its name.
    pub(super) fn put(&self, thing: T) -> Result<String, RandomError> {
        let mut bytes = [0; 16];
        SystemRandom::new().fill(&mut bytes)?;
        let name: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let mut waiting = self.lock();
        if waiting.len() >= MOST {
            waiting.pop_front();
        }
        waiting.push_back((name.clone(), Arc::new(thing)));
        Ok(name)
    }

    /// The thing called `name`, which goes on waiting.
    pub(super) fn peek(&self, name: &str) -> Option<Arc<T>> {
        self.lock().iter().find(|(n, _)| n == name).map(|(_, thing)| thing.clone())
    }

    /// The thing called `name`, which waits no longer.
    pub(super) fn take(&self, name: &str) -> Option<Arc<T>> {
        let mut waiting = self.lock();
        let at = waiting.iter().position(|(n, _)| n == name)?;
        waiting.remove(at).map(|(_, thing)| thing)
    }

    /// Nothing waits any longer.
    pub(super) fn clear(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<(String, Arc<T>)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thing_is_found_by_its_name_until_it_is_taken_or_too_many_wait() {
        let pending = Pending::default();
        let first = pending.put(1).unwrap();
        let second = pending.put(2).unwrap();
        assert_eq!(pending.peek(&second).as_deref(), Some(&2));
        assert_eq!(pending.take(&second).as_deref(), Some(&2));
        assert_eq!(pending.take(&second), None);
        for i in 0..MOST {
            pending.put(i).unwrap();
        }
        assert_eq!(pending.peek(&first), None);
        let last = pending.put(3).unwrap();
        pending.clear();
        assert_eq!(pending.peek(&last), None);
    }
}
