// knotEnd runs when main ends. It gives the others time, as a test process would, and then tells
// which goroutines wait and will for ever.
func knotEnd() {
	if !knotReturned() {
		return
	}
	stacks, quiet := knotQuiet(2*time.Second, 50*time.Millisecond)
	_, others, left := strings.Cut(stacks, "\n\n")
	if quiet && left {
		fmt.Fprintf(os.Stderr, "goknot: main has returned, and these goroutines wait for ever:\n\n%s\n", others)
		os.Exit(2)
	}
}
