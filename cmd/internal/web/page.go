package web

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"sluice/feed/publish"
)

//go:embed templates
var templates embed.FS

// pageSet renders the pages for people and keeps what it rendered, so that a
// page is made once per change, however many ask for it.
type pageSet struct {
	tmpl   *template.Template
	style  template.CSS
	policy string // Content-Security-Policy: no script, our style, pictures of the feeds

	feedStyle *publish.Representation // by which browsers show a feed

	mu     sync.Mutex
	listed []Listed // what index was made from
	index  *publish.Representation
	kept   keptPages // of outputs
	long   grouped
}

func newPageSet() *pageSet {
	style, err := templates.ReadFile("templates/style.css")
	if err != nil {
		panic(err) // embedded at build time
	}
	sum := sha256.Sum256(style)
	feedStyle, err := representFile("templates/feed.css", "text/css; charset=utf-8")
	if err != nil {
		panic(err) // as above
	}
	return &pageSet{
		feedStyle: feedStyle,
		tmpl:      template.Must(template.ParseFS(templates, "templates/*.html")),
		style:     template.CSS(style),
		policy: "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
			"'; img-src 'self' https: data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
	}
}

func representFile(name, contentType string) (*publish.Representation, error) {
	body, err := templates.ReadFile(name)
	if err != nil {
		return nil, err
	}
	r, err := publish.Represent(contentType, body)
	return &r, err
}

// render makes a page and its compressed form.
func (p *pageSet) render(name string, data any) *publish.Representation {
	var page bytes.Buffer
	if err := p.tmpl.ExecuteTemplate(&page, name, data); err != nil {
		panic(fmt.Errorf("page %s: %w", name, err)) // the data are ours: a bug, seen by the tests
	}
	r, err := publish.Represent("text/html; charset=utf-8", page.Bytes())
	if err != nil {
		panic(fmt.Errorf("page %s: %w", name, err)) // in memory: a bug, too
	}
	return &r
}

// format is one way to subscribe, as a page links it.
type format struct {
	Name       string
	Type       template.HTMLAttr // as an attribute: the template would escape its +, which simple readers miss
	Title, URL string
}

// formats are the feeds of an output; key is what their addresses end in.
func (s *site) formats(name, title, key string) []format {
	at := s.link("/feeds/" + name)
	return []format{
		{"Atom", `type="application/atom+xml"`, title + " (Atom)", at + ".atom" + key},
		{"RSS", `type="application/rss+xml"`, title + " (RSS)", at + ".rss" + key},
		{"JSON", `type="application/feed+json"`, title + " (JSON)", at + ".json" + key},
	}
}

// day is a date for people and for machines, in UTC. No page says how long ago
// something was: that would change without anything happening.
type day struct{ Human, Machine string }

func newDay(t time.Time) *day {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &day{t.Format("2 January 2006, 15:04\u00a0UTC"), t.Format(time.RFC3339)}
}

// Shown is the output's title, else its name.
func (l Listed) Shown() string {
	if l.Title != "" {
		return l.Title
	}
	return l.Name
}

// Counts says how much an output holds and from how many sources.
func (l Listed) Counts() string {
	return count(l.Entries, "entry", "entries") + " from " + count(l.Sources, "source", "sources")
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprint(n) + " " + many
}

// indexRow is an output as the index shows it.
type indexRow struct {
	Listed
	Page    string
	Changed *day
	Formats []format
}

func (s *site) serveIndex(w http.ResponseWriter, r *http.Request) {
	s.send(w, r, answer{Representation: s.indexPage(s.listed()), policy: s.pages.policy})
}

func (s *site) indexPage(listed []Listed) *publish.Representation {
	p := s.pages
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.index != nil && slices.Equal(listed, p.listed) {
		return p.index
	}
	rows := make([]indexRow, len(listed))
	for i, l := range listed {
		rows[i] = indexRow{l, s.link("/feeds/" + l.Name), newDay(l.Modified), s.formats(l.Name, l.Shown(), "")}
	}
	p.listed = slices.Clone(listed)
	p.index = p.render("index.html", map[string]any{
		"Style": p.style, "Home": s.link("/"), "OPML": s.link("/feeds.opml"), "Outputs": rows, "Title": s.indexTitle(),
	})
	return p.index
}

// indexTitle tells the lists of several sites apart in bookmarks.
func (s *site) indexTitle() string {
	if u, err := url.Parse(s.base); err == nil && u.Host != "" {
		return "Feeds of " + u.Host
	}
	return "Feeds"
}
