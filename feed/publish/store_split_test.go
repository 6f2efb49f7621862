package publish_test

import (
	"path/filepath"
	"testing"
	"time"

	"sluice/feed"
	"sluice/feed/publish"

	"github.com/google/go-cmp/cmp"
)

func TestAStoryIsTheSameAfterARestart(t *testing.T) {
	file := filepath.Join(t.TempDir(), "sluice.db")
	store := openPress(t.Context(), t, file)
	p := &press{TB: t, ctx: t.Context(), store: stored{store}, at: start}
	o := output()
	o.Prefer = []feed.SourceID{"c"}
	r := p.subscribe(compile(t, o, "", nil))
	for _, x := range []struct {
		paper    string
		from, to int
	}{{"a", 0, 2}, {"b", 2, 5}, {"z", 0, 5}, {"c", 2, 5}} {
		p.at = p.at.Add(time.Hour)
		a := p.item(x.paper, 1, x.from, x.to)
		p.sent = append(p.sent, a)
		p.poll(a)
	}
	r.read(p, "")
	want := map[string][]string{
		"urn:a:1": {"https://b.example/2 near", "https://c.example/4 near"},
		"urn:b:2": {"https://a.example/1 near", "https://b.example/2 text"},
	}
	if d := cmp.Diff(named(t, r.doc), want); d != "" {
		t.Errorf("two halves that were found to be one by the whole (got, want):\n%s", d)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	store = openPress(t.Context(), t, file)
	defer closePress(t, store)
	again, pub, err := publish.Build(t.Context(), stored{store}, r.Output, infos(), site, r.pub, p.at.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	sameBytes(t, again, r.doc)
	if pub != r.pub {
		t.Errorf("remembered %+v, want %+v", pub, r.pub)
	}
}

func TestASplitBringsBackWhatAJoinTookIn(t *testing.T) {
	store := openPress(t.Context(), t, filepath.Join(t.TempDir(), "sluice.db"))
	defer closePress(t, store)
	p := &press{TB: t, ctx: t.Context(), store: stored{store}, at: start}
	r := p.subscribe(compile(t, output(), "", nil))
	for n, paper := range []string{"a", "b", "c"} {
		p.at = p.at.Add(time.Hour)
		a := p.item(paper, n, 0, 5)
		p.sent = append(p.sent, a)
		p.poll(a)
	}
	r.read(p, "")
	before := r.doc
	if _, err := store.Join(t.Context(), "urn:b:2", "urn:a:1", p.at); err != nil {
		t.Fatal(err)
	}
	r.read(p, "join")
	if d := cmp.Diff(named(t, r.doc), map[string][]string{"urn:c:3": nil, "urn:a:1": {"https://b.example/2 near"}}); d != "" {
		t.Errorf("joined (got, want):\n%s", d)
	}
	if _, err := store.Split(t.Context(), "urn:b:2", feed.DedupStory); err != nil {
		t.Fatal(err)
	}
	r.read(p, "split")
	if r.doc.JSON.ETag != before.JSON.ETag {
		t.Errorf("after a split there is\n%s\nwant\n%s", r.doc.JSON.Body, before.JSON.Body)
	}
}

// TestASplitOfWhatAnOutputHasNotWithdrawsNothing has two halves that are found to be one by
// the whole, and the first of them, which the output has not, taken out again.
func TestASplitOfWhatAnOutputHasNotWithdrawsNothing(t *testing.T) {
	store := openPress(t.Context(), t, filepath.Join(t.TempDir(), "sluice.db"))
	defer closePress(t, store)
	p := &press{TB: t, ctx: t.Context(), store: stored{store}, at: start}
	r := p.subscribe(compile(t, output(), "", nil))
	for _, x := range []struct {
		paper    string
		from, to int
	}{{"z", 2, 5}, {"c", 0, 2}, {"a", 0, 5}} {
		p.at = p.at.Add(time.Hour)
		a := p.item(x.paper, 1, x.from, x.to)
		p.sent = append(p.sent, a)
		p.poll(a)
	}
	r.read(p, "")
	want := map[string][]string{"urn:c:2": {"https://a.example/3 near"}, "urn:a:3": {"https://c.example/2 near"}}
	if d := cmp.Diff(named(t, r.doc), want); d != "" {
		t.Fatalf("the whole beside a half (got, want):\n%s", d)
	}
	if _, err := store.Split(t.Context(), "urn:z:1", feed.DedupStory); err != nil {
		t.Fatal(err)
	}
	r.read(p, "split")
	if d := cmp.Diff(named(t, r.doc), want); d != "" {
		t.Errorf("after the other half has left (got, want):\n%s", d)
	}
}
