package app

import (
	"bytes"
	"context"
	"fmt"
	"iter"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"sluice/config"
	"sluice/feed"
	"sluice/feed/publish"
	"sluice/ingest"
	"sluice/storage"
	"sluice/storage/bolt"
)

// counted counts the walks of builds over a store.
type counted struct {
	storage.Store
	walks atomic.Int64
}

func (c *counted) Newest(ctx context.Context, q storage.Query) iter.Seq2[feed.Stored, error] {
	c.walks.Add(1)
	return c.Store.Newest(ctx, q)
}

// publisher is outputs over a store, in a bubble of its own time.
type publisher struct {
	*testing.T
	cfg   *config.Config
	out   *outputs
	store *counted
	log   bytes.Buffer
	text  string // of each article
}

// outputs are none so far, of a start over what is stored.
func (p *publisher) outputs() *outputs {
	p.Helper()
	log := slog.New(slog.NewTextHandler(&p.log, nil))
	pings, err := newPinger(p.Context(), p.store, log)
	if err != nil {
		p.Fatal(err)
	}
	return newOutputs(p.store, pings, log)
}

// publishing runs a test beside outputs that are kept up to date, of source a.
func publishing(t *testing.T, yaml string, test func(p *publisher)) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config.yaml")
	text := fmt.Sprintf("storage: {path: %q}\nsources: [{name: a, url: 'https://a.example/'}]\noutputs:\n%s", path+".db", yaml)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		store, err := bolt.Open(t.Context(), path+".db", bolt.Options{NoSync: true})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = store.Close() }() // nothing is left to be stored
		if _, err := store.SetSources(t.Context(), []feed.Source{{Name: "a", URL: "https://a.example/"}}); err != nil {
			t.Fatal(err)
		}
		p := &publisher{T: t, cfg: cfg, store: &counted{Store: store}}
		p.out = p.outputs()
		if err := p.out.replace(t.Context(), cfg, func() error { return nil }); err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- p.out.run(ctx) }()
		p.wait(2 * time.Second) // the first round
		test(p)
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

func (p *publisher) wait(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// poll stores articles by their titles as of now, and has them shown.
func (p *publisher) poll(titles ...string) {
	p.Helper()
	claim, err := p.store.ClaimSource(p.Context(), time.Now(), "a", time.Minute)
	if err != nil {
		p.Fatal(err)
	}
	var articles []feed.Article
	for _, title := range titles {
		articles = append(articles, feed.Article{
			Source: "a", GUID: "https://a.example/" + title, URL: "https://a.example/" + title, Title: title, Content: p.text,
		})
	}
	if _, err := p.store.Merge(p.Context(), storage.Delivery{Claim: &claim, At: time.Now(), Articles: articles, Authority: "a.example"}); err != nil {
		p.Fatal(err)
	}
	p.out.observe(ingest.Report{Source: "a", Outcome: ingest.Changed})
	p.wait(2 * time.Second)
}

func (p *publisher) doc(name string) *publish.Document {
	p.Helper()
	out, ok := p.out.Output(name)
	if !ok || out.Document == nil {
		p.Fatalf("output %s has no document", name)
	}
	return out.Document
}

func (p *publisher) expect(name string, titles ...string) {
	p.Helper()
	var got []string
	for _, e := range p.doc(name).Entries {
		got = append(got, e.Title)
	}
	if strings.Join(got, " ") != strings.Join(titles, " ") {
		p.Errorf("at %s output %s shows %q, want %q", time.Now().Format(time.TimeOnly), name, got, titles)
	}
}

func TestOutputsOfTimeAreDecidedAtEachFullMinuteAndOthersOnlyWhenSomethingCame(t *testing.T) {
	publishing(t, `
  - {name: window, window: 10m}
  - {name: rule, keep: 'now - seen < duration("5m")'}
  - {name: still}
`, func(p *publisher) {
		p.wait(28 * time.Second) // 00:00:30
		p.poll("one")
		before := map[string]*publish.Document{}
		for _, name := range []string{"window", "rule", "still"} {
			p.expect(name, "one")
			before[name] = p.doc(name)
		}
		walks := p.store.walks.Load()
		p.wait(4 * time.Minute) // 00:04:32
		if got := p.store.walks.Load() - walks; got != 2*4 {
			t.Errorf("%d builds in four minutes without news, want one a minute of two outputs", got)
		}
		for name, doc := range before {
			if p.doc(name) != doc {
				t.Errorf("output %s has another document without news", name)
			}
		}
		p.wait(time.Minute) // 00:05:32: now is 00:05, and the article is 4:30 old
		p.expect("rule", "one")
		p.wait(time.Minute)
		p.expect("rule")
		gone := p.doc("rule")
		if want := time.Now().Truncate(time.Minute); !gone.Modified.Equal(want) {
			t.Errorf("modified %v, want %v", gone.Modified, want)
		}
		p.wait(4 * time.Minute) // 00:10:32
		p.expect("window", "one")
		p.wait(time.Minute)
		p.expect("window")
		p.expect("still", "one")
		if p.doc("rule") != gone || p.doc("still") != before["still"] {
			t.Error("an output changed once too often")
		}
	})
}

// TestAMinuteThatBeginsWhileOutputsAreBuiltIsNotMissed has news come all the time,
// of a source that the output does not read.
func TestAMinuteThatBeginsWhileOutputsAreBuiltIsNotMissed(t *testing.T) {
	publishing(t, "  - {name: window, window: 1m}\n", func(p *publisher) {
		p.poll("one")
		p.expect("window", "one")
		for range 600 {
			p.out.nudge()
			p.wait(300 * time.Millisecond)
		}
		p.expect("window")
	})
}

func TestTroubleWithARuleIsLoggedWhenItChanges(t *testing.T) {
	publishing(t, `
  - {name: rule, keep: 'categories[0] == "x" && now > timestamp("1999-01-01T00:00:00Z")'}
  - {name: title, title_template: '{{slice .Title 0 4}}'}
`, func(p *publisher) {
		logged := func(want int, when string) {
			t.Helper()
			if got := strings.Count(p.log.String(), "\n"); got != want {
				t.Errorf("%s: %d lines, want %d:\n%s", when, got, want, p.log.String())
			}
		}
		logged(0, "without articles")
		p.poll("one", "two")
		logged(2, "with two articles") // one of each output
		p.poll("one", "two", "six")
		p.wait(3 * time.Minute)
		logged(2, "with more of the same, and at each minute")
		for _, line := range strings.Split(strings.TrimSpace(p.log.String()), "\n") {
			if !strings.Contains(line, "level=WARN") || !strings.Contains(line, "no answer for 2 articles") {
				t.Errorf("logged %s", line)
			}
		}
	})
}

func TestLargeDocumentsAreNamedOnce(t *testing.T) {
	publishing(t, "  - {name: all}\n  - {name: brief, content: summary}\n", func(p *publisher) {
		p.text = strings.Repeat("Many words. ", 20_000)
		p.poll("one")
		p.poll("one", "two")
		if p.log.Len() > 0 {
			t.Errorf("two texts of 240 kB: logged %s", p.log.String())
		}
		p.poll("one", "two", "three")
		p.poll("one", "two", "three", "four")
		if got := p.log.String(); strings.Count(got, "\n") != 1 || !strings.Contains(got, "output=all") || !strings.Contains(got, "entries=3") {
			t.Errorf("logged %s", got)
		}
	})
}
