package app_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"sluice/ingest"

	"go.etcd.io/bbolt"
)

// bound is how long a test waits for what has to come, on a machine that has much else to do.
const bound = 2 * time.Minute

func until(t *testing.T, what string, met func() bool) {
	t.Helper()
	for end := time.Now().Add(bound); !met(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited %v for: %s", bound, what)
		}
	}
}

// run runs the daemon and returns a function that stops it and says how long that
// took and what it ended with.
func (s *stand) run() (stop func() (time.Duration, error)) {
	s.Helper()
	ctx, cancel := context.WithCancel(s.Context())
	ended := make(chan error, 1)
	a := s.app
	go func() { ended <- a.Run(ctx) }()
	s.Cleanup(cancel)
	return func() (time.Duration, error) {
		began := time.Now()
		cancel()
		select {
		case err := <-ended:
			return time.Since(began), err
		case <-time.After(bound):
			s.Fatal("the daemon does not stop")
			return 0, nil
		}
	}
}

func TestWhatASourceOfAReloadBringsIsShownAtOnce(t *testing.T) {
	const outputs = "  - {name: all}\n  - {name: second}\n  - {name: third, keep: 'words > 1'}\n"
	var items, names []string
	for i := range 60 {
		items = append(items, fmt.Sprintf("g%d|https://t.example/x%d|Number %d|%s", i, i, i, strings.Repeat(fmt.Sprintf("word%d and more of the same. ", i), 60)))
	}
	names = append(names, "a")
	s := newStand(t, names, outputs)
	s.stage.show("/a", rss(items...))
	stop := s.run()
	until(t, "the first source", func() bool { ids, _ := s.shown("all"); return len(ids) == 60 })
	for n := range 4 {
		name := fmt.Sprintf("b%d", n)
		s.stage.show("/"+name, rss(fmt.Sprintf("b%d|https://t.example/b%d|From %s|Growers %d expect half of it", n, n, name, n)))
		names = append(names, name)
		s.configure(names, outputs)
		if _, err := s.app.Reload(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, output := range []string{"all", "second", "third"} {
			until(t, name+" in "+output, func() bool {
				_, titles := s.shown(output)
				return strings.Contains(strings.Join(titles, ","), "From "+name)
			})
		}
	}
	if _, err := stop(); err != nil {
		t.Error(err)
	}
}

func TestARenamedSourceIsInItsOutputsAllTheTime(t *testing.T) {
	s := newStand(t, []string{"a"}, "  - {name: all}\n")
	s.stage.show("/a", rss(one, two))
	s.poll()
	before := get(t, s.app, "/feeds/all.json")
	s.configure([]string{"a"}, "  - {name: all}\n")
	renamed := *s.cfg
	renamed.Sources = append(renamed.Sources[:0:0], renamed.Sources...)
	renamed.Sources[0].Name = "z"
	renamed.Sources[0].Was = append(renamed.Sources[0].Was, "a")
	renamed.Outputs = append(renamed.Outputs[:0:0], renamed.Outputs...)
	renamed.Outputs[0].Sources = append(renamed.Outputs[0].Sources[:0:0], "z")
	s.cfg = &renamed
	done := make(chan struct{})
	seen := make(chan error, 1)
	go func() {
		defer close(seen)
		for {
			select {
			case <-done:
				return
			default:
			}
			if rec := s.ask("/feeds/all.json"); rec.Code != http.StatusOK || !strings.Contains(rec.Body.String(), "Crane falls") {
				seen <- fmt.Errorf("%d: %s", rec.Code, rec.Body)
				return
			}
		}
	}()
	if _, err := s.app.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	close(done)
	if err := <-seen; err != nil {
		t.Errorf("while the reload ran: %v", err)
	}
	after := strings.ReplaceAll(string(get(t, s.app, "/feeds/all.json")), `"name":"z"`, `"name":"a"`)
	if after != string(before) {
		t.Errorf("more than the name changed:\n%s\n%s", before, after)
	}
}

func TestAStopEndsWhatAClientAskedForToo(t *testing.T) {
	var names []string
	for i := range 30 {
		names = append(names, fmt.Sprintf("s%d", i))
	}
	s := newStand(t, names, "  - {name: all}\n")
	hung := make(chan struct{})
	s.stage.hang = hung
	t.Cleanup(func() { close(hung) })
	stop := s.run()
	until(t, "the first requests", func() bool { return s.stage.asked.Load() > 0 })
	answered := make(chan struct{})
	go func() {
		defer close(answered)
		_, _ = s.askDaemon(t.Context()) // it is told that the daemon stopped
	}()
	time.Sleep(100 * time.Millisecond)
	took, err := stop()
	if err != nil || took > 7*time.Second { // what hangs is given up after eight
		t.Errorf("stopped after %v with %v", took, err)
	}
	<-answered
}

func TestAnOutputThatCannotBeBuiltStopsNothing(t *testing.T) {
	s := newStand(t, []string{"a", "b"}, "  - {name: all}\n  - {name: b, from: [b]}\n")
	s.stage.show("/a", rss(one))
	s.poll()
	s.stage.show("/b", rss(two))
	s.poll()
	if err := s.app.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	// The text of the article of a is not what was written.
	db, err := bbolt.Open(s.db, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		texts := tx.Bucket([]byte("texts"))
		key, value := texts.Cursor().First()
		broken := append([]byte{}, value...)
		broken[len(broken)/2] ^= 1
		return texts.Put(key, broken)
	})
	if err = errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	s.start()
	stop := s.run()
	for path, want := range map[string]int{"/feeds/all.rss": http.StatusServiceUnavailable, "/feeds/b.rss": http.StatusOK} {
		if got := s.ask(path).Code; got != want {
			t.Errorf("%s: %d, want %d", path, got, want)
		}
	}
	if _, err := s.app.Sync(t.Context(), ingest.Request{All: true}, nil); err != nil {
		t.Errorf("sync: %v", err)
	}
	if _, err := stop(); err != nil {
		t.Errorf("the daemon ended with %v", err)
	}
}
