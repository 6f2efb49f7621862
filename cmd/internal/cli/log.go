package cli

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"syscall"
)

// The forms of the log.
const (
	formText    = "text"    // words and values, for people
	formJSON    = "json"    // an object a line, for programs
	formJournal = "journal" // as text, without what the journal of systemd knows itself
)

// logForm is the form that is meant by --log-format: auto suits who reads the log, a
// person on a terminal, the journal, or else a program. stream is $JOURNAL_STREAM.
func logForm(format string, to *console, stream string) string {
	switch {
	case format != "auto":
		return format
	case to.terminal:
		return formText
	case isJournal(to.w, stream):
		return formJournal
	}
	return formJSON
}

// isJournal reports whether the journal reads what is written. $JOURNAL_STREAM has the
// device and the inode of what systemd gave the process; a child whose output goes
// elsewhere inherits the variable, too.
func isJournal(w io.Writer, stream string) bool {
	f, ok := w.(*os.File)
	if !ok || stream == "" {
		return false
	}
	info, err := f.Stat()
	if err != nil {
		return false
	}
	at, ok := info.Sys().(*syscall.Stat_t)
	return ok && stream == fmt.Sprintf("%d:%d", at.Dev, at.Ino)
}

// priority is a prefix that tells the journal how grave a line is, see priorities; empty where it
// does not read what is written.
func (e Env) priority(prefix string) string {
	if isJournal(e.Stderr, e.Getenv("JOURNAL_STREAM")) {
		return prefix
	}
	return ""
}

// newLogger returns the logger that all of a command writes to. What is below the level
// at that moment is left out.
func newLogger(to io.Writer, level slog.Leveler, form string) *slog.Logger {
	opt := &slog.HandlerOptions{Level: level}
	to = &logLines{to: to, form: form}
	switch form {
	case formJSON:
		return slog.New(slog.NewJSONHandler(to, opt))
	case formJournal:
		opt.ReplaceAttr = func(groups []string, a slog.Attr) slog.Attr {
			if len(groups) == 0 && a.Key == slog.TimeKey {
				return slog.Attr{} // the journal writes it in front of each line
			}
			return a
		}
	}
	return slog.New(slog.NewTextHandler(to, opt))
}

// toggle makes the log say everything, or what it was started to say, in turns, and
// says so.
func (r *run) toggle(ctx context.Context) {
	level := slog.LevelDebug
	if r.level.Level() == level {
		level = max(r.usual, slog.LevelInfo) // who began with debug wants less now
	}
	r.level.Set(level)
	// Told whatever the level, because who asked for it looks here for the answer.
	r.log.Log(ctx, max(level, slog.LevelInfo), "log level changed by a signal", "level", level.String())
}

// exists reports whether there is a file of that name.
func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
