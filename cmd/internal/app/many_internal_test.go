package app

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"sluice/cmd/internal/control"
	"sluice/config"
	"sluice/config/configtest"
	"sluice/feed"
)

// many is a configuration of so many sources, half of them in a list that is followed.
func many(tb testing.TB, sources int) (*config.Config, func() *config.Config) {
	tb.Helper()
	dir := tb.TempDir()
	list := filepath.Join(dir, "list.opml")
	if err := os.WriteFile(list, configtest.Many{Sources: sources / 2, Address: func(i int) string {
		return fmt.Sprintf("https://listed-%d.example/feed", i)
	}}.OPML(), 0o600); err != nil {
		tb.Fatal(err)
	}
	text := configtest.Many{
		Sources: sources - sources/2,
		Head:    fmt.Sprintf("storage: {path: %s}\nsources_opml: [%s]\n", filepath.Join(dir, "sluice.db"), list),
		Tail:    "outputs:\n  - {name: all}\n  - {name: tech, from: [tag:tech], keep: 'words > 3'}\n",
	}.YAML()
	read := func() *config.Config {
		cfg, err := config.Parse("config.yaml", text, nil)
		if err != nil {
			tb.Fatal(err)
		}
		return cfg
	}
	return read(), read
}

// costs counts what is allocated for so many sources, by what is done.
func costs(t *testing.T, sources int) (each, whole map[string]float64) {
	t.Helper()
	each, whole = map[string]float64{}, map[string]float64{}
	count := func(into map[string]float64, what string, by int, f func() error) {
		t.Helper()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if err := f(); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		runtime.ReadMemStats(&after)
		into[what+", objects"] = float64(after.Mallocs-before.Mallocs) / float64(by)
		into[what+", bytes"] = float64(after.TotalAlloc-before.TotalAlloc) / float64(by)
	}
	cfg, read := many(t, sources)
	if len(cfg.Sources) != sources {
		t.Fatalf("%d sources, want %d", len(cfg.Sources), sources)
	}
	ctx, log := context.Background(), slog.New(slog.DiscardHandler)
	e, err := OpenEngine(ctx, cfg, log, EngineOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	}()
	o := newOutputs(e.Store, e.pings, log)
	apply := func() error { return o.replace(ctx, cfg, func() error { return e.SetPlan(ctx, cfg) }) }
	var next *config.Config
	count(each, "a configuration is read", sources, func() error { next = read(); return nil })
	count(each, "it is put into use", sources, apply)
	count(each, "it is again, unchanged", sources, apply)
	count(each, "it is compared", sources, func() error {
		if lines := config.Diff(cfg, next); len(lines) > 0 {
			return fmt.Errorf("%d lines of what changed, the first: %s", len(lines), lines[0])
		}
		return nil
	})
	count(each, "states are put into words", sources, func() error {
		states, err := e.Store.States(ctx)
		control.NewStatus(states, e.Address, time.Now())
		return err
	})
	count(each, "a command finds what the store has of them", sources, func() error {
		known := map[feed.SourceID]feed.SourceState{}
		err := e.Store.EachState(ctx, func(st *feed.SourceState) error { known[st.Source] = *st; return nil })
		at := residentsOf(known)
		for _, s := range cfg.Sources {
			if st := stateOf(s.Feed(), known, at); st.Address == 0 {
				return fmt.Errorf("the store does not know %s", s.Name)
			}
		}
		return err
	})
	set := o.now.Load()
	count(whole, "a build after a poll of one of them", 1, func() error {
		set.infos.polled(cfg.Sources[7].Name)
		return o.rebuild(ctx, set, set.list[1], time.Now())
	})
	if _, _, err := e.Store.NextDue(ctx, nil); err != nil { // from now on it is known
		t.Fatal(err)
	}
	count(whole, "a look at who is due", 1, func() error {
		_, _, err := e.Store.NextDue(ctx, nil)
		return err
	})
	return each, whole
}

// TestWhatASourceCostsDoesNotGrowWithTheirNumber counts and takes no times. "make many"
// measures those, with up to a hundred thousand sources.
func TestWhatASourceCostsDoesNotGrowWithTheirNumber(t *testing.T) {
	few, fewWhole := costs(t, 1_000)
	lots, lotsWhole := costs(t, 10_000)
	for what, cost := range lots {
		t.Logf("%s: %.1f of each of 1,000, %.1f of each of 10,000", what, few[what], cost)
		if cost > 1.5*few[what] {
			t.Errorf("%s: %.1f of each of 1,000 sources, %.1f of each of 10,000, want 1.5 times as many at most", what, few[what], cost)
		}
	}
	for what, cost := range lotsWhole {
		t.Logf("%s: %.0f of 1,000, %.0f of 10,000", what, fewWhole[what], cost)
		if cost > 2*fewWhole[what]+1000 {
			t.Errorf("%s: %.0f with 1,000 sources, %.0f with 10,000, want about the same", what, fewWhole[what], cost)
		}
	}
}
