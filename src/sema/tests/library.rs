//! goknot's own library files have no mistakes, and what they give.

use super::{accept, main_with};
use crate::source::Source;
use crate::sync::PRIMITIVES;
use crate::syntax;

const PACKAGES: &[(&str, &str)] = &[
    ("testing", include_str!("../../library/testing.knot")),
    ("context", include_str!("../../library/context.knot")),
    ("errors", include_str!("../../library/errors.knot")),
    ("fmt", include_str!("../../library/fmt.knot")),
    ("sync", include_str!("../../library/sync.knot")),
    ("time", include_str!("../../library/time.knot")),
];

#[test]
fn library_files_parse() {
    let own = PACKAGES.iter().copied();
    let added = PRIMITIVES.iter().map(|primitive| (primitive.name, primitive.library));
    for (name, text) in own.chain(added).filter(|(_, text)| !text.is_empty()) {
        let (_, problems) = syntax::parse(&Source::new(name, text));
        assert!(problems.is_empty(), "{name}: {:?}", problems.sorted());
    }
}

#[test]
fn library_files_are_typed_without_problems() {
    let stmts = "var l sync.Locker\nl = &sync.Mutex{}\nl.Lock()\ne := errors.New(\"x\")\n_ = e.Error()\n\
        f := fmt.Errorf(\"y %d\", 1)\n_ = f\nvar d time.Duration = 2 * time.Second\ntime.Sleep(d)\n\
        <-time.After(d)\nt := time.NewTimer(d)\nt.Stop()\nt.Reset(d)\nk := time.NewTicker(d)\nk.Reset(d)\nk.Stop()\n\
        <-time.Tick(d)\ntime.AfterFunc(d, func() {}).Stop()\n_ = time.Since(time.Now().Add(d)) < d\n\
        var wg sync.WaitGroup\nwg.Go(func() {})\nwg.Wait()\nvar rw sync.RWMutex\nrw.RLock()";
    let program = accept(&main_with(stmts));
    let names: Vec<&str> = program.funcs.iter().map(|func| func.symbol.as_str()).collect();
    for name in
        ["errors.New", "errors.(*errorString).Error", "sync.(*WaitGroup).Go", "sync.(*WaitGroup).Go.func1"]
    {
        assert!(names.contains(&name), "{names:?}");
    }
    assert!(program.funcs.iter().all(|func| func.library != func.symbol.starts_with("main.")));
}
