//! The emitted programs, compiled and run.
//!
//! Each model is a package of one Go module; one program has many of them and runs the one
//! that it is told to, because linking takes longer than compiling. A model that does things
//! before `main` has a program to itself.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;

/// A folder with a Go module.
pub struct Workshop {
    folder: PathBuf,
}

/// A model's package.
pub struct Package {
    /// A Go identifier.
    pub name: String,
    pub text: String,
    /// It has `init` functions, or variables that are made by calls.
    pub alone: bool,
}

/// One run of one model.
pub struct Job {
    pub package: usize,
    pub race: bool,
    pub processors: usize,
    pub yields: bool,
    pub seed: u64,
    /// How long the program waits for quiet, in milliseconds.
    pub patience: u64,
}

/// What a run printed.
pub struct Printed {
    pub stdout: String,
    pub stderr: String,
    /// Somebody had to end it.
    pub killed: bool,
}

/// Whether the Go toolchain is there.
pub fn has_go() -> bool {
    Command::new("go").arg("version").stdout(Stdio::null()).status().is_ok_and(|status| status.success())
}

/// The minor number of the Go release that is here.
pub fn release() -> Option<u32> {
    let output = Command::new("go").args(["env", "GOVERSION"]).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let rest = text.trim().strip_prefix("go1.")?;
    rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

impl Workshop {
    /// Empties `folder` and writes the packages and their programs there.
    pub fn new(folder: &Path, packages: &[Package]) -> Self {
        let _ = fs::remove_dir_all(folder);
        let write = |path: PathBuf, text: &str| {
            fs::create_dir_all(path.parent().expect("a folder")).expect("the folder can be made");
            fs::write(path, text).expect("the file can be written");
        };
        write(folder.join("go.mod"), "module conform\n\ngo 1.18\n");
        for package in packages {
            let name = &package.name;
            let text = package.text.replacen("\npackage main\n", &format!("\npackage {name}\n"), 1);
            write(folder.join(name).join("main.go"), &text);
            let run = format!("package {name}\n\n// Run runs the model.\nfunc Run() {{ main() }}\n");
            write(folder.join(name).join("run.go"), &run);
            if package.alone {
                write(folder.join("cmd").join(name).join("main.go"), &program(&[package]));
            }
        }
        let together: Vec<&Package> = packages.iter().filter(|package| !package.alone).collect();
        write(folder.join("cmd/all/main.go"), &program(&together));
        Self { folder: folder.to_owned() }
    }

    /// Compiles everything; what the compiler says where it refuses.
    pub fn build(&self, race: bool) -> Result<(), String> {
        let target = self.folder.join(folder_of(race));
        fs::create_dir_all(&target).expect("a folder can be made");
        let mut go = Command::new("go");
        go.arg("build").args(race.then_some("-race")).arg("-o").arg(&target).arg("./cmd/...");
        let output = go.current_dir(&self.folder).output().expect("go starts");
        match output.status.success() {
            true => Ok(()),
            false => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
        }
    }

    /// Runs the jobs: twice as many at once as there are processors, for most of them wait for something that does not come.
    pub fn run(&self, packages: &[Package], jobs: &[Job]) -> Vec<Printed> {
        let threads = 2 * thread::available_parallelism().map_or(2, usize::from);
        let mut printed: Vec<Option<Printed>> = Vec::new();
        printed.resize_with(jobs.len(), || None);
        let next = std::sync::Mutex::new(printed.iter_mut().zip(jobs));
        thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| {
                    loop {
                        let Some((slot, job)) = next.lock().expect("no panic").next() else { return };
                        *slot = Some(self.run_one(&packages[job.package], job));
                    }
                });
            }
        });
        printed.into_iter().flatten().collect()
    }

    fn run_one(&self, package: &Package, job: &Job) -> Printed {
        let program = if package.alone { package.name.as_str() } else { "all" };
        // `timeout` asks for a dump, and ends what does not answer.
        let output = Command::new("timeout")
            .args(["-s", "QUIT", "-k", "5", "60"])
            .arg(self.folder.join(folder_of(job.race)).join(program))
            .arg(&package.name)
            .env("GOMAXPROCS", job.processors.to_string())
            .env("KNOT_SEED", job.seed.to_string())
            .env("KNOT_YIELDS", if job.yields { "on" } else { "off" })
            .env("KNOT_PATIENCE", format!("{}ms", job.patience))
            .env("GORACE", "halt_on_error=0 exitcode=66 history_size=2")
            .stdin(Stdio::null())
            .output()
            .expect("the program starts");
        Printed {
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            killed: matches!(output.status.code(), Some(124 | 137)),
        }
    }
}

fn folder_of(race: bool) -> &'static str {
    if race { "bin-race" } else { "bin" }
}

/// A `main` that runs the package named by its argument.
fn program(packages: &[&Package]) -> String {
    let mut text = String::from("package main\n\nimport \"os\"\n");
    for package in packages {
        text += &format!("import {0} \"conform/{0}\"\n", package.name);
    }
    text += "\nfunc main() {\n\tswitch os.Args[1] {\n";
    for package in packages {
        text += &format!("\tcase \"{0}\":\n\t\t{0}.Run()\n", package.name);
    }
    text + "\t}\n}\n"
}
