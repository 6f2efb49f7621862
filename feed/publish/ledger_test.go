package publish_test

import (
	"strings"
	"testing"
	"time"

	"sluice/feed"
	"sluice/feed/publish"

	"github.com/google/go-cmp/cmp"
)

func TestAnOutputsIDIsChosenOnceAndGoesWithIt(t *testing.T) {
	const here, there = "https://here.example", "https://there.example/"
	type life struct {
		base    string
		outputs []feed.Output
		want    map[string]string // ids by name; that of a name which only was one is empty
	}
	o := func(name string, was ...string) feed.Output { return feed.Output{Name: name, Was: was} }
	tests := map[string][]life{
		"it stays when the base changes": {
			{here, []feed.Output{o("a")}, map[string]string{"a": "https://here.example/feeds/a"}},
			{there, []feed.Output{o("a"), o("b")}, map[string]string{"a": "https://here.example/feeds/a", "b": "https://there.example/feeds/b"}},
		},
		"it stays while the output is withdrawn": {
			{here, []feed.Output{o("a")}, map[string]string{"a": "https://here.example/feeds/a"}},
			{there, nil, map[string]string{"a": "https://here.example/feeds/a"}},
			{there, []feed.Output{o("a")}, map[string]string{"a": "https://here.example/feeds/a"}},
		},
		"it goes along to another name, and back": {
			{here, []feed.Output{o("a")}, map[string]string{"a": "https://here.example/feeds/a"}},
			{here, []feed.Output{o("b", "a")}, map[string]string{"a": "", "b": "https://here.example/feeds/a"}},
			{there, []feed.Output{o("b", "a")}, map[string]string{"a": "", "b": "https://here.example/feeds/a"}},
			{here, []feed.Output{o("a", "b")}, map[string]string{"a": "https://here.example/feeds/a", "b": ""}},
		},
		"a new output of an old name is another": {
			{here, []feed.Output{o("a")}, map[string]string{"a": "https://here.example/feeds/a"}},
			{here, []feed.Output{o("b", "a")}, map[string]string{"a": "", "b": "https://here.example/feeds/a"}},
			{here, []feed.Output{o("a"), o("b")}, map[string]string{"a": "https://here.example/feeds/a#2", "b": "https://here.example/feeds/a"}},
		},
		"one of two earlier names gives it": {
			{here, []feed.Output{o("a"), o("b")}, map[string]string{"a": "https://here.example/feeds/a", "b": "https://here.example/feeds/b"}},
			{here, []feed.Output{o("c", "a", "b")}, map[string]string{"a": "", "b": "https://here.example/feeds/b", "c": "https://here.example/feeds/a"}},
		},
	}
	for name, lives := range tests {
		t.Run(name, func(t *testing.T) {
			ledger := map[string]feed.Publication{}
			for i, l := range lives {
				at := start.Add(time.Duration(i) * time.Hour)
				known, changed := publish.Register(l.outputs, list(ledger), l.base, at)
				for _, p := range changed {
					ledger[p.Output] = p
				}
				ids := map[string]string{}
				for name, p := range ledger {
					ids[name] = p.ID
				}
				if d := cmp.Diff(ids, l.want); d != "" {
					t.Errorf("life %d (got, want):\n%s", i+1, d)
				}
				if d := cmp.Diff(known, ledger); d != "" {
					t.Errorf("life %d: known and remembered:\n%s", i+1, d)
				}
				if _, again := publish.Register(l.outputs, list(ledger), l.base, at.Add(time.Minute)); len(again) != 0 {
					t.Errorf("life %d: a restart changes %+v", i+1, again)
				}
			}
		})
	}
}

func list(ledger map[string]feed.Publication) (all []feed.Publication) {
	for _, p := range ledger {
		all = append(all, p)
	}
	return all
}

func TestARenamedOutputKeepsItsDates(t *testing.T) {
	was := feed.Publication{Output: "a", ID: "urn:x:a", Since: start, Modified: start.Add(time.Hour), Digest: [32]byte{1}}
	known, _ := publish.Register([]feed.Output{{Name: "b", Was: []string{"a"}}}, []feed.Publication{was}, site.BaseURL, start.Add(time.Minute))
	want := was
	want.Output = "b"
	if d := cmp.Diff(known["b"], want); d != "" {
		t.Errorf("(got, want):\n%s", d)
	}
}

// TestAStoreWithoutIDsKeepsThoseThatWereShown has what a store holds that knew none.
func TestAStoreWithoutIDsKeepsThoseThatWereShown(t *testing.T) {
	ledger := []feed.Publication{{Output: "a", Since: start}, {Output: "b", Since: start}}
	known, changed := publish.Register([]feed.Output{{Name: "a"}, {Name: "c", Was: []string{"b"}}}, ledger, "https://feeds.example.org", start.Add(time.Hour))
	if known["a"].ID != "https://feeds.example.org/feeds/a" || known["c"].ID != "https://feeds.example.org/feeds/b" || known["c"].Since != start {
		t.Errorf("known: %+v", known)
	}
	if len(changed) != 3 {
		t.Errorf("changed: %+v", changed)
	}
}

func TestTheIDInTheDocumentIsTheOneRemembered(t *testing.T) {
	doc, pub := buildAt(t, &shelf{}, compile(t, output(), "", nil), feed.Publication{ID: "urn:x:1", Since: start}, start)
	if pub.ID != "urn:x:1" || !strings.Contains(string(doc.Atom.Body), "<id>urn:x:1</id>") {
		t.Errorf("remembered %q, published:\n%s", pub.ID, doc.Atom.Body)
	}
}
