package discover

import (
	"bytes"
	"net/url"
	"slices"
	"strings"

	"sluice/feed"
	"sluice/ingest/fetch"

	"golang.org/x/net/html"
	"golang.org/x/net/html/charset"
)

const (
	maxNamed  = 20 // feeds that a page names are taken into account
	maxLinked = 6  // and links that look like feeds
)

// feedTypes are the media types by which pages name feeds.
var feedTypes = []string{
	"application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml",
	"application/x-rss+xml", "text/rss+xml", "text/atom+xml",
}

// sharedTypes are media types by which some pages name feeds, and others what is none.
// JSON Feed 1.0 asked for the first.
var sharedTypes = []string{"application/json", "application/xml", "text/xml"}

// found is what a page says of feeds, as addresses without fragments.
type found struct {
	named  []string // by link elements
	likely []string // by link elements, with a type that others have, too
	linked []string // by links for people that look like feeds
}

// read looks through a page, as browsers would read it. Nothing of it is run.
func read(body []byte, contentType string, at *url.URL) found {
	r := reader{base: at}
	in, err := charset.NewReader(bytes.NewReader(body), contentType)
	if err != nil {
		return r.found
	}
	tokens := html.NewTokenizer(in)
	tokens.SetMaxBuf(1 << 20)
	for {
		switch tokens.Next() {
		case html.ErrorToken: // its end, or more of one tag than any page has
			return r.found
		case html.StartTagToken, html.SelfClosingTagToken:
			r.tag(tokens.Token())
		}
	}
}

type reader struct {
	found
	base  *url.URL
	based bool
}

func (r *reader) tag(t html.Token) {
	attr := map[string]string{}
	for _, a := range t.Attr {
		if _, again := attr[a.Key]; !again {
			attr[a.Key] = strings.TrimSpace(a.Val)
		}
	}
	address, ok := r.resolve(attr["href"])
	if !ok {
		return
	}
	switch t.Data {
	case "base":
		if u, err := url.Parse(address); err == nil && !r.based {
			r.base, r.based = u, true
		}
	case "link":
		switch {
		case namesFeed(attr["rel"], attr["type"]):
			add(&r.named, address, maxNamed)
		case isAlternate(attr["rel"], attr["type"], sharedTypes):
			add(&r.likely, address, maxNamed)
		}
	case "a":
		if namesFeed(attr["rel"], attr["type"]) || looksLikeFeed(address) {
			add(&r.linked, address, maxLinked)
		}
	}
}

// resolve makes an address of an attribute.
func (r *reader) resolve(href string) (string, bool) {
	href, _ = feed.TrimScheme(href)
	ref, err := url.Parse(href)
	if href == "" || err != nil {
		return "", false
	}
	u := r.base.ResolveReference(ref)
	u.Fragment, u.RawFragment, u.User = "", "", nil
	return u.String(), (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}

// namesFeed reports whether a link is to a feed of the page: an alternate of a
// feed's type, or rel="feed".
func namesFeed(rel, mediaType string) bool {
	return slices.Contains(relWords(rel), "feed") || isAlternate(rel, mediaType, feedTypes)
}

// isAlternate reports whether a link is to an alternate of one of the types.
func isAlternate(rel, mediaType string, types []string) bool {
	mediaType, _, _ = strings.Cut(strings.ToLower(mediaType), ";")
	return slices.Contains(relWords(rel), "alternate") && slices.Contains(types, strings.TrimSpace(mediaType))
}

func relWords(rel string) []string { return strings.Fields(strings.ToLower(rel)) }

// looksLikeFeed reports whether an address is called as feeds are.
func looksLikeFeed(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	last := strings.ToLower(strings.TrimSuffix(u.Path, "/"))
	last = last[strings.LastIndexByte(last, '/')+1:]
	return slices.Contains([]string{"feed", "rss", "atom", "feeds", "rdf"}, last) ||
		slices.ContainsFunc([]string{".rss", ".atom", ".rdf"}, func(end string) bool { return strings.HasSuffix(last, end) }) ||
		slices.Contains([]string{"rss.xml", "atom.xml", "feed.xml", "index.xml", "feed.json", "rss2.xml"}, last)
}

// fromHeader returns the feeds that Link headers name (RFC 8288).
func fromHeader(links []string, at *url.URL) []string {
	r := reader{base: at}
	for _, link := range fetch.ParseLinks(links) {
		if address, ok := r.resolve(link.Target); ok && namesFeed(link.Rel, link.Type) {
			add(&r.named, address, maxNamed)
		}
	}
	return r.named
}

func add(list *[]string, address string, most int) {
	if len(*list) < most && !slices.Contains(*list, address) {
		*list = append(*list, address)
	}
}
