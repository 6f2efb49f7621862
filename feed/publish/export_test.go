package publish

// ScanSize sets how many articles a build considers for the history, and returns what
// it was.
func ScanSize(n int) int {
	was := scanSize
	scanSize = n
	return was
}
