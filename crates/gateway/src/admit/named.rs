//! Things made when they are first asked for, by name.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

/// Names come from a checked set of agents, so there are few of them, and none ever goes.
#[derive(Debug)]
pub(crate) struct Named<T> {
    all: RwLock<HashMap<String, Arc<T>>>,
}

impl<T> Default for Named<T> {
    fn default() -> Self {
        Self { all: RwLock::default() }
    }
}

impl<T> Named<T> {
    /// The one of this name, made when there is none.
    pub(crate) fn get(&self, name: &str, make: impl FnOnce() -> T) -> Arc<T> {
        let known = self.all.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned();
        known.unwrap_or_else(|| {
            let mut all = self.all.write().unwrap_or_else(PoisonError::into_inner);
            all.entry(name.to_owned()).or_insert_with(|| Arc::new(make())).clone()
        })
    }

    /// What `look` makes of each of them, sorted by name, without the nothings.
    pub(crate) fn each<R>(&self, mut look: impl FnMut(&str, &T) -> Option<R>) -> Vec<R> {
        let all = self.all.read().unwrap_or_else(PoisonError::into_inner);
        let mut sorted: Vec<_> = all.iter().collect();
        sorted.sort_unstable_by_key(|(name, _)| *name);
        sorted.into_iter().filter_map(|(name, one)| look(name, one)).collect()
    }

    /// Whether `is` holds of any of them.
    pub(crate) fn any(&self, mut is: impl FnMut(&str, &T) -> bool) -> bool {
        let all = self.all.read().unwrap_or_else(PoisonError::into_inner);
        all.iter().any(|(name, one)| is(name, one))
    }
}

/// Locks, also after a panic elsewhere: what admission keeps is whole at every moment.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_name_is_one_thing() {
        let named = Named::default();
        assert_eq!(*named.get("b", || 2), 2);
        assert_eq!(*named.get("b", || 3), 2);
        named.get("a", || 1);
        assert_eq!(named.each(|name, one| Some(format!("{name}{one}"))), ["a1", "b2"]);
        assert!(named.any(|name, _| name == "a"));
        assert!(!named.any(|_, &one| one == 3));
    }
}
