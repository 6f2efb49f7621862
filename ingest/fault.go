//go:build fault

package ingest

import (
	"os"
	"time"
)

// hang holds the loop for as long as the file is there that $SLUICE_FAULT_HANG names. A
// daemon built with the tag "fault" shows by it what becomes of one that hangs.
func hang() {
	path := os.Getenv("SLUICE_FAULT_HANG")
	for path != "" {
		if _, err := os.Stat(path); err != nil {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
}
