//! The models under report.

use goknot::commands::{BinaryOp, CellType, Command, Expr};
use goknot::machine::{Machine, Shape};
use goknot::source::Source;

use super::hand::{Hand, INT, field, load, local};

const BOOL: CellType = CellType::Bool;
const COUNT: CellType = CellType::Int { bits: 32, signed: true };

/// `Close` waits for handlers that need the lock it holds.
pub fn miniredis() -> (Source, Machine) {
    let mut h = Hand::new(
        "miniredis.knot",
        "model miniredis \"Close waits for handlers that need the lock it holds\"

type Server struct {
\tmu sync.Mutex
\twg sync.WaitGroup
}

func (s *Server) servePeer() {
\tdefer s.wg.Done()
\ts.mu.Lock()
\ts.mu.Unlock()
}

func (s *Server) Close() {
\ts.mu.Lock()
\tdefer s.mu.Unlock()
\ts.wg.Wait()
}

func main() {
\ts := &Server{}
\tfor i := 0; i < 2; i++ {
\t\ts.wg.Add(1)
\t\tgo s.servePeer()
\t}
\ts.Close()
}
",
    );
    let server = h.pool("Server", Shape::Record, &[("mu.locked", BOOL), ("wg.count", COUNT)]);
    let (mu, wg) = (field(0, 0), field(0, 1));

    let mut main = h.routine("main", "main.main", 0, &[("s", CellType::Ref), ("i", INT)]);
    let at = h.span("s := &Server{}", 0);
    main.plain(at, vec![Command::Alloc { dest: local(0), pool: server, len: None }]);
    main.plain(h.span("i := 0", 0), vec![Command::Set(local(1), Expr::Const(0))]);
    let less = Expr::binary(BinaryOp::Lt, load(1), Expr::Const(2));
    main.branch(h.span("i < 2", 0), less, 3, 6);
    let at = h.span("s.wg.Add(1)", 0);
    main.call(&mut h, at, wg.clone(), "sync.WaitGroup", "Add", vec![Expr::Const(1)]);
    main.spawn(h.span("go s.servePeer()", 0), 1, vec![load(0)]);
    let next = Expr::binary(BinaryOp::Add, load(1), Expr::Const(1));
    main.plain(h.span("i++", 0), vec![Command::Set(local(1), next)]);
    main_closes(&mut h, &mut main);
    h.add(main);

    let mut peer = h.routine("servePeer", "main.(*Server).servePeer", 1, &[("s", CellType::Ref)]);
    let at = h.span("s.mu.Lock()", 0);
    peer.call(&mut h, at, mu.clone(), "sync.Mutex", "Lock", vec![]);
    let at = h.span("s.mu.Unlock()", 0);
    peer.call(&mut h, at, mu, "sync.Mutex", "Unlock", vec![]);
    let at = h.span("s.wg.Done()", 0);
    peer.call(&mut h, at, wg, "sync.WaitGroup", "Done", vec![]);
    peer.end();
    h.add(peer);
    h.finish()
}

fn main_closes(h: &mut Hand, main: &mut super::hand::Lines) {
    // The loop goes back to its head; `Close` comes after it.
    let head = 2;
    let stack = h.stack(&[("Server.Close", "main.(*Server).Close", ""), ("main", "main.main", "s.Close()")]);
    main.loop_back(head);
    main.within(stack);
    let at = h.span("s.mu.Lock()", 1);
    main.call(h, at, field(0, 0), "sync.Mutex", "Lock", vec![]);
    let at = h.span("s.wg.Wait()", 0);
    main.call(h, at, field(0, 1), "sync.WaitGroup", "Wait", vec![]);
    let at = h.span("defer s.mu.Unlock()", 0);
    main.call(h, at, field(0, 0), "sync.Mutex", "Unlock", vec![]);
    main.end();
}

/// The caller gives up; the producer sends for ever.
pub fn timeout_leak() -> (Source, Machine) {
    let mut h = Hand::new(
        "timeout.knot",
        "model timeout \"nobody receives after the time is over\"

func work(results chan int) {
\tr := compute()
\tresults <- r
}

func timer(expired chan int) {
\tclose(expired)
}

func main() {
\tresults := make(chan int)
\texpired := make(chan int)
\tgo work(results)
\tgo timer(expired)
\tselect {
\tcase <-results:
\tcase <-expired:
\t}
}
",
    );
    let ints = h.pool("chan int", Shape::Channel, &[("", INT)]);
    let frame = [("results", CellType::Ref), ("expired", CellType::Ref)];
    let make =
        |cell, at| (at, vec![Command::Alloc { dest: local(cell), pool: ints, len: Some(Expr::Const(0)) }]);
    let mut main = h.routine("main", "main.main", 0, &frame);
    let (at, commands) = make(0, h.span("results := make(chan int)", 0));
    main.plain(at, commands);
    let (at, commands) = make(1, h.span("expired := make(chan int)", 0));
    main.plain(at, commands);
    main.spawn(h.span("go work(results)", 0), 1, vec![load(0)]);
    main.spawn(h.span("go timer(expired)", 0), 2, vec![load(1)]);
    let cases =
        [(h.span("<-results", 0), load(0), "results", 5), (h.span("<-expired", 0), load(1), "expired", 5)];
    let at = h.span("select", 0);
    main.select(&mut h, at, &cases);
    main.end();
    h.add(main);

    let mut work = h.routine("work", "main.work", 1, &[("results", CellType::Ref), ("r", INT)]);
    work.plain(h.span("r := compute()", 0), vec![Command::Set(local(1), Expr::Const(7))]);
    let at = h.span("results <- r", 0);
    work.send(&mut h, at, load(0), "results", vec![load(1)]);
    work.end();
    h.add(work);

    let mut timer = h.routine("timer", "main.timer", 1, &[("expired", CellType::Ref)]);
    let at = h.span("close(expired)", 0);
    timer.close(&mut h, at, load(0), "expired");
    timer.end();
    h.add(timer);
    h.finish()
}

/// Both close the channel.
pub fn double_close() -> (Source, Machine) {
    let mut h = Hand::new(
        "close.knot",
        "model close \"whoever is last closes a closed channel\"

func stop(done chan int) {
\tclose(done)
}

func main() {
\tdone := make(chan int)
\tgo stop(done)
\tclose(done)
}
",
    );
    let ints = h.pool("chan int", Shape::Channel, &[("", INT)]);
    let mut main = h.routine("main", "main.main", 0, &[("done", CellType::Ref)]);
    let make = Command::Alloc { dest: local(0), pool: ints, len: Some(Expr::Const(0)) };
    main.plain(h.span("done := make(chan int)", 0), vec![make]);
    main.spawn(h.span("go stop(done)", 0), 1, vec![load(0)]);
    let at = h.span("close(done)", 1);
    main.close(&mut h, at, load(0), "done");
    main.end();
    h.add(main);
    let mut stop = h.routine("stop", "main.stop", 1, &[("done", CellType::Ref)]);
    let at = h.span("close(done)", 0);
    stop.close(&mut h, at, load(0), "done");
    stop.end();
    h.add(stop);
    h.finish()
}

/// Two increments of a copy.
pub fn lost_update() -> (Source, Machine) {
    let mut h = Hand::new(
        "lost.knot",
        "model lost \"an increment is lost\"

var n int

func add(done chan int) {
\tx := n
\tn = x + 1
\tdone <- 1
}

func main() {
\tdone := make(chan int, 2)
\tgo add(done)
\tgo add(done)
\t<-done
\t<-done
\tassert(n == 2, \"both count\")
}
",
    );
    let n = h.global("n", INT);
    let ints = h.pool("chan int", Shape::Channel, &[("", INT)]);
    let mut main = h.routine("main", "main.main", 0, &[("done", CellType::Ref)]);
    let make = Command::Alloc { dest: local(0), pool: ints, len: Some(Expr::Const(2)) };
    main.plain(h.span("done := make(chan int, 2)", 0), vec![make]);
    main.spawn(h.span("go add(done)", 0), 1, vec![load(0)]);
    main.spawn(h.span("go add(done)", 1), 1, vec![load(0)]);
    for nth in 0..2 {
        let at = h.span("<-done", nth);
        main.recv(&mut h, at, load(0), "done", None, false);
    }
    let text = h.string("both count");
    let both = Expr::eq(Expr::load(n.clone()), Expr::Const(2));
    main.plain(h.span("assert(n == 2, \"both count\")", 0), vec![Command::Assert { ok: both, text }]);
    main.end();
    h.add(main);
    let mut add = h.routine("add", "main.add", 1, &[("done", CellType::Ref), ("x", INT)]);
    add.plain(h.span("x := n", 0), vec![Command::Set(local(1), Expr::load(n.clone()))]);
    let more = Expr::binary(BinaryOp::Add, load(1), Expr::Const(1));
    add.plain(h.span("n = x + 1", 0), vec![Command::Set(n, more)]);
    let at = h.span("done <- 1", 0);
    add.send(&mut h, at, load(0), "done", vec![Expr::Const(1)]);
    add.end();
    h.add(add);
    h.finish()
}

/// A server that may wait for ever: nothing is wrong.
pub fn idle_server() -> (Source, Machine) {
    let mut h = Hand::new(
        "idle.knot",
        "model idle \"a server with nothing to do\"

func serve(requests chan int) {
\tfor {
\t\tidle r := <-requests
\t\thandle(r)
\t}
}

func main() {
\trequests := make(chan int)
\tgo serve(requests)
\trequests <- 1
\tif false {
\t\tclose(requests)
\t}
}
",
    );
    let ints = h.pool("chan int", Shape::Channel, &[("", INT)]);
    let mut main = h.routine("main", "main.main", 0, &[("requests", CellType::Ref)]);
    let make = Command::Alloc { dest: local(0), pool: ints, len: Some(Expr::Const(0)) };
    main.plain(h.span("requests := make(chan int)", 0), vec![make]);
    main.spawn(h.span("go serve(requests)", 0), 1, vec![load(0)]);
    let at = h.span("requests <- 1", 0);
    main.send(&mut h, at, load(0), "requests", vec![Expr::Const(1)]);
    main.branch(h.span("false", 0), Expr::FALSE, 4, 5);
    let at = h.span("close(requests)", 0);
    main.close(&mut h, at, load(0), "requests");
    main.end();
    h.add(main);
    let mut serve = h.routine("serve", "main.serve", 1, &[("requests", CellType::Ref), ("r", INT)]);
    let at = h.span("idle r := <-requests", 0);
    serve.recv(&mut h, at, load(0), "requests", Some(local(1)), true);
    serve.jump(h.span("handle(r)", 0), 0);
    h.add(serve);
    h.finish()
}

/// A second read lock behind a waiting writer.
pub fn reader_writer_reader() -> (Source, Machine) {
    let mut h = Hand::new(
        "rwr.knot",
        "model rwr \"a reader reads again behind a waiting writer\"

var mu sync.RWMutex

func write() {
\tmu.Lock()
\tmu.Unlock()
}

func main() {
\tgo write()
\tmu.RLock()
\tmu.RLock()
\tmu.RUnlock()
\tmu.RUnlock()
}
",
    );
    let mu = h.global("mu.writer", BOOL);
    h.global("mu.held", BOOL);
    h.global("mu.readers", COUNT);
    let mut main = h.routine("main", "main.main", 0, &[]);
    main.spawn(h.span("go write()", 0), 1, vec![]);
    for (text, nth, method) in [
        ("mu.RLock()", 0, "RLock"),
        ("mu.RLock()", 1, "RLock"),
        ("mu.RUnlock()", 0, "RUnlock"),
        ("mu.RUnlock()", 1, "RUnlock"),
    ] {
        let at = h.span(text, nth);
        main.call(&mut h, at, mu.clone(), "sync.RWMutex", method, vec![]);
    }
    main.end();
    h.add(main);
    let mut write = h.routine("write", "main.write", 0, &[]);
    let at = h.span("mu.Lock()", 0);
    write.call(&mut h, at, mu.clone(), "sync.RWMutex", "Lock", vec![]);
    let at = h.span("mu.Unlock()", 0);
    write.call(&mut h, at, mu, "sync.RWMutex", "Unlock", vec![]);
    write.end();
    h.add(write);
    h.finish()
}

/// Workers that wait for a result that the first of them has eaten.
pub fn crowd(workers: i64) -> (Source, Machine) {
    let mut h = Hand::new(
        "crowd.knot",
        "model crowd \"one token for many workers\"

func worker(tokens chan int, results chan int) {
\tt := <-tokens
\tresults <- t
}

func main() {
\ttokens := make(chan int, 1)
\tresults := make(chan int)
\tfor i := 0; i < workers; i++ {
\t\tgo worker(tokens, results)
\t}
\ttokens <- 42
\t<-results
\t<-results
}
",
    );
    let ints = h.pool("chan int", Shape::Channel, &[("", INT)]);
    let frame = [("tokens", CellType::Ref), ("results", CellType::Ref), ("i", INT)];
    let mut main = h.routine("main", "main.main", 0, &frame);
    for (cell, text, cap) in [(0, "tokens := make(chan int, 1)", 1), (1, "results := make(chan int)", 0)] {
        let make = Command::Alloc { dest: local(cell), pool: ints, len: Some(Expr::Const(cap)) };
        main.plain(h.span(text, 0), vec![make]);
    }
    main.plain(h.span("i := 0", 0), vec![Command::Set(local(2), Expr::Const(0))]);
    let less = Expr::binary(BinaryOp::Lt, load(2), Expr::Const(workers));
    main.branch(h.span("i < workers", 0), less, 4, 6);
    main.spawn(h.span("go worker(tokens, results)", 0), 1, vec![load(0), load(1)]);
    let next = Expr::binary(BinaryOp::Add, load(2), Expr::Const(1));
    main.plain(h.span("i++", 0), vec![Command::Set(local(2), next)]);
    main.loop_back(3);
    let at = h.span("tokens <- 42", 0);
    main.send(&mut h, at, load(0), "tokens", vec![Expr::Const(42)]);
    for nth in 0..2 {
        let at = h.span("<-results", nth);
        main.recv(&mut h, at, load(1), "results", None, false);
    }
    main.end();
    h.add(main);
    let frame = [("tokens", CellType::Ref), ("results", CellType::Ref), ("t", INT)];
    let mut worker = h.routine("worker", "main.worker", 2, &frame);
    let at = h.span("t := <-tokens", 0);
    worker.recv(&mut h, at, load(0), "tokens", Some(local(2)), false);
    let at = h.span("results <- t", 0);
    worker.send(&mut h, at, load(1), "results", vec![load(2)]);
    worker.end();
    h.add(worker);
    h.finish()
}

/// Counts, then waits on a channel that it never made.
pub fn countdown(from: i64) -> (Source, Machine) {
    let mut h = Hand::new(
        "countdown.knot",
        "model countdown \"a long way to a nil channel\"

var left int

func main() {
\tvar ready chan int
\tleft = start
\tfor left > 0 {
\t\tleft--
\t}
\t<-ready
}
",
    );
    let left = h.global("left", INT);
    let mut main = h.routine("main", "main.main", 0, &[("ready", CellType::Ref)]);
    main.plain(h.span("left = start", 0), vec![Command::Set(left.clone(), Expr::Const(from))]);
    let some = Expr::binary(BinaryOp::Lt, Expr::Const(0), Expr::load(left.clone()));
    main.branch(h.span("left > 0", 0), some, 2, 3);
    let less = Expr::binary(BinaryOp::Sub, Expr::load(left.clone()), Expr::Const(1));
    main.plain(h.span("left--", 0), vec![Command::Set(left, less)]);
    main.loop_back(1);
    let at = h.span("<-ready", 0);
    main.recv(&mut h, at, load(0), "ready", None, false);
    main.end();
    h.add(main);
    h.finish()
}
