package dedup_test

import (
	"bufio"
	"encoding/json"
	"html"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sluice/feed"
	"sluice/storage"
	"sluice/storage/bolt"
	"sluice/storage/bolt/bolttest"
)

// labelled is an item of a stream of which people, or whoever made it, said what it
// is a copy of.
type labelled struct {
	ID, Title, Body, Cluster, Kind, Pub string
	TS                                  float64 // hours
}

func (l labelled) article() feed.Article {
	return feed.Article{
		GUID: l.ID, URL: "https://" + l.Pub + ".example/" + l.ID, Title: l.Title,
		Content: "<p>" + strings.ReplaceAll(html.EscapeString(l.Body), "\n\n", "</p>\n<p>") + "</p>",
	}
}

func readLabelled(t *testing.T, root string) (stream []labelled, grey map[[2]string]bool) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "dedup", "stream.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	cluster := map[string]string{}
	lines := bufio.NewScanner(strings.NewReader(string(text)))
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		var l labelled
		if err := json.Unmarshal(lines.Bytes(), &l); err != nil {
			t.Fatal(err)
		}
		stream = append(stream, l)
		cluster[l.ID] = l.Cluster
	}
	pairs, err := os.ReadFile(filepath.Join(root, "dedup", "grey.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	grey = map[[2]string]bool{}
	for line := range strings.Lines(string(pairs)) {
		a, b, _ := strings.Cut(strings.TrimSpace(line), "\t")
		grey[[2]string{cluster[a], cluster[b]}], grey[[2]string{cluster[b], cluster[a]}] = true, true
	}
	return stream, grey
}

// teller stores a labelled stream, each publisher a source, and looks at what was joined.
type teller struct {
	*testing.T
	store   *bolt.Store
	grey    map[[2]string]bool
	cluster map[uint64]string // by identity

	right, wrong, open, late, lateWrong int
}

func (s *teller) bring(l labelled, at time.Time) storage.Merged {
	s.Helper()
	c, err := s.store.ClaimSource(s.Context(), at, feed.SourceID(l.Pub), time.Minute)
	if err != nil {
		s.Fatal(err)
	}
	st := c.State
	st.Status, st.LastAttempt, st.LastSuccess = feed.StatusOK, at, at
	merged, err := s.store.Merge(s.Context(), storage.Delivery{Claim: &c, At: at, Articles: []feed.Article{l.article()}, State: st, Authority: "feeds.example"})
	if err != nil {
		s.Fatal(err)
	}
	found, err := s.store.ByURL(s.Context(), l.article().URL)
	if err != nil || len(found) != 1 {
		s.Fatalf("%s: %d articles, %v", l.ID, len(found), err)
	}
	a := found[0]
	s.cluster[a.Identity] = l.Cluster
	story, err := s.store.Story(s.Context(), a.Identity)
	if err != nil {
		s.Fatal(err)
	}
	j, joined := story.Joins[a.Identity]
	if joined != (merged.Duplicates == 1) {
		s.Errorf("%s: %+v, joined: %v", l.ID, merged, joined)
	}
	if joined {
		s.count(s.cluster[j.To], l.Cluster)
	}
	for i, other := range story.Joins {
		if other.Late && other.Via == a.Identity {
			s.late++
			if x, y := s.cluster[i], s.cluster[other.To]; x != y && !s.grey[[2]string{x, y}] {
				s.lateWrong++
			}
		}
	}
	return merged
}

func (s *teller) count(to, from string) {
	switch {
	case to == from:
		s.right++
	case s.grey[[2]string{to, from}]:
		s.open++
	default:
		s.wrong++
	}
}

// TestRealStreamThroughTheStore lets the labelled stream arrive poll by poll. What the
// store joins must be as good as what feed/dedup/near does alone.
func TestRealStreamThroughTheStore(t *testing.T) {
	root := os.Getenv("SLUICE_CORPORA")
	if root == "" {
		t.Skip("SLUICE_CORPORA is not set: see make dedup-eval")
	}
	s := &teller{T: t, store: bolttest.Open(t), cluster: map[uint64]string{}}
	stream, grey := readLabelled(t, root)
	s.grey = grey
	known := map[string]bool{}
	var sources []feed.Source
	for _, l := range stream {
		if !known[l.Pub] {
			known[l.Pub] = true
			sources = append(sources, feed.Source{Name: feed.SourceID(l.Pub), URL: "https://" + l.Pub + ".example/feed"})
		}
	}
	if _, err := s.store.SetSources(t.Context(), sources); err != nil {
		t.Fatal(err)
	}
	begin := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	copies, seen := 0, map[string]bool{}
	for n, l := range stream {
		if seen[l.Cluster] {
			copies++
		}
		seen[l.Cluster] = true
		at := begin.Add(time.Duration(l.TS*float64(time.Hour)) + time.Duration(n)) // claims have an order
		if m := s.bring(l, at); m.New != 1 {
			t.Errorf("%s: %+v", l.ID, m)
		}
	}
	precision, recall := float64(s.right)/float64(s.right+s.wrong), float64(s.right)/float64(copies)
	t.Logf("%d items, %d copies: %d right, %d wrong, %d undecided; P %.4f R %.4f; %d stories joined late, %d of them wrongly",
		len(stream), copies, s.right, s.wrong, s.open, precision, recall, s.late, s.lateWrong)
	if precision < 0.995 || recall < 0.82 {
		t.Errorf("precision %.4f, recall %.4f", precision, recall)
	}
}
