// Package publish makes documents of what is stored: it chooses an output's
// entries, orders and caps them, has them rendered, and gives the documents
// their validators.
//
// It owns which article is an entry, what an entry shows, and when an output
// last changed. It knows no HTTP and no concrete store. Rules are written and
// matched by feed/filter, formats by feed/render. It reads no clock.
package publish

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"text/template"
	"time"

	"sluice/feed"
	"sluice/feed/filter"
)

// Reader is what publish needs of a store; see storage.Articles and storage.Stories
// for what the methods promise.
type Reader interface {
	// Walk yields the articles of the sources, newest first by the order, none
	// older than since (zero: no bound). Summary and Content are empty.
	Walk(ctx context.Context, sources []feed.SourceID, order feed.Order, since time.Time) iter.Seq2[feed.Stored, error]
	// Fill adds Summary and Content in place, or returns feed.ErrNoArticle.
	Fill(ctx context.Context, articles []feed.Stored) error
	// Identity returns the articles of one identity in arrival order, without texts.
	Identity(ctx context.Context, identity uint64) ([]feed.Stored, error)
	// Story returns the story of an identity, its articles in arrival order, without texts.
	Story(ctx context.Context, identity uint64) (feed.Story, error)
	// After returns at most n articles that arrived after that number, in arrival order,
	// without texts.
	After(ctx context.Context, seq uint64, n int) ([]feed.Stored, error)
	// Numbered returns the articles of these numbers, without texts; not those that are gone.
	Numbered(ctx context.Context, seqs []uint64) ([]feed.Stored, error)
	// Archive returns the members of a closed archive of the output with the id; nil where
	// there is none.
	Archive(ctx context.Context, id string, number int) ([]uint64, error)
	// Mended rises when an operator mends stories.
	Mended(ctx context.Context) (uint64, error)
	// Events returns at most n events of the sources, newest first; see storage.Events.
	Events(ctx context.Context, sources []feed.SourceID, since time.Time, n int) ([]feed.Event, error)
}

// Site is what the outputs have in common.
type Site struct {
	BaseURL   string        // how subscribers reach the outputs
	Generator string        // names the program; empty: unsaid
	MaxAge    time.Duration // how long caches may keep a document; 0: unsaid
}

// StylePath is the path, below the site's address, of the style by which browsers
// show a feed.
const StylePath = "/feeds/style.css"

// SourceInfo is what subscribers are told of a source.
type SourceInfo struct {
	Name     feed.SourceID
	Title    string
	ID       string // the feed's Atom id
	URL      string // the feed's address, without secrets
	Site     string
	Tags     []string
	Language string
	Hide     *feed.Hider // takes its secrets out of what it says; nil: it has none
}

// The bounds and the default of an output's limit.
const (
	DefaultLimit = 100
	MaxLimit     = 100_000
)

// Output is a published feed with all that its configuration says compiled. It
// is not changed after New and may be used by several goroutines.
type Output struct {
	feed.Output

	keep  *filter.Filter
	keeps map[feed.SourceID]*filter.Filter // rules of this output's sources
	held  map[feed.SourceID]bool           // its sources
	title *template.Template               // nil: the article's title
}

// New compiles an output. A nil rule keeps everything, and so does a source that
// has none; of an output of kind health no rule is asked. Empty values mean what the configuration's defaults mean. An error says
// what is wrong with the output.
func New(o feed.Output, keep *filter.Filter, sourceKeeps map[feed.SourceID]*filter.Filter) (Output, error) {
	out := Output{Output: withDefaults(o), keep: keep, keeps: map[feed.SourceID]*filter.Filter{}, held: map[feed.SourceID]bool{}}
	if err := check(out.Output); err != nil {
		return Output{}, fmt.Errorf("output %s: %w", o.Name, err)
	}
	for _, id := range o.Sources {
		out.held[id] = true
		if rule := sourceKeeps[id]; !keepsAll(rule) {
			out.keeps[id] = rule
		}
	}
	if o.TitleTemplate != "" {
		title, err := parseTitle(o.TitleTemplate)
		if err != nil {
			return Output{}, fmt.Errorf("output %s: title_template: %w", o.Name, err)
		}
		out.title = title
	}
	return out, nil
}

func withDefaults(o feed.Output) feed.Output {
	if o.Kind == "" {
		o.Kind = feed.KindArticles
	}
	if o.Dedup == "" {
		o.Dedup = feed.DedupStory
	}
	if o.Order == "" {
		o.Order = feed.OrderSeen
	}
	if o.Content == "" {
		o.Content = feed.DetailFull
	}
	if o.Limit == 0 {
		o.Limit = DefaultLimit
	}
	return o
}

func check(o feed.Output) error {
	switch {
	case o.Name == "":
		return errors.New("name: it has none")
	case o.Kind != feed.KindArticles && o.Kind != feed.KindHealth:
		return fmt.Errorf("kind: %q is neither articles nor health", o.Kind)
	case o.Dedup != feed.DedupNone && o.Dedup != feed.DedupArticle && o.Dedup != feed.DedupStory:
		return fmt.Errorf("dedup: %q is none of story, article and none", o.Dedup)
	case o.Order != feed.OrderSeen && o.Order != feed.OrderPublished:
		return fmt.Errorf("order: %q is neither seen nor published", o.Order)
	case o.Content != feed.DetailFull && o.Content != feed.DetailSummary && o.Content != feed.DetailNone:
		return fmt.Errorf("content: %q is none of full, summary and none", o.Content)
	case o.Limit < 1 || o.Limit > MaxLimit:
		return fmt.Errorf("limit: %d is not within 1 and %d", o.Limit, MaxLimit)
	case o.Window < 0:
		return fmt.Errorf("window: %s is negative", o.Window)
	case o.PerSource < 0:
		return fmt.Errorf("per_source: %d is negative", o.PerSource)
	}
	return nil
}

func keepsAll(rule *filter.Filter) bool { return rule == nil || rule.Always() }

// uses reports whether any of the output's rules has a property.
func (o Output) uses(property func(*filter.Filter) bool) bool {
	if !keepsAll(o.keep) && property(o.keep) {
		return true
	}
	for _, rule := range o.keeps {
		if property(rule) {
			return true
		}
	}
	return false
}

// dynamic reports whether time alone can change the output.
func (o Output) dynamic() bool {
	return o.Window > 0 || o.Kind == feed.KindArticles && o.uses((*filter.Filter).UsesNow)
}
