\* What the environment does between two operations is part of the step before.
RECURSIVE RunOn(_, _)
RunOn(s, g) ==
    IF Over(s) \/ g > Len(s.goroutines) THEN s
    ELSE IF s.goroutines[g].at \in PlainOfEnvironment THEN RunOn(StepOn(s, g), g)
    ELSE RunOn(s, g + 1)

\* The references in a row of cells, each with the cells that it covers: of a slice those of its capacity, else all.
\* Cells are counted from 0 here, as in a reference.
Covered(s, r, capacity) ==
    LET m == s.heap[ObjectOf(r)]
        n == Len(m.cells)
        from == r % K
        stride == Stride(m.pool)
        down == ((IF from < n THEN from ELSE n) \div stride) * stride
        stop == IF capacity * stride + from < n THEN capacity * stride + from ELSE n
        up == ((stop + stride - 1) \div stride) * stride
        to == IF up < n THEN up ELSE n
    IN  IF capacity < 0 \/ m.pool \notin Arrays
        THEN [object |-> ObjectOf(r), from |-> 0, to |-> n]
        ELSE [object |-> ObjectOf(r), from |-> down, to |-> IF to > down THEN to ELSE down]
RefersAt(kinds, values, i) ==
    \/ kinds[i] \in {"ref", "slice"}
    \/ kinds[i] = "payload" /\ i > 1 /\ values[i - 1] \in RefTags
Referred(s, kinds, values) ==
    {Covered(s, values[i], IF kinds[i] = "slice" THEN values[i + 2] ELSE -1) :
        i \in {i \in DOMAIN kinds :
            /\ RefersAt(kinds, values, i)
            /\ ObjectOf(values[i]) > 0 /\ ObjectOf(values[i]) <= Len(s.heap)}}

\* Per object the cells that are reached: from one to before the other; none where the first is negative.
Nothing(s) == [i \in DOMAIN s.heap |-> [from |-> -1, to |-> -1]]
Joined(reached, more) ==
    [i \in DOMAIN reached |->
        LET here == {c \in more : c.object = i}
            froms == {c.from : c \in here} \cup (IF reached[i].from < 0 THEN {} ELSE {reached[i].from})
            tos == {c.to : c \in here} \cup {reached[i].to}
        IN  IF here = {} THEN reached[i]
            ELSE [from |-> Least(froms), to |-> CHOOSE t \in tos : \A u \in tos : t >= u]]
Inside(s, i, range) ==
    LET m == s.heap[i]
        kinds == CellKinds(m.pool)
        stride == Len(kinds)
        first == IF m.pool \in Headed THEN 3 ELSE range.from
        starts == IF range.from < 0 \/ stride = 0 THEN {}
                  ELSE {e \in first..(range.to - 1) : (e - first) % stride = 0}
    IN  UNION {Referred(s, kinds, SubSeq(m.cells, e + 1, e + stride)) : e \in starts}
RECURSIVE Closure(_, _)
Closure(s, reached) ==
    LET next == Joined(reached, UNION {Inside(s, i, reached[i]) : i \in DOMAIN reached})
    IN  IF next = reached THEN reached ELSE Closure(s, next)
FrameOf(s, g) == Referred(s, FrameKinds(s.goroutines[g].routine), s.goroutines[g].frame)
Reached(s, i, reached) == reached[i].from >= 0

\* Whether somebody could notice that a goroutine of the environment is no more.
ConcernsSomebody(s, g, reached) ==
    LET purpose == s.goroutines[g].frame[1]
        own == Closure(s, Joined(Nothing(s), FrameOf(s, g)))
    IN  \/ /\ s.goroutines[g].routine \in HasPurpose
           /\ ObjectOf(purpose) > 0 /\ ObjectOf(purpose) <= Len(s.heap)
           /\ Reached(s, ObjectOf(purpose), reached)
        \/ /\ CouldStep(s, g)
           /\ \/ s.goroutines[g].routine \in Starts
              \/ \E i \in DOMAIN s.heap : Reached(s, i, own) /\ Reached(s, i, reached)
RECURSIVE Unheard(_, _, _)
Unheard(s, clocks, reached) ==
    LET silent == {g \in clocks : ~ConcernsSomebody(s, g, reached)}
        heard == UNION {FrameOf(s, g) : g \in clocks \ silent}
    IN  IF silent = clocks THEN clocks ELSE Unheard(s, silent, Closure(s, Joined(reached, heard)))
Forgotten(s) ==
    LET clocks == {g \in DOMAIN s.goroutines : s.goroutines[g].routine \in Environment}
        others == {g \in DOMAIN s.goroutines : s.goroutines[g].at # ""} \ clocks
        roots == UNION {FrameOf(s, g) : g \in others} \cup Referred(s, GlobalKinds, s.globals)
        gone == Unheard(s, clocks, Closure(s, Joined(Nothing(s), roots)))
    IN  IF clocks = {} THEN s
        ELSE [s EXCEPT !.goroutines = Trim([g \in DOMAIN @ |-> IF g \in gone THEN Free ELSE @[g]])]
Settled(s) == LET t == RunOn(s, 1) IN IF Over(t) THEN t ELSE Forgotten(t)

