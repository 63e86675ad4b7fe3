//! `crmsim generate`: what it prints runs, and what is no profile is refused.

use super::support::{Folder, GOOD};

const PROFILE: &str = r#"
format = 1
name = "small"
why = "Two people and their network."
clients = [{ id = "desk", user = "ann" }, { id = "pc", user = "bob" }]
[random]
steps = [5, 5]
"#;

#[test]
fn what_is_printed_runs_and_is_the_same_each_time() {
    let folder = Folder::new("generate");
    let ended = folder.run(&["generate", "--seed", "42"]);
    assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""));
    assert!(ended.out.contains("name   = \"seed-42\"\n") && ended.out.contains("\ndrawn  = true\n"), "{}", ended.out);
    assert_eq!(folder.run(&["generate", "--seed", "42"]).out, ended.out);
    assert_ne!(folder.run(&["generate", "--seed", "43"]).out, ended.out);
    folder.write("seed-42.toml", &ended.out);
    assert_eq!(folder.run(&["check", "seed-42.toml"]).code, Some(0));
    let (from_file, from_input) =
        (folder.run(&["run", "seed-42.toml"]), folder.run_reading(ended.out.as_bytes(), &["run", "-"]));
    assert!(matches!(from_file.code, Some(0 | 1)), "{}", from_file.err);
    assert_eq!(from_input.code, from_file.code);
    folder.write("mine.toml", &ended.out);
    let under_another_name = folder.run(&["run", "mine.toml"]);
    assert_eq!((under_another_name.code, under_another_name.err.as_str()), (from_file.code, ""));
}

#[test]
fn a_profile_says_what_is_drawn_and_what_is_kept() {
    let folder = Folder::new("generate-profile");
    folder.write("small.toml", PROFILE);
    let ended = folder.run(&["generate", "--seed", "7", "small.toml"]);
    assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""));
    assert!(ended.out.contains("{ id = \"desk\", user = \"ann\", role = \"primary\" },\n"), "{}", ended.out);
    let steps = ended.out.split("\nsteps = [\n").nth(1).unwrap().split("\n]").next().unwrap();
    assert_eq!(steps.lines().count(), 5, "{steps}");
    assert_eq!(folder.run_reading(PROFILE.as_bytes(), &["generate", "--seed", "7", "-"]).out, ended.out);
}

#[test]
fn what_is_no_profile_is_refused() {
    let folder = Folder::new("generate-wrong");
    folder.good("a");
    folder.good("b");
    folder.write("broken.toml", PROFILE.replace("[5, 5]", "[5, 4]"));
    for (profile, said) in [
        ("a.toml", "error: a.toml is no profile: it has no `[random]`\n"),
        (".", "error: . is no profile: it is a folder; name a file\n"),
        ("none.toml", "none.toml"),
        ("broken.toml", "broken.toml:"),
    ] {
        let ended = folder.run(&["generate", "--seed", "1", profile]);
        assert_eq!((ended.code, ended.out.as_str()), (Some(2), ""), "{profile}");
        assert!(ended.err.contains(said), "{profile}: {}", ended.err);
    }
    for seed in ["-1", "x", "18446744073709551616"] {
        let ended = folder.run(&["generate", "--seed", seed]);
        assert_eq!((ended.code, ended.out.as_str()), (Some(2), ""), "{seed}");
    }
    let ended = folder.run_reading(GOOD.as_bytes(), &["generate", "--seed", "1", "-"]);
    assert_eq!(
        (ended.code, ended.err.as_str()),
        (Some(2), "error: standard input is no profile: it has no `[random]`\n")
    );
}
