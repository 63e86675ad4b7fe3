//! The profiles that come with crmsim, so that fuzzing needs no files.

use crate::scenario::{Scenario, parse};

macro_rules! shipped {
    ($($name:literal),* $(,)?) => {
        /// Each shipped profile: its name, and what its file in `scenarios/fuzz/` holds.
        pub const SHIPPED: &[(&str, &str)] =
            &[$(($name, include_str!(concat!("../../scenarios/fuzz/", $name, ".toml")))),*];
    };
}

shipped!("everything", "calm", "crashes", "deletions", "long", "meetings", "network", "roles-and-machines", "sharing",);

/// The shipped profile with this name.
#[must_use]
pub fn shipped(name: &str) -> Option<Scenario> {
    let (_, text) = SHIPPED.iter().find(|(shipped, _)| *shipped == name)?;
    parse("", text).ok()?.into_iter().next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_in_the_folder_is_shipped_and_can_be_drawn_from() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/fuzz");
        let mut files: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned())
            .collect();
        let mut names: Vec<&str> = SHIPPED.iter().map(|(name, _)| *name).collect();
        files.sort();
        names.sort_unstable();
        assert_eq!(files, names);
        for name in names {
            let profile = shipped(name).unwrap_or_else(|| panic!("{name} cannot be read"));
            assert_eq!((profile.name.as_str(), profile.random.is_some()), (name, true));
        }
    }
}
