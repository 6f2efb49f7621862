package publish_test

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"testing"
	"time"

	"sluice/feed"
	"sluice/feed/filter"
	"sluice/feed/publish"
	"sluice/feed/sanitize"
)

// shelf is a Reader over a slice. It keeps the promises of storage.Articles: no
// texts before Fill, newest first, latest arrival first at the same time.
type shelf struct {
	articles []feed.Stored
	gone     map[uint64]bool // removed after the walk
	stories  []feed.Story    // those of several identities; Articles are found
	fills    int             // calls of Fill
	filled   int             // articles that it was asked to fill
	lookups  int             // calls of Story
	last     int             // number of the article that came last
	err      error           // ends every walk
	events   []feed.Event    // in the order of telling
}

func (s *shelf) Events(_ context.Context, sources []feed.SourceID, since time.Time, n int) ([]feed.Event, error) {
	var all []feed.Event
	for _, e := range slices.Backward(s.events) {
		if slices.Contains(sources, e.Source) && !e.At.Before(since) && len(all) < n {
			all = append(all, e)
		}
	}
	return all, s.err
}

func (s *shelf) Walk(_ context.Context, sources []feed.SourceID, order feed.Order, since time.Time) iter.Seq2[feed.Stored, error] {
	return func(yield func(feed.Stored, error) bool) {
		all := slices.Clone(s.articles)
		slices.SortFunc(all, func(a, b feed.Stored) int {
			return cmp.Or(order.Time(b).Compare(order.Time(a)), cmp.Compare(b.Seq, a.Seq))
		})
		for _, a := range all {
			if !slices.Contains(sources, a.Source) || !since.IsZero() && order.Time(a).Before(since) {
				continue
			}
			a.Summary, a.Content = "", ""
			if !yield(a, nil) {
				return
			}
		}
		if s.err != nil {
			yield(feed.Stored{}, s.err)
		}
	}
}

func (s *shelf) Fill(_ context.Context, articles []feed.Stored) error {
	s.fills++
	s.filled += len(articles)
	for i, a := range articles {
		j := slices.IndexFunc(s.articles, func(b feed.Stored) bool { return a.Seq == b.Seq })
		if j < 0 || s.gone[a.Seq] {
			return fmt.Errorf("article %d: %w", a.Seq, feed.ErrNoArticle)
		}
		articles[i].Summary, articles[i].Content = s.articles[j].Summary, s.articles[j].Content
	}
	return nil
}

func (s *shelf) Identity(_ context.Context, identity uint64) ([]feed.Stored, error) {
	var list []feed.Stored
	for _, a := range s.articles {
		if a.Identity == identity && !s.gone[a.Seq] {
			a.Summary, a.Content = "", ""
			list = append(list, a)
		}
	}
	slices.SortFunc(list, func(a, b feed.Stored) int { return cmp.Compare(a.Seq, b.Seq) })
	return list, nil
}

func (s *shelf) After(_ context.Context, seq uint64, n int) ([]feed.Stored, error) {
	all := slices.DeleteFunc(slices.Clone(s.articles), func(a feed.Stored) bool { return a.Seq <= seq })
	slices.SortFunc(all, func(a, b feed.Stored) int { return cmp.Compare(a.Seq, b.Seq) })
	return all[:min(n, len(all))], nil
}

func (s *shelf) Numbered(_ context.Context, seqs []uint64) ([]feed.Stored, error) {
	return slices.DeleteFunc(slices.Clone(s.articles), func(a feed.Stored) bool { return !slices.Contains(seqs, a.Seq) }), nil
}

func (s *shelf) Archive(context.Context, string, int) ([]uint64, error) { return nil, nil }

func (s *shelf) Mended(context.Context) (uint64, error) { return 0, nil }

func (s *shelf) Story(ctx context.Context, identity uint64) (feed.Story, error) {
	s.lookups++
	story := feed.Story{Root: identity}
	for _, st := range s.stories {
		if _, ok := st.Joins[identity]; ok || st.Root == identity {
			story = st
		}
	}
	story.Articles = nil
	for _, member := range append(slices.Collect(maps.Keys(story.Joins)), story.Root) {
		all, err := s.Identity(ctx, member)
		if err != nil {
			return feed.Story{}, err
		}
		story.Articles = append(story.Articles, all...)
	}
	slices.SortFunc(story.Articles, func(a, b feed.Stored) int { return cmp.Compare(a.Seq, b.Seq) })
	return story, nil
}

var (
	start = time.Date(2026, 11, 2, 8, 0, 0, 0, time.UTC)
	site  = publish.Site{BaseURL: "https://feeds.example.org/", Generator: "sluice 1.0", MaxAge: 15 * time.Minute}
)

// article is the article that arrived as the seq-th, seq minutes after start.
func article(seq int, source string) feed.Stored {
	at := start.Add(time.Duration(seq) * time.Minute)
	return feed.Stored{
		Article: feed.Article{
			Source: feed.SourceID(source), Title: fmt.Sprintf("Title %d", seq), URL: fmt.Sprintf("https://%s.example/%d", source, seq),
			Content: fmt.Sprintf("<p>Text %d.</p>", seq), Sanitizer: sanitize.Version, Published: at,
		},
		Seq: uint64(seq), ID: fmt.Sprintf("tag:%s.example,2026:%d", source, seq), Identity: uint64(seq),
		FirstSeen: at, Place: at, Date: at, Changed: at, Form: uint64(seq)<<20 + 1,
	}
}

// copyOf is an article that joined the identity of another.
func copyOf(seq int, source string, of feed.Stored) feed.Stored {
	a := article(seq, source)
	a.Identity, a.How = of.Identity, feed.HowURL
	return a
}

// output is an output of sources a, b and c.
func output() feed.Output {
	return feed.Output{Name: "world", Title: "World", Sources: []feed.SourceID{"a", "b", "c"}}
}

func infos() map[feed.SourceID]publish.SourceInfo {
	m := map[feed.SourceID]publish.SourceInfo{}
	for _, id := range []feed.SourceID{"a", "b", "c"} {
		m[id] = publish.SourceInfo{
			Name: id, Title: "Source " + string(id), URL: "https://" + string(id) + ".example/feed", Tags: []string{"tag-" + string(id)},
		}
	}
	return m
}

func compile(tb testing.TB, o feed.Output, keep string, sourceKeeps map[feed.SourceID]string) publish.Output {
	tb.Helper()
	rule := func(text string) *filter.Filter {
		f, err := filter.Compile(text)
		if err != nil {
			tb.Fatal(err)
		}
		return f
	}
	rules := map[feed.SourceID]*filter.Filter{}
	for id, text := range sourceKeeps {
		rules[id] = rule(text)
	}
	var own *filter.Filter
	if keep != "" {
		own = rule(keep)
	}
	out, err := publish.New(o, own, rules)
	if err != nil {
		tb.Fatal(err)
	}
	return out
}

// build is Build at an hour after start, never published before.
func build(tb testing.TB, r publish.Reader, out publish.Output) *publish.Document {
	tb.Helper()
	doc, _ := buildAt(tb, r, out, feed.Publication{Since: start}, start.Add(time.Hour))
	return doc
}

func buildAt(tb testing.TB, r publish.Reader, out publish.Output, prev feed.Publication, now time.Time) (*publish.Document, feed.Publication) {
	tb.Helper()
	doc, pub, err := publish.Build(tb.Context(), r, out, infos(), site, prev, now)
	if err != nil {
		tb.Fatal(err)
	}
	return doc, pub
}

// seqs are the arrival numbers of the entries, in their order.
func seqs(doc *publish.Document) []int {
	list := []int{}
	for _, e := range doc.Entries {
		list = append(list, int(e.Seq))
	}
	return list
}
