// knotOnceFunc is sync.OnceFunc, which older releases do not have.
func knotOnceFunc(f func()) func() {
	var once sync.Once
	var valid bool
	var reason interface{}
	run := func() {
		defer func() {
			if !valid {
				reason = recover()
				panic(reason)
			}
		}()
		f()
		valid = true
	}
	return func() {
		once.Do(run)
		if !valid {
			panic(reason)
		}
	}
}
