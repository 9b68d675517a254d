var knotMain = "running"

// knotEnd runs when main ends.
//
//go:norace
func knotEnd() {
	if !knotReturned() {
		knotMain = "goexited"
		return
	}
	knotMain = "returned"
}
