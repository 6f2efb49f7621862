//go:build !linux

package bolt

import "os"

// spareRoom is how many bytes a user may still write to the disk of a file; here
// nobody tells.
func spareRoom(*os.File) (spare int64, known bool) { return 0, false }
