package app

import (
	"context"
	"fmt"
	"syscall"
)

// fewestFiles is with how many open files a daemon still serves. With fewer it would start,
// and then accept nobody, not even who asks it how it is.
const fewestFiles = 48

// connections is how many connections a listener holds at a time; more wait in
// the system's queue. Readers must not take the descriptors that the polls and
// the control socket need.
func connections() int {
	files, known := openFiles()
	if !known {
		return 256
	}
	return int(min(max(files/4, 16), 16_384))
}

// openFiles is how many files the process may have open.
func openFiles() (most uint64, known bool) {
	var files syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files); err != nil {
		return 0, false
	}
	return files.Cur, true
}

// haveFiles refuses to serve with too few files, and warns where polls may have to do
// without some.
func (a *App) haveFiles(ctx context.Context, workers int) error {
	most, known := openFiles()
	switch {
	case !known:
	case most < fewestFiles:
		return fmt.Errorf("the system lets it have %d files open, and it needs %d at least; raise that (ulimit -n, LimitNOFILE=)", most, fewestFiles)
	case most < 4*fewestFiles+4*uint64(workers): // half for two listeners, two for each poll
		a.log.WarnContext(ctx, "few files may be open: polls may fail for that, and readers wait; raise it (ulimit -n, LimitNOFILE=), or lower ingest.workers",
			"files", most, "workers", workers)
	}
	return nil
}
