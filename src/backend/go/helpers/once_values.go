// knotOnceValues is sync.OnceValues, which older releases do not have.
func knotOnceValues[T, U any](f func() (T, U)) func() (T, U) {
	var first T
	var second U
	once := knotOnceFunc(func() { first, second = f() })
	return func() (T, U) {
		once()
		return first, second
	}
}
