package parse

// guess returns the encoding that the bytes, which are not UTF-8, are most
// probably in.
func guess([]byte) charset {
	c, _ := named("windows-1252")
	return c
}
