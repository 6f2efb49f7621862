package publish_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"sluice/feed"
	"sluice/feed/publish"
	"sluice/feed/sanitize"
	"sluice/storage"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// chronicle is an output with a history, as the ledger of a store has it.
type chronicle struct {
	*press
	publish.Output
	whole    func(o feed.Output) publish.Output // compiles
	builder  *publish.Builder
	pub      feed.Publication
	doc      *publish.Document
	archives map[int][]uint64 // closed ones, as they were when they were first seen
}

func (p *press) keep(out publish.Output) *chronicle {
	return &chronicle{
		press: p, Output: out, builder: publish.NewBuilder(p.store, out, site, 1000), archives: map[int][]uint64{},
		pub: feed.Publication{Output: "world", ID: "https://feeds.example.org/feeds/world", Since: p.at.Truncate(time.Second), History: &feed.History{}},
	}
}

// build builds the output until nothing is left to be considered, and has the ledger
// remember it.
func (c *chronicle) build() {
	c.Helper()
	for range 100 {
		doc, pub, err := c.builder.Build(c.ctx, infos(), c.pub, c.at)
		if err != nil {
			c.Fatal(err)
		}
		if pub != c.pub {
			if err := c.store.Publish(c.ctx, pub); err != nil {
				c.Fatal(err)
			}
		}
		c.doc, c.pub = doc, pub
		if !c.builder.Behind() {
			return
		}
	}
	c.Fatal("a hundred builds have not considered all articles")
}

// restart goes on with what the ledger has, as another process would.
func (c *chronicle) restart() {
	c.Helper()
	all, err := c.store.Publications(c.ctx)
	if err != nil {
		c.Fatal(err)
	}
	c.pub = all[0]
	c.builder = publish.NewBuilder(c.store, c.Output, site, 1000)
}

// archive makes an archive; nil where there is none.
func (c *chronicle) archive(n int) *publish.Document {
	c.Helper()
	made, err := publish.Archive(c.ctx, c.store, c.Output, infos(), site, c.pub, c.doc, n, c.at, nil)
	if err != nil {
		c.Fatal(err)
	}
	if made == nil {
		return nil
	}
	return made.Document
}

// walk follows the archives from the document back, and returns the entries found with
// how often, the document's but once.
func (c *chronicle) walk() map[string]int {
	c.Helper()
	found := map[string]int{}
	for n := c.doc.Older; n > 0; {
		doc := c.archive(n)
		if doc == nil {
			c.Fatalf("archive %d is not there", n)
		}
		for _, e := range doc.Entries {
			found[e.ID]++
		}
		if doc.Archive != n || doc.Older != n-1 || n == c.doc.Older != (doc.Newer == 0) {
			c.Errorf("archive %d of %d says %d, before %d, after %d", n, c.doc.Older, doc.Archive, doc.Older, doc.Newer)
		}
		n = doc.Older
	}
	for _, e := range c.doc.Entries {
		found[e.ID] = max(found[e.ID], 1)
	}
	return found
}

// check compares what the archives hold with what one document without a limit does.
func (c *chronicle) check(after string) {
	c.Helper()
	o := c.Output.Output
	o.Limit, o.PerSource, o.Window = publish.MaxLimit, 0, 0
	whole, _, err := publish.Build(c.ctx, c.store, c.whole(o), infos(), site, feed.Publication{Since: c.pub.Since}, c.at)
	if err != nil {
		c.Fatal(err)
	}
	want := map[string]int{}
	for _, e := range whole.Entries {
		want[e.ID] = 1
	}
	if d := cmp.Diff(c.walk(), want); d != "" {
		c.Errorf("after %s document and archives hold (got, want):\n%s", after, d)
	}
	complete := strings.Contains(string(c.doc.Atom.Body), "complete>")
	if all := len(c.doc.Entries) == len(want) && c.doc.Older == 0; complete != all {
		c.Errorf("after %s the document says complete: %v, want %v", after, complete, all)
	}
	size := max(c.Limit, 50)
	for n := 1; n <= c.pub.History.Closed; n++ {
		members, err := c.store.Archive(c.ctx, c.pub.ID, n)
		if err != nil {
			c.Fatal(err)
		}
		if was, known := c.archives[n]; known && !slices.Equal(was, members) {
			c.Errorf("after %s archive %d has other members: %v, had %v", after, n, members, was)
		} else if !known && len(members) != size {
			c.Errorf("after %s archive %d was closed with %d entries, want %d", after, n, len(members), size)
		}
		c.archives[n] = members
		c.isExplained(n, members[0])
	}
}

// isExplained checks that an entry of an archive that is not in the document is said to be
// where it is.
func (c *chronicle) isExplained(archive int, seq uint64) {
	c.Helper()
	list, err := c.store.Numbered(c.ctx, []uint64{seq})
	if err != nil || len(list) != 1 {
		c.Fatal(list, err)
	}
	x, err := publish.Explain(c.ctx, c.store, c.Output, infos(), c.pub, c.at, list[0])
	if err != nil {
		c.Fatal(err)
	}
	said := strings.HasSuffix(x.Reason, fmt.Sprintf("it is in archive %d", archive))
	if out := x.Entry == list[0].ID && x.Place == 0; said != out {
		c.Errorf("entry %d of archive %d is explained by %q", seq, archive, x.Reason)
	}
}

const rule = `!url.contains("e/7")`

// bring has a paper bring new texts at once.
func (p *press) bring(paper string, n int, dated time.Time) {
	p.Helper()
	c, err := p.store.ClaimSource(p.ctx, p.at, feed.SourceID(paper), time.Minute)
	if err != nil {
		p.Fatal(err)
	}
	var list []feed.Article
	for range n {
		k := len(p.sent) + 1
		a := feed.Article{
			GUID: fmt.Sprintf("urn:%s:%d", paper, k), URL: fmt.Sprintf("https://%s.example/%d", paper, k), Title: fmt.Sprintf("Text %d of %s", k, paper),
			Source: feed.SourceID(paper), Content: "<p>" + paragraph(100+k) + "</p>", Sanitizer: sanitize.Version,
		}
		if !dated.IsZero() {
			a.Published = dated.Add(time.Duration(k) * time.Minute)
		}
		p.sent, list = append(p.sent, a), append(list, a)
	}
	state := c.State
	state.Status, state.LastSuccess, state.NextPoll = feed.StatusOK, p.at, p.at.Add(time.Hour)
	if _, err := p.store.Merge(p.ctx, storage.Delivery{Claim: &c, At: p.at, Articles: list, State: state, Authority: "feeds.example.org"}); err != nil {
		p.Fatal(err)
	}
}

// TestEveryEntryIsInTheDocumentOrInOneArchive has papers bring texts, few and many, old
// and new, operators mend stories, limits and rules change and the daemon restart.
func TestEveryEntryIsInTheDocumentOrInOneArchive(t *testing.T) {
	defer publish.ScanSize(publish.ScanSize(40))
	dir := t.TempDir()
	rapid.Check(t, func(rt *rapid.T) {
		file := filepath.Join(dir, "sluice.db")
		store := openPress(t.Context(), rt, file)
		defer func() {
			if err := store.Verify(t.Context()); err != nil {
				rt.Error(err)
			}
			closePress(rt, store)
			if err := os.Remove(file); err != nil {
				rt.Error(err)
			}
		}()
		p := &press{TB: rt, rt: rt, ctx: t.Context(), store: stored{store}, at: start.Add(time.Hour)}
		o := output()
		o.Order = rapid.SampledFrom([]feed.Order{feed.OrderSeen, feed.OrderPublished}).Draw(rt, "order")
		o.Limit, o.PerSource = rapid.SampledFrom([]int{3, 50, 60}).Draw(rt, "limit"), rapid.SampledFrom([]int{0, 0, 20}).Draw(rt, "per source")
		if rapid.Bool().Draw(rt, "window") {
			o.Window = 30 * time.Hour
		}
		c := p.keep(compile(t, o, rule, nil))
		c.whole = func(o feed.Output) publish.Output { return compile(t, o, rule, nil) }
		for range rapid.IntRange(1, 5).Draw(rt, "steps") {
			p.at = p.at.Add(time.Duration(rapid.IntRange(1, 2000).Draw(rt, "minutes")) * time.Minute)
			after := rapid.SampledFrom([]string{"many", "many", "news", "old", "mend", "restart", "limit"}).Draw(rt, "what")
			switch after {
			case "many":
				p.bring(rapid.SampledFrom([]string{"a", "b", "z"}).Draw(rt, "paper"), rapid.IntRange(1, 70).Draw(rt, "texts"), time.Time{})
			case "old":
				p.bring("c", rapid.IntRange(1, 70).Draw(rt, "texts"), start.Add(-100*time.Hour))
			case "news", "mend":
				after = p.step()
			case "restart":
				if c.doc != nil {
					c.restart()
				}
			case "limit":
				o.Limit = 55
				c.Output = compile(t, o, rule, nil)
				c.builder = publish.NewBuilder(p.store, c.Output, site, 1000)
			}
			c.build()
			c.check(after)
		}
		was, again := c.doc, c.pub
		c.restart()
		c.build()
		if c.doc.Atom.ETag != was.Atom.ETag || c.doc.JSON.ETag != was.JSON.ETag || c.pub.Modified != again.Modified {
			rt.Errorf("another process builds\n%s\nwant\n%s", c.doc.Atom.Body, was.Atom.Body)
		}
	})
}

// paged is a store that notes how many articles it was asked for at once by their numbers.
type paged struct {
	publish.Reader
	pages []int
}

func (p *paged) Numbered(ctx context.Context, seqs []uint64) ([]feed.Stored, error) {
	p.pages = append(p.pages, len(seqs))
	return p.Reader.Numbered(ctx, seqs)
}

// TestWhatWaitsForAnArchiveIsNeverInMemoryAtOnce has papers bring more than archives are
// filled with at a time, as a first sweep does.
func TestWhatWaitsForAnArchiveIsNeverInMemoryAtOnce(t *testing.T) {
	const page = 40
	defer publish.ScanSize(publish.ScanSize(page))
	store := openPress(t.Context(), t, filepath.Join(t.TempDir(), "sluice.db"))
	defer closePress(t, store)
	p := &press{TB: t, ctx: t.Context(), store: stored{store}, at: start.Add(time.Hour)}
	c := p.keep(compile(t, output(), rule, nil))
	c.whole = func(o feed.Output) publish.Output { return compile(t, o, rule, nil) }
	read := &paged{Reader: p.store}
	c.builder = publish.NewBuilder(read, c.Output, site, 1000)
	for _, paper := range []string{"a", "b", "c"} {
		p.bring(paper, 3*page, time.Time{})
	}
	c.build()
	c.check("the first sweep")
	if n := slices.Max(read.pages); c.pub.History.Closed < 2 || len(read.pages) < 5 || n > page {
		t.Errorf("%d archives were closed, for which %d articles were read at once at most, want %d", c.pub.History.Closed, n, page)
	}
}
