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
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

const (
	maxOPML  = 16 << 20 // bytes of a file
	maxFeeds = 100_000  // outlines with an address
	maxDepth = 100
	maxTags  = 100 // of a feed; further ones are left out
)

// Outline is a feed of an OPML file.
type Outline struct {
	Text string   // what the list calls it
	URL  string   // xmlUrl, as written
	Tags []string // the folders around it and its categories, each once
	Line int      // where it begins, from 1
	Col  int
}

// OPMLError says what is wrong with a list as a whole, and where.
type OPMLError struct {
	Line, Column int // from 1; columns are bytes
	Message      string
}

// Error returns the message alone.
func (e *OPMLError) Error() string { return e.Message }

// ReadOPML returns the feeds of a list of subscriptions (OPML 1.0, 1.1 and 2.0) in
// its order: all outlines with an xmlUrl, however deep in folders and whatever
// their type. It is read as leniently as lists are written, but to its end: one
// that is still being written, or was cut, would look as if feeds were taken out.
// The error is an [*OPMLError], or what reading gave. Of a list that is too large no
// more than its limit is read.
func ReadOPML(from io.Reader) ([]Outline, error) {
	data, err := io.ReadAll(io.LimitReader(from, maxOPML+1))
	switch {
	case err != nil:
		return nil, err
	case len(data) > maxOPML:
		return nil, &OPMLError{Line: 1, Column: 1, Message: fmt.Sprintf("is larger than %d MiB", maxOPML>>20)}
	}
	text, charsets, err := decodedOPML(data)
	if err != nil {
		return nil, err
	}
	dec := xml.NewDecoder(text)
	dec.Strict = false
	dec.AutoClose = nil
	dec.Entity = xml.HTMLEntity
	dec.CharsetReader = charsets
	r := opmlReader{dec: dec}
	for !r.ended {
		line, col := dec.InputPos()
		token, err := dec.RawToken()
		switch {
		case errors.Is(err, io.EOF) && !r.root:
			err = errors.New("is no OPML: it has no element opml")
		case errors.Is(err, io.EOF):
			err = errors.New("ends before </opml>; export the list again")
		case err != nil:
			err = errors.New("is no XML from here on; export the list again")
		default:
			err = r.token(token, line, col)
		}
		if err != nil {
			return nil, &OPMLError{Line: line, Column: col, Message: err.Error()}
		}
	}
	return r.feeds, nil
}

// decodedOPML returns the text of a list and what reads the encoding that it
// declares. A byte order mark rules over a declaration.
func decodedOPML(data []byte) (io.Reader, func(string, io.Reader) (io.Reader, error), error) {
	marked := bytes.HasPrefix(data, []byte("\xef\xbb\xbf")) ||
		bytes.HasPrefix(data, []byte("\xff\xfe")) || bytes.HasPrefix(data, []byte("\xfe\xff"))
	if !marked {
		return bytes.NewReader(data), charset.NewReaderLabel, nil
	}
	text, _, err := transform.Bytes(unicode.BOMOverride(transform.Nop), data)
	if err != nil {
		return nil, nil, &OPMLError{Line: 1, Column: 1, Message: "is not in the encoding of its byte order mark; export the list again"}
	}
	asIs := func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	return bytes.NewReader(text), asIs, nil
}

// opmlReader is one list as far as it was read.
type opmlReader struct {
	dec     *xml.Decoder
	root    bool     // opml has begun
	ended   bool     // and ended
	folders []string // texts of the outlines that are open
	feeds   []Outline
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
		n := len(r.folders)
		switch {
		case strings.EqualFold(t.Name.Local, "opml"):
			r.ended = r.root
		case strings.EqualFold(t.Name.Local, "outline") && n > 0:
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
// slash (OPML 2.0). The first maxTags are taken.
func tagsOf(lists ...[]string) []string {
	var tags []string
	for _, list := range lists {
		for _, name := range list {
			name = strings.Trim(strings.ReplaceAll(name, ",", " "), " /")
			if len(tags) == maxTags {
				return tags
			}
			if name != "" && len(name) <= maxTag && !slices.Contains(tags, name) {
				tags = append(tags, name)
			}
		}
	}
	return tags
}

// readOPMLFile reads a list. The error is one line without the path, an
// [*OPMLError] where it has a place in the file.
func readOPMLFile(path string) ([]Outline, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, cause(err)
	}
	defer func() { _ = f.Close() }() // what was read was read
	feeds, err := ReadOPML(f)
	return feeds, cause(err)
}

// takeOPML makes sources of the lists that are followed. A feed that is
// configured by itself, or was in a list before, is that source.
func (d *decoder) takeOPML(c *Config) {
	known := map[string]int{} // sources by address
	taken := NamesOf(c)
	for i, s := range c.Sources {
		known[s.URL.Reveal()] = i
	}
	configured := len(c.Sources)
	for i, path := range c.SourcesOPML {
		feeds, err := readOPMLFile(path.Reveal())
		var place *OPMLError
		switch {
		case errors.As(err, &place):
			d.problems = append(d.problems, Problem{
				File: path.shown, Line: place.Line, Column: place.Column, Path: fmt.Sprintf("sources_opml[%d]", i), Message: "the list " + place.Message,
			})
			continue
		case err != nil:
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
			s.Name, s.URL, s.Tags, s.Listed = taken.New(o.Text, address.Reveal()), address, o.Tags, true
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
	if rest, ok := feed.TrimScheme(o.URL); ok {
		s.text = rest
		if strings.HasPrefix(rest, "//") {
			s.text = "http:" + rest
		}
		s.shown = s.text
	}
	scratch := value{decoder: newDecoder("", nil, nil), secret: true}
	u, ok := scratch.address(s, "http", "https")
	if !ok {
		return Address{}, "xmlUrl: " + scratch.problems[0].Message
	}
	return newAddress(s, u), ""
}

// Names are names that sources have or had, so that none is given twice. The
// number is the last that was tried to make a name like it.
type Names map[string]int

// NamesOf returns the names that no new source of a configuration may have.
func NamesOf(c *Config) Names {
	taken := Names{}
	for _, s := range c.Sources {
		taken[string(s.Name)] = 1
		for _, was := range s.Was {
			taken[string(was)] = 1
		}
	}
	return taken
}

// New makes a source's name of what a list calls it, else of the host of its
// address, and takes it: no two get the same.
func (taken Names) New(text, address string) feed.SourceID {
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
	for taken[free] > 0 {
		taken[name]++
		free = fmt.Sprintf("%s-%d", name, taken[name])
	}
	taken[free] = 1
	return feed.SourceID(free)
}
