package config

import (
	"fmt"
	"net/textproto"
	"slices"
	"strings"
	"time"

	"sluice/feed"
	"sluice/feed/filter"

	"go.yaml.in/yaml/v4"
)

// Source is an upstream feed as configured.
type Source struct {
	Name     feed.SourceID
	Was      []feed.SourceID // earlier names
	URL      Address         // http, https or file
	Interval time.Duration
	Tags     []string
	Headers  map[string]Secret // by canonical name
	Title    string            // overrides the feed's own; empty: the feed's
	Auth     Auth
	Proxy    Address // http, https or socks5; zero: none

	AllowPrivate     []string
	HTTP1            bool // never HTTP/2
	InsecureTLS      bool
	IgnoreValidators bool
	FullText         bool

	Keep     *filter.Filter // never nil
	Identity feed.IdentityMode
	Disabled bool
	Listed   bool // it stands in an OPML file that is followed
}

// Auth is how a source is logged in to: user and password, or a bearer token.
type Auth struct{ Username, Password, Bearer Secret }

// Feed returns the source as the rest of the program knows it. Its URL holds the
// secrets: show Source.URL instead.
func (s Source) Feed() feed.Source {
	return feed.Source{
		Name: s.Name, Was: s.Was, URL: s.URL.Reveal(), Title: s.Title, Tags: s.Tags,
		Interval: s.Interval, Identity: s.Identity, Disabled: s.Disabled, ByAddress: s.Listed,
	}
}

func newSource(keep *filter.Filter) *Source {
	return &Source{Identity: feed.IdentityAuto, Keep: keep}
}

// fields is the schema of a source.
func (s *Source) fields() []field {
	auth := group("auth",
		of("username", &s.Auth.Username, secret),
		of("password", &s.Auth.Password, secret),
		of("bearer", &s.Auth.Bearer, secret),
	)
	auth.secret = true
	return []field{
		of("name", &s.Name, name[feed.SourceID]),
		list("was", &s.Was, name[feed.SourceID]),
		of("url", &s.URL, sourceURL),
		of("interval", &s.Interval, duration(time.Second)),
		list("tags", &s.Tags, tag),
		of("headers", &s.Headers, headers),
		of("title", &s.Title, text),
		auth,
		of("proxy", &s.Proxy, proxyURL),
		list("allow_private", &s.AllowPrivate, privateHost),
		of("http1", &s.HTTP1, flag),
		of("insecure_tls", &s.InsecureTLS, flag),
		of("ignore_validators", &s.IgnoreValidators, flag),
		of("full_text", &s.FullText, flag),
		keepField(&s.Keep),
		of("identity", &s.Identity, choice(feed.IdentityAuto, feed.IdentityGUID, feed.IdentityLink, feed.IdentityContent)),
		of("disabled", &s.Disabled, flag),
	}
}

// takeSources reads the list of sources. Each has its place in c.Sources even
// when it has problems, so that indices and names are those of the file.
func (c *Config) takeSources(v value) bool {
	s := newSource(v.always)
	fields := s.fields() // one table, whose target is emptied for each source
	items := v.items("a list of sources")
	c.Sources = slices.Grow(c.Sources, len(items))
	for _, item := range items {
		*s = *newSource(v.always)
		item.mapping("a mapping such as {name: example, url: https://example.org/feed.xml}", fields)
		item.require("name", "url")
		if s.Auth.Bearer.Reveal() != "" && (s.Auth.Username.Reveal() != "" || s.Auth.Password.Reveal() != "") {
			v.at(item.path() + ".auth").fail("has a bearer token and a user; a source has one of them")
		}
		c.Sources = append(c.Sources, *s)
		forget(item.node)
	}
	return true
}

// forget drops of a source's text what was read and is not looked for again: of very many
// sources the text as nodes takes more memory than all else. What finishSources may find
// wrong keeps its place. A mapping that others may stand for stays as it is.
func forget(n *yaml.Node) {
	if n.Kind != yaml.MappingNode || n.Anchor != "" {
		return
	}
	left := n.Content[:0]
	for i := 0; i+1 < len(n.Content); i += 2 {
		switch follow(n.Content[i]).Value {
		case "name", "was", "interval":
			left = append(left, n.Content[i], n.Content[i+1])
		}
	}
	clear(n.Content[len(left):])
	n.Content = left
}

// require reports the keys that a mapping must have and has not.
func (v value) require(keys ...string) {
	if v.node.Kind != yaml.MappingNode {
		return // that was said already
	}
	for _, key := range keys {
		if under(v.node, key) == nil {
			at := v.settled()
			at.step = key
			at.fail("is missing")
		}
	}
}

// isName reports whether a text may be the name of a source or an output.
func isName(text string) bool {
	strange := func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' }
	return text != "" && text[0] != '-' && len(text) <= 64 && !strings.ContainsFunc(text, strange)
}

// name reads the name of a source or an output.
func name[T ~string](v value) (T, bool) {
	const want = "a name of at most 64 lower-case letters, digits and hyphens, beginning with a letter or digit"
	s, ok := v.scalar(want)
	if !ok {
		return "", false
	}
	if isName(s.text) {
		return T(s.text), true
	}
	if near := slug(s.text); !s.derived && harmless(s.text) && isName(near) {
		v.fail("want %s, did you mean %q?", want, near)
	} else {
		v.wrong(s, want)
	}
	return "", false
}

// slug makes a name of a text.
func slug(text string) string {
	words := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') })
	return strings.Join(words, "-")
}

// maxTag is the length of the longest tag, in bytes.
const maxTag = 64

// tag reads one tag. A comma would cut it in two in OPML.
func tag(v value) (string, bool) {
	s, ok := v.scalar("a tag")
	if !ok || !v.oneLine(s) {
		return "", false
	}
	if s.text == "" || strings.TrimSpace(s.text) != s.text || strings.Contains(s.text, ",") || len(s.text) > maxTag {
		v.wrong(s, "a tag of at most 64 bytes without commas and without blanks around it")
		return "", false
	}
	return s.text, true
}

var headerForm = pattern("^[A-Za-z0-9!#$%&'*+.^_`|~-]+$") // a token of RFC 9110, 5.6.2

// ownHeaders are set by the program: giving them would break what they are for.
var ownHeaders = []string{
	"Host", "Connection", "Content-Length", "Transfer-Encoding", "Accept-Encoding",
	"If-None-Match", "If-Modified-Since", "Range",
}

// headers reads names and secret values. A name is shown in a path only beside a
// value: alone it may be a value itself.
func headers(v value) (map[string]Secret, bool) {
	all, good := map[string]Secret{}, true
	for _, p := range v.pairs("a mapping of names and values") {
		key := textproto.CanonicalMIMEHeaderKey(p.key)
		at := p.at
		c, ok := v.child(p.node, "", true)
		if ok && !c.null() {
			at = at.named(p.key)
		}
		_, again := all[key]
		switch {
		case !ok:
			good = false
		case c.null():
			p.at.fail("a header has no value")
			good = false
		case !headerForm().MatchString(p.key):
			p.at.fail("a header's name has a character that is not allowed in it")
			good = false
		case slices.Contains(ownHeaders, key):
			at.fail("is set by sluice itself")
			good = false
		case again:
			at.fail("is given twice: the case of letters makes no difference")
			good = false
		default:
			c.above, c.step = at.above, at.step
			all[key], ok = secret(c)
			good = good && ok
		}
	}
	return all, good && len(all) > 0
}

// finishSources checks what needs the whole file.
func (d *decoder) finishSources(c *Config) {
	names := make(map[feed.SourceID]owner, len(c.Sources))
	for i := range c.Sources {
		s := &c.Sources[i]
		unique(d, names, "sources", i, s.Name, s.Was)
		switch {
		case s.Interval == 0: // not given, or wrong
			s.Interval = c.Ingest.Interval
		case s.Interval < c.Ingest.MinInterval:
			d.at(fmt.Sprintf("sources[%d].interval", i)).fail("is below ingest.min_interval, %s", formatDuration(c.Ingest.MinInterval))
		}
	}
}

// owner is who has a name: the element of a list, now (was is 0) or by its earlier
// names, counted from 1.
type owner struct {
	list       string
	index, was int
}

func (o owner) path() string {
	if o.was == 0 {
		return fmt.Sprintf("%s[%d].name", o.list, o.index)
	}
	return fmt.Sprintf("%s[%d].was[%d]", o.list, o.index, o.was-1)
}

// unique reports names that are used twice, earlier names included.
func unique[T ~string](d *decoder, names map[T]owner, list string, index int, own T, was []T) {
	check := func(name T, is owner) {
		if name == "" {
			return
		}
		if first, again := names[name]; again {
			d.at(is.path()).fail("the name is used already, by %s", first.path())
			return
		}
		names[name] = is
	}
	check(own, owner{list, index, 0})
	for i, name := range was {
		check(name, owner{list, index, i + 1})
	}
}
