// knotAssert ends the program when what must hold does not. Nothing recovers from that.
func knotAssert(ok bool, text string) {
	if !ok {
		fmt.Fprintf(os.Stderr, "goknot: assertion failed: %s\n\n%s", text, debug.Stack())
		os.Exit(2)
	}
}
