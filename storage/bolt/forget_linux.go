package bolt

import (
	"os"

	"golang.org/x/sys/unix"
)

// forget has the system read a file from its disk again. After a write that failed it may
// hold pages that never came there, and takes them for written: whoever opened the store
// would go by a commit that the next power cut takes back, after its room was used again.
// The file must not be mapped any more. That it could not is as before.
func forget(path string) {
	f, err := os.Open(path)
	if err != nil {
		return
	}
	defer func() { _ = f.Close() }() // read only
	_ = unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED)
}
