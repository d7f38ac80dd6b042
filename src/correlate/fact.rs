//! Facts: versions and settings that records state, looked up by entity and time.
//!
//! In: signals with version or setting facts. Out: the version an entity stated last before a moment; the setting in force. Must not know: causes.

use std::collections::BTreeMap;

use super::entity::{EntityId, Kind};
use crate::component::Component;
use crate::signal::Citation;
use crate::time::Stamp;

/// A version, who stated it and where.
#[derive(Clone, Debug)]
pub(super) struct Version {
    /// `mysql`, `kubernetes`, …
    pub product: Box<str>,
    /// As printed.
    pub text: Box<str>,
    /// The line.
    pub citation: Citation,
    /// When.
    pub stamp: Stamp,
}

/// A setting in force.
#[derive(Clone, Debug)]
pub(super) struct Setting {
    /// As printed.
    pub value: Box<str>,
    /// The line.
    pub citation: Citation,
    /// When.
    pub stamp: Stamp,
}

/// Versions and settings stated anywhere in the input.
#[derive(Debug, Default)]
pub(super) struct Facts {
    versions: BTreeMap<(Kind, EntityId), Vec<Version>>,
    products: BTreeMap<Box<str>, Vec<Version>>,
    settings: BTreeMap<(Component, Box<str>), Vec<Setting>>,
}

impl Facts {
    /// Notes a version. Facts must come in order of time.
    pub(super) fn add_version(&mut self, about: impl Iterator<Item = (Kind, EntityId)>, version: &Version) {
        for key in about {
            self.versions.entry(key).or_default().push(version.clone());
        }
        self.products.entry(version.product.clone()).or_default().push(version.clone());
    }

    /// Notes a setting. Facts must come in order of time.
    pub(super) fn add_setting(&mut self, component: Component, name: &str, setting: Setting) {
        self.settings.entry((component, name.into())).or_default().push(setting);
    }

    /// The version that an entity stated last at or before `at`.
    pub(super) fn version_of(&self, kind: Kind, id: EntityId, at: i64) -> Option<&Version> {
        self.versions.get(&(kind, id))?.iter().rev().find(|version| version.stamp.ns <= at)
    }

    /// A version of a product stated by anyone, the last before `at` or else the first.
    pub(super) fn version_of_product(&self, product: &str, at: i64) -> Option<&Version> {
        let list = self.products.get(product)?;
        list.iter().rev().find(|version| version.stamp.ns <= at).or_else(|| list.first())
    }

    /// A component's setting, the last stated before `at` or else the first.
    pub(super) fn setting(&self, component: Component, name: &str, at: i64) -> Option<&Setting> {
        let list = self.settings.get(&(component, Box::from(name)))?;
        list.iter().rev().find(|setting| setting.stamp.ns <= at).or_else(|| list.first())
    }
}
