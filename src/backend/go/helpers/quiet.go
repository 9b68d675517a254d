// knotQuiet waits until nobody but those who ask can run, and gives what all goroutines do then;
// false where that does not come about in time. Timers may still be due: it has to last.
func knotQuiet(patience, lasting time.Duration) (string, bool) {
	var since time.Time
	for began := time.Now(); time.Since(began) < patience; time.Sleep(time.Millisecond) {
		stacks := make([]byte, 1<<18)
		stacks = stacks[:runtime.Stack(stacks, true)]
		switch {
		case !knotWaiting(string(stacks)):
			since = time.Time{}
		case since.IsZero():
			since = time.Now()
			if lasting == 0 {
				return string(stacks), true
			}
		case time.Since(since) >= lasting:
			return string(stacks), true
		}
	}
	return "", false
}

// knotWaiting tells whether every goroutine waits for another one. Semaphores are the runtime's own too: who allocates
// while all is stopped for these stacks waits for one of those, and goes on.
func knotWaiting(stacks string) bool {
	for _, stack := range strings.Split(stacks, "\n\n") {
		_, state, _ := strings.Cut(stack, "[")
		state, _, _ = strings.Cut(state, "]")
		state, _, _ = strings.Cut(state, ",")
		waits := strings.HasPrefix(state, "chan ") || strings.HasPrefix(state, "select") ||
			strings.HasPrefix(state, "sem") && strings.Contains(stack, ".runtime_Sem") ||
			strings.HasPrefix(state, "sync")
		if !waits && !strings.Contains(stack, "knotQuiet") {
			return false
		}
	}
	return true
}
