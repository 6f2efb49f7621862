package config

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"slices"
	"strings"

	"sluice/feed"

	"golang.org/x/net/html/charset"
)

const (
	maxOPML  = 16 << 20 // bytes of a file
	maxFeeds = 100_000  // outlines with an address
	maxDepth = 100
)

// Outline is a feed of an OPML file.
type Outline struct {
	Text string   // what the list calls it
	URL  string   // xmlUrl, as written
	Tags []string // the folders around it and its categories, each once
	Line int      // where it begins, from 1
	Col  int
}

// ReadOPML returns the feeds of a list of subscriptions (OPML 1.0, 1.1 and 2.0) in
// its order: all outlines with an xmlUrl, however deep in folders and whatever
// their type. It is read as leniently as lists are written. The error says in a
// line what is wrong with the list as a whole, and wraps nothing.
func ReadOPML(data []byte) ([]Outline, error) {
	dec := xml.NewDecoder(bytes.NewReader(data))
	dec.Strict = false
	dec.AutoClose = nil
	dec.Entity = xml.HTMLEntity
	dec.CharsetReader = charset.NewReaderLabel
	r := opmlReader{dec: dec}
	for {
		line, col := dec.InputPos()
		token, err := dec.RawToken()
		switch {
		case errors.Is(err, io.EOF):
			return r.end()
		case err != nil:
			return nil, fmt.Errorf("is no XML from line %d on; export the list again", line)
		}
		if err := r.token(token, line, col); err != nil {
			return nil, err
		}
	}
}

// opmlReader is one list as far as it was read.
type opmlReader struct {
	dec     *xml.Decoder
	root    bool
	folders []string // texts of the outlines that are open
	feeds   []Outline
}

func (r *opmlReader) end() ([]Outline, error) {
	if !r.root {
		return nil, errors.New("is no OPML: it has no element opml")
	}
	return r.feeds, nil
}

func (r *opmlReader) token(token xml.Token, line, col int) error {
	switch t := token.(type) {
	case xml.StartElement:
		name := strings.ToLower(t.Name.Local)
		if !r.root && name != "opml" {
			return errors.New("is no OPML: it begins with another element")
		}
		r.root = true
		if name == "outline" {
			return r.outline(t, line, col)
		}
	case xml.EndElement:
		if n := len(r.folders); n > 0 && strings.EqualFold(t.Name.Local, "outline") {
			r.folders = r.folders[:n-1]
		}
	}
	return nil
}

// outline takes a folder or a feed. The names of attributes are taken in any case,
// because programs write xmlurl, too.
func (r *opmlReader) outline(t xml.StartElement, line, col int) error {
	attr := func(name string) string {
		for _, a := range t.Attr {
			if strings.EqualFold(a.Name.Local, name) {
				if text := strings.Join(strings.Fields(a.Value), " "); text != "" {
					return text
				}
			}
		}
		return ""
	}
	text := attr("text")
	if text == "" {
		text = attr("title")
	}
	if address := attr("xmlUrl"); address != "" {
		if len(r.feeds) == maxFeeds {
			return fmt.Errorf("has more than %d feeds", maxFeeds)
		}
		tags := tagsOf(r.folders, strings.Split(attr("category"), ","))
		r.feeds = append(r.feeds, Outline{Text: text, URL: address, Tags: tags, Line: line, Col: col})
		text = "" // what is inside a feed is in no folder of that name
	}
	if len(r.folders) == maxDepth {
		return fmt.Errorf("has folders more than %d deep", maxDepth)
	}
	r.folders = append(r.folders, text)
	return nil
}

// tagsOf makes tags of names of folders and of categories, which may begin with a
// slash (OPML 2.0).
func tagsOf(lists ...[]string) []string {
	var tags []string
	for _, list := range lists {
		for _, name := range list {
			name = strings.Trim(strings.ReplaceAll(name, ",", " "), " /")
			if name != "" && len(name) <= maxTag && !slices.Contains(tags, name) {
				tags = append(tags, name)
			}
		}
	}
	return tags
}

// readOPMLFile reads a list. The error is one line without the path.
func readOPMLFile(path string) ([]Outline, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, cause(err)
	}
	data, err := io.ReadAll(io.LimitReader(f, maxOPML+1))
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, cause(err)
	}
	if len(data) > maxOPML {
		return nil, fmt.Errorf("is larger than %d MiB", maxOPML>>20)
	}
	return ReadOPML(data)
}

// takeOPML makes sources of the lists that are followed. A feed that is
// configured by itself, or was in a list before, is that source.
func (d *decoder) takeOPML(c *Config) {
	known := map[string]int{} // sources by address
	taken := map[string]bool{}
	for i, s := range c.Sources {
		known[s.URL.Reveal()] = i
		taken[string(s.Name)] = true
		for _, was := range s.Was {
			taken[string(was)] = true
		}
	}
	configured := len(c.Sources)
	for i, path := range c.SourcesOPML {
		feeds, err := readOPMLFile(path.Reveal())
		if err != nil {
			d.at(fmt.Sprintf("sources_opml[%d]", i)).fail("the list cannot be read: %v", err)
			continue
		}
		for _, o := range feeds {
			at := Problem{File: path.shown, Line: o.Line, Column: o.Col, Path: fmt.Sprintf("sources_opml[%d]", i)}
			address, problem := outlineURL(o)
			if problem != "" {
				at.Message = problem + "; the feed is left out"
				d.warnings = append(d.warnings, at)
				continue
			}
			if have, again := known[address.Reveal()]; again {
				if have >= configured { // one that is configured has its tags there
					c.Sources[have].Tags = tagsOf(c.Sources[have].Tags, o.Tags)
				}
				continue
			}
			s := newSource(d.always)
			s.Name, s.URL, s.Tags, s.Listed = SourceName(o.Text, address.Reveal(), taken), address, o.Tags, true
			known[address.Reveal()] = len(c.Sources)
			c.Sources = append(c.Sources, *s)
		}
	}
}

// OutlineURL returns the address at which an outline's feed is polled, or what is
// wrong with it.
func OutlineURL(o Outline) (address, problem string) {
	a, problem := outlineURL(o)
	return a.Reveal(), problem
}

// outlineURL checks the address of an outline. Lists come from elsewhere, so it
// names no file of this machine.
func outlineURL(o Outline) (Address, string) {
	s := scalar{text: o.URL, shown: o.URL}
	if rest, ok := strings.CutPrefix(o.URL, "feed:"); ok { // feed://HOST/… and feed:https://…
		s.text = rest
		if strings.HasPrefix(rest, "//") {
			s.text = "http:" + rest
		}
		s.shown = s.text
	}
	scratch := value{decoder: newDecoder("", nil, nil), secret: true}
	if _, ok := scratch.address(s, "http", "https"); !ok {
		return Address{}, "xmlUrl: " + scratch.problems[0].Message
	}
	return newAddress(s), ""
}

// SourceName makes a source's name of what a list calls it, else of the host of its
// address, and takes it: no two get the same.
func SourceName(text, address string, taken map[string]bool) feed.SourceID {
	const most = 56 // leaves room for a number
	name := slug(text)
	if name == "" {
		if u, err := url.Parse(address); err == nil {
			name = slug(strings.TrimPrefix(u.Hostname(), "www."))
		}
	}
	if name == "" {
		name = "feed"
	}
	name = strings.Trim(name[:min(len(name), most)], "-")
	free := name
	for n := 2; taken[free]; n++ {
		free = fmt.Sprintf("%s-%d", name, n)
	}
	taken[free] = true
	return feed.SourceID(free)
}
