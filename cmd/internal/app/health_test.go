package app_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"sluice/cmd/internal/app"
	"sluice/cmd/internal/control"
	"sluice/feed"
	"sluice/storage"

	"github.com/google/go-cmp/cmp"
)

const withHealth = "  - {name: all}\n  - {name: health, kind: health, title: How the sources fare}\n"

// remember changes what the store remembers of a source, as if time had passed.
func (s *stand) remember(name feed.SourceID, change func(st *feed.SourceState)) {
	s.Helper()
	at := time.Now()
	c, err := s.app.Store().ClaimSource(s.Context(), at, name, time.Minute)
	if err != nil {
		s.Fatal(err)
	}
	st := c.State
	change(&st)
	if _, err := s.app.Store().Merge(s.Context(), storage.Delivery{Claim: &c, At: at, State: st}); err != nil {
		s.Fatal(err)
	}
}

// served are all representations of an output.
func (s *stand) served(output string) map[string]string {
	s.Helper()
	all := map[string]string{}
	for _, ext := range []string{".rss", ".atom", ".json", ""} {
		path := "/feeds/" + output + ext
		rec := s.ask(path)
		if rec.Code != http.StatusOK {
			s.Fatalf("%s: %d %s", path, rec.Code, rec.Body)
		}
		all[path] = rec.Header().Get("ETag") + rec.Header().Get("Last-Modified") + rec.Body.String()
	}
	return all
}

// told are the categories of the entries of the output of events, newest first.
func (s *stand) told() (kinds []string) {
	s.Helper()
	var f struct{ Items []struct{ Tags []string } }
	if err := json.Unmarshal(get(s.T, s.app, "/feeds/health.json"), &f); err != nil {
		s.Fatal(err)
	}
	for _, item := range f.Items {
		kinds = append(kinds, strings.Join(item.Tags, " "))
	}
	return kinds
}

func (s *stand) wantTold(kinds ...string) {
	s.Helper()
	if got := s.told(); !slices.Equal(got, kinds) {
		s.Fatalf("told %q, want %q", got, kinds)
	}
}

// wantAfterRestart fails the test unless a restart leaves every byte as it is.
func (s *stand) wantAfterRestart(what string) {
	s.Helper()
	before := s.served("health")
	s.restart()
	if d := cmp.Diff(s.served("health"), before); d != "" {
		s.Fatalf("%s: a restart changed what is served (got, want):\n%s", what, d)
	}
}

func TestAnOutputTellsOfEachTroubleOfASourceOnceAndOverRestarts(t *testing.T) {
	s := newStand(t, []string{"a", "b"}, withHealth)
	s.wantTold()
	s.wantAfterRestart("when nothing befell")
	s.stage.show("/a", rss(one))
	s.stage.show("/b", rss(two))
	s.poll()
	s.wantTold()
	all := s.served("all")

	// It breaks, and stays broken.
	s.stage.answer("/a", http.NotFound)
	s.poll()
	s.wantTold()
	s.remember("a", func(st *feed.SourceState) { st.FailingSince = st.FailingSince.Add(-7 * time.Hour) })
	s.poll()
	s.wantTold("broke")
	s.wantAfterRestart("when it broke")
	s.poll()
	s.wantAfterRestart("while it is broken")
	s.wantTold("broke")
	if _, titles := s.shown("health"); !strings.HasPrefix(titles[0], "a: fails since ") || !strings.HasSuffix(titles[0], " UTC: answered 404 Not Found") {
		t.Errorf("title %q", titles[0])
	}
	if d := cmp.Diff(s.served("all"), all); d != "" {
		t.Errorf("the output of articles changed (got, want):\n%s", d)
	}

	// It comes back with something new.
	s.stage.answer("/a", nil)
	s.stage.show("/a", rss(three, one))
	s.poll()
	s.wantTold("back", "broke")
	s.wantAfterRestart("when it was back")

	// It moves, and is asked at the new address.
	s.stage.show("/new", rss(three, one))
	s.stage.answer("/a", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/new", http.StatusMovedPermanently) })
	s.poll()
	s.remember("a", func(st *feed.SourceState) { st.MoveCount, st.MoveSince = 2, st.MoveSince.Add(-25*time.Hour) })
	s.poll()
	s.poll()
	s.wantTold("moved", "back", "broke")
	if _, titles := s.shown("health"); titles[0] != "a: moved to "+s.url+"/new" {
		t.Errorf("title %q", titles[0])
	}

	// Another ends for good.
	s.stage.answer("/b", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusGone) })
	s.poll()
	s.wantTold("broke", "moved", "back", "broke")
	s.wantAfterRestart("when another ended")
	_, titles := s.shown("all")
	slices.Sort(titles) // two sources were polled at a time
	if want := []string{"Crane falls", "Frost in April", "Letters bought"}; !slices.Equal(titles, want) {
		t.Errorf("the output of articles shows %q, want %q", titles, want)
	}
}

func TestWhatWasToldWithoutADaemonIsShownByTheNext(t *testing.T) {
	s := newStand(t, []string{"a"}, withHealth)
	if err := s.app.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.stage.answer("/a", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusGone) })
	log := slog.New(slog.DiscardHandler)
	if _, err := app.Sync(t.Context(), s.cfg, log, app.EngineOptions{}, control.SyncRequest{}, func(int, int) {}, nil); err != nil {
		t.Fatal(err)
	}
	s.start()
	s.poll() // it ended, and nobody asks: but what was served before is looked over
	s.wantTold("broke")
}

func TestEventsLeaveWithTheirSourceAndFollowItsName(t *testing.T) {
	s := newStand(t, []string{"a", "b"}, withHealth)
	for _, path := range []string{"/a", "/b"} {
		s.stage.answer(path, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusGone) })
	}
	s.poll()
	s.wantTold("broke", "broke")
	ids, _ := s.shown("health")
	reload := func(names ...string) {
		t.Helper()
		s.configure(names, withHealth)
		if _, err := s.app.Reload(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	reload("a")
	s.wantTold("broke")
	reload("a", "b")
	if again, _ := s.shown("health"); !slices.Equal(again, ids) {
		t.Errorf("a source that came back has %q, want %q", again, ids)
	}
	reload("a")
	renamed := strings.ReplaceAll(withHealth, "kind: health,", "kind: health, from: [z],")
	s.configure([]string{"z"}, renamed)
	s.cfg.Sources[0].Was = []feed.SourceID{"a"}
	if _, err := s.app.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	now, titles := s.shown("health")
	if len(now) != 1 || !slices.Contains(ids, now[0]) || !strings.HasPrefix(titles[0], "z: ") {
		t.Errorf("after a change of its name: %q %q, want one of %q", now, titles, ids)
	}
}

func TestCommandsForArticlesSayThatAnOutputOfEventsHasNone(t *testing.T) {
	s := newStand(t, []string{"a"}, withHealth)
	s.stage.show("/a", rss(one))
	s.poll()
	s.stage.answer("/a", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusGone) })
	s.poll()
	ids, shown := s.shown("health")
	_, explained := s.app.Explain(t.Context(), control.ExplainRequest{Output: "health", Article: ids[0]})
	_, split := s.app.Split(t.Context(), control.SplitRequest{Output: "health", Article: ids[0]})
	for what, err := range map[string]error{"explain": explained, "split": split} {
		if !errors.Is(err, control.ErrHoldsNone) || !strings.Contains(err.Error(), "output health holds no articles") {
			t.Errorf("%s: %v", what, err)
		}
	}
	served, err := s.app.Preview(t.Context(), control.PreviewRequest{Output: "health"})
	if err != nil || len(served.Entries) != 1 || served.Entries[0].Title != shown[0] || served.Entries[0].ID != ids[0] {
		t.Errorf("preview: %+v, %v", served, err)
	}
	// The same without a daemon, and what another configuration would make of it.
	if err := s.app.Stop(context.WithoutCancel(t.Context())); err != nil {
		t.Fatal(err)
	}
	other := *s.cfg
	other.Outputs = slices.Clone(other.Outputs)
	other.Outputs[1].Kind = feed.KindArticles
	alone, err := app.Preview(t.Context(), s.cfg, app.EngineOptions{}, ask("health", &other))
	if err != nil || titles(alone.Entries) != shown[0] || titles(alone.Enter) != "Crane falls" || titles(alone.Leave) != shown[0] {
		t.Errorf("preview: %+v, %v", alone, err)
	}
	if _, err := app.Explain(t.Context(), s.cfg, app.EngineOptions{}, control.ExplainRequest{Output: "health", Article: ids[0]}); !errors.Is(err, control.ErrHoldsNone) {
		t.Errorf("explain without a daemon: %v", err)
	}
}
