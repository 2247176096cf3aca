//! What was worked out about contexts, kept for the next document: each order of context URLs has a
//! family, the contexts that its documents reach from it.

use super::context::Context;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

/// Orders of context URLs that are remembered.
const MAX_FAMILIES: usize = 128;
/// Contexts that are remembered of one order.
const MAX_MEMBERS: usize = 96;

/// How a context was reached.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Step {
    /// By the context inside a property's definition.
    Property(u64),
    /// By the context inside a type's definition.
    Type(u64),
    /// By the URLs that an object names.
    Urls(Vec<String>),
}

/// The contexts that documents reach from one order of URLs.
#[derive(Default)]
pub(super) struct Family {
    members: Mutex<HashMap<(u64, Step), Arc<Context>>>,
}

impl Family {
    pub(super) fn find(&self, key: &(u64, Step)) -> Option<Arc<Context>> {
        self.members.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned()
    }

    /// Keeps `context`, or answers with what another thread kept. A full family starts anew.
    pub(super) fn keep(&self, key: (u64, Step), context: Arc<Context>) -> Arc<Context> {
        let mut members = self.members.lock().unwrap_or_else(PoisonError::into_inner);
        if members.len() >= MAX_MEMBERS {
            members.clear();
        }
        Arc::clone(members.entry(key).or_insert(context))
    }
}

/// The families by their order of URLs.
#[derive(Default)]
pub(in crate::credential::w3c) struct Families {
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    families: HashMap<Vec<String>, (u64, Arc<Family>)>,
    uses: u64,
}

impl Families {
    /// The family of `urls`; a full table forgets the one that was not used for longest.
    pub(super) fn of(&self, urls: &[String]) -> Arc<Family> {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.uses += 1;
        let now = inner.uses;
        if let Some((used, family)) = inner.families.get_mut(urls) {
            *used = now;
            return Arc::clone(family);
        }
        if inner.families.len() >= MAX_FAMILIES {
            let oldest =
                inner.families.iter().min_by_key(|(_, (used, _))| *used).map(|(urls, _)| urls.clone());
            oldest.and_then(|urls| inner.families.remove(&urls));
        }
        let family = Arc::new(Family::default());
        inner.families.insert(urls.to_vec(), (now, Arc::clone(&family)));
        family
    }
}
