package app

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"sluice/feed"
	"sluice/feed/publish"
	"sluice/storage"
)

// RetainOnce removes what is kept no longer, as the daemon does once an hour.
func (a *App) RetainOnce(ctx context.Context) error {
	_, err := a.retainOnce(ctx, false)
	return err
}

func TestARunThatRemovedSomethingIsALineAndAClockThatIsAheadOne(t *testing.T) {
	var lines strings.Builder
	log := slog.New(slog.NewTextHandler(&lines, nil))
	if tellRetained(t.Context(), log, storage.Retained{}, false) || lines.Len() > 0 {
		t.Errorf("of a run that removed nothing: %s", lines.String())
	}
	tellRetained(t.Context(), log, storage.Retained{
		Old: map[feed.SourceID]int{"a": 3, "b": 2}, Surplus: map[feed.SourceID]int{"b": 7}, Later: true,
	}, false)
	if got := lines.String(); strings.Count(got, "\n") != 1 || !strings.Contains(got, "articles=12 sources=2 old=5 surplus=7") || !strings.Contains(got, "much became old at once") {
		t.Errorf("got %s", got)
	}
	lines.Reset()
	held := false
	for range 3 {
		held = tellRetained(t.Context(), log, storage.Retained{Held: 400 * 24 * time.Hour}, held)
	}
	if got := lines.String(); !held || strings.Count(got, "\n") != 1 || !strings.Contains(got, "by=9600h0m0s") {
		t.Errorf("got %s", got)
	}
	if tellRetained(t.Context(), log, storage.Retained{}, held) {
		t.Error("the clock is still ahead")
	}
}

func TestNothingGoesWhileItIsNotKnownWhatIsShown(t *testing.T) {
	for name, docs := range map[string][]*publish.Document{
		"an output without a document":   {nil},
		"a document of before the start": {{Name: "all", Entries: []publish.Entry{{}}}},
	} {
		if shown, err := articlesOf(docs); !errors.Is(err, errUnbuilt) {
			t.Errorf("%s: %v, %v", name, shown, err)
		}
	}
}
