-----------------------------------------------------------------------------
\* The state, and what every model does with it.

VARIABLES
    globals,    \* the package variables, cell by cell
    goroutines, \* by slot: where each stands, and its frame; main is in slot 1
    heap,       \* the objects, by number: their pool and their cells
    main,       \* how main stands: "running", "returned" or "goexited"
    end         \* why the run is over, if it is

CONSTANTS
    Objects,    \* so many objects of a pool, at most
    Goroutines, \* so many goroutines, at most
    Deadlocks,  \* TRUE: TLC's deadlock is somebody stuck for good before main has returned
    Leaks       \* TRUE: TLC's deadlock is somebody stuck for good after main has returned

vars == <<globals, goroutines, heap, main, end>>

\* The state as one value, so that a step can be told command by command.
Now == [globals |-> globals, goroutines |-> goroutines, heap |-> heap, main |-> main, end |-> end]

\* A reference is one number: K times the number of the object, and how many of its cells to skip. 0 is nil.
K == 65536
GlobalsObject == 32767
ObjectOf(r) == r \div K
CellOf(r) == (r % K) + 1
GlobalRef(i) == GlobalsObject * K + i - 1

\* TLC counts with 32 bits. What does not fit must not go wrong in silence.
TooLarge(x) == Assert(FALSE, "goknot: a number that 32 bits do not hold")

Bit(c) == IF c THEN 1 ELSE 0
Zeros(n) == [i \in 1..n |-> 0]
Least(q) == CHOOSE i \in q : \A j \in q : i <= j

NoEnd == [kind |-> "none", slot |-> 0, tag |-> 0, payload |-> 0, text |-> ""]
Free == [routine |-> "", at |-> "", frame |-> <<>>]

Frame(s, g) == s.goroutines[g].frame
Cell(s, r) ==
    IF ObjectOf(r) = GlobalsObject THEN s.globals[CellOf(r)] ELSE s.heap[ObjectOf(r)].cells[CellOf(r)]
Memory(r) ==
    IF ObjectOf(r) = GlobalsObject THEN globals[CellOf(r)] ELSE heap[ObjectOf(r)].cells[CellOf(r)]
SetLocal(s, g, i, x) == [s EXCEPT !.goroutines[g].frame[i] = x]
SetGlobal(s, i, x) == [s EXCEPT !.globals[i] = x]
SetCell(s, r, x) ==
    IF ObjectOf(r) = GlobalsObject
    THEN [s EXCEPT !.globals[CellOf(r)] = x]
    ELSE [s EXCEPT !.heap[ObjectOf(r)].cells[CellOf(r)] = x]

\* The run is over.
Over(s) == s.end.kind # "none"
Stop(s, kind, g, text) == [s EXCEPT !.end = [NoEnd EXCEPT !.kind = kind, !.slot = g, !.text = text]]
Panic(s, g, tag, payload) ==
    [s EXCEPT !.end = [NoEnd EXCEPT !.kind = "panic", !.slot = g, !.tag = tag, !.payload = payload]]
Panicking(mode) == IF mode % 2 = 1 THEN mode ELSE mode + 1

\* The goroutine goes to a point; what nobody reads any more becomes zero.
Reset(frame, dead) == IF dead = {} THEN frame ELSE [i \in DOMAIN frame |-> IF i \in dead THEN 0 ELSE frame[i]]
Arrive(s, g, at, dead) == [s EXCEPT !.goroutines[g] = [@ EXCEPT !.at = at, !.frame = Reset(@, dead)]]
RECURSIVE Trim(_)
Trim(q) == IF Len(q) > 1 /\ q[Len(q)].at = "" THEN Trim(SubSeq(q, 1, Len(q) - 1)) ELSE q
Ends(s, g) ==
    [s EXCEPT !.goroutines = Trim([@ EXCEPT ![g] = Free]), !.main = IF g = 1 THEN "returned" ELSE @]
Goexits(s, g, at, dead) ==
    [Arrive(s, g, at, dead) EXCEPT !.main = IF g = 1 THEN "goexited" ELSE @]

\* A new goroutine takes the lowest free slot, but never main's.
FreeSlot(q) ==
    LET gaps == {i \in 2..Len(q) : q[i].at = ""} IN IF gaps = {} THEN Len(q) + 1 ELSE Least(gaps)
Filled(q, i, x) == IF i > Len(q) THEN Append(q, x) ELSE [q EXCEPT ![i] = x]
Alike(s, routine) ==
    {i \in DOMAIN s.goroutines :
        /\ s.goroutines[i].at # ""
        /\ (s.goroutines[i].routine \in Environment) = (routine \in Environment)}
Spawn(s, routine, at, frame) ==
    IF Cardinality(Alike(s, routine)) >= Goroutines
    THEN Stop(s, "bound", 0, "--goroutines")
    ELSE [s EXCEPT !.goroutines =
            Filled(@, FreeSlot(@), [routine |-> routine, at |-> at, frame |-> frame])]
\* The same for one that ends where it begins.
SpawnEnded(s, routine) ==
    IF Cardinality(Alike(s, routine)) >= Goroutines THEN Stop(s, "bound", 0, "--goroutines") ELSE s

\* Objects are numbered as they are made, and never collected.
New(s, pool, cells) ==
    IF Cardinality({i \in DOMAIN s.heap : s.heap[i].pool = pool}) >= Objects
    THEN Stop(s, "bound", 0, "--objects")
    ELSE [s EXCEPT !.heap = Append(@, [pool |-> pool, cells |-> cells])]
Newest(s) == Len(s.heap) * K
Elements(n, stride) == IF n < K \div stride THEN Zeros(n * stride) ELSE TooLarge(n)

\* A channel: its capacity, whether it is closed, how many elements there are, and these.
Push(s, r, values) ==
    [s EXCEPT !.heap[ObjectOf(r)].cells = [@ EXCEPT ![3] = @ + 1] \o values]
Oldest(s, r, n) == SubSeq(s.heap[ObjectOf(r)].cells, 4, 3 + n)
Pop(s, r, n) ==
    [s EXCEPT !.heap[ObjectOf(r)].cells =
        <<@[1], @[2], @[3] - 1>> \o SubSeq(@, 4 + n, Len(@))]

CellsOf(s, r) == IF ObjectOf(r) = GlobalsObject THEN s.globals ELSE s.heap[ObjectOf(r)].cells
Overwritten(cells, at, new) ==
    [i \in DOMAIN cells |-> IF i >= at /\ i < at + Len(new) THEN new[i - at + 1] ELSE cells[i]]
Copy(s, to, from, n) ==
    IF n = 0 THEN s
    ELSE LET new == SubSeq(CellsOf(s, from), CellOf(from), CellOf(from) + n - 1)
         IN  IF ObjectOf(to) = GlobalsObject
             THEN [s EXCEPT !.globals = Overwritten(@, CellOf(to), new)]
             ELSE [s EXCEPT !.heap[ObjectOf(to)].cells = Overwritten(@, CellOf(to), new)]

\* Arithmetic as in Go; what 32 bits do not hold is an error of TLC's.
Abs(x) == IF x < 0 THEN 0 - x ELSE x
Quot(x, y) == IF (x < 0) = (y < 0) THEN Abs(x) \div Abs(y) ELSE 0 - (Abs(x) \div Abs(y))
Rem(x, y) == x - Quot(x, y) * y
RECURSIVE BitAnd(_, _)
BitAnd(x, y) ==
    IF x = 0 \/ y = 0 THEN 0
    ELSE IF x = -1 THEN y ELSE IF y = -1 THEN x
    ELSE 2 * BitAnd(x \div 2, y \div 2) + ((x % 2) * (y % 2))
BitNot(x) == (-1) - x
BitOr(x, y) == BitNot(BitAnd(BitNot(x), BitNot(y)))
BitXor(x, y) == BitAnd(BitOr(x, y), BitNot(BitAnd(x, y)))
BitAndNot(x, y) == BitAnd(x, BitNot(y))
ShiftLeft(x, n) == IF x = 0 \/ n > 63 \/ n < 0 THEN 0 ELSE IF n > 30 THEN TooLarge(x) ELSE x * 2^n
ShiftRight(x, n) == IF n > 30 \/ n < 0 THEN (IF x < 0 THEN -1 ELSE 0) ELSE x \div 2^n
Unsigned(x) == IF x < 0 THEN TooLarge(x) ELSE x
ShiftRightU(x, n) == IF n > 63 \/ n < 0 THEN 0 ELSE IF n = 0 THEN x ELSE ShiftRight(Unsigned(x), n)
LessU(x, y) == IF (x < 0) = (y < 0) THEN x < y ELSE y < 0
QuotU(x, y) == Unsigned(x) \div Unsigned(y)
RemU(x, y) == Unsigned(x) % Unsigned(y)
WrapSigned(x, half) == ((x + half) % (2 * half)) - half

