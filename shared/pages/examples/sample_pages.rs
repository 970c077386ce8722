//! Writes every page with believable data into a folder (those of the desk into its subfolder `desk`) with
//! style and script, for a look in a browser.

use std::error::Error;
use std::path::PathBuf;
use std::{env, fs};

#[path = "../tests/sample/mod.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod sample;

/// Number of services on the largest overview.
const SERVICES: usize = 50;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(env::args_os().nth(1).ok_or("give the folder: sample_pages -- DIR")?);
    fs::create_dir_all(folder.join("desk"))?;
    let sample = sample::Sample { text: None };
    let mut pages = sample.pages();
    pages.push(("overview_of_50", sample.overview(SERVICES)));
    for (name, page) in pages {
        // Pages refer to the portal's asset paths; in the folder the assets lie beside the pages.
        let page = page.into_string().replace("\"/assets/", "\"assets/");
        fs::write(folder.join(format!("{name}.html")), page)?;
    }
    for (name, page) in sample.desk_pages() {
        let page = page.into_string().replace("\"/assets/", "\"../assets/");
        fs::write(folder.join("desk").join(format!("{name}.html")), page)?;
    }
    fs::create_dir_all(folder.join("assets"))?;
    for asset in [pages::assets::css(), pages::assets::script()] {
        fs::write(folder.join(asset.path.trim_start_matches('/')), asset.body)?;
    }
    Ok(())
}
