//! One run of TLC.

use super::messages::{self, Report};
use super::{Options, Tools};
use crate::engine::Watch;
use crate::tool::workdir::WorkDir;
use crate::tool::{Failure, process};

/// The file of the dumped graph, in the working folder.
pub const DUMP: &str = "graph.dot";

/// Runs TLC on the module `name` in `folder`.
pub fn run(
    tools: &Tools,
    options: &Options,
    folder: &WorkDir,
    name: &str,
    dump: bool,
    watch: &dyn Watch,
) -> Result<Report, Failure> {
    let path = folder.path().display();
    let java = [
        format!("-Xmx{}m", options.heap),
        // Long chains of commands are deep expressions.
        "-Xss16m".to_owned(),
        "-XX:+UseSerialGC".to_owned(),
        // Most runs are over before the better compiler has warmed up.
        "-XX:TieredStopAtLevel=1".to_owned(),
        "-Xshare:auto".to_owned(),
        // TLC unpacks its standard modules there.
        format!("-Djava.io.tmpdir={path}"),
    ];
    let mut command = tools.tlc(&java);
    command.current_dir(folder.path());
    command.args(["-tool", "-workers", &options.workers.to_string(), "-metadir", "states"]);
    if dump {
        command.args(["-dump", "dot", DUMP]);
    }
    command.args(["-config", &format!("{name}.cfg"), name]);
    let ended = process::run(&mut command, watch)?;
    messages::read(&ended, &command)
}
