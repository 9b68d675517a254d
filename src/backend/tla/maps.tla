-----------------------------------------------------------------------------
\* Maps: how many entries there are, what an iteration goes over, how many keys it must come to, and the entries, by
\* the numbers in their keys. Of an iteration the entries are keys that it may come to, each with 1 where it must.

EntryOf(m, i) == SubSeq(m.cells, 4 + i * EntryCells(m.pool), 3 + (i + 1) * EntryCells(m.pool))
KeyAt(m, i) == SubSeq(m.cells, 4 + i * EntryCells(m.pool), 3 + i * EntryCells(m.pool) + KeyCells(m.pool))
ValueAt(m, i) == SubSeq(m.cells, 4 + i * EntryCells(m.pool) + KeyCells(m.pool), 3 + (i + 1) * EntryCells(m.pool))

\* Whether two values are equal, compound values in interfaces by their contents.
Exists(s, r) == ObjectOf(r) > 0 /\ ObjectOf(r) <= Len(s.heap)
RECURSIVE Same(_, _, _, _)
Same(s, payloads, a, b) ==
    Len(a) = Len(b) /\ \A i \in 1..Len(a) :
        a[i] = b[i] \/ (i \in payloads /\ LET boxed == Boxed(IF i = 1 THEN 0 ELSE a[i - 1]) IN
            boxed # "" /\ Exists(s, a[i]) /\ Exists(s, b[i])
            /\ Same(s, PayloadCells(boxed), s.heap[ObjectOf(a[i])].cells, s.heap[ObjectOf(b[i])].cells))
\* The text of the runtime error for the first part that has no hash, or -1.
RECURSIVE Unhashable(_, _, _)
Unhashable(s, tags, values) ==
    LET wrong(i) ==
            IF UnhashableTag(values[i]) # -1 THEN UnhashableTag(values[i])
            ELSE IF Boxed(values[i]) # "" /\ Exists(s, values[i + 1])
            THEN Unhashable(s, TagCells(Boxed(values[i])), s.heap[ObjectOf(values[i + 1])].cells)
            ELSE -1
        bad == {i \in tags : i < Len(values) /\ wrong(i) # -1}
    IN  IF bad = {} THEN -1 ELSE wrong(Least(bad))

Before(a, b) == \E i \in 1..Len(a) : a[i] < b[i] /\ \A j \in 1..(i - 1) : a[j] = b[j]
\* Where the key is, or where it belongs.
Find(s, m, key) ==
    LET entries == 0..(m.cells[1] - 1)
        payloads == PayloadCells(m.pool)
        same == {i \in entries : Same(s, payloads, KeyAt(m, i), key)}
        after == {i \in entries : Before(key, KeyAt(m, i))}
    IN  IF same # {} THEN [found |-> TRUE, index |-> Least(same)]
        ELSE [found |-> FALSE, index |-> IF after = {} THEN m.cells[1] ELSE Least(after)]

Found(s, r, key) == r # 0 /\ Find(s, s.heap[ObjectOf(r)], key).found
Entry(s, r, key, i) ==
    IF r = 0 THEN 0
    ELSE LET m == s.heap[ObjectOf(r)]
             f == Find(s, m, key)
         IN  IF f.found THEN ValueAt(m, f.index)[i] ELSE 0
Holds(s, r, key, other) ==
    r # 0 /\ LET m == s.heap[ObjectOf(r)]
                 f == Find(s, m, key)
             IN  f.found /\ Same(s, {i - KeyCells(m.pool) : i \in PayloadCells(m.pool)}, ValueAt(m, f.index), other)

WithEntry(m, i, new) ==
    LET at == 3 + i * EntryCells(m.pool)
        cells == [m.cells EXCEPT ![1] = @ + 1]
    IN  [m EXCEPT !.cells = SubSeq(cells, 1, at) \o new \o SubSeq(cells, at + 1, Len(cells))]
WithoutEntry(m, i) ==
    LET at == 3 + i * EntryCells(m.pool)
        must == m.cells[2] # 0 /\ ValueAt(m, i) = <<1>>
        cells == [m.cells EXCEPT ![1] = @ - 1, ![3] = IF must THEN @ - 1 ELSE @]
    IN  [m EXCEPT !.cells = SubSeq(cells, 1, at) \o SubSeq(cells, at + 1 + EntryCells(m.pool), Len(cells))]
MayCome(s, m, key) ==
    LET f == Find(s, m, key) IN IF f.found THEN m ELSE WithEntry(m, f.index, key \o <<0>>)
Forgets(s, m, key) ==
    LET f == Find(s, m, key) IN IF f.found THEN WithoutEntry(m, f.index) ELSE m
GoesOver(m, o) == m.pool \in Maps /\ m.cells[2] = o * K

Insert(s, r, key, values) ==
    LET o == ObjectOf(r)
        m == s.heap[o]
        f == Find(s, m, key)
    IN  IF f.found
        THEN [s EXCEPT !.heap[o].cells =
                Overwritten(@, 4 + f.index * EntryCells(m.pool) + KeyCells(m.pool), values)]
        ELSE IF Len(m.cells) + EntryCells(m.pool) >= K THEN TooLarge(r)
        ELSE [s EXCEPT !.heap = [i \in DOMAIN @ |->
                IF i = o THEN WithEntry(m, f.index, key \o values)
                ELSE IF GoesOver(@[i], o) THEN MayCome(s, @[i], key) ELSE @[i]]]
Remove(s, r, key) ==
    IF ~Found(s, r, key) THEN s
    ELSE [s EXCEPT !.heap = [i \in DOMAIN @ |->
            IF i = ObjectOf(r) \/ GoesOver(@[i], ObjectOf(r)) THEN Forgets(s, @[i], key) ELSE @[i]]]
Clear(s, r) ==
    IF r = 0 THEN s
    ELSE [s EXCEPT !.heap = [i \in DOMAIN @ |->
            IF i = ObjectOf(r) \/ GoesOver(@[i], ObjectOf(r))
            THEN [@[i] EXCEPT !.cells = <<0, @[2], 0>>] ELSE @[i]]]
RECURSIVE Keys(_, _)
Keys(m, i) == IF i = m.cells[1] THEN <<>> ELSE KeyAt(m, i) \o <<1>> \o Keys(m, i + 1)
Fill(s, r, over) ==
    IF over = 0 THEN s
    ELSE LET m == s.heap[ObjectOf(over)]
         IN  [s EXCEPT !.heap[ObjectOf(r)].cells =
                <<m.cells[1], ObjectOf(over) * K, m.cells[1]>> \o Keys(m, 0)]
KeyOf(s, r, i) == KeyAt(s.heap[ObjectOf(r)], i)
TakeFrom(s, r, i) == [s EXCEPT !.heap[ObjectOf(r)] = WithoutEntry(@, i)]

