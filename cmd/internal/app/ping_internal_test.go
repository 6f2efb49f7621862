package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"sluice/config"
	"sluice/ingest/fetch"
	"sluice/storage/bolt"
)

const (
	hubA = "https://me:s3cret@a.example/hub?token=t0psecret"
	hubB = "https://b.example/"
)

// bell is a pinger with hubs that take note of what they are told.
type bell struct {
	*testing.T
	cfg    *config.Config
	store  *bolt.Store
	pings  *pinger
	told   []string                                // time since the start, hub and output of each post
	answer func(hub string, form url.Values) error // nil: they take it
	hangs  string                                  // a hub that does not answer
	log    bytes.Buffer
	began  time.Time
	ended  chan error // what run returned
	stop   func()
}

// ringing runs a test with outputs one and two, of which the first has both hubs.
func ringing(t *testing.T, test func(b *bell)) {
	t.Helper()
	cfg, err := config.Parse("c.yaml", []byte("server: {base_url: 'https://out.example'}\nsources: [{name: x, url: https://x.example/}]\noutputs:\n"+
		"  - {name: one, hubs: ['"+hubA+"', '"+hubB+"', '"+hubB+"']}\n  - {name: two, was: [zwei], hubs: ['"+hubB+"']}\n  - {name: none}\n"), nil)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "s.db")
	synctest.Test(t, func(t *testing.T) {
		store, err := bolt.Open(t.Context(), path, bolt.Options{NoSync: true})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = store.Close() }() // nothing is left to be stored
		b := &bell{T: t, cfg: cfg, store: store, began: time.Now()}
		b.start()
		test(b)
		b.stop()
		if err := store.Verify(t.Context()); err != nil && !errors.Is(err, bolt.ErrClosed) {
			t.Error(err)
		}
		if text := b.log.String(); strings.Contains(text, "s3cret") || strings.Contains(text, "t0psecret") {
			t.Errorf("the log tells a secret: %s", text)
		}
	})
}

// start makes the pinger over what the store remembers, and runs it.
func (b *bell) start() {
	b.Helper()
	var err error
	b.pings, err = newPinger(b.Context(), b.store, slog.New(slog.NewTextHandler(&b.log, &slog.HandlerOptions{Level: slog.LevelDebug})))
	if err == nil {
		err = b.pings.use(b.Context(), b.cfg, b)
	}
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(b.Context())
	b.ended = make(chan error, 1)
	go func() { b.ended <- b.pings.run(ctx) }()
	b.stop = func() {
		cancel()
		if err := <-b.ended; err != nil {
			b.Error(err)
		}
	}
	synctest.Wait()
}

// Post implements poster.
func (b *bell) Post(ctx context.Context, t fetch.Target, form url.Values) (int, error) {
	hub := map[string]string{hubA: "A", hubB: "B"}[t.URL]
	output := strings.TrimSuffix(strings.TrimPrefix(form.Get("hub.url"), "https://out.example/feeds/"), ".rss")
	b.pings.mu.Lock()
	b.told = append(b.told, fmt.Sprintf("%v %s %s", time.Since(b.began), hub, output))
	b.pings.mu.Unlock()
	home := "https://out.example/feeds/"
	topics := []string{home + output + ".rss", home + output + ".atom", home + output + ".json"}
	if output == "two" { // it is known by its earlier name, too
		topics = append(topics, home+"zwei.rss", home+"zwei.atom", home+"zwei.json")
	}
	if form.Get("hub.mode") != "publish" || !slices.Equal(form["hub.url"], topics) || !slices.Equal(form["hub.topic"], topics) || len(form) != 3 {
		b.Errorf("told %v", form)
	}
	if b.hangs == hub {
		<-ctx.Done()
	}
	if b.answer == nil || ctx.Err() != nil {
		return 204, ctx.Err()
	}
	return 204, b.answer(hub, form)
}

// publish has an output change.
func (b *bell) publish(output string, content byte) {
	b.Helper()
	if err := b.pings.owe(b.Context(), output, [32]byte{content}, time.Now()); err != nil {
		b.Fatal(err)
	}
	synctest.Wait()
}

// show is publish that readers see.
func (b *bell) show(output string, content byte) {
	b.Helper()
	b.publish(output, content)
	b.pings.shown(output)
	synctest.Wait()
}

// expect takes what hubs were told since it was called last.
func (b *bell) expect(want ...string) {
	b.Helper()
	synctest.Wait()
	b.pings.mu.Lock()
	defer b.pings.mu.Unlock()
	slices.SortStableFunc(b.told, func(x, y string) int { // hubs that are told at one time have no order
		at, _, _ := strings.Cut(x, " ")
		if rest, ok := strings.CutPrefix(y, at+" "); ok {
			return strings.Compare(x[len(at)+1:], rest)
		}
		return 0
	})
	if got := strings.Join(b.told, ", "); got != strings.Join(want, ", ") {
		b.Errorf("told %s, want %s", got, strings.Join(want, ", "))
	}
	b.told = nil
}

// owes checks how many pings the store remembers.
func (b *bell) owes(want int) {
	b.Helper()
	if all, err := b.store.Pings(b.Context()); err != nil || len(all) != want {
		b.Errorf("owed are %+v, %v, want %d", all, err, want)
	}
}

func TestHubsAreToldOncePerChangeAndNotBeforeReadersSeeIt(t *testing.T) {
	ringing(t, func(b *bell) {
		b.publish("one", 1)
		time.Sleep(time.Hour)
		b.expect()
		b.owes(2)
		b.pings.shown("one")
		b.expect("1h0m0s A one", "1h0m0s B one")
		b.owes(0)
		b.show("none", 1)
		b.pings.shown("one") // nothing is new
		time.Sleep(time.Hour)
		b.expect()
		b.show("two", 1)
		b.expect("2h0m0s B two")
		if n := strings.Count(b.log.String(), "level=DEBUG"); n != 3 || strings.Count(b.log.String(), "\n") != 3 {
			b.Errorf("logged %s", &b.log)
		}
	})
}

func TestChangesThatFollowEachOtherCloselyAreToldTogether(t *testing.T) {
	ringing(t, func(b *bell) {
		for content := range byte(5) {
			b.show("two", content+1)
			time.Sleep(time.Second)
		}
		time.Sleep(time.Minute)
		b.expect("0s B two", "3s B two", "6s B two")
		b.owes(0)
	})
}

func TestAHubThatIsDownIsToldLaterAlsoByTheNextLifeOfTheDaemon(t *testing.T) {
	ringing(t, func(b *bell) {
		var up atomic.Bool
		b.answer = func(hub string, _ url.Values) error {
			if hub == "A" && !up.Load() {
				return &fetch.StatusError{Code: 503}
			}
			return nil
		}
		b.show("one", 1)
		time.Sleep(8 * time.Minute)
		b.expect("0s A one", "0s B one", "1m0s A one", "3m0s A one", "7m0s A one")
		b.owes(1)
		b.show("one", 2) // no reason to ask sooner
		b.expect("8m0s B one")
		b.stop()
		b.start()
		up.Store(true)
		time.Sleep(24 * time.Hour)
		b.expect("15m0s A one")
		b.owes(0)
		b.stop()
		b.start() // what was told is not told again
		time.Sleep(time.Hour)
		b.expect()
		if lines, told := strings.Count(b.log.String(), "hub not told"), strings.Count(b.log.String(), "level=INFO"); lines != 4 || told != 1 {
			b.Errorf("%d lines for 4 failures, %d of them to be seen: %s", lines, told, &b.log)
		}
	})
}

func TestAHubThatStaysDownIsLoggedOnceAnHourAndWhenItIsBack(t *testing.T) {
	ringing(t, func(b *bell) {
		var up atomic.Bool
		b.answer = func(hub string, _ url.Values) error {
			if hub == "A" && !up.Load() {
				return &fetch.StatusError{Code: 503}
			}
			return nil
		}
		b.show("one", 1)
		b.show("two", 1)
		time.Sleep(10*time.Hour + time.Minute)
		synctest.Wait()
		if told := strings.Count(b.log.String(), "level=INFO"); told < 8 || told > 13 {
			b.Errorf("%d lines in ten hours: %s", told, &b.log)
		}
		up.Store(true)
		time.Sleep(2 * time.Hour)
		synctest.Wait()
		if back := strings.Count(b.log.String(), "it answers again"); back != 1 {
			b.Errorf("%d lines when it is back: %s", back, &b.log)
		}
	})
}

func TestWhatHubsAnswerSaysWhetherTheyAreToldAgain(t *testing.T) {
	for name, tc := range map[string]struct {
		err  error
		next time.Duration // 0: given up
	}{
		"a refusal":             {&fetch.StatusError{Code: 400}, 0},
		"a redirect of forms":   {&fetch.StatusError{Code: 302}, 0},
		"an address of our own": {fmt.Errorf("post: %w", fetch.ErrBlocked), 0},
		"no answer":             {errors.New("connection refused"), time.Minute},
		"our network":           {fetch.ErrOffline, time.Minute},
		"too many":              {&fetch.StatusError{Code: 429}, time.Minute},
		"later":                 {&fetch.StatusError{Code: 503, RetryAfter: 2 * time.Hour}, 2 * time.Hour},
		"much later than a day": {&fetch.StatusError{Code: 503, RetryAfter: 48 * time.Hour}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			ringing(t, func(b *bell) {
				first := true
				b.answer = func(string, url.Values) error {
					if !first {
						return nil
					}
					first = false
					return tc.err
				}
				b.show("two", 1)
				b.expect("0s B two")
				time.Sleep(48 * time.Hour)
				want := []string{}
				if tc.next > 0 {
					want = append(want, fmt.Sprintf("%v B two", tc.next))
				} else if log := b.log.String(); strings.Count(log, "level=WARN") != 1 || !strings.Contains(log, "given up") || !strings.Contains(log, "hub=https://b.example/") {
					b.Errorf("logged %s", log)
				}
				b.expect(want...)
				b.owes(0)
			})
		})
	}
}

func TestAHubThatStaysDownIsGivenUpAfterADay(t *testing.T) {
	ringing(t, func(b *bell) {
		b.answer = func(string, url.Values) error { return &fetch.StatusError{Code: 500} }
		b.show("two", 1)
		time.Sleep(48 * time.Hour)
		b.pings.mu.Lock()
		n, last := len(b.told), b.told[len(b.told)-1]
		b.pings.mu.Unlock()
		if n != 29 || last != "23h3m0s B two" || strings.Count(b.log.String(), "given up") != 1 {
			b.Errorf("told %d times, last %s", n, last)
		}
		b.owes(0)
	})
}

func TestASlowHubKeepsNoOtherWaitingAndLosesNoChange(t *testing.T) {
	ringing(t, func(b *bell) {
		b.answer = func(hub string, _ url.Values) error {
			if hub == "A" {
				time.Sleep(time.Minute)
			}
			return nil
		}
		b.show("one", 1)
		time.Sleep(10 * time.Second)
		b.show("one", 2)
		time.Sleep(10 * time.Minute)
		b.expect("0s A one", "0s B one", "10s B one", "1m0s A one")
		b.owes(0)
	})
}

func TestHubsThatAReloadTakesAwayAreOwedNothing(t *testing.T) {
	ringing(t, func(b *bell) {
		b.answer = func(string, url.Values) error { return errors.New("down") }
		b.show("one", 1)
		b.show("two", 1)
		b.owes(3)
		with := b.cfg
		without, err := config.Parse("c.yaml", []byte("server: {base_url: 'https://out.example'}\nsources: [{name: x, url: https://x.example/}]\n"+
			"outputs: [{name: one, hubs: ['"+hubB+"']}, {name: two, hubs: ['"+hubB+"'], tokens: ['"+strings.Repeat("ab", 32)+"']}]\n"), nil)
		if err == nil {
			err = b.pings.use(b.Context(), without, b)
		}
		if err != nil {
			b.Fatal(err)
		}
		b.owes(1)
		b.cfg, b.answer, b.told = with, nil, nil
		if err := b.pings.use(b.Context(), with, b); err != nil {
			b.Fatal(err)
		}
		time.Sleep(time.Hour)
		b.expect("1m0s B one")
		b.owes(0)
	})
}

func TestAStoreThatFailsEndsTheWorkWhateverHubsDo(t *testing.T) {
	ringing(t, func(b *bell) {
		b.hangs = "A"
		b.answer = func(string, url.Values) error {
			time.Sleep(time.Second)
			return nil
		}
		b.show("one", 1)
		if err := b.store.Close(); err != nil {
			b.Fatal(err)
		}
		if err := <-b.ended; !errors.Is(err, bolt.ErrClosed) || time.Since(b.began) != time.Second {
			b.Errorf("after %v: %v", time.Since(b.began), err)
		}
		b.stop = func() {}
	})
}

func TestWhatWasOwedWhenTheDaemonDiedIsToldByTheNextOne(t *testing.T) {
	ringing(t, func(b *bell) {
		b.publish("one", 1) // it dies before that is shown
		b.stop()
		b.expect()
		time.Sleep(48 * time.Hour)
		b.start()
		b.expect("48h0m0s A one", "48h0m0s B one")
		b.owes(0)
	})
}
