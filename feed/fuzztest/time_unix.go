//go:build unix

package fuzztest

import (
	"syscall"
	"time"
)

// processorTime is what the process has used of processors.
func processorTime() time.Duration {
	var use syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &use); err != nil {
		panic(err) // it fails for wrong arguments alone
	}
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
}
