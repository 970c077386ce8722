//! Imports between the files of a crate: they run in one direction, so that a crate can be read in an order.
//! A parent's use of its own submodules is not counted.

#![expect(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use super::citations::{files, root};

/// A module's path within its crate; empty for the crate's root.
type Module = Vec<String>;
/// The modules of a crate that have files, each with the modules that it imports.
type Imports = BTreeMap<Module, BTreeSet<Module>>;

/// The fewest files that import another: a search that finds fewer is broken.
const IMPORTING_MIN: usize = 150;

/// Returns the module that a file below `src/` is.
fn module_of(file: &Path) -> Module {
    let path = file.with_extension("");
    let parts: Module = path.iter().map(|part| part.to_str().unwrap().to_owned()).collect();
    if parts == ["lib"] || parts == ["main"] { Module::new() } else { parts }
}

/// Expands the tree of a `use` after its prefix: `a::{b, c::d}` gives `a::b` and `a::c::d`.
fn expand(prefix: &[String], tree: &str, found: &mut Vec<Module>) {
    let end = tree.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':')).unwrap_or(tree.len());
    let (path, rest) = tree.split_at(end);
    let mut module = prefix.to_vec();
    module.extend(path.split("::").filter(|name| !name.is_empty()).map(str::to_owned));
    let Some(group) = rest.strip_prefix('{') else {
        found.push(module);
        return;
    };
    let (mut depth, mut start) = (0, 0);
    for (place, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            ',' | '}' if depth == 0 => {
                expand(&module, group[start..place].trim(), found);
                start = place + 1;
                if c == '}' {
                    return;
                }
            }
            '}' => depth -= 1,
            _ => {}
        }
    }
}

/// Lists the paths that a module's text names from `crate` and `super`, tests left out.
fn named(module: &[String], text: &str) -> Vec<Module> {
    let code = text.split("#[cfg(test)]\nmod tests").next().unwrap();
    let code: Vec<&str> = code.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    let code = code.join("\n");
    let mut found = Vec::new();
    for (place, _) in code.match_indices("crate::") {
        expand(&[], &code[place + "crate::".len()..], &mut found);
    }
    if let Some((_, parent)) = module.split_last() {
        for (place, _) in code.match_indices("super::") {
            expand(parent, &code[place + "super::".len()..], &mut found);
        }
    }
    found
}

/// Returns the imports between modules, given their texts.
fn imports(texts: &BTreeMap<Module, String>) -> Imports {
    let target = |path: Module| {
        (1..=path.len()).rev().map(|length| path[..length].to_vec()).find(|module| texts.contains_key(module))
    };
    let of = |(module, text): (&Module, &String)| {
        let targets: BTreeSet<Module> = named(module, text).into_iter().filter_map(target).collect();
        (module.clone(), targets.into_iter().filter(|target| !target.starts_with(module)).collect())
    };
    texts.iter().map(of).collect()
}

/// Removes the modules that import none of the rest until all that are left stand in circles, or above one.
fn circles(mut imports: Imports) -> Imports {
    loop {
        let left: BTreeSet<Module> = imports.keys().cloned().collect();
        let before = imports.len();
        imports.retain(|_, targets| targets.iter().any(|target| left.contains(target)));
        if imports.len() == before {
            return imports;
        }
    }
}

#[test]
fn no_files_of_a_crate_import_each_other_in_a_circle() {
    let mut crates: BTreeMap<String, BTreeMap<Module, String>> = BTreeMap::new();
    for file in files(root()).into_iter().filter(|file| file.extension().is_some_and(|end| end == "rs")) {
        let name = file.strip_prefix(root()).unwrap().to_str().unwrap().to_owned();
        if let Some((package, path)) = name.split_once("/src/") {
            let text = fs::read_to_string(&file).unwrap();
            crates.entry(package.to_owned()).or_default().insert(module_of(Path::new(path)), text);
        }
    }
    let mut importing = 0;
    for (package, texts) in &crates {
        let imports = imports(texts);
        importing += imports.values().filter(|targets| !targets.is_empty()).count();
        let circles = circles(imports);
        assert!(circles.is_empty(), "{package}: {circles:#?}");
    }
    assert!(importing >= IMPORTING_MIN, "only {importing} files are found to import another");
}

#[test]
fn a_circle_is_found_through_groups_and_super_and_not_in_tests() {
    let texts = |c: &str| {
        let module = |path: &str| path.split('/').map(str::to_owned).collect::<Module>();
        BTreeMap::from([
            (module("a"), "use crate::{b::{self, B}, other};".to_owned()),
            (
                module("b"),
                "use crate::d::c::C;\n// use crate::a;\n#[cfg(test)]\nmod tests { use crate::a; }".to_owned(),
            ),
            (module("d/c"), c.to_owned()),
            (module("d/e"), String::new()),
        ])
    };
    assert!(circles(imports(&texts("use super::e::E;"))).is_empty());
    assert_eq!(circles(imports(&texts("use super::super::a::A;\nuse crate::a;"))).len(), 3);
}
