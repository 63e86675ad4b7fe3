//! Names and files of snapshots, and what stands in them.

use super::*;
use crate::scenario::parse;
use crate::{Options, execute};
use file::{Kept, header, owner, path, read, write};

#[test]
fn a_snapshot_lies_as_its_scenario_lies() {
    assert_eq!(path("rules/x.toml", None, Golden::State), "rules/x.state.snap");
    assert_eq!(path("x.toml", Some("on the road"), Golden::Journal), "x@on_the_road.journal.snap");
    assert_eq!(path("x.toml", Some("a/b: ?*_%"), Golden::State), "x@a%2fb%3a_%3f%2a%5f%25.state.snap");
    let labels = ["a b", "a_b", "a%20b", "a-b", "A b", "ä b", "a.b", "a  b", "../b"];
    let paths: std::collections::BTreeSet<String> =
        labels.iter().map(|label| path("x.toml", Some(label), Golden::State)).collect();
    assert_eq!(paths.len(), labels.len());
    assert!(paths.iter().all(|path| !path.contains('/')));
}

#[test]
fn a_snapshot_tells_whose_it_is() {
    for (below, row) in [("x.toml", None), ("a@b/x.state.toml", None), ("a/x.toml", Some("@ a.b@c"))] {
        for golden in Golden::ALL {
            assert_eq!(owner(&path(below, row, *golden)), Some(file::stem(below)));
        }
    }
    for other in ["x.snap", "x.states.snap", "x.state.snap.new", "state.snap", "a/@b.state.snap"] {
        assert_eq!(owner(other), None, "{other}");
    }
}

#[test]
fn what_is_written_is_read_and_what_is_cut_is_noticed() {
    let kept = Kept { header: header("rules/x.toml"), text: "a\n\n---\nb".to_owned() };
    let file = write(&kept);
    assert_eq!(file, "---\nsource: rules/x.toml\n---\na\n\n---\nb\n");
    assert_eq!(read(file.as_bytes()), Ok(kept.clone()));
    assert_eq!(read(file.replace('\n', "\r\n").as_bytes()), Ok(kept));
    assert_eq!(header("it's: \"a\".toml"), "source: \"it's: \\\"a\\\".toml\"\n");
    let head = file.find("a\n").unwrap();
    for cut in 0..head {
        assert!(read(&file.as_bytes()[..cut]).is_err(), "{:?}", &file[..cut]);
    }
    assert_eq!(read(b"---\nsource: x\n---\n\xff"), Err("it is not UTF-8 text"));
    assert_eq!(read(b"source: x\n"), Err("it does not begin with the header of a snapshot"));
}

#[test]
fn columns_are_as_wide_as_their_cells() {
    let row = |cells: &[&str]| cells.iter().map(|cell| (*cell).to_owned()).collect::<Vec<String>>();
    let lines = aligned(2, &[row(&["ä", "", "x"]), row(&["long", "b"])]);
    assert_eq!(lines, ["  ä        x", "  long  b"]);
    assert_eq!(aligned(2, &[]), [] as [&str; 0]);
}

#[test]
fn a_difference_is_shown_with_what_is_around_it() {
    let old = "a\nb\nc\nd\ne\nf\ng\nh\ni";
    let plain = |text: String| {
        ["\x1b[0m", "\x1b[2m", "\x1b[1;31m", "\x1b[32m"].iter().fold(text, |text, style| text.replace(style, ""))
    };
    let shown = plain(diff::diff(old, &old.replace("e", "E")));
    assert_eq!(shown, "  from line 3:\n    c\n    d\n  - e\n  + E\n    f\n    g\n");
    assert_eq!(diff::diff(old, old), "");
    let many: String = (0..10_000).map(|line| format!("{line}\n")).collect();
    let shown = plain(diff::diff(&many.replace('1', "x"), &many));
    assert!(shown.starts_with("  from line 2:\n  - x\n") && shown.contains("lines more"), "{shown}");
    assert!(shown.lines().count() < 100);
    assert_eq!(plain(diff::diff("", "\x1b[2J")), "  from line 1:\n  + \\u{1b}[2J\n");
}

/// Comments and other ids change nothing in a snapshot, other values do.
#[test]
fn a_snapshot_changes_where_the_run_does() {
    let text = crate::scenario::template("x");
    let of = |text: &str| {
        let scenarios = parse("x.toml", text).unwrap();
        let run = execute(&scenarios[0], Options { record: true, ..Options::default() });
        Golden::ALL.iter().map(|golden| render(&scenarios[0], &run, *golden)).collect::<Vec<String>>()
    };
    let kept = of(&text);
    assert_eq!(of(&text.replace("format = 1", "# a comment\n\nseed = 99\nformat = 1")), kept);
    let other = of(&text.replace("\"222\"", "\"229\""));
    assert!(other[0] != kept[0] && other[1] != kept[1], "{kept:?}");
    assert!(kept.iter().all(|text| text.lines().all(|line| line == line.trim_end())), "no spaces end a line");
    assert!(!kept[1].contains("(line ") && !kept[1].contains("request "), "{}", kept[1]);
}
