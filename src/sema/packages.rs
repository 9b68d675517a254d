//! The packages that are in scope without an import, and what is in them.
//!
//! In: a package and a name. Out: a primitive of the registry, a declaration of a
//! library file, or a function that the checker knows. What Go has there and goknot
//! has not gets a diagnostic that says so.

use rustc_hash::FxHashMap;

use super::checker::Checker;
use super::library;
use super::problem::{LanguageProblem, NameProblem};
use super::scope::Entity;
use super::types::{IntKind, Type};
use super::words::Word;
use crate::diag::did_you_mean;
use crate::source::Span;
use crate::sync;
use crate::syntax::ast;

/// Index into [`Checker::packages`]; 0 is the model.
pub(crate) type PackageId = usize;

/// The names of a package.
#[derive(Clone, Debug)]
pub(crate) struct Package {
    /// `main` for the model, as in dumps.
    pub(crate) name: &'static str,
    pub(crate) library: bool,
    /// Only the methods that a primitive has beyond the registry's: nothing to import from.
    pub(crate) part: bool,
    /// Name to index into [`Checker::objects`].
    pub(crate) names: FxHashMap<String, usize>,
    /// Of a template: the types it is for, as they follow a name: `[Config]`.
    pub(crate) types: String,
}

impl Package {
    pub(crate) fn model() -> Self {
        Self { name: "main", library: false, part: false, names: FxHashMap::default(), types: String::new() }
    }
}

/// A function of a package that the checker types by itself.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Function {
    pub(crate) package: &'static str,
    pub(crate) name: &'static str,
    pub(crate) action: Action,
}

/// What such a function does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// Prints: evaluates its arguments.
    Discard,
    /// Gives a string that stands for the text.
    Sprint,
    Errorf,
    /// `log.Fatal…`.
    Fatal,
    /// `log.Panic…`.
    Panic,
    /// `os.Exit(code)`.
    Exit,
    Goexit,
    /// Library code only: the goroutine ends as a test that calls `t.FailNow` does.
    EndTest,
    Gosched,
    Sleep,
    /// `rand.Intn(n)`.
    Random(IntKind),
}

impl Function {
    pub(crate) fn form(&self) -> &'static str {
        match self.action {
            Action::Discard => "fmt.Println(values…)",
            Action::Sprint => "fmt.Sprintf(\"text\", values…)",
            Action::Errorf => "fmt.Errorf(\"text\", values…)",
            Action::Fatal => "log.Fatal(values…)",
            Action::Panic => "log.Panic(values…)",
            Action::Exit => "os.Exit(1)",
            Action::Goexit | Action::EndTest => "runtime.Goexit()",
            Action::Gosched => "runtime.Gosched()",
            Action::Sleep => "time.Sleep(10 * time.Millisecond)",
            Action::Random(_) => "rand.Intn(n)",
        }
    }
}

const fn function(package: &'static str, name: &'static str, action: Action) -> Function {
    Function { package, name, action }
}

static FUNCTIONS: &[Function] = &[
    function("fmt", "Print", Action::Discard),
    function("fmt", "Printf", Action::Discard),
    function("fmt", "Println", Action::Discard),
    function("fmt", "Sprint", Action::Sprint),
    function("fmt", "Sprintf", Action::Sprint),
    function("fmt", "Sprintln", Action::Sprint),
    function("fmt", "Errorf", Action::Errorf),
    function("log", "Print", Action::Discard),
    function("log", "Printf", Action::Discard),
    function("log", "Println", Action::Discard),
    function("log", "Fatal", Action::Fatal),
    function("log", "Fatalf", Action::Fatal),
    function("log", "Fatalln", Action::Fatal),
    function("log", "Panic", Action::Panic),
    function("log", "Panicf", Action::Panic),
    function("log", "Panicln", Action::Panic),
    function("os", "Exit", Action::Exit),
    function("rand", "Int31n", Action::Random(IntKind::Int32)),
    function("rand", "Int32N", Action::Random(IntKind::Int32)),
    function("rand", "Int63n", Action::Random(IntKind::Int64)),
    function("rand", "Int64N", Action::Random(IntKind::Int64)),
    function("rand", "IntN", Action::Random(IntKind::Int)),
    function("rand", "Intn", Action::Random(IntKind::Int)),
    function("rand", "Seed", Action::Discard),
    function("runtime", "GC", Action::Discard),
    function("runtime", "Goexit", Action::Goexit),
    function("runtime", "endTest", Action::EndTest),
    function("runtime", "Gosched", Action::Gosched),
    function("time", "Sleep", Action::Sleep),
];

/// Import paths and the names under which the packages are in scope.
const IMPORTS: &[(&str, &str)] = &[
    ("sync", "sync"),
    ("sync/atomic", "atomic"),
    ("context", "context"),
    ("time", "time"),
    ("errors", "errors"),
    ("fmt", "fmt"),
    ("log", "log"),
    ("math/rand", "rand"),
    ("math/rand/v2", "rand"),
    ("runtime", "runtime"),
    ("testing", "testing"),
    ("os", "os"),
    ("golang.org/x/sync/errgroup", "errgroup"),
    ("golang.org/x/sync/singleflight", "singleflight"),
];

/// Packages of Go's that people reach for and models cannot use.
const ELSEWHERE: &[&str] = &[
    "bufio", "bytes", "cmp", "exec", "filepath", "http", "io", "iter", "json", "maps", "math", "net",
    "reflect", "regexp", "signal", "slices", "sort", "strconv", "strings", "syscall", "unicode", "unsafe",
    "url",
];

/// What package `time` knows of calendars and texts.
const CALENDAR: &[&str] = &[
    "Date",
    "Unix",
    "UnixMilli",
    "UnixMicro",
    "Parse",
    "ParseDuration",
    "ParseInLocation",
    "LoadLocation",
    "FixedZone",
    "Location",
    "Month",
    "Weekday",
    "UTC",
    "Local",
    "ANSIC",
    "RFC822",
    "RFC3339",
    "RFC3339Nano",
    "Kitchen",
    "Stamp",
    "DateOnly",
    "DateTime",
    "TimeOnly",
];

/// The package that is in scope under `name`.
pub(crate) fn known(name: &str) -> Option<&'static str> {
    IMPORTS.iter().map(|&(_, known)| known).find(|&known| known == name)
}

/// What is planned, and what to write until it is there.
fn planned(package: &str, name: &str) -> Option<&'static str> {
    match (package, name) {
        ("atomic", "LoadPointer" | "StorePointer" | "SwapPointer" | "CompareAndSwapPointer") => {
            Some("use an `atomic.Pointer[T]`, which knows what it points to")
        }
        ("sync", "Pool") => Some("until then use a slice under a `sync.Mutex`"),
        ("errors", "Is" | "As" | "Unwrap" | "Join") => {
            Some("compare the errors themselves: `err == ErrClosed`")
        }
        _ => None,
    }
}

impl<'a> Checker<'a> {
    /// `package.name`; what is not there is reported.
    pub(crate) fn member(&mut self, package: &'static str, name: &ast::Ident) -> Entity {
        let full = format!("{package}.{}", name.name);
        // What is in lower case is for library files.
        let visible = name.name.starts_with(char::is_uppercase) || self.in_library();
        if let Some(primitive) = sync::find_type(&full).filter(|_| visible) {
            return Entity::Type(self.primitive(primitive));
        }
        if package == sync::atomic::VARIABLE_NAME
            && let Some(method) = sync::atomic::VARIABLE.method(&name.name).filter(|_| visible)
        {
            return Entity::Word(Word::Atomic(method.name));
        }
        if let Some(template) = library::generic(package, &name.name) {
            return Entity::Word(Word::Generic(template));
        }
        if let Some(id) = self.library_package(package) {
            let object = self.packages.get(id).and_then(|package| package.names.get(&name.name).copied());
            if let Some(object) = object
                && name.name.starts_with(char::is_uppercase)
            {
                return self.resolve_object(object, name.span);
            }
        }
        let function = FUNCTIONS
            .iter()
            .find(|function| function.package == package && function.name == name.name)
            .filter(|function| function.action != Action::EndTest || self.in_library());
        if let Some(function) = function {
            return Entity::Word(Word::Package(function));
        }
        self.no_member(package, name, full);
        Entity::Invalid
    }

    fn no_member(&mut self, package: &'static str, name: &ast::Ident, full: String) {
        let span = name.span;
        if let Some(instead) = planned(package, &name.name) {
            self.report(&NameProblem::NotYet { span, what: full, instead: instead.to_string() });
            return;
        }
        let random = ["Int", "Int31", "Int63", "Int32", "Int64", "Uint32", "Uint64", "Perm", "Shuffle"];
        match (package, name.name.as_str()) {
            ("rand", name) if random.contains(&name) => {
                self.report(&LanguageProblem::RandomInt { span, name: full });
            }
            ("time", name) if CALENDAR.contains(&name) => {
                let instead =
                    "a time is opaque in a model: `time.Now()` gives one, and durations order nothing";
                self.report(&LanguageProblem::Member { span, name: full, instead });
            }
            ("rand", "Float32" | "Float64") => self.report(&LanguageProblem::Float { span, written: full }),
            _ => {
                let exist = self.member_names(package);
                let meant = did_you_mean(&name.name, exist.iter().map(String::as_str)).map(str::to_string);
                let package = package.to_string();
                self.report(&NameProblem::UnknownMember {
                    span,
                    package,
                    name: name.name.clone(),
                    meant,
                    exist,
                });
            }
        }
    }

    fn member_names(&mut self, package: &'static str) -> Vec<String> {
        let mut names: Vec<String> = sync::PRIMITIVES
            .iter()
            .filter_map(|primitive| primitive.name.split_once('.'))
            .filter(|(owner, name)| *owner == package && name.starts_with(char::is_uppercase))
            .map(|(_, name)| name.to_string())
            .collect();
        if package == sync::atomic::VARIABLE_NAME {
            let functions = sync::atomic::VARIABLE.methods.iter().map(|method| method.name);
            let exported = functions.filter(|name| name.starts_with(char::is_uppercase));
            names.extend(exported.map(str::to_string));
        }
        names.extend(library::generic_names(package).map(str::to_string));
        if let Some(id) = self.library_package(package)
            && let Some(package) = self.packages.get(id)
        {
            let mut exported: Vec<String> =
                package.names.keys().filter(|name| name.starts_with(char::is_uppercase)).cloned().collect();
            exported.sort_unstable();
            names.extend(exported);
        }
        let own = FUNCTIONS.iter().filter(|own| own.package == package && own.action != Action::EndTest);
        names.extend(own.map(|function| function.name.to_string()));
        names
    }

    /// The package of a library file, read when first asked for.
    pub(crate) fn library_package(&mut self, name: &'static str) -> Option<PackageId> {
        if let Some(id) =
            self.packages.iter().position(|package| package.library && !package.part && package.name == name)
        {
            return Some(id);
        }
        let file = library::package(name, self.go)?;
        Some(self.add_library(name, false, file))
    }

    /// The type of a primitive, with the methods that its library text adds.
    pub(crate) fn primitive(&mut self, primitive: &'static sync::Primitive) -> super::types::TypeId {
        let ty = Type::Primitive(primitive.name);
        if let Some(id) = self.types.find(&ty) {
            return id;
        }
        let id = self.types.intern(ty);
        if let Some(file) = library::of_primitive(primitive) {
            let package = primitive.name.split_once('.').map_or(primitive.name, |(package, _)| package);
            self.add_library(package, true, file);
        }
        id
    }

    /// Reports an import of a package that models cannot use.
    pub(crate) fn check_import(&mut self, import: &ast::Import) {
        if !IMPORTS.iter().any(|&(path, _)| path == import.path.value) {
            let path = import.path.value.clone();
            self.report(&NameProblem::UnknownImport { span: import.path.span, path });
        }
    }

    /// Reports a name before a dot that is not declared.
    pub(crate) fn unknown_operand(&mut self, name: &str, span: Span) {
        if ELSEWHERE.contains(&name) {
            self.report(&LanguageProblem::Package { span, name: name.to_string() });
        } else {
            let meant = self
                .nearest(name)
                .or_else(|| did_you_mean(name, IMPORTS.iter().map(|&(_, name)| name)).map(str::to_string));
            self.report(&NameProblem::Undefined { span, name: name.to_string(), meant });
        }
    }

    /// Reports `name.T` where there is no such package.
    pub(crate) fn unknown_package(&mut self, name: &ast::Ident) {
        let span = name.span;
        if ELSEWHERE.contains(&name.name.as_str()) {
            self.report(&LanguageProblem::Package { span, name: name.name.clone() });
        } else {
            let meant = did_you_mean(&name.name, IMPORTS.iter().map(|&(_, name)| name)).map(str::to_string);
            self.report(&NameProblem::NotAPackage { span, name: name.name.clone(), meant });
        }
    }
}
