package cli

import "syscall"

// largePages tells the system that memory, a block of the heap by itself, may be made of
// large pages. Where it refuses, small ones do.
func largePages(memory []byte) {
	_ = syscall.Madvise(memory, syscall.MADV_HUGEPAGE) // an older system, or one that has none
}
