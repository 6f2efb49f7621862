package ingest

import (
	"context"
	"errors"
	"log/slog"
	"strconv"
	"time"

	"sluice/feed/repeat"
)

// line decides at which level a poll is logged, and what trouble it leaves its source in,
// after what was there before. Trouble that goes on is told now and then alone: see
// repeat. What came of the poll is told in any case.
func line(rep *Report, before repeat.Trouble) (level slog.Level, after repeat.Trouble) {
	switch {
	case rep.Fatal:
		return slog.LevelError, before
	case errors.Is(rep.Err, errStopped): // our doing, and no fault of the source
		return slog.LevelDebug, before
	case rep.Err != nil:
		after, tell := before.Again(trouble(rep), rep.At)
		switch {
		case tell:
			return slog.LevelWarn, after
		case rep.Note != "" || rep.Merged.New+rep.Merged.Updated > 0:
			return slog.LevelInfo, after
		}
		return slog.LevelDebug, after
	case rep.Outcome == NotModified && rep.Note == "": // most polls, and nothing came of them
		return slog.LevelDebug, repeat.Trouble{}
	}
	return slog.LevelInfo, repeat.Trouble{}
}

// trouble is what the troubles of a source are told apart by.
func trouble(rep *Report) string {
	return string(rep.Outcome) + " " + strconv.Itoa(rep.Status) + " " + repeat.Kind(oneLine(rep.Err))
}

// note logs a poll, in one line. It is the only place where polls are logged.
func (r *Runner) note(ctx context.Context, rep *Report) {
	r.mu.Lock()
	level, trouble := line(rep, r.troubles[rep.Source])
	if trouble.Times == 0 || r.byName[rep.Source] == nil {
		delete(r.troubles, rep.Source)
	} else {
		r.troubles[rep.Source] = trouble
	}
	r.mu.Unlock()
	if !r.log.Enabled(ctx, level) {
		return
	}
	msg := "polled"
	switch {
	case level == slog.LevelError:
		msg = "poll not stored"
	case errors.Is(rep.Err, errStopped):
		msg = "poll broken off"
	}
	r.log.LogAttrs(ctx, level, msg, said(rep, trouble)...) //nolint:sloglint // one of the three above
}

// said is what is logged of a poll.
func said(rep *Report, trouble repeat.Trouble) []slog.Attr {
	next := "none"
	if !rep.Next.IsZero() {
		next = rep.Next.UTC().Format(time.RFC3339)
	}
	attrs := append(make([]slog.Attr, 0, 16),
		slog.String("source", string(rep.Source)), slog.String("outcome", string(rep.Outcome)),
		slog.Int("status", rep.Status), slog.Int("bytes", rep.Bytes),
		slog.Int("new", rep.Merged.New), slog.Int("updated", rep.Merged.Updated),
		slog.String("took", rep.Took.Round(time.Millisecond).String()), slog.String("next", next),
	)
	if n := rep.Merged.Duplicates; n > 0 {
		attrs = append(attrs, slog.Int("duplicates", n))
	}
	if n := rep.Merged.Backlog; n > 0 { // they stand where their dates put them, not on top
		attrs = append(attrs, slog.Int("backlog", n))
	}
	if rep.Note != "" {
		attrs = append(attrs, slog.String("note", rep.Note))
	}
	if rep.Err != nil && !errors.Is(rep.Err, errStopped) {
		attrs = append(attrs, slog.Any("err", rep.Err))
	}
	times, since := trouble.Times, trouble.Since
	if rep.Failures > 0 { // known over restarts, and whatever failed
		times, since = rep.Failures, rep.FailingSince
	}
	if times > 1 && rep.Err != nil {
		attrs = append(attrs, slog.Int("polls", times), slog.String("since", since.UTC().Format(time.RFC3339)))
	}
	return attrs
}
