package health_test

import (
	"testing"
	"time"

	"sluice/feed"
	"sluice/ingest/health"

	"github.com/google/go-cmp/cmp"
)

const day = 24 * time.Hour

var now = time.Date(2026, 11, 6, 14, 0, 0, 0, time.UTC)

// failed is the state of a source that failed so often, first so long ago.
func failed(polls int, ago time.Duration, told feed.Told) feed.SourceState {
	return feed.SourceState{
		Status: feed.StatusFailing, Failures: polls, FailingSince: now.Add(-ago), Error: "answered 404 Not Found",
		LastSuccess: now.Add(-ago - time.Hour), Told: told,
	}
}

// ok is the state of a source that answered so long ago and has brought nothing for some
// time.
func ok(ago, quiet time.Duration, told feed.Told) feed.SourceState {
	return feed.SourceState{
		Status: feed.StatusOK, LastSuccess: now.Add(-ago), Quiet: quiet, Told: told,
		FirstPoll: now.Add(-400 * day), LastNew: now.Add(-quiet),
	}
}

// every is 20 days with something new, so far apart.
func every(pause time.Duration) (days []time.Time) {
	for i := range 20 {
		days = append(days, now.Truncate(day).Add(-10*day-time.Duration(i)*pause))
	}
	return days
}

func gone(st feed.SourceState) feed.SourceState {
	st.Status = feed.StatusGone
	return st
}

func next(st feed.SourceState, in time.Duration) feed.SourceState {
	st.NextPoll = now.Add(in)
	return st
}

func moved(st feed.SourceState, to string, since time.Duration) feed.SourceState {
	st.Kept = to
	if since > 0 {
		st.MoveSince = now.Add(-since)
	}
	return st
}

func told(since time.Duration) feed.Told {
	return feed.Told{Broke: now.Add(-since), Last: now.Add(-since).Add(6 * time.Hour)}
}

func TestWhatIsToldOfASource(t *testing.T) {
	const address = "https://b.example/feed"
	silent := feed.Told{Silent: now.Add(-30 * day)}
	for name, tc := range map[string]struct {
		before, after feed.SourceState
		fresh         int
		failure       health.Failure
		days          []time.Time
		want          []feed.EventKind
		told          feed.Told
	}{
		"all is well": {before: ok(time.Hour, 0, feed.Told{}), after: ok(0, 0, feed.Told{}), fresh: 2},
		"a hiccup":    {before: ok(time.Hour, 0, feed.Told{}), after: failed(1, 0, feed.Told{})},
		"half a day without an answer": {
			before: failed(5, 12*time.Hour, feed.Told{}), after: failed(6, 12*time.Hour, feed.Told{}),
		},
		"a day without an answer": {
			before: failed(6, day, feed.Told{}), after: failed(7, day, feed.Told{}),
			want: []feed.EventKind{feed.EventBroke}, told: feed.Told{Broke: now.Add(-day), Last: now},
		},
		"two failures of a source that is polled daily": {
			before: failed(1, day, feed.Told{}), after: failed(2, day, feed.Told{}),
		},
		"the third of them": {
			before: failed(2, 2*day, feed.Told{}), after: failed(3, 2*day, feed.Told{}),
			want: []feed.EventKind{feed.EventBroke}, told: feed.Told{Broke: now.Add(-2 * day), Last: now},
		},
		"not found for hours": {
			before: failed(3, 5*time.Hour, feed.Told{}), after: failed(4, 5*time.Hour, feed.Told{}), failure: health.Lasting,
		},
		"not found for a quarter of a day": {
			before: failed(1, 6*time.Hour, feed.Told{}), after: failed(2, 6*time.Hour, feed.Told{}), failure: health.Lasting,
			want: []feed.EventKind{feed.EventBroke}, told: feed.Told{Broke: now.Add(-6 * time.Hour), Last: now},
		},
		"not found at first, after a long time": {
			before: ok(90*day, 0, feed.Told{}), after: failed(1, 0, feed.Told{}), failure: health.Lasting,
		},
		"refused, and asked again in two days": {
			before: ok(time.Hour, 0, feed.Told{}), after: next(failed(1, 0, feed.Told{}), 2*day), failure: health.Lasting,
		},
		"refused, and asked again in a week": {
			before: ok(time.Hour, 0, feed.Told{}), after: next(failed(1, 0, feed.Told{}), 7*day), failure: health.Lasting,
			want: []feed.EventKind{feed.EventBroke}, told: feed.Told{Broke: now, Last: now},
		},
		"no answer, and asked again in a week": {
			before: ok(time.Hour, 0, feed.Told{}), after: next(failed(1, 0, feed.Told{}), 7*day),
		},
		"what was told": {
			before: failed(9, 3*day, told(3*day)), after: failed(10, 3*day, told(3*day)), told: told(3 * day),
		},
		"it broke again within a day of the last time": {
			before: failed(2, 7*time.Hour, feed.Told{Last: now.Add(-23 * time.Hour)}),
			after:  failed(3, 7*time.Hour, feed.Told{Last: now.Add(-23 * time.Hour)}), failure: health.Lasting,
			told: feed.Told{Last: now.Add(-23 * time.Hour)},
		},
		"it is broken still when that day is over": {
			before: failed(3, 8*time.Hour, feed.Told{Last: now.Add(-day)}),
			after:  failed(4, 8*time.Hour, feed.Told{Last: now.Add(-day)}), failure: health.Lasting,
			want: []feed.EventKind{feed.EventBroke}, told: feed.Told{Broke: now.Add(-8 * time.Hour), Last: now},
		},
		"what was enabled since fails, too": {
			before: failed(2, 7*time.Hour, told(3*day)), after: failed(3, 7*time.Hour, told(3*day)), failure: health.Lasting,
			want: []feed.EventKind{feed.EventBroke}, told: feed.Told{Broke: now.Add(-7 * time.Hour), Last: now},
		},
		"410, at once": {
			before: ok(time.Hour, 0, feed.Told{}), after: gone(failed(1, 0, feed.Told{})),
			want: []feed.EventKind{feed.EventBroke}, told: feed.Told{Broke: now, Ended: true, Last: now},
		},
		"410 of one that was told to fail": {
			before: failed(9, day, told(day)), after: gone(failed(10, day, told(day))),
			want: []feed.EventKind{feed.EventBroke}, told: feed.Told{Broke: now.Add(-day), Ended: true, Last: now},
		},
		"410 of one that was enabled a moment ago": {
			before: ok(2*day, 0, feed.Told{Broke: now.Add(-time.Hour), Ended: true, Last: now.Add(-time.Hour)}),
			after:  gone(failed(1, 0, feed.Told{})),
			told:   feed.Told{Broke: now.Add(-time.Hour), Ended: true, Last: now.Add(-time.Hour)},
		},
		"the document says that the feed ended": {
			before: ok(time.Hour, 0, feed.Told{}), after: gone(ok(0, 0, feed.Told{})), fresh: 1,
			want: []feed.EventKind{feed.EventBroke}, told: feed.Told{Broke: now, Ended: true, Last: now},
		},
		"it answers again": {
			before: failed(20, 3*day, told(3*day)), after: ok(0, 0, told(3*day)), fresh: 4,
			want: []feed.EventKind{feed.EventBack}, told: feed.Told{Last: now.Add(-3 * day).Add(6 * time.Hour)},
		},
		"what ended answers again": {
			before: ok(3*day, 0, feed.Told{Broke: now.Add(-2 * day), Ended: true, Last: now.Add(-2 * day)}), after: ok(0, 0, feed.Told{}),
			want: []feed.EventKind{feed.EventBack}, told: feed.Told{Last: now.Add(-2 * day)},
		},
		"a hub pushes while it fails": {
			before: failed(20, 3*day, told(3*day)), after: failed(20, 3*day, told(3*day)), fresh: 1, told: told(3 * day),
		},
		"a hub pushes to one that was enabled and not asked yet": {
			before: ok(3*day, 0, told(3*day)), after: ok(3*day, 0, told(3*day)), fresh: 1, told: told(3 * day),
		},
		"a daily source is quiet for a week less an hour": {
			before: ok(time.Hour, 7*day-2*time.Hour, feed.Told{}), after: ok(0, 7*day-time.Hour, feed.Told{}), days: every(day),
		},
		"a daily source is quiet for a week": {
			before: ok(time.Hour, 7*day-time.Hour, feed.Told{}), after: ok(0, 7*day, feed.Told{}), days: every(day),
			want: []feed.EventKind{feed.EventSilent}, told: feed.Told{Silent: now.Add(-7 * day)},
		},
		"a source that was told to be silent": {
			before: ok(time.Hour, 30*day, silent), after: ok(0, 30*day, silent), days: every(day), told: silent,
		},
		"a weekly source is quiet for less than twice its pause": {
			before: ok(time.Hour, 13*day, feed.Told{}), after: ok(0, 13*day, feed.Told{}), days: every(7 * day),
		},
		"a weekly source is quiet for twice its pause": {
			before: ok(time.Hour, 13*day, feed.Told{}), after: ok(0, 14*day, feed.Told{}), days: every(7 * day),
			want: []feed.EventKind{feed.EventSilent}, told: feed.Told{Silent: now.Add(-14 * day)},
		},
		"a rare source": {
			before: ok(time.Hour, 300*day, feed.Told{}), after: ok(0, 300*day, feed.Told{}), days: every(60 * day),
		},
		"nobody looked at its rhythm": {
			before: ok(time.Hour, 300*day, feed.Told{}), after: ok(0, 300*day, feed.Told{}),
		},
		"it has something new again": {
			before: ok(time.Hour, 30*day, silent), after: ok(0, 0, silent), fresh: 1, want: []feed.EventKind{feed.EventBack},
		},
		"a hub pushes what is new of a silent source": {
			before: ok(time.Hour, 30*day, silent), after: ok(time.Hour, 0, silent), fresh: 1, want: []feed.EventKind{feed.EventBack},
		},
		"a silent source breaks": {
			before: failed(2, 2*day, silent), after: failed(3, 2*day, silent), want: []feed.EventKind{feed.EventBroke},
			told: feed.Told{Silent: silent.Silent, Broke: now.Add(-2 * day), Last: now},
		},
		"a source that was silent and broke is back with news": {
			before: failed(3, 2*day, feed.Told{Silent: silent.Silent, Broke: now.Add(-2 * day), Last: now.Add(-day)}), after: ok(0, 0, silent),
			fresh: 3, want: []feed.EventKind{feed.EventBack}, told: feed.Told{Last: now.Add(-day)},
		},
		"it moved": {
			before: moved(ok(time.Hour, 0, feed.Told{}), "", day), after: moved(ok(0, 0, feed.Told{}), address, 0),
			want: []feed.EventKind{feed.EventMoved}, told: feed.Told{Moved: feed.Fingerprint(address)},
		},
		"where it moved was told": {
			before: moved(ok(time.Hour, 0, feed.Told{Moved: feed.Fingerprint(address)}), "", day),
			after:  moved(ok(0, 0, feed.Told{}), address, 0), told: feed.Told{Moved: feed.Fingerprint(address)},
		},
		"it moved on": {
			before: moved(ok(time.Hour, 0, feed.Told{Moved: feed.Fingerprint("https://c.example/")}), "https://c.example/", 0),
			after:  moved(ok(0, 0, feed.Told{}), address, 0),
			want:   []feed.EventKind{feed.EventMoved}, told: feed.Told{Moved: feed.Fingerprint(address)},
		},
	} {
		t.Run(name, func(t *testing.T) {
			tc.after.Told = feed.Told{} // nobody reads it
			got, events := health.Judge(health.Poll{
				At: now, Before: &tc.before, After: &tc.after, New: tc.fresh, Failure: tc.failure, Days: tc.days,
				Name: "a", Address: func() string { return "https://a.example/" }, Authority: "feeds.example",
			})
			var kinds []feed.EventKind
			for _, e := range events {
				kinds = append(kinds, e.Kind)
			}
			if d := cmp.Diff(kinds, tc.want); d != "" {
				t.Errorf("events (got, want):\n%s", d)
			}
			if d := cmp.Diff(got, tc.told); d != "" {
				t.Errorf("told (got, want):\n%s", d)
			}
		})
	}
}

func TestAnEventSaysWhatOneWantsToKnow(t *testing.T) {
	base := health.Poll{At: now, Name: "go-blog", Address: func() string { return "https://a.example/feed?key=***" }, To: "https://b.example/", Authority: "feeds.example"}
	info := feed.Info{Link: "https://a.example/"}
	for name, tc := range map[string]struct {
		before, after feed.SourceState
		fresh         int
		days          []time.Time
		want          feed.Event
	}{
		"broke": {
			before: failed(6, day, feed.Told{}), after: failed(7, day, feed.Told{}),
			want: feed.Event{
				ID: "tag:feeds.example,2026:go-blog/broke/20261106T140000Z", Kind: feed.EventBroke, Since: now.Add(-day),
				Success: now.Add(-25 * time.Hour), Failures: 7, Error: "answered 404 Not Found",
			},
		},
		"ended": {
			before: ok(time.Hour, 0, feed.Told{}), after: gone(failed(1, 0, feed.Told{})),
			want: feed.Event{
				ID: "tag:feeds.example,2026:go-blog/broke/20261106T140000Z", Kind: feed.EventBroke, Since: now, Ended: true,
				Success: now.Add(-time.Hour), Failures: 1, Error: "answered 404 Not Found",
			},
		},
		"silent": {
			before: ok(time.Hour, 13*day, feed.Told{}), after: ok(0, 14*day, feed.Told{}), days: every(7 * day),
			want: feed.Event{
				ID: "tag:feeds.example,2026:go-blog/silent/20261106T140000Z", Kind: feed.EventSilent, Since: now.Add(-14 * day),
				Success: now, Usual: 7 * day,
			},
		},
		"back": {
			before: failed(20, 3*day, told(3*day)), after: ok(0, 0, feed.Told{}), fresh: 4,
			want: feed.Event{
				ID: "tag:feeds.example,2026:go-blog/back/20261106T140000Z", Kind: feed.EventBack, Was: feed.EventBroke,
				Since: now.Add(-3 * day), Success: now.Add(-3*day - time.Hour), New: 4,
			},
		},
		"moved": {
			before: moved(ok(time.Hour, 0, feed.Told{}), "", 2*day), after: moved(ok(0, 0, feed.Told{}), "https://b.example/?secret", 0),
			want: feed.Event{
				ID: "tag:feeds.example,2026:go-blog/moved/20261106T140000Z", Kind: feed.EventMoved, Since: now.Add(-2 * day),
				Success: now, To: "https://b.example/",
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := base
			tc.after.Info = info
			p.Before, p.After, p.New, p.Days = &tc.before, &tc.after, tc.fresh, tc.days
			tc.want.Source, tc.want.At, tc.want.Address, tc.want.Site = "go-blog", now, base.Address(), info.Link
			_, events := health.Judge(p)
			if d := cmp.Diff(events, []feed.Event{tc.want}); d != "" {
				t.Errorf("events (got, want):\n%s", d)
			}
		})
	}
}
