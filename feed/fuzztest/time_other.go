//go:build !unix

package fuzztest

import "time"

// processorTime is not known here: time has no bound but the fuzzer's own.
func processorTime() time.Duration { return 0 }
