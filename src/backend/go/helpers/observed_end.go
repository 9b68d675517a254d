var knotMain = "running"

// knotEnd runs when main ends, and lets the others go on.
//
//go:norace
func knotEnd() {
	if !knotReturned() {
		knotMain = "goexited"
		return
	}
	knotMain = "returned"
	select {}
}
