package cli

import (
	"fmt"
	"io"
	"log/slog"
	"os"

	"golang.org/x/term"
)

// newLogger returns the logger that all of a command writes to: standard error.
func newLogger(env Env, level, format string) (*slog.Logger, error) {
	var least slog.Level
	if err := least.UnmarshalText([]byte(level)); err != nil {
		return nil, &exitError{exitUsage, fmt.Errorf("--log-level: %w", err)}
	}
	opt := &slog.HandlerOptions{Level: least}
	if format == "text" || format == "auto" && isTerminal(env.Stderr) {
		return slog.New(slog.NewTextHandler(env.Stderr, opt)), nil
	}
	return slog.New(slog.NewJSONHandler(env.Stderr, opt)), nil
}

// isTerminal reports whether a person reads what is written.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// exists reports whether there is a file of that name.
func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
