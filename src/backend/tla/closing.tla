-----------------------------------------------------------------------------
\* What is asked.

\* Whoever has not ended, is no part of the environment, and does not wait where it may wait for ever.
Waits(g) ==
    /\ goroutines[g].at # ""
    /\ ~(g = 1 /\ main = "goexited")
    /\ goroutines[g].routine \notin Environment
    /\ goroutines[g].at \notin Idle
SomebodyWaits == \E g \in DOMAIN goroutines : Waits(g)
NobodyIsLeft ==
    \A g \in DOMAIN goroutines :
        goroutines[g].at = "" \/ g = 1 \/ goroutines[g].routine \in Environment
\* Were no step possible now, it would be a deadlock or a leak.
BadEnd ==
    IF main = "returned" THEN Leaks /\ SomebodyWaits
    ELSE Deadlocks /\ (SomebodyWaits \/ (main = "goexited" /\ NobodyIsLeft))
\* All other ends are good: there TLC finds this step, and no deadlock.
Rest == (end.kind # "none" \/ ~BadEnd) /\ UNCHANGED vars

Init ==
    /\ globals = First.globals
    /\ goroutines = First.goroutines
    /\ heap = First.heap
    /\ main = First.main
    /\ end = First.end
Next == Steps \/ Rest
Spec == Init /\ [][Next]_vars

NoPanic == end.kind \notin {"panic", "fatal"}
NoAssertFails == end.kind # "assert"
\* Beyond a bound nothing is explored.
NoBound == end.kind # "bound"
BoundsAreTold == end.kind = "bound" => PrintT(<<"goknot: bound", end.text>>)
\* Is there a run without an end?
Halts == <>[][FALSE]_vars
