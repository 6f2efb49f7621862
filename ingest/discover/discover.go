// Package discover finds the feeds of a site: those that a page names in its head, the
// topic of its WebSub hub, those in its links, or, where it names none, those at the
// usual addresses.
//
// It owns where a feed may be looked for and in what order. It asks few questions,
// one after another and a second apart; what is found was read, so that nothing is
// offered that is no feed.
package discover

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"sluice/feed"
	"sluice/ingest/fetch"
	"sluice/ingest/parse"
	"sluice/ingest/websub"
)

const (
	// maxRequests bounds what a site is asked.
	maxRequests = 10
	// spacing is the time between two requests.
	spacing = time.Second
)

// usual are the paths at which feeds are where no page names one.
var usual = []string{"/feed", "/rss.xml", "/atom.xml", "/index.xml", "/feed.xml", "/feed.json"}

// Fetcher makes one request. fetch.Client is one.
type Fetcher interface {
	Fetch(ctx context.Context, t fetch.Target) (fetch.Answer, error)
}

// Feed is a feed that was found and read.
type Feed struct {
	URL    string // where it is to be asked, without user info
	Title  string
	Format string // see feed.Info
	Items  int
	Newest time.Time // date of the newest item; zero: none is dated
	// Comments says that it brings comments, to one page or to all.
	Comments bool

	self string // the address that it gives itself, else URL
}

// Result is what came of a search.
type Result struct {
	Feeds []Feed   // articles before comments, as the page has them
	Tried []string // the addresses that were asked, in order
	// Resting are the hosts that asked to wait; what else was to be asked there was
	// not.
	Resting []string
}

// ErrAddress is wrapped by the error of an address that no page can have.
var ErrAddress = errors.New("want the address of a page, such as https://example.org/")

// Find looks for the feeds of a page, which may be a feed itself. An address without
// a scheme is tried as https, then as http, and feed: is left out. The error is of the
// page: that it cannot be had, or ErrAddress. That there are no feeds is none.
func Find(ctx context.Context, f Fetcher, address string) (Result, error) {
	s := search{fetcher: f, seen: map[string]bool{}}
	ans, err := s.page(ctx, address)
	if err != nil {
		return s.result(), err
	}
	if s.take(ans) {
		return s.result(), nil
	}
	page := read(ans.Body, ans.ContentType, ans.Final)
	named := append(fromHeader(ans.Links, ans.Final), page.named...)
	for _, list := range [][]string{named, append(pushed(ans), page.likely...), page.linked, atUsual(ans.Final)} {
		if err := s.try(ctx, list); err != nil {
			return s.result(), err
		}
		if len(s.feeds) > 0 {
			break // what a page names itself is what it means
		}
	}
	return s.result(), nil
}

// pushed is what a hub sends news of in the name of the page: itself, or a feed.
func pushed(page fetch.Answer) []string {
	_, topic := websub.DiscoverPage(page.Final, page.Links, page.Body, page.ContentType)
	if topic == "" {
		return nil
	}
	return []string{topic}
}

// search is one search under way.
type search struct {
	fetcher Fetcher
	seen    map[string]bool // addresses asked or found
	tried   []string
	resting []string
	feeds   []Feed
}

func (s *search) result() Result {
	slices.SortStableFunc(s.feeds, func(a, b Feed) int {
		switch {
		case a.Comments == b.Comments:
			return 0
		case a.Comments:
			return 1
		}
		return -1
	})
	return Result{Feeds: s.feeds, Tried: s.tried, Resting: s.resting}
}

// page gets the page that was asked for.
func (s *search) page(ctx context.Context, address string) (fetch.Answer, error) {
	addresses, err := readings(address)
	if err != nil {
		return fetch.Answer{}, err
	}
	ans, err := s.ask(ctx, addresses[0])
	if err == nil || ctx.Err() != nil || ans.Status != 0 || len(addresses) == 1 {
		return ans, err
	}
	plain, again := s.ask(ctx, addresses[1])
	if again != nil {
		return ans, err // that of the better scheme says more
	}
	return plain, nil
}

// readings are the addresses that what a user typed may mean, the best one first.
func readings(typed string) ([]string, error) {
	typed, had := feed.TrimScheme(strings.TrimSpace(typed))
	if had {
		typed = strings.TrimPrefix(typed, "//")
	}
	all := []string{typed}
	if !strings.Contains(typed, "://") {
		all = []string{"https://" + typed, "http://" + typed}
	}
	u, err := url.Parse(all[0])
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || strings.HasSuffix(u.Host, ":") {
		return nil, ErrAddress // the reason would repeat what may be secret
	}
	return all, nil
}

// try asks for what may be feeds, as long as the site may be asked.
func (s *search) try(ctx context.Context, addresses []string) error {
	for _, address := range addresses {
		host := hostOf(address)
		if s.seen[address] || len(s.tried) >= maxRequests || slices.Contains(s.resting, host) {
			continue
		}
		ans, err := s.ask(ctx, address)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		switch {
		case err == nil:
			s.take(ans)
		case ans.Status == 429, ans.RetryAfter > 0: // too many requests; a time to wait
			s.resting = append(s.resting, host)
		}
	}
	return nil
}

func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Host
}

// ask makes one request, a second after the last.
func (s *search) ask(ctx context.Context, address string) (fetch.Answer, error) {
	if len(s.tried) > 0 {
		select {
		case <-time.After(spacing):
		case <-ctx.Done():
			return fetch.Answer{}, context.Cause(ctx)
		}
	}
	s.tried = append(s.tried, feed.Redact(address))
	s.seen[address] = true
	return s.fetcher.Fetch(ctx, fetch.Target{URL: address, AcceptAny: true})
}

// take keeps an answer that is a feed not found yet, and reports whether it is one.
func (s *search) take(ans fetch.Answer) bool {
	doc, err := parse.Parse(ans.Body, parse.Meta{Source: "found", Base: ans.Final, ContentType: ans.ContentType})
	if err != nil {
		return false
	}
	at := ans.Final.String()
	s.seen[at] = true
	found := Feed{URL: at, Title: doc.Info.Title, Format: doc.Info.Format, Items: len(doc.Articles), self: cmp.Or(doc.Info.Self, at)}
	for i, known := range s.feeds {
		if known.same(found) {
			if at == found.self {
				s.feeds[i].URL = at
			}
			return true
		}
	}
	for _, a := range doc.Articles {
		for _, t := range []time.Time{a.Published, a.Updated} {
			if t.After(found.Newest) {
				found.Newest = t
			}
		}
	}
	found.Comments = isComments(at, found.Title)
	s.feeds = append(s.feeds, found)
	return true
}

// same reports whether two are one feed. The address that a feed gives itself is not
// enough: many give that of another, such as a tag's feed that of the site's.
func (f Feed) same(g Feed) bool {
	return f.URL == g.URL || f.self == g.self && f.Title == g.Title && f.Format == g.Format
}

// isComments tells feeds of comments by how blogs call them.
func isComments(address, title string) bool {
	title = strings.ToLower(title)
	u, err := url.Parse(address)
	return err == nil && strings.Contains(u.Path, "/comments/") ||
		strings.HasPrefix(title, "comments on ") || strings.HasPrefix(title, "comments for ")
}

func atUsual(page *url.URL) []string {
	var all []string
	for _, path := range usual {
		all = append(all, page.ResolveReference(&url.URL{Path: path}).String())
	}
	return all
}

// Line describes a feed in a line for people.
func (f Feed) Line() string {
	line := cmp.Or(strings.Join(strings.Fields(f.Title), " "), "without a title") + " (" + f.Format
	line += fmt.Sprintf(", %d items", f.Items)
	if f.Items == 1 {
		line = strings.TrimSuffix(line, "s")
	}
	if !f.Newest.IsZero() {
		line += ", newest of " + f.Newest.UTC().Format(time.DateOnly)
	}
	return line + ")"
}
