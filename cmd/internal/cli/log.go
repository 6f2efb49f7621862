package cli

import (
	"fmt"
	"log/slog"
	"os"
)

// newLogger returns the logger that all of a command writes to.
func newLogger(to *console, level, format string) (*slog.Logger, error) {
	var least slog.Level
	if err := least.UnmarshalText([]byte(level)); err != nil {
		return nil, &exitError{exitUsage, fmt.Errorf("--log-level: %w", err)}
	}
	opt := &slog.HandlerOptions{Level: least}
	if format == "text" || format == "auto" && to.terminal {
		return slog.New(slog.NewTextHandler(to, opt)), nil
	}
	return slog.New(slog.NewJSONHandler(to, opt)), nil
}

// exists reports whether there is a file of that name.
func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
