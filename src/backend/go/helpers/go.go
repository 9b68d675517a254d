// knotGo is the method Go of sync.WaitGroup, which older releases do not have.
func knotGo(add func(int), done, f func()) {
	add(1)
	go func() {
		defer done()
		f()
	}()
}
