//! How many connections each address holds.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The bits of an IPv6 address that say whose it is: whoever has one has all that share them.
const NETWORK: u128 = !0 << 64;

/// The places that addresses hold.
#[derive(Debug)]
pub(super) struct Places {
    per_address: usize,
    held: Mutex<HashMap<IpAddr, usize>>,
}

/// One place. It is given back when its last clone is dropped.
#[derive(Debug, Clone)]
pub(in crate::http) struct Place {
    _held: Arc<Held>,
}

#[derive(Debug)]
struct Held {
    places: Arc<Places>,
    owner: IpAddr,
}

impl Places {
    pub(super) fn new(per_address: usize) -> Arc<Self> {
        Arc::new(Self { per_address, held: Mutex::default() })
    }

    /// Takes a place for an address; `None` if it holds all that it may.
    pub(super) fn take(self: &Arc<Self>, address: IpAddr) -> Option<Place> {
        let owner = owner(address);
        let mut held = self.held();
        let count = held.entry(owner).or_default();
        if *count >= self.per_address {
            return None;
        }
        *count += 1;
        drop(held);
        Some(Place { _held: Arc::new(Held { places: Arc::clone(self), owner }) })
    }

    fn held(&self) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut held = self.places.held();
        if let Some(count) = held.get_mut(&self.owner) {
            *count -= 1;
            if *count == 0 {
                held.remove(&self.owner);
            }
        }
    }
}

/// Who counts as one: an IPv4 address, or a network of IPv6.
fn owner(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & NETWORK).into(),
        address @ IpAddr::V4(_) => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn an_address_holds_only_so_many_and_disturbs_no_other() {
        let places = Places::new(2);
        let (one, other) = (address("192.0.2.1"), address("192.0.2.2"));
        let held = [places.take(one).unwrap(), places.take(one).unwrap()];
        assert!(places.take(one).is_none());
        assert!(places.take(other).is_some());
        drop(held);
        assert!(places.take(one).is_some());
    }

    #[test]
    fn a_place_is_given_back_by_its_last_holder_and_leaves_no_trace() {
        let places = Places::new(1);
        let one = address("192.0.2.1");
        let place = places.take(one).unwrap();
        let clone = place.clone();
        drop(place);
        assert!(places.take(one).is_none());
        drop(clone);
        assert!(places.held().is_empty());
    }

    #[test]
    fn a_network_of_ipv6_is_one_address() {
        let places = Places::new(1);
        let _held = places.take(address("2001:db8::1")).unwrap();
        assert!(places.take(address("2001:db8::ffff:2")).is_none());
        assert!(places.take(address("2001:db8:0:1::1")).is_some());
        let _mapped = places.take(address("::ffff:192.0.2.1")).unwrap();
        assert!(places.take(address("192.0.2.1")).is_none());
    }
}
