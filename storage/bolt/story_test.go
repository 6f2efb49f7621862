package bolt_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"sluice/feed"
	"sluice/storage"
	"sluice/storage/bolt"
	"sluice/storage/bolt/bolttest"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// telling is a document of a site: parts of texts, by number, under its own headlines.
type telling struct {
	site string
	at   time.Time
	said []said
}

type said struct {
	text int
	from int // its first paragraph
	to   int
}

var tellingSites = []string{"a", "b", "c", "d", "e"}

// paragraphs is a text, by number.
func paragraphs(n int) []string {
	all := make([]string, 6)
	for i := range all {
		all[i] = strings.ReplaceAll(bolttest.Prose(6007*(n+1)+i, 25), "-", " ")
	}
	return all
}

func (d telling) articles() []feed.Article {
	var all []feed.Article
	for _, s := range d.said {
		text := paragraphs(s.text)
		var title []string
		for _, p := range text {
			title = append(title, strings.Fields(p)[int(d.site[0]-'a')])
		}
		all = append(all, feed.Article{
			GUID: fmt.Sprintf("%d/%d-%d", s.text, s.from, s.to), URL: fmt.Sprintf("https://%s.example/%d/%d-%d", d.site, s.text, s.from, s.to),
			Title: strings.Join(title, " "), Content: "<p>" + strings.Join(text[s.from:s.to], "</p><p>") + "</p>",
		})
	}
	return all
}

// drawTellings draws what some sites tell over a fortnight: few texts, whole and in
// parts, so that stories are joined early, late and not at all.
func drawTellings(t *rapid.T) []telling {
	at := start
	var all []telling
	for range rapid.IntRange(3, 14).Draw(t, "documents") {
		at = at.Add(time.Duration(rapid.IntRange(1, 2400).Draw(t, "minutes")) * time.Minute)
		d := telling{site: rapid.SampledFrom(tellingSites).Draw(t, "site"), at: at}
		for range rapid.IntRange(1, 3).Draw(t, "items") {
			from := rapid.IntRange(0, 3).Draw(t, "from")
			s := said{text: rapid.IntRange(0, 4).Draw(t, "text"), from: from, to: rapid.IntRange(from+2, 6).Draw(t, "to")}
			if !slices.Contains(d.said, s) {
				d.said = append(d.said, s)
			}
		}
		all = append(all, d)
	}
	return all
}

func (d telling) bring(t *testing.T, s *bolt.Store) storage.Merged {
	t.Helper()
	m, err := poll(t.Context(), s, d.site, d.at, d.articles()...)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// partition is who is of which story, and how, by what articles are called.
func partition(t *testing.T, s *bolt.Store) map[string]feed.Joined {
	t.Helper()
	all, err := s.After(t.Context(), 0, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]feed.Joined{}
	for _, a := range all {
		story, err := s.Story(t.Context(), a.Identity)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.ContainsFunc(story.Articles, func(b feed.Stored) bool { return b.Seq == a.Seq }) {
			t.Fatalf("article %d is not of its own story", a.Seq)
		}
		found[fmt.Sprintf("%d %s %s in %d", a.Seq, a.Source, a.GUID, story.Root)] = story.Joins[a.Identity]
	}
	return found
}

func configureTellers(t *testing.T, s *bolt.Store) {
	t.Helper()
	var sources []feed.Source
	for _, site := range tellingSites {
		sources = append(sources, source(site))
	}
	if _, err := s.SetSources(t.Context(), sources); err != nil {
		t.Fatal(err)
	}
}

// A process that is killed leaves the file as its last commit made it. Whenever that
// happens, and whichever polls come once more, the same stories come about: what is
// decided depends on what is stored, and never on what a process remembers.
func TestKillsAndRestartsGiveTheSameStories(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		tellings := drawTellings(rt)
		dir := t.TempDir()
		whole := bolttest.OpenAt(t, filepath.Join(dir, "whole.db"))
		path := filepath.Join(dir, "0.db")
		killed := bolttest.OpenAt(t, path)
		configureTellers(t, whole)
		configureTellers(t, killed)
		for n, d := range tellings {
			want := d.bring(t, whole)
			if got := d.bring(t, killed); got != want {
				rt.Fatalf("document %d: %+v after a restart, %+v without", n, got, want)
			}
			if rapid.Bool().Draw(rt, "killed") {
				next := filepath.Join(dir, fmt.Sprintf("%d.db", n+1))
				copyFile(t, path, next)
				if err := killed.Close(); err != nil {
					t.Fatal(err)
				}
				path, killed = next, bolttest.OpenAt(t, next)
				configureTellers(t, killed)
			}
			if rapid.Bool().Draw(rt, "told again") {
				again := d
				again.at = d.at.Add(time.Second)
				if m := again.bring(t, killed); m.New != 0 || m.Updated != 0 {
					rt.Fatalf("document %d again: %+v", n, m)
				}
			}
		}
		if d := cmp.Diff(partition(t, killed), partition(t, whole)); d != "" {
			rt.Fatalf("stories with restarts (-) and without (+):\n%s", d)
		}
		for _, s := range []*bolt.Store{whole, killed} {
			if err := s.Verify(t.Context()); err != nil {
				rt.Fatal(err)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// What differs in every paragraph is never one story, and what shares nearly all is,
// whoever tells it first.
func TestStoriesAreWhatTextsShare(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := bolttest.Open(t)
		configureTellers(t, s)
		texts := map[uint64]int{}
		whole := map[int]uint64{} // the root of the story of each text that was told whole
		at := start
		order := rapid.Permutation([]int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}).Draw(rt, "order")
		for _, n := range order {
			at = at.Add(time.Duration(rapid.IntRange(1, 300).Draw(rt, "minutes")) * time.Minute)
			text, site := n/5, tellingSites[n%5]
			d := telling{site: site, at: at, said: []said{{text: text, from: rapid.IntRange(0, 1).Draw(rt, "from"), to: 6}}}
			d.bring(t, s)
			all, err := s.ByURL(t.Context(), d.articles()[0].URL)
			if err != nil || len(all) != 1 {
				t.Fatal(all, err)
			}
			texts[all[0].Identity] = text
			story, err := s.Story(t.Context(), all[0].Identity)
			if err != nil {
				t.Fatal(err)
			}
			if root, told := whole[text]; told && story.Root != root {
				rt.Fatalf("text %d of %s is in story %d, not in %d", text, site, story.Root, root)
			}
			whole[text] = story.Root
			for i := range story.Joins {
				if texts[i] != text {
					rt.Fatalf("texts %d and %d are one story", text, texts[i])
				}
			}
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	})
}
