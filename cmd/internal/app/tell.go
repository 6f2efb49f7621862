package app

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"sluice/cmd/internal/systemd"
	"sluice/feed"
)

// glance is how often it is looked whether the words that the service manager shows
// are still true. It is told where they are not.
const glance = 10 * time.Second

// longCount is what a count of the sources may take before it is made more rarely, for a
// hundredth of the time: of a hundred thousand it takes longer.
const longCount = 50 * time.Millisecond

// teller tells the service manager how the daemon is. Without a manager it does nothing.
type teller struct {
	to  *systemd.Manager
	log *slog.Logger

	recount   atomic.Bool // polls or a reload may have changed the counts
	counting  sync.Mutex
	figures   figures   // guarded by counting
	recounted time.Time // not to be counted again before, since it took long; guarded by counting

	mu       sync.Mutex // what is told is told in this order
	said     string
	stopping bool // nothing is told any more
	deaf     bool // that was logged
}

// tell sends states, and what is to be shown unless that is what was sent last. Once
// the daemon stops, nothing takes that back.
func (t *teller) tell(ctx context.Context, show string, states ...string) {
	if !t.to.Listens() {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.stopping {
		return
	}
	if show != "" && show != t.said {
		states = append(states, systemd.Status(show))
	}
	if len(states) == 0 {
		return
	}
	if t.send(ctx, states) && show != "" {
		t.said = show
	}
}

// stop says that the daemon stops, as the last of all.
func (t *teller) stop(ctx context.Context) {
	if !t.to.Listens() {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.stopping = true
	t.send(ctx, []string{systemd.Stopping, systemd.Status("stopping: answers and polls that run are finished")})
}

// send sends, and logs the first time that it fails. t.mu is held.
func (t *teller) send(ctx context.Context, states []string) (sent bool) {
	err := t.to.Tell(states...)
	if err != nil && !t.deaf {
		t.log.WarnContext(ctx, "the service manager is not told how the daemon is", "err", err)
	}
	t.deaf = err != nil
	return err == nil
}

// tellState tells states together with the words that are true now.
func (a *App) tellState(ctx context.Context, states ...string) {
	if a.teller.to.Listens() {
		a.teller.tell(ctx, a.words(ctx), states...)
	}
}

// tellOn keeps the words true until the context ends.
func (a *App) tellOn(ctx context.Context) {
	tick := time.NewTicker(glance)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			a.tellState(ctx)
		}
	}
}

// figures are what is told of a daemon that works.
type figures struct {
	sources, failing, gone int
	outputs                int
	next                   time.Time // of the first poll that is planned; zero: at once
	idle                   bool      // none is planned
	last                   LastReload
}

// words is how the daemon is. The sources are counted anew where that may have changed;
// when the next is due costs nothing to know.
func (a *App) words(ctx context.Context) string {
	t := &a.teller
	t.counting.Lock()
	defer t.counting.Unlock()
	if began := time.Now(); !began.Before(t.recounted) && t.recount.Swap(false) {
		var now figures
		err := a.engine.Store.EachState(ctx, func(st *feed.SourceState) error {
			now.count(st)
			return nil
		})
		if err != nil {
			t.recount.Store(true)
			return "the store does not answer: " + a.engine.Config().Storage.Path.Hide(err).Error()
		}
		t.figures.sources, t.figures.failing, t.figures.gone = now.sources, now.failing, now.gone
		if took := time.Since(began); took > longCount {
			t.recounted = began.Add(100 * took)
		}
	}
	next, planned, err := a.engine.Store.NextDue(ctx, nil)
	if err != nil {
		return "the store does not answer: " + a.engine.Config().Storage.Path.Hide(err).Error()
	}
	t.figures.next, t.figures.idle, t.figures.last = next, !planned, a.LastReload()
	t.figures.outputs = len(a.engine.Config().Outputs)
	return t.figures.text(time.Now())
}

// count counts a source.
func (f *figures) count(st *feed.SourceState) {
	f.sources++
	switch st.Status {
	case feed.StatusFailing:
		f.failing++
	case feed.StatusGone:
		f.gone++
	}
}

// text is the figures in words: "312 sources, 4 failing; next poll in 12 s; 3 outputs".
func (f *figures) text(now time.Time) string {
	var b strings.Builder
	b.WriteString(count(f.sources, "source"))
	if f.failing > 0 {
		fmt.Fprintf(&b, ", %d failing", f.failing)
	}
	if f.gone > 0 {
		fmt.Fprintf(&b, ", %d gone", f.gone)
	}
	switch wait := f.next.Sub(now); {
	case f.idle:
		b.WriteString("; no poll is planned")
	case wait <= 0:
		b.WriteString("; polling")
	default:
		b.WriteString("; next poll in " + roughly(wait))
	}
	b.WriteString("; " + count(f.outputs, "output"))
	if !f.last.OK {
		b.WriteString("; " + refusal(f.last))
	}
	return b.String()
}

func count(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}

// roughly is a time to come, as exact as the words stay true for: seconds below a
// minute and a half, then minutes, then hours.
func roughly(d time.Duration) string {
	switch {
	case d < 90*time.Second:
		return fmt.Sprintf("%d s", (d+time.Second-1)/time.Second)
	case d < 90*time.Minute:
		return fmt.Sprintf("%d min", (d+30*time.Second)/time.Minute)
	}
	return fmt.Sprintf("%d h", (d+30*time.Minute)/time.Hour)
}

// maxReason is how much of a reason is shown, in bytes.
const maxReason = 160

// refusal is why the last reload was refused, in short.
func refusal(last LastReload) string {
	reason := "see the log"
	if len(last.Reasons) > 0 {
		reason = last.Reasons[0]
	}
	if len(reason) > maxReason {
		cut := maxReason
		for !utf8.RuneStart(reason[cut]) {
			cut--
		}
		reason = reason[:cut] + "…"
	}
	if more := len(last.Reasons) - 1; more > 0 {
		reason += fmt.Sprintf(" (and %d more)", more)
	}
	return "reload refused at " + last.At.UTC().Format("15:04 UTC") + ": " + reason
}
