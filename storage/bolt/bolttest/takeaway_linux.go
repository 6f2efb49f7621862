package bolttest

import (
	"fmt"
	"os"
	"syscall"
	"testing"
)

// TakeAway puts a file that cannot be written in the place of the file at path, which the
// process has open: every write of its holder fails from then on, as on a disk that died.
func TakeAway(tb testing.TB, path string) {
	tb.Helper()
	null, err := os.Open(os.DevNull) // for reading alone
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = null.Close() }()
	for fd := range 1024 {
		if name, err := os.Readlink(fmt.Sprintf("/proc/self/fd/%d", fd)); err == nil && name == path {
			if err := syscall.Dup3(int(null.Fd()), fd, syscall.O_CLOEXEC); err != nil {
				tb.Fatal(err)
			}
			return
		}
	}
	tb.Fatal("the store has no file open")
}
