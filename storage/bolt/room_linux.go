package bolt

import (
	"os"
	"syscall"
)

// spareRoom is how many bytes a user may still write to the disk of a file; known is
// false where the system does not tell.
func spareRoom(f *os.File) (spare int64, known bool) {
	var st syscall.Statfs_t
	if err := syscall.Fstatfs(int(f.Fd()), &st); err != nil {
		return 0, false
	}
	return int64(st.Bavail) * int64(st.Bsize), true
}
