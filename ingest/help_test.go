package ingest_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"sluice/feed"
	"sluice/ingest"
	"sluice/ingest/fetch"
	"sluice/ingest/fetch/fetchtest"
	"sluice/storage"
	"sluice/storage/bolt"
	"sluice/storage/bolt/bolttest"
)

// rig is a Runner over a real store, with a publisher that it may ask.
type rig struct {
	t      *testing.T
	pub    *fetchtest.Publisher
	store  *bolt.Store
	runner *ingest.Runner
	log    *journal
	plan   ingest.Plan
}

// newRig returns a rig without sources, whose waits have no jitter.
func newRig(t *testing.T, opt ingest.Options, limits fetch.Options) *rig {
	t.Helper()
	return rigOver(t, bolttest.Open(t), opt, limits)
}

func rigOver(t *testing.T, store *bolt.Store, opt ingest.Options, limits fetch.Options) *rig {
	t.Helper()
	r := &rig{t: t, pub: fetchtest.New(t), store: store}
	r.plan = ingest.Plan{Max: 24 * time.Hour, Authority: "example.org", Fetcher: newClient(t, limits)}
	r.attach(store, opt)
	return r
}

// attach gives the rig a new Runner, as after a restart of the program.
func (r *rig) attach(store ingest.Store, opt ingest.Options) {
	if opt.Chance == nil {
		opt.Chance = func() float64 { return 0 }
	}
	r.log = &journal{}
	r.runner = ingest.New(store, slog.New(slog.NewJSONHandler(r.log, nil)), opt)
}

func newClient(t *testing.T, opt fetch.Options) *fetch.Client {
	t.Helper()
	opt.AllowPrivate = []string{"127.0.0.1"}
	client, err := fetch.New(opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

// source returns a source that is polled hourly; all are of one host.
func source(name, address string) ingest.Source {
	return ingest.Source{
		Source: feed.Source{Name: feed.SourceID(name), URL: address, Host: "127.0.0.1", Interval: time.Hour, Identity: feed.IdentityAuto},
		Target: fetch.Target{URL: address},
	}
}

// use puts a plan of these sources into use.
func (r *rig) use(sources ...ingest.Source) {
	r.t.Helper()
	r.plan.Sources = sources
	if err := r.runner.SetPlan(r.t.Context(), r.plan); err != nil {
		r.t.Fatal(err)
	}
}

// serve makes the publisher serve a reply and has the Runner poll it as "a".
func (r *rig) serve(reply fetchtest.Reply) {
	r.t.Helper()
	r.use(source("a", r.pub.Set("/a", reply)))
}

// sync polls what the request names.
func (r *rig) sync(req ingest.Request) []ingest.Report {
	r.t.Helper()
	reports, err := r.runner.Sync(r.t.Context(), req, nil)
	if err != nil {
		r.t.Fatalf("sync: %v", err)
	}
	return reports
}

// poll polls source a, due or not.
func (r *rig) poll() ingest.Report {
	r.t.Helper()
	reports := r.sync(ingest.Request{Sources: []feed.SourceID{"a"}, All: true})
	if len(reports) != 1 || reports[0].Source != "a" {
		r.t.Fatalf("reports %+v, want one of source a", reports)
	}
	return reports[0]
}

// must polls source a and fails the test unless the outcome is the one wanted.
func (r *rig) must(want ingest.Outcome) ingest.Report {
	r.t.Helper()
	rep := r.poll()
	if rep.Outcome != want {
		r.t.Fatalf("outcome %s (%v), want %s", rep.Outcome, rep.Err, want)
	}
	return rep
}

// running has the Runner run until the test ends or the stop function is
// called, which returns what Run returned.
func (r *rig) running() (stop func() error) {
	r.t.Helper()
	return start(r.t, r.runner)
}

// state returns what the store remembers of a source.
func (r *rig) state(name feed.SourceID) feed.SourceState {
	r.t.Helper()
	states, err := r.store.States(r.t.Context())
	if err != nil {
		r.t.Fatal(err)
	}
	i := slices.IndexFunc(states, func(st feed.SourceState) bool { return st.Source == name })
	if i < 0 {
		r.t.Fatalf("no state of source %s", name)
	}
	return states[i]
}

// due sets when a source is polled next, and is that time's only author.
func (r *rig) due(name feed.SourceID, at time.Time) {
	r.t.Helper()
	if err := r.store.Reschedule(r.t.Context(), map[feed.SourceID]storage.Schedule{name: {NextPoll: at}}); err != nil {
		r.t.Fatal(err)
	}
}

// titles returns the titles of a source's articles in the order of their arrival.
func (r *rig) titles(name feed.SourceID) []string {
	r.t.Helper()
	all, err := r.store.After(r.t.Context(), 0, 1000)
	if err != nil {
		r.t.Fatal(err)
	}
	var titles []string
	for _, a := range all {
		if a.Source == name {
			titles = append(titles, a.Title)
		}
	}
	return titles
}

// wantTitles fails the test unless a source has articles with these titles, in
// whatever order.
func (r *rig) wantTitles(name feed.SourceID, want ...string) {
	r.t.Helper()
	got := r.titles(name)
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		r.t.Errorf("articles of %s: %q, want %q", name, got, want)
	}
}

// rss is a complete document with an item for each title.
func rss(titles ...string) string {
	var b strings.Builder
	b.WriteString(`<?xml version="1.0"?><rss version="2.0"><channel><title>A feed</title><link>https://example.org/</link>`)
	for _, title := range titles {
		fmt.Fprintf(&b, `<item><guid isPermaLink="false">id-%s</guid><title>%s</title>`+
			`<link>https://example.org/%s</link><description>About %s.</description></item>`, title, title, title, title)
	}
	b.WriteString(`</channel></rss>`)
	return b.String()
}

// cut is a document that ends in the middle of the item after these.
func cut(titles ...string) string {
	whole := rss(titles...)
	return whole[:len(whole)-len(`</channel></rss>`)] + `<item><title>hal`
}

// start runs a Runner; see rig.running.
func start(t *testing.T, runner *ingest.Runner) (stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- runner.Run(ctx) }()
	stop = sync.OnceValue(func() error {
		cancel()
		select {
		case err := <-ended:
			return err
		case <-time.After(bound):
			return fmt.Errorf("run did not stop within %v", bound)
		}
	})
	t.Cleanup(func() { _ = stop() }) // tests that care have called it
	return stop
}

// bound is how long a test waits for what has to come, on a machine that has much else to do.
const bound = 2 * time.Minute

// until waits for a condition.
func until(t *testing.T, what string, met func() bool) {
	t.Helper()
	for end := time.Now().Add(bound); !met(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited %v for: %s", bound, what)
		}
	}
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}
