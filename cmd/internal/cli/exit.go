package cli

import (
	"context"
	"errors"
	"io/fs"
	"strings"

	"sluice/cmd/internal/control"
	"sluice/feed"
	"sluice/storage"
)

// The exit statuses, after sysexits.h where it has one.
const (
	exitOK       = 0
	exitPartial  = 1  // partial under --strict, or any other failure
	exitUsage    = 64 // also an unknown source, output or command
	exitNoInput  = 66 // no configuration file, no such article, an empty store
	exitNoDaemon = 69 // what only a daemon can answer, and none runs
	exitIO       = 74 // a damaged or newer store, a file that cannot be written
	exitTryLater = 75 // lock held, daemon silent or not ready, every source failed
	exitNoPerm   = 77
	exitConfig   = 78 // also a refused reload
)

// exitError is an error with the status that it ends the process with. Without
// an error inside, what is to be said has been said.
type exitError struct {
	code int
	err  error
}

// Error implements error.
func (e *exitError) Error() string {
	if e.err == nil {
		return ""
	}
	return e.err.Error()
}

// Unwrap returns the error inside.
func (e *exitError) Unwrap() error { return e.err }

// exits maps errors to statuses; the first that fits counts. A permission that
// is missing inside a damaged store is still a matter of permission, so the
// order goes from cause to kind.
var exits = []struct {
	err  error
	code int
}{
	{fs.ErrPermission, exitNoPerm},
	{storage.ErrNoSource, exitUsage},
	{control.ErrNoOutput, exitUsage},
	{control.ErrHoldsNone, exitUsage},
	{feed.ErrNoArticle, exitNoInput},
	{storage.ErrLocked, exitTryLater},
	{control.ErrSilent, exitTryLater},
	{control.ErrNotReady, exitTryLater},
	{control.ErrStopping, exitTryLater},
	{storage.ErrEmpty, exitNoInput},
	{storage.ErrDamaged, exitIO},
	{storage.ErrNewer, exitIO},
	{storage.ErrFailed, exitIO},
	{storage.ErrFull, exitIO},
	{control.ErrNoDaemon, exitNoDaemon},
	{fs.ErrNotExist, exitIO}, // a folder or a certificate; for a configuration see unreadable
}

// classify returns the exit status and the line to print for an error.
func classify(err error) (int, string) {
	text := strings.TrimSpace(strings.ReplaceAll(err.Error(), "\n", "; ")) // several that were joined are lines
	text = strings.Join(strings.Fields(text), " ")
	if e, ok := errors.AsType[*exitError](err); ok {
		return e.code, text
	}
	for _, x := range exits {
		if errors.Is(err, x.err) {
			return x.code, text
		}
	}
	if errors.Is(err, context.Canceled) {
		return exitPartial, "stopped"
	}
	if _, ok := errors.AsType[*fs.PathError](err); ok {
		return exitIO, text
	}
	return exitPartial, text
}
