// knotOnceValue is sync.OnceValue, which older releases do not have.
func knotOnceValue[T any](f func() T) func() T {
	var value T
	once := knotOnceFunc(func() { value = f() })
	return func() T {
		once()
		return value
	}
}
