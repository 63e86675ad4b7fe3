//! The page on coverage.

use std::path::Path;

#[test]
fn the_committed_page_is_current() {
    let committed = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/coverage.md")).unwrap();
    assert!(crmsim::fuzz::coverage::page() == committed, "write it anew: crmsim rules --marks > docs/coverage.md");
}
