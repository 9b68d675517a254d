//! Whole models that are right.

use super::{accept, accept_with, main_with, model};

#[test]
fn the_example_of_the_design() {
    let text = r#"model miniredis "Close waits for handlers that need the lock it holds"

param conns = 2 in 1..4

type Server struct {
	mu sync.Mutex
	wg sync.WaitGroup
}

func (s *Server) servePeer() {
	defer s.wg.Done()
	s.mu.Lock() // handleAuth
	s.mu.Unlock()
}

func (s *Server) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wg.Wait()
}

func main() {
	s := &Server{}
	for i := 0; i < conns; i++ {
		s.wg.Add(1)
		go s.servePeer()
	}
	s.Close()
}

expect deadlock {
	main:      s.wg.Wait()
	servePeer: s.mu.Lock()
}

fix unlock_first "give the lock back before waiting" {
	func (s *Server) Close() {
		s.mu.Lock()
		s.mu.Unlock()
		s.wg.Wait()
	}
}
"#;
    let program = accept(text);
    assert_eq!(program.name, "miniredis");
    assert_eq!(program.params[0].value, 2);
    assert_eq!(program.expects.len(), 1);
    let symbols: Vec<&str> =
        program.funcs.iter().filter(|func| !func.library).map(|func| func.symbol.as_str()).collect();
    assert_eq!(symbols, ["main.main", "main.(*Server).servePeer", "main.(*Server).Close"]);
    let fixed = accept_with(text, &[("conns", 3)], Some("unlock_first"));
    assert_eq!(fixed.params[0].value, 3);
    assert!(fixed.expects.is_empty());
    let close = fixed.funcs.iter().find(|func| func.name == "Server.Close").expect("Close");
    assert_eq!(close.body.len(), 3);
}

#[test]
fn a_bit_of_everything() {
    accept(&model(
        r#"
type Kind int

const (
	A Kind = iota
	B
	_
	D
	mask = 1<<D - 1
)

type Shape interface {
	Area() int
}

type Base struct {
	id int
	mu sync.Mutex
}

func (b *Base) Lock() { b.mu.Lock() }
func (b Base) ID() int { return b.id }

type Square struct {
	*Base
	side, n int
	tags []string
	next *Square
	byName map[string]*Square
	done chan struct{}
	fn func(int) error
}

func (s Square) Area() int { return s.side * s.side }

var table = map[Kind]string{A: "a", B: "b"}
var shapes []Shape
var grid [D][2]int
var total, limit = 0, max(1, 2)

func pair() (int, error) { return 1, nil }

func sum(first int, rest ...int) (total int) {
	total = first
	for _, v := range rest {
		total += v
	}
	return
}

func find(s Shape) string {
	switch v := s.(type) {
	case nil:
		return "nil"
	case *Square:
		return v.tags[0]
	case Square, interface{ ID() int }:
		_ = v.(Shape)
		return "value"
	default:
		return "other"
	}
}

func init() { total = 1 }

func main() {
	s := &Square{Base: &Base{id: 1}, side: 2, done: make(chan struct{})}
	s.Lock()
	s.Base.mu.Unlock()
	shapes = append(shapes, s, *s)
	shapes = append(shapes, shapes...)
	n, err := pair()
	n, err2 := pair()
	if err != nil || err2 == nil && n > 0 {
		return
	} else if x := s.ID(); x == 1 {
		_ = x
	}
	f := s.Area
	g := Square.Area
	h := (*Square).Area
	k := Shape.Area
	_, _, _, _ = f(), g(*s), h(s), k(s)
	_ = sum(1)
	_ = sum(1, 2, 3)
	_ = sum(1, []int{1}...)
	grid[0][1]++
	grid[1] = [2]int{1: 7}
	p := &grid[0][1]
	*p = 3
	ch := make(chan int, 3)
	var in chan<- int = ch
	var out <-chan int = ch
	go func(c chan<- int) {
		defer close(c)
		c <- n
	}(in)
loop:
	for {
		select {
		case v, ok := <-out:
			if !ok {
				break loop
			}
			_ = v
		case in <- 1:
			continue loop
		case <-s.done:
		default:
			time.Sleep(time.Millisecond)
		}
	}
	switch k := Kind(n); {
	case k == A, k > B:
		fallthrough
	case false:
	default:
	}
	switch n {
	case 1, 2:
	case 3:
		fmt.Println("x", s, nil)
	}
	for i := range 3 {
		_ = i
	}
	for range out {
	}
	for i, r := range "añ" {
		_, _ = i, r
	}
	for name, sq := range s.byName {
		delete(s.byName, name)
		_ = sq.next.next
	}
	if _, ok := table[A]; ok {
		table[B] = "c"
	}
	var e error = errors.New("x")
	if e == nil {
		panic(fmt.Sprintf("bad %v", e))
	}
	q := []struct{ a, b int }{{1, 2}, {a: 3}}
	r := []*Square{{side: 1}, nil}
	m := map[string][]int{"a": {1, 2}}
	clear(m)
	copy(q, q[1:])
	_, _ = r[0].side, len(grid)+cap(q)
	lock := s.Base.mu.Lock
	defer lock()
	choose {
	case:
		n = any(0, 3)
	case:
		n = rand.Intn(n + 1)
	}
	idle <-s.done
	assert(n >= 0, "positive")
	s.fn = func(int) error { return nil }
	if err := s.fn(3); err != nil {
		log.Fatal(err)
	}
}

check always total < 3 && len(shapes) >= 0
check eventually limit == 2
check total == 1 leadsto total == 2
cover full: len(shapes) == 4
"#,
    ));
}

#[test]
fn names_of_function_literals_are_gos() {
    let program = accept(&model(
        "type S struct{ x int }\nfunc (s *S) Close() { func() { func() {}() }() }\n\
         var f = func() { func() {}() }\nfunc init() { func() {}() }\n\
         func main() {\n(&S{}).Close()\nfunc() { func() {}(); func() {}() }()\ngo func() {}()\nf()\n}",
    ));
    let mut symbols: Vec<&str> = program.funcs.iter().map(|func| func.symbol.as_str()).collect();
    symbols.sort_unstable();
    assert_eq!(
        symbols,
        [
            "main.(*S).Close",
            "main.(*S).Close.func1",
            "main.(*S).Close.func1.1",
            "main.init.0",
            "main.init.0.func1",
            "main.init.func1",
            "main.init.func1.1",
            "main.main",
            "main.main.func1",
            "main.main.func1.1",
            "main.main.func1.2",
            "main.main.func2",
        ]
    );
}

#[test]
fn several_values_that_need_conversions() {
    accept(&model(
        "type E struct{}\nfunc (E) Error() string { return \"\" }\nfunc f() (int, E) { return 1, E{} }\n\
         func g(x any, errs ...error) error { return nil }\nfunc h() (any, error) { return f() }\n\
         var a, b any = f()\nfunc main() {\nvar err error\nvar x any\nx, err = f()\n_, _ = x, err\n\
         _ = g(f())\nvar ok any\nch := make(chan int)\nx, _ = <-ch\nselect { case x = <-ch: }\n_ = ok\n\
         for x = range 3 {}\nvar t, u error = E{}, nil\n_, _ = t, u\n_, _ = a, b\n}",
    ));
}

#[test]
fn flags_of_variables() {
    let program = accept(&main_with(
        "a := 1\nb := 2\nb = 3\nc := 4\nd := 5\np := &d\nfor i := range 3 {\ne := i\ngo func() { _ = c + e }()\n}\n_, _, _ = a, b, p",
    ));
    let var = |name: &str| program.vars.iter().find(|var| var.name == name).expect("declared");
    assert!(var("a").constant && !var("b").constant && !var("d").constant);
    assert!(var("d").addressed && !var("a").addressed);
    assert!(var("c").captured && var("e").captured && !var("a").captured);
    assert!(var("i").constant);
    let literal = program.funcs.iter().find(|func| func.name == "main.func1").expect("literal");
    assert_eq!(literal.captures.len(), 2);
}
